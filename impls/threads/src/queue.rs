//! The kinds of channel that the threads are compared on.

use crate::crossing::{Buffer, Crossing};
use crate::deque::Monitor;
use crate::here::Here;

/// A kind of channel. This list is closed: its parts are private.
pub trait Queue: Copy + Default + std::fmt::Debug + Send + Sync + 'static {
    /// Name of the backend.
    const NAME: &'static str;
    /// Values it holds beyond those that receivers wait for; 0 for a rendezvous.
    const CAPACITY: u32;
    /// What carries the values.
    #[doc(hidden)]
    type Pipe<T: Send + 'static>: Pipe<T>;
}

/// Carries values between threads that a ledger has let in.
///
/// A caller that `arrives` is certain of a peer or of room; the others wait. Once the caller is
/// called away, `leave` is asked: with true it goes, with false a peer is certain to serve it.
#[doc(hidden)]
pub trait Pipe<T>: Send + Sync + 'static {
    /// An empty pipe for `capacity` values.
    fn new(capacity: u32) -> Self;
    /// Gives the value back if the caller has left.
    ///
    /// # Errors
    /// The value.
    fn put(&self, here: &Here, value: T, arrives: bool, leave: &dyn Fn() -> bool) -> Result<(), T>;
    /// `None` if the caller has left.
    fn get(&self, here: &Here, arrives: bool, leave: &dyn Fn() -> bool) -> Option<T>;
}

macro_rules! queues {
    ($($(#[$doc:meta])* $queue:ident: $name:literal, $capacity:literal, $pipe:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $queue;

        impl Queue for $queue {
            const NAME: &'static str = $name;
            const CAPACITY: u32 = $capacity;
            type Pipe<T: Send + 'static> = $pipe<T>;
        }
    )*};
}

queues! {
    /// crossbeam's channel of capacity 0.
    Rendezvous: "threads", 0, Crossing;
    /// crossbeam's channel of capacity 1.
    Queue1: "threads-queue-1", 1, Buffer;
    /// crossbeam's channel of capacity 1,000.
    Queue1000: "threads-queue-1000", 1_000, Buffer;
    /// A lock, a deque of at most 1,000 values, two condition variables.
    Deque: "threads-deque", 1_000, Monitor;
}
