//! Destructors and panics: whatever the value of a program does when it is dropped, wherever it is
//! and whatever drops it, the scheduler stays as good as it was (SPEC section 24).
//!
//! ```text
//!   matrix   deed x place x cause           which of them a suite has
//!   play     sets the stage, brings the cause about, plays a rally
//!   crew     the tasklets
//!   judge    how it ended, and whether the scheduler is as good as before
//!   charge   the value: counted, and armed with a deed
//!   reach    code that reaches for the tasklet it runs for: spots x deeds (D13 to D16)
//!   lines    programs that once broke a scheduler, by name
//! ```

mod charge;
mod crew;
mod judge;
mod lines;
pub mod matrix;
mod play;
mod reach;
mod statements;
mod tools;

use std::sync::OnceLock;

use switchback::{Backend, Blocking, Portable};

pub use crate::variables::CHAOS;
pub use statements::{STATEMENTS, sentence};

use crate::{Case, group};
use judge::judge;
use matrix::{Place, Trial};
use tools::Tools;

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
