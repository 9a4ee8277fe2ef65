//! What a parser tells, and what is made of it.

use serde::{Deserialize, Serialize};
use switchback::Message;
use switchback_bench::witness::Digest;

/// One event of a document, borrowed from the parser for as long as the handler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A start tag with its name, or the first half of an empty-element tag.
    Start(&'a str),
    /// The end of the element of that name.
    End(&'a str),
    /// A piece of text with its entities resolved. Neighbouring pieces belong together: an entity
    /// is a piece of its own.
    Text(&'a str),
}

impl Event<'_> {
    /// A copy that may leave the handler.
    #[must_use]
    pub fn to_owned(self) -> OwnedEvent {
        match self {
            Self::Start(name) => OwnedEvent::Start(name.into()),
            Self::End(name) => OwnedEvent::End(name.into()),
            Self::Text(text) => OwnedEvent::Text(text.into()),
        }
    }
}

/// An [`Event`] as a message. 24 bytes, which is what a transfer slot holds in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnedEvent {
    /// See [`Event::Start`].
    Start(Box<str>),
    /// See [`Event::End`].
    End(Box<str>),
    /// See [`Event::Text`].
    Text(Box<str>),
}

impl Message for OwnedEvent {}

/// The consumer: counts elements and digests their names in document order.
///
/// Plain data, so that a tasklet may keep it over an await.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    elements: u64,
    digest: u64,
}

impl Message for Tally {}

impl Tally {
    /// Takes the name of the next element.
    #[inline]
    pub fn element(&mut self, name: &str) {
        let mut digest = Digest::new();
        digest.push_u64(self.digest);
        digest.push_str(name);
        self.elements += 1;
        self.digest = digest.finish();
    }

    /// Takes the next event; only starts count.
    #[inline]
    pub fn event(&mut self, event: Event<'_>) {
        if let Event::Start(name) = event {
            self.element(name);
        }
    }

    /// What was taken so far.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        Outcome { elements: self.elements, digest: self.digest }
    }
}

/// Result of every variant of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Elements that reached the consumer.
    pub elements: u64,
    /// Chained [`Digest`] of their names, in the order of arrival; 0 for none.
    pub digest: u64,
}

impl Message for Outcome {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owned_event_fits_a_transfer_slot() {
        assert!(size_of::<OwnedEvent>() <= 24);
    }

    #[test]
    fn the_outcome_depends_on_the_order_of_names() {
        let of = |names: [&str; 2]| {
            let mut tally = Tally::default();
            for name in names {
                tally.event(Event::Start(name));
            }
            tally.event(Event::Text("dict"));
            tally.event(Event::End("dict"));
            tally.outcome()
        };
        assert_eq!(of(["key", "dict"]).elements, 2);
        assert_ne!(of(["key", "dict"]).digest, of(["dict", "key"]).digest);
        assert_eq!(of(["key", "dict"]), of(["key", "dict"]));
    }
}
