//! The end of a tasklet and of a run: SPEC section 7.

use crate::kernel::{
    Kernel, Next,
    channel::block::{CLOSING, Direction},
    tasklet::block::{ALIVE, FREE, MAIN, PARKED, Tasklet},
    unlikely,
};
use crate::{Error, Kind, contain::first};

/// How often a tasklet that catches its exit is killed again before its stack is given up (C281).
const KILLS: u32 = 10;

impl Kernel {
    /// The running worker's body ended with `outcome`; chooses which tasklet runs next.
    /// The driver has already taken the body away.
    #[inline(always)]
    pub fn end(&self, outcome: Result<(), Error>) {
        // SAFETY: the one that runs was asked for just now.
        if outcome.is_err() || unsafe { self.end_short(self.next()) }.is_none() {
            self.end_slow(self.here(), outcome);
        }
    }

    /// As [`end`](Self::end) without an error, for `me`, which runs: gives which tasklet runs
    /// next. Nothing has changed if there is more to do than that.
    ///
    /// # Safety
    /// `me` is the tasklet of this kernel that runs: its block goes back to the kernel.
    #[inline(always)]
    pub unsafe fn end_short<'k>(&'k self, me: Next<'k>) -> Option<Next<'k>> {
        let t = me.tasklet();
        let next = self.second().filter(|_| !self.is_special(u32::MAX))?;
        if !t.slot.is_empty() {
            unlikely();
            if !t.slot.is_itself() {
                return None;
            }
            t.slot.forget_itself();
        }
        self.pop();
        self.set_current(next);
        t.body.set(0);
        let cold = t.cold();
        // Out of the ring, and main, which has a handle, does not end.
        if cold.is_forgotten() {
            cold.free();
            self.tasklets.give(t);
        } else {
            unlikely();
            cold.set_flags(cold.flags() & !ALIVE);
            if cold.flags() & PARKED != 0 {
                self.leave_runs(t);
            }
        }
        Some(Next::new(self, next))
    }

    #[cold]
    #[inline(never)]
    fn end_slow(&self, t: Tasklet, outcome: Result<(), Error>) {
        t.put(ALIVE, false);
        t.body.set(0);
        if t.is(PARKED) {
            self.leave_runs(t);
        }
        self.count_step();
        self.count_dead();
        // While it is still current, as the handler: what they ask is answered to the dying one.
        let dropped = first(self.empty(t.slot.take_all()), self.drop_held_of(t));
        self.drop_held();
        let mut bomb = match first(outcome, dropped) {
            Err(error) if !error.is_exit() => self.handle(t, error),
            _ => None,
        };
        // A callback may drop its last handle: the block stays until this function has read it for
        // the last time.
        self.pin(t);
        self.unlink(t);
        self.admit(true);
        let mut next = self.current();
        if next.is_none() {
            let target = self.wake_target();
            if let (Some(channel), None) = (target.channel.get(), &bomb) {
                bomb = Some(if channel.direction() == Some(Direction::Receiving) {
                    Error::main_receiving(channel.is(CLOSING))
                } else {
                    Kind::MainSending.into()
                });
            }
            next = Some(target);
        }
        if let Some(error) = bomb {
            let target = self.wake_target();
            self.plant(target, error);
            next = Some(target);
        }
        self.go(t, next.unwrap_or_else(|| self.main()));
        if self.is_special(crate::kernel::BUDGET) && self.is_due() {
            self.interrupt();
        }
        t.cold().forget();
        self.release(t);
    }

    /// Offers an uncaught error to the handler; gives what is left of it.
    fn handle(&self, t: Tasklet, error: Error) -> Option<Error> {
        if self.handler.borrow().is_none() {
            return Some(error);
        }
        self.observe(t, move || {
            let left = (self.hooks.error)(self, t, &error);
            drop(error);
            left
        })
        .err()
    }

    /// Recycles the block of an ended tasklet without references to it.
    #[inline(always)]
    pub(crate) fn release(&self, t: Tasklet) {
        if t.cold().is_forgotten() {
            self.recycle(t);
        }
    }

    /// Once only: what is dropped on the way may have the last handle of it.
    fn recycle(&self, t: Tasklet) {
        if t.is(ALIVE | MAIN | FREE) || self.linked(t) {
            return;
        }
        t.put(FREE, true);
        let content = t.slot.take_all();
        self.tasklets.give(t);
        let _ = self.empty(content);
    }

    /// The last handle of `t` is gone.
    #[inline(never)]
    pub(crate) fn let_go(&self, t: Tasklet) {
        if !self.linked(t) {
            self.forgotten(t);
        }
    }

    /// The last handle of `t` is gone, and it is in no queue.
    ///
    /// Frames that are dropped here drop handles in turn, so a chain of paused tasklets, each
    /// known only to the one before, is worked off from a list and not by native recursion.
    #[cold]
    #[inline(never)]
    pub(crate) fn forgotten(&self, t: Tasklet) {
        let nested = {
            let mut list = self.forgotten.borrow_mut();
            list.push(t);
            list.len() > 1
        };
        if nested {
            return;
        }
        let mut done = 0;
        while let Some(t) = { self.forgotten.borrow().get(done).copied() } {
            done += 1;
            self.bury(t);
        }
        self.forgotten.borrow_mut().clear();
    }

    fn bury(&self, t: Tasklet) {
        if t.is(ALIVE) {
            // Paused and unreachable: a portable computation is freed (C280), a native one is
            // killed at the end of the run (C281). One that is just pausing itself executes yet.
            let executes = t == self.executing() || t.body.get() == 0;
            let unreachable = !self.linked(t) && !t.is(MAIN) && !t.is(PARKED);
            if executes || !unreachable || matches!(self.strip(t), Ok(false)) {
                return;
            }
        }
        self.recycle(t);
    }

    /// Main has ended: kills what is still alive. `settle` runs others until main is current.
    pub(crate) fn finish_all(&self, settle: impl Fn(&Kernel)) {
        self.set_special(!crate::kernel::HELD, false);
        self.trap.set(0);
        for parked in self.runs.take() {
            self.unpin(parked);
        }
        for _ in 0..KILLS {
            let rest = self.isolate_main();
            let over = rest.is_empty();
            for t in rest {
                if t.is(ALIVE) && t != self.main() {
                    self.finish_off(t, &settle);
                }
                t.cold().forget();
                self.release(t);
            }
            // The last destructors may have made tasklets.
            if over && !self.drop_rest() {
                break;
            }
        }
    }

    fn finish_off(&self, t: Tasklet, settle: impl Fn(&Kernel)) {
        // A destructor of another one may have put it into the ring again.
        self.isolate(t);
        // The panic hook has reported a panic: no tasklet is left to hear of it.
        if let Ok(false) = self.strip(t) {
            self.plant(t, Kind::Exit.into());
            self.go(self.main(), t);
            settle(self);
        }
    }

    /// Drops what is left of a run beside its tasklets; false if there was nothing.
    fn drop_rest(&self) -> bool {
        let held = self.is_special(crate::kernel::HELD);
        self.drop_held();
        let content = self.main().slot.take_all();
        let callbacks = [&self.handler, &self.schedule_callback, &self.channel_callback];
        let callbacks = callbacks.map(std::cell::RefCell::take);
        let any = held || !content.is_inert() || callbacks.iter().any(Option::is_some);
        for callback in callbacks {
            let _ = self.destroy(callback);
        }
        let _ = self.empty(content);
        any
    }

    /// Takes all tasklets but main out of ring and queues; gives those that are alive, pinned: what
    /// one of them drops may be the last handle of another.
    fn isolate_main(&self) -> Vec<Tasklet> {
        let main = self.main();
        let mut rest = Vec::new();
        self.tasklets.each(|t| {
            if t == main || !t.is(ALIVE) {
                return;
            }
            self.isolate(t);
            self.pin(t);
            rest.push(t);
        });
        rest
    }

    /// Takes `t` out of the ring or the queue that it is in.
    fn isolate(&self, t: Tasklet) {
        if let Some(channel) = t.channel.get() {
            channel.remove(t);
            self.free_if_unused(channel);
        } else if self.linked(t) {
            self.unlink(t);
        }
    }
}
