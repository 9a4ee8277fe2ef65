//! Recorded programs: one JSON object per line, with the trace of the reference.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::program::ops_from_value;
use crate::{Event, Program};

/// A program with the trace that the reference gave.
#[derive(Clone, Debug)]
pub struct Vector {
    /// Name, unique in its file.
    pub id: String,
    /// The situation in words; may be empty.
    pub about: String,
    /// Ids of the statements it pins.
    pub covers: Vec<String>,
    /// Remarks of the recorder, such as `Q1-lost-value`.
    pub tags: Vec<String>,
    /// What to run.
    pub program: Program,
    /// What happened, in order.
    pub trace: Vec<Event>,
}

/// A line that is no recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Name of the file.
    pub file: String,
    /// Number of the line, from 1; 0 if the file as a whole is meant.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.why),
            line => write!(f, "{}, line {line}: {}", self.file, self.why),
        }
    }
}

impl std::error::Error for Malformed {}

/// The object of a line. Other keys are allowed, so that recorders can add their own, and
/// optional ones may be null.
#[derive(Deserialize)]
struct Line {
    id: String,
    about: Option<String>,
    covers: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    bodies: BTreeMap<String, Value>,
    main: Value,
    callbacks: Option<Vec<Callback>>,
    trace: Vec<Value>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Callback {
    Sched,
    Chan,
}

impl Vector {
    /// Reads one line.
    ///
    /// # Errors
    /// Says what is wrong and where in the program.
    pub fn from_line(text: &str) -> Result<Self, String> {
        let line: Line = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let callbacks = line.callbacks.unwrap_or_default();
        let mut program = Program {
            main: ops_from_value(&line.main).map_err(|why| format!("main, {why}"))?,
            bodies: BTreeMap::new(),
            schedule_callback: callbacks.contains(&Callback::Sched),
            channel_callback: callbacks.contains(&Callback::Chan),
        };
        for (name, ops) in line.bodies {
            let ops = ops_from_value(&ops).map_err(|why| format!("body `{name}`, {why}"))?;
            program.bodies.insert(name, ops);
        }
        program.check()?;
        let read = |(i, v)| Event::from_value(v).map_err(|why| format!("event {i}: {why}"));
        let trace = line.trace.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Self {
            id: line.id,
            about: line.about.unwrap_or_default(),
            covers: line.covers.unwrap_or_default(),
            tags: line.tags.unwrap_or_default(),
            program,
            trace,
        })
    }

    /// The line again.
    #[must_use]
    pub fn to_line(&self) -> String {
        let mut line = self.program.to_value();
        line["id"] = json!(self.id);
        line["about"] = json!(self.about);
        line["covers"] = json!(self.covers);
        line["tags"] = json!(self.tags);
        line["trace"] = self.trace.iter().map(Event::to_value).collect();
        line.to_string()
    }
}

/// Reads a file of recordings. Empty lines are skipped.
///
/// # Errors
/// The first malformed line, or a file without a recording.
pub fn parse(file: &str, text: &str) -> Result<Vec<Vector>, Malformed> {
    let malformed = |line, why: String| Malformed { file: file.to_owned(), line, why };
    let mut vectors = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (i, line) in text.lines().enumerate() {
        if !line.trim().is_empty() {
            vectors.push(Vector::from_line(line).map_err(|why| malformed(i + 1, why))?);
        }
    }
    if vectors.is_empty() {
        return Err(malformed(0, "no recording in it".to_owned()));
    }
    Ok(vectors)
}

/// The file of the 104 programs written by hand, each for a situation.
pub(crate) const CORE: &str = include_str!("../vectors/core.jsonl");
/// The file of the 600 random programs.
pub(crate) const FUZZ: &str = include_str!("../vectors/fuzz.jsonl");

/// The 104 programs written by hand, each for a situation.
///
/// # Errors
/// Never for the file that is built in; a test reads it.
pub fn core() -> Result<Vec<Vector>, Malformed> {
    parse("core.jsonl", CORE)
}

/// The 600 random programs: 150 of base operations, 350 of all, 100 with trap and handler.
///
/// # Errors
/// Never for the file that is built in; a test reads it.
pub fn fuzz() -> Result<Vec<Vector>, Malformed> {
    parse("fuzz.jsonl", FUZZ)
}
