use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use super::SCHEMA;
use crate::text;

/// Why a results file could not be read or written. The text names the file, the cause and the next step.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    kind: ErrorKind,
}

/// The causes.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no such file.
    Missing,
    /// The file has no content.
    Empty,
    /// The content is not JSON, or ends early.
    NotJson {
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What the parser says.
        cause: String,
    },
    /// The file was written by a newer program.
    Newer {
        /// Its schema.
        found: u64,
    },
    /// A field is missing or holds something else.
    Field {
        /// Where, as `results[3].verdict`; empty for the top of the file.
        place: String,
        /// What is wrong there.
        cause: String,
    },
    /// It exists, and is no file, no text, or cannot be read.
    Unreadable(text::Error),
    /// The file or its folder cannot be written.
    Unwritable(io::Error),
}

impl Error {
    pub(super) fn new(path: &Path, kind: ErrorKind) -> Self {
        Self(Box::new(Inner { path: path.to_owned(), kind }))
    }

    /// The cause.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The results file meant.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }
}

/// What to do about content that is of no use.
const AGAIN: &str = "; `cargo bench` makes it anew";

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.0.path.display())?;
        match &self.0.kind {
            ErrorKind::Missing => f.write_str("no such file: run `cargo bench` to make one"),
            ErrorKind::Empty => f.write_str("the file is empty: run `cargo bench` again"),
            ErrorKind::NotJson { line, column, cause } => {
                let cause = text::cut(cause);
                write!(f, "not JSON: {cause} at line {line}, column {column}{AGAIN}")
            }
            ErrorKind::Newer { found } => write!(
                f,
                "schema {found} is newer than this program knows ({SCHEMA}): update switchback-report"
            ),
            ErrorKind::Field { place, cause } if place.is_empty() => {
                write!(f, "{}{AGAIN}", text::cut(cause))
            }
            ErrorKind::Field { place, cause } => {
                write!(f, "{}: {}{AGAIN}", text::cut(place), text::cut(cause))
            }
            ErrorKind::Unreadable(cause @ text::Error::NoText { .. }) => {
                write!(f, "{cause}{AGAIN}")
            }
            ErrorKind::Unreadable(cause) => cause.fmt(f),
            ErrorKind::Unwritable(cause) => write!(f, "cannot be written: {cause}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            ErrorKind::Unreadable(cause) => Some(cause),
            ErrorKind::Unwritable(cause) => Some(cause),
            _ => None,
        }
    }
}
