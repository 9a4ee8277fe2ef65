//! JSON as a value, read without silence: a key that stands twice in an object is an error with its
//! place, since of two values one would be lost. A byte order mark in front is no part of the text.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, error::Category};

/// Why a text is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// It is not JSON, or ends early.
    Syntax {
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What the parser says.
        cause: String,
    },
    /// An object has a key twice.
    Twice {
        /// The object, as `results[3].witness`; empty for the top of the text.
        place: String,
        /// What was expected and found there.
        cause: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { line, column, cause } => {
                write!(f, "not JSON: {cause} at line {line}, column {column}")
            }
            Self::Twice { place, cause } if place.is_empty() => f.write_str(cause),
            Self::Twice { place, cause } => write!(f, "{place}: {cause}"),
        }
    }
}

impl std::error::Error for Error {}

/// The text behind a byte order mark, if there is one: some editors put it in front of UTF-8.
///
/// ```
/// assert_eq!(switchback_bench::json::without_mark("\u{feff}{}"), "{}");
/// ```
#[must_use]
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Reads a text.
///
/// # Errors
/// The first fault of the text.
///
/// ```
/// let error = switchback_bench::json::parse(r#"{"a": [{"b": 1, "b": 2}]}"#).unwrap_err();
/// assert_eq!(error.to_string(), "a[0]: expected each key once, found \"b\" twice");
/// ```
pub fn parse(text: &str) -> Result<Value, Error> {
    let mut json = serde_json::Deserializer::from_str(without_mark(text));
    let mut track = serde_path_to_error::Track::new();
    let value = Once::deserialize(serde_path_to_error::Deserializer::new(&mut json, &mut track));
    value.and_then(|value| json.end().map(|()| value.0)).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        // The parser appends the place, which the errors above say in their own way.
        let at = format!(" at line {line} column {column}");
        let cause = text.strip_suffix(&at).unwrap_or(&text).to_owned();
        // Of all that can be read, only a key that stands twice is refused.
        if error.classify() == Category::Data {
            Error::Twice { place: place(track), cause }
        } else {
            Error::Syntax { line, column, cause }
        }
    })
}

/// What a reader of fields says, in the words of the file: it names types of Rust.
///
/// ```
/// use switchback_bench::json::words;
///
/// let said = "invalid type: floating point `1000.0`, expected u64";
/// assert_eq!(words(said), "expected a whole number that is not negative, found 1000.0");
/// assert_eq!(
///     words("invalid type: floating point `100000000000000000000.0`, expected u64"),
///     "expected a whole number that is not negative, found 1e20"
/// );
/// assert_eq!(words("missing field `size`"), "expected a field `size`, found none");
/// ```
#[must_use]
pub fn words(said: &str) -> String {
    if let Some(field) = said.strip_prefix("missing field ") {
        return format!("expected a field {field}, found none");
    }
    // What was found may hold these words too, what was expected does not.
    let Some((found, expected)) = said.rsplit_once(", expected ") else { return said.to_owned() };
    let whole = |most: u64| format!("a whole number from 0 to {most}");
    let expected = match expected {
        "u64" | "usize" => "a whole number that is not negative".to_owned(),
        "u32" => whole(u32::MAX.into()),
        "u16" => whole(u16::MAX.into()),
        "u8" => whole(u8::MAX.into()),
        "f64" | "f32" => "a number".to_owned(),
        "a string" | "variant identifier" | "string or map" => "a text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        text if text.starts_with("struct ") => "an object".to_owned(),
        text if text.starts_with("enum ") => "a text".to_owned(),
        text => text.to_owned(),
    };
    let found = if let Some(variant) = found.strip_prefix("unknown variant ") {
        variant
    } else if found.starts_with("invalid length ") {
        "a list"
    } else {
        let value = ["invalid type: ", "invalid value: "];
        let Some(value) = value.iter().find_map(|prefix| found.strip_prefix(prefix)) else {
            return said.to_owned();
        };
        match value {
            "map" => "an object",
            "sequence" => "a list",
            "unit value" => "null",
            value => {
                let kinds = ["floating point ", "integer ", "boolean "];
                let bare = kinds.iter().find_map(|kind| value.strip_prefix(kind));
                let bare = bare.map(|value| value.trim_matches('`'));
                // With a fraction, so that it is told from a whole number, but not with 300 digits.
                if let Some(number) = bare.filter(|value| value.contains(['.', 'e']))
                    && let Ok(number) = number.parse::<f64>()
                {
                    return format!("expected {expected}, found {number:?}");
                }
                bare.or_else(|| value.strip_prefix("string ")).unwrap_or(value)
            }
        }
    };
    format!("expected {expected}, found {found}")
}

/// Where a reader of values was when it failed; empty for the top.
pub(crate) fn place(track: serde_path_to_error::Track) -> String {
    let place = track.path().to_string();
    if place == "." { String::new() } else { place }
}

/// A value whose objects have each key once.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor).map(Self)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        while let Some(Once(item)) = items.next_element()? {
            found.push(item);
        }
        Ok(found.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut found = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if found.contains_key(&key) {
                let cause = format!("expected each key once, found {key:?} twice");
                return Err(de::Error::custom(cause));
            }
            let Once(value) = entries.next_value()?;
            found.insert(key, value);
        }
        Ok(found.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_as_the_usual_parser_reads_it() {
        let text = r#" {"a": [null, true, -1, 18446744073709551615, 1.5e3, "\u00e9\ud83d\ude00"], "b": {"a": {}}} "#;
        assert_eq!(parse(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(parse(&format!("\u{feff}{text}")).unwrap(), parse(text).unwrap());
    }

    #[test]
    fn every_key_stands_once_however_it_is_written() {
        let fault = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(fault(r#"{"a": 1, "\u0061": 1}"#), "expected each key once, found \"a\" twice");
        let deep = r#"{"a": 1, "b": {"c": [0, {"a": 1, "x": {}, "x": {}}]}}"#;
        assert_eq!(fault(deep), "b.c[1]: expected each key once, found \"x\" twice");
    }

    #[test]
    fn what_is_no_json_is_told_with_line_and_column() {
        let fault = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(fault("{}\n]"), "not JSON: trailing characters at line 2, column 1");
        assert_eq!(fault("[1,\n"), "not JSON: EOF while parsing a value at line 2, column 0");
        assert!(fault(&"[".repeat(1000)).starts_with("not JSON: recursion limit exceeded"));
        assert!(fault("\u{feff}\u{feff}{}").starts_with("not JSON: expected value"));
    }
}
