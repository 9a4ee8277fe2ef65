//! What faults are made of: small misdeeds through the public traits of the real backend.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Sender, channel},
    },
    thread,
};

use switchback::{Backend, Channel, Control, Error, Kind, Message, Operation, Preference};

use crate::{Fault, fault::active};

/// Marks a waiter that is sent away to queue again.
pub(crate) const AGAIN: &str = "queue again";

thread_local! {
    /// Numbers of the tasklets whose body has begun.
    static STARTED: RefCell<BTreeSet<u64>> = const { RefCell::new(BTreeSet::new()) };
    /// Something that is kept for later, by name.
    static KEPT: RefCell<Vec<(u64, Box<dyn Any>)>> = const { RefCell::new(Vec::new()) };
    static DEPTH: Cell<u64> = const { Cell::new(0) };
    /// Whether main has ended, while the others are cleaned up.
    static ENDED: Cell<bool> = const { Cell::new(false) };
    /// The tasklet of which `slot` copies the value.
    static BORROWED: Cell<Option<u64>> = const { Cell::new(None) };
    /// Gone when its thread ends.
    static GUEST: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn main_has_ended() -> bool {
    ENDED.get()
}

/// Looks for something that a thread has until it ends.
pub(crate) fn visits() {
    GUEST.with_borrow_mut(|guest| guest.push(0));
    GUEST.with_borrow_mut(Vec::clear);
}

/// The end of an operation that runs destructors.
pub(crate) fn told(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(error) if error.kind() == Kind::Panicked => match active() {
            Fault::DestructorPanicEscapes => panic_any(error.to_string()),
            Fault::DestructorPanicAborts => std::process::abort(),
            Fault::DestructorPanicSwallowed => Ok(()),
            _ => Err(error),
        },
        result => result,
    }
}

/// The end of a copy.
pub(crate) fn copied<T>(result: Result<T, Error>) -> Result<T, Error> {
    match result {
        Err(error) if error.kind() == Kind::Panicked && active() == Fault::CopyPanicEscapes => {
            panic_any(error.to_string())
        }
        result => result,
    }
}

/// Makes a copy, and a second time where the first one is refused for what is in the graph.
pub(crate) fn twice<T>(copy: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    match copy() {
        Err(error)
            if error.kind() == Kind::NotPicklable && active() == Fault::ChangedGraphCopied =>
        {
            copy()
        }
        result => result,
    }
}

/// Looks at the slot of the tasklet with that number.
pub(crate) fn borrowed<T>(number: u64, look: impl FnOnce() -> T) -> T {
    let outer = BORROWED.replace(Some(number));
    let found = look();
    BORROWED.set(outer);
    found
}

/// Whether the slot of that tasklet is being looked at.
pub(crate) fn is_borrowed(number: u64) -> bool {
    BORROWED.get() == Some(number)
}

/// Keeps a thing under a number; the one before is dropped.
pub(crate) fn keep<T: 'static>(number: u64, thing: T) {
    drop(take::<T>(number));
    KEPT.with_borrow_mut(|kept| kept.push((number, Box::new(thing))));
}

/// Takes what is kept under a number.
pub(crate) fn take<T: 'static>(number: u64) -> Option<T> {
    let wanted = |(at, thing): &(u64, Box<dyn Any>)| *at == number && thing.is::<T>();
    let found = KEPT.with_borrow_mut(|kept| {
        let at = kept.iter().position(wanted)?;
        Some(kept.swap_remove(at).1)
    });
    found?.downcast().ok().map(|thing| *thing)
}

/// The number of what lies on stacks that are handed out too early.
const STACKS: u64 = 2;

/// Puts a thing where the next taker of its type finds it.
pub(crate) fn put_down<T: 'static>(thing: T) {
    let mut others = take::<Vec<T>>(STACKS).unwrap_or_default();
    others.push(thing);
    keep(STACKS, others);
}

/// Takes the thing of that type that was put down last, by any tasklet.
pub(crate) fn pick_up<T: 'static>() -> Option<T> {
    let mut others = take::<Vec<T>>(STACKS)?;
    let last = others.pop();
    keep(STACKS, others);
    last
}

/// A copy of what is kept under a number.
pub(crate) fn look<T: Clone + 'static>(number: u64) -> Option<T> {
    let thing = take::<T>(number)?;
    keep(number, thing.clone());
    Some(thing)
}

/// Forgets what earlier runs have kept.
pub(crate) fn forget() {
    // A thread that is ending may have lost them.
    let kept = KEPT.try_with(RefCell::take);
    drop(kept);
    let _ = STARTED.try_with(RefCell::take);
    ENDED.set(false);
}

/// The runnable tasklets without the current one.
pub(crate) fn others<B: Backend>() -> Vec<B::Handle> {
    B::run_queue().unwrap_or_default().into_iter().skip(1).collect()
}

/// Moves a runnable tasklet to the end of the ring; others are left alone.
pub(crate) fn to_the_end<B: Backend>(tasklet: &B::Handle) {
    if others::<B>().contains(tasklet) && tasklet.remove().is_ok() {
        let _ = tasklet.insert();
    }
}

/// Moves a runnable tasklet directly behind the current one.
pub(crate) fn to_the_front<B: Backend>(tasklet: &B::Handle) {
    if others::<B>().contains(tasklet) {
        for other in others::<B>().iter().filter(|other| *other != tasklet) {
            to_the_end::<B>(other);
        }
    }
}

/// Lets the next tasklet lose its turn.
pub(crate) fn rotate<B: Backend>() {
    if let Some(next) = others::<B>().first() {
        to_the_end::<B>(next);
    }
}

/// Sends all waiters but the last away, to queue again behind it.
pub(crate) fn last_first<B: Backend, C: Channel<B>>(channel: &C) {
    let waiting = channel.waiting().unwrap_or_default();
    for waiter in waiting.iter().rev().skip(1).rev() {
        let _ = waiter.throw_pending(Error::new(AGAIN, ""));
    }
}

/// The result, but that refusal is no error.
pub(crate) fn forgive<T>(
    result: Result<T, Error>,
    kind: Kind,
    instead: impl FnOnce() -> T,
) -> Result<T, Error> {
    match result {
        Err(error) if error.kind() == kind => Ok(instead()),
        result => result,
    }
}

pub(crate) fn is_current<B: Backend>(tasklet: &B::Handle) -> bool {
    B::current().is_ok_and(|current| current == *tasklet)
}

pub(crate) fn is_trapped<B: Backend>() -> bool {
    B::switch_trap(0).is_ok_and(|trap| trap != 0)
}

pub(crate) fn has_started(number: u64) -> bool {
    STARTED.with_borrow(|started| started.contains(&number))
}

/// A copy that does not share the origin.
pub(crate) fn copy_of(error: &Error) -> Error {
    match error.kind() {
        Kind::User => Error::new(error.name(), error.detail()),
        kind => Error::with_detail(kind, error.detail()),
    }
}

/// The end of a channel operation: what it reports, and what it leaves behind.
pub(crate) fn end<B: Backend, T>(result: Result<T, Error>) -> Result<T, Error> {
    let Err(error) = result else { return result };
    let kind = error.kind();
    let deadlock = matches!(kind, Kind::Deadlock | Kind::MainReceiving | Kind::MainSending);
    match active() {
        Fault::RefusalInDestructorIsAnother if kind == Kind::RecursiveChannel => {
            Err(Kind::WrongType.into())
        }
        Fault::DeadlockHangs if deadlock => hang(),
        Fault::DeadlockOfAnotherKind if kind == Kind::Deadlock => Err(Kind::MainReceiving.into()),
        Fault::DeadlockOfAnotherKind if deadlock => Err(Kind::Deadlock.into()),
        Fault::DeadlockLeavesTheRing if deadlock => {
            B::spawn(crate::via::Plain::new(|| Ok(())));
            B::schedule().wait()?;
            Err(error)
        }
        Fault::RefusalRotates
            if matches!(kind, Kind::SwitchTrap | Kind::BlockTrap | Kind::Closed) =>
        {
            rotate::<B>();
            Err(error)
        }
        Fault::RefusalTakesTheTrapOff if kind == Kind::SwitchTrap => {
            let trap = B::switch_trap(0)?;
            B::switch_trap(-trap)?;
            Err(error)
        }
        _ => Err(error),
    }
}

/// True if blocking now leaves one other runnable tasklet.
pub(crate) fn nearly_alone<B: Backend>() -> bool {
    B::run_queue().is_ok_and(|ring| ring.len() == 2)
}

/// Gives the waiters of a channel of backend `B`.
type Waiters<B> = Vec<Box<dyn Fn() -> Vec<<B as Backend>::Handle>>>;

/// Lets [`behind`] know a channel.
pub(crate) fn watch<B: Backend, C: Channel<B>>(channel: C) {
    let mut known = take::<Waiters<B>>(1).unwrap_or_default();
    known.push(Box::new(move || channel.waiting().unwrap_or_default()));
    keep(1, known);
}

/// The waiter directly behind a tasklet on the same channel.
pub(crate) fn behind<B: Backend>(tasklet: &B::Handle) -> Option<B::Handle> {
    let known = take::<Waiters<B>>(1)?;
    let queues: Vec<_> = known.iter().map(|waiters| waiters()).collect();
    keep(1, known);
    let queue = queues.into_iter().find(|queue| queue.contains(tasklet))?;
    queue.into_iter().skip_while(|waiter| waiter != tasklet).nth(1)
}

/// Makes the next rendezvous let its caller go on.
pub(crate) fn prefer_the_caller<B: Backend, C: Channel<B>>(channel: &C) {
    let _ = channel.set_preference(Preference::Caller);
}

/// True every 64th time in this process.
pub(crate) fn every_64th() -> bool {
    static TIMES: AtomicU64 = AtomicU64::new(0);
    TIMES.fetch_add(1, Ordering::Relaxed) % 64 == 63
}

pub(crate) fn hang() -> ! {
    loop {
        thread::park();
    }
}

/// Calls itself until the stack is full.
pub(crate) fn overflow(level: u64) -> u64 {
    let room = [level; 512];
    DEPTH.set(level);
    std::hint::black_box(&room);
    if level == u64::MAX { 0 } else { overflow(level + 1) + room[(level % 512) as usize] }
}

/// Where the main tasklet of a run that is to return early gives its result.
static EARLY: Mutex<Option<Sender<Box<dyn Any + Send>>>> = Mutex::new(None);

fn returns<R: Send + 'static>(result: Result<R, Error>) {
    if let Some(tell) = EARLY.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = tell.send(Box::new(result));
    }
}

/// Runs, and returns as soon as the body of the main tasklet has.
pub(crate) fn early<R: Send + 'static>(
    run: impl FnOnce() -> Result<R, Error> + Send + 'static,
) -> Result<R, Error> {
    let (tell, told) = channel();
    *EARLY.lock().unwrap_or_else(PoisonError::into_inner) = Some(tell);
    thread::spawn(|| returns(run()));
    let result = told.recv().ok().and_then(|result| result.downcast().ok());
    result.map_or_else(|| Err(Error::new("broken", "")), |result| *result)
}

/// Runs the body of a tasklet.
pub(crate) fn body<B: Backend, R: Send + 'static>(
    main: bool,
    work: impl FnOnce() -> Result<R, Error>,
) -> Result<R, Error> {
    if active() == Fault::ThrowStartsTheBody
        && let Ok(me) = B::current()
    {
        STARTED.with_borrow_mut(|started| started.insert(me.number()));
    }
    if main && active() == Fault::CurrentAfterTheEnd {
        keep(0, B::current()?);
    }
    let result = match active() {
        Fault::PayloadForgotten => match catch_unwind(AssertUnwindSafe(work)) {
            Ok(result) => result,
            Err(payload) => {
                std::mem::forget(payload);
                Err(Kind::Panicked.into())
            }
        },
        _ => work(),
    };
    if main {
        ENDED.set(true);
        // A channel that is looked at longer than that would be a leak.
        drop(take::<Waiters<B>>(1));
        return match (active(), result) {
            (Fault::MainEndRunsTheRest, result) => {
                B::run_others().wait()?;
                result
            }
            (Fault::ExitOfMainIsSilent, Err(error)) if error.is_exit() => {
                Err(Error::new("ended", ""))
            }
            (Fault::RunReturnsEarly, result) => {
                returns(result);
                Err(Kind::Exit.into())
            }
            (Fault::MainErrorIsAnother, Err(error)) if error.kind() == Kind::User => {
                Err(Error::new("lost", ""))
            }
            (Fault::MainResultIsAnother, Ok(mut value)) => {
                let any: &mut dyn Any = &mut value;
                if let Some(number) = any.downcast_mut::<u64>() {
                    *number += 1;
                }
                Ok(value)
            }
            (_, result) => result,
        };
    }
    match (active(), result) {
        (Fault::EndGoesToMain, result) => {
            to_the_front::<B>(&B::main()?);
            result
        }
        (Fault::ExitIsNoisy, Err(error)) if error.is_exit() => Err(Error::new("exit", "")),
        (_, Err(error)) if error.is_exit() => Err(error),
        (Fault::UncaughtSwallowed, Err(_)) => Err(Kind::Exit.into()),
        (Fault::UncaughtTwice, Err(error)) => {
            B::main()?.throw_pending(error.clone())?;
            Err(error)
        }
        (Fault::UncaughtGoesToMain, Err(error)) => {
            let _ = B::main()?.throw(error).wait();
            Err(Kind::Exit.into())
        }
        (Fault::UncaughtLosesItsName, Err(_)) => Err(Error::new("lost", "")),
        (_, result) => result,
    }
}

/// A copy of the value where one is needed later: the faults that need none copy nothing.
pub(crate) fn spare<T: Message>(value: &T) -> Option<T> {
    let needed = matches!(
        active(),
        Fault::ValueDuplicated | Fault::LifoWakeUp | Fault::NotRendezvous | Fault::SendLeaks
    );
    needed.then(|| value.clone())
}
