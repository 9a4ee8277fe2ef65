//! Where and with what a run was made. What a platform does not tell is "unknown".

use std::{
    env, fs,
    process::{Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    built::Compiled,
    results::{Build, Environment},
    witness::Digest,
};

const UNKNOWN: &str = "unknown";

/// Looks at the machine, the compiler this crate was built with, how the program was `compiled` and,
/// unless `commit` names them, the sources in the current folder.
#[must_use]
pub fn capture(seed: u64, commit: Option<&str>, compiled: &Compiled) -> Environment {
    Environment {
        cpu: cpu().unwrap_or_else(unknown),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        kernel: kernel().unwrap_or_else(unknown),
        rustc: env!("SWITCHBACK_RUSTC").to_owned(),
        profile: env!("SWITCHBACK_PROFILE").to_owned(),
        build: Some(compiled.build()),
        commit: commit.map(str::to_owned).or_else(revision).unwrap_or_else(unknown),
        program: program(),
        started: Some(utc(SystemTime::now())),
        seed: Some(seed),
    }
}

/// Whether results of the two may stand in one file: same program, sources, compiler, build and
/// processor.
#[must_use]
pub fn comparable(one: &Environment, other: &Environment) -> bool {
    if one.program.is_none() || one.program != other.program {
        return false;
    }
    if !same_build(one.build.as_ref(), other.build.as_ref()) {
        return false;
    }
    let key = |e: &Environment| {
        [&e.commit, &e.rustc, &e.profile, &e.cpu]
            .map(|text| (text != UNKNOWN).then(|| text.clone()))
    };
    let (one, other) = (key(one), key(other));
    // What is unknown may be anything, so it is never the same.
    one == other && one.iter().all(Option::is_some)
}

/// Whether two builds are the same in every fact. Only the name of the profile may be unknown: what
/// a profile decides is in the others.
fn same_build(one: Option<&Build>, other: Option<&Build>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return false };
    let named_apart = one.profile.as_ref().zip(other.profile.as_ref()).is_some_and(|(a, b)| a != b);
    let Build {
        profile: _,
        opt_level,
        lto,
        codegen_units,
        panic,
        debug_assertions,
        overflow_checks,
        target,
        target_cpu,
        target_features,
        flags,
    } = one;
    let known = [
        opt_level.is_some(),
        lto.is_some(),
        codegen_units.is_some(),
        panic.is_some(),
        debug_assertions.is_some(),
        overflow_checks.is_some(),
        target.is_some(),
        target_cpu.is_some(),
        target_features.is_some(),
        flags.is_some(),
    ];
    !named_apart
        && known.iter().all(|known| *known)
        && *one == Build { profile: one.profile.clone(), ..other.clone() }
}

/// Whether the commit is not known, so that nothing can be said to be of the same sources.
pub(crate) fn sources_unknown(environment: &Environment) -> bool {
    environment.commit == UNKNOWN
}

fn unknown() -> String {
    UNKNOWN.to_owned()
}

fn cpu() -> Option<String> {
    if cfg!(target_os = "linux") {
        let info = fs::read_to_string("/proc/cpuinfo").ok()?;
        return cpu_model(&info);
    }
    if cfg!(target_os = "macos") {
        return output("sysctl", &["-n", "machdep.cpu.brand_string"]);
    }
    env::var("PROCESSOR_IDENTIFIER").ok()
}

/// The first model line of /proc/cpuinfo; its name differs between architectures.
fn cpu_model(info: &str) -> Option<String> {
    ["model name", "Model", "cpu model", "uarch", "cpu"].into_iter().find_map(|key| {
        info.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let value = value.trim();
            (name.trim() == key && !value.is_empty()).then(|| value.to_owned())
        })
    })
}

fn kernel() -> Option<String> {
    if cfg!(target_os = "linux") {
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
        return Some(format!("Linux {}", release.trim()));
    }
    if cfg!(windows) {
        return output("cmd", &["/C", "ver"]);
    }
    output("uname", &["-sr"])
}

/// The revision, and a digest of what differs from it: two runs on changed sources are of the
/// same sources only if the changes are the same.
fn revision() -> Option<String> {
    let revision = output("git", &["rev-parse", "--short=12", "HEAD"])?;
    let changes = output("git", &["diff", "HEAD"])? + &output("git", &["status", "--porcelain"])?;
    if changes.is_empty() {
        return Some(revision);
    }
    let mut digest = Digest::new();
    digest.push_str(&changes);
    Some(format!("{revision}+{:08x}", digest.finish() >> 32))
}

/// A digest of this program's file.
fn program() -> Option<String> {
    let bytes = fs::read(env::current_exe().ok()?).ok()?;
    let mut digest = Digest::new();
    digest.push_bytes(&bytes);
    Some(format!("{:016x}", digest.finish()))
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let result = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&result.stdout).trim().to_owned();
    result.status.success().then_some(text)
}

/// `2026-01-31T12:00:00Z`.
fn utc(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of a number of days since 1970-01-01, counted year by year, month by month.
fn civil(mut days: u64) -> (u64, u64, u64) {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    (year, month as u64 + 1, days + 1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::results::{Lto, Panic};

    #[test]
    fn moments_around_leap_days_have_their_dates() {
        let at = |seconds| utc(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00Z", "2100 is no leap year");
    }

    #[test]
    fn the_model_is_found_under_the_names_of_several_architectures() {
        let x86 = "processor\t: 0\nmodel\t\t: 2\nmodel name\t: AMD EPYC\nflags : fpu\n";
        let board = "processor : 0\nBogoMIPS : 108.00\n\nModel\t\t: Raspberry Pi 4\n";
        assert_eq!(cpu_model(x86).as_deref(), Some("AMD EPYC"));
        assert_eq!(cpu_model(board).as_deref(), Some("Raspberry Pi 4"));
        assert_eq!(cpu_model("processor : 0\n"), None);
    }

    #[test]
    fn unknown_sources_are_never_the_same_sources() {
        let mut one = capture(1, Some("abc"), &crate::compiled!());
        let mut other = Environment { started: None, seed: None, cores: 1, ..one.clone() };
        assert!(comparable(&one, &other), "what does not matter may differ");
        other.commit = "abc+1".into();
        assert!(!comparable(&one, &other));
        let rebuilt = Environment { program: Some("another".into()), ..one.clone() };
        assert!(!comparable(&one, &rebuilt) && comparable(&rebuilt, &rebuilt));
        assert_eq!(one.program.as_ref().map(String::len), Some(16));
        one.commit = unknown();
        assert!(!comparable(&one, &one.clone()));
    }

    #[test]
    fn results_of_different_builds_are_no_results_of_one_file() {
        let one = capture(1, Some("abc"), &crate::compiled!());
        let known = one.build.clone().unwrap();
        let with = |change: &dyn Fn(&mut Build)| {
            let mut build = known.clone();
            change(&mut build);
            Environment { build: Some(build), ..one.clone() }
        };
        type Change<'a> = &'a dyn Fn(&mut Build);
        let others: [Change<'_>; 10] = [
            &|b| b.opt_level = Some("z".into()),
            &|b| b.lto = Some(Lto::Fat),
            &|b| b.codegen_units = Some(3),
            &|b| b.panic = Some(Panic::Abort),
            &|b| b.debug_assertions = b.debug_assertions.map(|on| !on),
            &|b| b.overflow_checks = b.overflow_checks.map(|on| !on),
            &|b| b.target = Some("another".into()),
            &|b| b.target_cpu = Some("another".into()),
            &|b| b.target_features = Some(vec!["another".into()]),
            &|b| b.flags = Some(vec!["-C another".into()]),
        ];
        for (index, other) in others.into_iter().enumerate() {
            assert!(!comparable(&one, &with(other)), "{index}");
            assert!(comparable(&with(other), &with(other)), "{index}");
        }
        let unknown: [Change<'_>; 10] = [
            &|b| b.opt_level = None,
            &|b| b.lto = None,
            &|b| b.codegen_units = None,
            &|b| b.panic = None,
            &|b| b.debug_assertions = None,
            &|b| b.overflow_checks = None,
            &|b| b.target = None,
            &|b| b.target_cpu = None,
            &|b| b.target_features = None,
            &|b| b.flags = None,
        ];
        for (index, unknown) in unknown.into_iter().enumerate() {
            assert!(!comparable(&with(unknown), &with(unknown)), "{index}");
        }
        let older = Environment { build: None, ..one.clone() };
        assert!(!comparable(&older, &one) && !comparable(&older, &older));
    }

    #[test]
    fn the_name_of_a_profile_may_be_unknown_but_not_another() {
        let one = capture(1, Some("abc"), &crate::compiled!());
        let named = |name: Option<&str>| {
            let build = Build { profile: name.map(str::to_owned), ..one.build.clone().unwrap() };
            Environment { build: Some(build), ..one.clone() }
        };
        assert!(comparable(&named(None), &named(None)));
        assert!(comparable(&named(Some("bench")), &named(None)));
        assert!(comparable(&named(Some("bench")), &named(Some("bench"))));
        assert!(!comparable(&named(Some("bench")), &named(Some("release"))));
    }
}
