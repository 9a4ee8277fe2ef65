//! An XML file of any size as a loop over its elements: how often each name is there, how deep they
//! nest, and how long that takes on each backend.
//!
//! ```text
//! $ sax FILE.xml [BACKEND]      a file, on every backend or on one
//! $ sax - [BACKEND]             standard input, on one: hard, unless said; so is a pipe with a name
//! elements by name
//!           2  b
//!           1  a
//! elements         3
//! greatest depth   2
//! hard             0.001 s
//! ```
//!
//! A push parser calls back for each element. It runs in a tasklet whose callback sends, and main
//! iterates. The file is read in chunks of 64 KiB. Memory grows with the list of different names, with
//! the depth (the parser keeps the names of the elements that are open) and with the longest piece
//! that the parser holds whole: with both parsers a tag with its attributes or a comment, with
//! quick-xml also a CDATA section or other text.
//!
//! The parser is quick-xml, which reads UTF-8 and knows no entities but the five of XML. It sees
//! whether elements nest, and lets some documents pass that are not well-formed otherwise, such as
//! those with a digit at the beginning of a name or a reference to an unknown entity in a value. With
//! `--features expat` it is libexpat, a library in C (libexpat1-dev on Debian), which reads UTF-16
//! and ISO-8859-1 too and follows the doctype inside of the file. Other encodings are for `iconv`.
//!
//! What cannot be read is one line on standard error, with line and column if it is in the document
//! (those where the tag or the text begins, with quick-xml), and exit code 2. Names are shown with
//! control characters escaped, as in `\u{1b}`. A reader of the output that leaves early is no error.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use switchback::{Backend, Blocking, Channel, Error, Generator, message, tasklet};
use switchback_baton::Baton;
use switchback_examples::files::shown;
use switchback_examples::output::print;
use switchback_hard::Hard;
use switchback_may::MayOne;
use switchback_threads::Threads;

/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;

/// What the parser calls with the name of each element and its depth, the root's being 1.
type Tell<'a> = &'a mut dyn FnMut(&str, u64) -> Result<(), Error>;

/// What the parser sends.
#[message]
pub struct Element {
    name: Box<str>,
    depth: u64,
}

/// What is in a document.
#[message]
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    names: Vec<(String, u64)>,
    depth: u64,
}

/// The parser: a library that calls, and knows nothing of tasklets.
#[tasklet]
async fn parser<B: Blocking>(elements: B::Channel<Element>, path: String) -> Result<(), Error> {
    let mut tell =
        |name: &str, depth: u64| B::wait(elements.send(Element { name: name.into(), depth }));
    if path == "-" {
        document(&mut io::stdin().lock(), &mut tell)
    } else {
        let mut file = File::open(path).map_err(Error::from_error)?;
        document(&mut file, &mut tell)
    }
}

/// Bytes at the beginning that tell the encoding.
const HEAD: u64 = 1024;

/// Tells the elements of a document, if a parser knows the encoding.
fn document(input: &mut dyn Read, tell: Tell<'_>) -> Result<(), Error> {
    let mut head = Vec::new();
    input.take(HEAD).read_to_end(&mut head).map_err(Error::from_error)?;
    if let Some(encoding) = encoding::of(&head).filter(|found| !encoding::by_libexpat(found)) {
        return Err(Error::new("", format!("line 1, column 1: {}", encoding::refused(encoding))));
    }
    parse::document(&head, &mut head.chain(input), tell)
}

mod encoding {
    use super::parse::PARSER;

    /// The encoding that the first bytes show, unless they are those of ASCII.
    pub fn of(head: &[u8]) -> Option<&'static str> {
        let first = |byte: &u8| *byte == b'<' || byte.is_ascii_whitespace();
        match head {
            [0, 0, 0xFE, 0xFF, ..] | [0xFF, 0xFE, 0, 0, ..] => Some("UTF-32"),
            [0, 0, 0, byte, ..] if first(byte) => Some("UTF-32BE"),
            [byte, 0, 0, 0, ..] if first(byte) => Some("UTF-32LE"),
            [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] => Some("UTF-16"),
            [0, byte, ..] | [byte, 0, ..] if first(byte) => Some("UTF-16"),
            _ => None,
        }
    }

    /// Whether libexpat reads it.
    pub fn by_libexpat(encoding: &str) -> bool {
        ["utf-8", "us-ascii", "iso-8859-1", "utf-16", "utf-16be", "utf-16le"]
            .iter()
            .any(|known| encoding.eq_ignore_ascii_case(known))
    }

    /// What to do with a document that declares, in ASCII, what its parser does not read.
    pub fn declared(encoding: &str) -> String {
        let lower = encoding.to_ascii_lowercase();
        if lower.starts_with("utf-16") || lower.starts_with("utf-32") {
            return format!(
                "expected {encoding}, as is declared, found bytes of ASCII: correct the declaration"
            );
        }
        refused(encoding)
    }

    /// What to do with a document that neither parser reads.
    pub fn refused(encoding: &str) -> String {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let sound = encoding.starts_with(|first: char| first.is_ascii_alphabetic())
            && encoding.bytes().all(word);
        let name = if sound { encoding } else { "ENCODING" };
        format!(
            "the encoding {encoding}, which {PARSER} does not read: convert the document to UTF-8, \
             for example with `iconv -f {name} -t UTF-8`, and correct the encoding that it declares"
        )
    }
}

/// The loop.
fn tally<B: Blocking>(elements: Generator<B, Element>) -> Result<Seen, Error> {
    let mut names: BTreeMap<Box<str>, u64> = BTreeMap::new();
    let mut deepest = 0;
    for element in elements {
        let Element { name, depth } = element?;
        deepest = deepest.max(depth);
        *names.entry(name).or_default() += 1;
    }
    let names = names.into_iter().map(|(name, count)| (name.into(), count)).collect();
    Ok(Seen { names, depth: deepest })
}

#[tasklet]
async fn count<B: Blocking>(path: String) -> Result<Seen, Error> {
    tally(B::generate::<Element, _>(|elements| parser(elements, path)))
}

type Count = fn(String) -> Result<Seen, Error>;

const BACKENDS: [(&str, Count); 5] = [
    ("hard", |path| Hard::run(count(path))),
    ("generator", |path| switchback_generator::Generator::run(count(path))),
    ("baton", |path| Baton::run(count(path))),
    ("threads", |path| Threads::run(count(path))),
    ("may-1", |path| MayOne::run(count(path))),
];

/// Counts on one backend after the other, and says what came of it.
fn report(path: &str, backends: &[(&str, Count)]) -> Result<String, Error> {
    let mut seen: Option<Seen> = None;
    let mut times = String::new();
    for (name, count) in backends {
        let begin = Instant::now();
        let again = count(path.to_owned())?;
        // Writing to a String cannot fail.
        let _ = writeln!(times, "{name:<16} {:.3} s", begin.elapsed().as_secs_f64());
        if seen.get_or_insert_with(|| again.clone()) != &again {
            return Err(Error::new("", "changed while it was read"));
        }
    }
    let Seen { mut names, depth } = seen.unwrap_or(Seen { names: Vec::new(), depth: 0 });
    // The most frequent first; those that are equal by name.
    names.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut text = "elements by name\n".to_owned();
    for (name, count) in &names {
        let _ = writeln!(text, "{count:>11}  {}", shown(name));
    }
    let elements: u64 = names.iter().map(|(_, count)| count).sum();
    let _ = write!(text, "elements         {elements}\ngreatest depth   {depth}\n{times}");
    Ok(text)
}

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).map(std::ffi::OsString::into_string);
    let arguments = match arguments.collect::<Result<Vec<String>, _>>() {
        Ok(arguments) => arguments,
        Err(part) => {
            return refuse(&format!("expected arguments in UTF-8, found {}", shown(part)));
        }
    };
    let names = BACKENDS.map(|(name, _)| name).join(", ");
    let usage = format!("usage: sax FILE.xml|- [BACKEND]; backends are {names}");
    let (path, backends) = match arguments.as_slice() {
        [help] if help == "--help" => return end(print(&format!("{usage}\n"))),
        [path, ..] if path.is_empty() => {
            return refuse(&format!("{usage}; expected the name of a file, found an empty one"));
        }
        // What can be read once is read on one.
        [path] if path == "-" || fs::metadata(path).is_ok_and(|found| !found.is_file()) => {
            (path, &BACKENDS[..1])
        }
        [path] => (path, &BACKENDS[..]),
        [path, wanted] => match BACKENDS.iter().find(|(name, _)| name == wanted) {
            Some(backend) => (path, std::slice::from_ref(backend)),
            None => {
                return refuse(&format!("no backend `{}`: there are {names}", shown(wanted)));
            }
        },
        _ => return refuse(&usage),
    };
    let path_shown = if path == "-" { "standard input".to_owned() } else { shown(path) };
    end(report(path, backends)
        .map_err(|cause| format!("{path_shown}: {}", shown(cause.to_string())))
        .and_then(|text| print(&text)))
}

fn end(outcome: Result<(), String>) -> ExitCode {
    outcome.map_or_else(|cause| refuse(&cause), |()| ExitCode::SUCCESS)
}

fn refuse(cause: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "sax: {cause}");
    ExitCode::from(2)
}

/// libexpat.
#[cfg(feature = "expat")]
mod parse {
    use switchback_c::expat::{Failure, Handler, ParseError, Parser};

    use super::*;

    pub const PARSER: &str = "libexpat";

    struct Elements<'a> {
        depth: u64,
        tell: Tell<'a>,
    }

    impl Handler for Elements<'_> {
        type Error = Error;

        fn start(&mut self, name: &str) -> Result<(), Error> {
            self.depth += 1;
            (self.tell)(name, self.depth)
        }

        fn end(&mut self, _: &str) -> Result<(), Error> {
            self.depth -= 1;
            Ok(())
        }
    }

    /// The encoding that a document declares in its head, whatever the width of its characters.
    fn declared(head: &[u8]) -> Option<String> {
        let ascii: Vec<u8> = head.iter().copied().filter(|byte| *byte != 0).collect();
        let text = String::from_utf8_lossy(&ascii);
        let (declaration, _) = text.split_once("?>")?;
        let (_, value) = declaration.split_once("encoding")?;
        let value = value.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next()?;
        Some(value[quote.len_utf8()..].split_once(quote)?.0.to_owned())
    }

    /// In words that say what to do, if libexpat does not know the encoding.
    fn told(head: &[u8], fault: ParseError) -> ParseError {
        match declared(head) {
            Some(name) if fault.message == "unknown encoding" => {
                ParseError { message: encoding::declared(&name), ..fault }
            }
            _ => fault,
        }
    }

    /// Tells the elements of a document. `head` are its first bytes, with which `input` begins.
    pub fn document(head: &[u8], input: &mut dyn Read, tell: Tell<'_>) -> Result<(), Error> {
        let (mut parser, mut elements) = (Parser::new(), Elements { depth: 0, tell });
        let mut chunk = vec![0; CHUNK];
        loop {
            let length = match input.read(&mut chunk) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(Error::from_error)?,
            };
            parser.parse(&chunk[..length], length == 0, &mut elements).map_err(|failure| {
                match failure {
                    Failure::Document(fault) => Error::from_error(told(head, fault)),
                    Failure::Handler(error) => error,
                }
            })?;
            if length == 0 {
                return Ok(());
            }
        }
    }
}

/// quick-xml, which is asked for one event after the other: here it calls back.
#[cfg(not(feature = "expat"))]
mod parse {
    use std::io::{BufRead, BufReader};

    use quick_xml::Reader;
    use quick_xml::events::{BytesRef, BytesStart, Event};

    use super::*;

    pub const PARSER: &str = "quick-xml";

    /// An input that knows in which line and column it is.
    struct Lines<'a> {
        input: BufReader<&'a mut dyn Read>,
        line: u64,
        column: u64,
    }

    impl Read for Lines<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.fill_buf()?.read(buffer)?;
            self.consume(length);
            Ok(length)
        }
    }

    impl BufRead for Lines<'_> {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            self.input.fill_buf()
        }

        fn consume(&mut self, length: usize) {
            for byte in &self.input.buffer()[..length] {
                match byte {
                    b'\n' => (self.line, self.column) = (self.line + 1, 1),
                    // The bytes of a character after its first one.
                    0x80..=0xBF => {}
                    _ => self.column += 1,
                }
            }
            self.input.consume(length);
        }
    }

    /// Tells the elements of a document. `head` are its first bytes, with which `input` begins.
    pub fn document(head: &[u8], input: &mut dyn Read, tell: Tell<'_>) -> Result<(), Error> {
        let mut lines = Lines { input: BufReader::with_capacity(CHUNK, input), line: 1, column: 1 };
        let mut place = (1, 1);
        if let Some(encoding) = encoding::of(head) {
            return Err(at(place, &by_libexpat(&format!("the encoding {encoding}"))));
        }
        match lines.fill_buf().map_err(Error::from_error)? {
            [0xEF, 0xBB, 0xBF, ..] => lines.input.consume(3),
            [0, ..] => return Err(at(place, "a byte that is 0, which no document has")),
            _ => {}
        }
        let mut reader = Reader::from_reader(lines);
        let (mut buffer, mut depth) = (Vec::new(), 0);
        let (mut rooted, mut typed) = (false, false);
        loop {
            buffer.clear();
            place = (reader.get_ref().line, reader.get_ref().column);
            let malformed = |cause: &str| Err(at(place, cause));
            match reader.read_event_into(&mut buffer) {
                Ok(Event::Start(_) | Event::Empty(_)) if depth == 0 && rooted => {
                    return malformed("a second root element");
                }
                Ok(Event::Start(tag)) => {
                    rooted = true;
                    depth += 1;
                    tell(name(&tag).map_err(|cause| at(place, &cause))?, depth)?;
                }
                Ok(Event::Empty(tag)) => {
                    rooted = true;
                    tell(name(&tag).map_err(|cause| at(place, &cause))?, depth + 1)?;
                }
                Ok(Event::End(_)) => depth -= 1,
                Ok(Event::Text(text)) if depth == 0 => {
                    if !text.trim_ascii().is_empty() {
                        return malformed("text outside the root element");
                    }
                }
                Ok(Event::CData(_) | Event::GeneralRef(_)) if depth == 0 => {
                    return malformed("text outside the root element");
                }
                Ok(Event::DocType(_)) => typed = true,
                Ok(Event::GeneralRef(reference)) if !is_known(&reference) => {
                    let entity = format!("the entity &{};", &*reference);
                    // Without a doctype no parser knows it.
                    let undefined = || format!("{entity}, which the document does not define");
                    return malformed(&if typed { by_libexpat(&entity) } else { undefined() });
                }
                Ok(Event::Decl(declaration)) => match declaration.encoding() {
                    Some(Ok(encoding)) if !is_utf8(&encoding) => {
                        return malformed(&foreign(&encoding));
                    }
                    Some(Err(cause)) => return malformed(&cause.to_string()),
                    _ => {}
                },
                Ok(Event::Eof) if depth > 0 => return malformed("the document ends too early"),
                Ok(Event::Eof) if !rooted => return malformed("no element"),
                Ok(Event::Eof) => return Ok(()),
                Ok(_) => {}
                Err(quick_xml::Error::Io(cause)) => return Err(Error::from_error(cause)),
                Err(cause) => return malformed(&cause.to_string()),
            }
        }
    }

    /// The name of a tag that is in order.
    fn name<'t>(tag: &'t BytesStart<'_>) -> Result<&'t str, String> {
        let name = tag.name().into_inner();
        if name.is_empty() {
            return Err("a tag without a name".to_owned());
        }
        match tag.attributes().find_map(Result::err) {
            Some(cause) => Err(cause.to_string()),
            None => Ok(name),
        }
    }

    fn at((line, column): (u64, u64), cause: &str) -> Error {
        Error::new("", format!("line {line}, column {column}: {cause}"))
    }

    fn by_libexpat(what: &str) -> String {
        format!("{what}, which {PARSER} does not read; libexpat may: `--features expat`")
    }

    /// Of an encoding that is declared in ASCII and is not UTF-8.
    fn foreign(encoding: &str) -> String {
        if encoding.eq_ignore_ascii_case("iso-8859-1") {
            by_libexpat(&format!("the encoding {encoding}"))
        } else {
            encoding::declared(encoding)
        }
    }

    fn is_utf8(encoding: &str) -> bool {
        ["utf-8", "us-ascii"].iter().any(|known| encoding.eq_ignore_ascii_case(known))
    }

    fn is_known(reference: &BytesRef<'_>) -> bool {
        matches!(&**reference, "lt" | "gt" | "amp" | "apos" | "quot")
            || reference.resolve_char_ref().ok().flatten().is_some()
    }
}
