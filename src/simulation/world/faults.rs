//! What goes wrong, other than with messages.

use super::{Sound, World};
use crate::{
    resync::{Client, Master},
    simulation::{
        edit::{place, value},
        network::Towards,
        seat::Seat,
    },
    value::equal,
};
use serde_json::Value;

impl World<'_> {
    /// A client loses its connection, or crashes; or the master does.
    pub(super) fn crash(&mut self) -> Sound {
        let kind = self.choices.below(6);
        if kind == 5 {
            return self.restart_master();
        }
        let seat = self.choices.below(self.seats.len());
        // A connection is one client's: who comes back has another.
        let is_gone = self.choices.below(3) != 0 || self.seats[seat].back_at.is_some();
        let back_at = self.now + self.choices.below(30) as u64;
        match kind {
            0 | 1 if !is_gone => {
                // It only thinks that it was gone: what is on its way still arrives.
                self.tell_of(seat, || "joins again on its connection".to_owned());
                self.seats[seat].client.disconnect();
                self.seats[seat].client.connect();
                return self.settle(seat);
            }
            0 | 1 => {
                self.tell_of(seat, || "loses its connection".to_owned());
                self.seats[seat].client.disconnect();
            }
            2 | 3 => {
                self.tell_of(seat, || "crashes, with its memory on disk".to_owned());
                self.restore(seat)?;
            }
            _ => {
                self.tell_of(seat, || "crashes, and loses its memory".to_owned());
                self.forget(seat);
            }
        }
        self.seats[seat].back_at = Some(back_at);
        Ok(())
    }

    fn restore(&mut self, seat: usize) -> Sound {
        let stored = self.seats[seat].client.stored();
        let text = stored.to_string();
        let stored = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let restored = Client::restore(stored, self.theirs.clone());
        let client = restored.map_err(|error| format!("its memory is not taken: {error}"))?;
        self.seats[seat].client = client;
        self.inspect(seat)
    }

    /// What the actor did and the master never heard of is not lost, but was never done.
    fn forget(&mut self, seat: usize) {
        let Seat { dispatched, .. } = self.seats[seat];
        let name = self.seats[seat].name().to_owned();
        let unknown = (1..=dispatched).filter(|counter| !self.ledger.has(&name, *counter));
        self.outcome.actions -= unknown.count();
        self.seats[seat].forget(&self.theirs);
    }

    /// The master begins again from what it stored. What it does last before that, it does in part.
    fn restart_master(&mut self) -> Sound {
        let outputs = self.choices.below(4);
        let mut last = None;
        while let Some(packet) = self.network.receive(self.now + 1) {
            if packet.towards == Towards::Master {
                last = Some(packet);
                break;
            }
        }
        if let Some(packet) = last {
            self.tell("master", || format!("gets {}, and crashes", packet.name));
            self.master.handle_text(packet.connection, &packet.text);
            for _ in 0..outputs {
                match self.master.poll() {
                    Some(output) => self.put_out(output)?,
                    None => break,
                }
            }
        }
        self.tell("master", || "begins again from what it stored".to_owned());
        let (stored, since) = std::mem::take(&mut self.stored);
        let master = Master::restore(stored, since, self.options.clone());
        self.master = master.map_err(|error| format!("the master is not restored: {error}"))?;
        self.stored = (self.master.stored(), Vec::new());
        if !equal(self.master.state(), self.ledger.state()) {
            return Err("the restored master has another state".to_owned());
        }
        Ok(())
    }

    /// A value in the memory of a client is not any more what it was.
    pub(super) fn damage(&mut self, seat: usize) {
        let Some(confirmed) = self.seats[seat].client.confirmed() else {
            return;
        };
        let place = place(&mut self.choices, confirmed);
        let value = value(&mut self.choices);
        let (in_confirmed, in_shown) =
            [(true, true), (true, false), (false, true)][self.choices.below(3)];
        self.tell_of(seat, || {
            let which = match (in_confirmed, in_shown) {
                (true, true) => "",
                (true, false) => " in what is confirmed",
                _ => " in what is shown",
            };
            format!("is damaged{which}: {value} at {place:?}")
        });
        let flip = |document: &mut Value| {
            if let Some(there) = document.pointer_mut(&place) {
                *there = value.clone();
            }
        };
        self.seats[seat].client.damage(in_confirmed, in_shown, flip);
        self.seats[seat].damaged();
    }

    /// A client is cut off for a while, in one direction or both.
    pub(super) fn part(&mut self, seat: usize) {
        let until = self.now + 5 + self.choices.below(60) as u64;
        let directions = self.choices.below(3);
        let Seat {
            deaf_until,
            mute_until,
            ..
        } = &mut self.seats[seat];
        if directions != 1 {
            *deaf_until = until;
        }
        if directions != 2 {
            *mute_until = until;
        }
        let what = ["is cut off", "is not heard", "hears nothing"][directions];
        self.tell_of(seat, || format!("{what} until {until}"));
    }
}
