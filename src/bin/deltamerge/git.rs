//! `deltamerge git`: the merge driver for JSON files, and its installation.

mod command;
mod driver;
mod install;

use crate::failure::Failure;
use crate::input::reason;
use clap::Subcommand;
use std::io;
use std::path::Path;
use std::process::ExitCode;

pub(crate) use driver::STOPPED;

const EXAMPLES: &str = "\
EXAMPLES
  # what do these commands do?
  deltamerge git install --help
  deltamerge git driver --help";

/// Merges the JSON files of a git repository member by member
///
/// `deltamerge git install` says to git that JSON files are merged by deltamerge, for one repository or for all of a
/// user. From then on `git merge`, `rebase`, `cherry-pick`, `revert` and `stash pop` use it by themselves; nothing else
/// changes. What two people really contradict each other about is left between conflict markers, as ever.
///
/// Git tells a driver nothing of `-X ours` and `-X theirs`; `git -c merge.deltamerge.resolve=theirs merge topic` decides one merge
/// instead.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Install(install::Arguments),
    Uninstall(install::Undo),
    Driver(driver::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::Install(arguments) => install::install(arguments),
        Command::Uninstall(arguments) => install::uninstall(arguments),
        Command::Driver(arguments) => return driver::run(arguments),
    }
    .map(|()| ExitCode::SUCCESS)
}

fn unwritable(file: &Path, error: &io::Error) -> Failure {
    Failure::new(
        format!("{}: cannot be written: {}", file.display(), reason(error)),
        "make sure that the folder may be written to, and has space",
    )
}
