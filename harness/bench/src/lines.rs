//! Lines for people. A reader that leaves early (`| head -1`) ends a list and changes nothing else:
//! what is measured, what is written and the exit code are the same with and without it.

use std::{
    any::Any,
    fmt,
    io::{self, Write},
    panic::{self, AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Once,
};

use crate::results::visible;

/// What a panic said.
pub(crate) fn of_panic(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a text")
}

/// Prints a line on standard output.
///
/// # Errors
/// Those of the output, for a caller whose lines are all that it is for.
pub fn list(text: impl fmt::Display) -> io::Result<()> {
    writeln!(io::stdout(), "{}", visible(&text.to_string()))
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
