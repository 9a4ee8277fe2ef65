//! The program of a suite when the reader of its output leaves, and what it is given makes no sense.
//!
//! This target is both the test and the program under test: with `PROGRAM` set it runs a suite.

use std::env;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Output, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};
use switchback_conformance::report::Results;
use switchback_conformance::suite::{self, RESULTS, Suite, Target};
use switchback_conformance::{Case, Verdict, chaos, group};
use switchback_hard::Hard;

const PROGRAM: &str = "SWITCHBACK_TEST_UNREAD";

/// Cases enough to go on after the first line is lost.
fn cases() -> Vec<Case> {
    let case = |number: u32| {
        Case::new(format!("toy::{number}"), group::LIFE, ["C001"], move || {
            if number == 7 { Err("seven does not hold".into()) } else { Ok(()) }
        })
    };
    (0..10).map(case).collect()
}

fn main() -> ExitCode {
    let target = Target { package: env!("CARGO_PKG_NAME"), test: env!("CARGO_CRATE_NAME") };
    if env::var_os(PROGRAM).is_some() {
        return suite::main(&Suite::of::<Hard>(target).with(cases));
    }
    let trials = vec![
        Trial::test("a_list_ends_with_its_reader", a_list),
        Trial::test("a_run_goes_on_to_its_verdicts_without_its_reader", a_run),
        Trial::test("a_summary_ends_with_its_reader", a_summary),
        Trial::test("a_variable_that_is_no_text_is_refused", no_text),
        Trial::test("a_choice_of_destructors_that_does_not_exist_is_refused", no_choice),
        Trial::test("arguments_that_cannot_be_followed_are_refused", no_sense),
        Trial::test("an_output_that_cannot_be_written_is_an_error", no_room),
        Trial::test("a_filter_that_matches_nothing_is_told", no_match),
        Trial::test("the_output_ends_with_the_failure_to_begin_with", ends),
        Trial::test("one_failure_is_shown_once", ends_alone),
        Trial::test("a_smoke_case_that_fails_is_all_there_is_to_see", ends_early),
        Trial::test("a_run_in_which_all_holds_ends_with_the_count", ends_well),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command.args(arguments).env(PROGRAM, "1").stderr(Stdio::piped());
    command
}

/// Runs the program with a standard output whose reader left before the first line.
fn unread(command: &mut Command) -> Output {
    let (reader, writer) = io::pipe().expect("a pipe");
    drop(reader);
    let child = command.stdout(writer).spawn().expect("the program starts");
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn a_list() -> Result<(), Failed> {
    let output = unread(&mut program(&["--list"]));
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    Ok(())
}

fn a_run() -> Result<(), Failed> {
    for threads in ["1", "2"] {
        for (filter, code) in [("toy::7", 1), ("toy::", 1), ("toy::1", 0)] {
            let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("unread");
            let _ = std::fs::remove_dir_all(&folder);
            let output =
                unread(program(&[filter, "--test-threads", threads]).env(RESULTS, &folder));
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{filter}: {said}");
            assert!(!said.contains("panicked"), "{said}");
            let results = std::fs::read_to_string(folder.join("hard.json"))?;
            let report = Results::read(&results)?.backends.remove(0);
            let ran = |case: &&_| verdict(case) != Verdict::NotRun;
            let mut toys = report.cases.iter().filter(|case| case.id.starts_with("toy::"));
            let tried = toys.clone().filter(ran).count();
            assert_eq!(tried, if filter == "toy::" { 10 } else { 1 }, "{results}");
            let failing = toys.find(|case| verdict(case) == Verdict::Fail);
            assert_eq!(failing.map(|case| case.id.as_str()), (code == 1).then_some("toy::7"));
        }
    }
    Ok(())
}

fn a_summary() -> Result<(), Failed> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance-summary"));
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sample.json")).stderr(Stdio::piped());
    let output = unread(&mut command);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    Ok(())
}

fn verdict(case: &switchback_conformance::report::Outcome) -> Verdict {
    case.verdict
}

#[cfg(unix)]
fn no_text() -> Result<(), Failed> {
    use std::os::unix::ffi::OsStrExt;

    let bytes = std::ffi::OsStr::from_bytes(b"\xff");
    for (name, code, part) in [
        (suite::TIMEOUT_SCALE, 2, "must be UTF-8"),
        ("SWITCHBACK_CONFORMANCE_WORKER", 2, "no suite"),
        (suite::SEED, 2, "must be UTF-8"),
        (suite::CASES, 2, "must be UTF-8"),
    ] {
        let output = program(&["--exact", "random::programs"]).env(name, bytes).output()?;
        let said = text(&output.stderr) + &text(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{name}: {said}");
        assert!(said.contains(part), "{name}: {said}");
    }
    Ok(())
}

#[cfg(not(unix))]
fn no_text() -> Result<(), Failed> {
    Ok(())
}

fn no_choice() -> Result<(), Failed> {
    let output = program(&["toy::1"]).env(chaos::CHAOS, "some").output()?;
    let (code, said) = told(&output);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.ends_with("SWITCHBACK_CHAOS is `some`; it must be `all`\n"), "{said}");
    assert_eq!(program(&["toy::1"]).env(chaos::CHAOS, "all").output()?.status.code(), Some(0));
    Ok(())
}

/// What it says on standard error, with the code that it ends with.
fn told(output: &Output) -> (Option<i32>, String) {
    let said = text(&output.stderr);
    assert!(!said.contains("panicked"), "{said}");
    (output.status.code(), said)
}

fn no_sense() -> Result<(), Failed> {
    let nowhere = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("no/such/folder/log");
    let nowhere = nowhere.to_str().expect("a path in UTF-8");
    for (arguments, part) in [
        (["--test-threads", "0"], "--test-threads: expected at least 1, found 0"),
        (["--logfile", nowhere], "--logfile: expected a file that can be written, found \""),
    ] {
        for also in ["toy::1", "--list"] {
            let (code, said) = told(&program(&arguments).arg(also).output()?);
            assert_eq!(code, Some(2), "{said}");
            assert!(
                said.starts_with("hard: the suite cannot run: ") && said.contains(part),
                "{said}"
            );
            assert_eq!(said.lines().count(), 1, "{said}");
        }
    }
    Ok(())
}

/// A device that is always full.
#[cfg(target_os = "linux")]
fn no_room() -> Result<(), Failed> {
    for arguments in [&["--list"][..], &["toy::1"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full")?;
        let (code, said) = told(&program(arguments).stdout(full).spawn()?.wait_with_output()?);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("its output cannot be written: Os { code: 28"), "{said}");
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn no_room() -> Result<(), Failed> {
    Ok(())
}

/// What it prints behind the line of the harness with the result, and in front of that.
fn end(command: &mut Command, code: i32) -> Result<(String, String), Failed> {
    let output = command.output()?;
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(code), "{printed}");
    let (lines, end) = printed.split_once("\ntest result: ").ok_or("no result")?;
    let (_, end) = end.split_once('\n').ok_or("no end")?;
    Ok((lines.to_owned(), end.trim_start().to_owned()))
}

fn ends() -> Result<(), Failed> {
    let (lines, end) = end(&mut program(&["toy::", "--test-threads", "1"]), 1)?;
    assert!(lines.contains("---- toy::7 ----\nfail: seven does not hold\n"), "{lines}");
    assert_eq!(
        end,
        "hard: 10 cases: 9 pass, 1 fail\n\nthe most basic failure: toy::7\nfail: seven does not \
         hold\n\nreplay\n  cargo test -p switchback-conformance --test unread -- --exact \
         toy::7\n"
    );
    Ok(())
}

fn ends_alone() -> Result<(), Failed> {
    let (lines, end) = end(&mut program(&["--exact", "toy::7"]), 1)?;
    assert!(lines.contains("---- toy::7 ----\nfail: seven does not hold\n\nreplay\n"), "{lines}");
    assert_eq!(
        end,
        "hard: 1 case: 1 fail\n\nreplay\n  cargo test -p switchback-conformance --test unread -- \
         --exact toy::7\n"
    );
    Ok(())
}

fn ends_early() -> Result<(), Failed> {
    // No time at all for the simplest case.
    let mut command = program(&["toy::", "--test-threads", "1"]);
    let (lines, end) = end(command.env(suite::TIMEOUT_SCALE, "1e-9"), 1)?;
    assert!(lines.starts_with("\nrunning 4 tests\ntest smoke::main  ... FAILED\n"), "{lines}");
    let (told, printed) = end.split_once("\nfail").unwrap_or((&end, ""));
    assert_eq!(
        told,
        "not run\n  10 of toy: the simplest cases fail, see `smoke::main`\n\n\
         hard: 11 cases: 1 timeout, 10 not run\n\n\
         the most basic failure: smoke::main\n\
         timeout: the adapter of the backend is probably wrong: one of the simplest cases fails, \
         and the others are not tried\n\ntook longer than 0.0 s\n\nreplay\n  cargo test -p \
         switchback-conformance --test unread -- --exact smoke::main\n",
        "{printed}"
    );
    Ok(())
}

fn ends_well() -> Result<(), Failed> {
    let (_, end) = end(&mut program(&["toy::1", "--test-threads", "1"]), 0)?;
    assert_eq!(end, "hard: 1 case: 1 pass\n");
    Ok(())
}

fn no_match() -> Result<(), Failed> {
    let words = "cases is chosen; `--list` names them";
    for arguments in [&["nosuchcase"][..], &["--exact", "toy"], &["toy::1", "--skip", "toy"]] {
        let (code, said) = told(&program(arguments).output()?);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.starts_with("hard: none of ") && said.contains(words), "{said}");
    }
    let (code, said) = told(&program(&["--exact", "toy::1"]).output()?);
    assert!(code == Some(0) && !said.contains(words), "{said}");
    Ok(())
}
