use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Which parts of a run a file holds: `cargo bench -- --shard 2/3` measures part 2 of 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// The parts, from 1 and ascending; one, unless a merge has joined several.
    pub parts: Vec<u32>,
    /// How many parts the whole run has.
    pub of: u32,
    /// What was asked for, by name: parts of one run agree in all of it.
    #[serde(default, deserialize_with = "super::nullable")]
    pub settings: BTreeMap<String, String>,
    /// The scenarios of the suite in its order, so that a merge restores it.
    #[serde(default, deserialize_with = "super::nullable", skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<String>,
    /// The backends of the suite in its order.
    #[serde(default, deserialize_with = "super::nullable", skip_serializing_if = "Vec::is_empty")]
    pub backends: Vec<String>,
}

impl Shard {
    /// Most parts of a run.
    pub const MOST: u32 = 1000;

    /// The parts that the file does not hold.
    pub fn missing(&self) -> impl Iterator<Item = u32> {
        (1..=self.of).filter(|part| !self.parts.contains(part))
    }

    /// The sentence about a part that is missing: "part 2 of 3 is missing".
    #[must_use]
    pub fn missing_words(part: u32, of: u32) -> String {
        format!("part {part} of {of} is missing")
    }
}

impl std::fmt::Display for Shard {
    /// "part 2 of 3", "parts 1, 3 of 3".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = self.parts.iter().map(u32::to_string).collect();
        let plural = if parts.len() == 1 { "" } else { "s" };
        write!(f, "part{plural} {} of {}", parts.join(", "), self.of)
    }
}
