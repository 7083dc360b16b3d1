//! One run: a master, its clients, what happens to them, and whether all went well.

mod faults;

use super::{
    Config,
    choices::{Choices, Recording},
    edit::{document, edit},
    ledger::Ledger,
    network::{Network, Packet, Towards},
    outcome::Outcome,
    seat::Seat,
    transcript::{self, Entry},
};
use crate::{
    checksum::checksum,
    merge::resolution::Rules,
    resync::{Event, Healing, Limits, Logged, Master, Options, Output},
    value::equal,
};
use serde_json::Value;

/// Everything there is.
pub(super) struct World<'c> {
    config: &'c Config,
    choices: Choices,
    /// What the master goes by.
    options: Options,
    /// What the clients go by.
    theirs: Options,
    master: Master,
    /// What the master has stored: all of it at one time, and its actions since.
    stored: (Value, Vec<Logged>),
    ledger: Ledger,
    seats: Vec<Seat>,
    network: Network,
    connections: u64,
    now: u64,
    /// When the faults were over.
    healed_at: Option<u64>,
    outcome: Outcome,
    transcript: Option<Vec<Entry>>,
}

/// What a run leaves behind.
pub(super) struct Run {
    pub(super) outcome: Outcome,
    pub(super) recording: Recording,
    pub(super) transcript: Vec<Entry>,
}

/// Runs it to its end. The transcript is empty unless it is asked for.
pub(super) fn run(config: &Config, mut choices: Choices, with_transcript: bool) -> Run {
    let document = document(&mut choices);
    let presets = [Rules::default(), Rules::remove_wins(), Rules::first_wins()];
    let rules = presets[choices.below(3)].clone();
    let log = [10_000, 16, 4][choices.below(3)];
    let limits = Limits {
        log_actions: config.log.unwrap_or(log),
        message_bytes: [1 << 20, 3_000][choices.below(2)],
        ..Limits::default()
    };
    let options = Options { rules, limits };
    let limits = Limits {
        small_state: [0, 10, 1_000][choices.below(3)],
        ..Limits::default()
    };
    let theirs = Options {
        limits,
        ..options.clone()
    };
    let network = Network::new([1, 3, 8][choices.below(3)]);
    let master = Master::new(document.clone(), options.clone());
    let master = master.expect("the documents of a simulation are shallow");
    let mut world = World {
        config,
        choices,
        stored: (master.stored(), Vec::new()),
        master,
        ledger: Ledger::new(document),
        seats: (0..config.clients)
            .map(|number| Seat::new(number, &theirs))
            .collect(),
        options,
        theirs,
        network,
        connections: 0,
        now: 0,
        healed_at: None,
        outcome: Outcome::default(),
        transcript: with_transcript.then(Vec::new),
    };
    world.begin();
    let ran = world.run();
    world.conclude(ran)
}

/// The first thing that went wrong, where anything did.
type Sound = Result<(), String>;

impl World<'_> {
    fn begin(&mut self) {
        if self.transcript.is_none() {
            return;
        }
        let Options { rules, limits } = &self.options;
        let rules = serde_json::to_string(rules).unwrap_or_default();
        let what = format!(
            "begins with {}; rules {rules}; a log of {}; messages of at most {} bytes",
            self.master.state(),
            limits.log_actions,
            limits.message_bytes
        );
        self.tell("master", || what);
        let what = format!(
            "compare states of more than {} values",
            self.theirs.limits.small_state
        );
        self.tell("clients", || what);
    }

    fn tell(&mut self, who: &str, what: impl FnOnce() -> String) {
        if let Some(transcript) = &mut self.transcript {
            transcript.push(Entry {
                round: self.now,
                who: who.to_owned(),
                what: what(),
            });
        }
    }

    fn tell_of(&mut self, seat: usize, what: impl FnOnce() -> String) {
        if self.transcript.is_some() {
            let who = self.seats[seat].name().to_owned();
            self.tell(&who, what);
        }
    }

    fn run(&mut self) -> Sound {
        loop {
            match self.healed_at {
                None if self.is_over() => self.heal(),
                None => {
                    self.choices.begin_round();
                    self.happen()?;
                }
                Some(_) if self.is_quiet() => return Ok(()),
                Some(healed_at) if self.now > healed_at + self.patience() => {
                    return Err(self.unrest());
                }
                Some(_) => {}
            }
            for seat in 0..self.seats.len() {
                self.wake(seat)?;
            }
            while let Some(packet) = self.network.receive(self.now) {
                self.deliver(packet)?;
            }
            self.now += 1;
        }
    }

    /// Whether enough has gone wrong: everything has been done, or where nothing gets through, has been tried.
    fn is_over(&self) -> bool {
        let Config {
            clients, actions, ..
        } = *self.config;
        self.outcome.actions >= actions
            || clients == 0
            || self.choices.is_spent()
            || self.now > 200 + 20 * actions as u64
    }

    /// How many rounds a network that has healed may take until it is quiet: heartbeats that find what is wrong, a few questions, and
    /// one action after the other.
    fn patience(&self) -> u64 {
        let pending: usize = self.seats.iter().map(|seat| seat.client.pending()).sum();
        500 + 20 * (pending + self.config.actions) as u64
    }

    // --- what happens --------------------------------------------------------------------------------------------------

    /// What happens in a round, before the messages arrive.
    fn happen(&mut self) -> Sound {
        let faults = self.config.faults.clone();
        if !self.seats.is_empty() {
            // As probable as it takes to keep everybody busy at once.
            if self.choices.chance(0.6) {
                let seat = self.choices.below(self.seats.len());
                self.act(seat)?;
            }
            if self.choices.chance(faults.crash) {
                self.crash()?;
            }
            if self.choices.chance(faults.corrupt) {
                let seat = self.choices.below(self.seats.len());
                self.damage(seat);
            }
            if self.choices.chance(faults.partition) {
                let seat = self.choices.below(self.seats.len());
                self.part(seat);
            }
        }
        Ok(())
    }

    /// A user changes what is shown.
    fn act(&mut self, seat: usize) -> Sound {
        let Some(shown) = self.seats[seat].client.shown().cloned() else {
            return Ok(());
        };
        let set = edit(&mut self.choices, &shown);
        let told = self.transcript.as_ref().map(|_| transcript::deltas(&set));
        let dispatched = self.seats[seat].client.dispatch(set);
        let counter = dispatched.map_err(|error| format!("an edit is not taken: {error}"))?;
        self.outcome.actions += 1;
        self.seats[seat].dispatched += 1;
        self.tell_of(seat, || {
            format!("does {counter}: {}", told.unwrap_or_default())
        });
        if counter != self.seats[seat].dispatched {
            return Err(format!(
                "two actions of one actor have the number {counter}"
            ));
        }
        self.settle(seat)
    }

    /// The faults are over.
    fn heal(&mut self) {
        self.healed_at = Some(self.now);
        self.tell("network", || "is sound from now on".to_owned());
        for seat in &mut self.seats {
            (seat.deaf_until, seat.mute_until) = (0, 0);
            seat.back_at = seat.back_at.map(|_| self.now);
        }
    }

    // --- what the driver does --------------------------------------------------------------------------------------------

    /// Connects a client that has been away, and tells one that has waited long enough.
    fn wake(&mut self, seat: usize) -> Sound {
        let now = self.now;
        if self.seats[seat].back_at.is_some_and(|at| at <= now) {
            self.seats[seat].back_at = None;
            self.seats[seat].heard = now;
            self.connections += 1;
            // The master learns of the end of the former connection now, or only by the new one.
            let former = std::mem::replace(&mut self.seats[seat].connection, self.connections);
            if self.healed_at.is_some() || self.choices.below(2) == 0 {
                self.master.disconnect(former);
            }
            self.tell_of(seat, || "connects".to_owned());
            self.seats[seat].client.connect();
        } else if self.seats[seat].is_impatient(now) {
            self.seats[seat].heard = now;
            self.tell_of(seat, || "has waited long enough".to_owned());
            self.seats[seat].client.timeout();
        } else {
            return Ok(());
        }
        self.settle(seat)
    }

    fn send(&mut self, packet: Packet) {
        let who = match packet.towards {
            Towards::Master => self.seats[packet.seat].name().to_owned(),
            Towards::Client => "master".to_owned(),
        };
        let name = packet.name.clone();
        let to = match packet.towards {
            Towards::Master => String::new(),
            Towards::Client => format!(" to {}", self.seats[packet.seat].name()),
        };
        let chosen = match self.healed_at {
            Some(_) => None,
            None => Some((&mut self.choices, &self.config.faults)),
        };
        let fate = self.network.send(self.now, packet, chosen);
        self.tell(&who, || format!("sends {name}{to}{}", fate.note()));
    }

    fn deliver(&mut self, packet: Packet) -> Sound {
        let Packet {
            seat,
            connection,
            text,
            name,
            towards,
        } = packet;
        match towards {
            Towards::Master if self.seats[seat].mute_until > self.now => Ok(()),
            Towards::Master => {
                self.tell("master", || format!("gets {name}"));
                self.master.handle_text(connection, &text);
                while let Some(output) = self.master.poll() {
                    self.put_out(output)?;
                }
                Ok(())
            }
            Towards::Client => {
                let Seat {
                    deaf_until,
                    back_at,
                    connection: open,
                    ..
                } = self.seats[seat];
                if deaf_until > self.now || back_at.is_some() || open != connection {
                    return Ok(());
                }
                self.tell_of(seat, || format!("gets {name}"));
                let before = self.seats[seat].client.revision();
                self.seats[seat].client.handle_text(&text);
                self.seats[seat].heard = self.now;
                self.attend(seat, before.map(|revision| revision.sequence))?;
                self.settle(seat)
            }
        }
    }

    /// Does what the master says.
    fn put_out(&mut self, output: Output) -> Sound {
        match output {
            Output::Store(logged) => {
                self.tell("master", || transcript::stored(&logged));
                self.ledger.store(&logged)?;
                self.stored.1.push(*logged);
            }
            Output::Send { to, message } => {
                let seat = self.seats.iter().position(|seat| seat.connection == to);
                // Nobody is left at the other end of a former connection.
                let Some(seat) = seat else { return Ok(()) };
                self.outcome.acknowledged += usize::from(message.name() == "acknowledge");
                let text = serde_json::to_string(&*message).map_err(|error| error.to_string())?;
                let name = self.name(|| transcript::sent_by_master(&message));
                self.send(Packet {
                    towards: Towards::Client,
                    seat,
                    connection: to,
                    text,
                    name,
                });
            }
        }
        Ok(())
    }

    fn name(&self, name: impl FnOnce() -> String) -> String {
        self.transcript.as_ref().map(|_| name()).unwrap_or_default()
    }

    /// Sends what a client has to send, and looks after it.
    fn settle(&mut self, seat: usize) -> Sound {
        while let Some(message) = self.seats[seat].client.poll_message() {
            let text = serde_json::to_string(&message).map_err(|error| error.to_string())?;
            let name = self.name(|| transcript::sent_by_client(&message));
            let connection = self.seats[seat].connection;
            self.send(Packet {
                towards: Towards::Master,
                seat,
                connection,
                text,
                name,
            });
        }
        self.inspect(seat)
    }

    fn inspect(&mut self, seat: usize) -> Sound {
        let examined = self.seats[seat].examine(&self.ledger);
        examined.map_err(|ailment| format!("{}: {ailment}", self.seats[seat].name()))
    }

    /// Listens to what a client has to tell; `before` is the sequence that it was at.
    fn attend(&mut self, seat: usize, before: Option<u64>) -> Sound {
        while let Some(event) = self.seats[seat].client.poll_event() {
            self.tell_of(seat, || transcript::event(&event));
            let name = self.seats[seat].name().to_owned();
            match event {
                Event::Acknowledged { counter } if !self.ledger.has(&name, counter) => {
                    return Err(format!(
                        "{name} takes action {counter} for applied, which the master has not"
                    ));
                }
                Event::Healed(Healing::Replay { .. }) => self.outcome.replays += 1,
                Event::Healed(healing) => {
                    let Some(before) = before else {
                        self.outcome.joins += 1;
                        continue;
                    };
                    match healing {
                        Healing::Comparison { .. } => self.outcome.partial += 1,
                        _ => self.outcome.full_states += 1,
                    }
                    self.healed_by_state(seat, before)?;
                }
                Event::GivenUp { counter, .. } => {
                    return Err(format!("{name} gives action {counter} up"));
                }
                Event::Refused(refusal) => {
                    return Err(format!("{name} is refused: {}", refusal.code));
                }
                Event::Unreadable { reason, .. } => {
                    return Err(format!("{name} cannot read a message: {reason}"));
                }
                Event::Updated(_) | Event::Acknowledged { .. } => {}
            }
        }
        Ok(())
    }

    fn healed_by_state(&mut self, seat: usize, before: u64) -> Sound {
        let log = self.master.log_length() as u64;
        let is_past_log = before + log < self.master.revision().sequence;
        let name = self.seats[seat].name().to_owned();
        if is_past_log {
            self.outcome.past_log += 1;
        } else if self.seats[seat].is_excused() {
            self.outcome.after_damage += 1;
        }
        let healed = self.seats[seat].healed(is_past_log);
        healed.map_err(|needless| format!("{name}: {needless}"))
    }

    // --- how it ends -----------------------------------------------------------------------------------------------------

    fn is_quiet(&self) -> bool {
        self.network.is_empty() && self.seats.iter().all(|seat| self.is_settled(seat))
    }

    fn is_settled(&self, seat: &Seat) -> bool {
        let is =
            |state: Option<&Value>| state.is_some_and(|state| equal(state, self.master.state()));
        let client = &seat.client;
        client.is_live()
            && client.pending() == 0
            && client.revision() == Some(self.master.revision())
            && is(client.confirmed())
            && is(client.shown())
    }

    fn unrest(&self) -> String {
        let unsettled = self.seats.iter().find(|seat| !self.is_settled(seat));
        match unsettled {
            Some(seat) => {
                let client = &seat.client;
                let at = client.revision().map(|revision| revision.to_string());
                format!(
                    "{} is not settled long after the network healed: {}, {} pending, at {}, the master at {}",
                    seat.name(),
                    client.state_name(),
                    client.pending(),
                    at.unwrap_or_default(),
                    self.master.revision()
                )
            }
            None => "messages go to and fro long after the network healed".to_owned(),
        }
    }

    fn conclude(mut self, ran: Sound) -> Run {
        let dispatched = self.seats.iter().flat_map(|seat| {
            let name = seat.name().to_owned();
            (1..=seat.dispatched).map(move |counter| (name.clone(), counter))
        });
        let lost = dispatched.filter(|(name, counter)| !self.ledger.has(name, *counter));
        let lost = lost.count();
        let checksum_of = self.master.revision().checksum;
        let is_equal =
            |state: Option<&Value>| state.is_some_and(|state| checksum(state) == checksum_of);
        let seats = self.seats.iter();
        let checksums_equal = is_equal(Some(self.master.state()))
            && is_equal(Some(self.ledger.state()))
            && seats.map(|seat| seat.client.confirmed()).all(is_equal);
        if let Err(violation) = &ran {
            let what = format!("FAILED: {violation}");
            self.tell("", || what);
        }
        let outcome = Outcome {
            converged: ran.is_ok(),
            checksums_equal,
            lost_actions: lost,
            applied_twice: self.ledger.applied_twice(),
            bytes: self.network.bytes,
            rounds: self.now,
            violation: ran.err(),
            ..self.outcome
        };
        Run {
            outcome,
            recording: self.choices.into_recording(),
            transcript: self.transcript.unwrap_or_default(),
        }
    }
}
