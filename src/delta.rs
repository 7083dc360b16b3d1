//! What: deltas, sets of them, and actions.
#![warn(clippy::wildcard_enum_match_arm)]

pub(crate) mod align;
pub(crate) mod apply;
mod around;
pub(crate) mod attempt;
pub(crate) mod compose;
pub(crate) mod diff;
pub(crate) mod exchange;
pub(crate) mod invert;
pub(crate) mod lenient;
pub(crate) mod normalize;
mod set;
pub(crate) mod slots;
pub(crate) mod survey;
pub(crate) mod transition;
pub(crate) mod watch;

use crate::{
    form::{Fields, FormError, deserialize_from_json},
    path::{Path, Quoted},
    value::{describe, equal},
};
use serde::ser::{Serialize, SerializeStruct, SerializeTuple, Serializer};
use serde_json::Value;
use std::{fmt, str::FromStr, sync::Arc};

pub use set::DeltaSet;

/// The type of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DiffType {
    /// Something is there that was not (D1).
    Add,
    /// Something else is there than was (D2).
    Change,
    /// Something is there no more (D3).
    Remove,
}

impl DiffType {
    /// All three, in the order of the resolution table.
    pub const ALL: [DiffType; 3] = [DiffType::Add, DiffType::Change, DiffType::Remove];

    /// `add`, `change` or `remove`, as in the wire form.
    pub fn name(self) -> &'static str {
        match self {
            DiffType::Add => "add",
            DiffType::Change => "change",
            DiffType::Remove => "remove",
        }
    }

    /// Whether it writes a value: ADD and CHANGE do.
    pub fn is_write(self) -> bool {
        match self {
            DiffType::Add | DiffType::Change => true,
            DiffType::Remove => false,
        }
    }
}

impl fmt::Display for DiffType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a delta does at its path.
#[derive(Clone, Debug)]
pub enum Op {
    /// Puts the value where nothing was: a new member, or an element in a gap of an array.
    Add(Value),
    /// Puts the value in the place of another.
    Change(Value),
    /// Takes the value away.
    Remove,
}

impl Op {
    /// The type of difference that this is.
    pub fn diff_type(&self) -> DiffType {
        match self {
            Op::Add(_) => DiffType::Add,
            Op::Change(_) => DiffType::Change,
            Op::Remove => DiffType::Remove,
        }
    }

    /// The value that is written, if one is.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Op::Add(value) | Op::Change(value) => Some(value),
            Op::Remove => None,
        }
    }
}

/// Equality is that of documents (N2), and so it holds of every value with itself.
impl Eq for Op {}

impl PartialEq for Op {
    fn eq(&self, other: &Op) -> bool {
        self.diff_type() == other.diff_type()
            && match (self.value(), other.value()) {
                (Some(value), Some(other)) => equal(value, other),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            }
    }
}

/// One difference: ADD, CHANGE or REMOVE at a path (D1 to D4).
///
/// Equality is that of documents: `1` is `1.0`.
///
/// ```
/// use deltamerge::{Delta, Path};
/// use serde_json::json;
/// let delta = Delta::change(Path::parse("/players/3/hp")?, 5);
/// assert_eq!(serde_json::to_value(&delta)?, json!({"op": "change", "path": "/players/3/hp", "value": 5}));
/// assert_eq!(delta.to_string(), "change /players/3/hp");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Where, in the coordinates of the base.
    pub path: Path,
    /// What.
    pub op: Op,
}

impl Delta {
    /// ADD `value` at `path`.
    pub fn add(path: Path, value: impl Into<Value>) -> Delta {
        Delta {
            path,
            op: Op::Add(value.into()),
        }
    }

    /// CHANGE what is at `path` to `value`.
    pub fn change(path: Path, value: impl Into<Value>) -> Delta {
        Delta {
            path,
            op: Op::Change(value.into()),
        }
    }

    /// REMOVE what is at `path`.
    pub fn remove(path: Path) -> Delta {
        Delta {
            path,
            op: Op::Remove,
        }
    }

    /// Reads the wire form. O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is not one of the three forms (E5), or its path not a JSON Pointer (E6).
    pub fn from_json(json: Value) -> Result<Delta, FormError> {
        const CODE: &str = "bad-delta";
        const OPS: &str = r#""add", "change" or "remove""#;
        let mut fields = Fields::of(json, CODE, "a delta, an object with op and path")?;
        let op = fields.text("op", OPS)?;
        let path = fields.path("path")?;
        let op = match op.as_str() {
            "add" => Op::Add(fields.required("value")?),
            "change" => Op::Change(fields.required("value")?),
            "remove" => Op::Remove,
            other => {
                let found = describe(&Value::from(other));
                return Err(FormError::new(CODE, OPS, found).inside("op"));
            }
        };
        fields.finish()?;
        Ok(Delta { path, op })
    }
}

impl fmt::Display for Delta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.op.diff_type(), Quoted(&self.path))
    }
}

impl Serialize for Delta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.op.value();
        let length = if value.is_some() { 3 } else { 2 };
        let mut delta = serializer.serialize_struct("Delta", length)?;
        delta.serialize_field("op", self.op.diff_type().name())?;
        delta.serialize_field("path", &self.path)?;
        if let Some(value) = value {
            delta.serialize_field("value", value)?;
        }
        delta.end()
    }
}

/// When: the strict total order of actions (S1). Of two stamps the greater is the later.
///
/// ```
/// use deltamerge::Stamp;
/// assert!(Stamp::from((9, "zoe")) < Stamp::from((10, "ann")));
/// assert!(Stamp::from((10, "ann")) < Stamp::from((10, "bob")));
///
/// // As text it is counter, colon, actor; the actor may be any text.
/// let stamp: Stamp = "10:ann".parse()?;
/// assert_eq!(stamp, Stamp::from((10, "ann")));
/// assert_eq!(stamp.to_string(), "10:ann");
/// # Ok::<(), deltamerge::FormError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp {
    /// A logical counter, or a server's sequence number; never a clock's time.
    pub counter: u64,
    /// Who: orders what has one counter. All that an actor does can share one copy of the name.
    pub actor: Arc<str>,
}

impl Stamp {
    /// Reads the wire form, `[counter, actor]`.
    ///
    /// # Errors
    /// [`FormError`] where it is anything else (E4).
    pub fn from_json(json: Value) -> Result<Stamp, FormError> {
        let error = |found: &Value| {
            let expected = "a stamp: a list of an integer from 0 to 2^64-1 and a string";
            FormError::new("bad-request", expected, describe(found))
        };
        let Some([counter, actor]) = json.as_array().map(Vec::as_slice) else {
            return Err(error(&json));
        };
        match (counter.as_u64(), actor.as_str()) {
            (Some(counter), Some(actor)) => Ok(Stamp::from((counter, actor))),
            (None, _) => Err(error(counter).inside(0)),
            (Some(_), None) => Err(error(actor).inside(1)),
        }
    }
}

impl<A: Into<Arc<str>>> From<(u64, A)> for Stamp {
    fn from((counter, actor): (u64, A)) -> Stamp {
        Stamp {
            counter,
            actor: actor.into(),
        }
    }
}

impl FromStr for Stamp {
    type Err = FormError;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Stamp, FormError> {
        let digits = |counter: &str| counter.bytes().all(|byte| byte.is_ascii_digit());
        let parts = text.split_once(':');
        let parts = parts.filter(|(counter, _)| digits(counter));
        let stamp = parts.and_then(|(counter, actor)| Some((counter.parse::<u64>().ok()?, actor)));
        stamp.map(Stamp::from).ok_or_else(|| {
            let expected = "a stamp: a counter from 0 to 2^64-1, a colon and a name";
            FormError::new("bad-request", expected, describe(&Value::from(text)))
        })
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.counter, self.actor)
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut stamp = serializer.serialize_tuple(2)?;
        stamp.serialize_element(&self.counter)?;
        stamp.serialize_element(&*self.actor)?;
        stamp.end()
    }
}

/// A delta set with its stamp (S2).
///
/// ```
/// use deltamerge::{Action, diff};
/// use serde_json::json;
/// let action = Action::new((3, "alice"), diff(&json!({}), &json!({"hp": 5}))?);
/// let wire = json!({"stamp": [3, "alice"], "deltas": [{"op": "add", "path": "/hp", "value": 5}]});
/// assert_eq!(serde_json::to_value(&action)?, wire);
/// assert_eq!(Action::from_json(wire)?, action);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// When and who.
    pub stamp: Stamp,
    /// What.
    pub deltas: DeltaSet,
}

impl Action {
    /// The action that `stamp` names.
    pub fn new(stamp: impl Into<Stamp>, deltas: DeltaSet) -> Action {
        Action {
            stamp: stamp.into(),
            deltas,
        }
    }

    /// Reads the wire form. O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is not of that form (E4, E5, E6).
    pub fn from_json(json: Value) -> Result<Action, FormError> {
        let mut fields = Fields::of(
            json,
            "bad-request",
            "an action, an object with stamp and deltas",
        )?;
        let action = Action {
            stamp: fields.read("stamp", Stamp::from_json)?,
            deltas: fields.read("deltas", DeltaSet::from_json)?,
        };
        fields.finish()?;
        Ok(action)
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut action = serializer.serialize_struct("Action", 2)?;
        action.serialize_field("stamp", &self.stamp)?;
        action.serialize_field("deltas", &self.deltas)?;
        action.end()
    }
}

deserialize_from_json!(Delta, Stamp, Action);
