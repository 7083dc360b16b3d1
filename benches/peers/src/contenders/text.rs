//! Lines of pretty-printed text, by diffy: what a version control system does with JSON.

use super::{Asked, Entry};
use crate::case::{Load, Sides, Task};
use crate::measure::making;
use anyhow::{Context, Result};
use serde_json::Value;
use std::hint::black_box;

fn print(document: &Value) -> String {
    serde_json::to_string_pretty(black_box(document)).expect("JSON")
}

pub(crate) fn prepare(asked: Asked<'_>) -> Result<Entry<'_>> {
    let Asked { load, task, .. } = asked;
    let Load::Sides(sides) = load else {
        return Ok(Entry::Absent);
    };
    match task {
        Task::Diff => {
            let (before, after) = (print(sides.before()), print(sides.after()));
            let patched = diffy::apply(&before, &diffy::create_patch(&before, &after))?;
            sides.check_after(&serde_json::from_str(&patched)?)?;
            Ok(Entry::Timed(making(sides.batch(), || {
                let (before, after) = (print(sides.before()), print(sides.after()));
                diffy::create_patch(&before, &after).to_string()
            })))
        }
        Task::Apply => {
            let (before, after) = (print(sides.before()), print(sides.after()));
            let patch = diffy::create_patch(&before, &after).to_string();
            let act = move || -> Result<Value> {
                let patch = diffy::Patch::from_str(&patch)?;
                let text = diffy::apply(&print(sides.before()), &patch)?;
                Ok(serde_json::from_str(&text)?)
            };
            sides.check_after(&act()?)?;
            Ok(Entry::Timed(making(sides.batch(), act)))
        }
        Task::MergeState => merge_state(sides),
        _ => Ok(Entry::Absent),
    }
}

fn merge(sides: &Sides) -> Result<Value, String> {
    let [base, ours, theirs] =
        [sides.before(), &sides.work.afters[0], &sides.work.afters[1]].map(print);
    let text = diffy::merge(&base, &ours, &theirs)?;
    serde_json::from_str(&text).map_err(|_| text)
}

/// A merge with a conflict ends with text that has marks in it, and lines that merely stand beside each other are one, too. So it
/// is held to less.
fn merge_state(sides: &Sides) -> Result<Entry<'_>> {
    match merge(sides) {
        Ok(state) => sides.check_merged(&state)?,
        Err(text) => {
            let Ok(state) = serde_json::from_str(&second_sides(&text)?) else {
                return Ok(Entry::Refused(
                    "the text that it merges is not JSON, whichever side is taken".to_owned(),
                ));
            };
            sides.check_second_sides(&state)?;
        }
    }
    Ok(Entry::Timed(making(sides.batch(), || merge(sides))))
}

fn second_sides(text: &str) -> Result<String> {
    let mut kept = String::new();
    let mut is_kept = true;
    for line in text.lines() {
        match line.get(..7) {
            Some("<<<<<<<") => is_kept = false,
            Some("=======") => is_kept = true,
            Some(">>>>>>>" | "|||||||") => {}
            _ if is_kept => {
                kept.push_str(line);
                kept.push('\n');
            }
            _ => {}
        }
    }
    is_kept
        .then_some(kept)
        .context("a conflict that does not end")
}
