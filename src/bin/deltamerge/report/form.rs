//! The written form of a report.

use super::{Change, Merge, Report, Slot};
use crate::account::Outcome;
use deltamerge::{Action, Decision, checksum};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Value, json};
use std::convert::identity;

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Merge {
            base: (file, base),
            actions,
            rules,
            state,
            deltas,
            decisions,
        } = &self.merge;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("format", "deltamerge-report/1")?;
        let base = json!({"file": file, "checksum": checksum(base)});
        map.serialize_entry("base", &base)?;
        let actions: Vec<_> = actions.iter().map(SourcedAction).collect();
        map.serialize_entry("actions", &actions)?;
        map.serialize_entry("rules", &rules.to_json())?;
        map.serialize_entry("state", &json!({"checksum": checksum(state)}))?;
        map.serialize_entry("deltas", deltas)?;
        let counts = json!({
            "actions": actions.len(),
            "deltas": self.delta_count(),
            "met": decisions.len(),
            "conflicts": self.conflicts(),
        });
        map.serialize_entry("counts", &counts)?;
        let decisions = decisions.iter();
        let decisions: Vec<_> = decisions.map(|it| self.explained(it)).collect();
        map.serialize_entry("decisions", &decisions)?;
        let (report, value) = (self, identity);
        map.serialize_entry("slots", &Slots { report, value })?;
        map.end()
    }
}

struct SourcedAction<'r>(&'r (String, &'r Action));

impl Serialize for SourcedAction<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let SourcedAction((file, action)) = self;
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("stamp", &action.stamp)?;
        map.serialize_entry("file", file)?;
        map.serialize_entry("deltas", &action.deltas)?;
        map.end()
    }
}

/// A decision with what it means (T6).
struct Explained<'r> {
    decision: &'r Decision,
    outcome: Outcome,
    reason: &'static str,
}

impl Report<'_> {
    fn explained<'r>(&self, decision: &'r Decision) -> Explained<'r> {
        Explained {
            decision,
            outcome: self.account.outcome(decision),
            reason: self.account.reason(decision.rule),
        }
    }
}

impl Serialize for Explained<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Decision {
            path,
            rule,
            winner,
            loser,
            conflict,
        } = self.decision;
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("path", path)?;
        map.serialize_entry("rule", rule)?;
        map.serialize_entry("winner", &**winner)?;
        map.serialize_entry("loser", loser)?;
        map.serialize_entry("conflict", conflict)?;
        map.serialize_entry("outcome", self.outcome.id())?;
        map.serialize_entry("reason", self.reason)?;
        map.end()
    }
}

/// The slots; `value` is how their values are written.
pub(crate) struct Slots<'r, F> {
    pub(crate) report: &'r Report<'r>,
    pub(crate) value: F,
}

impl<'r, F: Fn(&'r Value) -> V + Copy, V: Serialize> Serialize for Slots<'r, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut slots = serializer.serialize_seq(None)?;
        for (depth, slot) in self.report.slots() {
            let value = self.value;
            slots.serialize_element(&Written { depth, slot, value })?;
        }
        slots.end()
    }
}

struct Written<'r, 'm, F> {
    depth: usize,
    slot: &'r Slot<'m>,
    value: F,
}

impl<'m, F: Fn(&'m Value) -> V + Copy, V: Serialize> Serialize for Written<'_, 'm, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Written { depth, slot, value } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("depth", depth)?;
        map.serialize_entry("path", &slot.path)?;
        if let Some(now) = &slot.now {
            map.serialize_entry("now", now)?;
        }
        if !slot.changes.is_empty() {
            // T4: what the slots inside tell is not said again.
            let is_told = !slot.inside.is_empty();
            if let Some(base) = slot.base.filter(|_| !is_told) {
                map.serialize_entry("base", &value(base))?;
            }
            if let Some(state) = slot.state.filter(|_| !slot.is_told_inside()) {
                map.serialize_entry("state", &value(state))?;
            }
        }
        let changes = slot.changes.iter();
        let changes = changes.map(|change| WrittenChange {
            change,
            value: *value,
        });
        map.serialize_entry("changes", &changes.collect::<Vec<_>>())?;
        map.serialize_entry("decisions", &slot.decisions)?;
        map.end()
    }
}

struct WrittenChange<'r, 'm, F> {
    change: &'r Change<'m>,
    value: F,
}

impl<'m, F: Fn(&'m Value) -> V, V: Serialize> Serialize for WrittenChange<'_, 'm, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("action", &self.change.action)?;
        map.serialize_entry("op", self.change.diff_type.name())?;
        if let Some(value) = self.change.value {
            map.serialize_entry("value", &(self.value)(value))?;
        }
        map.serialize_entry("stands", &self.change.stands)?;
        map.end()
    }
}
