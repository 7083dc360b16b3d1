//! A document that is kept with its checksum: what the sums of elements that shift must not be mistaken for.

use deltamerge::{CheckedState, Delta, DeltaSet, Path, checksum, checksum_at};
use serde_json::{Value, json};

fn path(text: &str) -> Path {
    text.parse().expect("a pointer")
}

fn apply(checked: &mut CheckedState, deltas: impl IntoIterator<Item = Delta>) {
    let set = DeltaSet::from_iter(deltas);
    checked.apply(&set).expect("a set that fits");
    assert_eq!(checked.checksum(), checksum(checked.state()), "{:?}", &*set);
}

fn rows(start: usize) -> Value {
    let row = |index: usize| json!({"n": start + index, "in": [index, [start]]});
    (0..40).map(row).collect()
}

#[test]
fn an_array_in_the_place_of_another_has_its_own_sums() {
    let mut checked = CheckedState::new(json!({"a": {"rows": rows(0)}}));
    apply(&mut checked, [Delta::add(path("/a/rows/0"), 1)]);
    apply(&mut checked, [Delta::remove(path("/a/rows/0"))]);
    // As long as the one before.
    apply(&mut checked, [Delta::remove(path("/a"))]);
    apply(
        &mut checked,
        [Delta::add(path("/a"), json!({"rows": rows(7)}))],
    );
    apply(&mut checked, [Delta::add(path("/a/rows/0"), 2)]);
    apply(&mut checked, [Delta::change(path(""), json!([]))]);
    apply(
        &mut checked,
        [Delta::change(path(""), json!({"a": {"rows": rows(9)}}))],
    );
    apply(&mut checked, [Delta::remove(path("/a/rows/3"))]);
}

#[test]
fn elements_shift_here_and_there_and_change_meanwhile() {
    let mut checked = CheckedState::new(rows(0));
    let at = |index: usize| path(&format!("/{index}"));
    for index in [20, 30, 5, 0, 39, 1] {
        apply(&mut checked, [Delta::add(at(index), json!({"new": index}))]);
        // Whatever is there becomes an object, then is changed deep inside.
        let row = json!({"n": [index], "in": [1, [2, index]]});
        for place in [2, 11, 25] {
            apply(&mut checked, [Delta::change(at(place), row.clone())]);
        }
        apply(&mut checked, [Delta::change(path("/25/in/1/0"), index + 3)]);
        apply(&mut checked, [Delta::add(path("/2/in/0"), "first")]);
        apply(
            &mut checked,
            [
                Delta::remove(at(3)),
                Delta::change(at(7), json!([index])),
                Delta::add(at(9), json!([index])),
                Delta::remove(path("/11/in/0")),
                Delta::add(path("/-"), json!([])),
            ],
        );
        apply(
            &mut checked,
            [Delta::change(at(7), 7), Delta::remove(at(12))],
        );
    }
    assert!(checked.clone().verify());
}

#[test]
fn an_element_that_moved_is_known_by_its_checksum() {
    let document = rows(0);
    let mut checked = CheckedState::new(document.clone());
    apply(&mut checked, [Delta::add(path("/0"), "new")]);
    for index in 0..40 {
        let part =
            |document: &Value, index: usize| checksum_at(document, &path(&format!("/{index}")));
        assert_eq!(part(&document, index), part(checked.state(), index + 1));
    }
}

#[test]
fn an_object_of_very_many_members_has_the_sum_of_them_all() {
    let member = |index: usize| match index % 3 {
        0 => json!({"n": index, "in": {}}),
        1 => json!([index]),
        _ => json!(index),
    };
    let mut checked = CheckedState::new(json!({}));
    apply(
        &mut checked,
        (0..5_000).map(|index| Delta::add(path(&format!("/m{index}")), member(index))),
    );
}

/// An array that lost all elements whose sums were kept took the next one for another.
#[test]
fn an_array_shrinks_below_what_is_kept_of_it_and_grows_again() {
    let element = |index: usize| Path::parse(&format!("/{index}")).expect("a path");
    let mut checked = CheckedState::new(Value::from_iter(0..18));
    // So many shift that their sums are kept, from the second on. All are taken from the end then.
    let mut edits = vec![Delta::remove(element(1))];
    edits.extend((0..17).rev().map(|index| Delta::remove(element(index))));
    edits.extend([
        Delta::add(element(0), 100),
        Delta::add(element(1), 200),
        Delta::remove(element(0)),
    ]);
    for edit in edits {
        let mut set = DeltaSet::from_iter([edit]);
        checked.apply_and_invert(&mut set).expect("a set that fits");
        assert!(checked.verify(), "{}", checked.state());
    }
    assert_eq!(checked.state(), &json!([200]));
}
