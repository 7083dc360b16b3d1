//! What no implementation can do without.

use deltamerge::{Delta, Path};
use serde_json::Value;
use std::hint::black_box;

/// A path, split and parsed beforehand: what is left to do is to look.
pub(crate) struct Lookup(Vec<Step>);

enum Step {
    Member(String),
    Element(usize),
}

impl Lookup {
    fn new(base: &Value, path: &Path) -> Lookup {
        let mut place = Some(base);
        let mut steps = Vec::new();
        for token in path.tokens() {
            let element = place.is_some_and(Value::is_array);
            if element {
                let index = token.parse().expect("an index");
                place = place.and_then(|place| place.get(index));
                steps.push(Step::Element(index));
            } else {
                place = place.and_then(|place| place.get(token.as_ref()));
                steps.push(Step::Member(token.into_owned()));
            }
        }
        Lookup(steps)
    }

    fn look<'v>(&self, document: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(document, |place, step| match step {
            Step::Member(name) => place.get(name),
            Step::Element(index) => place.get(index),
        })
    }
}

pub(crate) fn lookups<'d>(base: &Value, deltas: impl Iterator<Item = &'d Delta>) -> Vec<Lookup> {
    deltas.map(|delta| Lookup::new(base, &delta.path)).collect()
}

/// The limit of every edit: to find the places.
pub(crate) fn look_up(document: &Value, lookups: &[Lookup]) -> usize {
    let found = lookups.iter().filter_map(|lookup| lookup.look(document));
    found
        .map(|value| usize::from(black_box(value).is_null()))
        .sum()
}

/// The limit of every reading of a document: to visit each value.
pub(crate) fn walk(document: &Value) -> usize {
    match document {
        Value::Null => 0,
        Value::Bool(boolean) => usize::from(*boolean),
        Value::Number(number) => usize::from(number.is_f64()),
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(walk).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| name.len() + walk(member))
            .sum(),
    }
}
