//! What: a set of deltas, and whether it is in order.

use super::{
    Delta,
    slots::{are_in_order, canonical_order, sort},
};
use crate::form::{FormError, deserialize_from_json, list};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use std::{fmt, mem, ops::Deref, slice, vec};

/// A set of deltas (D5): what one step of one actor comes to.
///
/// A set holds what it was given; what it means is known only with the base that it is for. Every verb normalises it
/// first (D7), and refuses what does not fit. [`diff`](crate::diff()) and the other verbs return sets that are canonical already, for
/// which that costs no copy. Whether a set is in canonical order is looked at once, when it is made: O(k) for k deltas.
///
/// Equality is that of lists, delta by delta; canonical sets for one base are equal exactly when they do the same.
///
/// ```
/// use deltamerge::{Delta, DeltaSet, Path};
/// use serde_json::json;
/// let base = json!({"hp": 7, "log": ["start"]});
/// let deltas = DeltaSet::from_iter([
///     Delta::add(Path::parse("/log/-")?, "hit"),
///     Delta::change(Path::parse("/hp")?, 5),
///     Delta::remove(Path::parse("/log/0")?),
/// ]);
/// let canonical: DeltaSet = serde_json::from_value(json!([
///     {"op": "change", "path": "/hp", "value": 5},
///     {"op": "remove", "path": "/log/0"},
///     {"op": "add", "path": "/log/1", "value": "hit"},
/// ]))?;
/// assert_eq!(deltas.normalize(&base)?, canonical);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DeltaSet {
    deltas: Vec<Delta>,
    /// Whether they are in canonical order, which every verb wants to know.
    in_order: bool,
}

impl Default for DeltaSet {
    fn default() -> DeltaSet {
        DeltaSet::from_sorted(Vec::new())
    }
}

impl DeltaSet {
    /// The empty set, which changes nothing.
    pub fn new() -> DeltaSet {
        DeltaSet::default()
    }

    /// The deltas, in the order in which the set holds them.
    pub fn iter(&self) -> slice::Iter<'_, Delta> {
        self.deltas.iter()
    }

    /// Reads the wire form, a list of deltas. O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is not a list (E4), or as [`Delta::from_json`].
    pub fn from_json(json: Value) -> Result<DeltaSet, FormError> {
        list(json, "bad-request", "a list of deltas", Delta::from_json).map(DeltaSet::from)
    }

    /// The set of deltas that are in canonical order.
    pub(crate) fn from_sorted(deltas: Vec<Delta>) -> DeltaSet {
        debug_assert!(are_in_order(&deltas));
        DeltaSet {
            deltas,
            in_order: true,
        }
    }

    /// The set of deltas that come to be in any order.
    pub(crate) fn sorted(mut deltas: Vec<Delta>) -> DeltaSet {
        sort(&mut deltas);
        DeltaSet::from_sorted(deltas)
    }

    /// The deltas, whose order has to stay what it is.
    pub(super) fn deltas_mut(&mut self) -> &mut [Delta] {
        &mut self.deltas
    }

    /// Brings the deltas into canonical order, and tells where each stood.
    pub(super) fn put_in_order(&mut self) -> Vec<usize> {
        let mut placed: Vec<_> = mem::take(&mut self.deltas)
            .into_iter()
            .enumerate()
            .collect();
        placed.sort_by(|(_, a), (_, b)| canonical_order(a, b));
        let places;
        (places, self.deltas) = placed.into_iter().unzip();
        self.in_order = true;
        places
    }

    /// Brings the deltas back to where they stood.
    pub(super) fn put_back(&mut self, places: Vec<usize>) {
        let mut placed: Vec<_> = places
            .into_iter()
            .zip(mem::take(&mut self.deltas))
            .collect();
        placed.sort_unstable_by_key(|(place, _)| *place);
        self.deltas = placed.into_iter().map(|(_, delta)| delta).collect();
        self.in_order = false;
    }

    pub(crate) fn is_in_order(&self) -> bool {
        self.in_order
    }
}

impl fmt::Debug for DeltaSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeltaSet").field(&self.deltas).finish()
    }
}

/// As a slice of its deltas.
impl Deref for DeltaSet {
    type Target = [Delta];
    fn deref(&self) -> &[Delta] {
        &self.deltas
    }
}

impl FromIterator<Delta> for DeltaSet {
    fn from_iter<I: IntoIterator<Item = Delta>>(deltas: I) -> DeltaSet {
        DeltaSet::from(Vec::from_iter(deltas))
    }
}

impl From<Vec<Delta>> for DeltaSet {
    fn from(deltas: Vec<Delta>) -> DeltaSet {
        let in_order = are_in_order(&deltas);
        DeltaSet { deltas, in_order }
    }
}

impl Extend<Delta> for DeltaSet {
    /// O(what is added).
    fn extend<I: IntoIterator<Item = Delta>>(&mut self, deltas: I) {
        let joint = self.deltas.len().saturating_sub(1);
        self.deltas.extend(deltas);
        self.in_order = self.in_order && are_in_order(&self.deltas[joint..]);
    }
}

impl IntoIterator for DeltaSet {
    type Item = Delta;
    type IntoIter = vec::IntoIter<Delta>;
    fn into_iter(self) -> Self::IntoIter {
        self.deltas.into_iter()
    }
}

impl<'d> IntoIterator for &'d DeltaSet {
    type Item = &'d Delta;
    type IntoIter = slice::Iter<'d, Delta>;
    fn into_iter(self) -> Self::IntoIter {
        self.deltas.iter()
    }
}

impl Serialize for DeltaSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.deltas.serialize(serializer)
    }
}

deserialize_from_json!(DeltaSet);
