//! What is different from an earlier run.

use maud::{Markup, PreEscaped, html};
use switchback_bench::results::{Capacity, CellResult};

use super::parts::{badge, factor, lacking, scrolling, shown};
use crate::baseline::{Baseline, Changes, Figure, Moved, Nature};
use crate::fit::name;
use crate::input::Input;
use crate::numbers::{Dimension, count, precise};
use crate::plot::{self, Kind, Mark, Panel, Plot, Row, drawable};
use crate::view::View;
use crate::words::heading;

/// Changes in the plot; the table has all of them.
const MOST: usize = 24;

pub(super) fn section(view: &View<'_>, input: &Input<Baseline>, most: usize) -> Markup {
    html! {
        section aria-labelledby="changes" {
            h2 id="changes" { "Changes since a baseline" }
            @match input.present() {
                Some(Baseline(then)) => { (content(&Changes::between(then, view.whole), most)) }
                None => {
                    (lacking(input, "--baseline"))
                    p { "Any earlier " code { "run.json" } " can be the baseline." }
                }
            }
        }
    }
}

pub(super) fn content(changes: &Changes<'_>, most: usize) -> Markup {
    let (less, more) = changes.directions();
    html! {
        p {
            "Against commit " code { (name(&changes.then.commit)) }
            @if let Some(started) = &changes.then.started { " of " (name(started)) }
            ": " (plural(changes.compared(), "figure")) " compared; " (count(less as u64)) " lower, " (count(more as u64)) " higher, "
            (count(changes.alike as u64)) " with no difference shown"
            ". " (changes.account()) "."
        }
        @if !changes.builds.is_empty() {
            p class="warning" {
                "The two runs are different builds. What differs may come from the build, and is not called a change."
            }
            ul { @for sentence in &changes.builds { li { (sentence) } } }
        }
        @if !changes.environment.is_empty() {
            dl class="facts" {
                @for (fact, then, now) in &changes.environment {
                    div { dt { (fact) } dd { (name(then)) " before, " (name(now)) " now" } }
                }
            }
        }
        @if !changes.verdicts.is_empty() { (verdicts(changes, most)) }
        (names("Did other work", &changes.work, most))
        (probes(changes, most))
        @if !changes.moved.is_empty() { (figures(changes, most)) }
        (names("Only in this run", &changes.added, most))
        (names("Only in the baseline", &changes.gone, most))
    }
}

/// An id as pages show it.
fn id(row: &CellResult) -> String {
    format!("{}/{}/{}", name(&row.scenario), name(&row.backend), row.size)
}

fn plural(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(number as u64), if number == 1 { "" } else { "s" })
}

fn figures(changes: &Changes<'_>, most: usize) -> Markup {
    let words = Words::of(changes.nature());
    let (moved, left_out) = shown(&changes.moved, most, words.figures);
    let caption = format!(
        "The figure now divided by that of the baseline, with the widest interval that both intervals allow. Listed only if that interval \
         lies outside the noise bands of both runs, largest {} first. Ratios are compared where both runs have the same \
         reference; medians only on the same processor with the same compiler and the same build.",
        words.one
    );
    let drawn = draw(moved, &caption, &words);
    let table = html! {
        table class="numbers" {
            caption { (caption) }
            thead {
                tr {
                    th scope="col" { "Cell" }
                    th scope="col" class="figure" { "Before" }
                    th scope="col" class="figure" { "Now" }
                    th scope="col" class="figure" { "Factor [interval]" }
                    th scope="col" { (heading(words.one)) }
                    th scope="col" { "Of" }
                }
            }
            tbody { @for moved in moved { (line(moved)) } }
        }
    };
    html! {
        @match drawn {
            Ok(svg) => { figure { (PreEscaped(svg)) figcaption { (drawn_of(moved, &words)) } } }
            Err(why) => { p { "No plot: " (why) "." } }
        }
        (scrolling(&heading(words.figures), &table))
        (left_out)
    }
}

/// What differences are called.
struct Words {
    one: &'static str,
    figures: &'static str,
    verdicts: &'static str,
    cells: &'static str,
    title: &'static str,
}

impl Words {
    const fn of(nature: Nature) -> Self {
        match nature {
            Nature::Changes => Self {
                one: "change",
                figures: "changed figures",
                verdicts: "changed verdicts",
                cells: "cells that have changed",
                title: "Changes since the baseline",
            },
            Nature::Builds => Self {
                one: "difference",
                figures: "different figures",
                verdicts: "different verdicts",
                cells: "cells that differ",
                title: "Differences from the baseline, which is another build",
            },
        }
    }
}

/// How many of the differences the plot has.
fn drawn_of(moved: &[Moved<'_>], words: &Words) -> String {
    match moved.len() {
        all if all <= MOST => "Left of 1: less than before. Right of 1: more.".to_owned(),
        all => {
            format!("The {MOST} largest of {all} {}s. Left of 1: less than before.", words.one)
        }
    }
}

fn draw(moved: &[Moved<'_>], caption: &str, words: &Words) -> Result<String, String> {
    let row = |moved: &Moved<'_>| Row {
        name: id(moved.now),
        text: factor(moved.factor),
        mark: drawable(moved.factor).then(|| Mark {
            kind: Kind::Backend,
            value: moved.factor,
            interval: Some((moved.low, moved.high)),
            band: moved.then.band.zip(moved.now.band).map(|(a, b)| a + b),
        }),
    };
    plot::draw(&Plot {
        id: "changes-plot".to_owned(),
        title: words.title.to_owned(),
        description: format!("{caption} The table that follows holds the same numbers."),
        axis: "now divided by before".to_owned(),
        panels: vec![Panel {
            heading: words.cells.to_owned(),
            rows: moved.iter().take(MOST).map(row).collect(),
        }],
        ratios: true,
    })
}

fn line(moved: &Moved<'_>) -> Markup {
    let figure = |row: &CellResult| match moved.by {
        Figure::Ratio => row.ratio.map(|ratio| format!("\u{d7}{}", precise(ratio))),
        Figure::Median => row.median.map(precise),
    };
    let said = |row| figure(row).unwrap_or_else(|| "\u{2013}".to_owned());
    html! {
        tr {
            th scope="row" { span class="name" { (id(moved.now)) } }
            td class="figure" { (said(moved.then)) }
            td class="figure" { strong { (said(moved.now)) } }
            td class="figure" {
                "\u{d7}" (precise(moved.factor))
                span class="under" { "[" (precise(moved.low)) ", " (precise(moved.high)) "]" }
            }
            td { (moved.comparison.phrase(Dimension::of(&moved.now.unit))) }
            td {
                @match moved.by {
                    Figure::Ratio => { "ratio to " (name(moved.now.reference.as_deref().unwrap_or("the reference"))) }
                    Figure::Median => { (name(&moved.now.unit)) }
                }
            }
        }
    }
}

fn verdicts(changes: &Changes<'_>, most: usize) -> Markup {
    let words = Words::of(changes.nature());
    let (verdicts, left_out) = shown(&changes.verdicts, most, words.verdicts);
    let table = html! {
        table class="beside" {
            caption { "Cells with another verdict." }
            thead { tr { th scope="col" { "Cell" } th scope="col" { "Before" } th scope="col" { "Now" } } }
            tbody {
                @for (row, before) in verdicts {
                    tr { th scope="row" { (id(row)) } td { (badge(*before)) } td { (badge(row.verdict)) } }
                }
            }
        }
    };
    html! { (scrolling(&heading(words.verdicts), &table)) (left_out) }
}

fn names(summary: &str, rows: &[&CellResult], most: usize) -> Markup {
    let (kept, left_out) = shown(rows, most, "cells");
    html! {
        @if !rows.is_empty() {
            details {
                summary { (summary) ": " (plural(rows.len(), "cell")) }
                ul class="commands" { @for row in kept { li { code { (id(row)) } } } }
                (left_out)
            }
        }
    }
}

/// Probes of capacity that came out otherwise.
fn probes(changes: &Changes<'_>, most: usize) -> Markup {
    let (kept, left_out) = shown(&changes.probes, most, "probes");
    let said = |found: &Capacity| match found.reached {
        Some(reached) => count(reached),
        None => found.verdict.to_string(),
    };
    html! {
        @if !kept.is_empty() {
            ul { @for (then, now) in kept { li { code { (name(&now.id())) } ": reached " (said(now)) ", was " (said(then)) } } }
            (left_out)
        }
    }
}
