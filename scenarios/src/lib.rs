//! The scenarios, written once, generic over the backend.
//!
//! ```text
//!   one module per scenario              SCENARIO          sizes, law, references, limits, words
//!     pingpong, stream, ring, spawn,     run::<B>(size)    the witness of one run
//!     schedule, factorial, depth, sax,
//!     pickle, snapshot, queens, features
//!   actors   the problems of actors of Savina, and skynet
//!   control  the problems of the public suite of control operators, a module each
//!   foreign  under the frames of C: the sort of libc, libexpat
//!   sharing  tasklets that share something: actors of Savina, a dispatcher, the arena
//!   scenario what a scenario is, and how another crate adds its own
//!   matrix   the list of scenarios and the list of backends
//!   suite    both as what `cargo bench` measures
//!   peers    programs in other languages beside the backends
//!   carried  scenarios that are moved from scheduler to scheduler
//!   plain    the same work without tasklets: references
//!   naive    a scheduler as one writes it first: a warning
//! ```
//!
//! A scenario never knows its backend. Its `SCENARIO` says what it shows and what it does not show,
//! its module what its law counts.

#![forbid(unsafe_code)]

#[doc(hidden)]
pub use switchback;
#[cfg(feature = "suite")]
pub use switchback_bench::compiled;

pub mod actors;
pub mod capacity;
pub mod carried;
pub mod control;
pub mod depth;
pub mod factorial;
pub mod features;
pub mod foreign;
pub mod freeze_thaw;
pub mod matrix;
pub mod naive;
#[cfg(feature = "suite")]
pub mod peers;
pub mod pickle;
pub mod pingpong;
pub mod plain;
pub mod queens;
pub mod ring;
mod rows;
pub mod sax;
pub mod scenario;
pub mod schedule;
pub mod sharing;
pub mod snapshot;
pub mod spawn;
pub mod stream;
#[cfg(feature = "suite")]
pub mod suite;
pub mod talk;
pub mod work;
