//! The scenario: a parser in a tasklet, its events on a channel, the main tasklet iterating.
//!
//! Law: one message per element, one for the end. The end of the document ends the iteration, and
//! so does its first fault: the iterator gets the parser's own error with the place in it.

use switchback::{Backend, Blocking, Channel, Error, Iteration, Kind, Portable, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::push::{Cursor, Malformed, ParseFailure, parse};
use super::{Document, Event, Outcome, OwnedEvent, Tally, plain};
use crate::carried::Carry;
use crate::scenario::{
    Family, Limit, Reference, Row, Scenario, Source, Words, on_threads_without_buffer,
};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "sax",
    family: Family::Iterators,
    words: Words {
        title: "SAX to iterator",
        work: "A push parser calls back for every element of an XML file; the program wants to \
               iterate over them instead. The parser runs in a tasklet whose callback sends to a \
               channel.",
        shows: "What turning the control flow inside out costs beside real work, and what the \
                thread-based ways to the same end cost.",
        does_not_show: "How fast the parser is: all variants use the same one, and it takes most \
                        of the time.",
        cost: "One message per element; linear in the elements of the file.",
        plot: Plot::Ratio,
    },
    operation: "document",
    size: "elements of the document",
    origin: "the Stackless Python talks of 2007: a file of 220,523 elements, an iterator made of \
             callbacks",
    sizes: &[220_523],
    large: &[],
    small: &[23, 23 + 49 * 3],
    operations: |_| 1,
    law,
    limits: &[Limit::ENDS],
    slow: on_threads_without_buffer,
    reference: Reference::Row(Row::new("counter-in-handler", |size| {
        in_document(size, plain::counted)
    })),
    beside: &[
        Row::new("lock-and-deque", |size| in_document(size, plain::deque)).on_workers(),
        Row::new("queue-of-1000", |size| in_document(size, plain::queue)).on_workers(),
    ],
    elsewhere: &[
        Source::TALK.both("counter in handler", "1.46 s", 1.0),
        Source::TALK.both("Stackless iterator", "2.25 s", 1.54),
        Source::TALK.both("lock + deque", "2.34 s", 1.60),
        Source::TALK.both("Queue(1000)", "13.1 s", 9.0),
        Source::AGAIN.ratio("Stackless 3.7 soft", 1.48),
        Source::AGAIN.ratio("PyPy stackless", 1.9),
        Source::AGAIN.ratio("greenlet", 1.9),
    ],
};

/// A row without tasklets.
fn in_document(
    elements: u64,
    variant: fn(&str) -> Result<Outcome, Malformed>,
) -> Result<Witness, String> {
    let outcome = variant(Document::of(elements).text()).map_err(|error| error.to_string())?;
    Ok(Witness::of(digest(outcome)))
}

/// The push form: the parser calls back, and the callback suspends the whole native stack.
#[tasklet]
pub async fn push_parser<B: Blocking>(
    document: Document,
    events: B::Channel<OwnedEvent>,
) -> Result<(), Error> {
    let end: Error = match parse(document.text(), &mut |event: Event<'_>| match event {
        Event::Start(_) => B::wait(events.send(event.to_owned())),
        Event::End(_) | Event::Text(_) => Ok(()),
    }) {
        Ok(()) => Kind::StopIteration.into(),
        Err(ParseFailure::Document(malformed)) => malformed.into(),
        // The iterator is gone: no reader is left to tell.
        Err(ParseFailure::Handler(error)) => return Err(error),
    };
    events.send_error(end).await
}

/// The cursor form, for backends that suspend a tasklet only at its own awaits.
#[tasklet]
pub async fn pull_parser<B: Backend>(
    document: Document,
    events: B::Channel<OwnedEvent>,
) -> Result<(), Error> {
    let mut cursor: Cursor = Cursor::new(document);
    let end: Error = loop {
        match cursor.read_element() {
            Ok(Some(name)) => events.send(OwnedEvent::Start(name)).await?,
            Ok(None) => break Kind::StopIteration.into(),
            Err(malformed) => break malformed.into(),
        }
    };
    events.send_error(end).await
}

/// Iterates over what a parser sends, up to the end of the document or its first fault.
#[tasklet]
pub(crate) async fn tally<B: Backend>(events: B::Channel<OwnedEvent>) -> Result<Outcome, Error> {
    let mut tally: Tally = Tally::default();
    while let Some(event) = events.next().await.item()? {
        if let OwnedEvent::Start(name) = event {
            tally.element(&name);
        }
    }
    // Lets the parser end, which would be killed otherwise.
    B::schedule().await?;
    Ok(tally.outcome())
}

/// What [`push_parser()`] tells, counted by a main tasklet that iterates.
#[tasklet]
pub async fn pushed<B: Blocking>(document: Document) -> Result<Outcome, Error> {
    let events = B::channel::<OwnedEvent>();
    B::spawn(push_parser(document, events.clone()));
    tally(events).await
}

/// What [`pull_parser()`] tells, counted by a main tasklet that iterates.
#[tasklet]
pub async fn pulled<B: Backend>(document: Document) -> Result<Outcome, Error> {
    let events = B::channel::<OwnedEvent>();
    B::spawn(pull_parser(document, events.clone()));
    tally(events).await
}

#[tasklet]
async fn pushed_digest<B: Blocking>(document: Document) -> Result<u64, Error> {
    let outcome: Outcome = pushed(document).await?;
    Ok(digest(outcome))
}

#[tasklet]
pub(crate) async fn pulled_digest<B: Backend>(document: Document) -> Result<u64, Error> {
    let outcome: Outcome = pulled(document).await?;
    Ok(digest(outcome))
}

/// Main with its digest into a channel.
#[tasklet]
async fn passenger<B: Backend>(elements: u64, out: B::Channel<u64>) -> Result<(), Error> {
    let digest: u64 = pulled_digest(Document::of(elements)).await?;
    out.send(digest).await
}

/// On journeys.
#[must_use]
pub fn carry<B: Portable>() -> Carry<B> {
    Carry {
        sizes: &[23],
        program: || B::program::<passenger::Call<B>>(),
        start: |elements, out| drop(B::spawn(passenger(elements, out))),
        unmoved: |elements| B::run(pulled_digest(Document::of(elements))),
    }
}

/// Iterates over a document of `elements` elements, by the push parser.
///
/// # Errors
/// What the backend fails with.
pub fn run_push<B: Blocking>(elements: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(pushed_digest(Document::of(elements)), counting)
}

/// Iterates over a document of `elements` elements, by the cursor.
///
/// # Errors
/// What the backend fails with.
pub fn run_pull<B: Backend>(elements: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(pulled_digest(Document::of(elements)), counting)
}

/// The names of the document, found without a parser, and what they cost.
#[must_use]
pub fn law(elements: u64) -> Law {
    Law {
        tasklets: Some(1),
        peak_alive: Some(1),
        messages: Some(elements + 1),
        // To the parser and back for every element and for the end; once more for its own end.
        switches: Some(2 * (elements + 1) + 2),
        ..Law::of(digest(outcome(Document::of(elements))))
    }
}

/// The digest of a witness.
#[must_use]
pub const fn digest(outcome: Outcome) -> u64 {
    mix(outcome.digest, outcome.elements)
}

/// The names of a well-formed document in their order, found by looking for tags.
#[must_use]
pub fn outcome(document: Document) -> Outcome {
    let mut tally = Tally::default();
    for tag in document.text().split('<').skip(1) {
        if tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let end = tag.find(|c: char| !c.is_ascii_alphanumeric());
            tally.element(&tag[..end.unwrap_or(tag.len())]);
        }
    }
    tally.outcome()
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use switchback_baton::Baton;
    use switchback_hard::Hard;
    use switchback_poll::Poll;
    use switchback_soft::Soft;
    use switchback_threads::Threads;

    use super::*;

    type Variant = fn(Document) -> Result<Outcome, Error>;

    const VARIANTS: [(&str, Variant); 8] = [
        ("hard, pushed", |document| Hard::run(pushed(document))),
        ("hard, pulled", |document| Hard::run(pulled(document))),
        ("soft, pulled", |document| Soft::run(pulled(document))),
        ("poll, pulled", |document| Poll::run(pulled(document))),
        ("baton, pushed", |document| Baton::run(pushed(document))),
        ("threads, pushed", |document| Threads::run(pushed(document))),
        ("threads, pulled", |document| Threads::run(pulled(document))),
        ("handler", |document| Ok(plain::counted(document.text())?)),
    ];

    #[test]
    fn every_variant_iterates_over_all_names_in_order() {
        let document = Document::library(12);
        for (name, variant) in VARIANTS {
            assert_eq!(variant(document), Ok(outcome(document)), "{name}");
        }
    }

    #[test]
    fn the_iterator_gets_the_error_of_the_parser_with_its_place() {
        for element in [0, 1, 300] {
            let document = Document::library(12).malformed(element);
            let offset = document.text().find("</wrong>").expect("the fault");
            for (name, variant) in VARIANTS {
                let error = variant(document).unwrap_err();
                let place = error.source().and_then(|source| source.downcast_ref::<Malformed>());
                assert_eq!(place.map(|malformed| malformed.offset), Some(offset), "{name}");
            }
        }
    }

    #[tasklet]
    async fn first_fault<B: Blocking>(document: Document) -> Result<(u64, Error), Error> {
        let events = B::channel::<OwnedEvent>();
        B::spawn(push_parser(document, events.clone()));
        let mut elements = 0u64;
        loop {
            match events.next().await.item() {
                Ok(Some(_)) => elements += 1,
                Ok(None) => return Err(Error::new("no fault", "")),
                Err(fault) => return Ok((elements, fault)),
            }
        }
    }

    #[test]
    fn everything_before_a_fault_reaches_the_iterator() {
        let document = Document::library(2).malformed(57);
        let (elements, fault) = Hard::run(first_fault(document)).expect("a fault as a value");
        assert_eq!(elements, 57);
        assert!(fault.detail().contains("</wrong>"), "{fault}");
    }

    #[tasklet]
    async fn impatient<B: Blocking>(document: Document) -> Result<OwnedEvent, Error> {
        let events = B::channel::<OwnedEvent>();
        B::spawn(push_parser(document, events.clone()));
        events.receive().await
    }

    #[test]
    fn an_iterator_may_leave_in_the_middle_of_a_parse() {
        let first = OwnedEvent::Start("plist".into());
        assert_eq!(Hard::run(impatient(Document::FULL)), Ok(first.clone()));
        assert_eq!(Threads::run(impatient(Document::FULL)), Ok(first));
    }
}
