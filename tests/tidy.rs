//! The house rules that a machine can hold: layering, length, names, and no word left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path
                .extension()
                .is_some_and(|extension| extension == ending)
            {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
        ending,
        &mut found,
    );
    found.sort();
    assert!(!found.is_empty(), "no {ending} files in {folder}");
    found
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).expect("text")
}

/// A file's module, as a path below `src`: `src/delta/diff.rs` is `delta::diff`.
fn module(file: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let relative = file
        .strip_prefix(root)
        .expect("below src")
        .with_extension("");
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("::")
}

/// The modules of the library, from the ground up. Each may use what stands before it, and itself.
const LAYERS: &[&str] = &[
    "value",
    "path",
    "document",
    "form",
    "checksum",
    "delta",
    "merge",
    "laws",
    "generate",
    "checked",
    "resync",
    "interop",
    "text",
    "batch",
    "simulation",
    "guide",
];

/// The crate's modules that a file names in its code: `crate::path::Path` and `crate::{path::Path, value::Kind}`.
fn used(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            used.insert(
                rest.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect(),
            );
            continue;
        };
        let mut depth = 0;
        let mut name = String::new();
        let mut is_first = true;
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => is_first = true,
                c if depth == 0 && is_first && (c.is_alphanumeric() || c == '_') => name.push(c),
                _ if depth == 0 && !name.is_empty() => {
                    used.insert(std::mem::take(&mut name));
                    is_first = false;
                }
                _ => {}
            }
        }
        if !name.is_empty() {
            used.insert(name);
        }
    }
    used
}

fn code_of(file: &Path) -> String {
    let text = text(file);
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| format!("{line}\n")).collect()
}

fn library() -> Vec<PathBuf> {
    let files = files("src", "rs").into_iter();
    files
        .filter(|file| !module(file).starts_with("bin") && module(file) != "lib")
        .collect()
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let layer = |name: &str| LAYERS.iter().position(|layer| *layer == name);
    for file in library() {
        let module = module(&file);
        let own = module.split("::").next().expect("a name");
        let own_layer =
            layer(own).unwrap_or_else(|| panic!("{module} has no place in the layering"));
        for name in used(&code_of(&file)) {
            let below =
                layer(&name).unwrap_or_else(|| panic!("{module} uses {name}, which is no module"));
            assert!(below <= own_layer, "{module} reaches up to {name}");
        }
    }
}

#[test]
fn the_reader_of_imports_reads_them() {
    let code = "use crate::{\n    delta::{Action, x::Y},\n    path::Path,\n    value,\n};\nlet a = crate::form::x();";
    assert_eq!(
        used(code),
        BTreeSet::from(["delta", "path", "value", "form"].map(String::from))
    );
}

#[test]
fn the_table_walks_nothing_and_the_walk_knows_no_rule() {
    let source =
        |name: &str| code_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name));
    let table = source("merge/resolution.rs");
    for walked in ["delta::Delta,", "DeltaSet", "Slots", "Inside", "Path"] {
        assert!(!table.contains(walked), "the table sees {walked}");
    }
    let is_rule = |word: &str| {
        word.strip_prefix('R').is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    for file in library()
        .iter()
        .filter(|file| module(file) != "merge::resolution")
    {
        let code = code_of(file);
        let mut words = code.split(|c: char| !c.is_alphanumeric());
        assert!(!words.any(is_rule), "{} knows a rule", module(file));
    }
}

#[test]
fn no_file_is_too_long_and_none_is_a_drawer() {
    for file in files("src", "rs").iter().chain(&files("tests", "rs")) {
        let lines = code_of(file)
            .lines()
            .filter(|line| !line.trim().is_empty())
            .count();
        assert!(lines <= 700, "{} has {lines} lines of code", file.display());
    }
    for file in files("src", "rs") {
        let name = file
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        assert!(
            !["utils", "util", "common", "helpers", "types", "misc"].contains(&name.as_str()),
            "{name} says nothing"
        );
    }
}

#[test]
fn the_library_does_no_io_and_asks_no_clock() {
    for file in library() {
        let code = code_of(&file);
        for word in [
            "std::fs",
            "std::io",
            "std::net",
            "std::thread",
            "std::time",
            "std::env",
            "std::process",
            "println!",
            "eprintln!",
            "unsafe ",
        ] {
            assert!(!code.contains(word), "{} has {word}", module(&file));
        }
    }
}

#[test]
fn nothing_is_left_open() {
    let folders = ["src", "tests", "benches"];
    for file in folders.iter().flat_map(|folder| files(folder, "rs")) {
        let code = code_of(&file);
        let marks = ["todo", "unimplemented"].map(|name| format!("{name}!("));
        let words = ["TO-DO", "FIX-ME", "#[ign-ore"].map(|word| word.replace('-', ""));
        for mark in marks.iter().chain(&words) {
            assert!(
                !code.contains(mark.as_str()),
                "{} has {mark}",
                file.display()
            );
        }
    }
}

#[test]
fn every_id_that_the_code_names_is_in_the_specification() {
    let spec: String = files("spec", "md").iter().map(|file| text(file)).collect();
    let mut unknown = BTreeMap::new();
    for file in files("src", "rs") {
        let text = text(&file);
        let comments = text
            .lines()
            .filter(|line| line.trim_start().starts_with("//"));
        for word in comments.flat_map(|line| line.split(|c: char| !c.is_alphanumeric())) {
            let mut letters = word.chars();
            let is_id = letters
                .next()
                .is_some_and(|c| "NPDSAYELJVRKUCMXTF".contains(c))
                && word.len() > 1
                && letters.all(|c| c.is_ascii_digit());
            let defined = [format!("**{word}**"), format!("| {word} |")];
            if is_id && !defined.iter().any(|form| spec.contains(form.as_str())) {
                unknown.insert(word.to_owned(), file.clone());
            }
        }
    }
    assert!(unknown.is_empty(), "not in the specification: {unknown:?}");
}
