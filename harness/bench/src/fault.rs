//! What keeps a cell from getting a number.

use serde::{Deserialize, Serialize};

use crate::results::Verdict;

/// Why a cell gets no number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The verdict; never `Ok`.
    pub verdict: Verdict,
    /// The text for people.
    pub why: String,
}
