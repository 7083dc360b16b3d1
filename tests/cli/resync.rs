//! The commands about copies that drift.

use super::folder::{Folder, command};
use serde_json::json;

#[test]
fn simulate_comes_to_the_same_whenever_it_runs() {
    let folder = Folder::new();
    let arguments = ["simulate", "--seeds", "6", "--seed", "3", "--actions", "20"];
    let ran = folder.run(&arguments);
    let lines: Vec<_> = ran.ok().lines().collect();
    assert!(lines[0].starts_with("converged   6 of 6, after "));
    assert_eq!(lines[1], "actions     120: 0 lost, 0 applied twice");
    assert_eq!(ran.err(), "", "a progress bar is for a terminal");
    assert_eq!(folder.run(&arguments).out(), ran.out());
}

#[test]
fn simulate_prints_a_line_a_seed_in_their_order() {
    let folder = Folder::new();
    let arguments = ["simulate", "--json", "--seeds", "5", "--actions", "10"];
    let lines = folder.run(&arguments).lines();
    let seeds: Vec<_> = lines.iter().map(|line| line["seed"].clone()).collect();
    assert_eq!(seeds, [0, 1, 2, 3, 4].map(|seed| json!(seed)));
    for line in lines {
        assert_eq!(line["converged"], true);
        assert_eq!(line["checksums_equal"], true);
        for field in ["lost_actions", "applied_twice"] {
            assert_eq!(line[field], 0);
        }
        for field in ["replays", "partial", "full_states", "bytes", "rounds"] {
            assert!(line[field].is_u64(), "{field}");
        }
    }
}

#[test]
fn simulate_without_faults_needs_no_whole_state() {
    let mut arguments = vec!["simulate", "--json"];
    for fault in [
        "--loss",
        "--duplicate",
        "--reorder",
        "--partition",
        "--crash",
        "--corrupt",
    ] {
        arguments.extend([fault, "0"]);
    }
    let line = Folder::new().run(&arguments).json();
    assert_eq!(line["full_states"], 0);
    assert_eq!(line["joins"], 3);
}

#[test]
fn simulate_refuses_what_is_no_probability() {
    for wrong in ["1.5", "-0.1", "NaN", "often"] {
        let ran = Folder::new().finish(command(&["simulate", &format!("--loss={wrong}")]), b"");
        ran.refused(&["expected a probability from 0 to 1"]);
    }
    let last = u64::MAX.to_string();
    let ran = Folder::new().run(&["simulate", "--seed", &last, "--seeds", "2"]);
    ran.refused(&["expected seeds up to 2^64-1"]);
}

#[test]
fn divergence_names_the_paths_and_what_it_took() {
    let folder = Folder::with([
        ("copy", r#"{"a":{"x":1},"log":[1,2]}"#),
        ("original", r#"{"a":{"x":2},"log":[1,2]}"#),
    ]);
    let ran = folder.run(&["divergence", "copy", "original"]);
    assert_eq!(ran.ok(), "/a/x\n");
    assert!(ran.err().starts_with("1 path differs: "), "{}", ran.err());
    assert!(ran.err().ends_with("the whole document is 25 bytes\n"));
    let found = folder
        .run(&["divergence", "--json", "copy", "original"])
        .json();
    assert_eq!(
        (&found["paths"], &found["whole"]),
        (&json!(["/a/x"]), &json!(25))
    );
    assert!(found["questions"].is_u64() && found["bytes"].is_u64());
}

#[test]
fn divergence_of_a_large_document_takes_less_than_the_document() {
    let member = |changed: u32| {
        let members = (0..500)
            .map(|number| format!("\"m{number}\":[{number},{}]", u32::from(number == changed)));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    };
    let (copy, original) = (member(1_000), member(77));
    let folder = Folder::with([("copy", &copy), ("original", &original)]);
    let found = folder
        .run(&["divergence", "--json", "copy", "original"])
        .json();
    assert_eq!(found["paths"], json!(["/m77/1"]));
    assert!(found["bytes"].as_u64() < found["whole"].as_u64(), "{found}");
}

#[test]
fn divergence_of_equal_documents_asks_nothing() {
    let folder = Folder::with([("a", r#"{"a":1,"b":2}"#), ("b", r#"{"b":2.0,"a":1}"#)]);
    let ran = folder.run(&["divergence", "a", "b"]);
    assert_eq!(
        (ran.ok(), ran.err()),
        ("", "no difference: the checksums are equal\n")
    );
    let roots = Folder::with([("a", "1"), ("b", "2")]);
    assert_eq!(roots.run(&["divergence", "a", "b"]).ok(), "\"\"\n");
}
