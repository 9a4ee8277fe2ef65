//! libexpat: a push parser that calls a [`Handler`], which may suspend the stack that it runs on.
//!
//! ```text
//!   parse  -->  XML_Parse  -->  on_start  -->  Handler::start  -->  an operation waits
//!                                         <--  its error, the exit if the tasklet is killed
//!                          <--  XML_StopParser
//!          <--  XML_STATUS_ERROR
//!   the error goes on; the parser is freed by its destructor
//! ```

use std::ffi::{CStr, c_char, c_int, c_uchar, c_ulong, c_void};
use std::fmt;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Stop;

/// `struct XML_ParserStruct`.
#[repr(C)]
struct Raw {
    _private: [u8; 0],
}

type OnStart = unsafe extern "C" fn(*mut c_void, *const c_char, *mut *const c_char);
type OnEnd = unsafe extern "C" fn(*mut c_void, *const c_char);
type OnText = unsafe extern "C" fn(*mut c_void, *const c_char, c_int);

// `XML_Char` is `char` in the library that pkg-config calls `expat`, and `XML_Size` is `long`.
unsafe extern "C" {
    fn XML_ParserCreate(encoding: *const c_char) -> *mut Raw;
    fn XML_SetUserData(parser: *mut Raw, data: *mut c_void);
    fn XML_SetElementHandler(parser: *mut Raw, start: Option<OnStart>, end: Option<OnEnd>);
    fn XML_SetCharacterDataHandler(parser: *mut Raw, text: Option<OnText>);
    fn XML_Parse(parser: *mut Raw, bytes: *const c_char, length: c_int, last: c_int) -> c_int;
    fn XML_GetErrorCode(parser: *mut Raw) -> c_int;
    fn XML_ErrorString(code: c_int) -> *const c_char;
    fn XML_GetCurrentLineNumber(parser: *mut Raw) -> c_ulong;
    fn XML_GetCurrentColumnNumber(parser: *mut Raw) -> c_ulong;
    fn XML_StopParser(parser: *mut Raw, resumable: c_uchar) -> c_int;
    fn XML_ParserFree(parser: *mut Raw);
}

/// What is told of a document. Names and text are borrowed from the parser for the call.
pub trait Handler {
    /// Why it wants no more.
    type Error;

    /// Whether text is told, which costs a call for each piece.
    const TEXT: bool = false;

    /// A start tag, or the first half of an empty-element tag.
    ///
    /// # Errors
    /// Any: the parser stops.
    fn start(&mut self, name: &str) -> Result<(), Self::Error>;

    /// The end of the element of that name.
    ///
    /// # Errors
    /// Any: the parser stops.
    fn end(&mut self, _name: &str) -> Result<(), Self::Error> {
        Ok(())
    }

    /// A piece of text with its entities resolved. Neighbouring pieces belong together.
    ///
    /// # Errors
    /// Any: the parser stops.
    fn text(&mut self, _text: &str) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// Where a document is not well-formed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Line of the place, counted from 1.
    pub line: u64,
    /// Characters before the place in its line, plus 1.
    pub column: u64,
    /// What libexpat calls it.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, message } = self;
        write!(f, "line {line}, column {column}: {message}")
    }
}

impl std::error::Error for ParseError {}

/// Why [`Parser::parse`] stopped early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure<E> {
    /// The document is not well-formed.
    Document(ParseError),
    /// The handler refused an event.
    Handler(E),
}

/// Parsers of the process that have not been freed.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// How many parsers of the process have not been freed: for those who look for leaks.
#[must_use]
pub fn live() -> usize {
    LIVE.load(Ordering::SeqCst)
}

/// A parser of one document, given in chunks.
///
/// ```
/// use std::convert::Infallible;
/// use switchback_c::expat::{Handler, Parser};
///
/// #[derive(Default)]
/// struct Names(Vec<String>);
///
/// impl Handler for Names {
///     type Error = Infallible;
///
///     fn start(&mut self, name: &str) -> Result<(), Infallible> {
///         self.0.push(name.to_owned());
///         Ok(())
///     }
/// }
///
/// let mut names = Names::default();
/// let mut parser = Parser::new();
/// parser.parse(b"<a><b", false, &mut names).expect("a sound beginning");
/// parser.parse(b"/></a>", true, &mut names).expect("a sound end");
/// assert_eq!(names.0, ["a", "b"]);
/// ```
///
/// While it is in [`parse`](Self::parse) it is borrowed, so that no handler can drop it or begin to
/// parse with it. A stack that is given up while it is suspended in a handler leaks its parser.
#[derive(Debug)]
pub struct Parser(NonNull<Raw>);

// SAFETY: libexpat keeps nothing for a thread; a parser is used by one call at a time, since each
// call borrows it mutably.
unsafe impl Send for Parser {}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

/// One call of `parse`, on the stack of its caller.
struct Call<'h, H: Handler> {
    parser: NonNull<Raw>,
    handler: &'h mut H,
    stop: Option<Stop<Refusal<H::Error>>>,
}

/// What a callback fails with.
enum Refusal<E> {
    Handler(E),
    NotUtf8,
}

impl Parser {
    /// A parser that takes the encoding from the document: UTF-8, UTF-16, ISO-8859-1 or US-ASCII.
    /// Memory that is missing ends the process, as that of a `Box` does.
    #[must_use]
    pub fn new() -> Self {
        // SAFETY: no encoding is a null pointer.
        let parser = NonNull::new(unsafe { XML_ParserCreate(ptr::null()) });
        let Some(parser) = parser else {
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<Raw>());
        };
        LIVE.fetch_add(1, Ordering::SeqCst);
        Self(parser)
    }

    /// Parses the next `chunk` of the document, which is complete if it is the `last` one, and tells
    /// `handler` what is in it. A parser that has failed parses no more and says so.
    ///
    /// # Errors
    /// The first place that is not well-formed, or the first error of the handler, which is told no
    /// more then.
    ///
    /// # Panics
    /// If the handler does, behind the end of the parse.
    pub fn parse<H: Handler>(
        &mut self,
        chunk: &[u8],
        last: bool,
        handler: &mut H,
    ) -> Result<(), Failure<H::Error>> {
        // The length is an `int`.
        const MOST: usize = 1 << 30;
        let mut rest = chunk;
        loop {
            let (now, later) = rest.split_at(rest.len().min(MOST));
            self.parse_some(now, last && later.is_empty(), handler)?;
            if later.is_empty() {
                return Ok(());
            }
            rest = later;
        }
    }

    fn parse_some<H: Handler>(
        &mut self,
        chunk: &[u8],
        last: bool,
        handler: &mut H,
    ) -> Result<(), Failure<H::Error>> {
        let parser = self.0.as_ptr();
        let mut call = Call { parser: self.0, handler, stop: None };
        // SAFETY: the parser lives and is in no other call, which would have borrowed it. The
        // callbacks are for a call with this handler, which outlives `XML_Parse`; they are called
        // from there alone, and the next call sets its own. The chunk has that length.
        let status = unsafe {
            XML_SetUserData(parser, (&raw mut call).cast());
            XML_SetElementHandler(parser, Some(on_start::<H>), Some(on_end::<H>));
            XML_SetCharacterDataHandler(parser, if H::TEXT { Some(on_text::<H>) } else { None });
            XML_Parse(parser, chunk.as_ptr().cast(), chunk.len() as c_int, c_int::from(last))
        };
        match call.stop.map(Stop::go_on) {
            Some(Refusal::Handler(error)) => Err(Failure::Handler(error)),
            Some(Refusal::NotUtf8) => Err(Failure::Document(self.error("text is not UTF-8"))),
            None if status != 0 => Ok(()),
            None => Err(Failure::Document(self.error(self.cause()))),
        }
    }

    /// What libexpat says of the last error.
    fn cause(&self) -> String {
        // SAFETY: the parser lives. A text is one of the library's constants, or null.
        let text = unsafe {
            let text = XML_ErrorString(XML_GetErrorCode(self.0.as_ptr()));
            (!text.is_null()).then(|| CStr::from_ptr(text))
        };
        text.map_or("no cause is known".into(), CStr::to_string_lossy).into_owned()
    }

    /// The place of the last event. The chunk that it is in must be there yet: it is read.
    #[cold]
    #[allow(clippy::useless_conversion, reason = "a long has 32 bits on some systems")]
    fn error(&self, message: impl Into<String>) -> ParseError {
        // SAFETY: the parser lives, and so does the chunk: this is called in `parse_some`.
        let (line, column) = unsafe {
            (XML_GetCurrentLineNumber(self.0.as_ptr()), XML_GetCurrentColumnNumber(self.0.as_ptr()))
        };
        ParseError { line: line.into(), column: u64::from(column) + 1, message: message.into() }
    }
}

impl Drop for Parser {
    fn drop(&mut self) {
        // SAFETY: it was made by `new`, is freed once, and is in no call, which would borrow it.
        unsafe { XML_ParserFree(self.0.as_ptr()) };
        LIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Tells the handler of a call one event, and stops the parser if that fails.
///
/// # Safety
/// `data` is the call of `parse_some` with this handler that is under way.
#[inline(always)]
unsafe fn tell<H: Handler>(
    data: *mut c_void,
    bytes: &[u8],
    event: fn(&mut H, &str) -> Result<(), H::Error>,
) {
    // SAFETY: promised by the caller. Nothing else uses it: the parser calls back once at a time,
    // and the handler does not know of the call.
    let call = unsafe { &mut *data.cast::<Call<'_, H>>() };
    // A parser that was told to stop may have one more event to tell.
    if call.stop.is_some() {
        return;
    }
    let told = Stop::caught(|| match str::from_utf8(bytes) {
        Ok(text) => event(call.handler, text).map_err(Refusal::Handler),
        Err(_) => Err(Refusal::NotUtf8),
    });
    if let Err(stop) = told {
        call.stop = Some(stop);
        // SAFETY: the parser lives, and is in `XML_Parse`, since it calls back. For good: 0.
        unsafe { XML_StopParser(call.parser.as_ptr(), 0) };
    }
}

/// # Safety
/// Called by a parser as `parse_some` sets it.
unsafe extern "C" fn on_start<H: Handler>(
    data: *mut c_void,
    name: *const c_char,
    _: *mut *const c_char,
) {
    // SAFETY: the parser passes the data that was set, and a name that ends with a zero.
    unsafe { tell::<H>(data, CStr::from_ptr(name).to_bytes(), H::start) }
}

/// # Safety
/// As [`on_start`].
unsafe extern "C" fn on_end<H: Handler>(data: *mut c_void, name: *const c_char) {
    // SAFETY: as in `on_start`.
    unsafe { tell::<H>(data, CStr::from_ptr(name).to_bytes(), H::end) }
}

/// # Safety
/// As [`on_start`].
unsafe extern "C" fn on_text<H: Handler>(data: *mut c_void, text: *const c_char, length: c_int) {
    let length = usize::try_from(length).unwrap_or(0);
    // SAFETY: the parser passes the data that was set, and so many bytes.
    unsafe { tell::<H>(data, std::slice::from_raw_parts(text.cast(), length), H::text) }
}

#[cfg(test)]
mod tests;
