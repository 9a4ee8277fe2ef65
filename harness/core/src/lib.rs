//! Tasklets that meet on rendezvous channels, in the model of Stackless Python.
//!
//! A scenario is written once, generic over the [`Backend`], as `#[tasklet] async fn`. The
//! backend decides how it is suspended; the scheduler and the channels are one kernel.

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
