//! What both sides add in one gap of an array (F7): the same once, what has one identity as a contradiction, the rest in order.

use super::place::{SORTINGS, Sorting};
use crate::{
    delta::{Delta, DeltaSet, DiffType, Op},
    path::Path,
    value::equal,
};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// Of two elements that contradict each other, which is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    Ours,
    Theirs,
    Neither,
    Both,
}

/// Two elements that were added in one gap, and that are two versions of one.
pub(super) struct Pair {
    pub(super) ours: Delta,
    pub(super) theirs: Delta,
}

/// The gaps in which both sides add something, with what they add.
pub(super) struct Gaps<'d> {
    gaps: Vec<Gap<'d>>,
}

struct Gap<'d> {
    path: &'d Path,
    array: &'d [Value],
    index: usize,
    ours: Vec<&'d Value>,
    /// Without what ours has too.
    theirs: Vec<&'d Value>,
    /// For each of `theirs`, in front of which of `ours` it stands: the next that both have, or behind all.
    in_front_of: Vec<usize>,
    /// Indexes of `ours` and `theirs`.
    pairs: Vec<(usize, usize)>,
}

impl<'d> Gaps<'d> {
    pub(super) fn of(base: &'d Value, ours: &'d DeltaSet, theirs: &'d DeltaSet) -> Gaps<'d> {
        let mut added: BTreeMap<&Path, [Vec<&Value>; 2]> = BTreeMap::new();
        for (side, deltas) in [ours, theirs].into_iter().enumerate() {
            for delta in deltas.iter().filter(|delta| gap(base, delta).is_some()) {
                let runs = added.entry(&delta.path).or_default();
                runs[side].extend(delta.op.value());
            }
        }
        let mut gaps = Vec::new();
        for (path, [ours, theirs]) in added {
            let place = gap(base, &Delta::add(path.clone(), Value::Null));
            if let (false, false, Some((array, index))) =
                (ours.is_empty(), theirs.is_empty(), place)
            {
                gaps.push(Gap::of(path, array, index, ours, theirs));
            }
        }
        Gaps { gaps }
    }

    /// The contradictions, as two deltas each.
    pub(super) fn pairs(&self) -> Vec<Pair> {
        let pairs = self.gaps.iter().flat_map(|gap| {
            let add = |value: &Value| Delta::add(gap.path.clone(), value.clone());
            let pairs = gap.pairs.iter();
            pairs.map(move |(i, j)| Pair {
                ours: add(gap.ours[*i]),
                theirs: add(gap.theirs[*j]),
            })
        });
        pairs.collect()
    }

    /// Both sides' deltas, with the runs in these gaps as they are to stand.
    pub(super) fn settled(
        &self,
        ours: &DeltaSet,
        theirs: &DeltaSet,
        stands: Stands,
    ) -> (DeltaSet, DeltaSet) {
        let paths: HashSet<&Path> = self.gaps.iter().map(|gap| gap.path).collect();
        let is_other =
            |delta: &&Delta| delta.op.diff_type() != DiffType::Add || !paths.contains(&delta.path);
        let runs = self.gaps.iter().map(|gap| (gap.path, gap.runs(stands)));
        let runs: Vec<_> = runs.collect();
        let side = |deltas: &DeltaSet, pick: fn(&[Vec<&Value>; 2]) -> Vec<Value>| {
            let others = deltas.iter().filter(is_other).cloned();
            let added = runs.iter().flat_map(|(path, runs)| {
                let values = pick(runs).into_iter();
                values.map(|value| Delta::add((*path).clone(), value))
            });
            others.chain(added).collect()
        };
        (
            side(ours, |[ours, _]| ours.iter().copied().cloned().collect()),
            side(theirs, |[_, theirs]| {
                theirs.iter().copied().cloned().collect()
            }),
        )
    }
}

/// The array and the index of a gap, where a delta adds to an array of the base.
pub(super) fn gap<'b>(base: &'b Value, delta: &Delta) -> Option<(&'b [Value], usize)> {
    let path = delta.path.as_str();
    let (parent, token) = path.rsplit_once('/')?;
    match (&delta.op, base.pointer(parent)?) {
        (Op::Add(_), Value::Array(elements)) => {
            Some((elements, token.parse().unwrap_or(elements.len())))
        }
        _ => None,
    }
}

impl<'d> Gap<'d> {
    fn of(
        path: &'d Path,
        array: &'d [Value],
        index: usize,
        ours: Vec<&'d Value>,
        theirs: Vec<&'d Value>,
    ) -> Gap<'d> {
        let mut same = vec![false; ours.len()];
        let mut twin = |value: &Value| {
            let twin = (0..ours.len()).find(|i| !same[*i] && equal(ours[*i], value));
            twin.inspect(|i| same[*i] = true)
        };
        let twins: Vec<Option<usize>> = theirs.iter().map(|value| twin(value)).collect();
        let mut in_front_of = Vec::new();
        let mut next = ours.len();
        for twin in twins.iter().rev() {
            match twin {
                // Of those that both have in two orders, the last of theirs counts.
                Some(i) => next = next.min(*i),
                None => in_front_of.push(next),
            }
        }
        in_front_of.reverse();
        let theirs = theirs.into_iter().zip(&twins);
        let theirs = theirs.filter(|(_, twin)| twin.is_none());
        let theirs: Vec<&Value> = theirs.map(|(value, _)| value).collect();
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (j, value) in theirs.iter().enumerate() {
            let is_free = |i: &usize| !same[*i] && pairs.iter().all(|(taken, _)| taken != i);
            let version = (0..ours.len()).filter(is_free);
            let mut version = version.filter(|i| have_one_identity(ours[*i], value, array));
            pairs.extend(version.next().map(|i| (i, j)));
        }
        Gap {
            path,
            array,
            index,
            ours,
            theirs,
            in_front_of,
            pairs,
        }
    }

    /// What ours and what theirs is to add.
    fn runs(&self, stands: Stands) -> [Vec<&'d Value>; 2] {
        let mut ours: Vec<Option<&Value>> = self.ours.iter().copied().map(Some).collect();
        let mut theirs: Vec<Option<&Value>> = self.theirs.iter().copied().map(Some).collect();
        for (i, j) in &self.pairs {
            match stands {
                Stands::Ours => theirs[*j] = None,
                // In the place of the other version, so that the two stand in one place between conflict markers.
                Stands::Theirs => ours[*i] = theirs[*j].take(),
                Stands::Neither => (ours[*i], theirs[*j]) = (None, None),
                Stands::Both => {}
            }
        }
        if let Some(order) = self.sorting() {
            let [ours, theirs] = [ours, theirs].map(|run| run.into_iter().flatten().collect());
            return [merged_by(&order, ours, theirs), Vec::new()];
        }
        let mut first = Vec::new();
        let mut theirs = theirs.into_iter().zip(&self.in_front_of).peekable();
        for (i, own) in ours.into_iter().enumerate() {
            while let Some((other, _)) = theirs.next_if(|(_, next)| **next == i) {
                first.extend(other);
            }
            first.extend(own);
        }
        [first, theirs.filter_map(|(value, _)| value).collect()]
    }

    /// The order that the elements around the gap are in, and both runs between them, where there is one.
    fn sorting(&self) -> Option<Order> {
        const NEAR: usize = 8;
        let (before, behind) = self.array.split_at(self.index.min(self.array.len()));
        let before = &before[before.len().saturating_sub(NEAR)..];
        let behind = &behind[..behind.len().min(NEAR)];
        let stretch = |run: &[&'d Value]| -> Vec<&'d Value> {
            before
                .iter()
                .chain(run.iter().copied())
                .chain(behind)
                .collect()
        };
        let stretches = [stretch(&self.ours), stretch(&self.theirs)];
        if before.len() + behind.len() < 2 {
            return None;
        }
        let names: Vec<Option<String>> = match stretches[0].first() {
            Some(Value::Object(members)) => {
                let mut names: Vec<&String> = members.keys().collect();
                names.sort();
                names.into_iter().cloned().map(Some).collect()
            }
            _ => vec![None],
        };
        let mut orders = names.into_iter().flat_map(|name| {
            let sortings = SORTINGS.into_iter();
            sortings.map(move |is_before| Order {
                name: name.clone(),
                is_before,
            })
        });
        orders.find(|order| stretches.iter().all(|stretch| order.holds(stretch)))
    }
}

/// An order of elements: of strings or numbers, or of objects by a member.
struct Order {
    name: Option<String>,
    is_before: Sorting,
}

impl Order {
    fn holds(&self, stretch: &[&Value]) -> bool {
        stretch
            .windows(2)
            .all(|pair| self.is_before(pair[0], pair[1]))
    }

    fn is_before(&self, first: &Value, second: &Value) -> bool {
        let key = |value: &'_ Value| match &self.name {
            Some(name) => value.get(name).cloned(),
            None => Some(value.clone()),
        };
        match (key(first), key(second)) {
            (Some(Value::String(first)), Some(Value::String(second))) => {
                (self.is_before)(&first, &second)
            }
            (Some(Value::Number(first)), Some(Value::Number(second))) => {
                first.as_f64() < second.as_f64()
            }
            _ => false,
        }
    }
}

/// Two runs that are in order, as one that is; of two that no order parts, ours first.
fn merged_by<'d>(order: &Order, ours: Vec<&'d Value>, theirs: Vec<&'d Value>) -> Vec<&'d Value> {
    let mut merged = Vec::with_capacity(ours.len() + theirs.len());
    let mut theirs = theirs.into_iter().peekable();
    for own in ours {
        while let Some(other) = theirs.next_if(|other| order.is_before(other, own)) {
            merged.push(other);
        }
        merged.push(own);
    }
    merged.extend(theirs);
    merged
}

/// Whether two added objects share a string or a number under one name that no element of the base has there: a name, a number
/// that was given to both. They are two versions of one element, or two elements that must not have the same.
fn have_one_identity(ours: &Value, theirs: &Value, base: &[Value]) -> bool {
    let (Value::Object(ours), Value::Object(theirs)) = (ours, theirs) else {
        return false;
    };
    ours.iter().any(|(name, value)| {
        let is_telling = matches!(value, Value::String(_) | Value::Number(_));
        let is_shared = is_telling && theirs.get(name).is_some_and(|other| equal(value, other));
        let has_it = |element: &Value| element.get(name).is_some_and(|other| equal(value, other));
        is_shared && !base.iter().any(has_it)
    })
}
