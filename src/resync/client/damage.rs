//! What a simulation does to a client behind its back, and how it sees whether the client is well.

use super::Client;
use serde_json::Value;

impl Client {
    /// Puts other values into the confirmed state or the one that is shown, which the client does not get to know: a fault of memory.
    pub(crate) fn damage(&mut self, in_confirmed: bool, in_shown: bool, flip: impl Fn(&mut Value)) {
        if let Some(replica) = self.state.replica_mut() {
            if in_confirmed {
                replica.confirmed.damage(&flip);
            }
            if in_shown {
                flip(&mut replica.shown);
            }
        }
    }

    /// What should be shown: the confirmed state with what is pending. O(the state).
    pub(crate) fn shown_anew(&self) -> Option<Value> {
        let confirmed = self.confirmed()?;
        Some(
            self.pending
                .clone()
                .shown(confirmed, self.options.limits.depth),
        )
    }
}
