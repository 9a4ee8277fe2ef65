//! Futures of other libraries: woken from other threads, from inside, never.

mod support;

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll as Polled, Waker};
use std::thread;

use support::{Body, on};
use switchback::{Backend, Channel, Control, Error, Kind};
use switchback_poll::{Poll, foreign};

/// A value that is set once, and the waker of the tasklet that waits for it.
#[derive(Clone, Default)]
struct Cell(Arc<Mutex<(Option<u8>, Option<Waker>)>>);

impl Cell {
    fn set(&self, value: u8) {
        let mut inside = self.0.lock().expect("not poisoned");
        inside.0 = Some(value);
        let waker = inside.1.take();
        drop(inside);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn is_awaited(&self) -> bool {
        self.0.lock().expect("not poisoned").1.is_some()
    }
}

impl Future for Cell {
    type Output = u8;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled<u8> {
        let mut inside = self.0.lock().expect("not poisoned");
        match inside.0 {
            Some(value) => Polled::Ready(value),
            None => {
                inside.1 = Some(context.waker().clone());
                Polled::Pending
            }
        }
    }
}

/// Pending once; its waker is called while it is being polled.
fn yields() -> impl Future<Output = ()> + Send {
    let mut asked = false;
    poll_fn(move |context| {
        if std::mem::replace(&mut asked, true) {
            return Polled::Ready(());
        }
        context.waker().wake_by_ref();
        Polled::Pending
    })
}

#[test]
fn main_alone_sleeps_until_another_thread_wakes_it() {
    let cell = Cell::default();
    let far = cell.clone();
    let (started, starts) = mpsc::channel();
    let thread = thread::spawn(move || {
        starts.recv().expect("main starts");
        // Main waits already or is about to; both must end in its being woken.
        far.set(7);
    });
    let result = Poll::run(Body(async move {
        started.send(()).expect("the thread listens");
        on(foreign(cell)).await
    }));
    thread.join().expect("no panic");
    assert_eq!(result, Ok(7));
}

#[test]
fn the_others_run_while_one_waits() {
    let cell = Cell::default();
    let result = Poll::run(Body(async move {
        let log = Poll::channel::<u8>();
        let (far, awaited) = (log.clone(), cell.clone());
        Poll::spawn(Body(async move {
            let value = on(foreign(awaited)).await?;
            on(far.send(value)).await
        }));
        on(Poll::schedule()).await?;
        let waiting = cell.is_awaited();
        cell.set(3);
        Ok((waiting, on(log.receive()).await?))
    }));
    assert_eq!(result, Ok((true, 3)));
}

#[test]
fn many_are_inserted_in_the_order_they_were_woken() {
    let cells: Vec<Cell> = (0..4).map(|_| Cell::default()).collect();
    let result = Poll::run(Body(async move {
        let log = Poll::channel::<u8>();
        for cell in &cells {
            let (far, cell) = (log.clone(), cell.clone());
            Poll::spawn(Body(async move {
                let value = on(foreign(cell)).await?;
                on(far.send(value)).await
            }));
        }
        on(Poll::schedule()).await?;
        for at in [2, 0, 3, 1] {
            cells[at].set(u8::try_from(at).expect("small"));
        }
        let mut got = Vec::new();
        for _ in 0..4 {
            got.push(on(log.receive()).await?);
        }
        Ok(got)
    }));
    assert_eq!(result, Ok(vec![2, 0, 3, 1]));
}

#[test]
fn run_others_waits_for_those_who_can_still_be_woken() {
    let cell = Cell::default();
    let far = cell.clone();
    let (started, starts) = mpsc::channel();
    let thread = thread::spawn(move || {
        starts.recv().expect("the tasklet starts");
        far.set(1);
    });
    let result = Poll::run(Body(async move {
        let handle = Poll::spawn(Body(async move {
            started.send(()).expect("the thread listens");
            on(foreign(cell)).await.map(drop)
        }));
        on(Poll::run_others()).await?;
        Ok(handle.status()?.alive)
    }));
    thread.join().expect("no panic");
    assert_eq!(result, Ok(false));
}

#[test]
fn the_last_tasklet_to_end_leaves_main_to_be_woken() {
    let cell = Cell::default();
    let far = cell.clone();
    let result = Poll::run(Body(async move {
        let channel = Poll::channel::<u8>();
        let sender = channel.clone();
        Poll::spawn(Body(async move {
            let value = on(foreign(cell)).await?;
            on(sender.send(value)).await
        }));
        Poll::spawn(Body(async move {
            thread::spawn(move || far.set(9));
            Ok(())
        }));
        on(channel.receive()).await
    }));
    assert_eq!(result, Ok(9));
}

#[test]
fn a_spinning_main_still_lets_the_woken_in() {
    let cell = Cell::default();
    let far = cell.clone();
    let result = Poll::run(Body(async move {
        let handle = Poll::spawn(Body(async move { on(foreign(cell)).await.map(drop) }));
        on(Poll::schedule()).await?;
        let thread = thread::spawn(move || far.set(1));
        let mut rounds: u64 = 0;
        while handle.status()?.alive {
            on(Poll::schedule()).await?;
            rounds += 1;
        }
        thread.join().expect("no panic");
        Ok(rounds > 0)
    }));
    assert_eq!(result, Ok(true));
}

#[test]
fn a_future_that_wakes_itself_gives_the_others_a_turn() {
    let result = Poll::run(Body(async {
        let log = Poll::channel::<u8>();
        let (a, b) = (log.clone(), log.clone());
        Poll::spawn(Body(async move {
            on(foreign(yields())).await?;
            on(a.send(1)).await
        }));
        Poll::spawn(Body(async move { on(b.send(2)).await }));
        Ok((on(log.receive()).await?, on(log.receive()).await?))
    }));
    assert_eq!(result, Ok((2, 1)));
}

#[test]
fn a_future_nobody_can_wake_is_a_deadlock_of_main() {
    let result: Result<(), Error> = Poll::run(Body(async { on(foreign(pending())).await }));
    assert_eq!(result.unwrap_err().kind(), Kind::Deadlock);
}

#[test]
fn the_drop_of_the_last_waker_is_noticed_while_asleep() {
    let cell = Cell::default();
    let far = cell.clone();
    let result = Poll::run(Body(async move {
        let thread = thread::spawn(move || {
            while !far.is_awaited() {
                thread::yield_now();
            }
            far.0.lock().expect("not poisoned").1 = None;
        });
        let result = on(foreign(cell)).await;
        thread.join().expect("no panic");
        result
    }));
    assert_eq!(result.unwrap_err().kind(), Kind::Deadlock);
}

#[test]
fn one_that_cannot_be_woken_keeps_nobody_else_waiting() {
    let result = Poll::run(Body(async {
        let handle = Poll::spawn(Body(async { on(foreign(pending::<()>())).await }));
        on(Poll::run_others()).await?;
        Ok((handle.status()?.paused(), handle.status()?.alive))
    }));
    assert_eq!(result, Ok((true, true)));
}

#[test]
fn a_killed_waiter_ends_and_its_late_wake_up_finds_nobody() {
    let cell = Cell::default();
    let late = cell.clone();
    let result = Poll::run(Body(async move {
        let handle = Poll::spawn(Body(async move { on(foreign(cell)).await.map(drop) }));
        on(Poll::schedule()).await?;
        on(handle.kill()).await?;
        late.set(1);
        on(Poll::schedule()).await?;
        Ok((handle.status()?.alive, Poll::run_queue()?.len()))
    }));
    assert_eq!(result, Ok((false, 1)));
}

#[test]
fn an_early_insert_polls_again_and_goes_on_waiting() {
    let cell = Cell::default();
    let result = Poll::run(Body(async move {
        let log = Poll::channel::<u8>();
        let (far, awaited) = (log.clone(), cell.clone());
        let handle = Poll::spawn(Body(async move {
            let value = on(foreign(awaited)).await?;
            on(far.send(value)).await
        }));
        on(Poll::schedule()).await?;
        handle.insert()?;
        on(Poll::schedule()).await?;
        let paused = handle.status()?.paused();
        cell.set(4);
        Ok((paused, on(log.receive()).await?))
    }));
    assert_eq!(result, Ok((true, 4)));
}

#[test]
fn a_wake_up_after_the_run_touches_nothing() {
    let cell = Cell::default();
    let late = cell.clone();
    let result = Poll::run(Body(async move {
        Poll::spawn(Body(async move { on(foreign(cell)).await.map(drop) }));
        on(Poll::schedule()).await
    }));
    late.set(1);
    assert_eq!(result, Ok(()));
}

#[test]
fn operations_of_the_kernel_may_stand_inside_a_foreign_future() {
    let result = Poll::run(Body(async {
        let channel = Poll::channel::<u8>();
        let far = channel.clone();
        let handle = Poll::spawn(Body(async move {
            on(foreign(async move {
                yields().await;
                on(far.send(6)).await
            }))
            .await?
        }));
        let value = on(channel.receive()).await?;
        on(Poll::run_others()).await?;
        Ok((value, handle.status()?.alive))
    }));
    assert_eq!(result, Ok((6, false)));
}

#[test]
fn a_bare_foreign_future_is_refused_by_name() {
    let error = Poll::run(Body(async {
        pending::<()>().await;
        Ok(())
    }))
    .unwrap_err();
    assert_eq!(error.kind(), Kind::Unsupported);
    assert!(error.detail().contains("switchback_poll::foreign"), "{error}");
}

#[test]
fn waiting_is_refused_under_a_switch_trap_while_others_could_run() {
    let result = Poll::run(Body(async {
        Poll::spawn(Body(async { on(Poll::schedule()).await }));
        Poll::switch_trap(1)?;
        let refused = on(foreign(pending::<()>())).await;
        Poll::switch_trap(-1)?;
        on(Poll::schedule()).await?;
        Ok(refused.map_err(|e| e.kind()))
    }));
    assert_eq!(result, Ok(Err(Kind::SwitchTrap)));
}

#[test]
fn a_wake_up_that_came_with_the_result_is_forgotten() {
    let result = Poll::run(Body(async {
        let handle = Poll::spawn(Body(async {
            let ready = poll_fn(|context| {
                context.waker().wake_by_ref();
                Polled::Ready(())
            });
            on(foreign(ready)).await?;
            on(Poll::schedule_remove(switchback::Value::Empty)).await.map(drop)
        }));
        on(Poll::schedule()).await?;
        on(Poll::schedule()).await?;
        Ok(handle.status()?.paused())
    }));
    assert_eq!(result, Ok(true));
}
