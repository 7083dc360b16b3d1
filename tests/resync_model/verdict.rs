//! What must hold of every state of the world.

use super::{Bounds, NAMES, World};
use deltamerge::resync::Event;
use serde_json::Value;
use std::sync::Arc;

impl World {
    /// How often the history has an action.
    pub(super) fn applied(&self, number: usize, counter: u64) -> usize {
        let stamps = self.history.value.iter().map(|logged| &logged.action.stamp);
        let is_it =
            |stamp: &&deltamerge::Stamp| *stamp.actor == *NAMES[number] && stamp.counter == counter;
        stamps.filter(is_it).count()
    }

    pub(super) fn judge_event(&mut self, number: usize, event: &Event) {
        match event {
            Event::Updated(_) | Event::Healed(_) => {}
            Event::Acknowledged { counter } => {
                if self.applied(number, *counter) != 1 {
                    self.accuse(|| format!("{counter} is acknowledged and not applied"));
                }
            }
            Event::GivenUp { .. } | Event::Refused(_) | Event::Unreadable { .. } => {
                self.accuse(|| format!("{} is told {event:?}", NAMES[number]));
            }
        }
    }

    /// Whether nothing has gone wrong yet, so that nobody has a reason to ask for anything.
    fn is_calm(&self) -> bool {
        let unspent = Bounds {
            actions: self.left.actions,
            ..*self.bounds
        };
        self.left == unspent && !unspent.overtaking && !unspent.bob_is_new
    }

    /// What holds of a client at all times.
    pub(super) fn judge_client(&mut self, number: usize) {
        let copy = Arc::clone(&self.clients[number]);
        let client = &copy.value.client;
        let (Some(revision), Some(confirmed), Some(shown)) =
            (client.revision(), client.confirmed(), client.shown())
        else {
            return;
        };
        if deltamerge::checksum(confirmed) != revision.checksum {
            self.accuse(|| format!("{} believes a checksum", NAMES[number]));
        }
        let sequence = usize::try_from(revision.sequence).unwrap_or(usize::MAX);
        if client.is_live() && self.states.get(sequence) != Some(confirmed) {
            self.accuse(|| format!("{} is live with a state of its own", NAMES[number]));
        }
        // It makes of its actions what the master makes of them (M8).
        if self.is_calm() && !client.is_live() {
            self.accuse(|| format!("{} is at odds for no reason", NAMES[number]));
        }
        // What it did is shown from that moment on, whatever happens.
        let marked = if self.left.returning {
            0
        } else {
            copy.value.dispatched
        };
        for counter in 1..=marked {
            let count = count(shown, &mark(NAMES[number], counter));
            if count != 1 {
                let name = NAMES[number];
                self.accuse(|| format!("{name} sees {counter} {count} times in {shown}"));
            }
        }
    }
}

/// What an action leaves in the document, so that it can be seen there.
pub(super) fn mark(actor: &str, counter: u64) -> String {
    format!("{actor}{counter}")
}

/// How often the document has a mark.
pub(super) fn count(state: &Value, mark: &str) -> usize {
    let marks = state.get("log").and_then(Value::as_array);
    marks.map_or(0, |marks| {
        marks.iter().filter(|other| *other == mark).count()
    })
}
