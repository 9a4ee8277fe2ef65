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
//!
//! Columns are of backends and of peers, programs in other languages. Both take part in 2, 3 and 5, where a peer is called one; 4 is about
//! backends. A verified row without an interval, as of few samples, can be no first and no last: the sentence of 2 says which are left out.

use switchback_bench::results::{CellResult, FEWEST_SAMPLES, Verdict};

use crate::numbers::{Dimension, count, quantity};
use crate::view::{Block, Group, PEERS, View, is_reference, is_settled, ratio_interval};
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
    view: &'v View<'a>,
    group: &'v Group<'a>,
    size: u64,
    rows: Vec<&'a CellResult>,
    /// Verified, and without an interval to compare by.
    left_out: Vec<&'a CellResult>,
}

fn leading<'v, 'a>(view: &'v View<'a>, groups: &'v [Group<'a>]) -> Option<Race<'v, 'a>> {
    groups.iter().find_map(|group| {
        let blocks = group.series.iter().flat_map(|series| &series.blocks);
        let races = blocks.map(|block| (block, rows(view, block)));
        let (block, (rows, left_out)) =
            races.filter(|(_, (rows, _))| rows.len() > 1).max_by_key(|(block, _)| block.size)?;
        Some(Race { view, group, size: block.size, rows, left_out })
    })
}

/// Rows that can be compared, the fastest first; and those that are verified and cannot.
fn rows<'a>(view: &View<'a>, block: &Block<'a>) -> (Vec<&'a CellResult>, Vec<&'a CellResult>) {
    let takes_part = |row: &&CellResult| {
        row.verdict == Verdict::Ok
            && !is_reference(row)
            && view.columns.contains(&row.backend.as_str())
    };
    let fit = |row: &&CellResult| ratio_interval(row).is_some_and(|(low, _)| low > 0.0);
    let (mut rows, left_out): (Vec<_>, Vec<_>) =
        block.rows.iter().copied().filter(takes_part).partition(fit);
    rows.sort_by(|a, b| a.ratio.unwrap_or(f64::MAX).total_cmp(&b.ratio.unwrap_or(f64::MAX)));
    (rows, left_out)
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

    /// Which rows are left out, and why: any of them may be faster or slower than all others.
    fn untold(&self) -> String {
        const MOST: usize = 6;
        if self.left_out.is_empty() {
            return String::new();
        }
        let mut names: Vec<String> =
            self.left_out.iter().take(MOST).map(|row| self.view.called(&row.backend)).collect();
        if self.left_out.len() > MOST {
            names.push(format!("{} more", count((self.left_out.len() - MOST) as u64)));
        }
        let why = if self.left_out.iter().all(|row| !is_settled(row)) {
            format!("fewer than {FEWEST_SAMPLES} samples")
        } else {
            "no interval to compare by".to_owned()
        };
        let verb = if self.left_out.len() == 1 { "is" } else { "are" };
        let have = if self.left_out.len() == 1 { "has" } else { "have" };
        format!(" Not in this order {verb} {}, which {have} {why}.", list(&names))
    }

    fn finding(&self) -> Finding {
        let [first, second] = [self.rows[0], self.rows[1]];
        let called = |row: &CellResult| self.view.called(&row.backend);
        // "the fastest backend" of backends alone; among peers, of all that take part.
        let kind = if self.rows.iter().any(|row| self.view.is_peer(&row.backend)) {
            "the fastest"
        } else {
            "the fastest backend"
        };
        let mut text = match against(second, first) {
            Some((comparison, phrase)) if is_claim(comparison) => format!(
                "{}: {} is {kind}; {} is next, {phrase}.",
                self.place(),
                called(first),
                called(second)
            ),
            _ => format!(
                "{}: {} and {} lead, with no difference shown between them.",
                self.place(),
                called(first),
                called(second)
            ),
        };
        if let Some(last) = self.rows.get(2..).and_then(<[_]>::last)
            && let Some((comparison, phrase)) = against(last, first)
            && is_claim(comparison)
        {
            text.pop();
            text.push_str(&format!("; {} is last, {phrase}.", called(last)));
        }
        text.push_str(&self.untold());
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
    let called = |name: &str| race.view.called(name);
    let text = format!(
        "{}: {} is ahead of {}, {phrase}.",
        race.place(),
        called(&race.rows[0].backend),
        called(winner)
    );
    Some(Finding { text, evidence: race.evidence() })
}

/// "a", "a and b", "a, b and c".
fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A name as the first word of a sentence: names of backends stay as they are, "the peer go" begins with a capital.
fn upper(called: &str) -> String {
    called.strip_prefix("the ").map_or_else(|| called.to_owned(), |rest| format!("The {rest}"))
}

/// What exactly one of several backends claims.
fn alone(view: &View<'_>) -> Option<Finding> {
    const CLAIMS: [(&str, &str); 3] = [
        ("portable", "write a suspended tasklet to bytes, and go on from them elsewhere"),
        ("blocking", "suspend a tasklet inside of a callback from C"),
        ("order_exact", "keep the exact order of events of the model"),
    ];
    let backends = view.columns.iter().filter(|name| !view.is_peer(name)).count();
    let known: Vec<_> = view
        .run
        .backends
        .iter()
        .filter(|about| view.columns.contains(&about.backend.as_str()))
        .filter(|about| !about.capabilities.is_empty() && about.group != PEERS)
        .collect();
    if known.len() < 2 {
        return None;
    }
    let of = if known.len() == backends {
        format!("{backends} backends")
    } else {
        format!("{} backends that say what they can", known.len())
    };
    CLAIMS.iter().find_map(|(claim, words)| {
        let mut able = known.iter().filter(|about| about.capabilities.get(*claim) == Some(&true));
        let (only, None) = (able.next()?, able.next()) else { return None };
        let text = format!("Of {of} only {} can {words}.", only.backend);
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
        "{} keeps {} tasklets alive at {} each",
        upper(&view.called(lightest)),
        count(*most),
        quantity(bytes, Dimension::Bytes)
    );
    if let Some((first, least)) = reached.iter().min_by_key(|(_, reached)| *reached)
        && least < most
    {
        text.push_str(&format!("; {} stops at {}", view.called(&first.backend), count(*least)));
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

    fn of_group(backend: &str, group: &str) -> AboutBackend {
        AboutBackend { backend: backend.into(), group: group.into(), ..AboutBackend::default() }
    }

    #[test]
    fn rows_without_an_interval_are_named_with_the_reason() {
        let mut run = pair(2.0, 3.0);
        for (backend, ratio) in [("slow", 900.0), ("poll", 9.0)] {
            let mut row = measured("a", backend, 1, ratio);
            row.samples = Some(if backend == "slow" { 5 } else { 6 });
            run.results.push(row);
        }
        let told = "a, size 1: hard is the fastest backend; soft is next, slower by 47–53 %; poll is last, 4.41–4.59 times as long.";
        assert_eq!(
            said(&run),
            [format!("{told} Not in this order is slow, which has fewer than 6 samples.")]
        );
        let mut other = measured("a", "other", 1, 1.0);
        other.ratio_low = None;
        run.results.push(other);
        assert!(
            said(&run)[0].ends_with(
                "Not in this order are slow and other, which have no interval to compare by."
            ),
            "{:?}",
            said(&run)
        );
        for number in 0..9 {
            let mut row = measured("a", &format!("b{number}"), 1, 1.0);
            row.samples = Some(1);
            run.results.push(row);
        }
        assert!(said(&run)[0].contains("slow, other, b0, b1, b2, b3 and 5 more, which"));
        // What was not verified is told elsewhere.
        let mut run = pair(2.0, 3.0);
        let mut row = measured("a", "dead", 1, 9.0);
        (row.verdict, row.median, row.ratio) = (Verdict::Unsupported, None, None);
        run.results.push(row);
        assert!(!said(&run)[0].contains("dead"));
    }

    #[test]
    fn a_program_in_another_language_is_called_a_peer_wherever_it_is_named() {
        let mut run = run_of(vec![
            measured("a", "plain", 1, 1.0),
            measured("a", "hard", 1, 2.0),
            measured("a", "soft", 1, 3.0),
            measured("a", "go", 1, 9.0),
            measured("b", "plain", 1, 1.0),
            measured("b", "hard", 1, 3.0),
            measured("b", "go", 1, 2.0),
        ]);
        run.scenarios = ["a", "b"]
            .map(|name| switchback_bench::results::About {
                scenario: name.into(),
                family: name.into(),
                ..Default::default()
            })
            .into();
        let claims = |backend: &str, portable| AboutBackend {
            capabilities: [("portable".to_owned(), portable)].into(),
            ..of_group(backend, "order-exact")
        };
        run.backends = vec![
            claims("hard", false),
            claims("soft", true),
            of_group("go", PEERS),
            of_group("plain", "reference"),
        ];
        let probe = |backend: &str, reached| switchback_bench::results::Capacity {
            backend: backend.into(),
            probe: "blocked".into(),
            verdict: Verdict::Ok,
            unit: "tasklets".into(),
            asked: 100,
            reached: Some(reached),
            ended: None,
            memory: vec![switchback_bench::results::Memory {
                count: reached,
                resident: 10.0,
                tables: 1.0,
            }],
            why: None,
            reproduce: None,
        };
        run.capacity = vec![probe("go", 100), probe("hard", 50)];
        let told = said(&run);
        assert_eq!(
            told,
            [
                "a, size 1: hard is the fastest; soft is next, slower by 47–53 %; the peer go is last, 4.41–4.59 times as long.",
                "b, size 1: the peer go is ahead of hard, faster by 32–35 %.",
                "Of 2 backends only soft can write a suspended tasklet to bytes, and go on from them elsewhere.",
                "The peer go keeps 100 tasklets alive at 10.0 B each; hard stops at 50.",
            ]
        );
        run.results.push(measured("a", "poll", 1, 4.0));
        run.backends.push(of_group("poll", "order-exact"));
        assert!(said(&run)[2].starts_with("Of 2 backends that say what they can only soft"));
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
