//! Many histories: from the join to what it comes to (V1 to V6). This walks; who wins, it asks the table.

use super::resolution::{DataType, RuleId, Rules, Verdict};
use super::{Decision, Party, Resolution};
use crate::{
    delta::{
        Delta, DeltaSet, DiffType, Stamp,
        align::hash_all,
        apply::Edit,
        slots::{Inside, Placed, Slots, canonical_order, sort},
    },
    path::{Place, Position, document_order, position, unescape},
    value::{MAX_DEPTH, equal},
};
use serde_json::{Map, Value};
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

/// A joined delta: `rank` counts the actions in the order of their stamps.
#[derive(Clone, Copy)]
struct Entry<'a> {
    delta: &'a Delta,
    rank: usize,
}

impl Entry<'_> {
    fn diff_type(&self) -> DiffType {
        self.delta.op.diff_type()
    }
}

impl Placed for Entry<'_> {
    fn delta(&self) -> &Delta {
        self.delta
    }
}

/// A merged delta, and the action that it is the last word of.
pub(super) struct Merged {
    delta: Delta,
    rank: usize,
}

impl Placed for Merged {
    fn delta(&self) -> &Delta {
        &self.delta
    }
}

impl Edit for Merged {
    fn rank(&self) -> usize {
        self.rank
    }
}

/// What a join comes to.
pub(super) struct Resolved {
    pub(super) deltas: Vec<Merged>,
    decisions: Vec<Decision>,
}

impl Resolved {
    pub(super) fn into_resolution(self) -> Resolution {
        let deltas = self.deltas.into_iter().map(|merged| merged.delta);
        Resolution {
            deltas: DeltaSet::from_iter(deltas),
            decisions: self.decisions,
        }
    }
}

/// Resolves actions that stand in the order of their stamps, each canonical for the base.
pub(super) fn resolve(
    base: &Value,
    actions: &[(&Stamp, Cow<'_, DeltaSet>)],
    rules: &Rules,
) -> Resolved {
    let ranked = actions.iter().enumerate();
    let mut entries: Vec<_> = ranked
        .flat_map(|(rank, (_, deltas))| deltas.iter().map(move |delta| Entry { delta, rank }))
        .collect();
    sort(&mut entries);
    let mut resolver = Resolver {
        rules,
        actions,
        resolved: Resolved {
            deltas: Vec::with_capacity(entries.len()),
            decisions: Vec::new(),
        },
    };
    resolver.slot(&Place::ROOT, Some(base), Slots::of_root(&entries));
    let mut resolved = resolver.resolved;
    let order = |a: &Decision, b: &Decision| document_order(a.path.as_str(), b.path.as_str());
    if !resolved.decisions.is_sorted_by(|a, b| order(a, b).is_le()) {
        resolved.decisions.sort_by(order);
    }
    debug_assert!(
        resolved
            .deltas
            .is_sorted_by(|a, b| canonical_order(&a.delta, &b.delta).is_le())
    );
    resolved
}

struct Resolver<'a> {
    rules: &'a Rules,
    actions: &'a [(&'a Stamp, Cow<'a, DeltaSet>)],
    resolved: Resolved,
}

/// A value added where the base has nothing.
#[derive(Clone, Copy)]
struct Added<'a> {
    value: &'a Value,
    rank: usize,
}

impl Added<'_> {
    fn data_type(self, other: Added<'_>) -> DataType {
        if self.value.is_object() && other.value.is_object() {
            DataType::Object
        } else {
            DataType::Primitive
        }
    }
}

impl Resolver<'_> {
    fn slot(&mut self, place: &Place<'_>, base: Option<&Value>, slots: Slots<'_, Entry<'_>>) {
        match (base, slots.here) {
            (_, []) => self.inside(place, base, slots.inside),
            (_, [one]) if slots.inside.is_empty() => self.stand(one),
            (Some(base), _) => self.contested(place, base, slots),
            (None, here) => {
                let added: Vec<_> = here
                    .iter()
                    .filter_map(|entry| {
                        let value = entry.delta.op.value()?;
                        let rank = entry.rank;
                        Some(Added { value, rank })
                    })
                    .collect();
                let rank = self.strongest_added(&added).rank;
                let value = self.added(place, &added);
                let delta = Delta::add(place.path(), value);
                self.resolved.deltas.push(Merged { delta, rank });
            }
        }
    }

    /// V1: each slot and gap inside a container.
    fn inside(&mut self, place: &Place<'_>, base: Option<&Value>, inside: Inside<'_, Entry<'_>>) {
        match base {
            Some(Value::Object(members)) => {
                for (token, slots) in inside {
                    let name = unescape(token);
                    self.slot(
                        &Place::Member(place, &name),
                        members.get(name.as_ref()),
                        slots,
                    );
                }
            }
            Some(Value::Array(items)) => {
                for (token, slots) in inside {
                    let Position::At(index) = position(token) else {
                        continue;
                    };
                    let (runs, element) = slots.split_gap();
                    let place = Place::Element(place, index);
                    self.gap(&place, runs);
                    self.slot(&place, items.get(index), element);
                }
            }
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
                debug_assert!(
                    inside.is_empty(),
                    "a canonical set has nothing inside a scalar"
                );
            }
        }
    }

    /// V2: nothing met it, or all that met it lost.
    fn stand(&mut self, entry: &Entry<'_>) {
        self.resolved.deltas.push(Merged {
            delta: entry.delta.clone(),
            rank: entry.rank,
        });
    }

    /// V3 and V4: several deltas at a slot that the base has, or one with others inside.
    fn contested(&mut self, place: &Place<'_>, base: &Value, slots: Slots<'_, Entry<'_>>) {
        let data = DataType::of(base);
        let stronger = |best, next| {
            if self.second_wins(best, next, data) {
                next
            } else {
                best
            }
        };
        let Some(strongest) = slots.here.iter().reduce(stronger) else {
            return;
        };
        let writes = slots.inside.entries.iter();
        let writes = writes.filter(|entry| entry.diff_type().is_write());
        let beating = writes.filter(|entry| self.beats(entry, strongest, data));
        // The latest; of one action's, the first in document order.
        let saving = beating.reduce(|best, next| if next.rank > best.rank { next } else { best });
        if let Some(saving) = saving {
            let saving = self.side(saving);
            for loser in slots.here {
                self.decide(place, data, &saving, self.side(loser), true);
            }
            return self.inside(place, Some(base), slots.inside);
        }
        let at_slot = slots.here.iter();
        let at_slot = at_slot.filter(|entry| entry.rank != strongest.rank);
        let at_slot = at_slot.map(|loser| (loser, loser.delta.op != strongest.delta.op));
        let inside = slots.inside.entries.iter();
        let inside = inside.map(|loser| (loser, loser.diff_type().is_write()));
        let mut losers: Vec<_> = at_slot.chain(inside).collect();
        losers.sort_by_key(|(loser, _)| loser.rank);
        let winner = self.side(strongest);
        for (loser, conflict) in losers {
            self.decide(place, data, &winner, self.side(loser), conflict);
        }
        self.stand(strongest);
    }

    /// V5: what becomes of values that are added where the base has nothing.
    fn added(&mut self, place: &Place<'_>, added: &[Added<'_>]) -> Value {
        let [_, _, ..] = added else {
            return added[0].value.clone();
        };
        let strongest = self.strongest_added(added);
        let objects_join = self.rules.added_objects() == Verdict::Both;
        let joins =
            |other: Added<'_>| objects_join && strongest.data_type(other) == DataType::Object;
        let winner = self.side_of_added(place, strongest);
        for loser in added.iter().filter(|other| other.rank != strongest.rank) {
            let data = strongest.data_type(*loser);
            let conflict = !joins(*loser) && !equal(loser.value, strongest.value);
            let loser = self.side_of_added(place, *loser);
            self.decide(place, data, &winner, loser, conflict);
        }
        let objects = added.iter().filter(|other| joins(**other));
        let objects = objects.filter_map(|added| Some((added.value.as_object()?, added.rank)));
        let objects: Vec<_> = objects.collect();
        if objects.len() > 1 {
            self.joined_objects(place, &objects)
        } else {
            strongest.value.clone()
        }
    }

    /// An object with the members of all, each resolved in its own slot.
    fn joined_objects(
        &mut self,
        place: &Place<'_>,
        objects: &[(&Map<String, Value>, usize)],
    ) -> Value {
        let mut places = BTreeMap::new();
        let mut members: Vec<(&String, Vec<Added<'_>>)> = Vec::new();
        for (object, rank) in objects {
            for (name, value) in *object {
                let place = *places.entry(name).or_insert(members.len());
                if place == members.len() {
                    members.push((name, Vec::new()));
                }
                let rank = *rank;
                members[place].1.push(Added { value, rank });
            }
        }
        let joined = members.into_iter().map(|(name, added)| {
            let value = self.added(&Place::Member(place, name), &added);
            (name.clone(), value)
        });
        Value::Object(joined.collect())
    }

    fn strongest_added<'v>(&self, added: &[Added<'v>]) -> Added<'v> {
        let stronger = |best: Added<'v>, next: Added<'v>| {
            let data = best.data_type(next);
            let is_stronger = self
                .rules
                .second_is_stronger(DiffType::Add, DiffType::Add, data);
            if is_stronger { next } else { best }
        };
        added
            .iter()
            .copied()
            .reduce(stronger)
            .expect("a slot that is spoken of has a delta")
    }

    /// V6: the runs of one gap.
    fn gap(&mut self, place: &Place<'_>, adds: &[Entry<'_>]) {
        let runs: Vec<&[Entry<'_>]> = adds.chunk_by(|a, b| a.rank == b.rank).collect();
        let [first, .., last] = runs[..] else {
            return adds.iter().for_each(|entry| self.stand(entry));
        };
        let (standing, only) = match self.rules.runs_in_a_gap() {
            Verdict::First => (vec![first], Some(first)),
            Verdict::Second => (vec![last], Some(last)),
            Verdict::Both if self.rules.collapse() => (distinct_runs(&runs), None),
            Verdict::Both => (runs.clone(), None),
        };
        if let Some(winner) = standing.last().map(|run| &run[0]) {
            let side = self.side(winner);
            for run in runs.iter().filter(|run| run[0].rank != winner.rank) {
                // Where several stand, a run stands itself, or an equal one does.
                let conflict = only.is_some_and(|only| !same_run(run, only));
                for loser in *run {
                    self.decide(place, DataType::Array, &side, self.side(loser), conflict);
                }
            }
        }
        for entry in standing.into_iter().flatten() {
            self.stand(entry);
        }
    }

    fn second_wins(&self, first: &Entry<'_>, second: &Entry<'_>, data: DataType) -> bool {
        self.rules
            .second_is_stronger(first.diff_type(), second.diff_type(), data)
    }

    fn beats(&self, entry: &Entry<'_>, other: &Entry<'_>, data: DataType) -> bool {
        if entry.rank < other.rank {
            !self.second_wins(entry, other, data)
        } else {
            self.second_wins(other, entry, data)
        }
    }

    fn side(&self, entry: &Entry<'_>) -> Side {
        let party = Party {
            stamp: self.actions[entry.rank].0.clone(),
            delta: entry.delta.clone(),
        };
        Side {
            party: Arc::new(party),
            rank: entry.rank,
        }
    }

    fn side_of_added(&self, place: &Place<'_>, added: Added<'_>) -> Side {
        let delta = &Delta::add(place.path(), added.value.clone());
        let rank = added.rank;
        self.side(&Entry { delta, rank })
    }

    fn decide(
        &mut self,
        place: &Place<'_>,
        data: DataType,
        winner: &Side,
        loser: Side,
        conflict: bool,
    ) {
        let [won, lost] = [winner, &loser].map(|side| side.party.delta.op.diff_type());
        let rule = if winner.rank < loser.rank {
            RuleId::of(won, lost, data)
        } else {
            RuleId::of(lost, won, data)
        };
        self.resolved.decisions.push(Decision {
            path: place.path(),
            rule,
            winner: Arc::clone(&winner.party),
            loser: loser.party,
            conflict,
        });
    }
}

/// A side of a decision. Many decisions may share their winner, which may be large.
struct Side {
    party: Arc<Party>,
    rank: usize,
}

/// Of equal runs the first.
fn distinct_runs<'r, 'a>(runs: &[&'r [Entry<'a>]]) -> Vec<&'r [Entry<'a>]> {
    let mut distinct: Vec<&[Entry<'_>]> = Vec::new();
    let mut by_hash: BTreeMap<u64, Vec<&[Entry<'_>]>> = BTreeMap::new();
    for run in runs {
        let alike = by_hash.entry(hash_of_run(run)).or_default();
        if !alike.iter().any(|other| same_run(run, other)) {
            alike.push(run);
            distinct.push(run);
        }
    }
    distinct
}

fn hash_of_run(run: &[Entry<'_>]) -> u64 {
    let values = run.iter().filter_map(|entry| entry.delta.op.value());
    hash_all(values, MAX_DEPTH).expect("what canonical sets add is within the bound")
}

fn same_run(run: &[Entry<'_>], other: &[Entry<'_>]) -> bool {
    run.len() == other.len() && run.iter().zip(other).all(|(a, b)| a.delta.op == b.delta.op)
}
