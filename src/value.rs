//! What equal means: kinds, numbers by their value, documents by their parts (N1 to N4).

use serde_json::{Map, Number, Value};
use std::sync::OnceLock;

/// The depth that documents may have unless an option says otherwise (N4).
pub const DEFAULT_DEPTH: usize = 128;

/// The greatest depth that any option can ask for: recursion stays within a thread's usual stack.
pub const MAX_DEPTH: usize = 256;

/// The kind of a JSON value.
///
/// ```
/// use deltamerge::Kind;
/// assert_eq!(Kind::of(&serde_json::json!([1])), Kind::Array);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// a number
    Number,
    /// a string
    String,
    /// an array
    Array,
    /// an object
    Object,
}

impl Kind {
    /// The kind of `value`. O(1).
    pub fn of(value: &Value) -> Kind {
        match value {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Boolean,
            Value::Number(_) => Kind::Number,
            Value::String(_) => Kind::String,
            Value::Array(_) => Kind::Array,
            Value::Object(_) => Kind::Object,
        }
    }

    /// Whether values of this kind hold others: arrays and objects.
    pub fn is_container(self) -> bool {
        match self {
            Kind::Array | Kind::Object => true,
            Kind::Null | Kind::Boolean | Kind::Number | Kind::String => false,
        }
    }
}

/// A number's value (N3). Two numbers are equal when these are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Numeric {
    Natural(u64),
    Negative(i64),
    Double(f64),
    /// Beyond the range of doubles: only a reader that keeps numbers as text can hold it.
    Text(String),
}

impl Numeric {
    pub(crate) fn of(number: &Number) -> Numeric {
        // 2^63 and 2^64 are doubles, so these bounds are exact.
        const TWO_63: f64 = 9_223_372_036_854_775_808.0;
        const TWO_64: f64 = 18_446_744_073_709_551_616.0;
        if let Some(natural) = number.as_u64() {
            Numeric::Natural(natural)
        } else if let Some(integer) = number.as_i64() {
            // A reader that keeps numbers as text holds "-0" as an integer.
            u64::try_from(integer).map_or(Numeric::Negative(integer), Numeric::Natural)
        } else if let Some(double) = number.as_f64() {
            // Cutting off the fraction by a cast is exact within these bounds, and no call of a function as `fract` is.
            if (0.0..TWO_64).contains(&double) && double as u64 as f64 == double {
                Numeric::Natural(double as u64)
            } else if (-TWO_63..0.0).contains(&double) && double as i64 as f64 == double {
                Numeric::Negative(double as i64)
            } else {
                Numeric::Double(double)
            }
        } else {
            Numeric::Text(number.to_string())
        }
    }
}

#[inline]
fn same_number(first: &Number, second: &Number) -> bool {
    match (first.as_u64(), second.as_u64()) {
        (Some(first), Some(second)) => first == second,
        _ => first == second || same_numeric(first, second),
    }
}

fn same_numeric(first: &Number, second: &Number) -> bool {
    Numeric::of(first) == Numeric::of(second)
}

/// Whether two documents are equal (N2): numbers by their value, objects whatever the order of their members.
///
/// O(the smaller document); any depth.
///
/// ```
/// use deltamerge::equal;
/// use serde_json::json;
/// assert!(equal(&json!({"a": 1, "b": -0.0}), &json!({"b": 0, "a": 1.0})));
/// assert!(!equal(&json!(9007199254740993u64), &json!(9007199254740992.0)));
/// assert!(!equal(&json!({"a": null}), &json!({})));
/// ```
#[must_use]
pub fn equal(first: &Value, second: &Value) -> bool {
    if let Some(is_equal) = equal_scalars(first, second) {
        return is_equal;
    }
    let mut comparison = Comparison::default();
    let mut is_equal = comparison.is_equal(first, second, MAX_DEPTH);
    while let (true, Some((first, second))) = (is_equal, comparison.deeper.pop()) {
        is_equal = comparison.is_equal(first, second, MAX_DEPTH);
    }
    is_equal
}

/// A value is deeper than there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deep;

/// [`equal`], where values may be no deeper than `room`.
#[inline]
pub(crate) fn equal_within(first: &Value, second: &Value, room: usize) -> Result<bool, Deep> {
    match equal_scalars(first, second) {
        Some(is_equal) => Ok(is_equal),
        None => equal_containers_within(first, second, room),
    }
}

/// Whether two values are equal, where the first look at them tells: they are no two containers of one kind.
#[inline]
pub(crate) fn equal_scalars(first: &Value, second: &Value) -> Option<bool> {
    match (first, second) {
        (Value::String(a), Value::String(b)) => Some(a == b),
        (Value::Number(a), Value::Number(b)) => Some(same_number(a, b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a == b),
        (Value::Null, Value::Null) => Some(true),
        (Value::Array(_), Value::Array(_)) | (Value::Object(_), Value::Object(_)) => None,
        _ => Some(false),
    }
}

fn equal_containers_within(first: &Value, second: &Value, room: usize) -> Result<bool, Deep> {
    let mut comparison = Comparison::default();
    let is_equal = comparison.is_equal(first, second, room);
    if is_equal && !comparison.deeper.is_empty() {
        return Err(Deep);
    }
    Ok(is_equal)
}

/// A comparison goes down by recursion, but no further than it has room; what is deeper is left for later.
#[derive(Default)]
struct Comparison<'v> {
    deeper: Vec<(&'v Value, &'v Value)>,
}

impl<'v> Comparison<'v> {
    // Most members and elements are scalars: a call for each would cost more than the comparison.
    #[inline(always)]
    fn is_equal(&mut self, first: &'v Value, second: &'v Value, room: usize) -> bool {
        match equal_scalars(first, second) {
            Some(is_equal) => is_equal,
            None => self.same_containers(first, second, room),
        }
    }

    fn same_containers(&mut self, first: &'v Value, second: &'v Value, room: usize) -> bool {
        match (first, second) {
            (Value::Array(a), Value::Array(b)) => {
                a.len() == b.len()
                    && match room.checked_sub(1) {
                        Some(room) => a.iter().zip(b).all(|(a, b)| self.is_equal(a, b, room)),
                        None => self.defer(first, second),
                    }
            }
            (Value::Object(a), Value::Object(b)) => {
                a.len() == b.len()
                    && match room.checked_sub(1) {
                        Some(room) => self.same_members(a, b, room),
                        None => self.defer(first, second),
                    }
            }
            _ => false,
        }
    }

    fn same_members(
        &mut self,
        first: &'v Map<String, Value>,
        second: &'v Map<String, Value>,
        room: usize,
    ) -> bool {
        let mut others = second.iter();
        first.iter().all(|(name, value)| {
            // Most often both stand in the same order: then no member is looked up.
            let other = match others.next() {
                Some((other_name, other)) if other_name == name => Some(other),
                _ => second.get(name),
            };
            other.is_some_and(|other| self.is_equal(value, other, room))
        })
    }

    fn defer(&mut self, first: &'v Value, second: &'v Value) -> bool {
        self.deeper.push((first, second));
        true
    }
}

/// Whether the depth of `value` is at most `room` (N4). Looks no deeper than that.
#[inline(always)]
pub(crate) fn depth_is_within(value: &Value, room: usize) -> bool {
    !Kind::of(value).is_container() || container_is_within(value, room)
}

fn container_is_within(container: &Value, room: usize) -> bool {
    let Some(below) = room.checked_sub(1) else {
        return false;
    };
    let fits = |value: &Value| depth_is_within(value, below);
    match container {
        Value::Array(items) => items.iter().all(fits),
        Value::Object(members) => members.values().all(fits),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// How many values `value` is, itself and all that is inside it, where they are no more than `most`. Looks at no more than that.
#[cfg(feature = "json-patch")]
pub(crate) fn count_within(value: &Value, most: usize) -> Option<usize> {
    let mut left = most.checked_sub(1)?;
    let mut waiting: Vec<&Value> = vec![value];
    while let Some(value) = waiting.pop() {
        let inside = match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
            Value::Array(items) => items.len(),
            Value::Object(members) => members.len(),
        };
        left = left.checked_sub(inside)?;
        match value {
            Value::Array(items) => waiting.extend(items),
            Value::Object(members) => waiting.extend(members.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    Some(most - left)
}

/// Whether serde_json's map keeps the order of insertion. Any crate of the program can switch that on (its feature
/// `preserve_order`), so it is asked, not assumed.
pub(crate) fn maps_keep_order() -> bool {
    static KEEPS: OnceLock<bool> = OnceLock::new();
    *KEEPS.get_or_init(|| {
        let map = Map::from_iter([("b".to_owned(), Value::Null), ("a".to_owned(), Value::Null)]);
        map.keys().next().is_some_and(|name| name == "b")
    })
}

/// A value in a few words, for errors: its kind, and itself where it is short.
pub(crate) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(boolean) => boolean.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.chars().count() <= 20 => format!("the string {text:?}"),
        Value::String(text) => format!("a string of {} bytes", text.len()),
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(members) if members.len() == 1 => "an object of 1 member".to_owned(),
        Value::Object(members) => format!("an object of {} members", members.len()),
    }
}
