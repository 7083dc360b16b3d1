//! What the simulated users do to a document.

use super::choices::Choices;
use crate::{
    delta::{DeltaSet, diff::diff},
    generate::deltas,
};
use arbitrary::Unstructured;
use serde_json::{Value, json};

/// Up to how many values a document grows.
const LARGEST: usize = 60;

/// The document that a run begins with.
pub(super) fn document(choices: &mut Choices) -> Value {
    match choices.below(4) {
        0 => json!({"a": [1, 2, 3], "b": {"c": 1}, "d": "x"}),
        1 => (0..40).map(Value::from).collect(),
        2 => {
            let member = |number: u32| (format!("m{number}"), json!([number]));
            Value::Object((0..20).map(member).collect())
        }
        _ => Value::Null,
    }
}

/// An action that fits the document: a few plain changes, or what the generators draw.
pub(super) fn edit(choices: &mut Choices, document: &Value) -> DeltaSet {
    if choices.below(2) == 1 && pointers(document).len() < LARGEST {
        return generated(choices, document);
    }
    let mut after = document.clone();
    for _ in 0..=choices.below(3) {
        change(choices, &mut after);
    }
    // What was within the bound is within it still.
    diff(document, &after).unwrap_or_default()
}

/// A set of deltas with all that is nasty, in any order, now and then not canonical.
fn generated(choices: &mut Choices, document: &Value) -> DeltaSet {
    let length = choices.below(32);
    let drawn: Vec<u8> = (0..length)
        .filter_map(|_| u8::try_from(choices.below(256)).ok())
        .collect();
    deltas(&mut Unstructured::new(&drawn), document).unwrap_or_default()
}

fn change(choices: &mut Choices, document: &mut Value) {
    let pointer = place(choices, document);
    let may_grow = pointers(document).len() < LARGEST;
    let value = value(choices);
    match document.pointer_mut(&pointer) {
        Some(Value::Object(members)) => {
            let name = ["a", "b", "c", "m7", "/"][choices.below(5)];
            if choices.below(3) == 2 || !may_grow {
                members.remove(name);
            } else {
                members.insert(name.to_owned(), value);
            }
        }
        Some(Value::Array(elements)) => {
            let index = choices.below(elements.len() + 1);
            if index < elements.len() && (choices.below(5) > 2 || !may_grow) {
                elements.remove(index);
            } else if may_grow {
                elements.insert(index, value);
            }
        }
        Some(scalar) => *scalar = value,
        None => {}
    }
}

/// A value that is put in, of any kind.
pub(super) fn value(choices: &mut Choices) -> Value {
    match choices.below(8) {
        0..=2 => choices.below(6).into(),
        3 => "x".into(),
        4 => Value::Null,
        5 => json!([1, 2]),
        6 => json!({"a": 1}),
        _ => choices.below(2).eq(&0).into(),
    }
}

/// One of the places of a document, as a JSON Pointer.
pub(super) fn place(choices: &mut Choices, document: &Value) -> String {
    let mut pointers = pointers(document);
    let chosen = choices.below(pointers.len());
    pointers.swap_remove(chosen)
}

/// The places of all values of a document, in an order that no feature of the map type changes.
fn pointers(document: &Value) -> Vec<String> {
    fn walk(value: &Value, here: String, found: &mut Vec<String>) {
        found.push(here.clone());
        match value {
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by_key(|(name, _)| *name);
                for (name, member) in members {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    walk(member, format!("{here}/{name}"), found);
                }
            }
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    walk(element, format!("{here}/{index}"), found);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    walk(document, String::new(), &mut found);
    found
}
