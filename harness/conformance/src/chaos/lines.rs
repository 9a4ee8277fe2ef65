//! Programs that once broke a scheduler, each with a name of its own.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use switchback::{
    Backend, Channel, ChannelCallback, Control, Error, ScheduleCallback, Value, tasklet,
};

use super::charge::{Charge, Plan};
use super::judge::judge;
use super::matrix::{Cause, Deed, Place, Trial};
use super::statements::failure;
use super::tools::Tools;
use crate::needs::Need;
use crate::{Case, group};

/// Name, deeds, place and cause of those that are cells of the matrix.
const CELLS: &[(&str, &[Deed], Place, Cause)] = &[
    (
        "the_value_of_a_killed_sender_panics_or_asks",
        &[Deed::Panics, Deed::Asks],
        Place::InFlight,
        Cause::Kill,
    ),
    (
        "five_senders_wait_at_the_end_and_one_value_panics",
        &[Deed::Panics],
        Place::InFlight,
        Cause::EndOfRun,
    ),
    (
        "five_receivers_wait_at_the_end_and_one_local_panics",
        &[Deed::Panics],
        Place::Local,
        Cause::EndOfRun,
    ),
    (
        "the_argument_of_a_killed_unstarted_tasklet_panics",
        &[Deed::Panics],
        Place::Argument,
        Cause::Kill,
    ),
    ("the_payload_of_a_panic_panics", &[Deed::Panics], Place::Payload, Cause::Completion),
    (
        "a_run_in_a_late_destructor_of_a_thread_works_or_is_refused",
        &[Deed::Runs],
        Place::ThreadLocal,
        Cause::EndOfThread,
    ),
];

/// Name, rules and program of one that is no cell.
type Plain = (&'static str, &'static [&'static str], fn() -> Result<u64, Error>);

pub(super) fn cases<B: Backend>() -> Vec<Case> {
    let mut cases: Vec<Case> = CELLS
        .iter()
        .map(|(name, deeds, place, cause)| {
            let trials: Vec<Trial> =
                deeds.iter().map(|&deed| Trial { deed, place: *place, cause: *cause }).collect();
            cell::<B>(name, trials, || Tools::NONE)
        })
        .collect();
    let plain: &[Plain] = &[
        ("an_argument_unbinds_its_own_tasklet", &["D09"], || B::run(unbound_by_itself::<B>())),
        ("an_argument_binds_its_own_tasklet", &["D09"], || B::run(bound_by_itself::<B>())),
        ("a_clone_of_a_slot_writes_the_slot", &["D04", "D14"], || B::run(cloned_slot::<B>())),
        ("a_channel_callback_calls_the_first_waiter_away", &["D04", "D15"], || {
            B::run(called_away::<B>())
        }),
        ("a_schedule_callback_removes_the_next", &["D04", "D15"], || B::run(removes_next::<B>())),
        ("a_tasklet_without_handles_pauses_under_a_schedule_callback", &["D04"], || {
            B::run(pauses_unseen::<B>())
        }),
    ];
    cases.extend(plain.iter().map(|(name, rules, run)| {
        let (rules, run) = (*rules, *run);
        let played = move || match run() {
            Ok(_) => Ok(()),
            Err(error) => Err(failure(rules, &[error.to_string()])),
        };
        let id = format!("chaos::{name}");
        let case = Case::new(id, group::CHAOS, rules.iter().copied(), played);
        case.needing(&[Need::Control, Need::OrderExact, Need::Throw], B::CAPABILITIES)
    }));
    cases
}

/// A fork whose clone panics: of backends with pickles.
pub(super) fn portable<B: Backend>(tools: fn() -> Tools<B>) -> Vec<Case> {
    let trial = |place| Trial { deed: Deed::Asks, place, cause: Cause::Fork };
    let trials = vec![trial(Place::InFlight), trial(Place::Local), trial(Place::Argument)];
    vec![cell::<B>("a_fork_whose_clone_panics_leaks_nothing", trials, tools)]
}

/// A tasklet that has ended waits in the destructor of what is in its slot.
pub(super) fn blocking<B: Backend>(tools: fn() -> Tools<B>) -> Vec<Case> {
    let trial = |deed| Trial { deed, place: Place::Slot, cause: Cause::Completion };
    let trials = vec![trial(Deed::Sends), trial(Deed::Receives)];
    let mut cases = vec![cell::<B>("a_destructor_waits_in_a_slot", trials, tools)];
    let ended = move || {
        let trial = Trial { deed: Deed::Sends, place: Place::Slot, cause: Cause::Completion };
        let number = Plan::enter(trial, Box::new(tools()));
        let result = B::run(ends_with_a_slot::<B>(number));
        let faults = Plan::find(number).map(|plan| plan.faults()).unwrap_or_default();
        Plan::leave(number);
        match result {
            Ok(_) if faults.is_empty() => Ok(()),
            result => Err(failure(&["D05"], &[format!("{result:?} {faults:?}")])),
        }
    };
    let id = "chaos::a_tasklet_that_has_ended_waits_in_a_destructor";
    let ended = Case::new(id, group::CHAOS, ["D05"], ended);
    cases.push(ended.needing(&[Need::Control, Need::OrderExact], B::CAPABILITIES));
    cases
}

fn cell<B: Backend>(name: &str, trials: Vec<Trial>, tools: fn() -> Tools<B>) -> Case {
    let needs: Vec<_> = trials.iter().flat_map(|trial| trial.needs()).collect();
    let rules: Vec<_> = trials.iter().flat_map(|trial| trial.rules()).collect();
    let late = trials.iter().any(|trial| trial.place == Place::ThreadLocal);
    let all = move || trials.iter().try_for_each(|trial| judge::<B>(*trial, tools));
    let case = Case::new(format!("chaos::{name}"), group::CHAOS, rules, all);
    let case = case.needing(&needs, B::CAPABILITIES);
    if late { case.keeps_handles() } else { case }
}

fn hold(what: &str, holds: bool) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::new("chaos", what)) }
}

/// Calls back when it is dropped, or copied.
struct Call(u64);

type Back = Box<dyn Fn() + Send>;

/// What is called when one is dropped, and when it is copied.
type Backs = (Option<Back>, Option<Back>);

static CALLS: Mutex<BTreeMap<u64, Backs>> = Mutex::new(BTreeMap::new());
static NUMBERS: AtomicU64 = AtomicU64::new(1);

impl Call {
    fn new(dropped: Option<Back>, copied: Option<Back>) -> Self {
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        calls().insert(number, (dropped, copied));
        Self(number)
    }

    fn number(&self) -> u64 {
        self.0
    }
}

fn calls() -> MutexGuard<'static, BTreeMap<u64, Backs>> {
    CALLS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Call {
    fn drop(&mut self) {
        // The copies of it are dropped in silence.
        let back = calls().get_mut(&self.0).and_then(|(dropped, _)| dropped.take());
        if let Some(back) = back {
            back();
        }
    }
}

impl Clone for Call {
    fn clone(&self) -> Self {
        let back = calls().get_mut(&self.0).and_then(|(_, copied)| copied.take());
        if let Some(back) = back {
            back();
        }
        Self(self.0)
    }
}

impl switchback::Message for Call {}

impl Serialize for Call {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Call {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Self)
    }
}

/// Keeps it, and says which it was.
#[tasklet]
async fn keeps_a_call<B: Backend>(call: Call, told: B::Channel<u64>) -> Result<(), Error> {
    told.send(call.number()).await
}

/// A tasklet whose handle a destructor uses, once it is known.
type Known<B> = Arc<Mutex<Option<<B as Backend>::Handle>>>;

fn known<B: Backend>(place: &Known<B>) -> Option<B::Handle> {
    place.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn know<B: Backend>(place: &Known<B>, handle: Option<B::Handle>) {
    let before =
        std::mem::replace(&mut *place.lock().unwrap_or_else(PoisonError::into_inner), handle);
    drop(before);
}

/// A paused tasklet whose argument unbinds it, or binds it anew, when it is dropped.
fn suicidal<B: Backend>(binds: bool, told: B::Channel<u64>) -> Result<B::Handle, Error> {
    let place: Known<B> = Known::<B>::default();
    let (own, again) = (Arc::clone(&place), Mutex::new(told.clone()));
    let call = Call::new(
        Some(Box::new(move || {
            let Some(tasklet) = known::<B>(&own) else { return };
            know::<B>(&own, None);
            if binds {
                let told = again.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let _ = B::bind(&tasklet, keeps_a_call::<B>(Call::new(None, None), told));
            } else {
                let _ = tasklet.unbind();
            }
        })),
        None,
    );
    let tasklet: B::Handle = B::spawn_paused(keeps_a_call::<B>(call, told))?;
    know::<B>(&place, Some(tasklet.clone()));
    Ok(tasklet)
}

#[tasklet]
async fn unbound_by_itself<B: Backend>() -> Result<u64, Error> {
    let told: B::Channel<u64> = B::channel();
    let tasklet: B::Handle = suicidal::<B>(false, told.clone())?;
    tasklet.unbind()?;
    hold("unbound", !tasklet.status()?.alive)?;
    let first: Call = Call::new(None, None);
    let second: Call = Call::new(None, None);
    let sum: u64 = first.number() + second.number();
    B::spawn(keeps_a_call::<B>(first, told.clone()));
    B::spawn(keeps_a_call::<B>(second, told.clone()));
    let one: u64 = told.receive().await?;
    let other: u64 = told.receive().await?;
    hold("two tasklets made later are two", one + other == sum)?;
    Ok(sum)
}

#[tasklet]
async fn bound_by_itself<B: Backend>() -> Result<u64, Error> {
    let told: B::Channel<u64> = B::channel();
    let tasklet: B::Handle = suicidal::<B>(true, told.clone())?;
    let last: Call = Call::new(None, None);
    let number: u64 = last.number();
    B::bind(&tasklet, keeps_a_call::<B>(last, told.clone()))?;
    hold("alive and paused", tasklet.status()?.paused())?;
    tasklet.insert()?;
    let one: u64 = told.receive().await?;
    hold("what was bound last runs", one == number)?;
    Ok(one)
}

#[tasklet]
async fn rests<B: Backend>() -> Result<(), Error> {
    let resumed: Result<Value<B>, Error> = B::schedule_remove(Value::Empty).await;
    resumed.map(drop)
}

#[tasklet]
async fn cloned_slot<B: Backend>() -> Result<u64, Error> {
    let tasklet: B::Handle = B::spawn(rests::<B>());
    B::schedule().await?;
    fills_its_slot::<B>(&tasklet)?;
    let seen: Value<B> = tasklet.slot()?;
    drop(seen);
    let left: u64 = tasklet.slot()?.into_message()?;
    hold("what the clone has written stays", left == 7)?;
    Ok(left)
}

/// Puts something into the slot that writes the slot when it is copied.
fn fills_its_slot<B: Backend>(tasklet: &B::Handle) -> Result<(), Error> {
    let own = Mutex::new(tasklet.clone());
    let call = Call::new(
        None,
        Some(Box::new(move || {
            let own = own.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = own.set_slot(Value::message(7_u64));
        })),
    );
    tasklet.set_slot(Value::message(call))
}

#[tasklet]
async fn takes<B: Backend>(channel: B::Channel<u64>, told: B::Channel<u64>) -> Result<(), Error> {
    let taken: Result<u64, Error> = channel.receive().await;
    told.send(taken.unwrap_or(0)).await
}

#[tasklet]
async fn called_away<B: Backend>() -> Result<u64, Error> {
    let channel: B::Channel<u64> = B::channel();
    let told: B::Channel<u64> = B::channel();
    let first: B::Handle = B::spawn(takes::<B>(channel.clone(), told.clone()));
    B::spawn(takes::<B>(channel.clone(), told.clone()));
    B::schedule().await?;
    calls_away::<B>(first)?;
    channel.send(7).await?;
    B::set_channel_callback(None)?;
    let one: u64 = told.receive().await?;
    let other: u64 = told.receive().await?;
    hold("the next in the queue has the value", one + other == 7)?;
    B::run_others().await?;
    hold("the queue is empty", channel.balance()? == 0)?;
    hold("main is alone", B::run_queue()?.len() == 1)?;
    Ok(one + other)
}

/// Lets the channel callback throw at the first waiter.
fn calls_away<B: Backend>(first: B::Handle) -> Result<(), Error> {
    let callback: ChannelCallback<B> = Rc::new(move |_, _, _, _| {
        let _ = first.throw_pending(Error::new("chaos", "away"));
    });
    B::set_channel_callback(Some(callback)).map(drop)
}

#[tasklet]
async fn turns<B: Backend>(told: B::Channel<u64>) -> Result<(), Error> {
    B::schedule().await?;
    told.send(7).await
}

#[tasklet]
async fn removes_next<B: Backend>() -> Result<u64, Error> {
    let told: B::Channel<u64> = B::channel();
    B::spawn(turns::<B>(told.clone()));
    let callback: ScheduleCallback<B> = Rc::new(|_, next| {
        let _ = next.remove();
    });
    B::set_schedule_callback(Some(callback))?;
    B::schedule().await?;
    B::schedule().await?;
    B::set_schedule_callback(None)?;
    let one: u64 = told.receive().await?;
    hold("it has run all the same", one == 7)?;
    hold("the ring is whole", B::run_queue()?.len() <= 2)?;
    Ok(one)
}

#[tasklet]
async fn pauses_unseen<B: Backend>() -> Result<u64, Error> {
    let told: B::Channel<u64> = B::channel();
    let callback: ScheduleCallback<B> = Rc::new(|_, _| ());
    B::set_schedule_callback(Some(callback))?;
    B::spawn(rests::<B>());
    B::schedule().await?;
    B::set_schedule_callback(None)?;
    B::spawn(takes::<B>(told.clone(), told.clone()));
    told.send(7).await?;
    let one: u64 = told.receive().await?;
    Ok(one)
}

/// Ends with something in its slot that sends when it is dropped.
#[tasklet]
async fn fills_and_ends<B: Backend>(number: u64) -> Result<(), Error> {
    B::current()?.set_slot(Value::message(Charge::new(number, true)))
}

#[tasklet]
async fn ends_with_a_slot<B: Backend>(number: u64) -> Result<u64, Error> {
    let deed = super::play::deed::<B>(number, &*Plan::of(number)?)?;
    Plan::of(number)?.does(deed);
    let worker: B::Handle = B::spawn(fills_and_ends::<B>(number));
    B::run_others().await?;
    hold("it has ended", !worker.status()?.alive)?;
    let again: u64 = super::crew::rallies::<B>().await?;
    Ok(again)
}
