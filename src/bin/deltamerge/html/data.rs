//! What the page's script reads: the base, the slots and the decisions, with every number as it is and every member in its place.

use crate::report::{Report, form::Slots};
use deltamerge::{Decision, Party, Stamp};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use std::collections::HashMap;

pub(super) struct Data<'r>(pub(super) &'r Report<'r>);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Data(report) = self;
        let (_, base) = report.merge.base;
        let actions = report.merge.actions.iter();
        let stamps: Vec<&Stamp> = actions.map(|(_, action)| &action.stamp).collect();
        let names = stamps.iter().map(|stamp| report.account.name(stamp));
        let ranks: HashMap<&Stamp, usize> = stamps.iter().copied().zip(0..).collect();
        let mut parties = Parties {
            ranks,
            known: HashMap::new(),
            list: Vec::new(),
        };
        let decisions = report.merge.decisions.iter();
        let decisions: Vec<_> = decisions
            .map(|decision| Decided {
                decision,
                winner: parties.place(&decision.winner),
                loser: parties.place(&decision.loser),
                outcome: report.account.outcome(decision).id(),
                reason: report.account.reason(decision.rule),
            })
            .collect();
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("actions", &names.collect::<Vec<_>>())?;
        map.serialize_entry("base", &Tagged(base))?;
        map.serialize_entry("parties", &parties.list)?;
        map.serialize_entry("decisions", &decisions)?;
        let value = Tagged;
        map.serialize_entry("slots", &Slots { report, value })?;
        map.end()
    }
}

/// The sides of decisions, each once: many decisions share their winner.
struct Parties<'r> {
    ranks: HashMap<&'r Stamp, usize>,
    known: HashMap<*const Party, usize>,
    list: Vec<Side<'r>>,
}

impl<'r> Parties<'r> {
    fn place(&mut self, party: &'r Party) -> usize {
        let action = self.ranks.get(&party.stamp).copied().unwrap_or_default();
        *self
            .known
            .entry(std::ptr::from_ref(party))
            .or_insert_with(|| {
                self.list.push(Side { action, party });
                self.list.len() - 1
            })
    }
}

struct Side<'r> {
    action: usize,
    party: &'r Party,
}

impl Serialize for Side<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let delta = &self.party.delta;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("action", &self.action)?;
        map.serialize_entry("op", delta.op.diff_type().name())?;
        map.serialize_entry("path", &delta.path)?;
        if let Some(value) = delta.op.value() {
            map.serialize_entry("value", &Tagged(value))?;
        }
        map.end()
    }
}

struct Decided<'r> {
    decision: &'r Decision,
    winner: usize,
    loser: usize,
    outcome: &'static str,
    reason: &'static str,
}

impl Serialize for Decided<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("rule", &self.decision.rule)?;
        map.serialize_entry("winner", &self.winner)?;
        map.serialize_entry("loser", &self.loser)?;
        map.serialize_entry("outcome", self.outcome)?;
        map.serialize_entry("reason", self.reason)?;
        map.end()
    }
}

/// A value that JavaScript reads as it is: an object is `[0, name, value, …]`, so that its members keep their order; an array is
/// `[1, value, …]`; a number that JavaScript would write in another way is `[2, text]`.
struct Tagged<'v>(&'v Value);

impl Serialize for Tagged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const SAFE: u64 = (1 << 53) - 1;
        match self.0 {
            Value::Object(members) => {
                let mut list = serializer.serialize_seq(Some(1 + 2 * members.len()))?;
                list.serialize_element(&0)?;
                for (name, value) in members {
                    list.serialize_element(name)?;
                    list.serialize_element(&Tagged(value))?;
                }
                list.end()
            }
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(1 + items.len()))?;
                list.serialize_element(&1)?;
                for item in items {
                    list.serialize_element(&Tagged(item))?;
                }
                list.end()
            }
            Value::Number(number) => match number.as_i64() {
                Some(number) if number.unsigned_abs() <= SAFE => serializer.serialize_i64(number),
                Some(_) | None => (2, number.to_string()).serialize(serializer),
            },
            Value::Null | Value::Bool(_) | Value::String(_) => self.0.serialize(serializer),
        }
    }
}
