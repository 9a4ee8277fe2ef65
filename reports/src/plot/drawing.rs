//! Layout of one drawing: what stands where, and the texts. The marks themselves are in [`super::marks`].

use std::fmt::Write;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::marks::Marks;
use super::scale::Scale;
use super::svg::{FINE, FONT_SIZE, Ink, UnknownInk, Writer, escape, shorten, text_width};
use super::{Panel, Plot};
use crate::numbers::tick;

/// Measures of a drawing in SVG units, which are CSS pixels at the width the drawing is made for.
pub(super) struct Measures {
    class: &'static str,
    width: i32,
    font: f64,
    /// Most a name may take.
    names: f64,
    ticks: usize,
}

pub(super) const WIDE: Measures =
    Measures { class: "wide", width: 760, font: 13.0, names: 210.0, ticks: 9 };
pub(super) const NARROW: Measures =
    Measures { class: "narrow", width: 356, font: 12.0, names: 108.0, ticks: 4 };

const ROW: i32 = 23;
const HEADING: i32 = 30;
const FOOT: i32 = 46;
/// Room inside the frame, so that a mark at either end is drawn whole.
const INSET: i32 = 8;

pub(super) struct Drawing<'a> {
    plot: &'a Plot,
    measures: &'a Measures,
    scale: Scale,
    /// Edges of the frame and height of the rows, in SVG units.
    left: i32,
    right: i32,
    height: i32,
}

pub(super) type Area<'a> = DrawingArea<Writer<'a>, Shift>;
pub(super) type Drawn = Result<(), DrawingAreaErrorKind<UnknownInk>>;

impl<'a> Drawing<'a> {
    pub(super) fn new(plot: &'a Plot, measures: &'a Measures) -> Self {
        let rows = || plot.panels.iter().flat_map(|panel| &panel.rows);
        let widest = |texts: Vec<&str>| {
            texts.into_iter().map(|text| text_width(text, measures.font)).fold(0.0, f64::max)
        };
        let names = widest(rows().map(|row| row.name.as_str()).collect()).min(measures.names);
        let values =
            widest(rows().filter(|row| row.mark.is_some()).map(|row| row.text.as_str()).collect());
        let marks = rows().filter_map(|row| row.mark.as_ref());
        let on_axis = marks.flat_map(|mark| {
            let (low, high) = mark.interval.unwrap_or((mark.value, mark.value));
            [low, mark.value, high]
        });
        Self {
            plot,
            measures,
            scale: Scale::of(on_axis, measures.ticks),
            left: names.ceil() as i32 + INSET + 4,
            right: measures.width - values.min(measures.names).ceil() as i32 - INSET - 4,
            height: plot.panels.iter().map(panel_height).sum(),
        }
    }

    pub(super) fn write(&self, out: &mut String) -> Result<(), String> {
        let (plot, class) = (self.plot, self.measures.class);
        let id = format!("{}-{class}", plot.id);
        let (width, height) = (self.measures.width, self.height + FOOT);
        let _ = write!(
            out,
            "<svg class=\"plot {class}\" font-size=\"{FONT_SIZE}\" id=\"{id}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
            escape(&plot.title),
            escape(&plot.description),
        );
        let area = Writer::new(out, width as u32, height as u32).into_drawing_area();
        match self.scale {
            Scale::Linear { end, .. } => self.paint(&area, 0.0..end),
            Scale::Logarithmic { start, end, .. } => self.paint(&area, (start..end).log_scale()),
        }
        .map_err(|error| error.to_string())?;
        drop(area);
        out.push_str("</svg>");
        Ok(())
    }

    fn paint<X: AsRangedCoord<Value = f64>>(&self, area: &Area<'_>, x: X) -> Drawn {
        // Rows are counted in plotters pixels from the top, so that a row's middle needs no rounding.
        let bottom = f64::from(self.height * FINE);
        let chart = ChartBuilder::on(area)
            .margin_left(self.left * FINE)
            .margin_right((self.measures.width - self.right) * FINE)
            .margin_bottom(FOOT * FINE)
            .build_cartesian_2d(x, bottom..0.0)?;
        let mut marks = Marks::new(chart, bottom);
        self.grid(area, &mut marks)?;
        let mut top = 0;
        for panel in &self.plot.panels {
            self.panel(area, panel, top, &mut marks)?;
            top += panel_height(panel);
        }
        Ok(())
    }

    fn holds(&self, value: f64) -> bool {
        match self.scale {
            Scale::Linear { end, .. } => (0.0..=end).contains(&value),
            Scale::Logarithmic { start, end, .. } => (start..=end).contains(&value),
        }
    }

    fn grid<X: Ranged<ValueType = f64>>(
        &self,
        area: &Area<'_>,
        marks: &mut Marks<'_, '_, X>,
    ) -> Drawn {
        let small = self.measures.font - 1.0;
        let middle = self.height + 10;
        let mut free_from = f64::NEG_INFINITY;
        for &value in self.scale.ticks() {
            marks.vertical(value, Ink::Grid)?;
            let text = tick(value);
            let half = text_width(&text, small) / 2.0;
            let x = marks.x(value) / FINE;
            // A figure that would touch its neighbour is left out; its line stays.
            if f64::from(x) - half >= free_from {
                free_from = f64::from(x) + half + 4.0;
                self.text(area, &text, (x, middle), small, Ink::Quiet, HPos::Center)?;
            }
        }
        if self.plot.ratios && self.holds(1.0) {
            marks.vertical(1.0, Ink::One)?;
        }
        let axis = format!("{}, {}", self.plot.axis, self.scale.words());
        let axis = shorten(&axis, small, f64::from(self.measures.width - 8));
        // Centred under the frame where it fits there, else moved inwards.
        let half = (text_width(&axis, small) / 2.0).ceil() as i32;
        let x = ((self.left + self.right) / 2).min(self.measures.width - half).max(half);
        self.text(area, &axis, (x, middle + 20), small, Ink::Quiet, HPos::Center)
    }

    fn panel<X: Ranged<ValueType = f64>>(
        &self,
        area: &Area<'_>,
        panel: &Panel,
        top: i32,
        marks: &mut Marks<'_, '_, X>,
    ) -> Drawn {
        let Measures { font, width, names, .. } = *self.measures;
        let heading = shorten(&panel.heading, font, f64::from(width));
        self.text(area, &heading, (0, top + HEADING / 2 + 2), font, Ink::Heading, HPos::Left)?;
        let first = top + HEADING;
        for (i, row) in panel.rows.iter().enumerate() {
            let y = first + ROW * i as i32 + ROW / 2;
            self.text(
                area,
                &shorten(&row.name, font, names),
                (0, y),
                font,
                Ink::Label,
                HPos::Left,
            )?;
            let Some(mark) = &row.mark else {
                let text = shorten(&row.text, font, f64::from(width - self.left));
                self.text(area, &text, (self.left, y), font, Ink::Quiet, HPos::Left)?;
                continue;
            };
            if let Some(band) = mark.band.filter(|_| self.plot.ratios) {
                let (low, high) = (1.0 - band, 1.0 + band);
                if self.holds(low) && self.holds(high) {
                    let (top, bottom) = (y - ROW / 2, y + ROW - ROW / 2);
                    marks.band((low, high), (top * FINE, bottom * FINE))?;
                }
            }
            marks.mark(mark, y * FINE)?;
            let text = shorten(&row.text, font, names);
            self.text(area, &text, (width, y), font, Ink::Label, HPos::Right)?;
        }
        Ok(())
    }

    /// Text around the middle line at `y`, in SVG units.
    fn text(
        &self,
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
        area.draw(&Text::new(text, (x * FINE, y * FINE), style))
    }
}

fn panel_height(panel: &Panel) -> i32 {
    HEADING + ROW * panel.rows.len() as i32
}
