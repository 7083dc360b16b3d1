//! A sorted list of deltas, seen as the tree that it is: what lies under one place is one stretch of the list.

use super::{Delta, DiffType};
use crate::path::{Token, document_order};
use std::{borrow::Cow, cmp::Ordering};

/// Something that has a delta, and so a place in the tree.
pub(crate) trait Placed {
    fn delta(&self) -> &Delta;
}

impl Placed for Delta {
    fn delta(&self) -> &Delta {
        self
    }
}

impl<T: Placed> Placed for &T {
    fn delta(&self) -> &Delta {
        (*self).delta()
    }
}

/// The order of a canonical set (D7): document order, a gap's adds before the element behind it.
pub(crate) fn canonical_order(first: &Delta, second: &Delta) -> Ordering {
    let is_add = |delta: &Delta| delta.op.diff_type() == DiffType::Add;
    document_order(first.path.as_str(), second.path.as_str())
        .then_with(|| is_add(second).cmp(&is_add(first)))
}

/// The stretches of a sorted list that have nothing to do with each other: all of one are at the place of its first, or inside.
pub(crate) fn meetings<T: Placed>(entries: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = entries;
    std::iter::from_fn(move || {
        let first = rest.first()?.delta().path.as_str();
        let meets = |entry: &&T| {
            let below = entry.delta().path.as_str().strip_prefix(first);
            below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
        };
        let count = 1 + rest[1..].iter().take_while(meets).count();
        let (met, others) = rest.split_at(count);
        rest = others;
        Some(met)
    })
}

/// Whether a list is in canonical order.
pub(crate) fn are_in_order<T: Placed>(entries: &[T]) -> bool {
    entries.is_sorted_by(|a, b| canonical_order(a.delta(), b.delta()).is_le())
}

/// Brings a list into canonical order. What is equal in it, the adds of one gap, stays as it stands.
pub(crate) fn sort<T: Placed>(entries: &mut [T]) {
    if !are_in_order(entries) {
        entries.sort_by(|a, b| canonical_order(a.delta(), b.delta()));
    }
}

/// A stretch of a sorted list: all that is at one place, and all that is inside it.
pub(crate) struct Slots<'s, T> {
    /// The deltas whose path is this very place.
    pub(crate) here: &'s [T],
    /// Those whose path goes on.
    pub(crate) inside: Inside<'s, T>,
}

/// The deltas inside one place: a stretch of a sorted list, and how long the path of that place is.
pub(crate) struct Inside<'s, T> {
    pub(crate) entries: &'s [T],
    length: usize,
}

impl<T> Clone for Inside<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Inside<'_, T> {}

impl<'s, T> Inside<'s, T> {
    pub(crate) const NONE: Inside<'s, T> = Inside {
        entries: &[],
        length: 0,
    };

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<'s, T> Slots<'s, T> {
    /// The one delta that is there, where it is only one.
    pub(crate) fn lone(self) -> Option<&'s T> {
        match (self.here, self.inside.entries) {
            ([lone], []) | ([], [lone]) => Some(lone),
            _ => None,
        }
    }
}

impl<'s, T: Placed> Slots<'s, T> {
    /// A whole sorted list, seen from the root.
    pub(crate) fn of_root(entries: &'s [T]) -> Slots<'s, T> {
        Slots::split(entries, 0)
    }

    fn split(entries: &'s [T], length: usize) -> Slots<'s, T> {
        let here = entries
            .iter()
            .take_while(|entry| entry.delta().path.as_str().len() == length)
            .count();
        let (here, entries) = entries.split_at(here);
        let inside = Inside { entries, length };
        Slots { here, inside }
    }
}

/// Steps down, child by child: the child's token, and what lies there.
impl<'s, T: Placed> Iterator for Inside<'s, T> {
    type Item = (Token<'s>, Slots<'s, T>);

    // What it finds is many words, which a call would take through memory.
    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let (first, others) = self.entries.split_first()?;
        let child = Child::of(first, self.length);
        let (entries, others) = self.entries.split_at(1 + child.count(others));
        self.entries = others;
        Some((child.token, Slots::split(entries, child.path.len())))
    }
}

/// How many deltas the first child of a container has, and how long its path is.
#[inline(always)]
pub(super) fn first_child(entries: &[Delta], length: usize) -> Option<(usize, usize)> {
    let (first, others) = entries.split_first()?;
    let child = Child::of(first, length);
    Some((1 + child.count(others), child.path.len()))
}

/// One step down from a container.
struct Child<'s> {
    token: Token<'s>,
    path: &'s [u8],
    /// How much of that is the path of the container.
    above: usize,
}

impl<'s> Child<'s> {
    #[inline]
    fn of<T: Placed>(entry: &'s T, above: usize) -> Child<'s> {
        let path = entry.delta().path.as_str();
        let token = Token::first(path, above);
        let path = &path.as_bytes()[..above + 1 + token.encoded().len()];
        Child { token, path, above }
    }

    /// How many at the beginning of a sorted list are there.
    #[inline(always)]
    fn count<T: Placed>(&self, others: &[T]) -> usize {
        match others {
            [first, ..] if !self.has(first) => 0,
            // Often a whole document is inside one member of its root.
            [.., last] if self.has(last) => others.len(),
            _ => others.iter().take_while(|other| self.has(*other)).count(),
        }
    }

    /// Whether another delta inside the same container is there.
    #[inline]
    fn has<T: Placed>(&self, other: &T) -> bool {
        let (path, length) = (other.delta().path.as_str().as_bytes(), self.path.len());
        // The last byte tells most tokens apart.
        path.get(length - 1) == self.path.last()
            && matches!(path.get(length), None | Some(b'/'))
            && path[self.above..length] == self.path[self.above..]
    }
}

impl<T> Slots<'_, T> {
    pub(crate) const NONE: Self = Slots {
        here: &[],
        inside: Inside::NONE,
    };
}

impl<T> Clone for Slots<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slots<'_, T> {}

impl<'s, T: Placed> Slots<'s, T> {
    /// What lies at one index of an array: the run in the gap, and the slot of the element behind it.
    pub(crate) fn split_gap(self) -> (&'s [T], Slots<'s, T>) {
        let is_add = |entry: &&T| entry.delta().op.diff_type() == DiffType::Add;
        let adds = self.here.iter().take_while(is_add).count();
        let (run, here) = self.here.split_at(adds);
        (run, Slots { here, ..self })
    }
}

/// Steps down two lists at once, in document order: each child that one of them speaks of, and what both say of it.
pub(crate) fn both<'a, 'b, A: Placed, B: Placed>(
    first: Inside<'a, A>,
    second: Inside<'b, B>,
) -> impl Iterator<Item = (Cow<'a, str>, Slots<'a, A>, Slots<'b, B>)>
where
    'b: 'a,
{
    let (mut first, mut second) = (first.peekable(), second.peekable());
    std::iter::from_fn(move || {
        let order = match (first.peek(), second.peek()) {
            (None, None) => return None,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.document_order(*b),
        };
        let a = if order.is_le() { first.next() } else { None };
        let b = if order.is_ge() { second.next() } else { None };
        let token = a
            .as_ref()
            .map(|(token, _)| *token)
            .or(b.as_ref().map(|(token, _)| *token))?;
        let slots = (
            a.map_or(Slots::NONE, |(_, a)| a),
            b.map_or(Slots::NONE, |(_, b)| b),
        );
        Some((token.name(), slots.0, slots.1))
    })
}
