//! User code that the kernel runs, and that reaches back for the tasklet it runs for: clones and
//! destructors of values in slots, destructors of arguments, callbacks. On every kernel driver.

#![forbid(unsafe_code)]

use std::{
    collections::HashMap,
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::{Deserialize, Serialize};
use switchback::{Backend, Channel, Control, Error, Kind, Message, Operation, Value, tasklet};
use switchback_baton::Baton;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
use switchback_direct::Direct;
// Where there is no `direct`, another backend with stacks takes its place.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
use switchback_generator::Generator as Direct;
use switchback_hard::Hard;
use switchback_poll::Poll;
use switchback_soft::Soft;

type Act = Arc<dyn Fn() + Send + Sync>;
/// At a clone, and at the end.
type Acts = (Option<Act>, Option<Act>);

/// What clones and destructors of a [`Trap`] do, by its number: values are messages, so they hold no
/// closures.
static ACTS: Mutex<Option<HashMap<u64, Acts>>> = Mutex::new(None);
static LAST: AtomicU64 = AtomicU64::new(0);

#[derive(Debug, Serialize, Deserialize)]
struct Trap(u64);

impl Message for Trap {}

impl Trap {
    fn new() -> Self {
        Self(LAST.fetch_add(1, Ordering::SeqCst))
    }

    fn on_clone(&self, act: impl Fn() + Send + Sync + 'static) {
        let mut acts = ACTS.lock().expect("not poisoned");
        acts.get_or_insert_default().entry(self.0).or_default().0 = Some(Arc::new(act));
    }

    fn on_drop(&self, act: impl Fn() + Send + Sync + 'static) {
        let mut acts = ACTS.lock().expect("not poisoned");
        acts.get_or_insert_default().entry(self.0).or_default().1 = Some(Arc::new(act));
    }

    fn acts(&self) -> Acts {
        let acts = ACTS.lock().expect("not poisoned");
        acts.as_ref().and_then(|acts| acts.get(&self.0).cloned()).unwrap_or_default()
    }
}

impl Clone for Trap {
    fn clone(&self) -> Self {
        if let Some(act) = self.acts().0 {
            act();
        }
        Self::new()
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        if let Some(act) = self.acts().1 {
            act();
        }
    }
}

/// All that can be asked of a tasklet from outside. What it answers is not the point.
fn everything<B: Backend>(handle: &B::Handle) {
    let _ = handle.unbind();
    let _ = handle.set_slot(Value::message(1u64));
    let _ = handle.insert();
    let _ = handle.remove();
    let _ = handle.throw_pending(Error::new("E", ""));
    let _ = B::bind(handle, ends(0));
    let _ = handle.slot();
    drop(B::spawn(ends(1)));
    let _ = B::schedule().wait();
    let _ = handle.run().wait();
}

#[tasklet]
async fn ends<B: Backend>(_number: u64) -> Result<(), Error> {
    B::schedule().await
}

#[tasklet]
async fn takes<B: Backend>(trap: Trap) -> Result<(), Error> {
    B::schedule().await?;
    drop(trap);
    Ok(())
}

#[tasklet]
async fn sends<B: Backend>(traps: B::Channel<Trap>, trap: Trap) -> Result<(), Error> {
    traps.send(trap).await
}

/// Others live on: what was freed twice is given to two of them.
#[tasklet]
async fn goes_on<B: Backend>() -> Result<(), Error> {
    let numbers: B::Channel<u64> = B::channel();
    for number in 0..20u64 {
        drop(B::spawn(sends_one(numbers.clone(), number)));
    }
    for number in 0..20u64 {
        let received: u64 = numbers.receive().await?;
        assert_eq!(received, number);
    }
    Ok(())
}

#[tasklet]
async fn sends_one<B: Backend>(numbers: B::Channel<u64>, number: u64) -> Result<(), Error> {
    B::schedule().await?;
    numbers.send(number).await
}

/// A destructor of an argument, of a tasklet that has not begun and is given up.
#[tasklet]
async fn arguments<B: Backend>() -> Result<(), Error> {
    for way in 0..3u64 {
        let trap: Trap = Trap::new();
        let number: u64 = trap.0;
        let paused: B::Handle = B::spawn_paused(takes(trap))?;
        let own = paused.clone();
        Trap(number).on_drop_of(move || everything::<B>(&own));
        match way {
            0 => drop(paused.unbind()),
            1 => drop(B::bind(&paused, ends(2))),
            _ => drop(paused.kill_pending()),
        }
        B::schedule().await?;
        drop(paused);
        goes_on().await?;
    }
    Ok(())
}

/// A clone of what is in the slot of a paused tasklet, and of a blocked sender.
#[tasklet]
async fn clones<B: Backend>() -> Result<(), Error> {
    let traps: B::Channel<Trap> = B::channel();
    for blocked in 0..2u64 {
        let trap: Trap = Trap::new();
        let number: u64 = trap.0;
        let handle: B::Handle = if blocked == 1 {
            B::spawn(sends(traps.clone(), trap))
        } else {
            let paused: B::Handle = B::spawn_paused(ends(3))?;
            paused.set_slot(Value::message(trap))?;
            paused
        };
        if blocked == 1 {
            B::schedule().await?;
            assert_eq!(traps.balance()?, 1);
        }
        let own = handle.clone();
        let receives = traps.clone();
        Trap(number).on_clone_of(move || {
            everything::<B>(&own);
            let _ = receives.receive().wait();
        });
        let copied: Result<Value<B>, Error> = handle.slot();
        assert!(matches!(copied, Ok(Value::Message(_))), "{copied:?}");
        drop(copied);
        if traps.balance()? == 1 {
            let received: Trap = traps.receive().await?;
            drop(received);
        }
        Trap(number).on_clone_of(|| ());
        drop(handle.kill_pending());
        B::schedule().await?;
        goes_on().await?;
    }
    Ok(())
}

impl Trap {
    /// As `on_clone`, for the value of this number: this one is not dropped.
    fn on_clone_of(self, act: impl Fn() + Send + Sync + 'static) {
        self.on_clone(act);
        std::mem::forget(self);
    }

    fn on_drop_of(self, act: impl Fn() + Send + Sync + 'static) {
        self.on_drop(act);
        std::mem::forget(self);
    }
}

/// Ends with a value in its slot whose destructor waits.
#[tasklet]
async fn ends_full<B: Backend>(trap: Trap) -> Result<(), Error> {
    let me: B::Handle = B::current()?;
    me.set_slot(Value::message(trap))?;
    Ok(())
}

#[tasklet]
async fn ended<B: Backend>() -> Result<(), Error> {
    for _ in 0..3u64 {
        let trap: Trap = Trap::new();
        let number: u64 = trap.0;
        let handle: B::Handle = B::spawn(ends_full(trap));
        let own = handle.clone();
        Trap(number).on_drop_of(move || everything::<B>(&own));
        B::schedule().await?;
        assert!(!handle.status()?.alive || handle.status()?.scheduled);
        B::schedule().await?;
        B::schedule().await?;
        goes_on().await?;
    }
    Ok(())
}

/// Callbacks that move the peer of a channel operation, and the tasklet that is next.
#[tasklet]
async fn callbacks<B: Backend>() -> Result<u64, Error> {
    let numbers: B::Channel<u64> = B::channel();
    let sender: B::Handle = B::spawn(sends_one(numbers.clone(), 7));
    B::set_error_handler(Some(Rc::new(|_, _| Ok(()))))?;
    B::schedule().await?;
    B::schedule().await?;
    assert_eq!(numbers.balance()?, 1);
    // The one that would be met is thrown out of its queue.
    let peer = sender.clone();
    B::set_channel_callback(Some(Rc::new(move |_, _, _, _| everything::<B>(&peer))))?;
    B::spawn(sends_one(numbers.clone(), 8));
    let received: u64 = numbers.receive().await?;
    B::set_channel_callback(None)?;
    // The one that is next, and the one before.
    B::set_schedule_callback(Some(Rc::new(|prev, next| {
        let _ = next.remove();
        everything::<B>(next);
        let _ = prev.remove();
        everything::<B>(prev);
    })))?;
    for _ in 0..5u64 {
        // What the callback has thrown at main comes out here.
        drop(B::schedule().await);
    }
    B::set_schedule_callback(None)?;
    for _ in 0..5u64 {
        drop(B::schedule().await);
    }
    B::set_error_handler(None)?;
    goes_on().await?;
    Ok(received)
}

macro_rules! on_each {
    ($($driver:ident $module:ident),*) => {
        $(mod $module {
            use super::*;

            #[test]
            fn a_destructor_of_an_argument_reaches_for_its_tasklet() {
                assert_eq!($driver::run(arguments()), Ok(()));
            }

            #[test]
            fn a_clone_of_a_slot_reaches_for_its_tasklet() {
                assert_eq!($driver::run(clones()), Ok(()));
            }

            #[test]
            fn a_destructor_waits_when_its_tasklet_has_ended() {
                assert_eq!($driver::run(ended()), Ok(()));
            }

            #[test]
            fn a_callback_moves_the_tasklets_it_is_told_of() {
                assert_eq!($driver::run(callbacks()), Ok(8));
            }
        })*
    };
}
on_each!(Hard hard, Direct direct, Soft soft, Poll poll, Baton baton);

/// The kind that what would switch is refused with, so that the tests above try what they say.
#[test]
fn a_destructor_that_waits_is_refused() {
    let trap = Trap::new();
    trap.on_drop(|| {
        let kind = Hard::schedule().wait().map_err(|error| error.kind());
        assert_eq!(kind, Err(Kind::SwitchInCallback));
    });
    assert_eq!(Hard::run(gives_up(trap)), Ok(()));
}

#[tasklet]
async fn gives_up<B: Backend>(trap: Trap) -> Result<(), Error> {
    B::spawn_paused(takes(trap))?.unbind()
}
