//! `deltamerge merge`: concurrent changes to one document, and what became of whose.

use crate::account::Account;
use crate::failure::Failure;
use crate::files::Files;
use crate::input::{Documents, Source, check_standard_input};
use crate::output::{Output, Page, write};
use crate::patch::{Format, Tests};
use crate::report::{Merge, Report};
use crate::rules::Choice;
use crate::views::Views;
use deltamerge::text::{exact_deltas, plain, plain_decisions, plain_deltas};
use deltamerge::{Action, MergeError, diff_within, merge_in_place};
use std::{path::PathBuf, process::ExitCode};

const USAGE: &str = "\
deltamerge merge [OPTIONS] <BASE> <FILE>...
       deltamerge merge [OPTIONS] <BASE> --from <FORMAT> <FILE>...
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

  # the tree of what changed, who changed it, and which rule decided
  deltamerge merge --explain examples/trip/base.json \\
    examples/trip/ann.json examples/trip/bob.json

  # the same as a page for a browser, and as data
  deltamerge merge examples/trip/base.json examples/trip/ann.json examples/trip/bob.json \\
    --output merged.json --html merge.html --report merge.json

  # two JSON Patches that were made on one base, merged into one JSON Patch
  deltamerge merge --from json-patch --as json-patch examples/trip/base.json \\
    examples/trip/patches/ann.json examples/trip/patches/bob.json

  # in a script: stop where somebody must look
  deltamerge merge --fail-on-conflict --quiet examples/trip/base.json \\
    examples/trip/ann.json examples/trip/chloe.json --output merged.json && echo merged";

/// Merges concurrent changes to one document
///
/// The merged document goes to standard output: the text of the first FILE, of which only the places are rewritten that others
/// changed. To standard error goes an account of the decisions: whose change met
/// whose, which of them stands, and the rule (spec/resolution.md) that says so.
///
/// Each FILE is an edited copy of BASE, or with --from a patch that was made on it; the later file is the later action. With
/// --actions the actions are given themselves, with stamps that order them.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES, override_usage = USAGE)]
pub(crate) struct Arguments {
    /// The document that everybody started from
    base: Source,

    /// Edited copies of BASE, or patches (--from), the later action later; each is signed with the name of its file
    #[arg(
        value_name = "FILE",
        required_unless_present = "actions",
        conflicts_with = "actions"
    )]
    files: Vec<Source>,

    /// Takes actions from FILE: a list of {"stamp":[1,"ann"],"deltas":[...]}, one of them, or a join; may be repeated
    #[arg(long, value_name = "FILE")]
    actions: Vec<Source>,

    /// Takes FILE for a delta set or a patch that was made on BASE, not for an edited copy
    #[arg(long, value_name = "FORMAT", value_enum, conflicts_with = "actions")]
    from: Option<Format>,

    /// Gives the merged deltas in this format, instead of the merged document
    #[arg(long = "as", value_name = "FORMAT", value_enum)]
    format: Option<Format>,

    #[command(flatten)]
    tests: Tests,

    #[command(flatten)]
    rules: Choice,

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
    views: Views,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    documents: Documents,
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
    arguments.tests.check(arguments.format)?;
    let sources = [base].into_iter().chain(files).chain(actions);
    check_standard_input(sources.chain(rules.source()))?;
    let options = rules.options(arguments.documents.depth())?;
    let copies = if arguments.from.is_some() {
        &[]
    } else {
        files.as_slice()
    };
    let texts = Files::read_all(base, copies)?;
    let files = Files::new(&texts, &arguments.documents)?;
    let mut state = files.base.document().clone();
    let mut given = read(arguments, &files)?;
    let actions: Vec<&Action> = given.iter().map(|given| &given.action).collect();
    let merged = merge_in_place(&mut state, actions.iter().copied(), &options);
    let resolution = merged.map_err(|error| explain(&error, base, &given))?;
    let (deltas, decisions) = resolution.into_parts();

    // The text is written from the exact document; everything else that is told is about plain ones.
    let text = files.merged(&state, output.compact);
    let (deltas, decisions) = (plain_deltas(&deltas), plain_decisions(&decisions));
    for given in &mut given {
        given.action.deltas = plain_deltas(&given.action.deltas);
    }
    let actions: Vec<&Action> = given.iter().map(|given| &given.action).collect();
    let is_kept = arguments.format.is_some() || arguments.views.are_wanted();
    let kept = is_kept.then(|| (plain(files.base.document()), plain(&state)));
    let viewed = kept.as_ref().filter(|_| arguments.views.are_wanted());
    let report = viewed.map(|(before, state)| {
        Report::new(Merge {
            base: (base.to_string(), before),
            actions: sourced(&given),
            rules: &options.rules,
            state,
            deltas: &deltas,
            decisions: &decisions,
        })
    });
    let patch = match (arguments.format, &kept) {
        (Some(format), Some((base, _))) => Some(format.write(base, &deltas, &arguments.tests)?),
        (Some(_) | None, Some(_) | None) => None,
    };
    let mut pages = Vec::new();
    // An explanation takes the document's place, unless that has one of its own.
    if !arguments.views.explain || output.output.is_some() {
        let file = output.output.as_deref();
        pages.push(match &patch {
            Some(patch) => Page::json(file, patch, output.compact),
            None => Page::text_to(file, text.as_bytes()),
        });
    }
    if let Some(report) = &report {
        pages.extend(arguments.views.pages(report, output.compact));
    }
    if let Some(file) = &arguments.decisions {
        pages.push(Page::json(Some(file), &decisions, output.compact));
    }
    if let Some(file) = &arguments.deltas {
        pages.push(Page::json(Some(file), &deltas, output.compact));
    }
    write(&pages)?;
    if !arguments.quiet && !arguments.views.explain {
        Account::new(&actions, &decisions, &options.rules).tell(output.is_standard());
    }
    let is_conflict = decisions.iter().any(|decision| decision.conflict);
    Ok(if arguments.fail_on_conflict && is_conflict {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn sourced<'g>(given: &'g [Given<'_>]) -> Vec<(String, &'g Action)> {
    let given = given.iter();
    given
        .map(|given| (given.source.to_string(), &given.action))
        .collect()
}

/// The actions: those of --actions, or what was done to make each copy of the base.
fn read<'a>(arguments: &'a Arguments, files: &Files<'_>) -> Result<Vec<Given<'a>>, Failure> {
    let depth = arguments.documents.depth();
    let base = files.base.document();
    let mut given = Vec::new();
    for (index, source) in arguments.files.iter().enumerate() {
        let deltas = match arguments.from {
            Some(format) => {
                exact_deltas(&format.read(source, &plain(base), &arguments.base, depth)?)
            }
            None => diff_within(base, files.copies[index].document(), depth)
                .map_err(|error| Failure::coded(error.code(), format!("{source}: {error}")))?,
        };
        let action = Action::new((index as u64 + 1, source.stem()), deltas);
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
        _ => base.to_string(),
    };
    Failure::coded(error.code(), format!("{files}: {error}"))
}
