//! The picture of a run as a file of its own, for pages that are no reports.

use switchback_bench::results::Run;

use crate::fit::{Shown, safe};
use crate::numbers::count;
use crate::page::first::{ABOUT, is_quick};
use crate::plot::overview;
use crate::view::View;
use crate::view::overview::Overview;
use crate::words::VerdictLine;

/// What the signs are.
const LEGEND: &str = "Times the cost of the best; less is better. Ring: rows missing. Cross: failed. Dash: unsupported.";
/// Rows that a picture is drawn from at most.
const ROWS: usize = 4_096;

/// Draws the cost of all backends over the families of scenarios, as an SVG file in the colours of the reader's scheme.
///
/// # Errors
/// Why there is nothing to draw, in words.
pub fn picture(run: &Run) -> Result<String, String> {
    let shown = Shown::of(run, ROWS);
    let view = View::of_part(&shown, run);
    let overview = Overview::of(&view).ok_or("expected two backends with figures, found fewer")?;
    let environment = &view.run.environment;
    let title = format!("Cost relative to the best backend: {}", VerdictLine::of(&view));
    let built = environment.build.as_ref().and_then(|build| build.lto);
    let built = built.map_or_else(String::new, |lto| format!(", LTO {lto}"));
    let look = if is_quick(&view) { ", a quick look: one process for each figure" } else { "" };
    let machine = format!(
        "{}, {} {}{built}{look}",
        environment.cpu,
        count(environment.cores as u64),
        if environment.cores == 1 { "core" } else { "cores" },
    );
    overview::alone(&overview, &title, ABOUT, [LEGEND, &machine]).map(safe)
}
