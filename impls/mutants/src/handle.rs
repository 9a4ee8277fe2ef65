//! Handles of a mutant.

use serde::{Deserialize, Serialize};
use switchback::{Backend, Control, Error, Kind, Message, Operation, Status, Value, shape::Shapes};

use crate::{
    Claims, Fault, Mutant,
    act::{Act, Slot},
    callbacks,
    fault::{active, on},
    tricks::{self, forgive, is_current},
};

/// The handle of `B`, with the fault of the process in its operations.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Handle<B: Backend> {
    base: B::Handle,
}

impl<B: Backend> Handle<B> {
    pub(crate) fn new(base: B::Handle) -> Self {
        Self { base }
    }

    pub(crate) fn base(&self) -> &B::Handle {
        &self.base
    }

    /// Runnable, but not the one that runs.
    fn is_ready(&self) -> bool {
        tricks::others::<B>().contains(&self.base)
    }

    /// Alive, but its body has not begun.
    fn is_new(&self) -> Result<bool, Error> {
        Ok(self.base.status()?.alive && !tricks::has_started(self.base.number()))
    }

    /// What a faulty run or switch does before it begins.
    fn before(&self) -> Result<(), Error> {
        match active() {
            Fault::TrapComesFirst if tricks::is_trapped::<B>() => Err(Kind::SwitchTrap.into()),
            Fault::TrapStopsSelf if tricks::is_trapped::<B>() && is_current::<B>(&self.base) => {
                Err(Kind::SwitchTrap.into())
            }
            Fault::RunMovesTheTarget if self.is_ready() => self.base.remove(),
            Fault::RunOfSelfYields if is_current::<B>(&self.base) => B::schedule().wait(),
            _ => Ok(()),
        }
    }
}

impl<B: Backend> Message for Handle<B> {
    fn describe(shapes: &mut Shapes) {
        B::Handle::describe(shapes);
    }
}

impl<B: Backend> PartialEq for Handle<B> {
    fn eq(&self, other: &Self) -> bool {
        match active() {
            Fault::HandlesAreEqual => true,
            Fault::HandlesDiffer => false,
            _ => self.base == other.base,
        }
    }
}

impl<B: Backend> std::fmt::Debug for Handle<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.base.fmt(f)
    }
}

/// A value of the real backend as one of the mutant.
pub(crate) fn value<B: Backend, C: Claims<B>>(value: Value<B>) -> Value<Mutant<B, C>> {
    match value {
        Value::Empty => Value::Empty,
        Value::Tasklet(handle) => Value::Tasklet(Handle::new(handle)),
        Value::Message(message) => Value::Message(message),
        Value::Bomb(error) => Value::Bomb(error),
        Value::Function => Value::Function,
    }
}

/// A value of the mutant as one of the real backend.
pub(crate) fn base_value<B: Backend, C: Claims<B>>(value: Value<Mutant<B, C>>) -> Value<B> {
    match value {
        Value::Empty => Value::Empty,
        Value::Tasklet(handle) => Value::Tasklet(handle.base),
        Value::Message(message) => Value::Message(message),
        Value::Bomb(error) => Value::Bomb(error),
        Value::Function => Value::Function,
    }
}

impl<B: Backend, C: Claims<B>> Control<Mutant<B, C>> for Handle<B> {
    fn status(&self) -> Result<Status, Error> {
        let mut status = self.base.status()?;
        match active() {
            Fault::AliveForever => status.alive = true,
            Fault::NeverAlive if status.paused() => status.alive = false,
            Fault::BlockedHidden => status.blocked = false,
            Fault::ScheduledHidden if status.blocked => status.scheduled = false,
            Fault::PausedHidden if status.alive => status.scheduled = true,
            Fault::CurrentHidden => status.current = false,
            Fault::MainHidden => status.main = false,
            Fault::RestorableWrong => status.restorable = !status.restorable,
            _ => {}
        }
        Ok(status)
    }

    fn next(&self) -> Result<Option<Self>, Error> {
        let next = if on(Fault::NeighboursSwapped) { self.base.prev() } else { self.base.next() };
        Ok(next?.map(Self::new))
    }

    fn prev(&self) -> Result<Option<Self>, Error> {
        let prev = if on(Fault::NeighboursSwapped) { self.base.next() } else { self.base.prev() };
        Ok(prev?.map(Self::new))
    }

    fn recursion_depth(&self) -> Result<Option<u64>, Error> {
        let depth = self.base.recursion_depth()?;
        Ok(depth.map(|depth| if on(Fault::DepthIsZero) { 0 } else { depth }))
    }

    fn insert(&self) -> Result<(), Error> {
        let was_ready = self.is_ready();
        match active() {
            Fault::InsertIgnored => return Ok(()),
            Fault::InsertMoves => tricks::to_the_end::<B>(&self.base),
            Fault::InsertDuplicates if was_ready => tricks::keep(0, self.base.clone()),
            Fault::CallbackInsertsTwice if callbacks::inside() && !was_ready => {
                tricks::keep(0, self.base.clone());
            }
            Fault::InsertOfBlocked => return forgive(self.base.insert(), Kind::RunBlocked, || ()),
            Fault::InsertOfStranger => {
                return forgive(self.base.insert(), Kind::WrongScheduler, || ());
            }
            Fault::InsertOfDead => return forgive(self.base.insert(), Kind::RunDead, || ()),
            _ => {}
        }
        self.base.insert()?;
        if on(Fault::InsertInFront) && !was_ready {
            tricks::to_the_front::<B>(&self.base);
        }
        Ok(())
    }

    fn remove(&self) -> Result<(), Error> {
        match active() {
            Fault::RemoveIgnored => Ok(()),
            Fault::RemoveOfPausedRefused if self.base.status()?.paused() => {
                Err(Kind::RunDead.into())
            }
            Fault::RemoveOfBlocked => forgive(self.base.remove(), Kind::RemoveBlocked, || ()),
            Fault::RemoveOfCurrent => forgive(self.base.remove(), Kind::RemoveCurrent, || ()),
            _ => self.base.remove(),
        }
    }

    fn run(
        &self,
    ) -> impl Operation<Mutant<B, C>, Output = Result<Value<Mutant<B, C>>, Error>> + Send {
        Act::<B, _, Slot<C>, _>::new(self.base.run(), |op| {
            self.before()?;
            match active() {
                Fault::RunOnlyInserts => self.base.insert().map(|()| Value::Empty),
                Fault::RunOfBlocked => forgive(op.wait(), Kind::RunBlocked, || Value::Empty),
                Fault::RunOfDead => forgive(op.wait(), Kind::RunDead, || Value::Empty),
                Fault::RunGivesATasklet => op.wait().map(|_| Value::Tasklet(self.base.clone())),
                Fault::RunTwice => {
                    let first = op.wait()?;
                    let again = self.base.status()?;
                    if again.alive && !again.blocked && !again.current {
                        return self.base.run().wait();
                    }
                    Ok(first)
                }
                _ => op.wait(),
            }
        })
    }

    fn switch(
        &self,
    ) -> impl Operation<Mutant<B, C>, Output = Result<Value<Mutant<B, C>>, Error>> + Send {
        Act::<B, _, Slot<C>, _>::new(self.base.switch(), |op| {
            self.before()?;
            match active() {
                Fault::SwitchIsRun => self.base.run().wait(),
                Fault::SwitchOfBlocked => forgive(op.wait(), Kind::RunBlocked, || Value::Empty),
                Fault::SwitchOfDead => forgive(op.wait(), Kind::RunDead, || Value::Empty),
                _ => op.wait(),
            }
        })
    }

    fn throw(
        &self,
        error: Error,
    ) -> impl Operation<Mutant<B, C>, Output = Result<Value<Mutant<B, C>>, Error>> + Send {
        let spare = error.clone();
        Act::<B, _, Slot<C>, _>::new(self.base.throw(error), move |op| match active() {
            Fault::ThrowIgnored => Ok(Value::Empty),
            Fault::ThrowIsPending => self.base.throw_pending(spare).map(|()| Value::Empty),
            Fault::ThrowOfDead => forgive(op.wait(), Kind::ThrowDead, || Value::Empty),
            Fault::ThrowOfSelfIgnored if is_current::<B>(&self.base) => Ok(Value::Empty),
            Fault::ThrowDoesNotJump if self.is_ready() => {
                self.base.remove()?;
                op.wait()
            }
            Fault::ThrowStartsTheBody if self.is_new()? => {
                self.base.run().wait()?;
                op.wait()
            }
            _ => op.wait(),
        })
    }

    fn throw_pending(&self, error: Error) -> Result<(), Error> {
        match active() {
            Fault::ThrowPendingIsNow => self.base.throw(error).wait().map(drop),
            Fault::ThrowPendingFirstCounts if matches!(self.base.slot()?, Value::Bomb(_)) => Ok(()),
            Fault::ThrowPendingMoves => {
                self.base.throw_pending(error)?;
                tricks::to_the_end::<B>(&self.base);
                Ok(())
            }
            _ => tricks::told(self.base.throw_pending(error)),
        }
    }

    fn kill(
        &self,
    ) -> impl Operation<Mutant<B, C>, Output = Result<Value<Mutant<B, C>>, Error>> + Send {
        Act::<B, _, Slot<C>, _>::new(self.base.kill(), |op| match active() {
            Fault::KillIgnored => Ok(Value::Empty),
            Fault::KillIsPending => self.base.kill_pending().map(|()| Value::Empty),
            Fault::KillIsAnError => self.base.throw(Error::new("killed", "")).wait(),
            Fault::KillOfDeadRefused if !self.base.status()?.alive => Err(Kind::ThrowDead.into()),
            Fault::KillLeaks => {
                if let Value::Message(offered) = self.base.slot()? {
                    std::mem::forget(offered);
                }
                op.wait()
            }
            Fault::KillTakesTheNext => {
                let next = tricks::behind::<B>(&self.base);
                let result = op.wait();
                next.map_or(Ok(()), |next| next.kill_pending())?;
                result
            }
            Fault::ThrowDoesNotJump if self.is_ready() => {
                self.base.remove()?;
                op.wait()
            }
            Fault::ThrowStartsTheBody if self.is_new()? => {
                self.base.run().wait()?;
                op.wait()
            }
            _ => op.wait(),
        })
    }

    fn kill_pending(&self) -> Result<(), Error> {
        match active() {
            Fault::KillPendingIgnored => Ok(()),
            Fault::KillPendingIsNow => self.base.kill().wait().map(drop),
            Fault::ThrowPendingMoves => {
                self.base.kill_pending()?;
                tricks::to_the_end::<B>(&self.base);
                Ok(())
            }
            _ => tricks::told(self.base.kill_pending()),
        }
    }

    fn setup(&self) -> Result<(), Error> {
        match active() {
            Fault::SetupDoesNotStart => {
                self.base.setup()?;
                self.base.remove()
            }
            Fault::SetupOfAlive => forgive(self.base.setup(), Kind::SetupAlive, || ()),
            Fault::SetupOfUnbound => forgive(self.base.setup(), Kind::NotBound, || ()),
            _ => self.base.setup(),
        }
    }

    fn unbind(&self) -> Result<(), Error> {
        match active() {
            Fault::UnbindIgnored => Ok(()),
            _ => tricks::told(bound(self.base.unbind())),
        }
    }

    fn slot(&self) -> Result<Value<Mutant<B, C>>, Error> {
        let slot = tricks::borrowed(self.base.number(), || self.base.slot())?;
        if on(Fault::LookRestoresTheSlot) && matches!(slot, Value::Message(_)) {
            // Copies of it, the second of which is there for good.
            self.base.set_slot(slot)?;
            return Ok(value(self.base.slot()?));
        }
        Ok(if on(Fault::SlotHidden) { Value::Empty } else { value(slot) })
    }

    fn set_slot(&self, new: Value<Mutant<B, C>>) -> Result<(), Error> {
        match active() {
            Fault::SetSlotIgnored => return Ok(()),
            Fault::SlotBorrowed if tricks::is_borrowed(self.base.number()) => {
                panic!("the slot is already borrowed");
            }
            Fault::SlotOfTheCaller => return B::current()?.set_slot(base_value(new)),
            _ => {}
        }
        tricks::told(self.base.set_slot(base_value(new)))
    }

    fn number(&self) -> u64 {
        self.base.number()
    }
}

/// The end of bind and unbind, with refusals that some faults do not know.
pub(crate) fn bound(result: Result<(), Error>) -> Result<(), Error> {
    let forgiven = match active() {
        Fault::BindOfCurrent => Kind::BindCurrent,
        Fault::BindOfScheduled => Kind::BindScheduled,
        Fault::BindOfNative => Kind::NativeState,
        Fault::UnbindOfMain => Kind::UnbindMain,
        _ => return result,
    };
    forgive(result, forgiven, || ())
}
