//! Edits that are made as soon as they are seen to fit, and taken back where a later one does not (Y2): one look at each place.

use super::around::{Around, Members, child};
use super::slots::{self, Inside, Placed, Slots, meetings};
use super::watch::Watch;
use super::{Delta, DiffType, Op};
use crate::{
    path::{Position, Token},
    value::{MAX_DEPTH, depth_is_within, maps_keep_order},
};
use serde_json::Value;

/// A document that is being edited, and what leads back.
pub(crate) struct Attempt<'v, 'd, T, W: Watch> {
    pub(crate) document: &'v mut Value,
    root: W::Place,
    pub(crate) editor: Editor<'v, 'd, T, W>,
}

/// Makes edits, and knows what it made.
pub(crate) struct Editor<'v, 'd, T, W> {
    pub(crate) watch: &'v mut W,
    depth: usize,
    /// What was made, and the value that was there before.
    made: Vec<(&'d T, Option<Value>)>,
    /// What has to wait until all others are made.
    left: Vec<&'d T>,
    /// Whether that may be in another order than the list.
    is_mixed: bool,
}

/// Who decides what stands of deltas that meet.
pub(crate) trait Decide<'d, T> {
    /// What stands of those that meet at a slot, which has this value in the base. Nothing where one set says two things there.
    fn decide(&mut self, met: Slots<'d, T>, base: &Value) -> Option<Stands<'d, T>>;
}

/// What stands of deltas that meet at the value of one slot.
pub(crate) enum Stands<'d, T> {
    /// One that is at the slot itself, and nothing else.
    Here(&'d T),
    /// All that is inside it.
    Inside,
}

/// In one canonical set, nothing meets.
pub(crate) struct OneSet;

impl<'d, T> Decide<'d, T> for OneSet {
    fn decide(&mut self, _: Slots<'d, T>, _: &Value) -> Option<Stands<'d, T>> {
        None
    }
}

impl<'v, 'd, T: Placed, W: Watch> Attempt<'v, 'd, T, W> {
    pub(crate) fn new(
        document: &'v mut Value,
        depth: usize,
        watch: &'v mut W,
        root: W::Place,
    ) -> Attempt<'v, 'd, T, W> {
        let editor = Editor {
            watch,
            depth: depth.min(MAX_DEPTH),
            made: Vec::new(),
            left: Vec::new(),
            is_mixed: false,
        };
        Attempt {
            document,
            root,
            editor,
        }
    }

    /// Makes what meets nothing else of a sorted list, as far as no other value moves by it, and tells what is left: it means
    /// after that what it meant before. Nothing where a delta cannot be one of a canonical set (D7).
    ///
    /// Of deltas that meet at the value of one slot, what stands is made.
    pub(crate) fn make(
        &mut self,
        entries: &'d [T],
        resolver: &mut impl Decide<'d, T>,
    ) -> Option<Vec<&'d T>> {
        let slots = Slots::of_root(entries);
        let editor = &mut self.editor;
        if slots.here.is_empty() {
            editor.made = Vec::with_capacity(entries.len());
            let mut document = Around::of(self.document, self.root);
            editor.make_inside(&mut document, slots.inside, resolver)?;
        } else {
            editor.left.extend(entries);
        }
        if editor.is_mixed {
            slots::sort(&mut editor.left);
        }
        Some(std::mem::take(&mut editor.left))
    }

    /// What was made; where an object was gone over, what came or went in it is last.
    pub(crate) fn made(&self) -> impl ExactSizeIterator<Item = &'d T> {
        self.editor.made.iter().map(|(entry, _)| *entry)
    }

    /// Brings the document back to where it was.
    pub(crate) fn take_back(mut self) {
        while let Some((entry, before)) = self.editor.made.pop() {
            self.undo(entry.delta(), before)
                .expect("what was made is still there");
        }
    }

    fn undo(&mut self, delta: &Delta, before: Option<Value>) -> Option<()> {
        let watch = &mut *self.editor.watch;
        let document = Around::of(self.document, self.root);
        let (around, token) = document.descend(&delta.path, watch)?;
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
                watch.shrinks(&place, items.len(), &added);
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

impl<'d, T: Placed, W: Watch> Editor<'_, 'd, T, W> {
    /// Makes what is inside a container.
    fn make_inside(
        &mut self,
        around: &mut Around<'_, W>,
        mut inside: Inside<'d, T>,
        resolver: &mut impl Decide<'d, T>,
    ) -> Option<()> {
        // Nothing fits so deep, and what recurses has to end.
        (around.level <= self.depth).then_some(())?;
        if around.is_edited_all_over(inside.entries) {
            return self.make_all_over(around, inside, resolver);
        }
        while let Some((token, slots)) = self.make_lone_children(around, &mut inside)? {
            if slots.here.is_empty() {
                let mut slot = around.slot(token, self.watch)?;
                self.make_inside(&mut slot, slots.inside, resolver)?;
            } else {
                self.make_met(around, token, slots, resolver)?;
            }
        }
        Some(())
    }

    /// Makes the deltas of children that have only one, up to the first child that has more.
    // What recurses calls this, so that what is inlined here is not on the stack of each level.
    fn make_lone_children(
        &mut self,
        around: &mut Around<'_, W>,
        inside: &mut Inside<'d, T>,
    ) -> Option<Option<(Token<'d>, Slots<'d, T>)>> {
        let is_array = around.value.is_array();
        let mut has_grown = false;
        for (token, slots) in inside {
            // Of a sorted list, nothing that follows is inside an array that has grown at its end.
            if has_grown {
                return None;
            }
            let Some(lone) = slots.lone() else {
                return Some(Some((token, slots)));
            };
            let is_made = self.make_lone(around, token, lone)?;
            has_grown = is_made && is_array && slots.here.iter().any(is_add);
        }
        Some(None)
    }

    /// [`Editor::make_inside`] of an object by going over its members, not by looking them up.
    fn make_all_over(
        &mut self,
        object: &mut Around<'_, W>,
        mut inside: Inside<'d, T>,
        resolver: &mut impl Decide<'d, T>,
    ) -> Option<()> {
        let mut members = Members::of(object)?;
        let mut aside = Vec::new();
        while let Some((mut slot, slots)) =
            self.make_lone_members(&mut members, &mut inside, &mut aside)?
        {
            if slots.here.is_empty() {
                self.make_inside(&mut slot, slots.inside, resolver)?;
            } else if is_about_a_value(slots) {
                self.make_what_stands(&mut slot, slots, resolver)?;
            } else {
                self.leave(slots);
            }
        }
        self.make_set_aside(object, &aside, resolver)
    }

    /// [`Editor::make_lone_children`] while going over members. Those that come or go are set aside.
    fn make_lone_members<'v>(
        &mut self,
        members: &mut Members<'v, W>,
        inside: &mut Inside<'d, T>,
        aside: &mut Vec<(Token<'d>, Slots<'d, T>)>,
    ) -> Option<Option<(Around<'v, W>, Slots<'d, T>)>> {
        for (token, slots) in inside {
            if !slots.here.iter().all(is_change) {
                aside.push((token, slots));
                continue;
            }
            let mut slot = members.slot(token, self.watch)?;
            match (slots.here, slots.inside.entries) {
                ([lone], []) => self.change(&mut slot, lone)?,
                ([], [lone]) => {
                    let token = slot.token(&lone.delta().path);
                    self.make_lone(&mut slot, token, lone)?;
                }
                _ => return Some(Some((slot, slots))),
            }
        }
        Some(None)
    }

    /// Makes what came or went in an object while that was gone over.
    fn make_set_aside(
        &mut self,
        object: &mut Around<'_, W>,
        aside: &[(Token<'d>, Slots<'d, T>)],
        resolver: &mut impl Decide<'d, T>,
    ) -> Option<()> {
        let left = self.left.len();
        for (token, slots) in aside {
            match slots.lone() {
                Some(lone) => {
                    self.make_lone(object, *token, lone)?;
                }
                None => self.make_met(object, *token, *slots, resolver)?,
            }
        }
        self.is_mixed |= self.left.len() > left;
        Some(())
    }

    fn leave(&mut self, slots: Slots<'d, T>) {
        let all = slots.here.iter().chain(slots.inside.entries);
        self.left.extend(all);
    }

    /// Makes what stands of deltas that meet at a slot, or leaves them.
    fn make_met(
        &mut self,
        around: &mut Around<'_, W>,
        token: Token<'_>,
        met: Slots<'d, T>,
        resolver: &mut impl Decide<'d, T>,
    ) -> Option<()> {
        let may_go = around.value.is_object() && !maps_keep_order();
        if !is_about_a_value(met) || !may_go && !met.here.iter().all(is_change) {
            self.leave(met);
            return Some(());
        }
        let mut slot = around.slot(token, self.watch)?;
        if let Some(removed) = self.make_what_stands(&mut slot, met, resolver)? {
            let place = slot.place;
            let members = around.value.as_object_mut()?;
            let before = members.remove(token.name().as_ref())?;
            self.watch.goes(&place, &before);
            self.made.push((removed, Some(before)));
        }
        Some(())
    }

    /// Makes what stands of deltas that meet at a value. A REMOVE that does is given back.
    fn make_what_stands(
        &mut self,
        slot: &mut Around<'_, W>,
        met: Slots<'d, T>,
        resolver: &mut impl Decide<'d, T>,
    ) -> Option<Option<&'d T>> {
        let fits = |entry: &T| match entry.delta().op.value() {
            Some(after) => slot.may_become(after, self.depth),
            None => slot.is_within(self.depth),
        };
        if !met.here.iter().all(fits) {
            return None;
        }
        let stands = resolver.decide(met, slot.value)?;
        for entry in met.inside.entries {
            let (mut around, token) = slot.lent().descend(&entry.delta().path, self.watch)?;
            let mut slot = around.slot(token, self.watch)?;
            match stands {
                Stands::Inside => self.change(&mut slot, entry)?,
                Stands::Here(_) => {
                    let after = entry.delta().op.value()?;
                    slot.may_become(after, self.depth).then_some(())?;
                }
            }
        }
        match stands {
            Stands::Here(removed) if is_remove(removed) => Some(Some(removed)),
            Stands::Here(changed) => self.change(slot, changed).map(|()| None),
            Stands::Inside => Some(None),
        }
    }

    /// Makes a delta inside a container that meets nothing else, and tells whether: where other values would move by it, it is left.
    #[inline(always)]
    fn make_lone(
        &mut self,
        outer: &mut Around<'_, W>,
        token: Token<'d>,
        made: &'d T,
    ) -> Option<bool> {
        let Delta { path, op } = made.delta();
        let (mut around, token) = outer.lent().descend_by(token, path, self.watch)?;
        let before = match (op, &mut *around.value) {
            (Op::Change(_), _) => {
                let mut slot = around.slot(token, self.watch)?;
                self.change(&mut slot, made)?;
                return Some(true);
            }
            (Op::Add(value), Value::Array(items))
                if token.position() == Position::At(items.len()) =>
            {
                let room = self.depth.checked_sub(around.level)?;
                depth_is_within(value, room).then_some(())?;
                self.watch.grows(&around.place, items.len(), value);
                items.push(value.clone());
                None
            }
            (Op::Add(_) | Op::Remove, Value::Array(_)) => {
                self.left.push(made);
                return Some(false);
            }
            (Op::Add(_) | Op::Remove, Value::Object(_)) if maps_keep_order() => {
                self.left.push(made);
                return Some(false);
            }
            (Op::Add(value), _) => {
                around.add_member(token, value, self.depth, self.watch)?;
                None
            }
            (Op::Remove, _) => Some(around.remove_member(token, self.depth, self.watch)?),
        };
        self.made.push((made, before));
        Some(true)
    }

    /// Makes a CHANGE of this very value.
    // Most deltas are CHANGEs.
    #[inline(always)]
    fn change(&mut self, slot: &mut Around<'_, W>, made: &'d T) -> Option<()> {
        let after = made.delta().op.value()?;
        slot.show_change(after, self.depth, self.watch)?;
        let before = std::mem::replace(slot.value, after.clone());
        self.made.push((made, Some(before)));
        Some(())
    }
}

/// Whether deltas that meet are all about one value that is there: edits of its slot, and CHANGEs inside it of which none meets another.
fn is_about_a_value<T: Placed>(met: Slots<'_, T>) -> bool {
    let is_alone = |met: &[T]| matches!(met, [one] if is_change(one));
    !met.here.iter().any(is_add) && meetings(met.inside.entries).all(is_alone)
}

fn is_add<T: Placed>(entry: &T) -> bool {
    entry.delta().op.diff_type() == DiffType::Add
}

fn is_change<T: Placed>(entry: &T) -> bool {
    entry.delta().op.diff_type() == DiffType::Change
}

fn is_remove<T: Placed>(entry: &T) -> bool {
    entry.delta().op.diff_type() == DiffType::Remove
}
