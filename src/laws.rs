//! Laws to hold a merge against: an application's own reducer, or a rule set.
//!
//! A case is a [`Concurrent`]: a base, and what several actors did to it at once. A check gives `Ok`, or a [`Counterexample`], which
//! is data, and printed tells its story. [`Concurrent::shrunk`] finds a smaller case that fails as well, [`small_world`] lists all
//! small cases, and `generate` (feature `arbitrary`) draws any.
//!
//! # Fuzzing a reducer of your own
//!
//! Say that an application takes its actions up one at a time, in the order in which they happen to arrive. With the feature
//! `proptest`, and one test around the check, the shortest case in which that goes wrong is what the test prints:
//!
//! ```
//! # #[cfg(feature = "proptest")] {
//! use deltamerge::{Action, laws};
//! use proptest::test_runner::{Config, TestCaseError, TestRunner};
//! use serde_json::Value;
//!
//! fn reducer(base: &Value, actions: &[Action]) -> Value {
//!     actions.iter().fold(base.clone(), |mut state, action| {
//!         let _stale = action.deltas.apply_leniently(&mut state); // the last to arrive wins
//!         state
//!     })
//! }
//!
//! // In a test of your own: proptest! { #[test] fn it_converges(case in any::<Concurrent>()) { … } }
//! let mut runner = TestRunner::deterministic();
//! let failed = runner.run(&deltamerge::generate::strategies::concurrent(2..=3), |case| {
//!     laws::check_reducer(&case, reducer).map_err(|story| TestCaseError::fail(story.to_string()))
//! });
//! let story = failed.unwrap_err().to_string();
//! assert!(story.contains("L2 does not hold"), "{story}");
//! # }
//! ```
//!
//! `quickcheck` drives the same check with `quickcheck::Arbitrary` for [`Concurrent`], and a fuzzer with `arbitrary::Arbitrary`.

mod reducers;
mod rule_sets;
mod shrink;
pub mod small_world;
mod story;

use crate::{
    delta::{Action, Delta, Op, Stamp},
    merge::{Decision, Merged, merge},
};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;

pub use reducers::{check_join, check_reducer};
pub use rule_sets::check_rules;
pub use shrink::smaller_documents;

/// Several concurrent edits of one document: a base, and actions on it.
///
/// ```
/// use deltamerge::{Action, diff, laws::Concurrent};
/// use serde_json::json;
/// let base = json!({"hp": 7});
/// let ann = Action::new((1, "ann"), diff(&base, &json!({"hp": 5}))?);
/// let case = Concurrent::new(base, vec![ann]);
/// assert!(case.fits());
/// assert_eq!(
///     case.to_string(),
///     "The base is {\"hp\":7}.\n  1:ann changes /hp to 5\n",
/// );
/// # Ok::<(), deltamerge::TooDeep>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Concurrent {
    /// The document that all actions were made on.
    pub base: Value,
    /// What was done to it, in no order; the stamps order them.
    pub actions: Vec<Action>,
}

impl Concurrent {
    /// A base, and actions on it.
    pub fn new(base: Value, actions: Vec<Action>) -> Concurrent {
        Concurrent { base, actions }
    }

    /// Whether each action fits the base (D7) and has a stamp of its own (S3). O(the base), and O(k log k) for k deltas in all.
    pub fn fits(&self) -> bool {
        let mut stamps: Vec<_> = self.actions.iter().map(|action| &action.stamp).collect();
        stamps.sort();
        stamps.is_sorted_by(|a, b| a < b) && merge(&self.base, &self.actions).is_ok()
    }
}

impl Serialize for Concurrent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut case = serializer.serialize_struct("Concurrent", 2)?;
        case.serialize_field("base", &self.base)?;
        case.serialize_field("actions", &self.actions)?;
        case.end()
    }
}

/// What a check asks for. Each is one of the laws of `spec/delta.md`, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// D7 and S3: each action fits the base, and has a stamp of its own. Without that there is no case.
    Fit,
    /// L1: the difference of two documents leads from the one to the other.
    Difference,
    /// L2: the order of the actions makes no difference.
    Order,
    /// L2: how the actions are grouped makes no difference.
    Grouping,
    /// L2: an action that comes twice is taken once.
    Repetition,
    /// L3: the merge of one action is its application.
    Application,
    /// L3: no action, and an empty one, change nothing.
    Nothing,
    /// L4: after one action, what is left of the other leads to the merge of both.
    Rebasing,
    /// L5: two sets composed do what they do one after the other.
    Composition,
    /// L6: what is inverted is undone.
    Inversion,
    /// L7: equal documents have one checksum, others have others.
    Checksum,
    /// L8: the merged deltas lead to the merged state, and each decision agrees with its cell of the table.
    Decisions,
}

impl Law {
    /// The law's id in the specification.
    ///
    /// ```
    /// assert_eq!(deltamerge::laws::Law::Order.id(), "L2");
    /// ```
    pub fn id(self) -> &'static str {
        match self {
            Law::Fit => "D7",
            Law::Difference => "L1",
            Law::Order | Law::Grouping | Law::Repetition => "L2",
            Law::Application | Law::Nothing => "L3",
            Law::Rebasing => "L4",
            Law::Composition => "L5",
            Law::Inversion => "L6",
            Law::Checksum => "L7",
            Law::Decisions => "L8",
        }
    }

    /// What should hold, in a sentence.
    ///
    /// ```
    /// assert_eq!(deltamerge::laws::Law::Order.sentence(), "the order of the actions makes no difference");
    /// ```
    pub fn sentence(self) -> &'static str {
        match self {
            Law::Fit => "each action fits the base, and has a stamp of its own",
            Law::Difference => "a difference leads from the one document to the other",
            Law::Order => "the order of the actions makes no difference",
            Law::Grouping => "how the actions are grouped makes no difference",
            Law::Repetition => "an action that comes twice is taken once",
            Law::Application => "the merge of one action is its application",
            Law::Nothing => "no action, and an empty one, change nothing",
            Law::Rebasing => {
                "after one action, what is left of the other leads to the merge of both"
            }
            Law::Composition => "two sets composed do what they do one after the other",
            Law::Inversion => "what is inverted is undone",
            Law::Checksum => "documents are equal exactly when their checksums are",
            Law::Decisions => "every decision agrees with its cell of the resolution table",
        }
    }
}

/// A case in which a law does not hold: what was seen, and why that contradicts the law.
///
/// Printed, it is the whole story: base, who did what, what came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterexample {
    /// The law that does not hold.
    pub law: Law,
    /// The case.
    pub case: Box<Concurrent>,
    /// What was seen, in the order in which to tell it.
    pub observations: Vec<Observation>,
    /// Of a table that goes in circles (U3): three actions, each of which beats the next, and the last the first. Otherwise empty.
    pub circle: Vec<Stamp>,
    /// Why these contradict the law, in a sentence.
    pub conclusion: String,
}

impl std::error::Error for Counterexample {}

/// Something that was seen in a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// What was done, as the beginning of a sentence that the result ends.
    pub what: String,
    /// What it gave.
    pub result: Value,
    /// What was decided in doing so.
    pub decisions: Vec<Decision>,
}

impl Observation {
    fn new(what: impl Into<String>, result: Value) -> Observation {
        Observation {
            what: what.into(),
            result,
            decisions: Vec::new(),
        }
    }

    fn of_merge(what: impl Into<String>, merged: Merged) -> Observation {
        Observation {
            decisions: merged.decisions,
            ..Observation::new(what, merged.state)
        }
    }
}

impl Serialize for Counterexample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Counterexample", 6)?;
        fields.serialize_field("law", self.law.id())?;
        fields.serialize_field("base", &self.case.base)?;
        fields.serialize_field("actions", &self.case.actions)?;
        fields.serialize_field("observations", &self.observations)?;
        fields.serialize_field("circle", &self.circle)?;
        fields.serialize_field("conclusion", &self.conclusion)?;
        fields.end()
    }
}

impl Serialize for Observation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Observation", 3)?;
        fields.serialize_field("what", &self.what)?;
        fields.serialize_field("result", &self.result)?;
        fields.serialize_field("decisions", &self.decisions)?;
        fields.end()
    }
}

/// A value that is written, if one is.
fn written(delta: &mut Delta) -> Option<&mut Value> {
    match &mut delta.op {
        Op::Add(value) | Op::Change(value) => Some(value),
        Op::Remove => None,
    }
}
