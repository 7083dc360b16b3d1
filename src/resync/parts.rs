//! Parts of a document, and how two sides find those that differ (M16, M19, M20).

mod divergence;
mod form;
mod take_over;

pub use divergence::{Divergence, divergence};
pub(super) use take_over::take_over;

use crate::{
    checksum::{self, Checksum, sum::Key},
    path::{Path, Position, name_order, position},
};
use serde_json::{Map, Value};

/// Into how many parts a part is split at most.
const FANOUT: usize = 16;

/// Up to how many values a part is sent rather than split.
const SMALL: usize = 16;

/// A value, or a range of the members or elements of a container (M19).
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Where the value or the container is.
    pub path: Path,
    /// The range, if it is one.
    pub range: Option<Range>,
}

/// A range of members or elements in document order, by unescaped tokens (M19).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first that is in it; from the first of all, if that is not said.
    pub from: Option<String>,
    /// The first that is behind it; to the end, if that is not said.
    pub to: Option<String>,
}

/// A part, and what is found there (M20).
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The part.
    pub part: Part,
    /// What is there.
    pub content: Content,
}

/// What is found in a part (M20).
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// The value.
    Value(Value),
    /// All members in the range.
    Members(Map<String, Value>),
    /// All elements in the range.
    Elements(Vec<Value>),
    /// The parts that it is split into, each with its checksum.
    Split {
        /// Whether the container is an array; else it is an object.
        is_array: bool,
        /// The parts, in document order.
        parts: Vec<(Part, Checksum)>,
    },
    /// Nothing.
    Absent,
}

impl Part {
    /// The whole document.
    pub fn whole() -> Part {
        Part {
            path: Path::root(),
            range: None,
        }
    }
}

impl Range {
    fn holds(&self, token: &str) -> bool {
        let is_from = self
            .from
            .as_deref()
            .is_none_or(|from| name_order(from, token).is_le());
        is_from
            && self
                .to
                .as_deref()
                .is_none_or(|to| name_order(token, to).is_lt())
    }

    /// The indices of an array of that length that are in it; none where a bound is no index.
    fn indices(&self, length: usize) -> std::ops::Range<usize> {
        let bound = |token: &Option<String>, missing: usize| match token.as_deref().map(position) {
            None => missing,
            Some(Position::At(index)) => index.min(length),
            Some(Position::End | Position::None) => length,
        };
        let from = bound(&self.from, 0);
        from..bound(&self.to, length).max(from)
    }
}

/// The members in a range, in document order.
fn members_within<'v>(
    members: &'v Map<String, Value>,
    range: Option<&Range>,
) -> Vec<(&'v str, &'v Value)> {
    let names = members
        .iter()
        .map(|(name, member)| (name.as_str(), member))
        .filter(|(name, _)| range.is_none_or(|range| range.holds(name)));
    let mut within: Vec<_> = names.collect();
    within.sort_by(|(a, _), (b, _)| name_order(a, b));
    within
}

/// The checksum of a part (M19): that of nothing is 0. O(the part), and for a range of members what it takes to find them.
pub(super) fn checksum_of(document: &Value, part: &Part) -> Checksum {
    let Some((key, value)) = checksum::part(document, &part.path) else {
        return Checksum::from(0);
    };
    let sum = match (&part.range, value) {
        (None, _) => key.sum(value),
        (Some(range), Value::Object(members)) => total(
            members_within(members, Some(range))
                .into_iter()
                .map(|(name, member)| key.member(name).sum(member)),
        ),
        (Some(range), Value::Array(elements)) => total(
            range
                .indices(elements.len())
                .map(|index| element_sum(key, index, elements)),
        ),
        (Some(_), Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => 0,
    };
    Checksum::from(sum)
}

/// What an element counts for in its array (C3).
fn element_sum(array: Key, index: usize, elements: &[Value]) -> u128 {
    let sum = array.elements().sum(&elements[index]);
    array.weight(index).wrapping_mul(sum)
}

fn total(sums: impl Iterator<Item = u128>) -> u128 {
    sums.fold(0, u128::wrapping_add)
}

/// Whether a value, all in all, is of at most so many values. O(that many).
pub(crate) fn is_at_most(value: &Value, most: usize) -> bool {
    count(std::iter::once(value), most).is_some()
}

/// How many more there may be, if there are no more than that.
fn count<'v>(values: impl Iterator<Item = &'v Value>, most: usize) -> Option<usize> {
    let mut left = most;
    for value in values {
        left = left.checked_sub(1)?;
        left = match value {
            Value::Array(elements) => count(elements.iter(), left)?,
            Value::Object(members) => count(members.values(), left)?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => left,
        };
    }
    Some(left)
}

/// What is in a part: the value where it is small, else what it is split into (M20). O(the part).
pub(crate) fn describe_part(document: &Value, part: &Part) -> Finding {
    let content = match checksum::part(document, &part.path) {
        None => Content::Absent,
        Some((key, value)) => content(value, key, part),
    };
    Finding {
        part: part.clone(),
        content,
    }
}

fn content(value: &Value, key: Key, part: &Part) -> Content {
    let inside = |token: &str| {
        let mut path = part.path.clone();
        path.push(token);
        Part { path, range: None }
    };
    match value {
        _ if part.range.is_none() && is_at_most(value, SMALL) => Content::Value(value.clone()),
        Value::Object(members) => {
            let within = members_within(members, part.range.as_ref());
            if count(within.iter().map(|(_, member)| *member), SMALL).is_some() {
                let members = within.into_iter();
                let owned = members.map(|(name, member)| (name.to_owned(), member.clone()));
                return Content::Members(owned.collect());
            }
            let name = |(name, _): &(&str, &Value)| (*name).to_owned();
            let sum = |(name, member): &(&str, &Value)| key.member(name).sum(member);
            let parts = split(&within, part, name, inside, sum, |_| 1);
            Content::Split {
                is_array: false,
                parts,
            }
        }
        Value::Array(elements) => {
            let range = part.range.as_ref();
            let indices = range.map_or(0..elements.len(), |range| range.indices(elements.len()));
            if count(elements[indices.clone()].iter(), SMALL).is_some() {
                return Content::Elements(elements[indices].to_vec());
            }
            let sum = |index: &usize| key.elements().sum(&elements[*index]);
            let weight = |index: &usize| key.weight(*index);
            let indices: Vec<usize> = indices.collect();
            let parts = split(&indices, part, usize::to_string, inside, sum, weight);
            Content::Split {
                is_array: true,
                parts,
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            match part.range {
                None => Content::Value(value.clone()),
                // No container any more: whoever asked has to ask about the whole.
                Some(_) => Content::Absent,
            }
        }
    }
}

/// Splits what stands in a range into at most [`FANOUT`] parts: its children, or, of many, ranges of them.
fn split<T>(
    children: &[T],
    part: &Part,
    token: impl Fn(&T) -> String,
    inside: impl Fn(&str) -> Part,
    sum: impl Fn(&T) -> u128,
    weight: impl Fn(&T) -> u128,
) -> Vec<(Part, Checksum)> {
    if children.len() <= FANOUT {
        let one = |child: &T| (inside(&token(child)), Checksum::from(sum(child)));
        return children.iter().map(one).collect();
    }
    let (from, to) = match &part.range {
        Some(range) => (range.from.clone(), range.to.clone()),
        None => (None, None),
    };
    let chunks: Vec<&[T]> = children.chunks(children.len().div_ceil(FANOUT)).collect();
    let mut parts = Vec::with_capacity(chunks.len());
    for (number, chunk) in chunks.iter().enumerate() {
        let start = chunk.first().map(&token).filter(|_| number > 0);
        let end = chunks
            .get(number + 1)
            .and_then(|next| next.first())
            .map(&token);
        let range = Range {
            from: start.or_else(|| from.clone()),
            to: end.or_else(|| to.clone()),
        };
        let path = part.path.clone();
        parts.push((
            Part {
                path,
                range: Some(range),
            },
            Checksum::from(total(
                chunk
                    .iter()
                    .map(|child| weight(child).wrapping_mul(sum(child))),
            )),
        ));
    }
    parts
}
