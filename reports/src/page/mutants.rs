//! What proves the suite: backends that are broken on purpose.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::parts::{lacking, scrolling, shown};
use crate::fit::{COLUMNS, name, text};
use crate::input::{Input, Mutant, Mutants, Seeing};
use crate::numbers::count;

pub(super) fn section(input: &Input<Mutants>, most: usize) -> Markup {
    html! {
        section aria-labelledby="mutants" {
            h2 id="mutants" { "Faults that the suite sees" }
            p {
                "Passing cases are worth as much as the faults they would have shown. So backends are broken on purpose, one rule at a time, and "
                "judged like all others: every fault must fail some case, every case must fail on some fault, and the same machinery "
                "without a fault must fail nothing."
            }
            @match input.present() {
                Some(mutants) => { (content(mutants, most)) }
                None => { (lacking(input, "--mutants")) }
            }
        }
    }
}

fn content(mutants: &Mutants, most: usize) -> Markup {
    let (broken, seen) =
        (mutants.broken().count(), mutants.broken().filter(|m| m.killed_by > 0).count());
    let (cases, seeing) = mutants
        .groups
        .iter()
        .fold((0, 0), |(all, some), group| (all + group.cases, some + group.seeing));
    html! {
        p {
            strong { (count(seen as u64)) " of " (count(broken as u64)) " faults are seen; "
            (count(seeing as u64)) " of " (count(cases as u64)) " cases see a fault" }
            ", not counting faults that nothing can pass."
            @if !mutants.all_cases { " Of the recorded programs a share was tried." }
        }
        (matrix(mutants, most))
        (groups(mutants, most))
        (blind(mutants, most))
    }
}

fn matrix(mutants: &Mutants, most: usize) -> Markup {
    let (groups, no_column) = shown(&mutants.groups, COLUMNS, "groups");
    let (rows, no_row) = shown(&mutants.mutants, most, "faults");
    let group_of = mutants.group_of();
    let table = html! {
        table class="matrix" {
            caption { "Cases that fail on each broken backend, by group of cases. A dot: tried, and none of them sees it." }
            thead {
                tr {
                    th scope="col" { "Fault" }
                    th scope="col" class="figure" { "Cases that see it" }
                    @for group in groups { th scope="col" class="figure" { (name(&group.group)) } }
                }
            }
            tbody {
                @for mutant in rows {
                    tr {
                        th scope="row" {
                            span class="name" { (name(&mutant.base)) "/" (name(&mutant.fault)) }
                            span class="under about" { (text(&mutant.about)) }
                        }
                        td class="figure" { (total(mutant)) }
                        @let counts = mutants.by_group(&group_of, mutant);
                        @for group in groups {
                            td class="figure" { (cell(counts.get(group.group.as_str()))) }
                        }
                    }
                }
            }
        }
    };
    html! { (scrolling("Faults by group of cases", &table)) (no_column) (no_row) }
}

fn total(mutant: &Mutant) -> Markup {
    html! {
        strong { (count(mutant.killed_by as u64)) " of " (count(mutant.tried as u64)) }
        @if mutant.is_wrong() {
            span class="badge failed" { @if mutant.is_control() { "the control fails" } @else { "not seen" } }
        } @else if mutant.is_control() {
            span class="badge ok" { "control" }
        } @else if mutant.blunt {
            span class="badge" { "nothing passes it" }
        }
    }
}

fn cell(found: Option<&(usize, usize)>) -> Markup {
    match found {
        None => html! { span class="unseen" { "not tried" } },
        Some((0, _)) => {
            html! { span aria-hidden="true" class="under" { "\u{b7}" } span class="unseen" { "none" } }
        }
        Some((seen, _)) => html! { (count(*seen as u64)) },
    }
}

fn groups(mutants: &Mutants, most: usize) -> Markup {
    let (groups, left_out) = shown(&mutants.groups, most, "groups");
    let table = html! {
        table class="beside" {
            caption { "Cases that see at least one fault, beside those that nothing can pass." }
            thead {
                tr {
                    th scope="col" { "Group" }
                    th scope="col" class="figure" { "Cases" }
                    th scope="col" class="figure" { "See a fault" }
                }
            }
            tbody {
                @for group in groups {
                    tr {
                        th scope="row" { (name(&group.group)) }
                        td class="figure" { (count(group.cases as u64)) }
                        td class="figure" { (count(group.seeing as u64)) }
                    }
                }
            }
        }
    };
    html! { (scrolling("Cases that see a fault", &table)) (left_out) }
}

/// The cases that no fault fails: they prove nothing yet.
fn blind(mutants: &Mutants, most: usize) -> Markup {
    let blunt = mutants.broken().filter(|mutant| mutant.blunt);
    let blunt: BTreeSet<String> = blunt.map(|m| format!("{}/{}", m.base, m.fault)).collect();
    let sees_nothing = |case: &&Seeing| case.sees.iter().all(|name| blunt.contains(name));
    let blind: Vec<&Seeing> = mutants.cases.iter().filter(sees_nothing).collect();
    let (kept, left_out) = shown(&blind, most, "of these cases");
    html! {
        @if !blind.is_empty() {
            details {
                summary { "Cases that see none of the faults: " (count(blind.len() as u64)) }
                ul class="commands" { @for case in kept { li { code { (name(&case.id)) } } } }
                (left_out)
            }
        }
    }
}
