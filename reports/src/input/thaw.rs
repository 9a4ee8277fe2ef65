//! Where tasklets written down in one process go on: `freeze_thaw.json`, described in `scenarios/README.md`.

use serde::Deserialize;

use super::Format;

/// Which pickles were resumed where.
#[derive(Clone, Debug, Deserialize)]
pub struct Thaw {
    /// One entry per pair of places.
    pub cells: Vec<Place>,
    /// How large pickles are.
    #[serde(default)]
    pub sizes: Vec<Size>,
}

/// Pickles of one backend, from one place to another.
#[derive(Clone, Debug, Deserialize)]
pub struct Place {
    /// The backend.
    pub backend: String,
    /// What wrote the bytes.
    pub dumped_by: String,
    /// What went on from them.
    pub resumed_in: String,
    /// `pass`, `fail` or `unsupported`.
    pub verdict: Moved,
    /// Runs that were carried over.
    pub journeys: u64,
    /// Points at which they were.
    pub points: u64,
    /// What went wrong, or the missing capability.
    #[serde(default)]
    pub detail: String,
}

/// How it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    /// Every run came to its right end.
    Pass,
    /// One did not.
    Fail,
    /// The backend makes no pickles.
    Unsupported,
    /// It was left out.
    NotRun,
}

/// The size of some pickle.
#[derive(Clone, Debug, Deserialize)]
pub struct Size {
    /// What is in it.
    pub what: String,
    /// How many of that.
    pub count: u64,
    /// Bytes of the whole pickle.
    pub bytes: u64,
}

impl Thaw {
    /// Where bytes are resumed, in the order in which the places first occur; the places of unsupported cells are none.
    pub(crate) fn places(&self) -> Vec<&str> {
        let mut places = Vec::new();
        for cell in self.cells.iter().filter(|cell| cell.verdict != Moved::Unsupported) {
            if !places.contains(&cell.resumed_in.as_str()) {
                places.push(&cell.resumed_in);
            }
        }
        places
    }

    /// The rows: backend and what wrote the bytes.
    pub(crate) fn rows(&self) -> Vec<(&str, &str)> {
        let mut rows = Vec::new();
        for cell in &self.cells {
            let row = (cell.backend.as_str(), cell.dumped_by.as_str());
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        rows
    }

    pub(crate) fn find(&self, row: (&str, &str), place: &str) -> Option<&Place> {
        let at = |cell: &&Place| (cell.backend.as_str(), cell.dumped_by.as_str()) == row;
        self.cells.iter().filter(at).find(|cell| cell.resumed_in == place)
    }

    pub(crate) fn row<'a>(
        &'a self,
        (backend, by): (&'a str, &'a str),
    ) -> impl Iterator<Item = &'a Place> {
        self.cells.iter().filter(move |cell| cell.backend == backend && cell.dumped_by == by)
    }
}

impl Format for Thaw {
    const SCHEMA: u64 = 1;
    const FILE: &'static str = "freeze_thaw.json";
    const MADE_BY: &'static str = "ci/freeze-thaw target/switchback";
}
