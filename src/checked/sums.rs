//! The sum of a document while it is edited, and the sums of the elements of its arrays.

use crate::{
    checksum::{Checksum, sum::Key},
    delta::watch::Watch,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Shorter stretches of elements are summed again whenever they shift.
const WORTH_KEEPING: usize = 16;

/// The sum of a document, and what is known of the parts of it that may shift.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    total: u128,
    /// Of arrays that no other array is around, whose elements have shifted before. Two arrays have one key with a probability
    /// of 2^-128; if somebody makes that happen, their checksums are worth nothing anyway.
    arrays: BTreeMap<Key, Kept>,
    /// The elements whose sums are kept and that edits are led into.
    entered: Vec<Element>,
}

/// The sums of the elements of an array, from one of them to the last.
#[derive(Clone, Debug)]
struct Kept {
    from: usize,
    sums: Vec<u128>,
}

/// An element whose sum is kept.
#[derive(Clone, Debug)]
struct Element {
    array: Key,
    index: usize,
    /// What its sum counts for in that of the document.
    weight: u128,
}

/// Where a value is.
// It is copied at each step: what few need is in a list.
#[derive(Clone, Copy)]
pub(super) struct At {
    key: Key,
    /// What its sum counts for in the total, or in that of the element whose sum is kept.
    weight: u128,
    within: Within,
}

#[derive(Clone, Copy)]
enum Within {
    /// No array is around.
    Document,
    /// An array is around, or an element that shifts: for the while, its sum is the total.
    Array,
    /// An element whose sum is kept is around: which of the list.
    Kept(usize),
}

impl Within {
    fn is_document(self) -> bool {
        matches!(self, Within::Document)
    }
}

impl At {
    pub(super) const ROOT: At = At {
        key: Key::ROOT,
        weight: 1,
        within: Within::Document,
    };
}

/// An array while its elements shift.
pub(super) struct Shift {
    array: At,
    elements: Key,
    first: usize,
    /// The index of the next element as it was, and as it will be.
    old: usize,
    new: usize,
    /// What the edit adds to the sum of the array.
    added: u128,
    keeps: bool,
    /// The index from which sums are known; those before the first element that shifts; the others, still to come.
    from: usize,
    before: Vec<u128>,
    known: std::vec::IntoIter<u128>,
    after: Vec<u128>,
}

impl Sums {
    pub(super) fn new(checksum: Checksum) -> Sums {
        Sums {
            total: checksum.to_u128(),
            arrays: BTreeMap::new(),
            entered: Vec::new(),
        }
    }

    pub(super) fn checksum(&self) -> Checksum {
        self.total.into()
    }

    /// These sums, to be kept up by edits that are about to be made.
    pub(super) fn before_edits(&mut self) -> &mut Sums {
        self.entered.clear();
        self
    }

    /// The sum that is kept of an element.
    fn kept(&mut self, array: Key, index: usize) -> Option<&mut u128> {
        let kept = self.arrays.get_mut(&array)?;
        kept.sums.get_mut(index.checked_sub(kept.from)?)
    }

    /// The sum of what is at a place changes by `difference`.
    #[inline(always)]
    fn record(&mut self, at: &At, difference: u128) {
        let mut difference = at.weight.wrapping_mul(difference);
        if let Within::Kept(element) = at.within {
            let Element {
                array,
                index,
                weight,
            } = self.entered[element];
            if let Some(sum) = self.kept(array, index) {
                *sum = sum.wrapping_add(difference);
            }
            difference = weight.wrapping_mul(difference);
        }
        self.total = self.total.wrapping_add(difference);
    }

    /// Drops the sums of arrays that go with a value.
    #[inline]
    fn forget(&mut self, at: &At, value: &Value) {
        if at.within.is_document() && !self.arrays.is_empty() {
            self.forget_inside(at.key, value);
        }
    }

    fn forget_inside(&mut self, key: Key, value: &Value) {
        match value {
            Value::Array(_) => {
                self.arrays.remove(&key);
            }
            Value::Object(members) => members
                .iter()
                .for_each(|(name, member)| self.forget_inside(key.member(name), member)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

impl Shift {
    /// The sum of the next element of those that were there.
    fn next_sum(&mut self, element: &Value) -> u128 {
        let known = if self.old < self.from {
            None
        } else {
            self.known.next()
        };
        known.unwrap_or_else(|| self.elements.sum(element))
    }

    fn takes(&mut self, sum: u128) {
        let term = self.array.key.weight(self.old).wrapping_mul(sum);
        self.added = self.added.wrapping_sub(term);
        self.old += 1;
    }

    fn gives(&mut self, sum: u128) {
        let term = self.array.key.weight(self.new).wrapping_mul(sum);
        self.added = self.added.wrapping_add(term);
        self.new += 1;
        if self.keeps {
            self.after.push(sum);
        }
    }
}

impl Watch for Sums {
    type Place = At;
    type Shift = Shift;

    // A place is large: written by a call, it costs as much as the key in it.
    #[inline(always)]
    fn member(&self, object: &At, name: &str) -> At {
        At {
            key: object.key.member(name),
            ..*object
        }
    }

    #[inline(always)]
    fn element(&mut self, array: &At, index: usize) -> At {
        let (key, weight) = (array.key.elements(), array.key.weight(index));
        if self.kept(array.key, index).is_some() {
            let array = array.key;
            self.entered.push(Element {
                array,
                index,
                weight,
            });
            return At {
                key,
                weight: 1,
                within: Within::Kept(self.entered.len() - 1),
            };
        }
        let within = match array.within {
            Within::Document => Within::Array,
            within => within,
        };
        At {
            key,
            weight: array.weight.wrapping_mul(weight),
            within,
        }
    }

    #[inline(always)]
    fn goes(&mut self, at: &At, value: &Value) {
        self.record(at, at.key.sum(value).wrapping_neg());
        self.forget(at, value);
    }

    #[inline(always)]
    fn comes(&mut self, at: &At, value: &Value) {
        self.record(at, at.key.sum(value));
    }

    #[inline(always)]
    fn changes(&mut self, at: &At, before: &Value, after: &Value) {
        self.record(at, at.key.sum(after).wrapping_sub(at.key.sum(before)));
        self.forget(at, before);
    }

    fn grows(&mut self, array: &At, index: usize, element: &Value) {
        let sum = array.key.elements().sum(element);
        self.record(array, array.key.weight(index).wrapping_mul(sum));
        if let Some(kept) = self.arrays.get_mut(&array.key) {
            kept.sums.push(sum);
        }
    }

    fn shrinks(&mut self, array: &At, index: usize, element: &Value) {
        let sum = array.key.elements().sum(element);
        let term = array.key.weight(index).wrapping_mul(sum);
        self.record(array, term.wrapping_neg());
        if let Some(kept) = self.arrays.get_mut(&array.key)
            && kept.sums.pop().is_none()
        {
            // The next that comes here is the first whose sum is kept.
            kept.from = index;
        }
    }

    fn shift(&mut self, array: &At, first: usize, length: usize) -> Shift {
        let shifting = length - first;
        let kept = self.arrays.remove(&array.key);
        let keeps = kept.is_some() || (array.within.is_document() && shifting >= WORTH_KEEPING);
        let Kept { from, mut sums } = kept.unwrap_or(Kept {
            from: length,
            sums: Vec::new(),
        });
        let known = sums.split_off(first.saturating_sub(from).min(sums.len()));
        Shift {
            array: *array,
            elements: array.key.elements(),
            first,
            old: first,
            new: first,
            added: 0,
            keeps,
            from,
            before: sums,
            known: known.into_iter(),
            after: Vec::with_capacity(if keeps { shifting } else { 0 }),
        }
    }

    fn stay(&mut self, shift: &mut Shift, elements: &[Value]) {
        if shift.old == shift.new && !shift.keeps {
            shift.old += elements.len();
            shift.new += elements.len();
            return;
        }
        if shift.old == shift.new {
            for element in elements {
                let sum = shift.next_sum(element);
                shift.after.push(sum);
                shift.old += 1;
                shift.new += 1;
            }
            return;
        }
        // Most often all shift by one: then one element's weight as it will be is the next one's as it was, or the other way
        // round, and is worked out once.
        let key = shift.array.key;
        let mut last = (usize::MAX, 0);
        for element in elements {
            let sum = shift.next_sum(element);
            let (old, new) = (shift.old, shift.new);
            let weigh = |index| {
                if index == last.0 {
                    last.1
                } else {
                    key.weight(index)
                }
            };
            let (before, after) = (weigh(old), weigh(new));
            last = if old < new {
                (new, after)
            } else {
                (old, before)
            };
            let term = after.wrapping_sub(before).wrapping_mul(sum);
            shift.added = shift.added.wrapping_add(term);
            shift.old += 1;
            shift.new += 1;
            if shift.keeps {
                shift.after.push(sum);
            }
        }
    }

    fn comes_between(&mut self, shift: &mut Shift, element: &Value) {
        shift.gives(shift.elements.sum(element));
    }

    fn goes_between(&mut self, shift: &mut Shift, element: &Value) {
        let sum = shift.next_sum(element);
        shift.takes(sum);
    }

    fn changes_between(
        &mut self,
        shift: &mut Shift,
        element: &mut Value,
        edit: impl FnOnce(&mut Value, &mut Self, &At),
    ) {
        let sum = shift.next_sum(element);
        shift.takes(sum);
        // What the edit does to the element is told as if the element were the document.
        let total = std::mem::replace(&mut self.total, sum);
        let alone = At {
            key: shift.elements,
            weight: 1,
            within: Within::Array,
        };
        edit(element, self, &alone);
        let sum = std::mem::replace(&mut self.total, total);
        shift.gives(sum);
    }

    fn shifted(&mut self, shift: Shift) {
        self.record(&shift.array, shift.added);
        if shift.keeps {
            let from = shift.from.min(shift.first);
            let mut sums = shift.before;
            sums.extend(shift.after);
            let kept = Kept { from, sums };
            self.arrays.insert(shift.array.key, kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::CheckedState;
    use super::WORTH_KEEPING;
    use crate::{
        checksum::part,
        delta::{Delta, DeltaSet},
        path::Path,
    };
    use serde_json::{Value, json};

    fn path(text: &str) -> Path {
        text.parse().expect("a pointer")
    }

    fn apply(checked: &mut CheckedState, deltas: impl IntoIterator<Item = Delta>) {
        let set = DeltaSet::from_iter(deltas);
        checked.apply(&set).expect("a set that fits");
        assert!(checked.verify(), "{:?}", &*set);
    }

    /// From which element of an array on the sums are kept, and that they are its elements' sums.
    fn kept(checked: &CheckedState, array: &str) -> Option<usize> {
        let (key, array) = part(&checked.state, &path(array))?;
        let kept = checked.sums.arrays.get(&key)?;
        let elements = array.as_array()?[kept.from..].iter();
        let expected: Vec<_> = elements
            .map(|element| key.elements().sum(element))
            .collect();
        assert_eq!(kept.sums, expected);
        Some(kept.from)
    }

    fn rows(count: usize) -> Value {
        (0..count).map(|index| json!({"n": index})).collect()
    }

    #[test]
    fn sums_are_kept_from_the_first_time_on_that_many_elements_shift() {
        let mut checked = CheckedState::new(json!({"rows": rows(40)}));
        let at = |index: usize| path(&format!("/rows/{index}"));
        apply(
            &mut checked,
            [Delta::change(at(3), 1), Delta::add(at(40), 2)],
        );
        apply(&mut checked, [Delta::remove(at(41 - WORTH_KEEPING + 1))]);
        assert_eq!(kept(&checked, "/rows"), None);
        apply(&mut checked, [Delta::add(at(40 - WORTH_KEEPING), 3)]);
        assert_eq!(kept(&checked, "/rows"), Some(40 - WORTH_KEEPING));
        // From then on they stay, however few elements shift, and go on to where others shift.
        apply(&mut checked, [Delta::add(path("/rows/-"), 4)]);
        apply(&mut checked, [Delta::remove(at(38))]);
        assert_eq!(kept(&checked, "/rows"), Some(40 - WORTH_KEEPING));
        apply(&mut checked, [Delta::remove(at(5))]);
        assert_eq!(kept(&checked, "/rows"), Some(5));
        // An element that is put at the end and taken back leaves nothing.
        let length = checked.state["rows"].as_array().map_or(0, Vec::len);
        let misfit = [Delta::add(at(length), 7), Delta::remove(path("/sums"))];
        let refused = checked.apply(&DeltaSet::from_iter(misfit));
        assert_eq!(refused.expect_err("a misfit").index, 1);
        assert!(checked.verify());
        assert_eq!(kept(&checked, "/rows"), Some(5));
        // Elements between those that come and go stay where they are.
        let places = [8, 20, 30].map(|index| [Delta::remove(at(index)), Delta::add(at(index), 5)]);
        apply(&mut checked, places.into_iter().flatten());
        apply(
            &mut checked,
            [Delta::change(at(4), 6), Delta::change(at(9), 7)],
        );
        assert_eq!(kept(&checked, "/rows"), Some(5));
        apply(&mut checked, [Delta::remove(path("/rows"))]);
        assert!(checked.sums.arrays.is_empty());
    }

    #[test]
    fn sums_are_kept_of_no_array_inside_an_array() {
        let mut checked = CheckedState::new(json!([rows(40), {"rows": rows(40)}]));
        for array in ["/0", "/1/rows"] {
            apply(&mut checked, [Delta::remove(path(&format!("{array}/1")))]);
            assert_eq!(kept(&checked, array), None);
        }
        // Nor while elements around it shift.
        apply(
            &mut checked,
            [Delta::add(path("/0"), 1), Delta::remove(path("/1/rows/1"))],
        );
        assert!(checked.sums.arrays.is_empty());
    }
}
