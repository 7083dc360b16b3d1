//! `deltamerge verify`: that all laws hold, or the story of a case in which one does not.

use super::folder::Folder;
use serde_json::json;

#[test]
fn a_preset_holds_in_every_small_case() {
    let folder = Folder::new();
    let ran = folder.run(&["verify", "movex", "--size", "1"]);
    let (first, rest) = ran.ok().split_once(" (").expect("the time");
    assert_eq!(
        first,
        "movex: L1 to L8 hold in all 1485 cases: \
         4 documents of up to 1 value, 486 cases of two actions and 999 of three"
    );
    assert!(
        rest.contains("\nHow often each rule decided:\n   R1 "),
        "{rest}"
    );
    assert!(rest.contains("  not reached: R2, R3, R4, R6, "), "{rest}");
    assert_eq!(ran.err(), "", "progress is for terminals");
}

#[test]
fn the_result_is_there_as_json() {
    let folder = Folder::with([("rules", r#"{"preset":"remove-wins","collapse":true}"#)]);
    let held = folder
        .run(&["verify", "rules", "--size", "1", "--json"])
        .json();
    assert_eq!(held["holds"], true);
    assert_eq!(held["documents"], 4);
    assert_eq!(
        held["cases"],
        json!({"two actions": 486, "three actions": 999})
    );
    assert_eq!(held["decisions"]["R2"], 0);
    assert!(held["decisions"]["R1"].as_u64() > Some(0));
    let ran = folder.feed(&["verify", "-", "--json"], CIRCLE.as_bytes());
    assert_eq!((ran.code(), ran.err()), (1, ""));
    let broken: serde_json::Value = serde_json::from_str(ran.out()).expect("JSON");
    assert_eq!(broken["holds"], false);
    let story = &broken["counterexample"];
    assert_eq!(
        (&story["law"], &story["base"]),
        (&json!("L8"), &json!({"a": 0}))
    );
    assert_eq!(story["circle"], json!([[1, "ann"], [2, "bob"], [3, "cy"]]));
    assert_eq!(story["actions"].as_array().map(Vec::len), Some(3));
    assert_eq!(story["observations"][0]["decisions"][1]["rule"], "R8");
}

/// Of a change and a removal always the first: change 1 beats remove 2, which beats change 3, which beats change 1.
const CIRCLE: &str = r#"{"verdicts":{"R5":"second","R6":"first","R8":"first"}}"#;

#[test]
fn a_circle_is_shown_with_three_actions_that_beat_each_other() {
    let folder = Folder::with([("rules.json", CIRCLE)]);
    let ran = folder.run(&["verify", "rules.json"]);
    assert_eq!((ran.code(), ran.err()), (1, ""));
    assert_eq!(
        ran.out(),
        "\
rules.json: L8 does not hold: every decision agrees with its cell of the resolution table.

The base is {\"a\":0}.
  1:ann changes /a to []
  2:bob removes /a
  3:cy changes /a to 1

1:ann, 2:bob and 3:cy together give {\"a\":1}
  /a: change (3:cy) over change (1:ann), rule R5
  /a: change (3:cy) over remove (2:bob), rule R8
1:ann and 2:bob alone give {\"a\":[]}
  /a: change (1:ann) over remove (2:bob), rule R6
2:bob and 3:cy alone give {}
  /a: remove (2:bob) over change (3:cy), rule R8
1:ann and 3:cy alone give {\"a\":1}
  /a: change (3:cy) over change (1:ann), rule R5

1:ann beats 2:bob, 2:bob beats 3:cy, and 3:cy beats 1:ann: a circle (U3).
So whoever wins, a cell of the table is contradicted. Here R8 says that the first wins, and of the two 2:bob is the first; \
but the merge of all lets 3:cy win.
"
    );
    folder
        .run(&["merge", "--rules", "rules.json", "rules.json", "rules.json"])
        .refused(&[
            "error[bad-rules]",
            "beat each other in a circle",
            "deltamerge verify",
        ]);
}

#[test]
fn what_is_no_rule_set_is_refused() {
    let folder = Folder::with([
        ("verdict", r#"{"verdicts":{"R9":"first"}}"#),
        ("name", r#"{"preset":"moveks"}"#),
        ("text", "movex"),
    ]);
    folder.run(&["verify", "verdict"]).refused(&[
        "error[bad-rules]: verdict: at /verdicts/R9: expected both, found the string \"first\"",
        "next: a rule set is one of movex",
    ]);
    folder.run(&["verify", "name"]).refused(&[
        "error[bad-rules]: name: at /preset: expected \"movex\", \"remove-wins\" or \"first-wins\"",
    ]);
    folder.run(&["verify", "text"]).refused(&[
        "error[bad-json]: text, line 1",
        "next: verify takes a preset (movex, remove-wins, first-wins)",
    ]);
    folder.run(&["verify", "moveks"]).refused(&[
        "moveks",
        "cannot be read",
        "verify takes a preset",
    ]);
    folder
        .run(&["verify", "movex", "--size", "9"])
        .refused(&["1..=4"]);
}
