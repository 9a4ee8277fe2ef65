//! What `cargo bench` measures: the scenarios of a list on some backends, with their references.
//! [`bench!`](crate::bench) makes a whole bench target of it.

use std::path::Path;
use std::process::ExitCode;

use switchback::Capabilities;
use switchback_bench::{
    Block, Cell, Clock, Compiled, Sampling, Suite, capacity::Probe, floor, repeat,
    results::AboutBackend, witness::Law,
};

use crate::capacity;
use crate::matrix::{Column, Probes};
use crate::peers::{self, Peer};
use crate::rows;
use crate::scenario::{List, Reference, Row, Scenario, scenarios};
use crate::work::Counting;

/// The whole of a bench target's `main`: measures all scenarios of a list on `columns`, as
/// [`switchback_bench::main`] says, and writes the report beside the results. Conformance results
/// that `cargo test` left in the same target folder are part of it. The target says how it was
/// compiled: [`compiled!`](crate::compiled). Programs in other languages are measured beside the
/// backends, as [`chosen`](peers::chosen) says.
#[must_use]
pub fn main<L: List>(columns: &[Column<L>], compiled: Compiled) -> ExitCode {
    if let Some(code) = switchback_bench::begin() {
        return code;
    }
    match peers::chosen() {
        Ok(peers) => switchback_bench::main(with_peers(columns, &peers, compiled)),
        Err(why) => switchback_bench::refuse(&why),
    }
}

fn report(results: &Path, html: &Path) -> Result<(), String> {
    switchback_report::render_file(results, html).map(drop).map_err(|error| error.to_string())
}

/// All blocks, family by family, and the probes of all backends.
#[must_use]
pub fn suite<L: List>(columns: &[Column<L>], compiled: Compiled) -> Suite {
    with_peers(columns, &[], compiled)
}

/// The same with programs in other languages.
#[must_use]
pub fn with_peers<L: List>(columns: &[Column<L>], peers: &[Peer], compiled: Compiled) -> Suite {
    let all = scenarios::<L>();
    let sizes = |scenario: &&'static Scenario| {
        let scenario = *scenario;
        let usual = scenario.sizes.iter().map(move |&size| (scenario, size, false));
        usual.chain(scenario.large.iter().map(move |&size| (scenario, size, true)))
    };
    let blocks = all.iter().flat_map(sizes).map(|(scenario, size, large)| {
        let block = block(scenario, columns, size);
        let block =
            peers.iter().filter_map(|peer| peer.cell(scenario, size)).fold(block, Block::cell);
        if large { block.large() } else { block }
    });
    Suite {
        blocks: blocks.collect(),
        scenarios: all.iter().map(|scenario| scenario.about()).collect(),
        backends: columns
            .iter()
            .map(about)
            .chain(peers.iter().map(Peer::about))
            .chain(rows::known())
            .collect(),
        capacity: columns
            .iter()
            .flat_map(capacity)
            .chain(peers.iter().filter_map(Peer::probe))
            .collect(),
        report,
        compiled,
    }
}

/// What a backend is and claims. One from elsewhere has no words.
fn about<L>(column: &Column<L>) -> AboutBackend {
    let Capabilities { order_exact, blocking, portable, throw, kill, deadlock, parallel, .. } =
        column.nature.capabilities;
    let claims = [
        ("order_exact", order_exact),
        ("blocking", blocking),
        ("portable", portable),
        ("kill", throw || kill),
        ("deadlock", deadlock),
        ("parallel", parallel),
    ];
    AboutBackend {
        backend: column.name.to_owned(),
        group: if order_exact { "order-exact" } else { "unordered" }.to_owned(),
        words: rows::words(column.name).to_owned(),
        capabilities: claims.map(|(name, has)| (name.to_owned(), has)).into(),
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
    let cell =
        Cell::new(column.name, 1.0, move |iterations| repeat(iterations, || run(Counting::Off)))
            .counted(move || (scenario.operations)(size) as f64)
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
fn beside(row: Row, scenario: &'static Scenario, size: u64) -> Cell {
    let Row { name, elsewhere, run } = row;
    let law = scenario.law;
    Cell::new(name, 1.0, move |iterations| repeat(iterations, || run(size)))
        .counted(move || (scenario.operations)(size) as f64)
        .law(move || Law::of(law(size).digest))
        .clock(clock(elsewhere))
}

/// Makes the `main` of a bench target that measures backends of your own beside shipped ones: all
/// scenarios and capacity probes, verified, in the same blocks, with the command line and the
/// report of `cargo bench` here.
///
/// ```no_run
/// # mod my_crate { pub use switchback_hard::Hard as MyBackend; }
/// // benches/suite.rs, the whole of it
/// switchback_scenarios::bench!(my_crate::MyBackend);
/// ```
///
/// The manifest of the bench target needs this crate alone, and the backend:
///
/// ```toml
/// [dependencies]
/// my-crate = { path = ".." }
/// switchback-scenarios = { git = ".." }
///
/// [[bench]]
/// name = "suite"
/// harness = false
///
/// # In the manifest of the workspace: as the shipped figures are built. The report names the build.
/// [profile.bench]
/// lto = "fat"
/// codegen-units = 1
/// ```
///
/// Where something is to be said:
///
/// ```no_run
/// # mod my_crate { pub use switchback_hard::Hard as Stacks; pub use switchback_baton::Baton as Pool; }
/// use switchback_scenarios::matrix::Ours;
///
/// switchback_scenarios::list! {
///     /// Scenarios of your own: see the module `scenario`.
///     pub struct Mine;
/// }
///
/// switchback_scenarios::bench!(
///     my_crate::Stacks,
///     my_crate::Pool: on_workers;
///     beside = [hard, poll, may_many];
///     scenarios = (Ours, Mine);
/// );
/// ```
///
/// | part | what it says | if it is left out |
/// |---|---|---|
/// | `: on_workers` | tasklets run on threads of the backend's own: timed by the wall | the thread that calls `run` does the work |
/// | `: on_threads` | each tasklet is an OS thread: timed by the wall, and limited in number | |
/// | `beside` | shipped backends of [`matrix::shipped`](crate::matrix::shipped): `hard`, `direct` (Linux), `soft`, `poll`, `generator`, `baton`, `threads`, `threads_queue_1`, `threads_queue_1000`, `threads_deque`, `may_one`, `may_many`, `tokio_current`, `tokio_multi`, `smol`; `all` for all of them | `[hard, soft, tokio_current]` |
/// | `scenarios` | a [`List`] | [`Ours`](crate::matrix::Ours) |
///
/// The parts come in this order, with a semicolon before each. Rows of a scenario that are no
/// backends, such as `naive`, stand there whatever is chosen.
///
/// A backend that keeps other threads busy and does not say so gets no figures, but a sentence that
/// says what to write.
#[macro_export]
macro_rules! bench {
    (@beside) => { $crate::bench!(@beside [hard, soft, tokio_current]) };
    (@beside all) => { $crate::matrix::backends() };
    (@beside [$($name:ident),* $(,)?]) => { ::std::vec![$($crate::matrix::shipped::$name()),*] };
    (@scenarios) => { $crate::matrix::Ours };
    (@scenarios $list:ty) => { $list };
    (
        $($backend:ty $(: $place:ident)?),+ $(,)?
        $(; beside = $beside:tt)?
        $(; scenarios = $list:ty)?
        $(;)?
    ) => {
        // With the usual harness `main` is never called: that harness runs this instead.
        #[test]
        fn this_target_needs_harness_false() {
            ::core::panic!(
                "nothing was measured: `bench!` writes a `main` of its own. Write `harness = false` \
                 below the `name` of this target in Cargo.toml"
            );
        }

        fn main() -> ::std::process::ExitCode {
            #[allow(unused_imports, reason = "one of them is used for each backend")]
            use $crate::matrix::{OfBlocking as _, OfPortable as _, OfStackless as _};

            const fn is_a_backend<B: $crate::switchback::Backend>() {}
            const _: () = { $(is_a_backend::<$backend>();)+ };
            type Scenarios = $crate::bench!(@scenarios $($list)?);
            let own = ::std::vec![
                $((&&&$crate::matrix::Kind::<$backend>::new()).column::<Scenarios>()$(.$place())?),+
            ];
            let beside: ::std::vec::Vec<$crate::matrix::Column<Scenarios>> =
                $crate::bench!(@beside $($beside)?);
            $crate::suite::main(&[own, beside].concat(), $crate::compiled!())
        }
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "expected `bench!(Backend, ..; beside = [hard, ..]; scenarios = List;)`: types of backends, \
             each with `: on_workers` or `: on_threads` where its work is on other threads; then, in this \
             order and each behind a semicolon, `beside` with names such as `tokio_current` or `all`, and \
             `scenarios` with a list"
        );
    };
}
