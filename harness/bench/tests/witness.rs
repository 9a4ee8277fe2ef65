//! The gate: a witness that departs from its law is told apart, in words.

use std::collections::HashSet;

use switchback_bench::witness::{Difference, Digest, Law, Witness};

fn digest(parts: &[&str]) -> u64 {
    let mut digest = Digest::new();
    parts.iter().for_each(|part| digest.push_str(part));
    digest.finish()
}

#[test]
fn the_digest_is_sensitive_to_order_and_to_where_texts_end() {
    let variants = [
        digest(&[]),
        digest(&[""]),
        digest(&["a", "b"]),
        digest(&["b", "a"]),
        digest(&["ab"]),
        digest(&["ab", ""]),
        digest(&["", "ab"]),
        digest(&["ab\0"]),
    ];
    assert_eq!(variants.iter().collect::<HashSet<_>>().len(), variants.len());
}

#[test]
fn every_bit_of_a_number_reaches_both_halves_of_the_digest() {
    let of = |word: u64| {
        let mut digest = Digest::new();
        digest.push_u64(word);
        digest.finish()
    };
    for bit in 0..64 {
        let change = of(12345) ^ of(12345 ^ (1 << bit));
        assert!(change as u32 != 0 && change >> 32 != 0, "bit {bit}: {change:016x}");
    }
}

#[test]
fn the_digest_stays_the_same_across_builds() {
    // Recorded once: a change here makes every stored results file incomparable.
    assert_eq!(format!("{:016x}", digest(&["rendezvous", "channel"])), "e16c8e2fecc5cfb0");
}

#[test]
fn wrong_results_come_before_wrong_counts() {
    let law = Law { messages: Some(1), ..Law::of(7) };
    let witness = Witness { messages: Some(2), ..Witness::of(8) };
    assert_eq!(law.check(&witness), Err(Difference::Results { expected: 7, found: 8 }));
    assert_eq!(
        law.check(&witness).unwrap_err().to_string(),
        "results: expected digest 0000000000000007, found 0000000000000008"
    );
}

#[test]
fn each_count_is_checked_and_a_count_not_kept_is_no_difference() {
    let law = Law {
        tasklets: Some(2),
        peak_alive: Some(3),
        messages: Some(4),
        switches: Some(5),
        ..Law::of(7)
    };
    let right = Witness {
        tasklets: Some(2),
        peak_alive: Some(3),
        messages: Some(4),
        switches: Some(5),
        ..Witness::of(7)
    };
    let text = |witness: Witness| law.check(&witness).map_err(|d| d.to_string());
    assert_eq!(text(right), Ok(()));
    assert_eq!(text(Witness::of(7)), Ok(()));
    assert_eq!(
        text(Witness { tasklets: Some(0), ..right }),
        Err("tasklets: expected 2, counted 0".into())
    );
    assert_eq!(
        text(Witness { peak_alive: Some(0), ..right }),
        Err("peak alive: expected 3, counted 0".into())
    );
    assert_eq!(
        text(Witness { messages: Some(0), ..right }),
        Err("messages: expected 4, counted 0".into())
    );
    assert_eq!(
        text(Witness { switches: Some(0), ..right }),
        Err("switches: expected 5, counted 0".into())
    );
}
