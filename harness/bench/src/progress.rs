//! What a person sees while cells are measured: a bar on a terminal, one line per finished cell anywhere.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    lines,
    results::{Capacity, CellResult, Verdict},
};

/// The bar, hidden where the standard error is no terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// For a number of blocks.
    #[must_use]
    pub fn new(blocks: usize) -> Self {
        if !io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::new(blocks as u64);
        let style = "{bar:24} {pos}/{len} blocks, {elapsed} of about {duration}  {msg}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        // A cell may be silent for long; the clock of the bar goes on.
        bar.enable_steady_tick(Duration::from_millis(500));
        Self { bar }
    }

    /// Shows what runs now.
    pub fn runs(&self, id: String) {
        self.bar.set_message(id);
    }

    /// Prints a line above the bar.
    pub fn line(&self, text: &str) {
        self.bar.suspend(|| lines::say(text));
    }

    /// One more block is done.
    pub fn step(&self) {
        self.bar.inc(1);
    }

    /// Removes the bar.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// One line: `pingpong/hard/1  5.1 ns  x2.0  ok`.
#[must_use]
pub fn describe(result: &CellResult, width: usize) -> String {
    let id = result.id();
    let verdict = match &result.why {
        Some(why) => format!("{}: {why}", result.verdict),
        None => result.verdict.to_string(),
    };
    let time = result.median.filter(|_| result.verdict == Verdict::Ok).map(nanoseconds);
    let ratio = result.ratio.map(|ratio| format!("x{}", digits(ratio)));
    let (time, ratio) = (time.unwrap_or_else(|| "-".into()), ratio.unwrap_or_else(|| "-".into()));
    let warm = result.warm_up.map_or_else(String::new, |warm| format!("; {warm}"));
    format!("{id:width$}  {time:>8}  {ratio:>8}  {verdict}{warm}")
}

/// One line: `capacity/hard/blocked  1000000 tasklets blocked at once, 4242 bytes each  ok`.
#[must_use]
pub fn describe_capacity(found: &Capacity, width: usize) -> String {
    let id = found.id();
    let Some(reached) = found.reached else {
        let why = found.why.as_deref().unwrap_or("no reason given");
        return format!("{id:width$}  {}: {why}", found.verdict);
    };
    let each = found.memory.last().map(|m| format!(", {} bytes each", digits(m.resident)));
    let end = found.ended.as_ref().map(|why| format!("; {why}"));
    let (each, end) = (each.unwrap_or_default(), end.unwrap_or_default());
    format!("{id:width$}  {reached} {}{each}  {}{end}", found.unit, found.verdict)
}

/// A time with three digits and the unit that suits it.
#[must_use]
pub fn nanoseconds(time: f64) -> String {
    match time {
        t if t < 999.5 => format!("{} ns", digits(t)),
        t if t < 999.5e3 => format!("{} us", digits(t / 1e3)),
        t if t < 999.5e6 => format!("{} ms", digits(t / 1e6)),
        t => format!("{} s", digits(t / 1e9)),
    }
}

/// Three significant digits, and more only before the point.
fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_and_a_fitting_unit() {
        let shown = [0.5, 5.126, 9.996, 99.96, 999.4, 999.6, 12_345.0, 999_600.0, 2.5e9];
        assert_eq!(
            shown.map(nanoseconds),
            [
                "0.50 ns", "5.13 ns", "10.0 ns", "100 ns", "999 ns", "1.00 us", "12.3 us",
                "1.00 ms", "2.50 s"
            ]
        );
    }

    #[test]
    fn a_line_shows_a_time_only_with_a_verified_witness() {
        let mut result =
            CellResult::untimed("pingpong", "hard", 1, "nanoseconds per pair", Verdict::Ok, None);
        (result.median, result.ratio) = (Some(5.1), Some(2.0));
        assert_eq!(describe(&result, 16), "pingpong/hard/1    5.10 ns     x2.00  ok");
        let why = Some("messages: expected 2, counted 1".to_owned());
        let refused = CellResult::untimed("pingpong", "soft", 1, "", Verdict::DifferentWork, why);
        assert_eq!(
            describe(&refused, 16),
            "pingpong/soft/1          -         -  different work: messages: expected 2, counted 1"
        );
    }
}
