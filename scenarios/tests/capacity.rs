//! The probes of capacity: every tasklet that blocked answers, and the watcher's word is obeyed.

use switchback_bench::capacity::Reached;
use switchback_scenarios::capacity::STEP;
use switchback_scenarios::matrix::{Nothing, backends};
use switchback_scenarios::work::mix;

const ALWAYS: fn(u64) -> bool = |_| true;
const UP_TO_TWO_STEPS: fn(u64) -> bool = |count| count < 2 * STEP;

fn answers(count: u64) -> u64 {
    (0..count).fold(0, |sum, number| mix(0, number).wrapping_add(sum))
}

fn way_back(depth: u64) -> u64 {
    (0..depth).rev().fold(0, mix)
}

/// A probe that ended by itself or by its watcher.
fn ended(count: u64, digest: u64) -> Reached {
    Reached { count, refused: None, digest, expected: digest }
}

#[test]
fn all_blocked_tasklets_of_every_backend_are_woken_and_answer() {
    for column in backends::<Nothing>() {
        // Neither a whole step nor within the first.
        let count = STEP + 7;
        let reached = (column.capacity.blocked)(count, ALWAYS).expect(column.name);
        assert_eq!(reached, ended(count, answers(count)), "{}", column.name);
    }
}

#[test]
fn a_watcher_ends_the_growth_and_those_alive_still_answer() {
    for column in backends::<Nothing>() {
        let reached = (column.capacity.blocked)(u64::MAX, UP_TO_TWO_STEPS).expect(column.name);
        assert_eq!(reached, ended(2 * STEP, answers(2 * STEP)), "{}", column.name);
    }
}

#[test]
fn nested_calls_of_every_backend_come_back_through_all_levels() {
    for column in backends::<Nothing>() {
        let reached = (column.capacity.calls)(101, ALWAYS).expect(column.name);
        assert_eq!(reached, ended(101, way_back(101)), "{}", column.name);
    }
}

#[test]
fn a_watcher_ends_the_descent() {
    for column in backends::<Nothing>().into_iter().filter(|column| column.capabilities().portable)
    {
        let reached = (column.capacity.calls)(u64::MAX, UP_TO_TWO_STEPS).expect(column.name);
        assert_eq!(reached, ended(2 * STEP, way_back(2 * STEP)), "{}", column.name);
    }
}
