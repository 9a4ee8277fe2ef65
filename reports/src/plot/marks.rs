//! The part of a drawing that lives in the coordinates of the values: lines of the scale, bands and marks.

use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::ShapeStyle;

use super::drawing::Drawn;
use super::svg::{Ink, Writer};
use super::{Kind, Mark};

/// Radius of a mark and half the height of an interval's ends, in plotters pixels.
const RADIUS: i32 = 43;

pub(super) struct Marks<'c, 'b, X: Ranged<ValueType = f64>> {
    chart: ChartContext<'c, Writer<'b>, Cartesian2d<X, RangedCoordf64>>,
    /// Height of the frame in plotters pixels.
    bottom: f64,
}

impl<'c, 'b, X: Ranged<ValueType = f64>> Marks<'c, 'b, X> {
    /// Marks on a chart whose y axis counts plotters pixels from the top down to `bottom`.
    pub(super) const fn new(
        chart: ChartContext<'c, Writer<'b>, Cartesian2d<X, RangedCoordf64>>,
        bottom: f64,
    ) -> Self {
        Self { chart, bottom }
    }

    /// Where a value stands, in plotters pixels from the left edge of the drawing.
    pub(super) fn x(&self, value: f64) -> i32 {
        self.chart.backend_coord(&(value, 0.0)).0
    }

    /// A line over the whole height.
    pub(super) fn vertical(&mut self, value: f64, ink: Ink) -> Drawn {
        self.line([(value, 0.0), (value, self.bottom)], ink, 10)
    }

    /// An area between two values and two heights.
    pub(super) fn band(&mut self, (low, high): (f64, f64), (top, end): (i32, i32)) -> Drawn {
        let corners = [(low, f64::from(top)), (high, f64::from(end))];
        self.chart.draw_series([Rectangle::new(corners, Ink::Band.color().filled())]).map(|_| ())
    }

    /// A mark with its guide and interval, on the row whose middle is `y`.
    pub(super) fn mark(&mut self, mark: &Mark, y: i32) -> Drawn {
        let row = f64::from(y);
        let start = self.chart.x_range().start;
        self.line([(start, row), (mark.value, row)], Ink::Guide, 10)?;
        let (ink, filled) = match mark.kind {
            Kind::Backend => (Ink::Mark, true),
            Kind::Reference => (Ink::Reference, false),
        };
        // An interval that ends inside its mark would only make the mark illegible.
        let seen = |end: f64| (self.x(end) - self.x(mark.value)).abs() > RADIUS;
        if let Some((low, high)) = mark.interval.filter(|(low, high)| seen(*low) || seen(*high)) {
            let (up, down) = (row - f64::from(RADIUS), row + f64::from(RADIUS));
            self.line([(low, row), (high, row)], ink, 16)?;
            self.line([(low, up), (low, down)], ink, 16)?;
            self.line([(high, up), (high, down)], ink, 16)?;
        }
        let style = if filled { ink.color().filled() } else { ink.color().stroke_width(18) };
        self.chart.draw_series([Circle::new((mark.value, row), RADIUS, style)]).map(|_| ())
    }

    fn line(&mut self, points: [(f64, f64); 2], ink: Ink, width: u32) -> Drawn {
        let style: ShapeStyle = ink.color().stroke_width(width);
        self.chart.draw_series([PathElement::new(points, style)]).map(|_| ())
    }
}
