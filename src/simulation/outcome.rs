//! What a run came to.

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Everybody shows the master's state, with nothing pending, within a bounded time after the network healed.
    pub converged: bool,
    /// The checksums of all confirmed states, taken anew, are that of the master's.
    pub checksums_equal: bool,
    /// The actions that clients dispatched. Those of a client that lost its memory before they reached the master are not counted.
    pub actions: usize,
    /// The actions that are not in the master's history.
    pub lost_actions: usize,
    /// The actions that are there twice.
    pub applied_twice: usize,
    /// How many messages said that an action was applied, or that it was applied already.
    pub acknowledged: usize,
    /// How often a client was given the whole state because it had none.
    pub joins: usize,
    /// How often replayed actions brought a client back (M15).
    pub replays: usize,
    /// How often a comparison did (M16).
    pub partial: usize,
    /// How often the whole state did (M17).
    pub full_states: usize,
    /// How many of the last two were because the log did not reach back as far.
    pub past_log: usize,
    /// How many of them were because the client's state was damaged.
    pub after_damage: usize,
    /// The bytes of all messages.
    pub bytes: usize,
    /// How long it took, in simulated time.
    pub rounds: u64,
    /// The first thing that went wrong.
    pub violation: Option<String>,
}

impl Outcome {
    /// Whether nothing went wrong. O(1).
    ///
    /// ```
    /// use deltamerge::simulation::{Choices, Config, simulate};
    /// assert!(simulate(&Config::default(), Choices::of_seed(1)).is_sound());
    /// ```
    pub fn is_sound(&self) -> bool {
        self.converged
            && self.checksums_equal
            && self.lost_actions == 0
            && self.applied_twice == 0
            && self.violation.is_none()
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut outcome = serializer.serialize_struct("Outcome", 15)?;
        outcome.serialize_field("converged", &self.converged)?;
        outcome.serialize_field("checksums_equal", &self.checksums_equal)?;
        outcome.serialize_field("actions", &self.actions)?;
        outcome.serialize_field("lost_actions", &self.lost_actions)?;
        outcome.serialize_field("applied_twice", &self.applied_twice)?;
        outcome.serialize_field("acknowledged", &self.acknowledged)?;
        outcome.serialize_field("joins", &self.joins)?;
        outcome.serialize_field("replays", &self.replays)?;
        outcome.serialize_field("partial", &self.partial)?;
        outcome.serialize_field("full_states", &self.full_states)?;
        outcome.serialize_field("past_log", &self.past_log)?;
        outcome.serialize_field("after_damage", &self.after_damage)?;
        outcome.serialize_field("bytes", &self.bytes)?;
        outcome.serialize_field("rounds", &self.rounds)?;
        outcome.serialize_field("violation", &self.violation)?;
        outcome.end()
    }
}
