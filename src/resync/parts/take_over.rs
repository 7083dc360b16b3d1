//! What to do with what the other side found.

use super::{Content, Finding, Part, Range, checksum_of};
use crate::{
    checksum::Checksum,
    path::{Path, Position, position},
};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

fn find_mut<'v>(document: &'v mut Value, path: &Path) -> Option<&'v mut Value> {
    path.tokens()
        .try_fold(document, |value, token| match value {
            Value::Object(members) => members.get_mut(token.as_ref()),
            Value::Array(elements) => match position(&token) {
                Position::At(index) => elements.get_mut(index),
                Position::End | Position::None => None,
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        })
}

/// Puts a value where the path leads; what is missing on the way is not made up.
fn put(document: &mut Value, path: &Path, value: Value) {
    let tokens: Vec<_> = path.tokens().collect();
    let Some((last, container)) = tokens.split_last() else {
        *document = value;
        return;
    };
    let mut parent = Path::root();
    container.iter().for_each(|token| parent.push(token));
    match (find_mut(document, &parent), position(last)) {
        (Some(Value::Object(members)), _) => drop(members.insert(last.to_string(), value)),
        (Some(Value::Array(elements)), Position::At(index)) if index < elements.len() => {
            elements[index] = value;
        }
        (Some(Value::Array(elements)), Position::At(index)) if index == elements.len() => {
            elements.push(value);
        }
        (_, _) => {}
    }
}

/// Takes over what the other side found in a part, and tells which parts are still to be asked about. O(the part).
pub(crate) fn take_over(document: &mut Value, finding: Finding) -> Vec<Part> {
    let Finding { part, content } = finding;
    match content {
        Content::Absent => {}
        Content::Value(value) => put(document, &part.path, value),
        Content::Members(new) => {
            if let Some(members) = members_at(document, &part.path) {
                clear(members, part.range.as_ref(), |_| false);
                members.extend(new);
            }
        }
        Content::Elements(new) => {
            if let Some(elements) = elements_at(document, &part.path) {
                let length = elements.len();
                let indices = part.range.map_or(0..length, |range| range.indices(length));
                elements.splice(indices, new);
            }
        }
        Content::Split { is_array, parts } => {
            if is_array {
                if let Some(elements) = elements_at(document, &part.path) {
                    shorten(elements, &part, &parts);
                }
            } else if let Some(members) = members_at(document, &part.path) {
                let children: Option<BTreeSet<String>> = parts.iter().map(child).collect();
                let is_kept = |name: &str| children.as_ref().is_none_or(|all| all.contains(name));
                clear(members, part.range.as_ref(), is_kept);
            }
            let differs = |(part, checksum): &(Part, Checksum)| {
                (checksum_of(document, part) != *checksum).then(|| part.clone())
            };
            return parts.iter().filter_map(differs).collect();
        }
    }
    Vec::new()
}

/// The name of the child that a part is, if it is one.
fn child((part, _): &(Part, Checksum)) -> Option<String> {
    let name = part.path.tokens().last().map(|token| token.into_owned());
    name.filter(|_| part.range.is_none())
}

/// Takes away the members of a range that are not to be kept.
fn clear(members: &mut Map<String, Value>, range: Option<&Range>, is_kept: impl Fn(&str) -> bool) {
    members.retain(|name, _| is_kept(name) || range.is_some_and(|range| !range.holds(name)));
}

/// Takes away the elements behind the last child of an array, or of the last range of one.
fn shorten(elements: &mut Vec<Value>, part: &Part, parts: &[(Part, Checksum)]) {
    let is_at_end = part.range.as_ref().is_none_or(|range| range.to.is_none());
    let last = parts.last().and_then(child);
    if let Some(Position::At(last)) = last.map(|token| position(&token))
        && is_at_end
    {
        elements.truncate(last.saturating_add(1));
    }
}

/// The object at a path; another value there becomes an empty one.
fn members_at<'v>(document: &'v mut Value, path: &Path) -> Option<&'v mut Map<String, Value>> {
    if !matches!(find_mut(document, path), Some(Value::Object(_))) {
        put(document, path, Value::Object(Map::new()));
    }
    find_mut(document, path)?.as_object_mut()
}

/// The array at a path; another value there becomes an empty one.
fn elements_at<'v>(document: &'v mut Value, path: &Path) -> Option<&'v mut Vec<Value>> {
    if !matches!(find_mut(document, path), Some(Value::Array(_))) {
        put(document, path, Value::Array(Vec::new()));
    }
    find_mut(document, path)?.as_array_mut()
}
