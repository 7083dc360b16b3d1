//! yrs, the Rust form of Yjs. Objects are shared maps, arrays are shared arrays, strings are values.

use super::crdt::{self, Crdt, ROOT};
use super::{Asked, Entry};
use anyhow::{Context, Result, bail};
use deltamerge::Op;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use yrs::types::ToJson;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Array, ArrayPrelim, Doc, In, Map, MapPrelim, Out, ReadTxn, StateVector, Transact,
    TransactionMut, Update,
};

pub(crate) fn plain(asked: Asked<'_>) -> Result<Entry<'_>> {
    crdt::prepare::<Yrs>(asked, false)
}

pub(crate) fn json(asked: Asked<'_>) -> Result<Entry<'_>> {
    crdt::prepare::<Yrs>(asked, true)
}

pub(crate) struct Yrs;

/// The library's named root map.
const MAP: &str = "root";

impl Crdt for Yrs {
    type Document = Doc;
    type Update = Update;

    fn create(base: &Value) -> Result<Doc> {
        let document = Doc::with_client_id(200);
        let root = document.get_or_insert_map(MAP);
        let mut transaction = document.transact_mut();
        let place = root.insert(&mut transaction, ROOT, shared(base)?);
        fill(&mut transaction, place, base)?;
        drop(transaction);
        Ok(document)
    }

    fn replica(base: &Doc, actor: u8) -> Result<Doc> {
        let all = base
            .transact()
            .encode_state_as_update_v1(&StateVector::default());
        let document = Doc::with_client_id(u64::from(actor));
        document.get_or_insert_map(MAP);
        document
            .transact_mut()
            .apply_update(Update::decode_v1(&all)?)?;
        Ok(document)
    }

    fn write(document: &mut Doc, parents: &[Cow<'_, str>], last: &str, op: &Op) -> Result<()> {
        let mut place = Out::YMap(document.get_or_insert_map(MAP));
        let mut transaction = document.transact_mut();
        for token in parents {
            let found = match &place {
                Out::YMap(map) => map.get(&transaction, token),
                Out::YArray(array) => array.get(&transaction, token.parse()?),
                _ => None,
            };
            place = found.with_context(|| format!("nothing is at {token}"))?;
        }
        match (place, op) {
            (Out::YMap(map), Op::Add(value) | Op::Change(value)) => {
                let place = map.insert(&mut transaction, last, shared(value)?);
                fill(&mut transaction, place, value)?;
            }
            (Out::YMap(map), Op::Remove) => {
                map.remove(&mut transaction, last);
            }
            (Out::YArray(array), op) => {
                let index = last.parse()?;
                // It has no way to put an element in the place of another.
                if !matches!(op, Op::Add(_)) {
                    array.remove(&mut transaction, index);
                }
                if let Some(value) = op.value() {
                    let place = array.insert(&mut transaction, index, shared(value)?);
                    fill(&mut transaction, place, value)?;
                }
            }
            (place, _) => bail!("{place:?} is no container"),
        }
        Ok(())
    }

    fn sent(base: &Doc, document: &mut Doc) -> Result<Vec<u8>> {
        let known = base.transact().state_vector();
        Ok(document.transact().encode_state_as_update_v1(&known))
    }

    fn decode(sent: &[u8]) -> Result<Update> {
        Ok(Update::decode_v1(sent)?)
    }

    fn integrate(document: &mut Doc, updates: Vec<Update>) -> Result<()> {
        let mut transaction = document.transact_mut();
        for update in updates {
            transaction.apply_update(update)?;
        }
        Ok(())
    }

    fn json(document: &Doc) -> Result<Value> {
        let root = document.get_or_insert_map(MAP);
        let transaction = document.transact();
        let found = root.get(&transaction, ROOT).context("a document")?;
        Ok(serde_json::to_value(found.to_json(&transaction))?)
    }
}

/// A scalar, or the container that stands for one, and is empty yet.
fn shared(value: &Value) -> Result<In> {
    Ok(match value {
        Value::Array(_) => In::Array(ArrayPrelim::default()),
        Value::Object(_) => In::Map(MapPrelim::default()),
        scalar => In::Any(Any::deserialize(scalar)?),
    })
}

/// Puts what is inside a container into the one that stands for it, member by member: a [`MapPrelim`] with members has them in an order that
/// chance makes, and an update is a little longer or shorter by it.
fn fill(transaction: &mut TransactionMut<'_>, place: Out, value: &Value) -> Result<()> {
    match (place, value) {
        (Out::YMap(map), Value::Object(members)) => {
            for (name, value) in members {
                let place = map.insert(transaction, name.as_str(), shared(value)?);
                fill(transaction, place, value)?;
            }
        }
        (Out::YArray(array), Value::Array(items)) => {
            for item in items {
                let place = array.push_back(transaction, shared(item)?);
                fill(transaction, place, item)?;
            }
        }
        _ => {}
    }
    Ok(())
}
