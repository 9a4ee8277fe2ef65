//! Verdicts of the conformance suite: `conformance.json`, whose schema is `harness/conformance/conformance.schema.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;
use switchback_bench::results::Run;

use super::{Format, Input, once, read};
use crate::fit::letters;

/// Results of the suite for several backends.
#[derive(Clone, Debug, Deserialize)]
pub struct Conformance {
    /// One entry per backend.
    pub backends: Vec<Backend>,
}

/// Results of one backend.
#[derive(Clone, Debug, Deserialize)]
pub struct Backend {
    /// Its name.
    pub backend: String,
    /// Runs its whole suite.
    pub command: String,
    /// How the suite ended.
    pub outcome: Outcome,
    /// Why it could not run.
    #[serde(default)]
    pub why: Option<String>,
    /// What it declares; true, false or a number.
    #[serde(default)]
    pub capabilities: BTreeMap<String, serde_json::Value>,
    /// Number of cases by verdict.
    pub totals: BTreeMap<String, usize>,
    /// What the statements of the cases say that did not pass, by their ids; empty in files from before this field.
    #[serde(default)]
    pub sentences: BTreeMap<String, String>,
    /// The cases in the order of the suite.
    pub cases: Vec<Case>,
}

/// How a suite ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All cases passed, were not claimed, or failed as declared.
    AsExpected,
    /// Some case came out otherwise.
    Unexpected,
    /// There are no verdicts.
    CouldNotRun,
}

/// One case.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// Its name within the backend.
    pub id: String,
    /// The column it belongs to.
    pub group: String,
    /// Ids of the statements it shows.
    #[serde(default)]
    pub statements: Vec<String>,
    /// How it came out.
    pub verdict: Verdict,
    /// Text of a failure, missing capabilities, reason of a known failure.
    #[serde(default)]
    pub detail: Option<String>,
    /// Runs this case alone.
    #[serde(default)]
    pub replay: Option<String>,
}

/// How a case came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The statement holds.
    Pass,
    /// It does not.
    Fail,
    /// The process of the case died.
    Crash,
    /// It did not end before its deadline.
    Timeout,
    /// It was declared to fail, or not claimed, and works.
    UnexpectedPass,
    /// It fails for a declared reason.
    KnownFail,
    /// The backend does not claim the capability. Never counts as passed.
    Unsupported,
    /// It was left out.
    NotRun,
}

impl Verdict {
    /// All of them: the unexpected ones first, then those that were declared.
    pub(crate) const ALL: [Self; 8] = [
        Self::Fail,
        Self::Crash,
        Self::Timeout,
        Self::UnexpectedPass,
        Self::KnownFail,
        Self::Unsupported,
        Self::NotRun,
        Self::Pass,
    ];

    /// As people say it.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Pass => "passed",
            Self::Fail => "failed",
            Self::Crash => "crashed",
            Self::Timeout => "timed out",
            Self::UnexpectedPass => "passed unexpectedly",
            Self::KnownFail => "known to fail",
            Self::Unsupported => "unsupported",
            Self::NotRun => "not run",
        }
    }

    /// As the file writes it.
    const fn key(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Crash => "crash",
            Self::Timeout => "timeout",
            Self::UnexpectedPass => "unexpected_pass",
            Self::KnownFail => "known_fail",
            Self::Unsupported => "unsupported",
            Self::NotRun => "not_run",
        }
    }

    /// Whether the verdict differs from what was declared.
    pub(crate) const fn is_unexpected(self) -> bool {
        matches!(self, Self::Fail | Self::Crash | Self::Timeout | Self::UnexpectedPass)
    }
}

impl Format for Conformance {
    const SCHEMA: u64 = 2;
    const FILE: &'static str = "conformance.json";
    const MADE_BY: &'static str = "ci/conformance target/switchback";

    fn weight(&self) -> usize {
        self.backends.iter().map(Backend::weight).sum()
    }

    fn check(&self) -> Result<(), String> {
        once("backends", self.backends.iter().map(|one| &one.backend), |id| (*id).clone())?;
        for (index, backend) in self.backends.iter().enumerate() {
            let place = format!("backends[{index}].cases");
            once(&place, backend.cases.iter().map(|case| &case.id), |id| (*id).clone())?;
            for verdict in Verdict::ALL {
                let (said, found) = (
                    backend.totals.get(verdict.key()).copied().unwrap_or(0),
                    backend.cases.iter().filter(|case| case.verdict == verdict).count(),
                );
                if said != found {
                    let (name, words) = (&backend.backend, verdict.words());
                    return Err(format!("{name}: {said} cases {words}, but {found} are listed"));
                }
            }
        }
        Ok(())
    }
}

/// Bytes of the keys and marks of the shortest case: `{"id":"","group":"","verdict":"pass"}`.
const CASE: usize = 36;

/// Numbers of cases by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts([usize; Verdict::ALL.len()]);

impl Counts {
    pub(crate) fn of<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Self {
        let mut counts = Self::default();
        for case in cases {
            counts.0[case.verdict as usize] += 1;
        }
        counts
    }

    pub(crate) const fn get(&self, verdict: Verdict) -> usize {
        self.0[verdict as usize]
    }

    /// Cases that the backend had to pass: those it claims and that were run.
    pub(crate) fn asked(&self) -> usize {
        Verdict::ALL
            .into_iter()
            .filter(|v| !matches!(v, Verdict::Unsupported | Verdict::NotRun))
            .map(|v| self.get(v))
            .sum()
    }

    /// The verdicts that occurred, but for passes, with their numbers.
    pub(crate) fn others(&self) -> impl Iterator<Item = (Verdict, usize)> {
        Verdict::ALL
            .into_iter()
            .filter(|v| *v != Verdict::Pass)
            .map(|v| (v, self.get(v)))
            .filter(|(_, count)| *count > 0)
    }
}

impl Backend {
    /// Fewest bytes of JSON that it can have been read from.
    pub(crate) fn weight(&self) -> usize {
        let case = |case: &Case| {
            let texts = [&case.id, &case.group].into_iter().chain(&case.statements);
            CASE + letters(texts.chain(&case.detail).chain(&case.replay))
        };
        let texts = [&self.backend, &self.command].into_iter().chain(&self.why);
        letters(texts.chain(self.sentences.keys()).chain(self.sentences.values()))
            + self.cases.iter().map(case).sum::<usize>()
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts::of(&self.cases)
    }

    pub(crate) fn group(&self, group: &str) -> Counts {
        Counts::of(self.cases.iter().filter(|case| case.group == group))
    }

    /// The cases that came out otherwise than declared.
    pub(crate) fn unexpected(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.verdict.is_unexpected())
    }
}

impl Input<Conformance> {
    /// The results that suites left beside a run: `conformance.json`, as `ci/conformance` writes it,
    /// or else those that `cargo test` writes to the folder `conformance`, a file for each backend,
    /// in the order of their names, as far as the run is about them. A file that cannot be read
    /// breaks the section, and no more.
    #[must_use]
    pub(crate) fn of_suites(folder: &Path, run: &Run) -> Self {
        let one = Self::beside(folder);
        if !matches!(one, Self::Absent) {
            return one;
        }
        let Ok(found) = fs::read_dir(folder.join(SUITES)) else { return Self::Absent };
        let paths = found.flatten().map(|entry| entry.path());
        let mut paths: Vec<_> =
            paths.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
        paths.sort();
        let suites: Result<Vec<Conformance>, _> = paths.iter().map(|path| read(path)).collect();
        let suites = match suites {
            Err(error) => return Self::Broken(error.to_string()),
            Ok(suites) => suites,
        };
        let measured: BTreeSet<&str> = run
            .results
            .iter()
            .map(|cell| cell.backend.as_str())
            .chain(run.capacity.iter().map(|found| found.backend.as_str()))
            .collect();
        let backends = suites.into_iter().flat_map(|one| one.backends);
        let backends = backends.filter(|one| measured.contains(one.backend.as_str()));
        let all = Conformance { backends: backends.collect() };
        if all.backends.is_empty() {
            return Self::Absent;
        }
        match all.check() {
            Ok(()) => Self::Present(all),
            Err(why) => Self::Broken(format!("{}: {why}", folder.join(SUITES).display())),
        }
    }
}

/// The folder beside a run to which the suites write when all their cases ran.
const SUITES: &str = "conformance";

impl Conformance {
    /// The groups in the order in which they first occur.
    pub(crate) fn groups(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let cases = self.backends.iter().flat_map(|backend| &backend.cases);
        cases.map(|case| case.group.as_str()).filter(|group| seen.insert(*group)).collect()
    }
}
