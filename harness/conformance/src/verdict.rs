//! What became of a case.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// The backend does not declare a capability that it needs. Decided before anything runs,
    /// never counted as passed.
    Unsupported,
    /// It does not hold, as the owner of the backend declared.
    KnownFail,
    /// It holds although the owner of the backend declared that it does not, or something works
    /// that the backend does not claim.
    UnexpectedPass,
    /// The process that ran it ended.
    Crash,
    /// It took longer than its limit.
    Timeout,
    /// It was not run: the smoke tier failed, its failure was seen often enough in other cases, or a
    /// filter left it out.
    NotRun,
}

impl Verdict {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Pass,
        Self::Fail,
        Self::Unsupported,
        Self::KnownFail,
        Self::UnexpectedPass,
        Self::Crash,
        Self::Timeout,
        Self::NotRun,
    ];

    /// True for what makes a run of the suite fail.
    #[must_use]
    pub fn unexpected(self) -> bool {
        matches!(self, Self::Fail | Self::UnexpectedPass | Self::Crash | Self::Timeout)
    }

    /// Its name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unsupported => "unsupported",
            Self::KnownFail => "known_fail",
            Self::UnexpectedPass => "unexpected_pass",
            Self::Crash => "crash",
            Self::Timeout => "timeout",
            Self::NotRun => "not_run",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}
