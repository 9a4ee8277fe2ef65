//! From a scenario to a trusted number: witness gate, paired sampler, results file.
//!
//! ```text
//!  Suite ──> one child process per block and repetition ──> samples ──> statistics ──> run.json
//!              audit, calibrate, shuffled rounds                                          │
//!              every sample's witness against its law                                     └─> report (callback)
//! ```
//!
//! No number without a verified witness; no comparison outside one interleaved block. `METHOD.md`
//! beside this crate says how the numbers are made, `FORMAT.md` what the file holds.

#![forbid(unsafe_code)]

pub mod results;
pub mod witness;
