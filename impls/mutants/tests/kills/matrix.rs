//! Which case sees which fault.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use serde_json::{Value, json};
use switchback_conformance::Case;
use switchback_mutants::Fault;

use crate::say;

/// How a case went on a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kill {
    /// It holds: the case does not see the fault.
    Held,
    Fail,
    Crash,
    Timeout,
}

impl Kill {
    /// What a process of a mutant says.
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "pass" => Self::Held,
            "timeout" => Self::Timeout,
            _ => Self::Fail,
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Held => '.',
            Self::Fail => 'F',
            Self::Crash => 'C',
            Self::Timeout => 'T',
        }
    }
}

/// One mutant, and how each case of its base went, in the order of the cases.
pub(crate) struct Row {
    pub(crate) base: &'static str,
    pub(crate) fault: Fault,
    /// Shorter than the list of cases if the mutant hung or crashed too often.
    pub(crate) verdicts: Vec<Kill>,
    /// The cases that do not hold, and why.
    pub(crate) notes: Vec<String>,
    /// Why it could not be judged.
    pub(crate) problem: Option<String>,
}

impl Row {
    pub(crate) fn add(&mut self, case: &str, kill: Kill, text: &str) {
        self.verdicts.push(kill);
        if kill != Kill::Held {
            self.notes.push(format!("{case}  {kill:?}  {text}"));
        }
    }

    pub(crate) fn kills(&self) -> usize {
        self.verdicts.iter().filter(|kill| **kill != Kill::Held).count()
    }

    /// Cases that hung or ended the process.
    pub(crate) fn violent(&self) -> usize {
        self.verdicts.iter().filter(|kill| matches!(kill, Kill::Crash | Kill::Timeout)).count()
    }

    /// True if the suite said what it should: something on a fault, nothing without one.
    fn as_expected(&self) -> bool {
        self.problem.is_none() && (self.kills() > 0) == (self.fault != Fault::None)
    }

    pub(crate) fn line(&self) -> String {
        let (name, kills, tried) = (self.fault.name(), self.kills(), self.verdicts.len());
        let word = match (&self.problem, self.as_expected(), self.fault) {
            (Some(problem), ..) => problem.as_str(),
            (None, true, Fault::None) => "ok, keeps all rules",
            (None, false, Fault::None) => "FAILED: the machinery of the mutants breaks a rule",
            (None, true, _) => "ok, seen",
            (None, false, _) => "FAILED: nothing sees it",
        };
        format!(
            "{:<34} {kills:>4} of {tried:>4} cases fail  {word}",
            format!("{}/{name}", self.base)
        )
    }
}

pub(crate) struct Matrix {
    pub(crate) rows: Vec<Row>,
    /// The cases by base.
    pub(crate) cases: Vec<(&'static str, Vec<Case>)>,
}

/// A case, and the bases and faults that it sees.
struct Seen<'a> {
    case: &'a Case,
    by: Vec<(&'static str, Fault)>,
}

impl Seen<'_> {
    /// Whether it sees a fault that only some cases see.
    fn finely(&self) -> bool {
        self.by.iter().any(|(_, fault)| !fault.is_blunt())
    }
}

impl Matrix {
    /// Every case once, on whichever bases it is tried.
    fn seen(&self) -> Vec<Seen<'_>> {
        let mut seen = Vec::<Seen<'_>>::new();
        for (base, cases) in &self.cases {
            let rows = || self.rows.iter().filter(|row| row.base == *base);
            for (at, case) in cases.iter().enumerate() {
                let sees = |row: &&Row| {
                    row.fault != Fault::None
                        && row.verdicts.get(at).is_some_and(|kill| *kill != Kill::Held)
                };
                let by = rows().filter(sees).map(|row| (row.base, row.fault));
                match seen.iter_mut().find(|known| known.case.id() == case.id()) {
                    Some(known) => known.by.extend(by),
                    None => seen.push(Seen { case, by: by.collect() }),
                }
            }
        }
        seen
    }

    /// Writes the matrix and says whether all is as it should be. `whole`: all mutants ran.
    pub(crate) fn conclude(&self, whole: bool) -> ExitCode {
        let wrong = self.rows.iter().filter(|row| !row.as_expected()).count();
        for row in &self.rows {
            if !row.as_expected() || self.rows.len() == 1 {
                for note in &row.notes {
                    say(format_args!("  {}/{}  {note}", row.base, row.fault.name()));
                }
            }
        }
        if !whole {
            return if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        let seen = self.seen();
        let blind: Vec<_> = seen.iter().filter(|seen| !seen.finely()).collect();
        for seen in &blind {
            say(format_args!("sees no fault: {}", seen.case.id()));
        }
        match self.write(&seen) {
            Ok(path) => say(format_args!("matrix   {}", path.display())),
            Err(error) => {
                let _ = writeln!(io::stderr(), "kills: the matrix could not be written: {error}");
                return ExitCode::from(2);
            }
        }
        let faults = self.rows.iter().filter(|row| row.fault != Fault::None).count();
        let (seeing, total) = (seen.len() - blind.len(), seen.len());
        say(format_args!(
            "{seeing} of {total} cases see a fault, beside those that nothing can pass"
        ));
        say(format_args!("{faults} mutants, {wrong} of all rows not as expected"));
        if wrong == 0 && blind.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn json(&self, seen: &[Seen<'_>]) -> Value {
        let mutant = |row: &Row| {
            json!({
                "base": row.base,
                "fault": row.fault.name(),
                "about": row.fault.about(),
                "blunt": row.fault.is_blunt(),
                "killed_by": row.kills(),
                "tried": row.verdicts.len(),
                "verdicts": row.verdicts.iter().map(|kill| kill.letter()).collect::<String>(),
            })
        };
        let case = |seen: &Seen<'_>| {
            json!({
                "id": seen.case.id(),
                "group": seen.case.group(),
                "sees": seen.by.iter().map(|(base, fault)| format!("{base}/{}", fault.name())).collect::<Vec<_>>(),
            })
        };
        let base = |(base, cases): &(&str, Vec<Case>)| json!({ "base": base, "cases": cases.iter().map(Case::id).collect::<Vec<_>>() });
        let mut groups = BTreeMap::<&str, (usize, usize)>::new();
        for seen in seen {
            let group = groups.entry(seen.case.group()).or_default();
            group.0 += 1;
            group.1 += usize::from(seen.finely());
        }
        let group = |(group, (cases, seeing)): (&&str, &(usize, usize))| json!({ "group": group, "cases": cases, "seeing": seeing });
        json!({
            "schema": 1,
            "all_cases": env::var_os("SWITCHBACK_ALL_CASES").is_some_and(|value| value == "1"),
            "mutants": self.rows.iter().map(mutant).collect::<Vec<_>>(),
            "bases": self.cases.iter().map(base).collect::<Vec<_>>(),
            "groups": groups.iter().map(group).collect::<Vec<_>>(),
            "cases": seen.iter().map(case).collect::<Vec<_>>(),
        })
    }

    fn write(&self, seen: &[Seen<'_>]) -> io::Result<PathBuf> {
        // The target folder is the one that cargo has marked with a tag.
        let program = env::current_exe()?;
        let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
        let folder = target.map_or_else(|| PathBuf::from("target"), PathBuf::from);
        let path = folder.join("switchback/mutants.json");
        fs::create_dir_all(folder.join("switchback"))?;
        fs::write(&path, format!("{:#}\n", self.json(seen)))?;
        Ok(path)
    }
}
