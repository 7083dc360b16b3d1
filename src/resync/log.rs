//! The last actions of the master, in their order, and from each checksum where it occurred (M2, M3).

use super::{Limits, Revision, message};
use crate::{
    checksum::Checksum,
    delta::{Action, DeltaSet},
    form::{Fields, FormError, deserialize_from_json},
};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    io,
};

/// An action as the master applied it: what a driver stores before it sends anything on ([`Output::Store`](super::Output)).
#[derive(Clone, Debug, PartialEq)]
pub struct Logged {
    /// Its number (M2).
    pub sequence: u64,
    /// The action; its deltas fit the state before it.
    pub action: Action,
    /// What undoes it: it fits the state after it.
    pub undo: DeltaSet,
    /// The checksum of the state before it.
    pub previous: Checksum,
    /// The checksum of the state after it.
    pub next: Checksum,
}

impl Logged {
    /// Reads the form that it is stored in. O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is not of that form.
    pub fn from_json(json: Value) -> Result<Logged, FormError> {
        let mut fields = Fields::of(json, "bad-request", "a logged action, an object")?;
        let logged = Logged {
            sequence: message::number(&mut fields, "sequence")?,
            action: fields.read("action", Action::from_json)?,
            undo: fields.read("undo", DeltaSet::from_json)?,
            previous: fields.read("previous", message::checksum)?,
            next: fields.read("next", message::checksum)?,
        };
        fields.finish()?;
        Ok(logged)
    }

    /// How many bytes it takes in a message.
    pub(super) fn weight(&self) -> usize {
        weight(&self.action) + weight(&self.undo)
    }
}

impl Serialize for Logged {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut logged = serializer.serialize_struct("Logged", 5)?;
        logged.serialize_field("sequence", &self.sequence)?;
        logged.serialize_field("action", &self.action)?;
        logged.serialize_field("undo", &self.undo)?;
        logged.serialize_field("previous", &self.previous)?;
        logged.serialize_field("next", &self.next)?;
        logged.end()
    }
}

deserialize_from_json!(Logged);

/// How many bytes the wire form has. O(them); nothing is kept.
pub(super) fn weight(of: &impl Serialize) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Neither the counter nor the wire forms can fail.
    let _ = serde_json::to_writer(&mut count, of);
    count.0
}

/// The log: a stretch of the history, contiguous, bounded at its old end.
///
/// A map from checksum to action alone would not do: a state, and so its checksum, may occur again, and then the actions between
/// must stay in their places for those who stand between. So the actions stand in a row, and the map leads from a checksum
/// to its latest place.
#[derive(Clone, Debug)]
pub(super) struct Log {
    /// The revision before the oldest action that is kept.
    start: Revision,
    entries: VecDeque<(Logged, usize)>,
    bytes: usize,
    latest: BTreeMap<Checksum, u64>,
}

impl Log {
    pub(super) fn new(start: Revision) -> Log {
        Log {
            start,
            entries: VecDeque::new(),
            bytes: 0,
            latest: BTreeMap::from([(start.checksum, start.sequence)]),
        }
    }

    /// The revision that it leads to.
    pub(super) fn end(&self) -> Revision {
        match self.entries.back() {
            Some((last, _)) => Revision {
                sequence: last.sequence,
                checksum: last.next,
            },
            None => self.start,
        }
    }

    /// Takes the next action, and forgets the oldest as far as the limits demand. O(log n) for each.
    pub(super) fn push(&mut self, logged: Logged, limits: &Limits) {
        let weight = logged.weight();
        self.bytes += weight;
        self.latest.insert(logged.next, logged.sequence);
        self.entries.push_back((logged, weight));
        while self.entries.len() > limits.log_actions || self.bytes > limits.log_bytes {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some((oldest, weight)) = self.entries.pop_front() else {
            return;
        };
        self.bytes -= weight;
        if self.latest.get(&self.start.checksum) == Some(&self.start.sequence) {
            self.latest.remove(&self.start.checksum);
        }
        self.start = Revision {
            sequence: oldest.sequence,
            checksum: oldest.next,
        };
    }

    /// Whether this very revision is one of the history that is kept.
    pub(super) fn holds(&self, revision: Revision) -> bool {
        self.start == revision
            || self
                .entry(revision.sequence)
                .is_some_and(|logged| logged.next == revision.checksum)
    }

    /// Where in the history the state of a revision was (M3). O(log n).
    pub(super) fn find(&self, revision: Revision) -> Option<Revision> {
        if self.holds(revision) {
            return Some(revision);
        }
        let sequence = *self.latest.get(&revision.checksum)?;
        Some(Revision {
            sequence,
            ..revision
        })
    }

    /// The action of that number, if it is kept.
    pub(super) fn entry(&self, sequence: u64) -> Option<&Logged> {
        let index = sequence.checked_sub(self.start.sequence)?.checked_sub(1)?;
        let (logged, _) = self.entries.get(usize::try_from(index).ok()?)?;
        Some(logged)
    }

    /// What followed a sequence, oldest first, each with its weight in bytes.
    pub(super) fn since(&self, sequence: u64) -> impl DoubleEndedIterator<Item = (&Logged, usize)> {
        let behind = sequence.saturating_sub(self.start.sequence);
        let behind = usize::try_from(behind).unwrap_or(usize::MAX);
        let entries = self.entries.range(behind.min(self.entries.len())..);
        entries.map(|(logged, weight)| (logged, *weight))
    }
}
