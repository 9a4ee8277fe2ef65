//! Costs over sizes: one line for each backend on two logarithmic axes, with intervals, knees and the size at which it stops.
//!
//! ```text
//!   1 ms |                     .--x  baton: timeout     x: the next size failed or was refused
//!        |            .--o-----                         o: a knee, from where the cost grows faster
//!   1 us |  .---------'     .---*  hard                 |: the interval, where it is larger than the mark
//!        |  *-------*------*
//!        +--|-------|------|---
//!           10     100   1,000
//! ```

use std::fmt::Write;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::drawing::{Area, Drawn};
use super::svg::{FINE, FONT_SIZE, Ink, Writer, escape, shorten, text_width};

/// A plot before it is drawn.
pub(crate) struct Sweep {
    /// Start of every id in the drawing; unique on the page.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: String,
    /// What the vertical axis counts.
    pub(crate) axis: String,
    pub(crate) lines: Vec<Line>,
    /// What the horizontal axis holds.
    pub(crate) across: Across,
    /// A value of the vertical axis as text.
    pub(crate) label: fn(f64) -> String,
}

/// The horizontal axis.
pub(crate) enum Across {
    /// Sizes, on a logarithmic scale.
    Sizes,
    /// Runs, numbered from 0, side by side; what the first and the last one are called.
    Runs(String, String),
}

/// A backend over the sizes.
pub(crate) struct Line {
    pub(crate) name: String,
    /// Ascending by size.
    pub(crate) points: Vec<Point>,
    pub(crate) is_reference: bool,
    /// Why it has no more points; empty if it has all of them.
    pub(crate) stop: String,
}

/// A value at a size; both above zero.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    pub(crate) size: f64,
    pub(crate) value: f64,
    pub(crate) interval: Option<(f64, f64)>,
    /// Drawn as a ring: a knee, or a change point.
    pub(crate) ring: bool,
}

/// Marks the points from where a cost grows faster.
pub(crate) fn mark_knees(points: &mut [Point]) {
    for i in 0..points.len() {
        points[i].ring = has_knee(points, i);
    }
}

struct Measures {
    class: &'static str,
    width: i32,
    height: i32,
    font: f64,
    /// Room for the labels at the ends of the lines.
    right: i32,
    left: i32,
}

const WIDE: Measures =
    Measures { class: "wide", width: 760, height: 380, font: 13.0, right: 200, left: 66 };
const NARROW: Measures =
    Measures { class: "narrow", width: 356, height: 380, font: 12.0, right: 112, left: 56 };

const TOP: i32 = 30;
const FOOT: i32 = 44;
const RADIUS: i32 = 38;
/// Points of a line that are all marked; of more, those with a ring are.
const MARKED: usize = 40;
/// How much steeper a line must become to have a knee there: half a power of the size.
const KNEE: f64 = 0.5;

/// Both drawings, for wide and for narrow screens.
///
/// # Errors
/// What plotters could not draw, in words.
pub(crate) fn draw(sweep: &Sweep) -> Result<String, String> {
    let mut out = String::new();
    for measures in [&WIDE, &NARROW] {
        let (class, id) = (measures.class, &sweep.id);
        // Labels need room of their own, however many lines there are.
        let height = measures.height.max(TOP + FOOT + 16 * sweep.lines.len() as i32);
        let width = measures.width;
        let _ = write!(
            out,
            "<svg class=\"plot {class}\" font-size=\"{FONT_SIZE}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-{class}-t {id}-{class}-d\">\
             <title id=\"{id}-{class}-t\">{}</title><desc id=\"{id}-{class}-d\">{}</desc>",
            escape(&sweep.title),
            escape(&sweep.description)
        );
        let area = Writer::new(&mut out, width as u32, height as u32).into_drawing_area();
        let drawing = Drawing::new(sweep, measures, height);
        drawing.paint(&area).map_err(|error| error.to_string())?;
        drop(area);
        out.push_str("</svg>");
    }
    Ok(out)
}

struct Drawing<'s> {
    sweep: &'s Sweep,
    measures: &'s Measures,
    height: i32,
    x: (f64, f64),
    y: (f64, f64),
}

impl<'s> Drawing<'s> {
    fn new(sweep: &'s Sweep, measures: &'s Measures, height: i32) -> Self {
        let points = || sweep.lines.iter().flat_map(|line| &line.points);
        let span = |values: &mut dyn Iterator<Item = f64>| {
            let ends = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
            // A single value stands in the middle.
            if ends.1 - ends.0 > 0.02 { ends } else { (ends.0 - 0.5, ends.1 + 0.5) }
        };
        let all = |point: &Point| {
            let (low, high) = point.interval.unwrap_or((point.value, point.value));
            [low, point.value, high]
        };
        let (low, high) = span(&mut points().flat_map(all).map(f64::log10));
        let room = 0.04 * (high - low);
        Self {
            sweep,
            measures,
            height,
            x: span(&mut points().map(|point| match sweep.across {
                Across::Sizes => point.size.log10(),
                Across::Runs(..) => point.size,
            })),
            y: (low - room, high + room),
        }
    }

    fn column(&self, size: f64) -> i32 {
        let Measures { left, right, width, .. } = *self.measures;
        let room = f64::from((width - left - right - 16) * FINE);
        let share = (self.place(size) - self.x.0) / (self.x.1 - self.x.0);
        left * FINE + 8 * FINE + (share * room).round() as i32
    }

    /// A size as the horizontal scale counts.
    fn place(&self, size: f64) -> f64 {
        match self.sweep.across {
            Across::Sizes => size.log10(),
            Across::Runs(..) => size,
        }
    }

    fn line_of(&self, value: f64) -> i32 {
        let room = f64::from((self.height - TOP - FOOT) * FINE);
        let share = (value.log10() - self.y.0) / (self.y.1 - self.y.0);
        (self.height - FOOT) * FINE - (share * room).round() as i32
    }

    fn paint(&self, area: &Area<'_>) -> Drawn {
        self.axes(area)?;
        for (number, line) in self.sweep.lines.iter().enumerate() {
            self.line(area, line, Self::ink(number, line))?;
        }
        self.labels(area)
    }

    const fn ink(number: usize, line: &Line) -> Ink {
        if line.is_reference { Ink::Reference } else { Ink::series(number) }
    }

    fn axes(&self, area: &Area<'_>) -> Drawn {
        let Measures { left, width, right, font, .. } = *self.measures;
        let small = font - 1.0;
        let (bottom, edge) = (self.height - FOOT, width - right);
        let mut sizes: Vec<f64> =
            self.sweep.lines.iter().flat_map(|line| &line.points).map(|p| p.size).collect();
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        let mut free = f64::NEG_INFINITY;
        let words = match &self.sweep.across {
            Across::Sizes => "size, both axes logarithmic",
            Across::Runs(..) => "runs in the order of time",
        };
        let (first, final_one) = (sizes.first().copied(), sizes.last().copied());
        for size in sizes {
            let x = self.column(size);
            stroke(area, vec![(x, TOP * FINE), (x, bottom * FINE)], Ink::Grid, 10)?;
            let text = match &self.sweep.across {
                Across::Sizes => crate::numbers::tick(size),
                Across::Runs(text, _) if Some(size) == first => text.clone(),
                Across::Runs(_, text) if Some(size) == final_one => text.clone(),
                Across::Runs(..) => continue,
            };
            let half = text_width(&text, small) / 2.0;
            let middle = f64::from(x) / f64::from(FINE);
            if middle - half >= free {
                free = middle + half + 4.0;
                write_text(area, &text, (x / FINE, bottom + 11), small, Ink::Quiet, HPos::Center)?;
            }
        }
        let mut last = i32::MAX;
        for value in self.ticks() {
            let y = self.line_of(value);
            stroke(area, vec![(left * FINE, y), (edge * FINE, y)], Ink::Grid, 10)?;
            if last.saturating_sub(y / FINE) >= 14 {
                last = y / FINE;
                let text = shorten(&(self.sweep.label)(value), small, f64::from(left - 8));
                write_text(area, &text, (left - 6, y / FINE), small, Ink::Quiet, HPos::Right)?;
            }
        }
        let axis = shorten(&self.sweep.axis, small, f64::from(width - 4));
        write_text(area, &axis, (0, 10), small, Ink::Quiet, HPos::Left)?;
        let middle = ((left + edge) / 2, bottom + 30);
        write_text(area, words, middle, small, Ink::Quiet, HPos::Center)
    }

    /// Powers of ten, or 1, 2 and 5 of them where the span is short.
    fn ticks(&self) -> Vec<f64> {
        let (low, high) = self.y;
        let steps: &[f64] = if high - low > 2.5 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let decades = low.floor() as i32..=high.ceil() as i32;
        let all = decades.flat_map(|d| steps.iter().map(move |step| step * 10_f64.powi(d)));
        all.filter(|value| (low..=high).contains(&value.log10())).take(40).collect()
    }

    fn line(&self, area: &Area<'_>, line: &Line, ink: Ink) -> Drawn {
        let at = |point: &Point| (self.column(point.size), self.line_of(point.value));
        stroke(area, line.points.iter().map(at).collect(), ink, 16)?;
        // Of many points only those that say something are marked; the line shows the others.
        let few = line.points.len() <= MARKED;
        for point in line.points.iter().filter(|point| few || point.ring) {
            let (x, y) = at(point);
            if let Some((low, high)) = point.interval {
                let (top, bottom) = (self.line_of(high), self.line_of(low));
                if bottom - top > 2 * RADIUS {
                    stroke(area, vec![(x, top), (x, bottom)], ink, 14)?;
                }
            }
            let radius = if point.ring { RADIUS + 22 } else { RADIUS };
            if point.ring {
                area.draw(&Circle::new((x, y), radius, Ink::Ground.color().filled()))?;
                area.draw(&Circle::new((x, y), radius, ink.color().stroke_width(18)))?;
            } else {
                area.draw(&Circle::new((x, y), radius, ink.color().filled()))?;
            }
        }
        if let Some(last) = line.points.last().filter(|_| !line.stop.is_empty()) {
            let (x, y) = at(last);
            for turn in [1, -1] {
                let arm = 55;
                stroke(area, vec![(x - arm, y - turn * arm), (x + arm, y + turn * arm)], ink, 18)?;
            }
        }
        Ok(())
    }

    /// Names at the ends of the lines, moved apart so that none touches another.
    fn labels(&self, area: &Area<'_>) -> Drawn {
        let Measures { width, right, font, .. } = *self.measures;
        let step = font as i32 + 2;
        let mut ends: Vec<(i32, &Line, Ink, (i32, i32))> = Vec::new();
        for (number, line) in self.sweep.lines.iter().enumerate() {
            let Some(last) = line.points.last() else { continue };
            let at = (self.column(last.size), self.line_of(last.value));
            ends.push((at.1 / FINE, line, Self::ink(number, line), at));
        }
        ends.sort_by_key(|(y, ..)| *y);
        let mut free = TOP - step;
        for end in &mut ends {
            end.0 = end.0.max(free + step);
            free = end.0;
        }
        let mut most = self.height - FOOT;
        for end in ends.iter_mut().rev() {
            end.0 = end.0.min(most);
            most = end.0 - step;
        }
        let x = width - right + 18;
        for (y, line, ink, at) in ends {
            let from = (at.0 + RADIUS + 20, at.1);
            stroke(area, vec![from, ((x - 4) * FINE, y * FINE)], Ink::Guide, 8)?;
            let text = if line.stop.is_empty() {
                line.name.clone()
            } else {
                format!("{}: {}", line.name, line.stop)
            };
            let text = shorten(&text, font, f64::from(width - x));
            write_text(area, &text, (x, y), font, ink, HPos::Left)?;
        }
        Ok(())
    }
}

/// True if the cost grows faster behind a point than before it, by more than [`KNEE`] powers of the size.
fn has_knee(points: &[Point], at: usize) -> bool {
    let slope = |a: &Point, b: &Point| (b.value / a.value).log10() / (b.size / a.size).log10();
    at > 0
        && at + 1 < points.len()
        && slope(&points[at], &points[at + 1]) - slope(&points[at - 1], &points[at]) > KNEE
}

fn stroke(area: &Area<'_>, points: Vec<(i32, i32)>, ink: Ink, width: u32) -> Drawn {
    let style: ShapeStyle = ink.color().stroke_width(width);
    area.draw(&PathElement::new(points, style))
}

fn write_text(
    area: &Area<'_>,
    text: &str,
    (x, y): (i32, i32),
    size: f64,
    ink: Ink,
    anchor: HPos,
) -> Drawn {
    let color = ink.color();
    let style = TextStyle::from(("sans-serif", size * f64::from(FINE)).into_font())
        .color(&color)
        .pos(Pos::new(anchor, VPos::Center));
    area.draw(&Text::new(text.to_owned(), (x * FINE, y * FINE), style))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, values: &[f64]) -> Line {
        let point = |(i, value): (usize, &f64)| Point {
            size: 10_f64.powi(i as i32 + 1),
            value: *value,
            interval: None,
            ring: false,
        };
        Line {
            name: name.to_owned(),
            points: values.iter().enumerate().map(point).collect(),
            is_reference: false,
            stop: String::new(),
        }
    }

    fn sweep(lines: Vec<Line>) -> Sweep {
        let text = || "x".to_owned();
        let (id, title, description, axis) = (text(), text(), text(), text());
        Sweep {
            id,
            title,
            description,
            axis,
            lines,
            across: Across::Sizes,
            label: crate::numbers::tick,
        }
    }

    #[test]
    fn a_knee_is_where_the_cost_begins_to_grow_faster() {
        let straight = line("a", &[1.0, 10.0, 100.0, 1_000.0]);
        let bent = line("b", &[1.0, 10.0, 1_000.0, 100_000.0]);
        let flat = line("c", &[1.0, 100.0, 110.0, 120.0]);
        let knees = |line: &Line| (0..4).map(|i| has_knee(&line.points, i)).collect::<Vec<_>>();
        assert_eq!(knees(&straight), [false; 4]);
        assert_eq!(knees(&bent), [false, true, false, false]);
        assert_eq!(knees(&flat), [false; 4]);
    }

    #[test]
    fn equal_factors_are_equal_distances_and_labels_keep_apart() {
        let lines = (0..14).map(|i| line(&format!("backend-{i}"), &[1.0, 10.0, 100.0])).collect();
        let drawn = draw(&sweep(lines)).expect("a drawing");
        let wide = drawn.split("</svg>").next().expect("the first");
        let path = wide.split("class=\"p-s0 l w\"").next().expect("the first line");
        let path = path.rsplit("<path d=\"M").next().expect("its path");
        let numbers: Vec<f64> = path
            .trim_end_matches("\" ")
            .split(['L', ' '])
            .filter_map(|number| number.parse().ok())
            .collect();
        let [x1, y1, x2, y2, x3, y3] = numbers[..] else { panic!("{path}") };
        assert!((x3 - x2 - (x2 - x1)).abs() < 0.2 && (y3 - y2 - (y2 - y1)).abs() < 0.2, "{path}");
        let mut labels: Vec<f64> = wide
            .split("<text ")
            .filter(|text| text.contains(">backend-"))
            .map(|text| text.split("y=\"").nth(1).and_then(|y| y.split('"').next()).unwrap())
            .map(|y| y.parse().unwrap())
            .collect();
        labels.sort_by(f64::total_cmp);
        assert_eq!(labels.len(), 14);
        assert!(labels.windows(2).all(|two| two[1] - two[0] >= 13.0), "{labels:?}");
    }
}
