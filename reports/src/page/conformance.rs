use maud::{Markup, html};

use super::parts::scrolling;
use crate::extras::{Conformance, Tally};

/// The conformance suite: backends down, groups of statements across.
pub(super) fn section(conformance: &Conformance) -> Markup {
    let table = html! {
        table class="matrix" {
            caption { "Cases of the conformance suite that hold. Unsupported ones never count as passed." }
            thead {
                tr {
                    th scope="col" { "Backend" }
                    @for group in &conformance.groups { th scope="col" { (group) } }
                }
            }
            tbody {
                @for row in &conformance.rows {
                    tr {
                        th scope="row" { (row.backend) }
                        @for i in 0..conformance.groups.len() {
                            td { (tally(row.tallies.get(i))) }
                        }
                    }
                }
            }
        }
    };
    html! {
        section aria-labelledby="conformance" {
            h2 id="conformance" { "Conformance" }
            (scrolling("Conformance", &table))
        }
    }
}

fn tally(tally: Option<&Tally>) -> Markup {
    let Some(tally) = tally else { return html! { "not run" } };
    let asked = tally.passed + tally.failed + tally.known;
    html! {
        @if asked == 0 {
            @if tally.unsupported == 0 { "not run" } @else { span class="badge unsupported" { "unsupported" } }
        } @else {
            strong { (tally.passed) " of " (asked) }
            span class="under" {
                @if tally.failed > 0 { span class="badge failed" { (tally.failed) " failed" } " " }
                @if tally.known > 0 { (tally.known) " known to fail " }
                @if tally.unsupported > 0 { (tally.unsupported) " unsupported" }
            }
        }
    }
}
