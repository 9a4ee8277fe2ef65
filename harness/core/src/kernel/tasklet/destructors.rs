//! Destructors of user code: when they run, and what comes of their panics (SPEC section 24).
//!
//! ```text
//! operation     takes a value out  --->  goes on, complete  --->  the value is dropped
//!                                                                  |- here, if control stays
//!                                                                  `- held, if it goes away: by the
//!                                                                     owner when it goes on, else
//!                                                                     before the next operation
//! ```
//!
//! No destructor runs while an operation is half done. Those that the kernel runs are callbacks of
//! the running tasklet: they may ask, spawn, insert; what would switch is refused. So the stack
//! that they run on, which may be the host's, or that of a tasklet that has ended, is never left.

use std::collections::VecDeque;

use crate::kernel::{
    HELD, IN_CALLBACK, Kernel, kernel_of_thread,
    tasklet::block::{ALIVE, Tasklet},
    tasklet::slot::Slot,
};
use crate::{
    Error,
    contain::{dispose, first},
};

/// What slots held, with the tasklets that were to have it.
pub(crate) type Held = VecDeque<(Tasklet, Slot)>;

impl Kernel {
    /// The tasklet that runs such code: main, where the ring is empty while others are admitted.
    pub(crate) fn executing(&self) -> Tasklet {
        self.observed.get().or(self.current()).unwrap_or_else(|| self.main())
    }

    /// Drops a value. Nothing is half done.
    pub(crate) fn destroy<T>(&self, value: T) -> Result<(), Error> {
        self.observe(self.executing(), || dispose(value))
    }

    /// As `destroy`, for the content of a slot, of which most need no code.
    pub(crate) fn empty(&self, content: Slot) -> Result<(), Error> {
        if content.is_inert() { Ok(()) } else { self.destroy(content) }
    }

    /// Keeps what an operation has taken out of the slot of `owner` until it can be dropped.
    pub(crate) fn hold(&self, owner: Tasklet, content: Slot) {
        if !content.is_inert() {
            self.held.borrow_mut().push_back((owner, content));
            self.set_special(HELD, true);
        }
    }

    /// Puts an error into a slot that may hold something.
    pub(crate) fn plant(&self, t: Tasklet, error: Error) {
        let before = t.slot.take_all();
        t.slot.set_bomb(error);
        self.hold(t, before);
    }

    /// Drops what is held for `owner`, which goes on or ends.
    pub(crate) fn drop_held_of(&self, owner: Tasklet) -> Result<(), Error> {
        if !self.is_special(HELD) {
            return Ok(());
        }
        self.drop_held_if(|t| t == owner)
    }

    /// Drops whatever is held. The panic hook reports what panics.
    pub(crate) fn drop_held(&self) {
        if self.is_special(HELD) && !self.is_special(IN_CALLBACK) {
            let _ = self.drop_held_if(|_| true);
        }
    }

    #[cold]
    fn drop_held_if(&self, wanted: impl Fn(Tasklet) -> bool) -> Result<(), Error> {
        let mut result = Ok(());
        loop {
            // Looked for anew each time: a destructor may have added to them.
            let next = {
                let mut held = self.held.borrow_mut();
                let at = held.iter().position(|(t, _)| wanted(*t));
                at.and_then(|at| held.remove(at))
            };
            let Some((_, content)) = next else { break };
            result = first(result, self.destroy(content));
        }
        self.set_special(HELD, !self.held.borrow().is_empty());
        result
    }

    /// Takes the computation of `t` away, and what is in its slot; false, with nothing changed, if
    /// it holds native state. All is gone before the first destructor runs, so that none finds
    /// it, and none can bring it back but by binding the tasklet anew.
    pub(crate) fn strip(&self, t: Tasklet) -> Result<bool, Error> {
        self.touch(t);
        let body = t.body.replace(0);
        let alive = t.put(ALIVE, false);
        let content = t.slot.take_all();
        // A panic that comes out of it was in a destructor, so it has been given up.
        let mut given_up = true;
        let body = self.observe(self.executing(), || {
            crate::contain("a destructor", || {
                given_up = body == 0 || (self.hooks.abandon)(body);
                Ok(if given_up { 0 } else { body })
            })
        });
        if !given_up {
            t.body.set(body.unwrap_or(0));
            t.put(ALIVE, alive);
            content.move_to(&t.slot);
            return Ok(false);
        }
        if alive {
            self.count_dead();
        }
        let result = first(body.map(drop), self.empty(content));
        result.map(|()| true)
    }

    /// Lets user code look at what is in the slot of `t`. It is not in its place meanwhile: what
    /// that code does to the tasklet cannot reach it. What was written there since stays.
    pub(crate) fn lend<R>(&self, t: Tasklet, look: impl FnOnce(&Slot) -> R) -> R {
        struct Lent<'a>(&'a Kernel, Tasklet, bool, Slot);
        impl Drop for Lent<'_> {
            fn drop(&mut self) {
                let Self(kernel, t, alive, content) = self;
                if t.slot.is_empty() && t.is(ALIVE) == *alive {
                    content.move_to(&t.slot);
                }
                let _ = kernel.empty(content.take_all());
                kernel.given_back(*t);
            }
        }
        self.lent_out(t);
        let lent = Lent(self, t, t.is(ALIVE), t.slot.take_all());
        self.observe(self.executing(), || look(&lent.3))
    }

    /// As `lend`, for its computation, which must be suspended.
    pub(crate) fn lend_body<R>(&self, t: Tasklet, look: impl FnOnce(usize) -> R) -> R {
        struct Lent<'a>(&'a Kernel, Tasklet, usize);
        impl Drop for Lent<'_> {
            fn drop(&mut self) {
                let Self(kernel, t, body) = self;
                if t.is(ALIVE) && t.body.get() == 0 {
                    t.body.set(*body);
                } else {
                    let _ = kernel.abandon(*body);
                }
                kernel.given_back(*t);
            }
        }
        self.lent_out(t);
        let lent = Lent(self, t, t.body.replace(0));
        look(lent.2)
    }

    /// Drops a computation that no tasklet has.
    pub(crate) fn abandon(&self, body: usize) -> Result<(), Error> {
        self.observe(self.executing(), || {
            crate::contain("a destructor", || Ok((self.hooks.abandon)(body))).map(drop)
        })
    }

    /// Whether user code looks at its slot or its computation, so that these are not in their places.
    pub(crate) fn is_lent(&self, t: Tasklet) -> bool {
        self.lent.borrow().contains(&t)
    }

    /// Notes that a part of `t` is lent.
    fn lent_out(&self, t: Tasklet) {
        self.pin(t);
        self.lent.borrow_mut().push(t);
    }

    fn given_back(&self, t: Tasklet) {
        self.lent.borrow_mut().pop();
        self.unpin(t);
    }

    /// Keeps the block of `t` in use.
    pub(crate) fn pin(&self, t: Tasklet) {
        t.cold().hold();
    }

    /// Takes away the count of `pin`, or that of a handle.
    pub(crate) fn unpin(&self, t: Tasklet) {
        t.cold().forget();
        if t.cold().is_forgotten() {
            self.let_go(t);
        }
    }
}

/// Takes the content of the slot of `me`, which goes on, as the result of an operation that
/// expects nothing.
#[inline(always)]
pub(crate) fn take_nothing(me: Tasklet) -> Result<(), Error> {
    if me.slot.is_empty() { Ok(()) } else { take_nothing_slow(me) }
}

#[cold]
#[inline(never)]
fn take_nothing_slow(me: Tasklet) -> Result<(), Error> {
    let kernel = kernel_of_thread()?;
    let content = me.slot.take_all();
    let result = content.take_bomb().map_or(Ok(()), Err);
    first(first(result, kernel.empty(content)), kernel.drop_held_of(me))
}

/// As `take_nothing`, for an operation that expects a `T`.
#[inline(always)]
pub(crate) fn take<T: crate::Message>(me: Tasklet) -> Result<T, Error> {
    match me.slot.take_fast() {
        Some(value) => Ok(value),
        None => take_slow(me),
    }
}

#[cold]
#[inline(never)]
fn take_slow<T>(me: Tasklet) -> Result<T, Error> {
    take_nothing_slow(me)?;
    Err(crate::Kind::WrongType.into())
}
