//! What a client asks its master.

use super::{Client, Comparison, Replica, State, anew};
use crate::resync::{
    ClientMessage, PROTOCOL,
    parts::{Part, is_at_most},
};
use std::mem;

impl Client {
    pub(super) fn ask(&mut self) -> u64 {
        self.question += 1;
        self.question
    }

    pub(super) fn join(&mut self, replica: Option<Replica>) -> State {
        self.pending.is_in_flight = false;
        let replica = replica.map(anew);
        let hello = ClientMessage::Hello {
            protocol: PROTOCOL,
            rules: self.options.rules.hash(),
            actor: self.actor.clone(),
            question: self.ask(),
            revision: replica.as_ref().map(Replica::revision),
        };
        self.messages.push_back(hello);
        State::Joining(replica)
    }

    pub(super) fn resync(&mut self, replica: Replica) -> State {
        self.pending.is_in_flight = false;
        let replica = anew(replica);
        let question = self.ask();
        let revision = replica.revision();
        self.messages
            .push_back(ClientMessage::Resync { question, revision });
        State::Replaying(replica)
    }

    /// After a replay did not do: compares, or, where that is not worth it, asks for the whole state.
    pub(super) fn heal(&mut self, replica: Replica) -> State {
        if is_at_most(replica.confirmed.state(), self.options.limits.small_state) {
            return self.fetch(Some(replica));
        }
        let comparison = Comparison {
            working: replica.confirmed.state().clone(),
            asked: vec![Part::whole()],
            questions: 0,
            begun: 1,
        };
        self.compare(replica, comparison)
    }

    pub(super) fn compare(&mut self, replica: Replica, mut comparison: Comparison) -> State {
        if comparison.asked.len() > self.options.limits.parts {
            return self.fetch(Some(replica));
        }
        comparison.questions += 1;
        let parts = comparison.asked.clone();
        let question = self.ask();
        self.messages
            .push_back(ClientMessage::Compare { question, parts });
        State::Comparing(replica, comparison)
    }

    pub(super) fn fetch(&mut self, replica: Option<Replica>) -> State {
        let question = self.ask();
        self.messages
            .push_back(ClientMessage::StateRequest { question });
        State::Fetching(replica)
    }

    /// Sends the first pending action, if the client is live and none is in flight (M6).
    pub(super) fn send_pending(&mut self) {
        let State::Live(replica) = &self.state else {
            return;
        };
        if self.pending.is_in_flight || self.pending.len() == 0 {
            return;
        }
        let depth = self.options.limits.depth;
        if !self
            .pending
            .first_is_fitting(replica.confirmed.state(), depth)
        {
            // It was made on what is shown. If that was damaged the action is stale; but it is to be kept as it is if the confirmed state was.
            let believed = replica.confirmed.checksum();
            let state = mem::replace(&mut self.state, State::Offline(None));
            self.state = match state.into_replica().map(anew) {
                Some(replica) if replica.confirmed.checksum() == believed => State::Live(replica),
                Some(replica) => self.resync(replica),
                None => State::Offline(None),
            };
        }
        let question = self.question.saturating_add(1);
        let State::Live(replica) = &self.state else {
            return;
        };
        self.question = question;
        let confirmed = replica.confirmed.state();
        let Some(own) = self.pending.first_fitting(confirmed, depth) else {
            return;
        };
        self.messages.push_back(ClientMessage::Dispatch {
            question,
            counter: own.counter,
            revision: replica.revision(),
            deltas: own.deltas.clone(),
        });
        self.pending.is_in_flight = true;
    }
}
