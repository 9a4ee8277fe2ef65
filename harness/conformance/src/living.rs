//! Counters of what programs leave in a backend: cursors stand for tasklets, parcels for values.
//!
//! Both travel as plain data through whatever the backend does with them: cloned, written, read,
//! moved to another thread. Each instance counts itself until it is dropped, so after a run that
//! lost nothing both counters are where they were.

use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use switchback::Message;

use crate::Json;

/// Counter of what tasklets keep in their frames.
pub(crate) const TASKLETS: usize = 0;
/// Counter of values on their way.
pub(crate) const VALUES: usize = 1;

static LIVING: [AtomicI64; 2] = [const { AtomicI64::new(0) }; 2];

/// How many there are now in this process.
pub(crate) fn count(what: usize) -> i64 {
    LIVING[what].load(Ordering::SeqCst)
}

/// Counts itself while it lives.
#[derive(Debug)]
pub(crate) struct Living<const WHAT: usize>(());

impl<const WHAT: usize> Living<WHAT> {
    pub(crate) fn new() -> Self {
        LIVING[WHAT].fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl<const WHAT: usize> Clone for Living<WHAT> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<const WHAT: usize> Drop for Living<WHAT> {
    fn drop(&mut self) {
        LIVING[WHAT].fetch_sub(1, Ordering::SeqCst);
    }
}

impl<const WHAT: usize> Serialize for Living<WHAT> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de, const WHAT: usize> Deserialize<'de> for Living<WHAT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer).map(|()| Self::new())
    }
}

/// A value on its way through a channel or a slot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parcel {
    pub(crate) value: Json,
    life: Living<VALUES>,
}

impl Message for Parcel {}

impl From<Json> for Parcel {
    fn from(value: Json) -> Self {
        Self { value, life: Living::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_what_is_read_from_bytes_are_counted_until_they_are_dropped() {
        // A counter of its own: the other tests of this crate run beside it.
        const HERE: usize = VALUES;
        let before = count(HERE);
        let first = Parcel::from(Json::Int(1));
        let copy = first.clone();
        let bytes = postcard::to_allocvec(&copy).expect("a parcel can be written");
        let read: Parcel = postcard::from_bytes(&bytes).expect("what was written can be read");
        assert_eq!((count(HERE) - before, &read.value), (3, &Json::Int(1)));
        drop((first, copy, read));
        assert_eq!(count(HERE), before);
    }
}
