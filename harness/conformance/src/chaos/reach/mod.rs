//! Re-entrancy: code of users that the scheduler runs, and that reaches for the very tasklet,
//! channel and scheduler it runs for (SPEC section 24, D13 to D16).
//!
//! ```text
//!   spots    where code of users runs           one case each
//!     x deeds  what it does there               each in a run and a thread of its own
//!   stage    a spot, a deed, and the tasklet it is done to
//!   hook     the value that does it: counted, once, at its moment
//!   look     whether the scheduler is whole
//! ```

mod cast;
mod deeds;
mod hook;
mod look;
mod spots;
mod stage;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

use switchback::{Backend, Blocking, Portable};

use super::crew::{SUM, rallies};
use super::statements::failure;
use crate::needs::Need;
use crate::{Case, Failure, group};
use hook::Trial;
use spots::{COPIES, SPOTS, reaches};
use stage::{Kit, Spot, Stage};

const RULES: [&str; 4] = ["D13", "D14", "D15", "D16"];

/// The cases of a backend whose operations complete in plain functions.
pub(super) fn blocking<B: Blocking>() -> Vec<Case> {
    SPOTS.iter().map(|spot| case::<B>(spot, || Kit::<B>::BLOCKS)).collect()
}

/// The cases of another one: operations are begun and dropped.
pub(super) fn not_blocking<B: Backend>() -> Vec<Case> {
    SPOTS.iter().map(|spot| case::<B>(spot, || Kit::<B>::PLAIN)).collect()
}

/// Those of a backend with pickles: code that they run, and other code that makes them.
pub(super) fn portable<B: Portable>() -> Vec<Case> {
    copying::<B>(|| Kit::<B>::COPIES)
}

/// The same of a backend that makes none.
pub(super) fn not_portable<B: Backend>() -> Vec<Case> {
    copying::<B>(|| Kit::<B>::PLAIN)
}

fn copying<B: Backend>(kit: fn() -> Kit<B>) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (name, spots) in COPIES {
        let all = move || {
            let spots = spots.iter();
            all::<B>(spots.flat_map(|spot| deeds::names::<B>().map_with(spot)).collect(), kit)
        };
        cases.push(made::<B>(name, all));
    }
    let copies = move || all::<B>(SPOTS.iter().map(|spot| (spot, "copies")).collect(), kit);
    cases.push(made::<B>("a_copy_in_every_spot", copies));
    cases
}

fn case<B: Backend>(spot: &'static Spot, kit: fn() -> Kit<B>) -> Case {
    let every = move || all::<B>(deeds::names::<B>().map_with(spot), kit);
    made::<B>(spot.name, every)
}

/// Each of them with one spot.
trait MapWith {
    fn map_with(self, spot: &'static Spot) -> Vec<(&'static Spot, &'static str)>;
}

impl MapWith for Vec<&'static str> {
    fn map_with(self, spot: &'static Spot) -> Vec<(&'static Spot, &'static str)> {
        self.into_iter().map(|deed| (spot, deed)).collect()
    }
}

fn made<B: Backend>(
    name: &str,
    all: impl Fn() -> Result<(), Failure> + Send + Sync + 'static,
) -> Case {
    let needs = [Need::OrderExact, Need::Control, Need::Throw, Need::Close, Need::Deadlock];
    let case = Case::new(format!("chaos::reach::{name}"), group::CHAOS, RULES, all);
    case.needing(&needs, B::CAPABILITIES)
}

/// Plays all of them, each on a thread of its own, and says which deeds break what.
fn all<B: Backend>(
    trials: Vec<(&'static Spot, &'static str)>,
    kit: fn() -> Kit<B>,
) -> Result<(), Failure> {
    let mut faults = Vec::new();
    for (spot, deed) in trials {
        let found = judge::<B>(spot, deed, kit).into_iter();
        faults.extend(found.map(|fault| format!("{}, {deed}: {fault}", spot.name)));
    }
    if faults.is_empty() { Ok(()) } else { Err(failure(&RULES, &faults)) }
}

fn judge<B: Backend>(spot: &'static Spot, deed: &'static str, kit: fn() -> Kit<B>) -> Vec<String> {
    let stage = Stage::<B> { spot, deed, kit: kit(), place: Mutex::new(None) };
    let number = Trial::enter(Box::new(stage), deeds::does::<B>);
    let played = thread::spawn(move || run::<B>(number));
    let mut faults = played.join().unwrap_or_else(|payload| {
        vec![format!("a panic left the thread: {}", switchback::panicked("", payload))]
    });
    if let Some(trial) = Trial::find(number) {
        faults.extend(trial.faults());
    }
    Trial::leave(number);
    faults
}

/// Runs the trial and another run after it.
fn run<B: Backend>(number: u64) -> Vec<String> {
    let mut faults = Vec::new();
    match catch_unwind(AssertUnwindSafe(|| B::run(reaches::<B>(number)))) {
        Ok(Ok(SUM)) => {}
        Ok(ended) => faults.push(format!("the run gives {ended:?}")),
        Err(payload) => {
            faults.push(format!("a panic left the run: {}", switchback::panicked("", payload)));
        }
    }
    match B::run(rallies::<B>()) {
        Ok(SUM) => {}
        other => faults.push(format!("the next run gives {other:?}")),
    }
    faults
}
