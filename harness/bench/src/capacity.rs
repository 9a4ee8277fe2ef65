//! How far a backend goes: tasklets alive at once, calls nested, and the memory that each takes.
//!
//! ```text
//! parent    one process per probe ──> how far it came, by and by ──> verified, or asked for less
//! child     probe(most, watch) ──> watch(count): enough memory left? a mark? say so
//! ```
//!
//! Not a matter of time, so there are no samples: a probe runs once, in a process of its own, which it
//! may take with it. How far it came then is what a second process confirms, since only what came
//! back and added up counts.

#[cfg(feature = "harness")]
mod child;
#[cfg(feature = "harness")]
mod memory;
#[cfg(feature = "harness")]
mod parent;
#[cfg(feature = "harness")]
mod probe;

#[cfg(feature = "harness")]
pub use self::{
    child::watch_process,
    probe::{Probe, Run},
};
#[cfg(feature = "harness")]
pub(crate) use self::{
    child::{VARIABLE, serve},
    memory::kibibytes,
    parent::measure,
};

/// Told how many there are; false ends the growth. May be called on any thread.
pub type Watch = fn(u64) -> bool;

/// What a probe came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// How many there were at once.
    pub count: u64,
    /// Why the backend refused to go on; nothing if it did not.
    pub refused: Option<String>,
    /// Digest of what came back, which is `expected` if every tasklet came to the right end.
    pub digest: u64,
    /// The digest that plain code finds.
    pub expected: u64,
}
