//! A text as a tree of places: which bytes are which value, where the commas and comments are.

use super::Dialect;
use super::number::{exact_number, exact_string};
use crate::{
    document::{Fault, ReadError, line_and_column},
    value::MAX_DEPTH,
};
use jsonc_parser::{Scanner, ScannerOptions, errors::ParseError, tokens::Token};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::ops::Range;

/// The bytes of a value.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The members or elements; none for a scalar.
    pub(super) items: Vec<Item>,
}

/// The bytes of a member or an element.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// A member's, unescaped, and where it ends.
    pub(super) name: Option<(String, usize)>,
    /// Where the name begins, or the element.
    pub(super) start: usize,
    pub(super) value: Node,
    /// The comma behind it.
    pub(super) comma: Option<usize>,
}

impl Item {
    pub(super) fn name(&self) -> &str {
        self.name.as_ref().map_or("", |(name, _)| name)
    }
}

/// What a text was read as.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) root: Node,
    pub(super) document: Value,
    pub(super) comments: Vec<Range<usize>>,
}

pub(super) fn read(text: &str, dialect: Dialect, depth: usize) -> Result<Tree, ReadError> {
    let options = ScannerOptions {
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let mut reader = Reader {
        scanner: Scanner::new(text, &options),
        text,
        dialect,
        depth: depth.min(MAX_DEPTH),
        end: 0,
        comments: Vec::new(),
    };
    let first = reader.next()?;
    let (root, document) = reader.value(first, reader.depth, "a value")?;
    match reader.next()? {
        None => Ok(Tree {
            root,
            document,
            comments: reader.comments,
        }),
        more => Err(reader.unexpected("the end of the text", &more)),
    }
}

/// A token that is no comment, and its bytes.
type Found<'t> = Option<(Token<'t>, Range<usize>)>;

struct Reader<'t> {
    scanner: Scanner<'t>,
    text: &'t str,
    dialect: Dialect,
    depth: usize,
    /// Where the last token ended.
    end: usize,
    comments: Vec<Range<usize>>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Found<'t>, ReadError> {
        loop {
            let scanned = self.scanner.scan();
            let token = scanned.map_err(|error| self.unscannable(&error))?;
            let range = match token {
                Some(_) => self.scanner.token_start()..self.scanner.token_end(),
                None => self.text.len()..self.text.len(),
            };
            self.check_space(self.end..range.start)?;
            self.end = range.end;
            match (token, self.dialect) {
                (Some(Token::CommentLine(_) | Token::CommentBlock(_)), Dialect::Json) => {
                    let message = "expected JSON, found a comment".to_owned();
                    return Err(self.fail(Fault::NotJson, range.start, message));
                }
                (
                    Some(Token::CommentLine(_) | Token::CommentBlock(_)),
                    Dialect::JsonWithComments,
                ) => self.comments.push(range),
                (token, _) => return Ok(token.map(|token| (token, range))),
            }
        }
    }

    /// JSON's four characters of white space are fewer than the scanner's.
    fn check_space(&self, between: Range<usize>) -> Result<(), ReadError> {
        let space = &self.text[between.clone()];
        let other = space.find(|c| !matches!(c, ' ' | '\t' | '\r' | '\n'));
        match other {
            None => Ok(()),
            Some(at) => {
                let at = between.start + at;
                let found = self.text[at..].chars().next().unwrap_or_default();
                let message = format!("expected JSON, found the character {found:?}");
                Err(self.fail(Fault::NotJson, at, message))
            }
        }
    }

    fn fail(&self, fault: Fault, at: usize, message: String) -> ReadError {
        ReadError::at(fault, self.text, at, message)
    }

    fn unscannable(&self, error: &ParseError) -> ReadError {
        let said = error.kind().to_string();
        let said = said.trim_end_matches('.');
        let message = format!("expected JSON, found this: {said}");
        self.fail(Fault::NotJson, error.range().start, message)
    }

    fn unexpected(&self, expected: &str, found: &Found<'_>) -> ReadError {
        let (at, found) = match found {
            Some((_, range)) => {
                let token = &self.text[range.clone()];
                let short: String = token.chars().take(40).collect();
                let more = if short.len() < token.len() { "…" } else { "" };
                (range.start, format!("{short}{more}"))
            }
            None => (self.text.len(), "the end of the text".to_owned()),
        };
        self.fail(
            Fault::NotJson,
            at,
            format!("expected {expected}, found {found}"),
        )
    }

    fn value(
        &mut self,
        found: Found<'t>,
        room: usize,
        expected: &str,
    ) -> Result<(Node, Value), ReadError> {
        let Some((token, range)) = found else {
            return Err(self.unexpected(expected, &found));
        };
        let scalar = match token {
            Token::OpenBrace => return self.object(range.start, self.inside(range.start, room)?),
            Token::OpenBracket => return self.array(range.start, self.inside(range.start, room)?),
            Token::String(_) => exact_string(self.string(range.clone())?),
            Token::Number(literal) => exact_number(literal),
            Token::Boolean(boolean) => Value::Bool(boolean),
            Token::Null => Value::Null,
            other => return Err(self.unexpected(expected, &Some((other, range)))),
        };
        let node = Node {
            start: range.start,
            end: range.end,
            items: Vec::new(),
        };
        Ok((node, scalar))
    }

    fn inside(&self, at: usize, room: usize) -> Result<usize, ReadError> {
        room.checked_sub(1).ok_or_else(|| {
            let message = format!("expected a depth of at most {}, found more", self.depth);
            self.fail(Fault::TooDeep, at, message)
        })
    }

    /// Unescapes a string by JSON's rules, which are stricter than the scanner's.
    fn string(&self, range: Range<usize>) -> Result<String, ReadError> {
        serde_json::from_str(&self.text[range.clone()]).map_err(|error| {
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default();
            let at = range.start + error.column().saturating_sub(1);
            let message = format!("expected JSON, found this: {said}");
            self.fail(Fault::NotJson, at, message)
        })
    }

    fn object(&mut self, start: usize, room: usize) -> Result<(Node, Value), ReadError> {
        let mut members = Map::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut items: Vec<Item> = Vec::new();
        let mut found = self.next()?;
        loop {
            let expected = match items.last() {
                None => "a name or a '}'",
                Some(_) => "a name",
            };
            let range = match found {
                Some((Token::CloseBrace, range)) => {
                    self.check_may_close(&items, &range)?;
                    return Ok((node(start, range.end, items), Value::Object(members)));
                }
                Some((Token::String(_), range)) => range,
                other => return Err(self.unexpected(expected, &other)),
            };
            let name = self.string(range.clone())?;
            if let Some(first) = seen.insert(name.clone(), range.start) {
                let (line, _) = line_and_column(self.text, first);
                let message = format!(
                    "expected each member once, found {name:?} twice, first in line {line}"
                );
                return Err(self.fail(Fault::DuplicateMember, range.start, message));
            }
            match self.next()? {
                Some((Token::Colon, _)) => {}
                other => return Err(self.unexpected("a ':'", &other)),
            }
            let found_value = self.next()?;
            let (value, document) = self.value(found_value, room, "a value")?;
            members.insert(name.clone(), document);
            let mut item = Item {
                name: Some((name, range.end)),
                start: range.start,
                value,
                comma: None,
            };
            match self.next()? {
                Some((Token::Comma, comma)) => item.comma = Some(comma.start),
                Some((Token::CloseBrace, range)) => {
                    items.push(item);
                    return Ok((node(start, range.end, items), Value::Object(members)));
                }
                other => return Err(self.unexpected("a ',' or a '}'", &other)),
            }
            items.push(item);
            found = self.next()?;
        }
    }

    fn array(&mut self, start: usize, room: usize) -> Result<(Node, Value), ReadError> {
        let mut elements = Vec::new();
        let mut items: Vec<Item> = Vec::new();
        let mut found = self.next()?;
        loop {
            if let Some((Token::CloseBracket, ref range)) = found {
                self.check_may_close(&items, range)?;
                return Ok((node(start, range.end, items), Value::Array(elements)));
            }
            let expected = match items.last() {
                None => "a value or a ']'",
                Some(_) => "a value",
            };
            let (value, document) = self.value(found, room, expected)?;
            elements.push(document);
            let mut item = Item {
                name: None,
                start: value.start,
                value,
                comma: None,
            };
            match self.next()? {
                Some((Token::Comma, comma)) => item.comma = Some(comma.start),
                Some((Token::CloseBracket, range)) => {
                    items.push(item);
                    return Ok((node(start, range.end, items), Value::Array(elements)));
                }
                other => return Err(self.unexpected("a ',' or a ']'", &other)),
            }
            items.push(item);
            found = self.next()?;
        }
    }

    /// An empty container may close at once, and after a comma where the dialect has trailing ones.
    fn check_may_close(&self, items: &[Item], bracket: &Range<usize>) -> Result<(), ReadError> {
        if items.is_empty() || self.dialect == Dialect::JsonWithComments {
            return Ok(());
        }
        let message = "expected JSON, found this: trailing comma".to_owned();
        Err(self.fail(Fault::NotJson, bracket.start, message))
    }
}

fn node(start: usize, end: usize, items: Vec<Item>) -> Node {
    Node { start, end, items }
}
