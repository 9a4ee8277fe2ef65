//! `peer.toml`: how a peer is found, built and started, and what it claims.

use std::{
    collections::BTreeMap,
    fmt::Display,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::protocol::Can;

/// The manifest of a peer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Middle part of the ids of its cells.
    pub name: String,
    /// The language, for people.
    pub language: String,
    /// What is started, in the folder of the manifest: program and arguments. `{out}` is a folder for
    /// what is built, `$NAME` alone the value of a variable.
    pub command: Vec<String>,
    /// Commands that build it, in the folder of the manifest.
    #[serde(default)]
    pub build: Vec<Vec<String>>,
    /// A command that succeeds if all it needs is there; programs are looked for without it.
    #[serde(default)]
    pub find: Vec<String>,
    /// What to do if something is not there, such as `apt-get install golang-go`.
    pub install: String,
    /// What it can do.
    #[serde(default)]
    pub can: Vec<Can>,
    /// Ids of the scenarios it can do.
    #[serde(default)]
    pub scenarios: Vec<String>,
    /// The largest size that it is asked for, by scenario; the others have no limit. `hold` stands
    /// for tasks blocked at once.
    #[serde(default)]
    pub most: BTreeMap<String, u64>,
    /// Values that its channels hold without a receiver.
    #[serde(default)]
    pub buffer: u32,
    /// Cases of the conformance suite that fail.
    #[serde(default)]
    pub known_failures: KnownFailures,
    /// Where the file is.
    #[serde(skip)]
    pub path: PathBuf,
}

/// Cases of the conformance suite that fail, by name, each with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a table of cases with reasons, or the name of a file that is one"
)]
pub enum KnownFailures {
    /// In the manifest.
    Here(BTreeMap<String, String>),
    /// In a file beside the manifest, which is that table alone.
    In(PathBuf),
}

impl Default for KnownFailures {
    fn default() -> Self {
        Self::Here(BTreeMap::new())
    }
}

impl KnownFailures {
    /// Each case with its reason; none of a file that was not read.
    pub fn cases(&self) -> impl Iterator<Item = (&str, &str)> {
        let table = match self {
            Self::Here(table) => Some(table),
            Self::In(_) => None,
        };
        table.into_iter().flatten().map(|(id, why)| (id.as_str(), why.as_str()))
    }

    /// The table itself, whatever holds it. `folder`: that of the manifest.
    fn read(&self, folder: &Path) -> Result<Self, String> {
        let Self::In(file) = self else { return Ok(self.clone()) };
        let wrong = |why: &dyn Display| format!("`known_failures`: {}: {why}", file.display());
        let text = fs::read_to_string(folder.join(file)).map_err(|error| wrong(&error))?;
        toml::from_str(&text).map(Self::Here).map_err(|error| wrong(&error))
    }
}

impl Manifest {
    /// Reads a file, and the one that it names for `known_failures`.
    ///
    /// # Errors
    /// What is wrong, with the name of the file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| format!("{shown}: expected the manifest of a peer: {error}"))?;
        let wrong = |why: String| format!("{shown}: {why}");
        let mut manifest = Self::parse(&text).map_err(wrong)?;
        manifest.path =
            path.canonicalize().map_err(|error| format!("{shown}: where is it? {error}"))?;
        manifest.known_failures = manifest.known_failures.read(manifest.folder()).map_err(wrong)?;
        Ok(manifest)
    }

    /// Reads a text alone: not the file that it may name for `known_failures`.
    ///
    /// # Errors
    /// What is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let manifest: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let name = &manifest.name;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(format!(
                "`name`: expected lower-case letters, digits, hyphens and points, found {name:?}"
            ));
        }
        if manifest.command.is_empty() || manifest.build.iter().any(Vec::is_empty) {
            return Err("`command`, `build`: expected a program first, found an empty list".into());
        }
        let order = manifest.can.contains(&Can::OrderExact);
        if order && !manifest.can.contains(&Can::Run) {
            return Err("`can`: expected `run` beside `order_exact`, which is about it".into());
        }
        Ok(manifest)
    }

    /// The folder that it is started in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Why a size is not asked for.
    #[must_use]
    pub fn exceeded(&self, scenario: &str, size: u64) -> Option<String> {
        let most = *self.most.get(scenario)?;
        (size > most).then(|| format!("its manifest says at most {most}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "name = \"a\"\nlanguage = \"A\"\ncommand = [\"a\"]\ninstall = \"get a\"\n";

    #[test]
    fn a_manifest_without_the_optional_parts_claims_nothing() {
        let manifest = Manifest::parse(SMALL).unwrap();
        assert!(manifest.can.is_empty() && manifest.scenarios.is_empty());
        assert_eq!(manifest.exceeded("ring", u64::MAX), None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, word) in [
            ("\"a\"\nlanguage", "\"A/b\"\nlanguage", "lower-case"),
            ("[\"a\"]", "[]", "`command`"),
            ("install", "instal", "instal"),
            ("install", "can = [\"order_exact\"]\ninstall", "`run`"),
            ("install", "can = [\"fly\"]\ninstall", "fly"),
            ("install", "known_failures = 7\ninstall", "a table of cases with reasons"),
            ("install", "known_failures = { a = 1 }\ninstall", "a table of cases with reasons"),
        ] {
            let error = Manifest::parse(&SMALL.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn a_size_above_the_most_is_not_asked_for() {
        let manifest = Manifest::parse(&format!("{SMALL}[most]\nchain = 10\n")).unwrap();
        assert_eq!(manifest.exceeded("chain", 10), None);
        assert!(manifest.exceeded("chain", 11).is_some());
    }
}
