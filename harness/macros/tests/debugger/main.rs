//! Tasklets in a debugger: gdb runs a test of this file, `program::soft` or `program::hard`.
//!
//! Lines are a matter of builds without optimisation, in which each has its code.
#![cfg(debug_assertions)]

mod panics;
mod program;

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    process::{Command, Stdio},
};

const PROGRAM: &str = include_str!("program.rs");

/// What gdb says to these commands; nothing, with a word about it, where it is not installed.
fn gdb(form: &str, commands: &[String]) -> Option<String> {
    let program = std::env::current_exe().expect("the test has a program");
    let mut gdb = Command::new("gdb");
    gdb.args(["-nx", "-batch"]).env("DEBUGINFOD_URLS", "").env_remove("RUST_BACKTRACE");
    // gdb's words on threads would come into the middle of the program's lines.
    let quiet = ["confirm off", "pagination off", "width 0", "print thread-events off"];
    for setting in quiet {
        gdb.args(["-ex", &format!("set {setting}")]);
    }
    for command in commands {
        gdb.args(["-ex", command]);
    }
    gdb.arg("--args").arg(program).arg(format!("program::{form}"));
    gdb.args(["--exact", "--nocapture", "--test-threads=1"]);
    let output = match gdb.stdin(Stdio::null()).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("skipped: gdb is not installed");
            return None;
        }
        output => output.expect("gdb runs"),
    };
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// How often each line that says so is executed.
fn counted() -> BTreeMap<usize, u64> {
    let lines = PROGRAM.lines().zip(1..);
    let counts = lines.filter_map(|(line, at)| {
        let (_, comment) = line.split_once("; // ").or_else(|| line.split_once(" // "))?;
        Some((at, comment.split(' ').next()?.parse().ok()?))
    });
    counts.collect()
}

/// The number of the line with this text.
fn line(text: &str) -> usize {
    let at = PROGRAM.lines().position(|line| line.contains(text));
    at.expect("the program has the line") + 1
}

/// Where frame 0 stands each time that gdb prints it: the file and the line.
fn places(output: &str) -> Vec<(String, usize)> {
    let frames = output.lines().filter(|line| line.starts_with("#0 "));
    let places = frames.filter_map(|frame| {
        let (file, line) = frame.rsplit_once(" at ")?.1.rsplit_once(':')?;
        Some((file.rsplit('/').next()?.to_owned(), line.parse().ok()?))
    });
    places.collect()
}

/// Breakpoints on all lines of the program count how often they are hit.
fn each_line_is_hit_as_often_as_it_is_executed(form: &str) {
    let wanted = counted();
    assert!(wanted.len() > 25, "{wanted:?}");
    let set = wanted.keys().zip(1..).flat_map(|(line, number)| {
        [format!("break program.rs:{line}"), format!("ignore {number} 1000000")]
    });
    let commands: Vec<String> = set.chain(["run", "info breakpoints"].map(str::to_owned)).collect();
    let Some(output) = gdb(form, &commands) else { return };
    assert!(output.contains("exited normally]"), "{output}");
    assert!(output.contains("1 passed"), "{output}");
    let mut found = BTreeMap::new();
    let mut at = None;
    for text in output.lines() {
        let mut words = text.split_whitespace();
        if let (Some(number), Some("breakpoint")) = (words.next(), words.next())
            && let Ok(number) = number.parse::<usize>()
        {
            at = wanted.keys().nth(number - 1).copied();
            found.extend(at.map(|at| (at, 0)));
        }
        if let (Some(at), Some(hits)) = (at, text.trim().strip_prefix("breakpoint already hit ")) {
            let hits = hits.split(' ').next().and_then(|hits| hits.parse().ok());
            found.extend(hits.map(|hits| (at, hits)));
        }
    }
    assert_eq!(found, wanted, "lines and how often they are hit\n{output}");
}

#[test]
fn each_line_is_hit_as_often_as_it_is_executed_on_soft() {
    each_line_is_hit_as_often_as_it_is_executed("soft");
}

#[test]
fn each_line_is_hit_as_often_as_it_is_executed_on_hard() {
    each_line_is_hit_as_often_as_it_is_executed("hard");
}

/// The lines that `next` goes to from line 45 on, while it is in the body.
fn steps(form: &str) -> Option<Vec<&'static str>> {
    let mut commands = vec![format!("break program.rs:{}", line("4 here")), "run".to_owned()];
    commands.extend((0..24).flat_map(|_| ["frame".to_owned(), "next".to_owned()]));
    let output = gdb(form, &commands)?;
    let mut lines: Vec<_> = places(&output)
        .into_iter()
        .map_while(|(file, at)| {
            (file == "program.rs").then(|| PROGRAM.lines().nth(at - 1)?.trim().into())
        })
        .collect::<Option<_>>()?;
    lines.dedup();
    Some(lines)
}

const STEPS: [&str; 7] = [
    "let doubled = number * 2; // 4 here",
    "total += doubled; // 4",
    "if number % 2 == 0 {",
    "total += 1; // 2",
    "match at {",
    "0 => total += 1, // 1",
    "at += 1; // 4",
];

/// A frame goes on in another function behind that.
#[test]
fn next_goes_to_the_next_line_on_soft() {
    let Some(mut steps) = steps("soft") else { return };
    // Locals of a state end at the end of the function.
    steps.retain(|line| *line != "}");
    steps.dedup();
    assert_eq!(steps, STEPS);
}

#[test]
fn next_goes_to_the_next_line_on_hard() {
    let Some(steps) = steps("hard") else { return };
    // As in plain Rust, an `if` is left where it began.
    let mut wanted = STEPS.to_vec();
    wanted.insert(4, STEPS[2]);
    wanted.extend(["while at < count {", "let number = from.receive().await?;", STEPS[0]]);
    assert_eq!(steps[..wanted.len()], wanted);
}

/// What a breakpoint behind an await shows: the place, the function, and locals by name.
fn shows_places_and_locals(form: &str, kept: &str) {
    let here = line("4 here");
    let commands = [
        &format!("break program.rs:{here}"),
        "run",
        "backtrace",
        "print number",
        &format!("print {kept}"),
    ];
    let Some(output) = gdb(form, &commands.map(str::to_owned)) else { return };
    let stop = ("program.rs".to_owned(), here);
    assert_eq!(places(&output).first(), Some(&stop), "{output}");
    let frame = output.lines().find(|line| line.starts_with("#0 ")).unwrap_or_default();
    assert!(frame.contains("::program::sum::"), "{frame}");
    let values: Vec<_> = output.lines().filter(|line| line.starts_with('$')).collect();
    assert_eq!(values, ["$1 = 3", "$2 = 0"], "{output}");
}

/// What is kept over the await is seen by reference.
#[test]
fn locals_have_their_names_on_soft() {
    shows_places_and_locals("soft", "*total");
}

#[test]
fn locals_have_their_names_on_hard() {
    shows_places_and_locals("hard", "total");
}
