//! The two machines against whatever a network, a crash or a peer does.

use super::{Checked, Stop, Told, ask, broken};
use arbitrary::{Result, Unstructured};
use deltamerge::resync::{Client, Limits, Master, Options, Output};
use deltamerge::simulation::{Choices, Config, Faults, shortest};
use deltamerge::{Checksum, checksum, diff};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// How many runs the search for a shorter history may make.
const RUNS: usize = 2_000;

/// Whatever the network does: when it has healed everybody has one state, with each action in it once.
pub(super) fn network(u: &mut Unstructured) -> Checked {
    let mut probability = || u.choose(&[0.1, 0.0, 0.4]).copied();
    let faults = Faults {
        loss: probability()?,
        duplicate: probability()?,
        reorder: probability()?,
        partition: probability()?,
        crash: probability()?,
        corrupt: probability()?,
    };
    let config = Config {
        clients: u.int_in_range(1..=4)?,
        actions: 64,
        log: *u.choose(&[None, Some(1), Some(5)])?,
        faults,
    };
    let bytes = u.bytes(u.len())?;
    match shortest(&config, Choices::of_bytes(bytes), RUNS) {
        None => Ok(()),
        Some(failure) => Err(Stop::Broken(failure.to_string())),
    }
}

/// Whatever text a machine gets: it does not panic, holds no more than its limits allow, and has the checksum of the state that it has.
pub(super) fn messages(u: &mut Unstructured) -> Checked {
    let limits = Limits {
        message_bytes: 4_096,
        depth: 10,
        deltas: 8,
        pending: 4,
        log_actions: 4,
        log_bytes: 4_096,
        actors: 3,
        connections: 3,
        actor_bytes: 16,
        parts: 8,
        small_state: usize::from(u.ratio(1, 2)?) * 1_000,
    };
    let options = Options {
        limits,
        ..Options::default()
    };
    let document = json!({"a": [1, 2, 3], "b": {"c": 1}, "d": "x"});
    let master = Master::new(document, options.clone()).expect("a shallow state");
    let clients = ["ann", "bob"].map(|actor| Client::new(actor, options.clone()));
    let mut conversation = Conversation {
        sequence: 0,
        master,
        clients,
        options,
        towards_master: VecDeque::new(),
        towards_clients: VecDeque::new(),
        told: Vec::new(),
    };
    for client in &mut conversation.clients {
        client.connect();
    }
    conversation.collect()?;
    while !u.is_empty() && conversation.told.len() < 200 {
        conversation.step(u)?;
    }
    Ok(())
}

/// A master, two clients, and what is on its way between them.
struct Conversation {
    master: Master,
    clients: [Client; 2],
    options: Options,
    sequence: u64,
    towards_master: VecDeque<(u64, String)>,
    towards_clients: VecDeque<(usize, String)>,
    told: Vec<Value>,
}

impl Conversation {
    fn step(&mut self, u: &mut Unstructured) -> Checked {
        let who = u.choose_index(2)?;
        match u.int_in_range(0..=9)? {
            0..=2 => {
                if let Some((connection, text)) = self.towards_master.pop_front() {
                    self.master_gets(connection, &text)?;
                }
            }
            3..=5 => {
                if let Some((client, text)) = self.towards_clients.pop_front() {
                    self.client_gets(client, &text)?;
                }
            }
            6 => {
                let text = match self.towards_master.front() {
                    Some((_, text)) => forged(u, text)?,
                    None => any_text(u)?,
                };
                self.master_gets(u.int_in_range(0..=4)?, &text)?;
            }
            7 => {
                let text = match self.towards_clients.front() {
                    Some((_, text)) => forged(u, text)?,
                    None => any_text(u)?,
                };
                self.client_gets(who, &text)?;
            }
            8 => self.act(u, who)?,
            _ => {
                self.told.push(json!({"what happens to": who}));
                match u.int_in_range(0..=4)? {
                    0..=1 => self.clients[who].timeout(),
                    2 => self.clients[who].connect(),
                    3 => self.clients[who].disconnect(),
                    _ => self.master.disconnect(who as u64),
                }
                self.collect()?;
            }
        }
        Ok(())
    }

    fn act(&mut self, u: &mut Unstructured, who: usize) -> Checked {
        let Some(shown) = self.clients[who].shown() else {
            return Ok(());
        };
        let mut after = shown.clone();
        let place = place(u, &after)?;
        if let Some(there) = after.pointer_mut(&place) {
            *there = any_value(u)?;
        }
        let set = diff(shown, &after).expect("shallow documents");
        self.told.push(json!({"client": who, "does": set}));
        // Refused where it is beyond a limit.
        let _ = self.clients[who].dispatch(set);
        self.collect()
    }

    fn master_gets(&mut self, connection: u64, text: &str) -> Checked {
        self.told
            .push(json!({"on": connection, "the master gets": text}));
        self.master.handle_text(connection, text);
        self.collect()
    }

    fn client_gets(&mut self, client: usize, text: &str) -> Checked {
        self.told.push(json!({"client": client, "gets": text}));
        self.clients[client].handle_text(text);
        self.collect()
    }

    /// Takes what there is to send, and holds both sides to what they may do.
    fn collect(&mut self) -> Checked {
        let story = Value::from(self.told.clone());
        let told: Told = &|| story.clone();
        let mut outputs = 0;
        while let Some(output) = self.master.poll() {
            outputs += 1;
            match output {
                Output::Store(logged) => {
                    self.sequence += 1;
                    let follows = logged.sequence == self.sequence;
                    ask(follows, told, "the master leaves a number out")?;
                }
                Output::Send { to, message } => {
                    let text = serde_json::to_string(&*message).expect("a wire form");
                    if let Ok(client) = usize::try_from(to)
                        && client < self.clients.len()
                    {
                        self.towards_clients.push_back((client, text));
                    }
                }
            }
        }
        let limits = &self.options.limits;
        ask(outputs <= 1 + limits.connections, told, "too many outputs")?;
        ask(
            self.master.log_length() <= limits.log_actions,
            told,
            "too long a log",
        )?;
        let revision = self.master.revision();
        ask_checksum(told, self.master.state(), revision.checksum)?;
        for (number, client) in self.clients.iter_mut().enumerate() {
            let mut messages = 0;
            while let Some(message) = client.poll_message() {
                messages += 1;
                let text = serde_json::to_string(&message).expect("a wire form");
                self.towards_master.push_back((number as u64, text));
            }
            while client.poll_event().is_some() {}
            ask(messages <= 2, told, "too many messages")?;
            ask(
                client.pending() <= limits.pending,
                told,
                "too many actions pending",
            )?;
            if let (Some(confirmed), Some(revision)) = (client.confirmed(), client.revision()) {
                ask_checksum(told, confirmed, revision.checksum)?;
                let again = Client::restore(client.stored(), self.options.clone());
                let again = again.map_err(|error| broken(told, error))?;
                let shows_it = again.shown() == client.shown();
                ask(shows_it, told, "not shown: what is confirmed and pending")?;
            }
        }
        Ok(())
    }
}

fn ask_checksum(told: Told, state: &Value, believed: Checksum) -> Checked {
    ask(
        checksum(state) == believed,
        told,
        "a state that was not checked",
    )
}

/// A message that is another than it was when it was sent.
fn forged(u: &mut Unstructured, text: &str) -> Result<String> {
    let mut json: Value = serde_json::from_str(text).expect("a message");
    match u.int_in_range(0..=4)? {
        0 => return any_text(u),
        1 => {
            let end = u.choose_index(text.len() + 1)?;
            return Ok(String::from_utf8_lossy(&text.as_bytes()[..end]).into_owned());
        }
        _ => {}
    }
    for _ in 0..u.int_in_range(1..=3)? {
        let place = place(u, &json)?;
        let other = match u.int_in_range(0..=3)? {
            0 => {
                let other = self::place(u, &json)?;
                json.pointer(&other).cloned().unwrap_or_default()
            }
            _ => any_value(u)?,
        };
        match json.pointer_mut(&place) {
            Some(Value::Object(members)) if u.ratio(1, 3)? => {
                let name = members.keys().next().cloned();
                members.remove(&name.unwrap_or_default());
            }
            Some(Value::Array(elements)) if u.ratio(1, 2)? => elements.push(other),
            Some(there) => *there = other,
            None => {}
        }
    }
    // Whoever lies about the state can lie about its checksum.
    if json.get("state").is_some() && u.ratio(1, 2)? {
        let sum = checksum(&json["state"]).to_string();
        if let Some(there) = json.pointer_mut("/revision/checksum") {
            *there = sum.into();
        }
    }
    Ok(json.to_string())
}

fn any_text(u: &mut Unstructured) -> Result<String> {
    let length = u.int_in_range(0..=60)?.min(u.len());
    Ok(String::from_utf8_lossy(u.bytes(length)?).into_owned())
}

fn any_value(u: &mut Unstructured) -> Result<Value> {
    let deep = || (0..20).fold(json!(1), |inner, _| json!([inner]));
    Ok(match u.int_in_range(0..=11)? {
        0 => Value::Null,
        1 => json!(u64::MAX),
        2 => json!(u64::MAX - 1),
        3 => json!(u.int_in_range(0..=4)?),
        4 => json!("/a/1"),
        5 => json!(checksum(&json!({})).to_string()),
        6 => json!({"path": "/a", "from": "1", "to": null}),
        7 => json!({"op": "remove", "path": "/a/0"}),
        8 => json!([[], {}, [1, 2]]),
        9 => deep(),
        10 => json!({"a": 1}),
        _ => json!(-1.5),
    })
}

/// One of the places of a document, as a JSON Pointer.
fn place(u: &mut Unstructured, document: &Value) -> Result<String> {
    let mut here = String::new();
    let mut value = document;
    while u.ratio(3, 4)? {
        match value {
            Value::Object(members) if !members.is_empty() => {
                let mut names: Vec<_> = members.keys().collect();
                names.sort();
                let name = names[u.choose_index(names.len())?];
                here += &format!("/{}", name.replace('~', "~0").replace('/', "~1"));
                value = &members[name];
            }
            Value::Array(elements) if !elements.is_empty() => {
                let index = u.choose_index(elements.len())?;
                here += &format!("/{index}");
                value = &elements[index];
            }
            _ => break,
        }
    }
    Ok(here)
}
