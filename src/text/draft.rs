//! A text in the making: what is kept of an old one, in order, and what is written in between.

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
    text: &'t str,
    edits: Vec<Edit>,
    /// Up to here it is decided what becomes of the text.
    at: usize,
    added: String,
}

impl<'t> Draft<'t> {
    pub(super) fn new(text: &'t str, start: usize) -> Draft<'t> {
        Draft {
            text,
            edits: Vec::new(),
            at: start,
            added: String::new(),
        }
    }

    /// Keeps these bytes; what lies between them and those kept before is gone.
    pub(super) fn keep(&mut self, range: Range<usize>) {
        self.settle(range.start);
        self.at = range.end;
    }

    pub(super) fn add(&mut self, text: &str) {
        self.added.push_str(text);
    }

    fn settle(&mut self, to: usize) {
        let range = self.at..to;
        if self.text[range.clone()] != self.added {
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
