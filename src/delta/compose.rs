//! One history: two delta sets, the second after the first, as one (L5).

use super::apply::{ApplyError, edit, outcome};
use super::slots::{Inside, Slots, both};
use super::{Delta, DeltaSet, diff, normalize};
use crate::{
    document::check_depth,
    path::{Place, Position},
    value::DEFAULT_DEPTH,
};
use serde_json::{Map, Value};
use std::{borrow::Cow, iter::Peekable};

/// The one set that does what `first` and then `second` do (L5). `first` fits the base, `second` fits base + first, the result
/// fits the base.
///
/// O(the base), for base + first is made to hold `second` against it.
///
/// # Errors
/// [`ApplyError`] where a set does not fit, its `index` counting within that set, or the base is too deep to be copied.
///
/// ```
/// use deltamerge::{Delta, DeltaSet, Path, compose};
/// use serde_json::json;
/// let base = json!({"log": ["start"]});
/// let first = DeltaSet::from_iter([Delta::add(Path::parse("/log/0")?, "boot")]);
/// let second = DeltaSet::from_iter([Delta::change(Path::parse("/log/1")?, "go")]);
/// assert_eq!(compose(&base, &first, &second)?, DeltaSet::from_iter([
///     Delta::add(Path::parse("/log/0")?, "boot"),
///     Delta::change(Path::parse("/log/0")?, "go"),
/// ]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compose(base: &Value, first: &DeltaSet, second: &DeltaSet) -> Result<DeltaSet, ApplyError> {
    compose_within(base, first, second, DEFAULT_DEPTH)
}

/// [`compose`] with a bound on the depth of its own (at most [`MAX_DEPTH`](crate::MAX_DEPTH)).
///
/// # Errors
/// As [`compose`].
pub fn compose_within(
    base: &Value,
    first: &DeltaSet,
    second: &DeltaSet,
    depth: usize,
) -> Result<DeltaSet, ApplyError> {
    let first = normalize::canonical(base, first, depth)?;
    check_depth(base, depth)?;
    let mut between = base.clone();
    edit(&mut between, &first);
    let second = normalize::canonical(&between, second, depth)?;
    Ok(canonical(base, &first, &second))
}

/// [`compose`] of sets that are canonical: `first` for the base, `second` for base + first. O(both sets), and the size of what they touch.
pub(crate) fn canonical(base: &Value, first: &DeltaSet, second: &DeltaSet) -> DeltaSet {
    let mut composition = Composition { deltas: Vec::new() };
    let (first, second) = (Slots::of_root(first), Slots::of_root(second));
    composition.slot(&Place::ROOT, Some(base), first, second);
    DeltaSet::sorted(composition.deltas)
}

struct Composition {
    deltas: Vec<Delta>,
}

impl Composition {
    /// A slot that is the root, a member or an element of the base, if `base` is something.
    fn slot(
        &mut self,
        place: &Place<'_>,
        base: Option<&Value>,
        first: Slots<'_, Delta>,
        second: Slots<'_, Delta>,
    ) {
        let after = match (first.here.first(), second.here.first()) {
            (None, None) => {
                return match base {
                    Some(Value::Object(members)) => {
                        self.members(place, members, first.inside, second.inside)
                    }
                    Some(Value::Array(items)) => {
                        self.elements(place, items, first.inside, second.inside)
                    }
                    Some(_) | None => {}
                };
            }
            (Some(first), None) => {
                let value = first.op.value();
                value.and_then(|value| outcome(Some(value), second))
            }
            (_, Some(second)) => second.op.value().map(Cow::Borrowed),
        };
        diff::between_outcomes(place, base, after, &mut self.deltas);
    }

    fn members(
        &mut self,
        place: &Place<'_>,
        base: &Map<String, Value>,
        first: Inside<'_, Delta>,
        second: Inside<'_, Delta>,
    ) {
        for (name, first, second) in both(first, second) {
            let value = base.get(name.as_ref());
            self.slot(&Place::Member(place, &name), value, first, second);
        }
    }

    fn elements(
        &mut self,
        place: &Place<'_>,
        base: &[Value],
        first: Inside<'_, Delta>,
        second: Inside<'_, Delta>,
    ) {
        let mut walk = Walk {
            second: second.peekable(),
            index: 0,
            position: 0,
        };
        for (token, first) in first {
            let Position::At(index) = token.position() else {
                continue;
            };
            self.untouched(place, base, &mut walk, index);
            let (run, first) = first.split_gap();
            for delta in run {
                let second = self.next(place, &mut walk);
                let value = delta
                    .op
                    .value()
                    .and_then(|value| outcome(Some(value), second));
                self.deltas.extend(value.map(|value| {
                    Delta::add(Place::Element(place, index).path(), value.into_owned())
                }));
            }
            if first.here.is_empty() && first.inside.is_empty() {
                continue;
            }
            let removed = first
                .here
                .first()
                .is_some_and(|delta| delta.op.value().is_none());
            let second = if removed {
                Slots::NONE
            } else {
                self.next(place, &mut walk)
            };
            self.slot(
                &Place::Element(place, index),
                base.get(index),
                first,
                second,
            );
            walk.index += 1;
        }
        self.untouched(place, base, &mut walk, base.len());
        self.next(place, &mut walk);
    }

    /// The elements up to `end`, which the first set leaves alone.
    fn untouched(&mut self, place: &Place<'_>, base: &[Value], walk: &mut Walk<'_>, end: usize) {
        while walk.skip_to(end) {
            let second = self.next(place, walk);
            let index = walk.index;
            self.slot(
                &Place::Element(place, index),
                base.get(index),
                Slots::NONE,
                second,
            );
            walk.index += 1;
        }
    }

    /// Goes over the next element of base + first: what the second set adds in front of it is added in front of the base
    /// element that follows; returned is what it says of the element itself.
    fn next<'d>(&mut self, place: &Place<'_>, walk: &mut Walk<'d>) -> Slots<'d, Delta> {
        let (run, slots) = walk.take().split_gap();
        for value in run.iter().filter_map(|delta| delta.op.value()) {
            let path = Place::Element(place, walk.index).path();
            self.deltas.push(Delta::add(path, value.clone()));
        }
        slots
    }
}

/// How far an array has been gone over: in the base, and in base + first, where the second set's indices count.
struct Walk<'d> {
    second: Peekable<Inside<'d, Delta>>,
    index: usize,
    position: usize,
}

impl<'d> Walk<'d> {
    fn next_position(&mut self) -> Option<usize> {
        match self.second.peek().map(|(token, _)| token.position()) {
            Some(Position::At(at)) => Some(at),
            Some(Position::End | Position::None) | None => None,
        }
    }

    /// What the second set says of the position at hand, which is then behind.
    fn take(&mut self) -> Slots<'d, Delta> {
        let is_here = self.next_position() == Some(self.position);
        self.position += 1;
        let slots = if is_here { self.second.next() } else { None };
        slots.map_or(Slots::NONE, |(_, slots)| slots)
    }

    /// Goes on over base elements that neither set speaks of; true where one in front of `end` is spoken of.
    fn skip_to(&mut self, end: usize) -> bool {
        let ahead = end.saturating_sub(self.index);
        let skipped = match self.next_position() {
            Some(next) => ahead.min(next.saturating_sub(self.position)),
            None => ahead,
        };
        self.index += skipped;
        self.position += skipped;
        self.index < end
    }
}
