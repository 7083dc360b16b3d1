//! Many histories: concurrent actions, joined and resolved.
#![warn(clippy::wildcard_enum_match_arm)]

pub(crate) mod exchange;
pub(crate) mod join;
mod ranked;
pub(crate) mod rebase;
pub(crate) mod resolution;
pub(crate) mod resolve;
mod standing;

use crate::{
    checksum::{Checksum, checksum},
    delta::{
        Action, Delta, DeltaSet, Stamp,
        apply::edit_watched,
        watch::{Unwatched, Watch},
    },
    document::check_depth,
    form::{Fields, FormError, deserialize_from_json, list},
    path::{Path, Quoted},
    value::{DEFAULT_DEPTH, describe},
};
use join::{MergeError, in_order};
use resolution::{RuleId, Rules};
use resolve::{merge_at_once, resolve_normalized};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;
use standing::Standing;
use std::{fmt, sync::Arc};

/// How to merge: by which rules, within which bound.
///
/// ```
/// use deltamerge::{Options, Rules};
/// let options = Options { rules: Rules::first_wins(), ..Options::default() };
/// assert_eq!(options.depth, deltamerge::DEFAULT_DEPTH);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The rules by which deltas that meet are resolved.
    pub rules: Rules,
    /// The depth that documents may have (at most [`MAX_DEPTH`](crate::MAX_DEPTH)).
    pub depth: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            rules: Rules::default(),
            depth: DEFAULT_DEPTH,
        }
    }
}

impl From<Rules> for Options {
    fn from(rules: Rules) -> Options {
        Options {
            rules,
            ..Options::default()
        }
    }
}

/// What a merge gives: the state, the deltas that lead to it, and every decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The base with the merged deltas.
    pub state: Value,
    /// The merged set, canonical for the base (L8).
    pub deltas: DeltaSet,
    /// What was made of each delta that met others (K1 to K4).
    pub decisions: Vec<Decision>,
}

impl Merged {
    /// The decisions in which somebody did not get what they wanted.
    pub fn conflicts(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|decision| decision.conflict)
    }

    /// The checksum of the state. O(the state).
    pub fn checksum(&self) -> Checksum {
        checksum(&self.state)
    }
}

/// What a join comes to: the merged deltas, and every decision.
///
/// The deltas are those of the actions, and not copied before [`Resolution::into_deltas`]. Where maps keep the order of
/// members, [`merge_in_place`] lets new ones follow in the order of their stamps (N5); the set alone, applied later, knows
/// no stamps, and adds them in document order.
///
/// ```
/// use deltamerge::{Action, Join, Options, diff};
/// use serde_json::json;
/// let base = json!({"hp": 7});
/// let mut join = Join::new();
/// join.add(&base, &Action::new((1, "ann"), diff(&base, &json!({"hp": 5}))?))?;
/// join.add(&base, &Action::new((2, "bob"), diff(&base, &json!({"hp": 6}))?))?;
/// let resolution = join.resolve(&base, &Options::default())?;
/// assert_eq!(resolution.conflicts().count(), 1);
/// assert_eq!(resolution.into_deltas(), diff(&base, &json!({"hp": 6}))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution<'a> {
    deltas: Vec<Standing<'a>>,
    /// What was made of each delta that met others (K1 to K4).
    pub decisions: Vec<Decision>,
}

impl Resolution<'_> {
    /// The merged deltas: a set that is canonical for the base (L8).
    pub fn deltas(&self) -> impl ExactSizeIterator<Item = &Delta> {
        self.deltas.iter().map(|standing| &**standing)
    }

    /// The merged deltas as a set of their own. O(what it is to copy them).
    pub fn into_deltas(self) -> DeltaSet {
        self.into_parts().0
    }

    /// The merged deltas as a set of their own, and the decisions. O(what it is to copy the deltas).
    pub fn into_parts(self) -> (DeltaSet, Vec<Decision>) {
        let deltas = self.deltas.into_iter().map(Standing::into_delta).collect();
        (deltas, self.decisions)
    }

    /// The decisions in which somebody did not get what they wanted.
    pub fn conflicts(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|decision| decision.conflict)
    }
}

/// One side of a [`Decision`]: a delta and the stamp of its action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Whose it is.
    pub stamp: Stamp,
    /// What it says.
    pub delta: Delta,
}

/// What was made of one delta that met others (K1).
///
/// ```
/// use deltamerge::{Action, diff, merge};
/// use serde_json::json;
/// let base = json!({"players": {"3": {"name": "Cy", "hp": 7}}});
/// let ann = Action::new((1, "ann"), diff(&base, &json!({"players": {}}))?);
/// let bob = Action::new((2, "bob"), diff(&base, &json!({"players": {"3": {"name": "Cy", "hp": 6}}}))?);
/// let merged = merge(&base, [&ann, &bob])?;
/// assert_eq!(merged.state, json!({"players": {"3": {"name": "Cy", "hp": 6}}}));
/// let decision = &merged.decisions[0];
/// assert!(decision.conflict);
/// assert_eq!(
///     decision.to_string(),
///     "/players/3: change /players/3/hp (2:bob) over remove (1:ann), rule R26",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The slot or the gap where they met.
    pub path: Path,
    /// The cell of the resolution table for the two.
    pub rule: RuleId,
    /// The delta that decided the slot; shared by the decisions that it won.
    pub winner: Arc<Party>,
    /// A delta that met it; it need not have lost anything.
    pub loser: Party,
    /// Whether what the loser wanted is missing in the result (K2).
    pub conflict: bool,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |f: &mut fmt::Formatter<'_>, party: &Party| {
            write!(f, "{}", party.delta.op.diff_type())?;
            if party.delta.path != self.path {
                write!(f, " {}", party.delta.path)?;
            }
            write!(f, " ({})", party.stamp)
        };
        write!(f, "{}: ", Quoted(&self.path))?;
        side(f, &self.winner)?;
        f.write_str(if self.conflict { " over " } else { " with " })?;
        side(f, &self.loser)?;
        write!(f, ", rule {}", self.rule)
    }
}

impl Serialize for Party {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut party = serializer.serialize_struct("Party", 2)?;
        party.serialize_field("stamp", &self.stamp)?;
        party.serialize_field("delta", &self.delta)?;
        party.end()
    }
}

impl Serialize for Decision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut decision = serializer.serialize_struct("Decision", 5)?;
        decision.serialize_field("path", &self.path)?;
        decision.serialize_field("rule", &self.rule)?;
        decision.serialize_field("winner", &*self.winner)?;
        decision.serialize_field("loser", &self.loser)?;
        decision.serialize_field("conflict", &self.conflict)?;
        decision.end()
    }
}

impl Serialize for Resolution<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut resolution = serializer.serialize_struct("Resolution", 2)?;
        resolution.serialize_field("deltas", &self.deltas)?;
        resolution.serialize_field("decisions", &self.decisions)?;
        resolution.end()
    }
}

impl Serialize for Merged {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut merged = serializer.serialize_struct("Merged", 3)?;
        merged.serialize_field("state", &self.state)?;
        merged.serialize_field("deltas", &self.deltas)?;
        merged.serialize_field("decisions", &self.decisions)?;
        merged.end()
    }
}

const CODE: &str = "bad-request";

impl Party {
    /// Reads the wire form (K1). O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is not of that form (E4, E5, E6).
    pub fn from_json(json: Value) -> Result<Party, FormError> {
        let mut fields = Fields::of(json, CODE, "an object with stamp and delta")?;
        let party = Party {
            stamp: fields.read("stamp", Stamp::from_json)?,
            delta: fields.read("delta", Delta::from_json)?,
        };
        fields.finish()?;
        Ok(party)
    }
}

impl Decision {
    /// Reads the wire form (K1). O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is not of that form (E4, E5, E6).
    ///
    /// ```
    /// use deltamerge::{Action, Decision, diff, merge};
    /// use serde_json::{json, to_value};
    /// let base = json!({"hp": 7});
    /// let ann = Action::new((1, "ann"), diff(&base, &json!({"hp": 5}))?);
    /// let bob = Action::new((2, "bob"), diff(&base, &json!({"hp": 6}))?);
    /// let decision = &merge(&base, [&ann, &bob])?.decisions[0];
    /// assert_eq!(Decision::from_json(to_value(decision)?)?, *decision);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_json(json: Value) -> Result<Decision, FormError> {
        let mut fields = Fields::of(json, CODE, "a decision, an object")?;
        let decision = Decision {
            path: fields.path("path")?,
            rule: fields.read("rule", RuleId::from_json)?,
            winner: Arc::new(fields.read("winner", Party::from_json)?),
            loser: fields.read("loser", Party::from_json)?,
            conflict: fields.read("conflict", |json| {
                let found = describe(&json);
                json.as_bool()
                    .ok_or_else(|| FormError::new(CODE, "true or false", found))
            })?,
        };
        fields.finish()?;
        Ok(decision)
    }
}

fn read_decisions(json: Value) -> Result<Vec<Decision>, FormError> {
    list(json, CODE, "a list of decisions", Decision::from_json)
}

impl Resolution<'static> {
    /// Reads the form that is written, an object of deltas and decisions. O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is not of that form (E4, E5, E6).
    pub fn from_json(json: Value) -> Result<Resolution<'static>, FormError> {
        let mut fields = Fields::of(json, CODE, "an object with deltas and decisions")?;
        let deltas = fields.read("deltas", DeltaSet::from_json)?;
        let resolution = Resolution {
            deltas: deltas.into_iter().map(Standing::from).collect(),
            decisions: fields.read("decisions", read_decisions)?,
        };
        fields.finish()?;
        Ok(resolution)
    }
}

impl Merged {
    /// Reads the form that is written, an object of state, deltas and decisions. O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is not of that form (E4, E5, E6).
    pub fn from_json(json: Value) -> Result<Merged, FormError> {
        let mut fields = Fields::of(json, CODE, "an object with state, deltas and decisions")?;
        let merged = Merged {
            state: fields.required("state")?,
            deltas: fields.read("deltas", DeltaSet::from_json)?,
            decisions: fields.read("decisions", read_decisions)?,
        };
        fields.finish()?;
        Ok(merged)
    }
}

deserialize_from_json!(Party, Decision, Resolution<'static>, Merged);

/// Merges concurrent actions on one base by the default rules: a function of the *set* of actions (L2).
///
/// O(the base) to copy it, and O(k log k) for k deltas in all; [`merge_in_place`] copies nothing.
///
/// # Errors
/// [`MergeError`] for malformed input. A conflict is no error: it is one of the [`Decision`]s.
///
/// ```
/// use deltamerge::{Action, diff, merge};
/// use serde_json::json;
/// let base = json!({"hp": 7, "items": ["rope"]});
/// let ann = Action::new((1, "ann"), diff(&base, &json!({"hp": 5, "items": ["rope"]}))?);
/// let bob = Action::new((2, "bob"), diff(&base, &json!({"hp": 7, "items": ["rope", "torch"]}))?);
/// let merged = merge(&base, [&ann, &bob])?;
/// assert_eq!(merged.state, json!({"hp": 5, "items": ["rope", "torch"]}));
/// assert_eq!(merged, merge(&base, [&bob, &ann, &bob])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn merge<'a>(
    base: &Value,
    actions: impl IntoIterator<Item = &'a Action>,
) -> Result<Merged, MergeError> {
    merge_with(base, actions, &Options::default())
}

/// [`merge`] by other rules, or within another bound.
///
/// # Errors
/// As [`merge`].
///
/// ```
/// use deltamerge::{Action, Rules, diff, merge_with};
/// use serde_json::json;
/// let base = json!({"hp": 7});
/// let ann = Action::new((1, "ann"), diff(&base, &json!({"hp": 5}))?);
/// let bob = Action::new((2, "bob"), diff(&base, &json!({"hp": 6}))?);
/// let merged = merge_with(&base, [&ann, &bob], &Rules::first_wins().into())?;
/// assert_eq!(merged.state, json!({"hp": 5}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn merge_with<'a>(
    base: &Value,
    actions: impl IntoIterator<Item = &'a Action>,
    options: &Options,
) -> Result<Merged, MergeError> {
    check_depth(base, options.depth)?;
    let mut state = base.clone();
    let (deltas, decisions) = merge_in_place(&mut state, actions, options)?.into_parts();
    Ok(Merged {
        state,
        deltas,
        decisions,
    })
}

/// Merges concurrent actions into the document that they were made on. O(k log k) for k deltas in all, and what they
/// touch, whatever the size of the document; an ADD or REMOVE in an array moves the elements behind it. Where the actions are not
/// wanted any more, or the undo is, see [`merge_and_invert`](crate::merge_and_invert()).
///
/// # Errors
/// As [`merge`]; then the document is as it was.
///
/// ```
/// use deltamerge::{Action, Options, diff, merge_in_place};
/// use serde_json::json;
/// let mut state = json!({"hp": 7, "mp": 1});
/// let ann = Action::new((1, "ann"), diff(&state, &json!({"hp": 5, "mp": 1}))?);
/// let bob = Action::new((2, "bob"), diff(&state, &json!({"hp": 7}))?);
/// let resolution = merge_in_place(&mut state, [&ann, &bob], &Options::default())?;
/// assert_eq!(state, json!({"hp": 5}));
/// assert_eq!(resolution.deltas().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn merge_in_place<'a>(
    document: &mut Value,
    actions: impl IntoIterator<Item = &'a Action>,
    options: &Options,
) -> Result<Resolution<'a>, MergeError> {
    merge_watched(document, actions, options, &mut Unwatched, ())
}

/// [`merge_in_place`] under the eyes of somebody; `root` is the place of the document.
pub(crate) fn merge_watched<'a, W: Watch>(
    document: &mut Value,
    actions: impl IntoIterator<Item = &'a Action>,
    options: &Options,
    watch: &mut W,
    root: W::Place,
) -> Result<Resolution<'a>, MergeError> {
    let actions = in_order(actions);
    let resolved = match merge_at_once(document, &actions, options, watch, root) {
        Some(resolved) => resolved,
        None => {
            let resolved = resolve_normalized(document, &actions, options)?;
            edit_watched(document, &resolved.deltas, watch, root);
            resolved
        }
    };
    Ok(resolved.into_resolution())
}
