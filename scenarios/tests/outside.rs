//! A crate of its own brings its own scenarios: with what is public, and a list of its own.

use switchback_bench::witness::Witness;
use switchback_scenarios::matrix::{Base, Column, backends};
use switchback_scenarios::scenario::{List, NOT_BLOCKING, NOT_PORTABLE, Scenario, scenarios};
use switchback_scenarios::work::Counting;
use switchback_soft::Soft;

/// Turns of one tasklet that is alone.
mod alone_in_the_queue {
    use switchback::{Backend, Channel, Error, Portable, tasklet};
    use switchback_bench::{
        results::Plot,
        witness::{Law, Witness},
    };
    use switchback_scenarios::carried::Carry;
    use switchback_scenarios::scenario::{Family, Limit, Reference, Row, Scenario, Words, never};
    use switchback_scenarios::work::{Counting, witness};

    pub(crate) const SCENARIO: Scenario = Scenario {
        id: "alone",
        family: Family::Actors,
        words: Words {
            title: "Alone",
            work: "Main gives way to nothing.",
            shows: "The shortest way through a scheduler.",
            does_not_show: "Switches: there is none.",
            cost: "Linear in the turns.",
            plot: Plot::Ratio,
        },
        operation: "turn",
        size: "turns",
        origin: "this test",
        sizes: &[1_000, 100_000],
        large: &[],
        small: &[1, 7],
        operations: |turns| turns,
        law: |turns| Law { tasklets: Some(0), messages: Some(0), ..Law::of(turns) },
        limits: &[Limit { of: |nature| nature.threads, from: 50_000, why: "too slow" }],
        slow: never,
        reference: Reference::Row(Row::new("loop", |turns| {
            Ok(Witness::of((0..turns).count() as u64))
        })),
        beside: &[],
        elsewhere: &[],
    };

    #[tasklet]
    async fn turn<B: Backend>(turns: u64) -> Result<u64, Error> {
        let mut taken = 0u64;
        for _ in 0..turns {
            B::schedule().await?;
            taken += 1;
        }
        Ok(taken)
    }

    pub(crate) fn run<B: Backend>(turns: u64, counting: Counting) -> Result<Witness, Error> {
        witness::<B, _>(turn(turns), counting)
    }

    #[tasklet]
    async fn passenger<B: Backend>(turns: u64, out: B::Channel<u64>) -> Result<(), Error> {
        let taken: u64 = turn(turns).await?;
        out.send(taken).await
    }

    pub(crate) fn carry<B: Portable>() -> Carry<B> {
        Carry {
            sizes: &[3],
            program: || B::program::<passenger::Call<B>>(),
            start: |turns, out| drop(B::spawn(passenger(turns, out))),
            unmoved: |turns| B::run(turn(turns)),
        }
    }
}

/// The same for other kinds of backends.
macro_rules! restricted {
    ($name:ident, $id:literal, $bound:ident) => {
        mod $name {
            use super::{Counting, Scenario, Witness, alone_in_the_queue};

            pub(crate) const SCENARIO: Scenario =
                Scenario { id: $id, ..alone_in_the_queue::SCENARIO };

            pub(crate) fn run<B: switchback::$bound>(
                turns: u64,
                counting: Counting,
            ) -> Result<Witness, switchback::Error> {
                alone_in_the_queue::run::<B>(turns, counting)
            }
        }
    };
}
restricted!(called_back, "called-back", Blocking);
restricted!(written_down, "written-down", Portable);

switchback_scenarios::list! {
    /// What this crate adds.
    struct Mine;
    every alone_in_the_queue, carried;
    blocking called_back;
    portable written_down;
}

/// The column of a backend.
fn column(name: &str) -> Column<Mine> {
    backends().into_iter().find(|column| column.name == name).expect(name)
}

/// What a backend has of a scenario at a size: a run that is right, or why there is none.
fn found(name: &str, scenario: &Scenario, size: u64) -> Result<(), &'static str> {
    let column = column(name);
    let work = column.work(scenario, size).expect("every backend has a row")?;
    let witness = work(size, Counting::On).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(column.nature.law(scenario, size).check(&witness), Ok(()), "{name}");
    Ok(())
}

#[test]
fn every_backend_runs_the_scenario_of_another_crate_or_says_why_not() {
    let all = scenarios::<Mine>();
    let [alone, called_back, written_down] = all.as_slice() else { panic!("{all:?}") };
    for (name, called, written) in [
        ("hard", Ok(()), Err(NOT_PORTABLE)),
        ("soft", Err(NOT_BLOCKING), Ok(())),
        ("poll", Err(NOT_BLOCKING), Err(NOT_PORTABLE)),
    ] {
        assert_eq!(found(name, alone, 7), Ok(()), "{name}");
        assert_eq!(found(name, called_back, 7), called, "{name}");
        assert_eq!(found(name, written_down, 7), written, "{name}");
    }
}

#[test]
fn a_limit_is_of_some_backends_from_a_size_on() {
    let all = scenarios::<Mine>();
    assert!(column("baton").work(all[0], 49_999).is_some_and(|work| work.is_ok()));
    assert_eq!(column("baton").work(all[0], 50_000).expect("a row").err(), Some("too slow"));
    assert!(column("hard").work(all[0], 50_000).is_some_and(|work| work.is_ok()));
}

#[test]
fn two_lists_are_one_in_the_order_of_the_families() {
    let both: Vec<_> = scenarios::<(Mine, Base)>().iter().map(|scenario| scenario.id).collect();
    let at = |id: &str| both.iter().position(|own| *own == id).expect(id);
    assert!(at("queens") < at("alone") && at("alone") < at("pickle"), "{both:?}");
    let columns = backends::<(Mine, Base)>();
    for scenario in scenarios::<(Mine, Base)>() {
        let alone = Base::stackless::<Soft>().iter().all(|entry| entry.scenario.id != scenario.id);
        for column in &columns {
            let there = column.work(scenario, 1).is_some();
            assert!(there || (alone && !scenario.beside.is_empty()), "{}", scenario.id);
        }
    }
    let carried = <(Mine, Base)>::carried::<Soft>();
    let (scenario, carry) = carried.first().expect("a journey");
    assert_eq!((scenario.id, (carry.unmoved)(3)), ("alone", Ok(3)));
}

#[cfg(feature = "suite")]
#[test]
fn the_words_of_another_crate_are_part_of_its_suite() {
    let suite =
        switchback_scenarios::suite::suite(&backends::<Mine>(), switchback_scenarios::compiled!());
    let about = suite.scenarios.first().expect("words");
    assert_eq!((about.scenario.as_str(), about.family.as_str()), ("alone", "actors"));
    assert_eq!(about.title, "Alone");
    // Three scenarios at two sizes.
    assert_eq!(suite.blocks.len(), 6);
    let cells = format!("{:?}", suite.blocks[0]);
    assert!(cells.starts_with("[\"alone/loop/1000\", \"alone/hard/1000\","), "{cells}");
    assert!(cells.contains("\"alone/soft/1000\""), "{cells}");
}
