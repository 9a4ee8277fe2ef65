//! Destructors and panics: whatever the value of a program does when it is dropped, wherever it is
//! and whatever drops it, the scheduler stays as good as it was (SPEC section 24).
//!
//! ```text
//!   matrix   deed x place x cause           which of them a suite has
//!   play     sets the stage, brings the cause about, plays a rally
//!   charge   the value: counted, and armed with a deed
//!   reach    code that reaches for the tasklet it runs for: spots x deeds (D13 to D16)
//!   lines    programs that once broke a scheduler, by name
//! ```

mod charge;
mod lines;
pub mod matrix;
mod play;
mod reach;
mod statements;
mod tools;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::thread;

use switchback::{Backend, Blocking, Error, Kind, Portable};

pub use statements::{STATEMENTS, sentence};

use crate::{Case, Failure, group};
use charge::{Charge, Plan};
use matrix::{Cause, Deed, Place, Trial};
use play::{MAIN, SUM, expected, plays, rallies};
use tools::Tools;

/// Variable: `all` for the whole matrix instead of the choice that a suite has.
pub const CHAOS: &str = "SWITCHBACK_CHAOS";

/// The trials of this run. The choice is work, and a worker asks for it with every case.
fn trials() -> Vec<Trial> {
    static TRIALS: OnceLock<Vec<Trial>> = OnceLock::new();
    let all = || std::env::var_os(CHAOS).is_some_and(|value| value == "all");
    let make = || if all() { matrix::all() } else { matrix::chosen() };
    TRIALS.get_or_init(make).clone()
}

/// The cases that need no further traits.
#[must_use]
pub fn cases<B: Backend>() -> Vec<Case> {
    let trials = trials().into_iter().filter(|trial| !trial.blocks() && !trial.copies());
    let mut cases: Vec<Case> = trials.map(|trial| case::<B>(trial, || Tools::<B>::NONE)).collect();
    cases.extend(lines::cases::<B>());
    cases
}

/// Those with operations in destructors.
#[must_use]
pub fn blocking<B: Blocking>() -> Vec<Case> {
    let trials = trials().into_iter().filter(|trial| trial.blocks() && !trial.copies());
    let mut cases = lines::blocking::<B>(|| Tools::<B>::BLOCKS);
    cases.extend(trials.map(|trial| case::<B>(trial, || Tools::<B>::BLOCKS)));
    cases.extend(reach::blocking::<B>());
    cases
}

/// The same of a backend whose operations do not complete in plain functions.
#[must_use]
pub fn not_blocking<B: Backend>() -> Vec<Case> {
    let trials = trials().into_iter().filter(|trial| trial.blocks() && !trial.copies());
    let mut cases = lines::blocking::<B>(|| Tools::<B>::NONE);
    cases.extend(trials.map(|trial| case::<B>(trial, || Tools::<B>::NONE)));
    let cases = cases.into_iter().map(|case| case.lacks(["blocking"]));
    cases.chain(reach::not_blocking::<B>()).collect()
}

/// Those with pickles and forks.
#[must_use]
pub fn portable<B: Portable>() -> Vec<Case> {
    let trials = trials().into_iter().filter(|trial| trial.copies());
    let mut cases = lines::portable::<B>(|| Tools::<B>::COPIES);
    cases.extend(trials.map(|trial| case::<B>(trial, || Tools::<B>::COPIES)));
    cases.extend(reach::portable::<B>());
    cases
}

/// The same of a backend that makes none.
#[must_use]
pub fn not_portable<B: Backend>() -> Vec<Case> {
    let trials = trials().into_iter().filter(|trial| trial.copies());
    let mut cases = lines::portable::<B>(|| Tools::<B>::NONE);
    cases.extend(trials.map(|trial| case::<B>(trial, || Tools::<B>::NONE)));
    cases.extend(reach::not_portable::<B>());
    cases.into_iter().map(|case| case.lacks(["portable"])).collect()
}

fn case<B: Backend>(trial: Trial, tools: fn() -> Tools<B>) -> Case {
    let id = format!("chaos::{}", trial.name());
    let play = move || judge::<B>(trial, tools);
    let case = Case::new(id, group::CHAOS, trial.rules(), play);
    let case = case.needing(&trial.needs(), B::CAPABILITIES);
    // What the values of a thread do at its end is done to handles of a run that is over.
    if trial.place == Place::ThreadLocal { case.keeps_handles() } else { case }
}

/// Plays a trial on a thread of its own and says what is wrong.
fn judge<B: Backend>(trial: Trial, tools: fn() -> Tools<B>) -> Result<(), Failure> {
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

fn failure(rules: &[&str], faults: &[String]) -> Failure {
    let rules: Vec<_> = rules.iter().map(|id| format!("  {id}  {}", sentence(id))).collect();
    format!("must hold\n{}\n\nfound\n  {}", rules.join("\n"), faults.join("\n  ")).into()
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
