//! What a client makes of what its master says.

use super::{AtOdds, COMPARISONS, Client, Comparison, Event, Healing, Replica, State, anew};
use crate::{
    checked::CheckedState,
    checksum::Checksum,
    delta::{Action, DeltaSet, diff::diff_within},
    document::check_depth,
    path::Path,
    resync::{
        Refusal, Revision,
        parts::{Finding, Part, take_over},
        pending::Pending,
    },
};
use serde_json::Value;
use std::mem;

impl Client {
    pub(super) fn acknowledged(
        &mut self,
        mut replica: Replica,
        counter: u64,
        sequence: u64,
        checksums: [Checksum; 2],
    ) -> State {
        if sequence <= replica.sequence {
            return State::Live(replica);
        }
        let own = self.pending.first().filter(|own| own.counter == counter);
        let Some(deltas) = own.map(|own| own.deltas.clone()) else {
            return self.resync(replica);
        };
        match self.step(
            &mut replica.confirmed,
            replica.sequence,
            sequence,
            checksums,
            &deltas,
        ) {
            Ok(()) => {
                replica.sequence = sequence;
                self.pending.pop();
                self.events.push_back(Event::Acknowledged { counter });
                State::Live(replica)
            }
            Err(AtOdds) => self.resync(replica),
        }
    }

    pub(super) fn forwarded(
        &mut self,
        mut replica: Replica,
        sequence: u64,
        checksums: [Checksum; 2],
        deltas: &DeltaSet,
    ) -> State {
        if sequence <= replica.sequence {
            return State::Live(replica);
        }
        let depth = self.options.limits.depth;
        let mut pending = self.pending.clone();
        let step = pending.follow(0, &mut replica.confirmed, deltas.clone(), &self.merging);
        let stepped = self.step(
            &mut replica.confirmed,
            replica.sequence,
            sequence,
            checksums,
            deltas,
        );
        if stepped.is_err() {
            return self.resync(replica);
        }
        replica.sequence = sequence;
        // Where something pending does not fit, what was shown when it was done was damaged.
        let Ok(step) = step else {
            return self.resync(replica);
        };
        self.pending = pending;
        match step.apply_within(&mut replica.shown, depth) {
            Ok(()) => {
                if !step.is_empty() {
                    self.events.push_back(Event::Updated(step));
                }
                State::Live(replica)
            }
            // The shown state was damaged: it is made anew.
            Err(_) => State::Live(self.show(replica)),
        }
    }

    /// Takes the next action into the confirmed state, if the checksums before and after it agree; else that stays as it was.
    fn step(
        &self,
        confirmed: &mut CheckedState,
        at: u64,
        sequence: u64,
        [previous, next]: [Checksum; 2],
        deltas: &DeltaSet,
    ) -> Result<(), AtOdds> {
        let depth = self.options.limits.depth;
        if sequence != at.saturating_add(1) || previous != confirmed.checksum() {
            return Err(AtOdds);
        }
        let mut undo = deltas.clone();
        let applied = confirmed.apply_and_invert_within(&mut undo, depth);
        applied.map_err(|_| AtOdds)?;
        if confirmed.checksum() == next {
            return Ok(());
        }
        let undone = confirmed.apply_and_invert_within(&mut undo, depth);
        undone.map_err(|_| AtOdds)?;
        Err(AtOdds)
    }

    pub(super) fn replay(
        &mut self,
        replica: Replica,
        since: Revision,
        actions: Vec<Action>,
        revision: Revision,
        latest: u64,
        acknowledged: Option<u64>,
    ) -> State {
        if since.checksum != replica.confirmed.checksum() {
            return self.heal(replica);
        }
        let count = actions.len();
        let mut replayed = replica.confirmed.clone();
        let mut pending = self.pending.clone();
        // This is the state that the master means: what does not fit it, because what was shown was damaged, is taken as stale now (Y3).
        pending.shown(replayed.state(), self.options.limits.depth);
        let mut own = Vec::new();
        let is_sound = actions.into_iter().all(|action| {
            let step = self.replay_one(&mut replayed, &mut pending, &mut own, action);
            step.is_ok()
        });
        if !is_sound || replayed.checksum() != revision.checksum {
            return self.heal(replica);
        }
        let is_complete = revision.sequence >= latest;
        if is_complete {
            // What is acknowledged and was not among them came to nothing: the states before and after it are equal.
            while let Some(counter) = pending.first().map(|own| own.counter)
                && Some(counter) <= acknowledged
            {
                if pending
                    .settle(&mut replayed, &DeltaSet::new(), &self.merging)
                    .is_err()
                {
                    return self.heal(replica);
                }
                own.push(counter);
            }
        }
        self.pending = pending;
        self.counter = self.counter.max(acknowledged.unwrap_or(0));
        let acknowledged = own
            .into_iter()
            .map(|counter| Event::Acknowledged { counter });
        self.events.extend(acknowledged);
        if count > 0 {
            self.events
                .push_back(Event::Healed(Healing::Replay { actions: count }));
        }
        let replica = Replica {
            confirmed: replayed,
            sequence: revision.sequence,
            shown: replica.shown,
        };
        let replica = self.show(replica);
        if is_complete {
            State::Live(replica)
        } else {
            self.resync(replica)
        }
    }

    fn replay_one(
        &self,
        confirmed: &mut CheckedState,
        pending: &mut Pending,
        own: &mut Vec<u64>,
        action: Action,
    ) -> Result<(), AtOdds> {
        let Action { stamp, deltas } = action;
        let first = pending.first().map(|own| own.counter);
        if *stamp.actor == *self.actor && first == Some(stamp.counter) {
            let settled = pending.settle(confirmed, &deltas, &self.merging);
            settled.map_err(|_| AtOdds)?;
            own.push(stamp.counter);
        } else {
            let followed = pending.follow(0, confirmed, deltas.clone(), &self.merging);
            followed.map_err(|_| AtOdds)?;
        }
        let applied = confirmed.apply_within(&deltas, self.options.limits.depth);
        applied.map_err(|_| AtOdds)
    }

    pub(super) fn compared(
        &mut self,
        replica: Replica,
        mut comparison: Comparison,
        revision: Revision,
        acknowledged: Option<u64>,
        findings: Vec<Finding>,
    ) -> State {
        let mut differ = Vec::new();
        for finding in findings {
            // What was not asked for is not taken.
            if comparison.asked.contains(&finding.part) {
                differ.extend(take_over(&mut comparison.working, finding));
            }
        }
        comparison.asked = differ;
        if !comparison.asked.is_empty() {
            return self.compare(replica, comparison);
        }
        let depth = self.options.limits.depth;
        let is_shallow = check_depth(&comparison.working, depth).is_ok();
        let working = CheckedState::new(mem::take(&mut comparison.working));
        if is_shallow && working.checksum() == revision.checksum {
            let questions = comparison.questions;
            let paths = paths(replica.confirmed.state(), working.state(), depth);
            let healing = Healing::Comparison { questions, paths };
            return self.adopt(Some(replica), working, revision, acknowledged, healing);
        }
        if comparison.begun >= COMPARISONS || !is_shallow {
            return self.fetch(Some(replica));
        }
        comparison.begun += 1;
        comparison.asked = vec![Part::whole()];
        comparison.working = working.into_state();
        self.compare(replica, comparison)
    }

    pub(super) fn take_state(
        &mut self,
        replica: Option<Replica>,
        revision: Revision,
        acknowledged: Option<u64>,
        full: Value,
    ) -> State {
        let depth = self.options.limits.depth;
        if check_depth(&full, depth).is_err() {
            return State::Fetching(replica);
        }
        let full = CheckedState::new(full);
        if full.checksum() != revision.checksum {
            return State::Fetching(replica);
        }
        let paths = match &replica {
            Some(replica) => paths(replica.confirmed.state(), full.state(), depth),
            None => Vec::new(),
        };
        let healing = Healing::FullState { paths };
        self.adopt(replica, full, revision, acknowledged, healing)
    }

    /// Takes a state that agrees with the master's (M18).
    fn adopt(
        &mut self,
        replica: Option<Replica>,
        state: CheckedState,
        revision: Revision,
        acknowledged: Option<u64>,
        healing: Healing,
    ) -> State {
        self.counter = self.counter.max(acknowledged.unwrap_or(0));
        let settled = self.pending.iter().map(|own| own.counter);
        let settled = settled.filter(|counter| Some(*counter) <= acknowledged);
        let settled = settled.map(|counter| Event::Acknowledged { counter });
        self.events.extend(settled);
        self.events.push_back(Event::Healed(healing));
        let shown = match replica {
            Some(Replica {
                confirmed, shown, ..
            }) => {
                let new = state.state();
                self.pending
                    .carry_over(confirmed, new, acknowledged, &self.merging);
                shown
            }
            None => state.state().clone(),
        };
        State::Live(self.show(Replica {
            confirmed: state,
            sequence: revision.sequence,
            shown,
        }))
    }

    /// Shows a confirmed state with what is pending.
    fn show(&mut self, mut replica: Replica) -> Replica {
        let depth = self.options.limits.depth;
        let shown = self.pending.shown(replica.confirmed.state(), depth);
        let step = diff_within(&replica.shown, &shown, depth).unwrap_or_default();
        if !step.is_empty() {
            self.events.push_back(Event::Updated(step));
        }
        replica.shown = shown;
        replica
    }

    pub(super) fn refused(&mut self, state: State, refusal: Refusal) -> State {
        let is_last = refusal.question == Some(self.question);
        let is_answer = is_last && refusal.counter.is_none();
        // What is too large to be read is refused without a number: it was the last that was sent.
        let is_unread =
            refusal.code == "too-large" && refusal.question.is_none() && refusal.counter.is_none();
        let first = self.pending.first().map(|own| own.counter);
        let is_in_flight = self.pending.is_in_flight
            && (is_unread || is_last && refusal.counter.is_some() && first == refusal.counter);
        match (refusal.code.as_str(), state) {
            (_, state @ (State::Offline(_) | State::Refused(_))) => state,
            ("protocol-differs" | "rules-differ" | "bad-actor" | "too-many", state) => {
                self.pending.is_in_flight = false;
                self.events.push_back(Event::Refused(refusal));
                State::Refused(state.into_replica())
            }
            ("not-joined", state) => self.join(state.into_replica()),
            ("unknown-revision", State::Joining(Some(replica)) | State::Replaying(replica))
                if is_answer =>
            {
                self.heal(replica)
            }
            (_, State::Comparing(replica, _)) if is_answer || is_unread => {
                self.fetch(Some(replica))
            }
            ("unknown-revision", State::Live(replica)) if is_in_flight => self.resync(replica),
            (_, State::Live(replica)) if is_in_flight => self.give_up(replica, refusal),
            (_, state) => state,
        }
    }

    /// The master does not take the action in flight: the fault is with the client's own state, or with the action.
    fn give_up(&mut self, replica: Replica, refusal: Refusal) -> State {
        let believed = replica.confirmed.checksum();
        let mut replica = anew(replica);
        if replica.confirmed.checksum() != believed {
            return self.resync(replica);
        }
        let own = self.pending.first().cloned();
        let settled = self
            .pending
            .settle(&mut replica.confirmed, &DeltaSet::new(), &self.merging);
        if let (Some(own), Ok(_)) = (own, settled) {
            let (counter, deltas) = (own.counter, own.deltas);
            self.events.push_back(Event::GivenUp {
                counter,
                deltas,
                refusal,
            });
            return State::Live(self.show(replica));
        }
        self.resync(replica)
    }
}

/// Where two states differ.
fn paths(before: &Value, after: &Value, depth: usize) -> Vec<Path> {
    let deltas = diff_within(before, after, depth).unwrap_or_default();
    deltas.into_iter().map(|delta| delta.path).collect()
}
