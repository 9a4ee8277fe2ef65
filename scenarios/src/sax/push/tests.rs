use switchback::Kind;
use switchback::pickle::{Reader as Input, Writer};

use super::*;

/// The events of a document as one line: `<a` start, `>a` end, everything else text.
fn told(document: &str) -> Result<String, String> {
    let mut line = String::new();
    let mut handler = |event: Event<'_>| {
        match event {
            Event::Start(name) => line.extend(["<", name, " "]),
            Event::End(name) => line.extend([">", name, " "]),
            Event::Text(text) => line.extend(["[", text, "] "]),
        }
        Ok::<(), Error>(())
    };
    match parse(document, &mut handler) {
        Ok(()) => Ok(line.trim_end().into()),
        Err(ParseFailure::Document(malformed)) => Err(malformed.to_string()),
        Err(ParseFailure::Handler(error)) => Err(error.to_string()),
    }
}

#[test]
fn events_come_in_document_order() {
    assert_eq!(
        told("<?xml version='1.0'?><!DOCTYPE a><a n='1'><b>x</b ><!-- no --><c/>y</a>\n")
            .as_deref(),
        Ok("<a <b [x] >b <c >c [y] >a")
    );
}

#[test]
fn a_root_may_be_empty() {
    assert_eq!(told("<a/>").as_deref(), Ok("<a >a"));
}

#[test]
fn references_become_their_characters() {
    assert_eq!(
        told("<a>1 &lt;&#x32;&#51;&amp;&quot;&apos;&gt; é<![CDATA[<&amp;]]></a>").as_deref(),
        Ok("<a [1 ] [<] [2] [3] [&] [\"] ['] [>] [ é] [<&amp;] >a")
    );
}

#[test]
fn a_broken_document_is_refused_at_its_place() {
    let cases = [
        ("<a>\n <b>x</c>\n</a>", "line 2, column 6 (byte 9): expected </b>, found </c>"),
        ("<a>é</b>", "line 1, column 5 (byte 5): expected </a>, found </b>"),
        ("</a>", "line 1, column 1 (byte 0): </a> closes nothing"),
        ("<a><b></b>", "line 1, column 11 (byte 10): the document ends inside <a>"),
        ("<a>\n<b", "line 2, column 1 (byte 4): "),
        ("<a/>\n<b/>", "line 2, column 1 (byte 5): a second root element"),
        ("<a/>more", "line 1, column 5 (byte 4): text outside the root element"),
        ("&lt;<a/>", "line 1, column 1 (byte 0): text outside the root element"),
        ("<a>&nbsp;</a>", "line 1, column 4 (byte 3): unknown entity &nbsp;"),
        ("<a>&#0;</a>", "line 1, column 4 (byte 3): unknown entity &#0;"),
        ("<a>x & y</a>", "line 1, column 6 (byte 5): "),
        ("<a n='1' n='2'/>", "line 1, column 1 (byte 0): "),
        ("<a n=1/>", "line 1, column 1 (byte 0): "),
        ("<a>< b/></a>", "line 1, column 4 (byte 3): a tag without a name"),
        ("<a><!-- </a>", "line 1, column 4 (byte 3): "),
        ("", "line 1, column 1 (byte 0): no element"),
        (" \n", "line 2, column 1 (byte 2): no element"),
    ];
    for (document, expected) in cases {
        let error = told(document).expect_err(document);
        assert!(error.starts_with(expected), "{document:?}: {error}");
        assert!(error.len() > expected.len() || !expected.ends_with(": "), "no cause: {error}");
    }
}

#[test]
fn the_error_of_the_handler_stops_the_parser() {
    let mut calls = 0;
    let mut handler = |_: Event<'_>| {
        calls += 1;
        if calls == 3 { Err("enough") } else { Ok(()) }
    };
    let stopped = parse("<a><b/><c/></a>", &mut handler);
    assert_eq!((stopped, calls), (Err(ParseFailure::Handler("enough")), 3));
}

#[test]
fn a_parser_runs_in_the_handler_of_another() {
    let mut inner = Vec::new();
    let mut handler = |event: Event<'_>| {
        if let Event::Text(text) = event {
            inner.push(told(&text.replace('(', "<").replace(')', "/>"))?);
        }
        Ok::<(), String>(())
    };
    assert_eq!(parse("<a>(b)<x/>(c)</a>", &mut handler), Ok(()));
    assert_eq!(inner, ["<b >b", "<c >c"]);
}

#[test]
fn the_error_of_a_document_keeps_its_place_as_source() {
    let failure = parse("<a>", &mut |_| Ok::<(), Error>(())).unwrap_err();
    let error = Error::from(failure);
    let place = std::error::Error::source(&error).and_then(|it| it.downcast_ref::<Malformed>());
    assert_eq!(place.map(|malformed| malformed.offset), Some(3));
    assert_eq!(error.detail(), "line 1, column 4 (byte 3): the document ends inside <a>");
}

/// All events of a document by a cursor that is pickled before each of them.
fn reloaded(document: Document) -> (Vec<OwnedEvent>, Option<Malformed>) {
    let mut cursor = Cursor::new(document);
    let mut events = Vec::new();
    loop {
        let mut out = Writer::default();
        out.leaf(&cursor).expect("a cursor is portable");
        cursor = Input::new(out.bytes()).leaf().expect("a place in the document");
        match cursor.read() {
            Ok(Some(event)) => events.push(event),
            Ok(None) => return (events, None),
            Err(malformed) => return (events, Some(malformed)),
        }
    }
}

#[test]
fn a_cursor_pickled_at_every_event_tells_what_the_handler_is_told() {
    let document = Document::library(3);
    for document in [document, document.malformed(30), document.malformed(0)] {
        let mut pushed = Vec::new();
        let mut handler = |event: Event<'_>| {
            pushed.push(event.to_owned());
            Ok::<(), Error>(())
        };
        let failure = parse(document.text(), &mut handler).err().map(|failure| match failure {
            ParseFailure::Document(malformed) => malformed,
            ParseFailure::Handler(error) => panic!("the handler takes all: {error}"),
        });
        assert_eq!(reloaded(document), (pushed, failure), "{document:?}");
    }
}

#[test]
fn a_cursor_gives_every_element_once() {
    let document = Document::library(40);
    let mut cursor = Cursor::new(document);
    let names = std::iter::from_fn(|| cursor.read_element().expect("a sound document"));
    assert_eq!(names.count() as u64, document.elements());
    assert_eq!(cursor.read_element(), Ok(None));
}

#[test]
fn a_cursor_of_a_damaged_pickle_is_refused() {
    let document = Document::library(0);
    let end = document.text().len();
    let open = |name| Position { offset: 9, open: vec![name], ..Position::default() };
    let beyond = Position { offset: end + 1, ..Position::default() };
    for position in [beyond, open((4, 10)), open((5, 5)), open((usize::MAX, 0))] {
        let mut out = Writer::default();
        out.leaf(&(document, &position)).expect("plain data");
        let error = Input::new(out.bytes()).leaf::<Cursor>().expect_err("no place");
        assert_eq!(error.kind(), Kind::BadPickle, "{position:?}");
    }
}
