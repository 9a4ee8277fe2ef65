//! Which case of the suite sees which fault: `mutants.json`, described in `impls/mutants/README.md`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Format, once};
use crate::fit::letters;

/// Backends that are broken on purpose, and the cases that they fail.
#[derive(Clone, Debug, Deserialize)]
pub struct Mutants {
    /// Whether all recorded programs were tried, or a share of them.
    #[serde(default)]
    pub all_cases: bool,
    /// One entry per fault and base, those without a fault too.
    pub mutants: Vec<Mutant>,
    /// The cases of each base.
    pub bases: Vec<Base>,
    /// How many cases of a group see a fault.
    pub groups: Vec<Group>,
    /// Every case and the faults it sees.
    pub cases: Vec<Seeing>,
}

/// One broken backend.
#[derive(Clone, Debug, Deserialize)]
pub struct Mutant {
    /// The backend that is broken.
    pub base: String,
    /// Name of the fault; `None` for the control, which must fail nothing.
    pub fault: String,
    /// The fault in a sentence.
    pub about: String,
    /// Nothing can pass it, so that it proves little of a case.
    #[serde(default)]
    pub blunt: bool,
    /// Cases that fail.
    pub killed_by: usize,
    /// Cases that ran.
    pub tried: usize,
    /// A letter per case of its base: `.` holds, anything else does not.
    pub verdicts: String,
}

/// The cases that are tried on one backend.
#[derive(Clone, Debug, Deserialize)]
pub struct Base {
    /// The backend.
    pub base: String,
    /// Ids in the order of the letters.
    pub cases: Vec<String>,
}

/// Cases of one group.
#[derive(Clone, Debug, Deserialize)]
pub struct Group {
    /// Its name.
    pub group: String,
    /// How many there are.
    pub cases: usize,
    /// How many see a fault that is not blunt.
    pub seeing: usize,
}

/// One case.
#[derive(Clone, Debug, Deserialize)]
pub struct Seeing {
    /// Its name.
    pub id: String,
    /// The group it belongs to.
    pub group: String,
    /// The mutants that fail it, as `base/Fault`.
    pub sees: Vec<String>,
}

impl Mutant {
    /// The backend without a fault.
    pub(crate) fn is_control(&self) -> bool {
        self.fault == "None"
    }

    /// A fault that nothing saw, or a control that failed.
    pub(crate) fn is_wrong(&self) -> bool {
        self.is_control() == (self.killed_by > 0)
    }
}

impl Mutants {
    /// The broken ones, without the controls.
    pub(crate) fn broken(&self) -> impl Iterator<Item = &Mutant> {
        self.mutants.iter().filter(|mutant| !mutant.is_control())
    }

    /// The group of each case.
    pub(crate) fn group_of(&self) -> BTreeMap<&str, &str> {
        self.cases.iter().map(|case| (case.id.as_str(), case.group.as_str())).collect()
    }

    /// Of each group of [`Self::group_of`] how many cases of each group see it and how many were tried.
    pub(crate) fn by_group<'a>(
        &'a self,
        group: &BTreeMap<&'a str, &'a str>,
        mutant: &Mutant,
    ) -> BTreeMap<&'a str, (usize, usize)> {
        let base = self.bases.iter().find(|base| base.base == mutant.base);
        let cases = base.map_or(&[][..], |base| &base.cases);
        let mut counts = BTreeMap::new();
        for (case, letter) in cases.iter().zip(mutant.verdicts.chars()) {
            let Some(group) = group.get(case.as_str()) else { continue };
            let (seen, tried) = counts.entry(*group).or_insert((0, 0));
            *tried += 1;
            *seen += usize::from(letter != '.');
        }
        counts
    }
}

impl Format for Mutants {
    const SCHEMA: u64 = 1;
    const FILE: &'static str = "mutants.json";
    const MADE_BY: &'static str = "cargo test -p switchback-mutants";

    fn weight(&self) -> usize {
        let mutant =
            |one: &Mutant| 70 + letters([&one.base, &one.fault, &one.about, &one.verdicts]);
        let group = |one: &Group| 30 + letters([&one.group]);
        let case = |one: &Seeing| 28 + letters([&one.id, &one.group].into_iter().chain(&one.sees));
        self.mutants.iter().map(mutant).sum::<usize>()
            + self.groups.iter().map(group).sum::<usize>()
            + self.cases.iter().map(case).sum::<usize>()
    }

    fn check(&self) -> Result<(), String> {
        let mutants = self.mutants.iter().map(|one| (&one.base, &one.fault));
        once("mutants", mutants, |(base, fault)| format!("{base}/{fault}"))?;
        once("bases", self.bases.iter().map(|one| &one.base), |id| (*id).clone())?;
        once("groups", self.groups.iter().map(|one| &one.group), |id| (*id).clone())?;
        once("cases", self.cases.iter().map(|one| &one.id), |id| (*id).clone())?;
        for (index, Group { cases, seeing, .. }) in self.groups.iter().enumerate() {
            if seeing > cases {
                return Err(format!(
                    "groups[{index}].seeing: expected at most {cases}, found {seeing}"
                ));
            }
        }
        for (index, Mutant { killed_by, tried, .. }) in self.mutants.iter().enumerate() {
            if killed_by > tried {
                return Err(format!(
                    "mutants[{index}].killed_by: expected at most the {tried} tried, found {killed_by}"
                ));
            }
        }
        for mutant in &self.mutants {
            let name = format!("{}/{}", mutant.base, mutant.fault);
            let Some(base) = self.bases.iter().find(|base| base.base == mutant.base) else {
                return Err(format!("{name}: no such base"));
            };
            let letters = mutant.verdicts.chars().count();
            if letters > base.cases.len() {
                return Err(format!("{name}: {letters} verdicts, but {} cases", base.cases.len()));
            }
            let failing = mutant.verdicts.chars().filter(|letter| *letter != '.').count();
            if failing != mutant.killed_by {
                let said = mutant.killed_by;
                return Err(format!("{name}: {said} cases fail, but {failing} verdicts do"));
            }
        }
        Ok(())
    }
}
