//! The client's table.

use super::{Situation, hold, revision, set, table};
use deltamerge::resync::{Client, ClientMessage, Limits, MasterMessage, Options, Refusal};
use deltamerge::{Action, DeltaSet, checksum};
use serde_json::{Value, json};

pub(super) fn start() -> Value {
    json!({"a": 1, "b": 2})
}

fn options(small_state: usize) -> Options {
    Options {
        limits: Limits {
            small_state,
            pending: 2,
            ..Limits::default()
        },
        ..Options::default()
    }
}

/// What is asked, if a question was: its number.
fn asked(client: &mut Client) -> u64 {
    let mut number = 0;
    while let Some(message) = client.poll_message() {
        number = match message {
            ClientMessage::Hello { question, .. }
            | ClientMessage::Resync { question, .. }
            | ClientMessage::Compare { question, .. }
            | ClientMessage::StateRequest { question }
            | ClientMessage::Dispatch { question, .. } => question,
        };
    }
    number
}

fn full_state(question: u64) -> MasterMessage {
    MasterMessage::FullState {
        question,
        revision: revision(0, &start()),
        acknowledged: None,
        state: start(),
    }
}

fn refusal(question: Option<u64>, counter: Option<u64>, code: &str) -> MasterMessage {
    MasterMessage::Refusal(Refusal {
        question,
        counter,
        code: code.to_owned(),
        reason: "because".to_owned(),
    })
}

/// A client that is live, with so many actions pending.
fn live(small_state: usize, pending: usize) -> Client {
    let mut client = Client::new("ann", options(small_state));
    client.connect();
    let question = asked(&mut client);
    client.handle(full_state(question));
    for number in 0..pending {
        client
            .dispatch(set("/a", json!(10 + number)))
            .expect("it fits");
    }
    client
}

/// Clients in every state that a table can name, with and without a replica, with and without something pending; each with the
/// number of the question that is open.
fn clients(small_state: usize, pending: usize) -> Vec<(Client, u64)> {
    let mut all = Vec::new();
    let mut with = |mut client: Client| {
        let question = asked(&mut client);
        while client.poll_event().is_some() {}
        all.push((client, question));
    };
    if pending == 0 {
        let fresh = Client::new("ann", options(small_state));
        with(fresh.clone());
        let mut joining = fresh.clone();
        joining.connect();
        let question = asked(&mut joining.clone());
        let mut refused = joining.clone();
        refused.handle(refusal(Some(question), None, "rules-differ"));
        with(joining);
        with(refused);
    }
    let live = live(small_state, pending);
    with(live.clone());
    let mut offline = live.clone();
    offline.disconnect();
    with(offline);
    let mut joining = live.clone();
    joining.connect();
    with(joining);
    let mut refused = live.clone();
    refused.handle(refusal(None, None, "too-many"));
    with(refused);
    let mut replaying = live.clone();
    replaying.handle(forward(7, json!(5)));
    let mut healing = replaying.clone();
    let question = asked(&mut healing);
    with(replaying);
    healing.handle(refusal(Some(question), None, "unknown-revision"));
    with(healing);
    all
}

fn forward(sequence: u64, value: Value) -> MasterMessage {
    let mut after = start();
    after["b"] = value.clone();
    MasterMessage::Forward {
        sequence,
        previous: checksum(&start()),
        next: checksum(&after),
        action: Action::new((1, "bob"), set("/b", value)),
    }
}

fn replay(question: u64, latest: u64, state: &Value) -> MasterMessage {
    let after = json!({"a": 1, "b": 3});
    MasterMessage::Replay {
        question,
        since: revision(0, state),
        actions: vec![Action::new((1, "bob"), set("/b", json!(3)))],
        revision: revision(1, &after),
        latest,
        acknowledged: None,
    }
}

type Input = (
    &'static str,
    Box<dyn FnOnce(&mut Client)>,
    Vec<&'static str>,
);

fn message(name: &'static str, message: MasterMessage, facts: &[&'static str]) -> Input {
    assert_eq!(message.name(), name);
    (
        name,
        Box::new(move |client| client.handle(message)),
        facts.to_vec(),
    )
}

/// All that can happen to a client, with what the table says of it.
fn inputs(client: &Client, question: u64, small_state: usize, pending: usize) -> Vec<Input> {
    let mut all: Vec<Input> = Vec::new();
    let has_state = client.confirmed().is_some();
    all.push(("connect", Box::new(Client::connect), vec![]));
    all.push(("disconnect", Box::new(Client::disconnect), vec![]));
    let in_flight = if pending > 0 {
        vec!["something is in flight"]
    } else {
        vec![]
    };
    all.push(("timeout", Box::new(Client::timeout), in_flight));
    let refused = "it has no state yet, does not fit, or is beyond a limit";
    let dispatch = |deltas: DeltaSet, is_taken: bool| -> Input {
        let run = move |client: &mut Client| assert_eq!(client.dispatch(deltas).is_ok(), is_taken);
        let facts = match (is_taken, pending) {
            (false, _) => vec![refused],
            (true, 0) => vec!["nothing is in flight"],
            (true, _) => vec![],
        };
        ("dispatch", Box::new(run), facts)
    };
    all.push(dispatch(set("/b", json!(9)), has_state && pending < 2));
    all.push(dispatch(set("/missing", json!(9)), false));

    // Acknowledgements and forwards.
    let known = "a sequence that it has";
    let mut acknowledged = start();
    acknowledged["a"] = json!(10);
    let acknowledge = |counter, sequence, next: &Value| MasterMessage::Acknowledge {
        counter,
        sequence,
        previous: checksum(&start()),
        next: checksum(next),
    };
    let is_next = "the next, of what is in flight, and the checksums agree";
    let facts: &[_] = if pending > 0 { &[is_next] } else { &[] };
    all.push(message(
        "acknowledge",
        acknowledge(1, 1, &acknowledged),
        facts,
    ));
    all.push(message("acknowledge", acknowledge(1, 1, &json!(0)), &[]));
    all.push(message(
        "acknowledge",
        acknowledge(9, 1, &acknowledged),
        &[],
    ));
    all.push(message(
        "acknowledge",
        acknowledge(1, 0, &acknowledged),
        &[known],
    ));
    all.push(message(
        "acknowledge",
        acknowledge(1, 2, &acknowledged),
        &[],
    ));
    all.push(message("forward", forward(0, json!(3)), &[known]));
    all.push(message(
        "forward",
        forward(1, json!(3)),
        &["the next, and the checksums agree"],
    ));
    all.push(message("forward", forward(2, json!(3)), &[]));
    let mut misfit = forward(1, json!(3));
    if let MasterMessage::Forward { action, .. } = &mut misfit {
        action.deltas = set("/missing", json!(1));
    }
    all.push(message("forward", misfit, &[]));

    // Replays.
    let [complete, leads, small, last] = [
        "the last question's, it leads on from the confirmed state, the checksum agrees, nothing is missing",
        "the last question's, it leads on from the confirmed state, the checksum agrees",
        "the last question's, the state is small",
        "the last question's",
    ];
    let is_small = small_state > 0;
    let otherwise: &[_] = if is_small { &[small, last] } else { &[last] };
    let has = |facts: &[&'static str]| if has_state { facts.to_vec() } else { vec![] };
    all.push(message(
        "replay",
        replay(question, 1, &start()),
        &has(&[&[complete, leads], otherwise].concat()),
    ));
    all.push(message(
        "replay",
        replay(question, 5, &start()),
        &has(&[&[leads], otherwise].concat()),
    ));
    all.push(message(
        "replay",
        replay(question, 1, &json!(1)),
        &has(otherwise),
    ));
    let mut wrong = replay(question, 1, &start());
    if let MasterMessage::Replay { actions, .. } = &mut wrong {
        actions.clear();
    }
    all.push(message("replay", wrong, &has(otherwise)));
    all.push(message("replay", replay(question + 1, 1, &start()), &[]));

    // Comparisons: only one that is asked about the whole can be answered here.
    let compared = |question, state: &Value, of: &Value| MasterMessage::Compared {
        question,
        revision: revision(4, of),
        acknowledged: None,
        parts: vec![
            serde_json::from_value(json!({"path": "", "value": state})).expect("a finding"),
        ],
    };
    let mut again = compared(question, &json!(5), &json!(5));
    if let MasterMessage::Compared { parts, .. } = &mut again {
        let split = json!({"path": "", "kind": "object", "split": [{"path": "/a", "checksum": checksum(&json!(0))}]});
        parts[0] = serde_json::from_value(split).expect("a finding");
    }
    let agrees = "the last question's, the checksum agrees";
    let begun = "the last question's, it has not started four times";
    all.push(message(
        "compared",
        again,
        &["the last question's, parts still differ", begun, last],
    ));
    all.push(message(
        "compared",
        compared(question, &json!({"c": 1}), &json!({"c": 1})),
        &[agrees, begun, last],
    ));
    all.push(message(
        "compared",
        compared(question, &json!(5), &json!(6)),
        &[begun, last],
    ));
    all.push(message(
        "compared",
        compared(question + 1, &json!(5), &json!(5)),
        &[],
    ));

    // Whole states.
    let sound = "the last question's, the checksum is that of the state";
    let mut damaged = full_state(question);
    if let MasterMessage::FullState { state, .. } = &mut damaged {
        *state = json!(0);
    }
    all.push(message("full-state", full_state(question), &[sound, last]));
    all.push(message("full-state", damaged, &[last]));
    all.push(message("full-state", full_state(question + 1), &[]));

    // Refusals.
    let stops = "protocol-differs, rules-differ, bad-actor, too-many";
    for code in stops.split(", ") {
        all.push(message(
            "refusal",
            refusal(Some(question), None, code),
            &[stops],
        ));
    }
    all.push(message(
        "refusal",
        refusal(None, Some(1), "not-joined"),
        &["not-joined"],
    ));
    let unknown_small = "unknown-revision to the last question, the state is small";
    let unknown = "unknown-revision to the last question";
    let other = "any other to the last question";
    let facts: &[_] = if is_small {
        &[unknown_small, unknown, other]
    } else {
        &[unknown, other]
    };
    let facts = if has_state { facts } else { &[] };
    all.push(message(
        "refusal",
        refusal(Some(question), None, "unknown-revision"),
        facts,
    ));
    all.push(message(
        "refusal",
        refusal(Some(question + 1), None, "unknown-revision"),
        &[],
    ));
    all.push(message(
        "refusal",
        refusal(Some(question), None, "too-large"),
        &[other],
    ));
    let of_flight = |facts: &[&'static str]| if pending > 0 { facts.to_vec() } else { vec![] };
    all.push(message(
        "refusal",
        refusal(Some(question), Some(1), "unknown-revision"),
        &of_flight(&["unknown-revision of what is in flight"]),
    ));
    all.push(message(
        "refusal",
        refusal(Some(question), Some(1), "does-not-fit"),
        &of_flight(&["any other of what is in flight"]),
    ));
    all.push(message(
        "refusal",
        refusal(Some(question), Some(9), "does-not-fit"),
        &[],
    ));
    all.push(message(
        "refusal",
        refusal(Some(question + 1), Some(1), "does-not-fit"),
        &[],
    ));
    all
}

/// A comparison that has started four times over.
fn worn_out() -> (Client, u64) {
    let mut client = live(0, 0);
    client.handle(forward(7, json!(5)));
    let question = asked(&mut client);
    client.handle(refusal(Some(question), None, "unknown-revision"));
    for _ in 0..3 {
        let question = asked(&mut client);
        client.handle(MasterMessage::Compared {
            question,
            revision: revision(4, &json!(6)),
            acknowledged: None,
            parts: vec![],
        });
        assert_eq!(client.state_name(), "comparing");
    }
    let question = asked(&mut client);
    (client, question)
}

fn situations_of_clients() -> Vec<Situation<Client>> {
    let mut all = Vec::new();
    for small_state in [0, 100] {
        for pending in 0..=2 {
            for (client, question) in clients(small_state, pending) {
                for (input, run, facts) in inputs(&client, question, small_state, pending) {
                    all.push(Situation {
                        machine: client.clone(),
                        input,
                        run,
                        facts,
                    });
                }
            }
        }
    }
    let (client, question) = worn_out();
    let last = MasterMessage::Compared {
        question,
        revision: revision(4, &json!(6)),
        acknowledged: None,
        parts: vec![],
    };
    all.push(Situation {
        machine: client,
        input: "compared",
        run: Box::new(|client| client.handle(last)),
        facts: vec!["the last question's"],
    });
    all
}

#[test]
fn the_client_does_what_its_table_says_and_nothing_else() {
    let rows = table("## The client's table");
    let name = |client: &Client| client.state_name().to_owned();
    hold(
        &rows,
        situations_of_clients(),
        name,
        |situation, row, what| {
            let mut client = situation.machine;
            let before = (
                client.state_name(),
                client.stored(),
                client.shown().cloned(),
            );
            (situation.run)(&mut client);
            let then = row.then.split([' ', ',']).next().expect("a state");
            let expected = if then == "same" { before.0 } else { then };
            assert_eq!(client.state_name(), expected, "{what}");
            if row.then.ends_with("(ignored)") {
                let after = (
                    client.state_name(),
                    client.stored(),
                    client.shown().cloned(),
                );
                assert_eq!(after, before, "{what}");
                assert!(client.poll_event().is_none(), "{what}");
            }
            let mut sent = Vec::new();
            while let Some(message) = client.poll_message() {
                sent.push(message.name());
            }
            let expected = match row.sends.as_str() {
                "" => vec![],
                "the next dispatch, if one waits" | "a dispatch, if one is pending" => {
                    vec!["dispatch"; client.pending().min(1)]
                }
                name => vec![name],
            };
            assert_eq!(sent, expected, "{what}");
        },
    );
}
