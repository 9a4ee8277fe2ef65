//! What a backend could be tried with next, and how far up it is.
//!
//! ```text
//!   smoke -> order-free rules -> order-exact -> kill and throw -> portable
//! ```

use std::collections::BTreeSet;

use super::results::{Outcome, Report};
use crate::{Verdict, group};

/// A step of the ladder: its name, its groups of cases, and the capabilities it stands for. Others
/// that its cases need are matters of their own.
type Rung = (&'static str, &'static [&'static str], &'static [&'static str]);

const RUNGS: &[Rung] = &[
    ("smoke", &[group::SMOKE], &[]),
    ("order-free rules", &[group::FREE], &[]),
    (
        "order-exact",
        &[
            group::LIFE,
            group::SCHEDULER,
            group::BUDGETS,
            group::DEADLOCKS,
            group::CHANNELS,
            group::CALLBACKS,
            group::TRAPS,
            group::THREADS,
            group::SWITCHING,
            group::ENDS,
            group::RECORDINGS,
            group::RANDOM,
        ],
        &["order_exact", "control"],
    ),
    ("kill and throw", &[group::ERRORS], &["order_exact", "control", "kill", "throw"]),
    ("portable", &[group::PICKLES], &["portable"]),
];

/// What is said after a run of all cases in which none failed.
pub(super) fn next_steps(report: &Report) -> String {
    let mut text = String::new();
    let lacking: Vec<BTreeSet<&str>> = report.cases.iter().filter_map(lacks).collect();
    if let Some((best, count)) = best(&lacking) {
        let total = report.cases.len();
        text.push_str(&format!(
            "what next: declare {}, and {count} more of {total} cases are tried\n",
            listed(best)
        ));
        let mut names: Vec<(usize, usize, &str)> = names(&lacking)
            .into_iter()
            .map(|name| (unlocked(&lacking, &[name].into()), mentions(&lacking, name), name))
            .collect();
        names.sort_by_key(|(alone, all, name)| (usize::MAX - all, usize::MAX - alone, *name));
        for (alone, all, name) in names {
            text.push_str(&format!("  {name:<16} {alone:>4} alone, {all:>4} in all\n"));
        }
        text.push('\n');
    }
    text.push_str(&ladder(report));
    text
}

/// What an unsupported case lacks.
fn lacks(case: &Outcome) -> Option<BTreeSet<&str>> {
    let unsupported = case.verdict == Verdict::Unsupported;
    case.detail.as_deref().filter(|_| unsupported).map(|names| names.split(", ").collect())
}

fn names<'c>(lacking: &[BTreeSet<&'c str>]) -> BTreeSet<&'c str> {
    lacking.iter().flatten().copied().collect()
}

/// How many cases need nothing but these.
fn unlocked(lacking: &[BTreeSet<&str>], declared: &BTreeSet<&str>) -> usize {
    lacking.iter().filter(|names| names.is_subset(declared)).count()
}

/// How many cases need this and perhaps others.
fn mentions(lacking: &[BTreeSet<&str>], name: &str) -> usize {
    lacking.iter().filter(|names| names.contains(name)).count()
}

/// The capabilities that are worth most for each of them, and how many cases they try. Of equals
/// the one that some case asks for first.
fn best<'l, 'c>(lacking: &'l [BTreeSet<&'c str>]) -> Option<(&'l BTreeSet<&'c str>, usize)> {
    let mut best: Option<(&BTreeSet<&str>, usize)> = None;
    for set in lacking {
        let count = unlocked(lacking, set);
        // Fractions are compared by their cross products.
        if best.is_none_or(|(other, most)| count * other.len() > most * set.len()) {
            best = Some((set, count));
        }
    }
    best
}

/// `a`, `a and b`, `a, b and c`
fn listed(names: &BTreeSet<&str>) -> String {
    let names: Vec<&str> = names.iter().copied().collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

fn ladder(report: &Report) -> String {
    let mut text = "the ladder, from the ground up\n".to_owned();
    let mut stands = None;
    let mut below = true;
    for rung in RUNGS {
        let (held, words) = state(report, rung);
        let mark = match (held, below) {
            (true, true) => 'x',
            (false, true) => '>',
            _ => ' ',
        };
        below &= held;
        if below {
            stands = Some(rung.0);
        }
        text.push_str(&format!("  {mark} {:<16}  {words}\n", rung.0));
    }
    let stands = stands.map_or("below the first step".to_owned(), |step| format!("on `{step}`"));
    text.push_str(&format!("  {} stands {stands}\n", report.backend));
    text
}

/// Whether a backend has taken a step, and how far it got there.
fn state(report: &Report, (_, groups, own): &Rung) -> (bool, String) {
    let cases: Vec<&Outcome> =
        report.cases.iter().filter(|case| groups.contains(&case.group.as_str())).collect();
    if cases.is_empty() {
        let exact = report.capabilities.order_exact;
        return (exact, if exact { "part of the next one" } else { "no case" }.to_owned());
    }
    let asked = cases.iter().filter(|case| case.verdict != Verdict::Unsupported).count();
    let passed = cases.iter().filter(|case| case.verdict == Verdict::Pass).count();
    let lacking: Vec<BTreeSet<&str>> = cases.iter().filter_map(|case| lacks(case)).collect();
    let names = names(&lacking);
    let missing = own.iter().any(|name| names.contains(name));
    let held = asked > 0 && passed == asked && !missing;
    let mut words = if asked == 0 {
        format!("{} cases need", cases.len())
    } else {
        format!("{passed} of {asked} pass")
    };
    match (asked, lacking.len()) {
        (0, _) => words.push_str(&format!(" {}", listed(&names))),
        (_, 0) => {}
        (_, 1) => words.push_str(&format!(", 1 more needs {}", listed(&names))),
        (_, more) => words.push_str(&format!(", {more} more need {}", listed(&names))),
    }
    (held, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set<'a>(names: &[&'a str]) -> BTreeSet<&'a str> {
        names.iter().copied().collect()
    }

    #[test]
    fn what_is_worth_most_counts_what_it_needs() {
        let (pair, one) = (set(&["control", "order_exact"]), set(&["close"]));
        let lacking = [pair.clone(), pair.clone(), pair.clone(), one.clone()];
        assert_eq!(best(&lacking), Some((&pair, 3)), "3 for 2 are more than 1 for 1");
        let lacking = [pair.clone(), one.clone(), one.clone()];
        assert_eq!(best(&lacking), Some((&one, 2)));
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn names_are_listed_as_people_do() {
        assert_eq!(listed(&set(&["a"])), "a");
        assert_eq!(listed(&set(&["a", "b", "c"])), "a, b and c");
    }
}
