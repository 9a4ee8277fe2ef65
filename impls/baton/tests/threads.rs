//! Threads come back, and run out.

mod support;

use std::cell::RefCell;
use std::process::Command;
use std::rc::Rc;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use support::{Body, wait};
use switchback::{Backend, Channel, Control, Error, Kind, ScheduleCallback};
use switchback_baton::{Baton, MAX_THREADS};

thread_local! {
    static LOCAL: RefCell<Vec<Box<dyn std::any::Any>>> = const { RefCell::new(Vec::new()) };
}

/// Counts the ends of threads that keep one.
struct Ended(Arc<AtomicUsize>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn every_thread_has_ended_when_the_run_returns() {
    let ended = Arc::new(AtomicUsize::new(0));
    let far = Arc::clone(&ended);
    let result = Baton::run(Body(move || {
        for round in 0..5 {
            let far = Arc::clone(&far);
            Baton::spawn(Body(move || {
                LOCAL.with_borrow_mut(|l| l.push(Box::new(Ended(far))));
                // Some end, some are killed at the end of the run.
                let channel = Baton::channel::<u8>();
                if round % 2 == 0 { Ok(()) } else { wait(channel.receive()).map(drop) }
            }));
        }
        // Never starts; its thread holds nothing, but has to be joined too.
        let paused = Baton::spawn_paused(Body(|| Ok(())))?;
        wait(Baton::run_others())?;
        Ok((far.load(SeqCst), paused.status()?.paused()))
    }));
    assert_eq!(result, Ok((0, true)));
    assert_eq!(ended.load(SeqCst), 5);
}

#[test]
fn an_rc_of_a_callback_may_outlive_its_tasklet_in_thread_local_data() {
    const THREADS: usize = 8;
    let drops = Arc::new(AtomicUsize::new(0));
    let far = Arc::clone(&drops);
    let result = Baton::run(Body(move || {
        let last = Ended(far);
        let callback: ScheduleCallback<Baton> = Rc::new(move |_, _| {
            let _ = &last;
        });
        Baton::set_schedule_callback(Some(callback))?;
        for _ in 0..THREADS {
            Baton::spawn(Body(|| {
                let callback = Baton::set_schedule_callback(None)?;
                if let Some(callback) = callback {
                    for _ in 0..100 {
                        let copy = Rc::clone(&callback);
                        LOCAL.with_borrow_mut(|l| l.push(Box::new(copy)));
                    }
                    Baton::set_schedule_callback(Some(callback))?;
                }
                wait(Baton::schedule())
            }));
        }
        wait(Baton::run_others())
    }));
    assert_eq!(result, Ok(()));
    assert_eq!(drops.load(SeqCst), 1, "no count was lost between the threads");
}

#[test]
fn a_tasklet_that_refuses_ten_exits_does_not_hold_up_the_run() {
    let exits = Arc::new(AtomicUsize::new(0));
    let far = Arc::clone(&exits);
    let result = Baton::run(Body(move || {
        Baton::spawn(Body(move || {
            let channel = Baton::channel::<u8>();
            loop {
                if wait(channel.receive()).is_err() {
                    far.fetch_add(1, SeqCst);
                }
            }
            #[allow(unreachable_code)]
            Ok(())
        }));
        wait(Baton::schedule())
    }));
    assert_eq!(result, Ok(()));
    assert_eq!(exits.load(SeqCst), 10);
}

/// Spawns tasklets until one is refused; gives how many were not, and why that one was.
fn spawn_until_refused(most: usize) -> Result<(usize, Error), Error> {
    Baton::run(Body(move || {
        let gate = Baton::channel::<()>();
        for at in 0..most {
            let gate = gate.clone();
            let handle = Baton::spawn(Body(move || wait(gate.receive())));
            if let Ok(switchback::Value::Bomb(error)) = handle.slot() {
                // The slot is raised in main as soon as it is the turn of the refused one.
                let raised = wait(Baton::run_others()).unwrap_err();
                assert_eq!(raised, error);
                return Ok((at, error));
            }
        }
        Err(Error::new("enough", "no tasklet was refused"))
    }))
}

#[test]
fn one_tasklet_too_many_is_refused_and_the_run_goes_on() {
    let (accepted, error) = spawn_until_refused(MAX_THREADS + 1).expect("one is refused");
    assert_eq!(error.kind(), Kind::Exhausted);
    // Fewer where the system allows fewer.
    assert!(accepted <= MAX_THREADS, "{accepted}");
    if accepted == MAX_THREADS {
        assert!(error.detail().contains("10000"), "{error}");
    }
}

#[test]
fn the_thread_of_a_tasklet_that_never_started_serves_the_next() {
    let result = Baton::run(Body(|| {
        for _ in 0..=MAX_THREADS {
            Baton::spawn_paused(Body(|| Ok(())))?.unbind()?;
        }
        let handle = Baton::spawn(Body(|| Ok(())));
        Ok(handle.status()?.scheduled && matches!(handle.slot()?, switchback::Value::Empty))
    }));
    assert_eq!(result, Ok(true), "one thread is enough for all of them");
}

const CHILD: &str = "SWITCHBACK_BATON_CHILD";

/// In a process where every thread would need a stack larger than the address space.
#[test]
fn a_thread_the_system_refuses_is_an_error_of_main() {
    if std::env::var_os(CHILD).is_some() {
        let (accepted, error) = spawn_until_refused(1).expect("the first is refused");
        assert_eq!((accepted, error.kind()), (0, Kind::Exhausted));
        return;
    }
    let this = std::env::current_exe().expect("a test knows its program");
    let child = Command::new(this)
        .args(["--exact", "a_thread_the_system_refuses_is_an_error_of_main"])
        // One test at a time runs on the first thread of the process.
        .args(["--test-threads", "1", "--nocapture"])
        .env(CHILD, "1")
        .env("RUST_MIN_STACK", (1_u64 << 50).to_string())
        .output()
        .expect("the program starts");
    let text = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{text}{}", String::from_utf8_lossy(&child.stderr));
    assert!(text.contains("1 passed"), "{text}");
}
