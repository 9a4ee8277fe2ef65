//! Lines for people. A reader that leaves early (`| head -1`) ends a list and changes nothing else:
//! what is measured, what is written and the exit code are the same with and without it.

use std::{
    any::Any,
    fmt,
    io::{self, Write},
    panic::{self, AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::results::visible;

/// Whether standard output is for programs, and people read standard error.
static FOR_PROGRAMS: AtomicBool = AtomicBool::new(false);

/// From now on standard output has nothing but what [`record`] writes.
pub fn for_programs() {
    FOR_PROGRAMS.store(true, Ordering::Relaxed);
}

/// What a panic said.
pub(crate) fn of_panic(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a text")
}

/// Whether standard output is for programs.
pub fn are_for_programs() -> bool {
    FOR_PROGRAMS.load(Ordering::Relaxed)
}

/// Prints a line on standard output, or on standard error if the former is for programs.
///
/// # Errors
/// Those of the output, for a caller whose lines are all that it is for.
pub fn list(text: impl fmt::Display) -> io::Result<()> {
    painted(&visible(&text.to_string()))
}

/// Prints a line that may have colours in it, and has nothing else that is not [`visible`].
///
/// # Errors
/// Those of the output.
pub fn painted(line: &str) -> io::Result<()> {
    if are_for_programs() {
        writeln!(io::stderr(), "{line}")
    } else {
        writeln!(io::stdout(), "{line}")
    }
}

/// Prints an object for programs, in a line of its own.
///
/// # Errors
/// Those of the output.
pub fn record(object: &impl Serialize) -> io::Result<()> {
    let line = serde_json::to_string(object)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Columns of a terminal that does not say how many it has.
pub const USUAL_WIDTH: usize = 80;

/// A text of at most so many columns; one that is cut ends with two points.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(2)).chain("..".chars()).collect()
}

/// What colours say, where lines have colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colours {
    on: bool,
}

impl Colours {
    /// As asked for, or as suits the output that people read: on a terminal that shows colours, unless
    /// the variable NO_COLOR has a text.
    #[must_use]
    pub fn new(asked: Option<bool>) -> Self {
        let suits = || {
            let choice = if are_for_programs() {
                AutoStream::choice(&io::stderr())
            } else {
                AutoStream::choice(&io::stdout())
            };
            choice != ColorChoice::Never
        };
        Self { on: asked.unwrap_or_else(suits) }
    }

    /// Colours or none.
    #[cfg(test)]
    pub const fn of(on: bool) -> Self {
        Self { on }
    }

    /// A heading.
    #[must_use]
    pub fn heading(self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    /// The best.
    #[must_use]
    pub fn best(self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    /// A failure.
    #[must_use]
    pub fn failure(self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default().bold(), text)
    }

    /// What is said beside.
    #[must_use]
    pub fn aside(self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    fn paint(self, style: Style, text: &str) -> String {
        let text = visible(text);
        if self.on { format!("{style}{text}{style:#}") } else { text.into_owned() }
    }
}

/// Prints a line about a run. A line that is lost is no fault: files and exit code hold the same.
pub fn say(text: impl fmt::Display) {
    let _ = list(text);
}

/// Prints a line on standard error. If that is lost, the exit code remains.
pub fn complain(text: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{}", visible(&text.to_string()));
}

/// Runs a foreign program part that prints for itself, and panics where it cannot; `None` if it did.
pub fn while_read<T>(work: impl FnOnce() -> T) -> Option<T> {
    mute();
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => Some(done),
        Err(payload) if is_lost_line(&*payload) => None,
        Err(payload) => resume_unwind(payload),
    }
}

/// Whether a panic is that of `println!` and its kin on an output that cannot be written.
pub fn is_lost_line(payload: &(dyn Any + Send)) -> bool {
    of_panic(payload).starts_with("failed printing to std")
}

/// From now on a lost line is not reported as a panic; all else is reported as before.
fn mute() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let earlier = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let text = panic.payload_as_str().unwrap_or_default();
            if !text.starts_with("failed printing to std") {
                earlier(panic);
            }
        }));
    });
}
