//! Text to document: no member dropped, no depth unbounded (N4).

use crate::path::{Path, Place, Quoted};
use crate::value::{DEFAULT_DEPTH, MAX_DEPTH, depth_is_within};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::{cell::Cell, fmt, sync::OnceLock};

/// A text is not a document: not JSON (E1), a member named twice (E2), or too deep (E3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    fault: Fault,
    line: usize,
    column: usize,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    NotJson,
    DuplicateMember,
    TooDeep,
}

impl ReadError {
    fn new(fault: Fault, error: &serde_json::Error) -> ReadError {
        let (line, column) = (error.line(), error.column());
        let said = error.to_string();
        // What the reader says ends with the place, which is told apart from it here.
        let place = format!(" at line {line} column {column}");
        // It has read nothing of a line that the text ends in front of.
        let column = column.max(1);
        let said = said.strip_suffix(&place).unwrap_or(&said);
        let message = match fault {
            Fault::NotJson if error.is_eof() => {
                "expected the text to go on, found its end".to_owned()
            }
            Fault::NotJson => not_json(said),
            Fault::DuplicateMember | Fault::TooDeep => said.to_owned(),
        };
        ReadError {
            fault,
            line,
            column,
            message,
        }
    }

    /// What a reader of its own found, at a byte of the text.
    #[cfg(feature = "text")]
    pub(crate) fn at(fault: Fault, text: &str, byte: usize, message: String) -> ReadError {
        let (line, column) = line_and_column(text, byte);
        ReadError {
            fault,
            line,
            column,
            message,
        }
    }

    /// The error's code: `bad-json`, `duplicate-member` or `too-deep`.
    pub fn code(&self) -> &'static str {
        match self.fault {
            Fault::NotJson => "bad-json",
            Fault::DuplicateMember => "duplicate-member",
            Fault::TooDeep => "too-deep",
        }
    }

    /// The line at which reading stopped, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column at which reading stopped, counted from 1.
    pub fn column(&self) -> usize {
        self.column
    }
}

/// What the reader says is now what it expected, and now what it found.
fn not_json(said: &str) -> String {
    let expected = match said {
        "expected ident" => "true, false or null",
        "expected value" => "a value",
        "key must be a string" => "a name, which is a string",
        _ => match said.strip_prefix("expected ") {
            Some(expected) => expected,
            None => return format!("expected JSON, found this: {said}"),
        },
    };
    format!("expected {expected}, found something else")
}

/// The line and the column of a byte, both counted from 1; columns count bytes.
#[cfg(feature = "text")]
pub(crate) fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..byte.min(text.len())];
    let start = before.iter().rposition(|byte| *byte == b'\n');
    let start = start.map_or(0, |newline| newline + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    (line, before.len() - start + 1)
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ReadError { line, column, .. } = self;
        write!(f, "line {line}, column {column}: {}", self.message)
    }
}

impl std::error::Error for ReadError {}

/// Reads a document from JSON text, with a depth of at most [`DEFAULT_DEPTH`]. O(the text).
///
/// Unlike `serde_json::from_str`, it refuses an object that names a member twice: the text says two things there, and
/// dropping one of them silently would lose data.
///
/// # Errors
/// [`ReadError`] with line and column.
///
/// ```
/// assert_eq!(deltamerge::parse(r#"{"a": [1, 2]}"#)?, serde_json::json!({"a": [1, 2]}));
/// let error = deltamerge::parse(r#"{"a": 1, "a": 2}"#).unwrap_err();
/// assert_eq!(error.code(), "duplicate-member");
/// assert_eq!(error.to_string(), r#"line 1, column 12: expected each member once, found "a" twice"#);
/// # Ok::<(), deltamerge::ReadError>(())
/// ```
pub fn parse(text: &str) -> Result<Value, ReadError> {
    parse_within(text, DEFAULT_DEPTH)
}

/// [`parse`] with a bound on the depth of its own (at most [`MAX_DEPTH`]).
///
/// # Errors
/// As [`parse`].
pub fn parse_within(text: &str, depth: usize) -> Result<Value, ReadError> {
    read(text, depth.min(MAX_DEPTH))
}

/// How much deeper a request, an action or the like is than the documents that it holds.
const ENVELOPE: usize = 8;

/// Reads a request, whose documents may be as deep as any.
pub(crate) fn parse_request(text: &str) -> Result<Value, ReadError> {
    read(text, MAX_DEPTH + ENVELOPE)
}

fn read(text: &str, depth: usize) -> Result<Value, ReadError> {
    let fault = Cell::new(Fault::NotJson);
    let reader = Reader::new(depth, &fault);
    let mut text = serde_json::Deserializer::from_str(text);
    // The reader counts the depth itself, up to a bound that an option can move.
    text.disable_recursion_limit();
    let document = reader.deserialize(&mut text);
    let document = document.and_then(|document| text.end().map(|()| document));
    document.map_err(|error| ReadError::new(fault.get(), &error))
}

/// Reads a value with the same care from any deserializer: what `Deserialize` of deltas and actions starts with.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let fault = Cell::new(Fault::NotJson);
    Reader::new(MAX_DEPTH + ENVELOPE, &fault).deserialize(deserializer)
}

/// Builds a value, refusing what must not be read.
#[derive(Clone, Copy)]
struct Reader<'f> {
    depth: usize,
    room: usize,
    fault: &'f Cell<Fault>,
}

impl<'f> Reader<'f> {
    fn new(depth: usize, fault: &'f Cell<Fault>) -> Reader<'f> {
        let room = depth;
        Reader { depth, room, fault }
    }

    fn fail<E: de::Error>(&self, fault: Fault, message: impl fmt::Display) -> E {
        self.fault.set(fault);
        E::custom(message)
    }

    fn inside<E: de::Error>(self) -> Result<Self, E> {
        match self.room.checked_sub(1) {
            Some(room) => Ok(Reader { room, ..self }),
            None => {
                let message =
                    format_args!("expected a depth of at most {}, found more", self.depth);
                Err(self.fail(Fault::TooDeep, message))
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, boolean: bool) -> Result<Value, E> {
        Ok(Value::Bool(boolean))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        Number::from_f64(number)
            .map(Value::Number)
            .ok_or_else(|| E::custom("JSON has no number that is not finite"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let reader = self.inside()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(reader)? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let mut next = members.next_key::<String>()?;
        if numbers_are_text() && next.as_deref() == Some(NUMBER_AS_TEXT) {
            let text: String = members.next_value()?;
            return serde_json::from_str::<Number>(&text)
                .map(Value::Number)
                .map_err(de::Error::custom);
        }
        let reader = self.inside()?;
        while let Some(name) = next {
            if object.contains_key(&name) {
                let message = format_args!("expected each member once, found {name:?} twice");
                return Err(self.fail(Fault::DuplicateMember, message));
            }
            let value = members.next_value_seed(reader)?;
            object.insert(name, value);
            next = members.next_key()?;
        }
        Ok(Value::Object(object))
    }
}

/// How serde_json hands over a number when some crate of the program has switched on its `arbitrary_precision`.
const NUMBER_AS_TEXT: &str = "$serde_json::private::Number";

fn numbers_are_text() -> bool {
    static TEXT: OnceLock<bool> = OnceLock::new();
    *TEXT.get_or_init(|| serde_json::from_str::<Value>("1e999").is_ok())
}

/// A document is deeper than the bound (E3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooDeep {
    /// A place at which it is.
    pub path: Path,
    /// The bound.
    pub depth: usize,
}

impl TooDeep {
    /// The error's code: `too-deep`.
    pub fn code(&self) -> &'static str {
        "too-deep"
    }
}

impl fmt::Display for TooDeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (depth, path) = (self.depth, Quoted(&self.path));
        write!(
            f,
            "expected a depth of at most {depth}, found more at {path}"
        )
    }
}

impl std::error::Error for TooDeep {}

/// Checks that a document is no deeper than the bound. O(the document).
pub(crate) fn check_depth(document: &Value, depth: usize) -> Result<(), TooDeep> {
    // The first container that has no room to be one.
    fn first_beyond(place: &Place<'_>, value: &Value, room: usize) -> Option<Path> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
            Value::Array(_) | Value::Object(_) if room == 0 => Some(place.path()),
            Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| {
                first_beyond(&Place::Element(place, index), item, room - 1)
            }),
            Value::Object(members) => members.iter().find_map(|(name, member)| {
                first_beyond(&Place::Member(place, name), member, room - 1)
            }),
        }
    }
    let depth = depth.min(MAX_DEPTH);
    if depth_is_within(document, depth) {
        return Ok(());
    }
    let path = first_beyond(&Place::ROOT, document, depth).unwrap_or_default();
    Err(TooDeep { path, depth })
}
