//! All backends over all families, in one number for each pair: the data of the picture that a report begins with.

use switchback_bench::results::Verdict;

use super::{Block, View};

/// Families that the picture has room for.
const FAMILIES: usize = 8;
/// Backends that the picture has room for.
const BACKENDS: usize = 32;

/// Costs of backends over families.
pub(crate) struct Overview<'a> {
    pub(crate) backends: Vec<&'a str>,
    /// Headings.
    pub(crate) families: Vec<String>,
    /// One row for each backend, one place for each family.
    pub(crate) places: Vec<Vec<Place>>,
    /// Families and backends that have no room.
    pub(crate) left_out: (usize, usize),
}

/// A backend in a family.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Place {
    /// Over the rows that are verified.
    pub(crate) cost: Option<Cost>,
    /// Rows of the family in which the backend has a cell.
    pub(crate) cells: usize,
    pub(crate) failed: usize,
    pub(crate) unsupported: usize,
}

/// How much more than the best backend of the same row, over several rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    /// Geometric mean.
    pub(crate) mean: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Place {
    /// True if some row of the family is missing from the cost.
    pub(crate) const fn is_partial(&self, rows: usize) -> bool {
        self.cells - self.failed - self.unsupported < rows
    }

    fn add(&mut self, verdict: Verdict, relative: Option<f64>) {
        self.cells += 1;
        self.failed += usize::from(verdict.is_failure());
        self.unsupported += usize::from(verdict == Verdict::Unsupported);
        if let Some(value) = relative {
            // The logarithm of the product; made a mean when all rows are in.
            let cost = self.cost.get_or_insert(Cost { mean: 0.0, least: value, most: value });
            cost.mean += value.ln();
            (cost.least, cost.most) = (cost.least.min(value), cost.most.max(value));
        }
    }

    fn finish(&mut self) {
        let verified = (self.cells - self.failed - self.unsupported).max(1) as f64;
        if let Some(cost) = &mut self.cost {
            cost.mean = (cost.mean / verified).exp();
        }
    }
}

impl<'a> Overview<'a> {
    /// `None` if there is nothing to compare: fewer than two backends, or no cost.
    pub(crate) fn of(view: &View<'a>) -> Option<Self> {
        let backends: Vec<&str> = view.columns.iter().copied().take(BACKENDS).collect();
        let families: Vec<_> = view.families().collect();
        let kept = &families[..families.len().min(FAMILIES)];
        let mut places = vec![vec![Place::default(); kept.len()]; backends.len()];
        for (column, (_, groups)) in kept.iter().enumerate() {
            let blocks = groups.iter().flat_map(|group| &group.series).flat_map(|s| &s.blocks);
            for block in blocks {
                enter(block, &backends, column, &mut places);
            }
        }
        places.iter_mut().flatten().for_each(Place::finish);
        let any = places.iter().flatten().any(|place| place.cost.is_some());
        let headings = kept.iter().map(|(heading, _)| heading.clone());
        (any && backends.len() > 1).then(|| Self {
            left_out: (families.len() - kept.len(), view.columns.len() - backends.len()),
            backends,
            families: headings.map(|text| text.unwrap_or_else(|| "All scenarios".into())).collect(),
            places,
        })
    }

    /// Rows of a family: the most that one backend has cells in.
    pub(crate) fn rows(&self, family: usize) -> usize {
        self.places.iter().map(|row| row[family].cells).max().unwrap_or(0)
    }
}

/// Enters a row, unless more of it stands beside the backends than in their columns: it is about something else.
fn enter(block: &Block<'_>, backends: &[&str], column: usize, places: &mut [Vec<Place>]) {
    let rows: Vec<_> = backends.iter().map(|backend| block.row(backend)).collect();
    if block.beside(backends).count() > rows.iter().flatten().count() {
        return;
    }
    let costs: Vec<_> = rows
        .iter()
        .map(|row| row.and_then(|row| block.cost(row)).filter(|cost| *cost > 0.0))
        .collect();
    let best = costs.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    for ((row, cost), places) in rows.iter().zip(&costs).zip(places) {
        if let Some(row) = row {
            places[column].add(row.verdict, cost.map(|cost| cost / best));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tests::{measured, run_of};

    #[test]
    fn costs_are_relative_to_the_best_of_each_row_and_failures_are_counted() {
        let mut rows = vec![
            measured("a", "hard", 1, 2.0),
            measured("a", "soft", 1, 8.0),
            measured("b", "hard", 1, 6.0),
            measured("b", "soft", 1, 3.0),
            measured("c", "hard", 1, 1.0),
            measured("c", "soft", 1, 1.0),
        ];
        for row in &mut rows {
            row.reference = Some("plain".into());
        }
        for scenario in ["a", "b", "c"] {
            rows.push(measured(scenario, "plain", 1, 1.0));
        }
        (rows[4].verdict, rows[5].verdict) = (Verdict::Crash, Verdict::Unsupported);
        (rows[4].median, rows[5].median) = (None, None);
        let run = run_of(rows);
        let view = View::of(&run);
        let overview = Overview::of(&view).expect("two backends");
        assert_eq!((overview.backends.as_slice(), overview.rows(0)), (&["hard", "soft"][..], 3));
        let [hard, soft] = [overview.places[0][0], overview.places[1][0]];
        let cost = |place: Place| place.cost.expect("a cost");
        assert!((cost(hard).mean - 2_f64.sqrt()).abs() < 1e-12, "{hard:?}");
        assert_eq!((cost(hard).least, cost(hard).most), (1.0, 2.0));
        assert!((cost(soft).mean - 2.0).abs() < 1e-12 && cost(soft).most == 4.0, "{soft:?}");
        assert_eq!((hard.failed, soft.unsupported, hard.is_partial(3)), (1, 1, true));
    }
}
