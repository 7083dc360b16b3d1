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
        Action, DeltaSet, apply::ApplyError, compose::compose_within, diff::diff_within,
        invert::invert_within, normalize::DeltaError,
    },
    document::{ReadError, TooDeep, check_depth, parse_request},
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
#[must_use]
pub fn reply(line: &str) -> String {
    reply_within(line, DEFAULT_DEPTH)
}

/// [`reply`] with a bound on the depth of the request's documents of its own (at most [`MAX_DEPTH`]).
///
/// ```
/// use deltamerge::batch::reply_within;
/// let request = r#"{"do":"checksum","document":[[[]]]}"#;
/// assert!(reply_within(request, 3).starts_with(r#"{"ok""#));
/// assert!(reply_within(request, 2).contains(r#""code":"too-deep""#));
/// ```
#[must_use]
pub fn reply_within(line: &str, depth: usize) -> String {
    let answer = match parse_request(line) {
        Ok(request) => answer(request, depth),
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

fn answer(request: Value, depth: usize) -> Answer {
    const VERBS: &str = r#""merge", "diff", "apply", "rebase", "compose", "invert" or "checksum""#;
    let mut fields = Fields::of(request, CODE, "a request, an object with a field \"do\"")?;
    let depth = depth.min(MAX_DEPTH);
    match fields.text("do", VERBS)?.as_str() {
        "merge" => answer_merge(fields, depth),
        "diff" => answer_diff(fields, depth),
        "apply" => answer_apply(fields, depth),
        "rebase" => answer_rebase(fields, depth),
        "compose" => answer_compose(fields, depth),
        "invert" => answer_invert(fields, depth),
        "checksum" => answer_checksum(fields, depth),
        other => Err(FormError::new(CODE, VERBS, describe(&other.into()))
            .inside("do")
            .into()),
    }
}

fn answer_merge(mut fields: Fields, depth: usize) -> Answer {
    let base = document(&mut fields, "base", depth)?;
    let actions = fields.read("actions", |json| {
        list(json, CODE, "a list of actions", Action::from_json)
    })?;
    let options = options(&mut fields, depth)?;
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

fn answer_diff(mut fields: Fields, depth: usize) -> Answer {
    let before = document(&mut fields, "before", depth)?;
    let after = document(&mut fields, "after", depth)?;
    fields.finish()?;
    Ok(object([(
        "deltas",
        json(&diff_within(&before, &after, depth)?),
    )]))
}

fn answer_apply(mut fields: Fields, depth: usize) -> Answer {
    let mut state = document(&mut fields, "base", depth)?;
    let deltas = fields.read("deltas", DeltaSet::from_json)?;
    let lenient = fields.boolean("lenient")?;
    fields.finish()?;
    let adjusted = if lenient {
        let adjusted = deltas.apply_leniently_within(&mut state, depth)?;
        Some(("adjusted", json(&adjusted)))
    } else {
        deltas.apply_within(&mut state, depth)?;
        None
    };
    let checksum = checksum(&state);
    let fields = [("checksum", json(&checksum)), ("state", state)];
    Ok(object(adjusted.into_iter().chain(fields)))
}

fn answer_rebase(mut fields: Fields, depth: usize) -> Answer {
    let base = document(&mut fields, "base", depth)?;
    let over = fields.read("over", Action::from_json)?;
    let action = fields.read("action", Action::from_json)?;
    let options = options(&mut fields, depth)?;
    fields.finish()?;
    let deltas = rebase_with(&base, &action, &over, &options)?;
    Ok(object([("deltas", json(&deltas))]))
}

fn answer_compose(mut fields: Fields, depth: usize) -> Answer {
    let base = document(&mut fields, "base", depth)?;
    let first = fields.read("first", DeltaSet::from_json)?;
    let second = fields.read("second", DeltaSet::from_json)?;
    fields.finish()?;
    let deltas = compose_within(&base, &first, &second, depth)?;
    Ok(object([("deltas", json(&deltas))]))
}

fn answer_invert(mut fields: Fields, depth: usize) -> Answer {
    let base = document(&mut fields, "base", depth)?;
    let deltas = fields.read("deltas", DeltaSet::from_json)?;
    fields.finish()?;
    Ok(object([(
        "deltas",
        json(&invert_within(&base, &deltas, depth)?),
    )]))
}

fn answer_checksum(mut fields: Fields, depth: usize) -> Answer {
    const PATH: &str = "a path, a JSON Pointer";
    let document = document(&mut fields, "document", depth)?;
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

fn document(fields: &mut Fields, name: &str, depth: usize) -> Result<Value, Failure> {
    let document = fields.required(name)?;
    check_depth(&document, depth)?;
    Ok(document)
}

fn options(fields: &mut Fields, depth: usize) -> Result<Options, FormError> {
    let rules = match fields.optional("rules") {
        Some(rules) => Rules::from_json(rules).map_err(|error| error.inside("rules"))?,
        None => Rules::default(),
    };
    Ok(Options { rules, depth })
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
