//! One history: a document with a delta set, all or nothing (Y1 to Y4).

use super::attempt::{Attempt, OneSet};
use super::lenient::Adjustment;
use super::normalize::{self, DeltaError};
use super::slots::{Inside, Placed, Slots};
use super::watch::{Unwatched, Watch};
use super::{Delta, DeltaSet, DiffType, Op};
use crate::{
    document::{TooDeep, check_depth},
    path::{Path, Position},
    value::{DEFAULT_DEPTH, maps_keep_order},
};
use serde_json::{Map, Value};
use std::{borrow::Cow, fmt};

/// `base` with `deltas`; the base itself stays as it is. O(the base), for it is copied: [`DeltaSet::apply`] works in place.
///
/// # Errors
/// [`ApplyError`] where the set does not fit (Y1), or the base is too deep to be copied.
///
/// ```
/// use deltamerge::{Delta, DeltaSet, Path, apply};
/// use serde_json::json;
/// let deltas = DeltaSet::from_iter([Delta::remove(Path::parse("/a")?)]);
/// assert_eq!(apply(&json!({"a": 1, "b": 2}), &deltas)?, json!({"b": 2}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn apply(base: &Value, deltas: &DeltaSet) -> Result<Value, ApplyError> {
    apply_within(base, deltas, DEFAULT_DEPTH)
}

/// [`apply`] with a bound on the depth of its own (at most [`MAX_DEPTH`](crate::MAX_DEPTH)).
///
/// # Errors
/// As [`apply`].
pub fn apply_within(base: &Value, deltas: &DeltaSet, depth: usize) -> Result<Value, ApplyError> {
    let canonical = normalize::canonical(base, deltas, depth)?;
    check_depth(base, depth)?;
    let mut document = base.clone();
    edit(&mut document, &canonical);
    Ok(document)
}

/// A set cannot be applied to a copy of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApplyError {
    /// The document is too deep to be copied (E3).
    Document(TooDeep),
    /// The set does not fit it (E3, E7, E8, E9).
    Delta(DeltaError),
}

impl ApplyError {
    /// The error's code, as in [`DeltaError::code`].
    pub fn code(&self) -> &'static str {
        match self {
            ApplyError::Document(error) => error.code(),
            ApplyError::Delta(error) => error.code(),
        }
    }

    /// The path of the delta at fault, if one is.
    pub fn path(&self) -> Option<&Path> {
        match self {
            ApplyError::Delta(error) => Some(&error.path),
            ApplyError::Document(_) => None,
        }
    }
}

impl From<TooDeep> for ApplyError {
    fn from(error: TooDeep) -> ApplyError {
        ApplyError::Document(error)
    }
}

impl From<DeltaError> for ApplyError {
    fn from(error: DeltaError) -> ApplyError {
        ApplyError::Delta(error)
    }
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApplyError::Document(error) => error.fmt(f),
            ApplyError::Delta(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ApplyError {}

impl DeltaSet {
    /// Applies the set in place, all or nothing (Y1, Y2). O(k log k) for k deltas and the size of what they touch; an
    /// ADD or REMOVE in an array moves the elements behind it. The values of the set are copied: where it is not needed any
    /// more, or its undo is, [`DeltaSet::apply_and_invert`] takes less.
    ///
    /// # Errors
    /// [`DeltaError`] where the set does not fit; then the document is as it was.
    ///
    /// ```
    /// use deltamerge::{Delta, DeltaSet, Path};
    /// use serde_json::json;
    /// let mut document = json!({"hp": 7});
    /// let deltas = DeltaSet::from_iter([
    ///     Delta::change(Path::parse("/hp")?, 5),
    ///     Delta::remove(Path::parse("/mp")?),
    /// ]);
    /// let error = deltas.apply(&mut document).unwrap_err();
    /// assert_eq!((error.code(), error.index), ("does-not-fit", 1));
    /// assert_eq!(document, json!({"hp": 7}));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply(&self, document: &mut Value) -> Result<(), DeltaError> {
        self.apply_within(document, DEFAULT_DEPTH)
    }

    /// [`DeltaSet::apply`] with a bound on the depth of its own.
    ///
    /// # Errors
    /// As [`DeltaSet::apply`].
    pub fn apply_within(&self, document: &mut Value, depth: usize) -> Result<(), DeltaError> {
        apply_watched(document, self, depth, &mut Unwatched, ())
    }

    /// Applies the set in place, taking a stale delta as the resolution table says (Y3), and reports each that was
    /// taken differently (Y4). Costs as [`DeltaSet::apply`].
    ///
    /// # Errors
    /// [`DeltaError`] where the set itself is malformed (E8, E9, or a REMOVE of the root); then the document is as it was.
    pub fn apply_leniently(&self, document: &mut Value) -> Result<Vec<Adjustment>, DeltaError> {
        self.apply_leniently_within(document, DEFAULT_DEPTH)
    }

    /// [`DeltaSet::apply_leniently`] with a bound on the depth of its own.
    ///
    /// # Errors
    /// As [`DeltaSet::apply_leniently`].
    pub fn apply_leniently_within(
        &self,
        document: &mut Value,
        depth: usize,
    ) -> Result<Vec<Adjustment>, DeltaError> {
        let (canonical, adjusted) = normalize::lenient(document, self, depth)?;
        edit(document, &canonical);
        Ok(adjusted)
    }
}

/// [`DeltaSet::apply_within`] under the eyes of somebody; `root` is the place of the document.
pub(crate) fn apply_watched<W: Watch>(
    document: &mut Value,
    deltas: &DeltaSet,
    depth: usize,
    watch: &mut W,
    root: W::Place,
) -> Result<(), DeltaError> {
    if !apply_at_once(document, deltas, depth, watch, root) {
        let canonical = normalize::made_canonical(document, deltas, depth)?;
        edit_watched(document, &canonical, watch, root);
    }
    Ok(())
}

/// Makes the edits of a canonical set while it is seen that it is one; nothing is done where it is none.
fn apply_at_once<W: Watch>(
    document: &mut Value,
    deltas: &DeltaSet,
    depth: usize,
    watch: &mut W,
    root: W::Place,
) -> bool {
    if !deltas.is_in_order() {
        return false;
    }
    let mut attempt = Attempt::new(document, depth, watch, root);
    let left = attempt.make(deltas, &mut OneSet);
    let left = left
        .filter(|left| left.is_empty() || normalize::is_canonical(attempt.document, left, depth));
    match &left {
        Some(left) => edit_watched(attempt.document, left, attempt.editor.watch, root),
        None => attempt.take_back(),
    }
    left.is_some()
}

/// Edits a document with a list that is canonical for it.
pub(crate) fn edit<T: Edit>(document: &mut Value, entries: &[T]) {
    edit_watched(document, entries, &mut Unwatched, ());
}

/// [`edit`] under the eyes of somebody; `root` is the place of the document.
pub(crate) fn edit_watched<T: Edit, W: Watch>(
    document: &mut Value,
    entries: &[T],
    watch: &mut W,
    root: W::Place,
) {
    edit_slot(document, Slots::of_root(entries), watch, &root);
}

/// Edits the value at one place with what is inside that place.
fn edit_inside<T: Edit, W: Watch>(
    value: &mut Value,
    inside: Inside<'_, T>,
    watch: &mut W,
    place: &W::Place,
) {
    if inside.is_empty() {
        return;
    }
    match value {
        Value::Object(members) => edit_members(members, inside, watch, place),
        Value::Array(items) => edit_elements(items, inside, watch, place),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            debug_assert!(false, "a canonical set has nothing inside a scalar");
        }
    }
}

/// The value that a canonical set gives a slot.
pub(crate) fn outcome<'v>(
    base: Option<&'v Value>,
    slots: Slots<'v, Delta>,
) -> Option<Cow<'v, Value>> {
    match slots.here.first().map(|delta| &delta.op) {
        Some(Op::Add(value) | Op::Change(value)) => Some(Cow::Borrowed(value)),
        Some(Op::Remove) => None,
        None if slots.inside.is_empty() => base.map(Cow::Borrowed),
        None => base.map(|base| {
            let mut edited = base.clone();
            edit_inside(&mut edited, slots.inside, &mut Unwatched, &());
            Cow::Owned(edited)
        }),
    }
}

/// A delta that is to be applied.
pub(crate) trait Edit: Placed {
    /// New members of one object are put into it in this order (N5), then in document order.
    fn rank(&self) -> usize {
        0
    }
}

impl Edit for Delta {}

impl<T: Edit> Edit for &T {
    fn rank(&self) -> usize {
        (*self).rank()
    }
}

fn edit_slot<T: Edit, W: Watch>(
    value: &mut Value,
    slots: Slots<'_, T>,
    watch: &mut W,
    place: &W::Place,
) {
    match slots.here.first().map(|entry| &entry.delta().op) {
        Some(Op::Add(new) | Op::Change(new)) => {
            watch.changes(place, value, new);
            *value = new.clone();
        }
        Some(Op::Remove) | None => edit_inside(value, slots.inside, watch, place),
    }
}

fn edit_members<T: Edit, W: Watch>(
    members: &mut Map<String, Value>,
    inside: Inside<'_, T>,
    watch: &mut W,
    object: &W::Place,
) {
    let mut removed: Vec<Cow<'_, str>> = Vec::new();
    let mut added: Vec<(Cow<'_, str>, &T)> = Vec::new();
    for (token, slots) in inside {
        let name = token.name();
        match slots.here.first() {
            Some(entry) if entry.delta().op.diff_type() == DiffType::Add => {
                added.push((name, entry))
            }
            Some(entry) if entry.delta().op.diff_type() == DiffType::Remove => removed.push(name),
            Some(_) | None => {
                if let Some(member) = members.get_mut(name.as_ref()) {
                    let place = watch.member(object, &name);
                    edit_slot(member, slots, watch, &place);
                }
            }
        }
    }
    if maps_keep_order() && !removed.is_empty() {
        // Removing one by one would move another member into the gap. The names come sorted in document order.
        removed.sort_unstable();
        members.retain(|name, value| {
            let is_gone = removed
                .binary_search_by(|gone| gone.as_ref().cmp(name))
                .is_ok();
            if is_gone {
                let place = watch.member(object, name);
                watch.goes(&place, value);
            }
            !is_gone
        });
    } else {
        for name in removed {
            if let Some(value) = members.remove(name.as_ref()) {
                let place = watch.member(object, &name);
                watch.goes(&place, &value);
            }
        }
    }
    if maps_keep_order() {
        added.sort_by_key(|(_, entry)| entry.rank());
    }
    for (name, entry) in added {
        if let Some(value) = entry.delta().op.value() {
            let place = watch.member(object, &name);
            watch.comes(&place, value);
            members.insert(name.into_owned(), value.clone());
        }
    }
}

fn edit_elements<T: Edit, W: Watch>(
    items: &mut Vec<Value>,
    inside: Inside<'_, T>,
    watch: &mut W,
    array: &W::Place,
) {
    let mut slots = inside;
    let mut rest = inside;
    // Elements that stay where they are, are edited where they are.
    while let Some((token, element)) = slots.next() {
        let Position::At(index) = token.position() else {
            continue;
        };
        let moves = |entry: &T| entry.delta().op.diff_type() != DiffType::Change;
        if element.here.first().is_some_and(moves) {
            return shift_elements(items, index, rest, watch, array);
        }
        if let Some(item) = items.get_mut(index) {
            let place = watch.element(array, index);
            edit_slot(item, element, watch, &place);
        }
        rest = slots;
    }
}

/// Rebuilds an array from the first element on that comes or goes.
fn shift_elements<T: Edit, W: Watch>(
    items: &mut Vec<Value>,
    first: usize,
    inside: Inside<'_, T>,
    watch: &mut W,
    array: &W::Place,
) {
    let mut shift = watch.shift(array, first, items.len());
    let tail = items.split_off(first);
    items.reserve(tail.len());
    let mut tail = tail.into_iter();
    let mut next = first;
    for (token, slots) in inside {
        let Position::At(index) = token.position() else {
            continue;
        };
        let stay = (index - next).min(tail.len());
        watch.stay(&mut shift, &tail.as_slice()[..stay]);
        items.extend(tail.by_ref().take(stay));
        next = index;
        let (run, slots) = slots.split_gap();
        for value in run.iter().filter_map(|entry| entry.delta().op.value()) {
            watch.comes_between(&mut shift, value);
            items.push(value.clone());
        }
        if slots.here.is_empty() && slots.inside.is_empty() {
            continue;
        }
        let Some(mut element) = tail.next() else {
            continue;
        };
        next += 1;
        let is_removed = |entry: &T| entry.delta().op.diff_type() == DiffType::Remove;
        if slots.here.first().is_some_and(is_removed) {
            watch.goes_between(&mut shift, &element);
        } else {
            watch.changes_between(&mut shift, &mut element, |element, watch, place| {
                edit_slot(element, slots, watch, place);
            });
            items.push(element);
        }
    }
    watch.stay(&mut shift, tail.as_slice());
    items.extend(tail);
    watch.shifted(shift);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{delta::diff::diff, value::equal};
    use serde_json::json;

    /// All objects of some of these names, among them integers that come in another order as text, and of few values; and of so
    /// many other members that where those change the object is gone over.
    fn objects(others: u64) -> Vec<Value> {
        let values = [
            None,
            Some(json!(1)),
            Some(json!({"x": 1})),
            Some(json!({"x": 2})),
        ];
        let others = (0..20).map(|number| (format!("member {number}"), others.into()));
        let mut objects: Vec<Map<String, Value>> = vec![others.collect()];
        for name in ["10", "9", "a", "b"] {
            let with = |object: &Map<String, Value>| {
                let object = object.clone();
                values
                    .iter()
                    .map(move |value| {
                        let mut object = object.clone();
                        object.extend(value.clone().map(|value| (name.to_owned(), value)));
                        object
                    })
                    .collect::<Vec<_>>()
            };
            objects = objects.iter().flat_map(with).collect();
        }
        objects.into_iter().map(Value::Object).collect()
    }

    #[test]
    fn a_canonical_set_is_applied_at_once() {
        let (befores, afters) = (objects(0), objects(1));
        let pairs = befores
            .iter()
            .flat_map(|before| afters.iter().map(move |after| (before, after)));
        for (before, after) in pairs {
            let deltas = diff(before, after).expect("shallow documents");
            let mut document = before.clone();
            let is_applied =
                apply_at_once(&mut document, &deltas, DEFAULT_DEPTH, &mut Unwatched, ());
            assert!(is_applied, "{before} to {after}");
            assert!(equal(&document, after), "{before} to {after}");
        }
    }

    #[test]
    fn an_object_that_is_gone_over_is_as_deep_as_another() {
        for levels in 0..6 {
            let value = (0..levels).fold(json!(2), |inner, _| json!([inner]));
            let refusals = |others: u64, depth| {
                let others = (0..others).map(|number| format!("member {number}"));
                let names: Vec<_> = others.chain(["a".to_owned()]).collect();
                let object = |value: Value| -> Value {
                    names
                        .iter()
                        .map(|name| (name.clone(), value.clone()))
                        .collect()
                };
                let (mut document, after) = (object(json!(0)), object(value.clone()));
                let deltas = diff(&document, &after).expect("shallow documents");
                deltas
                    .apply_within(&mut document, depth)
                    .map_err(|error| error.code())
            };
            for depth in 0..8 {
                assert_eq!(
                    refusals(0, depth),
                    refusals(20, depth),
                    "{levels} in {depth}"
                );
            }
        }
    }
}
