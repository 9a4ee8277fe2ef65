//! A battle as a picture that moves: one group for each tick, shown in its turn by CSS alone.

use std::fmt::Write;

use super::{Make, Outcome, make};

/// Milliseconds that a tick is shown.
const SHOWN: u64 = 200;

/// The signs and what they mean.
const LEGEND: [(&str, &str); 4] = [
    ("q", "square: squarebot"),
    ("p", "circle: spinbot"),
    ("b", "dot: bullet"),
    ("p h", "red: just hit"),
];

/// The replay of a recorded battle, 20 bots for some 60 ticks in less than 60 KiB. It steps from
/// tick to tick and has no script. Where motion is not wanted, it stays at the first tick. Below
/// the field a legend says what is what.
///
/// The unit is a cell of the field. Dots are paths of no length with round ends, and squares those
/// with square ends, so that a tick is one path for each kind.
///
/// ```
/// use switchback_scenarios::sharing::arena::{Plan, svg, with_tasklets};
/// use switchback_soft::Soft;
///
/// let plan = Plan { seed: 7, bots: 20, ticks: 60, recorded: true };
/// let replay = svg::replay(&with_tasklets::<Soft>(plan)?);
/// assert!(replay.starts_with("<svg ") && replay.len() < 60 << 10);
/// # Ok::<(), switchback::Error>(())
/// ```
#[must_use]
pub fn replay(outcome: &Outcome) -> String {
    let ticks = outcome.frames.len().max(1) as u64;
    let side = outcome.side;
    // Below the field: a line of the legend, large enough to be read at 480 pixels.
    let (width, text) = (side + 1, f64::from(side + 1) / 44.0);
    let height = f64::from(width) + 2.0 * text;
    let mut svg = String::new();
    // Writing to a text cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-1 -1 {0} {5}\" width=\"480\" \
         height=\"{6:.0}\" role=\"img\">\n<title>{1} bots fight for {2} ticks</title>\n<style>\n\
         path{{fill:none;stroke-linecap:round;stroke-width:.8}}\n\
         .q{{stroke:#2b6cb0;stroke-linecap:square}}.p{{stroke:#b7791f}}.h{{stroke:#c53030}}\n\
         .b{{stroke:#1a202c;stroke-width:.25}}\n\
         text{{font:{7:.2}px sans-serif;fill:#1a202c}}\n\
         g{{visibility:hidden;animation:t {3}ms step-end infinite}}\n\
         @keyframes t{{0%{{visibility:visible}}{4:.3}%{{visibility:hidden}}}}\n\
         @media(prefers-reduced-motion:reduce){{g{{animation:none}}\
         g:first-of-type{{visibility:visible}}}}\n</style>\n\
         <rect x=\"-1\" y=\"-1\" width=\"{0}\" height=\"{0}\" fill=\"#f7fafc\"/>\n",
        width,
        outcome.bots.len(),
        ticks - 1,
        ticks * SHOWN,
        100.0 / ticks as f64,
        height,
        480.0 * height / f64::from(width),
        text,
    );
    for (place, (class, meaning)) in (0..).zip(LEGEND) {
        let left = f64::from(width * place) / LEGEND.len() as f64;
        let (sign, word) = (f64::from(side) + text, f64::from(side) + 1.3 * text);
        let _ = writeln!(
            svg,
            "<path class=\"{class}\" d=\"M{left:.2} {sign:.2}h0\"/>\
             <text x=\"{:.2}\" y=\"{word:.2}\">{meaning}</text>",
            left + text,
        );
    }
    for (tick, frame) in outcome.frames.iter().enumerate() {
        let _ = write!(svg, "<g style=\"animation-delay:{}ms\">", tick as u64 * SHOWN);
        for (class, wanted, hit) in [
            ("q", Make::Square, false),
            ("p", Make::Spin, false),
            ("q h", Make::Square, true),
            ("p h", Make::Spin, true),
        ] {
            let bots = frame.bots.iter().filter(|bot| bot.3 == hit && make(bot.0) == wanted);
            dots(&mut svg, class, bots.map(|bot| (bot.1, bot.2)));
        }
        dots(&mut svg, "b", frame.bullets.iter().copied());
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

/// A path with a dot at each place; nothing if there is none.
fn dots(svg: &mut String, class: &str, places: impl Iterator<Item = (i32, i32)>) {
    let mut path = String::new();
    for (x, y) in places {
        let _ = write!(path, "M{x} {y}h0");
    }
    if !path.is_empty() {
        let _ = write!(svg, "<path class=\"{class}\" d=\"{path}\"/>");
    }
}
