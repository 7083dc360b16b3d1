//! `deltamerge apply`: a document with a delta set.

use crate::failure::Failure;
use crate::files::Files;
use crate::input::{Documents, Source, check_standard_input};
use crate::legible::legible;
use crate::output::{Output, Page, write};
use crate::patch::{Format, Reading};
use deltamerge::text::{exact_deltas, plain};
use std::io::Write;

const EXAMPLES: &str = "\
EXAMPLES
  # the base with what Ann did is Ann's document
  deltamerge apply examples/trip/base.json examples/trip/deltas/ann.json

  # the same, the deltas by way of standard input
  deltamerge diff examples/trip/base.json examples/trip/ann.json |
    deltamerge apply examples/trip/base.json -

  # what Ann did, on Bob's document: there some of it is stale
  deltamerge apply --lenient examples/trip/bob.json examples/trip/deltas/ann.json

  # a JSON Patch
  deltamerge apply --from json-patch examples/trip/base.json examples/trip/patches/bob.json";

/// Gives a document with a delta set
///
/// All or nothing: a set that does not fit BASE changes nothing, and the message names the delta, its path, what was
/// expected and what was found. Of the text of BASE only the places are rewritten that the deltas change.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The document that the deltas were made on
    base: Source,

    /// A list of deltas, as `deltamerge diff` writes it, or a patch (--from)
    deltas: Source,

    #[command(flatten)]
    reading: Reading,

    /// Takes stale deltas as the resolution table says, and tells each of them on standard error
    ///
    /// A change of a missing member adds it, an addition of a present one changes it, a removal of a missing one is done
    /// already; a delta whose container is missing is dropped.
    #[arg(long)]
    lenient: bool,

    /// Does not tell the stale deltas of --lenient
    #[arg(long, short, requires = "lenient")]
    quiet: bool,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    documents: Documents,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { base, deltas, .. } = arguments;
    let depth = arguments.documents.depth();
    check_standard_input([base, deltas])?;
    let from = arguments.reading.from;
    if arguments.lenient && from != Format::Deltas {
        return Err(Failure::new(
            "expected --lenient with a delta set, found it with a patch: a patch fits or it does not"
                .to_owned(),
            "apply the patch without --lenient; or to the document that it was made on, and merge",
        ));
    }
    let texts = Files::read_all(base, &[])?;
    let files = Files::new(&texts, &arguments.documents)?;
    let mut state = plain(files.base.document());
    let set = match from {
        Format::Deltas => deltas.deltas()?,
        patch => patch.read(deltas, &state, base, depth)?,
    };
    let misfit = |error| deltas.misfit(None, &error, base);
    // What fits the plain document fits the exact one, in which every number has all its digits.
    let (mut exact_state, exact_set) = (files.base.document().clone(), exact_deltas(&set));
    let adjusted = if arguments.lenient {
        let adjusted = set.apply_leniently_within(&mut state, depth);
        let again = exact_set.apply_leniently_within(&mut exact_state, depth);
        adjusted
            .and_then(|adjusted| again.map(|_| adjusted))
            .map_err(misfit)?
    } else {
        set.apply_within(&mut state, depth).map_err(misfit)?;
        exact_set
            .apply_within(&mut exact_state, depth)
            .map_err(misfit)?;
        Vec::new()
    };
    let text = files.merged(&exact_state, arguments.output.compact);
    let file = arguments.output.output.as_deref();
    write(&[Page::text_to(file, text.as_bytes())])?;
    if !arguments.quiet {
        let mut text = String::new();
        for adjustment in adjusted {
            text += &format!("{deltas}: {}\n", legible(&adjustment.to_string()));
        }
        // Where standard error is closed there is nobody to tell.
        let _ = anstream::stderr().write_all(text.as_bytes());
    }
    Ok(())
}
