//! The strong form (C6): a Merkle tree of SHA-256, for peers that lie.

use super::{ChecksumError, digits};
use crate::value::Numeric;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// The strong checksum of a document (C6), shown as 64 hexadecimal digits.
///
/// Needs the feature `strong`.
///
/// ```
/// use deltamerge::strong_checksum;
/// let sum = strong_checksum(&serde_json::json!(null));
/// assert_eq!(sum.to_string(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
/// assert_eq!(sum.as_bytes()[0], 0x6e);
/// assert_eq!(sum.to_string().parse(), Ok(sum));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StrongChecksum([u8; 32]);

impl StrongChecksum {
    /// The checksum's bytes. O(1).
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for StrongChecksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for StrongChecksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StrongChecksum({self})")
    }
}

impl Serialize for StrongChecksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<[u8; 32]> for StrongChecksum {
    fn from(bytes: [u8; 32]) -> StrongChecksum {
        StrongChecksum(bytes)
    }
}

impl FromStr for StrongChecksum {
    type Err = ChecksumError;

    fn from_str(text: &str) -> Result<StrongChecksum, ChecksumError> {
        let text = digits(text, 64)?;
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            // Two digits are a byte.
            let digits = &text[2 * index..2 * index + 2];
            *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
        }
        Ok(StrongChecksum(bytes))
    }
}

impl<'de> Deserialize<'de> for StrongChecksum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<StrongChecksum, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// The strong checksum of a document (C6): equal documents have the same, and nobody can make two documents that have one.
///
/// O(the document, and sorting the members of each object where the map type does not); any depth. Needs the feature
/// `strong`.
///
/// ```
/// use deltamerge::strong_checksum;
/// use serde_json::json;
/// let sum = strong_checksum(&json!({"a": 1, "b": [2.0]}));
/// assert_eq!(sum, strong_checksum(&json!({"b": [2], "a": 1.0})));
/// assert_ne!(sum, strong_checksum(&json!({"a": 1, "b": [2, null]})));
/// ```
#[must_use]
pub fn strong_checksum(document: &Value) -> StrongChecksum {
    // A stack of its own, for documents may be deeper than the thread's.
    let mut around: Vec<Container<'_>> = Vec::new();
    let mut value = document;
    loop {
        let mut digest = match Container::of(value) {
            Ok(container) => {
                around.push(container);
                None
            }
            Err(digest) => Some(digest),
        };
        value = loop {
            let Some(container) = around.last_mut() else {
                // Nothing is left around the value, so it was the document.
                return StrongChecksum(digest.unwrap_or_default());
            };
            if let Some(digest) = digest.take() {
                container.hash.update(digest);
            }
            if let Some(child) = container.step() {
                break child;
            }
            digest = around
                .pop()
                .map(|container| container.hash.finalize().into());
        };
    }
}

/// A container that is being hashed.
struct Container<'v> {
    hash: Sha256,
    rest: Rest<'v>,
}

enum Rest<'v> {
    Elements(std::slice::Iter<'v, Value>),
    Members(std::vec::IntoIter<(&'v String, &'v Value)>),
}

impl<'v> Container<'v> {
    /// The start of a container, or the whole hash of a scalar.
    fn of(value: &'v Value) -> Result<Container<'v>, [u8; 32]> {
        let (tag, rest) = match value {
            Value::Array(items) => (7, Rest::Elements(items.iter())),
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_unstable_by_key(|(name, _)| *name);
                (8, Rest::Members(members.into_iter()))
            }
            Value::Null => return Err(tagged(0, &[])),
            Value::Bool(false) => return Err(tagged(1, &[])),
            Value::Bool(true) => return Err(tagged(2, &[])),
            Value::Number(number) => {
                return Err(match Numeric::of(number) {
                    Numeric::Natural(natural) => tagged(3, &natural.to_be_bytes()),
                    Numeric::Negative(negative) => tagged(4, &negative.to_be_bytes()),
                    Numeric::Double(double) => tagged(5, &double.to_be_bytes()),
                    Numeric::Text(text) => tagged(9, text.as_bytes()),
                });
            }
            Value::String(text) => return Err(tagged(6, text.as_bytes())),
        };
        let hash = Sha256::new_with_prefix([tag]);
        Ok(Container { hash, rest })
    }

    /// The next value inside; the name of a member is hashed on the way.
    fn step(&mut self) -> Option<&'v Value> {
        match &mut self.rest {
            Rest::Elements(elements) => elements.next(),
            Rest::Members(members) => {
                let (name, member) = members.next()?;
                self.hash.update(Sha256::digest(name));
                Some(member)
            }
        }
    }
}

fn tagged(tag: u8, content: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix([tag])
        .chain_update(content)
        .finalize()
        .into()
}
