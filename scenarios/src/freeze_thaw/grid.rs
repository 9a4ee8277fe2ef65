//! Freezing and thawing programs in pairs, and whether events were the same as without freezing.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Serialize;
use switchback_soft::Soft;

use super::{End, Part, Trip, worker};
use crate::matrix::{Nothing, backends};
use crate::{pickle, scenario::NOT_PORTABLE, snapshot};

/// Version of the format of the results.
pub const SCHEMA: u32 = 1;
/// Points at which programs are stopped; more would be a journey without end.
const MOST_POINTS: usize = 10_000;

/// All results.
#[derive(Debug, Serialize)]
pub struct Grid {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Each pair of a freezing and a thawing program.
    pub cells: Vec<Cell>,
    /// What pickles take.
    pub sizes: Vec<Size>,
}

/// One pair of a freezing and a thawing program.
#[derive(Debug, Serialize)]
pub struct Cell {
    /// Name of the backend.
    pub backend: String,
    /// Which build froze.
    pub dumped_by: String,
    /// Which build thawed, and whether in the same process.
    pub resumed_in: String,
    /// `pass`, `fail` or `unsupported`.
    pub verdict: &'static str,
    /// Computations that were walked.
    pub journeys: usize,
    /// Points from which they went on.
    pub points: usize,
    /// What failed, or why it is unsupported.
    pub detail: String,
}

/// What a pickle takes.
#[derive(Debug, Serialize)]
pub struct Size {
    /// What is in it.
    pub what: &'static str,
    /// How many of it.
    pub count: u64,
    /// Length of the pickle in bytes.
    pub bytes: u64,
}

impl Grid {
    /// Whether no cell fails.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.cells.iter().all(|cell| cell.verdict != "fail")
    }

    /// The results as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for cell in &self.cells {
            let Cell { backend, dumped_by, resumed_in, verdict, journeys, points, detail } = cell;
            write!(f, "{verdict:<12} {backend:<18} {dumped_by} -> {resumed_in}")?;
            match *verdict {
                "unsupported" => writeln!(f)?,
                "pass" => writeln!(f, ": {journeys} journeys, {points} points")?,
                _ => writeln!(f, ": {detail}")?,
            }
        }
        for Size { what, count, bytes } in &self.sizes {
            writeln!(f, "{count} {what}: {bytes} bytes")?;
        }
        Ok(())
    }
}

/// Fills the grid: each named program freezes, and thaws what each of them froze.
///
/// # Errors
/// If a worker cannot be started or a recording cannot be read.
pub fn fill(peers: &[(&str, &str)]) -> Result<Grid, String> {
    let trips = known_trips()?;
    let mut cells = Vec::new();
    for &(from, program) in peers {
        let mut same = Worker::start(program)?;
        cells.push(cell(from, "same process".to_owned(), walk_alone(&trips, &mut same)));
        for &(to, other) in peers {
            let (mut first, mut second) = (Worker::start(program)?, Worker::start(other)?);
            let where_to = format!("another process, {to} build");
            cells.push(cell(from, where_to, walk(&trips, &mut first, &mut second)));
        }
    }
    let columns = backends::<Nothing>();
    for column in columns.iter().filter(|column| !column.capabilities().portable) {
        cells.push(Cell {
            backend: column.name.to_owned(),
            dumped_by: "any build".to_owned(),
            resumed_in: "anywhere".to_owned(),
            verdict: "unsupported",
            journeys: 0,
            points: 0,
            detail: NOT_PORTABLE.to_owned(),
        });
    }
    Ok(Grid { schema: SCHEMA, cells, sizes: sizes().map_err(|error| error.to_string())? })
}

fn sizes() -> Result<Vec<Size>, switchback::Error> {
    const CALLS: u32 = 1_000;
    const WAITING: u64 = 100_000;
    let calls = pickle::size::<Soft>(CALLS)? as u64;
    let waiting = snapshot::size::<Soft>(WAITING)? as u64;
    Ok(vec![
        Size { what: "calls of one suspended recursion", count: CALLS.into(), bytes: calls },
        Size { what: "blocked tasklets", count: WAITING, bytes: waiting },
    ])
}

/// A trip, its name, and what must happen.
type Known = (String, Part);

fn known_trips() -> Result<Vec<Known>, String> {
    let known = Trip::all()?.into_iter().filter_map(|(name, trip)| {
        let expected = trip.expected().map_err(|error| format!("{name}: {error}")).transpose()?;
        Some(expected.map(|expected| (name, expected)))
    });
    known.collect()
}

/// Journeys and points, or the first thing that went wrong.
type Walked = Result<(usize, usize), (usize, usize, String)>;

fn cell(from: &str, resumed_in: String, walked: Walked) -> Cell {
    let (verdict, journeys, points, detail) = match walked {
        Ok((journeys, points)) => ("pass", journeys, points, String::new()),
        Err((journeys, points, why)) => ("fail", journeys, points, why),
    };
    Cell {
        backend: "soft".to_owned(),
        dumped_by: format!("{from} build"),
        resumed_in,
        verdict,
        journeys,
        points,
        detail,
    }
}

fn walk_alone(trips: &[Known], worker: &mut Worker) -> Walked {
    walk_all(trips, |line, _| worker.ask(line))
}

fn walk(trips: &[Known], first: &mut Worker, second: &mut Worker) -> Walked {
    walk_all(trips, |line, thaws| if thaws { second.ask(line) } else { first.ask(line) })
}

/// Walks all trips: `ask` sends a command to the freezing worker, or with `true` to the thawing
/// one.
fn walk_all(trips: &[Known], mut ask: impl FnMut(&str, bool) -> Result<Part, String>) -> Walked {
    let mut points = 0;
    for (journeys, (name, expected)) in trips.iter().enumerate() {
        let fails = |points, why| (journeys, points, format!("{name}, point {points}: {why}"));
        let mut events: Vec<String> = Vec::new();
        let mut part = ask(&format!("step {name}"), false).map_err(|why| fails(points, why))?;
        for _ in 0..MOST_POINTS {
            events.append(&mut part.events);
            let End::At(bytes) = &part.end else { break };
            points += 1;
            let bytes = worker::hexadecimal(bytes);
            let mut rest =
                ask(&format!("end {name} {bytes}"), true).map_err(|why| fails(points, why))?;
            rest.events.splice(0..0, events.iter().cloned());
            if rest != *expected {
                return Err(fails(points, differs(expected, &rest)));
            }
            part = ask(&format!("step {name} {bytes}"), false).map_err(|why| fails(points, why))?;
        }
        if (Part { events, end: part.end.clone() }) != *expected {
            return Err(fails(points, "the walk itself ended otherwise".to_owned()));
        }
    }
    Ok((trips.len(), points))
}

fn differs(expected: &Part, found: &Part) -> String {
    let pairs = expected.events.iter().zip(&found.events);
    match pairs.into_iter().position(|(expected, found)| expected != found) {
        Some(at) => format!("{} instead of {}", found.events[at], expected.events[at]),
        None => format!(
            "{} events and {:?} instead of {} and {:?}",
            found.events.len(),
            found.end,
            expected.events.len(),
            expected.end
        ),
    }
}

/// A process that freezes and thaws. It ends when its input does.
struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Worker {
    fn start(program: &str) -> Result<Self, String> {
        let mut child = Command::new(program)
            .arg("worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or_else(|| format!("{program} has no output"))?;
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    fn ask(&mut self, line: &str) -> Result<Part, String> {
        let input = self.input.as_mut().ok_or("a worker without input")?;
        writeln!(input, "{line}").map_err(|error| format!("the worker is gone: {error}"))?;
        let mut answer = String::new();
        self.output.read_line(&mut answer).map_err(|error| error.to_string())?;
        if answer.is_empty() {
            return Err("the worker ended without an answer".to_owned());
        }
        worker::read(&answer)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
