//! What must come of every state of the world as soon as the network is sound.

use super::{
    NAMES, World,
    verdict::{count, mark},
};

/// How often every client has waited long enough, at most, until all agree.
const ROUNDS: usize = 8;
/// How many messages are carried in a round, at most.
const MESSAGES: usize = 1_000;

impl World {
    /// Carries every message, and lets every client time out, until all agree; then looks whether anything was lost.
    ///
    /// It need be asked only where nothing is under way: from any other state, deliveries alone, which are steps of the world, lead to such a
    /// one.
    pub(crate) fn fault_when_healed(&self) -> Option<String> {
        let mut world = self.clone();
        for _ in 0..ROUNDS {
            world.carry();
            if let Some(fault) = world.fault {
                return Some(fault);
            }
            if world.agrees() {
                return world.what_is_lost();
            }
            for number in 0..NAMES.len() {
                world.with_client(number, |copy| copy.client.timeout());
            }
        }
        let states = world.clients.each_ref().map(|copy| {
            let client = &copy.value.client;
            (client.state_name(), client.pending(), client.revision())
        });
        Some(format!("no agreement after {ROUNDS} rounds: {states:?}"))
    }

    fn carry(&mut self) {
        for _ in 0..MESSAGES {
            if self.packets.is_empty() {
                return;
            }
            self.deliver(0);
        }
        self.accuse(|| format!("{MESSAGES} messages lead to ever more"));
    }

    fn agrees(&self) -> bool {
        let master = &self.master.value;
        self.clients.iter().all(|copy| {
            let client = &copy.value.client;
            client.is_live()
                && client.pending() == 0
                && client.revision() == Some(master.revision())
        })
    }

    fn what_is_lost(&self) -> Option<String> {
        let state = self.master.value.state();
        for (number, copy) in self.clients.iter().enumerate() {
            let client = &copy.value.client;
            if client.confirmed() != Some(state) || client.shown() != Some(state) {
                return Some(format!("{} shows another state", NAMES[number]));
            }
            for counter in 1..=copy.value.dispatched {
                let times = self.applied(number, counter);
                let seen = match self.left.returning {
                    true => 1,
                    false => count(state, &mark(NAMES[number], counter)),
                };
                if (times, seen) != (1, 1) {
                    let name = NAMES[number];
                    return Some(format!(
                        "{name}'s action {counter} is applied {times} times and seen {seen} times"
                    ));
                }
            }
        }
        None
    }
}
