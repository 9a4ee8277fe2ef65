//! The other files that a report is made from: how they are read, and what is said of those that are missing or broken.

mod conformance;
mod mutants;
mod thaw;

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;
use switchback_bench::{json, text};

pub(crate) use self::conformance::Counts;
pub use self::conformance::{Backend, Case, Conformance, Outcome, Verdict};
pub use self::mutants::{Base, Group, Mutant, Mutants, Seeing};
pub use self::thaw::{Moved, Place, Size, Thaw};
use crate::Error;

/// A kind of file.
pub trait Format: DeserializeOwned {
    /// The schema that this program reads.
    const SCHEMA: u64;
    /// The usual name of such a file.
    const FILE: &'static str;
    /// The command that makes one.
    const MADE_BY: &'static str;

    /// Fewest bytes of JSON that it can have been read from.
    fn weight(&self) -> usize;

    /// Whether the file agrees with itself.
    ///
    /// # Errors
    /// What does not, with its place.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// A file that a report may be made from.
#[derive(Clone, Debug, Default)]
pub enum Input<T> {
    /// No file was named; its section says how to make one.
    #[default]
    Absent,
    /// It was found beside the results and cannot be read; its section says why.
    Broken(String),
    /// It was read.
    Present(T),
}

impl<T: Format> Input<T> {
    /// The file of the usual name in `folder`, if there is one.
    #[must_use]
    pub fn beside(folder: &Path) -> Self {
        let path = folder.join(T::FILE);
        if !path.exists() {
            return Self::Absent;
        }
        match read(&path) {
            Ok(found) => Self::Present(found),
            Err(error) => Self::Broken(error.to_string()),
        }
    }
}

impl<T> Input<T> {
    /// What was read.
    pub(crate) const fn present(&self) -> Option<&T> {
        match self {
            Self::Present(found) => Some(found),
            Self::Absent | Self::Broken(_) => None,
        }
    }
}

/// Finds the first key that comes again, as `place[index]: ..`.
fn once<K: Ord>(
    place: &str,
    keys: impl IntoIterator<Item = K>,
    id: impl Fn(&K) -> String,
) -> Result<(), String> {
    let mut seen = BTreeMap::new();
    for (index, key) in keys.into_iter().enumerate() {
        if let Some(first) = seen.get(&key) {
            let id = id(&key);
            return Err(format!(
                "{place}[{index}]: expected each id once, found {id:?} as in {place}[{first}]"
            ));
        }
        seen.insert(key, index);
    }
    Ok(())
}

/// Reads a file of its kind.
///
/// # Errors
/// [`Error::Input`]: its text names the file, the cause and the next step.
pub fn read<T: Format>(path: &Path) -> Result<T, Error> {
    let fail = |cause| Error::Input { path: path.to_owned(), cause };
    let again = format!("`{}` makes it anew", T::MADE_BY);
    let text = text::read(path).map_err(|cause| {
        fail(match cause {
            text::Error::Missing => format!("no such file; `{}` makes one", T::MADE_BY),
            cause @ text::Error::NoText { .. } => format!("{cause}; {again}"),
            cause => cause.to_string(),
        })
    })?;
    if json::without_mark(&text).trim().is_empty() {
        return Err(fail(format!("the file is empty; {again}")));
    }
    let value = json::parse(&text).map_err(|error| fail(format!("{error}; {again}")))?;
    // Before the fields: those of another schema may be anything.
    match value.get("schema").and_then(Value::as_u64) {
        Some(found) if found > T::SCHEMA => {
            let known = T::SCHEMA;
            let cause = format!("schema {found} is newer than this program knows ({known})");
            return Err(fail(format!("{cause}: update switchback-report")));
        }
        Some(found) if found < T::SCHEMA => {
            let wanted = T::SCHEMA;
            return Err(fail(format!("schema {found} is older than {wanted}; {again}")));
        }
        Some(_) => {}
        None => return Err(fail(format!("schema: no number; {again}"))),
    }
    let mut track = serde_path_to_error::Track::new();
    let found = T::deserialize(serde_path_to_error::Deserializer::new(&value, &mut track));
    let found = found.map_err(|error| {
        fail(format!("{}: {}; {again}", track.path(), json::words(&error.to_string())))
    })?;
    found.check().map_err(|cause| fail(format!("{cause}; {again}")))?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Toy {
        number: u8,
    }

    impl Format for Toy {
        const SCHEMA: u64 = 2;
        const FILE: &'static str = "toy.json";
        const MADE_BY: &'static str = "make toy";

        fn weight(&self) -> usize {
            0
        }

        fn check(&self) -> Result<(), String> {
            if self.number == 7 { Err("number: seven is none".to_owned()) } else { Ok(()) }
        }
    }

    fn refused(text: &str) -> String {
        let folder = std::env::temp_dir().join(format!("switchback-toy-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!(
            "{:016x}.json",
            text.len() as u64 * 31 + text.bytes().map(u64::from).sum::<u64>()
        ));
        fs::write(&path, text).unwrap();
        let error = read::<Toy>(&path).unwrap_err().to_string();
        fs::remove_file(&path).unwrap();
        let (file, cause) = error.split_once(": ").unwrap();
        assert_eq!(Path::new(file), path);
        cause.to_owned()
    }

    #[test]
    fn every_fault_of_a_file_has_its_cause_and_a_next_step() {
        assert_eq!(refused(" "), "the file is empty; `make toy` makes it anew");
        assert!(refused("{").starts_with("not JSON: EOF"), "{}", refused("{"));
        assert_eq!(refused("\u{feff}\n"), refused(" "), "a byte order mark is no content");
        assert_eq!(
            refused(r#"{"schema":2,"other":[{"a":1,"a":1}],"number":1}"#),
            "other[0]: expected each key once, found \"a\" twice; `make toy` makes it anew"
        );
        assert_eq!(
            refused(r#"{"schema":3}"#),
            "schema 3 is newer than this program knows (2): update switchback-report"
        );
        assert_eq!(
            refused(r#"{"schema":1}"#),
            "schema 1 is older than 2; `make toy` makes it anew"
        );
        assert_eq!(refused("[]"), "schema: no number; `make toy` makes it anew");
        assert_eq!(
            refused(r#"{"schema":2,"number":"x"}"#),
            "number: expected a whole number from 0 to 255, found \"x\"; `make toy` makes it anew"
        );
        assert_eq!(
            refused(r#"{"schema":2,"number":7}"#),
            "number: seven is none; `make toy` makes it anew"
        );
        let missing = read::<Toy>(Path::new("/nowhere/toy.json")).unwrap_err().to_string();
        assert_eq!(missing, "/nowhere/toy.json: no such file; `make toy` makes one");
    }

    #[test]
    fn what_is_not_there_is_absent() {
        let folder = std::env::temp_dir().join("switchback-no-such-folder");
        assert!(matches!(Input::<Toy>::beside(&folder), Input::Absent));
    }
}
