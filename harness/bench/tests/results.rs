//! The results file: what is written is read, and what cannot be read says why.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use switchback_bench::{
    results::{
        self, About, AboutBackend, Build, Capacity, CellResult, Elsewhere, Environment, ErrorKind,
        Lto, Memory, Panic, Plot, Run, Verdict,
    },
    witness::Witness,
};

/// A folder of its own for each test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path =
            std::env::temp_dir().join(format!("switchback-results-{process}-{number}-{name}"));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, text: &str) -> PathBuf {
        let path = self.0.join("run.json");
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn environment() -> Environment {
    Environment {
        cpu: "A processor".into(),
        cores: 2,
        kernel: "Linux 6.18".into(),
        rustc: "rustc 1.95.0".into(),
        profile: "release, opt-level 3".into(),
        build: Some(Build {
            profile: Some("bench".into()),
            opt_level: Some("3".into()),
            lto: Some(Lto::False),
            codegen_units: Some(1),
            panic: Some(Panic::Unwind),
            debug_assertions: Some(false),
            overflow_checks: Some(false),
            target: Some("x86_64-unknown-linux-gnu".into()),
            target_cpu: Some("default".into()),
            target_features: Some(vec!["sse".into(), "sse2".into()]),
            flags: Some(vec!["-C relocation-model=static".into()]),
        }),
        commit: "af27659".into(),
        program: Some("0123456789abcdef".into()),
        started: None,
        seed: None,
    }
}

fn run() -> Run {
    let mut timed =
        CellResult::untimed("pingpong", "hard", 1000, "nanoseconds per pair", Verdict::Ok, None);
    timed.median = Some(5.25);
    timed.low = Some(5.2);
    timed.high = Some(5.3);
    timed.ratio = Some(2.1);
    timed.reference = Some("corosensei".into());
    timed.witness = Some(Witness { messages: Some(1000), ..Witness::of(u64::MAX) });
    let why = Some("messages: expected 1000, counted 999".to_owned());
    let refused = CellResult::untimed(
        "pingpong",
        "soft",
        1000,
        "nanoseconds per pair",
        Verdict::DifferentWork,
        why,
    );
    let mut reference = CellResult { backend: "corosensei".into(), ..timed.clone() };
    (reference.ratio, reference.median) = (Some(1.0), Some(2.5));
    (reference.low, reference.high) = (None, None);
    let stopped = Capacity {
        backend: "threads".into(),
        probe: "blocked".into(),
        verdict: Verdict::Ok,
        unit: "tasklets blocked at once".into(),
        asked: 1_000_000,
        reached: Some(10_000),
        ended: Some("refused: out of threads".into()),
        memory: vec![Memory { count: 10_000, resident: 11_285.25, tables: 4_117.5 }],
        why: None,
        reproduce: Some("cargo bench -- --exact capacity/threads/blocked".into()),
    };
    let about = About {
        scenario: "pingpong".into(),
        family: "switching".into(),
        title: "Ping-pong".into(),
        work: "A ball goes there and back.".into(),
        shows: "The least.".into(),
        does_not_show: "The most.".into(),
        cost: "Linear.".into(),
        plot: Plot::Ratio,
        elsewhere: vec![Elsewhere {
            system: "Stackless".into(),
            source: "talk".into(),
            date: "2007".into(),
            machine: "hardware of that year".into(),
            value: "66 ns".into(),
            ratio: Some(1.5),
        }],
    };
    let kind = AboutBackend {
        backend: "hard".into(),
        group: "order-exact".into(),
        words: "A native stack for each tasklet.".into(),
        capabilities: [("blocking".to_owned(), true)].into(),
    };
    Run {
        results: vec![timed, refused, reference],
        scenarios: vec![about],
        backends: vec![kind],
        capacity: vec![stopped],
        complete: true,
        ..Run::new(environment())
    }
}

fn message(path: &Path) -> String {
    let text = results::read(path).unwrap_err().to_string();
    text.strip_prefix(&format!("{}: ", path.display())).expect("the path comes first").to_owned()
}

/// The fault of a file that says something: the message without what to do about it.
fn fault(path: &Path) -> String {
    let text = message(path);
    text.strip_suffix("; `cargo bench` makes it anew").expect("the next step is last").to_owned()
}

#[test]
fn what_is_written_is_read() {
    let folder = Folder::new("round-trip");
    let path = folder.0.join("new/folder/run.json");
    results::write(&path, &run()).unwrap();
    assert_eq!(results::read(&path).unwrap(), run());
}

#[test]
fn the_fields_are_those_of_the_format() {
    let json = serde_json::to_value(run()).unwrap();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["environment"]["cpu"], "A processor");
    let build = serde_json::json!({
        "profile": "bench", "opt_level": "3", "lto": "false", "codegen_units": 1,
        "panic": "unwind", "debug_assertions": false, "overflow_checks": false,
        "target": "x86_64-unknown-linux-gnu", "target_cpu": "default",
        "target_features": ["sse", "sse2"], "flags": ["-C relocation-model=static"]
    });
    assert_eq!(json["environment"]["build"], build);
    let (timed, refused) = (&json["results"][0], &json["results"][1]);
    assert_eq!(timed["verdict"], "ok");
    assert_eq!(timed["median"], 5.25);
    assert_eq!(timed["witness"]["digest"], "ffffffffffffffff");
    assert_eq!(timed["witness"]["messages"], 1000);
    assert_eq!(timed["witness"]["switches"], serde_json::Value::Null);
    assert_eq!(timed["reproduce"], "cargo bench -- --exact pingpong/hard/1000");
    assert_eq!(refused["verdict"], "different work");
    assert_eq!(refused["median"], serde_json::Value::Null, "no time without a verified witness");
    let about = &json["scenarios"][0];
    assert_eq!((&about["scenario"], &about["plot"]), (&"pingpong".into(), &"ratio".into()));
    assert_eq!(about["does_not_show"], "The most.");
    assert_eq!(about["elsewhere"][0]["source"], "talk");
    let kind = serde_json::json!({
        "backend": "hard", "group": "order-exact", "words": "A native stack for each tasklet.",
        "capabilities": {"blocking": true},
    });
    assert_eq!(json["backends"], serde_json::json!([kind]));
    let stopped = &json["capacity"][0];
    assert_eq!((&stopped["asked"], &stopped["reached"]), (&1_000_000.into(), &10_000.into()));
    assert_eq!(stopped["memory"][0]["resident"], 11_285.25);
    assert_eq!(stopped.get("why"), None);
}

#[test]
fn a_missing_file_names_the_next_step() {
    let folder = Folder::new("missing");
    let path = folder.0.join("run.json");
    assert_eq!(message(&path), "no such file: run `cargo bench` to make one");
}

#[test]
fn an_empty_file_is_told_from_a_broken_one() {
    let folder = Folder::new("empty");
    assert_eq!(message(&folder.file(" \n")), "the file is empty: run `cargo bench` again");
    assert_eq!(
        fault(&folder.file("{\n  \"schema\": 1,")),
        "not JSON: EOF while parsing a value at line 2, column 14"
    );
}

#[test]
fn a_newer_schema_is_refused_before_its_fields_are_looked_at() {
    let folder = Folder::new("newer");
    assert_eq!(
        message(&folder.file(r#"{"schema": 2, "cells": []}"#)),
        "schema 2 is newer than this program knows (1): update switchback-report"
    );
}

#[test]
fn a_missing_field_is_named_with_its_place() {
    let folder = Folder::new("field");
    let mut json = serde_json::to_value(run()).unwrap();
    json["results"][1].as_object_mut().unwrap().remove("verdict");
    let path = folder.file(&json.to_string());
    assert_eq!(fault(&path), "results[1]: expected a field `verdict`, found none");

    let mut json = serde_json::to_value(run()).unwrap();
    json["results"][0]["verdict"] = "splendid".into();
    assert_eq!(
        fault(&folder.file(&json.to_string())),
        "results[0].verdict: expected one of `ok`, `failed`, `unsupported`, `different work`, \
         `crash`, `timeout`, found `splendid`"
    );

    let mut json = serde_json::to_value(run()).unwrap();
    json["results"][0]["witness"]["digest"] = "xyz".into();
    assert_eq!(
        fault(&folder.file(&json.to_string())),
        "results[0].witness.digest: \"xyz\" is not a hexadecimal digest"
    );

    assert_eq!(fault(&folder.file("{}")), "expected a field `schema`, found none");
}

/// The message for the results of these tests with one thing changed.
fn changed(change: impl FnOnce(&mut serde_json::Value)) -> String {
    let folder = Folder::new("changed");
    let mut json = serde_json::to_value(run()).unwrap();
    change(&mut json);
    fault(&folder.file(&json.to_string()))
}

/// The same for a figure of a cell: the message ends with its id.
fn changed_cell(index: usize, field: &str, value: serde_json::Value) -> String {
    let text = changed(|json| match field.split_once('.') {
        Some((object, field)) => json["results"][index][object][field] = value,
        None => json["results"][index][field] = value,
    });
    let id = run().results[index].id();
    text.strip_suffix(&format!(", in the cell {id}")).expect("the cell is named").to_owned()
}

#[test]
fn what_contradicts_the_format_is_refused_with_its_place() {
    let set = |list: &'static str, index: usize, field: &'static str, value: serde_json::Value| {
        if list == "results" {
            changed_cell(index, field, value)
        } else {
            changed(|json| json[list][index][field] = value)
        }
    };
    let null = || serde_json::Value::Null;
    assert_eq!(changed(|json| json["schema"] = 0.into()), "schema: expected 1, found 0");
    assert_eq!(
        set("results", 0, "median", null()),
        "results[0].median: expected a time with the verdict `ok`, found none"
    );
    for field in ["median", "low", "high"] {
        assert_eq!(
            set("results", 1, field, 1.5.into()),
            format!(
                "results[1].{field}: expected no time with the verdict `different work`, found 1.5"
            )
        );
    }
    let fields =
        ["median", "low", "high", "ratio", "ratio_low", "ratio_high", "band", "cpu", "wall"];
    for field in fields {
        assert_eq!(
            set("results", 0, field, (-0.5).into()),
            format!("results[0].{field}: expected a number that is not negative, found -0.5")
        );
    }
    assert_eq!(
        set("results", 1, "peak_memory", 4096.into()),
        "results[1].peak_memory: expected none with the verdict `different work`, found 4096"
    );
    let energy = |joules: f64, packages: u64| {
        changed(|json| {
            json["energy"] =
                serde_json::json!({"joules": joules, "seconds": 1.0, "packages": packages});
        })
    };
    assert_eq!(energy(-1.0, 1), "energy.joules: expected a number that is not negative, found -1");
    assert_eq!(energy(1.0, 0), "energy.packages: expected at least 1, found 0");
    assert_eq!(
        set("results", 0, "low", 5.26.into()),
        "results[0].low: expected at most median, 5.25, found 5.26"
    );
    assert_eq!(
        set("results", 0, "high", 5.0.into()),
        "results[0].median: expected at most high, 5, found 5.25"
    );
    let low_above_high = changed(|json| {
        (json["results"][0]["ratio"], json["results"][0]["ratio_low"]) = (null(), 3.into());
        json["results"][0]["ratio_high"] = 2.into();
    });
    assert_eq!(
        low_above_high,
        "results[0].ratio_low: expected at most ratio_high, 2, found 3, in the cell pingpong/hard/1000"
    );
    assert_eq!(
        set("capacity", 0, "reached", null()),
        "capacity[0].reached: expected a number with the verdict `ok`, found none"
    );
    assert_eq!(
        set("capacity", 0, "reached", 1_000_001.into()),
        "capacity[0].reached: expected at most the 1000000 asked for, found 1000001"
    );
    assert_eq!(
        set("capacity", 0, "verdict", "crash".into()),
        "capacity[0].reached: expected no number with the verdict `crash`, found 10000"
    );
    assert_eq!(
        changed(|json| json["capacity"][0]["memory"][0]["tables"] = (-1).into()),
        "capacity[0].memory[0].tables: expected a number that is not negative, found -1"
    );
    let twice = |list: &'static str| {
        changed(|json| {
            let first = json[list][0].clone();
            json[list].as_array_mut().unwrap().push(first);
        })
    };
    assert_eq!(
        twice("results"),
        "results[3]: expected each id once, found \"pingpong/hard/1000\" as in results[0]"
    );
    assert_eq!(
        twice("capacity"),
        "capacity[1]: expected each id once, found \"capacity/threads/blocked\" as in capacity[0]"
    );
    let descending = changed(|json| {
        let first = json["capacity"][0]["memory"][0].clone();
        json["capacity"][0]["memory"].as_array_mut().unwrap().push(first);
    });
    assert_eq!(
        descending,
        "capacity[0].memory[1].count: expected more than 10000 before it, found 10000"
    );
}

#[test]
fn more_than_there_can_be_is_refused_with_its_cell() {
    let most = 1_000_000_000_000_000_u64;
    let counts = [
        "samples",
        "iterations",
        "processes",
        "peak_memory",
        "witness.tasklets",
        "witness.peak_alive",
        "witness.messages",
        "witness.switches",
    ];
    for field in counts {
        let said = format!("results[0].{field}: expected at most {most}, found {}", u64::MAX);
        assert_eq!(changed_cell(0, field, u64::MAX.into()), said);
    }
    let warm = serde_json::json!({"samples": most + 1, "stable": true});
    assert_eq!(
        changed_cell(0, "warm_up", warm),
        format!("results[0].warm_up.samples: expected at most {most}, found {}", most + 1)
    );
    assert_eq!(
        changed(|json| json["environment"]["cores"] = u64::MAX.into()),
        format!("environment.cores: expected at most {most}, found {}", u64::MAX)
    );
    let asked = changed(|json| json["capacity"][0]["asked"] = u64::MAX.into());
    assert_eq!(asked, format!("capacity[0].asked: expected at most {most}, found {}", u64::MAX));
    let count = changed(|json| json["capacity"][0]["memory"][0]["count"] = u64::MAX.into());
    let place = "capacity[0].memory[0].count";
    assert_eq!(count, format!("{place}: expected at most {most}, found {}", u64::MAX));
    let few = changed(|json| {
        (json["results"][0]["samples"], json["results"][0]["processes"]) = (2.into(), 3.into());
    });
    assert_eq!(
        few,
        "results[0].processes: expected at most one for each of 2 samples, found 3, in the cell \
         pingpong/hard/1000"
    );
}

/// What a check finds wrong with a cell of these times on a machine of two cores.
fn clocks(clock: &str, cpu: f64, wall: f64) -> Option<String> {
    let mut run = run();
    let row = &mut run.results[0];
    (row.clock, row.cpu, row.wall) = (Some(clock.into()), Some(cpu), Some(wall));
    run.check().err().map(|fault| fault.to_string())
}

#[test]
fn no_more_is_computed_than_there_was_time_for() {
    assert_eq!(clocks("thread CPU", 5.0, 5.0), None);
    assert_eq!(clocks("thread CPU", 10.0, 5.0), None, "two clocks are not one");
    assert_eq!(
        clocks("thread CPU", 10.5, 5.0).as_deref(),
        Some(
            "results[0].cpu: expected at most 10, 2 times the wall time, found 10.5, in the cell \
             pingpong/hard/1000"
        )
    );
    assert_eq!(clocks("wall", 100.0, 5.0), None, "a clock that ticks in steps of 10 ms");
    assert_eq!(
        clocks("wall", 101.0, 5.0).as_deref(),
        Some(
            "results[0].cpu: expected at most 100, 10 times the wall time of 2 cores, found 101, \
             in the cell pingpong/hard/1000"
        )
    );
}

#[test]
fn energy_is_some_in_some_time_and_no_more_than_there_is() {
    let energy = |joules: f64, seconds: f64| {
        let mut run = run();
        run.energy = Some(results::Energy { joules, seconds, packages: 2 });
        run.check().err().map(|fault| fault.to_string())
    };
    assert_eq!(energy(300.0, 2.5), None);
    assert_eq!(energy(0.0, 1.0).as_deref(), Some("energy.joules: expected more than 0, found 0"));
    assert_eq!(energy(1.0, 0.0).as_deref(), Some("energy.seconds: expected more than 0, found 0"));
    assert_eq!(
        energy(1.0, 1e300).as_deref(),
        Some("energy.seconds: expected at most 1e18, found 1e300")
    );
    assert_eq!(
        energy(1e6, 2.5).as_deref(),
        Some(
            "energy.joules: expected at most 50000, 10000 W for each of 2 packages in 2.5 s, found \
             1000000"
        )
    );
}

#[test]
fn an_iteration_may_need_no_page_more() {
    let mut run = run();
    run.results[0].peak_memory = Some(0);
    assert_eq!(run.check(), Ok(()));
}

#[test]
fn numbers_in_messages_are_short() {
    let said = changed(|json| json["results"][0]["samples"] = 1e300.into());
    assert_eq!(
        said,
        "results[0].samples: expected a whole number that is not negative, found 1e300"
    );
    assert_eq!(
        changed_cell(0, "low", 1e17.into()),
        "results[0].low: expected at most median, 5.25, found 1e17"
    );
    assert_eq!(
        changed_cell(1, "median", 1e17.into()),
        "results[1].median: expected no time with the verdict `different work`, found 1e17"
    );
}

#[test]
fn what_is_no_file_is_refused_at_once() {
    let folder = Folder::new("no-file");
    assert_eq!(message(&folder.0), "expected a file, found a folder; name a file in it");
    let path = folder.0.join("run.json");
    fs::write(&path, b"{\"schema\": \xff").unwrap();
    assert_eq!(fault(&path), "expected a text in UTF-8, found the byte 0xff at 11");
    if cfg!(unix) {
        assert!(message(Path::new("/dev/zero")).starts_with("expected a file, found a device; "));
    }
}

#[test]
fn a_reason_names_no_folder_of_the_machine() {
    let why = Some("panicked: no /home/ann/stacks/free.txt".to_owned());
    let row = CellResult::untimed("a", "b", 1, "ns", Verdict::Crash, why);
    assert_eq!(row.why.as_deref(), Some("panicked: no free.txt"));
}

#[test]
fn what_makes_no_sense_is_refused_with_its_place() {
    let set = |list: &'static str, index: usize, field: &'static str, value: serde_json::Value| {
        changed(|json| json[list][index][field] = value)
    };
    let name = "expected a name, found an empty text";
    for field in ["scenario", "backend", "unit"] {
        assert_eq!(set("results", 1, field, " ".into()), format!("results[1].{field}: {name}"));
    }
    for field in ["backend", "probe", "unit"] {
        assert_eq!(set("capacity", 0, field, "".into()), format!("capacity[0].{field}: {name}"));
    }
    for field in ["resident", "tables"] {
        assert_eq!(
            changed(|json| json["capacity"][0]["memory"][0][field] = 1e100.into()),
            format!("capacity[0].memory[0].{field}: expected at most 1e18, found 1e100")
        );
    }
    let seen = "expected characters that can be seen and keep their order, found ";
    for (found, code) in [("a\0", 0), ("\u{1b}[31m", 0x1b), ("a\nb", 10), ("a\u{202e}b", 0x202e)] {
        let text = set("results", 1, "backend", found.into());
        assert_eq!(text, format!("results[1].backend: {seen}U+{code:04X} in {found:?}"));
        let text = set("capacity", 0, "probe", found.into());
        assert_eq!(text, format!("capacity[0].probe: {seen}U+{code:04X} in {found:?}"));
    }
    assert_eq!(
        set("results", 1, "size", 0.into()),
        "results[1].size: expected at least 1, found 0"
    );
    for field in ["samples", "iterations", "processes"] {
        let expected = format!("results[0].{field}: expected at least 1, found 0");
        assert_eq!(changed_cell(0, field, 0.into()), expected);
    }
    assert_eq!(
        set("capacity", 0, "asked", 0.into()),
        "capacity[0].asked: expected at least 1, found 0"
    );
    assert_eq!(
        changed_cell(0, "band", 1e300.into()),
        "results[0].band: expected at most 1e18, found 1e300"
    );
    assert_eq!(
        set("results", 0, "clock", "moon".into()),
        "results[0].clock: expected `thread CPU` or `wall`, found \"moon\""
    );
    assert_eq!(
        set("results", 0, "reference", "nobody".into()),
        "results[0].reference: expected a backend with a result of the same scenario and size, \
         found \"nobody\""
    );
    assert_eq!(
        changed(|json| json["environment"]["cores"] = 0.into()),
        "environment.cores: expected at least 1, found 0"
    );
    for time in [
        "yesterday",
        "2026-13-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00",
        "+026-01-01T00:00:00Z",
    ] {
        assert_eq!(
            changed(|json| json["environment"]["started"] = time.into()),
            format!(
                "environment.started: expected a time in UTC as 2026-01-31T12:00:00Z, found \
                 {time:?}"
            )
        );
    }
}

#[test]
fn a_run_that_was_interrupted_may_lack_what_was_to_come() {
    let folder = Folder::new("interrupted");
    let mut run = run();
    run.complete = false;
    // Its reference is being measured again.
    run.results.pop();
    let path = folder.0.join("run.json");
    results::write(&path, &run).unwrap();
    assert_eq!(results::read(&path).unwrap(), run);
    (run.results, run.capacity) = (Vec::new(), Vec::new());
    run.environment.started = Some("2026-12-31T23:59:60Z".to_owned());
    results::write(&path, &run).unwrap();
    assert_eq!(results::read(&path).unwrap(), run);
}

#[test]
fn what_has_another_type_is_told_in_the_words_of_the_file() {
    let set = |field: &'static str, value: serde_json::Value| {
        changed(|json| json["results"][0][field] = value)
    };
    for (field, value, said) in [
        ("size", serde_json::json!(1000.0), "a whole number that is not negative, found 1000.0"),
        ("size", serde_json::json!(-5), "a whole number that is not negative, found `-5`"),
        (
            "size",
            serde_json::json!("x, expected y"),
            "a whole number that is not negative, found \"x, expected y\"",
        ),
        ("median", serde_json::json!(true), "a number, found `true`"),
        ("backend", serde_json::json!(7), "a text, found `7`"),
        ("backend", serde_json::Value::Null, "a text, found null"),
        ("unit", serde_json::json!({"a": 1}), "a text, found an object"),
        ("witness", serde_json::json!("x"), "an object, found \"x\""),
    ] {
        let said = said.replace('`', "");
        assert_eq!(set(field, value), format!("results[0].{field}: expected {said}"));
    }
    assert_eq!(
        changed(|json| json["results"] = serde_json::json!({})),
        "results: expected a list, found an object"
    );
    assert_eq!(
        changed(|json| json["results"][0] = serde_json::json!([])),
        "results[0]: expected an object, found a list"
    );
    assert_eq!(
        changed(|json| json["complete"] = 1.into()),
        "complete: expected true or false, found 1"
    );
}

#[test]
fn parts_are_those_of_the_run_and_what_is_complete_lacks_nothing() {
    let shard = |value: serde_json::Value| changed(|json| json["shard"] = value);
    for (parts, of, said) in [
        (vec![], 3, "shard.parts: expected at least one, found none"),
        (vec![0], 3, "shard.parts[0]: expected a part from 1 to 3, found 0"),
        (vec![4], 3, "shard.parts[0]: expected a part from 1 to 3, found 4"),
        (vec![2, 2], 3, "shard.parts[1]: expected a part from 3 to 3, found 2"),
        (vec![1], 0, "shard.of: expected at least 1, found 0"),
        (vec![1], 1001, "shard.of: expected at most 1000, found 1001"),
    ] {
        assert_eq!(shard(serde_json::json!({"parts": parts, "of": of})), said);
    }
    assert_eq!(
        changed(|json| json["missing"] = serde_json::json!(["part 2 of 3 is missing"])),
        "missing: expected none of a complete run, found 1"
    );
    let folder = Folder::new("parts");
    let mut whole = run();
    whole.complete = false;
    whole.missing = vec![results::Shard::missing_words(2, 3)];
    whole.shard = Some(results::Shard { parts: vec![1, 3], of: 3, ..results::Shard::default() });
    let path = folder.0.join("run.json");
    results::write(&path, &whole).unwrap();
    let read = results::read(&path).unwrap();
    assert_eq!(read, whole);
    let shard = read.shard.unwrap();
    assert_eq!(shard.to_string(), "parts 1, 3 of 3");
    assert_eq!(shard.missing().collect::<Vec<_>>(), [2]);
}

#[test]
fn a_key_stands_once() {
    let folder = Folder::new("keys");
    let text = serde_json::to_string(&run()).unwrap();
    let twice = text.replacen("\"verdict\":\"ok\"", "\"verdict\":\"crash\",\"verdict\":\"ok\"", 1);
    assert_ne!(text, twice);
    assert_eq!(
        fault(&folder.file(&twice)),
        "results[0]: expected each key once, found \"verdict\" twice"
    );
}

#[test]
fn whatever_may_be_missing_may_be_null() {
    let folder = Folder::new("null");
    let mut json = serde_json::to_value(run()).unwrap();
    let null = || serde_json::Value::Null;
    json["capacity"][0]["memory"] = null();
    (json["complete"], json["capacity"][0]["ended"]) = (null(), null());
    let read = results::read(&folder.file(&json.to_string())).unwrap();
    assert_eq!((read.complete, &read.capacity[0].memory), (false, &Vec::new()));
    json["capacity"] = null();
    assert_eq!(results::read(&folder.file(&json.to_string())).unwrap().capacity, []);
}

#[test]
fn words_may_be_missing_or_null_and_are_checked_if_they_are_there() {
    let folder = Folder::new("words");
    let json = || serde_json::to_value(run()).unwrap();
    let read = |json: &serde_json::Value| results::read(&folder.file(&json.to_string())).unwrap();
    let mut older = json();
    older.as_object_mut().unwrap().remove("scenarios");
    assert_eq!(read(&older).scenarios, [], "a run from before there were words");
    let mut bare = json();
    bare["scenarios"] = serde_json::json!([{"scenario": "pingpong", "title": null, "plot": null}]);
    let expected = About { scenario: "pingpong".into(), ..About::default() };
    assert_eq!(read(&bare).scenarios, [expected]);

    let set = |field: &'static str, value: serde_json::Value| {
        changed(|json| json["scenarios"][0][field] = value)
    };
    let name = "expected a name, found an empty text";
    assert_eq!(set("scenario", "".into()), format!("scenarios[0].scenario: {name}"));
    assert_eq!(set("family", " ".into()), format!("scenarios[0].family: {name}"));
    assert_eq!(
        set("title", "a\u{202e}b".into()),
        "scenarios[0].title: expected characters that can be seen and keep their order, found \
         U+202E in \"a\\u{202e}b\""
    );
    assert_eq!(
        set("plot", "both".into()),
        "scenarios[0].plot: expected `median` or `ratio`, found `both`"
    );
    let figure = |field: &'static str, value: serde_json::Value| {
        changed(|json| json["scenarios"][0]["elsewhere"][0][field] = value)
    };
    assert_eq!(figure("source", "".into()), format!("scenarios[0].elsewhere[0].source: {name}"));
    assert_eq!(
        figure("ratio", (-1).into()),
        "scenarios[0].elsewhere[0].ratio: expected a number that is not negative, found -1"
    );
    assert_eq!(
        figure("ratio", 1e300.into()),
        "scenarios[0].elsewhere[0].ratio: expected at most 1e18, found 1e300"
    );
    let twice = changed(|json| {
        let first = json["scenarios"][0].clone();
        json["scenarios"].as_array_mut().unwrap().push(first);
    });
    assert_eq!(twice, "scenarios[1]: expected each id once, found \"pingpong\" as in scenarios[0]");
}

#[test]
fn facts_of_the_build_may_be_missing_or_null_and_are_checked_if_they_are_there() {
    let folder = Folder::new("build");
    let json = || serde_json::to_value(run()).unwrap();
    let read = |json: &serde_json::Value| {
        results::read(&folder.file(&json.to_string())).unwrap().environment.build
    };
    let mut older = json();
    older["environment"].as_object_mut().unwrap().remove("build");
    assert_eq!(read(&older), None, "a run from before builds were recorded");
    older["environment"]["build"] = serde_json::Value::Null;
    assert_eq!(read(&older), None);
    let mut bare = json();
    bare["environment"]["build"] = serde_json::json!({"lto": null, "flags": null, "mood": 1});
    assert_eq!(read(&bare), Some(Build::default()));
    for lto in ["false", "off", "thin", "fat"] {
        let mut other = json();
        other["environment"]["build"]["lto"] = lto.into();
        assert_eq!(read(&other).unwrap().lto.unwrap().to_string(), lto);
    }

    let set = |field: &'static str, value: serde_json::Value| {
        let said = changed(|json| json["environment"]["build"][field] = value);
        said.strip_prefix("environment.build.").expect("the place comes first").to_owned()
    };
    let seen = "expected characters that can be seen and keep their order, found U+202E in";
    for field in ["profile", "target", "target_cpu"] {
        let name = "expected a name, found an empty text";
        assert_eq!(set(field, " ".into()), format!("{field}: {name}"));
        let said = set(field, "a\u{202e}b".into());
        assert_eq!(said, format!("{field}: {seen} \"a\\u{{202e}}b\""));
    }
    for field in ["target_features", "flags"] {
        let said = set(field, serde_json::json!(["a", "a\u{202e}b"]));
        assert_eq!(said, format!("{field}[1]: {seen} \"a\\u{{202e}}b\""));
        let said = set(field, vec!["a"; 1001].into());
        assert_eq!(said, format!("{field}: expected at most 1000, found 1001"));
    }
    assert_eq!(
        set("opt_level", "4".into()),
        "opt_level: expected one of 0, 1, 2, 3, s, z, found \"4\""
    );
    assert_eq!(set("codegen_units", 0.into()), "codegen_units: expected at least 1, found 0");
    assert_eq!(
        set("lto", "both".into()),
        "lto: expected one of `false`, `off`, `thin`, `fat`, found `both`"
    );
    assert_eq!(set("panic", "flee".into()), "panic: expected `unwind` or `abort`, found `flee`");
    assert_eq!(
        set("debug_assertions", "no".into()),
        "debug_assertions: expected true or false, found \"no\""
    );
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let folder = Folder::new("mark");
    let text = serde_json::to_string(&run()).unwrap();
    assert_eq!(results::read(&folder.file(&format!("\u{feff}{text}"))).unwrap(), run());
    assert_eq!(message(&folder.file("\u{feff}\n")), "the file is empty: run `cargo bench` again");
}

#[test]
fn fields_of_later_additions_are_passed_over() {
    let folder = Folder::new("extra");
    let mut json = serde_json::to_value(run()).unwrap();
    json["results"][0]["mood"] = "bright".into();
    assert_eq!(results::read(&folder.file(&json.to_string())).unwrap(), run());
}

#[test]
fn a_write_that_fails_leaves_the_old_file_and_no_litter() {
    let folder = Folder::new("atomic");
    let path = folder.file("");
    results::write(&path, &run()).unwrap();

    // A file in the place of the folder makes the write fail at its first step.
    let error = results::write(&path.join("run.json"), &run()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unwritable(_)), "{error}");
    assert_eq!(results::read(&path).unwrap(), run());

    // A folder in the place of the target makes it fail at its last step.
    let taken = folder.0.join("taken.json");
    fs::create_dir(&taken).unwrap();
    assert!(results::write(&taken, &run()).is_err());
    let names: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(names.iter().all(|n| !n.to_string_lossy().contains("tmp")), "{names:?}");
}

/// A socket stands for all that is no file: anybody may make one.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_replaced() {
    use std::os::unix::{fs::FileTypeExt, net::UnixListener};

    let folder = Folder::new("socket");
    let path = folder.0.join("run.json");
    let _socket = UnixListener::bind(&path).unwrap();
    let error = results::write(&path, &run()).unwrap_err();
    assert!(error.to_string().contains("expected a file or nothing there"), "{error}");
    assert!(fs::symlink_metadata(&path).unwrap().file_type().is_socket());
}

#[cfg(unix)]
#[test]
fn a_link_in_the_way_is_replaced_and_not_followed() {
    let folder = Folder::new("link");
    let (elsewhere, path) = (folder.0.join("elsewhere"), folder.0.join("run.json"));
    fs::write(&elsewhere, "precious").unwrap();
    // What a name of the process alone would be, and the target itself.
    let foreseen = path.with_extension(format!("{}.tmp", std::process::id()));
    for link in [&foreseen, &path] {
        std::os::unix::fs::symlink(&elsewhere, link).unwrap();
    }
    results::write(&path, &run()).unwrap();
    assert_eq!(results::read(&path).unwrap(), run());
    assert!(!path.is_symlink());
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
}
