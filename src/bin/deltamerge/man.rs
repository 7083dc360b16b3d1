//! `deltamerge man`: the manual pages, from the same arguments and texts as the help.

use crate::failure::Failure;
use crate::input::reason;
use crate::output::{Page, write};
use clap::Command;
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};
use std::io::{self, Write};
use std::{fs, path::PathBuf};

const EXAMPLES: &str = "\
EXAMPLES
  # to look at it: deltamerge man | man -l -
  deltamerge man | head -n 30

  # a page for the command and one for each of its commands, where man finds them
  deltamerge man share/man/man1 && echo done

man looks into share/man beside each bin of $PATH, and into ~/.local/share/man.";

/// Prints the manual page, or writes all of them
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Writes deltamerge.1 and a page for each command, such as deltamerge-merge.1, into DIR, which is made if need be
    dir: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, mut command: Command) -> Result<(), Failure> {
    command.build();
    let page = |command: &Command| {
        let mut page = Vec::new();
        // Memory takes it all.
        let _ = print(command, &mut page);
        page
    };
    let Some(dir) = &arguments.dir else {
        return write(&[Page::text(&page(&command))]);
    };
    fs::create_dir_all(dir).map_err(|error| {
        Failure::new(
            format!("{}: cannot be made: {}", dir.display(), reason(&error)),
            "name a folder that is there, or one that may be made",
        )
    })?;
    let commands = [&command].into_iter().chain(command.get_subcommands());
    let files: Vec<_> = commands
        .map(|command| {
            let name = command.get_display_name().unwrap_or(command.get_name());
            (dir.join(format!("{name}.1")), page(command))
        })
        .collect();
    let pages = files.iter().map(|(file, text)| {
        let print = |out: &mut dyn Write| out.write_all(text);
        Page::new(Some(file), Box::new(print))
    });
    write(&pages.collect::<Vec<_>>())
}

fn print(command: &Command, out: &mut Vec<u8>) -> io::Result<()> {
    let version = concat!("deltamerge ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone())
        .manual("deltamerge")
        .source(version);
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    if command.get_arguments().next().is_some() {
        man.render_options_section(out)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(out)?;
    }
    examples(command).to_writer(out)
}

/// The examples of the help line by line, and what is said below them as text.
fn examples(command: &Command) -> Roff {
    let mut roff = Roff::new();
    let help = command.get_after_long_help().map(ToString::to_string);
    let Some(text) = help.as_deref().and_then(|it| it.strip_prefix("EXAMPLES\n")) else {
        return roff;
    };
    roff.control("SH", ["EXAMPLES"]).control("nf", []);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next_if(|line| line.is_empty() || line.starts_with("  ")) {
        // An empty line below the last example belongs to neither.
        if !line.is_empty() || lines.peek().is_some_and(|next| next.starts_with("  ")) {
            roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
    }
    roff.control("fi", []);
    if lines.peek().is_some() {
        roff.control("SH", ["NOTES"]);
        lines.for_each(|line| {
            roff.text([roman(line)]);
        });
    }
    roff
}
