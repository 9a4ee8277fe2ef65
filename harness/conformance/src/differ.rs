//! The text of a failure: what must hold, the program, and both traces side by side.

use std::fmt::Write as _;

use crate::{Event, Op, Program, statements};

/// Events shown before the first difference.
const BEFORE: usize = 3;
/// Events shown from the first difference on.
const AFTER: usize = 5;
/// Widest column of events, in characters.
const WIDEST: usize = 84;

/// A program, the trace it must have, and why.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'a> {
    /// Name of the trial.
    pub name: &'a str,
    /// The situation in words; may be empty.
    pub about: &'a str,
    /// Ids of the statements it pins.
    pub covers: &'a [String],
    /// What was run.
    pub program: &'a Program,
    /// The trace it must have.
    pub expected: &'a [Event],
    /// Where that trace is from: `recorded`, or `model` for changed rules.
    pub source: &'a str,
}

/// Position of the first difference, from 0.
#[must_use]
pub fn first_difference(expected: &[Event], actual: &[Event]) -> Option<usize> {
    let common = expected.iter().zip(actual).take_while(|(e, a)| e == a).count();
    (common < expected.len().max(actual.len())).then_some(common)
}

/// How the actual trace departs first, without what differs from program to program: names,
/// labels, values. `None` if it does not.
#[must_use]
pub fn departure(expected: &[Event], actual: &[Event]) -> Option<String> {
    let at = first_difference(expected, actual)?;
    let shape = |trace: &[Event]| trace.get(at).map_or("nothing".to_owned(), |e| shape(trace, e));
    Some(format!("{} instead of {}", shape(actual), shape(expected)))
}

/// What an event is, without names, labels and values.
fn shape(trace: &[Event], event: &Event) -> String {
    let op = |tasklet: &String, at: &String| {
        let begun = |earlier: &&Event| matches!(earlier, Event::Begin { tasklet: t, at: a, .. } if t == tasklet && a == at);
        match trace.iter().find(begun) {
            Some(Event::Begin { op, .. }) => op.clone(),
            _ => "iter".to_owned(),
        }
    };
    match event {
        Event::Begin { op, .. } => format!("a beginning {op}"),
        Event::Gave { tasklet, at, .. } => format!("a result of {}", op(tasklet, at)),
        Event::Raised { tasklet, at, error } => format!("{error} from {}", op(tasklet, at)),
        Event::Caught { error, .. } => format!("a caught {error}"),
        Event::Item { .. } => "an item".to_owned(),
        Event::IterationEnd { .. } => "the end of the items".to_owned(),
        Event::End { tasklet } if tasklet == "main" => "the end of main".to_owned(),
        Event::End { .. } => "the end of a tasklet".to_owned(),
        Event::Exit { error } => format!("main ending by {error}"),
        Event::Switch { .. } => "a switch".to_owned(),
        Event::Operation { sending, blocks, .. } => format!(
            "a callback that a {} {}",
            if *sending { "send" } else { "receive" },
            if *blocks { "will block" } else { "meets a peer" }
        ),
        Event::Handled { error, .. } => format!("a handled {error}"),
    }
}

/// What is wrong with the actual trace of a case; `None` if nothing is.
#[must_use]
pub fn explain(case: &Comparison<'_>, actual: &[Event]) -> Option<String> {
    let at = first_difference(case.expected, actual)?;
    let mut text = String::new();
    write_case(&mut text, case, at, actual).ok()?;
    Some(text)
}

fn write_case(
    text: &mut String,
    case: &Comparison<'_>,
    at: usize,
    actual: &[Event],
) -> Result<(), std::fmt::Error> {
    let total = case.expected.len();
    writeln!(text, "{}: the traces differ from event {} of {total}", case.name, at + 1)?;
    if !case.about.is_empty() {
        writeln!(text, "{}", case.about)?;
    }
    if !case.covers.is_empty() {
        writeln!(text, "\nmust hold")?;
        for id in case.covers {
            let sentence = statements::find(id).map_or("(no such statement)", |s| s.sentence);
            writeln!(text, "  {id}  {sentence}")?;
        }
    }
    writeln!(text, "\nprogram")?;
    text.push_str(&listing(case.program));
    writeln!(text, "\nevents")?;
    write_events(text, case, at, actual)?;
    Ok(())
}

/// Both traces around the first difference, which is marked by `>`.
fn write_events(
    text: &mut String,
    case: &Comparison<'_>,
    at: usize,
    actual: &[Event],
) -> std::fmt::Result {
    let longest = case.expected.len().max(actual.len());
    let rows = at.saturating_sub(BEFORE)..longest.min(at + AFTER);
    let shown = |trace: &[Event], i: usize| {
        trace.get(i).map_or_else(|| "(nothing)".to_owned(), Event::to_string)
    };
    let width = rows.clone().map(|i| shown(case.expected, i).chars().count());
    let width = width.chain([case.source.len()]).max().unwrap_or(0).min(WIDEST);
    writeln!(text, "          {:width$}   this backend", case.source)?;
    for i in rows {
        let mark = if i == at { '>' } else { ' ' };
        let (left, right) = (shown(case.expected, i), shown(actual, i));
        writeln!(text, "  {mark} {:>4}  {left:width$}   {right}", i + 1)?;
    }
    Ok(())
}

/// The program with the labels that events show, a line per op.
#[must_use]
pub fn listing(program: &Program) -> String {
    let mut text = String::new();
    let callbacks = [(program.schedule_callback, "sched"), (program.channel_callback, "chan")];
    for (_, name) in callbacks.iter().filter(|(on, _)| *on) {
        text.push_str(&format!("  callback {name}\n"));
    }
    text.push_str("  main\n");
    list(&mut text, &program.main, "", 2);
    for (name, ops) in &program.bodies {
        text.push_str(&format!("  body {name}\n"));
        list(&mut text, ops, "", 2);
    }
    text
}

fn list(text: &mut String, ops: &[Op], prefix: &str, depth: usize) {
    for (i, op) in ops.iter().enumerate() {
        let label = format!("{prefix}{i}");
        let indent = "  ".repeat(depth);
        text.push_str(&format!("{indent}{label:<4} {}\n", words(op)));
        match op {
            Op::Try { body, handler } => {
                list(text, body, &format!("{label}t"), depth + 1);
                list(text, handler, &format!("{label}h"), depth + 1);
            }
            Op::Finally { body, cleanup } => {
                list(text, body, &format!("{label}t"), depth + 1);
                list(text, cleanup, &format!("{label}f"), depth + 1);
            }
            Op::Loop { body, .. } => list(text, body, &format!("{label}."), depth + 1),
            Op::Iterate { body, .. } => list(text, body, &format!("{label}i"), depth + 1),
            _ => {}
        }
    }
}

/// The name of an op and its arguments, without the ops inside it.
pub(crate) fn words(op: &Op) -> String {
    let arguments = op.to_value();
    let plain = arguments.as_array().into_iter().flatten().filter(|argument| {
        let nested = argument.as_array().and_then(|list| list.first());
        !argument.is_array() || nested.is_some_and(|first| !first.is_array())
    });
    let words: Vec<String> =
        plain.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
    words.join(" ")
}
