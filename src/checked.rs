//! A document and its checksum, kept together: every change of the one changes the other, in time that depends on the change (C4).

mod sums;

use crate::{
    checksum::{Checksum, checksum},
    delta::{
        Action, DeltaSet, apply::apply_watched, exchange::exchange_watched, normalize::DeltaError,
    },
    merge::{
        Options, Resolution,
        exchange::{Undo, merge_exchanging},
        join::MergeError,
        merge_watched,
    },
    value::DEFAULT_DEPTH,
};
use serde_json::Value;
use sums::{At, Sums};

/// A document with its checksum, which follows every change of it (C4).
///
/// A change costs what [`DeltaSet::apply`] costs, and the digests of the values that come and go; nothing depends on the size
/// of the document. Elements that shift count by number and not by size: the sums of an array's elements are kept from the first
/// time that some shift, 16 bytes each (of arrays inside arrays they are worked out each time).
///
/// ```
/// use deltamerge::{CheckedState, Delta, DeltaSet, Path, checksum};
/// use serde_json::json;
/// let mut checked = CheckedState::new(json!({"hp": 7, "log": ["start"]}));
/// let deltas = DeltaSet::from_iter([
///     Delta::change(Path::parse("/hp")?, 5),
///     Delta::add(Path::parse("/log/-")?, "hit"),
/// ]);
/// checked.apply(&deltas)?;
/// assert_eq!(checked.state(), &json!({"hp": 5, "log": ["start", "hit"]}));
/// assert_eq!(checked.checksum(), checksum(checked.state()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CheckedState {
    state: Value,
    sums: Sums,
}

impl CheckedState {
    /// A document with its checksum. O(the document).
    pub fn new(state: Value) -> CheckedState {
        let sums = Sums::new(checksum(&state));
        CheckedState { state, sums }
    }

    /// The document. O(1).
    pub fn state(&self) -> &Value {
        &self.state
    }

    /// The document's checksum. O(1).
    pub fn checksum(&self) -> Checksum {
        self.sums.checksum()
    }

    /// Changes the document, and leaves the checksum as it was: a fault of memory, simulated.
    #[cfg(feature = "simulation")]
    pub(crate) fn damage(&mut self, flip: impl Fn(&mut Value)) {
        flip(&mut self.state);
    }

    /// The document, its checksum forgotten. O(1).
    pub fn into_state(self) -> Value {
        self.state
    }

    /// Whether the checksum is that of the document, worked out anew: a check on memory and on this library. O(the document).
    ///
    /// ```
    /// use deltamerge::CheckedState;
    /// assert!(CheckedState::new(serde_json::json!([1, 2])).verify());
    /// ```
    pub fn verify(&self) -> bool {
        checksum(&self.state) == self.checksum()
    }

    /// Applies a set in place, all or nothing (Y1, Y2). Costs as [`DeltaSet::apply`].
    ///
    /// # Errors
    /// [`DeltaError`] where the set does not fit; then document and checksum are as they were.
    ///
    /// ```
    /// use deltamerge::{CheckedState, Delta, DeltaSet, Path};
    /// use serde_json::json;
    /// let mut checked = CheckedState::new(json!({"hp": 7}));
    /// let before = checked.checksum();
    /// let misfit = DeltaSet::from_iter([Delta::remove(Path::parse("/mp")?)]);
    /// assert_eq!(checked.apply(&misfit).unwrap_err().code(), "does-not-fit");
    /// assert_eq!(checked.checksum(), before);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply(&mut self, deltas: &DeltaSet) -> Result<(), DeltaError> {
        self.apply_within(deltas, DEFAULT_DEPTH)
    }

    /// [`CheckedState::apply`] with a bound on the depth of its own (at most [`MAX_DEPTH`](crate::MAX_DEPTH)).
    ///
    /// # Errors
    /// As [`CheckedState::apply`].
    ///
    /// ```
    /// use deltamerge::{CheckedState, Delta, DeltaSet, Path};
    /// use serde_json::json;
    /// let mut checked = CheckedState::new(json!({"hp": 7}));
    /// let deep = DeltaSet::from_iter([Delta::change(Path::root(), json!([[[]]]))]);
    /// assert_eq!(checked.apply_within(&deep, 2).unwrap_err().code(), "too-deep");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply_within(&mut self, deltas: &DeltaSet, depth: usize) -> Result<(), DeltaError> {
        let sums = self.sums.before_edits();
        apply_watched(&mut self.state, deltas, depth, sums, At::ROOT)
    }

    /// Applies a set in place, all or nothing, and turns it into the set that undoes that (Y5). Costs as
    /// [`DeltaSet::apply_and_invert`].
    ///
    /// # Errors
    /// [`DeltaError`] where the set does not fit; then document, checksum and set are as they were.
    ///
    /// ```
    /// use deltamerge::{CheckedState, diff};
    /// use serde_json::json;
    /// let mut checked = CheckedState::new(json!({"hp": 7}));
    /// let before = checked.checksum();
    /// let mut deltas = diff(checked.state(), &json!({"hp": 5}))?;
    /// checked.apply_and_invert(&mut deltas)?;
    /// assert_eq!(checked.state(), &json!({"hp": 5}));
    /// checked.apply_and_invert(&mut deltas)?;
    /// assert_eq!(checked.checksum(), before);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply_and_invert(&mut self, deltas: &mut DeltaSet) -> Result<(), DeltaError> {
        self.apply_and_invert_within(deltas, DEFAULT_DEPTH)
    }

    /// [`CheckedState::apply_and_invert`] with a bound on the depth of its own (at most [`MAX_DEPTH`](crate::MAX_DEPTH)).
    ///
    /// # Errors
    /// As [`CheckedState::apply_and_invert`].
    ///
    /// ```
    /// use deltamerge::{CheckedState, Delta, DeltaSet, Path};
    /// use serde_json::json;
    /// let mut checked = CheckedState::new(json!({"hp": 7}));
    /// let mut deep = DeltaSet::from_iter([Delta::change(Path::root(), json!([[[]]]))]);
    /// let error = checked.apply_and_invert_within(&mut deep, 2).unwrap_err();
    /// assert_eq!(error.code(), "too-deep");
    /// ```
    pub fn apply_and_invert_within(
        &mut self,
        deltas: &mut DeltaSet,
        depth: usize,
    ) -> Result<(), DeltaError> {
        let sums = self.sums.before_edits();
        exchange_watched(&mut self.state, deltas, depth, sums, At::ROOT)
    }

    /// Merges concurrent actions into the document that they were made on, as [`merge_in_place`](crate::merge_in_place)
    /// does, and costs as that does.
    ///
    /// # Errors
    /// As [`merge_in_place`](crate::merge_in_place); then document and checksum are as they were.
    ///
    /// ```
    /// use deltamerge::{Action, CheckedState, Options, checksum, diff};
    /// use serde_json::json;
    /// let base = json!({"hp": 7, "mp": 1});
    /// let ann = Action::new((1, "ann"), diff(&base, &json!({"hp": 5, "mp": 1}))?);
    /// let bob = Action::new((2, "bob"), diff(&base, &json!({"hp": 7}))?);
    /// let mut checked = CheckedState::new(base);
    /// checked.merge([&ann, &bob], &Options::default())?;
    /// assert_eq!(checked.checksum(), checksum(&json!({"hp": 5})));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn merge<'a>(
        &mut self,
        actions: impl IntoIterator<Item = &'a Action>,
        options: &Options,
    ) -> Result<Resolution<'a>, MergeError> {
        let sums = self.sums.before_edits();
        merge_watched(&mut self.state, actions, options, sums, At::ROOT)
    }

    /// Merges concurrent actions into the document that they were made on, uses them up, and gives what undoes that (Y6), as
    /// [`merge_and_invert`](crate::merge_and_invert) does, and costs as that does.
    ///
    /// # Errors
    /// As [`merge_and_invert`](crate::merge_and_invert); then document, checksum and actions are as they were.
    ///
    /// ```
    /// use deltamerge::{Action, CheckedState, Options, checksum, diff};
    /// use serde_json::json;
    /// let base = json!({"hp": 7, "mp": 1});
    /// let ann = Action::new((1, "ann"), diff(&base, &json!({"hp": 5, "mp": 1}))?);
    /// let bob = Action::new((2, "bob"), diff(&base, &json!({"hp": 7}))?);
    /// let mut checked = CheckedState::new(base);
    /// let before = checked.checksum();
    /// let mut undo = checked.merge_and_invert(&mut vec![ann, bob], &Options::default())?;
    /// assert_eq!(checked.checksum(), checksum(&json!({"hp": 5})));
    /// checked.apply_and_invert(&mut undo.deltas)?;
    /// assert_eq!(checked.checksum(), before);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn merge_and_invert(
        &mut self,
        actions: &mut Vec<Action>,
        options: &Options,
    ) -> Result<Undo, MergeError> {
        let sums = self.sums.before_edits();
        merge_exchanging(&mut self.state, actions, options, sums, At::ROOT)
    }
}

impl From<Value> for CheckedState {
    fn from(state: Value) -> CheckedState {
        CheckedState::new(state)
    }
}

#[cfg(all(test, feature = "simulation"))]
mod tests {
    use super::CheckedState;
    use serde_json::json;

    #[test]
    fn a_document_that_was_damaged_is_not_verified() {
        let mut checked = CheckedState::new(json!({"hp": 7}));
        assert!(checked.verify());
        checked.damage(|state| state["hp"] = json!(8));
        assert_eq!(checked.state(), &json!({"hp": 8}));
        assert!(!checked.verify());
    }
}
