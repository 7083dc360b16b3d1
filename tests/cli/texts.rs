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
