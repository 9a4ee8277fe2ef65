//! From a scenario to a trusted number: witness gate, paired sampler, results file.
//!
//! ```text
//!  Suite ──> a fresh process per block and repetition ──> samples ──> statistics ──> run.json
//!            audit, calibrate, shuffled rounds,                                        │
//!            every sample's witness against its law                  report (callback) <┘
//! ```
//!
//! No number without a verified witness; no comparison outside one interleaved block; no backend
//! runs in the process that keeps the results until it has proved itself in another.
//! `METHOD.md` beside this crate says how the numbers are made, `FORMAT.md` what the file holds.
//!
#![cfg_attr(feature = "harness", doc = "```no_run")]
#![cfg_attr(not(feature = "harness"), doc = "```text")]
//! use std::process::ExitCode;
//!
//! use switchback_bench::{
//!     Block, Cell, Suite, floor, repeat, results::About, witness::{Law, Witness},
//! };
//!
//! // The whole of `benches/suite.rs`, with `harness = false` in the manifest.
//! fn main() -> ExitCode {
//!     let block = Block::new("sum", 1000, "addition", || Law::of(499_500))
//!         .reference(floor::cell())
//!         .cell(Cell::new("iterator", 1000.0, |iterations| {
//!             repeat(iterations, || Ok(Witness::of((0..1000).sum())))
//!         }))
//!         .cell(Cell::unsupported("abacus", "more than ten digits"));
//!     let about = About { scenario: "sum".into(), title: "A sum".into(), ..About::default() };
//!     switchback_bench::main(Suite {
//!         blocks: vec![block],
//!         scenarios: vec![about],
//!         backends: vec![],
//!         capacity: vec![],
//!         report: |_, _| Ok(()),
//!         compiled: switchback_bench::compiled!(),
//!     })
//! }
//! ```
//!
//! Without the feature `harness` only [`results`], [`witness`], [`text`] and the types of [`capacity`] remain:
//! enough to read a results file, and nothing that could run a backend.

#![forbid(unsafe_code)]

pub mod capacity;
pub mod json;
pub mod results;
pub mod text;
pub mod witness;

#[cfg(feature = "harness")]
mod arguments;
#[cfg(feature = "harness")]
mod book;
#[cfg(feature = "harness")]
mod built;
#[cfg(feature = "harness")]
pub mod clock;
#[cfg(feature = "harness")]
mod criterion_face;
#[cfg(feature = "harness")]
mod dispatch;
#[cfg(feature = "harness")]
mod energy;
#[cfg(feature = "harness")]
pub mod environment;
#[cfg(feature = "harness")]
mod face;
#[cfg(feature = "harness")]
mod fault;
#[cfg(feature = "harness")]
pub mod floor;
#[cfg(feature = "harness")]
mod interrupt;
#[cfg(feature = "harness")]
mod lines;
#[cfg(feature = "harness")]
pub mod paired;
#[cfg(feature = "harness")]
mod peak;
#[cfg(feature = "harness")]
mod plan;
#[cfg(feature = "harness")]
mod progress;
#[cfg(feature = "harness")]
mod sampler;
#[cfg(feature = "harness")]
mod settings;
#[cfg(feature = "harness")]
mod shard;
#[cfg(feature = "harness")]
mod shuffle;
#[cfg(feature = "harness")]
pub mod statistics;
#[cfg(feature = "harness")]
mod suite;
#[cfg(feature = "harness")]
pub mod summary;
#[cfg(feature = "harness")]
mod table;
#[cfg(feature = "harness")]
mod warm;
#[cfg(feature = "harness")]
mod watchdog;
#[cfg(feature = "harness")]
mod worker;

#[cfg(feature = "harness")]
pub use self::{
    built::Compiled,
    clock::Clock,
    face::{begin, main, refuse},
    fault::Fault,
    settings::PEERS,
    suite::{Block, Cell, Sampling, Suite, Told, repeat},
    worker::is_worker,
};

/// What [`compiled!`] expands to.
#[cfg(feature = "harness")]
#[doc(hidden)]
pub mod private {
    pub use switchback_flags::flags;
}
