//! `deltamerge divergence`: where two copies have drifted apart, found by their checksums.

use crate::failure::Failure;
use crate::input::{Documents, Source, check_standard_input};
use crate::legible::legible;
use crate::output::{Page, write};
use deltamerge::resync::divergence;
use serde_json::json;
use std::io::Write;

const EXAMPLES: &str = "\
EXAMPLES
  # where is Ann's copy another than the base, and what would it take two machines to find out?
  deltamerge divergence examples/trip/ann.json examples/trip/base.json

  # how many places?
  deltamerge divergence --json examples/trip/ann.json examples/trip/base.json";

/// Finds where two copies of a document differ
///
/// As two machines do over a network that have noticed by a checksum that they have drifted (spec/resync.md, M16): down the
/// tree, by the checksums of parts, so that little more is exchanged than what differs. To standard output go the paths, a line each; to
/// standard error how many questions it took, and the bytes exchanged beside those of the whole document.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The copy, which asks
    copy: Source,

    /// The original, which answers
    original: Source,

    /// Prints all of it as one JSON object: paths, questions, bytes, whole
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    documents: Documents,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments {
        copy,
        original,
        documents,
        ..
    } = arguments;
    let depth = documents.depth();
    check_standard_input([copy, original])?;
    let (copy, original) = (copy.document(documents)?, original.document(documents)?);
    let found = divergence(&copy, &original, depth)
        .map_err(|error| Failure::coded(error.code(), error.to_string()))?;
    let whole = original.to_string().len();
    let paths: Vec<&str> = found.paths.iter().map(|path| path.as_str()).collect();
    let (questions, bytes) = (found.questions, found.bytes);
    if arguments.json {
        let found = json!({"paths": paths, "questions": questions, "bytes": bytes, "whole": whole});
        return write(&[Page::json(None, &found, true)]);
    }
    // The path of the whole document is empty.
    let line = |path: &&str| match *path {
        "" => "\"\"\n".to_owned(),
        path => format!("{}\n", legible(path)),
    };
    let lines: String = paths.iter().map(line).collect();
    write(&[Page::text(lines.as_bytes())])?;
    let text = match paths.len() {
        0 => "no difference: the checksums are equal\n".to_owned(),
        count => {
            let (s, are) = if count == 1 { ("", "s") } else { ("s", "") };
            let of_questions = if questions == 1 {
                "question"
            } else {
                "questions"
            };
            format!(
                "{count} path{s} differ{are}: {questions} {of_questions}, {bytes} bytes; the whole document is {whole} bytes\n"
            )
        }
    };
    // Where standard error is closed there is nobody to tell.
    let _ = anstream::stderr().write_all(text.as_bytes());
    Ok(())
}
