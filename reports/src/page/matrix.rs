use maud::{Markup, html};
use switchback_bench::results::{CellResult, Verdict};

use super::parts::{badge, factor, scenario_id, scrolling};
use crate::numbers::{Dimension, count, quantity};
use crate::view::{Block, Group, View, is_reference};

/// Every cell of the run: families, scenarios and sizes down, backends across.
pub(super) fn section(view: &View<'_>) -> Markup {
    html! {
        section aria-labelledby="matrix" {
            h2 id="matrix" { "All cells" }
            @if view.groups.is_empty() {
                p { "The run holds no results. " code { "cargo bench" } " makes them." }
            } @else {
                (scrolling("All cells", &table(view)))
            }
        }
    }
}

fn table(view: &View<'_>) -> Markup {
    let columns = 2 + view.columns.len() + usize::from(view.beside);
    html! {
        table class="matrix" {
            caption {
                "Verdict, median and factor to the reference of the same row. A time stands only where the work was verified; a dash where the run has no such cell."
            }
            thead {
                tr {
                    th scope="col" { "Scenario and size" }
                    th scope="col" { "Reference" }
                    @for backend in &view.columns { th scope="col" { span class="name" { (backend) } } }
                    @if view.beside { th scope="col" { "Beside" } }
                }
            }
            @for (family, groups) in view.families() {
                tbody {
                    @if let Some(family) = family {
                        tr class="family" { th scope="rowgroup" colspan=(columns) { (family) } }
                    }
                    @for group in groups { (rows(view, group)) }
                }
            }
        }
    }
}

/// The rows of a scenario.
fn rows(view: &View<'_>, group: &Group<'_>) -> Markup {
    let blocks: Vec<&Block<'_>> = group.series.iter().flat_map(|series| &series.blocks).collect();
    html! {
        @for (i, block) in blocks.iter().enumerate() {
            tr class=[(i + 1 == blocks.len()).then_some("last")] {
                th scope="row" {
                    a class="name" href={ "#" (scenario_id(group)) } { (group.scenario) }
                    " " span class="size" { (count(block.size)) }
                }
                (reference(block))
                @for backend in &view.columns { (cell(block, backend)) }
                @if view.beside { (beside(block, &view.columns)) }
            }
        }
    }
}

fn reference(block: &Block<'_>) -> Markup {
    match block.reference_row() {
        Some(row) => html! { td { (content(row)) } },
        None => match block.reference() {
            Some(name) => html! { td { span class="under" { (name) ", not in this run" } } },
            None => absent(),
        },
    }
}

fn cell(block: &Block<'_>, backend: &str) -> Markup {
    match block.row(backend) {
        Some(row) if is_reference(row) => html! { td { span class="under" { "reference" } } },
        Some(row) => html! { td { (content(row)) } },
        None => absent(),
    }
}

/// Rows that take part in few scenarios, each by its name.
fn beside(block: &Block<'_>, columns: &[&str]) -> Markup {
    if block.beside(columns).next().is_none() {
        return absent();
    }
    html! {
        td {
            @for row in block.beside(columns) {
                span class="under" {
                    (row.backend) " "
                    @match (row.verdict, row.ratio, row.median) {
                        (Verdict::Ok, Some(ratio), _) => { (factor(ratio)) }
                        (Verdict::Ok, None, Some(median)) => { (quantity(median, Dimension::of(&row.unit))) }
                        _ => { (badge(row.verdict)) }
                    }
                }
            }
        }
    }
}

fn content(row: &CellResult) -> Markup {
    let dimension = Dimension::of(&row.unit);
    html! {
        @if row.verdict == Verdict::Ok {
            @if let Some(median) = row.median { strong { (quantity(median, dimension)) } }
            span class="under" {
                (badge(row.verdict)) " "
                @if is_reference(row) { (row.backend) } @else if let Some(ratio) = row.ratio { (factor(ratio)) }
            }
        } @else {
            (badge(row.verdict))
            @if is_reference(row) { span class="under" { (row.backend) } }
        }
    }
}

fn absent() -> Markup {
    html! { td class="absent" { span aria-hidden="true" { "\u{b7}" } span class="unseen" { "no such cell" } } }
}
