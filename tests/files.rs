//! The cases of `spec/files`: texts edited and merged, byte for byte; and each of the ids F1 to F14 has its case or its test.

use deltamerge::text::{Dialect, EditError, Markers, MergeTextError, Resolve, edit, merge};
use deltamerge::{DeltaSet, ReadError, Rules};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/files")
}

/// The fields of an object, each to be taken once, none to be left over.
struct Fields(Map<String, Value>, String);

impl Fields {
    fn of(value: Value, place: &str) -> Fields {
        match value {
            Value::Object(members) => Fields(members, place.to_owned()),
            other => panic!("{place}: an object, not {other}"),
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let value = self.take(name)?;
        let text = value.as_str().map(str::to_owned);
        Some(text.unwrap_or_else(|| panic!("{}: {name} is a text", self.1)))
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        let is_left = !self.0.is_empty() && !std::thread::panicking();
        assert!(!is_left, "{}: nobody knows {:?}", self.1, self.0);
    }
}

struct Case {
    place: String,
    rules: Vec<String>,
    fields: Fields,
}

fn cases(file: &str) -> Vec<Case> {
    let text = fs::read_to_string(folder().join(file)).expect("cases");
    let mut whole = Fields::of(serde_json::from_str(&text).expect("JSON"), file);
    assert!(whole.text("about").is_some());
    let Some(Value::Array(cases)) = whole.take("cases") else {
        panic!("{file} has no cases");
    };
    let cases = cases.into_iter().map(|case| {
        let mut fields = Fields::of(case, file);
        let place = format!(
            "{file}: {}",
            fields.text("description").expect("a description")
        );
        fields.1.clone_from(&place);
        let rules = fields.take("rules").expect("rules");
        let rules = serde_json::from_value(rules).expect("a list of ids");
        Case {
            place,
            rules,
            fields,
        }
    });
    cases.collect()
}

/// What a refusal says of itself.
struct Refusal {
    code: &'static str,
    message: String,
    place: Option<(usize, usize)>,
    version: Option<String>,
}

fn place(error: &ReadError) -> Option<(usize, usize)> {
    Some((error.line(), error.column()))
}

impl From<EditError> for Refusal {
    fn from(error: EditError) -> Refusal {
        Refusal {
            code: error.code(),
            message: error.to_string(),
            place: match &error {
                EditError::Read(error) => place(error),
                _ => None,
            },
            version: None,
        }
    }
}

impl From<MergeTextError> for Refusal {
    fn from(error: MergeTextError) -> Refusal {
        let (version, place) = match &error {
            MergeTextError::Read { version, error } => (Some(version.to_string()), place(error)),
            _ => (None, None),
        };
        Refusal {
            code: error.code(),
            message: error.to_string(),
            place,
            version,
        }
    }
}

fn dialect(fields: &mut Fields) -> Dialect {
    match fields.text("dialect").as_deref() {
        None => Dialect::Json,
        Some("json-with-comments") => Dialect::JsonWithComments,
        Some(other) => panic!("{}: no dialect {other}", fields.1),
    }
}

fn check_refusal(fields: &mut Fields, refusal: &Refusal) {
    let place = fields.1.clone();
    let expected = fields.take("refused");
    let expected = expected.unwrap_or_else(|| panic!("{place} is refused: {}", refusal.message));
    let mut expected = Fields::of(expected, &place);
    assert_eq!(
        expected.text("code").as_deref(),
        Some(refusal.code),
        "{place}"
    );
    let mut number = |name| expected.take(name).and_then(|value| value.as_u64());
    let at = number("line").zip(number("column"));
    let at = at.map(|(line, column)| (line as usize, column as usize));
    assert_eq!(at, refusal.place, "{place}: {}", refusal.message);
    assert_eq!(expected.text("version"), refusal.version, "{place}");
    assert!(!refusal.message.is_empty(), "{place}");
}

fn check_text(fields: &mut Fields, text: &str) {
    let place = fields.1.clone();
    let expected = fields.text("text");
    let expected = expected.unwrap_or_else(|| panic!("{place} is not refused, but gives\n{text}"));
    assert_eq!(text, expected, "{place}:\n{text}\nand not\n{expected}");
}

#[test]
fn edited_texts_are_as_they_should_be() {
    let cases = cases("edit.json");
    assert!(cases.len() >= 17);
    for Case { mut fields, .. } in cases {
        let given = fields.take("edit").expect("what is edited");
        let mut given = Fields::of(given, &fields.1);
        let deltas = DeltaSet::from_json(given.take("deltas").expect("deltas"));
        let text = given.text("text").expect("a text");
        let edited = edit(&text, &deltas.expect("a delta set"), dialect(&mut given));
        match edited {
            Ok(text) => check_text(&mut fields, &text),
            Err(error) => check_refusal(&mut fields, &error.into()),
        }
    }
}

fn markers(given: &mut Fields) -> Markers {
    let Some(markers) = given.take("markers") else {
        return Markers::default();
    };
    let mut markers = Fields::of(markers, &given.1);
    let size = markers.take("size").and_then(|size| size.as_u64());
    Markers {
        size: size.expect("a size") as usize,
        ours: markers.text("ours").expect("a name"),
        base: markers.text("base"),
        theirs: markers.text("theirs").expect("a name"),
    }
}

#[test]
fn merged_texts_are_as_they_should_be() {
    let cases = cases("merge.json");
    assert!(cases.len() >= 25);
    for Case { mut fields, .. } in cases {
        let given = fields.take("merge").expect("what is merged");
        let mut given = Fields::of(given, &fields.1);
        let base = given.take("base").expect("a base, or null");
        let [ours, theirs] = ["ours", "theirs"].map(|name| given.text(name).expect("a text"));
        let resolve = match given.text("resolve").as_deref() {
            None => Resolve::Mark(markers(&mut given)),
            Some("ours") => Resolve::Ours,
            Some("theirs") => Resolve::Theirs,
            Some("rules") => Resolve::Rules(Rules::default()),
            Some(other) => panic!("{}: no way to resolve {other}", fields.1),
        };
        match merge(base.as_str(), &ours, &theirs, dialect(&mut given), &resolve) {
            Ok(merged) => {
                check_text(&mut fields, &merged.text);
                let marked = fields
                    .take("marked")
                    .map_or(Some(0), |marked| marked.as_u64());
                assert_eq!(marked, Some(merged.marked as u64), "{}", fields.1);
                let paths: Vec<&str> = merged
                    .conflicts
                    .iter()
                    .map(|decision| decision.path.as_str())
                    .collect();
                let expected = fields
                    .take("conflicts")
                    .unwrap_or_else(|| Vec::<Value>::new().into());
                assert_eq!(Value::from(paths), expected, "{}", fields.1);
            }
            Err(error) => check_refusal(&mut fields, &error.into()),
        }
    }
}

/// F2, as the page prints it.
#[test]
fn the_names_with_comments_are_those_of_the_page() {
    let page = fs::read_to_string(folder().with_extension("md")).expect("the page");
    let (_, rule) = page.split_once("- **F2**").expect("F2");
    let (rule, _) = rule.split_once("Case does not matter").expect("its end");
    let names: Vec<&str> = rule.split('`').skip(1).step_by(2).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let name = match name {
            ".json" | ".vscode" | ".devcontainer" => continue,
            name => name.replace('*', "any"),
        };
        for name in [name.clone(), format!("a/b/{name}"), name.to_uppercase()] {
            assert_eq!(Dialect::of_name(&name), Dialect::JsonWithComments, "{name}");
        }
    }
    for name in [".vscode/settings.json", "a\\.devcontainer\\x.json"] {
        assert_eq!(Dialect::of_name(name), Dialect::JsonWithComments, "{name}");
    }
    for name in [
        "a.json",
        "package.json",
        "x.json5",
        "tsconfig.txt",
        ".vscode/a.txt",
        "settings.json",
        "",
    ] {
        assert_eq!(Dialect::of_name(name), Dialect::Json, "{name}");
    }
}

#[test]
fn every_rule_of_the_page_has_a_case_or_a_test() {
    let page = fs::read_to_string(folder().with_extension("md")).expect("the page");
    let defined: BTreeSet<String> = (1..=99)
        .map(|number| format!("F{number}"))
        .filter(|id| page.contains(&format!("**{id}**")))
        .collect();
    let files = fs::read_dir(folder()).expect("the cases");
    let mut shown: BTreeSet<String> = BTreeSet::new();
    for file in files {
        let name = file.expect("an entry").file_name();
        for case in cases(name.to_str().expect("text")) {
            assert!(!case.rules.is_empty(), "{}", case.place);
            shown.extend(case.rules);
            // What it says is checked above.
            let mut fields = case.fields;
            fields.0.clear();
        }
    }
    // tests/git.rs
    shown.extend(["F13", "F14"].map(str::to_owned));
    assert_eq!(defined, shown);
}
