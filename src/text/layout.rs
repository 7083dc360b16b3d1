//! How a text is laid out: its line ends, its indentation, what stands around a colon; and text in the layout of another.

use super::number::{Meaning, meaning};
use super::tree::Node;
use super::{At, Text};
use serde_json::Value;

/// What the first lines of a text show of its style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) line_end: &'static str,
    /// What one level of nesting is indented by.
    pub(super) unit: String,
    /// From the end of a name to the beginning of its value.
    pub(super) colon: String,
    /// The whole document stands in one line.
    pub(super) is_one_line: bool,
}

impl Style {
    pub(super) fn of(text: &str, root: &Node) -> Style {
        let newline = text.find('\n');
        let is_dos = newline.is_some_and(|at| text[..at].ends_with('\r'));
        let body = &text[root.start..root.end];
        let mut unit = None;
        let mut colon = None;
        let mut open = vec![root];
        while let (Some(node), true) = (open.pop(), unit.is_none() || colon.is_none()) {
            for item in node.items.iter().rev() {
                open.push(&item.value);
            }
            let Some(first) = node.items.first() else {
                continue;
            };
            if unit.is_none() && text[node.start..first.start].contains('\n') {
                let inner = line_indent(text, first.start);
                let step = inner.strip_prefix(line_indent(text, node.start));
                unit = step.filter(|step| !step.is_empty()).map(str::to_owned);
            }
            if let (None, Some((_, end))) = (&colon, &first.name) {
                let between = &text[*end..first.value.start];
                let is_plain = between.chars().all(|c| matches!(c, ' ' | '\t' | ':'));
                colon = is_plain.then(|| between.to_owned());
            }
        }
        Style {
            line_end: if is_dos { "\r\n" } else { "\n" },
            unit: unit.unwrap_or_else(|| "  ".to_owned()),
            colon: colon.unwrap_or_else(|| ": ".to_owned()),
            is_one_line: !root.items.is_empty() && !body.contains('\n'),
        }
    }

    /// What stands behind a comma where the next item is in the same line.
    pub(super) fn space(&self) -> &'static str {
        if self.colon.ends_with([' ', '\t']) {
            " "
        } else {
            ""
        }
    }
}

/// The white space that the line of a byte begins with.
pub(super) fn line_indent(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..at];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The bytes of a value for a place in another text, whose line begins with `indent`.
pub(super) fn transplant(from: At<'_>, to: &Text<'_>, indent: &str) -> String {
    let bytes = from.bytes();
    if !bytes.contains('\n') {
        return bytes.to_owned();
    }
    if to.style.is_one_line && !from.text.has_comments(from.node.start..from.node.end) {
        return squeezed(bytes, &to.style);
    }
    let own = line_indent(from.text.text, from.node.start);
    reindented(bytes, own, &from.text.style, indent, &to.style)
}

/// Lines in the style of another text. The first line stays as it is: it stands behind something.
pub(super) fn reindented(
    bytes: &str,
    from_indent: &str,
    from: &Style,
    indent: &str,
    to: &Style,
) -> String {
    // What is as far in as before keeps its indentation, be it tabs among spaces.
    let stays = from_indent == indent && from.unit == to.unit;
    let mut lines = bytes.split('\n');
    let first = lines.next().unwrap_or_default();
    let mut out = first.strip_suffix('\r').unwrap_or(first).to_owned();
    for line in lines {
        let line = line.strip_suffix('\r').unwrap_or(line);
        out.push_str(to.line_end);
        if stays {
            out.push_str(line);
            continue;
        }
        let rest = line.trim_start_matches([' ', '\t']);
        if rest.is_empty() {
            continue;
        }
        let own = &line[..line.len() - rest.len()];
        let mut inner = own.strip_prefix(from_indent).unwrap_or_default();
        out.push_str(indent);
        if from.unit != to.unit {
            while let Some(less) = inner.strip_prefix(from.unit.as_str()) {
                out.push_str(&to.unit);
                inner = less;
            }
        }
        out.push_str(inner);
        out.push_str(rest);
    }
    out
}

/// Lines put together to one. No string of JSON has a line end in it.
fn squeezed(bytes: &str, style: &Style) -> String {
    let mut out = String::with_capacity(bytes.len());
    for line in bytes.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let is_tight = out.is_empty() || out.ends_with(['{', '[']) || line.starts_with(['}', ']']);
        if !is_tight {
            out.push_str(style.space());
        }
        out.push_str(line);
    }
    out
}

/// Writes a value of an exact document that no text has.
pub(super) fn print(value: &Value, style: &Style, indent: &str) -> String {
    let mut out = String::new();
    print_to(&mut out, value, style, indent);
    out
}

fn print_to(out: &mut String, value: &Value, style: &Style, indent: &str) {
    let inner = format!("{indent}{}", style.unit);
    let (open, close, count) = match value {
        Value::Array(items) => ('[', ']', items.len()),
        Value::Object(members) => ('{', '}', members.len()),
        Value::String(text) => return out.push_str(&print_string(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            return out.push_str(&value.to_string());
        }
    };
    out.push(open);
    let between = |out: &mut String, index: usize| {
        if index > 0 {
            out.push(',');
        }
        if !style.is_one_line {
            out.push_str(style.line_end);
            out.push_str(&inner);
        } else if index > 0 {
            out.push_str(style.space());
        }
    };
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                between(out, index);
                print_to(out, item, style, &inner);
            }
        }
        Value::Object(members) => {
            for (index, (name, member)) in members.iter().enumerate() {
                between(out, index);
                out.push_str(&quoted(name));
                out.push_str(&style.colon);
                print_to(out, member, style, &inner);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    if count > 0 && !style.is_one_line {
        out.push_str(style.line_end);
        out.push_str(indent);
    }
    out.push(close);
}

fn print_string(text: &str) -> String {
    match meaning(text) {
        Meaning::String(text) => quoted(text),
        Meaning::Number(literal) => literal.to_owned(),
    }
}

pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
