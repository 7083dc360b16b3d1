//! The public API, listed, and held against `tests/api/api.txt`: whoever changes it sees the change in that file, and so does the reader.
//!
//!     cargo run --manifest-path tests/api/Cargo.toml            # holds it against the file
//!     cargo run --manifest-path tests/api/Cargo.toml -- --write # writes the file
//!
//! The list comes from rustdoc's JSON, whose format changes from one Rust to another. With a Rust that writes another than the one
//! that is read here, it says that it was skipped, and ends well, unless `DELTAMERGE_API=required`.

use public_api::{Builder, MINIMUM_NIGHTLY_RUST_VERSION};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// All features of the library; those of the command alone add nothing to it.
const FEATURES: &str = "strong,movex,simulation,json-patch,proptest,quickcheck,text";

/// The format of rustdoc's JSON that this version of public-api reads.
const FORMAT: u64 = 57;

fn main() -> ExitCode {
    let json = documentation();
    if let Some(format) = format(&json).filter(|format| *format != FORMAT) {
        let why = format!(
            "rustdoc writes its JSON in format {format}, and public-api (for {MINIMUM_NIGHTLY_RUST_VERSION} and later) reads {FORMAT}"
        );
        if std::env::var("DELTAMERGE_API").is_ok_and(|value| value == "required") {
            eprintln!(
                "{why}: choose a version of public-api that reads it, in tests/api/Cargo.toml"
            );
            return ExitCode::FAILURE;
        }
        println!("skipped: {why}");
        return ExitCode::SUCCESS;
    }
    let api = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .sorted(true)
        .build()
        .expect("the public API");
    let items = api.items().map(ToString::to_string).collect();
    let found: String = terse(items).into_iter().map(|line| line + "\n").collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("api.txt");
    if std::env::args().any(|argument| argument == "--write") {
        std::fs::write(file, found).expect("the file is written");
        return ExitCode::SUCCESS;
    }
    let listed = std::fs::read_to_string(file).expect("a list");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (listed, found) = (lines(&listed), lines(&found));
    for line in listed.difference(&found) {
        println!("- {line}");
    }
    for line in found.difference(&listed) {
        println!("+ {line}");
    }
    if listed == found {
        println!(
            "the public API is the one of tests/api/api.txt: {} lines",
            found.len()
        );
        return ExitCode::SUCCESS;
    }
    println!(
        "\nThe public API has changed. If it was meant to, write the list again (--write), and tell of it in CHANGELOG.md."
    );
    ExitCode::FAILURE
}

/// Without what the implementation of a trait repeats of the trait.
fn terse(items: Vec<String>) -> Vec<String> {
    let mut implementer: Option<String> = None;
    let mut kept = Vec::new();
    for item in items {
        // The guide is documentation alone.
        if item.starts_with("pub mod deltamerge::guide") {
            continue;
        }
        if item.starts_with("impl") {
            implementer = item
                .split_once(" for ")
                .map(|(_, name)| format!(" {name}::"));
        } else if let Some(name) = &implementer
            && item.contains(name.as_str())
        {
            continue;
        }
        kept.push(item);
    }
    kept
}

/// The library's documentation as JSON.
fn documentation() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    // A folder of its own: with other flags everything would be built again in the usual one.
    let target = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(target) => PathBuf::from(target).join("api"),
        None => here.join("target").join("api"),
    };
    let status = Command::new(env!("CARGO"))
        .args([
            "doc",
            "--quiet",
            "--lib",
            "--no-deps",
            "--features",
            FEATURES,
        ])
        .arg("--manifest-path")
        .arg(here.join("../../Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTDOCFLAGS", "-Zunstable-options --output-format json")
        .status()
        .expect("cargo starts");
    assert!(status.success(), "rustdoc has failed");
    target.join("doc").join("deltamerge.json")
}

fn format(json: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(json).ok()?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    json["format_version"].as_u64()
}
