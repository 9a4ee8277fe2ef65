//! One source, three forms, the same results.
//!
//! Every tasklet of `zoo` runs on three minimal backends: one that blocks OS threads, one that
//! polls futures and one that steps frames. The last one writes every frame down and reads it
//! back at each suspension, so a local that was lost, a shadowed name or a state that reads back
//! as another one changes a result.

mod frames;
mod futures;
mod pickles;
mod reference;
mod threads;
mod zoo;

use switchback::{Backend, Error, Tasklet};
use zoo::basic::{fails_at, ping};

/// The result on all three backends, which must be the same.
macro_rules! everywhere {
    ($tasklet:ident ( $($argument:expr),* $(,)? )) => {{
        use $crate::{frames::Frames, futures::Futures, threads::Threads};
        let blocking = Threads::run($tasklet::<Threads>($($argument),*));
        let polled = Futures::run($tasklet::<Futures>($($argument),*));
        let stepped = Frames::run($tasklet::<Frames>($($argument),*));
        assert_eq!(blocking, polled, "blocking and future form");
        assert_eq!(blocking, stepped, "blocking and frame form");
        blocking
    }};
}
pub(crate) use everywhere;

#[test]
fn a_frame_is_reloaded_at_every_suspension() {
    let before = frames::reloads();
    frames::Frames::run(ping(5)).expect("ping runs");
    // 5 requests and 5 replies, each suspending at least one of the two.
    assert!(frames::reloads() - before >= 10, "{} reloads", frames::reloads() - before);
}

fn name_of<B: Backend, K: Tasklet<B>>(_: &K) -> &'static str {
    K::NAME
}

#[test]
fn a_tasklet_is_named_by_its_path() {
    let call = ping::<frames::Frames>(1);
    assert_eq!(name_of(&call), "tasklet_forms::zoo::basic::ping");
}

#[test]
fn an_error_crosses_all_frames_of_a_recursion() {
    let error: Result<u64, Error> = everywhere!(fails_at(4, 2));
    assert_eq!(error.expect_err("fails").name(), "deep");
}
