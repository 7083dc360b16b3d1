//! The planted faults of `tests/faults`: each can be planted, and was found by the everyday tests when they were last all run.
//!
//! `tests/faults/run` plants them, one after the other; the table that it prints is the one in `spec/evidence.md`.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const EVIDENCE: &str = include_str!("../spec/evidence.md");

/// A mistake that somebody might make: its sentence, the file, the code, and what stands there instead.
struct Fault {
    name: String,
    file: String,
    find: String,
    replace: String,
}

fn faults() -> Vec<Fault> {
    let list = deltamerge::parse(include_str!("faults/faults.json")).expect("a document");
    let fault = |fault: &Value| {
        let field = |name: &str| fault[name].as_str().expect("a text").to_owned();
        assert_eq!(fault.as_object().map(|fields| fields.len()), Some(4));
        Fault {
            name: field("name"),
            file: field("file"),
            find: field("find"),
            replace: field("replace"),
        }
    };
    list.as_array().expect("a list").iter().map(fault).collect()
}

#[test]
fn every_fault_can_be_planted() {
    let faults = faults();
    assert!(faults.len() >= 25, "only {} faults", faults.len());
    let names: BTreeSet<_> = faults.iter().map(|fault| &fault.name).collect();
    assert_eq!(names.len(), faults.len(), "two faults have one name");
    for fault in &faults {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(&fault.file);
        let code = fs::read_to_string(file).expect("a file");
        let places = code.matches(&fault.find).count();
        assert_eq!(places, 1, "{}: {}", fault.file, fault.name);
        assert_ne!(fault.find, fault.replace, "{} is none", fault.name);
    }
}

#[test]
fn every_module_has_a_fault() {
    let faults = faults();
    let faulty: BTreeSet<_> = faults.iter().map(|fault| fault.file.as_str()).collect();
    let modules = ["value", "path", "document", "form", "batch"];
    let sums = ["checksum/sum", "checked/sums"];
    let verbs = [
        "normalize",
        "slots",
        "diff",
        "align",
        "apply",
        "attempt",
        "compose",
    ];
    let more_verbs = ["exchange", "invert", "transition", "lenient"];
    let merging = ["join", "resolve", "resolution", "rebase"];
    let folders = [
        ("", &modules[..]),
        ("", &sums),
        ("delta/", &verbs),
        ("delta/", &more_verbs),
        ("merge/", &merging),
    ];
    for (folder, modules) in folders {
        for module in modules {
            let file = format!("src/{folder}{module}.rs");
            assert!(faulty.contains(file.as_str()), "{file} has no fault");
        }
    }
}

#[test]
fn every_fault_was_found_when_last_planted() {
    let rows: Vec<Vec<&str>> = EVIDENCE
        .lines()
        .skip_while(|line| !line.starts_with("| fault | in |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let faults = faults();
    let listed: Vec<_> = faults
        .iter()
        .map(|fault| (fault.name.as_str(), format!("`{}`", fault.file)))
        .collect();
    let shown: Vec<_> = rows.iter().map(|row| (row[0], row[1].to_owned())).collect();
    assert_eq!(listed, shown, "spec/evidence.md shows other faults");
    for row in rows {
        assert_eq!(row.len(), 7, "{row:?}");
        let is_found = row[2..].iter().any(|cell| *cell != "—");
        assert!(is_found, "nothing finds: {}", row[0]);
    }
}
