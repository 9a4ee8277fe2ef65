//! Whether random programs are worth running: defined, varied, and able to tell rules apart.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use switchback::Kind;
use switchback_conformance::model::{Outcome, Quirks, Rules, run};
use switchback_conformance::{Event, Program, generate};

const BUDGET: usize = 2000;

/// The same programs in every run.
static PROGRAMS: LazyLock<Vec<Program>> = LazyLock::new(|| {
    let mut runner = TestRunner::deterministic();
    let strategy = generate::programs();
    let tree = |runner: &mut TestRunner| strategy.new_tree(runner).expect("nothing is filtered");
    (0..1000).map(|_| tree(&mut runner).current()).collect()
});

fn traces(rules: Rules) -> Vec<Vec<Event>> {
    PROGRAMS.iter().filter_map(|p| run(p, rules, BUDGET).into_trace()).collect()
}

#[test]
fn nearly_every_program_has_a_defined_trace() {
    let defined = traces(Rules::backend(false)).len();
    assert!(defined >= 900, "{defined} of 1000");
}

#[test]
fn programs_check_and_bodies_exist() {
    assert!(PROGRAMS.iter().all(|program| program.check().is_ok()));
}

#[test]
fn every_error_of_the_model_is_met() {
    let met: BTreeSet<String> = traces(Rules::backend(false))
        .into_iter()
        .flatten()
        .filter_map(|event| match event {
            Event::Raised { error, .. } | Event::Exit { error } => Some(error),
            _ => None,
        })
        .collect();
    let texts = [
        Kind::Deadlock,
        Kind::MainReceiving,
        Kind::MainSending,
        Kind::BlockTrap,
        Kind::SwitchTrap,
        Kind::RunBlocked,
        Kind::RunDead,
        Kind::RemoveBlocked,
        Kind::RemoveCurrent,
        Kind::ThrowDead,
        Kind::BindCurrent,
        Kind::BindScheduled,
        Kind::NativeState,
        Kind::UnbindMain,
        Kind::SetupAlive,
        Kind::NotBound,
    ];
    let missed: Vec<_> = texts
        .into_iter()
        .map(|kind| format!("RuntimeError:{}", kind.text()))
        .chain(["ValueError", "StopIteration", "TaskletExit", "E1", "E2"].map(str::to_owned))
        .filter(|text| !met.contains(text))
        .collect();
    assert_eq!(missed, Vec::<String>::new());
}

#[test]
fn random_programs_find_both_quirks() {
    let fixed = Rules::backend(true);
    let quirky = Rules { quirks: Quirks::Reference, ..fixed };
    let differ = PROGRAMS.iter().filter(|program| {
        let (a, b) = (run(program, fixed, BUDGET), run(program, quirky, BUDGET));
        matches!((&a, &b), (Outcome::Complete(_), Outcome::Complete(_))) && a != b
    });
    assert!(differ.count() >= 3);
}
