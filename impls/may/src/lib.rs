//! Tasklets as stackful coroutines of the may crate.
//!
//! ```text
//!   worker 0   [ coroutine ] [ coroutine ] ..      MayOne: all of them here
//!   worker 1   [ coroutine ] ..                    MayMany: spawned in turn on 0, 1 .. n-1;
//!    ..                                            a woken one goes on where its waker runs
//!
//!   wait    poll the operation; while it is pending, park the coroutine
//!   waker   unpark it
//! ```
//!
//! Workers are threads of the process: they are made with the first tasklet and stay. The
//! channel and the rules are those of [`switchback_free`].

mod workers;

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use may::coroutine::{self, Coroutine};
use may::coroutine_local;
use switchback::{Capabilities, Error, Kind, Message, Tasklet, contain};
use switchback_free::{Free, Member, Rendezvous, Runtime, Stackful};

pub use workers::{MOST_ALIVE, STACK, STACK_OF_MAIN};
use workers::{Place, spawn};

/// The backend with all tasklets on one worker.
///
/// ```
/// use switchback::{Backend, Blocking, Channel, Kind};
/// use switchback_may::MayOne;
///
/// // Outside `run` there is no peer to meet, and the operation says so instead of hanging.
/// let channel = MayOne::channel::<u64>();
/// let error = MayOne::wait(channel.send(1)).unwrap_err();
/// assert_eq!(error.kind(), Kind::WrongScheduler);
/// ```
pub type MayOne = Free<May<One>>;

/// The backend with tasklets on as many workers as the process may use processors, at least two.
pub type MayMany = Free<May<Many>>;

/// The runtime, with its tasklets on the workers that `W` says.
#[derive(Clone, Copy, Debug, Default)]
pub struct May<W>(W);

/// On which workers tasklets run.
pub trait Workers: Copy + Default + std::fmt::Debug + Send + Sync + 'static {
    /// Name of the backend.
    const NAME: &'static str;
    /// Whether there are several.
    const SEVERAL: bool;
}

/// One worker.
#[derive(Clone, Copy, Debug, Default)]
pub struct One;

/// All workers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Many;

impl Workers for One {
    const NAME: &'static str = "may-1";
    const SEVERAL: bool = false;
}

impl Workers for Many {
    const NAME: &'static str = "may-n";
    const SEVERAL: bool = true;
}

impl<W: Workers> Stackful for May<W> {}

impl<W: Workers> May<W> {
    const PLACE: Place = if W::SEVERAL { Place::Any } else { Place::First };
}

impl<W: Workers> Runtime for May<W> {
    const NAME: &'static str = W::NAME;

    const CAPABILITIES: Capabilities = Capabilities {
        blocking: true,
        throw: true,
        close: true,
        deadlock: true,
        parallel: W::SEVERAL,
        status: true,
        fifo: true,
        ..Capabilities::NONE
    };

    const MOST_ALIVE: usize = MOST_ALIVE;

    type Channel<T: Message> = Rendezvous<Self, T>;

    fn channel<T: Message>() -> Rendezvous<Self, T> {
        Rendezvous::new()
    }

    fn run<K: Tasklet<Free<Self>>>(main: &Member, body: K) -> Result<K::Return, Error> {
        let main = main.clone();
        let run = move || {
            within(&main, || {
                let outcome = contain(K::NAME, || body.wait());
                main.finish();
                Self::wait(main.others_ended());
                outcome
            })
        };
        let started = spawn(Self::PLACE, STACK_OF_MAIN, run);
        let main = started.map_err(|cause| Error::with_detail(Kind::Exhausted, cause))?;
        // The body is contained: what may itself makes of a panic is never seen.
        main.join().unwrap_or_else(|_| Err(Kind::Panicked.into()))
    }

    fn start<K: Tasklet<Free<Self>>>(member: &Member, body: K) -> Result<(), String> {
        let member = member.clone();
        let live = move || within(&member, || member.live(K::NAME, || body.wait().map(drop)));
        spawn(Self::PLACE, STACK, live).map(drop)
    }

    fn current() -> Option<Member> {
        here(|local| local.borrow().as_ref().map(|local| local.member.clone())).flatten()
    }

    async fn pause() {
        workers::pause(Self::PLACE);
    }

    fn wait<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        // Outside a tasklet nothing ever waits: operations are refused at once.
        let waker = here(|local| local.borrow().as_ref().map(|local| local.waker.clone()));
        let waker = waker.flatten().unwrap_or_else(|| Waker::noop().clone());
        let mut context = Context::from_waker(&waker);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                Poll::Pending => park(),
            }
        }
    }
}

/// What a coroutine knows of itself.
struct Local {
    member: Member,
    waker: Waker,
    /// Whether it has ever been parked.
    parked: bool,
}

/// Waits until the waker of this coroutine is called, unless it has been called already.
fn park() {
    LOCAL.with(|local| local.borrow_mut().iter_mut().for_each(|local| local.parked = true));
    coroutine::park();
}

// Of the coroutine, not of the thread: the thread may be another after each operation.
coroutine_local!(static LOCAL: RefCell<Option<Local>> = RefCell::new(None));

thread_local! {
    /// What may keeps for this thread is gone, or about to go.
    static GONE: Cell<bool> = const { Cell::new(false) };
    /// Made after what may keeps, and so dropped before it.
    static END: EndOfThread = const { EndOfThread };
}

struct EndOfThread;

impl Drop for EndOfThread {
    fn drop(&mut self) {
        GONE.set(true);
    }
}

/// Looks at what the coroutine knows of itself; nothing in a thread that is ending, whose
/// destructors may ask for the tasklet that they run in.
fn here<T>(look: impl FnOnce(&RefCell<Option<Local>>) -> T) -> Option<T> {
    if GONE.get() {
        return None;
    }
    let found = LOCAL.with(look);
    let _ = END.try_with(|_| ());
    Some(found)
}

/// Runs `body` as the tasklet `member` on this coroutine.
fn within<T>(member: &Member, body: impl FnOnce() -> T) -> T {
    let waker = Waker::from(Arc::new(Unpark(coroutine::current())));
    let local = Local { member: member.clone(), waker, parked: false };
    LOCAL.with(|all| all.replace(Some(local)));
    let output = body();
    // A coroutine that is woken while it parks goes on inside of the call that parks it, and what
    // it holds last waits for that call's return: if it ended there, its worker would wait for
    // itself. A turn given away ends that call first.
    if LOCAL.with(|local| local.borrow().as_ref().is_some_and(|local| local.parked)) {
        coroutine::yield_now();
    }
    output
}

struct Unpark(Coroutine);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
