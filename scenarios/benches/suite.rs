//! `cargo bench`: every scenario on every backend, with what they are compared with.

use std::path::Path;
use std::process::ExitCode;

use switchback::{Backend, Error};
use switchback_bench::{
    Block, Cell, Clock, Sampling, Suite, capacity::Probe, floor, repeat, witness::Law,
    witness::Witness,
};
use switchback_hard::Hard;
use switchback_scenarios::capacity;
use switchback_scenarios::features::{self, Feature, Game};
use switchback_scenarios::matrix::{Column, Probes, SCENARIOS, Scenario, backends};
use switchback_scenarios::sax::{self, Document};
use switchback_scenarios::work::Counting;
use switchback_scenarios::{factorial, naive, pickle, queens};
use switchback_soft::Soft;

fn main() -> ExitCode {
    let sizes =
        |scenario: &'static Scenario| scenario.sizes.iter().map(move |&size| (scenario, size));
    let blocks = SCENARIOS.iter().flat_map(sizes).map(|(scenario, size)| block(scenario, size));
    let features = [
        features("pingpong-features", Game::Pingpong, 10_000, "send and receive pair"),
        features("schedule-features", Game::Schedule, 2, "turn"),
    ];
    let blocks = blocks.chain(features);
    let capacity = backends().into_iter().flat_map(capacity).collect();
    switchback_bench::main(Suite { blocks: blocks.collect(), capacity, report })
}

/// How far a backend goes.
fn capacity(column: Column) -> [Probe; 2] {
    let Probes { blocked, calls } = column.capacity;
    let probe = |name, unit, probe: capacity::Probe| {
        Probe::new(column.name, name, unit, move |most, watch| {
            probe(most, watch).map_err(|error| error.to_string())
        })
    };
    [
        probe("blocked", "tasklets blocked at once", blocked),
        probe("calls", "levels of nested calls", calls),
    ]
}

fn report(results: &Path, html: &Path) -> Result<(), String> {
    switchback_report::render_file(results, html).map(drop).map_err(|error| error.to_string())
}

/// One scenario at one size: the backends, then what stands beside them.
fn block(scenario: &'static Scenario, size: u64) -> Block {
    let block = Block::new(scenario.id, size, scenario.operation, move || (scenario.law)(size));
    let block = backends()
        .into_iter()
        .fold(block, |block, column| block.cell(cell(scenario, column, size)));
    beside(block, scenario, size)
}

fn cell(scenario: &'static Scenario, column: Column, size: u64) -> Cell {
    let work = match column.work(scenario, size) {
        Ok(work) => work,
        Err(why) => return Cell::unsupported(column.name, why),
    };
    let run = move |counting| work(size, counting).map_err(|error| error.to_string());
    let operations = (scenario.operations)(size) as f64;
    let cell = Cell::new(column.name, operations, move |iterations| {
        repeat(iterations, || run(Counting::Off))
    })
    .clock(if column.elsewhere { Clock::Wall } else { Clock::ThreadCpu });
    let cell = if column.is_slow(scenario) {
        cell.sampling(Sampling::Once)
    } else {
        cell.audit(move || run(Counting::On))
    };
    if column.capabilities.order_exact {
        cell
    } else {
        cell.law(move || column.law(scenario, size))
    }
}

/// A micro scenario with the features of the scheduler in use, one after the other.
fn features(name: &str, game: Game, size: u64, operation: &str) -> Block {
    let block = Block::new(name, size, operation, move || features::law(game, size));
    let backends =
        [(Hard::NAME, features::run::<Hard> as Run), (Soft::NAME, features::run::<Soft>)];
    let cells = backends.into_iter().flat_map(|(name, run)| {
        game.features().iter().map(move |&feature| {
            let name = format!("{name}{}", feature.suffix());
            Cell::new(name, game.operations(size) as f64, move |iterations| {
                repeat(iterations, || run(feature, game, size).map_err(|e| e.to_string()))
            })
        })
    });
    cells.fold(block.reference(floor::cell()), Block::cell)
}

type Run = fn(Feature, Game, u64) -> Result<Witness, Error>;

/// The reference of a block, and rows that are no backends.
fn beside(block: Block, scenario: &'static Scenario, size: u64) -> Block {
    let operations = (scenario.operations)(size) as f64;
    let results = move || Law::of((scenario.law)(size).digest);
    let row = |name: &str, run: fn(u64) -> Result<Witness, String>| {
        Cell::new(name, operations, move |iterations| repeat(iterations, || run(size))).law(results)
    };
    match scenario.id {
        "factorial" => block.reference(row("plain-recursion", factorial::plain)),
        "sax" => block
            .reference(row("counter-in-handler", |size| in_document(size, sax::plain::counted)))
            .cell(
                row("lock-and-deque", |size| in_document(size, sax::plain::deque))
                    .clock(Clock::Wall),
            )
            .cell(
                row("queue-of-1000", |size| in_document(size, sax::plain::queue))
                    .clock(Clock::Wall),
            ),
        "queens" => block.reference(row("plain-backtracking", queens::plain)),
        "pickle" => block.reference(row("soft-unpickled", |depth| {
            pickle::run_unpickled::<Soft>(depth, Counting::Off).map_err(|error| error.to_string())
        })),
        "pingpong" => block.reference(floor::cell()).cell(row(naive::NAME, naive::pingpong)),
        "stream" => block.reference(floor::cell()).cell(row(naive::NAME, naive::stream)),
        "schedule" => block.reference(floor::cell()).cell(row(naive::NAME, naive::schedule)),
        "ring" => block.reference(floor::cell()).cell(row(naive::NAME, naive::ring)),
        "spawn" => block.reference(floor::cell()).cell(row(naive::NAME, naive::spawn)),
        _ => block.reference(floor::cell()),
    }
}

fn in_document(
    elements: u64,
    variant: fn(&str) -> Result<sax::Outcome, sax::push::Malformed>,
) -> Result<Witness, String> {
    let outcome = variant(Document::of(elements).text()).map_err(|error| error.to_string())?;
    Ok(Witness::of(sax::iterate::digest(outcome)))
}
