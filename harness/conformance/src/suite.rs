//! The suite as a test target: one trial per recording, files from outside, random programs.

mod expectation;
mod files;
mod random;
mod smoke;

use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use switchback::Backend;

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
pub fn main<B: Backend>(target: Target) -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = trials::<B>(target);
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
    trials.push(random::programs::<B>(target, &smoke));
    trials
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
            $crate::suite::main::<$backend>($crate::suite::Target {
                package: env!("CARGO_PKG_NAME"),
                test: env!("CARGO_CRATE_NAME"),
            })
        }
    };
}
