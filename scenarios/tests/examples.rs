//! Every program in `examples/` prints what stands at its head.

#[path = "../../examples/tests/programs/mod.rs"]
mod programs;

use std::{
    env, fs,
    process::{Command, Stdio},
};

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
fn what_cannot_be_done_is_one_line_and_ends_with_2() {
    let told = |name: &str, arguments: &[&str], output: Stdio| {
        let ended = Command::new(program(name)).args(arguments).stdout(output).output();
        let ended = ended.expect("it starts");
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!((ended.status.code(), told.lines().count()), (Some(2), 1), "{name}: {told}");
        assert!(ended.stdout.is_empty(), "{name}: something half-written");
        told
    };
    let arena = |arguments: &[&str]| told("arena", arguments, Stdio::piped());
    assert!(arena(&["seven"]).contains("\"seven\""));
    assert!(arena(&["--help"]).starts_with("usage: arena [SEED [FILE]]"));
    assert!(arena(&["7", "a", "b"]).contains("found 3"));
    assert!(arena(&["7", env::temp_dir().to_str().expect("a name in UTF-8")]).contains(": "));
    assert!(told("dispatcher", &["nonsense"], Stdio::piped()).contains("\"nonsense\""));
    if cfg!(target_os = "linux") {
        for name in ["arena", "dispatcher"] {
            let full = fs::File::create("/dev/full").expect("Linux has it");
            assert!(told(name, &[], full.into()).starts_with("standard output: "), "{name}");
        }
    }
}
