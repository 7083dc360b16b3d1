//! The verbs of many histories: merge, join, rebase.

use super::super::generate::{Case, shuffle};
use super::super::model;
use super::super::model::merge::{self as model_merge, Rules as ModelRules, Verdict};
use super::{
    Checked, RULES_SEEN, Told, action, array_diff, ask, ask_canonical, ask_equal, ask_order_kept,
    ask_same_merge, broken, good, merged, options, text, told_case, written,
};
use arbitrary::Unstructured;
use deltamerge::{
    Action, Join, Merged, Op, Undo, apply, checksum, invert, merge, merge_and_invert,
    merge_in_place, rebase, rebase_with,
};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// L2.
pub(super) fn merge_is_a_function_of_the_set(u: &mut Unstructured) -> Checked {
    let case = Case::arbitrary(u)?;
    let told = || told_case(&case);
    let mut actions: Vec<Action> = case.actions.iter().map(action).collect();
    let one = merged(&told, &case, &actions)?;
    for _ in 0..u.int_in_range(0..=2)? {
        actions.push(u.choose(&actions)?.clone());
    }
    shuffle(u, &mut actions)?;
    let told_too = || json!({"case": told_case(&case), "again": written(&actions)});
    let other = merged(&told_too, &case, &actions)?;
    ask_same_merge(&told_too, "another order", &one, &other)?;
    ask(
        checksum(&one.state) == checksum(&other.state),
        &told_too,
        "another checksum",
    )?;
    // One action may be written in two ways, and either may be the one that is kept. Otherwise the very bytes are the same.
    let rewritten = case.actions.iter().any(|one| {
        case.actions
            .iter()
            .any(|other| one.stamp == other.stamp && text(&one.wire()) != text(&other.wire()))
    });
    if !rewritten {
        let same = text(&one.state) == text(&other.state)
            && text(&one.deltas) == text(&other.deltas)
            && text(&one.decisions) == text(&other.decisions);
        ask(
            same,
            &told_too,
            "another order gives equal documents in other bytes",
        )?;
    }
    Ok(())
}

/// L2, J2, J3.
pub(super) fn grouping_into_joins(u: &mut Unstructured) -> Checked {
    let case = Case::arbitrary(u)?;
    let actions: Vec<Action> = case.actions.iter().map(action).collect();
    let mut steps = vec![];
    let mut joins = vec![];
    for _ in 0..u.int_in_range(1..=4)? {
        joins.push(Join::new());
    }
    let mut adds: Vec<usize> = (0..actions.len()).collect();
    for _ in 0..u.int_in_range(0..=2)? {
        adds.push(u.choose_index(actions.len())?);
    }
    shuffle(u, &mut adds)?;
    for which in adds {
        let join = u.choose_index(joins.len())?;
        steps.push(format!("add action {which} to join {join}"));
        let told = || json!({"case": told_case(&case), "steps": steps});
        good(
            &told,
            "an action",
            joins[join].add(&case.base, &actions[which]),
        )?;
    }
    while joins.len() > 1 {
        let from = joins.swap_remove(u.choose_index(joins.len())?);
        let into = u.choose_index(joins.len())?;
        let mut order = u.int_in_range(0..=2)?;
        steps.push(format!(
            "union of {} into {}, way {order}",
            text(&from),
            text(&joins[into])
        ));
        let told = || json!({"case": told_case(&case), "steps": steps});
        let mut left = joins[into].clone();
        good(&told, "union", left.union(&from))?;
        let mut right = from.clone();
        good(&told, "union", right.union(&joins[into]))?;
        ask_equal(
            &told,
            "union the other way round",
            &written(&left),
            &written(&right),
        )?;
        let mut twice = left.clone();
        good(&told, "union", twice.union(&left))?;
        good(&told, "union", twice.union(&from))?;
        ask(
            text(&twice) == text(&left),
            &told,
            "a union repeated is another",
        )?;
        if order == 2 {
            left = good(
                &told,
                "a join as written",
                serde_json::from_str(&text(&left)),
            )?;
            order = 0;
        }
        joins[into] = if order == 0 { left } else { right };
    }
    let told = || json!({"case": told_case(&case), "steps": steps});
    let whole = merged(&told, &case, &actions)?;
    let resolution = good(
        &told,
        "resolve",
        joins[0].resolve(&case.base, &options(&case.rules)),
    )?;
    ask_equal(
        &told,
        "deltas",
        &written(&whole.deltas),
        &written(&resolution.clone().into_deltas()),
    )?;
    ask_equal(
        &told,
        "decisions",
        &written(&whole.decisions),
        &written(&resolution.decisions),
    )
}

/// L3.
pub(super) fn merge_of_one_is_application(case: &Case) -> Checked {
    let told = || told_case(case);
    let first = action(&case.actions[0]);
    let applied = good(&told, "the first action", apply(&case.base, &first.deltas))?;
    let once = merged(&told, case, std::slice::from_ref(&first))?;
    ask_equal(&told, "the first action alone", &applied, &once.state)?;
    let canonical = good(
        &told,
        "the first action",
        first.deltas.normalize(&case.base),
    )?;
    ask(
        text(&canonical) == text(&once.deltas),
        &told,
        "the deltas of one action are not its own",
    )?;
    ask(once.decisions.is_empty(), &told, "an action meets itself")?;
    let twice = merged(&told, case, &[first.clone(), first])?;
    ask_same_merge(&told, "the first action twice", &once, &twice)?;
    let none = merged(&told, case, &[])?;
    ask(
        text(&none.state) == text(&case.base),
        &told,
        "no action changes something",
    )?;
    ask(
        none.deltas.is_empty() && none.decisions.is_empty(),
        &told,
        "no action says something",
    )?;
    let plain = good(
        &told,
        "merge",
        merge(
            &case.base,
            case.actions.iter().map(action).collect::<Vec<_>>().iter(),
        ),
    )?;
    let movex = Case {
        rules: ModelRules::movex(),
        ..case.clone()
    };
    let named = merged(
        &told,
        &movex,
        &case.actions.iter().map(action).collect::<Vec<_>>(),
    )?;
    ask_same_merge(&told, "the rules if none are named", &named, &plain)
}

/// L4.
pub(super) fn rebase_meets_merge(case: &Case) -> Checked {
    let told = || told_case(case);
    let [one, other] = [0, case.actions.len() - 1].map(|which| action(&case.actions[which]));
    let options = options(&case.rules);
    let whole = merged(&told, case, &[one.clone(), other.clone()])?;
    for (first, then) in [(&one, &other), (&other, &one)] {
        let over = good(&told, "an action", apply(&case.base, &first.deltas))?;
        let rest = good(
            &told,
            "rebase",
            rebase_with(&case.base, then, first, &options),
        )?;
        let what = format!(
            "{} rebased over {}: {}",
            written(&then.stamp),
            written(&first.stamp),
            text(&rest)
        );
        ask_canonical(&told, &what, &over, &rest)?;
        let got = good(&told, &what, apply(&over, &rest))?;
        ask_equal(&told, &what, &whole.state, &got)?;
        if case.rules == ModelRules::movex() {
            let plain = good(&told, "rebase", rebase(&case.base, then, first))?;
            ask(
                text(&plain) == text(&rest),
                &told,
                "the rules if none are named",
            )?;
        }
    }
    Ok(())
}

/// L8, and what a single decision says of itself.
pub(super) fn merged_deltas_and_decisions(case: &Case) -> Checked {
    let told = || told_case(case);
    let actions: Vec<Action> = case.actions.iter().map(action).collect();
    let merged = merged(&told, case, &actions)?;
    ask_canonical(&told, "the merged set", &case.base, &merged.deltas)?;
    let got = good(&told, "the merged set", apply(&case.base, &merged.deltas))?;
    ask_equal(
        &told,
        &format!("base + {}", text(&merged.deltas)),
        &merged.state,
        &got,
    )?;
    for decision in &merged.decisions {
        let what = text(decision);
        let path = model::parse_path(decision.path.as_str()).expect("the library writes pointers");
        let parties = [&decision.winner, &decision.loser];
        let kinds = parties.map(|party| match party.delta.op {
            Op::Add(_) => model_merge::Kind::Add,
            Op::Change(_) => model_merge::Kind::Change,
            Op::Remove => model_merge::Kind::Remove,
        });
        ask(
            parties[0].stamp != parties[1].stamp,
            &told,
            format_args!("an action meets itself: {what}"),
        )?;
        for party in parties {
            let at =
                model::parse_path(party.delta.path.as_str()).expect("the library writes pointers");
            ask(
                at.starts_with(&path),
                &told,
                format_args!("a delta meets elsewhere: {what}"),
            )?;
        }
        let objects = parties
            .iter()
            .all(|party| matches!(&party.delta.op, Op::Add(Value::Object(_))));
        let is_gap = parties.iter().all(|party| {
            matches!(&party.delta.op, Op::Add(_)) && party.delta.path == decision.path
        }) && path.split_last().is_some_and(|(_, above)| {
            model::value_at(&case.base, above).is_some_and(Value::is_array)
        });
        let data = match model::value_at(&case.base, &path) {
            _ if is_gap => model_merge::Data::Array,
            None if objects => model_merge::Data::Object,
            Some(Value::Object(_)) => model_merge::Data::Object,
            Some(Value::Array(_)) => model_merge::Data::Array,
            _ => model_merge::Data::Primitive,
        };
        let winner_first = decision.winner.stamp < decision.loser.stamp;
        let (first, second) = if winner_first {
            (kinds[0], kinds[1])
        } else {
            (kinds[1], kinds[0])
        };
        let rule = model_merge::rule(first, second, data);
        ask(
            decision.rule.to_string() == format!("R{rule}"),
            &told,
            format_args!("the rule is R{rule}: {what}"),
        )?;
        if let Some(seen) = RULES_SEEN.get(rule) {
            seen.fetch_add(1, Ordering::Relaxed);
        }
        let verdict = case.rules.verdict(rule);
        let agrees = !decision.conflict
            || match verdict {
                Verdict::First => winner_first,
                Verdict::Second => !winner_first,
                Verdict::Both => false,
            };
        ask(
            agrees,
            &told,
            format_args!("the cell says {verdict:?}: {what}"),
        )?;
    }
    Ok(())
}

/// L2, J2: three actions in every order and in every grouping.
pub(super) fn every_order_and_grouping(case: &Case) -> Checked {
    let told = || told_case(case);
    let actions: Vec<Action> = case.actions.iter().map(action).collect();
    let one = merged(&told, case, &actions)?;
    let reversed: Vec<_> = actions.iter().rev().cloned().collect();
    let turned: Vec<_> = actions
        .iter()
        .skip(1)
        .chain(&actions[..1])
        .chain(&actions)
        .cloned()
        .collect();
    for order in [reversed, turned] {
        let other = merged(&told, case, &order)?;
        ask_same_merge(&told, "another order", &one, &other)?;
    }
    for alone in 0..actions.len() {
        let (mut left, mut right) = (Join::new(), Join::new());
        for (which, action) in actions.iter().enumerate() {
            let join = if which == alone {
                &mut left
            } else {
                &mut right
            };
            good(&told, "an action", join.add(&case.base, action))?;
        }
        good(&told, "a union", left.union(&right))?;
        let resolved = good(
            &told,
            "a join",
            left.resolve(&case.base, &options(&case.rules)),
        )?;
        let same = resolved.into_parts() == (one.deltas.clone(), one.decisions.clone());
        ask(same, &told, "another grouping gives something else")?;
    }
    Ok(())
}

/// V1 to V6, K1 to K4, Y6.
pub(super) fn merge_agrees_with_the_model(case: &Case) -> Checked {
    agrees_with_the_model(case)?;
    case.other_forms()
        .try_for_each(|case| agrees_with_the_model(&case))
}

/// Y6: actions that are used up come to the same, and what undoes that is the inverse of the merged set.
fn ask_undone(told: Told, case: &Case, actions: &[Action], expected: Merged) -> Checked {
    let (mut document, mut given) = (case.base.clone(), actions.to_vec());
    let undo = merge_and_invert(&mut document, &mut given, &options(&case.rules));
    let Undo { deltas, decisions } = good(told, "merge and invert", undo)?;
    let inverse = good(told, "invert", invert(&case.base, &expected.deltas))?;
    ask(
        deltas == inverse && given.is_empty(),
        told,
        format_args!(
            "the undo is {}, not {}; left are {given:?}",
            text(&deltas),
            text(&inverse)
        ),
    )?;
    let inverted = Merged {
        state: document,
        deltas: expected.deltas.clone(),
        decisions,
    };
    ask_same_merge(told, "inverted", &expected, &inverted)
}

fn agrees_with_the_model(case: &Case) -> Checked {
    let told = || told_case(case);
    let actions: Vec<Action> = case.actions.iter().map(action).collect();
    let got = merged(&told, case, &actions)?;
    let expected = model_merge::merge(&case.base, &case.actions, &case.rules, &array_diff)
        .map_err(|faults| broken(&told, format!("the model refuses: {faults:?}")))?;
    let decisions: Value = expected
        .decisions
        .iter()
        .map(model_merge::Decision::wire)
        .collect();
    ask_equal(&told, "decisions", &decisions, &written(&got.decisions))?;
    ask_equal(
        &told,
        "deltas",
        &model::wire(&expected.deltas),
        &written(&got.deltas),
    )?;
    ask_equal(&told, "state", &expected.state, &got.state)?;
    ask_order_kept(&told, &case.base, &got.state)?;
    let mut document = case.base.clone();
    let in_place = good(
        &told,
        "merge in place",
        merge_in_place(&mut document, &actions, &options(&case.rules)),
    )?;
    let (deltas, decisions) = in_place.into_parts();
    let in_place = Merged {
        state: document,
        deltas,
        decisions,
    };
    ask_same_merge(&told, "in place", &got, &in_place)?;
    ask_undone(&told, case, &actions, got.clone())?;
    ask(
        checksum(&got.state).to_string() == model::checksum(&expected.state),
        &told,
        "checksum",
    )
}
