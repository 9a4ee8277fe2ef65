//! What a trial is about: the spot, the deed, and the tasklet it is done to.

use std::sync::{Arc, Mutex};

use switchback::{Backend, Error, Kind, message};

use super::hook::{Hook, Moment, Trial, lock};

/// Where the value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the slot of a tasklet that is paused.
    Slot,
    /// In the slot of the tasklet that executes.
    OwnSlot,
    /// In the slot of a tasklet that is about to end.
    EndingSlot,
    /// With a sender that waits.
    InFlight,
    /// An argument of a tasklet that is paused and has not begun.
    Argument,
    /// An argument of a tasklet in the run queue that has not begun.
    Scheduled,
    /// A local of a tasklet that is paused.
    Local,
    /// A local of one that waits on a channel.
    Blocked,
    /// An argument of a function that its tasklet is bound to only.
    Function,
    /// What a body returns.
    Result,
    /// What a body panics with.
    Payload,
    /// In the error that a body fails with.
    Failure,
    /// In an error that is thrown.
    Thrown,
    /// In an error that is thrown at a dead tasklet.
    Refused,
    /// In the roots of a graph.
    Root,
    /// A schedule callback.
    Schedule,
    /// A channel callback.
    Channel,
    /// An error handler.
    Handler,
    /// Captured by a schedule callback that replaces itself.
    Captured,
    /// A tasklet of one's own, where it is bound.
    Bound,
    /// A tasklet of one's own, where it is set up.
    SetUp,
    /// In the slot of main, which waits in `run_for`.
    Budget,
}

/// What makes the scheduler run it.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The slot is looked at.
    Look,
    /// The slot is written.
    Overwrite,
    Unbind,
    Bind,
    /// The last handle goes.
    Forget,
    Kill,
    KillPending,
    ThrowPending,
    /// A switch of main.
    Turn,
    /// Main sends.
    Send,
    /// Main receives.
    Receive,
    /// What the tasklet waits for comes.
    Gate,
    /// The tasklet runs.
    Run,
    Setup,
    RunFor,
    /// Main returns.
    End,
    Fork,
    Dump,
    Load,
}

/// What makes a copy of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copying {
    Fork,
    Dump,
    Load,
}

/// Where code of users runs.
#[derive(Debug)]
pub(super) struct Spot {
    pub(super) name: &'static str,
    pub(super) place: Place,
    pub(super) cause: Cause,
    pub(super) moment: Moment,
    /// Whether the scheduler runs it as a callback: what waits is refused.
    pub(super) observed: bool,
}

/// An operation that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    Send,
    Receive,
    Turn,
    Pause,
    Others,
    Run,
    Kill,
}

impl Wait {
    pub(super) const ALL: [Self; 7] =
        [Self::Send, Self::Receive, Self::Turn, Self::Pause, Self::Others, Self::Run, Self::Kill];
}

type Waits<B> = fn(u64, Wait, &Target<B>) -> Result<(), Error>;
type Copies<B> = fn(u64, Copying, &Target<B>) -> Result<(), Error>;

/// What only some backends can do, as plain functions.
pub(super) struct Kit<B: Backend> {
    pub(super) waits: Waits<B>,
    pub(super) copies: Option<Copies<B>>,
    pub(super) blocks: bool,
}

/// What a deed is done to.
#[message]
pub(super) struct Target<B: Backend> {
    /// The tasklet that the code runs for; none if it has no handle any more.
    pub(super) tasklet: Option<B::Handle>,
    pub(super) way: B::Channel<Hook>,
    pub(super) gate: B::Channel<u64>,
    /// A value in the roots of a graph.
    pub(super) root: Option<Hook>,
}

/// What a trial keeps for its code.
pub(super) struct Stage<B: Backend> {
    pub(super) spot: &'static Spot,
    pub(super) deed: &'static str,
    pub(super) kit: Kit<B>,
    /// The target while there is one.
    pub(super) place: Mutex<Option<Arc<Target<B>>>>,
}

pub(super) fn stage<B: Backend>(trial: &Trial) -> Result<&Stage<B>, Error> {
    let stage = trial.stage.downcast_ref();
    stage.ok_or_else(|| Error::new("chaos", "a stage of another backend"))
}

/// The target. Its handles are not cloned: while a graph is copied, a clone is one of the copy.
pub(super) fn target<B: Backend>(number: u64) -> Result<Arc<Target<B>>, Error> {
    let trial = Trial::of(number)?;
    let found = lock(&stage::<B>(&trial)?.place).clone();
    found.ok_or_else(|| Error::new("chaos", "the target is gone"))
}

/// Puts it there in place of the one before.
pub(super) fn place<B: Backend>(number: u64, target: Target<B>) -> Result<(), Error> {
    let trial = Trial::of(number)?;
    let before = lock(&stage::<B>(&trial)?.place).replace(Arc::new(target));
    drop(before);
    Ok(())
}

/// Takes it away, and with it the last handles.
pub(super) fn forget<B: Backend>(number: u64) -> Result<(), Error> {
    let trial = Trial::of(number)?;
    let taken = lock(&stage::<B>(&trial)?.place).take();
    drop(taken);
    Ok(())
}

/// Name of the error of a copy that is none.
pub(super) const BROKEN: &str = "chaos: broken";
/// Names of deeds that are known here.
pub(super) const SETS: &str = "sets_the_slot";
pub(super) const ALL: &str = "does_everything";

/// A refusal is as good as success, but for those that mean that something is broken.
pub(super) fn allowed<B: Backend>(trial: &Trial, name: &str, result: Result<(), Error>) {
    let Err(error) = result else { return };
    let Ok(stage) = stage::<B>(trial) else { return };
    let wrong = match error.kind() {
        // A tasklet waits for another type than the one that was written into its slot.
        Kind::WrongType => stage.deed != SETS && stage.deed != ALL,
        Kind::Panicked => stage.spot.place != Place::Payload,
        Kind::BadPickle => true,
        _ => error.name() == BROKEN,
    };
    if wrong {
        trial.fault(format!("{name}: {error}"));
    }
}
