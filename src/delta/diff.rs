//! One history: two documents to the delta set that leads from the one to the other (L1).

use super::align::{Step, align};
use super::{Delta, DeltaSet, Op, slots};
use crate::{
    document::TooDeep,
    path::{Place, USUAL_LENGTH},
    value::{DEFAULT_DEPTH, Deep, MAX_DEPTH, depth_is_within, equal_scalars, maps_keep_order},
};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The delta set that leads from `before` to `after` (L1), canonical for `before`.
///
/// O(both documents) where little changed. Arrays are aligned by a shortest edit script over equal elements, and
/// edited elements are paired (A3), within bounds that keep a wholly changed array near linear (A4).
///
/// # Errors
/// [`TooDeep`] where one of the documents is deeper than [`DEFAULT_DEPTH`].
///
/// ```
/// use deltamerge::{Delta, DeltaSet, Path, diff};
/// use serde_json::json;
/// let before = json!({"hp": 7, "items": ["sword", "rope"]});
/// let after = json!({"hp": 5, "items": ["shield", "sword", "rope"]});
/// let deltas = diff(&before, &after)?;
/// assert_eq!(deltas, DeltaSet::from_iter([
///     Delta::change(Path::parse("/hp")?, 5),
///     Delta::add(Path::parse("/items/0")?, "shield"),
/// ]));
/// assert_eq!(deltamerge::apply(&before, &deltas)?, after);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn diff(before: &Value, after: &Value) -> Result<DeltaSet, TooDeep> {
    diff_within(before, after, DEFAULT_DEPTH)
}

/// [`diff`] with a bound on the depth of its own (at most [`MAX_DEPTH`]).
///
/// # Errors
/// As [`diff`].
pub fn diff_within(before: &Value, after: &Value, depth: usize) -> Result<DeltaSet, TooDeep> {
    between(&Place::ROOT, before, after, depth.min(MAX_DEPTH)).map(DeltaSet::from_sorted)
}

/// The deltas that lead from `before` to `after` at one place, sorted; `room` is the depth that values may have there.
pub(crate) fn between(
    place: &Place<'_>,
    before: &Value,
    after: &Value,
    room: usize,
) -> Result<Vec<Delta>, TooDeep> {
    let mut differ = Differ {
        deltas: Vec::new(),
        bound: room,
        path: String::new(),
        steps: Vec::new(),
    };
    let done = differ.values(place, before, after, room);
    done.map_err(|error| *error)?;
    // Maps hand out their members by bytes or by insertion, never in document order.
    slots::sort(&mut differ.deltas);
    Ok(differ.deltas)
}

/// The deltas that lead from what canonical sets made of a slot, or left in it, to what others do: nothing, or a value.
pub(crate) fn between_outcomes(
    place: &Place<'_>,
    before: Option<&Value>,
    after: Option<Cow<'_, Value>>,
    deltas: &mut Vec<Delta>,
) {
    match (before, after) {
        (None, None) => {}
        (None, Some(after)) => deltas.push(Delta::add(place.path(), after.into_owned())),
        (Some(_), None) => deltas.push(Delta::remove(place.path())),
        (Some(before), Some(after)) => {
            let inner = between(place, before, &after, MAX_DEPTH);
            deltas.extend(inner.expect("what canonical sets touch is within the bound"));
        }
    }
}

struct Differ {
    deltas: Vec<Delta>,
    bound: usize,
    /// Where paths are written, before each is what it is.
    path: String,
    /// What is left to do of the arrays around where it is.
    steps: Vec<Step>,
}

/// Boxed, so that it costs a register to return where all is well.
type Done = Result<(), Box<TooDeep>>;

impl Differ {
    // Most members and elements are equal scalars: a call for each would cost more than the comparison.
    #[inline(always)]
    fn values(&mut self, place: &Place<'_>, before: &Value, after: &Value, room: usize) -> Done {
        match equal_scalars(before, after) {
            Some(true) => Ok(()),
            Some(false) | None => self.unequal(place, before, after, room),
        }
    }

    /// Values that differ, or two containers of one kind.
    #[inline(never)]
    fn unequal(&mut self, place: &Place<'_>, before: &Value, after: &Value, room: usize) -> Done {
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => {
                let room = self.enter(place, room)?;
                self.objects(place, before, after, room)
            }
            (Value::Array(before), Value::Array(after)) => {
                let room = self.enter(place, room)?;
                if are_same_scalars(before, after) {
                    return Ok(());
                }
                self.arrays(place, before, after, room)
            }
            (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => {
                self.check(place, before, room)?;
                self.check(place, after, room)?;
                self.push(place, Op::Change(after.clone()));
                Ok(())
            }
            (_, after) => {
                self.push(place, Op::Change(after.clone()));
                Ok(())
            }
        }
    }

    fn objects(
        &mut self,
        place: &Place<'_>,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
        room: usize,
    ) -> Done {
        let (mut old, mut new) = (before.iter(), after.iter());
        // Both in step, as long as both have the same names in the same order.
        let (mut next_old, mut next_new) = loop {
            let next = (old.next(), new.next());
            match next {
                (Some((name, before)), Some((other, after))) if name == other => {
                    self.values(&Place::Member(place, name), before, after, room)?;
                }
                (None, None) => return Ok(()),
                _ => break next,
            }
        };
        while let (Some((name, before)), Some((other, after))) = (next_old, next_new) {
            if name == other {
                (next_old, next_new) = (old.next(), new.next());
                self.values(&Place::Member(place, name), before, after, room)?;
                continue;
            }
            if maps_keep_order() {
                break;
            }
            if name < other {
                next_old = old.next();
                self.remove(&Place::Member(place, name), before, room)?;
            } else {
                next_new = new.next();
                self.add(&Place::Member(place, other), after, room)?;
            }
        }
        for (name, value) in next_old.into_iter().chain(old) {
            let place = Place::Member(place, name);
            match after.get(name) {
                Some(other) => self.values(&place, value, other, room)?,
                None => self.remove(&place, value, room)?,
            }
        }
        for (name, value) in next_new.into_iter().chain(new) {
            if !before.contains_key(name) {
                self.add(&Place::Member(place, name), value, room)?;
            }
        }
        Ok(())
    }

    fn arrays(
        &mut self,
        place: &Place<'_>,
        before: &[Value],
        after: &[Value],
        room: usize,
    ) -> Done {
        let first = self.steps.len();
        let aligned = align(before, after, room, &mut self.steps);
        aligned.map_err(|Deep| self.too_deep(place))?;
        for index in first..self.steps.len() {
            self.step(place, before, after, self.steps[index], room)?;
        }
        self.steps.truncate(first);
        Ok(())
    }

    fn step(
        &mut self,
        place: &Place<'_>,
        before: &[Value],
        after: &[Value],
        step: Step,
        room: usize,
    ) -> Done {
        match step {
            Step::Pair(i, j) => self.values(&Place::Element(place, i), &before[i], &after[j], room),
            Step::Remove(i) => self.remove(&Place::Element(place, i), &before[i], room),
            Step::Add { gap, index } => self.add(&Place::Element(place, gap), &after[index], room),
        }
    }

    fn add(&mut self, place: &Place<'_>, value: &Value, room: usize) -> Done {
        self.check(place, value, room)?;
        self.push(place, Op::Add(value.clone()));
        Ok(())
    }

    fn remove(&mut self, place: &Place<'_>, value: &Value, room: usize) -> Done {
        self.check(place, value, room)?;
        self.push(place, Op::Remove);
        Ok(())
    }

    fn push(&mut self, place: &Place<'_>, op: Op) {
        /// Room for as many deltas at once.
        const SOME: usize = 8;
        if self.deltas.is_empty() {
            self.deltas = Vec::with_capacity(SOME);
            self.path = String::with_capacity(USUAL_LENGTH);
        }
        let path = place.path_by(&mut self.path);
        self.deltas.push(Delta { path, op });
    }

    fn enter(&self, place: &Place<'_>, room: usize) -> Result<usize, Box<TooDeep>> {
        room.checked_sub(1).ok_or_else(|| self.too_deep(place))
    }

    // Kept out of the walk, where most values are equal.
    #[inline(never)]
    fn check(&self, place: &Place<'_>, value: &Value, room: usize) -> Done {
        if depth_is_within(value, room) {
            Ok(())
        } else {
            Err(self.too_deep(place))
        }
    }

    #[cold]
    fn too_deep(&self, place: &Place<'_>) -> Box<TooDeep> {
        Box::new(TooDeep {
            path: place.path(),
            depth: self.bound,
        })
    }
}

/// Whether two arrays, at a first look, hold the same and nothing inside that.
fn are_same_scalars(before: &[Value], after: &[Value]) -> bool {
    let is_same = |(before, after)| equal_scalars(before, after) == Some(true);
    before.len() == after.len() && before.iter().zip(after).all(is_same)
}
