//! Every program prints what stands at its head.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Cargo builds the examples before it runs this, into the folder beside the one of the tests.
fn program(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("a test lies in target/PROFILE/deps");
    profile.join("examples").join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// The block of text at the head of a program.
fn head(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(format!("{name}.rs"));
    let text = fs::read_to_string(file).expect("the program is there");
    let lines = text.lines().skip_while(|line| *line != "//! ```text").skip(1);
    lines
        .take_while(|line| *line != "//! ```")
        .map(|line| line.trim_start_matches("//!").trim_start().to_owned() + "\n")
        .collect()
}

fn run(name: &str, arguments: &[&str]) -> String {
    let output = Command::new(program(name)).args(arguments).output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("it prints text")
}

fn prints_its_head(name: &str) {
    assert_eq!(run(name, &[]), head(name), "{name}");
}

#[test]
fn programs_print_what_stands_at_their_head() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("the folder is there")
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != "pickle_to_file")
        .collect();
    names.sort();
    assert!(names.len() >= 7, "{names:?}");
    names.iter().for_each(|name| prints_its_head(name));
}

#[test]
fn a_tasklet_goes_on_in_another_process() {
    let file = env::temp_dir().join(format!("switchback-example-{}.pickle", std::process::id()));
    let path = file.to_str().expect("a name in UTF-8");
    let frozen = run("pickle_to_file", &["freeze", path]);
    let thawed = run("pickle_to_file", &["thaw", path]);
    fs::remove_file(&file).expect("it was written");
    let told =
        format!("$ pickle_to_file freeze FILE\n{frozen}$ pickle_to_file thaw FILE\n{thawed}");
    assert_eq!(told, head("pickle_to_file"));
}

#[test]
fn a_battle_is_written_as_a_picture() {
    let file = env::temp_dir().join(format!("switchback-example-{}.svg", std::process::id()));
    run("arena", &["7", file.to_str().expect("a name in UTF-8")]);
    let picture = fs::read_to_string(&file).expect("it was written");
    fs::remove_file(&file).expect("it was written");
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
}

#[test]
fn wrong_arguments_are_told_and_end_with_2() {
    let seed = Command::new(program("arena")).arg("seven").output().expect("it starts");
    assert_eq!(seed.status.code(), Some(2));
    let told = String::from_utf8_lossy(&seed.stderr);
    assert!(told.contains("\"seven\"") && told.lines().count() == 1, "{told}");
    let wrong = Command::new(program("pickle_to_file")).arg("melt").output().expect("it starts");
    assert_eq!(wrong.status.code(), Some(2));
    let missing =
        Command::new(program("pickle_to_file")).args(["thaw", "no/such"]).output().expect("starts");
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("no/such"));
}
