//! Every scenario on every backend obeys its law, and a law is not obeyed by chance.

mod page;

use switchback_bench::witness::{Law, Witness};
use switchback_scenarios::matrix::{Ours, backends};
use switchback_scenarios::scenario::{
    Family, NOT_BLOCKING, NOT_PORTABLE, Reference, Row, Scenario, Source, scenarios,
};
use switchback_scenarios::work::Counting;

/// All cells of the matrix at small sizes; gives those that cannot be filled, with the reason.
fn for_each_cell(
    mut check: impl FnMut(&str, &Law, Witness),
    counting: Counting,
) -> Vec<(String, &'static str)> {
    let mut unsupported = Vec::new();
    for scenario in scenarios::<Ours>() {
        for &size in scenario.small {
            for column in backends::<Ours>() {
                let id = format!("{}/{}/{size}", scenario.id, column.name);
                match column.work(scenario, size) {
                    Some(Ok(work)) => {
                        let witness =
                            work(size, counting).unwrap_or_else(|error| panic!("{id}: {error}"));
                        check(&id, &column.nature.law(scenario, size), witness);
                    }
                    Some(Err(why)) => unsupported.push((id, why)),
                    None => assert!(!scenario.beside.is_empty(), "{id}: no row has anything"),
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
            if law.tasklets.is_some() {
                assert_eq!(witness.tasklets, law.tasklets, "{id}: tasklets");
            }
            if law.messages.is_some() {
                assert_eq!(witness.messages, law.messages, "{id}: messages");
            }
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

/// The rows of a scenario that are no backends.
fn rows(scenario: &Scenario) -> Vec<Row> {
    let reference = match scenario.reference {
        Reference::BareSwitch => None,
        Reference::Row(row) => Some(row),
    };
    reference.into_iter().chain(scenario.beside.iter().copied()).collect()
}

#[test]
fn what_stands_beside_the_backends_has_the_same_results() {
    let mut seen = 0;
    for scenario in scenarios::<Ours>() {
        for (&size, row) in scenario
            .small
            .iter()
            .flat_map(|size| rows(scenario).into_iter().map(move |row| (size, row)))
        {
            let id = format!("{}/{}/{size}", scenario.id, row.name);
            let witness = (row.run)(size).unwrap_or_else(|error| panic!("{id}: {error}"));
            assert_eq!(witness.digest, (scenario.law)(size).digest, "{id}");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen} rows");
}

#[test]
fn no_small_cell_is_left_out_but_pickles_and_callbacks() {
    let unsupported = for_each_cell(|_, _, _| (), Counting::Off);
    let pickled = |(id, why): &(String, &str)| *why == NOT_PORTABLE && !id.contains("/soft/");
    let called = |(id, why): &(String, &str)| *why == NOT_BLOCKING && !id.contains("/hard/");
    assert!(unsupported.iter().all(|cell| pickled(cell) || called(cell)), "{unsupported:?}");
}

#[test]
fn a_law_tells_sizes_apart() {
    for scenario in scenarios::<Ours>() {
        let laws: Vec<_> = scenario.small.iter().map(|&size| (scenario.law)(size)).collect();
        assert!(laws.windows(2).all(|pair| pair[0] != pair[1]), "{}", scenario.id);
        assert!(scenario.sizes.iter().all(|&size| (scenario.operations)(size) > 0));
    }
}

#[test]
fn scenarios_have_names_of_their_own_and_families_have_others() {
    let all = scenarios::<Ours>();
    let mut ids: Vec<_> = all.iter().map(|scenario| scenario.id).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    assert!(Family::ALL.is_sorted(), "the order of families is that of their list");
    for family in Family::ALL {
        assert!(!ids.contains(&family.name()), "{family} is a scenario and a family");
    }
    let families: Vec<_> = all.iter().map(|scenario| scenario.family).collect();
    assert!(families.is_sorted(), "{families:?}");
}

#[test]
fn every_scenario_has_its_words() {
    for scenario in scenarios::<Ours>() {
        let words = scenario.words;
        let texts = [words.title, words.work, words.shows, words.does_not_show, words.cost];
        assert!(texts.iter().all(|text| !text.trim().is_empty()), "{}: {words:?}", scenario.id);
    }
}

/// The talk gives times and ratios; a mistyped one of either would disagree with the other.
#[test]
fn ratios_of_the_talk_follow_from_its_times() {
    let mut seen = 0;
    for scenario in scenarios::<Ours>() {
        let figures = scenario.elsewhere.iter().filter(|figure| figure.source == Source::TALK);
        let figures: Vec<_> = figures
            .map(|figure| {
                let time = figure.value.split(' ').next().and_then(|time| time.parse().ok());
                let time: f64 = time.unwrap_or_else(|| panic!("{figure:?}: no time"));
                (
                    figure.system,
                    time,
                    figure.ratio.unwrap_or_else(|| panic!("{figure:?}: no ratio")),
                )
            })
            .collect();
        let plain = figures.iter().find(|(.., ratio)| *ratio == 1.0).map_or(1.0, |plain| plain.1);
        for (system, time, stated) in &figures {
            let ratio = time / plain;
            assert!((ratio - stated).abs() <= 0.03, "{system}: {ratio} against {stated}");
            seen += 1;
        }
    }
    assert_eq!(seen, 7);
}

/// A row of the README for each family, with its scenarios.
#[test]
fn the_readme_lists_every_scenario_in_the_row_of_its_family() {
    let rows = include_str!("../../README.md").lines();
    let rows: Vec<&str> = rows.filter(|line| line.starts_with("| ")).collect();
    for scenario in scenarios::<Ours>() {
        let family = format!("| {} |", scenario.family);
        let row = rows.iter().find(|row| row.starts_with(&family));
        let listed = row.is_some_and(|row| row.contains(&format!("`{}`", scenario.id)));
        assert!(listed, "{} is not in the row of {} in README.md", scenario.id, scenario.family);
    }
}

/// A backend that is honest about what it cannot do has no part; it does not fail.
#[test]
fn a_backend_without_close_has_no_part_in_iterations() {
    let mut column = backends::<Ours>().remove(0);
    let sax = scenarios::<Ours>().into_iter().find(|scenario| scenario.id == "sax");
    let sax = sax.expect("there is an iteration");
    assert!(column.work(sax, 1).is_some_and(|work| work.is_ok()));
    column.nature.capabilities.close = false;
    let why = column.work(sax, 1).expect("every backend has a row").map(drop);
    assert!(why.is_err_and(|why| why.contains("close")));
}
