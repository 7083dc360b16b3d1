//! Faults that were found once, each named by its cause.

use deltamerge::resync::{Client, MasterMessage, Options, Refusal, Revision};
use deltamerge::{
    Action, Delta, DeltaSet, Merged, Path, Rules, apply_within, checksum, diff, merge, merge_with,
    parse,
};
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
fn three_actions_at_names_that_share_half_a_character_were_a_panic() {
    let base = json!({"日": 1, "本": 1, "月": 1});
    let actions = ["日", "本", "月"].map(|name| {
        let mut after = base.clone();
        after[name] = json!(2);
        Action::new((1, name), diff(&base, &after).expect("shallow documents"))
    });
    let merged = merge(&base, &actions).expect("actions that fit");
    assert_eq!(merged.state, json!({"日": 2, "本": 2, "月": 2}));
    // Nor may actions that do not fit.
    assert!(merge(&json!({}), &actions).is_err());
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

fn revision(sequence: u64, state: &Value) -> Revision {
    Revision {
        sequence,
        checksum: checksum(state),
    }
}

/// A client that is live, with that state; its first question was 1.
fn live(state: &Value) -> Client {
    let mut client = Client::new("ann", Options::default());
    client.connect();
    client.handle(MasterMessage::FullState {
        question: 1,
        revision: revision(0, state),
        acknowledged: None,
        state: state.clone(),
    });
    client
}

fn change(place: &str, value: i32) -> DeltaSet {
    DeltaSet::from_iter([Delta::change(path(place), value)])
}

#[test]
fn the_refusal_of_an_earlier_sending_gave_up_an_action_that_was_sent_again() {
    let mut client = live(&json!({"a": 1}));
    let counter = client.dispatch(change("/a", 2)).expect("it fits");
    client.timeout(); // sends it again, as question 3
    let refusal = |question| {
        MasterMessage::Refusal(Refusal {
            question: Some(question),
            counter: Some(counter),
            code: "does-not-fit".to_owned(),
            reason: "because".to_owned(),
        })
    };
    client.handle(refusal(2));
    assert_eq!(client.pending(), 1);
    client.handle(refusal(3));
    assert_eq!(client.pending(), 0);
}

#[test]
fn what_a_stored_client_had_pending_was_dropped_where_its_state_was_missing() {
    let mut client = live(&json!({"a": 1}));
    client.dispatch(change("/a", 2)).expect("it fits");
    let stored = client.stored();
    let refusal = |missing: &[&str]| {
        let mut stored = stored.clone();
        let fields = stored.as_object_mut().expect("an object");
        fields.retain(|name, _| !missing.contains(&name.as_str()));
        Client::restore(stored, Options::default()).expect_err("a refusal")
    };
    for (missing, found) in [
        (&["state"][..], "no state"),
        (&["revision"], "no revision"),
        (&["state", "revision"], "neither, and pending actions"),
    ] {
        let expected = format!("expected a state and its revision, found {found}");
        assert_eq!(refusal(missing).to_string(), expected);
    }
    let fresh = Client::new("ann", Options::default()).stored();
    assert!(Client::restore(fresh, Options::default()).is_ok());
}

#[test]
fn a_stored_client_gave_the_counter_of_a_pending_action_again() {
    let mut client = live(&json!({"a": 1}));
    for value in [2, 3] {
        client.dispatch(change("/a", value)).expect("it fits");
    }
    let restored = |counter: u64, pending: [u64; 2]| {
        let mut stored = client.stored();
        stored["counter"] = json!(counter);
        for (action, counter) in pending.into_iter().enumerate() {
            stored["pending"][action]["stamp"][0] = json!(counter);
        }
        Client::restore(stored, Options::default()).map_err(|error| error.to_string())
    };
    assert_eq!(restored(2, [1, 2]).expect("what it stored").pending(), 2);
    assert_eq!(
        restored(7, [3, 5]).expect("counters that grow").pending(),
        2
    );
    for (counter, pending, index, expected) in [
        (1, [1, 2], 1, "up to the last one, 1, found 2"),
        (2, [0, 2], 0, "above 0, found 0"),
        (2, [2, 2], 1, "above 2, found 2"),
        (5, [4, 3], 1, "above 4, found 3"),
    ] {
        let expected = format!("at /pending/{index}/stamp/0: expected a counter {expected}");
        assert_eq!(restored(counter, pending).expect_err("a refusal"), expected);
    }
}

#[test]
fn a_stored_client_whose_state_was_damaged_was_refused_with_its_pending_actions() {
    let mut client = live(&json!({"a": {"b": 1}, "c": 1}));
    client.dispatch(change("/a/b", 2)).expect("it fits");
    let mut stored = client.stored();
    stored["state"] = json!({"a": 0, "c": 1});
    let mut again = Client::restore(stored, Options::default()).expect("it is healed, not refused");
    assert_eq!(again.pending(), 1);
    again.connect();
    let whole = json!({"a": {"b": 1}, "c": 5});
    let unknown = MasterMessage::Refusal(Refusal {
        question: Some(1),
        counter: None,
        code: "unknown-revision".to_owned(),
        reason: "because".to_owned(),
    });
    again.handle(unknown);
    again.handle(MasterMessage::FullState {
        question: 2,
        revision: revision(1, &whole),
        acknowledged: None,
        state: whole,
    });
    assert_eq!(again.shown(), Some(&json!({"a": {"b": 2}, "c": 5})));
}

#[test]
fn a_counter_at_its_end_that_a_master_pretended_was_counted_on() {
    let state = json!({"a": 1});
    let mut client = Client::new("ann", Options::default());
    client.connect();
    client.handle(MasterMessage::FullState {
        question: 1,
        revision: revision(0, &state),
        acknowledged: Some(u64::MAX),
        state,
    });
    assert_eq!(client.dispatch(change("/a", 2)), Ok(u64::MAX));
}

#[test]
fn a_container_that_is_too_deep_and_empty_was_said_to_be_nowhere() {
    let cases = [
        (json!({"a": [[]]}), 2, "/a/0"),
        (json!({"a": [[1]]}), 2, "/a/0"),
        (json!([]), 0, "the root"),
    ];
    for (document, depth, place) in cases {
        let error = apply_within(&document, &DeltaSet::new(), depth).expect_err("too deep");
        let expected = format!("expected a depth of at most {depth}, found more at {place}");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_text_that_ends_where_a_line_begins_was_refused_at_column_0() {
    for (text, line) in [("", 1), ("[1,\n", 2), ("\n\n", 3)] {
        let error = parse(text).expect_err("no document");
        assert_eq!((error.line(), error.column()), (line, 1), "{text:?}");
        assert!(error.to_string().contains("column 1: "), "{error}");
    }
}
