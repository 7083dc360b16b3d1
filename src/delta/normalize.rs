//! One delta set and its base: the canonical form (D5 to D7), or what does not fit.

use super::lenient::{Adjustment, Became};
use super::slots::{Inside, Placed, Slots};
use super::survey::Survey;
use super::{Delta, DeltaSet, DiffType, Op, diff, slots};
use crate::{
    path::{Path, Place, Position, Quoted},
    value::{DEFAULT_DEPTH, Kind, MAX_DEPTH, depth_is_within, describe, equal},
};
use serde_json::Value;
use std::{borrow::Cow, fmt};

/// A delta set cannot be brought to its canonical form for a base (E3, E7, E8, E9): which delta is at fault, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeltaError {
    /// The place of the delta at fault in the set as given.
    pub index: usize,
    /// What kind of delta it is.
    pub diff_type: DiffType,
    /// Its path, as given.
    pub path: Path,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a delta.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It does not fit the base (E7).
    DoesNotFit {
        /// What the delta asks for.
        expected: &'static str,
        /// What is there instead.
        found: String,
    },
    /// Another delta of the set is at the same slot (E8).
    SameSlot {
        /// The other's place in the set.
        other: usize,
    },
    /// It is inside the slot of another delta of the set (E9).
    InsideAnother {
        /// The other's place in the set.
        other: usize,
    },
    /// Its value would be deeper in the document than the bound (E3).
    TooDeep {
        /// The bound.
        depth: usize,
    },
}

impl DeltaError {
    /// The error's code: `does-not-fit`, `same-slot`, `inside-another` or `too-deep`.
    pub fn code(&self) -> &'static str {
        match self.fault {
            Fault::DoesNotFit { .. } => "does-not-fit",
            Fault::SameSlot { .. } => "same-slot",
            Fault::InsideAnother { .. } => "inside-another",
            Fault::TooDeep { .. } => "too-deep",
        }
    }
}

impl fmt::Display for DeltaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = Quoted(&self.path);
        let fault = &self.fault;
        write!(
            f,
            "delta {} ({} {path}): {fault}",
            self.index, self.diff_type
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::DoesNotFit { expected, found } => {
                write!(f, "expected {expected}, found {found}")
            }
            Fault::SameSlot { other } => {
                write!(
                    f,
                    "expected one delta a slot, found delta {other} there too"
                )
            }
            Fault::InsideAnother { other } => {
                write!(
                    f,
                    "expected no delta inside another's slot, found delta {other} around it"
                )
            }
            Fault::TooDeep { depth } => {
                write!(f, "expected a depth of at most {depth}, found more")
            }
        }
    }
}

impl std::error::Error for DeltaError {}

impl DeltaSet {
    /// The canonical form of this set for `base` (D7). O(k log k) for k deltas, and the size of what they touch.
    ///
    /// # Errors
    /// [`DeltaError`] where the set does not fit the base (E7), has two deltas at one slot (E8) or one inside another's
    /// (E9), or goes too deep (E3).
    ///
    /// ```
    /// use deltamerge::{Delta, DeltaSet, Path};
    /// use serde_json::json;
    /// let base = json!({"pos": {"x": 1, "y": 2}});
    /// // A CHANGE of an object to an object says only what differs, so that it merges.
    /// let set = DeltaSet::from_iter([Delta::change(Path::parse("/pos")?, json!({"x": 5, "y": 2}))]);
    /// let canonical = DeltaSet::from_iter([Delta::change(Path::parse("/pos/x")?, 5)]);
    /// assert_eq!(set.normalize(&base)?, canonical);
    ///
    /// let misfit = DeltaSet::from_iter([Delta::remove(Path::parse("/pos/z")?)]);
    /// let error = misfit.normalize(&base).unwrap_err();
    /// assert_eq!(error.to_string(), "delta 0 (remove /pos/z): expected a member to remove, found nothing there");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn normalize(&self, base: &Value) -> Result<DeltaSet, DeltaError> {
        self.normalize_within(base, DEFAULT_DEPTH)
    }

    /// [`DeltaSet::normalize`] with a bound on the depth of its own.
    ///
    /// # Errors
    /// As [`DeltaSet::normalize`].
    pub fn normalize_within(&self, base: &Value, depth: usize) -> Result<DeltaSet, DeltaError> {
        canonical(base, self, depth).map(Cow::into_owned)
    }
}

/// The canonical form, borrowed where the set has it already.
pub(crate) fn canonical<'d>(
    base: &Value,
    deltas: &'d DeltaSet,
    depth: usize,
) -> Result<Cow<'d, DeltaSet>, DeltaError> {
    if is_canonical(base, deltas, depth) {
        return Ok(Cow::Borrowed(deltas));
    }
    made_canonical(base, deltas, depth).map(Cow::Owned)
}

/// The canonical form of a set that has another.
pub(crate) fn made_canonical(
    base: &Value,
    deltas: &DeltaSet,
    depth: usize,
) -> Result<DeltaSet, DeltaError> {
    let (canonical, _) = Normalizer::new(depth, None).run(base, deltas)?;
    Ok(canonical)
}

/// The canonical form of what lenient application makes of a set, and what it took differently.
pub(crate) fn lenient<'d>(
    base: &Value,
    deltas: &'d DeltaSet,
    depth: usize,
) -> Result<(Cow<'d, DeltaSet>, Vec<Adjustment>), DeltaError> {
    if is_canonical(base, deltas, depth) {
        return Ok((Cow::Borrowed(deltas), Vec::new()));
    }
    let (canonical, mut adjusted) = Normalizer::new(depth, Some(Vec::new())).run(base, deltas)?;
    adjusted.sort_by_key(|adjustment| adjustment.index);
    Ok((Cow::Owned(canonical), adjusted))
}

/// Whether a list is canonical for a base (D7), in order and all.
pub(crate) fn is_canonical<T: Placed>(base: &Value, entries: &[T], depth: usize) -> bool {
    let mut survey = Survey::new(base, depth);
    let mut deltas = entries.iter().map(Placed::delta);
    deltas.all(|delta| survey.next(delta, 0).is_some())
}

/// A delta with its place in the set as given.
#[derive(Clone, Copy)]
struct Given<'d> {
    index: usize,
    delta: &'d Delta,
}

impl Placed for Given<'_> {
    fn delta(&self) -> &Delta {
        self.delta
    }
}

struct Normalizer {
    canonical: Vec<Delta>,
    depth: usize,
    /// Where to report what is taken leniently; strict without.
    adjusted: Option<Vec<Adjustment>>,
}

type Done = Result<(), DeltaError>;

impl Normalizer {
    fn new(depth: usize, adjusted: Option<Vec<Adjustment>>) -> Normalizer {
        Normalizer {
            canonical: Vec::new(),
            depth: depth.min(MAX_DEPTH),
            adjusted,
        }
    }

    fn run(
        mut self,
        base: &Value,
        deltas: &DeltaSet,
    ) -> Result<(DeltaSet, Vec<Adjustment>), DeltaError> {
        let given = deltas.iter().enumerate();
        let mut entries: Vec<_> = given.map(|(index, delta)| Given { index, delta }).collect();
        slots::sort(&mut entries);
        let root = Slots::of_root(&entries);
        self.slot(&Place::ROOT, Some(base), root.here, root.inside, self.depth)?;
        let canonical = DeltaSet::from_sorted(self.canonical);
        Ok((canonical, self.adjusted.unwrap_or_default()))
    }

    fn keep(&mut self, given: Given<'_>) {
        self.canonical.push(given.delta.clone());
    }

    /// A slot that is the root, a member or an element: `base` is what is there.
    fn slot(
        &mut self,
        place: &Place<'_>,
        base: Option<&Value>,
        here: &[Given<'_>],
        inside: Inside<'_, Given<'_>>,
        room: usize,
    ) -> Done {
        check_none_inside(here, inside)?;
        match *here {
            [] if inside.is_empty() => Ok(()),
            [] => self.inside(place, base, inside, room),
            [one] => self.single(place, base, one, room),
            // REMOVE with ADD of one member is a CHANGE of it (D6).
            [add, remove] if is_replacement(place, add, remove) => match (base, &add.delta.op) {
                (Some(before), Op::Add(after)) => {
                    self.change(place, before, after, add, false, room)
                }
                (Some(_) | None, _) => {
                    self.single(place, base, remove, room)?;
                    self.single(place, base, add, room)
                }
            },
            [one, two, ..] => Err(same_slot(one, two)),
        }
    }

    /// The one delta at a slot.
    fn single(
        &mut self,
        place: &Place<'_>,
        base: Option<&Value>,
        given: Given<'_>,
        room: usize,
    ) -> Done {
        self.check_depth(given, room)?;
        match (&given.delta.op, base) {
            (Op::Add(_), None) => self.keep(given),
            (Op::Add(after), Some(before)) => {
                self.misfit(given, Became::Change, "nothing there yet", || {
                    describe(before)
                })?;
                return self.change(place, before, after, given, false, room);
            }
            (Op::Change(after), Some(before)) => {
                return self.change(place, before, after, given, true, room);
            }
            (Op::Change(after), None) => {
                self.misfit(given, Became::Add, "a value to change", nothing)?;
                let added = Delta::add(place.path(), after.clone());
                self.canonical.push(added);
            }
            (Op::Remove, Some(_)) if matches!(place, Place::At("")) => {
                let expected = "a member or an element to remove";
                let found = "the root, which is always there".to_owned();
                return Err(error(given, Fault::DoesNotFit { expected, found }));
            }
            (Op::Remove, Some(before)) => {
                self.check_value(given, before, room)?;
                self.keep(given);
            }
            (Op::Remove, None) => {
                self.misfit(given, Became::Done, "a member to remove", nothing)?;
            }
        }
        Ok(())
    }

    /// A CHANGE of `before` to `after`, lowered where both are containers of one kind. `as_given`: the delta itself
    /// says so.
    fn change(
        &mut self,
        place: &Place<'_>,
        before: &Value,
        after: &Value,
        given: Given<'_>,
        as_given: bool,
        room: usize,
    ) -> Done {
        self.check_depth(given, room)?;
        if Kind::of(before).is_container() && Kind::of(before) == Kind::of(after) {
            let depth = self.depth;
            let inner = diff::between(place, before, after, room)
                .map_err(|_| error(given, Fault::TooDeep { depth }))?;
            if !inner.is_empty() {
                self.canonical.extend(inner);
            }
        } else if !equal(before, after) {
            self.check_value(given, before, room)?;
            if as_given {
                self.keep(given);
            } else {
                let changed = Delta::change(place.path(), after.clone());
                self.canonical.push(changed);
            }
        }
        Ok(())
    }

    /// The slots inside a container.
    fn inside(
        &mut self,
        place: &Place<'_>,
        base: Option<&Value>,
        inside: Inside<'_, Given<'_>>,
        room: usize,
    ) -> Done {
        let Some(room) = room.checked_sub(1) else {
            let depth = self.depth;
            return Err(error(inside.entries[0], Fault::TooDeep { depth }));
        };
        match base {
            Some(Value::Object(members)) => {
                for (token, slots) in inside {
                    let name = token.name();
                    let place = Place::Member(place, &name);
                    self.slot(
                        &place,
                        members.get(name.as_ref()),
                        slots.here,
                        slots.inside,
                        room,
                    )?;
                }
                Ok(())
            }
            Some(Value::Array(items)) => self.array(place, items, inside, room),
            other => {
                let found = other.map_or_else(|| "nothing".to_owned(), describe);
                let found = format!("{found} at {}", Quoted(&place.path()));
                self.drop_all(inside.entries, "a container around it", &found)
            }
        }
    }

    fn array(
        &mut self,
        place: &Place<'_>,
        items: &[Value],
        inside: Inside<'_, Given<'_>>,
        room: usize,
    ) -> Done {
        // What goes to the end may be written in several ways, so it is gathered first.
        let mut at_end = Vec::new();
        for (token, slots) in inside {
            let adds = slots.here.iter().take_while(|given| is_add(given)).count();
            let (adds, element) = slots.here.split_at(adds);
            let index = match token.position() {
                Position::At(index) if index < items.len() => index,
                Position::At(index) => {
                    if index > items.len() {
                        for given in adds {
                            let found = || describe_array(items);
                            self.misfit(*given, Became::Add, "an index up to the length", found)?;
                        }
                    }
                    at_end.extend(adds);
                    self.beyond_the_end(items, element, slots.inside, &mut at_end)?;
                    continue;
                }
                Position::End => {
                    at_end.extend(adds);
                    let expected = "an index: only an ADD may say '-'";
                    let found = format!("\"-\" in {}", describe_array(items));
                    self.drop_all(element, expected, &found)?;
                    self.drop_all(slots.inside.entries, expected, &found)?;
                    continue;
                }
                Position::None => {
                    let expected = "an index, digits without a leading zero";
                    let found = format!("{:?} in {}", token.name(), describe_array(items));
                    self.drop_all(slots.here, expected, &found)?;
                    self.drop_all(slots.inside.entries, expected, &found)?;
                    continue;
                }
            };
            for given in adds {
                self.check_depth(*given, room)?;
                self.keep(*given);
            }
            let place = Place::Element(place, index);
            self.slot(&place, Some(&items[index]), element, slots.inside, room)?;
        }
        self.end_of_array(place, items.len(), at_end, room)
    }

    /// Deltas of elements that the array does not have.
    fn beyond_the_end<'d>(
        &mut self,
        items: &[Value],
        element: &[Given<'d>],
        inside: Inside<'_, Given<'d>>,
        at_end: &mut Vec<Given<'d>>,
    ) -> Done {
        check_none_inside(element, inside)?;
        if let [one, two, ..] = element {
            return Err(same_slot(*one, *two));
        }
        for given in element {
            let found = || describe_array(items);
            if given.delta.op.diff_type() == DiffType::Remove {
                self.misfit(*given, Became::Done, "an element to remove", found)?;
            } else {
                self.misfit(*given, Became::Add, "an element to change", found)?;
                at_end.push(*given);
            }
        }
        self.drop_all(
            inside.entries,
            "an element around it",
            &describe_array(items),
        )
    }

    /// The run at the end of an array, in the order in which it was given.
    fn end_of_array(
        &mut self,
        place: &Place<'_>,
        length: usize,
        mut run: Vec<Given<'_>>,
        room: usize,
    ) -> Done {
        if run.is_empty() {
            return Ok(());
        }
        run.sort_by_key(|given| given.index);
        let path = Place::Element(place, length).path();
        for given in run {
            self.check_depth(given, room)?;
            if is_add(&given) && given.delta.path == path {
                self.keep(given);
            } else if let Some(value) = given.delta.op.value() {
                let added = Delta::add(path.clone(), value.clone());
                self.canonical.push(added);
            }
        }
        Ok(())
    }

    /// Deltas that have no place at all.
    fn drop_all(&mut self, entries: &[Given<'_>], expected: &'static str, found: &str) -> Done {
        for given in entries {
            self.misfit(*given, Became::Dropped, expected, || found.to_owned())?;
        }
        Ok(())
    }

    /// A delta that does not fit: an error, or lenient application's reading of it.
    fn misfit(
        &mut self,
        given: Given<'_>,
        became: Became,
        expected: &'static str,
        found: impl FnOnce() -> String,
    ) -> Done {
        let Some(adjusted) = &mut self.adjusted else {
            let found = found();
            return Err(error(given, Fault::DoesNotFit { expected, found }));
        };
        adjusted.push(Adjustment {
            index: given.index,
            delta: given.delta.clone(),
            became,
        });
        Ok(())
    }

    fn check_depth(&self, given: Given<'_>, room: usize) -> Done {
        match given.delta.op.value() {
            Some(value) => self.check_value(given, value, room),
            None => Ok(()),
        }
    }

    fn check_value(&self, given: Given<'_>, value: &Value, room: usize) -> Done {
        if depth_is_within(value, room) {
            return Ok(());
        }
        let depth = self.depth;
        Err(error(given, Fault::TooDeep { depth }))
    }
}

fn is_add(given: &Given<'_>) -> bool {
    given.delta.op.diff_type() == DiffType::Add
}

/// Whether two deltas at one slot are the ADD and the REMOVE of one member.
fn is_replacement(place: &Place<'_>, add: Given<'_>, remove: Given<'_>) -> bool {
    matches!(place, Place::Member(..))
        && is_add(&add)
        && remove.delta.op.diff_type() == DiffType::Remove
}

fn error(given: Given<'_>, fault: Fault) -> DeltaError {
    DeltaError {
        index: given.index,
        diff_type: given.delta.op.diff_type(),
        path: given.delta.path.clone(),
        fault,
    }
}

fn same_slot(one: Given<'_>, two: Given<'_>) -> DeltaError {
    let (earlier, later) = if one.index < two.index {
        (one, two)
    } else {
        (two, one)
    };
    error(
        later,
        Fault::SameSlot {
            other: earlier.index,
        },
    )
}

fn check_none_inside(here: &[Given<'_>], inside: Inside<'_, Given<'_>>) -> Done {
    match (here.first(), inside.entries.first()) {
        (Some(around), Some(first)) => {
            let fault = Fault::InsideAnother {
                other: around.index,
            };
            Err(error(*first, fault))
        }
        (Some(_) | None, _) => Ok(()),
    }
}

fn nothing() -> String {
    "nothing there".to_owned()
}

fn describe_array(items: &[Value]) -> String {
    format!("an array of {}", items.len())
}
