//! A plotters backend that writes SVG a page can style.
//!
//! plotters speaks in whole pixels and literal colours. Two conventions turn that into what a page needs:
//!
//! * one SVG unit is [`FINE`] plotters pixels, so coordinates keep a decimal;
//! * a colour is not a colour but the number of an [`Ink`], written as a class. The stylesheet alone decides how an ink looks, so that
//!   dark mode, print and forced colours need no second drawing. A colour that is no ink is an error, never a stray literal.

use std::fmt::{self, Write};

use plotters::style::RGBColor;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

/// plotters pixels per SVG unit.
pub(crate) const FINE: i32 = 10;

/// Size of most texts, which the `<svg>` element has as `font-size`.
pub(crate) const FONT_SIZE: i32 = 13;

/// Size of smaller texts, which have it by their class `s`. Texts that are centred or end at their place have
/// the classes `m` and `e`.
pub(crate) const SMALL: i32 = 12;

/// Widths of lines in tenths of a unit, and what they add to the class.
const WIDTHS: [(i32, &str); 3] = [(FINE, ""), (8, " h"), (16, " w")];

/// What a stroke, an area or a text stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Lines of the scale, behind everything.
    Grid,
    /// The line at ratio 1.
    One,
    /// Dots that lead the eye from a name to its mark.
    Guide,
    /// Measured value of a backend.
    Mark,
    /// Measured value of what the ratios are taken to.
    Reference,
    /// Noise band of the A/A rows.
    Band,
    /// Names and values.
    Label,
    /// Figures of the scale and remarks.
    Quiet,
    /// Heading of a panel.
    Heading,
    /// Lines of a sweep, told apart by their labels and, for those that see it, by colour.
    Series0,
    Series1,
    Series2,
    Series3,
    Series4,
    Series5,
    /// The sign of a failure.
    Bad,
    /// What lies behind everything, where a ring must not show a line.
    Ground,
}

impl Ink {
    const ALL: [Self; 17] = [
        Self::Grid,
        Self::One,
        Self::Guide,
        Self::Mark,
        Self::Reference,
        Self::Band,
        Self::Label,
        Self::Quiet,
        Self::Heading,
        Self::Series0,
        Self::Series1,
        Self::Series2,
        Self::Series3,
        Self::Series4,
        Self::Series5,
        Self::Bad,
        Self::Ground,
    ];

    /// The ink of the line with this number.
    pub(crate) const fn series(number: usize) -> Self {
        match number % 6 {
            0 => Self::Series0,
            1 => Self::Series1,
            2 => Self::Series2,
            3 => Self::Series3,
            4 => Self::Series4,
            _ => Self::Series5,
        }
    }

    /// The stand-in that carries this ink through plotters.
    pub(crate) const fn color(self) -> RGBColor {
        RGBColor(0, 0, self as u8)
    }

    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Grid => "p-grid",
            Self::One => "p-one",
            Self::Guide => "p-guide",
            Self::Mark => "p-mark",
            Self::Reference => "p-ref",
            Self::Band => "p-band",
            Self::Label => "p-label",
            Self::Quiet => "p-quiet",
            Self::Heading => "p-head",
            Self::Series0 => "p-s0",
            Self::Series1 => "p-s1",
            Self::Series2 => "p-s2",
            Self::Series3 => "p-s3",
            Self::Series4 => "p-s4",
            Self::Series5 => "p-s5",
            Self::Bad => "p-bad",
            Self::Ground => "p-ground",
        }
    }

    fn of(color: BackendColor) -> Result<Self, DrawingErrorKind<UnknownInk>> {
        Self::ALL
            .into_iter()
            .find(|ink| color.rgb == (0, 0, *ink as u8))
            .ok_or(DrawingErrorKind::DrawingError(UnknownInk(color.rgb)))
    }
}

/// A colour reached the writer that stands for no [`Ink`].
#[derive(Debug)]
pub(crate) struct UnknownInk((u8, u8, u8));

impl fmt::Display for UnknownInk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "colour {:?} stands for no ink of the plots", self.0)
    }
}

impl std::error::Error for UnknownInk {}

/// Estimated width of a text in SVG units, for a system sans-serif font of `size` units: wide enough for the common ones, so that what
/// is laid out by it does not overlap.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(width).sum::<f64>() * size
}

/// Estimated width of a character in em.
const fn width(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.32,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.92,
        'A'..='Z' => 0.70,
        c if c.is_ascii() || c == '\u{b5}' || c == '\u{d7}' => 0.58,
        _ => 1.0,
    }
}

const ELLIPSIS: char = '\u{2026}';

/// Shortens a text with an ellipsis until [`text_width`] is at most `limit` units.
pub(crate) fn shorten(text: &str, size: f64, limit: f64) -> String {
    match cut(text.char_indices(), size, limit) {
        Cut::Nowhere => text.to_owned(),
        Cut::At(end) => format!("{}{ELLIPSIS}", &text[..end]),
        Cut::NoRoom => String::new(),
    }
}

/// Where a text must end.
#[derive(Debug, PartialEq, Eq)]
enum Cut {
    /// It fits.
    Nowhere,
    /// Before this byte, with an ellipsis.
    At(usize),
    /// There is not even room for the ellipsis.
    NoRoom,
}

/// Looks at no more characters than there is room for, and one: names from outside may be of any length.
fn cut(text: impl Iterator<Item = (usize, char)>, size: f64, limit: f64) -> Cut {
    let (mut ems, mut at) = (0.0, Cut::NoRoom);
    for (end, c) in text {
        if (ems + width(ELLIPSIS)) * size <= limit {
            at = Cut::At(end);
        }
        ems += width(c);
        if ems * size > limit {
            return at;
        }
    }
    Cut::Nowhere
}

/// Writes text for element content and attribute values alike.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // What else is no letter is made visible with the whole page.
            '\t' | '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A plotters length in SVG units, without a trailing ".0".
struct Units(i32);

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0.abs() / FINE, self.0.abs() % FINE);
        let sign = if self.0 < 0 { "-" } else { "" };
        if part == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{part}") }
    }
}

/// Appends shapes to a string; the caller writes the `<svg>` element around them.
pub(crate) struct Writer<'a> {
    out: &'a mut String,
    size: (u32, u32),
}

impl<'a> Writer<'a> {
    /// A surface of `width` by `height` SVG units.
    pub(crate) fn new(out: &'a mut String, width: u32, height: u32) -> Self {
        Self { out, size: (width * FINE as u32, height * FINE as u32) }
    }

    fn stroke(&mut self, shape: fmt::Arguments<'_>, style: &impl BackendStyle) -> Drawn {
        let class = Ink::of(style.color())?.class();
        let width = style.stroke_width() as i32;
        // As with texts, usual widths have classes.
        match WIDTHS.iter().find(|(usual, _)| *usual == width) {
            Some((_, name)) => self.push(format_args!("<{shape} class=\"{class} l{name}\"/>")),
            None => {
                let width = Units(width);
                self.push(format_args!("<{shape} class=\"{class} l\" stroke-width=\"{width}\"/>"));
            }
        }
        Ok(())
    }

    fn fill(&mut self, shape: fmt::Arguments<'_>, style: &impl BackendStyle) -> Drawn {
        let class = Ink::of(style.color())?.class();
        self.push(format_args!("<{shape} class=\"{class} a\"/>"));
        Ok(())
    }

    fn push(&mut self, shape: fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(shape);
    }
}

type Drawn = Result<(), DrawingErrorKind<UnknownInk>>;

fn path(points: impl IntoIterator<Item = BackendCoord>, close: bool) -> String {
    let mut d = String::new();
    let mut last = None;
    for (x, y) in points {
        let _ = match last {
            None => write!(d, "M{} {}", Units(x), Units(y)),
            Some((_, before)) if before == y => write!(d, "H{}", Units(x)),
            Some((before, _)) if before == x => write!(d, "V{}", Units(y)),
            Some(_) => write!(d, "L{} {}", Units(x), Units(y)),
        };
        last = Some((x, y));
    }
    if close {
        d.push('Z');
    }
    d
}

impl DrawingBackend for Writer<'_> {
    type ErrorType = UnknownInk;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        let (x, y, side) = (Units(x), Units(y), Units(1));
        self.fill(
            format_args!("rect x=\"{x}\" y=\"{y}\" width=\"{side}\" height=\"{side}\""),
            &color,
        )
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        let (x1, y1, x2, y2) = (Units(from.0), Units(from.1), Units(to.0), Units(to.1));
        self.stroke(format_args!("line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\""), style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let (x, y) = (Units(upper_left.0), Units(upper_left.1));
        let width = Units((bottom_right.0 - upper_left.0).max(0));
        let height = Units((bottom_right.1 - upper_left.1).max(0));
        let shape = format_args!("rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"");
        if fill { self.fill(shape, style) } else { self.stroke(shape, style) }
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        points: I,
        style: &S,
    ) -> Drawn {
        self.stroke(format_args!("path d=\"{}\"", path(points, false)), style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let (x, y, r) = (Units(center.0), Units(center.1), Units(radius as i32));
        let shape = format_args!("circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"");
        if fill { self.fill(shape, style) } else { self.stroke(shape, style) }
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        points: I,
        style: &S,
    ) -> Drawn {
        self.fill(format_args!("path d=\"{}\"", path(points, true)), style)
    }

    fn draw_text<T: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &T,
        (x, y): BackendCoord,
    ) -> Drawn {
        let class = Ink::of(style.color())?.class();
        let size = style.size();
        let anchor = match style.anchor().h_pos {
            HPos::Left => "",
            HPos::Center => " m",
            HPos::Right => " e",
        };
        // Baselines by arithmetic: `dominant-baseline` is drawn differently by different programs.
        let down = match style.anchor().v_pos {
            VPos::Top => 0.78,
            VPos::Center => 0.35,
            VPos::Bottom => -0.22,
        };
        let (x, y) = (Units(x), Units(y + (down * size).round() as i32));
        let (size, text) = (size.round() as i32, escape(text));
        self.push(format_args!("<text x=\"{x}\" y=\"{y}\""));
        // There are thousands of texts in a report: a class is shorter than an attribute.
        let small = if size == SMALL * FINE { " s" } else { "" };
        if size != FONT_SIZE * FINE && size != SMALL * FINE {
            self.push(format_args!(" font-size=\"{}\"", Units(size)));
        }
        self.push(format_args!(" class=\"{class}{anchor}{small}\">{text}</text>"));
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<UnknownInk>> {
        Ok((text_width(text, style.size()).ceil() as u32, style.size().ceil() as u32))
    }
}

#[cfg(test)]
mod tests {
    use plotters::prelude::*;

    use super::*;

    fn drawn(draw: impl FnOnce(&DrawingArea<Writer<'_>, plotters::coord::Shift>)) -> String {
        let mut out = String::new();
        draw(&Writer::new(&mut out, 100, 50).into_drawing_area());
        out
    }

    #[test]
    fn inks_become_classes_and_pixels_become_tenths() {
        let svg = drawn(|area| {
            let style = ShapeStyle::from(Ink::Grid.color()).stroke_width(15);
            let line = PathElement::new([(0, 5), (503, 12)], style);
            area.draw(&line).unwrap();
        });
        assert_eq!(svg, r#"<path d="M0 0.5L50.3 1.2" class="p-grid l" stroke-width="1.5"/>"#);
    }

    #[test]
    fn a_colour_that_is_no_ink_is_refused() {
        drawn(|area| {
            let error = area.draw(&Circle::new((1, 1), 3, RED.filled())).unwrap_err();
            assert!(error.to_string().contains("(255, 0, 0)"), "{error}");
        });
    }

    #[test]
    fn text_is_escaped_and_centred_without_a_baseline_attribute() {
        let svg = drawn(|area| {
            let color = Ink::Label.color();
            let style = TextStyle::from(("sans-serif", 100).into_font())
                .color(&color)
                .pos(plotters::style::text_anchor::Pos::new(HPos::Right, VPos::Center));
            area.draw(&Text::new("<b>&\"", (100, 100), style)).unwrap();
        });
        assert_eq!(
            svg,
            r#"<text x="10" y="13.5" font-size="10" class="p-label e">&lt;b&gt;&amp;&quot;</text>"#
        );
    }

    #[test]
    fn a_long_name_ends_in_an_ellipsis_within_the_limit() {
        let short = shorten("a-backend-with-a-very-long-name", 12.0, 80.0);
        assert!(short.ends_with('\u{2026}') && text_width(&short, 12.0) <= 80.0, "{short}");
        assert_eq!(shorten("hard", 12.0, 80.0), "hard");
        assert_eq!(shorten("hard", 12.0, 3.0), "");
        assert_eq!(shorten("", 12.0, 3.0), "");
        assert_eq!(shorten("\u{4e2d}\u{6587}\u{4e2d}", 10.0, 20.0), "\u{4e2d}\u{2026}");
        assert_eq!(shorten("\u{4e2d}\u{6587}", 10.0, 20.0), "\u{4e2d}\u{6587}");
    }

    #[test]
    fn shortening_looks_at_what_fits_and_not_at_the_whole_name() {
        for length in [100, 10_000, 1_000_000] {
            let name = "m".repeat(length);
            let seen = std::cell::Cell::new(0);
            let counted = name.char_indices().inspect(|_| seen.set(seen.get() + 1));
            // 95 units hold ten of 9.2 each, or nine and an ellipsis of 10.
            assert_eq!(cut(counted, 10.0, 95.0), Cut::At(9));
            assert_eq!(seen.get(), 11, "of {length} characters");
        }
    }
}
