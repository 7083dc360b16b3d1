//! `deltamerge checksum`: what tells whether documents are equal.

use crate::failure::Failure;
use crate::input::{Documents, Source, check_standard_input};
use crate::output::{Page, write};
use deltamerge::{checksum, movex_checksum, strong_checksum};

const EXAMPLES: &str = "\
EXAMPLES
  deltamerge checksum examples/trip/base.json examples/trip/ann.json

  # the order of the members and the writing of the numbers mean nothing: this is one sum, twice
  echo '{\"a\":1,\"b\":2}' | deltamerge checksum -
  echo '{\"b\":2.0,\"a\":1}' | deltamerge checksum -

  # the same documents to somebody who may lie
  deltamerge checksum --strong examples/trip/base.json examples/trip/ann.json

  # what Movex's clients compare
  deltamerge checksum --movex examples/trip/base.json";

/// Prints the checksum of each document
///
/// One line each: hexadecimal digits, two spaces, the name. Equal documents have one checksum, whatever the order of their
/// members, on every machine and in every language (spec/checksum.md). It is for faults and drift: it does not resist somebody
/// who chooses the documents; --strong does.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The documents
    #[arg(required = true, value_name = "FILE")]
    files: Vec<Source>,

    /// Prints the strong form, which resists somebody who chooses the documents: 64 digits, a SHA-256
    #[arg(long, conflicts_with = "movex")]
    strong: bool,

    /// Prints Movex's form: the MD5 of what JSON.stringify writes, members sorted below a top-level object
    #[arg(long)]
    movex: bool,

    #[command(flatten)]
    documents: Documents,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    check_standard_input(&arguments.files)?;
    let mut lines = Vec::new();
    for file in &arguments.files {
        let document = file.document(&arguments.documents)?;
        let sum = if arguments.strong {
            strong_checksum(&document).to_string()
        } else if arguments.movex {
            movex_checksum(&document)
        } else {
            checksum(&document).to_string()
        };
        lines.extend_from_slice(line(&sum, file).as_bytes());
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
