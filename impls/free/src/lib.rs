//! What backends without an order of events share: everything but the way to suspend.
//!
//! ```text
//!   Free<R>: Backend            R: Runtime starts a tasklet, and says how one waits
//!     run, spawn, handles         threads     an OS thread each
//!        |                        may         a stackful coroutine each
//!     Run: what is awake          tokio, smol a task each
//!     Member: one tasklet
//!     Rendezvous: a channel on wakers; a runtime may bring its own
//! ```
//!
//! The runtime chooses the next tasklet, so only the order-free rules hold (SPEC section 21).

#![forbid(unsafe_code)]

mod backend;
mod bell;
mod handle;
mod member;
#[cfg(test)]
mod models;
mod park;
mod rendezvous;
mod run;
mod sync;

pub use backend::{Action, Free, Runtime, Stackful, cannot_pickle};
pub use handle::Handle;
pub use member::{Member, contain_future};
pub use park::park_until_ready;
pub use rendezvous::Rendezvous;
pub use run::Run;
