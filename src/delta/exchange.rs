//! One history: a set that is applied, and becomes what undoes it (Y5). Nothing is copied.

use super::around::{Around, Members};
use super::normalize::{self, DeltaError};
use super::slots::first_child;
use super::watch::{Unwatched, Watch};
use super::{Delta, DeltaSet, Op, apply::edit_watched, transition::transition};
use crate::{
    path::{Token, USUAL_LENGTH},
    value::{DEFAULT_DEPTH, MAX_DEPTH, maps_keep_order},
};
use serde_json::Value;
use std::{mem, ops::Range};

impl DeltaSet {
    /// Applies the set in place, all or nothing, and turns it into the set that undoes that (Y5): what comes into the document leaves
    /// the set, and what goes from the document comes into it. Applied in the same way, that undoes, and becomes the set that
    /// does it again.
    ///
    /// It gives what [`invert`](crate::invert()) gives beforehand, and copies no value of a canonical set, however large, unless maps keep
    /// the order of their members. O(k log k) for k deltas, and the size of what they touch; an ADD or REMOVE in an array moves the
    /// elements behind it, and where elements around the array shift as well, the paths of what is inside are written once for each.
    ///
    /// # Errors
    /// [`DeltaError`] where the set does not fit; then set and document are as they were.
    ///
    /// ```
    /// use deltamerge::diff;
    /// use serde_json::json;
    /// let mut document = json!({"hp": 7, "items": ["rope"]});
    /// let mut hit = diff(&document, &json!({"hp": 5, "items": ["rope", "torch"]}))?;
    /// hit.apply_and_invert(&mut document)?;
    /// assert_eq!(document, json!({"hp": 5, "items": ["rope", "torch"]}));
    ///
    /// let mut undo = hit;
    /// undo.apply_and_invert(&mut document)?;
    /// assert_eq!(document, json!({"hp": 7, "items": ["rope"]}));
    ///
    /// let mut redo = undo;
    /// redo.apply_and_invert(&mut document)?;
    /// assert_eq!(document, json!({"hp": 5, "items": ["rope", "torch"]}));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply_and_invert(&mut self, document: &mut Value) -> Result<(), DeltaError> {
        self.apply_and_invert_within(document, DEFAULT_DEPTH)
    }

    /// [`DeltaSet::apply_and_invert`] with a bound on the depth of its own (at most [`MAX_DEPTH`](crate::MAX_DEPTH)).
    ///
    /// # Errors
    /// As [`DeltaSet::apply_and_invert`].
    ///
    /// ```
    /// use deltamerge::{Delta, DeltaSet, Path};
    /// use serde_json::json;
    /// let mut document = json!({"hp": 7});
    /// let mut deep = DeltaSet::from_iter([Delta::change(Path::root(), json!([[[]]]))]);
    /// let given = deep.clone();
    /// let error = deep.apply_and_invert_within(&mut document, 2).unwrap_err();
    /// assert_eq!(error.code(), "too-deep");
    /// assert_eq!((document, deep), (json!({"hp": 7}), given));
    /// ```
    pub fn apply_and_invert_within(
        &mut self,
        document: &mut Value,
        depth: usize,
    ) -> Result<(), DeltaError> {
        exchange_watched(document, self, depth, &mut Unwatched, ())
    }
}

/// [`DeltaSet::apply_and_invert_within`] under the eyes of somebody; `root` is the place of the document.
pub(crate) fn exchange_watched<W: Watch>(
    document: &mut Value,
    deltas: &mut DeltaSet,
    depth: usize,
    watch: &mut W,
    root: W::Place,
) -> Result<(), DeltaError> {
    let places = (!deltas.is_in_order()).then(|| deltas.put_in_order());
    if exchange_at_once(document, deltas.deltas_mut(), depth, watch, root) {
        return Ok(());
    }
    if let Some(places) = places {
        deltas.put_back(places);
    }
    let canonical = normalize::made_canonical(document, deltas, depth)?;
    let undo = transition(document, &canonical, &DeltaSet::new());
    edit_watched(document, &canonical, watch, root);
    *deltas = undo;
    Ok(())
}

/// Makes the edits of a sorted list while it is seen that they are those of a canonical set. Nothing is done where they are not.
pub(crate) fn exchange_at_once<W: Watch>(
    document: &mut Value,
    deltas: &mut [Delta],
    depth: usize,
    watch: &mut W,
    root: W::Place,
) -> bool {
    let mut exchange = Exchange {
        watch,
        depth: depth.min(MAX_DEPTH),
        seen: 0,
        waiting: Vec::new(),
        arrays: Vec::new(),
    };
    let mut document = Around::of(document, root);
    let is_made = exchange.at_root(&mut document, deltas).is_some();
    if is_made {
        exchange.shift(&mut document, deltas);
    } else {
        exchange.take_back(&mut document, deltas);
    }
    is_made
}

/// Makes edits, each of which becomes the one that undoes it.
struct Exchange<'v, W> {
    watch: &'v mut W,
    depth: usize,
    /// How many of the list were looked at, and made or found to fit.
    seen: usize,
    /// Those of them that wait until all others are made, for elements shift by them.
    waiting: Vec<usize>,
    /// Of each array that they are in, the deltas inside it, from the first on that waits.
    arrays: Vec<Range<usize>>,
}

impl<W: Watch> Exchange<'_, W> {
    fn at_root(&mut self, document: &mut Around<'_, W>, deltas: &mut [Delta]) -> Option<()> {
        match deltas {
            [Delta { path, op }] if path.is_root() => {
                let Op::Change(value) = op else { return None };
                self.change(document, value)
            }
            [first, ..] if first.path.is_root() => None,
            _ => self.inside(document, deltas),
        }
    }

    /// Makes what is inside a container, but for what waits.
    fn inside(&mut self, around: &mut Around<'_, W>, deltas: &mut [Delta]) -> Option<()> {
        // Nothing fits so deep, and what recurses has to end.
        (around.level <= self.depth).then_some(())?;
        if around.is_edited_all_over(deltas) && deltas.iter().all(Delta::is_change) {
            return self.inside_all_over(around, deltas);
        }
        let mut waits = None;
        let mut rest = deltas;
        while let Some(child) = self.lone_children(around, rest, &mut waits)? {
            // What else is at a slot, or inside it, meets what is at it.
            let first = &child.deltas[0];
            if first.path.as_str().len() == child.end {
                return None;
            }
            let mut slot = around.slot(first.token(around.length, child.end), self.watch)?;
            self.inside(&mut slot, child.deltas)?;
            rest = child.others;
        }
        self.arrays.extend(waits.map(|first| first..self.seen));
        Some(())
    }

    /// [`Exchange::inside`] of an object of which no member comes or goes, by going over its members, not by looking them up.
    #[inline(never)]
    fn inside_all_over(&mut self, object: &mut Around<'_, W>, deltas: &mut [Delta]) -> Option<()> {
        let length = object.length;
        let mut members = Members::of(object)?;
        let mut rest = deltas;
        while let Some((mut slot, child)) = self.lone_members(&mut members, length, rest)? {
            self.inside(&mut slot, child.deltas)?;
            rest = child.others;
        }
        Some(())
    }

    /// [`Exchange::lone_children`] while going over members.
    fn lone_members<'v, 'd>(
        &mut self,
        members: &mut Members<'v, W>,
        length: usize,
        deltas: &'d mut [Delta],
    ) -> Option<Option<(Around<'v, W>, Child<'d>)>> {
        let mut rest = deltas;
        while let Some(child) = Child::first(rest, length) {
            let first = &child.deltas[0];
            let is_here = first.path.as_str().len() == child.end;
            let mut slot = members.slot(first.token(length, child.end), self.watch)?;
            match child.deltas {
                [
                    Delta {
                        op: Op::Change(value),
                        ..
                    },
                ] if is_here => self.change(&mut slot, value)?,
                [lone] => {
                    let end = slot.length + 1 + slot.token(&lone.path).encoded().len();
                    self.lone(&mut slot, end, lone)?;
                }
                // What else is at a slot, or inside it, meets what is at it.
                _ if is_here => return None,
                _ => return Some(Some((slot, child))),
            }
            self.seen += 1;
            rest = child.others;
        }
        Some(None)
    }

    /// Makes the deltas of children that have only one, up to the first child that has more, which is given.
    // What recurses calls this, so that what is inlined here is not on the stack of each level.
    fn lone_children<'d>(
        &mut self,
        around: &mut Around<'_, W>,
        deltas: &'d mut [Delta],
        waits: &mut Option<usize>,
    ) -> Option<Option<Child<'d>>> {
        let is_array = around.value.is_array();
        let mut rest = deltas;
        while let Some(mut child) = Child::first(rest, around.length) {
            // Of what makes elements shift, the last of all deltas in an array need not wait.
            let is_last = child.others.is_empty() && child.deltas.len() == 1 && waits.is_none();
            if is_array && !is_last {
                let moving = self.moving(around, &child)?;
                if moving > 0 {
                    waits.get_or_insert(self.seen);
                }
                self.waiting.extend(self.seen..self.seen + moving);
                self.seen += moving;
                child.deltas = &mut child.deltas[moving..];
            }
            match child.deltas {
                [] => {}
                [lone] => {
                    self.lone(around, child.end, lone)?;
                    self.seen += 1;
                }
                _ => return Some(Some(child)),
            }
            rest = child.others;
        }
        Some(None)
    }

    /// How many deltas at one index of an array make elements shift. Nothing where they do not fit.
    fn moving(&self, array: &Around<'_, W>, element: &Child<'_>) -> Option<usize> {
        let (deltas, end) = (&*element.deltas, element.end);
        let count = deltas
            .iter()
            .take_while(|delta| delta.moves_at(end))
            .count();
        for (number, delta) in deltas[..count].iter().enumerate() {
            let token = delta.token(array.length, end);
            match &delta.op {
                Op::Add(value) => array.new_index(token, value, self.depth)?,
                // The element is no more: nothing else is said of it.
                Op::Change(_) | Op::Remove if number + 1 < deltas.len() => return None,
                Op::Change(_) | Op::Remove => array.old_index(token, self.depth)?,
            };
        }
        Some(count)
    }

    /// Makes a delta inside a container that meets nothing else; so far goes the first step of its path.
    #[inline(always)]
    fn lone(&mut self, outer: &mut Around<'_, W>, end: usize, delta: &mut Delta) -> Option<()> {
        let Delta { path, op } = delta;
        let token = Token::between(path.as_str(), outer.length, end);
        let (mut around, token) = outer.lent().descend_by(token, path, self.watch)?;
        let undo = match (&mut *op, &*around.value) {
            (Op::Change(value), _) => {
                let mut slot = around.slot(token, self.watch)?;
                return self.change(&mut slot, value);
            }
            (Op::Add(value), Value::Array(_)) => {
                around.add_element(token, value, self.depth, self.watch)?;
                Op::Remove
            }
            (Op::Remove, Value::Array(_)) => {
                Op::Add(around.remove_element(token, self.depth, self.watch)?)
            }
            _ if maps_keep_order() => return None,
            (Op::Add(value), _) => {
                around.add_member(token, value, self.depth, self.watch)?;
                Op::Remove
            }
            (Op::Remove, _) => Op::Add(around.remove_member(token, self.depth, self.watch)?),
        };
        *op = undo;
        Some(())
    }

    /// Makes a CHANGE of this very value.
    #[inline(always)]
    fn change(&mut self, slot: &mut Around<'_, W>, value: &mut Value) -> Option<()> {
        slot.show_change(value, self.depth, self.watch)?;
        mem::swap(slot.value, value);
        Some(())
    }

    /// Brings the document, and the deltas, back to where they were.
    fn take_back(&mut self, document: &mut Around<'_, W>, deltas: &mut [Delta]) {
        for (index, delta) in deltas[..self.seen].iter_mut().enumerate().rev() {
            if self.waiting.binary_search(&index).is_err() {
                let end = 1 + document.token(&delta.path).encoded().len();
                let undone = self.lone(document, end, delta);
                undone.expect("what was made is still there");
            }
        }
    }

    /// Makes what waits.
    fn shift(&mut self, document: &mut Around<'_, W>, deltas: &mut [Delta]) {
        for array in mem::take(&mut self.arrays) {
            let inside = &mut deltas[array];
            let around = document.lent().descend(&inside[0].path, self.watch);
            let is_made = around
                .map(|(array, _)| array)
                .and_then(|mut array| array.exchange_elements(inside, self.watch));
            is_made.expect("what was looked at is still there");
        }
    }
}

impl<W: Watch> Around<'_, W> {
    /// Makes what comes to this array and goes from it, and brings deltas inside it to the indices that elements have then. The first of
    /// the deltas is the first that makes elements shift.
    fn exchange_elements(&mut self, deltas: &mut [Delta], watch: &mut W) -> Option<()> {
        let (length, place) = (self.length, self.place);
        let items = self.value.as_array_mut()?;
        // The index of the element that a delta is at or inside, and how long the path of that is.
        let place_of = |delta: &Delta| {
            let token = Token::first(delta.path.as_str(), length);
            let index = token.position().at()?;
            Some((index, length + 1 + token.encoded().len()))
        };
        let (mut next, _) = place_of(deltas.first()?)?;
        let mut shift = watch.shift(&place, next, items.len());
        let mut tail = items.split_off(next).into_iter();
        items.reserve(tail.len());
        let mut text = String::with_capacity(USUAL_LENGTH);
        for delta in deltas {
            let (index, end) = place_of(delta)?;
            let stay = index - next;
            watch.stay(&mut shift, &tail.as_slice()[..stay]);
            items.extend(tail.by_ref().take(stay));
            next = index;
            let moves = delta.moves_at(end);
            delta.path = delta.path.with_index(length, end, items.len(), &mut text);
            match &mut delta.op {
                Op::Add(value) if moves => {
                    watch.comes_between(&mut shift, value);
                    items.push(mem::take(value));
                    delta.op = Op::Remove;
                }
                Op::Remove if moves => {
                    let element = tail.next()?;
                    watch.goes_between(&mut shift, &element);
                    delta.op = Op::Add(element);
                    next += 1;
                }
                Op::Add(_) | Op::Change(_) | Op::Remove => {}
            }
        }
        watch.stay(&mut shift, tail.as_slice());
        items.extend(tail);
        watch.shifted(shift);
        Some(())
    }
}

/// The deltas of one child of a container.
struct Child<'d> {
    deltas: &'d mut [Delta],
    /// How long its path is.
    end: usize,
    /// The deltas behind them.
    others: &'d mut [Delta],
}

impl<'d> Child<'d> {
    #[inline(always)]
    fn first(deltas: &'d mut [Delta], length: usize) -> Option<Child<'d>> {
        let (count, end) = first_child(deltas, length)?;
        let (deltas, others) = deltas.split_at_mut(count);
        Some(Child {
            deltas,
            end,
            others,
        })
    }
}

impl Delta {
    /// The token of its path from a slash up to a byte.
    fn token(&self, slash: usize, end: usize) -> Token<'_> {
        Token::between(self.path.as_str(), slash, end)
    }

    fn is_change(&self) -> bool {
        matches!(self.op, Op::Change(_))
    }

    /// Whether it makes elements shift, where its path is so long as that of an element.
    fn moves_at(&self, end: usize) -> bool {
        self.path.as_str().len() == end && !self.is_change()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{delta::diff::diff, path::Path};
    use serde_json::json;

    fn at_once(document: &mut Value, deltas: &mut [Delta]) -> bool {
        exchange_at_once(document, deltas, DEFAULT_DEPTH, &mut Unwatched, ())
    }

    #[test]
    fn a_canonical_set_is_exchanged_at_once() {
        let before = json!([{"l": [1, 2, 3, {"x": 4}], "n": 1}, 5, 6, [[7, 8], 9]]);
        let afters = [
            json!([{"l": [0, 1, 3, {"x": 5}], "n": 2}, 6, [[7, 8], 9, 10]]),
            json!([-1, {"l": [{"x": 4}], "n": 1}, 5, 6, [[7, -8, 8], 9], 11]),
            json!([[[7, 8], 9]]),
            json!("another"),
        ];
        for after in afters {
            let (mut document, mut set) = (before.clone(), diff(&before, &after).expect("shallow"));
            for expected in [&after, &before] {
                assert!(at_once(&mut document, set.deltas_mut()), "{set:?}");
                assert_eq!(document, *expected);
            }
        }
    }

    #[test]
    fn arrays_inside_elements_that_shift_are_found_whatever_the_length_of_their_index() {
        let elements = (0..12).map(|number| json!([number, [number], -number]));
        let before = Value::Array(elements.collect());
        let mut after = before.clone();
        let outer = after.as_array_mut().expect("an array");
        for element in outer.iter_mut() {
            let inner = element.as_array_mut().expect("an array");
            inner.insert(0, json!("new"));
            inner.remove(1);
            inner.push(json!("new"));
        }
        outer.insert(0, json!(0));
        outer.remove(2);
        outer.insert(5, json!(1));
        let (mut document, mut set) = (before.clone(), DeltaSet::new());
        for index in 0..12 {
            let path = |rest: &str| Path::parse(&format!("/{index}{rest}")).expect("a path");
            match index {
                0 => set.extend([Delta::add(path(""), 0)]),
                1 => set.extend([Delta::remove(path(""))]),
                5 => set.extend([Delta::add(path(""), 1)]),
                _ => {}
            }
            if index != 1 {
                set.extend([
                    Delta::add(path("/0"), "new"),
                    Delta::remove(path("/0")),
                    Delta::add(path("/3"), "new"),
                ]);
            }
        }
        for expected in [&after, &before] {
            assert!(at_once(&mut document, set.deltas_mut()), "{set:?}");
            assert_eq!(document, *expected);
        }
    }

    #[test]
    fn an_object_that_is_edited_all_over_is_gone_over() {
        let members = |edit: i32| {
            let member = move |number: i32| match number % 4 {
                0 => json!(number + edit),
                1 => json!({"x": number + edit, "y": 0}),
                2 => json!({"x": number + edit, "y": {"z": edit}}),
                _ => json!([number, edit]),
            };
            (0..20).map(move |number| (format!("member {number}"), member(number)))
        };
        let (before, after) = (
            Value::Object(members(0).collect()),
            Value::Object(members(1).collect()),
        );
        let (mut document, mut set) = (before.clone(), diff(&before, &after).expect("shallow"));
        assert!(
            Around::<Unwatched>::of(&mut document, ()).is_edited_all_over(&set)
                || maps_keep_order()
        );
        for expected in [&after, &before] {
            assert!(at_once(&mut document, set.deltas_mut()), "{set:?}");
            assert_eq!(document, *expected);
        }
        // Nothing of it stays where the last does not fit, or meets another.
        let change = |path| Delta::change(Path::parse(path).expect("a path"), 7);
        for misfit in [
            vec![change("/z")],
            vec![change("/member 9/x/z")],
            vec![change("/member 9"), change("/member 9/x")],
            vec![change("/member 9"), change("/member 9")],
        ] {
            let misfit: Vec<Delta> = set.iter().cloned().chain(misfit).collect();
            let misfit = DeltaSet::sorted(misfit);
            let mut given = misfit.clone();
            assert!(!at_once(&mut document, given.deltas_mut()));
            assert_eq!((&document, given), (&before, misfit));
        }
    }

    #[test]
    fn of_an_element_that_goes_nothing_else_may_be_said() {
        let base = json!([[1], [2], 3]);
        let path = |text| Path::parse(text).expect("a path");
        let remove = Delta::remove(path("/0"));
        let inside = Delta::add(path("/0/0"), 0);
        for second in [remove.clone(), inside] {
            let (mut document, mut deltas) = (base.clone(), [remove.clone(), second]);
            let given = deltas.clone();
            assert!(!at_once(&mut document, &mut deltas));
            assert_eq!((&document, &deltas), (&base, &given));
        }
    }

    #[test]
    fn values_are_handed_over() {
        let before = json!({"a": "1", "b": "2", "l": ["3", "4", "5", "6"]});
        let after = json!({"a": "7", "c": "8", "l": ["9", "3", "10", "5", "6", "11"]});
        let places = |texts: &mut dyn Iterator<Item = &Value>| {
            let mut places: Vec<_> = texts
                .filter_map(Value::as_str)
                .map(|text| (text.to_owned(), text.as_ptr()))
                .collect();
            places.sort();
            places
        };
        let all = |document: &Value, set: &DeltaSet| {
            let members = document.as_object().expect("an object").values();
            let elements = document["l"].as_array().expect("an array").iter();
            let written = set.iter().filter_map(|delta| delta.op.value());
            places(&mut members.chain(elements).chain(written))
        };
        let (mut document, mut set) = (before.clone(), diff(&before, &after).expect("shallow"));
        let texts = all(&document, &set);
        set.apply_and_invert(&mut document).expect("it fits");
        assert_eq!(document, after);
        if !maps_keep_order() {
            assert_eq!(all(&document, &set), texts);
        }
    }

    #[test]
    fn what_was_made_is_taken_back() {
        let before = json!({"a": 1, "l": [{"x": 1}, 2, 3], "m": [1], "z": 1});
        let after = json!({"a": 2, "l": [0, {"x": 2}, 3], "m": [1, 2], "n": 1});
        let mut set = diff(&before, &after).expect("shallow");
        set.extend([Delta::change(Path::parse("/zz").expect("a path"), 1)]);
        let (mut document, given) = (before.clone(), set.clone());
        assert!(!at_once(&mut document, set.deltas_mut()));
        assert_eq!((document, set), (before, given));
    }
}
