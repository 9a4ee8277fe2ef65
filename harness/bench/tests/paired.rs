//! The paired measurement, with cells whose time passes on a clock of the test's own.

use std::{cell::RefCell, rc::Rc};

use switchback_bench::{
    Block, Cell, Clock, Sampling,
    clock::{Clocks, Time},
    paired::{self, BlockSamples, Settings},
    results::{CellResult, Verdict},
    summary::{self, Findings},
    witness::{Law, Witness},
};

/// A clock that stands still unless a cell works; the CPU time of other threads; and whether a
/// thread that nobody waits for works all the time.
#[derive(Clone, Default)]
struct Fake(Rc<RefCell<Time>>, Rc<RefCell<u64>>, Rc<RefCell<bool>>);

impl Fake {
    /// A cell that works on the measuring thread for `time` ns, and on others for `others` ns.
    fn shared(&self, name: &str, time: u64, others: u64) -> Cell {
        let clock = self.clone();
        Cell::new(name, 10.0, move |iterations| {
            clock.pass(iterations * time, iterations * (time + others));
            *clock.1.borrow_mut() += iterations * others;
            Ok(Witness::of(7))
        })
    }

    fn pass(&self, cpu: u64, wall: u64) {
        let mut time = self.0.borrow_mut();
        time.cpu += cpu;
        time.wall += wall;
        if *self.2.borrow() {
            *self.1.borrow_mut() += wall;
        }
    }

    /// A cell that leaves such a thread behind.
    fn leaving(&self, name: &str, time: u64) -> Cell {
        let clock = self.clone();
        Cell::new(name, 10.0, move |iterations| {
            *clock.2.borrow_mut() = true;
            clock.pass(iterations * time, iterations * time);
            Ok(Witness::of(7))
        })
    }

    /// A cell whose iteration takes `time` ns and does ten operations.
    fn cell(&self, name: &str, time: u64) -> Cell {
        let clock = self.clone();
        Cell::new(name, 10.0, move |iterations| {
            clock.pass(iterations * time, iterations * time);
            Ok(Witness::of(7))
        })
    }
}

impl Clocks for Fake {
    fn read(&self) -> Time {
        *self.0.borrow()
    }

    fn process(&self) -> Option<u64> {
        Some(self.0.borrow().cpu + *self.1.borrow())
    }
}

#[test]
fn work_on_other_threads_is_not_timed_by_the_measuring_one() {
    let clock = Fake::default();
    let block = block()
        .reference(clock.cell("floor", 50))
        .cell(clock.shared("hidden", 10, 90))
        .cell(clock.shared("declared", 10, 90).clock(Clock::Wall))
        .cell(clock.shared("alone", 100, 5));
    let results = run(block, &clock, 2);
    let [floor, hidden, declared, alone] = &results[..] else { panic!("{results:?}") };
    assert_eq!((hidden.verdict, hidden.median), (Verdict::Failed, None));
    assert!(hidden.why.as_deref().is_some_and(|why| why.contains("say `on_workers`")));
    assert_eq!((declared.verdict, declared.median), (Verdict::Ok, Some(10.0)));
    assert_eq!((alone.verdict, alone.median), (Verdict::Ok, Some(10.0)));
    assert_eq!(floor.verdict, Verdict::Ok);
}

#[test]
fn a_cell_whose_threads_work_on_is_named_and_not_those_that_they_disturb() {
    let spoilt_by = |block: Block, clock: &Fake| samples_of(block, clock, &SETTINGS).0.spoilt_by;
    let clock = Fake::default();
    let around = |middle: Cell, clock: &Fake| {
        let block = block().reference(clock.cell("floor", 50)).cell(clock.cell("before", 50));
        block.cell(middle).cell(clock.cell("behind", 50))
    };
    let named = spoilt_by(around(clock.leaving("busy", 50), &clock), &clock);
    assert_eq!(named.as_deref(), Some("busy"));
    let clock = Fake::default();
    let block = block().reference(clock.cell("floor", 50)).cell(clock.leaving("last", 50));
    assert_eq!(spoilt_by(block, &clock).as_deref(), Some("last"));
    let clock = Fake::default();
    assert_eq!(spoilt_by(around(clock.shared("hidden", 10, 90), &clock), &clock), None);
    let clock = Fake::default();
    let hidden = |name| clock.shared(name, 10, 90);
    let block =
        self::block().reference(clock.cell("floor", 50)).cell(hidden("a")).cell(hidden("b"));
    assert_eq!(spoilt_by(block, &clock), None, "they disturb nothing but themselves");
}

const SETTINGS: Settings = Settings {
    budget: 1_000_000,
    sample: 1000,
    seed: 1,
    process: 0,
    verify_only: false,
    memory_only: false,
};

fn block() -> Block {
    Block::new("fake", 3, "operation", || Law { messages: Some(1), ..Law::of(7) })
}

/// Measures in `processes` processes, all of them this one.
fn run(mut block: Block, clock: &Fake, processes: u64) -> Vec<CellResult> {
    let mut findings = Findings::default();
    for process in 0..processes {
        let settings = Settings { process, ..SETTINGS };
        let samples = paired::measure(&mut block, &|_| true, &settings, clock, &mut |_| ());
        findings.processes.push(samples);
    }
    summary::results(&block, &findings, &|_| true)
}

fn samples_of(mut block: Block, clock: &Fake, settings: &Settings) -> (BlockSamples, Vec<String>) {
    let mut order = Vec::new();
    let samples = paired::measure(&mut block, &|_| true, settings, clock, &mut |name| {
        order.push(name.to_owned());
    });
    (samples, order)
}

#[test]
fn a_cell_twice_as_slow_has_the_ratio_two_and_an_exact_time() {
    let clock = Fake::default();
    let block = block().reference(clock.cell("floor", 50)).cell(clock.cell("slow", 100));
    let results = run(block, &clock, 2);
    let [floor, slow] = &results[..] else { panic!("{results:?}") };
    assert_eq!((floor.median, floor.ratio), (Some(5.0), Some(1.0)));
    assert_eq!((slow.median, slow.low, slow.high), (Some(10.0), Some(10.0), Some(10.0)));
    assert_eq!((slow.ratio, slow.ratio_low, slow.ratio_high), (Some(2.0), Some(2.0), Some(2.0)));
    assert_eq!(slow.reference.as_deref(), Some("floor"));
    assert_eq!((slow.verdict, slow.processes), (Verdict::Ok, Some(2)));
    assert_eq!(slow.unit, "nanoseconds per operation");
}

#[test]
fn the_reference_against_itself_shows_a_band_near_zero() {
    let clock = Fake::default();
    let results = run(block().reference(clock.cell("floor", 50)), &clock, 1);
    assert_eq!(results[0].band, Some(0.0));
}

#[test]
fn noise_that_hits_the_reference_shows_in_the_band() {
    let clock = Fake::default();
    let (own, mut calls) = (clock.clone(), 0);
    let noisy = Cell::new("floor", 10.0, move |iterations| {
        calls += 1;
        // From 50 to 90, without a common period with the two calls of a round.
        let time = 50 + calls * 13 % 41;
        own.pass(iterations * time, iterations * time);
        Ok(Witness::of(7))
    });
    let results = run(block().reference(noisy), &clock, 1);
    let band = results[0].band.unwrap();
    assert!((0.005..=0.3).contains(&band), "{band}");
}

#[test]
fn a_machine_that_slows_down_leaves_the_ratio_alone() {
    let clock = Fake::default();
    let speed = Rc::new(RefCell::new(0));
    let drifting = |name: &str, time: u64| {
        let (clock, speed) = (clock.clone(), speed.clone());
        Cell::new(name, 10.0, move |iterations| {
            // Every sample is slower than the one before, by far more than a round's drift.
            *speed.borrow_mut() += 1;
            let time = iterations * time * (1000 + *speed.borrow()) / 1000;
            clock.pass(time, time);
            Ok(Witness::of(7))
        })
    };
    let block = block().reference(drifting("floor", 100)).cell(drifting("slow", 300));
    let results = run(block, &clock, 1);
    let slow = &results[1];
    let (low, high) = (slow.low.unwrap(), slow.high.unwrap());
    assert!(high / low > 1.02, "the drift is there: {low} {high}");
    assert!((slow.ratio.unwrap() - 3.0).abs() < 0.02, "{:?}", slow.ratio);
}

#[test]
fn a_cell_on_the_wall_clock_is_compared_on_the_wall_clock() {
    let clock = Fake::default();
    let with = |name: &str, cpu: u64, wall: u64| {
        let clock = clock.clone();
        Cell::new(name, 1.0, move |iterations| {
            clock.pass(iterations * cpu, iterations * wall);
            Ok(Witness::of(7))
        })
    };
    let block = block()
        .reference(with("floor", 10, 20))
        .cell(with("one", 40, 1000))
        .cell(with("many", 1, 100).clock(Clock::Wall));
    let results = run(block, &clock, 1);
    assert_eq!((results[1].median, results[1].ratio), (Some(40.0), Some(4.0)));
    assert_eq!((results[2].median, results[2].ratio), (Some(100.0), Some(5.0)));
    assert_eq!((results[2].cpu, results[2].wall), (Some(1.0), Some(100.0)));
    assert_eq!(results[2].clock.as_deref(), Some("wall"));
}

#[test]
fn a_cell_that_does_other_work_gets_no_number_and_the_others_go_on() {
    let clock = Fake::default();
    let result = |witness: Result<Witness, String>| {
        let own = clock.clone();
        let odd = Cell::new("odd", 10.0, move |iterations| {
            own.pass(iterations, iterations);
            witness.clone()
        });
        let block =
            block().reference(clock.cell("floor", 50)).cell(odd).cell(clock.cell("fine", 50));
        let results = run(block, &clock, 1);
        assert_eq!((results[2].verdict, results[2].ratio), (Verdict::Ok, Some(1.0)));
        let odd = results[1].clone();
        assert_eq!(
            (odd.median, odd.low, odd.high, odd.ratio, odd.witness),
            (None, None, None, None, None)
        );
        (odd.verdict, odd.why.unwrap())
    };
    assert_eq!(
        result(Ok(Witness { messages: Some(2), ..Witness::of(7) })),
        (Verdict::DifferentWork, "messages: expected 1, counted 2".into())
    );
    assert_eq!(
        result(Ok(Witness::of(8))),
        (
            Verdict::Failed,
            "results: expected digest 0000000000000007, found 0000000000000008".into()
        )
    );
    assert_eq!(result(Err("no stack".into())), (Verdict::Failed, "no stack".into()));
}

#[test]
fn a_single_wrong_sample_late_in_the_rounds_takes_the_number_away() {
    let clock = Fake::default();
    let (own, mut calls) = (clock.clone(), 0);
    let flaky = Cell::new("flaky", 10.0, move |iterations| {
        calls += 1;
        own.pass(iterations * 50, iterations * 50);
        Ok(Witness::of(if calls == 100 { 8 } else { 7 }))
    });
    let results = run(block().reference(clock.cell("floor", 50)).cell(flaky), &clock, 2);
    assert_eq!((results[1].verdict, results[1].median), (Verdict::Failed, None));
}

#[test]
fn a_panic_is_a_crash_of_its_cell_alone() {
    let clock = Fake::default();
    let panics = Cell::new("panics", 1.0, |_| panic!("lost {}", "a stack"));
    let results = run(block().cell(panics).cell(clock.cell("fine", 50)), &clock, 1);
    assert_eq!(results[0].verdict, Verdict::Crash);
    assert_eq!(results[0].why.as_deref(), Some("panicked: lost a stack"));
    assert_eq!(
        (results[1].verdict, results[1].ratio),
        (Verdict::Ok, None),
        "no reference, no ratio"
    );
}

#[test]
fn without_its_reference_a_block_has_times_and_no_ratios() {
    let clock = Fake::default();
    let broken = Cell::new("floor", 1.0, |_| Err("no floor".into()));
    let results = run(block().reference(broken).cell(clock.cell("fine", 50)), &clock, 1);
    assert_eq!(results[0].verdict, Verdict::Failed);
    assert_eq!((results[1].median, results[1].ratio, results[1].band), (Some(5.0), None, None));
    assert_eq!(results[1].reference, None);
}

#[test]
fn the_audit_is_checked_and_its_counts_are_the_ones_shown() {
    let clock = Fake::default();
    let counted = |messages| {
        clock
            .cell("counted", 50)
            .audit(move || Ok(Witness { messages: Some(messages), ..Witness::of(7) }))
    };
    let results = run(block().cell(counted(1)), &clock, 1);
    assert_eq!(results[0].witness.unwrap().messages, Some(1));
    let results = run(block().cell(counted(2)), &clock, 1);
    assert_eq!(results[0].verdict, Verdict::DifferentWork);
}

#[test]
fn an_unsupported_cell_is_named_and_never_run() {
    let clock = Fake::default();
    let results = run(block().cell(Cell::unsupported("may", "pickle")), &clock, 1);
    assert_eq!(results[0].verdict, Verdict::Unsupported);
    assert_eq!((results[0].why.as_deref(), results[0].median), (Some("pickle"), None));
}

#[test]
fn the_order_of_samples_is_shuffled_and_comes_back_with_its_seed() {
    let order = |seed, process| {
        let clock = Fake::default();
        let block = block()
            .reference(clock.cell("floor", 50))
            .cell(clock.cell("a", 50))
            .cell(clock.cell("b", 50));
        samples_of(block, &clock, &Settings { seed, process, ..SETTINGS }).1
    };
    let one = order(1, 0);
    assert_eq!(one, order(1, 0));
    assert_ne!(one, order(2, 0));
    assert_ne!(one, order(1, 1), "each process has an order of its own");
    // After one preparation of each cell come rounds of four samples, the reference twice.
    let rounds: Vec<&[String]> = one[3..].chunks(4).collect();
    for round in &rounds {
        let count = |name: &str| round.iter().filter(|own| *own == name).count();
        assert_eq!((count("floor"), count("a"), count("b")), (2, 1, 1), "{round:?}");
    }
    let firsts = |name: &str| rounds.iter().filter(|round| round[0] == name).count();
    let (rounds, floor, a) = (rounds.len(), firsts("floor"), firsts("a"));
    assert!(rounds >= 100, "{rounds}");
    assert!((rounds * 35 / 100..=rounds * 65 / 100).contains(&floor), "{floor} of {rounds}");
    assert!((rounds * 12 / 100..=rounds * 40 / 100).contains(&a), "{a} of {rounds}");
}

#[test]
fn a_slow_cell_takes_few_samples_and_leaves_the_rounds_to_the_others() {
    let clock = Fake::default();
    // The budget is 1,000,000 ns, the share of each of the five lanes 200,000; the slow ones share it once
    // more.
    let block = block()
        .reference(clock.cell("floor", 50))
        .cell(clock.cell("slow", 60_000))
        .cell(clock.cell("slower", 400_000))
        .cell(clock.cell("slowest", 3_000_000));
    let (samples, _) = samples_of(block, &clock, &SETTINGS);
    let counts: Vec<usize> = samples.lanes.iter().map(|lane| lane.samples.len()).collect();
    assert_eq!(counts, [400, 5, 2, 1]);
    let rounds: Vec<usize> = samples.lanes[1].samples.iter().map(|&(round, _)| round).collect();
    assert_eq!(rounds, [79, 159, 239, 319, 399], "spread over the whole block");
    assert_eq!(samples.lanes[3].iterations, 1);
    assert_eq!(samples.lanes[0].iterations, 20, "a sample of 1000 ns");
}

#[test]
fn a_cell_whose_audit_takes_the_whole_budget_is_not_tried_again_before_its_sample() {
    let clock = Fake::default();
    let runs = Rc::new(RefCell::new(Vec::new()));
    let (own, log) = (clock.clone(), runs.clone());
    let long = Cell::new("long", 1.0, move |iterations| {
        log.borrow_mut().push(iterations);
        own.pass(SETTINGS.budget, SETTINGS.budget);
        Ok(Witness::of(7))
    });
    let own = clock.clone();
    let long = long.audit(move || {
        own.pass(SETTINGS.budget, SETTINGS.budget);
        Ok(Witness::of(7))
    });
    let block = block().reference(clock.cell("floor", 50)).cell(long);
    let (samples, _) = samples_of(block, &clock, &SETTINGS);
    assert_eq!(*runs.borrow(), [1]);
    assert_eq!((samples.lanes[1].iterations, samples.lanes[1].samples.len()), (1, 1));
}

#[test]
fn a_law_that_panics_is_no_fault_of_a_backend() {
    let clock = Fake::default();
    let block = Block::new("toy", 10, "step", || panic!("no such size"));
    let results = run(block.cell(clock.cell("a", 50)).cell(clock.cell("b", 50)), &clock, 1);
    for result in results {
        let why = "the law of the scenario panicked, not the backend: no such size";
        assert_eq!((result.verdict, result.why.as_deref()), (Verdict::Failed, Some(why)));
    }
}

#[test]
fn a_cell_for_cold_starts_is_run_once_and_not_warmed_up() {
    let clock = Fake::default();
    let runs = Rc::new(RefCell::new(Vec::new()));
    let (own, log) = (clock.clone(), runs.clone());
    let cold = Cell::new("cold", 1.0, move |iterations| {
        log.borrow_mut().push(iterations);
        own.pass(70, 70);
        Ok(Witness::of(7))
    });
    let block = block().cell(cold.sampling(Sampling::Once)).cell(clock.cell("warm", 50));
    let results = run(block, &clock, 1);
    assert_eq!(*runs.borrow(), [1]);
    assert_eq!((results[0].median, results[0].samples), (Some(70.0), Some(1)));
}

#[test]
fn verifying_runs_every_cell_once() {
    let clock = Fake::default();
    let block = block().reference(clock.cell("floor", 50)).cell(clock.cell("a", 50));
    let (samples, order) = samples_of(block, &clock, &Settings { verify_only: true, ..SETTINGS });
    assert_eq!(order, ["floor", "a"]);
    assert_eq!(clock.read().wall, 100);
    assert!(samples.lanes.iter().all(|lane| lane.fault.is_none() && lane.samples.is_empty()));
}
