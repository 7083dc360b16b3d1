//! What is refused, and the door that says so.

use super::super::generate::{self, Case};
use super::super::model::merge::{self as model_merge, Action as ModelAction};
use super::super::model::{self, Delta as ModelDelta, Fault, Op as ModelOp};
use super::told_case;
use super::{
    Checked, Refusal, Told, action, array_diff, ask, ask_equal, ask_same_fate, good, options, text,
    to_library,
};
use arbitrary::Unstructured;
use deltamerge::{
    Action, DeltaSet, Join, Options, apply, batch, checksum, compose, diff, invert,
    merge_and_invert, merge_in_place, merge_with, rebase_with,
};
use serde_json::{Map, Value, json};

/// E7 to E9, E11: every verb refuses what the model refuses.
pub(super) fn refusals(u: &mut Unstructured) -> Checked {
    let mut case = Case::arbitrary(u)?;
    let which = u.choose_index(case.actions.len())?;
    case.actions[which].deltas = generate::loose_deltas(u, &case.base)?;
    if u.arbitrary()? {
        let stamp = case.actions[0].stamp.clone();
        case.actions[which].stamp = stamp;
    }
    let told = || told_case(&case);
    let base = &case.base;
    let actions: Vec<Action> = case.actions.iter().map(action).collect();
    let options = options(&case.rules);
    let model = model_merge::merge(base, &case.actions, &case.rules, &array_diff);
    ask_same_fate(&told, "merge", merge_with(base, &actions, &options), &model)?;
    let mut document = base.clone();
    if let Err(error) = merge_in_place(&mut document, &actions, &options) {
        ask(
            text(&document) == text(base),
            &told,
            format_args!("after {error}, the document is {document}"),
        )?;
    }
    let (mut document, mut given) = (base.clone(), actions.clone());
    let inverted = merge_and_invert(&mut document, &mut given, &options);
    ask_same_fate(&told, "merge and invert", inverted.clone(), &model)?;
    if let Err(error) = inverted {
        ask(
            text(&document) == text(base) && given == actions,
            &told,
            format_args!("after {error}, the document is {document}, the actions {given:?}"),
        )?;
    }

    let changed = &case.actions[which].deltas;
    let set = to_library(changed);
    let one = model::apply(base, changed);
    ask_same_fate(
        &told,
        "compose, first",
        compose(base, &set, &DeltaSet::default()),
        &one,
    )?;
    ask_same_fate(
        &told,
        "compose, second",
        compose(base, &DeltaSet::default(), &set),
        &one,
    )?;
    ask_same_fate(&told, "invert", invert(base, &set), &one)?;

    let pair = [case.actions[0].clone(), case.actions[which].clone()];
    let model = model_merge::merge(base, &pair, &case.rules, &array_diff);
    let [one, other] = [&actions[0], &actions[which]];
    ask_same_fate(
        &told,
        "rebase",
        rebase_with(base, one, other, &options),
        &model,
    )?;
    ask_same_fate(
        &told,
        "rebase over",
        rebase_with(base, other, one, &options),
        &model,
    )
}

/// E11, and that a join that refuses stays as it was.
pub(super) fn joins_refuse(u: &mut Unstructured) -> Checked {
    let mut case = Case::arbitrary(u)?;
    let which = u.choose_index(case.actions.len())?;
    case.actions[which].deltas = generate::loose_deltas(u, &case.base)?;
    case.actions[which].stamp = case.actions[0].stamp.clone();
    let told = || told_case(&case);
    let base = &case.base;
    let actions: Vec<Action> = case.actions.iter().map(action).collect();
    let mut join = Join::new();
    let mut accepted: Vec<ModelAction> = vec![];
    let mut singles = vec![];
    for (library, plain) in actions.iter().zip(&case.actions) {
        let with_it = [accepted.as_slice(), std::slice::from_ref(plain)].concat();
        let expected = model_merge::merge(base, &with_it, &case.rules, &array_diff);
        let before = text(&join);
        let got = join.add(base, library);
        ask_same_fate(&told, "add to a join", got, &expected)?;
        if expected.is_ok() {
            accepted = with_it;
        } else {
            ask(
                text(&join) == before,
                &told,
                "a join that refused an action is another",
            )?;
        }
        let mut single = Join::new();
        if single.add(base, library).is_ok() {
            singles.push((single, plain));
        }
    }
    let mut union = Join::new();
    let mut accepted: Vec<ModelAction> = vec![];
    for (single, plain) in singles {
        let with_it = [accepted.as_slice(), std::slice::from_ref(plain)].concat();
        let expected = model_merge::merge(base, &with_it, &case.rules, &array_diff);
        let before = text(&union);
        let got = union.union(&single);
        ask_same_fate(&told, "union", got, &expected)?;
        if expected.is_ok() {
            accepted = with_it;
        } else {
            ask(
                text(&union) == before,
                &told,
                "a join that refused a union is another",
            )?;
        }
    }

    // A union of many: where one of them is refused, the others are not joined either.
    let (mut one, mut others) = (Join::new(), Join::new());
    let mut joined: Vec<ModelAction> = vec![];
    for (number, (library, plain)) in actions.iter().zip(&case.actions).enumerate() {
        let join = if number == which {
            &mut one
        } else {
            &mut others
        };
        if join.add(base, library).is_ok() {
            joined.push(plain.clone());
        }
    }
    let expected = model_merge::merge(base, &joined, &case.rules, &array_diff);
    let before = text(&one);
    let got = one.union(&others);
    ask_same_fate(&told, "union of many", got, &expected)?;
    ask(
        expected.is_ok() || text(&one) == before,
        &told,
        "a join that refused a union of many is another",
    )
}

/// E3, Y1: what can be applied in place within a bound is what has a canonical form within it; of the rest of the document
/// nothing is asked.
fn applied_in_place(told: Told, base: &Value, deltas: &DeltaSet, bound: usize) -> Checked {
    let mut document = base.clone();
    let got = deltas.apply_within(&mut document, bound);
    let expected = deltas.normalize_within(base, bound);
    ask(
        got == expected.clone().map(|_| ()),
        told,
        format_args!("in place within {bound}: {got:?}, but its canonical form: {expected:?}"),
    )?;
    let after = match expected {
        Ok(canonical) => good(told, "the canonical form", apply(base, &canonical))?,
        Err(_) => base.clone(),
    };
    ask_equal(told, "the document", &after, &document)
}

/// N4, E3.
pub(super) fn depth(u: &mut Unstructured) -> Checked {
    let bound = u.int_in_range(0..=5)?;
    let base = generate::base(u)?;
    let mut actions = vec![];
    for counter in 0..u.int_in_range(1..=2)? {
        actions.push(ModelAction {
            stamp: (counter, "ann".into()),
            deltas: generate::deltas(u, &base)?,
        });
    }
    let told = || json!({"depth": bound, "base": base, "actions": actions.iter().map(ModelAction::wire).collect::<Vec<_>>()});
    let too_deep = |delta: &ModelDelta| match &delta.op {
        ModelOp::Add(value) | ModelOp::Change(value) => {
            delta.path.len() + model::depth(value) > bound
        }
        ModelOp::Remove => false,
    };
    let expected = if model::depth(&base) > bound
        || actions
            .iter()
            .flat_map(|action| &action.deltas)
            .any(too_deep)
    {
        Err(vec![Fault {
            code: "too-deep",
            path: None,
        }])
    } else {
        Ok(())
    };
    let library: Vec<Action> = actions.iter().map(action).collect();
    let options = Options {
        depth: bound,
        ..Options::default()
    };
    ask_same_fate(
        &told,
        "merge",
        merge_with(&base, &library, &options),
        &expected,
    )?;
    for Action { deltas, .. } in &library {
        applied_in_place(&told, &base, deltas, bound)?;
        let canonical = good(&told, "its canonical form", deltas.normalize(&base))?;
        applied_in_place(&told, &base, &canonical, bound)?;
    }
    if let ([one, other], true) = (library.as_slice(), model::depth(&base) <= bound) {
        ask_same_fate(
            &told,
            "rebase",
            rebase_with(&base, one, other, &options),
            &expected,
        )?;
    }
    if !u.ratio(1, 8)? {
        return Ok(());
    }

    // At the bound that holds where none is named.
    let tower = |floors: usize| {
        (0..floors).fold(Value::from(1), |inner, floor| {
            if floor % 3 == 0 {
                Map::from_iter([("a".to_owned(), inner)]).into()
            } else {
                vec![inner].into()
            }
        })
    };
    let floors = u.int_in_range(0..=3)? + model::DEPTH - 2;
    let (low, high) = (
        json!({"a": 0, "b": 0}),
        json!({"a": tower(floors - 1), "b": 0}),
    );
    let told = || json!({"floors": floors});
    let expected = if floors > model::DEPTH {
        Err(vec![Fault {
            code: "too-deep",
            path: None,
        }])
    } else {
        Ok(())
    };
    let change = [ModelDelta {
        path: vec!["a".into()],
        op: ModelOp::Change(tower(floors - 1)),
    }];
    let touch = [ModelDelta {
        path: vec!["b".into()],
        op: ModelOp::Remove,
    }];
    let set = to_library(&change);
    ask_same_fate(&told, "apply of a deep value", apply(&low, &set), &expected)?;
    ask_same_fate(
        &told,
        "a deep value, leniently",
        set.apply_leniently(&mut low.clone()),
        &expected,
    )?;
    ask_same_fate(
        &told,
        "invert of a deep value",
        invert(&low, &set),
        &expected,
    )?;
    ask_same_fate(
        &told,
        "diff to a deep document",
        diff(&low, &high),
        &expected,
    )?;
    ask_same_fate(
        &told,
        "diff from a deep document",
        diff(&high, &low),
        &expected,
    )?;
    ask_same_fate(
        &told,
        "apply to a deep document",
        apply(&high, &to_library(&touch)),
        &expected,
    )
}

/// The JSON Lines door says what the verbs say.
pub(super) fn door(u: &mut Unstructured) -> Checked {
    let mut case = Case::arbitrary(u)?;
    let which = u.choose_index(case.actions.len())?;
    if u.arbitrary()? {
        case.actions[which].deltas = generate::loose_deltas(u, &case.base)?;
    }
    let base = &case.base;
    let (one, other) = (&case.actions[0], &case.actions[which]);
    let (set, other_set) = (to_library(&one.deltas), to_library(&other.deltas));
    let deltas = |set: DeltaSet| json!({"deltas": set});
    let (mut request, expected) = match u.int_in_range(0..=7)? {
        0 => {
            let actions: Vec<Action> = case.actions.iter().map(action).collect();
            let wire: Value = case.actions.iter().map(ModelAction::wire).collect();
            let result = merge_with(base, &actions, &options(&case.rules)).map_err(Refusal::from);
            let result = result.map(|merged| {
                let sum = checksum(&merged.state).to_string();
                json!({"state": merged.state, "deltas": merged.deltas, "decisions": merged.decisions, "checksum": sum})
            });
            (
                json!({"do": "merge", "base": base, "actions": wire, "rules": case.rules.wire()}),
                result,
            )
        }
        1 => {
            let after = generate::edited(u, base)?;
            let result = diff(base, &after).map(deltas).map_err(Refusal::from);
            (
                json!({"do": "diff", "before": base, "after": after}),
                result,
            )
        }
        2 => {
            let result = apply(base, &set).map_err(Refusal::from);
            let result = result
                .map(|state| json!({"checksum": checksum(&state).to_string(), "state": state}));
            (
                json!({"do": "apply", "base": base, "deltas": model::wire(&one.deltas)}),
                result,
            )
        }
        3 => {
            let mut state = base.clone();
            let result = set.apply_leniently(&mut state).map_err(Refusal::from);
            let sum = checksum(&state).to_string();
            let result =
                result.map(|report| json!({"state": state, "checksum": sum, "adjusted": report}));
            (
                json!({"do": "apply", "base": base, "deltas": model::wire(&one.deltas), "lenient": true}),
                result,
            )
        }
        4 => {
            let result = rebase_with(base, &action(one), &action(other), &options(&case.rules));
            let result = result.map(deltas).map_err(Refusal::from);
            let (one, other) = (one.wire(), other.wire());
            (
                json!({"do": "rebase", "base": base, "action": one, "over": other, "rules": case.rules.wire()}),
                result,
            )
        }
        5 => {
            let result = compose(base, &set, &other_set)
                .map(deltas)
                .map_err(Refusal::from);
            let (first, second) = (model::wire(&one.deltas), model::wire(&other.deltas));
            (
                json!({"do": "compose", "base": base, "first": first, "second": second}),
                result,
            )
        }
        6 => {
            let result = invert(base, &set).map(deltas).map_err(Refusal::from);
            (
                json!({"do": "invert", "base": base, "deltas": model::wire(&one.deltas)}),
                result,
            )
        }
        _ => (
            json!({"do": "checksum", "document": base}),
            Ok(json!({"checksum": checksum(base).to_string()})),
        ),
    };
    let told = || request.clone();
    let line = batch::reply(&text(&request));
    ask(!line.contains('\n'), &told, "the reply is more than a line")?;
    let reply: Value = good(&told, "the reply", serde_json::from_str(&line))?;
    match expected {
        Ok(expected) => ask_equal(&told, "reply", &json!({"ok": expected}), &reply)?,
        Err(refusal) => {
            let error = &reply["error"];
            let same = error["code"] == refusal.code
                && error.get("path").and_then(Value::as_str) == refusal.path.as_deref();
            ask(
                same && error["message"].is_string(),
                &told,
                format_args!("{reply}, but the verb says {refusal:?}"),
            )?;
        }
    }
    request["more"] = json!(1);
    let told = || request.clone();
    let reply: Value = good(
        &told,
        "the reply",
        serde_json::from_str(&batch::reply(&text(&request))),
    )?;
    ask(
        reply["error"]["code"] == "bad-request",
        &told,
        format_args!("an unknown field: {reply}"),
    )
}
