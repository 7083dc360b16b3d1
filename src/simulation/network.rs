//! The network: it loses messages, doubles them, delays them, and lets them overtake each other.

use super::{Faults, choices::Choices};
use std::collections::BTreeMap;

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Towards {
    Master,
    Client,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    pub(super) towards: Towards,
    /// The client that it comes from or goes to.
    pub(super) seat: usize,
    pub(super) connection: u64,
    pub(super) text: String,
    /// What a transcript calls it.
    pub(super) name: String,
}

/// What became of a message that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Sent,
    Lost,
    Doubled,
    Overtaken,
}

impl Fate {
    pub(super) fn note(self) -> &'static str {
        match self {
            Fate::Sent => "",
            Fate::Lost => " (lost)",
            Fate::Doubled => " (doubled)",
            Fate::Overtaken => " (delayed)",
        }
    }
}

/// The messages on their way, by the time they arrive, and at one time in the order in which they were sent.
#[derive(Debug, Default)]
pub(super) struct Network {
    packets: BTreeMap<(u64, u64), Packet>,
    sent: u64,
    /// When the last message of a connection arrives that keeps its place.
    last: BTreeMap<(u64, Towards), u64>,
    /// The most that a message takes by itself.
    latency: usize,
    pub(super) bytes: usize,
}

impl Network {
    pub(super) fn new(latency: usize) -> Network {
        Network {
            latency,
            ..Network::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Takes a message, and decides what becomes of it; a network that has healed just carries it.
    pub(super) fn send(
        &mut self,
        now: u64,
        packet: Packet,
        chosen: Option<(&mut Choices, &Faults)>,
    ) -> Fate {
        self.bytes += packet.text.len();
        let way = (packet.connection, packet.towards);
        let least = *self.last.entry(way).or_default();
        let Some((choices, faults)) = chosen else {
            self.put(least.max(now + 1), packet);
            return Fate::Sent;
        };
        if choices.chance(faults.loss) {
            return Fate::Lost;
        }
        let due = now + 1 + choices.below(self.latency) as u64;
        if choices.chance(faults.reorder) {
            self.put(due + 1 + choices.below(20) as u64, packet);
            return Fate::Overtaken;
        }
        let due = due.max(least);
        self.last.insert(way, due);
        if choices.chance(faults.duplicate) {
            self.put(due + choices.below(20) as u64, packet.clone());
            self.put(due, packet);
            return Fate::Doubled;
        }
        self.put(due, packet);
        Fate::Sent
    }

    fn put(&mut self, due: u64, packet: Packet) {
        self.sent += 1;
        self.packets.insert((due, self.sent), packet);
    }

    /// The next message that arrives by now.
    pub(super) fn receive(&mut self, now: u64) -> Option<Packet> {
        let first = self.packets.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}
