//! Computations that move while they run: stopped after every step, written to bytes, read in a
//! fresh scheduler, continued there. What happens must be what happens without.
//!
//! ```text
//!   scheduler 1                 scheduler 2                 scheduler 3
//!     driver (main)               driver                      driver
//!     first step  -- bytes -->    next step   -- bytes -->    next step  ..
//! ```
//!
//! A [`Journey`] is a computation that can be started and looked at; [`travel`] moves it. The
//! driver is the main tasklet of each scheduler, so it never is in a pickle. It stops the others
//! by a budget of no steps: each is interrupted after every operation, with the result in its
//! slot, suspended like after any other operation (C061, C072). Not stopped are
//!
//! * a tasklet that finds an error in its slot, which is delivered first (C066),
//! * atomic tasklets, and all tasklets under the switch trap: they are stopped at the end of it.
//!
//! The bytes hold the run queue in its order, the tasklet stopped first at its head, and what the
//! journey keeps. Points where that is refused are counted, with the reasons: a tasklet inside
//! `run_others` is part of the run queue of a driver, not of a graph, and a tasklet that is bound
//! but not set up is a Rust closure.

use std::collections::BTreeMap;

use switchback::{
    Backend, Budget, Control, Counts, Error, Kind, Message, Portable, frame::FrameList, message,
    tasklet,
};

pub mod cases;
pub mod hostile;
pub mod mutate;
pub mod program;

/// Errors that reach the driver in one scheduler, before it gives up.
const MOST_ERRORS: u32 = 100;

/// A computation that can be moved between schedulers.
pub trait Journey<B: Portable>: Message + Sync {
    /// What must come along beside the run queue.
    type Kept: Message;

    /// The functions that its pickles may name.
    fn program(&self) -> FrameList;

    /// Starts it in a fresh scheduler.
    ///
    /// # Errors
    /// Its own.
    fn start(&self) -> Result<Self::Kept, Error>;

    /// Brings `kept` up to date, before it is written or copied.
    ///
    /// # Errors
    /// Its own.
    fn pack(&self, _kept: &mut Self::Kept) -> Result<(), Error> {
        Ok(())
    }

    /// Takes note that what it kept is `kept` from now on: read from bytes, or a copy.
    ///
    /// # Errors
    /// Its own.
    fn unpack(&self, _kept: &Self::Kept) -> Result<(), Error> {
        Ok(())
    }

    /// An uncaught error reached the driver.
    ///
    /// # Errors
    /// Ends the journey with this one.
    fn uncaught(&self, error: Error) -> Result<(), Error> {
        Err(error)
    }

    /// No tasklet can run any more. Starts what comes next, or gives the result if nothing does.
    ///
    /// # Errors
    /// Ends the journey.
    fn quiet(&self, kept: &mut Self::Kept) -> Result<Option<u64>, Error>;
}

/// How a journey is moved.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Not at all: what the others are compared with.
    Straight,
    /// To bytes and into a fresh scheduler, after every step.
    Bytes,
    /// Copied after every step; the copy goes on, the original is dropped.
    Fork,
    /// Written to bytes and read beside after every step; the original goes on.
    Beside,
}

/// What a scheduler did before the journey left it.
#[message]
#[derive(Debug)]
pub enum Stop {
    /// The journey goes on from these bytes.
    At(Vec<u8>),
    /// Nothing is left to do: the result.
    Over(u64),
}

/// Points of a journey.
#[message]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Points {
    /// Where it was moved.
    pub moved: u64,
    /// Where it could not be, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Bytes of the longest pickle.
    pub longest: u64,
}

impl Points {
    /// Adds those of another part of the journey.
    pub fn add(&mut self, more: Self) {
        self.moved += more.moved;
        self.longest = self.longest.max(more.longest);
        for (reason, count) in more.refused {
            *self.refused.entry(reason).or_default() += count;
        }
    }
}

/// A whole journey: its points, and what the schedulers counted together.
#[derive(Debug, Default)]
pub struct Travelled {
    /// What the journey gave in the end.
    pub result: u64,
    /// Where it was moved, and where not.
    pub points: Points,
    /// Tasklets created, most alive, messages. Switches to and from the driver are not the
    /// journey's, so they are left out.
    pub counts: Counts,
}

/// Moves a journey in its way, from the start to the end.
///
/// # Errors
/// Those of the journey and of its pickles.
pub fn travel<B: Portable, J: Journey<B>>(journey: &J, way: Way) -> Result<Travelled, Error> {
    let mut travelled = Travelled::default();
    let mut from = None;
    loop {
        let ((stop, points), counts) = B::audit(leg::<B, J>(journey.clone(), way, from.take()))?;
        travelled.points.add(points);
        let all = &mut travelled.counts;
        let sum = |a: Option<u64>, b: Option<u64>| b.map(|b| a.unwrap_or(0) + b);
        all.tasklets = sum(all.tasklets, counts.tasklets);
        all.messages = sum(all.messages, counts.messages);
        all.peak_alive = all.peak_alive.max(counts.peak_alive);
        match stop {
            Stop::At(bytes) => from = Some(bytes),
            Stop::Over(result) => {
                travelled.result = result;
                return Ok(travelled);
            }
        }
    }
}

/// The part of a journey in one scheduler: from its start or from bytes to the next bytes.
///
/// # Errors
/// Those of the journey and of its pickles.
#[tasklet]
pub async fn leg<B: Portable, J: Journey<B>>(
    journey: J,
    way: Way,
    from: Option<Vec<u8>>,
) -> Result<(Stop, Points), Error> {
    let mut points: Points = Points::default();
    let mut kept: J::Kept = board::<B, J>(&journey, from)?;
    let mut errors: u32 = 0;
    loop {
        let steps = if way == Way::Straight { u64::MAX } else { 0 };
        let stopped: Result<Option<B::Handle>, Error> =
            B::run_for(Budget::steps(steps).total()).await;
        errors += u32::from(stopped.is_err());
        if errors > MOST_ERRORS {
            return Err(Error::new("check", "the journey gives the driver nothing but errors"));
        }
        if let Some(stop) = change::<B, J>(&journey, way, stopped, &mut kept, &mut points)? {
            return Ok((stop, points));
        }
    }
}

/// Starts the journey, or takes it from bytes.
fn board<B: Portable, J: Journey<B>>(journey: &J, from: Option<Vec<u8>>) -> Result<J::Kept, Error> {
    let Some(bytes) = from else { return journey.start() };
    let program = journey.program();
    let (queue, kept): (Vec<B::Handle>, J::Kept) = B::load(&bytes, &program)?;
    let again = B::dump(&(queue.clone(), kept.clone()), &program)?;
    if again != bytes {
        return Err(Error::new("check", "what was loaded has other bytes than its pickle"));
    }
    put_back::<B>(&queue)?;
    journey.unpack(&kept)?;
    Ok(kept)
}

/// What happens between two steps.
fn change<B: Portable, J: Journey<B>>(
    journey: &J,
    way: Way,
    stopped: Result<Option<B::Handle>, Error>,
    kept: &mut J::Kept,
    points: &mut Points,
) -> Result<Option<Stop>, Error> {
    let first = match stopped {
        Ok(first) => first,
        Err(error) => {
            journey.uncaught(error)?;
            None
        }
    };
    let others = B::run_queue()?.into_iter().skip(1);
    let queue: Vec<B::Handle> = first.into_iter().chain(others).collect();
    if queue.is_empty() {
        return Ok(journey.quiet(kept)?.map(Stop::Over));
    }
    for tasklet in &queue {
        tasklet.remove()?;
    }
    if way == Way::Straight {
        put_back::<B>(&queue)?;
        return Ok(None);
    }
    journey.pack(kept)?;
    let roots = (queue, kept.clone());
    match moved::<B, J>(journey, way, &roots) {
        Ok(Moved::To(bytes)) => {
            points.moved += 1;
            points.longest = points.longest.max(bytes.len() as u64);
            Ok(Some(Stop::At(bytes)))
        }
        Ok(Moved::Here((queue, now))) => {
            points.moved += 1;
            put_back::<B>(&queue)?;
            *kept = now;
            journey.unpack(kept)?;
            Ok(None)
        }
        Err(refusal) if refusal.kind() == Kind::NotPicklable => {
            *points.refused.entry(refusal.to_string()).or_default() += 1;
            put_back::<B>(&roots.0)?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The run queue and what a journey keeps.
type Roots<B, J> = (Vec<<B as Backend>::Handle>, <J as Journey<B>>::Kept);

/// Where the journey goes on.
enum Moved<T> {
    To(Vec<u8>),
    Here(T),
}

fn moved<B: Portable, J: Journey<B>>(
    journey: &J,
    way: Way,
    roots: &Roots<B, J>,
) -> Result<Moved<Roots<B, J>>, Error> {
    let program = journey.program();
    Ok(match way {
        Way::Straight => Moved::Here(roots.clone()),
        Way::Bytes => Moved::To(B::dump(roots, &program)?),
        Way::Fork => Moved::Here(B::fork(roots)?),
        Way::Beside => {
            let bytes = B::dump(roots, &program)?;
            let beside: Roots<B, J> = B::load(&bytes, &program)?;
            if beside.0.iter().any(|copy| roots.0.contains(copy)) {
                return Err(Error::new("check", "a copy is its original"));
            }
            Moved::Here(roots.clone())
        }
    })
}

/// Puts tasklets that are in no queue at the end of the run queue.
fn put_back<B: Backend>(queue: &[B::Handle]) -> Result<(), Error> {
    queue.iter().try_for_each(Control::insert)
}
