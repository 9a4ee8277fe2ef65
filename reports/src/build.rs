//! How a program was built, in words, and how two builds differ.

use std::collections::BTreeSet;

use switchback_bench::results::{Build, Environment, Panic};

use crate::fit;
use crate::numbers::count;

/// A fact of a build: its name, its value, and both after "built". No texts if it is not known.
struct Fact {
    name: &'static str,
    known: Option<(String, String)>,
}

/// Names and values, those that are not known among them.
pub(crate) fn facts(build: &Build) -> Vec<(&'static str, String)> {
    let unknown = || "not known".to_owned();
    let value = |fact: Fact| (fact.name, fact.known.map_or_else(unknown, |(value, _)| value));
    let list = |texts: Option<&[String]>, separator: &str| match texts {
        None => unknown(),
        Some([]) => "none".to_owned(),
        Some(texts) => fit::list(&texts.join(separator)).into_owned(),
    };
    let mut facts: Vec<_> = of_settings(build).map(value).into();
    facts.push(("Target features", list(build.target_features.as_deref(), ", ")));
    facts.push(("Other compiler flags", list(build.flags.as_deref(), " ")));
    facts
}

/// A sentence for each fact in which a run was built in another way than the earlier one; none if the builds are the same. What is
/// known of one run only may be different, but for the name of its profile, which decides nothing that is not a fact as well.
/// Of two runs from before builds were recorded, only the texts of the profiles are known.
pub(crate) fn between(then: &Environment, now: &Environment) -> Vec<String> {
    if then.build.is_none() && now.build.is_none() && then.profile != now.profile {
        let (then, now) = (fit::name(&then.profile), fit::name(&now.profile));
        return vec![format!(
            "Built with the profile {now}, the earlier run with the profile {then}."
        )];
    }
    differences(then.build.as_ref(), now.build.as_ref())
}

/// The first fact in which two runs were built in different ways: its name, and its value in both. Runs of different machines may have
/// their own targets and compilers for them, but nothing else. The name of a profile decides nothing that is not a fact as well.
pub(crate) fn conflict(
    first: &Environment,
    other: &Environment,
    same_machine: bool,
) -> Option<(&'static str, String, String)> {
    const OF_A_MACHINE: [&str; 3] = ["Target", "Target CPU", "Target features"];
    let compiler = |environment: &Environment| {
        let text = environment.rustc.as_str();
        let text = if same_machine { text } else { text.split(", host:").next().unwrap_or(text) };
        fit::fact(text).into_owned()
    };
    let none = Build::default();
    let all = |environment: &Environment| {
        let facts = facts(environment.build.as_ref().unwrap_or(&none));
        let own = facts.into_iter().filter(|(name, _)| *name != "Cargo profile");
        [
            ("compiler", compiler(environment)),
            ("profile", fit::fact(&environment.profile).into_owned()),
        ]
        .into_iter()
        .chain(own)
        .collect::<Vec<_>>()
    };
    let pairs = all(first).into_iter().zip(all(other));
    pairs
        .filter(|((name, _), _)| same_machine || !OF_A_MACHINE.contains(name))
        .find(|((_, one), (_, another))| one != another)
        .map(|((name, one), (_, another))| (name, one, another))
}

fn differences(then: Option<&Build>, now: Option<&Build>) -> Vec<String> {
    let (then, now) = match (then, now) {
        (None, None) => return Vec::new(),
        (None, Some(_)) => return vec!["How the earlier run was built is not known.".to_owned()],
        (Some(_), None) => return vec!["How this run was built is not known.".to_owned()],
        (Some(then), Some(now)) => (then, now),
    };
    let nameless = then.profile.is_none() || now.profile.is_none();
    let pairs = of_settings(then).into_iter().zip(of_settings(now)).skip(usize::from(nameless));
    let words = |fact: Fact| fact.known.map(|(_, words)| words);
    let settings = pairs.map(|(then, now)| sentence(words(then), words(now)));
    let features = match (&then.target_features, &now.target_features) {
        (Some(then), Some(now)) => of_features(then, now),
        (then, now) => {
            let words = |features: &Option<Vec<String>>| {
                features.as_ref().map(|f| format!("with {} target features", count(f.len() as u64)))
            };
            sentence(words(then), words(now))
        }
    };
    let flags = |build: &Build| {
        build.flags.as_deref().map(|flags| match flags {
            [] => "without other compiler flags".to_owned(),
            flags => format!("with the compiler flags {}", fit::list(&flags.join(" "))),
        })
    };
    settings.chain([features, sentence(flags(then), flags(now))]).flatten().collect()
}

/// The facts that have one value. The name of the profile comes first.
fn of_settings(build: &Build) -> [Fact; 9] {
    let text = |name, text: &Option<String>, before: &str| Fact {
        name,
        known: text.as_deref().map(fit::name).map(|t| (t.to_string(), format!("{before} {t}"))),
    };
    let switch = |name, on: Option<bool>, what: &str| Fact {
        name,
        known: on.map(|on| match on {
            true => ("on".to_owned(), format!("with {what}")),
            false => ("off".to_owned(), format!("without {what}")),
        }),
    };
    let units = |units: u32| {
        let number = count(units.into());
        let words = format!("with {number} codegen unit{}", if units == 1 { "" } else { "s" });
        (number, words)
    };
    let panics = |panic: Panic| {
        let does = match panic {
            Panic::Unwind => "unwind",
            Panic::Abort => "abort",
        };
        (panic.to_string(), format!("with panics that {does}"))
    };
    [
        text("Cargo profile", &build.profile, "with the profile"),
        text("Optimisation level", &build.opt_level, "with the optimisation level"),
        Fact {
            name: "LTO",
            known: build.lto.map(|lto| (lto.to_string(), format!("with LTO {lto}"))),
        },
        Fact { name: "Codegen units", known: build.codegen_units.map(units) },
        Fact { name: "Panics", known: build.panic.map(panics) },
        switch("Debug assertions", build.debug_assertions, "debug assertions"),
        switch("Overflow checks", build.overflow_checks, "overflow checks"),
        text("Target", &build.target, "for the target"),
        text("Target CPU", &build.target_cpu, "for the target CPU"),
    ]
}

fn sentence(then: Option<String>, now: Option<String>) -> Option<String> {
    match (then, now) {
        (Some(then), Some(now)) if then != now => {
            Some(format!("Built {now}, the earlier run {then}."))
        }
        (None, Some(now)) => Some(format!("Built {now}; of the earlier run this is not known.")),
        (Some(then), None) => {
            Some(format!("The earlier run was built {then}; of this run that is not known."))
        }
        _ => None,
    }
}

/// What only one of the two has: most of the lists is the same.
fn of_features(then: &[String], now: &[String]) -> Option<String> {
    let (then, now) = (then.iter().collect(), now.iter().collect());
    let only = |own: &BTreeSet<&String>, other: &BTreeSet<&String>, before: &str| {
        let texts: Vec<&str> = own.difference(other).map(|text| text.as_str()).collect();
        let plural = if texts.len() == 1 { "" } else { "s" };
        let listed = fit::list(&texts.join(", ")).into_owned();
        (!texts.is_empty()).then(|| format!("{before} the target feature{plural} {listed}"))
    };
    let parts: Vec<_> =
        [only(&now, &then, "with"), only(&then, &now, "without")].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("Built {}, unlike the earlier run.", parts.join(" and ")))
}

#[cfg(test)]
pub(crate) mod tests {
    use switchback_bench::results::Lto;

    use super::*;

    pub(crate) fn known() -> Build {
        Build {
            profile: Some("bench".into()),
            opt_level: Some("3".into()),
            lto: Some(Lto::Fat),
            codegen_units: Some(1),
            panic: Some(Panic::Unwind),
            debug_assertions: Some(false),
            overflow_checks: Some(false),
            target: Some("x86_64-unknown-linux-gnu".into()),
            target_cpu: Some("default".into()),
            target_features: Some(vec!["fxsr".into(), "sse2".into()]),
            flags: Some(vec![]),
        }
    }

    #[test]
    fn each_fact_that_differs_has_a_sentence() {
        let then = Build {
            profile: Some("dev".into()),
            opt_level: Some("0".into()),
            lto: Some(Lto::Off),
            codegen_units: Some(256),
            panic: Some(Panic::Abort),
            debug_assertions: Some(true),
            overflow_checks: Some(true),
            target: Some("x86_64-unknown-linux-musl".into()),
            target_cpu: Some("native".into()),
            target_features: Some(vec!["avx2".into(), "fxsr".into()]),
            flags: Some(vec!["--cfg no_pools".into()]),
        };
        let expected = [
            "Built with the profile bench, the earlier run with the profile dev.",
            "Built with the optimisation level 3, the earlier run with the optimisation level 0.",
            "Built with LTO fat, the earlier run with LTO off.",
            "Built with 1 codegen unit, the earlier run with 256 codegen units.",
            "Built with panics that unwind, the earlier run with panics that abort.",
            "Built without debug assertions, the earlier run with debug assertions.",
            "Built without overflow checks, the earlier run with overflow checks.",
            "Built for the target x86_64-unknown-linux-gnu, the earlier run for the target x86_64-unknown-linux-musl.",
            "Built for the target CPU default, the earlier run for the target CPU native.",
            "Built with the target feature sse2 and without the target feature avx2, unlike the earlier run.",
            "Built without other compiler flags, the earlier run with the compiler flags --cfg no_pools.",
        ];
        assert_eq!(differences(Some(&then), Some(&known())), expected);
        assert_eq!(differences(Some(&known()), Some(&known())), [""; 0]);
    }

    #[test]
    fn what_is_known_of_one_run_only_may_be_different() {
        let lacking = Build { lto: None, target_features: None, ..known() };
        let expected = [
            "Built with LTO fat; of the earlier run this is not known.",
            "Built with 2 target features; of the earlier run this is not known.",
        ];
        assert_eq!(differences(Some(&lacking), Some(&known())), expected);
        let expected = [
            "The earlier run was built with LTO fat; of this run that is not known.",
            "The earlier run was built with 2 target features; of this run that is not known.",
        ];
        assert_eq!(differences(Some(&known()), Some(&lacking)), expected);
        let older = ["How the earlier run was built is not known."];
        assert_eq!(differences(None, Some(&known())), older);
        let newer = ["How this run was built is not known."];
        assert_eq!(differences(Some(&known()), None), newer);
        assert_eq!(differences(None, None), [""; 0]);
        let nameless = Build { profile: None, ..known() };
        assert_eq!(differences(Some(&nameless), Some(&known())), [""; 0]);
    }

    #[test]
    fn the_order_of_features_is_no_difference() {
        let mut other = known();
        other.target_features.as_mut().expect("a list").reverse();
        assert_eq!(differences(Some(&other), Some(&known())), [""; 0]);
    }

    #[test]
    fn facts_that_are_not_known_say_so_and_long_ones_are_cut() {
        assert!(facts(&Build::default()).iter().all(|(_, value)| value == "not known"));
        let value = |build: &Build, name: &str| {
            let fact = facts(build).into_iter().find(|(own, _)| *own == name);
            fact.expect("a fact of that name").1
        };
        assert_eq!(value(&known(), "LTO"), "fat");
        assert_eq!(value(&known(), "Debug assertions"), "off");
        assert_eq!(value(&known(), "Target features"), "fxsr, sse2");
        assert_eq!(value(&known(), "Other compiler flags"), "none");
        let long = Build {
            target: Some("t".repeat(10_000)),
            flags: Some(vec!["f".repeat(10_000)]),
            ..known()
        };
        assert!(value(&long, "Target").contains(" more characters, digest "));
        assert!(value(&long, "Other compiler flags").ends_with(" more characters)"));
        let said = differences(Some(&known()), Some(&long));
        assert!(said.len() == 2 && said.iter().all(|text| text.len() < 3_000), "{said:?}");
    }
}
