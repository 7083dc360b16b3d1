//! Two histories: what is left for one action to do after another (L4).

use super::{
    Options,
    join::{MergeError, canonical, in_order},
    resolve::resolve,
};
use crate::delta::{Action, DeltaSet, transition::transition};
use serde_json::Value;

/// What is left for `action` to do after `over`: a set that fits base + over, and leads to the merge of the two (L4).
///
/// O(k log k) for k deltas in both, and the size of what they touch.
///
/// # Errors
/// [`MergeError`] where one of the actions does not fit the base, or they are different and have one stamp.
///
/// ```
/// use deltamerge::{Action, apply, diff, merge, rebase};
/// use serde_json::json;
/// let base = json!({"log": ["start", "end"]});
/// let ann = Action::new((1, "ann"), diff(&base, &json!({"log": ["end"]}))?);
/// let bob = Action::new((2, "bob"), diff(&base, &json!({"log": ["start", "end", "bye"]}))?);
/// let late = rebase(&base, &bob, &ann)?;
/// assert_eq!(late[0].path.as_str(), "/log/1");
/// let after_ann = apply(&base, &ann.deltas)?;
/// assert_eq!(apply(&after_ann, &late)?, merge(&base, [&ann, &bob])?.state);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rebase(base: &Value, action: &Action, over: &Action) -> Result<DeltaSet, MergeError> {
    rebase_with(base, action, over, &Options::default())
}

/// [`rebase`] by other rules, or within another bound.
///
/// # Errors
/// As [`rebase`].
pub fn rebase_with(
    base: &Value,
    action: &Action,
    over: &Action,
    options: &Options,
) -> Result<DeltaSet, MergeError> {
    let merged = resolve(base, &in_order([action, over]), options)?
        .into_resolution()
        .into_deltas();
    let from = canonical(base, &over.stamp, &over.deltas, options.depth)?;
    Ok(transition(base, &from, &merged))
}
