//! The suite: cases of a backend, judged in processes of their own, as a test target.
//!
//! ```text
//!   main!(B)  ->  Suite  --list-->  cases          this process: filters, limits, verdicts, results
//!                   |                 |
//!                   |              Session  --id--> Pool  --stdin-->  worker process: runs cases
//!                   +---- serve: the same program, started again ----------^
//! ```
//!
//! A case that aborts, hangs or corrupts memory takes its worker with it and nothing else.

mod claims;
mod expectation;
mod face;
mod files;
mod judge;
mod leaks;
mod pool;
mod probe;
mod protocol;
mod random;
mod repeats;
mod session;
mod sleep;
mod smoke;
mod stated;
mod worker;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use switchback::{Backend, Capabilities};

use crate::{Case, Subject, chaos, free, group, vector};

pub use face::main;
pub use judge::judge;
pub use probe::{Blocks, BlocksNot, NoPickles, Pickles, Probe};
pub use worker::serve;

/// Variable: files of further recordings, several separated by `:`.
pub const VECTORS: &str = "SWITCHBACK_VECTORS";
/// Variable: number of random programs, 256 unless set.
pub const CASES: &str = "SWITCHBACK_CASES";
/// Variable: seed of the first random program, 0 unless set; each further one counts it up.
pub const SEED: &str = "SWITCHBACK_SEED";
/// Variable: multiplies all limits of time; 1 unless set.
pub const TIMEOUT_SCALE: &str = "SWITCHBACK_TIMEOUT_SCALE";
/// Variable: folder that the results are written to, whatever part of the suite runs.
pub const RESULTS: &str = "SWITCHBACK_RESULTS";

/// Variable: `1` tries every case to the end, however often its failure was seen before.
pub const KEEP_GOING: &str = "SWITCHBACK_KEEP_GOING";

/// The test target that runs the suite, for commands that replay a failure.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Name of the package.
    pub package: &'static str,
    /// Name of the test target.
    pub test: &'static str,
}

/// How a suite is run again.
#[derive(Clone, Debug)]
pub struct Place {
    /// What results name: the package of a test target, or another home of the suite.
    pub package: String,
    /// The command that runs the whole suite.
    pub command: String,
    /// The command that runs one case, in front of its name.
    pub exact: String,
    /// The command that names all cases.
    pub list: String,
}

impl From<Target> for Place {
    fn from(Target { package, test }: Target) -> Self {
        let command = format!("cargo test -p {package} --test {test}");
        Self {
            package: package.to_owned(),
            exact: format!("{command} -- --exact"),
            list: format!("{command} -- --list"),
            command,
        }
    }
}

impl Place {
    /// The command that runs one case, with what has to be set for it.
    pub(crate) fn replay(&self, id: &str, variables: &[(String, String)]) -> String {
        let set: String =
            variables.iter().map(|(name, value)| format!("{name}={value} ")).collect();
        format!("{set}{} {id}", self.exact)
    }
}

/// Which cases to make: all of them, or the one with a name.
pub(crate) type Pick<'a> = Option<&'a str>;

/// Everything that is tried on one backend.
#[derive(Clone)]
pub struct Suite {
    name: String,
    capabilities: Capabilities,
    place: Place,
    known_failures: Vec<(String, String)>,
    own: Arc<dyn Fn(Pick<'_>) -> Vec<Case> + Send + Sync>,
    further: fn() -> Vec<Case>,
}

impl Suite {
    /// The suite of backend `B`. [`suite!`](crate::suite!) adds the cases about capabilities that
    /// are traits.
    #[must_use]
    pub fn of<B: Backend>(target: Target) -> Self {
        Self {
            name: B::NAME.to_owned(),
            capabilities: B::CAPABILITIES,
            place: target.into(),
            known_failures: Vec::new(),
            own: Arc::new(own::<B>),
            further: Vec::new,
        }
    }

    /// The suite of something that runs programs of the scenario language, and nothing else.
    #[must_use]
    pub fn of_programs(name: &str, place: Place, subject: Subject) -> Self {
        Self {
            name: name.to_owned(),
            capabilities: subject.capabilities,
            place,
            known_failures: Vec::new(),
            own: Arc::new(move |pick| programs(&subject, pick)),
            further: Vec::new,
        }
    }

    /// Adds cases.
    #[must_use]
    pub fn with(self, further: fn() -> Vec<Case>) -> Self {
        Self { further, ..self }
    }

    /// Declares cases that fail, by name, each with the reason. They are run nevertheless.
    #[must_use]
    pub fn known_failures<'a>(
        mut self,
        known: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let known = known.into_iter().map(|(id, why)| (id.to_owned(), why.to_owned()));
        self.known_failures.extend(known);
        self
    }

    /// Name of the backend.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the backend declares.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// How it is run again.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Every case, the smoke tier first.
    #[must_use]
    pub fn cases(&self) -> Vec<Case> {
        self.picked(None)
    }

    /// The case with that name, without the work of making the others.
    #[must_use]
    pub fn case(&self, id: &str) -> Option<Case> {
        self.picked(Some(id)).into_iter().find(|case| case.id() == id)
    }

    /// Why a case may fail, as declared.
    #[must_use]
    pub fn known_failure(&self, id: &str) -> Option<&str> {
        let known = self.known_failures.iter().find(|(known, _)| known == id);
        known.map(|(_, why)| why.as_str())
    }

    fn picked(&self, pick: Pick<'_>) -> Vec<Case> {
        let mut cases = (self.own)(pick);
        cases.extend((self.further)());
        cases
    }

    /// The smoke tier.
    fn smoke(&self) -> Vec<Case> {
        let mut cases = self.picked(Some(group::SMOKE));
        cases.retain(|case| case.group() == group::SMOKE);
        cases
    }

    /// Why it cannot be run: known failures of no case, variables that make no sense, files that
    /// cannot be read.
    fn check(&self, cases: &[Case]) -> Result<(), String> {
        scale()?;
        keep_going()?;
        match variable(chaos::CHAOS)?.as_deref() {
            None | Some("" | "all") => {}
            Some(text) => return Err(format!("{} is `{text}`; it must be `all`", chaos::CHAOS)),
        }
        if self.name().is_empty() || self.name().contains(['/', '\\']) {
            return Err(format!(
                "the name of the backend is {:?}; expected one that a file of results can have, \
                 without `/` and `\\`",
                self.name()
            ));
        }
        number(CASES)?;
        number(SEED)?;
        for (id, _) in &self.known_failures {
            if !cases.iter().any(|case| case.id() == id) {
                return Err(format!(
                    "`known_failures` names `{id}`, but there is no such case; `{}` names all",
                    self.place.list
                ));
            }
        }
        for path in files_from_outside() {
            let shown = path.display();
            let text = std::fs::read_to_string(&path).map_err(|error| {
                format!("{VECTORS} names {shown}, which cannot be read: {error}")
            })?;
            vector::parse(&shown.to_string(), &text)
                .map_err(|malformed| format!("{VECTORS}: {malformed}"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How a suite is judged outside a test target.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names of the cases to run, all if empty; the others get [`Verdict::NotRun`](crate::Verdict).
    pub only: Vec<String>,
    /// Cases at one time, one per processor if 0.
    pub jobs: usize,
    /// Runs cases in this process. A case that hangs or aborts then does that to the caller.
    pub in_process: bool,
    /// Tries every case to the end, however often its failure was seen before; what [`KEEP_GOING`]
    /// says if it is false.
    pub keep_going: bool,
    /// Multiplies all limits of time; what [`TIMEOUT_SCALE`] says if it is nothing.
    pub scale: Option<f64>,
    /// Arguments that lead a new process of this program to [`serve`], such as the name of a test
    /// that calls it.
    pub worker_arguments: Vec<OsString>,
}

/// All cases of backend `B` but those about capabilities that are traits, as trials that run in
/// this process.
#[must_use]
pub fn trials<B: Backend>(target: Target) -> Vec<Trial> {
    let suite = Suite::of::<B>(target);
    let options = Options { in_process: true, ..Options::default() };
    face::trials(&suite, &options)
        .unwrap_or_else(|why| vec![Trial::test("suite", move || Err(Failed::from(why)))])
}

/// The cases of backend `B` that need no further traits.
fn own<B: Backend>(pick: Pick<'_>) -> Vec<Case> {
    let subject = Subject::of::<B>();
    let mut cases = smoke::cases::<B>();
    cases.extend(claims::cases::<B>());
    cases.extend(recordings(&subject, pick));
    cases.extend(stated::cases::<B>(pick));
    cases.extend(chaos::cases::<B>());
    cases.push(random::programs(&subject));
    if !B::CAPABILITIES.order_exact {
        cases.extend(free::cases::<B>());
    }
    cases
}

/// The cases of something that runs programs and nothing else.
fn programs(subject: &Subject, pick: Pick<'_>) -> Vec<Case> {
    let mut cases = smoke::programs(subject);
    if !subject.capabilities.order_exact {
        cases.extend(free::programs(subject));
    }
    cases.extend(recordings(subject, pick));
    cases.push(random::programs(subject));
    cases
}

/// The recordings that are built in, and those of the files that [`VECTORS`] names.
fn recordings(subject: &Subject, pick: Pick<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, text) in [("core", vector::CORE), ("fuzz", vector::FUZZ)] {
        cases.extend(files::recordings(subject, name, text, pick));
    }
    cases.extend(files_from_outside().into_iter().map(|path| files::file(subject, path)));
    cases
}

/// The files that [`VECTORS`] names.
fn files_from_outside() -> Vec<PathBuf> {
    let files = std::env::var_os(VECTORS).unwrap_or_default();
    let files = std::env::split_paths(&files);
    files.filter(|file| *file != Path::new("")).collect()
}

/// What all limits of time are multiplied with.
fn scale() -> Result<f64, String> {
    let Some(text) = variable(TIMEOUT_SCALE)? else { return Ok(1.0) };
    let scale = text.parse().ok().filter(|scale: &f64| *scale > 0.0 && *scale <= 1e6);
    scale.ok_or_else(|| {
        format!("{TIMEOUT_SCALE} is `{text}`; it must be a number above 0, at most 1000000")
    })
}

/// Whether [`KEEP_GOING`] is set.
fn keep_going() -> Result<bool, String> {
    match variable(KEEP_GOING)?.as_deref() {
        None | Some("" | "0") => Ok(false),
        Some("1") => Ok(true),
        Some(text) => Err(format!("{KEEP_GOING} is `{text}`; it must be 0 or 1")),
    }
}

/// The number that a variable holds.
pub(crate) fn number(name: &str) -> Result<Option<u64>, String> {
    let Some(text) = variable(name)? else { return Ok(None) };
    let wrong = || format!("{name} is `{text}`; it must be a whole number");
    text.parse().map(Some).map_err(|_| wrong())
}

/// What a variable holds, which must be text.
fn variable(name: &str) -> Result<Option<String>, String> {
    let Some(value) = std::env::var_os(name) else { return Ok(None) };
    let wrong = |value| format!("{name} is {value:?}; it must be UTF-8");
    value.into_string().map(Some).map_err(wrong)
}

/// The suite of a backend, as a value, for programs that judge several.
///
/// Takes what [`main!`](crate::main!) takes.
#[macro_export]
macro_rules! suite {
    ($backend:ty $(, known_failures = { $($id:literal : $why:literal),* $(,)? })? $(,)?) => {{
        // Of each pair of traits one is not used for any one backend.
        #[allow(unused_imports)]
        use $crate::suite::{Blocks as _, BlocksNot as _, NoPickles as _, Pickles as _};
        let target = $crate::suite::Target {
            package: env!("CARGO_PKG_NAME"),
            test: env!("CARGO_CRATE_NAME"),
        };
        $crate::suite::Suite::of::<$backend>(target)
            .with(|| {
                let probe = $crate::suite::Probe::<$backend>::default();
                let mut cases = (&probe).pickles();
                cases.extend((&probe).blocking());
                cases
            })
            .known_failures([$($(($id, $why)),*)?] as [(&str, &str); _])
    }};
}

/// The whole suite as the `main` of a test target with `harness = false`.
///
/// ```no_run
/// # mod a { struct NotRun; }
/// // In tests/conformance.rs, for a backend of your own:
/// // switchback_conformance::main!(MyBackend);
/// //
/// // and with cases that are known to fail:
/// // switchback_conformance::main!(MyBackend, known_failures = {
/// //     "statements::C123": "block traps are not done yet",
/// // });
/// ```
#[macro_export]
macro_rules! main {
    ($($arguments:tt)*) => {
        // With the usual harness `main` is never called: that harness runs this instead.
        #[test]
        fn this_target_needs_harness_false() {
            ::core::panic!(
                "nothing was tried: the suite has a `main` of its own. Write `harness = false` below \
                 the `name` of this target in Cargo.toml"
            );
        }

        fn main() -> ::std::process::ExitCode {
            $crate::suite::main(&$crate::suite!($($arguments)*))
        }
    };
}

#[cfg(test)]
mod tests {
    use switchback_hard::Hard;

    use super::*;

    #[test]
    fn a_name_that_no_file_of_results_can_have_is_refused() {
        let suite = Suite::of::<Hard>(Target { package: "a", test: "b" });
        assert_eq!(suite.check(&[]), Ok(()));
        for name in ["", "mine/fast", r"mine\fast", "/"] {
            let refused = Suite { name: name.to_owned(), ..suite.clone() }
                .check(&[])
                .expect_err("no file name");
            assert!(
                refused.contains(&format!("is {name:?}; expected one that a file")),
                "{refused}"
            );
        }
    }
}
