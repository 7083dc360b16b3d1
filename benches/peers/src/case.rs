//! What is asked of a contender, and whether what it gave is right.

use crate::workloads::{Stream, Workload, read};
use anyhow::{Context, Result, ensure};
use deltamerge::{Decision, DeltaSet, DiffType, Merged, diff, equal, merge};
use serde_json::Value;
use std::cell::RefCell;

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Task {
    /// From two documents, what leads from the one to the other
    Diff,
    /// One side's deltas into the document
    Apply,
    /// Both sides' deltas into the document
    Merge,
    /// From three documents, the merged one
    MergeState,
    /// The deltas of 64 sides into the document
    Replicas,
    /// One of many small actions after the other, with a checksum after each
    Stream,
    /// The checksum of a document
    Checksum,
}

impl Task {
    pub(crate) const ALL: [Task; 7] = [
        Task::Diff,
        Task::Apply,
        Task::Merge,
        Task::MergeState,
        Task::Replicas,
        Task::Stream,
        Task::Checksum,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Task::Diff => "diff",
            Task::Apply => "apply",
            Task::Merge => "merge",
            Task::MergeState => "merge_state",
            Task::Replicas => "replicas",
            Task::Stream => "stream",
            Task::Checksum => "checksum",
        }
    }

    /// The tasks on a workload of concurrent actions.
    pub(crate) fn of(workload: &str) -> &'static [Task] {
        if workload == "W5" {
            &[Task::Replicas]
        } else {
            &[
                Task::Diff,
                Task::Apply,
                Task::Merge,
                Task::MergeState,
                Task::Checksum,
            ]
        }
    }
}

pub(crate) enum Load {
    Sides(Box<Sides>),
    Stream(Box<Stream>),
}

impl Load {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Load::Sides(sides) => sides.work.name,
            Load::Stream(_) => "W6",
        }
    }
}

/// What several sides did to one document, and what it should come to.
pub(crate) struct Sides {
    pub(crate) work: Workload,
    pub(crate) merged: Merged,
    /// What those who edit plain values in place work on, in turn.
    pub(crate) documents: RefCell<Vec<Value>>,
}

impl Sides {
    pub(crate) fn new(work: Workload) -> Sides {
        let merged = merge(&work.base, &work.actions).expect("actions that fit");
        let documents = work.copies(batch(work.text.len())).into();
        Sides {
            work,
            merged,
            documents,
        }
    }

    pub(crate) fn before(&self) -> &Value {
        &self.work.base
    }

    pub(crate) fn after(&self) -> &Value {
        &self.work.afters[0]
    }

    /// How many documents of this size are worked on in turn, so that reading the clock costs nothing beside it.
    pub(crate) fn batch(&self) -> usize {
        batch(self.work.text.len())
    }

    /// What a contender made of the first side's edit has to be that side's document.
    pub(crate) fn check_after(&self, state: &Value) -> Result<()> {
        ensure!(
            equal(state, self.after()),
            "it gave another document than the first side's: {}",
            where_they_part(self.after(), state)
        );
        Ok(())
    }

    /// What a contender merged has to be the merged document, but for what is up to a library's own rules: who wins where the
    /// sides have a conflict, and in which order two additions in one gap of an array stand.
    pub(crate) fn check_merged(&self, state: &Value) -> Result<()> {
        let is_gap = |decision: &&Decision| {
            [&decision.winner, &decision.loser]
                .iter()
                .all(|party| party.delta.op.diff_type() == DiffType::Add)
        };
        let decisions = self.merged.decisions.iter();
        let open: Vec<String> = decisions
            .filter(|decision| decision.conflict || is_gap(decision))
            .map(|decision| {
                let path = decision.path.as_str();
                if decision.conflict {
                    path.to_owned()
                } else {
                    path.rsplit_once('/')
                        .map_or("", |(array, _)| array)
                        .to_owned()
                }
            })
            .collect();
        only_at(&open, &diff(&self.merged.state, state)?)
            .context("it gave another document than the merged one, and not by a rule of its own")
    }

    /// A text that was merged as far as it could be, with the second side's lines at each conflict: it differs from the base
    /// only where somebody changed something.
    pub(crate) fn check_second_sides(&self, state: &Value) -> Result<()> {
        let actions = self.work.actions.iter();
        let edited: Vec<String> = actions
            .flat_map(|action| action.deltas.iter())
            .map(|delta| delta.path.to_string())
            .collect();
        only_at(&edited, &diff(self.before(), state)?)
            .context("it changed what neither side had changed")
    }

    /// A checksum has to be the same for equal documents, and another for others.
    pub(crate) fn check_sum<S: PartialEq>(&self, sum: impl Fn(&Value) -> S) -> Result<()> {
        ensure!(
            sum(self.before()) == sum(&read(&self.work.text)),
            "it gave two checksums of one document"
        );
        ensure!(
            sum(self.before()) != sum(self.after()),
            "it gave one checksum of two documents"
        );
        Ok(())
    }
}

pub(crate) fn batch(length: usize) -> usize {
    (200_000 / length).clamp(1, 64)
}

/// Each delta has to be at one of these places, inside it or around it.
fn only_at(places: &[String], deltas: &DeltaSet) -> Result<()> {
    let is_around = |outer: &str, inner: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    for delta in deltas.iter() {
        let path = delta.path.as_str();
        let is_there = places
            .iter()
            .any(|place| is_around(place, path) || is_around(path, place));
        ensure!(is_there, "{delta}");
    }
    Ok(())
}

fn where_they_part(expected: &Value, found: &Value) -> String {
    match diff(expected, found) {
        Ok(deltas) => match deltas.iter().next() {
            Some(delta) => format!(
                "{} differences, the first at {:?}",
                deltas.len(),
                delta.path
            ),
            None => "no difference".to_owned(),
        },
        Err(error) => error.to_string(),
    }
}
