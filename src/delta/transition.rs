//! Two delta sets for one base: the set that leads from the one's result to the other's. What is left to do after a rebase,
//! and what undoes, are both such transitions.

use super::align::{self, Step};
use super::apply::outcome;
use super::slots::{Inside, Slots, both};
use super::{Delta, DeltaSet, diff};
use crate::path::{Place, Position, position};
use crate::value::MAX_DEPTH;
use serde_json::{Map, Value};

/// The set that fits base + from and gives base + to. Both must be canonical for the base. O(both sets), and the size
/// of what they touch.
pub(crate) fn transition(base: &Value, from: &DeltaSet, to: &DeltaSet) -> DeltaSet {
    let mut transition = Transition { deltas: Vec::new() };
    let (from, to) = (Slots::of_root(from), Slots::of_root(to));
    transition.slot(&Place::ROOT, Some(base), from, to);
    DeltaSet::sorted(transition.deltas)
}

struct Transition {
    deltas: Vec<Delta>,
}

impl Transition {
    /// `place` is where the slot is in base + from.
    fn slot(
        &mut self,
        place: &Place<'_>,
        base: Option<&Value>,
        from: Slots<'_, Delta>,
        to: Slots<'_, Delta>,
    ) {
        if from.here.is_empty() && to.here.is_empty() {
            return match base {
                Some(Value::Object(members)) => {
                    self.members(place, members, from.inside, to.inside)
                }
                Some(Value::Array(items)) => self.elements(place, items, from.inside, to.inside),
                Some(_) | None => {}
            };
        }
        let before = outcome(base, from);
        diff::between_outcomes(
            place,
            before.as_deref(),
            outcome(base, to),
            &mut self.deltas,
        );
    }

    fn members(
        &mut self,
        place: &Place<'_>,
        base: &Map<String, Value>,
        from: Inside<'_, Delta>,
        to: Inside<'_, Delta>,
    ) {
        for (name, from, to) in both(from, to) {
            let value = base.get(name.as_ref());
            self.slot(&Place::Member(place, &name), value, from, to);
        }
    }

    fn elements(
        &mut self,
        place: &Place<'_>,
        base: &[Value],
        from: Inside<'_, Delta>,
        to: Inside<'_, Delta>,
    ) {
        // How far the elements of base + from stand from where they stand in the base.
        let (mut added, mut removed) = (0, 0);
        for (token, from, to) in both(from, to) {
            let Position::At(index) = position(&token) else {
                continue;
            };
            let ((old_run, from), (new_run, to)) = (from.split_gap(), to.split_gap());
            self.run(place, index + added - removed, old_run, new_run);
            added += old_run.len();
            if let Some(value) = base.get(index) {
                let at = index + added - removed;
                self.slot(&Place::Element(place, at), Some(value), from, to);
                let gone = from
                    .here
                    .first()
                    .is_some_and(|delta| delta.op.value().is_none());
                removed += usize::from(gone);
            }
        }
    }

    /// What one gap held, which starts at `at` in base + from, against what it shall hold.
    fn run(&mut self, place: &Place<'_>, at: usize, from: &[Delta], to: &[Delta]) {
        if from.is_empty() && to.is_empty() {
            return;
        }
        let values = |run: &[Delta]| -> Vec<Value> {
            run.iter()
                .filter_map(|delta| delta.op.value().cloned())
                .collect()
        };
        let (from, mut to) = (values(from), values(to));
        let steps = align::align_unpaired(&from, &to, MAX_DEPTH);
        for step in steps.expect("what canonical sets add is within the bound") {
            let delta = match step {
                Step::Remove(i) => Delta::remove(Place::Element(place, at + i).path()),
                Step::Add { gap, index } => {
                    Delta::add(Place::Element(place, at + gap).path(), to[index].take())
                }
                Step::Pair(..) => unreachable!("nothing is paired here"),
            };
            self.deltas.push(delta);
        }
    }
}
