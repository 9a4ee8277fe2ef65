//! The results of a run of the suite: `conformance.json`, JUnit XML, Markdown.

mod junit;
mod ladder;
mod lesson;
mod markdown;
mod results;

use std::io;
use std::path::Path;

pub(crate) use lesson::{ADAPTER, FILTERED, KNOWN, NOT_TRIED};
pub use results::{Ended, Outcome, Report, Results, SCHEMA};
pub(crate) use results::{sentences, totals};

/// Most bytes of a summary: services refuse one of 1 MiB.
pub const LIMIT: usize = 1_000_000;

impl Outcome {
    /// One line about a failure, for lists.
    #[must_use]
    pub fn brief(&self) -> String {
        lesson::brief(self)
    }
}

impl Report {
    /// The end of the output of a run: what failed, from basic to derived, the count, and the most
    /// basic failure with the command that repeats it.
    #[must_use]
    pub fn lesson(&self) -> String {
        lesson::lesson(self, true)
    }

    /// The same without the text of the failure, which is shown already.
    pub(crate) fn short_lesson(&self) -> String {
        lesson::lesson(self, false)
    }

    /// What is said after a run of all cases in which none failed: which capabilities would try
    /// most more cases, what each of them is worth, and how far up the ladder the backend is.
    #[must_use]
    pub fn next_steps(&self) -> String {
        ladder::next_steps(self)
    }

    /// The JUnit XML of the run.
    ///
    /// # Errors
    /// None that is known of; the library that writes it may name one.
    pub fn junit(&self) -> Result<String, String> {
        junit::xml(self)
    }

    /// A summary for people, smaller than `limit` bytes; what does not fit is counted.
    #[must_use]
    pub fn markdown(&self, limit: usize) -> String {
        markdown::summary(std::slice::from_ref(self), limit)
    }

    /// Writes `BACKEND.json`, `BACKEND.junit.xml` and `BACKEND.md` into a folder.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let results = Results {
            schema: SCHEMA,
            switchback: env!("CARGO_PKG_VERSION").to_owned(),
            commit: None,
            backends: vec![self.clone()],
        };
        let json = serde_json::to_string_pretty(&results)? + "\n";
        let junit = self.junit().map_err(io::Error::other)?;
        let file = |ending: &str| folder.join(format!("{}.{ending}", self.backend));
        std::fs::write(file("json"), json)?;
        std::fs::write(file("junit.xml"), junit)?;
        std::fs::write(file("md"), self.markdown(LIMIT))
    }
}

impl Results {
    /// A summary for people, smaller than `limit` bytes; what does not fit is counted.
    #[must_use]
    pub fn markdown(&self, limit: usize) -> String {
        markdown::summary(&self.backends, limit)
    }
}
