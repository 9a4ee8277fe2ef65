//! Tasklets as threads: which one runs, and what becomes of those that do not run to their end.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};
use std::thread;

use support::{Body, wait};
use switchback::{Backend, Channel, Control, Error, ErrorHandler, Kind, ScheduleCallback};
use switchback_baton::Baton;

struct Guard(Arc<AtomicUsize>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Waits on a channel without senders, holding a guard that counts its drop.
fn stuck(dropped: &Arc<AtomicUsize>) -> Body<impl FnOnce() -> Result<(), Error> + Send + 'static> {
    let guard = Guard(Arc::clone(dropped));
    Body(move || {
        let _guard = guard;
        let channel = Baton::channel::<u8>();
        wait(channel.receive()).map(drop)
    })
}

fn panics() -> Error {
    panic!("once")
}

#[test]
fn one_thread_runs_at_a_time() {
    let inside = Arc::new(AtomicBool::new(false));
    let result = Baton::run(Body(move || {
        for _ in 0..8 {
            let inside = Arc::clone(&inside);
            Baton::spawn(Body(move || {
                for _ in 0..50 {
                    assert!(!inside.swap(true, SeqCst), "somebody else runs");
                    thread::yield_now();
                    inside.store(false, SeqCst);
                    wait(Baton::schedule())?;
                }
                Ok(())
            }));
        }
        wait(Baton::run_others())
    }));
    assert_eq!(result, Ok(()));
}

#[test]
fn tasklets_alive_together_have_threads_of_their_own_and_later_ones_use_them_again() {
    let result = Baton::run(Body(|| {
        let ids = Baton::channel::<String>();
        let mut seen = vec![format!("{:?}", thread::current().id())];
        for _ in 0..2 {
            for _ in 0..2 {
                let far = ids.clone();
                Baton::spawn(Body(move || {
                    wait(Baton::schedule())?;
                    wait(far.send(format!("{:?}", thread::current().id())))
                }));
            }
            for _ in 0..2 {
                seen.push(wait(ids.receive())?);
            }
            wait(Baton::run_others())?;
        }
        seen.sort();
        seen.dedup();
        Ok(seen.len())
    }));
    assert_eq!(result, Ok(3), "main and two");
}

#[test]
fn a_callback_of_plain_code_sends_in_the_middle_of_a_sort() {
    let result = Baton::run(Body(|| {
        let compared = Baton::channel::<u32>();
        let far = compared.clone();
        Baton::spawn(Body(move || {
            let mut numbers = [3_u32, 1, 2];
            let mut failed = None;
            numbers.sort_by(|a, b| {
                failed = failed.take().or(wait(far.send(*a)).err());
                a.cmp(b)
            });
            failed.map_or(Ok(()), Err)?;
            wait(far.send_error(Kind::StopIteration.into()))
        }));
        let mut count = 0;
        while wait(compared.receive()).is_ok() {
            count += 1;
        }
        Ok(count)
    }));
    assert!(result.is_ok_and(|count| (2..=3).contains(&count)));
}

#[test]
fn the_end_of_a_run_ends_suspended_tasklets() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let inside = Arc::clone(&dropped);
    let result = Baton::run(Body(move || {
        for _ in 0..3 {
            Baton::spawn(stuck(&inside));
        }
        wait(Baton::schedule())?;
        Ok(inside.load(SeqCst))
    }));
    assert_eq!(result, Ok(0), "they wait while main runs");
    assert_eq!(dropped.load(SeqCst), 3);
}

#[test]
fn a_tasklet_that_never_started_is_dropped_without_being_run() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let result = Baton::run(Body(move || {
        let paused = Baton::spawn_paused(stuck(&dropped))?;
        paused.unbind()?;
        Ok((dropped.load(SeqCst), paused.status()?.alive))
    }));
    assert_eq!(result, Ok((1, false)));
}

#[test]
fn a_started_tasklet_cannot_be_unbound() {
    let result = Baton::run(Body(|| {
        let handle = Baton::spawn(Body(|| wait(Baton::schedule())));
        wait(Baton::schedule())?;
        handle.remove()?;
        Ok((handle.status()?.restorable, handle.unbind()))
    }));
    assert_eq!(result, Ok((false, Err(Kind::NativeState.into()))));
}

#[test]
fn an_error_thrown_before_the_start_keeps_the_body_from_running() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let inside = Arc::clone(&dropped);
    let error = Baton::run(Body(move || {
        let handle = Baton::spawn_paused(stuck(&inside))?;
        wait(handle.throw(Error::new("early", ""))).map(drop)
    }));
    assert_eq!(error.unwrap_err().name(), "early");
    assert_eq!(dropped.load(SeqCst), 1);
}

#[test]
fn a_panic_of_a_tasklet_is_an_error_of_main_and_the_others_go_on() {
    let result = Baton::run(Body(|| {
        let channel = Baton::channel::<u8>();
        let far = channel.clone();
        Baton::spawn(Body(|| Err::<(), _>(panics())));
        Baton::spawn(Body(move || wait(far.send(5))));
        let first = wait(channel.receive()).unwrap_err();
        let second = wait(channel.receive())?;
        Ok((first.kind(), first.detail().to_owned(), second))
    }));
    assert_eq!(result, Ok((Kind::Panicked, "a closure: once".to_owned(), 5)));
}

#[test]
fn a_panic_of_main_resumes_on_the_caller_after_the_others_were_ended() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let inside = Arc::clone(&dropped);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        Baton::run(Body(move || {
            Baton::spawn(stuck(&inside));
            wait(Baton::schedule())?;
            Err::<(), _>(panics())
        }))
    }))
    .unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"once"));
    assert_eq!(dropped.load(SeqCst), 1);
    assert_eq!(Baton::run(Body(|| Ok(1))), Ok(1), "the thread can run again");
}

#[test]
fn a_panicking_destructor_of_discarded_arguments_leaves_the_run_sound() {
    struct Trap;
    impl Drop for Trap {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let result = Baton::run(Body(|| {
        let trap = Trap;
        let paused = Baton::spawn_paused(Body(move || {
            let _trap = trap;
            Ok(())
        }))?;
        let unbound = paused.unbind().map_err(|error| error.kind());
        Ok((unbound, paused.status()?.alive))
    }));
    assert_eq!(result, Ok((Err(Kind::Panicked), false)), "done, and the panic told");
}

#[test]
fn callbacks_set_by_main_are_called_on_the_threads_of_tasklets() {
    let callers = Arc::new(Mutex::new(Vec::new()));
    let far = Arc::clone(&callers);
    let result = Baton::run(Body(move || {
        let record: ScheduleCallback<Baton> = Rc::new(move |_, _| {
            far.lock().expect("not poisoned").push(thread::current().id());
        });
        Baton::set_schedule_callback(Some(record))?;
        Baton::spawn(Body(|| wait(Baton::schedule())));
        wait(Baton::run_others())?;
        // The last owner of the callback is the tasklet that takes it away.
        Baton::spawn(Body(|| Baton::set_schedule_callback(None).map(drop)));
        wait(Baton::run_others())
    }));
    assert_eq!(result, Ok(()));
    let mut callers = callers.lock().expect("not poisoned").clone();
    assert!(callers.contains(&thread::current().id()));
    callers.retain(|id| *id != thread::current().id());
    assert!(!callers.is_empty());
}

#[test]
fn a_panicking_error_handler_is_an_error_of_main() {
    let result = Baton::run(Body(|| {
        let handler: ErrorHandler<Baton> = Rc::new(|_, _| Err(panics()));
        Baton::set_error_handler(Some(handler))?;
        Baton::spawn(Body(|| Err::<(), _>(Error::new("first", ""))));
        wait(Baton::run_others())
    }));
    assert_eq!(result.unwrap_err().kind(), Kind::Panicked);
}

#[test]
fn a_panicking_schedule_callback_does_not_stop_the_switch() {
    let result = Baton::run(Body(|| {
        let callback: ScheduleCallback<Baton> = Rc::new(|_, _| panic!("in a callback"));
        Baton::set_schedule_callback(Some(callback))?;
        let channel = Baton::channel::<u8>();
        let far = channel.clone();
        Baton::spawn(Body(move || wait(far.send(1))));
        wait(channel.receive())
    }));
    assert_eq!(result, Ok(1));
}

#[test]
fn runs_nest_in_main_and_in_tasklets() {
    fn inner() -> Result<u8, Error> {
        Baton::run(Body(|| {
            let channel = Baton::channel::<u8>();
            let far = channel.clone();
            Baton::spawn(Body(move || wait(far.send(1))));
            wait(channel.receive())
        }))
    }
    let result = Baton::run(Body(|| {
        let channel = Baton::channel::<u8>();
        let far = channel.clone();
        Baton::spawn(Body(move || {
            wait(Baton::schedule())?;
            let got = inner()?;
            wait(far.send(got + 1))
        }));
        Ok((inner()?, wait(channel.receive())?))
    }));
    assert_eq!(result, Ok((1, 2)));
}
