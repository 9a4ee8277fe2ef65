//! The text of a failure, as a reader sees it.

use switchback_conformance::differ::{Comparison, departure, explain, first_difference};
use switchback_conformance::{Event, Json, Vector};

const LINE: &str = r#"{
    "id": "k03x", "about": "kill of a paused tasklet returns straight to the killer",
    "covers": ["C140", "C146"], "tags": [], "callbacks": ["sched"],
    "bodies": {"w": [["finally", [["schedule"]], [["log", "cleanup"]]]]},
    "main": [["spawn", "a", "w"], ["schedule", 1], ["remove", "a"],
             ["try", [["loop", 2, [["kill", "a"]]]], [["log", null]]], ["ring"]],
    "trace": [["main", "0", "spawn"], ["main", "0", "=", null], ["main", "1", "schedule"],
              ["cb", "sched", "main", "a"], ["a", "0t0", "schedule"], ["cb", "sched", "a", "main"],
              ["main", "1", "=", 1], ["main", "2", "remove"], ["main", "2", "=", null],
              ["main", "3t0.0", "kill"]]
}"#;

fn vector() -> Vector {
    Vector::from_line(LINE).expect("the line is well formed")
}

fn case(vector: &Vector) -> Comparison<'_> {
    Comparison {
        name: "vectors::core::k03x",
        about: &vector.about,
        covers: &vector.covers,
        program: &vector.program,
        expected: &vector.trace,
        source: "recorded",
    }
}

#[test]
fn equal_traces_have_nothing_to_explain() {
    let vector = vector();
    assert_eq!(explain(&case(&vector), &vector.trace), None);
}

#[test]
fn a_shorter_and_a_longer_trace_differ_at_the_end_of_the_shorter() {
    let trace = vector().trace;
    assert_eq!(first_difference(&trace, &trace[..4]), Some(4));
    assert_eq!(first_difference(&trace[..4], &trace), Some(4));
    assert_eq!(first_difference(&trace, &trace), None);
}

#[test]
fn a_difference_is_shown_with_program_statements_and_both_traces() {
    let vector = vector();
    let mut actual = vector.trace.clone();
    actual.truncate(8);
    actual[6] = Event::Raised {
        tasklet: "main".to_owned(),
        at: "1".to_owned(),
        error: "RuntimeError:switch_trap".to_owned(),
    };
    insta::assert_snapshot!(explain(&case(&vector), &actual).expect("they differ"));
}

fn gave(tasklet: &str, at: &str, op: &str, value: i64) -> [Event; 2] {
    let (tasklet, at, op) = (tasklet.to_owned(), at.to_owned(), op.to_owned());
    let begin = Event::Begin { tasklet: tasklet.clone(), at: at.clone(), op };
    [begin, Event::Gave { tasklet, at, value: Json::Int(value) }]
}

#[test]
fn departures_of_one_cause_are_alike_whatever_the_names_and_values() {
    let end = || Event::End { tasklet: "t".to_owned() };
    let of = |tasklet: &str, at: &str, value| {
        let expected = gave(tasklet, at, "recv", value);
        departure(&expected, &[expected[0].clone(), end()])
    };
    let sign = Some("the end of a tasklet instead of a result of recv".to_owned());
    assert_eq!((of("a", "0", 1), of("b", "3t0", 2)), (sign.clone(), sign));
    let same = gave("a", "0", "recv", 1);
    assert_eq!(departure(&same, &same), None);
    let short = departure(&same, &same[..1]);
    assert_eq!(short.as_deref(), Some("nothing instead of a result of recv"));
}
