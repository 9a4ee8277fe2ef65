//! The two lists: the scenarios, [`Ours`], and [`backends`]. Every pair of them is a row of the
//! matrix, run by the tests at small sizes and by `cargo bench` at the full ones.
//!
//! A new backend is one line in `shipped!`; a new scenario is its module and one line in
//! [`Base`], or in the list of a folder that is part of [`Ours`].
//! [`scenario`](crate::scenario) says what is in the module, and how another crate brings its own.

use std::marker::PhantomData;

use switchback::{Backend, Blocking, Capabilities, Portable};
use switchback_baton::Baton;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
use switchback_direct::Direct;
use switchback_generator::Generator;
use switchback_hard::Hard;
use switchback_may::{MayMany, MayOne};
use switchback_poll::Poll;
use switchback_smol::Smol;
use switchback_soft::Soft;
use switchback_threads::{Threads, ThreadsDeque, ThreadsQueue1, ThreadsQueue1000};
use switchback_tokio::{TokioCurrent, TokioMulti};

use crate::actors::Actors;
use crate::control::Control;
use crate::foreign::Foreign;
use crate::scenario::{Entry, List, Nature, Scenario, Work};
use crate::sharing::Sharing;
use crate::{
    capacity, depth, factorial, features, pickle, pingpong, queens, ring, sax, schedule, snapshot,
    spawn, stream,
};

crate::list! {
    /// The scenarios on single operations: switches, spawns, calls, copies, pickles.
    pub struct Base;
    every pingpong, carried;
    every stream, carried;
    every schedule, carried;
    every ring, carried;
    alone features::of_pingpong;
    alone features::of_schedule;
    every spawn, carried;
    every factorial, carried;
    every depth::chain, carried;
    every depth::calls, carried;
    either sax::iterate, carried;
    portable queens, carried;
    portable pickle, carried;
    portable snapshot;
}

crate::list! {
    /// No scenario: for what is about backends alone, so that no cell is compiled for it.
    pub struct Nothing;
}

/// All scenarios of this crate.
pub type Ours = (Base, (Control, (Foreign, (Actors, Sharing))));

/// Makes [`backends`] and [`shipped`] of the lines below.
macro_rules! shipped {
    ($($(#[$condition:meta])? $name:ident = $kind:ident $backend:ident $($place:ident)?;)*) => {
        /// All backends, in the order of the report, each with its work in the scenarios of a list.
        #[must_use]
        pub fn backends<L: List>() -> Vec<Column<L>> {
            Vec::from([$($(#[$condition])? shipped::$name()),*])
        }

        /// The columns of the shipped backends, a function each: only those that are called are
        /// compiled. [`bench!`](crate::bench) takes their names.
        pub mod shipped {
            use super::*;

            $(
                $(#[$condition])?
                #[doc = concat!("The column of [`", stringify!($backend), "`].")]
                #[must_use]
                pub fn $name<L: List>() -> Column<L> {
                    Column::$kind::<$backend>()$(.$place())?
                }
            )*
        }
    };
}

shipped! {
    hard = blocking Hard with_stacks_of_hard;
    // Its switch is assembly, and its stacks are those of Linux.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    direct = blocking Direct with_stacks_of_hard;
    soft = portable Soft;
    poll = stackless Poll;
    generator = blocking Generator;
    baton = blocking Baton on_threads;
    threads = blocking Threads on_threads;
    threads_queue_1 = blocking ThreadsQueue1 on_threads;
    threads_queue_1000 = blocking ThreadsQueue1000 on_threads;
    threads_deque = blocking ThreadsDeque on_threads;
    may_one = blocking MayOne on_workers;
    may_many = blocking MayMany on_workers;
    tokio_current = stackless TokioCurrent;
    tokio_multi = stackless TokioMulti on_workers;
    smol = stackless Smol;
}

/// The columns of `cargo bench`: all backends in the scenarios of [`Base`], and in the others one
/// backend for each way of suspending. Each cell is compiled for itself, so all of them would
/// more than double the first build; the feature `every-cell` builds them.
#[must_use]
pub fn measured() -> Vec<Column<Ours>> {
    #[cfg(feature = "every-cell")]
    {
        backends()
    }
    #[cfg(not(feature = "every-cell"))]
    {
        use shipped::*;

        Vec::from([
            hard(),
            #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
            direct::<Base>().within(),
            soft(),
            poll::<Base>().within(),
            generator::<Base>().within(),
            baton::<Base>().within(),
            threads(),
            threads_queue_1::<Base>().within(),
            threads_queue_1000::<Base>().within(),
            threads_deque::<Base>().within(),
            may_one::<Base>().within(),
            may_many::<Base>().within(),
            tokio_current(),
            tokio_multi::<Base>().within(),
            smol::<Base>().within(),
        ])
    }
}

/// Finds the column of a backend whose type is known, by the traits that it has; for
/// [`bench!`](crate::bench).
///
/// Method lookup on `&&&Kind<B>` tries [`OfPortable`], [`OfBlocking`] and [`OfStackless`] in this
/// order, as far as the bounds hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kind<B>(PhantomData<B>);

impl<B: Backend> Kind<B> {
    /// Asks about `B`.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// The column of a backend with pickles.
pub trait OfPortable {
    /// See [`Column::portable`].
    fn column<L: List>(&self) -> Column<L>;
}

/// The column of a backend that can suspend the stack under a foreign callback.
pub trait OfBlocking {
    /// See [`Column::blocking`].
    fn column<L: List>(&self) -> Column<L>;
}

/// The column of any other backend.
pub trait OfStackless {
    /// See [`Column::stackless`].
    fn column<L: List>(&self) -> Column<L>;
}

impl<B: Portable> OfPortable for &&Kind<B> {
    fn column<L: List>(&self) -> Column<L> {
        Column::portable::<B>()
    }
}

impl<B: Blocking> OfBlocking for &Kind<B> {
    fn column<L: List>(&self) -> Column<L> {
        Column::blocking::<B>()
    }
}

impl<B: Backend> OfStackless for Kind<B> {
    fn column<L: List>(&self) -> Column<L> {
        Column::stackless::<B>()
    }
}

/// The two probes of [`capacity`].
#[derive(Clone, Copy, Debug)]
pub struct Probes {
    /// Tasklets blocked at once.
    pub blocked: capacity::Probe,
    /// Awaited calls nested in main.
    pub calls: capacity::Probe,
}

/// One backend with its work in every scenario of a list.
#[derive(Clone, Debug)]
pub struct Column<L> {
    /// Middle part of the ids of its cells.
    pub name: &'static str,
    /// What scenarios may know of it.
    pub nature: Nature,
    /// Other threads than the one that measures do the work: timed by the wall.
    pub elsewhere: bool,
    /// What finds its limits.
    pub capacity: Probes,
    entries: Vec<Entry>,
    list: PhantomData<L>,
}

impl<L: List> Column<L> {
    fn of<B: Backend>(entries: Vec<Entry>) -> Self {
        Self {
            name: B::NAME,
            nature: Nature { capabilities: B::CAPABILITIES, threads: false, many_stacks: false },
            elsewhere: false,
            capacity: Probes { blocked: capacity::blocked::<B>, calls: capacity::calls::<B> },
            entries,
            list: PhantomData,
        }
    }

    /// The column in a longer list, without cells in the scenarios that it has not.
    #[must_use]
    pub fn within<M: List>(self) -> Column<M> {
        let Self { name, nature, elsewhere, capacity, entries, .. } = self;
        Column { name, nature, elsewhere, capacity, entries, list: PhantomData }
    }

    /// A backend that may suspend the stack under a foreign callback.
    #[must_use]
    pub fn blocking<B: Blocking>() -> Self {
        Self::of::<B>(L::blocking::<B>())
    }

    /// A backend that suspends at awaits only.
    #[must_use]
    pub fn stackless<B: Backend>() -> Self {
        Self::of::<B>(L::stackless::<B>())
    }

    /// A stackless backend whose tasklets can be written to bytes.
    #[must_use]
    pub fn portable<B: Portable>() -> Self {
        Self::of::<B>(L::portable::<B>())
    }

    /// Says that its tasklets are OS threads.
    #[must_use]
    pub fn on_threads(self) -> Self {
        let nature = Nature { threads: true, ..self.nature };
        Self { nature, ..self.on_workers() }
    }

    /// Says that the system limits its native stacks by memory alone.
    #[must_use]
    pub fn with_many_stacks(self) -> Self {
        Self { nature: Nature { many_stacks: true, ..self.nature }, ..self }
    }

    /// Says so where it is true of [`Hard`].
    fn with_stacks_of_hard(self) -> Self {
        if switchback_hard::most_stacks().is_none() { self.with_many_stacks() } else { self }
    }

    /// Says that its tasklets run on threads of its own.
    #[must_use]
    pub fn on_workers(self) -> Self {
        Self { elsewhere: true, ..self }
    }

    /// What the backend claims to offer.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        self.nature.capabilities
    }

    /// Its work in a scenario at a size, or why it cannot take part: the missing capability, or the
    /// limit that the size exceeds. `None` if no backend takes part in the scenario.
    #[must_use]
    pub fn work(&self, scenario: &Scenario, size: u64) -> Option<Result<Work, &'static str>> {
        let entry = self.entries.iter().find(|entry| entry.scenario.id == scenario.id)?;
        let exceeded =
            scenario.limits.iter().find(|limit| size >= limit.from && (limit.of)(&self.nature));
        Some(entry.work.and_then(|work| exceeded.map_or(Ok(work), |limit| Err(limit.why))))
    }
}
