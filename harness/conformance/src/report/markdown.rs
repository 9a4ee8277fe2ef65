//! Results as Markdown, small enough for the summary of a step.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use switchback_bench::results::visible;

use super::lesson;
use super::results::{Ended, Outcome, Report};
use crate::{Verdict, basic, group};

/// Kept free for the lines that say what is left out.
const RESERVE: usize = 400;
/// Backends that a table has columns for: more cannot be read.
const COLUMNS: usize = 32;

/// Text that stops growing in time and counts what it turns away.
struct Bounded {
    text: String,
    limit: usize,
    left_out: usize,
}

impl Bounded {
    /// Adds a part, whole or not at all. Once one does not fit, no later one is shown: the order is
    /// that of the suite.
    fn add(&mut self, part: &str) {
        let part = visible(part);
        if self.left_out > 0 || self.text.len() + part.len() + RESERVE > self.limit {
            self.left_out += 1;
        } else {
            self.text.push_str(&part);
        }
    }
}

/// Verdicts of all backends, known failures by statement, then the texts of what is unexpected, as
/// far as they fit.
pub(super) fn summary(reports: &[Report], limit: usize) -> String {
    // Each table leaves room for what comes behind it.
    let mut out = Bounded { text: String::new(), limit: limit / 4, left_out: 0 };
    verdicts(reports, &mut out);
    let mut rows = std::mem::take(&mut out.left_out);
    out.limit = limit / 2;
    groups(reports, &mut out);
    rows += std::mem::take(&mut out.left_out);
    out.limit = limit / 4 * 3;
    for report in reports {
        known(report, &mut out);
    }
    rows += std::mem::take(&mut out.left_out);
    out.limit = limit;
    for report in reports {
        for case in report.cases.iter().filter(|case| case.verdict.unexpected()) {
            out.add(&section(report, case));
        }
    }
    let Bounded { mut text, left_out, .. } = out;
    let note = "conformance.json has them all";
    if reports.len() > COLUMNS {
        let columns = reports.len() - COLUMNS;
        let _ = writeln!(text, "\n{columns} further backends have no column in here; {note}.");
    }
    for (count, what) in [(rows, "rows"), (left_out, "texts")] {
        if count > 0 {
            let _ = writeln!(text, "\n{count} further {what} do not fit in here; {note}.");
        }
    }
    text
}

/// A text in one cell of a table.
fn inline(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines.join(" ").replace('|', "\\|")
}

fn verdicts(reports: &[Report], out: &mut Bounded) {
    let mut head = "# Conformance\n\nNumber of cases by verdict. Unsupported and known failures \
                    never count as passed.\n\n| backend |"
        .to_owned();
    for verdict in Verdict::ALL {
        let _ = write!(head, " {verdict} |");
    }
    head.push_str(" run |\n|---|");
    head.push_str(&"---:|".repeat(Verdict::ALL.len()));
    head.push_str("---|\n");
    out.add(&head);
    for report in reports {
        let mut row = format!("| {} |", inline(&report.backend));
        for verdict in Verdict::ALL {
            let _ = write!(row, " {} |", report.total(verdict));
        }
        let ended = match (report.outcome, &report.why) {
            (Ended::AsExpected, _) => "as expected",
            (Ended::Unexpected, _) => "unexpected results",
            (Ended::CouldNotRun, None) => "could not run",
            (Ended::CouldNotRun, Some(why)) => &inline(why),
        };
        out.add(&format!("{row} {ended} |\n"));
    }
}

fn groups(reports: &[Report], out: &mut Bounded) {
    let shown = &reports[..reports.len().min(COLUMNS)];
    let names: String =
        shown.iter().map(|report| format!(" {} |", inline(&report.backend))).collect();
    out.add(&format!(
        "\nPassed of those that were asked for, by group; `-` where none was.\n\n| group |{names}\n\
         |---|{}\n",
        "---:|".repeat(shown.len())
    ));
    for group in group::ALL {
        let cells: Vec<String> = shown.iter().map(|report| cell(report, group)).collect();
        if cells.iter().any(|cell| cell != "-") {
            out.add(&format!("| {group} | {} |\n", cells.join(" | ")));
        }
    }
    for report in reports {
        for (missing, count) in lacking(report) {
            let (name, missing) = (inline(&report.backend), inline(missing));
            out.add(&format!("\n{name}: {count} unsupported for want of {missing}.\n"));
        }
    }
}

/// `passed/asked` of a group.
fn cell(report: &Report, group: &str) -> String {
    let asked = |case: &&Outcome| case.group == group && case.verdict != Verdict::Unsupported;
    let asked: Vec<&Outcome> = report.cases.iter().filter(asked).collect();
    let passed = asked.iter().filter(|case| case.verdict == Verdict::Pass).count();
    if asked.is_empty() { "-".to_owned() } else { format!("{passed}/{}", asked.len()) }
}

/// Number of unsupported cases by what they lack.
fn lacking(report: &Report) -> BTreeMap<&str, usize> {
    let mut lacking = BTreeMap::new();
    for case in report.cases.iter().filter(|case| case.verdict == Verdict::Unsupported) {
        *lacking.entry(case.detail.as_deref().unwrap_or("unnamed")).or_default() += 1;
    }
    lacking
}

/// Where the known failures of a backend depart from the model, and why.
fn known(report: &Report, out: &mut Bounded) {
    let falls = lesson::known(report);
    if falls.is_empty() {
        return;
    }
    out.add(&format!(
        "\nKnown failures of {}, by the statement that they are put down to.\n\n\
         | statement | what must hold | cases | why they fail |\n|---|---|---:|---|\n",
        inline(&report.backend)
    ));
    for fall in &falls {
        let why: Vec<String> =
            lesson::reasons(fall).iter().map(|(why, cases)| format!("{why} ({cases})")).collect();
        let (of, sentence) = (inline(&fall.of), inline(basic::sentence(&fall.of)));
        let (cases, why) = (fall.cases.len(), inline(&why.join("; ")));
        out.add(&format!("| {of} | {sentence} | {cases} | {why} |\n"));
    }
}

fn section(report: &Report, case: &Outcome) -> String {
    let detail = case.detail.as_deref().unwrap_or_default().trim_end();
    // Longer than any fence in the text.
    let fence = "`".repeat(longest_run_of_ticks(detail).max(2) + 1);
    let mut text = String::new();
    let _ = write!(
        text,
        "\n## {}: {} ({})\n\n{fence}text\n{detail}\n{fence}\n",
        report.backend, case.id, case.verdict
    );
    text
}

fn longest_run_of_ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
