//! Edits that are made as soon as they are seen to fit, and taken back where a later one does not (Y2): one look at each place.

use super::slots::{Meeting, Placed, is_inside, meetings};
use super::survey::is_change;
use super::watch::Watch;
use super::{Delta, Op};
use crate::{
    path::{Path, Position, Token},
    value::{MAX_DEPTH, depth_is_within, maps_keep_order},
};
use serde_json::{Value, map::Entry};

/// A document that is being edited, and what leads back.
pub(crate) struct Attempt<'v, 'd, T, W: Watch> {
    pub(crate) document: &'v mut Value,
    root: W::Place,
    pub(crate) edits: Edits<'v, 'd, T, W>,
}

/// What was done to a document.
pub(crate) struct Edits<'v, 'd, T, W> {
    pub(crate) watch: &'v mut W,
    depth: usize,
    /// What was made, and the value that was there before.
    made: Vec<(&'d T, Option<Value>)>,
    /// The array that has grown at its end: of a sorted list, nothing that follows can be inside it.
    grown: Option<&'d str>,
}

/// What became of a delta that is not at odds with the document.
enum Attempted {
    /// It fits, and is made.
    Made,
    /// Nothing was looked at: it would move other values, so it has to wait until all others are made.
    Later,
}

impl<'v, 'd, T: Placed, W: Watch> Attempt<'v, 'd, T, W> {
    pub(crate) fn new(
        document: &'v mut Value,
        depth: usize,
        watch: &'v mut W,
        root: W::Place,
    ) -> Attempt<'v, 'd, T, W> {
        let edits = Edits {
            watch,
            depth: depth.min(MAX_DEPTH),
            made: Vec::new(),
            grown: None,
        };
        Attempt {
            document,
            root,
            edits,
        }
    }

    /// Makes what meets nothing else of a sorted list, as far as no other value moves by it, and tells what is left: it means
    /// after that what it meant before. Nothing where a delta cannot be one of a canonical set (D7).
    ///
    /// Of CHANGEs that meet at the value of one slot, and nothing else, the one is made that `strongest` names.
    pub(crate) fn make(
        &mut self,
        entries: &'d [T],
        mut strongest: impl FnMut(&'d [T], &Value) -> Option<&'d T>,
    ) -> Option<Vec<&'d T>> {
        let Attempt {
            document,
            root,
            edits,
        } = self;
        edits.made = Vec::with_capacity(entries.len());
        let mut left = Vec::new();
        let mut around: Option<Around<'_, 'd, W>> = None;
        for Meeting { entries, shared } in meetings(entries) {
            let first = entries[0].delta();
            if edits.grown.is_some_and(|grown| is_inside(first, grown)) {
                return None;
            }
            if first.path.is_root() || !is_one_edit(entries) {
                left.extend(entries);
                around = None;
                continue;
            }
            // The next is often in the same container.
            let last = around.as_ref();
            let token = match last.and_then(|last| last.token(&first.path, shared)) {
                Some(token) => token,
                None => {
                    let (found, token) = descend(document, &first.path, edits.watch, *root)?;
                    around = Some(found);
                    token
                }
            };
            match edits.make_one(around.as_mut()?, token, entries, &mut strongest)? {
                Attempted::Made => {}
                Attempted::Later => left.extend(entries),
            }
        }
        Some(left)
    }

    /// What was made, in order.
    pub(crate) fn made(&self) -> impl ExactSizeIterator<Item = &'d T> {
        self.edits.made.iter().map(|(entry, _)| *entry)
    }

    /// Brings the document back to where it was.
    pub(crate) fn take_back(mut self) {
        while let Some((entry, before)) = self.edits.made.pop() {
            self.undo(entry.delta(), before)
                .expect("what was made is still there");
        }
    }

    fn undo(&mut self, delta: &Delta, before: Option<Value>) -> Option<()> {
        let watch = &mut *self.edits.watch;
        let (around, token) = descend(self.document, &delta.path, watch, self.root)?;
        let mut place = around.place;
        match (&delta.op, around.value) {
            (Op::Change(after), around) => {
                let value = child(around, token, watch, &mut place)?;
                let before = before?;
                watch.changes(&place, after, &before);
                *value = before;
            }
            (_, Value::Array(items)) => {
                let added = items.pop()?;
                let mut shift = watch.shift(&place, items.len(), items.len() + 1);
                watch.goes_between(&mut shift, &added);
                watch.shifted(shift);
            }
            (Op::Remove, around) => {
                let (members, name, removed) = (around.as_object_mut()?, token.name(), before?);
                let place = watch.member(&place, &name);
                watch.comes(&place, &removed);
                members.insert(name.into_owned(), removed);
            }
            (Op::Add(_), around) => {
                let (members, name) = (around.as_object_mut()?, token.name());
                let added = members.remove(name.as_ref())?;
                watch.goes(&watch.member(&place, &name), &added);
            }
        }
        Some(())
    }
}

impl<'d, T: Placed, W: Watch> Edits<'_, 'd, T, W> {
    fn make_one(
        &mut self,
        around: &mut Around<'_, 'd, W>,
        token: Token<'_>,
        met: &'d [T],
        strongest: impl FnOnce(&'d [T], &Value) -> Option<&'d T>,
    ) -> Option<Attempted> {
        let mut made = met.first()?;
        let Around { value, path, .. } = around;
        let mut place = around.place;
        let room = self.depth.checked_sub(around.level)?;
        let fits = |value: &Value| depth_is_within(value, room);
        let before = match (&made.delta().op, &mut **value) {
            (Op::Change(_), around) => {
                let value = child(around, token, self.watch, &mut place)?;
                let may_come = |after| is_change(value, after) && fits(after);
                if !(met.iter().filter_map(after).all(may_come) && fits(value)) {
                    return None;
                }
                if met.len() > 1 {
                    made = strongest(met, value)?;
                }
                let after = after(made)?;
                self.watch.changes(&place, value, after);
                Some(std::mem::replace(value, after.clone()))
            }
            (Op::Add(value), Value::Array(items))
                if token.position() == Position::At(items.len()) =>
            {
                if !fits(value) {
                    return None;
                }
                let mut shift = self.watch.shift(&place, items.len(), items.len());
                self.watch.comes_between(&mut shift, value);
                self.watch.shifted(shift);
                items.push(value.clone());
                self.grown = Some(path);
                None
            }
            (Op::Add(_) | Op::Remove, Value::Array(_)) => return Some(Attempted::Later),
            (Op::Add(_) | Op::Remove, Value::Object(_)) if maps_keep_order() => {
                return Some(Attempted::Later);
            }
            (Op::Add(value), Value::Object(members)) => {
                let name = token.name();
                let place = self.watch.member(&place, &name);
                let Entry::Vacant(slot) = members.entry(name) else {
                    return None;
                };
                if !fits(value) {
                    return None;
                }
                self.watch.comes(&place, value);
                slot.insert(value.clone());
                None
            }
            (Op::Remove, Value::Object(members)) => {
                let name = token.name();
                let value = members.remove(name.as_ref())?;
                if !fits(&value) {
                    members.insert(name.into_owned(), value);
                    return None;
                }
                self.watch.goes(&self.watch.member(&place, &name), &value);
                Some(value)
            }
            (Op::Add(_) | Op::Remove, _) => return None,
        };
        self.made.push((made, before));
        Some(Attempted::Made)
    }
}

/// Whether what meets comes to one edit that nothing else has to do with.
fn is_one_edit<T: Placed>(met: &[T]) -> bool {
    let length = met[0].delta().path.as_str().len();
    let is_change_there = |entry: &T| {
        let delta = entry.delta();
        matches!(delta.op, Op::Change(_)) && delta.path.as_str().len() == length
    };
    matches!(met, [_]) || met.iter().all(is_change_there)
}

/// The value that an entry brings.
fn after<T: Placed>(entry: &T) -> Option<&Value> {
    entry.delta().op.value()
}

/// A container that edits are made in.
struct Around<'v, 'p, W: Watch> {
    value: &'v mut Value,
    path: &'p str,
    place: W::Place,
    /// How deep it is, counted from 1.
    level: usize,
}

impl<W: Watch> Around<'_, '_, W> {
    /// The token by which a path leads to something in this very container. The last one did, and shares so many bytes with it.
    fn token<'p>(&self, path: &'p Path, shared: usize) -> Option<Token<'p>> {
        let (path, slash) = (path.as_str(), self.path.len());
        let token = (shared > slash).then(|| Token::first(path, slash))?;
        (slash + 1 + token.encoded().len() == path.len()).then_some(token)
    }
}

/// The container around what a path names, and the token of that in it. The root is in none.
// What it finds is a handful of words, which a call would take through memory.
#[inline(always)]
fn descend<'v, 'p, W: Watch>(
    document: &'v mut Value,
    path: &'p Path,
    watch: &W,
    mut place: W::Place,
) -> Option<(Around<'v, 'p, W>, Token<'p>)> {
    let path = path.as_str();
    let (mut value, mut level, mut start) = (document, 1, 0);
    loop {
        let token = Token::first(path, start);
        let end = start + 1 + token.encoded().len();
        if end == path.len() {
            let path = &path[..start];
            let around = Around {
                value,
                path,
                place,
                level,
            };
            return Some((around, token));
        }
        value = child(value, token, watch, &mut place)?;
        (start, level) = (end, level + 1);
    }
}

/// What a token names in a container, whose place becomes that of what is named.
// So short that a call for each step of each path is seen.
#[inline(always)]
fn child<'v, W: Watch>(
    container: &'v mut Value,
    token: Token<'_>,
    watch: &W,
    place: &mut W::Place,
) -> Option<&'v mut Value> {
    match container {
        Value::Object(members) => {
            let name = token.name();
            *place = watch.member(place, &name);
            members.get_mut(name.as_ref())
        }
        Value::Array(items) => {
            let Position::At(index) = token.position() else {
                return None;
            };
            *place = watch.element(place, index);
            items.get_mut(index)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
