//! Handles: the kernel's tasklets as the outside sees them.

use std::{fmt, marker::PhantomData, mem::ManuallyDrop};

use crate::kernel::{
    COUNTING, Driver, FORKING, Kernel, kernel_here, kernel_of, kernel_with,
    memory::arena::Loose,
    pickle::portable::fork_tasklet,
    plain_kernel_here,
    tasklet::block::{ALIVE, Function, PARKED, STAGED, Tasklet, TaskletBlock},
};
use crate::{
    Error, Kind, Tasklet as Call,
    contain::{dispose, first},
};

/// The number of no kernel: what handles made outside `run` carry.
pub(crate) const NOWHERE: u64 = u64::MAX;

/// Marks the number of the kernel in a handle that was cloned where its block cannot be counted,
/// so that it is followed and dropped nowhere. It still names the same tasklet or channel.
pub(crate) const UNCOUNTED: u64 = 1 << 63;

/// Identity of a tasklet of kernel backend `B`.
///
/// Cheap to clone, and `Send`, so that it can travel in messages; using it on another thread or
/// after its run fails with [`Kind::WrongScheduler`] and touches nothing.
pub struct Handle<B: Driver> {
    block: Loose<TaskletBlock>,
    kernel: u64,
    number: u64,
    backend: PhantomData<fn() -> B>,
}

// SAFETY: the address is followed only after `kernel_of` found that this thread runs that very
// kernel; everywhere else the handle is inert.
unsafe impl<B: Driver> Send for Handle<B> {}
// SAFETY: as above.
unsafe impl<B: Driver> Sync for Handle<B> {}

impl<B: Driver> Handle<B> {
    /// A new handle of a block.
    #[inline(always)]
    pub(crate) fn of(kernel: &Kernel, t: Tasklet) -> Self {
        t.cold().hold();
        Self::held(kernel, t, t.cold().number.get())
    }

    /// A handle that has been counted.
    #[inline(always)]
    fn held(kernel: &Kernel, t: Tasklet, number: u64) -> Self {
        Self { block: t.loose(), kernel: kernel.id, number, backend: PhantomData }
    }

    #[cold]
    fn nowhere() -> Self {
        Self { block: Loose::dangling(), kernel: NOWHERE, number: 0, backend: PhantomData }
    }

    /// The kernel and the block, if this is their thread and time.
    #[inline(always)]
    pub(crate) fn find(&self) -> Result<(&'static Kernel, Tasklet), Error> {
        let kernel = kernel_of(self.kernel)?;
        // SAFETY: the handle was made of a block of this kernel, which lives.
        Ok((kernel, unsafe { self.block.follow() }))
    }

    /// A number that names the tasklet in messages for people; main is 0.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    #[inline(always)]
    pub(crate) fn spawn<K: Call<B>>(tasklet: K) -> Self {
        // Not dropped if making room for it panics: the code for that would keep the arguments
        // in memory, to be copied word by word to the frame or stack that they belong in.
        let tasklet = ManuallyDrop::new(tasklet);
        let Some(kernel) = plain_kernel_here::<B>().or_else(special_kernel::<B>) else {
            drop(ManuallyDrop::into_inner(tasklet));
            return Self::nowhere();
        };
        let (t, handle) = Self::create(kernel, tasklet);
        kernel.push(t);
        handle
    }

    /// A new tasklet, in no queue.
    #[inline(always)]
    fn create<K: Call<B>>(kernel: &Kernel, tasklet: ManuallyDrop<K>) -> (Tasklet, Self) {
        let t = kernel.tasklets.take();
        let number = kernel.next_number();
        fill::<B, K>(kernel, t, tasklet);
        // The cold half at one time: whatever is stored and loaded again in parts has to wait.
        let cold = t.cold();
        cold.number.set(number);
        cold.start(ALIVE);
        (t, Self::held(kernel, t, number))
    }

    pub(crate) fn spawn_paused<K: Call<B>>(tasklet: K) -> Result<Self, Error> {
        let kernel = kernel_here::<B>()?;
        kernel.count_new();
        Ok(Self::create(kernel, ManuallyDrop::new(tasklet)).1)
    }

    pub(crate) fn spawn_unbound<K: Call<B> + Clone>(tasklet: K) -> Result<Self, Error> {
        let kernel = kernel_here::<B>()?;
        let t = kernel.tasklets.take();
        kernel.name(t);
        let function: Function = Box::new(move |kernel| B::create(kernel, tasklet));
        t.slot.set_function(Some(function));
        Ok(Self::of(kernel, t))
    }

    pub(crate) fn bind<K: Call<B>>(&self, tasklet: K) -> Result<(), Error> {
        let (kernel, t) = match self.find().and_then(|(k, t)| k.may_bind(t).map(|()| (k, t))) {
            Ok(found) => found,
            Err(refusal) => return first(Err(refusal), dispose(tasklet)),
        };
        let dropped = match kernel.make_room(t) {
            Ok(dropped) => dropped,
            Err(refusal) => return first(Err(refusal), dispose(tasklet)),
        };
        let body = B::create(kernel, tasklet);
        let dropped = first(dropped, kernel.arm(t, body)?);
        kernel.count_alive();
        dropped
    }
}

/// The kernel of this thread, where something special is set; a new tasklet is counted.
#[cold]
#[inline(never)]
fn special_kernel<B: Driver>() -> Option<&'static Kernel> {
    let kernel = kernel_here::<B>().ok()?;
    kernel.count_new();
    Some(kernel)
}

/// Makes the computation of `t`, which is not alive and has nothing in its slot.
#[inline(always)]
fn fill<B: Driver, K: Call<B>>(kernel: &Kernel, t: Tasklet, tasklet: ManuallyDrop<K>) {
    debug_assert!(t.slot.is_empty());
    match B::create(kernel, ManuallyDrop::into_inner(tasklet)) {
        Ok(body) => t.body.set(body),
        Err(error) => no_room(t, error),
    }
}

/// Without a body the driver ends the tasklet with what is in its slot when it is its turn.
#[cold]
#[inline(never)]
fn no_room(t: Tasklet, error: Error) {
    t.body.set(0);
    t.slot.set_bomb(error);
}

impl Kernel {
    #[inline(always)]
    pub(crate) fn name(&self, t: Tasklet) {
        t.cold().number.set(self.next_number());
        t.cold().clear();
    }

    #[inline(always)]
    fn next_number(&self) -> u64 {
        let number = self.numbers.get() + 1;
        self.numbers.set(number);
        number
    }

    /// One more is alive, which is counted if anything is.
    pub(crate) fn count_alive(&self) {
        if self.is_special(COUNTING) {
            let alive = self.alive.get() + 1;
            self.alive.set(alive);
            self.peak.set(self.peak.get().max(alive));
        }
    }

    pub(crate) fn count_dead(&self) {
        if self.is_special(COUNTING) {
            self.alive.set(self.alive.get() - 1);
        }
    }

    /// As `count_alive`, for one that is made.
    pub(crate) fn count_new(&self) {
        if self.is_special(COUNTING) {
            self.created.set(self.created.get() + 1);
            self.count_alive();
        }
    }

    /// The checks of bind and unbind, in the order of SPEC section 9.
    pub(crate) fn may_bind(&self, t: Tasklet) -> Result<(), Error> {
        if t == self.me() {
            return Err(Kind::BindCurrent.into());
        }
        if self.linked(t) {
            return Err(Kind::BindScheduled.into());
        }
        if t.is(PARKED | STAGED) {
            return Err(Kind::NativeState.into());
        }
        if t == self.main() {
            return Err(Kind::UnbindMain.into());
        }
        Ok(())
    }

    /// Takes away what `t` is bound to and what is in its slot, again if a destructor has bound it
    /// meanwhile, or put something there; gives the panics of destructors.
    fn make_room(&self, t: Tasklet) -> Result<Result<(), Error>, Error> {
        let mut dropped = Ok(());
        while t.is(ALIVE) || !t.slot.is_empty() {
            self.may_bind(t)?;
            match self.discard(t) {
                Err(refusal) if refusal.kind() != Kind::Panicked => return Err(refusal),
                stripped => dropped = first(dropped, stripped),
            }
        }
        Ok(dropped)
    }

    /// Gives `t`, which is in use already, a computation; gives the panics of destructors. Code of
    /// users may have run where the computation was made, so the tasklet is looked at again.
    pub(crate) fn arm(
        &self,
        t: Tasklet,
        body: Result<usize, Error>,
    ) -> Result<Result<(), Error>, Error> {
        let room = self.may_bind(t).and_then(|()| self.make_room(t));
        let dropped = match (room, body) {
            (Ok(dropped), Ok(body)) => {
                t.body.set(body);
                dropped
            }
            (Ok(dropped), Err(error)) => {
                no_room(t, error);
                dropped
            }
            (Err(refusal), Ok(body)) => return first(Err(refusal), self.abandon(body)),
            (Err(refusal), Err(_)) => return Err(refusal),
        };
        self.touch(t);
        t.put(ALIVE, true);
        Ok(dropped)
    }

    /// Drops the computation of a tasklet that is not linked (C011, C012).
    pub(crate) fn discard(&self, t: Tasklet) -> Result<(), Error> {
        if t.is(ALIVE) {
            return if self.strip(t)? { Ok(()) } else { Err(Kind::NativeState.into()) };
        }
        let content = t.slot.take_all();
        self.empty(content)
    }
}

impl<B: Driver> Clone for Handle<B> {
    #[inline]
    fn clone(&self) -> Self {
        if let Ok((kernel, mut t)) = self.find() {
            if kernel.is_special(FORKING) {
                t = fork_tasklet(kernel, t);
            }
            return Self::of(kernel, t);
        }
        // Elsewhere the count cannot be touched: the copy must not lower it when it drops.
        Self { kernel: self.kernel | UNCOUNTED, ..*self }
    }
}

impl<B: Driver> Drop for Handle<B> {
    #[inline(always)]
    fn drop(&mut self) {
        match kernel_with(self.kernel) {
            // Of those that were spawned just now a handle goes most often, and as they are next
            // there is nothing else to do.
            Some(kernel) if kernel.next.get().is_some_and(|next| next.loose() == self.block) => {
                // SAFETY: it is a block of this kernel, which lives.
                unsafe { self.block.follow() }.cold().forget();
            }
            _ => drop_other(self.kernel, self.block),
        }
    }
}

/// A handle of `t`, if the kernel with this number is the one of this thread. A handle dropped
/// elsewhere leaves its count behind: the block is not recycled before the end of the run.
#[cold]
#[inline(never)]
fn drop_other(kernel: u64, block: Loose<TaskletBlock>) {
    if let Some(kernel) = kernel_with(kernel) {
        // SAFETY: it is a block of this kernel, which lives.
        kernel.unpin(unsafe { block.follow() });
    }
}

impl<B: Driver> PartialEq for Handle<B> {
    fn eq(&self, other: &Self) -> bool {
        let same_kernel = (self.kernel ^ other.kernel) & !UNCOUNTED == 0;
        same_kernel && self.block == other.block && self.number == other.number
    }
}

impl<B: Driver> fmt::Debug for Handle<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tasklet {} of {}", self.number, B::NAME)
    }
}
