//! A warning: the scheduler one writes first, on the very stacks of the hard backend.
//!
//! ```text
//! Scheduler = Rc { ready: RefCell<VecDeque<Rc<Task>>>, current: RefCell<Option<Rc<Task>>> }
//! Channel   = Rc<RefCell<{ senders: VecDeque<(Rc<Task>, T)>, receivers: VecDeque<(Rc<Task>, Place<T>)> }>>
//! ```
//!
//! Reference counts, borrow flags, growing queues and a place on the heap for each waiting receiver:
//! each is reasonable, and together they cost several times the switch they surround. Stacks are
//! kept from run to run, so that the figures are about bookkeeping.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use corosensei::{Coroutine, CoroutineResult, Yielder, stack::DefaultStack};
use switchback_bench::witness::Witness;

use crate::{pingpong, ring, schedule, work::mix};

/// Name of the rows.
pub const NAME: &str = "naive";

type Fiber = Coroutine<(), (), ()>;

struct Task {
    fiber: RefCell<Option<Fiber>>,
}

#[derive(Default)]
struct Scheduler {
    ready: RefCell<VecDeque<Rc<Task>>>,
    current: RefCell<Option<Rc<Task>>>,
}

thread_local! {
    static STACKS: RefCell<Vec<DefaultStack>> = const { RefCell::new(Vec::new()) };
}

/// What a task sees of its scheduler.
struct Here<'a> {
    scheduler: Rc<Scheduler>,
    yielder: &'a Yielder<(), ()>,
}

impl Here<'_> {
    fn me(&self) -> Rc<Task> {
        let me = self.scheduler.current.borrow().clone();
        me.expect("a task runs")
    }

    fn schedule(&self) {
        self.scheduler.ready.borrow_mut().push_back(self.me());
        self.yielder.suspend(());
    }
}

impl Scheduler {
    fn spawn(self: &Rc<Self>, body: impl FnOnce(&Here<'_>) + 'static) -> Result<(), String> {
        let stack = match STACKS.with_borrow_mut(Vec::pop) {
            Some(stack) => stack,
            None => DefaultStack::new(64 * 1024).map_err(|error| error.to_string())?,
        };
        let scheduler = self.clone();
        let fiber = Coroutine::with_stack(stack, move |yielder, ()| {
            body(&Here { scheduler, yielder });
        });
        let task = Rc::new(Task { fiber: RefCell::new(Some(fiber)) });
        self.ready.borrow_mut().push_back(task);
        Ok(())
    }

    /// Runs until no task is ready.
    fn run(&self) {
        loop {
            let Some(task) = self.ready.borrow_mut().pop_front() else { return };
            *self.current.borrow_mut() = Some(task.clone());
            let mut place = task.fiber.borrow_mut();
            let ended = place
                .as_mut()
                .is_none_or(|fiber| matches!(fiber.resume(()), CoroutineResult::Return(())));
            if ended && let Some(fiber) = place.take() {
                STACKS.with_borrow_mut(|stacks| stacks.push(fiber.into_stack()));
            }
        }
    }
}

/// Where a waiting receiver finds its value.
type Place<T> = Rc<RefCell<Option<T>>>;

struct Queues<T> {
    senders: VecDeque<(Rc<Task>, T)>,
    receivers: VecDeque<(Rc<Task>, Place<T>)>,
}

struct Channel<T>(Rc<RefCell<Queues<T>>>);

impl<T> Clone for Channel<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Channel<T> {
    fn new() -> Self {
        Self(Rc::new(RefCell::new(Queues { senders: VecDeque::new(), receivers: VecDeque::new() })))
    }

    fn send(&self, here: &Here<'_>, value: T) {
        let receiver = self.0.borrow_mut().receivers.pop_front();
        match receiver {
            Some((task, place)) => {
                *place.borrow_mut() = Some(value);
                here.scheduler.ready.borrow_mut().push_front(task);
                here.schedule();
            }
            None => {
                self.0.borrow_mut().senders.push_back((here.me(), value));
                here.yielder.suspend(());
            }
        }
    }

    fn receive(&self, here: &Here<'_>) -> T {
        let sender = self.0.borrow_mut().senders.pop_front();
        if let Some((task, value)) = sender {
            here.scheduler.ready.borrow_mut().push_back(task);
            return value;
        }
        let place = Rc::new(RefCell::new(None));
        self.0.borrow_mut().receivers.push_back((here.me(), place.clone()));
        here.yielder.suspend(());
        let value = place.borrow_mut().take();
        value.expect("whoever wakes a receiver has filled its place")
    }
}

/// The ping-pong of [`mod@pingpong`], `pairs` send and receive pairs.
///
/// # Errors
/// If there is no memory for a stack.
pub fn pingpong(pairs: u64) -> Result<Witness, String> {
    let scheduler = Rc::new(Scheduler::default());
    let (there, back) = (Channel::<u64>::new(), Channel::<u64>::new());
    let result = Rc::new(Cell::new(0));
    let rounds = pairs / 2;
    scheduler.spawn({
        let (there, back, result) = (there.clone(), back.clone(), result.clone());
        move |here| {
            let mut ball = 0;
            for _ in 0..rounds {
                there.send(here, pingpong::served(ball));
                ball = back.receive(here);
            }
            result.set(ball);
        }
    })?;
    scheduler.spawn(move |here| {
        for _ in 0..rounds {
            let ball = there.receive(here);
            back.send(here, pingpong::returned(ball));
        }
    })?;
    scheduler.run();
    Ok(Witness::of(result.get()))
}

/// The turns of [`mod@schedule`], by `tasklets` tasks.
///
/// # Errors
/// If there is no memory for a stack.
pub fn schedule(tasklets: u64) -> Result<Witness, String> {
    let scheduler = Rc::new(Scheduler::default());
    let sum = Rc::new(Cell::new(0_u64));
    for number in 0..tasklets {
        let sum = sum.clone();
        scheduler.spawn(move |here| {
            let mut taken = 0;
            while taken < schedule::turns(tasklets) {
                here.schedule();
                taken += 1;
            }
            sum.set(sum.get().wrapping_add(mix(number, taken)));
        })?;
    }
    scheduler.run();
    Ok(Witness::of(sum.get()))
}

/// The delivery of [`mod@crate::stream`], `count` numbers.
///
/// # Errors
/// If there is no memory for a stack.
pub fn stream(count: u64) -> Result<Witness, String> {
    let scheduler = Rc::new(Scheduler::default());
    let numbers = Channel::<u64>::new();
    let state = Rc::new(Cell::new(0));
    scheduler.spawn({
        let numbers = numbers.clone();
        move |here| (0..count).for_each(|number| numbers.send(here, number))
    })?;
    scheduler.spawn({
        let state = state.clone();
        move |here| state.set((0..count).fold(0, |state, _| mix(state, numbers.receive(here))))
    })?;
    scheduler.run();
    Ok(Witness::of(state.get()))
}

/// The circle of [`mod@ring`], `tasklets` tasks and one that begins.
///
/// # Errors
/// If there is no memory for a stack.
pub fn ring(tasklets: u64) -> Result<Witness, String> {
    let scheduler = Rc::new(Scheduler::default());
    let first = Channel::<u64>::new();
    let mut last = first.clone();
    for number in 1..=tasklets {
        let right = Channel::new();
        let left = std::mem::replace(&mut last, right.clone());
        scheduler.spawn(move |here| {
            for _ in 0..ring::LAPS {
                right.send(here, mix(left.receive(here), number));
            }
        })?;
    }
    let token = Rc::new(Cell::new(0));
    scheduler.spawn({
        let token = token.clone();
        move |here| {
            for _ in 0..ring::LAPS {
                first.send(here, mix(token.get(), 0));
                token.set(last.receive(here));
            }
        }
    })?;
    scheduler.run();
    Ok(Witness::of(token.get()))
}

/// The generations of [`mod@crate::spawn`], that many, at least 1.
///
/// # Errors
/// If there is no memory for a stack.
pub fn spawn(generations: u64) -> Result<Witness, String> {
    /// What all generations share.
    struct Family {
        last: u64,
        state: Cell<u64>,
        failed: RefCell<Option<String>>,
    }

    fn generation(here: &Here<'_>, number: u64, family: &Rc<Family>) {
        family.state.set(mix(family.state.get(), number));
        if number < family.last {
            let heirs = family.clone();
            let successor = move |here: &Here<'_>| generation(here, number + 1, &heirs);
            if let Err(why) = here.scheduler.spawn(successor) {
                *family.failed.borrow_mut() = Some(why);
            }
        }
    }

    let scheduler = Rc::new(Scheduler::default());
    let (state, failed) = (Cell::default(), RefCell::default());
    let family = Rc::new(Family { last: generations, state, failed });
    scheduler.spawn({
        let family = family.clone();
        move |here| generation(here, 1, &family)
    })?;
    scheduler.run();
    let failed = family.failed.take();
    failed.map_or_else(|| Ok(Witness::of(family.state.get())), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{spawn, stream};

    #[test]
    fn the_naive_scheduler_does_the_same_work() {
        assert_eq!(stream(50), Ok(Witness::of(stream::law(50).digest)));
        assert_eq!(ring(7), Ok(Witness::of(ring::law(7).digest)));
        assert_eq!(spawn(30), Ok(Witness::of(spawn::law(30).digest)));
        assert_eq!(pingpong(100), Ok(Witness::of(pingpong::ball(100))));
        assert_eq!(schedule(3), Ok(Witness::of(schedule::sum(3))));
    }

    #[test]
    fn stacks_are_kept_from_run_to_run() {
        for _ in 0..3 {
            assert_eq!(schedule(2), Ok(Witness::of(schedule::sum(2))));
            assert_eq!(STACKS.with_borrow(Vec::len), 2);
        }
    }

    #[test]
    fn a_receiver_runs_as_soon_as_it_has_its_value() {
        let scheduler = Rc::new(Scheduler::default());
        let channel = Channel::new();
        let order = Rc::new(RefCell::new(Vec::new()));
        let spawn = |name: &'static str, sends: bool| {
            let (channel, order) = (channel.clone(), order.clone());
            scheduler.spawn(move |here| {
                if sends {
                    channel.send(here, ())
                } else {
                    channel.receive(here)
                }
                order.borrow_mut().push(name);
            })
        };
        let spawned =
            [("receiver", false), ("sender", true), ("receiver 2", false), ("sender 2", true)]
                .map(|(name, sends)| spawn(name, sends));
        assert!(spawned.iter().all(Result::is_ok));
        scheduler.run();
        assert_eq!(*order.borrow(), ["receiver", "receiver 2", "sender", "sender 2"]);
    }
}
