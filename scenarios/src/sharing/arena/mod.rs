//! Bots fight on a field; every bot and every bullet is a tasklet.
//!
//! ```text
//!   bot 0    --drive, turn, fire-->  +-------+
//!   bot 1    --------------------->  | world |   each tick: all that are there say what they do,
//!   bullet 7 --fly---------------->  |       |   the world decides, in the order of numbers,
//!            <--on, wall, hit, over- +-------+   and tells each what became of it
//! ```
//!
//! A squarebot drives squares and turns early at a wall or when it is hit. A spinbot stays, turns and
//! fires, and turns the other way when it is hit. Each is one loop, as its author thinks of it: where
//! it is in its square is where it is in its code. A bot that is hit loses energy and ends without
//! any; a bullet ends at a wall or in a bot (S14). The world has what all share: the places.
//!
//! All is decided by a seed and by numbers, never by the order of messages. A run of fixed length and
//! its replay as a picture ([`svg`]) are the same on every backend.
//!
//! The large size is 100,000. With 1,000,000 bots and as many bullets again one run takes ten times
//! as long, which is more than a sample should.
//!
//! Law: where each bot stands, what is left of it and what it hit, and what all tasklets say when
//! they end. Messages: two for each tick of each bot and bullet, and its last word.

mod plain;
pub mod svg;
mod world;

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

pub use world::{Act, Bot, Frame, Make, Plan, Told, Verdict, World, make};

use crate::scenario::{Family, Limit, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "arena",
    family: Family::Actors,
    words: Words {
        title: "Arena",
        work: "Bots that drive squares and bots that turn and fire fight for 20 ticks; each bot and \
               each bullet is a tasklet, and a world decides what becomes of them. The size is \
               the bots.",
        shows: "Many tasklets with a state of their own that live in lockstep, that are made and \
                that end while others go on: the shape of a game with an actor for each thing.",
        does_not_show: "Parallel speed: the world is one tasklet. Of a tick the world's own work \
                        is a part that the reference, a loop over structs, has as well.",
        cost: "Linear in the bots, with as many bullets again; memory follows those alive.",
        plot: Plot::Ratio,
    },
    operation: "tick of a bot",
    size: "bots at the begin",
    origin: "the Stackless Python talks and tutorials, where each bot and each bullet is a tasklet",
    sizes: &[1_000],
    large: &[100_000, 1_000_000],
    small: &[2, 20],
    operations: |bots| bots * TICKS,
    law,
    limits: &[Limit::THREADS, Limit::STACKS, Limit::GIGABYTE],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", by_loop)),
    beside: &[],
    elsewhere: &[],
};

/// Ticks of one run.
pub const TICKS: u64 = 20;

const SEED: u64 = 2_001;

/// The battle that is measured.
const fn measured(bots: u64) -> Plan {
    Plan { seed: SEED, bots, ticks: TICKS, recorded: false }
}

/// How a battle ended.
#[message]
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The bots in the order of their numbers.
    pub bots: Vec<Bot>,
    /// What can be seen at each tick, if the plan says so.
    pub frames: Vec<Frame>,
    /// Cells of the field along a side.
    pub side: u32,
    /// The hash of the final state.
    pub digest: u64,
}

/// A bot that drives squares. Its last word is how often it was not stopped.
#[tasklet]
async fn squarebot<B: Backend>(
    number: u32,
    told: B::Channel<Told>,
    verdicts: B::Channel<Verdict>,
) -> Result<(), Error> {
    let mut heading: u8 = world::first_heading(number);
    let mut driven: u64 = 0;
    let side: u32 = world::side_of_square(number);
    loop {
        for _ in 0..side {
            told.send(Told { number, act: Act::Drive(heading) }).await?;
            match verdicts.receive().await? {
                Verdict::On => driven += 1,
                Verdict::Wall | Verdict::Hit => break,
                Verdict::Over => return told.send(Told { number, act: Act::Gone(driven) }).await,
            }
        }
        heading = world::quarter(heading);
    }
}

/// A bot that turns and fires. Its last word is how often it was hit and went on.
#[tasklet]
async fn spinbot<B: Backend>(
    number: u32,
    told: B::Channel<Told>,
    verdicts: B::Channel<Verdict>,
) -> Result<(), Error> {
    let mut heading: u8 = world::first_heading(number);
    let mut clockwise: bool = true;
    let mut hits: u64 = 0;
    loop {
        for turn in 0u32..world::TURNS {
            heading = world::eighth(heading, clockwise);
            let fires: bool = turn + 1 == world::TURNS;
            let act: Act = if fires { Act::Fire(heading) } else { Act::Turn };
            told.send(Told { number, act }).await?;
            match verdicts.receive().await? {
                Verdict::On | Verdict::Wall => (),
                Verdict::Hit => {
                    clockwise = !clockwise;
                    hits += 1;
                }
                Verdict::Over => return told.send(Told { number, act: Act::Gone(hits) }).await,
            }
        }
    }
}

/// Flies straight on. Its last word is how far.
#[tasklet]
async fn bullet<B: Backend>(
    number: u32,
    heading: u8,
    told: B::Channel<Told>,
    verdicts: B::Channel<Verdict>,
) -> Result<(), Error> {
    let mut flown: u64 = 0;
    loop {
        told.send(Told { number, act: Act::Fly(heading) }).await?;
        if verdicts.receive().await? == Verdict::Over {
            return told.send(Told { number, act: Act::Gone(flown) }).await;
        }
        flown += 1;
    }
}

/// The world: receives what all do, decides, tells them.
#[tasklet]
async fn battle<B: Backend>(plan: Plan) -> Result<Outcome, Error> {
    let told: B::Channel<Told> = B::channel();
    let mut world: World = World::new(plan);
    // Where each is told, by its number.
    let mut verdicts: Vec<B::Channel<Verdict>> = Vec::new();
    for number in 0..plan.bots as u32 {
        let its: B::Channel<Verdict> = B::channel();
        verdicts.push(its.clone());
        match world::make(number) {
            Make::Square => drop(B::spawn(squarebot(number, told.clone(), its))),
            Make::Spin => drop(B::spawn(spinbot(number, told.clone(), its))),
        }
    }
    // Those that are over and have their last word to say.
    let mut leaving: u64 = 0;
    for tick in 1u64..plan.ticks + 1 {
        let due: u64 = world.alive() + leaving;
        for _ in 0..due {
            let word: Told = told.receive().await?;
            world.hear(word);
        }
        world.decide(tick == plan.ticks);
        let decided: Vec<(u32, Verdict)> = world.decided();
        leaving = 0;
        for (number, verdict) in decided {
            leaving += u64::from(verdict == Verdict::Over);
            let its: B::Channel<Verdict> = verdicts[number as usize].clone();
            its.send(verdict).await?;
        }
        for (number, heading) in world.born() {
            let its: B::Channel<Verdict> = B::channel();
            verdicts.push(its.clone());
            B::spawn(bullet(number, heading, told.clone(), its));
        }
    }
    for _ in 0..leaving {
        let word: Told = told.receive().await?;
        world.hear(word);
    }
    // Lets the last one end, which would be killed otherwise.
    B::schedule().await?;
    Ok(world.outcome())
}

#[tasklet]
async fn digested<B: Backend>(plan: Plan) -> Result<u64, Error> {
    let outcome: Outcome = battle(plan).await?;
    Ok(outcome.digest)
}

/// Has so many bots fight for [`TICKS`] ticks.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(bots: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(digested(measured(bots)), counting)
}

/// A battle with tasklets, to be looked at.
///
/// # Errors
/// What the backend fails with.
pub fn with_tasklets<B: Backend>(plan: Plan) -> Result<Outcome, Error> {
    B::run(battle(plan))
}

/// The final state, and what the tasklets cost.
#[must_use]
pub fn law(bots: u64) -> Law {
    let (outcome, tasklets, ticks) = plain::battle(measured(bots));
    Law {
        tasklets: Some(tasklets),
        messages: Some(2 * ticks + tasklets),
        ..Law::of(outcome.digest)
    }
}

/// The same battle by a loop over structs.
///
/// # Errors
/// None.
fn by_loop(bots: u64) -> Result<Witness, String> {
    Ok(Witness::of(plain::battle(measured(bots)).0.digest))
}
