//! The side that freezes or thaws: a line comes in, a line goes out.
//!
//! ```text
//!   in    step NAME [BYTES]     one step from the start, or from bytes in hexadecimal
//!         end NAME BYTES        to the end
//!   out   {"events": [..], "at": BYTES}    {"events": [..], "over": RESULT}    {"error": TEXT}
//! ```

use std::collections::HashMap;
use std::io::{self, BufRead, Write};

use serde_json::{Value, json};
use switchback_conformance::portable::Way;

use super::{End, Part, Trip};

/// Answers lines of standard input until it ends.
///
/// # Errors
/// Those of the streams.
pub fn serve() -> Result<(), String> {
    let trips: HashMap<String, Trip> = Trip::all()?.into_iter().collect();
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let answer = match answer(&trips, &line) {
            Ok(part) => written(&part),
            Err(why) => json!({ "error": why }),
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{answer}").and_then(|()| out.flush()).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn answer(trips: &HashMap<String, Trip>, line: &str) -> Result<Part, String> {
    let mut words = line.split(' ');
    let way = match words.next() {
        Some("step") => Way::Bytes,
        Some("end") => Way::Straight,
        _ => return Err(format!("{line:?} is no command")),
    };
    let name = words.next().unwrap_or_default();
    let trip = trips.get(name).ok_or_else(|| format!("{name} is no journey"))?;
    let from = words.next().map(bytes_of).transpose()?;
    trip.part(way, from).map_err(|error| error.to_string())
}

/// The part as a line of JSON.
#[must_use]
pub fn written(part: &Part) -> Value {
    match &part.end {
        End::At(bytes) => json!({ "events": part.events, "at": hexadecimal(bytes) }),
        End::Over(result) => json!({ "events": part.events, "over": result }),
    }
}

/// The part in a line of JSON.
///
/// # Errors
/// The error in the line, or that it is none of these.
pub fn read(line: &str) -> Result<Part, String> {
    let value: Value = serde_json::from_str(line).map_err(|error| format!("{line:?}: {error}"))?;
    if let Some(error) = value["error"].as_str() {
        return Err(error.to_owned());
    }
    let odd = || format!("{line:?} is no answer of a worker");
    let events = value["events"].as_array().ok_or_else(odd)?;
    let events = events.iter().map(|event| event.as_str().map(str::to_owned).ok_or_else(odd));
    let end = match (value["at"].as_str(), value["over"].as_u64()) {
        (Some(bytes), None) => End::At(bytes_of(bytes)?),
        (None, Some(result)) => End::Over(result),
        _ => return Err(odd()),
    };
    Ok(Part { events: events.collect::<Result<_, _>>()?, end })
}

/// Two digits for each byte.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of(text: &str) -> Result<Vec<u8>, String> {
    let digits = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    digits.collect::<Option<_>>().ok_or_else(|| format!("{text:?} are no bytes in hexadecimal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_they_were_written() {
        let events = vec!["[\"a\",\"end\"]".to_owned()];
        for end in [End::At(vec![0, 0xFF, 7]), End::Over(u64::MAX), End::At(Vec::new())] {
            let part = Part { events: events.clone(), end };
            assert_eq!(read(&written(&part).to_string()), Ok(part));
        }
    }

    #[test]
    fn odd_lines_are_refused() {
        let lines = ["", "{}", "{\"events\":[]}", "{\"events\":[1],\"over\":1}", "[]"];
        for line in lines.into_iter().chain(["{\"events\":[],\"at\":\"0\"}"]) {
            assert!(read(line).is_err(), "{line}");
        }
        assert_eq!(read("{\"error\":\"why\"}"), Err("why".to_owned()));
    }
}
