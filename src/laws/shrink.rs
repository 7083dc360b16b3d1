//! Smaller cases: what is left of a case that fails when all is gone that does not matter.

use super::{Concurrent, written};
use crate::{
    delta::{Delta, DeltaSet, DiffType, Stamp},
    path::{Path, Position, position},
    value::MAX_DEPTH,
};
use serde_json::{Map, Value, json};

/// Who acts in a shrunk case, in the order of the stamps.
const ACTORS: [&str; 4] = ["ann", "bob", "cy", "di"];

/// What the members of a shrunk case are called.
const NAMES: [&str; 3] = ["a", "b", "c"];

impl Concurrent {
    /// Cases that are a step smaller and fit as well: with an action less, a delta less, a smaller value, a smaller base, plainer
    /// stamps and names; those that go furthest come first. Going from smaller to smaller ends.
    ///
    /// O(the case) each; each of these kinds is made when the one before it is used up.
    ///
    /// ```
    /// use deltamerge::{Action, diff, laws::Concurrent};
    /// use serde_json::json;
    /// let base = json!({"hp": 7});
    /// let ann = Action::new((1, "ann"), diff(&base, &json!({"hp": 5}))?);
    /// let bob = Action::new((2, "bob"), diff(&base, &json!({}))?);
    /// let case = Concurrent::new(base, vec![ann, bob]);
    /// assert!(case.smaller().all(|smaller| smaller.fits()));
    /// assert_eq!(case.smaller().next().expect("one without Ann").actions.len(), 1);
    /// # Ok::<(), deltamerge::TooDeep>(())
    /// ```
    pub fn smaller(&self) -> impl Iterator<Item = Concurrent> + use<> {
        const STEPS: [fn(&Concurrent) -> Vec<Concurrent>; 7] = [
            Concurrent::with_fewer_actions,
            Concurrent::with_fewer_deltas,
            Concurrent::with_a_smaller_base,
            Concurrent::with_smaller_values,
            Concurrent::with_canonical_deltas,
            Concurrent::with_plain_stamps,
            Concurrent::with_plain_names,
        ];
        let case = self.clone();
        let smaller = STEPS.into_iter().flat_map(move |step| step(&case));
        smaller.filter(Concurrent::fits)
    }

    /// The smallest case on the way down that still fails: from a case that does to one of the [smaller](Concurrent::smaller) ones
    /// that does, until none does.
    ///
    /// ```
    /// use deltamerge::{Action, diff, laws::Concurrent, merge};
    /// use serde_json::json;
    /// let base = json!({"log": ["start"], "hp": 7});
    /// let ann = Action::new((1, "ann"), diff(&base, &json!({"log": ["start", "hit"], "hp": 5}))?);
    /// let bob = Action::new((7, "bob"), diff(&base, &json!({"log": [], "hp": 6}))?);
    /// let has_conflict = |case: &Concurrent| merge(&case.base, &case.actions).is_ok_and(|merged| merged.conflicts().count() > 0);
    /// let smallest = Concurrent::new(base, vec![ann, bob]).shrunk(has_conflict);
    /// assert_eq!(
    ///     smallest.to_string(),
    ///     "The base is {\"a\":0}.\n  1:ann changes /a to 1\n  2:bob changes /a to false\n"
    /// );
    /// # Ok::<(), deltamerge::TooDeep>(())
    /// ```
    #[must_use]
    pub fn shrunk(self, mut fails: impl FnMut(&Concurrent) -> bool) -> Concurrent {
        let mut case = self;
        while let Some(smaller) = case.smaller().find(|smaller| fails(smaller)) {
            case = smaller;
        }
        case
    }

    fn with_fewer_actions(&self) -> Vec<Concurrent> {
        let without = |left_out| {
            let mut case = self.clone();
            case.actions.remove(left_out);
            case
        };
        (0..self.actions.len()).map(without).collect()
    }

    fn with_fewer_deltas(&self) -> Vec<Concurrent> {
        let without = |(action, delta): (usize, usize)| {
            self.with_other_deltas(action, |deltas| {
                deltas.remove(delta);
            })
        };
        self.places().map(without).collect()
    }

    fn with_smaller_values(&self) -> Vec<Concurrent> {
        let smaller = |(action, delta): (usize, usize)| {
            let value = self.actions[action].deltas[delta].op.value();
            let smaller = value.into_iter().flat_map(smaller_documents);
            smaller.map(move |smaller| {
                self.with_other_deltas(action, |deltas| {
                    if let Some(value) = written(&mut deltas[delta]) {
                        *value = smaller;
                    }
                })
            })
        };
        self.places().flat_map(smaller).collect()
    }

    fn with_other_deltas(&self, action: usize, change: impl FnOnce(&mut Vec<Delta>)) -> Concurrent {
        let mut case = self.clone();
        let set = &mut case.actions[action].deltas;
        let mut deltas = Vec::from_iter(std::mem::take(set));
        change(&mut deltas);
        *set = DeltaSet::from(deltas);
        case
    }

    /// Where the deltas are: of which action, and where in its set.
    fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let each = self.actions.iter().enumerate();
        each.flat_map(|(k, action)| (0..action.deltas.len()).map(move |delta| (k, delta)))
    }

    /// Without a part of the base, and what was said of it; with a container less around a part; with a smaller part.
    fn with_a_smaller_base(&self) -> Vec<Concurrent> {
        let parts = parts(&self.base).into_iter();
        let smaller = parts.flat_map(|part| {
            let cases = self.without(&part).into_iter().chain(self.unwrapped(&part));
            cases.chain(self.replacing(&part)).collect::<Vec<_>>()
        });
        smaller.collect()
    }

    fn without(&self, part: &[String]) -> Option<Concurrent> {
        let (token, above) = part.split_last()?;
        let mut case = self.clone();
        let index = match value_at(&mut case.base, above)? {
            Value::Object(members) => {
                remove_member(members, token);
                None
            }
            Value::Array(items) => {
                let index = token.parse().ok()?;
                items.remove(index);
                Some(index)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
        };
        case.map_deltas(|tokens, delta| {
            let Some(here) = rest(tokens, above) else {
                return Some(tokens.to_vec());
            };
            let mut tokens = tokens.to_vec();
            match (index, position(here)) {
                // What goes in front of the element stays, and goes in front of the next one.
                (Some(index), Position::At(at)) if at > index => {
                    tokens[above.len()] = (at - 1).to_string();
                }
                (Some(index), Position::At(at)) if at == index => {
                    let is_gap =
                        tokens.len() == part.len() && delta.op.diff_type() == DiffType::Add;
                    return is_gap.then_some(tokens);
                }
                (None, _) if here == token => return None,
                _ => {}
            }
            Some(tokens)
        });
        Some(case)
    }

    /// Only a container in the place of the one around it, with what was said of either.
    fn unwrapped(&self, part: &[String]) -> Option<Concurrent> {
        let (_, above) = part.split_last()?;
        let mut case = self.clone();
        let inner = value_at(&mut case.base, part)?.take();
        if !(inner.is_array() || inner.is_object()) {
            return None;
        }
        *value_at(&mut case.base, above)? = inner;
        case.map_deltas(|tokens, _| match tokens.strip_prefix(part) {
            Some(inside) => Some([above, inside].concat()),
            None => rest(tokens, above).is_none().then(|| tokens.to_vec()),
        });
        Some(case)
    }

    fn replacing(&self, part: &[String]) -> Vec<Concurrent> {
        let mut case = self.clone();
        let value = value_at(&mut case.base, part).cloned();
        let smaller = value.iter().flat_map(smaller_documents);
        let replaced = smaller.filter_map(|smaller| {
            let mut case = self.clone();
            *value_at(&mut case.base, part)? = smaller;
            Some(case)
        });
        replaced.collect()
    }

    /// What each delta set comes to (D7): it writes less.
    fn with_canonical_deltas(&self) -> Vec<Concurrent> {
        let canonical = |k: usize| {
            let deltas = self.actions[k].deltas.normalize(&self.base).ok()?;
            let mut case = self.clone();
            case.actions[k].deltas = deltas;
            (case != *self).then_some(case)
        };
        (0..self.actions.len()).filter_map(canonical).collect()
    }

    /// The same order of stamps, by the plainest stamps that have it.
    fn with_plain_stamps(&self) -> Vec<Concurrent> {
        let mut case = self.clone();
        let mut stamps: Vec<Stamp> = case.actions.iter().map(|it| it.stamp.clone()).collect();
        stamps.sort();
        let plain = |stamp: &Stamp| {
            let place = stamps.iter().position(|other| other == stamp).unwrap_or(0);
            Stamp::from((place as u64 + 1, ACTORS[place % ACTORS.len()]))
        };
        for action in &mut case.actions {
            action.stamp = plain(&action.stamp);
        }
        case.actions.sort_by(|a, b| a.stamp.cmp(&b.stamp));
        let is_plainer = case.actions != self.actions;
        is_plainer.then_some(case).into_iter().collect()
    }

    /// With a plain name for a member of the base, or one that is added.
    fn with_plain_names(&self) -> Vec<Concurrent> {
        let mut base = self.base.clone();
        let mut named: Vec<Vec<String>> = parts(&base);
        let paths = self.actions.iter().flat_map(|action| action.deltas.iter());
        named.extend(paths.map(|delta| tokens(&delta.path)));
        named.sort();
        named.dedup();
        named.retain(|path| {
            let Some((token, above)) = path.split_last() else {
                return false;
            };
            let is_member = value_at(&mut base, above).is_some_and(|value| value.is_object());
            is_member && !NAMES.contains(&token.as_str())
        });
        let plain = |path: &Vec<String>| {
            let plain = NAMES.into_iter();
            let renamed = plain.filter_map(|name| self.renaming(path, name));
            renamed.collect::<Vec<_>>()
        };
        named.iter().flat_map(plain).collect()
    }

    fn renaming(&self, path: &[String], name: &str) -> Option<Concurrent> {
        let (token, above) = path.split_last()?;
        let mut case = self.clone();
        let is_taken = case.actions.iter().flat_map(|action| action.deltas.iter());
        let mut is_taken = is_taken.map(|delta| tokens(&delta.path));
        if is_taken.any(|tokens| rest(&tokens, above).is_some_and(|here| here == name)) {
            return None;
        }
        let members = value_at(&mut case.base, above)?.as_object_mut()?;
        if members.contains_key(name) {
            return None;
        }
        let renamed = std::mem::take(members).into_iter();
        let renamed = renamed.map(|(old, value)| {
            let new = if old == *token { name.to_owned() } else { old };
            (new, value)
        });
        *members = renamed.collect();
        case.map_deltas(|tokens, _| {
            let mut tokens = tokens.to_vec();
            if rest(&tokens, above).is_some_and(|here| here == token) {
                tokens[above.len()] = name.to_owned();
            }
            Some(tokens)
        });
        Some(case)
    }

    /// Moves each delta, or leaves it out.
    fn map_deltas(&mut self, to: impl Fn(&[String], &Delta) -> Option<Vec<String>>) {
        for action in &mut self.actions {
            let moved = action.deltas.iter().filter_map(|delta| {
                let mut path = Path::root();
                let tokens = to(&tokens(&delta.path), delta)?;
                tokens.iter().for_each(|token| path.push(token));
                let op = delta.op.clone();
                Some(Delta { path, op })
            });
            action.deltas = moved.collect::<DeltaSet>();
        }
    }
}

fn tokens(path: &Path) -> Vec<String> {
    path.tokens().map(|token| token.into_owned()).collect()
}

/// The first token of what a path says of the inside of a container, where it leads there.
fn rest<'t>(tokens: &'t [String], above: &[String]) -> Option<&'t String> {
    tokens.strip_prefix(above)?.first()
}

fn value_at<'v>(base: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(base, |value, token| match value {
        Value::Object(members) => members.get_mut(token),
        Value::Array(items) => items.get_mut(token.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

/// The paths of all that a document holds, the outer parts first.
fn parts(base: &Value) -> Vec<Vec<String>> {
    let mut found = vec![(Vec::new(), base)];
    let mut next = 0;
    while let Some((path, value)) = found.get(next).cloned() {
        next += 1;
        let inside: Vec<(String, &Value)> = match value {
            Value::Object(members) => members.iter().map(|(k, v)| (k.clone(), v)).collect(),
            Value::Array(items) => (0..)
                .zip(items)
                .map(|(k, v): (usize, _)| (k.to_string(), v))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        };
        let inside = inside
            .into_iter()
            .map(|(token, part)| ([&path[..], &[token]].concat(), part));
        found.extend(inside);
    }
    found.into_iter().map(|(path, _)| path).collect()
}

fn remove_member(members: &mut Map<String, Value>, name: &str) {
    // Whatever the map type, the others keep their order.
    members.retain(|other, _| other != name);
}

/// Documents that are a step smaller: a plain scalar, a part of it, it without a part or with a smaller part, a plainer name.
/// Going from smaller to smaller ends.
///
/// O(n²) for a document of n values, to write them all.
///
/// ```
/// use deltamerge::laws::smaller_documents;
/// use serde_json::json;
/// let smaller: Vec<_> = smaller_documents(&json!(["x"])).collect();
/// assert_eq!(smaller, [json!(0), json!([]), json!("x"), json!([0]), json!([1]), json!([false]), json!([""])]);
/// assert_eq!(smaller_documents(&json!(0)).count(), 0);
/// ```
pub fn smaller_documents(document: &Value) -> impl Iterator<Item = Value> + use<> {
    candidates(document, MAX_DEPTH).into_iter()
}

fn candidates(document: &Value, room: usize) -> Vec<Value> {
    let plain = [json!(0), json!(1), json!(false), json!("")];
    let weight = weight(document);
    let lighter = |value: &Value| scalar_weight(value) < weight;
    match document {
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            plain.into_iter().filter(lighter).collect()
        }
        Value::String(text) => {
            let mut smaller: Vec<Value> = plain.into_iter().filter(lighter).collect();
            let beginning: String = text.chars().take(text.chars().count() / 2).collect();
            if !beginning.is_empty() {
                smaller.push(beginning.into());
            }
            smaller
        }
        Value::Array(items) => {
            let mut smaller = vec![json!(0)];
            if !items.is_empty() {
                smaller.push(json!([]));
            }
            smaller.extend(items.iter().cloned());
            for (k, item) in items.iter().enumerate() {
                if items.len() > 1 {
                    smaller.push([&items[..k], &items[k + 1..]].concat().into());
                }
                for part in further(item, room) {
                    smaller.push([&items[..k], &[part], &items[k + 1..]].concat().into());
                }
            }
            smaller
        }
        Value::Object(members) => {
            let mut smaller = vec![json!(0)];
            if !members.is_empty() {
                smaller.push(json!({}));
            }
            smaller.extend(members.values().cloned());
            for (name, member) in members {
                if members.len() > 1 {
                    let mut fewer = members.clone();
                    remove_member(&mut fewer, name);
                    smaller.push(fewer.into());
                }
                for part in further(member, room) {
                    let mut less = members.clone();
                    less.insert(name.clone(), part);
                    smaller.push(less.into());
                }
                let is_plain = NAMES.contains(&name.as_str());
                let free = NAMES.iter().find(|plain| !members.contains_key(**plain));
                if let (false, Some(plain)) = (is_plain, free) {
                    let renamed = members.iter().map(|(other, value)| {
                        let name = if other == name { plain } else { other.as_str() };
                        (name.to_owned(), value.clone())
                    });
                    smaller.push(Value::Object(renamed.collect()));
                }
            }
            smaller
        }
    }
}

fn further(part: &Value, room: usize) -> Vec<Value> {
    room.checked_sub(1)
        .map_or_else(Vec::new, |room| candidates(part, room))
}

/// The order in which scalars are plain; containers are less so than any.
fn weight(value: &Value) -> usize {
    match value {
        Value::Array(_) | Value::Object(_) => usize::MAX,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => scalar_weight(value),
    }
}

fn scalar_weight(value: &Value) -> usize {
    match value {
        Value::Number(number) if number.as_u64() == Some(0) => 0,
        Value::Number(number) if number.as_u64() == Some(1) => 1,
        Value::Bool(false) => 2,
        Value::String(text) => 3 + text.len(),
        Value::Null | Value::Bool(true) | Value::Number(_) => 4,
        Value::Array(_) | Value::Object(_) => usize::MAX,
    }
}
