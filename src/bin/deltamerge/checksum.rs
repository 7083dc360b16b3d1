//! `deltamerge checksum`: what tells whether documents are equal.

use crate::failure::Failure;
use crate::input::{Bound, Source, check_standard_input};
use crate::output::{Page, write};
use deltamerge::checksum;

const EXAMPLES: &str = "\
EXAMPLES
  deltamerge checksum examples/trip/base.json examples/trip/ann.json

  # the order of the members and the writing of the numbers mean nothing: this is one sum, twice
  echo '{\"a\":1,\"b\":2}' | deltamerge checksum -
  echo '{\"b\":2.0,\"a\":1}' | deltamerge checksum -";

/// Prints the checksum of each document
///
/// One line each: 32 hexadecimal digits, two spaces, the name. Equal documents have one checksum, whatever the order of their
/// members, on every machine and in every language (spec/checksum.md). It is for faults and drift: it does not resist somebody
/// who chooses the documents.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The documents
    #[arg(required = true, value_name = "FILE")]
    files: Vec<Source>,

    #[command(flatten)]
    bound: Bound,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    check_standard_input(&arguments.files)?;
    let mut lines = Vec::new();
    for file in &arguments.files {
        let sum = checksum(&file.document(arguments.bound.depth)?);
        lines.extend_from_slice(line(&sum.to_string(), file).as_bytes());
    }
    write(&[Page::text(&lines)])
}

/// As sha256sum has it: a name that would break the line is escaped, and the line begins with a backslash.
fn line(sum: &str, file: &Source) -> String {
    let name = file.name().map_or_else(|| file.to_string(), str::to_owned);
    let escaped = name
        .replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r");
    let mark = if escaped == name { "" } else { "\\" };
    format!("{mark}{sum}  {escaped}\n")
}
