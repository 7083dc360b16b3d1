//! Movex's form (C7): MD5 of what JavaScript's `JSON.stringify` writes.

use crate::value::Numeric;
use md5::{Digest, Md5};
use serde_json::{Map, Number, Value};
use std::fmt::Write;

/// The checksum by which Movex's clients compare states (C7), 32 hexadecimal digits.
///
/// Under a top-level array it depends on the order of members, so there it is the client's only where the map type keeps the
/// order of the text (serde_json's feature `preserve_order`, which the command turns on). O(the document, and sorting the
/// members of each object); any depth. Needs the feature `movex`.
///
/// ```
/// use deltamerge::movex_checksum;
/// use serde_json::json;
/// // The MD5 of {"a":1,"b":"x"}
/// assert_eq!(movex_checksum(&json!({"b": "x", "a": 1.0})), "75a6ce4be04f5075316047b75a98d8eb");
/// ```
#[must_use]
pub fn movex_checksum(document: &Value) -> String {
    let text = match document {
        Value::String(text) => text.clone(),
        Value::Number(number) => double(number).unwrap_or_else(|| {
            let sign = if number.to_string().starts_with('-') {
                "-"
            } else {
                ""
            };
            format!("{sign}Infinity")
        }),
        Value::Null | Value::Bool(_) => document.to_string(),
        Value::Array(_) | Value::Object(_) => stringify(document, document.is_object()),
    };
    let mut digits = String::with_capacity(32);
    for byte in Md5::digest(text) {
        // Writing to a string does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// What is still to be written, the next of it at the end.
enum Part<'v> {
    Text(&'static str),
    /// A comma before it, unless it is the first.
    Member(bool, &'v str, &'v Value),
    Value(&'v Value),
}

fn stringify(document: &Value, is_sorted: bool) -> String {
    let mut text = String::new();
    // A stack of its own, for documents may be deeper than the thread's.
    let mut rest = vec![Part::Value(document)];
    while let Some(part) = rest.pop() {
        let value = match part {
            Part::Text(part) => {
                text.push_str(part);
                continue;
            }
            Part::Member(is_first, name, value) => {
                if !is_first {
                    text.push(',');
                }
                quote(&mut text, name);
                text.push(':');
                value
            }
            Part::Value(value) => value,
        };
        match value {
            Value::Null => text.push_str("null"),
            Value::Bool(false) => text.push_str("false"),
            Value::Bool(true) => text.push_str("true"),
            Value::Number(number) => {
                text.push_str(&double(number).unwrap_or_else(|| "null".to_owned()));
            }
            Value::String(string) => quote(&mut text, string),
            Value::Array(items) => {
                text.push('[');
                rest.push(Part::Text("]"));
                for (index, item) in items.iter().enumerate().rev() {
                    rest.push(Part::Value(item));
                    if index > 0 {
                        rest.push(Part::Text(","));
                    }
                }
            }
            Value::Object(members) => {
                text.push('{');
                rest.push(Part::Text("}"));
                let members = in_order(members, is_sorted).into_iter().enumerate().rev();
                rest.extend(
                    members.map(|(nth, (name, value))| Part::Member(nth == 0, name, value)),
                );
            }
        }
    }
    text
}

/// The members in the order in which JavaScript's object has them: array indices first.
fn in_order(members: &Map<String, Value>, is_sorted: bool) -> Vec<(&str, &Value)> {
    let (mut indices, mut names) = (Vec::new(), Vec::new());
    for (name, value) in members {
        match array_index(name) {
            Some(index) => indices.push((index, (name.as_str(), value))),
            None => names.push((name.as_str(), value)),
        }
    }
    indices.sort_unstable_by_key(|(index, _)| *index);
    if is_sorted {
        names.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    }
    let indices = indices.into_iter().map(|(_, member)| member);
    indices.chain(names).collect()
}

/// An array index as ECMAScript has it: up to 2^32 - 2, without a leading zero.
fn array_index(name: &str) -> Option<u32> {
    let is_plain = name == "0" || matches!(name.as_bytes(), [b'1'..=b'9', ..]);
    let index = name.parse().ok().filter(|index| *index < u32::MAX);
    index.filter(|_| is_plain)
}

/// A number as ECMAScript's `Number::toString` prints it; none beyond the range of doubles.
fn double(number: &Number) -> Option<String> {
    let double = match Numeric::of(number) {
        Numeric::Natural(natural) => natural as f64,
        Numeric::Negative(negative) => negative as f64,
        Numeric::Double(double) => double,
        Numeric::Text(_) => return None,
    };
    Some(ryu_js::Buffer::new().format(double).to_owned())
}

/// A string as `JSON.stringify` writes it: what need not be escaped is not.
fn quote(text: &mut String, string: &str) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            '\0'..='\u{1f}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(character));
            }
            _ => text.push(character),
        }
    }
    text.push('"');
}
