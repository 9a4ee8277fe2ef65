//! What the code that `#[tasklet]` writes refers to.

use std::{
    any::{Any, TypeId},
    marker::PhantomData,
    mem::ManuallyDrop,
    ops::{ControlFlow, RangeInclusive},
};

use serde::{Deserialize, Serialize};

use super::{Frame, Outcome, Waits};
use crate::{
    Backend, Begun, Error, Kind, Message, Operation, Tasklet,
    kernel::Here,
    pickle::{Reader, Writer},
    shape::Shapes,
};

/// Used by `#[tasklet]` where only a type is wanted: never called.
#[doc(hidden)]
pub fn never<T>() -> T {
    unreachable!("this closure only carries a type")
}

/// Used by `#[tasklet]`: begins an operation in the step of a frame.
#[doc(hidden)]
pub struct Entry<'k>(Here<'k>);

impl<'k> Entry<'k> {
    /// # Safety
    /// As [`Operation::begin`], for what it begins.
    #[inline(always)]
    #[must_use]
    pub unsafe fn of(here: Here<'k>) -> Self {
        Self(here)
    }
}

/// Used by `#[tasklet]`: the operation is evaluated outside of unsafe code.
#[doc(hidden)]
#[inline(always)]
pub fn begin<'k, B: Backend, O: Operation<B>>(
    operation: O,
    entry: Entry<'k>,
) -> Begun<'k, O::Output> {
    // SAFETY: promised where the entry was made.
    unsafe { operation.begin(entry.0) }
}

/// Used by `#[tasklet]`: the end of the operation whose type the closure carries.
#[doc(hidden)]
#[inline(always)]
pub fn finish<B: Backend, O: Operation<B>>(_: impl FnOnce() -> O) -> Finish<O::Output> {
    Finish { output: O::finish, short: O::finish_short }
}

/// Used by `#[tasklet]`: how an operation ends when its frame is stepped again.
#[doc(hidden)]
pub struct Finish<T> {
    output: unsafe fn(Here<'_>) -> T,
    short: unsafe fn(Here<'_>) -> Option<T>,
}

impl<T> Finish<T> {
    #[inline(always)]
    pub fn output(self, here: Here<'_>) -> T {
        // SAFETY: only steps of frames have a `Here`. A frame (an unsafe trait) ends the operation
        // that it is suspended in.
        unsafe { (self.output)(here) }
    }

    /// The output, if it is there and nothing else.
    #[inline(always)]
    pub fn short(self, here: Here<'_>) -> Option<T> {
        // SAFETY: as in `output`.
        unsafe { (self.short)(here) }
    }
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
    pub fn of(output: T) -> Self {
        Self(Some(ManuallyDrop::new(output)))
    }

    #[inline(always)]
    pub fn take(&mut self) -> Option<T> {
        self.0.take().map(ManuallyDrop::into_inner)
    }
}

/// Used by `#[tasklet]`, and by the kernel: says that what calls it is seldom reached, so that the
/// frequent path is straight. A jump taken costs more than the few instructions it leaves out.
#[doc(hidden)]
#[cold]
#[inline(always)]
pub fn unlikely() {}

/// Used by `#[tasklet]`: the rest of a step that goes back to a state it came through, or the end of
/// its function, out of line. What all of them need is handed over in registers, so that the call is
/// a jump and the step keeps nothing on the stack.
#[doc(hidden)]
#[inline(always)]
pub fn again<'k, F, O: Outcome<'k, R>, R>(
    here: Here<'k>,
    frame: &mut F,
    outcome: O,
    rest: impl FnOnce(Here<'k>, &mut F, O) -> O::Signal,
) -> O::Signal {
    O::near(apart::<F, O, R>(here, frame, outcome, rest))
}

#[inline(never)]
fn apart<'k, F, O: Outcome<'k, R>, R>(
    here: Here<'k>,
    frame: &mut F,
    outcome: O,
    rest: impl FnOnce(Here<'k>, &mut F, O) -> O::Signal,
) -> O::Far {
    O::far(rest(here, frame, outcome))
}

/// As [`again`], where a step seldom goes.
#[doc(hidden)]
#[inline(always)]
pub fn seldom<'k, F, O: Outcome<'k, R>, R>(
    here: Here<'k>,
    frame: &mut F,
    outcome: O,
    rest: impl FnOnce(Here<'k>, &mut F, O) -> O::Signal,
) -> O::Signal {
    O::near(cold::<F, O, R>(here, frame, outcome, rest))
}

#[cold]
#[inline(never)]
fn cold<'k, F, O: Outcome<'k, R>, R>(
    here: Here<'k>,
    frame: &mut F,
    outcome: O,
    rest: impl FnOnce(Here<'k>, &mut F, O) -> O::Signal,
) -> O::Far {
    O::far(rest(here, frame, outcome))
}

/// Used by `#[tasklet]`: what happens to the fields of a frame. Messages have it and nothing
/// else does, so a field that is none gives one error.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept over an await",
    label = "not a `Message`",
    note = "write #[message] on your own type; keep what a foreign one is made of, or if serde knows it \
            a newtype with #[message]"
)]
pub trait Kept: Sized {
    /// Of messages alone.
    const CHECKED: bool = true;

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

/// Used by `#[tasklet]` where a value is dropped at an await that plain Rust would drop later,
/// which makes no difference if its type has no destructor.
#[doc(hidden)]
#[inline(always)]
pub fn confirm_no_destructor<T>(_: &T) {
    const {
        assert!(
            !std::mem::needs_drop::<T>(),
            "a local whose type is not written has a destructor and is kept over an await: write \
             its type, `let x: Type = ..`, or end it before the await, `drop(x)`"
        );
    }
}

/// As [`confirm_no_destructor`], of a local that is moved away in part.
#[doc(hidden)]
#[inline(always)]
pub fn confirm_no_part<T>(_: &T) {
    const {
        assert!(
            !std::mem::needs_drop::<T>(),
            "a part of a local is moved away before an await, and the rest of it is kept over it: \
             take the local apart with a pattern that names all of its parts"
        );
    }
}

/// As [`confirm_no_destructor`], of a local that may have been moved away.
#[doc(hidden)]
#[inline(always)]
pub fn confirm_no_way<T>(_: &T) {
    const {
        assert!(
            !std::mem::needs_drop::<T>(),
            "a local is moved away on one way to an await and not on another, and its destructor \
             is due behind it: make it an `Option` and `take()` it, or end it on the other way \
             too, with `drop(x)`"
        );
    }
}

/// Used by `#[tasklet]`: a temporary in code with an await behind it, which plain Rust ends behind
/// that await. Here it ends earlier, which makes no difference if nothing can observe its end.
#[doc(hidden)]
#[inline(always)]
pub const fn temporary<T>(_: &T) -> Temporary<T> {
    Temporary(PhantomData)
}

/// The type of a [`temporary`].
#[doc(hidden)]
pub struct Temporary<T>(PhantomData<fn() -> T>);

impl<T: Silent> Temporary<T> {
    #[doc(hidden)]
    #[inline(always)]
    pub const fn __confirm(self) {}
}

/// What `__confirm` of [`Temporary`] and [`Left`] is for the types that are not [`Silent`].
#[doc(hidden)]
pub trait Observed {
    #[doc(hidden)]
    fn __confirm(self);
}

impl<T> Observed for Temporary<T> {
    #[inline(always)]
    fn __confirm(self) {
        const {
            assert!(
                !std::mem::needs_drop::<T>(),
                "a temporary has a destructor and is kept over an await: bind it to a local with a \
                 type first, `let x: Type = ..;`"
            );
        }
    }
}

/// Used by `#[tasklet]`: a part that a pattern leaves in a value which cannot be kept over an await.
#[doc(hidden)]
#[inline(always)]
pub const fn left<T>(_: &T) -> Left<T> {
    Left(PhantomData)
}

/// The type of a part that is [`left`].
#[doc(hidden)]
pub struct Left<T>(PhantomData<fn() -> T>);

impl<T: Silent> Left<T> {
    #[doc(hidden)]
    #[inline(always)]
    pub const fn __confirm(self) {}
}

impl<T> Observed for Left<T> {
    #[inline(always)]
    fn __confirm(self) {
        const {
            assert!(
                !std::mem::needs_drop::<T>(),
                "a part of a value is taken out of it before an await, and the rest has a \
                 destructor: take the value apart with a pattern that names all of its parts"
            );
        }
    }
}

/// Used by `#[tasklet]`: a part of which a pattern binds parts by value. They are copied if its type
/// has a destructor, and the part stays where it is.
#[doc(hidden)]
#[inline(always)]
pub const fn taken_apart<T>(_: &T) -> Apart<T> {
    Apart(PhantomData)
}

/// The type of a part that is [`taken_apart`].
#[doc(hidden)]
pub struct Apart<T>(PhantomData<fn() -> T>);

#[expect(drop_bounds, reason = "whether the type has a destructor of its own is the question")]
impl<T: Drop> Apart<T> {
    #[doc(hidden)]
    #[inline(always)]
    pub fn __confirm(self)
    where
        T: Copied,
    {
    }
}

/// What [`Apart::__confirm`] is for types without a destructor of their own.
#[doc(hidden)]
pub trait TakenApart {
    #[doc(hidden)]
    fn __confirm(self);
}

impl<T> TakenApart for Apart<T> {
    #[inline(always)]
    fn __confirm(self) {}
}

/// Never implemented: see [`taken_apart`].
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this pattern copies out of `{Self}`, which has a destructor and is kept over an \
               await: read its fields instead, `let x: Type = value.field;`",
    label = "its destructor would run too early"
)]
pub trait Copied {}

/// Types of the standard library whose destructor frees memory and does nothing else.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has a destructor and is kept over an await without a name: bind it to a \
               local with a type first, `let x: Type = ..;`",
    label = "its destructor would run too early"
)]
pub trait Silent {}

macro_rules! silent {
    ($($ty:ty)*) => { $(impl Silent for $ty {})* };
}

silent! {
    () bool char u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 String
    std::path::PathBuf std::ffi::OsString std::ffi::CString Box<str>
}

impl<T: ?Sized> Silent for &T {}
impl<T: Silent> Silent for Option<T> {}
impl<T: Silent, E: Silent> Silent for Result<T, E> {}
impl<T: Silent> Silent for Vec<T> {}
impl<T: Silent> Silent for Box<T> {}
impl<T: Silent> Silent for Box<[T]> {}
impl<T: Silent, const N: usize> Silent for [T; N] {}
impl<T: Silent> Silent for std::collections::VecDeque<T> {}
impl<T: Silent> Silent for std::collections::BTreeSet<T> {}
impl<T: Silent> Silent for std::collections::BinaryHeap<T> {}
impl<T: Silent> Silent for std::collections::HashSet<T> {}
impl<K: Silent, V: Silent> Silent for std::collections::BTreeMap<K, V> {}
impl<K: Silent, V: Silent> Silent for std::collections::HashMap<K, V> {}
impl<T: Silent> Silent for std::vec::IntoIter<T> {}
impl<A: Silent, B: Silent> Silent for (A, B) {}
impl<A: Silent, B: Silent, C: Silent> Silent for (A, B, C) {}
impl<A: Silent, B: Silent, C: Silent, D: Silent> Silent for (A, B, C, D) {}

/// Used by `#[tasklet]`: a local that is not used any more and whose destructor is due at the end of
/// its scope; empty if it was moved away, or if its type has no destructor.
#[doc(hidden)]
pub struct Due<T>(Option<T>);

impl<T> Due<T> {
    #[inline(always)]
    pub fn new(value: T) -> Self {
        if std::mem::needs_drop::<T>() { Self(Some(value)) } else { Self(None) }
    }

    #[inline(always)]
    pub fn none() -> Self {
        Self(None)
    }
}

/// Used by `#[tasklet]`: chooses what can be done with a [`Due`] by what its type is.
#[doc(hidden)]
pub struct Keeping<T>(PhantomData<fn() -> T>);

impl<T> Keeping<T> {
    pub const OF: Self = Self(PhantomData);
}

/// Messages are kept as such. The methods are called by name, where a trait of the author may be in
/// scope that has methods for all types: hence names that no author gives.
#[doc(hidden)]
pub trait KeepMessage<T> {
    fn __copy(&self, due: &Due<T>) -> Due<T>;
    fn __write(&self, due: &Due<T>, out: &mut Writer) -> Result<(), Error>;
    fn __read(&self, input: &mut Reader<'_>) -> Result<Due<T>, Error>;
    fn __describe(&self, shapes: &mut Shapes);
}

impl<T: Message> KeepMessage<T> for Keeping<T> {
    fn __copy(&self, due: &Due<T>) -> Due<T> {
        Due(due.0.clone())
    }

    fn __write(&self, due: &Due<T>, out: &mut Writer) -> Result<(), Error> {
        if std::mem::needs_drop::<T>() { out.leaf(&due.0) } else { Ok(()) }
    }

    fn __read(&self, input: &mut Reader<'_>) -> Result<Due<T>, Error> {
        if std::mem::needs_drop::<T>() { Ok(Due(input.leaf()?)) } else { Ok(Due(None)) }
    }

    fn __describe(&self, shapes: &mut Shapes) {
        <Option<T> as Message>::describe(shapes);
    }
}

/// Of all other types only those without a destructor are kept, as nothing.
#[doc(hidden)]
pub trait KeepNothing<T> {
    fn __copy(&self, due: &Due<T>) -> Due<T>;
    fn __write(&self, due: &Due<T>, out: &mut Writer) -> Result<(), Error>;
    fn __read(&self, input: &mut Reader<'_>) -> Result<Due<T>, Error>;
    fn __describe(&self, shapes: &mut Shapes);
}

impl<T> KeepNothing<T> for &Keeping<T> {
    fn __copy(&self, _: &Due<T>) -> Due<T> {
        const {
            assert!(
                !std::mem::needs_drop::<T>(),
                "a local is kept over an await, as its destructor is due behind it, and its type \
                 is no `Message`: write #[message] on the type, or end the local before the \
                 await, `drop(x)`"
            );
        }
        Due(None)
    }

    fn __write(&self, _: &Due<T>, _: &mut Writer) -> Result<(), Error> {
        Ok(())
    }

    fn __read(&self, _: &mut Reader<'_>) -> Result<Due<T>, Error> {
        Ok(Due(None))
    }

    fn __describe(&self, _: &mut Shapes) {}
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

/// Used by `#[tasklet]`: a value that was computed before an await of its own expression and whose
/// type only rustc knows. Code with the same type, which is never run, says what it is.
#[doc(hidden)]
pub struct Erased(Box<dyn ErasedMessage>);

trait ErasedMessage: Any + Send {
    fn copy(&self) -> Erased;
    fn write(&self, out: &mut Writer) -> Result<(), Error>;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<T: Message> ErasedMessage for T {
    fn copy(&self) -> Erased {
        Erased(Box::new(self.clone()))
    }

    fn write(&self, out: &mut Writer) -> Result<(), Error> {
        out.leaf(self)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

impl Erased {
    pub fn new<T: Message>(value: T) -> Self {
        Self(Box::new(value))
    }

    /// The value, which has the type of what `like` returns.
    pub fn like<T: Message>(self, _: impl FnOnce() -> T) -> T {
        match self.0.into_any().downcast::<T>() {
            Ok(value) => *value,
            Err(_) => unreachable!("a state keeps values of one type"),
        }
    }

    pub fn copy(&self) -> Self {
        self.0.copy()
    }

    pub fn write(&self, out: &mut Writer) -> Result<(), Error> {
        self.0.write(out)
    }

    pub fn read<T: Message>(input: &mut Reader<'_>, _: impl FnOnce() -> T) -> Result<Self, Error> {
        Ok(Self::new(input.leaf::<T>()?))
    }

    pub fn describe<T: Message>(shapes: &mut Shapes, _: impl FnOnce() -> T) {
        T::describe(shapes);
    }
}

/// Used by `#[tasklet]`: an operation as a future, which is awaited at once.
#[doc(hidden)]
#[inline(always)]
pub fn future_of<B: Backend, O: Operation<B>>(
    operation: O,
) -> impl Future<Output = O::Output> + Send {
    // SAFETY: calling it is always sound.
    unsafe { operation.awaited() }
}

/// Used by `#[tasklet]` in code that is never run: what an operation gives.
#[doc(hidden)]
pub fn awaited<B: Backend, O: Operation<B>>(_: impl FnOnce() -> O) -> O::Output {
    never()
}

/// Used by `#[tasklet]` in code that is never run: what `?` gives.
#[doc(hidden)]
pub fn tried<T, E>(_: Result<T, E>) -> T {
    never()
}

/// Used by `#[tasklet]`: a type, if the constant has a value.
#[doc(hidden)]
pub trait Whole<const CHECKED: bool> {
    type Whole;
}

impl<T> Whole<true> for T {
    type Whole = T;
}

/// Used by `#[tasklet]`: what a tasklet returns, by whatever name.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a tasklet returns `Result<_, switchback::Error>`, not `{Self}`: convert \
               the error, `.map_err(Error::from_error)?` or `Error::new(..)`",
    label = "expected `Result<_, switchback::Error>`"
)]
pub trait ReturnedAs {
    const CHECKED: bool = true;
    type Value;
}

impl<T> ReturnedAs for Result<T, Error> {
    type Value = T;
}

/// Used by `#[tasklet]`: the error of a tasklet, by whatever name.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the error of a tasklet is `switchback::Error`, not `{Self}`: convert yours, \
               `.map_err(Error::from_error)?` or `Error::new(..)`, or return it in the value, \
               `Result<Result<_, {Self}>, Error>`",
    label = "expected `switchback::Error`"
)]
pub trait ReturnedError {
    const CHECKED: bool = true;
}

impl ReturnedError for Error {}

/// Used by `#[tasklet]`: what a tasklet returns, once that is known to be right. Of what is not right
/// the constant is none, and then rustc takes this for no type at all and says no more about it.
#[doc(hidden)]
pub trait Returned<const CHECKED: bool> {
    type Value;
    type Whole;
}

impl<T> Returned<true> for Result<T, Error> {
    type Value = T;
    type Whole = Self;
}

/// Used by `#[tasklet]` in the place of a type argument of a generic tasklet that is not written:
/// the result of such a call cannot be kept over an await unless its type is, `let x: T = ..`.
#[doc(hidden)]
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct TypeMustBeWritten<B>(PhantomData<fn() -> B>);

impl<B: Clone + 'static> Message for TypeMustBeWritten<B> {}

/// Used by `#[tasklet]`: the rest of a `Vec` that a loop goes through. Unlike the iterator of
/// the standard library it can be written down.
#[doc(hidden)]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Each<T> {
    /// Last item first, so that taking the next one moves nothing.
    rest: Vec<T>,
}

#[doc(hidden)]
pub fn each<T>(items: impl Into<Vec<T>>) -> Each<T> {
    let mut rest = items.into();
    rest.reverse();
    Each { rest }
}

/// The rest is dropped in the order of the loop, as the standard library would; if one panics, the
/// others are dropped nevertheless.
impl<T> Drop for Each<T> {
    fn drop(&mut self) {
        struct Others<'a, T>(&'a mut Vec<T>);
        impl<T> Drop for Others<'_, T> {
            fn drop(&mut self) {
                while let Some(item) = self.0.pop() {
                    drop(item);
                }
            }
        }
        let others = Others(&mut self.rest);
        while let Some(item) = others.0.pop() {
            drop(item);
        }
    }
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

/// Used by `#[tasklet]` in the frame form, never called: rustc looks into the future form, and what
/// it finds at fault there it does not say again about the same tokens here.
///
/// Whether the future can be sent does not matter: that is asked elsewhere, and said there.
#[doc(hidden)]
pub struct Checked<F>(PhantomData<fn() -> F>);

impl<F> Checked<F> {
    pub fn of(_: impl FnOnce() -> F) -> Self {
        Self(PhantomData)
    }
}

impl<F: Send> Checked<F> {
    pub fn look(&self) {}
}

/// For futures that cannot be sent.
#[doc(hidden)]
pub trait LookAway {
    fn look(&self) {}
}

impl<F> LookAway for Checked<F> {}

/// Used by `#[tasklet]`: what a method with a name of the standard library's consuming ones is called
/// on, in code with an await behind it. If it is the author's own method, which only looks, plain
/// Rust ends the temporary behind that await.
#[doc(hidden)]
#[inline(always)]
pub const fn consumed<T>(_: &T) -> Consumed<T> {
    Consumed(PhantomData)
}

/// The type of what is [`consumed`].
#[doc(hidden)]
pub struct Consumed<T>(PhantomData<fn() -> T>);

impl<T: StdConsumed> Consumed<T> {
    #[doc(hidden)]
    #[inline(always)]
    pub const fn __confirm(self) {}
}

impl<T> Observed for Consumed<T> {
    #[inline(always)]
    fn __confirm(self) {
        const {
            assert!(
                !std::mem::needs_drop::<T>(),
                "a temporary has a destructor and is kept over an await: bind it to a local with a \
                 type first, `let x: Type = ..;`"
            );
        }
    }
}

/// Types whose methods of such names are the standard library's.
#[doc(hidden)]
pub trait StdConsumed {}

macro_rules! std_consumed {
    ($([$($generics:tt)*] $ty:ty),* $(,)?) => {
        $(impl<$($generics)*> StdConsumed for $ty {})*
    };
}
std_consumed!(
    [T] Option<T>,
    [T, E] Result<T, E>,
    [T] Vec<T>,
    [T] std::collections::VecDeque<T>,
    [K, V] std::collections::BTreeMap<K, V>,
    [K, V, S] std::collections::HashMap<K, V, S>,
    [] String,
    [T: ?Sized] Box<T>,
    [T: ?Sized] std::rc::Rc<T>,
    [T: ?Sized] std::sync::Arc<T>,
    [T] std::thread::JoinHandle<T>,
    [T] std::vec::IntoIter<T>,
    [T] std::option::IntoIter<T>,
    [T, const N: usize] std::array::IntoIter<T, N>,
    [I, F] std::iter::Map<I, F>,
    [I, F] std::iter::Filter<I, F>,
    [I, F] std::iter::FilterMap<I, F>,
    [I] std::iter::Enumerate<I>,
    [I] std::iter::Rev<I>,
    [I, J] std::iter::Zip<I, J>,
    [I, J] std::iter::Chain<I, J>,
    [I] std::iter::Take<I>,
    [I] std::iter::Skip<I>,
    [I] std::iter::StepBy<I>,
    [I] std::iter::Cloned<I>,
    [I] std::iter::Copied<I>,
    [I: Iterator] std::iter::Peekable<I>,
    [I, F] std::iter::Inspect<I, F>,
    [I, F] std::iter::TakeWhile<I, F>,
    [I, F] std::iter::SkipWhile<I, F>,
);

/// Used by `#[tasklet]`: a receiver that an argument with an await may change. If it is copied, plain
/// Rust copies it before that.
#[doc(hidden)]
#[inline(always)]
pub const fn receiver<T>(_: &T) -> Receiver<T> {
    Receiver(PhantomData)
}

/// The type of a [`receiver`].
#[doc(hidden)]
pub struct Receiver<T>(PhantomData<fn() -> T>);

impl<T: Copy> Receiver<T> {
    #[doc(hidden)]
    #[inline(always)]
    pub fn __confirm(self) {
        const {
            panic!(
                "a value is copied before an argument that awaits may change it: bind the argument \
                 to a local first, `let x: Type = ..;`"
            );
        }
    }
}

impl<T> Observed for Receiver<T> {
    #[inline(always)]
    fn __confirm(self) {}
}

/// Used by `#[tasklet]`: what is indexed in a place that is evaluated behind an await which plain Rust
/// evaluates it before.
#[doc(hidden)]
#[inline(always)]
pub const fn indexed<T: StdIndex + ?Sized>(_: &T) {}

/// The same of what `*` is applied to.
#[doc(hidden)]
#[inline(always)]
pub const fn dereferenced<T: StdDeref>(_: &T) {}

/// Used by `#[tasklet]`: what a field or a method is reached through, in a place that is evaluated
/// behind an await which plain Rust evaluates it before.
#[doc(hidden)]
#[inline(always)]
pub const fn reached<T: ?Sized>(_: &T) -> Reached<T> {
    Reached(PhantomData)
}

/// The type of what is [`reached`].
#[doc(hidden)]
pub struct Reached<T: ?Sized>(PhantomData<fn() -> *const T>);

impl<T: StdDeref> Reached<T> {
    #[doc(hidden)]
    #[inline(always)]
    pub const fn __confirm(self) {}
}

/// What `__confirm` of [`Reached`] is for types with a `Deref` of the author's.
#[doc(hidden)]
pub trait OwnDeref {
    #[doc(hidden)]
    fn __confirm(self);
}

impl<T: std::ops::Deref + ?Sized> OwnDeref for Reached<T> {
    #[inline(always)]
    fn __confirm(self) {
        const {
            panic!(
                "a place is reached through a `Deref` of your own, which may have effects, and \
                 stands before an await of the same expression: bind what awaits to a local first"
            );
        }
    }
}

/// The same for types without.
#[doc(hidden)]
pub trait NoDeref {
    #[doc(hidden)]
    fn __confirm(self);
}

impl<T: ?Sized> NoDeref for &Reached<T> {
    #[inline(always)]
    fn __confirm(self) {}
}

/// Types whose `Index` has no effect but its panic.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an index into `{Self}`, whose `Index` may have effects, stands before an await of the \
               same expression: bind what awaits to a local first",
    label = "evaluated before the await"
)]
pub trait StdIndex {}

/// Types whose `Deref` has no effect.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a `*` of `{Self}`, whose `Deref` may have effects, stands before an await of the same \
               expression: bind what awaits to a local first",
    label = "evaluated before the await"
)]
pub trait StdDeref {}

macro_rules! plain {
    ($name:ident: $([$($generics:tt)*] $ty:ty),* $(,)?) => {
        $(impl<$($generics)*> $name for $ty {})*
    };
}
plain!(StdIndex:
    [T] Vec<T>,
    [T] [T],
    [T, const N: usize] [T; N],
    [T] std::collections::VecDeque<T>,
    [K, V] std::collections::BTreeMap<K, V>,
    [K, V, S] std::collections::HashMap<K, V, S>,
    [] String,
    [] str,
    [T: StdIndex + ?Sized] Box<T>,
    [T: StdIndex + ?Sized] std::rc::Rc<T>,
    [T: StdIndex + ?Sized] std::sync::Arc<T>,
    [T: StdIndex + ?Sized] &T,
    [T: StdIndex + ?Sized] &mut T,
);
plain!(StdDeref:
    [T: ?Sized] Box<T>,
    [T: ?Sized] std::rc::Rc<T>,
    [T: ?Sized] std::sync::Arc<T>,
    [T: ?Sized] &T,
    [T: ?Sized] &mut T,
    [T] Vec<T>,
    [] String,
    [T: ToOwned + ?Sized] std::borrow::Cow<'_, T>,
    [T: ?Sized] std::cell::Ref<'_, T>,
    [T: ?Sized] std::cell::RefMut<'_, T>,
    [T: ?Sized] std::sync::MutexGuard<'_, T>,
);

/// Used by `#[tasklet]`: the right side of `place[..] += value` with a number in the place. If it is a
/// number too, plain Rust evaluates the place behind it.
#[doc(hidden)]
#[inline(always)]
pub const fn number<L, R: SameNumber<L> + Copy>(value: R) -> R {
    value
}

/// The numbers that `+=` and its like take for a number of type `L`, as part of the language.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the place of this assignment is evaluated before or behind its value, depending on its \
               type: bind the index to a local first",
    label = "not a number of the type `{L}`"
)]
pub trait SameNumber<L> {}

macro_rules! same_number {
    ($($ty:ty)*) => { $(impl SameNumber<$ty> for $ty {})* };
}
same_number!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64);

/// Used by `#[tasklet]`: macros that it knows, by the names that the standard library gives them. In
/// scope of the frame form, so that rustc refuses one of the author's of the same name.
#[doc(hidden)]
pub mod std_macros {
    pub use std::{
        assert, assert_eq, assert_ne, dbg, debug_assert, debug_assert_eq, debug_assert_ne, eprint,
        eprintln, format, format_args, matches, panic, print, println, todo, unimplemented,
        unreachable, vec, write, writeln,
    };
}
