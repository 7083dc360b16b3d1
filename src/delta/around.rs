//! A place in a document that is being edited, and the ways down from it.

use super::slots::Placed;
use super::survey::is_change;
use super::watch::Watch;
use crate::{
    path::{Path, Position, Token},
    value::{depth_is_within, maps_keep_order},
};
use serde_json::{
    Map, Value,
    map::{Entry, IterMut},
};
use std::{cmp::Ordering, iter::Peekable, mem};

/// A value that comes to a place.
pub(super) trait Comes {
    fn value(&self) -> &Value;
    fn come(self) -> Value;
}

/// Lent, it is copied.
impl Comes for &Value {
    #[inline(always)]
    fn value(&self) -> &Value {
        self
    }

    #[inline(always)]
    fn come(self) -> Value {
        self.clone()
    }
}

/// Given away, it is not; null is left.
impl Comes for &mut Value {
    #[inline(always)]
    fn value(&self) -> &Value {
        self
    }

    #[inline(always)]
    fn come(self) -> Value {
        mem::take(self)
    }
}

/// A value that edits are made in, or at.
pub(super) struct Around<'v, W: Watch> {
    pub(super) value: &'v mut Value,
    pub(super) place: W::Place,
    /// How deep it is, counted from 1.
    pub(super) level: usize,
    /// How long its path is.
    pub(super) length: usize,
}

impl<'v, W: Watch> Around<'v, W> {
    pub(super) fn of(document: &'v mut Value, place: W::Place) -> Around<'v, W> {
        Around {
            value: document,
            place,
            level: 1,
            length: 0,
        }
    }

    /// The same, for as long as it is not needed itself.
    pub(super) fn lent(&mut self) -> Around<'_, W> {
        let value = &mut *self.value;
        Around { value, ..*self }
    }

    /// The token by which a path goes on from here.
    #[inline(always)]
    pub(super) fn token<'p>(&self, path: &'p Path) -> Token<'p> {
        Token::first(path.as_str(), self.length)
    }

    /// The container around what a path names inside this one, and the token of that in it.
    #[inline(always)]
    pub(super) fn descend<'p>(
        self,
        path: &'p Path,
        watch: &mut W,
    ) -> Option<(Around<'v, W>, Token<'p>)> {
        let token = self.token(path);
        self.descend_by(token, path, watch)
    }

    /// The same where the first token of the rest of the path is known.
    // What it finds is a handful of words, which a call would take through memory.
    #[inline(always)]
    pub(super) fn descend_by<'p>(
        mut self,
        mut token: Token<'p>,
        path: &'p Path,
        watch: &mut W,
    ) -> Option<(Around<'v, W>, Token<'p>)> {
        let path = path.as_str();
        loop {
            let length = self.length + 1 + token.encoded().len();
            if length == path.len() {
                return Some((self, token));
            }
            self.value = child(self.value, token, watch, &mut self.place)?;
            self.length = length;
            self.level += 1;
            token = Token::first(path, length);
        }
    }

    /// The value of the slot that a token names.
    #[inline(always)]
    pub(super) fn slot(&mut self, token: Token<'_>, watch: &mut W) -> Option<Around<'_, W>> {
        let mut place = self.place;
        let value = child(self.value, token, watch, &mut place)?;
        let (level, length) = (self.level + 1, self.length + 1 + token.encoded().len());
        Some(Around {
            value,
            place,
            level,
            length,
        })
    }

    /// Whether the value is no deeper in the document than this.
    pub(super) fn is_within(&self, depth: usize) -> bool {
        let room = (depth + 1).checked_sub(self.level);
        room.is_some_and(|room| depth_is_within(self.value, room))
    }

    /// Whether a CHANGE to this value fits.
    #[inline(always)]
    pub(super) fn may_become(&self, after: &Value, depth: usize) -> bool {
        let fits = |room| depth_is_within(self.value, room) && depth_is_within(after, room);
        let room = (depth + 1).checked_sub(self.level);
        is_change(self.value, after) && room.is_some_and(fits)
    }

    /// Shows the watch that a value is about to take the place of this one. Nothing is done where it does not fit.
    #[inline(always)]
    pub(super) fn show_change(&self, after: &Value, depth: usize, watch: &mut W) -> Option<()> {
        self.may_become(after, depth).then_some(())?;
        watch.changes(&self.place, self.value, after);
        Some(())
    }

    /// Puts a new member into this object. Nothing is done where it does not fit.
    #[inline(always)]
    pub(super) fn add_member(
        &mut self,
        token: Token<'_>,
        value: impl Comes,
        depth: usize,
        watch: &mut W,
    ) -> Option<()> {
        let name = token.name();
        let place = watch.member(&self.place, &name);
        let room = depth.checked_sub(self.level)?;
        let Entry::Vacant(slot) = self.value.as_object_mut()?.entry(name) else {
            return None;
        };
        depth_is_within(value.value(), room).then_some(())?;
        watch.comes(&place, value.value());
        slot.insert(value.come());
        Some(())
    }

    /// Takes a member out of this object. Nothing is done where it does not fit.
    #[inline(always)]
    pub(super) fn remove_member(
        &mut self,
        token: Token<'_>,
        depth: usize,
        watch: &mut W,
    ) -> Option<Value> {
        let name = token.name();
        let room = depth.checked_sub(self.level)?;
        let members = self.value.as_object_mut()?;
        let value = members.remove(name.as_ref())?;
        if !depth_is_within(&value, room) {
            members.insert(name.into_owned(), value);
            return None;
        }
        watch.goes(&watch.member(&self.place, &name), &value);
        Some(value)
    }

    /// The index that a token names for a new element of this array. Nothing where that does not fit.
    pub(super) fn new_index(&self, token: Token<'_>, value: &Value, depth: usize) -> Option<usize> {
        let items = self.value.as_array()?;
        let room = depth.checked_sub(self.level)?;
        let index = token
            .position()
            .at()
            .filter(|index| *index <= items.len())?;
        depth_is_within(value, room).then_some(index)
    }

    /// The index that a token names of an element of this array that may go. Nothing where that does not fit.
    pub(super) fn old_index(&self, token: Token<'_>, depth: usize) -> Option<usize> {
        let room = depth.checked_sub(self.level)?;
        let index = token.position().at()?;
        let element = self.value.as_array()?.get(index)?;
        depth_is_within(element, room).then_some(index)
    }

    /// Puts a new element into this array, of which no other comes or goes. Nothing is done where it does not fit.
    pub(super) fn add_element(
        &mut self,
        token: Token<'_>,
        value: impl Comes,
        depth: usize,
        watch: &mut W,
    ) -> Option<()> {
        let index = self.new_index(token, value.value(), depth)?;
        let items = self.value.as_array_mut()?;
        if index == items.len() {
            watch.grows(&self.place, index, value.value());
        } else {
            let mut shift = watch.shift(&self.place, index, items.len());
            watch.comes_between(&mut shift, value.value());
            watch.stay(&mut shift, &items[index..]);
            watch.shifted(shift);
        }
        items.insert(index, value.come());
        Some(())
    }

    /// Takes an element out of this array, of which no other comes or goes. Nothing is done where it does not fit.
    pub(super) fn remove_element(
        &mut self,
        token: Token<'_>,
        depth: usize,
        watch: &mut W,
    ) -> Option<Value> {
        let index = self.old_index(token, depth)?;
        let items = self.value.as_array_mut()?;
        let (element, behind) = items[index..].split_first()?;
        if behind.is_empty() {
            watch.shrinks(&self.place, index, element);
        } else {
            let mut shift = watch.shift(&self.place, index, items.len());
            watch.goes_between(&mut shift, element);
            watch.stay(&mut shift, behind);
            watch.shifted(shift);
        }
        Some(items.remove(index))
    }

    /// Whether so many of its members are edited that to go over all takes less than to look up those. They must come in the
    /// order of the map, which integers do not.
    pub(super) fn is_edited_all_over<T: Placed>(&self, inside: &[T]) -> bool {
        // So few are in one node of the map: to look up is to go over them.
        const FEW: usize = 11;
        let count = inside.len();
        let are_most = |members: &Map<_, _>| members.len() > FEW && 3 * count > members.len();
        let is_name = |path| !matches!(self.token(path).position(), Position::At(_));
        let first = inside.first();
        self.value.as_object().is_some_and(are_most)
            && first.is_some_and(|entry| is_name(&entry.delta().path))
            && !maps_keep_order()
    }
}

/// The members of an object, one after the other.
pub(super) struct Members<'v, W: Watch> {
    members: Peekable<IterMut<'v>>,
    place: W::Place,
    length: usize,
    level: usize,
}

impl<'v, W: Watch> Members<'v, W> {
    pub(super) fn of<'a>(object: &'v mut Around<'a, W>) -> Option<Members<'v, W>> {
        let Around {
            place,
            length,
            level,
            ..
        } = *object;
        let members = object.value.as_object_mut()?.iter_mut().peekable();
        Some(Members {
            members,
            place,
            length,
            level,
        })
    }

    /// The value of the slot that a token names, which comes after the last in the order of the map.
    #[inline(always)]
    pub(super) fn slot(&mut self, token: Token<'_>, watch: &mut W) -> Option<Around<'v, W>> {
        let name = token.name();
        loop {
            let (member, _) = self.members.peek()?;
            match member.as_str().cmp(&name) {
                Ordering::Less => drop(self.members.next()),
                Ordering::Equal => break,
                Ordering::Greater => return None,
            }
        }
        let (_, value) = self.members.next()?;
        Some(Around {
            value,
            place: watch.member(&self.place, &name),
            length: self.length + 1 + token.encoded().len(),
            level: self.level + 1,
        })
    }
}

/// What a token names in a container, whose place becomes that of what is named.
// So short that a call for each step of each path is seen.
#[inline(always)]
pub(super) fn child<'v, W: Watch>(
    container: &'v mut Value,
    token: Token<'_>,
    watch: &mut W,
    place: &mut W::Place,
) -> Option<&'v mut Value> {
    match container {
        Value::Object(members) => {
            let name = token.name();
            *place = watch.member(place, &name);
            members.get_mut(name.as_ref())
        }
        Value::Array(items) => {
            let Position::At(index) = token.position() else {
                return None;
            };
            *place = watch.element(place, index);
            items.get_mut(index)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
