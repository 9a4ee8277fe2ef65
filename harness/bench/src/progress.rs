//! What a person sees while cells are measured: one line on a terminal that is written anew, elsewhere a
//! line for each finished cell.

use std::{
    fmt,
    io::{self, IsTerminal},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::{
    lines::{self, USUAL_WIDTH},
    results::{Capacity, CellResult, Verdict},
};

/// What is done, and what is left.
#[derive(Clone, Debug)]
struct State {
    /// Cells and probes that are done, and all.
    done: usize,
    all: usize,
    /// Seconds that they are expected to take, before anything is measured: shares of the whole.
    expected_done: f64,
    expected: f64,
    begun: Instant,
    /// When the last of them was done.
    last: Instant,
    /// The id of what runs.
    runs: String,
}

impl State {
    /// How long it still takes, by what was measured so far; nothing before that.
    fn left(&self, now: Instant) -> Option<Duration> {
        let took = self.last.duration_since(self.begun);
        if self.expected_done <= 0.0 || took.is_zero() {
            return None;
        }
        let left = (self.expected - self.expected_done).max(0.0) / self.expected_done;
        let since = now.saturating_duration_since(self.last);
        Duration::try_from_secs_f64(took.as_secs_f64() * left).ok().map(|t| t.saturating_sub(since))
    }

    /// `12 of 240 cells, about 14 min left: pingpong/hard/1000`.
    fn line(&self, now: Instant, width: usize) -> String {
        let left = self.left(now).map(|left| format!(", {} left", about(left)));
        let left = left.unwrap_or_default();
        let (done, all, runs) = (self.done, self.all, &self.runs);
        lines::cut(&format!("{done} of {all} cells{left}: {runs}"), width)
    }
}

/// A time for people.
fn about(time: Duration) -> String {
    match time.as_secs_f64() {
        t if t < 5.0 => "a few seconds".to_owned(),
        // In steps of five, so that it does not flicker.
        t if t < 57.5 => format!("about {} s", (t / 5.0).round() * 5.0),
        t if t < 3_570.0 => format!("about {:.0} min", (t / 60.0).max(1.0)),
        t => format!("about {:.1} h", t / 3_600.0),
    }
}

/// The line, which there is none of where the standard error is no terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    state: Arc<Mutex<State>>,
    /// Whether finished cells have lines.
    lines: bool,
}

impl Progress {
    /// For a number of cells and probes, which are expected to take so many seconds.
    #[must_use]
    pub fn new(cells: usize, expected: f64) -> Self {
        let begun = Instant::now();
        let state = Arc::new(Mutex::new(State {
            done: 0,
            all: cells,
            expected_done: 0.0,
            expected,
            begun,
            last: begun,
            runs: "starts".to_owned(),
        }));
        if !io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden(), state, lines: true };
        }
        let shown = Arc::clone(&state);
        let line = move |_: &ProgressState, to: &mut dyn fmt::Write| {
            // A terminal takes a full line for two.
            let width = width(&io::stderr()).saturating_sub(1);
            let line = locked(&shown).line(Instant::now(), width);
            // What cannot be written is not seen.
            let _ = to.write_str(&line);
        };
        let bar = ProgressBar::new(cells as u64);
        if let Ok(style) = ProgressStyle::with_template("{line}") {
            bar.set_style(style.with_key("line", line));
        }
        // A cell may be silent for long; the time that is left goes on.
        bar.enable_steady_tick(Duration::from_millis(500));
        let lines = !io::stdout().is_terminal() && !lines::are_for_programs();
        Self { bar, state, lines }
    }

    /// Shows what runs now.
    pub fn runs(&self, id: String) {
        locked(&self.state).runs = id;
        self.bar.tick();
    }

    /// Prints a line about a cell that is done, above that of the progress. On a terminal only failures
    /// have one: a table comes at the end.
    pub fn done(&self, text: &str, verdict: Verdict) {
        if self.lines || verdict.is_failure() {
            self.bar.suspend(|| lines::say(text));
        }
    }

    /// So many cells are done, which were expected to take so many seconds.
    pub fn step(&self, cells: usize, expected: f64) {
        {
            let mut state = locked(&self.state);
            state.done += cells;
            state.expected_done += expected;
            state.last = Instant::now();
        }
        self.bar.force_draw();
    }

    /// Removes the line.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The columns of a terminal.
#[cfg(unix)]
#[must_use]
pub fn width(output: &(impl IsTerminal + std::os::fd::AsFd)) -> usize {
    let size = rustix::termios::tcgetwinsize(output).ok().filter(|_| output.is_terminal());
    size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(USUAL_WIDTH)
}

/// The usual columns of a terminal.
#[cfg(not(unix))]
#[must_use]
pub fn width(_: &impl IsTerminal) -> usize {
    USUAL_WIDTH
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
pub(crate) fn digits(value: f64) -> String {
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

    fn state(begun: Instant) -> State {
        State {
            done: 12,
            all: 240,
            expected_done: 10.0,
            expected: 90.0,
            begun,
            last: begun + Duration::from_secs(60),
            runs: "pingpong/hard/1000".to_owned(),
        }
    }

    #[test]
    fn the_time_that_is_left_goes_by_what_was_measured() {
        let begun = Instant::now();
        let own = state(begun);
        let at = |seconds| own.left(begun + Duration::from_secs(seconds)).map(|t| t.as_secs());
        assert_eq!(at(60), Some(480), "an eighth of the rest took a minute");
        assert_eq!(at(100), Some(440), "the clock goes on within a block");
        assert_eq!(at(1_000), Some(0));
        let none = State { expected_done: 0.0, last: begun, ..own };
        assert_eq!(none.left(begun + Duration::from_secs(9)), None);
    }

    #[test]
    fn the_line_says_what_runs_and_fits() {
        let begun = Instant::now();
        let own = state(begun);
        let now = begun + Duration::from_secs(60);
        let whole = "12 of 240 cells, about 8 min left: pingpong/hard/1000";
        assert_eq!(own.line(now, 80), whole);
        assert_eq!(own.line(now, 40), "12 of 240 cells, about 8 min left: pin..");
        let first = State { done: 0, expected_done: 0.0, ..own };
        assert_eq!(first.line(now, 80), "0 of 240 cells: pingpong/hard/1000");
    }

    #[test]
    fn times_that_are_left_are_round() {
        let said = [0.0, 4.9, 6.0, 57.0, 58.0, 150.0, 3_500.0, 3_600.0, 9_000.0]
            .map(|seconds| about(Duration::from_secs_f64(seconds)));
        assert_eq!(
            said,
            [
                "a few seconds",
                "a few seconds",
                "about 5 s",
                "about 55 s",
                "about 1 min",
                "about 2 min",
                "about 58 min",
                "about 1.0 h",
                "about 2.5 h"
            ]
        );
    }

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
