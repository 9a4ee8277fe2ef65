//! Judges a trial: how its run ended, what main was told, what is left, and whether the next run
//! works.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use switchback::{Backend, Error, Kind};

use super::charge::{Charge, Plan};
use super::crew::{SUM, rallies};
use super::matrix::{Cause, Deed, Place, Trial};
use super::play::{MAIN, expected, plays};
use super::statements::failure;
use super::tools::Tools;
use crate::Failure;

/// Plays a trial on a thread of its own and says what is wrong.
pub(super) fn judge<B: Backend>(trial: Trial, tools: fn() -> Tools<B>) -> Result<(), Failure> {
    let number = Plan::enter(trial, Box::new(tools()));
    let played = thread::spawn(move || {
        if trial.place == Place::ThreadLocal {
            at_the_end_of_the_thread::<B>(number);
        }
        run::<B>(number)
    });
    let mut faults = match played.join() {
        Ok(faults) => faults,
        Err(payload) => {
            vec![format!("a panic left the run: {}", switchback::panicked("", payload))]
        }
    };
    if let Some(plan) = Plan::find(number) {
        faults.extend(plan.faults());
    }
    Plan::leave(number);
    if faults.is_empty() { Ok(()) } else { Err(failure(&trial.rules(), &faults)) }
}

/// Runs the trial and another run after it.
fn run<B: Backend>(number: u64) -> Vec<String> {
    let mut faults = Vec::new();
    let ended = catch_unwind(AssertUnwindSafe(|| B::run(plays::<B>(number))));
    let Some(plan) = Plan::find(number) else { return vec!["the plan is gone".to_owned()] };
    let cause = plan.trial.cause;
    match ended {
        Ok(Ok(SUM)) if !matches!(cause, Cause::MainFails | Cause::MainPanics) => {}
        Ok(Err(error)) if cause == Cause::MainFails && error.name() == MAIN => {}
        // Without an exact order it may be an error: main may run on a thread of its own.
        Ok(Err(error))
            if cause == Cause::MainPanics
                && !B::CAPABILITIES.order_exact
                && error.kind() == Kind::Panicked => {}
        // There what others end with is main's last word.
        Ok(Err(error)) if !B::CAPABILITIES.order_exact && expected::<B>(&plan, error.kind()) => {}
        Err(payload) if payload.downcast_ref() == Some(&MAIN) => {}
        Ok(ended) => faults.push(format!("the run gives {ended:?}")),
        Err(payload) => {
            faults.push(format!("a panic left the run: {}", switchback::panicked("", payload)));
        }
    }
    let told = plan.told();
    for error in told.iter().filter(|error| !expected::<B>(&plan, error.kind)) {
        faults.push(format!("main is told: {}", error.text));
    }
    let panicked = told.iter().any(|error| error.kind == Kind::Panicked);
    if B::CAPABILITIES.order_exact && tells(plan.trial) && !panicked {
        faults.push("main is told of no panic".to_owned());
    }
    match B::run(rallies::<B>()) {
        Ok(SUM) => {}
        other => faults.push(format!("the next run gives {other:?}")),
    }
    faults
}

/// Whether a panic must come out as an error of some operation of main, on an exact backend.
fn tells(trial: Trial) -> bool {
    let Trial { deed, place, cause } = trial;
    if trial.copies() {
        return true;
    }
    let ends = matches!(cause, Cause::EndOfRun | Cause::MainFails | Cause::MainPanics);
    match place {
        _ if ends => false,
        Place::Payload => true,
        _ if deed != Deed::Panics => false,
        // An error that is thrown stays, and the panic is the hook's.
        Place::InFlight => !matches!(cause, Cause::Throw | Cause::Refusal),
        // A handle that goes has nothing to tell.
        Place::Argument => !matches!(cause, Cause::Throw | Cause::ThrowPending | Cause::LastHandle),
        Place::Function | Place::Slot => !matches!(cause, Cause::Throw | Cause::LastHandle),
        Place::Local | Place::Result => !matches!(cause, Cause::Unbind | Cause::LastHandle),
        // Errors contain what their sources do.
        Place::Error | Place::Callback | Place::ThreadLocal => false,
    }
}

/// Values that the thread drops when it ends: one that it has before a run, so that it goes after
/// all that the backend keeps for the thread, and one that it has after that.
fn at_the_end_of_the_thread<B: Backend>(number: u64) {
    thread_local! {
        static LATE: std::cell::Cell<Option<Charge>> = const { std::cell::Cell::new(None) };
        static EARLY: std::cell::Cell<Option<Charge>> = const { std::cell::Cell::new(None) };
    }
    LATE.set(Some(Charge::new(number, true)));
    let _: Result<u64, Error> = B::run(rallies::<B>());
    EARLY.set(Some(Charge::new(number, true)));
}
