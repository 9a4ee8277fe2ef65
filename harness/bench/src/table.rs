//! The table at the end of a run: the rows of each scenario and size by their cost.
//!
//! ```text
//! pingpong/1000: nanoseconds per send and receive pair
//!   soft                1.88 ns  +-0.3 %     x0.69
//!   corosensei          2.73 ns  +-0.1 %     x1.00  reference
//!   threads             5.20 us  +-1.9 %     x1905
//!   baton               9.13 us      n=3     x3344  too few samples for an interval
//!   may                 crash: panicked: out of stacks
//!   unsupported: free, poll
//! ```

use crate::{
    lines::{Colours, cut},
    progress::{digits, nanoseconds},
    results::{Capacity, CellResult, FEWEST_SAMPLES, Verdict, visible},
};

/// Fewest columns that a table is made for.
const LEAST_WIDTH: usize = 48;

/// Most columns of a name.
const NAME: usize = 24;

/// The lines for the results, which stand in the order of the suite. None is longer than `width`.
#[must_use]
pub fn of_cells(results: &[&CellResult], width: usize, colours: Colours) -> Vec<String> {
    let width = width.max(LEAST_WIDTH);
    let names = name_width(results.iter().map(|row| row.backend.as_str()));
    let mut lines = Vec::new();
    for block in results.chunk_by(|a, b| a.scenario == b.scenario && a.size == b.size) {
        let first = block[0];
        let heading = format!("{}/{}: {}", first.scenario, first.size, first.unit);
        lines.push(String::new());
        lines.push(colours.heading(&cut(&visible(&heading), width)));
        lines.extend(block_lines(block, names, width, colours));
    }
    lines
}

fn block_lines(block: &[&CellResult], names: usize, width: usize, colours: Colours) -> Vec<String> {
    let mut rows = block.to_vec();
    // What has no time comes last, in its order.
    rows.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
    let mut lines = Vec::new();
    let mut unsupported = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let name = cut(&visible(&row.backend), names);
        match (row.median.filter(|_| row.verdict == Verdict::Ok), row.verdict) {
            (Some(median), _) => {
                let text = timed(row, median, &name, names, width);
                let best = place == 0 && rows.len() > 1;
                lines.push(if best { colours.best(&text) } else { text });
            }
            (None, Verdict::Unsupported) => unsupported.push(row.backend.as_str()),
            (None, verdict) => {
                let why = row.why.as_deref().unwrap_or("no reason given");
                let text = one_line(&format!("  {name:names$}  {verdict}: {why}"));
                lines.push(colours.failure(&cut(&text, width)));
            }
        }
    }
    if !unsupported.is_empty() {
        let text = one_line(&format!("  unsupported: {}", unsupported.join(", ")));
        lines.push(colours.aside(&cut(&text, width)));
    }
    lines
}

fn cost(row: &CellResult) -> f64 {
    row.median.filter(|_| row.verdict == Verdict::Ok).unwrap_or(f64::INFINITY)
}

fn timed(row: &CellResult, median: f64, name: &str, names: usize, width: usize) -> String {
    let spread = match (row.samples, row.low.zip(row.high)) {
        (Some(samples), _) if samples < FEWEST_SAMPLES => format!("n={samples}"),
        (_, Some((low, high))) if median > 0.0 => {
            format!("+-{} %", digits((high - low) / 2.0 / median * 100.0))
        }
        _ => String::new(),
    };
    let ratio = row.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("x{}", digits(ratio)));
    let is_reference = row.reference.as_deref() == Some(row.backend.as_str());
    let warm = row.warm_up.filter(|warm| !warm.stable).map(|warm| warm.to_string());
    let aside = if is_reference { "reference".to_owned() } else { warm.unwrap_or_default() };
    let time = nanoseconds(median);
    let text = format!("  {name:names$}  {time:>8}  {spread:>9}  {ratio:>9}  {aside}");
    cut(text.trim_end(), width)
}

/// The lines for how far backends go: of each probe the farthest first, then the one that takes least.
#[must_use]
pub fn of_capacity(found: &[&Capacity], width: usize, colours: Colours) -> Vec<String> {
    let width = width.max(LEAST_WIDTH);
    let names = name_width(found.iter().map(|row| row.backend.as_str()));
    let mut probes: Vec<&str> = Vec::new();
    for row in found {
        if !probes.contains(&row.probe.as_str()) {
            probes.push(&row.probe);
        }
    }
    let mut lines = Vec::new();
    for probe in probes {
        let mut rows: Vec<&Capacity> =
            found.iter().copied().filter(|row| row.probe == probe).collect();
        let heading = format!("capacity/{probe}: {}", rows[0].unit);
        lines.push(String::new());
        lines.push(colours.heading(&cut(&visible(&heading), width)));
        let each = |row: &Capacity| row.memory.last().map(|memory| memory.resident);
        let order = |a: &&Capacity, b: &&Capacity| {
            let bytes = |row: &Capacity| each(row).unwrap_or(f64::INFINITY);
            b.reached.cmp(&a.reached).then(bytes(a).total_cmp(&bytes(b)))
        };
        rows.sort_by(order);
        for row in rows {
            let name = cut(&visible(&row.backend), names);
            let Some(reached) = row.reached else {
                let why = row.why.as_deref().unwrap_or("no reason given");
                let text = one_line(&format!("  {name:names$}  {}: {why}", row.verdict));
                let text = cut(&text, width);
                lines.push(match row.verdict.is_failure() {
                    true => colours.failure(&text),
                    false => colours.aside(&text),
                });
                continue;
            };
            let bytes = each(row).map(|bytes| format!("{} bytes each", digits(bytes)));
            let bytes = bytes.unwrap_or_default();
            let end = row.ended.as_deref().unwrap_or_default();
            let text = one_line(&format!("  {name:names$}  {reached:>9}  {bytes:>18}  {end}"));
            lines.push(cut(text.trim_end(), width));
        }
    }
    lines
}

fn name_width<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(|name| visible(name).chars().count()).max().unwrap_or(0).min(NAME)
}

/// A reason may have several lines; a row has one.
fn one_line(text: &str) -> String {
    visible(text).lines().map(str::trim_end).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Memory, WarmUp};

    const PLAIN: Colours = Colours::of(false);

    fn row(backend: &str, size: u64, verdict: Verdict, why: Option<&str>) -> CellResult {
        let unit = "nanoseconds per pair";
        CellResult::untimed("pingpong", backend, size, unit, verdict, why.map(str::to_owned))
    }

    fn timed(backend: &str, size: u64, median: f64) -> CellResult {
        let mut row = row(backend, size, Verdict::Ok, None);
        (row.median, row.low, row.high) = (Some(median), Some(median * 0.99), Some(median * 1.01));
        (row.ratio, row.reference) = (Some(median / 2.5), Some("corosensei".to_owned()));
        row
    }

    fn lines(rows: &[CellResult], width: usize, colours: Colours) -> Vec<String> {
        of_cells(&rows.iter().collect::<Vec<_>>(), width, colours)
    }

    #[test]
    fn rows_stand_by_their_cost_and_what_has_none_below() {
        let rows = [
            timed("corosensei", 1, 2.5),
            row("may", 1, Verdict::Crash, Some("panicked: out of\nstacks")),
            row("free", 1, Verdict::Unsupported, Some("portable")),
            CellResult { samples: Some(6), ..timed("threads", 1, 5_200.0) },
            CellResult { samples: Some(5), ..timed("baton", 1, 9_130.0) },
            row("poll", 1, Verdict::Unsupported, Some("portable")),
            timed("soft", 1, 1.25),
            timed("soft", 100, 7.0),
        ];
        assert_eq!(
            lines(&rows, 80, PLAIN),
            [
                "",
                "pingpong/1: nanoseconds per pair",
                "  soft         1.25 ns   +-1.00 %      x0.50",
                "  corosensei   2.50 ns   +-1.00 %      x1.00  reference",
                "  threads      5.20 us   +-1.00 %      x2080",
                "  baton        9.13 us        n=5      x3652",
                "  may         crash: panicked: out of stacks",
                "  unsupported: free, poll",
                "",
                "pingpong/100: nanoseconds per pair",
                "  soft         7.00 ns   +-1.00 %      x2.80",
            ]
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let long = "n".repeat(200);
        let mut restless = timed(&long, 1, 9e12);
        restless.warm_up = Some(WarmUp { samples: u64::MAX, stable: false });
        let mut rows = vec![restless, row(&long, 1, Verdict::Failed, Some(&long))];
        let backends = |number| row(&format!("b{number}"), 1, Verdict::Unsupported, None);
        rows.extend((0..99).map(backends));
        rows.push(CellResult { scenario: long.clone(), unit: long.clone(), ..timed("b", 1, 1.0) });
        for width in [LEAST_WIDTH, 80, 132] {
            let lines = lines(&rows, width, PLAIN);
            assert!(lines.iter().all(|line| line.chars().count() <= width), "{lines:#?}");
            assert!(lines.iter().any(|line| line.ends_with("..")));
        }
        assert_eq!(lines(&rows, 1, PLAIN), lines(&rows, LEAST_WIDTH, PLAIN));
    }

    #[test]
    fn colours_are_around_the_same_texts_and_texts_bring_none_of_their_own() {
        let rows = [
            timed("a", 1, 2.0),
            timed("b", 1, 1.0),
            row("c", 1, Verdict::Failed, Some("\u{1b}[31mred")),
        ];
        let (plain, coloured) = (lines(&rows, 80, PLAIN), lines(&rows, 80, Colours::of(true)));
        assert!(plain.iter().all(|line| !line.contains('\u{1b}')), "{plain:#?}");
        let stripped: Vec<String> =
            coloured.iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect();
        assert_eq!(stripped, plain);
        let is_coloured: Vec<bool> = coloured.iter().map(|line| line.contains('\u{1b}')).collect();
        assert_eq!(is_coloured, [false, true, true, false, true], "heading, best, failure");
    }

    #[test]
    fn capacity_stands_by_how_far_it_goes_and_what_it_takes() {
        let found = |backend: &str, reached: Option<u64>, resident: f64| Capacity {
            backend: backend.to_owned(),
            probe: "blocked".to_owned(),
            verdict: if reached.is_some() { Verdict::Ok } else { Verdict::Timeout },
            unit: "tasklets blocked at once".to_owned(),
            asked: 1_000_000,
            reached,
            ended: reached.filter(|count| *count < 1_000_000).map(|_| "refused: enough".to_owned()),
            memory: vec![Memory { count: 10_000, resident, tables: 0.0 }],
            why: Some("silent for 9 s".to_owned()),
            reproduce: None,
        };
        let rows = [
            found("hangs", None, 0.0),
            found("threads", Some(30_000), 11_285.0),
            found("hard", Some(1_000_000), 4_242.0),
            found("soft", Some(1_000_000), 96.0),
        ];
        assert_eq!(
            of_capacity(&rows.iter().collect::<Vec<_>>(), 80, PLAIN),
            [
                "",
                "capacity/blocked: tasklets blocked at once",
                "  soft       1000000     96.0 bytes each",
                "  hard       1000000     4242 bytes each",
                "  threads      30000    11285 bytes each  refused: enough",
                "  hangs    timeout: silent for 9 s",
            ]
        );
    }
}
