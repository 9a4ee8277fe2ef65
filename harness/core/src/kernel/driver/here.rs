//! Where an operation finds its kernel and the tasklet that executes it.
//!
//! The loop that runs frames knows both, and a frame hands them to its operations; all other code
//! looks in the thread-local place. Handed over, they stay in registers: the next step knows the
//! tasklet chosen at the end of the last one before the store of it can be loaded again.

use std::{fmt, marker::PhantomData};

use crate::kernel::{
    Driver, Kernel, plain_kernel_here, plain_kernel_of, stranger, tasklet::block::Tasklet,
    tasklet::destructors::take_nothing,
};
use crate::{Begun, Error, Request};

/// The tasklet that executes a step of the frame form, and its kernel.
#[derive(Clone, Copy)]
pub struct Here<'k>(Option<(&'k Kernel, Tasklet)>);

impl Here<'static> {
    /// No kernel: for frames of backends that have a scheduler of their own.
    pub const NOWHERE: Self = Self(None);
}

impl fmt::Debug for Here<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Here" } else { "Here::NOWHERE" })
    }
}

/// The tasklet to run: what an operation that switches has chosen. Equal if it is the same one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Next<'k> {
    tasklet: Tasklet,
    kernel: PhantomData<&'k Kernel>,
}

impl<'k> Next<'k> {
    #[inline(always)]
    pub(crate) fn new(_: &'k Kernel, tasklet: Tasklet) -> Self {
        Self { tasklet, kernel: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn tasklet(self) -> Tasklet {
        self.tasklet
    }

    /// Its body; 0 if it has none.
    #[inline(always)]
    #[must_use]
    pub fn body(self) -> usize {
        self.tasklet.body.get()
    }

    /// To be called before the first instruction of its body, as [`Kernel::start`].
    ///
    /// # Errors
    /// What was thrown at the tasklet before it started; the body must not run (C142).
    #[inline(always)]
    pub fn start(self) -> Result<(), Error> {
        take_nothing(self.tasklet)
    }

    /// Gives it another body.
    #[inline(always)]
    pub fn set_body(self, body: usize) {
        self.tasklet.body.set(body);
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Next")
    }
}

impl Kernel {
    /// The tasklet to run now.
    #[inline(always)]
    #[must_use]
    pub fn next(&self) -> Next<'_> {
        Next::new(self, self.here())
    }

    /// What the frame of `next` is stepped with; `next` is the tasklet to run now.
    ///
    /// # Safety
    /// `next` is of this kernel: operations put it in its queues, which may outlive another one. It
    /// is the tasklet to run, and its innermost frame is what gets this.
    #[inline(always)]
    #[must_use]
    pub unsafe fn step_of<'k>(&'k self, next: Next<'k>) -> Here<'k> {
        Here(Some((self, next.tasklet)))
    }
}

impl<'k> Here<'k> {
    /// The kernel, and the tasklet that executes this.
    #[inline(always)]
    pub(crate) fn found(self) -> Result<(&'k Kernel, Tasklet), Error> {
        match self.0 {
            Some(found) => Ok(found),
            None => Err(stranger()),
        }
    }

    /// What a frame asks for after an operation that has chosen `next`.
    #[inline(always)]
    pub(crate) fn go_on<T>(self, next: Tasklet) -> Begun<'k, T> {
        match self.0 {
            Some((kernel, _)) => Begun::Asks(Request::Switch(Next::new(kernel, next))),
            None => Begun::Asks(Request::Wait),
        }
    }

    /// As `go_on`, with the tasklet that is current by now.
    pub(crate) fn current(self) -> Request<'k> {
        match self.0 {
            Some((kernel, _)) => Request::Switch(kernel.next()),
            None => Request::Wait,
        }
    }
}

/// An operation that could not take its short path, as one word that borrows nothing: so a frame
/// can leave it to a function of its own together with all the rest of its step, in registers. What
/// else it needs is parked in the kernel until then.
pub struct Later<'k, T> {
    run: LaterFn<T>,
    kernel: PhantomData<&'k Kernel>,
}

pub(crate) type LaterFn<T> = for<'k> fn(Here<'k>, [usize; 2]) -> Result<T, Request<'k>>;

impl<'k, T> Later<'k, Result<T, Error>> {
    /// Leaves `run`, which is given `words`, for later.
    #[inline(always)]
    pub(crate) fn leave(
        here: Here<'k>,
        run: LaterFn<Result<T, Error>>,
        words: [usize; 2],
    ) -> Begun<'k, Result<T, Error>> {
        let Ok((kernel, _)) = here.found() else { return Begun::Done(Err(stranger())) };
        kernel.parked_words.set(words);
        Begun::Later(Self { run, kernel: PhantomData })
    }
}

impl<'k, T> Later<'k, T> {
    /// Does it: gives its output, or what the frame asks for. `here` is where it began.
    ///
    /// # Errors
    /// The request.
    pub fn run(self, here: Here<'k>) -> Result<T, Request<'k>> {
        (self.run)(here, here.0.map_or([0; 2], |(kernel, _)| kernel.parked_words.get()))
    }
}

impl<T> fmt::Debug for Later<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Later")
    }
}

/// How the short path of an operation finds out where it is.
pub(crate) trait Place<'k>: Copy {
    /// The kernel, if nothing special is set.
    fn plain(self) -> Option<&'k Kernel>;

    /// The kernel, if it has this number and nothing special is set.
    fn plain_of(self, id: u64) -> Option<&'k Kernel>;

    /// The tasklet that executes this.
    fn me(self, kernel: &'k Kernel) -> Tasklet;
}

/// The thread-local place, as operations of backend `B` look into it.
pub(crate) struct OfThread<B>(PhantomData<fn() -> B>);

impl<B> OfThread<B> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<B> Clone for OfThread<B> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<B> Copy for OfThread<B> {}

impl<B: Driver> Place<'static> for OfThread<B> {
    #[inline(always)]
    fn plain(self) -> Option<&'static Kernel> {
        plain_kernel_here::<B>()
    }

    #[inline(always)]
    fn plain_of(self, id: u64) -> Option<&'static Kernel> {
        plain_kernel_of(id)
    }

    #[inline(always)]
    fn me(self, kernel: &'static Kernel) -> Tasklet {
        kernel.here()
    }
}

impl<'k> Place<'k> for Here<'k> {
    #[inline(always)]
    fn plain(self) -> Option<&'k Kernel> {
        self.0.map(|(kernel, _)| kernel).filter(|kernel| kernel.plain.get() != 0)
    }

    #[inline(always)]
    fn plain_of(self, id: u64) -> Option<&'k Kernel> {
        self.0.map(|(kernel, _)| kernel).filter(|kernel| kernel.plain.get() == id)
    }

    #[inline(always)]
    fn me(self, kernel: &'k Kernel) -> Tasklet {
        match self.0 {
            Some((_, me)) => me,
            None => kernel.here(),
        }
    }
}
