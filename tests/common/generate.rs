//! Generators: documents, delta sets, actions and rules, drawn from bytes.
//!
//! Everything is a function of [`Unstructured`], so that proptest, a seeded generator and a fuzzer drive the same laws. The alphabets are
//! small, so that deltas of different actions meet; fewer bytes give smaller things, so that shrinking bytes shrinks them.

use super::model::merge::{Action, Rules, Stamp, Verdict};
use super::model::{Delta, Op, Path, equal};
use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};
use std::sync::OnceLock;

/// Member names: plain ones first, then those that look like indices, and those that a pointer escapes.
const NAMES: [&str; 13] = [
    "a", "b", "c", "0", "1", "", "-", "a/b", "m~n", "é", "01", "10", "~1",
];

/// Tokens that fit few places or none.
const STRANGE: [&str; 7] = ["zz", "-", "01", "7", "99999999999999999999999", "", "+1"];

const ACTORS: [&str; 6] = ["ann", "bob", "a", "", "\u{ffff}", "\u{10000}"];

/// How many values a document has at most.
const SIZE: usize = 40;

fn chance(u: &mut Unstructured, of_sixteen: u8) -> Result<bool> {
    Ok(u.int_in_range(0..=15)? >= 16 - of_sixteen)
}

fn scalar(u: &mut Unstructured) -> Result<Value> {
    Ok(match u.int_in_range(0..=25)? {
        0 => Value::Null,
        1 => json!(false),
        2 => json!(true),
        3 | 4 => json!(0),
        5..=7 => json!(1),
        8 => json!(1.0),
        9 => json!(-0.0),
        10 => json!(9_007_199_254_740_993_u64),
        11 => json!(9_007_199_254_740_992.0),
        12 => json!(u64::MAX),
        13 => json!(18_446_744_073_709_551_616.0),
        14 => json!(i64::MIN),
        15 => json!(-9_223_372_036_854_775_808.0),
        16 => json!(0.1),
        17 => json!(1e300),
        18 => json!(-1),
        19 => json!(""),
        20 => json!("é"),
        21..=23 => json!("x"),
        _ => json!("y"),
    })
}

fn name(u: &mut Unstructured) -> Result<String> {
    let most = if chance(u, 4)? { NAMES.len() } else { 4 };
    Ok(NAMES[u.int_in_range(0..=most - 1)?].to_owned())
}

/// A document no deeper than `depth`.
fn value(u: &mut Unstructured, depth: usize, size: &mut usize) -> Result<Value> {
    *size = size.saturating_sub(1);
    let kind = if depth == 0 || *size == 0 {
        0
    } else {
        u.int_in_range(0..=7)?
    };
    match kind {
        0..=2 => scalar(u),
        3..=5 => {
            let mut members = Map::new();
            for _ in 0..u.int_in_range(0..=4)? {
                members.insert(name(u)?, value(u, depth - 1, size)?);
            }
            Ok(members.into())
        }
        _ => {
            let mut elements = vec![];
            for _ in 0..u.int_in_range(0..=4)? {
                elements.push(value(u, depth - 1, size)?);
            }
            Ok(elements.into())
        }
    }
}

/// Any document.
pub fn document(u: &mut Unstructured) -> Result<Value> {
    value(u, 4, &mut SIZE.clone())
}

/// A document to start from: mostly a container, so that there are slots to speak of.
pub fn base(u: &mut Unstructured) -> Result<Value> {
    let first = document(u)?;
    if first.is_array() || first.is_object() || chance(u, 1)? {
        return Ok(first);
    }
    let mut size = SIZE;
    let mut members = Map::new();
    for member in ["a", "b"] {
        members.insert(member.to_owned(), value(u, 3, &mut size)?);
    }
    Ok(members.into())
}

fn small(u: &mut Unstructured) -> Result<Value> {
    value(u, 2, &mut 6)
}

/// A value to add: often an object or an array of few, so that additions at one member meet inside.
fn addition(u: &mut Unstructured) -> Result<Value> {
    match u.int_in_range(0..=3)? {
        0 => scalar(u),
        1 => small(u),
        _ => {
            let mut members = Map::new();
            for _ in 0..u.int_in_range(1..=3)? {
                members.insert(name(u)?, small(u)?);
            }
            Ok(members.into())
        }
    }
}

/// The document, changed here and there: what an editor would leave of it.
pub fn edited(u: &mut Unstructured, value: &Value) -> Result<Value> {
    if chance(u, 2)? {
        return small(u);
    }
    match value {
        Value::Object(members) => {
            let mut result = Map::new();
            for (name, member) in members {
                match u.int_in_range(0..=7)? {
                    0..=3 => drop(result.insert(name.clone(), member.clone())),
                    4..=6 => drop(result.insert(name.clone(), edited(u, member)?)),
                    _ => {}
                }
            }
            if chance(u, 5)? {
                result.insert(name(u)?, small(u)?);
            }
            Ok(result.into())
        }
        Value::Array(elements) => {
            let mut result = vec![];
            for element in elements {
                match u.int_in_range(0..=11)? {
                    0..=5 => result.push(element.clone()),
                    6 | 7 => result.push(edited(u, element)?),
                    8 => result.extend([small(u)?, element.clone()]),
                    9 => result.extend([element.clone(), element.clone()]),
                    10 => result.insert(0, element.clone()),
                    _ => {}
                }
            }
            if chance(u, 4)? {
                result.push(small(u)?);
            }
            Ok(result.into())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            if chance(u, 6)? {
                scalar(u)
            } else {
                Ok(value.clone())
            }
        }
    }
}

/// A document, and another one: equal, nearly equal, or any.
pub fn two_documents(u: &mut Unstructured) -> Result<(Value, Value)> {
    let one = base(u)?;
    let other = match u.int_in_range(0..=5)? {
        0 => document(u)?,
        1 => rewritten(u, &one)?,
        _ => edited(u, &one)?,
    };
    Ok((one, other))
}

/// Two arrays, of which the second is what some edits made of the first: mostly short; now and then of hundreds of elements.
pub fn two_arrays(u: &mut Unstructured) -> Result<(Value, Value)> {
    let long = chance(u, 1)? && chance(u, 4)?;
    let (length, edits) = if long {
        (u.int_in_range(0..=400)?, u.int_in_range(0..=200)?)
    } else {
        (u.int_in_range(0..=10)?, u.int_in_range(0..=8)?)
    };
    let variety = u.int_in_range(1..=if long { 300 } else { 6 })?;
    // The bytes would not reach for hundreds of elements: they are the start of a sequence that looks random.
    let mut state: u32 = if long { u.arbitrary()? } else { 0 };
    let mut next = |u: &mut Unstructured, most: u32| -> Result<u32> {
        if !long {
            return u.int_in_range(0..=most);
        }
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Ok((state >> 8) % (most + 1))
    };
    let mut element = |u: &mut Unstructured| -> Result<Value> {
        let id = next(u, variety)?;
        Ok(match next(u, 2)? {
            0 => json!(id),
            1 => json!({"id": id, "a": next(u, 2)?}),
            _ => json!([id, next(u, 2)?]),
        })
    };
    let mut before = vec![];
    for _ in 0..length {
        before.push(element(u)?);
    }
    let mut after = before.clone();
    for _ in 0..edits {
        let new = element(u)?;
        let at = |u: &mut Unstructured, after: &[Value]| u.int_in_range(0..=after.len());
        match u.int_in_range(0..=3)? {
            0 => after.insert(at(u, &after)?, new),
            1 if !after.is_empty() => drop(after.remove(at(u, &after[1..])?)),
            2 if !after.is_empty() => {
                let from = at(u, &after[1..])?;
                let moved = after.remove(from);
                after.insert(at(u, &after)?, moved);
            }
            _ if !after.is_empty() => {
                let place = at(u, &after[1..])?;
                after[place] = new;
            }
            _ => {}
        }
    }
    Ok((before.into(), after.into()))
}

/// The text of a document as somebody else might write it: with spaces, escapes, and, when asked to, one member twice.
pub fn text(u: &mut Unstructured, value: &Value, twice: &mut bool) -> Result<String> {
    let space = if chance(u, 3)? { " \n" } else { "" };
    Ok(match value {
        Value::Object(members) => {
            let mut parts = vec![];
            for (name, member) in members {
                parts.push(format!(
                    "{}{space}:{}",
                    written_name(u, name)?,
                    text(u, member, twice)?
                ));
            }
            if *twice && !members.is_empty() && chance(u, 8)? {
                *twice = false;
                let name = members
                    .keys()
                    .nth(u.choose_index(members.len())?)
                    .expect("an index of the members");
                let again = small(u)?;
                let again = format!("{}:{}", written_name(u, name)?, text(u, &again, twice)?);
                parts.insert(u.int_in_range(0..=parts.len())?, again);
            }
            format!("{space}{{{}}}", parts.join(","))
        }
        Value::Array(elements) => {
            let mut parts = vec![];
            for element in elements {
                parts.push(text(u, element, twice)?);
            }
            format!("[{space}{}]", parts.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            format!("{value}{space}")
        }
    })
}

/// A member name in quotes, its first character perhaps as an escape.
fn written_name(u: &mut Unstructured, name: &str) -> Result<String> {
    let whole = json!(name).to_string();
    match name.encode_utf16().next() {
        Some(unit) if chance(u, 3)? && unit < 0xd800 => {
            let rest: String = name.chars().skip(1).collect();
            Ok(format!("\"\\u{unit:04x}{}", &json!(rest).to_string()[1..]))
        }
        _ => Ok(whole),
    }
}

/// An equal document, written differently: the other form of a number, another order of members.
pub fn rewritten(u: &mut Unstructured, value: &Value) -> Result<Value> {
    match value {
        Value::Number(number) => {
            let other = match (number.as_f64(), number.as_i64()) {
                (Some(double), None) if double.trunc() == double && double.abs() < 9e15 => {
                    json!(double as i64)
                }
                (_, Some(whole)) if whole.unsigned_abs() <= 1 << 53 => json!(whole as f64),
                _ => value.clone(),
            };
            assert!(equal(&other, value));
            if chance(u, 8)? {
                Ok(other)
            } else {
                Ok(value.clone())
            }
        }
        Value::Array(elements) => elements
            .iter()
            .map(|element| rewritten(u, element))
            .collect(),
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            shuffle(u, &mut names)?;
            let mut result = Map::new();
            for name in names {
                result.insert(name.clone(), rewritten(u, &members[name])?);
            }
            Ok(result.into())
        }
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(value.clone()),
    }
}

/// Puts things in any order; few bytes leave them as they are.
pub fn shuffle<T>(u: &mut Unstructured, things: &mut [T]) -> Result<()> {
    for i in 1..things.len() {
        let back = u.int_in_range(0..=i)?;
        things.swap(i, i - back);
    }
    Ok(())
}

// --- delta sets ------------------------------------------------------------------------------------------------------

fn step(path: &[String], token: impl ToString) -> Path {
    [path, &[token.to_string()]].concat()
}

/// A delta set that fits the base, in any order. Now and then it needs normalising.
pub fn deltas(u: &mut Unstructured, base: &Value) -> Result<Vec<Delta>> {
    let mut set = vec![];
    let eager = u.int_in_range(0..=3)?;
    slot(u, base, &[], eager, &mut set)?;
    shuffle(u, &mut set)?;
    Ok(set)
}

/// Deltas at a slot of the base or inside it. The more eager, the more of them.
fn slot(
    u: &mut Unstructured,
    base: &Value,
    path: &[String],
    eager: u8,
    set: &mut Vec<Delta>,
) -> Result<()> {
    let is_root = path.is_empty();
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
        _ => Op::Change(small(u)?),
    };
    set.push(Delta {
        path: path.to_vec(),
        op,
    });
    Ok(())
}

/// Deltas inside a container of the base.
fn within(
    u: &mut Unstructured,
    base: &Value,
    path: &[String],
    eager: u8,
    set: &mut Vec<Delta>,
) -> Result<()> {
    match base {
        Value::Object(members) => {
            for (name, member) in members {
                let here = step(path, name);
                if chance(u, 1)? {
                    // D6: a change, said in two deltas.
                    set.push(Delta {
                        path: here.clone(),
                        op: Op::Remove,
                    });
                    set.push(Delta {
                        path: here,
                        op: Op::Add(edited(u, member)?),
                    });
                } else {
                    slot(u, member, &here, eager, set)?;
                }
            }
            for _ in 0..u.int_in_range(0..=2)? {
                let here = step(path, name(u)?);
                if members.contains_key(&here[path.len()])
                    || set.iter().any(|other| other.path == here)
                {
                    continue;
                }
                set.push(Delta {
                    path: here,
                    op: Op::Add(addition(u)?),
                });
            }
        }
        Value::Array(elements) => {
            for index in 0..=elements.len() {
                if chance(u, 2 + eager)? {
                    for _ in 0..u.int_in_range(1..=2)? {
                        let at_end = index == elements.len() && chance(u, 8)?;
                        let here = if at_end {
                            step(path, "-")
                        } else {
                            step(path, index)
                        };
                        let value = if chance(u, 8)? { scalar(u)? } else { small(u)? };
                        set.push(Delta {
                            path: here,
                            op: Op::Add(value),
                        });
                    }
                }
                if let Some(element) = elements.get(index) {
                    slot(u, element, &step(path, index), eager, set)?;
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    Ok(())
}

/// All paths that the document has.
pub fn paths(document: &Value) -> Vec<Path> {
    fn walk(value: &Value, path: Path, all: &mut Vec<Path>) {
        match value {
            Value::Object(members) => members
                .iter()
                .for_each(|(name, member)| walk(member, step(&path, name), all)),
            Value::Array(elements) => {
                elements
                    .iter()
                    .enumerate()
                    .for_each(|(index, element)| walk(element, step(&path, index), all));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        all.push(path);
    }
    let mut all = vec![];
    walk(document, vec![], &mut all);
    all.reverse();
    all
}

/// A path that the document has, or nearly has, or does not have.
pub fn path(u: &mut Unstructured, document: &Value) -> Result<Path> {
    let mut path = u.choose(&paths(document))?.clone();
    for _ in 0..u.int_in_range(0..=3)? {
        match u.int_in_range(0..=4)? {
            0 => drop(path.pop()),
            1 => path.push(name(u)?),
            2 => path.push((*u.choose(&STRANGE)?).to_owned()),
            3 => path.push(u.int_in_range(0..=6)?.to_string()),
            _ => {
                if let Some(last) = path.last_mut() {
                    *last = if chance(u, 8)? {
                        name(u)?
                    } else {
                        u.int_in_range(0..=6)?.to_string()
                    };
                }
            }
        }
    }
    Ok(path)
}

fn op(u: &mut Unstructured) -> Result<Op> {
    Ok(match u.int_in_range(0..=2)? {
        0 => Op::Remove,
        1 => Op::Change(small(u)?),
        _ => Op::Add(small(u)?),
    })
}

/// A delta set that may well not fit the base, or any document.
pub fn loose_deltas(u: &mut Unstructured, base: &Value) -> Result<Vec<Delta>> {
    let mut set = deltas(u, base)?;
    for _ in 0..u.int_in_range(0..=2)? {
        if set.is_empty() || chance(u, 8)? {
            set.push(Delta {
                path: path(u, base)?,
                op: op(u)?,
            });
            continue;
        }
        let which = u.choose_index(set.len())?;
        match u.int_in_range(0..=5)? {
            0 => set[which].op = op(u)?,
            1 => set[which].path = path(u, base)?,
            2 => drop(set[which].path.pop()),
            3 => {
                let inside = step(&set[which].path, name(u)?);
                set.push(Delta {
                    path: inside,
                    op: op(u)?,
                });
            }
            4 => {
                let again = Delta {
                    path: set[which].path.clone(),
                    op: op(u)?,
                };
                set.push(again);
            }
            _ => {
                let again = set[which].clone();
                set.push(again);
            }
        }
    }
    shuffle(u, &mut set)?;
    Ok(set)
}

// --- actions ---------------------------------------------------------------------------------------------------------

fn stamp(u: &mut Unstructured) -> Result<Stamp> {
    let counter = if chance(u, 1)? {
        u64::MAX
    } else {
        u.int_in_range(0..=3)?
    };
    Ok((counter, (*u.choose(&ACTORS)?).to_owned()))
}

fn distinct_stamp(u: &mut Unstructured, actions: &[Action]) -> Result<Stamp> {
    let mut stamp = stamp(u)?;
    while actions.iter().any(|other| other.stamp == stamp) {
        stamp.0 = stamp.0.wrapping_add(1);
    }
    Ok(stamp)
}

/// The same set, written differently.
pub fn rewritten_deltas(u: &mut Unstructured, deltas: &[Delta]) -> Result<Vec<Delta>> {
    // What is added in a gap keeps its order; everything else may stand anywhere.
    let (mut adds, mut others): (Vec<Delta>, Vec<Delta>) = deltas
        .iter()
        .cloned()
        .partition(|delta| matches!(delta.op, Op::Add(_)));
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
    Ok(adds)
}

/// A base, and what several actors did to it at once.
#[derive(Clone, Debug)]
pub struct Case {
    pub base: Value,
    /// Distinct stamps, in any order; one action may be there twice.
    pub actions: Vec<Action>,
    pub rules: Rules,
}

impl Case {
    pub fn arbitrary(u: &mut Unstructured) -> Result<Case> {
        let rules = rules(u)?;
        let base = base(u)?;
        let mut actions: Vec<Action> = vec![];
        for _ in 0..u.int_in_range(1..=4)? {
            let stamp = distinct_stamp(u, &actions)?;
            // The same deltas as somebody else's: equal changes, equal runs.
            let deltas = match actions.last() {
                Some(other) if chance(u, 2)? => rewritten_deltas(u, &other.deltas)?,
                _ => deltas(u, &base)?,
            };
            actions.push(Action { stamp, deltas });
        }
        if chance(u, 3)? {
            let again = u.choose(&actions)?;
            let again = Action {
                stamp: again.stamp.clone(),
                deltas: rewritten_deltas(u, &again.deltas)?,
            };
            actions.push(again);
        }
        shuffle(u, &mut actions)?;
        Ok(Case {
            base,
            actions,
            rules,
        })
    }
}

// --- rules -----------------------------------------------------------------------------------------------------------

/// The cells of the table that hang together in a circle.
const BLOCKS: [&[usize]; 4] = [
    &[1, 19],
    &[5, 6, 8],
    &[11, 12, 13, 14, 15, 16, 17],
    &[20, 21, 22, 23, 24, 25, 26],
];

/// For each block, all the verdicts that it may have without going in a circle.
fn coherent_blocks() -> &'static [Vec<Vec<Verdict>>] {
    static COHERENT: OnceLock<Vec<Vec<Vec<Verdict>>>> = OnceLock::new();
    COHERENT.get_or_init(|| {
        let fitting = |cells: &[usize]| {
            let mut all = vec![];
            for number in 0..3_usize.pow(cells.len() as u32) {
                let verdict = |place: usize| {
                    [Verdict::First, Verdict::Second, Verdict::Both]
                        [number / 3_usize.pow(place as u32) % 3]
                };
                let verdicts: Vec<Verdict> = (0..cells.len()).map(verdict).collect();
                let mut rules = Rules::movex();
                cells
                    .iter()
                    .zip(&verdicts)
                    .for_each(|(cell, verdict)| rules.verdicts[cell - 1] = *verdict);
                if rules.is_coherent() {
                    all.push(verdicts);
                }
            }
            all
        };
        BLOCKS.iter().map(|cells| fitting(cells)).collect()
    })
}

/// A rule set without circles: one of the presets, or any other.
pub fn rules(u: &mut Unstructured) -> Result<Rules> {
    let mut rules = match u.int_in_range(0..=7)? {
        0..=3 => Rules::movex(),
        4 => Rules::remove_wins(),
        5 => Rules::first_wins(),
        _ => {
            let mut rules = Rules::movex();
            for (cells, fitting) in BLOCKS.iter().zip(coherent_blocks()) {
                let verdicts = u.choose(fitting)?;
                cells
                    .iter()
                    .zip(verdicts)
                    .for_each(|(cell, verdict)| rules.verdicts[cell - 1] = *verdict);
            }
            rules.verdicts[9] = *u.choose(&[Verdict::Both, Verdict::First, Verdict::Second])?;
            rules
        }
    };
    rules.collapse = chance(u, 4)?;
    Ok(rules)
}

/// Any 27 verdicts, most of them coherent with the presets.
pub fn loose_rules(u: &mut Unstructured) -> Result<Rules> {
    let mut rules = rules(u)?;
    for _ in 0..u.int_in_range(0..=4)? {
        let cell = u.choose_index(27)?;
        rules.verdicts[cell] = *u.choose(&[Verdict::First, Verdict::Second, Verdict::Both])?;
    }
    Ok(rules)
}
