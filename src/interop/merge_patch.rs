//! JSON Merge Patch, RFC 7396, in and out (X6, X7).

use crate::{
    delta::{
        Delta, DeltaSet, Op,
        apply::{ApplyError, outcome},
        diff::between,
        normalize,
        slots::{Inside, Slots},
    },
    document::{TooDeep, check_depth},
    path::{Path, Place},
    value::{DEFAULT_DEPTH, MAX_DEPTH},
};
use serde_json::{Map, Value};
use std::{borrow::Cow, fmt};

/// The delta set that does to `base` what a JSON Merge Patch does (X6): a member that is null is removed, an object goes on inside,
/// anything else is the new value. An array is taken whole, so what differs in it is found by its difference.
///
/// O(the patch and what it replaces).
///
/// # Errors
/// [`TooDeep`] where the base or the patch is deeper than [`DEFAULT_DEPTH`].
///
/// ```
/// use deltamerge::{apply, interop::from_merge_patch};
/// use serde_json::json;
/// let base = json!({"title": "Hello", "author": {"name": "Cy", "age": 4}, "tags": ["a", "b"]});
/// let deltas = from_merge_patch(&base, &json!({"author": {"age": null}, "tags": ["b", "c"]}))?;
/// assert_eq!(deltas.iter().map(ToString::to_string).collect::<Vec<_>>(), [
///     "remove /author/age", "remove /tags/0", "add /tags/2",
/// ]);
/// # Ok::<(), deltamerge::TooDeep>(())
/// ```
pub fn from_merge_patch(base: &Value, patch: &Value) -> Result<DeltaSet, TooDeep> {
    from_merge_patch_within(base, patch, DEFAULT_DEPTH)
}

/// [`from_merge_patch`] with a bound on the depth of its own (at most [`MAX_DEPTH`](MAX_DEPTH)).
///
/// # Errors
/// As [`from_merge_patch`].
pub fn from_merge_patch_within(
    base: &Value,
    patch: &Value,
    depth: usize,
) -> Result<DeltaSet, TooDeep> {
    check_depth(base, depth)?;
    check_depth(patch, depth)?;
    let mut deltas = Vec::new();
    read(&Place::ROOT, base, patch, depth, &mut deltas)?;
    Ok(DeltaSet::sorted(deltas))
}

fn read(
    place: &Place<'_>,
    base: &Value,
    patch: &Value,
    room: usize,
    deltas: &mut Vec<Delta>,
) -> Result<(), TooDeep> {
    let (Value::Object(members), Value::Object(patches)) = (base, patch) else {
        deltas.extend(between(place, base, &new(patch), room)?);
        return Ok(());
    };
    for (name, patch) in patches {
        let place = Place::Member(place, name);
        match (members.get(name), patch) {
            (None, Value::Null) => {}
            (None, _) => deltas.push(Delta::add(place.path(), new(patch))),
            (Some(_), Value::Null) => deltas.push(Delta::remove(place.path())),
            (Some(member), _) => read(&place, member, patch, room.saturating_sub(1), deltas)?,
        }
    }
    Ok(())
}

/// What a patch makes of nothing: itself, without the members that are null.
fn new(patch: &Value) -> Value {
    match patch {
        Value::Object(members) => {
            let set = members.iter().filter(|(_, member)| !member.is_null());
            set.map(|(name, member)| (name.clone(), new(member)))
                .collect::<Map<_, _>>()
                .into()
        }
        other => other.clone(),
    }
}

/// A delta set does what no JSON Merge Patch can say (X7).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsayable {
    /// It makes a member null, which a merge patch would remove.
    Null {
        /// The member.
        path: Path,
    },
    /// It does not fit the base.
    Misfit(ApplyError),
}

impl Unsayable {
    /// The error's code: `unsayable`, or as [`ApplyError::code`].
    pub fn code(&self) -> &'static str {
        match self {
            Unsayable::Null { .. } => "unsayable",
            Unsayable::Misfit(error) => error.code(),
        }
    }
}

impl From<ApplyError> for Unsayable {
    fn from(error: ApplyError) -> Unsayable {
        Unsayable::Misfit(error)
    }
}

impl fmt::Display for Unsayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsayable::Null { path } => write!(
                f,
                "expected no member that becomes null, for a merge patch says so of one that goes, found {path}"
            ),
            Unsayable::Misfit(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Unsayable {}

/// The JSON Merge Patch that does to `base` what a delta set does (X7). An array that something is done in is in it whole.
///
/// O(k log k) for k deltas, and the arrays that they touch.
///
/// # Errors
/// [`Unsayable`] where the set makes a member null, or does not fit the base.
///
/// ```
/// use deltamerge::{diff, interop::to_merge_patch};
/// use serde_json::json;
/// let base = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": [1, 2]});
/// let after = json!({"b": {"c": 2, "d": 4}, "e": [1, 2, 3]});
/// let patch = to_merge_patch(&base, &diff(&base, &after)?)?;
/// assert_eq!(patch, json!({"a": null, "b": {"d": 4}, "e": [1, 2, 3]}));
///
/// let null = diff(&json!({"a": 1}), &json!({"a": null}))?;
/// assert_eq!(to_merge_patch(&json!({"a": 1}), &null).unwrap_err().code(), "unsayable");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn to_merge_patch(base: &Value, deltas: &DeltaSet) -> Result<Value, Unsayable> {
    let canonical = normalize::canonical(base, deltas, MAX_DEPTH)
        .map_err(|error| Unsayable::Misfit(error.into()))?;
    let slots = Slots::of_root(&canonical);
    let patch = write(&Place::ROOT, base, slots)?;
    // Nothing to say is an empty object, which leaves any object as it is, but makes one of anything else.
    match (patch, base) {
        (Some(patch), _) => Ok(patch),
        (None, Value::Object(_)) => Ok(Value::Object(Map::new())),
        (None, other) => said(&Place::ROOT, other.clone()),
    }
}

/// What a patch says of a slot, if it says anything.
fn write(
    place: &Place<'_>,
    base: &Value,
    slots: Slots<'_, Delta>,
) -> Result<Option<Value>, Unsayable> {
    match slots.here.first().map(|delta| &delta.op) {
        Some(Op::Remove) => Ok(Some(Value::Null)),
        Some(Op::Add(value) | Op::Change(value)) => said(place, value.clone()).map(Some),
        None if slots.inside.is_empty() => Ok(None),
        None => match base {
            Value::Object(members) => inside(place, members, slots.inside).map(Some),
            _ => Ok(outcome(Some(base), slots).map(Cow::into_owned)),
        },
    }
}

fn inside(
    place: &Place<'_>,
    members: &Map<String, Value>,
    inside: Inside<'_, Delta>,
) -> Result<Value, Unsayable> {
    let mut patch = Map::new();
    for (token, slots) in inside {
        let name = token.name();
        let place = Place::Member(place, &name);
        let said = match members.get(name.as_ref()) {
            Some(member) => write(&place, member, slots)?,
            None => write(&place, &Value::Null, slots)?,
        };
        if let Some(said) = said {
            patch.insert(name.into_owned(), said);
        }
    }
    Ok(patch.into())
}

/// A value as a patch can say it: without a member that is null; inside arrays null is as good as any.
fn said(place: &Place<'_>, value: Value) -> Result<Value, Unsayable> {
    fn check(place: &Place<'_>, value: &Value) -> Result<(), Unsayable> {
        let Value::Object(members) = value else {
            return Ok(());
        };
        for (name, member) in members {
            let place = Place::Member(place, name);
            if member.is_null() {
                return Err(Unsayable::Null { path: place.path() });
            }
            check(&place, member)?;
        }
        Ok(())
    }
    if value.is_null() && !place.path().is_root() {
        return Err(Unsayable::Null { path: place.path() });
    }
    check(place, &value)?;
    Ok(value)
}
