//! JSON Patch, RFC 6902, in and out, through the types of the json-patch crate (X1 to X5, X8, X9).

pub(super) mod read;

use crate::{
    delta::{
        Action, Delta, DeltaSet, DiffType, Op, Stamp,
        apply::edit,
        compose, normalize,
        normalize::DeltaError,
        slots::{Inside, Slots},
        transition::transition,
    },
    document::{TooDeep, check_depth},
    merge::{Merged, Options, join::MergeError, merge_with},
    path::{Path, Position, position},
    value::{DEFAULT_DEPTH, MAX_DEPTH, count_within, describe, equal},
};
use json_patch::{
    AddOperation, CopyOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation,
    TestOperation,
    jsonptr::{Pointer, PointerBuf},
};
use serde_json::Value;
use std::fmt;

/// A JSON Patch does not fit its base (X1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchError {
    /// Which of the operations.
    pub operation: usize,
    /// The path that it names.
    pub path: Path,
    reason: String,
    code: &'static str,
}

impl PatchError {
    /// The error's code: `test-failed`, `too-large` (X9), or as [`DeltaError::code`].
    pub fn code(&self) -> &'static str {
        self.code
    }
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "operation {} ({:?}): {}",
            self.operation,
            self.path.as_str(),
            self.reason
        )
    }
}

impl std::error::Error for PatchError {}

/// The delta set that does to `base` what a JSON Patch does (X1, X2): all six operations, one after the other.
///
/// O(the base) to try the operations on a copy, and O(k log k) for k operations and what they touch.
///
/// # Errors
/// [`PatchError`] where an operation does not fit what the ones before it left, a test fails, or more is copied than
/// a patch may (X9).
///
/// ```
/// use deltamerge::{apply, interop::from_json_patch};
/// use serde_json::json;
/// let base = json!({"log": ["start", "end"], "hp": 7});
/// let patch: json_patch::Patch = serde_json::from_value(json!([
///     {"op": "test", "path": "/hp", "value": 7},
///     {"op": "remove", "path": "/log/0"},
///     {"op": "add", "path": "/log/1", "value": "bye"},
///     {"op": "move", "from": "/hp", "path": "/life"},
/// ]))?;
/// let deltas = from_json_patch(&base, &patch)?;
/// assert_eq!(apply(&base, &deltas)?, json!({"log": ["end", "bye"], "life": 7}));
/// assert_eq!(deltas.iter().map(ToString::to_string).collect::<Vec<_>>(), [
///     "remove /hp", "add /life", "remove /log/0", "add /log/2",
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn from_json_patch(base: &Value, patch: &Patch) -> Result<DeltaSet, PatchError> {
    from_json_patch_within(base, patch, DEFAULT_DEPTH)
}

/// [`from_json_patch`] with a bound on the depth of its own (at most [`MAX_DEPTH`](MAX_DEPTH)).
///
/// # Errors
/// As [`from_json_patch`].
pub fn from_json_patch_within(
    base: &Value,
    patch: &Patch,
    depth: usize,
) -> Result<DeltaSet, PatchError> {
    check_depth(base, depth).map_err(|error: TooDeep| PatchError {
        operation: 0,
        path: Path::root(),
        code: error.code(),
        reason: format!("the base: {error}"),
    })?;
    let mut reader = Reader {
        document: base.clone(),
        depth,
        copies: None,
    };
    let undo = reader.run(0, patch)?;
    // What undoes the undo is what was done.
    Ok(transition(&reader.document, &undo, &DeltaSet::new()))
}

/// Runs the operations on a document, and keeps what would undo them.
struct Reader {
    document: Value,
    depth: usize,
    /// How many values may still be copied; counted from the base once something is.
    copies: Option<usize>,
}

/// How many values a patch may copy, whatever its base (X9).
const LEAST_COPIES: usize = 1 << 20;

impl Reader {
    /// What undoes the operations, canonical for the document after them. Halves are composed, so that k operations cost k log k.
    fn run(&mut self, first: usize, operations: &[PatchOperation]) -> Result<DeltaSet, PatchError> {
        match operations {
            [] => Ok(DeltaSet::new()),
            [operation] => self.one(operation).map_err(|error| PatchError {
                operation: first,
                ..error
            }),
            _ => {
                let middle = operations.len() / 2;
                let (before, after) = operations.split_at(middle);
                let last = self.run(first, before)?;
                let undo = self.run(first + middle, after)?;
                Ok(compose::canonical(&self.document, &undo, &last))
            }
        }
    }

    fn one(&mut self, operation: &PatchOperation) -> Result<DeltaSet, PatchError> {
        match operation {
            PatchOperation::Add(add) => self.add(&add.path, add.value.clone()),
            PatchOperation::Remove(remove) => self.delta(&remove.path, Op::Remove),
            PatchOperation::Replace(replace) => {
                self.delta(&replace.path, Op::Change(replace.value.clone()))
            }
            PatchOperation::Move(moved) => {
                let value = self.find(&moved.from)?.clone();
                if moved.from == moved.path {
                    return Ok(DeltaSet::new());
                }
                if moved.path.starts_with(&moved.from) {
                    let expected = "a place outside the value that is moved";
                    return Err(error(
                        &moved.path,
                        format!("expected {expected}, found one inside"),
                    ));
                }
                let last = self.delta(&moved.from, Op::Remove)?;
                let undo = self.add(&moved.path, value)?;
                Ok(compose::canonical(&self.document, &undo, &last))
            }
            PatchOperation::Copy(copy) => {
                self.count_copy(copy)?;
                let value = self.find(&copy.from)?.clone();
                self.add(&copy.path, value)
            }
            PatchOperation::Test(test) => {
                let found = self.find(&test.path)?;
                if equal(found, &test.value) {
                    return Ok(DeltaSet::new());
                }
                let (expected, found) = (describe(&test.value), describe(found));
                let reason = format!("expected {expected}, found {found}");
                Err(PatchError {
                    code: "test-failed",
                    ..error(&test.path, reason)
                })
            }
        }
    }

    /// Takes a copy off what may still be copied (X9).
    fn count_copy(&mut self, copy: &CopyOperation) -> Result<(), PatchError> {
        // What was there before the first copy, the operations brought along themselves.
        let room = self.copies.unwrap_or_else(|| {
            let base = count_within(&self.document, usize::MAX).unwrap_or(usize::MAX);
            base.saturating_mul(4).max(LEAST_COPIES)
        });
        let count = count_within(self.find(&copy.from)?, room).ok_or_else(|| PatchError {
            code: "too-large",
            ..error(
                &copy.path,
                format!("expected at most {room} values that are still copied, found more"),
            )
        })?;
        self.copies = Some(room - count);
        Ok(())
    }

    fn find(&self, pointer: &Pointer) -> Result<&Value, PatchError> {
        let missing = || error(pointer, "expected a value, found nothing there".to_owned());
        let found = pointer
            .tokens()
            .try_fold(&self.document, |value, token| match value {
                Value::Object(members) => members.get(token.decoded().as_ref()),
                Value::Array(elements) => match position(token.encoded()) {
                    Position::At(index) => elements.get(index),
                    Position::End | Position::None => None,
                },
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
            });
        found.ok_or_else(missing)
    }

    /// RFC 6902's add also replaces: a member that is there, and the whole document.
    fn add(&mut self, path: &Pointer, value: Value) -> Result<DeltaSet, PatchError> {
        let container = path.parent().and_then(|parent| self.find(parent).ok());
        let is_element = matches!(container, Some(Value::Array(_)));
        let is_there = !is_element && self.find(path).is_ok();
        let op = if is_there {
            Op::Change(value)
        } else {
            Op::Add(value)
        };
        self.delta(path, op)
    }

    fn delta(&mut self, pointer: &Pointer, op: Op) -> Result<DeltaSet, PatchError> {
        let path = own(pointer);
        let deltas = DeltaSet::from_iter([Delta { path, op }]);
        let canonical = normalize::canonical(&self.document, &deltas, self.depth);
        let canonical = canonical.map_err(|error: DeltaError| PatchError {
            operation: 0,
            path: error.path.clone(),
            code: error.code(),
            reason: error.fault.to_string(),
        })?;
        let undo = transition(&self.document, &canonical, &DeltaSet::new());
        edit(&mut self.document, &canonical);
        Ok(undo)
    }
}

fn own(pointer: &Pointer) -> Path {
    let mut path = Path::root();
    pointer
        .tokens()
        .for_each(|token| path.push(token.decoded().as_ref()));
    path
}

fn error(pointer: &Pointer, reason: String) -> PatchError {
    PatchError {
        operation: 0,
        path: own(pointer),
        code: "does-not-fit",
        reason,
    }
}

/// Merges JSON Patches that were made on one base, each by its stamp (X3).
///
/// # Errors
/// The stamp and the [`PatchError`] of a patch that does not fit; or two under one stamp.
///
/// ```
/// use deltamerge::{Options, interop::merge_json_patches};
/// use serde_json::{from_value, json};
/// let base = json!({"list": ["a", "b"]});
/// let ann = from_value(json!([{"op": "remove", "path": "/list/0"}]))?;
/// let bob = from_value(json!([{"op": "replace", "path": "/list/1", "value": "B"}]))?;
/// let patches = [((1, "ann").into(), &ann), ((2, "bob").into(), &bob)];
/// let merged = merge_json_patches(&base, patches, &Options::default())?;
/// assert_eq!(merged.state, json!({"list": ["B"]}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn merge_json_patches<'p>(
    base: &Value,
    patches: impl IntoIterator<Item = (Stamp, &'p Patch)>,
    options: &Options,
) -> Result<Merged, MergePatchesError> {
    let actions = patches.into_iter().map(|(stamp, patch)| {
        match from_json_patch_within(base, patch, options.depth) {
            Ok(deltas) => Ok(Action { stamp, deltas }),
            Err(error) => Err(MergePatchesError::Patch { stamp, error }),
        }
    });
    let actions = actions.collect::<Result<Vec<_>, _>>()?;
    Ok(merge_with(base, &actions, options)?)
}

/// JSON Patches cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MergePatchesError {
    /// One does not fit the base.
    Patch {
        /// Whose.
        stamp: Stamp,
        /// Why not.
        error: PatchError,
    },
    /// What they come to cannot be merged.
    Merge(MergeError),
}

impl MergePatchesError {
    /// The error's code, as [`PatchError::code`] or [`MergeError::code`].
    pub fn code(&self) -> &'static str {
        match self {
            MergePatchesError::Patch { error, .. } => error.code(),
            MergePatchesError::Merge(error) => error.code(),
        }
    }
}

impl From<MergeError> for MergePatchesError {
    fn from(error: MergeError) -> MergePatchesError {
        MergePatchesError::Merge(error)
    }
}

impl fmt::Display for MergePatchesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MergePatchesError::Patch { stamp, error } => write!(f, "the patch {stamp}: {error}"),
            MergePatchesError::Merge(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MergePatchesError {}

/// The JSON Patch that does to `base` what a delta set does (X4): its operations stand in an order in which they can be done one after
/// the other, and their indices are shifted by those before them.
///
/// O(k log k) for k deltas, and what they touch.
///
/// # Errors
/// [`DeltaError`] where the set does not fit the base.
///
/// ```
/// use deltamerge::{Delta, DeltaSet, Path, interop::to_json_patch};
/// use serde_json::json;
/// let base = json!({"log": ["start", "go", "end"]});
/// let deltas = DeltaSet::from_iter([
///     Delta::remove(Path::parse("/log/0")?),
///     Delta::change(Path::parse("/log/2")?, "bye"),
/// ]);
/// assert_eq!(serde_json::to_value(to_json_patch(&base, &deltas)?)?, json!([
///     {"op": "remove", "path": "/log/0"},
///     {"op": "replace", "path": "/log/1", "value": "bye"},
/// ]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn to_json_patch(base: &Value, deltas: &DeltaSet) -> Result<Patch, DeltaError> {
    write(base, deltas, false)
}

/// [`to_json_patch`] with a `test` of the old value in front of each `replace` and `remove` (X5), so that whoever applies the patch
/// notices a document that has changed there.
///
/// # Errors
/// As [`to_json_patch`].
pub fn to_json_patch_with_tests(base: &Value, deltas: &DeltaSet) -> Result<Patch, DeltaError> {
    write(base, deltas, true)
}

fn write(base: &Value, deltas: &DeltaSet, with_tests: bool) -> Result<Patch, DeltaError> {
    let canonical = normalize::canonical(base, deltas, MAX_DEPTH)?;
    let mut writer = Writer {
        operations: Vec::with_capacity(canonical.len()),
        with_tests,
    };
    let mut path = PointerBuf::root();
    writer.slot(&mut path, base, Slots::of_root(&canonical));
    Ok(Patch(writer.operations))
}

struct Writer {
    operations: Vec<PatchOperation>,
    with_tests: bool,
}

impl Writer {
    fn slot(&mut self, path: &mut PointerBuf, base: &Value, slots: Slots<'_, Delta>) {
        match slots.here.first().map(|delta| &delta.op) {
            None => self.inside(path, base, slots.inside),
            Some(Op::Remove) => {
                self.test(path, base);
                let path = path.clone();
                self.operations
                    .push(PatchOperation::Remove(RemoveOperation { path }));
            }
            Some(Op::Add(value) | Op::Change(value)) => {
                self.test(path, base);
                let (path, value) = (path.clone(), value.clone());
                self.operations
                    .push(PatchOperation::Replace(ReplaceOperation { path, value }));
            }
        }
    }

    fn test(&mut self, path: &PointerBuf, value: &Value) {
        if self.with_tests {
            let (path, value) = (path.clone(), value.clone());
            self.operations
                .push(PatchOperation::Test(TestOperation { path, value }));
        }
    }

    fn add(&mut self, path: &PointerBuf, value: &Value) {
        let (path, value) = (path.clone(), value.clone());
        self.operations
            .push(PatchOperation::Add(AddOperation { path, value }));
    }

    fn inside(&mut self, path: &mut PointerBuf, base: &Value, inside: Inside<'_, Delta>) {
        match base {
            Value::Object(members) => {
                for (token, slots) in inside {
                    let name = token.name();
                    path.push_back(name.as_ref());
                    match (members.get(name.as_ref()), slots.here.first()) {
                        (Some(member), _) => self.slot(path, member, slots),
                        (None, Some(delta)) => {
                            if let Some(value) = delta.op.value() {
                                self.add(path, value);
                            }
                        }
                        (None, None) => {}
                    }
                    path.pop_back();
                }
            }
            Value::Array(elements) => {
                let mut added = 0;
                let mut removed = 0;
                for (token, slots) in inside {
                    let Position::At(index) = token.position() else {
                        continue;
                    };
                    let (run, slots) = slots.split_gap();
                    for value in run.iter().filter_map(|delta| delta.op.value()) {
                        path.push_back(index + added - removed);
                        self.add(path, value);
                        path.pop_back();
                        added += 1;
                    }
                    let Some(element) = elements.get(index) else {
                        continue;
                    };
                    path.push_back(index + added - removed);
                    self.slot(path, element, slots);
                    path.pop_back();
                    let is_removed = |delta: &Delta| delta.op.diff_type() == DiffType::Remove;
                    removed += usize::from(slots.here.first().is_some_and(is_removed));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}
