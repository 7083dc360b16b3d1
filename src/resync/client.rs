//! The machine that keeps a copy of the state.
#![warn(clippy::wildcard_enum_match_arm)]

mod answer;
#[cfg(feature = "simulation")]
mod damage;
mod event;
mod question;
mod stored;

pub use event::{DispatchError, Event, Healing};

use super::{
    ClientMessage, MasterMessage, Options, Revision, master::read, parts::Part, pending::Pending,
};
use crate::{checked::CheckedState, delta::DeltaSet, merge};
use serde_json::Value;
use std::{collections::VecDeque, mem};

/// How often a comparison may begin (M16).
const COMPARISONS: usize = 4;

/// The machine that keeps a copy of the state: it shows what its user does at once, and agrees with its master in the end.
///
/// The [module](super) shows how to drive it. `spec/resync.md` has its table.
///
/// ```
/// use deltamerge::resync::{Client, ClientMessage, Options};
/// let mut client = Client::new("ann", Options::default());
/// client.connect();
/// assert!(matches!(client.poll_message(), Some(ClientMessage::Hello { revision: None, .. })));
/// assert_eq!((client.shown(), client.is_waiting()), (None, true));
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    actor: String,
    options: Options,
    merging: merge::Options,
    /// The counter of its last action.
    counter: u64,
    /// The number of its last question (M11).
    question: u64,
    pending: Pending,
    state: State,
    messages: VecDeque<ClientMessage>,
    events: VecDeque<Event>,
}

/// The copy.
#[derive(Clone, Debug)]
struct Replica {
    confirmed: CheckedState,
    sequence: u64,
    /// The confirmed state with what is pending.
    shown: Value,
}

impl Replica {
    fn revision(&self) -> Revision {
        Revision {
            sequence: self.sequence,
            checksum: self.confirmed.checksum(),
        }
    }
}

#[derive(Clone, Debug)]
enum State {
    Offline(Option<Replica>),
    Joining(Option<Replica>),
    Live(Replica),
    Replaying(Replica),
    Comparing(Replica, Comparison),
    Fetching(Option<Replica>),
    Refused(Option<Replica>),
}

/// What a comparison has come to so far.
#[derive(Clone, Debug)]
struct Comparison {
    working: Value,
    asked: Vec<Part>,
    questions: usize,
    begun: usize,
}

/// A replica and its master do not agree.
struct AtOdds;

impl State {
    fn replica(&self) -> Option<&Replica> {
        match self {
            State::Live(replica) | State::Replaying(replica) | State::Comparing(replica, _) => {
                Some(replica)
            }
            State::Offline(replica)
            | State::Joining(replica)
            | State::Fetching(replica)
            | State::Refused(replica) => replica.as_ref(),
        }
    }

    fn replica_mut(&mut self) -> Option<&mut Replica> {
        match self {
            State::Live(replica) | State::Replaying(replica) | State::Comparing(replica, _) => {
                Some(replica)
            }
            State::Offline(replica)
            | State::Joining(replica)
            | State::Fetching(replica)
            | State::Refused(replica) => replica.as_mut(),
        }
    }

    fn into_replica(self) -> Option<Replica> {
        match self {
            State::Live(replica) | State::Replaying(replica) | State::Comparing(replica, _) => {
                Some(replica)
            }
            State::Offline(replica)
            | State::Joining(replica)
            | State::Fetching(replica)
            | State::Refused(replica) => replica,
        }
    }
}

impl Client {
    /// A client that has nothing yet. The actor's name must be one that nobody has ever joined with (M4).
    pub fn new(actor: impl Into<String>, options: Options) -> Client {
        Client {
            actor: actor.into(),
            merging: options.merging(),
            options,
            counter: 0,
            question: 0,
            pending: Pending::default(),
            state: State::Offline(None),
            messages: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// The actor's name.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// The state to show: what is confirmed, with what is pending.
    pub fn shown(&self) -> Option<&Value> {
        self.state.replica().map(|replica| &replica.shown)
    }

    /// The last state that agreed with the master's.
    pub fn confirmed(&self) -> Option<&Value> {
        let replica = self.state.replica()?;
        Some(replica.confirmed.state())
    }

    /// The revision of the confirmed state.
    pub fn revision(&self) -> Option<Revision> {
        self.state.replica().map(Replica::revision)
    }

    /// How many actions the master has not acknowledged.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Whether it is live: connected, and as far as it knows in agreement with its master.
    pub fn is_live(&self) -> bool {
        matches!(self.state, State::Live(_))
    }

    /// Whether it waits for an answer, so that [`Client::timeout`] is due soon if none comes.
    pub fn is_waiting(&self) -> bool {
        match self.state {
            State::Joining(_) | State::Replaying(_) | State::Comparing(..) | State::Fetching(_) => {
                true
            }
            State::Live(_) => self.pending.is_in_flight,
            State::Offline(_) | State::Refused(_) => false,
        }
    }

    /// The name of its state, as in the table of `spec/resync.md`.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            State::Offline(_) => "offline",
            State::Joining(_) => "joining",
            State::Live(_) => "live",
            State::Replaying(_) => "replaying",
            State::Comparing(..) => "comparing",
            State::Fetching(_) => "fetching",
            State::Refused(_) => "refused",
        }
    }

    /// The next message to send, if any.
    pub fn poll_message(&mut self) -> Option<ClientMessage> {
        self.messages.pop_front()
    }

    /// The next thing to tell the user, if any.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    // --- what the driver and the user do -----------------------------------------------------------------------------

    /// There is a new connection: asks to join.
    pub fn connect(&mut self) {
        self.messages.clear();
        let state = mem::replace(&mut self.state, State::Offline(None));
        self.state = self.join(state.into_replica());
    }

    /// The connection is gone. What is pending stays.
    pub fn disconnect(&mut self) {
        self.messages.clear();
        self.pending.is_in_flight = false;
        let state = mem::replace(&mut self.state, State::Offline(None));
        self.state = State::Offline(state.into_replica());
    }

    /// Changes the shown state at once, and the master's as soon as that can be; gives the number of the action. Costs as
    /// [`DeltaSet::apply`].
    ///
    /// # Errors
    /// [`DispatchError`] where the set does not fit the shown state, or a limit is reached; then nothing has changed.
    pub fn dispatch(&mut self, deltas: DeltaSet) -> Result<u64, DispatchError> {
        let limits = &self.options.limits;
        let replica = self.state.replica_mut().ok_or(DispatchError::NoState)?;
        if self.pending.len() >= limits.pending {
            let limit = limits.pending;
            return Err(DispatchError::TooManyPending { limit });
        }
        let canonical = deltas.normalize_within(&replica.shown, limits.depth);
        let canonical = canonical.map_err(DispatchError::Delta)?;
        if canonical.len() > limits.deltas {
            let (limit, found) = (limits.deltas, canonical.len());
            return Err(DispatchError::TooManyDeltas { limit, found });
        }
        let applied = canonical.apply_within(&mut replica.shown, limits.depth);
        applied.map_err(DispatchError::Delta)?;
        // At its end, which a master can pretend is near, every action is refused.
        self.counter = self.counter.saturating_add(1);
        self.pending.push(self.counter, canonical);
        self.send_pending();
        Ok(self.counter)
    }

    /// Nothing has been heard for a while: asks again, or, if nothing is asked, whether something was missed (M15).
    pub fn timeout(&mut self) {
        if self.is_waiting() && !self.is_live() {
            // The same question once more: an answer that was merely late still counts.
            self.question -= 1;
        }
        let state = mem::replace(&mut self.state, State::Offline(None));
        self.state = match state {
            State::Offline(_) | State::Refused(_) => state,
            State::Joining(replica) => self.join(replica),
            State::Live(replica) if self.pending.is_in_flight => {
                self.pending.is_in_flight = false;
                State::Live(replica)
            }
            State::Live(replica) | State::Replaying(replica) => self.resync(replica),
            State::Comparing(replica, comparison) => self.compare(replica, comparison),
            State::Fetching(replica) => self.fetch(replica),
        };
        self.send_pending();
    }

    /// Takes the text of a message, as [`Client::handle`] does the message. What cannot be read is told, and ignored.
    pub fn handle_text(&mut self, text: &str) {
        match read(text, &self.options.limits, MasterMessage::from_json) {
            Ok(message) => self.handle(message),
            Err((code, reason)) => self.events.push_back(Event::Unreadable { code, reason }),
        }
    }

    /// Takes a message from the master. For a forward, what it and the pending actions touch; where the client has to find its way back,
    /// O(the state).
    pub fn handle(&mut self, message: MasterMessage) {
        let state = mem::replace(&mut self.state, State::Offline(None));
        self.state = match (state, message) {
            (
                State::Live(replica),
                MasterMessage::Acknowledge {
                    counter,
                    sequence,
                    previous,
                    next,
                },
            ) => self.acknowledged(replica, counter, sequence, [previous, next]),
            (
                State::Live(replica),
                MasterMessage::Forward {
                    sequence,
                    previous,
                    next,
                    action,
                },
            ) => self.forwarded(replica, sequence, [previous, next], &action.deltas),
            (
                state @ (State::Joining(Some(_)) | State::Replaying(_)),
                MasterMessage::Replay {
                    question,
                    since,
                    actions,
                    revision,
                    latest,
                    acknowledged,
                },
            ) if question == self.question => match state.into_replica() {
                Some(replica) => {
                    self.replay(replica, since, actions, revision, latest, acknowledged)
                }
                None => State::Offline(None),
            },
            (
                State::Comparing(replica, comparison),
                MasterMessage::Compared {
                    question,
                    revision,
                    acknowledged,
                    parts,
                },
            ) if question == self.question => {
                self.compared(replica, comparison, revision, acknowledged, parts)
            }
            (
                state @ (State::Joining(_) | State::Fetching(_)),
                MasterMessage::FullState {
                    question,
                    revision,
                    acknowledged,
                    state: full,
                },
            ) if question == self.question => {
                self.take_state(state.into_replica(), revision, acknowledged, full)
            }
            (state, MasterMessage::Refusal(refusal)) => self.refused(state, refusal),
            (
                state,
                MasterMessage::Acknowledge { .. }
                | MasterMessage::Forward { .. }
                | MasterMessage::Replay { .. }
                | MasterMessage::Compared { .. }
                | MasterMessage::FullState { .. },
            ) => state,
        };
        self.send_pending();
    }
}

/// The replica with the checksum of its confirmed state taken anew: it may have been damaged. O(the state).
fn anew(replica: Replica) -> Replica {
    Replica {
        confirmed: CheckedState::new(replica.confirmed.into_state()),
        ..replica
    }
}
