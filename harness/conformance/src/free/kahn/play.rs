//! A network on a backend.

use std::collections::{BTreeMap, VecDeque};

use switchback::{Backend, Channel, Error, Preference, tasklet};

use super::network::{Act, Choice, Network, Values, after, given};
use crate::case::Failure;
use crate::free::tools::{Pipe, pipes, run, same};

/// Own number at the end, then channel, whether given, and value of every step.
type Account = (u64, Vec<(u32, bool, u64)>);

/// Runs the network; what is given and what is taken must be the same on every channel.
pub(super) fn play<B: Backend>(
    statement: &'static str,
    network: &Network,
    preference: Option<Preference>,
) -> Result<Values, Failure> {
    let preference = preference.map(|preference| preference as u8);
    let reports = run::<B, _>(statement, conduct::<B>(network.0.clone(), preference))?;
    let mut outcome = Values::default();
    let mut taken: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for (own, steps) in reports {
        outcome.results.push(own);
        for (channel, gives, value) in steps {
            let side = if gives { &mut outcome.channels } else { &mut taken };
            side.entry(channel).or_default().push(value);
        }
    }
    same(statement, "values taken, and values given", &taken, &outcome.channels)?;
    Ok(outcome)
}

/// Main: starts the network and collects what its tasklets report.
#[tasklet]
async fn conduct<B: Backend>(
    network: Vec<Vec<Choice>>,
    preference: Option<u8>,
) -> Result<Vec<Account>, Error> {
    let channels: Vec<Pipe<B>> = pipes::<B>(channels_of(&network));
    if let Some(preference) = preference {
        let preference: Preference = match preference {
            0 => Preference::Receiver,
            1 => Preference::Caller,
            _ => Preference::Sender,
        };
        for pipe in &channels {
            pipe.1.set_preference(preference)?;
        }
    }
    let mut ends: Vec<B::Channel<Account>> = Vec::new();
    for (number, steps) in network.into_iter().enumerate() {
        let end: B::Channel<Account> = B::channel();
        ends.push(end.clone());
        B::spawn(node::<B>(number as u64, steps, channels.clone(), end));
    }
    let mut reports: Vec<Account> = Vec::new();
    for end in ends {
        let end: B::Channel<Account> = end;
        let report: Account = end.receive().await?;
        reports.push(report);
    }
    Ok(reports)
}

fn channels_of(network: &[Vec<Choice>]) -> u32 {
    let channel = |act: Act| match act {
        Act::Take(channel) | Act::Give(channel) => channel,
    };
    let highest = |step: &Choice| channel(step.zero).max(channel(step.one));
    network.iter().flatten().map(highest).max().map_or(0, |highest| highest + 1)
}

/// One tasklet of a network.
#[tasklet]
async fn node<B: Backend>(
    number: u64,
    steps: Vec<Choice>,
    channels: Vec<Pipe<B>>,
    end: B::Channel<Account>,
) -> Result<(), Error> {
    let mut own: u64 = number;
    let mut rest: VecDeque<Choice> = steps.into();
    let mut done: Vec<(u32, bool, u64)> = Vec::new();
    while let Some(step) = rest.pop_front() {
        let act: Act = step.act(own);
        match act {
            Act::Give(number) => {
                let pipe: Pipe<B> = channels[number as usize].clone();
                let (value, next): (u64, u64) = given(own);
                pipe.1.send(value).await?;
                own = next;
                done.push((pipe.0, true, value));
            }
            Act::Take(number) => {
                let pipe: Pipe<B> = channels[number as usize].clone();
                let value: u64 = pipe.1.receive().await?;
                own = after(own, value);
                done.push((pipe.0, false, value));
            }
        }
    }
    end.send((own, done)).await
}
