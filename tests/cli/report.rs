//! What a report says (spec/report.md), held against generated merges.

use super::folder::{Folder, TRIP, players};
use super::merges::{Reported, reported, reported_by};
use deltamerge::{Action, DeltaSet, Rules, checksum, equal, merge_with};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

#[test]
fn reports_of_generated_merges_hold() {
    let (mut conflicts, mut shifted, mut left_out, mut joined, mut once) = (0, 0, 0, 0, 0);
    for case in reported(300) {
        let slots = hold(&case);
        conflicts += case.report["counts"]["conflicts"]
            .as_u64()
            .expect("a count");
        for slot in slots {
            shifted += u64::from(slot.get("now").is_some_and(|now| *now != slot["path"]));
            joined += u64::from(list(slot, "changes").iter().any(is_joined));
            for change in list(slot, "changes")
                .iter()
                .filter(|_| slot.get("now").is_none())
            {
                left_out += u64::from(change["stands"] == false);
                once += u64::from(change["stands"] == true && change["op"] == "add");
            }
        }
    }
    let reached = [conflicts, shifted, left_out, joined, once];
    assert!(reached.iter().all(|count| *count > 0), "{reached:?}");
}

/// Three runs in one gap, two of them equal, by every rule that there is for them.
#[test]
fn of_the_runs_in_a_gap_those_that_stand_are_told_where() {
    let folder = Folder::new();
    let base = json!({"log": ["start", "end"]});
    let run = |counter: u64, values: &[u8]| {
        let adds = values
            .iter()
            .map(|value| json!({"op": "add", "path": "/log/1", "value": value}));
        let adds: Vec<Value> = adds.collect();
        Action::from_json(json!({"stamp": [counter, "ann"], "deltas": adds})).expect("an action")
    };
    let actions = vec![run(1, &[1, 2]), run(2, &[3]), run(3, &[1, 2])];
    for (rules, places) in [
        (json!({}), [Some(1), Some(2), Some(3), Some(4), Some(5)]),
        (
            json!({"collapse": true}),
            [Some(1), Some(2), Some(3), None, None],
        ),
        (
            json!({"verdicts": {"R10": "first"}}),
            [Some(1), Some(2), None, None, None],
        ),
        (
            json!({"verdicts": {"R10": "second"}}),
            [None, None, None, Some(1), Some(2)],
        ),
    ] {
        let rules = Rules::from_json(rules).expect("rules");
        let case = reported_by(&folder, base.clone(), actions.clone(), rules);
        let slots = &hold(&case)[2..];
        let now = places.map(|place| place.map(|place| json!(format!("/log/{place}"))));
        let told: Vec<_> = slots.iter().map(|slot| slot.get("now").cloned()).collect();
        assert_eq!(told, now, "{}", case.report["rules"]);
    }
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().expect("a list")
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().expect("a text")
}

fn index(value: &Value) -> usize {
    usize::try_from(value.as_u64().expect("an index")).expect("an index")
}

/// An object that was joined with others: the slots inside tell its members.
fn is_joined(change: &Value) -> bool {
    change["op"] == "add" && change.get("value").is_none()
}

fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => equal(a, b),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// T1 to T7.
fn hold(case: &Reported) -> &[Value] {
    whole(case);
    let slots = list(&case.report, "slots");
    let mut way: Vec<&Value> = Vec::new();
    let mut told = BTreeSet::new();
    let mut said = Vec::new();
    for slot in slots {
        let depth = index(&slot["depth"]);
        assert!(depth <= way.len(), "{slot} has no container");
        assert_eq!(depth == 0, way.is_empty(), "one root");
        way.truncate(depth);
        let container = way.last().copied();
        way.push(slot);
        placed(container, slot, case);
        values(slot, slots, case);
        for change in list(slot, "changes") {
            stands(change, slot, case);
            // The members of joined objects are told beyond the deltas.
            let is_member = way[..depth]
                .iter()
                .any(|slot| list(slot, "changes").iter().any(is_joined));
            if !is_member {
                said.push((slot, change));
            }
        }
        for decision in list(slot, "decisions") {
            assert!(told.insert(index(decision)), "{decision} is told twice");
            decided(
                &list(&case.report, "decisions")[index(decision)],
                slot,
                case,
            );
        }
    }
    assert_eq!(told.len(), list(&case.report, "decisions").len());
    every_delta_is_told(case, said);
    in_order(slots, case);
    slots
}

fn whole(case: &Reported) {
    let Reported { base, report, .. } = case;
    let actions = list(report, "actions").iter();
    let actions: Vec<Action> = actions
        .map(|action| {
            let mut action = action.clone();
            let file = action.as_object_mut().and_then(|it| it.remove("file"));
            assert_eq!(file, Some(json!("actions")));
            Action::from_json(action).expect("an action")
        })
        .collect();
    assert!(actions.is_sorted_by(|a, b| a.stamp < b.stamp));
    let stamps: BTreeSet<_> = case.actions.iter().map(|action| &action.stamp).collect();
    assert_eq!(stamps.len(), actions.len());
    for action in &actions {
        let canonical = action.deltas.normalize(base).expect("it fits");
        assert_eq!(*canonical, *action.deltas);
    }
    let rules = Rules::from_json(report["rules"].clone()).expect("rules");
    assert_eq!(rules, case.rules);
    let merged = merge_with(base, &actions, &rules.into()).expect("a merge");
    let deltas = DeltaSet::from_json(report["deltas"].clone()).expect("deltas");
    assert_eq!(merged.deltas, deltas);
    assert!(equal(&merged.state, &case.state));
    assert_eq!(
        report["base"],
        json!({"file": "base", "checksum": checksum(base)})
    );
    assert_eq!(report["state"]["checksum"], json!(merged.checksum()));
    let decisions: Vec<Value> = list(report, "decisions").iter().map(stripped).collect();
    assert!(equal(&json!(merged.decisions), &json!(decisions)));
    let counts = json!({
        "actions": actions.len(),
        "deltas": actions.iter().map(|action| action.deltas.len()).sum::<usize>(),
        "met": decisions.len(),
        "conflicts": merged.conflicts().count(),
    });
    assert_eq!(report["counts"], counts);
}

/// As in K1.
fn stripped(decision: &Value) -> Value {
    let mut decision = decision.clone();
    let fields = decision.as_object_mut().expect("an object");
    let outcome = fields.remove("outcome").expect("an outcome");
    assert!(
        fields
            .remove("reason")
            .is_some_and(|it| it.as_str() > Some(""))
    );
    assert_eq!(fields["conflict"] == true, outcome == "conflict");
    decision
}

/// An element that is added in a gap; its path is not one of the base.
fn is_in_gap(slot: &Value, base: &Value) -> bool {
    let path = text(slot, "path");
    let changes = list(slot, "changes");
    changes.iter().any(|change| change["op"] == "add")
        && path
            .rsplit_once('/')
            .is_some_and(|(container, _)| base.pointer(container).is_some_and(Value::is_array))
}

/// T2 and T3.
fn placed(container: Option<&Value>, slot: &Value, case: &Reported) {
    let path = text(slot, "path");
    let Some(container) = container else {
        assert_eq!((path, text(slot, "now")), ("", ""));
        return;
    };
    let (above, _) = path.rsplit_once('/').expect("a path");
    assert_eq!(above, text(container, "path"), "{slot}");
    if let Some(now) = slot.get("now") {
        let (above, _) = now
            .as_str()
            .and_then(|now| now.rsplit_once('/'))
            .expect("a path");
        assert_eq!(above, text(container, "now"), "{slot}");
        assert!(case.state.pointer(text(slot, "now")).is_some(), "{slot}");
    }
}

/// T4, and that every slot has a reason to be there.
fn values(slot: &Value, slots: &[Value], case: &Reported) {
    let in_gap = is_in_gap(slot, &case.base);
    let base = case.base.pointer(text(slot, "path")).filter(|_| !in_gap);
    let now = slot.get("now").and_then(Value::as_str);
    let state = now.and_then(|now| case.state.pointer(now));
    let at = slots
        .iter()
        .position(|other| std::ptr::eq(other, slot))
        .expect("it is there");
    let next = slots.get(at + 1);
    let has_inside = next.is_some_and(|next| next["depth"].as_u64() > slot["depth"].as_u64());
    let changes = list(slot, "changes");
    if changes.is_empty() {
        assert!(has_inside || at == 0, "{slot} says nothing");
        assert_eq!((slot.get("base"), slot.get("state")), (None, None));
        return;
    }
    let kept = base.is_none_or(|base| {
        state.is_some_and(|state| {
            state.is_object() == base.is_object() && state.is_array() == base.is_array()
        })
    });
    let is_told = has_inside && kept;
    assert!(
        same(slot.get("base"), base.filter(|_| !has_inside)),
        "{slot}"
    );
    assert!(
        same(slot.get("state"), state.filter(|_| !is_told)),
        "{slot}"
    );
}

/// T5: what stands is there, and what does not lost a decision.
fn stands(change: &Value, slot: &Value, case: &Reported) {
    let action = &list(&case.report, "actions")[index(&change["action"])];
    let decisions = list(&case.report, "decisions").iter();
    let mut losing = decisions.filter(|decision| {
        let loser = &decision["loser"];
        decision["conflict"] == true
            && loser["stamp"] == action["stamp"]
            && loser["delta"]["op"] == change["op"]
            && loser["delta"]["path"] == slot["path"]
    });
    assert_eq!(
        change["stands"] == true,
        losing.next().is_none(),
        "{change} in {slot}"
    );
    if change["stands"] == false {
        let is_gone = slot.get("now").is_none() || !is_in_gap(slot, &case.base);
        assert!(is_gone, "{slot} was left out");
        return;
    }
    match text(change, "op") {
        "remove" => assert_eq!(slot.get("now"), None, "{slot}"),
        // Of equal additions in a gap one may stand for all.
        "add" if slot.get("now").is_none() => assert!(is_in_gap(slot, &case.base), "{slot}"),
        _ if is_joined(change) => assert!(slot.get("now").is_some(), "{slot}"),
        _ => {
            let state = case.state.pointer(text(slot, "now")).expect("it is there");
            assert!(equal(state, &change["value"]), "{slot}");
        }
    }
}

/// T6.
fn decided(decision: &Value, slot: &Value, case: &Reported) {
    assert_eq!(decision["path"], slot["path"]);
    assert_eq!(
        decision["rule"] == "R10",
        is_in_gap(slot, &case.base),
        "{slot}"
    );
    if decision["rule"] == "R10" {
        let [change] = list(slot, "changes") else {
            panic!("{slot} is of several");
        };
        let action = &list(&case.report, "actions")[index(&change["action"])];
        assert_eq!(action["stamp"], decision["loser"]["stamp"]);
        assert!(equal(
            &change["value"],
            &decision["loser"]["delta"]["value"]
        ));
    }
}

/// T5: each delta once.
fn every_delta_is_told(case: &Reported, said: Vec<(&Value, &Value)>) {
    let mut told: Vec<_> = said
        .iter()
        .map(|(slot, change)| {
            (
                index(&change["action"]),
                text(change, "op"),
                text(slot, "path"),
            )
        })
        .collect();
    let actions = list(&case.report, "actions").iter().enumerate();
    let deltas = actions.flat_map(|(rank, action)| {
        let deltas = list(action, "deltas").iter();
        deltas.map(move |delta| (rank, text(delta, "op"), text(delta, "path")))
    });
    let mut deltas: Vec<_> = deltas.collect();
    told.sort_unstable();
    deltas.sort_unstable();
    assert_eq!(told, deltas);
    for (slot, change) in said {
        let action = &list(&case.report, "actions")[index(&change["action"])];
        let mut deltas = list(action, "deltas").iter();
        let is_told = deltas.any(|delta| {
            delta["path"] == slot["path"]
                && delta["op"] == change["op"]
                && (is_joined(change) || same(delta.get("value"), change.get("value")))
        });
        assert!(is_told, "{change} is nobody's");
    }
}

/// T7.
fn in_order(slots: &[Value], case: &Reported) {
    for (at, container) in slots.iter().enumerate() {
        let depth = index(&container["depth"]);
        let inside = slots[at + 1..].iter();
        let inside = inside.take_while(|slot| index(&slot["depth"]) > depth);
        let inside: Vec<_> = inside
            .filter(|slot| index(&slot["depth"]) == depth + 1)
            .collect();
        match case.base.pointer(text(container, "path")) {
            Some(Value::Array(_)) => {
                let places = inside.iter().map(|slot| {
                    let element = last(text(slot, "path")).parse::<usize>().expect("an index");
                    (element, !is_in_gap(slot, &case.base))
                });
                assert!(places.is_sorted());
                let now = inside.iter().filter_map(|slot| slot.get("now")?.as_str());
                let now = now.map(|now| last(now).parse::<usize>().expect("an index"));
                assert!(now.is_sorted_by(|a, b| a < b));
            }
            base => {
                let names = |value: Option<&Value>| -> Vec<String> {
                    let members = value.and_then(Value::as_object);
                    members.into_iter().flat_map(Map::keys).cloned().collect()
                };
                let now = container.get("now").and_then(Value::as_str);
                let (old, new) = (
                    names(base),
                    names(now.and_then(|now| case.state.pointer(now))),
                );
                let place = |name: &String| {
                    let of = |names: &[String]| names.iter().position(|other| other == name);
                    match (of(&old), of(&new)) {
                        (Some(place), _) => (0, place),
                        (None, Some(place)) => (1, place),
                        (None, None) => (2, 0),
                    }
                };
                let inside = inside.iter().map(|slot| last(text(slot, "path")));
                let inside = inside.map(|token| token.replace("~1", "/").replace("~0", "~"));
                let places: Vec<_> = inside.map(|name| place(&name)).collect();
                assert!(places.is_sorted(), "{places:?}");
            }
        }
    }
}

fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(_, token)| token)
}

#[test]
fn the_report_of_the_specification_is_what_the_command_writes() {
    let stays =
        |booked: bool| format!(r#"{{"stays":{{"coimbra":{{"price":140,"booked":{booked}}}}}}}"#);
    let folder = Folder::with([
        ("base.json", &*stays(false)),
        ("ann.json", r#"{"stays":{}}"#),
        ("bob.json", &*stays(true)),
    ]);
    let merge = ["merge", "base.json", "ann.json", "bob.json", "-q"];
    folder
        .run(&[&merge[..], &["--report", "report.json"]].concat())
        .ok();
    let written: Value = serde_json::from_str(&folder.read("report.json")).expect("JSON");
    let page = include_str!("../../spec/report.md");
    let shown = page
        .split("```json\n")
        .nth(1)
        .and_then(|it| it.split("```").next());
    let shown = shown.expect("an example");
    // Where the page leaves something out, anything may be.
    let pattern = shown.replace(", …}", "}");
    let mut pattern: Value = serde_json::from_str(&pattern).expect("JSON but for what is left out");
    assert_eq!(pattern["rules"]["verdicts"], json!({"R1": "second"}));
    pattern["rules"]["verdicts"] = Rules::movex().to_json()["verdicts"].clone();
    for name in ["base", "state"] {
        assert_eq!(pattern[name]["checksum"], "…");
        pattern[name]["checksum"] = written[name]["checksum"].clone();
    }
    assert_eq!(written, pattern);
}

#[test]
fn a_report_is_written_beside_everything_else_or_not_at_all() {
    let folder = players();
    let files = ["merge", "base.json", "ann.json", "bob.json"];
    let with = |more: &[&str]| folder.run(&[&files[..], more].concat());
    let ran = with(&["--report", "r", "--decisions", "d", "--output", "o"]);
    assert_eq!((ran.ok(), ran.err().contains("1 conflict\n")), ("", true));
    assert!(
        folder
            .names()
            .is_superset(&["r", "d", "o"].map(String::from).into())
    );
    with(&["--report", "no/r", "--output", "p"]).refused(&[
        "error: no/r: cannot be written: ",
        "next: make sure that the folder is there",
    ]);
    assert!(!folder.names().contains("p"));
    with(&["--report", "-"]).refused(&["for standard output", "another FILE"]);
    with(&["--report", "q", "--output", "q"]).refused(&["found two for q"]);
    let piped = with(&["--report", "-", "--output", "p", "--compact"]);
    assert_eq!(piped.lines().len(), 1);
}

#[test]
fn an_action_that_is_given_twice_is_told_once() {
    let folder = Folder::new();
    let action = "examples/trip/actions/ann.json";
    let given = ["--actions", action, "--actions", action];
    let ran = folder.run(&[&TRIP[..2], &given, &["--report", "-", "--output", "o"]].concat());
    let report = ran.json();
    assert_eq!(list(&report, "actions").len(), 1);
    assert_eq!(report["actions"][0]["file"], action);
}

#[test]
fn a_merge_of_patches_is_reported_as_that_of_the_copies() {
    let folder = Folder::new();
    let report = |arguments: &[&str]| {
        let more = ["-q", "--output", "o", "--report", "-"];
        let mut report = folder.run(&[arguments, &more].concat()).json();
        for action in report["actions"].as_array_mut().expect("actions") {
            action["file"] = Value::Null;
        }
        report
    };
    let patches = [
        "examples/trip/patches/ann.json",
        "examples/trip/patches/bob.json",
    ];
    let from = ["--from", "json-patch", "--as", "json-patch"];
    let of_patches = report(&[&TRIP[..2], &patches, &from].concat());
    assert_eq!(of_patches, report(&TRIP[..4]));
}
