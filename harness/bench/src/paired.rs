//! The comparison itself: all cells of a block, sampled turn by turn in one process.
//!
//! ```text
//! round 0   hard  reference  soft  again  poll      one sample of each, shuffled
//! round 1   again poll  hard  reference  soft
//! round 2   soft  reference  again hard  poll       ratio of a cell = its time / reference,
//!   ...                                             within the round; then the median of rounds
//! ```
//!
//! "again" is the reference a second time: the ratio of a thing to itself shows the noise.

use serde::{Deserialize, Serialize};

use crate::{
    clock::{Clock, Clocks, Still, Time},
    fault::Fault,
    peak,
    plan::{self, Part, Plan},
    results::{Verdict, WarmUp},
    sampler::{self, Apart},
    shuffle::Shuffler,
    suite::{Block, Cell, Sampling, SharedLaw},
    warm,
    witness::Witness,
};

/// How one process measures a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Time for all rounds, ns of wall time.
    pub budget: u64,
    /// Aim for the length of a sample, ns of wall time.
    pub sample: u64,
    /// Seed of the order of samples.
    pub seed: u64,
    /// Number of this process, which gives it an order of its own.
    pub process: u64,
    /// Run and verify every cell once, take no samples.
    pub verify_only: bool,
    /// Run and verify every cell once for its peak of memory, take no samples.
    pub memory_only: bool,
}

/// What one process found out about a block.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BlockSamples {
    /// One entry per measured cell, the reference first if the block has one.
    pub lanes: Vec<LaneSamples>,
    /// The reference measured again.
    pub again: Option<LaneSamples>,
    /// The backend that left threads at work behind its run, if one did. No sample of the process
    /// counts then.
    pub spoilt_by: Option<String>,
}

/// What one process found out about a cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LaneSamples {
    /// Name of the backend.
    pub backend: String,
    /// Why there are no numbers, if so.
    pub fault: Option<Fault>,
    /// The verified witness: of the audit, if there is one.
    pub witness: Option<Witness>,
    /// Iterations in each sample.
    pub iterations: u64,
    /// Samples with the number of their round.
    pub samples: Vec<(usize, Time)>,
    /// What it took until the times of another program were stable.
    pub warm_up: Option<WarmUp>,
    /// Bytes that one iteration took, found in another process.
    pub peak_memory: Option<u64>,
}

/// A cell in the block, or the reference again.
struct Lane {
    cell: usize,
    expected: u64,
    /// Whether other threads were busy while the cell was prepared.
    prepared_elsewhere: bool,
    /// Samples of a cell on the thread CPU clock during which other threads were busy as well.
    elsewhere: usize,
    /// Of each sample that another program timed, how far its clock was from the one here.
    apart: Vec<Apart>,
    found: LaneSamples,
}

/// Measures the cells of `block` whose backend is `selected`. Ratios need the reference among them.
///
/// Faults stay with their cell: it is not run again, the others go on.
/// `begins` is told the backend before each of its runs, so that an observer in another process
/// knows which backend to name should this process die or hang.
pub fn measure(
    block: &mut Block,
    selected: &dyn Fn(&str) -> bool,
    settings: &Settings,
    clocks: &dyn Clocks,
    begins: &mut dyn FnMut(&str),
) -> BlockSamples {
    if settings.memory_only {
        let lanes = peak::lanes(block, selected, begins);
        return BlockSamples { lanes, ..BlockSamples::default() };
    }
    let reference =
        block.reference.as_ref().is_some_and(|r| r.is_supported() && selected(&r.backend));
    let shared = block.law.clone();
    let mut cells: Vec<&mut Cell> =
        block.all_mut().filter(|cell| cell.is_supported() && selected(&cell.backend)).collect();
    let mut lanes: Vec<Lane> = (0..cells.len()).map(|cell| Lane::new(cell, cells[cell])).collect();
    for lane in &mut lanes {
        if let Some(next) = cells.get_mut(lane.cell + 1) {
            next.begin();
        }
        let cell = &mut *cells[lane.cell];
        begins(&cell.backend);
        let before = Busy::read(clocks);
        lane.found.fault = lane.prepare(cell, &law(cell, &shared), settings, clocks).err();
        lane.prepared_elsewhere = Busy::read(clocks).is_elsewhere(before);
    }
    if settings.verify_only {
        let lanes = lanes.into_iter().map(|lane| lane.found).collect();
        return BlockSamples { lanes, ..BlockSamples::default() };
    }
    if reference {
        let first = &lanes[0];
        let again = Lane { found: first.found.clone(), apart: Vec::new(), ..*first };
        lanes.insert(1, again);
    }

    let mut parts: Vec<plan::Lane> =
        lanes.iter().map(|lane| lane.planned(cells[lane.cell])).collect();
    if reference {
        parts[..2].iter_mut().for_each(|lane| lane.part = Part::Reference);
    }
    let plan = Plan::new(&parts, settings.budget);
    let mut shuffler = Shuffler::new(settings.seed, settings.process);
    for round in 0..plan.rounds {
        let mut order: Vec<usize> =
            (0..lanes.len()).filter(|&lane| plan.takes_part(lane, round)).collect();
        shuffler.shuffle(&mut order);
        for index in order {
            let lane = &mut lanes[index];
            let cell = &mut *cells[lane.cell];
            if lane.found.fault.is_none() && (cell.sampling == Sampling::Repeated || round == 0) {
                begins(&cell.backend);
                lane.sample(round, cell, &law(cell, &shared), clocks);
            }
        }
    }

    let disturbed: Vec<bool> = lanes.iter_mut().map(Lane::judge).collect();
    let spoilt_by = spoiler(&lanes, &disturbed).map(|lane| lanes[lane].found.backend.clone());
    let again = reference.then(|| lanes.remove(1).found);
    BlockSamples { lanes: lanes.into_iter().map(|lane| lane.found).collect(), again, spoilt_by }
}

/// Runs each cell with a selected id so often, and verifies it; gives the ids, each with its fault.
pub fn repeat(
    block: &mut Block,
    selected: &dyn Fn(&str) -> bool,
    iterations: u64,
) -> Vec<(String, Option<Fault>)> {
    let shared = block.law.clone();
    let (scenario, size) = (block.scenario.clone(), block.size);
    let cells = block.all_mut().filter_map(|cell| {
        let id = format!("{scenario}/{}/{size}", cell.backend);
        if !selected(&id) {
            return None;
        }
        let law = law(cell, &shared);
        Some((id, sampler::sample(&mut cell.work, iterations, &law, &Still).err()))
    });
    cells.collect()
}

/// The lane that left threads behind which work: other threads have been busy since it was prepared,
/// and cells from before it, which had the process to themselves then, are disturbed now.
fn spoiler(lanes: &[Lane], disturbed: &[bool]) -> Option<usize> {
    let quiet = lanes.iter().rposition(|lane| !lane.prepared_elsewhere)?;
    let spoiler = quiet + 1;
    let before = lanes.iter().zip(disturbed).take(spoiler);
    let mut before = before.filter(|(lane, _)| !lane.prepared_elsewhere);
    (spoiler < lanes.len() && before.any(|(_, disturbed)| *disturbed)).then_some(spoiler)
}

fn law(cell: &Cell, shared: &SharedLaw) -> SharedLaw {
    cell.law.as_ref().unwrap_or(shared).clone()
}

impl Lane {
    fn new(cell: usize, of: &Cell) -> Self {
        let found =
            LaneSamples { backend: of.backend.clone(), iterations: 1, ..LaneSamples::default() };
        let apart = Vec::new();
        Self { cell, expected: 0, prepared_elsewhere: false, elsewhere: 0, apart, found }
    }

    fn planned(&self, cell: &Cell) -> plan::Lane {
        let part = if cell.is_told() { Part::Peer } else { Part::Own };
        plan::Lane { time: self.expected, part }
    }

    /// Verifies the cell once and finds out how many iterations make a sample.
    fn prepare(
        &mut self,
        cell: &mut Cell,
        law: &SharedLaw,
        settings: &Settings,
        clocks: &dyn Clocks,
    ) -> Result<(), Fault> {
        let before = clocks.read();
        let audited = sampler::audit(&mut cell.work, law)?;
        let audit = clocks.read().since(before).wall;
        self.found.witness = audited;
        if cell.sampling == Sampling::Once && !settings.verify_only {
            return Ok(());
        }
        if audit >= settings.budget && !settings.verify_only {
            // A trial would be one more run of that length, and say no more than this one.
            self.expected = audit;
            return Ok(());
        }
        let mut iterations = 1;
        let trial = loop {
            let sample = sampler::sample(&mut cell.work, iterations, law, clocks)?;
            let took = sample.time;
            self.found.witness = audited.or(Some(sample.witness));
            // Short trials are mostly the cost of starting: trust one only from half a sample on.
            if settings.verify_only || took.wall >= settings.sample / 2 || iterations >= LONGEST {
                self.found.iterations = plan::iterations(iterations, took.wall, settings.sample);
                self.expected = took.wall / iterations * self.found.iterations;
                break took.wall;
            }
            let aim = plan::iterations(iterations, took.wall, settings.sample);
            iterations = aim.clamp(iterations * 2, iterations * 10);
        };
        if !cell.is_told() || settings.verify_only {
            return Ok(());
        }
        if iterations >= LONGEST {
            let why =
                format!("{iterations} iterations take no longer than a few: it does not do them");
            return Err(Fault { verdict: Verdict::DifferentWork, why });
        }
        let (aim, most) = (settings.sample, settings.budget / WARMING);
        if trial >= most {
            // The trial was all that there is time for.
            self.found.warm_up = Some(WarmUp { samples: 1, stable: false });
            return Ok(());
        }
        let warmed = warm::up(self.found.iterations, aim, most, &mut |iterations| {
            Ok(sampler::sample(&mut cell.work, iterations, law, clocks)?.time.wall)
        })?;
        (self.found.iterations, self.expected) = (warmed.iterations, warmed.expected);
        self.found.warm_up = Some(warmed.warm_up);
        Ok(())
    }

    fn sample(&mut self, round: usize, cell: &mut Cell, law: &SharedLaw, clocks: &dyn Clocks) {
        let before = Busy::read(clocks);
        let sampled = sampler::sample(&mut cell.work, self.found.iterations, law, clocks);
        if cell.clock == Clock::ThreadCpu && Busy::read(clocks).is_elsewhere(before) {
            self.elsewhere += 1;
        }
        match sampled {
            Ok(sample) => {
                self.found.witness.get_or_insert(sample.witness);
                self.found.samples.push((round, sample.time));
                self.apart.extend(sample.apart);
            }
            Err(fault) => self.found.fault = Some(fault),
        }
    }

    /// Refuses the thread CPU time of a cell if other threads work for it: the time says nothing then.
    /// Threads that another cell has left may be busy for a while, so nearly all samples must agree.
    /// Tells whether they do.
    fn judge(&mut self) -> bool {
        if self.found.fault.is_none() {
            self.found.fault = sampler::judge_clock(&self.apart).err();
        }
        let samples = self.found.samples.len();
        let disturbed =
            samples > 0 && self.elsewhere * 10 >= samples * 9 && self.found.fault.is_none();
        if disturbed {
            let why = "timed by the CPU time of the thread that measures, but other threads of the \
                       process work meanwhile: say `on_workers` where the backend is named, and it \
                       is timed by the wall";
            self.found.fault = Some(Fault { verdict: Verdict::Failed, why: why.to_owned() });
        }
        disturbed
    }
}

/// CPU time of the process and of the measuring thread, ns.
#[derive(Clone, Copy)]
struct Busy {
    process: Option<u64>,
    thread: u64,
}

impl Busy {
    fn read(clocks: &dyn Clocks) -> Self {
        Self { process: clocks.process(), thread: clocks.read().cpu }
    }

    /// Whether other threads had at least half as much of the processors as the measuring one.
    fn is_elsewhere(self, before: Self) -> bool {
        let (Some(process), Some(earlier)) = (self.process, before.process) else { return false };
        let thread = self.thread.saturating_sub(before.thread);
        let others = process.saturating_sub(earlier).saturating_sub(thread);
        others > thread / 2
    }
}

/// Where calibration gives up on a cell that takes no time at all.
const LONGEST: u64 = 1 << 32;

/// Share of the time for samples that a program may take until its times are stable.
const WARMING: u64 = 8;
