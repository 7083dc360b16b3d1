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
    let all = || {
        let ranked = actions.iter().enumerate();
        ranked.flat_map(|(rank, (_, deltas))| deltas.iter().map(move |delta| (delta, rank)))
    };
    let count = actions.iter().map(|(_, deltas)| deltas.len()).sum();
    if actions.len() <= 2 {
        let mut joined = Vec::with_capacity(count);
        joined.extend(all());
        joined.sort_by(|(a, _), (b, _)| canonical_order(a, b));
        return numbered(joined);
    }
    // Among many, a delta is compared so often that a key for it is worth its making.
    let start = shared_start(all().map(|(delta, _)| delta.path.as_str()));
    let mut joined = Vec::with_capacity(count);
    joined.extend(all().map(|(delta, rank)| (order_key(delta.path.as_str(), start), delta, rank)));
    joined.sort_by(|(key, a, _), (other, b, _)| key.cmp(other).then_with(|| canonical_order(a, b)));
    numbered(joined.into_iter().map(|(_, delta, rank)| (delta, rank)))
}

fn numbered<'a>(sorted: impl IntoIterator<Item = (&'a Delta, usize)>) -> Vec<Ranked<'a>> {
    let sorted = sorted.into_iter().enumerate();
    let ranked = sorted.map(|(place, (delta, rank))| Ranked { delta, rank, place });
    ranked.collect()
}

/// What is joined, over the base; nothing where a set is not canonical for it.
pub(super) fn entries<'a, 'b>(
    base: &'b Value,
    joined: &[impl Borrow<Ranked<'a>>],
    depth: usize,
) -> Option<Vec<Entry<'a, 'b>>> {
    let mut survey = Survey::new(base, depth);
    let mut entries = Vec::with_capacity(joined.len());
    for ranked in joined {
        let ranked = *ranked.borrow();
        let found = survey.next(ranked.delta, ranked.rank)?;
        entries.push(Entry { ranked, found });
    }
    Some(entries)
}
