//! A push parser for the scenario, and the same parser as portable data.
//!
//! [`parse`] drives a handler: the handler is called and cannot pause, unless the whole native
//! stack is suspended under it. [`Cursor`] is the form for backends that cannot do that: asked for
//! one event at a time, it can be kept over an await and put into a pickle.
//!
//! It checks nesting, attributes, references and that there is one root; it reads no DTD.

use std::borrow::Cow;
use std::fmt;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event as Token};
use serde::{Deserialize, Serialize};
use switchback::{Error, Message};

use super::{Document, Event, OwnedEvent};

/// Parses `document` and calls `handler` with every event in document order.
///
/// It keeps no state outside its own stack frame, so any number of parsers may be under way at
/// once, and a handler may suspend the stack it runs on.
///
/// # Errors
/// The first place that is not well-formed, or the first error of the handler.
pub fn parse<E>(
    document: &str,
    handler: &mut impl FnMut(Event<'_>) -> Result<(), E>,
) -> Result<(), ParseFailure<E>> {
    let mut parser = Parser::new(document);
    while let Some(event) = parser.read().map_err(ParseFailure::Document)? {
        handler(event).map_err(ParseFailure::Handler)?;
    }
    Ok(())
}

/// Why [`parse`] stopped early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseFailure<E> {
    /// The document is not well-formed.
    Document(Malformed),
    /// The handler refused an event.
    Handler(E),
}

impl From<ParseFailure<Error>> for Error {
    fn from(failure: ParseFailure<Error>) -> Self {
        match failure {
            ParseFailure::Document(malformed) => malformed.into(),
            ParseFailure::Handler(error) => error,
        }
    }
}

/// Where a document is not well-formed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Bytes before the place.
    pub offset: usize,
    /// Line of the place, counted from 1.
    pub line: usize,
    /// Characters before the place in its line, plus 1.
    pub column: usize,
    /// What is wrong there.
    pub cause: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, line, column, cause } = self;
        write!(f, "line {line}, column {column} (byte {offset}): {cause}")
    }
}

impl std::error::Error for Malformed {}

impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        Self::from_error(malformed)
    }
}

/// Where a parser is in its document: enough to go on from there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// Bytes read.
    offset: usize,
    /// Names of the open elements, outermost first, as begin and end in the document.
    open: Vec<(usize, usize)>,
    /// The innermost one is an empty-element tag whose end has not been told.
    closing: bool,
    /// The root has begun.
    rooted: bool,
}

/// One parse under way.
#[derive(Clone)]
struct Parser<'d> {
    document: &'d str,
    /// Splits the document from byte `start` on into tokens.
    tokens: Reader<&'d [u8]>,
    start: usize,
    at: Position,
    /// Text of the current event if it is not literally in the document.
    text: String,
}

impl<'d> Parser<'d> {
    fn new(document: &'d str) -> Self {
        Self::from(document, Position::default())
    }

    fn from(document: &'d str, at: Position) -> Self {
        let mut tokens = Reader::from_str(&document[at.offset..]);
        // Nesting is checked here, because the reader forgets it when a position is taken up again.
        tokens.config_mut().check_end_names = false;
        tokens.config_mut().allow_unmatched_ends = true;
        Self { document, tokens, start: at.offset, at, text: String::new() }
    }

    fn name(&self, (begin, end): (usize, usize)) -> &'d str {
        &self.document[begin..end]
    }

    /// The next event, or nothing at the end of a complete document.
    fn read(&mut self) -> Result<Option<Event<'_>>, Malformed> {
        if std::mem::take(&mut self.at.closing)
            && let Some(name) = self.at.open.pop()
        {
            return Ok(Some(Event::End(self.name(name))));
        }
        loop {
            let begin = self.at.offset;
            let token = self.tokens.read_event();
            self.at.offset = self.start + self.tokens.buffer_position() as usize;
            let token = token.map_err(|error| {
                let place = self.start + self.tokens.error_position() as usize;
                self.malformed(place.max(begin), error.to_string())
            })?;
            let outside = self.at.open.is_empty();
            match token {
                Token::Start(tag) => return self.opened(begin, &tag).map(Some),
                Token::Empty(tag) => {
                    self.at.closing = true;
                    return self.opened(begin, &tag).map(Some);
                }
                Token::End(tag) => return self.closed(begin, tag.name().as_ref()).map(Some),
                Token::Text(text) if outside => {
                    if !text.trim_ascii().is_empty() {
                        return Err(self.malformed(begin, "text outside the root element"));
                    }
                }
                Token::Text(text) => return Ok(Some(self.told(text.xml10_content()))),
                Token::CData(_) | Token::GeneralRef(_) if outside => {
                    return Err(self.malformed(begin, "text outside the root element"));
                }
                Token::CData(text) => return Ok(Some(self.told(text.xml10_content()))),
                Token::GeneralRef(reference) => {
                    let Some(char) = resolve(&reference) else {
                        return Err(
                            self.malformed(begin, format!("unknown entity &{};", &*reference))
                        );
                    };
                    return Ok(Some(self.told(Cow::Owned(char.into()))));
                }
                Token::Decl(_) | Token::DocType(_) | Token::Comment(_) | Token::PI(_) => {}
                Token::Eof => return self.ended(begin).map(|()| None),
            }
        }
    }

    fn opened(&mut self, begin: usize, tag: &BytesStart<'_>) -> Result<Event<'d>, Malformed> {
        if self.at.open.is_empty() && std::mem::replace(&mut self.at.rooted, true) {
            return Err(self.malformed(begin, "a second root element"));
        }
        let length = tag.name().as_ref().len();
        if length == 0 {
            return Err(self.malformed(begin, "a tag without a name"));
        }
        if tag.len() > length
            && let Some(error) = tag.attributes().find_map(Result::err)
        {
            return Err(self.malformed(begin, error.to_string()));
        }
        let name = (begin + 1, begin + 1 + length);
        self.at.open.push(name);
        Ok(Event::Start(self.name(name)))
    }

    fn closed(&mut self, begin: usize, found: &str) -> Result<Event<'d>, Malformed> {
        let expected = self.at.open.pop().map(|name| self.name(name));
        match expected {
            Some(name) if name == found => Ok(Event::End(name)),
            Some(name) => {
                Err(self.malformed(begin, format!("expected </{name}>, found </{found}>")))
            }
            None => Err(self.malformed(begin, format!("</{found}> closes nothing"))),
        }
    }

    fn told(&mut self, text: Cow<'d, str>) -> Event<'_> {
        match text {
            Cow::Borrowed(text) => Event::Text(text),
            Cow::Owned(text) => {
                self.text = text;
                Event::Text(&self.text)
            }
        }
    }

    fn ended(&self, begin: usize) -> Result<(), Malformed> {
        match self.at.open.last() {
            Some(name) => {
                let cause = format!("the document ends inside <{}>", self.name(*name));
                Err(self.malformed(begin, cause))
            }
            None if self.at.rooted => Ok(()),
            None => Err(self.malformed(begin, "no element")),
        }
    }

    #[cold]
    fn malformed(&self, offset: usize, cause: impl Into<String>) -> Malformed {
        let before = &self.document.as_bytes()[..offset.min(self.document.len())];
        let last = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        // The bytes of a character after its first one do not count.
        let column = last.iter().filter(|byte| **byte & 0xC0 != 0x80).count() + 1;
        Malformed { offset, line, column, cause: cause.into() }
    }
}

/// The character a reference in a text stands for. Without a DTD there are no others.
fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    match &**reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => reference.resolve_char_ref().ok().flatten(),
    }
}

/// A parser of a [`Document`] that is asked for its events one by one.
///
/// Portable: its pickle is the name of the document, an offset and the open elements. Deserialized
/// it goes on where the original was.
///
/// ```
/// use switchback_scenarios::sax::{Document, OwnedEvent, push::Cursor};
///
/// let mut cursor = Cursor::new(Document::library(1));
/// assert_eq!(cursor.read()?, Some(OwnedEvent::Start("plist".into())));
/// let mut elements = 1;
/// while let Some(_name) = cursor.read_element()? {
///     elements += 1;
/// }
/// assert_eq!(elements, Document::library(1).elements());
/// # Ok::<(), switchback_scenarios::sax::push::Malformed>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "(Document, Position)", into = "(Document, Position)")]
pub struct Cursor {
    document: Document,
    /// Boxed, because a frame moves what it keeps.
    parser: Box<Parser<'static>>,
}

impl Message for Cursor {}

impl Cursor {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(document: Document) -> Self {
        Self { document, parser: Box::new(Parser::new(document.text())) }
    }

    /// The next event, or nothing at the end of a complete document.
    ///
    /// # Errors
    /// The place where the document is not well-formed.
    pub fn read(&mut self) -> Result<Option<OwnedEvent>, Malformed> {
        Ok(self.parser.read()?.map(Event::to_owned))
    }

    /// The name of the next element, passing over all other events.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_element(&mut self) -> Result<Option<Box<str>>, Malformed> {
        while let Some(event) = self.parser.read()? {
            if let Event::Start(name) = event {
                return Ok(Some(name.into()));
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({:?} at {:?})", self.document, self.parser.at)
    }
}

impl From<Cursor> for (Document, Position) {
    fn from(cursor: Cursor) -> Self {
        (cursor.document, cursor.parser.at)
    }
}

/// Refuses a position that is none of the document's.
impl TryFrom<(Document, Position)> for Cursor {
    type Error = String;

    fn try_from((document, at): (Document, Position)) -> Result<Self, String> {
        let text = document.text();
        let within = |&(begin, end): &(usize, usize)| {
            begin < end && end <= at.offset && text.get(begin..end).is_some()
        };
        if !text.is_char_boundary(at.offset) || !at.open.iter().all(within) {
            return Err(format!("byte {} is no place in {document:?}", at.offset));
        }
        Ok(Self { document, parser: Box::new(Parser::from(text, at)) })
    }
}

#[cfg(test)]
mod tests;
