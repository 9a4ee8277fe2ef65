//! The reference model against the recordings of the reference.

use switchback_conformance::model::{Outcome, Quirks, Rules, run};
use switchback_conformance::{Vector, vector};

/// Enough for every recording; the longest has fewer than 300 events.
const BUDGET: usize = 2000;

fn all() -> Vec<Vector> {
    let mut vectors = vector::core().expect("core.jsonl is well formed");
    vectors.extend(vector::fuzz().expect("fuzz.jsonl is well formed"));
    vectors
}

fn differing(rules: Rules) -> Vec<String> {
    let differs = |v: &Vector| run(&v.program, rules, BUDGET) != Outcome::Complete(v.trace.clone());
    all().into_iter().filter(differs).map(|v| v.id).collect()
}

fn tagged(tags: &[&str]) -> Vec<String> {
    let has = |v: &Vector| v.tags.iter().any(|tag| tags.contains(&tag.as_str()));
    all().into_iter().filter(has).map(|v| v.id).collect()
}

#[test]
fn the_model_reproduces_every_recording() {
    assert_eq!(all().len(), 704);
    assert_eq!(differing(Rules::REFERENCE), Vec::<String>::new());
}

#[test]
fn fixing_the_quirks_changes_the_tagged_recordings_only() {
    let fixed = Rules { quirks: Quirks::Fixed, ..Rules::REFERENCE };
    assert_eq!(differing(fixed), tagged(&["Q1-lost-value", "Q2-leaked-exception"]));
}

#[test]
fn native_state_changes_recordings_that_unbind_only() {
    let native = differing(Rules { native_state: true, ..Rules::REFERENCE });
    let tagged = tagged(&["native-state-dependent"]);
    assert!(native.contains(&"q19".to_owned()), "{native:?}");
    assert!(native.iter().all(|id| tagged.contains(id)), "{native:?}");
}

#[test]
fn a_typed_send_changes_one_recording() {
    let typed = differing(Rules { typed_send: true, ..Rules::REFERENCE });
    assert_eq!(typed, ["full-0118"]);
}

#[test]
fn recordings_survive_being_written_and_read_again() {
    for vector in all() {
        let again = Vector::from_line(&vector.to_line()).expect("written lines are well formed");
        assert_eq!(again.program, vector.program, "{}", vector.id);
        assert_eq!(again.trace, vector.trace, "{}", vector.id);
    }
}
