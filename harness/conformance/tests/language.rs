//! What a malformed recording is told, and how programs are walked.

use switchback::{Error, Kind};
use switchback_conformance::cursor::{Cursor, Next};
use switchback_conformance::model::{Outcome, Rules, run};
use switchback_conformance::{Event, Json, Vector, statements, vector};

fn line(main: &str, bodies: &str) -> String {
    format!(r#"{{"id":"x","tags":[],"bodies":{bodies},"main":{main},"trace":[]}}"#)
}

fn why(main: &str) -> String {
    Vector::from_line(&line(main, "{}")).expect_err("the line is malformed")
}

fn program(main: &str, bodies: &str) -> Vector {
    Vector::from_line(&line(main, bodies)).expect("the line is well formed")
}

#[test]
fn an_unknown_op_is_named_with_its_place() {
    let text = why(r#"[["ring"],["try",[["ring"],["snd","c",1]],[]]]"#);
    assert_eq!(text, "main, op 1: `try` op 1: `snd` is not an operation of the language");
}

#[test]
fn a_missing_an_extra_and_a_wrong_argument_are_told_apart() {
    assert_eq!(why(r#"[["send","c"]]"#), "main, op 0: `send` misses a value");
    assert_eq!(why(r#"[["recv","c",1]]"#), "main, op 0: `recv` has an argument too many: 1");
    assert_eq!(why(r#"[["pref","c","x"]]"#), "main, op 0: `pref` wants a small number, not \"x\"");
    assert_eq!(why(r#"[["loop",-1,[]]]"#), "main, op 0: `loop` wants a count, not -1");
    assert_eq!(why(r#"["ring"]"#), format!("main, op 0: {NOT_AN_OP}"));
}

const NOT_AN_OP: &str = "\"ring\" is not an array that starts with the name of an op";

#[test]
fn a_body_that_does_not_exist_is_an_error() {
    assert_eq!(why(r#"[["spawn","t","nowhere"]]"#), "there is no body `nowhere`");
}

#[test]
fn a_malformed_file_names_file_and_line() {
    let good = line("[]", "{}");
    let error = vector::parse("my.jsonl", &format!("{good}\n\n{{\"id\":3}}\n"))
        .expect_err("line 3 is malformed");
    assert_eq!((error.file.as_str(), error.line), ("my.jsonl", 3));
    assert!(error.to_string().starts_with("my.jsonl, line 3: invalid type"), "{error}");
}

#[test]
fn a_truncated_line_and_a_wrong_event_are_errors() {
    let good = line("[]", "{}");
    assert!(Vector::from_line(&good[..good.len() - 2]).is_err());
    let wrong = good.replace("[]}", r#"[["main","0","ring"],["cb","chan","c","t",2,0]]}"#);
    let text = Vector::from_line(&wrong).expect_err("2 is no flag");
    assert_eq!(text, r#"event 1: ["cb","chan","c","t",2,0] is not an event"#);
}

#[test]
fn optional_keys_may_be_missing_or_null_and_others_are_ignored() {
    let line =
        r#"{"id":"x","bodies":{},"main":[],"callbacks":null,"tags":null,"seed":7,"trace":[]}"#;
    let vector = Vector::from_line(line).expect("only optional keys are missing");
    assert!(vector.tags.is_empty() && vector.covers.is_empty() && vector.about.is_empty());
    assert!(!vector.program.schedule_callback && !vector.program.channel_callback);
    let wrong = line.replace("null,\"tags", "[\"timer\"],\"tags");
    assert!(Vector::from_line(&wrong).expect_err("no such callback").contains("timer"));
}

#[test]
fn a_file_without_recordings_is_an_error() {
    let error = vector::parse("empty.jsonl", "\n\n").expect_err("nothing to run");
    assert_eq!(error.to_string(), "empty.jsonl: no recording in it");
}

#[test]
fn every_statement_of_every_recording_is_known() {
    assert_eq!(statements::all().count(), 204);
    assert!(statements::all().is_sorted_by(|a, b| a.id < b.id));
    let core = vector::core().expect("core.jsonl is well formed");
    let covered = core.iter().flat_map(|vector| &vector.covers);
    let unknown: Vec<_> = covered.filter(|id| statements::find(id).is_none()).collect();
    assert_eq!(unknown, Vec::<&String>::new());
}

/// Walks main; `result` gives the outcome of each op by its name.
fn walk(main: &str, result: impl Fn(&str) -> Result<Json, Error>) -> Vec<String> {
    let program = program(main, "{}").program;
    let mut cursor = Cursor::start("main", None);
    let mut events = Vec::new();
    loop {
        match cursor.next(&program, &mut events) {
            Next::Do(op) => {
                let name = op.name();
                cursor.done(&program, result(name), &mut events);
            }
            Next::Over(_) => return events.iter().map(Event::to_string).collect(),
        }
    }
}

fn only_raise_fails(op: &str) -> Result<Json, Error> {
    if op == "raise" { Err(Error::new("E1", "")) } else { Ok(Json::Null) }
}

#[test]
fn cleanup_runs_on_the_way_out_and_the_error_goes_on() {
    let trace = walk(
        r#"[["try",[["finally",[["raise","E1"]],[["ring"]]]],[["log",1]]]]"#,
        only_raise_fails,
    );
    assert_eq!(
        trace,
        [
            "main 0t0t0: raise",
            "main 0t0t0 raised E1",
            "main 0t0f0: ring",
            "main 0t0f0 = null",
            "main 0 caught E1",
            "main 0h0: log",
            "main 0h0 = null",
            "main ends",
        ]
    );
}

#[test]
fn a_return_leaves_loops_and_runs_cleanup() {
    let trace =
        walk(r#"[["loop",3,[["finally",[["return"]],[["ring"]]]]],["ring"]]"#, only_raise_fails);
    assert_eq!(trace, ["main 0.0t0: return", "main 0.0f0: ring", "main 0.0f0 = null", "main ends"]);
}

#[test]
fn loops_of_nothing_and_empty_parts_are_passed() {
    let trace = walk(
        r#"[["loop",0,[["ring"]]],["loop",2,[]],["try",[],[]],["finally",[],[]],["send_seq","c",[]]]"#,
        only_raise_fails,
    );
    assert_eq!(trace, ["main 4: send_seq", "main 4 = 0", "main ends"]);
}

#[test]
fn an_iteration_ends_by_stop_iteration_only() {
    let stop = |_: &str| Err(Kind::StopIteration.into());
    assert_eq!(walk(r#"[["iter","c",[["ring"]]]]"#, stop), ["main 0 items end", "main ends"]);
    let fail = |_: &str| Err(Kind::Closed.into());
    let trace = walk(r#"[["try",[["iter","c",[]]],[]]]"#, fail);
    assert_eq!(trace, ["main 0 caught ValueError", "main ends"]);
}

#[test]
fn a_cursor_survives_being_written_down_at_every_op() {
    for vector in vector::core().expect("core.jsonl is well formed") {
        let mut cursor = Cursor::start("main", None);
        let (mut plain, mut written) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            let bytes = postcard::to_allocvec(&cursor).expect("a cursor is plain data");
            let mut copy: Cursor = postcard::from_bytes(&bytes).expect("as it was written");
            if let Next::Over(_) = cursor.next(&vector.program, &mut plain) {
                break;
            }
            let _ = copy.next(&vector.program, &mut written);
            cursor.done(&vector.program, Ok(Json::Null), &mut plain);
            copy.done(&vector.program, Ok(Json::Null), &mut written);
        }
        plain.truncate(written.len());
        assert_eq!(plain, written, "{}", vector.id);
    }
}

#[test]
fn what_the_model_does_not_define_is_said() {
    let undefined =
        |main: &str, bodies: &str| match run(&program(main, bodies).program, Rules::REFERENCE, 100)
        {
            Outcome::Undefined(reason) => reason,
            other => panic!("{other:?}"),
        };
    let worker = r#"{"w":[["log",1]]}"#;
    let trap = r#"[["spawn","t","w"],["killp","t"],["RUN"]]"#;
    assert!(matches!(
        run(&program(trap, worker).program, Rules::REFERENCE, 100),
        Outcome::Complete(_)
    ));
    let leaves = r#"[["spawn","t","w"],["schedule"]]"#;
    let reason = undefined(leaves, r#"{"w":[["switch_trap",1]]}"#);
    assert!(reason.contains("Q10"), "{reason}");
    let myself = r#"[["spawn","t","w"],["switch","main"]]"#;
    assert!(undefined(myself, worker).contains("Q03"));
}

#[test]
fn ending_under_a_switch_trap_gives_control_away_under_our_rules() {
    let bodies = r#"{"w":[["switch_trap",-1]]}"#;
    let program = program(r#"[["spawn","t","w"],["schedule"],["schedule"]]"#, bodies).program;
    let trace = run(&program, Rules::backend(true), 100).into_trace().expect("it is defined");
    assert!(trace.iter().any(|event| event.to_string() == "t ends"), "{trace:?}");
}

#[test]
fn switching_to_oneself_does_nothing_under_our_rules() {
    let main = r#"[["spawn","t","w"],["switch","main"],["run","main"],["ring"]]"#;
    let program = program(main, r#"{"w":[["log",1]]}"#).program;
    let trace = run(&program, Rules::backend(false), 100).into_trace().expect("it is defined");
    let last: Vec<_> = trace.iter().rev().take(2).map(Event::to_string).collect();
    assert_eq!(last, ["main ends", r#"main 3 = ["main","t"]"#]);
}

#[test]
fn a_program_with_too_many_events_is_cut_off() {
    let long = program(r#"[["loop",60,[["ring"]]]]"#, "{}").program;
    assert_eq!(run(&long, Rules::REFERENCE, 100), Outcome::Overflow);
}
