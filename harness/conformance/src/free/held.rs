//! Something that the tasklets of one process share.

use std::ops::Deref;
use std::sync::{Arc, Weak};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use switchback::Message;

const STAYS: &str = "what a check holds stays in its process";

/// Shared between tasklets and with the check that started them; refuses to be pickled.
#[derive(Debug)]
pub(super) struct Held<T>(Arc<T>);

impl<T> Held<T> {
    pub(super) fn new(content: T) -> Self {
        Self(Arc::new(content))
    }

    /// The content for as long as it is held.
    pub(super) fn weak(&self) -> Weak<T> {
        Arc::downgrade(&self.0)
    }

    /// How many hold it.
    pub(super) fn holders(&self) -> usize {
        Arc::strong_count(&self.0)
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send + Sync + 'static> Message for Held<T> {}

impl<T> Serialize for Held<T> {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom(STAYS))
    }
}

impl<'de, T> Deserialize<'de> for Held<T> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom(STAYS))
    }
}
