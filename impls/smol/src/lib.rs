//! Tasklets as tasks of async-executor, the executor of smol.
//!
//! ```text
//!   run     a LocalExecutor for each run, on the thread that calls it; main is a task too
//!   wait    the future of the operation is pending: the executor polls another task
//!   waker   async-task's own: puts the task into the queue of its executor
//! ```
//!
//! The channel and the rules are those of [`switchback_free`].

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::rc::Rc;

use async_executor::LocalExecutor;
use futures_lite::future::yield_now;
use switchback::{Capabilities, Error, Kind, Message, Tasklet, give_up};
use switchback_free::{Free, Member, Rendezvous, Runtime, contain_future, park_until_ready};

/// The backend.
///
/// ```
/// use switchback::{Backend, Channel, Error, tasklet};
/// use switchback_smol::Smol;
///
/// #[tasklet]
/// async fn hello<B: Backend>(to: B::Channel<String>) -> Result<(), Error> {
///     to.send("hello".to_owned()).await
/// }
///
/// #[tasklet]
/// async fn greeted<B: Backend>() -> Result<String, Error> {
///     let words: B::Channel<String> = B::channel();
///     B::spawn(hello(words.clone()));
///     words.receive().await
/// }
///
/// # fn main() {
/// assert_eq!(Smol::run(greeted()).as_deref(), Ok("hello"));
/// # }
/// ```
pub type Smol = Free<Tasks>;

/// Tasks of a local executor.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tasks;

/// What a task knows while it is polled.
#[derive(Clone)]
struct Here {
    member: Member,
    executor: Rc<LocalExecutor<'static>>,
}

thread_local! {
    static HERE: RefCell<Option<Here>> = const { RefCell::new(None) };
}

impl Here {
    /// Completes the future of a task, which finds this in `HERE`. Panics do not leave the future.
    async fn within<T>(self, task: impl Future<Output = T>) -> T {
        let (mut task, mut other) = (pin!(task), Some(self));
        let mut exchange = move || HERE.with_borrow_mut(|here| mem::swap(here, &mut other));
        poll_fn(move |context| {
            exchange();
            let polled = task.as_mut().poll(context);
            exchange();
            polled
        })
        .await
    }
}

impl Runtime for Tasks {
    const NAME: &'static str = "smol";

    const CAPABILITIES: Capabilities = Capabilities {
        throw: true,
        close: true,
        deadlock: true,
        status: true,
        fifo: true,
        ..Capabilities::NONE
    };

    type Channel<T: Message> = Rendezvous<Self, T>;

    fn channel<T: Message>() -> Rendezvous<Self, T> {
        Rendezvous::new()
    }

    fn run<K: Tasklet<Free<Self>>>(main: &Member, body: K) -> Result<K::Return, Error> {
        if HERE.try_with(|_| ()).is_err() {
            let ending = Error::with_detail(Kind::Exhausted, "no executor: the thread is ending");
            return give_up(ending, || drop(body));
        }
        let (member, executor) = (main.clone(), Rc::new(LocalExecutor::new()));
        let whole = async move {
            let outcome = contain_future(K::NAME, body.into_future()).await;
            member.finish();
            member.others_ended().await;
            outcome
        };
        let here = Here { member: main.clone(), executor: Rc::clone(&executor) };
        // Main is a task too, so that it has its turn among the others.
        park_until_ready(executor.run(executor.spawn(here.within(whole))))
    }

    fn start<K: Tasklet<Free<Self>>>(member: &Member, body: K) -> Result<(), String> {
        let here = HERE.with_borrow(Clone::clone).ok_or("no task runs on this thread")?;
        let (life, executor) = (member.clone(), Rc::clone(&here.executor));
        let whole = async move {
            life.live_through(K::NAME, async { body.into_future().await.map(drop) }).await;
        };
        // Its end is heard of through the member.
        executor.spawn(Here { member: member.clone(), ..here }.within(whole)).detach();
        Ok(())
    }

    fn current() -> Option<Member> {
        let member = |here: &Option<Here>| here.as_ref().map(|here| here.member.clone());
        HERE.try_with(|here| member(&here.borrow())).ok().flatten()
    }

    async fn pause() {
        yield_now().await;
    }
}
