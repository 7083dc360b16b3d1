//! `deltamerge invert`: the undo of a delta set.

use crate::failure::Failure;
use crate::input::{Documents, Source, check_standard_input};
use crate::output::Output;
use crate::patch::{Reading, Writing};
use deltamerge::{apply_within, invert_within};

const EXAMPLES: &str = "\
EXAMPLES
  # what undoes the things that Ann did?
  deltamerge invert examples/trip/base.json examples/trip/deltas/ann.json

  # Ann's document without them is the base again
  deltamerge invert examples/trip/base.json examples/trip/deltas/ann.json |
    deltamerge apply examples/trip/ann.json -

  # the undo of a JSON Patch, as a JSON Patch
  deltamerge invert --from json-patch --as json-patch \\
    examples/trip/base.json examples/trip/patches/bob.json";

/// Gives the delta set that undoes another
///
/// The result fits BASE with DELTAS, and leads back to BASE.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The document that the deltas were made on
    base: Source,

    /// A list of deltas, as `deltamerge diff` writes it, or a patch (--from)
    deltas: Source,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    documents: Documents,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { base, deltas, .. } = arguments;
    let (depth, writing) = (arguments.documents.depth(), &arguments.writing);
    writing.check()?;
    check_standard_input([base, deltas])?;
    let document = base.document(&arguments.documents)?;
    let set = arguments
        .reading
        .from
        .read(deltas, &document, base, depth)?;
    let undo =
        invert_within(&document, &set, depth).map_err(|error| deltas.misfit(None, &error, base))?;
    // The undo is for the document with the deltas.
    let after = apply_within(&document, &set, depth)
        .map_err(|error| Failure::coded(error.code(), format!("{base}: {error}")))?;
    arguments.output.json(&writing.write(&after, &undo)?)
}
