//! A text in the making: what is kept of an old one, in order, and what is written in between.

use super::Text;
use std::ops::Range;

/// Bytes of a text, and what stands there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// Collects edits, as the text is gone over from the start to the end.
#[derive(Debug)]
pub(super) struct Draft<'t> {
    text: &'t Text<'t>,
    edits: Vec<Edit>,
    /// Up to here it is decided what becomes of the text.
    at: usize,
    added: String,
    /// What was written last is a comment that ends with its line: whatever follows must begin another.
    is_open: bool,
}

impl<'t> Draft<'t> {
    pub(super) fn new(text: &'t Text<'t>, start: usize) -> Draft<'t> {
        Draft {
            text,
            edits: Vec::new(),
            at: start,
            added: String::new(),
            is_open: false,
        }
    }

    /// Keeps these bytes; what lies between them and those kept before is gone.
    pub(super) fn keep(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.end_line(&self.text.text[range.clone()]);
        }
        self.settle(range.start);
        if !range.is_empty() {
            self.is_open = self.text.ends_in_line_comment(range.clone());
        }
        self.at = range.end;
    }

    pub(super) fn add(&mut self, text: &str) {
        if !text.is_empty() {
            self.end_line(text);
            self.added.push_str(text);
        }
    }

    /// Adds a comment, behind something.
    pub(super) fn add_comment(&mut self, text: &str) {
        self.add(text);
        self.is_open |= text.contains("//");
    }

    fn end_line(&mut self, next: &str) {
        let ends_it = next.trim_start_matches([' ', '\t', '\r']).starts_with('\n');
        if self.is_open && !ends_it {
            self.added.push_str(self.text.style.line_end);
        }
        self.is_open = false;
    }

    fn settle(&mut self, to: usize) {
        let range = self.at..to;
        if self.text.text[range.clone()] != self.added {
            let text = std::mem::take(&mut self.added);
            self.edits.push(Edit { range, text });
        }
        self.added.clear();
    }

    /// The edits, when everything up to `end` is decided.
    pub(super) fn finish(mut self, end: usize) -> Vec<Edit> {
        self.settle(end);
        self.edits
    }
}

/// The part of a text with edits inside it.
pub(super) fn edited(text: &str, part: Range<usize>, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(part.len());
    let mut at = part.start;
    for edit in edits {
        out.push_str(&text[at..edit.range.start]);
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(&text[at..part.end]);
    out
}
