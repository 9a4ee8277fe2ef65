//! Where a backend stands in every scenario.

use std::ptr;

use maud::{Markup, html};
use switchback_bench::results::{CellResult, Verdict};

use super::{Subject, first_line};
use crate::fit;
use crate::numbers::{Dimension, count, figure, quantity};
use crate::page::Anchors;
use crate::page::parts::{badge, factor, left_out, scrolling};
use crate::site::Pages;
use crate::view::standing::Standing;
use crate::view::{Block, Group, View, few_samples, is_reference, ratio_interval};
use crate::words::Comparison;

/// Scenarios without a cell that are named.
const NAMED: usize = 40;

/// A cell of the backend, with its row.
pub(super) struct Place<'a> {
    pub(super) row: &'a CellResult,
    group: &'a Group<'a>,
    block: &'a Block<'a>,
    /// `None` if it has no cost to compare.
    pub(super) standing: Option<Standing<'a>>,
}

/// The cells of a backend.
pub(super) fn of<'a>(view: &'a View<'a>, name: &str) -> Vec<Place<'a>> {
    let blocks = view.groups.iter().flat_map(|group| {
        group.series.iter().flat_map(|series| &series.blocks).map(move |block| (group, block))
    });
    let place = |(group, block): (&'a Group<'a>, &'a Block<'a>)| {
        let row = block.row(name)?;
        Some(Place { row, group, block, standing: block.standing(row, &view.columns) })
    };
    blocks.filter_map(place).collect()
}

/// In how many rows no backend is shown to cost less, and in how many there is another one with a cost.
pub(super) fn led(places: &[Place<'_>]) -> (usize, usize) {
    let standings = places.iter().filter_map(|place| place.standing);
    let standings = standings.filter(|standing| standing.of > 1);
    (standings.clone().filter(Standing::leads).count(), standings.count())
}

pub(super) fn section(
    view: &View<'_>,
    subject: &Subject<'_>,
    pages: &Pages,
    anchors: &Anchors,
    most: usize,
) -> Markup {
    let kept = fit::first(&subject.places, most, |place| place.row.verdict.is_failure());
    let (left, all) = (subject.places.len() - kept.len(), subject.places.len());
    let (first, ranked) = led(&subject.places);
    html! {
        section aria-labelledby="scenarios" {
            h2 id="scenarios" { "Place in every scenario" }
            @if subject.places.is_empty() {
                p { "It was not measured in this run." }
            } @else {
                p {
                    "It is the cheapest backend, or no other is shown to be cheaper, in "
                    strong { (count(first as u64)) " of " (count(ranked as u64)) } " rows in which another one has a cost. Places are those among the verified cells of all backends with a column; a range such as "
                    "2\u{2013}4 means that the noise allows each of them. Where fewer than six samples were taken, marked n=, the medians alone decide."
                }
                (scrolling(&format!("Places of {}", subject.name), &table(&kept, pages, anchors)))
            }
            (left_out(left, all, "cells"))
            (absent(view, subject))
        }
    }
}

/// The scenarios in which it has no cell.
fn absent(view: &View<'_>, subject: &Subject<'_>) -> Markup {
    let takes_part =
        |group: &Group<'_>| subject.places.iter().any(|place| ptr::eq(place.group, group));
    let names: Vec<&str> =
        view.groups.iter().filter(|group| !takes_part(group)).map(|group| group.scenario).collect();
    let left = names.len().saturating_sub(NAMED);
    html! {
        @if !names.is_empty() && !subject.places.is_empty() {
            p class="quiet" {
                "No cell in: "
                @for (i, name) in names.iter().take(NAMED).enumerate() { @if i > 0 { ", " } (name) }
                @if left > 0 { " and " (count(left as u64)) " more" }
                "."
            }
        }
    }
}

fn table(places: &[&Place<'_>], pages: &Pages, anchors: &Anchors) -> Markup {
    html! {
        table class="numbers places" {
            caption { "Medians with that of the reference, ratios with their 95\u{a0}% intervals, and the place among the backends." }
            thead {
                tr {
                    th scope="col" { "Scenario, size" }
                    th scope="col" class="figure" { "Median" }
                    th scope="col" class="figure" { "Ratio" }
                    th scope="col" class="figure" { "Place" }
                    th scope="col" class="figure" { "To the best" }
                    th scope="col" { "Against the reference" }
                }
            }
            @for family in places.chunk_by(|one, next| one.group.family() == next.group.family()) {
                tbody {
                    @if let Some(name) = family.first().map(|place| place.group.family()).filter(|name| !name.is_empty()) {
                        tr class="block" { th colspan="6" scope="rowgroup" { (name) } }
                    }
                    @for place in family { (line(place, pages, anchors)) }
                }
            }
        }
    }
}

fn line(place: &Place<'_>, pages: &Pages, anchors: &Anchors) -> Markup {
    let Place { row, group, block, standing } = place;
    let dimension = Dimension::of(&row.unit);
    let median = row.median.filter(|_| row.verdict == Verdict::Ok);
    html! {
        tr {
            th scope="row" {
                span class="name" {
                    @match anchors.get(group.scenario) {
                        Some(id) => { a href=(pages.back(Some(id))) { (group.scenario) } }
                        None => { (group.scenario) }
                    }
                    " " span class="size" { (count(row.size)) }
                }
            }
            @if let Some(median) = median {
                td class="figure" {
                    strong { (quantity(median, dimension)) }
                    @if let Some(reference) = block.reference_row().filter(|_| !is_reference(row)) {
                        span class="under" {
                            (reference.backend)
                            @if let Some(median) = reference.median { " " (quantity(median, dimension)) }
                        }
                    }
                }
                td class="figure" { (ratio(row)) }
                (place_of(row, standing.as_ref()))
                td class="why" { (Comparison::of(row).phrase(dimension)) }
            } @else {
                td class="why" colspan="5" {
                    (badge(row.verdict)) " " (row.why.as_deref().map_or("no reason recorded".into(), first_line))
                }
            }
        }
    }
}

fn ratio(row: &CellResult) -> Markup {
    html! {
        @match row.ratio.filter(|_| !is_reference(row)) {
            Some(ratio) => {
                (factor(ratio))
                @if let Some((low, high)) = ratio_interval(row) {
                    span class="under" { (figure(low)) "\u{2013}" (figure(high)) }
                }
            }
            None if is_reference(row) => "\u{d7}1",
            None => "\u{2013}",
        }
        @if let Some(samples) = row.samples.filter(|_| few_samples(row).is_some()) {
            span class="under few" { "n=" (samples) }
        }
    }
}

fn place_of(row: &CellResult, standing: Option<&Standing<'_>>) -> Markup {
    let Some(standing) = standing else {
        return html! { td class="figure" { "\u{2013}" } td class="figure" { "\u{2013}" } };
    };
    html! {
        td class="figure" {
            strong {
                (count(standing.first as u64))
                @if standing.last > standing.first { "\u{2013}" (count(standing.last as u64)) }
            }
            " of " (count(standing.of as u64))
        }
        td class="figure" {
            @if standing.of == 1 { "alone" } @else if standing.best == row.backend { "the best" } @else {
                (factor(standing.times))
                span class="under" { (standing.best) }
            }
        }
    }
}
