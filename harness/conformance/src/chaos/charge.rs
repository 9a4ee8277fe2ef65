//! The value that everything is about: what it does when it is dropped, and how it is counted.
//!
//! A charge is a number, so that it can be sent, kept, pickled and copied; what it does, and how
//! many of it there are, is in the plan of its case, in a table of the process.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::panic_any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use switchback::{Error, Kind, Message};

use super::matrix::Trial;

/// What a destructor does.
pub(super) type Deed = Arc<dyn Fn() -> Result<(), Error> + Send + Sync>;

/// What panics instead of making or writing a copy of one charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fuse {
    Clone,
    Write,
    Read,
}

/// An error, without what it holds.
pub(super) struct Told {
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// One case while it is played.
pub(super) struct Plan {
    pub(super) trial: Trial,
    /// What only the backend's type can do, as the player made it.
    pub(super) tools: Box<dyn Any + Send + Sync>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    deed: Option<Deed>,
    /// Charges that still are to do it.
    armed: u64,
    made: u64,
    subject: Option<u64>,
    bystanders: u64,
    /// How many there are of each number.
    alive: BTreeMap<u64, i64>,
    /// What panics, and how often it is done before that.
    fuse: Option<(Fuse, u64)>,
    /// The next copy is armed.
    arms: bool,
    /// The errors that main was told of: kind, name and text.
    told: Vec<Told>,
    faults: Vec<String>,
}

/// Below the numbers of bystanders, so that those of the crew are 1 to 5.
const BYSTANDERS: u64 = 100;

static PLANS: Mutex<BTreeMap<u64, Arc<Plan>>> = Mutex::new(BTreeMap::new());
static NUMBERS: AtomicU64 = AtomicU64::new(1);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Plan {
    /// Enters a plan into the table; gives its number.
    pub(super) fn enter(trial: Trial, tools: Box<dyn Any + Send + Sync>) -> u64 {
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let plan = Self { trial, tools, state: Mutex::default() };
        lock(&PLANS).insert(number, Arc::new(plan));
        number
    }

    pub(super) fn find(number: u64) -> Option<Arc<Self>> {
        lock(&PLANS).get(&number).cloned()
    }

    /// The plan, which is in the table as long as its case is played.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn of(number: u64) -> Result<Arc<Self>, Error> {
        Self::find(number).ok_or_else(|| Error::new("chaos", "there is no plan of this number"))
    }

    /// Takes it out of the table.
    pub(super) fn leave(number: u64) {
        let plan = lock(&PLANS).remove(&number);
        drop(plan);
    }

    /// Says what the armed ones do.
    pub(super) fn does(&self, deed: Deed) {
        let before = lock(&self.state).deed.replace(deed);
        drop(before);
    }

    /// The number of the tasklet whose value acts.
    pub(super) fn acts_in(&self, subject: u64) {
        lock(&self.state).subject = Some(subject);
    }

    pub(super) fn subject(&self) -> Option<u64> {
        lock(&self.state).subject
    }

    /// Makes the last copying, writing or reading of a charge of the crew panic; the first copy
    /// acts, if there are any.
    pub(super) fn light(&self, fuse: Fuse, crew: u64) {
        let mut state = lock(&self.state);
        state.fuse = Some((fuse, crew - 1));
        state.arms = fuse != Fuse::Write;
        state.armed += u64::from(state.arms);
    }

    pub(super) fn put_out(&self) {
        lock(&self.state).fuse = None;
    }

    /// Whether this is the one that panics.
    fn burns(&self, fuse: Fuse) -> bool {
        match &mut lock(&self.state).fuse {
            Some((lit, 0)) if *lit == fuse => true,
            Some((lit, left)) if *lit == fuse => {
                *left -= 1;
                false
            }
            _ => false,
        }
    }

    /// Notes what an operation gave.
    pub(super) fn note<T>(&self, result: Result<T, Error>) {
        if let Err(error) = result {
            let told = Told { kind: error.kind(), text: error.to_string() };
            lock(&self.state).told.push(told);
            // What is in it is dropped here.
            drop(error);
        }
    }

    pub(super) fn fault(&self, fault: impl Into<String>) {
        lock(&self.state).faults.push(fault.into());
    }

    /// The errors noted so far.
    pub(super) fn told(&self) -> Vec<Told> {
        std::mem::take(&mut lock(&self.state).told)
    }

    /// What is wrong once all is over.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut state = lock(&self.state);
        let mut faults = std::mem::take(&mut state.faults);
        for (number, alive) in &state.alive {
            if *alive != 0 {
                faults.push(format!("charge {number}: {alive} of it were never dropped"));
            }
        }
        if state.armed != 0 {
            faults.push(format!("{} destructors have not done their deed", state.armed));
        }
        faults
    }

    fn count(&self, number: u64, change: i64) {
        let mut state = lock(&self.state);
        let alive = state.alive.entry(number).or_default();
        *alive += change;
        if *alive < 0 {
            state.faults.push(format!("charge {number} was dropped twice"));
        }
    }

    /// Does what an armed charge does.
    fn act(&self) {
        let deed = {
            let mut state = lock(&self.state);
            match state.armed.checked_sub(1) {
                Some(0) => {
                    state.armed = 0;
                    state.deed.take()
                }
                Some(left) => {
                    state.armed = left;
                    state.deed.clone()
                }
                None => {
                    state.faults.push("a destructor did its deed twice".to_owned());
                    None
                }
            }
        };
        let Some(deed) = deed else { return self.fault("there is no deed to do") };
        match deed() {
            Ok(()) => {}
            Err(error) if refusal(error.kind()) => {}
            // Where errors of others come out in any operation of main, so in one of a destructor.
            Err(error) if matches!(error.kind(), Kind::User | Kind::Panicked) => {
                self.note::<()>(Err(error));
            }
            Err(error) => self.fault(format!("what a destructor did failed: {error}")),
        }
    }
}

/// How the scheduler may refuse what a destructor asks of it.
fn refusal(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::RecursiveChannel
            | Kind::SwitchInCallback
            | Kind::WrongScheduler
            | Kind::Exit
            | Kind::Deadlock
            | Kind::MainReceiving
            | Kind::MainSending
            | Kind::Exhausted
    )
}

/// Counted from its making to its end; an armed one acts when it is dropped.
#[derive(Debug)]
pub struct Charge {
    plan: u64,
    number: u64,
    armed: bool,
}

impl Charge {
    pub(super) fn new(plan: u64, armed: bool) -> Self {
        let found = Plan::find(plan);
        let number = found.as_ref().map_or(0, |plan| {
            let mut state = lock(&plan.state);
            state.made += 1;
            state.armed += u64::from(armed);
            state.made
        });
        Self::counted(plan, number, armed)
    }

    /// One that only has to be dropped.
    pub(super) fn bystander(plan: u64) -> Self {
        let found = Plan::find(plan);
        let number = found.as_ref().map_or(0, |plan| {
            let mut state = lock(&plan.state);
            state.bystanders += 1;
            BYSTANDERS + state.bystanders
        });
        Self::counted(plan, number, false)
    }

    fn counted(plan: u64, number: u64, armed: bool) -> Self {
        if let Some(plan) = Plan::find(plan) {
            plan.count(number, 1);
        }
        Self { plan, number, armed }
    }

    fn copy(plan: u64, number: u64, fuse: Fuse) -> Self {
        let found = Plan::find(plan);
        if found.as_ref().is_some_and(|plan| plan.burns(fuse)) {
            panic_any("no copy of this one");
        }
        let armed = found.is_some_and(|plan| {
            let mut state = lock(&plan.state);
            std::mem::take(&mut state.arms)
        });
        Self::counted(plan, number, armed)
    }

    /// Its number among those of its plan, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

impl Clone for Charge {
    fn clone(&self) -> Self {
        Self::copy(self.plan, self.number, Fuse::Clone)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        let Some(plan) = Plan::find(self.plan) else { return };
        plan.count(self.number, -1);
        if self.armed {
            plan.act();
        }
    }
}

impl Message for Charge {}

impl Serialize for Charge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if Plan::find(self.plan).is_some_and(|plan| plan.burns(Fuse::Write)) {
            panic_any("this one is not written");
        }
        (self.plan, self.number).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Charge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (plan, number) = Deserialize::deserialize(deserializer)?;
        Ok(Self::copy(plan, number, Fuse::Read))
    }
}
