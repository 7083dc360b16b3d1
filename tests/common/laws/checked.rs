//! The laws of a document that is kept with its checksum.

use super::super::generate::{self, Case};
use super::super::model::{self, wire};
use super::{Checked, Told, action, ask, ask_equal, good, options, text, to_library, told_case};
use arbitrary::Unstructured;
use deltamerge::{CheckedState, DeltaSet, apply, checksum, merge_with};
use serde_json::{Value, json};

/// Asks for one checksum, kept and worked out anew by both implementations.
fn ask_checksum(told: Told, what: &str, checked: &CheckedState) -> Checked {
    let (kept, state) = (checked.checksum(), checked.state());
    let expected = checksum(state);
    ask(
        kept == expected && checked.verify() && kept.to_string() == model::checksum(state),
        told,
        format_args!("{what}: the checksum of {state} is {expected}, but is kept as {kept}"),
    )
}

/// A document of the usual size, or with an array so long that the sums of its elements are kept.
fn document(u: &mut Unstructured) -> arbitrary::Result<Value> {
    let base = generate::base(u)?;
    if u.arbitrary()? {
        return Ok(base);
    }
    let row = |index: usize| match index % 3 {
        0 => json!(index),
        1 => json!({"n": index, "in": [index, [index]]}),
        _ => json!([index, {"n": index}]),
    };
    let mut rows: Vec<Value> = (0..u.int_in_range(14..=22)?).map(row).collect();
    rows.insert(u.int_in_range(0..=rows.len())?, base);
    Ok(match u.int_in_range(0..=2)? {
        0 => Value::Array(rows),
        1 => json!({"a": {"rows": rows}, "b": [1]}),
        _ => json!({"a": [0, rows], "b": [1]}),
    })
}

/// C4, L7: the checksum that is kept is that of the document, whatever is applied and whatever is refused.
pub(super) fn state_follows(u: &mut Unstructured) -> Checked {
    let base = document(u)?;
    let mut checked = CheckedState::new(base.clone());
    let mut applied = Vec::new();
    for _ in 0..u.int_in_range(1..=6)? {
        let before = checked.clone();
        let deltas = if u.ratio(1, 4)? {
            generate::loose_deltas(u, before.state())?
        } else {
            generate::deltas(u, before.state())?
        };
        applied.push(wire(&deltas));
        let told = || json!({"base": base, "applied": applied});
        let set = to_library(&deltas);
        let expected = apply(before.state(), &set);
        let mut undo = set.clone();
        let got = if u.arbitrary()? {
            checked.apply_and_invert(&mut undo)
        } else {
            checked.apply(&set)
        };
        match (&expected, got) {
            (Ok(expected), Ok(())) => ask_equal(&told, "state", expected, checked.state())?,
            (Err(_), Err(_)) => {
                let is_same = text(checked.state()) == text(before.state())
                    && checked.checksum() == before.checksum();
                ask(is_same, &told, "a refused set changed something")?;
            }
            (expected, got) => ask(
                false,
                &told,
                format_args!("one is refused and the other is not: {expected:?}, {got:?}"),
            )?,
        }
        ask_checksum(&told, "after applying", &checked)?;
    }
    Ok(())
}

/// C4: the checksum that is kept is that of the document, however an array grows and shrinks, one element at a time.
pub(super) fn elements_follow(u: &mut Unstructured) -> Checked {
    let rows: Vec<_> = (0..u.int_in_range(17..=20)?).collect();
    let (base, array) = match u.arbitrary()? {
        true => (json!(rows), ""),
        false => (json!({"a": rows}), "/a"),
    };
    let mut checked = CheckedState::new(base.clone());
    let mut applied: Vec<Value> = Vec::new();
    for phase in 0..u.int_in_range(2..=6)? {
        // From the first shift on, the sums of the elements behind it are kept.
        let is_growing: bool = u.arbitrary()?;
        let is_at_end = phase > 0 && u.ratio(2, 3)?;
        for number in 0..u.int_in_range(1..=if is_at_end { 20 } else { 2 })? {
            let length = checked.state().pointer(array).and_then(Value::as_array);
            let length = length.expect("an array").len();
            let last = length.saturating_sub(usize::from(!is_growing));
            let index = if is_at_end {
                last
            } else {
                u.int_in_range(0..=last.min(3))?
            };
            let path = format!("{array}/{index}");
            let mut deltas = vec![if is_growing || length == 0 {
                json!({"op": "add", "path": path, "value": number})
            } else {
                json!({"op": "remove", "path": path})
            }];
            if u.ratio(1, 8)? {
                deltas.push(json!({"op": "remove", "path": "/zz"}));
            }
            applied.push(Value::Array(deltas));
            let told = || json!({"base": base, "applied": applied});
            let set = DeltaSet::from_json(applied[applied.len() - 1].clone());
            let mut set = set.expect("a set");
            let before = checked.clone();
            let done = if u.arbitrary()? {
                checked.apply_and_invert(&mut set)
            } else {
                checked.apply(&set)
            };
            let is_same = text(checked.state()) == text(before.state());
            ask(
                done.is_ok() || is_same,
                &told,
                "a refused set changed something",
            )?;
            ask_checksum(&told, "after one more", &checked)?;
        }
    }
    Ok(())
}

/// C4, L2, L7: the checksum that is kept is that of what actions merge to.
pub(super) fn merge_follows(case: &Case) -> Checked {
    follows(case)?;
    case.other_forms().try_for_each(|case| follows(&case))
}

fn follows(case: &Case) -> Checked {
    let told = || told_case(case);
    let actions: Vec<_> = case.actions.iter().map(action).collect();
    let options = options(&case.rules);
    let mut checked = CheckedState::new(case.base.clone());
    let resolution = good(&told, "merge", checked.merge(&actions, &options))?;
    let merged = good(&told, "merge", merge_with(&case.base, &actions, &options))?;
    ask_equal(&told, "state", &merged.state, checked.state())?;
    ask(
        resolution.into_parts() == (merged.deltas, merged.decisions),
        &told,
        "another resolution",
    )?;
    ask_checksum(&told, "after merging", &checked)?;
    let mut checked = CheckedState::new(case.base.clone());
    let undo = checked.merge_and_invert(&mut actions.clone(), &options);
    let mut undo = good(&told, "merge and invert", undo)?;
    ask_equal(&told, "state", &merged.state, checked.state())?;
    ask_checksum(&told, "after merging", &checked)?;
    good(
        &told,
        "the undo",
        checked.apply_and_invert(&mut undo.deltas),
    )?;
    ask_checksum(&told, "undone", &checked)
}
