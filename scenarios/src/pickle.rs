//! A recursion is stopped at its bottom, becomes bytes, and goes on in another scheduler (S6).
//!
//! ```text
//!   first scheduler                        second scheduler
//!     enter level 1 .. enter level d, hi
//!     paused -- dump --> bytes -- load --> leave level d .. leave level 1
//! ```
//!
//! Law: every line reaches main once, in order, as if nothing had happened in between. One tasklet
//! and 2d + 1 messages per recursion.

use std::fmt;

use switchback::{Backend, Channel, Control, Error, Portable, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};
use switchback_soft::Soft;

use crate::carried::Carry;
use crate::scenario::{Family, Reference, Row, Scenario, Source, Words, never};
use crate::work::{Counting, joined, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "pickle",
    family: Family::Persistence,
    words: Words {
        title: "Pickle",
        work: "A tasklet suspended a number of calls deep becomes bytes, and the bytes become a \
               tasklet again. The size is the depth.",
        shows: "The price of moving a computation: cost per suspended frame, and whether depth is \
                limited.",
        does_not_show: "Disk and network; frames with large locals; the backends that suspend on \
                        native stacks, which cannot do it at all.",
        cost: "Linear in the depth, in time and in bytes.",
        plot: Plot::Median,
    },
    operation: "recursion moved",
    size: "calls that are suspended within each other",
    origin: "the Stackless Python talks: a tasklet that goes on in another process",
    sizes: &[10, 100, 1_000, 100_000],
    large: &[],
    small: &[1, 2, 60],
    operations: rounds,
    law,
    limits: &[],
    slow: never,
    reference: Reference::Row(Row::new("soft-unpickled", |depth| {
        run_unpickled::<Soft>(depth, Counting::Off).map_err(|error| error.to_string())
    })),
    beside: &[],
    elsewhere: &[
        Source::AGAIN.value("Stackless 3.7 soft, depth 10", "52 \u{b5}s, 917 bytes"),
        Source::AGAIN.value("Stackless 3.7 soft, depth 100", "358 \u{b5}s, 5,528 bytes"),
        Source::AGAIN.value("Stackless 3.7 soft, depth 1,000", "3,845 \u{b5}s, 58,638 bytes"),
        Source::AGAIN.value("Stackless 3.7 hard, greenlet, Go", "impossible"),
    ],
};

/// What the recursion says.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A call begins at this level, counted from 1.
    Enter(u32),
    /// The bottom.
    Hi,
    /// The call at this level ends.
    Leave(u32),
}

/// The line as the talk prints it: two blanks of indent per level.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indented = |level: u32| format!("{:1$}{level}", "", 2 * level as usize);
        match *self {
            Self::Enter(level) => write!(f, "enter level {}", indented(level)),
            Self::Hi => f.write_str("hi"),
            Self::Leave(level) => write!(f, "leave level {}", indented(level)),
        }
    }
}

impl Line {
    const fn number(self) -> u64 {
        match self {
            Self::Enter(level) => 2 * level as u64,
            Self::Hi => 1,
            Self::Leave(level) => 2 * level as u64 + 1,
        }
    }
}

/// The recursion, from `level` down to `depth`, at least 1, and back.
#[tasklet]
pub async fn descend<B: Backend>(
    level: u32,
    depth: u32,
    lines: B::Channel<Line>,
) -> Result<(), Error> {
    lines.send(Line::Enter(level)).await?;
    if level < depth {
        descend(level + 1, depth, lines.clone()).await?;
    } else {
        lines.send(Line::Hi).await?;
    }
    lines.send(Line::Leave(level)).await
}

/// A suspended recursion with the channel that its lines come from: the roots of its pickle.
pub type Diver<B> = (<B as Backend>::Handle, <B as Backend>::Channel<Line>);

/// The bytes of a suspended recursion.
///
/// # Errors
/// As [`Portable::dump`].
pub fn dump<B: Portable>(diver: &Diver<B>) -> Result<Vec<u8>, Error> {
    B::dump(diver, &B::program::<descend::Call<B>>())
}

/// The recursion in the bytes, paused.
///
/// # Errors
/// As [`Portable::load`].
pub fn load<B: Portable>(bytes: &[u8]) -> Result<Diver<B>, Error> {
    B::load(bytes, &B::program::<descend::Call<B>>())
}

/// Takes the lines up to `last` and mixes them into `state`.
#[tasklet]
async fn listen<B: Backend>(lines: B::Channel<Line>, last: Line, state: u64) -> Result<u64, Error> {
    let mut state: u64 = state;
    loop {
        let line: Line = lines.receive().await?;
        state = mix(state, line.number());
        if line == last {
            return Ok(state);
        }
    }
}

/// Runs recursions to the bottom and pickles them there; the originals end with the run.
#[tasklet]
async fn freeze<B: Portable>(depth: u32, rounds: u64) -> Result<(u64, Vec<Vec<u8>>), Error> {
    let mut pickles: Vec<Vec<u8>> = Vec::new();
    let mut state = 0u64;
    for _ in 0..rounds {
        let lines = B::channel::<Line>();
        let diver: B::Handle = B::spawn(descend(1u32, depth, lines.clone()));
        state = listen(lines.clone(), Line::Hi, state).await?;
        diver.remove()?;
        pickles.push(dump::<B>(&(diver, lines))?);
    }
    Ok((state, pickles))
}

/// Makes recursions of the pickles and runs them to their end.
#[tasklet]
async fn thaw<B: Portable>(state: u64, pickles: Vec<Vec<u8>>) -> Result<u64, Error> {
    let mut state: u64 = state;
    for pickle in pickles {
        let (diver, lines): (B::Handle, B::Channel<Line>) = load::<B>(&pickle)?;
        diver.insert()?;
        state = listen(lines, Line::Leave(1), state).await?;
        // Lets it end, which would be killed otherwise.
        B::schedule().await?;
    }
    Ok(state)
}

/// Bytes of the pickle of a recursion that is suspended at its bottom, `depth` calls deep.
///
/// # Errors
/// What the backend fails with.
pub fn size<B: Portable>(depth: u32) -> Result<usize, Error> {
    B::run(freeze(depth, 1)).map(|(_, pickles)| pickles.iter().map(Vec::len).sum())
}

/// The same without pickles: what was paused at the bottom goes on itself.
#[tasklet]
pub(crate) async fn pause<B: Backend>(depth: u32, rounds: u64) -> Result<u64, Error> {
    let mut divers: Vec<(B::Handle, B::Channel<Line>)> = Vec::new();
    let mut state = 0u64;
    for _ in 0..rounds {
        let lines = B::channel::<Line>();
        let diver: B::Handle = B::spawn(descend(1u32, depth, lines.clone()));
        state = listen(lines.clone(), Line::Hi, state).await?;
        diver.remove()?;
        divers.push((diver, lines));
    }
    for (diver, lines) in divers {
        diver.insert()?;
        state = listen(lines, Line::Leave(1), state).await?;
        B::schedule().await?;
    }
    Ok(state)
}

/// Main with its digest into a channel.
#[tasklet]
async fn passenger<B: Backend>(depth: u64, out: B::Channel<u64>) -> Result<(), Error> {
    let state: u64 = pause(depth as u32, 2u64).await?;
    out.send(state).await
}

/// On journeys.
#[must_use]
pub fn carry<B: Portable>() -> Carry<B> {
    Carry {
        sizes: &[1, 25],
        program: || B::program::<passenger::Call<B>>(),
        start: |depth, out| drop(B::spawn(passenger(depth, out))),
        unmoved: |depth| B::run(pause(depth as u32, 2u64)),
    }
}

/// Recursions in one run: as many as it takes to keep the start of a run out of the figure.
#[must_use]
pub const fn rounds(depth: u64) -> u64 {
    if depth < 1_000 { 1_000 / depth } else { 1 }
}

/// Moves [`rounds`] recursions of a depth below 2^32 from one scheduler to another.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Portable>(depth: u64, counting: Counting) -> Result<Witness, Error> {
    let (depth, rounds) = (u32::try_from(depth).unwrap_or(u32::MAX), rounds(depth));
    match counting {
        Counting::Off => {
            let (state, pickles) = B::run(freeze(depth, rounds))?;
            B::run(thaw(state, pickles)).map(Witness::of)
        }
        Counting::On => {
            let ((state, pickles), first) = B::audit(freeze(depth, rounds))?;
            let (digest, second) = B::audit(thaw(state, pickles))?;
            Ok(joined(digest, first, second))
        }
    }
}

/// The reference: pauses as many recursions and resumes them in the same scheduler.
///
/// # Errors
/// What the backend fails with.
pub fn run_unpickled<B: Backend>(depth: u64, counting: Counting) -> Result<Witness, Error> {
    let (depth, rounds) = (u32::try_from(depth).unwrap_or(u32::MAX), rounds(depth));
    witness::<B, _>(pause(depth, rounds), counting)
}

/// All lines in their order, and what they cost.
#[must_use]
pub fn law(depth: u64) -> Law {
    let rounds = rounds(depth);
    let down = (1..=depth).map(|level| 2 * level).chain([1]);
    let up = (1..=depth).rev().map(|level| 2 * level + 1);
    let down = (0..rounds).flat_map(|_| down.clone());
    let up = (0..rounds).flat_map(|_| up.clone());
    Law {
        // Spawned; what is loaded is not counted again.
        tasklets: Some(rounds),
        peak_alive: Some(1),
        messages: Some(rounds * (2 * depth + 1)),
        // To the recursion for each line and back with it, and once for its end.
        switches: Some(rounds * (2 * (2 * depth + 1) + 2)),
        ..Law::of(down.chain(up).fold(0, mix))
    }
}

#[cfg(test)]
mod tests {
    use switchback::Kind;

    use super::*;

    #[test]
    fn lines_have_two_blanks_per_level() {
        assert_eq!(Line::Enter(1).to_string(), "enter level   1");
        assert_eq!(Line::Leave(10).to_string(), format!("leave level {}10", "  ".repeat(10)));
    }

    fn pickle(depth: u32) -> Vec<u8> {
        let (_, mut pickles) = Soft::run(freeze(depth, 1)).expect("a portable recursion");
        pickles.pop().expect("one pickle")
    }

    #[test]
    fn each_level_adds_the_same_number_of_bytes() {
        // Frames are written as differences: as many numbers of levels must need a second byte.
        for [low, middle, high] in [[70, 95, 120], [1_024, 4_096, 7_168]] {
            let [short, medium, long] = [low, middle, high].map(|depth| pickle(depth).len());
            assert_eq!(long - medium, medium - short, "depths {low} to {high}");
            assert!(medium > short);
        }
    }

    #[test]
    fn a_recursion_may_be_loaded_many_times() {
        let pickles = vec![pickle(3); 2];
        let once = Soft::run(thaw(0, vec![pickle(3)])).expect("a good pickle");
        let leaves = [7, 5, 3];
        assert_eq!(once, leaves.into_iter().fold(0, mix));
        assert_eq!(Soft::run(thaw(0, pickles)), Ok(leaves.into_iter().chain(leaves).fold(0, mix)));
    }

    #[test]
    fn a_hundred_thousand_levels_are_moved() {
        let law = law(100_000);
        assert_eq!(run::<Soft>(100_000, Counting::Off), Ok(Witness::of(law.digest)));
    }

    #[test]
    fn a_cut_pickle_is_refused() {
        let bytes = pickle(20);
        for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            let cut = vec![bytes[..length].to_vec()];
            let error = Soft::run(thaw(0, cut)).expect_err("a refusal");
            assert_eq!(error.kind(), Kind::BadPickle, "{length} bytes: {error}");
        }
    }
}
