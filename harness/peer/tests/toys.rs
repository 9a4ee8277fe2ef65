//! Peers that misbehave, each in one way: a verdict of that peer, told with its last lines.

use std::{fs, path::Path, time::Duration};

use switchback_bench::{
    Block, Cell, Fault,
    clock::SystemClocks,
    paired::{self, Settings},
    results::Verdict,
    witness::Law,
};
use switchback_conformance::{
    Verdict as Judged,
    report::Report,
    suite::{Options, Place, judge},
};
use switchback_peer::{Found, Manifest, State, conformance, measuring::Measured};

/// The text of its manifest.
fn text(mode: &str) -> String {
    format!(
        "name = \"toy\"\nlanguage = \"Python\"\ncommand = [\"python3\", \"toy.py\", \"{mode}\"]\n\
         install = \"apt-get install python3\"\ncan = [\"run\"]\nscenarios = [\"sum\"]\n"
    )
}

/// The toy that behaves in this way.
fn toy(mode: &str) -> Found {
    found(&text(mode))
}

/// The toy of a manifest.
fn found(text: &str) -> Found {
    let mut manifest = Manifest::parse(text).expect("a manifest");
    manifest.path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peer.toml");
    let found = Found::look(manifest, Path::new(env!("CARGO_TARGET_TMPDIR")));
    assert!(matches!(found.state, State::Ready(_)), "these tests need python3: {:?}", found.state);
    found
}

/// Measures it; gives its fault, and how many samples it took.
fn measured(mode: &str) -> (Option<Fault>, usize) {
    let mut peer = Measured::new(&toy(mode)).within(Duration::from_secs(5));
    let cell = Cell::told("toy", 1.0, move |iterations| peer.sample("sum", 1, iterations, None));
    let law = || Law { messages: Some(4), ..Law::of(7) };
    let mut block = Block::new("sum", 1, "addition", law).cell(cell);
    let settings = Settings {
        budget: 100_000_000,
        sample: 3_000_000,
        seed: 1,
        process: 0,
        verify_only: false,
        memory_only: false,
    };
    let clocks = SystemClocks::new();
    let mut samples = paired::measure(&mut block, &|_| true, &settings, &clocks, &mut |_| ());
    let lane = samples.lanes.remove(0);
    (lane.fault, lane.samples.len())
}

/// What it is given for it, with words of the text.
fn refused(mode: &str, verdict: Verdict, words: &[&str]) {
    let (fault, _) = measured(mode);
    let fault = fault.unwrap_or_else(|| panic!("`{mode}` passes"));
    assert_eq!(fault.verdict, verdict, "{mode}: {}", fault.why);
    for word in words {
        assert!(fault.why.contains(word), "{mode}: expected {word:?} in {}", fault.why);
    }
}

const LAST: &str = "its last lines: the toy begins to misbehave, toy.py";

#[test]
fn an_honest_peer_is_measured() {
    for mode in ["honest", "slow to begin"] {
        let (fault, samples) = measured(mode);
        assert_eq!(fault, None, "{mode}");
        assert!(samples > 0, "{mode}");
    }
}

#[test]
fn garbage_in_place_of_an_answer() {
    refused("garbage", Verdict::Failed, &["found `Traceback", "no JSON object", LAST]);
    refused("no text", Verdict::Failed, &["no UTF-8", LAST]);
    refused("extra key", Verdict::Failed, &["mood"]);
}

#[test]
fn a_process_that_dies_or_closes_its_output() {
    refused("dies", Verdict::Crash, &["exit status: 3", LAST]);
    refused("closes", Verdict::Crash, &["closed its standard output", LAST]);
}

#[test]
fn a_peer_that_is_silent() {
    let mut peer = Measured::new(&toy("hangs")).within(Duration::from_millis(300));
    let fault = peer.sample("sum", 1, 1, None).expect_err("silence");
    assert_eq!(fault.verdict, Verdict::Timeout, "{}", fault.why);
    assert!(fault.why.contains("no answer to `sample` after 0.3 s"), "{}", fault.why);
    // Its answer would come with the next question, which it is not asked.
    assert_eq!(peer.sample("sum", 1, 1, None), Err(fault));
}

#[test]
fn an_answer_to_another_question() {
    refused("another question", Verdict::Failed, &["which has the id", LAST]);
    refused("another answer", Verdict::Failed, &["`sample` is another one", LAST]);
    // The second one is seen before or after the next question is asked.
    refused("two answers", Verdict::Failed, &["found `{\"id\": 2,", LAST]);
}

#[test]
fn a_flood_of_output() {
    refused("one long line", Verdict::Failed, &["a line of more than", LAST]);
    refused("many lines", Verdict::Failed, &["found `hello?`", LAST]);
}

#[test]
fn a_lie_about_the_results() {
    refused("another digest", Verdict::Failed, &["expected digest 0000000000000007"]);
    refused("no digest", Verdict::Failed, &["16 hexadecimal digits"]);
    refused("counts", Verdict::DifferentWork, &["messages: expected 4, counted 5"]);
}

#[test]
fn a_lie_about_time() {
    refused("long time", Verdict::DifferentWork, &["which was over after"]);
    refused("short time", Verdict::DifferentWork, &["shorter than its samples took"]);
    refused("few iterations", Verdict::DifferentWork, &["iterations take no longer"]);
}

#[test]
fn a_peer_that_is_not_what_its_manifest_says() {
    refused("another name", Verdict::Failed, &["hello:", "somebody else"]);
    refused("another protocol", Verdict::Failed, &["protocol 99"]);
}

#[test]
fn a_peer_that_says_what_is_wrong() {
    refused("error", Verdict::Failed, &["the toy is broken"]);
    refused("unsupported", Verdict::Unsupported, &["no such toy"]);
}

#[test]
fn a_peer_that_is_not_there_says_how_to_get_it() {
    let text = "name = \"none\"\nlanguage = \"None\"\ncommand = [\"no-such-program-anywhere\"]\n\
                install = \"apt-get install none\"\n";
    let manifest = Manifest::parse(text).expect("a manifest");
    let found = Found::look(manifest, Path::new(env!("CARGO_TARGET_TMPDIR")));
    assert_eq!(
        found.state,
        State::Missing("no program `no-such-program-anywhere`: apt-get install none".to_owned())
    );
}

fn judged(mode: &str) -> Report {
    of(toy(mode), &[])
}

/// The judgement of the cases that have these names, of all if there are none.
fn of(toy: Found, only: &[&str]) -> Report {
    let Found { manifest, state: State::Ready(command) } = toy else { panic!("found before") };
    let place = Place {
        package: "toys".to_owned(),
        command: "check toy".to_owned(),
        exact: "check toy --exact".to_owned(),
        list: "check toy --all".to_owned(),
    };
    let suite = conformance::suite(&manifest, &command, place).expect("it runs programs");
    let only = only.iter().map(|id| (*id).to_owned()).collect();
    judge(&suite, &Options { only, in_process: true, ..Options::default() })
}

/// The judgement of one case with these known failures.
fn knowing(mode: &str, known: &str) -> Report {
    of(found(&format!("{}[known_failures]\n{known}\n", text(mode))), &["smoke::value"])
}

#[test]
fn a_known_failure_that_fails_is_none() {
    let report = knowing("honest", "\"smoke::value\" = \"toys do not meet\"");
    assert_eq!((report.exit_code(), report.total(Judged::KnownFail)), (0, 1));
    let lesson = report.lesson();
    assert!(lesson.contains("1 known fail"), "{lesson}");
    assert!(lesson.contains("what is known to fail, from basic to derived\n  smoke "), "{lesson}");
    let table = report.markdown(100_000);
    assert!(table.contains("| smoke |  | 1 | toys do not meet (1) |"), "{table}");
    // Beside one that is not known, only that one is to be repaired.
    assert_eq!(knowing("honest", "\"random::programs\" = \"no\"").exit_code(), 1);
}

#[test]
fn a_known_failure_that_passes_is_told() {
    assert_eq!(knowing("meets", "").exit_code(), 0);
    let report = knowing("meets", "\"smoke::value\" = \"toys do not meet\"");
    assert_eq!(report.exit_code(), 1);
    let case = report.case("smoke::value").expect("the case");
    assert_eq!(case.verdict, Judged::UnexpectedPass);
    let detail = case.detail.as_deref().unwrap_or_default();
    assert!(detail.contains("known failure: toys do not meet"), "{detail}");
}

#[test]
fn a_known_failure_of_no_case_is_told_in_a_line() {
    let report = knowing("meets", "\"smoke::values\" = \"a slip\"");
    assert_eq!(report.exit_code(), 2);
    let why = "`known_failures` names `smoke::values`, but there is no such case; \
               `check toy --all` names all";
    assert_eq!(report.why.as_deref(), Some(why));
}

#[test]
fn a_manifest_may_name_a_file_of_known_failures() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("known failures");
    fs::create_dir_all(&folder).expect("a folder");
    let manifest = folder.join("peer.toml");
    fs::write(&manifest, text("meets") + "known_failures = \"known.toml\"\n").expect("a file");
    let known = folder.join("known.toml");
    fs::write(&known, "\"smoke::value\" = \"toys do not meet\"\n").expect("a file");
    let read = Manifest::read(&manifest).expect("a manifest");
    let known_failures: Vec<_> = read.known_failures.cases().collect();
    assert_eq!(known_failures, [("smoke::value", "toys do not meet")]);
    for (content, word) in [(Some("\"smoke::value\" = 7\n"), "invalid type"), (None, "os error")] {
        match content {
            Some(content) => fs::write(&known, content).expect("a file"),
            None => fs::remove_file(&known).expect("it was there"),
        }
        let error = Manifest::read(&manifest).expect_err("no table");
        assert!(error.contains("`known_failures`: known.toml: "), "{error}");
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn the_conformance_suite_has_its_own_words_for_all_of_it() {
    for (mode, verdict, word) in [
        ("honest", Judged::Fail, "N12"),
        ("garbage", Judged::Fail, "Traceback"),
        ("dies", Judged::Crash, LAST),
        ("another question", Judged::Fail, "which has the id"),
    ] {
        let report = judged(mode);
        assert_eq!(report.exit_code(), 1, "{mode}");
        let case = report.case("smoke::value").expect("the case");
        assert_eq!(case.verdict, verdict, "{mode}");
        let detail = case.detail.as_deref().unwrap_or_default();
        assert!(detail.contains(word), "{mode}: {detail}");
        assert!(detail.contains("replay\n  check toy --exact smoke::value"), "{mode}: {detail}");
        let order = report.case("smoke::order").expect("the case");
        assert_eq!(order.verdict, Judged::Unsupported, "{mode}");
        let others = report.case("free::N01_meetings_of_many").expect("the case");
        assert_eq!(others.verdict, Judged::NotRun, "{mode}");
    }
}
