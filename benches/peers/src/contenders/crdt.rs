//! What the libraries share that have a document type of their own: every side edits a copy, and what it sends is integrated
//! into a live document that has the base.

use super::{Asked, Entry};
use crate::case::{Load, Task};
use crate::measure::on_fresh;
use anyhow::{Context, Result};
use deltamerge::{DeltaSet, Op};
use serde_json::Value;
use std::borrow::Cow;

/// The member of the library's own root that has the document, for a root is always an object.
pub(crate) const ROOT: &str = "document";

pub(crate) trait Crdt {
    type Document;
    /// What is sent, decoded as far as the library lets one.
    type Update;

    /// A document that has the base.
    fn create(base: &Value) -> Result<Self::Document>;

    /// Another replica of it, by another actor, with nothing left to load.
    fn replica(base: &Self::Document, actor: u8) -> Result<Self::Document>;

    /// One delta: where its container is, which member or element of it, and what.
    fn write(
        document: &mut Self::Document,
        parents: &[Cow<'_, str>],
        last: &str,
        op: &Op,
    ) -> Result<()>;

    /// What a replica did since the base, as it is sent.
    fn sent(base: &Self::Document, document: &mut Self::Document) -> Result<Vec<u8>>;

    fn decode(sent: &[u8]) -> Result<Self::Update>;

    fn integrate(document: &mut Self::Document, updates: Vec<Self::Update>) -> Result<()>;

    fn json(document: &Self::Document) -> Result<Value>;
}

/// Whether the libraries have this task.
pub(crate) fn do_task(task: Task) -> bool {
    matches!(task, Task::Apply | Task::Merge | Task::Replicas)
}

/// From the back, so that no delta moves what a later one means.
fn edit<C: Crdt>(document: &mut C::Document, deltas: &DeltaSet) -> Result<()> {
    for delta in deltas.iter().rev() {
        let mut tokens = vec![ROOT.into()];
        tokens.extend(delta.path.tokens());
        let (last, parents) = tokens.split_last().context("a path has tokens")?;
        C::write(document, parents, last, &delta.op).with_context(|| delta.to_string())?;
    }
    Ok(())
}

/// What each side sends.
pub(crate) fn sent<C: Crdt>(base: &C::Document, sides: &[&DeltaSet]) -> Result<Vec<Vec<u8>>> {
    let sent = |(deltas, actor): (&&DeltaSet, u8)| {
        let mut replica = C::replica(base, actor)?;
        edit::<C>(&mut replica, deltas)?;
        C::sent(base, &mut replica)
    };
    sides.iter().zip(1..).map(sent).collect()
}

pub(crate) fn prepare<'w, C: Crdt + 'w>(asked: Asked<'w>, with_json: bool) -> Result<Entry<'w>> {
    let Asked { load, task, .. } = asked;
    let (Load::Sides(sides), true) = (load, do_task(task)) else {
        return Ok(Entry::Absent);
    };
    let actions = &sides.work.actions;
    let actions = match task {
        Task::Apply => &actions[..1],
        _ => actions,
    };
    let base = C::create(sides.before())?;
    let sets: Vec<&DeltaSet> = actions.iter().map(|action| &action.deltas).collect();
    let sent = sent::<C>(&base, &sets)?;
    let fresh = move || -> Result<_> {
        let updates: Result<Vec<_>> = sent.iter().map(|sent| C::decode(sent)).collect();
        Ok((C::replica(&base, 100)?, updates?))
    };
    let (mut document, updates) = fresh()?;
    C::integrate(&mut document, updates)?;
    let state = C::json(&document)?;
    if task == Task::Apply {
        sides.check_after(&state)?;
    } else {
        sides.check_merged(&state)?;
    }
    let fresh = move || fresh().expect("what went well before");
    Ok(Entry::Timed(on_fresh(
        sides.batch().min(16),
        fresh,
        move |(mut document, updates)| {
            C::integrate(&mut document, updates).expect("what went well before");
            let json = with_json.then(|| C::json(&document).expect("what went well before"));
            (document, json)
        },
    )))
}
