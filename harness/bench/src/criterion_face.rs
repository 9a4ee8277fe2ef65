//! criterion over the same cells, for its baselines, its plots and the tools that read its files.

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
    process::Command,
    time::Duration,
};

use criterion::{BenchmarkGroup, BenchmarkId, Criterion, PlottingBackend, measurement::WallTime};

use crate::{
    clock::SystemClocks,
    lines, sampler,
    suite::{Cell, Sampling, SharedLaw, Suite, Work},
    watchdog::Watchdog,
};

/// criterion's fewest samples: times one iteration, this is the least time it takes.
pub const SAMPLES: usize = 10;

/// How criterion is run.
pub struct Face<'a> {
    /// Whether the cell with this id takes part.
    pub selected: &'a dyn Fn(&str) -> bool,
    /// Warm-up and measurement of one cell.
    pub time: Duration,
    /// criterion's own folder.
    pub folder: &'a Path,
    /// Ends the program if a cell hangs.
    pub watchdog: Option<Watchdog>,
}

impl Face<'_> {
    /// Runs criterion over the selected cells, one after the other, and returns the faults it met.
    /// Cells for cold starts are left out, since criterion must repeat what it measures.
    pub fn run(&self, suite: &mut Suite) -> Vec<String> {
        let mut faults = Vec::new();
        // criterion prints for itself. Once its reader has left it cannot go on; what was measured
        // for the results is complete before it begins.
        let _ = lines::while_read(|| self.all(suite, &mut faults));
        faults
    }

    fn all(&self, suite: &mut Suite, faults: &mut Vec<String>) {
        let mut criterion = self.configure();
        // One group per scenario, however its blocks lie: criterion draws its lines by group.
        let mut scenarios: Vec<String> = Vec::new();
        for block in &suite.blocks {
            let any = block.all().any(|cell| self.takes(cell, &block.id(cell)));
            if any && !scenarios.contains(&block.scenario) {
                scenarios.push(block.scenario.clone());
            }
        }
        for scenario in scenarios {
            let mut group = criterion.benchmark_group(&scenario);
            for block in suite.blocks.iter_mut().filter(|block| block.scenario == scenario) {
                let (size, law) = (block.size, block.law.clone());
                for cell in block.all_mut() {
                    let id = format!("{scenario}/{}/{size}", cell.backend);
                    if self.takes(cell, &id) {
                        let law = cell.law.as_ref().unwrap_or(&law).clone();
                        match self.bench(&mut group, &id, size, cell, &law) {
                            Ok(()) => {}
                            Err(Left::OutOfReader) => return,
                            Err(Left::Fault(fault)) => faults.push(fault),
                        }
                    }
                }
            }
            group.finish();
        }
        criterion.final_summary();
    }

    fn configure(&self) -> Criterion {
        let mut criterion = Criterion::default();
        if env::var_os("CRITERION_HOME").is_none() {
            criterion = criterion.output_directory(self.folder);
        }
        criterion
            .plotting_backend(PlottingBackend::Plotters)
            .sample_size(SAMPLES)
            .warm_up_time(self.time.mul_f64(0.2))
            .measurement_time(self.time.mul_f64(0.8))
            .nresamples(10_000)
            .configure_from_args()
    }

    fn takes(&self, cell: &Cell, id: &str) -> bool {
        // Another program does not let criterion time it.
        matches!(cell.work, Work::Run { .. })
            && cell.sampling == Sampling::Repeated
            && (self.selected)(id)
    }

    fn bench(
        &self,
        group: &mut BenchmarkGroup<'_, WallTime>,
        id: &str,
        size: u64,
        cell: &mut Cell,
        law: &SharedLaw,
    ) -> Result<(), Left> {
        let work = &mut cell.work;
        let clock = cell.clock;
        let name = BenchmarkId::new(&cell.backend, size);
        let bench = || {
            group.bench_function(name, |bencher| {
                bencher.iter_custom(|iterations| {
                    let mut once = || sampler::sample(work, iterations, law, &SystemClocks::new());
                    let outcome = match &self.watchdog {
                        Some(watchdog) => watchdog.during(id, &mut once),
                        None => once(),
                    };
                    match outcome {
                        // criterion's calibration cannot divide by zero.
                        Ok(sample) => Duration::from_nanos(sample.time.on(clock).max(1)),
                        // criterion has no way to refuse a sample but to be left.
                        Err(fault) => {
                            resume_unwind(Box::new(format!("{}: {}", fault.verdict, fault.why)))
                        }
                    }
                });
            });
        };
        catch_unwind(AssertUnwindSafe(bench)).map_err(|payload| {
            if lines::is_lost_line(&*payload) {
                return Left::OutOfReader;
            }
            Left::Fault(format!("{id}: {}", lines::of_panic(&*payload)))
        })
    }
}

/// Why a cell was left before its end.
enum Left {
    /// Nothing that criterion prints is read any more.
    OutOfReader,
    /// The cell failed, or criterion refused it.
    Fault(String),
}

/// Refuses plots by a program that is not there: criterion notices it after the measurement.
///
/// # Errors
/// What was asked for, and the way out.
pub fn check_plots(gnuplot: bool) -> Result<(), String> {
    let found = || Command::new("gnuplot").arg("--version").output().is_ok();
    if !gnuplot || found() {
        return Ok(());
    }
    Err("--plotting-backend gnuplot: found no program gnuplot; install it, or draw with plotters"
        .to_owned())
}
