//! Where a backend stands in a row, among the backends that took part in it.

use switchback_bench::results::CellResult;

use super::{Block, interval, is_reference, is_settled, ratio_interval};
use crate::words::Comparison;

/// A place among others. Where intervals overlap it is a range: no order is claimed inside the noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Standing<'a> {
    /// The best place that the intervals allow, from 1.
    pub(crate) first: usize,
    /// The worst one.
    pub(crate) last: usize,
    /// Backends with a verified result.
    pub(crate) of: usize,
    /// The one of least cost.
    pub(crate) best: &'a str,
    /// Its cost, that of the best being 1.
    pub(crate) times: f64,
}

impl Standing<'_> {
    /// True if no backend is shown to cost less.
    pub(crate) const fn leads(&self) -> bool {
        self.first == 1
    }
}

impl<'a> Block<'a> {
    /// Where a row stands among the verified rows of some backends, itself among them; `None` if it has no cost.
    pub(crate) fn standing(&self, row: &'a CellResult, backends: &[&str]) -> Option<Standing<'a>> {
        let own = self.cost(row).filter(|cost| *cost > 0.0)?;
        let takes_part = |other: &&CellResult| {
            other.backend == row.backend || backends.contains(&other.backend.as_str())
        };
        let others = self.rows.iter().copied().filter(takes_part);
        let costs: Vec<(&CellResult, f64)> = others
            .filter_map(|other| Some((other, self.cost(other).filter(|cost| *cost > 0.0)?)))
            .collect();
        let (best, least) = costs.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1))?;
        let less = |a: (&CellResult, f64), b: (&CellResult, f64)| self.costs_less(a, b);
        let better = costs.iter().filter(|other| less(**other, (row, own))).count();
        let worse = costs.iter().filter(|other| less((row, own), **other)).count();
        Some(Standing {
            first: 1 + better,
            last: costs.len() - worse,
            of: costs.len(),
            best: &best.backend,
            times: own / least,
        })
    }

    /// True if one row costs less than another beyond the noise. Where a row has too few samples for an interval the figures alone decide.
    fn costs_less(&self, one: (&CellResult, f64), other: (&CellResult, f64)) -> bool {
        let (Some(a), Some(b)) = (self.bounds(one.0), self.bounds(other.0)) else {
            return one.1 < other.1;
        };
        if a.0 <= 0.0 || b.0 <= 0.0 {
            return one.1 < other.1;
        }
        let band = [one.0.band, other.0.band].into_iter().flatten().reduce(f64::max);
        matches!(Comparison::between(a.0 / b.1, a.1 / b.0, band), Comparison::Less { .. })
    }

    /// The interval of what [`Self::cost`] gives.
    fn bounds(&self, row: &CellResult) -> Option<(f64, f64)> {
        match self.reference_row() {
            Some(_) if is_reference(row) => is_settled(row).then_some((1.0, 1.0)),
            Some(_) => ratio_interval(row),
            None => interval(row),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::View;
    use super::*;
    use crate::words::tests::{measured, run_of};
    use switchback_bench::results::Verdict;

    /// First, last, number, best.
    fn stand(rows: Vec<CellResult>, backend: &str) -> Option<(usize, usize, usize, String)> {
        let run = run_of(rows);
        let view = View::of(&run);
        let block = &view.groups[0].series[0].blocks[0];
        let standing = block.standing(block.row(backend)?, &view.columns)?;
        Some((standing.first, standing.last, standing.of, standing.best.to_owned()))
    }

    fn with_reference(ratios: &[(&str, f64)]) -> Vec<CellResult> {
        let own = ratios.iter().map(|(backend, ratio)| measured("a", backend, 1, *ratio));
        own.chain([measured("a", "plain", 1, 1.0)]).collect()
    }

    #[test]
    fn the_reference_of_a_row_takes_no_place_and_failures_take_none() {
        let mut rows = with_reference(&[("hard", 2.0), ("soft", 3.0), ("poll", 9.0)]);
        assert_eq!(stand(rows.clone(), "soft"), Some((2, 2, 3, "hard".into())));
        rows[0].verdict = Verdict::Crash;
        rows[0].median = None;
        assert_eq!(stand(rows.clone(), "soft"), Some((1, 1, 2, "soft".into())));
        assert_eq!(stand(rows, "hard"), None);
    }

    #[test]
    fn inside_the_noise_no_order_is_claimed() {
        let mut rows = with_reference(&[("hard", 2.0), ("soft", 2.01), ("poll", 9.0)]);
        assert_eq!(stand(rows.clone(), "soft"), Some((1, 2, 3, "hard".into())));
        assert_eq!(stand(rows.clone(), "poll"), Some((3, 3, 3, "hard".into())));
        // Without intervals the figures decide.
        rows[1].samples = Some(1);
        assert_eq!(stand(rows, "soft"), Some((2, 2, 3, "hard".into())));
    }

    #[test]
    fn a_reference_that_is_a_backend_stands_with_the_others() {
        let mut rows = vec![measured("a", "hard", 1, 1.0), measured("a", "soft", 1, 0.5)];
        for row in &mut rows {
            row.reference = Some("hard".into());
        }
        rows.push(measured("b", "hard", 1, 1.0));
        let run = run_of(rows);
        let view = View::of(&run);
        assert_eq!(view.columns, ["soft", "hard"]);
        let block = &view.groups[0].series[0].blocks[0];
        let hard = block.standing(block.rows[0], &view.columns).expect("a place");
        assert_eq!((hard.first, hard.last, hard.best, hard.times), (2, 2, "soft", 2.0));
    }
}
