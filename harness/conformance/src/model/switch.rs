//! The one way control moves (SPEC section 3) and the end of tasklets (section 7).

use switchback::{Error, Kind};

use super::state::{Id, Slot};
use super::{Model, Quirks};
use crate::{Event, faults};

impl Model<'_> {
    /// Gives control from `prev` to `next`. On an error nothing has changed, but for what the
    /// caller did before; see [`attempt`](Self::attempt).
    pub(super) fn transfer(&mut self, prev: Id, next: Option<Id>) -> Result<(), Error> {
        let Some(next) = next else { return self.idle(prev) };
        if self.state.trap != 0 && next != prev {
            return Err(Kind::SwitchTrap.into());
        }
        self.go(prev, next);
        Ok(())
    }

    /// The switch itself.
    fn go(&mut self, prev: Id, next: Id) {
        self.state.unblock(next);
        if !self.state.ring.contains(&next) {
            self.state.append(next);
        }
        self.resumed = next;
        if next != prev {
            if self.program.schedule_callback {
                self.events.push(Event::Switch {
                    previous: self.state.tasks[prev].name.clone(),
                    next: self.state.tasks[next].name.clone(),
                });
            }
            self.state.rotate_to(next);
        }
    }

    /// The ring is empty because `prev` blocked, paused or parked itself.
    fn idle(&mut self, prev: Id) -> Result<(), Error> {
        let target = self.state.wake_target();
        let reference = self.rules.quirks == Quirks::Reference;
        if !self.state.linked(target) {
            // Q02: an error on offer also surfaces from the run() that returns.
            if reference && matches!(self.state.tasks[prev].slot, Slot::Bomb(_)) {
                self.state.tasks[target].slot = self.state.tasks[prev].slot.clone();
            }
            return self.transfer(prev, Some(target));
        }
        // Q01: the value of a blocked sender is lost.
        if reference {
            self.state.tasks[target].slot = Slot::Empty;
        }
        self.state.tasks[prev].slot = Slot::Bomb(Kind::Deadlock.into());
        self.transfer(prev, Some(prev))
    }

    /// Ends worker `t`, which is current, normally or by an error.
    pub(super) fn finish(&mut self, t: Id, error: Option<Error>) {
        let state = &mut self.state;
        state.tasks[t].alive = false;
        state.tasks[t].started = false;
        state.tasks[t].slot = Slot::Empty;
        let mut bomb = error.filter(|error| !error.is_exit());
        if state.handler
            && let Some(error) = bomb.take()
        {
            let tasklet = state.tasks[t].name.clone();
            self.events.push(Event::Handled { error: faults::class(&error), tasklet });
        }
        state.drop_current();
        let mut next = state.current();
        let target = state.wake_target();
        if next.is_none() {
            next = Some(target);
            bomb = bomb.or(match state.tasks[target].blocked {
                0 => None,
                1.. => Some(Kind::MainSending.into()),
                _ => Some(Kind::MainReceiving.into()),
            });
        }
        if let Some(error) = bomb {
            next = Some(target);
            state.tasks[target].slot = Slot::Bomb(error);
        }
        if self.state.trap != 0 && self.rules.quirks == Quirks::Reference {
            self.undefined = Some("a tasklet ends under the switch trap (Q10)");
        }
        // Trap or not: an ended tasklet cannot go on.
        self.go(t, next.unwrap_or(target));
    }

    /// Does `operation`, and puts everything back if it is refused (C181).
    pub(super) fn attempt(
        &mut self,
        operation: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<super::Turn, Error> {
        let before = self.state.clone();
        match operation(self) {
            Ok(()) => Ok(super::Turn::Away),
            Err(error) => {
                self.state = before;
                Err(error)
            }
        }
    }
}
