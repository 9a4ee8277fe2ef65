//! What can be done to a tasklet from outside: SPEC sections 4, 8 and 9.

use crate::kernel::{
    Driver, Handle, Kernel, SLOT_SET,
    driver::operations::Op,
    scheduler::ops::{RunTasklet, Throw},
    tasklet::block::{ALIVE, PARKED, STAGED, Tasklet},
    tasklet::slot::{Content, Slot},
    tasklet::values::{put_value, view_value},
};
use crate::{
    Control, Error, Kind, Operation, Status, Value,
    contain::{dispose, first},
};

impl Kernel {
    /// insert (SPEC section 4).
    pub(crate) fn insert(&self, t: Tasklet) -> Result<(), Error> {
        if t.blocked() {
            return Err(Kind::RunBlocked.into());
        }
        if self.linked(t) {
            return Ok(());
        }
        if !t.is(ALIVE) {
            return Err(Kind::RunDead.into());
        }
        self.append(t);
        Ok(())
    }

    fn remove(&self, t: Tasklet) -> Result<(), Error> {
        if t.blocked() {
            return Err(Kind::RemoveBlocked.into());
        }
        // So it is for one that the schedule callback is told of.
        if t == self.me() || self.announced.get() == Some(t) {
            return Err(Kind::RemoveCurrent.into());
        }
        if self.linked(t) {
            self.unlink(t);
        }
        Ok(())
    }

    fn set_up(&self, t: Tasklet) -> Result<(), Error> {
        if t.is(ALIVE) {
            return Err(Kind::SetupAlive.into());
        }
        let Some(function) = t.slot.take_function() else {
            return Err(Kind::NotBound.into());
        };
        let body = function(self);
        let dropped = self.arm(t, body)?;
        self.count_new();
        self.append(t);
        dropped
    }

    /// Before and after `t` in the run queue or in the queue of its channel.
    fn neighbours(&self, t: Tasklet) -> Option<(Option<Tasklet>, Option<Tasklet>)> {
        let (queue, circular) = match t.channel.get() {
            Some(channel) => (channel.waiting(), false),
            None => (self.ring(), true),
        };
        let at = queue.iter().position(|other| *other == t)?;
        let (first, last) = (queue.first().copied(), queue.last().copied());
        let before = at.checked_sub(1).map(|i| queue[i]).or(last.filter(|_| circular));
        let after = queue.get(at + 1).copied().or(first.filter(|_| circular));
        Some((before, after))
    }

    fn unbind(&self, t: Tasklet) -> Result<(), Error> {
        self.may_bind(t)?;
        self.discard(t)?;
        Ok(())
    }
}

impl<B: Driver> Control<B> for Handle<B> {
    fn status(&self) -> Result<Status, Error> {
        let (kernel, t) = self.find()?;
        let native = t.is(PARKED) || !B::CAPABILITIES.portable;
        Ok(Status {
            alive: t.is(ALIVE),
            scheduled: kernel.linked(t),
            blocked: t.blocked(),
            current: t == kernel.me(),
            main: t == kernel.main(),
            restorable: !native && t != kernel.main() && t != kernel.me(),
        })
    }

    fn next(&self) -> Result<Option<Self>, Error> {
        let (kernel, t) = self.find()?;
        let found = kernel.neighbours(t).map(|(_, next)| next);
        Ok(found.flatten().map(|next| Self::of(kernel, next)))
    }

    fn prev(&self) -> Result<Option<Self>, Error> {
        let (kernel, t) = self.find()?;
        let found = kernel.neighbours(t).map(|(prev, _)| prev);
        Ok(found.flatten().map(|prev| Self::of(kernel, prev)))
    }

    fn recursion_depth(&self) -> Result<Option<u64>, Error> {
        let (_, t) = self.find()?;
        // SAFETY: the body of a living tasklet is what its driver has made.
        Ok(unsafe { B::depth(t.body.get()) })
    }

    fn insert(&self) -> Result<(), Error> {
        let (kernel, t) = self.find()?;
        kernel.insert(t)
    }

    fn remove(&self) -> Result<(), Error> {
        let (kernel, t) = self.find()?;
        kernel.remove(t)
    }

    fn run(&self) -> impl Operation<B, Output = Result<Value<B>, Error>> + Send {
        Op::new(RunTasklet { tasklet: self, pause_me: false })
    }

    fn switch(&self) -> impl Operation<B, Output = Result<Value<B>, Error>> + Send {
        Op::new(RunTasklet { tasklet: self, pause_me: true })
    }

    fn throw(&self, error: Error) -> impl Operation<B, Output = Result<Value<B>, Error>> + Send {
        Op::new(Throw { tasklet: self, error })
    }

    fn throw_pending(&self, error: Error) -> Result<(), Error> {
        let (kernel, t) = self.find()?;
        kernel.throw_pending(t, error)
    }

    fn setup(&self) -> Result<(), Error> {
        let (kernel, t) = self.find()?;
        kernel.set_up(t)
    }

    fn unbind(&self) -> Result<(), Error> {
        let (kernel, t) = self.find()?;
        kernel.unbind(t)
    }

    fn slot(&self) -> Result<Value<B>, Error> {
        let (kernel, t) = self.find()?;
        if t == kernel.me() {
            t.slot.forget_itself();
        }
        view_value(kernel, t)
    }

    fn set_slot(&self, value: Value<B>) -> Result<(), Error> {
        let (kernel, t) = self.find()?;
        if t.is(STAGED) {
            return first(Err(Kind::NativeState.into()), dispose(value));
        }
        if t == kernel.me() {
            kernel.set_special(SLOT_SET, true);
        }
        // The function of a tasklet that is not alive is what its slot holds (SPEC section 4).
        if matches!((&value, t.slot.content()), (Value::Function, Content::Function)) {
            return Ok(());
        }
        kernel.touch(t);
        let content = Slot::default();
        put_value(t, &content, value);
        let before = t.slot.take_all();
        content.move_to(&t.slot);
        if t == kernel.me() {
            t.slot.keep_itself();
        }
        kernel.empty(before)
    }

    fn number(&self) -> u64 {
        Handle::number(self)
    }
}
