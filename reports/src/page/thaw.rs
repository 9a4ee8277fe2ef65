//! Freeze and thaw: pickles from one place to another.

use maud::{Markup, html};

use super::parts::{lacking, scrolling};
use crate::input::{Input, Moved, Place, Thaw};
use crate::numbers::{count, figure};

pub(super) fn section(input: &Input<Thaw>) -> Markup {
    html! {
        section aria-labelledby="thaw" {
            h2 id="thaw" { "Freeze and thaw" }
            p {
                "Runs are stopped wherever they can be, written to bytes, and go on from them in another scheduler, another process or another "
                "build of the program. A cell passes if every run comes to the end that it would have had."
            }
            @match input.present() {
                Some(thaw) => { (content(thaw)) }
                None => { (lacking(input, "--freeze-thaw")) }
            }
        }
    }
}

fn content(thaw: &Thaw) -> Markup {
    let places = thaw.places();
    let table = html! {
        table class="matrix" {
            caption { "Runs that were carried over, and the points at which they were." }
            thead {
                tr {
                    th scope="col" { "Backend, written by" }
                    @for place in &places { th scope="col" { span class="name" { (place) } } }
                    @if places.is_empty() { th scope="col" { "Resumed" } }
                }
            }
            tbody {
                @for row in thaw.rows() {
                    tr {
                        th scope="row" { span class="name" { (row.0) } span class="under" { (row.1) } }
                        (cells(thaw, row, &places))
                    }
                }
            }
        }
    };
    html! {
        (scrolling("Freeze and thaw", &table))
        @for cell in thaw.cells.iter().filter(|cell| cell.verdict == Moved::Fail) {
            article class="failure" {
                h3 { (cell.backend) ": " (cell.dumped_by) " to " (cell.resumed_in) }
                pre tabindex="0" { (cell.detail) }
            }
        }
        @if !thaw.sizes.is_empty() { (scrolling("Sizes of pickles", &sizes(thaw))) }
    }
}

fn cells(thaw: &Thaw, row: (&str, &str), places: &[&str]) -> Markup {
    let refused: Vec<&Place> =
        thaw.row(row).filter(|cell| cell.verdict == Moved::Unsupported).collect();
    if let (Some(cell), true) = (refused.first(), thaw.row(row).count() == refused.len()) {
        return html! {
            td colspan=(places.len().max(1)) {
                span class="badge unsupported" { "unsupported" }
                span class="under" { (cell.detail) }
            }
        };
    }
    html! {
        @for place in places {
            td {
                @match thaw.find(row, place) {
                    Some(cell) => { (content_of(cell)) }
                    None => { span class="under" { "not tried" } }
                }
            }
        }
    }
}

fn content_of(cell: &Place) -> Markup {
    let (class, word) = match cell.verdict {
        Moved::Pass => ("ok", "passed"),
        Moved::Fail => ("failed", "failed"),
        Moved::Unsupported => ("unsupported", "unsupported"),
        Moved::NotRun => ("not-run", "not run"),
    };
    html! {
        @if cell.journeys > 0 { strong { (count(cell.journeys)) " runs" } }
        span class="under" {
            span class={ "badge " (class) } { (word) }
            @if cell.points > 0 { " " (count(cell.points)) " points" }
        }
    }
}

fn sizes(thaw: &Thaw) -> Markup {
    html! {
        table class="beside" {
            caption { "How large pickles are." }
            thead {
                tr {
                    th scope="col" { "What" }
                    th scope="col" class="figure" { "Number" }
                    th scope="col" class="figure" { "Bytes" }
                    th scope="col" class="figure" { "Bytes each" }
                }
            }
            tbody {
                @for size in &thaw.sizes {
                    tr {
                        th scope="row" { (size.what) }
                        td class="figure" { (count(size.count)) }
                        td class="figure" { (count(size.bytes)) }
                        td class="figure" { (figure(size.bytes as f64 / size.count.max(1) as f64)) }
                    }
                }
            }
        }
    }
}
