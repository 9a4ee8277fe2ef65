//! Shards of one run become one: parts from one machine are joined, machines stand side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use switchback_bench::results::{self, AboutBackend, Environment, Run, Shard};

use crate::view::{BESIDE, PEERS};
use crate::{Error, build};

/// What became of some shards.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The whole.
    pub run: Run,
    /// What is missing from it, a sentence each: it is then marked as incomplete.
    pub missing: Vec<String>,
}

/// Reads and merges shards. One that cannot be read is missing, and the merged run is incomplete.
///
/// # Errors
/// [`Error::Input`] if no shard can be read, or if shards are of different commits, builds, settings or runs, or share a cell.
pub fn merge_files(paths: &[PathBuf]) -> Result<Merged, Error> {
    let (mut shards, mut missing, mut first) = (Vec::new(), Vec::new(), None);
    for path in paths {
        match results::read(path) {
            Ok(run) => shards.push((path.as_path(), run)),
            Err(error) => {
                missing.push(format!("shard left out: {error}"));
                first.get_or_insert(error);
            }
        }
    }
    match (shards.is_empty(), first) {
        (true, Some(error)) => Err(error.into()),
        _ => merge(shards, missing),
    }
}

/// What tells machines apart.
fn machine(environment: &Environment) -> (&str, usize, Option<&str>) {
    let target = environment.build.as_ref().and_then(|build| build.target.as_deref());
    (&environment.cpu, environment.cores, target)
}

fn merge(shards: Vec<(&Path, Run)>, mut missing: Vec<String>) -> Result<Merged, Error> {
    let refuse = |path: &Path, cause: String| Error::Input { path: path.to_owned(), cause };
    let Some((first, head)) = shards.first() else {
        return Err(refuse(Path::new("merge"), "expected a shard, found none".to_owned()));
    };
    let mut machines: Vec<(&str, usize, Option<&str>)> = Vec::new();
    for (path, run) in &shards {
        let (own, all) = (&run.environment.commit, &head.environment.commit);
        if own != all {
            let cause = format!(
                "expected the commit {all:?} of {}, found {own:?}; shards are of one commit",
                first.display()
            );
            return Err(refuse(path, cause));
        }
        let own = machine(&run.environment);
        let same_machine = own == machine(&head.environment);
        if let Some((name, expected, found)) =
            build::conflict(&head.environment, &run.environment, same_machine)
        {
            let first = first.display();
            let cause = format!(
                "expected a build as that of {first}, {name} {expected:?}, found {found:?}; shards are of one build"
            );
            return Err(refuse(path, cause));
        }
        if !run.complete {
            if run.missing.is_empty() {
                missing.push(format!("{} was cut short", path.display()));
            }
            let parts = run
                .shard
                .iter()
                .flat_map(|shard| (1..=shard.of).map(|part| Shard::missing_words(part, shard.of)));
            // Another shard may have the part.
            let parts: BTreeSet<String> = parts.collect();
            missing.extend(run.missing.iter().filter(|text| !parts.contains(*text)).cloned());
        }
        if !machines.contains(&own) {
            machines.push(own);
        }
    }
    let several = machines.len() > 1;
    let parts =
        parts(&shards, &machines, &mut missing).map_err(|(path, cause)| refuse(path, cause))?;
    let mut whole = Run::new(environment(&head.environment, &machines));
    let mut seen: BTreeMap<String, &Path> = BTreeMap::new();
    let mut enter = |id: String, path| match seen.insert(id.clone(), path) {
        None => Ok(()),
        Some(earlier) => {
            let earlier = earlier.display();
            let cause =
                format!("expected each cell in one shard, found {id:?} in {earlier} as well");
            Err(refuse(path, cause))
        }
    };
    for (path, run) in &shards {
        let number = machines.iter().position(|known| *known == machine(&run.environment));
        let label = |name: &str| match number {
            Some(number) if several => format!("{name}@m{}", number + 1),
            _ => name.to_owned(),
        };
        for row in &run.results {
            let mut row = row.clone();
            row.backend = label(&row.backend);
            row.reference = row.reference.as_deref().map(label);
            enter(row.id(), *path)?;
            whole.results.push(row);
        }
        for probe in &run.capacity {
            let mut probe = probe.clone();
            probe.backend = label(&probe.backend);
            enter(probe.id(), *path)?;
            whole.capacity.push(probe);
        }
        for about in &run.scenarios {
            if whole.scenarios.iter().all(|known| known.scenario != about.scenario) {
                whole.scenarios.push(about.clone());
            }
        }
        let group = |about: &AboutBackend| match number {
            Some(number)
                if several && !BESIDE.contains(&about.group.as_str()) && about.group != PEERS =>
            {
                let (cpu, cores, _) = machines[number];
                format!("m{}: {cpu}, {cores} cores", number + 1)
            }
            _ => about.group.clone(),
        };
        let described: BTreeSet<String> =
            run.backends.iter().map(|about| about.backend.clone()).collect();
        let bare = run.results.iter().map(|row| &row.backend).collect::<BTreeSet<_>>();
        let bare = bare.into_iter().filter(|name| several && !described.contains(*name));
        let bare =
            bare.map(|name| AboutBackend { backend: name.clone(), ..AboutBackend::default() });
        for about in run.backends.iter().cloned().chain(bare) {
            let about =
                AboutBackend { backend: label(&about.backend), group: group(&about), ..about };
            if whole.backends.iter().all(|known| known.backend != about.backend) {
                whole.backends.push(about);
            }
        }
    }
    // In the order of the suite, if shards tell it, else in that in which the scenarios came first; then by size: shards may hold
    // parts of a block.
    let mut order: BTreeMap<String, usize> = BTreeMap::new();
    let told = head.shard.iter().flat_map(|shard| &shard.scenarios);
    for name in told.chain(whole.results.iter().map(|row| &row.scenario)) {
        let next = order.len();
        order.entry(name.clone()).or_insert(next);
    }
    whole.results.sort_by_key(|row| (order.get(&row.scenario).copied(), row.size));
    whole.scenarios.sort_by_key(|about| order.get(&about.scenario).copied());
    if let Some(shard) = &head.shard {
        // Backends that the suite does not tell come last; on several machines, each machine has its backends.
        let place = |name: &str| {
            let (bare, number) = name.rsplit_once("@m").filter(|_| several).unwrap_or((name, ""));
            let place = shard.backends.iter().position(|known| known == bare);
            (number.parse::<usize>().ok(), place.unwrap_or(usize::MAX))
        };
        whole.backends.sort_by_key(|about| place(&about.backend));
        whole.capacity.sort_by_key(|found| (place(&found.backend), found.probe.clone()));
    }
    lost_references(&whole, &mut missing);
    whole.complete = missing.is_empty();
    whole.shard = parts;
    whole.missing.clone_from(&missing);
    whole.check().map_err(|fault| refuse(first, format!("merged: {fault}")))?;
    Ok(Merged { run: whole, missing })
}

/// The parts of a run that the shards have together, if that is not all of it, and what is missing in words. On several machines the
/// parts may be spread, or each machine has all of them.
///
/// # Errors
/// The shard that is of another run than the first, and why.
fn parts<'a>(
    shards: &[(&'a Path, Run)],
    machines: &[(&str, usize, Option<&str>)],
    missing: &mut Vec<String>,
) -> Result<Option<Shard>, (&'a Path, String)> {
    let Some((first, head)) = shards.first() else { return Ok(None) };
    let Some(whole) = &head.shard else {
        let part = shards.iter().find_map(|(path, run)| Some((*path, run.shard.as_ref()?)));
        return match part {
            None => Ok(None),
            Some((path, shard)) => {
                let first = first.display();
                let cause = format!("expected a run that is in no parts as {first}, found {shard}");
                Err((path, cause))
            }
        };
    };
    // For each machine its parts, and where they are.
    let mut there: Vec<BTreeMap<u32, &Path>> = vec![BTreeMap::new(); machines.len()];
    for (path, run) in shards {
        let Some(shard) = run.shard.as_ref().filter(|shard| shard.of == whole.of) else {
            let found = run.shard.as_ref();
            let found =
                found.map_or_else(|| "a run that is in no parts".to_owned(), Shard::to_string);
            let (of, first) = (whole.of, first.display());
            return Err((path, format!("expected a part of {of} as {first}, found {found}")));
        };
        let names: BTreeSet<&String> = whole.settings.keys().chain(shard.settings.keys()).collect();
        for name in names {
            let (expected, found) = (whole.settings.get(name), shard.settings.get(name));
            if expected != found {
                let text = |value: Option<&String>| {
                    value.map_or_else(|| "none".to_owned(), |value| format!("{value:?}"))
                };
                let (expected, found, first) = (text(expected), text(found), first.display());
                let cause = format!(
                    "expected the {name} {expected} of {first}, found {found}; parts are of one run"
                );
                return Err((path, cause));
            }
        }
        let own = machines.iter().position(|known| *known == machine(&run.environment));
        let own = &mut there[own.unwrap_or(0)];
        for part in &shard.parts {
            if let Some(earlier) = own.insert(*part, path) {
                let (of, earlier) = (whole.of, earlier.display());
                let cause = format!(
                    "expected each part in one shard, found part {part} of {of} in {earlier} as well"
                );
                return Err((path, cause));
            }
        }
    }
    let union: BTreeSet<u32> = there.iter().flat_map(BTreeMap::keys).copied().collect();
    let spread = union.len() == there.iter().map(BTreeMap::len).sum::<usize>();
    let lacks = |own: &dyn Fn(&u32) -> bool| {
        let parts = (1..=whole.of).filter(|part| !own(part));
        parts.map(|part| Shard::missing_words(part, whole.of)).collect::<Vec<_>>()
    };
    if spread {
        missing.extend(lacks(&|part| union.contains(part)));
    } else {
        for (number, own) in there.iter().enumerate() {
            let lacking = lacks(&|part| own.contains_key(part)).into_iter();
            missing.extend(lacking.map(|text| format!("{text} on m{}", number + 1)));
        }
    }
    let all = union.len() == whole.of as usize;
    // What stands side by side cannot be joined with more: its backends have other names.
    Ok((!all && machines.len() == 1)
        .then(|| Shard { parts: union.into_iter().collect(), ..whole.clone() }))
}

/// Rows whose reference is in no shard.
fn lost_references(run: &Run, missing: &mut Vec<String>) {
    let there: BTreeSet<(&str, u64, &str)> = run
        .results
        .iter()
        .map(|row| (row.scenario.as_str(), row.size, row.backend.as_str()))
        .collect();
    let lost: BTreeSet<String> = run
        .results
        .iter()
        .filter_map(|row| Some((row, row.reference.as_deref()?)))
        .filter(|(row, name)| !there.contains(&(row.scenario.as_str(), row.size, *name)))
        .map(|(row, name)| format!("{}/{name}/{}", row.scenario, row.size))
        .collect();
    missing.extend(lost.into_iter().map(|id| format!("the reference {id} is in no shard")));
}

fn environment(first: &Environment, machines: &[(&str, usize, Option<&str>)]) -> Environment {
    let mut whole = first.clone();
    if machines.len() > 1 {
        let names: Vec<String> = machines
            .iter()
            .enumerate()
            .map(|(i, (cpu, cores, _))| format!("m{}: {cpu}, {cores} cores", i + 1))
            .collect();
        whole.cpu = format!("{} machines ({})", machines.len(), names.join("; "));
        // At most so many: what was computed on the largest machine is checked against it.
        whole.cores = machines.iter().map(|(_, cores, _)| *cores).max().unwrap_or(1);
        // What was built on several machines is no one program.
        (whole.program, whole.build) = (None, None);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::View;
    use crate::words::tests::{measured, run_of};

    /// A part of a run of three scenarios, which come last to first.
    fn part(number: u32, cpu: &str) -> Run {
        let mut run = shard(["c", "b", "a"][number as usize - 1], cpu);
        run.shard = Some(Shard {
            parts: vec![number],
            of: 3,
            settings: [("budget".to_owned(), "4 s".to_owned())].into(),
            scenarios: ["a", "b", "c"].map(str::to_owned).into(),
            backends: ["hard", "soft"].map(str::to_owned).into(),
        });
        run
    }

    fn probe(backend: &str, name: &str) -> results::Capacity {
        results::Capacity {
            backend: backend.to_owned(),
            probe: name.to_owned(),
            verdict: results::Verdict::Ok,
            unit: "things".to_owned(),
            asked: 1,
            reached: Some(1),
            ended: None,
            memory: Vec::new(),
            why: None,
            reproduce: None,
        }
    }

    #[test]
    fn the_parts_of_a_run_become_the_run_in_the_order_of_the_suite() {
        let mut parts = [part(2, "x"), part(3, "x"), part(1, "x")];
        for (part, backend) in parts.iter_mut().zip(["soft", "hard", "soft"]) {
            let about = AboutBackend { backend: backend.to_owned(), ..AboutBackend::default() };
            part.backends.push(about);
            part.capacity.push(probe(
                backend,
                if part.results[0].scenario == "b" { "calls" } else { "blocked" },
            ));
        }
        let whole = merged(&parts).expect("they fit");
        let mut expected = shard("a", "x");
        expected.results.extend(shard("b", "x").results);
        expected.results.extend(shard("c", "x").results);
        expected.backends = vec![parts[1].backends[0].clone(), parts[0].backends[0].clone()];
        expected.capacity =
            vec![probe("hard", "blocked"), probe("soft", "blocked"), probe("soft", "calls")];
        assert_eq!((whole.run, whole.missing), (expected, Vec::<String>::new()));
    }

    #[test]
    fn a_part_that_is_missing_is_told_until_it_is_there() {
        let two = merged(&[part(1, "x"), part(3, "x")]).expect("they fit");
        assert_eq!(two.missing, ["part 2 of 3 is missing"]);
        assert!(!two.run.complete && two.run.missing == two.missing);
        let page = crate::render_html(&two.run, &crate::Extras::default());
        assert!(page.contains("This run is incomplete: part 2 of 3 is missing. "));
        let summary = crate::render_markdown(&two.run, &crate::Extras::default());
        assert!(
            summary.contains("**This run is incomplete.** part 2 of 3 is missing."),
            "{summary}"
        );
        let whole = merged(&[two.run, part(2, "x")]).expect("they fit");
        assert_eq!((whole.run.complete, whole.run.shard), (true, None));
        let one = merged(&[part(2, "x")]).expect("it fits");
        assert_eq!(one.missing, ["part 1 of 3 is missing", "part 3 of 3 is missing"]);
        let page = crate::render_html(&part(2, "x"), &crate::Extras::default());
        assert!(page.contains("This is part 2 of 3 of a run."));
    }

    #[test]
    fn parts_are_spread_over_machines_or_each_machine_has_all() {
        let spread = merged(&[part(1, "x"), part(2, "y"), part(3, "x")]).expect("they fit");
        assert_eq!((spread.missing, spread.run.complete), (vec![], true));
        let scenarios: Vec<_> =
            spread.run.results.iter().map(|row| (&row.scenario[..], &row.backend[..])).collect();
        let expected = [
            ("a", "plain@m1"),
            ("a", "hard@m1"),
            ("b", "plain@m2"),
            ("b", "hard@m2"),
            ("c", "plain@m1"),
            ("c", "hard@m1"),
        ];
        assert_eq!(scenarios, expected);
        let each = [part(1, "x"), part(2, "x"), part(3, "x"), part(1, "y"), part(3, "y")];
        assert_eq!(merged(&each).expect("they fit").missing, ["part 2 of 3 is missing on m2"]);
    }

    #[test]
    fn parts_of_other_runs_and_builds_are_refused() {
        let text = |shards: &[Run]| merged(shards).expect_err("refused").to_string();
        let changed = |change: fn(&mut Run)| {
            let mut other = part(2, "x");
            change(&mut other);
            text(&[part(1, "x"), other])
        };
        let of = changed(|run| run.shard.as_mut().expect("a part").of = 4);
        assert_eq!(of, "1.json: expected a part of 3 as 0.json, found part 2 of 4");
        let none = changed(|run| run.shard = None);
        assert_eq!(none, "1.json: expected a part of 3 as 0.json, found a run that is in no parts");
        assert_eq!(
            text(&[shard("a", "x"), part(1, "x")]),
            "1.json: expected a run that is in no parts as 0.json, found part 1 of 3"
        );
        let budget = changed(|run| {
            let settings = &mut run.shard.as_mut().expect("a part").settings;
            settings.insert("budget".to_owned(), "1 s".to_owned());
        });
        assert_eq!(
            budget,
            "1.json: expected the budget \"4 s\" of 0.json, found \"1 s\"; parts are of one run"
        );
        let lacking = changed(|run| run.shard.as_mut().expect("a part").settings.clear());
        assert!(lacking.contains("found none; parts are of one run"), "{lacking}");
        let twice = changed(|run| run.shard.as_mut().expect("a part").parts = vec![1]);
        assert_eq!(
            twice,
            "1.json: expected each part in one shard, found part 1 of 3 in 0.json as well"
        );
        let profile = changed(|run| run.environment.profile = "debug".to_owned());
        assert_eq!(
            profile,
            "1.json: expected a build as that of 0.json, profile \"bench\", found \"debug\"; shards are of one build"
        );
        let (mut one, mut other) = (part(1, "x"), part(2, "y"));
        one.environment.build = Some(build::tests::known());
        let far =
            results::Build { target: Some("aarch64-apple-darwin".into()), ..build::tests::known() };
        other.environment.build = Some(far.clone());
        assert!(
            merged(&[one.clone(), other.clone()]).is_ok(),
            "another machine has its own target"
        );
        other.environment.build = Some(results::Build { lto: None, ..far });
        let lto = text(&[one, other]);
        assert!(lto.contains("LTO \"fat\", found \"not known\""), "{lto}");
    }

    fn shard(scenario: &str, cpu: &str) -> Run {
        let mut run =
            run_of(vec![measured(scenario, "plain", 1, 1.0), measured(scenario, "hard", 1, 2.0)]);
        run.environment.cpu = cpu.to_owned();
        run
    }

    fn merged(shards: &[Run]) -> Result<Merged, Error> {
        let names: Vec<PathBuf> =
            (0..shards.len()).map(|i| PathBuf::from(format!("{i}.json"))).collect();
        let shards = names.iter().map(PathBuf::as_path).zip(shards.iter().cloned());
        merge(shards.collect(), Vec::new())
    }

    #[test]
    fn parts_from_one_machine_become_the_whole_run() {
        let whole = merged(&[shard("a", "x"), shard("b", "x")]).expect("they fit");
        let mut expected = shard("a", "x");
        expected.results.extend(shard("b", "x").results);
        assert_eq!((whole.run, whole.missing), (expected, Vec::<String>::new()));
    }

    #[test]
    fn machines_stand_side_by_side_and_share_no_reference() {
        let whole = merged(&[shard("a", "x"), shard("a", "y")]).expect("they fit").run;
        let names: Vec<_> = whole.results.iter().map(|row| row.backend.as_str()).collect();
        assert_eq!(names, ["plain@m1", "hard@m1", "plain@m2", "hard@m2"]);
        assert_eq!(whole.results[3].reference.as_deref(), Some("plain@m2"));
        assert_eq!(whole.environment.cpu, "2 machines (m1: x, 2 cores; m2: y, 2 cores)");
        let view = View::of(&whole);
        assert_eq!(view.bands, [("m1: x, 2 cores", 1), ("m2: y, 2 cores", 1)]);
    }

    #[test]
    fn what_stands_beside_gets_no_column_on_any_machine() {
        let mut one = shard("a", "x");
        one.results.push(measured("a", "naive", 1, 9.0));
        one.backends = vec![AboutBackend {
            backend: "naive".into(),
            group: "beside".into(),
            ..AboutBackend::default()
        }];
        let whole = merged(&[one, shard("a", "y")]).expect("they fit").run;
        assert_eq!(View::of(&whole).columns, ["hard@m1", "hard@m2"]);
    }

    #[test]
    fn what_was_cut_short_or_lost_is_marked() {
        let mut short = shard("b", "x");
        short.complete = false;
        let whole = merged(&[shard("a", "x"), short]).expect("they fit");
        assert_eq!(
            (whole.run.complete, whole.missing),
            (false, vec!["1.json was cut short".into()])
        );
        let mut bare = shard("a", "x");
        bare.results.remove(0);
        let whole = merged(&[bare]).expect("it fits");
        assert_eq!(whole.missing, ["the reference a/plain/1 is in no shard"]);
        assert!(!whole.run.complete);
    }

    #[test]
    fn one_cell_in_two_shards_and_two_commits_are_refused() {
        let text = |result: Result<Merged, Error>| result.expect_err("refused").to_string();
        let twice = text(merged(&[shard("a", "x"), shard("a", "x")]));
        assert_eq!(
            twice,
            "1.json: expected each cell in one shard, found \"a/plain/1\" in 0.json as well"
        );
        let mut other = shard("b", "x");
        other.environment.commit = "ffff".into();
        let commits = text(merged(&[shard("a", "x"), other]));
        assert!(commits.contains("expected the commit \"0123456\" of 0.json, found \"ffff\""));
    }
}
