//! From the samples of all processes to the entries of the results file.

use crate::{
    clock::{Clock, Time},
    fault::Fault,
    paired::{BlockSamples, LaneSamples},
    results::{CellResult, Verdict, WarmUp},
    statistics::{self, Estimate},
    suite::{Block, Cell, Work},
};

/// What the processes that measured a block found out, and what ended some of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// One entry per process that came to its end.
    pub processes: Vec<BlockSamples>,
    /// Cells that took their process with them.
    pub fatal: Vec<(String, Fault)>,
}

/// The results of the cells of `block` that are `selected`, in the order of the block.
#[must_use]
pub fn results(
    block: &Block,
    findings: &Findings,
    selected: &dyn Fn(&str) -> bool,
) -> Vec<CellResult> {
    let reference =
        block.reference.as_ref().filter(|cell| fault(findings, &cell.backend).is_none());
    block
        .all()
        .filter(|cell| selected(&cell.backend))
        .map(|cell| result(block, cell, reference, findings))
        .collect()
}

fn result(block: &Block, cell: &Cell, reference: Option<&Cell>, findings: &Findings) -> CellResult {
    let untimed = |verdict, why| {
        CellResult::untimed(&block.scenario, &cell.backend, block.size, &block.unit, verdict, why)
    };
    if let Work::Unsupported(why) = &cell.work {
        return untimed(Verdict::Unsupported, Some(why.clone()));
    }
    if let Some(Fault { verdict, why }) = fault(findings, &cell.backend) {
        return untimed(*verdict, Some(why.clone()));
    }
    let lanes: Vec<&LaneSamples> = lanes(findings, &cell.backend).collect();
    let mut result = untimed(Verdict::Ok, None);
    result.witness = lanes.first().and_then(|lane| lane.witness);

    let times = |clock| per_operation(&lanes, cell, clock);
    let median = |clock| statistics::median(&times(clock).concat());
    let Some(Estimate { median: own, low, high }) = statistics::pooled(&times(cell.clock)) else {
        let why = Some("no sample was taken".to_owned());
        return untimed(Verdict::Failed, why);
    };
    if ![own, low, high].iter().all(|time| time.is_finite()) {
        let why = format!("{own} is no time: {} operations per iteration", cell.operations());
        return untimed(Verdict::Failed, Some(why));
    }
    (result.median, result.low, result.high) = (Some(own), Some(low), Some(high));
    result.clock = Some(cell.clock.text().to_owned());
    result.cpu = median(Clock::ThreadCpu).filter(|_| Clock::HAS_THREAD_CPU);
    result.wall = median(Clock::Wall);
    result.samples = Some(lanes.iter().map(|lane| lane.samples.len()).sum());
    result.processes = Some(lanes.len());
    let mut iterations: Vec<u64> = lanes.iter().map(|lane| lane.iterations).collect();
    iterations.sort_unstable();
    result.iterations = iterations.get(iterations.len() / 2).copied();
    let warm_ups = lanes.iter().filter_map(|lane| lane.warm_up);
    result.warm_up = warm_ups
        .reduce(|a, b| WarmUp { samples: a.samples.max(b.samples), stable: a.stable && b.stable });
    result.peak_memory = lanes.iter().filter_map(|lane| lane.peak_memory).max();

    if let Some(reference) = reference {
        result.reference = Some(reference.backend.clone());
        if let Some(ratio) = ratio(findings, cell, reference) {
            result.ratio = Some(ratio.median);
            (result.ratio_low, result.ratio_high) = (Some(ratio.low), Some(ratio.high));
        }
        result.band = again(findings, reference, cell.clock).map(statistics::band);
    }
    result
}

/// The first fault of a cell in any process: a cell that is wrong once is wrong.
pub(crate) fn fault<'a>(findings: &'a Findings, backend: &str) -> Option<&'a Fault> {
    let fatal = findings.fatal.iter().find(|(name, _)| name == backend).map(|(_, fault)| fault);
    fatal.or_else(|| lanes(findings, backend).find_map(|lane| lane.fault.as_ref()))
}

fn lanes<'a>(findings: &'a Findings, backend: &str) -> impl Iterator<Item = &'a LaneSamples> {
    findings.processes.iter().filter_map(move |process| lane(process, backend))
}

fn lane<'a>(process: &'a BlockSamples, backend: &str) -> Option<&'a LaneSamples> {
    process.lanes.iter().find(|lane| lane.backend == backend)
}

/// Nanoseconds per operation of every sample, by process.
fn per_operation(lanes: &[&LaneSamples], cell: &Cell, clock: Clock) -> Vec<Vec<f64>> {
    let of = |lane: &LaneSamples, time: Time| {
        time.on(clock) as f64 / (lane.iterations as f64 * cell.operations())
    };
    lanes.iter().map(|lane| lane.samples.iter().map(|&(_, t)| of(lane, t)).collect()).collect()
}

fn ratio(findings: &Findings, cell: &Cell, reference: &Cell) -> Option<Estimate> {
    statistics::pooled(&by_round(findings, reference, |process| {
        Some((lane(process, &cell.backend)?, cell.operations(), cell.clock))
    }))
}

fn again(findings: &Findings, reference: &Cell, clock: Clock) -> Option<Estimate> {
    statistics::pooled(&by_round(findings, reference, |process| {
        Some((process.again.as_ref()?, reference.operations(), clock))
    }))
}

/// Time per operation divided by the reference's in the same round, by process.
fn by_round<'a>(
    findings: &'a Findings,
    reference: &Cell,
    pick: impl Fn(&'a BlockSamples) -> Option<(&'a LaneSamples, f64, Clock)>,
) -> Vec<Vec<f64>> {
    let of = |process: &'a BlockSamples| {
        let base = lane(process, &reference.backend)?;
        let (lane, operations, clock) = pick(process)?;
        let scale = (base.iterations as f64 * reference.operations())
            / (lane.iterations as f64 * operations);
        let ratios = lane.samples.iter().filter_map(|&(round, time)| {
            let (_, divisor) = base.samples.iter().find(|&&(other, _)| other == round)?;
            let divisor = divisor.on(clock);
            (divisor > 0).then(|| time.on(clock) as f64 / divisor as f64 * scale)
        });
        Some(ratios.collect())
    };
    findings.processes.iter().filter_map(of).collect()
}
