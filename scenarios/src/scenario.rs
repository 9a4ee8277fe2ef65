//! What a scenario is: one value, beside the code that it is about.
//!
//! ```text
//!   module of a scenario                      list!
//!     SCENARIO  id, family, sizes, law,  -->  Ours  --> matrix   a work for each backend
//!               limits, references, words           --> suite    its blocks in cargo bench, its
//!     run       the work on any backend                          words in run.json, for reports
//!     carry     (some) its main, on journeys        --> carried  its journeys
//! ```
//!
//! To add a scenario: its module with a `SCENARIO` and a `run`, and one line in a
//! [list](crate::list!). Nothing else knows it by its id.
//!
//! # From another crate
//!
//! A crate of your own does the same with a list of its own, and has the harness measure it:
//!
#![cfg_attr(feature = "suite", doc = "```no_run")]
#![cfg_attr(not(feature = "suite"), doc = "```text")]
//! // src/greeting.rs, or anywhere in the bench target. The dependencies of its package are
//! // switchback-scenarios, switchback and switchback-bench, from one place.
//! mod greeting {
//!     use switchback::{Backend, Error, tasklet};
//!     use switchback_bench::{results::Plot, witness::{Law, Witness}};
//!     use switchback_scenarios::scenario::{Family, Reference, Scenario, Words, never};
//!     use switchback_scenarios::work::{Counting, witness};
//!
//!     pub const SCENARIO: Scenario = Scenario {
//!         id: "greeting",
//!         family: Family::Switching,
//!         words: Words {
//!             title: "Greeting",
//!             work: "A tasklet gives way some times and says how often.",
//!             shows: "A turn of a tasklet that is alone.",
//!             does_not_show: "Switches: there is none. Channels.",
//!             cost: "Linear in the turns.",
//!             plot: Plot::Median,
//!         },
//!         operation: "turn",
//!         size: "turns",
//!         origin: "this example",
//!         sizes: &[1_000],
//!         large: &[],
//!         small: &[1, 7],
//!         operations: |turns| turns,
//!         law: |turns| Law { tasklets: Some(0), messages: Some(0), ..Law::of(turns) },
//!         limits: &[],
//!         slow: never,
//!         reference: Reference::BareSwitch,
//!         beside: &[],
//!         elsewhere: &[],
//!     };
//!
//!     #[tasklet]
//!     async fn greet<B: Backend>(turns: u64) -> Result<u64, Error> {
//!         let mut said = 0u64;
//!         for _ in 0..turns {
//!             B::schedule().await?;
//!             said += 1;
//!         }
//!         Ok(said)
//!     }
//!
//!     pub fn run<B: Backend>(turns: u64, counting: Counting) -> Result<Witness, Error> {
//!         witness::<B, _>(greet(turns), counting)
//!     }
//! }
//!
//! switchback_scenarios::list! {
//!     /// The scenarios of this crate.
//!     pub struct Mine;
//!     every greeting;
//! }
//!
//! // benches/suite.rs, with `harness = false` in the manifest. The list `(Ours, Mine)` measures
//! // ours as well.
//! fn main() -> std::process::ExitCode {
//!     let columns = switchback_scenarios::matrix::backends::<Mine>();
//!     switchback_scenarios::suite::main(&columns, switchback_scenarios::compiled!())
//! }
//! ```

use std::fmt;

use switchback::{Backend, Blocking, Capabilities, Error, Portable};
use switchback_bench::results::{self, About, Plot};
use switchback_bench::witness::{Law, Witness};

use crate::carried::Carry;
use crate::work::Counting;

/// One scenario at all its sizes.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// First part of the ids of its cells.
    pub id: &'static str,
    /// The group that it is listed in.
    pub family: Family,
    /// What a report says of it.
    pub words: Words,
    /// What a time is per: "nanoseconds per .."
    pub operation: &'static str,
    /// What a size counts.
    pub size: &'static str,
    /// Where it comes from: a suite and the name there, a talk, or the project that made it up.
    pub origin: &'static str,
    /// Sizes that are measured.
    pub sizes: &'static [u64],
    /// Sizes that are measured with `--effort full` only, since they take long: those that others
    /// publish, for one.
    pub large: &'static [u64],
    /// Sizes that are tested.
    pub small: &'static [u64],
    /// Operations in one run at a size.
    pub operations: fn(u64) -> u64,
    /// What a run must do, on an order-exact backend.
    pub law: fn(u64) -> Law,
    /// Sizes that some backends are not asked for.
    pub limits: &'static [Limit],
    /// Backends on which one run takes so long that a sample should be one run.
    pub slow: fn(&Nature) -> bool,
    /// What times are divided by.
    pub reference: Reference,
    /// Rows that are no backends, in their order.
    pub beside: &'static [Row],
    /// Figures that it is read beside, of other programs on other machines.
    pub elsewhere: &'static [Elsewhere],
}

/// What scenarios are about, in the order of lists and reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Control moves between tasklets, with and without values.
    Switching,
    /// Tasklets come and go, or are many.
    Memory,
    /// Calls nest.
    Recursion,
    /// Callbacks become something to iterate over.
    Iterators,
    /// A suspended tasklet goes on more than once.
    MultiShot,
    /// Foreign code calls back while tasklets switch.
    Callbacks,
    /// Many tasklets with state of their own talk to each other.
    Actors,
    /// Suspended tasklets become bytes.
    Persistence,
}

impl Family {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::Switching,
        Self::Memory,
        Self::Recursion,
        Self::Iterators,
        Self::MultiShot,
        Self::Callbacks,
        Self::Actors,
        Self::Persistence,
    ];

    /// Its name: what `cargo bench -- --family` takes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Switching => "switching",
            Self::Memory => "memory",
            Self::Recursion => "recursion",
            Self::Iterators => "iterators",
            Self::MultiShot => "copies",
            Self::Callbacks => "callbacks",
            Self::Actors => "actors",
            Self::Persistence => "persistence",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The words around a scenario in a report.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Its heading.
    pub title: &'static str,
    /// What is done.
    pub work: &'static str,
    /// What the figures show.
    pub shows: &'static str,
    /// What they do not.
    pub does_not_show: &'static str,
    /// How the cost must grow with the size.
    pub cost: &'static str,
    /// The number that it is plotted by.
    pub plot: Plot,
}

/// What a scenario may know of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nature {
    /// What the backend claims to offer.
    pub capabilities: Capabilities,
    /// Each tasklet is an OS thread: limited in number.
    pub threads: bool,
    /// Tasklets have native stacks, of which the system allows as many as there is memory for.
    pub many_stacks: bool,
}

impl Nature {
    /// The law for such a backend: one that is not order-exact promises results and their number,
    /// not the order in which tasklets wait meanwhile.
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

/// Sizes that some backends are not asked for.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The backends that it is about.
    pub of: fn(&Nature) -> bool,
    /// The smallest size that they are not asked for.
    pub from: u64,
    /// Why not.
    pub why: &'static str,
}

impl Limit {
    /// So many OS threads at once are not asked for: making them takes seconds, if the system has
    /// them.
    pub const THREADS: Self = Self {
        of: on_threads,
        from: 10_000,
        why: "more tasklets at once than a process should have OS threads",
    };

    /// Native stacks that systems with 65,530 mappings per process, two for each, have room for.
    pub const STACKS: Self = Self {
        of: on_mapped_stacks,
        from: 30_000,
        why: "two mappings for each native stack are more than a process may have",
    };

    /// Native stacks that a machine has memory for beside other work: a page for each, and what the
    /// system keeps for it, make a gigabyte of so many.
    pub const GIGABYTE: Self = Self {
        of: on_native_stacks,
        from: 240_000,
        why: "so many native stacks take more than a gigabyte",
    };

    /// Nested calls that an 8 MiB stack has room for in any build.
    pub const NATIVE_CALLS: Self = Self {
        of: with_native_calls,
        from: 10_000,
        why: "calls nest on the native stack, which is not that deep",
    };

    /// The end of an iteration is an error that is sent over a channel.
    pub const ENDS: Self = Self {
        of: without_close,
        from: 0,
        why: "no capability `close`: an iteration over a channel cannot end",
    };
}

/// No backend.
#[must_use]
pub const fn never(_: &Nature) -> bool {
    false
}

/// Backends whose tasklets are OS threads.
#[must_use]
pub const fn on_threads(nature: &Nature) -> bool {
    nature.threads
}

/// Backends whose tasklets are OS threads, with channels that hold too few values for a sender to
/// be ahead of its receiver for long: a switch of threads for each value, at several microseconds.
#[must_use]
pub const fn on_threads_without_buffer(nature: &Nature) -> bool {
    const ENOUGH: u32 = 100;
    nature.threads && nature.capabilities.buffer < ENOUGH
}

/// Backends whose tasklets have native stacks that are no threads.
#[must_use]
pub const fn on_native_stacks(nature: &Nature) -> bool {
    nature.capabilities.blocking && !nature.threads
}

/// Those of them of which the system allows so many mappings, whatever the memory.
#[must_use]
pub const fn on_mapped_stacks(nature: &Nature) -> bool {
    on_native_stacks(nature) && !nature.many_stacks
}

/// Backends whose channels carry no errors and cannot be closed.
#[must_use]
pub const fn without_close(nature: &Nature) -> bool {
    !nature.capabilities.close
}

/// Backends on which calls of tasklets use the native stack.
#[must_use]
pub const fn with_native_calls(nature: &Nature) -> bool {
    !nature.capabilities.portable
}

/// What the times of a scenario are divided by.
#[derive(Clone, Copy, Debug)]
pub enum Reference {
    /// A switch to a bare coroutine and back.
    BareSwitch,
    /// The same work without tasklets.
    Row(Row),
}

/// A row of a scenario that is no backend.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Middle part of the ids of its cells.
    pub name: &'static str,
    /// Other threads than the one that measures work, too: timed by the wall.
    pub elsewhere: bool,
    /// Does the work of the scenario at a size; its results must be those of the law.
    pub run: fn(u64) -> Result<Witness, String>,
}

impl Row {
    /// A row that works on the thread that measures.
    #[must_use]
    pub const fn new(name: &'static str, run: fn(u64) -> Result<Witness, String>) -> Self {
        Self { name, elsewhere: false, run }
    }

    /// Says that threads of its own work.
    #[must_use]
    pub const fn on_workers(self) -> Self {
        Self { elsewhere: true, ..self }
    }
}

/// A figure that was not made by this program.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere {
    /// The system and the variant.
    pub system: &'static str,
    /// Where it comes from.
    pub source: Source,
    /// The value with its unit, as it was reported; empty if only the ratio was.
    pub value: &'static str,
    /// Ratio to the plain variant of the same source.
    pub ratio: Option<f64>,
}

/// Where figures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub name: &'static str,
    /// When they were made, as far as that is known.
    pub date: &'static str,
    /// The machine that they were made on.
    pub machine: &'static str,
}

impl Source {
    /// The talk on Stackless Python at PyCon 2007.
    pub const TALK: Self = Self { name: "talk", date: "2007", machine: "hardware of that year" };

    /// The named runtime measured again for this project.
    pub const AGAIN: Self = Self { name: "measured again", date: "", machine: "two virtual cores" };

    /// A value of this source, with its unit.
    #[must_use]
    pub const fn value(self, system: &'static str, value: &'static str) -> Elsewhere {
        Elsewhere { system, source: self, value, ratio: None }
    }

    /// A ratio of this source.
    #[must_use]
    pub const fn ratio(self, system: &'static str, ratio: f64) -> Elsewhere {
        Elsewhere { system, source: self, value: "", ratio: Some(ratio) }
    }

    /// Both.
    #[must_use]
    pub const fn both(self, system: &'static str, value: &'static str, ratio: f64) -> Elsewhere {
        Elsewhere { system, source: self, value, ratio: Some(ratio) }
    }
}

impl Scenario {
    /// What the results file says of it.
    #[must_use]
    pub fn about(&self) -> About {
        let Words { title, work, shows, does_not_show, cost, plot } = self.words;
        let elsewhere = |figure: &Elsewhere| results::Elsewhere {
            system: figure.system.to_owned(),
            source: figure.source.name.to_owned(),
            date: figure.source.date.to_owned(),
            machine: figure.source.machine.to_owned(),
            value: figure.value.to_owned(),
            ratio: figure.ratio,
        };
        About {
            scenario: self.id.to_owned(),
            family: self.family.name().to_owned(),
            title: title.to_owned(),
            work: work.to_owned(),
            shows: shows.to_owned(),
            does_not_show: does_not_show.to_owned(),
            cost: cost.to_owned(),
            plot,
            elsewhere: self.elsewhere.iter().map(elsewhere).collect(),
        }
    }
}

/// Runs one scenario at a size on the backend that it was made for.
pub type Work = fn(u64, Counting) -> Result<Witness, Error>;

/// A scenario as it stands in the column of a backend.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The scenario.
    pub scenario: &'static Scenario,
    /// Its work on the backend, or what the backend lacks.
    pub work: Result<Work, &'static str>,
}

impl Entry {
    /// The backend takes part.
    #[must_use]
    pub const fn works(scenario: &'static Scenario, work: Work) -> Option<Self> {
        Some(Self { scenario, work: Ok(work) })
    }

    /// The backend lacks something.
    #[must_use]
    pub const fn lacks(scenario: &'static Scenario, why: &'static str) -> Option<Self> {
        Some(Self { scenario, work: Err(why) })
    }
}

/// Why a backend has no part in scenarios on pickles.
pub const NOT_PORTABLE: &str = "not portable: tasklets cannot be written to bytes";

/// Why a backend has no part in scenarios on foreign callbacks.
pub const NOT_BLOCKING: &str = "not blocking: tasklets are suspended at their own awaits only";

/// Scenarios with their works. [`list!`](crate::list) makes one; a pair of lists is a list.
pub trait List {
    /// All of them, in the order of the list.
    fn scenarios() -> Vec<&'static Scenario>;

    /// The column of a backend that suspends at awaits only.
    fn stackless<B: Backend>() -> Vec<Entry>;

    /// The column of a backend that may suspend the stack under a foreign callback.
    fn blocking<B: Blocking>() -> Vec<Entry>;

    /// The column of a stackless backend whose tasklets can be written to bytes.
    fn portable<B: Portable>() -> Vec<Entry>;

    /// Those that go on journeys.
    fn carried<B: Portable>() -> Vec<(&'static Scenario, Carry<B>)>;
}

impl<L: List, M: List> List for (L, M) {
    fn scenarios() -> Vec<&'static Scenario> {
        [L::scenarios(), M::scenarios()].concat()
    }

    fn stackless<B: Backend>() -> Vec<Entry> {
        [L::stackless::<B>(), M::stackless::<B>()].concat()
    }

    fn blocking<B: Blocking>() -> Vec<Entry> {
        [L::blocking::<B>(), M::blocking::<B>()].concat()
    }

    fn portable<B: Portable>() -> Vec<Entry> {
        [L::portable::<B>(), M::portable::<B>()].concat()
    }

    fn carried<B: Portable>() -> Vec<(&'static Scenario, Carry<B>)> {
        [L::carried::<B>(), M::carried::<B>()].concat()
    }
}

/// All scenarios of a list, family by family; within a family in the order of the list.
#[must_use]
pub fn scenarios<L: List>() -> Vec<&'static Scenario> {
    let mut all = L::scenarios();
    all.sort_by_key(|scenario| scenario.family);
    all
}

/// Makes a [`List`](crate::scenario::List) of modules of scenarios, a line for each:
///
/// | line | what the module has beside its `SCENARIO` |
/// |---|---|
/// | `every m;` | `run::<B: Backend>` |
/// | `either m;` | `run_push::<B: Blocking>`, and `run_pull::<B: Backend>` for other backends |
/// | `blocking m;` | `run::<B: Blocking>`; other backends cannot take part |
/// | `portable m;` | `run::<B: Portable>`; other backends cannot take part |
/// | `alone m;` | nothing: no backend has a column, all its rows stand beside |
///
/// `m` is the path of the module. With `, carried` before the semicolon it goes on journeys, and
/// its module has a `carry::<B: Portable>` that gives a [`Carry`](crate::carried::Carry).
#[macro_export]
macro_rules! list {
    (@entry $column:ident every $b:ident $($m:ident)::+) => {
        $crate::scenario::Entry::works(&$($m)::+::SCENARIO, $($m)::+::run::<$b>)
    };
    (@entry blocking either $b:ident $($m:ident)::+) => {
        $crate::scenario::Entry::works(&$($m)::+::SCENARIO, $($m)::+::run_push::<$b>)
    };
    (@entry $column:ident either $b:ident $($m:ident)::+) => {
        $crate::scenario::Entry::works(&$($m)::+::SCENARIO, $($m)::+::run_pull::<$b>)
    };
    (@entry blocking blocking $b:ident $($m:ident)::+) => {
        $crate::scenario::Entry::works(&$($m)::+::SCENARIO, $($m)::+::run::<$b>)
    };
    (@entry $column:ident blocking $b:ident $($m:ident)::+) => {
        $crate::scenario::Entry::lacks(&$($m)::+::SCENARIO, $crate::scenario::NOT_BLOCKING)
    };
    (@entry portable portable $b:ident $($m:ident)::+) => {
        $crate::scenario::Entry::works(&$($m)::+::SCENARIO, $($m)::+::run::<$b>)
    };
    (@entry $column:ident portable $b:ident $($m:ident)::+) => {
        $crate::scenario::Entry::lacks(&$($m)::+::SCENARIO, $crate::scenario::NOT_PORTABLE)
    };
    (@entry $column:ident alone $b:ident $($m:ident)::+) => { ::core::option::Option::None };
    (@entry $column:ident $kind:ident $b:ident $($m:ident)::+) => {
        ::core::compile_error!(::core::concat!(
            "expected `every`, `either`, `blocking`, `portable` or `alone`, found `",
            ::core::stringify!($kind),
            "` before the module"
        ))
    };
    (@carry carried $b:ident $($m:ident)::+) => {
        ::core::option::Option::Some((&$($m)::+::SCENARIO, $($m)::+::carry::<$b>()))
    };
    (@carry $b:ident $($m:ident)::+) => { ::core::option::Option::None };
    (
        $(#[$meta:meta])*
        $visible:vis struct $name:ident;
        $($kind:ident $($m:ident)::+ $(, $carried:ident)?;)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        $visible struct $name;

        impl $crate::scenario::List for $name {
            fn scenarios() -> ::std::vec::Vec<&'static $crate::scenario::Scenario> {
                ::std::vec![$(&$($m)::+::SCENARIO),*]
            }

            fn stackless<B: $crate::switchback::Backend>()
            -> ::std::vec::Vec<$crate::scenario::Entry> {
                let entries: ::std::vec::Vec<::core::option::Option<$crate::scenario::Entry>> =
                    ::std::vec![$($crate::list!(@entry stackless $kind B $($m)::+)),*];
                entries.into_iter().flatten().collect()
            }

            fn blocking<B: $crate::switchback::Blocking>()
            -> ::std::vec::Vec<$crate::scenario::Entry> {
                let entries: ::std::vec::Vec<::core::option::Option<$crate::scenario::Entry>> =
                    ::std::vec![$($crate::list!(@entry blocking $kind B $($m)::+)),*];
                entries.into_iter().flatten().collect()
            }

            fn portable<B: $crate::switchback::Portable>()
            -> ::std::vec::Vec<$crate::scenario::Entry> {
                let entries: ::std::vec::Vec<::core::option::Option<$crate::scenario::Entry>> =
                    ::std::vec![$($crate::list!(@entry portable $kind B $($m)::+)),*];
                entries.into_iter().flatten().collect()
            }

            fn carried<B: $crate::switchback::Portable>()
            -> ::std::vec::Vec<(&'static $crate::scenario::Scenario, $crate::carried::Carry<B>)> {
                let entries: ::std::vec::Vec<
                    ::core::option::Option<(
                        &'static $crate::scenario::Scenario,
                        $crate::carried::Carry<B>,
                    )>,
                > = ::std::vec![$($crate::list!(@carry $($carried)? B $($m)::+)),*];
                entries.into_iter().flatten().collect()
            }
        }
    };
}
