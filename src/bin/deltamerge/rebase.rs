//! `deltamerge rebase`: what is left for one action to do after another.

use crate::failure::Failure;
use crate::input::{Bound, Source, check_standard_input};
use crate::output::Output;
use crate::rules::Choice;
use deltamerge::{Action, rebase_with};

const EXAMPLES: &str = "\
EXAMPLES
  # Ann's deltas are applied already; what is left for Bob's?
  deltamerge rebase examples/trip/base.json \\
    --action examples/trip/actions/bob.json --over examples/trip/actions/ann.json

  # applied to Ann's document, that is the merge of the two
  deltamerge rebase examples/trip/base.json \\
    --action examples/trip/actions/bob.json --over examples/trip/actions/ann.json |
    deltamerge apply examples/trip/ann.json -";

/// Gives what is left for one action to do after another
///
/// The result is a delta set that fits BASE with the action of --over, and leads to the merge of the two. An action is
/// {"stamp":[1,"ann"],"deltas":[...]}; `deltamerge diff --stamp 1:ann` writes one.
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
    rules: Choice,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    bound: Bound,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments {
        base,
        action: moved,
        over: done,
        rules,
        ..
    } = arguments;
    check_standard_input([base, moved, done].into_iter().chain(rules.source()))?;
    let options = rules.options(arguments.bound.depth)?;
    let document = base.document(options.depth)?;
    let canonical = |source: &Source| {
        let Action { stamp, deltas } = source.action()?;
        let deltas = deltas
            .normalize_within(&document, options.depth)
            .map_err(|error| source.misfit(Some(&stamp), &error, base))?;
        Ok(Action { stamp, deltas })
    };
    let (action, over) = (canonical(moved)?, canonical(done)?);
    let deltas = rebase_with(&document, &action, &over, &options)
        .map_err(|error| Failure::coded(error.code(), format!("{moved} and {done}: {error}")))?;
    arguments.output.json(&deltas)
}
