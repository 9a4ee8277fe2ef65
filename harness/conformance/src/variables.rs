//! The variables that a run of the suite reads.

use std::path::{Path, PathBuf};

/// Variable: files of further recordings, several separated by `:`.
pub const VECTORS: &str = "SWITCHBACK_VECTORS";
/// Variable: number of random programs, 256 unless set.
pub const CASES: &str = "SWITCHBACK_CASES";
/// Variable: seed of the first random program, 0 unless set; each further one counts it up.
pub const SEED: &str = "SWITCHBACK_SEED";
/// Variable: multiplies all limits of time; 1 unless set.
pub const TIMEOUT_SCALE: &str = "SWITCHBACK_TIMEOUT_SCALE";
/// Variable: folder that the results are written to, whatever part of the suite runs.
pub const RESULTS: &str = "SWITCHBACK_RESULTS";

/// Variable: `1` tries every case to the end, however often its failure was seen before.
pub const KEEP_GOING: &str = "SWITCHBACK_KEEP_GOING";

/// Variable: `all` for the whole matrix of destructors instead of the choice that a suite has.
pub const CHAOS: &str = "SWITCHBACK_CHAOS";

/// The files that [`VECTORS`] names.
pub(crate) fn files_from_outside() -> Vec<PathBuf> {
    let files = std::env::var_os(VECTORS).unwrap_or_default();
    let files = std::env::split_paths(&files);
    files.filter(|file| *file != Path::new("")).collect()
}

/// What all limits of time are multiplied with.
pub(crate) fn scale() -> Result<f64, String> {
    let Some(text) = variable(TIMEOUT_SCALE)? else { return Ok(1.0) };
    let scale = text.parse().ok().filter(|scale: &f64| *scale > 0.0 && *scale <= 1e6);
    scale.ok_or_else(|| {
        format!("{TIMEOUT_SCALE} is `{text}`; it must be a number above 0, at most 1000000")
    })
}

/// Whether [`KEEP_GOING`] is set.
pub(crate) fn keep_going() -> Result<bool, String> {
    match variable(KEEP_GOING)?.as_deref() {
        None | Some("" | "0") => Ok(false),
        Some("1") => Ok(true),
        Some(text) => Err(format!("{KEEP_GOING} is `{text}`; it must be 0 or 1")),
    }
}

/// The number that a variable holds.
pub(crate) fn number(name: &str) -> Result<Option<u64>, String> {
    let Some(text) = variable(name)? else { return Ok(None) };
    let wrong = || format!("{name} is `{text}`; it must be a whole number");
    text.parse().map(Some).map_err(|_| wrong())
}

/// What a variable holds, which must be text.
pub(crate) fn variable(name: &str) -> Result<Option<String>, String> {
    let Some(value) = std::env::var_os(name) else { return Ok(None) };
    let wrong = |value| format!("{name} is {value:?}; it must be UTF-8");
    value.into_string().map(Some).map_err(wrong)
}
