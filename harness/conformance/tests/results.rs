//! What is written about a run: JSON by its schema, JUnit XML, Markdown of bounded size.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use switchback_conformance::report::{Outcome, Report, Results};
use switchback_conformance::statements::find;
use switchback_conformance::suite::{Options, judge};
use switchback_conformance::{Verdict, suite};
use switchback_hard::Hard;

const SCHEMA: &str = include_str!("../conformance.schema.json");
const SAMPLE: &str = include_str!("sample.json");

fn violations(results: &Value) -> Vec<String> {
    let schema = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("the schema is one");
    let errors = validator.iter_errors(results);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn sample() -> Results {
    Results::read(SAMPLE).expect("the sample can be read")
}

const FEW: [&str; 3] = ["statements::C020", "statements::C080", "vectors::core::q01"];

/// A real run of a few cases.
fn real() -> Report {
    let only = FEW.map(str::to_owned).into();
    judge(&suite!(Hard), &Options { only, in_process: true, ..Options::default() })
}

#[test]
fn real_results_and_the_sample_are_valid_by_the_schema() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("results");
    let report = real();
    let verdicts = FEW.map(|id| report.case(id).map(|case| case.verdict));
    assert_eq!(verdicts, [Some(Verdict::Pass); 3]);
    assert_eq!(report.exit_code(), 0);
    report.write(&folder).expect("the results can be written");
    let text = std::fs::read_to_string(folder.join("hard.json")).expect("they are there");
    let none: [String; 0] = [];
    assert_eq!(violations(&serde_json::from_str(&text).expect("JSON")), none);
    assert_eq!(violations(&serde_json::from_str(SAMPLE).expect("JSON")), none);
    let read = Results::read(&text).expect("what was written can be read");
    assert_eq!(read.backends[0].cases.len(), report.cases.len());
    // What was left out has its sentences, what passed has none.
    let said = &read.backends[0].sentences;
    assert_eq!(said["C104"], find("C104").expect("a statement").sentence);
    let passed = report.only(|case| case.verdict == Verdict::Pass);
    assert!(!passed.cases.is_empty());
    assert_eq!(passed.sentences, BTreeMap::new());
    let xml = std::fs::read_to_string(folder.join("hard.junit.xml")).expect("it is there");
    assert!(xml.contains("name=\"statements::C020\""), "{}", &xml[..500]);
    assert!(folder.join("hard.md").is_file());
}

#[test]
fn the_schema_refuses_what_is_no_result() {
    let mut unknown: Value = serde_json::from_str(SAMPLE).expect("JSON");
    unknown["backends"][0]["cases"][0]["verdict"] = json!("maybe");
    assert_eq!(violations(&unknown).len(), 1, "{:?}", violations(&unknown));
    let mut silent: Value = serde_json::from_str(SAMPLE).expect("JSON");
    let cases = silent["backends"][0]["cases"].as_array_mut().expect("cases");
    let failed = cases.iter_mut().find(|case| case["verdict"] == "fail").expect("a failure");
    failed.as_object_mut().expect("a case").remove("detail");
    assert_eq!(violations(&silent).len(), 1, "a failure without a text");
}

#[test]
fn results_of_another_version_are_refused_by_name() {
    let text = SAMPLE.replacen("\"schema\": 2", "\"schema\": 3", 1);
    assert_eq!(
        Results::read(&text),
        Err("schema 3 of the results is unknown; this is 2".to_owned())
    );
}

#[test]
fn the_totals_of_the_sample_are_those_of_its_cases() {
    for report in sample().backends {
        for verdict in Verdict::ALL {
            let count = report.cases.iter().filter(|case| case.verdict == verdict).count();
            assert_eq!(report.total(verdict), count, "{}: {verdict}", report.backend);
        }
    }
}

#[test]
fn junit_xml_tells_failures_errors_and_what_was_not_run() {
    let threads = sample().backends.remove(1);
    insta::assert_snapshot!(threads.junit().expect("it can be written"));
}

/// What XML 1.0 calls a character.
fn is_xml(c: char) -> bool {
    let code = u32::from(c);
    matches!(code, 0x9 | 0xA | 0xD | 0x20..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..=0x10_FFFF)
}

#[test]
fn junit_xml_is_well_formed_whatever_a_backend_prints() {
    let every = (0..=0x11_0000_u32).filter_map(char::from_u32);
    let foreign: String = every.filter(|c| !is_xml(*c)).collect();
    assert_eq!(foreign.chars().count(), 0x20 - 3 + 2, "controls, U+FFFE and U+FFFF");
    let foreign = format!("\u{202e}\u{1b}[31m{foreign}");
    let mut report = sample().backends.remove(1);
    report.package.push_str(&foreign);
    report.backend.push_str(&foreign);
    for case in &mut report.cases {
        for text in [&mut case.id, &mut case.group] {
            text.push_str(&foreign);
        }
        let detail = case.detail.get_or_insert_default();
        *detail = format!("{foreign}]]>\u{10ffff}{detail}{foreign}");
        case.seconds = f64::NAN;
    }
    let xml = report.junit().expect("it can be written");
    let strays: Vec<char> = xml.chars().filter(|c| !is_xml(*c)).collect();
    assert!(strays.is_empty(), "{strays:?}");
    // All are seen, each in every place.
    let detail = report.cases.last().and_then(|case| case.detail.as_ref()).expect("a text");
    for c in foreign.chars().filter(|c| !matches!(c, '[' | '3' | '1' | 'm')) {
        let seen = xml.matches(&c.escape_unicode().to_string()).count();
        assert!(seen >= 5, "{c:?}: {seen}");
    }
    assert!(detail.contains('\u{10ffff}') && !xml.contains('\u{202e}'));
    for reference in ["&#xFFFE;", "&#65534;", "&#x0;", "&#0;"] {
        assert!(!xml.contains(reference), "{reference}");
    }
}

#[test]
fn what_deceives_a_reader_is_seen_in_the_summary() {
    let mut results = sample();
    let case = results.backends[0].cases.iter_mut().find(|case| case.verdict == Verdict::Fail);
    case.expect("a failure").detail = Some("a\0b\u{202e}c\u{1b}[31m".to_owned());
    results.backends[1].backend = "ev\u{2066}il|\n| x".to_owned();
    let text = results.markdown(1_000_000);
    assert!(text.contains(r"a\u{0}b\u{202e}c\u{1b}[31m"), "{text}");
    assert!(text.contains(r"| ev\u{2066}il\| \| x |"), "{text}");
    assert_eq!(text.find(|c: char| c.is_control() && c != '\n'), None);
}

#[test]
fn a_summary_of_many_backends_says_how_many_rows_are_left_out() {
    let mut results = sample();
    let one = results.backends[1].clone();
    results.backends.extend((0..20_000).map(|i| {
        let why = Some("x".repeat(100));
        Report { backend: format!("b{i}"), why, cases: Vec::new(), ..one.clone() }
    }));
    let text = results.markdown(1_000_000);
    assert!(text.len() <= 1_000_000, "{} bytes", text.len());
    assert!(text.contains(" further rows do not fit in here"), "{}", &text[text.len() - 400..]);
    assert!(text.contains(" further backends have no column in here"), "columns");
    let widest = text.lines().map(|line| line.matches('|').count()).max();
    assert_eq!(widest, Some(32 + 2));
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_results() {
    assert_eq!(Results::read(&format!("\u{feff}{SAMPLE}")), Ok(sample()));
}

#[test]
fn the_summary_shows_all_verdicts_and_the_texts_of_what_is_unexpected() {
    insta::assert_snapshot!(sample().markdown(1_000_000));
}

#[test]
fn the_end_of_the_output_tells_what_fell_and_where_to_begin() {
    let lessons: Vec<String> = sample().backends.iter().map(Report::lesson).collect();
    insta::assert_snapshot!(lessons.join("\n----\n"));
}

#[test]
fn a_failure_is_put_down_to_the_statement_whose_cases_fail_most_often() {
    let mut report = sample().backends.remove(2);
    let one = report.cases[0].clone();
    let case = |id: &str, statement: &str, verdict, detail: Option<&str>| Outcome {
        id: id.to_owned(),
        group: "channels".to_owned(),
        statements: vec![statement.to_owned()],
        verdict,
        detail: detail.map(str::to_owned),
        ..one.clone()
    };
    let both = "the traces differ\n\nmust hold\n  C021  one\n  C104  two\n\nprogram";
    report.cases = vec![
        case("vectors::core::c01", "C021", Verdict::Pass, None),
        case("statements::C021", "C021", Verdict::Fail, Some(both)),
        case("statements::C104", "C104", Verdict::Fail, Some("must hold\n  C104  two")),
    ];
    let report = report.only(|_| true);
    assert_eq!(
        report.lesson(),
        "what fails, from basic to derived\n  C104                2 cases  Waiting tasklets are \
         served in the order in which they blocked.\n\nhard: 3 cases: 1 pass, 2 fail\n\nthe most \
         basic failure: statements::C104\nfail: must hold\n  C104  two\n\nfell with it: 1 more of \
         C104\n"
    );
}

/// A report on cases of these groups, verdicts and details.
fn report_of(exact: bool, cases: &[(&str, usize, Verdict, &str)]) -> Report {
    let mut report = sample().backends.remove(2);
    let one = report.cases[0].clone();
    report.capabilities.order_exact = exact;
    report.cases = cases
        .iter()
        .flat_map(|(group, number, verdict, detail)| {
            let detail = (!detail.is_empty()).then(|| (*detail).to_owned());
            let case = |i| Outcome {
                id: format!("{group}::{i}"),
                group: (*group).to_owned(),
                verdict: *verdict,
                detail: detail.clone(),
                ..one.clone()
            };
            (0..*number).map(case).collect::<Vec<_>>()
        })
        .collect();
    report.only(|_| true)
}

#[test]
fn a_backend_that_declares_little_hears_what_would_be_tried_next() {
    let (pass, none) = (Verdict::Pass, Verdict::Unsupported);
    let free = report_of(
        false,
        &[
            ("smoke", 3, pass, ""),
            ("smoke", 1, none, "order_exact, control"),
            ("free", 40, pass, ""),
            ("free", 7, none, "close"),
            ("recordings", 400, none, "order_exact, control"),
            ("channels", 20, none, "order_exact, control, close"),
            ("errors", 13, none, "order_exact, control, throw"),
            ("pickles", 14, none, "portable"),
        ],
    );
    let exact = report_of(
        true,
        &[
            ("smoke", 4, pass, ""),
            ("recordings", 400, pass, ""),
            ("errors", 13, pass, ""),
            ("pickles", 14, none, "portable"),
        ],
    );
    let all = report_of(
        true,
        &[
            ("smoke", 4, pass, ""),
            ("life", 9, pass, ""),
            ("errors", 13, pass, ""),
            ("pickles", 14, pass, ""),
        ],
    );
    let broken = report_of(false, &[("smoke", 1, pass, ""), ("smoke", 1, Verdict::Fail, "no")]);
    let said = [free, exact, all, broken].map(|report| report.next_steps());
    insta::assert_snapshot!(said.join("\n----\n"));
}

#[test]
fn a_summary_that_would_be_too_large_says_how_many_texts_are_left_out() {
    let mut results = sample();
    let failed = results.backends[0].cases.iter().find(|case| case.verdict == Verdict::Fail);
    let mut failed = failed.expect("a failure").clone();
    failed.detail = Some("x".repeat(10_000));
    results.backends[0].cases.extend(std::iter::repeat_n(failed, 500));
    let whole = results.markdown(usize::MAX);
    assert!(whole.len() > 5_000_000);
    let text = results.markdown(1_000_000);
    assert!(text.len() <= 1_000_000, "{} bytes", text.len());
    assert!(text.len() > 980_000, "it is filled: {} bytes", text.len());
    let shown = text.matches("\n## ").count();
    let unexpected: usize = results.backends.iter().map(|report| report.unexpected().count()).sum();
    let left_out = format!("{} further texts do not fit in here", unexpected - shown);
    assert!(text.contains(&left_out), "{}", &text[text.len() - 200..]);
}
