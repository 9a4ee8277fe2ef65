//! What the tasklets of one interpreted run share: program, names and the trace.
//!
//! A tasklet can keep plain data only, and a backend may give every tasklet an OS thread of
//! its own, so the shared part lives in a process-wide table and tasklets keep its number.
//! The lock is never held while the backend is called: it may call back.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use switchback::{Backend, Channel, Control, Error, Value};

use crate::living::Parcel;
use crate::watch::{self, Open, SoFar, Trace};
use crate::{Event, Json, Program, faults};

/// One interpreted run on backend `B`.
pub(crate) struct Run<B: Backend> {
    pub(crate) program: Program,
    /// Most events recorded before the run is cut off.
    budget: usize,
    state: Mutex<State<B>>,
}

struct State<B: Backend> {
    events: Vec<Event>,
    /// The operations that tasklets are in.
    open: Vec<Open>,
    /// Tasklets by name, newest last.
    tasklets: Vec<(String, B::Handle)>,
    channels: BTreeMap<String, B::Channel<Parcel>>,
    entered: bool,
    /// Set when main ends; what the backend then kills leaves no trace.
    closed: bool,
}

/// Tasklets and channels of a run, by name.
pub(crate) type Belongings<B> =
    (Vec<(String, <B as Backend>::Handle)>, Vec<(String, <B as Backend>::Channel<Parcel>)>);

type Runs = Mutex<BTreeMap<u64, Arc<dyn Any + Send + Sync>>>;

static RUNS: Runs = Mutex::new(BTreeMap::new());
static NUMBERS: AtomicU64 = AtomicU64::new(0);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a run findable; dropping it forgets the run.
pub(crate) struct Registered<B: Backend> {
    pub(crate) number: u64,
    run: Arc<Run<B>>,
}

impl<B: Backend> Registered<B> {
    pub(crate) fn new(program: &Program, budget: usize) -> Self {
        Self::at(NUMBERS.fetch_add(1, Ordering::Relaxed), program, budget)
    }

    /// As `new`, under a number that another process has chosen.
    pub(crate) fn at(number: u64, program: &Program, budget: usize) -> Self {
        let run = Arc::new(Run::<B> {
            program: program.clone(),
            budget,
            state: Mutex::new(State {
                events: Vec::new(),
                open: Vec::new(),
                tasklets: Vec::new(),
                channels: BTreeMap::new(),
                entered: false,
                closed: false,
            }),
        });
        lock(&RUNS).insert(number, Arc::clone(&run) as Arc<dyn Any + Send + Sync>);
        watch::watch(Arc::downgrade(&run) as Weak<dyn Trace>);
        Self { number, run }
    }

    /// The trace, given what the backend's run returned.
    pub(crate) fn finish(self, result: &Result<(), Error>) -> Vec<Event> {
        let mut events = std::mem::take(&mut lock(&self.run.state).events);
        let end = match result {
            Ok(()) => Event::End { tasklet: "main".to_owned() },
            Err(error) => Event::Exit { error: faults::text(error) },
        };
        // Main recorded its own end. Another one here is the backend's doing.
        if events.last() != Some(&end) {
            events.push(end);
        }
        events
    }
}

impl<B: Backend> Drop for Registered<B> {
    fn drop(&mut self) {
        lock(&RUNS).remove(&self.number);
    }
}

impl<B: Backend> Trace for Run<B> {
    fn so_far(&self) -> Option<SoFar> {
        let clone = |state: &State<B>| (state.events.clone(), state.open.clone());
        watch::look(&self.state, clone).map(|(events, open)| SoFar::Program(events, open))
    }
}

impl<B: Backend> Run<B> {
    /// The run of that number, while it lasts.
    pub(crate) fn find(number: u64) -> Option<Arc<Self>> {
        let run = lock(&RUNS).get(&number).map(Arc::clone)?;
        run.downcast::<Self>().ok()
    }

    /// True for the first caller: main.
    pub(crate) fn enter(&self) -> bool {
        !std::mem::replace(&mut lock(&self.state).entered, true)
    }

    /// Lets `write` append to the trace; nothing once the run is closed.
    pub(crate) fn record<T>(&self, write: impl FnOnce(&mut Vec<Event>) -> T) -> Option<T> {
        let mut state = lock(&self.state);
        if state.closed {
            return None;
        }
        let written = write(&mut state.events);
        state.closed = state.events.len() > self.budget;
        Some(written)
    }

    /// A tasklet begins an operation that may suspend it.
    pub(crate) fn begins(&self, tasklet: &str, at: String, op: String) {
        let mut state = lock(&self.state);
        let (tasklet, since) = (tasklet.to_owned(), state.events.len());
        state.open.push(Open { tasklet, at, op, since });
    }

    /// The operation of a tasklet has ended.
    pub(crate) fn ends(&self, tasklet: &str) {
        lock(&self.state).open.retain(|open| open.tasklet != tasklet);
    }

    /// Main is over. What the run knows of tasklets and channels goes before the scheduler does,
    /// so that whatever is still in use then is a leak.
    pub(crate) fn close(&self) {
        lock(&self.state).closed = true;
        self.own(Default::default());
    }

    pub(crate) fn name(&self, tasklet: &str, handle: B::Handle) {
        lock(&self.state).tasklets.push((tasklet.to_owned(), handle));
    }

    /// The newest tasklet of that name.
    pub(crate) fn tasklet(&self, name: &str) -> Result<B::Handle, Error> {
        let state = lock(&self.state);
        let found = state.tasklets.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, handle)| handle.clone()).ok_or_else(faults::unknown_tasklet)
    }

    /// The name of a tasklet.
    pub(crate) fn name_of(&self, handle: &B::Handle) -> String {
        let state = lock(&self.state);
        let found = state.tasklets.iter().rev().find(|(_, known)| known == handle);
        found.map_or_else(|| format!("tasklet {}", handle.number()), |(name, _)| name.clone())
    }

    /// All tasklets by name, in the order of their names' age, but the one called `except`; and
    /// all channels by name.
    pub(crate) fn belongings(&self, except: &str) -> Belongings<B> {
        let state = lock(&self.state);
        let tasklets = state.tasklets.iter().filter(|(name, _)| name != except).cloned();
        let channels = state.channels.iter().map(|(name, channel)| (name.clone(), channel.clone()));
        (tasklets.collect(), channels.collect())
    }

    /// Takes others instead.
    pub(crate) fn own(&self, (tasklets, channels): Belongings<B>) {
        let old = {
            let mut state = lock(&self.state);
            let channels = channels.into_iter().collect();
            (
                std::mem::replace(&mut state.tasklets, tasklets),
                std::mem::replace(&mut state.channels, channels),
            )
        };
        // Dropping a handle may run code of the backend, which may look for names.
        drop(old);
    }

    pub(crate) fn names_of(&self, handles: &[B::Handle]) -> Json {
        Json::names(handles.iter().map(|handle| self.name_of(handle)))
    }

    /// The channel of that name, made at its first mention.
    pub(crate) fn channel(&self, name: &str) -> B::Channel<Parcel> {
        let known = lock(&self.state).channels.get(name).cloned();
        known.unwrap_or_else(|| {
            let made = B::channel::<Parcel>();
            lock(&self.state).channels.insert(name.to_owned(), made.clone());
            made
        })
    }

    /// The name of the channel with that number.
    pub(crate) fn channel_name(&self, number: u64) -> String {
        let state = lock(&self.state);
        let found = state.channels.iter().find(|(_, channel)| channel.number() == number);
        found.map_or_else(|| format!("channel {number}"), |(name, _)| name.clone())
    }

    /// The content of a slot as events show it.
    pub(crate) fn show(&self, value: Value<B>) -> Json {
        match value {
            Value::Empty => Json::Null,
            Value::Tasklet(handle) => Json::Str(format!("<{}>", self.name_of(&handle))),
            Value::Bomb(_) => Json::Str("<bomb>".to_owned()),
            Value::Function => Json::Str("<function>".to_owned()),
            Value::Message(message) => {
                let name = message.type_name();
                let known = message.into_any().downcast::<Parcel>();
                known.map_or_else(|_| Json::Str(format!("<{name}>")), |parcel| parcel.value)
            }
        }
    }
}
