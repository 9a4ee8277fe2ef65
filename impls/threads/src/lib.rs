//! Tasklets as free OS threads: on crossbeam channels, or on the queues people make by hand.
//!
//! ```text
//!   run(main)            main on the calling thread
//!     |-- spawn --> OS thread --\
//!     |-- spawn --> OS thread ---+--> Channel: a ledger says which wait, a pipe carries values
//!     |                          |
//!     +<-- alarms: uncaught errors, "no tasklet can run any more"
//!     main returns -> every operation of the others fails with the exit -> all threads are joined
//! ```
//!
//! The operating system decides which thread runs, so only the order-free rules hold (SPEC section
//! 21); those of all such backends are in [`switchback_free`].

#![forbid(unsafe_code)]

mod channel;
mod crossing;
mod deque;
mod here;
mod ledger;
mod queue;
mod sync;

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use switchback::{Capabilities, Error, Message, Tasklet, contain, give_up};
use switchback_free::{Free, Member, Runtime, Stackful};

pub use channel::Channel;
pub use queue::{Deque, Queue, Queue1, Queue1000, Rendezvous};

use here::Here;

/// Tasklets on rendezvous channels: crossbeam's of capacity 0.
///
/// ```
/// use switchback::{Backend, Blocking, Channel, Kind};
/// use switchback_threads::Threads;
///
/// // Outside `run` there is no peer to meet, and the operation says so instead of hanging.
/// let channel = Threads::channel::<u64>();
/// let error = Threads::wait(channel.send(1)).unwrap_err();
/// assert_eq!(error.kind(), Kind::WrongScheduler);
/// ```
pub type Threads = Free<OsThreads<Rendezvous>>;

/// Tasklets on crossbeam channels that hold one value: a sender is at most one ahead.
pub type ThreadsQueue1 = Free<OsThreads<Queue1>>;

/// Tasklets on crossbeam channels that hold 1,000 values.
pub type ThreadsQueue1000 = Free<OsThreads<Queue1000>>;

/// Tasklets on a deque of at most 1,000 values behind a lock, with two condition variables.
pub type ThreadsDeque = Free<OsThreads<Deque>>;

/// Names a tasklet of [`Threads`].
pub type Handle = switchback_free::Handle<OsThreads<Rendezvous>>;

/// Most tasklets of one `run` that may be alive at one time, main not counted. On Linux a thread
/// has four memory mappings (two stacks, two guards), and a process 65,530 of them unless the
/// system is told otherwise; a quarter of the threads may have ended without being joined yet.
pub const MAX_LIVE: usize = 10_000;

/// The runtime: each tasklet a thread of the operating system, its channels as `Q` says.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsThreads<Q>(Q);

impl<Q: Queue> Stackful for OsThreads<Q> {}

impl<Q: Queue> Runtime for OsThreads<Q> {
    const NAME: &'static str = Q::NAME;

    const CAPABILITIES: Capabilities = Capabilities {
        blocking: true,
        throw: true,
        close: true,
        deadlock: true,
        parallel: true,
        buffer: Q::CAPACITY,
        status: true,
        ..Capabilities::NONE
    };

    const MOST_ALIVE: usize = MAX_LIVE;

    type Channel<T: Message> = Channel<T, Q>;

    fn channel<T: Message>() -> Channel<T, Q> {
        Channel::new()
    }

    fn run<K: Tasklet<Free<Self>>>(main: &Member, body: K) -> Result<K::Return, Error> {
        let here = match Here::enter_main(main) {
            Ok(here) => here,
            Err(ending) => return give_up(ending, || drop(body)),
        };
        let outcome = contain(K::NAME, || body.wait());
        main.finish();
        here.join_all();
        outcome
    }

    fn start<K: Tasklet<Free<Self>>>(member: &Member, body: K) -> Result<(), String> {
        let here = Here::current().ok_or("no run on this thread")?;
        here.start(member, K::NAME, move || body.wait().map(drop))
    }

    fn current() -> Option<Member> {
        Here::current().map(|here| here.member().clone())
    }

    async fn pause() {
        thread::yield_now();
    }

    fn wait<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        let here = Here::current();
        // Outside a run nothing ever waits: operations are refused at once.
        let waker = here.as_ref().map_or_else(|| Waker::noop().clone(), |here| here.waker());
        let mut context = Context::from_waker(&waker);
        loop {
            match (future.as_mut().poll(&mut context), &here) {
                (Poll::Ready(output), _) => return output,
                (Poll::Pending, Some(here)) => here.await_bell(),
                (Poll::Pending, None) => thread::yield_now(),
            }
        }
    }
}
