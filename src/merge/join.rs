//! Many histories: the join of what concurrent actions said (J1 to J3), a semilattice.

use super::{
    Options, Resolution,
    resolve::{self, Resolved},
};
use crate::{
    delta::{Action, DeltaSet, Stamp, normalize, normalize::DeltaError},
    document::TooDeep,
    form::{Fields, FormError, deserialize_from_json, list},
    path::Path,
    value::DEFAULT_DEPTH,
};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// Actions cannot be merged: one does not fit the base, two have one stamp, or the base is too deep.
///
/// Conflicts are no error: they are [`Decision`](crate::Decision)s.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MergeError {
    /// The base is too deep to be copied (E3).
    Base(TooDeep),
    /// An action does not fit the base (E3, E7, E8, E9).
    Delta {
        /// The action's stamp.
        stamp: Stamp,
        /// The delta at fault.
        error: DeltaError,
    },
    /// Two different actions have one stamp (E11).
    DuplicateStamp {
        /// That stamp.
        stamp: Stamp,
    },
}

impl MergeError {
    /// The error's code: that of the delta, `too-deep`, or `duplicate-stamp`.
    pub fn code(&self) -> &'static str {
        match self {
            MergeError::Base(error) => error.code(),
            MergeError::Delta { error, .. } => error.code(),
            MergeError::DuplicateStamp { .. } => "duplicate-stamp",
        }
    }

    /// The stamp of the action at fault, if one is; of two that share one, both have it.
    ///
    /// ```
    /// use deltamerge::{Action, Delta, DeltaSet, Path, merge};
    /// let misfit = DeltaSet::from_iter([Delta::remove(Path::parse("/mp")?)]);
    /// let error = merge(&serde_json::json!({}), [&Action::new((1, "ann"), misfit)]).unwrap_err();
    /// assert_eq!(error.stamp().map(ToString::to_string).as_deref(), Some("1:ann"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stamp(&self) -> Option<&Stamp> {
        match self {
            MergeError::Delta { stamp, .. } | MergeError::DuplicateStamp { stamp } => Some(stamp),
            MergeError::Base(_) => None,
        }
    }

    /// The path of the delta at fault, if one is.
    pub fn path(&self) -> Option<&Path> {
        match self {
            MergeError::Delta { error, .. } => Some(&error.path),
            MergeError::Base(_) | MergeError::DuplicateStamp { .. } => None,
        }
    }
}

impl From<TooDeep> for MergeError {
    fn from(error: TooDeep) -> MergeError {
        MergeError::Base(error)
    }
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MergeError::Base(error) => write!(f, "the base: {error}"),
            MergeError::Delta { stamp, error } => write!(f, "action {stamp}: {error}"),
            MergeError::DuplicateStamp { stamp } => {
                write!(
                    f,
                    "expected one action a stamp, found two different ones under {stamp}"
                )
            }
        }
    }
}

impl std::error::Error for MergeError {}

/// Everything that concurrent actions said, and nothing decided yet: a value to hold, to send, and to join again.
///
/// Joining is set union, so any order, any grouping and any repetition come to the same (L2).
///
/// ```
/// use deltamerge::{Action, Join, Options, diff};
/// use serde_json::json;
/// let base = json!({"hp": 7, "log": []});
/// let ann = Action::new((1, "ann"), diff(&base, &json!({"hp": 5, "log": []}))?);
/// let bob = Action::new((2, "bob"), diff(&base, &json!({"hp": 6, "log": ["hit"]}))?);
///
/// let (mut here, mut there) = (Join::new(), Join::new());
/// here.add(&base, &ann)?;
/// there.add(&base, &bob)?;
/// let sent: Join = serde_json::from_str(&serde_json::to_string(&there)?)?;
/// here.union(&sent)?;
///
/// let resolution = here.resolve(&base, &Options::default())?;
/// assert_eq!(deltamerge::apply(&base, &resolution.clone().into_deltas())?, json!({"hp": 6, "log": ["hit"]}));
/// assert_eq!(resolution.decisions.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Join {
    actions: BTreeMap<Stamp, DeltaSet>,
}

impl Join {
    /// The empty join.
    pub fn new() -> Join {
        Join::default()
    }

    /// Joins one action, which is normalised against the base. O(k log k) for its k deltas.
    ///
    /// # Errors
    /// [`MergeError`] where it does not fit the base, or the join has another action under its stamp; the join stays as
    /// it was.
    pub fn add(&mut self, base: &Value, action: &Action) -> Result<(), MergeError> {
        self.add_within(base, action, DEFAULT_DEPTH)
    }

    /// [`Join::add`] with a bound on the depth of its own.
    ///
    /// # Errors
    /// As [`Join::add`].
    pub fn add_within(
        &mut self,
        base: &Value,
        action: &Action,
        depth: usize,
    ) -> Result<(), MergeError> {
        let canonical = canonical(base, &action.stamp, &action.deltas, depth)?;
        self.check(&action.stamp, &canonical)?;
        self.actions
            .insert(action.stamp.clone(), canonical.into_owned());
        Ok(())
    }

    /// Joins all that another join for the same base holds. O(the other).
    ///
    /// # Errors
    /// [`MergeError::DuplicateStamp`] where the two hold different actions under one stamp; the join stays as it was.
    pub fn union(&mut self, other: &Join) -> Result<(), MergeError> {
        for (stamp, deltas) in &other.actions {
            self.check(stamp, deltas)?;
        }
        for (stamp, deltas) in &other.actions {
            if !self.actions.contains_key(stamp) {
                self.actions.insert(stamp.clone(), deltas.clone());
            }
        }
        Ok(())
    }

    fn check(&self, stamp: &Stamp, deltas: &DeltaSet) -> Result<(), MergeError> {
        match self.actions.get(stamp) {
            Some(other) if other != deltas => Err(MergeError::DuplicateStamp {
                stamp: stamp.clone(),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// How many actions are joined.
    pub fn len(&self) -> usize {
        self.actions.len()
    }

    /// Whether nothing is joined yet.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// The joined actions, in the order of their stamps.
    pub fn iter(&self) -> impl Iterator<Item = (&Stamp, &DeltaSet)> {
        self.actions.iter()
    }

    /// Decides what the join comes to: a pure function of base, join and rules (V1 to V6). O(k log k) for k deltas in all,
    /// and what they touch, whatever the size of the base.
    ///
    /// # Errors
    /// [`MergeError::Delta`] where the join came from elsewhere and does not fit this base.
    pub fn resolve(&self, base: &Value, options: &Options) -> Result<Resolution<'_>, MergeError> {
        let actions: Vec<_> = self.actions.iter().collect();
        resolve::resolve(base, &actions, options).map(Resolved::into_resolution)
    }

    /// Reads the wire form (J3). O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is not of that form, or names a stamp twice.
    pub fn from_json(json: Value) -> Result<Join, FormError> {
        const CODE: &str = "bad-request";
        let mut fields = Fields::of(json, CODE, "a join, an object with actions")?;
        let read = |json| list(json, CODE, "a list of actions", Action::from_json);
        let given = fields.read("actions", read)?;
        fields.finish()?;
        let mut actions = BTreeMap::new();
        for Action { stamp, deltas } in given {
            if actions.contains_key(&stamp) {
                let found = format!("{stamp} twice");
                return Err(FormError::new(CODE, "each stamp once", found).inside("actions"));
            }
            actions.insert(stamp, deltas);
        }
        Ok(Join { actions })
    }
}

/// One of the actions that are joined.
pub(super) type Joined<'a> = (&'a Stamp, &'a DeltaSet);

/// A set of actions in the order of their stamps.
pub(super) fn in_order<'a>(actions: impl IntoIterator<Item = &'a Action>) -> Vec<Joined<'a>> {
    let actions = actions.into_iter();
    let mut joined: Vec<Joined<'_>> = actions
        .map(|action| (&action.stamp, &action.deltas))
        .collect();
    joined.sort_by_key(|(stamp, _)| *stamp);
    joined
}

/// Each of those actions once, canonical for the base.
pub(super) fn distinct<'a>(
    base: &Value,
    actions: &[Joined<'a>],
    depth: usize,
) -> Result<Vec<(&'a Stamp, Cow<'a, DeltaSet>)>, MergeError> {
    let mut distinct: Vec<(&Stamp, Cow<'_, DeltaSet>)> = Vec::with_capacity(actions.len());
    for (stamp, deltas) in actions {
        let deltas = canonical(base, stamp, deltas, depth)?;
        match distinct.last() {
            Some((other, same)) if other == stamp => {
                if *same != deltas {
                    let stamp = (*stamp).clone();
                    return Err(MergeError::DuplicateStamp { stamp });
                }
            }
            Some(_) | None => distinct.push((stamp, deltas)),
        }
    }
    Ok(distinct)
}

pub(super) fn canonical<'d>(
    base: &Value,
    stamp: &Stamp,
    deltas: &'d DeltaSet,
    depth: usize,
) -> Result<Cow<'d, DeltaSet>, MergeError> {
    normalize::canonical(base, deltas, depth).map_err(|error| MergeError::Delta {
        stamp: stamp.clone(),
        error,
    })
}

impl Serialize for Join {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Joined<'j>(&'j Stamp, &'j DeltaSet);
        impl Serialize for Joined<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut action = serializer.serialize_struct("Action", 2)?;
                action.serialize_field("stamp", self.0)?;
                action.serialize_field("deltas", self.1)?;
                action.end()
            }
        }
        let actions: Vec<_> = self
            .iter()
            .map(|(stamp, deltas)| Joined(stamp, deltas))
            .collect();
        let mut join = serializer.serialize_map(Some(1))?;
        join.serialize_entry("actions", &actions)?;
        join.end()
    }
}

deserialize_from_json!(Join);
