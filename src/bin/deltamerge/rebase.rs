//! `deltamerge rebase`: what is left for one action to do after another.

use crate::failure::Failure;
use crate::input::{Documents, Source, check_standard_input};
use crate::output::Output;
use crate::patch::{Format, Reading, Writing};
use crate::rules::Choice;
use deltamerge::{Action, apply_within, rebase_with};
use serde_json::Value;
use std::fmt;

const EXAMPLES: &str = "\
EXAMPLES
  # Ann's deltas are applied already; what is left for Bob's?
  deltamerge rebase examples/trip/base.json \\
    --action examples/trip/actions/bob.json --over examples/trip/actions/ann.json

  # applied to Ann's document, that is the merge of the two
  deltamerge rebase examples/trip/base.json \\
    --action examples/trip/actions/bob.json --over examples/trip/actions/ann.json |
    deltamerge apply examples/trip/ann.json -

  # a JSON Patch that was made on the base, as one for Ann's document
  deltamerge rebase --from json-patch --as json-patch examples/trip/base.json \\
    --action examples/trip/patches/bob.json --over examples/trip/patches/ann.json";

/// Gives what is left for one action to do after another
///
/// The result is a delta set that fits BASE with the action of --over, and leads to the merge of the two. An action is
/// {"stamp":[1,"ann"],"deltas":[...]}; `deltamerge diff --stamp 1:ann` writes one. A patch (--from) has no stamp: of the two that of
/// --over is then the first.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The document that both actions were made on
    base: Source,

    /// The action to move
    #[arg(long, value_name = "FILE")]
    action: Source,

    /// The action to move it over, which is applied already
    #[arg(long, value_name = "FILE")]
    over: Source,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    rules: Choice,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    documents: Documents,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments {
        base,
        action: moved,
        over: done,
        rules,
        ..
    } = arguments;
    arguments.writing.check()?;
    check_standard_input([base, moved, done].into_iter().chain(rules.source()))?;
    let options = rules.options(arguments.documents.depth())?;
    let document = base.document(&arguments.documents)?;
    let read = |source, counter| read(arguments, source, counter, &document);
    let (action, over) = (read(moved, 2)?, read(done, 1)?);
    let failure = |error: &dyn fmt::Display| format!("{moved} and {done}: {error}");
    let deltas = rebase_with(&document, &action, &over, &options)
        .map_err(|error| Failure::coded(error.code(), failure(&error)))?;
    // What is left is for the document with the action of --over.
    let after = apply_within(&document, &over.deltas, options.depth)
        .map_err(|error| Failure::coded(error.code(), failure(&error)))?;
    let written = arguments.writing.write(&after, &deltas)?;
    arguments.output.json(&written)
}

/// An action, or a patch as one: `counter` is when.
fn read(
    arguments: &Arguments,
    source: &Source,
    counter: u64,
    document: &Value,
) -> Result<Action, Failure> {
    let (base, depth) = (&arguments.base, arguments.documents.depth());
    match arguments.reading.from {
        Format::Deltas => {
            let Action { stamp, deltas } = source.action()?;
            let deltas = deltas
                .normalize_within(document, depth)
                .map_err(|error| source.misfit(Some(&stamp), &error, base))?;
            Ok(Action { stamp, deltas })
        }
        patch => {
            let deltas = patch.read(source, document, base, depth)?;
            Ok(Action::new((counter, source.stem()), deltas))
        }
    }
}
