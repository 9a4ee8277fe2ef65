use std::{
    fs,
    hash::{BuildHasher, RandomState},
    io::{self, Write},
    path::{Path, PathBuf},
    process,
};

use serde::Deserialize as _;
use serde_json::Value;

use super::{Contradiction, Error, ErrorKind, Run, SCHEMA};
use crate::{json, text};

/// Reads a results file.
///
/// # Errors
/// Every [`ErrorKind`] but `Unwritable`.
pub fn read(path: &Path) -> Result<Run, Error> {
    let fail = |kind| Error::new(path, kind);
    let text = text::read(path).map_err(|cause| match cause {
        text::Error::Missing => fail(ErrorKind::Missing),
        cause => fail(ErrorKind::Unreadable(cause)),
    })?;
    parse(&text).map_err(fail)
}

fn parse(text: &str) -> Result<Run, ErrorKind> {
    if json::without_mark(text).trim().is_empty() {
        return Err(ErrorKind::Empty);
    }
    let value = json::parse(text).map_err(|error| match error {
        json::Error::Syntax { line, column, cause } => ErrorKind::NotJson { line, column, cause },
        json::Error::Twice { place, cause } => ErrorKind::Field { place, cause },
    })?;
    // Before the fields: those of a newer schema may be anything.
    if let Some(found) = value.get("schema").and_then(Value::as_u64)
        && found > u64::from(SCHEMA)
    {
        return Err(ErrorKind::Newer { found });
    }
    let mut track = serde_path_to_error::Track::new();
    let run = Run::deserialize(serde_path_to_error::Deserializer::new(&value, &mut track));
    let run = run.map_err(|error| ErrorKind::Field {
        place: json::place(track),
        cause: json::words(&error.to_string()),
    })?;
    run.check().map_err(|Contradiction { place, cause }| ErrorKind::Field { place, cause })?;
    Ok(run)
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
    // What takes the place of a device or of a pipe would be lost to all who use it.
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file() && !there.is_symlink()) {
        return Err(io::Error::other(
            "expected a file or nothing there; found a folder or a device",
        ));
    }
    let mut text = serde_json::to_string_pretty(run)?;
    text.push('\n');
    let (staged, mut file) = stage(path)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&staged, path));
    if written.is_err() {
        // The first error is the one worth reporting.
        let _ = fs::remove_file(&staged);
    }
    written
}

/// Makes a file of its own beside the target: a rename is atomic within one file system only.
///
/// The name cannot be foreseen, and what already has it is never opened: where others may write in
/// the folder, a link of theirs would lead the results elsewhere.
fn stage(path: &Path) -> io::Result<(PathBuf, fs::File)> {
    const ATTEMPTS: usize = 16;
    let mut taken = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..ATTEMPTS {
        // The keys of each state are random.
        let random = RandomState::new().hash_one(process::id());
        let staged = path.with_extension(format!("{random:016x}.tmp"));
        match fs::File::create_new(&staged) {
            Ok(file) => return Ok((staged, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
            Err(error) => return Err(error),
        }
    }
    Err(taken)
}
