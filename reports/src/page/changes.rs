//! What is different from an earlier run.

use maud::{Markup, PreEscaped, html};
use switchback_bench::results::CellResult;

use super::parts::{badge, factor, lacking, scrolling};
use crate::baseline::{Baseline, Changes, Figure, Moved};
use crate::input::Input;
use crate::numbers::{Dimension, count, precise};
use crate::plot::{self, Kind, Mark, Panel, Plot, Row, drawable};
use crate::view::View;

/// Changes in the plot; the table has all of them.
const MOST: usize = 24;

pub(super) fn section(view: &View<'_>, input: &Input<Baseline>) -> Markup {
    html! {
        section aria-labelledby="changes" {
            h2 id="changes" { "Changes since a baseline" }
            @match input.present() {
                Some(Baseline(then)) => { (content(&Changes::between(then, view.run))) }
                None => {
                    (lacking(input, "--baseline"))
                    p { "Any earlier " code { "run.json" } " can be the baseline." }
                }
            }
        }
    }
}

fn content(changes: &Changes<'_>) -> Markup {
    let (less, more) = changes.directions();
    html! {
        p {
            "Against commit " code { (changes.then.commit) }
            @if let Some(started) = &changes.then.started { " of " (started) }
            ": " (plural(changes.compared(), "figure")) " compared; " (count(less as u64)) " lower, " (count(more as u64)) " higher, "
            (count(changes.alike as u64)) " with no difference shown"
            @if changes.incomparable > 0 { "; " (count(changes.incomparable as u64)) " could not be compared" }
            "."
        }
        @if !changes.environment.is_empty() {
            dl class="facts" {
                @for (name, then, now) in &changes.environment {
                    div { dt { (name) } dd { (then) " before, " (now) " now" } }
                }
            }
        }
        @if !changes.moved.is_empty() { (figures(changes)) }
        @if !changes.verdicts.is_empty() { (verdicts(changes)) }
        (names("Only in this run", &changes.added))
        (names("Only in the baseline", &changes.gone))
    }
}

fn plural(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(number as u64), if number == 1 { "" } else { "s" })
}

fn figures(changes: &Changes<'_>) -> Markup {
    let caption = "The figure now divided by that of the baseline, with the widest interval that both intervals allow. Listed only if that interval \
                   lies outside the noise bands of both runs, largest change first. Ratios are compared where both runs have the same \
                   reference; medians only on the same processor with the same compiler.";
    let drawn = draw(changes, caption);
    let table = html! {
        table class="numbers" {
            caption { (caption) }
            thead {
                tr {
                    th scope="col" { "Cell" }
                    th scope="col" class="figure" { "Before" }
                    th scope="col" class="figure" { "Now" }
                    th scope="col" class="figure" { "Factor [interval]" }
                    th scope="col" { "Change" }
                    th scope="col" { "Of" }
                }
            }
            tbody { @for moved in &changes.moved { (line(moved)) } }
        }
    };
    html! {
        @match drawn {
            Ok(svg) => { figure { (PreEscaped(svg)) figcaption { (shown(changes)) } } }
            Err(why) => { p { "No plot: " (why) "." } }
        }
        (scrolling("Changed figures", &table))
    }
}

/// How many of the changes the plot has.
fn shown(changes: &Changes<'_>) -> String {
    match changes.moved.len() {
        all if all <= MOST => "Left of 1: less than before. Right of 1: more.".to_owned(),
        all => format!("The {MOST} largest of {all} changes. Left of 1: less than before."),
    }
}

fn draw(changes: &Changes<'_>, caption: &str) -> Result<String, String> {
    let row = |moved: &Moved<'_>| Row {
        name: moved.now.id(),
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
        title: "Changes since the baseline".to_owned(),
        description: format!("{caption} The table that follows holds the same numbers."),
        axis: "now divided by before".to_owned(),
        panels: vec![Panel {
            heading: "cells that have changed".to_owned(),
            rows: changes.moved.iter().take(MOST).map(row).collect(),
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
            th scope="row" { span class="name" { (moved.now.id()) } }
            td class="figure" { (said(moved.then)) }
            td class="figure" { strong { (said(moved.now)) } }
            td class="figure" {
                "\u{d7}" (precise(moved.factor))
                span class="under" { "[" (precise(moved.low)) ", " (precise(moved.high)) "]" }
            }
            td { (moved.comparison.phrase(Dimension::of(&moved.now.unit))) }
            td {
                @match moved.by {
                    Figure::Ratio => { "ratio to " (moved.now.reference.as_deref().unwrap_or("the reference")) }
                    Figure::Median => { (moved.now.unit) }
                }
            }
        }
    }
}

fn verdicts(changes: &Changes<'_>) -> Markup {
    let table = html! {
        table class="beside" {
            caption { "Cells with another verdict." }
            thead { tr { th scope="col" { "Cell" } th scope="col" { "Before" } th scope="col" { "Now" } } }
            tbody {
                @for (row, before) in &changes.verdicts {
                    tr { th scope="row" { (row.id()) } td { (badge(*before)) } td { (badge(row.verdict)) } }
                }
            }
        }
    };
    scrolling("Changed verdicts", &table)
}

fn names(heading: &str, rows: &[&CellResult]) -> Markup {
    html! {
        @if !rows.is_empty() {
            details {
                summary { (heading) ": " (plural(rows.len(), "cell")) }
                ul class="commands" { @for row in rows { li { code { (row.id()) } } } }
            }
        }
    }
}
