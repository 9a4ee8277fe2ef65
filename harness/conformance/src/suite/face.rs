//! The suite as `cargo test` and `cargo nextest run` see it.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use switchback_bench::results::visible;

use super::judge::report;
use super::session::Session;
use super::{Options, RESULTS, Suite, worker};
use crate::report::Outcome;
use crate::{Case, Verdict};

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

fn run(suite: &Suite, arguments: &Arguments) -> Result<ExitCode, String> {
    check(arguments)?;
    let cases = cases(suite, arguments);
    suite.check(&cases)?;
    let session = Arc::new(Session::new(suite.clone(), &Options::default())?);
    let trials = || cases.iter().map(|case| trial(&session, suite, case)).collect();
    if !arguments.list {
        session.probe()?;
    }
    if !arguments.list
        && !cases.is_empty()
        && !cases.iter().any(|case| chosen(arguments, case.id()))
    {
        let (name, total) = (suite.name(), cases.len());
        let none = format!("none of {total} cases is chosen; `--list` names them");
        let _ = writeln!(io::stderr(), "{name}: {none}");
    }
    let conclusion = match while_read(|| libtest_mimic::run(arguments, trials()))? {
        Some(conclusion) => conclusion,
        // The reader has seen enough of the list.
        None if arguments.list => return Ok(ExitCode::SUCCESS),
        // The session remembers the verdicts so far; the others follow.
        None => libtest_mimic::run(&unread(arguments), trials()),
    };
    if arguments.list {
        return Ok(ExitCode::SUCCESS);
    }
    let outcomes = session.outcomes();
    let report = report(suite, &cases, |id| outcomes.get(id).cloned(), None);
    let count = report.total(Verdict::Unsupported);
    if count > 0 && env::var_os(NEXTEST).is_none() {
        let (name, total) = (suite.name(), cases.len());
        let unsupported = format!("{count} of {total} cases unsupported");
        let _ = writeln!(io::stderr(), "{name}: {unsupported}; they do not count as passed");
    }
    if let Some(folder) = folder(arguments) {
        let shown = folder.display();
        report.write(&folder).map_err(|error| format!("the results in {shown}: {error}"))?;
    }
    Ok(if conclusion.has_failed() { ExitCode::from(1) } else { ExitCode::SUCCESS })
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

/// Whether the harness runs a case of this name, as far as names decide.
fn chosen(arguments: &Arguments, id: &str) -> bool {
    let fits = |filter: &String| if arguments.exact { id == filter } else { id.contains(filter) };
    arguments.filter.as_ref().is_none_or(fits) && !arguments.skip.iter().any(fits)
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

/// The cases as trials that run in this process.
pub(super) fn trials(suite: &Suite, options: &Options) -> Result<Vec<Trial>, String> {
    let session = Arc::new(Session::new(suite.clone(), options)?);
    Ok(suite.cases().iter().map(|case| trial(&session, suite, case)).collect())
}

/// A case as a trial. What is unsupported is listed as ignored, with the reason as its kind.
fn trial(session: &Arc<Session>, suite: &Suite, case: &Case) -> Trial {
    let (session, run) = (Arc::clone(session), case.clone());
    let trial = Trial::test(case.id(), move || {
        let outcome = session.outcome(&run);
        shown(&outcome)
    });
    if !case.missing().is_empty() {
        let kind = format!("unsupported: {}", case.missing().join(", "));
        return trial.with_kind(kind).with_ignored_flag(true);
    }
    if suite.known_failure(case.id()).is_some() { trial.with_kind("known failure") } else { trial }
}

/// What the harness is told: only what is as expected is no failure.
fn shown(outcome: &Outcome) -> Result<(), libtest_mimic::Failed> {
    let detail = outcome.detail.as_deref().unwrap_or_default();
    match outcome.verdict {
        Verdict::Pass | Verdict::KnownFail => {
            if !detail.is_empty() && outcome.verdict == Verdict::Pass {
                let _ = writeln!(io::stdout(), "{}", visible(detail));
            }
            Ok(())
        }
        Verdict::Unsupported => Err(format!("unsupported: {detail}").into()),
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
