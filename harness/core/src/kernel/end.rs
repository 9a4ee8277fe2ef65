//! The end of a tasklet and of a run: SPEC section 7.

use super::{
    Kernel, Next,
    blocks::{ALIVE, FREE, MAIN, Tasklet},
    unlikely,
    waiters::Direction,
};
use crate::{Error, Kind};

/// How often a tasklet that catches its exit is killed again before its stack is given up (C281).
const KILLS: u32 = 10;

impl Kernel {
    /// The running worker's body ended with `outcome`; chooses who runs next.
    /// The driver has already taken the body away.
    #[inline(always)]
    pub fn end(&self, outcome: Result<(), Error>) {
        // SAFETY: the one that runs was asked for just now.
        if outcome.is_err() || unsafe { self.end_short(self.next()) }.is_none() {
            self.end_slow(self.here(), outcome);
        }
    }

    /// As [`end`](Self::end) without an error, for `me`, which runs: gives who runs next. Nothing
    /// has changed if there is more to do than that.
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
        if cold.refs.get() == 0 {
            cold.flags.set(FREE);
            self.tasklets.give(t);
        } else {
            unlikely();
            cold.flags.set(cold.flags.get() & !ALIVE);
        }
        Some(Next::new(self, next))
    }

    #[cold]
    #[inline(never)]
    fn end_slow(&self, t: Tasklet, outcome: Result<(), Error>) {
        t.put(ALIVE, false);
        t.body.set(0);
        self.count_step();
        self.count_dead();
        t.slot.clear();
        let mut bomb = match outcome {
            Err(error) if !error.is_exit() => self.handle(t, error),
            _ => None,
        };
        self.unlink(t);
        self.admit(true);
        let mut next = self.current();
        if next.is_none() {
            let target = self.wake_target();
            if let (Some(channel), None) = (target.channel.get(), &bomb) {
                let kind = if channel.direction() == Some(Direction::Receiving) {
                    Kind::MainReceiving
                } else {
                    Kind::MainSending
                };
                bomb = Some(kind.into());
            }
            next = Some(target);
        }
        if let Some(error) = bomb {
            let target = self.wake_target();
            target.slot.set_bomb(error);
            next = Some(target);
        }
        self.go(t, next.unwrap_or_else(|| self.main()));
        if self.is_special(super::BUDGET) && self.is_due() {
            self.interrupt();
        }
        self.release(t);
    }

    /// Offers an uncaught error to the handler; gives what is left of it.
    fn handle(&self, t: Tasklet, error: Error) -> Option<Error> {
        if self.handler.borrow().is_none() {
            return Some(error);
        }
        self.observe(t, || (self.hooks.error)(self, t, &error)).err()
    }

    /// Recycles the block of an ended tasklet that nobody refers to.
    #[inline(always)]
    pub(crate) fn release(&self, t: Tasklet) {
        if t.cold().refs.get() == 0 {
            self.recycle(t);
        }
    }

    /// Once only: what is dropped on the way may have the last handle of it.
    fn recycle(&self, t: Tasklet) {
        if t.is(ALIVE | MAIN | FREE) || self.linked(t) {
            return;
        }
        t.put(FREE, true);
        t.slot.clear();
        self.tasklets.give(t);
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
            // killed at the end of the run (C281).
            let body = t.body.get();
            let unreachable = !self.linked(t) && !t.is(MAIN) && !t.is(super::blocks::PARKED);
            if !unreachable || body == 0 || !(self.hooks.abandon)(body) {
                return;
            }
            self.dismiss(t);
        }
        self.recycle(t);
    }

    /// `t` lost its computation without running.
    pub(crate) fn dismiss(&self, t: Tasklet) {
        t.body.set(0);
        t.put(ALIVE, false);
        self.count_dead();
        t.slot.clear();
    }

    /// Main has ended: kills what is still alive. `settle` runs others until main is current.
    pub(crate) fn finish_all(&self, settle: impl Fn(&Kernel)) {
        self.set_special(u32::MAX, false);
        self.trap.set(0);
        self.runs.borrow_mut().clear();
        for _ in 0..KILLS {
            let rest = self.isolate_main();
            if rest.is_empty() {
                return;
            }
            for t in rest {
                if !t.is(ALIVE) || t == self.main() {
                    continue;
                }
                // Taken first: the body may hold the last handle of its own tasklet, which must
                // not find it there when it drops.
                let body = t.body.replace(0);
                if body == 0 || (self.hooks.abandon)(body) {
                    self.dismiss(t);
                    self.release(t);
                    continue;
                }
                t.body.set(body);
                t.slot.set_bomb(Kind::Exit.into());
                self.go(self.main(), t);
                settle(self);
            }
        }
    }

    /// Takes everybody but main out of ring and queues; gives those that are alive.
    fn isolate_main(&self) -> Vec<Tasklet> {
        let main = self.main();
        let mut rest = Vec::new();
        self.tasklets.each(|t| {
            if t == main || !t.is(ALIVE) {
                return;
            }
            if let Some(channel) = t.channel.get() {
                channel.remove(t);
                self.free_if_unused(channel);
            } else if self.linked(t) {
                self.unlink(t);
            }
            rest.push(t);
        });
        rest
    }
}
