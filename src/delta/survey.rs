//! A sorted list of deltas over its base, in one pass: whether it is canonical (D7), and what the base has at each path.

use super::{Delta, Op};
use crate::{
    path::{Position, Token, common_start, document_order_from},
    value::{MAX_DEPTH, depth_is_within, equal_scalars},
};
use serde_json::Value;
use std::cmp::Ordering;

/// What the base has where a delta is.
#[derive(Clone, Copy)]
pub(crate) struct Found<'b> {
    /// The value at its path, if there is one; for the ADD of an element, the one behind it.
    pub(crate) base: Option<&'b Value>,
    /// It is the ADD of an element, so its place is a gap and not a slot.
    pub(crate) in_gap: bool,
}

/// Goes over the deltas of one set, or of several joined ones, in canonical order. It keeps the way down to where it is, so
/// that what paths share is looked up once.
pub(crate) struct Survey<'b, 'd> {
    /// The containers around the last delta, and its own slot last.
    levels: Vec<Level<'b>>,
    /// Those who have a delta at one of the levels' slots, from the root down.
    ranks: Vec<usize>,
    depth: usize,
    last: &'d str,
    last_was_add: bool,
}

struct Level<'b> {
    /// The length of the path.
    length: usize,
    value: Option<&'b Value>,
    /// Where in `ranks` those begin who have a delta at this very slot.
    ranks: usize,
}

impl<'b, 'd> Survey<'b, 'd> {
    pub(crate) fn new(base: &'b Value, depth: usize) -> Survey<'b, 'd> {
        let mut levels = Vec::with_capacity(8);
        levels.push(Level {
            length: 0,
            value: Some(base),
            ranks: 0,
        });
        Survey {
            levels,
            ranks: Vec::new(),
            depth: depth.min(MAX_DEPTH),
            last: "",
            last_was_add: true,
        }
    }

    /// The next delta of the list, of the set that `rank` names. Nothing where that set is not canonical for the base, or
    /// the list not in order: what to make of that is not known here.
    pub(crate) fn next(&mut self, delta: &'d Delta, rank: usize) -> Option<Found<'b>> {
        let path = delta.path.as_str();
        let common = common_start(self.last.as_bytes(), path.as_bytes());
        let is_add = matches!(delta.op, Op::Add(_));
        match document_order_from(common, self.last, path) {
            Ordering::Less => {}
            Ordering::Equal if self.last_was_add || !is_add => {}
            Ordering::Equal | Ordering::Greater => return None,
        }
        (self.last, self.last_was_add) = (path, is_add);
        self.ascend(path, common);
        self.descend(path)?;
        self.fits(&delta.op, rank)
    }

    /// Back up to what is around a path, or is there.
    fn ascend(&mut self, path: &str, common: usize) {
        let is_around = |level: &Level<'_>| {
            level.length <= common && matches!(path.as_bytes().get(level.length), None | Some(b'/'))
        };
        while let Some(level) = self.levels.last()
            && !is_around(level)
        {
            self.ranks.truncate(level.ranks);
            self.levels.pop();
        }
    }

    fn descend(&mut self, path: &str) -> Option<()> {
        let mut around = self.levels.last()?;
        while around.length < path.len() {
            let token = Token::first(path, around.length);
            let value = match around.value? {
                Value::Object(members) => members.get(token.name().as_ref()),
                Value::Array(items) => match token.position() {
                    Position::At(index) if index <= items.len() => items.get(index),
                    Position::At(_) | Position::End | Position::None => return None,
                },
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
            };
            self.levels.push(Level {
                length: around.length + 1 + token.encoded().len(),
                value,
                ranks: self.ranks.len(),
            });
            around = self.levels.last()?;
        }
        Some(())
    }

    /// The conditions of a canonical set at the slot or gap where the way down ends.
    fn fits(&mut self, op: &Op, rank: usize) -> Option<Found<'b>> {
        let (slot, around) = self.levels.split_last()?;
        let room = self.depth.checked_sub(around.len())?;
        let in_array = matches!(
            around.last().map(|level| level.value),
            Some(Some(Value::Array(_)))
        );
        let (base, in_gap) = (slot.value, in_array && matches!(op, Op::Add(_)));
        if self.is_inside_own(rank) {
            return None;
        }
        // Only the ADDs of a gap leave room for others of their set.
        if !in_gap {
            if self.ranks[slot.ranks..].last() == Some(&rank) {
                return None;
            }
            self.ranks.push(rank);
        }
        let fits = match (op, base) {
            (Op::Add(value), base) => (in_gap || base.is_none()) && depth_is_within(value, room),
            (Op::Change(after), Some(before)) => {
                is_change(before, after)
                    && depth_is_within(before, room)
                    && depth_is_within(after, room)
            }
            (Op::Remove, Some(before)) => !around.is_empty() && depth_is_within(before, room),
            (Op::Change(_) | Op::Remove, None) => false,
        };
        fits.then_some(Found { base, in_gap })
    }

    /// Whether the set that `rank` names has a delta at a slot around this one.
    fn is_inside_own(&self, rank: usize) -> bool {
        let Some((slot, around)) = self.levels.split_last() else {
            return false;
        };
        let ends = self.levels[1..].iter().map(|level| level.ranks);
        slot.ranks > 0
            && around.iter().zip(ends).any(|(level, end)| {
                // Those at one slot come in the order of their ranks.
                self.ranks[level.ranks..end].binary_search(&rank).is_ok()
            })
    }
}

/// Whether a CHANGE says what a canonical set may say: another value, and not a container in the place of one of its kind.
pub(super) fn is_change(before: &Value, after: &Value) -> bool {
    equal_scalars(before, after) == Some(false)
}
