//! What happened, for people to read.

use crate::{
    delta::DeltaSet,
    resync::{ClientMessage, Event, Healing, Logged, MasterMessage},
};
use std::fmt;

/// A line of a transcript: when, who, what.
///
/// ```
/// use deltamerge::simulation::Entry;
/// let entry = Entry { round: 7, who: "client-0".into(), what: "is damaged".into() };
/// assert_eq!(entry.to_string(), "   7  client-0    is damaged");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The simulated time.
    pub round: u64,
    /// The client, the master, or the network.
    pub who: String,
    /// What happened there.
    pub what: String,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>4}  {:<10}  {}", self.round, self.who, self.what)
    }
}

/// The wire form of what an action does.
pub(super) fn deltas(deltas: &DeltaSet) -> String {
    // The wire form cannot fail.
    serde_json::to_string(deltas).unwrap_or_default()
}

pub(super) fn sent_by_client(message: &ClientMessage) -> String {
    let name = message.name();
    match message {
        ClientMessage::Hello {
            question,
            revision: Some(revision),
            ..
        }
        | ClientMessage::Resync { question, revision } => {
            format!("{name} {question}, at {revision}")
        }
        ClientMessage::Hello { question, .. } | ClientMessage::StateRequest { question } => {
            format!("{name} {question}")
        }
        ClientMessage::Dispatch {
            counter,
            revision,
            deltas: set,
            ..
        } => format!("{name} {counter}, on {revision}: {}", deltas(set)),
        ClientMessage::Compare { question, parts } => {
            format!("{name} {question}, of {} parts", parts.len())
        }
    }
}

pub(super) fn sent_by_master(message: &MasterMessage) -> String {
    let name = message.name();
    match message {
        MasterMessage::Acknowledge {
            counter, sequence, ..
        } => format!("{name} {counter}, as {sequence}"),
        MasterMessage::Forward {
            sequence, action, ..
        } => format!("{name} {sequence}, by {}", action.stamp),
        MasterMessage::Replay {
            question,
            since,
            revision,
            latest,
            ..
        } => {
            let (from, to) = (since.sequence, revision.sequence);
            format!("{name} to {question}, {from} to {to} of {latest}")
        }
        MasterMessage::Compared {
            question,
            revision,
            parts,
            ..
        } => format!(
            "{name} to {question}, of {} parts, at {revision}",
            parts.len()
        ),
        MasterMessage::FullState {
            question,
            revision,
            state,
            ..
        } => format!("{name} to {question}, at {revision}: {state}"),
        MasterMessage::Refusal(refusal) => {
            let of = |number: Option<u64>| number.map(|number| format!(" {number}"));
            let of = of(refusal.question.or(refusal.counter)).unwrap_or_default();
            format!("{name} of{of}, {}: {}", refusal.code, refusal.reason)
        }
    }
}

pub(super) fn stored(logged: &Logged) -> String {
    let Logged {
        sequence, action, ..
    } = logged;
    let set = deltas(&action.deltas);
    format!(
        "stores {sequence}, by {}, to {}: {set}",
        action.stamp, logged.next
    )
}

pub(super) fn event(event: &Event) -> String {
    match event {
        Event::Updated(set) => format!("shows {}", deltas(set)),
        Event::Acknowledged { counter } => format!("knows that {counter} is applied"),
        Event::GivenUp {
            counter,
            deltas: set,
            refusal,
        } => format!("gives {counter} up ({}): {}", refusal.code, deltas(set)),
        Event::Healed(Healing::Replay { actions }) => format!("is healed by {actions} actions"),
        Event::Healed(Healing::Comparison { questions, .. }) => {
            format!("is healed by {questions} questions about parts")
        }
        Event::Healed(Healing::FullState { .. }) => "has the whole state".to_owned(),
        Event::Refused(refusal) => format!("is refused: {}", refusal.code),
        Event::Unreadable { code, reason } => format!("cannot read a message, {code}: {reason}"),
    }
}
