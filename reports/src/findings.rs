//! Three or four sentences that a run allows to say, by fixed rules. Each leads to its evidence; what lies inside the noise is never called
//! a difference.
//!
//! 1. What failed.
//! 2. The leading scenario of the first family: the fastest backend, the next one, and the slowest.
//! 3. The other family in whose leading scenario another backend is fastest, by the widest margin.
//! 4. What a single backend claims to be able to.
//! 5. The most tasklets alive and the fewest bytes for each, and the backend that stops first.
//!
//! The leading scenario of a family is its first one in which two backends have intervals; of its sizes, the largest such.

use switchback_bench::results::{CellResult, Verdict};

use crate::numbers::{Dimension, count, quantity};
use crate::view::{Block, Group, View, is_reference, ratio_interval};
use crate::words::Comparison;

/// Most findings of a report.
const MOST: usize = 4;

/// A sentence and its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) text: String,
    pub(crate) evidence: Evidence,
}

/// Where a reader can check a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    Failures,
    /// The anchor of a scenario.
    Scenario(String),
    Capabilities,
    Capacity,
}

/// What the run allows to say.
pub(crate) fn findings(view: &View<'_>) -> Vec<Finding> {
    let families: Vec<_> = view.families().map(|(_, groups)| groups).collect();
    let leading: Vec<_> = families.iter().filter_map(|groups| leading(view, groups)).collect();
    let mut found = Vec::new();
    found.extend(failed(view));
    found.extend(leading.first().map(Race::finding));
    found.extend(other_winner(&leading));
    found.extend(alone(view));
    found.extend(capacity(view));
    found.truncate(MOST);
    found
}

fn failed(view: &View<'_>) -> Option<Finding> {
    let tally = view.tally;
    let number = tally.asked() - tally.ok;
    let text = match number {
        0 => return None,
        1 => "One cell is not verified; it has no figure.".to_owned(),
        more => format!("{} cells are not verified; they have no figures.", count(more as u64)),
    };
    Some(Finding { text, evidence: Evidence::Failures })
}

/// The backends of a scenario at a size, the fastest first.
struct Race<'v, 'a> {
    group: &'v Group<'a>,
    size: u64,
    rows: Vec<&'a CellResult>,
}

fn leading<'v, 'a>(view: &View<'a>, groups: &'v [Group<'a>]) -> Option<Race<'v, 'a>> {
    groups.iter().find_map(|group| {
        let blocks = group.series.iter().flat_map(|series| &series.blocks);
        let races = blocks.map(|block| (block, rows(view, block)));
        let (block, rows) =
            races.filter(|(_, rows)| rows.len() > 1).max_by_key(|(block, _)| block.size)?;
        Some(Race { group, size: block.size, rows })
    })
}

/// Rows that can be compared, the fastest first.
fn rows<'a>(view: &View<'a>, block: &Block<'a>) -> Vec<&'a CellResult> {
    let fit = |row: &&CellResult| {
        row.verdict == Verdict::Ok
            && !is_reference(row)
            && ratio_interval(row).is_some_and(|(low, _)| low > 0.0)
            && view.columns.contains(&row.backend.as_str())
    };
    let mut rows: Vec<_> = block.rows.iter().copied().filter(fit).collect();
    rows.sort_by(|a, b| a.ratio.unwrap_or(f64::MAX).total_cmp(&b.ratio.unwrap_or(f64::MAX)));
    rows
}

/// How a row compares with another one of the same block, and the phrase for it.
fn against(row: &CellResult, other: &CellResult) -> Option<(Comparison, String)> {
    let (low, high) = ratio_interval(row)?;
    let (least, most) = ratio_interval(other)?;
    let band = row.band.zip(other.band).map(|(a, b)| a + b);
    let comparison = Comparison::between(low / most, high / least, band);
    Some((comparison, comparison.phrase(Dimension::of(&row.unit))))
}

/// True if a comparison is a claim: outside of a band that was measured.
const fn is_claim(comparison: Comparison) -> bool {
    matches!(
        comparison,
        Comparison::Less { banded: true, .. } | Comparison::More { banded: true, .. }
    )
}

impl Race<'_, '_> {
    fn place(&self) -> String {
        format!("{}, size {}", self.group.title(), count(self.size))
    }

    fn evidence(&self) -> Evidence {
        Evidence::Scenario(self.group.anchor.clone())
    }

    fn finding(&self) -> Finding {
        let [first, second] = [self.rows[0], self.rows[1]];
        let mut text = match against(second, first) {
            Some((comparison, phrase)) if is_claim(comparison) => format!(
                "{}: {} is the fastest backend; {} is next, {phrase}.",
                self.place(),
                first.backend,
                second.backend
            ),
            _ => format!(
                "{}: {} and {} lead, with no difference shown between them.",
                self.place(),
                first.backend,
                second.backend
            ),
        };
        if let Some(last) = self.rows.get(2..).and_then(<[_]>::last)
            && let Some((comparison, phrase)) = against(last, first)
            && is_claim(comparison)
        {
            text.pop();
            text.push_str(&format!("; {} is last, {phrase}.", last.backend));
        }
        Finding { text, evidence: self.evidence() }
    }
}

/// The race in which another backend than that of the first race is ahead of it, by the widest margin.
fn other_winner(races: &[Race<'_, '_>]) -> Option<Finding> {
    let winner = races.first()?.rows[0].backend.as_str();
    let margins = races[1..].iter().filter_map(|race| {
        let first = race.rows[0];
        let earlier = race.rows.iter().find(|row| row.backend == winner)?;
        let (comparison, phrase) = against(first, earlier)?;
        match comparison {
            Comparison::Less { high, banded: true, .. } => Some((high, race, phrase)),
            _ => None,
        }
    });
    let (_, race, phrase) = margins.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let text =
        format!("{}: {} is ahead of {winner}, {phrase}.", race.place(), race.rows[0].backend);
    Some(Finding { text, evidence: race.evidence() })
}

/// What exactly one of several backends claims.
fn alone(view: &View<'_>) -> Option<Finding> {
    const CLAIMS: [(&str, &str); 3] = [
        ("portable", "write a suspended tasklet to bytes, and go on from them elsewhere"),
        ("blocking", "suspend a tasklet inside of a callback from C"),
        ("order_exact", "keep the exact order of events of the model"),
    ];
    let known: Vec<_> = view
        .run
        .backends
        .iter()
        .filter(|about| view.columns.contains(&about.backend.as_str()))
        .filter(|about| !about.capabilities.is_empty())
        .collect();
    if known.len() < 2 {
        return None;
    }
    CLAIMS.iter().find_map(|(claim, words)| {
        let mut able = known.iter().filter(|about| about.capabilities.get(*claim) == Some(&true));
        let (only, None) = (able.next()?, able.next()) else { return None };
        let text = format!("Of {} backends only {} can {words}.", known.len(), only.backend);
        Some(Finding { text, evidence: Evidence::Capabilities })
    })
}

fn capacity(view: &View<'_>) -> Option<Finding> {
    let probes = view.run.capacity.iter().filter(|found| found.probe == "blocked");
    let reached: Vec<_> = probes.filter_map(|found| Some((found, found.reached?))).collect();
    let (_, most) = reached.iter().max_by_key(|(_, reached)| *reached)?;
    let light = reached.iter().filter(|(_, reached)| reached == most).filter_map(|(found, _)| {
        let memory = found.memory.last()?;
        Some((found.backend.as_str(), memory.resident))
    });
    let (lightest, bytes) = light.min_by(|a, b| a.1.total_cmp(&b.1))?;
    let mut text = format!(
        "{lightest} keeps {} tasklets alive at {} each",
        count(*most),
        quantity(bytes, Dimension::Bytes)
    );
    if let Some((first, least)) = reached.iter().min_by_key(|(_, reached)| *reached)
        && least < most
    {
        text.push_str(&format!("; {} stops at {}", first.backend, count(*least)));
    }
    text.push('.');
    Some(Finding { text, evidence: Evidence::Capacity })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tests::{measured, run_of};
    use switchback_bench::results::{AboutBackend, Run};

    fn said(run: &Run) -> Vec<String> {
        let found = findings(&View::of(run)).into_iter();
        found.map(|finding| finding.text.replace('\u{a0}', " ")).collect()
    }

    /// Two backends at these ratios, each with an interval of 1 % to either side and a band of 0.3 %.
    fn pair(hard: f64, soft: f64) -> Run {
        run_of(vec![
            measured("a", "plain", 1, 1.0),
            measured("a", "hard", 1, hard),
            measured("a", "soft", 1, soft),
        ])
    }

    #[test]
    fn a_difference_outside_the_noise_is_told_and_one_inside_is_not() {
        let told = said(&pair(2.0, 3.0));
        assert_eq!(
            told,
            ["a, size 1: hard is the fastest backend; soft is next, slower by 47–53 %."]
        );
        let lead = "a, size 1: hard and soft lead, with no difference shown between them.";
        // 2.0 and 2.045 are apart, but by less than both intervals and both bands together.
        assert_eq!(said(&pair(2.0, 2.045)), [lead]);
        assert_eq!(said(&pair(2.0, 2.0)), [lead]);
        let mut run = pair(2.0, 3.0);
        for row in &mut run.results {
            row.band = None;
        }
        assert_eq!(said(&run), [lead], "without a band nothing is claimed");
        for row in &mut run.results {
            row.samples = Some(5);
        }
        assert_eq!(said(&run), [""; 0], "five samples have no interval");
    }

    #[test]
    fn what_only_one_backend_can_is_told_of_those_that_say_it() {
        let mut run = pair(2.0, 3.0);
        let about = |backend: &str, portable| AboutBackend {
            backend: backend.to_owned(),
            capabilities: [("portable".to_owned(), portable)].into(),
            ..AboutBackend::default()
        };
        run.backends = vec![about("hard", false), about("soft", true)];
        assert!(said(&run)[1].starts_with("Of 2 backends only soft can write a suspended"));
        run.backends = vec![about("hard", true), about("soft", true)];
        assert_eq!(said(&run).len(), 1);
    }

    #[test]
    fn failures_come_first() {
        let mut run = pair(2.0, 3.0);
        (run.results[1].verdict, run.results[1].median) = (Verdict::Crash, None);
        let found = findings(&View::of(&run));
        assert_eq!(found[0].evidence, Evidence::Failures);
        assert_eq!(found[0].text, "One cell is not verified; it has no figure.");
    }
}
