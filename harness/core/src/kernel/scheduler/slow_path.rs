//! How control moves: SPEC section 3, and the complete form of every operation that may switch.
//!
//! Nothing here suspends anything: the operations choose `current`, or fail with all undone
//! (C181).

use crate::kernel::{
    BUDGET, CHANNEL_CALLBACK, COUNTING, IN_CALLBACK, Kernel, OUTSIDE, SCHEDULE_CALLBACK,
    channel::block::{
        CLOSING, ChannelBlock, Direction, PREFER_CALLER, PREFER_SENDER, Queue, SCHEDULE_ALL,
    },
    tasklet::block::{BLOCK_TRAP, PARKED, Tasklet},
    tasklet::slot::Slot,
};
use crate::{Error, Kind, contain::first};

impl Kernel {
    /// Moves control from `prev` to `next`, or refuses with nothing changed.
    pub(crate) fn transfer(&self, prev: Tasklet, next: Option<Tasklet>) -> Result<(), Error> {
        self.transfer_by(prev, next, false)
    }

    /// As `transfer`; `by_preference` if the preference of a channel chose `next`.
    fn transfer_by(
        &self,
        prev: Tasklet,
        next: Option<Tasklet>,
        by_preference: bool,
    ) -> Result<(), Error> {
        self.admit(next.is_none());
        let Some(next) = next.or(self.current()) else { return self.idle(prev) };
        if next != prev && self.is_trapped() {
            return Err(Kind::SwitchTrap.into());
        }
        self.go_by(prev, next, by_preference);
        Ok(())
    }

    /// Whether the switch trap is set: any number but zero, as C180 has it.
    pub(crate) fn is_trapped(&self) -> bool {
        self.trap.get() != 0
    }

    /// Admits tasklets woken from outside, at the end of the ring as SPEC section 13 has it; waits
    /// for one if `idle` and the ring is empty.
    pub(crate) fn admit(&self, idle: bool) {
        if self.special.get() & OUTSIDE != 0 {
            (self.hooks.admit)(self, idle && self.current().is_none());
        }
    }

    /// As `transfer`, trap or not: what the end of a tasklet does (Q10).
    pub(crate) fn go(&self, prev: Tasklet, next: Tasklet) {
        self.go_by(prev, next, false);
    }

    fn go_by(&self, prev: Tasklet, mut next: Tasklet, by_preference: bool) {
        if let Some(channel) = next.channel.get() {
            channel.remove(next);
            self.free_if_unused(channel);
            self.append(next);
        } else if !self.linked(next) {
            self.append(next);
        }
        if self.is_special(BUDGET) {
            next = self.divert(prev, next, by_preference);
        }
        if next != prev {
            if self.is_special(BUDGET) {
                self.renew();
            }
            if self.is_special(COUNTING) {
                self.switches.set(self.switches.get() + 1);
            }
            if self.is_special(SCHEDULE_CALLBACK) {
                // It cannot be taken out of the ring meanwhile.
                let before = self.announced.replace(Some(next));
                self.observe(prev, || (self.hooks.schedule)(self, prev, next));
                self.announced.set(before);
            }
        }
        self.rotate_to(next);
    }

    /// Runs a callback with `t` as the current tasklet; operations that switch fail inside.
    pub(crate) fn observe<R>(&self, t: Tasklet, callback: impl FnOnce() -> R) -> R {
        /// Ends it also if user code panics.
        struct Observed<'a>(&'a Kernel, Option<Tasklet>, bool);
        impl Drop for Observed<'_> {
            fn drop(&mut self) {
                self.0.set_special(IN_CALLBACK, self.2);
                self.0.observed.set(self.1);
            }
        }
        let before = self.observed.replace(Some(t));
        let _observed = Observed(self, before, self.is_special(IN_CALLBACK));
        self.set_special(IN_CALLBACK, true);
        callback()
    }

    pub(crate) fn wake_target(&self) -> Tasklet {
        self.runs.borrow().last().copied().unwrap_or_else(|| self.main())
    }

    /// `prev` left the ring empty. Quirks Q01 and Q02 of the reference are not copied: the
    /// wake target keeps its slot, and a bomb on its way to a receiver stays where it is.
    fn idle(&self, prev: Tasklet) -> Result<(), Error> {
        let target = self.wake_target();
        if !self.linked(target) {
            return self.transfer(prev, Some(target));
        }
        self.plant(prev, Kind::Deadlock.into());
        self.transfer(prev, Some(prev))
    }

    /// Puts `me`, just unlinked, back to the front of the ring.
    fn back_to_front(&self, me: Tasklet) {
        if !self.linked(me) {
            self.append(me);
        }
        self.rotate_to(me);
    }

    fn may_switch(&self) -> Result<Tasklet, Error> {
        if self.is_special(IN_CALLBACK) {
            return Err(Kind::SwitchInCallback.into());
        }
        Ok(self.here())
    }

    // ---- schedule, schedule_remove, run()

    #[cold]
    #[inline(never)]
    pub(crate) fn schedule(&self, put: impl FnOnce(&Slot)) -> Result<(), Error> {
        let (me, saved) = self.offer(Kind::SwitchInCallback, put)?;
        let result = self.transfer(me, Some(self.second().unwrap_or(me)));
        self.offered(me, saved, result)
    }

    /// Puts something into the slot of the running tasklet; gives what was there, for `offered`.
    fn offer(&self, refusal: Kind, put: impl FnOnce(&Slot)) -> Result<(Tasklet, Slot), Error> {
        let offer = Slot::default();
        put(&offer);
        if self.is_special(IN_CALLBACK) {
            return first(Err(refusal.into()), self.empty(offer));
        }
        let me = self.here();
        let saved = me.slot.take_all();
        offer.move_to(&me.slot);
        Ok((me, saved))
    }

    /// The end of an operation that began with `offer`: if it was refused all is as before and the
    /// offer is gone, else what was there before is.
    fn offered(&self, me: Tasklet, saved: Slot, result: Result<(), Error>) -> Result<(), Error> {
        if result.is_ok() {
            self.hold(me, saved);
            return result;
        }
        let offer = me.slot.take_all();
        saved.move_to(&me.slot);
        first(result, self.empty(offer))
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn schedule_remove(&self, put: impl FnOnce(&Slot)) -> Result<(), Error> {
        let (me, saved) = self.offer(Kind::SwitchInCallback, put)?;
        self.unlink(me);
        let result = self.transfer(me, self.current());
        if result.is_err() {
            self.back_to_front(me);
        }
        self.offered(me, saved, result)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn run_others(&self) -> Result<(), Error> {
        let me = self.may_switch()?;
        self.runs.borrow_mut().push(me);
        self.pin(me);
        me.put(PARKED, true);
        self.unlink(me);
        let result = self.transfer(me, self.current());
        if result.is_err() {
            self.runs.borrow_mut().pop();
            me.put(PARKED, false);
            self.back_to_front(me);
            self.unpin(me);
        }
        result
    }

    /// What a run() caller does when it executes again (SPEC 5.1).
    #[cold]
    #[inline(never)]
    pub(crate) fn return_from_run(&self) {
        let me = self.here();
        me.put(PARKED, false);
        if !self.runs.borrow().contains(&me) {
            return;
        }
        loop {
            let Some(parked) = self.runs.borrow_mut().pop() else { return };
            if !self.linked(parked) {
                self.append(parked);
            }
            self.unpin(parked);
            if parked == me {
                return;
            }
        }
    }

    // ---- run, switch and throw of a tasklet

    #[cold]
    #[inline(never)]
    pub(crate) fn run_tasklet(&self, t: Tasklet, pause_me: bool) -> Result<(), Error> {
        let me = self.may_switch()?;
        if t == me {
            return Ok(()); // C040 and Q03
        }
        let was_linked = self.linked(t);
        self.insert(t)?;
        if pause_me {
            self.unlink(me);
        }
        let result = self.transfer(me, Some(t));
        if result.is_err() {
            if !was_linked {
                self.unlink(t);
            }
            if pause_me {
                self.back_to_front(me);
            }
        }
        result
    }

    /// True if control moved; false if there was nothing to do.
    #[cold]
    #[inline(never)]
    pub(crate) fn throw(&self, t: Tasklet, error: Error) -> Result<bool, Error> {
        if t == self.me() {
            return Err(error);
        }
        if !self.can_throw(t, &error)? {
            return Ok(false);
        }
        let me = self.may_switch()?;
        let saved = t.slot.take_all();
        t.slot.set_bomb(error);
        match self.transfer(me, Some(t)) {
            Ok(()) => {
                self.hold(t, saved);
                Ok(true)
            }
            Err(refusal) => {
                let thrown = t.slot.take_all();
                saved.move_to(&t.slot);
                first(Err(refusal), self.empty(thrown))
            }
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn throw_pending(&self, t: Tasklet, error: Error) -> Result<(), Error> {
        if t == self.me() {
            return Err(error);
        }
        if !self.can_throw(t, &error)? {
            return Ok(());
        }
        self.touch(t);
        let before = t.slot.take_all();
        t.slot.set_bomb(error);
        if let Some(channel) = t.channel.get() {
            channel.remove(t);
            self.free_if_unused(channel);
        }
        first(self.insert(t), self.empty(before))
    }

    fn can_throw(&self, t: Tasklet, error: &Error) -> Result<bool, Error> {
        match (t.is(crate::kernel::ALIVE), error.is_exit()) {
            (true, _) => Ok(true),
            (false, true) => Ok(false),
            (false, false) => Err(Kind::ThrowDead.into()),
        }
    }

    // ---- channels (SPEC section 6)

    /// The complete channel action: sends what `put` writes, or receives.
    #[cold]
    #[inline(never)]
    pub(crate) fn act(
        &self,
        channel: Queue,
        direction: Direction,
        put: impl FnOnce(&Slot),
    ) -> Result<(), Error> {
        let (me, saved) = self.offer(Kind::RecursiveChannel, put)?;
        let peer = || channel.first(direction.opposite());
        if self.is_special(CHANNEL_CALLBACK) {
            let (number, blocks) = (channel.number.get(), peer().is_none());
            self.observe(me, || {
                let sending = direction == Direction::Sending;
                (self.hooks.channel)(self, number, me, sending, blocks);
            });
        }
        // Looked for anew: the callback may have called the first one away.
        let result = match peer() {
            Some(peer) => self.meet(channel, me, peer, direction),
            None => self.wait(channel, me, direction),
        };
        self.offered(me, saved, result)
    }

    fn meet(
        &self,
        channel: Queue,
        me: Tasklet,
        peer: Tasklet,
        direction: Direction,
    ) -> Result<(), Error> {
        channel.dequeue(peer, direction.opposite());
        me.slot.exchange(&peer.slot);
        let next = if channel.is(SCHEDULE_ALL) {
            self.append(peer);
            self.second()
        } else if prefers_peer(&channel, direction) {
            self.after_current(peer);
            Some(peer)
        } else {
            self.append(peer);
            Some(me)
        };
        match self.transfer_by(me, next, !channel.is(SCHEDULE_ALL)) {
            Ok(()) => {
                if self.is_special(COUNTING) {
                    self.messages.set(self.messages.get() + 1);
                }
                Ok(())
            }
            Err(error) => {
                self.unlink(peer);
                me.slot.exchange(&peer.slot);
                ChannelBlock::restore(channel, peer, direction.opposite());
                Err(error)
            }
        }
    }

    fn wait(&self, channel: Queue, me: Tasklet, direction: Direction) -> Result<(), Error> {
        if me.is(BLOCK_TRAP) {
            return Err(Kind::BlockTrap.into());
        }
        if channel.is(CLOSING) {
            return Err(Kind::Closed.into());
        }
        self.unlink(me);
        ChannelBlock::enqueue(channel, me, direction);
        let result = self.transfer(me, self.current());
        if result.is_err() {
            channel.remove(me);
            self.back_to_front(me);
        }
        result
    }

    /// One handle of the channel less.
    #[inline(always)]
    pub(crate) fn drop_handle(&self, channel: Queue) {
        let refs = channel.refs.get() - 1;
        channel.refs.set(refs);
        if refs == 0 {
            self.free_if_unused(channel);
        }
    }

    pub(crate) fn free_if_unused(&self, channel: Queue) {
        if channel.refs.get() == 0 && channel.is_deserted() {
            self.channels.give(channel);
        }
    }
}

/// Whether the peer goes on: preference equals minus the caller's direction.
fn prefers_peer(channel: &ChannelBlock, direction: Direction) -> bool {
    let preference = if channel.is(PREFER_SENDER) {
        1
    } else if channel.is(PREFER_CALLER) {
        0
    } else {
        -1
    };
    preference == -direction.sign()
}
