//! Programs in other languages beside the backends: their cells, probes, and what a check of one is.
//!
//! ```text
//!   SWITCHBACK_PEERS --> manifests --> Found --> cells of the scenarios that a manifest names
//!                        impls/peers             probe of tasks blocked at once
//! ```
//!
//! A scenario is asked for by its id and size; its law is the one of backends without an exact order.

use std::{
    cell::RefCell,
    env, fs, io,
    panic::resume_unwind,
    path::{Path, PathBuf},
    rc::Rc,
    thread,
};

use switchback::Capabilities;
use switchback_bench::{
    Block, Cell, Fault, PEERS,
    capacity::{self, Probe, Reached},
    is_worker,
    results::{AboutBackend, Verdict},
};
use switchback_peer::{Found, Manifest, State, find, measuring::Measured};

use crate::sax;
use crate::scenario::{Nature, Scenario};
use crate::work::mix;

/// The text for a size.
type Text = fn(u64) -> &'static str;

/// What the work of some scenarios is done on, as a text: a peer gets it as a file.
const INPUTS: &[(&str, Text)] =
    &[(sax::iterate::SCENARIO.id, |size| sax::Document::of(size).text())];

/// A peer with the process that all its cells share.
#[derive(Clone, Debug)]
pub struct Peer {
    /// What it is, and whether it can be started.
    pub found: Found,
    process: Rc<RefCell<Measured>>,
}

impl Peer {
    /// One that was looked for.
    #[must_use]
    pub fn new(found: Found) -> Self {
        let process = Rc::new(RefCell::new(Measured::new(&found)));
        Self { found, process }
    }

    /// What a report says of it.
    #[must_use]
    pub fn about(&self) -> AboutBackend {
        let Manifest { name, language, .. } = &self.found.manifest;
        AboutBackend {
            backend: name.clone(),
            group: "peers".to_owned(),
            words: format!("A program in {language}, asked over a pipe; it times itself."),
            ..AboutBackend::default()
        }
    }

    /// Its cell in a scenario; none if its manifest does not name it.
    #[must_use]
    pub fn cell(&self, scenario: &'static Scenario, size: u64) -> Option<Cell> {
        let Found { manifest, state } = &self.found;
        if !manifest.scenarios.iter().any(|id| id == scenario.id) {
            return None;
        }
        if let State::Missing(install) = state {
            return Some(Cell::unsupported(&manifest.name, format!("not installed: {install}")));
        }
        if let Some(why) = manifest.exceeded(scenario.id, size) {
            return Some(Cell::unsupported(&manifest.name, why));
        }
        let process = Rc::clone(&self.process);
        // Once: the clock here runs while a sample is asked for, and is compared with the peer's own.
        let mut written = None;
        let cell = Cell::told(&manifest.name, 1.0, move |iterations| {
            let input = match &written {
                Some(input) => Clone::clone(input),
                None => {
                    let failed =
                        |why| Fault { verdict: Verdict::Failed, why: format!("input: {why}") };
                    written.insert(input(scenario, size).map_err(failed)?).clone()
                }
            };
            process.borrow_mut().sample(scenario.id, size, iterations, input)
        });
        let nature =
            Nature { capabilities: Capabilities::NONE, threads: false, many_stacks: false };
        let process = Rc::clone(&self.process);
        let cell = cell.begun_by(move || process.borrow_mut().begin());
        let cell = cell.counted(move || (scenario.operations)(size) as f64);
        Some(cell.law(move || nature.law(scenario, size)))
    }

    /// The block of a scenario with this peer alone.
    #[must_use]
    pub fn block(&self, scenario: &'static Scenario, size: u64) -> Option<Block> {
        let law = scenario.law;
        let block = Block::new(scenario.id, size, scenario.operation, move || law(size));
        Some(block.cell(self.cell(scenario, size)?))
    }

    /// How many tasks it can have blocked at once, and what each takes; none if it cannot be asked.
    #[must_use]
    pub fn probe(&self) -> Option<Probe> {
        let Found { manifest, state } = &self.found;
        if !manifest.can.contains(&switchback_peer::protocol::Can::Hold)
            || matches!(state, State::Missing(_))
        {
            return None;
        }
        let (process, limit) = (Rc::clone(&self.process), manifest.most.get("hold").copied());
        let unit = "tasklets blocked at once";
        Some(Probe::new(&manifest.name, "blocked", unit, move |most, watch| {
            held(&mut process.borrow_mut(), most.min(limit.unwrap_or(most)), watch)
                .map_err(|fault| format!("{}: {}", fault.verdict, fault.why))
        }))
    }
}

/// Tasks at which there is a look at memory and limits.
const FIRST: u64 = 500;

/// Has a peer hold more and more tasks, and wakes them all.
fn held(peer: &mut Measured, most: u64, watch: capacity::Watch) -> Result<Reached, Fault> {
    let mut count = 0;
    let mut refused = None;
    while count < most && refused.is_none() {
        // To the next power of ten or by a quarter, whichever is nearer: the marks are powers.
        let power = 10_u64.pow(count.max(1).ilog10() + 1);
        let goal = (count + (count / 4).max(FIRST)).min(power.max(FIRST)).min(most);
        match peer.hold(goal) {
            Ok((held, process)) => {
                if held != goal {
                    let why = format!("hold: expected {goal} tasks, found {held}");
                    return Err(Fault { verdict: Verdict::Failed, why });
                }
                count = held;
                capacity::watch_process(process);
                if !watch(count) {
                    break;
                }
            }
            Err(fault) if fault.verdict == Verdict::Unsupported => refused = Some(fault.why),
            Err(fault) => return Err(fault),
        }
    }
    let digest = peer.release()?;
    let expected = (0..count).fold(0, |sum, value| mix(0, value).wrapping_add(sum));
    Ok(Reached { count, refused, digest, expected })
}

/// The peers that take part in a run of `cargo bench`: what [`PEERS`] names, or all of this repository.
/// Those that are not installed are among them, so that they are listed.
///
/// # Errors
/// A name that is none, or a manifest that cannot be read.
pub fn chosen() -> Result<Vec<Peer>, String> {
    let names = env::var_os(PEERS).unwrap_or_default();
    let names = names.to_str().ok_or_else(|| format!("{PEERS}: {names:?} is not UTF-8"))?;
    let paths = manifests(names)?;
    let out = find::out_folder();
    // Not again what the parent has done.
    let look = if is_worker() { Found::trusted } else { Found::look };
    let look = |path: &PathBuf| Ok(look(Manifest::read(path)?, &out));
    let found: Vec<Result<Found, String>> = thread::scope(|scope| {
        // All at once: each waits for commands of its own.
        let looks: Vec<_> = paths.iter().map(|path| scope.spawn(|| look(path))).collect();
        looks
            .into_iter()
            .map(|look| look.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    found.into_iter().map(|found| found.map(Peer::new)).collect()
}

/// The manifests that a list of names is about.
fn manifests(names: &str) -> Result<Vec<PathBuf>, String> {
    match names {
        "none" => Ok(Vec::new()),
        "" | "all" => shipped().map_err(|error| format!("{}: {error}", folder().display())),
        names => names.split(',').map(named).collect(),
    }
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../impls/peers"))
}

/// The manifests of this repository, in the order of their names.
fn shipped() -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    // A package of this crate alone comes without them.
    if !folder().is_dir() {
        return Ok(paths);
    }
    for entry in fs::read_dir(folder())? {
        let manifest = entry?.path().join("peer.toml");
        if manifest.is_file() {
            paths.push(manifest);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The manifest of a name, or of a path.
fn named(name: &str) -> Result<PathBuf, String> {
    let path = if name.contains(['/', '\\']) || name.ends_with(".toml") {
        PathBuf::from(name)
    } else {
        folder().join(name).join("peer.toml")
    };
    if path.is_file() {
        return Ok(path);
    }
    let known: Vec<String> = shipped()
        .unwrap_or_default()
        .iter()
        .filter_map(|path| Some(path.parent()?.file_name()?.to_string_lossy().into_owned()))
        .collect();
    Err(format!(
        "--peers: expected all, none, or names among {} and paths of manifests with commas between \
         them; found {name:?}",
        known.join(", ")
    ))
}

/// The file with what the work of a scenario is done on, which is written if it is not there.
fn input(scenario: &Scenario, size: u64) -> io::Result<Option<String>> {
    let Some((_, text)) = INPUTS.iter().find(|(id, _)| *id == scenario.id) else { return Ok(None) };
    let (text, folder) = (text(size), find::out_folder().join("input"));
    let file = folder.join(format!("{}-{size}", scenario.id));
    if fs::read_to_string(&file).ok().as_deref() != Some(text) {
        fs::create_dir_all(&folder)?;
        // Other processes may write the same at the same time: each to a file of its own first.
        let draft = folder.join(format!("{}-{size}-{}", scenario.id, std::process::id()));
        fs::write(&draft, text)?;
        fs::rename(&draft, &file)?;
    }
    Ok(Some(file.to_string_lossy().into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Ours;
    use crate::scenario::scenarios;

    #[test]
    fn names_and_paths_choose_and_anything_else_is_refused_with_the_names() {
        assert_eq!(manifests("none"), Ok(Vec::new()));
        assert_eq!(manifests("all"), manifests(""));
        let go = folder().join("go/peer.toml");
        assert_eq!(manifests("go"), Ok(vec![go.clone()]));
        let path = go.to_string_lossy();
        assert_eq!(manifests(&format!("{path},lua")).map(|paths| paths.len()), Ok(2));
        let why = manifests("go,cobol").unwrap_err();
        assert!(why.contains("\"cobol\"") && why.contains("asyncio, "), "{why}");
    }

    #[test]
    fn the_manifests_of_this_repository_name_scenarios_that_there_are() {
        let all = scenarios::<Ours>();
        for path in manifests("all").unwrap() {
            let manifest = Manifest::read(&path).unwrap();
            let folder = path.parent().and_then(Path::file_name);
            assert_eq!(folder.and_then(|name| name.to_str()), Some(manifest.name.as_str()));
            for id in manifest.scenarios.iter().chain(manifest.most.keys()) {
                let is_known = id == "hold" || all.iter().any(|scenario| scenario.id == id);
                assert!(is_known, "{}: {id}", manifest.name);
            }
        }
    }
}
