//! The deltas of all actions as one sorted list, and what the base has where each of them is.

use super::join::Joined;
use crate::{
    delta::{
        Delta, DeltaSet, DiffType,
        slots::{Placed, canonical_order},
        survey::{Found, Survey},
    },
    path::{order_key, shared_start},
};
use serde_json::Value;
use std::{borrow::Borrow, ops::Deref};

/// A joined delta.
#[derive(Clone, Copy)]
pub(super) struct Ranked<'a> {
    pub(super) delta: &'a Delta,
    /// The place of its action in the order of the stamps.
    pub(super) rank: usize,
    /// Its own place, in canonical order; at one path, in the order of the ranks.
    pub(super) place: usize,
}

impl<'a> Ranked<'a> {
    /// Its place is known when all are in order.
    fn new(delta: &'a Delta, rank: usize) -> Ranked<'a> {
        let place = 0;
        Ranked { delta, rank, place }
    }

    pub(super) fn diff_type(&self) -> DiffType {
        self.delta.op.diff_type()
    }
}

impl Placed for Ranked<'_> {
    fn delta(&self) -> &Delta {
        self.delta
    }
}

/// A joined delta, and what the base has at its path.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a, 'b> {
    pub(super) ranked: Ranked<'a>,
    pub(super) found: Found<'b>,
}

impl<'a> Deref for Entry<'a, '_> {
    type Target = Ranked<'a>;
    fn deref(&self) -> &Ranked<'a> {
        &self.ranked
    }
}

impl<'a> Borrow<Ranked<'a>> for Entry<'a, '_> {
    fn borrow(&self) -> &Ranked<'a> {
        &self.ranked
    }
}

impl Placed for Entry<'_, '_> {
    fn delta(&self) -> &Delta {
        self.ranked.delta
    }
}

/// All deltas in canonical order.
pub(super) fn joined<'a>(actions: &[Joined<'a>]) -> Vec<Ranked<'a>> {
    let mut joined = Vec::with_capacity(actions.iter().map(|(_, deltas)| deltas.len()).sum());
    match actions {
        [(_, first), (_, second)] if first.is_in_order() && second.is_in_order() => {
            joined.extend(both_in_order(first, second));
        }
        actions => {
            for ((_, deltas), rank) in actions.iter().zip(0..) {
                joined.extend(deltas.iter().map(|delta| Ranked::new(delta, rank)));
            }
            if actions.len() <= 2 {
                joined.sort_by(|a, b| canonical_order(a.delta, b.delta));
            } else {
                let paths = actions.iter().flat_map(|(_, deltas)| outermost(deltas));
                joined = sorted_by_keys(&joined, shared_start(paths));
            }
        }
    }
    for (ranked, place) in joined.iter_mut().zip(0..) {
        ranked.place = place;
    }
    joined
}

/// The deltas of two sets that are in order.
fn both_in_order<'a>(
    mut first: &'a [Delta],
    mut second: &'a [Delta],
) -> impl Iterator<Item = Ranked<'a>> {
    std::iter::from_fn(move || match (first, second) {
        ([one, ..], [other, others @ ..]) if canonical_order(other, one).is_lt() => {
            second = others;
            Some(Ranked::new(other, 1))
        }
        ([one, others @ ..], _) => {
            first = others;
            Some(Ranked::new(one, 0))
        }
        ([], [other, others @ ..]) => {
            second = others;
            Some(Ranked::new(other, 1))
        }
        ([], []) => None,
    })
}

/// In canonical order. Among many, a delta is compared so often that a key for it, which is nothing but a number, is worth its making.
/// Up to `start`, all paths are the same.
fn sorted_by_keys<'a>(all: &[Ranked<'a>], start: usize) -> Vec<Ranked<'a>> {
    let keys = all.iter().zip(0..);
    let keys = keys.map(|(ranked, index)| (order_key(ranked.delta.path.as_str(), start), index));
    let mut keys: Vec<(u64, usize)> = keys.collect();
    keys.sort_unstable_by_key(|(key, _)| *key);
    for alike in keys.chunk_by_mut(|(a, _), (b, _)| a == b) {
        alike.sort_unstable_by(|(_, a), (_, b)| {
            canonical_order(all[*a].delta, all[*b].delta).then(a.cmp(b))
        });
    }
    keys.iter().map(|(_, index)| all[*index]).collect()
}

/// Paths that share at their start what all paths of a set share: of one in order, the first and the last do.
fn outermost(deltas: &DeltaSet) -> impl Iterator<Item = &str> {
    let last = if deltas.is_in_order() {
        deltas.len().saturating_sub(1)
    } else {
        1
    };
    let outermost = deltas.iter().step_by(last.max(1));
    outermost.map(|delta| delta.path.as_str())
}

/// What is joined, over the base; nothing where a set is not canonical for it.
pub(super) fn entries<'a, 'b>(
    base: &'b Value,
    joined: &[impl Borrow<Ranked<'a>>],
    depth: usize,
) -> Option<Vec<Entry<'a, 'b>>> {
    // As a rule an attempt leaves nothing to look at.
    if joined.is_empty() {
        return Some(Vec::new());
    }
    let mut survey = Survey::new(base, depth);
    let mut entries = Vec::with_capacity(joined.len());
    for ranked in joined {
        let ranked = *ranked.borrow();
        let found = survey.next(ranked.delta, ranked.rank)?;
        entries.push(Entry { ranked, found });
    }
    Some(entries)
}
