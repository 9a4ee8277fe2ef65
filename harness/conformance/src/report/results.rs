//! What a run found out, as data and as the file of results.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use switchback::Capabilities;

use crate::{Case, Verdict, basic};

/// Version of the format, which `conformance.schema.json` describes.
pub const SCHEMA: u32 = 2;

/// What was found out about some backends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Version of the suite.
    pub switchback: String,
    /// Revision of the repository, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// One per backend.
    pub backends: Vec<Report>,
}

/// What was found out about one backend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Name of the backend.
    pub backend: String,
    /// Package of its suite.
    pub package: String,
    /// Command that runs the whole suite.
    pub command: String,
    /// How the run ended.
    pub outcome: Ended,
    /// Why it could not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What the backend declares.
    pub capabilities: Capabilities,
    /// Number of cases by verdict; all verdicts are there.
    pub totals: BTreeMap<Verdict, usize>,
    /// What the statements of the cases say that did not pass, so that a reader of the results needs
    /// no other page.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sentences: BTreeMap<String, String>,
    /// Every case, in the order of the suite.
    pub cases: Vec<Outcome>,
}

/// How a run of the suite ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Every case that ran has the verdict it should have; exit code 0.
    AsExpected,
    /// Some case failed, crashed, took too long or passed unexpectedly; exit code 1.
    Unexpected,
    /// Nothing could be found out; exit code 2.
    CouldNotRun,
}

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Name of the case.
    pub id: String,
    /// Group it is counted in.
    pub group: String,
    /// Ids of the statements it shows.
    pub statements: Vec<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// Text of a failure, missing capabilities, reason of a known failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Command that runs this case alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
    /// Wall-clock time; 0 if it was not run.
    pub seconds: f64,
    /// What failures of one cause have in common; not written down.
    #[serde(skip)]
    pub sign: Option<String>,
}

impl Outcome {
    /// A verdict without a time.
    #[must_use]
    pub fn of(case: &Case, verdict: Verdict, detail: Option<String>) -> Self {
        Self {
            id: case.id().to_owned(),
            group: case.group().to_owned(),
            statements: case.statements().to_vec(),
            verdict,
            detail,
            replay: None,
            seconds: 0.0,
            sign: None,
        }
    }
}

/// Number of cases by verdict.
pub(crate) fn totals(cases: &[Outcome]) -> BTreeMap<Verdict, usize> {
    let number = |verdict| cases.iter().filter(|case| case.verdict == verdict).count();
    Verdict::ALL.map(|verdict| (verdict, number(verdict))).into()
}

/// The sentences of the statements that cases show which did not pass.
pub(crate) fn sentences(cases: &[Outcome]) -> BTreeMap<String, String> {
    let others = cases.iter().filter(|case| case.verdict != Verdict::Pass);
    let said = others.flat_map(|case| &case.statements);
    let said = said.map(|id| (id.clone(), basic::sentence(id).to_owned()));
    said.filter(|(_, sentence)| !sentence.is_empty()).collect()
}

impl Report {
    /// Exit code of the run: 0, 1 or 2.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.outcome {
            Ended::AsExpected => 0,
            Ended::Unexpected => 1,
            Ended::CouldNotRun => 2,
        }
    }

    /// Number of cases with that verdict.
    #[must_use]
    pub fn total(&self, verdict: Verdict) -> usize {
        self.totals.get(&verdict).copied().unwrap_or(0)
    }

    /// The outcome of the case with that name.
    #[must_use]
    pub fn case(&self, id: &str) -> Option<&Outcome> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// The cases that make the run fail.
    pub fn unexpected(&self) -> impl Iterator<Item = &Outcome> {
        self.cases.iter().filter(|case| case.verdict.unexpected())
    }

    /// The report on a part of the cases.
    #[must_use]
    pub fn only(&self, chosen: impl Fn(&Outcome) -> bool) -> Self {
        let cases: Vec<Outcome> = self.cases.iter().filter(|case| chosen(case)).cloned().collect();
        Self { totals: totals(&cases), sentences: sentences(&cases), cases, ..self.clone() }
    }
}

impl Results {
    /// Reads results.
    ///
    /// # Errors
    /// What is wrong with them and where.
    pub fn read(text: &str) -> Result<Self, String> {
        // A byte order mark is no part of JSON, but some editors put it in front.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let results: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if results.schema == SCHEMA {
            return Ok(results);
        }
        Err(format!("schema {} of the results is unknown; this is {SCHEMA}", results.schema))
    }
}
