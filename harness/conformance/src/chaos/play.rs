//! Plays a trial: five tasklets, of which the third has the value that acts, then the cause, then a
//! rally that shows that the scheduler is as good as before.

use std::panic::panic_any;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use switchback::{
    Backend, Channel, Control, Error, ErrorHandler, Kind, ScheduleCallback, Value, message, tasklet,
};

use super::charge::{Charge, Deed as Does, Plan};
use super::crew::{
    CREW, SUM, THROWN, drains, fails_with_it, flows, forgives, gives_it, keeps_it, loaded,
    panics_with_it, pauses, rallies, rests_with_it, sends_it, takes_it,
};
use super::matrix::{Cause, Deed, Place};
use super::tools::{Roots, Tools};

/// Name of the error of a main that fails, and text of its panic.
pub(super) const MAIN: &str = "chaos: main";
/// The one of the five whose value acts.
const SUBJECT: usize = 2;

/// What main does one after the other.
#[message]
#[derive(Copy, PartialEq, Eq)]
enum Step {
    /// Lets the others run until none can.
    Others,
    /// Opens the gate for one.
    Gate,
    Kill,
    Throw,
    Run,
    /// What needs no await.
    Act,
}

fn ends(cause: Cause) -> bool {
    matches!(cause, Cause::EndOfRun | Cause::MainFails | Cause::MainPanics)
}

fn script(plan: &Plan) -> Vec<Step> {
    use Step::{Act, Gate, Kill, Others, Run, Throw};
    let (place, cause) = (plan.trial.place, plan.trial.cause);
    let mut steps = match place {
        // These are to be met before they start, the callback when all is still.
        Place::Argument | Place::Function | Place::ThreadLocal => vec![],
        _ => vec![Others],
    };
    match (place, cause) {
        (_, Cause::Kill) => steps.push(Kill),
        (_, Cause::Throw) => steps.push(Throw),
        (Place::Slot, Cause::Completion) => steps.push(Run),
        (Place::InFlight | Place::Function, Cause::Completion) => steps.push(Act),
        (_, Cause::Completion) => {}
        _ => steps.push(Act),
    }
    let opens = match (place, cause) {
        (Place::Local | Place::Result | Place::Payload, Cause::Completion) => CREW as usize,
        (Place::Argument | Place::Function | Place::Error, Cause::Completion) => CREW as usize,
        _ => 0,
    };
    if opens > 0 && steps.last() != Some(&Others) {
        steps.push(Others);
    }
    steps.extend(std::iter::repeat_n(Gate, opens));
    // What is to be cleaned up at the end must still be there.
    if !ends(cause) {
        steps.extend([Others; 7]);
    }
    steps
}

/// The tasklets and channels of a trial.
#[message]
pub(super) struct Stage<B: Backend> {
    crew: Vec<B::Handle>,
    gate: B::Channel<u64>,
    way: B::Channel<Charge>,
}

impl<B: Backend> Stage<B> {
    fn set(number: u64) -> Result<Self, Error> {
        let plan = Plan::of(number)?;
        let (gate, way) = (B::channel(), B::channel());
        let mut stage = Self { crew: Vec::new(), gate, way };
        let paused = matches!(plan.trial.cause, Cause::Unbind | Cause::Bind | Cause::LastHandle);
        // Else the rally at the end would start them.
        let waits = ends(plan.trial.cause) && B::CAPABILITIES.control;
        if plan.trial.cause == Cause::Refusal && plan.trial.place == Place::InFlight {
            stage.way.close()?;
        }
        plan.does(deed::<B>(number, &plan)?);
        for at in 0..CREW as usize {
            let charge = || Charge::new(number, armed(&plan, at));
            let gate = stage.gate.clone();
            let member: B::Handle = match plan.trial.place {
                Place::InFlight => B::spawn(sends_it::<B>(stage.way.clone(), charge())),
                Place::Slot if paused => B::spawn_paused(pauses::<B>())?,
                Place::Slot => B::spawn(pauses::<B>()),
                Place::Argument if paused || waits => {
                    B::spawn_paused(keeps_it::<B>(gate, charge()))?
                }
                Place::Local if paused => B::spawn(rests_with_it::<B>(charge())),
                Place::Local | Place::Argument => B::spawn(keeps_it::<B>(gate, charge())),
                Place::Function => B::spawn_unbound(keeps_it::<B>(gate, charge()))?,
                Place::Result => B::spawn(gives_it::<B>(gate, charge())),
                Place::Payload => B::spawn(panics_with_it::<B>(gate, charge())),
                Place::Error if plan.trial.cause == Cause::Completion => {
                    B::spawn(fails_with_it::<B>(gate, charge()))
                }
                Place::Error | Place::Callback | Place::ThreadLocal => {
                    B::spawn(forgives::<B>(gate))
                }
            };
            if plan.trial.place == Place::Slot && paused {
                member.set_slot(Value::message(charge()))?;
            }
            stage.crew.push(member);
        }
        plan.acts_in(stage.subject()?.number());
        Ok(stage)
    }

    fn subject(&self) -> Result<B::Handle, Error> {
        self.crew.get(SUBJECT).cloned().ok_or_else(|| Error::new("chaos", "no subject"))
    }

    /// The values that are put into their place when the crew has settled.
    fn load(&self, number: u64) -> Result<(), Error> {
        let plan = Plan::of(number)?;
        let paused = matches!(plan.trial.cause, Cause::Unbind | Cause::Bind | Cause::LastHandle);
        for (at, member) in self.crew.iter().enumerate() {
            let charge = || Charge::new(number, armed(&plan, at));
            match (plan.trial.place, plan.trial.cause) {
                (Place::Slot, _) if !paused => member.set_slot(Value::message(charge()))?,
                (Place::Error, Cause::EndOfRun | Cause::MainPanics | Cause::Overwrite) => {
                    member.throw_pending(loaded(charge()))?;
                }
                (Place::Callback, _) if at == SUBJECT => {
                    let charge = charge();
                    let call: ScheduleCallback<B> = Rc::new(move |_, _| touch(&charge));
                    B::set_schedule_callback(Some(call))?;
                    let charge = Charge::bystander(number);
                    let handler: ErrorHandler<B> = Rc::new(move |_, error| {
                        touch(&charge);
                        Err(error.clone())
                    });
                    B::set_error_handler(Some(handler))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The cause, if it needs no await. What an operation gives is noted.
    fn act(&mut self, number: u64) -> Result<(), Error> {
        let plan = Plan::of(number)?;
        let subject = self.subject()?;
        match (plan.trial.place, plan.trial.cause) {
            (_, Cause::KillPending) => plan.note(subject.kill_pending()),
            (Place::Error, Cause::ThrowPending) => {
                plan.note(subject.throw_pending(loaded(Charge::new(number, true))));
            }
            (_, Cause::ThrowPending) => {
                plan.note(subject.throw_pending(Error::new(THROWN, "")));
            }
            (Place::Error, Cause::Overwrite) => {
                plan.note(subject.throw_pending(Error::new(THROWN, "")));
            }
            (Place::Error, Cause::Refusal) => {
                let dead: B::Handle = B::spawn_paused(forgives::<B>(self.gate.clone()))?;
                dead.unbind()?;
                plan.note(dead.throw_pending(loaded(Charge::new(number, true))));
            }
            (Place::Callback, Cause::Overwrite) => {
                let call: ScheduleCallback<B> = Rc::new(|_, _| ());
                // What is given back is dropped by main; that a panic does not end it is its own
                // affair.
                let before = B::set_schedule_callback(Some(call))?;
                plan.note(switchback::dispose(before));
                B::set_schedule_callback(None)?;
                B::set_error_handler(None)?;
            }
            (_, Cause::Overwrite) => {
                plan.note(subject.set_slot(Value::message(Charge::bystander(number))))
            }
            (_, Cause::Unbind) => plan.note(subject.unbind()),
            (_, Cause::Bind) => {
                let charge = Charge::bystander(number);
                plan.note(B::bind(&subject, keeps_it::<B>(self.gate.clone(), charge)));
            }
            (_, Cause::LastHandle) => {
                drop(subject);
                self.crew.clear();
            }
            (Place::InFlight, Cause::Completion) => {
                for _ in 0..CREW {
                    B::spawn(takes_it::<B>(self.way.clone()));
                }
            }
            (Place::Function, Cause::Completion) => {
                for member in &self.crew {
                    member.setup()?;
                }
            }
            (_, Cause::Fork | Cause::Dump | Cause::Load) => {
                let roots = Roots::<B> { crew: self.crew.clone(), way: self.way.clone() };
                let copy = tools::<B>(&plan)?.copy;
                let copy = copy.ok_or_else(|| Error::new("chaos", "no copies"))?;
                copy(&plan, plan.trial.cause, &roots)?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether the value of that one acts. In a copy that fails its copy does.
fn armed(plan: &Plan, at: usize) -> bool {
    at == SUBJECT && !matches!(plan.trial.cause, Cause::Fork | Cause::Load)
}

fn touch(charge: &Charge) {
    std::hint::black_box(charge.number());
}

fn tools<B: Backend>(plan: &Plan) -> Result<&Tools<B>, Error> {
    plan.tools.downcast_ref().ok_or_else(|| Error::new("chaos", "tools of another backend"))
}

/// What the destructor of this trial does, with the tasklets and channels it does it to.
pub(super) fn deed<B: Backend>(number: u64, plan: &Plan) -> Result<Does, Error> {
    Ok(match plan.trial.deed {
        Deed::Panics => Arc::new(|| panic_any("a destructor panics, as planned")),
        Deed::Asks => Arc::new(move || asks::<B>(&*Plan::of(number)?)),
        Deed::Sends => {
            let (sink, send) = (B::channel::<u64>(), tools::<B>(plan)?.send);
            B::spawn(drains::<B>(sink.clone()));
            let send = send.ok_or_else(|| Error::new("chaos", "no blocking send"))?;
            owned(sink, send)
        }
        Deed::Receives => {
            let (source, receive) = (B::channel::<u64>(), tools::<B>(plan)?.receive);
            B::spawn(flows::<B>(source.clone()));
            let receive = receive.ok_or_else(|| Error::new("chaos", "no blocking receive"))?;
            owned(source, receive)
        }
        Deed::Kills => {
            let shut = B::channel::<u64>();
            let victim = B::spawn(keeps_it::<B>(shut, Charge::bystander(number)));
            owned(victim, |victim| victim.kill_pending())
        }
        Deed::Spawns => Arc::new(move || {
            let shut = B::channel::<u64>();
            B::spawn(keeps_it::<B>(shut, Charge::bystander(number)));
            Ok(())
        }),
        Deed::Runs => Arc::new(move || match B::run(rallies::<B>()) {
            Ok(SUM) => Ok(()),
            Ok(sum) => Err(Error::new("chaos", format!("an inner rally gives {sum}"))),
            Err(error) => Err(error),
        }),
    })
}

/// A deed that is done to something.
fn owned<T: Send + 'static>(
    to: T,
    does: impl Fn(&T) -> Result<(), Error> + Send + Sync + 'static,
) -> Does {
    let to = Mutex::new(to);
    Arc::new(move || does(&to.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// The scheduler answers, and the tasklet that executes is the current one, first of the queue.
fn asks<B: Backend>(plan: &Plan) -> Result<(), Error> {
    let me = B::current()?;
    if B::CAPABILITIES.status || B::CAPABILITIES.control {
        if !me.status()?.current {
            plan.fault("the current tasklet says that it is not");
        }
        B::main()?.status()?;
    }
    let own = matches!(plan.trial.cause, Cause::Kill | Cause::Throw)
        && matches!(plan.trial.place, Place::InFlight | Place::Argument | Place::Local);
    if B::CAPABILITIES.order_exact && own && Some(me.number()) != plan.subject() {
        plan.fault("a value is not dropped by the tasklet that it was of");
    }
    if B::CAPABILITIES.order_exact && B::run_queue()?.first() != Some(&me) {
        plan.fault("a destructor runs where the current tasklet is not first of the queue");
    }
    Ok(())
}

fn note<T>(number: u64, result: Result<T, Error>) -> Result<(), Error> {
    Plan::of(number)?.note(result);
    Ok(())
}

/// How main ends.
fn end(number: u64, sum: u64) -> Result<u64, Error> {
    match Plan::of(number)?.trial.cause {
        Cause::MainFails => Err(Error::new(MAIN, "")),
        Cause::MainPanics => panic_any(MAIN),
        _ => Ok(sum),
    }
}

/// Main of a trial.
#[tasklet]
pub(super) async fn plays<B: Backend>(number: u64) -> Result<u64, Error> {
    let mut stage: Stage<B> = Stage::set(number)?;
    let steps: Vec<Step> = script(&*Plan::of(number)?);
    let mut loaded: bool = false;
    for step in steps {
        match step {
            Step::Others => {
                let ran: Result<(), Error> = B::run_others().await;
                note(number, ran)?;
                if !loaded {
                    stage.load(number)?;
                    loaded = true;
                }
            }
            Step::Gate => {
                let opened: Result<(), Error> = stage.gate.send(1).await;
                note(number, opened)?;
            }
            Step::Kill => {
                let subject: B::Handle = stage.subject()?;
                let killed: Result<Value<B>, Error> = subject.kill().await;
                note(number, killed)?;
            }
            Step::Throw => {
                let subject: B::Handle = stage.subject()?;
                let error: Error = thrown(number)?;
                let told: Result<Value<B>, Error> = subject.throw(error).await;
                note(number, told)?;
            }
            Step::Run => {
                let subject: B::Handle = stage.subject()?;
                let ran: Result<Value<B>, Error> = subject.run().await;
                note(number, ran)?;
            }
            Step::Act => stage.act(number)?,
        }
    }
    let sum: u64 = rallies::<B>().await?;
    end(number, sum)
}

fn thrown(number: u64) -> Result<Error, Error> {
    let plan = Plan::of(number)?;
    Ok(match plan.trial.place {
        Place::Error => loaded(Charge::new(number, true)),
        _ => Error::new(THROWN, ""),
    })
}

/// Whether main may hear of such an error in this trial.
pub(super) fn expected<B: Backend>(plan: &Plan, kind: Kind) -> bool {
    let (deed, place, cause) = (plan.trial.deed, plan.trial.place, plan.trial.cause);
    match kind {
        Kind::Panicked => deed == Deed::Panics || place == Place::Payload || plan.trial.copies(),
        Kind::User => {
            matches!(cause, Cause::Throw | Cause::ThrowPending | Cause::Overwrite)
                || place == Place::Error
        }
        Kind::Closed => cause == Cause::Refusal,
        // A sender whose value lies in a buffer has ended.
        Kind::ThrowDead => {
            let buffered = B::CAPABILITIES.buffer > 0 && place == Place::InFlight;
            cause == Cause::Refusal || buffered
        }
        Kind::NativeState => cause == Cause::Unbind,
        _ => false,
    }
}
