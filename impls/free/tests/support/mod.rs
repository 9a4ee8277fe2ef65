//! The backends, and what tasklets leave behind for the test.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use switchback::{Backend, Capabilities, message};

/// Tests on each backend, in a module of its name.
macro_rules! on_every_backend {
    ($test:ident, $B:ident => $body:block) => {
        mod $test {
            use super::*;

            on_every_backend!(@ $test, $B, $body,
                threads: switchback_threads::Threads,
                threads_queue_1: switchback_threads::ThreadsQueue1,
                threads_queue_1000: switchback_threads::ThreadsQueue1000,
                threads_deque: switchback_threads::ThreadsDeque,
                may_1: switchback_may::MayOne,
                may_n: switchback_may::MayMany,
                tokio_current: switchback_tokio::TokioCurrent,
                tokio_multi: switchback_tokio::TokioMulti,
                smol: switchback_smol::Smol,
            );
        }
    };
    (@ $test:ident, $B:ident, $body:block, $($name:ident: $backend:ty,)*) => {$(
        #[test]
        fn $name() {
            type $B = $backend;
            $body
        }
    )*};
}
pub(crate) use on_every_backend;

static LISTS: Mutex<Vec<(u64, u64)>> = Mutex::new(Vec::new());

/// A list outside the run that tasklets add to.
#[message]
pub struct Finished {
    list: u64,
}

impl Finished {
    /// Adds to the list.
    pub fn done(&self, value: u64) {
        LISTS.lock().expect("no panic").push((self.list, value));
    }
}

/// A list, and a way to see it.
pub fn finished() -> (Finished, impl Fn() -> Vec<u64>) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let list = NEXT.fetch_add(1, Ordering::Relaxed);
    let seen = move || {
        let lists = LISTS.lock().expect("no panic");
        lists.iter().filter(|(own, _)| *own == list).map(|(_, value)| *value).collect()
    };
    (Finished { list }, seen)
}

/// Names and claims of all backends.
pub fn names() -> Vec<(&'static str, Capabilities)> {
    fn of<B: Backend>() -> (&'static str, Capabilities) {
        (B::NAME, B::CAPABILITIES)
    }
    vec![
        of::<switchback_threads::Threads>(),
        of::<switchback_threads::ThreadsQueue1>(),
        of::<switchback_threads::ThreadsQueue1000>(),
        of::<switchback_threads::ThreadsDeque>(),
        of::<switchback_may::MayOne>(),
        of::<switchback_may::MayMany>(),
        of::<switchback_tokio::TokioCurrent>(),
        of::<switchback_tokio::TokioMulti>(),
        of::<switchback_smol::Smol>(),
    ]
}
