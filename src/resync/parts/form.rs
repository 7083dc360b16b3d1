//! The wire form of parts and findings (M19, M20).

use super::{Content, Finding, Part, Range};
use crate::{
    checksum::Checksum,
    form::{Fields, FormError, deserialize_from_json, list},
    resync::message,
    value::describe,
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

const CODE: &str = "bad-request";

impl Part {
    /// Reads the wire form. O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is not of that form (E4, E6).
    pub fn from_json(json: Value) -> Result<Part, FormError> {
        let mut fields = Fields::of(json, CODE, "a part, an object with a path")?;
        let part = Part::of(&mut fields)?;
        fields.finish()?;
        Ok(part)
    }

    fn of(fields: &mut Fields) -> Result<Part, FormError> {
        let path = fields.path("path")?;
        let mut bound = |name| match fields.optional(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(token)) => Ok(Some(Some(token))),
            Some(other) => {
                Err(FormError::new(CODE, "a token or null", describe(&other)).inside(name))
            }
        };
        let range = match (bound("from")?, bound("to")?) {
            (None, None) => None,
            (Some(from), Some(to)) => Some(Range { from, to }),
            (Some(_), None) | (None, Some(_)) => {
                return Err(FormError::new(CODE, "both from and to, or none", "one"));
            }
        };
        Ok(Part { path, range })
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("path", &self.path)?;
        if let Some(range) = &self.range {
            map.serialize_entry("from", &range.from)?;
            map.serialize_entry("to", &range.to)?;
        }
        Ok(())
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut part = serializer.serialize_map(None)?;
        self.write(&mut part)?;
        part.end()
    }
}

impl Finding {
    /// Reads the wire form. O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is not of that form (E4, E6).
    pub fn from_json(json: Value) -> Result<Finding, FormError> {
        const CONTENT: &str =
            "one of the fields \"value\", \"members\", \"elements\", \"split\" and \"absent\"";
        let mut fields = Fields::of(json, CODE, "a finding, an object with a path")?;
        let part = Part::of(&mut fields)?;
        let content = if let Some(value) = fields.optional("value") {
            Content::Value(value)
        } else if let Some(members) = fields.optional("members") {
            match members {
                Value::Object(members) => Content::Members(members),
                other => {
                    return Err(
                        FormError::new(CODE, "an object", describe(&other)).inside("members")
                    );
                }
            }
        } else if let Some(elements) = fields.optional("elements") {
            match elements {
                Value::Array(elements) => Content::Elements(elements),
                other => {
                    return Err(
                        FormError::new(CODE, "an array", describe(&other)).inside("elements")
                    );
                }
            }
        } else if let Some(parts) = fields.optional("split") {
            const KINDS: &str = r#""object" or "array""#;
            let is_array = match fields.text("kind", KINDS)?.as_str() {
                "array" => true,
                "object" => false,
                other => {
                    let found = describe(&Value::from(other));
                    return Err(FormError::new(CODE, KINDS, found).inside("kind"));
                }
            };
            let read = |json| {
                let mut fields = Fields::of(json, CODE, "a part with its checksum, an object")?;
                let part = Part::of(&mut fields)?;
                let checksum = fields.read("checksum", message::checksum)?;
                fields.finish()?;
                Ok((part, checksum))
            };
            let parts = list(parts, CODE, "a list of parts", read);
            Content::Split {
                is_array,
                parts: parts.map_err(|error| error.inside("split"))?,
            }
        } else if fields.boolean("absent")? {
            Content::Absent
        } else {
            return Err(FormError::new(CODE, CONTENT, "none"));
        };
        fields.finish()?;
        Ok(Finding { part, content })
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Summed<'p>(&'p Part, &'p Checksum);
        impl Serialize for Summed<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut part = serializer.serialize_map(None)?;
                self.0.write(&mut part)?;
                part.serialize_entry("checksum", self.1)?;
                part.end()
            }
        }
        let mut finding = serializer.serialize_map(None)?;
        self.part.write(&mut finding)?;
        match &self.content {
            Content::Value(value) => finding.serialize_entry("value", value)?,
            Content::Members(members) => finding.serialize_entry("members", members)?,
            Content::Elements(elements) => finding.serialize_entry("elements", elements)?,
            Content::Split { is_array, parts } => {
                finding.serialize_entry("kind", if *is_array { "array" } else { "object" })?;
                let parts: Vec<_> = parts
                    .iter()
                    .map(|(part, checksum)| Summed(part, checksum))
                    .collect();
                finding.serialize_entry("split", &parts)?;
            }
            Content::Absent => finding.serialize_entry("absent", &true)?,
        }
        finding.end()
    }
}

deserialize_from_json!(Part, Finding);
