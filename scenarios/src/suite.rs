//! What `cargo bench` measures: the scenarios of a list on some backends, with their references.

use std::path::Path;
use std::process::ExitCode;

use switchback_bench::{
    Block, Cell, Clock, Compiled, Sampling, Suite, capacity::Probe, floor, repeat, witness::Law,
};

use crate::capacity;
use crate::matrix::{Column, Probes};
use crate::scenario::{List, Reference, Row, Scenario, scenarios};
use crate::work::Counting;

/// Renders a results file into an HTML file; see [`Suite::report`].
pub type Report = fn(&Path, &Path) -> Result<(), String>;

/// The whole of a bench target's `main`: measures all scenarios of a list on `columns` and has the
/// report rendered, as [`switchback_bench::main`] says. The target says how it was compiled:
/// [`compiled!`](crate::compiled).
#[must_use]
pub fn main<L: List>(columns: &[Column<L>], report: Report, compiled: Compiled) -> ExitCode {
    switchback_bench::main(suite(columns, report, compiled))
}

/// All blocks, family by family, and the probes of all backends.
#[must_use]
pub fn suite<L: List>(columns: &[Column<L>], report: Report, compiled: Compiled) -> Suite {
    let all = scenarios::<L>();
    let sizes = |scenario: &&'static Scenario| {
        let scenario = *scenario;
        scenario.sizes.iter().map(move |&size| (scenario, size))
    };
    let blocks = all.iter().flat_map(sizes).map(|(scenario, size)| block(scenario, columns, size));
    Suite {
        blocks: blocks.collect(),
        scenarios: all.iter().map(|scenario| scenario.about()).collect(),
        capacity: columns.iter().flat_map(capacity).collect(),
        report,
        compiled,
    }
}

/// How far a backend goes.
fn capacity<L>(column: &Column<L>) -> [Probe; 2] {
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

/// One scenario at one size: the reference, the backends, then what stands beside them.
fn block<L: List>(scenario: &'static Scenario, columns: &[Column<L>], size: u64) -> Block {
    let law = scenario.law;
    let block = Block::new(scenario.id, size, scenario.operation, move || law(size));
    let block = block.reference(match scenario.reference {
        Reference::BareSwitch => floor::cell(),
        Reference::Row(row) => beside(row, scenario, size),
    });
    let cells = columns.iter().filter_map(|column| cell(scenario, column, size));
    let rows = scenario.beside.iter().map(|row| beside(*row, scenario, size));
    cells.chain(rows).fold(block, Block::cell)
}

fn cell<L: List>(scenario: &'static Scenario, column: &Column<L>, size: u64) -> Option<Cell> {
    let work = match column.work(scenario, size)? {
        Ok(work) => work,
        Err(why) => return Some(Cell::unsupported(column.name, why)),
    };
    let run = move |counting| work(size, counting).map_err(|error| error.to_string());
    let operations = (scenario.operations)(size) as f64;
    let cell = Cell::new(column.name, operations, move |iterations| {
        repeat(iterations, || run(Counting::Off))
    })
    .clock(clock(column.elsewhere));
    let cell = if (scenario.slow)(&column.nature) {
        cell.sampling(Sampling::Once)
    } else {
        cell.audit(move || run(Counting::On))
    };
    Some(if column.capabilities().order_exact {
        cell
    } else {
        let nature = column.nature;
        cell.law(move || nature.law(scenario, size))
    })
}

const fn clock(elsewhere: bool) -> Clock {
    if elsewhere { Clock::Wall } else { Clock::ThreadCpu }
}

/// A row that is no backend: held to the results of the law, not to its counts.
fn beside(row: Row, scenario: &Scenario, size: u64) -> Cell {
    let Row { name, elsewhere, run } = row;
    let (law, operations) = (scenario.law, (scenario.operations)(size) as f64);
    Cell::new(name, operations, move |iterations| repeat(iterations, || run(size)))
        .law(move || Law::of(law(size).digest))
        .clock(clock(elsewhere))
}
