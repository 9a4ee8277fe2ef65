//! What a case that does not come back has done so far, asked from another thread of its process.
//!
//! ```text
//!   compare -> Wanted   what the program has to do
//!   record  -> Trace    what its tasklets did, and the operations that they are in   --> report
//!   free    -> Trace    the history of a case without an exact order
//! ```
//!
//! The case that hangs may hold any lock, so that nothing here waits for one.

use std::sync::{Arc, Mutex, PoisonError, TryLockError, Weak};

use crate::differ::{first_difference, listing};
use crate::{Event, Program};

/// Events and operations that are shown.
const SHOWN: usize = 12;
/// Events that the model would go on with.
const AHEAD: usize = 4;
/// Statements that are named.
const LIKELY: usize = 3;

/// Something that tells what a case has done.
pub(crate) trait Trace: Send + Sync {
    /// What it has done; nothing while that is being written.
    fn so_far(&self) -> Option<SoFar>;
}

/// What a case has done.
pub(crate) enum SoFar {
    /// A program: its events, and the operations that are open.
    Program(Vec<Event>, Vec<Open>),
    /// Something without an exact order, in words.
    Words(String),
}

/// An operation that a tasklet has begun and not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) tasklet: String,
    /// Its label, as events show it.
    pub(crate) at: String,
    /// Its name and arguments.
    pub(crate) op: String,
    /// Number of events when it began.
    pub(crate) since: usize,
}

/// What a program has to do.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) covers: Vec<String>,
    pub(crate) program: Program,
    pub(crate) expected: Vec<Event>,
}

static WANTED: Mutex<Option<Wanted>> = Mutex::new(None);
static TRACES: Mutex<Vec<Weak<dyn Trace>>> = Mutex::new(Vec::new());

/// Says what the program that runs next has to do, or that it is over.
pub(crate) fn want(wanted: Option<Wanted>) {
    *WANTED.lock().unwrap_or_else(PoisonError::into_inner) = wanted;
}

/// Says where what happens is written; forgotten when it is dropped.
pub(crate) fn watch(trace: Weak<dyn Trace>) {
    let mut traces = TRACES.lock().unwrap_or_else(PoisonError::into_inner);
    traces.retain(|trace| trace.strong_count() > 0);
    traces.push(trace);
}

/// The sentence of a statement; empty for an unknown id.
type Sentence = fn(&str) -> &'static str;

/// What the case has done, if anything knows. The innermost of several is told.
pub(crate) fn report(sentence: Sentence) -> Option<String> {
    let upgraded = |traces: &Vec<_>| traces.iter().filter_map(Weak::upgrade).collect();
    let traces: Vec<Arc<dyn Trace>> = look(&TRACES, upgraded)?;
    let so_far = traces.iter().rev().find_map(|trace| trace.so_far())?;
    match so_far {
        SoFar::Words(words) => Some(words),
        SoFar::Program(events, open) => {
            let wanted = look(&WANTED, Option::clone).flatten();
            Some(told(wanted.as_ref(), &events, &open, sentence))
        }
    }
}

/// Looks behind a lock; nothing if it is taken for longer than this thread tries.
pub(crate) fn look<T, R>(mutex: &Mutex<T>, at: impl FnOnce(&T) -> R) -> Option<R> {
    for _ in 0..1000 {
        match mutex.try_lock() {
            Ok(inside) => return Some(at(&inside)),
            Err(TryLockError::Poisoned(inside)) => return Some(at(inside.get_ref())),
            Err(TryLockError::WouldBlock) => std::thread::yield_now(),
        }
    }
    None
}

/// The text about a program that does not go on.
fn told(wanted: Option<&Wanted>, events: &[Event], open: &[Open], sentence: Sentence) -> String {
    let mut text = String::new();
    if let Some(wanted) = wanted {
        text.push_str(&format!("program\n{}\n", listing(&wanted.program)));
    }
    text.push_str("history so far\n");
    let first = events.len().saturating_sub(SHOWN);
    if first > 0 {
        text.push_str(&format!("  {first} before these\n"));
    }
    push_events(&mut text, events, first..events.len());
    text.push_str("\nopen operations\n");
    for Open { tasklet, at, op, since } in open {
        text.push_str(&format!("  {tasklet} is in {at}: {op}, since event {since}\n"));
    }
    if open.is_empty() {
        text.push_str("  none: no tasklet waits, and none runs\n");
    }
    if let Some(wanted) = wanted {
        push_model(&mut text, wanted, events, open, sentence);
    }
    text.trim_end().to_owned()
}

fn push_events(text: &mut String, events: &[Event], range: std::ops::Range<usize>) {
    for (at, event) in events.iter().enumerate().take(range.end).skip(range.start) {
        text.push_str(&format!("  {:>6}  {event}\n", at + 1));
    }
    if range.is_empty() {
        text.push_str("  nothing\n");
    }
}

/// What the model would do next, and the statements that say so.
fn push_model(
    text: &mut String,
    wanted: &Wanted,
    events: &[Event],
    open: &[Open],
    sentence: Sentence,
) {
    let Wanted { covers, expected, .. } = wanted;
    let likely = match first_difference(expected, events) {
        Some(at) if at < events.len() => {
            text.push_str(&format!("\nthe model has, instead of event {}\n", at + 1));
            push_events(text, expected, at..expected.len().min(at + AHEAD));
            likely(covers, expected.get(at..).unwrap_or_default(), &[])
        }
        Some(at) => {
            text.push_str("\nthe model goes on with\n");
            push_events(text, expected, at..expected.len().min(at + AHEAD));
            likely(covers, &expected[at..], open)
        }
        None => {
            text.push_str("\nthe model has nothing more: main has ended\n");
            vec!["C051".to_owned(), "C044".to_owned()]
        }
    };
    text.push_str("\nlikely\n");
    for id in likely.iter().take(LIKELY) {
        text.push_str(&format!("  {id}  {}\n", sentence(id)));
    }
}

/// The statements that are likely to be broken: that of the operation which should end next, then
/// those that the program is about.
fn likely(covers: &[String], ahead: &[Event], open: &[Open]) -> Vec<String> {
    let next = ahead.iter().find_map(tasklet_of);
    let waits = next.and_then(|next| open.iter().find(|open| open.tasklet == next));
    let own = waits.map_or("C021", |open| ends(open.op.split(' ').next().unwrap_or_default()));
    let mut ids = vec![own.to_owned()];
    ids.extend(covers.iter().filter(|id| *id != own).cloned());
    ids
}

/// The tasklet that an event is of; none for what callbacks see.
fn tasklet_of(event: &Event) -> Option<&str> {
    match event {
        Event::Begin { tasklet, .. }
        | Event::Gave { tasklet, .. }
        | Event::Raised { tasklet, .. }
        | Event::Caught { tasklet, .. }
        | Event::Item { tasklet, .. }
        | Event::IterationEnd { tasklet, .. }
        | Event::End { tasklet } => Some(tasklet),
        Event::Exit { .. } => Some("main"),
        Event::Switch { .. } | Event::Operation { .. } | Event::Handled { .. } => None,
    }
}

/// The statement about how an operation ends for a tasklet that waits in it.
fn ends(op: &str) -> &'static str {
    match op {
        "recv" | "next" | "iter" => "C105",
        "send" | "send_seq" => "C106",
        "send_exc" | "send_throw" => "C115",
        "schedule_remove" => "C025",
        "RUN" => "C050",
        "run" => "C035",
        "switch" => "C039",
        "kill" | "throw" | "raise_exc" => "C140",
        _ => "C021",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Json, Vector, basic};

    fn begin(tasklet: &str, at: &str, op: &str) -> Event {
        Event::Begin { tasklet: tasklet.into(), at: at.into(), op: op.into() }
    }

    fn gave(tasklet: &str, at: &str) -> Event {
        Event::Gave { tasklet: tasklet.into(), at: at.into(), value: Json::Null }
    }

    const LINE: &str = r#"{
        "id": "w", "about": "", "covers": ["C104"], "tags": [], "callbacks": [],
        "bodies": {"w": [["recv", "c"]]},
        "main": [["spawn", "t", "w"], ["schedule"], ["send", "c", 1]], "trace": []
    }"#;

    fn open(tasklet: &str, at: &str, op: &str, since: usize) -> Open {
        Open { tasklet: tasklet.into(), at: at.into(), op: op.into(), since }
    }

    #[test]
    fn a_receiver_that_is_not_woken_is_named_with_what_should_follow() {
        let program = Vector::from_line(LINE).expect("a recording").program;
        let events = vec![begin("t", "0", "recv"), begin("main", "2", "send"), gave("main", "2")];
        let mut expected = events.clone();
        expected.extend([gave("t", "0"), Event::End { tasklet: "t".into() }]);
        let wanted = Wanted { covers: vec!["C104".into()], program, expected };
        let text = told(Some(&wanted), &events, &[open("t", "0", "recv c", 1)], basic::sentence);
        let (_, text) = text.split_once("\nhistory").expect("the program comes first");
        assert_eq!(
            text,
            " so far\n\
             \x20      1  t 0: recv\n\
             \x20      2  main 2: send\n\
             \x20      3  main 2 = null\n\
             \n\
             open operations\n\
             \x20 t is in 0: recv c, since event 1\n\
             \n\
             the model goes on with\n\
             \x20      4  t 0 = null\n\
             \x20      5  t ends\n\
             \n\
             likely\n\
             \x20 C105  Preference receiver: send lets the waiting receiver run now.\n\
             \x20 C104  Waiting tasklets are served in the order in which they blocked."
        );
    }

    #[test]
    fn a_program_that_departs_before_it_hangs_shows_where() {
        let program = Vector::from_line(LINE).expect("a recording").program;
        let expected = vec![begin("t", "0", "recv"), gave("t", "0")];
        let wanted = Wanted { covers: vec!["C104".into()], program, expected };
        let text = told(Some(&wanted), &[begin("main", "1", "schedule")], &[], basic::sentence);
        assert!(
            text.contains("\nthe model has, instead of event 1\n       1  t 0: recv\n"),
            "{text}"
        );
        assert!(text.contains("  none: no tasklet waits, and none runs\n"), "{text}");
    }

    #[test]
    fn a_lock_that_is_held_is_not_waited_for() {
        let mutex = Mutex::new(1);
        let held = mutex.lock();
        assert_eq!(look(&mutex, |n| *n), None);
        drop(held);
        assert_eq!(look(&mutex, |n| *n), Some(1));
    }

    #[test]
    fn every_statement_of_an_operation_is_one() {
        for op in
            ["recv", "send", "send_exc", "schedule_remove", "RUN", "run", "switch", "kill", ""]
        {
            assert!(!basic::sentence(ends(op)).is_empty(), "{op}");
        }
    }
}
