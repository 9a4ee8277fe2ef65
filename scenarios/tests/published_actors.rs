//! The plain references of the problems of actors give the answers that are published, or that
//! arithmetic gives, and the published sizes are measured.

use switchback_scenarios::actors::{
    Actors, big, chameneos, counting, dictionary, fork_join_creation, fork_join_throughput,
    quicksort, recursive_fibonacci, sieve, skynet, sorted_list, thread_ring,
};
use switchback_scenarios::scenario::{List, Reference, Scenario};
use switchback_scenarios::sharing::{
    Sharing, bank, barber, bounded_buffer, logistic_map, philosophers, smokers,
};

fn plain(scenario: &Scenario, size: u64) -> u64 {
    let Reference::Row(row) = scenario.reference else {
        panic!("{}: no reference of its own", scenario.id);
    };
    (row.run)(size).unwrap_or_else(|error| panic!("{}: {error}", scenario.id)).digest
}

#[test]
fn references_give_the_known_answers() {
    let known = [
        // The numbers from 1 on, added up.
        (counting::SCENARIO, 10, 55),
        (counting::SCENARIO, 1_000_000, 500_000_500_000),
        // Actor 1 has the token first, and again after each hundred passes.
        (thread_ring::SCENARIO, 0, 1),
        (thread_ring::SCENARIO, 99, 100),
        (thread_ring::SCENARIO, 100_000, 1),
        // Two creatures per meeting; the colours of the hundred add up to 1, modulo 3.
        (chameneos::SCENARIO, 1, chameneos::answer(2, 1)),
        (chameneos::SCENARIO, 200_000, chameneos::answer(400_000, 1)),
        (recursive_fibonacci::SCENARIO, 1, 1),
        (recursive_fibonacci::SCENARIO, 2, 1),
        (recursive_fibonacci::SCENARIO, 10, 55),
        (recursive_fibonacci::SCENARIO, 25, 75_025),
        // Primes below a limit.
        (sieve::SCENARIO, 2, 0),
        (sieve::SCENARIO, 100, 25),
        (sieve::SCENARIO, 10_000, 1_229),
        (sieve::SCENARIO, 100_000, 9_592),
        (skynet::SCENARIO, 1, 0),
        (skynet::SCENARIO, 1_000, 499_500),
        (skynet::SCENARIO, 1_000_000, 499_999_500_000),
    ];
    for (scenario, size, answer) in known {
        assert_eq!(plain(&scenario, size), answer, "{} at {size}", scenario.id);
        assert_eq!((scenario.law)(size).digest, answer, "the law of {} at {size}", scenario.id);
    }
}

#[test]
fn laws_count_the_actors_that_are_published() {
    let actors = [
        (fork_join_creation::SCENARIO, 40_000, 40_000),
        (fork_join_throughput::SCENARIO, 100, 60),
        (thread_ring::SCENARIO, 100, 100),
        // With the mall.
        (chameneos::SCENARIO, 100, 100 + 1),
        // Two tasklets each.
        (big::SCENARIO, 1, 2 * 120),
        // With the actor that they share.
        (dictionary::SCENARIO, 1, 20 + 1),
        (sorted_list::SCENARIO, 1, 20 + 1),
        (recursive_fibonacci::SCENARIO, 25, 150_049),
        // With the producer; the tenth filter holds the last 592 primes.
        (sieve::SCENARIO, 100_000, 10 + 1),
        (skynet::SCENARIO, 1_000_000, 1_111_111),
    ];
    for (scenario, size, tasklets) in actors {
        assert_eq!((scenario.law)(size).tasklets, Some(tasklets), "{} at {size}", scenario.id);
    }
}

#[test]
fn published_sizes_are_measured() {
    let published = [
        (counting::SCENARIO, 1_000_000),
        (fork_join_creation::SCENARIO, 40_000),
        (fork_join_throughput::SCENARIO, 10_000),
        (thread_ring::SCENARIO, 100_000),
        (chameneos::SCENARIO, 200_000),
        (bounded_buffer::SCENARIO, 1_000),
        (philosophers::SCENARIO, 10_000),
        (barber::SCENARIO, 5_000),
        (smokers::SCENARIO, 1_000),
        (logistic_map::SCENARIO, 25_000),
        (bank::SCENARIO, 50_000),
        (big::SCENARIO, 20_000),
        (dictionary::SCENARIO, 10_000),
        (sorted_list::SCENARIO, 8_000),
        (recursive_fibonacci::SCENARIO, 25),
        (quicksort::SCENARIO, 1_000_000),
        (sieve::SCENARIO, 100_000),
        (skynet::SCENARIO, 1_000_000),
    ];
    for (scenario, size) in published {
        let sizes = || scenario.sizes.iter().chain(scenario.large);
        assert_eq!(sizes().max(), Some(&size), "{}", scenario.id);
    }
    // The dispatcher and the arena are from elsewhere.
    assert_eq!(published.len() + 2, Actors::scenarios().len() + Sharing::scenarios().len());
}
