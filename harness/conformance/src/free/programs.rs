//! The rules without an order, on programs of the scenario language: for those that run programs and
//! nothing else.
//!
//! ```text
//!   Program --subject--> events --operations of each tasklet--> History --> rules
//!                          position of an event = its stamp
//! ```
//!
//! The programs consist of `spawn`, `schedule`, `send`, `recv` and `log`, and end by themselves: each
//! tasklet uses channels that have as many sends as receives.

use std::collections::BTreeMap;

use super::history::{Act, History, Item, Operation, Outcome, Track};
use super::rules;
use super::tools::{Random, each_seed, refusal};
use crate::case::{Case, Failure, group};
use crate::differ::listing;
use crate::{Event, Json, Op, Program, Subject};

/// Programs of the case of meetings.
const MEETINGS: u64 = 60;
/// Events that a program needs at most, and far more.
const BUDGET: usize = 4_000;

/// Tasklets that meet on channels.
pub(super) fn meetings(subject: &Subject) -> Case {
    let own = subject.clone();
    let meetings = move || each_seed(MEETINGS, |seed| observe(&own, &meeting(seed)).map(drop));
    let statements = ["N01", "N03", "N04", "N05", "N12"];
    Case::new("free::N01_meetings_of_many", group::FREE, statements, meetings)
}

/// Runs a program whose tasklets all end, and gives its events, which obey the rules.
///
/// # Errors
/// The first rule that they break, or what is missing among them.
pub(crate) fn observe(subject: &Subject, program: &Program) -> Result<Vec<Event>, Failure> {
    let events = subject.play(program, BUDGET)?;
    let shown = |found: &str| {
        let last = events.len().saturating_sub(12);
        let lines: String = events[last..].iter().map(|event| format!("  {event}\n")).collect();
        format!("{found}\n\nprogram\n{}\nlast events\n{lines}", listing(program))
    };
    let refused = |statement, found: &str| refusal(statement, &shown(found));
    let history = history(program, &events).map_err(|found| refused("N12", &found))?;
    let judged = rules::check(&history, subject.capabilities.buffer);
    judged.map_err(|violation| refused(violation.statement, &violation.found))?;
    let taken: Vec<Item> = history
        .operations()
        .filter_map(|(_, operation)| match operation.end {
            Some((_, Outcome::Took(item))) => Some(item),
            _ => None,
        })
        .collect();
    for (_, operation) in history.operations() {
        match (operation.end, operation.act) {
            // Main may end before the sender of what it received last goes on.
            (None, Act::Send(item)) if taken.contains(&item) => {}
            (None, _) => return Err(refused("N09", &format!("{operation}"))),
            (Some((_, Outcome::Failed(_))), _) => {
                return Err(refused("N01", &format!("{operation}; nothing is wrong with it")));
            }
            (Some(_), _) => {}
        }
    }
    if events.last() != Some(&Event::End { tasklet: "main".to_owned() }) {
        return Err(refused(
            "N12",
            "expected the end of main last: what comes after it is left out",
        ));
    }
    Ok(events)
}

/// The operations on channels, by tasklet. Every tasklet must do the ops of its body, each once and
/// in their order.
fn history(program: &Program, events: &[Event]) -> Result<History, String> {
    let mut channels: BTreeMap<&str, u32> = BTreeMap::new();
    let mut lanes: BTreeMap<&str, (usize, Option<usize>, Track)> = BTreeMap::new();
    let bodies: BTreeMap<&str, &str> = program
        .all_ops()
        .filter_map(|op| match op {
            Op::Spawn { tasklet, body } => Some((tasklet.as_str(), body.as_str())),
            _ => None,
        })
        .collect();
    let ops = |tasklet: &str| match bodies.get(tasklet) {
        Some(body) => Some(program.ops(Some(body))),
        None if tasklet == "main" => Some(program.ops(None)),
        None => None,
    };
    for (stamp, event) in events.iter().enumerate() {
        let (Event::Begin { tasklet, .. }
        | Event::Gave { tasklet, .. }
        | Event::Raised { tasklet, .. }
        | Event::End { tasklet }) = event
        else {
            return Err(format!("event {}, `{event}`, is none of this program", stamp + 1));
        };
        let unexpected =
            |wanted: &str| format!("event {}, `{event}`: expected {wanted}", stamp + 1);
        let known = ops(tasklet).ok_or_else(|| unexpected("a tasklet of the program"))?;
        let (at, begun, track) = lanes
            .entry(tasklet)
            .or_insert_with(|| (0, None, Track { name: tasklet.clone(), ..Track::default() }));
        let op = known.get(*at);
        let stamp = stamp as u64;
        match (event, op) {
            (Event::Begin { at: label, op: name, .. }, Some(op)) => {
                if begun.is_some() || *label != at.to_string() || name != op.name() {
                    return Err(unexpected(&format!("op {at}, {}, once", op.name())));
                }
                *begun = Some(track.operations.len());
                let act = match op {
                    Op::Send { channel, value } => Some((channel, Act::Send(item(channel, value)))),
                    Op::Receive { channel } => Some((channel, Act::Receive)),
                    _ => None,
                };
                if let Some((name, act)) = act {
                    let next = channels.len() as u32;
                    let channel = *channels.entry(name).or_insert(next);
                    track.operations.push(Operation { channel, act, start: stamp, end: None });
                }
            }
            (Event::Gave { at: label, value, .. }, Some(op))
                if begun.is_some() && *label == at.to_string() =>
            {
                let outcome = match op {
                    Op::Send { .. } => Some(Outcome::Sent),
                    Op::Receive { channel } => Some(Outcome::Took(item(channel, value))),
                    Op::Log { value: wanted } if wanted != value => {
                        return Err(unexpected(&format!("the value {wanted}")));
                    }
                    _ => None,
                };
                if let (Some(outcome), Some(operation)) = (outcome, track.operations.last_mut()) {
                    operation.end = Some((stamp, outcome));
                }
                (*at, *begun) = (*at + 1, None);
            }
            (Event::End { .. }, None) if *at == known.len() => *at += 1,
            (_, Some(op)) => {
                return Err(unexpected(&format!("the course of op {at}, {}", op.name())));
            }
            (_, None) => return Err(unexpected("nothing of a tasklet that has ended")),
        }
    }
    for tasklet in bodies.keys() {
        let begun =
            lanes.get(tasklet).map_or(0, |(at, begun, _)| at + usize::from(begun.is_some()));
        if begun < ops(tasklet).map_or(0, <[Op]>::len) {
            return Err(format!("{tasklet} has begun {begun} of its ops when main ends"));
        }
    }
    Ok(History { tracks: lanes.into_values().map(|(.., track)| track).collect() })
}

/// A value on a channel. The programs send no value twice on one channel.
fn item(channel: &str, value: &Json) -> Item {
    let number = match value {
        Json::Int(number) => *number as u64,
        _ => u64::MAX,
    };
    // What is sent on one channel has numbers of its own.
    let mixed = channel.bytes().fold(number, |sum, byte| sum.wrapping_mul(31) ^ u64::from(byte));
    Item { number: mixed, error: false }
}

/// Senders and receivers that meet on a few channels. Main waits for all of them.
fn meeting(seed: u64) -> Program {
    let mut random = Random(seed ^ 0x6D65_6574);
    let mut program = Program::default();
    let mut value = 0;
    let mut tasklets = 0;
    for channel in 0..1 + random.below(3) {
        let channel = format!("c{channel}");
        let values = 1 + random.below(20);
        for sends in [true, false] {
            let mut left = values;
            while left > 0 {
                let share = 1 + random.below(left);
                left -= share;
                let mut ops = Vec::new();
                for _ in 0..share {
                    if random.below(3) == 0 {
                        ops.push(Op::Schedule { value: None });
                    }
                    ops.push(if sends {
                        value += 1;
                        Op::Send { channel: channel.clone(), value: Json::Int(value) }
                    } else {
                        Op::Receive { channel: channel.clone() }
                    });
                }
                ops.push(Op::Log { value: Json::Int(tasklets) });
                let (done, number) = ("done".to_owned(), Json::Int(tasklets));
                ops.push(Op::Send { channel: done, value: number });
                let name = format!("t{tasklets}");
                let spawn = Op::Spawn { tasklet: name.clone(), body: name.clone() };
                program.main.insert(random.below(tasklets as u64 + 1) as usize, spawn);
                program.bodies.insert(name, ops);
                tasklets += 1;
            }
        }
    }
    for _ in 0..tasklets {
        program.main.push(Op::Receive { channel: "done".to_owned() });
    }
    program
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::free::programs;
    use crate::model::{self, Rules};

    /// Something that changes the events of the model.
    fn subject(change: fn(&mut Vec<Event>)) -> Subject {
        let rules = Rules::backend(false);
        Subject::new(switchback::Capabilities::default(), rules, move |program, budget| {
            let trace = model::run(program, rules, budget).into_trace();
            let mut events = trace.ok_or("the model gives no trace")?;
            change(&mut events);
            Ok(events)
        })
    }

    fn verdicts(change: fn(&mut Vec<Event>)) -> Vec<Result<(), Failure>> {
        programs(&subject(change)).iter().map(Case::run).collect()
    }

    #[test]
    fn the_model_obeys_the_rules() {
        assert_eq!(verdicts(|_| ()), [Ok(()), Ok(())]);
    }

    /// The text of the first failure.
    fn refused(change: fn(&mut Vec<Event>)) -> String {
        let failed = verdicts(change).into_iter().find_map(Result::err);
        failed.expect("a failure").text
    }

    #[test]
    fn events_that_break_a_rule_are_refused() {
        let doubled = refused(|events| {
            let gave = |e: &&mut Event| matches!(e, Event::Gave { tasklet, value: Json::Int(_), .. } if tasklet == "main");
            if let Some(Event::Gave { value, .. }) = events.iter_mut().rev().filter(gave).nth(1) {
                *value = Json::Int(-5);
            }
        });
        assert!(doubled.contains("N01"), "{doubled}");
        let lost = refused(|events| drop(events.remove(events.len() / 2)));
        assert!(lost.contains("N12"), "{lost}");
        let unended = refused(|events| drop(events.pop()));
        assert!(unended.contains("the end of main"), "{unended}");
        let foreign = refused(|events| events.insert(0, Event::End { tasklet: "stranger".into() }));
        assert!(foreign.contains("a tasklet of the program"), "{foreign}");
    }
}
