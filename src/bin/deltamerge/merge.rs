//! `deltamerge merge`: concurrent changes to one document, and what became of whose.

use crate::account::Account;
use crate::failure::Failure;
use crate::files::Files;
use crate::input::{Bound, Source, check_standard_input};
use crate::output::{Output, Page, write};
use crate::rules::Choice;
use deltamerge::text::{exact_deltas, plain_decisions, plain_deltas};
use deltamerge::{Action, MergeError, diff_within, merge_in_place};
use std::{path::PathBuf, process::ExitCode};

const USAGE: &str = "\
deltamerge merge [OPTIONS] <BASE> <FILE>...
       deltamerge merge [OPTIONS] <BASE> --actions <FILE>...";

const EXAMPLES: &str = "\
EXAMPLES
  # merge what three people did to one document, and read what became of whose change
  deltamerge merge examples/trip/base.json examples/trip/ann.json \\
    examples/trip/bob.json examples/trip/chloe.json

  # the document to a file: what is left to see is the account
  deltamerge merge examples/trip/base.json examples/trip/ann.json \\
    examples/trip/bob.json --output merged.json

  # by other rules: a removal wins
  deltamerge merge --rules remove-wins examples/trip/base.json \\
    examples/trip/ann.json examples/trip/bob.json

  # actions with stamps of their own, in any order
  deltamerge merge examples/trip/base.json \\
    --actions examples/trip/actions/bob.json --actions examples/trip/actions/ann.json

  # in a script: stop where somebody must look
  deltamerge merge --fail-on-conflict --quiet examples/trip/base.json \\
    examples/trip/ann.json examples/trip/chloe.json --output merged.json && echo merged";

/// Merges concurrent changes to one document
///
/// The merged document goes to standard output: the text of the first FILE, of which only the places are rewritten that others
/// changed. To standard error goes an account of the decisions: whose change met
/// whose, which of them stands, and the rule (spec/resolution.md) that says so.
///
/// Each FILE is an edited copy of BASE; the later file is the later action. With --actions the actions are given themselves,
/// with stamps that order them.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES, override_usage = USAGE)]
pub(crate) struct Arguments {
    /// The document that everybody started from
    base: Source,

    /// Edited copies of BASE, the later action later; each is signed with the name of its file
    #[arg(
        value_name = "FILE",
        required_unless_present = "actions",
        conflicts_with = "actions"
    )]
    files: Vec<Source>,

    /// Takes actions from FILE: a list of {"stamp":[1,"ann"],"deltas":[...]}, one of them, or a join; may be repeated
    #[arg(long, value_name = "FILE")]
    actions: Vec<Source>,

    #[command(flatten)]
    rules: Choice,

    /// Takes comments and trailing commas in every file; files such as tsconfig.json may have them as it is
    #[arg(long)]
    comments: bool,

    /// Gives no account of the decisions
    #[arg(long, short)]
    quiet: bool,

    /// Ends with exit code 1 where there is a conflict; the document is written all the same
    #[arg(long)]
    fail_on_conflict: bool,

    /// Writes the decisions to FILE, as JSON
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,

    /// Writes the merged delta set to FILE, as JSON
    #[arg(long, value_name = "FILE")]
    deltas: Option<PathBuf>,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    bound: Bound,
}

/// An action, and the file that it came from.
struct Given<'s> {
    action: Action,
    source: &'s Source,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments {
        base,
        files,
        actions,
        rules,
        output,
        ..
    } = arguments;
    let sources = [base].into_iter().chain(files).chain(actions);
    check_standard_input(sources.chain(rules.source()))?;
    let options = rules.options(arguments.bound.depth)?;
    let texts = Files::read_all(base, files)?;
    let files = Files::new(&texts, arguments.comments, options.depth)?;
    let mut state = files.base.document().clone();
    let given = read(arguments, &files)?;
    let actions: Vec<&Action> = given.iter().map(|given| &given.action).collect();
    let merged = merge_in_place(&mut state, actions.iter().copied(), &options);
    let resolution = merged.map_err(|error| explain(&error, base, &given))?;
    let (deltas, decisions) = resolution.into_parts();
    let (deltas, decisions) = (plain_deltas(&deltas), plain_decisions(&decisions));

    let merged = files.merged(&state, output.compact);
    let mut pages = vec![Page::text(output.output.as_deref(), merged.as_bytes())];
    if let Some(file) = &arguments.decisions {
        pages.push(Page::json(Some(file), &decisions, output.compact));
    }
    if let Some(file) = &arguments.deltas {
        pages.push(Page::json(Some(file), &deltas, output.compact));
    }
    write(&pages)?;
    if !arguments.quiet {
        Account::new(&actions, &decisions, &options.rules).tell(output.is_standard());
    }
    let is_conflict = decisions.iter().any(|decision| decision.conflict);
    Ok(if arguments.fail_on_conflict && is_conflict {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The actions: those of --actions, or what was done to make each copy of the base.
fn read<'a>(arguments: &'a Arguments, files: &Files<'_>) -> Result<Vec<Given<'a>>, Failure> {
    let depth = arguments.bound.depth;
    let base = files.base.document();
    let mut given = Vec::new();
    for ((source, copy), position) in arguments.files.iter().zip(&files.copies).zip(1..) {
        let deltas = diff_within(base, copy.document(), depth)
            .map_err(|error| Failure::coded(error.code(), format!("{source}: {error}")))?;
        let action = Action::new((position, source.stem()), deltas);
        given.push(Given { action, source });
    }
    for source in &arguments.actions {
        for Action { stamp, deltas } in source.actions()? {
            let canonical = exact_deltas(&deltas).normalize_within(base, depth);
            let deltas =
                canonical.map_err(|error| source.misfit(Some(&stamp), &error, &arguments.base))?;
            let action = Action { stamp, deltas };
            given.push(Given { action, source });
        }
    }
    Ok(given)
}

/// Says which files are at fault. That an action does not fit has been said before.
fn explain(error: &MergeError, base: &Source, given: &[Given<'_>]) -> Failure {
    let files = match error {
        MergeError::DuplicateStamp { stamp } => {
            let named = given.iter().filter(|given| given.action.stamp == *stamp);
            let mut files: Vec<_> = named.map(|given| given.source.to_string()).collect();
            files.dedup();
            files.join(" and ")
        }
        MergeError::Base(_) | MergeError::Delta { .. } => base.to_string(),
    };
    Failure::coded(error.code(), format!("{files}: {error}"))
}
