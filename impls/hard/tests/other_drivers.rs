//! A scheduler of one driver, asked by what another one makes: refused, and all goes on.

#![forbid(unsafe_code)]

use switchback::{Backend, Channel, Control, Error, Kind, Operation, Tasklet, Value, tasklet};
use switchback_baton::Baton;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
use switchback_direct::Direct;
// Where there is no `direct`, another backend with stacks takes its place.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
use switchback_generator::Generator as Direct;
use switchback_hard::Hard;
use switchback_poll::Poll;
use switchback_soft::Soft;

#[tasklet]
async fn number<B: Backend>(number: u64) -> Result<u64, Error> {
    B::schedule().await?;
    Ok(number)
}

#[tasklet]
async fn count<B: Backend>(numbers: B::Channel<u64>) -> Result<(), Error> {
    for number in 0..3u64 {
        numbers.send(number).await?;
    }
    Ok(())
}

/// Asks the driver `I`, whose scheduler is not the one that runs, and waits in the scheduler of `B`.
#[tasklet]
async fn visit<B: Backend, I: Backend>() -> Result<u64, Error> {
    let numbers: B::Channel<u64> = B::channel();
    drop(B::spawn(count(numbers.clone())));
    let mut sum: u64 = 0;
    for _ in 0..3u64 {
        refused::<I>();
        let number: u64 = numbers.receive().await?;
        sum += number;
        B::schedule().await?;
    }
    // A scheduler of its own is another thing.
    let inner: u64 = I::run(number::<I>(4))?;
    refused::<I>();
    B::schedule().await?;
    Ok(sum + inner)
}

fn refused<I: Backend>() {
    fn wrong<T>(what: &str, result: Result<T, Error>) {
        let kind = result.err().map(|error| error.kind());
        assert_eq!(kind, Some(Kind::WrongScheduler), "{what}");
    }
    let handle = I::spawn(number::<I>(1));
    wrong("status", handle.status());
    wrong("recursion_depth", handle.recursion_depth());
    wrong("insert", handle.insert());
    wrong("unbind", handle.unbind());
    wrong("bind", I::bind(&handle, number::<I>(1)));
    drop(handle.clone());
    drop(handle);
    wrong("current", I::current());
    wrong("main", I::main());
    wrong("run_queue", I::run_queue());
    wrong("spawn_paused", I::spawn_paused(number::<I>(1)));
    wrong("spawn_unbound", I::spawn_unbound(number::<I>(1)));
    wrong("switch_trap", I::switch_trap(1));
    wrong("block_trap", I::block_trap(true));
    wrong("set_atomic", I::set_atomic(true));
    wrong("set_error_handler", I::set_error_handler(None));
    wrong("set_schedule_callback", I::set_schedule_callback(None));
    wrong("set_channel_callback", I::set_channel_callback(None));
    let channel = I::channel::<u64>();
    wrong("balance", channel.balance());
    wrong("close", channel.close());
    drop(channel.clone());
    waits::<I, _>("schedule", I::schedule());
    waits::<I, _>("schedule_value", I::schedule_value(Value::Empty));
    waits::<I, _>("schedule_remove", I::schedule_remove(Value::Empty));
    waits::<I, _>("run_others", I::run_others());
    waits::<I, _>("checkpoint", I::checkpoint());
    waits::<I, _>("send", channel.send(1));
    waits::<I, _>("receive", channel.receive());
}

/// In the forms that a plain function can use.
fn waits<I: Backend, T>(what: &str, operation: impl Operation<I, Output = Result<T, Error>>) {
    let kind = operation.wait().err().map(|error| error.kind());
    let expected = match I::CAPABILITIES.blocking {
        true => Kind::WrongScheduler,
        false => Kind::Unsupported,
    };
    assert_eq!(kind, Some(expected), "{what}");
}

fn pair<B: Backend, I: Backend>()
where
    visit::Call<B, I>: Tasklet<B, Return = u64>,
{
    assert_eq!(B::run(visit::<B, I>()), Ok(7), "{} inside {}", I::NAME, B::NAME);
}

macro_rules! pairs {
    ($($name:ident: $outer:ident $inner:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            pair::<$outer, $inner>();
        })*
    };
}
pairs!(
    hard_inside_soft: Soft Hard,
    hard_inside_poll: Poll Hard,
    hard_inside_baton: Baton Hard,
    hard_inside_direct: Direct Hard,
    direct_inside_hard: Hard Direct,
    soft_inside_direct: Direct Soft,
    direct_inside_soft: Soft Direct,
    soft_inside_hard: Hard Soft,
    soft_inside_poll: Poll Soft,
    soft_inside_baton: Baton Soft,
    poll_inside_hard: Hard Poll,
    poll_inside_soft: Soft Poll,
    poll_inside_baton: Baton Poll,
    baton_inside_hard: Hard Baton,
    baton_inside_soft: Soft Baton,
    baton_inside_poll: Poll Baton,
);

/// Operations polled by hand on drivers that run another form: refused before anything happens.
#[tasklet]
async fn polls_by_hand<B: Backend>() -> Result<u64, Error> {
    drop(B::spawn(number(1)));
    let queue: usize = B::run_count()?;
    let refused: bool = polled_once::<B, _, _>(B::schedule());
    B::schedule().await?;
    Ok(u64::from(refused) + queue as u64 * 10)
}

fn polled_once<B: Backend, T, O: Operation<B, Output = Result<T, Error>>>(operation: O) -> bool {
    let mut future = std::pin::pin!(operation.into_future());
    let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
    matches!(
        future.as_mut().poll(context),
        std::task::Poll::Ready(Err(error)) if error.kind() == Kind::Unsupported
    )
}

#[test]
fn a_future_of_a_driver_that_polls_none_is_refused() {
    assert_eq!(Hard::run(polls_by_hand()), Ok(21));
    assert_eq!(Soft::run(polls_by_hand()), Ok(21));
    assert_eq!(Baton::run(polls_by_hand()), Ok(21));
}

#[test]
fn an_operation_outside_of_frames_is_refused() {
    use switchback::frame::{AsStep, Frame, Here, Step};
    let mut frame = Tasklet::<Soft>::into_frame(number::<Soft>(1));
    let Step::Returned(result) = frame.start(Here::NOWHERE, AsStep) else {
        panic!("an operation has begun without a kernel");
    };
    assert_eq!(result.map_err(|error| error.kind()), Err(Kind::WrongScheduler));
}

/// A future of `poll`, begun by hand in a tasklet of its own kind, whose end is awaited in a run of
/// `hard`.
mod moved {
    use std::{
        pin::Pin,
        sync::Mutex,
        task::{Context, Poll as Polled, Waker},
    };

    use switchback::frame::NoFrame;

    use super::*;

    type Begun = Pin<Box<dyn Future<Output = Result<Value<Poll>, Error>> + Send>>;

    static BEGUN: Mutex<Option<Begun>> = Mutex::new(None);
    static ENDED: Mutex<Option<Result<Value<Poll>, Error>>> = Mutex::new(None);

    fn polled(mut future: Begun) -> Result<Result<Value<Poll>, Error>, Begun> {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Polled::Ready(result) => Ok(result),
            Polled::Pending => Err(future),
        }
    }

    /// Main of `poll`.
    struct Outer;

    impl Operation<Poll> for Outer {
        type Output = Result<(), Error>;

        async fn into_future(self) -> Self::Output {
            let other: &'static _ = Box::leak(Box::new(Poll::spawn(number::<Poll>(1))));
            let begun = polled(Box::pin(other.run().into_future()));
            *BEGUN.lock().expect("no panic") = begun.err();
            Hard::run(Inner)
        }
    }

    /// Main of `hard`: what it has in its slot would make a handle of `poll`.
    struct Inner;

    impl Operation<Hard> for Inner {
        type Output = Result<(), Error>;

        fn wait(self) -> Self::Output {
            Hard::current()?.set_slot(Value::Tasklet(Hard::current()?))?;
            let begun = BEGUN.lock().expect("no panic").take().expect("it was pending");
            *ENDED.lock().expect("no panic") = polled(begun).ok();
            Ok(())
        }
    }

    macro_rules! tasklet_by_hand {
        ($name:ident of $backend:ident) => {
            impl Tasklet<$backend> for $name {
                const NAME: &'static str = stringify!($name);
                type Return = ();
                type Frame = NoFrame<()>;

                fn into_frame(self) -> NoFrame<()> {
                    NoFrame::default()
                }
            }
        };
    }
    tasklet_by_hand!(Outer of Poll);
    tasklet_by_hand!(Inner of Hard);

    #[test]
    fn a_future_of_one_driver_ends_in_no_run_of_another() {
        // Main of `poll` ends while its operation is not complete, which is an error of its own.
        let _ = Poll::run(Outer);
        let ended = ENDED.lock().expect("no panic").take().expect("it was ready");
        assert_eq!(ended.err().map(|error| error.kind()), Some(Kind::WrongScheduler));
    }
}
