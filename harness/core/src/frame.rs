//! The frame form of a tasklet: a state machine that can be stepped, copied and written down.
//!
//! ```text
//!   divider(requests)          one enum per function, made by #[tasklet]
//!   +--------------------+
//!   | Start { requests } |     before the first instruction
//!   | S1    { requests } |     suspended at the first await
//!   | S2    { x, y, .. } |     suspended at the second await
//!   | Done               |
//!   +--------------------+
//! ```
//!
//! Fields that a loop keeps over all of its awaits are one variant, `Live`, with the state inside
//! of it, so that they stay where they are.

mod generated;

use std::any::{Any, TypeId};
use std::marker::PhantomData;

use crate::{
    Backend, Error, Kind, Operation, Request, Tasklet,
    kernel::describe,
    pickle::{Reader, Writer},
    shape::Shapes,
};

pub use crate::kernel::{Here, Waits};
#[doc(hidden)]
pub use generated::*;
#[doc(hidden)]
pub use switchback_macros::{Configured, configured};

/// How a step ended.
#[derive(Debug)]
pub enum Step<'k, R> {
    /// The frame is suspended and asks for this.
    Asks(Request<'k>),
    /// The function returned.
    Returned(Result<R, Error>),
}

/// What becomes of the end of a step. The loop that runs frames chooses what that is, so that it
/// need not pass through memory.
pub trait Outcome<'k, R> {
    /// What the loop goes by.
    type Signal;

    /// The same as a function of its own gives it back: the rare parts of a step are not inlined,
    /// and what comes out of one is known to come from there.
    type Far;

    /// The frame is suspended and asks for this.
    fn asks(self, request: Request<'k>) -> Self::Signal;

    /// The function returned.
    fn returned(self, result: Result<R, Error>) -> Self::Signal;

    /// What a function of its own gives back for this.
    fn far(signal: Self::Signal) -> Self::Far;

    /// What a function of its own gave back.
    fn near(far: Self::Far) -> Self::Signal;
}

/// The end of a step as a [`Step`].
#[derive(Clone, Copy, Debug)]
pub struct AsStep;

impl<'k, R> Outcome<'k, R> for AsStep {
    type Signal = Step<'k, R>;
    type Far = Step<'k, R>;

    fn asks(self, request: Request<'k>) -> Step<'k, R> {
        Step::Asks(request)
    }

    fn returned(self, result: Result<R, Error>) -> Step<'k, R> {
        Step::Returned(result)
    }

    fn far(step: Step<'k, R>) -> Step<'k, R> {
        step
    }

    fn near(step: Step<'k, R>) -> Step<'k, R> {
        step
    }
}

/// A suspended activation of a `#[tasklet]` function. Implemented by the macro; tasklets of one's own
/// on a backend that steps no frames have [`NoFrame`].
///
/// # Safety
/// The loop that steps a frame gives it the `here` of the tasklet that executes. An operation that
/// begins there acts for that tasklet at once. So a step returns what its operation asks for and
/// does nothing in between; above all it runs no code of users. It hands `here` to that operation
/// only or, in its place, to another frame's step. It asks for a call when it has handed over a
/// callee and for a switch when an operation says so. [`waits`](Self::waits) is true.
pub unsafe trait Frame<B: Backend>: Clone + Send + Sized + 'static {
    /// What the function returns inside its `Result`.
    type Return: Send + 'static;

    /// Path of the function.
    const NAME: &'static str;

    /// Hash of the function's tokens: changes with the code, not with comments or formatting.
    const FINGERPRINT: u64;

    /// Whether it awaits in loops: then most of its steps are not the last one.
    const LOOPS: bool = false;

    /// As [`step`](Self::step), for a frame before its first instruction. Frames of hand-written
    /// tasklets need not tell the two apart.
    #[inline]
    fn start<'k, O: Outcome<'k, Self::Return>>(&mut self, here: Here<'k>, outcome: O) -> O::Signal {
        self.step(here, outcome)
    }

    /// Runs a frame that has been [started](Self::start) to the next request, or to the end, and
    /// says so to `outcome`. `here` is the tasklet that executes it, with its kernel.
    fn step<'k, O: Outcome<'k, Self::Return>>(&mut self, here: Here<'k>, outcome: O) -> O::Signal;

    /// Writes the state. Never called on a running or finished frame.
    ///
    /// # Errors
    /// [`Kind::NotPicklable`](crate::Kind) if a kept value refuses.
    fn dump(&self, out: &mut Writer) -> Result<(), Error>;

    /// Reads what [`dump`](Self::dump) wrote.
    ///
    /// # Errors
    /// [`Kind::BadPickle`](crate::Kind) for bytes that are no state of this function.
    fn load(input: &mut Reader<'_>) -> Result<Self, Error>;

    /// What the frame goes on with, as far as its code says it.
    fn waits(&self) -> Waits;

    /// Describes the types of all that the function keeps over its awaits, and what else tells
    /// its instances apart: type arguments and constants.
    fn describe(shapes: &mut Shapes);

    /// Adds the frame types this function may call or spawn.
    fn callees(list: &mut FrameList);
}

/// The frame of what has none: it refuses to be stepped and to be written.
pub struct NoFrame<R>(PhantomData<fn() -> R>);

impl<R> Default for NoFrame<R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<R> Clone for NoFrame<R> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<R> std::fmt::Debug for NoFrame<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NoFrame")
    }
}

// SAFETY: no operation begins in it.
unsafe impl<B: Backend, R: Send + 'static> Frame<B> for NoFrame<R> {
    type Return = R;
    const NAME: &'static str = "no frame";
    const FINGERPRINT: u64 = 0;

    fn step<'k, O: Outcome<'k, R>>(&mut self, _: Here<'k>, outcome: O) -> O::Signal {
        outcome.returned(Err(Kind::Unsupported.into()))
    }

    fn dump(&self, _: &mut Writer) -> Result<(), Error> {
        Err(Kind::NotPicklable.into())
    }

    fn load(_: &mut Reader<'_>) -> Result<Self, Error> {
        Err(Kind::BadPickle.into())
    }

    fn waits(&self) -> Waits {
        Waits::Nothing
    }

    fn describe(_: &mut Shapes) {}

    fn callees(_: &mut FrameList) {}
}

/// One loadable frame type.
#[derive(Clone, Copy)]
pub struct FrameType {
    /// Path of the function.
    pub name: &'static str,
    /// Hash of its tokens.
    pub fingerprint: u64,
    /// Identity of the Rust type.
    pub id: fn() -> TypeId,
    /// Describes the types of what it keeps.
    pub describe: fn(&mut Shapes),
    /// How the backend makes one from bytes: a type of the backend's own.
    pub entry: &'static (dyn Any + Send + Sync),
}

impl std::fmt::Debug for FrameType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{:016x}", self.name, self.fingerprint)
    }
}

/// The frame types a program can load: a root tasklet and all it calls or spawns.
#[derive(Clone, Debug, Default)]
pub struct FrameList {
    types: Vec<FrameType>,
    detached: Vec<String>,
    changed: Vec<String>,
}

impl FrameList {
    /// Adds tasklet `K` of backend `B` and, through it, its callees. Adding twice does nothing.
    pub fn add<B: Backend, K: Tasklet<B>>(&mut self) {
        let id = TypeId::of::<K::Frame>;
        if self.types.iter().any(|t| (t.id)() == id()) {
            return;
        }
        self.types.push(FrameType {
            name: <K::Frame as Frame<B>>::NAME,
            fingerprint: <K::Frame as Frame<B>>::FINGERPRINT,
            id,
            describe: <K::Frame as Frame<B>>::describe,
            entry: B::frame_entry::<K::Frame>(),
        });
        <K::Frame as Frame<B>>::callees(self);
    }

    /// Used by `#[tasklet]`: adds what the closure would create. The closure is never called.
    #[doc(hidden)]
    pub fn probe<B: Backend, O: Operation<B>>(&mut self, _: impl FnOnce() -> O) {
        O::frames(self);
    }

    /// Used by `#[tasklet]`: adds what the closure would spawn. The closure is never called.
    #[doc(hidden)]
    pub fn probe_spawn<B: Backend, K: Tasklet<B>>(&mut self, _: impl FnOnce() -> K) {
        self.add::<B, K>();
    }

    /// Lets tasklets of `function`, named by its path, leave behind the channel they are blocked
    /// on, if nothing in the graph refers to it; without this they are refused (Q07). The copy
    /// comes back paused, and its operation fails with [`Kind::NotPicklable`](crate::Kind) when it
    /// is run.
    pub fn allow_detached(&mut self, function: impl Into<String>) -> &mut Self {
        self.detached.push(function.into());
        self
    }

    pub(crate) fn allows_detached(&self, function: &str) -> bool {
        self.detached.iter().any(|name| name == function)
    }

    /// Loads the function or message type of this path though it has changed since a pickle was
    /// made. Its bytes are then read as what it is now: the caller knows that they fit, as they do
    /// if the code between two awaits changed and what is kept over them did not. A function of
    /// which the program has several instances is refused even so: none of them is known to be the
    /// one in the pickle.
    pub fn accept_changed(&mut self, name: impl Into<String>) -> &mut Self {
        self.changed.push(name.into());
        self
    }

    pub(crate) fn accepts_changed(&self, name: &str) -> bool {
        self.changed.iter().any(|other| other == name)
    }

    /// Refuses a frame type that bytes cannot tell from another one of the list: what they name
    /// could go on as either.
    pub(crate) fn told_apart(&self, one: &FrameType) -> Result<(), String> {
        let bytes = |t: &FrameType| describe(&mut Shapes::default(), t.describe, t.fingerprint);
        let alike = |t: &&FrameType| t.name == one.name && t.fingerprint == one.fingerprint;
        let others = self.types.iter().filter(alike).filter(|t| (t.id)() != (one.id)());
        match others.map(bytes).any(|other| other == bytes(one)) {
            false => Ok(()),
            true => Err(format!(
                "{} is in the program given more than once, and all of it that a pickle has is \
                 the same (path, code, names of type arguments, constants), so a tasklet could go \
                 on as the other one: give the functions or the types different names, or a \
                 program with one of them",
                one.name
            )),
        }
    }

    /// The types in the order they were added.
    #[must_use]
    pub fn types(&self) -> &[FrameType] {
        &self.types
    }
}
