//! Of the text of a document only the places are rewritten that deltas change (F4).

use super::folder::Folder;

const BASE: &str =
    "{\n    \"cost\" : 1.10,\n    \"id\": 12345678901234567890123,\n    \"hp\": 7\n}";

#[test]
fn what_no_delta_changes_keeps_its_bytes() {
    let folder = Folder::with([
        ("base", BASE),
        ("none", "[]"),
        ("hp", r#"[{"op":"change","path":"/hp","value":5}]"#),
        ("stale", r#"[{"op":"add","path":"/hp","value":5}]"#),
        ("patch", r#"[{"op":"replace","path":"/hp","value":5}]"#),
        ("merge-patch", r#"{"hp":5}"#),
    ]);
    assert_eq!(folder.run(&["apply", "base", "none"]).ok(), BASE);
    let changed = BASE.replace("\"hp\": 7", "\"hp\": 5");
    for arguments in [
        &["hp"][..],
        &["--lenient", "hp"],
        &["--lenient", "--quiet", "stale"],
        &["--from", "json-patch", "patch"],
        &["--from", "merge-patch", "merge-patch"],
    ] {
        let (deltas, options) = arguments.split_last().expect("deltas");
        let applied = folder.run(&[&["apply"], options, &["base", deltas]].concat());
        assert_eq!(applied.ok(), changed, "{arguments:?}");
    }
}

#[test]
fn deltas_apply_to_a_text_with_comments() {
    let text = "{\n  // how many\n  \"hp\": 7, // left\n}\n";
    let folder = Folder::with([
        ("tsconfig.json", text),
        ("base.json", text),
        ("hp", r#"[{"op":"change","path":"/hp","value":5}]"#),
    ]);
    let changed = text.replace('7', "5");
    assert_eq!(folder.run(&["apply", "tsconfig.json", "hp"]).ok(), changed);
    folder.run(&["apply", "base.json", "hp"]).refused(&[
        "base.json, line 2",
        "a comment",
        "--comments",
    ]);
    let applied = folder.run(&["apply", "--comments", "base.json", "hp"]);
    assert_eq!(applied.ok(), changed);
}

#[test]
fn a_document_with_comments_is_read_by_its_name_or_where_that_is_asked_for() {
    let text = "{\n  // how many\n  \"hp\": 7, // left\n}\n";
    let folder = Folder::with([
        ("tsconfig.json", text),
        ("base.json", text),
        ("after.json", r#"{"hp":5}"#),
    ]);
    let deltas = "[{\"op\":\"change\",\"path\":\"/hp\",\"value\":5}]\n";
    for arguments in [
        &["diff", "--compact", "tsconfig.json", "after.json"][..],
        &["diff", "--compact", "--comments", "base.json", "after.json"],
    ] {
        assert_eq!(folder.run(arguments).ok(), deltas, "{arguments:?}");
    }
    for arguments in [
        &["diff", "base.json", "after.json"][..],
        &["checksum", "base.json"],
    ] {
        let parts = ["base.json, line 2", "a comment", "--comments"];
        folder.run(arguments).refused(&parts);
    }
}

#[test]
fn a_number_that_no_double_holds_is_no_string() {
    let text = r#"{"a": ["b", 1e400], "c": "\u0000n1e400"}"#;
    let folder = Folder::with([
        ("v.jsonc", text),
        ("v.json", text),
        ("held.jsonc", r#"{"a": [1e300], "c": "\u0000n1e400"}"#),
    ]);
    for verb in [
        &["checksum", "v.jsonc"][..],
        &["checksum", "--comments", "v.json"],
        &["diff", "v.jsonc", "held.jsonc"],
    ] {
        let parts = [
            "bad-json",
            "at /a/1",
            "a number that a double can hold",
            "1e400",
        ];
        folder.run(verb).refused(&parts);
    }
    folder
        .run(&["checksum", "v.json"])
        .refused(&["out of range"]);
    assert!(
        folder
            .run(&["checksum", "held.jsonc"])
            .ok()
            .ends_with("held.jsonc\n")
    );
}

#[test]
fn what_may_have_comments_is_not_told_that_it_may_not() {
    let folder = Folder::with([("v.jsonc", "{\"a\": }"), ("v.json", "\u{feff}{\"a\": 1,}")]);
    let bad = folder.run(&["checksum", "v.jsonc"]);
    bad.refused(&["line 1, column 7"]);
    assert!(!bad.err().contains("are not JSON"), "{}", bad.err());
    // Columns are counted behind a byte order mark, and the mark under the line is where they say.
    folder.run(&["checksum", "v.json"]).refused(&[
        "line 1, column 9: expected JSON, found this: trailing comma",
        "\n  1 | {\"a\": 1,}\n    |         ^\n",
        "--comments",
    ]);
}
