//! What no implementation can do without.

use deltamerge::{Delta, Op, Path};
use serde_json::{Map, Value};
use std::{hint::black_box, mem, sync::Arc};

/// A path, split and parsed beforehand: what is left to do is to look.
#[derive(Clone)]
pub(crate) struct Lookup(Vec<Step>);

#[derive(Clone)]
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

    fn look_to_edit<'v>(&self, document: &'v mut Value) -> Option<&'v mut Value> {
        self.0.iter().try_fold(document, |place, step| match step {
            Step::Member(name) => place.get_mut(name),
            Step::Element(index) => place.get_mut(index),
        })
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

/// A delta, its path split and parsed beforehand.
#[derive(Clone)]
pub(crate) struct BareEdit {
    around: Lookup,
    last: Step,
    op: Op,
}

/// Deltas that are canonical for a base, from the last to the first, so that none moves what another means.
pub(crate) fn bare_edits(base: &Value, deltas: &[Delta]) -> Vec<BareEdit> {
    let edit = |delta: &Delta| {
        let mut around = Lookup::new(base, &delta.path);
        let last = around.0.pop().expect("not the root");
        let op = delta.op.clone();
        BareEdit { around, last, op }
    };
    deltas.iter().rev().map(edit).collect()
}

/// An edit that checks nothing and decides nothing: each place is looked up once, and exchanges its value. No value is copied, and each edit becomes
/// what takes it back; those go from the last to the first.
pub(crate) fn exchange_bare<'e>(
    document: &mut Value,
    edits: impl Iterator<Item = &'e mut BareEdit>,
) -> Option<()> {
    for BareEdit { around, last, op } in edits {
        let around = around.look_to_edit(document)?;
        let undo = match (around, last, &mut *op) {
            (Value::Object(members), Step::Member(name), Op::Change(value)) => {
                mem::swap(members.get_mut(name)?, value);
                continue;
            }
            (Value::Array(items), Step::Element(index), Op::Change(value)) => {
                mem::swap(items.get_mut(*index)?, value);
                continue;
            }
            (Value::Object(members), Step::Member(name), Op::Add(value)) => {
                members.insert(name.clone(), mem::take(value));
                Op::Remove
            }
            (Value::Array(items), Step::Element(index), Op::Add(value)) => {
                items.insert(*index, mem::take(value));
                Op::Remove
            }
            (Value::Object(members), Step::Member(name), Op::Remove) => {
                Op::Add(members.remove(name)?)
            }
            (Value::Array(items), Step::Element(index), Op::Remove) => {
                Op::Add(items.remove(*index))
            }
            _ => return None,
        };
        *op = undo;
    }
    Some(())
}

/// What is left of a diff when nothing has to be found: the paths and values of its deltas.
pub(crate) fn write_bare(deltas: &[Delta]) -> Vec<(Arc<str>, Op)> {
    let write = |delta: &Delta| (black_box(delta.path.as_str()).into(), delta.op.clone());
    deltas.iter().map(write).collect()
}

/// The limit of every reading of a document: to visit each value, and a byte of each text. Of an object that no cache holds, a few members'
/// texts are visited first, because the waits for them are one wait then.
pub(crate) fn walk(document: &Value) -> usize {
    const FAR: usize = 16_384;
    const AT_ONCE: usize = 4;
    match document {
        Value::Null => 0,
        Value::Bool(boolean) => usize::from(*boolean),
        Value::Number(number) => usize::from(number.is_f64()),
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().map(walk).sum(),
        Value::Object(members) if members.len() > FAR => {
            let (mut ahead, mut members) = (members.iter(), members.iter());
            let mut sum = 0;
            while members.len() > 0 {
                sum += ahead.by_ref().take(AT_ONCE).map(visit_texts).sum::<usize>();
                sum += members
                    .by_ref()
                    .take(AT_ONCE)
                    .map(|(_, member)| walk(member))
                    .sum::<usize>();
            }
            sum
        }
        Value::Object(members) => {
            let members = members.iter();
            members
                .map(|(name, member)| visit(name) + walk(member))
                .sum()
        }
    }
}

fn visit(text: &str) -> usize {
    text.bytes().next().map_or(0, usize::from)
}

fn visit_texts((name, member): (&String, &Value)) -> usize {
    let texts = |members: &Map<String, Value>| {
        let texts = members
            .iter()
            .map(|(name, member)| visit(name) + member.as_str().map_or(0, visit));
        texts.sum::<usize>()
    };
    visit(name) + member.as_object().map_or(0, texts)
}
