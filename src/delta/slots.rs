//! A sorted list of deltas, seen as the tree that it is: what lies under one place is one stretch of the list.

use super::{Delta, DiffType};
use crate::path::{Token, common_start, document_order};
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

pub(crate) fn is_inside(delta: &Delta, path: &str) -> bool {
    let below = delta.path.as_str().strip_prefix(path);
    below.is_some_and(|below| below.starts_with('/'))
}

/// A stretch of a sorted list: all are at the place of its first, or inside.
pub(crate) struct Meeting<'s, T> {
    pub(crate) entries: &'s [T],
    /// How many bytes its first path shares with that of the meeting before.
    pub(crate) shared: usize,
}

/// The stretches of a sorted list that have nothing to do with each other.
pub(crate) fn meetings<T: Placed>(entries: &[T]) -> impl Iterator<Item = Meeting<'_, T>> {
    let (mut rest, mut shared) = (entries, 0);
    std::iter::from_fn(move || {
        let first = rest.first()?.delta().path.as_str().as_bytes();
        let mut shared_with_next = 0;
        let meets = |entry: &&T| {
            let path = entry.delta().path.as_str().as_bytes();
            shared_with_next = common_start(first, path);
            shared_with_next == first.len() && matches!(path.get(first.len()), None | Some(b'/'))
        };
        let count = 1 + rest[1..].iter().take_while(meets).count();
        let (entries, others) = rest.split_at(count);
        let meeting = Meeting { entries, shared };
        (rest, shared) = (others, shared_with_next);
        Some(meeting)
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

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.entries.first()?.delta().path.as_str();
        let token = Token::first(first, self.length);
        let encoded = token.encoded();
        let length = self.length + 1 + encoded.len();
        let lies_there = |entry: &&T| {
            let rest = &entry.delta().path.as_str().as_bytes()[self.length + 1..];
            rest.starts_with(encoded.as_bytes())
                && matches!(rest.get(encoded.len()), None | Some(b'/'))
        };
        let count = 1 + self.entries[1..].iter().take_while(lies_there).count();
        let (entries, others) = self.entries.split_at(count);
        self.entries = others;
        Some((token, Slots::split(entries, length)))
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
