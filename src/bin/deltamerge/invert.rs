//! `deltamerge invert`: the undo of a delta set.

use crate::failure::Failure;
use crate::input::{Bound, Source, check_standard_input};
use crate::output::Output;
use deltamerge::invert_within;

const EXAMPLES: &str = "\
EXAMPLES
  # what undoes the things that Ann did?
  deltamerge invert examples/trip/base.json examples/trip/deltas/ann.json

  # Ann's document without them is the base again
  deltamerge invert examples/trip/base.json examples/trip/deltas/ann.json |
    deltamerge apply examples/trip/ann.json -";

/// Gives the delta set that undoes another
///
/// The result fits BASE with DELTAS, and leads back to BASE.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The document that the deltas were made on
    base: Source,

    /// A list of deltas, as `deltamerge diff` writes it
    deltas: Source,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    bound: Bound,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { base, deltas, .. } = arguments;
    let depth = arguments.bound.depth;
    check_standard_input([base, deltas])?;
    let document = base.document(depth)?;
    let undo = invert_within(&document, &deltas.deltas()?, depth)
        .map_err(|error| deltas.misfit(None, &error, base))?;
    arguments.output.json(&undo)
}
