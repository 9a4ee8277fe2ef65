//! Results in words. A difference is claimed only where the whole confidence interval lies outside the noise band.

use std::fmt;

use switchback_bench::results::{Capacity, CellResult, FEWEST_SAMPLES, Run, Verdict};

use crate::fit;
use crate::numbers::{Dimension, count, figure};
use crate::view::{Tally, View, is_reference};

/// What the interval of a ratio allows to say about a backend and its reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Comparison {
    /// The row is the reference.
    Reference,
    /// There is no ratio.
    Absent,
    /// There is a ratio without an interval, so nothing can be claimed.
    NoInterval,
    /// There are so few samples that an interval says nothing.
    Few(usize),
    /// The interval touches the band around 1; the band as a share, if one was measured.
    Inside(Option<f64>),
    /// The whole interval lies below the band.
    Less {
        /// Interval of the ratio.
        low: f64,
        /// Interval of the ratio.
        high: f64,
        /// False if no band was measured.
        banded: bool,
    },
    /// The whole interval lies above the band.
    More {
        /// Interval of the ratio.
        low: f64,
        /// Interval of the ratio.
        high: f64,
        /// False if no band was measured.
        banded: bool,
    },
}

impl Comparison {
    pub(crate) fn of(row: &CellResult) -> Self {
        if row.verdict != Verdict::Ok || (row.ratio.is_none() && !is_reference(row)) {
            return Self::Absent;
        }
        if is_reference(row) {
            return Self::Reference;
        }
        if let Some(samples) = row.samples.filter(|samples| *samples < FEWEST_SAMPLES) {
            return Self::Few(samples);
        }
        let (Some(low), Some(high)) = (row.ratio_low, row.ratio_high) else {
            return Self::NoInterval;
        };
        Self::between(low, high, row.band)
    }

    /// What an interval around a quotient says, beside the band around 1.
    pub(crate) fn between(low: f64, high: f64, measured: Option<f64>) -> Self {
        let (band, banded) = (measured.unwrap_or(0.0), measured.is_some());
        if high < 1.0 - band {
            Self::Less { low, high, banded }
        } else if low > 1.0 + band {
            Self::More { low, high, banded }
        } else {
            Self::Inside(measured)
        }
    }

    /// The comparison as a phrase: "faster by 12–15 %", "no difference shown (band 0.3 %)".
    pub(crate) fn phrase(self, dimension: Dimension) -> String {
        let (less, more, times) = match dimension {
            Dimension::Time(_) => ("faster", "slower", "as long"),
            Dimension::Bytes => ("smaller", "larger", "as much"),
            Dimension::Other => ("lower", "higher", "as much"),
        };
        let note = |banded| if banded { "" } else { " (no band measured)" };
        match self {
            Self::Reference => "reference".to_owned(),
            Self::Absent => "not compared".to_owned(),
            Self::NoInterval => "no interval recorded".to_owned(),
            Self::Few(1) => "one sample, no interval".to_owned(),
            Self::Few(samples) => format!("{samples} samples, no interval"),
            Self::Inside(Some(band)) => format!("no difference shown (band {})", percent(band)),
            Self::Inside(None) => "no difference shown (no band measured)".to_owned(),
            Self::Less { low, high, banded } => {
                let by = span(100.0 * (1.0 - high), 100.0 * (1.0 - low));
                format!("{less} by {by}\u{a0}%{}", note(banded))
            }
            Self::More { low, high, banded } if low < 2.0 => {
                let by = span(100.0 * (low - 1.0), 100.0 * (high - 1.0));
                format!("{more} by {by}\u{a0}%{}", note(banded))
            }
            Self::More { low, high, banded } => {
                format!("{} times {times}{}", span(low, high), note(banded))
            }
        }
    }
}

/// A share as a percentage: 0.003 is "0.3 %".
pub(crate) fn percent(share: f64) -> String {
    let value = 100.0 * share;
    match value {
        v if v < 0.01 => "under 0.01\u{a0}%".to_owned(),
        v if v < 0.1 => format!("{v:.2}\u{a0}%"),
        v if v < 10.0 => format!("{v:.1}\u{a0}%"),
        v => format!("{v:.0}\u{a0}%"),
    }
}

/// Two figures as a range with no more digits than it takes to tell them apart, or one figure if three digits cannot.
fn span(low: f64, high: f64) -> String {
    if low >= 10.0 && high < 999.5 {
        for decimals in 0..2 {
            let (a, b) = (format!("{low:.decimals$}"), format!("{high:.decimals$}"));
            if a != b {
                return format!("{a}\u{2013}{b}");
            }
        }
    }
    let (a, b) = (figure(low), figure(high));
    if a == b { a } else { format!("{a}\u{2013}{b}") }
}

/// The run in one line: "41 of 41 cells verified; 3 unsupported".
pub(crate) struct VerdictLine(Tally);

impl VerdictLine {
    pub(crate) const fn of(view: &View<'_>) -> Self {
        Self(view.tally)
    }

    /// The line for any set of cells.
    pub(crate) const fn from_tally(tally: Tally) -> Self {
        Self(tally)
    }
}

impl fmt::Display for VerdictLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = &self.0;
        match t.asked() {
            0 => f.write_str("No cell was measured")?,
            1 => write!(f, "{} of 1 cell verified", t.ok)?,
            asked => write!(f, "{} of {asked} cells verified", t.ok)?,
        }
        let kinds = [
            (t.failed, "failed"),
            (t.different, "did different work"),
            (t.crashed, "crashed"),
            (t.timed_out, "timed out"),
        ];
        let mut separator = "; ";
        for (count, word) in kinds.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{separator}{count} {word}")?;
            separator = ", ";
        }
        if t.unsupported > 0 {
            write!(f, "; {} unsupported", t.unsupported)?;
        }
        Ok(())
    }
}

/// The name of a family as a heading: "switching" is "Switching".
pub(crate) fn heading(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The command that measures a row again.
pub(crate) fn reproduce(row: &CellResult) -> String {
    row.reproduce.clone().unwrap_or_else(|| command(&row.id()))
}

/// The command that finds out a capacity again.
pub(crate) fn reproduce_probe(found: &Capacity) -> String {
    found.reproduce.clone().unwrap_or_else(|| command(&found.id()))
}

fn command(id: &str) -> String {
    // A quote inside single quotes: end them, an escaped quote, begin again.
    format!("cargo bench -- --exact '{}'", id.replace('\'', "'\\''"))
}

/// Most sentences about what is missing.
const MOST_MISSING: usize = 20;

/// What is said of a run that is not whole: what a merge found missing, or that it was cut short.
pub(crate) fn incomplete(run: &Run) -> Option<String> {
    if run.complete {
        return None;
    }
    if run.missing.is_empty() {
        return Some("it was interrupted, or its results were taken before the end".to_owned());
    }
    let sentences = run.missing.iter().take(MOST_MISSING).map(|text| fit::fact(text));
    let mut text = sentences.collect::<Vec<_>>().join("; ");
    let rest = run.missing.len().saturating_sub(MOST_MISSING);
    if rest > 0 {
        text.push_str(&format!("; and {} more", count(rest as u64)));
    }
    Some(text)
}

/// What is said of a part of a run; of merged parts, what is missing is said instead.
pub(crate) fn part(run: &Run) -> Option<String> {
    let shard = run.shard.as_ref().filter(|_| run.missing.is_empty())?;
    Some(fit::fact(&shard.to_string()).into_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use switchback_bench::results::Environment;

    use super::*;

    pub(crate) fn run_of(results: Vec<CellResult>) -> Run {
        let environment = Environment {
            cpu: "Imagined CPU".into(),
            cores: 2,
            kernel: "Linux 6".into(),
            rustc: "rustc 1.95.0".into(),
            profile: "bench".into(),
            build: None,
            commit: "0123456".into(),
            program: None,
            started: None,
            seed: None,
        };
        let mut run = Run::new(environment);
        run.results = results;
        run.complete = true;
        run
    }

    pub(crate) fn measured(scenario: &str, backend: &str, size: u64, ratio: f64) -> CellResult {
        let unit = "nanoseconds per operation";
        let mut row = CellResult::untimed(scenario, backend, size, unit, Verdict::Ok, None);
        row.median = Some(10.0 * ratio);
        row.low = Some(9.9 * ratio);
        row.high = Some(10.1 * ratio);
        row.ratio = Some(ratio);
        row.ratio_low = Some(0.99 * ratio);
        row.ratio_high = Some(1.01 * ratio);
        row.band = Some(0.003);
        row.reference = Some("plain".to_owned());
        row
    }

    fn said(low: f64, high: f64, band: Option<f64>) -> String {
        let mut row = measured("a", "hard", 1, 1.0);
        (row.ratio_low, row.ratio_high, row.band) = (Some(low), Some(high), band);
        Comparison::of(&row).phrase(Dimension::of(&row.unit)).replace('\u{a0}', " ")
    }

    #[test]
    fn inside_the_band_no_difference_is_claimed() {
        assert_eq!(said(0.995, 0.998, Some(0.003)), "no difference shown (band 0.3 %)");
        assert_eq!(said(1.002, 1.08, Some(0.003)), "no difference shown (band 0.3 %)");
        assert_eq!(said(0.9, 1.1, None), "no difference shown (no band measured)");
    }

    #[test]
    fn outside_the_band_the_difference_is_said_as_a_range() {
        assert_eq!(said(0.85, 0.88, Some(0.003)), "faster by 12\u{2013}15 %");
        assert_eq!(said(0.850, 0.853, Some(0.003)), "faster by 14.7\u{2013}15.0 %");
        assert_eq!(said(1.24, 1.24, Some(0.003)), "slower by 24.0 %");
        assert_eq!(said(1.011, 1.034, Some(0.003)), "slower by 1.10\u{2013}3.40 %");
        assert_eq!(said(2.01, 2.05, Some(0.003)), "2.01\u{2013}2.05 times as long");
        assert_eq!(said(5210.0, 6380.0, Some(0.003)), "5,210\u{2013}6,380 times as long");
        assert_eq!(said(1.5, 1.6, None), "slower by 50\u{2013}60 % (no band measured)");
    }

    #[test]
    fn a_ratio_without_an_interval_claims_nothing() {
        let mut row = measured("a", "hard", 1, 3.0);
        row.ratio_high = None;
        assert_eq!(Comparison::of(&row), Comparison::NoInterval);
        row.ratio = None;
        assert_eq!(Comparison::of(&row), Comparison::Absent);
    }

    #[test]
    fn few_samples_claim_nothing_however_narrow_their_interval_is() {
        let mut row = measured("a", "hard", 1, 3.0);
        row.samples = Some(5);
        let phrase = |row: &CellResult| Comparison::of(row).phrase(Dimension::Other);
        assert_eq!(phrase(&row), "5 samples, no interval");
        row.samples = Some(1);
        assert_eq!(phrase(&row), "one sample, no interval");
        row.samples = Some(6);
        assert!(matches!(Comparison::of(&row), Comparison::More { .. }));
    }

    #[test]
    fn memory_is_not_called_fast_or_slow() {
        let less = Comparison::Less { low: 0.5, high: 0.6, banded: true };
        assert!(less.phrase(Dimension::Bytes).starts_with("smaller by"));
        assert!(less.phrase(Dimension::Other).starts_with("lower by"));
    }

    #[test]
    fn the_verdict_line_names_every_kind_that_occurred_and_no_other() {
        let line = |t: Tally| VerdictLine(t).to_string();
        let clean = Tally { ok: 41, unsupported: 3, ..Tally::default() };
        assert_eq!(line(clean), "41 of 41 cells verified; 3 unsupported");
        let bad = Tally { failed: 1, different: 2, crashed: 1, timed_out: 1, ..clean };
        assert_eq!(
            line(bad),
            "41 of 46 cells verified; 1 failed, 2 did different work, 1 crashed, 1 timed out; 3 unsupported"
        );
        assert_eq!(line(Tally { ok: 1, ..Tally::default() }), "1 of 1 cell verified");
        assert_eq!(line(Tally::default()), "No cell was measured");
    }

    #[test]
    fn a_command_made_up_for_a_row_survives_a_shell() {
        let mut row = measured("it's", "hard", 1, 1.0);
        row.reproduce = None;
        assert_eq!(reproduce(&row), r"cargo bench -- --exact 'it'\''s/hard/1'");
        row.reproduce = Some("cargo bench -- x".to_owned());
        assert_eq!(reproduce(&row), "cargo bench -- x");
    }
}
