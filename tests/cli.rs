//! The command as its users meet it: what it reads, writes, says, and ends with.
#![cfg(feature = "cli")]

#[path = "cli/account.rs"]
mod account;
#[path = "cli/door.rs"]
mod door;
#[path = "cli/explain.rs"]
mod explain;
#[path = "cli/folder.rs"]
mod folder;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/merges.rs"]
mod merges;
#[path = "cli/patches.rs"]
mod patches;
#[path = "cli/refusals.rs"]
mod refusals;
#[path = "cli/report.rs"]
mod report;
#[path = "cli/resync.rs"]
mod resync;
#[path = "cli/shell.rs"]
mod shell;
#[path = "cli/texts.rs"]
mod texts;
#[path = "cli/verify.rs"]
mod verify;

use folder::{ANN, BASE, Folder, players};
use serde_json::{Value, json};
use std::fs;

// Every command's happy path.

#[test]
fn diff_gives_the_deltas_and_apply_takes_them() {
    let folder = players();
    let deltas = folder.run(&["diff", "base.json", "ann.json"]);
    let expected = json!([
        {"op": "change", "path": "/hp", "value": 5},
        {"op": "add", "path": "/log/1", "value": "a"},
    ]);
    assert_eq!(deltas.json(), expected);
    let state = folder.feed(&["apply", "base.json", "-"], deltas.ok().as_bytes());
    assert_eq!(state.json(), json!({"hp": 5, "log": ["start", "a"]}));
}

#[test]
fn diff_with_a_stamp_gives_an_action() {
    let action = players().run(&["diff", "--stamp", "3:ann:x", "base.json", "ann.json"]);
    assert_eq!(action.json()["stamp"], json!([3, "ann:x"]));
    assert_eq!(action.json()["deltas"][0]["path"], "/hp");
    let refused = players().run(&["diff", "--stamp", "ann", "base.json", "ann.json"]);
    refused.refused(&["ann", "a counter from 0 to 2^64-1, a colon and a name"]);
}

#[test]
fn merge_takes_the_later_file_for_the_later_action() {
    let folder = players();
    let merged = folder.run(&["merge", "base.json", "ann.json", "bob.json"]);
    assert_eq!(merged.json(), json!({"hp": 6, "log": ["start", "a", "b"]}));
    let merged = folder.run(&["merge", "base.json", "bob.json", "ann.json"]);
    assert_eq!(merged.json(), json!({"hp": 5, "log": ["start", "b", "a"]}));
}

#[test]
fn merge_takes_actions_in_any_order_and_any_repetition() {
    let folder = players();
    let action = |stamp: &str, file: &str| {
        let action = folder.run(&["diff", "--stamp", stamp, "base.json", file]);
        action.ok().to_owned()
    };
    let (ann, bob) = (action("9:ann", "ann.json"), action("1:bob", "bob.json"));
    fs::write(folder.0.join("1"), &ann).expect("a file is written");
    fs::write(folder.0.join("2"), format!("[{bob},{ann}]")).expect("a file is written");
    fs::write(folder.0.join("3"), format!("{{\"actions\":[{bob}]}}")).expect("a file is written");
    for files in [["1", "3", "2"], ["2", "1", "1"], ["3", "2", "1"]] {
        let [a, b, c] = files;
        let merged = folder.run(&[
            "merge",
            "base.json",
            "--actions",
            a,
            "--actions",
            b,
            "--actions",
            c,
        ]);
        assert_eq!(merged.json(), json!({"hp": 5, "log": ["start", "b", "a"]}));
        assert!(
            merged
                .err()
                .starts_with("2 actions (bob, then ann), 4 deltas, 2 met")
        );
    }
}

#[test]
fn rebase_leads_from_the_one_to_the_merge_of_both() {
    let folder = players();
    for (stamp, name) in [("1:ann", "ann"), ("2:bob", "bob")] {
        let file = format!("{name}.json");
        let action = format!("{name}-action.json");
        let run = folder.run(&[
            "diff",
            "--stamp",
            stamp,
            "base.json",
            &file,
            "--output",
            &action,
        ]);
        assert_eq!(run.ok(), "");
    }
    let left = |action: &str, over: &str| {
        folder.run(&["rebase", "base.json", "--action", action, "--over", over])
    };
    let bobs = left("bob-action.json", "ann-action.json");
    let anns = left("ann-action.json", "bob-action.json");
    let merged = json!({"hp": 6, "log": ["start", "a", "b"]});
    let after = folder.feed(&["apply", "ann.json", "-"], bobs.ok().as_bytes());
    assert_eq!(after.json(), merged);
    let after = folder.feed(&["apply", "bob.json", "-"], anns.ok().as_bytes());
    assert_eq!(after.json(), merged);
}

#[test]
fn compose_and_invert_undo_each_other() {
    let folder = players();
    folder
        .run(&["diff", "base.json", "ann.json", "-o", "deltas"])
        .ok();
    let undo = folder.run(&["invert", "base.json", "deltas"]);
    let state = folder.feed(&["apply", "ann.json", "-"], undo.ok().as_bytes());
    assert_eq!(state.json(), json!({"hp": 7, "log": ["start"]}));
    let both = folder.feed(
        &["compose", "base.json", "deltas", "-"],
        undo.ok().as_bytes(),
    );
    assert_eq!(both.json(), json!([]));
}

#[test]
fn checksum_prints_a_line_a_file_and_the_same_for_equal_documents() {
    let folder = Folder::with([("a", r#"{"a":1,"b":2}"#), ("b c", r#"{"b":2.0,"a":1e0}"#)]);
    let ran = folder.run(&["checksum", "a", "b c"]);
    let lines: Vec<_> = ran.ok().lines().collect();
    let [(sum, "a"), (same, "b c")] = [lines[0], lines[1]].map(|line| {
        let (sum, name) = line.split_once("  ").expect("two spaces");
        (sum, name)
    }) else {
        panic!("other names: {lines:?}")
    };
    assert_eq!((sum.len(), lines.len()), (32, 2));
    assert_eq!(sum, same);
    let piped = folder.feed(&["checksum", "-"], b"{\"a\":1,\"b\":2}");
    assert_eq!(piped.ok(), format!("{sum}  -\n"));
}

#[test]
fn checksum_has_a_strong_form_and_that_of_movex() {
    // Below a top-level array nothing is sorted.
    let folder = Folder::with([
        ("a", r#"{"b":[{"d":1.0,"c":2}],"a":1}"#),
        ("b", r#"[{"b":1,"a":-0.0}]"#),
    ]);
    let strong = folder.run(&["checksum", "--strong", "a"]);
    assert_eq!(
        strong.ok(),
        "6e302ebf8227caa34d8d0161c7fe74c1a3f273c4ed80ae91735a15ed80ea220c  a\n"
    );
    let movex = folder.run(&["checksum", "--movex", "a", "b"]);
    assert_eq!(
        movex.ok(),
        "33cf9193c0e78bf6780bb9470c2320df  a\na7bc73306651421cf5ffc1c75fb029f3  b\n"
    );
    let both = folder.run(&["checksum", "--strong", "--movex", "a"]);
    both.refused(&["--strong", "--movex"]);
}

#[test]
fn lenient_application_tells_what_it_took_differently() {
    let folder = players();
    let stale = br#"[{"op":"change","path":"/mp","value":1},{"op":"remove","path":"/xp"}]"#;
    let ran = folder.feed(&["apply", "--lenient", "base.json", "-"], stale);
    assert_eq!(ran.json(), json!({"hp": 7, "log": ["start"], "mp": 1}));
    assert_eq!(
        ran.err(),
        "standard input: delta 0 (change /mp) became an ADD\n\
         standard input: delta 1 (remove /xp) was done already\n"
    );
    let ran = folder.feed(&["apply", "--lenient", "--quiet", "base.json", "-"], stale);
    assert_eq!((ran.code(), ran.err()), (0, ""));
    let strict = folder.feed(&["apply", "base.json", "-"], stale);
    strict.refused(&[
        "error[does-not-fit]",
        "delta 0 (change /mp)",
        "found nothing there",
    ]);
}

// Rules.

#[test]
fn rules_are_a_preset_or_a_file() {
    let folder = Folder::with([
        ("base", r#"{"a":{"b":1}}"#),
        ("ann", "{}"),
        ("bob", r#"{"a":{"b":2}}"#),
        (
            "rules",
            r#"{"verdicts":{"R21":"second","R24":"second","R25":"first","R26":"first"}}"#,
        ),
        ("name", r#""first-wins""#),
    ]);
    let merge = |rules: &str| folder.run(&["merge", "--rules", rules, "base", "ann", "bob"]);
    assert_eq!(merge("movex").json(), json!({"a": {"b": 2}}));
    assert_eq!(merge("remove-wins").json(), json!({}));
    assert!(
        merge("remove-wins")
            .err()
            .contains("R26: by this rule set an earlier removal wins")
    );
    assert_eq!(merge("rules").json(), json!({}));
    assert_eq!(merge("name").json(), json!({}));
    merge("moveks").refused(&["moveks", "cannot be read", "movex, remove-wins, first-wins"]);
    merge("ann").ok();
    merge("bob").refused(&["error[bad-rules]: bob: ", r#""a""#, "U1 to U3"]);
}

#[test]
fn a_collapsed_run_is_told_as_the_same() {
    let folder = Folder::with([("base", "[]"), ("ann", r#"["yes"]"#), ("bob", r#"["yes"]"#)]);
    let both = folder.run(&["merge", "base", "ann", "bob"]);
    assert_eq!(both.json(), json!(["yes", "yes"]));
    assert!(both.err().contains("both stand  /0\n"), "{}", both.err());
    let once = folder.run(&["merge", "--collapse", "base", "ann", "bob"]);
    assert_eq!(once.json(), json!(["yes"]));
    assert!(once.err().contains("the same    /0\n"), "{}", once.err());
}

// Exit codes and outputs.

#[test]
fn a_conflict_is_an_exit_code_only_where_that_is_asked_for() {
    let folder = players();
    let merge = |file: &str| {
        let ran = folder.run(&["merge", "--fail-on-conflict", "base.json", "ann.json", file]);
        assert_eq!(
            serde_json::from_str::<Value>(ran.out())
                .ok()
                .map(|it| it.is_object()),
            Some(true)
        );
        ran.code()
    };
    assert_eq!(merge("bob.json"), 1);
    assert_eq!(merge("base.json"), 0);
}

#[test]
fn merge_writes_document_decisions_and_deltas_to_files() {
    let folder = players();
    let ran = folder.run(&[
        "merge",
        "base.json",
        "ann.json",
        "bob.json",
        "--output",
        "merged.json",
        "--decisions",
        "decisions.json",
        "--deltas",
        "deltas.json",
        "--compact",
    ]);
    assert_eq!(ran.ok(), "");
    assert_eq!(
        folder.read("merged.json"),
        "{\"hp\":6,\"log\":[\"start\",\"a\",\"b\"]}\n"
    );
    let decisions: Value = serde_json::from_str(&folder.read("decisions.json")).expect("JSON");
    assert_eq!(decisions[0]["rule"], "R5");
    assert_eq!(decisions[0]["winner"]["stamp"], json!([2, "bob"]));
    let state = folder.run(&["apply", "base.json", "deltas.json", "--compact"]);
    assert_eq!(state.ok(), folder.read("merged.json"));
    let names = [
        "ann.json",
        "base.json",
        "bob.json",
        "decisions.json",
        "deltas.json",
        "examples",
        "merged.json",
    ];
    assert_eq!(folder.names(), names.map(String::from).into());
}

#[test]
fn a_document_can_be_merged_in_its_place() {
    let folder = players();
    folder
        .run(&[
            "merge",
            "base.json",
            "ann.json",
            "--output",
            "base.json",
            "--compact",
        ])
        .ok();
    assert_eq!(folder.read("base.json").trim_end(), ANN);
}

#[test]
fn two_results_have_two_places() {
    let folder = players();
    let merge = |more: &[&str]| folder.run(&[&["merge", "base.json", "ann.json"], more].concat());
    merge(&["--deltas", "x", "--decisions", "x"]).refused(&["found two for x"]);
    merge(&["--deltas", "-"]).refused(&["found two for standard output"]);
    let deltas = merge(&["--deltas", "-", "--output", "x"]);
    assert_eq!(deltas.json()[0]["path"], "/hp");
}

#[test]
fn nothing_is_written_where_something_fails() {
    let folder = Folder::with([("base", BASE), ("bad", "{"), ("out", "as it was")]);
    folder
        .run(&["merge", "base", "bad", "--output", "out"])
        .refused(&["bad, line 1"]);
    folder
        .run(&[
            "merge",
            "base",
            "base",
            "--output",
            "out",
            "--deltas",
            "missing/deltas",
        ])
        .refused(&["missing/deltas: cannot be written"]);
    folder
        .run(&["apply", "base", "base", "--output", "out"])
        .refused(&["base: expected a list of deltas"]);
    assert_eq!(folder.read("out"), "as it was");
    assert_eq!(
        folder.names(),
        ["bad", "base", "examples", "out"].map(String::from).into()
    );
}

#[cfg(unix)]
#[test]
fn a_link_and_the_permissions_of_a_file_survive_its_replacement() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = players();
    let real = folder.0.join("base.json");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("permissions are set");
    symlink("base.json", folder.0.join("link")).expect("a link is made");
    folder
        .run(&[
            "merge",
            "base.json",
            "ann.json",
            "--output",
            "link",
            "--compact",
        ])
        .ok();
    assert!(folder.0.join("link").is_symlink());
    assert_eq!(folder.read("base.json").trim_end(), ANN);
    let mode = fs::metadata(&real)
        .expect("the file is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    folder
        .run(&["diff", "ann.json", "bob.json", "--output", "/dev/null"])
        .ok();
    assert!(
        !fs::metadata("/dev/null")
            .expect("the device is there")
            .is_file()
    );
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let folder = Folder::new();
    let big: Vec<_> = (0..100_000).collect();
    fs::write(folder.0.join("big"), json!(big).to_string()).expect("a file is written");
    let requests = format!("{}\n", r#"{"do":"checksum","document":1}"#).repeat(20_000);
    fs::write(folder.0.join("requests"), requests).expect("a file is written");
    for line in [
        "deltamerge merge big big | head -c 1 > one",
        "deltamerge batch < requests | head -n 1 > one",
    ] {
        let ran = folder.shell(&format!("set -o pipefail\n{line}"));
        assert_eq!(
            (ran.code(), ran.err().contains("error")),
            (0, false),
            "{line}: {}",
            ran.err()
        );
    }
}

#[test]
fn members_keep_their_order() {
    let folder = Folder::with([
        ("base", r#"{"z":1,"m":2,"a":3}"#),
        ("ann", r#"{"z":1,"y":0,"m":2,"a":4}"#),
        ("bob", r#"{"z":1,"m":2,"a":3,"b":0}"#),
    ]);
    let merged = folder.run(&["merge", "base", "ann", "bob", "--compact"]);
    assert_eq!(merged.ok(), "{\"z\":1,\"m\":2,\"a\":4,\"y\":0,\"b\":0}\n");
    // As a text: each where its own side has it.
    let text = folder.run(&["merge", "base", "ann", "bob"]);
    assert_eq!(text.ok(), r#"{"z":1,"y":0,"m":2,"a":4,"b":0}"#);
}

#[test]
fn merged_files_keep_their_bytes() {
    let folder = Folder::with([
        ("base.json", "{\r\n\t\"a\" :1.10,\r\n\t\"b\": 1e400\r\n}"),
        ("ann.json", "{\r\n\t\"a\" :1.10,\r\n\t\"b\": 1e401\r\n}"),
        ("bob.json", "{\"c\": [1,  2e0], \"a\" :1.1, \"b\": 1e400}"),
        ("tsconfig.json", "{\n  // why\n  \"a\": 1,\n}\n"),
        ("edited", "{\n  // why\n  \"a\": 2,\n}\n"),
    ]);
    let merged = folder.run(&["merge", "base.json", "ann.json", "bob.json"]);
    // Ann's text has the style of the base, Bob's has not: so it is Bob's that is written into.
    assert_eq!(merged.ok(), "{\"c\": [1,  2e0], \"a\" :1.1, \"b\": 1e401}");
    let digits = folder.run(&[
        "merge",
        "base.json",
        "base.json",
        "ann.json",
        "--deltas",
        "-",
        "-o",
        "o",
    ]);
    assert_eq!(
        digits.json(),
        json!([{"op": "change", "path": "/b", "value": "1e401"}])
    );
    assert_eq!(folder.read("o"), folder.read("ann.json"));
    let refused = folder.run(&["merge", "tsconfig.json", "edited"]);
    refused.refused(&[
        "error[bad-json]: edited, line 2, column 3",
        "found a comment",
        "--comments",
    ]);
    let merged = folder.run(&["merge", "tsconfig.json", "edited", "--comments"]);
    assert_eq!(merged.ok(), folder.read("edited"));
    let actions = folder.run(&["merge", "base.json", "--actions", "-"]);
    actions.refused(&["standard input"]);
    let action = br#"{"stamp":[1,"cy"],"deltas":[{"op":"add","path":"/0","value":[true]}]}"#;
    let merged = folder.feed(&["merge", "base.json", "--actions", "-"], action);
    let expected = folder
        .read("base.json")
        .replace("{\r\n", "{\r\n\t\"0\" :[\r\n\t\ttrue\r\n\t],\r\n");
    assert_eq!(merged.ok(), expected);
}
