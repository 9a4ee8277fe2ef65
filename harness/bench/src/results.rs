//! What a run leaves behind: `run.json`, schema 1. `FORMAT.md` describes every field.

mod about;
mod build;
mod capacity;
mod check;
mod error;
mod file;
mod shard;

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

pub use self::{
    about::{About, AboutBackend, Elsewhere, Plot},
    build::{Build, Lto, Panic},
    capacity::{Capacity, Memory},
    check::{Contradiction, no_name},
    error::{Error, ErrorKind},
    file::{read, write},
    shard::Shard,
};
use crate::{text, witness::Witness};

/// The schema this program writes, and the newest it reads.
pub const SCHEMA: u32 = 1;

/// A whole results file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Version of the format; [`SCHEMA`].
    pub schema: u32,
    /// Where and with what the results were made.
    pub environment: Environment,
    /// One entry per cell, in the order of the suite.
    pub results: Vec<CellResult>,
    /// What the scenarios of the results are about, in the order of the suite.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<About>,
    /// What the backends of the results are, in the order of the suite.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Vec::is_empty")]
    pub backends: Vec<AboutBackend>,
    /// How far the backends go, in the order of the suite.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Vec::is_empty")]
    pub capacity: Vec<Capacity>,
    /// True once every selected cell has its verdict; false in a file left by an interrupted run.
    #[serde(default, deserialize_with = "nullable")]
    pub complete: bool,
    /// Which parts of a run these results are; none if they are a whole one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// What a run that was merged lacks, a sentence each: it is not complete then.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// The energy that the processors took while cells were measured; none where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy: Option<Energy>,
}

/// Reads a field that may be `null`, which means the same as leaving it out.
fn nullable<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Whether a reader of a text takes the character for something else: a control, a mark that turns
/// the direction of what follows, an invisible line end or blank, a code point that is no
/// character.
#[must_use]
pub fn is_treacherous(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => true,
        '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{feff}' => true,
        '\u{2066}'..='\u{2069}' | '\u{fdd0}'..='\u{fdef}' => true,
        c => c.is_control() || u32::from(c) & 0xfffe == 0xfffe,
    }
}

/// A text as it is shown, on pages, in JUnit XML and on terminals: what a reader would take for
/// something else is written as an escape. Whatever comes from a file or a backend goes through here.
///
/// ```
/// use switchback_bench::results::visible;
/// assert_eq!(visible("a\0b\u{202e}c"), r"a\u{0}b\u{202e}c");
/// assert_eq!(visible("two\nlines"), "two\nlines");
/// ```
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_treacherous) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_treacherous(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// A number as messages say it: no more digits than tell it from its neighbours, and an exponent instead of
/// many zeros.
///
/// ```
/// use switchback_bench::results::number;
/// assert_eq!([40.0, 5.25, 1e300, 1e-9].map(number), ["40", "5.25", "1e300", "1e-9"]);
/// ```
#[must_use]
pub fn number(value: f64) -> String {
    let text = format!("{value:?}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

impl Run {
    /// A run without results yet.
    #[must_use]
    pub const fn new(environment: Environment) -> Self {
        Self {
            schema: SCHEMA,
            environment,
            results: Vec::new(),
            scenarios: Vec::new(),
            backends: Vec::new(),
            capacity: Vec::new(),
            complete: false,
            shard: None,
            missing: Vec::new(),
            energy: None,
        }
    }

    /// The result of a cell, if the run has one.
    #[must_use]
    pub fn find(&self, scenario: &str, backend: &str, size: u64) -> Option<&CellResult> {
        self.results
            .iter()
            .find(|r| r.scenario == scenario && r.backend == backend && r.size == size)
    }
}

/// The machine, the compiler and the state of the sources. What cannot be found out is "unknown".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Model name of the processor.
    pub cpu: String,
    /// Logical cores the process may use.
    pub cores: usize,
    /// Operating system and its version.
    pub kernel: String,
    /// Version of the compiler, with host and LLVM.
    pub rustc: String,
    /// Cargo's family of the build profile ("release" or "debug") and the optimisation level of
    /// the harness; [`build`](Self::build) is exact.
    pub profile: String,
    /// How the program that measured was built; none in files from before this was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
    /// Revision of the sources; `+` and a digest of the changes if there are uncommitted ones.
    pub commit: String,
    /// Digest of the program that measured, as 16 hexadecimal digits: sources outside of the
    /// revision, such as a dependency by path, show in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Start of the run, UTC, as `2026-01-31T12:00:00Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// Seed of the order of samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// What processor packages took in a time: all of it, by whatever ran there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Energy {
    /// Joules of all packages.
    pub joules: f64,
    /// The time, in seconds.
    pub seconds: f64,
    /// How many packages were counted.
    pub packages: usize,
}

/// Whether a cell earned a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every sample did the scenario's work.
    Ok,
    /// The results are wrong, or the run returned an error.
    Failed,
    /// The backend does not claim to be able to; decided before anything ran.
    Unsupported,
    /// The results are right but another amount of work led to them.
    #[serde(rename = "different work")]
    DifferentWork,
    /// The run panicked or its process died.
    Crash,
    /// The run did not end before its deadline.
    Timeout,
}

impl Verdict {
    /// The words used in the file and in reports.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Unsupported => "unsupported",
            Self::DifferentWork => "different work",
            Self::Crash => "crash",
            Self::Timeout => "timeout",
        }
    }

    /// True if the run must end with an error: everything but `Ok` and `Unsupported`.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        !matches!(self, Self::Ok | Self::Unsupported)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.text())
    }
}

/// What is known of one cell: a scenario on a backend at a size. Times only with [`Verdict::Ok`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellResult {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the backend.
    pub backend: String,
    /// Size of the scenario, in the scenario's own measure.
    pub size: u64,
    /// Whether there is a number, and if not, why.
    pub verdict: Verdict,
    /// What the times count, in words: "nanoseconds per send and receive pair".
    pub unit: String,
    /// Median over all samples, in `unit`.
    pub median: Option<f64>,
    /// Lower end of the confidence interval of the median, in `unit`.
    pub low: Option<f64>,
    /// Upper end of the confidence interval of the median, in `unit`.
    pub high: Option<f64>,
    /// Median over rounds of this cell's time divided by the reference's in the same round.
    pub ratio: Option<f64>,
    /// Backend name of the reference the ratio divides by.
    pub reference: Option<String>,
    /// What the cell proved to have done.
    pub witness: Option<Witness>,
    /// Lower end of the confidence interval of the ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio_low: Option<f64>,
    /// Upper end of the confidence interval of the ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio_high: Option<f64>,
    /// Noise band of this scenario and size: the reference against itself; 0.003 is 0.3 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<f64>,
    /// Clock behind `median` and `ratio`: "thread CPU" or "wall".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<String>,
    /// Median by the thread CPU clock, in `unit`, whichever clock counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<f64>,
    /// Median by the wall clock, in `unit`, whichever clock counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall: Option<f64>,
    /// Timed samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<usize>,
    /// Iterations in each sample; the median over processes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u64>,
    /// Fresh processes the samples come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processes: Option<usize>,
    /// What it took until the times of a program in another language were stable; the longest of its
    /// processes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<WarmUp>,
    /// Bytes of resident memory that one iteration reached above what its process held before; none where the
    /// system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory: Option<u64>,
    /// Why there is no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The command that measures this cell again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reproduce: Option<String>,
}

/// What it took until the times of another program were stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmUp {
    /// Samples that were taken before the first that counts.
    pub samples: u64,
    /// Whether the last of them were alike.
    pub stable: bool,
}

/// Fewest samples that an interval can rest on: the least ranks that bound a median with 95 % confidence
/// are those of six.
pub const FEWEST_SAMPLES: usize = 6;

impl std::fmt::Display for WarmUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let when = if self.stable { "stable" } else { "not stable" };
        write!(f, "{when} after {} samples", self.samples)
    }
}

impl CellResult {
    /// A result without times. Of folders of this machine that its reason names, only the last name stays.
    #[must_use]
    pub fn untimed(
        scenario: &str,
        backend: &str,
        size: u64,
        unit: &str,
        verdict: Verdict,
        why: Option<String>,
    ) -> Self {
        let mut result = Self {
            scenario: scenario.to_owned(),
            backend: backend.to_owned(),
            size,
            verdict,
            unit: unit.to_owned(),
            median: None,
            low: None,
            high: None,
            ratio: None,
            reference: None,
            witness: None,
            ratio_low: None,
            ratio_high: None,
            band: None,
            clock: None,
            cpu: None,
            wall: None,
            samples: None,
            iterations: None,
            processes: None,
            warm_up: None,
            peak_memory: None,
            why: why.map(|why| text::without_folders(&why).into_owned()),
            reproduce: None,
        };
        result.reproduce = Some(format!("cargo bench -- --exact {}", result.id()));
        result
    }

    /// The id `scenario/backend/size`, as criterion and the filter know it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}/{}", self.scenario, self.backend, self.size)
    }
}
