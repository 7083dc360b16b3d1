//! The tables of `spec/resync.md` against the machines, both ways: every situation does what the first row says whose condition
//! holds in it, and every row decides some situation in each of its states.

use deltamerge::resync::{
    Client, ClientMessage, Limits, Master, MasterMessage, Options, Output, PROTOCOL, Part, Refusal,
    Revision,
};
use deltamerge::{Action, Delta, DeltaSet, Path, Rules, checksum, diff};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A row of a table, cell by cell.
struct Row {
    states: Vec<String>,
    inputs: Vec<String>,
    when: String,
    then: String,
    sends: String,
}

fn table(heading: &str) -> Vec<Row> {
    let text = include_str!("../spec/resync.md");
    let section = text.split(heading).nth(1).expect("a section of that name");
    let lines = section.lines().skip_while(|line| !line.starts_with("|---"));
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    let list = |cell: &str| cell.split(", ").map(str::to_owned).collect();
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [states, inputs, when, then, sends] = cells[..] else {
            panic!("expected five cells, found {line}");
        };
        Row {
            states: list(states),
            inputs: list(inputs),
            when: when.replace('`', ""),
            then: then.to_owned(),
            sends: sends.to_owned(),
        }
    };
    rows.map(row).collect()
}

/// A machine in some state, what comes in, and what holds then.
struct Situation<M> {
    machine: M,
    input: &'static str,
    run: Box<dyn FnOnce(&mut M)>,
    /// The conditions of the table that hold.
    facts: Vec<&'static str>,
}

/// Finds the row for each situation, lets `outcome` hold the two against each other, and sees that no row is idle.
fn hold<M>(
    rows: &[Row],
    situations: Vec<Situation<M>>,
    state_of: impl Fn(&M) -> String,
    outcome: impl Fn(Situation<M>, &Row, String),
) {
    let mut met = BTreeSet::new();
    for situation in situations {
        let state = state_of(&situation.machine);
        let fits = |row: &&Row| {
            let is_state = row
                .states
                .iter()
                .any(|other| *other == state || other == "any");
            let is_input = row.inputs.iter().any(|input| input == situation.input);
            let holds = row.when.is_empty() || situation.facts.contains(&row.when.as_str());
            is_state && is_input && holds
        };
        let what = format!("{state}, {}, {:?}", situation.input, situation.facts);
        let number = rows.iter().position(|row| fits(&row));
        let number = number.unwrap_or_else(|| panic!("no row for {what}"));
        for fact in &situation.facts {
            assert!(
                rows.iter().any(|row| row.when == *fact),
                "no row says {fact:?}"
            );
        }
        met.insert((number, state.clone(), situation.input));
        outcome(situation, &rows[number], what);
    }
    for (number, row) in rows.iter().enumerate() {
        for state in &row.states {
            for input in &row.inputs {
                let is_met = |(other, found, by): &(usize, String, &str)| {
                    *other == number && by == input && (found == state || state == "any")
                };
                assert!(
                    met.iter().any(is_met),
                    "nothing meets the row {state} | {input} | {}",
                    row.when
                );
            }
        }
    }
}

fn set(path: &str, value: Value) -> DeltaSet {
    DeltaSet::from_iter([Delta::change(Path::parse(path).expect("a path"), value)])
}

fn revision(sequence: u64, state: &Value) -> Revision {
    Revision {
        sequence,
        checksum: checksum(state),
    }
}

// --- the client ------------------------------------------------------------------------------------------------------

fn start() -> Value {
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

// --- the master ------------------------------------------------------------------------------------------------------

const LAST: u64 = 5;

/// A master with a short log, ann on connection 1 (last action 5), bob on connection 2, who did something long ago, and eve.
fn master() -> Master {
    let limits = Limits {
        log_actions: 3,
        deltas: 2,
        parts: 2,
        ..Limits::default()
    };
    let options = Options {
        limits,
        ..Options::default()
    };
    let mut master = Master::new(start(), options).expect("not deep");
    for (connection, actor) in [(1, "ann"), (2, "bob"), (3, "eve")] {
        master.handle(connection, hello(actor, None));
    }
    act(&mut master, 2, 1, json!(100));
    for counter in 1..=LAST {
        act(&mut master, 1, counter, json!(10 + counter));
    }
    while master.poll().is_some() {}
    master
}

fn hello(actor: &str, revision: Option<Revision>) -> ClientMessage {
    ClientMessage::Hello {
        protocol: PROTOCOL,
        rules: Rules::default().hash(),
        actor: actor.to_owned(),
        question: 1,
        revision,
    }
}

fn act(master: &mut Master, connection: u64, counter: u64, value: Value) {
    let mut after = master.state().clone();
    after["a"] = value;
    let deltas = diff(master.state(), &after).expect("not deep");
    let revision = master.revision();
    let dispatch = ClientMessage::Dispatch {
        question: 2,
        counter,
        revision,
        deltas,
    };
    master.handle(connection, dispatch);
}

/// A connection of a master; the table speaks of its state.
struct Connected {
    master: Master,
    connection: u64,
    is_joined: bool,
}

fn situations_of_masters() -> Vec<Situation<Connected>> {
    let master = master();
    let now = master.revision();
    let old = revision(0, &start());
    let mut all = Vec::new();
    let mut add =
        |connection: u64, input: &'static str, message: ClientMessage, facts: &[&'static str]| {
            assert_eq!(message.name(), input);
            all.push(Situation {
                machine: Connected {
                    master: master.clone(),
                    connection,
                    is_joined: connection <= 3,
                },
                input,
                run: Box::new(move |connected: &mut Connected| {
                    connected.master.handle(connection, message);
                }),
                facts: facts.to_vec(),
            });
        };
    let dispatch = |counter, revision, deltas| ClientMessage::Dispatch {
        question: 2,
        counter,
        revision,
        deltas,
    };
    let parts = |number| ClientMessage::Compare {
        question: 2,
        parts: vec![Part::whole(); number],
    };
    let known = "its revision is known";
    for connection in [1, 9] {
        let refused = "M10, or a name or a number beyond the limits";
        let mut other_protocol = hello("zoe", None);
        if let ClientMessage::Hello { protocol, .. } = &mut other_protocol {
            *protocol += 1;
        }
        let mut other_rules = hello("zoe", None);
        if let ClientMessage::Hello { rules, .. } = &mut other_rules {
            *rules = Rules::first_wins().hash();
        }
        add(connection, "hello", other_protocol, &[refused]);
        add(connection, "hello", other_rules, &[refused]);
        add(connection, "hello", hello("", None), &[refused]);
        add(
            connection,
            "hello",
            hello(&"x".repeat(1000), None),
            &[refused],
        );
        add(
            connection,
            "hello",
            hello("zoe", None),
            &["without a revision"],
        );
        add(connection, "hello", hello("zoe", Some(now)), &[known]);
        add(connection, "hello", hello("zoe", Some(old)), &[]);

        add(
            connection,
            "dispatch",
            dispatch(6, now, set("/a", json!(0))),
            &[],
        );
        let repeated = "its counter was applied, as the actor's last, and is in the log";
        let is_ann = connection == 1;
        let fact = |fact: &'static str| if is_ann { vec![fact] } else { vec![] };
        add(
            connection,
            "dispatch",
            dispatch(LAST, now, set("/a", json!(0))),
            &fact(repeated),
        );
        add(
            connection,
            "dispatch",
            dispatch(2, now, set("/a", json!(0))),
            &fact("its counter was applied, but not as the actor's last"),
        );
        let unknown = "its revision is not known at its sequence, or its counter was applied and is no longer in the log";
        add(
            connection,
            "dispatch",
            dispatch(6, old, set("/a", json!(0))),
            &[unknown],
        );
        let shifted = Revision {
            sequence: now.sequence - 1,
            ..now
        };
        add(
            connection,
            "dispatch",
            dispatch(6, shifted, set("/a", json!(0))),
            &[unknown],
        );
        let misfit = "beyond a limit, or it does not fit";
        add(
            connection,
            "dispatch",
            dispatch(6, now, set("/none", json!(0))),
            &[misfit],
        );
        let many =
            ["/a", "/b", "/c"].map(|path| Delta::change(Path::parse(path).expect("a path"), 0));
        add(
            connection,
            "dispatch",
            dispatch(6, now, many.into_iter().collect()),
            &[misfit],
        );
        add(
            connection,
            "dispatch",
            dispatch(u64::MAX, now, set("/a", json!(0))),
            &[misfit],
        );

        let resync = |revision| ClientMessage::Resync {
            question: 2,
            revision,
        };
        add(connection, "resync", resync(now), &[known]);
        add(
            connection,
            "resync",
            resync(Revision {
                sequence: 99,
                ..now
            }),
            &[known],
        );
        add(connection, "resync", resync(old), &[]);
        add(
            connection,
            "compare",
            parts(3),
            &["more parts than the limit"],
        );
        add(connection, "compare", parts(2), &[]);
        add(
            connection,
            "state-request",
            ClientMessage::StateRequest { question: 2 },
            &[],
        );
    }
    // Bob's only action has left the log.
    add(
        2,
        "dispatch",
        dispatch(1, now, set("/a", json!(0))),
        &[
            "its revision is not known at its sequence, or its counter was applied and is no longer in the log",
        ],
    );
    for connection in [1, 9] {
        all.push(Situation {
            machine: Connected {
                master: master.clone(),
                connection,
                is_joined: connection == 1,
            },
            input: "disconnect",
            run: Box::new(move |connected: &mut Connected| connected.master.disconnect(connection)),
            facts: vec![],
        });
    }
    all
}

#[test]
fn the_master_does_what_its_table_says_and_nothing_else() {
    let rows = table("## The master's table");
    let state = |connected: &Connected| {
        let state = if connected.is_joined {
            "joined"
        } else {
            "unknown"
        };
        state.to_owned()
    };
    hold(
        &rows,
        situations_of_masters(),
        state,
        |situation, row, what| {
            let mut connected = situation.machine;
            let (before, connection) = (connected.master.stored(), connected.connection);
            (situation.run)(&mut connected);
            let mut sent = Vec::new();
            let mut forwarded = 0;
            let mut is_stored = false;
            while let Some(output) = connected.master.poll() {
                match output {
                    Output::Store(_) => {
                        assert!(sent.is_empty() && forwarded == 0, "{what}: stored too late");
                        is_stored = true;
                    }
                    Output::Send { to, message } if to == connection => sent.push(message.name()),
                    Output::Send { message, .. } => {
                        assert_eq!(message.name(), "forward", "{what}");
                        forwarded += 1;
                    }
                }
            }
            let (own, to_others) = match row.sends.as_str() {
                "" => (vec![], 0),
                "acknowledge; forward to the others" => (vec!["acknowledge"], 2),
                name => (vec![name], 0),
            };
            assert_eq!((sent, forwarded), (own, to_others), "{what}");
            assert_eq!(is_stored, to_others > 0, "{what}");
            assert_eq!(
                connected.master.stored() == before,
                to_others == 0,
                "{what}"
            );
            // Whether it is joined shows in what a question gets.
            connected
                .master
                .handle(connection, ClientMessage::StateRequest { question: 9 });
            let is_joined = matches!(
                connected.master.poll(),
                Some(Output::Send { message, .. }) if message.name() == "full-state"
            );
            assert_eq!(is_joined, row.then.starts_with("joined"), "{what}");
        },
    );
}
