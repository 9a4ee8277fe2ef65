//! What the may crate is asked for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use may::coroutine::{self, Builder, JoinHandle};

/// Stack of a tasklet, in bytes. What overflows it ends the process: behind it is a guard page.
pub const STACK: usize = 64 * 1024;

/// Stack of main, in bytes.
pub const STACK_OF_MAIN: usize = 8 * 1024 * 1024;

/// Most tasklets of one run that may be alive at one time, main not counted. On Linux a stack is
/// two memory mappings, and a process has 65,530 of them unless the system is told otherwise.
pub const MOST_ALIVE: usize = 30_000;

/// Finished stacks that may keeps for the next tasklets.
const POOL: usize = 1_000;

/// On which worker a coroutine starts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    First,
    Any,
}

/// Coroutines that wait for a worker to look at what was spawned: it does so only when no other
/// coroutine on it can run.
static UNSTARTED: AtomicUsize = AtomicUsize::new(0);

/// Starts a coroutine.
///
/// # Errors
/// Why not, in words: memory or mappings have run out.
pub(crate) fn spawn<T: Send + 'static>(
    place: Place,
    stack: usize,
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, String> {
    configure();
    let builder = Builder::new().stack_size(stack / size_of::<usize>());
    let builder = match place {
        Place::First => builder.id(0),
        Place::Any => builder,
    };
    UNSTARTED.fetch_add(1, SeqCst);
    let body = move || {
        UNSTARTED.fetch_sub(1, SeqCst);
        body()
    };
    let spawned = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: two promises are asked for. No thread-local state is relied on over a
        // suspension: this crate keeps its own in coroutine-local storage, and the README hands the
        // rule on to authors of tasklets. The stack is not exceeded: behind it lies a guard page,
        // so that exceeding it ends the process and touches no other memory.
        unsafe { builder.spawn(body) }
    }));
    let spawned = match spawned {
        Ok(spawned) => spawned.map_err(|error| error.to_string()),
        Err(_) => Err("may could not map a stack".to_owned()),
    };
    spawned.inspect_err(|_| {
        UNSTARTED.fetch_sub(1, SeqCst);
    })
}

/// Lets others on this worker run, those just spawned too.
///
/// A worker takes what was spawned only when no other coroutine on it can run, so that tasklets
/// which yield to each other would keep it away for ever. While there are such, the caller parks,
/// and is unparked by a coroutine that is spawned behind them.
pub(crate) fn pause(place: Place) {
    if coroutine::is_coroutine() && UNSTARTED.load(SeqCst) > 0 {
        let here = coroutine::current();
        if spawn(place, STACK, move || here.unpark()).is_ok() {
            crate::park();
            return;
        }
    }
    coroutine::yield_now();
}

/// Sets what may takes from the process once, with its first coroutine.
fn configure() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let processors = thread::available_parallelism().map_or(1, Into::into);
        let config = may::config();
        config.set_workers(processors.max(2));
        config.set_stack_size(STACK / size_of::<usize>());
        config.set_pool_capacity(POOL);
        // A library does not bind threads of a process that has others to processors.
        config.set_worker_pin(false);
    });
}
