//! The tree of slots: what every action said, seen by place, with what came of it.

use super::{Change, Decided, Merge, Slot, Step};
use deltamerge::{Checksum, Delta, DiffType, Op, Path, RuleId, Verdict, checksum};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// What was said at one place of the base and inside it.
#[derive(Default)]
struct Place<'m> {
    /// By whom, in the order of stamps.
    here: Vec<(usize, &'m Op)>,
    merged: Option<&'m Op>,
    /// What is added in front, if this is an element of an array.
    gap: Vec<(usize, &'m Value)>,
    inside: BTreeMap<String, Place<'m>>,
}

impl<'m> Place<'m> {
    /// The place that a delta is at, and whether it adds in the gap in front of that.
    fn of(&mut self, base: &Value, path: &Path, op: &Op) -> (&mut Place<'m>, bool) {
        let mut place = self;
        let mut value = Some(base);
        let mut is_element = false;
        for token in path.tokens() {
            is_element = value.is_some_and(Value::is_array);
            value = value.and_then(|value| child(value, &token));
            place = place.inside.entry(token.into_owned()).or_default();
        }
        (place, is_element && op.diff_type() == DiffType::Add)
    }
}

fn child<'v>(container: &'v Value, token: &str) -> Option<&'v Value> {
    match container {
        Value::Object(members) => members.get(token),
        Value::Array(items) => items.get(token.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

pub(super) fn root<'m>(merge: &Merge<'m>, decided: &Decided<'m>) -> Slot<'m> {
    let (_, base) = merge.base;
    let mut root = Place::default();
    for (rank, (_, action)) in merge.actions.iter().enumerate() {
        for Delta { path, op } in &action.deltas {
            let (place, is_gap) = root.of(base, path, op);
            match op.value().filter(|_| is_gap) {
                Some(value) => place.gap.push((rank, value)),
                None => place.here.push((rank, op)),
            }
        }
    }
    for Delta { path, op } in merge.deltas {
        // What stands in a gap follows from the rules.
        if let (place, false) = root.of(base, path, op) {
            place.merged = Some(op);
        }
    }
    let whole = At {
        step: Step::Root,
        path: Path::root(),
        now: Some(Path::root()),
        base: Some(base),
        state: Some(merge.state),
    };
    Builder { merge, decided }.slot(whole, root)
}

/// Where a slot is, before and after.
struct At<'m> {
    step: Step,
    path: Path,
    now: Option<Path>,
    base: Option<&'m Value>,
    state: Option<&'m Value>,
}

struct Builder<'b, 'm> {
    merge: &'b Merge<'m>,
    decided: &'b Decided<'m>,
}

impl<'m> Builder<'_, 'm> {
    fn slot(&self, at: At<'m>, place: Place<'m>) -> Slot<'m> {
        if at.base.is_none() {
            let adds = place.here.iter();
            let adds = adds.filter_map(|(action, op)| Some((*action, op.value()?)));
            return self.added(at, adds.collect());
        }
        let changes = place.here.iter().map(|(action, op)| Change {
            action: *action,
            diff_type: op.diff_type(),
            value: op.value(),
            stands: self.decided.stands(*action, op.diff_type(), &at.path),
        });
        let changes = changes.collect();
        // What was edited in a container that is gone is in no document now.
        let stays = place.merged.is_none();
        let inside = match at.base {
            Some(Value::Object(members)) if !place.inside.is_empty() => {
                self.members(&at, stays, members, place.inside)
            }
            Some(Value::Array(items)) if !place.inside.is_empty() => {
                self.elements(&at, stays, items, place.inside)
            }
            Some(_) | None => Vec::new(),
        };
        self.with(at, changes, inside)
    }

    fn with(&self, at: At<'m>, changes: Vec<Change<'m>>, inside: Vec<Slot<'m>>) -> Slot<'m> {
        let decisions = self.decided.slots.get(at.path.as_str());
        let At {
            step,
            path,
            now,
            base,
            state,
        } = at;
        Slot {
            decisions: decisions.cloned().unwrap_or_default(),
            step,
            path,
            now,
            base,
            state,
            changes,
            inside,
        }
    }

    fn members(
        &self,
        at: &At<'m>,
        stays: bool,
        members: &'m Map<String, Value>,
        mut places: BTreeMap<String, Place<'m>>,
    ) -> Vec<Slot<'m>> {
        let state = at.state.filter(|_| stays).and_then(Value::as_object);
        // T7: in the order of the base, then in that of the merged document.
        let old = members.keys().filter(|name| places.contains_key(*name));
        let old: Vec<&String> = old.collect();
        let new = state.into_iter().flat_map(Map::keys);
        let new = new.filter(|name| places.contains_key(*name) && !members.contains_key(*name));
        let mut names: Vec<String> = old.into_iter().chain(new).cloned().collect();
        let known: HashSet<&String> = names.iter().collect();
        let gone = places.keys().filter(|name| !known.contains(name));
        let gone: Vec<String> = gone.cloned().collect();
        names.extend(gone);
        let slots = names.into_iter().filter_map(|name| {
            let place = places.remove(&name)?;
            let base = members.get(&name);
            let state = state.and_then(|state| state.get(&name));
            Some(self.slot(member(at, name, base, state), place))
        });
        slots.collect()
    }

    fn elements(
        &self,
        at: &At<'m>,
        stays: bool,
        items: &'m [Value],
        places: BTreeMap<String, Place<'m>>,
    ) -> Vec<Slot<'m>> {
        let state = at.state.filter(|_| stays).and_then(Value::as_array);
        let places = places.into_iter();
        let places =
            places.filter_map(|(token, place)| Some((token.parse::<usize>().ok()?, place)));
        let mut places: Vec<(usize, Place<'_>)> = places.collect();
        places.sort_by_key(|(index, _)| *index);
        let mut slots = Vec::new();
        let (mut added, mut removed) = (0, 0);
        for (index, place) in places {
            let mut path = at.path.clone();
            path.push(&index.to_string());
            for (stands, run) in self.runs(&place.gap) {
                for (nth, value) in run.iter().enumerate() {
                    let now = (stands && state.is_some()).then_some(index + added - removed);
                    added += usize::from(now.is_some());
                    let (action, value) = *value;
                    let change = Change {
                        action,
                        diff_type: DiffType::Add,
                        value: Some(value),
                        stands: self.decided.stands(action, DiffType::Add, &path),
                    };
                    let decisions = self.decided.gaps.get(&(path.as_str(), action));
                    slots.push(Slot {
                        step: Step::Added(index, now),
                        path: path.clone(),
                        now: pushed(&at.now, now),
                        base: None,
                        state: now.and_then(|now| state?.get(now)),
                        changes: vec![change],
                        decisions: decisions
                            .and_then(|it| it.get(nth))
                            .copied()
                            .into_iter()
                            .collect(),
                        inside: Vec::new(),
                    });
                }
            }
            let Some(base) = items.get(index) else {
                continue;
            };
            let is_gone = matches!(place.merged, Some(Op::Remove));
            let now = (state.is_some() && !is_gone).then_some(index + added - removed);
            removed += usize::from(is_gone);
            if !place.here.is_empty() || !place.inside.is_empty() {
                let element = At {
                    step: Step::Element(index, now),
                    path,
                    now: pushed(&at.now, now),
                    base: Some(base),
                    state: now.and_then(|now| state?.get(now)),
                };
                slots.push(self.slot(element, place));
            }
        }
        slots
    }

    /// The runs of a gap, each with whether it stands there itself (V6).
    fn runs<'g>(&self, gap: &'g [(usize, &'m Value)]) -> Vec<(bool, &'g [(usize, &'m Value)])> {
        let runs: Vec<_> = gap.chunk_by(|a, b| a.0 == b.0).collect();
        let rules = self.merge.rules;
        let last = runs.len().saturating_sub(1);
        let mut distinct: HashSet<Vec<Checksum>> = HashSet::new();
        let runs = runs.into_iter().enumerate().map(|(position, run)| {
            let stands = match rules.verdict(RuleId::R10) {
                Verdict::First => position == 0,
                Verdict::Second => position == last,
                Verdict::Both if rules.collapse() => {
                    let values = run.iter().map(|(_, value)| checksum(value));
                    distinct.insert(values.collect())
                }
                Verdict::Both => true,
            };
            (stands, run)
        });
        runs.collect()
    }

    /// A slot that the base lacks (V5).
    fn added(&self, at: At<'m>, adds: Vec<(usize, &'m Value)>) -> Slot<'m> {
        let is_joined = |action, value: &Value| {
            value.is_object() && self.decided.stands(action, DiffType::Add, &at.path)
        };
        let objects = adds
            .iter()
            .filter(|(action, value)| is_joined(*action, value));
        let objects: Vec<_> = objects
            .filter_map(|(action, value)| Some((*action, value.as_object()?)))
            .collect();
        let joins = objects.len() > 1 && self.merge.rules.verdict(RuleId::R19) == Verdict::Both;
        let changes = adds.iter().map(|(action, value)| Change {
            action: *action,
            diff_type: DiffType::Add,
            value: Some(*value).filter(|value| !(joins && is_joined(*action, value))),
            stands: self.decided.stands(*action, DiffType::Add, &at.path),
        });
        let changes = changes.collect();
        let mut inside = Vec::new();
        if let Some(state) = at.state.and_then(Value::as_object).filter(|_| joins) {
            for (name, value) in state {
                let adds = objects.iter();
                let adds = adds.filter_map(|(action, object)| Some((*action, object.get(name)?)));
                let at = member(&at, name.clone(), None, Some(value));
                inside.push(self.added(at, adds.collect()));
            }
        }
        self.with(at, changes, inside)
    }
}

fn member<'m>(
    at: &At<'m>,
    name: String,
    base: Option<&'m Value>,
    state: Option<&'m Value>,
) -> At<'m> {
    let mut path = at.path.clone();
    path.push(&name);
    let now = state.and(at.now.clone()).map(|mut now| {
        now.push(&name);
        now
    });
    let step = Step::Member(name);
    At {
        step,
        path,
        now,
        base,
        state,
    }
}

fn pushed(now: &Option<Path>, index: Option<usize>) -> Option<Path> {
    let mut now = now.clone()?;
    now.push(&index?.to_string());
    Some(now)
}
