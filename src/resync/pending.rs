//! What a client has done and its master has not acknowledged (M5 to M7).

use crate::{
    checked::CheckedState,
    delta::{
        Action, DeltaSet,
        apply::edit,
        diff::diff_within,
        normalize::{self, DeltaError},
        transition::transition,
    },
    merge::{Options, join::MergeError, rebase::rebase_with},
};
use serde_json::Value;
use std::{borrow::Cow, collections::VecDeque};

/// The stamp's counter of an action that has no place in the log yet: later than all that have (M7).
pub(super) const UNLOGGED: u64 = u64::MAX;

/// The pending actions, oldest first. Each fits the confirmed state with those before it, and is canonical there.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    actions: VecDeque<Own>,
    /// Whether the first is in flight (M6).
    pub(super) is_in_flight: bool,
}

/// One of the client's own actions.
#[derive(Clone, Debug)]
pub(super) struct Own {
    pub(super) counter: u64,
    pub(super) deltas: DeltaSet,
}

impl Pending {
    pub(super) fn first(&self) -> Option<&Own> {
        self.actions.front()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Own> {
        self.actions.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.actions.len()
    }

    pub(super) fn push(&mut self, counter: u64, deltas: DeltaSet) {
        self.actions.push_back(Own { counter, deltas });
    }

    /// Takes the first away, which is acknowledged or given up.
    pub(super) fn pop(&mut self) -> Option<Own> {
        self.is_in_flight = false;
        self.actions.pop_front()
    }

    /// The confirmed state with all that is pending. O(the state). An action that does not fit, because it was made on a state that was
    /// damaged, is taken as a stale one (Y3).
    pub(super) fn shown(&mut self, confirmed: &Value, depth: usize) -> Value {
        let mut shown = confirmed.clone();
        for own in &mut self.actions {
            own.fit(&shown, depth);
            edit(&mut shown, &own.deltas);
        }
        shown
    }

    /// Whether the first is canonical for the confirmed state, as it is unless something was damaged.
    pub(super) fn first_is_fitting(&self, confirmed: &Value, depth: usize) -> bool {
        let canonical = |own: &Own| {
            normalize::canonical(confirmed, &own.deltas, depth)
                .map(|set| matches!(set, Cow::Borrowed(_)))
        };
        self.first()
            .is_none_or(|own| canonical(own).unwrap_or(false))
    }

    /// The first, made to fit the confirmed state if it does not.
    pub(super) fn first_fitting(&mut self, confirmed: &Value, depth: usize) -> Option<&Own> {
        let own = self.actions.front_mut()?;
        own.fit(confirmed, depth);
        Some(own)
    }

    /// Moves the pending actions, but for the first `skip`, over a step that the state below them has taken; and gives what is left of
    /// the step behind them. `base` is the state that the step was made on; it comes back as it was.
    ///
    /// # Errors
    /// Where something does not fit; then nothing has moved.
    pub(super) fn follow(
        &mut self,
        skip: usize,
        base: &mut CheckedState,
        step: DeltaSet,
        options: &Options,
    ) -> Result<DeltaSet, MergeError> {
        let mut moved = Vec::with_capacity(self.actions.len());
        let mut undos = Vec::with_capacity(self.actions.len());
        let mut step = Action::new((0, ""), step);
        let mut move_all = || {
            for own in self.actions.iter().skip(skip) {
                let late = Action::new((UNLOGGED, ""), own.deltas.clone());
                moved.push(rebase_with(base.state(), &late, &step, options)?);
                step.deltas = rebase_with(base.state(), &step, &late, options)?;
                undos.push(apply(base, own, options.depth)?);
            }
            Ok(())
        };
        let result: Result<(), MergeError> = move_all();
        for undo in undos.iter().rev() {
            undone(base, undo, options.depth);
        }
        result?;
        for (own, deltas) in self.actions.iter_mut().skip(skip).zip(moved) {
            own.deltas = deltas;
        }
        Ok(step.deltas)
    }

    /// Takes the first away, of which the state holds `instead`: what the master made of it, or nothing. Gives the step that this is
    /// for the state with all that was pending.
    ///
    /// # Errors
    /// As [`Pending::follow`].
    pub(super) fn settle(
        &mut self,
        base: &mut CheckedState,
        instead: &DeltaSet,
        options: &Options,
    ) -> Result<DeltaSet, MergeError> {
        let Some(own) = self.first() else {
            return Ok(DeltaSet::new());
        };
        let canonical = |deltas| normalize::canonical(base.state(), deltas, options.depth);
        let from = canonical(&own.deltas).map_err(|error| misfit(own, error))?;
        let to = canonical(instead).map_err(|error| misfit(own, error))?;
        let mut step = transition(base.state(), &from, &to);
        if !step.is_empty() && self.len() > 1 {
            let undo = apply(base, own, options.depth)?;
            let followed = self.follow(1, base, step, options);
            undone(base, &undo, options.depth);
            step = followed?;
        }
        self.pop();
        Ok(step)
    }

    /// Brings what is pending from an old confirmed state to a new one, which contains it up to the counter `acknowledged` (M18).
    pub(super) fn carry_over(
        &mut self,
        mut old: CheckedState,
        new: &Value,
        acknowledged: Option<u64>,
        options: &Options,
    ) {
        let mut is_sound = true;
        while let Some(own) = self.first().filter(|own| Some(own.counter) <= acknowledged) {
            is_sound &= apply(&mut old, own, options.depth).is_ok();
            self.pop();
        }
        self.is_in_flight = false;
        let step = diff_within(old.state(), new, options.depth);
        match step {
            Ok(step) if is_sound => {
                // Where it fails the old state was damaged, and the actions are made to fit when they are shown on the new.
                let _ = self.follow(0, &mut old, step, options);
            }
            Ok(_) | Err(_) => {}
        }
    }
}

impl Own {
    /// Brings it to its canonical form for a state, as a stale one if it does not fit (Y3). No stale set is refused for its state, and one that is
    /// malformed was never taken.
    fn fit(&mut self, state: &Value, depth: usize) {
        let strict = normalize::canonical(state, &self.deltas, depth);
        let fitting = strict.or_else(|_| {
            let lenient = normalize::lenient(state, &self.deltas, depth);
            lenient.map(|(fitting, _)| fitting)
        });
        match fitting {
            Ok(Cow::Borrowed(_)) => {}
            Ok(Cow::Owned(deltas)) => self.deltas = deltas,
            Err(_) => self.deltas = DeltaSet::new(),
        }
    }
}

/// Applies one of the client's own actions, and gives the way back.
fn apply(base: &mut CheckedState, own: &Own, depth: usize) -> Result<DeltaSet, MergeError> {
    let mut undo = own.deltas.clone();
    let applied = base.apply_and_invert_within(&mut undo, depth);
    applied.map_err(|error| misfit(own, error))?;
    Ok(undo)
}

fn undone(base: &mut CheckedState, undo: &DeltaSet, depth: usize) {
    let result = base.apply_within(undo, depth);
    result.expect("an inverse fits what it was made for (L6)");
}

fn misfit(own: &Own, error: DeltaError) -> MergeError {
    let stamp = (own.counter, "").into();
    MergeError::Delta { stamp, error }
}
