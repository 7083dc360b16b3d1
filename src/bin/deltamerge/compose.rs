//! `deltamerge compose`: two delta sets after each other as one.

use crate::failure::Failure;
use crate::input::{Bound, Source, check_standard_input};
use crate::output::Output;
use deltamerge::{ApplyError, compose_within};

const EXAMPLES: &str = "\
EXAMPLES
  # what Ann did, and then what makes Bob's document of hers: what Bob did
  deltamerge diff examples/trip/ann.json examples/trip/bob.json |
    deltamerge compose examples/trip/base.json examples/trip/deltas/ann.json -

  # what Ann did and then its undo: nothing
  deltamerge invert examples/trip/base.json examples/trip/deltas/ann.json |
    deltamerge compose examples/trip/base.json examples/trip/deltas/ann.json -";

/// Makes one delta set of two that follow each other
///
/// The result fits BASE, and does what FIRST and then SECOND do.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The document that FIRST was made on
    base: Source,

    /// A list of deltas that fits BASE
    first: Source,

    /// A list of deltas that fits BASE with FIRST
    second: Source,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    bound: Bound,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments {
        base,
        first,
        second,
        ..
    } = arguments;
    let depth = arguments.bound.depth;
    check_standard_input([base, first, second])?;
    let document = base.document(depth)?;
    let (former, latter) = (first.deltas()?, second.deltas()?);
    let deltas =
        compose_within(&document, &former, &latter, depth).map_err(|error| match error {
            ApplyError::Document(error) => Failure::coded(error.code(), format!("{base}: {error}")),
            ApplyError::Delta(error) => match former.normalize_within(&document, depth) {
                Err(_) => first.misfit(None, &error, base),
                Ok(_) => second.misfit(None, &error, &format!("{base} with {first}")),
            },
        })?;
    arguments.output.json(&deltas)
}
