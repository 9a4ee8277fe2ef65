//! Tasklets as tokio tasks.
//!
//! ```text
//!   TokioCurrent   a current_thread runtime for each run, on the thread that calls it
//!   TokioMulti     one multi_thread runtime for the process; main is a task like the others
//!
//!   wait    the future of the operation is pending: tokio runs another task
//!   waker   tokio's own: wakes by putting the task into a queue
//! ```
//!
//! The channel and the rules are those of [`switchback_free`].

#![forbid(unsafe_code)]

mod flavour;

use switchback::{Capabilities, Error, Message, Tasklet};
use switchback_free::{Free, Member, Rendezvous, Runtime, contain_future};

pub use flavour::{CurrentThread, Flavour, MultiThread};

/// The backend on a current_thread runtime.
///
/// ```
/// use switchback::{Backend, Channel, Error, tasklet};
/// use switchback_tokio::TokioCurrent;
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
/// assert_eq!(TokioCurrent::run(greeted()).as_deref(), Ok("hello"));
/// # }
/// ```
pub type TokioCurrent = Free<Tokio<CurrentThread>>;

/// The backend on a multi_thread runtime.
pub type TokioMulti = Free<Tokio<MultiThread>>;

/// Tasks of a tokio runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tokio<F>(F);

tokio::task_local! {
    static MEMBER: Member;
}

impl<F: Flavour> Runtime for Tokio<F> {
    const NAME: &'static str = F::NAME;

    const CAPABILITIES: Capabilities = Capabilities {
        throw: true,
        close: true,
        deadlock: true,
        parallel: F::PARALLEL,
        status: true,
        fifo: true,
        ..Capabilities::NONE
    };

    type Channel<T: Message> = Rendezvous<Self, T>;

    fn channel<T: Message>() -> Rendezvous<Self, T> {
        Rendezvous::new()
    }

    fn run<K: Tasklet<Free<Self>>>(main: &Member, body: K) -> Result<K::Return, Error> {
        let member = main.clone();
        let whole = async move {
            let outcome = contain_future(K::NAME, body.into_future()).await;
            member.finish();
            member.others_ended().await;
            outcome
        };
        flavour::complete::<F, _>(MEMBER.scope(main.clone(), whole))
    }

    fn start<K: Tasklet<Free<Self>>>(member: &Member, body: K) -> Result<(), String> {
        let life = member.clone();
        let whole = async move {
            life.live_through(K::NAME, async { body.into_future().await.map(drop) }).await;
        };
        // Its end is heard of through the member.
        drop(tokio::spawn(MEMBER.scope(member.clone(), whole)));
        Ok(())
    }

    fn current() -> Option<Member> {
        MEMBER.try_with(Member::clone).ok()
    }

    async fn pause() {
        tokio::task::yield_now().await;
    }
}
