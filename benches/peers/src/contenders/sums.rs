//! Checksums of a document's text. In a stream the text is written and summed anew after each action.

use super::own::stepping;
use super::{Asked, Entry};
use crate::case::{Load, Task};
use crate::measure::making;
use crate::workloads::{Stream, read};
use anyhow::{Result, ensure};
use md5::Md5;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::hint::black_box;
use xxhash_rust::xxh3::xxh3_128;

fn written(document: &Value) -> Vec<u8> {
    serde_json::to_vec(document).expect("JSON")
}

pub(crate) fn xxh3(asked: Asked<'_>) -> Result<Entry<'_>> {
    prepare(asked, |document| xxh3_128(&written(document)))
}

pub(crate) fn md5(asked: Asked<'_>) -> Result<Entry<'_>> {
    prepare(asked, |document| Md5::digest(written(document)))
}

pub(crate) fn jcs(asked: Asked<'_>) -> Result<Entry<'_>> {
    prepare(asked, |document| {
        Sha256::digest(serde_jcs::to_vec(document).expect("JSON"))
    })
}

pub(crate) fn canonicalizer(asked: Asked<'_>) -> Result<Entry<'_>> {
    prepare(asked, |document| {
        Sha256::digest(serde_json_canonicalizer::to_vec(document).expect("JSON"))
    })
}

/// A whole document's checksum.
pub(crate) fn whole<'w, S: PartialEq + 'w>(
    asked: Asked<'w>,
    sum: impl Fn(&Value) -> S + 'w,
) -> Result<Entry<'w>> {
    let (Load::Sides(sides), Task::Checksum) = (asked.load, asked.task) else {
        return Ok(Entry::Absent);
    };
    sides.check_sum(&sum)?;
    Ok(Entry::Timed(making(sides.batch(), move || {
        sum(black_box(sides.before()))
    })))
}

fn prepare<'w, S: PartialEq + 'w>(
    asked: Asked<'w>,
    sum: impl Fn(&Value) -> S + 'w,
) -> Result<Entry<'w>> {
    let Load::Stream(stream) = asked.load else {
        return whole(asked, sum);
    };
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
