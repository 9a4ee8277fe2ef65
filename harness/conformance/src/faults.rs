//! Errors as the recordings name them.

use switchback::{Error, Kind};

/// The error a program means by a name such as `E1` or `TaskletExit`.
#[must_use]
pub fn named(name: &str) -> Error {
    match name {
        "TaskletExit" => Kind::Exit.into(),
        "StopIteration" => Kind::StopIteration.into(),
        _ => Error::new(name, ""),
    }
}

/// What an operation raises that names an unknown tasklet.
#[must_use]
pub fn unknown_tasklet() -> Error {
    named("E2")
}

/// The class of an error: what error handlers are told.
#[must_use]
pub fn class(error: &Error) -> String {
    match error.kind() {
        Kind::User => error.name().to_owned(),
        Kind::Exit => "TaskletExit".to_owned(),
        Kind::StopIteration => "StopIteration".to_owned(),
        Kind::Closed => "ValueError".to_owned(),
        _ => "RuntimeError".to_owned(),
    }
}

/// The class, and for errors of the model the text of its kind: what events show.
///
/// Only kinds are compared: a detail that a backend adds to an error is not part of it.
#[must_use]
pub fn text(error: &Error) -> String {
    match class(error) {
        class if class == "RuntimeError" && error.kind() != Kind::User => {
            format!("{class}:{}", error.kind().text())
        }
        class => class,
    }
}
