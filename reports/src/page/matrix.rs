//! Every cell of the run: families, scenarios and sizes down, backends across.

use maud::{Markup, html};
use switchback_bench::results::{CellResult, Verdict};

use super::parts::{self, badge, scenario_id, scrolling};
use crate::numbers::{Dimension, brief, count, precise, quantity};
use crate::view::{
    Block, Group, View, few_samples, interval, is_reference, is_settled, ratio_interval,
};
use crate::words::Comparison;

/// Rows without a column that a cell names; the section of the scenario has all of them.
const BESIDE: usize = 1;
/// Columns of backends that a screen of 1,280 pixels holds; a table with more of them scrolls.
const FIT: usize = 16;

pub(super) fn section(view: &View<'_>) -> Markup {
    html! {
        section aria-labelledby="matrix" {
            h2 id="matrix" { "All cells" }
            @if view.groups.is_empty() {
                p { "The run holds no results. " code { "cargo bench" } " makes them." }
            } @else {
                p {
                    "How much longer each backend takes than the reference of its row: \u{d7}2 is twice as long. Every figure stands for verified "
                    "work. A cell says everything when it is pointed at or has the focus, and leads to its scenario"
                    @if view.pages.is_some() { "; the head of a column leads to the page of its backend" }
                    "."
                }
                (legend(view))
                @for part in parts_of(view) { (scrolling(&part.label(), &table(view, &part))) }
            }
        }
    }
}

/// What the shades and signs mean, as far as they occur.
fn legend(view: &View<'_>) -> Markup {
    let any = |wanted: fn(&CellResult) -> bool| view.rows().any(wanted);
    html! {
        p class="legend" {
            "Cost: "
            @for (shade, words) in SHADES.iter().enumerate() {
                span class={ "swatch c" (shade) } { (words) } " "
            }
            @if any(|row| row.verdict == Verdict::Ok && !is_settled(row)) {
                span class="few" { "n=1, n=5" } ": so many samples, too few for an interval; "
            }
            @if any(|row| row.verdict == Verdict::Unsupported) {
                span class="absent" { "unsup." } ": unsupported, never claimed "
            }
            @if view.beside {
                "Others: what is measured beside the backends, to compare with "
            }
        }
    }
}

/// The costs of the shades, which rise.
const SHADES: [&str; 6] =
    ["under \u{d7}1.1", "to \u{d7}2", "to \u{d7}5", "to \u{d7}20", "to \u{d7}100", "above"];

/// The shade of a cost.
fn shade(cost: f64) -> usize {
    [1.1, 2.0, 5.0, 20.0, 100.0].iter().position(|limit| cost < *limit).unwrap_or(5)
}

/// The columns of one table.
struct Part<'a> {
    columns: Vec<&'a str>,
    bands: Vec<(&'a str, usize)>,
    /// Whether it is the first, which has a row for every size, and a column for what has none.
    first: bool,
}

impl Part<'_> {
    fn label(&self) -> String {
        if self.first {
            return "All cells".to_owned();
        }
        let names: Vec<&str> = self.bands.iter().map(|(name, _)| band(name)).collect();
        format!("Cells of {}", names.join(" and "))
    }

    fn has(&self, block: &Block<'_>) -> bool {
        self.first || self.columns.iter().any(|backend| block.row(backend).is_some())
    }

    fn beside(&self, view: &View<'_>) -> bool {
        self.first && view.beside
    }
}

/// One table, or several if a screen does not hold all columns: each with whole groups of backends.
fn parts_of<'a>(view: &View<'a>) -> Vec<Part<'a>> {
    let whole = Part { columns: view.columns.clone(), bands: view.bands.clone(), first: true };
    if view.columns.len() <= FIT || view.bands.is_empty() {
        return vec![whole];
    }
    let mut parts: Vec<Part<'a>> = Vec::new();
    let mut columns = view.columns.iter().copied();
    for &(name, number) in &view.bands {
        let own = columns.by_ref().take(number);
        match parts.last_mut().filter(|part| part.columns.len() + number <= FIT) {
            Some(part) => {
                part.columns.extend(own);
                part.bands.push((name, number));
            }
            None => parts.push(Part {
                columns: own.collect(),
                bands: vec![(name, number)],
                first: parts.is_empty(),
            }),
        }
    }
    parts
}

/// The name of a group of backends.
const fn band(name: &str) -> &str {
    if name.is_empty() { "other" } else { name }
}

/// True if the table is no wider than the page: few columns, and names that can be broken into lines.
fn fits(view: &View<'_>, part: &Part<'_>) -> bool {
    let short = |name: &str, most| {
        name.split_inclusive(['-', ' ']).all(|piece| piece.chars().count() <= most)
    };
    let references = view.rows().filter_map(|row| row.reference.as_deref());
    let mut others =
        view.groups.iter().flat_map(blocks).flat_map(|block| block.beside(&view.columns));
    part.columns.len() <= FIT
        && part.columns.iter().all(|name| short(name, 12))
        && references.into_iter().all(|name| short(name, 16))
        && others.all(|row| short(&row.backend, 20))
        && view.groups.iter().all(|group| short(group.scenario, 20))
}

fn table(view: &View<'_>, part: &Part<'_>) -> Markup {
    let beside = part.beside(view);
    let columns = 2 + part.columns.len() + usize::from(beside);
    let families = view.families().map(|(family, groups)| {
        let shown = |group: &&Group<'_>| blocks(group).any(|block| part.has(block));
        (family, groups.iter().filter(shown).collect::<Vec<_>>())
    });
    let class = if fits(view, part) { "matrix costs" } else { "matrix costs wide" };
    html! {
        table class=(class) {
            caption {
                @if part.first { "Cost of every cell against the reference of its row." }
                @else { (part.label()) ", against the same references." }
            }
            thead {
                @if !part.bands.is_empty() {
                    tr class="bands" {
                        td {} td {}
                        @for (name, number) in &part.bands {
                            th scope="colgroup" colspan=(number) { (band(name)) }
                        }
                        @if beside { td {} }
                    }
                }
                tr {
                    th scope="col" { "Scenario, size" }
                    th scope="col" { "Reference" }
                    @for backend in &part.columns { th scope="col" { (parts::backend(view, backend)) } }
                    @if beside { th scope="col" { "Others" } }
                }
            }
            @for (family, groups) in families.filter(|(_, groups)| !groups.is_empty()) {
                tbody {
                    @if let Some(family) = family {
                        tr class="family" { th scope="rowgroup" colspan=(columns) { (family) } }
                    }
                    @for group in groups { (rows(view, part, group)) }
                }
            }
        }
    }
}

fn blocks<'b, 'a>(group: &'b Group<'a>) -> impl Iterator<Item = &'b Block<'a>> {
    group.series.iter().flat_map(|series| &series.blocks)
}

/// The rows of a scenario.
fn rows(view: &View<'_>, part: &Part<'_>, group: &Group<'_>) -> Markup {
    html! {
        @for (i, block) in blocks(group).filter(|block| part.has(block)).enumerate() {
            tr class=[(i == 0).then_some("first")] {
                th scope="row" {
                    @if i == 0 {
                        a href={ "#" (scenario_id(group)) } { (group.scenario) }
                    } @else {
                        span class="unseen" { (group.scenario) }
                    }
                    " " span class={ @if i == 0 { "size" } @else { "size again" } } { (count(block.size)) }
                }
                (reference(block))
                @for backend in &part.columns { (cell(group, block, backend)) }
                @if part.beside(view) { (beside(group, block, &view.columns)) }
            }
        }
    }
}

fn reference(block: &Block<'_>) -> Markup {
    match block.reference_row() {
        Some(row) => html! {
            td {
                @match row.median.filter(|_| row.verdict == Verdict::Ok) {
                    Some(median) => { strong { (quantity(median, Dimension::of(&row.unit))) } }
                    None => { (badge(row.verdict)) }
                }
                span class="under" { (row.backend) }
            }
        },
        None => match block.reference() {
            Some(name) => html! { td { span class="under" { (name) ", not in this run" } } },
            None => absent(),
        },
    }
}

fn cell(group: &Group<'_>, block: &Block<'_>, backend: &str) -> Markup {
    let Some(row) = block.row(backend) else { return absent() };
    let (class, short) = match (row.verdict, block.cost(row)) {
        (Verdict::Ok, cost) => (cost.map(|cost| format!("c{}", shade(cost))), figures(block, row)),
        (Verdict::Unsupported, _) => (None, html! { span class="absent" { "unsup." } }),
        (verdict, _) => (None, badge(verdict)),
    };
    html! {
        td class=[class] {
            a class="cell" href={ "#" (scenario_id(group)) } {
                (short)
                span class="tip" { " " (everything(block, row)) }
            }
        }
    }
}

/// The factor; the time where there is none.
fn figures(block: &Block<'_>, row: &CellResult) -> Markup {
    html! {
        @if is_reference(row) { "ref." } @else if let Some(ratio) = row.ratio { "\u{d7}" (brief(ratio)) }
        @else if let Some(median) = row.median { (quantity(median, Dimension::of(&row.unit))) }
        @else { (block.size) }
        @if let Some(samples) = row.samples.filter(|_| !is_settled(row)) {
            " " span class="few" { "n=" (samples) }
        }
    }
}

/// A cell in words.
fn everything(block: &Block<'_>, row: &CellResult) -> String {
    let dimension = Dimension::of(&row.unit);
    let mut text = format!("{} on {}, size {}: ", row.scenario, row.backend, count(row.size));
    let Some(median) = row.median.filter(|_| row.verdict == Verdict::Ok) else {
        text.push_str(row.verdict.text());
        if let Some(why) = row.why.as_deref().and_then(|why| why.lines().next()) {
            text.extend([", ", &why.chars().take(120).collect::<String>()]);
        }
        return text;
    };
    text.push_str(&quantity(median, dimension));
    if let Some((low, high)) = interval(row) {
        text.push_str(&format!(" [{} to {}]", quantity(low, dimension), quantity(high, dimension)));
    }
    if let Some(ratio) = row.ratio.filter(|_| !is_reference(row)) {
        text.push_str(&format!(", \u{d7}{}", precise(ratio)));
        if let Some((low, high)) = ratio_interval(row) {
            text.push_str(&format!(" [{} to {}]", precise(low), precise(high)));
        }
        if let Some(name) = block.reference() {
            text.push_str(&format!(" of {name}"));
        }
    }
    match few_samples(row) {
        Some(few) => text.push_str(&format!("; {few}, no interval")),
        None => text.push_str(&format!("; {}", Comparison::of(row).phrase(dimension))),
    }
    text
}

/// Rows that take part in few scenarios, each by its name; the first of them if there are many, so that a row of the table stays one.
fn beside(group: &Group<'_>, block: &Block<'_>, columns: &[&str]) -> Markup {
    let rows: Vec<_> = block.beside(columns).collect();
    if rows.is_empty() {
        return absent();
    }
    let kept = if rows.len() > BESIDE + 1 { BESIDE } else { rows.len() };
    html! {
        td class="others" {
            @for row in &rows[..kept] {
                span class="other" {
                    (row.backend) " "
                    @match (row.verdict, row.ratio, row.median) {
                        (Verdict::Ok, Some(ratio), _) => { "\u{d7}" (brief(ratio)) }
                        (Verdict::Ok, None, Some(median)) => { (quantity(median, Dimension::of(&row.unit))) }
                        _ => { (badge(row.verdict)) }
                    }
                } " "
            }
            @if kept < rows.len() {
                a href={ "#" (scenario_id(group)) } { "and " (rows.len() - kept) " more" }
            }
        }
    }
}

fn absent() -> Markup {
    html! { td class="gap" { span class="unseen" { "no such cell" } } }
}
