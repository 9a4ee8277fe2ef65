//! How many tasklets can be alive at once, how deep calls can nest, and what each costs in memory.
//!
//! [`blocked`] makes tasklets that wait on one channel until there are enough of them, until the
//! backend refuses one, or until the watcher says stop; then every single one is woken with a value
//! of its own and says what it got. [`calls`] nests awaited calls inside main in the same way. Both
//! show where a backend stops and how. They do not show time: a watcher that reads the clock may be
//! the reason.
//!
//! The smallest state that can be woken is kept while waiting: one channel handle.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering::SeqCst},
};

use switchback::{Backend, Channel, Error, Kind, tasklet};
use switchback_bench::capacity::{Reached, Watch};

use crate::work::mix;

/// A probe of one backend that asks for at most so much.
pub type Probe = fn(u64, Watch) -> Result<Reached, Error>;

/// Tasklets made, or levels entered, between two questions to the watcher.
pub const STEP: u64 = 500;

/// What tasklets share with their watcher, which is no part of any backend.
struct Board {
    watch: Mutex<Watch>,
    count: AtomicU64,
    got: AtomicU64,
}

static BOARD: Board =
    Board { watch: Mutex::new(|_| true), count: AtomicU64::new(0), got: AtomicU64::new(0) };

/// One probe at a time in a process.
static TURN: Mutex<()> = Mutex::new(());

impl Board {
    fn clear(&self, watch: Watch) {
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = watch;
        self.count.store(0, SeqCst);
        self.got.store(0, SeqCst);
    }

    fn goes_on(&self, count: u64) -> bool {
        let watch = *self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        watch(count)
    }
}

/// Called by a tasklet about to block.
fn arrive() {
    BOARD.count.fetch_add(1, SeqCst);
}

fn arrived() -> u64 {
    BOARD.count.load(SeqCst)
}

/// Called by a tasklet that was woken with a value.
fn woken(value: u64) {
    BOARD.got.fetch_add(mix(0, value), SeqCst);
}

#[tasklet]
async fn waiter<B: Backend>(gate: B::Channel<u64>) -> Result<(), Error> {
    arrive();
    let value: u64 = gate.receive().await?;
    woken(value);
    Ok(())
}

/// Main: gives the text of the first refusal, or nothing.
#[tasklet]
async fn crowd<B: Backend>(most: u64) -> Result<String, Error> {
    let gate: B::Channel<u64> = B::channel();
    let mut made: u64 = 0;
    let mut refused: u64 = 0;
    let mut why: String = String::new();
    loop {
        let goal: u64 = most.min(made + STEP);
        while made < goal {
            B::spawn(waiter(gate.clone()));
            made += 1;
        }
        // A tasklet that could not be made fails when it is its turn.
        while arrived() + refused < made {
            if let Err(error) = B::schedule().await {
                if error.kind() != Kind::Exhausted {
                    return Err(error);
                }
                refused += 1;
                if why.is_empty() {
                    why = error.to_string();
                }
            }
        }
        if !BOARD.goes_on(arrived()) || made == most || refused > 0 {
            break;
        }
    }
    let mut left: u64 = arrived();
    while left > 0 {
        left -= 1;
        gate.send(left).await?;
    }
    // Lets the last ones end, which would be killed otherwise.
    B::schedule().await?;
    Ok(why)
}

/// Makes tasklets that block, at most `most`, and wakes them all.
///
/// # Errors
/// What the backend fails with; a tasklet that is refused with [`Kind::Exhausted`] is a result.
pub fn blocked<B: Backend>(most: u64, watch: Watch) -> Result<Reached, Error> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    BOARD.clear(watch);
    let why = B::run(crowd(most))?;
    let count = arrived();
    Ok(Reached {
        count,
        refused: Some(why).filter(|why| !why.is_empty()),
        digest: BOARD.got.load(SeqCst),
        expected: (0..count).fold(0, |sum, value| mix(0, value).wrapping_add(sum)),
    })
}

/// Called at every level: whether to go deeper.
fn descend(level: u64, most: u64) -> bool {
    BOARD.count.store(level, SeqCst);
    level < most && (!level.is_multiple_of(STEP) || BOARD.goes_on(level))
}

#[tasklet]
async fn nested<B: Backend>(level: u64, most: u64) -> Result<u64, Error> {
    if !descend(level, most) {
        // Suspends at the bottom, so that all levels are alive while another tasklet might run.
        B::schedule().await?;
        return Ok(0);
    }
    let below: u64 = nested(level + 1, most).await?;
    Ok(mix(below, level))
}

/// Nests awaited calls in main, at most `most`, and comes back through all of them.
///
/// # Errors
/// What the backend fails with. Calls that use a native stack overflow it, which ends the process.
pub fn calls<B: Backend>(most: u64, watch: Watch) -> Result<Reached, Error> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    BOARD.clear(watch);
    let digest = B::run(nested(0, most))?;
    let count = arrived();
    Ok(Reached { count, refused: None, digest, expected: (0..count).rev().fold(0, mix) })
}
