//! Results made to do harm: pages that grow out of proportion, texts that deceive their reader, files that contradict themselves.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use switchback_bench::results;
use switchback_report::{
    Extras, Form, Gate, History, MARKDOWN_LIMIT, badge, diff, input, render_html, render_markdown,
};

/// A folder with results, and files beside them.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    fn file(&self, name: &str, value: &Value) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, value.to_string()).expect("a file for the test");
        path
    }

    /// Bytes of the files and the page.
    fn page(&self) -> (usize, String) {
        let path = self.0.join("run.json");
        let files = fs::read_dir(&self.0).expect("the folder");
        let bytes = files.map(|file| file.expect("a file").metadata().expect("its size").len());
        let run = results::read(&path).unwrap_or_else(|error| panic!("{error}"));
        (bytes.sum::<u64>() as usize, render_html(&run, &Extras::beside(&path, &run)))
    }
}

fn run(rows: Vec<Value>, capacity: Vec<Value>) -> Value {
    let text = "x";
    json!({
        "schema": 1, "results": rows, "capacity": capacity, "complete": true,
        "environment": {"cpu": text, "cores": 1, "kernel": text, "rustc": text, "profile": text, "commit": text},
    })
}

fn row(scenario: &str, backend: &str, size: u64) -> Value {
    json!({"scenario": scenario, "backend": backend, "size": size, "verdict": "ok", "unit": "ns", "median": 1.5})
}

fn failed(backend: &str, why: &str) -> Value {
    json!({"scenario": "a", "backend": backend, "size": 1, "verdict": "crash", "unit": "ns", "why": why})
}

/// As the page is promised to be; `whole`: nothing is left out.
fn keeps_its_size(name: &str, folder: &Folder, whole: bool) {
    let (bytes, page) = folder.page();
    let limit = ((128 << 10) + 50 * bytes).min(4 << 20);
    assert!(page.len() <= limit, "{name}: {} bytes of page for {bytes}", page.len());
    let leaves_out =
        page.contains("This page leaves out ") || page.contains("left out here for length");
    assert_eq!(leaves_out, !whole, "{name}: {} bytes of page for {bytes}", page.len());
    assert!(page.ends_with("</html>"), "{name}");
}

#[test]
fn a_page_keeps_its_size_whatever_the_results_hold() {
    let each = |count: u64, make: fn(u64) -> Value| (1..=count).map(make).collect::<Vec<_>>();
    let long = "\u{1f4a3}\"&<".repeat(20_000);
    let memory: Vec<_> =
        (0..20_000).map(|count| json!({"count": count, "resident": 1.5, "tables": 0})).collect();
    let probe = |backend: &str, memory: Value| json!({"backend": backend, "probe": "blocked", "verdict": "ok", "unit": "x", "asked": 1, "reached": 1, "memory": memory});
    let apart = (0..2_000)
        .map(|i| probe(&format!("b{i}"), json!([{"count": i, "resident": 1.5, "tables": 0}])));
    let figure = |i: u64| json!({"system": format!("y{i}"), "source": format!("o{i}"), "ratio": 1.5 + i as f64});
    let mut quoted = run(vec![row("s", "b", 1)], vec![]);
    quoted["scenarios"] =
        json!([{"scenario": "s", "plot": "ratio", "elsewhere": each(9_000, figure)}]);
    let mut told = run(each(300, |i| row(&format!("s{i}"), "b", 1)), vec![]);
    let words = "\u{202e}&".repeat(8_000);
    told["scenarios"] = each(300, |i| json!({"scenario": format!("s{i}"), "work": "x"})).into();
    for about in told["scenarios"].as_array_mut().expect("a list") {
        about["shows"] = json!(words);
    }
    let mut facts = run(vec![row("s", "b", 1)], vec![]);
    for fact in ["cpu", "kernel", "rustc", "profile", "commit"] {
        facts["environment"][fact] = json!(long);
    }
    let texts = vec![long.clone(); 20];
    facts["environment"]["build"] = json!({
        "profile": long, "opt_level": "3", "target": long, "target_cpu": long,
        "target_features": texts, "flags": texts,
    });
    let cases = [
        (
            "few of them, which have less room",
            run(each(200, |i| row(&format!("s{i}"), &format!("b{i}"), i)), vec![]),
        ),
        (
            "each backend in a scenario of its own",
            run(each(2_000, |i| row(&format!("s{i}"), &format!("b{i}"), i)), vec![]),
        ),
        (
            "many backends in one scenario",
            run(each(6_000, |i| row("s", &format!("b{i}"), 1)), vec![]),
        ),
        ("many sizes", run(each(8_000, |i| row("s", "b", i)), vec![])),
        ("many scenarios", run(each(4_000, |i| row(&format!("s{i}"), "b", 1)), vec![])),
        (
            "names that look alike",
            run(each(4_000, |i| row(&"-".repeat(1 + i as usize % 90), &format!("{i}"), i)), vec![]),
        ),
        (
            "many units",
            run(
                each(
                    5_000,
                    |i| json!({"scenario": "s", "backend": "b", "size": i, "verdict": "ok", "unit": format!("u{i}"), "median": 1}),
                ),
                vec![],
            ),
        ),
        (
            "long reasons",
            run((0..100).map(|i| failed(&format!("b{i}"), &long[..9_000])).collect(), vec![]),
        ),
        (
            "reasons of nothing but escapes",
            run(
                (0..300)
                    .map(|i| failed(&format!("b{i}"), &"\u{202e}\u{0}".repeat(2_000)))
                    .collect(),
                vec![],
            ),
        ),
        (
            "two thousand scenarios and as many backends",
            run(
                (0..2_000)
                    .flat_map(|i| {
                        [i, (i + 1) % 2_000].map(|j| row(&format!("s{i}"), &format!("b{j}"), 1))
                    })
                    .collect(),
                vec![],
            ),
        ),
        ("many figures from elsewhere", quoted),
        ("words that are nothing but escapes", told),
        ("many probes", run(vec![], apart.collect())),
        ("many marks", run(vec![], vec![probe("b", memory.into())])),
    ];
    for (name, run) in cases {
        let folder = Folder::new("run");
        folder.file("run.json", &run);
        keeps_its_size(name, &folder, false);
    }
    for (name, run) in
        [("long facts", facts), ("a long name", run(vec![row(&long, &long, 1)], vec![]))]
    {
        let folder = Folder::new("run");
        folder.file("run.json", &run);
        keeps_its_size(name, &folder, true);
        assert!(folder.page().1.contains(" more characters"), "{name}");
        assert!(folder.page().1.len() < 128 << 10, "{name}");
    }
}

#[test]
fn a_page_keeps_its_size_whatever_lies_beside_the_results() {
    let names = |count: usize| (0..count).map(|i| format!("n{i}")).collect::<Vec<_>>();
    let verdicts = [
        "pass",
        "fail",
        "crash",
        "timeout",
        "unexpected_pass",
        "known_fail",
        "unsupported",
        "not_run",
    ];
    let backend = |name: &str, verdict: &str, cases: usize| {
        let totals: serde_json::Map<String, Value> = verdicts
            .iter()
            .map(|v| ((*v).to_owned(), json!(if *v == verdict { cases } else { 0 })))
            .collect();
        let cases: Vec<_> = names(cases)
            .iter()
            .map(|id| json!({"id": id, "group": id, "verdict": verdict, "detail": id}))
            .collect();
        json!({"backend": name, "command": "c", "outcome": "unexpected", "totals": totals, "cases": cases})
    };
    let mutants = |count: usize| {
        json!({
            "schema": 1, "bases": [{"base": "b", "cases": []}],
            "mutants": names(count).iter().map(|n| json!({"base": "b", "fault": n, "about": "", "killed_by": 0, "tried": 0, "verdicts": ""})).collect::<Vec<_>>(),
            "groups": names(count).iter().map(|n| json!({"group": n, "cases": 1, "seeing": 0})).collect::<Vec<_>>(),
            "cases": names(count).iter().map(|n| json!({"id": n, "group": n, "sees": []})).collect::<Vec<_>>(),
        })
    };
    let thaw: Vec<_> = names(3_000).iter().map(|n| json!({"backend": n, "dumped_by": n, "resumed_in": n, "verdict": "fail", "journeys": 1, "points": 1, "detail": n})).collect();
    let mut deep = backend("b", "crash", 100);
    for case in deep["cases"].as_array_mut().expect("cases") {
        case["detail"] = json!("<\"&\u{2066}[[[".repeat(1_000));
        case["replay"] = json!("'&".repeat(5_000));
    }
    deep["capabilities"] = names(5_000)
        .iter()
        .map(|n| (n.clone(), json!(true)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    deep["command"] = json!("&".repeat(100_000));
    let conformance = |backends: Vec<Value>| json!({"schema": 2, "backends": backends});
    let cases = [
        (
            "conformance.json",
            conformance(names(2_000).iter().map(|n| backend(n, "pass", 1)).collect()),
        ),
        ("conformance.json", conformance(vec![backend("b", "fail", 5_000)])),
        ("conformance.json", conformance(vec![backend("b", "known_fail", 5_000)])),
        ("conformance.json", conformance(vec![backend("b", "unsupported", 9_000)])),
        (
            "conformance.json",
            conformance(names(60).iter().map(|n| backend(n, "fail", 100)).collect()),
        ),
        ("conformance.json", conformance(vec![deep])),
        ("mutants.json", mutants(2_000)),
        ("freeze_thaw.json", json!({"schema": 1, "cells": thaw})),
        ("baseline.json", run((1..=5_000).map(|i| row("gone", "b", i)).collect(), vec![])),
    ];
    for (file, content) in cases {
        let folder = Folder::new("beside");
        folder.file("run.json", &run(vec![row("a", "b", 1)], vec![]));
        folder.file(file, &content);
        let (_, page) = folder.page();
        assert!(!page.contains("; `"), "{file} is refused");
        // A row for each of 2,000 backends is what a page has room for.
        let whole = content["backends"].as_array().is_some_and(|backends| backends.len() == 2_000);
        keeps_its_size(file, &folder, whole);
    }
}

/// The other pages: two runs compared, and many over time.
#[test]
fn comparisons_and_histories_keep_their_size_as_well() {
    let limit = |bytes: usize| ((128 << 10) + 50 * bytes).min(4 << 20);
    let folder = Folder::new("compared");
    let measured = |i: u64, cost: f64| {
        let mut row = row(&format!("s{}", i / 50), &format!("b{i}"), 1 + i % 7);
        row["low"] = json!(1.5 * cost);
        row["median"] = json!(1.5 * cost);
        row["high"] = json!(1.5 * cost);
        row
    };
    let mut paths = Vec::new();
    for day in 1..=4_u64 {
        let cost = if day > 2 { 3.0 } else { 1.0 };
        let mut content = run((0..8_000).map(|i| measured(i, cost)).collect(), vec![]);
        content["environment"]["started"] = json!(format!("2026-01-0{day}T00:00:00Z"));
        content["environment"]["commit"] = json!("&".repeat(10_000));
        paths.push(folder.file(&format!("{day}.json"), &content));
    }
    let bytes = |path: &PathBuf| fs::metadata(path).expect("a file").len() as usize;
    let read = |path: &PathBuf| results::read(path).expect("valid results");
    let found = diff(&read(&paths[0]), &read(&paths[3]), Gate::default(), Form::Html);
    assert!(found.text.contains("left out here for length") && found.text.ends_with("</html>"));
    assert!(found.text.len() <= limit(bytes(&paths[0]) + bytes(&paths[3])), "{}", found.text.len());
    let page = History::read(&folder.0).expect("results").render(Form::Html);
    assert!(page.contains("left out here for length") && page.ends_with("</html>"));
    assert!(page.len() <= limit(paths.iter().map(bytes).sum()), "{}", page.len());
}

#[test]
fn a_longer_name_costs_no_more_page() {
    let size = |letters: usize| {
        let name = "n".repeat(letters);
        let folder = Folder::new("name");
        folder.file("run.json", &run(vec![row(&name, &name, 1), row(&name, "b", 1)], vec![]));
        folder.page().1.len()
    };
    // The number of characters left out is said with more digits; that is all.
    let (long, longer) = (size(10_000), size(100_000));
    assert!(longer - long < 200, "{long} {longer}");
}

#[test]
fn what_deceives_a_reader_reaches_no_report() {
    let name = "a\0b\u{202e}c\u{2066}d\u{1b}[31me\u{85}f\u{ffff}g\u{200f}";
    let folder = Folder::new("deceiving");
    let mut results = run(vec![row("a", "b", 1), failed("c", name)], vec![]);
    results["environment"]["cpu"] = json!(name);
    let path = folder.file("run.json", &results);
    folder.file("conformance.json", &json!({"schema": 1, "\u{202e}": 1}));
    let (_, page) = folder.page();
    let run = results::read(&path).expect("valid results");
    let texts =
        [page, render_markdown(&run, &Extras::beside(&path, &run)), badge(&run, Some(name))];
    for text in texts {
        let deceives = |c: char| {
            (c.is_control() && c != '\n') || "\u{202e}\u{2066}\u{ffff}\u{200f}".contains(c)
        };
        assert_eq!(text.find(deceives), None, "{text}");
        assert!(!text.contains("\\u0000"), "an escape is read as what it stands for");
        assert!(text.contains(r"\u{202e}") || text.contains(r"\\u{202e}"), "{text}");
        assert!(text.len() <= MARKDOWN_LIMIT);
    }
}

fn refusal<T: input::Format + std::fmt::Debug>(content: &Value) -> String {
    let folder = Folder::new("refused");
    let path = folder.file("input.json", content);
    let text = input::read::<T>(&path).expect_err("it contradicts itself").to_string();
    let text = text.strip_prefix(&format!("{}: ", path.display())).expect("the file is named");
    text.split("; `").next().expect("the cause").to_owned()
}

fn sample(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_str(&fs::read_to_string(path).expect("a sample")).expect("JSON")
}

#[test]
fn ids_that_come_twice_are_refused_with_both_places() {
    let twice = |path: &str, list: &str| {
        let mut json = sample(path);
        let items = json.pointer_mut(list).and_then(Value::as_array_mut).expect("a list");
        let (first, last) = (items[0].clone(), items.len());
        items.push(first);
        (json, last)
    };
    let full = |file: &str| format!("tests/golden/full/{file}.json");
    let check = |text: String, list: &str, last: usize| {
        let start = format!("{list}[{last}]: expected each id once, found \"");
        assert!(text.starts_with(&start) && text.ends_with(&format!("as in {list}[0]")), "{text}");
    };
    for list in ["mutants", "bases", "groups", "cases"] {
        let (json, last) = twice(&full("mutants"), &format!("/{list}"));
        check(refusal::<input::Mutants>(&json), list, last);
    }
    let (json, last) = twice(&full("conformance"), "/backends");
    check(refusal::<input::Conformance>(&json), "backends", last);
    let (mut json, last) = twice(&full("conformance"), "/backends/0/cases");
    let verdict =
        json["backends"][0]["cases"][0]["verdict"].as_str().expect("a verdict").to_owned();
    let total = json["backends"][0]["totals"][&verdict].as_u64().expect("a total");
    json["backends"][0]["totals"][&verdict] = json!(total + 1);
    check(refusal::<input::Conformance>(&json), "backends[0].cases", last);
    let (json, last) = twice(&full("freeze_thaw"), "/cells");
    check(refusal::<input::Thaw>(&json), "cells", last);
    let (json, last) = twice(&full("baseline"), "/results");
    check(refusal::<switchback_report::Baseline>(&json), "results", last);
}

#[test]
fn more_than_there_are_is_refused() {
    let mut json = sample("tests/golden/full/mutants.json");
    json["groups"][1]["seeing"] = json!(999);
    let said = refusal::<input::Mutants>(&json);
    assert!(
        said.starts_with("groups[1].seeing: expected at most ") && said.ends_with("found 999"),
        "{said}"
    );
    let mut json = sample("tests/golden/full/mutants.json");
    json["mutants"][0]["tried"] = json!(0);
    json["mutants"][0]["killed_by"] = json!(1);
    assert_eq!(
        refusal::<input::Mutants>(&json),
        "mutants[0].killed_by: expected at most the 0 tried, found 1"
    );
}

#[test]
fn a_message_is_short_whatever_was_found() {
    let long = "\u{202e}x".repeat(100_000);
    let mut named = run(vec![row("a", &long, 1)], vec![]);
    let mut told = run(vec![row("a", "b", 1)], vec![]);
    told["results"][0]["verdict"] = json!(long);
    named["complete"] = json!(true);
    let folder = Folder::new("long-messages");
    let key = "k".repeat(100_000);
    let twice = folder.0.join("twice.json");
    fs::write(&twice, format!("{{\"{key}\": {{\"{key}\": 1, \"{key}\": 2}}}}")).expect("a file");
    for path in [folder.file("named.json", &named), folder.file("told.json", &told), twice] {
        let said = [
            results::read(&path).expect_err("it is wrong").to_string(),
            input::read::<switchback_report::Baseline>(&path).expect_err("it is wrong").to_string(),
        ];
        for text in said {
            let cause = text.strip_prefix(&path.display().to_string()).expect("the file is named");
            assert!(cause.chars().count() < 2_000, "{}", cause.chars().count());
            assert!(cause.contains(" characters left out] "), "{cause}");
            assert!(cause.ends_with("makes it anew"), "{cause}");
        }
    }
}
