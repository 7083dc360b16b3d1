//! treediff: a list of what was added, removed and modified, with borrowed values.

use super::{Asked, Entry};
use crate::case::{Load, Task};
use crate::measure::making;
use anyhow::{Result, bail};
use serde_json::Value;
use std::hint::black_box;
use treediff::tools::{ChangeType, Recorder};
use treediff::value::Key;

type Change<'v> = ChangeType<'v, Key, Value>;

fn find<'v>(before: &'v Value, after: &'v Value) -> Vec<Change<'v>> {
    let mut recorder = Recorder::default();
    treediff::diff(before, after, &mut recorder);
    recorder.calls
}

pub(crate) fn prepare(asked: Asked<'_>) -> Result<Entry<'_>> {
    let (Load::Sides(sides), Task::Diff) = (asked.load, asked.task) else {
        return Ok(Entry::Absent);
    };
    let (before, after) = (sides.before(), sides.after());
    let mut state = before.clone();
    apply(&mut state, &find(before, after))?;
    sides.check_after(&state)?;
    Ok(Entry::Timed(making(sides.batch(), || {
        find(black_box(before), black_box(after))
    })))
}

/// What it does not do itself. Removed elements stand at the end of their array, and go from the back.
fn apply(state: &mut Value, changes: &[Change<'_>]) -> Result<()> {
    let is_removal = |change: &&Change<'_>| matches!(change, ChangeType::Removed(..));
    let others = changes.iter().filter(|change| !is_removal(change));
    let removals = changes.iter().rev().filter(is_removal);
    for change in others.chain(removals) {
        match change {
            ChangeType::Unchanged(..) => {}
            ChangeType::Removed(keys, _) => put(state, keys, None)?,
            ChangeType::Added(keys, value) | ChangeType::Modified(keys, _, value) => {
                put(state, keys, Some((*value).clone()))?;
            }
        }
    }
    Ok(())
}

fn put(state: &mut Value, keys: &[Key], value: Option<Value>) -> Result<()> {
    let Some((last, parents)) = keys.split_last() else {
        *state = value.unwrap_or_default();
        return Ok(());
    };
    let mut place = state;
    for key in parents {
        let next = match key {
            Key::String(name) => place.get_mut(name),
            Key::Index(index) => place.get_mut(*index),
        };
        let Some(next) = next else {
            bail!("{key:?} leads nowhere");
        };
        place = next;
    }
    match (place, last, value) {
        (Value::Object(members), Key::String(name), Some(value)) => {
            members.insert(name.clone(), value);
        }
        (Value::Object(members), Key::String(name), None) => {
            members.remove(name);
        }
        (Value::Array(items), Key::Index(index), Some(value)) if *index < items.len() => {
            items[*index] = value;
        }
        (Value::Array(items), Key::Index(index), Some(value)) if *index == items.len() => {
            items.push(value);
        }
        (Value::Array(items), Key::Index(index), None) if *index < items.len() => {
            items.remove(*index);
        }
        (place, key, _) => bail!("{key:?} does not fit {place}"),
    }
    Ok(())
}
