//! Where tasklets written down in one process go on: `freeze_thaw.json`, described in `scenarios/README.md`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Format, once};
use crate::fit::letters;

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
        let mut seen = BTreeSet::new();
        let cells = self.cells.iter().filter(|cell| cell.verdict != Moved::Unsupported);
        cells.map(|cell| cell.resumed_in.as_str()).filter(|place| seen.insert(*place)).collect()
    }

    /// The cells of each row, in the order in which the rows first occur. A row is a backend and what wrote the bytes.
    pub(crate) fn rows(&self) -> Vec<((&str, &str), Vec<&Place>)> {
        let mut rows: Vec<((&str, &str), Vec<&Place>)> = Vec::new();
        let mut known = BTreeMap::new();
        for cell in &self.cells {
            let row = (cell.backend.as_str(), cell.dumped_by.as_str());
            let at = *known.entry(row).or_insert_with(|| {
                rows.push((row, Vec::new()));
                rows.len() - 1
            });
            rows[at].1.push(cell);
        }
        rows
    }
}

impl Format for Thaw {
    const SCHEMA: u64 = 1;
    const FILE: &'static str = "freeze_thaw.json";
    const MADE_BY: &'static str = "ci/freeze-thaw target/switchback";

    fn weight(&self) -> usize {
        let cell = |cell: &Place| {
            80 + letters([&cell.backend, &cell.dumped_by, &cell.resumed_in, &cell.detail])
        };
        let size = |size: &Size| 30 + letters([&size.what]);
        self.cells.iter().map(cell).sum::<usize>() + self.sizes.iter().map(size).sum::<usize>()
    }

    fn check(&self) -> Result<(), String> {
        let cells =
            self.cells.iter().map(|cell| (&cell.backend, &cell.dumped_by, &cell.resumed_in));
        once("cells", cells, |(backend, by, place)| format!("{backend} from {by} to {place}"))
    }
}
