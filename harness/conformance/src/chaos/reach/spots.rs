//! Where code of users runs: what it is the code of, where that is, and what makes the scheduler run
//! it. One row of the table in REENTRY.md each.

use std::rc::Rc;

use switchback::{
    Backend, Budget, Channel, ChannelCallback, Control, Error, ErrorHandler, ScheduleCallback,
    Value, message, tasklet,
};

use super::super::crew::rallies;
use super::cast::{
    Own, ends_full, fails, fills, forgives, gives, goes_on, keeps, loaded, offers, panics, pauses,
    rests, takes, turns,
};
use super::hook::{Hook, Moment, Trial, reach};
use super::look::look;
use super::stage::{
    Cause, Copying, Place, Spot, Target, allowed, forget, place as put, stage, target,
};

const fn spot(name: &'static str, place: Place, cause: Cause, moment: Moment) -> Spot {
    Spot { name, place, cause, moment, observed: true }
}

/// A body runs it, or a tasklet that ends for itself: it may wait like any other code.
const fn body(name: &'static str, place: Place, cause: Cause, moment: Moment) -> Spot {
    Spot { observed: false, ..spot(name, place, cause, moment) }
}

/// Those of all backends.
pub(super) const SPOTS: &[Spot] = {
    use Moment::{Call, Clone, Drop};
    &[
        spot("a_clone_of_a_slot", Place::Slot, Cause::Look, Clone),
        spot("a_clone_of_the_own_slot", Place::OwnSlot, Cause::Look, Clone),
        spot("a_clone_of_what_is_in_flight", Place::InFlight, Cause::Look, Clone),
        spot("a_slot_that_is_written", Place::Slot, Cause::Overwrite, Drop),
        spot("a_slot_that_is_unbound", Place::Slot, Cause::Unbind, Drop),
        spot("a_slot_that_is_bound", Place::Slot, Cause::Bind, Drop),
        spot("a_slot_that_is_forgotten", Place::Slot, Cause::Forget, Drop),
        spot("a_slot_that_an_error_replaces", Place::Slot, Cause::ThrowPending, Drop),
        spot("a_slot_of_one_that_ends", Place::EndingSlot, Cause::Run, Drop),
        spot("a_slot_at_the_end_of_the_run", Place::Slot, Cause::End, Drop),
        spot("a_slot_of_one_that_waits_in_run_for", Place::Budget, Cause::RunFor, Drop),
        spot("an_argument_that_is_unbound", Place::Argument, Cause::Unbind, Drop),
        spot("an_argument_that_is_bound", Place::Argument, Cause::Bind, Drop),
        spot("an_argument_that_is_forgotten", Place::Argument, Cause::Forget, Drop),
        spot("an_argument_at_the_end_of_the_run", Place::Argument, Cause::End, Drop),
        body("an_argument_that_is_killed", Place::Scheduled, Cause::Kill, Drop),
        spot("a_function_that_is_unbound", Place::Function, Cause::Unbind, Drop),
        spot("a_function_that_is_overwritten", Place::Function, Cause::Overwrite, Drop),
        body("a_local_that_is_killed", Place::Blocked, Cause::Kill, Drop),
        spot("a_message_that_is_killed", Place::InFlight, Cause::Kill, Drop),
        spot("a_message_that_an_error_replaces", Place::InFlight, Cause::KillPending, Drop),
        body("a_result_that_nobody_takes", Place::Result, Cause::Gate, Drop),
        body("the_payload_of_a_panic", Place::Payload, Cause::Gate, Drop),
        spot("the_error_of_a_body", Place::Failure, Cause::Gate, Drop),
        body("an_error_that_is_thrown", Place::Thrown, Cause::ThrowPending, Drop),
        body("an_error_that_is_refused", Place::Refused, Cause::ThrowPending, Drop),
        spot("the_schedule_callback", Place::Schedule, Cause::Turn, Call),
        spot("the_channel_callback_of_a_sender", Place::Channel, Cause::Send, Call),
        spot("the_channel_callback_of_a_receiver", Place::Channel, Cause::Receive, Call),
        spot("the_error_handler", Place::Handler, Cause::Gate, Call),
        spot("a_callback_that_replaces_itself", Place::Captured, Cause::Turn, Drop),
        body("a_tasklet_of_ones_own_is_bound", Place::Bound, Cause::Bind, Call),
        body("a_tasklet_of_ones_own_is_set_up", Place::SetUp, Cause::Setup, Call),
    ]
};

/// Those of backends with pickles: `copies` has one case for each way.
pub(super) const COPIES: &[(&str, &[Spot])] = {
    use Moment::{Clone, Read, Write};
    &[
        (
            "a_fork",
            &[
                spot("root", Place::Root, Cause::Fork, Clone),
                spot("slot", Place::Slot, Cause::Fork, Clone),
                spot("message", Place::InFlight, Cause::Fork, Clone),
                spot("argument", Place::Argument, Cause::Fork, Clone),
                spot("local", Place::Local, Cause::Fork, Clone),
                spot("blocked", Place::Blocked, Cause::Fork, Clone),
            ],
        ),
        (
            "a_pickle_that_is_written",
            &[
                spot("root", Place::Root, Cause::Dump, Write),
                spot("slot", Place::Slot, Cause::Dump, Write),
                spot("message", Place::InFlight, Cause::Dump, Write),
                spot("argument", Place::Argument, Cause::Dump, Write),
                spot("local", Place::Local, Cause::Dump, Write),
                spot("blocked", Place::Blocked, Cause::Dump, Write),
            ],
        ),
        (
            "a_pickle_that_is_read",
            &[
                spot("root", Place::Root, Cause::Load, Read),
                spot("slot", Place::Slot, Cause::Load, Read),
                spot("message", Place::InFlight, Cause::Load, Read),
                spot("argument", Place::Argument, Cause::Load, Read),
                spot("local", Place::Local, Cause::Load, Read),
                spot("blocked", Place::Blocked, Cause::Load, Read),
            ],
        ),
    ]
};

/// Puts the value into its place, and says what it is about.
fn sets<B: Backend>(number: u64, place: Place) -> Result<Target<B>, Error> {
    let (way, gate) = (B::channel::<Hook>(), B::channel::<u64>());
    let hot = || Hook::hot(number);
    let mut root = None;
    let tasklet = match place {
        Place::Slot => B::spawn_paused(pauses::<B>())?,
        Place::OwnSlot => B::current()?,
        Place::EndingSlot => B::spawn_paused(ends_full::<B>(hot()))?,
        Place::InFlight => B::spawn(offers::<B>(way.clone(), hot())),
        Place::Argument => B::spawn_paused(keeps::<B>(gate.clone(), hot()))?,
        Place::Scheduled => B::spawn(keeps::<B>(gate.clone(), hot())),
        Place::Local => B::spawn(rests::<B>(hot())),
        Place::Blocked => B::spawn(keeps::<B>(gate.clone(), hot())),
        Place::Function => B::spawn_unbound(keeps::<B>(gate.clone(), hot()))?,
        Place::Result => B::spawn(gives::<B>(gate.clone(), hot())),
        Place::Payload => B::spawn(panics::<B>(gate.clone(), hot())),
        Place::Failure | Place::Handler => B::spawn(fails::<B>(gate.clone(), hot())),
        Place::Thrown => B::spawn(forgives::<B>(gate.clone())),
        Place::Refused => {
            let dead: B::Handle = B::spawn_paused(pauses::<B>())?;
            dead.unbind()?;
            dead
        }
        Place::Root => {
            root = Some(hot());
            B::spawn(rests::<B>(Hook::cold(number)))
        }
        Place::Schedule | Place::Captured | Place::Budget => B::spawn(turns::<B>()),
        Place::Channel => B::spawn_paused(pauses::<B>())?,
        Place::Bound => B::spawn_paused(pauses::<B>())?,
        Place::SetUp => B::spawn_unbound(Own::<B> {
            trial: number,
            gate: gate.clone(),
            hook: Hook::cold(number),
        })?,
    };
    match place {
        Place::Slot | Place::OwnSlot => tasklet.set_slot(Value::message(hot()))?,
        Place::Budget => {
            B::spawn(fills::<B>(B::current()?, hot()));
        }
        _ => {}
    }
    Ok(Target { tasklet: Some(tasklet), way, gate, root })
}

/// What main does one after the other.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Lets the others run until none can.
    Settle,
    /// Spawns the peer that meets main on the channel. It becomes the target.
    Peer,
    /// From now on the deed is done.
    Arm,
    /// The scheduler is looked at.
    Look,
    Cause(Cause),
}

fn script<B: Backend>(number: u64) -> Result<Vec<Step>, Error> {
    let trial = Trial::of(number)?;
    let stage = stage::<B>(&trial)?;
    let (place, cause) = (stage.spot.place, stage.spot.cause);
    put::<B>(number, sets::<B>(number, place)?)?;
    let mut steps = match place {
        // These are to be met before they start.
        Place::Scheduled | Place::Schedule | Place::Captured | Place::Budget => vec![],
        // Its slot is emptied by the next operation.
        Place::OwnSlot => vec![],
        Place::Channel => vec![Step::Peer, Step::Settle],
        _ => vec![Step::Settle],
    };
    steps.extend([Step::Arm, Step::Cause(cause), Step::Look]);
    if cause != Cause::End {
        steps.extend([Step::Settle; 3]);
    }
    Ok(steps)
}

/// The cause, if it needs no await.
fn acts<B: Backend>(number: u64, cause: Cause) -> Result<(), Error> {
    let trial = Trial::of(number)?;
    let stage = stage::<B>(&trial)?;
    let target = target::<B>(number)?;
    let (way, gate) = (target.way.clone(), target.gate.clone());
    if cause == Cause::Forget {
        put::<B>(number, Target { tasklet: None, way, gate, root: None })?;
        drop(target);
        return Ok(());
    }
    let Some(one) = &target.tasklet else { return Ok(()) };
    match (cause, stage.spot.place) {
        (Cause::Look, _) => one.slot().map(drop),
        (Cause::Overwrite, _) => one.set_slot(Value::message(Hook::cold(number))),
        (Cause::Unbind, _) => one.unbind(),
        (Cause::Bind, Place::Bound) => {
            let own = Own::<B> { trial: number, gate, hook: Hook::cold(number) };
            // Where computations are made of code that has not run, it runs now.
            B::bind(one, own).and_then(|()| one.insert())
        }
        (Cause::Bind, _) => B::bind(one, keeps::<B>(gate, Hook::cold(number))),
        (Cause::KillPending, _) => one.kill_pending(),
        (Cause::ThrowPending, Place::Thrown | Place::Refused) => {
            one.throw_pending(loaded(Hook::hot(number)))
        }
        (Cause::ThrowPending, _) => one.throw_pending(Error::new("thrown", "")),
        (Cause::Setup, _) => one.setup(),
        (Cause::Fork | Cause::Dump | Cause::Load, _) => {
            let Some(copies) = stage.kit.copies else { return Ok(()) };
            let copying = match cause {
                Cause::Fork => Copying::Fork,
                Cause::Dump => Copying::Dump,
                _ => Copying::Load,
            };
            let copied = copies(number, copying, &target);
            // `load` makes a graph of its own: no other code has a handle of it yet.
            if cause != Cause::Load && trial.has_changed() && copied.is_ok() {
                trial.fault("a graph that changes while it is copied is not refused");
            }
            copied
        }
        _ => Ok(()),
    }
}

/// Sets the callbacks that a trial begins with: errors of its tasklets go no further.
fn calls<B: Backend>(number: u64, step: Step) -> Result<(), Error> {
    let trial = Trial::of(number)?;
    let place = stage::<B>(&trial)?.spot.place;
    match step {
        Step::Peer => {
            let target = target::<B>(number)?;
            let (way, gate) = (target.way.clone(), target.gate.clone());
            let peer = match stage::<B>(&trial)?.spot.cause {
                Cause::Send => B::spawn(takes::<B>(way.clone())),
                _ => B::spawn(offers::<B>(way.clone(), Hook::cold(number))),
            };
            put::<B>(number, Target { tasklet: Some(peer), way, gate, root: None })?;
        }
        Step::Arm => {
            drop(B::spawn(goes_on::<B>(number)));
            trial.arm(stage::<B>(&trial)?.spot.moment);
            let handler: ErrorHandler<B> = Rc::new(move |_, error| {
                reach(number, Moment::Call);
                if let Some(trial) = Trial::find(number) {
                    allowed::<B>(&trial, "a tasklet ends", Err(error.clone()));
                }
                Ok(())
            });
            B::set_error_handler(Some(handler))?;
            match place {
                Place::Schedule => {
                    let call: ScheduleCallback<B> =
                        Rc::new(move |_, _| reach(number, Moment::Call));
                    B::set_schedule_callback(Some(call))?;
                }
                Place::Captured => {
                    let hook = Hook::hot(number);
                    let call: ScheduleCallback<B> = Rc::new(move |_, _| {
                        std::hint::black_box(&hook);
                        drop(B::set_schedule_callback(None));
                    });
                    B::set_schedule_callback(Some(call))?;
                }
                Place::Channel => {
                    let call: ChannelCallback<B> =
                        Rc::new(move |_, _, _, _| reach(number, Moment::Call));
                    B::set_channel_callback(Some(call))?;
                }
                _ => {}
            }
        }
        _ => {}
    }
    Ok(())
}

/// Takes the callbacks away, and says what is wrong with the scheduler.
fn looks<B: Backend>(number: u64) -> Result<(), Error> {
    let trial = Trial::of(number)?;
    drop(B::set_schedule_callback(None)?);
    drop(B::set_channel_callback(None)?);
    let target = target::<B>(number).ok();
    for fault in look::<B>(target.as_deref())? {
        trial.fault(fault);
    }
    Ok(())
}

/// What a budget has stopped is one tasklet, whatever is made after it.
fn stopped_one<B: Backend>(number: u64, one: Option<B::Handle>) -> Result<(), Error> {
    let fresh: B::Handle = B::spawn_paused(rests::<B>(Hook::cold(number)))?;
    drop(one);
    if !fresh.status()?.alive {
        Trial::of(number)?.fault("the handle of one tasklet is that of another");
    }
    Ok(())
}

/// Looks at the scheduler, and drops the handles.
fn ends<B: Backend>(number: u64) -> Result<(), Error> {
    looks::<B>(number)?;
    let trial = Trial::of(number)?;
    let spot = stage::<B>(&trial)?.spot;
    // A budget may have stopped it.
    if spot.cause != Cause::End && spot.place != Place::Budget && !trial.has_gone_on() {
        trial.fault("a tasklet that nothing was done to does not go on");
    }
    if spot.cause != Cause::End {
        forget::<B>(number)?;
    }
    Ok(())
}

/// What an operation of main gives. It may be refused; it may not panic, nor be of another type.
fn note<B: Backend, T>(number: u64, result: Result<T, Error>) -> Result<(), Error> {
    allowed::<B>(&*Trial::of(number)?, "main is told", result.map(drop));
    Ok(())
}

fn one<B: Backend>(number: u64) -> Result<B::Handle, Error> {
    let one = target::<B>(number)?.tasklet.clone();
    one.ok_or_else(|| Error::new("chaos", "there is no tasklet"))
}

/// Main of a trial.
#[tasklet]
pub(super) async fn reaches<B: Backend>(number: u64) -> Result<u64, Error> {
    let steps: Vec<Step> = script::<B>(number)?;
    for step in steps {
        calls::<B>(number, step)?;
        match step {
            Step::Settle => {
                let ran: Result<(), Error> = B::run_others().await;
                note::<B, _>(number, ran)?;
            }
            Step::Cause(Cause::Kill) => {
                let one: B::Handle = one::<B>(number)?;
                let killed: Result<Value<B>, Error> = one.kill().await;
                note::<B, _>(number, killed)?;
            }
            Step::Cause(Cause::Run) => {
                let one: B::Handle = one::<B>(number)?;
                let ran: Result<Value<B>, Error> = one.run().await;
                note::<B, _>(number, ran)?;
            }
            Step::Cause(Cause::Turn) => {
                let ran: Result<(), Error> = B::schedule().await;
                note::<B, _>(number, ran)?;
            }
            Step::Cause(Cause::Send) => {
                let way: B::Channel<Hook> = target::<B>(number)?.way.clone();
                let sent: Result<(), Error> = way.send(Hook::cold(number)).await;
                note::<B, _>(number, sent)?;
            }
            Step::Cause(Cause::Receive) => {
                let way: B::Channel<Hook> = target::<B>(number)?.way.clone();
                let hook: Result<Hook, Error> = way.receive().await;
                note::<B, _>(number, hook)?;
            }
            Step::Cause(Cause::Gate) => {
                let gate: B::Channel<u64> = target::<B>(number)?.gate.clone();
                let sent: Result<(), Error> = gate.send(1).await;
                note::<B, _>(number, sent)?;
            }
            Step::Cause(Cause::RunFor) => {
                let stopped: Result<Option<B::Handle>, Error> = B::run_for(Budget::steps(5)).await;
                let one: Option<B::Handle> = stopped.unwrap_or(None);
                stopped_one::<B>(number, one)?;
            }
            Step::Cause(cause) => {
                let acted: Result<(), Error> = acts::<B>(number, cause);
                note::<B, _>(number, acted)?;
            }
            Step::Look => looks::<B>(number)?,
            _ => {}
        }
    }
    ends::<B>(number)?;
    let sum: u64 = rallies::<B>().await?;
    Ok(sum)
}
