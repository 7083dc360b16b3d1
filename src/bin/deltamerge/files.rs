//! Merging files: texts of which only the changed places are rewritten.

use crate::failure::Failure;
use crate::input::{Documents, Source};
use deltamerge::text::{Text, frame, plain};
use serde_json::Value;

/// A base and its edited copies, as texts.
pub(crate) struct Files<'t> {
    pub(crate) base: Text<'t>,
    pub(crate) copies: Vec<Text<'t>>,
}

/// A file, and what is in it.
pub(crate) type Content<'s> = (&'s Source, String);

impl<'t> Files<'t> {
    /// What is in the base, and then in each copy.
    pub(crate) fn read_all<'s>(
        base: &'s Source,
        copies: &'s [Source],
    ) -> Result<Vec<Content<'s>>, Failure> {
        let sources = [base].into_iter().chain(copies);
        sources.map(|source| Ok((source, source.text()?))).collect()
    }

    pub(crate) fn new(
        contents: &'t [Content<'_>],
        documents: &Documents,
    ) -> Result<Files<'t>, Failure> {
        let read = |(source, text): &'t Content<'_>| source.read(text, documents);
        let mut texts = contents.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let base = texts.remove(0);
        Ok(Files {
            base,
            copies: texts,
        })
    }

    /// The merged document as a text: on one line, or as the first copy has it.
    pub(crate) fn merged(&self, state: &Value, is_compact: bool) -> String {
        if is_compact {
            return format!("{}\n", plain(state));
        }
        let copies: Vec<&Text<'_>> = self.copies.iter().collect();
        let frame = frame(&self.base, &copies);
        let mut others = copies.clone();
        let text = if copies.is_empty() {
            &self.base
        } else {
            others.remove(frame)
        };
        text.with(state, Some(&self.base), &others)
    }
}
