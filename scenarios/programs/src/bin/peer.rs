//! Judges a program in another language, wherever it lies: its conformance, the witness of each
//! scenario that it claims, its clock, its limits.
//!
//! ```text
//! peer check PATH/peer.toml                  all of it; exit code 0, 1 if something is wrong, 2 if it
//!                                            could not be tried
//! peer check PATH/peer.toml --quick          small sizes only, once each
//! peer check PATH/peer.toml --exact ID       one case, or one scenario/name/size
//! peer check PATH/peer.toml --results DIR    also writes the results of the conformance suite there
//! peer noise PATH/peer.toml ..               how far its times differ from its own times, and what a
//!                                            question adds to a sample
//! peer list                                  the peers of this repository, and what is not installed
//! ```

use std::{
    cell::Cell,
    env,
    ffi::OsString,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use switchback_bench::{
    Block, Fault,
    clock::SystemClocks,
    paired::{self, Settings},
    results::{CellResult, Verdict, visible},
    statistics,
    summary::{self, Findings},
};
use switchback_conformance::suite::{self, Options, Place};
use switchback_peer::{
    Found, Manifest, State, conformance, find, measuring::Measured, process::Peer as Process,
    protocol::Say,
};
use switchback_scenarios::{
    matrix::Ours,
    peers::{self, Peer},
    scenario::{Scenario, scenarios},
};

const USAGE: &str = "expected: peer check PATH/peer.toml [--quick] [--exact ID] [--results DIR], peer noise \
     PATH/peer.toml .., or: peer list";

/// Time for the samples of one scenario, and for one of them, ns.
const BUDGET: u64 = 300_000_000;
const SAMPLE: u64 = 5_000_000;
/// The same where a peer is compared with itself, in each of so many processes of it.
const NOISE_BUDGET: u64 = 1_300_000_000;
const NOISE_SAMPLE: u64 = 10_000_000;
const NOISE_PROCESSES: u64 = 3;
/// Samples by which it is found out what a question adds.
const QUESTIONS: usize = 40;
/// Tasks that a peer is asked to have blocked.
const HELD: u64 = 1_000;

fn main() -> ExitCode {
    let arguments = env::args_os().skip(1).map(OsString::into_string);
    let arguments: Vec<String> = arguments.collect::<Result<_, _>>().unwrap_or_default();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["--help" | "-h" | "help"] => {
            say(USAGE);
            Ok(true)
        }
        ["list"] => list(),
        ["noise", paths @ ..] if !paths.is_empty() => noise(paths),
        ["check", path, options @ ..] => asked(path, options).and_then(|asked| check(&asked)),
        found => Err(misused(found)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            let _ = writeln!(io::stderr(), "peer: {}", visible(&why));
            ExitCode::from(2)
        }
    }
}

/// What was found where something else was expected.
fn misused(found: &[&str]) -> String {
    match found {
        [] => format!("{USAGE}; found nothing"),
        words => format!("{USAGE}; found `{}`", words.join(" ")),
    }
}

/// A line for people. A reader that leaves changes nothing about the exit code.
fn say(line: impl std::fmt::Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Lists the peers of this repository.
fn list() -> Result<bool, String> {
    for Peer { found: Found { manifest, state }, .. } in peers::chosen()? {
        let state = match state {
            State::Ready(_) => "found".to_owned(),
            State::Missing(install) => format!("not installed: {install}"),
            State::Broken(why) => format!("cannot be built: {why}"),
        };
        say(format_args!("{:16} {:12} {state}", manifest.name, manifest.language));
    }
    Ok(true)
}

struct Asked {
    path: PathBuf,
    quick: bool,
    exact: Option<String>,
    results: Option<PathBuf>,
}

fn asked(path: &str, mut options: &[&str]) -> Result<Asked, String> {
    let mut asked = Asked { path: manifest_at(path), quick: false, exact: None, results: None };
    loop {
        options = match options {
            [] => return Ok(asked),
            ["--quick", rest @ ..] => {
                asked.quick = true;
                rest
            }
            ["--exact", ..] if asked.exact.is_some() => {
                return Err(format!("{USAGE}; found --exact twice: it names one case"));
            }
            ["--results", ..] if asked.results.is_some() => {
                return Err(format!("{USAGE}; found --results twice: it names one folder"));
            }
            ["--exact", id, rest @ ..] => {
                asked.exact = Some((*id).to_owned());
                rest
            }
            ["--results", folder, rest @ ..] => {
                asked.results = Some((*folder).into());
                rest
            }
            found => return Err(misused(found)),
        };
    }
}

/// A folder stands for the manifest in it.
fn manifest_at(path: &str) -> PathBuf {
    let path = PathBuf::from(path);
    if path.is_dir() { path.join("peer.toml") } else { path }
}

fn check(asked: &Asked) -> Result<bool, String> {
    let manifest = Manifest::read(&asked.path)?;
    let found = Found::look(manifest, &find::out_folder());
    let command = match &found.state {
        State::Ready(command) => command.clone(),
        State::Missing(install) => return Err(format!("not installed: {install}")),
        State::Broken(why) => return Err(format!("it cannot be built: {why}")),
    };
    if !hello(&found.manifest, &command) {
        return Ok(false);
    }
    let exact = asked.exact.as_deref();
    let peer = Peer::new(found);
    let tried = Cell::new(false);
    let mut holds = judge(&peer.found.manifest, &command, asked, &tried)?;
    holds &= measure(&peer, asked, &tried);
    let blocked = peer.probe().map(|probe| probe.id());
    if exact.is_none_or(|exact| blocked.as_deref() == Some(exact)) {
        tried.set(true);
        holds &= hold(&peer);
    }
    match exact {
        Some(id) if !tried.get() => Err(format!(
            "--exact: expected the name of a case, scenario/{name}/size with a scenario of its manifest and a \
             size of the benchmark, or capacity/{name}/blocked; found {id:?}{}",
            known(&peer, id),
            name = peer.found.manifest.name,
        )),
        _ => Ok(holds),
    }
}

/// What there is instead of an id that is none: the sizes, if its scenario is one of the peer's.
fn known(peer: &Peer, id: &str) -> String {
    let scenario = id.split('/').next().unwrap_or_default();
    let manifest = &peer.found.manifest;
    let all = scenarios::<Ours>();
    match all.iter().find(|known| known.id == scenario) {
        Some(known) if manifest.scenarios.iter().any(|id| id == scenario) => {
            let sizes = known.small.iter().chain(known.sizes).filter(|size| **size > 0);
            let sizes: Vec<String> = sizes.map(u64::to_string).collect();
            format!("; sizes of {scenario}: {}, with --quick only the small ones", sizes.join(", "))
        }
        Some(_) => format!("; its manifest has the scenarios {}", manifest.scenarios.join(", ")),
        None => String::new(),
    }
}

/// Starts it once and says what it is.
fn hello(manifest: &Manifest, command: &[String]) -> bool {
    match Process::start(manifest, command) {
        Ok((_, Say::Hello { name, version, language, language_version, .. })) => {
            let text = format!("{name} {version}, {language} {language_version}");
            say(visible(&text));
            true
        }
        Ok(_) => false,
        Err(fault) => {
            say(format_args!("{}: {}: {}", manifest.name, fault.verdict, fault.why));
            false
        }
    }
}

/// Runs the conformance suite, if it claims to run programs.
fn judge(
    manifest: &Manifest,
    command: &[String],
    asked: &Asked,
    tried: &Cell<bool>,
) -> Result<bool, String> {
    // Fit for any folder: where the script says it is, and where the manifest was found.
    let script = env::var("SWITCHBACK_CI_PEER").unwrap_or_else(|_| "ci/peer".to_owned());
    let again = format!("{} check {}", quoted(&script), quoted(&manifest.path.to_string_lossy()));
    let place = Place {
        package: "impls/peers".to_owned(),
        exact: format!("{again} --exact"),
        list: format!("{again} --results DIR"),
        command: again,
    };
    let Some(suite) = conformance::suite(manifest, command, place) else {
        say("conformance: it does not claim to run programs");
        return Ok(true);
    };
    let mut only = Vec::new();
    if let Some(id) = &asked.exact {
        if suite.case(id).is_none() {
            return Ok(true);
        }
        only.push(id.clone());
    }
    tried.set(true);
    let report = suite::judge(&suite, &Options { only, in_process: true, ..Options::default() });
    if let Some(folder) = &asked.results {
        report.write(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    if let Some(why) = &report.why {
        return Err(why.clone());
    }
    let part = match &asked.exact {
        Some(id) => report.only(|case| case.id == *id),
        None => report.only(|_| true),
    };
    say(part.lesson().trim_end());
    Ok(report.exit_code() == 0)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let word = visible(word);
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%".contains(c);
    if word.chars().all(plain) {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Verifies and times every scenario that it claims.
fn measure(peer: &Peer, asked: &Asked, tried: &Cell<bool>) -> bool {
    let exact = asked.exact.as_deref();
    let all = scenarios::<Ours>();
    let mut holds = true;
    for id in &peer.found.manifest.scenarios {
        let Some(scenario) = all.iter().find(|scenario| scenario.id == id) else {
            let names: Vec<&str> = all.iter().map(|scenario| scenario.id).collect();
            say(format_args!("{id}: no scenario has this name{}", near(id, &names)));
            holds = false;
            continue;
        };
        // A peer may leave out what is no size of the benchmark: nothing at all.
        let small = scenario.small.iter().filter(|size| **size > 0).map(|size| (*size, true));
        let usual = scenario.sizes.iter().filter(|_| !asked.quick).map(|size| (*size, false));
        for (size, only_verify) in small.chain(usual) {
            let name = format!("{id}/{}/{size}", peer.found.manifest.name);
            if exact.is_none_or(|exact| exact == name) {
                tried.set(true);
                holds &= one(peer, scenario, size, only_verify);
            }
        }
    }
    holds
}

/// The names that begin alike, else where all are listed.
fn near(id: &str, names: &[&str]) -> String {
    let alike = |name: &&&str| {
        let same = name.chars().zip(id.chars()).take_while(|(a, b)| a == b).count();
        same >= 3 || (same > 0 && same + 1 >= name.chars().count())
    };
    let found: Vec<&str> = names.iter().filter(alike).copied().collect();
    let all = "all are in scenarios/SCENARIOS.md";
    if found.is_empty() {
        format!("; {all}")
    } else {
        format!("; near it: {}; {all}", found.join(", "))
    }
}

fn one(peer: &Peer, scenario: &'static Scenario, size: u64, verify_only: bool) -> bool {
    let Some(mut block) = peer.block(scenario, size) else { return true };
    let settings = Settings {
        budget: BUDGET,
        sample: SAMPLE,
        seed: 1,
        process: 0,
        verify_only,
        memory_only: false,
    };
    let clocks = SystemClocks::new();
    let samples = paired::measure(&mut block, &|_| true, &settings, &clocks, &mut |_| ());
    let fault = samples.lanes.iter().find_map(|lane| lane.fault.clone());
    let findings = Findings { processes: vec![samples], fatal: Vec::new() };
    let result = summary::results(&block, &findings, &|_| true).pop();
    let id = format!("{}/{}/{size}", scenario.id, peer.found.manifest.name);
    match (fault, result) {
        (Some(fault), _) => {
            say(format_args!("{id:32}  {}: {}", fault.verdict, fault.why));
            if fault.verdict == Verdict::Unsupported {
                say(format_args!(
                    "{:32}  its manifest claims it: take {:?} out of `scenarios`, or set the largest size in `most`",
                    "", scenario.id
                ));
            }
            !fault.verdict.is_failure()
        }
        (None, Some(result)) if !verify_only => line(&id, scenario, &result),
        (None, _) => {
            say(format_args!("{id:32}  ok"));
            true
        }
    }
}

fn line(id: &str, scenario: &Scenario, result: &CellResult) -> bool {
    let text = match (result.verdict, result.median) {
        (Verdict::Ok, Some(median)) => {
            let warm = result.warm_up.map_or_else(String::new, |warm| format!(", {warm}"));
            format!("ok  {median:.0} ns per {}{warm}", scenario.operation)
        }
        (verdict, _) => format!("{verdict}: {}", result.why.as_deref().unwrap_or_default()),
    };
    say(format_args!("{id:32}  {text}"));
    !result.verdict.is_failure()
}

/// Has it hold some tasks and wake them.
fn hold(peer: &Peer) -> bool {
    let Some(probe) = peer.probe() else { return true };
    let found = probe.ask(HELD, |_| true);
    let (text, holds) = match found {
        Ok(reached) if reached.digest == reached.expected => {
            (format!("ok  {} tasks blocked at once", reached.count), true)
        }
        Ok(reached) => {
            let text = format!(
                "failed: release: expected the digest {:016x} of {} tasks, found {:016x}",
                reached.expected, reached.count, reached.digest
            );
            (text, false)
        }
        Err(why) => (why, false),
    };
    say(format_args!("{:32}  {text}", probe.id()));
    holds
}

/// What of a peer is compared with itself: single operations, which take the same way each time.
const SINGLE: [&str; 6] = ["pingpong", "stream", "schedule", "ring", "spawn", "factorial"];

/// Compares peers with themselves, as the reference of a block with itself: two samples of one process in
/// each round, in shuffled order. Says in percent how far the median of their ratios is from 1, and by how
/// much longer a question took than the work that its answer tells of.
fn noise(paths: &[&str]) -> Result<bool, String> {
    let mut all = Vec::new();
    for path in paths {
        let found = Found::look(Manifest::read(&manifest_at(path))?, &find::out_folder());
        let name = &found.manifest.name;
        match &found.state {
            State::Ready(command) => {
                Process::start(&found.manifest, command)
                    .map_err(|fault| format!("{name}: {}: {}", fault.verdict, fault.why))?;
            }
            State::Missing(install) => return Err(format!("{name}: not installed: {install}")),
            State::Broken(why) => return Err(format!("{name}: it cannot be built: {why}")),
        }
        if !found.manifest.scenarios.iter().any(|id| SINGLE.contains(&id.as_str())) {
            return Err(format!(
                "{path}: expected one of {} among its scenarios, found {}",
                SINGLE.join(", "),
                found.manifest.scenarios.join(", ")
            ));
        }
        all.push(found);
    }
    say(
        "| peer | sizes | itself: half, at most % | nine of ten % | largest % | a question adds: half, \
         at most % | largest % |",
    );
    say("|---|---|---|---|---|---|---|");
    for found in all {
        let (mut differences, mut added) = (Vec::new(), Vec::new());
        for scenario in scenarios::<Ours>().iter().filter(|scenario| SINGLE.contains(&scenario.id))
        {
            for &size in scenario.sizes {
                let told = itself(&found, scenario, size).map_err(|why| {
                    format!("{}/{}/{size}: {why}", scenario.id, found.manifest.name)
                })?;
                if let Some((difference, more)) = told {
                    differences.push(difference * 100.0);
                    added.push(more * 100.0);
                }
            }
        }
        let (own, more) = (Spread::of(differences), Spread::of(added));
        say(format_args!(
            "| {} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            found.manifest.name,
            own.count,
            own.half,
            own.most,
            own.largest,
            more.half,
            more.largest
        ));
    }
    Ok(true)
}

/// How far the ratio of a peer to itself is from 1, and what a question adds to a sample, as shares; none
/// if it does not have the size.
fn itself(
    found: &Found,
    scenario: &'static Scenario,
    size: u64,
) -> Result<Option<(f64, f64)>, String> {
    let name = &found.manifest.name;
    let mut ratios = Vec::new();
    let mut iterations = 1;
    for process in 0..NOISE_PROCESSES {
        let Some(cell) = Peer::new(found.clone()).cell(scenario, size) else { return Ok(None) };
        let law = scenario.law;
        let block = Block::new(scenario.id, size, scenario.operation, move || law(size));
        let mut block = block.reference(cell);
        let settings = Settings {
            budget: NOISE_BUDGET,
            sample: NOISE_SAMPLE,
            seed: 1,
            process,
            verify_only: false,
            memory_only: false,
        };
        let clocks = SystemClocks::new();
        let samples = paired::measure(&mut block, &|_| true, &settings, &clocks, &mut |_| ());
        let [once] = &samples.lanes[..] else { return Ok(None) };
        if let Some(fault) = &once.fault {
            return Err(format!("{}: {}", fault.verdict, fault.why));
        }
        iterations = once.iterations;
        let again = samples.again.ok_or_else(|| format!("{name} was not sampled twice"))?;
        ratios.extend(again.samples.iter().filter_map(|(round, time)| {
            let (_, other) = once.samples.iter().find(|(other, _)| other == round)?;
            Some(time.wall as f64 / other.wall as f64)
        }));
    }
    let mut peer = Measured::new(found);
    let added: Result<Vec<f64>, Fault> = (0..QUESTIONS)
        .map(|_| {
            let told = peer.sample(scenario.id, size, iterations, None)?;
            Ok((told.outside as f64 - told.time.wall as f64) / told.time.wall as f64)
        })
        .collect();
    let added = added.map_err(|fault| format!("{}: {}", fault.verdict, fault.why))?;
    let middle =
        |values: &[f64]| statistics::median(values).ok_or("no sample was taken".to_owned());
    Ok(Some(((middle(&ratios)? - 1.0).abs(), middle(&added)?)))
}

/// Half of some values are at most `half`, nine of ten at most `most`.
struct Spread {
    count: usize,
    half: f64,
    most: f64,
    largest: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        let count = values.len();
        Self {
            count,
            half: at(count / 2),
            most: at((count * 9 / 10).min(count.saturating_sub(1))),
            largest: at(count.saturating_sub(1)),
        }
    }
}
