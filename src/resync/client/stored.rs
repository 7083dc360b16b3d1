//! What a client stores, to begin again with.

use super::{Client, Replica, State};
use crate::{
    checked::CheckedState,
    delta::Action,
    document::check_depth,
    form::{Fields, FormError, list},
    resync::{
        Options, Revision,
        message::{self, written},
        pending::{Own, UNLOGGED},
    },
};
use serde_json::{Map, Value};

const CODE: &str = "bad-request";

impl Client {
    /// All that a driver has to store to begin again with [`Client::restore`], pending actions included. O(the state).
    pub fn stored(&self) -> Value {
        let own = |own: &Own| written(&Action::new((own.counter, ""), own.deltas.clone()));
        let mut fields = Map::new();
        fields.insert("actor".to_owned(), self.actor.clone().into());
        fields.insert("counter".to_owned(), self.counter.into());
        fields.insert("pending".to_owned(), self.pending.iter().map(own).collect());
        if let Some(replica) = self.state.replica() {
            fields.insert("revision".to_owned(), written(&replica.revision()));
            fields.insert("state".to_owned(), replica.confirmed.state().clone());
        }
        fields.into()
    }

    /// Begins again, offline, from what was stored. O(the state), for its checksum is taken anew: where that is not the one that was stored, the
    /// state was damaged, and is healed as soon as the client has joined. Pending actions survive that too (M15, M18).
    ///
    /// # Errors
    /// [`FormError`] where something is missing or not of its form, counters do not grow (M4), or the state is deeper than the limit.
    ///
    /// ```
    /// use deltamerge::resync::{Client, Options};
    /// let stored = Client::new("ann", Options::default()).stored();
    /// let again = Client::restore(stored, Options::default())?;
    /// assert_eq!((again.actor(), again.state_name()), ("ann", "offline"));
    /// # Ok::<(), deltamerge::FormError>(())
    /// ```
    pub fn restore(stored: Value, options: Options) -> Result<Client, FormError> {
        let depth = options.limits.depth;
        let mut fields = Fields::of(stored, CODE, "a stored client, an object")?;
        let mut client = Client::new(fields.text("actor", "the actor's name")?, options);
        client.counter = message::number(&mut fields, "counter")?;
        let read = |json| list(json, CODE, "a list of actions", Action::from_json);
        let pending = fields.read("pending", read)?;
        let revision = fields.optional("revision").map(Revision::from_json);
        let revision = revision
            .transpose()
            .map_err(|error| error.inside("revision"))?;
        let state = fields.optional("state");
        fields.finish()?;
        check_counters(&pending, client.counter)?;
        let missing = |found| Err(FormError::new(CODE, "a state and its revision", found));
        let (revision, state) = match (revision, state) {
            (Some(revision), Some(state)) => (revision, state),
            (None, None) if pending.is_empty() => return Ok(client),
            (None, None) => return missing("neither, and pending actions"),
            (Some(_), None) => return missing("no state"),
            (None, Some(_)) => return missing("no revision"),
        };
        check_depth(&state, depth).map_err(|deep| {
            FormError::new(CODE, "a state within the limit", deep.to_string()).inside("state")
        })?;
        let confirmed = CheckedState::new(state);
        for Action { stamp, deltas } in pending {
            client.pending.push(stamp.counter, deltas);
        }
        let shown = if confirmed.checksum() == revision.checksum {
            client.pending.shown(confirmed.state(), depth)
        } else {
            // What does not fit here may fit when the state is whole again.
            client.pending.clone().shown(confirmed.state(), depth)
        };
        client.state = State::Offline(Some(Replica {
            confirmed,
            sequence: revision.sequence,
            shown,
        }));
        Ok(client)
    }
}

/// Counters grow with each action (M4): a client that gave one again would have its next action taken for an old one.
fn check_counters(pending: &[Action], last: u64) -> Result<(), FormError> {
    let mut before = 0;
    for (action, index) in pending.iter().zip(0..) {
        let counter = action.stamp.counter;
        // At its end, a counter stays there.
        let expected = if counter <= before && counter < UNLOGGED {
            format!("a counter above {before}")
        } else if counter > last {
            format!("a counter up to the last one, {last}")
        } else {
            before = counter;
            continue;
        };
        let error = FormError::new(CODE, expected, counter.to_string());
        let error = error.inside(0).inside("stamp").inside(index);
        return Err(error.inside("pending"));
    }
    Ok(())
}
