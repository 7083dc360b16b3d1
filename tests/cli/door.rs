//! The JSON Lines door.

use super::folder::Folder;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

#[test]
fn batch_answers_in_order_and_goes_on_after_a_bad_line() {
    let input = b"{\"do\":\"diff\",\"before\":1,\"after\":2}\n\nnonsense\n\"\xff\"\n{\"do\":\"checksum\",\"document\":1}\r\n{\"do\":\"fly\"}";
    let replies = Folder::new().feed(&["batch"], input).lines();
    let codes: Vec<_> = replies
        .iter()
        .map(|reply| &reply["error"]["code"])
        .collect();
    assert_eq!(
        codes,
        [
            &Value::Null,
            &json!("bad-json"),
            &json!("bad-json"),
            &json!("bad-json"),
            &Value::Null,
            &json!("bad-request")
        ]
    );
    assert_eq!(replies[0]["ok"]["deltas"][0]["op"], "change");
    assert_eq!(
        replies[3]["error"]["message"],
        "expected text in UTF-8, found the byte 0xff at column 2"
    );
    assert!(replies[4]["ok"]["checksum"].is_string());
}

#[test]
fn batch_skips_a_line_that_is_too_long() {
    let request = r#"{"do":"checksum","document":1}"#;
    let limit = request.len().to_string();
    let long = request.replace('1', "11");
    let input = format!(
        "{long}\n{request}\n{}\n{request}\n{long}",
        "x".repeat(1 << 20)
    );
    let replies = Folder::new()
        .feed(&["batch", "--max-line", &limit], input.as_bytes())
        .lines();
    let are_ok: Vec<_> = replies
        .iter()
        .map(|reply| reply["ok"].is_object())
        .collect();
    assert_eq!(are_ok, [false, true, false, true, false]);
    assert_eq!(replies[0]["error"]["code"], "bad-request");
    assert_eq!(
        replies[2]["error"]["message"],
        format!("expected a line of at most {limit} bytes, found a longer one")
    );
}

#[test]
fn batch_answers_each_line_as_it_comes() {
    use std::io::{BufRead, BufReader};
    let mut child = Command::new(env!("CARGO_BIN_EXE_deltamerge"))
        .arg("batch")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut replies = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    for document in 0..3 {
        writeln!(stdin, r#"{{"do":"checksum","document":{document}}}"#).expect("a request is sent");
        let reply = replies.next().expect("a reply").expect("text");
        assert!(reply.starts_with(r#"{"ok":"#), "{reply}");
    }
    drop(stdin);
    assert!(replies.next().is_none());
    assert!(child.wait().expect("the command ends").success());
}

#[test]
fn batch_has_a_bound_on_depth_that_an_option_moves() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let request = |depth: usize| {
        let document = nested(depth);
        // The document, and a value as deep as one can be.
        format!(
            r#"{{"do":"merge","base":{document},"actions":[{{"stamp":[1,"a"],"deltas":[{{"op":"change","path":"","value":{{"a":{}}}}}]}}]}}"#,
            nested(depth - 1)
        )
    };
    let ask = |depth: usize, arguments: &[&str]| {
        let arguments = [&["batch"], arguments].concat();
        let reply = Folder::new().feed(&arguments, request(depth).as_bytes());
        reply.ok().to_owned()
    };
    let is_merged = |reply: String| reply.starts_with(r#"{"ok""#);
    let is_too_deep = |reply: String| reply.contains(r#""code":"too-deep""#);
    assert!(is_merged(ask(128, &[])));
    assert!(is_too_deep(ask(129, &[])));
    assert!(is_merged(ask(256, &["--depth", "256"])));
    assert!(is_too_deep(ask(257, &["--depth", "256"])));
    assert!(is_too_deep(ask(9, &["--depth", "8"])));
    assert!(is_too_deep(ask(100_000, &["--depth", "256"])));
}
