//! The schema, the types and the page of the protocol say the same.

use serde_json::{Value, json};
use switchback_peer::protocol::{Ask, Can, Say, VERSION, digest};

const SCHEMA: &str = include_str!("../peer.schema.json");
const PAGE: &str = include_str!("../PEER_PROTOCOL.md");

const CAN: [Can; 7] =
    [Can::Run, Can::OrderExact, Can::Control, Can::Throw, Can::Close, Can::Deadlock, Can::Hold];

fn questions() -> Vec<Ask> {
    let program = json!({"main": [["recv", "c"]], "bodies": {"b": []}, "callbacks": ["chan"]});
    let sample =
        |input| Ask::Sample { scenario: "ring".to_owned(), size: u64::MAX, iterations: 1, input };
    vec![
        Ask::Hello { protocol: VERSION },
        Ask::Run { program, events: 9 },
        sample(None),
        sample(Some("document.xml".to_owned())),
        Ask::Hold { count: 3 },
        Ask::Release {},
        Ask::End {},
    ]
}

fn answers() -> Vec<Say> {
    let text = |text: &str| text.to_owned();
    let hello = Say::Hello {
        protocol: VERSION,
        name: text("a"),
        version: text("1"),
        language: text("A"),
        language_version: text("2"),
        can: CAN.to_vec(),
    };
    let sampled = |tasklets| Say::Sampled {
        digest: text("00000000000000ff"),
        tasklets,
        messages: tasklets,
        wall: 1,
        cpu: 2,
    };
    vec![
        hello,
        Say::Ran { events: vec![json!(["main", "end"])] },
        sampled(None),
        sampled(Some(4)),
        Say::Held { count: 3 },
        Say::Released { digest: text("0123456789abcdef") },
        Say::Unsupported { why: text("no") },
        Say::Error { why: text("no") },
        Say::End {},
    ]
}

fn is_valid(line: &str) -> bool {
    let schema: Value = serde_json::from_str(SCHEMA).expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema that can be used");
    validator.is_valid(&serde_json::from_str(line).expect("JSON"))
}

#[test]
fn every_line_that_the_types_write_is_valid() {
    for line in questions().iter().map(|ask| ask.line(7)) {
        assert!(is_valid(&line), "{line}");
    }
    for say in answers() {
        let line = say.line(7);
        assert!(is_valid(&line), "{line}");
        assert_eq!(Say::read(&line), Ok((7, say)));
    }
}

#[test]
fn a_line_without_a_key_or_with_another_one_is_refused_by_both() {
    for say in answers() {
        let line: Value = serde_json::from_str(&say.line(1)).expect("JSON");
        let object = line.as_object().expect("an object");
        for key in object.keys() {
            let mut less = object.clone();
            less.remove(key);
            let less = Value::Object(less).to_string();
            let may_miss = key == "tasklets" || key == "messages";
            assert_eq!((Say::read(&less).is_ok(), is_valid(&less)), (may_miss, may_miss), "{less}");
        }
        let mut more = object.clone();
        more.insert("mood".to_owned(), json!("good"));
        let more = Value::Object(more).to_string();
        assert!(Say::read(&more).is_err() && !is_valid(&more), "{more}");
    }
}

#[test]
fn both_know_the_same_digests() {
    for (text, is_one) in [
        ("00000000000000ff", true),
        ("FFFFFFFFFFFFFFFF", true),
        ("ff", false),
        ("+0000000000000ff", false),
        ("00000000000000fg", false),
    ] {
        assert_eq!(digest(text).is_ok(), is_one, "{text}");
        let line = Say::Released { digest: text.to_owned() }.line(1);
        assert_eq!(is_valid(&line), is_one, "{line}");
    }
}

#[test]
fn the_page_names_every_question_answer_and_ability() {
    let value = |text: String| -> Value { serde_json::from_str(&text).expect("JSON") };
    let asks = questions().into_iter().map(|ask| value(ask.line(1))["ask"].clone());
    let says = answers().into_iter().map(|say| value(say.line(1))["say"].clone());
    let can = CAN.iter().map(|can| json!(can));
    for name in asks.chain(says).chain(can) {
        let name = name.as_str().expect("a name");
        assert!(PAGE.contains(&format!("`{name}`")), "{name}");
    }
    assert!(PAGE.contains(&format!("version {VERSION}")));
}
