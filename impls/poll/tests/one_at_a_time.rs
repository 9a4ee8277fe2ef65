//! A future of user code that holds several operations of the kernel: one at a time, each for the
//! tasklet that polls it.

#![forbid(unsafe_code)]

mod support;

use std::{
    future::poll_fn,
    pin::pin,
    task::{Context, Poll as Polled, Waker},
};

use support::{Body, on};
use switchback::{Backend, Channel, Control, Error, Kind, Operation, Value, operation, tasklet};
use switchback_poll::Poll;

type Numbers = <Poll as Backend>::Channel<u64>;

/// What a backend of these tests offers beside the usual.
trait Futures: Backend {
    /// Both at once, as `join` of other libraries has it.
    fn both(
        one: Self::Channel<u64>,
        two: Self::Channel<u64>,
    ) -> impl Operation<Self, Output = Both>;
    /// Begins to receive, gives that up, and is ready.
    fn gives_up(numbers: Self::Channel<u64>) -> impl Operation<Self, Output = Result<(), Error>>;
    /// One after the other.
    fn sum(numbers: Self::Channel<u64>) -> impl Operation<Self, Output = Result<u64, Error>>;
    /// Two operations in an operation of its own.
    fn own(one: Self::Channel<u64>, two: Self::Channel<u64>)
    -> impl Operation<Self, Output = Both>;
}

type Both = Result<(Result<u64, Error>, Result<u64, Error>), Error>;

async fn join(one: Numbers, two: Numbers) -> Both {
    let mut one = pin!(Operation::<Poll>::into_future(one.receive()));
    let mut two = pin!(Operation::<Poll>::into_future(two.receive()));
    let (mut first, mut second) = (None, None);
    poll_fn(|context| {
        if first.is_none()
            && let Polled::Ready(result) = one.as_mut().poll(context)
        {
            first = Some(result);
        }
        if second.is_none()
            && let Polled::Ready(result) = two.as_mut().poll(context)
        {
            second = Some(result);
        }
        match (&first, &second) {
            (Some(first), Some(second)) => Polled::Ready(Ok((first.clone(), second.clone()))),
            _ => Polled::Pending,
        }
    })
    .await
}

/// As a user with knowledge of the hidden parts would write it.
struct Own(Numbers, Numbers);

impl Operation<Poll> for Own {
    type Output = Both;

    fn into_future(self) -> impl Future<Output = Both> + Send {
        join(self.0, self.1)
    }
}

impl Futures for Poll {
    fn both(one: Numbers, two: Numbers) -> impl Operation<Self, Output = Both> {
        operation::Poll(join(one, two))
    }

    fn gives_up(numbers: Numbers) -> impl Operation<Self, Output = Result<(), Error>> {
        operation::Poll(async move {
            let mut receive = pin!(Operation::<Self>::into_future(numbers.receive()));
            let polled = poll_fn(|context| Polled::Ready(receive.as_mut().poll(context))).await;
            assert!(polled.is_pending());
            Ok(())
        })
    }

    fn sum(numbers: Numbers) -> impl Operation<Self, Output = Result<u64, Error>> {
        operation::Poll(async move {
            let one = Operation::<Self>::into_future(numbers.receive()).await?;
            Operation::<Self>::into_future(Self::schedule()).await?;
            Ok(one + Operation::<Self>::into_future(numbers.receive()).await?)
        })
    }

    fn own(one: Numbers, two: Numbers) -> impl Operation<Self, Output = Both> {
        Own(one, two)
    }
}

#[tasklet]
async fn sends<B: Backend>(numbers: B::Channel<u64>, from: u64, count: u64) -> Result<(), Error> {
    for number in from..from + count {
        numbers.send(number).await?;
    }
    Ok(())
}

fn check(both: Both) -> Result<(), Error> {
    let (first, second) = both?;
    assert_eq!(first, Ok(1));
    assert_eq!(second.map_err(|error| error.kind()), Err(Kind::Unsupported));
    Ok(())
}

#[tasklet]
async fn joins<B: Backend + Futures>(own: bool) -> Result<u64, Error> {
    let one: B::Channel<u64> = B::channel();
    let two: B::Channel<u64> = B::channel();
    drop(B::spawn(sends(one.clone(), 1, 1)));
    let bystander: B::Handle = B::spawn(sends(two.clone(), 20, 2));
    if own {
        check(B::own(one, two.clone()).await)?;
    } else {
        check(B::both(one, two.clone()).await)?;
    }
    // Nothing was done in the name of the other tasklet.
    assert_eq!((two.balance()?, bystander.status()?.blocked), (0, false));
    B::schedule().await?;
    assert_eq!((two.balance()?, bystander.status()?.blocked), (1, true));
    let first: u64 = two.receive().await?;
    let second: u64 = two.receive().await?;
    Ok(first + second)
}

#[test]
fn the_second_operation_of_a_poll_is_refused() {
    assert_eq!(Poll::run(joins(false)), Ok(41));
}

#[test]
fn so_it_is_in_an_operation_of_ones_own() {
    assert_eq!(Poll::run(joins(true)), Ok(41));
}

#[tasklet]
async fn abandons<B: Backend + Futures>() -> Result<u64, Error> {
    let numbers: B::Channel<u64> = B::channel();
    let other: B::Channel<u64> = B::channel();
    drop(B::spawn(sends(numbers.clone(), 5, 1)));
    drop(B::spawn(sends(other.clone(), 7, 1)));
    // Ready at once, but the tasklet is in the queue of the channel: it goes on when a value comes.
    B::gives_up(numbers).await?;
    let number: u64 = other.receive().await?;
    Ok(number)
}

#[test]
fn a_future_that_gives_up_its_operation_is_ready_when_its_tasklet_is_current() {
    assert_eq!(Poll::run(abandons()), Ok(7));
}

#[tasklet]
async fn sums<B: Backend + Futures>() -> Result<u64, Error> {
    let numbers: B::Channel<u64> = B::channel();
    drop(B::spawn(sends(numbers.clone(), 1, 2)));
    let sum: u64 = B::sum(numbers).await?;
    Ok(sum)
}

#[test]
fn one_operation_after_the_other_is_as_ever() {
    assert_eq!(Poll::run(sums()), Ok(3));
}

#[tasklet]
async fn polls_and_ends<B: Backend>(numbers: B::Channel<u64>) -> Result<(), Error> {
    once::<B>(&numbers);
    Ok(())
}

/// Begins an operation by hand, and forgets it.
fn once<B: Backend>(numbers: &B::Channel<u64>) {
    let mut receive = pin!(numbers.receive().into_future());
    let _ = receive.as_mut().poll(&mut Context::from_waker(Waker::noop()));
}

/// The body of a tasklet is ready while another tasklet is current: it ends when it is resumed.
#[test]
fn a_tasklet_that_ends_with_an_operation_under_way_ends_when_it_is_its_turn() {
    let result = Poll::run(Body(async {
        let numbers = Poll::channel::<u64>();
        let tasklet = Poll::spawn(polls_and_ends::<Poll>(numbers.clone()));
        on(Poll::schedule()).await?;
        assert!(tasklet.status()?.blocked);
        on(Poll::schedule_value(Value::Empty)).await?;
        let sent = on(numbers.send(1)).await;
        let refused = sent.map_err(|error| error.kind());
        assert_eq!(refused, Err(Kind::Unsupported), "the error of the tasklet reaches main");
        assert!(!tasklet.status()?.alive);
        Ok(())
    }));
    assert_eq!(result, Ok(()));
}

#[tasklet]
async fn polls_and_panics<B: Backend>(numbers: B::Channel<u64>) -> Result<(), Error> {
    once_and_panics::<B>(&numbers);
    Ok(())
}

fn once_and_panics<B: Backend>(numbers: &B::Channel<u64>) {
    once::<B>(numbers);
    panic!("with an operation under way");
}

/// A body panics while another tasklet is current: that other one is not concerned.
#[test]
fn a_tasklet_that_panics_with_an_operation_under_way_ends_when_it_is_its_turn() {
    let result = Poll::run(Body(async {
        let numbers = Poll::channel::<u64>();
        let tasklet = Poll::spawn(polls_and_panics::<Poll>(numbers.clone()));
        let bystander = Poll::spawn(sends::<Poll>(Poll::channel(), 1, 1));
        on(Poll::schedule()).await?;
        assert!(tasklet.status()?.blocked);
        on(Poll::schedule()).await?;
        assert!(bystander.status()?.blocked);
        let sent = on(numbers.send(1)).await;
        let panicked = sent.map_err(|error| error.kind());
        assert_eq!(panicked, Err(Kind::Panicked), "the panic of the tasklet reaches main");
        assert!(!tasklet.status()?.alive && bystander.status()?.alive);
        Ok(())
    }));
    assert_eq!(result, Ok(()));
}
