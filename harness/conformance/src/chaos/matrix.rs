//! What a value does when it is dropped, where it is then, and what drops it.
//!
//! ```text
//! deed     panics  asks  sends  receives  kills  spawns  runs
//!   x place   in flight  slot  local  argument  function  result  payload  error  callback  ..
//!     x cause   kill  throw  end of the run  unbind  completion  refusal  fork  ..
//! ```
//!
//! Not every cause can drop what is in every place: [`causes`] says which. The whole of it is
//! some 500 trials. A suite has at most [`MOST`] of them, which hold every pair of two of the three.

use std::collections::BTreeSet;

use crate::needs::Need;

/// Most trials in the suite of a backend.
pub const MOST: usize = 200;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $word:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$about])* $word,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$word),*];

            /// Its name in cases.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)*
                }
            }
        }
    };
}

words! {
    /// What the destructor does.
    Deed {
        /// Panics.
        Panics = "panics",
        /// Asks for the current tasklet and the run queue.
        Asks = "asks",
        /// Sends to a tasklet that waits for it.
        Sends = "sends",
        /// Receives from a tasklet that waits to send.
        Receives = "receives",
        /// Kills another tasklet.
        Kills = "kills",
        /// Spawns a tasklet.
        Spawns = "spawns",
        /// Runs another scheduler.
        Runs = "runs",
    }
}

words! {
    /// Where the value is.
    Place {
        /// The message of a sender that waits.
        InFlight = "in_flight",
        /// The transfer slot of a paused tasklet.
        Slot = "slot",
        /// A local that is kept over an await.
        Local = "local",
        /// An argument of a tasklet that has not started.
        Argument = "argument",
        /// An argument of a function that its tasklet is bound to only.
        Function = "function",
        /// What the body returned.
        Result = "result",
        /// The payload of a panic.
        Payload = "payload",
        /// The source of an error.
        Error = "error",
        /// Captured by a callback.
        Callback = "callback",
        /// A thread-local value of the thread that ran the scheduler.
        ThreadLocal = "thread_local",
    }
}

words! {
    /// What drops it.
    Cause {
        /// The tasklet is killed.
        Kill = "kill",
        /// The tasklet is killed when it runs next.
        KillPending = "kill_pending",
        /// An error is thrown at the tasklet.
        Throw = "throw",
        /// An error is thrown at the tasklet, to be raised when it runs next.
        ThrowPending = "throw_pending",
        /// Main returns.
        EndOfRun = "end_of_run",
        /// Main returns an error.
        MainFails = "main_fails",
        /// Main panics.
        MainPanics = "main_panics",
        /// Something else is written in its place.
        Overwrite = "overwrite",
        /// The tasklet is unbound.
        Unbind = "unbind",
        /// The tasklet is bound to another function.
        Bind = "bind",
        /// The last handle of the tasklet goes.
        LastHandle = "last_handle",
        /// All goes as it should.
        Completion = "completion",
        /// The operation is refused.
        Refusal = "refusal",
        /// A fork, in which the copy of a later value panics.
        Fork = "fork",
        /// A pickle, in which writing a value panics.
        Dump = "dump",
        /// A pickle is read, in which reading a later value panics.
        Load = "load",
        /// The thread ends.
        EndOfThread = "end_of_thread",
    }
}

/// What can drop a value that is in a place.
#[must_use]
pub fn causes(place: Place) -> &'static [Cause] {
    use Cause::{
        Bind, Completion, Dump, EndOfRun, EndOfThread, Fork, Kill, KillPending, LastHandle, Load,
        MainFails, MainPanics, Overwrite, Refusal, Throw, ThrowPending, Unbind,
    };
    match place {
        Place::InFlight => &[
            Kill,
            KillPending,
            Throw,
            ThrowPending,
            EndOfRun,
            MainFails,
            MainPanics,
            Overwrite,
            Completion,
            Refusal,
            Fork,
            Dump,
            Load,
        ],
        Place::Slot => &[
            Kill,
            KillPending,
            Throw,
            ThrowPending,
            EndOfRun,
            MainFails,
            MainPanics,
            Overwrite,
            Unbind,
            Bind,
            LastHandle,
            Completion,
            Fork,
            Dump,
            Load,
        ],
        Place::Local => &[
            Kill,
            KillPending,
            Throw,
            ThrowPending,
            EndOfRun,
            MainFails,
            MainPanics,
            Unbind,
            LastHandle,
            Completion,
            Fork,
            Dump,
            Load,
        ],
        Place::Argument => &[
            Kill,
            KillPending,
            Throw,
            ThrowPending,
            EndOfRun,
            MainFails,
            MainPanics,
            Unbind,
            Bind,
            LastHandle,
            Completion,
            Fork,
            Dump,
            Load,
        ],
        Place::Function => {
            &[EndOfRun, MainFails, MainPanics, Overwrite, Unbind, Bind, LastHandle, Completion]
        }
        Place::Result => &[Completion],
        Place::Payload => &[Kill, Throw, EndOfRun, MainPanics, Completion],
        Place::Error => {
            &[Throw, ThrowPending, EndOfRun, MainPanics, Overwrite, Refusal, Completion]
        }
        Place::Callback => &[EndOfRun, MainFails, MainPanics, Overwrite],
        Place::ThreadLocal => &[EndOfThread],
    }
}

/// One cell of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trial {
    /// What the destructor does.
    pub deed: Deed,
    /// Where the value is.
    pub place: Place,
    /// What drops it.
    pub cause: Cause,
}

impl Trial {
    /// Its name as a case.
    #[must_use]
    pub fn name(self) -> String {
        format!("{}::{}_{}", self.deed.name(), self.place.name(), self.cause.name())
    }

    /// Whether it needs operations that complete in plain functions.
    #[must_use]
    pub fn blocks(self) -> bool {
        matches!(self.deed, Deed::Sends | Deed::Receives)
    }

    /// Whether it needs pickles.
    #[must_use]
    pub fn copies(self) -> bool {
        matches!(self.cause, Cause::Fork | Cause::Dump | Cause::Load)
    }

    /// What it needs of a backend.
    pub(crate) fn needs(self) -> Vec<Need> {
        let control = matches!(self.place, Place::Slot | Place::Function | Place::Callback)
            || matches!(
                self.cause,
                Cause::Overwrite | Cause::Unbind | Cause::Bind | Cause::LastHandle
            )
            || (self.place, self.cause) == (Place::Error, Cause::Refusal);
        let kills =
            self.deed == Deed::Kills || matches!(self.cause, Cause::Kill | Cause::KillPending);
        let throws =
            matches!(self.cause, Cause::Throw | Cause::ThrowPending) || self.place == Place::Error;
        let closes = (self.place, self.cause) == (Place::InFlight, Cause::Refusal);
        let needs = [
            (true, Need::Deadlock),
            (control, Need::Control),
            (kills, Need::Kill),
            (throws, Need::Throw),
            (closes, Need::Close),
            (self.blocks(), Need::Blocking),
            (self.copies(), Need::Portable),
        ];
        needs.into_iter().filter(|(needed, _)| *needed).map(|(_, need)| need).collect()
    }

    /// The rules it shows.
    #[must_use]
    pub fn rules(self) -> Vec<&'static str> {
        let mut rules = vec!["D01", "D02"];
        rules.extend(match self.deed {
            Deed::Panics => &["D03"][..],
            Deed::Asks => &["D04"],
            Deed::Sends | Deed::Receives => &["D05"],
            Deed::Kills | Deed::Spawns | Deed::Runs => &["D06"],
        });
        rules.extend(match self.cause {
            Cause::EndOfRun | Cause::MainFails | Cause::MainPanics => &["D08"][..],
            Cause::Unbind | Cause::Bind | Cause::LastHandle => &["D09"],
            Cause::Fork | Cause::Dump | Cause::Load => &["D10"],
            Cause::EndOfThread => &["D12"],
            _ => &[],
        });
        rules.extend(match self.place {
            Place::InFlight => &["D07"][..],
            Place::Payload => &["D11"],
            _ => &[],
        });
        rules
    }
}

/// The whole matrix.
#[must_use]
pub fn all() -> Vec<Trial> {
    let places = Place::ALL.iter().flat_map(|&place| {
        causes(place)
            .iter()
            .flat_map(move |&cause| Deed::ALL.iter().map(move |&deed| Trial { deed, place, cause }))
    });
    // A destructor that panics in the end of a thread aborts the process, by Rust itself.
    let aborts = |trial: &Trial| trial.place == Place::ThreadLocal && trial.deed == Deed::Panics;
    places.filter(|trial| !aborts(trial)).collect()
}

/// Two of the three that stand together in a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pair {
    /// A deed in a place.
    Here(Deed, Place),
    /// A deed for a cause.
    Why(Deed, Cause),
    /// A place and a cause.
    What(Place, Cause),
}

impl Trial {
    /// The pairs that it has.
    #[must_use]
    pub fn pairs(self) -> [Pair; 3] {
        let Self { deed, place, cause } = self;
        [Pair::Here(deed, place), Pair::Why(deed, cause), Pair::What(place, cause)]
    }
}

/// The trials of a suite: a panic for each place and cause, and of the others those that bring
/// most pairs that are new, the first of such.
#[must_use]
pub fn chosen() -> Vec<Trial> {
    let all = all();
    let mut open: BTreeSet<Pair> = all.iter().flat_map(|trial| trial.pairs()).collect();
    let mut chosen: Vec<Trial> = Vec::new();
    let mut take = |trial: Trial, open: &mut BTreeSet<Pair>| {
        for pair in trial.pairs() {
            open.remove(&pair);
        }
        chosen.push(trial);
    };
    for trial in all.iter().filter(|trial| trial.deed == Deed::Panics) {
        take(*trial, &mut open);
    }
    while !open.is_empty() {
        let gain = |trial: &&Trial| trial.pairs().iter().filter(|p| open.contains(p)).count();
        // The last of the best is what `max_by_key` gives, so the order is turned round.
        let Some(best) = all.iter().rev().max_by_key(gain).copied() else { break };
        take(best, &mut open);
    }
    chosen.sort_unstable();
    chosen
}
