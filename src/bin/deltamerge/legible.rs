//! Text for people: nothing in it that moves a terminal's cursor, and cut to the room that there is.

use serde_json::Value;
use std::io;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` with control characters, and those that reorder a line, written as escapes.
pub(crate) fn legible(text: &str) -> String {
    let mut legible = String::with_capacity(text.len());
    for c in text.chars() {
        let hides = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if c.is_control() || hides {
            legible.extend(c.escape_unicode());
        } else {
            legible.push(c);
        }
    }
    legible
}

/// How many columns a text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// The beginning of `text`, in at most `room` columns.
pub(crate) fn beginning(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut kept: String = fitting(text.chars(), room).collect();
    kept.push('…');
    kept
}

/// The end of `text`, in at most `room` columns.
pub(crate) fn end(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut kept: Vec<char> = fitting(text.chars().rev(), room).collect();
    kept.push('…');
    kept.into_iter().rev().collect()
}

/// As many characters as leave one column of the room.
fn fitting(characters: impl Iterator<Item = char>, room: usize) -> impl Iterator<Item = char> {
    let mut taken = 0;
    characters.take_while(move |c| {
        taken += c.width().unwrap_or(0);
        taken < room
    })
}

/// A value as JSON in at most `room` columns.
pub(crate) fn value(value: &Value, room: usize) -> String {
    // A character that is shown takes at most four bytes; of a long value no more is written than that.
    let mut start = Start {
        bytes: Vec::new(),
        limit: room.saturating_mul(4).saturating_add(16),
    };
    // The only error is that there is no more room.
    let _ = serde_json::to_writer(&mut start, value);
    let text = legible(&String::from_utf8_lossy(&start.bytes));
    if columns(&text) <= room {
        return text;
    }
    let close = match value {
        Value::String(_) => "\"",
        Value::Array(_) => "]",
        Value::Object(_) => "}",
        Value::Null | Value::Bool(_) | Value::Number(_) => "",
    };
    beginning(&text, room.saturating_sub(close.len())) + close
}

/// A writer that takes only so much.
struct Start {
    bytes: Vec<u8>,
    limit: usize,
}

impl io::Write for Start {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.limit - self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
