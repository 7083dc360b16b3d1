//! The master's table.

use super::client::start;
use super::{Situation, hold, revision, set, table};
use deltamerge::resync::{
    ClientMessage, Limits, Master, MasterMessage, Options, Output, PROTOCOL, Part, Revision,
};
use deltamerge::{Delta, Path, Rules, diff};
use serde_json::{Value, json};

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

/// The codes of the refusals that are to be sent to a connection.
fn refusals(master: &mut Master, connection: u64) -> Vec<String> {
    let mut codes = Vec::new();
    while let Some(output) = master.poll() {
        if let Output::Send { to, message } = output
            && let MasterMessage::Refusal(refusal) = &*message
            && to == connection
        {
            codes.push(refusal.code.clone());
        }
    }
    codes
}

fn limited(limits: Limits) -> Master {
    let options = Options {
        limits,
        ..Options::default()
    };
    Master::new(start(), options).expect("not deep")
}

/// A bug: who found all connections taken was remembered, and so took the place of an actor for ever.
#[test]
fn an_actor_that_is_refused_is_not_remembered() {
    let mut master = limited(Limits {
        actors: 2,
        connections: 1,
        ..Limits::default()
    });
    master.handle(1, hello("ann", None));
    assert_eq!(refusals(&mut master, 1), Vec::<String>::new());
    // She is remembered when she leaves.
    act(&mut master, 1, 1, json!(10));
    for actor in ["bob", "eve", "kim"] {
        master.handle(2, hello(actor, None));
        assert_eq!(refusals(&mut master, 2), ["too-many"], "{actor}");
    }
    // Ann may come over another connection, in the place of hers.
    master.handle(3, hello("ann", None));
    assert_eq!(refusals(&mut master, 3), Vec::<String>::new());
    master.disconnect(3);
    master.handle(2, hello("eve", None));
    assert_eq!(refusals(&mut master, 2), Vec::<String>::new());
}

#[test]
fn more_actors_than_the_limit_are_refused() {
    let mut master = limited(Limits {
        actors: 2,
        ..Limits::default()
    });
    for (connection, actor) in [(1, "ann"), (2, "bob"), (3, "eve")] {
        master.handle(connection, hello(actor, None));
    }
    assert_eq!(refusals(&mut master, 3), ["too-many"]);
    // Who did nothing makes room by leaving.
    master.disconnect(2);
    master.handle(3, hello("eve", None));
    assert_eq!(refusals(&mut master, 3), Vec::<String>::new());
}

#[test]
fn a_message_longer_than_the_limit_is_refused_unread() {
    let mut master = limited(Limits {
        message_bytes: 20,
        ..Limits::default()
    });
    master.handle_text(1, &" ".repeat(21));
    assert_eq!(refusals(&mut master, 1), ["too-large"]);
    master.handle_text(1, &" ".repeat(20));
    assert_eq!(refusals(&mut master, 1), ["bad-json"]);
}
