//! The checksum of a document (C1 to C4): the sum of the digests of its values.

use crate::value::Numeric;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::{fmt, str::FromStr};
use xxhash_rust::xxh3::xxh3_128;

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
    found: String,
}

impl fmt::Display for ChecksumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = &self.found;
        write!(
            f,
            "expected 32 lower-case hexadecimal digits, found {found:?}"
        )
    }
}

impl std::error::Error for ChecksumError {}

impl FromStr for Checksum {
    type Err = ChecksumError;

    fn from_str(text: &str) -> Result<Checksum, ChecksumError> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let digits = Some(text).filter(|text| text.len() == 32 && text.bytes().all(is_digit));
        let number = digits.and_then(|digits| u128::from_str_radix(digits, 16).ok());
        number.map(Checksum).ok_or_else(|| ChecksumError {
            found: text.to_owned(),
        })
    }
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

/// The checksum of a document (C1 to C4): equal documents have the same, whatever the order of their members, on every
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
pub fn checksum(document: &Value) -> Checksum {
    let mut walk = Walk {
        sum: 0,
        message: Vec::with_capacity(128),
        pending: Vec::new(),
    };
    walk.value(&[0; 16], &[], document);
    while let Some((digest, container)) = walk.pending.pop() {
        walk.inside(&digest, container);
    }
    Checksum(walk.sum)
}

type Digest = [u8; 16];

struct Walk<'v> {
    sum: u128,
    message: Vec<u8>,
    /// Containers that are summed already, but not what is in them.
    pending: Vec<(Digest, &'v Value)>,
}

impl<'v> Walk<'v> {
    fn inside(&mut self, digest: &Digest, container: &'v Value) {
        match container {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(digest, &(index as u64).to_le_bytes(), item);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    self.value(digest, name.as_bytes(), member);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn value(&mut self, parent: &Digest, token: &[u8], value: &'v Value) {
        let digest = match value {
            Value::Null => self.digest(parent, 0, token, &[]),
            Value::Bool(false) => self.digest(parent, 1, token, &[]),
            Value::Bool(true) => self.digest(parent, 2, token, &[]),
            Value::Number(number) => match Numeric::of(number) {
                Numeric::Natural(natural) => self.digest(parent, 3, token, &natural.to_le_bytes()),
                Numeric::Negative(negative) => {
                    self.digest(parent, 4, token, &negative.to_le_bytes())
                }
                Numeric::Double(double) => self.digest(parent, 5, token, &double.to_le_bytes()),
                Numeric::Text(text) => self.digest(parent, 9, token, text.as_bytes()),
            },
            Value::String(text) => self.digest(parent, 6, token, text.as_bytes()),
            Value::Array(_) => self.digest(parent, 7, token, &[]),
            Value::Object(_) => self.digest(parent, 8, token, &[]),
        };
        self.sum = self.sum.wrapping_add(digest);
        if matches!(value, Value::Array(_) | Value::Object(_)) {
            self.pending.push((digest.to_be_bytes(), value));
        }
    }

    fn digest(&mut self, parent: &Digest, tag: u8, token: &[u8], payload: &[u8]) -> u128 {
        self.message.clear();
        self.message.extend_from_slice(parent);
        self.message.push(tag);
        self.message
            .extend_from_slice(&(token.len() as u32).to_le_bytes());
        self.message.extend_from_slice(token);
        self.message.extend_from_slice(payload);
        xxh3_128(&self.message)
    }
}

/// Where in a document a value is, as far as its digest depends on that (C2).
#[derive(Clone, Copy)]
pub(crate) struct Spot {
    /// The sum of the digest of the value itself, without what is in it.
    own: u128,
}

impl Spot {
    fn of(parent: &Digest, token: &[u8], value: &Value) -> Spot {
        let mut walk = Walk {
            sum: 0,
            message: Vec::new(),
            pending: Vec::new(),
        };
        walk.value(parent, token, value);
        Spot { own: walk.sum }
    }

    pub(crate) fn root(document: &Value) -> Spot {
        Spot::of(&[0; 16], &[], document)
    }

    pub(crate) fn member(&self, name: &str, member: &Value) -> Spot {
        Spot::of(&self.own.to_be_bytes(), name.as_bytes(), member)
    }

    pub(crate) fn element(&self, index: usize, element: &Value) -> Spot {
        Spot::of(
            &self.own.to_be_bytes(),
            &(index as u64).to_le_bytes(),
            element,
        )
    }

    /// The sum of the digests of the value at this spot and of all in it. O(the value).
    pub(crate) fn sum(&self, value: &Value) -> Checksum {
        let mut walk = Walk {
            sum: self.own,
            message: Vec::with_capacity(128),
            pending: Vec::new(),
        };
        walk.inside(&self.own.to_be_bytes(), value);
        while let Some((digest, container)) = walk.pending.pop() {
            walk.inside(&digest, container);
        }
        Checksum(walk.sum)
    }
}
