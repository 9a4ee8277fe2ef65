//! What tasklets did and in which order, as far as one shared counter shows it; no clock is read.
//!
//! ```text
//!   Book ---- one counter for the whole run; every start and every end draws a stamp
//!     |-- Lane "sender 0"    3 ..... 9  send 1          |-----|
//!     |-- Lane "receiver"        5 ....... 12  receive    |-------|
//!                                             the pair overlaps: a rendezvous
//! ```
//!
//! Of two operations whose stamps do not overlap, one certainly came first. A start is drawn
//! before the operation begins and an end after it is complete, so an interval is never shorter
//! than the operation: rules can be broken without being seen, but never seem broken.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use switchback::{Error, Kind};

use super::held::Held;
use super::statements::sentence;
use crate::watch::{self, SoFar, Trace};

/// A value or an error on its way; numbers are unique within a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// Its number.
    pub number: u64,
    /// It is handed over as an error.
    pub error: bool,
}

/// What an operation was to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Hand over an item.
    Send(Item),
    /// Take whatever comes.
    Receive,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The item was handed over.
    Sent,
    /// This one was taken.
    Took(Item),
    /// Neither; the operation failed.
    Failed(Kind),
}

/// One operation of one tasklet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Number of the channel in the program.
    pub channel: u32,
    /// What it was to do.
    pub act: Act,
    /// Stamp from before it began.
    pub start: u64,
    /// Stamp from after it was complete, and what came of it; none if it never was.
    pub end: Option<(u64, Outcome)>,
}

/// What one tasklet did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track {
    /// Name of the tasklet.
    pub name: String,
    /// In the order in which it recorded them.
    pub operations: Vec<Operation>,
    /// What cannot happen to a tasklet that is executed once and by one thread at a time (N12).
    pub faults: Vec<String>,
}

/// What all tasklets of a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// One per tasklet.
    pub tracks: Vec<Track>,
}

impl History {
    /// All operations with the number of their tasklet.
    pub fn operations(&self) -> impl Iterator<Item = (usize, &Operation)> {
        let with = |(lane, track)| Track::operations_of(track).map(move |op| (lane, op));
        self.tracks.iter().enumerate().flat_map(with)
    }

    /// The operations that touch the stamps from `first` to `last`, in the order of their starts.
    #[must_use]
    pub fn excerpt(&self, first: u64, last: u64) -> String {
        let ends = |op: &Operation| op.end.map_or(u64::MAX, |(end, _)| end);
        let touches = |op: &Operation| op.start <= last && ends(op) >= first;
        let mut shown: Vec<_> = self.operations().filter(|(_, op)| touches(op)).collect();
        shown.sort_by_key(|(_, op)| op.start);
        let more = shown.len().saturating_sub(EXCERPT);
        shown.truncate(EXCERPT);
        let line =
            |(lane, op): (usize, &Operation)| format!("  {op}  {}\n", self.tracks[lane].name);
        let mut text: String = shown.into_iter().map(line).collect();
        if more > 0 {
            text.push_str(&format!("  and {more} more\n"));
        }
        text
    }
}

/// Most operations that an excerpt shows.
const EXCERPT: usize = 16;

impl Track {
    fn operations_of(&self) -> std::slice::Iter<'_, Operation> {
        self.operations.iter()
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:x}", if self.error { "error " } else { "" }, self.number)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.end.map_or("..".to_owned(), |(end, _)| end.to_string());
        write!(f, "{:>6} {end:<6} channel {}: ", self.start, self.channel)?;
        match self.act {
            Act::Send(item) => write!(f, "send {item}"),
            Act::Receive => f.write_str("receive"),
        }?;
        match self.end {
            None => f.write_str(", never complete"),
            Some((_, Outcome::Sent)) => Ok(()),
            Some((_, Outcome::Took(item))) => write!(f, " {item}"),
            Some((_, Outcome::Failed(kind))) => write!(f, ", failed: {kind:?}"),
        }
    }
}

/// Where tasklets write while they run.
#[derive(Debug, Default)]
pub(super) struct Book {
    clock: Arc<AtomicU64>,
    lanes: Mutex<Vec<Lane>>,
}

/// The pen of one tasklet.
pub(super) type Lane = Held<Pen>;

#[derive(Debug)]
pub(super) struct Pen {
    clock: Arc<AtomicU64>,
    /// The tasklet is between two operations, so a thread executes it.
    running: AtomicBool,
    track: Mutex<Track>,
}

impl Book {
    /// One that is looked at if the case does not come back.
    pub(super) fn watched() -> Held<Self> {
        let book = Held::new(Self::default());
        watch::watch(book.weak() as Weak<dyn Trace>);
        book
    }

    /// The pen of a new tasklet.
    pub(super) fn lane(&self, name: impl Into<String>) -> Lane {
        let track = Track { name: name.into(), ..Track::default() };
        let (clock, running) = (Arc::clone(&self.clock), AtomicBool::new(true));
        let lane = Held::new(Pen { clock, running, track: Mutex::new(track) });
        lock(&self.lanes).push(lane.clone());
        lane
    }

    /// What was written so far.
    pub(super) fn history(&self) -> History {
        let tracks = lock(&self.lanes).iter().map(|lane| lock(&lane.track).clone()).collect();
        History { tracks }
    }
}

impl Trace for Book {
    fn so_far(&self) -> Option<SoFar> {
        let tracks = watch::look(&self.lanes, |lanes| {
            let track = |lane: &Lane| watch::look(&lane.track, Track::clone);
            lanes.iter().map(track).collect::<Option<Vec<Track>>>()
        })?;
        Some(SoFar::Words(stuck(&History { tracks: tracks? })))
    }
}

/// The text about a history that does not go on.
fn stuck(history: &History) -> String {
    let mut all: Vec<_> = history.operations().collect();
    all.sort_by_key(|(_, op)| op.start);
    let mut text = "history so far\n".to_owned();
    let hidden = all.len().saturating_sub(EXCERPT);
    if hidden > 0 {
        text.push_str(&format!("  {hidden} before these\n"));
    }
    let name = |lane: usize| history.tracks[lane].name.as_str();
    for (lane, op) in &all[hidden..] {
        text.push_str(&format!("  {op}  {}\n", name(*lane)));
    }
    if all.is_empty() {
        text.push_str("  nothing\n");
    }
    text.push_str("\nopen operations\n");
    let open: Vec<_> = all.iter().filter(|(_, op)| op.end.is_none()).collect();
    for (lane, Operation { channel, act, start, .. }) in &open {
        let act = match act {
            Act::Send(item) => format!("send {item}"),
            Act::Receive => "receive".to_owned(),
        };
        let name = name(*lane);
        text.push_str(&format!("  {name} is in channel {channel}: {act}, since {start}\n"));
    }
    if open.is_empty() {
        text.push_str("  none\n");
    }
    let sends = |op: &Operation| matches!(op.act, Act::Send(_));
    let meets = |(_, op): &&&(usize, &Operation)| {
        sends(op) && open.iter().any(|(_, peer)| peer.channel == op.channel && !sends(peer))
    };
    let (next, likely) = match (open.iter().find(meets), open.is_empty()) {
        (Some((lane, op)), _) => {
            let (name, channel) = (name(*lane), op.channel);
            let meeting = format!(
                "the send of {name} and a receive on channel {channel}: both wait, and meet"
            );
            (meeting, ["N09", "N01"])
        }
        (None, true) => ("the tasklets between two operations".to_owned(), ["N16", "N14"]),
        (None, false) => {
            ("nothing: what is open has no peer, and main is told of it".to_owned(), ["N24", "N09"])
        }
    };
    text.push_str(&format!("\nthe model goes on with\n  {next}\n\nlikely"));
    for id in likely {
        text.push_str(&format!("\n  {id}  {}", sentence(id)));
    }
    text
}

impl Pen {
    /// Before operation number `step` of this tasklet, counted by its own body.
    pub(super) fn begin(&self, step: u64, channel: u32, act: Act) {
        let start = self.clock.fetch_add(1, SeqCst);
        let mut track = lock(&self.track);
        if !self.running.swap(false, SeqCst) {
            track.faults.push(format!("step {step} begins inside another one"));
        }
        if track.operations.len() as u64 != step {
            let done = track.operations.len();
            track.faults.push(format!("step {step} begins after {done} steps"));
        }
        track.operations.push(Operation { channel, act, start, end: None });
    }

    /// After the operation that began last.
    pub(super) fn end(&self, outcome: Outcome) {
        let mut track = lock(&self.track);
        if self.running.swap(true, SeqCst) {
            track.faults.push("a step ends that has ended".to_owned());
        }
        let end = self.clock.fetch_add(1, SeqCst);
        if let Some(operation) = track.operations.last_mut() {
            operation.end = Some((end, outcome));
        }
    }

    /// What came of a send.
    pub(super) fn sent(&self, result: &Result<(), Error>) {
        self.end(match result {
            Ok(()) => Outcome::Sent,
            Err(error) => Outcome::Failed(error.kind()),
        });
    }

    /// What came of a receive.
    pub(super) fn took(&self, result: &Result<u64, Error>) {
        self.end(match result {
            Ok(number) => Outcome::Took(Item { number: *number, error: false }),
            Err(error) => match number_of(error) {
                Some(number) => Outcome::Took(Item { number, error: true }),
                None => Outcome::Failed(error.kind()),
            },
        });
    }
}

/// How the error with that number is called.
pub(super) fn error(number: u64) -> Error {
    Error::new(format!("item {number}"), "")
}

/// The number of an item that came as an error.
pub(super) fn number_of(error: &Error) -> Option<u64> {
    error.name().strip_prefix("item ")?.parse().ok()
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
