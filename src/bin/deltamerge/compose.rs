//! `deltamerge compose`: two delta sets after each other as one.

use crate::failure::Failure;
use crate::input::{Documents, Source, check_standard_input};
use crate::output::Output;
use crate::patch::{Reading, Writing};
use deltamerge::{ApplyError, apply_within, compose_within};

const EXAMPLES: &str = "\
EXAMPLES
  # what Ann did, and then what makes Bob's document of hers: what Bob did
  deltamerge diff examples/trip/ann.json examples/trip/bob.json |
    deltamerge compose examples/trip/base.json examples/trip/deltas/ann.json -

  # what Ann did and then its undo: nothing
  deltamerge invert examples/trip/base.json examples/trip/deltas/ann.json |
    deltamerge compose examples/trip/base.json examples/trip/deltas/ann.json -

  # two JSON Patches as one: what the first did and the second undid is gone
  deltamerge diff --as json-patch examples/trip/bob.json examples/trip/chloe.json |
    deltamerge compose --from json-patch --as json-patch \\
      examples/trip/base.json examples/trip/patches/bob.json -";

/// Makes one delta set of two that follow each other
///
/// The result fits BASE, and does what FIRST and then SECOND do.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The document that FIRST was made on
    base: Source,

    /// A list of deltas that fits BASE, or a patch (--from)
    first: Source,

    /// A list of deltas that fits BASE with FIRST, or a patch (--from)
    second: Source,

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
    let Arguments {
        base,
        first,
        second,
        ..
    } = arguments;
    let (depth, writing) = (arguments.documents.depth(), &arguments.writing);
    writing.check()?;
    check_standard_input([base, first, second])?;
    let document = base.document(&arguments.documents)?;
    let read = arguments.reading.from;
    let former = read.read(first, &document, base, depth)?;
    let misfit = |error: ApplyError| Failure::coded(error.code(), format!("{base}: {error}"));
    let between = apply_within(&document, &former, depth).map_err(misfit)?;
    let latter = read.read(second, &between, &format!("{base} with {first}"), depth)?;
    let deltas = compose_within(&document, &former, &latter, depth).map_err(misfit)?;
    arguments.output.json(&writing.write(&document, &deltas)?)
}
