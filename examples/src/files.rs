//! Files that are whole, and names that can be shown.

use std::collections::hash_map::RandomState;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Write as _};
use std::path::Path;

/// A name on one line, for a terminal: what cannot be printed, such as ESC, and what ends a line is
/// escaped, and so is the backslash. Other text stays as it is.
///
/// ```
/// # use switchback_examples::files::shown;
/// assert_eq!(shown("it's \"ä\".xml"), "it's \"ä\".xml");
/// assert_eq!(shown("a\x1b[31m\n\\"), r"a\u{1b}[31m\n\\");
/// ```
#[must_use]
pub fn shown(name: impl AsRef<OsStr>) -> String {
    let mut text = String::new();
    for chunk in name.as_ref().as_encoded_bytes().utf8_chunks() {
        let escaped = chunk.valid().escape_debug().to_string();
        text += &escaped.replace("\\\"", "\"").replace("\\'", "'");
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Writes a file that has either all the bytes or, after an error, what it had before. The bytes go
/// to a new file beside it, which then takes its name and its permissions. A link to a file stays a
/// link. A device or a pipe is written to as it is, since nothing is lost there.
///
/// # Errors
/// Why it cannot be written; then nothing is left beside the file either.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (path, old) = match File::options().write(true).open(path) {
        Ok(mut old) => {
            let found = old.metadata()?;
            if !found.is_file() {
                return old.write_all(bytes);
            }
            (fs::canonicalize(path)?, Some(found.permissions()))
        }
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => (path.to_owned(), None),
        Err(cause) => return Err(cause),
    };
    if let Some(limit) = limit().filter(|limit| *limit < bytes.len() as u64) {
        let text = format!(
            "expected to write {} bytes, found a limit of {limit} for a file: raise it, as with \
             `ulimit -f`",
            bytes.len()
        );
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    let by_chance = RandomState::new().build_hasher().finish();
    let part = path.with_file_name(format!(".switchback-{by_chance:016x}.part"));
    // Whatever has this name already, a link included, is an error.
    let mut file = File::options().write(true).create_new(true).open(&part)?;
    let permitted = old.map_or(Ok(()), |permissions| file.set_permissions(permissions));
    let written = permitted
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&part, &path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

/// Bytes that a file may have, if the system says so. A process that writes more is killed there,
/// and a process that is killed removes nothing.
fn limit() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max file size"))?;
    line.split_whitespace().next()?.parse().ok()
}
