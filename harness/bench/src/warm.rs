//! Runs another program until its times are stable: compilers of languages work while they run.
//!
//! ```text
//!   trial  trial  trial  trial ..   the last three within 3 % of each other: stable
//!                                   else until they have taken as long as all samples may take
//! ```

use crate::{fault::Fault, plan, results::WarmUp};

/// How a cell is sampled once it is warm.
pub struct Warmed {
    /// Iterations in each sample.
    pub iterations: u64,
    /// How long a sample takes, ns of wall time.
    pub expected: u64,
    /// What it took.
    pub warm_up: WarmUp,
}

/// Samples that must be alike.
const ALIKE: usize = 3;
/// By what share of the shortest they may differ.
const TOLERANCE: u64 = 30;
/// Most samples; what is not stable by then says so.
const MOST: u64 = 60;

/// Takes samples by `sample`, which gives the wall time, until they are alike, for at most so long
/// (ns). A sample is to take `aim` ns: iterations are adapted as the program becomes faster.
///
/// # Errors
/// That of a sample.
pub fn up(
    iterations: u64,
    aim: u64,
    most: u64,
    sample: &mut dyn FnMut(u64) -> Result<u64, Fault>,
) -> Result<Warmed, Fault> {
    let (mut iterations, mut spent) = (iterations, 0);
    let mut times: Vec<u64> = Vec::new();
    let mut warm_up = WarmUp { samples: 0, stable: false };
    loop {
        let took = sample(iterations)?;
        times.push(took);
        spent += took;
        warm_up.samples += 1;
        let last = &times[times.len().saturating_sub(ALIKE)..];
        warm_up.stable = last.len() == ALIKE && are_alike(last);
        if took < aim / 2 && warm_up.samples < MOST {
            iterations = plan::iterations(iterations, took, aim).max(iterations + 1);
            times.clear();
            continue;
        }
        if warm_up.stable || warm_up.samples >= MOST || spent >= most {
            return Ok(Warmed { iterations, expected: took, warm_up });
        }
    }
}

fn are_alike(times: &[u64]) -> bool {
    let (shortest, longest) = (times.iter().min(), times.iter().max());
    shortest.zip(longest).is_some_and(|(&short, &long)| long - short <= short / TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AIM: u64 = 100;
    const MOST: u64 = 1_000;

    #[test]
    fn a_program_that_becomes_faster_is_run_until_it_does_no_more() {
        let mut each = [40, 30, 20, 12, 10, 10, 10].into_iter();
        let warmed = up(5, AIM, MOST, &mut |n| Ok(each.next().unwrap_or(10) * n)).unwrap();
        assert!(warmed.warm_up.stable);
        assert_eq!(warmed.warm_up.samples, 7);
        assert_eq!(warmed.expected, warmed.iterations * 10);
    }

    #[test]
    fn a_program_that_is_never_stable_is_told() {
        let mut turn = 0;
        let warmed = up(1, AIM, MOST, &mut |_| {
            turn += 1;
            Ok(if turn % 2 == 0 { 100 } else { 130 })
        })
        .unwrap();
        assert_eq!(warmed.warm_up, WarmUp { samples: 9, stable: false });
    }
}
