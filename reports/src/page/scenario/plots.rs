//! Which rows of a scenario are plotted, by which number, under which words.

use std::collections::BTreeSet;

use switchback_bench::results::{CellResult, Plot as Axis, Verdict};

use super::super::parts::factor;
use crate::numbers::{Dimension, count, quantity, tick};
use crate::plot::sweep::{self, Across, Line, Point, Sweep};
use crate::plot::{self, Kind, Mark, Panel, Plot, Row, drawable};
use crate::view::{Group, Series, interval, is_reference, ratio_interval};

/// Backends in one plot; more would no longer be told apart at a glance.
const MOST: usize = 36;

/// From so many sizes on, a scenario is drawn as lines over its sizes.
const SWEEP: usize = 3;

/// A drawn plot and the sentence under it.
pub(super) struct Drawn {
    pub(super) svg: String,
    pub(super) caption: String,
}

/// Draws a scenario.
///
/// # Errors
/// Why there is no plot, in words.
pub(super) fn draw(group: &Group<'_>, id: String, series: &Series<'_>) -> Result<Drawn, String> {
    let measured = |row: &CellResult| row.verdict == Verdict::Ok && row.median.is_some();
    if !series.rows().any(measured) {
        return Err("no cell has a number".to_owned());
    }
    let wanted = group.about.map_or(Axis::Median, |about| about.plot);
    let has_ratio = |row: &CellResult| !is_reference(row) && row.ratio.is_some();
    let axis = if series.rows().any(has_ratio) { wanted } else { Axis::Median };
    let supported = series.rows().filter(|row| row.verdict != Verdict::Unsupported);
    let parts: BTreeSet<&str> = supported.map(|row| row.backend.as_str()).collect();
    let takes_part = |name: &&str| parts.contains(name);
    let (taking, idle): (Vec<&str>, Vec<&str>) =
        series.backends().into_iter().partition(takes_part);
    let shown: Vec<&str> = taking.iter().copied().take(MOST).collect();
    let hidden = taking.len() - shown.len();

    let panels: Vec<Panel> = series
        .blocks
        .iter()
        .map(|block| Panel {
            heading: format!("size {}", count(block.size)),
            rows: block
                .rows
                .iter()
                .filter(|row| shown.contains(&row.backend.as_str()))
                .map(|row| line(row, series, axis))
                .collect(),
        })
        .filter(|panel| !panel.rows.is_empty())
        .collect();
    let mut caption = caption(series, axis);
    if !idle.is_empty() {
        caption.push_str(&format!(" Unsupported and not drawn: {}.", idle.join(", ")));
    }
    if hidden > 0 {
        caption.push_str(&format!(
            " The first {MOST} backends are drawn; the table has {hidden} more."
        ));
    }
    if series.blocks.len() >= SWEEP
        && let Some(svg) = sweep(group, &id, series, axis, (&shown, &mut caption))
    {
        return svg.map(|svg| Drawn { svg, caption });
    }
    let plot = Plot {
        id,
        title: format!("{}: {}", group.title(), heading(series, axis)),
        description: format!("{caption} The table that follows holds the same numbers."),
        axis: heading(series, axis),
        panels,
        ratios: axis == Axis::Ratio,
    };
    plot::draw(&plot).map(|svg| Drawn { svg, caption })
}

fn heading(series: &Series<'_>, axis: Axis) -> String {
    match axis {
        Axis::Median => series.unit.to_owned(),
        Axis::Ratio => format!("factor to {}", reference(series)),
    }
}

/// The name of the reference if all sizes agree on one.
fn reference<'a>(series: &Series<'a>) -> &'a str {
    let mut names = series.blocks.iter().filter_map(|block| block.reference());
    match names.next() {
        Some(first) if names.all(|name| name == first) => first,
        _ => "the reference",
    }
}

/// What a ring is in a plot of one size.
const RING: &str = " The ring is the reference.";

fn caption(series: &Series<'_>, axis: Axis) -> String {
    let what = match axis {
        Axis::Median => format!("Medians in {}", series.unit),
        Axis::Ratio => {
            format!(
                "Medians of the time divided by that of {} in the same round",
                reference(series)
            )
        }
    };
    let mut text = format!(
        "{what}; dots with their 95\u{a0}% confidence intervals where these are wider than the dot; less is better."
    );
    if series.rows().any(is_reference) {
        text.push_str(RING);
    }
    text
}

fn line(row: &CellResult, series: &Series<'_>, axis: Axis) -> Row {
    let name = row.backend.clone();
    if row.verdict != Verdict::Ok {
        return Row { name, text: row.verdict.text().to_owned(), mark: None };
    }
    let kind = if is_reference(row) { Kind::Reference } else { Kind::Backend };
    let (value, interval, text) = match axis {
        Axis::Median => {
            let text = row.median.map(|median| quantity(median, series.dimension()));
            (row.median, interval(row), text)
        }
        Axis::Ratio if is_reference(row) => (Some(1.0), None, Some("\u{d7}1".to_owned())),
        Axis::Ratio => (row.ratio, ratio_interval(row), row.ratio.map(factor)),
    };
    let interval = interval.filter(|(low, high)| drawable(*low) && drawable(*high));
    match value.zip(text).filter(|(value, _)| drawable(*value)) {
        Some((value, text)) => {
            let mark = Mark { kind, value, interval, band: row.band };
            Row { name, text, mark: Some(mark) }
        }
        None => Row { name, text: "no number that can be drawn".to_owned(), mark: None },
    }
}

/// Lines over the sizes; `None` if a value cannot stand on a logarithmic axis.
fn sweep(
    group: &Group<'_>,
    id: &str,
    series: &Series<'_>,
    axis: Axis,
    (shown, caption): (&[&str], &mut String),
) -> Option<Result<String, String>> {
    let fit = |value: f64| drawable(value) && value > 0.0;
    let value = |row: &CellResult| match axis {
        Axis::Median => (row.median, interval(row)),
        Axis::Ratio if is_reference(row) => (Some(1.0), None),
        Axis::Ratio => (row.ratio, ratio_interval(row)),
    };
    let mut lines = Vec::new();
    for backend in shown {
        let rows = || series.blocks.iter().filter_map(|block| block.row(backend));
        let mut points = Vec::new();
        for row in rows().filter(|row| row.verdict == Verdict::Ok) {
            let (Some(value), interval) = value(row) else { continue };
            if !fit(value) {
                return None;
            }
            let interval = interval.filter(|(low, high)| fit(*low) && fit(*high));
            points.push(Point { size: row.size as f64, value, interval, ring: false });
        }
        let Some(last) = points.last().map(|point: &Point| point.size) else { continue };
        sweep::mark_knees(&mut points);
        let stop = rows().find(|row| row.size as f64 > last && row.verdict != Verdict::Ok);
        lines.push(Line {
            name: (*backend).to_owned(),
            points,
            is_reference: rows().any(is_reference),
            stop: stop.map_or_else(String::new, |row| row.verdict.to_string()),
        });
    }
    if lines.is_empty() {
        return None;
    }
    *caption = caption.replace(RING, "");
    caption.push_str(" A ring is a knee: from there the cost grows faster, by more than half a power of the size.");
    if lines.iter().any(|line| !line.stop.is_empty()) {
        caption.push_str(" A cross ends a line whose next size has no figure.");
    }
    let label = match (axis, series.dimension()) {
        (Axis::Ratio, _) => |value: f64| format!("\u{d7}{}", tick(value)),
        (_, Dimension::Time(1)) => |value: f64| quantity(value, Dimension::Time(1)),
        (_, Dimension::Bytes) => |value: f64| quantity(value, Dimension::Bytes),
        _ => tick,
    };
    Some(sweep::draw(&Sweep {
        id: id.to_owned(),
        title: format!("{}: {}", group.title(), heading(series, axis)),
        description: format!("{caption} The table that follows holds the same numbers."),
        axis: heading(series, axis),
        lines,
        across: Across::Sizes,
        label,
    }))
}
