//! Every program in `examples/` prints what stands at its head.

#[path = "../../examples/tests/programs/mod.rs"]
mod programs;

use std::{env, fs, process::Command};

use programs::{prints_its_head, program, run};

#[test]
fn programs_print_what_stands_at_their_head() {
    ["arena", "dispatcher"].into_iter().for_each(prints_its_head);
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
fn a_seed_that_is_no_number_is_told_and_ends_with_2() {
    let seed = Command::new(program("arena")).arg("seven").output().expect("it starts");
    assert_eq!(seed.status.code(), Some(2));
    let told = String::from_utf8_lossy(&seed.stderr);
    assert!(told.contains("\"seven\"") && told.lines().count() == 1, "{told}");
}
