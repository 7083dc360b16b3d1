//! How large what is sent is: the first side's edit, in each library's form, plain and deflated.

use crate::case::Sides;
use crate::contenders::{Automerge, Crdt, Loro, Yrs, sent};
use crate::figures::Size;
use crate::patches::first_patch;
use crate::workloads;
use anyhow::{Context, Result};
use deltamerge::{DeltaSet, Op};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Value, json};
use std::io::Write;

const WORKLOADS: [&str; 8] = [
    "W1",
    "W2",
    "W4",
    "notebook",
    "manifest",
    "lockfile",
    "translation",
    "game",
];

pub(crate) fn sizes(is_meant: &dyn Fn(&str) -> bool) -> Result<Vec<Size>> {
    let mut sizes = Vec::new();
    for (name, make) in workloads::all() {
        if !WORKLOADS.contains(&name) || !is_meant(name) {
            continue;
        }
        let sides = Sides::new(make());
        for (form, bytes) in forms(&sides)? {
            sizes.push(Size {
                workload: name.to_owned(),
                form: form.to_owned(),
                bytes: bytes.len() as u64,
                deflated: deflated(&bytes)?,
            });
        }
    }
    Ok(sizes)
}

fn deflated(bytes: &[u8]) -> Result<u64> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len() as u64)
}

fn forms(sides: &Sides) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let deltas = &sides.work.actions[0].deltas;
    let mut cbor = Vec::new();
    ciborium::into_writer(&short(deltas), &mut cbor)?;
    let text = |document: &Value| serde_json::to_string_pretty(document).expect("JSON");
    let (before, after) = (text(sides.before()), text(sides.after()));
    let lines = diffy::create_patch(&before, &after).to_string();
    Ok(vec![
        ("deltamerge", serde_json::to_vec(deltas)?),
        (
            "deltamerge as MessagePack",
            rmp_serde::to_vec_named(deltas)?,
        ),
        (
            "deltamerge as MessagePack, short",
            rmp_serde::to_vec(&short(deltas))?,
        ),
        ("deltamerge as CBOR, short", cbor),
        (
            "deltamerge as a tree in MessagePack",
            rmp_serde::to_vec(&tree(deltas)?)?,
        ),
        (
            "the same as a JSON Patch",
            serde_json::to_vec(&first_patch(&sides.work))?,
        ),
        (
            "json-patch",
            serde_json::to_vec(&json_patch::diff(sides.before(), sides.after()))?,
        ),
        ("diffy", lines.into_bytes()),
        ("automerge", update::<Automerge>(sides)?),
        ("loro", update::<Loro>(sides)?),
        ("yrs", update::<Yrs>(sides)?),
    ])
}

fn update<C: Crdt>(sides: &Sides) -> Result<Vec<u8>> {
    let base = C::create(sides.before())?;
    sent::<C>(&base, &[&sides.work.actions[0].deltas])?
        .pop()
        .context("one update")
}

/// Without names: a list of kind, path and value.
fn short(deltas: &DeltaSet) -> Value {
    let short = |delta: &deltamerge::Delta| match &delta.op {
        Op::Add(value) => json!([0, delta.path.as_str(), value]),
        Op::Change(value) => json!([1, delta.path.as_str(), value]),
        Op::Remove => json!([2, delta.path.as_str()]),
    };
    deltas.iter().map(short).collect()
}

/// What a binary form could come to that writes no part of a path twice: nested `[token, content...]`, a leaf `[token, kind, value]`.
fn tree(deltas: &DeltaSet) -> Result<Value> {
    let mut root = vec![json!("")];
    for delta in deltas.iter() {
        let tokens: Vec<_> = delta.path.tokens().collect();
        let (last, parents) = tokens.split_last().context("a path with tokens")?;
        let mut place = &mut root;
        for token in parents {
            let token = shortest(token);
            let is_last = place.last().is_some_and(|last| last[0] == token);
            if !is_last {
                place.push(json!([token]));
            }
            place = place
                .last_mut()
                .and_then(Value::as_array_mut)
                .context("an array")?;
        }
        let last = shortest(last);
        place.push(match &delta.op {
            Op::Add(value) => json!([last, 0, value]),
            Op::Change(value) => json!([last, 1, value]),
            Op::Remove => json!([last, 2]),
        });
    }
    Ok(Value::Array(root))
}

fn shortest(token: &str) -> Value {
    match token.parse::<u64>() {
        Ok(number) if number.to_string() == token => number.into(),
        _ => token.into(),
    }
}
