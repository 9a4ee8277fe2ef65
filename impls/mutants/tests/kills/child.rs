//! The process of one mutant: runs cases, and tells how each went.
//!
//! ```text
//!   > smoke::main       this case begins
//!   < pass              it holds; `fail` and why, or `timeout`, which ends the process
//! ```

use std::{
    env,
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind, set_hook},
    process::ExitCode,
    sync::mpsc,
    thread,
    time::Duration,
};

use switchback_conformance::{
    Case, Verdict, group,
    suite::{self, Options, Suite},
};
use switchback_mutants::{Base, Fault, VARIABLE};

use crate::{STOCKS, Stock};

/// Says which base the process is for, and by which case to begin: `hard 17`.
pub(crate) const CHILD: &str = "SWITCHBACK_MUTANTS_CHILD";

/// Begins a line of the protocol; what a case prints does not.
pub(crate) const MARK: &str = "\u{1}";

/// How long a case may take on a mutant, before scaling.
const LIMIT: Duration = Duration::from_secs(5);

/// Groups of cases after which something may be left behind.
const LEAKS: &[&str] = &[group::CHANNELS, group::ERRORS, group::ENDS, group::RECORDINGS];

/// Serves if this process was started to do that.
pub(crate) fn serve() -> Option<ExitCode> {
    let task = env::var(CHILD).ok()?;
    let (name, first) = task.split_once(' ')?;
    let stock = STOCKS.iter().find(|stock| stock.name == name)?;
    // What fails here is meant to.
    set_hook(Box::new(|_| {}));
    let first = first.parse().ok()?;
    let fault = env::var(VARIABLE).ok().and_then(|name| Fault::named(&name))?;
    let cases = cases(stock, fault);
    if fault.leaks() {
        judged(&(stock.suite)(), &cases);
        return Some(ExitCode::SUCCESS);
    }
    for case in cases.into_iter().skip(first) {
        say(&format!("> {}", case.id()));
        // Without a fault nothing may be taken for a hang because the machine is busy.
        let limit = if fault == Fault::None { case.time_limit() } else { LIMIT };
        match run(case, limit.mul_f64(scale())) {
            Some(Ok(())) => say("< pass"),
            Some(Err(why)) => say(&format!("< fail {}", in_a_line(&why))),
            None => {
                say("< timeout");
                return Some(ExitCode::from(3));
            }
        }
    }
    Some(ExitCode::SUCCESS)
}

/// Has the suite itself judge the cases, in workers that also look at what is left behind.
fn judged(suite: &Suite, cases: &[Case]) {
    let chosen = |case: &&Case| LEAKS.contains(&case.group());
    let only = cases.iter().filter(chosen).map(|case| case.id().to_owned()).collect();
    let report =
        suite::judge(suite, &Options { only, jobs: 1, keep_going: true, ..Options::default() });
    for case in cases {
        say(&format!("> {}", case.id()));
        let Some(outcome) = report.cases.iter().find(|outcome| outcome.id == case.id()) else {
            continue;
        };
        match outcome.verdict {
            Verdict::Pass | Verdict::NotRun => say("< pass"),
            Verdict::Timeout => say("< timeout"),
            _ => say(&format!("< fail {}", in_a_line(outcome.detail.as_deref().unwrap_or("")))),
        }
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // The parent is gone: then there is nothing left to do.
    let told = writeln!(out, "\n{MARK}{line}").and_then(|()| out.flush());
    if told.is_err() {
        std::process::exit(0);
    }
}

/// Whether the case holds; nothing if it takes too long.
fn run(case: Case, limit: Duration) -> Option<Result<(), String>> {
    let (sender, receiver) = mpsc::channel();
    // A thread of its own, so that what a backend keeps per thread goes with it.
    let work = move || {
        let result = catch_unwind(AssertUnwindSafe(|| case.run()));
        let result = result.unwrap_or_else(|_| Err("panicked".into()));
        let _ = sender.send(result.map_err(|failure| failure.text));
    };
    thread::Builder::new().spawn(work).ok()?;
    receiver.recv_timeout(limit).ok()
}

/// The beginning of a text, in one line.
fn in_a_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

/// What limits of time are multiplied with.
fn scale() -> f64 {
    let scale = env::var(suite::TIMEOUT_SCALE).ok().and_then(|scale| scale.parse().ok());
    scale.filter(|scale| (0.001..1e6).contains(scale)).unwrap_or(1.0)
}

/// Where user code runs, times all that it can do: as many runs as all other cases together.
const REACH: &str = "chaos::reach::";

/// Whether those are tried: with faults that each of them sees, and with those of copies.
fn reaches(stock: &Stock, fault: Fault) -> bool {
    stock.base == Base::Portable
        || matches!(
            fault,
            Fault::None
                | Fault::NestedRunFails
                | Fault::LookRestoresTheSlot
                | Fault::SlotBorrowed
                | Fault::CallbackInsertsTwice
        )
}

/// The cases that are tried on a mutant, those that its base supports.
pub(crate) fn cases(stock: &Stock, fault: Fault) -> Vec<Case> {
    let all = env::var_os("SWITCHBACK_ALL_CASES").is_some_and(|value| value == "1");
    let mut cases = (stock.suite)().cases();
    let mut fuzz = 0;
    cases.retain(|case| {
        let random = case.id().starts_with("vectors::fuzz::");
        fuzz += usize::from(random);
        let tried = stock.groups.is_empty() || stock.groups.contains(&case.group());
        case.missing().is_empty()
            && (fault == Fault::None || tried)
            && (all || !random || fuzz % 10 == 1)
            && (all || !case.id().starts_with(REACH) || reaches(stock, fault))
    });
    cases
}
