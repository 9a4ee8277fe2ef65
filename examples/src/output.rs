//! Standard output. A reader may leave it early, as `head -1` does.

use std::io::{self, Write as _};

/// Prints a text. If its reader has left, that is no error.
///
/// # Errors
/// Why it cannot be written, in one line.
pub fn print(text: &str) -> Result<(), String> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|cause| format!("standard output: {cause}")),
    }
}
