//! Where a panic and its backtrace say that it happened.

use std::{
    backtrace::Backtrace,
    cell::RefCell,
    panic::{self, UnwindSafe},
    sync::Once,
};

use switchback::{Backend, Channel, Error, tasklet};

const HERE: &str = include_str!("panics.rs");

#[tasklet]
async fn sends<B: Backend>(to: B::Channel<i64>) -> Result<(), Error> {
    to.send(4).await?;
    Ok(())
}

#[tasklet]
async fn panics_behind_awaits<B: Backend>(limit: i64) -> Result<i64, Error> {
    let channel = B::channel::<i64>();
    B::spawn(sends(channel.clone()));
    let mut total: i64 = 0;
    total += channel.receive().await?;
    let list: Vec<i64> = Vec::new();
    let index = total as usize;
    if total > limit {
        total += list[index]; // an index out of bounds
    }
    Ok(total)
}

#[tasklet]
async fn panics_in_an_argument<B: Backend>(limit: i64) -> Result<i64, Error> {
    B::schedule().await?;
    let channel = B::channel::<i64>();
    let none: Option<i64> = (limit > 9).then_some(limit);
    channel
        .send(
            none.expect("there is none"), // not the line of the await
        )
        .await?;
    Ok(limit)
}

#[tasklet]
async fn calls<B: Backend>(limit: i64) -> Result<i64, Error> {
    let value = panics_behind_awaits(limit).await?; // calls
    Ok(value)
}

thread_local! {
    /// While something is run to see it panic.
    static SEEN: RefCell<Option<Vec<(u32, String)>>> = const { RefCell::new(None) };
}

/// Panics of this thread while `run` runs: line and backtrace.
fn panics_of(run: impl FnOnce() + UnwindSafe) -> Vec<(u32, String)> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let other = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let place = info.location().filter(|place| place.file().ends_with("panics.rs"));
            let (Some(place), true) = (place, SEEN.with_borrow(Option::is_some)) else {
                return other(info);
            };
            let trace = Backtrace::force_capture().to_string();
            let panic = (place.line(), trace);
            SEEN.with_borrow_mut(|seen| seen.iter_mut().for_each(|seen| seen.push(panic.clone())));
        }));
    });
    SEEN.set(Some(Vec::new()));
    let result = panic::catch_unwind(run);
    let seen = SEEN.take().unwrap_or_default();
    assert!(result.is_err(), "a panic of main leaves the run");
    seen
}

fn line(text: &str) -> u32 {
    let at = HERE.lines().position(|line| line.contains(text));
    u32::try_from(at.expect("the file has the line")).expect("it is short") + 1
}

/// The panic is at the line with `text`, and the frames of the backtrace in this file are at the
/// lines with these texts.
fn is_at(run: impl FnOnce() + UnwindSafe, text: &str, frames: &[&str]) {
    let seen = panics_of(run);
    let [(at, trace)] = &seen[..] else { panic!("expected one panic, found {seen:?}") };
    assert_eq!(*at, line(text));
    let places = trace.lines().filter_map(|line| line.trim().split_once("panics.rs:"));
    let places = places.filter_map(|(_, at)| at.split(':').next()?.parse::<u32>().ok());
    let own: Vec<u32> = places.filter(|at| *at < line("thread_local!")).collect();
    let wanted: Vec<u32> = frames.iter().map(|text| line(text)).collect();
    assert_eq!(own, wanted, "{trace}");
}

macro_rules! forms {
    ($($form:ident: $backend:ty, $callers:expr;)*) => {$(
        mod $form {
            use super::*;

            #[test]
            fn a_panic_behind_an_await_is_at_its_line() {
                let run = || drop(<$backend>::run(panics_behind_awaits(1)));
                is_at(run, "an index out", &["an index out"]);
            }

            #[test]
            fn a_panic_in_an_argument_is_at_its_line() {
                let run = || drop(<$backend>::run(panics_in_an_argument(1)));
                is_at(run, "not the line of", &["not the line of"]);
            }

            #[test]
            fn a_panic_in_a_called_tasklet_is_at_its_line() {
                let frames = [&["an index out"][..], $callers].concat();
                is_at(|| drop(<$backend>::run(calls(1))), "an index out", &frames);
            }
        }
    )*};
}

// The caller of a frame is no caller on the native stack.
forms! {
    hard: switchback_hard::Hard, &["// calls"];
    soft: switchback_soft::Soft, &[];
    poll: switchback_poll::Poll, &["// calls"];
}
