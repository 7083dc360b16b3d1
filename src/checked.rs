//! A document with its checksum.

use crate::{
    checksum::{Checksum, checksum},
    delta::{DeltaSet, normalize::DeltaError},
};
use serde_json::Value;

/// A document with its checksum.
#[derive(Clone, Debug)]
pub struct CheckedState {
    state: Value,
    checksum: Checksum,
}

impl CheckedState {
    /// A document, and its checksum.
    pub fn new(state: Value) -> CheckedState {
        let checksum = checksum(&state);
        CheckedState { state, checksum }
    }
    /// The document.
    pub fn state(&self) -> &Value {
        &self.state
    }
    /// Its checksum.
    pub fn checksum(&self) -> Checksum {
        self.checksum
    }
    /// Applies.
    pub fn apply_within(&mut self, deltas: &DeltaSet, depth: usize) -> Result<(), DeltaError> {
        deltas.apply_within(&mut self.state, depth)?;
        self.checksum = checksum(&self.state);
        Ok(())
    }
    /// Changes the document, and leaves the checksum as it was: a fault of memory, simulated.
    #[cfg(feature = "simulation")]
    pub(crate) fn damage(&mut self, flip: impl Fn(&mut Value)) {
        flip(&mut self.state);
    }
    /// The document alone.
    pub fn into_state(self) -> Value {
        self.state
    }
}
