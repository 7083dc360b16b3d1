//! How things look to people and to programs that read them as text: errors say where, what was expected and what was found.

use deltamerge::{
    Action, Adjustment, Checksum, Decision, Delta, DeltaSet, DiffType, Join, MergeError, Options,
    Path, Rules, Stamp, apply, apply_within, checksum, merge, merge_with, parse,
    resync::{self, DispatchError, Master},
};
use serde_json::{Value, json};

fn path(text: &str) -> Path {
    text.parse().expect("a pointer")
}

fn set(deltas: impl IntoIterator<Item = Delta>) -> DeltaSet {
    deltas.into_iter().collect()
}

#[test]
fn a_checksum_is_32_lower_case_hexadecimal_digits_and_nothing_else_is_one() {
    let sum = checksum(&json!({"hp": 5}));
    let text = sum.to_string();
    assert_eq!(text.len(), 32);
    assert_eq!(text.parse(), Ok(sum));
    assert_eq!(u128::from_str_radix(&text, 16), Ok(sum.to_u128()));
    assert_eq!(Checksum::from(sum.to_u128()), sum);
    assert_eq!(format!("{sum:?}"), format!("Checksum({text})"));
    let small = Checksum::from(0xabc_u128);
    assert_eq!(small.to_string(), format!("{:0>32}", "abc"));
    assert_eq!(small.to_string().parse(), Ok(small));

    let short = &text[1..];
    let long = format!("{text}0");
    let upper = "ABCDEF0123456789ABCDEF0123456789";
    let other = "ghijkl0123456789abcdef0123456789";
    let signed = "+bcdef0123456789abcdef0123456789";
    for wrong in [short, &long, upper, other, signed, "", "0"] {
        let error = wrong.parse::<Checksum>().expect_err(wrong);
        let expected = format!("expected 32 lower-case hexadecimal digits, found {wrong:?}");
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.code(), "bad-request");
        assert!(serde_json::from_value::<Checksum>(wrong.into()).is_err());
    }
    let written = serde_json::to_value(sum).expect("a text");
    assert_eq!(written, Value::from(text));
    assert_eq!(serde_json::from_value::<Checksum>(written).ok(), Some(sum));
}

#[cfg(feature = "strong")]
#[test]
fn a_strong_checksum_is_64_lower_case_hexadecimal_digits_and_nothing_else_is_one() {
    use deltamerge::StrongChecksum;
    let bytes: [u8; 32] = std::array::from_fn(|index| 7 * index as u8);
    let sum = StrongChecksum::from(bytes);
    let text = sum.to_string();
    assert_eq!(
        text,
        "00070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9"
    );
    assert_eq!(sum.as_bytes(), &bytes);
    assert_eq!(text.parse(), Ok(sum));
    assert_eq!(format!("{sum:?}"), format!("StrongChecksum({text})"));
    for wrong in [&text[1..], &text.to_uppercase(), ""] {
        let error = wrong.parse::<StrongChecksum>().expect_err(wrong);
        let expected = format!("expected 64 lower-case hexadecimal digits, found {wrong:?}");
        assert_eq!(error.to_string(), expected);
        assert!(serde_json::from_value::<StrongChecksum>(wrong.into()).is_err());
    }
    let written = serde_json::to_value(sum).expect("a text");
    assert_eq!(written, Value::from(text));
    let read = serde_json::from_value::<StrongChecksum>(written);
    assert_eq!(read.ok(), Some(sum));
}

#[test]
fn deltas_and_stamps_are_said_in_few_words() {
    let deltas = [
        (Delta::add(path("/a"), 1), "add /a"),
        (Delta::change(path(""), 1), "change the root"),
        (Delta::remove(path("/a~1b/0")), "remove /a~1b/0"),
    ];
    for (delta, text) in deltas {
        assert_eq!(delta.to_string(), text);
    }
    let names = DiffType::ALL.map(|diff_type| diff_type.to_string());
    assert_eq!(names, ["add", "change", "remove"]);
    assert_eq!(Stamp::from((3, "ann")).to_string(), "3:ann");
}

#[test]
fn a_set_is_gone_over_delta_by_delta() {
    let deltas = [Delta::remove(path("/b")), Delta::add(path("/a"), 1)];
    let whole = set(deltas.clone());
    assert!(whole.iter().eq(&deltas));
    assert!((&whole).into_iter().eq(&deltas));
    assert_eq!(DeltaSet::from(deltas.to_vec()), whole);
    assert!(whole.into_iter().eq(deltas));
}

#[test]
fn a_set_that_grew_is_what_it_would_have_been_at_once() {
    let [a, b, c] = ["/a", "/b", "/c"].map(|at| Delta::add(path(at), 1));
    for order in [[&a, &b, &c], [&b, &a, &c], [&a, &c, &b], [&c, &b, &a]] {
        let whole: DeltaSet = order.into_iter().cloned().collect();
        for first in 0..=order.len() {
            let (one, others) = order.split_at(first);
            let mut grown: DeltaSet = one.iter().copied().cloned().collect();
            grown.extend(others.iter().copied().cloned());
            assert_eq!(grown, whole);
            assert_eq!(format!("{grown:?}"), format!("DeltaSet({order:?})"));
            let mut document = json!({});
            grown.apply(&mut document).expect("it fits");
            assert_eq!(document, json!({"a": 1, "b": 1, "c": 1}));
        }
    }
}

#[test]
fn a_decision_names_both_sides_and_where_they_are_if_that_is_not_the_slot() {
    let base = json!({"a": {"b": 1}, "c": 1});
    let ann = set([Delta::remove(path("/a")), Delta::change(path("/c"), 2)]);
    let bob = set([Delta::change(path("/a/b"), 2), Delta::change(path("/c"), 2)]);
    let ann = Action::new((1, "ann"), ann);
    let merged = merge(&base, [&ann, &Action::new((2, "bob"), bob)]).expect("they fit");
    let said: Vec<_> = merged.decisions.iter().map(Decision::to_string).collect();
    let expected = [
        "/a: change /a/b (2:bob) over remove (1:ann), rule R26",
        "/c: change (2:bob) with change (1:ann), rule R5",
    ];
    assert_eq!(said, expected);
    assert_eq!(merged.checksum(), checksum(&merged.state));
}

#[test]
fn an_error_of_applying_says_which_delta_what_was_expected_and_what_was_found() {
    let base = json!({"a": {"b": "text"}, "list": [1, 2]});
    let long = Value::from("a text that is longer than that");
    let cases = [
        (
            vec![Delta::change(path("/a/c"), 1)],
            "delta 0 (change /a/c): expected a value to change, found nothing there",
        ),
        (
            vec![Delta::add(path("/a"), 1)],
            "delta 0 (add /a): expected nothing there yet, found an object of 1 member",
        ),
        (
            vec![Delta::add(path("/list/0/x"), 1)],
            "delta 0 (add /list/0/x): expected a container around it, found the number 1 at /list/0",
        ),
        (
            vec![Delta::add(path("/x/y"), 1)],
            "delta 0 (add /x/y): expected a container around it, found nothing at /x",
        ),
        (
            vec![Delta::add(path("/a/b"), 1)],
            r#"delta 0 (add /a/b): expected nothing there yet, found the string "text""#,
        ),
        (
            vec![Delta::remove(path("/list/2"))],
            "delta 0 (remove /list/2): expected an element to remove, found an array of 2",
        ),
        (
            vec![Delta::remove(path(""))],
            "delta 0 (remove the root): expected a member or an element to remove, found the root, which is always there",
        ),
        (
            vec![Delta::change(path("/a/b"), 1), Delta::remove(path("/a/b"))],
            "delta 1 (remove /a/b): expected one delta a slot, found delta 0 there too",
        ),
        (
            vec![Delta::change(path("/a/b"), 1), Delta::remove(path("/a"))],
            "delta 0 (change /a/b): expected no delta inside another's slot, found delta 1 around it",
        ),
    ];
    for (deltas, expected) in cases {
        let error = apply(&base, &set(deltas)).expect_err(expected);
        assert_eq!(error.to_string(), expected);
    }
    let error = apply(&json!({ "a": long }), &set([Delta::add(path("/a"), 1)]));
    let error = error.expect_err("it is there");
    assert_eq!(error.path(), Some(&path("/a")));
    let error = error.to_string();
    assert!(error.ends_with("found a string of 31 bytes"), "{error}");
}

#[test]
fn what_was_taken_leniently_is_said_in_few_words() {
    let mut document = json!({"a": 1});
    let stale = set([
        Delta::change(path("/b"), 2),
        Delta::add(path("/a"), 2),
        Delta::remove(path("/c")),
        Delta::add(path("/x/y"), 3),
    ]);
    let adjusted = stale.apply_leniently(&mut document).expect("no fault");
    let said: Vec<_> = adjusted.iter().map(Adjustment::to_string).collect();
    let expected = [
        "delta 0 (change /b) became an ADD",
        "delta 1 (add /a) became a CHANGE",
        "delta 2 (remove /c) was done already",
        "delta 3 (add /x/y) was dropped: its container is not there",
    ];
    assert_eq!(said, expected);
    assert_eq!(document, json!({"a": 2, "b": 2}));
}

#[test]
fn an_error_of_depth_says_the_bound_and_the_place() {
    let deep = apply_within(&json!([[1]]), &DeltaSet::default(), 1).expect_err("too deep");
    assert_eq!(deep.path(), None);
    let deep = json!({"a": [[]]});
    let nothing = DeltaSet::new();
    let error = apply_within(&deep, &nothing, 2).expect_err("too deep");
    assert_eq!(error.code(), "too-deep");
    assert_eq!(
        error.to_string(),
        "expected a depth of at most 2, found more at /a/0"
    );
    let change = set([Delta::change(path("/a"), json!([[1]]))]);
    let error = apply_within(&json!({"a": 1}), &change, 2).expect_err("too deep");
    assert_eq!(
        error.to_string(),
        "delta 0 (change /a): expected a depth of at most 2, found more"
    );
    let options = Options {
        depth: 2,
        ..Options::default()
    };
    let error = merge_with(&deep, [], &options).expect_err("too deep");
    assert_eq!((error.code(), error.path()), ("too-deep", None));
    assert_eq!(
        error.to_string(),
        "the base: expected a depth of at most 2, found more at /a/0"
    );
}

#[test]
fn an_error_of_merging_names_the_action() {
    let base = json!({"a": 1});
    let misfit = Action::new((2, "bob"), set([Delta::remove(path("/b"))]));
    let error = merge(&base, [&misfit]).expect_err("it does not fit");
    assert_eq!(error.path(), Some(&path("/b")));
    assert_eq!(
        error.to_string(),
        "action 2:bob: delta 0 (remove /b): expected a member to remove, found nothing there"
    );
    let [one, two] = [2, 3].map(|value| {
        let change = set([Delta::change(path("/a"), value)]);
        Action::new((1, "ann"), change)
    });
    let error = merge(&base, [&one, &two]).expect_err("one stamp");
    assert_eq!(error.path(), None);
    assert!(matches!(&error, MergeError::DuplicateStamp { stamp } if *stamp == one.stamp));
    assert_eq!(
        error.to_string(),
        "expected one action a stamp, found two different ones under 1:ann"
    );
    let twice = json!({"actions": [one, two]});
    let error = Join::from_json(twice).expect_err("one stamp");
    assert_eq!(
        error.to_string(),
        "at /actions: expected each stamp once, found 1:ann twice"
    );
}

#[test]
fn a_table_that_goes_in_a_circle_is_refused_with_the_circle() {
    let verdicts = json!({"R5": "second", "R6": "first", "R8": "first"});
    let error = Rules::from_json(json!({ "verdicts": verdicts })).expect_err("a circle");
    assert_eq!(
        error.to_string(),
        "expected a table in which no three deltas beat each other in a circle, \
         found change 1 beats remove 2 beats change 3 beats change 1, for primitive"
    );
}

#[test]
fn an_error_of_reading_says_the_line_and_the_column() {
    let error = parse("{\"a\": 1,\n \"a\": 2}").expect_err("twice");
    assert_eq!((error.line(), error.column()), (2, 4));
    assert_eq!(
        error.to_string(),
        "line 2, column 4: expected each member once, found \"a\" twice"
    );
    for (text, told) in [
        ("", "1, column 1: expected the text to go on, found its end"),
        (
            "[1,",
            "1, column 3: expected the text to go on, found its end",
        ),
        (
            "[nil]",
            "1, column 3: expected true, false or null, found something else",
        ),
        ("[x]", "1, column 2: expected a value, found something else"),
        (
            "{a: 1}",
            "1, column 2: expected a name, which is a string, found something else",
        ),
        (
            "{\"a\" 1}",
            "1, column 6: expected `:`, found something else",
        ),
        (
            "[1 2]",
            "1, column 4: expected `,` or `]`, found something else",
        ),
        (
            "[1,]",
            "1, column 4: expected JSON, found this: trailing comma",
        ),
        (
            "1 2",
            "1, column 3: expected JSON, found this: trailing characters",
        ),
    ] {
        let error = parse(text).expect_err("no JSON");
        assert_eq!(error.to_string(), format!("line {told}"), "{text}");
    }
}

#[test]
fn an_action_that_a_client_cannot_take_says_why() {
    let misfit = set([Delta::remove(path("/a"))]).normalize(&json!({}));
    let told = [
        (
            DispatchError::NoState,
            "expected a state to change, found none yet",
        ),
        (
            DispatchError::TooManyPending { limit: 3 },
            "expected at most 3 pending actions, found one more",
        ),
        (
            DispatchError::TooManyDeltas { limit: 3, found: 4 },
            "expected at most 3 deltas, found 4",
        ),
        (
            DispatchError::Delta(misfit.expect_err("nothing is there")),
            "delta 0 (remove /a): expected a member to remove, found nothing there",
        ),
    ];
    for (error, text) in told {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_stored_log_that_is_too_long_says_so() {
    let mut master = Master::new(json!({"hp": 7}), resync::Options::default()).expect("shallow");
    let change = set([Delta::change(path("/hp"), 5)]);
    master.dispatch(change).expect("it fits");
    let mut stored = master.stored();
    stored["revision"]["sequence"] = json!(0);
    let refused = Master::restore(stored, [], resync::Options::default());
    assert_eq!(
        refused.map(drop).expect_err("one too many").to_string(),
        "at /log/0: expected no more actions than the revision counts, found one more"
    );
}
