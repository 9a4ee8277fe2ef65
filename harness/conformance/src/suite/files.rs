//! Cases of recorded programs, built in and from outside.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::expectation::Expectation;
use super::protocol;
use crate::differ::Comparison;
use crate::variables::VECTORS;
use crate::{Case, Failure, Program, Subject, Vector, group, missing, vector};

/// Limit for a file from outside, which may hold many programs.
const FILE_LIMIT: Duration = Duration::from_secs(300);

/// Which cases to make: all of them, or the one with a name.
pub(crate) type Pick<'a> = Option<&'a str>;

/// A case per recording of a file that is built in.
pub(super) fn recordings(subject: &Subject, file: &str, text: &str, pick: Pick<'_>) -> Vec<Case> {
    let prefix = format!("vectors::{file}::");
    let only = match pick.map(|id| id.strip_prefix(&prefix)) {
        None => None,
        Some(None) => return Vec::new(),
        // What follows the id names rules: `q19-native`, `full-0118-typed`.
        Some(Some(rest)) => Some(rest),
    };
    let wanted = |line: &&str| only.is_none_or(|only| may_be(line, only));
    // A test of this crate reads both files.
    let vectors = text.lines().filter(wanted).filter_map(|line| Vector::from_line(line).ok());
    vectors.map(|vector| recording(subject, &prefix, vector)).collect()
}

/// Whether a line can be the recording of a name: cheap, and never wrong about the right line.
fn may_be(line: &str, name: &str) -> bool {
    let id = line.split_once("\"id\":\"").and_then(|(_, rest)| rest.split('"').next());
    id.is_none_or(|id| name.starts_with(id))
}

fn recording(subject: &Subject, prefix: &str, vector: Vector) -> Case {
    let expectation = Expectation::of(&vector, subject.rules);
    let mut name = format!("{prefix}{}", vector.id);
    for rule in &expectation.changed_by {
        name.push('-');
        name.push_str(rule);
    }
    let lacking = missing(&vector.program, &expectation.trace, subject.capabilities);
    let (subject, covers) = (subject.clone(), vector.covers.clone());
    Case::new(name.clone(), group::RECORDINGS, covers, move || {
        check(&subject, &name, &vector, &expectation)
    })
    .lacks(lacking)
}

/// The case of a file from outside.
pub(super) fn file(subject: &Subject, path: PathBuf) -> Case {
    let stem = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
    let name = format!("recorded::{}", stem.replace(char::is_whitespace, "_"));
    let lacking = missing(&Program::default(), &[], subject.capabilities);
    let subject = subject.clone();
    let replayed = (VECTORS.to_owned(), path.display().to_string());
    Case::new(name.clone(), group::RECORDINGS, [] as [&str; 0], move || {
        let summary = agreement(&subject, &path, &name)
            .map_err(|failure| Failure { replay: vec![replayed.clone()], ..failure })?;
        protocol::remark(format!("{name}: {summary}"));
        Ok(())
    })
    .lacks(lacking)
    .limit(FILE_LIMIT)
}

/// Runs all programs of a file; gives how many agreed, or the first divergence as well.
fn agreement(subject: &Subject, path: &Path, name: &str) -> Result<String, Failure> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    let vectors = vector::parse(&shown, &text).map_err(|malformed| malformed.to_string())?;
    let (mut agreed, mut changed, mut unsupported) = (0, 0, 0);
    let mut first = None;
    for vector in &vectors {
        let expectation = Expectation::under(vector, subject.rules);
        if !missing(&vector.program, &expectation.trace, subject.capabilities).is_empty() {
            unsupported += 1;
            continue;
        }
        let name = format!("{name}::{}", vector.id);
        match check(subject, &name, vector, &expectation) {
            Ok(()) => {
                agreed += 1;
                changed += usize::from(!expectation.changed_by.is_empty());
            }
            Err(failure) => first = first.or(Some(failure)),
        }
    }
    let mut summary = format!("{agreed} of {} programs agree", vectors.len());
    if changed > 0 {
        summary.push_str(&format!(", {changed} of them with the model where its rules differ"));
    }
    if unsupported > 0 {
        summary.push_str(&format!(", {unsupported} are unsupported"));
    }
    match first {
        None => Ok(summary),
        Some(failure) => Err(format!("{summary}; first divergence:\n\n{failure}").into()),
    }
}

/// Runs a recording and compares.
pub(super) fn check(
    subject: &Subject,
    name: &str,
    vector: &Vector,
    expectation: &Expectation,
) -> Result<(), Failure> {
    subject.compare(&Comparison {
        name,
        about: &vector.about,
        covers: &vector.covers,
        program: &vector.program,
        expected: &expectation.trace,
        source: expectation.source(),
    })
}
