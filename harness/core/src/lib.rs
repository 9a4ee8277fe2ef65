//! Tasklets that meet on rendezvous channels, in the model of Stackless Python.
//!
//! ```
//! use switchback::prelude::*;
//!
//! #[tasklet]
//! async fn divider<B: Backend>(
//!     requests: B::Channel<(i64, i64, B::Channel<i64>)>,
//! ) -> Result<(), Error> {
//!     loop {
//!         let (x, y, reply) = requests.receive().await?;
//!         reply.send(x / y).await?;
//!     }
//! }
//!
//! #[tasklet]
//! async fn asker<B: Backend>() -> Result<i64, Error> {
//!     let requests: B::Channel<(i64, i64, B::Channel<i64>)> = B::channel();
//!     let reply: B::Channel<i64> = B::channel();
//!     B::spawn(divider(requests.clone()));
//!     requests.send((8, 4, reply.clone())).await?;
//!     reply.receive().await
//! }
//!
//! fn quotient<B: Backend>() -> Result<i64, Error> {
//!     B::run(asker())
//! }
//! # fn main() {}
//! ```
//!
//! `quotient::<switchback_soft::Soft>()` gives `Ok(2)`, and so does any other backend: a program is
//! written once, generic over the [`Backend`], which is a crate of its own and decides how a tasklet
//! is suspended.
//!
//! # What to read next
//!
//! | you want to | read |
//! |---|---|
//! | use tasklets | [`tasklet`], what a body may contain; [`Backend`], the operations of the scheduler; [`Channel`], [`Control`] |
//! | make an iterator of a tasklet | [`Backend::generate`], [`Generator`] |
//! | write suspended tasklets to bytes, or copy them | [`Portable`], [`pickle`] |
//! | call blocking or foreign code that calls back | [`Blocking`] |
//! | bring a backend | [`kernel::Driver`], the shortest way; [`Operation`] |
//!
//! # Features
//!
//! * `seal`: pickles with a keyed seal, for storage that others can write to ([`pickle`]). Off by
//!   default.

// Lets `::switchback::` paths made by the macros work inside this crate.
#[allow(unused_extern_crates)]
extern crate self as switchback;

mod backend;
mod budget;
mod capabilities;
mod channel;
mod contain;
mod control;
mod error;
pub mod frame;
mod generator;
pub mod kernel;
mod message;
pub mod operation;
pub mod pickle;
pub mod prelude;
mod sequence;
pub mod shape;
mod tasklet;
mod value;

pub use backend::{Backend, Blocking, ChannelCallback, ErrorHandler, Portable, ScheduleCallback};
pub use budget::{AtomicSection, Budget};
pub use capabilities::{Capabilities, Counts};
pub use channel::{Channel, Iteration, Preference};
pub use contain::{contain, dispose, give_up, panicked};
pub use control::{Control, Status};
pub use error::{Error, Kind};
pub use generator::Generator;
pub use message::Message;
pub use operation::{Begun, Operation, Request};
pub use pickle::LoadBudget;
pub use sequence::{end_iteration, send_sequence};
pub use switchback_macros::{message, tasklet};
pub use tasklet::Tasklet;
pub use value::{AnyMessage, Value};

#[doc(hidden)]
pub mod __private {
    pub use serde;
}
