//! `deltamerge completions`: what a shell needs to complete the command's words.

use crate::failure::Failure;
use crate::input::Source;
use crate::output::{Page, write};
use clap::{Command, ValueHint, builder::ValueParser};
use clap_complete::{Shell, generate};

const EXAMPLES: &str = "\
EXAMPLES
  # for this session of bash
  source <(deltamerge completions bash) && echo done

  # for every session to come: bash, zsh, fish
  mkdir -p completions && deltamerge completions bash > completions/deltamerge && echo done
  deltamerge completions zsh > completions/_deltamerge && echo done
  deltamerge completions fish > completions/deltamerge.fish && echo done

Where a shell looks for them: bash in ~/.local/share/bash-completion/completions, zsh in the folders
of $fpath, fish in ~/.config/fish/completions.";

/// Prints a script that completes the command's words in a shell
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, command: Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(
        arguments.shell,
        &mut hinted(command),
        "deltamerge",
        &mut script,
    );
    write(&[Page::text(&script)])
}

/// Every argument that is a file is completed as one.
fn hinted(command: Command) -> Command {
    let file = ValueParser::from(clap::value_parser!(Source)).type_id();
    let command = command.mut_args(|argument| {
        if argument.get_value_parser().type_id() == file {
            argument.value_hint(ValueHint::FilePath)
        } else {
            argument
        }
    });
    command.mut_subcommands(hinted)
}
