//! `SCENARIOS.md` says of each scenario what its value says. `SWITCHBACK_WRITE=1` writes it anew.
//!
//! The page is that of Linux with glibc, where every scenario is there but `expat`, which needs a
//! feature.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::fmt::Write as _;
use std::path::Path;

use switchback_scenarios::matrix::{Ours, backends};
use switchback_scenarios::scenario::{Family, Reference, Scenario, scenarios};

const HEAD: &str = "\
# The scenarios

What `cargo bench` measures and `cargo test` verifies on every backend, family by family. The page
is made of the `SCENARIO` of each module, which the report has its words from, too. `expat`, which
needs the feature of that name, is `sax` with the parser of libexpat.

";

fn list<'a>(all: impl IntoIterator<Item = &'a u64>) -> String {
    let grouped = |number: &u64| {
        let digits = number.to_string();
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        text
    };
    all.into_iter().map(grouped).collect::<Vec<_>>().join("; ")
}

/// Backends that cannot take part, by the reason.
fn absent(scenario: &Scenario) -> Option<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for column in backends::<Ours>() {
        if let Some(Err(why)) = column.work(scenario, scenario.small[0]) {
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                Some((_, names)) => names.push(column.name),
                None => reasons.push((why, vec![column.name])),
            }
        }
    }
    let reasons = reasons.iter().map(|(why, names)| format!("{}: {why}", names.join(", ")));
    let text = reasons.collect::<Vec<_>>().join("; ");
    (!text.is_empty()).then_some(text)
}

fn entry(page: &mut String, scenario: &Scenario) {
    let words = scenario.words;
    writeln!(page, "### {} (`{}`)\n", words.title, scenario.id).unwrap();
    writeln!(page, "{}\n", words.work).unwrap();
    writeln!(page, "* Shows: {}", words.shows).unwrap();
    writeln!(page, "* Does not show: {}", words.does_not_show).unwrap();
    writeln!(page, "* Cost: {}", words.cost).unwrap();
    writeln!(page, "* From: {}.", scenario.origin).unwrap();
    let large = match scenario.large {
        [] => String::new(),
        large => format!("; with `--effort full` also {}", list(large)),
    };
    writeln!(
        page,
        "* Sizes, {}: {}{large}. Times are per {}.",
        scenario.size,
        list(scenario.sizes),
        scenario.operation
    )
    .unwrap();
    let reference = match scenario.reference {
        Reference::BareSwitch => "a switch to a bare coroutine and back".to_owned(),
        Reference::Row(row) => format!("`{}`, the same work without tasklets", row.name),
    };
    writeln!(page, "* Reference: {reference}.").unwrap();
    if !scenario.beside.is_empty() {
        let names = scenario.beside.iter().map(|row| format!("`{}`", row.name));
        writeln!(page, "* Beside the backends: {}.", names.collect::<Vec<_>>().join(", ")).unwrap();
    }
    for limit in scenario.limits.iter().filter(|limit| limit.from > 0) {
        writeln!(
            page,
            "* From {} on some backends are not asked: {}.",
            list([&limit.from]),
            limit.why
        )
        .unwrap();
    }
    if let Some(absent) = absent(scenario) {
        writeln!(page, "* Not on {absent}.").unwrap();
    }
    page.push('\n');
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for family in Family::ALL {
        let all = scenarios::<Ours>();
        let listed = |scenario: &&&Scenario| scenario.family == family && scenario.id != "expat";
        let own: Vec<_> = all.iter().filter(listed).collect();
        if own.is_empty() {
            continue;
        }
        writeln!(page, "## {family}\n").unwrap();
        own.iter().for_each(|scenario| entry(&mut page, scenario));
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

#[test]
fn the_page_says_what_the_scenarios_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("SCENARIOS.md");
    let expected = page();
    if std::env::var_os("SWITCHBACK_WRITE").is_some_and(|value| value == "1") {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = found.lines().zip(expected.lines()).position(|(a, b)| a != b);
    assert!(
        found == expected,
        "SCENARIOS.md differs from the scenarios, first in line {}: SWITCHBACK_WRITE=1 cargo test -p \
         switchback-scenarios --test laws",
        differs.map_or(found.lines().count().min(expected.lines().count()), |line| line) + 1
    );
}
