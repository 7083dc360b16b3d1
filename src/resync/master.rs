//! The machine that holds the state.
#![warn(clippy::wildcard_enum_match_arm)]

mod stored;

use super::{
    ClientMessage, Limits, MasterMessage, Options, PROTOCOL, Refusal, Revision,
    log::{Log, Logged},
    parts::{Part, describe_part},
    pending::UNLOGGED,
};
use crate::{
    checked::CheckedState,
    checksum::Checksum,
    delta::{Action, DeltaSet, Stamp, normalize::DeltaError},
    document::{TooDeep, check_depth, parse_within},
    form::FormError,
    merge::{self, join::MergeError, rebase::rebase_with},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// What a driver is to do next, in the order in which [`Master::poll`] says it.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Store this action, before anything that follows is sent.
    Store(Box<Logged>),
    /// Send a message to a connection.
    Send {
        /// The connection, by the number that the driver gave it.
        to: u64,
        /// The message; those to several connections are one.
        message: Arc<MasterMessage>,
    },
}

/// The machine that holds the state: it puts the actions of all clients in one order, and tells everybody.
///
/// The [module](super) shows how to drive it. `spec/resync.md` has its table.
///
/// ```
/// use deltamerge::resync::{ClientMessage, Master, MasterMessage, Options, Output, PROTOCOL};
/// use serde_json::json;
/// let options = Options::default();
/// let mut master = Master::new(json!({"hp": 7}), options.clone())?;
/// master.handle(1, ClientMessage::Hello {
///     protocol: PROTOCOL,
///     rules: options.rules.hash(),
///     actor: "ann".into(),
///     question: 1,
///     revision: None,
/// });
/// let Some(Output::Send { to: 1, message }) = master.poll() else { panic!("no answer") };
/// assert!(matches!(&*message, MasterMessage::FullState { state, .. } if *state == json!({"hp": 7})));
/// # Ok::<(), deltamerge::TooDeep>(())
/// ```
#[derive(Clone, Debug)]
pub struct Master {
    state: CheckedState,
    log: Log,
    actors: BTreeMap<Arc<str>, Actor>,
    connections: BTreeMap<u64, Arc<str>>,
    options: Options,
    merging: merge::Options,
    outputs: VecDeque<Output>,
}

/// What the master knows of an actor.
#[derive(Clone, Debug, Default)]
struct Actor {
    /// Its last action that was applied, and where in the log (M4).
    last: Option<Applied>,
    connection: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Applied {
    counter: u64,
    sequence: u64,
}

impl Master {
    /// A master of a state that nothing has happened to yet. O(the state).
    ///
    /// # Errors
    /// [`TooDeep`] where the state is deeper than the limit.
    pub fn new(state: Value, options: Options) -> Result<Master, TooDeep> {
        check_depth(&state, options.limits.depth)?;
        Ok(Master::with(CheckedState::new(state), 0, options))
    }

    fn with(state: CheckedState, sequence: u64, options: Options) -> Master {
        let checksum = state.checksum();
        Master {
            state,
            log: Log::new(Revision { sequence, checksum }),
            actors: BTreeMap::new(),
            connections: BTreeMap::new(),
            merging: options.merging(),
            options,
            outputs: VecDeque::new(),
        }
    }

    /// The state.
    pub fn state(&self) -> &Value {
        self.state.state()
    }

    /// The revision of the state.
    pub fn revision(&self) -> Revision {
        self.log.end()
    }

    /// How many actions the log holds.
    pub fn log_length(&self) -> usize {
        self.log.since(0).count()
    }

    /// The greatest counter of an actor that was applied (M4).
    pub fn acknowledged(&self, actor: &str) -> Option<u64> {
        Some(self.actors.get(actor)?.last?.counter)
    }

    /// What the driver is to do next, if anything.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Changes the state in the master's own name, and forwards that to everybody. Costs as [`DeltaSet::apply`].
    ///
    /// # Errors
    /// [`DeltaError`] where the set does not fit the state; then nothing has happened.
    ///
    /// ```
    /// use deltamerge::resync::{Master, Options};
    /// use deltamerge::{Delta, Path};
    /// use serde_json::json;
    /// let mut master = Master::new(json!({"round": 1}), Options::default())?;
    /// master.dispatch([Delta::change(Path::parse("/round")?, 2)].into_iter().collect())?;
    /// assert_eq!((master.state(), master.revision().sequence), (&json!({"round": 2}), 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dispatch(&mut self, deltas: DeltaSet) -> Result<Revision, DeltaError> {
        let deltas = deltas.normalize_within(self.state(), self.options.limits.depth)?;
        let counter = self.revision().sequence + 1;
        let logged = self.apply(Action::new((counter, ""), deltas))?;
        self.tell(&logged, None);
        Ok(self.revision())
    }

    /// The connection is gone; its actor is remembered if it ever did anything.
    pub fn disconnect(&mut self, connection: u64) {
        let Some(actor) = self.connections.remove(&connection) else {
            return;
        };
        if let Some(known) = self.actors.get_mut(&actor) {
            known.connection = None;
            if known.last.is_none() {
                self.actors.remove(&actor);
            }
        }
    }

    /// Takes the text of a message, as [`Master::handle`] does the message. What cannot be read is refused.
    pub fn handle_text(&mut self, connection: u64, text: &str) {
        match read(text, &self.options.limits, ClientMessage::from_json) {
            Ok(message) => self.handle(connection, message),
            Err((code, reason)) => self.refuse(connection, None, None, code, reason),
        }
    }

    /// Takes a message that came in on a connection. O(1) and what its answer holds; for a dispatch, what the actions since its revision touch.
    pub fn handle(&mut self, connection: u64, message: ClientMessage) {
        let actor = self.connections.get(&connection).cloned();
        match (actor, message) {
            (
                _,
                ClientMessage::Hello {
                    protocol,
                    rules,
                    actor,
                    question,
                    revision,
                },
            ) => {
                self.disconnect(connection);
                match self.admit(connection, protocol, rules, &actor) {
                    Ok(()) => match revision {
                        None => self.send_state(connection, &actor, question),
                        Some(revision) => self.replay(connection, &actor, question, revision),
                    },
                    Err((code, reason)) => {
                        self.refuse(connection, Some(question), None, code, reason);
                    }
                }
            }
            (None, message) => {
                let (question, counter) = match message {
                    ClientMessage::Hello { .. } => (None, None),
                    ClientMessage::Dispatch {
                        question, counter, ..
                    } => (Some(question), Some(counter)),
                    ClientMessage::Resync { question, .. }
                    | ClientMessage::Compare { question, .. }
                    | ClientMessage::StateRequest { question } => (Some(question), None),
                };
                let reason = "expected a hello first on a connection".to_owned();
                self.refuse(connection, question, counter, "not-joined", reason);
            }
            (
                Some(actor),
                ClientMessage::Dispatch {
                    question,
                    counter,
                    revision,
                    deltas,
                },
            ) => {
                let stamp = Stamp { counter, actor };
                if let Err((code, reason)) = self.take(connection, stamp, revision, deltas) {
                    self.refuse(connection, Some(question), Some(counter), &code, reason);
                }
            }
            (Some(actor), ClientMessage::Resync { question, revision }) => {
                self.replay(connection, &actor, question, revision);
            }
            (Some(actor), ClientMessage::Compare { question, parts }) => {
                self.compare(connection, &actor, question, &parts);
            }
            (Some(actor), ClientMessage::StateRequest { question }) => {
                self.send_state(connection, &actor, question);
            }
        }
    }

    /// Lets an actor join (M10, M14).
    fn admit(
        &mut self,
        connection: u64,
        protocol: u64,
        rules: Checksum,
        actor: &str,
    ) -> Result<(), (&'static str, String)> {
        let limits = &self.options.limits;
        let refuse = |code, expected: String, found: String| {
            Err((code, format!("expected {expected}, found {found}")))
        };
        if protocol != PROTOCOL {
            let expected = format!("version {PROTOCOL} of the protocol");
            return refuse("protocol-differs", expected, protocol.to_string());
        }
        let own = self.options.rules.hash();
        if rules != own {
            let expected = format!("the rules with the hash {own}");
            return refuse("rules-differ", expected, rules.to_string());
        }
        if actor.is_empty() || actor.len() > limits.actor_bytes {
            let expected = format!("a name of 1 to {} bytes", limits.actor_bytes);
            return refuse("bad-actor", expected, actor.len().to_string());
        }
        if !self.actors.contains_key(actor) && self.actors.len() >= limits.actors {
            let expected = format!("at most {} actors", limits.actors);
            return refuse("too-many", expected, "one more".to_owned());
        }
        let other = self.actors.get(actor).and_then(|known| known.connection);
        if other.is_none() && self.connections.len() >= limits.connections {
            let expected = format!("at most {} connections", limits.connections);
            return refuse("too-many", expected, "one more".to_owned());
        }
        if let Some(other) = other {
            self.connections.remove(&other);
        }
        let actor: Arc<str> = actor.into();
        self.connections.insert(connection, actor.clone());
        self.actors.entry(actor).or_default().connection = Some(connection);
        Ok(())
    }

    /// Takes a dispatch (M6, M8).
    fn take(
        &mut self,
        connection: u64,
        stamp: Stamp,
        revision: Revision,
        deltas: DeltaSet,
    ) -> Result<(), (String, String)> {
        let unknown = || ("unknown-revision".to_owned(), unknown(revision));
        let last = self.actors.get(&*stamp.actor).and_then(|actor| actor.last);
        match last {
            Some(last) if stamp.counter == last.counter => {
                let again = self.log.entry(last.sequence).ok_or_else(unknown)?;
                let again = acknowledgement(again);
                self.send(connection, again);
                return Ok(());
            }
            // The actor knows of it already: it has sent a later one since.
            Some(last) if stamp.counter < last.counter => return Ok(()),
            Some(_) | None => {}
        }
        let most = self.options.limits.deltas;
        if deltas.len() > most || stamp.counter == UNLOGGED {
            let found = format!("{} under {stamp}", deltas.len());
            let reason =
                format!("expected at most {most} deltas and a counter below 2^64-1, found {found}");
            return Err(("too-large".to_owned(), reason));
        }
        if !self.log.holds(revision) {
            return Err(unknown());
        }
        let deltas = self.rebase(revision.sequence, deltas);
        let deltas = deltas.map_err(|error| (error.code().to_owned(), error.to_string()))?;
        let logged = self.apply(Action { stamp, deltas });
        let logged = logged.map_err(|error| (error.code().to_owned(), error.to_string()))?;
        self.tell(&logged, Some(connection));
        Ok(())
    }

    /// Moves a set over the actions since a revision, one by one (M8): the state goes back to it, and forward again.
    fn rebase(&mut self, sequence: u64, deltas: DeltaSet) -> Result<DeltaSet, MergeError> {
        const KEPT: &str = "the log fits the state, as it did when it was written or restored";
        let depth = self.options.limits.depth;
        for (logged, _) in self.log.since(sequence).rev() {
            self.state.apply_within(&logged.undo, depth).expect(KEPT);
        }
        let mut late: Result<Action, MergeError> = Ok(Action::new((UNLOGGED, ""), deltas));
        for (logged, _) in self.log.since(sequence) {
            late = late.and_then(|late| {
                let left = rebase_with(self.state.state(), &late, &logged.action, &self.merging)?;
                Ok(Action::new((UNLOGGED, ""), left))
            });
            let applied = self.state.apply_within(&logged.action.deltas, depth);
            applied.expect(KEPT);
        }
        Ok(late?.deltas)
    }

    /// Applies and logs an action that fits the state.
    fn apply(&mut self, action: Action) -> Result<Arc<Logged>, DeltaError> {
        let depth = self.options.limits.depth;
        let Revision { sequence, checksum } = self.revision();
        let deltas = action.deltas.normalize_within(self.state(), depth)?;
        let mut undo = deltas.clone();
        self.state.apply_and_invert_within(&mut undo, depth)?;
        let logged = Logged {
            sequence: sequence + 1,
            action: Action {
                stamp: action.stamp,
                deltas,
            },
            undo,
            previous: checksum,
            next: self.state.checksum(),
        };
        self.record(&logged);
        self.log.push(logged.clone(), &self.options.limits);
        Ok(Arc::new(logged))
    }

    /// Remembers whose action was applied (M4).
    fn record(&mut self, logged: &Logged) {
        let Stamp { counter, actor } = &logged.action.stamp;
        if actor.is_empty() {
            return;
        }
        let applied = Applied {
            counter: *counter,
            sequence: logged.sequence,
        };
        self.actors.entry(actor.clone()).or_default().last = Some(applied);
    }

    /// Has an action stored, acknowledges it to its sender, and forwards it to the others (M8).
    fn tell(&mut self, logged: &Arc<Logged>, sender: Option<u64>) {
        self.outputs
            .push_back(Output::Store(Box::new(Logged::clone(logged))));
        let forward = Arc::new(MasterMessage::Forward {
            sequence: logged.sequence,
            previous: logged.previous,
            next: logged.next,
            action: logged.action.clone(),
        });
        let acknowledge = Arc::new(acknowledgement(logged));
        for connection in self.connections.keys() {
            let is_sender = Some(*connection) == sender;
            let message = Arc::clone(if is_sender { &acknowledge } else { &forward });
            let to = *connection;
            self.outputs.push_back(Output::Send { to, message });
        }
    }

    /// Answers with what followed a revision (M13, M15), as much of it as a message takes.
    fn replay(&mut self, connection: u64, actor: &str, question: u64, revision: Revision) {
        let Some(since) = self.log.find(revision) else {
            let reason = unknown(revision);
            return self.refuse(connection, Some(question), None, "unknown-revision", reason);
        };
        let mut reached = since;
        let mut actions = Vec::new();
        let mut bytes = 0;
        for (logged, weight) in self.log.since(since.sequence) {
            bytes += weight;
            if bytes > self.options.limits.message_bytes && !actions.is_empty() {
                break;
            }
            actions.push(logged.action.clone());
            reached = Revision {
                sequence: logged.sequence,
                checksum: logged.next,
            };
        }
        let replay = MasterMessage::Replay {
            question,
            since,
            actions,
            revision: reached,
            latest: self.revision().sequence,
            acknowledged: self.acknowledged(actor),
        };
        self.send(connection, replay);
    }

    /// Answers what the parts of the state are (M16).
    fn compare(&mut self, connection: u64, actor: &str, question: u64, parts: &[Part]) {
        let most = self.options.limits.parts;
        if parts.len() > most {
            let reason = format!("expected at most {most} parts, found {}", parts.len());
            return self.refuse(connection, Some(question), None, "too-large", reason);
        }
        let parts = parts.iter().map(|part| describe_part(self.state(), part));
        let compared = MasterMessage::Compared {
            question,
            revision: self.revision(),
            acknowledged: self.acknowledged(actor),
            parts: parts.collect(),
        };
        self.send(connection, compared);
    }

    fn send_state(&mut self, connection: u64, actor: &str, question: u64) {
        let state = MasterMessage::FullState {
            question,
            revision: self.revision(),
            acknowledged: self.acknowledged(actor),
            state: self.state().clone(),
        };
        self.send(connection, state);
    }

    fn send(&mut self, to: u64, message: MasterMessage) {
        let message = Arc::new(message);
        self.outputs.push_back(Output::Send { to, message });
    }

    fn refuse(
        &mut self,
        to: u64,
        question: Option<u64>,
        counter: Option<u64>,
        code: &str,
        reason: String,
    ) {
        let code = code.to_owned();
        let refusal = Refusal {
            question,
            counter,
            code,
            reason,
        };
        self.send(to, MasterMessage::Refusal(refusal));
    }
}

fn unknown(revision: Revision) -> String {
    format!("expected a revision of the log, found {revision}")
}

fn acknowledgement(logged: &Logged) -> MasterMessage {
    MasterMessage::Acknowledge {
        counter: logged.action.stamp.counter,
        sequence: logged.sequence,
        previous: logged.previous,
        next: logged.next,
    }
}

/// Reads the text of a message within the limits: the code and the reason, where that cannot be done.
pub(super) fn read<M>(
    text: &str,
    limits: &Limits,
    from_json: fn(Value) -> Result<M, FormError>,
) -> Result<M, (&'static str, String)> {
    if text.len() > limits.message_bytes {
        let (most, found) = (limits.message_bytes, text.len());
        let reason = format!("expected a message of at most {most} bytes, found {found}");
        return Err(("too-large", reason));
    }
    // A state may be as deep as the limit says, and stands a few containers deep in a message.
    let depth = limits.depth.saturating_add(8);
    let json = parse_within(text, depth).map_err(|error| (error.code(), error.to_string()))?;
    from_json(json).map_err(|error| (error.code(), error.to_string()))
}
