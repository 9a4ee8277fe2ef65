//! A run in parts, for machines that work at the same time: `--shard 2/3` measures the second of three.
//!
//! ```text
//!  blocks of the run ──> units ──> longest first, each to the part with the least to do ──> part 2 of 3
//!                        a block; or all sizes of a scenario that has a large one
//! ```
//!
//! Every machine must come to the same parts, so the expected times come from what is known of a block
//! without a clock. Programs in other languages take part where they are found, and so count for nothing
//! here; the probes that they answer go by their ids.

use std::collections::BTreeMap;

use crate::{
    capacity::Probe,
    results::Shard,
    settings::{BUDGET, PROCESSES},
    suite::{Block, Cell, Sampling, Suite, Work},
    witness::Digest,
};

/// Most parts of a run.
const MOST: u32 = Shard::MOST;

/// One part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

impl Part {
    /// Reads `2/3`.
    ///
    /// # Errors
    /// What was expected and what was found.
    pub fn read(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| digits)
        };
        let part = text
            .split_once('/')
            .and_then(|(own, of)| Some(Self { number: number(own)?, of: number(of)? }));
        part.filter(|part| (1..=MOST).contains(&part.of) && (1..=part.of).contains(&part.number))
            .ok_or_else(|| {
                format!("expected K/N with K from 1 to N and N up to {MOST}, such as 2/3; found {text:?}")
            })
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "part {} of {}", self.number, self.of)
    }
}

/// Seconds that a cell needs before its rounds: it is run for the audit and to find its iterations.
const BEFORE: f64 = 0.1;

/// Seconds of an operation, the middle between a switch of 5 ns and a thread that is woken in 2 us.
const OPERATION: f64 = 100e-9;

/// Seconds until a backend has made a million of something, or has its limit.
pub const EXPECTED_OF_PROBE: f64 = 3.0;

/// Seconds that a block is expected to take, as far as can be said without a machine. What is set
/// otherwise changes all blocks alike.
#[must_use]
pub fn expected(block: &Block) -> f64 {
    let cells: Vec<&Cell> =
        block.all().filter(|cell| matches!(cell.work, Work::Run { .. })).collect();
    if cells.is_empty() {
        return BEFORE;
    }
    let budget = BUDGET / PROCESSES as f64;
    let share = budget / cells.len() as f64;
    let each = cells.iter().map(|cell| {
        let iteration = cell.operations() * OPERATION;
        if cell.sampling == Sampling::Once {
            return BEFORE;
        }
        // As the plan of a block has it: what is slow gets a few samples of its own.
        let samples =
            if iteration * 5.0 > share { (budget / iteration).clamp(1.0, 5.0) } else { 0.0 };
        BEFORE + PROCESSES as f64 * iteration * (2.0 + samples)
    });
    BUDGET + each.sum::<f64>()
}

/// What is measured on one machine: a block, or the sizes of a scenario of which one is large, since a
/// large size is left out if a smaller one took too long.
fn units<'a>(blocks: &[&'a Block]) -> Vec<Vec<&'a Block>> {
    let mut units: Vec<Vec<&Block>> = Vec::new();
    for block in blocks {
        let sized = |other: &&&Block| other.scenario == block.scenario && other.large;
        let joined = blocks.iter().any(|other| sized(&other));
        let with = units.iter_mut().find(|unit| joined && unit[0].scenario == block.scenario);
        match with {
            Some(unit) => unit.push(block),
            None => units.push(vec![block]),
        }
    }
    units
}

/// The part of each block and probe that is `asked` for, by id of a probe and by scenario and size of a
/// block.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parts {
    blocks: BTreeMap<(String, u64), u32>,
    probes: BTreeMap<String, u32>,
}

impl Parts {
    /// Shares out what of a suite has a cell with a selected id.
    #[must_use]
    pub fn of(suite: &Suite, selects: &dyn Fn(&str) -> bool, of: u32) -> Self {
        let asked = |block: &&Block| block.all().any(|cell| selects(&block.id(cell)));
        let blocks: Vec<&Block> = suite.blocks.iter().filter(asked).collect();
        let probes: Vec<&Probe> =
            suite.capacity.iter().filter(|probe| selects(&probe.id())).collect();
        let told = |name: &str| {
            let mut cells = suite.blocks.iter().flat_map(Block::all);
            cells.any(|cell| cell.backend == name && cell.is_told())
        };
        let mut parts = Self::default();
        let mut loads = vec![0.0_f64; of as usize];
        let mut least = |seconds: f64| -> u32 {
            let part = (0..loads.len()).min_by(|a, b| loads[*a].total_cmp(&loads[*b])).unwrap_or(0);
            loads[part] += seconds;
            u32::try_from(part).unwrap_or(0) + 1
        };
        let mut units: Vec<(f64, Vec<&Block>)> = units(&blocks)
            .into_iter()
            .map(|unit| (unit.iter().copied().map(expected).sum(), unit))
            .collect();
        // Equal ones stay in the order of the suite.
        units.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (seconds, unit) in units {
            let part = least(seconds);
            for block in unit {
                parts.blocks.insert((block.scenario.clone(), block.size), part);
            }
        }
        for probe in probes {
            let part = if told(&probe.backend) {
                by_id(&probe.id(), of)
            } else {
                least(EXPECTED_OF_PROBE)
            };
            parts.probes.insert(probe.id(), part);
        }
        parts
    }

    /// The part of a block.
    #[must_use]
    pub fn block(&self, block: &Block) -> Option<u32> {
        self.blocks.get(&(block.scenario.clone(), block.size)).copied()
    }

    /// The part of a probe.
    #[must_use]
    pub fn probe(&self, probe: &Probe) -> Option<u32> {
        self.probes.get(&probe.id()).copied()
    }

    /// A digest of what lies in which part: a merge compares it. The probes of programs in other languages may
    /// differ, since a machine may lack such a program.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut digest = Digest::new();
        for ((scenario, size), part) in &self.blocks {
            digest.push_str(scenario);
            digest.push_u64(*size);
            digest.push_u64(u64::from(*part));
        }
        format!("{:016x}", digest.finish())
    }
}

fn by_id(id: &str, of: u32) -> u32 {
    let mut digest = Digest::new();
    digest.push_str(id);
    u32::try_from(digest.finish() % u64::from(of)).unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        capacity::Reached,
        suite::Told,
        witness::{Law, Witness},
    };

    fn block(scenario: &str, size: u64, cells: usize) -> Block {
        let cell =
            |number| Cell::new(format!("b{number}"), size as f64, |_| Ok(Witness::default()));
        let block = Block::new(scenario, size, "step", || Law::of(0));
        (0..cells).map(cell).fold(block, Block::cell)
    }

    fn told(name: &str) -> Cell {
        Cell::told(name, 1e9, |_| Ok(Told::default()))
    }

    fn probe(backend: &str) -> Probe {
        Probe::new(backend, "blocked", "things", |_, _| {
            Ok(Reached { count: 0, refused: None, digest: 0, expected: 0 })
        })
    }

    fn suite(blocks: Vec<Block>, capacity: Vec<Probe>) -> Suite {
        Suite {
            blocks,
            scenarios: vec![],
            backends: vec![],
            capacity,
            report: |_, _| Ok(()),
            compiled: crate::compiled!(),
        }
    }

    /// 40 scenarios with sizes from small to slow, and probes of their backends.
    fn many() -> Suite {
        let blocks = (0..40).flat_map(|number: u64| {
            let sizes = [10, 1_000, 10_u64.pow(1 + (number % 6) as u32) + number + 1].into_iter();
            sizes.map(move |size| block(&format!("s{number}"), size, 1 + number as usize % 14))
        });
        suite(blocks.collect(), (0..14).map(|number| probe(&format!("b{number}"))).collect())
    }

    #[test]
    fn a_part_is_read_or_refused_in_one_line() {
        assert_eq!(Part::read("2/3"), Ok(Part { number: 2, of: 3 }));
        assert_eq!(Part::read("1/1"), Ok(Part { number: 1, of: 1 }));
        for text in
            ["0/3", "4/3", "x/y", "1/0", "0/0", "", "/", "1", "1/2/3", "+1/2", "1/ 2", "-1/2"]
        {
            assert_eq!(
                Part::read(text).unwrap_err(),
                format!(
                    "expected K/N with K from 1 to N and N up to 1000, such as 2/3; found {text:?}"
                )
            );
        }
        assert!(Part::read("1/1001").is_err() && Part::read("1/99999999999").is_err());
    }

    #[test]
    fn parts_are_disjoint_and_together_all() {
        let suite = many();
        for of in [1, 2, 3, 7, 500] {
            let parts = Parts::of(&suite, &|_| true, of);
            for block in &suite.blocks {
                assert!((1..=of).contains(&parts.block(block).expect("a part")));
            }
            for probe in &suite.capacity {
                assert!((1..=of).contains(&parts.probe(probe).expect("a part")));
            }
            let used: BTreeSet<u32> =
                parts.blocks.values().chain(parts.probes.values()).copied().collect();
            assert_eq!(used.len(), (of as usize).min(suite.blocks.len() + suite.capacity.len()));
        }
    }

    #[test]
    fn parts_take_equally_long() {
        let suite = many();
        let longest = suite.blocks.iter().map(expected).fold(0.0, f64::max);
        for of in [2, 3, 7] {
            let parts = Parts::of(&suite, &|_| true, of);
            let mut loads = vec![0.0; of as usize];
            for block in &suite.blocks {
                loads[parts.block(block).expect("a part") as usize - 1] += expected(block);
            }
            for probe in &suite.capacity {
                loads[parts.probe(probe).expect("a part") as usize - 1] += EXPECTED_OF_PROBE;
            }
            let (least, most) =
                loads.iter().fold((f64::MAX, 0.0_f64), |(a, b), load| (a.min(*load), b.max(*load)));
            let mean = loads.iter().sum::<f64>() / f64::from(of);
            assert!(most - least <= longest, "{loads:?}");
            assert!(most <= mean * 1.1, "{loads:?}");
        }
    }

    #[test]
    fn slow_sizes_take_longer_and_the_rest_its_budget() {
        let seconds = |size, cells| expected(&block("s", size, cells));
        assert!(seconds(10, 1) >= BUDGET && seconds(10, 14) < 2.0 * BUDGET);
        assert!(seconds(10_000_000, 14) > 10.0 * seconds(10, 14));
    }

    #[test]
    fn a_large_size_stays_with_the_sizes_that_judge_it() {
        let sized = |name: &str| {
            [block(name, 10, 3), block(name, 1_000, 3), block(name, 1_000_000, 3).large()]
        };
        let suite =
            suite(["a", "b", "c", "d"].iter().flat_map(|name| sized(name)).collect(), vec![]);
        let parts = Parts::of(&suite, &|_| true, 7);
        for blocks in suite.blocks.chunks(3) {
            let own: BTreeSet<_> = blocks.iter().map(|block| parts.block(block)).collect();
            assert_eq!(own.len(), 1, "{blocks:?}");
        }
        let small = Parts::of(&suite, &|id| !id.ends_with("/1000000"), 8);
        let used: BTreeSet<_> = small.blocks.values().collect();
        assert_eq!(used.len(), 8, "without large sizes each block is on its own");
    }

    #[test]
    fn programs_that_are_found_on_one_machine_only_move_nothing() {
        let names = ["a", "b", "c", "d", "e"];
        let blocks = |with: bool| {
            let block = |(size, name)| {
                let block = block(name, 10 + size as u64, 3);
                if with { block.cell(told("ruby")) } else { block }
            };
            names.into_iter().enumerate().map(block).collect::<Vec<_>>()
        };
        let without = suite(blocks(false), vec![probe("b0"), probe("b1")]);
        let with = suite(blocks(true), vec![probe("ruby"), probe("b0"), probe("b1")]);
        let (one, other) = (Parts::of(&without, &|_| true, 3), Parts::of(&with, &|_| true, 3));
        assert_eq!(one.blocks, other.blocks);
        assert_eq!(one.digest(), other.digest());
        for probe in &without.capacity {
            assert_eq!(one.probe(probe), other.probe(probe));
        }
        assert!(other.probe(&with.capacity[0]).is_some());
        assert_ne!(one.digest(), Parts::of(&without, &|_| true, 2).digest());
    }

    #[test]
    fn what_is_not_asked_for_is_in_no_part() {
        let suite = many();
        let parts = Parts::of(&suite, &|id| id.starts_with("s1/"), 2);
        assert_eq!(parts.blocks.len(), 3);
        assert!(parts.probes.is_empty() && parts.block(&suite.blocks[0]).is_none());
    }
}
