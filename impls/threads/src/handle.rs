//! Identity of one tasklet, and whether it still lives.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use switchback::{Control, Message};

use crate::{Threads, cannot_pickle};

/// Names a tasklet. A thread of the operating system can be neither paused nor killed nor
/// looked into from outside, so all of [`Control`] but the number stays
/// [`Kind::Unsupported`](switchback::Kind).
#[derive(Clone)]
pub struct Handle(Arc<Record>);

struct Record {
    number: u64,
    alive: AtomicBool,
}

impl Handle {
    pub(crate) fn new(number: u64, alive: bool) -> Self {
        Self(Arc::new(Record { number, alive: AtomicBool::new(alive) }))
    }

    pub(crate) fn end(&self) {
        self.0.alive.store(false, Ordering::Release);
    }

    /// False once the tasklet has returned, and for one that could not be started: spawned
    /// outside `run`, after main's return, or beyond [`MAX_LIVE`](crate::MAX_LIVE).
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.0.alive.load(Ordering::Acquire)
    }
}

impl Control<Threads> for Handle {
    fn number(&self) -> u64 {
        self.0.number
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.0.number)
    }
}

impl Message for Handle {}

impl Serialize for Handle {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom(cannot_pickle("a tasklet")))
    }
}

impl<'de> Deserialize<'de> for Handle {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom(cannot_pickle("a tasklet")))
    }
}
