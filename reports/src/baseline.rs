//! What is different from an earlier run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;
use switchback_bench::results::{Capacity, CellResult, Environment, FEWEST_SAMPLES, Run, Verdict};
use switchback_bench::witness::Witness;

use crate::build;
use crate::fit;
use crate::input::Format;
use crate::numbers::{count, plural};
use crate::view::{interval, is_reference, is_settled, ratio_interval};
use crate::words::Comparison;

/// An earlier run to compare with: another `run.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Baseline(pub Run);

impl Format for Baseline {
    const SCHEMA: u64 = switchback_bench::results::SCHEMA as u64;
    const FILE: &'static str = "baseline.json";
    const MADE_BY: &'static str = "cargo bench";

    fn weight(&self) -> usize {
        fit::weight(&self.0)
    }

    fn check(&self) -> Result<(), String> {
        self.0.check().map_err(|contradiction| contradiction.to_string())
    }
}

/// Two runs side by side.
pub(crate) struct Changes<'a> {
    pub(crate) then: &'a Environment,
    pub(crate) now: &'a Environment,
    /// What of the environment is different: name, then, now.
    pub(crate) environment: Vec<(&'static str, String, String)>,
    /// How the builds differ, a sentence for each fact. If there is one, what differs in the figures may come from the build.
    pub(crate) builds: Vec<String>,
    /// Cells with another verdict, with the earlier one.
    pub(crate) verdicts: Vec<(&'a CellResult, Verdict)>,
    /// Verified cells that did other work: another digest, or another number of what both runs counted.
    pub(crate) work: Vec<&'a CellResult>,
    /// Probes of capacity with another verdict, or that reached less; as they were and as they are.
    pub(crate) probes: Vec<(&'a Capacity, &'a Capacity)>,
    /// Cells whose figure is different for sure, largest change first.
    pub(crate) moved: Vec<Moved<'a>>,
    /// Cells for which no difference is shown.
    pub(crate) alike: usize,
    /// Cells of both runs whose figures are not compared, by the reason. With those that are, with other verdicts, and with cells that
    /// only one run has, these are all cells.
    pub(crate) apart: BTreeMap<Apart, usize>,
    /// Probes of capacity that both runs have.
    pub(crate) probed: usize,
    /// Cells that only this run has.
    pub(crate) added: Vec<&'a CellResult>,
    /// Cells that only the earlier one has.
    pub(crate) gone: Vec<&'a CellResult>,
}

/// A cell whose figure has changed.
pub(crate) struct Moved<'a> {
    pub(crate) now: &'a CellResult,
    pub(crate) then: &'a CellResult,
    /// This figure divided by the earlier one.
    pub(crate) factor: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) by: Figure,
    pub(crate) comparison: Comparison,
}

/// Which figures were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// The ratios to the same reference: they hold on different machines, too.
    Ratio,
    /// The medians, on the same machine with the same compiler and build.
    Median,
}

/// Why the figures of a cell that both runs have are not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Apart {
    /// They have none.
    NotVerified(&'static str),
    /// There are so few samples, in one of the runs at least, that an interval says nothing.
    Few,
    /// One of the runs recorded no interval.
    NoInterval,
    /// They count different things.
    Unit,
    /// They are times of different machines, compilers or builds, and no ratios to the same reference.
    Machine,
    /// They are of different clocks, and no ratios.
    Clock,
    /// One of them, or an end of an interval, is zero.
    Zero,
}

impl Apart {
    /// As it follows a number of cells: "83 of fewer than 6 samples".
    pub(crate) fn words(self) -> String {
        match self {
            Self::NotVerified(verdict) => format!("{verdict} in both runs"),
            Self::Few => format!("of fewer than {FEWEST_SAMPLES} samples"),
            Self::NoInterval => "without an interval".to_owned(),
            Self::Unit => "in another unit".to_owned(),
            Self::Machine => {
                "as times of another machine, compiler or build, without a ratio".to_owned()
            }
            Self::Clock => "by another clock".to_owned(),
            Self::Zero => "with a figure of zero".to_owned(),
        }
    }
}

/// What the differences between two runs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Of what was built in the same way.
    Changes,
    /// Of different builds: no change of the sources has to be behind them.
    Builds,
}

impl<'a> Changes<'a> {
    pub(crate) fn between(then: &'a Run, now: &'a Run) -> Self {
        let environment = differences(&then.environment, &now.environment);
        let builds = build::between(&then.environment, &now.environment);
        let same_machine = builds.is_empty()
            && environment
                .iter()
                .all(|(name, ..)| !matches!(*name, "Processor" | "Compiler" | "Profile"));
        let mut changes = Self {
            then: &then.environment,
            now: &now.environment,
            environment,
            builds,
            verdicts: Vec::new(),
            work: Vec::new(),
            probes: Vec::new(),
            moved: Vec::new(),
            alike: 0,
            apart: BTreeMap::new(),
            probed: 0,
            added: Vec::new(),
            gone: Vec::new(),
        };
        let before: BTreeMap<_, _> = then.results.iter().map(|row| (key(row), row)).collect();
        for row in &now.results {
            match before.get(&key(row)).copied() {
                None => changes.added.push(row),
                Some(old) if old.verdict != row.verdict => {
                    changes.verdicts.push((row, old.verdict))
                }
                Some(_) if row.verdict != Verdict::Ok => {
                    changes.set_apart(Apart::NotVerified(row.verdict.text()));
                }
                Some(old) => {
                    if works_differ(old.witness.as_ref(), row.witness.as_ref()) {
                        changes.work.push(row);
                    }
                    changes.figures(old, row, same_machine);
                }
            }
        }
        let after: BTreeSet<_> = now.results.iter().map(key).collect();
        let is_gone = |old: &&CellResult| !after.contains(&key(old));
        changes.gone = then.results.iter().filter(is_gone).collect();
        for found in &now.capacity {
            let same = |old: &&Capacity| old.backend == found.backend && old.probe == found.probe;
            let Some(old) = then.capacity.iter().find(same) else { continue };
            changes.probed += 1;
            if old.verdict != found.verdict || found.reached < old.reached {
                changes.probes.push((old, found));
            }
        }
        let distance = |moved: &Moved<'_>| moved.factor.ln().abs();
        changes.moved.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
        changes
    }

    fn figures(&mut self, then: &'a CellResult, now: &'a CellResult, same_machine: bool) {
        let (by, factor, low, high) = match compared(then, now, same_machine) {
            Ok(compared) => compared,
            Err(apart) => return self.set_apart(apart),
        };
        let band = then.band.zip(now.band).map(|(a, b)| a + b);
        let comparison = Comparison::between(low, high, band);
        if matches!(comparison, Comparison::Less { .. } | Comparison::More { .. }) {
            self.moved.push(Moved { now, then, factor, low, high, by, comparison });
        } else {
            self.alike += 1;
        }
    }

    fn set_apart(&mut self, why: Apart) {
        *self.apart.entry(why).or_default() += 1;
    }

    /// Cells of either run.
    pub(crate) fn cells(&self) -> usize {
        self.compared()
            + self.apart.values().sum::<usize>()
            + self.verdicts.len()
            + self.added.len()
            + self.gone.len()
    }

    /// Every cell that is not compared, by the reason, a phrase each: "83 of fewer than 6 samples".
    pub(crate) fn not_compared(&self) -> Vec<String> {
        let others = [
            (self.verdicts.len(), "with another verdict"),
            (self.added.len(), "only in the later run"),
            (self.gone.len(), "only in the earlier run"),
        ];
        let apart = self.apart.iter().map(|(why, number)| (*number, why.words()));
        let others = others.into_iter().map(|(number, why)| (number, why.to_owned()));
        let some = apart.chain(others).filter(|(number, _)| *number > 0);
        some.map(|(number, why)| format!("{} {why}", count(number as u64))).collect()
    }

    /// Every cell of the two runs: "549 cells: 466 compared; not compared: 83 of fewer than 6 samples".
    pub(crate) fn account(&self) -> String {
        let cells = plural(self.cells(), "cell", "cells");
        let mut text = format!("{cells}: {} compared", count(self.compared() as u64));
        let others = self.not_compared();
        if !others.is_empty() {
            let _ = write!(text, "; not compared: {}", others.join(", "));
        }
        if self.probed > 0 {
            let probes = plural(self.probed, "probe of capacity", "probes of capacity");
            let moved = count(self.probes.len() as u64);
            let _ = write!(text, "; {probes}: {moved} with less or another verdict");
        }
        text
    }

    /// Cells with a worse verdict: they were verified and are not, or they fail and did not.
    pub(crate) fn worse(&self) -> impl Iterator<Item = &(&'a CellResult, Verdict)> {
        self.verdicts.iter().filter(|(row, before)| {
            *before == Verdict::Ok || (row.verdict.is_failure() && !before.is_failure())
        })
    }

    /// What the differences are: changes, unless the builds differ.
    pub(crate) fn nature(&self) -> Nature {
        if self.builds.is_empty() { Nature::Changes } else { Nature::Builds }
    }

    /// How many figures were compared.
    pub(crate) fn compared(&self) -> usize {
        self.moved.len() + self.alike
    }

    /// How many cells need less than before, and how many more.
    pub(crate) fn directions(&self) -> (usize, usize) {
        let less = self.moved.iter().filter(|moved| moved.factor < 1.0).count();
        (less, self.moved.len() - less)
    }
}

/// What one of the runs did not count is not compared.
fn works_differ(then: Option<&Witness>, now: Option<&Witness>) -> bool {
    let Some((then, now)) = then.zip(now) else { return false };
    let counts = |witness: &Witness| {
        [witness.tasklets, witness.peak_alive, witness.messages, witness.switches]
    };
    let pairs = counts(then).into_iter().zip(counts(now));
    then.digest != now.digest
        || pairs.filter_map(|(then, now)| then.zip(now)).any(|(then, now)| then != now)
}

fn key(row: &CellResult) -> (&str, &str, u64) {
    (&row.scenario, &row.backend, row.size)
}

/// The quotient of two figures of one kind and the widest interval that their intervals allow.
pub(crate) fn compared(
    then: &CellResult,
    now: &CellResult,
    same_machine: bool,
) -> Result<(Figure, f64, f64, f64), Apart> {
    if then.unit != now.unit {
        return Err(Apart::Unit);
    }
    if !is_settled(then) || !is_settled(now) {
        return Err(Apart::Few);
    }
    let with = |value: Option<f64>, interval: Option<(f64, f64)>| {
        let (low, high) = interval?;
        Some((value?, low, high))
    };
    let ratio = |row: &CellResult| with(row.ratio, ratio_interval(row));
    let median = |row: &CellResult| with(row.median, interval(row));
    let by_ratio = !is_reference(now) && then.reference == now.reference;
    let (by, old, new) = match (by_ratio, ratio(then).zip(ratio(now))) {
        (true, Some((old, new))) => (Figure::Ratio, old, new),
        _ if !same_machine => return Err(Apart::Machine),
        _ if then.clock != now.clock => return Err(Apart::Clock),
        _ => {
            let (old, new) = median(then).zip(median(now)).ok_or(Apart::NoInterval)?;
            (Figure::Median, old, new)
        }
    };
    let quotient = (new.0 / old.0, new.1 / old.2, new.2 / old.1);
    let sound = |value: f64| value.is_finite() && value > 0.0;
    if sound(quotient.0) && sound(quotient.1) && sound(quotient.2) {
        Ok((by, quotient.0, quotient.1, quotient.2))
    } else {
        Err(Apart::Zero)
    }
}

fn differences(then: &Environment, now: &Environment) -> Vec<(&'static str, String, String)> {
    let facts = |e: &Environment| {
        [
            ("Processor", e.cpu.clone()),
            ("Logical cores", e.cores.to_string()),
            ("System", e.kernel.clone()),
            ("Compiler", e.rustc.clone()),
            ("Profile", e.profile.clone()),
            ("Commit", e.commit.clone()),
        ]
    };
    let pairs = facts(then).into_iter().zip(facts(now));
    pairs.filter(|(a, b)| a.1 != b.1).map(|((name, a), (_, b))| (name, a, b)).collect()
}

#[cfg(test)]
mod tests {
    use switchback_bench::results::{Build, Lto};

    use super::*;
    use crate::build::tests::known;
    use crate::words::tests::{measured, run_of};

    #[test]
    fn only_what_lies_outside_both_bands_has_changed() {
        let then = run_of(vec![
            measured("a", "hard", 1, 2.0),
            measured("a", "soft", 1, 2.0),
            measured("a", "poll", 1, 2.0),
        ]);
        let mut now = run_of(vec![
            measured("a", "hard", 1, 2.5),
            measured("a", "soft", 1, 2.02),
            measured("a", "poll", 1, 1.0),
        ]);
        now.environment.cpu = "Another".into();
        let changes = Changes::between(&then, &now);
        let moved: Vec<_> = changes.moved.iter().map(|m| (m.now.backend.as_str(), m.by)).collect();
        assert_eq!(moved, [("poll", Figure::Ratio), ("hard", Figure::Ratio)]);
        assert_eq!((changes.alike, changes.directions()), (1, (1, 1)));
        assert_eq!(changes.environment, [("Processor", "Imagined CPU".into(), "Another".into())]);
    }

    #[test]
    fn medians_are_compared_on_one_machine_only() {
        let mut old = measured("a", "plain", 1, 1.0);
        let mut new = measured("a", "plain", 1, 2.0);
        (old.ratio, new.ratio) = (Some(1.0), Some(1.0));
        let then = run_of(vec![old]);
        let mut now = run_of(vec![new]);
        assert_eq!(Changes::between(&then, &now).moved[0].by, Figure::Median);
        now.environment.rustc = "rustc 1.96.0".into();
        let changes = Changes::between(&then, &now);
        assert_eq!((changes.compared(), changes.apart), (0, [(Apart::Machine, 1)].into()));
    }

    #[test]
    fn differences_between_builds_are_no_changes_and_no_medians() {
        let then = run_of(vec![measured("a", "hard", 1, 2.0), measured("a", "plain", 1, 1.0)]);
        let mut now = run_of(vec![measured("a", "hard", 1, 3.0), measured("a", "plain", 1, 2.0)]);
        assert_eq!(Changes::between(&then, &now).nature(), Nature::Changes);
        let (mut then, mut older) = (then.clone(), then);
        older.environment.profile = "release, opt-level 3".into();
        let changes = Changes::between(&older, &now);
        let said =
            "Built with the profile bench, the earlier run with the profile release, opt-level 3.";
        assert_eq!((changes.nature(), changes.builds), (Nature::Builds, vec![said.to_owned()]));
        then.environment.build = Some(known());
        now.environment.build = Some(known());
        let same = Changes::between(&then, &now);
        assert_eq!((same.nature(), same.compared(), same.cells()), (Nature::Changes, 2, 2));
        now.environment.build = Some(Build { lto: Some(Lto::Off), ..known() });
        let changes = Changes::between(&then, &now);
        assert_eq!(changes.nature(), Nature::Builds);
        assert_eq!(changes.builds, ["Built with LTO off, the earlier run with LTO fat."]);
        let apart = [(Apart::Machine, 1)].into();
        assert_eq!((changes.compared(), &changes.apart), (1, &apart), "the ratio, not the median");
    }

    #[test]
    fn every_cell_is_compared_or_counted_under_a_reason() {
        let with = |backend: &str, change: &dyn Fn(&mut CellResult)| {
            let mut row = measured("a", backend, 1, 2.0);
            (row.samples, row.clock) = (Some(9), Some("wall".to_owned()));
            change(&mut row);
            row
        };
        let untimed = |verdict| {
            move |row: &mut CellResult| {
                (row.verdict, row.median, row.low, row.high) = (verdict, None, None, None);
                (row.ratio, row.ratio_low, row.ratio_high) = (None, None, None);
            }
        };
        let no_ratio = |row: &mut CellResult| {
            (row.ratio, row.ratio_low, row.ratio_high) = (None, None, None);
        };
        let none = |_: &mut CellResult| {};
        let few = |row: &mut CellResult| row.samples = Some(5);
        let unit = |row: &mut CellResult| row.unit = "bytes".to_owned();
        let zero = |row: &mut CellResult| row.ratio_low = Some(0.0);
        let clock = |row: &mut CellResult| {
            no_ratio(row);
            row.clock = Some("thread CPU".to_owned());
        };
        let bare = |row: &mut CellResult| {
            no_ratio(row);
            row.low = None;
        };
        type Change<'a> = &'a dyn Fn(&mut CellResult);
        let pairs: [(&str, Change<'_>, Change<'_>); 9] = [
            ("compared", &none, &none),
            ("few then", &few, &none),
            ("few now", &none, &few),
            ("unit", &none, &unit),
            ("zero", &zero, &none),
            ("clock", &no_ratio, &clock),
            ("bare", &no_ratio, &bare),
            ("unsupported", &untimed(Verdict::Unsupported), &untimed(Verdict::Unsupported)),
            ("verdict", &none, &untimed(Verdict::Crash)),
        ];
        let mut then: Vec<_> = pairs.iter().map(|(name, old, _)| with(name, old)).collect();
        let mut now: Vec<_> = pairs.iter().map(|(name, _, new)| with(name, new)).collect();
        then.push(with("gone", &none));
        now.extend([with("added", &none), with("added too", &none)]);
        let (then, now) = (run_of(then), run_of(now));
        let changes = Changes::between(&then, &now);
        assert_eq!((changes.compared(), changes.cells()), (1, 12));
        let said = [
            "1 unsupported in both runs",
            "2 of fewer than 6 samples",
            "1 without an interval",
            "1 in another unit",
            "1 by another clock",
            "1 with a figure of zero",
            "1 with another verdict",
            "2 only in the later run",
            "1 only in the earlier run",
        ];
        assert_eq!(changes.not_compared(), said);
        let mut other = now.clone();
        other.environment.cpu = "Another".into();
        let changes = Changes::between(&now, &other);
        assert_eq!(changes.cells(), now.results.len(), "every cell is in both");
        assert_eq!(changes.apart.get(&Apart::Machine), Some(&2), "{:?}", changes.not_compared());
    }

    #[test]
    fn verdicts_new_cells_and_lost_ones_are_told_apart() {
        let then = run_of(vec![measured("a", "hard", 1, 1.0), measured("a", "gone", 1, 1.0)]);
        let mut now = run_of(vec![measured("a", "hard", 1, 1.0), measured("a", "new", 1, 1.0)]);
        now.results[0].verdict = Verdict::Crash;
        let changes = Changes::between(&then, &now);
        assert_eq!(changes.verdicts.len(), 1);
        assert_eq!(changes.verdicts[0].1, Verdict::Ok);
        assert_eq!(changes.added[0].backend, "new");
        assert_eq!(changes.gone[0].backend, "gone");
        assert_eq!(changes.compared(), 0);
    }
}
