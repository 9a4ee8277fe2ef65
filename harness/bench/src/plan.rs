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

/// A lane of a block: how long a sample of it takes, and what it gets of the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Wall time of a sample, ns.
    pub time: u64,
    /// What it is to the block.
    pub part: Part,
}

/// What a lane is to its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Every ratio needs it, so it takes part in each round.
    Reference,
    /// A backend of this program.
    Own,
    /// Another program. There may be a dozen of them, each of which takes seconds where a backend
    /// takes milliseconds.
    Peer,
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
    /// Shares `budget` ns among lanes.
    ///
    /// Peers bring as much time as their share, so that the others have as many rounds as without
    /// them. A lane too slow for its share leaves the rounds to the others. All slow lanes of this
    /// program together have the budget once more for their samples, and all slow peers once more:
    /// at most [`FEWEST`] samples each, at least one of a peer and of what takes more than half of
    /// the budget, at least two of the rest.
    #[must_use]
    pub fn new(lanes: &[Lane], budget: u64) -> Self {
        let count = |part| lanes.iter().filter(|lane| lane.part == part).count() as u64;
        let own = (lanes.len() as u64 - count(Part::Peer)).max(1);
        let whole = budget.saturating_add(budget.saturating_mul(count(Part::Peer)) / own);
        let fits = |time: u64, budget: u64| {
            usize::try_from(budget / time.max(1)).unwrap_or(MOST).clamp(1, MOST)
        };
        let share = whole / lanes.len().max(1) as u64;
        let is_slow = |lane: &Lane| {
            lane.part != Part::Reference && lane.time.saturating_mul(FEWEST as u64) > share
        };
        let round = lanes
            .iter()
            .filter(|lane| !is_slow(lane))
            .fold(0, |sum: u64, lane| sum.saturating_add(lane.time));
        // Only slow lanes: as many rounds as the luckiest of them has samples.
        let rounds = if round == 0 { FEWEST } else { fits(round, whole) };
        let samples = lanes.iter().map(|lane| {
            if !is_slow(lane) {
                return rounds;
            }
            let alike = lanes.iter().filter(|other| other.part == lane.part && is_slow(other));
            let least = if lane.part == Part::Own { fits(lane.time, budget).min(2) } else { 1 };
            fits(lane.time, budget / alike.count() as u64).clamp(least, FEWEST).min(rounds)
        });
        Self { rounds, samples: samples.collect() }
    }

    /// Whether a lane takes a sample in a round: its samples are spread evenly.
    #[must_use]
    pub fn takes_part(&self, lane: usize, round: usize) -> bool {
        let upto = |round: usize| round * self.samples[lane] / self.rounds;
        upto(round + 1) > upto(round)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: u64 = 1_000;

    fn plan(own: &[u64], peers: &[u64]) -> Plan {
        let reference = Lane { time: 10, part: Part::Reference };
        let own = own.iter().map(|&time| Lane { time, part: Part::Own });
        let peers = peers.iter().map(|&time| Lane { time, part: Part::Peer });
        Plan::new(&[vec![reference], own.collect(), peers.collect()].concat(), BUDGET)
    }

    #[test]
    fn fast_lanes_share_the_rounds() {
        assert_eq!(plan(&[10, 10, 10], &[]), Plan { rounds: 25, samples: vec![25; 4] });
    }

    #[test]
    fn fast_peers_take_no_rounds_from_the_others() {
        assert_eq!(plan(&[10, 10, 10], &[10; 4]), Plan { rounds: 25, samples: vec![25; 8] });
    }

    #[test]
    fn a_slow_lane_takes_what_the_budget_has_room_for() {
        let samples = |time| plan(&[10, time], &[]).samples[2];
        assert_eq!([100, 200, 300, 900, 5_000].map(samples), [5, 5, 3, 1, 1]);
        assert_eq!(plan(&[10, 900], &[]).samples[..2], [50, 50]);
    }

    #[test]
    fn slow_lanes_together_take_the_budget_once_or_two_samples_each() {
        assert_eq!(plan(&[10, 200, 200], &[]).samples[2..], [2, 2]);
        assert_eq!(plan(&[10, 60, 60, 60, 60], &[]).samples[2..], [4; 4]);
        assert_eq!(plan(&[10, 400, 600, 200], &[]).samples[2..], [2, 1, 2]);
    }

    #[test]
    fn slow_peers_together_take_the_budget_once() {
        for peers in [1, 4, 12] {
            let samples = plan(&[10, 10, 10], &vec![200; peers]).samples;
            let taken: u64 = samples[4..].iter().map(|&samples| 200 * samples as u64).sum();
            assert!(taken <= BUDGET || samples[4..].iter().all(|&samples| samples == 1));
            assert!(samples[..4].iter().all(|&own| own >= 25), "{samples:?}");
        }
        assert_eq!(plan(&[10], &[200]).samples[2], 5);
        assert_eq!(plan(&[10], &[9_000; 3]).samples[2..], [1, 1, 1]);
    }

    #[test]
    fn the_samples_of_a_slow_lane_lie_apart() {
        let plan = plan(&[10], &[250; 2]);
        let of = |lane| (0..plan.rounds).filter(|&round| plan.takes_part(lane, round)).count();
        assert_eq!([of(0), of(2), of(3)], [plan.rounds, 2, 2]);
    }
}
