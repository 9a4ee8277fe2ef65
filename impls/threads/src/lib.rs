//! Tasklets as free OS threads on crossbeam rendezvous channels.
//!
//! ```text
//!   run(main)            main on the calling thread
//!     |-- spawn --> OS thread --\
//!     |-- spawn --> OS thread ---+--> Channel: a ledger says who meets, crossbeam carries the value
//!     |                          |
//!     +<-- alarms: uncaught errors, "nobody can run any more"
//!     main returns -> every operation of the others fails with the exit -> all threads are joined
//! ```
//!
//! The operating system decides who runs, so only the order-free rules hold (SPEC section 21).

#![forbid(unsafe_code)]

mod channel;
mod context;
mod handle;
mod run;

use std::thread;

pub use channel::Channel;
pub use handle::Handle;
pub use run::MAX_LIVE;

use context::Context;
use run::Run;
use switchback::{
    Backend, Blocking, Capabilities, Counts, Error, Message, Operation, Tasklet, operation::Block,
};

/// The backend: each tasklet a thread of the operating system.
///
/// ```
/// use switchback::{Backend, Blocking, Channel, Kind};
/// use switchback_threads::Threads;
///
/// // Outside `run` there is nobody to meet, and the operation says so instead of hanging.
/// let channel = Threads::channel::<u64>();
/// let error = Threads::wait(channel.send(1)).unwrap_err();
/// assert_eq!(error.kind(), Kind::WrongScheduler);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Threads;

impl Blocking for Threads {}

impl Backend for Threads {
    const NAME: &'static str = "threads";

    const CAPABILITIES: Capabilities = Capabilities {
        order_exact: false,
        blocking: true,
        portable: false,
        control: false,
        throw: false,
        close: true,
        deadlock: true,
        parallel: true,
        ..Capabilities::NONE
    };

    type Channel<T: Message> = Channel<T>;
    type Handle = Handle;

    fn run<K: Tasklet<Self>>(main: K) -> Result<K::Return, Error> {
        Self::audit(main).map(|(value, _)| value)
    }

    fn audit<K: Tasklet<Self>>(main: K) -> Result<(K::Return, Counts), Error> {
        Run::run_main(move || main.wait())
    }

    /// What hinders the start of the thread is raised in main: [`MAX_LIVE`] tasklets alive, or
    /// an operating system that gives no more threads ([`Kind::Exhausted`](switchback::Kind)).
    fn spawn<K: Tasklet<Self>>(tasklet: K) -> Handle {
        match Context::current() {
            Some(context) => context.run().spawn(move || tasklet.wait().map(drop)),
            None => Handle::new(u64::MAX, false),
        }
    }

    fn schedule() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        Block(|| {
            Context::of_this_thread()?.check()?;
            thread::yield_now();
            Ok(())
        })
    }

    fn channel<T: Message>() -> Channel<T> {
        Channel::new()
    }

    /// Waits until every tasklet has ended or is blocked. Only main may call it.
    fn run_others() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        Block(|| Context::of_this_thread()?.run_others())
    }
}

/// Why no handle or channel of this backend is in a pickle.
fn cannot_pickle(what: &str) -> String {
    format!("cannot pickle {what} of the threads backend: its waiters are OS threads")
}
