//! Every program in `examples/` prints what stands at its head.

#[path = "../../examples/tests/programs/mod.rs"]
mod programs;

use std::{
    env, fs,
    process::{Command, Stdio},
};

use programs::{Folder, prints_its_head, program, refused, run, without_reader};

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
    for meaning in ["square: squarebot", "circle: spinbot", "dot: bullet", "red: just hit"] {
        assert_eq!(picture.matches(meaning).count(), 1, "{meaning}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_picture_that_cannot_be_written_leaves_the_old_file() {
    let folder = Folder::new("arena-limit");
    fs::write(folder.0.join("d.svg"), "old").expect("it is written");
    let told = refused(&programs::with_limit(10, "arena", &["7", "d.svg"], &folder));
    assert!(told.starts_with("d.svg: expected to write "), "{told}");
    assert_eq!(folder.names(), ["d.svg"]);
    assert_eq!(fs::read_to_string(folder.0.join("d.svg")).expect("it is there"), "old");
}

#[test]
fn standings_name_the_seed() {
    assert!(run("arena", &["8"]).starts_with("seed 8, 20 bots, after 60 ticks\n1. "));
    let largest = run("arena", &["18446744073709551615"]);
    assert!(largest.starts_with("seed 18446744073709551615, "), "{largest}");
}

#[test]
fn help_is_printed() {
    assert_eq!(run("arena", &["--help"]), "usage: arena [SEED [FILE]]\n");
    assert_eq!(run("dispatcher", &["--help"]), "usage: dispatcher\n");
}

#[test]
fn a_reader_that_has_left_is_no_error() {
    for name in ["arena", "dispatcher"] {
        let output = without_reader(name, &[]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && told.is_empty(), "{name}: {told}");
    }
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
    assert!(arena(&["seven"]).contains("`seven`"));
    let large = arena(&["18446744073709551616"]);
    assert!(large.contains("from 0 to 18446744073709551615; found `18446744073709551616`"));
    assert!(arena(&["7", ""]).starts_with("usage: arena [SEED [FILE]]"));
    assert!(arena(&["7", "no\n\x1b/file"]).starts_with(r"no\n\u{1b}/file: "));
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
