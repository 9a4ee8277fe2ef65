//! Backends that are broken on purpose, one rule at a time.
//!
//! ```text
//!   tasklet of Mutant<B>  --Via-->  tasklet of B       every form, frames and pickles included
//!   operation of B        --Act-->  operation of Mutant<B>
//!                             |
//!                          deviate: what the fault of this process does instead
//! ```
//!
//! [`Mutant`] forwards the whole of a real backend and keeps all its rules while the fault is
//! [`Fault::None`]; the suite has to pass on it then. Any other [`Fault`] breaks one rule, in the
//! one place that asks for it by name, and the suite has to notice.

#![deny(unsafe_code)]

/// The README, so that its example is tried.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod act;
mod backend;
mod callbacks;
mod channel;
mod claims;
mod fault;
mod handle;
mod pickles;
mod tricks;
mod via;

use std::marker::PhantomData;

pub use channel::Channel;
pub use claims::{Boasts, Claims, Honest, Modest};
pub use fault::{Base, Fault, VARIABLE};
pub use handle::Handle;

/// Backend `B` with the [`Fault`] of this process, which declares what `C` says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mutant<B, C = Honest>(PhantomData<fn() -> (B, C)>);
