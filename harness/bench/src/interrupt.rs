//! Ctrl-C: the first ends what is measured and keeps what there is, the second ends the program at once.
//!
//! ```text
//!  Ctrl-C ──> handler ──> asked ──> wakes what waits for a worker ──> results, report, exit code 130
//!         ──> handler ──> worker and program end
//! ```
//!
//! Workers have groups of processes of their own on Unix, so that the Ctrl-C of a terminal does not reach
//! them: a worker that it ended would look like a backend that crashed.

use std::{
    process::{self, Child, Command, ExitStatus},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
#[cfg(unix)]
use std::{
    thread,
    time::{Duration, Instant},
};

/// Exit code of a run that was interrupted: 128 and the number of the signal.
pub const CODE: u8 = 130;

/// How long after a worker has ended a Ctrl-C may be heard of that has ended it.
#[cfg(unix)]
const SOON: Duration = Duration::from_millis(500);

/// Whether it was asked for.
static ASKED: AtomicBool = AtomicBool::new(false);

/// Whether there is nothing left to keep.
static AT_ONCE: AtomicBool = AtomicBool::new(false);

/// The worker that is waited for.
static WORKER: Mutex<Option<Worker>> = Mutex::new(None);

struct Worker {
    /// The number of its process, and of its group.
    process: u32,
    wake: Box<dyn Fn() + Send>,
}

fn worker() -> std::sync::MutexGuard<'static, Option<Worker>> {
    WORKER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes Ctrl-C over from the system.
///
/// # Errors
/// Why the system does not give it.
pub fn watch() -> Result<(), String> {
    let taken = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) || AT_ONCE.load(Ordering::SeqCst) {
            if let Some(worker) = worker().take() {
                end_group(worker.process);
            }
            process::exit(CODE.into());
        }
        if let Some(worker) = &*worker() {
            (worker.wake)();
        }
    });
    taken.map_err(|error| format!("Ctrl-C cannot be watched for: {error}"))
}

/// Whether the run is to end.
pub fn is_asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// Whether the Ctrl-C that this program is about to hear of has ended a worker: until it has a group of
/// its own, a worker that starts is in that of this program.
#[cfg(unix)]
pub fn has_ended(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;

    let by_interruption = status.signal() == Some(rustix::process::Signal::INT.as_raw());
    let begun = Instant::now();
    // A backend may end itself in the same way, and then there is nothing to hear of.
    while by_interruption && !is_asked() && begun.elapsed() < SOON {
        thread::sleep(Duration::from_millis(1));
    }
    by_interruption && is_asked()
}

/// Only where there are groups.
#[cfg(not(unix))]
pub fn has_ended(_: ExitStatus) -> bool {
    false
}

/// From now on the first Ctrl-C ends the program, since all that it has is kept.
pub fn at_once() {
    AT_ONCE.store(true, Ordering::SeqCst);
}

/// Has `wake` called when the run is to end, until [`forget`] or [`end`]; at once if it is to end already.
pub fn waits_for(child: &Child, wake: impl Fn() + Send + 'static) {
    let mut worker = worker();
    if is_asked() {
        wake();
    }
    *worker = Some(Worker { process: child.id(), wake: Box::new(wake) });
}

/// No worker is waited for any more.
pub fn forget() {
    *worker() = None;
}

/// Gives a worker a group of its own, which ends with it.
#[cfg(unix)]
pub fn apart(command: &mut Command) -> &mut Command {
    use std::os::unix::process::CommandExt;

    command.process_group(0)
}

/// Leaves a worker as it is.
#[cfg(not(unix))]
pub fn apart(command: &mut Command) -> &mut Command {
    command
}

/// Ends a worker that was started [`apart`] and has not been waited for, and what it has started.
pub fn end(child: &mut Child) {
    end_group(child.id());
    // Where there are no groups. It may have ended by itself.
    let _ = child.kill();
    forget();
}

#[cfg(unix)]
fn end_group(process: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};

    let group = i32::try_from(process).ok().and_then(Pid::from_raw);
    let _ = group.map(|group| kill_process_group(group, Signal::KILL));
}

#[cfg(not(unix))]
fn end_group(_: u32) {}

/// Has the system end this process with the one that started it, however that one ends: Ctrl-C does not
/// reach this process.
pub fn end_with_the_parent() {
    #[cfg(target_os = "linux")]
    // Without it the process ends when it next says something.
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}
