//! Keys, digests and their sums (C1 to C4): of a whole value, and the terms by which they change.

use crate::value::{MAX_DEPTH, Numeric};
use serde_json::{Map, Number, Value};
use std::hint::black_box;
use xxhash_rust::xxh3::{xxh3_128, xxh3_128_with_seed};

/// 128 bits that stand for the place of a value: for the names on the way to it (C1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(u128);

/// What the elements' key is made of: no name has this byte, for UTF-8 does not.
const ELEMENTS: [u8; 1] = [0xff];

impl Key {
    /// The hash of the empty text.
    pub(crate) const ROOT: Key = Key(0x99aa_06d3_0147_98d8_6001_c324_468d_497f);

    /// The lower half is the seed. The upper half goes into the result, so that it takes a collision of 128 bits and not of
    /// 64 to mistake one key for another.
    #[inline(always)]
    fn hash(self, bytes: &[u8]) -> u128 {
        let upper = self.0 & (u128::MAX << 64);
        xxh3_128_with_seed(bytes, self.0 as u64) ^ upper
    }

    /// The key of the member `name` of an object that has this key.
    #[inline(always)]
    pub(crate) fn member(self, name: &str) -> Key {
        Key(self.hash(name.as_bytes()))
    }

    /// The key of every element of an array that has this key: it says nothing of the index, so that an element that shifts
    /// keeps its sum.
    #[inline(always)]
    pub(crate) fn elements(self) -> Key {
        Key(self.hash(&ELEMENTS))
    }

    /// What the sum of the element at `index` counts for in an array that has this key. It is odd, so that no change of one
    /// element is lost.
    #[inline(always)]
    pub(crate) fn weight(self, index: usize) -> u128 {
        self.hash(&(index as u64).to_le_bytes()) | 1
    }

    /// The digest of a value of these two words (C2).
    #[inline(always)]
    fn digest(self, (first, second): (u64, u64)) -> u128 {
        let first = first.wrapping_add(self.0 as u64);
        let second = second.wrapping_add((self.0 >> 64) as u64);
        u128::from(first) * u128::from(second)
    }

    /// The sum of a value with this key (C3). O(the value); any depth.
    pub(crate) fn sum(self, value: &Value) -> u128 {
        let mut walk = Walk::default();
        let sum = walk.value(self, value, MAX_DEPTH);
        if walk.is_too_deep {
            return self.sum_of_deep(value);
        }
        sum
    }

    /// The same without recursion.
    #[cold]
    fn sum_of_deep(self, value: &Value) -> u128 {
        let mut sum = 0u128;
        // Each with what it counts for in the whole.
        let mut left = vec![(self, value, 1u128)];
        while let Some((key, value, weight)) = left.pop() {
            sum = sum.wrapping_add(weight.wrapping_mul(key.digest(words(value))));
            match value {
                Value::Array(items) => {
                    let elements = key.elements();
                    let weigh = |index| weight.wrapping_mul(key.weight(index));
                    let items = items.iter().enumerate();
                    left.extend(items.map(|(index, item)| (elements, item, weigh(index))));
                }
                Value::Object(members) => {
                    let members = members.iter();
                    left.extend(members.map(|(name, member)| (key.member(name), member, weight)));
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        sum
    }
}

/// The two halves of a hash, the lower first.
#[inline(always)]
fn halves(hash: u128) -> (u64, u64) {
    (hash as u64, (hash >> 64) as u64)
}

#[inline(always)]
fn words_of_number(number: &Number) -> (u64, u64) {
    match Numeric::of(number) {
        Numeric::Natural(natural) => (natural, 4),
        Numeric::Negative(negative) => (negative as u64, 5),
        Numeric::Double(double) => (double.to_bits(), 6),
        Numeric::Text(text) => halves(xxh3_128_with_seed(text.as_bytes(), 9)),
    }
}

/// The words that a value's own digest is made of (C2).
#[inline(always)]
fn words(value: &Value) -> (u64, u64) {
    match value {
        Value::Null => (0, 1),
        Value::Bool(false) => (0, 2),
        Value::Bool(true) => (0, 3),
        Value::Number(number) => words_of_number(number),
        Value::String(text) => halves(xxh3_128(text.as_bytes())),
        Value::Array(_) => (0, 7),
        Value::Object(_) => (0, 8),
    }
}

/// A walk goes down by recursion, but no further than it has room.
#[derive(Default)]
struct Walk {
    /// Then what it comes to is not the sum.
    is_too_deep: bool,
}

impl Walk {
    // Scalars are most of a document: a call for each would cost as much as its digest.
    #[inline(always)]
    fn value(&mut self, key: Key, value: &Value, room: usize) -> u128 {
        let digest = || key.digest(words(value));
        match value {
            Value::Array(items) => digest().wrapping_add(self.elements(key, items, room)),
            Value::Object(members) => digest().wrapping_add(self.members(key, members, room)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => digest(),
        }
    }

    /// The room inside a container.
    fn below(&mut self, room: usize) -> Option<usize> {
        let below = room.checked_sub(1);
        self.is_too_deep |= below.is_none();
        below
    }

    fn elements(&mut self, key: Key, items: &[Value], room: usize) -> u128 {
        let Some(room) = self.below(room) else {
            return 0;
        };
        let mut sum = 0u128;
        let elements = key.elements();
        for (index, item) in items.iter().enumerate() {
            let item = self.value(elements, item, room);
            sum = sum.wrapping_add(key.weight(index).wrapping_mul(item));
        }
        sum
    }

    fn members(&mut self, key: Key, members: &Map<String, Value>, room: usize) -> u128 {
        let Some(room) = self.below(room) else {
            return 0;
        };
        if members.len() > FAR {
            return self.far_members(key, members, room);
        }
        let mut sum = 0u128;
        for (name, member) in members {
            let member = self.value(key.member(name), member, room);
            sum = sum.wrapping_add(member);
        }
        sum
    }

    /// The members of an object that no cache holds. What a few of them hold is fetched at once, and summed then: one wait, not one
    /// after the other.
    #[inline(never)]
    fn far_members(&mut self, key: Key, members: &Map<String, Value>, room: usize) -> u128 {
        let mut sum = 0u128;
        let (mut ahead, mut members) = (members.iter(), members.iter());
        while members.len() > 0 {
            ahead.by_ref().take(AT_ONCE).for_each(fetch);
            for (name, member) in members.by_ref().take(AT_ONCE) {
                sum = sum.wrapping_add(self.value(key.member(name), member, room));
            }
        }
        sum
    }
}

/// Reads a little of each piece of memory that an object is made of: of its names and texts, and of its arrays.
#[inline(always)]
fn fetch((name, member): (&String, &Value)) {
    fetch_text(name);
    let Value::Object(members) = member else {
        return;
    };
    for (name, member) in members.iter().take(RECORD) {
        fetch_text(name);
        match member {
            Value::String(text) => fetch_text(text),
            Value::Array(items) => drop(black_box(items.first().map(Value::is_null))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
        }
    }
}

#[inline(always)]
fn fetch_text(text: &str) {
    black_box(text.as_bytes().first().copied());
}

/// More members than these are further away than the caches.
const FAR: usize = 16_384;

/// Of so many records there is as much to fetch as can be under way.
const AT_ONCE: usize = 4;

/// What has more members than these is no record: the first would be gone from the caches when they are summed.
const RECORD: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_fetched_before_it_is_summed_has_the_sum_that_it_has_one_by_one() {
        for count in [FAR - 1, FAR, FAR + 1, FAR + AT_ONCE, FAR + AT_ONCE + 1] {
            let member = |number: usize| match number % 4 {
                0 => json!({"name": number.to_string(), "list": [number], "none": []}),
                1 => json!([number, "text"]),
                2 => json!(number.to_string()),
                _ => json!(number),
            };
            let members = (0..count).map(|number| (number.to_string(), member(number)));
            let mut far = Value::Object(members.collect());
            let large = (0..RECORD + 2).map(|number| (number.to_string(), json!("text")));
            far["0"] = Value::Object(large.collect());
            assert_eq!(Key::ROOT.sum(&far), Key::ROOT.sum_of_deep(&far), "{count}");
        }
    }

    #[test]
    fn a_document_too_deep_to_walk_has_the_sum_that_the_walk_would_find() {
        let kinds =
            json!([null, false, true, 7, -7, 0.5, "text", [], {}, [1, 1], {"b": 2, "a": [3]}]);
        assert_eq!(Key::ROOT.sum_of_deep(&kinds), Key::ROOT.sum(&kinds));
        let around = |inner: Value, level| json!([level, {"in": inner, "level": level}]);
        for levels in [MAX_DEPTH / 2, MAX_DEPTH / 2 + 1, MAX_DEPTH] {
            let deep = (0..levels).fold(json!("inside"), around);
            let mut walk = Walk::default();
            let sum = walk.value(Key::ROOT, &deep, 2 * MAX_DEPTH);
            assert!(!walk.is_too_deep);
            assert_eq!(Key::ROOT.sum(&deep), sum, "{levels} levels");
            assert_eq!(Key::ROOT.sum_of_deep(&deep), sum, "{levels} levels");
        }
    }
}
