//! The suite in a crate outside of this repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const MANIFEST: &str = r#"
[package]
name = "somebody"
version = "0.1.0"
edition = "2024"

[dependencies]
switchback-hard = { path = "ROOT/impls/hard" }
switchback-mutants = { path = "ROOT/impls/mutants" }

[dev-dependencies]
switchback-conformance = { path = "ROOT/harness/conformance" }

[[test]]
name = "conformance"
harness = false

[[test]]
name = "declared"
harness = false

[[test]]
name = "broken"
harness = false

[[test]]
name = "forgotten"

[workspace]
"#;

const LINE: &str = "switchback_conformance::main!(somebody::MyBackend);\n";

const DECLARED: &str = r#"switchback_conformance::main!(somebody::MyBackend, known_failures = {
    "statements::C020": "declared, but it holds",
});
"#;

const BROKEN: &str = "switchback_conformance::main!(somebody::Broken);\n";

/// A recording that no backend reproduces.
const WRONG: &str = r#"{"id": "wrong", "bodies": {}, "main": [["log", 1]], "trace": [["main", "0", "log"], ["main", "0", "=", 2], ["main", "end"]]}"#;

struct Somebody {
    folder: PathBuf,
    target: PathBuf,
}

impl Somebody {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().expect("the repository is there");
        let folder =
            std::env::temp_dir().join(format!("switchback-outside-{}", std::process::id()));
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
            fs::write(path, text).expect("it can be written");
        };
        // Two backslashes, since TOML reads them.
        let shown = root.display().to_string().replace('\\', "\\\\");
        write("Cargo.toml", &MANIFEST.replace("ROOT", &shown));
        write(
            "src/lib.rs",
            "pub use switchback_hard::Hard as MyBackend;\n\
             pub type Broken = switchback_mutants::Mutant<MyBackend>;\n",
        );
        write("tests/conformance.rs", LINE);
        write("tests/declared.rs", DECLARED);
        write("tests/broken.rs", BROKEN);
        write("tests/forgotten.rs", LINE);
        write("wrong.jsonl", WRONG);
        // The same versions as here, so that nothing has to be fetched.
        let lock = fs::read_to_string(root.join("Cargo.lock")).expect("there is a lock file");
        write("Cargo.lock", &lock);
        // Kept for the next time, beside what belongs to this repository.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside");
        Self { folder, target }
    }

    fn cargo(&self, variables: &[(&str, &str)], arguments: &str) -> Output {
        Command::new(env!("CARGO"))
            .args(arguments.split_whitespace())
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_NET_OFFLINE", "true")
            .envs(variables.iter().copied())
            .output()
            .expect("cargo can be started")
    }
}

impl Drop for Somebody {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}\n{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

/// Fails with what was printed unless the suite ended with that code, which cargo passes on for
/// a program it runs.
fn ended(output: &Output, code: i32) -> String {
    let text = text(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

#[test]
fn a_crate_elsewhere_runs_the_suite_with_cargo_test_and_with_nextest() {
    let somebody = Somebody::new();

    let listed = ended(&somebody.cargo(&[], "test --test conformance -- --list"), 0);
    for name in ["smoke::main", "statements::C020", "vectors::core::q01", "random::programs"] {
        assert!(listed.contains(&format!("{name}: test")), "{name} is not in {listed}");
    }
    assert!(listed.contains("[unsupported: portable] statements::C219: test"), "{listed}");

    let passed = ended(&somebody.cargo(&[], "test --test conformance -- statements::C02"), 0);
    assert!(passed.contains("test result: ok. 10 passed; 0 failed; 0 ignored"), "{passed}");

    let unexpected = somebody.cargo(&[], "test --test declared -- --exact statements::C020");
    let unexpected = ended(&unexpected, 1);
    assert!(unexpected.contains("[known failure] statements::C020"), "{unexpected}");
    assert!(unexpected.contains("unexpected pass: passes although"), "{unexpected}");

    let wrong = [("SWITCHBACK_VECTORS", "wrong.jsonl")];
    let wrong = ended(&somebody.cargo(&wrong, "test --test conformance -- recorded"), 1);
    assert!(wrong.contains("0 of 1 programs agree; first divergence"), "{wrong}");
    let replay = "SWITCHBACK_VECTORS=wrong.jsonl cargo test -p somebody --test conformance -- \
                  --exact recorded::wrong";
    assert!(wrong.contains(replay), "{wrong}");

    let missing = [("SWITCHBACK_VECTORS", "missing.jsonl")];
    let missing = ended(&somebody.cargo(&missing, "test --test conformance -- smoke"), 2);
    assert!(missing.contains("SWITCHBACK_VECTORS names missing.jsonl, which cannot be read"));

    let scale = [("SWITCHBACK_TIMEOUT_SCALE", "soon")];
    let scale = ended(&somebody.cargo(&scale, "test --test conformance -- smoke"), 2);
    assert!(scale.contains("SWITCHBACK_TIMEOUT_SCALE is `soon`; it must be a number"), "{scale}");

    let forgotten = ended(&somebody.cargo(&[], "test --test forgotten"), 101);
    assert!(forgotten.contains("Write `harness = false` below the `name`"), "{forgotten}");

    a_random_failure_is_done_again_by_its_command(&somebody);

    let there = Command::new(env!("CARGO")).args(["nextest", "--version"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        println!("cargo-nextest is not installed: that part is not tried");
        return;
    }
    let selected = "nextest run --test conformance statements::C02 smoke";
    let passed = ended(&somebody.cargo(&[], selected), 0);
    assert!(passed.contains("14 tests run: 14 passed"), "{passed}");
    let failed = "nextest run --test declared statements::C020";
    let failed = text(&somebody.cargo(&[], failed));
    assert!(failed.contains("1 failed") && failed.contains("passes although"), "{failed}");
}

/// The first failure is found among many programs, the second one is that program alone.
fn a_random_failure_is_done_again_by_its_command(somebody: &Somebody) {
    let fault = ("SWITCHBACK_FAULT", "PreferenceIgnored");
    let first = somebody.cargo(&[fault], "test --test broken -- --exact random::programs");
    let first = failure(&ended(&first, 1));
    let command = first.lines().last().unwrap_or_default().trim();
    let words: Vec<&str> = command.split(' ').collect();
    let (set, arguments): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| word.contains('='));
    let mut variables: Vec<(&str, &str)> =
        set.iter().filter_map(|assignment| assignment.split_once('=')).collect();
    assert_eq!(variables.len(), 2, "a seed and a number of programs: {command}");
    assert_eq!(arguments.first(), Some(&"cargo"), "{command}");
    variables.push(fault);
    let second = somebody.cargo(&variables, &arguments[1..].join(" "));
    assert_eq!(failure(&ended(&second, 1)), first);
    // It is shrunk: what random programs have at first is far longer.
    assert!(first.contains("\nprogram\n") && first.lines().count() < 60, "{first}");
}

/// The text of the one failure.
fn failure(text: &str) -> String {
    let (_, rest) = text.split_once("---- random::programs ----").expect("a failure is shown");
    let (text, _) = rest.split_once("\n\n\nfailures:").expect("the list of failures follows");
    text.trim().to_owned()
}
