//! Shards of one run become one: parts from one machine are joined, machines stand side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use switchback_bench::results::{self, AboutBackend, Environment, Run};

use crate::Error;
use crate::view::BESIDE;

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
/// [`Error::Input`] if no shard can be read, or if shards are of different commits or share a cell.
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
        if !run.complete {
            missing.push(format!("{} was cut short", path.display()));
        }
        let own = machine(&run.environment);
        if !machines.contains(&own) {
            machines.push(own);
        }
    }
    let several = machines.len() > 1;
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
            Some(number) if several && !BESIDE.contains(&about.group.as_str()) => {
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
    // In the order in which the scenarios came first, then by size: shards may hold parts of a block.
    let mut order: BTreeMap<String, usize> = BTreeMap::new();
    for row in &whole.results {
        let next = order.len();
        order.entry(row.scenario.clone()).or_insert(next);
    }
    whole.results.sort_by_key(|row| (order.get(&row.scenario).copied(), row.size));
    lost_references(&whole, &mut missing);
    whole.complete = missing.is_empty();
    whole.check().map_err(|fault| refuse(first, format!("merged: {fault}")))?;
    Ok(Merged { run: whole, missing })
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
        whole.cores = machines.iter().map(|(_, cores, _)| *cores).min().unwrap_or(1);
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
