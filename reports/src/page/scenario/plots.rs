//! Which rows of a scenario are plotted, by which number, under which words.

use std::collections::BTreeSet;

use switchback_bench::results::{CellResult, Verdict};

use super::super::parts::factor;
use crate::figures::{Figure, Source};
use crate::numbers::{count, quantity, tick};
use crate::plot::{self, Kind, Mark, Panel, Plot, Row, drawable};
use crate::prose::{Axis, Prose};
use crate::view::{Family, is_reference};

/// Backends in one plot; more would no longer be told apart at a glance.
const MOST: usize = 16;

/// A drawn plot and the sentence under it.
pub(super) struct Drawn {
    pub(super) svg: String,
    pub(super) caption: String,
}

/// Draws a scenario.
///
/// # Errors
/// Why there is no plot, in words.
pub(super) fn draw(
    title: &str,
    id: String,
    family: &Family<'_>,
    prose: &Prose,
) -> Result<Drawn, String> {
    let measured = |row: &CellResult| row.verdict == Verdict::Ok && row.median.is_some();
    if !family.rows().any(measured) {
        return Err("no cell has a number".to_owned());
    }
    let has_ratio = |row: &CellResult| !is_reference(row) && row.ratio.is_some();
    let axis = if family.rows().any(has_ratio) { prose.axis } else { Axis::Median };
    let supported = family.rows().filter(|row| row.verdict != Verdict::Unsupported);
    let parts: BTreeSet<&str> = supported.map(|row| row.backend.as_str()).collect();
    let takes_part = |name: &&str| parts.contains(name);
    let (taking, idle): (Vec<&str>, Vec<&str>) =
        family.backends().into_iter().partition(takes_part);
    let shown: Vec<&str> = taking.iter().copied().take(MOST).collect();
    let hidden = taking.len() - shown.len();

    let mut panels: Vec<Panel> = family
        .blocks
        .iter()
        .map(|block| Panel {
            heading: format!("size {}", count(block.size)),
            rows: block
                .rows
                .iter()
                .filter(|row| shown.contains(&row.backend.as_str()))
                .map(|row| line(row, family, axis))
                .collect(),
        })
        .filter(|panel| !panel.rows.is_empty())
        .collect();
    let mut caption = caption(family, axis);
    if axis == Axis::Ratio {
        panels.extend(quoted(prose.beside));
        if prose.beside.iter().any(|figure| figure.ratio.is_some()) {
            caption.push_str(
                " Diamonds are figures from elsewhere, each divided by its own plain variant.",
            );
        }
    }
    if !idle.is_empty() {
        caption.push_str(&format!(" Unsupported and not drawn: {}.", idle.join(", ")));
    }
    if hidden > 0 {
        caption.push_str(&format!(
            " The first {MOST} backends are drawn; the table has {hidden} more."
        ));
    }
    let plot = Plot {
        id,
        title: format!("{title}: {}", heading(family, axis)),
        description: format!("{caption} The table that follows holds the same numbers."),
        axis: heading(family, axis),
        panels,
        ratios: axis == Axis::Ratio,
    };
    plot::draw(&plot).map(|svg| Drawn { svg, caption })
}

fn heading(family: &Family<'_>, axis: Axis) -> String {
    match axis {
        Axis::Median => family.unit.to_owned(),
        Axis::Ratio => format!("factor to {}", reference(family)),
    }
}

/// The name of the reference if all sizes agree on one.
fn reference<'a>(family: &Family<'a>) -> &'a str {
    let mut names = family.blocks.iter().filter_map(|block| block.reference());
    match names.next() {
        Some(first) if names.all(|name| name == first) => first,
        _ => "the reference",
    }
}

fn caption(family: &Family<'_>, axis: Axis) -> String {
    let what = match axis {
        Axis::Median => format!("Medians in {}", family.unit),
        Axis::Ratio => {
            format!(
                "Medians of the time divided by that of {} in the same round",
                reference(family)
            )
        }
    };
    let mut text = format!(
        "{what}; dots with their 95\u{a0}% confidence intervals where these are wider than the dot; less is better."
    );
    if family.rows().any(is_reference) {
        text.push_str(" The ring is the reference.");
    }
    text
}

fn line(row: &CellResult, family: &Family<'_>, axis: Axis) -> Row {
    let name = row.backend.clone();
    if row.verdict != Verdict::Ok {
        return Row { name, text: row.verdict.text().to_owned(), mark: None };
    }
    let kind = if is_reference(row) { Kind::Reference } else { Kind::Backend };
    let (value, interval, text) = match axis {
        Axis::Median => {
            let text = row.median.map(|median| quantity(median, family.dimension()));
            (row.median, row.low.zip(row.high), text)
        }
        Axis::Ratio if is_reference(row) => (Some(1.0), None, Some("\u{d7}1".to_owned())),
        Axis::Ratio => (row.ratio, row.ratio_low.zip(row.ratio_high), row.ratio.map(factor)),
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

/// Panels of the figures from elsewhere that have a ratio, one per source.
fn quoted(figures: &[Figure]) -> impl Iterator<Item = Panel> {
    [
        (Source::Talk, "from the talk, 2007 hardware"),
        (Source::Again, "other runtimes, measured again"),
    ]
    .into_iter()
    .map(|(source, heading)| Panel {
        heading: heading.to_owned(),
        rows: figures.iter().filter(|f| f.source == source).filter_map(quote).collect(),
    })
    .filter(|panel| !panel.rows.is_empty())
}

fn quote(figure: &Figure) -> Option<Row> {
    let value = figure.ratio?;
    Some(Row {
        name: figure.system.to_owned(),
        text: format!("\u{d7}{}", tick(value)),
        mark: Some(Mark { kind: Kind::Quoted, value, interval: None, band: None }),
    })
}
