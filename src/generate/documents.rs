//! Documents, edited documents, and equal documents that are written differently.

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

/// Member names: plain ones first, then those that look like indices, and those that a pointer escapes.
const NAMES: [&str; 13] = [
    "a", "b", "c", "0", "1", "", "-", "a/b", "m~n", "é", "01", "10", "~1",
];

/// How many values a document has at most.
const SIZE: usize = 40;

/// True in so many of sixteen cases; false where the bytes are spent.
pub(super) fn chance(u: &mut Unstructured<'_>, of_sixteen: u8) -> Result<bool> {
    Ok(u.int_in_range(0..=15)? >= 16 - of_sixteen)
}

/// A document that is no container: often one of a few, so that values are equal; otherwise one at an edge of the numbers.
///
/// # Errors
/// None in practice: where the bytes are spent, the first of the choices is taken.
///
/// ```
/// use arbitrary::Unstructured;
/// let scalar = deltamerge::generate::scalar(&mut Unstructured::new(&[11]))?;
/// assert_eq!(scalar, 9_007_199_254_740_992.0);
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn scalar(u: &mut Unstructured<'_>) -> Result<Value> {
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

/// A member name: one of few, so that they meet; now and then one that looks like an index, or that a pointer escapes.
///
/// # Errors
/// As [`scalar`].
///
/// ```
/// use arbitrary::Unstructured;
/// assert_eq!(deltamerge::generate::member_name(&mut Unstructured::new(&[15, 7]))?, "a/b");
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn member_name(u: &mut Unstructured<'_>) -> Result<String> {
    let most = if chance(u, 4)? { NAMES.len() } else { 4 };
    Ok(NAMES[u.int_in_range(0..=most - 1)?].to_owned())
}

/// A document no deeper than `depth`.
fn value(u: &mut Unstructured<'_>, depth: usize, size: &mut usize) -> Result<Value> {
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
                members.insert(member_name(u)?, value(u, depth - 1, size)?);
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

/// Any document: at most four containers deep, with at most forty containers and about as many scalars.
///
/// # Errors
/// As [`scalar`].
///
/// ```
/// use arbitrary::Unstructured;
/// let document = deltamerge::generate::document(&mut Unstructured::new(&[6, 2, 0, 5, 0, 21]))?;
/// assert_eq!(document, serde_json::json!([1, "x"]));
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn document(u: &mut Unstructured<'_>) -> Result<Value> {
    value(u, 4, &mut SIZE.clone())
}

/// A document to start from: mostly a container, so that there are slots to speak of.
///
/// # Errors
/// As [`scalar`].
///
/// ```
/// use arbitrary::Unstructured;
/// let base = deltamerge::generate::base(&mut Unstructured::new(&[]))?;
/// assert_eq!(base, serde_json::json!({"a": null, "b": null}));
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn base(u: &mut Unstructured<'_>) -> Result<Value> {
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

/// A document of a few values, to write somewhere.
///
/// # Errors
/// As [`scalar`].
///
/// ```
/// use arbitrary::Unstructured;
/// assert_eq!(deltamerge::generate::small_document(&mut Unstructured::new(&[3, 0]))?, serde_json::json!({}));
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn small_document(u: &mut Unstructured<'_>) -> Result<Value> {
    value(u, 2, &mut 6)
}

/// A value to add: often an object or an array of few, so that additions at one member meet inside.
pub(super) fn addition(u: &mut Unstructured<'_>) -> Result<Value> {
    match u.int_in_range(0..=3)? {
        0 => scalar(u),
        1 => small_document(u),
        _ => {
            let mut members = Map::new();
            for _ in 0..u.int_in_range(1..=3)? {
                members.insert(member_name(u)?, small_document(u)?);
            }
            Ok(members.into())
        }
    }
}

/// The document, changed here and there: what an editor would leave of it.
///
/// # Errors
/// As [`scalar`].
///
/// ```
/// use arbitrary::Unstructured;
/// use serde_json::json;
/// let edited = deltamerge::generate::edited(&mut Unstructured::new(&[0, 7, 0]), &json!({"a": 1, "b": 2}))?;
/// assert_eq!(edited, json!({"b": 2}));
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn edited(u: &mut Unstructured<'_>, document: &Value) -> Result<Value> {
    if chance(u, 2)? {
        return small_document(u);
    }
    match document {
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
                result.insert(member_name(u)?, small_document(u)?);
            }
            Ok(result.into())
        }
        Value::Array(elements) => {
            let mut result = vec![];
            for element in elements {
                match u.int_in_range(0..=11)? {
                    0..=5 => result.push(element.clone()),
                    6 | 7 => result.push(edited(u, element)?),
                    8 => result.extend([small_document(u)?, element.clone()]),
                    9 => result.extend([element.clone(), element.clone()]),
                    10 => result.insert(0, element.clone()),
                    _ => {}
                }
            }
            if chance(u, 4)? {
                result.push(small_document(u)?);
            }
            Ok(result.into())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            if chance(u, 6)? {
                scalar(u)
            } else {
                Ok(document.clone())
            }
        }
    }
}

/// A document to start from, and another one: equal, nearly equal, or any.
///
/// # Errors
/// As [`scalar`].
///
/// ```
/// use arbitrary::Unstructured;
/// let (before, after) = deltamerge::generate::two_documents(&mut Unstructured::new(&[4, 1, 0, 0, 5, 1]))?;
/// let deltas = deltamerge::diff(&before, &after).expect("they are not deep");
/// assert_eq!(deltamerge::apply(&before, &deltas), Ok(after));
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn two_documents(u: &mut Unstructured<'_>) -> Result<(Value, Value)> {
    let one = base(u)?;
    let other = match u.int_in_range(0..=5)? {
        0 => document(u)?,
        1 => rewritten(u, &one)?,
        _ => edited(u, &one)?,
    };
    Ok((one, other))
}

/// Two arrays, of which the second is what some edits made of the first: mostly short; now and then of hundreds of elements.
///
/// # Errors
/// As [`scalar`].
///
/// ```
/// use arbitrary::Unstructured;
/// let (before, after) = deltamerge::generate::two_arrays(&mut Unstructured::new(&[1, 0, 2, 1]))?;
/// assert!(before.is_array() && after.is_array());
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn two_arrays(u: &mut Unstructured<'_>) -> Result<(Value, Value)> {
    let long = chance(u, 1)? && chance(u, 4)?;
    let (length, edits) = if long {
        (u.int_in_range(0..=400)?, u.int_in_range(0..=200)?)
    } else {
        (u.int_in_range(0..=10)?, u.int_in_range(0..=8)?)
    };
    let variety = u.int_in_range(1..=if long { 300 } else { 6 })?;
    // The bytes would not reach for hundreds of elements: they are the start of a sequence that looks random.
    let mut state: u32 = if long { u.arbitrary()? } else { 0 };
    let mut next = |u: &mut Unstructured<'_>, most: u32| -> Result<u32> {
        if !long {
            return u.int_in_range(0..=most);
        }
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Ok((state >> 8) % (most + 1))
    };
    let mut element = |u: &mut Unstructured<'_>| -> Result<Value> {
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
        let at = |u: &mut Unstructured<'_>, after: &[Value]| u.int_in_range(0..=after.len());
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

/// An equal document, written differently: the other form of a number, another order of members.
///
/// # Errors
/// As [`scalar`].
///
/// ```
/// use arbitrary::Unstructured;
/// use serde_json::json;
/// let rewritten = deltamerge::generate::rewritten(&mut Unstructured::new(&[15]), &json!([1, 2]))?;
/// assert_eq!(rewritten, json!([1.0, 2]));
/// assert!(deltamerge::equal(&rewritten, &json!([1, 2])));
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn rewritten(u: &mut Unstructured<'_>, document: &Value) -> Result<Value> {
    match document {
        Value::Number(number) => {
            let other = match (number.as_f64(), number.as_i64()) {
                (Some(double), None) if double.trunc() == double && double.abs() < 9e15 => {
                    json!(double as i64)
                }
                (_, Some(whole)) if whole.unsigned_abs() <= 1 << 53 => json!(whole as f64),
                _ => document.clone(),
            };
            if chance(u, 8)? {
                Ok(other)
            } else {
                Ok(document.clone())
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
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(document.clone()),
    }
}

/// Puts things in any order; few bytes leave them as they are.
///
/// # Errors
/// As [`scalar`].
///
/// ```
/// use arbitrary::Unstructured;
/// let mut things = ["a", "b", "c"];
/// deltamerge::generate::shuffle(&mut Unstructured::new(&[1, 0]), &mut things)?;
/// assert_eq!(things, ["b", "a", "c"]);
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn shuffle<T>(u: &mut Unstructured<'_>, things: &mut [T]) -> Result<()> {
    for i in 1..things.len() {
        let back = u.int_in_range(0..=i)?;
        things.swap(i, i - back);
    }
    Ok(())
}
