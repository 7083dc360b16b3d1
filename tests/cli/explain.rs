//! What `merge --explain` draws.

use super::folder::{Folder, TRIP, command, players};
use super::merges::reported;
use serde_json::{Value, json};
use std::fs;

#[test]
fn the_tree_takes_the_place_of_the_document() {
    let folder = players();
    let merge = ["merge", "--explain", "base.json", "ann.json", "bob.json"];
    let ran = folder.run(&merge);
    let drawn = "\
2 actions (ann, then bob), 4 deltas, 2 met another: 1 conflict

base.json
├─ ~ hp: 7 → 6  bob
│    conflict: bob's change to 6 wins over ann's change to 5
│    R5: the last action wins
└─ log
   ├─ + 1: \"a\"  ann
   │    both stand: ann's addition of \"a\" and bob's addition of \"b\"
   │    R10: what is added in one place all stands, the later behind the earlier
   └─ + 2: \"b\"  bob
";
    assert_eq!((ran.ok(), ran.err()), (drawn, ""));
    let beside = folder.run(&[&merge[..], &["--output", "merged.json"]].concat());
    assert_eq!((beside.ok(), beside.err()), (drawn, ""));
    assert!(folder.read("merged.json").contains("\"hp\":6"));
    let both = folder.run(&[&merge[..], &["--output", "-"]].concat());
    both.refused(&["found two for standard output"]);
    let stopped = folder.run(&[&merge[..], &["--fail-on-conflict"]].concat());
    assert_eq!((stopped.code(), stopped.out()), (1, drawn));
}

#[test]
fn every_kind_of_outcome_has_its_sign() {
    let folder = Folder::with([
        (
            "base",
            r#"{"gone":1,"list":["a"],"kept":{"x":1,"y":2},"deep":{"er":{"z":1}}}"#,
        ),
        (
            "ann",
            r#"{"list":["a","n"],"kept":{"x":1,"y":3},"deep":{"er":{"z":2}}}"#,
        ),
        (
            "bob",
            r#"{"gone":1,"list":["a","n"],"deep":{"er":{"z":1}},"a/b~c":[]}"#,
        ),
        ("one-run", r#"{"verdicts":{"R10":"first"}}"#),
        (
            "cy",
            r#"{"gone":1,"list":["a","c"],"kept":{"x":1,"y":2},"deep":{"er":{"z":1}}}"#,
        ),
    ]);
    let files = ["merge", "--explain", "base", "ann", "bob", "cy"];
    let with = |more: &[&str]| folder.run(&[&files[..], more].concat()).ok().to_owned();
    let drawn = with(&["--collapse"]);
    for line in [
        "├─ - gone: 1  ann\n",
        "│  ├─ + 1: \"n\"  ann\n",
        "│  ├─ = 1: \"n\"  bob\n",
        "│  └─ + 2: \"c\"  cy\n",
        "├─ kept\n│  │  conflict: ann's change of …/y to 3 wins over bob's removal\n",
        "│  └─ ~ y: 2 → 3  ann\n",
        "├─ ~ deep/er/z: 1 → 2  ann\n",
        "└─ + a~1b~0c: []  bob\n",
    ] {
        assert!(drawn.contains(line), "no {line} in {drawn}");
    }
    let drawn = with(&["--rules", "one-run"]);
    assert!(drawn.contains("× 1: \"c\"\n"), "{drawn}");
    let nothing = folder.run(&["merge", "--explain", "base", "base"]);
    assert_eq!(
        nothing.ok(),
        "1 action, no deltas, 0 met another: no conflicts\n\nbase\nnothing changed\n"
    );
    let root = Folder::with([("base", "1"), ("ann", "[2]"), ("bob", "null")]);
    let root = root.run(&["merge", "--explain", "base", "ann", "bob"]);
    assert!(
        root.ok().contains("\nbase: 1 → null  bob\n  conflict: "),
        "{}",
        root.out()
    );
}

#[test]
fn many_sides_are_told_in_few_lines() {
    let folder = Folder::with([("base", r#"{"a":0,"b":0}"#)]);
    let change = |path: &str, value: u64| json!({"op": "change", "path": path, "value": value});
    let action = |counter: u64| json!({"stamp": [counter, format!("side {counter}")], "deltas": [change("/a", counter), change("/b", 1)]});
    let actions: Vec<Value> = (1..=64).map(action).collect();
    fs::write(folder.0.join("actions"), json!(actions).to_string()).expect("a file is written");
    let ran = folder.run(&["merge", "--explain", "base", "--actions", "actions"]);
    let drawn = ran.ok();
    assert!(drawn.contains("├─ ~ a: 0 → 64  side 64\n"), "{drawn}");
    assert!(drawn.contains("and 59 more: 59 conflicts\n"), "{drawn}");
    assert!(
        drawn.contains("└─ ~ b: 0 → 1  side 1, side 2, side 3, side 4 and 60 more\n"),
        "{drawn}"
    );
    assert!(drawn.contains("and 59 more: no conflicts\n"), "{drawn}");
    assert!(drawn.lines().count() < 20, "{drawn}");
}

#[test]
fn colour_is_for_those_who_want_it_in_the_tree_too() {
    let folder = players();
    let drawn = |variables: &[&str]| {
        let mut command = command(&["merge", "--explain", "base.json", "ann.json", "bob.json"]);
        command.envs(variables.iter().map(|name| (name, "1")));
        folder.finish(command, b"").ok().to_owned()
    };
    assert!(!drawn(&[]).contains('\x1b'), "a pipe gets no colour");
    assert!(drawn(&["CLICOLOR_FORCE"]).contains("\x1b[1m\x1b[33mconflict: "));
    assert!(!drawn(&["CLICOLOR_FORCE", "NO_COLOR"]).contains('\x1b'));
}

#[test]
fn lines_keep_to_the_width_and_values_move_no_cursor() {
    let long = "long ".repeat(50_000);
    let evil = "\u{1b}[2J\u{202e}";
    let folder = Folder::with([
        (
            "base",
            &*json!({"a": long, evil: evil, "list": [[1], [2]]}).to_string(),
        ),
        (
            "ann",
            &*json!({"a": long.to_uppercase(), evil: 1, "list": [[1], [2, long]]}).to_string(),
        ),
        (
            "bob",
            &*json!({"a": 1, evil: evil, &long: {}, "list": [[1]]}).to_string(),
        ),
    ]);
    let ran = folder.run(&["merge", "--explain", "base", "ann", "bob"]);
    for line in ran.ok().lines() {
        assert!(line.chars().count() <= 100, "{line}");
        assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line:?}");
    }
    assert!(
        ran.out().contains(r"├─ ~ \u{1b}[2J\u{202e}: "),
        "{}",
        ran.out()
    );
}

#[test]
fn far_down_too_lines_keep_to_the_width() {
    let deep =
        |value: u8| (0..120).fold(json!(value), |inside, _| json!({"a": inside, "b": value}));
    let folder = Folder::with([
        ("base", &*deep(0).to_string()),
        ("ann", &*deep(1).to_string()),
        ("bob", &*deep(2).to_string()),
    ]);
    let ran = folder.run(&["merge", "--explain", "base", "ann", "bob"]);
    assert_eq!(ran.ok().matches("~ b: 0 → 2  bob\n").count(), 120);
    for line in ran.out().lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn every_generated_merge_can_be_drawn() {
    let folder = Folder::new();
    for case in reported(40) {
        for (name, value) in [
            ("base", case.base),
            ("actions", json!(case.actions)),
            ("rules", case.rules.to_json()),
        ] {
            fs::write(folder.0.join(name), value.to_string()).expect("a file is written");
        }
        let ran = folder.run(&[
            "merge",
            "--explain",
            "base",
            "--actions",
            "actions",
            "--rules",
            "rules",
        ]);
        // A line a slot at least, but for those on the way.
        let slots = case.report["slots"].as_array().expect("slots").iter();
        let changed = slots.filter(|slot| slot["changes"] != json!([])).count();
        assert!(ran.ok().lines().count() > changed, "{}", ran.out());
    }
}

#[test]
fn the_readme_and_the_help_name_the_views() {
    let folder = Folder::new();
    let help = folder.run(&["merge", "--help"]);
    for option in ["--explain", "--html", "--report"] {
        assert!(help.ok().contains(option), "{option}");
    }
    let drawn = folder.run(&[&TRIP[..], &["--explain"]].concat());
    assert!(
        drawn
            .ok()
            .contains("├─ ~ budget/perPerson: 900 → 1000  bob\n")
    );
}
