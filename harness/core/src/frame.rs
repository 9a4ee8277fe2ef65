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

use std::{
    any::{Any, TypeId},
    mem::ManuallyDrop,
    ops::{ControlFlow, RangeInclusive},
};

use serde::{Deserialize, Serialize};

use crate::{
    Backend, Error, Kind, Message, Operation, Request, Tasklet,
    pickle::{Reader, Writer},
    shape::Shapes,
};

pub use crate::kernel::Waits;

/// How a step ended.
#[derive(Debug)]
pub enum Step<R> {
    /// The frame is suspended and asks for this.
    Asks(Request),
    /// The function returned.
    Returned(Result<R, Error>),
}

/// A suspended activation of a `#[tasklet]` function. Implemented by the macro only.
pub trait Frame<B: Backend>: Clone + Send + Sized + 'static {
    /// What the function returns inside its `Result`.
    type Return: Send + 'static;

    /// Path of the function.
    const NAME: &'static str;

    /// Hash of the function's tokens: changes with the code, not with comments or formatting.
    const FINGERPRINT: u64;

    /// Runs to the next request, or to the end.
    fn step(&mut self) -> Step<Self::Return>;

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

    /// Describes the types of all that the function keeps over its awaits.
    fn describe(shapes: &mut Shapes);

    /// Adds the frame types this function may call or spawn.
    fn callees(list: &mut FrameList);
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
    /// comes back paused, and its operation fails with [`Kind::NotPicklable`] when it is run.
    pub fn allow_detached(&mut self, function: impl Into<String>) -> &mut Self {
        self.detached.push(function.into());
        self
    }

    pub(crate) fn allows_detached(&self, function: &str) -> bool {
        self.detached.iter().any(|name| name == function)
    }

    /// Loads the function or message type of this path though it has changed since a pickle was
    /// made. Its bytes are then read as what it is now: whoever says so knows that they fit, as
    /// they do if the code between two awaits changed and what is kept over them did not.
    pub fn accept_changed(&mut self, name: impl Into<String>) -> &mut Self {
        self.changed.push(name.into());
        self
    }

    pub(crate) fn accepts_changed(&self, name: &str) -> bool {
        self.changed.iter().any(|other| other == name)
    }

    /// The types in the order they were added.
    #[must_use]
    pub fn types(&self) -> &[FrameType] {
        &self.types
    }
}

/// Used by `#[tasklet]` where only a type is wanted: never called.
#[doc(hidden)]
pub fn never<T>() -> T {
    unreachable!("this closure only carries a type")
}

/// Used by `#[tasklet]`: finishes the operation whose type the closure carries.
#[doc(hidden)]
#[inline(always)]
pub fn finish<B: Backend, O: Operation<B>>(_: impl FnOnce() -> O) -> O::Output {
    O::finish()
}

/// Used by `#[tasklet]`: what a frame suspended in the operation waits for whose type the closure
/// carries.
#[doc(hidden)]
pub fn waits<B: Backend, O: Operation<B>>(_: impl FnOnce() -> O) -> Waits {
    O::waits()
}

/// Used by `#[tasklet]`: what the caller of `K` waits for.
#[doc(hidden)]
#[must_use]
pub fn callee<B: Backend, K: Tasklet<B>>() -> Waits {
    Waits::Callee(TypeId::of::<K::Frame>, <K::Frame as Frame<B>>::NAME)
}

/// Used by `#[tasklet]`: ends an arm that the compiler cannot see is never taken. Nothing is
/// dropped here: a drop would keep the state in memory that is otherwise taken apart.
#[doc(hidden)]
#[inline(always)]
pub fn torn<S>(state: S) -> ! {
    std::mem::forget(state);
    unreachable!("a state is what it was a moment ago")
}

/// Used by `#[tasklet]`: the output of an operation that was complete at once, until the state
/// behind it takes it. What is put in is always taken out, so nothing is ever left to drop.
#[doc(hidden)]
pub struct Early<T>(Option<ManuallyDrop<T>>);

impl<T> Early<T> {
    #[inline(always)]
    pub fn none() -> Self {
        Self(None)
    }

    #[inline(always)]
    pub fn put(&mut self, output: T) {
        self.0 = Some(ManuallyDrop::new(output));
    }

    #[inline(always)]
    pub fn take(&mut self) -> Option<T> {
        self.0.take().map(ManuallyDrop::into_inner)
    }
}

/// Used by `#[tasklet]`: the rest of a step that goes back to a state it came through, out of line.
#[doc(hidden)]
#[inline(never)]
pub fn again<R>(rest: impl FnOnce() -> R) -> R {
    rest()
}

/// Used by `#[tasklet]`: what happens to the fields of a frame. Messages have it and nothing
/// else does, so a field that is none gives one error.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept over an await",
    label = "not a `Message`",
    note = "write #[message] on your own type; a foreign type needs a newtype with #[message]"
)]
pub trait Kept: Sized {
    fn copy(&self) -> Self;
    fn write(&self, out: &mut Writer) -> Result<(), Error>;
    fn read(input: &mut Reader<'_>) -> Result<Self, Error>;
    fn describe(shapes: &mut Shapes);
}

impl<T: Message> Kept for T {
    #[inline(always)]
    fn copy(&self) -> Self {
        self.clone()
    }

    #[inline(always)]
    fn write(&self, out: &mut Writer) -> Result<(), Error> {
        out.leaf(self)
    }

    #[inline(always)]
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        input.leaf()
    }

    fn describe(shapes: &mut Shapes) {
        T::describe(shapes);
    }
}

/// Used by `#[tasklet]`: the `?` of a frame, first half.
#[doc(hidden)]
#[inline(always)]
pub fn branch<T, E>(result: Result<T, E>) -> ControlFlow<E, T> {
    match result {
        Ok(value) => ControlFlow::Continue(value),
        Err(error) => ControlFlow::Break(error),
    }
}

/// Used by `#[tasklet]`: the `?` of a frame, second half.
#[doc(hidden)]
#[inline(always)]
pub fn residual<T, E, F: From<E>>(error: E) -> Result<T, F> {
    Err(error.into())
}

/// Used by `#[tasklet]`: a frame that cannot be written down just now.
#[doc(hidden)]
#[cold]
pub fn no_state(what: &str) -> Error {
    Error::with_detail(Kind::NotPicklable, what)
}

/// Used by `#[tasklet]`: element `AT` of a tuple type that is known by projection only.
#[doc(hidden)]
pub trait Element<const AT: usize> {
    type Type;
}

macro_rules! elements {
    ($($at:literal $name:ident of $($all:ident)+;)*) => {
        $(impl<$($all),+> Element<$at> for ($($all,)+) { type Type = $name; })*
    };
}
elements!(
    0 A of A; 0 A of A B; 0 A of A B C; 0 A of A B C D; 0 A of A B C D E; 0 A of A B C D E F;
    1 B of A B; 1 B of A B C; 1 B of A B C D; 1 B of A B C D E; 1 B of A B C D E F;
    2 C of A B C; 2 C of A B C D; 2 C of A B C D E; 2 C of A B C D E F;
    3 D of A B C D; 3 D of A B C D E; 3 D of A B C D E F;
    4 E of A B C D E; 4 E of A B C D E F;
    5 F of A B C D E F;
);

/// Used by `#[tasklet]`: what an `Option` or `Result` holds, if known by projection only.
#[doc(hidden)]
pub trait Inside {
    type Type;
}

impl<T> Inside for Option<T> {
    type Type = T;
}

impl<T, E> Inside for Result<T, E> {
    type Type = T;
}

/// Used by `#[tasklet]`: the rest of a `Vec` that a loop goes through. Unlike the iterator of
/// the standard library it can be written down.
#[doc(hidden)]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Each<T> {
    /// Last item first, so that taking the next one moves nothing.
    rest: Vec<T>,
}

#[doc(hidden)]
pub fn each<T>(mut items: Vec<T>) -> Each<T> {
    items.reverse();
    Each { rest: items }
}

impl<T> Iterator for Each<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.rest.pop()
    }
}

impl<T: Message> Message for Each<T> {
    fn describe(shapes: &mut Shapes) {
        shapes.word("sequence");
        shapes.part::<T>();
    }
}

/// Used by `#[tasklet]`: the rest of `a..=b` in a loop. The range of the standard library
/// forgets that it is exhausted when it is written down.
#[doc(hidden)]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inclusive<T> {
    rest: Option<(T, T)>,
}

#[doc(hidden)]
pub fn inclusive<T: PartialOrd>(range: RangeInclusive<T>) -> Inclusive<T> {
    Inclusive { rest: (!range.is_empty()).then(|| range.into_inner()) }
}

impl<T: Clone + PartialOrd> Iterator for Inclusive<T>
where
    RangeInclusive<T>: Iterator<Item = T>,
{
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let (start, end) = self.rest.take()?;
        let mut range = start..=end;
        let item = range.next();
        if !range.is_empty() {
            self.rest = Some(range.into_inner());
        }
        item
    }
}

impl<T: Message> Message for Inclusive<T> {
    fn describe(shapes: &mut Shapes) {
        shapes.word("inclusive");
        shapes.part::<T>();
    }
}
