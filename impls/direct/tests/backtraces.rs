//! A backtrace of a tasklet does not end at the first frame of its stack.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

use std::backtrace::Backtrace;

use switchback::{Backend, Channel, Error, tasklet};
use switchback_direct::Direct;

#[inline(never)]
fn look() -> String {
    Backtrace::force_capture().to_string()
}

#[tasklet]
async fn looks<B: Backend>(to: B::Channel<String>) -> Result<(), Error> {
    B::schedule().await?;
    to.send(look()).await
}

#[tasklet]
async fn outer<B: Backend>() -> Result<String, Error> {
    let seen: B::Channel<String> = B::channel();
    B::spawn(looks(seen.clone()));
    seen.receive().await
}

#[inline(never)]
fn calls_run() -> String {
    Direct::run(outer()).expect("a backtrace")
}

/// A tasklet that runs a scheduler of its own.
#[tasklet]
async fn nests<B: Backend>() -> Result<String, Error> {
    Ok(calls_run())
}

fn lines(trace: &str, word: &str) -> usize {
    trace.lines().filter(|line| line.contains(word)).count()
}

#[test]
fn a_backtrace_goes_on_in_the_caller_of_run() {
    let trace = calls_run();
    for word in ["backtraces::look", "looks", "switchback_direct_base"] {
        assert!(lines(&trace, word) > 0, "no {word}: {trace}");
    }
    assert_eq!(lines(&trace, "backtraces::calls_run"), 1, "{trace}");
    assert!(lines(&trace, "a_backtrace_goes_on_in_the_caller_of_run") > 0, "{trace}");
}

#[test]
fn one_of_a_nested_scheduler_goes_on_in_the_tasklet_that_runs_it_and_on_to_its_host() {
    let trace = Direct::run(nests()).expect("a backtrace");
    assert_eq!(lines(&trace, "switchback_direct_base"), 2, "{trace}");
    assert!(lines(&trace, "nests") > 0, "{trace}");
    assert!(lines(&trace, "one_of_a_nested_scheduler") > 0, "{trace}");
}
