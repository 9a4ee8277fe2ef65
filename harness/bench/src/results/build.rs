use std::fmt;

use serde::{Deserialize, Serialize};

/// How the program that measured was built. A fact that is missing could not be found out.
///
/// The facts are those of the program, the last of its crates: a package with settings of its own
/// in the profile (`[profile.bench.package.NAME]`) is not told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Cargo's name of the profile: "bench", "release", "dev", or one of the workspace's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Optimisation level, as the profile says it: "0" to "3", "s" or "z".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_level: Option<String>,
    /// Link-time optimisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lto: Option<Lto>,
    /// Most units that the crate was cut into and compiled in parallel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codegen_units: Option<u32>,
    /// What a panic does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panic: Option<Panic>,
    /// Whether debug assertions are checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debug_assertions: Option<bool>,
    /// Whether the overflow of integers is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflow_checks: Option<bool>,
    /// The target, as "x86_64-unknown-linux-gnu".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The processor that code was made for: `-C target-cpu`, or "default" without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_cpu: Option<String>,
    /// The instruction sets that code may use, those of the target among them, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_features: Option<Vec<String>>,
    /// What else RUSTFLAGS told the compiler, in its order: without lints, and without what is a
    /// fact above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flags: Option<Vec<String>>,
}

/// Link-time optimisation, in cargo's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lto {
    /// Nothing asked for: thin among the codegen units of each crate, if the compiler optimizes.
    False,
    /// None, not even within a crate.
    Off,
    /// Among crates, in parallel.
    Thin,
    /// All crates as one.
    Fat,
}

impl fmt::Display for Lto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::False => "false",
            Self::Off => "off",
            Self::Thin => "thin",
            Self::Fat => "fat",
        })
    }
}

/// What a panic does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Panic {
    /// It unwinds the stack.
    Unwind,
    /// It ends the process.
    Abort,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unwind => "unwind",
            Self::Abort => "abort",
        })
    }
}
