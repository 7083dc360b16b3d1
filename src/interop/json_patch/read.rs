//! JSON to a JSON Patch (X8): every operation checked, and errors that point.

use crate::{
    form::{Fields, FormError, list},
    value::describe,
};
use json_patch::{
    AddOperation, CopyOperation, MoveOperation, Patch, PatchOperation, RemoveOperation,
    ReplaceOperation, TestOperation, jsonptr::PointerBuf,
};
use serde_json::Value;

const CODE: &str = "bad-patch";

/// Reads a JSON Patch (X8), with errors that say where it goes wrong. O(its size).
///
/// # Errors
/// [`FormError`] with the code `bad-patch`, or `bad-path` where a path is no JSON Pointer.
///
/// ```
/// use deltamerge::interop::read_json_patch;
/// use serde_json::json;
/// let patch = read_json_patch(json!([{"op": "remove", "path": "/hp"}]))?;
/// assert_eq!(patch.len(), 1);
/// let error = read_json_patch(json!([{"op": "add", "path": "/hp"}])).unwrap_err();
/// assert_eq!(error.to_string(), r#"at /0: expected a field "value", found none"#);
/// # Ok::<(), deltamerge::FormError>(())
/// ```
pub fn read_json_patch(json: Value) -> Result<Patch, FormError> {
    list(json, CODE, "a JSON Patch, a list of operations", operation).map(Patch)
}

fn operation(json: Value) -> Result<PatchOperation, FormError> {
    const OPS: &str = r#""add", "remove", "replace", "move", "copy" or "test""#;
    let mut fields = Fields::of(json, CODE, "an operation, an object with op and path")?;
    let op = fields.text("op", OPS)?;
    let path = pointer(&mut fields, "path")?;
    Ok(match op.as_str() {
        "add" => PatchOperation::Add(AddOperation {
            path,
            value: fields.required("value")?,
        }),
        "remove" => PatchOperation::Remove(RemoveOperation { path }),
        "replace" => PatchOperation::Replace(ReplaceOperation {
            path,
            value: fields.required("value")?,
        }),
        "move" => PatchOperation::Move(MoveOperation {
            from: pointer(&mut fields, "from")?,
            path,
        }),
        "copy" => PatchOperation::Copy(CopyOperation {
            from: pointer(&mut fields, "from")?,
            path,
        }),
        "test" => PatchOperation::Test(TestOperation {
            path,
            value: fields.required("value")?,
        }),
        other => {
            let found = describe(&Value::from(other));
            return Err(FormError::new(CODE, OPS, found).inside("op"));
        }
    })
}

/// What is a path here is a pointer there.
fn pointer(fields: &mut Fields, name: &str) -> Result<PointerBuf, FormError> {
    let path = fields.path(name)?;
    PointerBuf::parse(path.as_str()).map_err(|error| {
        FormError::new("bad-path", "a JSON Pointer", error.to_string()).inside(name)
    })
}
