//! The program `pickled_tasklet`, run twice: what the first process writes, the second finishes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Exit code, standard output and standard error of one run.
type Run = (Option<i32>, String, String);

fn run(arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_pickled_tasklet"))
        .args(arguments)
        .output()
        .expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A file name of a test's own in the build's folder for test data.
fn file(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    path.into_os_string().into_string().expect("a path in text")
}

/// `word level n`, with two blanks of indent per level.
fn lines(word: &str, levels: impl Iterator<Item = usize>) -> String {
    levels.map(|level| format!("{word} level {}{level}\n", "  ".repeat(level))).collect()
}

#[test]
fn the_second_process_leaves_what_the_first_has_entered() {
    for (depth, arguments) in [(9, None), (1, Some("1")), (1_000, Some("1000"))] {
        let file = file(&format!("depth-{depth}.pickle"));
        let down = lines("enter", 1..=depth);
        let up = lines("leave", (1..=depth).rev());

        let first: Vec<&str> = ["dump", &file].into_iter().chain(arguments).collect();
        assert_eq!(run(&first), (Some(0), format!("{down}hi\n{up}"), String::new()));
        for _ in 0..2 {
            assert_eq!(
                run(&["load", &file]),
                (Some(0), up.clone(), String::new()),
                "any number of times"
            );
        }
    }
}

#[test]
fn the_file_is_written_whether_or_not_the_lines_are_read() {
    let file = file("unread.pickle");
    for arguments in [["dump", file.as_str()], ["load", file.as_str()]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_pickled_tasklet"));
        command.args(arguments).stdout(writer).stderr(std::process::Stdio::piped());
        let output = command.spawn().and_then(|child| child.wait_with_output()).expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), said.as_ref()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn the_indent_is_that_of_the_talk() {
    let (_, out, _) = run(&["dump", &file("indent.pickle"), "2"]);
    let expected =
        ["enter level   1", "enter level     2", "hi", "leave level     2", "leave level   1"];
    assert_eq!(out.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_missing_file_is_named() {
    let file = file("missing.pickle");
    let (code, out, error) = run(&["load", &file]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(error.starts_with(&format!("pickled_tasklet: {file}: ")), "{error}");
}

#[test]
fn a_file_that_is_no_pickle_is_refused_before_anything_runs() {
    let file = file("garbled.pickle");
    run(&["dump", &file, "5"]);
    let good = fs::read(&file).expect("a pickle");
    let mut longer = good.clone();
    longer.push(0);
    for bytes in [b"no pickle at all".to_vec(), Vec::new(), good[..good.len() - 1].to_vec(), longer]
    {
        fs::write(&file, &bytes).expect("a file");
        let (code, out, error) = run(&["load", &file]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{} bytes: {error}", bytes.len());
        assert!(
            error.starts_with(&format!("pickled_tasklet: {file}: the bytes are not")),
            "{error}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let file = file("no/such/folder.pickle");
    let (code, _, error) = run(&["dump", &file]);
    assert_eq!(code, Some(1));
    assert!(error.starts_with(&format!("pickled_tasklet: {file}: ")), "{error}");
}

#[test]
fn wrong_arguments_get_the_usage() {
    for arguments in
        [&[][..], &["dump"], &["load"], &["dump", "f", "0"], &["dump", "f", "x"], &["eat", "f"]]
    {
        let (code, out, error) = run(arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(error.contains("usage: pickled_tasklet dump FILE [DEPTH]"), "{error}");
    }
}
