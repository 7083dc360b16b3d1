//! What a client and a master say to each other, and its wire form.

use super::{Revision, parts::Finding, parts::Part};
use crate::{
    checksum::Checksum,
    delta::{Action, DeltaSet},
    form::{Fields, FormError, deserialize_from_json, list},
    value::describe,
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use std::fmt;

const CODE: &str = "bad-request";

/// What a client says to its master. Its wire form is one JSON object (`spec/resync.md`).
///
/// ```
/// use deltamerge::resync::ClientMessage;
/// let message: ClientMessage = serde_json::from_str(r#"{"message":"state-request","question":3}"#)?;
/// assert_eq!(message, ClientMessage::StateRequest { question: 3 });
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum ClientMessage {
    /// To join, or to join again with what it has.
    Hello {
        /// The version of the protocol that it speaks (M10).
        protocol: u64,
        /// The hash of its rule set (M10).
        rules: Checksum,
        /// Its name, unique among all that ever join (M4).
        actor: String,
        /// The number of the question (M11).
        question: u64,
        /// The revision that it has, if it has one.
        revision: Option<Revision>,
    },
    /// To apply an action (M6).
    Dispatch {
        /// The number of the question (M11).
        question: u64,
        /// Which of the actor's actions it is (M4).
        counter: u64,
        /// What it was made on.
        revision: Revision,
        /// What it does.
        deltas: DeltaSet,
    },
    /// For what followed its last reconciled state (M15).
    Resync {
        /// The number of the question (M11).
        question: u64,
        /// That state, its checksum taken anew.
        revision: Revision,
    },
    /// What the parts of the state are (M16).
    Compare {
        /// The number of the question (M11).
        question: u64,
        /// Those it asks about.
        parts: Vec<Part>,
    },
    /// For the whole state (M17).
    StateRequest {
        /// The number of the question (M11).
        question: u64,
    },
}

/// What a master says to a client. Its wire form is one JSON object (`spec/resync.md`).
///
/// ```
/// use deltamerge::resync::MasterMessage;
/// let text = r#"{"message":"refusal","question":1,"code":"rules-differ","reason":"other rules"}"#;
/// let message: MasterMessage = serde_json::from_str(text)?;
/// assert_eq!(serde_json::to_string(&message)?, text);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum MasterMessage {
    /// Your action is this one of the log (M8).
    Acknowledge {
        /// Which of the actor's actions.
        counter: u64,
        /// Its place in the log.
        sequence: u64,
        /// The checksum of the state before it.
        previous: Checksum,
        /// The checksum of the state after it.
        next: Checksum,
    },
    /// Somebody else's action (M8).
    Forward {
        /// Its place in the log.
        sequence: u64,
        /// The checksum of the state before it.
        previous: Checksum,
        /// The checksum of the state after it.
        next: Checksum,
        /// The action, as it was applied.
        action: Action,
    },
    /// What followed a revision (M13, M15).
    Replay {
        /// The question that it answers.
        question: u64,
        /// Where it begins.
        since: Revision,
        /// What was applied since, as it was applied.
        actions: Vec<Action>,
        /// Where it leads.
        revision: Revision,
        /// The sequence that the master is at.
        latest: u64,
        /// The greatest counter of the asking actor that has been applied (M12).
        acknowledged: Option<u64>,
    },
    /// What the parts of the state are (M16).
    Compared {
        /// The question that it answers.
        question: u64,
        /// The revision that the master is at.
        revision: Revision,
        /// The greatest counter of the asking actor that has been applied (M12).
        acknowledged: Option<u64>,
        /// What was found.
        parts: Vec<Finding>,
    },
    /// The whole state (M17).
    FullState {
        /// The question that it answers.
        question: u64,
        /// The revision of the state.
        revision: Revision,
        /// The greatest counter of the asking actor that has been applied (M12).
        acknowledged: Option<u64>,
        /// The state.
        state: Value,
    },
    /// No, and why.
    Refusal(Refusal),
}

/// Why a master does not do what a client asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The question that it answers, if it was one.
    pub question: Option<u64>,
    /// The action that is refused, if it was one.
    pub counter: Option<u64>,
    /// The code, as in `spec/resync.md`.
    pub code: String,
    /// The reason, for people.
    pub reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.reason, self.code)
    }
}

impl ClientMessage {
    /// The message's name, as in the wire form.
    pub fn name(&self) -> &'static str {
        match self {
            ClientMessage::Hello { .. } => "hello",
            ClientMessage::Dispatch { .. } => "dispatch",
            ClientMessage::Resync { .. } => "resync",
            ClientMessage::Compare { .. } => "compare",
            ClientMessage::StateRequest { .. } => "state-request",
        }
    }

    /// Reads the wire form. O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is none of the five (E4, E5, E6).
    pub fn from_json(json: Value) -> Result<ClientMessage, FormError> {
        const NAMES: &str = r#""hello", "dispatch", "resync", "compare" or "state-request""#;
        let mut fields = Fields::of(json, CODE, "a message, an object with a field \"message\"")?;
        let message = match fields.text("message", NAMES)?.as_str() {
            "hello" => ClientMessage::Hello {
                protocol: number(&mut fields, "protocol")?,
                rules: fields.read("rules", checksum)?,
                actor: fields.text("actor", "the actor's name")?,
                question: number(&mut fields, "question")?,
                revision: match fields.optional("revision") {
                    None => None,
                    Some(json) => {
                        Some(Revision::from_json(json).map_err(|error| error.inside("revision"))?)
                    }
                },
            },
            "dispatch" => ClientMessage::Dispatch {
                question: number(&mut fields, "question")?,
                counter: number(&mut fields, "counter")?,
                revision: fields.read("revision", Revision::from_json)?,
                deltas: fields.read("deltas", DeltaSet::from_json)?,
            },
            "resync" => ClientMessage::Resync {
                question: number(&mut fields, "question")?,
                revision: fields.read("revision", Revision::from_json)?,
            },
            "compare" => ClientMessage::Compare {
                question: number(&mut fields, "question")?,
                parts: fields.read("parts", |json| {
                    list(json, CODE, "a list of parts", Part::from_json)
                })?,
            },
            "state-request" => ClientMessage::StateRequest {
                question: number(&mut fields, "question")?,
            },
            other => return Err(no_message(NAMES, other)),
        };
        fields.finish()?;
        Ok(message)
    }
}

impl MasterMessage {
    /// The message's name, as in the wire form.
    pub fn name(&self) -> &'static str {
        match self {
            MasterMessage::Acknowledge { .. } => "acknowledge",
            MasterMessage::Forward { .. } => "forward",
            MasterMessage::Replay { .. } => "replay",
            MasterMessage::Compared { .. } => "compared",
            MasterMessage::FullState { .. } => "full-state",
            MasterMessage::Refusal(_) => "refusal",
        }
    }

    /// Reads the wire form. O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is none of the six (E4, E5, E6).
    pub fn from_json(json: Value) -> Result<MasterMessage, FormError> {
        const NAMES: &str =
            r#""acknowledge", "forward", "replay", "compared", "full-state" or "refusal""#;
        let mut fields = Fields::of(json, CODE, "a message, an object with a field \"message\"")?;
        let message = match fields.text("message", NAMES)?.as_str() {
            "acknowledge" => MasterMessage::Acknowledge {
                counter: number(&mut fields, "counter")?,
                sequence: number(&mut fields, "sequence")?,
                previous: fields.read("previous", checksum)?,
                next: fields.read("next", checksum)?,
            },
            "forward" => MasterMessage::Forward {
                sequence: number(&mut fields, "sequence")?,
                previous: fields.read("previous", checksum)?,
                next: fields.read("next", checksum)?,
                action: fields.read("action", Action::from_json)?,
            },
            "replay" => MasterMessage::Replay {
                question: number(&mut fields, "question")?,
                since: fields.read("since", Revision::from_json)?,
                actions: fields.read("actions", |json| {
                    list(json, CODE, "a list of actions", Action::from_json)
                })?,
                revision: fields.read("revision", Revision::from_json)?,
                latest: number(&mut fields, "latest")?,
                acknowledged: acknowledged(&mut fields)?,
            },
            "compared" => MasterMessage::Compared {
                question: number(&mut fields, "question")?,
                revision: fields.read("revision", Revision::from_json)?,
                acknowledged: acknowledged(&mut fields)?,
                parts: fields.read("parts", |json| {
                    list(json, CODE, "a list of findings", Finding::from_json)
                })?,
            },
            "full-state" => MasterMessage::FullState {
                question: number(&mut fields, "question")?,
                revision: fields.read("revision", Revision::from_json)?,
                acknowledged: acknowledged(&mut fields)?,
                state: fields.required("state")?,
            },
            "refusal" => MasterMessage::Refusal(Refusal {
                question: optional_number(&mut fields, "question")?,
                counter: optional_number(&mut fields, "counter")?,
                code: fields.text("code", "a code")?,
                reason: fields.text("reason", "a reason")?,
            }),
            other => return Err(no_message(NAMES, other)),
        };
        fields.finish()?;
        Ok(message)
    }
}

fn no_message(expected: &str, found: &str) -> FormError {
    FormError::new(CODE, expected, describe(&Value::from(found))).inside("message")
}

pub(super) fn number(fields: &mut Fields, name: &str) -> Result<u64, FormError> {
    fields.read(name, |json| {
        let expected = "a whole number from 0 to 2^64-1";
        json.as_u64()
            .ok_or_else(|| FormError::new(CODE, expected, describe(&json)))
    })
}

fn optional_number(fields: &mut Fields, name: &str) -> Result<Option<u64>, FormError> {
    match fields.optional(name) {
        None => Ok(None),
        Some(json) => json.as_u64().map(Some).ok_or_else(|| {
            FormError::new(CODE, "a whole number from 0 to 2^64-1", describe(&json)).inside(name)
        }),
    }
}

fn acknowledged(fields: &mut Fields) -> Result<Option<u64>, FormError> {
    match fields.required("acknowledged")? {
        Value::Null => Ok(None),
        json => json.as_u64().map(Some).ok_or_else(|| {
            let expected = "null or a whole number from 0 to 2^64-1";
            FormError::new(CODE, expected, describe(&json)).inside("acknowledged")
        }),
    }
}

pub(super) fn checksum(json: Value) -> Result<Checksum, FormError> {
    let error = |found| FormError::new(CODE, "a checksum, 32 hexadecimal digits", found);
    let Value::String(text) = json else {
        return Err(error(describe(&json)));
    };
    text.parse()
        .map_err(|_| error(describe(&Value::from(text))))
}

/// The wire form of anything that has one.
pub(super) fn written(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("a wire form has only text for names and no infinite number")
}

impl Serialize for ClientMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut message = serializer.serialize_map(None)?;
        message.serialize_entry("message", self.name())?;
        match self {
            ClientMessage::Hello {
                protocol,
                rules,
                actor,
                question,
                revision,
            } => {
                message.serialize_entry("protocol", protocol)?;
                message.serialize_entry("rules", rules)?;
                message.serialize_entry("actor", actor)?;
                message.serialize_entry("question", question)?;
                if let Some(revision) = revision {
                    message.serialize_entry("revision", revision)?;
                }
            }
            ClientMessage::Dispatch {
                question,
                counter,
                revision,
                deltas,
            } => {
                message.serialize_entry("question", question)?;
                message.serialize_entry("counter", counter)?;
                message.serialize_entry("revision", revision)?;
                message.serialize_entry("deltas", deltas)?;
            }
            ClientMessage::Resync { question, revision } => {
                message.serialize_entry("question", question)?;
                message.serialize_entry("revision", revision)?;
            }
            ClientMessage::Compare { question, parts } => {
                message.serialize_entry("question", question)?;
                message.serialize_entry("parts", parts)?;
            }
            ClientMessage::StateRequest { question } => {
                message.serialize_entry("question", question)?;
            }
        }
        message.end()
    }
}

impl Serialize for MasterMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut message = serializer.serialize_map(None)?;
        message.serialize_entry("message", self.name())?;
        match self {
            MasterMessage::Acknowledge {
                counter,
                sequence,
                previous,
                next,
            } => {
                message.serialize_entry("counter", counter)?;
                message.serialize_entry("sequence", sequence)?;
                message.serialize_entry("previous", previous)?;
                message.serialize_entry("next", next)?;
            }
            MasterMessage::Forward {
                sequence,
                previous,
                next,
                action,
            } => {
                message.serialize_entry("sequence", sequence)?;
                message.serialize_entry("previous", previous)?;
                message.serialize_entry("next", next)?;
                message.serialize_entry("action", action)?;
            }
            MasterMessage::Replay {
                question,
                since,
                actions,
                revision,
                latest,
                acknowledged,
            } => {
                message.serialize_entry("question", question)?;
                message.serialize_entry("since", since)?;
                message.serialize_entry("actions", actions)?;
                message.serialize_entry("revision", revision)?;
                message.serialize_entry("latest", latest)?;
                message.serialize_entry("acknowledged", acknowledged)?;
            }
            MasterMessage::Compared {
                question,
                revision,
                acknowledged,
                parts,
            } => {
                message.serialize_entry("question", question)?;
                message.serialize_entry("revision", revision)?;
                message.serialize_entry("acknowledged", acknowledged)?;
                message.serialize_entry("parts", parts)?;
            }
            MasterMessage::FullState {
                question,
                revision,
                acknowledged,
                state,
            } => {
                message.serialize_entry("question", question)?;
                message.serialize_entry("revision", revision)?;
                message.serialize_entry("acknowledged", acknowledged)?;
                message.serialize_entry("state", state)?;
            }
            MasterMessage::Refusal(refusal) => {
                if let Some(question) = refusal.question {
                    message.serialize_entry("question", &question)?;
                }
                if let Some(counter) = refusal.counter {
                    message.serialize_entry("counter", &counter)?;
                }
                message.serialize_entry("code", &refusal.code)?;
                message.serialize_entry("reason", &refusal.reason)?;
            }
        }
        message.end()
    }
}

deserialize_from_json!(ClientMessage, MasterMessage);
