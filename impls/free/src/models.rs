//! The protocols of this crate, in every order loom can find with two preemptions.
//!
//! A model fails if an assertion does in one of the orders, or if all of its threads wait.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use loom::future::block_on;
use loom::thread::{self, JoinHandle};
use switchback::{Error, Kind};

use crate::member::Member;
use crate::rendezvous::Shared;
use crate::run::Run;

/// The error of a tasklet that was ended before it ran.
const NOT_RUN: &str = "not run";

type Channel = Arc<Shared<u8>>;
type Ended<T> = (Result<T, Error>, Member);

/// Runs `model` in every order; it gets main, and afterwards main must be the only one awake.
fn explore(model: impl Fn(&Member) + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(move || {
        let main = Run::start();
        model(&main);
        assert_eq!(main.run().awake(), 1, "awake at the end");
    });
}

/// Starts a tasklet and gives what it returns.
fn spawn<T: 'static>(
    main: &Member,
    body: impl FnOnce(&Member) -> Result<T, Error> + 'static,
) -> (Member, JoinHandle<Result<T, Error>>) {
    let member = main.run().enrol(usize::MAX).ok().expect("main has not returned");
    let own = member.clone();
    let thread = thread::spawn(move || {
        let mut outcome = None;
        own.live("a tasklet", || {
            let result = body(&own);
            let uncaught = result.as_ref().map(drop).map_err(Clone::clone);
            outcome = Some(result);
            uncaught
        });
        outcome.unwrap_or_else(|| Err(Error::new(NOT_RUN, "")))
    });
    (member, thread)
}

/// Ends the run, and gives what the tasklet returned.
fn end<T>(main: &Member, (member, thread): (Member, JoinHandle<Result<T, Error>>)) -> Ended<T> {
    main.finish();
    block_on(main.others_ended());
    assert!(!member.is_alive());
    (thread.join().expect("no panic"), member)
}

fn channel() -> Channel {
    Arc::new(Shared::new())
}

fn send(channel: &Channel, me: &Member, value: u8) -> Result<(), Error> {
    block_on(channel.offer(me, Ok(value)))
}

fn receive(channel: &Channel, me: &Member) -> Result<u8, Error> {
    block_on(channel.take(me, Kind::Closed))
}

fn stuck(error: &Error) -> bool {
    matches!(error.kind(), Kind::Deadlock | Kind::MainReceiving | Kind::MainSending)
}

#[test]
fn a_value_passes_whoever_is_there_first() {
    explore(|main| {
        let (near, far) = (channel(), channel());
        let (to, from) = (Arc::clone(&near), Arc::clone(&far));
        let worker = spawn(main, move |me| {
            let value = receive(&to, me)?;
            send(&from, me, value + 1)
        });
        assert_eq!(send(&near, main, 7), Ok(()));
        assert_eq!(receive(&far, main), Ok(8));
        assert_eq!(end(main, worker).0, Ok(()));
    });
}

#[test]
fn a_deadlock_is_reported_once_nobody_runs_and_not_before() {
    explore(|main| {
        let channel = channel();
        let far = Arc::clone(&channel);
        let worker = spawn(main, move |me| send(&far, me, 7));
        assert_eq!(receive(&channel, main), Ok(7));
        let error = receive(&channel, main).unwrap_err();
        assert!(stuck(&error), "{error}");
        assert_eq!(end(main, worker).0, Ok(()));
    });
}

#[test]
fn two_that_wait_for_each_other_are_a_deadlock_of_one_of_them() {
    explore(|main| {
        let (one, two) = (channel(), channel());
        let far = Arc::clone(&two);
        let worker = spawn(main, move |me| receive(&far, me));
        let error = receive(&one, main).unwrap_err();
        assert_eq!(error.kind(), Kind::Deadlock);
        let outcome = end(main, worker).0.unwrap_err();
        // Either main was the last to wait, or main was told of the other's deadlock.
        assert!(matches!(outcome.kind(), Kind::Deadlock | Kind::Exit), "{outcome}");
    });
}

#[test]
fn a_kill_comes_before_the_value_or_after_it_and_never_with_it() {
    explore(|main| {
        let channel = channel();
        let from = Arc::clone(&channel);
        let receiver = spawn(main, move |me| receive(&from, me));
        let victim = receiver.0.clone();
        let killer = spawn(main, move |me| victim.throw(Some(me), Kind::Exit.into()));
        let sent = send(&channel, main, 7);
        assert!(sent.as_ref().err().is_none_or(stuck), "{sent:?}");
        let (received, _) = end(main, receiver);
        assert_eq!(received.is_ok(), sent.is_ok(), "received {received:?}, sent {sent:?}");
        // Main may return before the killer has started.
        let (killed, _) = end(main, killer);
        assert!(killed.as_ref().err().is_none_or(|error| error.name() == NOT_RUN), "{killed:?}");
    });
}

#[test]
fn who_is_about_to_wait_when_main_returns_is_ended() {
    explore(|main| {
        let channel = channel();
        let worker = spawn(main, move |me| receive(&channel, me));
        let outcome = end(main, worker).0;
        assert!(outcome.is_err());
    });
}

#[test]
fn an_error_reaches_main_once_whatever_main_does() {
    explore(|main| {
        let channel = channel();
        let worker = spawn(main, |_| Err::<(), _>(Error::new("E1", "")));
        assert_eq!(receive(&channel, main).unwrap_err().name(), "E1");
        assert_eq!(main.check(), Ok(()));
        assert_eq!(end(main, worker).0.unwrap_err().name(), "E1");
        assert_eq!(main.last_word(), Ok(()));
    });
}

#[test]
fn run_others_returns_when_the_other_waits_or_has_ended() {
    explore(|main| {
        let channel = channel();
        let far = Arc::clone(&channel);
        let worker = spawn(main, move |me| send(&far, me, 7));
        assert_eq!(block_on(main.run_others()), Ok(()));
        assert!(worker.0.is_blocked());
        assert_eq!(receive(&channel, main), Ok(7));
        assert_eq!(block_on(main.run_others()), Ok(()));
        assert!(!worker.0.is_alive());
        assert_eq!(end(main, worker).0, Ok(()));
    });
}

#[test]
fn an_alarm_raised_at_the_end_is_heard_or_given_back() {
    explore(|main| {
        let worker = spawn(main, |_| Ok(()));
        let thrown = worker.0.throw(Some(main), Error::new("E1", ""));
        let heard = block_on(main.run_others());
        match thrown {
            Err(error) => assert_eq!((error.kind(), heard), (Kind::ThrowDead, Ok(()))),
            Ok(()) => assert_eq!(heard.unwrap_err().name(), "E1"),
        }
        drop(end(main, worker));
    });
}

/// Polls an operation once and drops it; what it gave.
fn give_up<T>(operation: impl Future<Output = T>) -> Option<T> {
    let mut operation = Box::pin(operation);
    block_on(poll_fn(move |context| match operation.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    }))
}

#[test]
fn a_receive_that_is_given_up_has_left_or_was_met() {
    explore(|main| {
        let channel = channel();
        let far = Arc::clone(&channel);
        let worker = spawn(main, move |me| send(&far, me, 7));
        match give_up(channel.take(main, Kind::Closed)) {
            Some(received) => assert_eq!(received, Ok(7)),
            None => match receive(&channel, main) {
                Ok(value) => assert_eq!(value, 7),
                // The sender came before it was dropped, and the value went with it.
                Err(error) => assert!(stuck(&error), "{error}"),
            },
        }
        assert_eq!(end(main, worker).0, Ok(()));
    });
}

#[test]
fn a_send_that_is_given_up_has_left_or_was_met() {
    explore(|main| {
        let channel = channel();
        let far = Arc::clone(&channel);
        let worker = spawn(main, move |me| receive(&far, me));
        let sent = give_up(channel.offer(main, Ok(7)));
        let (received, _) = end(main, worker);
        match sent {
            Some(sent) => assert_eq!((sent, received), (Ok(()), Ok(7))),
            None => assert!(matches!(received, Ok(7) | Err(_)), "{received:?}"),
        }
    });
}
