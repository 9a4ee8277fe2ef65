//! SAX to iterator (S10): a push parser in a tasklet, its callbacks send, the main program iterates.
//!
//! ```text
//!   document --> push::parse --> handler(event) --> how it gets out --> tally of the names
//!                                                   |
//!                                                   +-- a tasklet on a channel: the scenario
//!                                                   +-- counted in place, lock + deque, queue: `plain`
//! ```
//!
//! The document is generated ([`library`]): a music library in the form of a property list, with
//! the number of elements of the talk's file. [`iterate`] is the scenario; the rest needs no backend.

pub mod iterate;
pub mod library;
pub mod plain;
pub mod push;

mod event;

pub use event::{Event, Outcome, OwnedEvent, Tally};
pub use library::Document;
