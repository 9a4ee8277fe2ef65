//! Operations that a future of user code begins and gives up, or begins two of at once, on backends
//! of the future form.

#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use switchback::{Backend, Channel, Error, Kind, Operation, operation, tasklet};
use switchback_smol::Smol;
use switchback_tokio::{TokioCurrent, TokioMulti};

/// A future of user code as an operation.
fn own<T: Send, F: Future<Output = T> + Send>(future: F) -> operation::Poll<F> {
    operation::Poll(future)
}

/// Polls an operation once and drops it; whether it was over.
async fn give_up<B: Backend, O: Operation<B> + Send>(operation: O) -> bool {
    let mut future = Box::pin(operation.into_future());
    poll_fn(move |context| Poll::Ready(future.as_mut().poll(context).is_ready())).await
}

async fn gives_up_a_receive<B: Backend>(channel: B::Channel<u64>) -> bool {
    give_up::<B, _>(channel.receive()).await
}

async fn gives_up_a_send<B: Backend>(channel: B::Channel<u64>) -> bool {
    give_up::<B, _>(channel.send(1)).await
}

async fn gives_up_run_others<B: Backend>() -> bool {
    give_up::<B, _>(B::run_others()).await
}

#[tasklet]
async fn sends<B: Backend>(channel: B::Channel<u64>, value: u64, turns: u32) -> Result<(), Error> {
    for _ in 0..turns {
        B::schedule().await?;
    }
    channel.send(value).await
}

/// Keeps the run awake until the channel closes.
#[tasklet]
async fn runs<B: Backend>(until: B::Channel<u64>) -> Result<(), Error> {
    while !until.is_closing()? {
        B::schedule().await?;
    }
    Ok(())
}

/// A receive that was given up gets nothing.
#[tasklet]
async fn a_receive<B: Backend>() -> Result<(bool, i64, u64), Error> {
    let (channel, end): (B::Channel<u64>, B::Channel<u64>) = (B::channel(), B::channel());
    B::spawn(runs(end.clone()));
    let met: bool = own(gives_up_a_receive::<B>(channel.clone())).await;
    let balance: i64 = channel.balance()?;
    B::spawn(sends(channel.clone(), 7, 0));
    let value: u64 = channel.receive().await?;
    end.close()?;
    Ok((met, balance, value))
}

/// A send that was given up gives nothing.
#[tasklet]
async fn a_send<B: Backend>() -> Result<(bool, i64, u64), Error> {
    let (channel, end): (B::Channel<u64>, B::Channel<u64>) = (B::channel(), B::channel());
    B::spawn(runs(end.clone()));
    let met: bool = own(gives_up_a_send::<B>(channel.clone())).await;
    let balance: i64 = channel.balance()?;
    B::spawn(sends(channel.clone(), 7, 0));
    let value: u64 = channel.receive().await?;
    end.close()?;
    Ok((met, balance, value))
}

/// No deadlock while another tasklet will send.
#[tasklet]
async fn no_deadlock<B: Backend>(others: bool) -> Result<u64, Error> {
    let (channel, never): (B::Channel<u64>, B::Channel<u64>) = (B::channel(), B::channel());
    B::spawn(sends(channel.clone(), 7, 5));
    let met: bool = if others {
        own(gives_up_run_others::<B>()).await
    } else {
        own(gives_up_a_receive::<B>(never.clone())).await
    };
    assert!(!met);
    channel.receive().await
}

async fn both<B: Backend>(one: B::Channel<u64>, two: B::Channel<u64>) -> [Option<Kind>; 2] {
    let (mut one, mut two) = (pin!(one.receive().into_future()), pin!(two.receive().into_future()));
    let (mut first, mut second) = (None, None);
    poll_fn(move |context| {
        if first.is_none()
            && let Poll::Ready(result) = one.as_mut().poll(context)
        {
            first = Some(result.err().map(|error| error.kind()));
        }
        if second.is_none()
            && let Poll::Ready(result) = two.as_mut().poll(context)
        {
            second = Some(result.err().map(|error| error.kind()));
        }
        match (&first, &second) {
            (Some(first), Some(second)) => Poll::Ready([*first, *second]),
            _ => Poll::Pending,
        }
    })
    .await
}

/// The first of two operations at once goes on, the second is refused.
#[tasklet]
async fn two_at_once<B: Backend>() -> Result<(bool, bool), Error> {
    let (one, two): (B::Channel<u64>, B::Channel<u64>) = (B::channel(), B::channel());
    B::spawn(sends(one.clone(), 7, 2));
    let ends: [Option<Kind>; 2] = own(both::<B>(one.clone(), two.clone())).await;
    Ok((ends[0].is_none(), ends[1] == Some(Kind::Unsupported)))
}

macro_rules! on_all {
    ($($test:ident: $tasklet:expr => $expected:expr;)*) => {
        $(#[test]
        fn $test() {
            // With several workers the peers come before and after.
            for _ in 0..50 {
                type B = TokioMulti;
                assert_eq!(B::run($tasklet), Ok($expected), "{}", B::NAME);
            }
            {
                type B = TokioCurrent;
                assert_eq!(B::run($tasklet), Ok($expected), "{}", B::NAME);
            }
            {
                type B = Smol;
                assert_eq!(B::run($tasklet), Ok($expected), "{}", B::NAME);
            }
        })*
    };
}

on_all! {
    a_receive_that_is_given_up_gets_nothing: a_receive() => (false, 0, 7);
    a_send_that_is_given_up_gives_nothing: a_send() => (false, 0, 7);
    a_tasklet_that_gave_up_a_receive_is_awake: no_deadlock(false) => 7;
    a_main_that_gave_up_run_others_is_awake: no_deadlock(true) => 7;
    of_two_operations_at_once_the_second_is_refused: two_at_once() => (true, true);
}
