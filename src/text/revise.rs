//! From one text to another document, rewriting only what differs (F4 to F8).

use super::draft::{Draft, edited};
use super::layout::{line_indent, print, quoted, reindented, transplant};
use super::place::{Slot, placed};
use super::tree::Item;
use super::{At, Text};
use crate::{
    delta::align::{Step, align},
    value::{MAX_DEPTH, equal},
};
use serde_json::{Map, Value};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;

/// The other texts' values for one place: what the frame was made from, and what else there is to take bytes from.
#[derive(Clone, Default)]
pub(super) struct Hints<'t> {
    pub(super) base: Option<At<'t>>,
    pub(super) others: Vec<At<'t>>,
}

impl<'t> Hints<'t> {
    fn all(&self) -> impl Iterator<Item = At<'t>> {
        self.others.iter().copied().chain(self.base)
    }

    fn map(&self, part: impl Fn(usize, At<'t>) -> Option<At<'t>>) -> Hints<'t> {
        let others = self.others.iter().enumerate();
        Hints {
            others: others.filter_map(|(index, at)| part(index, *at)).collect(),
            base: self.base.and_then(|at| part(self.others.len(), at)),
        }
    }
}

/// Writes `target` as a new state of what stands at `frame`.
pub(super) fn revise(draft: &mut Draft<'_>, frame: At<'_>, target: &Value, hints: &Hints<'_>) {
    let whole = frame.node.start..frame.node.end;
    let is_there = equal(frame.value, target);
    if is_there
        && hints
            .others
            .iter()
            .all(|other| other.bytes() == frame.bytes())
    {
        return draft.keep(whole);
    }
    if hints.base.is_some_and(|base| base.bytes() == frame.bytes()) {
        // Nobody touched these bytes on the side of the frame: whoever did has the say, also about format.
        let mut others = hints.others.iter();
        let touched =
            others.find(|other| other.bytes() != frame.bytes() && equal(other.value, target));
        if let Some(other) = touched {
            return draft.add(&transplant(*other, frame.text, frame.indent()));
        }
    }
    let is_new = frame.node.items.is_empty();
    match (frame.value, target) {
        (Value::Object(_), Value::Object(members)) if !is_new => {
            Container::of(frame).object(draft, members, hints);
        }
        (Value::Array(_), Value::Array(elements)) if !is_new => {
            Container::of(frame).array(draft, elements, hints);
        }
        _ if is_there => draft.keep(whole),
        _ => draft.add(&produced(target, hints, frame.text, frame.indent())),
    }
}

/// The text of a value that the frame does not have: another's bytes, or another's with what differs rewritten, or none's.
fn produced(target: &Value, hints: &Hints<'_>, to: &Text<'_>, indent: &str) -> String {
    if let Some(same) = hints.all().find(|hint| equal(hint.value, target)) {
        return transplant(same, to, indent);
    }
    let is_alike = |hint: &At<'_>| {
        let is_alike = matches!(
            (hint.value, target),
            (Value::Object(_), Value::Object(_)) | (Value::Array(_), Value::Array(_))
        );
        is_alike && !hint.node.items.is_empty()
    };
    let Some(model) = hints.all().find(is_alike) else {
        return print(target, &to.style, indent);
    };
    let others = hints
        .all()
        .filter(|hint| !std::ptr::eq(hint.node, model.node));
    let others = Hints {
        base: None,
        others: others.collect(),
    };
    let whole = model.node.start..model.node.end;
    let mut draft = Draft::new(model.text, whole.start);
    revise(&mut draft, model, target, &others);
    let text = edited(model.text.text, whole.clone(), &draft.finish(whole.end));
    let own = line_indent(model.text.text, whole.start);
    reindented(&text, own, &model.text.style, indent, &to.style)
}

/// The bytes around an item: all that stands between the brackets belongs to one.
#[derive(Clone, Debug)]
struct Chunk {
    before: Range<usize>,
    after: Range<usize>,
    comma: Option<usize>,
    /// Behind the comma, in its line: where comments stand.
    behind: Range<usize>,
}

/// Where a new item comes from: an item of another text's container, of which the layout is looked at when it is asked for.
struct Source<'t, 'l> {
    hint: At<'t>,
    item: usize,
    layout: &'l OnceCell<Container<'t>>,
}

/// An object or an array with something in it, and how it is laid out.
struct Container<'t> {
    at: At<'t>,
    head: Range<usize>,
    chunks: Vec<Chunk>,
    tail: Range<usize>,
    /// Each item begins a line.
    is_multi: bool,
}

impl<'t> Container<'t> {
    fn of(at: At<'t>) -> Container<'t> {
        let At { text, node, .. } = at;
        let close = node.end - 1;
        let first = node.items.first().map_or(close, |item| item.start);
        let head = node.start..text.comment_in_line(node.start + 1, first);
        let mut chunks = Vec::with_capacity(node.items.len());
        let mut start = head.end;
        for (index, item) in node.items.iter().enumerate() {
            let limit = node.items.get(index + 1).map_or(close, |next| next.start);
            let before = start..item.start;
            let end = item.value.end;
            let (after, behind) = match item.comma {
                Some(comma) => {
                    let behind = comma + 1..text.comment_in_line(comma + 1, limit);
                    (end..comma, behind)
                }
                None => {
                    let after = end..text.comment_in_line(end, limit);
                    (after.clone(), after.end..after.end)
                }
            };
            start = behind.end;
            chunks.push(Chunk {
                before,
                after,
                comma: item.comma,
                behind,
            });
        }
        let begins_line = |chunk: &Chunk| text.text[chunk.before.clone()].contains('\n');
        let is_multi = chunks.iter().all(begins_line);
        Container {
            at,
            head,
            tail: start..close,
            is_multi,
            chunks,
        }
    }

    fn bytes(&self, range: &Range<usize>) -> &'t str {
        &self.at.text.text[range.clone()]
    }

    fn items(&self) -> &'t [Item] {
        &self.at.node.items
    }

    /// What new items' lines are indented by.
    fn indent(&self) -> &'t str {
        if self.is_multi {
            line_indent(self.at.text.text, self.items()[0].start)
        } else {
            self.at.indent()
        }
    }

    fn is_blank(&self, range: &Range<usize>) -> bool {
        !self.at.text.has_comments(range.clone())
    }

    /// In one line: what stands in front of the first item, and of every other.
    fn space(&self, is_first: bool) -> &'t str {
        let usual = |index: usize| {
            let before = &self.chunks.get(index)?.before;
            let bytes = self.bytes(before);
            (self.is_blank(before) && !bytes.contains('\n')).then_some(bytes)
        };
        if is_first {
            usual(0).unwrap_or_default()
        } else {
            usual(1).unwrap_or(self.at.text.style.space())
        }
    }

    fn object(&self, draft: &mut Draft<'_>, target: &Map<String, Value>, hints: &Hints<'_>) {
        let hinted: Vec<At<'_>> = hints.all().filter(|hint| hint.value.is_object()).collect();
        let rows: Vec<&[Item]> = hinted
            .iter()
            .map(|hint| hint.node.items.as_slice())
            .collect();
        let slots = placed(self.items(), target, &rows);
        let named: Vec<HashMap<&str, usize>> = hints
            .all()
            .map(|hint| {
                let items = hint.node.items.iter();
                items.map(Item::name).zip(0..).collect()
            })
            .collect();
        let member = |name: &str| {
            hints.map(|index, hint| named[index].get(name).map(|item| hint.child(*item)))
        };
        draft.keep(self.head.clone());
        let layouts: Vec<OnceCell<Container<'_>>> = hints.all().map(|_| OnceCell::new()).collect();
        let mut next = 0;
        let count = slots.len();
        for (position, slot) in slots.into_iter().enumerate() {
            let is_last = position + 1 == count;
            match slot {
                Slot::Kept(index) => {
                    let item = &self.items()[index];
                    self.begin_kept(draft, next, index, position == 0);
                    draft.keep(item.start..item.value.start);
                    let child = self.at.child(index);
                    revise(draft, child, &target[item.name()], &member(item.name()));
                    self.end_kept(draft, index, is_last);
                    next = index + 1;
                }
                Slot::New(name) => {
                    let sources = member(name);
                    let source = hints.all().zip(&named).enumerate();
                    let mut source = source.filter_map(|(index, (hint, named))| {
                        let item = *named.get(name)?;
                        Some(Source {
                            hint,
                            item,
                            layout: &layouts[index],
                        })
                    });
                    let source = source.next();
                    let label = match &source {
                        Some(source) => source.hint.label(source.item).to_owned(),
                        None => quoted(name),
                    };
                    let value = produced(&target[name], &sources, self.at.text, self.indent());
                    let text = format!("{label}{}{value}", self.colon());
                    self.add(draft, &text, source, position == 0, is_last);
                }
            }
        }
        self.close(draft, next, count == 0);
    }

    fn array(&self, draft: &mut Draft<'_>, target: &[Value], hints: &Hints<'_>) {
        let Value::Array(own) = self.at.value else {
            return;
        };
        let kept = counterparts(own, target);
        let hinted: Vec<Vec<Option<usize>>> = hints
            .all()
            .map(|hint| match hint.value {
                Value::Array(theirs) => counterparts(theirs, target),
                _ => vec![None; target.len()],
            })
            .collect();
        draft.keep(self.head.clone());
        let layouts: Vec<OnceCell<Container<'_>>> = hints.all().map(|_| OnceCell::new()).collect();
        let mut next = 0;
        for (position, value) in target.iter().enumerate() {
            let is_last = position + 1 == target.len();
            let part =
                hints.map(|index, hint| hinted[index][position].map(|item| hint.child(item)));
            match kept[position] {
                Some(index) => {
                    self.begin_kept(draft, next, index, position == 0);
                    revise(draft, self.at.child(index), value, &part);
                    self.end_kept(draft, index, is_last);
                    next = index + 1;
                }
                None => {
                    let text = produced(value, &part, self.at.text, self.indent());
                    let source = hints.all().zip(&hinted).enumerate();
                    let mut source = source.filter_map(|(index, (hint, items))| {
                        let item = items[position]?;
                        Some(Source {
                            hint,
                            item,
                            layout: &layouts[index],
                        })
                    });
                    let source = source.next();
                    self.add(draft, &text, source, position == 0, is_last);
                }
            }
        }
        self.close(draft, next, target.is_empty());
    }

    /// From the end of a name to its value, as the first member has it.
    fn colon(&self) -> &'t str {
        let style = &self.at.text.style.colon;
        let Some(item) = self.items().first() else {
            return style;
        };
        let Some((_, end)) = item.name else {
            return style;
        };
        let own = &self.at.text.text[end..item.value.start];
        let is_plain = own.chars().all(|c| matches!(c, ' ' | '\t' | ':'));
        if is_plain { own } else { style }
    }

    /// Leaves items out, from `next` on: comments that stand apart from them stay.
    fn pass(&self, draft: &mut Draft<'_>, next: usize, to: usize) {
        for chunk in &self.chunks[next..to] {
            let space = self.at.text.blotted(chunk.before.clone());
            if let Some(apart) = last_blank_line(&space) {
                let range = chunk.before.start..chunk.before.start + apart;
                if !self.is_blank(&range) {
                    draft.keep(range);
                }
            }
        }
    }

    fn begin_kept(&self, draft: &mut Draft<'_>, next: usize, index: usize, is_first: bool) {
        self.pass(draft, next, index);
        let before = &self.chunks[index].before;
        let is_plain = self.is_blank(before) && !self.bytes(before).contains('\n');
        let removed = &self.chunks[next..index];
        let broken = removed
            .iter()
            .find(|chunk| self.is_blank(&chunk.before) && self.bytes(&chunk.before).contains('\n'));
        match broken {
            // It comes to stand where a line began.
            Some(chunk) if is_plain => draft.add(self.bytes(&chunk.before)),
            None if is_plain && is_first != (index == 0) => draft.add(self.space(is_first)),
            _ => draft.keep(before.clone()),
        }
    }

    fn end_kept(&self, draft: &mut Draft<'_>, index: usize, is_last: bool) {
        let chunk = &self.chunks[index];
        match (chunk.comma, self.has_comma(is_last)) {
            (Some(comma), true) => {
                draft.keep(chunk.after.clone());
                draft.keep(comma..comma + 1);
            }
            (None, true) => {
                draft.add(",");
                draft.keep(chunk.after.clone());
            }
            (_, false) => draft.keep(chunk.after.clone()),
        }
        draft.keep(chunk.behind.clone());
    }

    /// Whether an item is followed by a comma: the last is where the last was.
    fn has_comma(&self, is_last: bool) -> bool {
        let ends_so = self
            .chunks
            .last()
            .is_some_and(|chunk| chunk.comma.is_some());
        !is_last || ends_so
    }

    fn add(
        &self,
        draft: &mut Draft<'_>,
        text: &str,
        source: Option<Source<'_, '_>>,
        is_first: bool,
        is_last: bool,
    ) {
        let comma = if self.has_comma(is_last) { "," } else { "" };
        if !self.is_multi {
            draft.add(self.space(is_first));
            draft.add(text);
            return draft.add(comma);
        }
        let style = &self.at.text.style;
        let (mut above, mut behind) = (Vec::new(), String::new());
        if let Some(Source { hint, item, layout }) = source {
            let theirs = layout.get_or_init(|| Container::of(hint));
            if theirs.is_multi {
                let chunk = &theirs.chunks[item];
                above = theirs.attached(&chunk.before);
                for range in [&chunk.after, &chunk.behind] {
                    if !theirs.is_blank(range) && self.bytes(&self.tail).contains('\n') {
                        behind = format!(" {}", theirs.bytes(range).trim());
                    }
                }
            }
        }
        for line in above {
            draft.add(style.line_end);
            if !line.is_empty() {
                draft.add(self.indent());
                draft.add(line);
            }
        }
        draft.add(style.line_end);
        draft.add(self.indent());
        draft.add(text);
        draft.add(comma);
        draft.add_comment(&behind);
    }

    /// The lines above an item that belong to it: its comments, up to a blank line; or that blank line.
    fn attached(&self, before: &Range<usize>) -> Vec<&'t str> {
        let space = self.at.text.blotted(before.clone());
        let mut lines = Vec::new();
        let mut at = before.start;
        for line in space.split(|byte| *byte == b'\n') {
            lines.push(self.at.text.text[at..at + line.len()].trim());
            at += line.len() + 1;
        }
        // The first line is the rest of the item before, the last begins the item.
        let between = lines
            .get(1..lines.len().saturating_sub(1))
            .unwrap_or_default();
        let comments = between
            .iter()
            .rev()
            .take_while(|line| !line.is_empty())
            .count();
        let from = between.len() - comments;
        match (comments, from) {
            (0, 0) => Vec::new(),
            (0, _) => vec![""],
            _ => between[from..].to_vec(),
        }
    }

    fn close(&self, draft: &mut Draft<'_>, next: usize, is_empty: bool) {
        self.pass(draft, next, self.chunks.len());
        let Range { end, .. } = self.tail;
        if !is_empty || !self.is_blank(&(self.at.node.start..self.at.node.end)) {
            draft.keep(self.tail.clone());
        }
        draft.keep(end..end + 1);
    }
}

/// Which element of the first array each of the second is, or was made from.
fn counterparts(before: &[Value], after: &[Value]) -> Vec<Option<usize>> {
    let mut found = Vec::with_capacity(after.len());
    // What is not spoken of is equal on both sides, in order.
    let mut i = 0;
    let equals = |found: &mut Vec<Option<usize>>, i: &mut usize, to: usize, by_after: bool| {
        while if by_after { found.len() < to } else { *i < to } {
            found.push(Some(*i));
            *i += 1;
        }
    };
    let mut steps = Vec::new();
    if align(before, after, MAX_DEPTH, &mut steps).is_err() {
        steps.clear();
    }
    for step in steps {
        match step {
            Step::Pair(old, _) => {
                equals(&mut found, &mut i, old, false);
                found.push(Some(old));
                i = old + 1;
            }
            Step::Remove(old) => {
                equals(&mut found, &mut i, old, false);
                i = old + 1;
            }
            Step::Add { index, .. } => {
                equals(&mut found, &mut i, index, true);
                found.push(None);
            }
        }
    }
    equals(&mut found, &mut i, after.len(), true);
    found
}

/// Where the last blank line begins that has something above it and something below.
fn last_blank_line(space: &[u8]) -> Option<usize> {
    let mut found = None;
    let mut at = 0;
    for line in space.split_inclusive(|byte| *byte == b'\n') {
        if at > 0 && line.ends_with(b"\n") && line.trim_ascii().is_empty() {
            found = Some(at);
        }
        at += line.len();
    }
    found
}
