//! The checksum of a document (C1 to C5), and beside it the strong form (C6) and Movex's (C7).

#[cfg(feature = "movex")]
pub(crate) mod movex;
#[cfg(feature = "strong")]
pub(crate) mod strong;
pub(crate) mod sum;

use crate::path::{Path, Position, position};

use serde::{Serialize, Serializer};
use serde_json::Value;
use std::{fmt, str::FromStr};
use sum::Key;

/// The 128-bit checksum of a document, shown as 32 hexadecimal digits.
///
/// ```
/// use deltamerge::{Checksum, checksum};
/// use serde_json::json;
/// let sum = checksum(&json!({"hp": 5}));
/// assert_eq!(sum.to_string().parse::<Checksum>().unwrap(), sum);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Checksum(u128);

impl Checksum {
    /// The checksum as a number.
    pub fn to_u128(self) -> u128 {
        self.0
    }
}

impl From<u128> for Checksum {
    fn from(number: u128) -> Checksum {
        Checksum(number)
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({self})")
    }
}

/// A text is not a checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChecksumError {
    digits: usize,
    found: String,
}

impl ChecksumError {
    /// The error's code: `bad-request`.
    pub fn code(&self) -> &'static str {
        "bad-request"
    }
}

impl fmt::Display for ChecksumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ChecksumError { digits, found } = self;
        write!(
            f,
            "expected {digits} lower-case hexadecimal digits, found {found:?}"
        )
    }
}

impl std::error::Error for ChecksumError {}

impl FromStr for Checksum {
    type Err = ChecksumError;

    fn from_str(text: &str) -> Result<Checksum, ChecksumError> {
        let text = digits(text, 32)?;
        // Thirty-two digits are a number.
        Ok(Checksum(u128::from_str_radix(text, 16).unwrap_or_default()))
    }
}

/// The text, where it is that many lower-case hexadecimal digits.
fn digits(text: &str, digits: usize) -> Result<&str, ChecksumError> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let found = Some(text).filter(|text| text.len() == digits && text.bytes().all(is_digit));
    found.ok_or_else(|| ChecksumError {
        digits,
        found: text.to_owned(),
    })
}

impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Checksum {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Checksum, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The checksum of a document (C1 to C3): equal documents have the same, whatever the order of their members, on every
/// machine, in every language.
///
/// O(the document); any depth. It resists faults and drift, not somebody who chooses the documents.
///
/// ```
/// use deltamerge::checksum;
/// use serde_json::json;
/// assert_eq!(checksum(&json!({"a": 1, "b": [2.0]})), checksum(&json!({"b": [2], "a": 1.0})));
/// assert_ne!(checksum(&json!([1, 2])), checksum(&json!([2, 1])));
/// ```
#[must_use]
pub fn checksum(document: &Value) -> Checksum {
    Checksum(Key::ROOT.sum(document))
}

/// The checksum of the part of a document below a path (C5); none where nothing is there.
///
/// Two sides that differ find out where by comparing parts, from the root down. An element has the same whatever its index
/// is, so that elements that only moved are known. O(the path and the part); any depth.
///
/// ```
/// use deltamerge::{Path, checksum, checksum_at};
/// use serde_json::json;
/// let (here, there) = (json!({"a": [1, {"b": 2}], "c": 3}), json!({"a": [{"b": 2}], "c": 4}));
/// let part = |document, path| checksum_at(document, &Path::parse(path).unwrap());
/// assert_eq!(part(&here, "/a/1"), part(&there, "/a/0"));
/// assert_ne!(part(&here, "/c"), part(&there, "/c"));
/// assert_eq!(part(&here, "/d"), None);
/// assert_eq!(part(&here, ""), Some(checksum(&here)));
/// ```
#[must_use]
pub fn checksum_at(document: &Value, path: &Path) -> Option<Checksum> {
    let (key, value) = part(document, path)?;
    Some(Checksum(key.sum(value)))
}

/// The value at a path, if one is there.
#[cfg(any(feature = "strong", feature = "movex"))]
pub(crate) fn value_at<'v>(document: &'v Value, path: &Path) -> Option<&'v Value> {
    part(document, path).map(|(_, value)| value)
}

/// The value at a path with the key of its place.
pub(crate) fn part<'v>(document: &'v Value, path: &Path) -> Option<(Key, &'v Value)> {
    let mut key = Key::ROOT;
    let mut value = document;
    for token in path.tokens() {
        (key, value) = match value {
            Value::Object(members) => (key.member(&token), members.get(token.as_ref())?),
            Value::Array(items) => match position(&token) {
                Position::At(index) => (key.elements(), items.get(index)?),
                Position::End | Position::None => return None,
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
        };
    }
    Some((key, value))
}
