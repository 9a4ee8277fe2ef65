//! The picture that a report begins with: backends down, families across, each pair a mark on one logarithmic scale.
//!
//! ```text
//!            Switching     Recursion     Persistence
//!   hard     *             -*-           -             line: from the least to the most expensive row
//!   soft     *              *-           *             ring: some rows are missing
//!   threads         -*--      -o         x             x failed, - unsupported
//!            1   10  100   1   10  100   1   10  100
//! ```

use std::fmt::Write;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::drawing::{Area, Drawn};
use super::svg::{FINE, FONT_SIZE, Ink, Writer, escape, shorten, text_width};
use crate::view::overview::{Overview, Place};

/// Measures in SVG units.
struct Measures {
    class: &'static str,
    width: i32,
    /// Most that a name may take.
    names: f64,
    /// Panels side by side.
    across: usize,
    font: f64,
}

const WIDE: Measures = Measures { class: "wide", width: 760, names: 146.0, across: 8, font: 13.0 };
const NARROW: Measures =
    Measures { class: "narrow", width: 356, names: 138.0, across: 2, font: 12.0 };

const ROW: i32 = 22;
const HEAD: i32 = 26;
const FOOT: i32 = 26;
const GAP: i32 = 12;
const RADIUS: i32 = 43;

/// Both drawings, for wide and for narrow screens.
///
/// # Errors
/// What plotters could not draw, in words.
pub(crate) fn draw(overview: &Overview<'_>, title: &str, about: &str) -> Result<String, String> {
    let mut out = String::new();
    for measures in [&WIDE, &NARROW] {
        let class = measures.class;
        let (width, height) = size(overview, measures);
        let _ = write!(
            out,
            "<svg class=\"plot {class}\" font-size=\"{FONT_SIZE}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-labelledby=\"overview-{class}-t overview-{class}-d\"><title id=\"overview-{class}-t\">{}</title>\
             <desc id=\"overview-{class}-d\">{}</desc>",
            escape(title),
            escape(about)
        );
        paint(overview, measures, (0, 0), (width, height), &mut out)?;
        out.push_str("</svg>");
    }
    Ok(out)
}

/// Colours of a drawing that stands alone, for light and dark grounds.
const STYLE: &str = "svg{--t:#1b1f24;--q:#57606a;--a:#0b5a8f;--b:#a3171d;--g:#e3e7eb;--p:#fff;font-family:system-ui,-apple-system,\"Segoe UI\",\
Roboto,\"Helvetica Neue\",sans-serif}@media (prefers-color-scheme:dark){svg{--t:#e4e7eb;--q:#a2abb5;--a:#74b9ea;--b:#ff8f8a;--g:#2a3038;--p:#14171b}}\
.m{text-anchor:middle}.e{text-anchor:end}.s{font-size:12px}.h{stroke-width:.8}.w{stroke-width:1.6}.ground{fill:var(--p)}.l{fill:none;stroke:currentColor}.a,text{fill:currentColor}.p-label{color:var(--t)}.p-quiet,.p-one{color:var(--q)}\
.p-head{color:var(--q);font-weight:650}.p-mark{color:var(--a)}.p-bad{color:var(--b)}.p-ground{color:var(--p)}.p-grid{color:var(--g)}";

/// The wide drawing as a file of its own, with a heading above and two lines of words below.
///
/// # Errors
/// What plotters could not draw, in words.
pub(crate) fn alone(
    overview: &Overview<'_>,
    title: &str,
    about: &str,
    foot: [&str; 2],
) -> Result<String, String> {
    const EDGE: i32 = 16;
    const ABOVE: i32 = 34;
    const BELOW: i32 = 46;
    let (width, height) = size(overview, &WIDE);
    let (all, tall) = (width + 2 * EDGE, height + ABOVE + BELOW + 2 * EDGE);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" font-size=\"{FONT_SIZE}\" width=\"{all}\" height=\"{tall}\" viewBox=\"0 0 {all} {tall}\" role=\"img\" aria-labelledby=\"t d\">\
         <title id=\"t\">{}</title><desc id=\"d\">{}</desc><style>{STYLE}</style>\
         <rect class=\"ground\" width=\"{all}\" height=\"{tall}\" rx=\"6\"/>",
        escape(title),
        escape(about)
    );
    let line = |y: i32, size: i32, class: &str, text: &str| {
        let text = shorten(text, f64::from(size), f64::from(width));
        format!(
            "<text x=\"{EDGE}\" y=\"{y}\" font-size=\"{size}\" class=\"{class}\">{}</text>",
            escape(&text)
        )
    };
    out.push_str(&line(EDGE + 16, 15, "p-label", title));
    paint(overview, &WIDE, (EDGE, EDGE + ABOVE), (all, tall), &mut out)?;
    for (words, y) in foot.into_iter().zip([tall - EDGE - 18, tall - EDGE]) {
        out.push_str(&line(y, 12, "p-quiet", words));
    }
    out.push_str("</svg>\n");
    Ok(out)
}

fn lines(overview: &Overview<'_>, measures: &Measures) -> usize {
    overview.families.len().div_ceil(measures.across)
}

fn line_height(overview: &Overview<'_>) -> i32 {
    HEAD + ROW * overview.backends.len() as i32 + FOOT
}

fn size(overview: &Overview<'_>, measures: &Measures) -> (i32, i32) {
    (measures.width, line_height(overview) * lines(overview, measures) as i32)
}

/// Decades of the scale: from the best, 1, to beyond the most expensive.
fn decades(overview: &Overview<'_>) -> i32 {
    let costs = overview.places.iter().flatten().filter_map(|place| place.cost);
    let most = costs.map(|cost| cost.most).fold(1.0, f64::max);
    (most.log10().ceil() as i32).clamp(1, 12)
}

fn paint(
    overview: &Overview<'_>,
    measures: &Measures,
    (left, top): (i32, i32),
    (width, height): (i32, i32),
    out: &mut String,
) -> Result<(), String> {
    let area = Writer::new(out, width as u32, height as u32).into_drawing_area();
    let picture = Picture { overview, measures, decades: decades(overview), area: &area };
    let across = measures.across.min(overview.families.len()).max(1);
    for (line, families) in overview.families.chunks(across).enumerate() {
        let top = top + line_height(overview) * line as i32;
        picture.names(left, top).map_err(|error| error.to_string())?;
        let room = measures.width - picture.indent();
        let each = room / across as i32;
        let from = left + picture.indent() + GAP / 2;
        let to = from + each * families.len() as i32 - GAP;
        picture.rows(top, (from, to)).map_err(|error| error.to_string())?;
        for (i, heading) in families.iter().enumerate() {
            let panel = Panel {
                left: left + picture.indent() + each * i as i32 + GAP / 2,
                width: each - GAP,
                top,
                family: line * across + i,
            };
            picture.panel(&panel, heading).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

struct Panel {
    left: i32,
    width: i32,
    top: i32,
    family: usize,
}

struct Picture<'p, 'b> {
    overview: &'p Overview<'p>,
    measures: &'p Measures,
    decades: i32,
    area: &'p Area<'b>,
}

impl Picture<'_, '_> {
    /// Room of the names.
    fn indent(&self) -> i32 {
        let widths = self.overview.backends.iter().map(|name| text_width(name, self.measures.font));
        widths.fold(0.0, f64::max).min(self.measures.names).ceil() as i32 + 6
    }

    fn middle(top: i32, row: usize) -> i32 {
        top + HEAD + ROW * row as i32 + ROW / 2
    }

    fn names(&self, left: i32, top: i32) -> Drawn {
        for (row, name) in self.overview.backends.iter().enumerate() {
            let text = shorten(name, self.measures.font, self.measures.names);
            self.text(&text, (left, Self::middle(top, row)), Ink::Label, HPos::Left)?;
        }
        Ok(())
    }

    /// A line for each backend, through all panels beside each other.
    fn rows(&self, top: i32, (from, to): (i32, i32)) -> Drawn {
        for row in 0..self.overview.backends.len() {
            let y = Self::middle(top, row) * FINE;
            self.line([(from * FINE, y), (to * FINE, y)], Ink::Grid, 8)?;
        }
        Ok(())
    }

    fn panel(&self, panel: &Panel, heading: &str) -> Drawn {
        let small = self.measures.font - 2.0;
        let (top, rows) = (panel.top + HEAD, self.overview.backends.len() as i32);
        let heading = shorten(heading, small, f64::from(panel.width + GAP - 2));
        let place = (panel.left, panel.top + HEAD / 2);
        self.sized(&heading, place, Ink::Heading, HPos::Left, small)?;
        let mut free = f64::NEG_INFINITY;
        for decade in 0..=self.decades {
            let x = self.x(panel, 10_f64.powi(decade));
            self.line([(x, top * FINE), (x, (top + ROW * rows) * FINE)], Ink::Grid, 10)?;
            let text = power(decade);
            let half = text_width(&text, small) / 2.0;
            let middle = f64::from(x) / f64::from(FINE);
            if middle - half >= free {
                free = middle + half + 5.0;
                let place = (x / FINE, top + ROW * rows + FOOT / 3);
                self.sized(&text, place, Ink::Quiet, HPos::Center, small)?;
            }
        }
        let all = self.overview.rows(panel.family);
        for (row, places) in self.overview.places.iter().enumerate() {
            let y = Self::middle(panel.top, row) * FINE;
            self.place(panel, &places[panel.family], all, y)?;
        }
        Ok(())
    }

    fn place(&self, panel: &Panel, place: &Place, rows: usize, y: i32) -> Drawn {
        if let Some(cost) = place.cost {
            let (low, x, high) =
                (self.x(panel, cost.least), self.x(panel, cost.mean), self.x(panel, cost.most));
            if high - low > 2 * RADIUS {
                self.line([(low, y), (high, y)], Ink::Mark, 14)?;
            }
            let style = if place.is_partial(rows) {
                // The ground shows through a ring, not the line.
                let ground = Circle::new((x, y), RADIUS, Ink::Ground.color().filled());
                self.area.draw(&ground)?;
                Ink::Mark.color().stroke_width(16)
            } else {
                Ink::Mark.color().filled()
            };
            self.area.draw(&Circle::new((x, y), RADIUS, style))?;
        }
        // Signs stand behind the end of the scale, or in its middle where there is no mark.
        let end = (panel.left + panel.width) * FINE - 20;
        let at = if place.cost.is_some() { end } else { (panel.left + panel.width / 2) * FINE };
        if place.failed > 0 {
            self.line([(at - 35, y - 35), (at + 35, y + 35)], Ink::Bad, 20)?;
            return self.line([(at - 35, y + 35), (at + 35, y - 35)], Ink::Bad, 20);
        }
        if place.cost.is_none() && place.unsupported > 0 {
            return self.line([(at - 40, y), (at + 40, y)], Ink::Quiet, 14);
        }
        Ok(())
    }

    /// Where a cost stands, in plotters pixels.
    fn x(&self, panel: &Panel, cost: f64) -> i32 {
        let inset = RADIUS + 10;
        let room = f64::from(panel.width * FINE - 2 * inset);
        let share = (cost.max(1.0).log10() / f64::from(self.decades)).min(1.0);
        panel.left * FINE + inset + (share * room).round() as i32
    }

    fn line(&self, points: [(i32, i32); 2], ink: Ink, width: u32) -> Drawn {
        let style: ShapeStyle = ink.color().stroke_width(width);
        self.area.draw(&PathElement::new(points, style))
    }

    fn text(&self, text: &str, at: (i32, i32), ink: Ink, anchor: HPos) -> Drawn {
        self.sized(text, at, ink, anchor, self.measures.font)
    }

    fn sized(&self, text: &str, (x, y): (i32, i32), ink: Ink, anchor: HPos, size: f64) -> Drawn {
        let color = ink.color();
        let style = TextStyle::from(("sans-serif", size * f64::from(FINE)).into_font())
            .color(&color)
            .pos(Pos::new(anchor, VPos::Center));
        self.area.draw(&Text::new(text.to_owned(), (x * FINE, y * FINE), style))
    }
}

/// A power of ten, short: 1, 10, 100, 1k, 10k, 100k, 1M.
fn power(decade: i32) -> String {
    let (number, sign) = match decade {
        0..=2 => (decade, ""),
        3..=5 => (decade - 3, "k"),
        6..=8 => (decade - 6, "M"),
        _ => return format!("1e{decade}"),
    };
    format!("{}{sign}", 10_i32.pow(number as u32))
}
