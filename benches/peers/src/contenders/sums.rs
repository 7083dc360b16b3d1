//! Checksums of a document's text. In a stream the text is written and summed anew after each action.

use super::Entry;
use super::own::stepping;
use crate::case::{Load, Task};
use crate::measure::making;
use crate::node::Node;
use crate::workloads::{Stream, read};
use anyhow::{Result, ensure};
use md5::Md5;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;
use xxhash_rust::xxh3::xxh3_128;

type Nodes<'n> = Option<&'n Rc<RefCell<Node>>>;

fn written(document: &Value) -> Vec<u8> {
    serde_json::to_vec(document).expect("JSON")
}

pub(crate) fn xxh3<'w>(_: &str, load: &'w Load, task: Task, _: Nodes<'_>) -> Result<Entry<'w>> {
    prepare(load, task, |document| xxh3_128(&written(document)))
}

pub(crate) fn md5<'w>(_: &str, load: &'w Load, task: Task, _: Nodes<'_>) -> Result<Entry<'w>> {
    prepare(load, task, |document| Md5::digest(written(document)))
}

pub(crate) fn jcs<'w>(_: &str, load: &'w Load, task: Task, _: Nodes<'_>) -> Result<Entry<'w>> {
    prepare(load, task, |document| {
        Sha256::digest(serde_jcs::to_vec(document).expect("JSON"))
    })
}

pub(crate) fn canonicalizer<'w>(
    _: &str,
    load: &'w Load,
    task: Task,
    _: Nodes<'_>,
) -> Result<Entry<'w>> {
    prepare(load, task, |document| {
        Sha256::digest(serde_json_canonicalizer::to_vec(document).expect("JSON"))
    })
}

fn prepare<'w, S: PartialEq + 'w>(
    load: &'w Load,
    task: Task,
    sum: impl Fn(&Value) -> S + 'w,
) -> Result<Entry<'w>> {
    match (load, task) {
        (Load::Sides(sides), Task::Checksum) => {
            sides.check_sum(&sum)?;
            Ok(Entry::Timed(making(sides.batch(), move || {
                sum(black_box(sides.before()))
            })))
        }
        (Load::Stream(stream), Task::Stream) => {
            check_stream(stream, &sum)?;
            Ok(Entry::Timed(stepping(
                stream,
                || read(&stream.text),
                move |state, at| {
                    stream.sets[at].apply(state).expect("a set that fits");
                    black_box(sum(state));
                },
            )))
        }
        _ => Ok(Entry::Absent),
    }
}

fn check_stream<S: PartialEq>(stream: &Stream, sum: impl Fn(&Value) -> S) -> Result<()> {
    let mut state = read(&stream.text);
    for set in &stream.sets {
        set.apply(&mut state)?;
    }
    ensure!(
        sum(&state) == sum(&stream.after) && sum(&state) != sum(&stream.base),
        "a wrong checksum"
    );
    Ok(())
}
