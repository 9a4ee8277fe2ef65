//! The answers that the public suite of control operators publishes, at its small and large sizes.
//! The laws, which every backend is held to in `laws.rs`, are made of the functions tried here.

use switchback_scenarios::control::{
    Solved, ackermann, countdown, fibonacci, generator, iterator, mutual, parsing_dollars,
    product_early, resume_nontail, sieve, tree_explore, triples,
};
use switchback_scenarios::matrix::Ours;
use switchback_scenarios::queens::backtrack;
use switchback_scenarios::scenario::scenarios;

/// A problem, its sizes and their published answers.
type Published = (&'static str, fn(u64) -> Solved, &'static [(u64, u64)]);

const PUBLISHED: &[Published] = &[
    ("countdown", countdown::solve, &[(5, 0), (200_000_000, 0)]),
    ("fibonacci_recursive", fibonacci::solve, &[(5, 8), (42, 433_494_437)]),
    ("product_early", product_early::solve, &[(5, 0), (100_000, 0)]),
    ("iterator", iterator::solve, &[(5, 15), (40_000_000, 800_000_020_000_000)]),
    ("generator", generator::solve, &[(5, 57), (25, 67_108_837)]),
    ("tree_explore", tree_explore::solve, &[(5, 946), (16, 1_005)]),
    ("triples", triples::solve, &[(10, 779_312), (300, 460_212_934)]),
    ("parsing_dollars", parsing_dollars::solve, &[(10, 55), (20_000, 200_010_000)]),
    ("resume_nontail", resume_nontail::solve, &[(5, 37), (10_000, 860)]),
    ("handler_sieve", sieve::solve, &[(10, 17), (60_000, 171_848_738)]),
];

#[test]
fn the_published_answers_come_out() {
    for (problem, solve, answers) in PUBLISHED {
        for &(size, answer) in *answers {
            assert_eq!(solve(size).answer, answer, "{problem} at {size}");
        }
    }
    assert_eq!(backtrack(5).solutions, 10);
    assert_eq!(backtrack(12).solutions, 14_200);
}

/// The small sizes run on all backends in the laws, the large ones in the benchmark.
#[test]
fn the_published_sizes_are_tried_and_measured() {
    let all = scenarios::<Ours>();
    let queens = ("queens", [5, 12]);
    let others = PUBLISHED.iter().map(|(id, _, answers)| (*id, [answers[0].0, answers[1].0]));
    for (id, [small, large]) in others.chain([queens]) {
        let scenario = all.iter().find(|scenario| scenario.id == id).expect(id);
        assert!(scenario.small.contains(&small), "{id} at {small}");
        assert!(scenario.large.contains(&large), "{id} at {large}");
    }
}

#[test]
fn the_formulas_hold() {
    // The definitions, where the laws use a formula.
    fn two(n: u64) -> Solved {
        fn a(m: u64, n: u64, calls: &mut u64) -> u64 {
            *calls += 1;
            match (m, n) {
                (0, n) => n + 1,
                (m, 0) => a(m - 1, 1, calls),
                (m, n) => {
                    let inner = a(m, n - 1, calls);
                    a(m - 1, inner, calls)
                }
            }
        }
        let mut operations = 0;
        Solved { answer: a(2, n, &mut operations), operations }
    }
    for n in 0..30 {
        assert_eq!(ackermann::solve(n), two(n));
        assert_eq!(mutual::solve(n), Solved { answer: u64::from(n % 2 == 0), operations: n + 1 });
    }
    let values = |height: u64| (1..=height).map(|value| value << (height - value)).sum::<u64>();
    for height in 0..20 {
        assert_eq!(generator::solve(height).answer, values(height));
    }
}
