//! Loro. Objects are maps, arrays are lists, strings are values.

use super::crdt::{self, Crdt, ROOT};
use super::{Asked, Entry};
use anyhow::{Context, Result, bail, ensure};
use deltamerge::Op;
use loro::{Container, ExportMode, LoroDoc, LoroList, LoroMap, LoroValue, ValueOrContainer};
use serde_json::Value;
use std::borrow::Cow;

pub(crate) fn plain(asked: Asked<'_>) -> Result<Entry<'_>> {
    crdt::prepare::<Loro>(asked, false)
}

pub(crate) fn json(asked: Asked<'_>) -> Result<Entry<'_>> {
    crdt::prepare::<Loro>(asked, true)
}

pub(crate) struct Loro;

/// The library's named root map.
const MAP: &str = "root";

impl Crdt for Loro {
    type Document = LoroDoc;
    /// It decodes while it integrates.
    type Update = Vec<u8>;

    fn create(base: &Value) -> Result<LoroDoc> {
        let document = LoroDoc::new();
        document.set_peer_id(200)?;
        put(&document.get_map(MAP), ROOT, base)?;
        document.commit();
        Ok(document)
    }

    fn replica(base: &LoroDoc, actor: u8) -> Result<LoroDoc> {
        let document = base.fork();
        document.set_peer_id(u64::from(actor))?;
        // A fork loads its containers when they are first asked for.
        document.get_deep_value();
        Ok(document)
    }

    fn write(document: &mut LoroDoc, parents: &[Cow<'_, str>], last: &str, op: &Op) -> Result<()> {
        let mut place = Container::Map(document.get_map(MAP));
        for token in parents {
            let found = match &place {
                Container::Map(map) => map.get(token),
                Container::List(list) => list.get(token.parse()?),
                _ => None,
            };
            place = match found {
                Some(ValueOrContainer::Container(container)) => container,
                _ => bail!("no container is at {token}"),
            };
        }
        match (place, op) {
            (Container::Map(map), Op::Add(value) | Op::Change(value)) => put(&map, last, value)?,
            (Container::Map(map), Op::Remove) => map.delete(last)?,
            (Container::List(list), op) => {
                let index = last.parse()?;
                if !matches!(op, Op::Add(_)) {
                    list.delete(index, 1)?;
                }
                if let Some(value) = op.value() {
                    insert(&list, index, value)?;
                }
            }
            (place, _) => bail!("{place:?} is no map and no list"),
        }
        Ok(())
    }

    fn sent(base: &LoroDoc, document: &mut LoroDoc) -> Result<Vec<u8>> {
        document.commit();
        Ok(document.export(ExportMode::updates(&base.oplog_vv()))?)
    }

    fn decode(sent: &[u8]) -> Result<Vec<u8>> {
        Ok(sent.to_vec())
    }

    fn integrate(document: &mut LoroDoc, updates: Vec<Vec<u8>>) -> Result<()> {
        let status = document.import_batch(&updates)?;
        ensure!(
            status.pending.is_none(),
            "updates that it could not integrate"
        );
        Ok(())
    }

    fn json(document: &LoroDoc) -> Result<Value> {
        let found = document.get_map(MAP).get(ROOT).context("a document")?;
        Ok(Value::from(found.get_deep_value()))
    }
}

fn put(map: &LoroMap, name: &str, value: &Value) -> Result<()> {
    match value {
        Value::Object(members) => {
            let inner = map.insert_container(name, LoroMap::new())?;
            for (name, member) in members {
                put(&inner, name, member)?;
            }
        }
        Value::Array(items) => {
            let inner = map.insert_container(name, LoroList::new())?;
            for (index, item) in items.iter().enumerate() {
                insert(&inner, index, item)?;
            }
        }
        scalar => map.insert(name, LoroValue::from(scalar.clone()))?,
    }
    Ok(())
}

fn insert(list: &LoroList, index: usize, value: &Value) -> Result<()> {
    match value {
        Value::Object(members) => {
            let inner = list.insert_container(index, LoroMap::new())?;
            for (name, member) in members {
                put(&inner, name, member)?;
            }
        }
        Value::Array(items) => {
            let inner = list.insert_container(index, LoroList::new())?;
            for (index, item) in items.iter().enumerate() {
                insert(&inner, index, item)?;
            }
        }
        scalar => list.insert(index, LoroValue::from(scalar.clone()))?,
    }
    Ok(())
}
