//! One history: the undo (L6).

use super::{DeltaSet, normalize, normalize::DeltaError, transition};
use crate::value::DEFAULT_DEPTH;
use serde_json::Value;

/// The set that undoes `deltas`: it fits base + deltas and leads back to the base (L6).
///
/// O(k log k) for k deltas, and the size of what they touch.
///
/// # Errors
/// [`DeltaError`] where the set does not fit the base.
///
/// ```
/// use deltamerge::{apply, diff, invert};
/// use serde_json::json;
/// let base = json!({"hp": 7, "items": ["sword"]});
/// let after = json!({"items": ["rope", "sword"]});
/// let undo = invert(&base, &diff(&base, &after)?)?;
/// assert_eq!(apply(&after, &undo)?, base);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn invert(base: &Value, deltas: &DeltaSet) -> Result<DeltaSet, DeltaError> {
    invert_within(base, deltas, DEFAULT_DEPTH)
}

/// [`invert`] with a bound on the depth of its own (at most [`MAX_DEPTH`](crate::MAX_DEPTH)).
///
/// # Errors
/// As [`invert`].
pub fn invert_within(
    base: &Value,
    deltas: &DeltaSet,
    depth: usize,
) -> Result<DeltaSet, DeltaError> {
    let canonical = normalize::canonical(base, deltas, depth)?;
    Ok(transition::transition(base, &canonical, &DeltaSet::new()))
}
