//! Patches of other programs, read and written wherever deltas are (X10).

use super::folder::{ANN, BASE, BOB, Folder, players};
use serde_json::json;
use std::fs;

const PATCHES: [&str; 2] = ["--from", "json-patch"];
const AS_PATCH: [&str; 2] = ["--as", "json-patch"];

/// The players, and what Ann and Bob did in a format.
fn with_patches(format: &str) -> Folder {
    let folder = players();
    for name in ["ann", "bob"] {
        let (file, patch) = (format!("{name}.json"), format!("{name}.patch"));
        let diff = ["diff", "--as", format, "base.json", &file, "-o", &patch];
        assert_eq!(folder.run(&diff).ok(), "");
    }
    folder
}

#[test]
fn what_diff_writes_in_a_format_apply_reads_in_it() {
    for format in ["deltas", "json-patch", "merge-patch"] {
        let folder = with_patches(format);
        let applied = folder.run(&["apply", "--from", format, "base.json", "ann.patch"]);
        assert_eq!(applied.json(), json!({"hp": 5, "log": ["start", "a"]}));
    }
    let folder = with_patches("merge-patch");
    assert_eq!(
        folder.run(&["apply", "base.json", "ann.patch"]).code(),
        2,
        "a merge patch is no delta set"
    );
    let written: serde_json::Value = serde_json::from_str(&folder.read("ann.patch")).expect("JSON");
    assert_eq!(written, json!({"hp": 5, "log": ["start", "a"]}));
}

#[test]
fn patches_from_one_base_merge_into_one_patch() {
    for format in ["json-patch", "merge-patch", "deltas"] {
        let folder = with_patches(format);
        let merge = [
            "merge",
            "--from",
            format,
            "base.json",
            "ann.patch",
            "bob.patch",
        ];
        let merged = folder.run(&merge);
        if format != "merge-patch" {
            assert_eq!(merged.json(), json!({"hp": 6, "log": ["start", "a", "b"]}));
        }
        assert!(
            merged.err().starts_with("2 actions (ann, then bob)"),
            "{}",
            merged.err()
        );
        for out in ["json-patch", "merge-patch", "deltas"] {
            let merge = [&merge[..], &["--as", out, "--quiet", "-o", "merged"]].concat();
            folder.run(&merge).ok();
            let applied = folder.run(&["apply", "--from", out, "base.json", "merged"]);
            assert_eq!(applied.json(), merged.json(), "{format} {out}");
        }
    }
}

#[test]
fn the_later_patch_is_the_later_action() {
    let folder = with_patches("json-patch");
    let hp = |first: &str, second: &str, rules: &str| {
        let merge = ["merge", "--rules", rules, "base.json", first, second];
        folder.run(&[&merge[..], &PATCHES].concat()).json()["hp"].clone()
    };
    assert_eq!(hp("ann.patch", "bob.patch", "movex"), 6);
    assert_eq!(hp("bob.patch", "ann.patch", "movex"), 5);
    assert_eq!(hp("bob.patch", "ann.patch", "first-wins"), 6);
}

#[test]
fn patches_are_rebased_composed_and_undone_as_patches() {
    let folder = with_patches("json-patch");
    let run = |arguments: &[&str], out: &str| {
        let both = [arguments, &PATCHES, &AS_PATCH, &["-o", out]].concat();
        folder.run(&both).ok();
    };
    let apply = |base: &str, patch: &str| {
        folder
            .run(&[&["apply", base, patch][..], &PATCHES].concat())
            .json()
    };
    let merged = json!({"hp": 6, "log": ["start", "a", "b"]});
    let rebase = [
        "rebase",
        "base.json",
        "--action",
        "bob.patch",
        "--over",
        "ann.patch",
    ];
    run(&rebase, "late");
    assert_eq!(apply("ann.json", "late"), merged);
    run(&["compose", "base.json", "ann.patch", "late"], "both");
    assert_eq!(apply("base.json", "both"), merged);
    fs::write(folder.0.join("merged"), merged.to_string()).expect("a file is written");
    run(&["invert", "base.json", "both"], "undo");
    assert_eq!(apply("merged", "undo"), json!({"hp": 7, "log": ["start"]}));
}

#[test]
fn tests_notice_a_document_that_has_changed() {
    let folder = players();
    let diff = ["diff", "--tests", "base.json", "ann.json", "-o", "patch"];
    folder.run(&[&diff[..], &AS_PATCH].concat()).ok();
    let apply = |base: &str| folder.run(&["apply", "--from", "json-patch", base, "patch"]);
    assert_eq!(apply("base.json").json()["hp"], 5);
    apply("bob.json").refused(&[
        "error[test-failed]: patch: operation 0 (\"/hp\"): expected the number 7, found the number 6",
        "next: is bob.json what the patch was made on?",
    ]);
    folder
        .run(&["diff", "--tests", "base.json", "ann.json"])
        .refused(&[
            "expected --tests with --as json-patch",
            "next: give --as json-patch",
        ]);
    let merge = ["merge", "--tests", "base.json", "ann.json"];
    folder
        .run(&merge)
        .refused(&["expected --tests with --as json-patch"]);
}

#[test]
fn what_is_no_patch_is_refused_with_its_place() {
    let folder = Folder::with([("base", BASE), ("ann", ANN), ("bob", BOB)]);
    let apply = |patch: &str| {
        let apply = ["apply", "--from", "json-patch", "base", "-"];
        folder.feed(&apply, patch.as_bytes())
    };
    apply(r#"[{"op":"remove","path":"/hp"},{"op":"increment","path":"/hp"}]"#).refused(&[
        "error[bad-patch]: standard input: at /1/op: expected \"add\", \"remove\"",
        "found the string \"increment\"",
        "next: a JSON Patch is a list such as [{",
    ]);
    apply(r#"[{"op":"move","path":"/a","value":1,"from":"/hp","op":"add"}]"#)
        .refused(&["error[duplicate-member]", "found \"op\" twice"]);
    apply(r#"[{"op":"remove","path":"hp"}]"#).refused(&["error[bad-path]", "at /0/path"]);
    apply(r#"[{"op":"test","path":"/hp","value":7},{"op":"replace","path":"/mp","value":1}]"#)
        .refused(&[
            "error[does-not-fit]: standard input: operation 1 (\"/mp\")",
            "next: is base what the patch was made on?",
        ]);
    let bomb: Vec<_> = (0..30)
        .map(|n| json!({"op": "copy", "from": "", "path": format!("/{n}")}))
        .collect();
    apply(&json!(bomb).to_string()).refused(&["error[too-large]", "next: copy less"]);
    let null = ["diff", "--as", "merge-patch", "base", "-"];
    folder
        .feed(&null, br#"{"hp":null,"log":["start"]}"#)
        .refused(&[
            "error[unsayable]: expected no member that becomes null",
            "found /hp",
            "next: give --as json-patch",
        ]);
    let stamped = [
        "diff",
        "--as",
        "json-patch",
        "--stamp",
        "1:ann",
        "base",
        "ann",
    ];
    folder
        .run(&stamped)
        .refused(&["a patch has no stamp", "next: leave one of them out"]);
    let lenient = ["apply", "--lenient", "--from", "json-patch", "base", "ann"];
    folder
        .run(&lenient)
        .refused(&["expected --lenient with a delta set", "next: "]);
    let merge = ["merge", "base", "--from", "json-patch", "--actions", "ann"];
    folder.run(&merge).refused(&["cannot be used with"]);
}
