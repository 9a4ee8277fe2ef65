//! Every scenario on every backend obeys its law, and a law is not obeyed by chance.

use switchback_scenarios::matrix::{SCENARIOS, backends};
use switchback_scenarios::work::Counting;

/// All cells of the matrix at small sizes; gives those that cannot be filled.
fn for_each_cell(
    mut check: impl FnMut(&str, &switchback_bench::witness::Law, switchback_bench::witness::Witness),
    counting: Counting,
) -> Vec<String> {
    let mut unsupported = Vec::new();
    for scenario in SCENARIOS {
        for &size in scenario.small {
            for column in backends() {
                let id = format!("{}/{}/{size}", scenario.id, column.name);
                match column.work(scenario, size) {
                    Ok(work) => {
                        let witness =
                            work(size, counting).unwrap_or_else(|error| panic!("{id}: {error}"));
                        check(&id, &column.law(scenario, size), witness);
                    }
                    Err(why) => unsupported.push(format!("{id}: {why}")),
                }
            }
        }
    }
    unsupported
}

#[test]
fn every_scenario_obeys_its_law_on_every_backend() {
    for_each_cell(
        |id, law, witness| {
            law.check(&witness).unwrap_or_else(|difference| panic!("{id}: {difference}"));
        },
        Counting::Off,
    );
}

#[test]
fn counts_obey_the_laws_on_every_backend() {
    for_each_cell(
        |id, law, witness| {
            law.check(&witness).unwrap_or_else(|difference| panic!("{id}: {difference}"));
            // What the law says must also have been counted; else it says nothing.
            assert_eq!(
                (witness.tasklets, witness.messages),
                (law.tasklets, law.messages),
                "{id}: tasklets and messages"
            );
            if law.switches.is_some() {
                assert_eq!(
                    (witness.peak_alive, witness.switches),
                    (law.peak_alive, law.switches),
                    "{id}: peak alive and switches"
                );
            }
        },
        Counting::On,
    );
}

#[test]
fn no_small_cell_is_left_out_but_pickles() {
    let unsupported = for_each_cell(|_, _, _| (), Counting::Off);
    let pickled = |cell: &String| {
        ["pickle/", "snapshot/", "queens/"].iter().any(|id| cell.starts_with(id))
            && !cell.contains("/soft/")
    };
    assert!(unsupported.iter().all(pickled), "{unsupported:?}");
}

#[test]
fn a_law_tells_sizes_apart() {
    for scenario in SCENARIOS {
        let laws: Vec<_> = scenario.small.iter().map(|&size| (scenario.law)(size)).collect();
        assert!(laws.windows(2).all(|pair| pair[0] != pair[1]), "{}", scenario.id);
        assert!(scenario.sizes.iter().all(|&size| (scenario.operations)(size) > 0));
    }
}
