//! What becomes of futures that do not run to their end.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use support::{Body, on};
use switchback::{Backend, Channel, Control, Error, Kind};
use switchback_poll::Poll;

/// Counts its drops.
#[derive(Clone, Default)]
struct Dropped(Arc<AtomicUsize>);

struct Guard(Arc<AtomicUsize>);

impl Dropped {
    fn guard(&self) -> Guard {
        Guard(Arc::clone(&self.0))
    }

    fn count(&self) -> usize {
        self.0.load(SeqCst)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Waits on a channel without senders, holding the guard.
fn stuck(guard: Guard) -> Body<impl Future<Output = Result<(), Error>> + Send + 'static> {
    Body(async move {
        let _guard = guard;
        let channel = Poll::channel::<u8>();
        on(channel.receive()).await.map(drop)
    })
}

#[test]
fn the_end_of_a_run_drops_suspended_futures() {
    let dropped = Dropped::default();
    let inside = dropped.clone();
    let result = Poll::run(Body(async move {
        for _ in 0..3 {
            Poll::spawn(stuck(inside.guard()));
        }
        on(Poll::schedule()).await?;
        Ok(inside.count())
    }));
    assert_eq!(result, Ok(0), "they wait while main runs");
    assert_eq!(dropped.count(), 3);
}

#[test]
fn a_tasklet_that_never_started_is_dropped_without_being_run() {
    let dropped = Dropped::default();
    let inside = dropped.clone();
    let result = Poll::run(Body(async move {
        let paused = Poll::spawn_paused(stuck(inside.guard()))?;
        paused.unbind()?;
        Ok(inside.count())
    }));
    assert_eq!(result, Ok(1));
}

#[test]
fn a_started_tasklet_cannot_be_unbound() {
    let dropped = Dropped::default();
    let inside = dropped.clone();
    let result = Poll::run(Body(async move {
        let handle = Poll::spawn(Body(async move {
            let _guard = inside.guard();
            on(Poll::schedule()).await
        }));
        on(Poll::schedule()).await?;
        handle.remove()?;
        let status = handle.status()?;
        Ok((status.alive, status.restorable, handle.unbind()))
    }));
    assert_eq!(result, Ok((true, false, Err(Kind::NativeState.into()))));
    assert_eq!(dropped.count(), 1, "killed at the end of the run");
}

#[test]
fn an_error_thrown_before_the_start_keeps_the_body_from_running() {
    let dropped = Dropped::default();
    let inside = dropped.clone();
    let error = Poll::run(Body(async move {
        let handle = Poll::spawn_paused(stuck(inside.guard()))?;
        on(handle.throw(Error::new("early", ""))).await.map(drop)
    }));
    assert_eq!(error.unwrap_err().name(), "early");
    assert_eq!(dropped.count(), 1);
}

#[test]
fn a_killed_tasklet_runs_its_destructors_and_nothing_else() {
    let dropped = Dropped::default();
    let inside = dropped.clone();
    let result = Poll::run(Body(async move {
        let handle = Poll::spawn(stuck(inside.guard()));
        on(Poll::schedule()).await?;
        on(handle.kill()).await?;
        Ok((inside.count(), handle.status()?.alive))
    }));
    assert_eq!(result, Ok((1, false)));
}

#[test]
fn a_panic_of_a_tasklet_is_an_error_of_main() {
    let dropped = Dropped::default();
    let inside = dropped.clone();
    let error = Poll::run(Body(async move {
        Poll::spawn(Body(async move {
            let _guard = inside.guard();
            on(Poll::schedule()).await?;
            if inside.count() == 0 {
                panic!("out of cheese");
            }
            Ok(())
        }));
        on(Poll::run_others()).await
    }))
    .unwrap_err();
    assert_eq!(error.kind(), Kind::Panicked);
    assert_eq!(error.detail(), "a future: out of cheese");
    assert_eq!(dropped.count(), 1);
}

#[test]
fn the_others_go_on_after_a_panic() {
    let result = Poll::run(Body(async {
        let channel = Poll::channel::<u8>();
        let far = channel.clone();
        Poll::spawn(Body(async { Err::<(), _>(panics()) }));
        Poll::spawn(Body(async move { on(far.send(5)).await }));
        let first = on(channel.receive()).await;
        let second = on(channel.receive()).await;
        Ok((first.map_err(|e| e.kind()), second.map_err(|e| e.kind())))
    }));
    assert_eq!(result, Ok((Err(Kind::Panicked), Ok(5))));
}

fn panics() -> Error {
    panic!("once")
}

#[test]
fn a_panic_of_main_resumes_on_the_caller_after_the_others_were_ended() {
    let dropped = Dropped::default();
    let inside = dropped.clone();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        Poll::run(Body(async move {
            Poll::spawn(stuck(inside.guard()));
            on(Poll::schedule()).await?;
            Err::<(), _>(panics())
        }))
    }))
    .unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"once"));
    assert_eq!(dropped.count(), 1);
    assert_eq!(Poll::run(Body(async { Ok(1) })), Ok(1), "the thread can run again");
}

#[test]
fn a_panicking_destructor_of_discarded_arguments_leaves_the_run_sound() {
    struct Trap;
    impl Drop for Trap {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let result = Poll::run(Body(async {
        let trap = Trap;
        let paused = Poll::spawn_paused(Body(async move {
            let _trap = trap;
            Ok(())
        }))?;
        let unbound = paused.unbind().map_err(|error| error.kind());
        Ok((unbound, paused.status()?.alive))
    }));
    assert_eq!(result, Ok((Err(Kind::Panicked), false)), "done, and the panic told");
}

#[test]
fn runs_nest() {
    let result = Poll::run(Body(async {
        let inner = Poll::run(Body(async {
            let channel = Poll::channel::<u8>();
            let far = channel.clone();
            Poll::spawn(Body(async move { on(far.send(1)).await }));
            on(channel.receive()).await
        }))?;
        on(Poll::schedule()).await?;
        Ok(inner + 1)
    }));
    assert_eq!(result, Ok(2));
}

/// Sends whether its local, alive across a suspension, lies where its type wants it.
fn aligned<T: Default + Send + Sync + 'static>(
    to: switchback::kernel::Channel<Poll, bool>,
) -> Body<impl Future<Output = Result<(), Error>> + Send + 'static> {
    Body(async move {
        let local = T::default();
        on(Poll::schedule()).await?;
        let right = (&raw const local).addr().is_multiple_of(align_of::<T>());
        on(to.send(right)).await
    })
}

#[test]
fn futures_of_all_sizes_and_alignments_are_used_again() {
    #[derive(Default)]
    #[repr(align(64))]
    struct Line(#[allow(dead_code)] [u8; 32]);
    #[derive(Default)]
    #[repr(align(256))]
    struct Strict(#[allow(dead_code)] [u8; 32]);
    #[derive(Default)]
    struct Large(#[allow(dead_code)] [[u64; 32]; 16]);
    let result = Poll::run(Body(async {
        let channel = Poll::channel::<bool>();
        let mut right = 0;
        for _ in 0..3 {
            Poll::spawn(aligned::<u8>(channel.clone()));
            Poll::spawn(aligned::<Line>(channel.clone()));
            Poll::spawn(aligned::<Strict>(channel.clone()));
            Poll::spawn(aligned::<Large>(channel.clone()));
            for _ in 0..4 {
                right += u32::from(on(channel.receive()).await?);
            }
        }
        Ok(right)
    }));
    assert_eq!(result, Ok(12));
}
