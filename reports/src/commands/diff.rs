//! Two runs: what has another verdict, what did other work, what costs more or less beyond the noise of both, and what only one has.

use std::fmt::Write;

use switchback_bench::results::{self, CellResult, Run};

use super::Form;
use crate::baseline::{Changes, Moved, Nature};
use crate::fit::{self, name, safe};
use crate::markdown::inline;
use crate::numbers::{Dimension, count, plural};
use crate::page;

/// What makes a comparison fail.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gate {
    /// Per cent by which a cell may become slower for sure; without it time never fails.
    pub time: Option<f64>,
    /// Whether the later run may lack cells, as one with a filter does.
    pub partial: bool,
}

/// A comparison of two runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// It in words.
    pub text: String,
    /// Why the gate is closed, a sentence each; it is open if there is none.
    pub closed: Vec<String>,
}

/// Compares a run with an earlier one.
///
/// The gate closes for a verdict that became worse, for a new cell that fails, for verified work that is now another, and for
/// verified cells that are gone; for time only if [`Gate::time`] says so, and then only between runs of one build.
#[must_use]
pub fn diff(then: &Run, now: &Run, gate: Gate, form: Form) -> Difference {
    let changes = Changes::between(then, now);
    let closed = reasons(&changes, gate);
    let text = match form {
        Form::Text => safe(text(&changes, &closed)),
        Form::Markdown => safe(markdown(&changes, &closed)),
        Form::Html => {
            let limit = fit::limit(fit::weight(then) + fit::weight(now));
            fit::within(limit, |most| safe(page::of_changes(&changes, &closed, most)))
        }
    };
    Difference { text, closed }
}

fn reasons(changes: &Changes<'_>, gate: Gate) -> Vec<String> {
    let mut closed = Vec::new();
    let mut say = |number: usize, one: &str, more: &str| {
        if number > 0 {
            closed.push(plural(number, one, more));
        }
    };
    say(changes.worse().count(), "cell has a worse verdict", "cells have a worse verdict");
    let failing = changes.added.iter().filter(|row| row.verdict.is_failure()).count();
    say(failing, "new cell fails", "new cells fail");
    say(changes.work.len(), "cell did other work", "cells did other work");
    let lost = changes.gone.iter().filter(|row| row.verdict == OK).count();
    say(if gate.partial { 0 } else { lost }, "verified cell is gone", "verified cells are gone");
    let probes = changes.probes.iter().filter(|(_, now)| now.verdict.is_failure()).count();
    say(probes, "probe of capacity fails", "probes of capacity fail");
    if let Some(percent) = gate.time.filter(|_| changes.nature() == Nature::Changes) {
        let slower = |moved: &&Moved<'_>| moved.low > 1.0 + percent / 100.0;
        let number = changes.moved.iter().filter(slower).count();
        let (one, more) = ("cell became", "cells became");
        let than = format!("slower by more than {}\u{a0}%", results::number(percent));
        say(number, &format!("{one} {than}"), &format!("{more} {than}"));
    }
    closed
}

const OK: results::Verdict = results::Verdict::Ok;

/// The comparison in one line.
pub(crate) fn summary(changes: &Changes<'_>, closed: &[String]) -> String {
    let (less, more) = changes.directions();
    if !closed.is_empty() {
        return format!("Not as before: {}.", closed.join("; "));
    }
    format!(
        "Verdicts and counts hold: {} compared, {} lower, {} higher, the others alike.",
        plural(changes.compared(), "figure", "figures"),
        count(less as u64),
        count(more as u64)
    )
}

fn id(row: &CellResult) -> String {
    format!("{}/{}/{}", name(&row.scenario), name(&row.backend), row.size)
}

fn cells(rows: &[&CellResult]) -> String {
    const MOST: usize = 20;
    let mut text: Vec<String> = rows.iter().take(MOST).map(|row| id(row)).collect();
    if rows.len() > MOST {
        text.push(format!("and {} more", count((rows.len() - MOST) as u64)));
    }
    text.join(", ")
}

/// Lines under headings, in the order of their weight.
fn lists(changes: &Changes<'_>) -> Vec<(&'static str, Vec<String>)> {
    let verdicts = changes
        .verdicts
        .iter()
        .map(|(row, before)| format!("{}: {}, was {before}", id(row), row.verdict));
    let probes = changes.probes.iter().map(|(then, now)| {
        let said = |found: &results::Capacity| match found.reached {
            Some(reached) => count(reached),
            None => found.verdict.to_string(),
        };
        format!("{}: {}, was {}", name(&now.id()), said(now), said(then))
    });
    let work = changes.work.iter().map(|row| format!("{}: another witness", id(row)));
    let moved = changes.moved.iter().map(|moved| {
        let phrase = moved.comparison.phrase(Dimension::of(&moved.now.unit));
        format!("{}: {phrase}", id(moved.now))
    });
    let figures = match changes.nature() {
        Nature::Changes => "Changes outside the noise of both runs",
        Nature::Builds => "Differences between two builds, outside the noise of both runs",
    };
    let one = |rows: &[&CellResult]| match rows {
        [] => Vec::new(),
        rows => vec![format!("{}: {}", plural(rows.len(), "cell", "cells"), cells(rows))],
    };
    let lists = [
        ("Other verdicts", verdicts.chain(probes).collect()),
        ("Other work", work.collect()),
        (figures, moved.collect()),
        ("Only in the later run", one(&changes.added)),
        ("Only in the earlier run", one(&changes.gone)),
    ];
    lists.into_iter().filter(|(_, lines): &(_, Vec<_>)| !lines.is_empty()).collect()
}

fn text(changes: &Changes<'_>, closed: &[String]) -> String {
    let mut text = format!("{}\n", summary(changes, closed));
    for sentence in &changes.builds {
        let _ = writeln!(text, "{sentence}");
    }
    for (fact, then, now) in &changes.environment {
        let _ = writeln!(text, "{fact}: {} before, {} now", name(then), name(now));
    }
    let _ = writeln!(text, "{}", changes.account());
    for (heading, lines) in lists(changes) {
        let _ = writeln!(text, "\n{heading}");
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

/// As a comment may be: its lists folded after the first lines, and short enough for the services that take comments.
fn markdown(changes: &Changes<'_>, closed: &[String]) -> String {
    /// GitHub takes comments of 65,536 characters.
    const LIMIT: usize = 60_000;
    const OPEN: usize = 10;
    let mut text = format!("### switchback: {}\n\n", inline(&summary(changes, closed)));
    let commit = |environment: &results::Environment| {
        inline(&environment.commit.chars().take(12).collect::<String>())
    };
    let _ = writeln!(text, "{} against {}\n", commit(changes.now), commit(changes.then));
    let _ = writeln!(text, "{}\n", inline(&changes.account()));
    for sentence in &changes.builds {
        let _ = writeln!(text, "- {}", inline(sentence));
    }
    let mut left_out = 0;
    for (heading, lines) in lists(changes) {
        let _ = write!(text, "\n#### {heading} ({})\n\n", lines.len());
        for (i, line) in lines.iter().enumerate() {
            if i == OPEN {
                text.push_str("\n<details><summary>all others</summary>\n\n");
            }
            let line = format!("- {}\n", inline(line));
            if text.len() + line.len() > LIMIT {
                left_out += 1;
            } else {
                text.push_str(&line);
            }
        }
        if lines.len() > OPEN {
            text.push_str("\n</details>\n");
        }
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
    use results::Verdict;
    use switchback_bench::witness::Witness;

    fn both() -> (Run, Run) {
        let then = run_of(vec![
            measured("a", "plain", 1, 1.0),
            measured("a", "hard", 1, 2.0),
            measured("a", "soft", 1, 2.0),
        ]);
        (then.clone(), then)
    }

    fn closed(then: &Run, now: &Run, gate: Gate) -> Vec<String> {
        diff(then, now, gate, Form::Text).closed
    }

    #[test]
    fn a_run_is_as_itself_in_every_form() {
        let (then, now) = both();
        for form in [Form::Text, Form::Markdown, Form::Html] {
            let found = diff(&then, &now, Gate { time: Some(0.0), partial: false }, form);
            assert_eq!(found.closed, [""; 0], "{form:?}");
            let said = "Verdicts and counts hold: 3 figures compared, 0 lower, 0 higher, the others alike.";
            assert!(found.text.contains(said), "{}", found.text);
        }
    }

    #[test]
    fn each_planted_change_closes_the_gate_for_its_own_reason() {
        let (then, mut now) = both();
        now.results[1].verdict = Verdict::Crash;
        assert_eq!(closed(&then, &now, Gate::default()), ["1 cell has a worse verdict"]);
        assert_eq!(closed(&now, &then, Gate::default()), [""; 0], "a repair closes nothing");

        let (then, mut now) = both();
        now.results.remove(2);
        assert_eq!(closed(&then, &now, Gate::default()), ["1 verified cell is gone"]);
        assert_eq!(closed(&then, &now, Gate { partial: true, time: None }), [""; 0]);

        let (mut then, mut now) = both();
        then.results[1].witness = Some(Witness { messages: Some(10), ..Witness::of(7) });
        now.results[1].witness = Some(Witness { messages: Some(10), ..Witness::of(7) });
        assert_eq!(closed(&then, &now, Gate::default()), [""; 0]);
        now.results[1].witness = Some(Witness { messages: Some(11), ..Witness::of(7) });
        assert_eq!(closed(&then, &now, Gate::default()), ["1 cell did other work"]);

        let (then, mut now) = both();
        let mut row = measured("b", "hard", 1, 1.0);
        (row.verdict, row.median) = (Verdict::Timeout, None);
        now.results.push(row);
        assert_eq!(closed(&then, &now, Gate::default()), ["1 new cell fails"]);
    }

    #[test]
    fn time_closes_the_gate_only_if_asked_and_only_for_sure() {
        let (then, mut now) = both();
        now.results[1] = measured("a", "hard", 1, 3.0);
        let gate = |percent| Gate { time: Some(percent), partial: false };
        assert_eq!(closed(&then, &now, Gate::default()), [""; 0]);
        // 3.0 by 2.0, each with 1 % to either side: at least 1.47.
        let said = ["1 cell became slower by more than 40\u{a0}%"];
        assert_eq!(closed(&then, &now, gate(40.0)), said);
        assert_eq!(closed(&then, &now, gate(48.0)), [""; 0]);
        assert_eq!(closed(&now, &then, gate(0.0)), [""; 0], "faster");
        now.environment.profile = "release, opt-level 3".into();
        assert_eq!(closed(&then, &now, gate(40.0)), [""; 0], "another build");
        let text = diff(&then, &now, gate(40.0), Form::Text).text;
        assert!(text.contains("Differences between two builds"), "{text}");
    }

    #[test]
    fn verdicts_come_first_and_what_one_run_lacks_last() {
        let (then, mut now) = both();
        now.results[1].verdict = Verdict::Crash;
        now.results[2] = measured("a", "soft", 1, 1.0);
        now.results.push(measured("z", "new", 1, 1.0));
        for form in [Form::Text, Form::Markdown] {
            let text = diff(&then, &now, Gate::default(), form).text;
            let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part} in {text}"));
            assert!(at("a/hard/1: crash, was ok") < at("a/soft/1: faster by"), "{text}");
            assert!(at("a/soft/1: faster by") < at("z/new/1"), "{text}");
        }
    }

    #[test]
    fn a_comment_stays_short_enough_to_be_taken() {
        let rows = |ratio| (0..5_000).map(|i| measured("a", "hard", i + 1, ratio)).collect();
        let (mut then, mut now) = (run_of(rows(1.0)), run_of(rows(2.0)));
        for run in [&mut then, &mut now] {
            run.complete = false;
        }
        let text = diff(&then, &now, Gate::default(), Form::Markdown).text;
        assert!(
            text.len() < 65_000 && text.contains("lines left out for length"),
            "{}",
            text.len()
        );
    }
}
