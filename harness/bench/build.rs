//! Notes the compiler, the profile and the target, which a finished program can no longer ask for.
//! LTO and codegen units are told to no build script; `src/built.rs` has them.

use std::{env, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let unknown = || "unknown".to_owned();
    let variable = |name| env::var(name).unwrap_or_else(|_| unknown());

    let version = Command::new(variable("RUSTC")).arg("-vV").output().ok();
    let version = version.map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
    let rustc = version.as_deref().and_then(describe).unwrap_or_else(unknown);
    println!("cargo::rustc-env=SWITCHBACK_RUSTC={rustc}");
    println!(
        "cargo::rustc-env=SWITCHBACK_PROFILE={}, opt-level {}",
        variable("PROFILE"),
        variable("OPT_LEVEL")
    );
    println!("cargo::rustc-env=SWITCHBACK_TARGET={}", variable("TARGET"));
    // A target without features has no such variable.
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    println!("cargo::rustc-env=SWITCHBACK_TARGET_FEATURES={features}");
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    // A line end would end this line.
    let flags = flags.replace(['\n', '\r'], " ");
    println!("cargo::rustc-env=SWITCHBACK_RUSTFLAGS={flags}");
}

/// The first line of `rustc -vV` with the host and the LLVM version behind it.
fn describe(version: &str) -> Option<String> {
    let mut lines = version.lines();
    let first = lines.next().filter(|line| !line.is_empty())?.to_owned();
    let details = lines.filter(|line| line.starts_with("host:") || line.starts_with("LLVM"));
    Some(details.fold(first, |text, line| text + ", " + line))
}
