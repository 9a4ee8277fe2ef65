//! The program behind `cargo bench`.

use std::{
    collections::BTreeSet,
    env, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use clap::Parser as _;

use crate::{
    arguments::{self, Arguments, Filter, Mode},
    book::Book,
    capacity::{self, Probe},
    criterion_face::{self, Face},
    dispatch,
    energy::{self, Meter},
    environment,
    fault::Fault,
    interrupt,
    lines::{self, Colours},
    paired::{self, Settings},
    peak,
    progress::{self, Progress},
    results::{self, Capacity, CellResult, Shard, Verdict},
    settings::{EFFORT, Effort, FAMILY, FORMAT, PEERS, Parameters, SHARD},
    shard::{self, Parts},
    suite::{Block, Cell, Suite, Work},
    summary::{self, Findings},
    table,
    watchdog::Watchdog,
    worker,
};

/// Exit code if something could not be run, as opposed to 1 for a cell that failed.
const COULD_NOT_RUN: u8 = 2;

/// The whole of a bench target's `main`: measures the suite as the arguments and environment
/// variables say (`--help` lists them), writes `run.json` and has the report rendered.
///
/// Exit code 0 if every selected cell is verified or unsupported, 1 if one is not, 2 if nothing
/// could be run: a refused argument or variable, an unknown family, or a filter that matches no
/// cell, 130 if it was interrupted by Ctrl-C: what is measured by then is kept. A reader of the output that leaves (`| head -1`) ends a list with 0 and changes nothing
/// about other runs. Child processes come back through this function too, so it must be called
/// before the target does anything else.
#[must_use]
pub fn main(mut suite: Suite) -> ExitCode {
    if let Some(code) = worker::serve(&mut suite).or_else(|| capacity::serve(&suite)) {
        return code;
    }
    if let Some(code) = begin() {
        return code;
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(page) => {
            // Help and version come as errors too; if they cannot be printed, nothing can.
            let _ = page.print();
            return if page.use_stderr() {
                ExitCode::from(COULD_NOT_RUN)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match Program::new(&suite, &arguments).and_then(|program| program.run(&mut suite)) {
        Ok(Ended::With(failures)) if failures.is_empty() => ExitCode::SUCCESS,
        Ok(Ended::With(_)) => ExitCode::FAILURE,
        Ok(Ended::Interrupted) => ExitCode::from(interrupt::CODE),
        Err(why) => {
            lines::complain(why);
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

/// Ends a bench target that cannot make its suite: says why and gives the exit code.
#[must_use]
pub fn refuse(why: &str) -> ExitCode {
    lines::complain(why);
    ExitCode::from(COULD_NOT_RUN)
}

/// Runs this program once more with its own options in variables: criterion reads the arguments itself and
/// refuses those that it does not know, and the suite is made before they are read.
fn again(arguments: &Arguments) -> ExitCode {
    let run = || -> io::Result<ExitCode> {
        let mut command = Command::new(env::current_exe()?);
        command.args(arguments::without_own(env::args_os().skip(1)));
        if let Some(family) = &arguments.family {
            command.env(FAMILY, family);
        }
        if let Some(peers) = &arguments.peers {
            command.env(PEERS, peers);
        }
        if let Some(effort) = arguments.effort {
            command.env(EFFORT, effort.name());
        }
        if let Some(shard) = &arguments.shard {
            command.env(SHARD, shard);
        }
        if let Some(format) = &arguments.format {
            command.env(FORMAT, format);
        }
        instead(command)
    };
    run().unwrap_or_else(|error| {
        lines::complain(format_args!(
            "--family, --effort, --peers, --shard and --format could not be passed on: {error}"
        ));
        ExitCode::from(COULD_NOT_RUN)
    })
}

/// Runs a program in the place of this one.
#[cfg(unix)]
fn instead(mut command: Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;

    Err(command.exec())
}

/// Runs a program in the place of this one.
#[cfg(not(unix))]
fn instead(mut command: Command) -> io::Result<ExitCode> {
    let code = command.status()?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::from(COULD_NOT_RUN), ExitCode::from))
}

/// Runs this program again if its arguments have options that are passed on in variables, and gives the
/// exit code then. [`main`] does so by itself. A target that reads the variables to make its suite
/// calls it first.
#[must_use]
pub fn begin() -> Option<ExitCode> {
    // Arguments that are wrong are told by `main`.
    let arguments = Arguments::try_parse().ok().filter(|_| !worker::is_worker())?;
    let own = [
        arguments.family.is_some(),
        arguments.effort.is_some(),
        arguments.peers.is_some(),
        arguments.shard.is_some(),
        arguments.json(),
    ];
    own.contains(&true).then(|| again(&arguments))
}

/// How many of each thing a test asks for.
const FEW: u64 = 1_000;

/// Deadlines of a cell that a probe may be silent for: to wake a million takes longer than a sample.
const SILENCE: u32 = 4;

struct Program {
    mode: Mode,
    filter: Filter,
    /// The ids of what is selected.
    selected: BTreeSet<String>,
    parameters: Parameters,
    profiles: bool,
    /// Width of the longest id.
    width: usize,
    colours: Colours,
    /// Whether what is asked for has a cell, in whatever part.
    asks: bool,
    /// The part of the run that this is.
    shard: Option<Shard>,
}

type Failures = Vec<String>;

/// How a run ended.
enum Ended {
    With(Failures),
    Interrupted,
}

impl Program {
    fn new(suite: &Suite, arguments: &Arguments) -> Result<Self, String> {
        check_names(suite)?;
        criterion_face::check_plots(arguments.plots_with_gnuplot())?;
        let cells = suite.blocks.iter().flat_map(|b| b.all().map(|cell| b.id(cell)));
        let ids = cells.chain(suite.capacity.iter().map(Probe::id));
        let width = ids.map(|id| id.len()).max().unwrap_or(0);
        let filter = arguments.filter()?;
        let parameters = Parameters::read(arguments.asked(), &|name| env::var_os(name))?;
        let selected = on_offer(suite, &parameters)?.into_iter().filter(|id| filter.selects(id));
        let mut selected: BTreeSet<String> = selected.collect();
        let asks = !selected.is_empty();
        let shard = parameters.shard.map(|part| {
            let parts = Parts::of(suite, &|id| selected.contains(id), part.of);
            let own = |place: Option<u32>| place == Some(part.number);
            let blocks = suite.blocks.iter().filter(|block| own(parts.block(block)));
            let cells = blocks.flat_map(|block| block.all().map(|cell| block.id(cell)));
            let probes = suite.capacity.iter().filter(|probe| own(parts.probe(probe)));
            let here: BTreeSet<String> = cells.chain(probes.map(Probe::id)).collect();
            selected.retain(|id| here.contains(id));
            let mut settings = parameters.decisive();
            settings.insert("filter".to_owned(), filter.words());
            settings.insert("blocks".to_owned(), parts.digest());
            let scenarios = each_once(suite.blocks.iter().map(|block| &block.scenario));
            let told = suite.backends.iter().map(|about| &about.backend);
            let cells = suite.blocks.iter().flat_map(Block::all).map(|cell| &cell.backend);
            let probes = suite.capacity.iter().map(|probe| &probe.backend);
            let backends = each_once(told.chain(cells).chain(probes));
            Shard { parts: vec![part.number], of: part.of, settings, scenarios, backends }
        });
        if parameters.json {
            if arguments.mode() == Mode::CriterionOnly {
                return Err("--format json: expected a measurement, found an option of criterion \
                            alone, which prints lines of its own"
                    .to_owned());
            }
            lines::for_programs();
        }
        Ok(Self {
            mode: arguments.mode(),
            selected,
            filter,
            parameters,
            profiles: arguments.profiles(),
            width,
            colours: Colours::new(arguments.colours()),
            asks,
            shard,
        })
    }

    fn selects(&self, id: &str) -> bool {
        self.selected.contains(id)
    }

    /// Whether the run is about the whole suite.
    fn is_all(&self) -> bool {
        self.filter.is_all() && self.parameters.family.is_none()
    }

    fn run(&self, suite: &mut Suite) -> Result<Ended, String> {
        if matches!(self.mode, Mode::Test | Mode::Measure)
            && let Err(why) = interrupt::watch()
        {
            lines::complain(why);
        }
        if self.mode != Mode::List {
            self.check_filter(suite)?;
        }
        match self.mode {
            Mode::List => match self.list(suite) {
                // The reader has seen enough.
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    Err(format!("the list cannot be printed: {error}"))
                }
                _ => Ok(Ended::With(Failures::new())),
            },
            Mode::Test => self.test(suite),
            Mode::Repeat(iterations) => Ok(Ended::With(self.repeat(suite, iterations))),
            Mode::Measure => self.measure(suite),
            Mode::CriterionOnly => {
                let selected = |id: &str| self.selects(id);
                Ok(Ended::With(self.criterion(suite, &selected, &target_folder()?)))
            }
        }
    }

    /// A filter that selects nothing is a mistake, except `--ignored`: test runners ask with it.
    fn check_filter(&self, suite: &Suite) -> Result<(), String> {
        if self.asks {
            if let Some(part) = self.parameters.shard.filter(|_| self.selected.is_empty()) {
                lines::say(format_args!(
                    "{part} has no cell: the others have all that is asked for"
                ));
            }
            return Ok(());
        }
        let family = self.parameters.family.as_deref();
        let of = family.map(|family| format!(" of the family {family:?}")).unwrap_or_default();
        let large = |block: &Block| {
            block.large
                && is_within(suite, &block.scenario, family)
                && block.all().any(|cell| self.filter.selects(&block.id(cell)))
        };
        let ids = if self.parameters.effort != Effort::Full && suite.blocks.iter().any(large) {
            "large sizes need --effort full"
        } else {
            "--list prints the ids of all cells"
        };
        match &self.filter {
            Filter::Matching(pattern) => {
                Err(format!("no cell{of} matches the filter {:?}: {ids}", pattern.as_str()))
            }
            Filter::Exactly(id) => Err(format!("no cell{of} has the id {id:?}: {ids}")),
            Filter::All if self.mode == Mode::Measure => {
                Err("the suite has no cell to measure".to_owned())
            }
            Filter::Nothing if self.mode == Mode::Measure => {
                Err("--ignored selects no cell: leave it out to measure".to_owned())
            }
            Filter::All | Filter::Nothing => Ok(()),
        }
    }

    fn list(&self, suite: &Suite) -> io::Result<()> {
        let cells = self.selected(suite).filter(|(_, cell)| cell.is_supported());
        let ids = cells.map(|(block, cell)| block.id(cell));
        ids.chain(self.probes(suite).map(Probe::id)).try_for_each(|id| {
            if self.parameters.json {
                lines::record(&serde_json::json!({ "id": id }))
            } else {
                lines::list(format_args!("{id}: benchmark"))
            }
        })
    }

    fn selected<'a>(&self, suite: &'a Suite) -> impl Iterator<Item = (&'a Block, &'a Cell)> {
        let all = suite.blocks.iter().flat_map(|block| block.all().map(move |cell| (block, cell)));
        all.filter(|(block, cell)| self.selects(&block.id(cell)))
    }

    fn probes<'a>(&self, suite: &'a Suite) -> impl Iterator<Item = &'a Probe> {
        suite.capacity.iter().filter(|probe| self.selects(&probe.id()))
    }

    /// Backends of a block that must run: the selected ones, and when measuring the reference.
    fn to_run(&self, block: &Block) -> Vec<String> {
        let selected = |cell: &&Cell| self.selects(&block.id(cell)) && cell.is_supported();
        let mut names: Vec<String> =
            block.all().filter(selected).map(|cell| cell.backend.clone()).collect();
        if let (Some(reference), Mode::Measure) = (&block.reference, self.mode)
            && !names.is_empty()
            && !names.contains(&reference.backend)
        {
            names.insert(0, reference.backend.clone());
        }
        names
    }

    fn test(&self, suite: &Suite) -> Result<Ended, String> {
        let mut spread = self.parameters.spread.clone();
        spread.processes = 1;
        spread.settings = Settings { verify_only: true, ..spread.settings };
        let mut failures = Failures::new();
        for block in &suite.blocks {
            self.unsupported(suite, block);
            let names = self.to_run(block);
            if names.is_empty() {
                continue;
            }
            let mut findings = dispatch::measure(block, names.clone(), &spread, &mut |_| ())
                .map_err(|e| cannot_start(&e))?;
            if interrupt::is_asked() {
                return Ok(Ended::Interrupted);
            }
            large_is_no_failure(block, &mut findings);
            for name in names {
                let id = format!("{}/{name}/{}", block.scenario, block.size);
                self.record_test(suite, block, &name, summary::fault(&findings, &name));
                match summary::fault(&findings, &name) {
                    None => lines::say(format_args!("{id:width$}  ok", width = self.width)),
                    Some(fault) => {
                        let text = format!("{}: {}", fault.verdict, fault.why);
                        lines::say(format_args!("{id:width$}  {text}", width = self.width));
                        if fault.verdict.is_failure() {
                            failures.push(id);
                        }
                    }
                }
            }
        }
        for probe in self.probes(suite) {
            let Some(found) = self.probe(probe, FEW)? else {
                return Ok(Ended::Interrupted);
            };
            if found.verdict.is_failure() {
                failures.push(found.id());
            }
            self.record(&found);
            lines::say(progress::describe_capacity(&found, self.width));
        }
        Ok(Ended::With(failures))
    }

    /// Runs and verifies each cell so often, and says how it went. The process is this one, so a cell that
    /// crashes ends the run.
    fn repeat(&self, suite: &mut Suite, iterations: u64) -> Failures {
        let mut failures = Failures::new();
        for block in &mut suite.blocks {
            for (id, fault) in paired::repeat(block, &|id| self.selects(id), iterations) {
                let text = fault.as_ref().map_or_else(
                    || format!("ok  {iterations} times"),
                    |fault| format!("{}: {}", fault.verdict, fault.why),
                );
                lines::say(format_args!("{id:width$}  {text}", width = self.width));
                if fault.is_some_and(|fault| fault.verdict.is_failure()) {
                    failures.push(id);
                }
            }
        }
        failures
    }

    /// Writes a result for programs, if they read the output.
    fn record(&self, result: &impl serde::Serialize) {
        if self.parameters.json {
            // A line that is lost is no fault: files and exit code hold the same.
            let _ = lines::record(result);
        }
    }

    /// A result without times.
    fn record_test(&self, suite: &Suite, block: &Block, backend: &str, fault: Option<&Fault>) {
        let verdict = fault.map_or(Verdict::Ok, |fault| fault.verdict);
        let why = fault.map(|fault| fault.why.clone());
        let (scenario, size) = (&block.scenario, block.size);
        let mut result = CellResult::untimed(scenario, backend, size, &block.unit, verdict, why);
        result.reproduce = Some(suite.compiled.command(&result.id()));
        self.record(&result);
    }

    /// Says which cells a filter names that cannot be run; without a filter they are many.
    fn unsupported(&self, suite: &Suite, block: &Block) {
        for cell in block.all().filter(|_| !self.is_all()) {
            let id = block.id(cell);
            if let Work::Unsupported(why) = &cell.work
                && self.selects(&id)
            {
                let width = self.width;
                let fault = Fault { verdict: Verdict::Unsupported, why: why.clone() };
                self.record_test(suite, block, &cell.backend, Some(&fault));
                lines::say(format_args!("{id:width$}  {}: {why}", Verdict::Unsupported));
            }
        }
    }

    /// Nothing if the run was interrupted.
    fn probe(&self, probe: &Probe, most: u64) -> Result<Option<Capacity>, String> {
        let deadline = self.parameters.spread.deadline * SILENCE;
        capacity::measure(probe, most, deadline).map_err(|e| cannot_start(&e))
    }

    fn measure(&self, suite: &mut Suite) -> Result<Ended, String> {
        let target = target_folder()?;
        let folder = self.parameters.output.clone().unwrap_or_else(|| target.join("switchback"));
        std::fs::create_dir_all(&folder).map_err(|error| {
            format!(
                "SWITCHBACK_OUTPUT: expected a folder for results, found {}: {error}",
                folder.display()
            )
        })?;
        let (json, html) = (folder.join("run.json"), folder.join("report.html"));
        let seed = self.parameters.spread.settings.seed;
        let environment =
            environment::capture(seed, self.parameters.commit.as_deref(), &suite.compiled);
        let ids = suite.blocks.iter().flat_map(|b| b.all().map(|cell| b.id(cell)));
        let probes = suite.capacity.iter().map(Probe::id);
        let words = (suite.scenarios.clone(), suite.backends.clone());
        let mut book = Book::new(&json, environment, ids, words, probes);
        match &self.shard {
            // A part is not joined with what another part has left: `switchback-report merge` does that.
            Some(shard) => book.is_part(shard.clone()),
            None if self.is_all() => {}
            None => {
                if let Some(note) = book.keep_earlier() {
                    lines::say(note);
                }
            }
        }
        lines::say(format_args!("order of samples from seed {seed}"));
        let (measured, mut failures) = self.fill(suite, &mut book)?;
        let cut_short = interrupt::is_asked();
        book.save(!cut_short).map_err(|e| e.to_string())?;
        if cut_short {
            lines::say("\ninterrupted: what is measured is kept; a second Ctrl-C ends at once");
        }
        self.show(&book, &measured);
        let report = (suite.report)(&json, &html);
        // Whatever comes now adds nothing to the results.
        interrupt::at_once();
        let interrupted = interrupt::is_asked();
        if !interrupted {
            failures.extend(self.criterion_after(suite, &book, &target));
        }
        if !failures.is_empty() {
            let heading = self.colours.failure(&format!("{} failed:", failures.len()));
            // A line that is lost is no fault: files and exit code hold the same.
            let _ = lines::painted(&format!("\n{heading}"));
            failures.iter().for_each(|failure| lines::say(format_args!("  {failure}")));
        }
        lines::say(format_args!("\nresults  {}", json.display()));
        match report.map_err(|why| format!("no report: {why}")) {
            Ok(()) => lines::say(format_args!("report   {}", html.display())),
            Err(why) if interrupted => lines::complain(why),
            Err(why) => return Err(why),
        }
        Ok(if interrupted { Ended::Interrupted } else { Ended::With(failures) })
    }

    /// Prints what was measured as a table, for people.
    fn show(&self, book: &Book, measured: &[String]) {
        if self.parameters.json {
            return;
        }
        let width = progress::width(&io::stdout());
        let cells: Vec<&CellResult> = measured.iter().filter_map(|id| book.find(id)).collect();
        let probes: Vec<&Capacity> =
            measured.iter().filter_map(|id| book.find_capacity(id)).collect();
        let lines = table::of_cells(&cells, width, self.colours).into_iter();
        for line in lines.chain(table::of_capacity(&probes, width, self.colours)) {
            // A line that is lost is no fault: files and exit code hold the same.
            let _ = lines::painted(&line);
        }
    }

    /// Measures block after block, then probe after probe, saving after each, until all are done or the
    /// run is interrupted. Gives the ids of what was measured, and what failed.
    fn fill(&self, suite: &Suite, book: &mut Book) -> Result<(Vec<String>, Failures), String> {
        for (block, cell) in self.selected(suite) {
            book.clear(&block.id(cell));
        }
        let blocks: Vec<&Block> = suite
            .blocks
            .iter()
            .filter(|block| block.all().any(|cell| self.selects(&block.id(cell))))
            .collect();
        let most = self.parameters.capacity;
        let probes: Vec<&Probe> = self.probes(suite).filter(|_| most > 0).collect();
        let cells = blocks.iter().map(|block| self.wanted(block).len()).sum::<usize>();
        let expected = blocks.iter().map(|block| shard::expected(block)).sum::<f64>()
            + shard::EXPECTED_OF_PROBE * probes.len() as f64;
        let progress = Progress::new(cells + probes.len(), expected);
        let mut measured = Vec::new();
        let mut meter = Meter::begin(Path::new(energy::COUNTERS), Instant::now());
        for block in blocks.into_iter().take_while(|_| !interrupt::is_asked()) {
            measured.extend(self.fill_block(suite, block, book, (&progress, &mut meter))?);
        }
        book.took(meter.and_then(|meter| meter.end(Instant::now())));
        let mut failures = self.failures(suite, book);
        for probe in probes.into_iter().take_while(|_| !interrupt::is_asked()) {
            book.clear(&probe.id());
            progress.runs(probe.id());
            let Some(mut found) = self.probe(probe, most)? else { break };
            found.reproduce = Some(suite.compiled.command(&found.id()));
            if found.verdict.is_failure() {
                let why = found.why.as_deref().unwrap_or("no reason given");
                failures.push(format!("{}: {}: {why}", found.id(), found.verdict));
            }
            measured.push(found.id());
            book.enter_capacity(found.clone());
            book.save(false).map_err(|e| e.to_string())?;
            let line = progress::describe_capacity(&found, self.width);
            progress.done(&line, found.verdict);
            self.record(&found);
            progress.step(1, shard::EXPECTED_OF_PROBE);
        }
        progress.end();
        Ok((measured, failures))
    }

    /// Measures a block and gives the ids of its results: none if the run was interrupted before a
    /// process came to its end.
    fn fill_block(
        &self,
        suite: &Suite,
        block: &Block,
        book: &mut Book,
        (progress, meter): (&Progress, &mut Option<Meter>),
    ) -> Result<Vec<String>, String> {
        let too_long = too_long(block, book);
        let mut names = self.to_run(block);
        names.retain(|name| !too_long.iter().any(|(own, _)| own == name));
        let mut begins = |name: &str| {
            progress.runs(format!("{}/{name}/{}", block.scenario, block.size));
            if let Some(meter) = meter {
                meter.look(Instant::now());
            }
        };
        let spread = &self.parameters.spread;
        let mut findings =
            dispatch::measure(block, names, spread, &mut begins).map_err(|e| cannot_start(&e))?;
        if interrupt::is_asked() && findings.processes.is_empty() {
            return Ok(Vec::new());
        }
        peak::measure(block, &mut findings, spread, &mut begins).map_err(|e| cannot_start(&e))?;
        large_is_no_failure(block, &mut findings);
        findings.fatal.extend(too_long);
        let names = self.wanted(block);
        let mut results = summary::results(block, &findings, &|name| names.contains(&name));
        for result in &mut results {
            result.reproduce = Some(suite.compiled.command(&result.id()));
        }
        book.enter(results.clone());
        // Before the lines: what a person has seen is safe.
        book.save(false).map_err(|e| e.to_string())?;
        for result in &results {
            progress.done(&progress::describe(result, self.width), result.verdict);
            self.record(result);
        }
        progress.step(results.len(), shard::expected(block));
        Ok(results.iter().map(CellResult::id).collect())
    }

    /// Backends of a block that get a result: those that run, and selected ones that do not.
    fn wanted<'a>(&self, block: &'a Block) -> Vec<&'a str> {
        let run = self.to_run(block);
        let cells =
            block.all().filter(|cell| run.contains(&cell.backend) || self.selects(&block.id(cell)));
        cells.map(|cell| cell.backend.as_str()).collect()
    }

    fn failures(&self, suite: &Suite, book: &Book) -> Failures {
        let results = suite.blocks.iter().flat_map(|block| {
            let names = self.to_run(block).into_iter();
            names.filter_map(|name| book.find(&format!("{}/{name}/{}", block.scenario, block.size)))
        });
        let failed = results.filter(|result| result.verdict.is_failure());
        let text = |result: &CellResult| {
            let why = result.why.as_deref().unwrap_or("no reason given");
            format!("{}: {}: {why}", result.id(), result.verdict)
        };
        failed.map(text).collect()
    }

    /// criterion over the verified cells that it can measure in the time it has.
    fn criterion_after(&self, suite: &mut Suite, book: &Book, target: &Path) -> Failures {
        let time = self.parameters.criterion;
        if time.is_zero() {
            return Failures::new();
        }
        let longest = time.as_nanos() as f64 * 4.0 / criterion_face::SAMPLES as f64;
        let mut fast = Vec::new();
        for (block, cell) in self.selected(suite) {
            let id = block.id(cell);
            let Some(result) = book.find(&id).filter(|r| r.verdict == Verdict::Ok) else {
                continue;
            };
            match result.wall.map(|time| time * cell.operations()) {
                Some(iteration) if iteration > longest => lines::say(format_args!(
                    "{id}: left out of criterion, one iteration takes {}",
                    progress::nanoseconds(iteration)
                )),
                _ => fast.push(id),
            }
        }
        self.criterion(suite, &|id| fast.iter().any(|own| own == id), target)
    }

    fn criterion(
        &self,
        suite: &mut Suite,
        selected: &dyn Fn(&str) -> bool,
        target: &Path,
    ) -> Failures {
        let deadline = self.parameters.spread.deadline + self.parameters.criterion;
        let watchdog = (!self.profiles).then(|| Watchdog::new(deadline));
        let folder = target.join("criterion");
        let time = self.parameters.criterion.max(Duration::from_millis(1));
        Face { selected, time, folder: &folder, watchdog }.run(suite)
    }
}

/// Longest run of a cell at a large size, in seconds.
const LONGEST_RUN: f64 = 5.0;

/// Cells of a large size of which a single run would take too long, going by a smaller size.
fn too_long(block: &Block, book: &Book) -> Vec<(String, Fault)> {
    let cells = block.all().filter(|cell| block.large && cell.is_supported());
    let judged = cells.filter_map(|cell| {
        let smaller = book.smaller(&block.scenario, &cell.backend, block.size)?;
        let seconds = smaller.wall? * cell.operations() / 1e9;
        (seconds > LONGEST_RUN).then(|| {
            let why = format!(
                "one run would take some {seconds:.0} s, going by size {}; at most {LONGEST_RUN} s \
                 are measured",
                smaller.size
            );
            (cell.backend.clone(), Fault { verdict: Verdict::Unsupported, why })
        })
    });
    judged.collect()
}

/// A run of a large size that does not end in time is left out like one that would take too long: it
/// cannot be known before, where there is no smaller size or the cost grows faster than the size.
fn large_is_no_failure(block: &Block, findings: &mut Findings) {
    for (_, fault) in findings.fatal.iter_mut().filter(|_| block.large) {
        if fault.verdict == Verdict::Timeout {
            fault.verdict = Verdict::Unsupported;
            fault.why = format!("{}: too slow for this large size, or it hangs", fault.why);
        }
    }
}

/// The ids of the cells of the family and the effort that are asked for. Without a family, the
/// probes as well.
fn on_offer(suite: &Suite, parameters: &Parameters) -> Result<Vec<String>, String> {
    let family = parameters.family.as_deref();
    let wanted = |block: &Block| !block.large || parameters.effort == Effort::Full;
    let known = |name: &str| suite.scenarios.iter().any(|about| about.family == name);
    if let Some(name) = family.filter(|name| name.is_empty() || !known(name)) {
        let mut families: Vec<&str> = Vec::new();
        for about in suite.scenarios.iter().filter(|about| !about.family.is_empty()) {
            if !families.contains(&about.family.as_str()) {
                families.push(&about.family);
            }
        }
        return Err(match families.as_slice() {
            [] => format!("--family: expected none, the suite has no families; found {name:?}"),
            names => format!("--family: expected one of {}; found {name:?}", names.join(", ")),
        });
    }
    let within = |block: &&Block| is_within(suite, &block.scenario, family);
    let blocks = suite.blocks.iter().filter(within).filter(|block| wanted(block));
    let cells = blocks.flat_map(|block| block.all().map(|cell| block.id(cell)));
    let probes = suite.capacity.iter().filter(|_| family.is_none()).map(Probe::id);
    Ok(cells.chain(probes).collect())
}

/// Whether a scenario is of the family, if one is asked for.
fn is_within(suite: &Suite, scenario: &str, family: Option<&str>) -> bool {
    family.is_none_or(|family| {
        suite.scenarios.iter().any(|about| about.scenario == scenario && about.family == family)
    })
}

/// Names in the order in which they come first.
fn each_once<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(*name)).cloned().collect()
}

/// An id must name one cell: results, filters and criterion all go by it.
fn check_names(suite: &Suite) -> Result<(), String> {
    let cells = suite.blocks.iter().flat_map(Block::all).map(|cell| ("backend", &cell.backend));
    let blocks = suite.blocks.iter().map(|block| ("scenario", &block.scenario));
    for (what, name) in blocks.chain(cells) {
        let slash = || format!("expected no `/`, which parts an id, found {name:?}");
        let cause = results::no_name(name).or_else(|| name.contains('/').then(slash));
        if let Some(cause) = cause {
            return Err(format!("the name of a {what}: {cause}"));
        }
    }
    if let Some(block) = suite.blocks.iter().find(|block| block.size == 0) {
        return Err(format!(
            "scenario {} has a block of size 0; expected at least 1, so that a cost per operation \
             can be told",
            block.scenario
        ));
    }
    let mut blocks = BTreeSet::new();
    for block in &suite.blocks {
        if !blocks.insert((&block.scenario, block.size)) {
            return Err(format!(
                "the suite has scenario {} at size {} twice; expected each size of a scenario once, \
                 and a name for own scenarios that no shipped one has",
                block.scenario, block.size
            ));
        }
    }
    let mut seen = BTreeSet::new();
    for (block, cell) in suite.blocks.iter().flat_map(|b| b.all().map(move |cell| (b, cell))) {
        if !seen.insert(block.id(cell)) {
            let (id, name) = (block.id(cell), &cell.backend);
            return Err(format!(
                "the suite has two cells {id}: two of its backends or rows are named {name:?}; \
                 expected a name of its own for each"
            ));
        }
    }
    let mut scenarios = BTreeSet::new();
    for about in &suite.scenarios {
        if !scenarios.insert(about.scenario.as_str()) {
            return Err(format!("the suite has two scenarios {}", about.scenario));
        }
    }
    for id in suite.capacity.iter().map(Probe::id) {
        if seen.contains(&id) {
            return Err(format!("the suite has two cells {id}"));
        }
        seen.insert(id);
    }
    Ok(())
}

fn cannot_start(error: &io::Error) -> String {
    format!("a measuring process could not be used: {error}")
}

/// The target directory: cargo marks it with a tag, and the program lies somewhere inside. This
/// holds for CARGO_TARGET_DIR, cross compilation and every profile alike.
fn target_folder() -> Result<PathBuf, String> {
    let program = env::current_exe().map_err(|e| format!("where is this program? {e}"))?;
    let tagged = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    Ok(tagged.map_or_else(|| PathBuf::from("target"), Path::to_owned))
}
