//! The two lists: [`SCENARIOS`] and [`backends`]. Every pair of them is a row of the matrix, run
//! by the tests at small sizes and by `cargo bench` at the full ones.
//!
//! A new backend is one line in [`backends`]; a new scenario is one entry in [`SCENARIOS`] and one
//! line in `Column::of`.

use switchback::{Backend, Blocking, Capabilities, Error, Portable};
use switchback_baton::Baton;
use switchback_bench::witness::{Law, Witness};
use switchback_hard::Hard;
use switchback_may::{MayMany, MayOne};
use switchback_poll::Poll;
use switchback_soft::Soft;
use switchback_threads::{Threads, ThreadsDeque, ThreadsQueue1, ThreadsQueue1000};
use switchback_tokio::{TokioCurrent, TokioMulti};

use crate::work::Counting;
use crate::{
    capacity, depth, factorial, pickle, pingpong, queens, ring, sax, schedule, snapshot, spawn,
    stream,
};

/// One scenario at all its sizes.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// First part of the ids of its cells.
    pub id: &'static str,
    /// What a time is per: "nanoseconds per .."
    pub operation: &'static str,
    /// Sizes that are measured.
    pub sizes: &'static [u64],
    /// Sizes that are tested.
    pub small: &'static [u64],
    /// Operations in one run at a size.
    pub operations: fn(u64) -> u64,
    /// What a run must do, on an order-exact backend.
    pub law: fn(u64) -> Law,
}

/// All scenarios, in the order of the report.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "pingpong",
        operation: "send and receive pair",
        sizes: &[10_000],
        small: &[2, 40],
        operations: |pairs| pairs,
        law: pingpong::law,
    },
    Scenario {
        id: "stream",
        operation: "value",
        sizes: &[10_000],
        small: &[1, 40],
        operations: |values| values,
        law: stream::law,
    },
    Scenario {
        id: "schedule",
        operation: "turn",
        sizes: &[2, 1_000],
        small: &[2, 5],
        operations: |tasklets| tasklets * schedule::turns(tasklets),
        law: schedule::law,
    },
    Scenario {
        id: "ring",
        operation: "hop",
        sizes: &[100, 10_000],
        small: &[1, 30],
        operations: ring::hops,
        law: ring::law,
    },
    Scenario {
        id: "spawn",
        operation: "tasklet",
        sizes: &[10_000],
        small: &[2, 40],
        operations: |tasklets| tasklets,
        law: spawn::law,
    },
    Scenario {
        id: "factorial",
        operation: "factorial",
        sizes: &[10, 100, 1_000],
        small: &[1, 2, 60],
        operations: factorial::rounds,
        law: factorial::law,
    },
    Scenario {
        id: "chain",
        operation: "level",
        sizes: &[1_000, 1_000_000],
        small: &[0, 1, 100],
        operations: |levels| levels,
        law: depth::chain::law,
    },
    Scenario {
        id: "calls",
        operation: "level",
        sizes: &[1_000, 1_000_000],
        small: &[0, 1, 100],
        operations: |levels| levels,
        law: depth::calls::law,
    },
    Scenario {
        id: "sax",
        operation: "document",
        sizes: &[220_523],
        small: &[23, 23 + 49 * 3],
        operations: |_| 1,
        law: sax::iterate::law,
    },
    Scenario {
        id: "pickle",
        operation: "recursion moved",
        sizes: &[10, 100, 1_000, 100_000],
        small: &[1, 2, 60],
        operations: pickle::rounds,
        law: pickle::law,
    },
    Scenario {
        id: "snapshot",
        operation: "blocked tasklet moved",
        sizes: &[100_000],
        small: &[1, 60],
        operations: |tasklets| tasklets,
        law: snapshot::law,
    },
    Scenario {
        id: "queens",
        operation: "queen placed",
        sizes: &[6, 8],
        small: &[4, 6],
        operations: queens::placed,
        law: queens::law,
    },
];

/// All backends, in the order of the report.
#[must_use]
pub fn backends() -> Vec<Column> {
    vec![
        Column::blocking::<Hard>(),
        Column::portable::<Soft>(),
        Column::stackless::<Poll>(),
        Column::blocking::<Baton>().on_threads(),
        Column::blocking::<Threads>().on_threads(),
        Column::blocking::<ThreadsQueue1>().on_threads(),
        Column::blocking::<ThreadsQueue1000>().on_threads(),
        Column::blocking::<ThreadsDeque>().on_threads(),
        Column::blocking::<MayOne>().on_workers(),
        Column::blocking::<MayMany>().on_workers(),
        Column::stackless::<TokioCurrent>(),
        Column::stackless::<TokioMulti>().on_workers(),
    ]
}

/// Runs one scenario at a size on the backend that it was made for.
pub type Work = fn(u64, Counting) -> Result<Witness, Error>;

/// The two probes of [`capacity`].
#[derive(Clone, Copy, Debug)]
pub struct Probes {
    /// Tasklets blocked at once.
    pub blocked: capacity::Probe,
    /// Awaited calls nested in main.
    pub calls: capacity::Probe,
}

/// One backend with its work in every scenario that it can take part in.
#[derive(Clone, Debug)]
pub struct Column {
    /// Middle part of the ids of its cells.
    pub name: &'static str,
    /// What the backend claims to offer.
    pub capabilities: Capabilities,
    /// Each tasklet is an OS thread: limited in number.
    pub threads: bool,
    /// Other threads than the one that measures do the work: timed by the wall.
    pub elsewhere: bool,
    /// What finds its limits.
    pub capacity: Probes,
    works: Vec<(&'static str, Work)>,
}

impl Column {
    /// What every backend can do.
    fn of<B: Backend>() -> Self {
        Self {
            name: B::NAME,
            capabilities: B::CAPABILITIES,
            threads: false,
            elsewhere: false,
            capacity: Probes { blocked: capacity::blocked::<B>, calls: capacity::calls::<B> },
            works: vec![
                ("pingpong", pingpong::run::<B>),
                ("stream", stream::run::<B>),
                ("schedule", schedule::run::<B>),
                ("ring", ring::run::<B>),
                ("spawn", spawn::run::<B>),
                ("factorial", factorial::run::<B>),
                ("chain", depth::chain::run::<B>),
                ("calls", depth::calls::run::<B>),
            ],
        }
    }

    /// A backend that may suspend the stack under a foreign callback.
    #[must_use]
    pub fn blocking<B: Blocking>() -> Self {
        Self::of::<B>().with("sax", sax::iterate::run_push::<B>)
    }

    /// A backend that suspends at awaits only.
    #[must_use]
    pub fn stackless<B: Backend>() -> Self {
        Self::of::<B>().with("sax", sax::iterate::run_pull::<B>)
    }

    /// A stackless backend whose tasklets can be written to bytes.
    #[must_use]
    pub fn portable<B: Portable>() -> Self {
        Self::stackless::<B>()
            .with("pickle", pickle::run::<B>)
            .with("snapshot", snapshot::run::<B>)
            .with("queens", queens::run::<B>)
    }

    /// Says that its tasklets are OS threads.
    #[must_use]
    pub fn on_threads(self) -> Self {
        Self { threads: true, ..self.on_workers() }
    }

    /// Says that its tasklets run on threads of its own.
    #[must_use]
    pub fn on_workers(self) -> Self {
        Self { elsewhere: true, ..self }
    }

    /// A run takes so long that a sample should be one run: a switch of OS threads for each value,
    /// at several microseconds, and many thousand values.
    #[must_use]
    pub fn is_slow(&self, scenario: &Scenario) -> bool {
        let buffered = self.capabilities.buffer >= ENOUGH;
        match scenario.id {
            "stream" | "sax" => self.threads && !buffered,
            "pingpong" | "schedule" | "spawn" => self.threads,
            _ => false,
        }
    }

    const fn native_stacks(&self) -> bool {
        self.capabilities.blocking && !self.threads
    }

    fn with(mut self, scenario: &'static str, work: Work) -> Self {
        self.works.push((scenario, work));
        self
    }

    /// Its work in a scenario at a size.
    ///
    /// # Errors
    /// Why it cannot take part: the missing capability, or the limit that the size exceeds.
    pub fn work(&self, scenario: &Scenario, size: u64) -> Result<Work, &'static str> {
        let Some(&(_, work)) = self.works.iter().find(|(id, _)| *id == scenario.id) else {
            return Err("not portable: tasklets cannot be written to bytes");
        };
        match scenario.id {
            "chain" | "ring" if self.threads && size >= MOST_THREADS => {
                Err("more tasklets at once than a process should have OS threads")
            }
            "chain" if self.native_stacks() && size >= MOST_STACKS => Err(
                "more native stacks than belong into a benchmark, and than some systems have mappings for",
            ),
            "calls" if !self.capabilities.portable && size >= MOST_NATIVE_CALLS => {
                Err("calls nest on the native stack, which is not that deep")
            }
            _ => Ok(work),
        }
    }

    /// The law for this backend: one that is not order-exact promises results and their number,
    /// not who waits for whom meanwhile.
    #[must_use]
    pub fn law(&self, scenario: &Scenario, size: u64) -> Law {
        let law = (scenario.law)(size);
        if self.capabilities.order_exact {
            law
        } else {
            Law { peak_alive: None, switches: None, ..law }
        }
    }
}

/// So many OS threads at once are not asked for: making them takes seconds, if the system has them.
const MOST_THREADS: u64 = 10_000;
/// Native stacks that systems with 65,530 mappings per process, two for each, have room for.
const MOST_STACKS: u64 = 30_000;
/// Values that a channel must hold for a sender to be ahead of its receiver for long.
const ENOUGH: u32 = 100;
/// Nested calls that an 8 MiB stack has room for in any build.
const MOST_NATIVE_CALLS: u64 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_work_belongs_to_a_scenario_and_is_listed_once() {
        for column in backends() {
            let mut ids: Vec<_> = column.works.iter().map(|(id, _)| *id).collect();
            ids.sort_unstable();
            assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{}: {ids:?}", column.name);
            for id in ids {
                assert!(
                    SCENARIOS.iter().any(|scenario| scenario.id == id),
                    "{}: {id}",
                    column.name
                );
            }
        }
    }
}
