//! One judgement of a backend: which verdict each case gets.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use super::contents::Suite;
use super::pool::{End, Pool, Ran};
use super::repeats::Repeats;
use super::worker;
use crate::report::{ADAPTER, KNOWN, NOT_TRIED, Outcome};
use crate::variables::{keep_going, scale};
use crate::{Case, Verdict, basic, group};

/// How a suite is judged outside a test target.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names of the cases to run, all if empty; the others get [`Verdict::NotRun`](crate::Verdict).
    pub only: Vec<String>,
    /// Cases at one time, one per processor if 0.
    pub jobs: usize,
    /// Runs cases in this process. A case that hangs or aborts then does that to the caller.
    pub in_process: bool,
    /// Tries every case to the end, however often its failure was seen before; what [`KEEP_GOING`](crate::suite::KEEP_GOING)
    /// says if it is false.
    pub keep_going: bool,
    /// Multiplies all limits of time; what [`TIMEOUT_SCALE`](crate::suite::TIMEOUT_SCALE) says if it is nothing.
    pub scale: Option<f64>,
    /// Arguments that lead a new process of this program to [`serve`](crate::suite::serve), such as the name of a test
    /// that calls it.
    pub worker_arguments: Vec<OsString>,
}

/// Judges the cases of one suite, each once, and remembers the verdicts.
#[derive(Debug)]
pub(super) struct Session {
    suite: Suite,
    /// The worker processes. None: cases run in this process.
    pool: Option<Pool>,
    outcomes: Mutex<BTreeMap<String, Outcome>>,
    repeats: Repeats,
    /// Why the other cases are not tried, once the smoke tier has run.
    smoke: OnceLock<Option<String>>,
}

impl Session {
    pub(super) fn new(suite: Suite, options: &Options) -> Result<Self, String> {
        let scale = options.scale.map_or_else(scale, Ok)?;
        let pool = (!options.in_process)
            .then(|| Pool::new(suite.name(), options.worker_arguments.clone(), scale));
        let repeats = Repeats::new(options.keep_going || keep_going()?);
        Ok(Self { suite, pool, repeats, outcomes: Mutex::default(), smoke: OnceLock::new() })
    }

    /// Sees whether processes can be started at all.
    pub(super) fn probe(&self) -> Result<(), String> {
        self.pool.as_ref().map_or(Ok(()), Pool::probe)
    }

    /// The verdict on a case, after that on the smoke tier.
    pub(super) fn outcome(&self, case: &Case) -> Outcome {
        let known = |session: &Self| {
            let outcomes = session.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
            outcomes.get(case.id()).cloned()
        };
        let lacks_smoke = (case.missing().is_empty()).then(|| self.smoke()).flatten();
        if let Some(outcome) = known(self) {
            return outcome;
        }
        let outcome = match lacks_smoke {
            Some(why) => Outcome::of(case, Verdict::NotRun, Some(why)),
            None => self.judge(case),
        };
        self.remember(outcome.clone());
        outcome
    }

    /// All verdicts so far.
    pub(super) fn outcomes(&self) -> BTreeMap<String, Outcome> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, outcome: Outcome) {
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.insert(outcome.id.clone(), outcome);
    }

    /// Tries the smoke tier, once, up to the first case that fails; gives why to stop there.
    pub(super) fn smoke(&self) -> Option<String> {
        let run = || {
            for case in self.suite.smoke() {
                let outcome = self.judge(&case);
                let failed = outcome.verdict.unexpected();
                self.remember(outcome);
                if failed {
                    let id = case.id();
                    return Some(format!("{NOT_TRIED}the simplest cases fail, see `{id}`"));
                }
            }
            None
        };
        self.smoke.get_or_init(run).clone()
    }

    /// The verdict on a case, whatever the others did.
    fn judge(&self, case: &Case) -> Outcome {
        if !case.missing().is_empty() {
            let missing = case.missing().join(", ");
            return Outcome::of(case, Verdict::Unsupported, Some(missing));
        }
        if let Some(why) = self.repeats.leaves_out(case) {
            return Outcome::of(case, Verdict::NotRun, Some(why));
        }
        let (limit, shortened_by) = self.repeats.limit(case);
        let ran = match &self.pool {
            Some(pool) => pool.run(case.id(), limit, &self.repeats.leaks()),
            None => run_here(case),
        };
        let (verdict, failure) = match ran.end {
            End::Held => (Verdict::Pass, None),
            End::Failed(failure) => (failure.verdict.unwrap_or(Verdict::Fail), Some(failure)),
            End::Crashed(failure) => (Verdict::Crash, Some(failure)),
            End::TimedOut(_) if case.may_hang() => (Verdict::Pass, None),
            End::TimedOut(mut failure) => {
                if let Some(hung) = shortened_by {
                    let limit = case.time_limit().as_secs_f64();
                    let why = format!("\nthe limit is {limit:.1} s, less since {hung} hung");
                    let end = failure.text.find('\n').unwrap_or(failure.text.len());
                    failure.text.insert_str(end, &why);
                }
                if !failure.text.contains("\nlikely\n") {
                    // No history: the case is code, and is about these.
                    let end = failure.text.find("\n\n").unwrap_or(failure.text.len());
                    failure.text.insert_str(end, &about(case));
                }
                (Verdict::Timeout, Some(failure))
            }
        };
        let mut outcome = Outcome::of(case, verdict, ran.remark);
        outcome.seconds = ran.seconds;
        let replay = |variables| self.suite.place().replay(case.id(), variables);
        match (failure, self.suite.known_failure(case.id())) {
            (None, None) => {}
            (None, Some(reason)) => {
                let replay = replay(&[]);
                outcome.verdict = Verdict::UnexpectedPass;
                outcome.detail = Some(format!(
                    "passes although it is declared as a known failure: {reason}\n\n\
                     next step\n  take it out of `known_failures`\n\nreplay\n  {replay}"
                ));
                outcome.replay = Some(replay);
            }
            (Some(failure), known) => {
                if known.is_none() {
                    self.repeats.note(case, &failure);
                }
                outcome.sign.clone_from(&failure.sign);
                let mut text = String::new();
                if let Some(reason) = known {
                    outcome.verdict = Verdict::KnownFail;
                    text = format!("{KNOWN}{reason}\n\n");
                }
                if case.group() == group::SMOKE && outcome.verdict.unexpected() {
                    text = format!(
                        "{ADAPTER}: one of the simplest cases fails, and the others are not \
                         tried\n\n"
                    );
                }
                let replay = replay(&failure.replay);
                let failure = failure.text.trim_end();
                outcome.detail = Some(format!("{text}{failure}\n\nreplay\n  {replay}"));
                outcome.replay = Some(replay);
            }
        }
        outcome
    }
}

/// The statements that a case is about, as a part of the text of a failure.
fn about(case: &Case) -> String {
    let line = |id: &String| format!("\n  {id}  {}", basic::sentence(id));
    let lines: String = case.statements().iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("\n\nmust hold{lines}") }
}

/// Runs a case in this process: no limit of time, no leaks, and a crash is a crash.
fn run_here(case: &Case) -> Ran {
    let begin = Instant::now();
    let end = match worker::run_here(case) {
        Ok(()) => End::Held,
        Err(failure) => End::Failed(failure),
    };
    Ran { end, remark: None, seconds: begin.elapsed().as_secs_f64() }
}
