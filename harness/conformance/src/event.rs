//! What happens while a program runs, in the order it happens.

use std::fmt;

use serde_json::{Value, json};

use crate::Json;

/// One line of a trace. `at` is the label of the op: its index, nested as in `3t0`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are named by what they are")]
pub enum Event {
    /// A tasklet is about to do an op.
    Begin { tasklet: String, at: String, op: String },
    /// The op gave a value.
    Gave { tasklet: String, at: String, value: Json },
    /// The op failed.
    Raised { tasklet: String, at: String, error: String },
    /// A `try` caught an error.
    Caught { tasklet: String, at: String, error: String },
    /// An `iter` received an item.
    Item { tasklet: String, at: String, value: Json },
    /// An `iter` is over.
    IterationEnd { tasklet: String, at: String },
    /// A body ended normally.
    End { tasklet: String },
    /// Main ended by an error.
    Exit { error: String },
    /// The schedule callback was called.
    Switch { previous: String, next: String },
    /// The channel callback was called.
    Operation { channel: String, tasklet: String, sending: bool, blocks: bool },
    /// The error handler was called.
    Handled { error: String, tasklet: String },
}

impl Event {
    /// Reads an event from its array.
    ///
    /// # Errors
    /// Shows what is not an event.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        Self::read(value).ok_or_else(|| format!("{value} is not an event"))
    }

    fn read(value: &Value) -> Option<Self> {
        let array = value.as_array()?;
        let text = |i: usize| Some(array.get(i)?.as_str()?.to_owned());
        let flag = |i: usize| match array.get(i)?.as_u64()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        };
        let value = |i: usize| Json::from_value(array.get(i)?).ok();
        let (first, second) = (text(0)?, text(1)?);
        if first == "cb" {
            return match (second.as_str(), array.len()) {
                ("sched", 4) => Some(Self::Switch { previous: text(2)?, next: text(3)? }),
                ("chan", 6) => Some(Self::Operation {
                    channel: text(2)?,
                    tasklet: text(3)?,
                    sending: flag(4)?,
                    blocks: flag(5)?,
                }),
                ("err", 4) => Some(Self::Handled { error: text(2)?, tasklet: text(3)? }),
                _ => None,
            };
        }
        let (tasklet, at) = (first, second);
        match (array.len(), array.get(2).and_then(Value::as_str)) {
            (2, _) => (at == "end").then_some(Self::End { tasklet }),
            (3, Some("iter-end")) => Some(Self::IterationEnd { tasklet, at }),
            (3, _) if at == "exit" && tasklet == "main" => Some(Self::Exit { error: text(2)? }),
            (3, Some(op)) => Some(Self::Begin { tasklet, at, op: op.to_owned() }),
            (4, Some("=")) => Some(Self::Gave { tasklet, at, value: value(3)? }),
            (4, Some("item")) => Some(Self::Item { tasklet, at, value: value(3)? }),
            (4, Some("raised")) => Some(Self::Raised { tasklet, at, error: text(3)? }),
            (4, Some("caught")) => Some(Self::Caught { tasklet, at, error: text(3)? }),
            _ => None,
        }
    }

    /// The event as its array.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Begin { tasklet, at, op } => json!([tasklet, at, op]),
            Self::Gave { tasklet, at, value } => json!([tasklet, at, "=", value.to_value()]),
            Self::Raised { tasklet, at, error } => json!([tasklet, at, "raised", error]),
            Self::Caught { tasklet, at, error } => json!([tasklet, at, "caught", error]),
            Self::Item { tasklet, at, value } => json!([tasklet, at, "item", value.to_value()]),
            Self::IterationEnd { tasklet, at } => json!([tasklet, at, "iter-end"]),
            Self::End { tasklet } => json!([tasklet, "end"]),
            Self::Exit { error } => json!(["main", "exit", error]),
            Self::Switch { previous, next } => json!(["cb", "sched", previous, next]),
            Self::Operation { channel, tasklet, sending, blocks } => {
                json!(["cb", "chan", channel, tasklet, u8::from(*sending), u8::from(*blocks)])
            }
            Self::Handled { error, tasklet } => json!(["cb", "err", error, tasklet]),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begin { tasklet, at, op } => write!(f, "{tasklet} {at}: {op}"),
            Self::Gave { tasklet, at, value } => write!(f, "{tasklet} {at} = {value}"),
            Self::Raised { tasklet, at, error } => write!(f, "{tasklet} {at} raised {error}"),
            Self::Caught { tasklet, at, error } => write!(f, "{tasklet} {at} caught {error}"),
            Self::Item { tasklet, at, value } => write!(f, "{tasklet} {at} item {value}"),
            Self::IterationEnd { tasklet, at } => write!(f, "{tasklet} {at} items end"),
            Self::End { tasklet } => write!(f, "{tasklet} ends"),
            Self::Exit { error } => write!(f, "main ends by {error}"),
            Self::Switch { previous, next } => write!(f, "  switch {previous} -> {next}"),
            Self::Operation { channel, tasklet, sending, blocks } => write!(
                f,
                "  {tasklet} {} {channel}, {}",
                if *sending { "sends on" } else { "receives on" },
                if *blocks { "will block" } else { "meets a peer" },
            ),
            Self::Handled { error, tasklet } => {
                write!(f, "  handler takes {error} of {tasklet}")
            }
        }
    }
}
