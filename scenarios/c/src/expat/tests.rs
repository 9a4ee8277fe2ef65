use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::*;

/// Parsers are counted for the process, so a test that counts has them alone.
fn alone() -> MutexGuard<'static, ()> {
    static TESTS: Mutex<()> = Mutex::new(());
    TESTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The events as one line: `<a` start, `>a` end, everything else text. Refuses the name `no` and
/// panics at the name `panic`.
#[derive(Default)]
struct Line(String);

impl Handler for Line {
    type Error = &'static str;
    const TEXT: bool = true;

    fn start(&mut self, name: &str) -> Result<(), Self::Error> {
        assert!(name != "panic", "at an element");
        self.0.extend(["<", name, " "]);
        if name == "no" { Err("refused") } else { Ok(()) }
    }

    fn end(&mut self, name: &str) -> Result<(), Self::Error> {
        self.0.extend([">", name, " "]);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Self::Error> {
        self.0.extend(["[", text, "] "]);
        Ok(())
    }
}

fn told(chunks: &[&[u8]]) -> (String, Result<(), Failure<&'static str>>) {
    let (mut line, mut parser) = (Line::default(), Parser::new());
    let last = chunks.len().saturating_sub(1);
    let all = chunks.iter().enumerate();
    let end =
        all.map(|(at, chunk)| parser.parse(chunk, at == last, &mut line)).find(Result::is_err);
    (line.0.trim_end().to_owned(), end.unwrap_or(Ok(())))
}

fn place(document: &[u8]) -> (u64, u64, String) {
    match told(&[document]).1 {
        Err(Failure::Document(error)) => (error.line, error.column, error.message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn events_come_in_document_order_whatever_the_chunks() {
    let _alone = alone();
    let document = "<?xml version='1.0'?><!DOCTYPE a><a n='1'><b>x</b ><!-- no --><c/>é&amp;</a>\n";
    let whole = told(&[document.as_bytes()]);
    assert_eq!(whole, ("<a <b [x] >b <c >c [é] [&] >a".to_owned(), Ok(())));
    let bytes: Vec<&[u8]> = document.as_bytes().chunks(1).collect();
    assert_eq!(told(&bytes), whole);
}

#[test]
fn a_fault_has_its_place() {
    let _alone = alone();
    assert_eq!(place(b"<a>\n <b>x</c>\n</a>"), (2, 8, "mismatched tag".into()));
    assert_eq!(place("<a>éé</b>".as_bytes()), (1, 8, "mismatched tag".into()));
    assert_eq!(place(b""), (1, 1, "no element found".into()));
    assert_eq!(place(b"<a>\n<b>\n"), (3, 1, "no element found".into()));
    assert_eq!(place(b"<a>&b;</a>"), (1, 4, "undefined entity".into()));
    assert_eq!(place(b"<a>\xFF</a>"), (1, 4, "not well-formed (invalid token)".into()));
}

#[test]
fn the_error_of_a_handler_stops_the_parser_for_good() {
    let _alone = alone();
    // The end of an empty element is told before a parser stops; not to this handler.
    assert_eq!(told(&[b"<a><no/><b/></a>"]), ("<a <no".into(), Err(Failure::Handler("refused"))));
    let (mut line, mut parser) = (Line::default(), Parser::new());
    let refused = parser.parse(b"<no>", false, &mut line);
    assert_eq!(refused, Err(Failure::Handler("refused")));
    let again = parser.parse(b"</no>", true, &mut line);
    assert!(matches!(again, Err(Failure::Document(_))), "{again:?}");
    assert_eq!(line.0, "<no ");
}

#[test]
fn a_panic_goes_on_behind_the_parse_and_the_parser_is_freed() {
    let _alone = alone();
    let before = live();
    let caught = catch_unwind(AssertUnwindSafe(|| told(&[b"<a><panic/></a>"])));
    let payload = caught.expect_err("a panic");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"at an element"));
    assert_eq!(live(), before);
}

#[test]
fn a_parser_runs_in_the_handler_of_another() {
    struct Nested(Vec<String>);
    impl Handler for Nested {
        type Error = Failure<&'static str>;
        fn start(&mut self, name: &str) -> Result<(), Self::Error> {
            let (line, end) = told(&[format!("<{name}/>").as_bytes()]);
            self.0.push(line);
            end
        }
    }
    let _alone = alone();
    let before = live();
    let mut nested = Nested(Vec::new());
    let refused = Parser::new().parse(b"<a><b/><no/><c/></a>", true, &mut nested);
    assert_eq!(refused, Err(Failure::Handler(Failure::Handler("refused"))));
    assert_eq!(nested.0, ["<a >a", "<b >b", "<no"]);
    assert_eq!(live(), before);
}

#[test]
fn utf_16_is_told_as_utf_8() {
    let _alone = alone();
    let text = "<?xml version='1.0' encoding='UTF-16'?><ä>€</ä>";
    let bytes: Vec<u8> =
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    assert_eq!(told(&[&bytes]), ("<ä [€] >ä".into(), Ok(())));
}
