//! A dot plot: one row per backend and size, its mark at the value, its interval across it.
//!
//! ```text
//!  size 10                                       <- panel
//!  plain   ......o                        1.00      name, guide, mark (hollow: reference), value
//!  hard    ..............|-*-|            3.02      mark with its interval
//!  soft    ....*                          1.21
//!  size 100
//!  ...
//!          |------|------|------|------|
//!          0      1      2      3      4         <- scale
//!              time relative to plain, from zero
//! ```
//!
//! Names and values have columns of their own beside the scale, so nothing can overlap however close the marks are. Text keeps
//! its size on a narrow screen because there is a second, narrower drawing for it; the stylesheet shows one of the two.

mod drawing;
mod marks;
pub(crate) mod overview;
mod scale;
mod svg;
pub(crate) mod sweep;

use self::drawing::{Drawing, NARROW, WIDE};
pub(crate) use self::scale::drawable;

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
    /// Noise band around 1 as a share, drawn if the values are ratios.
    pub(crate) band: Option<f64>,
}

/// How a mark looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A filled dot.
    Backend,
    /// A ring.
    Reference,
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

#[cfg(test)]
mod tests {
    use super::svg::text_width;
    use super::*;

    fn row(name: &str, text: &str, value: f64) -> Row {
        let interval = Some((value * 0.9, value * 1.1));
        let mark = Mark { kind: Kind::Backend, value, interval, band: Some(0.05) };
        Row { name: name.to_owned(), text: text.to_owned(), mark: Some(mark) }
    }

    fn plot(rows: Vec<Row>, axis: &str) -> Plot {
        Plot {
            id: "p".to_owned(),
            title: "A < B".to_owned(),
            description: "dots".to_owned(),
            axis: axis.to_owned(),
            panels: vec![Panel { heading: "size 1,000,000".to_owned(), rows }],
            ratios: true,
        }
    }

    /// Left, top, right and bottom of every text of a drawing, and the text.
    fn boxes(svg: &str) -> Vec<(f64, f64, f64, f64, String)> {
        let attribute = |tag: &str, name: &str| {
            let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
            tag[start..].split('"').next().map(str::to_owned)
        };
        let texts = svg.split("<text").skip(1).map(|part| {
            let (tag, rest) = part.split_once('>').unwrap();
            let text = rest.split("</text>").next().unwrap().replace("&amp;", "&");
            let number = |name| attribute(tag, name).map(|number| number.parse::<f64>().unwrap());
            let (x, y) = (number("x").unwrap(), number("y").unwrap());
            let class = attribute(tag, "class").unwrap();
            let is = |name| class.split(' ').any(|one| one == name);
            let usual = if is("s") { svg::SMALL } else { svg::FONT_SIZE };
            let size = number("font-size").unwrap_or(f64::from(usual));
            let width = text_width(&text, size);
            let left = match (is("m"), is("e")) {
                (true, _) => x - width / 2.0,
                (_, true) => x - width,
                _ => x,
            };
            (left, y - 0.75 * size, left + width, y + 0.2 * size, text)
        });
        texts.collect()
    }

    #[test]
    fn no_text_overlaps_another_or_leaves_the_drawing() {
        let spans =
            [vec![1.0, 2.0, 9.3], vec![0.001, 1.0, 98_765_432.0], vec![0.0], vec![1e-9, 1e-9]];
        for values in spans {
            let long = "a-backend-from-far-away-with-a-very-long-name";
            let mut rows: Vec<_> = values
                .iter()
                .map(|v| {
                    row(
                        long,
                        "\u{d7}12,345,678.9 and very much more than any column could ever hold",
                        *v,
                    )
                })
                .collect();
            rows.push(Row { name: "soft".into(), text: long.repeat(3), mark: None });
            let drawn = draw(&plot(rows, &long.repeat(2))).unwrap();
            for (svg, width) in drawn.split("</svg>").zip([760.0, 356.0]) {
                let boxes = boxes(svg);
                assert!(boxes.len() > 4, "{svg}");
                for (i, a) in boxes.iter().enumerate() {
                    assert!(a.0 >= -0.1 && a.2 <= width + 0.1, "{values:?}: {a:?} leaves {width}");
                    for b in &boxes[..i] {
                        let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
                        assert!(apart, "{values:?}: {a:?} over {b:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn marks_stand_where_the_scale_says() {
        let drawn = draw(&plot(vec![row("a", "1", 2.0), row("b", "2", 4.0)], "x")).unwrap();
        let wide = drawn.split("</svg>").next().unwrap();
        let xs: Vec<f64> = wide
            .split("cx=\"")
            .skip(1)
            .map(|part| part.split('"').next().unwrap().parse().unwrap())
            .collect();
        let zero: f64 = wide.split("M").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        // On a scale from zero the second mark is twice as far out as the first.
        assert!(((xs[1] - zero) - 2.0 * (xs[0] - zero)).abs() <= 0.3, "{zero} {xs:?}");
    }

    #[test]
    fn a_drawing_has_a_name_a_description_and_no_colour_of_its_own() {
        let drawn = draw(&plot(vec![row("a", "1", 2.0)], "x")).unwrap();
        assert!(drawn.contains("<title id=\"p-wide-t\">A &lt; B</title>"), "{drawn}");
        assert!(drawn.contains("aria-labelledby=\"p-narrow-t p-narrow-d\""), "{drawn}");
        for forbidden in ["fill=", "stroke=", "#", "rgb", "style="] {
            assert!(!drawn.contains(forbidden), "{forbidden} in {drawn}");
        }
    }
}
