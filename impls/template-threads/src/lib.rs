//! The smallest backend on threads: one thread of the operating system per tasklet.
//!
//! ```text
//!   main         runs on the thread of the caller
//!   a tasklet    runs on a thread of its own
//!   wait         park_until_ready polls the operation; while it is pending, it parks the thread
//! ```
//!
//! The operating system decides which tasklet runs next. The channel and the rules are those of
//! [`switchback_free`]. Here is how a tasklet is started, how it waits, and which one runs here:
//! put your threads, or your coroutines with a scheduler of their own, in the place of `std`'s.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::thread;

use switchback::{Capabilities, Error, Kind, Message, Tasklet, contain, give_up};
use switchback_free::{Free, Member, Rendezvous, Runtime, Stackful, park_until_ready};

/// The backend.
pub type TemplateThreads = Free<Threads>;

/// A thread for each tasklet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Threads;

thread_local! {
    /// The tasklet that runs on this thread.
    static MEMBER: RefCell<Option<Member>> = const { RefCell::new(None) };
}

/// Any plain function may wait, because the whole thread does.
impl Stackful for Threads {}

impl Runtime for Threads {
    const NAME: &'static str = "template-threads";

    /// What is declared is tried.
    const CAPABILITIES: Capabilities = Capabilities {
        blocking: true,
        throw: true,
        close: true,
        deadlock: true,
        parallel: true,
        status: true,
        fifo: true,
        ..Capabilities::NONE
    };

    /// A process has room for so many threads on most systems.
    const MOST_ALIVE: usize = 10_000;

    type Channel<T: Message> = Rendezvous<Self, T>;

    fn channel<T: Message>() -> Rendezvous<Self, T> {
        Rendezvous::new()
    }

    /// Main, then the end of the others. A run may be inside a tasklet of another.
    fn run<K: Tasklet<Free<Self>>>(main: &Member, body: K) -> Result<K::Return, Error> {
        // Destructors of a thread that is ending may come when its thread-locals are gone.
        let Ok(outside) = MEMBER.try_with(|member| member.replace(Some(main.clone()))) else {
            let ending = Error::with_detail(Kind::Exhausted, "the thread is ending");
            return give_up(ending, || drop(body));
        };
        let outcome = contain(K::NAME, || body.wait());
        main.finish();
        Self::wait(main.others_ended());
        MEMBER.set(outside);
        outcome
    }

    /// Its end is heard of through the member, so the thread is not joined.
    fn start<K: Tasklet<Free<Self>>>(member: &Member, body: K) -> Result<(), String> {
        let member = member.clone();
        let life = move || {
            MEMBER.set(Some(member.clone()));
            member.live(K::NAME, || body.wait().map(drop));
        };
        let started = thread::Builder::new().name(K::NAME.to_owned()).spawn(life);
        started.map(drop).map_err(|error| error.to_string())
    }

    fn current() -> Option<Member> {
        MEMBER.try_with(|member| member.borrow().clone()).ok().flatten()
    }

    async fn pause() {
        thread::yield_now();
    }

    fn wait<F: Future>(future: F) -> F::Output {
        park_until_ready(future)
    }
}
