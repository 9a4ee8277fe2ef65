/// What a report shows beside a run. Everything is optional; the default is a report of the run alone.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Extras {
    /// Verdicts of the conformance suite, backend by group of statements.
    pub conformance: Option<Conformance>,
}

impl Extras {
    /// Adds the conformance matrix.
    #[must_use]
    pub fn with_conformance(mut self, conformance: Conformance) -> Self {
        self.conformance = Some(conformance);
        self
    }
}

/// Conformance of every backend, by group of statements.
#[derive(Clone, Debug, Default)]
pub struct Conformance {
    /// Titles of the groups, in the order of the columns.
    pub groups: Vec<String>,
    /// One row per backend.
    pub rows: Vec<ConformanceRow>,
}

/// Conformance of one backend.
#[derive(Clone, Debug, Default)]
pub struct ConformanceRow {
    /// Name of the backend.
    pub backend: String,
    /// One tally per group; a missing one shows as not run.
    pub tallies: Vec<Tally>,
}

/// Numbers of cases by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cases that hold.
    pub passed: usize,
    /// Cases that do not hold, crashed or timed out.
    pub failed: usize,
    /// Cases that fail for a declared reason.
    pub known: usize,
    /// Cases the backend does not claim to support. They never count as passed.
    pub unsupported: usize,
}
