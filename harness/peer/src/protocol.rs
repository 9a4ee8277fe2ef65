//! What is said between the harness and a peer: one JSON object per line.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Version of the protocol.
pub const VERSION: u32 = 1;

/// What a peer can do beside answering `hello` and `sample`, as manifest and `hello` name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Can {
    /// It answers `run`.
    Run,
    /// Its events come in the order of the model.
    OrderExact,
    /// It has the operations on single tasklets and on the ring.
    Control,
    /// It has kills and throws.
    Throw,
    /// Its channels close and carry errors.
    Close,
    /// It tells main of a deadlock.
    Deadlock,
    /// It answers `hold` and `release`.
    Hold,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// What are you? The first question to each process.
    Hello {
        /// The version that the harness speaks.
        protocol: u32,
    },
    /// Run a program of the scenario language.
    Run {
        /// `main`, `bodies` and `callbacks`, as in recordings.
        program: Value,
        /// Events after which to stop: more can only be wrong.
        events: usize,
    },
    /// Do the work of a scenario.
    Sample {
        /// Its id.
        scenario: String,
        /// Its size.
        size: u64,
        /// How often.
        iterations: u64,
        /// A file with what the work is done on, for scenarios that need one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input: Option<String>,
    },
    /// Have so many tasks blocked, those from before included.
    Hold {
        /// How many.
        count: u64,
    },
    /// Wake all blocked tasks, each with a value of its own.
    Release {},
    /// End.
    End {},
}

impl Ask {
    /// Its name on the line.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Run { .. } => "run",
            Self::Sample { .. } => "sample",
            Self::Hold { .. } => "hold",
            Self::Release {} => "release",
            Self::End {} => "end",
        }
    }

    /// The line of a question, without its end.
    #[must_use]
    pub fn line(&self, id: u64) -> String {
        with_id(self, id)
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case", deny_unknown_fields)]
pub enum Say {
    /// To `hello`.
    Hello {
        /// The version that the peer speaks.
        protocol: u32,
        /// Name of the implementation.
        name: String,
        /// Its version.
        version: String,
        /// The language it is written in.
        language: String,
        /// The version of language or runtime.
        language_version: String,
        /// What it can do: as its manifest says.
        can: Vec<Can>,
    },
    /// To `run`.
    Ran {
        /// What happened, in the form of recordings.
        events: Vec<Value>,
    },
    /// To `sample`.
    Sampled {
        /// Digest of one iteration, 16 hexadecimal digits. All iterations must be alike.
        digest: String,
        /// Tasks made in one iteration, if they are counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tasklets: Option<u64>,
        /// Values handed over in one iteration, if they are counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        messages: Option<u64>,
        /// Wall time of the iterations alone, ns.
        wall: u64,
        /// CPU time of the process for the iterations alone, ns.
        cpu: u64,
    },
    /// To `hold`.
    Held {
        /// How many are blocked.
        count: u64,
    },
    /// To `release`.
    Released {
        /// Sum of what each task made of its value, 16 hexadecimal digits.
        digest: String,
    },
    /// To any: it cannot do that.
    Unsupported {
        /// What it lacks.
        why: String,
    },
    /// To any: something went wrong, and it can go on.
    Error {
        /// What.
        why: String,
    },
    /// To `end`: the last line.
    End {},
}

impl Say {
    /// The line of an answer, without its end.
    #[must_use]
    pub fn line(&self, id: u64) -> String {
        with_id(self, id)
    }

    /// Reads a line: the number of the question, and the answer.
    ///
    /// # Errors
    /// What is wrong with the line.
    pub fn read(line: &str) -> Result<(u64, Self), String> {
        let mut object: Map<String, Value> =
            serde_json::from_str(line).map_err(|error| format!("it is no JSON object: {error}"))?;
        let id = object.remove("id");
        let id = id.as_ref().and_then(Value::as_u64).ok_or("it has no `id` that is a number")?;
        let say = serde_json::from_value(Value::Object(object)).map_err(|error| error.to_string());
        Ok((id, say?))
    }
}

fn with_id<T: Serialize>(message: &T, id: u64) -> String {
    // Neither fails: all keys are text.
    let mut value = serde_json::to_value(message).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.insert("id".to_owned(), id.into());
    }
    value.to_string()
}

/// The number that 16 hexadecimal digits are.
///
/// # Errors
/// What was found.
pub fn digest(text: &str) -> Result<u64, String> {
    let wrong = || format!("expected a digest of 16 hexadecimal digits, found {text:?}");
    let is_digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u64::from_str_radix(text, 16).ok().filter(|_| is_digits);
    number.ok_or_else(wrong)
}
