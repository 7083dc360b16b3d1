//! Faults that were found once, each named by its cause.

use deltamerge::{Action, Delta, DeltaSet, Merged, Path, Rules, merge_with};
use serde_json::{Value, json};

fn path(text: &str) -> Path {
    text.parse().expect("a pointer")
}

/// Merges single deltas, stamped in their order.
fn merged(base: &Value, deltas: impl IntoIterator<Item = Delta>, rules: Rules) -> Merged {
    let actions = (1..)
        .zip(deltas)
        .map(|(counter, delta)| Action::new((counter, "ann"), DeltaSet::from_iter([delta])));
    let actions: Vec<_> = actions.collect();
    merge_with(base, &actions, &rules.into()).expect("they fit")
}

#[test]
fn the_later_of_two_removals_stood_for_both_where_the_first_action_wins() {
    let base = json!({"a": {"b": 1}});
    let between = [Delta::change(path("/a"), 2), Delta::change(path("/a/b"), 2)];
    for change in between {
        let deltas = [Delta::remove(path("/a")), change, Delta::remove(path("/a"))];
        let merged = merged(&base, deltas, Rules::first_wins());
        assert_eq!(merged.state, json!({}));
        assert!(
            merged
                .decisions
                .iter()
                .all(|decision| decision.winner.stamp.counter == 1)
        );
    }
}

#[test]
fn the_later_of_two_added_objects_stood_for_both_where_the_first_action_wins() {
    let deltas =
        [json!({"x": 1}), json!(5), json!({"y": 2})].map(|value| Delta::add(path("/a"), value));
    let merged = merged(&json!({}), deltas, Rules::first_wins());
    assert_eq!(merged.state, json!({"a": {"x": 1, "y": 2}}));
    assert!(
        merged
            .decisions
            .iter()
            .all(|decision| decision.winner.stamp.counter == 1)
    );
}
