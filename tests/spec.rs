//! The specification is the test: its table holds in the code cell by cell, its examples and vectors run.

use deltamerge::{
    Action, DataType, Delta, DeltaSet, DiffType, Options, Path, RuleId, Rules, Verdict, batch,
    equal, merge, merge_and_invert, parse,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const RESOLUTION: &str = include_str!("../spec/resolution.md");

/// The texts that define ids, each id in bold or in the first column of a table.
const CHAPTERS: [&str; 8] = [
    include_str!("../spec/README.md"),
    include_str!("../spec/delta.md"),
    RESOLUTION,
    include_str!("../spec/checksum.md"),
    include_str!("../spec/resync.md"),
    include_str!("../spec/interop.md"),
    include_str!("../spec/files.md"),
    include_str!("../spec/report.md"),
];

/// The rows of the Markdown table whose header starts with the given cells.
fn table(text: &str, header: &[&str]) -> Vec<Vec<String>> {
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim().trim_start_matches('|').trim_end_matches('|');
        line.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let is_header = |line: &&str| {
        let cells = cells(line);
        line.starts_with('|')
            && header.len() <= cells.len()
            && cells.iter().zip(header).all(|(a, b)| a == b)
    };
    let lines = text.lines().skip_while(|line| !is_header(line)).skip(2);
    let rows: Vec<_> = lines
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect();
    assert!(!rows.is_empty(), "no table with the header {header:?}");
    rows
}

fn named<T: Copy>(all: &[T], name: &str, name_of: impl Fn(T) -> String) -> T {
    let found = all.iter().copied().find(|one| name_of(*one) == name);
    found.unwrap_or_else(|| panic!("the specification says {name:?}, which the code does not know"))
}

#[test]
fn the_table_of_the_guide_is_the_table_of_the_specification() {
    let shown = table(
        include_str!("../src/guide/table.md"),
        &["id", "first", "second", "data"],
    );
    let mut rows = table(RESOLUTION, &["id", "first", "second", "data"]);
    // What the documents say is for the specification alone.
    rows.iter_mut().for_each(|row| drop(row.remove(4)));
    assert_eq!(shown.len(), 27);
    assert_eq!(shown, rows);
}

#[test]
fn the_table_of_the_specification_is_the_table_of_the_code() {
    let rows = table(RESOLUTION, &["id", "first", "second", "data"]);
    let presets = [Rules::movex(), Rules::remove_wins(), Rules::first_wins()];
    let mut cells = BTreeMap::new();
    for row in &rows {
        let [
            id,
            first,
            second,
            data,
            says,
            movex,
            remove_wins,
            first_wins,
            why,
        ] = &row[..]
        else {
            panic!("a row has nine cells: {row:?}");
        };
        assert!(!says.is_empty() && !why.is_empty(), "{id} says nothing");
        let first = named(&DiffType::ALL, first, |one| one.name().to_owned());
        let second = named(&DiffType::ALL, second, |one| one.name().to_owned());
        let data = named(&DataType::ALL, data, |one| one.name().to_owned());
        assert_eq!(RuleId::of(first, second, data).to_string(), *id);
        let rule = named(&RuleId::ALL, id, |one| one.to_string());
        for (rules, verdict) in presets.iter().zip([movex, remove_wins, first_wins]) {
            let verdict = named(&Verdict::ALL, verdict, |one| one.name().to_owned());
            assert_eq!(rules.verdict(rule), verdict, "{id}");
            assert!(rule.choices().contains(&verdict), "{id}");
        }
        let cell = (first.name(), second.name(), data.name());
        assert_eq!(
            cells.insert(cell, id.clone()),
            None,
            "two rows for {cell:?}"
        );
    }
    // The other way: every cell of the code has its row, and every id one cell.
    assert_eq!(cells.len(), 27);
    let ids: BTreeSet<_> = cells.values().cloned().collect();
    assert_eq!(ids, RuleId::ALL.iter().map(RuleId::to_string).collect());
}

#[test]
fn the_presets_of_the_specification_are_those_of_the_code() {
    let header: Vec<_> = RESOLUTION
        .lines()
        .filter(|line| line.starts_with("| id | first"))
        .collect();
    let columns: Vec<_> = header[0]
        .split('|')
        .map(str::trim)
        .skip(6)
        .take(3)
        .collect();
    assert_eq!(columns, Rules::PRESETS);
    for name in Rules::PRESETS {
        let rules = Rules::preset(name).expect("a preset has rules");
        // Written out and read again, it is the same, and free of circles.
        assert_eq!(
            Rules::from_json(rules.to_json()).expect("a preset can be read"),
            rules
        );
        let collapsing = serde_json::json!({"preset": name, "collapse": true});
        assert_eq!(Rules::from_json(collapsing), Ok(rules.collapsing()));
    }
}

fn code(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn delta_of(cell: &str) -> Delta {
    let mut parts = code(cell);
    let path = Path::parse(parts.next().expect("a path")).expect("a pointer");
    let value = parts.next().map(|value| parse(value).expect("a value"));
    match (cell.split(' ').next(), value) {
        (Some("add"), Some(value)) => Delta::add(path, value),
        (Some("change"), Some(value)) => Delta::change(path, value),
        (Some("remove"), None) => Delta::remove(path),
        _ => panic!("an example that cannot be read: {cell}"),
    }
}

#[test]
fn the_examples_of_the_resolution_hold() {
    let start = RESOLUTION
        .lines()
        .find(|line| line.starts_with("Ann (stamp 1) and Bob (stamp 2) start from"));
    let base = code(start.expect("a base")).next().expect("a base");
    let base = parse(base).expect("a document");
    for row in table(RESOLUTION, &["Ann", "Bob"]) {
        let action = |counter, actor, cell: &str| {
            Action::new((counter, actor), [delta_of(cell)].into_iter().collect())
        };
        let (ann, bob) = (action(1, "ann", &row[0]), action(2, "bob", &row[1]));
        let merged = merge(&base, [&ann, &bob]).expect("an example merges");
        let state = parse(code(&row[2]).next().expect("a state")).expect("a document");
        assert!(
            equal(&merged.state, &state),
            "{row:?} gives {}",
            merged.state
        );
        let rules: Vec<_> = merged
            .decisions
            .iter()
            .map(|decision| decision.rule.to_string())
            .collect();
        assert_eq!(rules.join(", "), row[3], "{row:?}");
    }
}

/// A case of `spec/vectors`, with the file that it is in.
struct Vector {
    name: String,
    rules: BTreeSet<String>,
    line: String,
    reply: Value,
}

fn vectors() -> Vec<Vector> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/spec/vectors");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the vectors")
        .map(|file| file.expect("a file").path())
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|file| {
            let name = file
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(file).expect("text");
            read_vectors(&name, &text)
        })
        .collect()
}

fn read_vectors(file: &str, text: &str) -> Vec<Vector> {
    let suite = deltamerge::parse_within(text, deltamerge::MAX_DEPTH)
        .unwrap_or_else(|error| panic!("{file}: {error}"));
    let fields: Vec<_> = suite
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        BTreeSet::from_iter(fields),
        BTreeSet::from(["about", "cases"]),
        "{file}"
    );
    let cases = suite["cases"].as_array().expect("a list of cases");
    cases
        .iter()
        .map(|case| {
            let description = case["description"].as_str().expect("a description");
            let name = format!("{file}: {description}");
            let fields: BTreeSet<_> = case
                .as_object()
                .expect("an object")
                .keys()
                .map(String::as_str)
                .collect();
            let given = if fields.contains("line") {
                "line"
            } else {
                "request"
            };
            assert_eq!(
                fields,
                BTreeSet::from(["description", "rules", given, "reply"]),
                "{name}"
            );
            let rules = case["rules"].as_array().expect("a list of ids").iter();
            let rules: BTreeSet<_> = rules
                .map(|id| id.as_str().expect("an id").to_owned())
                .collect();
            assert!(!rules.is_empty(), "{name} shows nothing");
            let line = match &case[given] {
                Value::String(line) if given == "line" => line.clone(),
                request => request.to_string(),
            };
            Vector {
                name,
                rules,
                line,
                reply: case["reply"].clone(),
            }
        })
        .collect()
}

/// What a vector compares of a reply: all of a success, code and path of an error.
fn comparable(reply: &Value) -> Value {
    let mut reply = reply.clone();
    if let Some(error) = reply.get_mut("error").and_then(Value::as_object_mut) {
        error.remove("message");
    }
    reply
}

/// The reply of a build without the form of checksum that a vector asks for: it says that it does not know it.
fn without_form(line: &str) -> Option<Value> {
    let request = parse(line).ok()?;
    let is_missing = match request.get("form")?.as_str()? {
        "strong" => !cfg!(feature = "strong"),
        "movex" => !cfg!(feature = "movex"),
        _ => false,
    };
    is_missing.then(|| serde_json::json!({"error": {"code": "bad-request"}}))
}

#[test]
fn every_vector_gets_its_reply() {
    let vectors = vectors();
    assert!(vectors.len() >= 120, "only {} vectors", vectors.len());
    let mut failed = Vec::new();
    for vector in &vectors {
        let reply = batch::reply(&vector.line);
        assert!(
            !reply.contains('\n'),
            "{}: a reply is one line",
            vector.name
        );
        let reply =
            deltamerge::parse_within(&reply, deltamerge::MAX_DEPTH).expect("a reply is JSON");
        if let Some(error) = reply.get("error") {
            assert!(
                error["message"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{}",
                vector.name
            );
        }
        let expected = without_form(&vector.line);
        let expected = expected.as_ref().unwrap_or(&vector.reply);
        if !equal(&comparable(&reply), &comparable(expected)) {
            failed.push(format!(
                "{}\n  request  {}\n  expected {}\n  got      {reply}\n",
                vector.name, vector.line, vector.reply
            ));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {} vectors fail:\n{}",
        failed.len(),
        vectors.len(),
        failed.concat()
    );
}

#[test]
fn what_undoes_a_set_is_what_it_becomes() {
    let inverses = vectors()
        .into_iter()
        .filter(|vector| vector.rules.contains("Y5"));
    let mut count = 0;
    for Vector {
        name, line, reply, ..
    } in inverses
    {
        let request = parse(&line).expect("a request");
        let base = &request["base"];
        let given = DeltaSet::from_json(request["deltas"].clone()).expect("a set");
        let (mut document, mut set) = (base.clone(), given.clone());
        let inverted = set.apply_and_invert(&mut document);
        if let Some(expected) = reply["error"]["code"].as_str() {
            assert_eq!(
                inverted.map_err(|error| error.code()),
                Err(expected),
                "{name}"
            );
            assert_eq!((&document, &set), (base, &given), "{name}");
            continue;
        }
        inverted.expect("it fits");
        assert_eq!(
            serde_json::to_value(&set).expect("JSON"),
            reply["ok"]["deltas"],
            "{name}"
        );
        set.apply_and_invert(&mut document).expect("it fits");
        assert!(equal(&document, base), "{name}: {document}");
        assert_eq!(set, given.normalize(base).expect("it fits"), "{name}");
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn what_undoes_a_merge_is_what_its_actions_become() {
    let mut counts = [0, 0];
    for Vector {
        line, name, reply, ..
    } in vectors()
    {
        let Some(request) = parse(&line).ok().filter(|request| request["do"] == "merge") else {
            continue;
        };
        let actions = request["actions"].as_array().into_iter().flatten();
        let actions: Result<Vec<Action>, _> = actions.cloned().map(Action::from_json).collect();
        let rules = request
            .get("rules")
            .cloned()
            .map(Rules::from_json)
            .transpose();
        // What is not of the form is no merge.
        if reply["error"]["code"] == "bad-request" {
            continue;
        }
        let (Some(base), Ok(given), Ok(rules)) = (request.get("base"), actions, rules) else {
            continue;
        };
        let mut options = Options::from(rules.unwrap_or_default());
        let depth = request["depth"]
            .as_u64()
            .and_then(|depth| usize::try_from(depth).ok());
        options.depth = depth.unwrap_or(options.depth);
        let (mut document, mut actions) = (base.clone(), given.clone());
        let undo = merge_and_invert(&mut document, &mut actions, &options);
        if let Some(expected) = reply["error"]["code"].as_str() {
            assert_eq!(
                undo.err().map(|error| error.code()),
                Some(expected),
                "{name}"
            );
            assert_eq!((&document, actions), (base, given), "{name}");
            counts[1] += 1;
            continue;
        }
        let mut undo = undo.expect("they fit");
        let state = &reply["ok"]["state"];
        assert!(
            equal(&document, state) && actions.is_empty(),
            "{name}: {document}"
        );
        let decisions = serde_json::to_value(&undo.decisions).expect("JSON");
        assert_eq!(decisions, reply["ok"]["decisions"], "{name}");
        undo.deltas
            .apply_and_invert(&mut document)
            .expect("it fits");
        assert!(equal(&document, base), "{name}: {document}");
        let redo = serde_json::to_value(&undo.deltas).expect("JSON");
        assert_eq!(redo, reply["ok"]["deltas"], "{name}");
        counts[0] += 1;
    }
    assert!(counts[0] >= 100 && counts[1] >= 5, "{counts:?}");
}

/// The ids that the index of the specification lists: `N1 … N5` is five of them.
fn index() -> BTreeSet<String> {
    let rows = table(CHAPTERS[0], &["ids", "where", "what"]);
    rows.iter()
        .flat_map(|row| {
            let (first, last) = row[0].split_once(" … ").expect("a range of ids");
            let letter = &first[..1];
            let number = |id: &str| id[1..].parse::<u32>().expect("a number");
            let range = number(first)..=number(last);
            range
                .map(|number| format!("{letter}{number}"))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_id_of_the_index_is_defined_once_and_no_other() {
    let mut defined = BTreeMap::<String, usize>::new();
    for line in CHAPTERS.iter().flat_map(|text| text.lines()) {
        let bold = line
            .strip_prefix("- **")
            .and_then(|rest| rest.split_once("**"));
        let row = line
            .strip_prefix("| ")
            .and_then(|rest| rest.split_once(" |"));
        let is_id = |id: &str| {
            id.len() >= 2
                && id.as_bytes()[0].is_ascii_uppercase()
                && id[1..].bytes().all(|byte| byte.is_ascii_digit())
        };
        for (id, _) in bold.into_iter().chain(row).filter(|(id, _)| is_id(id)) {
            *defined.entry(id.to_owned()).or_default() += 1;
        }
    }
    let twice: Vec<_> = defined.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "defined twice: {twice:?}");
    assert_eq!(defined.into_keys().collect::<BTreeSet<_>>(), index());
}

/// Ids that no single request of the door can show, and what shows them instead.
const SHOWN_ELSEWHERE: &[(&str, &str)] = &[
    (
        "A4",
        "the tests of the alignment, in src/delta/align/tests.rs",
    ),
    ("J3", "the laws of the join, in tests/laws.rs"),
    (
        "R2",
        "never met from one base: tests/laws.rs counts the rules that are",
    ),
    ("R3", "as R2"),
    ("R4", "as R2"),
    ("R7", "as R2"),
    ("X3", "patches that merge, in tests/interop.rs"),
    (
        "X4",
        "the laws of patches that are written, in tests/interop.rs",
    ),
    ("X5", "as X4"),
    ("X7", "as X4"),
    ("X10", "the command, in tests/cli/patches.rs"),
    ("T1", "reports of generated merges, in tests/cli/report.rs"),
    ("T2", "as T1"),
    ("T3", "as T1"),
    ("T4", "as T1"),
    ("T5", "as T1"),
    ("T6", "as T1"),
    ("T7", "as T1"),
    ("T8", "the page in a browser, in tests/page.rs"),
    ("F13", "a real git, in tests/git.rs"),
    ("F14", "as F13"),
];

#[test]
fn every_id_has_a_vector() {
    let index = index();
    let transcripts = include_str!("../spec/transcripts/resync.json");
    let transcripts = deltamerge::parse_within(transcripts, usize::MAX).expect("JSON");
    let transcripts = transcripts["transcripts"].as_array().expect("a list");
    let by_transcripts = transcripts
        .iter()
        .flat_map(|transcript| transcript["rules"].as_array().expect("a list of ids"))
        .map(|id| id.as_str().expect("an id").to_owned());
    let cases = [
        include_str!("../spec/patches/json-patch.json"),
        include_str!("../spec/patches/merge-patch.json"),
        include_str!("../spec/files/edit.json"),
        include_str!("../spec/files/merge.json"),
    ];
    let by_cases = cases.iter().flat_map(|file| {
        let file = deltamerge::parse_within(file, usize::MAX).expect("JSON");
        let cases = file["cases"].as_array().expect("a list").clone();
        cases.into_iter().flat_map(|case| {
            let rules = case["rules"].as_array().expect("a list of ids").clone();
            rules
                .into_iter()
                .map(|id| id.as_str().expect("an id").to_owned())
        })
    });
    let shown: BTreeSet<_> = vectors()
        .into_iter()
        .flat_map(|vector| vector.rules)
        .chain(by_transcripts)
        .chain(by_cases)
        .collect();
    let unknown: Vec<_> = shown.difference(&index).collect();
    assert!(unknown.is_empty(), "the index does not have {unknown:?}");
    let missing: BTreeSet<_> = index.difference(&shown).map(String::as_str).collect();
    let expected: BTreeSet<_> = SHOWN_ELSEWHERE.iter().map(|(id, _)| *id).collect();
    assert_eq!(
        missing, expected,
        "without a vector, and what is expected to be"
    );
}

#[test]
fn folding_resolved_pairs_depends_on_the_order_and_the_join_does_not() {
    let base = parse(r#"{"a":{"b":1,"c":1}}"#).expect("a document");
    let deltas = ["remove `/a`", "change `/a/b` `2`", "remove `/a/c`"].map(delta_of);
    let [first, second, third] = [1, 2, 3].map(|counter| {
        let delta = deltas[counter - 1].clone();
        Action::new((counter as u64, "ann"), [delta].into_iter().collect())
    });
    let merged = |actions: [&Action; 2]| merge(&base, actions).expect("they fit");
    let folded = |one: &Action, two: &Action, last: &Action| {
        let pair = Action::new(one.stamp.clone(), merged([one, two]).deltas);
        merged([&pair, last]).state
    };
    assert_eq!(
        folded(&first, &second, &third).to_string(),
        r#"{"a":{"b":2}}"#
    );
    assert_eq!(
        folded(&first, &third, &second).to_string(),
        r#"{"a":{"b":2,"c":1}}"#
    );
    let joined = merge(&base, [&third, &first, &second]).expect("they fit");
    assert_eq!(joined.state.to_string(), r#"{"a":{"b":2}}"#);
}
