//! How deltas are written in files: as delta sets, or as patches that other programs read and write (X10).

use crate::failure::Failure;
use crate::input::Source;
use clap::ValueEnum;
use deltamerge::interop::{
    Unsayable, from_json_patch_within, from_merge_patch_within, read_json_patch, to_json_patch,
    to_json_patch_with_tests, to_merge_patch,
};
use deltamerge::{ApplyError, DeltaSet};
use serde_json::Value;
use std::fmt;

/// A way to write deltas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// deltamerge's own: a list of deltas, in the coordinates of the base
    #[default]
    Deltas,
    /// JSON Patch, RFC 6902: a list of operations, done one after the other
    JsonPatch,
    /// JSON Merge Patch, RFC 7396: what is to be of each member, null for a removal
    MergePatch,
}

/// How the deltas that are read are written, as an argument.
#[derive(clap::Args)]
pub(crate) struct Reading {
    /// How the deltas that are read are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) from: Format,
}

/// How the deltas that come out are written, as arguments.
#[derive(clap::Args)]
pub(crate) struct Writing {
    /// How to write the deltas that come out
    #[arg(long = "as", value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) tests: Tests,
}

/// Whether a JSON Patch tests what it is about, as an argument.
#[derive(clap::Args)]
pub(crate) struct Tests {
    /// Puts a test of the old value in front of each replace and remove of --as json-patch
    #[arg(long)]
    tests: bool,
}

impl Tests {
    /// Refuses what no other format can do.
    pub(crate) fn check(&self, format: Option<Format>) -> Result<(), Failure> {
        if !self.tests || format == Some(Format::JsonPatch) {
            return Ok(());
        }
        Err(Failure::new(
            "expected --tests with --as json-patch, found it without: only a JSON Patch has tests"
                .to_owned(),
            "give --as json-patch too, or leave --tests out",
        ))
    }
}

impl Writing {
    /// Refuses options that contradict each other; to be asked before anything is read.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.tests.check(Some(self.format))
    }

    /// The deltas, written for `base`.
    pub(crate) fn write(&self, base: &Value, deltas: &DeltaSet) -> Result<Value, Failure> {
        self.format.write(base, deltas, &self.tests)
    }
}

impl Format {
    /// Reads deltas that were made on `base`, which has the name `of`.
    pub(crate) fn read(
        self,
        source: &Source,
        base: &Value,
        of: &dyn fmt::Display,
        depth: usize,
    ) -> Result<DeltaSet, Failure> {
        match self {
            Format::Deltas => {
                let deltas = source.deltas()?;
                let canonical = deltas.normalize_within(base, depth);
                canonical.map_err(|error| source.misfit(None, &error, &of))
            }
            Format::JsonPatch => {
                let patch = read_json_patch(source.data()?).map_err(|error| {
                    let failure = source.malformed(&error);
                    match error.code() {
                        "bad-path" => failure,
                        _ => failure.advising(JSON_PATCH.to_owned()),
                    }
                })?;
                from_json_patch_within(base, &patch, depth).map_err(|error| {
                    let failure = Failure::coded(error.code(), format!("{source}: {error}"));
                    match error.code() {
                        "does-not-fit" | "test-failed" => failure.advising(format!(
                            "is {of} what the patch was made on? Each operation works on what those before it left"
                        )),
                        _ => failure,
                    }
                })
            }
            Format::MergePatch => {
                let patch = source.data()?;
                from_merge_patch_within(base, &patch, depth)
                    .map_err(|error| Failure::coded(error.code(), format!("{source}: {error}")))
            }
        }
    }

    /// Deltas that fit `base`, as this format says them.
    pub(crate) fn write(
        self,
        base: &Value,
        deltas: &DeltaSet,
        tests: &Tests,
    ) -> Result<Value, Failure> {
        let misfit = |error: ApplyError| Failure::coded(error.code(), error.to_string());
        match self {
            Format::Deltas => Ok(json(deltas)),
            Format::JsonPatch => {
                let write = if tests.tests {
                    to_json_patch_with_tests
                } else {
                    to_json_patch
                };
                let patch = write(base, deltas).map_err(|error| misfit(error.into()))?;
                Ok(json(&patch))
            }
            Format::MergePatch => to_merge_patch(base, deltas).map_err(|error| match error {
                Unsayable::Misfit(error) => misfit(error),
                other => Failure::coded(other.code(), other.to_string()),
            }),
        }
    }
}

fn json(written: &impl serde::Serialize) -> Value {
    serde_json::to_value(written).expect("what the library writes is JSON")
}

const JSON_PATCH: &str = r#"a JSON Patch is a list such as [{"op":"replace","path":"/a","value":1},{"op":"remove","path":"/b"}]; `deltamerge diff --as json-patch` writes one"#;
