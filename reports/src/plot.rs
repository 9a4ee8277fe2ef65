//! A dot plot: one row per backend and size, its mark at the value, its interval across it.
//!
//! ```text
//!  size 10                                       <- panel
//!  plain   ......o                        1.00      name, guide, mark (hollow: reference), value
//!  hard    ..............|-*-|            3.02      mark with its interval
//!  soft    ....*                          1.21
//!  size 100
//!  ...
//!  2007, the talk                                <- figures from elsewhere: diamonds
//!  tasklets .................<>           3.5
//!          |------|------|------|------|
//!          0      1      2      3      4         <- scale
//!              time relative to plain, from zero
//! ```
//!
//! Names and values have columns of their own beside the scale, so nothing can overlap however close the marks are. Text keeps
//! its size on a narrow screen because there is a second, narrower drawing for it; the stylesheet shows one of the two.

mod drawing;
mod marks;
mod scale;
mod svg;

use self::drawing::{Drawing, NARROW, WIDE};

/// A plot before it is drawn.
pub(crate) struct Plot {
    /// Start of every id in the drawing; unique on the page.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: String,
    /// What the axis counts; how it is scaled is added.
    pub(crate) axis: String,
    pub(crate) panels: Vec<Panel>,
    /// True if values are ratios: a line marks 1.
    pub(crate) ratios: bool,
}

/// The rows under one heading.
pub(crate) struct Panel {
    pub(crate) heading: String,
    /// Noise band around 1 as a share, drawn if the values are ratios.
    pub(crate) band: Option<f64>,
    pub(crate) rows: Vec<Row>,
}

/// One name with its mark.
pub(crate) struct Row {
    pub(crate) name: String,
    /// The value, or in its place the reason why there is none.
    pub(crate) text: String,
    pub(crate) mark: Option<Mark>,
}

/// Where a mark stands, in the unit of the axis.
pub(crate) struct Mark {
    pub(crate) kind: Kind,
    pub(crate) value: f64,
    pub(crate) interval: Option<(f64, f64)>,
}

/// How a mark looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A filled dot.
    Backend,
    /// A ring.
    Reference,
    /// A diamond.
    Quoted,
}

/// Both drawings, for wide and for narrow screens.
///
/// # Errors
/// What plotters could not draw, in words.
pub(crate) fn draw(plot: &Plot) -> Result<String, String> {
    let mut out = String::new();
    for measures in [&WIDE, &NARROW] {
        Drawing::new(plot, measures).write(&mut out)?;
    }
    Ok(out)
}
