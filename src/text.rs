//! The text of JSON files: edited and merged so that only the changed places are rewritten (feature `text`).
//!
//! A file is more than its document: indentation, line ends, the order of members, `1.10` and `1e400` and forty digits, comments.
//! [`edit`] applies deltas to a text, [`merge`] merges three, and every byte that no change is about stays. What they do is
//! written down in `spec/files.md` (F1 to F14).
//!
//! ```
//! use deltamerge::{Delta, DeltaSet, Path, text};
//! let file = "{\n    \"price\": 1.10,\n    \"tags\": [ \"new\" ]\n}\n";
//! let deltas = DeltaSet::from_iter([Delta::add(Path::parse("/tags/1")?, "cheap")]);
//! let edited = text::edit(file, &deltas, text::Dialect::Json)?;
//! assert_eq!(edited, "{\n    \"price\": 1.10,\n    \"tags\": [ \"new\", \"cheap\" ]\n}\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod draft;
mod gaps;
mod layout;
mod marks;
mod merge;
mod number;
mod place;
mod revise;
mod tree;

pub use marks::Markers;
pub use merge::{MergeTextError, MergedText, Resolve, Version, merge};

use crate::{
    delta::{
        Delta, DeltaSet, Op,
        apply::{ApplyError, apply_within},
    },
    document::ReadError,
    merge::{Decision, Party},
    value::{MAX_DEPTH, equal},
};
use draft::{Draft, edited};
use layout::Style;
use revise::{Hints, revise};
use serde_json::Value;
use std::{fmt, ops::Range, sync::Arc};
use tree::{Node, Tree};

/// What a text may have beside JSON (F2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// JSON, and nothing else.
    Json,
    /// JSON with comments and trailing commas, which some programs allow in their configuration.
    JsonWithComments,
}

impl Dialect {
    /// The dialect of a file by its name (F2): JSON, unless the programs that read files of that name allow comments.
    ///
    /// ```
    /// use deltamerge::text::Dialect;
    /// assert_eq!(Dialect::of_name("web/tsconfig.build.json"), Dialect::JsonWithComments);
    /// assert_eq!(Dialect::of_name("package.json"), Dialect::Json);
    /// ```
    pub fn of_name(name: &str) -> Dialect {
        let mut parts = name.rsplit(['/', '\\']);
        let file = parts.next().unwrap_or_default().to_lowercase();
        let folder = parts.next().unwrap_or_default();
        let endings = [
            ".jsonc",
            ".code-workspace",
            ".code-snippets",
            ".hujson",
            ".sublime-settings",
        ];
        let is_json = file.ends_with(".json");
        let is_lenient = endings.iter().any(|ending| file.ends_with(ending))
            || is_json && (file.starts_with("tsconfig") || file.starts_with("jsconfig"))
            || is_json && matches!(folder, ".vscode" | ".devcontainer")
            || NAMES.contains(&file.as_str());
        if is_lenient {
            Dialect::JsonWithComments
        } else {
            Dialect::Json
        }
    }
}

/// Files whose programs allow comments, as their documentation says.
const NAMES: [&str; 10] = [
    ".babelrc",
    ".babelrc.json",
    ".devcontainer.json",
    ".eslintrc",
    ".eslintrc.json",
    ".jshintrc",
    ".swcrc",
    "api-extractor.json",
    "babel.config.json",
    "language-configuration.json",
];

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A text that was read: its document, and where everything stands.
///
/// ```
/// use deltamerge::text::{Dialect, Text};
/// let text = Text::read("{\"a\": 1e400} ", Dialect::Json)?;
/// assert_eq!(text.with(text.document(), None, &[]), "{\"a\": 1e400} ");
/// # Ok::<(), deltamerge::ReadError>(())
/// ```
#[derive(Debug)]
pub struct Text<'t> {
    text: &'t str,
    /// Where the text begins behind a byte order mark; what follows counts from there.
    mark: &'static str,
    tree: Tree,
    style: Style,
}

impl<'t> Text<'t> {
    /// Reads a text, at most [`MAX_DEPTH`] deep. O(the text).
    ///
    /// # Errors
    /// [`ReadError`] with line and column: it is not of the dialect (E1), names a member twice (E2), or is too deep (E3).
    pub fn read(text: &'t str, dialect: Dialect) -> Result<Text<'t>, ReadError> {
        Text::read_within(text, dialect, MAX_DEPTH)
    }

    /// [`Text::read`] with a bound on the depth of its own.
    ///
    /// # Errors
    /// As [`Text::read`].
    pub fn read_within(
        text: &'t str,
        dialect: Dialect,
        depth: usize,
    ) -> Result<Text<'t>, ReadError> {
        let (mark, text) = match text.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) => (BYTE_ORDER_MARK, rest),
            None => ("", text),
        };
        let tree = tree::read(text, dialect, depth)?;
        let style = Style::of(text, &tree.root);
        Ok(Text {
            text,
            mark,
            tree,
            style,
        })
    }

    /// The *exact* document (F3): where a number is neither a 64-bit integer nor a double, a string stands for it that no text
    /// can mean. [`plain`] takes it back; deltas between exact documents say what changed to the last digit.
    pub fn document(&self) -> &Value {
        &self.tree.document
    }

    /// The text of another exact document, in which only what differs from this text is rewritten (F4 to F8).
    ///
    /// Bytes of `others` are used for what comes from them; where `base` is given, what this text and `base` write alike and another
    /// writes in another way, without meaning something else, is written in that way. O(the texts) for few changes.
    ///
    /// ```
    /// use deltamerge::text::{Dialect, Text};
    /// let read = |text| Text::read(text, Dialect::Json);
    /// let (ours, theirs) = (read("{ \"a\": 1.0 }")?, read("{\"a\":2e0,\"b\":[1,  2]}")?);
    /// assert_eq!(ours.with(theirs.document(), None, &[&theirs]), "{ \"a\": 2e0, \"b\": [1,  2] }");
    /// # Ok::<(), deltamerge::ReadError>(())
    /// ```
    pub fn with(&self, document: &Value, base: Option<&Text<'_>>, others: &[&Text<'_>]) -> String {
        let hints = Hints {
            base: base.map(Text::root),
            others: others.iter().map(|other| other.root()).collect(),
        };
        let (start, end) = (self.tree.root.start, self.tree.root.end);
        let body = edited(self.text, start..end, &self.edits(document, &hints));
        // What stands around the document is changed as the bytes inside it are.
        let around = |part: fn(&Text<'_>) -> String| {
            let own = part(self);
            let is_untouched = base.is_some_and(|base| part(base) == own);
            let mut others = others.iter().map(|other| part(other));
            let touched = others.find(|other| is_untouched && *other != own);
            touched.unwrap_or(own)
        };
        let before = around(|text| format!("{}{}", text.mark, &text.text[..text.tree.root.start]));
        let behind = around(|text| text.text[text.tree.root.end..].to_owned());
        format!("{before}{body}{behind}")
    }

    fn edits(&self, document: &Value, hints: &Hints<'_>) -> Vec<draft::Edit> {
        let Node { start, end, .. } = self.tree.root;
        let mut draft = Draft::new(self, start);
        revise(&mut draft, self.root(), document, hints);
        draft.finish(end)
    }

    fn root(&self) -> At<'_> {
        At {
            text: self,
            node: &self.tree.root,
            value: &self.tree.document,
        }
    }

    /// Space with the comments in it blotted out, line ends and all: so no line of it is blank that is part of a comment.
    fn blotted(&self, range: Range<usize>) -> Vec<u8> {
        let mut bytes = self.text.as_bytes()[range.clone()].to_vec();
        let comments = &self.tree.comments;
        let next = comments.partition_point(|comment| comment.end <= range.start);
        let inside = comments[next..].iter();
        for comment in inside.take_while(|comment| comment.start < range.end) {
            bytes[comment.start - range.start..comment.end - range.start].fill(b'x');
        }
        bytes
    }

    fn has_comments(&self, range: Range<usize>) -> bool {
        let comments = &self.tree.comments;
        let next = comments.partition_point(|comment| comment.end <= range.start);
        comments
            .get(next)
            .is_some_and(|comment| comment.start < range.end)
    }

    /// Whether the last thing in these bytes is a comment that goes to the end of its line.
    fn ends_in_line_comment(&self, range: Range<usize>) -> bool {
        let comments = &self.tree.comments;
        let next = comments.partition_point(|comment| comment.end <= range.end);
        let last = next.checked_sub(1).map(|index| comments[index].clone());
        last.is_some_and(|last| {
            let is_blank = |c: char| matches!(c, ' ' | '\t');
            last.end > range.start
                && self.text[last.clone()].starts_with("//")
                && self.text[last.end..range.end].chars().all(is_blank)
        })
    }

    /// Where the comments end that stand between two bytes, in the line of the first and at its end.
    fn comment_in_line(&self, from: usize, limit: usize) -> usize {
        let comments = &self.tree.comments;
        let mut end = from;
        for comment in &comments[comments.partition_point(|comment| comment.start < from)..] {
            if comment.end > limit || self.text[end..comment.start].contains('\n') {
                break;
            }
            end = comment.end;
        }
        if self.text[end..limit]
            .trim_start_matches([' ', '\t'])
            .starts_with(['\r', '\n'])
        {
            end
        } else {
            from
        }
    }
}

/// A value in a text.
#[derive(Clone, Copy)]
struct At<'t> {
    text: &'t Text<'t>,
    node: &'t Node,
    value: &'t Value,
}

impl<'t> At<'t> {
    fn bytes(self) -> &'t str {
        &self.text.text[self.node.start..self.node.end]
    }

    fn indent(self) -> &'t str {
        // One long line is not gone through for each of its values.
        if self.text.style.is_one_line {
            return "";
        }
        layout::line_indent(self.text.text, self.node.start)
    }

    /// The value of a member or an element, by its position in the text.
    fn child(self, index: usize) -> At<'t> {
        let item = &self.node.items[index];
        let value = match self.value {
            Value::Object(members) => &members[item.name()],
            Value::Array(elements) => &elements[index],
            scalar => scalar,
        };
        At {
            text: self.text,
            node: &item.value,
            value,
        }
    }

    /// A member's name as it is written.
    fn label(self, index: usize) -> &'t str {
        let item = &self.node.items[index];
        let end = item.name.as_ref().map_or(item.start, |(_, end)| *end);
        &self.text.text[item.start..end]
    }
}

/// Why a text cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditError {
    /// It cannot be read.
    Read(ReadError),
    /// The deltas cannot be applied to its document.
    Apply(ApplyError),
}

impl EditError {
    /// The error's code, of E1 to E11.
    pub fn code(&self) -> &'static str {
        match self {
            EditError::Read(error) => error.code(),
            EditError::Apply(error) => error.code(),
        }
    }
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EditError::Read(error) => error.fmt(f),
            EditError::Apply(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for EditError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            EditError::Read(error) => Some(error),
            EditError::Apply(error) => Some(error),
        }
    }
}

/// Applies deltas to a text: each place that they change is rewritten in the style around it, and all other bytes stay (F4).
/// The deltas are strict, as [`apply`](crate::apply())'s. O(the text).
///
/// # Errors
/// [`EditError`] where the text cannot be read or a delta does not fit.
///
/// ```
/// use deltamerge::{Delta, DeltaSet, Path, text};
/// let deltas = DeltaSet::from_iter([
///     Delta::remove(Path::parse("/b")?),
///     Delta::change(Path::parse("/a")?, 2),
/// ]);
/// let edited = text::edit("{ \"a\" : 1.0,\n  \"b\" : 2,\n  \"c\" : 1e2 }", &deltas, text::Dialect::Json)?;
/// assert_eq!(edited, "{ \"a\" : 2,\n  \"c\" : 1e2 }");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn edit(text: &str, deltas: &DeltaSet, dialect: Dialect) -> Result<String, EditError> {
    let text = Text::read(text, dialect).map_err(EditError::Read)?;
    let deltas = exact_deltas(deltas);
    let document = apply_within(text.document(), &deltas, MAX_DEPTH);
    let document = document.map_err(EditError::Apply)?;
    Ok(text.with(&document, None, &[]))
}

/// An exact document as a plain one (F3): each number the nearest double, or, where it is beyond them, a string of its
/// digits and its power of ten. O(the document).
///
/// ```
/// use deltamerge::text::{Dialect, Text, plain};
/// let text = Text::read("[1.5, 0.10000000000000000001, 1e400]", Dialect::Json)?;
/// assert_eq!(plain(text.document()), serde_json::json!([1.5, 0.1, "1e400"]));
/// # Ok::<(), deltamerge::ReadError>(())
/// ```
pub fn plain(document: &Value) -> Value {
    number::plain(document)
}

/// A plain document as an exact one (F3). O(the document).
///
/// ```
/// use deltamerge::text::{exact, plain};
/// let document = serde_json::json!(["\u{0}", 1]);
/// assert_eq!(plain(&exact(&document)), document);
/// ```
pub fn exact(document: &Value) -> Value {
    number::exact(document)
}

/// Deltas between exact documents, with [`plain`] values.
pub fn plain_deltas(deltas: &DeltaSet) -> DeltaSet {
    map_deltas(deltas, number::plain)
}

/// Deltas between plain documents, with [`exact`] values.
pub fn exact_deltas(deltas: &DeltaSet) -> DeltaSet {
    map_deltas(deltas, number::exact)
}

/// Decisions about exact documents, with [`plain`] values.
pub fn plain_decisions(decisions: &[Decision]) -> Vec<Decision> {
    let party = |party: &Party| Party {
        stamp: party.stamp.clone(),
        delta: map_delta(&party.delta, number::plain),
    };
    let mapped = decisions.iter().map(|decision| Decision {
        winner: Arc::new(party(&decision.winner)),
        loser: party(&decision.loser),
        ..decision.clone()
    });
    mapped.collect()
}

/// The text that a merge of several is written into (F5): the first side's, unless only another changed the format.
///
/// It is an index into `sides`, 0 where there are none.
pub fn frame(base: &Text<'_>, sides: &[&Text<'_>]) -> usize {
    let Some(first) = sides.first() else {
        return 0;
    };
    if first.style != base.style {
        return 0;
    }
    let reformats = |side: &&Text<'_>| side.style != base.style;
    let only_writes =
        |side: &&Text<'_>| side.text != base.text && equal(side.document(), base.document());
    let other = sides.iter().position(reformats);
    let other = other.or_else(|| {
        let is_plain = only_writes(first);
        let position = sides.iter().position(only_writes);
        position.filter(|_| !is_plain)
    });
    other.unwrap_or(0)
}

fn map_deltas(deltas: &DeltaSet, map: fn(&Value) -> Value) -> DeltaSet {
    deltas.iter().map(|delta| map_delta(delta, map)).collect()
}

fn map_delta(delta: &Delta, map: fn(&Value) -> Value) -> Delta {
    let op = match &delta.op {
        Op::Add(value) => Op::Add(map(value)),
        Op::Change(value) => Op::Change(map(value)),
        Op::Remove => Op::Remove,
    };
    Delta {
        path: delta.path.clone(),
        op,
    }
}
