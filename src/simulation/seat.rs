//! A simulated user with a client: where it stands with its network, and whether it is well.

use super::ledger::Ledger;
use crate::{
    checksum::checksum,
    resync::{Client, Options},
    value::equal,
};

/// How long a client that waits for an answer is left alone, in rounds, and how long any other.
const PATIENCE: [u64; 2] = [60, 12];

#[derive(Debug)]
pub(super) struct Seat {
    pub(super) client: Client,
    pub(super) connection: u64,
    /// When it connects again, if it is gone.
    pub(super) back_at: Option<u64>,
    /// Until when it hears nothing, and until when it is not heard.
    pub(super) deaf_until: u64,
    pub(super) mute_until: u64,
    /// How many actions its present actor has dispatched.
    pub(super) dispatched: u64,
    /// When it last heard anything, or gave up waiting for it.
    pub(super) heard: u64,
    /// Its state may differ from what it believes.
    is_damaged: bool,
    /// A state that is not from the log may be needed to heal it.
    is_excused: bool,
    /// How often it has lost its memory.
    lives: usize,
    number: usize,
}

impl Seat {
    pub(super) fn new(number: usize, options: &Options) -> Seat {
        Seat {
            client: Client::new(actor(number, 0), options.clone()),
            connection: 0,
            back_at: Some(0),
            deaf_until: 0,
            mute_until: 0,
            dispatched: 0,
            heard: 0,
            is_damaged: false,
            is_excused: false,
            lives: 0,
            number,
        }
    }

    pub(super) fn name(&self) -> &str {
        self.client.actor()
    }

    /// Whether a timeout is due, by a patience that is as a driver's should be.
    pub(super) fn is_impatient(&self, now: u64) -> bool {
        let patience = PATIENCE[usize::from(self.client.is_waiting())];
        self.back_at.is_none() && now >= self.heard + patience
    }

    /// Its memory is gone, and with it what nobody else knew: it begins again under another name (M4).
    pub(super) fn forget(&mut self, options: &Options) {
        self.lives += 1;
        self.client = Client::new(actor(self.number, self.lives), options.clone());
        self.dispatched = 0;
        (self.is_damaged, self.is_excused) = (false, false);
    }

    pub(super) fn damaged(&mut self) {
        (self.is_damaged, self.is_excused) = (true, true);
    }

    /// It was brought back by a state rather than by the log.
    ///
    /// # Errors
    /// Where it was neither damaged nor too far behind.
    pub(super) fn healed(&mut self, is_past_log: bool) -> Result<(), String> {
        if self.is_excused || is_past_log {
            return Ok(());
        }
        Err("a state was fetched, though the log would have done".to_owned())
    }

    /// Whether it was damaged since it was last seen to be well.
    pub(super) fn is_excused(&self) -> bool {
        self.is_excused
    }

    /// Looks whether it is well: its confirmed state is one of the master's history, with the checksum that it believes, and it shows that
    /// with what is pending.
    ///
    /// # Errors
    /// Where it is not, and was not damaged.
    pub(super) fn examine(&mut self, ledger: &Ledger) -> Result<(), String> {
        let (Some(revision), Some(confirmed), Some(shown)) = (
            self.client.revision(),
            self.client.confirmed(),
            self.client.shown(),
        ) else {
            return Ok(());
        };
        let ailment = if ledger.checksum_at(revision.sequence) != Some(revision.checksum) {
            Some(format!("it is at {revision}, which the master never was"))
        } else if checksum(confirmed) != revision.checksum {
            Some(format!("its confirmed state is not that of {revision}"))
        } else {
            let anew = self.client.shown_anew();
            let shows_it = anew.is_some_and(|anew| equal(&anew, shown));
            (!shows_it).then(|| "it does not show what is confirmed and pending".to_owned())
        };
        match ailment {
            Some(ailment) if !self.is_damaged => Err(ailment),
            Some(_) => Ok(()),
            None => {
                // What was done on a damaged state may be pending still, and fit nothing.
                let is_over = self.client.pending() == 0;
                self.is_damaged &= !is_over;
                self.is_excused &= !is_over || !self.client.is_live();
                Ok(())
            }
        }
    }
}

/// A name that nobody has had (M4).
fn actor(number: usize, lives: usize) -> String {
    match lives {
        0 => format!("client-{number}"),
        _ => format!("client-{number}.{lives}"),
    }
}
