//! A battle as a picture that moves: one group for each tick, shown in its turn by CSS alone.

use std::fmt::Write;

use super::{Make, Outcome, make};

/// Milliseconds that a tick is shown.
const SHOWN: u64 = 200;

/// The replay of a recorded battle, 20 bots for some 60 ticks in less than 60 KiB. It steps from
/// tick to tick and has no script. Where motion is not wanted, it stays at the first tick.
///
/// The unit is a cell of the field. Dots are paths of no length with round ends, so that a tick is
/// one path for each kind of dot.
///
/// ```
/// use switchback_scenarios::society::arena::{Plan, svg, with_tasklets};
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
    let mut svg = String::new();
    // Writing to a text cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-1 -1 {0} {0}\" width=\"480\" \
         height=\"480\" role=\"img\">\n<title>{1} bots fight for {2} ticks</title>\n<style>\n\
         path{{fill:none;stroke-linecap:round;stroke-width:.8}}\n\
         .q{{stroke:#2b6cb0}}.p{{stroke:#b7791f}}.h{{stroke:#c53030}}\n\
         .b{{stroke:#1a202c;stroke-width:.25}}\n\
         g{{visibility:hidden;animation:t {3}ms step-end infinite}}\n\
         @keyframes t{{0%{{visibility:visible}}{4:.3}%{{visibility:hidden}}}}\n\
         @media(prefers-reduced-motion:reduce){{g{{animation:none}}\
         g:first-of-type{{visibility:visible}}}}\n</style>\n\
         <rect x=\"-1\" y=\"-1\" width=\"{0}\" height=\"{0}\" fill=\"#f7fafc\"/>\n",
        side + 1,
        outcome.bots.len(),
        ticks - 1,
        ticks * SHOWN,
        100.0 / ticks as f64,
    );
    for (tick, frame) in outcome.frames.iter().enumerate() {
        let _ = write!(svg, "<g style=\"animation-delay:{}ms\">", tick as u64 * SHOWN);
        let of = |wanted: Make| {
            let bots = frame.bots.iter().filter(move |bot| !bot.3 && make(bot.0) == wanted);
            bots.map(|bot| (bot.1, bot.2))
        };
        dots(&mut svg, "q", of(Make::Square));
        dots(&mut svg, "p", of(Make::Spin));
        dots(&mut svg, "h", frame.bots.iter().filter(|bot| bot.3).map(|bot| (bot.1, bot.2)));
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
