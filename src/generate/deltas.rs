//! Delta sets that fit a base, and concurrent actions on one.

use super::documents::{
    addition, base, chance, edited, member_name, rewritten, scalar, shuffle, small_document,
};
use crate::{
    delta::{Action, Delta, DeltaSet, Op, Stamp},
    laws::Concurrent,
    path::Path,
};
use arbitrary::{Result, Unstructured};
use serde_json::Value;
use std::ops::RangeInclusive;

/// Names that are told apart by their bytes alone, and the empty one.
const ACTORS: [&str; 6] = ["ann", "bob", "a", "", "\u{ffff}", "\u{10000}"];

fn step(path: &Path, token: &str) -> Path {
    let mut path = path.clone();
    path.push(token);
    path
}

/// A delta set that fits the base, in any order. Now and then it needs normalising (D6, D7).
///
/// # Errors
/// None in practice: where the bytes are spent, the first of the choices is taken.
///
/// ```
/// use arbitrary::Unstructured;
/// let base = serde_json::json!({"hp": 7, "log": ["start"]});
/// let input = [3, 200, 41, 13, 255, 86, 2, 91, 118, 9];
/// let deltas = deltamerge::generate::deltas(&mut Unstructured::new(&input), &base)?;
/// assert!(deltas.normalize(&base).is_ok());
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn deltas(u: &mut Unstructured<'_>, base: &Value) -> Result<DeltaSet> {
    let mut set = vec![];
    let eager = u.int_in_range(0..=3)?;
    slot(u, base, &Path::root(), eager, &mut set)?;
    shuffle(u, &mut set)?;
    Ok(DeltaSet::from(set))
}

/// Deltas at a slot of the base or inside it. The more eager, the more of them.
fn slot(
    u: &mut Unstructured<'_>,
    base: &Value,
    path: &Path,
    eager: u8,
    set: &mut Vec<Delta>,
) -> Result<()> {
    let is_root = path.is_root();
    if !is_root && !chance(u, 5 + 3 * eager)? {
        return Ok(());
    }
    // Changing the root leaves nothing else to say, so it is rare.
    let go_on = if is_root { 15 } else { 11 };
    if (base.is_object() || base.is_array()) && chance(u, go_on)? {
        return within(u, base, path, eager, set);
    }
    let op = match u.int_in_range(0..=9)? {
        0..=3 if !is_root => Op::Remove,
        8 => Op::Change(rewritten(u, base)?),
        9 => Op::Change(edited(u, base)?),
        number if number % 2 == 0 => Op::Change(scalar(u)?),
        _ => Op::Change(small_document(u)?),
    };
    let path = path.clone();
    set.push(Delta { path, op });
    Ok(())
}

/// Deltas inside a container of the base.
fn within(
    u: &mut Unstructured<'_>,
    base: &Value,
    path: &Path,
    eager: u8,
    set: &mut Vec<Delta>,
) -> Result<()> {
    match base {
        Value::Object(members) => {
            for (name, member) in members {
                let here = step(path, name);
                if chance(u, 1)? {
                    // D6: a change, said in two deltas.
                    set.push(Delta::remove(here.clone()));
                    set.push(Delta::add(here, edited(u, member)?));
                } else {
                    slot(u, member, &here, eager, set)?;
                }
            }
            for _ in 0..u.int_in_range(0..=2)? {
                let name = member_name(u)?;
                let here = step(path, &name);
                if members.contains_key(&name) || set.iter().any(|other| other.path == here) {
                    continue;
                }
                set.push(Delta::add(here, addition(u)?));
            }
        }
        Value::Array(elements) => {
            for index in 0..=elements.len() {
                let here = step(path, &index.to_string());
                if chance(u, 2 + eager)? {
                    for _ in 0..u.int_in_range(1..=2)? {
                        let at_end = index == elements.len() && chance(u, 8)?;
                        let gap = if at_end {
                            step(path, "-")
                        } else {
                            here.clone()
                        };
                        let value = if chance(u, 8)? {
                            scalar(u)?
                        } else {
                            small_document(u)?
                        };
                        set.push(Delta::add(gap, value));
                    }
                }
                if let Some(element) = elements.get(index) {
                    slot(u, element, &here, eager, set)?;
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    Ok(())
}

/// The same set, written differently: equal numbers in other forms, members and deltas in another order.
///
/// # Errors
/// As [`deltas`].
///
/// ```
/// use arbitrary::Unstructured;
/// use deltamerge::DeltaSet;
/// use serde_json::json;
/// let base = json!({"a": 0, "b": 0});
/// let set = DeltaSet::from_json(json!([{"op": "change", "path": "/a", "value": 1}, {"op": "remove", "path": "/b"}]))
///     .expect("two deltas");
/// let other = deltamerge::generate::rewritten_deltas(&mut Unstructured::new(&[15, 1]), &set)?;
/// assert_eq!(other.normalize(&base), set.normalize(&base));
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn rewritten_deltas(u: &mut Unstructured<'_>, deltas: &DeltaSet) -> Result<DeltaSet> {
    // What is added in a gap keeps its order; everything else may stand anywhere.
    let is_add = |delta: &Delta| matches!(delta.op, Op::Add(_));
    let (mut adds, mut others): (Vec<Delta>, Vec<Delta>) = deltas.iter().cloned().partition(is_add);
    for delta in adds.iter_mut().chain(&mut others) {
        match &mut delta.op {
            Op::Add(value) | Op::Change(value) => *value = rewritten(u, value)?,
            Op::Remove => {}
        }
    }
    shuffle(u, &mut others)?;
    for other in others {
        adds.insert(u.int_in_range(0..=adds.len())?, other);
    }
    Ok(DeltaSet::from(adds))
}

/// A stamp: few counters and actors, so that their order is often the actor's to settle.
pub(super) fn stamp(u: &mut Unstructured<'_>) -> Result<Stamp> {
    let counter = if chance(u, 1)? {
        u64::MAX
    } else {
        u.int_in_range(0..=3)?
    };
    Ok(Stamp::from((counter, *u.choose(&ACTORS)?)))
}

fn distinct_stamp(u: &mut Unstructured<'_>, actions: &[Action]) -> Result<Stamp> {
    let mut stamp = stamp(u)?;
    while actions.iter().any(|other| other.stamp == stamp) {
        stamp.counter = stamp.counter.wrapping_add(1);
    }
    Ok(stamp)
}

/// Concurrent actions on the base, as many as `count` allows, each with a stamp of its own and in no order. Now and then one
/// does what the one before does.
///
/// # Errors
/// As [`deltas`].
///
/// ```
/// use arbitrary::Unstructured;
/// let base = serde_json::json!({"hp": 7, "log": ["start"]});
/// let actions = deltamerge::generate::actions(&mut Unstructured::new(&[2; 64]), &base, 2..=2)?;
/// assert_eq!(actions.len(), 2);
/// assert!(deltamerge::merge(&base, &actions).is_ok());
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn actions(
    u: &mut Unstructured<'_>,
    base: &Value,
    count: RangeInclusive<usize>,
) -> Result<Vec<Action>> {
    let mut actions: Vec<Action> = vec![];
    for _ in 0..u.int_in_range(count)? {
        let stamp = distinct_stamp(u, &actions)?;
        // The same deltas as somebody else's: equal changes, equal runs.
        let deltas = match actions.last() {
            Some(other) if chance(u, 2)? => rewritten_deltas(u, &other.deltas)?,
            _ => deltas(u, base)?,
        };
        actions.push(Action { stamp, deltas });
    }
    Ok(actions)
}

/// Several concurrent edits of one document: two to four.
///
/// # Errors
/// As [`deltas`].
///
/// ```
/// use arbitrary::Unstructured;
/// let case = deltamerge::generate::concurrent(&mut Unstructured::new(&[1; 64]))?;
/// assert!(case.fits());
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn concurrent(u: &mut Unstructured<'_>) -> Result<Concurrent> {
    let base = base(u)?;
    let mut actions = actions(u, &base, 2..=4)?;
    shuffle(u, &mut actions)?;
    Ok(Concurrent { base, actions })
}

/// So many concurrent edits of *this* document.
///
/// # Errors
/// As [`deltas`].
///
/// ```
/// use arbitrary::Unstructured;
/// let base = serde_json::json!({"hp": 7, "log": ["start"]});
/// let case = deltamerge::generate::concurrent_on(&mut Unstructured::new(&[9; 64]), base, 2)?;
/// assert!(case.fits() && case.actions.len() == 2);
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn concurrent_on(u: &mut Unstructured<'_>, base: Value, sides: usize) -> Result<Concurrent> {
    let mut actions = actions(u, &base, sides..=sides)?;
    shuffle(u, &mut actions)?;
    Ok(Concurrent { base, actions })
}
