//! The deltas of all actions as one sorted list, and what the base has where each of them is.

use super::join::Joined;
use crate::{
    delta::{
        Delta, DiffType,
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

impl Ranked<'_> {
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

impl Placed for Entry<'_, '_> {
    fn delta(&self) -> &Delta {
        self.ranked.delta
    }
}

/// All deltas in canonical order.
pub(super) fn joined<'a>(actions: &[Joined<'a>]) -> Vec<Ranked<'a>> {
    let mut joined = Vec::with_capacity(actions.iter().map(|(_, deltas)| deltas.len()).sum());
    let ranked = |(place, (delta, rank))| Ranked { delta, rank, place };
    match actions {
        [(_, first), (_, second)] if first.is_in_order() && second.is_in_order() => {
            joined.extend(both_in_order(first, second).enumerate().map(ranked));
        }
        actions => joined.extend(sorted(actions).into_iter().enumerate().map(ranked)),
    }
    joined
}

fn sorted<'a>(actions: &[Joined<'a>]) -> Vec<(&'a Delta, usize)> {
    let ranked = actions.iter().enumerate();
    let all = ranked.flat_map(|(rank, (_, deltas))| deltas.iter().map(move |delta| (delta, rank)));
    let mut all: Vec<_> = all.collect();
    if actions.len() <= 2 || all.len() > MOST_KEYED {
        all.sort_by(|(a, _), (b, _)| canonical_order(a, b));
        all
    } else {
        sorted_by_keys(&all)
    }
}

/// The deltas of two sets that are in order, each with its rank.
fn both_in_order<'a>(
    mut first: &'a [Delta],
    mut second: &'a [Delta],
) -> impl Iterator<Item = (&'a Delta, usize)> {
    std::iter::from_fn(move || match (first, second) {
        ([one, ..], [other, others @ ..]) if canonical_order(other, one).is_lt() => {
            second = others;
            Some((other, 1))
        }
        ([one, others @ ..], _) => {
            first = others;
            Some((one, 0))
        }
        ([], [other, others @ ..]) => {
            second = others;
            Some((other, 1))
        }
        ([], []) => None,
    })
}

/// How much of a key says where a delta stood before it was sorted.
const INDEX: u32 = u32::BITS;
/// More have no room for that in their keys.
const MOST_KEYED: usize = u32::MAX as usize;

/// In canonical order. Among many, a delta is compared so often that a key for it, which is nothing but a number, is worth its making.
fn sorted_by_keys<'a>(all: &[(&'a Delta, usize)]) -> Vec<(&'a Delta, usize)> {
    let start = shared_start(all.iter().map(|(delta, _)| delta.path.as_str()));
    let key = |((delta, _), index): (&(&Delta, usize), u128)| {
        order_key(delta.path.as_str(), start) >> INDEX << INDEX | index
    };
    let mut keys: Vec<u128> = all.iter().zip(0..).map(key).collect();
    keys.sort_unstable();
    let mut sorted = Vec::with_capacity(all.len());
    for alike in keys.chunk_by(|a, b| a >> INDEX == b >> INDEX) {
        let from = sorted.len();
        sorted.extend(alike.iter().map(|key| all[*key as u32 as usize]));
        sorted[from..].sort_by(|(a, _), (b, _)| canonical_order(a, b));
    }
    sorted
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
