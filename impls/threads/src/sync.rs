//! The lock and the condition variable of the deque: those of std, and under test those of loom,
//! whose models in `deque.rs` try the orders they can be taken in.

#[cfg(not(test))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

#[cfg(test)]
pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
