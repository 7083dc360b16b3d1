//! Where: JSON Pointers in the coordinates of the base (P1 to P4).

use jsonptr::{Pointer, index::Index};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, cmp::Ordering, fmt, str::FromStr, sync::Arc};

/// A place in a document: a JSON Pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) in the coordinates of the base.
///
/// Paths are ordered as documents are (P4): a path before what is inside it, `/a/9` before `/a/10`. To clone one copies
/// nothing.
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
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Path(Arc<str>);

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
        match Pointer::parse(text) {
            Ok(_) => Ok(Path(text.into())),
            Err(error) => Err(PathError {
                text: text.to_owned(),
                offset: error.complete_offset(),
                expected: if error.is_no_leading_slash() {
                    "an empty text or a '/'"
                } else {
                    "'~0' or '~1'"
                },
            }),
        }
    }

    /// The pointer as text, escapes and all.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the path of the whole document.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The tokens from the root down, unescaped.
    ///
    /// ```
    /// let path = deltamerge::Path::parse("/a~1b/0")?;
    /// assert_eq!(path.tokens().collect::<Vec<_>>(), ["a/b", "0"]);
    /// # Ok::<(), deltamerge::PathError>(())
    /// ```
    pub fn tokens(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let below = self.0.strip_prefix('/');
        below
            .into_iter()
            .flat_map(|tokens| tokens.split('/').map(unescape))
    }

    /// Goes one step down, to the member or element that `token` (unescaped) names. O(the path).
    pub fn push(&mut self, token: &str) {
        let mut text = String::with_capacity(self.0.len() + 1 + token.len());
        text.push_str(&self.0);
        write_token(token, &mut text);
        self.0 = text.into();
    }

    /// The path with another index in place of the token from a slash up to a byte. The text is there for many.
    pub(crate) fn with_index(
        &self,
        slash: usize,
        end: usize,
        index: usize,
        text: &mut String,
    ) -> Path {
        text.clear();
        text.push_str(&self.0[..=slash]);
        text.push_str(itoa::Buffer::new().format(index));
        text.push_str(&self.0[end..]);
        Path(text.as_str().into())
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

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Path").field(&&*self.0).finish()
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
    let common = common_start(first.as_bytes(), second.as_bytes());
    document_order_from(common, first, second)
}

/// Document order of two pointers of which it is known how many bytes are the same at their start.
#[inline]
pub(crate) fn document_order_from(common: usize, first: &str, second: &str) -> Ordering {
    let (a, b) = (first.as_bytes(), second.as_bytes());
    match (&a[common..], &b[common..]) {
        ([], []) => Ordering::Equal,
        ([], [b'/', ..]) => Ordering::Less,
        ([b'/', ..], []) => Ordering::Greater,
        ([x, x_behind @ ..], [y, y_behind @ ..])
            if bytes_decide(&a[..common], (*x, x_behind), (*y, y_behind)) =>
        {
            x.cmp(y)
        }
        _ => tokens_order(common, first, second),
    }
}

/// Whether the order of two pointers is that of the bytes in which they differ, behind a start that they share: as a rule, but
/// not between integers of more than one digit, nor where an escape or a token's end is near.
fn bytes_decide(start: &[u8], (x, x_behind): (u8, &[u8]), (y, y_behind): (u8, &[u8])) -> bool {
    let is_special = |byte| matches!(byte, b'/' | b'~');
    let is_end = |behind: &[u8]| matches!(behind, [] | [b'/', ..]);
    !is_special(x)
        && !is_special(y)
        && match start {
            [.., b'/'] => match (x.is_ascii_digit(), y.is_ascii_digit()) {
                (false, false) => true,
                (true, true) => is_end(x_behind) && is_end(y_behind),
                (true, false) | (false, true) => false,
            },
            [.., b'~'] => false,
            start => {
                let before_digits = start.iter().rev().find(|byte| !byte.is_ascii_digit());
                before_digits != Some(&b'/')
            }
        }
}

/// By the first tokens that differ.
#[inline(never)]
fn tokens_order(common: usize, first: &str, second: &str) -> Ordering {
    let slash = last_slash(&first.as_bytes()[..common]);
    let [a, b] = [first, second].map(|pointer| Token::first(pointer, slash));
    a.document_order(b).then(first.len().cmp(&second.len()))
}

/// Where the last token begins that all these pointers share a '/' in front of: what is before, they have in common.
pub(crate) fn shared_start<'p>(mut pointers: impl Iterator<Item = &'p str>) -> usize {
    let first = pointers.next().unwrap_or_default();
    let shared = pointers.fold(first.len(), |shared, other| {
        common_start(&first.as_bytes()[..shared], other.as_bytes())
    });
    last_slash(&first.as_bytes()[..shared])
}

/// The last '/' of what pointers share at their start, which may end inside a character.
fn last_slash(shared: &[u8]) -> usize {
    let slash = shared.iter().rposition(|byte| *byte == b'/');
    slash.unwrap_or_default()
}

/// A number that is less only where the pointer comes first in document order; where two are the same, the pointers decide.
/// Both must be the same up to `start`, which a '/' follows in each that goes on.
pub(crate) fn order_key(pointer: &str, start: usize) -> u64 {
    let tokens = pointer[start..].strip_prefix('/');
    tokens.map_or(0, |tokens| {
        key_of_names(tokens.as_bytes()).unwrap_or_else(|| key_of_tokens(tokens))
    })
}

// A key has the first bytes of the tokens, each with its end, which is less than any of its bytes.
const END: u8 = 0;
/// Stands before the length of an integer and its digits: integers come first.
const INTEGER: u8 = 1;
/// Stands for a name that has no bytes.
const EMPTY: u8 = 2;
/// Is added to each byte of a name; none is above 0xF4.
const NAME: u8 = 3;

/// How many bytes a key has.
const KEY: usize = size_of::<u64>();

/// The key of tokens that do not begin with a digit, and have no escapes: all its bytes at once.
fn key_of_names(tokens: &[u8]) -> Option<u64> {
    let bytes = tokens.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [b'/'; KEY];
        bytes[..tokens.len()].copy_from_slice(tokens);
        bytes
    });
    let bytes = u64::from_be_bytes(bytes);
    let ends = between(bytes, b'/', b'/');
    // Where tokens begin; those behind the last one are none.
    let behind = u64::MAX.checked_shr(u8::BITS * (tokens.len().min(KEY) as u32 + 1));
    let begins = (ends >> u8::BITS | 0x80 << (u64::BITS - u8::BITS)) & !behind.unwrap_or_default();
    let has_only_names = between(bytes, b'~', b'~') | begins & between(bytes, b'/', b'9') == 0;
    let is_end = (ends >> 7) * u64::from(u8::MAX);
    has_only_names.then_some((bytes + each(NAME)) & !is_end)
}

/// A word that has this byte in every place.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; KEY])
}

/// The highest bit of each byte that is one of these ASCII characters.
fn between(bytes: u64, first: u8, last: u8) -> u64 {
    let highest = each(0x80);
    let at_least = |character| (bytes & !highest) + each(0x80 - character);
    at_least(first) & !at_least(last + 1) & !bytes & highest
}

/// The key of any tokens.
fn key_of_tokens(tokens: &str) -> u64 {
    const TOO_LONG: u8 = u8::MAX;
    let mut key = OrderKey::default();
    for token in tokens.split('/') {
        if is_integer(token.as_bytes()) {
            // The longer is the greater.
            let length = u8::try_from(token.len()).unwrap_or(TOO_LONG);
            key.put(INTEGER);
            key.put(length);
            if length == TOO_LONG {
                break;
            }
            token.bytes().for_each(|digit| key.put(digit));
        } else if token.is_empty() {
            key.put(EMPTY);
        } else {
            let name = unescape(token);
            name.bytes().for_each(|byte| key.put(byte + NAME));
        }
        key.put(END);
        if key.is_full() {
            break;
        }
    }
    u64::from_be_bytes(key.bytes)
}

/// The first bytes of what stands for a pointer, and zeros behind them.
#[derive(Default)]
struct OrderKey {
    bytes: [u8; KEY],
    length: usize,
}

impl OrderKey {
    fn is_full(&self) -> bool {
        self.length == self.bytes.len()
    }

    /// What has no room is left out.
    #[inline]
    fn put(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }
}

/// How many bytes are the same at the start of both.
pub(crate) fn common_start(first: &[u8], second: &[u8]) -> usize {
    let ((words, _), (others, _)) = (first.as_chunks(), second.as_chunks());
    let mut start = 0;
    for (word, other) in words.iter().zip(others) {
        let difference = u64::from_le_bytes(*word) ^ u64::from_le_bytes(*other);
        if difference != 0 {
            return start + difference.trailing_zeros() as usize / 8;
        }
        start += size_of::<u64>();
    }
    let rest = first[start..].iter().zip(&second[start..]);
    start + rest.take_while(|(a, b)| a == b).count()
}

/// One token of a pointer, still escaped.
#[derive(Clone, Copy)]
pub(crate) struct Token<'p>(&'p str);

impl<'p> Token<'p> {
    /// The token behind the '/' at `slash`.
    #[inline]
    pub(crate) fn first(pointer: &'p str, slash: usize) -> Token<'p> {
        let rest = &pointer[slash + 1..];
        let end = rest.bytes().position(|byte| byte == b'/');
        Token(&rest[..end.unwrap_or(rest.len())])
    }

    /// The token behind the '/' at `slash` that goes up to `end`.
    pub(crate) fn between(pointer: &'p str, slash: usize, end: usize) -> Token<'p> {
        Token(&pointer[slash + 1..end])
    }

    /// As it stands in the pointer.
    pub(crate) fn encoded(self) -> &'p str {
        self.0
    }

    /// The name that it is in an object.
    pub(crate) fn name(self) -> Cow<'p, str> {
        unescape(self.0)
    }

    /// What it says in an array.
    pub(crate) fn position(self) -> Position {
        position(self.0)
    }

    /// Document order of two tokens at one place.
    pub(crate) fn document_order(self, other: Token<'_>) -> Ordering {
        integers_first(self.0, other.0, || self.name().cmp(&other.name()))
    }
}

/// Document order of two names at one place.
pub(crate) fn name_order(first: &str, second: &str) -> Ordering {
    integers_first(first, second, || first.cmp(second))
}

fn integers_first(first: &str, second: &str, others: impl FnOnce() -> Ordering) -> Ordering {
    match (is_integer(first.as_bytes()), is_integer(second.as_bytes())) {
        (true, true) => first.len().cmp(&second.len()).then(first.cmp(second)),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => others(),
    }
}

fn is_integer(token: &[u8]) -> bool {
    match token {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// The name that an escaped token stands for.
#[inline]
pub(crate) fn unescape(token: &str) -> Cow<'_, str> {
    if !has_escapes(token.as_bytes()) {
        Cow::Borrowed(token)
    } else {
        unescaped(token)
    }
}

/// Whether a token is another name than it looks like. Names are looked at on the way to each value, and most are no longer than a word.
#[inline(always)]
fn has_escapes(token: &[u8]) -> bool {
    let word = match (token.first_chunk::<4>(), token.last_chunk::<4>()) {
        (Some(first), Some(last)) if token.len() <= 8 => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => return token.contains(&b'~'),
    };
    let zero_where_escaped = word ^ u64::from_le_bytes([b'~'; 8]);
    has_zero(zero_where_escaped)
}

/// Whether one of the bytes is zero.
#[inline(always)]
fn has_zero(word: u64) -> bool {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGHEST: u64 = u64::from_le_bytes([0x80; 8]);
    word.wrapping_sub(ONES) & !word & HIGHEST != 0
}

#[cold]
fn unescaped(token: &str) -> Cow<'_, str> {
    match jsonptr::Token::from_encoded(token) {
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

impl Position {
    /// The index, if it is one.
    pub(crate) fn at(self) -> Option<usize> {
        match self {
            Position::At(index) => Some(index),
            Position::End | Position::None => None,
        }
    }
}

pub(crate) fn position(token: &str) -> Position {
    match token.parse::<Index>() {
        Ok(Index::Num(index)) => Position::At(index),
        Ok(Index::Next) => Position::End,
        // Too large for the machine is beyond any array.
        Err(_) if is_integer(token.as_bytes()) => Position::At(usize::MAX),
        Err(_) => Position::None,
    }
}

/// Most paths are no longer than so many bytes.
pub(crate) const USUAL_LENGTH: usize = 64;

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
        self.path_by(&mut String::with_capacity(USUAL_LENGTH))
    }

    /// The path, written into a text that is there for many.
    pub(crate) fn path_by(&self, text: &mut String) -> Path {
        text.clear();
        self.write(text);
        Path(text.as_str().into())
    }

    fn write(&self, text: &mut String) {
        match self {
            Place::At(path) => text.push_str(path),
            Place::Member(container, name) => {
                container.write(text);
                write_token(name, text);
            }
            Place::Element(container, index) => {
                container.write(text);
                text.push('/');
                text.push_str(itoa::Buffer::new().format(*index));
            }
        }
    }
}

/// Adds a token to a pointer.
fn write_token(name: &str, text: &mut String) {
    text.push('/');
    if name.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
        text.push_str(jsonptr::Token::new(name).encoded());
    } else {
        text.push_str(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokens that an order could take for what they are not: integers, nearly so, escapes, and every kind of byte.
    const TOKENS: [&str; 25] = [
        "",
        "0",
        "00",
        "01",
        "1",
        "9",
        "10",
        "99",
        "100",
        "-",
        "-1",
        "a",
        "a~0",
        "a~1",
        "a~1b",
        "ab",
        "a!",
        "\0",
        "\0\0",
        ".",
        ":",
        "seventh",
        "é",
        "è",
        "\u{10FFFF}",
    ];

    fn paths() -> Vec<String> {
        let long = "1234567890123456789";
        let huge = [
            "1".repeat(254),
            "9".repeat(255),
            "1".repeat(256),
            "1".repeat(300),
        ];
        let tokens = TOKENS.iter().map(|token| (*token).to_owned());
        let tokens: Vec<String> = tokens.chain([long.to_owned()]).chain(huge).collect();
        let two = |first: &String| {
            let deeper = tokens
                .iter()
                .map(move |second| format!("/{first}/{second}"));
            std::iter::once(format!("/{first}")).chain(deeper.collect::<Vec<_>>())
        };
        let below: Vec<String> = tokens.iter().flat_map(two).collect();
        std::iter::once(String::new()).chain(below).collect()
    }

    #[test]
    fn bytes_decide_only_as_tokens_do() {
        let tokens = |path: &String| -> Vec<(bool, usize, String)> {
            let token = |token: Cow<'_, str>| {
                let is_name = !is_integer(token.as_bytes());
                let digits = if is_name { 0 } else { token.len() };
                (is_name, digits, token.into_owned())
            };
            let path = Path::parse(path).expect("a path");
            path.tokens().map(token).collect()
        };
        let paths: Vec<_> = paths()
            .into_iter()
            .map(|path| (tokens(&path), path))
            .collect();
        for (tokens, first) in &paths {
            for (others, second) in &paths {
                let order = document_order(first, second);
                assert_eq!(order, tokens.cmp(others), "{first:?} {second:?}");
            }
        }
    }

    #[test]
    fn a_key_that_is_less_comes_first_in_document_order() {
        let paths = paths();
        let mut told = 0;
        for first in &paths {
            for second in &paths {
                let order = order_key(first, 0).cmp(&order_key(second, 0));
                assert!(
                    order.is_eq() || order == document_order(first, second),
                    "{first:?} {second:?}"
                );
                told += usize::from(order.is_ne());
            }
        }
        assert!(
            told * 10 > paths.len() * paths.len() * 9,
            "{told} told apart"
        );
    }

    #[test]
    fn a_key_made_at_once_is_the_one_made_token_by_token() {
        let mut at_once = 0;
        for path in paths().iter().filter(|path| !path.is_empty()) {
            let tokens = &path[1..];
            if let Some(key) = key_of_names(tokens.as_bytes()) {
                assert_eq!(key, key_of_tokens(tokens), "{path:?}");
                at_once += 1;
            }
        }
        assert!(at_once > 50, "{at_once} made at once");
    }

    #[test]
    fn what_is_shared_begins_at_a_slash() {
        let starts = [
            (["/a/b", "/a/c"], 2),
            (["/a/b", "/a"], 0),
            (["/é", "/è"], 0),
            (["/日/é", "/日/è"], "/日".len()),
            (["", "/a"], 0),
        ];
        for (pointers, start) in starts {
            assert_eq!(shared_start(pointers.into_iter()), start, "{pointers:?}");
        }
    }

    #[test]
    fn a_key_may_leave_out_what_all_share() {
        let under = |path: String| format!("/shared/0{path}");
        let paths: Vec<String> = paths().into_iter().map(under).collect();
        let start = shared_start(paths.iter().map(String::as_str));
        assert_eq!(start, "/shared".len());
        for (first, second) in paths.iter().zip(&paths[1..]) {
            let order = order_key(first, start).cmp(&order_key(second, start));
            assert!(order.is_eq() || order == document_order(first, second));
        }
    }
}
