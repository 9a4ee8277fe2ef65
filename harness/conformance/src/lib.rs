//! Shows whether a backend keeps the rules of the model.
//!
//! For a backend of your own: a test target `conformance` with `harness = false`, a
//! dev-dependency on this crate, and one line in `tests/conformance.rs`:
//!
//! ```text
//! switchback_conformance::main!(MyBackend);
//! ```
//!
//! ```text
//! recordings --parse--> Program, trace          random programs
//!                          |      |                   |
//!             interpret on B      |          model under our rules
//!                          |      |                   |
//!                       events  expected  <-----------+
//!                          +--differ--+
//! ```

mod basic;
mod case;
pub mod chaos;
pub mod cursor;
pub mod differ;
mod event;
pub mod faults;
pub mod free;
pub mod generate;
pub mod interpret;
mod json;
mod living;
pub mod model;
mod needs;
pub mod portable;
mod program;
mod recorder;
pub mod report;
pub mod statements;
mod subject;
pub mod suite;
mod variables;
pub mod vector;
mod verdict;
mod watch;

pub use case::{Case, Failure, LIMIT, group};
pub use event::Event;
pub use json::Json;
pub use needs::missing;
pub use program::{Op, Program};
pub use subject::Subject;
pub use vector::{Malformed, Vector};
pub use verdict::Verdict;
