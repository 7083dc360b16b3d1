//! A delta that stands after a merge.

use crate::delta::Delta;
use serde::ser::{Serialize, Serializer};
use std::ops::Deref;

/// A delta that stands: most are one of the actions' own, and not copied.
#[derive(Clone, Debug)]
pub(super) enum Standing<'a> {
    Given(&'a Delta),
    Made(Box<Delta>),
}

impl Standing<'_> {
    pub(super) fn into_delta(self) -> Delta {
        match self {
            Standing::Given(delta) => delta.clone(),
            Standing::Made(delta) => *delta,
        }
    }
}

impl From<Delta> for Standing<'_> {
    fn from(delta: Delta) -> Self {
        Standing::Made(Box::new(delta))
    }
}

impl Deref for Standing<'_> {
    type Target = Delta;
    fn deref(&self) -> &Delta {
        match self {
            Standing::Given(delta) => delta,
            Standing::Made(delta) => delta,
        }
    }
}

impl PartialEq for Standing<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Standing<'_> {}

impl Serialize for Standing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}
