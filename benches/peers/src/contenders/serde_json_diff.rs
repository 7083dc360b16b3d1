//! serde_json_diff: a tree of differences, for people to read.

use super::{Asked, Entry};
use crate::case::{Load, Task};
use crate::measure::on_fresh;
use anyhow::{Result, bail};
use serde_json::Value;
use serde_json_diff::{ArrayDifference, Difference, EntryDifference, ScalarDifference, values};

pub(crate) fn prepare(asked: Asked<'_>) -> Result<Entry<'_>> {
    let (Load::Sides(sides), Task::Diff) = (asked.load, asked.task) else {
        return Ok(Entry::Absent);
    };
    let both = || (sides.before().clone(), sides.after().clone());
    let mut state = sides.before().clone();
    let (before, after) = both();
    if let Some(difference) = values(before, after) {
        apply(&mut state, &difference)?;
    }
    sides.check_after(&state)?;
    Ok(Entry::Timed(on_fresh(
        sides.batch(),
        both,
        |(before, after)| values(before, after),
    )))
}

/// What it does not do itself.
fn apply(state: &mut Value, difference: &Difference) -> Result<()> {
    match (difference, state) {
        (Difference::Scalar(scalar), state) => {
            *state = match scalar {
                ScalarDifference::Bool { target, .. } => (*target).into(),
                ScalarDifference::String { target, .. } => target.clone().into(),
                ScalarDifference::Number { target, .. } => Value::Number(target.clone()),
            };
        }
        (Difference::Type { target_value, .. }, state) => *state = target_value.clone(),
        (Difference::Array(difference), Value::Array(items)) => apply_array(items, difference)?,
        (Difference::Object { different_entries }, Value::Object(members)) => {
            for (name, entry) in &different_entries.0 {
                match entry {
                    EntryDifference::Missing { value } => {
                        members.insert(name.clone(), value.clone());
                    }
                    EntryDifference::Extra => {
                        members.remove(name);
                    }
                    EntryDifference::Value { value_diff } => {
                        apply(&mut members[name.as_str()], value_diff)?;
                    }
                }
            }
        }
        (_, state) => bail!("a difference that does not fit {state}"),
    }
    Ok(())
}

fn apply_array(items: &mut Vec<Value>, difference: &ArrayDifference) -> Result<()> {
    let pairs = match difference {
        ArrayDifference::PairsOnly { different_pairs } => Some(different_pairs),
        ArrayDifference::Shorter {
            different_pairs, ..
        }
        | ArrayDifference::Longer {
            different_pairs, ..
        } => different_pairs.as_ref(),
    };
    for (index, difference) in pairs.iter().flat_map(|pairs| &pairs.0) {
        apply(&mut items[*index], difference)?;
    }
    match difference {
        ArrayDifference::PairsOnly { .. } => {}
        ArrayDifference::Shorter {
            missing_elements, ..
        } => items.extend(missing_elements.iter().cloned()),
        ArrayDifference::Longer { extra_length, .. } => {
            items.truncate(items.len() - extra_length);
        }
    }
    Ok(())
}
