//! Operations that a future of user code begins and gives up, and operations that destructors begin
//! by hand where no tasklet can wait.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll as Polled, Waker};

use switchback::{
    Backend, Budget, Channel, Control, Error, Kind, Operation, Tasklet, frame::NoFrame,
};
use switchback_poll::Poll;

/// A future as a tasklet.
struct Body<F>(F);

impl<F: Future<Output = Result<(), Error>> + Send> Operation<Poll> for Body<F> {
    type Output = Result<(), Error>;

    fn into_future(self) -> impl Future<Output = Self::Output> + Send {
        self.0
    }
}

impl<F: Future<Output = Result<(), Error>> + Send + 'static> Tasklet<Poll> for Body<F> {
    const NAME: &'static str = "body";
    type Return = ();
    type Frame = NoFrame<()>;

    fn into_frame(self) -> NoFrame<()> {
        NoFrame::default()
    }
}

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn say(line: impl Into<String>) {
    LINES.with_borrow_mut(|lines| lines.push(line.into()));
}

/// Runs `main`; gives what was said, and how it ended.
fn run(
    main: impl Future<Output = Result<(), Error>> + Send + 'static,
) -> (Vec<String>, Result<(), Kind>) {
    LINES.take();
    let ended = Poll::run(Body(main)).map_err(|error| error.kind());
    (LINES.take(), ended)
}

/// Begins an operation, and gives it up once its tasklet goes on.
async fn give_up<O: Operation<Poll>>(operation: O) {
    let mut begun = Some(Box::pin(operation.into_future()));
    poll_fn(move |context| match begun.take() {
        Some(mut operation) => match operation.as_mut().poll(context) {
            Polled::Pending => Polled::Pending,
            Polled::Ready(_) => Polled::Ready(()),
        },
        None => Polled::Ready(()),
    })
    .await;
}

async fn turn() -> Result<(), Error> {
    Poll::schedule().into_future().await
}

const BUDGET: Budget = Budget { steps: 1_000, soft: false, total: false };

/// Which operation is given up.
#[derive(Clone, Copy, Debug)]
enum What {
    RunOthers,
    RunFor,
}

async fn begin_and_give_up(what: What) {
    match what {
        What::RunOthers => give_up(Poll::run_others()).await,
        What::RunFor => give_up(Poll::run_for(BUDGET)).await,
    }
}

#[test]
fn a_tasklet_that_gave_up_run_and_has_ended_is_not_woken_for_a_deadlock() {
    for what in [What::RunOthers, What::RunFor] {
        let (said, ended) = run(async move {
            let channel: <Poll as Backend>::Channel<u64> = Poll::channel();
            drop(Poll::spawn(Body(async move {
                begin_and_give_up(what).await;
                say("the other one ends");
                Ok(())
            })));
            turn().await?;
            channel.receive().into_future().await.map(drop)
        });
        assert_eq!(said, ["the other one ends"], "{what:?}");
        assert_eq!(ended, Err(Kind::MainReceiving), "{what:?}");
    }
}

#[test]
fn its_block_is_another_tasklets_then_and_that_stays_paused() {
    for what in [What::RunOthers, What::RunFor] {
        let (said, ended) = run(async move {
            let channel: <Poll as Backend>::Channel<u64> = Poll::channel();
            let other = Poll::spawn(Body(async move {
                begin_and_give_up(what).await;
                Ok(())
            }));
            turn().await?;
            other.insert()?;
            drop(other);
            turn().await?;
            turn().await?;
            let paused = Poll::spawn_paused(Body(async {
                say("the paused one runs");
                Ok(())
            }))?;
            let result = channel.receive().into_future().await.map(drop);
            assert!(paused.status()?.alive);
            result
        });
        assert_eq!(said, [""; 0], "{what:?}");
        assert_eq!(ended, Err(Kind::Deadlock), "{what:?}");
    }
}

#[test]
fn a_budget_ends_with_the_call_that_was_given_up() {
    let (said, ended) = run(async {
        let other = Poll::spawn(Body(async {
            give_up(Poll::run_for(Budget { steps: 2, soft: false, total: true })).await;
            turn().await?;
            say("goes on");
            Ok(())
        }));
        turn().await?;
        other.insert()?;
        for _ in 0..20 {
            turn().await?;
        }
        say(format!("{} alive", if other.status()?.alive { "still" } else { "not" }));
        Ok(())
    });
    assert_eq!((said.join(", ").as_str(), ended), ("goes on, not alive", Ok(())));
}

/// Polls an operation once, in a destructor.
struct ByHand;

impl Drop for ByHand {
    fn drop(&mut self) {
        let operation = pin!(Poll::schedule().into_future());
        let said = match operation.poll(&mut Context::from_waker(Waker::noop())) {
            Polled::Ready(result) => format!("{:?}", result.map_err(|error| error.kind())),
            Polled::Pending => "it moved control away".to_owned(),
        };
        say(said);
    }
}

async fn counts(name: &'static str) -> Result<(), Error> {
    for number in 0..2 {
        turn().await?;
        say(format!("{name} {number}"));
    }
    Ok(())
}

/// Others that must not notice.
async fn with_others(first: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    first()?;
    Poll::spawn(Body(counts("a")));
    Poll::spawn(Body(counts("b")));
    for _ in 0..5 {
        turn().await?;
    }
    Ok(())
}

const REFUSED: &str = "Err(SwitchInCallback)";

#[test]
fn arguments_of_a_tasklet_that_does_not_run_cannot_move_control() {
    let (said, ended) = run(with_others(|| {
        let argument = ByHand;
        let tasklet = Poll::spawn(Body(async move {
            drop(argument);
            Ok(())
        }));
        tasklet.kill_pending()
    }));
    assert_eq!(said, [REFUSED, "a 0", "b 0", "a 1", "b 1"]);
    assert_eq!(ended, Ok(()));
}

#[test]
fn what_a_panic_carries_cannot_move_control() {
    let (said, ended) = run(with_others(|| {
        let handler = |tasklet: &<Poll as Backend>::Handle, error: &Error| {
            say(format!("tasklet {}: {:?}", tasklet.number(), error.kind()));
            Ok(())
        };
        drop(Poll::set_error_handler(Some(Rc::new(handler)))?);
        Poll::spawn(Body(async { std::panic::panic_any(ByHand) }));
        Ok(())
    }));
    assert_eq!(said, [REFUSED, "tasklet 1: Panicked", "a 0", "b 0", "a 1", "b 1"]);
    assert_eq!(ended, Ok(()));
}
