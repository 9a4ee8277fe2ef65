//! Programs in other languages, measured and judged as backends are.
//!
//! ```text
//!   peer.toml --manifest--> find, build --> Found
//!                                             |
//!                     +-----------------------+---------------------+
//!                     | process: one JSON object per line, one question at a time
//!                     v                                             v
//!       conformance: programs -> events -> suite      measuring: samples -> witness, own times
//! ```
//!
//! What is said is in `PEER_PROTOCOL.md` beside this crate. Whatever a peer does wrong is a [`Fault`]
//! of that peer: a verdict, and a text with its last lines.
//!
//! [`Fault`]: switchback_bench::Fault

#![forbid(unsafe_code)]

pub mod conformance;
pub mod find;
pub mod manifest;
pub mod measuring;
pub mod process;
pub mod protocol;
mod waiting;

pub use find::{Found, State};
pub use manifest::{KnownFailures, Manifest};
