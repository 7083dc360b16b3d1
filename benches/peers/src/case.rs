//! What is asked of a contender, and whether what it gave is right.

use crate::workloads::{Stream, Workload, read};
use anyhow::{Result, bail, ensure};
use deltamerge::{Merged, diff, equal, merge};
use serde_json::Value;

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
}

impl Sides {
    pub(crate) fn new(work: Workload) -> Sides {
        let merged = merge(&work.base, &work.actions).expect("actions that fit");
        Sides { work, merged }
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

    /// What a contender merged has to be the merged document, but for the slots at which the sides have a conflict: who wins
    /// there is up to its own rules.
    pub(crate) fn check_merged(&self, state: &Value) -> Result<()> {
        let conflicts: Vec<String> = self
            .merged
            .conflicts()
            .map(|conflict| conflict.path.to_string())
            .collect();
        let is_around = |outer: &str, inner: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        for delta in diff(&self.merged.state, state)?.iter() {
            let path = delta.path.to_string();
            let is_conflict = conflicts
                .iter()
                .any(|conflict| is_around(conflict, &path) || is_around(&path, conflict));
            if !is_conflict {
                bail!(
                    "it gave another document than the merged one, and not for a conflict: {} {path}",
                    delta.op.diff_type().name()
                );
            }
        }
        Ok(())
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
