//! One timed run behind the witness gate.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    clock::{Clocks, Time},
    fault::Fault,
    lines,
    results::Verdict,
    suite::{Found, Run, SharedLaw, Told, Work},
    witness::{Difference, Witness},
};

/// Times `iterations` of a cell. Every cell goes through this one function, never inlined: two
/// inlined copies of one source have been seen to differ by 8 % for no reason but their place.
#[inline(never)]
pub fn time(
    run: &mut Run,
    iterations: u64,
    clocks: &dyn Clocks,
) -> (Result<Witness, String>, Time) {
    let before = clocks.read();
    let outcome = run(iterations);
    let after = clocks.read();
    (outcome, after.since(before))
}

/// A sample. Its witness obeys the law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// What one iteration did.
    pub witness: Witness,
    /// The time of all iterations.
    pub time: Time,
    /// Of a sample that another program timed: how far its clock was from the one here.
    pub apart: Option<Apart>,
}

/// How far the clock of another program was from the one here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Apart {
    /// Wall time here less the wall time told, ns.
    pub found: u64,
    /// How far it may be, ns.
    pub allowed: u64,
}

/// Questions without iterations by which two clocks may differ: what they take lies beside the work of a
/// sample too, and varies.
const IDLES: u64 = 2;
/// By what share of its sample a time may be shorter: what a runtime tidies up between its last iteration
/// and its answer. PyPy was seen to take more than 1 %.
const SLACK: u64 = 50;
/// By what share and by how many ns more a program may have measured than was waited for it: clocks
/// are read in steps, and some runtimes correct theirs by up to a hundredth.
const FASTER: u64 = 100;
const STEP: u64 = 20_000;
/// The least that is allowed, ns: no scheduler of an operating system wakes a process sooner for sure.
const LEAST: u64 = 300_000;

/// A timed run whose witness obeys the law, or the fault.
///
/// # Errors
/// `Failed` for an error or wrong results, `DifferentWork` for wrong counts and for a time longer
/// than the sample took, `Crash` for a panic.
pub fn sample(
    work: &mut Work,
    iterations: u64,
    law: &SharedLaw,
    clocks: &dyn Clocks,
) -> Result<Sample, Fault> {
    guard(|| match work {
        Work::Run { run, .. } => {
            let (outcome, time) = time(run, iterations, clocks);
            Ok(Sample { witness: verify(law, outcome)?, time, apart: None })
        }
        Work::Told { tell, .. } => {
            let Told { witness, time, outside, idle, waited } = tell(iterations)?;
            let witness = verify(law, Ok(witness))?;
            let latest = outside + outside / FASTER + STEP;
            if time.wall > latest {
                return Err(lie(format!(
                    "says that a sample took {} ns, which was over after {outside} ns",
                    time.wall
                )));
            }
            let found = outside.saturating_sub(time.wall);
            let allowed = LEAST.max(IDLES * idle).max(time.wall / SLACK) + waited;
            let apart = Apart { found, allowed };
            Ok(Sample { witness, time, apart: Some(apart) })
        }
        Work::Unsupported(why) => Err(Fault { verdict: Verdict::Unsupported, why: why.clone() }),
    })
}

/// Refuses times of another program if more than half of them are shorter than the samples took: a
/// single answer may be late for any reason.
///
/// # Errors
/// `DifferentWork` with the median of those that are too short.
pub fn judge_clock(apart: &[Apart]) -> Result<(), Fault> {
    let mut short: Vec<&Apart> = apart.iter().filter(|apart| apart.found > apart.allowed).collect();
    if short.len() * 2 <= apart.len() {
        return Ok(());
    }
    short.sort_unstable_by_key(|apart| apart.found);
    let Apart { found, allowed } = short[short.len() / 2];
    Err(lie(format!(
        "its own times are shorter than its samples took, by {found} ns where {allowed} ns are \
         allowed, in {} of {} samples",
        short.len(),
        apart.len()
    )))
}

fn lie(why: String) -> Fault {
    Fault { verdict: Verdict::DifferentWork, why }
}

/// The untimed, counting run of a cell; `None` if it has none.
///
/// # Errors
/// As [`sample`].
pub fn audit(work: &mut Work, law: &SharedLaw) -> Result<Option<Witness>, Fault> {
    match work {
        Work::Run { audit: Some(audit), .. } => guard(|| verify(law, audit()).map(Some)),
        _ => Ok(None),
    }
}

/// Runs one iteration outside of any sample, and gives what `after` reads right behind it; `None` if
/// another program does the work. The law is asked for after that, so that it costs nothing of it.
///
/// # Errors
/// As [`sample`].
pub fn once<T>(
    work: &mut Work,
    law: &SharedLaw,
    after: impl FnOnce() -> T,
) -> Result<Option<T>, Fault> {
    let Work::Run { run, .. } = work else { return Ok(None) };
    guard(|| {
        let outcome = run(1);
        let read = after();
        verify(law, outcome)?;
        Ok(Some(read))
    })
}

fn verify(law: &Found, outcome: Result<Witness, String>) -> Result<Witness, Fault> {
    let law = law.as_ref().map_err(|panic| Fault {
        verdict: Verdict::Failed,
        why: format!("the law of the scenario panicked, not the backend: {panic}"),
    })?;
    let witness = outcome.map_err(|why| Fault { verdict: Verdict::Failed, why })?;
    law.check(&witness).map_err(|difference| Fault {
        verdict: match difference {
            Difference::Results { .. } => Verdict::Failed,
            Difference::Count { .. } => Verdict::DifferentWork,
        },
        why: difference.to_string(),
    })?;
    Ok(witness)
}

/// A cell that panicked is never run again, so what it left behind cannot be observed.
fn guard<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        Err(Fault {
            verdict: Verdict::Crash,
            why: format!("panicked: {}", lines::of_panic(&*payload)),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(found: &[u64]) -> Result<(), Fault> {
        let apart: Vec<Apart> =
            found.iter().map(|&found| Apart { found, allowed: LEAST }).collect();
        judge_clock(&apart)
    }

    #[test]
    fn a_clock_is_right_if_half_of_the_answers_are_not_late() {
        let (early, late) = (LEAST, 9 * LEAST);
        assert_eq!(judged(&[]), Ok(()));
        assert_eq!(judged(&[early]), Ok(()));
        assert_eq!(judged(&[late, early, late, early]), Ok(()));
    }

    #[test]
    fn a_clock_is_wrong_if_its_times_are_short_again_and_again() {
        let (early, late) = (LEAST, 9 * LEAST);
        for found in [&[late][..], &[late, late], &[late, early, late]] {
            let fault = judged(found).expect_err("a lie");
            assert_eq!(fault.verdict, Verdict::DifferentWork);
            assert!(fault.why.contains("2700000 ns"), "{}", fault.why);
        }
    }
}
