//! One scenario: the words of its author, plot, numbers, noise band, commands, figures from elsewhere.

mod plots;

use maud::{Markup, PreEscaped, html};
use switchback_bench::results::{About, CellResult, Elsewhere, Verdict};
use switchback_bench::witness::Witness;

use super::parts::{badge, scenario_id, scrolling};
use crate::numbers::{Dimension, count, precise, tick};
use crate::view::{Group, Series, Tally, is_reference};
use crate::words::{Comparison, VerdictLine, percent, reproduce};

/// A scenario with all that is known of it.
pub(super) fn section(group: &Group<'_>) -> Markup {
    let id = scenario_id(group);
    let tally = Tally::of(group.series.iter().flat_map(Series::rows));
    html! {
        section class="scenario" aria-labelledby=(id) {
            h3 id=(id) { (group.title()) }
            p class="quiet" {
                code { (group.scenario) }
                @if !group.family().is_empty() { " \u{b7} " (group.family()) }
                " \u{b7} " (VerdictLine::from_tally(tally))
            }
            @if let Some(about) = group.about { (words(about)) }
            @for (i, series) in group.series.iter().enumerate() {
                (numbers(group, series, i))
            }
            @if let Some(figures) = group.about.map(|about| &about.elsewhere).filter(|all| !all.is_empty()) {
                (elsewhere(group.title(), figures))
            }
        }
    }
}

/// What the author says of a scenario. What is missing is left out.
fn words(about: &About) -> Markup {
    let parts = [
        ("Shows", &about.shows),
        ("Does not show", &about.does_not_show),
        ("Cost law", &about.cost),
    ];
    let said = parts.iter().filter(|(_, text)| !text.is_empty());
    html! {
        @if !about.work.is_empty() { p { (about.work) } }
        @if said.clone().next().is_some() {
            dl class="prose" {
                @for (what, text) in said { div { dt { (what) } dd { (text) } } }
            }
        }
    }
}

fn numbers(group: &Group<'_>, series: &Series<'_>, index: usize) -> Markup {
    let id = format!("plot-{}-{index}", group.anchor);
    let drawn = plots::draw(group, id, series);
    let label = format!("{}: {}", group.title(), series.unit);
    html! {
        figure {
            @match drawn {
                Ok(plot) => {
                    (PreEscaped(plot.svg))
                    figcaption { (plot.caption) }
                }
                Err(why) => figcaption { "The plot could not be drawn: " (why) ". Its numbers follow." }
            }
        }
        (scrolling(&label, &table(series)))
        (bands(series))
        (commands(group, series))
    }
}

fn table(series: &Series<'_>) -> Markup {
    let symbol = series.dimension().symbol();
    let head = |name: &str| {
        if symbol.is_empty() { name.to_owned() } else { format!("{name} ({symbol})") }
    };
    html! {
        table class="numbers" {
            caption { "In " (series.unit) "; low and high bound the 95\u{a0}% confidence interval of the median." }
            thead {
                tr {
                    th scope="col" { "Backend" }
                    th scope="col" { "Verdict" }
                    th scope="col" class="figure" { (head("Median")) }
                    th scope="col" class="figure" { (head("Low")) }
                    th scope="col" class="figure" { (head("High")) }
                    th scope="col" class="figure" { "Ratio [interval]" }
                    th scope="col" { "Against the reference" }
                    th scope="col" class="figure" { "Samples" }
                    th scope="col" { "Clock" }
                    th scope="col" { "Witness" }
                }
            }
            @for block in &series.blocks {
                tbody {
                    tr class="block" {
                        th colspan="10" scope="rowgroup" {
                            "Size " (count(block.size))
                            @if let Some(reference) = block.reference() { ", reference " (reference) }
                        }
                    }
                    @for row in &block.rows { (line(row, series.dimension())) }
                }
            }
        }
    }
}

fn line(row: &CellResult, dimension: Dimension) -> Markup {
    let number = |value: Option<f64>| value.map_or_else(|| "\u{2013}".to_owned(), precise);
    html! {
        tr {
            th scope="row" { span class="name" { (row.backend) } }
            td { (badge(row.verdict)) }
            @if row.verdict == Verdict::Ok {
                td class="figure" { strong { (number(row.median)) } }
                td class="figure" { (number(row.low)) }
                td class="figure" { (number(row.high)) }
                td class="figure" { (ratio(row)) }
                td { (Comparison::of(row).phrase(dimension)) }
                td class="figure" { (samples(row)) }
                td { (clock(row)) }
            } @else {
                td class="why" colspan="7" { (row.why.as_deref().map_or("no reason recorded", first_line)) }
            }
            td class="witness" { (witness(row.witness.as_ref())) }
        }
    }
}

fn ratio(row: &CellResult) -> Markup {
    let said = |ratio| format!("\u{d7}{}", precise(ratio));
    if is_reference(row) {
        return html! { "\u{d7}1" };
    }
    html! {
        (row.ratio.map_or_else(|| "\u{2013}".to_owned(), said))
        @if let Some((low, high)) = row.ratio_low.zip(row.ratio_high) {
            span class="under" { "[" (precise(low)) ", " (precise(high)) "]" }
        }
    }
}

/// Reasons can be long; the section on failures has them whole.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

fn samples(row: &CellResult) -> Markup {
    let Some(samples) = row.samples else { return html! { "\u{2013}" } };
    html! {
        (count(samples as u64))
        @if let Some(processes) = row.processes.filter(|processes| *processes > 1) {
            span class="under" { (processes) " processes" }
        }
    }
}

/// The clock that counts, and what the other one said.
fn clock(row: &CellResult) -> Markup {
    let Some(clock) = row.clock.as_deref() else { return html! { "\u{2013}" } };
    let other =
        if clock == "wall" { row.cpu.map(|v| ("CPU", v)) } else { row.wall.map(|v| ("wall", v)) };
    html! {
        (clock)
        @if let Some((name, value)) = other { span class="under" { (name) " " (precise(value)) } }
    }
}

fn witness(witness: Option<&Witness>) -> Markup {
    let Some(witness) = witness else { return html! { "none" } };
    let counts = [
        ("tasklets", witness.tasklets),
        ("at peak", witness.peak_alive),
        ("messages", witness.messages),
        ("switches", witness.switches),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter_map(|(name, number)| Some(format!("{} {name}", count(number?))))
        .collect();
    html! {
        @if !counts.is_empty() { (counts.join(", ")) }
        span class="under" { "digest " code { (format!("{:016x}", witness.digest)) } }
    }
}

/// How far the reference differed from itself, for every size and clock: what chance alone can do.
fn bands(series: &Series<'_>) -> Markup {
    let sizes: Vec<_> = series
        .blocks
        .iter()
        .filter_map(|block| Some((block.reference()?, block.size, block.bands())))
        .collect();
    if sizes.is_empty() {
        return html! {};
    }
    html! {
        p class="band" {
            "Noise band, the reference measured against itself: "
            @for (i, (reference, size, bands)) in sizes.iter().enumerate() {
                @if i > 0 { "; " }
                (reference) " at size " (count(*size)) ": "
                @if bands.is_empty() { "not measured" }
                @for (i, (clock, band)) in bands.iter().enumerate() {
                    @if i > 0 { ", " }
                    (percent(*band))
                    @if let Some(clock) = clock { " by " (clock) }
                }
            }
            ". Nothing within its band is called a difference."
        }
    }
}

fn commands(group: &Group<'_>, series: &Series<'_>) -> Markup {
    html! {
        details {
            summary { "Measure a row of " (group.title()) " again" }
            ul class="commands" {
                @for row in series.rows() { li { code { (reproduce(row)) } } }
            }
        }
    }
}

/// Where a figure comes from and when it was made: "talk, 2007".
fn source(figure: &Elsewhere) -> String {
    if figure.date.is_empty() {
        figure.source.clone()
    } else {
        format!("{}, {}", figure.source, figure.date)
    }
}

fn elsewhere(title: &str, figures: &[Elsewhere]) -> Markup {
    let ratios = figures.iter().any(|figure| figure.ratio.is_some());
    let values = figures.iter().any(|figure| !figure.value.is_empty());
    let table = html! {
        table class="beside" {
            caption {
                "From elsewhere, on other machines: beside these, only the order of magnitude can be compared."
            }
            thead {
                tr {
                    th scope="col" { "System" }
                    th scope="col" { "Source" }
                    @if values { th scope="col" class="figure" { "Value" } }
                    @if ratios { th scope="col" class="figure" { "Factor to plain" } }
                }
            }
            tbody {
                @for figure in figures {
                    tr {
                        th scope="row" { (figure.system) }
                        td {
                            (source(figure))
                            @if !figure.machine.is_empty() { span class="under" { (figure.machine) } }
                        }
                        @if values {
                            td class="figure" { @if figure.value.is_empty() { "\u{2013}" } @else { (figure.value) } }
                        }
                        @if ratios {
                            td class="figure" { (figure.ratio.map_or_else(|| "\u{2013}".to_owned(), |ratio| format!("\u{d7}{}", tick(ratio)))) }
                        }
                    }
                }
            }
        }
    };
    scrolling(&format!("{title}: figures from elsewhere"), &table)
}
