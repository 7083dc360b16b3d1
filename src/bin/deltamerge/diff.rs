//! `deltamerge diff`: two documents to a delta set.

use crate::failure::Failure;
use crate::input::{Documents, Source, check_standard_input};
use crate::output::Output;
use crate::patch::{Format, Writing};
use deltamerge::{Action, Stamp, diff_within};

const EXAMPLES: &str = "\
EXAMPLES
  # what did Ann do?
  deltamerge diff examples/trip/base.json examples/trip/ann.json

  # a delta a line, to count or to search
  deltamerge diff --compact examples/trip/base.json examples/trip/ann.json | tr '}' '\\n'

  # the same as an action, for `deltamerge merge --actions` and `deltamerge rebase`
  deltamerge diff --stamp 1:ann examples/trip/base.json examples/trip/ann.json

  # the same as a JSON Patch that notices whether it is applied to another document
  deltamerge diff --as json-patch --tests examples/trip/base.json examples/trip/ann.json";

/// Gives the deltas that lead from one document to another
///
/// The result is a list of deltas, each an object with op (add, change or remove), path and value. Paths are JSON Pointers in
/// the coordinates of BEFORE: no delta shifts another's index. With --as it is a JSON Patch or a JSON Merge Patch instead.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The document to start from
    before: Source,

    /// The document to come to
    after: Source,

    /// Gives an action instead: the deltas with a stamp, such as 1:ann
    ///
    /// Of two actions the one with the greater counter is the later; at one counter the names decide.
    #[arg(long, value_name = "COUNTER:ACTOR")]
    stamp: Option<Stamp>,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    documents: Documents,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments {
        before,
        after,
        documents,
        ..
    } = arguments;
    let (depth, writing) = (documents.depth(), &arguments.writing);
    writing.check()?;
    if arguments.stamp.is_some() && writing.format != Format::Deltas {
        return Err(Failure::new(
            "expected --stamp without --as, found both: a patch has no stamp".to_owned(),
            "leave one of them out; `deltamerge merge --from` orders patches by their place",
        ));
    }
    check_standard_input([before, after])?;
    let (before, after) = (before.document(documents)?, after.document(documents)?);
    let deltas = diff_within(&before, &after, depth)
        .map_err(|error| Failure::coded(error.code(), error.to_string()))?;
    match &arguments.stamp {
        Some(stamp) => arguments.output.json(&Action::new(stamp.clone(), deltas)),
        None => arguments.output.json(&writing.write(&before, &deltas)?),
    }
}
