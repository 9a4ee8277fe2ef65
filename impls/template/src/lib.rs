//! The smallest backend: one coroutine per tasklet, on the kernel's scheduler and channels.
//!
//! ```text
//!   main         runs on the stack of the caller; when it has to wait, it resumes the others
//!   a tasklet    runs in a coroutine; when it has to wait, it suspends, back into main's loop
//! ```
//!
//! The kernel decides which tasklet runs next. Here is how a computation is made, resumed,
//! suspended and dropped: put your coroutine library in the place of corosensei.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr,
    rc::Rc,
};

use corosensei::{Coroutine, CoroutineResult, Yielder, stack::DefaultStack};
use switchback::{
    Blocking, Capabilities, Error, Kind, Tasklet, contain, give_up,
    kernel::{Driver, Kernel},
};

/// The backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct Template;

/// The library's coroutine: nothing goes in, nothing comes out, it only stops and goes on.
struct Body {
    coroutine: Coroutine<(), (), ()>,
    /// What it is to do. Beside it, so that arguments are dropped where a panic of theirs is heard
    /// of: out of a coroutine that never began, corosensei lets none.
    job: Job,
}

type Job = Rc<Cell<Option<Box<dyn FnOnce() -> Result<(), Error>>>>>;

/// Bytes of a stack.
const STACK: usize = 128 * 1024;

thread_local! {
    /// The suspended coroutines of this thread, by the word that the kernel keeps for each.
    static BODIES: RefCell<BTreeMap<usize, Body>> = const { RefCell::new(BTreeMap::new()) };
    /// The last word given; 0 belongs to no body.
    static LAST: Cell<usize> = const { Cell::new(0) };
    /// Where the coroutine that runs suspends; null while main runs.
    static YIELDER: Cell<*const Yielder<(), ()>> = const { Cell::new(ptr::null()) };
}

/// Any plain function may wait, because the whole stack is suspended.
impl Blocking for Template {}

// SAFETY: a word stands for the coroutine that is kept under it, until that has ended or was dropped.
// The loop resumes the one of the current tasklet, which asks for what was thrown before it begins
// and tells of its end last. The kernel is not lent.
unsafe impl Driver for Template {
    const NAME: &'static str = "template";

    /// What comes with the kernel need not be declared.
    const CAPABILITIES: Capabilities = Capabilities { blocking: true, ..Capabilities::NONE };

    /// A coroutine that has not begun. It ends by telling the kernel how the tasklet ended.
    fn create<K: Tasklet<Self>>(_: &Kernel, tasklet: K) -> Result<usize, Error> {
        let exhausted =
            |error: std::io::Error| Error::with_detail(Kind::Exhausted, error.to_string());
        let stack = match DefaultStack::new(STACK).map_err(exhausted) {
            Ok(stack) => stack,
            // Dropped with care: a destructor may panic.
            Err(refusal) => return give_up(refusal, || drop(tasklet)),
        };
        let job: Job = Rc::new(Cell::new(Some(Box::new(move || {
            // What was thrown before the first instruction: the tasklet does not run.
            // SAFETY: a tasklet of this driver begins.
            match unsafe { Kernel::with(Kernel::start) }.flatten() {
                Ok(()) => contain(K::NAME, || tasklet.wait().map(drop)),
                Err(thrown) => give_up(thrown, || drop(tasklet)),
            }
        }))));
        let own = Rc::clone(&job);
        let coroutine = Coroutine::with_stack(stack, move |yielder, ()| {
            YIELDER.set(yielder);
            let outcome = own.take().map_or(Ok(()), |job| job());
            // SAFETY: a tasklet of this driver ends, so there is a kernel.
            let _ = unsafe { Kernel::with(|kernel| kernel.end(outcome)) };
        });
        Ok(keep(Body { coroutine, job }))
    }

    /// Main is a plain call. A scheduler may be run inside a tasklet of another.
    fn run<K: Tasklet<Self>>(kernel: &Kernel, main: K) -> Result<K::Return, Error> {
        // Destructors of a thread that is ending may come when its coroutines are gone.
        if BODIES.try_with(|_| ()).is_err() {
            let ending = Error::with_detail(Kind::Exhausted, "the thread is ending");
            return kernel.give_up(ending, main);
        }
        let outside = YIELDER.replace(ptr::null());
        let result = catch_unwind(AssertUnwindSafe(|| main.wait()));
        YIELDER.set(outside);
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// The loop that runs the others.
    fn settle(kernel: &Kernel) {
        let outside = YIELDER.replace(ptr::null());
        while !kernel.at_main() {
            let word = kernel.body();
            let Some(mut body) = take(word) else {
                // There was no room for a coroutine: the slot says so.
                kernel.end(kernel.start());
                continue;
            };
            let result = body.coroutine.resume(());
            YIELDER.set(ptr::null());
            if let CoroutineResult::Yield(()) = result {
                put(word, body);
            }
        }
        YIELDER.set(outside);
    }

    /// Called by every operation that has to wait.
    unsafe fn suspend(_body: &Cell<usize>, _next: usize) {
        let yielder = YIELDER.get();
        if yielder.is_null() {
            // SAFETY: main, a tasklet of this driver, waits: the others run, until it is its turn again.
            let _ = unsafe { Kernel::with(Self::settle) };
            return;
        }
        // SAFETY: the yielder lies at the bottom of the stack that this runs on.
        unsafe { (*yielder).suspend(()) };
        YIELDER.set(yielder);
    }

    /// Only a coroutine that has not begun can be dropped: it has no stack to unwind yet.
    unsafe fn abandon(word: usize) -> bool {
        match take(word) {
            Some(body) if body.coroutine.started() => {
                put(word, body);
                false
            }
            // The kernel makes an error of a panic in the arguments.
            Some(body) => {
                drop(body.job.take());
                true
            }
            None => true,
        }
    }
}

/// Keeps a coroutine under a new word.
fn keep(body: Body) -> usize {
    let word = LAST.get() + 1;
    LAST.set(word);
    put(word, body);
    word
}

/// Takes a coroutine out, to resume or to drop it.
fn take(word: usize) -> Option<Body> {
    BODIES.with_borrow_mut(|bodies| bodies.remove(&word))
}

/// Puts a suspended coroutine back.
fn put(word: usize, body: Body) {
    BODIES.with_borrow_mut(|bodies| bodies.insert(word, body));
}
