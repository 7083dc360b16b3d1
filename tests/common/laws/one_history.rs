//! The verbs of one history: diff, apply, compose, invert.

use super::super::generate;
use super::super::model::{self, Delta as ModelDelta, Op as ModelOp};
use super::{
    Checked, array_diff, ask, ask_canonical, ask_equal, ask_order_kept, ask_same_fate, good, text,
    to_library, to_model, written,
};
use arbitrary::Unstructured;
use deltamerge::{Adjustment, DeltaSet, apply, compose, diff, invert};
use serde_json::{Value, json};

/// L1.
pub(super) fn diff_leads_there(u: &mut Unstructured) -> Checked {
    let (before, after) = generate::two_documents(u)?;
    let told = || json!({"before": before, "after": after});
    let set = good(&told, "diff", diff(&before, &after))?;
    ask_canonical(&told, "the difference", &before, &set)?;
    let there = good(&told, "the difference", apply(&before, &set))?;
    ask_equal(&told, &format!("before + {}", text(&set)), &after, &there)?;
    if !before.is_array() {
        let expected = model::in_order(
            &before,
            model::difference(&before, &after, &[], &array_diff),
        );
        ask(
            set == to_library(&expected),
            &told,
            format_args!("{} is not {}", text(&set), model::wire(&expected)),
        )?;
    }
    Ok(())
}

/// A3, A4.
pub(super) fn alignment(u: &mut Unstructured) -> Checked {
    let (before, after) = generate::two_arrays(u)?;
    let told = || json!({"before": before, "after": after});
    let set = good(&told, "diff", diff(&before, &after))?;
    let what = text(&set);
    ask_canonical(&told, "the difference", &before, &set)?;
    let there = good(&told, "the difference", apply(&before, &set))?;
    ask_equal(&told, &format!("before + {what}"), &after, &there)?;
    let (Value::Array(before), Value::Array(after)) = (&before, &after) else {
        return Ok(());
    };
    let set = to_model(&set);
    let (mut kept, mut added, mut removed, mut paired) = (0, 0, 0, 0);
    for index in 0..=before.len() {
        let here = [index.to_string()];
        let (gap, element): (Vec<&ModelDelta>, Vec<&ModelDelta>) = set
            .iter()
            .filter(|delta| delta.path.starts_with(&here))
            .partition(|delta| delta.path == here && matches!(delta.op, ModelOp::Add(_)));
        added += gap.len();
        if element.is_empty() {
            // The end of a stretch: where elements of both sides stood in it, some are paired.
            let fine = added == 0 || removed == 0 || paired > 0;
            ask(
                fine,
                &told,
                format_args!(
                    "{removed} elements are removed, {added} added and none paired before {index}: {what}"
                ),
            )?;
            (kept, added, removed, paired) = (kept + 1, 0, 0, 0);
        } else if element[0].path == here && element[0].op == ModelOp::Remove {
            removed += 1;
        } else {
            paired += 1;
        }
    }
    kept -= 1; // The end of the array is none of its elements.
    if before.len() * after.len() <= 400 {
        let most = longest_common(before, after);
        ask(
            kept == most,
            &told,
            format_args!("{kept} elements are kept, but {most} could be: {what}"),
        )?;
    }
    Ok(())
}

/// How many elements two arrays have in common, in one order.
fn longest_common(one: &[Value], other: &[Value]) -> usize {
    let mut most = vec![vec![0; other.len() + 1]; one.len() + 1];
    for i in 0..one.len() {
        for j in 0..other.len() {
            most[i + 1][j + 1] = if model::equal(&one[i], &other[j]) {
                most[i][j] + 1
            } else {
                most[i][j + 1].max(most[i + 1][j])
            };
        }
    }
    most[one.len()][other.len()]
}

/// L1.
pub(super) fn diff_of_equals_is_empty(u: &mut Unstructured) -> Checked {
    let before = generate::base(u)?;
    let after = generate::rewritten(u, &before)?;
    let told = || json!({"before": before, "after": after});
    let set = good(&told, "diff", diff(&before, &after))?;
    ask(
        set.is_empty(),
        &told,
        format_args!("the difference of equals is {}", text(&set)),
    )
}

/// D7.
pub(super) fn normalize(u: &mut Unstructured) -> Checked {
    let base = generate::base(u)?;
    let deltas = generate::loose_deltas(u, &base)?;
    let told = || json!({"base": base, "deltas": model::wire(&deltas)});
    let expected = model::canonical(&base, &deltas, &array_diff);
    let got = to_library(&deltas).normalize(&base);
    ask_same_fate(&told, "normalize", got.clone(), &expected)?;
    if let Err(error) = &got {
        let given = deltas
            .get(error.index)
            .map(|delta| model::path_text(&delta.path));
        ask(
            given.as_deref() == Some(error.path.as_str()),
            &told,
            format_args!("delta {} is not at fault", error.index),
        )?;
        let is_later = deltas
            .iter()
            .take(error.index)
            .any(|delta| model::path_text(&delta.path) == error.path.as_str());
        let fine = error.code() != "same-slot" || is_later;
        ask(
            fine,
            &told,
            format_args!("delta {} is not the later of two", error.index),
        )?;
    }
    if let (Ok(got), Ok(expected)) = (got, expected) {
        ask_equal(
            &told,
            "canonical set",
            &model::wire(&expected),
            &written(&got),
        )?;
        ask_canonical(&told, "the normalised set", &base, &got)?;
        let again = good(&told, "a canonical set", got.normalize(&base))?;
        ask(
            text(&again) == text(&got),
            &told,
            "normalising again gives another set",
        )?;
        let rewritten = generate::rewritten_deltas(u, &deltas)?;
        let other = good(
            &told,
            "another way to write the set",
            to_library(&rewritten).normalize(&base),
        )?;
        let same = model::equal_deltas(&to_model(&other), &to_model(&got));
        ask(
            same,
            &told,
            format_args!(
                "{} is normalised to {}, not {}",
                model::wire(&rewritten),
                text(&other),
                text(&got)
            ),
        )?;
    }
    Ok(())
}

/// Y1, Y2.
pub(super) fn strict_application(u: &mut Unstructured) -> Checked {
    let base = generate::base(u)?;
    let deltas = generate::loose_deltas(u, &base)?;
    let told = || json!({"base": base, "deltas": model::wire(&deltas)});
    let expected = model::apply(&base, &deltas);
    let set = to_library(&deltas);
    let mut document = base.clone();
    let got = set.apply(&mut document);
    ask_same_fate(&told, "strict application", got, &expected)?;
    match &expected {
        Ok(expected) => {
            ask_equal(&told, "state", expected, &document)?;
            ask_order_kept(&told, &base, &document)?;
        }
        Err(_) => ask(
            text(&document) == text(&base),
            &told,
            format_args!("a refused set made {document}"),
        )?,
    }
    let apart = apply(&base, &set);
    ask_same_fate(&told, "apply", apart.clone(), &expected)?;
    ask(
        apart.is_err() || apart.is_ok_and(|state| text(&state) == text(&document)),
        &told,
        "apply gives another state",
    )
}

/// Y2 to Y4.
pub(super) fn lenient_application(u: &mut Unstructured) -> Checked {
    let document = generate::base(u)?;
    let known = if u.arbitrary()? {
        generate::edited(u, &document)?
    } else {
        document.clone()
    };
    let deltas = generate::loose_deltas(u, &known)?;
    let told = || json!({"document": document, "deltas": model::wire(&deltas)});
    let expected = model::apply_leniently(&document, &deltas);
    let mut state = document.clone();
    let got = to_library(&deltas).apply_leniently(&mut state);
    ask_same_fate(&told, "lenient application", got.clone(), &expected)?;
    match (got, expected) {
        (Ok(report), Ok((expected, adjustments))) => {
            let adjustments: Value = adjustments.iter().map(model::Adjustment::wire).collect();
            ask_equal(&told, "report", &adjustments, &written(&report))?;
            let back: Result<Vec<Adjustment>, _> = serde_json::from_str(&text(&report));
            ask(
                good(&told, "a report as written", back)? == report,
                &told,
                "a report is not read as written",
            )?;
            ask_equal(&told, "state", &expected, &state)?;
            if let Ok(strict) = model::apply(&document, &deltas) {
                ask(report.is_empty(), &told, "a set that fits is adjusted")?;
                ask_equal(&told, "state of a set that fits", &strict, &state)?;
            }
            Ok(())
        }
        _ => ask(
            text(&state) == text(&document),
            &told,
            format_args!("a refused set made {state}"),
        ),
    }
}

/// L5.
pub(super) fn compose_is_one_after_the_other(u: &mut Unstructured) -> Checked {
    let base = generate::base(u)?;
    let first = generate::deltas(u, &base)?;
    let between = model::apply(&base, &first).expect("a set that fits");
    let second = generate::deltas(u, &between)?;
    let after = model::apply(&between, &second).expect("a set that fits");
    let told =
        || json!({"base": base, "first": model::wire(&first), "second": model::wire(&second)});
    let one = good(
        &told,
        "compose",
        compose(&base, &to_library(&first), &to_library(&second)),
    )?;
    ask_canonical(&told, "the composed set", &base, &one)?;
    ask_equal(
        &told,
        &format!("base + {}", text(&one)),
        &after,
        &good(&told, "the composed set", apply(&base, &one))?,
    )
}

/// L5.
pub(super) fn compose_is_associative(u: &mut Unstructured) -> Checked {
    let mut state = generate::base(u)?;
    let mut states = vec![state.clone()];
    let mut sets = vec![];
    for _ in 0..3 {
        let set = generate::deltas(u, &state)?;
        state = model::apply(&state, &set).expect("a set that fits");
        states.push(state.clone());
        sets.push(set);
    }
    let told = || json!({"base": states[0], "sets": sets.iter().map(|set| model::wire(set)).collect::<Vec<_>>()});
    let library: Vec<DeltaSet> = sets.iter().map(|set| to_library(set)).collect();
    let left = good(
        &told,
        "compose",
        compose(&states[0], &library[0], &library[1]),
    )?;
    let left = good(&told, "compose", compose(&states[0], &left, &library[2]))?;
    let right = good(
        &told,
        "compose",
        compose(&states[1], &library[1], &library[2]),
    )?;
    let right = good(&told, "compose", compose(&states[0], &library[0], &right))?;
    for (what, set) in [("(A B) C", left), ("A (B C)", right)] {
        ask_canonical(&told, what, &states[0], &set)?;
        let got = good(&told, what, apply(&states[0], &set))?;
        ask_equal(&told, &format!("{what} = {}", text(&set)), &states[3], &got)?;
    }
    Ok(())
}

/// L6.
pub(super) fn invert_leads_back(u: &mut Unstructured) -> Checked {
    let base = generate::base(u)?;
    let deltas = generate::deltas(u, &base)?;
    let after = model::apply(&base, &deltas).expect("a set that fits");
    let told = || json!({"base": base, "deltas": model::wire(&deltas)});
    let undo = good(&told, "invert", invert(&base, &to_library(&deltas)))?;
    ask_canonical(&told, "the undo", &after, &undo)?;
    let back = good(&told, "the undo", apply(&after, &undo))?;
    ask_equal(&told, &format!("{after} + {}", text(&undo)), &base, &back)
}

/// Y5: what a set becomes when it is applied so is what undoes it, and that becomes the canonical set again. One that does not fit
/// stays as it was.
pub(super) fn apply_and_invert_is_both(u: &mut Unstructured) -> Checked {
    let mut base = generate::base(u)?;
    let mut deltas = if u.ratio(1, 3)? {
        generate::loose_deltas(u, &base)?
    } else {
        generate::deltas(u, &base)?
    };
    let as_it_is = u.ratio(1, 2)?;
    // Bytes that are all used up say yes.
    if !u.ratio(3, 4)? {
        let edits = generate::edits_all_over(&mut base, &deltas);
        deltas.extend(edits.into_iter().flatten());
    }
    let told = || json!({"base": base, "deltas": model::wire(&deltas)});
    let given = match as_it_is {
        true => to_library(&deltas),
        false => match to_library(&deltas).normalize(&base) {
            Ok(canonical) => canonical,
            Err(_) => to_library(&deltas),
        },
    };
    let (mut document, mut set) = (base.clone(), given.clone());
    let got = set.apply_and_invert(&mut document);
    match (invert(&base, &given), got) {
        (Ok(undo), Ok(())) => {
            let after = model::apply(&base, &deltas).expect("a set that fits");
            ask_equal(&told, "the document", &after, &document)?;
            let is_undo = set == undo;
            ask(
                is_undo,
                &told,
                format_args!("it became {}, not {}", text(&set), text(&undo)),
            )?;
            good(&told, "the undo", set.apply_and_invert(&mut document))?;
            ask_equal(&told, "undone", &base, &document)?;
            let canonical = good(&told, "the set", given.normalize(&base))?;
            ask(
                set == canonical,
                &told,
                format_args!("undone, it became {}", text(&set)),
            )
        }
        (Err(expected), Err(error)) => {
            let is_same = text(&document) == text(&base) && set == given && error == expected;
            ask(
                is_same,
                &told,
                format_args!(
                    "refused by {error}, not {expected}: {document}, {}",
                    text(&set)
                ),
            )
        }
        (expected, got) => ask(
            false,
            &told,
            format_args!("one is refused and the other is not: {expected:?}, {got:?}"),
        ),
    }
}
