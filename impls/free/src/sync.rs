//! The locks and atomics of this crate: those of std, and under test those of loom, whose
//! models in `models.rs` try the orders they can be taken in.

#[cfg(not(test))]
pub(crate) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU64, AtomicUsize},
};

#[cfg(test)]
pub(crate) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU64, AtomicUsize},
};

use std::sync::PoisonError;
// Not one of loom's: numbers are no part of a protocol.
use std::sync::atomic::{AtomicU64 as Numbers, Ordering::Relaxed};

/// Locks, also after a panic: what is behind these locks is whole between any two statements.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number that nothing else in the process has; never 0.
pub(crate) fn number() -> u64 {
    static NEXT: Numbers = Numbers::new(1);
    NEXT.fetch_add(1, Relaxed)
}
