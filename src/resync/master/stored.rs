//! What a master stores, to begin again with.

use super::{Applied, Master};
use crate::{
    checked::CheckedState,
    checksum::Checksum,
    document::check_depth,
    form::{Fields, FormError, list},
    resync::{Logged, Options, Revision, message::written},
    value::describe,
};
use serde_json::{Map, Value};

impl Master {
    /// All that a driver has to store to begin again with [`Master::restore`]: the state, the log, and what was applied of whom.
    /// O(the state). Between two of these it is enough to append what [`Output::Store`](super::Output::Store) says.
    pub fn stored(&self) -> Value {
        let log: Vec<&Logged> = self.log.since(0).map(|(logged, _)| logged).collect();
        let actors: Map<String, Value> = self
            .actors
            .iter()
            .filter_map(|(name, actor)| {
                let last = actor.last?;
                Some((name.to_string(), vec![last.counter, last.sequence].into()))
            })
            .collect();
        let fields = [
            ("revision", written(&self.revision())),
            ("state", self.state().clone()),
            ("log", written(&log)),
            ("actors", actors.into()),
        ];
        let fields = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        Value::Object(fields.collect())
    }

    /// Begins again from what was stored, and the actions stored since, oldest first. O(the state) and what the log touches, for
    /// every checksum is checked.
    ///
    /// # Errors
    /// [`FormError`] where something is not of its form, or a checksum does not agree.
    ///
    /// ```
    /// use deltamerge::resync::{Master, Options, Output};
    /// use deltamerge::{Delta, Path};
    /// use serde_json::json;
    /// let mut master = Master::new(json!({"round": 1}), Options::default())?;
    /// let stored = master.stored();
    /// master.dispatch([Delta::change(Path::parse("/round")?, 2)].into_iter().collect())?;
    /// let Some(Output::Store(logged)) = master.poll() else { panic!("nothing to store") };
    ///
    /// let again = Master::restore(stored, [*logged], Options::default())?;
    /// assert_eq!((again.state(), again.revision()), (master.state(), master.revision()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restore(
        stored: Value,
        since: impl IntoIterator<Item = Logged>,
        options: Options,
    ) -> Result<Master, FormError> {
        const CODE: &str = "bad-request";
        let depth = options.limits.depth;
        let mut fields = Fields::of(stored, CODE, "a stored master, an object")?;
        let revision = fields.read("revision", Revision::from_json)?;
        let state = fields.required("state")?;
        let log = fields.read("log", |json| {
            list(json, CODE, "a list of logged actions", Logged::from_json)
        })?;
        let actors = fields.required("actors")?;
        let found = describe(&actors);
        let Value::Object(actors) = actors else {
            let error = FormError::new(CODE, "an object of actors", found);
            return Err(error.inside("actors"));
        };
        fields.finish()?;
        let mut state = checked(state, revision.checksum, depth)?;
        // Back to where the log begins, and forward again.
        let mut sequence = revision.sequence;
        for (index, logged) in log.iter().enumerate().rev() {
            let at = |error: FormError| error.inside(index).inside("log");
            check(&state, sequence, logged.sequence, logged.next).map_err(at)?;
            let undone = state.apply_within(&logged.undo, depth);
            undone.map_err(|error| {
                at(FormError::new(CODE, "an undo that fits", error.to_string()))
            })?;
            sequence -= 1;
        }
        let mut master = Master::with(state, sequence, options);
        for (index, logged) in log.into_iter().enumerate() {
            master
                .redo(logged)
                .map_err(|error| error.inside(index).inside("log"))?;
        }
        for (name, last) in actors {
            let last: Result<[u64; 2], _> = serde_json::from_value(last.clone()).map_err(|_| {
                FormError::new(CODE, "a counter and a sequence", describe(&last))
                    .inside(&name)
                    .inside("actors")
            });
            let [counter, sequence] = last?;
            let last = Some(Applied { counter, sequence });
            master.actors.entry(name.into()).or_default().last = last;
        }
        for logged in since {
            if logged.sequence > master.revision().sequence {
                master.redo(logged)?;
            }
        }
        Ok(master)
    }

    /// Applies a logged action again.
    fn redo(&mut self, logged: Logged) -> Result<(), FormError> {
        let depth = self.options.limits.depth;
        let next = self.revision().sequence.saturating_add(1);
        check(&self.state, next, logged.sequence, logged.previous)?;
        let applied = self.state.apply_within(&logged.action.deltas, depth);
        applied.map_err(|error| {
            FormError::new("bad-request", "an action that fits", error.to_string())
        })?;
        check(&self.state, next, logged.sequence, logged.next)?;
        self.record(&logged);
        self.log.push(logged, &self.options.limits);
        Ok(())
    }
}

/// Whether a logged action is the one expected, and the state has the checksum that it says.
fn check(
    state: &CheckedState,
    sequence: u64,
    found: u64,
    checksum: Checksum,
) -> Result<(), FormError> {
    let error = |expected, found| Err(FormError::new("bad-request", expected, found));
    if sequence == 0 {
        let expected = "no more actions than the revision counts";
        return error(expected.to_owned(), "one more".to_owned());
    }
    if sequence != found {
        return error(format!("the action {sequence}"), found.to_string());
    }
    if state.checksum() != checksum {
        return error(
            format!("the checksum {}", state.checksum()),
            checksum.to_string(),
        );
    }
    Ok(())
}

/// A stored state, if it is within the limit and has the checksum that it should.
fn checked(state: Value, checksum: Checksum, depth: usize) -> Result<CheckedState, FormError> {
    let error = |expected, found| FormError::new("bad-request", expected, found).inside("state");
    check_depth(&state, depth)
        .map_err(|deep| error("a state within the limit".to_owned(), deep.to_string()))?;
    let state = CheckedState::new(state);
    if state.checksum() == checksum {
        Ok(state)
    } else {
        let expected = format!("a state with the checksum {checksum}");
        Err(error(expected, state.checksum().to_string()))
    }
}
