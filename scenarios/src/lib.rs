//! The scenarios, written once, generic over the backend.
//!
//! ```text
//!   one module per scenario              law(size)         what must come out, from plain code
//!     pingpong, stream, ring, spawn,     run::<B>(size)    the witness of one run
//!     schedule, factorial, depth,
//!     sax, pickle, features, talk
//!   matrix   the list of scenarios and the list of backends
//!   plain    the same work without tasklets: references
//!   naive    a scheduler as one writes it first: a warning
//! ```
//!
//! A scenario never knows its backend. Each module says what it shows, what it does not show, and its law.

#![forbid(unsafe_code)]

pub mod capacity;
pub mod carried;
pub mod depth;
pub mod factorial;
pub mod features;
pub mod freeze_thaw;
pub mod matrix;
pub mod naive;
pub mod pickle;
pub mod pingpong;
pub mod plain;
pub mod queens;
pub mod ring;
pub mod sax;
pub mod schedule;
pub mod snapshot;
pub mod spawn;
pub mod stream;
pub mod talk;
pub mod work;
