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
//! iterates. The file is read in chunks of 64 KiB; nothing else grows with it but the list of names,
//! and with quick-xml the largest tag or piece of text.
//!
//! The parser is quick-xml, which reads UTF-8 and knows no entities but the five of XML. It sees
//! whether elements nest, and lets some documents pass that are not well-formed otherwise, such as
//! those with a digit at the beginning of a name or a reference to an unknown entity in a value. With
//! `--features expat` it is libexpat, a library in C (libexpat1-dev on Debian), which reads UTF-16
//! and ISO-8859-1 too and follows the doctype inside of the file.
//!
//! What cannot be read is one line on standard error, with line and column if it is in the document
//! (those where the tag or the text begins, with quick-xml), and exit code 2.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use switchback::{Backend, Blocking, Channel, Error, Generator, message, tasklet};
use switchback_baton::Baton;
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
        parse::document(&mut io::stdin().lock(), &mut tell)
    } else {
        let mut file = File::open(path).map_err(Error::from_error)?;
        parse::document(&mut file, &mut tell)
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
        let _ = writeln!(text, "{count:>11}  {name}");
    }
    let elements: u64 = names.iter().map(|(_, count)| count).sum();
    let _ = write!(text, "elements         {elements}\ngreatest depth   {depth}\n{times}");
    Ok(text)
}

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).map(std::ffi::OsString::into_string);
    let arguments = match arguments.collect::<Result<Vec<String>, _>>() {
        Ok(arguments) => arguments,
        Err(part) => return refuse(&format!("expected arguments in UTF-8, found {part:?}")),
    };
    let names = BACKENDS.map(|(name, _)| name).join(", ");
    let (path, backends) = match arguments.as_slice() {
        // What can be read once is read on one.
        [path] if path == "-" || fs::metadata(path).is_ok_and(|found| !found.is_file()) => {
            (path, &BACKENDS[..1])
        }
        [path] => (path, &BACKENDS[..]),
        [path, wanted] => match BACKENDS.iter().find(|(name, _)| name == wanted) {
            Some(backend) => (path, std::slice::from_ref(backend)),
            None => return refuse(&format!("no backend `{wanted}`: there are {names}")),
        },
        _ => return refuse(&format!("usage: sax FILE.xml|- [BACKEND]; backends are {names}")),
    };
    match report(path, backends) {
        Ok(text) => match io::stdout().write_all(text.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(cause) => refuse(&format!("standard output: {cause}")),
        },
        Err(cause) => {
            let path = if path == "-" { "standard input" } else { path };
            refuse(&format!("{path}: {cause}"))
        }
    }
}

fn refuse(cause: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "sax: {cause}");
    ExitCode::from(2)
}

/// libexpat.
#[cfg(feature = "expat")]
mod parse {
    use switchback_c::expat::{Failure, Handler, Parser};

    use super::*;

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

    /// Tells the elements of a document.
    pub fn document(input: &mut dyn Read, tell: Tell<'_>) -> Result<(), Error> {
        let (mut parser, mut elements) = (Parser::new(), Elements { depth: 0, tell });
        let mut chunk = vec![0; CHUNK];
        loop {
            let length = match input.read(&mut chunk) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(Error::from_error)?,
            };
            parser.parse(&chunk[..length], length == 0, &mut elements).map_err(|failure| {
                match failure {
                    Failure::Document(fault) => Error::from_error(fault),
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

    /// Tells the elements of a document.
    pub fn document(input: &mut dyn Read, tell: Tell<'_>) -> Result<(), Error> {
        let mut lines = Lines { input: BufReader::with_capacity(CHUNK, input), line: 1, column: 1 };
        let mut place = (1, 1);
        match lines.fill_buf().map_err(Error::from_error)? {
            [0xEF, 0xBB, 0xBF, ..] => lines.input.consume(3),
            [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, _, ..] | [_, 0, ..] => {
                return Err(at(place, &not_read("UTF-16")));
            }
            _ => {}
        }
        let mut reader = Reader::from_reader(lines);
        let (mut buffer, mut depth, mut rooted) = (Vec::new(), 0, false);
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
                Ok(Event::GeneralRef(reference)) if !is_known(&reference) => {
                    return malformed(&not_read(&format!("the entity &{};", &*reference)));
                }
                Ok(Event::Decl(declaration)) => match declaration.encoding() {
                    Some(Ok(encoding)) if !is_utf8(&encoding) => {
                        return malformed(&not_read(&encoding));
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

    fn not_read(what: &str) -> String {
        format!("{what}, which quick-xml does not read; libexpat may: `--features expat`")
    }

    fn is_utf8(encoding: &str) -> bool {
        ["utf-8", "us-ascii"].iter().any(|known| encoding.eq_ignore_ascii_case(known))
    }

    fn is_known(reference: &BytesRef<'_>) -> bool {
        matches!(&**reference, "lt" | "gt" | "amp" | "apos" | "quot")
            || reference.resolve_char_ref().ok().flatten().is_some()
    }
}
