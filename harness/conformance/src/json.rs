//! The values of the scenario language: what programs send, log and find in slots.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchback::Message;

/// A value of the scenario language. Channels of the interpreter carry these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Json {
    /// Nothing.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Int(i64),
    /// A text.
    Str(String),
    /// Several values; only results of introspection are lists.
    List(Vec<Json>),
}

impl Message for Json {}

impl Json {
    /// The value as written in a file of recordings.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::from(*b),
            Self::Int(n) => Value::from(*n),
            Self::Str(s) => Value::from(s.as_str()),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
        }
    }

    /// Reads a value from a file of recordings.
    ///
    /// # Errors
    /// Says which part is not a value of the language: fractions and objects.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(Self::Null),
            Value::Bool(b) => Ok(Self::Bool(*b)),
            Value::Number(n) => {
                n.as_i64().map(Self::Int).ok_or_else(|| format!("{n} is not a whole number"))
            }
            Value::String(s) => Ok(Self::Str(s.clone())),
            Value::Array(items) => items.iter().map(Self::from_value).collect(),
            Value::Object(_) => Err(format!("{value} is an object, not a value")),
        }
    }

    /// A list of names.
    pub fn names<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        names.into_iter().map(|name| Self::Str(name.into())).collect()
    }
}

impl FromIterator<Json> for Json {
    fn from_iter<I: IntoIterator<Item = Json>>(items: I) -> Self {
        Self::List(items.into_iter().collect())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_value().fmt(f)
    }
}
