//! Errors, panics, deadlocks and ends of whole runs.

mod support;

use support::{Body, wait};
use switchback::{Backend, Channel, Error, Kind, Tasklet};
use switchback_threads::{Channel as Crossed, Handle, Threads};

/// Waits until the threads of one name are `count`, and gives up after 10,000 looks: a joined
/// thread stays listed until the kernel has put it away, and a listing may miss some while others
/// come and go. Names are inherited, so parallel tests do not count each other's threads.
#[cfg(target_os = "linux")]
fn threads_become(count: usize, name: &str) -> bool {
    (0..10_000).any(|_| {
        std::thread::yield_now();
        let tasks = std::fs::read_dir("/proc/self/task").expect("Linux lists threads");
        tasks
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
            .filter(|comm| comm.trim_end() == name)
            .count()
            == count
    })
}

/// Spawns `count` tasklets that wait on `channel` for a sender that never comes.
fn spawn_stuck(count: usize, channel: &Crossed<u8>) -> Vec<Handle> {
    (0..count)
        .map(|_| {
            let channel = channel.clone();
            Threads::spawn(Body(move || wait(channel.receive()).map(drop)))
        })
        .collect()
}

fn failing(name: &'static str) -> impl Tasklet<Threads, Return = ()> {
    Body(move || Err(Error::new(name, "")))
}

#[cfg(target_os = "linux")]
#[test]
fn blocked_tasklets_are_ended_and_joined_with_the_run() {
    let worker = std::thread::Builder::new().name("leakcheck".into());
    let run = || {
        Threads::run(Body(|| {
            let handles = spawn_stuck(50, &Threads::channel());
            wait(Threads::run_others())?;
            assert!(handles.iter().all(Handle::is_alive));
            Ok((handles, threads_become(51, "leakcheck")))
        }))
    };
    let check = move || {
        let (handles, during) = run().expect("blocked tasklets are no error");
        assert!(!handles.iter().any(Handle::is_alive));
        (during, threads_become(1, "leakcheck"))
    };
    let seen = worker.spawn(check).expect("a thread").join().expect("the checks hold");
    assert_eq!(seen, (true, true));
}

#[test]
fn operations_after_the_end_of_main_fail_with_the_exit() {
    let (report, outcome) = std::sync::mpsc::channel();
    let ran = Threads::run(Body(move || {
        let channel: Crossed<u8> = Threads::channel();
        Threads::spawn(Body(move || {
            let first = wait(channel.receive()).unwrap_err();
            let second = wait(channel.receive()).unwrap_err();
            let yielded = wait(Threads::schedule()).unwrap_err();
            let late = Threads::spawn(failing("late"));
            let kinds = [first.kind(), second.kind(), yielded.kind()];
            report.send((kinds, late.is_alive())).map_err(Error::from_error)
        }));
        wait(Threads::run_others())
    }));
    assert_eq!(ran, Ok(()));
    assert_eq!(outcome.recv(), Ok(([Kind::Exit; 3], false)));
}

#[test]
fn an_uncaught_error_takes_main_off_its_channel() {
    let error = Threads::run(Body(|| {
        let channel: Crossed<u8> = Threads::channel();
        Threads::spawn(failing("E1"));
        wait(channel.receive())
    }));
    assert_eq!(error.unwrap_err().name(), "E1");
}

#[test]
fn every_uncaught_error_reaches_main_once() {
    let mut names = Threads::run(Body(|| {
        let channel: Crossed<u8> = Threads::channel();
        for name in ["E1", "E2", "E3"] {
            Threads::spawn(failing(name));
        }
        Ok([(); 4].map(|()| wait(channel.receive()).unwrap_err()))
    }))
    .expect("main has caught them all")
    .map(|error| (error.kind(), error.name().to_owned()));
    names.sort_by(|a, b| a.1.cmp(&b.1));
    let errors = ["E1", "E2", "E3"].map(|name| (Kind::User, name.to_owned()));
    // The last operation finds no tasklet left to send.
    let stuck = names[0].clone();
    assert!(matches!(stuck.0, Kind::Deadlock | Kind::MainReceiving), "{stuck:?}");
    assert_eq!(names[1..], errors);
}

/// Main is interrupted by errors in the middle of a stream of values, in either direction.
fn interrupted(main_sends: bool) -> (u64, usize) {
    const VALUES: u64 = 2_000;
    const ERRORS: usize = 200;
    let (report, total) = std::sync::mpsc::channel();
    let errors = Threads::run(Body(move || {
        let channel: Crossed<u64> = Threads::channel();
        let far = channel.clone();
        let far_report = report.clone();
        Threads::spawn(Body(move || {
            if main_sends {
                let mut sum = 0;
                for _ in 0..VALUES {
                    sum += wait(far.receive())?;
                }
                far_report.send(sum).map_err(Error::from_error)
            } else {
                (0..VALUES).try_for_each(|value| wait(far.send(value)))
            }
        }));
        Threads::spawn(Body(move || {
            for _ in 0..ERRORS {
                Threads::spawn(failing("E"));
            }
            Ok(())
        }));
        let (mut sum, mut errors) = (0, 0);
        for value in 0..VALUES {
            loop {
                let tried = if main_sends {
                    wait(channel.send(value))
                } else {
                    wait(channel.receive()).map(|value| sum += value)
                };
                match tried {
                    Ok(()) => break,
                    Err(error) if error.name() == "E" => errors += 1,
                    Err(error) => return Err(error),
                }
            }
        }
        while wait(Threads::run_others()).is_err() {
            errors += 1;
        }
        if main_sends {
            Ok(errors)
        } else {
            report.send(sum).map(|()| errors).map_err(Error::from_error)
        }
    }))
    .expect("main catches them all");
    (total.recv().expect("one side has added up"), errors)
}

#[test]
fn errors_in_the_middle_of_a_stream_lose_no_value_and_no_error() {
    for main_sends in [false, true] {
        assert_eq!(interrupted(main_sends), ((0..2_000).sum(), 200), "main sends: {main_sends}");
    }
}

#[test]
fn an_error_raised_before_the_end_of_main_is_the_result_of_the_run() {
    let result = Threads::run(Body(|| {
        let handle = Threads::spawn(failing("E1"));
        while handle.is_alive() {
            std::thread::yield_now();
        }
        Ok(1)
    }));
    assert_eq!(result.unwrap_err().name(), "E1");
}

#[test]
fn an_error_of_main_wins_over_those_of_others() {
    let result = Threads::run(Body(|| {
        Threads::spawn(failing("E1"));
        Err::<(), _>(Error::new("E0", ""))
    }));
    assert_eq!(result.unwrap_err().name(), "E0");
}

#[test]
fn an_error_made_of_the_exit_is_the_result_of_the_run() {
    let result = Threads::run(Body(|| {
        let channel: Crossed<u8> = Threads::channel();
        spawn_stuck(20, &channel);
        Threads::spawn(Body(move || {
            let exit = wait(channel.receive()).unwrap_err();
            Err::<(), _>(Error::new("unsaved", exit.kind().text()))
        }));
        wait(Threads::run_others())
    }));
    assert_eq!(result.unwrap_err(), Error::new("unsaved", Kind::Exit.text()));
}

#[test]
fn a_waiter_that_was_called_away_is_met_by_nobody() {
    let kinds = Threads::run(Body(|| {
        let channel: Crossed<u8> = Threads::channel();
        Threads::spawn(failing("E1"));
        let away = wait(channel.receive()).unwrap_err();
        channel.close()?;
        let alone = wait(channel.send(1)).unwrap_err();
        Ok((away.name().to_owned(), alone.kind()))
    }));
    assert_eq!(kinds, Ok(("E1".to_owned(), Kind::Closed)));
}

#[test]
fn the_exit_of_a_tasklet_surfaces_nowhere() {
    let result = Threads::run(Body(|| {
        Threads::spawn(Body(|| Err::<(), _>(Kind::Exit.into())));
        wait(Threads::run_others())
    }));
    assert_eq!(result, Ok(()));
}

#[test]
fn a_panic_in_a_tasklet_is_an_error_of_the_run() {
    let error = Threads::run(Body(|| {
        let channel: Crossed<u8> = Threads::channel();
        Threads::spawn(Body(|| -> Result<(), Error> { panic!("lost the {}", "map") }));
        wait(channel.receive())
    }))
    .unwrap_err();
    assert_eq!((error.kind(), error.detail()), (Kind::Panicked, "a closure: lost the map"));
}

#[test]
fn a_panic_in_main_still_ends_the_others() {
    let channel: Crossed<u8> = Threads::channel();
    let (report, handles) = std::sync::mpsc::channel();
    let error = Threads::run(Body(move || -> Result<(), Error> {
        report.send(spawn_stuck(3, &channel)).map_err(Error::from_error)?;
        panic!("enough")
    }))
    .unwrap_err();
    assert_eq!((error.kind(), error.detail()), (Kind::Panicked, "a closure: enough"));
    assert!(!handles.recv().expect("main sent them").iter().any(Handle::is_alive));
}

#[test]
fn main_alone_on_a_channel_is_a_deadlock() {
    let kinds = Threads::run(Body(|| {
        let channel: Crossed<u8> = Threads::channel();
        Ok([wait(channel.receive()).map(drop), wait(channel.send(1))]
            .map(|result| result.unwrap_err().kind()))
    }));
    assert_eq!(kinds, Ok([Kind::Deadlock; 2]));
}

#[test]
fn main_is_freed_when_the_last_other_tasklet_ends() {
    let (kinds, gate) = (Threads::channel::<u8>(), Threads::channel::<()>());
    let error = Threads::run(Body(move || {
        let far = gate.clone();
        Threads::spawn(Body(move || wait(far.receive())));
        wait(Threads::run_others())?;
        wait(gate.send(()))?;
        wait(kinds.send(1))
    }))
    .unwrap_err();
    // The worker may end before main waits, or after.
    assert!(matches!(error.kind(), Kind::MainSending | Kind::Deadlock), "{error}");
}

#[test]
fn a_ring_of_waiting_tasklets_is_a_deadlock() {
    let error = Threads::run(Body(|| {
        let channels: Vec<Crossed<u8>> = (0..5).map(|_| Threads::channel()).collect();
        for at in 0..channels.len() {
            let (from, to) = (channels[at].clone(), channels[(at + 1) % channels.len()].clone());
            Threads::spawn(Body(move || {
                let token = wait(from.receive())?;
                wait(to.send(token))
            }));
        }
        wait(Threads::channel::<u8>().receive())
    }))
    .unwrap_err();
    assert_eq!(error.kind(), Kind::Deadlock);
}

#[test]
fn run_others_returns_when_all_have_ended_or_wait() {
    let seen = Threads::run(Body(|| {
        let (done, seen) = std::sync::mpsc::channel();
        let handles: Vec<_> = (0..20)
            .map(|number| {
                let done = done.clone();
                Threads::spawn(Body(move || {
                    for _ in 0..10 {
                        wait(Threads::schedule())?;
                    }
                    done.send(number).map_err(Error::from_error)
                }))
            })
            .collect();
        let stuck = spawn_stuck(2, &Threads::channel());
        wait(Threads::run_others())?;
        let alive = handles.iter().chain(&stuck).filter(|handle| handle.is_alive()).count();
        let mut numbers: Vec<i32> = seen.try_iter().collect();
        numbers.sort_unstable();
        Ok((numbers, alive))
    }));
    assert_eq!(seen, Ok(((0..20).collect(), 2)));
}

#[test]
fn a_run_inside_a_tasklet_is_a_world_of_its_own() {
    let result = Threads::run(Body(|| {
        let outer: Crossed<u8> = Threads::channel();
        let far = outer.clone();
        Threads::spawn(Body(move || {
            let inner = Threads::run(Body(|| wait(Threads::channel::<u8>().receive())));
            assert_eq!(inner.unwrap_err().kind(), Kind::Deadlock);
            wait(far.send(4))
        }));
        wait(outer.receive())
    }));
    assert_eq!(result, Ok(4));
}

#[test]
fn a_spawn_outside_a_run_starts_nothing() {
    assert!(!Threads::spawn(failing("never")).is_alive());
}

#[test]
fn ten_thousand_tasklets_in_turn_leave_few_threads_behind() {
    let (count, counts) = Threads::audit(Body(|| {
        let channel: Crossed<u32> = Threads::channel();
        let mut sum = 0;
        for _ in 0..10_000 {
            let far = channel.clone();
            Threads::spawn(Body(move || wait(far.send(1))));
            sum += wait(channel.receive())?;
        }
        // A thread that has ended keeps its stack and the guard of it mapped until it is joined.
        #[cfg(target_os = "linux")]
        assert!(
            std::fs::read_to_string("/proc/self/maps").map_or(0, |maps| maps.lines().count())
                < 5_000
        );
        Ok(sum)
    }))
    .expect("ended threads are joined in passing");
    assert_eq!((count, counts.tasklets), (10_000, Some(10_000)));
}
