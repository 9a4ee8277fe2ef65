//! libexpat, a push parser in C, in a tasklet: its callbacks send, the main tasklet iterates.
//!
//! ```text
//!   parser:  parse --> XML_Parse --> callback -- a name --> main: next, next, ..
//! ```
//!
//! The scenario [`sax`](crate::sax) with a real parser: the same document, the same names, the same
//! ends. Law: one message per element, one for the end. Whatever the iteration does, the parser is
//! freed: a parser whose tasklet is killed has the exit from the operation in its callback, stops,
//! and C returns.

use std::convert::Infallible;

use switchback::{Blocking, Channel, Error, Kind, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};
use switchback_c::expat::{Failure, Handler, ParseError, Parser};

use crate::sax::iterate::{self, digest, tally};
use crate::sax::{Document, Outcome, OwnedEvent, Tally};
use crate::scenario::{Family, Limit, Reference, Row, Scenario, Words, on_threads_without_buffer};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "expat",
    family: Family::Callbacks,
    words: Words {
        title: "libexpat to iterator",
        work: "libexpat, a push parser written in C, calls back for every element of an XML file; \
               the program iterates over them instead. The parser runs in a tasklet whose callback \
               sends to a channel.",
        shows: "What turning the control flow inside out costs out of the frames of a C library.",
        does_not_show: "How fast the parser is: the reference has the same one. Text and \
                        attributes, which no row asks for.",
        cost: "One message per element; linear in the elements of the file.",
        plot: Plot::Ratio,
    },
    operation: "document",
    size: "elements of the document",
    origin: "the Stackless Python talks of 2007, whose parser was expat, too",
    sizes: &[220_523],
    large: &[],
    small: &[23, 23 + 49 * 3],
    operations: |_| 1,
    law,
    limits: &[Limit::ENDS],
    slow: on_threads_without_buffer,
    reference: Reference::Row(Row::new("counter-in-callback", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Sends the name of every element. Its error is that of a send: the exit, if the tasklet that
/// parses is killed.
struct Sends<'a, B: Blocking>(&'a B::Channel<OwnedEvent>);

impl<B: Blocking> Handler for Sends<'_, B> {
    type Error = Error;

    fn start(&mut self, name: &str) -> Result<(), Error> {
        B::wait(self.0.send(OwnedEvent::Start(name.into())))
    }
}

/// Parses a text and sends the name of every element from inside of C.
fn send_names<B: Blocking>(
    text: &str,
    events: &B::Channel<OwnedEvent>,
) -> Result<(), Failure<Error>> {
    Parser::new().parse(text.as_bytes(), true, &mut Sends::<B>(events))
}

/// The parser: what it tells ends with [`Kind::StopIteration`] or the first fault of the document.
#[tasklet]
pub async fn parser<B: Blocking>(
    document: Document,
    events: B::Channel<OwnedEvent>,
) -> Result<(), Error> {
    let end: Error = match send_names::<B>(document.text(), &events) {
        Ok(()) => Kind::StopIteration.into(),
        Err(Failure::Document(fault)) => Error::from_error(fault),
        // The iterator is gone: nothing is left to tell.
        Err(Failure::Handler(error)) => return Err(error),
    };
    events.send_error(end).await
}

/// What [`parser()`] tells, counted by a main tasklet that iterates.
#[tasklet]
pub async fn iterated<B: Blocking>(document: Document) -> Result<Outcome, Error> {
    let events = B::channel::<OwnedEvent>();
    B::spawn(parser(document, events.clone()));
    tally(events).await
}

#[tasklet]
async fn iterated_digest<B: Blocking>(document: Document) -> Result<u64, Error> {
    let outcome: Outcome = iterated(document).await?;
    Ok(digest(outcome))
}

/// Iterates over a document of `elements` elements.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Blocking>(elements: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(iterated_digest(Document::of(elements)), counting)
}

/// Counts in the callback.
#[derive(Default)]
struct Counts(Tally);

impl Handler for Counts {
    type Error = Infallible;

    fn start(&mut self, name: &str) -> Result<(), Infallible> {
        self.0.element(name);
        Ok(())
    }
}

/// The reference: the names of a document, counted in the callback itself.
///
/// # Errors
/// The place where the document is not well-formed.
pub fn counted(document: Document) -> Result<Outcome, ParseError> {
    let mut counts = Counts::default();
    match Parser::new().parse(document.text().as_bytes(), true, &mut counts) {
        Ok(()) => Ok(counts.0.outcome()),
        Err(Failure::Document(fault)) => Err(fault),
        Err(Failure::Handler(never)) => match never {},
    }
}

/// The reference as a cell of the benchmark.
///
/// # Errors
/// As [`counted`], in words.
pub fn plain(elements: u64) -> Result<Witness, String> {
    let outcome = counted(Document::of(elements)).map_err(|fault| fault.to_string())?;
    Ok(Witness::of(digest(outcome)))
}

/// As that of [`sax`](iterate::law).
#[must_use]
pub fn law(elements: u64) -> Law {
    iterate::law(elements)
}
