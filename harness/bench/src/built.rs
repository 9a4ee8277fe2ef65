//! How the running program was built.
//!
//! ```text
//! rustc's arguments, cfg  --compiled!() in the bench target-->  LTO, codegen units, panics, ..
//! build script            --variables of the compiler------->  target, features, RUSTFLAGS
//! folder in `target`, and what cargo was asked for---------->  profile
//! ```
//!
//! Nothing is read from `Cargo.toml`: another file, variable or option may have decided.

use std::{env, path::Path};

use crate::results::{Build, Lto, Panic, visible};

/// What the compiler of the bench target was told; [`compiled!`](crate::compiled) makes it.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Arguments of `-C`, if they are known.
    flags: Option<&'static [&'static str]>,
    debug_assertions: bool,
    panic: Option<Panic>,
    /// The package of the bench target.
    package: &'static str,
}

/// The package of the shipped suite, the only bench target of its workspace.
const SHIPPED: &str = "switchback-scenarios";

/// Notes what the compiler is told about the crate that calls this, as a [`Compiled`]. A bench
/// target calls it, no library: LTO is known only where the program is linked.
#[macro_export]
macro_rules! compiled {
    () => {
        $crate::Compiled::new(
            $crate::private::flags!(),
            cfg!(debug_assertions),
            if cfg!(panic = "unwind") {
                Some($crate::results::Panic::Unwind)
            } else if cfg!(panic = "abort") {
                Some($crate::results::Panic::Abort)
            } else {
                None
            },
            env!("CARGO_PKG_NAME"),
        )
    };
}

impl Compiled {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(
        flags: Option<&'static [&'static str]>,
        debug_assertions: bool,
        panic: Option<Panic>,
        package: &'static str,
    ) -> Self {
        Self { flags, debug_assertions, panic, package }
    }

    /// The command that measures a cell or probe again.
    pub(crate) fn command(&self, id: &str) -> String {
        match self.package {
            SHIPPED => format!("cargo bench -- --exact {id}"),
            package => format!("cargo bench -p {package} -- --exact {id}"),
        }
    }

    /// All that is known of the build of the running program.
    pub(crate) fn build(&self) -> Build {
        let features = env!("SWITCHBACK_TARGET_FEATURES").split(',').filter(|f| !f.is_empty());
        let mut features: Vec<String> = features.map(str::to_owned).collect();
        features.sort_unstable();
        Build {
            profile: profile(),
            debug_assertions: Some(self.debug_assertions),
            panic: self.panic,
            target: Some(env!("SWITCHBACK_TARGET").to_owned()),
            target_features: Some(features),
            flags: Some(other_flags(env!("SWITCHBACK_RUSTFLAGS"))),
            ..self.flags.map_or_else(Build::default, |flags| self.of_flags(flags))
        }
    }

    /// The facts in the arguments of `-C`, with what the compiler does without one.
    fn of_flags(&self, flags: &[&str]) -> Build {
        let last = |key: &str| {
            flags.iter().rev().find_map(|flag| {
                let (own, value) = flag.split_once('=').unwrap_or((flag, ""));
                (own == key).then_some(value)
            })
        };
        let is_yes = |value: &str| matches!(value, "" | "y" | "yes" | "on" | "true");
        let default_units = if last("incremental").is_some() { 256 } else { 16 };
        Build {
            opt_level: Some(last("opt-level").unwrap_or("0").to_owned()),
            lto: match last("lto") {
                None => Some(Lto::False),
                Some("thin") => Some(Lto::Thin),
                Some("n" | "no" | "off" | "false") => Some(Lto::Off),
                Some(value) if value == "fat" || is_yes(value) => Some(Lto::Fat),
                Some(_) => None,
            },
            codegen_units: last("codegen-units").map_or(Some(default_units), |n| n.parse().ok()),
            overflow_checks: Some(last("overflow-checks").map_or(self.debug_assertions, is_yes)),
            target_cpu: Some(last("target-cpu").unwrap_or("default").to_owned()),
            ..Build::default()
        }
    }
}

/// The flags of RUSTFLAGS that are no fact of their own and may change the program, each with its
/// value; those of `encoded` are separated as cargo does it.
fn other_flags(encoded: &str) -> Vec<String> {
    let mut flags: Vec<String> = Vec::new();
    for word in encoded.split('\u{1f}').filter(|word| !word.trim().is_empty()) {
        match (word.split_at_checked(2), flags.last_mut()) {
            (Some((short @ ("-C" | "-Z"), value)), _) if !value.is_empty() => {
                flags.push(format!("{short} {value}"));
            }
            (_, Some(last)) if !word.starts_with('-') => *last = format!("{last} {word}"),
            _ => flags.push(word.to_owned()),
        }
    }
    flags.retain(|flag| !is_elsewhere(flag));
    // A name in a results file has nothing that a reader cannot see.
    flags.iter().map(|flag| visible(&flag.replace(['\t', '\n', '\r'], " ")).into_owned()).collect()
}

/// Whether a flag is a fact of its own, a lint, or a change of names in messages.
fn is_elsewhere(flag: &str) -> bool {
    const FACTS: [&str; 7] = [
        "opt-level",
        "lto",
        "codegen-units",
        "panic",
        "debug-assertions",
        "overflow-checks",
        "target-cpu",
    ];
    const LINTS: [&str; 5] = ["--allow", "--warn", "--deny", "--forbid", "--cap-lints"];
    const NAMES: &str = "--remap-path-prefix";
    let (option, value) = flag.split_once([' ', '=']).unwrap_or((flag, ""));
    let key = value.split('=').next().unwrap_or_default().replace('_', "-");
    option == "-O"
        || (matches!(option, "-C" | "--codegen") && FACTS.contains(&key.as_str()))
        || ["-A", "-W", "-D", "-F"].iter().any(|lint| option.starts_with(lint))
        || LINTS.contains(&option)
        || option == NAMES
}

/// Cargo's name of the profile. The folder of the program tells all but two pairs apart, and for
/// those the command of the cargo that runs the program says which.
fn profile() -> Option<String> {
    let program = env::current_exe().ok()?;
    named(folder(&program)?, &parent().unwrap_or_default())
}

/// The folder of a profile in which cargo leaves a program: `target/release/deps/suite-0123`.
fn folder(program: &Path) -> Option<&str> {
    let folder = program.parent().filter(|folder| folder.ends_with("deps"))?.parent()?;
    let above = folder.ancestors().skip(1).take(2);
    let is_target = |folder: &Path| folder.join("CACHEDIR.TAG").is_file();
    above.into_iter().any(is_target).then(|| folder.file_name()?.to_str())?
}

/// The profile that has this folder, as cargo was asked for it with these words.
fn named(folder: &str, command: &[String]) -> Option<String> {
    let two = match folder {
        "debug" => ["dev", "test"],
        "release" => ["release", "bench"],
        own => return Some(own.to_owned()),
    };
    let (program, words) = command.split_first()?;
    let words: Vec<&str> = words.iter().map(String::as_str).take_while(|w| *w != "--").collect();
    if Path::new(program).file_stem()? != "cargo" {
        return None;
    }
    let option = words.iter().enumerate().rev().find_map(|(at, word)| match *word {
        "--profile" => words.get(at + 1).copied(),
        "-r" | "--release" => Some("release"),
        word => word.strip_prefix("--profile="),
    });
    let asked = option.or_else(|| {
        words.iter().find_map(|word| match *word {
            "bench" => Some("bench"),
            "test" | "t" => Some("test"),
            "run" | "r" => Some("dev"),
            _ => None,
        })
    });
    asked.filter(|name| two.contains(name)).map(str::to_owned)
}

/// The command of the process that runs this one, if the system tells.
#[cfg(target_os = "linux")]
fn parent() -> Option<Vec<String>> {
    let id = std::os::unix::process::parent_id();
    let line = std::fs::read(format!("/proc/{id}/cmdline")).ok()?;
    let words =
        line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    Some(words.collect())
}

/// The command of the process that runs this one, if the system tells.
#[cfg(all(unix, not(target_os = "linux")))]
fn parent() -> Option<Vec<String>> {
    let id = std::os::unix::process::parent_id().to_string();
    let mut command = std::process::Command::new("ps");
    let output = command.args(["-o", "args=", "-p", &id]).output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| line.split_whitespace().map(str::to_owned).collect())
}

/// The command of the process that runs this one, if the system tells.
#[cfg(not(unix))]
fn parent() -> Option<Vec<String>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(flags: &[&str], debug_assertions: bool) -> Build {
        Compiled::new(None, debug_assertions, None, SHIPPED).of_flags(flags)
    }

    #[test]
    fn what_cargo_passes_for_its_profiles_is_read() {
        let bench = told(&["opt-level=3", "lto=fat", "codegen-units=1"], false);
        assert_eq!(bench.opt_level.as_deref(), Some("3"));
        assert_eq!((bench.lto, bench.codegen_units), (Some(Lto::Fat), Some(1)));
        assert_eq!(bench.overflow_checks, Some(false));
        let release = told(&["opt-level=3"], false);
        assert_eq!((release.lto, release.codegen_units), (Some(Lto::False), Some(16)));
        let dev = told(&["incremental"], true);
        assert_eq!(dev.opt_level.as_deref(), Some("0"));
        assert_eq!((dev.lto, dev.codegen_units), (Some(Lto::False), Some(256)));
        assert_eq!(dev.overflow_checks, Some(true));
        assert_eq!(dev.target_cpu.as_deref(), Some("default"));
    }

    #[test]
    fn the_last_of_a_kind_counts_and_what_is_not_understood_is_not_known() {
        let lto = |flags: &[&str]| told(flags, false).lto;
        assert_eq!(lto(&["lto"]), Some(Lto::Fat));
        assert_eq!(lto(&["lto=fat", "lto=thin"]), Some(Lto::Thin));
        assert_eq!(lto(&["lto=yes", "lto=no"]), Some(Lto::Off));
        assert_eq!(lto(&["lto=splendid"]), None);
        let build = told(&["codegen-units=many", "overflow-checks=off"], true);
        assert_eq!((build.codegen_units, build.overflow_checks), (None, Some(false)));
        let build = told(&["target-cpu=x86-64-v2", "target-cpu=native", "opt-level=z"], true);
        assert_eq!(build.target_cpu.as_deref(), Some("native"));
        assert_eq!(build.opt_level.as_deref(), Some("z"));
    }

    #[test]
    fn a_compiler_that_hides_its_arguments_leaves_facts_out() {
        let build = Compiled::new(None, true, Some(Panic::Abort), SHIPPED).build();
        let hidden = (build.opt_level, build.lto, build.codegen_units, build.overflow_checks);
        assert_eq!(hidden, (None, None, None, None));
        assert_eq!((build.target_cpu, build.panic), (None, Some(Panic::Abort)));
        assert_eq!(build.debug_assertions, Some(true));
    }

    #[test]
    fn this_test_knows_how_it_was_compiled() {
        let build = crate::compiled!().build();
        assert_eq!(build.debug_assertions, Some(cfg!(debug_assertions)));
        let optimized = build.opt_level.as_deref().expect("rustc shows its arguments") != "0";
        assert!(optimized || cfg!(debug_assertions));
        assert!(build.lto.is_some() && build.codegen_units.is_some());
        assert_eq!(build.panic, Some(Panic::Unwind), "tests of cargo unwind");
        let features = build.target_features.expect("the build script is told");
        assert_eq!(features.iter().any(|f| f == "sse2"), cfg!(target_feature = "sse2"));
        assert!(build.target.is_some_and(|target| target.contains('-')));
    }

    #[test]
    fn of_the_other_flags_lints_and_known_facts_are_left_out() {
        let flags = |words: &[&str]| other_flags(&words.join("\u{1f}"));
        let words = [
            "-C",
            "target-cpu=native",
            "-Cpanic=abort",
            "-Dwarnings",
            "-W",
            "unused",
            "--cap-lints",
            "allow",
            "--deny=warnings",
            "--codegen",
            "debug_assertions=on",
            "-O",
            "--remap-path-prefix=/home/someone=",
        ];
        assert_eq!(flags(&words), [""; 0]);
        let words =
            ["-C", "target-feature=+avx2", "--cfg", "no_pools", "-Clink-arg=-s", "-Z", "a", "-Zb"];
        let expected =
            ["-C target-feature=+avx2", "--cfg no_pools", "-C link-arg=-s", "-Z a", "-Z b"];
        assert_eq!(flags(&words), expected);
        assert_eq!(flags(&["--cfg=a\nb\u{202e}", " "]), ["--cfg=a b\\u{202e}"]);
        assert_eq!(other_flags(""), [""; 0]);
    }

    #[test]
    fn a_profile_is_named_by_its_folder_or_by_what_cargo_was_asked_for() {
        let named = |folder: &str, command: &str| {
            named(folder, &command.split(' ').map(str::to_owned).collect::<Vec<_>>())
        };
        let is = |name: &str| Some(name.to_owned());
        assert_eq!(named("tuned", "sh"), is("tuned"));
        assert_eq!(named("release", "cargo bench"), is("bench"));
        assert_eq!(named("release", "/a/bin/cargo bench --bench suite -- --quick"), is("bench"));
        assert_eq!(named("release", "cargo bench --profile release"), is("release"));
        assert_eq!(named("release", "cargo bench --profile=release -- --profile=x"), is("release"));
        assert_eq!(named("debug", "cargo bench --profile dev --bench suite"), is("dev"));
        assert_eq!(named("debug", "cargo test --bench suite"), is("test"));
        assert_eq!(named("release", "cargo test -r"), is("release"));
        assert_eq!(named("release", "cargo test --profile bench"), is("bench"));
        for command in ["sh", "", "perf stat suite", "cargo nextest", "cargo test", "cargo run"] {
            assert_eq!(named("release", command), None, "{command}");
        }
        assert_eq!(named("debug", "cargo bench"), None, "not what left the program there");
    }

    #[test]
    fn a_program_outside_of_a_target_directory_has_no_profile() {
        let own = env::current_exe().unwrap();
        assert!(folder(&own).is_some(), "{}", own.display());
        assert_eq!(folder(Path::new("/somewhere/release/deps/suite")), None);
        assert_eq!(folder(own.parent().unwrap()), None);
    }
}
