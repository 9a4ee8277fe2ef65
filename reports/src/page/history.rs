//! One class of machines over time: its change points, then a plot for each scenario.

use maud::{Markup, PreEscaped, html};
use switchback_bench::results::CellResult;

use super::parts::{scrolling, shown};
use crate::commands::history::{Change, Class, Trend, span};
use crate::fit::name;
use crate::numbers::{Dimension, count, quantity, tick};
use crate::plot::drawable;
use crate::plot::sweep::{self, Across, Line, Point, Sweep};
use crate::view::{is_reference, ratio_interval};

/// Lines that one plot has room for.
const LINES: usize = 14;

/// Change points that stand open; the others are folded.
const OPEN: usize = 12;

pub(super) fn section(class: &Class<'_>, number: usize, most: usize) -> Markup {
    let id = format!("machine-{}", number + 1);
    let changed = class.changed();
    let (changed, left_out) = shown(&changed, most, "change points");
    let scenarios = class.scenarios();
    let (scenarios, no_plot) = shown(&scenarios, most / 4, "scenarios");
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (name(&class.machine)) }
            p class="quiet" { (span(class)) }
            @if changed.is_empty() {
                p { "No change is shown." }
            } @else {
                @let (open, folded) = changed.split_at(changed.len().min(OPEN));
                (scrolling(&format!("Change points of machine {}", number + 1), &table(class, open)))
                @if !folded.is_empty() {
                    details {
                        summary { (count(folded.len() as u64)) " more change points" }
                        (scrolling(&format!("More change points of machine {}", number + 1), &table(class, folded)))
                    }
                }
            }
            (left_out)
            @for (i, scenario) in scenarios.iter().enumerate() {
                (plot(class, scenario, &format!("{id}-{i}")))
            }
            (no_plot)
        }
    }
}

fn table(class: &Class<'_>, changed: &[(&Trend<'_>, &Change)]) -> Markup {
    html! {
        table class="numbers" {
            caption { "Change points, the latest first." }
            thead { tr { th scope="col" { "Since" } th scope="col" { "Cell" } th scope="col" { "Change" } } }
            tbody {
                @for (trend, change) in changed {
                    tr {
                        th scope="row" { (class.label(change.at)) }
                        td { (name(trend.scenario)) "/" (name(trend.backend)) "/" (trend.size) }
                        td { (change.phrase) @if change.rebuilt { ", in another build" } }
                    }
                }
            }
        }
    }
}

/// The largest size of a scenario over the runs.
fn plot(class: &Class<'_>, scenario: &str, id: &str) -> Markup {
    let own = || class.trends.iter().filter(|trend| trend.scenario == scenario);
    let size = own().map(|trend| trend.size).max().unwrap_or(0);
    let trends: Vec<_> = own().filter(|trend| trend.size == size).collect();
    let ratios = trends.iter().flat_map(|trend| trend.cells.iter().flatten());
    let by_ratio = ratios.clone().any(|row| !is_reference(row) && row.ratio.is_some());
    let unit = ratios.map(|row| row.unit.as_str()).next().unwrap_or("");
    let dimension = Dimension::of(unit);
    let lines =
        trends.iter().filter_map(|trend| line(trend, by_ratio)).take(LINES).collect::<Vec<_>>();
    let label = match (by_ratio, dimension) {
        (true, _) => |value: f64| format!("\u{d7}{}", tick(value)),
        (_, Dimension::Time(1)) => |value: f64| quantity(value, Dimension::Time(1)),
        _ => tick,
    };
    let caption = "A ring is a change point. A line joins runs of this class of machines alone.";
    let last = class.runs.len().saturating_sub(1);
    let sweep = Sweep {
        id: id.to_owned(),
        title: format!("{} at size {size} over time", name(scenario)),
        description: caption.to_owned(),
        axis: if by_ratio { "factor to the reference".to_owned() } else { name(unit).into_owned() },
        lines,
        across: Across::Runs(class.short(0), class.short(last)),
        label,
    };
    html! {
        @if !sweep.lines.is_empty() {
            h3 { (name(scenario)) ", size " (size) }
            figure {
                @match sweep::draw(&sweep) {
                    Ok(svg) => { (PreEscaped(svg)) figcaption { (caption) } }
                    Err(why) => figcaption { "The plot could not be drawn: " (why) "." }
                }
            }
        }
    }
}

fn line(trend: &Trend<'_>, by_ratio: bool) -> Option<Line> {
    let value = |row: &CellResult| if by_ratio { row.ratio } else { row.median };
    if by_ratio && trend.cells.iter().flatten().any(|row| is_reference(row)) {
        return None;
    }
    let fit = |value: f64| drawable(value) && value > 0.0;
    let points: Vec<Point> = trend
        .cells
        .iter()
        .enumerate()
        .filter_map(|(at, row)| {
            let row = (*row)?;
            let value = value(row).filter(|value| fit(*value))?;
            let interval = if by_ratio { ratio_interval(row) } else { None };
            let interval = interval.filter(|(low, high)| fit(*low) && fit(*high));
            let ring = trend.changes.iter().any(|change| change.at == at);
            Some(Point { size: at as f64, value, interval, ring })
        })
        .collect();
    (!points.is_empty()).then(|| Line {
        name: name(trend.backend).into_owned(),
        points,
        is_reference: false,
        stop: String::new(),
    })
}
