//! The JSON Lines door: one request in, one reply out. Reading and writing lines is the caller's.

#[cfg(feature = "movex")]
use crate::checksum::movex::movex_checksum;
#[cfg(feature = "strong")]
use crate::checksum::strong::strong_checksum;
#[cfg(any(feature = "strong", feature = "movex"))]
use crate::checksum::value_at;
use crate::{
    checksum::{checksum, checksum_at},
    delta::{
        Action, DeltaSet, apply::ApplyError, compose::compose, diff::diff, invert::invert,
        normalize::DeltaError,
    },
    document::{ReadError, TooDeep, check_depth, parse_within},
    form::{Fields, FormError, list},
    merge::{Options, join::MergeError, merge_with, rebase::rebase_with, resolution::Rules},
    path::{Path, PathError},
    value::{DEFAULT_DEPTH, MAX_DEPTH, describe},
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::Display;

/// The reply to one request of the JSON Lines door, as one line without its end; never an error, never a panic:
/// a bad request gets an error reply.
///
/// The requests and replies are those of `spec/delta.md`.
///
/// ```
/// use deltamerge::batch::reply;
/// assert_eq!(
///     reply(r#"{"do":"diff","before":{"hp":7},"after":{"hp":5}}"#),
///     r#"{"ok":{"deltas":[{"op":"change","path":"/hp","value":5}]}}"#,
/// );
/// assert_eq!(
///     reply(r#"{"do":"apply","base":{"hp":7},"deltas":[{"op":"remove","path":"/mp"}]}"#),
///     r#"{"error":{"code":"does-not-fit","message":"delta 0 (remove /mp): expected a member to remove, found nothing there","path":"/mp"}}"#,
/// );
/// ```
pub fn reply(line: &str) -> String {
    let answer = match parse_within(line, MAX_DEPTH) {
        Ok(request) => answer(request),
        Err(error) => Err(error.into()),
    };
    let reply = match answer {
        Ok(fields) => object([("ok", Value::Object(fields))]),
        Err(failure) => object([("error", failure.into_json())]),
    };
    Value::Object(reply).to_string()
}

/// A failed request, whatever failed.
struct Failure {
    code: &'static str,
    message: String,
    path: Option<Path>,
}

impl Failure {
    fn new(code: &'static str, error: &impl Display, path: Option<&Path>) -> Failure {
        Failure {
            code,
            message: error.to_string(),
            path: path.cloned(),
        }
    }

    fn into_json(self) -> Value {
        let fields = [("code", self.code.into()), ("message", self.message.into())];
        let path = self.path.map(|path| ("path", path.as_str().into()));
        Value::Object(object(fields.into_iter().chain(path)))
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        Failure::new(error.code(), &error, None)
    }
}

impl From<FormError> for Failure {
    fn from(error: FormError) -> Failure {
        Failure::new(error.code(), &error, None)
    }
}

impl From<PathError> for Failure {
    fn from(error: PathError) -> Failure {
        Failure::new(error.code(), &error, None)
    }
}

impl From<TooDeep> for Failure {
    fn from(error: TooDeep) -> Failure {
        Failure::new(error.code(), &error, None)
    }
}

impl From<DeltaError> for Failure {
    fn from(error: DeltaError) -> Failure {
        Failure::new(error.code(), &error, Some(&error.path))
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Failure {
        match error {
            ApplyError::Document(error) => error.into(),
            ApplyError::Delta(error) => error.into(),
        }
    }
}

impl From<MergeError> for Failure {
    fn from(error: MergeError) -> Failure {
        Failure::new(error.code(), &error, error.path())
    }
}

type Answer = Result<Map<String, Value>, Failure>;

const CODE: &str = "bad-request";

fn answer(request: Value) -> Answer {
    const VERBS: &str = r#""merge", "diff", "apply", "rebase", "compose", "invert" or "checksum""#;
    let mut fields = Fields::of(request, CODE, "a request, an object with a field \"do\"")?;
    match fields.text("do", VERBS)?.as_str() {
        "merge" => answer_merge(fields),
        "diff" => answer_diff(fields),
        "apply" => answer_apply(fields),
        "rebase" => answer_rebase(fields),
        "compose" => answer_compose(fields),
        "invert" => answer_invert(fields),
        "checksum" => answer_checksum(fields),
        other => Err(FormError::new(CODE, VERBS, describe(&other.into()))
            .inside("do")
            .into()),
    }
}

fn answer_merge(mut fields: Fields) -> Answer {
    let base = document(&mut fields, "base")?;
    let actions = fields.read("actions", |json| {
        list(json, CODE, "a list of actions", Action::from_json)
    })?;
    let options = options(&mut fields)?;
    fields.finish()?;
    let merged = merge_with(&base, &actions, &options)?;
    let checksum = merged.checksum();
    Ok(object([
        ("checksum", json(&checksum)),
        ("decisions", json(&merged.decisions)),
        ("deltas", json(&merged.deltas)),
        ("state", merged.state),
    ]))
}

fn answer_diff(mut fields: Fields) -> Answer {
    let before = document(&mut fields, "before")?;
    let after = document(&mut fields, "after")?;
    fields.finish()?;
    Ok(object([("deltas", json(&diff(&before, &after)?))]))
}

fn answer_apply(mut fields: Fields) -> Answer {
    let mut state = document(&mut fields, "base")?;
    let deltas = fields.read("deltas", DeltaSet::from_json)?;
    let lenient = fields.boolean("lenient")?;
    fields.finish()?;
    let adjusted = if lenient {
        let adjusted = deltas.apply_leniently(&mut state)?;
        Some(("adjusted", json(&adjusted)))
    } else {
        deltas.apply(&mut state)?;
        None
    };
    let checksum = checksum(&state);
    let fields = [("checksum", json(&checksum)), ("state", state)];
    Ok(object(adjusted.into_iter().chain(fields)))
}

fn answer_rebase(mut fields: Fields) -> Answer {
    let base = document(&mut fields, "base")?;
    let over = fields.read("over", Action::from_json)?;
    let action = fields.read("action", Action::from_json)?;
    let options = options(&mut fields)?;
    fields.finish()?;
    let deltas = rebase_with(&base, &action, &over, &options)?;
    Ok(object([("deltas", json(&deltas))]))
}

fn answer_compose(mut fields: Fields) -> Answer {
    let base = document(&mut fields, "base")?;
    let first = fields.read("first", DeltaSet::from_json)?;
    let second = fields.read("second", DeltaSet::from_json)?;
    fields.finish()?;
    let deltas = compose(&base, &first, &second)?;
    Ok(object([("deltas", json(&deltas))]))
}

fn answer_invert(mut fields: Fields) -> Answer {
    let base = document(&mut fields, "base")?;
    let deltas = fields.read("deltas", DeltaSet::from_json)?;
    fields.finish()?;
    Ok(object([("deltas", json(&invert(&base, &deltas)?))]))
}

fn answer_checksum(mut fields: Fields) -> Answer {
    const PATH: &str = "a path, a JSON Pointer";
    let document = document(&mut fields, "document")?;
    let path = match fields.optional("path") {
        Some(path) => Path::parse(&text(path, "path", PATH)?)?,
        None => Path::root(),
    };
    let form = match fields.optional("form") {
        Some(form) => Some(text(form, "form", FORMS)?),
        None => None,
    };
    fields.finish()?;
    let sum = match form.as_deref() {
        None => json(&checksum_at(&document, &path)),
        #[cfg(feature = "strong")]
        Some("strong") => json(&value_at(&document, &path).map(strong_checksum)),
        #[cfg(feature = "movex")]
        Some("movex") => json(&value_at(&document, &path).map(movex_checksum)),
        Some(other) => {
            let found = describe(&other.into());
            return Err(FormError::new(CODE, FORMS, found).inside("form").into());
        }
    };
    Ok(object([("checksum", sum)]))
}

/// The forms of checksum that this build knows, beside the one without a name.
const FORMS: &str = match (cfg!(feature = "strong"), cfg!(feature = "movex")) {
    (true, true) => r#""strong" or "movex""#,
    (true, false) => r#""strong""#,
    (false, true) => r#""movex""#,
    (false, false) => "no form (this build knows only one)",
};

fn text(value: Value, name: &str, expected: &str) -> Result<String, FormError> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(FormError::new(CODE, expected, describe(&other)).inside(name)),
    }
}

fn document(fields: &mut Fields, name: &str) -> Result<Value, Failure> {
    let document = fields.required(name)?;
    check_depth(&document, DEFAULT_DEPTH)?;
    Ok(document)
}

fn options(fields: &mut Fields) -> Result<Options, FormError> {
    let Some(rules) = fields.optional("rules") else {
        return Ok(Options::default());
    };
    let rules = Rules::from_json(rules).map_err(|error| error.inside("rules"))?;
    Ok(rules.into())
}

fn json(part: &impl Serialize) -> Value {
    serde_json::to_value(part).expect("what the library writes is JSON")
}

fn object<'n>(fields: impl IntoIterator<Item = (&'n str, Value)>) -> Map<String, Value> {
    let named = fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    named.collect()
}
