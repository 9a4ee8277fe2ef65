//! The two clocks every sample is timed by.

use std::time::Instant;

use serde::{Deserialize, Serialize};

/// Which clock makes the published number of a cell. Both are read for every sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clock {
    /// CPU time of the measuring thread: blind to other programs. For work on one thread only.
    #[default]
    ThreadCpu,
    /// Time on the wall: the only fair one once several threads share the work.
    Wall,
}

impl Clock {
    /// Whether this platform has a thread CPU clock fine enough to time samples of milliseconds.
    /// Where it has none, the wall clock stands in and the results say so.
    pub const HAS_THREAD_CPU: bool = cfg!(unix);

    /// Words for the results file: the clock really used.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::ThreadCpu if Self::HAS_THREAD_CPU => "thread CPU",
            _ => "wall",
        }
    }
}

/// Nanoseconds on both clocks: a moment of [`Clocks::read`], or the time between two of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Time {
    /// Thread CPU time, ns.
    pub cpu: u64,
    /// Wall time, ns.
    pub wall: u64,
}

impl Time {
    /// The time from `earlier` to `self`; zero on a clock that went backwards.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(earlier.cpu),
            wall: self.wall.saturating_sub(earlier.wall),
        }
    }

    /// The nanoseconds on one of the clocks.
    #[must_use]
    pub const fn on(self, clock: Clock) -> u64 {
        match clock {
            Clock::ThreadCpu => self.cpu,
            Clock::Wall => self.wall,
        }
    }
}

/// Where the sampler reads the time, so that tests can bring their own.
pub trait Clocks {
    /// The present moment, counted from any fixed origin.
    fn read(&self) -> Time;

    /// CPU time of all threads of the process, ns; `None` where it cannot be told.
    fn process(&self) -> Option<u64> {
        None
    }
}

/// Clocks that stand still, for cells that nothing is measured of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Still;

impl Clocks for Still {
    fn read(&self) -> Time {
        Time::default()
    }
}

/// The clocks of the machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClocks {
    origin: Instant,
}

impl SystemClocks {
    /// Clocks whose wall time counts from now.
    #[must_use]
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClocks {
    fn default() -> Self {
        Self::new()
    }
}

impl Clocks for SystemClocks {
    fn read(&self) -> Time {
        let wall = u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Time { cpu: thread_cpu().unwrap_or(wall), wall }
    }

    fn process(&self) -> Option<u64> {
        process_cpu()
    }
}

#[cfg(unix)]
fn thread_cpu() -> Option<u64> {
    cpu(rustix::time::ClockId::ThreadCPUTime)
}

#[cfg(unix)]
fn process_cpu() -> Option<u64> {
    cpu(rustix::time::ClockId::ProcessCPUTime)
}

#[cfg(unix)]
fn cpu(clock: rustix::time::ClockId) -> Option<u64> {
    let time = rustix::time::clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).ok()?;
    seconds.checked_mul(1_000_000_000)?.checked_add(u64::try_from(time.tv_nsec).ok()?)
}

#[cfg(not(unix))]
const fn thread_cpu() -> Option<u64> {
    None
}

#[cfg(not(unix))]
const fn process_cpu() -> Option<u64> {
    None
}
