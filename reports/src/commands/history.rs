//! Many runs in the order of time: how the cost of each cell went, and where it changed.
//!
//! ```text
//! runs of a folder -> machine classes -> cells -> levels
//!                                                  a level begins at a change point: the first run whose figure differs from that of
//!                                                  the run the last level began with, beyond the noise of both
//! ```
//!
//! Runs of different machines are never joined by a line: each class of machines has figures of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use switchback_bench::results::{self, CellResult, Environment, Run, Verdict};

use super::Form;
use crate::baseline::compared;
use crate::fit::{self, name, safe};
use crate::markdown::inline;
use crate::numbers::{Dimension, count};
use crate::page;
use crate::words::Comparison;
use crate::{Error, build};

/// Most runs of a class that are shown, the latest.
const RUNS: usize = 200;

/// The runs of a folder.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// In the order of time: where each is from, and the run.
    runs: Vec<(PathBuf, Run)>,
    /// Files that are no results, with the cause.
    pub unread: Vec<String>,
}

impl History {
    /// The results files of a folder: `*.json` in it, and `run.json` in the folders below.
    ///
    /// # Errors
    /// [`Error::Input`] if the folder cannot be read, or holds no results.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let fail = |cause: String| Error::Input { path: folder.to_owned(), cause };
        let entries = fs::read_dir(folder)
            .map_err(|cause| fail(format!("expected a folder with results: {cause}")))?;
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in entries {
            let path = entry.map_err(|cause| fail(format!("cannot be read: {cause}")))?.path();
            if path.is_dir() {
                // Also what is none: it is told, rather than passed over.
                files.extend(
                    Some(path.join("run.json")).filter(|path| path.symlink_metadata().is_ok()),
                );
            } else if path.extension().is_some_and(|ending| ending == "json") {
                files.push(path);
            }
        }
        files.sort();
        let mut history = Self::default();
        for path in files {
            match results::read(&path) {
                Ok(run) => history.runs.push((path, run)),
                Err(error) => history.unread.push(error.to_string()),
            }
        }
        if history.runs.is_empty() {
            return Err(fail(format!(
                "expected results of `cargo bench`, found {}; copy a run.json of each run there, under a name of its own",
                none_of(&history.unread)
            )));
        }
        // Stable: runs that do not tell their time stay in the order of their names, before the others.
        history.runs.sort_by(|a, b| a.1.environment.started.cmp(&b.1.environment.started));
        Ok(history)
    }

    /// Writes the trends.
    #[must_use]
    pub fn render(&self, form: Form) -> String {
        let classes = self.classes();
        match form {
            Form::Text => safe(text(&classes, &self.unread)),
            Form::Markdown => safe(markdown(&classes, &self.unread)),
            Form::Html => {
                let weight = self.runs.iter().map(|(_, run)| fit::weight(run)).sum();
                fit::within(fit::limit(weight), |most| {
                    safe(page::of_history(&classes, &self.unread, most))
                })
            }
        }
    }

    fn classes(&self) -> Vec<Class<'_>> {
        let mut classes: Vec<(String, Vec<&Run>)> = Vec::new();
        for (_, run) in &self.runs {
            let machine = machine(&run.environment);
            match classes.iter_mut().find(|(known, _)| *known == machine) {
                Some((_, runs)) => runs.push(run),
                None => classes.push((machine, vec![run])),
            }
        }
        classes.into_iter().map(|(machine, runs)| Class::of(machine, runs)).collect()
    }
}

/// What a folder without a run has instead: nothing, or files that cannot be read, each with its cause.
fn none_of(unread: &[String]) -> String {
    const MOST: usize = 3;
    if unread.is_empty() {
        return "none".to_owned();
    }
    let said = unread.iter().take(MOST).map(|cause| fit::text(cause).into_owned());
    let mut text = format!("none that can be read ({}", said.collect::<Vec<_>>().join("; "));
    if unread.len() > MOST {
        let _ = write!(text, "; and {} more", count((unread.len() - MOST) as u64));
    }
    text.push(')');
    text
}

/// What machines of one class have in common.
fn machine(environment: &Environment) -> String {
    let target = environment.build.as_ref().and_then(|build| build.target.as_deref());
    let mut text = format!("{}, {} cores", environment.cpu, environment.cores);
    if let Some(target) = target {
        let _ = write!(text, ", {target}");
    }
    text
}

/// Runs of machines of one class.
pub(crate) struct Class<'a> {
    pub(crate) machine: String,
    /// The latest, in the order of time.
    pub(crate) runs: Vec<&'a Run>,
    /// Earlier runs that are not shown.
    pub(crate) earlier: usize,
    /// Cells that at least two of the runs have, in the order of the latest run.
    pub(crate) trends: Vec<Trend<'a>>,
}

/// A cell over the runs.
pub(crate) struct Trend<'a> {
    pub(crate) scenario: &'a str,
    pub(crate) backend: &'a str,
    pub(crate) size: u64,
    /// The cell of each run; none where the run has none, or no figure.
    pub(crate) cells: Vec<Option<&'a CellResult>>,
    pub(crate) changes: Vec<Change>,
}

/// A run in which the cost of a cell left its level.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    /// Which of the runs.
    pub(crate) at: usize,
    pub(crate) factor: f64,
    /// "slower by 12–15 %".
    pub(crate) phrase: String,
    /// True if the build is another one as well.
    pub(crate) rebuilt: bool,
}

impl<'a> Class<'a> {
    fn of(machine: String, mut runs: Vec<&'a Run>) -> Self {
        let earlier = runs.len().saturating_sub(RUNS);
        runs.drain(..earlier);
        let mut cells: BTreeMap<(&str, &str, u64), Vec<Option<&CellResult>>> = BTreeMap::new();
        let mut order: Vec<(&str, &str, u64)> = Vec::new();
        // From the latest, so that its order is that of the whole.
        for (at, run) in runs.iter().enumerate().rev() {
            for row in &run.results {
                let key = (row.scenario.as_str(), row.backend.as_str(), row.size);
                let places = cells.entry(key).or_insert_with(|| {
                    order.push(key);
                    vec![None; runs.len()]
                });
                let timed = row.verdict == Verdict::Ok && row.median.is_some();
                places[at] = Some(row).filter(|_| timed);
            }
        }
        let trends = order.into_iter().filter_map(|key| {
            let cells = cells.remove(&key)?;
            let (scenario, backend, size) = key;
            let changes = changes(&runs, &cells);
            (cells.iter().flatten().count() > 1).then_some(Trend {
                scenario,
                backend,
                size,
                cells,
                changes,
            })
        });
        let trends = trends.collect();
        Self { machine, runs, earlier, trends }
    }

    /// Trends with change points, those with the latest first.
    pub(crate) fn changed(&self) -> Vec<(&Trend<'a>, &Change)> {
        let mut changed: Vec<_> = self
            .trends
            .iter()
            .flat_map(|trend| trend.changes.iter().map(move |change| (trend, change)))
            .collect();
        changed.sort_by(|a, b| {
            let size = |change: &Change| change.factor.ln().abs();
            b.1.at.cmp(&a.1.at).then(size(b.1).total_cmp(&size(a.1)))
        });
        changed
    }

    /// A run as people call it: its day and its commit.
    pub(crate) fn label(&self, at: usize) -> String {
        let environment = &self.runs[at].environment;
        let day = environment.started.as_deref().map_or("no date", |text| &text[..10]);
        let commit: String = environment.commit.chars().take(12).collect();
        format!("{day} {commit}")
    }

    /// A run as an axis calls it: its day, or its commit.
    pub(crate) fn short(&self, at: usize) -> String {
        let environment = &self.runs[at].environment;
        match &environment.started {
            Some(text) => text.chars().take(10).collect(),
            None => environment.commit.chars().take(7).collect(),
        }
    }

    /// Scenarios with trends, in order.
    pub(crate) fn scenarios(&self) -> Vec<&'a str> {
        let mut seen = BTreeSet::new();
        self.trends.iter().map(|trend| trend.scenario).filter(|name| seen.insert(*name)).collect()
    }
}

/// The change points of a cell.
fn changes(runs: &[&Run], cells: &[Option<&CellResult>]) -> Vec<Change> {
    let mut found = Vec::new();
    let mut level: Option<(usize, &CellResult)> = None;
    for (at, cell) in cells.iter().enumerate() {
        let Some(cell) = *cell else { continue };
        let Some((start, then)) = level else {
            level = Some((at, cell));
            continue;
        };
        // One machine class, so that medians may be compared too: but only of one compiler.
        let (old, new) = (&runs[start].environment, &runs[at].environment);
        let rebuilt = !build::between(old, new).is_empty() || old.rustc != new.rustc;
        let Ok((_, factor, low, high)) = compared(then, cell, !rebuilt) else { continue };
        let band = then.band.zip(cell.band).map(|(a, b)| a + b);
        let comparison = Comparison::between(low, high, band);
        if matches!(comparison, Comparison::Less { .. } | Comparison::More { .. }) {
            let phrase = comparison.phrase(Dimension::of(&cell.unit));
            found.push(Change { at, factor, phrase, rebuilt });
            level = Some((at, cell));
        }
    }
    found
}

fn id(trend: &Trend<'_>) -> String {
    format!("{}/{}/{}", name(trend.scenario), name(trend.backend), trend.size)
}

/// Change points as sentences.
fn lines(class: &Class<'_>) -> Vec<String> {
    let line = |(trend, change): (&Trend<'_>, &Change)| {
        let other = if change.rebuilt { ", in another build" } else { "" };
        format!("{}: {} since {}{other}", id(trend), change.phrase, class.label(change.at))
    };
    class.changed().into_iter().map(line).collect()
}

/// "12 runs from .. to ..".
pub(crate) fn span(class: &Class<'_>) -> String {
    let last = class.runs.len().saturating_sub(1);
    let mut text = match class.runs.len() {
        1 => format!("1 run, {}", class.label(0)),
        more => {
            format!("{} runs from {} to {}", count(more as u64), class.label(0), class.label(last))
        }
    };
    if class.earlier > 0 {
        let _ = write!(text, "; {} earlier ones are left out", count(class.earlier as u64));
    }
    text
}

fn text(classes: &[Class<'_>], unread: &[String]) -> String {
    let mut text = String::new();
    for class in classes {
        let _ = writeln!(text, "{}: {}", name(&class.machine), span(class));
        let lines = lines(class);
        if lines.is_empty() {
            let _ = writeln!(text, "  {} cells, no change shown", count(class.trends.len() as u64));
        }
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
    }
    for cause in unread {
        let _ = writeln!(text, "not read: {}", fit::text(cause));
    }
    text
}

fn markdown(classes: &[Class<'_>], unread: &[String]) -> String {
    const LIMIT: usize = crate::MARKDOWN_LIMIT - 200;
    let (mut text, mut left_out) = ("## switchback: history\n\n".to_owned(), 0_u64);
    let mut add = |part: String| {
        if text.len() + part.len() <= LIMIT { text.push_str(&part) } else { left_out += 1 }
    };
    for class in classes {
        add(format!("### {}\n\n{}\n\n", inline(&name(&class.machine)), inline(&span(class))));
        let lines = lines(class);
        if lines.is_empty() {
            add("No change shown.\n".to_owned());
        }
        for line in lines {
            add(format!("- {}\n", inline(&line)));
        }
        add("\n".to_owned());
    }
    for cause in unread {
        add(format!("- not read: {}\n", inline(&fit::text(cause))));
    }
    if left_out > 0 {
        let _ = writeln!(text, "\n{} lines left out for length.", count(left_out));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tests::{measured, run_of};

    fn run(day: u32, cpu: &str, hard: f64) -> Run {
        let mut run = run_of(vec![measured("a", "plain", 1, 1.0), measured("a", "hard", 1, hard)]);
        run.environment.cpu = cpu.to_owned();
        run.environment.commit = format!("commit{day}");
        run.environment.started = Some(format!("2026-01-{day:02}T12:00:00Z"));
        run
    }

    fn history(runs: Vec<Run>) -> History {
        let runs = runs.into_iter().map(|run| (PathBuf::from("run.json"), run)).collect();
        History { runs, unread: Vec::new() }
    }

    #[test]
    fn a_planted_step_is_found_where_it_is_and_noise_is_not() {
        let costs = [2.0, 2.01, 1.995, 3.0, 3.02, 2.0];
        let runs = costs.iter().zip(1..).map(|(cost, day)| run(day, "x", *cost)).collect();
        let text = history(runs).render(Form::Text).replace('\u{a0}', " ");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "x, 2 cores: 6 runs from 2026-01-01 commit1 to 2026-01-06 commit6",
                "  a/hard/1: faster by 32\u{2013}35 % since 2026-01-06 commit6",
                "  a/hard/1: slower by 47\u{2013}53 % since 2026-01-04 commit4",
            ]
        );
    }

    #[test]
    fn small_steps_in_one_direction_add_up_to_a_change() {
        let costs = [2.0, 2.02, 2.04, 2.06];
        let runs = costs.iter().zip(1..).map(|(cost, day)| run(day, "x", *cost)).collect();
        let text = history(runs).render(Form::Text);
        assert!(text.contains("since 2026-01-04 commit4"), "{text}");
    }

    #[test]
    fn machines_are_never_joined() {
        let history = history(vec![run(1, "x", 2.0), run(2, "y", 9.0), run(3, "x", 2.0)]);
        let classes = history.classes();
        let runs: Vec<_> = classes.iter().map(|class| class.runs.len()).collect();
        assert_eq!(runs, [2, 1]);
        assert!(classes.iter().all(|class| class.changed().is_empty()));
        for form in [Form::Text, Form::Markdown, Form::Html] {
            let text = history.render(form);
            assert!(text.contains("x, 2 cores") && text.contains("y, 2 cores"), "{form:?}");
        }
    }

    #[test]
    fn another_build_is_named_beside_its_change() {
        let mut later = run(2, "x", 4.0);
        later.environment.rustc = "rustc 1.96.0".into();
        let text = history(vec![run(1, "x", 2.0), later]).render(Form::Text);
        assert!(text.contains("since 2026-01-02 commit2, in another build"), "{text}");
    }
}
