//! One scenario: the words of its author, plot, numbers, noise band, commands, figures from elsewhere.

mod plots;

use maud::{Markup, PreEscaped, html};
use switchback_bench::results::{About, CellResult, Elsewhere, Verdict};
use switchback_bench::witness::Witness;

use super::parts::{badge, scenario_id, scrolling};
use crate::numbers::{Dimension, count, precise, quantity, tick};
use crate::view::{
    Block, Group, Series, Tally, few_samples, interval, is_reference, ratio_interval,
};
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
            @if let Some(about) = group.about.filter(|about| !about.work.is_empty()) { p { (about.work) } }
            @for (i, series) in group.series.iter().enumerate() {
                (numbers(group, series, i))
            }
            @if let Some(about) = group.about { (words(about)) }
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
    // The largest size counts most; the others are in the plot, and folded.
    let (earlier, last) = series.blocks.split_at(series.blocks.len().saturating_sub(1));
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
        (scrolling(&label, &table(series, last)))
        @if !earlier.is_empty() {
            details {
                summary { "Smaller sizes of " (group.title()) }
                (scrolling(&format!("{label}, smaller sizes"), &table(series, earlier)))
            }
        }
        (again(group, series))
        details {
            @if series.rows().any(|row| row.peak_memory.is_some()) {
                summary { "Witness, samples, clocks and memory of " (group.title()) }
            } @else {
                summary { "Witness, samples and clocks of " (group.title()) }
            }
            (evidence(series))
        }
    }
}

/// The rows of a size in order of cost: the reference, then the cheapest, at the end what has no figure.
fn by_cost<'a>(block: &Block<'a>) -> Vec<&'a CellResult> {
    let mut rows = block.rows.clone();
    let median = |row: &CellResult| {
        row.median.filter(|_| row.verdict == Verdict::Ok).unwrap_or(f64::INFINITY)
    };
    rows.sort_by(|a, b| {
        is_reference(b).cmp(&is_reference(a)).then(median(a).total_cmp(&median(b)))
    });
    rows
}

fn table(series: &Series<'_>, blocks: &[Block<'_>]) -> Markup {
    let symbol = series.dimension().symbol();
    let median = if symbol.is_empty() { "Median".to_owned() } else { format!("Median ({symbol})") };
    html! {
        table class="numbers" {
            caption { "In " (series.unit) ", in order of cost; intervals hold the median with 95\u{a0}% confidence." }
            thead {
                tr {
                    th scope="col" { "Backend" }
                    th scope="col" class="figure" { (median) }
                    th scope="col" class="figure" { "Interval" }
                    th scope="col" class="figure" { "Ratio" }
                    th scope="col" class="figure" { "Interval" }
                    th scope="col" { "Against the reference" }
                }
            }
            @for block in blocks {
                tbody {
                    tr class="block" { th colspan="6" scope="rowgroup" { (about_size(block)) } }
                    @for row in by_cost(block) { (line(row, series.dimension())) }
                }
            }
        }
    }
}

/// "Size 1,000, reference plain, noise band 0.3 %".
fn about_size(block: &Block<'_>) -> String {
    let mut text = format!("Size {}", count(block.size));
    let Some(reference) = block.reference() else { return text };
    text.push_str(&format!(", reference {reference}, noise band "));
    let bands: Vec<String> = block
        .bands()
        .into_iter()
        .map(|(clock, band)| match clock {
            Some(clock) => format!("{} by {clock}", percent(band)),
            None => percent(band),
        })
        .collect();
    text.push_str(&if bands.is_empty() { "not measured".to_owned() } else { bands.join(", ") });
    text
}

fn line(row: &CellResult, dimension: Dimension) -> Markup {
    let number = |value: Option<f64>| value.map_or_else(|| "\u{2013}".to_owned(), precise);
    let span = |interval: Option<(f64, f64)>| match interval {
        Some((low, high)) => format!("{}\u{2013}{}", precise(low), precise(high)),
        None => "\u{2013}".to_owned(),
    };
    let ratio = row.ratio.filter(|_| !is_reference(row));
    html! {
        tr {
            th scope="row" { span class="name" { (row.backend) } }
            @if row.verdict == Verdict::Ok {
                td class="figure" { strong { (number(row.median)) } }
                td class="figure" { @match few_samples(row) { Some(few) => (few), None => (span(interval(row))) } }
                td class="figure" {
                    @if is_reference(row) { "\u{d7}1" } @else { (ratio.map_or_else(|| "\u{2013}".to_owned(), |ratio| format!("\u{d7}{}", precise(ratio)))) }
                }
                td class="figure" { @if is_reference(row) { "\u{2013}" } @else { (span(ratio_interval(row))) } }
                td { (Comparison::of(row).phrase(dimension)) }
            } @else {
                td class="why" colspan="5" {
                    (badge(row.verdict)) " " (row.why.as_deref().map_or("no reason recorded", first_line))
                }
            }
        }
    }
}

/// Reasons can be long; the section on failures has them whole.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

/// How the rows of each size came about: those that came about alike stand together.
fn evidence(series: &Series<'_>) -> Markup {
    html! {
        ul class="evidence" {
            @for block in &series.blocks {
                li {
                    strong { "Size " (count(block.size)) ". " }
                    @for (row, names) in alike(block, |row| (row.samples, row.processes, row.clock.clone())) {
                        (timed(row)) ": " (names) ". "
                    }
                    @for (row, names) in alike(block, |row| row.witness) {
                        "Proved " (witness(row.witness.as_ref())) ": " (names) ". "
                    }
                    @for row in block.rows.iter().filter(|row| clocks_differ(row)) {
                        "Clocks differ for " (row.backend) ": thread CPU " (row.cpu.map_or_else(String::new, precise))
                        ", wall " (row.wall.map_or_else(String::new, precise)) ". "
                    }
                    @if let Some(peaks) = peaks(block) { "Peak memory: " (peaks) "." }
                }
            }
        }
    }
}

/// Bytes below which a peak is not told apart from none: 64 pages, which the kernel may lag behind.
const FEW: u64 = 64 << 12;

/// "soft 1.05 MB, hard 640 kB, 3 others under 262 kB": what an iteration of each row took, most first.
fn peaks(block: &Block<'_>) -> Option<String> {
    let bytes = |bytes: u64| quantity(bytes as f64, Dimension::Bytes);
    let rows = block.rows.iter().filter_map(|row| Some((row.peak_memory?, row.backend.as_str())));
    let (mut much, few): (Vec<_>, Vec<_>) = rows.partition(|(peak, _)| *peak >= FEW);
    much.sort_by_key(|(peak, _)| std::cmp::Reverse(*peak));
    let mut parts: Vec<String> =
        much.iter().map(|(peak, name)| format!("{name} {}", bytes(*peak))).collect();
    match (few.len(), much.len()) {
        (0, 0) => return None,
        (0, _) => {}
        (_, 0) => parts.push(format!("under {} each", bytes(FEW))),
        (1, _) => parts.push(format!("1 other under {}", bytes(FEW))),
        (others, _) => parts.push(format!("{others} others under {}", bytes(FEW))),
    }
    Some(parts.join(", "))
}

/// Verified rows with the same key: one of them, and the names of all.
fn alike<'a, K: PartialEq>(
    block: &Block<'a>,
    key: impl Fn(&CellResult) -> K,
) -> Vec<(&'a CellResult, String)> {
    let mut groups: Vec<(K, &CellResult, String)> = Vec::new();
    for row in block.rows.iter().copied().filter(|row| row.verdict == Verdict::Ok) {
        let own = key(row);
        match groups.iter_mut().find(|(known, ..)| *known == own) {
            Some((.., names)) => names.extend([", ", &row.backend]),
            None => groups.push((own, row, row.backend.clone())),
        }
    }
    groups.into_iter().map(|(_, row, names)| (row, names)).collect()
}

/// "90 samples of 3 processes by thread CPU".
fn timed(row: &CellResult) -> String {
    let mut text = match row.samples {
        None => "Number of samples not recorded".to_owned(),
        Some(1) => "One sample".to_owned(),
        Some(samples) => format!("{} samples", count(samples as u64)),
    };
    if let Some(processes) = row.processes.filter(|processes| *processes > 1) {
        text.push_str(&format!(" of {processes} processes"));
    }
    if let Some(clock) = &row.clock {
        text.push_str(&format!(" by {clock}"));
    }
    text
}

/// True if both clocks were read and differ by more than a tenth: the backend waited, or other threads worked.
fn clocks_differ(row: &CellResult) -> bool {
    let (Some(cpu), Some(wall)) = (row.cpu, row.wall) else { return false };
    row.verdict == Verdict::Ok && (wall - cpu).abs() > 0.1 * wall.max(cpu)
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
        @if !counts.is_empty() { (counts.join(", ")) ", " }
        "digest " code { (format!("{:016x}", witness.digest)) }
    }
}

/// The command that measures a row again: one for all rows where they differ in the id alone.
fn again(group: &Group<'_>, series: &Series<'_>) -> Markup {
    let Some(row) = series.rows().find(|row| !is_reference(row)).or(series.rows().next()) else {
        return html! {};
    };
    let first = reproduce(row);
    let id = row.id();
    let alike = |other: &CellResult| reproduce(other) == first.replace(&id, &other.id());
    if first.contains(&id) && series.rows().all(alike) {
        return html! {
            p class="again" { "Again: " code class="command" { (first) } " and so for every row, by its id." }
        };
    }
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
