//! The transcripts of the specification: each machine alone gets what a transcript says, and says what it expects.

use deltamerge::resync::{
    Client, ClientMessage, Limits, Master, MasterMessage, Options, Output, PROTOCOL, Part, Revision,
};
use deltamerge::{DeltaSet, Rules, checksum, equal, parse_within};
use serde_json::{Map, Value, json};

fn transcripts() -> Vec<Value> {
    let text = include_str!("../spec/transcripts/resync.json");
    let mut file = parse_within(text, usize::MAX).expect("JSON");
    let Value::Array(transcripts) = file["transcripts"].take() else {
        panic!("no transcripts");
    };
    transcripts
}

/// The value with the checksums that it leaves to be computed.
fn filled(value: &Value) -> Value {
    match value {
        Value::Object(members) => match (&members.get("checksum-of"), &members.get("part-of")) {
            (Some(document), None) => json!(checksum(document)),
            (None, Some(document)) => part_of(document, &members["path"]),
            _ => match members.get("rules-hash") {
                Some(preset) => {
                    let rules: Rules = serde_json::from_value(preset.clone()).expect("a preset");
                    json!(rules.hash())
                }
                None => {
                    let fill = |(name, member): (&String, &Value)| (name.clone(), filled(member));
                    members.iter().map(fill).collect::<Map<_, _>>().into()
                }
            },
        },
        Value::Array(elements) => elements.iter().map(filled).collect(),
        scalar => scalar.clone(),
    }
}

/// The checksum of a part is what the checksum of the document loses with it (C2): digests of scalars and containers are summed.
fn part_of(document: &Value, path: &Value) -> Value {
    let name = path.as_str().expect("a path").trim_start_matches('/');
    let mut without = document.clone();
    without.as_object_mut().expect("an object").remove(name);
    let lost = checksum(document)
        .to_u128()
        .wrapping_sub(checksum(&without).to_u128());
    json!(deltamerge::Checksum::from(lost))
}

fn fields(value: &Value, allowed: &[&str], what: &str) {
    for name in value.as_object().expect(what).keys() {
        assert!(
            allowed.contains(&name.as_str()),
            "{what}: unknown field {name}"
        );
    }
}

fn limits(of: &Value) -> Limits {
    let mut limits = Limits::default();
    for (name, number) in of.as_object().into_iter().flatten() {
        let number = number.as_u64().expect("a number") as usize;
        match name.as_str() {
            "small_state" => limits.small_state = number,
            "pending" => limits.pending = number,
            "log_actions" => limits.log_actions = number,
            other => panic!("unknown limit {other}"),
        }
    }
    limits
}

fn options(given: &Value) -> Options {
    Options {
        limits: limits(&given["limits"]),
        ..Options::default()
    }
}

fn message(json: &Value) -> String {
    filled(json).to_string()
}

fn same(found: &Value, expected: &Value, what: &str) {
    assert!(
        equal(found, expected),
        "{what}\nexpected {expected}\nfound    {found}"
    );
}

fn run_client(transcript: &Value, what: &str) {
    let given = &transcript["client"];
    fields(given, &["actor", "state", "limits"], what);
    let mut client = Client::new(given["actor"].as_str().expect("an actor"), options(given));
    if let Some(state) = given.get("state") {
        client.connect();
        let message = MasterMessage::FullState {
            question: 1,
            revision: Revision {
                sequence: 0,
                checksum: checksum(state),
            },
            acknowledged: None,
            state: state.clone(),
        };
        client.handle(message);
        while client.poll_message().is_some() {}
    }
    for (number, step) in transcript["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .enumerate()
    {
        let what = format!("{what} step {number}");
        fields(
            step,
            &[
                "do", "dispatch", "receive", "refused", "sends", "state", "shown", "pending",
            ],
            &what,
        );
        match step["do"].as_str() {
            Some("connect") => client.connect(),
            Some("disconnect") => client.disconnect(),
            Some("timeout") => client.timeout(),
            Some(other) => panic!("{what}: unknown {other}"),
            None => {}
        }
        if let Some(deltas) = step.get("dispatch") {
            let deltas: DeltaSet = serde_json::from_value(deltas.clone()).expect("deltas");
            let is_refused = client.dispatch(deltas).is_err();
            assert_eq!(
                is_refused,
                step["refused"].as_bool().unwrap_or(false),
                "{what}"
            );
        }
        if let Some(json) = step.get("receive") {
            client.handle_text(&message(json));
        }
        let mut sent = Vec::new();
        while let Some(message) = client.poll_message() {
            sent.push(json!(message));
        }
        if let Some(sends) = step.get("sends") {
            same(&sent.into(), &filled(sends), &what);
        }
        if let Some(state) = step.get("state") {
            assert_eq!(client.state_name(), state, "{what}");
        }
        if let Some(shown) = step.get("shown") {
            same(client.shown().unwrap_or(&Value::Null), shown, &what);
        }
        if let Some(pending) = step.get("pending") {
            assert_eq!(json!(client.pending()), *pending, "{what}");
        }
    }
}

fn run_master(transcript: &Value, what: &str) {
    let given = &transcript["master"];
    fields(given, &["state", "joined", "limits"], what);
    let names = ["ann", "bob"];
    let connection = |name: &Value| {
        names
            .iter()
            .position(|other| name == other)
            .expect("a name") as u64
    };
    let mut master = Master::new(given["state"].clone(), options(given)).expect("not deep");
    for name in given["joined"].as_array().expect("names") {
        let hello = ClientMessage::Hello {
            protocol: PROTOCOL,
            rules: Rules::default().hash(),
            actor: name.as_str().expect("a name").to_owned(),
            question: 1,
            revision: None,
        };
        master.handle(connection(name), hello);
    }
    while master.poll().is_some() {}
    for (number, step) in transcript["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .enumerate()
    {
        let what = format!("{what} step {number}");
        fields(step, &["from", "receive", "sends", "shown"], &what);
        master.handle_text(connection(&step["from"]), &message(&step["receive"]));
        let mut sent = Vec::new();
        while let Some(output) = master.poll() {
            if let Output::Send { to, message } = output {
                let mut message = json!(*message);
                if let Some(reason) = message.as_object_mut().expect("an object").remove("reason") {
                    assert_ne!(reason, "", "{what}");
                }
                sent.push(json!({"to": names[to as usize], "message": message}));
            }
        }
        if let Some(sends) = step.get("sends") {
            same(&sent.into(), &filled(sends), &what);
        }
        if let Some(shown) = step.get("shown") {
            same(master.state(), shown, &what);
        }
    }
}

#[test]
fn every_transcript_is_followed() {
    let transcripts = transcripts();
    assert!(transcripts.len() >= 16);
    for transcript in &transcripts {
        let what = transcript["description"].as_str().expect("a description");
        fields(
            transcript,
            &["description", "rules", "client", "master", "steps"],
            what,
        );
        match transcript.get("client") {
            Some(_) => run_client(transcript, what),
            None => run_master(transcript, what),
        }
    }
}

#[test]
fn the_sum_of_a_part_is_what_a_document_loses_with_it() {
    let document = json!({"a": [1, {"b": 2}], "c": 3});
    let part: Part = serde_json::from_value(json!({"path": "/a"})).expect("a part");
    assert_eq!(part.path.as_str(), "/a");
    assert_ne!(
        part_of(&document, &json!("/a")),
        part_of(&document, &json!("/c"))
    );
}
