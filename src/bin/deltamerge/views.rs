//! What a merge can be seen as, beside its document and its account, as arguments.

use crate::explain::drawing;
use crate::html;
use crate::output::Page;
use crate::report::Report;
use std::{io::Write, path::PathBuf};

#[derive(clap::Args)]
pub(crate) struct Views {
    /// Draws the tree of what changed, who changed it, and which rule decided, to standard output
    ///
    /// The document is written only where --output says, and there is no other account. What is there: + added, - removed,
    /// ~ changed; behind it, whose change stands. What is not: × left out, = told by an equal addition. An index is that in the
    /// merged document, but for what is gone.
    #[arg(long)]
    pub(crate) explain: bool,

    /// Writes a page to FILE: base, sides and result side by side, with the decisions as one moves over them
    ///
    /// It is one file, which asks for nothing over a network. Arrow keys move, j and k lead to the next and the previous conflict.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Writes the same as data to FILE, as JSON (spec/report.md, with a schema)
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl Views {
    /// Whether the base, which a merge takes, will be asked for.
    pub(crate) fn are_wanted(&self) -> bool {
        self.explain || self.html.is_some() || self.report.is_some()
    }

    pub(crate) fn pages<'r>(&'r self, report: &'r Report<'_>, compact: bool) -> Vec<Page<'r>> {
        let mut pages = Vec::new();
        if self.explain {
            let print = |out: &mut dyn Write| out.write_all(drawing(report).as_bytes());
            pages.push(Page::new(None, Box::new(print)));
        }
        if let Some(file) = &self.html {
            let print = |out: &mut dyn Write| html::print(report, out);
            pages.push(Page::new(Some(file), Box::new(print)));
        }
        if let Some(file) = &self.report {
            pages.push(Page::json(Some(file), report, compact));
        }
        pages
    }
}
