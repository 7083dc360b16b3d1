//! The page that `merge --html` writes, in a real browser; and the reports of `merge --report`, held against their schema.
//!
//! They need Node with a few packages (`tests/page/install`), the page needs Chromium, too. What is missing is said and its test
//! counts as ignored, unless `DELTAMERGE_NODE=required` or `DELTAMERGE_CHROMIUM=required`. Screenshots are left in `target/page`.

#[allow(dead_code, reason = "shared with the tests of the command")]
#[path = "cli/folder.rs"]
mod folder;
#[path = "common/harness.rs"]
mod harness;
#[allow(dead_code, reason = "shared with the tests of the command")]
#[path = "cli/merges.rs"]
mod merges;

use folder::{Folder, TRIP};
use harness::Test;
use merges::reported;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

fn main() -> ExitCode {
    harness::run(&[
        Test {
            name: "reports_fit_their_schema",
            missing: || harness::no_node().or_else(no_packages),
            variable: "DELTAMERGE_NODE",
            run: reports_fit_their_schema,
        },
        Test {
            name: "the_page_works_in_chromium",
            missing: || harness::no_node().or_else(no_packages).or_else(no_chromium),
            variable: "DELTAMERGE_CHROMIUM",
            run: the_page_works_in_chromium,
        },
    ])
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn packages() -> PathBuf {
    root().join("target/page")
}

fn no_packages() -> Option<String> {
    let names = ["ajv", "axe-core", "playwright-core"];
    let mut missing = names.into_iter().filter(|name| {
        let modules = packages().join("node_modules");
        !modules.join(name).join("package.json").exists()
    });
    let name = missing.next()?;
    Some(format!("there is no {name}; tests/page/install gets it"))
}

/// The command that starts Chromium: `CHROMIUM` names it, or it has one of the usual names.
fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = std::env::split_paths(&path).flat_map(|folder| {
        ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name))
    });
    named.into_iter().chain(usual).find(|file| file.is_file())
}

fn no_chromium() -> Option<String> {
    let why = "there is no Chromium (on Debian: apt-get install chromium; else CHROMIUM names it)";
    chromium().is_none().then(|| why.to_owned())
}

/// Runs a script of `tests/page` with the folder of the packages and more arguments; what it says on standard output, as JSON.
fn node(script: &str, arguments: &[&Path]) -> Value {
    let output = Command::new("node")
        .arg(root().join("tests/page").join(script))
        .arg(packages())
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .expect("Node starts");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{script} fails:\n{text}");
    serde_json::from_str(&text).expect("JSON on standard output")
}

/// Every report fits; a report that is changed in any of its fields does not.
fn reports_fit_their_schema() {
    let folder = Folder::new();
    let mut reports: Vec<Value> = reported(200).map(|case| case.report).collect();
    let trip = folder.run(&[&TRIP[..], &["-q", "-o", "o", "--report", "-"]].concat());
    reports.push(trip.json());
    let file = folder.0.join("reports");
    fs::write(&file, json!(reports).to_string()).expect("a file is written");
    let schema = root().join("spec/report.schema.json");
    let counts = node("schema.mjs", &[&schema, &file]);
    assert_eq!(counts["fit"], reports.len());
    assert_eq!(counts["still fit"], json!([]), "though they were changed");
    assert!(counts["changed"].as_u64() > Some(10_000), "{counts}");
}

fn the_page_works_in_chromium() {
    let folder = Folder::new();
    let put = |name: &str, value: &Value| {
        fs::write(folder.0.join(name), value.to_string()).expect("a file is written");
    };
    let page = |name: &str, arguments: &[&str]| {
        let [html, report] = ["html", "report"].map(|kind| format!("{name}.{kind}"));
        let more = ["-q", "-o", "o", "--html", &html, "--report", &report];
        folder.run(&[arguments, &more].concat()).ok();
    };
    page("trip", &TRIP);

    // Many rows, most of them unchanged, and numbers that a double does not hold.
    let rows = |name: &str| {
        let row = |id: u32| json!({"id": id, "name": if id.is_multiple_of(7) { name.to_owned() } else { format!("row {id}") }});
        let rows: Vec<Value> = (0..30_000).map(row).collect();
        json!({"rows": rows, "exact": [u64::MAX, i64::MIN, 1e300, 0.1], "flat": vec![0; 50_000]})
    };
    for name in ["base", "ann", "bob"] {
        put(name, &rows(name));
    }
    page("large", &["merge", "base", "ann", "bob"]);

    // Names and values that would be more than text, and names that an object of JavaScript treats in its own way.
    let evil = "</script><img src=x onerror=pwned()>\u{202e}<!--";
    put(
        "base",
        &json!({"10": 1, "9": 1, "__proto__": {"a": 1}, "constructor": 2, evil: evil}),
    );
    put(
        "<b>ann",
        &json!({"10": 2, "9": 1, "__proto__": {"a": 3}, "constructor": 2, evil: 1}),
    );
    put(
        "<b>bob",
        &json!({"10": 3, "9": 1, "__proto__": {"a": 2}, "constructor": 3, evil: format!("{evil}!")}),
    );
    page("evil", &["merge", "base", "<b>ann", "<b>bob"]);

    // More sides than there is room for.
    let change = |side: u64| json!({"op": "change", "path": "/a", "value": side});
    let action =
        |side: u64| json!({"stamp": [side, format!("side {side}")], "deltas": [change(side)]});
    put("base", &json!({"a": 0, "b": [1]}));
    put("actions", &(1..=64).map(action).collect());
    page("many", &["merge", "base", "--actions", "actions"]);

    // No conflict, nothing changed, and a document that is no container.
    put("ann", &json!({"a": 0, "b": [1, 2]}));
    page("calm", &["merge", "base", "ann"]);
    page("still", &["merge", "base", "base"]);
    put("base", &json!(1));
    put("ann", &json!([2]));
    put("bob", &json!({"a": {}}));
    page("root", &["merge", "base", "ann", "bob"]);

    let chromium = chromium().expect("it was there a moment ago");
    let counts = node("page.mjs", &[&chromium, &folder.0]);
    assert!(counts["checks"].as_u64() > Some(450), "{counts}");
    assert_eq!(counts["looked at by axe"], 28, "{counts}");
}
