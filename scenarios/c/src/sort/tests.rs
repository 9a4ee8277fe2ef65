use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

/// Numbers that are the same everywhere, some of them several times.
fn numbers(count: u64) -> Vec<u64> {
    (0..count).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 50).collect()
}

#[test]
fn values_of_any_size_are_sorted() {
    fn check<T: Copy + Ord + std::fmt::Debug>(make: impl Fn(u64) -> T) {
        for count in [0, 1, 2, 3, 100, 5_000] {
            let mut values: Vec<T> = numbers(count).into_iter().map(&make).collect();
            let mut expected = values.clone();
            expected.sort();
            qsort(&mut values, T::cmp);
            assert_eq!(values, expected);
        }
    }
    check(|n| n as u8);
    check(|n| n as u32);
    check(|n| n);
    // Larger than what glibc moves itself: it sorts pointers to these.
    check(|n| [n / 2, n, 7, 7, n]);
    check(|_| ());
    let text = "a text that the values borrow";
    check(|n| &text[n as usize % 20..]);
}

#[test]
fn an_error_ends_the_sort_and_no_more_is_compared() {
    let mut asked = 0;
    let mut values = numbers(1_000);
    let sorted = try_qsort(&mut values, |a, b| {
        asked += 1;
        if asked == 17 { Err("enough") } else { Ok(a.cmp(b)) }
    });
    assert_eq!((sorted, asked), (Err("enough"), 17));
    values.sort_unstable();
    let mut expected = numbers(1_000);
    expected.sort_unstable();
    assert_eq!(values, expected, "nothing was lost");
}

#[test]
fn a_panic_goes_on_behind_the_sort() {
    let asked = Cell::new(0);
    let mut values = numbers(1_000);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        qsort(&mut values, |a, b| {
            asked.set(asked.get() + 1);
            assert!(asked.get() < 17, "the seventeenth");
            a.cmp(b)
        });
    }));
    let payload = caught.expect_err("a panic");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"the seventeenth"));
    assert_eq!(asked.get(), 17);
}

#[test]
fn a_comparison_may_sort() {
    let mut values = numbers(50);
    qsort(&mut values, |a, b| {
        let mut pair = [*b, *a];
        qsort(&mut pair, u64::cmp);
        if a == b {
            Ordering::Equal
        } else if pair[0] == *a {
            Ordering::Less
        } else {
            Ordering::Greater
        }
    });
    assert!(values.is_sorted());
}

#[test]
fn answers_that_contradict_each_other_lose_nothing() {
    let mut state = 1_u64;
    let mut values: Vec<u64> = (0..2_000).collect();
    qsort(&mut values, |_, _| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if state >> 63 == 0 { Ordering::Less } else { Ordering::Greater }
    });
    values.sort_unstable();
    assert!(values.iter().copied().eq(0..2_000));
}
