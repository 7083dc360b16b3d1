//! A second implementation of `spec/checksum.md`, in JavaScript, holds: on every vector, and on documents made here.
//!
//! It needs Node. Where there is none the test says so and counts as ignored, unless `DELTAMERGE_NODE=required`.

#[path = "common/harness.rs"]
mod harness;

use harness::Test;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, ExitCode, Output, Stdio};

fn main() -> ExitCode {
    harness::run(&[Test {
        name: "javascript_works_out_the_same_checksums",
        missing: harness::no_node,
        variable: "DELTAMERGE_NODE",
        run: || {
            the_vectors_agree();
            documents_agree();
        },
    }])
}

fn node(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new("node")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/checksum/checksum.mjs"
        ))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("Node starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("Node reads");
    drop(stdin);
    child.wait_with_output().expect("Node ends")
}

/// `tests/spec.rs` holds the same vectors against this implementation.
fn the_vectors_agree() {
    let output = node(&[], "");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "JavaScript differs:\n{text}");
    let counts: Value = serde_json::from_str(text.trim()).expect("counts");
    assert_eq!(counts["differ"], 0, "{counts}");
    for (form, least) in [("plain", 300), ("strong", 20), ("movex", 20)] {
        assert!(counts[form].as_u64() >= Some(least), "too few: {counts}");
    }
}

fn documents_agree() {
    let documents = documents();
    let mut lines = String::new();
    for document in &documents {
        writeln!(lines, "{document}").expect("memory");
    }
    let output = node(&["--lines"], &lines);
    assert!(output.status.success());
    let replies = String::from_utf8(output.stdout).expect("text");
    assert_eq!(replies.lines().count(), documents.len());
    for (document, reply) in documents.iter().zip(replies.lines()) {
        let own: Vec<String> = vec![
            deltamerge::checksum(document).to_string(),
            #[cfg(feature = "strong")]
            deltamerge::strong_checksum(document).to_string(),
        ];
        let theirs: Vec<&str> = reply.split(' ').collect();
        assert_eq!(theirs.len(), 3);
        assert_eq!(own, theirs[..own.len()], "{document}");
        #[cfg(feature = "movex")]
        assert_eq!(
            deltamerge::movex_checksum(document),
            theirs[2],
            "{document}"
        );
    }
}

/// Strings and names of every length that the hash treats in its own way, numbers of every size, names that JavaScript sorts
/// in its own way.
fn documents() -> Vec<Value> {
    let text = |length: usize| {
        "The quick brown fox, é名😀. ".repeat(60)[..]
            .chars()
            .take(length)
            .collect::<String>()
    };
    let mut documents: Vec<Value> = (0..=300)
        .map(|length| json!({text(length): [text(length)]}))
        .collect();
    documents.extend([1023, 1024, 1025, 1088, 1089, 1500].map(|length| json!(text(length))));
    let mut bits = 1_u64;
    for _ in 0..3_000 {
        bits = bits
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let small = f64::from(bits as u32) / f64::from(1_u32 << (bits >> 59));
        let any = f64::from_bits(bits);
        let any = if any.is_finite() { any } else { 0.0 };
        documents.push(json!({"any": any, "small": [small, -small, small * 1e15], "bits": bits, "less": bits as i64}));
    }
    for exponent in -330..=308 {
        let number: f64 = format!("1e{exponent}").parse().expect("a number");
        documents.push(json!([number, -number, number * 1.5]));
    }
    let names = [
        "0",
        "00",
        "1",
        "9",
        "10",
        "4294967294",
        "4294967295",
        "-1",
        "1.5",
        "a",
        "Z",
        "é",
        "\u{fffd}",
        "😀",
        "",
        "__proto__",
        "\n\"\\",
    ];
    for first in names {
        for second in names {
            documents.push(json!({first: 1, "m": {second: {first: [{second: 2, first: 3}]}}}));
        }
    }
    documents.push(Value::Array((0..300).map(Value::from).collect()));
    documents
}
