//! The results file while it fills: saved after every block, merged with what an earlier run left.

use std::path::{Path, PathBuf};

use crate::{
    environment,
    results::{
        self, About, AboutBackend, Capacity, CellResult, Energy, Environment, ErrorKind, Run,
        Shard, Verdict,
    },
};

/// The results of a run in the order of the suite.
#[derive(Debug)]
pub struct Book {
    path: PathBuf,
    environment: Environment,
    /// One place per id of the suite.
    places: Vec<(String, Option<CellResult>)>,
    /// What the scenarios of the suite are about.
    scenarios: Vec<About>,
    /// What the backends of the suite are.
    backends: Vec<AboutBackend>,
    /// One place per id of a probe.
    capacity: Vec<(String, Option<Capacity>)>,
    /// The part of a run that this is, if it is none of its own.
    shard: Option<Shard>,
    /// What the processors took while cells were measured.
    energy: Option<Energy>,
}

impl Book {
    /// An empty book for the cells and probes with these ids.
    #[must_use]
    pub fn new(
        path: &Path,
        environment: Environment,
        cells: impl Iterator<Item = String>,
        (scenarios, backends): (Vec<About>, Vec<AboutBackend>),
        probes: impl Iterator<Item = String>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            environment,
            places: cells.map(|id| (id, None)).collect(),
            scenarios,
            backends,
            capacity: probes.map(|id| (id, None)).collect(),
            shard: None,
            energy: None,
        }
    }

    /// Says which part of a run this is.
    pub fn is_part(&mut self, shard: Shard) {
        self.shard = Some(shard);
    }

    /// Enters what the processors took while cells were measured.
    pub const fn took(&mut self, energy: Option<Energy>) {
        self.energy = energy;
    }

    /// Takes over the results of the file that is there, so that a filtered run replaces only its
    /// own. They stay only if made on the same processor from the same sources by the same
    /// compiler in the same way: figures of two states side by side would be compared. Returns what was done, in
    /// words; nothing if there is no file.
    pub fn keep_earlier(&mut self) -> Option<String> {
        let path = self.path.display();
        let earlier = match results::read(&self.path) {
            Ok(earlier) => earlier,
            Err(error) if matches!(error.kind(), ErrorKind::Missing) => return None,
            Err(error) => return Some(format!("{error}; the file will be replaced")),
        };
        if environment::sources_unknown(&self.environment) {
            return Some(format!(
                "results in {path}: dropped, since it is not known of which sources this program is; \
                 commit them, or name them in SWITCHBACK_COMMIT"
            ));
        }
        if !environment::comparable(&earlier.environment, &self.environment) {
            return Some(format!(
                "results in {path} are of other sources, another compiler, another build or another machine: \
                 dropped"
            ));
        }
        let mut kept: usize = 0;
        for result in earlier.results {
            kept += usize::from(put(&mut self.places, &result.id(), Some(result)));
        }
        for found in earlier.capacity {
            kept += usize::from(put(&mut self.capacity, &found.id(), Some(found)));
        }
        Some(format!("kept {kept} earlier results of {path}, made in the same environment"))
    }

    /// Forgets what was kept of a cell or probe that is about to be measured again.
    pub fn clear(&mut self, id: &str) {
        put(&mut self.places, id, None);
        put(&mut self.capacity, id, None);
    }

    /// Enters results.
    pub fn enter(&mut self, results: Vec<CellResult>) {
        for result in results {
            put(&mut self.places, &result.id(), Some(result));
        }
    }

    /// Enters how far a backend goes.
    pub fn enter_capacity(&mut self, found: Capacity) {
        put(&mut self.capacity, &found.id(), Some(found));
    }

    /// The result of a cell.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&CellResult> {
        self.places.iter().find(|(own, _)| own == id)?.1.as_ref()
    }

    /// The result of a cell of the same scenario and backend that was timed at a smaller size, the
    /// largest of these.
    #[must_use]
    pub fn smaller(&self, scenario: &str, backend: &str, size: u64) -> Option<&CellResult> {
        let timed = self.places.iter().filter_map(|(_, result)| result.as_ref()).filter(|result| {
            result.scenario == scenario
                && result.backend == backend
                && result.size < size
                && result.verdict == Verdict::Ok
        });
        timed.max_by_key(|result| result.size)
    }

    /// How far a backend goes, by the id of the probe.
    #[must_use]
    pub fn find_capacity(&self, id: &str) -> Option<&Capacity> {
        self.capacity.iter().find(|(own, _)| own == id)?.1.as_ref()
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`ErrorKind::Unwritable`].
    pub fn save(&self, complete: bool) -> Result<(), results::Error> {
        let entered: Vec<CellResult> =
            self.places.iter().filter_map(|(_, result)| result.clone()).collect();
        let there = |about: &&About| entered.iter().any(|row| row.scenario == about.scenario);
        let scenarios = self.scenarios.iter().filter(there).cloned().collect();
        let there = |about: &&AboutBackend| entered.iter().any(|row| row.backend == about.backend);
        let backends = self.backends.iter().filter(there).cloned().collect();
        let capacity = self.capacity.iter().filter_map(|(_, found)| found.clone()).collect();
        let run = Run {
            results: entered,
            scenarios,
            backends,
            capacity,
            complete,
            shard: self.shard.clone(),
            energy: self.energy,
            ..Run::new(self.environment.clone())
        };
        results::write(&self.path, &run)
    }
}

/// Fills or empties the place of an id; false if there is none.
fn put<T>(places: &mut [(String, Option<T>)], id: &str, content: Option<T>) -> bool {
    let Some((_, place)) = places.iter_mut().find(|(own, _)| own == id) else { return false };
    *place = content;
    true
}
