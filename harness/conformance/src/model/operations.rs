//! What each operation does before and after control moves (SPEC sections 4, 5, 6, 8 and 9).

use switchback::{Error, Kind};

use super::state::{Id, MAIN, Slot};
use super::{Model, Quirks, Turn};
use crate::cursor::Cursor;
use crate::{Event, Json};

const NOTHING: Turn = Turn::Now(Json::Null);

impl Model<'_> {
    pub(super) fn create(&mut self, name: &str, body: &str, alive: bool) -> Id {
        self.cursors.push(Cursor::start(name, Some(body)));
        self.state.create(name, body, alive)
    }

    /// What schedule leaves in the slot of its caller.
    fn offered(me: Id, value: Option<&Json>) -> Slot {
        value.map_or(Slot::Tasklet(me), |value| Slot::Value(value.clone()))
    }

    pub(super) fn schedule(&mut self, me: Id, value: Option<&Json>) -> Result<Turn, Error> {
        self.attempt(|model| {
            model.state.tasks[me].slot = Self::offered(me, value);
            model.transfer(me, model.state.successor())
        })
    }

    pub(super) fn schedule_remove(&mut self, me: Id, value: Option<&Json>) -> Result<Turn, Error> {
        self.attempt(|model| {
            model.state.tasks[me].slot = Self::offered(me, value);
            model.state.drop_current();
            model.transfer(me, model.state.current())
        })
    }

    pub(super) fn run_others(&mut self, me: Id) -> Result<Turn, Error> {
        self.attempt(|model| {
            model.state.runs.push(me);
            model.state.tasks[me].parked = true;
            model.state.drop_current();
            model.transfer(me, model.state.current())
        })
    }

    /// Second half of run(): the caller goes on, deeper callers become runnable (C058).
    pub(super) fn leave_run(&mut self, me: Id) {
        if !self.state.runs.contains(&me) {
            return;
        }
        while let Some(caller) = self.state.runs.pop() {
            if !self.state.linked(caller) {
                self.state.append(caller);
            }
            if caller == me {
                break;
            }
        }
    }

    pub(super) fn insert(&mut self, t: Id) -> Result<(), Error> {
        if self.state.tasks[t].blocked != 0 {
            return Err(Kind::RunBlocked.into());
        }
        if !self.state.ring.contains(&t) {
            if !self.state.tasks[t].alive {
                return Err(Kind::RunDead.into());
            }
            self.state.append(t);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, me: Id, t: Id) -> Result<Turn, Error> {
        if self.state.tasks[t].blocked != 0 {
            return Err(Kind::RemoveBlocked.into());
        }
        if t == me {
            return Err(Kind::RemoveCurrent.into());
        }
        self.state.drop(t);
        Ok(NOTHING)
    }

    pub(super) fn run_tasklet(&mut self, me: Id, t: Id) -> Result<Turn, Error> {
        self.attempt(|model| {
            model.insert(t)?;
            model.transfer(me, Some(t))
        })
    }

    pub(super) fn switch(&mut self, me: Id, t: Id) -> Result<Turn, Error> {
        if t == me {
            if self.rules.quirks == Quirks::Reference && self.state.ring.len() > 1 {
                self.undefined = Some("switch to self while others are runnable (Q03)");
            }
            return self.run_tasklet(me, me);
        }
        self.attempt(|model| {
            model.insert(t)?;
            model.state.drop_current();
            model.transfer(me, Some(t))
        })
    }

    pub(super) fn throw(
        &mut self,
        me: Id,
        t: Id,
        error: Error,
        pending: bool,
    ) -> Result<Turn, Error> {
        if t == me {
            return Err(error);
        }
        if !self.state.tasks[t].alive {
            return if error.is_exit() { Ok(NOTHING) } else { Err(Kind::ThrowDead.into()) };
        }
        if pending {
            self.state.tasks[t].slot = Slot::Bomb(error);
            self.state.unblock(t);
            self.insert(t)?;
            return Ok(NOTHING);
        }
        self.attempt(|model| {
            model.state.tasks[t].slot = Slot::Bomb(error);
            model.transfer(me, Some(t))
        })
    }

    pub(super) fn setup(&mut self, t: Id) -> Result<Turn, Error> {
        let task = &mut self.state.tasks[t];
        if task.alive {
            return Err(Kind::SetupAlive.into());
        }
        // The slot is where the function is; a write into the slot has replaced it.
        if task.slot != Slot::Function {
            return Err(Kind::NotBound.into());
        }
        task.slot = Slot::Empty;
        task.alive = true;
        self.cursors[t] = Cursor::start(&task.name, Some(&task.body));
        self.state.append(t);
        Ok(NOTHING)
    }

    /// Gives `t` a new computation, or none.
    pub(super) fn bind(&mut self, me: Id, t: Id, body: Option<&str>) -> Result<Turn, Error> {
        if t == me {
            return Err(Kind::BindCurrent.into());
        }
        if self.state.linked(t) {
            return Err(Kind::BindScheduled.into());
        }
        // The caller of run() is always suspended with native state (C232).
        let task = &mut self.state.tasks[t];
        if task.parked {
            return Err(Kind::NativeState.into());
        }
        // Main comes first: what it runs on is the host's in every backend (C013).
        if t == MAIN {
            if body.is_some() {
                self.undefined = Some("main gets a new computation (C014)");
            }
            return Err(Kind::UnbindMain.into());
        }
        if self.rules.native_state && task.started {
            return Err(Kind::NativeState.into());
        }
        task.alive = body.is_some();
        task.started = false;
        task.slot = Slot::Empty;
        if let Some(body) = body {
            task.body = body.to_owned();
            self.cursors[t] = Cursor::start(&task.name, Some(body));
        }
        Ok(NOTHING)
    }

    pub(super) fn send(&mut self, me: Id, channel: &str, offered: Slot) -> Result<Turn, Error> {
        self.action(me, channel, offered, 1)
    }

    pub(super) fn receive(&mut self, me: Id, channel: &str) -> Result<Turn, Error> {
        self.action(me, channel, Slot::Empty, -1)
    }

    pub(super) fn next(&mut self, me: Id, channel: &str) -> Result<Turn, Error> {
        let state = self.state.channel(channel);
        if state.closing && state.balance <= 0 {
            return Err(Kind::StopIteration.into());
        }
        self.receive(me, channel)
    }

    /// Send (+1) and receive (-1) are one procedure (SPEC section 6).
    fn action(&mut self, me: Id, name: &str, offered: Slot, direction: i64) -> Result<Turn, Error> {
        let channel = self.state.channel(name).clone();
        let peer = channel.queue.first().copied().filter(|_| channel.balance * direction < 0);
        if self.program.channel_callback {
            self.events.push(Event::Operation {
                channel: name.to_owned(),
                tasklet: self.state.tasks[me].name.clone(),
                sending: direction > 0,
                blocks: peer.is_none(),
            });
        }
        if peer.is_none() && self.state.tasks[me].block_trap {
            return Err(Kind::BlockTrap.into());
        }
        if peer.is_none() && channel.closing {
            return Err(Kind::Closed.into());
        }
        self.attempt(|model| {
            let state = &mut model.state;
            state.tasks[me].sending = direction > 0;
            let Some(peer) = peer else {
                state.tasks[me].slot = offered;
                state.drop_current();
                state.block(me, name, direction);
                return model.transfer(me, model.state.current());
            };
            state.unblock(peer);
            state.tasks[me].slot = std::mem::replace(&mut state.tasks[peer].slot, offered);
            let next = if channel.schedule_all {
                state.append(peer);
                state.successor()
            } else if i64::from(channel.preference) == -direction {
                state.after_current(peer);
                Some(peer)
            } else {
                state.append(peer);
                Some(me)
            };
            model.transfer(me, next)
        })
    }
}
