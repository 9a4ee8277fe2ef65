//! The results file: what is written is read, and what cannot be read says why.

use std::{
    fs,
    path::{Path, PathBuf},
};

use switchback_bench::{
    results::{self, Capacity, CellResult, Environment, ErrorKind, Memory, Run, Verdict},
    witness::Witness,
};

/// A folder of its own for each test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("switchback-results-{}-{name}", std::process::id()));
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
        commit: "af27659".into(),
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
    Run {
        results: vec![timed, refused],
        capacity: vec![stopped],
        complete: true,
        ..Run::new(environment())
    }
}

fn message(path: &Path) -> String {
    let text = results::read(path).unwrap_err().to_string();
    text.strip_prefix(&format!("{}: ", path.display())).expect("the path comes first").to_owned()
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
    let (timed, refused) = (&json["results"][0], &json["results"][1]);
    assert_eq!(timed["verdict"], "ok");
    assert_eq!(timed["median"], 5.25);
    assert_eq!(timed["witness"]["digest"], "ffffffffffffffff");
    assert_eq!(timed["witness"]["messages"], 1000);
    assert_eq!(timed["witness"]["switches"], serde_json::Value::Null);
    assert_eq!(timed["reproduce"], "cargo bench -- --exact pingpong/hard/1000");
    assert_eq!(refused["verdict"], "different work");
    assert_eq!(refused["median"], serde_json::Value::Null, "no time without a verified witness");
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
        message(&folder.file("{\n  \"schema\": 1,")),
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
    assert_eq!(message(&path), "results[1]: missing field `verdict`");

    let mut json = serde_json::to_value(run()).unwrap();
    json["results"][0]["verdict"] = "splendid".into();
    let text = message(&folder.file(&json.to_string()));
    assert!(text.starts_with("results[0].verdict: unknown variant `splendid`"), "{text}");

    let mut json = serde_json::to_value(run()).unwrap();
    json["results"][0]["witness"]["digest"] = "xyz".into();
    assert_eq!(
        message(&folder.file(&json.to_string())),
        "results[0].witness.digest: \"xyz\" is not a hexadecimal digest"
    );

    assert_eq!(message(&folder.file("{}")), "missing field `schema`");
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

    // A folder in the way of the staged file makes the write fail at its first step.
    let staged = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::create_dir(&staged).unwrap();
    let error = results::write(&path, &Run::new(environment())).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unwritable(_)), "{error}");
    assert_eq!(results::read(&path).unwrap(), run());
    fs::remove_dir(&staged).unwrap();

    // A folder in the place of the target makes it fail at its last step.
    let taken = folder.0.join("taken.json");
    fs::create_dir(&taken).unwrap();
    assert!(results::write(&taken, &run()).is_err());
    let names: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(names.iter().all(|n| !n.to_string_lossy().contains("tmp")), "{names:?}");
}
