//! What lenient application makes of stale deltas, and how it reports them (Y3, Y4).

use super::Delta;
use crate::{
    form::{Fields, FormError, deserialize_from_json},
    value::describe,
};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;
use std::fmt;

/// A delta that lenient application took differently (Y4).
///
/// ```
/// use deltamerge::{Became, Delta, DeltaSet, Path};
/// use serde_json::json;
/// let mut document = json!({"a": 1});
/// let stale = DeltaSet::from_iter([Delta::change(Path::parse("/b")?, 2)]);
/// let adjusted = stale.apply_leniently(&mut document)?;
/// assert_eq!(document, json!({"a": 1, "b": 2}));
/// assert_eq!(adjusted[0].became, Became::Add);
/// assert_eq!(adjusted[0].to_string(), "delta 0 (change /b) became an ADD");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// The delta's place in the set as given.
    pub index: usize,
    /// The delta as given.
    pub delta: Delta,
    /// What it was taken for.
    pub became: Became,
}

/// What lenient application makes of a stale delta (Y3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Became {
    /// A CHANGE of what is missing adds it (R8); an ADD beyond the end of an array adds at the end.
    Add,
    /// An ADD of what is present changes it (R1).
    Change,
    /// A REMOVE of what is missing is done already (R9).
    Done,
    /// Its container is missing or of another kind: there is no place for it.
    Dropped,
}

impl Became {
    /// All four.
    pub const ALL: [Became; 4] = [Became::Add, Became::Change, Became::Done, Became::Dropped];

    /// `add`, `change`, `done` or `dropped`, as in the wire form.
    pub fn name(self) -> &'static str {
        match self {
            Became::Add => "add",
            Became::Change => "change",
            Became::Done => "done",
            Became::Dropped => "dropped",
        }
    }
}

impl fmt::Display for Adjustment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delta {} ({}) ", self.index, self.delta)?;
        f.write_str(match self.became {
            Became::Add => "became an ADD",
            Became::Change => "became a CHANGE",
            Became::Done => "was done already",
            Became::Dropped => "was dropped: its container is not there",
        })
    }
}

impl Adjustment {
    /// Reads the wire form (Y4). O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is not of that form (E4, E5, E6).
    pub fn from_json(json: Value) -> Result<Adjustment, FormError> {
        const CODE: &str = "bad-request";
        const BECAME: &str = r#""add", "change", "done" or "dropped""#;
        let mut fields = Fields::of(json, CODE, "an object with index, delta and became")?;
        let adjustment = Adjustment {
            index: fields.read("index", |json| {
                let index = json.as_u64().and_then(|index| usize::try_from(index).ok());
                index.ok_or_else(|| FormError::new(CODE, "a place in the set", describe(&json)))
            })?,
            delta: fields.read("delta", Delta::from_json)?,
            became: fields.read("became", |json| {
                let became = Became::ALL.into_iter().find(|one| json == one.name());
                became.ok_or_else(|| FormError::new(CODE, BECAME, describe(&json)))
            })?,
        };
        fields.finish()?;
        Ok(adjustment)
    }
}

deserialize_from_json!(Adjustment);

impl Serialize for Adjustment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut adjustment = serializer.serialize_struct("Adjustment", 3)?;
        adjustment.serialize_field("index", &self.index)?;
        adjustment.serialize_field("delta", &self.delta)?;
        adjustment.serialize_field("became", self.became.name())?;
        adjustment.end()
    }
}
