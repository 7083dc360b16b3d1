//! The model: what `spec/` says, written down once more, slowly and obviously.
//!
//! It shares no code with the library. It knows the wire form, works on plain data of its own, copies whatever it likes and
//! looks at everything as often as it likes. Where the library and the model differ, `spec/` says which of them is wrong.
//!
//! This file is `spec/delta.md` and `spec/checksum.md`; [`merge`] is `spec/resolution.md`.

use serde_json::{Map, Number, Value, json};
use std::cmp::Ordering;

pub mod merge;

/// The depth that documents may have (N4).
pub const DEPTH: usize = 128;

// --- documents -------------------------------------------------------------------------------------------------------

/// The value of a number (N3).
#[derive(Clone, Debug, PartialEq)]
pub enum Numeral {
    Whole(i128),
    Double(f64),
    Text(String),
}

pub fn numeral(number: &Number) -> Numeral {
    if let Some(whole) = number.as_i64() {
        return Numeral::Whole(whole.into());
    }
    if let Some(whole) = number.as_u64() {
        return Numeral::Whole(whole.into());
    }
    let range = (i64::MIN as f64)..(u64::MAX as f64);
    match number.as_f64() {
        Some(double) if double.trunc() == double && range.contains(&double) => {
            Numeral::Whole(double as i128)
        }
        Some(double) if double.is_finite() => Numeral::Double(double),
        Some(_) | None => Numeral::Text(number.to_string()),
    }
}

/// The equality of documents (N2).
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => numeral(a) == numeral(b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && (0..a.len()).all(|i| equal(&a[i], &b[i]))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.keys().all(|name| b.contains_key(name))
                && b.keys().all(|name| a.contains_key(name))
                && a.keys().all(|name| equal(&a[name], &b[name]))
        }
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        _ => false,
    }
}

/// The number of containers on the way to the deepest value (N4).
pub fn depth(value: &Value) -> usize {
    match value {
        Value::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// The checksum of a document (C1 to C3), as 32 hexadecimal digits.
pub fn checksum(document: &Value) -> String {
    format!("{:032x}", total(document, hash(0, &[])))
}

fn hash(seed: u64, bytes: &[u8]) -> u128 {
    twox_hash::XxHash3_128::oneshot_with_seed(seed, bytes)
}

fn keyed(key: u128, bytes: &[u8]) -> u128 {
    hash(key as u64, bytes) ^ (key >> 64 << 64)
}

/// The sum of a value that has this key.
fn total(value: &Value, key: u128) -> u128 {
    let halves = |hash: u128| (hash as u64, (hash >> 64) as u64);
    let (first, second) = match value {
        Value::Null => (0, 1),
        Value::Bool(false) => (0, 2),
        Value::Bool(true) => (0, 3),
        Value::Number(number) => match numeral(number) {
            Numeral::Whole(whole) if whole >= 0 => (whole as u64, 4),
            Numeral::Whole(whole) => (whole as u64, 5),
            Numeral::Double(double) => (double.to_bits(), 6),
            Numeral::Text(text) => halves(hash(9, text.as_bytes())),
        },
        Value::String(text) => halves(hash(0, text.as_bytes())),
        Value::Array(_) => (0, 7),
        Value::Object(_) => (0, 8),
    };
    let (first_key, second_key) = halves(key);
    let factors = [(first, first_key), (second, second_key)]
        .map(|(word, key)| u128::from(word.wrapping_add(key)));
    let mut total = factors[0] * factors[1];
    if let Value::Array(elements) = value {
        for (index, element) in elements.iter().enumerate() {
            let weight = keyed(key, &(index as u64).to_le_bytes()) | 1;
            let element = self::total(element, keyed(key, &[0xff]));
            total = total.wrapping_add(weight.wrapping_mul(element));
        }
    }
    if let Value::Object(members) = value {
        for (name, member) in members {
            total = total.wrapping_add(self::total(member, keyed(key, name.as_bytes())));
        }
    }
    total
}

// --- paths -----------------------------------------------------------------------------------------------------------

/// The tokens of a path.
pub type Path = Vec<String>;

/// Reads a JSON Pointer (P1).
pub fn parse_path(text: &str) -> Option<Path> {
    if text.is_empty() {
        return Some(vec![]);
    }
    let mut tokens = text.split('/');
    if tokens.next() != Some("") {
        return None;
    }
    tokens
        .map(|written| {
            let good = written
                .split('~')
                .skip(1)
                .all(|after| after.starts_with(['0', '1']));
            good.then(|| written.replace("~1", "/").replace("~0", "~"))
        })
        .collect()
}

pub fn path_text(path: &[String]) -> String {
    path.iter()
        .map(|token| format!("/{}", token.replace('~', "~0").replace('/', "~1")))
        .collect()
}

/// Whether a token is a decimal integer without leading zeros: of any size.
fn is_integer(token: &str) -> bool {
    token == "0"
        || (!token.starts_with('0')
            && !token.is_empty()
            && token.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Document order of two tokens at one place (P4).
pub fn token_order(a: &str, b: &str) -> Ordering {
    match (is_integer(a), is_integer(b)) {
        (true, true) => a.len().cmp(&b.len()).then(a.cmp(b)),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.chars().cmp(b.chars()),
    }
}

/// Document order of two paths (P4).
pub fn path_order(a: &[String], b: &[String]) -> Ordering {
    for (a, b) in a.iter().zip(b) {
        match token_order(a, b) {
            Ordering::Equal => {}
            other => return other,
        }
    }
    a.len().cmp(&b.len())
}

/// The value at a path, where the document has one.
pub fn value_at<'a>(document: &'a Value, path: &[String]) -> Option<&'a Value> {
    let Some((token, rest)) = path.split_first() else {
        return Some(document);
    };
    match document {
        Value::Object(members) => value_at(members.get(token)?, rest),
        Value::Array(elements) if is_integer(token) => {
            value_at(elements.get(token.parse::<usize>().ok()?)?, rest)
        }
        _ => None,
    }
}

fn join_path(path: &[String], token: impl ToString) -> Path {
    [path, &[token.to_string()]].concat()
}

/// Whether `path` goes on beyond `outer`.
fn is_inside(path: &[String], outer: &[String]) -> bool {
    path.len() > outer.len() && path.starts_with(outer)
}

// --- deltas ----------------------------------------------------------------------------------------------------------

#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    Add(Value),
    Change(Value),
    Remove,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Delta {
    pub path: Path,
    pub op: Op,
}

impl Delta {
    /// Reads the wire form (D1 to D4).
    pub fn parse(wire: &Value) -> Result<Delta, &'static str> {
        let fields = wire.as_object().ok_or("bad-delta")?;
        let op = match (
            fields.get("op").and_then(Value::as_str),
            fields.get("value"),
        ) {
            (Some("add"), Some(value)) => Op::Add(value.clone()),
            (Some("change"), Some(value)) => Op::Change(value.clone()),
            (Some("remove"), None) => Op::Remove,
            _ => return Err("bad-delta"),
        };
        if fields
            .keys()
            .any(|name| !["op", "path", "value"].contains(&name.as_str()))
        {
            return Err("bad-delta");
        }
        let path = fields
            .get("path")
            .and_then(Value::as_str)
            .ok_or("bad-delta")?;
        Ok(Delta {
            path: parse_path(path).ok_or("bad-path")?,
            op,
        })
    }

    pub fn wire(&self) -> Value {
        let path = path_text(&self.path);
        match &self.op {
            Op::Add(value) => json!({"op": "add", "path": path, "value": value}),
            Op::Change(value) => json!({"op": "change", "path": path, "value": value}),
            Op::Remove => json!({"op": "remove", "path": path}),
        }
    }

    fn value(&self) -> Option<&Value> {
        match &self.op {
            Op::Add(value) | Op::Change(value) => Some(value),
            Op::Remove => None,
        }
    }

    fn is_add(&self) -> bool {
        matches!(self.op, Op::Add(_))
    }
}

pub fn wire(deltas: &[Delta]) -> Value {
    deltas.iter().map(Delta::wire).collect()
}

/// Whether two lists of deltas say the same in the same order, by the equality of documents.
pub fn equal_deltas(a: &[Delta], b: &[Delta]) -> bool {
    equal(&wire(a), &wire(b))
}

/// One thing that is wrong with the input. Of several, the specification does not say which is to be reported: functions of
/// the model give them all, and a report is right when it is one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub code: &'static str,
    pub path: Option<String>,
}

fn fault(code: &'static str, path: &[String]) -> Fault {
    Fault {
        code,
        path: Some(path_text(path)),
    }
}

/// What the last token of a path speaks of.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    /// The whole document.
    Root,
    /// A member of an object, there or not.
    Member { there: bool },
    /// An index of an array, which has so many elements. `None` stands for one too large to count with.
    Index { index: Option<usize>, length: usize },
    /// There is no container of its kind.
    Nowhere,
}

fn place(base: &Value, delta: &Delta) -> Place {
    let Some((token, above)) = delta.path.split_last() else {
        return Place::Root;
    };
    match value_at(base, above) {
        Some(Value::Object(members)) => Place::Member {
            there: members.contains_key(token),
        },
        Some(Value::Array(elements)) if token == "-" && delta.is_add() => Place::Index {
            index: Some(elements.len()),
            length: elements.len(),
        },
        Some(Value::Array(elements)) if is_integer(token) => Place::Index {
            index: token.parse().ok(),
            length: elements.len(),
        },
        _ => Place::Nowhere,
    }
}

/// Whether the delta is an ADD in a gap.
fn is_in_gap(base: &Value, delta: &Delta) -> bool {
    delta.is_add() && matches!(place(base, delta), Place::Index { .. })
}

/// Whether the delta is at a slot. A gap is none, and where there is no container there is none.
fn is_at_slot(base: &Value, delta: &Delta) -> bool {
    !is_in_gap(base, delta) && place(base, delta) != Place::Nowhere
}

/// The other half of a pair of REMOVE and ADD of one member (D6), where the delta is of such a pair.
fn partner<'a>(base: &Value, delta: &Delta, deltas: &'a [Delta]) -> Option<&'a Delta> {
    let wanted = |other: &&Delta| {
        other.path == delta.path
            && matches!(
                (&delta.op, &other.op),
                (Op::Add(_), Op::Remove) | (Op::Remove, Op::Add(_))
            )
    };
    match place(base, delta) {
        Place::Member { there: true } => deltas.iter().find(wanted),
        Place::Member { there: false } | Place::Root | Place::Index { .. } | Place::Nowhere => None,
    }
}

/// Whether the delta fits the base (D1 to D3, D6).
fn fits(base: &Value, delta: &Delta, deltas: &[Delta]) -> bool {
    match (place(base, delta), &delta.op) {
        (Place::Root, op) => matches!(op, Op::Change(_)),
        (Place::Member { there }, Op::Change(_) | Op::Remove) => there,
        (Place::Member { there }, Op::Add(_)) => !there || partner(base, delta, deltas).is_some(),
        (Place::Index { index, length }, Op::Add(_)) => index.is_some_and(|index| index <= length),
        (Place::Index { index, length }, Op::Change(_) | Op::Remove) => {
            index.is_some_and(|index| index < length)
        }
        (Place::Nowhere, _) => false,
    }
}

/// E8 and E9 (D5).
fn clashes(base: &Value, deltas: &[Delta]) -> Vec<Fault> {
    let mut faults = vec![];
    for (i, one) in deltas
        .iter()
        .enumerate()
        .filter(|(_, one)| is_at_slot(base, one))
    {
        for (j, other) in deltas.iter().enumerate() {
            if i < j && one.path == other.path && is_at_slot(base, other) {
                let here = deltas
                    .iter()
                    .filter(|third| third.path == one.path && is_at_slot(base, third))
                    .count();
                let is_pair = matches!(
                    (&one.op, &other.op),
                    (Op::Add(_), Op::Remove) | (Op::Remove, Op::Add(_))
                );
                if !(is_pair && here == 2 && !one.path.is_empty()) {
                    faults.push(fault("same-slot", &one.path));
                }
            }
            if is_inside(&other.path, &one.path) {
                faults.push(fault("inside-another", &other.path));
            }
        }
    }
    faults
}

/// E3: values that would lie too deep.
fn depths(base: &Value, deltas: &[Delta]) -> Vec<Fault> {
    let mut faults = vec![];
    if depth(base) > DEPTH {
        faults.push(Fault {
            code: "too-deep",
            path: None,
        });
    }
    for delta in deltas {
        if delta
            .value()
            .is_some_and(|value| delta.path.len() + depth(value) > DEPTH)
        {
            faults.push(fault("too-deep", &delta.path));
        }
    }
    faults
}

/// The order of a canonical set (D7): document order, a gap's adds before the element behind it.
pub fn in_order(base: &Value, mut deltas: Vec<Delta>) -> Vec<Delta> {
    deltas.sort_by(|a, b| {
        path_order(&a.path, &b.path).then(is_in_gap(base, b).cmp(&is_in_gap(base, a)))
    });
    deltas
}

/// The set with its pairs of D6 as CHANGEs, and with indices for `-`; or all that is wrong with it.
fn checked(base: &Value, deltas: &[Delta]) -> Result<Vec<Delta>, Vec<Fault>> {
    let mut faults = depths(base, deltas);
    faults.extend(clashes(base, deltas));
    faults.extend(
        deltas
            .iter()
            .filter(|delta| !fits(base, delta, deltas))
            .map(|delta| fault("does-not-fit", &delta.path)),
    );
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut set = vec![];
    for delta in deltas {
        let mut delta = delta.clone();
        if partner(base, &delta, deltas).is_some() {
            match delta.op {
                Op::Add(value) => delta.op = Op::Change(value),
                Op::Change(_) | Op::Remove => continue,
            }
        }
        if let Place::Index {
            index: Some(index), ..
        } = place(base, &delta)
        {
            *delta.path.last_mut().unwrap() = index.to_string();
        }
        set.push(delta);
    }
    Ok(in_order(base, set))
}

/// What the difference of two arrays is, the model does not know: there is more than one right answer.
pub type ArrayDiff<'a> = &'a dyn Fn(&Value, &Value) -> Vec<Delta>;

/// The canonical form of a set (D7).
pub fn canonical(
    base: &Value,
    deltas: &[Delta],
    diff: ArrayDiff,
) -> Result<Vec<Delta>, Vec<Fault>> {
    let mut set = vec![];
    for delta in checked(base, deltas)? {
        match &delta.op {
            Op::Change(after) => {
                set.extend(difference(
                    value_at(base, &delta.path).unwrap(),
                    after,
                    &delta.path,
                    diff,
                ));
            }
            Op::Add(_) | Op::Remove => set.push(delta),
        }
    }
    Ok(in_order(base, set))
}

/// The canonical deltas that lead from one value at a path to another, in any order.
pub fn difference(before: &Value, after: &Value, path: &[String], diff: ArrayDiff) -> Vec<Delta> {
    if equal(before, after) {
        return vec![];
    }
    let mut set = vec![];
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, old) in before {
                match after.get(name) {
                    Some(new) => set.extend(difference(old, new, &join_path(path, name), diff)),
                    None => set.push(Delta {
                        path: join_path(path, name),
                        op: Op::Remove,
                    }),
                }
            }
            for (name, new) in after {
                if !before.contains_key(name) {
                    set.push(Delta {
                        path: join_path(path, name),
                        op: Op::Add(new.clone()),
                    });
                }
            }
        }
        (Value::Array(_), Value::Array(_)) => {
            for delta in diff(before, after) {
                set.push(Delta {
                    path: [path, &delta.path].concat(),
                    op: delta.op,
                });
            }
        }
        _ => set.push(Delta {
            path: path.to_vec(),
            op: Op::Change(after.clone()),
        }),
    }
    set
}

/// Whether a set is canonical as it stands.
pub fn is_canonical(base: &Value, deltas: &[Delta]) -> bool {
    let kept = |delta: &Delta| match (&delta.op, value_at(base, &delta.path)) {
        (Op::Change(after), Some(before)) => {
            let one_kind =
                before.is_array() && after.is_array() || before.is_object() && after.is_object();
            !one_kind && !equal(before, after)
        }
        _ => true,
    };
    deltas.iter().all(kept) && checked(base, deltas).is_ok_and(|set| set == deltas)
}

// --- application -----------------------------------------------------------------------------------------------------

/// The document with the deltas (Y1).
pub fn apply(base: &Value, deltas: &[Delta]) -> Result<Value, Vec<Fault>> {
    Ok(built(base, &[], &checked(base, deltas)?).expect("nothing removes the root"))
}

/// What becomes of a value that the base has at a path, under deltas that fit: `None` when it is removed.
fn built(value: &Value, path: &[String], deltas: &[Delta]) -> Option<Value> {
    for delta in deltas {
        match &delta.op {
            Op::Change(new) if delta.path == path => return Some(new.clone()),
            Op::Remove if delta.path == path => return None,
            Op::Add(_) | Op::Change(_) | Op::Remove => {}
        }
    }
    Some(match value {
        Value::Object(members) => {
            let mut result = Map::new();
            for (name, member) in members {
                if let Some(member) = built(member, &join_path(path, name), deltas) {
                    result.insert(name.clone(), member);
                }
            }
            for delta in deltas {
                if let (Op::Add(new), Some((name, above))) = (&delta.op, delta.path.split_last())
                    && above == path
                {
                    result.insert(name.clone(), new.clone());
                }
            }
            Value::Object(result)
        }
        Value::Array(elements) => {
            let mut result = vec![];
            for index in 0..=elements.len() {
                let here = join_path(path, index);
                for delta in deltas {
                    if let (Op::Add(new), true) = (&delta.op, delta.path == here) {
                        result.push(new.clone());
                    }
                }
                if let Some(element) = elements.get(index) {
                    let not_in_gap: Vec<Delta> = deltas
                        .iter()
                        .filter(|delta| !(delta.is_add() && delta.path == here))
                        .cloned()
                        .collect();
                    result.extend(built(element, &here, &not_in_gap));
                }
            }
            Value::Array(result)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    })
}

/// A delta that lenient application took differently (Y4).
#[derive(Clone, Debug, PartialEq)]
pub struct Adjustment {
    pub index: usize,
    pub delta: Delta,
    pub became: &'static str,
}

impl Adjustment {
    pub fn wire(&self) -> Value {
        json!({"index": self.index, "delta": self.delta.wire(), "became": self.became})
    }
}

/// The document with the deltas as far as they still make sense, and what was made of the others (Y3, Y4).
pub fn apply_leniently(
    base: &Value,
    deltas: &[Delta],
) -> Result<(Value, Vec<Adjustment>), Vec<Fault>> {
    let mut faults = depths(base, deltas);
    faults.extend(clashes(base, deltas));
    for delta in deltas {
        if delta.path.is_empty() && delta.op == Op::Remove {
            faults.push(fault("does-not-fit", &[]));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut report = vec![];
    let mut set: Vec<Delta> = vec![];
    for (index, delta) in deltas.iter().enumerate() {
        let mut taken = Some(delta.clone());
        let mut became = None;
        let at_end = |length: usize, op: Op| {
            let (_, above) = delta.path.split_last().unwrap();
            Some(Delta {
                path: join_path(above, length),
                op,
            })
        };
        if !fits(base, delta, deltas) {
            (became, taken) = match (place(base, delta), &delta.op) {
                (Place::Root | Place::Member { .. }, Op::Add(value)) => (
                    Some("change"),
                    Some(Delta {
                        path: delta.path.clone(),
                        op: Op::Change(value.clone()),
                    }),
                ),
                (Place::Root | Place::Member { .. }, Op::Change(value)) => (
                    Some("add"),
                    Some(Delta {
                        path: delta.path.clone(),
                        op: Op::Add(value.clone()),
                    }),
                ),
                (Place::Index { length, .. }, Op::Add(value) | Op::Change(value)) => {
                    (Some("add"), at_end(length, Op::Add(value.clone())))
                }
                (Place::Root | Place::Member { .. } | Place::Index { .. }, Op::Remove) => {
                    (Some("done"), None)
                }
                (Place::Nowhere, _) => (Some("dropped"), None),
            };
        }
        if let Some(became) = became {
            report.push(Adjustment {
                index,
                delta: delta.clone(),
                became,
            });
        }
        set.extend(taken);
    }
    Ok((apply(base, &set)?, report))
}
