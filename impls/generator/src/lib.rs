//! Tasklets as generators of the crate `generator`: a stack each, in the kernel's order.
//!
//! ```text
//!   main         runs on the stack of the caller; when it has to wait, it resumes the others
//!   a tasklet    runs in a generator; when it has to wait, it yields, back into main's loop
//! ```

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Once, atomic::AtomicUsize, atomic::Ordering::Relaxed};
use std::{cell::Cell, process, ptr, rc::Rc, thread};

use generator::{Gn, LocalGenerator, Scope};
use switchback::kernel::{Driver, Kernel};
use switchback::{Blocking, Capabilities, Error, Kind, Tasklet, contain, give_up};

/// Bytes of stack that a tasklet may use. Behind them is a guard page.
pub const STACK: usize = 128 * 1024;
/// Most tasklets of the process that have a stack at one time. A stack is two memory mappings, and
/// Linux allows a process 65,530.
pub const MOST_STACKS: usize = 30_000;

/// Bytes that the crate takes of each stack: the generator lies there, and below it the calls that
/// lead to the tasklet.
const ABOVE: usize = 16 * 1024;

/// The backend.
///
/// ```
/// use switchback::{Backend, Blocking, Channel, Kind};
/// use switchback_generator::Generator;
///
/// // Outside `run` there is no tasklet to meet, and the operation says so instead of hanging.
/// let channel = Generator::channel::<u64>();
/// let error = Generator::wait(channel.send(1)).unwrap_err();
/// assert_eq!(error.kind(), Kind::WrongScheduler);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Generator;

/// The computation of a tasklet.
struct Body {
    generator: LocalGenerator<'static, (), ()>,
    /// What it is to do, until it begins. Arguments are dropped from here, where a panic of theirs
    /// is an error of the kernel.
    job: Job,
}

type Job = Rc<Cell<Option<Box<dyn FnOnce() -> Result<(), Error>>>>>;

thread_local! {
    /// Where the generator that runs yields; null while main runs.
    static SCOPE: Cell<*mut Scope<'static, 'static, (), ()>> = const { Cell::new(ptr::null_mut()) };
}

/// Any plain function may wait, because the whole stack is suspended.
impl Blocking for Generator {}

// SAFETY: a word is the address of a `Body`, which is freed when its generator is done or has been
// abandoned. The loop resumes the one of the current tasklet, which asks for what was thrown before
// it begins and tells of its end last. `suspend` yields from the tasklet's own stack only, to the
// loop, which resumes what the kernel says. The kernel is not lent.
unsafe impl Driver for Generator {
    const NAME: &'static str = "generator";

    const CAPABILITIES: Capabilities = Capabilities { blocking: true, ..Capabilities::NONE };

    /// A generator that has not begun. It ends by telling the kernel how the tasklet ended.
    fn create<K: Tasklet<Self>>(_: &Kernel, tasklet: K) -> Result<usize, Error> {
        let job: Job = Rc::new(Cell::new(Some(Box::new(move || {
            // SAFETY: a tasklet of this driver begins.
            match unsafe { Kernel::with(Kernel::start) }.flatten() {
                Ok(()) => contain(K::NAME, || tasklet.wait().map(drop)),
                // Thrown before the first instruction: the tasklet does not run.
                Err(thrown) => give_up(thrown, || drop(tasklet)),
            }
        }))));
        let refusal = || Error::with_detail(Kind::Exhausted, "no stack for a tasklet is left");
        body(&job).map_or_else(|| give_up(refusal(), || drop(job.take())), Ok)
    }

    /// Main is a plain call. A scheduler may be run inside a tasklet of another.
    fn run<K: Tasklet<Self>>(_: &Kernel, main: K) -> Result<K::Return, Error> {
        // The first generator of a process sets a panic hook, which a thread that panics cannot do.
        static FIRST: Once = Once::new();
        FIRST.call_once(|| {
            let first = || Gn::<()>::new_scoped_local(|_| ()).resume();
            let _ = thread::Builder::new().spawn(first).map(thread::JoinHandle::join);
        });
        let outside = SCOPE.replace(ptr::null_mut());
        let result = catch_unwind(AssertUnwindSafe(|| main.wait()));
        SCOPE.set(outside);
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// The loop that runs the others.
    fn settle(kernel: &Kernel) {
        let outside = SCOPE.replace(ptr::null_mut());
        while !kernel.at_main() {
            let body = ptr::with_exposed_provenance_mut::<Body>(kernel.body());
            if body.is_null() {
                // There was no room for a generator: the slot says so.
                kernel.end(kernel.start());
                continue;
            }
            // SAFETY: the body of the current tasklet, which exists, is suspended, and which no
            // other code has until it yields.
            let generator = unsafe { &mut (*body).generator };
            if catch_unwind(AssertUnwindSafe(|| generator.resume())).is_err() {
                // The stack has overflowed, in whatever code. The crate has said so, and would go
                // on here, but what that code held is lost.
                process::abort();
            }
            SCOPE.set(ptr::null_mut());
            if generator.is_done() {
                let (size, used) = generator.stack_usage();
                // A stack that was used to its last word is kept: the crate would panic.
                if used < size {
                    // SAFETY: the tasklet has told its end, and its generator is not used again.
                    drop(unsafe { Box::from_raw(body) });
                }
            }
        }
        SCOPE.set(outside);
    }

    /// Called by every operation that has to wait.
    unsafe fn suspend(_body: &Cell<usize>, _next: usize) {
        let scope = SCOPE.get();
        if scope.is_null() {
            // SAFETY: main, a tasklet of this driver, waits: the others run, until it is its turn.
            let _ = unsafe { Kernel::with(Self::settle) };
            return;
        }
        // A yield leaves the innermost generator. If that is one that the tasklet made and resumed,
        // this is not the stack of the tasklet, which would go on although it is not current.
        let here = ptr::from_ref(&scope).addr();
        if scope.addr().wrapping_sub(here) > STACK {
            eprintln!("a tasklet waits inside a generator of its own, or has used {STACK} bytes");
            process::abort();
        }
        // SAFETY: the scope lies at the bottom of the stack that this runs on.
        unsafe { (*scope).yield_with(()) };
        SCOPE.set(scope);
    }

    /// Only a generator that has not begun can be dropped: it has no stack to unwind yet.
    unsafe fn abandon(word: usize) -> bool {
        let body = ptr::with_exposed_provenance_mut::<Body>(word);
        // SAFETY: the caller says that the body exists and is suspended.
        // Dropped last, since arguments may panic: the kernel makes an error of it.
        let Some(_job) = (unsafe { (*body).job.take() }) else { return false };
        // SAFETY: the answer is true, so it is not used again.
        drop(unsafe { Box::from_raw(body) });
        true
    }
}

/// The word of a generator that will do `job`; none if there is no stack.
fn body(job: &Job) -> Option<usize> {
    let own = Rc::clone(job);
    let whole = move |mut scope: Scope<'_, '_, (), ()>| {
        SCOPE.set((&raw mut scope).cast());
        let outcome = own.take().map_or(Ok(()), |job| job());
        // SAFETY: a tasklet of this driver ends, so there is a kernel.
        let _ = unsafe { Kernel::with(|kernel| kernel.end(outcome)) };
    };
    let words = (STACK + ABOVE) / size_of::<usize>();
    let make = || Gn::new_scoped_opt_local(words, whole);
    let free = STACKS.fetch_add(1, Relaxed) < MOST_STACKS;
    // The crate panics if the system refuses.
    let made = free.then(|| catch_unwind(AssertUnwindSafe(make)).ok()).flatten();
    let Some(generator) = made else {
        STACKS.fetch_sub(1, Relaxed);
        return None;
    };
    Some(Box::into_raw(Box::new(Body { generator, job: Rc::clone(job) })).expose_provenance())
}

/// Stacks of the process.
static STACKS: AtomicUsize = AtomicUsize::new(0);

impl Drop for Body {
    fn drop(&mut self) {
        STACKS.fetch_sub(1, Relaxed);
    }
}
