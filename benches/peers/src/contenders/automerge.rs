//! Automerge. Objects are maps, arrays are lists, strings are scalars.

use super::crdt::{self, Crdt, ROOT};
use super::{Asked, Entry};
use anyhow::{Context, Result, bail};
use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, AutoSerde, Change, ObjId, ObjType, ReadDoc, ScalarValue};
use deltamerge::Op;
use serde_json::{Number, Value};
use std::borrow::Cow;

pub(crate) fn plain(asked: Asked<'_>) -> Result<Entry<'_>> {
    crdt::prepare::<Automerge>(asked, false)
}

pub(crate) fn json(asked: Asked<'_>) -> Result<Entry<'_>> {
    crdt::prepare::<Automerge>(asked, true)
}

pub(crate) struct Automerge;

impl Crdt for Automerge {
    type Document = AutoCommit;
    type Update = Change;

    fn create(base: &Value) -> Result<AutoCommit> {
        let mut document = AutoCommit::new().with_actor(ActorId::from([0]));
        put(&mut document, &automerge::ROOT, Slot::Member(ROOT), base)?;
        document.commit();
        Ok(document)
    }

    fn replica(base: &AutoCommit, actor: u8) -> Result<AutoCommit> {
        Ok(base.clone().with_actor(ActorId::from([actor])))
    }

    fn write(
        document: &mut AutoCommit,
        parents: &[Cow<'_, str>],
        last: &str,
        op: &Op,
    ) -> Result<()> {
        let mut object = automerge::ROOT;
        for token in parents {
            let found = if is_list(document, &object)? {
                document.get(&object, token.parse::<usize>()?)?
            } else {
                document.get(&object, token.as_ref())?
            };
            object = found.with_context(|| format!("nothing is at {token}"))?.1;
        }
        if !is_list(document, &object)? {
            return match op.value() {
                Some(value) => put(document, &object, Slot::Member(last), value),
                None => Ok(document.delete(&object, last)?),
            };
        }
        let index: usize = last.parse()?;
        match op {
            Op::Add(value) => put(document, &object, Slot::Gap(index), value),
            Op::Change(value) => put(document, &object, Slot::Element(index), value),
            Op::Remove => Ok(document.delete(&object, index)?),
        }
    }

    fn sent(base: &AutoCommit, document: &mut AutoCommit) -> Result<Vec<u8>> {
        let heads = base.clone().get_heads();
        let changes = document.get_changes(&heads);
        let [change] = &changes[..] else {
            bail!("{} changes in place of one", changes.len());
        };
        Ok(change.clone().bytes().into_owned())
    }

    fn decode(sent: &[u8]) -> Result<Change> {
        Ok(Change::from_bytes(sent.to_vec())?)
    }

    fn integrate(document: &mut AutoCommit, updates: Vec<Change>) -> Result<()> {
        Ok(document.apply_changes(updates)?)
    }

    fn json(document: &AutoCommit) -> Result<Value> {
        let mut root = serde_json::to_value(AutoSerde::from(document))?;
        Ok(root[ROOT].take())
    }
}

fn is_list(document: &AutoCommit, object: &ObjId) -> Result<bool> {
    Ok(document.object_type(object)? == ObjType::List)
}

enum Slot<'n> {
    Member(&'n str),
    Element(usize),
    Gap(usize),
}

fn put(document: &mut AutoCommit, object: &ObjId, slot: Slot<'_>, value: &Value) -> Result<()> {
    let kind = match value {
        Value::Array(_) => ObjType::List,
        Value::Object(_) => ObjType::Map,
        scalar => {
            let scalar = scalar_of(scalar);
            match slot {
                Slot::Member(name) => document.put(object, name, scalar)?,
                Slot::Element(index) => document.put(object, index, scalar)?,
                Slot::Gap(index) => document.insert(object, index, scalar)?,
            }
            return Ok(());
        }
    };
    let inner = match slot {
        Slot::Member(name) => document.put_object(object, name, kind)?,
        Slot::Element(index) => document.put_object(object, index, kind)?,
        Slot::Gap(index) => document.insert_object(object, index, kind)?,
    };
    if let Value::Array(items) = value {
        for (index, item) in items.iter().enumerate() {
            put(document, &inner, Slot::Gap(index), item)?;
        }
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        put(document, &inner, Slot::Member(name), member)?;
    }
    Ok(())
}

fn scalar_of(value: &Value) -> ScalarValue {
    match value {
        Value::Bool(boolean) => ScalarValue::Boolean(*boolean),
        Value::String(text) => ScalarValue::Str(text.as_str().into()),
        Value::Number(number) => number_of(number),
        Value::Null | Value::Array(_) | Value::Object(_) => ScalarValue::Null,
    }
}

fn number_of(number: &Number) -> ScalarValue {
    if let Some(integer) = number.as_i64() {
        ScalarValue::Int(integer)
    } else if let Some(integer) = number.as_u64() {
        ScalarValue::Uint(integer)
    } else {
        ScalarValue::F64(number.as_f64().unwrap_or_default())
    }
}
