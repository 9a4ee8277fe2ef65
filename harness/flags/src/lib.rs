//! What rustc was told about code generation, as a literal in the program that it makes.
//!
//! ```text
//! [profile], CARGO_PROFILE_*, --config, RUSTFLAGS --cargo--> rustc -C lto=fat -C codegen-units=1 ..
//!                                                                    |  flags!() runs in this process
//!                                                                    v
//!                                           Some(&["lto=fat", "codegen-units=1"]) in the program
//! ```
//!
//! A finished program cannot ask for its LTO and its codegen units, and cargo tells them to no build
//! script. To read `Cargo.toml` again would be a guess: an option `--config`, a variable, a file of
//! settings or the workspace of another crate may have decided. The arguments of the compiler are
//! what was done, so the macro must be called in the crate that is linked.

#![forbid(unsafe_code)]

use std::{env, fs};

use proc_macro::TokenStream;

/// Expands to an `Option<&'static [&'static str]>`: the arguments of `-C` that change the code and
/// say nothing of the machine's folders, in their order; the last of a kind counts. `None` if the
/// compiler does not show its arguments.
///
/// They are `opt-level=`, `lto`, `lto=`, `codegen-units=`, `target-cpu=`, `overflow-checks`,
/// `overflow-checks=`, and `incremental` without its folder.
#[proc_macro]
pub fn flags(_: TokenStream) -> TokenStream {
    let arguments = env::args_os().skip(1).filter_map(|argument| argument.into_string().ok());
    let arguments = unpacked(arguments, |path| fs::read_to_string(path).ok());
    let expression = match arguments {
        Some(arguments) if !arguments.is_empty() => {
            format!("::core::option::Option::Some(&{:?})", of_code(&arguments))
        }
        _ => "::core::option::Option::None".to_owned(),
    };
    // Texts are written as literals of Rust, so this is an expression.
    expression.parse().unwrap_or_default()
}

/// The arguments with those of files in their place: cargo writes a long command into a file and
/// passes `@file`. `None` if one cannot be read.
fn unpacked(
    arguments: impl Iterator<Item = String>,
    read: impl Fn(&str) -> Option<String>,
) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for argument in arguments {
        match argument.strip_prefix('@') {
            Some(path) => all.extend(read(path)?.lines().map(str::to_owned)),
            None => all.push(argument),
        }
    }
    Some(all)
}

/// What of the arguments is told.
fn of_code(arguments: &[String]) -> Vec<String> {
    let mut told = Vec::new();
    let mut arguments = arguments.iter().map(String::as_str);
    while let Some(argument) = arguments.next() {
        let flag = match argument {
            "-C" | "--codegen" => arguments.next(),
            "-O" => Some("opt-level=3"),
            other => other.strip_prefix("--codegen=").or_else(|| other.strip_prefix("-C")),
        };
        let Some(flag) = flag else { continue };
        let (key, value) = flag.split_once('=').unwrap_or((flag, ""));
        // rustc takes both forms.
        match key.replace('_', "-").as_str() {
            // The value is a folder.
            "incremental" => told.push("incremental".to_owned()),
            key @ ("opt-level" | "lto" | "codegen-units" | "target-cpu" | "overflow-checks") => {
                told.push(if value.is_empty() { key.to_owned() } else { format!("{key}={value}") });
            }
            _ => {}
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(command: &str) -> Vec<String> {
        of_code(&command.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn what_changes_the_code_is_told_in_its_order_and_nothing_else() {
        let command = "--crate-name suite --edition=2024 benches/suite.rs --emit=dep-info,link \
                       -C opt-level=3 -C lto=fat -C codegen-units=1 -C metadata=0123 \
                       --out-dir /home/someone/target/release/deps -C target-cpu=native \
                       -C incremental=/home/someone/target -C strip=none";
        let expected =
            ["opt-level=3", "lto=fat", "codegen-units=1", "target-cpu=native", "incremental"];
        assert_eq!(told(command), expected);
        assert_eq!(told("--crate-name opt-level=3 lto=fat"), [""; 0]);
    }

    #[test]
    fn every_form_that_the_compiler_takes_is_read() {
        let command = "-O -Clto --codegen lto=thin --codegen=codegen_units=4 -Coverflow-checks -C";
        assert_eq!(
            told(command),
            ["opt-level=3", "lto", "lto=thin", "codegen-units=4", "overflow-checks"]
        );
    }

    #[test]
    fn a_file_of_arguments_is_read_or_nothing_is_told() {
        let arguments = || ["-C", "@list"].map(str::to_owned).into_iter();
        let read = |path: &str| (path == "list").then(|| "lto=off\n-O\n".to_owned());
        assert_eq!(unpacked(arguments(), read).unwrap(), ["-C", "lto=off", "-O"]);
        assert_eq!(unpacked(arguments(), |_| None), None);
    }
}
