//! Freeze and thaw: pickles from one place to another.

use maud::{Markup, html};

use super::parts::{lacking, scrolling, shown};
use crate::fit::{COLUMNS, name, text};
use crate::input::{Input, Moved, Place, Thaw};
use crate::numbers::{count, figure};

pub(super) fn section(input: &Input<Thaw>, most: usize) -> Markup {
    html! {
        section aria-labelledby="thaw" {
            h2 id="thaw" { "Freeze and thaw" }
            p {
                "Runs are stopped wherever they can be, written to bytes, and go on from them in another scheduler, another process or another "
                "build of the program. A cell passes if every run comes to the end that it would have had."
            }
            @match input.present() {
                Some(thaw) => { (content(thaw, most)) }
                None => { (lacking(input, "--freeze-thaw")) }
            }
        }
    }
}

pub(super) fn content(thaw: &Thaw, most: usize) -> Markup {
    let (places, rows) = (thaw.places(), thaw.rows());
    let (places, no_column) = shown(&places, COLUMNS, "places");
    let (rows, no_row) = shown(&rows, most, "rows");
    let failed: Vec<_> = thaw.cells.iter().filter(|cell| cell.verdict == Moved::Fail).collect();
    let (failed, untold) = shown(&failed, most, "failures");
    let table = html! {
        table class="matrix" {
            caption { "Runs that were carried over, and the points at which they were." }
            thead {
                tr {
                    th scope="col" { "Backend, written by" }
                    @for place in places { th scope="col" { span class="name" { (name(place)) } } }
                    @if places.is_empty() { th scope="col" { "Resumed" } }
                }
            }
            tbody {
                @for ((backend, by), row) in rows {
                    tr {
                        th scope="row" { span class="name" { (name(backend)) } span class="under" { (name(by)) } }
                        (cells(row, places))
                    }
                }
            }
        }
    };
    html! {
        (scrolling("Freeze and thaw", &table))
        (no_column) (no_row)
        @for cell in failed {
            article class="failure" {
                h3 { (name(&cell.backend)) ": " (name(&cell.dumped_by)) " to " (name(&cell.resumed_in)) }
                pre tabindex="0" { (text(&cell.detail)) }
            }
        }
        (untold)
        @if !thaw.sizes.is_empty() { (sizes(thaw, most)) }
    }
}

fn cells(row: &[&Place], places: &[&str]) -> Markup {
    if let Some(cell) = row.first()
        && row.iter().all(|cell| cell.verdict == Moved::Unsupported)
    {
        return html! {
            td colspan=(places.len().max(1)) {
                span class="badge unsupported" { "unsupported" }
                span class="under" { (text(&cell.detail)) }
            }
        };
    }
    html! {
        @for place in places {
            td {
                @match row.iter().find(|cell| cell.resumed_in == **place) {
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

fn sizes(thaw: &Thaw, most: usize) -> Markup {
    let (sizes, left_out) = shown(&thaw.sizes, most, "sizes");
    let table = html! {
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
                @for size in sizes {
                    tr {
                        th scope="row" { (name(&size.what)) }
                        td class="figure" { (count(size.count)) }
                        td class="figure" { (count(size.bytes)) }
                        td class="figure" { (figure(size.bytes as f64 / size.count.max(1) as f64)) }
                    }
                }
            }
        }
    };
    html! { (scrolling("Sizes of pickles", &table)) (left_out) }
}
