//! The arguments of `cargo bench -- ...`: those of criterion, so that its habits and tools carry over.

use std::{ffi::OsString, ops::RangeInclusive};

use clap::Parser;
use regex::Regex;

use crate::settings::{self, Asked, Effort};

/// Measures every cell of the suite, verified, and renders a report.
///
/// A cell is a scenario on a backend at a size; its id is scenario/backend/size. Only the paired
/// measurement is published. With an option of criterion, such as --save-baseline, criterion measures
/// afterwards, for its own baselines and plots.
#[derive(Debug, Parser)]
#[command(name = "switchback-bench", bin_name = "cargo bench --", version, after_help = settings::HELP)]
pub struct Arguments {
    /// Measure only cells whose id matches this regular expression
    #[arg(value_name = "FILTER")]
    filter: Option<String>,
    /// FILTER is a whole id
    #[arg(long)]
    exact: bool,
    /// Measure only the scenarios of this family
    #[arg(long, value_name = "NAME")]
    pub family: Option<String>,
    /// How much to measure: the default leaves out the large sizes of scenarios that take long
    #[arg(long, value_name = "EFFORT", conflicts_with = "quick")]
    pub effort: Option<Effort>,
    /// Programs in other languages to measure as well: all, none, or names and manifests with commas
    /// between them [all that are found]
    #[arg(long, value_name = "NAMES")]
    pub peers: Option<String>,
    /// Measure only part K of N: the parts have about the same to do, are the same on every machine, and
    /// together are all; `switchback-report merge` joins their results
    #[arg(long, value_name = "K/N", allow_hyphen_values = true)]
    pub shard: Option<String>,
    /// Print the ids and measure nothing
    #[arg(long, conflicts_with_all = ["test", "profile_time"])]
    list: bool,
    /// Run and verify every cell once, measure nothing, write nothing
    #[arg(long, conflicts_with_all = ["list", "profile_time"])]
    test: bool,
    /// As --effort quick: short samples, one process; numbers to look at, not to publish
    #[arg(long, conflicts_with = "sample_size")]
    pub quick: bool,
    /// Run each cell for this many seconds under a profiler, measure nothing
    #[arg(long, value_name = "SECONDS", conflicts_with_all = ["test", "list"], value_parser = profiled_seconds, allow_hyphen_values = true)]
    profile_time: Option<f64>,
    /// Run and verify each cell this often, all in this process, and measure nothing: for programs that
    /// count instructions or watch memory
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["test", "list", "profile_time"], value_parser = times, allow_hyphen_values = true)]
    iterations: Option<u64>,
    /// criterion: analyse samples saved earlier, measure nothing
    #[arg(long, value_name = "NAME", requires = "baseline")]
    load_baseline: Option<String>,
    /// json: one JSON object for each result, as run.json has it, and nothing else on standard output
    /// [default: pretty, for people]
    #[arg(long, value_name = "FORM", value_parser = ["pretty", "terse", "json"])]
    pub format: Option<String>,
    /// Colours of the lines [default: auto, where a terminal shows them and NO_COLOR is unset or empty]
    #[arg(short, long, alias = "colour", value_name = "WHEN", value_parser = ["auto", "always", "never"])]
    color: Option<String>,
    /// None of our cells is ignored, so this selects none
    #[arg(long)]
    ignored: bool,
    /// Set by cargo bench; without it the cells are tested, as by --test
    #[arg(long, hide = true)]
    bench: bool,
    #[command(flatten)]
    criterion: ForCriterion,
}

/// Taken and checked here, acted upon by criterion, which reads the same arguments itself.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options for criterion, which measures with one of them only")]
struct ForCriterion {
    /// Save criterion's samples under a name
    #[arg(short, long, value_name = "NAME")]
    save_baseline: Option<String>,
    /// Compare criterion's samples with those saved under a name
    #[arg(short, long, value_name = "NAME", conflicts_with = "save_baseline")]
    baseline: Option<String>,
    /// As --baseline, but passes over cells without such samples
    #[arg(long, value_name = "NAME", conflicts_with_all = ["save_baseline", "baseline"])]
    baseline_lenient: Option<String>,
    /// Save no samples
    #[arg(long)]
    discard_baseline: bool,
    /// Draw no plots
    #[arg(short, long)]
    noplot: bool,
    /// Samples per cell
    #[arg(long, value_name = "COUNT", value_parser = samples, allow_hyphen_values = true)]
    sample_size: Option<usize>,
    /// Seconds of warm-up per cell
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_hyphen_values = true)]
    warm_up_time: Option<f64>,
    /// Seconds of measurement per cell
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_hyphen_values = true)]
    measurement_time: Option<f64>,
    /// Resamples of the bootstrap
    #[arg(long, value_name = "COUNT", value_parser = resamples, allow_hyphen_values = true)]
    nresamples: Option<usize>,
    /// Changes below this share are noise
    #[arg(long, value_name = "SHARE", value_parser = positive, allow_hyphen_values = true)]
    noise_threshold: Option<f64>,
    /// Confidence of the intervals
    #[arg(long, value_name = "SHARE", value_parser = share, allow_hyphen_values = true)]
    confidence_level: Option<f64>,
    /// Significance below which a change counts
    #[arg(long, value_name = "SHARE", value_parser = share, allow_hyphen_values = true)]
    significance_level: Option<f64>,
    /// Program that draws the plots
    #[arg(long, value_parser = ["gnuplot", "plotters"])]
    plotting_backend: Option<String>,
    /// Form of criterion's lines
    #[arg(long, value_parser = ["criterion", "bencher"])]
    output_format: Option<String>,
    /// Print more statistics
    #[arg(short, long)]
    verbose: bool,
    /// Print fewer lines
    #[arg(long, conflicts_with = "verbose")]
    quiet: bool,
    #[arg(long, hide = true)]
    nocapture: bool,
    #[arg(long, hide = true)]
    show_output: bool,
    #[arg(long, hide = true)]
    include_ignored: bool,
}

/// What criterion asserts of a number, and panics about only when it is its turn.
fn number(text: &str, holds: impl Fn(f64) -> bool, expected: &str) -> Result<f64, String> {
    text.parse().ok().filter(|value| holds(*value)).ok_or_else(|| format!("expected {expected}"))
}

/// Longest time that anything is measured for: a day.
const DAY: f64 = 86_400.0;

fn seconds(text: &str) -> Result<f64, String> {
    number(text, |value| (1e-9..=DAY).contains(&value), "seconds above 0, at most 86400")
}

fn profiled_seconds(text: &str) -> Result<f64, String> {
    number(text, |value| (1.0..=DAY).contains(&value), "seconds from 1 to 86400")
}

fn positive(text: &str) -> Result<f64, String> {
    number(text, |value| value > 0.0 && value.is_finite(), "a number above 0, such as 0.01")
}

fn share(text: &str) -> Result<f64, String> {
    number(text, |value| value > 0.0 && value < 1.0, "a number between 0 and 1, such as 0.95")
}

fn count(text: &str, holds: RangeInclusive<usize>) -> Result<usize, String> {
    let wrong = || format!("expected a whole number from {} to {}", holds.start(), holds.end());
    text.parse().ok().filter(|value| holds.contains(value)).ok_or_else(wrong)
}

fn samples(text: &str) -> Result<usize, String> {
    count(text, 10..=1_000_000)
}

fn times(text: &str) -> Result<u64, String> {
    let wrong = || "expected a whole number, 1 or more".to_owned();
    text.parse().ok().filter(|times| *times > 0).ok_or_else(wrong)
}

/// Of a single resample criterion makes no distribution.
fn resamples(text: &str) -> Result<usize, String> {
    count(text, 2..=10_000_000)
}

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Print ids.
    List,
    /// Verify every cell once.
    Test,
    /// Run every cell so often, in this process.
    Repeat(u64),
    /// Paired measurement, report, then criterion.
    Measure,
    /// criterion alone: a profiler watches, or old samples are analysed again.
    CriterionOnly,
}

/// Which cells a run is about.
#[derive(Clone, Debug)]
pub enum Filter {
    /// All.
    All,
    /// Those whose id matches.
    Matching(Regex),
    /// The one with this id.
    Exactly(String),
    /// None.
    Nothing,
}

impl Arguments {
    /// What to do.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if self.list {
            Mode::List
        } else if let Some(iterations) = self.iterations {
            Mode::Repeat(iterations)
        } else if self.test || !self.bench {
            Mode::Test
        } else if self.profile_time.is_some() || self.load_baseline.is_some() {
            Mode::CriterionOnly
        } else {
            Mode::Measure
        }
    }

    /// True if criterion runs cells for as long as a profiler likes.
    #[must_use]
    pub fn profiles(&self) -> bool {
        self.profile_time.is_some()
    }

    /// What the run's parameters depend on. An option of criterion asks for its figures, unless it
    /// is about how they are shown.
    #[must_use]
    pub fn asked(&self) -> Asked {
        let own = &self.criterion;
        let criterion = own.save_baseline.is_some()
            || own.baseline.is_some()
            || own.baseline_lenient.is_some()
            || own.sample_size.is_some()
            || own.warm_up_time.is_some()
            || own.measurement_time.is_some()
            || own.nresamples.is_some()
            || own.noise_threshold.is_some()
            || own.confidence_level.is_some()
            || own.significance_level.is_some()
            || own.plotting_backend.is_some()
            || own.output_format.is_some();
        Asked { quick: self.quick, criterion, json: self.json() }
    }

    /// True if standard output is for programs.
    #[must_use]
    pub fn json(&self) -> bool {
        self.format.as_deref() == Some("json")
    }

    /// Whether lines have colours; nothing if that is left to the terminal.
    #[must_use]
    pub fn colours(&self) -> Option<bool> {
        match self.color.as_deref() {
            Some("always") => Some(true),
            Some("never") => Some(false),
            _ => None,
        }
    }

    /// True if criterion is to draw with a program that may not be there.
    #[must_use]
    pub fn plots_with_gnuplot(&self) -> bool {
        self.criterion.plotting_backend.as_deref() == Some("gnuplot")
    }

    /// With which cells.
    ///
    /// # Errors
    /// If FILTER is not a regular expression.
    pub fn filter(&self) -> Result<Filter, String> {
        Ok(match &self.filter {
            _ if self.ignored => Filter::Nothing,
            None => Filter::All,
            Some(id) if self.exact => Filter::Exactly(id.clone()),
            Some(pattern) => Filter::Matching(
                Regex::new(pattern).map_err(|e| format!("the filter {pattern:?}: {e}"))?,
            ),
        })
    }
}

/// The arguments without `--family`, `--effort`, `--peers`, `--shard` and `--format`, which criterion does
/// not know, or not with our values.
pub fn without_own(mut arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    const OWN: [&str; 5] = ["--family", "--effort", "--peers", "--shard", "--format"];
    let joined = |argument: &OsString| {
        let bytes = argument.as_encoded_bytes();
        OWN.iter().any(|own| {
            bytes.strip_prefix(own.as_bytes()).is_some_and(|rest| rest.starts_with(b"="))
        })
    };
    let mut kept = Vec::new();
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            kept.push(argument);
            break;
        }
        if OWN.iter().any(|own| argument == *own) {
            arguments.next();
        } else if !joined(&argument) {
            kept.push(argument);
        }
    }
    kept.extend(arguments);
    kept
}

impl Filter {
    /// Whether a cell is selected.
    #[must_use]
    pub fn selects(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Matching(pattern) => pattern.is_match(id),
            Self::Exactly(exact) => id == exact,
            Self::Nothing => false,
        }
    }

    /// What was given.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Matching(pattern) => format!("matching {pattern}"),
            Self::Exactly(id) => format!("exactly {id}"),
            Self::Nothing => "none".to_owned(),
        }
    }

    /// Whether the run is about the whole suite.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }
}
