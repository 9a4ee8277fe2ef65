//! The suite as a test target: one trial per recording, files from outside, random programs.

mod expectation;
mod files;
mod random;
mod smoke;
mod stated;

use std::marker::PhantomData;
use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use switchback::{Backend, Portable};

use crate::differ::{Case, explain};
use crate::model::Rules;
use crate::needs::missing;
use crate::{Event, Program, interpret, vector};
use smoke::Smoke;

/// Files of further recordings, several separated by `:`.
pub const VECTORS: &str = "SWITCHBACK_VECTORS";
/// Number of random programs, 256 unless set.
pub const CASES: &str = "SWITCHBACK_CASES";

/// Most events the model may need for a program; far more than any recording has.
const BUDGET: usize = 2000;
/// Events a backend may record beyond what is expected before it is cut off.
const SLACK: usize = 200;

/// The test target that runs the suite, for commands that replay a failure.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Name of the package.
    pub package: &'static str,
    /// Name of the test target.
    pub test: &'static str,
}

impl Target {
    fn replay(self, trial: &str) -> String {
        format!("cargo test -p {} --test {} -- --exact {trial}", self.package, self.test)
    }
}

/// Runs the suite on backend `B` with the arguments of the process, as `cargo test` gives them.
///
/// `pickles`: the trials that [`Pickles`] or [`NoPickles`] give for this backend.
pub fn main<B: Backend>(target: Target, pickles: Vec<Trial>) -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = trials::<B>(target);
    trials.extend(pickles);
    let total = trials.len();
    let mut reasons: Vec<_> = trials.iter().map(|t| t.kind().to_owned()).collect();
    reasons.retain(|reason| !reason.is_empty());
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list && !reasons.is_empty() {
        let count = reasons.len();
        reasons.sort();
        reasons.dedup();
        eprintln!(
            "{}: {count} of {total} trials not run, {}; they do not count as passed",
            B::NAME,
            reasons.join(", ")
        );
    }
    conclusion.exit_code()
}

/// Every trial of the suite for backend `B`.
#[must_use]
pub fn trials<B: Backend>(target: Target) -> Vec<Trial> {
    let smoke = Smoke::default();
    let mut trials = vec![smoke.trial::<B>(target)];
    for (name, file) in [("core", vector::core()), ("fuzz", vector::fuzz())] {
        match file {
            Ok(vectors) => trials.extend(
                vectors
                    .into_iter()
                    .map(|vector| files::recording::<B>(name, vector, target, &smoke)),
            ),
            Err(malformed) => {
                let name = format!("vectors::{name}");
                trials.push(Trial::test(name, move || Err(malformed.into())));
            }
        }
    }
    if let Ok(files) = std::env::var(VECTORS) {
        let paths = files.split(':').filter(|file| !file.is_empty()).map(PathBuf::from);
        trials.extend(paths.map(|file| files::recordings::<B>(file, target, &smoke)));
    }
    trials.extend(stated::trials::<B>(target, &smoke));
    trials.push(random::programs::<B>(target, &smoke));
    trials
}

/// Asks in [`main!`](crate::main) whether a backend is [`Portable`]: code that is generic over
/// the backend cannot, but method lookup on a type that is known prefers [`Pickles`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Probe<B>(PhantomData<B>);

/// The trials about pickles of a backend that makes them.
pub trait Pickles {
    /// One per statement about pickles.
    fn trials(&self, target: Target) -> Vec<Trial>;
}

/// The same trials, listed as ignored, of a backend that makes none.
pub trait NoPickles {
    /// One per statement about pickles.
    fn trials(&self, target: Target) -> Vec<Trial>;
}

impl<B: Portable> Pickles for Probe<B> {
    fn trials(&self, target: Target) -> Vec<Trial> {
        stated::portable_trials::<B>(target, &Smoke::default())
    }
}

impl<B: Backend> NoPickles for &Probe<B> {
    fn trials(&self, _: Target) -> Vec<Trial> {
        stated::without_pickles()
    }
}

fn backend_rules<B: Backend>() -> Rules {
    Rules::backend(B::CAPABILITIES.portable)
}

/// Runs a case on the backend and explains the difference, if there is one.
fn compare<B: Backend>(case: &Case<'_>) -> Option<String> {
    let actual = interpret::run::<B>(case.program, case.expected.len() + SLACK);
    explain(case, &actual)
}

/// A trial, or one that is listed as unsupported where the backend lacks a capability.
fn trial<B: Backend>(
    name: String,
    program: &Program,
    trace: &[Event],
    run: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let lacking = missing(program, trace, B::CAPABILITIES);
    if lacking.is_empty() {
        return Trial::test(name, run);
    }
    unsupported(name, &lacking)
}

/// A trial that is listed as ignored with the capabilities that the backend lacks.
fn unsupported(name: String, lacking: &[&str]) -> Trial {
    let reason = format!("unsupported: {}", lacking.join(", "));
    let kind = reason.clone();
    Trial::test(name, move || Err(reason.into())).with_kind(kind).with_ignored_flag(true)
}

/// The whole suite as the `main` of a test target with `harness = false`.
///
/// ```no_run
/// # use switchback_conformance::suite;
/// # fn example<MyBackend: switchback::Backend>() {
/// // switchback_conformance::main!(MyBackend);
/// # let _ = suite::trials::<MyBackend>(suite::Target { package: "my", test: "conformance" });
/// # }
/// ```
#[macro_export]
macro_rules! main {
    ($backend:ty) => {
        fn main() -> ::std::process::ExitCode {
            // One of the two traits is not used for any one backend.
            #[allow(unused_imports)]
            use $crate::suite::{NoPickles as _, Pickles as _};
            let target = $crate::suite::Target {
                package: env!("CARGO_PKG_NAME"),
                test: env!("CARGO_CRATE_NAME"),
            };
            let probe = $crate::suite::Probe::<$backend>::default();
            $crate::suite::main::<$backend>(target, (&probe).trials(target))
        }
    };
}
