//! Every program prints what stands at its head.

mod programs;

use std::{env, fs, path::Path, process::Command};

use programs::{Folder, head, prints_its_head, program, refused, run, without_reader};

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
    let pickle = |arguments: &[&str]| {
        let output = Command::new(program("pickle_to_file")).args(arguments).output();
        refused(&output.expect("it starts"))
    };
    for arguments in [&["melt"][..], &[], &["thaw", ""], &["freeze", ""], &["thaw", "a", "b"]] {
        assert!(pickle(arguments).starts_with("pickle_to_file: usage: "), "{arguments:?}");
    }
    assert!(pickle(&["thaw", "no/such"]).starts_with("pickle_to_file: no/such: No such file"));
    let escaped = pickle(&["thaw", "no\n\x1b[31m"]);
    assert!(escaped.starts_with(r"pickle_to_file: no\n\u{1b}[31m: No such file"), "{escaped}");
    assert!(run("pickle_to_file", &["--help"]).starts_with("usage: pickle_to_file "));
}

#[test]
fn what_is_no_pickle_is_refused() {
    let folder = Folder::new("no-pickle");
    let thaw = |bytes: &[u8]| {
        fs::write(folder.0.join("file"), bytes).expect("it is written");
        let mut command = Command::new(program("pickle_to_file"));
        refused(&command.args(["thaw", "file"]).current_dir(&folder.0).output().expect("starts"))
    };
    for bytes in [&b""[..], b"SWBK", b"a text\n\x1b"] {
        let told = thaw(bytes);
        assert!(told.starts_with("pickle_to_file: file: ") && told.contains("`freeze`"), "{told}");
    }
}

/// A device that never ends.
#[cfg(target_os = "linux")]
#[test]
fn of_a_file_without_end_a_part_is_read() {
    let output = Command::new(program("pickle_to_file")).args(["thaw", "/dev/zero"]).output();
    let told = refused(&output.expect("it starts"));
    assert!(told.contains("at most 64 MiB, found more"), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_a_name() {
    use std::os::unix::ffi::OsStrExt as _;
    let name = std::ffi::OsStr::from_bytes(b"no/\xff");
    let output = Command::new(program("pickle_to_file")).arg("thaw").arg(name).output();
    let told = refused(&output.expect("it starts"));
    assert!(told.starts_with(r"pickle_to_file: no/\xff: "), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_pickle_that_cannot_be_written_leaves_the_old_file() {
    let folder = Folder::new("pickle-limit");
    fs::write(folder.0.join("file"), "old").expect("it is written");
    let told = refused(&programs::with_limit(0, "pickle_to_file", &["freeze", "file"], &folder));
    assert!(told.starts_with("pickle_to_file: file: expected to write "), "{told}");
    assert_eq!(folder.names(), ["file"]);
    assert_eq!(fs::read_to_string(folder.0.join("file")).expect("it is there"), "old");
}

#[test]
fn a_reader_that_has_left_is_no_error() {
    let folder = Folder::new("no-reader");
    let file = folder.0.join("file");
    let freeze = ["freeze", file.to_str().expect("a name in UTF-8")];
    let programs: [(&str, &[&str]); 4] = [
        ("hello", &[]),
        ("deadlock_found", &[]),
        ("pickle_to_file", &freeze),
        ("pickle_to_file", &["--help"]),
    ];
    for (name, arguments) in programs {
        let output = without_reader(name, arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && told.is_empty(), "{name}: {told}");
    }
    assert_eq!(folder.names(), ["file"]);
}
