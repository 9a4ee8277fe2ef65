//! Runs the examples of a package, for tests of what they print.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Cargo builds the examples before it runs this, into the folder beside the one of the tests.
pub fn program(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("a test lies in target/PROFILE/deps");
    profile.join("examples").join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// The block of text at the head of a program.
pub fn head(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(format!("{name}.rs"));
    let text = fs::read_to_string(file).expect("the program is there");
    let lines = text.lines().skip_while(|line| *line != "//! ```text").skip(1);
    lines
        .take_while(|line| *line != "//! ```")
        .map(|line| line.trim_start_matches("//!").trim_start().to_owned() + "\n")
        .collect()
}

/// What a program prints, which ends with 0.
pub fn run(name: &str, arguments: &[&str]) -> String {
    let output = Command::new(program(name)).args(arguments).output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("it prints text")
}

/// Compares what a program prints without arguments with the block at its head.
pub fn prints_its_head(name: &str) {
    assert_eq!(run(name, &[]), head(name), "{name}");
}
