//! The `deltamerge` command: one file a command, and beside them what the commands read, write and say.

mod account;
mod apply;
mod batch;
mod checksum;
mod completions;
mod compose;
mod diff;
mod divergence;
mod explain;
mod failure;
mod files;
mod git;
mod html;
mod input;
mod invert;
mod legible;
mod man;
mod merge;
mod output;
mod patch;
mod rebase;
mod report;
mod rules;
mod simulate;
mod verify;
mod views;

use clap::{CommandFactory, Parser, Subcommand};
use std::{env, process::ExitCode};

const EXAMPLES: &str = "\
EXAMPLES
  # merge what three people did to one document, and read what became of whose change
  deltamerge merge examples/trip/base.json examples/trip/ann.json \\
    examples/trip/bob.json examples/trip/chloe.json

  # merge the JSON files of a repository member by member, whenever git merges
  #   deltamerge git install

  # what did Ann do?
  deltamerge diff examples/trip/base.json examples/trip/ann.json

Any FILE may be - for standard input, once. `deltamerge COMMAND --help` has more examples.
Exit codes: 0 done; 1 a conflict, where --fail-on-conflict asks for that or a file shows it, or a
simulation that failed, or a rule set that breaks a law; 2 bad input or usage; and 129 where
`git driver` did nothing.";

/// Merges concurrent changes to JSON by one published resolution table.
///
/// Several people change one JSON document at the same time. What each did becomes a set of deltas, ADD, CHANGE or REMOVE at
/// a path; sets made from a common base merge, and every outcome is told.
#[derive(Parser)]
#[command(version, after_long_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Merge(merge::Arguments),
    Diff(diff::Arguments),
    Apply(apply::Arguments),
    Rebase(rebase::Arguments),
    Compose(compose::Arguments),
    Invert(invert::Arguments),
    Checksum(checksum::Arguments),
    Batch(batch::Arguments),
    Divergence(divergence::Arguments),
    Simulate(simulate::Arguments),
    Verify(verify::Arguments),
    Git(git::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misused(&error),
    };
    let done = match arguments.command {
        Command::Merge(arguments) => return merge::run(&arguments).unwrap_or_else(failure::report),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Verify(arguments) => {
            return verify::run(&arguments).unwrap_or_else(failure::report);
        }
        Command::Git(arguments) => return git::run(&arguments).unwrap_or_else(failure::report),
        Command::Apply(arguments) => apply::run(&arguments),
        Command::Rebase(arguments) => rebase::run(&arguments),
        Command::Compose(arguments) => compose::run(&arguments),
        Command::Invert(arguments) => invert::run(&arguments),
        Command::Checksum(arguments) => checksum::run(&arguments),
        Command::Batch(arguments) => batch::run(&arguments),
        Command::Divergence(arguments) => divergence::run(&arguments),
        Command::Simulate(arguments) => {
            return simulate::run(&arguments).unwrap_or_else(failure::report);
        }
        Command::Completions(shell) => completions::run(&shell, Arguments::command()),
        Command::Man(arguments) => {
            // What help says, the pages say.
            let command = Arguments::command().disable_help_subcommand(true);
            man::run(&arguments, command)
        }
    };
    done.map_or_else(failure::report, |()| ExitCode::SUCCESS)
}

/// Help that was asked for, or what is wrong with the arguments.
fn misused(error: &clap::Error) -> ExitCode {
    // Where nobody reads it there is nobody to tell.
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    if env::args_os().skip(1).take(2).eq(["git", "driver"]) {
        return git::STOPPED.into();
    }
    ExitCode::from(2)
}
