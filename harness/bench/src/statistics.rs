//! Medians and their confidence intervals, without assumptions on how times are distributed.

/// A median with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The median.
    pub median: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// The least probability that the interval holds the true median.
pub const CONFIDENCE: f64 = 0.95;

/// The median; the mean of the middle two for an even number. `None` without values.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let sorted = sort(values);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(lower.midpoint(upper))
}

/// Median and [`CONFIDENCE`] interval of one series. `None` without values.
///
/// The interval runs between two order statistics: each value is below the true median with
/// probability one half, so the ranks follow from the binomial distribution alone (the sign test
/// turned round). Below six values no pair of ranks reaches the confidence; the interval is then
/// the whole range.
#[must_use]
pub fn estimate(values: &[f64]) -> Option<Estimate> {
    let sorted = sort(values);
    let rank = lower_rank(sorted.len());
    Some(Estimate {
        median: median(&sorted)?,
        low: *sorted.get(rank)?,
        high: sorted[sorted.len() - 1 - rank],
    })
}

/// As [`estimate`] over all values of several processes.
///
/// A process keeps its memory layout for its whole life, so the values of one process are more
/// alike than the rounds suggest. The interval is therefore widened to hold the median of each.
#[must_use]
pub fn pooled(processes: &[Vec<f64>]) -> Option<Estimate> {
    let mut all = estimate(&processes.concat())?;
    for own in processes.iter().filter_map(|values| median(values)) {
        all.low = all.low.min(own);
        all.high = all.high.max(own);
    }
    Some(all)
}

/// Half-width of the noise band: how far the ratio of a thing to itself may be from one.
#[must_use]
pub fn band(again: Estimate) -> f64 {
    (again.low - 1.0).abs().max((again.high - 1.0).abs())
}

fn sort(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The largest rank, from 0, whose mirrored pair still has the confidence.
fn lower_rank(count: usize) -> usize {
    let tail = (1.0 - CONFIDENCE) / 2.0;
    // Logarithms: one half to the power of a few thousand rounds is below the smallest number.
    let mut log_probability = -(count as f64) * std::f64::consts::LN_2;
    let mut cumulative = 0.0;
    for below in 0..count {
        cumulative += log_probability.exp();
        if cumulative > tail {
            return below.saturating_sub(1);
        }
        log_probability += ((count - below) as f64).ln() - ((below + 1) as f64).ln();
    }
    0
}
