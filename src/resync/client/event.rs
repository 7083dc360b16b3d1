//! What a client tells its user.

use crate::{
    delta::{DeltaSet, normalize::DeltaError},
    path::Path,
    resync::Refusal,
};
use std::fmt;

/// What a client tells its user.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The shown state has changed, other than by [`Client::dispatch`](super::Client::dispatch): these deltas lead from the old to the new.
    /// There is none from nothing: a client's first state comes with [`Event::Healed`].
    Updated(DeltaSet),
    /// The master has applied an action of the client's.
    Acknowledged {
        /// Which, as [`Client::dispatch`](super::Client::dispatch) numbered it.
        counter: u64,
    },
    /// The master will not apply an action, and it is no longer shown.
    GivenUp {
        /// Which, as [`Client::dispatch`](super::Client::dispatch) numbered it.
        counter: u64,
        /// What was left of it.
        deltas: DeltaSet,
        /// Why.
        refusal: Refusal,
    },
    /// The client was at odds with its master, or behind, and is no more.
    Healed(Healing),
    /// The master does not take the client; only [`Client::connect`](super::Client::connect) tries again.
    Refused(Refusal),
    /// A message could not be read, and was ignored.
    Unreadable {
        /// The code of the error.
        code: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// By what a client was brought back to its master's state.
#[derive(Clone, Debug, PartialEq)]
pub enum Healing {
    /// By the actions since its last reconciled state (M15).
    Replay {
        /// How many of them.
        actions: usize,
    },
    /// By the parts that differed (M16).
    Comparison {
        /// How many questions it took.
        questions: usize,
        /// The paths that differed.
        paths: Vec<Path>,
    },
    /// By the whole state (M17).
    FullState {
        /// The paths that differed; none where the client had no state before.
        paths: Vec<Path>,
    },
}

/// An action cannot be dispatched; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DispatchError {
    /// The client has not got a state yet.
    NoState,
    /// As many actions are pending as the limit allows.
    TooManyPending {
        /// The limit.
        limit: usize,
    },
    /// The action has more deltas than the limit allows.
    TooManyDeltas {
        /// The limit.
        limit: usize,
        /// How many it has.
        found: usize,
    },
    /// It does not fit the state that is shown.
    Delta(DeltaError),
}

impl fmt::Display for DispatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DispatchError::NoState => f.write_str("expected a state to change, found none yet"),
            DispatchError::TooManyPending { limit } => {
                write!(
                    f,
                    "expected at most {limit} pending actions, found one more"
                )
            }
            DispatchError::TooManyDeltas { limit, found } => {
                write!(f, "expected at most {limit} deltas, found {found}")
            }
            DispatchError::Delta(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DispatchError {}
