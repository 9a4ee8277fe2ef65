//! The numbered statements that a backend does not keep, or does not claim.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use crate::fit::{list, name};
use crate::input::{Backend as Suite, Case, Counts, Verdict};
use crate::numbers::count;
use crate::page::conformance::tag;
use crate::page::parts::{scrolling, shown};

/// The statements whose cases did not all pass.
pub(super) struct Stated<'a> {
    /// Some case came out otherwise than declared, or is known to fail.
    pub(super) broken: Vec<Statement<'a>>,
    /// The others of which some case was not tried, since the backend does not claim what it needs.
    pub(super) unclaimed: Vec<Statement<'a>>,
    /// Cases that were not tried and show no numbered statement.
    unnumbered: usize,
}

/// A statement with what became of its cases.
pub(super) struct Statement<'a> {
    id: &'a str,
    sentence: Option<&'a str>,
    counts: Counts,
    /// The capabilities that the cases lack.
    needs: BTreeSet<&'a str>,
}

pub(super) fn of(suite: Option<&Suite>) -> Stated<'_> {
    let mut cases: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in suite.into_iter().flat_map(|suite| &suite.cases) {
        // A case may name a statement twice, and is one case.
        for id in case.statements.iter().map(String::as_str).collect::<BTreeSet<_>>() {
            cases.entry(id).or_default().push(case);
        }
    }
    let is_unsupported = |case: &&Case| case.verdict == Verdict::Unsupported;
    let statements = cases.into_iter().map(|(id, cases)| Statement {
        id,
        sentence: suite.and_then(|suite| suite.sentences.get(id)).map(String::as_str),
        counts: Counts::of(cases.iter().copied()),
        needs: cases
            .iter()
            .filter(|case| is_unsupported(case))
            .filter_map(|case| case.detail.as_deref())
            .flat_map(|needs| needs.split(", "))
            .collect(),
    });
    let fails = |statement: &Statement<'_>| {
        let mut others = statement.counts.others();
        others.any(|(verdict, _)| verdict.is_unexpected() || verdict == Verdict::KnownFail)
    };
    let (broken, others): (Vec<_>, Vec<_>) = statements.partition(fails);
    let all = suite.into_iter().flat_map(|suite| &suite.cases);
    Stated {
        broken,
        unclaimed: others
            .into_iter()
            .filter(|statement| statement.counts.get(Verdict::Unsupported) > 0)
            .collect(),
        unnumbered: all.filter(|case| is_unsupported(case) && case.statements.is_empty()).count(),
    }
}

/// The statements that do not hold; nothing if all of them do.
pub(super) fn broken(stated: &Stated<'_>, most: usize) -> Markup {
    html! {
        @if !stated.broken.is_empty() {
            h3 { "Statements that do not hold" }
            (table("Statements that do not hold", "Statements of which some case does not hold. The section on faults has the texts.", &stated.broken, most))
        }
    }
}

/// The section on what is not claimed, the last one since it can be long.
pub(super) fn unclaimed(stated: &Stated<'_>, most: usize) -> Markup {
    html! {
        section aria-labelledby="statements" {
            h2 id="statements" { "Statements not claimed" }
            p {
                "Each needs a capability that the backend does not claim, at least in some case. What is unsupported never counts as passed."
                @if stated.unnumbered > 0 {
                    " " (count(stated.unnumbered as u64)) " more cases without a numbered statement were not tried either."
                }
            }
            (table("Statements not claimed", "Statements of which some case was not tried.", &stated.unclaimed, most))
        }
    }
}

fn table(label: &str, caption: &str, statements: &[Statement<'_>], most: usize) -> Markup {
    let (statements, untold) = shown(statements, most, "statements");
    let table = html! {
        table class="numbers" {
            caption { (caption) }
            thead {
                tr {
                    th scope="col" { "Statement" }
                    th scope="col" { "What must hold" }
                    th scope="col" { "Its cases" }
                }
            }
            tbody {
                @for statement in statements {
                    tr {
                        th scope="row" { (name(statement.id)) }
                        td class="prose-cell" { (list(statement.sentence.unwrap_or("\u{2013}"))) }
                        td class="prose-cell" { (became(statement)) }
                    }
                }
            }
        }
    };
    html! { (scrolling(label, &table)) (untold) }
}

fn became(statement: &Statement<'_>) -> Markup {
    let held = statement.counts.get(Verdict::Pass);
    let needs: Vec<_> = statement.needs.iter().take(8).map(|need| name(need)).collect();
    html! {
        @for (verdict, number) in statement.counts.others() { (tag(verdict, Some(number))) " " }
        @if held > 0 { (tag(Verdict::Pass, Some(held))) " " }
        @if !needs.is_empty() { span class="under" { "needs " (needs.join(", ")) } }
    }
}
