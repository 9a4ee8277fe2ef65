//! Every fault is seen by the suite, and what it does not break still holds.
//!
//! ```text
//!   this process                        a process per mutant, started again behind a case that kills it
//!     for each base, for each fault  -->  run cases one after the other, tell how each went
//!     kill matrix -> mutants.json
//! ```
//!
//! Run with `--help` for what can be chosen.

mod child;
mod judge;
mod matrix;

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use switchback_conformance::{
    group,
    suite::{self, Suite},
};
use switchback_hard::Hard;
use switchback_mutants::{Base, Boasts, Fault, Modest, Mutant};
use switchback_soft::Soft;
use switchback_threads::Threads;

/// Where mutants come from: a backend, and the cases that are tried on its mutants.
pub(crate) struct Stock {
    pub(crate) name: &'static str,
    pub(crate) base: Base,
    /// Groups of cases that its faults are tried with, all if there are none: what an order-exact
    /// backend is tried with has been seen there.
    pub(crate) groups: &'static [&'static str],
    pub(crate) suite: fn() -> Suite,
}

/// One for each kind of backend.
pub(crate) const STOCKS: &[Stock] = &[
    Stock {
        name: "hard",
        base: Base::Exact,
        groups: &[],
        suite: || switchback_conformance::suite!(Mutant<Hard>),
    },
    Stock {
        name: "soft",
        base: Base::Portable,
        // Among the last are some that need pickles.
        groups: &[group::PICKLES, group::CLAIMS, group::CHAOS],
        suite: || switchback_conformance::suite!(Mutant<Soft>),
    },
    Stock {
        name: "threads",
        base: Base::Free,
        groups: &[group::FREE, group::CLAIMS],
        suite: || switchback_conformance::suite!(Mutant<Threads>),
    },
    Stock {
        name: "boasting",
        base: Base::Boasting,
        groups: &[group::CLAIMS],
        suite: || switchback_conformance::suite!(Mutant<Threads, Boasts>),
    },
    Stock {
        name: "modest",
        base: Base::Modest,
        groups: &[group::CLAIMS],
        suite: || switchback_conformance::suite!(Mutant<Hard, Modest>),
    },
];

const HELP: &str = "\
Puts every fault into a real backend and shows that the conformance suite sees it.

usage: kills [FILTER] [--list]

  FILTER  only mutants whose name `base/Fault` contains it; the matrix is then not judged
  --list  names of the mutants

SWITCHBACK_ALL_CASES=1      tries all recorded random programs, not only every tenth
SWITCHBACK_TIMEOUT_SCALE=N  multiplies the limit of time of a case, 5 s";

fn main() -> ExitCode {
    let suites: Vec<Suite> = STOCKS.iter().map(|stock| (stock.suite)()).collect();
    if let Some(code) = suite::serve(&suites).or_else(child::serve) {
        return code;
    }
    let mut filter = None;
    // Flags of the test harness that this target does without are passed over.
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--help" | "-h" => {
                say(HELP);
                return ExitCode::SUCCESS;
            }
            "--list" => {
                for (stock, fault) in mutants() {
                    say(format_args!("{}/{}: test", stock.name, fault.name()));
                }
                return ExitCode::SUCCESS;
            }
            flag if flag.starts_with("--") => {}
            word => filter = Some(word.to_owned()),
        }
    }
    judge::all(filter.as_deref())
}

/// Prints a line. One that is lost, because its reader left, changes nothing.
pub(crate) fn say(text: impl fmt::Display) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Every pair of a base and a fault that is put into it, the faultless one of each base first.
pub(crate) fn mutants() -> impl Iterator<Item = (&'static Stock, Fault)> {
    STOCKS.iter().flat_map(|stock| {
        // A base that declares something wrong breaks a rule by that already.
        let honest = !matches!(stock.base, Base::Boasting | Base::Modest);
        let none = honest.then_some(Fault::None);
        let faults = none.into_iter().chain(Fault::ALL.iter().copied());
        let fits = move |fault: &Fault| fault.bases().contains(&stock.base);
        faults.filter(fits).map(move |fault| (stock, fault))
    })
}
