use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use serde::Deserialize as _;
use serde_json::Value;

use super::{Error, ErrorKind, Run, SCHEMA};

/// Reads a results file.
///
/// # Errors
/// Every [`ErrorKind`] but `Unwritable`.
pub fn read(path: &Path) -> Result<Run, Error> {
    let fail = |kind| Error::new(path, kind);
    let text = fs::read_to_string(path).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => fail(ErrorKind::Missing),
        _ => fail(ErrorKind::Unreadable(cause)),
    })?;
    parse(&text).map_err(fail)
}

fn parse(text: &str) -> Result<Run, ErrorKind> {
    if text.trim().is_empty() {
        return Err(ErrorKind::Empty);
    }
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let cause = error.to_string();
        // The parser appends the place, which the error's own text says in its own way.
        let place = format!(" at line {line} column {column}");
        ErrorKind::NotJson {
            line,
            column,
            cause: cause.strip_suffix(&place).unwrap_or(&cause).to_owned(),
        }
    })?;
    // Before the fields: those of a newer schema may be anything.
    if let Some(found) = value.get("schema").and_then(Value::as_u64)
        && found > u64::from(SCHEMA)
    {
        return Err(ErrorKind::Newer { found });
    }
    let mut track = serde_path_to_error::Track::new();
    Run::deserialize(serde_path_to_error::Deserializer::new(&value, &mut track)).map_err(|error| {
        let place = track.path().to_string();
        ErrorKind::Field {
            place: if place == "." { String::new() } else { place },
            cause: error.to_string(),
        }
    })
}

/// Writes a results file so that a reader sees the old one or the new one, never a part.
/// Missing folders are made.
///
/// # Errors
/// [`ErrorKind::Unwritable`]; the old file is then untouched.
pub fn write(path: &Path, run: &Run) -> Result<(), Error> {
    replace(path, run).map_err(|cause| Error::new(path, ErrorKind::Unwritable(cause)))
}

fn replace(path: &Path, run: &Run) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut text = serde_json::to_string_pretty(run)?;
    text.push('\n');
    // Beside the target: a rename is atomic within one file system only.
    let staged = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = fs::File::create(&staged)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&staged, path));
    if written.is_err() {
        // The first error is the one worth reporting.
        let _ = fs::remove_file(&staged);
    }
    written
}
