//! The rules that a history shows: pairing, payloads, overlap, order.
//!
//! A rule sees only what certainly came before what, so it refuses only what no order of events
//! can explain. Each has a history it refuses in the tests below.

use std::collections::BTreeMap;
use std::fmt;

use super::history::{Act, History, Item, Operation, Outcome};

/// Why a history is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The statement that does not hold.
    pub statement: &'static str,
    /// What was found, and the operations around it.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.statement, self.found)
    }
}

/// A send and the receive that took its item.
#[derive(Clone, Copy, Debug)]
struct Pair<'h> {
    item: Item,
    sender: usize,
    receiver: usize,
    send: &'h Operation,
    receive: &'h Operation,
}

/// A rule: a history and the buffer of its channels.
pub type Rule = fn(&History, u32) -> Result<(), Violation>;

/// All rules with their statements.
pub const ALL: &[(&str, Rule)] = &[
    ("N01", pairing),
    ("N02", payloads),
    ("N03", overlap),
    ("N04", order_of_senders),
    ("N05", order_of_receivers),
    ("N12", program_order),
];

/// Applies all rules.
///
/// # Errors
/// The first violation.
pub fn check(history: &History, buffer: u32) -> Result<(), Violation> {
    ALL.iter().try_for_each(|(_, rule)| rule(history, buffer))
}

fn refuse(
    history: &History,
    statement: &'static str,
    found: String,
    around: &[&Operation],
) -> Violation {
    let first = around.iter().map(|op| op.start).min();
    let last = around.iter().map(|op| op.end.map_or(op.start, |(end, _)| end)).max();
    let excerpt = first.zip(last).map_or(String::new(), |(first, last)| {
        format!("\n\nhistory, start and end stamps\n{}", history.excerpt(first, last))
    });
    Violation { statement, found: found + &excerpt }
}

type Offers<'h> = BTreeMap<u64, (usize, Item, &'h Operation)>;

/// Every send by the number of its item.
fn offers(history: &History) -> Offers<'_> {
    let mut offers = Offers::new();
    for (lane, op) in history.operations() {
        if let Act::Send(item) = op.act {
            offers.insert(item.number, (lane, item, op));
        }
    }
    offers
}

/// Every receive that took something.
fn taken(history: &History) -> impl Iterator<Item = (usize, Item, &Operation)> {
    history.operations().filter_map(|(lane, op)| match op.end {
        Some((_, Outcome::Took(item))) => Some((lane, item, op)),
        _ => None,
    })
}

/// The pairs of a history, leaving out what [`pairing`] refuses.
fn pairs(history: &History) -> Vec<Pair<'_>> {
    let offers = offers(history);
    let mut pairs = Vec::new();
    for (receiver, item, receive) in taken(history) {
        if let Some(&(sender, _, send)) = offers.get(&item.number)
            && send.channel == receive.channel
        {
            pairs.push(Pair { item, sender, receiver, send, receive });
        }
    }
    pairs
}

/// N01: nothing is invented, doubled, lost, or delivered although the send failed.
///
/// Up to `buffer` completed sends of a channel may be left without a receive.
///
/// # Errors
/// The first violation.
pub fn pairing(history: &History, buffer: u32) -> Result<(), Violation> {
    let refuse = |found: String, around: &[&Operation]| refuse(history, "N01", found, around);
    let offers = offers(history);
    let mut receives: BTreeMap<u64, &Operation> = BTreeMap::new();
    for (_, item, receive) in taken(history) {
        let Some((_, _, send)) = offers.get(&item.number) else {
            return Err(refuse(format!("{item} is received, and nobody sent it"), &[receive]));
        };
        let around = [*send, receive];
        if send.channel != receive.channel {
            return Err(refuse(format!("{item} is received on another channel"), &around));
        }
        if matches!(send.end, Some((_, Outcome::Failed(_)))) {
            return Err(refuse(format!("{item} is received though its send failed"), &around));
        }
        if let Some(first) = receives.insert(item.number, receive) {
            return Err(refuse(format!("{item} is received twice"), &[*send, first, receive]));
        }
    }
    let mut left: BTreeMap<u32, u32> = BTreeMap::new();
    for (number, (_, item, send)) in &offers {
        if receives.contains_key(number) || !matches!(send.end, Some((_, Outcome::Sent))) {
            continue;
        }
        let left = left.entry(send.channel).or_default();
        *left += 1;
        if *left > buffer {
            let found = format!("{item} is lost: its send is complete, and nobody received it");
            return Err(refuse(found, &[send]));
        }
    }
    Ok(())
}

/// N02: a value comes as a value, an error as an error.
///
/// # Errors
/// The first violation.
pub fn payloads(history: &History, _: u32) -> Result<(), Violation> {
    let offers = offers(history);
    for (_, item, receive) in taken(history) {
        if let Some((_, sent, send)) = offers.get(&item.number)
            && *sent != item
        {
            let found = format!("{sent} is sent, {item} is received");
            return Err(refuse(history, "N02", found, &[*send, receive]));
        }
    }
    Ok(())
}

/// N03: a send and its receive overlap. With a buffer the receive may come later, but no more
/// sends than the buffer holds are complete for which no receive has begun.
///
/// # Errors
/// The first violation.
pub fn overlap(history: &History, buffer: u32) -> Result<(), Violation> {
    for Pair { item, send, receive, .. } in pairs(history) {
        let around = [send, receive];
        if ended(receive) < send.start {
            let found = format!("{item} is received before its send begins");
            return Err(refuse(history, "N03", found, &around));
        }
        if buffer == 0 && ended(send) < receive.start {
            let found = format!("the send of {item} is complete before its receive begins");
            return Err(refuse(history, "N03", found, &around));
        }
    }
    // Stamps of one channel in order: +1 a send is complete, -1 a receive begins.
    let mut steps: Vec<(u32, u64, i64, &Operation)> = Vec::new();
    for (_, op) in history.operations() {
        match (op.act, op.end) {
            (Act::Send(_), Some((end, Outcome::Sent))) => steps.push((op.channel, end, 1, op)),
            (Act::Receive, Some((_, Outcome::Failed(_)))) => {}
            (Act::Receive, _) => steps.push((op.channel, op.start, -1, op)),
            _ => {}
        }
    }
    steps.sort_by_key(|(channel, stamp, ..)| (*channel, *stamp));
    let mut ahead = 0;
    let mut of = None;
    for (channel, _, step, op) in steps {
        if of.replace(channel) != Some(channel) {
            ahead = 0;
        }
        ahead += step;
        if ahead > i64::from(buffer) {
            let found = format!(
                "{ahead} sends are complete for which no receive has begun; the channel holds {buffer}"
            );
            return Err(refuse(history, "N03", found, &[op]));
        }
    }
    Ok(())
}

/// N04: of two items of one sender, the later one is not received certainly before the other.
///
/// # Errors
/// The first violation.
pub fn order_of_senders(history: &History, _: u32) -> Result<(), Violation> {
    let groups = grouped(history, |pair| (pair.sender, pair.send.channel));
    in_order(history, "N04", &groups)
}

/// N05: of two items of one receiver, the later one was not sent certainly before the other; and
/// the same across receivers, so that the items of a channel have one order that explains all.
///
/// # Errors
/// The first violation.
pub fn order_of_receivers(history: &History, _: u32) -> Result<(), Violation> {
    let groups = grouped(history, |pair| (pair.receiver, pair.send.channel));
    in_order(history, "N05", &groups)?;
    in_order(history, "N05", &grouped(history, |pair| (0, pair.send.channel)))
}

type Groups<'h> = BTreeMap<(usize, u32), Vec<Pair<'h>>>;

fn grouped(history: &History, key: fn(&Pair<'_>) -> (usize, u32)) -> Groups<'_> {
    let mut groups = Groups::new();
    for pair in pairs(history) {
        groups.entry(key(&pair)).or_default().push(pair);
    }
    groups
}

/// In no group is one item sent certainly before another and received certainly after it.
fn in_order(
    history: &History,
    statement: &'static str,
    groups: &Groups<'_>,
) -> Result<(), Violation> {
    for group in groups.values() {
        let mut by_end = group.clone();
        by_end.sort_by_key(|pair| ended(pair.send));
        let mut by_start = group.clone();
        by_start.sort_by_key(|pair| pair.send.start);
        // Among those whose send has ended, the one whose receive begins last.
        let mut latest: Option<Pair<'_>> = None;
        let mut earlier = by_end.into_iter().peekable();
        for later in by_start {
            while let Some(pair) = earlier.next_if(|pair| ended(pair.send) < later.send.start) {
                if latest.is_none_or(|latest| latest.receive.start < pair.receive.start) {
                    latest = Some(pair);
                }
            }
            if let Some(first) = latest
                && ended(later.receive) < first.receive.start
            {
                let found =
                    format!("{} is sent before {} and received after it", first.item, later.item);
                let around = [first.send, later.send, first.receive, later.receive];
                return Err(refuse(history, statement, found, &around));
            }
        }
    }
    Ok(())
}

/// N12: no tasklet was seen in two places at once, and each did its steps in order.
///
/// # Errors
/// The first violation.
pub fn program_order(history: &History, _: u32) -> Result<(), Violation> {
    for track in &history.tracks {
        if let Some(fault) = track.faults.first() {
            let found = format!("{}: {fault}", track.name);
            return Err(refuse(history, "N12", found, &[]));
        }
        for two in track.operations.windows(2) {
            if ended(&two[0]) > two[1].start {
                let found = format!("{} begins a step before the last one ended", track.name);
                return Err(refuse(history, "N12", found, &[&two[0], &two[1]]));
            }
        }
    }
    Ok(())
}

fn ended(operation: &Operation) -> u64 {
    operation.end.map_or(u64::MAX, |(end, _)| end)
}

#[cfg(test)]
#[path = "rules/tests.rs"]
mod tests;
