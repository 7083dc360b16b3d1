//! Reading: documents, deltas and actions from files or standard input, with errors that point into them.

use crate::failure::Failure;
use crate::legible::{beginning, columns, legible};
use clap::builder::RangedU64ValueParser;
use deltamerge::{
    Action, DEFAULT_DEPTH, DeltaError, DeltaSet, FormError, Join, MAX_DEPTH, Path, ReadError,
    Stamp, parse_within,
    text::{Dialect, Text, exact, plain},
};
use serde_json::Value;
use std::{ffi::OsString, fmt, fs, io, io::Read, path::PathBuf};

/// The bound on depth, as an argument.
#[derive(clap::Args)]
pub(crate) struct Bound {
    /// Refuses documents that are deeper than N, at most 256
    #[arg(
        long,
        value_name = "N",
        default_value_t = DEFAULT_DEPTH,
        value_parser = RangedU64ValueParser::<usize>::new().range(0..=MAX_DEPTH as u64)
    )]
    pub(crate) depth: usize,
}

/// How documents are read, as arguments.
#[derive(clap::Args)]
pub(crate) struct Documents {
    /// Takes comments and trailing commas in every document; files such as tsconfig.json may have them as it is
    #[arg(long)]
    comments: bool,

    #[command(flatten)]
    bound: Bound,
}

impl Documents {
    pub(crate) fn depth(&self) -> usize {
        self.bound.depth
    }

    fn dialect(&self, source: &Source) -> Dialect {
        if self.comments {
            Dialect::JsonWithComments
        } else {
            Dialect::of_name(source.name().unwrap_or_default())
        }
    }
}

/// A file to read, or `-` for standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source(PathBuf);

impl From<OsString> for Source {
    fn from(name: OsString) -> Source {
        Source(name.into())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_standard_input() {
            f.write_str("standard input")
        } else {
            self.0.display().fmt(f)
        }
    }
}

/// Refuses to read standard input for several of the files.
pub(crate) fn check_standard_input<'s>(
    sources: impl IntoIterator<Item = &'s Source>,
) -> Result<(), Failure> {
    let sources = sources.into_iter();
    match sources.filter(|source| source.is_standard_input()).count() {
        0 | 1 => Ok(()),
        count => Err(Failure::new(
            format!("expected - (standard input) for one file at most, found it for {count}"),
            "put the others into files",
        )),
    }
}

impl Source {
    fn is_standard_input(&self) -> bool {
        self.0.as_os_str() == "-"
    }

    /// The name to sign an action with: the file's, without folder and ending.
    pub(crate) fn stem(&self) -> String {
        match self.0.file_stem() {
            Some(stem) if !self.is_standard_input() => stem.to_string_lossy().into_owned(),
            _ => "stdin".to_owned(),
        }
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.0.to_str()
    }

    pub(crate) fn document(&self, documents: &Documents) -> Result<Value, Failure> {
        let text = self.text()?;
        if documents.dialect(self) == Dialect::Json {
            // What it is that is no JSON, the reader of texts knows better.
            return self
                .json(&text, documents.depth())
                .map_err(|failure| self.read(&text, documents).err().unwrap_or(failure));
        }
        let read = self.read(&text, documents)?;
        let document = plain(read.document());
        match beyond_doubles(read.document(), &document, &Path::root()) {
            None => Ok(document),
            Some((path, number)) => {
                let message = format!(
                    "{self}: at {path}: expected a number that a double can hold, found {number}"
                );
                Err(Failure::coded("bad-json", message).advising(MEND.to_owned()))
            }
        }
    }

    /// The text of a document.
    pub(crate) fn read<'t>(
        &self,
        text: &'t str,
        documents: &Documents,
    ) -> Result<Text<'t>, Failure> {
        let dialect = documents.dialect(self);
        let read = Text::read_within(text, dialect, documents.depth());
        read.map_err(|error| {
            let failure = self.unreadable(behind_mark(text), &error);
            let (is_json, message) = (dialect == Dialect::Json, error.to_string());
            let is_allowed_elsewhere =
                message.ends_with("found a comment") || message.ends_with("trailing comma");
            if is_json && is_allowed_elsewhere {
                let next =
                    "if the file may have comments and trailing commas, say so with --comments";
                return failure.advising(next.to_owned());
            }
            if !is_json && error.code() == "bad-json" {
                return failure.advising(MEND.to_owned());
            }
            failure
        })
    }

    pub(crate) fn deltas(&self) -> Result<DeltaSet, Failure> {
        DeltaSet::from_json(self.data()?).map_err(|error| {
            let failure = self.malformed(&error);
            match error.code() {
                "bad-path" => failure,
                _ => failure.advising(DELTAS.to_owned()),
            }
        })
    }

    pub(crate) fn action(&self) -> Result<Action, Failure> {
        Action::from_json(self.data()?).map_err(|error| self.malformed(&error))
    }

    /// One action, a list of actions, or a join.
    pub(crate) fn actions(&self) -> Result<Vec<Action>, Failure> {
        match self.data()? {
            Value::Array(items) => {
                let actions = items.into_iter().enumerate().map(|(index, item)| {
                    Action::from_json(item).map_err(|error| {
                        let message = format!("{self}: action {index} of the list: {error}");
                        Failure::coded(error.code(), message)
                    })
                });
                actions.collect()
            }
            Value::Object(members) if members.contains_key("actions") => {
                let join = Join::from_json(Value::Object(members));
                let join = join.map_err(|error| self.malformed(&error))?;
                let actions = join.iter();
                Ok(actions
                    .map(|(stamp, deltas)| Action {
                        stamp: stamp.clone(),
                        deltas: deltas.clone(),
                    })
                    .collect())
            }
            other => {
                let action = Action::from_json(other).map_err(|error| self.malformed(&error))?;
                Ok(vec![action])
            }
        }
    }

    /// JSON that holds documents, and so may be deeper than they.
    pub(crate) fn data(&self) -> Result<Value, Failure> {
        self.json(&self.text()?, MAX_DEPTH)
    }

    fn json(&self, text: &str, depth: usize) -> Result<Value, Failure> {
        let text = behind_mark(text);
        parse_within(text, depth).map_err(|error| self.unreadable(text, &error))
    }

    /// The whole text, with its byte order mark.
    pub(crate) fn text(&self) -> Result<String, Failure> {
        let read = if self.is_standard_input() {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            fs::read(&self.0)
        };
        let bytes = read.map_err(|error| {
            Failure::new(
                format!("{self}: cannot be read: {}", reason(&error)),
                "check the name; it counts from the folder that the command runs in",
            )
        })?;
        String::from_utf8(bytes).map_err(|error| {
            let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
            let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            let message = format!(
                "{self}, line {line}: expected text in UTF-8, found the byte 0x{:02x}",
                bytes[at]
            );
            Failure::coded("bad-json", message).advising("save the file as UTF-8".to_owned())
        })
    }

    pub(crate) fn unreadable(&self, text: &str, error: &ReadError) -> Failure {
        let failure = Failure::coded(error.code(), format!("{self}, {error}"));
        let failure = failure.showing(excerpt(text, error.line(), error.column()));
        if text.trim().is_empty() {
            let next = "give a file that holds a JSON document; an empty one is not JSON";
            return failure.advising(next.to_owned());
        }
        failure
    }

    pub(crate) fn malformed(&self, error: &FormError) -> Failure {
        Failure::coded(error.code(), format!("{self}: {error}"))
    }

    /// A set from this file does not fit: `stamp` names it where there are several, `base` what it should fit.
    pub(crate) fn misfit(
        &self,
        stamp: Option<&Stamp>,
        error: &DeltaError,
        base: &dyn fmt::Display,
    ) -> Failure {
        let action = stamp.map(|stamp| format!("action {stamp}: "));
        let message = format!("{self}: {}{error}", action.unwrap_or_default());
        let failure = Failure::coded(error.code(), message);
        match error.code() {
            "does-not-fit" => failure.advising(format!(
                "is {base} what the deltas were made on? Their paths are in its coordinates"
            )),
            _ => failure,
        }
    }
}

const MEND: &str = "mend the text";

/// The first number of an exact document for which a string stands in the plain one, and where it is.
fn beyond_doubles(read: &Value, plain: &Value, path: &Path) -> Option<(Path, String)> {
    let inside = |token: &str, read, plain| {
        let mut path = path.clone();
        path.push(token);
        beyond_doubles(read, plain, &path)
    };
    match (read, plain) {
        (Value::String(_), Value::String(text)) if exact(plain) != *read => {
            Some((path.clone(), text.clone()))
        }
        (Value::Array(read), Value::Array(plain)) => {
            let mut pairs = read.iter().zip(plain).enumerate();
            pairs.find_map(|(index, (read, plain))| inside(&index.to_string(), read, plain))
        }
        (Value::Object(read), Value::Object(plain)) => {
            let mut members = read.iter();
            members.find_map(|(name, read)| inside(name, read, plain.get(name)?))
        }
        _ => None,
    }
}

const DELTAS: &str = r#"a delta set is a list such as [{"op":"add","path":"/a","value":1},{"op":"remove","path":"/b"}]; `deltamerge diff` writes it"#;

pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

fn behind_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The system's words for an error, without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// The line, and a mark under the column, which counts bytes from 1.
fn excerpt(text: &str, line: usize, column: usize) -> String {
    const ROOM: usize = 90;
    let text = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let byte = column.saturating_sub(1).min(text.len());
    let before = (0..=byte).rev().find(|at| text.is_char_boundary(*at));
    let before = before.unwrap_or(0);
    // Of a long line the part around the column.
    let from = match text[..before].char_indices().rev().nth(ROOM / 2) {
        Some((from, _)) => from,
        None => 0,
    };
    let mark = " ".repeat(columns(&legible(&text[from..before])));
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let shown = beginning(&legible(&beginning(&text[from..], ROOM)), ROOM);
    format!("{number} | {shown}\n{margin} | {mark}^\n")
}
