//! One scenario: prose, plot, numbers, noise band, commands, figures from elsewhere.

mod plots;

use maud::{Markup, PreEscaped, html};
use switchback_bench::results::{CellResult, Verdict};
use switchback_bench::witness::Witness;

use super::parts::{badge, scenario_id, scrolling};
use crate::figures::Figure;
use crate::numbers::{Dimension, count, precise, tick};
use crate::prose::{self, Prose};
use crate::view::{Family, Group, Tally, is_reference};
use crate::words::{Comparison, VerdictLine, percent, reproduce};

/// The heading of a scenario: its title, or its id if it has none.
pub(super) fn title(group: &Group<'_>) -> String {
    let prose = prose::of(group.scenario);
    if prose.title.is_empty() { group.scenario.to_owned() } else { prose.title.to_owned() }
}

/// A scenario with all that is known of it.
pub(super) fn section(group: &Group<'_>) -> Markup {
    let prose = prose::of(group.scenario);
    let id = scenario_id(group);
    let tally = Tally::of(group.families.iter().flat_map(Family::rows));
    html! {
        section class="scenario" aria-labelledby=(id) {
            h3 id=(id) { (title(group)) }
            p class="quiet" { code { (group.scenario) } " \u{b7} " (VerdictLine::from_tally(tally)) }
            (words(&prose))
            @for (i, family) in group.families.iter().enumerate() {
                (numbers(group, family, i, &prose))
            }
            @if !prose.beside.is_empty() { (beside(&title(group), prose.beside)) }
        }
    }
}

fn words(prose: &Prose) -> Markup {
    html! {
        p { (prose.work) }
        dl class="prose" {
            div { dt { "Shows" } dd { (prose.shows) } }
            div { dt { "Does not show" } dd { (prose.hides) } }
            div { dt { "Cost law" } dd { (prose.law) } }
        }
    }
}

fn numbers(group: &Group<'_>, family: &Family<'_>, index: usize, prose: &Prose) -> Markup {
    let id = format!("plot-{}-{index}", group.anchor);
    let drawn = plots::draw(&title(group), id, family, prose);
    let label = format!("{}: {}", title(group), family.unit);
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
        (scrolling(&label, &table(family)))
        (bands(family))
        (commands(group, family))
    }
}

fn table(family: &Family<'_>) -> Markup {
    let symbol = family.dimension().symbol();
    let head = |name: &str| {
        if symbol.is_empty() { name.to_owned() } else { format!("{name} ({symbol})") }
    };
    html! {
        table class="numbers" {
            caption { "In " (family.unit) "; low and high bound the 95\u{a0}% confidence interval of the median." }
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
            @for block in &family.blocks {
                tbody {
                    tr class="block" {
                        th colspan="10" scope="rowgroup" {
                            "Size " (count(block.size))
                            @if let Some(reference) = block.reference() { ", reference " (reference) }
                        }
                    }
                    @for row in &block.rows { (line(row, family.dimension())) }
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
fn bands(family: &Family<'_>) -> Markup {
    let sizes: Vec<_> = family
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

fn commands(group: &Group<'_>, family: &Family<'_>) -> Markup {
    html! {
        details {
            summary { "Measure a row of " (title(group)) " again" }
            ul class="commands" {
                @for row in family.rows() { li { code { (reproduce(row)) } } }
            }
        }
    }
}

fn beside(title: &str, figures: &[Figure]) -> Markup {
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
                        td { (figure.source.words()) }
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
