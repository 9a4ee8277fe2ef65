//! Every program prints what stands at its head.

mod programs;

use std::{env, fs, path::Path, process::Command};

use programs::{head, prints_its_head, program, run};

#[test]
fn programs_print_what_stands_at_their_head() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("the folder is there")
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != "pickle_to_file" && name != "sax")
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
fn wrong_arguments_are_told_and_end_with_2() {
    let wrong = Command::new(program("pickle_to_file")).arg("melt").output().expect("it starts");
    assert_eq!(wrong.status.code(), Some(2));
    let missing =
        Command::new(program("pickle_to_file")).args(["thaw", "no/such"]).output().expect("starts");
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("no/such"));
}
