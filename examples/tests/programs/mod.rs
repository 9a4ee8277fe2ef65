//! Runs the examples of a package, for tests of what they print.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
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

/// A folder that is gone with this.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("switchback-{name}-{}", std::process::id()));
        fs::create_dir(&path).expect("a new folder");
        Self(path)
    }

    /// What is in it.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("it is there");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        names.map(|name| name.into_string().expect("a name in UTF-8")).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that writes to a pipe without a reader.
pub fn without_reader(name: &str, arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = Command::new(program(name));
    command.args(arguments).stdout(writer).output().expect("it starts")
}

/// A program that may write files of `blocks` times 512 bytes.
#[cfg(target_os = "linux")]
pub fn with_limit(blocks: u32, name: &str, arguments: &[&str], folder: &Folder) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -f {blocks}; exec \"$0\" \"$@\"")]).arg(program(name));
    command.args(arguments).current_dir(&folder.0).output().expect("it starts")
}

/// The line on standard error of a program that ended with 2.
pub fn refused(output: &Output) -> String {
    let line = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), line.matches('\n').count()), (Some(2), 1), "{line}");
    assert!(!line.contains("panicked") && !line.contains('\x1b'), "{line}");
    line
}
