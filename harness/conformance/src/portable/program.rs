//! Interpreted programs that move while they run.
//!
//! A driver is the main tasklet, so main of the program becomes a tasklet of its own. What the
//! program must do then is worked out by the model, from a program with that change:
//!
//! ```text
//!   program                 rehomed                       on a journey
//!     main: a, b, c           main: spawn old main          driver: spawn old main
//!                                   RUN, RUN, ..                    budget after budget
//!                                   spawn epilogue                  spawn epilogue
//!                                   RUN                             budget after budget
//!                             old main: a, b, c             old main: a, b, c
//!                             epilogue: look at all         epilogue: look at all
//! ```
//!
//! A tasklet inside `RUN` is part of the run queue, so those of the program become `schedule`.

use serde::{Deserialize, Serialize};
use switchback::{Backend, Error, Message, Portable, frame::FrameList};

use super::{Journey, Stop, Travelled, Way, leg, travel};
use crate::cursor::Cursor;
use crate::differ::{Comparison, explain};
use crate::interpret::{enter, handler, interpret};
use crate::model::{self, Rules};
use crate::recorder::{Registered, Run};
use crate::{Event, Op, Program};

/// Name of the driver in traces. What only it does is not compared.
const DRIVER: &str = "main";
/// Tasklet and body that were main.
const OLD_MAIN: &str = "old main";
/// Tasklet and body that look at everything in the end.
const EPILOGUE: &str = "epilogue";
/// Runs of the model's main: each ends by an uncaught error, or for good.
const RUNS: u32 = 40;
/// Most events of a program.
const BUDGET: usize = 4_000;

/// The program with main as a tasklet of its own, and with a look at everything in the end.
#[must_use]
pub fn rehomed(program: &Program) -> Program {
    let mut program = program.clone();
    let main = std::mem::take(&mut program.main);
    program.bodies.insert(OLD_MAIN.to_owned(), main);
    let (mut tasklets, mut channels) = (vec![OLD_MAIN.to_owned()], Vec::new());
    for op in program.bodies.values_mut().flatten() {
        adapt(op, &mut tasklets, &mut channels);
    }
    for names in [&mut tasklets, &mut channels] {
        names.sort();
        names.dedup();
    }
    let attempt = |op| Op::Try { body: vec![op], handler: Vec::new() };
    let looks = tasklets
        .into_iter()
        .flat_map(|tasklet| [Op::Status { tasklet: tasklet.clone() }, Op::Slot { tasklet }]);
    let looks = looks.chain(
        channels
            .into_iter()
            .flat_map(|channel| [Op::Queue { channel: channel.clone() }, Op::Closed { channel }]),
    );
    program.bodies.insert(EPILOGUE.to_owned(), looks.map(attempt).collect());
    let start = |name: &str| attempt(Op::Spawn { tasklet: name.to_owned(), body: name.to_owned() });
    let run = || Op::Loop { times: RUNS, body: vec![attempt(Op::RunOthers {})] };
    program.main = vec![start(OLD_MAIN), run(), start(EPILOGUE), run()];
    program
}

/// Renames main, replaces runs, and collects the names of tasklets and channels.
fn adapt(op: &mut Op, tasklets: &mut Vec<String>, channels: &mut Vec<String>) {
    match op {
        Op::RunOthers {} => *op = Op::Schedule { value: None },
        Op::Spawn { tasklet, .. }
        | Op::New { tasklet, .. }
        | Op::Unbound { tasklet, .. }
        | Op::Setup { tasklet }
        | Op::Bind { tasklet, .. }
        | Op::Unbind { tasklet }
        | Op::Run { tasklet }
        | Op::Switch { tasklet }
        | Op::Insert { tasklet }
        | Op::Remove { tasklet }
        | Op::Kill { tasklet }
        | Op::KillPending { tasklet }
        | Op::Throw { tasklet, .. }
        | Op::ThrowPending { tasklet, .. }
        | Op::RaiseException { tasklet, .. }
        | Op::SetSlot { tasklet, .. }
        | Op::Slot { tasklet }
        | Op::Status { tasklet } => {
            if tasklet == DRIVER {
                OLD_MAIN.clone_into(tasklet);
            }
            tasklets.push(tasklet.clone());
        }
        Op::Send { channel, .. }
        | Op::Receive { channel }
        | Op::SendException { channel, .. }
        | Op::SendThrow { channel, .. }
        | Op::SendSequence { channel, .. }
        | Op::Next { channel }
        | Op::Preference { channel, .. }
        | Op::ScheduleAll { channel, .. }
        | Op::Close { channel }
        | Op::Open { channel }
        | Op::Balance { channel }
        | Op::Closed { channel }
        | Op::Queue { channel } => channels.push(channel.clone()),
        Op::Iterate { channel, body } => {
            channels.push(channel.clone());
            body.iter_mut().for_each(|op| adapt(op, tasklets, channels));
        }
        Op::Try { body, handler: other } | Op::Finally { body, cleanup: other } => {
            body.iter_mut().chain(other).for_each(|op| adapt(op, tasklets, channels));
        }
        Op::Loop { body, .. } => {
            body.iter_mut().for_each(|op| adapt(op, tasklets, channels));
        }
        Op::Log { .. }
        | Op::Return {}
        | Op::Schedule { .. }
        | Op::ScheduleRemove { .. }
        | Op::BlockTrap { .. }
        | Op::SwitchTrap { .. }
        | Op::Handler { .. }
        | Op::Raise { .. }
        | Op::Ring {}
        | Op::RunCount {}
        | Op::Current {} => {}
    }
}

/// What a program does, without what only the driver does.
#[must_use]
pub fn without_driver(trace: Vec<Event>) -> Vec<Event> {
    let others = |event: &Event| match event {
        Event::Begin { tasklet, .. }
        | Event::Gave { tasklet, .. }
        | Event::Raised { tasklet, .. }
        | Event::Caught { tasklet, .. }
        | Event::Item { tasklet, .. }
        | Event::IterationEnd { tasklet, .. }
        | Event::End { tasklet }
        | Event::Operation { tasklet, .. }
        | Event::Handled { tasklet, .. } => tasklet != DRIVER,
        Event::Exit { .. } => false,
        Event::Switch { previous, next } => previous != DRIVER && next != DRIVER,
    };
    trace.into_iter().filter(others).collect()
}

/// A program on a journey: the number of its run, under which the process keeps the rest.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Interpreted(u64);

impl Message for Interpreted {}

/// What an interpreted program keeps beside the run queue: its tasklets and channels by name,
/// whether there is an error handler, the switch trap, whether the epilogue has begun.
pub type Belongings<B> = (
    Vec<(String, <B as Backend>::Handle)>,
    Vec<(String, <B as Backend>::Channel<crate::living::Parcel>)>,
    bool,
    i32,
    bool,
);

impl Interpreted {
    fn run<B: Backend>(self) -> Result<std::sync::Arc<Run<B>>, Error> {
        Run::<B>::find(self.0).ok_or_else(|| Error::new("check", "the run is over"))
    }

    fn start_body<B: Backend>(self, name: &str) -> Result<(), Error> {
        self.run::<B>()?
            .name(name, B::spawn(interpret::<B>(self.0, Cursor::start(name, Some(name)))));
        Ok(())
    }
}

impl<B: Portable> Journey<B> for Interpreted {
    type Kept = Belongings<B>;

    fn program(&self) -> FrameList {
        B::program::<interpret::Call<B>>()
    }

    fn start(&self) -> Result<Self::Kept, Error> {
        let run = self.run::<B>()?;
        // The first tasklet of the program would do it, if it were main.
        run.enter();
        enter::<B>(self.0, &run)?;
        // Its messages lie in slots also while the program has no channel for them.
        run.channel("");
        self.start_body::<B>(OLD_MAIN)?;
        Ok(Default::default())
    }

    fn pack(&self, kept: &mut Self::Kept) -> Result<(), Error> {
        let handler = B::set_error_handler(None)?;
        let handled = handler.is_some();
        B::set_error_handler(handler)?;
        let (tasklets, channels) = self.run::<B>()?.belongings(DRIVER);
        *kept = (tasklets, channels, handled, B::switch_trap(0)?, kept.4);
        Ok(())
    }

    fn unpack(&self, kept: &Self::Kept) -> Result<(), Error> {
        let (tasklets, channels, handled, trap, _) = kept.clone();
        let run = self.run::<B>()?;
        run.own((tasklets, channels));
        run.enter();
        enter::<B>(self.0, &run)?;
        B::set_error_handler(handled.then(|| handler::<B>(self.0)))?;
        B::switch_trap(trap - B::switch_trap(0)?)?;
        Ok(())
    }

    /// Nothing: the driver of the model goes on with its next run.
    fn uncaught(&self, _: Error) -> Result<(), Error> {
        Ok(())
    }

    fn quiet(&self, kept: &mut Self::Kept) -> Result<Option<u64>, Error> {
        if std::mem::replace(&mut kept.4, true) {
            return Ok(Some(0));
        }
        self.start_body::<B>(EPILOGUE)?;
        Ok(None)
    }
}

/// A rehomed program that moves in its way: its trace without the driver's part.
///
/// # Errors
/// Those of the journey.
pub fn moved<B: Portable>(rehomed: &Program, way: Way) -> Result<(Vec<Event>, Travelled), Error> {
    let registered = Registered::<B>::new(rehomed, BUDGET);
    let travelled = travel::<B, _>(&Interpreted(registered.number), way)?;
    Ok((without_driver(registered.finish(&Ok(()))), travelled))
}

/// The run of a program whose pickles leave the process.
const ABROAD: u64 = u64::MAX;

/// The part of a rehomed program's journey in one scheduler, from its start or from bytes that
/// any process wrote: what it did, and how it goes on. One at a time in a process.
///
/// # Errors
/// Those of the journey.
pub fn part<B: Portable>(
    rehomed: &Program,
    way: Way,
    from: Option<Vec<u8>>,
) -> Result<(Vec<Event>, Stop), Error> {
    let registered = Registered::<B>::at(ABROAD, rehomed, BUDGET);
    let (stop, _) = B::run(leg::<B, Interpreted>(Interpreted(ABROAD), way, from))?;
    Ok((without_driver(registered.finish(&Ok(()))), stop))
}

/// What a rehomed program must do on a backend that makes pickles, by the model; nothing if that
/// is not defined.
#[must_use]
pub fn expected(rehomed: &Program) -> Option<Vec<Event>> {
    let trace = model::run(rehomed, Rules::backend(true), BUDGET).into_trace()?;
    let failed =
        |event: &&Event| matches!(event, Event::Raised { tasklet, .. } if tasklet == DRIVER);
    // Main cannot run the others any more, as under a switch trap that no tasklet takes off.
    let stuck = trace.iter().filter(failed).count() >= RUNS as usize;
    (!stuck).then(|| without_driver(trace))
}

/// What moving a program showed.
#[derive(Debug)]
pub enum Moved {
    /// The same events as the model, with the points where it was moved.
    Same(Travelled),
    /// The program has no defined trace, or none that is short enough.
    Undefined,
    /// Other events, explained.
    Different(String),
}

/// Moves a program in its way and compares it with the model.
#[must_use]
pub fn judge<B: Portable>(name: &str, program: &Program, way: Way) -> Moved {
    let rehomed = rehomed(program);
    let Some(expected) = expected(&rehomed) else { return Moved::Undefined };
    let (actual, travelled) = match moved::<B>(&rehomed, way) {
        Ok(moved) => moved,
        Err(error) => return Moved::Different(format!("{name}, moved {way:?}: {error}")),
    };
    let about = format!("moved {way:?} after every step, main being the tasklet \"{OLD_MAIN}\"");
    let case = Comparison {
        name,
        about: &about,
        covers: &[],
        program: &rehomed,
        expected: &expected,
        source: "model",
    };
    match explain(&case, &actual) {
        None => Moved::Same(travelled),
        Some(text) => Moved::Different(text),
    }
}
