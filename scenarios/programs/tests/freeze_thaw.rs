//! The program `freeze_thaw` with itself: frozen in one process at every point, thawed in another.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_freeze_thaw");

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[test]
fn what_one_process_freezes_at_any_point_another_thaws() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("freeze_thaw.json");
    let peer = format!("this={PROGRAM}");
    let output = run(&["grid", &peer, "--output", file.to_str().expect("a path in text")]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let grid: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(file).expect("results")).expect("JSON");
    assert_eq!(grid["schema"], 1);
    let cells = grid["cells"].as_array().expect("cells");
    let soft: Vec<_> = cells.iter().filter(|cell| cell["backend"] == "soft").collect();
    assert_eq!(soft.len(), 2, "{soft:?}");
    for cell in soft {
        assert_eq!(cell["verdict"], "pass", "{cell}");
        let (journeys, points) = (cell["journeys"].as_u64(), cell["points"].as_u64());
        assert!(journeys > Some(50) && points > Some(500), "{cell}");
    }
    assert!(cells.iter().any(|cell| cell["backend"] == "hard" && cell["verdict"] == "unsupported"));
}

#[test]
fn a_worker_that_does_not_answer_is_named() {
    let output = run(&["grid", "none=/no/such/program"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("freeze_thaw: /no/such/program: "));
    // Ends at once, whatever it is asked.
    let output = run(&["grid", "mute=true"]);
    assert_eq!(output.status.code(), Some(1));
    let cells = text(&output.stdout);
    assert!(cells.contains("\"verdict\": \"fail\"") && cells.contains("the worker"), "{cells}");
}

#[test]
fn a_reader_that_leaves_does_not_change_the_exit_code() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = Command::new(PROGRAM);
    command.args(["grid", "mute=true"]).stdout(writer).stderr(std::process::Stdio::piped());
    let output = command.spawn().and_then(|child| child.wait_with_output()).expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(!text(&output.stderr).contains("panicked"), "{}", text(&output.stderr));
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;

    let bytes = std::ffi::OsStr::from_bytes(b"\xff");
    let output = Command::new(PROGRAM).arg("grid").arg(bytes).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("\"\\xFF\" is not UTF-8"), "{output:?}");
}

#[test]
fn wrong_arguments_get_the_usage() {
    for arguments in [&[][..], &["grid"], &["grid", "x"], &["worker", "x"], &["grid", "--output"]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("usage: freeze_thaw grid"), "{arguments:?}");
    }
}
