//! The committed JSON schema of results files against the types that write and read them: each field of one is a field of the other, and
//! each is required exactly where reading requires it.

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use switchback_bench::results::Run;
use switchback_report::SCHEMA;

fn schema() -> Value {
    serde_json::from_str(SCHEMA).expect("the schema is JSON")
}

/// A run in which every field of every type is there.
fn whole() -> Value {
    json!({
        "schema": 1,
        "environment": {
            "cpu": "c", "cores": 2, "kernel": "k", "rustc": "r", "profile": "p", "commit": "0", "program": "0123456789abcdef",
            "started": "2026-01-31T12:00:00Z", "seed": 1,
            "build": {
                "profile": "bench", "opt_level": "3", "lto": "fat", "codegen_units": 1, "panic": "unwind", "debug_assertions": false,
                "overflow_checks": false, "target": "t", "target_cpu": "default", "target_features": ["sse"], "flags": ["-C x"],
            },
        },
        "results": [{
            "scenario": "a", "backend": "b", "size": 1, "verdict": "ok", "unit": "nanoseconds", "median": 1.5, "low": 1.0, "high": 2.0,
            "ratio": 1.0, "reference": "b", "ratio_low": 1.0, "ratio_high": 1.0, "band": 0.1, "clock": "wall", "cpu": 1.5, "wall": 1.5,
            "samples": 9, "iterations": 9, "processes": 3, "warm_up": {"samples": 9, "stable": true},
            "peak_memory": 4096, "why": "w", "reproduce": "r",
            "witness": {"digest": "00000000000000ff", "tasklets": 1, "peak_alive": 1, "messages": 1, "switches": 1},
        }],
        "scenarios": [{
            "scenario": "a", "family": "f", "title": "t", "work": "w", "shows": "s", "does_not_show": "d", "cost": "c", "plot": "ratio",
            "elsewhere": [{"system": "s", "source": "o", "date": "2007", "machine": "m", "value": "1 ns", "ratio": 1.5}],
        }],
        "backends": [{"backend": "b", "group": "g", "words": "w", "capabilities": {"portable": true}}],
        "capacity": [{
            "backend": "b", "probe": "blocked", "verdict": "ok", "unit": "u", "asked": 2, "reached": 1, "ended": "e", "why": "w",
            "reproduce": "r", "memory": [{"count": 1, "resident": 1.5, "tables": 0.5}],
        }],
        "complete": false,
        "shard": {
            "parts": [1, 3], "of": 3, "settings": {"budget": "4 s"}, "scenarios": ["a"], "backends": ["b"],
        },
        "missing": ["part 2 of 3 is missing"],
        "energy": {"joules": 1.5, "seconds": 2.5, "packages": 1},
    })
}

/// Every object of a value with the part of the schema that describes it.
fn objects<'v>(
    schema: &'v Value,
    part: &'v Value,
    value: &'v Value,
    found: &mut Vec<(&'v Value, &'v Value)>,
) {
    let target = |reference: &Value| {
        let path = reference.as_str().expect("a reference").strip_prefix('#').expect("a local one");
        schema.pointer(path).expect("what it names")
    };
    let part = part.get("$ref").map_or(part, target);
    let choice = part.get("oneOf").and_then(Value::as_array).and_then(|all| all.last());
    let part = choice.map_or(part, |last| last.get("$ref").map_or(last, target));
    match value {
        Value::Object(fields) => {
            let Some(properties) = part.get("properties") else { return };
            found.push((part, value));
            for (name, field) in fields {
                objects(schema, &properties[name], field, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                objects(schema, &part["items"], item, found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_field_of_the_types_is_in_the_schema_and_the_other_way_around() {
    let (schema, given) = (schema(), whole());
    let run: Run = serde_json::from_value(given.clone()).expect("the types read it");
    // What the types know they write again; what they do not know is lost on the way.
    assert_eq!(serde_json::to_value(&run).expect("JSON"), given);
    let mut found = Vec::new();
    objects(&schema, &schema, &given, &mut found);
    for (part, value) in &found {
        let names = |value: &Value| -> BTreeSet<String> {
            value.as_object().expect("an object").keys().cloned().collect()
        };
        assert_eq!(names(&part["properties"]), names(value));
    }
    let parts = schema["$defs"].as_object().expect("definitions").len() + 1;
    let distinct: BTreeSet<String> = found.iter().map(|(part, _)| part.to_string()).collect();
    assert_eq!(distinct.len(), parts, "no definition goes unused");
}

/// Each field is left out, and set to `null`: the types and the schema must say the same to both.
#[test]
fn what_the_schema_requires_is_what_reading_requires() {
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    assert!(validator.is_valid(&whole()));
    let mut tried = 0;
    let places = [
        "",
        "/environment",
        "/environment/build",
        "/results/0",
        "/results/0/witness",
        "/scenarios/0",
        "/scenarios/0/elsewhere/0",
        "/backends/0",
        "/capacity/0",
        "/capacity/0/memory/0",
        "/shard",
        "/energy",
    ];
    for place in places {
        let all = whole();
        let fields = all.pointer(place).and_then(Value::as_object).expect("an object");
        for field in fields.keys() {
            for null in [false, true] {
                let mut changed = whole();
                let object = changed.pointer_mut(place).and_then(Value::as_object_mut).expect("it");
                if null {
                    object.insert(field.clone(), Value::Null);
                } else {
                    object.remove(field);
                }
                let read = serde_json::from_value::<Run>(changed.clone());
                let (valid, fits) = (validator.is_valid(&changed), read.is_ok());
                assert_eq!(valid, fits, "{place}/{field}, null: {null}: {read:?}");
                tried += 1;
            }
        }
    }
    assert!(tried > 150, "{tried}");
}

#[test]
fn every_committed_results_file_is_valid_and_faults_are_not() {
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    for name in support::RUNS {
        let text = std::fs::read_to_string(support::golden(&format!("{name}.json"))).expect("it");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let faults: Vec<String> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
        assert_eq!(faults, [""; 0], "{name}");
    }
    for (place, value) in [
        ("/schema", json!(2)),
        ("/results/0/size", json!(0)),
        ("/results/0/verdict", json!("splendid")),
        ("/results/0/median", json!(-1)),
        ("/results/0/clock", json!("sun")),
        ("/results/0/backend", json!("")),
        ("/results/0/peak_memory", json!(-1)),
        ("/results/0/peak_memory", json!(0.5)),
        ("/results/0/samples", json!(u64::MAX)),
        ("/results/0/iterations", json!(u64::MAX)),
        ("/results/0/processes", json!(u64::MAX)),
        ("/results/0/peak_memory", json!(u64::MAX)),
        ("/results/0/witness/messages", json!(u64::MAX)),
        ("/results/0/band", json!(1e300)),
        ("/capacity/0/asked", json!(u64::MAX)),
        ("/environment/cores", json!(u64::MAX)),
        ("/energy/joules", json!(-1)),
        ("/energy/joules", json!(0)),
        ("/energy/seconds", json!(0)),
        ("/energy/packages", json!(0)),
        ("/environment/cores", json!(0)),
        ("/environment/started", json!("yesterday")),
        ("/backends/0/capabilities/portable", json!("yes")),
        ("/shard/parts", json!([])),
        ("/shard/parts/0", json!(0)),
        ("/shard/of", json!(0)),
        ("/shard/of", json!(1001)),
        ("/shard/settings/budget", json!(4)),
    ] {
        let mut changed = whole();
        *changed.pointer_mut(place).expect("a place") = value;
        assert!(!validator.is_valid(&changed), "{place}");
    }
}
