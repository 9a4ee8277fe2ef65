//! Results as Markdown, small enough for the summary of a step.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Ended, Outcome, Report};
use crate::{Verdict, group};

/// Kept free for the line that says what is left out.
const RESERVE: usize = 200;

/// Verdicts of all backends, then the texts of what is unexpected, as far as they fit.
pub(super) fn summary(reports: &[Report], limit: usize) -> String {
    let mut text = overview(reports);
    let mut left_out = 0;
    for report in reports {
        for case in report.cases.iter().filter(|case| case.verdict.unexpected()) {
            let part = section(report, case);
            // Once one does not fit, no later one is shown: the order is that of the suite.
            if left_out > 0 || text.len() + part.len() + RESERVE > limit {
                left_out += 1;
            } else {
                text.push_str(&part);
            }
        }
    }
    if left_out > 0 {
        let note = "conformance.json has them all";
        text.push_str(&format!("\n{left_out} further texts do not fit in here; {note}.\n"));
    }
    text
}

fn overview(reports: &[Report]) -> String {
    let mut text = "# Conformance\n\nNumber of cases by verdict. Unsupported and known failures \
                    never count as passed.\n\n| backend |"
        .to_owned();
    for verdict in Verdict::ALL {
        text.push_str(&format!(" {verdict} |"));
    }
    text.push_str(" run |\n|---|");
    text.push_str(&"---:|".repeat(Verdict::ALL.len()));
    text.push_str("---|\n");
    for report in reports {
        text.push_str(&format!("| {} |", report.backend));
        for verdict in Verdict::ALL {
            text.push_str(&format!(" {} |", report.total(verdict)));
        }
        let ended = match (report.outcome, &report.why) {
            (Ended::AsExpected, _) => "as expected",
            (Ended::Unexpected, _) => "unexpected results",
            (Ended::CouldNotRun, None) => "could not run",
            (Ended::CouldNotRun, Some(why)) => why,
        };
        text.push_str(&format!(" {ended} |\n"));
    }
    text.push_str(
        "\nPassed of those that were asked for, by group; `-` where none was.\n\n| group |",
    );
    for report in reports {
        text.push_str(&format!(" {} |", report.backend));
    }
    text.push_str(&format!("\n|---|{}\n", "---:|".repeat(reports.len())));
    for group in group::ALL {
        let cells: Vec<String> = reports.iter().map(|report| cell(report, group)).collect();
        if cells.iter().any(|cell| cell != "-") {
            text.push_str(&format!("| {group} | {} |\n", cells.join(" | ")));
        }
    }
    for report in reports {
        for (missing, count) in lacking(report) {
            let name = &report.backend;
            text.push_str(&format!("\n{name}: {count} unsupported for want of {missing}.\n"));
        }
    }
    text
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
