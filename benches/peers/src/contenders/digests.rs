//! A limit of an edit whose checksum follows: the edit, and the hashes of spec/checksum.md that tell what it changes. Where they are of is
//! known beforehand, and nothing is kept, no weights either.

use super::own::undo;
use super::{Asked, Entry};
use crate::case::{Load, Task};
use crate::measure::on_shared_with;
use anyhow::Result;
use deltamerge::{Delta, Op, Path, checksum};
use serde_json::Value;
use std::collections::BTreeMap;
use std::hint::black_box;
use xxhash_rust::xxh3::xxh3_128_with_seed;

pub(crate) fn prepare(asked: Asked<'_>) -> Result<Entry<'_>> {
    let (Load::Sides(sides), Task::Apply) = (asked.load, asked.task) else {
        return Ok(Entry::Absent);
    };
    let base = sides.before();
    let deltas = &sides.work.actions[0].deltas;
    let hashes: Vec<Hashes> = deltas.iter().map(|delta| Hashes::of(base, delta)).collect();
    let shifting = shifting(base, deltas);
    Ok(Entry::Timed(on_shared_with(
        sides,
        deltas,
        move |document, deltas| {
            let digests = hashes.iter().map(Hashes::work_out);
            let weights = shifting.iter().map(|count| weights(*count));
            let sum = digests.chain(weights).fold(0, u128::wrapping_add);
            (deltas.apply_and_invert(document), black_box(sum))
        },
        undo,
    )))
}

/// What a checksum needs of one delta: the keys on the way to it (C1), the sums of what comes and what goes (C3).
struct Hashes {
    names: Vec<String>,
    values: Vec<Value>,
}

impl Hashes {
    fn of(base: &Value, delta: &Delta) -> Hashes {
        let gone = match delta.op {
            Op::Add(_) => None,
            Op::Change(_) | Op::Remove => base.pointer(delta.path.as_str()),
        };
        Hashes {
            names: delta.path.tokens().map(Into::into).collect(),
            values: gone.into_iter().chain(delta.op.value()).cloned().collect(),
        }
    }

    fn work_out(&self) -> u128 {
        let keyed = |key: u128, name: &String| {
            xxh3_128_with_seed(name.as_bytes(), key as u64) ^ (key >> 64 << 64)
        };
        let sums = self.values.iter().map(|value| checksum(value).to_u128());
        self.names.iter().fold(0, keyed) ^ sums.fold(0, u128::wrapping_add)
    }
}

/// How many elements shift in each array: from the first on that comes or goes.
fn shifting(base: &Value, deltas: &[Delta]) -> Vec<u64> {
    let mut shifting: BTreeMap<Path, u64> = BTreeMap::new();
    for delta in deltas
        .iter()
        .filter(|delta| !matches!(delta.op, Op::Change(_)))
    {
        let path = delta.path.as_str();
        let (array, index) = path.rsplit_once('/').unwrap_or_default();
        if let (Some(Value::Array(items)), Ok(index)) =
            (base.pointer(array), index.parse::<usize>())
        {
            let array = Path::parse(array).expect("a part of a path");
            shifting
                .entry(array)
                .or_insert((items.len() - index) as u64);
        }
    }
    shifting.into_values().collect()
}

/// The weights of so many elements (C3).
fn weights(count: u64) -> u128 {
    let weight = |index: u64| xxh3_128_with_seed(&index.to_le_bytes(), black_box(1)) | 1;
    (0..count).map(weight).fold(0, u128::wrapping_add)
}
