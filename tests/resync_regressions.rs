//! Faults that synchronisation is known for, here or elsewhere, each named by its cause.

use deltamerge::resync::{
    Client, ClientMessage, Event, Limits, Logged, Master, MasterMessage, Options, Output,
};
use deltamerge::{Delta, DeltaSet};
use serde_json::{Value, json};

/// A master, Ann and Bob, and what is carried between them, when a test says so.
struct Network {
    master: Master,
    clients: [Client; 2],
    /// What the master has had stored.
    stored: Vec<Logged>,
    events: Vec<Event>,
}

const ANN: usize = 0;
const BOB: usize = 1;

impl Network {
    /// Both have joined. A log of no more than `log_actions`; a state of more than `small_state` values is compared.
    fn new(log_actions: usize, small_state: usize) -> Network {
        let limits = Limits {
            log_actions,
            small_state,
            ..Limits::default()
        };
        let options = Options {
            limits,
            ..Options::default()
        };
        let client = |name| Client::new(name, options.clone());
        let mut network = Network {
            clients: ["ann", "bob"].map(client),
            master: Master::new(beginning(), options).expect("a shallow state"),
            stored: Vec::new(),
            events: Vec::new(),
        };
        network.clients.iter_mut().for_each(Client::connect);
        network.carry();
        network
    }

    /// Carries everything, and what comes of it.
    fn carry(&mut self) {
        for _ in 0..100 {
            let said = [ANN, BOB].map(|number| self.said_by(number));
            if said.iter().all(Vec::is_empty) {
                return;
            }
            for (number, messages) in said.into_iter().enumerate() {
                for message in messages {
                    for (to, answer) in self.answers(number, message) {
                        self.clients[to].handle(answer);
                    }
                }
            }
        }
        panic!("it never ends");
    }

    fn said_by(&mut self, number: usize) -> Vec<ClientMessage> {
        let client = &mut self.clients[number];
        self.events
            .extend(std::iter::from_fn(|| client.poll_event()));
        std::iter::from_fn(|| client.poll_message()).collect()
    }

    /// What the master sends when it gets a message, with the clients' numbers.
    fn answers(&mut self, from: usize, message: ClientMessage) -> Vec<(usize, MasterMessage)> {
        self.master.handle(from as u64, message);
        let mut answers = Vec::new();
        while let Some(output) = self.master.poll() {
            match output {
                Output::Store(logged) => self.stored.push(*logged),
                Output::Send { to, message } => answers.push((to as usize, (*message).clone())),
            }
        }
        answers
    }

    /// A client's one message comes in; what the master answers is lost.
    fn lose_the_answers(&mut self, from: usize) -> Vec<(usize, MasterMessage)> {
        let messages = self.said_by(from).into_iter();
        messages
            .flat_map(|message| self.answers(from, message))
            .collect()
    }

    fn dispatch(&mut self, number: usize, delta: Delta) {
        let deltas = DeltaSet::from_iter([delta]);
        self.clients[number].dispatch(deltas).expect("it fits");
    }

    /// Everybody has this state, nothing is pending, and so many actions led to it.
    fn agree_on(&mut self, state: &Value, sequence: u64) {
        self.carry();
        assert_eq!(self.master.state(), state);
        assert_eq!(self.master.revision().sequence, sequence);
        for client in &self.clients {
            assert_eq!(client.state_name(), "live");
            assert_eq!(
                (client.shown(), client.confirmed()),
                (Some(state), Some(state))
            );
            assert_eq!(client.revision(), Some(self.master.revision()));
            assert_eq!(client.pending(), 0);
        }
        let given_up = |event: &Event| matches!(event, Event::GivenUp { .. });
        assert!(!self.events.iter().any(given_up), "{:?}", self.events);
    }

    fn acknowledged(&self) -> Vec<u64> {
        let acknowledged = self.events.iter().filter_map(|event| match event {
            Event::Acknowledged { counter } => Some(*counter),
            _ => None,
        });
        acknowledged.collect()
    }
}

fn beginning() -> Value {
    json!({"hp": 7, "log": ["start"]})
}

fn add(path: &str, value: impl Into<Value>) -> Delta {
    Delta::add(path.parse().expect("a pointer"), value)
}

fn change(path: &str, value: impl Into<Value>) -> Delta {
    Delta::change(path.parse().expect("a pointer"), value)
}

/// The three ways back to the master's state: the size of the log, up to where a state is small, and how the client is then.
const WAYS: [(usize, usize, &str); 3] = [
    (100, 1_000, "replaying"),
    (1, 0, "comparing"),
    (1, 1_000, "fetching"),
];

/// Bob is at odds with the master, with one action that the master has not got, and is on his way back, as the way says.
fn at_odds((log_actions, small_state, name): (usize, usize, &str)) -> Network {
    let mut network = Network::new(log_actions, small_state);
    network.dispatch(BOB, add("/bob1", 1));
    let _lost = network.said_by(BOB);
    // Bob does not hear of Ann's first two actions. The third leaves a gap.
    for number in 1..=3 {
        network.dispatch(ANN, add(&format!("/ann{number}"), number));
        for (to, message) in network.lose_the_answers(ANN) {
            if to == ANN || number == 3 {
                network.clients[to].handle(message);
            }
        }
    }
    while network.clients[BOB].state_name() != name {
        let question = network.said_by(BOB).pop().expect("a question");
        for (_, answer) in network.answers(BOB, question) {
            network.clients[BOB].handle(answer);
        }
    }
    network
}

/// What comes of it.
fn after_odds() -> Value {
    json!({"hp": 7, "log": ["start"], "ann1": 1, "ann2": 2, "ann3": 3, "bob1": 1})
}

/// Movex, issue 19.
#[test]
fn a_resynchronisation_dropped_what_the_master_had_not_acknowledged() {
    for way in WAYS {
        let mut network = at_odds(way);
        assert_eq!(network.clients[BOB].pending(), 1, "{way:?}");
        let shown = network.clients[BOB].shown();
        assert_eq!(shown.and_then(|shown| shown.get("bob1")), Some(&json!(1)));
        network.agree_on(&after_odds(), 4);
    }
}

/// Movex, issue 201.
#[test]
fn an_action_dispatched_while_a_resynchronisation_was_running_was_refused() {
    for way in WAYS {
        let mut network = at_odds(way);
        network.dispatch(BOB, change("/hp", 6));
        let shown = network.clients[BOB].shown();
        assert_eq!(shown.map(|shown| &shown["hp"]), Some(&json!(6)), "{way:?}");
        let mut expected = after_odds();
        expected["hp"] = json!(6);
        network.agree_on(&expected, 5);
    }
}

#[test]
fn an_action_whose_acknowledgement_was_lost_was_applied_again() {
    let mut network = Network::new(100, 1_000);
    network.dispatch(ANN, add("/log/1", "ann"));
    network.lose_the_answers(ANN);
    network.clients[ANN].timeout();
    let answers = network.lose_the_answers(ANN);
    assert!(matches!(
        answers[..],
        [(ANN, MasterMessage::Acknowledge { sequence: 1, .. })]
    ));
    // Even that is lost. Bob, who has not heard of it either, hears by his heartbeat.
    network.clients.iter_mut().for_each(Client::timeout);
    network.agree_on(&json!({"hp": 7, "log": ["start", "ann"]}), 1);
    assert_eq!(network.acknowledged(), [1]);
}

#[test]
fn a_repeated_acknowledgement_was_taken_for_that_of_the_next_action() {
    let mut network = Network::new(100, 1_000);
    network.dispatch(ANN, change("/hp", 6));
    network.dispatch(ANN, change("/hp", 5));
    let answers = network.lose_the_answers(ANN);
    for (to, message) in answers {
        for _ in 0..3 {
            network.clients[to].handle(message.clone());
        }
    }
    assert_eq!(network.clients[ANN].pending(), 1);
    network.agree_on(&json!({"hp": 5, "log": ["start"]}), 2);
    assert_eq!(network.acknowledged(), [1, 2]);
}

#[test]
fn a_reconnection_lost_what_was_pending() {
    let mut network = Network::new(100, 1_000);
    // The first arrives, and its answer does not; the second is done while there is no connection.
    network.dispatch(ANN, add("/log/1", "first"));
    network.lose_the_answers(ANN);
    network.clients[ANN].disconnect();
    network.dispatch(ANN, add("/log/2", "second"));
    network.dispatch(BOB, add("/log/0", "bob"));
    network.clients[BOB].timeout();
    network.carry();
    assert_eq!(network.clients[ANN].pending(), 2);
    network.clients[ANN].connect();
    let log = json!(["bob", "start", "first", "second"]);
    network.agree_on(&json!({"hp": 7, "log": log}), 3);
    assert_eq!(network.acknowledged(), [1, 1, 2]);
}

#[test]
fn a_client_that_began_again_took_its_own_action_for_another_s() {
    let mut network = Network::new(100, 1_000);
    network.dispatch(ANN, add("/log/1", "ann"));
    let stored = network.clients[ANN].stored();
    network.lose_the_answers(ANN);
    network.clients[ANN] = Client::restore(stored, Options::default()).expect("what it stored");
    network.clients.iter_mut().for_each(Client::connect);
    network.agree_on(&json!({"hp": 7, "log": ["start", "ann"]}), 1);
}

#[test]
fn a_master_that_began_again_had_forgotten_whose_actions_it_had_applied() {
    let mut network = Network::new(100, 1_000);
    network.dispatch(BOB, add("/log/1", "bob"));
    network.carry();
    // Written whole once, after Bob's action; Ann's is in the log behind it alone.
    let stored = network.master.stored();
    let whole = network.stored.len();
    network.dispatch(ANN, add("/log/2", "ann"));
    network.lose_the_answers(ANN);
    let since = network.stored.split_off(whole);
    network.master = Master::restore(stored, since, Options::default()).expect("what it stored");
    assert_eq!(network.master.acknowledged("ann"), Some(1));
    assert_eq!(network.master.acknowledged("bob"), Some(1));
    // It does not know their connections: both are told to join again.
    network.clients.iter_mut().for_each(Client::timeout);
    network.agree_on(&json!({"hp": 7, "log": ["start", "bob", "ann"]}), 2);
    assert_eq!(network.acknowledged(), [1, 1]);
}
