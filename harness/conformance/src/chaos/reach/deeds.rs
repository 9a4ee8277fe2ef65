//! What code of users does when the scheduler runs it: to the tasklet that it runs for, to its
//! channel, and to the scheduler.

use std::rc::Rc;

use switchback::pickle::{Reader, Writer};
use switchback::{
    Backend, Blocking, Channel, ChannelCallback, Control, Error, ErrorHandler, Kind, Portable,
    Preference, ScheduleCallback, Value, tasklet,
};

use super::super::crew::{SUM, rallies};
use super::cast::{Own, keeps, offers, program, rests, takes, turns};
use super::hook::{Hook, Trial};
use super::stage::{
    ALL, BROKEN, Cause, Copying, Kit, SETS, Target, Wait, allowed, forget, stage, target,
};

impl<B: Backend> Kit<B> {
    /// Operations are begun and dropped.
    pub(super) const PLAIN: Self = Self { waits: begins::<B>, copies: None, blocks: false };
}

impl<B: Blocking> Kit<B> {
    /// Operations complete in plain functions.
    pub(super) const BLOCKS: Self = Self { waits: completes::<B>, copies: None, blocks: true };
}

impl<B: Portable> Kit<B> {
    /// There are pickles.
    pub(super) const COPIES: Self =
        Self { waits: begins::<B>, copies: Some(copies::<B>), blocks: false };
}

fn begins<B: Backend>(number: u64, wait: Wait, target: &Target<B>) -> Result<(), Error> {
    match wait {
        Wait::Send => drop(target.way.send(Hook::cold(number))),
        Wait::Receive => drop(target.way.receive()),
        Wait::Turn => drop(B::schedule()),
        Wait::Pause => drop(B::schedule_remove(Value::message(Hook::cold(number)))),
        Wait::Others => drop(B::run_others()),
        Wait::Run => drop(tasklet(target)?.run()),
        Wait::Kill => drop(tasklet(target)?.kill()),
    }
    Ok(())
}

fn completes<B: Blocking>(number: u64, wait: Wait, target: &Target<B>) -> Result<(), Error> {
    match wait {
        Wait::Send => B::wait(target.way.send(Hook::cold(number))),
        Wait::Receive => B::wait(target.way.receive()).map(drop),
        Wait::Turn => B::wait(B::schedule()),
        Wait::Pause => B::wait(B::schedule_value(Value::message(Hook::cold(number)))).map(drop),
        Wait::Others => B::wait(B::run_others()),
        Wait::Run => B::wait(tasklet(target)?.run()).map(drop),
        Wait::Kill => B::wait(tasklet(target)?.kill()).map(drop),
    }
}

/// Makes a copy; what is made is whole: it can be written and read.
fn copies<B: Portable>(_: u64, copying: Copying, target: &Target<B>) -> Result<(), Error> {
    let program = program::<B>();
    let copy: Target<B> = match copying {
        Copying::Fork => B::fork(target)?,
        Copying::Dump | Copying::Load => {
            let bytes = B::dump(target, &program)?;
            B::load(&bytes, &program).map_err(|error| broken("what was written", &error))?
        }
    };
    let bytes = B::dump(&copy, &program).map_err(|error| broken("the copy", &error))?;
    let again: Target<B> =
        B::load(&bytes, &program).map_err(|error| broken("the copy of the copy", &error))?;
    drop(again);
    Ok(())
}

fn broken(what: &str, error: &Error) -> Error {
    Error::new(BROKEN, format!("{what} is no graph: {error}"))
}

/// The tasklet that the code runs for, or the one that executes.
fn tasklet<B: Backend>(target: &Target<B>) -> Result<B::Handle, Error> {
    target.tasklet.clone().map_or_else(B::current, Ok)
}

/// What is done, with the target at hand.
type Does<B> = fn(&Doing<'_, B>) -> Result<(), Error>;

struct Doing<'a, B: Backend> {
    number: u64,
    trial: &'a Trial,
    target: &'a Target<B>,
    kit: &'a Kit<B>,
    /// The tasklet that it is done to.
    one: &'a B::Handle,
    /// Whether what waits is refused.
    refused: bool,
}

/// Names and needs of all.
fn deeds<B: Backend>() -> Vec<(&'static str, Does<B>)> {
    vec![
        ("asks", asks),
        ("looks_at_the_slot", |on| on.one.slot().map(drop)),
        (SETS, sets_slot),
        ("kills", |on| on.one.kill_pending()),
        ("throws", |on| on.one.throw_pending(Error::new("thrown", ""))),
        (UNBINDS, |on| on.one.unbind()),
        ("binds", |on| B::bind(on.one, keeps::<B>(on.gate(), on.hook()))),
        ("binds_what_binds", binds_what_binds),
        ("unbinds_and_spawns", |on| {
            let unbound = on.one.unbind();
            for _ in 0..3 {
                B::spawn(rests::<B>(on.hook()));
            }
            unbound
        }),
        ("binds_and_inserts", |on| {
            let bound = B::bind(on.one, turns::<B>());
            on.one.insert().and(bound)
        }),
        ("sets_up", |on| on.one.setup()),
        ("inserts", |on| on.one.insert()),
        ("removes", |on| on.one.remove()),
        ("inserts_and_removes", |on| {
            let inserted = on.one.insert();
            on.one.remove().and(inserted)
        }),
        ("spawns", spawns),
        ("closes", closes),
        ("replaces_the_callbacks", replaces::<B>),
        ("runs_another_scheduler", runs::<B>),
        ("writes_and_reads_handles", handles),
        (WAITS, waits),
        ("copies", copy),
    ]
}

/// Names of all deeds, the last of which are all of them, and that the last handles go.
pub(super) fn names<B: Backend>() -> Vec<&'static str> {
    let names = deeds::<B>().into_iter().map(|(name, _)| name);
    names.chain([ALL, FORGETS, LEAVES]).collect()
}

const UNBINDS: &str = "unbinds";
const WAITS: &str = "waits";
const FORGETS: &str = "drops_the_last_handle";
const LEAVES: &str = "kills_and_drops_the_last_handle";

/// Does what this trial is about.
pub(super) fn does<B: Backend>(number: u64) {
    let Some(trial) = Trial::find(number) else { return };
    if let Err(error) = tries::<B>(number, &trial) {
        trial.fault(format!("the deed was not done: {error}"));
    }
    // At the end of a run no tasklet is left to drop the handles.
    if stage::<B>(&trial).is_ok_and(|stage| stage.spot.cause == Cause::End) {
        let _ = forget::<B>(number);
    }
}

fn tries<B: Backend>(number: u64, trial: &Trial) -> Result<(), Error> {
    let stage = stage::<B>(trial)?;
    if stage.deed == FORGETS || stage.deed == LEAVES {
        let target = target::<B>(number)?;
        let tasklet = target.tasklet.as_ref().filter(|_| stage.deed == LEAVES);
        let _ = tasklet.map(|one| one.kill_pending());
        return forget::<B>(number);
    }
    let target = target::<B>(number)?;
    let current = B::current()?;
    // Another one while a graph is copied.
    let clone = target.tasklet.clone().filter(|clone| Some(clone) != target.tasklet.as_ref());
    for one in target.tasklet.iter().chain(&clone).chain([&current]) {
        let refused = stage.spot.observed;
        let on = Doing { number, trial, target: &target, kit: &stage.kit, one, refused };
        for (name, does) in deeds::<B>() {
            if stage.deed != name && stage.deed != ALL {
                continue;
            }
            let done = does(&on);
            // The tasklet that executes is killed where it waits.
            let over = name == WAITS && done.as_ref().is_err_and(Error::is_exit);
            if [SETS, UNBINDS].contains(&name)
                && done.is_ok()
                && Some(one) == target.tasklet.as_ref()
            {
                trial.changed();
            }
            allowed::<B>(trial, name, done);
            if over {
                return Ok(());
            }
        }
    }
    Ok(())
}

impl<B: Backend> Doing<'_, B> {
    fn hook(&self) -> Hook {
        Hook::cold(self.number)
    }

    fn gate(&self) -> B::Channel<u64> {
        self.target.gate.clone()
    }

    /// Asks all of them, and forgets what they answer.
    fn each<const N: usize>(&self, results: [Result<(), Error>; N]) -> Result<(), Error> {
        let several = "one of several";
        results.into_iter().for_each(|result| allowed::<B>(self.trial, several, result));
        Ok(())
    }
}

fn asks<B: Backend>(on: &Doing<'_, B>) -> Result<(), Error> {
    let current = B::current()?;
    if !current.status()?.current {
        on.trial.fault("the current tasklet says that it is not");
    }
    let queue = B::run_queue()?;
    if queue.len() != B::run_count()? {
        on.trial.fault("the run queue has not as many as are counted");
    }
    let (one, way) = (on.one, &on.target.way);
    on.each([
        B::main()?.status().map(drop),
        one.status().map(drop),
        one.next().map(drop),
        one.prev().map(drop),
        one.recursion_depth().map(drop),
        way.balance().map(drop),
        way.waiting().map(drop),
        way.is_closed().map(drop),
        B::error_handler().map(drop),
        B::schedule_callback().map(drop),
        B::channel_callback().map(drop),
    ])
}

fn sets_slot<B: Backend>(on: &Doing<'_, B>) -> Result<(), Error> {
    on.each([
        on.one.set_slot(Value::message(on.hook())),
        on.one.set_slot(Value::Tasklet(on.one.clone())),
        on.one.set_slot(Value::Bomb(Error::new("a bomb", ""))),
        on.one.set_slot(Value::Empty),
        on.one.set_slot(Value::message(7_u64)),
    ])
}

fn binds_what_binds<B: Backend>(on: &Doing<'_, B>) -> Result<(), Error> {
    // No moment comes any more, so this one is bound as it is.
    let own = Own::<B> { trial: on.number, gate: on.gate(), hook: on.hook() };
    on.each([B::bind(on.one, own.clone()), on.one.unbind(), B::bind(on.one, own)])
}

fn spawns<B: Backend>(on: &Doing<'_, B>) -> Result<(), Error> {
    let way = on.target.way.clone();
    B::spawn(offers::<B>(way.clone(), on.hook()));
    B::spawn(takes::<B>(way));
    B::spawn_paused(keeps::<B>(on.gate(), on.hook()))?;
    B::spawn_unbound(keeps::<B>(on.gate(), on.hook()))?.setup()?;
    B::spawn_paused(rests::<B>(on.hook()))?.unbind()
}

fn closes<B: Backend>(on: &Doing<'_, B>) -> Result<(), Error> {
    let way = &on.target.way;
    on.each([
        way.close(),
        way.open(),
        way.set_preference(Preference::Sender),
        way.set_schedule_all(true),
        way.close(),
        on.target.gate.close(),
    ])
}

fn replaces<B: Backend>(on: &Doing<'_, B>) -> Result<(), Error> {
    let (first, second, third) = (on.hook(), on.hook(), on.hook());
    let schedule: ScheduleCallback<B> = Rc::new(move |_, _| touch(&first));
    let channel: ChannelCallback<B> = Rc::new(move |_, _, _, _| touch(&second));
    let handler: ErrorHandler<B> = Rc::new(move |_, _| {
        touch(&third);
        Ok(())
    });
    drop(B::set_schedule_callback(Some(schedule))?);
    drop(B::set_channel_callback(Some(channel))?);
    drop(B::set_error_handler(Some(handler))?);
    Ok(())
}

fn touch(hook: &Hook) {
    std::hint::black_box(hook);
}

fn runs<B: Backend>(on: &Doing<'_, B>) -> Result<(), Error> {
    match B::run(rallies::<B>()) {
        Ok(SUM) => {}
        Err(error) if error.kind() == Kind::Exhausted => return Err(error),
        other => on.trial.fault(format!("an inner rally gives {other:?}")),
    }
    B::run(reaches_out::<B>(on.number))
}

/// Main of an inner scheduler, to which the target is a stranger.
#[tasklet]
async fn reaches_out<B: Backend>(number: u64) -> Result<(), Error> {
    strange::<B>(number)?;
    B::schedule().await
}

fn strange<B: Backend>(number: u64) -> Result<(), Error> {
    let trial = Trial::of(number)?;
    let stage = stage::<B>(&trial)?;
    let target = target::<B>(number)?;
    let told = [
        target.way.balance().map(drop),
        target.way.close(),
        target.tasklet.as_ref().map_or_else(
            || Err(Kind::WrongScheduler.into()),
            |one| one.kill_pending().and_then(|()| one.unbind()),
        ),
        Writer::default().leaf(&target.way),
    ];
    if told.iter().any(Result::is_ok) {
        trial.fault("an inner scheduler reaches the outer one");
    }
    if let Some(copies) = stage.kit.copies {
        let program = copies(number, Copying::Fork, &target).is_ok();
        if program || copies(number, Copying::Dump, &target).is_ok() {
            trial.fault("an inner scheduler copies what is of the outer one");
        }
    }
    Ok(())
}

/// Outside of a pickle handles are neither written nor read; inside they are those of its graph.
fn handles<B: Backend>(on: &Doing<'_, B>) -> Result<(), Error> {
    let read = [
        Reader::new(&[0]).leaf::<B::Handle>().map(drop),
        Reader::new(&[0]).leaf::<B::Channel<u64>>().map(drop),
        Reader::new(&[200, 1]).leaf::<B::Handle>().map(drop),
    ];
    drop(read);
    // Which is why some are refused.
    let _ = Writer::default().leaf(on.one);
    let _ = Writer::default().leaf(&on.target.way);
    Ok(())
}

fn waits<B: Backend>(on: &Doing<'_, B>) -> Result<(), Error> {
    for wait in Wait::ALL {
        let result = (on.kit.waits)(on.number, wait, on.target);
        // Running and killing may have nothing to do.
        let switches = !matches!(wait, Wait::Run | Wait::Kill);
        let kind = result.as_ref().err().map(Error::kind);
        let refusal =
            matches!(kind, Some(Kind::SwitchInCallback | Kind::RecursiveChannel | Kind::Closed));
        if on.kit.blocks && on.refused && switches && !refusal {
            on.trial.fault(format!("{wait:?} is not refused: {result:?}"));
        }
        if kind == Some(Kind::Exit) {
            return result;
        }
        allowed::<B>(on.trial, WAITS, result);
    }
    Ok(())
}

fn copy<B: Backend>(on: &Doing<'_, B>) -> Result<(), Error> {
    let Some(copies) = on.kit.copies else { return Ok(()) };
    on.each([
        copies(on.number, Copying::Fork, on.target),
        copies(on.number, Copying::Dump, on.target),
    ])
}
