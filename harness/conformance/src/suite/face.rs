//! The suite as `cargo test` and `cargo nextest run` see it.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Failed, FormatSetting, Trial};
use switchback::Backend;
use switchback_bench::results::visible;

use super::contents::{Suite, Target};
use super::judge::report;
use super::session::{Options, Session};
use super::worker;
use crate::report::{NOT_TRIED, Outcome};
use crate::variables::{RESULTS, keep_going};
use crate::{Case, Verdict, basic, group};

/// Set by `cargo nextest run`, which starts a process for each case.
const NEXTEST: &str = "NEXTEST";

/// Runs a suite with the arguments of the process, as `cargo test` and `cargo nextest run` give
/// them. Exit code 0: all as expected; 1: something unexpected; 2: it could not run, or its output
/// could not be written. A filter that matches no case is told and is no error: `cargo test` gives
/// one filter to every program.
///
/// A run of all cases writes its results to `switchback/conformance` in the target folder. A reader
/// of the output that leaves, as `head` does, ends a list with 0; other runs go on without it to
/// the same results and the same code.
#[must_use]
pub fn main(suite: &Suite) -> ExitCode {
    if let Some(code) = worker::serve(std::slice::from_ref(suite)) {
        return code;
    }
    let arguments = Arguments::from_args();
    match run(suite, &arguments) {
        Ok(code) => code,
        Err(why) => {
            let why = visible(&why);
            let _ = writeln!(io::stderr(), "{}: the suite cannot run: {why}", suite.name());
            ExitCode::from(2)
        }
    }
}

fn run(suite: &Suite, given: &Arguments) -> Result<ExitCode, String> {
    let arguments = given;
    check(arguments)?;
    let cases = cases(suite, arguments);
    suite.check(&cases)?;
    let session = Arc::new(Session::new(suite.clone(), &Options::default())?);
    if arguments.list {
        let trials = || cases.iter().map(|case| trial(&session, suite, case, Told::Full)).collect();
        // A reader may have seen enough of the list.
        while_read(|| libtest_mimic::run(arguments, trials()))?;
        return Ok(ExitCode::SUCCESS);
    }
    session.probe()?;
    // The harness chooses by names, with what stands before them in the list.
    let chosen =
        |case: &Case| !arguments.is_filtered_out(&trial(&session, suite, case, Told::Full));
    let mut tried: Vec<&Case> = cases.iter().filter(|case| chosen(case)).collect();
    tried.sort_by_key(|case| basic::rank(case.id(), case.group(), case.statements()));
    if !cases.is_empty() && tried.is_empty() {
        let (name, total) = (suite.name(), cases.len());
        let none = format!("none of {total} cases is chosen; `--list` names them");
        let _ = writeln!(io::stderr(), "{name}: {none}");
    }
    // If the simplest cases fail, they are all there is to see.
    let apart = env::var_os(NEXTEST).is_some();
    let runs = |case: &&&Case| case.missing().is_empty() && !arguments.ignored;
    let smoke = if tried.iter().any(|case| runs(&case)) { session.smoke() } else { None };
    let mut simplest = arguments.clone();
    let (arguments, shown) = if smoke.is_some() && !apart {
        (simplest.filter, simplest.exact, simplest.skip) = (None, false, Vec::new());
        let smoke = cases.iter().filter(|case| case.group() == group::SMOKE).collect();
        (&simplest, smoke)
    } else {
        (arguments, tried.clone())
    };
    let json = arguments.format == Some(FormatSetting::Json);
    let alone = tried.len() == 1 && (smoke.is_none() || apart);
    let full = alone || json || keep_going()?;
    let told = if full { Told::Full } else { Told::Brief };
    let trials = || shown.iter().map(|case| trial(&session, suite, case, told)).collect();
    let conclusion = match while_read(|| libtest_mimic::run(arguments, trials()))? {
        Some(conclusion) => conclusion,
        // The session remembers the verdicts so far; the others follow.
        None => libtest_mimic::run(&unread(arguments), trials()),
    };
    for case in &tried {
        // Those that were not shown: not run, for a reason that the session knows.
        if smoke.is_some() && case.missing().is_empty() {
            session.outcome(case);
        }
    }
    let outcomes = session.outcomes();
    let report = report(suite, &cases, |id| outcomes.get(id).cloned(), None);
    if !apart && !tried.is_empty() {
        let part = report.only(|case| tell(case, &tried));
        let lesson = if alone { part.short_lesson() } else { part.lesson() };
        let whole = tried.len() == cases.len();
        if whole && report.exit_code() == 0 {
            end(arguments, &report.next_steps());
        }
        end(arguments, &lesson);
        let count = report.total(Verdict::Unsupported);
        if count > 0 {
            let (name, total) = (suite.name(), cases.len());
            let unsupported = format!("{count} of {total} cases unsupported");
            let _ = writeln!(io::stderr(), "{name}: {unsupported}; they do not count as passed");
        }
    }
    if let Some(folder) = folder(given) {
        let shown = folder.display();
        report.write(&folder).map_err(|error| format!("the results in {shown}: {error}"))?;
    }
    Ok(if conclusion.has_failed() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Whether a case is a part of what was asked for: chosen, or the reason why others were not run.
fn tell(outcome: &Outcome, tried: &[&Case]) -> bool {
    tried.iter().any(|case| case.id() == outcome.id)
        || outcome.group == group::SMOKE && outcome.verdict.unexpected()
}

/// Writes the end of the output where its lines went, unless those are for programs.
fn end(arguments: &Arguments, lesson: &str) {
    let lesson = lesson.trim_end();
    let json = arguments.format == Some(FormatSetting::Json);
    if json || arguments.logfile.is_some() {
        let _ = writeln!(io::stderr(), "{lesson}");
    } else {
        let _ = writeln!(io::stdout(), "{lesson}");
    }
}

/// Refuses what the harness would take and could not do.
fn check(arguments: &Arguments) -> Result<(), String> {
    if arguments.test_threads == Some(0) {
        return Err("--test-threads: expected at least 1, found 0".to_owned());
    }
    let Some(path) = &arguments.logfile else { return Ok(()) };
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.map(drop).map_err(|error| {
        format!("--logfile: expected a file that can be written, found {path:?}: {error}")
    })
}

/// Runs the harness, which panics where its lines cannot be written; `None` if their reader left.
fn while_read<T>(run: impl FnOnce() -> T) -> Result<Option<T>, String> {
    let lost = |text: &str| text.contains("on an `Err` value: Os {");
    let earlier = Arc::new(panic::take_hook());
    let others = Arc::clone(&earlier);
    panic::set_hook(Box::new(move |panic| {
        if !panic.payload_as_str().is_some_and(lost) {
            others(panic);
        }
    }));
    let ran = catch_unwind(AssertUnwindSafe(run));
    panic::set_hook(Box::new(move |panic| earlier(panic)));
    match ran {
        Ok(done) => Ok(Some(done)),
        Err(payload) => match payload.downcast::<String>() {
            Ok(text) if text.contains("BrokenPipe") => Ok(None),
            Ok(text) if lost(&text) => {
                let (_, cause) = text.split_once(": ").unwrap_or_default();
                Err(format!("its output cannot be written: {cause}"))
            }
            Ok(text) => resume_unwind(text),
            Err(payload) => resume_unwind(payload),
        },
    }
}

/// The same arguments with nothing printed.
fn unread(arguments: &Arguments) -> Arguments {
    let nowhere = if cfg!(windows) { "NUL" } else { "/dev/null" };
    Arguments { logfile: Some(nowhere.to_owned()), ..arguments.clone() }
}

/// The cases to list or to choose from: one alone where it is asked for by its full name.
fn cases(suite: &Suite, arguments: &Arguments) -> Vec<Case> {
    let exact = arguments.filter.as_deref().filter(|_| arguments.exact && !arguments.list);
    let one = exact.and_then(|id| suite.case(id)).filter(|_| env::var_os(NEXTEST).is_some());
    one.map_or_else(|| suite.cases(), |case| vec![case])
}

/// All cases of backend `B` but those about capabilities that are traits, as trials that run in
/// this process.
#[must_use]
pub fn trials<B: Backend>(target: Target) -> Vec<Trial> {
    let suite = Suite::of::<B>(target);
    let options = Options { in_process: true, ..Options::default() };
    match Session::new(suite.clone(), &options).map(Arc::new) {
        Ok(session) => {
            suite.cases().iter().map(|case| trial(&session, &suite, case, Told::Full)).collect()
        }
        Err(why) => vec![Trial::test("suite", move || Err(Failed::from(why)))],
    }
}

/// A case as a trial. What is unsupported is listed as ignored, with the reason as its kind.
fn trial(session: &Arc<Session>, suite: &Suite, case: &Case, told: Told) -> Trial {
    let (session, run) = (Arc::clone(session), case.clone());
    let trial = Trial::ignorable_test(case.id(), move || {
        let outcome = session.outcome(&run);
        shown(&outcome, told)
    });
    if !case.missing().is_empty() {
        let kind = format!("unsupported: {}", case.missing().join(", "));
        return trial.with_kind(kind).with_ignored_flag(true);
    }
    if suite.known_failure(case.id()).is_some() { trial.with_kind("known failure") } else { trial }
}

/// How much the harness shows of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Full,
    /// A line; the end of the output shows the most basic one in full.
    Brief,
}

/// What the harness is told: only what is as expected is no failure.
fn shown(outcome: &Outcome, told: Told) -> Result<Completion, Failed> {
    let detail = outcome.detail.as_deref().unwrap_or_default();
    match outcome.verdict {
        Verdict::Pass | Verdict::KnownFail => {
            if !detail.is_empty() && outcome.verdict == Verdict::Pass {
                let _ = writeln!(io::stdout(), "{}", visible(detail));
            }
            Ok(Completion::Completed)
        }
        // One process per case says so by its exit code only.
        Verdict::NotRun if env::var_os(NEXTEST).is_none() => {
            let why = detail.strip_prefix(NOT_TRIED).unwrap_or(detail);
            Ok(Completion::ignored_with(format!("not run: {}", visible(why))))
        }
        Verdict::Unsupported => Err(format!("unsupported: {detail}").into()),
        _ if told == Told::Brief => Err(outcome.brief().into()),
        verdict => Err(format!("{verdict}: {}", visible(detail)).into()),
    }
}

/// Where the results go: nowhere after a part of the suite, unless a folder is named.
fn folder(arguments: &Arguments) -> Option<PathBuf> {
    if let Some(folder) = env::var_os(RESULTS).filter(|folder| !folder.is_empty()) {
        return Some(folder.into());
    }
    let part = arguments.filter.is_some()
        || !arguments.skip.is_empty()
        || arguments.ignored
        || env::var_os(NEXTEST).is_some();
    if part {
        return None;
    }
    // The target folder is the one that cargo has marked with a tag.
    let program = env::current_exe().ok()?;
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    Some(target.unwrap_or(Path::new("target")).join("switchback/conformance"))
}
