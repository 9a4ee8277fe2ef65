//! One timed run behind the witness gate.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};

use crate::{
    clock::{Clocks, Time},
    lines,
    results::Verdict,
    suite::{Found, Run, SharedLaw, Work},
    witness::{Difference, Witness},
};

/// Why a cell gets no number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The verdict; never `Ok`.
    pub verdict: Verdict,
    /// The text for people.
    pub why: String,
}

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

/// A timed run whose witness obeys the law, or the fault.
///
/// # Errors
/// `Failed` for an error or wrong results, `DifferentWork` for wrong counts, `Crash` for a panic.
pub fn sample(
    run: &mut Run,
    iterations: u64,
    law: &SharedLaw,
    clocks: &dyn Clocks,
) -> Result<(Witness, Time), Fault> {
    guard(|| {
        let (outcome, time) = time(run, iterations, clocks);
        Ok((verify(law, outcome)?, time))
    })
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
