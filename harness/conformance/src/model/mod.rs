//! The reference model: SPEC sections 2 to 12, written down as directly as possible.
//!
//! It runs programs without suspending anything: a tasklet is a [`Cursor`] into its program,
//! and control moves by continuing another cursor. Slow and obvious on purpose; it judges
//! backends, so it shares no code with their kernel.
//!
//! ```text
//!   run ---- which cursor goes on, and with what          (this file)
//!    |
//!   perform ---- one op of the running tasklet            (this file)
//!    |
//!   operations ---- schedule, run, throw, channels, ...   (SPEC 4 to 9)
//!    |
//!   switch ---- transfer, idle, finish                    (SPEC 3 and 7)
//!    |
//!   state ---- ring, channel queues, slots                (SPEC 1 and 2)
//! ```

mod operations;
mod state;
mod switch;

use switchback::{Error, Kind};

use crate::cursor::{Cursor, Next};
use crate::{Event, Json, Op, Program, faults};
use state::{Id, MAIN, Slot, State};

/// Whether the faults of the reference are reproduced (SPEC section 18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quirks {
    /// Q01 and Q02 as recorded: a deadlock error empties the slot of the blocked main, and an
    /// error offered by the last runnable tasklet surfaces twice. Q03 is undefined.
    Reference,
    /// Our rules: slots stay, an offered error is raised once, run and switch to self do nothing.
    #[default]
    Fixed,
}

/// What the model is to reproduce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Faults of the reference.
    pub quirks: Quirks,
    /// A tasklet that has started holds native state and cannot be bound anew (C012).
    pub native_state: bool,
    /// `send` gives nothing even if a tasklet wrote into the slot of the waiting sender: its result
    /// has a type of its own in Rust.
    pub typed_send: bool,
}

impl Rules {
    /// What the recordings show.
    pub const REFERENCE: Self =
        Self { quirks: Quirks::Reference, native_state: false, typed_send: false };

    /// What a backend must do. Portable ones keep no native state.
    #[must_use]
    pub const fn backend(portable: bool) -> Self {
        Self { quirks: Quirks::Fixed, native_state: !portable, typed_send: true }
    }
}

/// Where a program leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Main ended.
    Complete(Vec<Event>),
    /// More events than allowed.
    Overflow,
    /// The program leaves what the model defines; says how.
    Undefined(&'static str),
}

impl Outcome {
    /// The trace, if the program has a defined and finite one.
    #[must_use]
    pub fn into_trace(self) -> Option<Vec<Event>> {
        match self {
            Self::Complete(trace) => Some(trace),
            _ => None,
        }
    }
}

/// Runs a program under the rules and records at most `budget` events.
#[must_use]
pub fn run(program: &Program, rules: Rules, budget: usize) -> Outcome {
    Model {
        program,
        rules,
        state: State::new(),
        cursors: vec![Cursor::start("main", None)],
        events: Vec::new(),
        resumed: MAIN,
        undefined: None,
    }
    .run(budget)
}

/// How an op went, if it did not fail.
enum Turn {
    /// The tasklet goes on with this.
    Now(Json),
    /// `resumed` goes on; the caller's result will be found in its slot.
    Away,
}

struct Model<'p> {
    program: &'p Program,
    rules: Rules,
    state: State,
    /// Positions of the tasklets, by id. Kept apart from the state, which refusals restore.
    cursors: Vec<Cursor>,
    events: Vec<Event>,
    /// The tasklet that goes on after a switch.
    resumed: Id,
    undefined: Option<&'static str>,
}

impl Model<'_> {
    fn run(mut self, budget: usize) -> Outcome {
        let mut me = MAIN;
        let mut turn = Ok(Turn::Away);
        loop {
            let over = match turn {
                Ok(Turn::Now(value)) => self.step(me, Some(Ok(value))),
                Err(error) => self.step(me, Some(Err(error))),
                Ok(Turn::Away) => {
                    me = self.resumed;
                    self.resume(me)
                }
            };
            turn = match over {
                Came::Do(op) => self.perform(me, &op),
                Came::Over(Err(error)) if me == MAIN => {
                    self.events.push(Event::Exit { error: faults::text(&error) });
                    return Outcome::Complete(self.events);
                }
                Came::Over(Ok(())) if me == MAIN => return Outcome::Complete(self.events),
                Came::Over(result) => {
                    self.finish(me, result.err());
                    Ok(Turn::Away)
                }
            };
            if let Some(reason) = self.undefined {
                return Outcome::Undefined(reason);
            }
            if self.events.len() > budget {
                return Outcome::Overflow;
            }
        }
    }

    /// Continues a tasklet that was switched to, by the value or bomb in its slot.
    fn resume(&mut self, me: Id) -> Came {
        let mut slot = std::mem::take(&mut self.state.tasks[me].slot);
        if std::mem::take(&mut self.state.tasks[me].parked) {
            self.leave_run(me);
            if !matches!(slot, Slot::Bomb(_)) {
                slot = Slot::Empty;
            }
        }
        let sent = std::mem::take(&mut self.state.tasks[me].sending);
        let started = std::mem::replace(&mut self.state.tasks[me].started, true);
        match slot {
            // C142: an error before the first instruction; the body does not run.
            Slot::Bomb(error) if !started => Came::Over(Err(error)),
            _ if !started => self.step(me, None),
            Slot::Bomb(error) => self.step(me, Some(Err(error))),
            _ if sent && self.rules.typed_send => self.step(me, Some(Ok(Json::Null))),
            value => {
                let value = self.show(&value);
                self.step(me, Some(Ok(value)))
            }
        }
    }

    /// Moves the cursor of a tasklet over the op that is done, if any, to the next.
    fn step(&mut self, me: Id, done: Option<Result<Json, Error>>) -> Came {
        let cursor = &mut self.cursors[me];
        if let Some(result) = done {
            cursor.done(self.program, result, &mut self.events);
        }
        match cursor.next(self.program, &mut self.events) {
            Next::Do(op) => Came::Do(op.into_owned()),
            Next::Over(result) => Came::Over(result),
        }
    }

    /// A slot as events show it.
    fn show(&self, slot: &Slot) -> Json {
        match slot {
            Slot::Empty => Json::Null,
            Slot::Value(value) => value.clone(),
            Slot::Tasklet(t) => Json::Str(format!("<{}>", self.state.tasks[*t].name)),
            Slot::Bomb(_) => Json::Str("<bomb>".to_owned()),
            Slot::Function => Json::Str("<function>".to_owned()),
        }
    }

    /// The newest tasklet of that name.
    fn tasklet(&self, name: &str) -> Result<Id, Error> {
        self.state.tasks.iter().rposition(|t| t.name == name).ok_or_else(faults::unknown_tasklet)
    }

    /// Does one op of the running tasklet.
    fn perform(&mut self, me: Id, op: &Op) -> Result<Turn, Error> {
        let nothing = Ok(Turn::Now(Json::Null));
        match op {
            Op::Log { value } => Ok(Turn::Now(value.clone())),
            Op::Raise { error } => Err(faults::named(error)),
            Op::Schedule { value } => self.schedule(me, value.as_ref()),
            Op::ScheduleRemove { value } => self.schedule_remove(me, value.as_ref()),
            Op::RunOthers {} => self.run_others(me),
            Op::Spawn { tasklet, body } => {
                let t = self.create(tasklet, body, true);
                self.state.append(t);
                nothing
            }
            Op::New { tasklet, body } => {
                self.create(tasklet, body, true);
                nothing
            }
            Op::Unbound { tasklet, body } => {
                self.create(tasklet, body, false);
                nothing
            }
            Op::Setup { tasklet } => self.setup(self.tasklet(tasklet)?),
            Op::Bind { tasklet, body } => self.bind(me, self.tasklet(tasklet)?, Some(body)),
            Op::Unbind { tasklet } => self.bind(me, self.tasklet(tasklet)?, None),
            Op::Run { tasklet } => self.run_tasklet(me, self.tasklet(tasklet)?),
            Op::Switch { tasklet } => self.switch(me, self.tasklet(tasklet)?),
            Op::Insert { tasklet } => {
                let t = self.tasklet(tasklet)?;
                self.insert(t)?;
                nothing
            }
            Op::Remove { tasklet } => self.remove(me, self.tasklet(tasklet)?),
            Op::Kill { tasklet } => {
                self.throw(me, self.tasklet(tasklet)?, Kind::Exit.into(), false)
            }
            Op::KillPending { tasklet } => {
                self.throw(me, self.tasklet(tasklet)?, Kind::Exit.into(), true)
            }
            Op::Throw { tasklet, error } | Op::RaiseException { tasklet, error } => {
                self.throw(me, self.tasklet(tasklet)?, faults::named(error), false)
            }
            Op::ThrowPending { tasklet, error } => {
                self.throw(me, self.tasklet(tasklet)?, faults::named(error), true)
            }
            Op::Send { channel, value } => self.send(me, channel, Slot::Value(value.clone())),
            Op::SendException { channel, error } | Op::SendThrow { channel, error } => {
                self.send(me, channel, Slot::Bomb(faults::named(error)))
            }
            Op::Receive { channel } => self.receive(me, channel),
            Op::Next { channel } => self.next(me, channel),
            _ => Ok(Turn::Now(self.look_or_set(me, op)?)),
        }
    }

    /// The ops that never move control.
    fn look_or_set(&mut self, me: Id, op: &Op) -> Result<Json, Error> {
        let int = |n: usize| Json::Int(i64::try_from(n).unwrap_or(i64::MAX));
        Ok(match op {
            Op::Preference { channel, preference } => {
                self.state.channel(channel).preference = preference.signum();
                Json::Null
            }
            Op::ScheduleAll { channel, on } => {
                self.state.channel(channel).schedule_all = *on;
                Json::Null
            }
            Op::Close { channel } => {
                self.state.channel(channel).closing = true;
                Json::Null
            }
            Op::Open { channel } => {
                self.state.channel(channel).closing = false;
                Json::Null
            }
            Op::Balance { channel } => Json::Int(self.state.channel(channel).balance),
            Op::Closed { channel } => {
                let channel = self.state.channel(channel);
                let closed = channel.closing && channel.balance == 0;
                [Json::Bool(channel.closing), Json::Bool(closed)].into_iter().collect()
            }
            Op::Queue { channel } => {
                let queue = self.state.channel(channel).queue.clone();
                self.names(queue)
            }
            Op::BlockTrap { on } => {
                self.state.tasks[me].block_trap = *on;
                Json::Null
            }
            Op::SwitchTrap { delta } => {
                let old = self.state.trap;
                self.state.trap += delta;
                Json::Int(old.into())
            }
            Op::Handler { on } => {
                self.state.handler = *on;
                Json::Null
            }
            Op::SetSlot { tasklet, value } => {
                let t = self.tasklet(tasklet)?;
                self.state.tasks[t].slot = Slot::Value(value.clone());
                Json::Null
            }
            Op::Slot { tasklet } => {
                let t = self.tasklet(tasklet)?;
                self.show(&self.state.tasks[t].slot)
            }
            Op::Status { tasklet } => Json::Str(self.status(me, self.tasklet(tasklet)?)),
            Op::Ring {} => self.names(self.state.ring.clone()),
            Op::RunCount {} => int(self.state.ring.len()),
            Op::Current {} => Json::Str(self.state.tasks[me].name.clone()),
            other => unreachable!("{} is done elsewhere", other.name()),
        })
    }

    fn names(&self, tasks: impl IntoIterator<Item = Id>) -> Json {
        Json::names(tasks.into_iter().map(|t| self.state.tasks[t].name.as_str()))
    }

    fn status(&self, me: Id, t: Id) -> String {
        let (task, linked) = (&self.state.tasks[t], self.state.linked(t));
        let letters = [
            (task.alive, 'A'),
            (linked, 'S'),
            (task.blocked != 0, 'B'),
            (task.alive && !linked, 'P'),
            (t == me, 'C'),
            (t == MAIN, 'M'),
        ];
        letters.into_iter().filter_map(|(holds, letter)| holds.then_some(letter)).collect()
    }
}

/// What a cursor came to.
enum Came {
    Do(Op),
    Over(Result<(), Error>),
}
