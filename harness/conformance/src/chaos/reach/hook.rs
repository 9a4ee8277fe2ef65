//! The value that reaches back: counted, and with a moment at which it does its deed, once.
//!
//! A hook is a number, so that it can be sent, kept, pickled and copied; what it does is in a table
//! of the process.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use switchback::{Error, Message};

/// When code of users runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Clone,
    Write,
    Read,
    Drop,
    /// A callback, or code that makes a computation.
    Call,
}

/// One spot with one deed.
pub(super) struct Trial {
    /// What only the backend's type can do, and the handles, as the player made them.
    pub(super) stage: Box<dyn Any + Send + Sync>,
    /// Does the deed.
    deed: fn(u64),
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    armed: Option<Moment>,
    fired: bool,
    went_on: bool,
    changed: bool,
    made: u64,
    /// How many there are of each number.
    alive: BTreeMap<u64, i64>,
    faults: Vec<String>,
}

static TRIALS: Mutex<BTreeMap<u64, Arc<Trial>>> = Mutex::new(BTreeMap::new());
static NUMBERS: AtomicU64 = AtomicU64::new(1);

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Trial {
    /// Enters a trial into the table; gives its number.
    pub(super) fn enter(stage: Box<dyn Any + Send + Sync>, deed: fn(u64)) -> u64 {
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let trial = Self { stage, deed, state: Mutex::default() };
        lock(&TRIALS).insert(number, Arc::new(trial));
        number
    }

    pub(super) fn find(number: u64) -> Option<Arc<Self>> {
        lock(&TRIALS).get(&number).cloned()
    }

    /// The trial, which is in the table as long as it is played.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn of(number: u64) -> Result<Arc<Self>, Error> {
        Self::find(number).ok_or_else(|| Error::new("chaos", "there is no trial of this number"))
    }

    /// Takes it out of the table.
    pub(super) fn leave(number: u64) {
        let trial = lock(&TRIALS).remove(&number);
        drop(trial);
    }

    /// From now on the next hot hook that meets `moment` does the deed.
    pub(super) fn arm(&self, moment: Moment) {
        lock(&self.state).armed = Some(moment);
    }

    pub(super) fn fault(&self, fault: impl Into<String>) {
        lock(&self.state).faults.push(fault.into());
    }

    /// What is wrong once all is over.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut state = lock(&self.state);
        let mut faults = std::mem::take(&mut state.faults);
        if !state.fired {
            faults.push("the moment never came".to_owned());
        }
        for (number, alive) in &state.alive {
            if *alive != 0 {
                faults.push(format!("value {number}: {alive} of it were never dropped"));
            }
        }
        faults
    }

    fn has(&self, number: u64) -> bool {
        lock(&self.state).alive.get(&number).is_some_and(|alive| *alive > 0)
    }

    /// The deed has changed the tasklet that it runs for.
    pub(super) fn changed(&self) {
        lock(&self.state).changed = true;
    }

    pub(super) fn has_changed(&self) -> bool {
        lock(&self.state).changed
    }

    /// A tasklet that nothing was done to has gone on to its end.
    pub(super) fn went_on(&self) {
        lock(&self.state).went_on = true;
    }

    pub(super) fn has_gone_on(&self) -> bool {
        lock(&self.state).went_on
    }

    fn count(&self, number: u64, change: i64) {
        let mut state = lock(&self.state);
        let alive = state.alive.entry(number).or_default();
        *alive += change;
        if *alive < 0 {
            state.faults.push(format!("value {number} was dropped twice"));
        }
    }
}

/// Does the deed, if this is the moment for it.
pub(super) fn reach(number: u64, moment: Moment) {
    let Some(trial) = Trial::find(number) else { return };
    {
        let mut state = lock(&trial.state);
        if state.armed != Some(moment) {
            return;
        }
        state.armed = None;
        state.fired = true;
    }
    // Caught here: there are moments whose panics only the hook hears of.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (trial.deed)(number))) {
        trial.fault(format!("the deed panics: {}", switchback::panicked("", panic)));
    }
}

/// Counted from its making to its end; a hot one does the deed.
#[derive(Debug)]
pub struct Hook {
    trial: u64,
    number: u64,
    hot: bool,
}

impl Hook {
    /// One that does the deed.
    pub(super) fn hot(trial: u64) -> Self {
        Self::new(trial, true)
    }

    /// One that only has to be dropped.
    pub(super) fn cold(trial: u64) -> Self {
        Self::new(trial, false)
    }

    fn new(trial: u64, hot: bool) -> Self {
        let number = Trial::find(trial).map_or(0, |trial| {
            let mut state = lock(&trial.state);
            state.made += 1;
            state.made
        });
        Self::counted(trial, number, hot)
    }

    fn counted(trial: u64, number: u64, hot: bool) -> Self {
        if let Some(trial) = Trial::find(trial) {
            trial.count(number, 1);
        }
        Self { trial, number, hot }
    }

    fn meets(&self, moment: Moment) {
        let (trial, number) = (self.trial, self.number);
        if self.hot {
            reach(trial, moment);
        }
        // It is being looked at, whatever the deed was.
        let there = Trial::find(trial).is_none_or(|trial| trial.has(number));
        let looked_at = there && (self.trial, self.number) == (trial, number);
        if moment != Moment::Drop
            && !looked_at
            && let Some(trial) = Trial::find(trial)
        {
            trial.fault("a value is dropped while it is looked at");
        }
    }
}

impl Clone for Hook {
    fn clone(&self) -> Self {
        self.meets(Moment::Clone);
        Self::counted(self.trial, self.number, false)
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        if let Some(trial) = Trial::find(self.trial) {
            trial.count(self.number, -1);
        }
        self.meets(Moment::Drop);
    }
}

impl Message for Hook {}

impl Serialize for Hook {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.meets(Moment::Write);
        (self.trial, self.number, self.hot).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Hook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (trial, number, hot) = Deserialize::deserialize(deserializer)?;
        if hot {
            reach(trial, Moment::Read);
        }
        Ok(Self::counted(trial, number, false))
    }
}
