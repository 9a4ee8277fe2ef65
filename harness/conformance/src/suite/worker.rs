//! The process that runs cases, one after another, until it is told no more or dies of one.

use std::io::{BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use super::contents::Suite;
use super::leaks;
use super::protocol::{self, Event, WORD, WORKER};
use super::repeats::PANIC;
use crate::{Case, Failure, basic, watch};

/// Serves cases if this process was started to do that; gives nothing otherwise.
///
/// To be called first thing by a program that judges suites: the judge starts the same program
/// again for the cases. `suites`: all that this program may be asked for.
#[must_use]
pub fn serve(suites: &[Suite]) -> Option<ExitCode> {
    let wanted = std::env::var_os(WORKER)?.to_string_lossy().into_owned();
    let word = std::env::var(WORD).unwrap_or_default();
    let Some(suite) = suites.iter().find(|suite| suite.name() == wanted) else {
        let known: Vec<_> = suites.iter().map(Suite::name).collect();
        let known = known.join(", ");
        let _ = writeln!(std::io::stderr(), "no suite `{wanted}` here; there are: {known}");
        return Some(ExitCode::from(2));
    };
    protocol::open(word);
    let requests = requests();
    protocol::say(&Event::Ready);
    for request in requests {
        let (id, leaks) = protocol::requested(&request);
        let Some(case) = suite.case(id) else {
            protocol::say(&Event::Unknown);
            continue;
        };
        let begin = Instant::now();
        let result = leaks::watched(case.has_handles_left(), &leaks, || run_apart(&case));
        protocol::say(&Event::done(result, begin.elapsed().as_secs_f64()));
    }
    Some(ExitCode::SUCCESS)
}

/// Ids of cases as they are asked for. When the judge is gone this process ends, even in the middle
/// of a case that hangs.
fn requests() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if line == protocol::ASK {
                protocol::say(&Event::Doing(watch::report(basic::sentence)));
            } else if sender.send(line).is_err() {
                break;
            }
        }
        std::process::exit(0);
    });
    receiver
}

/// Runs a case on a thread of its own, so that what a backend keeps per thread goes with it.
fn run_apart(case: &Case) -> Result<(), Failure> {
    let case = case.clone();
    let name = case.id().to_owned();
    let thread = thread::Builder::new().name(name).spawn(move || run_here(&case));
    match thread.map_err(|error| format!("no thread for the case: {error}"))?.join() {
        Ok(result) => result,
        Err(_) => Err("the thread of the case ended without a result".into()),
    }
}

/// Runs a case; a panic is a failure of it.
pub(super) fn run_here(case: &Case) -> Result<(), Failure> {
    catch_unwind(AssertUnwindSafe(|| case.run())).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        let text = text.unwrap_or_else(|| "(no text)".to_owned());
        let sign = Some(format!("{PANIC}{}", text.replace(|c: char| c.is_ascii_digit(), "")));
        Err(Failure { text: format!("panicked: {text}"), sign, ..Failure::default() })
    })
}
