//! What is refused, and in which words.

use super::folder::{ANN, BASE, Folder, players};
use serde_json::json;
use std::fs;

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = players();
    folder.run(&["diff", "base.json", "nobody.json"]).refused(&[
        "error: nobody.json: cannot be read: ",
        "next: check the name",
    ]);
    folder
        .run(&["checksum", "examples"])
        .refused(&["examples: cannot be read: "]);
}

#[test]
fn a_text_that_is_no_document_is_refused_with_its_place() {
    let folder = Folder::with([
        ("base", BASE),
        ("comma", "{\n  \"hp\": 7,\n}"),
        ("empty", "\n"),
        ("twice", "{\"é\": 1,\n \"b\": {\"c\": 1, \"c\": 2}}"),
    ]);
    fs::write(folder.0.join("latin"), b"[\n\"\xe9\"]").expect("a file is written");
    fs::write(folder.0.join("deep"), "[".repeat(9) + &"]".repeat(9)).expect("a file is written");
    let merge = |file: &str| folder.run(&["merge", "base", file]);
    merge("comma").refused(&[
        "error[bad-json]: comma, line 3, column 1: expected JSON, found this: trailing comma\n",
        "  3 | }\n    | ^\n",
        "next: if the file may have comments and trailing commas, say so with --comments\n",
    ]);
    merge("empty").refused(&["error[bad-json]: empty, line", "an empty one is not JSON"]);
    merge("twice").refused(&[
        "error[duplicate-member]: twice, line 2, column 16: expected each member once, ",
        "found \"c\" twice, first in line 2\n",
        "  2 |  \"b\": {\"c\": 1, \"c\": 2}}\n    |                ^\n",
    ]);
    merge("latin")
        .refused(&["error[bad-json]: latin, line 2: expected text in UTF-8, found the byte 0xe9"]);
    let deep = folder.run(&["merge", "--depth", "8", "base", "deep"]);
    deep.refused(&[
        "error[too-deep]: deep, line 1, column 9: expected a depth of at most 8, found more",
        "next: if the depth is meant, allow it with --depth N, at most 256",
    ]);
    merge("deep").ok();
}

#[test]
fn depth_has_a_bound_that_an_option_moves() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let folder = Folder::new();
    let sum = |depth: usize, arguments: &[&str]| {
        folder.feed(
            &[&["checksum", "-"], arguments].concat(),
            nested(depth).as_bytes(),
        )
    };
    sum(128, &[]).ok();
    sum(129, &[]).refused(&["error[too-deep]: standard input", "at most 128"]);
    sum(256, &["--depth", "256"]).ok();
    sum(100_000, &["--depth", "256"]).refused(&["error[too-deep]", "at most 256"]);
    sum(1, &["--depth", "257"]).refused(&["257 is not in 0..=256"]);
}

#[test]
fn a_mark_of_the_byte_order_is_dropped() {
    let folder = Folder::with([("base", BASE), ("marked", &*format!("\u{feff}{ANN}"))]);
    let deltas = folder.run(&["diff", "base", "marked"]);
    assert_eq!(deltas.json()[0]["path"], "/hp");
    let reply = folder.feed(
        &["batch"],
        "\u{feff}{\"do\":\"checksum\",\"document\":1}\n".as_bytes(),
    );
    assert!(reply.lines()[0]["ok"].is_object());
}

#[test]
fn a_delta_that_does_not_fit_is_named_with_its_file_and_path() {
    let folder = Folder::with([
        ("base", BASE),
        (
            "deltas",
            r#"[{"op":"change","path":"/hp","value":5},{"op":"remove","path":"/log/4"}]"#,
        ),
        (
            "form",
            r#"[{"op":"remove","path":"/hp"},{"op":"move","path":"/hp"}]"#,
        ),
        ("path", r#"[{"op":"remove","path":"hp"}]"#),
        ("empty", "[]"),
        (
            "action",
            r#"{"stamp":[1,"ann"],"deltas":[{"op":"remove","path":"/mp"}]}"#,
        ),
        ("idle", r#"{"stamp":[1,"ann"],"deltas":[]}"#),
        (
            "unstamped",
            r#"[{"stamp":[1,"ann"],"deltas":[]},{"deltas":[]}]"#,
        ),
    ]);
    folder.run(&["apply", "base", "deltas"]).refused(&[
        "error[does-not-fit]: deltas: delta 1 (remove /log/4): expected ",
        "next: is base what the deltas were made on?",
    ]);
    folder
        .run(&["invert", "base", "deltas"])
        .refused(&["deltas: delta 1 (remove /log/4)"]);
    folder
        .run(&["compose", "base", "deltas", "empty"])
        .refused(&["deltas: delta 1"]);
    folder
        .run(&["compose", "base", "empty", "deltas"])
        .refused(&[
            "deltas: delta 1",
            "is base with empty what the deltas were made on?",
        ]);
    folder.run(&["apply", "base", "form"]).refused(&[
        "error[bad-delta]: form: at /1/op: expected \"add\", \"change\" or \"remove\", found the string \"move\"",
    ]);
    folder
        .run(&["apply", "base", "path"])
        .refused(&["error[bad-path]: path: at /0/path", "next: a path is"]);
    folder
        .run(&["merge", "base", "--actions", "idle", "--actions", "action"])
        .refused(&["error[does-not-fit]: action: action 1:ann: delta 0 (remove /mp)"]);
    for files in [["action", "idle"], ["idle", "action"]] {
        let [action, over] = files;
        folder
            .run(&["rebase", "base", "--action", action, "--over", over])
            .refused(&["error[does-not-fit]: action: action 1:ann: delta 0 (remove /mp)"]);
    }
    folder
        .run(&["merge", "base", "--actions", "unstamped"])
        .refused(&[
            "error[bad-request]: unstamped: action 1 of the list: expected a field \"stamp\"",
        ]);
}

#[test]
fn two_actions_under_one_stamp_are_refused_with_their_files() {
    let action = |value: u8| {
        json!({"stamp": [1, "ann"], "deltas": [{"op": "change", "path": "/hp", "value": value}]})
            .to_string()
    };
    let folder = Folder::with([("base", BASE), ("one", &*action(1)), ("two", &*action(2))]);
    folder.run(&["merge", "base", "--actions", "one", "--actions", "two"]).refused(&[
        "error[duplicate-stamp]: one and two: expected one action a stamp, found two different ones under 1:ann",
        "next: give each action a stamp of its own",
    ]);
    folder
        .run(&["rebase", "base", "--action", "one", "--over", "two"])
        .refused(&["error[duplicate-stamp]: one and two: "]);
}

#[test]
fn usage_errors_end_with_2() {
    let folder = players();
    folder
        .run(&["merge", "base.json"])
        .refused(&["<FILE>", "--actions"]);
    folder.run(&["mrege"]).refused(&["merge"]);
    folder
        .run(&["merge", "base.json", "ann.json", "--actions", "bob.json"])
        .refused(&["cannot be used with"]);
    folder
        .feed(&["diff", "-", "-"], b"1")
        .refused(&["expected - (standard input) for one file at most, found it for 2"]);
}

#[test]
fn standard_input_serves_as_any_file() {
    let folder = players();
    for position in 0..3 {
        let mut arguments = ["merge", "base.json", "ann.json", "bob.json", "--compact"];
        let input = folder.read(arguments[position + 1]);
        arguments[position + 1] = "-";
        let merged = folder.feed(&arguments, input.as_bytes());
        assert_eq!(merged.ok(), "{\"hp\":6,\"log\":[\"start\",\"a\",\"b\"]}\n");
    }
    let rules = folder.feed(
        &["merge", "base.json", "ann.json", "bob.json", "--rules", "-"],
        b"\"first-wins\"",
    );
    assert_eq!(rules.json()["hp"], 5);
}
