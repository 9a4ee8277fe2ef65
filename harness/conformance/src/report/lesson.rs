//! The end of the output of a run: what failed, from basic to derived, and the one failure to begin
//! with.
//!
//! ```text
//!   what fails, a line per statement
//!   what is known to fail, a line per statement
//!   what was not run, a line per reason
//!   the count
//!   the most basic failure, in full
//!   what fell with it, in one line
//!   the command that repeats it
//! ```

use std::collections::{BTreeMap, BTreeSet};

use switchback_bench::results::visible;

use super::results::{Outcome, Report};
use crate::{Verdict, basic};

/// Statements that get a line; all of it has to fit one screen.
const LINES: usize = 12;
/// Statements that are named in the line of what fell with a failure.
const NAMED: usize = 6;

/// What a failure belongs to, and the cases that fail of it, the most basic one first.
pub(super) struct Fall<'r> {
    pub(super) of: String,
    pub(super) cases: Vec<&'r Outcome>,
}

/// The end of the output. `full`: whether the most basic failure is to be shown, or was already.
pub(super) fn lesson(report: &Report, full: bool) -> String {
    let falls = falls(report, Verdict::unexpected);
    let mut text = String::new();
    if falls.iter().map(|fall| fall.cases.len()).sum::<usize>() > 1 {
        text.push_str("what fails, from basic to derived\n");
        let lines: Vec<String> = falls.iter().map(line).collect();
        push_some(&mut text, &lines);
        text.push('\n');
    }
    let known = known(report);
    if !known.is_empty() {
        text.push_str("what is known to fail, from basic to derived\n");
        let lines: Vec<String> = known.iter().map(line).collect();
        push_some(&mut text, &lines);
        text.push('\n');
    }
    let left_out = left_out(report);
    if !left_out.is_empty() {
        let again = if smoke_failed(report) { "" } else { KEEP };
        text.push_str(&format!("not run{again}\n"));
        push_some(&mut text, &left_out);
        text.push('\n');
    }
    text.push_str(&count(report));
    if let Some((first, fall)) = falls.first().and_then(|fall| Some((fall.cases.first()?, fall))) {
        if full {
            let verdict = first.verdict;
            let detail = without_replay(first);
            text.push_str(&format!(
                "\nthe most basic failure: {}\n{verdict}: {detail}\n",
                first.id
            ));
        }
        if let Some(with_it) = with_it(fall, &falls[1..]) {
            text.push_str(&format!("\nfell with it: {with_it}\n"));
        }
        if let Some(replay) = &first.replay {
            text.push_str(&format!("\nreplay\n  {replay}\n"));
        }
    }
    visible(&text).into_owned()
}

/// One line about a failure, for lists.
pub(super) fn brief(outcome: &Outcome) -> String {
    let detail = outcome.detail.as_deref().unwrap_or_default();
    let paragraphs = detail.split("\n\n").filter(|text| !text.trim().is_empty());
    let found = paragraphs.clone().find_map(|text| text.strip_prefix("found\n"));
    let first = paragraphs.clone().find(|text| !text.starts_with(ADAPTER));
    let line = found.or(first).and_then(|text| text.lines().next()).unwrap_or_default();
    let line = line.trim();
    let line = line.strip_prefix(&format!("{}: ", outcome.id)).unwrap_or(line);
    visible(&format!("{}: {line}", outcome.verdict)).into_owned()
}

/// Begins what is said about a failure of the smoke tier.
pub(crate) const ADAPTER: &str = "the adapter of the backend is probably wrong";

/// What is said about a case that was not asked for.
pub(crate) const FILTERED: &str = "left out by a filter";

/// Begins what is said about a case behind a smoke tier that fails.
pub(crate) const NOT_TRIED: &str = "not tried: ";

/// The known failures by what they belong to, from basic to derived.
pub(super) fn known(report: &Report) -> Vec<Fall<'_>> {
    falls(report, |verdict| verdict == Verdict::KnownFail)
}

/// The reasons that were declared for the cases, each with how often.
pub(super) fn reasons<'r>(fall: &Fall<'r>) -> BTreeMap<&'r str, usize> {
    let mut reasons = BTreeMap::new();
    for case in &fall.cases {
        let detail = case.detail.as_deref().unwrap_or_default();
        let first = detail.lines().next().unwrap_or_default();
        *reasons.entry(first.strip_prefix(KNOWN).unwrap_or(first)).or_default() += 1;
    }
    reasons
}

/// Begins what is said about a known failure, in front of the reason.
pub(crate) const KNOWN: &str = "known failure: ";

/// The failures by what they belong to, from basic to derived. What is left behind comes last: the
/// case itself held.
fn falls(report: &Report, fails: fn(Verdict) -> bool) -> Vec<Fall<'_>> {
    let place =
        |case: &Outcome| (is_leak(case), basic::rank(&case.id, &case.group, &case.statements));
    let mut failed: Vec<&Outcome> =
        report.cases.iter().filter(|case| fails(case.verdict)).collect();
    failed.sort_by_key(|case| place(case));
    let mut falls: Vec<Fall<'_>> = Vec::new();
    for case in failed {
        let of = belongs_to(report, case, fails);
        match falls.iter_mut().find(|fall| fall.of == of) {
            Some(fall) => fall.cases.push(case),
            None => falls.push(Fall { of, cases: vec![case] }),
        }
    }
    for Fall { of, cases } in &mut falls {
        // The case of the statement itself says it best.
        cases.sort_by_key(|case| case.id.rsplit("::").next() != Some(of.as_str()));
    }
    falls.sort_by_key(|fall| fall.cases.first().map(|case| place(case)));
    falls
}

fn is_leak(case: &Outcome) -> bool {
    case.detail.as_deref().is_some_and(|detail| detail.starts_with("leaked: "))
}

/// The statement that a failure is put down to, or the series of its case. Of several it is the one
/// whose cases fail most often: a statement with cases that pass is less likely to be broken.
fn belongs_to(report: &Report, case: &Outcome, fails: fn(Verdict) -> bool) -> String {
    if is_leak(case) {
        return "leaks".to_owned();
    }
    let mut blamed: Option<(&str, f64)> = None;
    for id in statements(case) {
        let share = share_of_failures(report, id, fails);
        if blamed.is_none_or(|(_, most)| share > most) {
            blamed = Some((id, share));
        }
    }
    match blamed {
        Some((statement, _)) if case.group != crate::group::SMOKE => statement.to_owned(),
        _ => basic::series(&case.id).to_owned(),
    }
}

/// The statements that a case is about: those that its failure says must hold, and its own.
fn statements(case: &Outcome) -> impl Iterator<Item = &str> {
    let detail = case.detail.as_deref().unwrap_or_default();
    let told = detail.split("must hold\n").nth(1).unwrap_or_default();
    let told = told.lines().take_while(|line| line.starts_with("  "));
    let told = told.filter_map(|line| line.split_whitespace().next());
    told.filter(|id| !basic::sentence(id).is_empty())
        .chain(case.statements.iter().map(String::as_str))
}

/// Of the cases about a statement that passed or failed, the share of those that failed.
fn share_of_failures(report: &Report, id: &str, fails: fn(Verdict) -> bool) -> f64 {
    let (mut failed, mut passed) = (0_u32, 0_u32);
    for case in report.cases.iter().filter(|case| statements(case).any(|other| other == id)) {
        failed += u32::from(fails(case.verdict) && !is_leak(case));
        passed += u32::from(case.verdict == Verdict::Pass);
    }
    f64::from(failed) / f64::from((failed + passed).max(1))
}

/// `  C104   12 cases  Waiting tasklets are served in the order in which they blocked.`
fn line(fall: &Fall<'_>) -> String {
    let number = fall.cases.len();
    let cases = if number == 1 { "case " } else { "cases" };
    let words = match (basic::sentence(&fall.of), fall.cases.first()) {
        ("", Some(first)) => format!("{}: {}", first.id, brief(first)),
        (sentence, _) => sentence.to_owned(),
    };
    format!("  {:<16} {number:>4} {cases}  {words}", fall.of)
}

/// How to have all cases run.
const KEEP: &str = " (SWITCHBACK_KEEP_GOING=1 runs it)";

fn smoke_failed(report: &Report) -> bool {
    report.unexpected().any(|case| case.group == crate::group::SMOKE)
}

fn push_some(text: &mut String, lines: &[String]) {
    for line in lines.iter().take(LINES) {
        text.push_str(&format!("{line}\n"));
    }
    if let Some(more @ 1..) = lines.len().checked_sub(LINES) {
        text.push_str(&format!("  and {more} more\n"));
    }
}

/// How many cases were not run, by series and reason; what a filter left out is no news.
fn left_out(report: &Report) -> Vec<String> {
    let mut reasons = BTreeMap::<&str, (usize, BTreeSet<&str>)>::new();
    for case in report.cases.iter().filter(|case| case.verdict == Verdict::NotRun) {
        let reason = case.detail.as_deref().unwrap_or_default();
        if reason == FILTERED {
            continue;
        }
        let reason = reason.strip_prefix(NOT_TRIED).unwrap_or(reason);
        let (number, series) = reasons.entry(reason).or_default();
        *number += 1;
        series.insert(basic::series(&case.id));
    }
    let line = |(reason, (number, series)): (&str, (usize, BTreeSet<&str>))| {
        let of = match series.len() {
            1 => series.into_iter().next().unwrap_or_default(),
            _ => "all kinds",
        };
        format!("  {number} of {of}: {reason}")
    };
    reasons.into_iter().map(line).collect()
}

/// `mine: 1083 cases: 1036 pass, 43 fail, 4 unsupported`
fn count(report: &Report) -> String {
    let number = report.cases.len();
    if number == 0 {
        return format!("{}: no case\n", report.backend);
    }
    let cases = if number == 1 { "case" } else { "cases" };
    let verdicts: Vec<String> = Verdict::ALL
        .iter()
        .filter(|verdict| report.total(**verdict) > 0)
        .map(|verdict| format!("{} {verdict}", report.total(*verdict)))
        .collect();
    format!("{}: {number} {cases}: {}\n", report.backend, verdicts.join(", "))
}

/// The text of a failure without the command, which is shown last.
fn without_replay(case: &Outcome) -> &str {
    let detail = case.detail.as_deref().unwrap_or_default();
    let end = case.replay.as_ref().map(|replay| format!("\n\nreplay\n  {replay}"));
    end.and_then(|end| detail.strip_suffix(end.as_str())).unwrap_or(detail)
}

/// `11 more of C104; 31 of C107 (20), C110 (8), 2 others`
fn with_it(first: &Fall<'_>, others: &[Fall<'_>]) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(more @ 1..) = first.cases.len().checked_sub(1) {
        parts.push(format!("{more} more of {}", first.of));
    }
    if !others.is_empty() {
        let number: usize = others.iter().map(|fall| fall.cases.len()).sum();
        let named = |fall: &Fall<'_>| format!("{} ({})", fall.of, fall.cases.len());
        let mut names: Vec<String> = others.iter().take(NAMED).map(named).collect();
        if let Some(more @ 1..) = others.len().checked_sub(NAMED) {
            names.push(format!("{more} others"));
        }
        parts.push(format!("{number} of {}", names.join(", ")));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}
