//! Callbacks of the mutant: the user's are kept here, the backend is given some that ask.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    rc::Rc,
};

use switchback::{Backend, ChannelCallback, Error, ErrorHandler, Kind, ScheduleCallback};

use crate::{Claims, Fault, Handle, Mutant, fault::active};

/// The callbacks of one run.
struct Callbacks<B: Backend, C: Claims<B>> {
    handler: Option<ErrorHandler<Mutant<B, C>>>,
    schedule: Option<ScheduleCallback<Mutant<B, C>>>,
    channel: Option<ChannelCallback<Mutant<B, C>>>,
}

thread_local! {
    /// Those of the runs of this thread, innermost last.
    static RUNS: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
    /// How many callbacks are being called.
    static INSIDE: Cell<u32> = const { Cell::new(0) };
}

/// A run of this thread; dropping it forgets its callbacks.
pub(crate) struct Run(());

impl Run {
    /// # Errors
    /// The thread is ending.
    pub(crate) fn enter<B: Backend, C: Claims<B>>() -> Result<Self, Error> {
        let none = Callbacks::<B, C> { handler: None, schedule: None, channel: None };
        let entered = RUNS.try_with(|runs| runs.borrow_mut().push(Box::new(none)));
        let ending = |_| Error::with_detail(Kind::Exhausted, "the thread is ending");
        entered.map_err(ending)?;
        crate::pickles::forget();
        Ok(Self(()))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let over = RUNS.with_borrow_mut(Vec::pop);
        // The hook reports what callbacks do when they go.
        let _ = switchback::dispose(over);
        crate::pickles::forget();
    }
}

/// Whether a callback is being called.
pub(crate) fn inside() -> bool {
    INSIDE.get() > 0
}

/// Counts a callback that is being called, also if it panics.
struct Call(());

impl Call {
    fn begin() -> Self {
        INSIDE.set(INSIDE.get() + 1);
        Self(())
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        INSIDE.set(INSIDE.get() - 1);
    }
}

/// Looks at the callbacks of the innermost run.
fn here<B: Backend, C: Claims<B>, R>(look: impl FnOnce(&mut Callbacks<B, C>) -> R) -> Option<R> {
    RUNS.with_borrow_mut(|runs| Some(look(runs.last_mut()?.downcast_mut()?)))
}

/// Stores a callback where `place` says and gives the one before.
fn exchange<B: Backend, C: Claims<B>, F: Clone>(
    place: impl FnOnce(&mut Callbacks<B, C>) -> &mut Option<F>,
    new: Option<F>,
) -> Result<Option<F>, Error> {
    let old = here::<B, C, _>(|callbacks| std::mem::replace(place(callbacks), new));
    let old = old.ok_or_else(|| Error::from(Kind::WrongScheduler))?;
    Ok(if active() == Fault::PreviousCallbackLost { None } else { old })
}

pub(crate) fn set_handler<B: Backend, C: Claims<B>>(
    new: Option<ErrorHandler<Mutant<B, C>>>,
) -> Result<Option<ErrorHandler<Mutant<B, C>>>, Error> {
    let hook: Option<ErrorHandler<B>> = new.is_some().then(|| Rc::new(handle::<B, C>) as _);
    B::set_error_handler(hook)?;
    exchange::<B, C, _>(|callbacks| &mut callbacks.handler, new)
}

fn handle<B: Backend, C: Claims<B>>(dying: &B::Handle, error: &Error) -> Result<(), Error> {
    let Some(handler) = here::<B, C, _>(|callbacks| callbacks.handler.clone()).flatten() else {
        return Err(error.clone());
    };
    match active() {
        Fault::HandlerIgnored => Err(error.clone()),
        Fault::HandlerOfAnother => handler(&Handle::new(B::main()?), error),
        Fault::HandlerErrorIgnored => handler(&Handle::new(dying.clone()), error).or(Ok(())),
        Fault::HandlerKeepsTheError => {
            handler(&Handle::new(dying.clone()), error).and(Err(error.clone()))
        }
        _ => handler(&Handle::new(dying.clone()), error),
    }
}

pub(crate) fn set_schedule<B: Backend, C: Claims<B>>(
    new: Option<ScheduleCallback<Mutant<B, C>>>,
) -> Result<Option<ScheduleCallback<Mutant<B, C>>>, Error> {
    let hook: Option<ScheduleCallback<B>> = new.is_some().then(|| Rc::new(switched::<B, C>) as _);
    B::set_schedule_callback(hook)?;
    exchange::<B, C, _>(|callbacks| &mut callbacks.schedule, new)
}

fn switched<B: Backend, C: Claims<B>>(previous: &B::Handle, next: &B::Handle) {
    let Some(callback) = here::<B, C, _>(|callbacks| callbacks.schedule.clone()).flatten() else {
        return;
    };
    let (previous, next) = (Handle::new(previous.clone()), Handle::new(next.clone()));
    let _call = Call::begin();
    match active() {
        Fault::ScheduleCallbackMissed => {}
        Fault::ScheduleCallbackSwapped => callback(&next, &previous),
        Fault::ScheduleCallbackTwice => {
            callback(&previous, &next);
            callback(&previous, &next);
        }
        _ => callback(&previous, &next),
    }
}

pub(crate) fn set_channel<B: Backend, C: Claims<B>>(
    new: Option<ChannelCallback<Mutant<B, C>>>,
) -> Result<Option<ChannelCallback<Mutant<B, C>>>, Error> {
    let hook: Option<ChannelCallback<B>> = new.is_some().then(|| Rc::new(acts::<B, C>) as _);
    B::set_channel_callback(hook)?;
    exchange::<B, C, _>(|callbacks| &mut callbacks.channel, new)
}

fn acts<B: Backend, C: Claims<B>>(
    channel: u64,
    tasklet: &B::Handle,
    sending: bool,
    would_block: bool,
) {
    let Some(callback) = here::<B, C, _>(|callbacks| callbacks.channel.clone()).flatten() else {
        return;
    };
    let tasklet = Handle::new(tasklet.clone());
    let _call = Call::begin();
    match active() {
        Fault::ChannelCallbackMissed => {}
        Fault::ChannelCallbackSwapped => callback(channel, &tasklet, would_block, sending),
        Fault::ChannelCallbackNeverBlocks => callback(channel, &tasklet, sending, false),
        Fault::ChannelCallbackOnlyForSends if !sending => {}
        _ => callback(channel, &tasklet, sending, would_block),
    }
}
