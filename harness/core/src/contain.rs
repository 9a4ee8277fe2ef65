//! Panics of user code, caught and named: the one place where a payload becomes an [`Error`].
//!
//! A payload is user code too: its destructor may panic, and the payload of that panic as well. So
//! a payload is dropped inside of another catch, and what comes out of that is forgotten. Leaking
//! is allowed, an abort is not.

use std::{
    any::Any,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::{Error, Kind};

/// Runs the body of the tasklet `name`; a panic of it is its error.
///
/// Backends run bodies through this, and all that destructors of a body may do with it.
///
/// ```
/// use switchback::{Error, Kind, contain};
/// let error = contain("main::lookup", || -> Result<(), Error> { panic!("no map") }).unwrap_err();
/// assert_eq!((error.kind(), error.detail()), (Kind::Panicked, "main::lookup: no map"));
/// ```
///
/// # Errors
/// Those of the body; [`Kind::Panicked`] with the name and the text of the panic.
#[inline]
pub fn contain<T>(name: &str, body: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(result) => result,
        Err(payload) => Err(panicked(name, payload)),
    }
}

/// Drops a value of user code; a panic of its destructor is an error.
///
/// # Errors
/// [`Kind::Panicked`] with the text of the panic.
#[inline]
pub fn dispose<T>(value: T) -> Result<(), Error> {
    contain("a destructor", || {
        drop(value);
        Ok(())
    })
}

/// The end of a tasklet that never runs: `destructors` drops what it was made of.
///
/// # Errors
/// The reason; the panic of a destructor in place of the exit.
#[cold]
pub fn give_up<T>(reason: Error, destructors: impl FnOnce()) -> Result<T, Error> {
    let dropped = contain("a destructor", || {
        destructors();
        Ok(())
    });
    first(Err(reason), dropped)
}

/// A caught panic of the tasklet `name` as its error. The payload is dropped, come what may.
#[cold]
#[must_use]
pub fn panicked(name: &str, payload: Box<dyn Any + Send>) -> Error {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("a panic without a text");
    let detail = if name.is_empty() { text.to_owned() } else { format!("{name}: {text}") };
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(second);
    }
    Error::with_detail(Kind::Panicked, detail)
}

/// What counts of the result of an operation or a tasklet and of a destructor that ran at its end:
/// an error stays, but for the exit, which says less than a panic.
pub(crate) fn first<T>(
    result: Result<T, Error>,
    destructor: Result<(), Error>,
) -> Result<T, Error> {
    match (result, destructor) {
        (Err(error), Err(_)) if !error.is_exit() => Err(error),
        (_, Err(panicked)) => Err(panicked),
        (result, Ok(())) => result,
    }
}
