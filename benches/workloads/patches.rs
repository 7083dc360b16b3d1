//! The same deltas as JSON Patches (RFC 6902). Apart from the workloads, for it needs the json-patch crate.

use crate::workloads::{Workload, read};
use deltamerge::{Delta, equal};
use json_patch::{Patch, PatchOperation};
use serde_json::Value;

/// The first side's deltas as a JSON Patch.
pub(crate) fn first_patch(work: &Workload) -> Vec<PatchOperation> {
    let patch = as_patch(&work.actions[0].deltas);
    let mut document = read(&work.text);
    json_patch::patch_unsafe(&mut document, &patch).expect("a patch that fits");
    assert!(equal(&document, &work.afters[0]));
    patch
}

/// Every side's deltas as a JSON Patch.
pub(crate) fn patches(work: &Workload) -> Vec<Vec<PatchOperation>> {
    let sets = work.actions.iter().map(|action| &action.deltas);
    sets.map(|deltas| as_patch(deltas)).collect()
}

/// A JSON Patch that does what a canonical set does: from the back, so that no operation moves what a later one means.
fn as_patch(deltas: &[Delta]) -> Vec<PatchOperation> {
    let operation = |delta: &Delta| {
        let mut operation = serde_json::to_value(delta).expect("JSON");
        if operation["op"] == "change" {
            operation["op"] = "replace".into();
        }
        operation
    };
    let operations = deltas.iter().rev().map(operation).collect();
    let patch: Patch = serde_json::from_value(Value::Array(operations)).expect("a JSON Patch");
    patch.0
}
