//! How much memory an iteration of a cell takes, by cells that take what is known.

use std::{env, hint::black_box, sync::OnceLock, thread};

use libtest_mimic::{Failed, Trial};
use switchback_bench::{
    Block, Cell, Clock, Told, floor,
    results::{CellResult, Run, Verdict},
    witness::{Law, Witness},
};

use crate::{Folder, text};

const MIB: usize = 1 << 20;

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("an_iteration_has_the_memory_that_it_takes", is_what_it_takes),
        Trial::test("what_an_earlier_cell_gave_back_is_not_missed", is_of_its_own),
        Trial::test("what_goes_wrong_in_the_process_for_memory_is_a_verdict", is_verified),
        Trial::test("without_a_time_or_a_process_here_there_is_no_memory", is_left_out),
    ]
}

pub fn block() -> Block {
    let cell = |name: &str, take: fn()| {
        Cell::new(name, 1.0, move |iterations| {
            (0..iterations).for_each(|_| take());
            Ok(Witness::of(1))
        })
    };
    let told = Cell::told("elsewhere", 1.0, |iterations| {
        let wall = iterations * 1000;
        let time = switchback_bench::clock::Time { cpu: wall, wall };
        Ok(Told { witness: Witness::of(1), time, outside: wall, ..Told::default() })
    });
    Block::new("memory", 1, "run", || {
        // What the law takes is not what a cell takes.
        written(128 * MIB);
        Law::of(1)
    })
    .reference(floor::cell())
    .cell(cell("nothing", || ()))
    .cell(cell("much", || written(64 * MIB)))
    .cell(
        cell("on a thread", || drop(thread::spawn(|| written(64 * MIB)).join())).clock(Clock::Wall),
    )
    .cell(cell("small blocks", small_blocks))
    .cell(cell("small blocks again", small_blocks))
    .cell(cell("reserved only", || drop(black_box(Vec::<u8>::with_capacity(64 * MIB)))))
    .cell(Cell::new("wrong there", 1.0, |_| {
        let request = env::var("SWITCHBACK_WORKER").unwrap_or_default();
        Ok(Witness::of(if request.contains("\"memory_only\":true") { 2 } else { 1 }))
    }))
    .cell(Cell::new("wrong", 1.0, |_| Ok(Witness::of(2))))
    .cell(told)
}

fn written(bytes: usize) {
    black_box(vec![1_u8; bytes]);
}

/// So small that an allocator keeps them, once given back.
fn small_blocks() {
    let blocks: Vec<Vec<u8>> = (0..512).map(|_| vec![1_u8; 16 << 10]).collect();
    // One more on top of them, which stays: what lies below is not given back to the system.
    let top = vec![1_u8; 16 << 10];
    drop(black_box(blocks));
    std::mem::forget(top);
}

/// The run that all of these look at.
fn measured() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let folder = Folder::new("memory");
        let output = folder.bench("memory", &["--bench"]);
        assert_eq!(output.status.code(), Some(1), "two cells are wrong: {}", text(&output.stdout));
        folder.run()
    })
}

fn row<'a>(run: &'a Run, backend: &str) -> &'a CellResult {
    run.find("memory", backend, 1).unwrap()
}

/// The peak in MiB.
fn peak(run: &Run, backend: &str) -> f64 {
    let row = row(run, backend);
    assert_eq!(row.verdict, Verdict::Ok, "{row:?}");
    row.peak_memory.expect("Linux tells") as f64 / MIB as f64
}

fn is_what_it_takes() -> Result<(), Failed> {
    let run = measured();
    for (backend, least, most) in [
        ("nothing", 0.0, 4.0),
        (floor::NAME, 0.0, 4.0),
        // The kernel's own count lags behind by some pages.
        ("much", 63.5, 80.0),
        ("on a thread", 63.5, 80.0),
        ("reserved only", 0.0, 4.0),
    ] {
        let found = peak(run, backend);
        assert!((least..most).contains(&found), "{backend}: {found} MiB");
    }
    Ok(())
}

fn is_of_its_own() -> Result<(), Failed> {
    let run = measured();
    for backend in ["small blocks", "small blocks again"] {
        let found = peak(run, backend);
        assert!((7.5..12.0).contains(&found), "{backend}: {found} MiB");
    }
    Ok(())
}

fn is_verified() -> Result<(), Failed> {
    let run = measured();
    let row = row(run, "wrong there");
    assert_eq!((row.verdict, row.median, row.peak_memory), (Verdict::Failed, None, None));
    Ok(())
}

fn is_left_out() -> Result<(), Failed> {
    let run = measured();
    assert_eq!(row(run, "wrong").peak_memory, None);
    let told = row(run, "elsewhere");
    assert_eq!((told.verdict, told.peak_memory), (Verdict::Ok, None), "{told:?}");
    Ok(())
}
