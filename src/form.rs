//! Reading deltas, actions and the like from JSON: every field checked, none ignored, and errors that point.

use crate::{path::Path, value::describe};
use serde_json::{Map, Value};
use std::fmt;

/// A JSON value does not have the form of what was to be read from it (E4, E5, E6, E10): where it goes wrong, what was
/// expected there and what was found.
///
/// ```
/// let error = deltamerge::Delta::from_json(serde_json::json!({"op": "move", "path": "/a"})).unwrap_err();
/// assert_eq!(error.code(), "bad-delta");
/// assert_eq!(error.to_string(), r#"at /op: expected "add", "change" or "remove", found the string "move""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormError {
    code: &'static str,
    /// Innermost token first: the way up is where the error goes.
    at: Vec<String>,
    expected: String,
    found: String,
}

impl FormError {
    pub(crate) fn new(
        code: &'static str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        FormError {
            code,
            at: Vec::new(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// The same error, seen from the value around: `token` leads to where it came from.
    pub(crate) fn inside(mut self, token: impl ToString) -> Self {
        self.at.push(token.to_string());
        self
    }

    /// The error's code: `bad-request`, `bad-delta`, `bad-path` or `bad-rules`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Where in the value that was read the error is.
    pub fn at(&self) -> Path {
        let mut path = Path::root();
        self.at.iter().rev().for_each(|token| path.push(token));
        path
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.at.is_empty() {
            write!(f, "at {}: ", self.at())?;
        }
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

impl std::error::Error for FormError {}

/// The members of an object that is being read, each to be taken once.
pub(crate) struct Fields {
    code: &'static str,
    members: Map<String, Value>,
}

impl Fields {
    pub(crate) fn of(
        value: Value,
        code: &'static str,
        expected: &str,
    ) -> Result<Fields, FormError> {
        match value {
            Value::Object(members) => Ok(Fields { code, members }),
            other => Err(FormError::new(code, expected, describe(&other))),
        }
    }

    pub(crate) fn optional(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name)
    }

    pub(crate) fn required(&mut self, name: &str) -> Result<Value, FormError> {
        self.optional(name)
            .ok_or_else(|| FormError::new(self.code, format!("a field {name:?}"), "none"))
    }

    pub(crate) fn text(&mut self, name: &str, expected: &str) -> Result<String, FormError> {
        match self.required(name)? {
            Value::String(text) => Ok(text),
            other => Err(FormError::new(self.code, expected, describe(&other)).inside(name)),
        }
    }

    /// Reads a path (E6).
    pub(crate) fn path(&mut self, name: &str) -> Result<Path, FormError> {
        const EXPECTED: &str = "a JSON Pointer";
        let text = self.text(name, EXPECTED)?;
        Path::parse(&text)
            .map_err(|error| FormError::new(error.code(), EXPECTED, error.found()).inside(name))
    }

    pub(crate) fn boolean(&mut self, name: &str) -> Result<bool, FormError> {
        match self.optional(name) {
            None => Ok(false),
            Some(Value::Bool(boolean)) => Ok(boolean),
            Some(other) => {
                Err(FormError::new(self.code, "true or false", describe(&other)).inside(name))
            }
        }
    }

    /// Reads the field `name`, and says so in an error.
    pub(crate) fn read<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, FormError>,
    ) -> Result<T, FormError> {
        let value = self.required(name)?;
        read(value).map_err(|error| error.inside(name))
    }

    /// Refuses what nobody took.
    pub(crate) fn finish(self) -> Result<(), FormError> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(name) => Err(FormError::new(
                self.code,
                "no other field",
                format!("{name:?}"),
            )),
        }
    }
}

/// Reads a list, element by element.
pub(crate) fn list<T>(
    value: Value,
    code: &'static str,
    expected: &str,
    read: impl Fn(Value) -> Result<T, FormError>,
) -> Result<Vec<T>, FormError> {
    match value {
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| read(item).map_err(|error| error.inside(index)))
            .collect(),
        other => Err(FormError::new(code, expected, describe(&other))),
    }
}

/// `Deserialize` for types that are read from a JSON value with errors that point.
macro_rules! deserialize_from_json {
    ($($type:ty),+) => {$(
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = $crate::document::deserialize(deserializer)?;
                Self::from_json(value).map_err(serde::de::Error::custom)
            }
        }
    )+};
}
pub(crate) use deserialize_from_json;
