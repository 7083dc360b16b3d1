//! Where: JSON Pointers in the coordinates of the base (P1 to P4).

use jsonptr::{PointerBuf, Token, index::Index};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, cmp::Ordering, fmt, str::FromStr};

/// A place in a document: a JSON Pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) in the coordinates of the base.
///
/// Paths are ordered as documents are (P4): a path before what is inside it, `/a/9` before `/a/10`.
///
/// ```
/// use deltamerge::Path;
/// let mut path: Path = "/players/3".parse()?;
/// path.push("hit/miss");
/// assert_eq!(path.as_str(), "/players/3/hit~1miss");
/// assert!(Path::parse("/a/9")? < Path::parse("/a/10")?);
///
/// // What is there in a document: serde_json takes the same pointers.
/// let document = serde_json::json!({"players": [{"hp": 7}]});
/// let path = Path::parse("/players/0/hp")?;
/// assert_eq!(document.pointer(path.as_str()), Some(&serde_json::json!(7)));
/// # Ok::<(), deltamerge::PathError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Path(PointerBuf);

/// A text is not a JSON Pointer (E6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    text: String,
    offset: usize,
    expected: &'static str,
}

impl PathError {
    /// The error's code: `bad-path`.
    pub fn code(&self) -> &'static str {
        "bad-path"
    }

    /// What was found, for an error that has said what was expected.
    pub(crate) fn found(&self) -> String {
        let PathError {
            text,
            offset,
            expected,
        } = self;
        format!("{text:?}, which goes wrong at byte {offset}: {expected} should be there")
    }

    /// The byte of the text at which the pointer goes wrong.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not a JSON Pointer: expected {} at byte {}",
            self.text, self.expected, self.offset
        )
    }
}

impl std::error::Error for PathError {}

impl Path {
    /// The path of the whole document, `""`.
    pub fn root() -> Path {
        Path::default()
    }

    /// Reads a JSON Pointer. O(its length).
    ///
    /// # Errors
    /// Where it does not begin with `/`, or a `~` is not followed by `0` or `1`.
    pub fn parse(text: &str) -> Result<Path, PathError> {
        PointerBuf::parse(text)
            .map(Path)
            .map_err(|report| PathError {
                text: text.to_owned(),
                offset: report.original().complete_offset(),
                expected: if report.original().is_no_leading_slash() {
                    "an empty text or a '/'"
                } else {
                    "'~0' or '~1'"
                },
            })
    }

    /// The pointer as text, escapes and all.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether this is the path of the whole document.
    pub fn is_root(&self) -> bool {
        self.0.is_root()
    }

    /// The tokens from the root down, unescaped.
    ///
    /// ```
    /// let path = deltamerge::Path::parse("/a~1b/0")?;
    /// assert_eq!(path.tokens().collect::<Vec<_>>(), ["a/b", "0"]);
    /// # Ok::<(), deltamerge::PathError>(())
    /// ```
    pub fn tokens(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0
            .tokens()
            .map(|token| token.decoded().into_owned().into())
    }

    /// Goes one step down, to the member or element that `token` (unescaped) names.
    pub fn push(&mut self, token: &str) {
        self.0.push_back(token);
    }
}

impl PartialOrd for Path {
    fn partial_cmp(&self, other: &Path) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Path {
    fn cmp(&self, other: &Path) -> Ordering {
        document_order(self.as_str(), other.as_str())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A path in a sentence: the root is not nothing.
pub(crate) struct Quoted<'p>(pub(crate) &'p Path);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_root() {
            f.write_str("the root")
        } else {
            self.0.fmt(f)
        }
    }
}

impl AsRef<str> for Path {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl TryFrom<&str> for Path {
    type Error = PathError;
    fn try_from(text: &str) -> Result<Path, PathError> {
        Path::parse(text)
    }
}

impl FromStr for Path {
    type Err = PathError;
    fn from_str(text: &str) -> Result<Path, PathError> {
        Path::parse(text)
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Path, D::Error> {
        let text = String::deserialize(deserializer)?;
        Path::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Document order (P4) of two pointers that are well formed.
pub(crate) fn document_order(first: &str, second: &str) -> Ordering {
    let (a, b) = (first.as_bytes(), second.as_bytes());
    let common = common_start(a, b);
    if common == a.len() && common == b.len() {
        return Ordering::Equal;
    }
    // Both begin with a '/', unless one of them is the root, which comes first.
    let Some(slash) = a[..common].iter().rposition(|byte| *byte == b'/') else {
        return a.len().cmp(&b.len());
    };
    if let (Some(x), Some(y)) = (a.get(common), b.get(common)) {
        // As a rule the bytes that differ decide; but not between integers, nor where an escape or a token's end is near.
        let start = &a[slash + 1..common];
        let is_name = start.first().is_some_and(|byte| !byte.is_ascii_digit());
        let is_special = |byte: &u8| matches!(byte, b'/' | b'~');
        if is_name && !is_special(x) && !is_special(y) && start.last() != Some(&b'~') {
            return x.cmp(y);
        }
    }
    let order = token_order(first_token(first, slash), first_token(second, slash));
    order.then(a.len().cmp(&b.len()))
}

/// How many bytes are the same at the start of both.
fn common_start(first: &[u8], second: &[u8]) -> usize {
    const WORD: usize = size_of::<u64>();
    let words = first.chunks_exact(WORD).zip(second.chunks_exact(WORD));
    let start = words.take_while(|(a, b)| a == b).count() * WORD;
    let rest = first[start..].iter().zip(&second[start..]);
    start + rest.take_while(|(a, b)| a == b).count()
}

/// The token behind the '/' at `slash`, still escaped.
pub(crate) fn first_token(pointer: &str, slash: usize) -> &str {
    let rest = &pointer[slash + 1..];
    let end = rest.bytes().position(|byte| byte == b'/');
    &rest[..end.unwrap_or(rest.len())]
}

/// Document order of two tokens at one place, still escaped.
pub(crate) fn token_order(first: &str, second: &str) -> Ordering {
    match (is_integer(first), is_integer(second)) {
        (true, true) => first.len().cmp(&second.len()).then(first.cmp(second)),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => unescape(first).cmp(&unescape(second)),
    }
}

fn is_integer(token: &str) -> bool {
    match token.as_bytes() {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// The name that an escaped token stands for.
pub(crate) fn unescape(token: &str) -> Cow<'_, str> {
    if !token.as_bytes().contains(&b'~') {
        return Cow::Borrowed(token);
    }
    match Token::from_encoded(token) {
        Ok(token) => Cow::Owned(token.decoded().into_owned()),
        // A path was checked when it was read, so there is nothing to unescape here.
        Err(_) => Cow::Borrowed(token),
    }
}

/// What a token says in an array (P3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    At(usize),
    /// `-`
    End,
    /// Not an index: digits with a leading zero, or other text.
    None,
}

pub(crate) fn position(token: &str) -> Position {
    match token.parse::<Index>() {
        Ok(Index::Num(index)) => Position::At(index),
        Ok(Index::Next) => Position::End,
        // Too large for the machine is beyond any array.
        Err(_) if is_integer(token) => Position::At(usize::MAX),
        Err(_) => Position::None,
    }
}

/// A place on the way down, linked to the places above it on the stack: walking costs nothing, and a path is only
/// built where there is something to say about it.
#[derive(Clone, Copy)]
pub(crate) enum Place<'p> {
    At(&'p str),
    Member(&'p Place<'p>, &'p str),
    Element(&'p Place<'p>, usize),
}

impl Place<'_> {
    pub(crate) const ROOT: Place<'static> = Place::At("");

    pub(crate) fn path(&self) -> Path {
        let mut pointer = PointerBuf::root();
        self.write(&mut pointer);
        Path(pointer)
    }

    fn write(&self, pointer: &mut PointerBuf) {
        match self {
            Place::At("") => {}
            Place::At(path) => {
                for token in path[1..].split('/') {
                    pointer.push_back(unescape(token).as_ref());
                }
            }
            Place::Member(container, name) => {
                container.write(pointer);
                pointer.push_back(*name);
            }
            Place::Element(container, index) => {
                container.write(pointer);
                pointer.push_back(*index);
            }
        }
    }
}
