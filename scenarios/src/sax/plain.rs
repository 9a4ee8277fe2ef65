//! The same work without tasklets: what the tasklet version is compared with.
//!
//! [`counted`] is the floor, counting in the handler, which needs no iterator at all. The other
//! two turn the handler inside out with OS threads, as the talk does: [`deque`] with a lock and a
//! deque, [`queue`] with a queue of 1000. Each counts and digests the same names.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crossbeam_channel::bounded;

use super::push::{Malformed, ParseFailure, parse};
use super::{Event, Outcome, Tally};

/// Events the queue of [`queue`] holds before its producer waits.
pub const QUEUE: usize = 1_000;

/// Counts in the handler itself.
///
/// # Errors
/// The place where the document is not well-formed.
pub fn counted(document: &str) -> Result<Outcome, Malformed> {
    let mut tally = Tally::default();
    elements(document, |name| tally.element(name))?;
    Ok(tally.outcome())
}

/// A thread parses and appends to a deque under a lock; the caller polls the deque.
///
/// As in the talk the deque has no bound and no thread is woken up: a consumer that finds it empty
/// yields its processor and looks again. Both threads are busy all the time.
///
/// # Errors
/// As [`counted`], after everything before that place was consumed.
pub fn deque(document: &str) -> Result<Outcome, Malformed> {
    let names = Mutex::new(VecDeque::<Box<str>>::new());
    let locked = || names.lock().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|scope| {
        let producer = scope.spawn(|| elements(document, |name| locked().push_back(name.into())));
        let mut tally = Tally::default();
        loop {
            // Asked before the look at the deque: nothing is appended in between.
            let last = producer.is_finished();
            let name = locked().pop_front();
            match name {
                Some(name) => tally.element(&name),
                None if last => break,
                None => thread::yield_now(),
            }
        }
        joined(producer)?;
        Ok(tally.outcome())
    })
}

/// A thread parses and puts into a queue of [`QUEUE`] names; the caller takes from it.
///
/// # Errors
/// As [`deque`].
pub fn queue(document: &str) -> Result<Outcome, Malformed> {
    let (sender, names) = bounded::<Box<str>>(QUEUE);
    thread::scope(|scope| {
        // The sender ends with the thread, and with it the iteration below, whatever happens.
        let producer = scope.spawn(move || {
            elements(document, |name| {
                // The receiver outlives the thread.
                let _ = sender.send(name.into());
            })
        });
        let mut tally = Tally::default();
        names.iter().for_each(|name| tally.element(&name));
        joined(producer)?;
        Ok(tally.outcome())
    })
}

/// Parses and calls `take` with the name of every element.
fn elements(document: &str, mut take: impl FnMut(&str)) -> Result<(), Malformed> {
    let mut handler = |event: Event<'_>| {
        if let Event::Start(name) = event {
            take(name);
        }
        Ok::<(), std::convert::Infallible>(())
    };
    parse(document, &mut handler).map_err(|failure| match failure {
        ParseFailure::Document(malformed) => malformed,
        ParseFailure::Handler(never) => match never {},
    })
}

/// The result of the producer; its panic goes on in the consumer.
fn joined<T>(producer: thread::ScopedJoinHandle<'_, T>) -> T {
    producer.join().unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::super::Document;
    use super::*;

    type Variant = fn(&str) -> Result<Outcome, Malformed>;
    const VARIANTS: [(&str, Variant); 3] =
        [("counted", counted), ("deque", deque), ("queue", queue)];

    #[test]
    fn all_variants_see_the_same_names_in_order() {
        // More elements than the queue holds.
        let document = Document::library(60);
        let law = super::super::iterate::outcome(document);
        assert_eq!(law.elements, document.elements());
        for (name, variant) in VARIANTS {
            assert_eq!(variant(document.text()), Ok(law), "{name}");
        }
    }

    #[test]
    fn the_full_library_is_counted() {
        let outcome = counted(Document::FULL.text());
        assert_eq!(outcome.map(|outcome| outcome.elements), Ok(220_523));
    }

    #[test]
    fn every_variant_passes_the_error_on_with_its_place() {
        for element in [0, 1, 2_500] {
            let document = Document::library(60).malformed(element);
            let offset = document.text().find("</wrong>").expect("the fault");
            for (name, variant) in VARIANTS {
                let error = variant(document.text()).unwrap_err();
                assert_eq!(error.offset, offset, "{name} at element {element}: {error}");
            }
        }
    }
}
