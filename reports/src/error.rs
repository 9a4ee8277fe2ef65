use std::fmt;
use std::io;
use std::path::PathBuf;

use switchback_bench::{results, text};

/// Why there is no report. The text names the file and the cause; for input, the next step too.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The results cannot be read.
    Results(results::Error),
    /// Another file that the report was to be made from cannot be used.
    Input {
        /// The file meant.
        path: PathBuf,
        /// The cause and the next step.
        cause: String,
    },
    /// The report cannot be written.
    Unwritable {
        /// The file meant.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}

impl From<results::Error> for Error {
    fn from(error: results::Error) -> Self {
        Self::Results(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Results(error) => error.fmt(f),
            Self::Input { path, cause } => {
                write!(f, "{}: {}", path.display(), text::cut(cause))
            }
            Self::Unwritable { path, cause } => {
                write!(f, "{}: the report cannot be written: {cause}", path.display())
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Results(error) => Some(error),
            Self::Input { .. } => None,
            Self::Unwritable { cause, .. } => Some(cause),
        }
    }
}
