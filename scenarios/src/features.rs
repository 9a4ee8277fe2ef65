//! What the features of the scheduler cost in use, and so what leaving them alone saves.
//!
//! Shows ping-pong and schedule once more, with nothing set and with one feature in use each. Every
//! operation asks a single question, which must be asked anyway: is this the scheduler of my
//! thread, and is nothing special set in it? Only if not does it go the long way, on which all
//! features are. So the rows with nothing set are the short way, and all others the long one.
//! Does not show what a callback does: here it counts.
//!
//! Law: that of ping-pong or schedule, and every callback was called at least once per operation.

use std::{cell::Cell, rc::Rc};

use switchback::{
    Backend, Budget, Channel, ChannelCallback, Error, ScheduleCallback, Value, message, tasklet,
};
use switchback_bench::witness::{Law, Witness};

use crate::{pingpong, schedule, work};

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
    /// Somebody who takes no part does not want to be blocked.
    BlockTrap,
    /// Every switch is told to a callback.
    ScheduleCallback,
    /// Every channel operation is told to a callback.
    ChannelCallback,
    /// A watchdog with a budget that is never used up.
    Budget,
}

impl Feature {
    /// What names its rows: nothing, or what follows the name of the backend.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::BlockTrap => "+block-trap",
            Self::ScheduleCallback => "+schedule-callback",
            Self::ChannelCallback => "+channel-callback",
            Self::Budget => "+budget",
        }
    }
}

impl Game {
    /// The features that it is played with.
    #[must_use]
    pub const fn features(self) -> &'static [Feature] {
        match self {
            Self::Pingpong => &[
                Feature::Nothing,
                Feature::BlockTrap,
                Feature::ScheduleCallback,
                Feature::ChannelCallback,
                Feature::Budget,
            ],
            Self::Schedule => &[Feature::Nothing, Feature::ScheduleCallback, Feature::Budget],
        }
    }

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
    use switchback_hard::Hard;
    use switchback_soft::Soft;

    use super::*;

    #[test]
    fn no_feature_changes_the_results() {
        for game in [Game::Pingpong, Game::Schedule] {
            for &feature in game.features() {
                for run in [run::<Hard>, run::<Soft>] {
                    let witness = run(feature, game, 6).unwrap_or_else(|e| panic!("{e}"));
                    assert_eq!(law(game, 6).check(&witness), Ok(()), "{game:?} {feature:?}");
                }
            }
        }
    }
}
