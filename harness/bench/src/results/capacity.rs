use serde::{Deserialize, Serialize};

use super::Verdict;

/// How far one backend goes in one thing, found out in a process of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    /// Name of the backend.
    pub backend: String,
    /// What it was asked for: `blocked` or `calls`.
    pub probe: String,
    /// [`Verdict::Ok`] if all that there were came to their right end, however many or few.
    pub verdict: Verdict,
    /// What is counted, in words: "tasklets blocked at once".
    pub unit: String,
    /// How many were asked for.
    pub asked: u64,
    /// How many there were at once, all verified; only with [`Verdict::Ok`].
    pub reached: Option<u64>,
    /// What put an end to it if fewer were reached than asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Memory on the way, ascending; empty where the system does not tell.
    #[serde(default, deserialize_with = "super::nullable", skip_serializing_if = "Vec::is_empty")]
    pub memory: Vec<Memory>,
    /// Why it is not verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The command that finds it out again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reproduce: Option<String>,
}

/// The memory that each took when there were so many.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// How many there were.
    pub count: u64,
    /// Bytes of physical memory for each.
    pub resident: f64,
    /// Bytes of page tables for each.
    pub tables: f64,
}

impl Capacity {
    /// The id `capacity/backend/probe`, as the filter knows it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("capacity/{}/{}", self.backend, self.probe)
    }

    /// The memory of each when there were `count`, if it came so far.
    #[must_use]
    pub fn at(&self, count: u64) -> Option<&Memory> {
        self.memory.iter().find(|memory| memory.count == count)
    }
}
