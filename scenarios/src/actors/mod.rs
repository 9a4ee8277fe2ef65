//! Actors: tasklets with state of their own that talk to each other and share nothing.
//!
//! ```text
//!   one after the other     counting, thread_ring, sieve
//!   many at once            fork_join_creation, fork_join_throughput, big, chameneos
//!   one that serves many    dictionary, sorted_list
//!   a tree of actors        recursive_fibonacci, quicksort, skynet
//! ```
//!
//! The problems and their sizes are those of Savina, a public suite for actor libraries, but for
//! [`skynet`]. There an actor has a mailbox without bounds; here a mailbox is a channel, and a
//! sender waits until its message is taken. Where two actors could wait for each other, one of them
//! is two tasklets.
//!
//! The usual sizes are short runs. The published ones are the large sizes, which `--effort full`
//! measures.
//!
//! Law: results and counts do not depend on the order in which a backend runs the tasklets. An
//! actor that is asked by several others gives answers that depend on the one that asks alone, and
//! what tasklets report to main is added up. Main returns after the last message was received.

use crate::scenario::{Limit, on_threads};

pub mod big;
pub mod chameneos;
pub mod counting;
pub mod dictionary;
pub mod fork_join_creation;
pub mod fork_join_throughput;
pub mod quicksort;
pub mod recursive_fibonacci;
pub mod sieve;
pub mod skynet;
pub mod sorted_list;
pub mod thread_ring;

crate::list! {
    /// The problems of actors.
    pub struct Actors;
    every counting;
    every fork_join_creation;
    every fork_join_throughput;
    every thread_ring;
    every chameneos;
    every big;
    every dictionary;
    every sorted_list;
    every recursive_fibonacci;
    every quicksort;
    every sieve;
    every skynet;
}

/// Published sizes are hundreds of thousands of messages: with a switch of OS threads for each, a
/// run takes many seconds.
const fn messages_on_threads(from: u64) -> Limit {
    Limit { of: on_threads, from, why: "more messages than OS threads hand over in a few seconds" }
}
