//! Numbers as a text writes them, so that none loses a digit (F3).
//!
//! A document of this library holds a number as an integer of 64 bits or a double. A text can say more: `1e400`, or forty digits.
//! What neither holds exactly stands in an *exact document* as a string that no text can mean: a mark, and the number in one
//! canonical form. So two literals are equal there when their mathematical values are, and everything else about documents holds.

use serde_json::{Number, Value};

/// Begins the strings that stand for something else. A string of the text that begins with it gets [`STRING`] in front.
const MARK: char = '\0';
const NUMBER: &str = "\0n";
const STRING: &str = "\0s";

/// A decimal number: an integer without trailing zeros, times a power of ten.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Of a literal that follows JSON's grammar; none where the exponent has more digits than can be counted with.
    fn of(literal: &str) -> Option<Decimal> {
        let (is_negative, literal) = match literal.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, literal),
        };
        let (number, exponent) = match literal.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent),
            None => (literal, "0"),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0').trim_end_matches('0');
        if digits.is_empty() {
            return Some(Decimal {
                is_negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        let zeros = all.len() - all.trim_end_matches('0').len();
        let exponent: i64 = exponent.parse().ok()?;
        let exponent = exponent
            .checked_sub(i64::try_from(fraction.len()).ok()?)?
            .checked_add(i64::try_from(zeros).ok()?)?;
        Some(Decimal {
            is_negative,
            digits: digits.to_owned(),
            exponent,
        })
    }

    /// As a 64-bit integer, if it is one.
    fn integer(&self) -> Option<Number> {
        if self.digits.is_empty() {
            return Some(0.into());
        }
        let zeros = usize::try_from(self.exponent).ok()?;
        if self.digits.len().checked_add(zeros)? > 20 {
            return None;
        }
        let digits = format!("{}{}", self.digits, "0".repeat(zeros));
        if self.is_negative {
            format!("-{digits}").parse::<i64>().ok().map(Number::from)
        } else {
            digits.parse::<u64>().ok().map(Number::from)
        }
    }

    fn canonical(&self) -> String {
        let sign = if self.is_negative { "-" } else { "" };
        format!("{sign}{}e{}", self.digits, self.exponent)
    }
}

/// The number of a literal that follows JSON's grammar, in an exact document.
pub(super) fn exact_number(literal: &str) -> Value {
    let Some(decimal) = Decimal::of(literal) else {
        return Value::String(format!("{NUMBER}{literal}"));
    };
    if let Some(integer) = decimal.integer() {
        return Value::Number(integer);
    }
    let double: Option<f64> = literal
        .parse()
        .ok()
        .filter(|double: &f64| double.is_finite());
    let written = double.and_then(|double| Decimal::of(&format!("{double:e}")));
    match double.and_then(Number::from_f64) {
        Some(number) if written.as_ref() == Some(&decimal) => Value::Number(number),
        _ => Value::String(format!("{NUMBER}{}", decimal.canonical())),
    }
}

/// A string of the text, in an exact document.
pub(super) fn exact_string(text: String) -> Value {
    if text.starts_with(MARK) {
        Value::String(format!("{STRING}{text}"))
    } else {
        Value::String(text)
    }
}

/// What a string of an exact document stands for.
pub(super) enum Meaning<'v> {
    /// A string of the text.
    String(&'v str),
    /// A number that neither a 64-bit integer nor a double holds, as a literal.
    Number(&'v str),
}

pub(super) fn meaning(text: &str) -> Meaning<'_> {
    if let Some(literal) = text.strip_prefix(NUMBER) {
        Meaning::Number(literal)
    } else {
        Meaning::String(text.strip_prefix(STRING).unwrap_or(text))
    }
}

/// A document as an exact one: its numbers are what they are, its strings are only strings.
pub(super) fn exact(document: &Value) -> Value {
    map(document, &|text| exact_string(text.to_owned()))
}

/// An exact document as a plain one: each number the nearest double, or, where it is beyond all doubles, its literal as a string.
pub(super) fn plain(document: &Value) -> Value {
    map(document, &|text| match meaning(text) {
        Meaning::String(text) => text.into(),
        Meaning::Number(literal) => {
            let double = literal.parse().ok().and_then(Number::from_f64);
            double.map_or_else(|| literal.into(), Value::Number)
        }
    })
}

fn map(document: &Value, string: &dyn Fn(&str) -> Value) -> Value {
    match document {
        Value::String(text) => string(text),
        Value::Array(items) => items.iter().map(|item| map(item, string)).collect(),
        Value::Object(members) => {
            let members = members.iter();
            let mapped = members.map(|(name, member)| (name.clone(), map(member, string)));
            Value::Object(mapped.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => document.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::equal;

    #[test]
    fn equal_literals_are_equal_values_and_no_others() {
        let kinds: [&[&str]; 17] = [
            &["0", "-0", "0.0", "0e99999999999999999999", "-0.000e5"],
            &["1", "1.0", "1e0", "10e-1", "0.1e1"],
            &["1.1", "1.10", "11e-1"],
            &["0.1", "1e-1"],
            &["0.10000000000000000001"],
            &["9007199254740992", "9007199254740992.0"],
            &["9007199254740993", "9007199254740993.0"],
            &["18446744073709551615"],
            &["18446744073709551616", "18446744073709551616.0"],
            &["18446744073709551617"],
            &["-9223372036854775808"],
            &["-9223372036854775809"],
            &["1e400", "10e399", "0.1E+401"],
            &["1e99999999999999999999"],
            &["5e-324"],
            &["4e-324"],
            &["1234567890123456789012345678901234567890"],
        ];
        for (i, first) in kinds.iter().enumerate() {
            for (j, second) in kinds.iter().enumerate() {
                for a in *first {
                    for b in *second {
                        let is_equal = equal(&exact_number(a), &exact_number(b));
                        assert_eq!(is_equal, i == j, "{a} {b}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_string_is_never_taken_for_a_number() {
        let text = "\0n1e400";
        let Value::String(held) = exact_string(text.to_owned()) else {
            panic!("no string")
        };
        assert!(matches!(meaning(&held), Meaning::String(string) if string == text));
        assert_eq!(plain(&exact(&Value::from(text))), text);
        assert_eq!(plain(&exact_number("1e400")), "1e400");
        let digits = "1234567890123456789012345678901234567890";
        assert_eq!(plain(&exact_number(digits)), 1.234_567_890_123_456_8e39);
    }
}
