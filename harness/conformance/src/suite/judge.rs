//! The suite as a call: verdicts on all cases, without a test harness.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::contents::Suite;
use super::session::{Options, Session};
use crate::report::{Ended, FILTERED, Outcome, Report, sentences, totals};
use crate::{Case, Verdict, basic};

/// Judges a backend. Cases run in processes of their own, started from this program, which must
/// call [`serve`](super::worker::serve) with the same suite before anything else.
#[must_use]
pub fn judge(suite: &Suite, options: &Options) -> Report {
    let cases = suite.cases();
    let session = suite.check(&cases).and_then(|()| Session::new(suite.clone(), options));
    let session = session.and_then(|session| session.probe().map(|()| session));
    match session {
        Err(why) => report(suite, &cases, |_| None, Some(why)),
        Ok(session) => {
            let chosen = |case: &&Case| {
                options.only.is_empty() || options.only.iter().any(|id| id == case.id())
            };
            let mut chosen: Vec<&Case> = cases.iter().filter(chosen).collect();
            chosen.sort_by_key(|case| basic::rank(case.id(), case.group(), case.statements()));
            run(&session, &chosen, options.jobs);
            let outcomes = session.outcomes();
            report(suite, &cases, |id| outcomes.get(id).cloned(), None)
        }
    }
}

fn run(session: &Session, cases: &[&Case], jobs: usize) {
    let jobs = match jobs {
        0 => thread::available_parallelism().map_or(1, usize::from),
        jobs => jobs,
    };
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..jobs.min(cases.len()) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    session.outcome(case);
                }
            });
        }
    });
}

/// The report on a run, with a verdict on every case.
pub(super) fn report(
    suite: &Suite,
    cases: &[Case],
    outcome: impl Fn(&str) -> Option<Outcome>,
    why: Option<String>,
) -> Report {
    let not_run = |case: &Case| match case.missing() {
        [] => Outcome::of(case, Verdict::NotRun, Some(FILTERED.to_owned())),
        missing => Outcome::of(case, Verdict::Unsupported, Some(missing.join(", "))),
    };
    let cases: Vec<Outcome> =
        cases.iter().map(|case| outcome(case.id()).unwrap_or_else(|| not_run(case))).collect();
    let ended = match &why {
        Some(_) => Ended::CouldNotRun,
        None if cases.iter().any(|case| case.verdict.unexpected()) => Ended::Unexpected,
        None => Ended::AsExpected,
    };
    Report {
        backend: suite.name().to_owned(),
        package: suite.place().package.clone(),
        command: suite.place().command.clone(),
        outcome: ended,
        why,
        capabilities: suite.capabilities(),
        totals: totals(&cases),
        sentences: sentences(&cases),
        cases,
    }
}
