//! Medians, intervals and bands against values known from tables.

use switchback_bench::statistics::{Estimate, band, estimate, median, pooled};

fn numbers(count: usize) -> Vec<f64> {
    // 1 to count in an order that is not sorted: count must not be a multiple of 7.
    (0..count).map(|i| ((i * 7) % count + 1) as f64).collect()
}

#[test]
fn the_median_is_the_middle_or_the_mean_of_the_middle_two() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[3.0]), Some(3.0));
    assert_eq!(median(&[9.0, 1.0, 5.0]), Some(5.0));
    assert_eq!(median(&[9.0, 1.0, 5.0, 6.0]), Some(5.5));
}

#[test]
fn the_interval_has_the_ranks_of_the_sign_test() {
    // Ranks of the 95 % interval for the median, as printed in tables of nonparametric statistics.
    for (count, low, high) in [
        (6, 1, 6),
        (9, 2, 8),
        (10, 2, 9),
        (15, 4, 12),
        (20, 6, 15),
        (25, 8, 18),
        (50, 18, 33),
        (100, 40, 61),
    ] {
        let interval = estimate(&numbers(count)).unwrap();
        assert_eq!((interval.low, interval.high), (f64::from(low), f64::from(high)), "of {count}");
    }
}

#[test]
fn few_values_give_their_whole_range() {
    assert_eq!(estimate(&[]), None);
    assert_eq!(estimate(&[4.0]), Some(Estimate { median: 4.0, low: 4.0, high: 4.0 }));
    assert_eq!(estimate(&numbers(5)), Some(Estimate { median: 3.0, low: 1.0, high: 5.0 }));
}

#[test]
fn thousands_of_values_still_have_an_interval() {
    // The normal approximation: ranks 5000 -+ 98.
    let interval = estimate(&numbers(10_000)).unwrap();
    assert!((interval.low - 4902.0).abs() <= 1.0, "{interval:?}");
    assert!((interval.high - 5099.0).abs() <= 1.0, "{interval:?}");
}

#[test]
fn the_interval_of_several_processes_holds_the_median_of_each() {
    let quiet = vec![1.0; 50];
    let odd = vec![3.0; 9];
    let all = pooled(&[quiet, odd]).unwrap();
    assert_eq!(all, Estimate { median: 1.0, low: 1.0, high: 3.0 });
    assert_eq!(pooled(&[vec![], vec![]]), None);
}

#[test]
fn the_band_is_the_farther_end_of_the_interval() {
    let again = |low, high| Estimate { median: 1.0, low, high };
    assert!((band(again(0.99, 1.002)) - 0.01).abs() < 1e-12);
    assert!((band(again(0.999, 1.03)) - 0.03).abs() < 1e-12);
    // An interval that leaves one out altogether is no excuse for a narrow band.
    assert!((band(again(1.01, 1.02)) - 0.02).abs() < 1e-12);
}
