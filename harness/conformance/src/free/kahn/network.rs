//! What a network is: made at random, worked out, as a program, and in words.

use std::collections::BTreeMap;
use std::fmt;

use switchback::message;

use crate::free::tools::{Random, mix};
use crate::model::{self, Rules};
use crate::{Event, Json, Op, Program};

/// What a step does.
#[message]
#[derive(Copy, Debug, PartialEq)]
pub enum Act {
    /// Takes a value and mixes it into the tasklet's own number.
    Take(u32),
    /// Gives what follows from the tasklet's own number.
    Give(u32),
}

/// One step of a tasklet: a choice by a bit of its own number.
#[message]
#[derive(Copy, Debug)]
pub struct Choice {
    bit: u32,
    /// If the bit is 0.
    pub(super) zero: Act,
    /// If it is 1.
    pub(super) one: Act,
}

/// The steps of each tasklet; each begins with its index as its own number.
#[derive(Clone, Debug)]
pub(super) struct Network(pub(super) Vec<Vec<Choice>>);

/// What a network gives: the values on each channel, and the number each tasklet ends with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) channels: BTreeMap<u32, Vec<u64>>,
    pub(super) results: Vec<u64>,
}

/// Numbers fit into those of the scenario language.
const MASK: u64 = u64::MAX >> 2;

/// A tasklet's own number after it took a value.
pub(super) fn after(own: u64, value: u64) -> u64 {
    mix(own ^ mix(value)) & MASK
}

/// What a tasklet gives, and its own number then.
pub(super) fn given(own: u64) -> (u64, u64) {
    (mix(own ^ 1) & MASK, mix(own ^ 2) & MASK)
}

impl Choice {
    /// What a tasklet with this number does.
    pub(super) fn act(self, own: u64) -> Act {
        if own >> self.bit & 1 == 0 { self.zero } else { self.one }
    }
}

impl Network {
    /// A network that ends: its steps come from communications that were possible one by one.
    pub(super) fn random(seed: u64) -> Self {
        let mut random = Random(seed ^ 0x4B61_686E);
        let many = 2 + random.below(5);
        let ends: Vec<(usize, usize)> = (0..2 + random.below(8))
            .map(|_| {
                let writer = random.below(many);
                let reader = (writer + 1 + random.below(many - 1)) % many;
                (writer as usize, reader as usize)
            })
            .collect();
        let channels = ends.len() as u64;
        let mut own: Vec<u64> = (0..many).collect();
        let mut steps: Vec<Vec<Choice>> = vec![Vec::new(); own.len()];
        for _ in 0..10 + random.below(60) {
            let channel = random.below(channels) as u32;
            let (writer, reader) = ends[channel as usize];
            steps[writer].push(disguised(
                Act::Give(channel),
                own[writer],
                &ends,
                writer,
                &mut random,
            ));
            steps[reader].push(disguised(
                Act::Take(channel),
                own[reader],
                &ends,
                reader,
                &mut random,
            ));
            let (value, next) = given(own[writer]);
            own[writer] = next;
            own[reader] = after(own[reader], value);
        }
        Self(steps)
    }

    /// What it gives, found by doing any step that is possible; `None` if it gets stuck.
    fn evaluate(&self) -> Option<Values> {
        let mut own: Vec<u64> = (0..self.0.len() as u64).collect();
        let mut at = vec![0; self.0.len()];
        let mut channels: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        loop {
            let act = |tasklet: usize| Some(self.0[tasklet].get(at[tasklet])?.act(own[tasklet]));
            let next: Vec<Option<Act>> = (0..self.0.len()).map(act).collect();
            if next.iter().all(Option::is_none) {
                return Some(Values { channels, results: own });
            }
            let (reader, channel, writer) = next.iter().enumerate().find_map(|(reader, act)| {
                let Some(Act::Take(channel)) = *act else { return None };
                let writer = next.iter().position(|act| *act == Some(Act::Give(channel)))?;
                Some((reader, channel, writer))
            })?;
            let (value, changed) = given(own[writer]);
            own[writer] = changed;
            own[reader] = after(own[reader], value);
            channels.entry(channel).or_default().push(value);
            at[writer] += 1;
            at[reader] += 1;
        }
    }

    /// The network in the scenario language, its numbers worked out. Main begins it, and does no more.
    fn program(&self, outcome: &Values) -> Program {
        let name = |kind: &str, number: usize| format!("{kind}{number}");
        let mut program = Program::default();
        for (number, steps) in self.0.iter().enumerate() {
            let (mut own, mut read, mut ops) = (number as u64, BTreeMap::new(), Vec::new());
            for step in steps {
                match step.act(own) {
                    Act::Give(channel) => {
                        let (value, next) = given(own);
                        own = next;
                        let value = Json::Int(value as i64);
                        ops.push(Op::Send { channel: name("c", channel as usize), value });
                    }
                    Act::Take(channel) => {
                        let at: &mut usize = read.entry(channel).or_default();
                        own = after(own, outcome.channels[&channel][*at]);
                        *at += 1;
                        ops.push(Op::Receive { channel: name("c", channel as usize) });
                    }
                }
            }
            program.bodies.insert(name("n", number), ops);
            let start = Op::Spawn { tasklet: name("n", number), body: name("n", number) };
            program.main.push(start);
        }
        program
    }

    /// Main waits on a channel for the end of every tasklet: for those that have no order of their own.
    pub(super) fn program_that_waits(&self, outcome: &Values) -> Program {
        let mut program = self.program(outcome);
        let channel = || "done".to_owned();
        for (number, ops) in program.bodies.values_mut().enumerate() {
            let value = Json::Int(number as i64);
            ops.push(Op::Send { channel: channel(), value });
            program.main.push(Op::Receive { channel: channel() });
        }
        program
    }

    /// What exact backends give: the values the model received, which the evaluation foresaw.
    pub(super) fn expected(&self) -> Result<Values, String> {
        let outcome = self.evaluate().ok_or("the network gets stuck")?;
        let mut program = self.program(&outcome);
        program.main.push(Op::RunOthers {});
        let trace = model::run(&program, Rules::backend(false), 2000).into_trace();
        let channels = received(&program, &trace.ok_or("the model does not run the network")?);
        if channels == outcome.channels {
            Ok(outcome)
        } else {
            Err(format!("the model disagrees: {channels:?} instead of {:?}", outcome.channels))
        }
    }
}

/// The values that tasklets received on the channels of a network, by their own events.
pub(super) fn received(program: &Program, trace: &[Event]) -> BTreeMap<u32, Vec<u64>> {
    let mut channels: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for event in trace {
        let Event::Gave { tasklet, at, value: Json::Int(value) } = event else { continue };
        let body = program.ops(Some(tasklet));
        let op = at.parse().ok().and_then(|at: usize| body.get(at));
        if let Some(Op::Receive { channel }) = op
            && let Some(number) = channel.strip_prefix('c').and_then(|n| n.parse().ok())
        {
            channels.entry(number).or_default().push(*value as u64);
        }
    }
    channels
}

/// The act as it is, or as one side of a choice whose other side is not taken.
fn disguised(
    act: Act,
    own: u64,
    ends: &[(usize, usize)],
    tasklet: usize,
    random: &mut Random,
) -> Choice {
    let decoy = random.below(ends.len() as u64) as u32;
    let (writer, reader) = ends[decoy as usize];
    let bit = random.below(60) as u32;
    let other = match tasklet {
        _ if random.below(4) != 0 => act,
        tasklet if tasklet == writer => Act::Give(decoy),
        tasklet if tasklet == reader => Act::Take(decoy),
        _ => act,
    };
    let (zero, one) = if own >> bit & 1 == 0 { (act, other) } else { (other, act) };
    Choice { bit, zero, one }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Take(channel) => write!(f, "take c{channel}"),
            Self::Give(channel) => write!(f, "give c{channel}"),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bit, zero, one } = self;
        if zero == one { zero.fmt(f) } else { write!(f, "bit {bit} ? {one} : {zero}") }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, steps) in self.0.iter().enumerate() {
            let steps: Vec<String> = steps.iter().map(Choice::to_string).collect();
            writeln!(f, "  tasklet {number}: {}", steps.join(", "))?;
        }
        Ok(())
    }
}

/// Where two outcomes differ, in words.
pub(super) fn difference(actual: &Values, expected: &Values) -> Option<String> {
    let nothing = Vec::new();
    let of = |outcome: &'_ Values, channel: &u32| {
        outcome.channels.get(channel).unwrap_or(&nothing).clone()
    };
    let known = actual.channels.keys().chain(expected.channels.keys());
    for channel in known {
        let (actual, expected) = (of(actual, channel), of(expected, channel));
        if actual != expected {
            let at = actual.iter().zip(&expected).take_while(|(a, e)| a == e).count();
            return Some(format!(
                "channel c{channel}, value {at}: {:?} instead of {:?}",
                actual.get(at),
                expected.get(at)
            ));
        }
    }
    let results = actual.results.iter().zip(&expected.results);
    let at = results.take_while(|(a, e)| a == e).count();
    (actual.results != expected.results).then(|| format!("tasklet {at} has another result"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_gives_what_the_evaluation_gives() {
        for seed in 0..300 {
            let network = Network::random(seed);
            let outcome = network.expected().unwrap_or_else(|why| panic!("{why}\n{network}"));
            assert!(!outcome.channels.is_empty());
        }
    }

    #[test]
    fn networks_have_choices_whose_other_branch_would_be_seen() {
        let choices = |network: &Network| {
            let steps = network.0.iter().flatten();
            steps.filter(|step| step.zero != step.one).count()
        };
        assert!((0..20).map(|seed| choices(&Network::random(seed))).sum::<usize>() > 100);
    }

    #[test]
    fn a_network_in_which_both_wait_is_stuck() {
        let step = |act| Choice { bit: 0, zero: act, one: act };
        let tasklet = |acts: [Act; 2]| acts.map(step).to_vec();
        let (first, second) = ([Act::Take(0), Act::Give(1)], [Act::Take(1), Act::Give(0)]);
        let stuck = Network(vec![tasklet(first), tasklet(second)]);
        assert_eq!(stuck.evaluate(), None);
    }

    #[test]
    fn two_values_in_the_wrong_order_are_a_difference() {
        let outcome =
            |values: [u64; 2]| Values { channels: [(0, values.to_vec())].into(), results: vec![1] };
        let found = difference(&outcome([5, 4]), &outcome([4, 5]));
        assert_eq!(found.as_deref(), Some("channel c0, value 0: Some(5) instead of Some(4)"));
        assert_eq!(difference(&outcome([4, 5]), &outcome([4, 5])), None);
        let found = difference(&Values::default(), &outcome([4, 5]));
        assert_eq!(found.as_deref(), Some("channel c0, value 0: None instead of Some(4)"));
    }
}
