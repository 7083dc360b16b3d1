//! Documents, paths, numbers, rules: what is read, and what is written.

use super::super::generate::{self, Case};
use super::super::model::merge::{self as model_merge, Action as ModelAction};
use super::super::model::{self, Delta as ModelDelta};
use super::{Checked, action, ask, ask_equal, broken, good, options, text, told_case, written};
use arbitrary::Unstructured;
use deltamerge::{
    Action, Join, Merged, Path, Resolution, Rules, checksum, equal, merge_in_place, merge_with,
    parse, parse_within,
};
use serde_json::{Value, json};

/// N2, N3.
pub(super) fn equality(u: &mut Unstructured) -> Checked {
    let (one, other) = generate::two_documents(u)?;
    let third = generate::rewritten(u, &other)?;
    let told = || json!({"one": one, "other": other, "third": third});
    ask(
        equal(&one, &one),
        &told,
        "a document is not equal to itself",
    )?;
    ask(
        equal(&one, &other) == model::equal(&one, &other),
        &told,
        "equality is not the model's",
    )?;
    ask(
        equal(&one, &other) == equal(&other, &one),
        &told,
        "equality is not symmetric",
    )?;
    ask(
        equal(&other, &third),
        &told,
        "another way to write a document is not equal to it",
    )?;
    ask(
        equal(&one, &other) == equal(&one, &third),
        &told,
        "equality is not transitive",
    )
}

/// P1, P4.
pub(super) fn paths(u: &mut Unstructured) -> Checked {
    let pieces = [
        "/",
        "~",
        "0",
        "1",
        "a",
        "-",
        "~0",
        "~1",
        "/a",
        "/10",
        "/9",
        "/01",
        "/é",
        "/\u{ffff}",
        "/\u{10000}",
        "/0",
        "x",
    ];
    let mut texts = vec![];
    for _ in 0..2 {
        let mut path = String::new();
        for _ in 0..u.int_in_range(0..=5)? {
            path.push_str(u.choose(&pieces)?);
        }
        texts.push(path);
    }
    ask_order_of_paths(&texts)?;
    // Two that share their start, so that what decides stands somewhere inside, between numbers too.
    let mut alike = [texts[0].clone(), texts[0].clone()];
    for path in &mut alike {
        for _ in 0..u.int_in_range(1..=2)? {
            path.push_str(u.choose(&["1", "9", "10", "a", "/", "~1"])?);
        }
    }
    ask_order_of_paths(&alike)
}

fn ask_order_of_paths(texts: &[String]) -> Checked {
    let told = || json!(texts);
    let mut parsed = vec![];
    for text in texts {
        match (Path::parse(text), model::parse_path(text)) {
            (Ok(path), Some(tokens)) => {
                ask(
                    path.as_str() == text && path.to_string() == *text,
                    &told,
                    "a path is not written as it was read",
                )?;
                ask(
                    model::path_text(&tokens) == *text,
                    &told,
                    "the model writes another path",
                )?;
                parsed.push((path, tokens));
            }
            (Err(error), None) => ask(
                error.code() == "bad-path",
                &told,
                format_args!("code {}", error.code()),
            )?,
            (Ok(_), None) => return Err(broken(&told, format!("{text:?} is no pointer"))),
            (Err(error), Some(_)) => {
                return Err(broken(&told, format!("{text:?} is a pointer: {error}")));
            }
        }
    }
    if let [(one, one_tokens), (other, other_tokens)] = parsed.as_slice() {
        let expected = model::path_order(one_tokens, other_tokens);
        ask(
            one.cmp(other) == expected,
            &told,
            format_args!("document order is {expected:?}"),
        )?;
        ask(
            (one == other) == (one_tokens == other_tokens),
            &told,
            "two paths are one",
        )?;
    }
    Ok(())
}

/// N4, E1 to E3: a text is read as the document that it is, or refused.
pub(super) fn reading(u: &mut Unstructured) -> Checked {
    let document = generate::base(u)?;
    let bound = u.int_in_range(0..=6)?;
    let wants_twice: bool = u.arbitrary()?;
    let mut left = wants_twice;
    let whole = generate::text(u, &document, &mut left)?;
    let twice = wants_twice && !left;
    let told = || json!({"text": whole, "bound": bound});
    match parse(&whole) {
        Ok(read) => {
            ask(!twice, &told, "a member is there twice")?;
            ask_equal(&told, "document", &document, &read)?;
        }
        Err(error) => {
            ask(twice, &told, format_args!("is refused: {error}"))?;
            ask(
                error.code() == "duplicate-member",
                &told,
                format_args!("{}: {error}", error.code()),
            )?;
        }
    }
    if !twice {
        let bounded = parse_within(&whole, bound);
        ask(
            bounded.is_ok() == (model::depth(&document) <= bound),
            &told,
            "the bound",
        )?;
        ask(
            bounded.is_ok() || bounded.is_err_and(|error| error.code() == "too-deep"),
            &told,
            "another code than too-deep",
        )?;
        if document.is_object() || document.is_array() {
            let whole = whole.trim();
            let mut end = u.choose_index(whole.len())?;
            while !whole.is_char_boundary(end) {
                end -= 1;
            }
            let cut = parse(&whole[..end]);
            ask(
                cut.is_err_and(|error| error.code() == "bad-json"),
                &told,
                format_args!("its first {end} bytes"),
            )?;
        }
    }
    Ok(())
}

/// What is written can be read, and is the same then.
pub(super) fn wire(u: &mut Unstructured) -> Checked {
    let case = Case::arbitrary(u)?;
    let told = || told_case(&case);
    let mut join = Join::new();
    ask(join.is_empty(), &told, "a new join is not empty")?;
    for model_action in &case.actions {
        let action = action(model_action);
        ask_equal(
            &told,
            "an action as written",
            &model_action.wire(),
            &written(&action),
        )?;
        let back: Action = good(
            &told,
            "an action as written",
            serde_json::from_str(&text(&action)),
        )?;
        ask(
            back.stamp == action.stamp,
            &told,
            "a stamp is not read as written",
        )?;
        ask(
            back.deltas == action.deltas,
            &told,
            "a set is not read as written",
        )?;
        let read = ModelAction::parse(&written(&action)).map_err(|code| broken(&told, code))?;
        ask(
            read == *model_action,
            &told,
            "the model reads another action",
        )?;
        good(&told, "an action", join.add(&case.base, &action))?;
    }
    let back: Join = good(
        &told,
        "a join as written",
        serde_json::from_str(&text(&join)),
    )?;
    ask(
        text(&back) == text(&join),
        &told,
        "a join is not read as written",
    )?;
    let mut stamps: Vec<&model_merge::Stamp> =
        case.actions.iter().map(|action| &action.stamp).collect();
    stamps.sort();
    stamps.dedup();
    let listed: Value = written(&join)["actions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|action| action["stamp"].clone())
        .collect();
    ask_equal(&told, "the stamps of a join", &json!(stamps), &listed)?;
    ask(
        join.len() == stamps.len() && join.is_empty() == stamps.is_empty(),
        &told,
        format_args!("a join of {} actions has {}", stamps.len(), join.len()),
    )?;
    merge_as_written(&case)?;
    let rules = options(&case.rules).rules;
    ask_equal(
        &told,
        "rules as written",
        &case.rules.wire(),
        &written(&rules),
    )?;
    Ok(())
}

/// What a merge gives can be read, and is the same then; and what others give is equal exactly when all of it is.
fn merge_as_written(case: &Case) -> Checked {
    let told = || told_case(case);
    let options = options(&case.rules);
    let actions: Vec<_> = case.actions.iter().map(action).collect();
    let merged = good(&told, "merge", merge_with(&case.base, &actions, &options))?;
    let back: Result<Merged, _> = serde_json::from_str(&text(&merged));
    ask(
        good(&told, "a merge as written", back)? == merged,
        &told,
        "what a merge gives is not read as written",
    )?;
    let conflicts = merged.decisions.iter().filter(|decision| decision.conflict);
    ask(
        merged.conflicts().eq(conflicts),
        &told,
        "other conflicts than its decisions have",
    )?;
    let mut resolutions = vec![];
    for chosen in [&actions[..], &actions[..1], &actions[1..]] {
        let mut document = case.base.clone();
        let resolution = merge_in_place(&mut document, chosen, &options);
        let resolution = good(&told, "merge", resolution)?;
        let back = Resolution::from_json(written(&resolution));
        ask(
            good(&told, "a resolution as written", back)? == resolution,
            &told,
            "a resolution is not read as written",
        )?;
        let conflicts = resolution.decisions.iter();
        let conflicts = conflicts.filter(|decision| decision.conflict);
        ask(
            resolution.conflicts().eq(conflicts),
            &told,
            "other conflicts than its decisions have",
        )?;
        resolutions.push(resolution);
    }
    for one in &resolutions {
        for other in &resolutions {
            let are_same = one.clone().into_parts() == other.clone().into_parts();
            ask(
                (one == other) == are_same,
                &told,
                format_args!("{one:?} and {other:?}"),
            )?;
        }
    }
    Ok(())
}

/// D1 to D4, S1, S2: what is not of the form is not read.
pub(super) fn wire_refusals(u: &mut Unstructured) -> Checked {
    let mut delta = json!({});
    let pool: [(&str, &[Value]); 4] = [
        (
            "op",
            &[
                json!("add"),
                json!("change"),
                json!("remove"),
                json!("replace"),
                json!("Add"),
                json!(1),
                json!(null),
            ],
        ),
        (
            "path",
            &[
                json!(""),
                json!("/a"),
                json!("/a~1b"),
                json!("a"),
                json!("/~"),
                json!("/~2"),
                json!(["a"]),
                json!(null),
            ],
        ),
        ("value", &[json!(null), json!(1), json!({"op": "add"})]),
        ("from", &[json!("/a")]),
    ];
    for (field, values) in pool {
        let often = if field == "from" { 1 } else { 13 };
        if u.int_in_range(0..=15)? >= 16 - often {
            delta[field] = u.choose(values)?.clone();
        }
    }
    let mut whole = json!({"stamp": [1, "ann"], "deltas": [delta]});
    match u.int_in_range(0..=15)? {
        0 => whole["stamp"] = json!([1]),
        1 => whole["stamp"] = json!([1, "ann", 2]),
        2 => whole["stamp"] = json!([-1, "ann"]),
        3 => whole["stamp"] = json!([1.5, "ann"]),
        4 => whole["stamp"] = json!(["1", "ann"]),
        5 => whole["stamp"] = json!([u64::MAX, ""]),
        6 => whole["more"] = json!(1),
        7 => whole["deltas"] = json!(null),
        8 => whole["stamp"] = json!({"counter": 1, "actor": "ann"}),
        9 => drop(
            whole
                .as_object_mut()
                .and_then(|fields| fields.remove("deltas")),
        ),
        _ => {}
    }
    let told = || whole.clone();
    let expected = ModelAction::parse(&whole);
    let read: Result<Action, _> = serde_json::from_str(&whole.to_string());
    ask(
        read.is_ok() == expected.is_ok(),
        &told,
        format_args!("as an action: {:?}, but {expected:?}", read.err()),
    )?;
    match (Action::from_json(whole.clone()), &expected) {
        (Ok(action), Ok(_)) => ask_equal(&told, "as written", &whole, &written(&action)),
        (Err(error), Err(_)) => {
            let mut around = whole.clone();
            if whole["deltas"].is_array() {
                around["deltas"] = json!([]);
            }
            let path = delta.get("path").and_then(Value::as_str);
            let causes = [
                ModelAction::parse(&around).err(),
                ModelDelta::parse(&delta).err(),
                path.filter(|path| model::parse_path(path).is_none())
                    .map(|_| "bad-path"),
            ];
            ask(
                causes.contains(&Some(error.code())),
                &told,
                format_args!("{}, but {causes:?}", error.code()),
            )
        }
        (Ok(_), Err(code)) => Err(broken(&told, format!("is read, but should be {code}"))),
        (Err(error), Ok(_)) => Err(broken(&told, format!("is not read: {error}"))),
    }
}

/// L7, C1 to C3.
pub(super) fn checksum_is_equality(u: &mut Unstructured) -> Checked {
    let (one, other) = generate::two_documents(u)?;
    let told = || json!({"one": one, "other": other});
    let (sum, other_sum) = (checksum(&one), checksum(&other));
    let expected = model::checksum(&one);
    ask(
        sum.to_string() == expected,
        &told,
        format_args!("the checksum of one is {sum}, but should be {expected}"),
    )?;
    ask(
        (sum == other_sum) == model::equal(&one, &other),
        &told,
        format_args!("checksums {sum} and {other_sum}"),
    )
}

/// U1 to U3.
pub(super) fn rules(u: &mut Unstructured) -> Checked {
    let rules = generate::loose_rules(u)?;
    let wire = rules.wire();
    let told = || wire.clone();
    match Rules::from_json(wire.clone()) {
        Ok(got) => {
            ask(
                rules.is_coherent(),
                &told,
                format_args!("rules that go in a circle are read: {:?}", rules.circle()),
            )?;
            ask_equal(&told, "rules as written", &wire, &written(&got))?;
            ask(
                got.hash().to_string() == model::checksum(&wire),
                &told,
                "the hash is not that of the written form",
            )
        }
        Err(error) => {
            ask(
                !rules.is_coherent(),
                &told,
                format_args!("good rules are refused: {error}"),
            )?;
            ask(
                error.code() == "bad-rules",
                &told,
                format_args!("{}: {error}", error.code()),
            )
        }
    }
}
