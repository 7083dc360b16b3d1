//! Many histories: from the join to what it comes to (V1 to V6). This walks; who wins, it asks the table.

use super::join::{Joined, MergeError, distinct};
use super::ranked::{Entry, Ranked, entries, joined};
use super::resolution::{DataType, RuleId, Rules, Verdict};
use super::standing::Standing;
use super::{Decision, Options, Party, Resolution};
use crate::{
    delta::{
        Delta, DiffType,
        align::hash_all,
        apply::{Edit, edit_watched},
        attempt::{Attempt, Decide, Stands},
        slots::{Placed, Slots, are_in_order, meetings},
        watch::Watch,
    },
    path::{Path, Place, document_order},
    value::{MAX_DEPTH, equal},
};
use serde_json::{Map, Value};
use std::{borrow::Borrow, collections::BTreeMap, sync::Arc};

/// A merged delta, and the action that it is the last word of. It is that action's own delta, unless more went into it.
pub(super) struct Merged<'a> {
    pub(super) delta: Standing<'a>,
    rank: usize,
    /// The place of the delta, or of one that it was made of, among all that were joined.
    pub(super) place: usize,
}

impl<'a> From<Ranked<'a>> for Merged<'a> {
    fn from(ranked: Ranked<'a>) -> Merged<'a> {
        Merged {
            delta: Standing::Given(ranked.delta),
            rank: ranked.rank,
            place: ranked.place,
        }
    }
}

impl Placed for Merged<'_> {
    fn delta(&self) -> &Delta {
        &self.delta
    }
}

impl Edit for Merged<'_> {
    fn rank(&self) -> usize {
        self.rank
    }
}

/// What a join comes to.
pub(super) struct Resolved<'a> {
    pub(super) deltas: Vec<Merged<'a>>,
    pub(super) decisions: Vec<Decision>,
}

impl<'a> Resolved<'a> {
    fn into_owned(self) -> Resolved<'static> {
        let deltas = self.deltas.into_iter();
        let deltas = deltas.map(|merged| Merged {
            delta: merged.delta.into_delta().into(),
            ..merged
        });
        Resolved {
            deltas: deltas.collect(),
            decisions: self.decisions,
        }
    }

    pub(super) fn into_resolution(self) -> Resolution<'a> {
        let deltas = self.deltas.into_iter();
        Resolution {
            deltas: deltas.map(|merged| merged.delta).collect(),
            decisions: self.decisions,
        }
    }
}

/// Resolves actions that stand in the order of their stamps.
pub(super) fn resolve<'a>(
    base: &Value,
    actions: &[Joined<'a>],
    options: &Options,
) -> Result<Resolved<'a>, MergeError> {
    // As a rule each is there once and canonical, which is seen on the way.
    if are_distinct(actions)
        && let Some(resolved) =
            Resolver::new(actions, options).canonical(base, &joined(actions), options.depth)
    {
        return Ok(resolved);
    }
    resolve_normalized(base, actions, options)
}

/// Resolves actions of which one is there twice, or not canonical.
pub(super) fn resolve_normalized<'a>(
    base: &Value,
    actions: &[Joined<'a>],
    options: &Options,
) -> Result<Resolved<'a>, MergeError> {
    let distinct = distinct(base, actions, options.depth)?;
    let actions: Vec<Joined<'_>> = distinct
        .iter()
        .map(|(stamp, set)| (*stamp, &**set))
        .collect();
    let resolver = Resolver::new(&actions, options);
    let resolved = resolver.canonical(base, &joined(&actions), options.depth);
    Ok(resolved.expect("the sets are canonical now").into_owned())
}

/// Resolves actions and edits the document with what they come to, in one pass: what meets nothing else stands, and is made
/// without more ado. Nothing is done where an action is there twice or not canonical.
pub(super) fn merge_at_once<'a, W: Watch>(
    document: &mut Value,
    actions: &[Joined<'a>],
    options: &Options,
    watch: &mut W,
    root: W::Place,
) -> Option<Resolved<'a>> {
    if !are_distinct(actions) {
        return None;
    }
    let joined = joined(actions);
    let mut resolver = Resolver::new(actions, options);
    let mut attempt = Attempt::new(document, options.depth, watch, root);
    let left = attempt.make(&joined, &mut resolver);
    let resolved = left.and_then(|left| resolver.canonical(attempt.document, &left, options.depth));
    let Some(mut resolved) = resolved else {
        attempt.take_back();
        return None;
    };
    edit_watched(
        attempt.document,
        &resolved.deltas,
        attempt.editor.watch,
        root,
    );
    let made = attempt.made().map(|ranked| Merged::from(*ranked));
    resolved.deltas = by_place(resolved.deltas, made.collect());
    Some(resolved)
}

/// Two lists as one in the order of places; the first is in that order.
fn by_place<'a>(some: Vec<Merged<'a>>, mut others: Vec<Merged<'a>>) -> Vec<Merged<'a>> {
    let place = |merged: &Merged<'_>| merged.place;
    if !others.is_sorted_by_key(place) {
        others.sort_unstable_by_key(place);
    }
    if some.is_empty() {
        return others;
    }
    let mut all = Vec::with_capacity(some.len() + others.len());
    let mut some = some.into_iter().peekable();
    for other in others {
        while let Some(one) = some.next_if(|one| one.place < other.place) {
            all.push(one);
        }
        all.push(other);
    }
    all.extend(some);
    debug_assert!(all.is_sorted_by(|one, next| one.place < next.place));
    all
}

pub(super) fn are_distinct(actions: &[Joined<'_>]) -> bool {
    actions.is_sorted_by(|(a, _), (b, _)| a < b)
}

const SPOKEN_OF: &str = "a slot that is spoken of has a delta";

pub(super) struct Resolver<'r, 'a> {
    rules: &'r Rules,
    actions: &'r [Joined<'a>],
    resolved: Resolved<'a>,
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

/// V3 and V4, where it is not known yet whether each set is canonical.
impl<'a, 'e> Decide<'e, Ranked<'a>> for Resolver<'_, 'a> {
    fn decide(
        &mut self,
        met: Slots<'e, Ranked<'a>>,
        base: &Value,
    ) -> Option<Stands<'e, Ranked<'a>>> {
        let (here, inside) = (met.here, met.inside.entries);
        let is_here = |rank| here.binary_search_by_key(&rank, |entry| entry.rank).is_ok();
        let say_one_thing = here.is_sorted_by(|a, b| a.rank < b.rank)
            && !inside.iter().any(|entry| is_here(entry.rank));
        say_one_thing.then(|| self.contested(here, inside, base))
    }
}

impl<'r, 'a> Resolver<'r, 'a> {
    pub(super) fn new(actions: &'r [Joined<'a>], options: &'r Options) -> Resolver<'r, 'a> {
        Resolver {
            rules: &options.rules,
            actions,
            resolved: Resolved {
                deltas: Vec::new(),
                decisions: Vec::new(),
            },
        }
    }

    /// Resolves a joined list of distinct actions; nothing where one is not canonical for the base.
    pub(super) fn canonical(
        mut self,
        base: &Value,
        joined: &[impl Borrow<Ranked<'a>>],
        depth: usize,
    ) -> Option<Resolved<'a>> {
        let entries = entries(base, joined, depth)?;
        self.resolved.deltas.reserve_exact(entries.len());
        self.slots(&entries);
        let mut resolved = self.resolved;
        let order = |a: &Decision, b: &Decision| document_order(a.path.as_str(), b.path.as_str());
        if !resolved.decisions.is_sorted_by(|a, b| order(a, b).is_le()) {
            resolved.decisions.sort_by(order);
        }
        debug_assert!(are_in_order(&resolved.deltas));
        Some(resolved)
    }

    /// V1: each slot and gap that these deltas are at.
    fn slots(&mut self, entries: &[Entry<'a, '_>]) {
        for met in meetings(entries) {
            match met {
                [alone] => self.stand(alone),
                met => self.meeting(met),
            }
        }
    }

    /// Deltas at one path, or inside it.
    fn meeting(&mut self, met: &[Entry<'a, '_>]) {
        let path = &met[0].delta.path;
        let length = path.as_str().len();
        let is_here = |entry: &&Entry<'_, '_>| entry.delta.path.as_str().len() == length;
        let here = met.iter().take_while(is_here).count();
        let (here, inside) = met.split_at(here);
        let runs = here.iter().take_while(|entry| entry.found.in_gap).count();
        let (runs, here) = here.split_at(runs);
        self.gap(path, runs);
        match here {
            [] => self.slots(inside),
            [one] if inside.is_empty() => self.stand(one),
            [one, ..] => match one.found.base {
                Some(base) => match self.contested(here, inside, base) {
                    Stands::Here(one) => self.stand(one),
                    Stands::Inside => self.slots(inside),
                },
                None => self.all_added(path, here),
            },
        }
    }

    fn all_added(&mut self, path: &Path, here: &[Entry<'a, '_>]) {
        let added = here.iter().filter_map(|entry| {
            let value = entry.delta.op.value()?;
            let rank = entry.rank;
            Some(Added { value, rank })
        });
        let added: Vec<_> = added.collect();
        let rank = self.strongest_added(&added).rank;
        let value = self.added(&Place::At(path.as_str()), &added);
        let delta = Delta::add(path.clone(), value).into();
        let place = here[0].ranked.place;
        self.resolved.deltas.push(Merged { delta, rank, place });
    }

    /// V2: nothing met it, or all that met it lost.
    fn stand(&mut self, ranked: &Ranked<'a>) {
        self.resolved.deltas.push((*ranked).into());
    }

    /// V3 and V4: several deltas at a slot that the base has, or one with others inside.
    fn contested<'e>(
        &mut self,
        here: &'e [impl Borrow<Ranked<'a>>],
        inside: &'e [impl Borrow<Ranked<'a>>],
        base: &Value,
    ) -> Stands<'e, Ranked<'a>> {
        let data = DataType::of(base);
        let here = || here.iter().map(Borrow::borrow);
        let inside = || inside.iter().map(Borrow::borrow);
        let strongest = self.strongest(here(), data);
        let path = &strongest.delta.path;
        let writes = inside().filter(|entry| entry.diff_type().is_write());
        let beating = writes.filter(|entry| self.beats(entry, strongest, data));
        // The latest; of one action's, the first in document order.
        let saving = beating.reduce(|best, next| if next.rank > best.rank { next } else { best });
        if let Some(saving) = saving {
            let saving = self.side(saving).shared();
            for loser in here() {
                self.decide(path, data, &saving, self.side(loser), true);
            }
            return Stands::Inside;
        }
        let here = beaten(strongest, here());
        let inside = inside().map(|loser| (loser, loser.diff_type().is_write()));
        if inside.len() == 0 {
            // They come in the order of their ranks.
            self.lost(path, data, strongest, here);
        } else {
            let mut losers: Vec<_> = here.chain(inside).collect();
            losers.sort_by_key(|(loser, _)| loser.rank);
            self.lost(path, data, strongest, losers);
        }
        Stands::Here(strongest)
    }

    /// V3: of deltas at one slot, in the order of their ranks, the one that stands if one of them does.
    fn strongest<'e>(
        &self,
        here: impl Iterator<Item = &'e Ranked<'a>>,
        data: DataType,
    ) -> &'e Ranked<'a>
    where
        'a: 'e,
    {
        here.reduce(|best, next| {
            if self.second_wins(best, next, data) {
                next
            } else {
                best
            }
        })
        .expect(SPOKEN_OF)
    }

    fn lost<'e>(
        &mut self,
        path: &Path,
        data: DataType,
        winner: &Ranked<'a>,
        losers: impl IntoIterator<Item = (&'e Ranked<'a>, bool)>,
    ) where
        'a: 'e,
    {
        let winner = self.side(winner).shared();
        for (loser, conflict) in losers {
            self.decide(path, data, &winner, self.side(loser), conflict);
        }
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
        let path = place.path();
        let winner = self.side_of_added(&path, strongest).shared();
        for loser in added.iter().filter(|other| other.rank != strongest.rank) {
            let data = strongest.data_type(*loser);
            let conflict = !joins(*loser) && !equal(loser.value, strongest.value);
            let loser = self.side_of_added(&path, *loser);
            self.decide(&path, data, &winner, loser, conflict);
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
        added.iter().copied().reduce(stronger).expect(SPOKEN_OF)
    }

    /// V6: the runs of one gap.
    fn gap(&mut self, path: &Path, adds: &[Entry<'a, '_>]) {
        let runs: Vec<&[Entry<'a, '_>]> = adds.chunk_by(|a, b| a.rank == b.rank).collect();
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
            let side = self.side(winner).shared();
            for run in runs.iter().filter(|run| run[0].rank != winner.rank) {
                // Where several stand, a run stands itself, or an equal one does.
                let conflict = only.is_some_and(|only| !same_run(run, only));
                for loser in *run {
                    self.decide(path, DataType::Array, &side, self.side(loser), conflict);
                }
            }
        }
        for entry in standing.into_iter().flatten() {
            self.stand(entry);
        }
    }

    fn second_wins(&self, first: &Ranked<'_>, second: &Ranked<'_>, data: DataType) -> bool {
        self.rules
            .second_is_stronger(first.diff_type(), second.diff_type(), data)
    }

    fn beats(&self, entry: &Ranked<'_>, other: &Ranked<'_>, data: DataType) -> bool {
        if entry.rank < other.rank {
            !self.second_wins(entry, other, data)
        } else {
            self.second_wins(other, entry, data)
        }
    }

    fn side(&self, ranked: &Ranked<'_>) -> Side<Party> {
        self.side_of(ranked.delta.clone(), ranked.rank)
    }

    fn side_of_added(&self, path: &Path, added: Added<'_>) -> Side<Party> {
        self.side_of(Delta::add(path.clone(), added.value.clone()), added.rank)
    }

    fn side_of(&self, delta: Delta, rank: usize) -> Side<Party> {
        let stamp = self.actions[rank].0.clone();
        let party = Party { stamp, delta };
        Side { party, rank }
    }

    fn decide(
        &mut self,
        path: &Path,
        data: DataType,
        winner: &Side<Arc<Party>>,
        loser: Side<Party>,
        conflict: bool,
    ) {
        let [won, lost] = [&*winner.party, &loser.party].map(|party| party.delta.op.diff_type());
        let rule = if winner.rank < loser.rank {
            RuleId::of(won, lost, data)
        } else {
            RuleId::of(lost, won, data)
        };
        self.resolved.decisions.push(Decision {
            path: path.clone(),
            rule,
            winner: Arc::clone(&winner.party),
            loser: loser.party,
            conflict,
        });
    }
}

/// A side of a decision.
struct Side<P> {
    party: P,
    rank: usize,
}

impl Side<Party> {
    /// As a winner, which may be large, and whom many decisions may share.
    fn shared(self) -> Side<Arc<Party>> {
        let party = Arc::new(self.party);
        let rank = self.rank;
        Side { party, rank }
    }
}

/// Those at one slot who are not of the strongest one's action, and whether they are in conflict with it.
fn beaten<'e, 'a: 'e>(
    strongest: &'e Ranked<'a>,
    here: impl Iterator<Item = &'e Ranked<'a>>,
) -> impl Iterator<Item = (&'e Ranked<'a>, bool)> {
    here.filter(|loser| loser.rank != strongest.rank)
        .map(|loser| (loser, loser.delta.op != strongest.delta.op))
}

/// Of equal runs the first.
fn distinct_runs<'r, 'a, 'b>(runs: &[&'r [Entry<'a, 'b>]]) -> Vec<&'r [Entry<'a, 'b>]> {
    let mut distinct: Vec<&[Entry<'_, '_>]> = Vec::new();
    let mut by_hash: BTreeMap<u64, Vec<&[Entry<'_, '_>]>> = BTreeMap::new();
    for run in runs {
        let alike = by_hash.entry(hash_of_run(run)).or_default();
        if !alike.iter().any(|other| same_run(run, other)) {
            alike.push(run);
            distinct.push(run);
        }
    }
    distinct
}

fn hash_of_run(run: &[Entry<'_, '_>]) -> u64 {
    let values = run.iter().filter_map(|entry| entry.delta.op.value());
    hash_all(values, MAX_DEPTH).expect("what canonical sets add is within the bound")
}

fn same_run(run: &[Entry<'_, '_>], other: &[Entry<'_, '_>]) -> bool {
    run.len() == other.len() && run.iter().zip(other).all(|(a, b)| a.delta.op == b.delta.op)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        delta::{Action, diff::diff, watch::Unwatched},
        merge::join::in_order,
    };
    use serde_json::json;

    /// Where all the others change as well, an object is gone over.
    fn among_others(document: &Value, others: u64) -> Value {
        let mut members = document.as_object().expect("an object").clone();
        members.extend((0..20).map(|number| (format!("member {number}"), others.into())));
        Value::Object(members)
    }

    #[test]
    fn what_is_removed_and_too_deep_is_refused_at_once_too() {
        for levels in 0..6 {
            let deep = (0..levels).fold(json!(0), |inner, _| json!([inner]));
            let base = json!({"a": {"deep": deep, "b": 1}});
            let (first, second) = (json!({}), json!({"a": {"deep": deep, "b": 2}}));
            let narrow = [base, first, second];
            let wide = [0, 1, 0].iter().zip(&narrow);
            let wide: Vec<_> = wide.map(|(others, it)| among_others(it, *others)).collect();
            for documents in [&narrow[..], &wide] {
                let set = |after| diff(&documents[0], after).expect("shallow documents");
                let actions = [(1, &documents[1]), (2, &documents[2])];
                let actions =
                    actions.map(|(counter, after)| Action::new((counter, "ann"), set(after)));
                for depth in 0..10 {
                    let options = Options {
                        depth,
                        ..Options::default()
                    };
                    let mut document = documents[0].clone();
                    let actions = in_order(&actions);
                    let fits = resolve_normalized(&document, &actions, &options).is_ok();
                    let merged =
                        merge_at_once(&mut document, &actions, &options, &mut Unwatched, ());
                    assert_eq!(merged.is_some(), fits, "{levels} in {depth}");
                    assert_eq!(document == documents[0], !fits, "{levels} in {depth}");
                }
            }
        }
    }

    #[test]
    fn actions_of_canonical_sets_are_merged_at_once() {
        let documents = [
            json!({}),
            json!({"a": 1, "b": 1, "c": 1}),
            json!({"a": 2, "b": 3, "c": 2}),
            json!({"a": 3, "b": 2}),
            json!({"a": {"x": 1, "y": [1, 2]}}),
            json!({"a": {"x": 2, "y": [3, 2, 4]}, "b": 1}),
            json!({"a": {"x": 3, "y": 1, "z": 1}, "b": {"z": 1}}),
            json!({"a": {"y": [2]}, "b": {"z": 2, "y": {}}}),
            json!({"b": {"y": [1, 2]}}),
            json!({"a": 1, "b": {"y": [3, 1, 2]}}),
            json!({"a": 2, "b": {"y": [4, 1, 2]}}),
        ];
        let each = || documents.iter();
        let triples = each().flat_map(|base| {
            each().flat_map(move |first| each().map(move |second| [base, first, second]))
        });
        for [base, first, second] in triples {
            let wide = [
                among_others(base, 0),
                among_others(first, 1),
                among_others(second, 0),
            ];
            for [base, first, second] in [[base, first, second], wide.each_ref()] {
                let action = |counter, after| {
                    let deltas = diff(base, after).expect("shallow documents");
                    Action::new((counter, "ann"), deltas)
                };
                let actions = [action(1, first), action(2, second)];
                let mut document = base.clone();
                let (actions, options) = (in_order(&actions), Options::default());
                let merged = merge_at_once(&mut document, &actions, &options, &mut Unwatched, ());
                assert!(merged.is_some(), "{base}: {first} and {second}");
            }
        }
    }
}
