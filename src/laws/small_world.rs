//! A small world, exhaustively: every document up to a size, every delta on it with a few values to write, and every few of
//! these as concurrent actions in every order of their stamps.
//!
//! What goes wrong at all goes wrong in a small case as a rule, so what holds in all small cases says much. `deltamerge verify`
//! and the tests of this library go through the same world.
//!
//! ```
//! use deltamerge::{Rules, laws};
//! let rules = Rules::remove_wins();
//! for base in laws::small_world::documents(1) {
//!     let sets = laws::small_world::delta_sets(&base, 1);
//!     for case in laws::small_world::cases(&base, &sets, 2) {
//!         laws::check_rules(&case, &rules)?;
//!     }
//! }
//! # Ok::<(), laws::Counterexample>(())
//! ```

use super::Concurrent;
use crate::{
    delta::{Action, Delta, DeltaSet},
    path::Path,
};
use serde_json::{Value, json};

/// The names of the members.
const NAMES: [&str; 2] = ["a", "b"];

/// Who acts, in the order of the stamps.
const ACTORS: [&str; 4] = ["ann", "bob", "cy", "di"];

/// Every document of up to `size` values, the smaller ones first. Their number grows about fivefold with each value.
///
/// ```
/// use deltamerge::laws::small_world::documents;
/// assert_eq!(documents(1).len(), 4); // 0, 1, [] and {}
/// assert_eq!(documents(2).len(), 4 + 12);
/// assert_eq!(documents(3).len(), 4 + 12 + 68);
/// ```
pub fn documents(size: usize) -> Vec<Value> {
    (1..=size).flat_map(documents_of).collect()
}

/// Every document of exactly `size` values.
fn documents_of(size: usize) -> Vec<Value> {
    if size == 1 {
        return vec![json!(0), json!(1), json!([]), json!({})];
    }
    let mut documents = Vec::new();
    for parts in splits(size - 1) {
        let each: Vec<Vec<Value>> = parts.iter().map(|part| documents_of(*part)).collect();
        for items in choices(&each) {
            if let [item] = &items[..] {
                documents.extend(NAMES.map(|name| json!({ (name): item })));
            } else if let [first, second] = &items[..] {
                documents.push(json!({ (NAMES[0]): first, (NAMES[1]): second }));
            }
            documents.push(Value::Array(items));
        }
    }
    documents
}

/// The ways to split a number into one or more, in order.
fn splits(number: usize) -> Vec<Vec<usize>> {
    let further = |first: usize| {
        let rest = splits(number - first).into_iter();
        rest.map(move |rest| [vec![first], rest].concat())
    };
    let mut all: Vec<_> = (1..number).flat_map(further).collect();
    all.push(vec![number]);
    all
}

/// One of each, in every way.
fn choices(each: &[Vec<Value>]) -> Vec<Vec<Value>> {
    let Some((first, rest)) = each.split_first() else {
        return vec![Vec::new()];
    };
    let rest = choices(rest);
    let with = |one: &Value| {
        rest.iter()
            .map(|rest| [vec![one.clone()], rest.clone()].concat())
            .collect::<Vec<_>>()
    };
    first.iter().flat_map(with).collect()
}

/// Every single delta that fits the base: at each slot, with values of each kind to write. O(the base).
///
/// ```
/// use deltamerge::laws::small_world::deltas;
/// // a change of the root, an addition of a and of b, each with three values
/// assert_eq!(deltas(&serde_json::json!({})).len(), 9);
/// ```
pub fn deltas(base: &Value) -> Vec<Delta> {
    let mut all = Vec::new();
    walk(&Path::root(), base, &mut all);
    all
}

fn walk(path: &Path, value: &Value, all: &mut Vec<Delta>) {
    let changes = [json!(1), json!([1]), json!({"a": 1})];
    all.extend(changes.map(|new| Delta::change(path.clone(), new)));
    if !path.is_root() {
        all.push(Delta::remove(path.clone()));
    }
    let mut add = |token: &str| {
        let path = step(path, token);
        // Two objects that differ, and something that is none: what the cells of added values tell apart.
        let additions = [json!(1), json!({}), json!({"a": 1})];
        all.extend(additions.map(|new| Delta::add(path.clone(), new)));
    };
    match value {
        Value::Object(members) => {
            let absent = NAMES.iter().filter(|name| !members.contains_key(**name));
            absent.for_each(|name| add(name));
            for (name, member) in members {
                walk(&step(path, name), member, all);
            }
        }
        Value::Array(items) => {
            (0..=items.len()).for_each(|gap| add(&gap.to_string()));
            for (index, item) in items.iter().enumerate() {
                walk(&step(path, &index.to_string()), item, all);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn step(path: &Path, token: &str) -> Path {
    let mut path = path.clone();
    path.push(token);
    path
}

/// Every set of one of the [`deltas`], and, where `most` is 2 or more, of two that fit together. O(n² · the base) for n deltas.
///
/// ```
/// use deltamerge::laws::small_world::delta_sets;
/// let base = serde_json::json!([]);
/// assert_eq!(delta_sets(&base, 1).len(), 6);
/// assert!(delta_sets(&base, 2).iter().all(|set| set.normalize(&base).is_ok()));
/// ```
pub fn delta_sets(base: &Value, most: usize) -> Vec<DeltaSet> {
    let single = deltas(base);
    let mut sets: Vec<_> = single
        .iter()
        .map(|delta| DeltaSet::from(vec![delta.clone()]))
        .collect();
    if most > 1 {
        let pairs = single.iter().enumerate().flat_map(|(k, one)| {
            let others = single[k..].iter();
            others.map(move |two| DeltaSet::from(vec![one.clone(), two.clone()]))
        });
        sets.extend(pairs.filter(|set| set.normalize(base).is_ok()));
    }
    sets
}

/// Every way to choose `count` of the sets as concurrent actions. The first choice has the smallest stamp, so these are all orders
/// of stamps. Their number is the number of sets to the power of `count`.
///
/// ```
/// use deltamerge::laws::small_world::{cases, delta_sets};
/// let base = serde_json::json!(0);
/// assert_eq!(cases(&base, &delta_sets(&base, 1), 2).count(), 3 * 3);
/// ```
pub fn cases<'w>(
    base: &'w Value,
    sets: &'w [DeltaSet],
    count: u32,
) -> impl Iterator<Item = Concurrent> + 'w {
    (0..sets.len().saturating_pow(count)).map(move |number| {
        let chosen = (0..count).map(|k| &sets[number / sets.len().pow(k) % sets.len()]);
        let actions = chosen.enumerate().map(|(k, set)| {
            let actor = ACTORS[k % ACTORS.len()];
            Action::new((k as u64 + 1, actor), set.clone())
        });
        Concurrent::new(base.clone(), actions.collect())
    })
}
