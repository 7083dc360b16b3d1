//! Hard input: each gets the result or the error that the specification names; never a panic, never a stack overflow, nothing
//! half applied.

use deltamerge::{
    Action, CheckedState, Delta, DeltaSet, Fault, Join, MAX_DEPTH, Options, Path, apply,
    apply_within, batch, checksum, checksum_at, compose, compose_within, diff, diff_within, equal,
    invert, invert_within, merge, merge_and_invert, merge_in_place, merge_with, parse,
    parse_within, rebase, rebase_with,
};
use serde_json::{Value, json};

fn path(text: &str) -> Path {
    text.parse().expect("a pointer")
}

fn set(deltas: impl IntoIterator<Item = Delta>) -> DeltaSet {
    deltas.into_iter().collect()
}

/// `depth` arrays, one in the other, around a value.
fn nested(depth: usize, inmost: Value) -> Value {
    (0..depth).fold(inmost, |value, _| Value::Array(vec![value]))
}

/// The same with objects and arrays in turn.
fn nested_mixed(depth: usize, inmost: Value) -> Value {
    (0..depth).fold(inmost, |value, level| {
        if level % 2 == 0 {
            json!({ "a": value })
        } else {
            json!([value])
        }
    })
}

/// Arrays in which something is new beside what is nested deeper, so that each has to be aligned.
fn nested_beside(depth: usize, inmost: Value) -> Value {
    (0..depth).fold(inmost.clone(), |value, level| {
        let new = format!("{level} {inmost}");
        json!([level, new, value, new])
    })
}

#[test]
fn a_document_at_the_bound_is_read_and_one_deeper_is_not() {
    let text = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(&text(128)).is_ok());
    assert_eq!(parse(&text(129)).unwrap_err().code(), "too-deep");
    assert!(parse_within(&text(MAX_DEPTH), usize::MAX).is_ok());
    assert_eq!(
        parse_within(&text(MAX_DEPTH + 1), usize::MAX)
            .unwrap_err()
            .code(),
        "too-deep"
    );
    assert_eq!(parse(&text(1_000_000)).unwrap_err().code(), "too-deep");
    assert_eq!(
        parse(&"{\"a\":".repeat(1_000_000)).unwrap_err().code(),
        "too-deep"
    );
}

#[test]
fn every_verb_works_at_the_greatest_depth_that_an_option_can_ask_for() {
    // Half of what threads have by default: what an optimised build needs is a fraction of what this one does.
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(|| {
        works_at_the_greatest_depth(nested, 1);
        works_at_the_greatest_depth(nested_mixed, 1);
        works_at_the_greatest_depth(nested_beside, 2 * MAX_DEPTH + 1);
    });
    thread.expect("a thread").join().expect("no panic");
}

fn undo_of(base: &Value, deltas: &DeltaSet) -> DeltaSet {
    invert_within(base, deltas, MAX_DEPTH).expect("it fits")
}

fn works_at_the_greatest_depth(nested: fn(usize, Value) -> Value, differences: usize) {
    let (base, after) = (nested(MAX_DEPTH, json!(1)), nested(MAX_DEPTH, json!(2)));
    let read = parse_within(&after.to_string(), MAX_DEPTH).expect("within the bound");
    assert!(equal(&read, &after));

    let deltas = diff_within(&base, &after, MAX_DEPTH).expect("within the bound");
    assert_eq!(deltas.len(), differences);
    let normalized = deltas.normalize_within(&base, MAX_DEPTH).expect("it fits");
    assert_eq!(normalized, deltas);
    let applied = apply_within(&base, &deltas, MAX_DEPTH).expect("it fits");
    assert!(equal(&applied, &after));
    let mut checked = CheckedState::new(base.clone());
    checked.apply_within(&deltas, MAX_DEPTH).expect("it fits");
    assert_eq!(checked.checksum(), checksum(&after));
    let mut exchanged = deltas.clone();
    let inverted = checked.apply_and_invert_within(&mut undo_of(&base, &deltas), MAX_DEPTH);
    inverted.expect("it fits");
    let inverted = checked.apply_and_invert_within(&mut exchanged, MAX_DEPTH);
    inverted.expect("it fits");
    assert!(equal(checked.state(), &after) && exchanged == undo_of(&base, &deltas));
    let mut lenient = base.clone();
    let adjusted = deltas.apply_leniently_within(&mut lenient, MAX_DEPTH);
    assert!(adjusted.expect("it fits").is_empty() && equal(&lenient, &after));

    let undo = undo_of(&base, &deltas);
    let undone = apply_within(&after, &undo, MAX_DEPTH).expect("it fits");
    assert!(equal(&undone, &base));
    let nothing = compose_within(&base, &deltas, &undo, MAX_DEPTH).expect("they fit");
    assert!(nothing.is_empty());

    // Somebody else removes what holds all the rest.
    let outermost = if base.is_object() {
        "/a".to_owned()
    } else {
        format!("/{}", base.as_array().map_or(0, |items| items.len() / 2))
    };
    let remove = set([Delta::remove(path(&outermost))]);
    let options = Options {
        depth: MAX_DEPTH,
        ..Options::default()
    };
    let ann = Action::new((1, "ann"), deltas);
    let bob = Action::new((2, "bob"), remove);
    let merged = merge_with(&base, [&ann, &bob], &options).expect("they fit");
    assert!(equal(&merged.state, &after));
    assert_eq!(merged.conflicts().count(), 1);
    let without = apply_within(&base, &bob.deltas, MAX_DEPTH).expect("it fits");
    let late = rebase_with(&base, &ann, &bob, &options).expect("they fit");
    let rebased = apply_within(&without, &late, MAX_DEPTH).expect("it fits");
    assert!(equal(&rebased, &after));
}

#[test]
fn documents_10_000_levels_deep_are_refused_and_left_alone() {
    // The value itself is dropped level by level, so it gets a stack of its own.
    let check = || {
        let mut deep = nested(10_000, json!(1));
        let other = nested(10_000, json!(2));
        let shallow = json!({"a": 1});
        assert_eq!(diff(&deep, &other).unwrap_err().code(), "too-deep");
        assert_eq!(diff(&shallow, &deep).unwrap_err().code(), "too-deep");
        assert_eq!(
            diff(&json!([[]]), &json!([deep.clone()]))
                .unwrap_err()
                .code(),
            "too-deep"
        );
        assert!(!equal(&deep, &other) && equal(&deep, &deep));
        assert_ne!(checksum(&deep), checksum(&other));
        assert_eq!(checksum_at(&deep, &path("")), Some(checksum(&deep)));
        #[cfg(feature = "strong")]
        assert_ne!(
            deltamerge::strong_checksum(&deep),
            deltamerge::strong_checksum(&other)
        );
        #[cfg(feature = "movex")]
        assert_ne!(
            deltamerge::movex_checksum(&deep),
            deltamerge::movex_checksum(&other)
        );
        let mut checked = CheckedState::new(json!({"a": deep}));
        let replace = set([Delta::change(path("/a"), json!(1))]);
        assert_eq!(checked.apply(&replace).unwrap_err().code(), "too-deep");
        assert!(checked.verify());
        deep = checked.into_state()["a"].take();

        let add = set([Delta::add(path("/b"), deep.clone())]);
        assert_eq!(apply(&shallow, &add).unwrap_err().code(), "too-deep");
        assert_eq!(
            add.clone()
                .apply_leniently(&mut shallow.clone())
                .unwrap_err()
                .code(),
            "too-deep"
        );
        let action = Action::new((1, "ann"), add);
        assert_eq!(merge(&shallow, [&action]).unwrap_err().code(), "too-deep");
        assert_eq!(
            Join::new().add(&shallow, &action).unwrap_err().code(),
            "too-deep"
        );

        let inner = path(&"/0".repeat(10_000));
        let change = set([Delta::change(inner, 2)]);
        assert_eq!(change.apply(&mut deep).unwrap_err().code(), "too-deep");
        assert_eq!(invert(&deep, &change).unwrap_err().code(), "too-deep");
        assert_eq!(
            compose(&deep, &DeltaSet::new(), &change)
                .unwrap_err()
                .code(),
            "too-deep"
        );
        let change = Action::new((1, "ann"), change);
        assert_eq!(merge(&deep, []).unwrap_err().code(), "too-deep");
        assert_eq!(
            merge_in_place(&mut deep, [&change], &Options::default())
                .unwrap_err()
                .code(),
            "too-deep"
        );
        assert_eq!(
            rebase(&deep, &change, &change).unwrap_err().code(),
            "too-deep"
        );
        let remove = set([Delta::remove(path("/0"))]);
        assert_eq!(remove.apply(&mut deep).unwrap_err().code(), "too-deep");
        assert!(!equal(&deep, &other));
    };
    let thread = std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(check);
    thread.expect("a thread").join().expect("no panic");
}

#[test]
fn two_edits_beside_each_other_20_000_levels_deep_are_refused_on_a_usual_stack() {
    // To make the document and to drop it takes a stack, to refuse edits of it does not.
    let check = || {
        let mut deep = nested(20_000, json!({"x": 1, "y": 2}));
        let inner = "/0".repeat(20_000);
        let change = |name: &str| Delta::change(path(&format!("{inner}/{name}")), 3);
        let mut edits = set([change("x"), change("y")]);
        let action = Action::new((1, "ann"), edits.clone());
        let options = Options::default();
        let mut refused = |deep: &mut Value| {
            let errors = [
                edits.apply(deep).unwrap_err().code(),
                edits.apply_and_invert(deep).unwrap_err().code(),
                merge_in_place(deep, [&action], &options)
                    .unwrap_err()
                    .code(),
                merge_and_invert(deep, &mut vec![action.clone()], &options)
                    .unwrap_err()
                    .code(),
            ];
            assert_eq!(errors, ["too-deep"; 4]);
        };
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(1 << 20);
            let thread = thread.spawn_scoped(scope, || refused(&mut deep));
            thread.expect("a thread").join().expect("no panic");
        });
    };
    let thread = std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(check);
    thread.expect("a thread").join().expect("no panic");
}

#[test]
fn a_deep_path_into_a_shallow_document_does_not_fit() {
    let deep = set([Delta::change(path(&"/a".repeat(100_000)), 1)]);
    let error = deep.apply(&mut json!({"a": {"a": 1}})).unwrap_err();
    assert_eq!(error.code(), "does-not-fit");
}

#[test]
fn an_array_of_a_million_elements_is_edited_at_both_ends() {
    let mut document = Value::Array((0..1_000_000).map(Value::from).collect());
    let before = document.clone();
    let deltas = set([
        Delta::remove(path("/0")),
        Delta::change(path("/500000"), "middle"),
        Delta::add(path("/-"), "last"),
        Delta::add(path("/1000000"), "the very last"),
    ]);
    deltas.apply(&mut document).expect("it fits");
    assert_eq!(document.as_array().map(Vec::len), Some(1_000_001));
    assert_eq!(document[499_999], "middle");
    assert_eq!(document[1_000_000], "the very last");
    let found = diff(&before, &document).expect("not deep");
    assert_eq!(found.len(), 4);
    let undo = invert(&before, &deltas).expect("it fits");
    undo.apply(&mut document).expect("it fits");
    assert!(equal(&document, &before));
}

#[test]
fn indices_that_are_none_are_refused_with_what_was_expected() {
    let cases = [
        (
            "/01",
            "an index, digits without a leading zero",
            r#""01" in an array of 3"#,
        ),
        (
            "/+1",
            "an index, digits without a leading zero",
            r#""+1" in an array of 3"#,
        ),
        (
            "/1e0",
            "an index, digits without a leading zero",
            r#""1e0" in an array of 3"#,
        ),
        (
            "/",
            "an index, digits without a leading zero",
            r#""" in an array of 3"#,
        ),
        (
            "/18446744073709551616",
            "an element to change",
            "an array of 3",
        ),
        (
            "/-",
            "an index: only an ADD may say '-'",
            r#""-" in an array of 3"#,
        ),
        ("/3", "an element to change", "an array of 3"),
        (
            "/18446744073709551615",
            "an element to change",
            "an array of 3",
        ),
    ];
    for (pointer, wanted, there) in cases {
        let mut document = json!([1, 2, 3]);
        let error = set([Delta::change(path(pointer), 0)])
            .apply(&mut document)
            .unwrap_err();
        match error.fault {
            Fault::DoesNotFit { expected, found } => {
                assert_eq!((expected, found.as_str()), (wanted, there), "{pointer}");
            }
            other => panic!("{pointer}: {other:?}"),
        }
        assert_eq!(document, json!([1, 2, 3]));
    }
}

#[test]
fn pointers_that_are_none_say_where() {
    for (text, offset) in [("a", 0), ("/a~", 2), ("/a~2", 2), ("/~01/~", 5)] {
        let error = Path::parse(text).unwrap_err();
        assert_eq!(error.code(), "bad-path");
        assert_eq!(error.offset(), offset, "{text}: {error}");
    }
}

#[test]
fn a_failed_set_changes_nothing_wherever_the_fault_stands() {
    let document = json!({"a": [1, 2], "b": {"c": 1}, "z": 0});
    let faults = [
        Delta::remove(path("/0")),
        Delta::change(path("/a/7"), 1),
        Delta::add(path("/b/c"), 1),
        Delta::add(path("/b/c/d"), 1),
        Delta::remove(path("/zz")),
        Delta::remove(path("")),
    ];
    for fault in faults {
        let others = [
            Delta::remove(path("/a/0")),
            Delta::add(path("/a/1"), 9),
            Delta::remove(path("/z")),
        ];
        for at in 0..=others.len() {
            let mut deltas = others.to_vec();
            deltas.insert(at, fault.clone());
            let mut edited = document.clone();
            let error = set(deltas).apply(&mut edited).expect_err("a fault");
            assert_eq!(edited, document);
            assert!(
                [fault.path.clone(), path("/a/0")].contains(&error.path),
                "{error}"
            );
        }
    }
}

#[test]
fn two_different_actions_under_one_stamp_are_an_error_in_any_order() {
    let base = json!({"a": 1});
    let one = Action::new((1, "ann"), set([Delta::change(path("/a"), 2)]));
    let two = Action::new((1, "ann"), set([Delta::change(path("/a"), 3)]));
    let same = Action::new(
        (1, "ann"),
        set([Delta::remove(path("/a")), Delta::add(path("/a"), 2.0)]),
    );
    assert_eq!(
        merge(&base, [&one, &two]).unwrap_err().code(),
        "duplicate-stamp"
    );
    assert_eq!(
        merge(&base, [&two, &one]).unwrap_err().code(),
        "duplicate-stamp"
    );
    // The same said in another way is the same.
    assert_eq!(merge(&base, [&one, &same]), merge(&base, [&one]));
}

#[test]
fn no_request_of_the_door_makes_it_panic() {
    let odd = [
        "",
        " ",
        "null",
        "[]",
        "{}",
        "{\"do\":1}",
        "{\"do\":\"merge\"}",
        "{\"do\":\"diff\",\"before\":1}",
        "\u{feff}{}",
        "{\"do\":\"merge\",\"base\":1,\"actions\":{}}",
        "{\"do\":\"merge\",\"base\":1,\"actions\":[[]]}",
        "{\"do\":\"merge\",\"base\":1,\"actions\":[{\"stamp\":[1],\"deltas\":[]}]}",
        "{\"do\":\"merge\",\"base\":1,\"actions\":[{\"stamp\":[-1,\"a\"],\"deltas\":[]}]}",
        "{\"do\":\"apply\",\"base\":1,\"deltas\":[{\"op\":\"add\",\"path\":\"\"}]}",
        "{\"do\":\"apply\",\"base\":1,\"deltas\":[{\"op\":\"remove\",\"path\":\"\",\"value\":1}]}",
    ];
    for line in odd {
        let reply = parse(&batch::reply(line)).expect("a reply is JSON");
        assert!(reply["error"]["code"].is_string(), "{line}: {reply}");
    }
}

#[test]
fn members_of_the_base_stay_where_they_are_and_new_ones_follow_in_the_order_of_their_stamps() {
    let base = json!({"m": 1, "c": 2, "x": 3, "d": 4});
    let late = Action::new(
        (2, "bob"),
        set([Delta::add(path("/a"), 5), Delta::remove(path("/c"))]),
    );
    let early = Action::new(
        (1, "ann"),
        set([Delta::add(path("/z"), 6), Delta::change(path("/x"), 7)]),
    );
    let merged = merge(&base, [&late, &early]).expect("they fit");
    let names: Vec<_> = merged
        .state
        .as_object()
        .expect("an object")
        .keys()
        .collect();
    let keeps_order = base
        .as_object()
        .and_then(|base| base.keys().next())
        .is_some_and(|name| name == "m");
    // A map that sorts its members shows them sorted.
    let expected = if keeps_order {
        ["m", "x", "d", "z", "a"]
    } else {
        ["a", "d", "m", "x", "z"]
    };
    assert_eq!(names, expected);
}
