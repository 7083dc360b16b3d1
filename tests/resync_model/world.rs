//! One master and two clients, the real machines, with all that a network and a power cut may do to them: the model that an explorer walks.
//!
//! A state of the world is the machines, what they have stored, the messages under way, and what may still go wrong. Everything that may
//! happen next is a [`Step`]. Bounded faults make the world finite, so that it can be walked to its end.

mod healing;
mod machines;
mod verdict;

use deltamerge::resync::{Client, Limits, Logged, Master, MasterMessage, Options, Output};
use machines::{Copy, Hashed, digest};
use serde_json::{Value, json};
use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};
use verdict::mark;

const NAMES: [&str; 2] = ["ann", "bob"];

/// What may happen, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Bounds {
    /// How many actions each client dispatches.
    pub(crate) actions: [usize; 2],
    /// Whether messages of one connection overtake each other.
    pub(crate) overtaking: bool,
    /// How many of the following may happen together, time-outs apart.
    pub(crate) faults: usize,
    /// Messages that are lost.
    pub(crate) losses: usize,
    /// Messages that come twice.
    pub(crate) repetitions: usize,
    /// Times that a client has waited long enough.
    pub(crate) timeouts: usize,
    /// Connections that break.
    pub(crate) reconnections: usize,
    /// Clients that crash, and begin again with what they stored.
    pub(crate) crashes: usize,
    /// Masters that crash, and begin again with what they stored.
    pub(crate) restarts: usize,
    /// Damages: to a message from the master, or to what a client has stored.
    pub(crate) damages: usize,
    /// Whether actions leave no marks, but bring `/hp` there and back, so that states come again.
    pub(crate) returning: bool,
    /// Whether Bob has not joined yet, and is about to.
    pub(crate) bob_is_new: bool,
    /// How many bytes of actions the master puts into a replay.
    pub(crate) replay_bytes: usize,
    /// How many actions the log holds.
    pub(crate) log_actions: usize,
    /// Up to how many values a state counts as small: it decides between M16 and M17.
    pub(crate) small_state: usize,
}

impl Bounds {
    /// One action each, and nothing goes wrong.
    pub(crate) const CALM: Bounds = Bounds {
        actions: [1, 1],
        overtaking: false,
        faults: usize::MAX,
        losses: 0,
        repetitions: 0,
        timeouts: 0,
        reconnections: 0,
        crashes: 0,
        restarts: 0,
        damages: 0,
        returning: false,
        bob_is_new: false,
        replay_bytes: 1_000_000,
        log_actions: 10,
        small_state: 1_000,
    };

    fn master_options(&self) -> Options {
        let mut options = self.options();
        options.limits.message_bytes = self.replay_bytes;
        options
    }

    fn options(&self) -> Options {
        Options {
            limits: Limits {
                log_actions: self.log_actions,
                small_state: self.small_state,
                ..Limits::default()
            },
            ..Options::default()
        }
    }
}

/// What happens next; a number is a client's, or a message's place among those under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Dispatch(usize),
    Deliver(usize),
    Lose(usize),
    Repeat(usize),
    DamageMessage(usize),
    TimeOut(usize),
    Reconnect(usize),
    Crash(usize),
    CrashAndDamage(usize),
    Restart,
}

/// A message under way, as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Packet {
    connection: u64,
    is_to_master: bool,
    text: Arc<str>,
}

/// A state of the world.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// What may still happen.
    left: Bounds,
    bounds: Arc<Bounds>,
    master: Arc<Hashed<Master>>,
    /// What the master has stored since its beginning.
    history: Arc<Hashed<Vec<Logged>>>,
    /// The states of the history, from the first to the last.
    states: Arc<Vec<Value>>,
    clients: [Arc<Hashed<Copy>>; 2],
    /// In the order in which they were sent; where they overtake each other, in any one order.
    packets: Vec<Packet>,
    /// What must never happen, and has.
    fault: Option<String>,
}

impl World {
    /// All that there is to it: what is left out follows from the rest.
    fn whole(&self) -> impl Hash + PartialEq {
        (
            self.left,
            [self.master.digest, self.history.digest],
            self.clients.each_ref().map(|copy| copy.digest),
            self.packets.clone(),
            self.fault.clone(),
        )
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.whole().hash(hasher);
    }
}

impl PartialEq for World {
    fn eq(&self, other: &World) -> bool {
        self.whole() == other.whole()
    }
}

impl World {
    /// Both clients have joined, unless Bob is new, and nothing else is under way.
    pub(crate) fn new(bounds: Bounds) -> World {
        let state = json!({"hp": 7, "log": ["start"]});
        let options = bounds.options();
        let master = Master::new(state.clone(), bounds.master_options()).expect("a shallow state");
        let client = |number: usize| {
            let client = Client::new(NAMES[number], options.clone());
            Arc::new(Hashed::new(Copy::new(client, number as u64)))
        };
        let mut world = World {
            left: bounds,
            bounds: Arc::new(bounds),
            master: Arc::new(Hashed::new(master)),
            history: Arc::new(Hashed::new(Vec::new())),
            states: Arc::new(vec![state]),
            clients: [client(0), client(1)],
            packets: Vec::new(),
            fault: None,
        };
        for number in 0..NAMES.len() {
            world.with_client(number, |copy| copy.client.connect());
            if number == 1 && bounds.bob_is_new {
                break;
            }
            while !world.packets.is_empty() {
                world.deliver(0);
            }
            world.with_client(number, Copy::store);
        }
        world
    }

    /// A name for this state: equal for equal states.
    pub(crate) fn digest(&self) -> u64 {
        digest(|hasher| self.hash(hasher))
    }

    /// What has happened that never must.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Whether nothing is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.packets.is_empty()
    }

    /// Whether a message of that name is under way.
    pub(crate) fn carries(&self, name: &str) -> bool {
        let start = format!(r#"{{"message":"{name}""#);
        let is_it = |packet: &Packet| packet.text.starts_with(&start);
        self.packets.iter().any(is_it)
    }

    /// Everything that may happen next.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.fault.is_some() {
            return steps;
        }
        let left = &self.left;
        let may_fail = |left_of_it: usize| left.faults > 0 && left_of_it > 0;
        for (place, packet) in self.packets.iter().enumerate() {
            let same_way = |other: &&Packet| {
                (other.connection, other.is_to_master) == (packet.connection, packet.is_to_master)
            };
            let mut before = self.packets[..place].iter().filter(same_way);
            let is_next = if left.overtaking {
                // Equal messages stand side by side; one speaks for all.
                before.all(|other| other != packet)
            } else {
                before.next().is_none()
            };
            if !is_next {
                continue;
            }
            steps.push(Step::Deliver(place));
            if may_fail(left.losses) {
                steps.push(Step::Lose(place));
            }
            if may_fail(left.repetitions) {
                steps.push(Step::Repeat(place));
            }
            if may_fail(left.damages) && damaged(packet).is_some() {
                steps.push(Step::DamageMessage(place));
            }
        }
        for (number, copy) in self.clients.iter().enumerate() {
            let copy = &copy.value;
            if left.actions[number] > 0 && copy.client.shown().is_some() {
                steps.push(Step::Dispatch(number));
            }
            if left.timeouts > 0 {
                steps.push(Step::TimeOut(number));
            }
            if may_fail(left.reconnections) {
                steps.push(Step::Reconnect(number));
            }
            if may_fail(left.crashes) {
                steps.push(Step::Crash(number));
                if left.damages > 0 && left.faults > 1 {
                    steps.push(Step::CrashAndDamage(number));
                }
            }
        }
        if may_fail(left.restarts) {
            steps.push(Step::Restart);
        }
        steps
    }

    /// The world after a step.
    pub(crate) fn after(&self, step: Step) -> World {
        let mut world = self.clone();
        match step {
            Step::Dispatch(number) => {
                world.left.actions[number] -= 1;
                let act = if world.left.returning {
                    Copy::go_or_return
                } else {
                    Copy::act
                };
                world.with_client(number, act);
            }
            Step::Deliver(place) => world.deliver(place),
            Step::Lose(place) => {
                world.left.losses -= 1;
                world.left.faults -= 1;
                world.packets.remove(place);
            }
            Step::Repeat(place) => {
                world.left.repetitions -= 1;
                world.left.faults -= 1;
                let again = world.packets[place].clone();
                // Where nothing overtakes, it comes behind all that is under way now.
                world.packets.push(again);
            }
            Step::DamageMessage(place) => {
                world.left.damages -= 1;
                world.left.faults -= 1;
                let packet = &mut world.packets[place];
                packet.text = damaged(packet).expect("one that can be damaged").into();
            }
            Step::TimeOut(number) => {
                world.left.timeouts -= 1;
                world.with_client(number, |copy| copy.client.timeout());
            }
            Step::Reconnect(number) => {
                world.left.reconnections -= 1;
                world.left.faults -= 1;
                world.reconnect(number, |copy| copy.client.disconnect());
            }
            Step::Crash(number) => {
                world.left.crashes -= 1;
                world.left.faults -= 1;
                let options = world.bounds.options();
                world.reconnect(number, |copy| copy.restore(options, false));
            }
            Step::CrashAndDamage(number) => {
                world.left.crashes -= 1;
                world.left.faults -= 1;
                world.left.damages -= 1;
                world.left.faults -= 1;
                let options = world.bounds.options();
                world.reconnect(number, |copy| copy.restore(options, true));
            }
            Step::Restart => {
                world.left.restarts -= 1;
                world.left.faults -= 1;
                world.restart();
            }
        }
        world.put_in_order();
        world
    }

    /// The messages under way in one order for all worlds that differ only by it.
    fn put_in_order(&mut self) {
        if self.left.overtaking {
            self.packets.sort();
        } else {
            let way = |packet: &Packet| (packet.connection, packet.is_to_master);
            self.packets.sort_by_key(way);
        }
    }

    fn accuse(&mut self, fault: impl FnOnce() -> String) {
        if self.fault.is_none() {
            self.fault = Some(fault());
        }
    }

    /// Does something to a client, and carries on what it says.
    fn with_client(&mut self, number: usize, act: impl FnOnce(&mut Copy)) {
        let mut copy = self.clients[number].value.clone();
        act(&mut copy);
        while let Some(message) = copy.client.poll_message() {
            self.packets.push(Packet {
                connection: copy.connection,
                is_to_master: true,
                text: text(&message).into(),
            });
        }
        while let Some(event) = copy.client.poll_event() {
            self.judge_event(number, &event);
        }
        self.clients[number] = Arc::new(Hashed::new(copy));
        self.judge_client(number);
    }

    /// A new connection takes the place of a client's old one. What is under way to it there is gone; what is under way from it is not, for the
    /// master may read that late.
    fn reconnect(&mut self, number: usize, act: impl FnOnce(&mut Copy)) {
        let old = self.clients[number].value.connection;
        self.packets
            .retain(|packet| packet.is_to_master || packet.connection != old);
        self.with_client(number, |copy| {
            act(copy);
            copy.connection += NAMES.len() as u64;
            copy.client.connect();
        });
    }

    fn restart(&mut self) {
        let options = self.bounds.master_options();
        let stored = Master::new(self.states[0].clone(), options.clone());
        let stored = stored.expect("a shallow state").stored();
        let since = self.history.value.iter().cloned();
        match Master::restore(stored, since, options) {
            Ok(master) => self.master = Arc::new(Hashed::new(master)),
            Err(error) => self.accuse(|| format!("the master cannot begin again: {error}")),
        }
    }

    fn deliver(&mut self, place: usize) {
        let Packet {
            connection,
            is_to_master,
            text,
        } = self.packets.remove(place);
        if !is_to_master {
            let number = (connection % NAMES.len() as u64) as usize;
            return self.with_client(number, |copy| copy.client.handle_text(&text));
        }
        let mut master = self.master.value.clone();
        master.handle_text(connection, &text);
        while let Some(output) = master.poll() {
            match output {
                Output::Store(logged) => self.store(*logged, &master),
                Output::Send { to, message } => self.send(to, &message),
            }
        }
        self.master = Arc::new(Hashed::new(master));
    }

    fn send(&mut self, connection: u64, message: &MasterMessage) {
        let is_open = |copy: &Arc<Hashed<Copy>>| copy.value.connection == connection;
        if self.clients.iter().any(is_open) {
            self.packets.push(Packet {
                connection,
                is_to_master: false,
                text: text(message).into(),
            });
        }
    }

    fn store(&mut self, logged: Logged, master: &Master) {
        let mut history = self.history.value.clone();
        let stamp = &logged.action.stamp;
        if history.iter().any(|other| other.action.stamp == *stamp) {
            let stamp = stamp.to_string();
            self.accuse(|| format!("{stamp} is applied twice"));
        }
        history.push(logged);
        self.history = Arc::new(Hashed::new(history));
        Arc::make_mut(&mut self.states).push(master.state().clone());
        if master.revision().sequence + 1 != self.states.len() as u64 {
            self.accuse(|| "the log has a gap".to_owned());
        }
    }
}

fn text(message: &impl serde::Serialize) -> String {
    serde_json::to_string(message).expect("a message has a wire form")
}

/// A message to a client with another mark in it, if it has one: what no checksum of the transport has seen.
fn damaged(packet: &Packet) -> Option<String> {
    let is_damageable = !packet.is_to_master && !packet.text.contains("damaged");
    let name = NAMES
        .iter()
        .find(|name| packet.text.contains(&mark(name, 1)))?;
    let damaged = packet.text.replacen(&mark(name, 1), "damaged", 1);
    is_damageable.then_some(damaged)
}
