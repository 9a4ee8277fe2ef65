//! The suite as a test target: one trial per recording, files from outside, random programs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Failed, Trial};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use switchback::Backend;

use crate::differ::{Case, explain};
use crate::model::{self, Outcome, Quirks, Rules};
use crate::needs::missing;
use crate::{Event, Op, Program, Vector, generate, interpret, vector};

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
                vectors.into_iter().map(|vector| recording::<B>(name, vector, target, &smoke)),
            ),
            Err(malformed) => {
                let name = format!("vectors::{name}");
                trials.push(Trial::test(name, move || Err(malformed.into())));
            }
        }
    }
    if let Ok(files) = std::env::var(VECTORS) {
        let files = files.split(':').filter(|file| !file.is_empty()).map(PathBuf::from);
        trials.extend(files.map(|file| recordings::<B>(file, target, &smoke)));
    }
    trials.push(random::<B>(target, &smoke));
    trials
}

fn backend_rules<B: Backend>() -> Rules {
    Rules::backend(B::CAPABILITIES.portable)
}

/// What a backend must do: the recording, or where our rules differ, the model.
struct Expectation {
    trace: Vec<Event>,
    /// The rules that make the difference.
    changed_by: Vec<&'static str>,
}

impl Expectation {
    fn new(vector: &Vector, rules: Rules) -> Self {
        let recorded = Self { trace: vector.trace.clone(), changed_by: Vec::new() };
        let touched = vector.program.all_ops().any(|op| {
            matches!(
                op,
                Op::Bind { .. }
                    | Op::Unbind { .. }
                    | Op::SetSlot { .. }
                    | Op::SendException { .. }
                    | Op::SendThrow { .. }
            )
        });
        if !touched && vector.tags.is_empty() {
            return recorded;
        }
        let under = |rules| model::run(&vector.program, rules, BUDGET).into_trace();
        let changed = |rules: Rules| under(rules).is_some_and(|trace| trace != vector.trace);
        let reference = Rules::REFERENCE;
        // A recording that the model does not reproduce is not for the model to correct.
        if changed(reference) || !changed(rules) {
            return recorded;
        }
        let alone = [
            (changed(Rules { quirks: Quirks::Fixed, ..reference }), "fixed"),
            (rules.native_state && changed(Rules { native_state: true, ..reference }), "native"),
            (rules.typed_send && changed(Rules { typed_send: true, ..reference }), "typed"),
        ];
        let changed_by = alone.into_iter().filter_map(|(by, name)| by.then_some(name)).collect();
        match under(rules) {
            Some(trace) => Self { trace, changed_by },
            None => recorded,
        }
    }

    fn source(&self) -> &'static str {
        if self.changed_by.is_empty() { "recorded" } else { "model" }
    }
}

/// Fails like the smoke program, so that a wrong adapter is not reported hundreds of times.
#[derive(Clone, Default)]
struct Smoke(Arc<OnceLock<Option<String>>>);

impl Smoke {
    fn program() -> Program {
        let name = |name: &str| name.to_owned();
        let worker = vec![Op::Receive { channel: name("c") }, Op::Schedule { value: None }];
        Program {
            main: vec![
                Op::Spawn { tasklet: name("a"), body: name("worker") },
                Op::Schedule { value: None },
                Op::Send { channel: name("c"), value: crate::Json::Int(1) },
                Op::RunOthers {},
                Op::Ring {},
            ],
            bodies: [(name("worker"), worker)].into(),
            schedule_callback: false,
            channel_callback: false,
        }
    }

    fn trial<B: Backend>(&self, target: Target) -> Trial {
        let smoke = self.clone();
        trial::<B>("smoke".to_owned(), &Self::program(), &[], move || smoke.check::<B>(target))
    }

    /// The failure of the smoke program, worked out once.
    fn check<B: Backend>(&self, target: Target) -> Result<(), Failed> {
        let failure = self.0.get_or_init(|| {
            let program = Self::program();
            let expected = model::run(&program, backend_rules::<B>(), BUDGET).into_trace();
            let case = Case {
                name: "smoke",
                about: "the adapter of the backend is probably wrong: the simplest program fails",
                covers: &["C021".to_owned(), "C050".to_owned(), "C102".to_owned()],
                program: &program,
                expected: &expected.unwrap_or_default(),
                source: "model",
                replay: &target.replay("smoke"),
            };
            compare::<B>(&case)
        });
        failure.clone().map_or(Ok(()), |text| Err(text.into()))
    }

    fn gate<B: Backend>(&self, target: Target) -> Result<(), Failed> {
        self.check::<B>(target).map_err(|_| "not tried: the trial `smoke` fails".into())
    }
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

/// The trial of one recording.
fn recording<B: Backend>(file: &str, vector: Vector, target: Target, smoke: &Smoke) -> Trial {
    let expectation = Expectation::new(&vector, backend_rules::<B>());
    let mut name = format!("vectors::{file}::{}", vector.id);
    for rule in &expectation.changed_by {
        name.push('-');
        name.push_str(rule);
    }
    let smoke = smoke.clone();
    let program = vector.program.clone();
    let trace = expectation.trace.clone();
    trial::<B>(name.clone(), &program, &trace, move || {
        smoke.gate::<B>(target)?;
        check::<B>(&name, &vector, &expectation, &target.replay(&name)).map_err(Failed::from)
    })
}

fn check<B: Backend>(
    name: &str,
    vector: &Vector,
    expectation: &Expectation,
    replay: &str,
) -> Result<(), String> {
    let case = Case {
        name,
        about: &vector.about,
        covers: &vector.covers,
        program: &vector.program,
        expected: &expectation.trace,
        source: expectation.source(),
        replay,
    };
    compare::<B>(&case).map_or(Ok(()), Err)
}

/// The trial of a file from outside.
fn recordings<B: Backend>(path: PathBuf, target: Target, smoke: &Smoke) -> Trial {
    let stem = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let name = format!("recorded::{stem}");
    let smoke = smoke.clone();
    trial::<B>(name.clone(), &Program::default(), &[], move || {
        smoke.gate::<B>(target)?;
        let summary = file::<B>(&path, &name, target)?;
        println!("{name}: {summary}");
        Ok(())
    })
}

/// Runs all programs of a file; gives how many agreed, or the first divergence as well.
fn file<B: Backend>(path: &Path, name: &str, target: Target) -> Result<String, Failed> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| format!("{shown}: {e}"))?;
    let vectors = vector::parse(&shown, &text)?;
    let replay = format!("{VECTORS}={shown} {}", target.replay(name));
    let (mut agreed, mut changed, mut unsupported) = (0, 0, 0);
    let mut first = None;
    for vector in &vectors {
        let expectation = Expectation::new(vector, backend_rules::<B>());
        if !missing(&vector.program, &expectation.trace, B::CAPABILITIES).is_empty() {
            unsupported += 1;
            continue;
        }
        let name = format!("{name}::{}", vector.id);
        match check::<B>(&name, vector, &expectation, &replay) {
            Ok(()) => {
                agreed += 1;
                changed += usize::from(!expectation.changed_by.is_empty());
            }
            Err(text) => first = first.or(Some(text)),
        }
    }
    let mut summary = format!("{agreed} of {} programs agree", vectors.len());
    if changed > 0 {
        summary.push_str(&format!(", {changed} of them with the model where its rules differ"));
    }
    if unsupported > 0 {
        summary.push_str(&format!(", {unsupported} are unsupported"));
    }
    match first {
        None => Ok(summary),
        Some(text) => Err(format!("{summary}; first divergence:\n\n{text}").into()),
    }
}

/// The trial of random programs.
fn random<B: Backend>(target: Target, smoke: &Smoke) -> Trial {
    let name = "random::programs".to_owned();
    let smoke = smoke.clone();
    // Stands for all programs: one with an op of every capability.
    let every = Program {
        main: vec![Op::Kill { tasklet: "main".to_owned() }, Op::Close { channel: "c".to_owned() }],
        ..Program::default()
    };
    let deadlock = [Event::Exit { error: switchback::Kind::Deadlock.text().to_owned() }];
    trial::<B>(name, &every, &deadlock, move || {
        smoke.gate::<B>(target)?;
        let cases = std::env::var(CASES).ok().and_then(|n| n.parse().ok()).unwrap_or(256);
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let result = TestRunner::new(config).run(&generate::programs(), |program| {
            divergence::<B>(&program).map_or(Ok(()), |text| Err(TestCaseError::fail(text)))
        });
        match result {
            Ok(()) => Ok(()),
            Err(TestError::Fail(reason, _)) => Err(reason.message().into()),
            Err(other) => Err(other.to_string().into()),
        }
    })
}

/// How the backend departs from the model on a program; `None` too if the model has no trace.
fn divergence<B: Backend>(program: &Program) -> Option<String> {
    let Outcome::Complete(trace) = model::run(program, backend_rules::<B>(), BUDGET) else {
        return None;
    };
    let case = Case {
        name: "random::programs",
        about: "",
        covers: &[],
        program,
        expected: &trace,
        source: "model",
        replay: "",
    };
    let text = compare::<B>(&case)?;
    let line = Vector {
        id: "random".to_owned(),
        about: String::new(),
        covers: Vec::new(),
        tags: Vec::new(),
        program: program.clone(),
        trace,
    };
    Some(format!(
        "{text}\nreplay\n  save this line to a file and name it in {VECTORS}:\n{}\n",
        line.to_line()
    ))
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
