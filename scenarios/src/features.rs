//! What the features of the scheduler cost in use, and so what leaving them alone saves.
//!
//! Ping-pong and schedule once more, with nothing set and with one feature in use each. Every
//! operation asks a single question, which must be asked anyway: is this the scheduler of my
//! thread, and is nothing special set in it? Only if not does it go the long way, on which all
//! features are. So the rows with nothing set are the short way, and all others the long one.
//!
//! Law: that of ping-pong or schedule, and every callback was called at least once per operation.

use std::{cell::Cell, rc::Rc};

use switchback::{
    Backend, Budget, Channel, ChannelCallback, Error, ScheduleCallback, Value, message, tasklet,
};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};
use switchback_hard::Hard;
use switchback_soft::Soft;

use crate::scenario::{Family, Reference, Row, Scenario, Words, never};
use crate::{pingpong, schedule, work};

/// What both scenarios have in common.
const BASE: Scenario = Scenario {
    id: "",
    family: Family::Switching,
    words: Words {
        title: "",
        work: "The micro scenario of this name with nothing set, and once more for each feature: a \
               callback that counts, a watchdog whose budget is never used up, a tasklet elsewhere \
               that refuses to be blocked.",
        shows: "What a feature costs while it is in use, and that leaving it alone costs nothing: \
                the rows without a plus sign ask one question per operation for all features \
                together, which must be asked anyway.",
        does_not_show: "What a callback does beyond counting. Features used together: the long way \
                        is taken once, however many of them ask for it.",
        cost: "The results of the micro scenario; a callback is called at least once per \
               operation.",
        plot: Plot::Median,
    },
    operation: "",
    size: "",
    origin: "switchback: the micro scenario of that name",
    sizes: &[],
    large: &[],
    small: &[],
    operations: |_| 0,
    law: |_| Law::of(0),
    limits: &[],
    slow: never,
    reference: Reference::BareSwitch,
    beside: &[],
    elsewhere: &[],
};

/// A row: a backend, and the feature that is in use.
macro_rules! row {
    ($name:literal, $backend:ty, $game:ident, $feature:ident) => {
        Row::new($name, |size| {
            run::<$backend>(Feature::$feature, Game::$game, size).map_err(|error| error.to_string())
        })
    };
}

/// Ping-pong with features.
pub mod of_pingpong {
    use super::*;

    /// What it is, for lists and reports.
    pub const SCENARIO: Scenario = Scenario {
        id: "pingpong-features",
        words: Words { title: "Ping-pong with features", ..BASE.words },
        operation: pingpong::SCENARIO.operation,
        size: pingpong::SCENARIO.size,
        sizes: &[10_000],
        large: &[],
        small: &[6, 40],
        operations: |size| Game::Pingpong.operations(size),
        law: |size| law(Game::Pingpong, size),
        beside: &[
            row!("hard", Hard, Pingpong, Nothing),
            row!("hard+block-trap", Hard, Pingpong, BlockTrap),
            row!("hard+schedule-callback", Hard, Pingpong, ScheduleCallback),
            row!("hard+channel-callback", Hard, Pingpong, ChannelCallback),
            row!("hard+budget", Hard, Pingpong, Budget),
            row!("soft", Soft, Pingpong, Nothing),
            row!("soft+block-trap", Soft, Pingpong, BlockTrap),
            row!("soft+schedule-callback", Soft, Pingpong, ScheduleCallback),
            row!("soft+channel-callback", Soft, Pingpong, ChannelCallback),
            row!("soft+budget", Soft, Pingpong, Budget),
        ],
        ..BASE
    };
}

/// Schedule with features.
pub mod of_schedule {
    use super::*;

    /// What it is, for lists and reports.
    pub const SCENARIO: Scenario = Scenario {
        id: "schedule-features",
        words: Words { title: "Schedule with features", ..BASE.words },
        operation: schedule::SCENARIO.operation,
        size: schedule::SCENARIO.size,
        sizes: &[2],
        large: &[],
        small: &[2, 6],
        operations: |size| Game::Schedule.operations(size),
        law: |size| law(Game::Schedule, size),
        beside: &[
            row!("hard", Hard, Schedule, Nothing),
            row!("hard+schedule-callback", Hard, Schedule, ScheduleCallback),
            row!("hard+budget", Hard, Schedule, Budget),
            row!("soft", Soft, Schedule, Nothing),
            row!("soft+schedule-callback", Soft, Schedule, ScheduleCallback),
            row!("soft+budget", Soft, Schedule, Budget),
        ],
        ..BASE
    };
}

/// What is measured.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum Game {
    /// [`mod@pingpong`], the size being its pairs.
    Pingpong,
    /// [`mod@schedule`], the size being its tasklets.
    Schedule,
}

/// What is in use meanwhile.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Nothing.
    Nothing,
    /// A tasklet that takes no part has its block trap set.
    BlockTrap,
    /// Every switch is told to a callback.
    ScheduleCallback,
    /// Every channel operation is told to a callback.
    ChannelCallback,
    /// A watchdog with a budget that is never used up.
    Budget,
}

impl Game {
    /// Operations of one run.
    #[must_use]
    pub const fn operations(self, size: u64) -> u64 {
        match self {
            Self::Pingpong => size,
            Self::Schedule => size * schedule::turns(size),
        }
    }
}

thread_local! {
    /// How often a callback was called.
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

fn count_call() {
    CALLS.set(CALLS.get() + 1);
}

#[tasklet]
async fn touchy<B: Backend>() -> Result<(), Error> {
    B::block_trap(true)?;
    B::schedule_remove(Value::Empty).await?;
    Ok(())
}

#[tasklet]
async fn play<B: Backend>(game: Game, size: u64) -> Result<u64, Error> {
    match game {
        Game::Pingpong => pingpong::game(size / 2).await,
        Game::Schedule => schedule::crowd(size, schedule::turns(size)).await,
    }
}

#[tasklet]
async fn player<B: Backend>(game: Game, size: u64, done: B::Channel<u64>) -> Result<(), Error> {
    let result = play(game, size).await?;
    done.send(result).await
}

/// Plays under a watchdog, which has to be the caller of the run.
#[tasklet]
async fn watched<B: Backend>(game: Game, size: u64) -> Result<u64, Error> {
    let done = B::channel::<u64>();
    B::spawn(player(game, size, done.clone()));
    let stopped: Option<B::Handle> = B::run_for(Budget::steps(u64::MAX)).await?;
    if stopped.is_some() {
        return Err(Error::new("features", "the budget was used up"));
    }
    done.receive().await
}

#[tasklet]
async fn with<B: Backend>(feature: Feature, game: Game, size: u64) -> Result<u64, Error> {
    match feature {
        Feature::Nothing => {}
        Feature::BlockTrap => {
            B::spawn(touchy());
            B::schedule().await?;
        }
        Feature::ScheduleCallback => {
            let callback: ScheduleCallback<B> = Rc::new(|_, _| count_call());
            B::set_schedule_callback(Some(callback))?;
        }
        Feature::ChannelCallback => {
            let callback: ChannelCallback<B> = Rc::new(|_, _, _, _| count_call());
            B::set_channel_callback(Some(callback))?;
        }
        Feature::Budget => return watched(game, size).await,
    }
    play(game, size).await
}

/// Plays `game` while `feature` is in use.
///
/// # Errors
/// What the backend fails with; that a callback was not called.
pub fn run<B: Backend>(feature: Feature, game: Game, size: u64) -> Result<Witness, Error> {
    CALLS.set(0);
    let witness = work::witness::<B, _>(with(feature, game, size), work::Counting::Off)?;
    let calls = CALLS.get();
    let called = matches!(feature, Feature::ScheduleCallback | Feature::ChannelCallback);
    if called != (calls >= game.operations(size)) {
        return Err(Error::new("features", format!("{calls} calls of a callback")));
    }
    Ok(witness)
}

/// The results of the game: features change none.
#[must_use]
pub fn law(game: Game, size: u64) -> Law {
    Law::of(match game {
        Game::Pingpong => pingpong::ball(size),
        Game::Schedule => schedule::sum(size),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_named_after_their_backends() {
        for scenario in [of_pingpong::SCENARIO, of_schedule::SCENARIO] {
            let (hard, soft) = scenario.beside.split_at(scenario.beside.len() / 2);
            assert!(hard.iter().all(|row| row.name.starts_with(Hard::NAME)), "{hard:?}");
            assert!(soft.iter().all(|row| row.name.starts_with(Soft::NAME)), "{soft:?}");
        }
    }
}
