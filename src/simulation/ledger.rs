//! The master's history, kept apart from the master, to hold it and its clients to.

use crate::{
    checksum::{Checksum, checksum},
    delta::Stamp,
    resync::Logged,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// The history, from what the master had stored.
#[derive(Debug)]
pub(super) struct Ledger {
    /// The state at the end, come to by the stored actions alone.
    state: Value,
    /// The checksum of each state, by sequence.
    checksums: Vec<Checksum>,
    /// How often each action was applied.
    applied: BTreeMap<Stamp, usize>,
}

impl Ledger {
    pub(super) fn new(state: Value) -> Ledger {
        Ledger {
            checksums: vec![checksum(&state)],
            state,
            applied: BTreeMap::new(),
        }
    }

    /// Takes what the master has stored.
    ///
    /// # Errors
    /// Where it does not follow on from what was stored before.
    pub(super) fn store(&mut self, logged: &Logged) -> Result<(), String> {
        let Logged { sequence, .. } = logged;
        if *sequence != self.checksums.len() as u64 {
            return Err(format!(
                "the master stored action {sequence} after {} of them",
                self.checksums.len() - 1
            ));
        }
        let before = self.state.clone();
        let applied = logged.action.deltas.apply(&mut self.state);
        applied.map_err(|error| format!("the stored action {sequence} does not fit: {error}"))?;
        let mut undone = self.state.clone();
        let fits = logged.undo.apply(&mut undone);
        if fits.is_err() || undone != before {
            return Err(format!(
                "the undo of action {sequence} does not lead back: {}",
                serde_json::to_string(&logged.undo).unwrap_or_default()
            ));
        }
        let next = checksum(&self.state);
        if self.checksums.last() != Some(&logged.previous) || next != logged.next {
            return Err(format!(
                "the checksums of the stored action {sequence} are not those of the states"
            ));
        }
        self.checksums.push(next);
        let stamp = logged.action.stamp.clone();
        *self.applied.entry(stamp).or_default() += 1;
        Ok(())
    }

    /// The checksum of the state after that many actions.
    pub(super) fn checksum_at(&self, sequence: u64) -> Option<Checksum> {
        self.checksums.get(usize::try_from(sequence).ok()?).copied()
    }

    pub(super) fn state(&self) -> &Value {
        &self.state
    }

    /// Whether an action is in the history.
    pub(super) fn has(&self, actor: &str, counter: u64) -> bool {
        self.applied.contains_key(&(counter, actor).into())
    }

    /// How many actions are there more than once.
    pub(super) fn applied_twice(&self) -> usize {
        self.applied.values().filter(|count| **count > 1).count()
    }
}
