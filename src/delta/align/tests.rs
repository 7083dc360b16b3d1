//! What of the alignment no law can see from outside: how much alike, in which windows, paired by what.

use super::*;
use serde_json::json;

fn steps(before: Value, after: Value) -> Vec<Step> {
    let (Value::Array(before), Value::Array(after)) = (before, after) else {
        return Vec::new();
    };
    let mut steps = Vec::new();
    align(&before, &after, 8, &mut steps).expect("not deep");
    steps
}

#[test]
fn an_edited_element_beside_a_removed_and_an_added_one_is_paired_with_itself() {
    let steps = steps(
        json!([{"id": 1, "hp": 1}, {"id": 2, "hp": 1}]),
        json!([{"id": 2, "hp": 9}, {"id": 3, "hp": 3}]),
    );
    let expected = [
        Step::Remove(0),
        Step::Pair(1, 0),
        Step::Add { gap: 2, index: 1 },
    ];
    assert_eq!(steps, expected);
}

#[test]
fn a_long_stretch_in_which_everything_changed_is_paired_by_what_occurs_once() {
    let array = |ids: Range<usize>, stamp: usize| {
        Value::Array(ids.map(|id| json!({"id": id, "at": stamp})).collect())
    };
    // One element gone at the front: by position every element would be paired with its neighbour.
    let steps = steps(array(0..500, 1), array(1..500, 2));
    assert_eq!(steps[0], Step::Remove(0));
    let others = &steps[1..];
    assert!(
        others
            .iter()
            .zip(1..)
            .all(|(step, i)| *step == Step::Pair(i, i - 1))
    );
}

#[test]
fn crossing_links_keep_the_longest_chain() {
    let chain = rising(vec![(0, 5), (1, 1), (2, 2), (3, 0), (4, 3)]);
    assert_eq!(chain, [(1, 1), (2, 2), (4, 3)]);
}

fn strings(numbers: impl IntoIterator<Item = usize>) -> Vec<Value> {
    let text = |number: usize| Value::from(format!("text {number}"));
    numbers.into_iter().map(text).collect()
}

fn sides<'v>(before: &'v [Value], after: &'v [Value]) -> Sides<'v> {
    let room = 8;
    Sides {
        before,
        after,
        room,
    }
}

fn hunks_of(sides: &Sides<'_>) -> Vec<Hunk> {
    let mut hunks = Vec::new();
    let found = sides.each_hunk(|hunk| hunks.push(hunk));
    found.expect("not deep");
    hunks
}

#[test]
fn going_side_by_side_finds_every_difference_that_is_near() {
    let before = strings(0..100);
    // One other, one new, two gone and one new, and more at the end of either side.
    let edited = (0..10).chain([900]).chain(11..30).chain([901]);
    let edited = edited.chain(30..50).chain([902]).chain(52..100);
    let after = strings(edited.clone());
    let longer = strings(edited.chain(903..905));
    let found = [(10..11, 10..11), (30..30, 30..31), (50..52, 51..52)];
    for (before, after, rest) in [
        (&before, &longer, (100..100, 100..102)),
        (&longer, &before, (100..102, 100..100)),
    ] {
        let mut hunks = Vec::new();
        let sides = sides(before, after);
        let (old, new) = (10..before.len(), 10..after.len());
        assert_eq!(
            sides.side_by_side(old, new, &mut |hunk| hunks.push(hunk)),
            Ok(rest.clone())
        );
        let turned = found.clone().map(|(old, new)| (new, old));
        let is_turned = before.len() > after.len();
        assert_eq!(hunks, if is_turned { turned } else { found.clone() });
        // The whole search says the same, with what is left.
        hunks.push(rest);
        assert_eq!(hunks_of(&sides), hunks);
    }
    assert_eq!(hunks_of(&sides(&before, &after)), found.to_vec());
}

#[test]
fn what_is_equal_for_less_than_three_elements_is_not_the_same_again() {
    let (before, after) = (strings(0..10), strings(5..15));
    let sides = sides(&before, &after);
    for (old, new, expected) in [
        (5..10, 0..5, true),
        (7..10, 2..5, true),
        (7..10, 2..10, true),
        (8..10, 3..10, false),
        (5..10, 0..2, false),
        (8..10, 3..5, false),
        (4..10, 0..10, false),
    ] {
        assert_eq!(sides.same_again(old, new), Ok(expected));
    }
    assert_eq!(sides.nearest(3..10, 0..10), Ok(Some((2, 0))));
    assert_eq!(sides.nearest(0..10, 0..10), Ok(Some((5, 0))));
    let further = strings(100..120);
    let apart: Vec<_> = further[..9].iter().chain(&before).cloned().collect();
    assert_eq!(self::sides(&before, &apart).nearest(0..10, 0..19), Ok(None));
    assert_eq!(
        self::sides(&before, &apart).nearest(0..10, 1..19),
        Ok(Some((0, 8)))
    );
}

#[test]
fn windows_are_a_partition_of_both_sides_and_one_unless_the_kinds_are_few() {
    for (old, new, kinds, count) in [
        (20_000, 9_000, 3, 5),
        (9_000, 20_000, 3, 5),
        (20_000, 20_000, 1_249, 5),
        (20_000, 20_000, 1_250, 1),
        (4_096, 10, 1, 1),
        (4_097, 10, 1, 2),
        (10, 10, 10, 1),
    ] {
        let windows: Vec<_> = windows(old, new, kinds).collect();
        assert_eq!(windows.len(), count);
        let mut end = (0, 0);
        for (a, b) in windows {
            assert_eq!((a.start, b.start), end);
            assert!(a.len() <= 4_096 && b.len() <= 4_096 || count == 1);
            end = (a.end, b.end);
        }
        assert_eq!(end, (old, new));
    }
}

#[test]
fn a_long_array_of_few_kinds_is_aligned_window_by_window() {
    let kind = |k: usize| Value::from((k * k / 7 + k / 11) % 3);
    let before: Vec<_> = (0..10_000).map(kind).collect();
    let after: Vec<_> = (5..9_000).chain(3..900).map(kind).collect();
    let mut left = 0;
    let mut right = 0;
    for (old, new) in hunks_of(&sides(&before, &after)) {
        assert_eq!(old.start - left, new.start - right);
        assert_eq!(before[left..old.start], after[right..new.start]);
        (left, right) = (old.end, new.end);
    }
    assert_eq!(before[left..], after[right..]);
}

#[test]
fn likeness_grows_with_the_parts_that_are_equal() {
    let many = |last: usize| Value::from((0..99).chain([last]).collect::<Vec<_>>());
    let cases = [
        (json!(null), json!(null), 2),
        (json!(1), json!(2), 2),
        (json!("a"), json!("b"), 2),
        (json!(true), json!(false), 2),
        (json!(1), json!("a"), 1),
        (json!([]), json!({}), 1),
        (json!([]), json!([]), 2),
        (json!({"a": 1, "b": 1}), json!({"a": 1.0, "b": 1}), 102),
        (json!({"a": 1, "b": 1}), json!({"a": 1, "b": 2}), 52),
        (json!({"a": 1, "b": 1}), json!({"a": 1}), 52),
        (json!({"a": 1}), json!({"b": 1}), 2),
        (json!({"a": [1]}), json!({"a": [2]}), 52),
        (json!({"a": {}}), json!({"a": {"b": 1}}), 52),
        (json!({"a": [1]}), json!({"a": {}}), 2),
        (json!({"a": [1]}), json!({"a": 1}), 2),
        (json!([1, 2, 3]), json!([1, 2]), 68),
        (json!([1]), json!([1, 2, 3]), 35),
        (many(1), many(2), 102),
    ];
    for (one, other, expected) in cases {
        assert_eq!(likeness(&one, &other), expected, "{one} and {other}");
    }
}

/// The greatest sum of likeness that pairs in order can have.
fn most_alike(before: &[Value], after: &[Value]) -> u32 {
    let ([first, old @ ..], [other, new @ ..]) = (before, after) else {
        return 0;
    };
    (likeness(first, other) + most_alike(old, new))
        .max(most_alike(old, after))
        .max(most_alike(before, new))
}

#[test]
fn short_stretches_are_paired_as_much_alike_as_can_be() {
    let mut state = 1_u32;
    let mut next = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    for _ in 0..300 {
        let (i, j) = (next(3) as usize, next(3) as usize);
        let (old, new) = (i..i + next(5) as usize, j..j + next(5) as usize);
        let mut array = |length: usize| -> Vec<Value> {
            let mut element = || match next(4) {
                0 => json!(next(9)),
                1 => json!("text"),
                _ => json!({"a": next(3), "b": next(3), "c": next(3)}),
            };
            (0..length).map(|_| element()).collect()
        };
        let (before, after) = (array(old.end), array(new.end));
        let mut steps = Vec::new();
        sides(&before, &after).pair(old.clone(), new.clone(), &mut steps);
        let (mut left, mut right, mut sum) = (old.start, new.start, 0);
        for step in steps {
            match step {
                Step::Pair(i, j) => {
                    assert_eq!((i, j), (left, right));
                    sum += likeness(&before[i], &after[j]);
                    (left, right) = (left + 1, right + 1);
                }
                Step::Remove(i) => {
                    assert_eq!(i, left);
                    left += 1;
                }
                Step::Add { gap, index } => {
                    assert_eq!((gap, index), (left, right));
                    right += 1;
                }
            }
        }
        assert_eq!((left, right), (old.end, new.end));
        assert_eq!(sum, most_alike(&before[old], &after[new]));
    }
}

#[test]
fn long_stretches_without_anything_in_common_are_paired_by_position() {
    let (before, after) = (strings(0..60), strings(100..150));
    let mut steps = Vec::new();
    sides(&before, &after).pair(5..60, 2..50, &mut steps);
    let pairs = (0..48).map(|k| Step::Pair(5 + k, 2 + k));
    let gone = (53..60).map(Step::Remove);
    assert_eq!(steps, pairs.chain(gone).collect::<Vec<_>>());
    let mut steps = Vec::new();
    sides(&after, &before).pair(2..50, 5..60, &mut steps);
    let pairs = (0..48).map(|k| Step::Pair(2 + k, 5 + k));
    let came = (53..60).map(|index| Step::Add { gap: 50, index });
    assert_eq!(steps, pairs.chain(came).collect::<Vec<_>>());
    // What stands between two anchors is paired by likeness again, if it is short.
    let element = |id: usize| json!({ "id": id });
    let mut before: Vec<_> = (0..100).map(element).collect();
    let mut after: Vec<_> = (0..100).map(|id| json!({"id": id, "at": 1})).collect();
    before[40] = json!({"id": "x", "hp": [1]});
    after[40] = json!("new");
    after.insert(41, json!({"id": "y", "hp": [2]}));
    let found = self::steps(before.into(), after.into());
    let added = Step::Add { gap: 40, index: 40 };
    assert!(found.contains(&added) && found.contains(&Step::Pair(40, 41)));
    assert!(found.contains(&Step::Pair(39, 39)) && found.contains(&Step::Pair(41, 42)));
    assert_eq!(found.len(), 101);
}

#[test]
fn a_scalar_is_a_feature_of_the_one_element_that_has_it() {
    let array = [
        json!([1, 1]),
        json!([2]),
        json!({"a": 3, "b": 2}),
        json!({"a": 3, "c": []}),
        json!([2, [4]]),
        json!(5),
    ];
    let mut found: Vec<_> = features(&array, 0..6).into_values().collect();
    found.sort_unstable();
    // a: 3 and the bare 2 are of several; b: 2 and the bare 1 of one each.
    assert_eq!(found, [None, None, Some(0), Some(2)]);
    let mut found: Vec<_> = features(&array, 1..4).into_values().collect();
    found.sort_unstable();
    assert_eq!(found, [None, Some(1), Some(2)]);
    let numbers: Vec<_> = (0..20).map(|number| json!([number])).collect();
    let found = features(&numbers, 0..20);
    assert_eq!(found.into_values().flatten().count(), 20);
    // The one that shares more of them is the anchor.
    let before = [json!({"a": 1, "b": 2, "c": 3})];
    let after = [json!({"a": 1}), json!({"b": 2, "c": 3})];
    assert_eq!(anchors(&before, &after, 0..1, 0..2), [(0, 1)]);
}

#[test]
fn chains_of_links_rise_and_are_as_long_as_can_be() {
    for number in 0..5_usize.pow(5) {
        let ends = (0..5).map(|k| number / 5_usize.pow(k) % 5);
        let links: Vec<_> = ends.enumerate().collect();
        let chain = rising(links.clone());
        assert!(chain.iter().all(|link| links.contains(link)));
        assert!(chain.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
        let chosen = |set: usize| links.iter().filter(move |(k, _)| set >> k & 1 == 1);
        let rises = |set: &usize| chosen(*set).is_sorted_by(|a, b| a.1 < b.1);
        let longest = (0..32).filter(rises).map(usize::count_ones).max();
        assert_eq!(Some(chain.len() as u32), longest, "{links:?}");
    }
}

#[test]
fn equal_values_have_one_hash_and_others_hardly_ever() {
    let of = |value: &Value| hash(value, 8).expect("not deep");
    let pairs = [
        (json!(1), json!(1.0)),
        (json!(-1), json!(-1.0)),
        (json!([0, 2.5]), json!([-0.0, 2.5])),
        (json!({"a": 1, "b": [2]}), json!({"b": [2.0], "a": 1.0})),
    ];
    for (one, other) in &pairs {
        assert_eq!(of(one), of(other));
    }
    let scalars = [
        Value::Null,
        false.into(),
        true.into(),
        1.into(),
        (-1).into(),
    ];
    let texts = ["", "a", "1"].map(Value::from);
    let long = |k: usize| Value::from((0..40).map(|i| usize::from(i == k)).collect::<Vec<_>>());
    let wide = |k: usize| {
        let member = |i: usize| (format!("member {i}"), Value::from(i == k));
        Value::Object((0..40).map(member).collect())
    };
    let apart = scalars
        .into_iter()
        .chain(texts)
        .chain([json!(2.5), json!([]), json!({})]);
    let apart: Vec<_> = apart
        .chain((0..40).flat_map(|k| [long(k), wide(k)]))
        .collect();
    let hashes: std::collections::HashSet<_> = apart.iter().map(of).collect();
    assert_eq!(hashes.len(), apart.len());
    assert_eq!(hash(&json!([[1]]), 1), Err(Deep));
    assert_eq!(hash(&json!({"a": {}}), 1), Err(Deep));
    assert!(hash(&json!([1]), 1).is_ok() && hash(&json!([1]), 0).is_err());
}

#[test]
fn one_element_that_stayed_is_found_among_many_that_went() {
    let (many, one) = ([json!(1), json!(2), json!(3)], [json!(2)]);
    let gone = vec![(0..1, 0..0), (2..3, 1..1)];
    assert_eq!(hunks_of(&sides(&many, &one)), gone);
    let came = vec![(0..0, 0..1), (1..1, 2..3)];
    assert_eq!(hunks_of(&sides(&one, &many)), came);
}
