//! Cases that end their process, do not come back or leave something behind, beside one that holds.

use std::sync::Mutex;
use std::time::Duration;

use switchback_conformance::differ::{Comparison, explain};
use switchback_conformance::report::{Outcome, Report};
use switchback_conformance::suite::{Options, Suite, Target, judge, serve};
use switchback_conformance::{
    Case, Event, Failure, Json, Vector, Verdict, group, interpret, suite,
};
use switchback_hard::Hard;

const TARGET: Target = Target { package: "mine", test: "conformance" };

fn case(name: &str, body: impl Fn() -> Result<(), Failure> + Send + Sync + 'static) -> Case {
    Case::new(format!("trouble::{name}"), group::LIFE, ["C001"], body)
}

/// Deeper than any stack, without the compiler seeing it.
fn recurse(depth: u64) -> u64 {
    let local = std::hint::black_box([depth; 64]);
    if depth == u64::MAX { 0 } else { recurse(depth + 1) + local[0] }
}

fn trouble() -> Vec<Case> {
    static KEPT: Mutex<Vec<std::fs::File>> = Mutex::new(Vec::new());
    static ONCE: Mutex<Vec<std::fs::File>> = Mutex::new(Vec::new());
    let this = || std::fs::File::open(std::env::current_exe()?);
    let kept = || KEPT.lock().map_err(|_| "poisoned");
    let once = || ONCE.lock().map_err(|_| "poisoned");
    vec![
        case("holds", || Ok(())),
        case("fails", || Err("it does not hold".into())),
        case("aborts", || {
            eprintln!("about to abort");
            std::process::abort()
        }),
        case("exits", || std::process::exit(0)),
        case("overflows", || Err(recurse(0).to_string().into())),
        case("panics", || panic!("on purpose")),
        case("hangs", || {
            loop {
                std::thread::sleep(Duration::from_secs(3600));
            }
        })
        .limit(Duration::from_millis(300)),
        case("may_hang", || {
            loop {
                std::thread::sleep(Duration::from_secs(3600));
            }
        })
        .limit(Duration::from_millis(300))
        .hang_is_no_failure(),
        case("leaves_a_thread", || {
            std::thread::spawn(|| {
                loop {
                    std::thread::sleep(Duration::from_secs(3600));
                }
            });
            Ok(())
        }),
        case("leaves_a_file", move || {
            kept()?.push(this().map_err(|error| error.to_string())?);
            Ok(())
        }),
        case("keeps_one_file", move || {
            let mut once = once()?;
            if once.is_empty() {
                once.push(this().map_err(|error| error.to_string())?);
            }
            Ok(())
        }),
        case("asks_for_what_is_not_there", || Ok(())).lacks(["blocking"]),
        case("departs", departs),
    ]
    .into_iter()
    .chain((0..6).map(leaky))
    .chain((0..6).map(stuck))
    .collect()
}

/// Leaves a file open, the same each time.
fn leaky(number: u32) -> Case {
    static KEPT: Mutex<Vec<std::fs::File>> = Mutex::new(Vec::new());
    Case::new(format!("leaky::{number}"), group::LIFE, ["C001"], || {
        let file = std::fs::File::open(std::env::current_exe().map_err(|e| e.to_string())?);
        KEPT.lock().map_err(|_| "poisoned")?.push(file.map_err(|error| error.to_string())?);
        Ok(())
    })
}

/// Does not come back.
fn stuck(number: u32) -> Case {
    Case::new(format!("stuck::{number}"), group::LIFE, ["C001"], || {
        loop {
            std::thread::sleep(Duration::from_secs(3600));
        }
    })
    .limit(Duration::from_millis(400))
}

/// What a backend makes of a recorded program, if the last letter were another.
fn departs() -> Result<(), Failure> {
    const LINE: &str = r#"{
        "id": "d", "about": "two tasklets take turns", "covers": ["C021"], "tags": [],
        "callbacks": [], "bodies": {"w": [["log", "a"], ["schedule"], ["log", "b"]]},
        "main": [["spawn", "t", "w"], ["schedule"], ["log", "m"], ["schedule"]], "trace": []
    }"#;
    let vector = Vector::from_line(LINE).map_err(Failure::from)?;
    let actual = interpret::run::<Hard>(&vector.program, 100);
    let mut expected = actual.clone();
    for event in &mut expected {
        if let Event::Gave { value, .. } = event
            && *value == Json::Str("b".to_owned())
        {
            *value = Json::Str("c".to_owned());
        }
    }
    let wanted = Comparison {
        name: "trouble::departs",
        about: &vector.about,
        covers: &vector.covers,
        program: &vector.program,
        expected: &expected,
        source: "recorded",
    };
    explain(&wanted, &actual).map_or(Ok(()), |text| Err(Failure::from(text)))
}

/// Hard with troubles; some of them declared.
fn troubled() -> Suite {
    Suite::of::<Hard>(TARGET).with(trouble).known_failures([
        ("trouble::panics", "declared, and so it is"),
        ("trouble::holds", "declared by mistake"),
    ])
}

/// What judges starts this program again; this leads the new process to the cases.
#[test]
fn worker() {
    if let Some(code) = serve(&[troubled()]) {
        std::process::exit(if code == std::process::ExitCode::SUCCESS { 0 } else { 2 });
    }
}

fn options(only: &[&str]) -> Options {
    Options {
        only: only.iter().map(|name| format!("trouble::{name}")).collect(),
        worker_arguments: ["--exact", "worker", "--nocapture"].map(Into::into).into(),
        ..Options::default()
    }
}

fn judged(only: &[&str]) -> Report {
    judge(&troubled(), &options(only))
}

fn outcome<'r>(report: &'r Report, name: &str) -> &'r Outcome {
    let id = format!("trouble::{name}");
    report.case(&id).unwrap_or_else(|| panic!("no outcome of {id}: {:?}", report.why))
}

fn detail<'r>(report: &'r Report, name: &str) -> &'r str {
    outcome(report, name).detail.as_deref().unwrap_or_default()
}

const ALL: [&str; 6] = ["fails", "aborts", "exits", "overflows", "hangs", "may_hang"];

#[test]
fn a_case_that_ends_or_stops_its_process_gets_its_verdict_and_the_others_are_tried() {
    let report = judged(&ALL);
    let verdicts = ALL.map(|name| outcome(&report, name).verdict);
    use Verdict::{Crash, Fail, Pass, Timeout};
    assert_eq!(verdicts, [Fail, Crash, Crash, Crash, Timeout, Pass], "{report:#?}");
    assert!(detail(&report, "aborts").contains("(SIGABRT)"), "{}", detail(&report, "aborts"));
    assert!(detail(&report, "aborts").contains("about to abort"), "its output is kept");
    assert!(detail(&report, "overflows").contains("overflowed its stack"), "what the runtime said");
    assert!(detail(&report, "hangs").starts_with("took longer than 0.3 s"), "the limit is named");
    let replay = "cargo test -p mine --test conformance -- --exact trouble::hangs";
    assert_eq!(outcome(&report, "hangs").replay.as_deref(), Some(replay));
    assert!(detail(&report, "hangs").ends_with(&format!("replay\n  {replay}")));
    assert_eq!(report.exit_code(), 1);
}

#[test]
fn known_failures_are_run_and_one_that_passes_is_unexpected() {
    let report = judged(&["panics", "holds"]);
    assert_eq!(outcome(&report, "panics").verdict, Verdict::KnownFail);
    let text = detail(&report, "panics");
    assert!(text.starts_with("known failure: declared, and so it is"), "{text}");
    assert!(text.contains("panicked: on purpose"), "it was run: {text}");
    assert_eq!(outcome(&report, "holds").verdict, Verdict::UnexpectedPass);
    let text = detail(&report, "holds");
    assert!(text.contains("take it out of `known_failures`"), "{text}");
    assert_eq!(report.exit_code(), 1);
    assert_eq!(judged(&["panics"]).exit_code(), 0, "a known failure alone is as expected");
}

#[cfg(target_os = "linux")]
#[test]
fn what_every_run_leaves_behind_is_a_leak_and_what_is_kept_once_is_none() {
    let report = judged(&["leaves_a_thread", "leaves_a_file", "keeps_one_file"]);
    assert_eq!(outcome(&report, "leaves_a_thread").verdict, Verdict::Fail);
    let text = detail(&report, "leaves_a_thread");
    assert!(text.starts_with("leaked: each run leaves ") && text.contains("1 thread"), "{text}");
    assert!(text.contains("stacks"), "a thread has one for itself and one for signals: {text}");
    let text = detail(&report, "leaves_a_file");
    assert!(text.starts_with("leaked: each run leaves 1 descriptor behind"), "{text}");
    assert_eq!(outcome(&report, "keeps_one_file").verdict, Verdict::Pass);
}

#[test]
fn what_is_unsupported_is_not_run_even_if_it_is_asked_for() {
    let report = judged(&["asks_for_what_is_not_there"]);
    let outcome = outcome(&report, "asks_for_what_is_not_there");
    assert_eq!((outcome.verdict, outcome.seconds), (Verdict::Unsupported, 0.0));
    assert_eq!(outcome.detail.as_deref(), Some("blocking"));
    assert_eq!((report.total(Verdict::Pass), report.exit_code()), (0, 0));
}

#[test]
fn a_program_that_does_not_serve_could_not_run() {
    let arguments = ["--exact", "no_such_test"].map(Into::into).into();
    let report =
        judge(&troubled(), &Options { worker_arguments: arguments, ..options(&["holds"]) });
    assert_eq!(report.exit_code(), 2);
    let why = report.why.clone().unwrap_or_default();
    assert!(why.starts_with("the process for the cases did not start"), "{why}");
    assert_eq!(outcome(&report, "fails").verdict, Verdict::NotRun);
}

/// Verdicts and first lines of the texts of a series of six, one case at a time.
fn series(name: &str, keep_going: bool) -> Vec<(Verdict, String)> {
    let only = (0..6).map(|number| format!("{name}::{number}")).collect();
    let report = judge(&troubled(), &Options { only, jobs: 1, keep_going, ..options(&[]) });
    let cases = report.cases.iter().filter(|case| case.id.starts_with(name));
    cases
        .map(|case| {
            let text = case.detail.as_deref().unwrap_or_default();
            (case.verdict, text.split("\n\n").next().unwrap_or_default().to_owned())
        })
        .collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_leak_that_was_seen_often_enough_leaves_out_the_rest_of_its_series() {
    let leak = (Verdict::Fail, "leaked: each run leaves 1 descriptor behind".to_owned());
    let left_out = (Verdict::NotRun, "the same leak as in leaky::0 was seen 3 times".into());
    let (leaks, left) = (vec![leak.clone(); 3], vec![left_out; 3]);
    assert_eq!(series("leaky", false), [leaks, left].concat());
    assert_eq!(series("leaky", true), vec![leak; 6]);
}

#[test]
fn a_case_that_hangs_shortens_the_limits_of_the_others() {
    let took = |text: &str| (Verdict::Timeout, text.to_owned());
    let shorter = "took longer than 0.0 s\nthe limit is 0.4 s, less since stuck::0 hung";
    let left_out = (Verdict::NotRun, "the same hang as in stuck::0 was seen 3 times".into());
    let hung = vec![took("took longer than 0.4 s"), took(shorter), took(shorter)];
    assert_eq!(series("stuck", false), [hung, vec![left_out; 3]].concat());
    assert_eq!(series("stuck", true), vec![took("took longer than 0.4 s"); 6]);
}

#[test]
fn limits_are_scaled() {
    let report = judge(&troubled(), &Options { scale: Some(0.1), ..options(&["hangs"]) });
    assert!(detail(&report, "hangs").starts_with("took longer than 0.0 s"), "30 ms");
}

#[test]
fn the_suite_of_a_backend_holds_when_each_case_runs_apart() {
    let suite = suite!(Hard);
    assert!(suite.cases().len() > 800);
    assert!(suite.known_failure("smoke::main").is_none());
}

#[test]
fn a_failure_shows_statement_program_both_traces_and_the_command_that_does_it_again() {
    let report = judged(&["departs"]);
    insta::assert_snapshot!(detail(&report, "departs"));
}

#[test]
fn the_smoke_tier_stops_a_backend_whose_adapter_is_wrong() {
    // No time at all for the simplest case.
    let none = || vec![case("holds", || Ok(()))];
    let suite = Suite::of::<Hard>(TARGET).with(none);
    let report = judge(&suite, &Options { scale: Some(1e-9), ..options(&["holds"]) });
    assert_eq!(report.case("smoke::main").map(|case| case.verdict), Some(Verdict::Timeout));
    assert_eq!(outcome(&report, "holds").verdict, Verdict::NotRun);
    assert!(detail(&report, "holds").contains("see `smoke::main`"));
    assert_eq!(report.exit_code(), 1);
}
