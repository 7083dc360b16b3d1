//! Two machines that keep copies of one state together: a [`Master`] and its [`Client`]s (M1 to M20, `spec/resync.md`).
//!
//! They do no IO: a driver carries their messages, and tells a client when it has waited long enough. It may lose, repeat and reorder
//! them; but a message belongs to the connection that it was sent on, and is handed over on no other. The client's driver:
//!
//! 1. opens a connection and calls [`Client::connect`]; calls [`Client::disconnect`] when it is gone;
//! 2. hands each message that comes in to [`Client::handle`] (or its text to [`Client::handle_text`]), and what the user does
//!    to [`Client::dispatch`];
//! 3. after each of these calls sends what [`Client::poll_message`] gives, and shows what [`Client::poll_event`] tells;
//! 4. calls [`Client::timeout`] when it has heard nothing for a while (say, after a second, while
//!    [`Client::is_waiting`], and after half a minute otherwise).
//!
//! The master's driver gives each connection a number of its own choice, which no other connection gets, and
//!
//! 1. hands each message to [`Master::handle`] (or its text to [`Master::handle_text`]), and calls [`Master::disconnect`] when
//!    a connection is gone;
//! 2. after each of these calls does what [`Master::poll`] says, in that order: [`Output::Store`] comes before the messages that
//!    tell of what is to be stored, so that an action is acknowledged only when it cannot be lost.
//!
//! ```
//! use deltamerge::resync::{Client, Event, Master, Options, Output};
//! use deltamerge::{Delta, Path};
//! use serde_json::json;
//!
//! let mut master = Master::new(json!({"hp": 7}), Options::default())?;
//! let mut clients = [Client::new("ann", Options::default()), Client::new("bob", Options::default())];
//! clients.iter_mut().for_each(Client::connect);
//! let mut carry = |clients: &mut [Client; 2]| loop {
//!     let mut is_quiet = true;
//!     for (number, client) in clients.iter_mut().enumerate() {
//!         while let Some(message) = client.poll_message() {
//!             master.handle(number as u64, message);
//!             is_quiet = false;
//!         }
//!     }
//!     while let Some(output) = master.poll() {
//!         match output {
//!             Output::Store(_logged) => {} // append it to a file
//!             Output::Send { to, message } => clients[to as usize].handle((*message).clone()),
//!         }
//!         is_quiet = false;
//!     }
//!     if is_quiet {
//!         break;
//!     }
//! };
//! carry(&mut clients);
//!
//! // Both change it at once; each sees its own change at once.
//! clients[0].dispatch([Delta::change(Path::parse("/hp")?, 5)].into_iter().collect())?;
//! clients[1].dispatch([Delta::add(Path::parse("/mp")?, 3)].into_iter().collect())?;
//! assert_eq!(clients[0].shown(), Some(&json!({"hp": 5})));
//! carry(&mut clients);
//! assert_eq!(clients[0].shown(), Some(&json!({"hp": 5, "mp": 3})));
//! assert_eq!(clients[0].revision(), clients[1].revision());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client;
mod log;
mod master;
mod message;
mod parts;
mod pending;

pub use client::{Client, DispatchError, Event, Healing};
pub use log::Logged;
pub use master::{Master, Output};
pub use message::{ClientMessage, MasterMessage, Refusal};
pub use parts::{Content, Divergence, Finding, Part, Range, divergence};

use crate::{
    checksum::Checksum,
    form::{Fields, FormError, deserialize_from_json},
    value::DEFAULT_DEPTH,
};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;
use std::fmt;

/// The version of the protocol (M10).
pub const PROTOCOL: u64 = 1;

/// A state of the master's history: how many actions led to it, and its checksum (M1).
///
/// ```
/// use deltamerge::{checksum, resync::Revision};
/// use serde_json::json;
/// let revision = Revision { sequence: 0, checksum: checksum(&json!({})) };
/// assert_eq!(Revision::from_json(serde_json::to_value(revision)?)?, revision);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    /// How many actions led to it.
    pub sequence: u64,
    /// The checksum of the state.
    pub checksum: Checksum,
}

impl Revision {
    /// Reads the wire form. O(1).
    ///
    /// # Errors
    /// [`FormError`] where it is not of that form (E4).
    pub fn from_json(json: Value) -> Result<Revision, FormError> {
        let mut fields = Fields::of(json, "bad-request", "a revision, an object")?;
        let revision = Revision {
            sequence: message::number(&mut fields, "sequence")?,
            checksum: fields.read("checksum", message::checksum)?,
        };
        fields.finish()?;
        Ok(revision)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.checksum, self.sequence)
    }
}

impl Serialize for Revision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut revision = serializer.serialize_struct("Revision", 2)?;
        revision.serialize_field("sequence", &self.sequence)?;
        revision.serialize_field("checksum", &self.checksum)?;
        revision.end()
    }
}

deserialize_from_json!(Revision);

/// What a peer may make grow, and how far (M14).
///
/// ```
/// use deltamerge::resync::Limits;
/// let limits = Limits { log_actions: 100, ..Limits::default() };
/// assert_eq!(limits.deltas, 10_000);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of a message that is read, and of a replay that is sent.
    pub message_bytes: usize,
    /// The depth of a document (at most [`MAX_DEPTH`](crate::MAX_DEPTH)).
    pub depth: usize,
    /// The deltas of an action.
    pub deltas: usize,
    /// The actions that a client has pending.
    pub pending: usize,
    /// The actions that a master keeps.
    pub log_actions: usize,
    /// The bytes of the actions that a master keeps.
    pub log_bytes: usize,
    /// The actors that a master remembers.
    pub actors: usize,
    /// The connections that a master has.
    pub connections: usize,
    /// The bytes of an actor's name.
    pub actor_bytes: usize,
    /// The parts of one comparison.
    pub parts: usize,
    /// Up to how many values a client's state counts as small, so that it asks for the whole state rather than comparing (M16).
    pub small_state: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            message_bytes: 64 << 20,
            depth: DEFAULT_DEPTH,
            deltas: 10_000,
            pending: 1_000,
            log_actions: 10_000,
            log_bytes: 16 << 20,
            actors: 100_000,
            connections: 10_000,
            actor_bytes: 256,
            parts: 1_024,
            small_state: 1_000,
        }
    }
}

/// By which rules, and within which limits. Rules must be the same on both sides, limits need not.
///
/// ```
/// use deltamerge::{Rules, resync::Options};
/// let options = Options { rules: Rules::remove_wins(), ..Options::default() };
/// assert_eq!(options.limits.depth, deltamerge::DEFAULT_DEPTH);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The rules by which actions are rebased.
    pub rules: crate::merge::resolution::Rules,
    /// The limits.
    pub limits: Limits,
}

impl Options {
    fn merging(&self) -> crate::merge::Options {
        crate::merge::Options {
            rules: self.rules.clone(),
            depth: self.limits.depth,
        }
    }
}
