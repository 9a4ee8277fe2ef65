//! How the time budget of a block becomes iterations per sample and samples per cell.

/// Fewest samples of a cell that the budget has room for: enough for a range around a median.
pub const FEWEST: usize = 5;

/// Most rounds: beyond them the interval of a quiet cell is narrower than the noise band.
const MOST: usize = 400;

/// The number of iterations that makes a sample of `target` ns out of a trial of `iterations` that took `took` ns.
#[must_use]
pub fn iterations(iterations: u64, took: u64, target: u64) -> u64 {
    let exact = u128::from(iterations) * u128::from(target) / u128::from(took.max(1));
    u64::try_from(exact).unwrap_or(u64::MAX).max(1)
}

/// Samples of each lane and the number of rounds they are spread over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Rounds; every fast lane takes part in each.
    pub rounds: usize,
    /// Samples of each lane, at least one.
    pub samples: Vec<usize>,
}

impl Plan {
    /// Shares `budget` ns among lanes whose single sample takes `sample_times` ns.
    ///
    /// The first `references` lanes take part in every round, since every ratio needs them. A lane
    /// too slow for its share leaves the rounds to the others: it gets [`FEWEST`] samples if the
    /// whole budget has room for them, else what the budget has room for, else one. So a block
    /// takes the budget once for the fast lanes and at most once more for each slow one.
    #[must_use]
    pub fn new(sample_times: &[u64], references: usize, budget: u64) -> Self {
        let fits = |time: u64| usize::try_from(budget / time.max(1)).unwrap_or(MOST).clamp(1, MOST);
        let share = budget / sample_times.len().max(1) as u64;
        let slow = |lane: usize, time: u64| {
            lane >= references && time.saturating_mul(FEWEST as u64) > share
        };
        let round: u64 = sample_times
            .iter()
            .enumerate()
            .filter(|&(lane, &time)| !slow(lane, time))
            .fold(0, |sum, (_, &time)| sum.saturating_add(time));
        // Only slow lanes: as many rounds as the luckiest of them has samples.
        let rounds = if round == 0 { FEWEST } else { fits(round) };
        let samples = sample_times
            .iter()
            .enumerate()
            .map(
                |(lane, &time)| {
                    if slow(lane, time) { fits(time).min(FEWEST).min(rounds) } else { rounds }
                },
            )
            .collect();
        Self { rounds, samples }
    }

    /// Whether a lane takes a sample in a round: its samples are spread evenly.
    #[must_use]
    pub fn takes_part(&self, lane: usize, round: usize) -> bool {
        let upto = |round: usize| round * self.samples[lane] / self.rounds;
        upto(round + 1) > upto(round)
    }
}
