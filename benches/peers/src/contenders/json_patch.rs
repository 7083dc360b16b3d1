//! JSON Patch (RFC 6902), by the json-patch crate. Its own diff, and our deltas written as patches: the same edits.

use super::{Asked, Entry};
use crate::case::{Load, Task};
use crate::measure::{making, on_shared};
use crate::patches::{first_patch, patches};
use crate::workloads::read;
use anyhow::Result;
use deltamerge::{diff, invert};
use json_patch::{PatchOperation, patch, patch_unsafe};
use serde_json::Value;
use std::hint::black_box;

type Applied = Result<(), json_patch::PatchError>;

pub(crate) fn plain(asked: Asked<'_>) -> Result<Entry<'_>> {
    match (asked.load, asked.task) {
        (Load::Sides(sides), Task::Diff) => {
            let found = json_patch::diff(sides.before(), sides.after());
            let mut state = read(&sides.work.text);
            patch(&mut state, &found)?;
            sides.check_after(&state)?;
            Ok(Entry::Timed(making(sides.batch(), || {
                json_patch::diff(black_box(sides.before()), black_box(sides.after()))
            })))
        }
        _ => apply(asked, |document, operations| {
            patch_unsafe(document, operations)
        }),
    }
}

pub(crate) fn atomic(asked: Asked<'_>) -> Result<Entry<'_>> {
    apply(asked, patch)
}

fn apply<'w>(
    asked: Asked<'w>,
    act: impl Fn(&mut Value, &[PatchOperation]) -> Applied + 'w,
) -> Result<Entry<'w>> {
    let (Load::Sides(sides), Task::Apply) = (asked.load, asked.task) else {
        return Ok(Entry::Absent);
    };
    let operations = first_patch(&sides.work);
    let mut state = read(&sides.work.text);
    act(&mut state, &operations)?;
    sides.check_after(&state)?;
    let back = invert(sides.before(), &sides.work.actions[0].deltas)?;
    Ok(Entry::Timed(on_shared(
        sides,
        move |document| act(document, &operations),
        move |document| back.apply(document).expect("a set that fits"),
    )))
}

/// It does not merge. So its result is not held against the merged document, only against its own: that every patch fitted.
pub(crate) fn blind(asked: Asked<'_>) -> Result<Entry<'_>> {
    let (Load::Sides(sides), Task::Merge | Task::Replicas) = (asked.load, asked.task) else {
        return Ok(Entry::Absent);
    };
    let patches = patches(&sides.work);
    let act = move |document: &mut Value| -> Applied {
        patches
            .iter()
            .try_for_each(|operations| patch_unsafe(document, operations))
    };
    let mut state = read(&sides.work.text);
    if let Err(error) = act(&mut state) {
        return Ok(Entry::Refused(format!(
            "the second patch does not fit: {error}"
        )));
    }
    let back = diff(&state, sides.before())?;
    Ok(Entry::Timed(on_shared(sides, act, move |document| {
        back.apply(document).expect("a set that fits")
    })))
}
