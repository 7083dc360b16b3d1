//! The rule set to resolve by, as arguments.

use crate::failure::Failure;
use crate::input::Source;
use deltamerge::{Options, Rules};
use serde_json::Value;

/// Which rules.
#[derive(clap::Args)]
pub(crate) struct Choice {
    /// Resolves by a preset (movex, remove-wins or first-wins), or by the rule set in FILE
    ///
    ///   movex        of two writes the last wins, and a removal loses against any write
    ///   remove-wins  of two writes the last wins, and a removal wins
    ///   first-wins   the first action wins, whatever it did
    ///
    /// A rule set is JSON, and each field of it may be left out:
    ///
    ///   {"preset":"movex","verdicts":{"R6":"second","R8":"first"},"collapse":true}
    #[arg(
        long,
        value_name = "PRESET|FILE",
        default_value = "movex",
        verbatim_doc_comment
    )]
    rules: Source,

    /// Equal runs of elements that several actions add in one place stand once
    #[arg(long)]
    collapse: bool,
}

impl Choice {
    /// The file that will be read, unless it is a preset.
    pub(crate) fn source(&self) -> Option<&Source> {
        Some(&self.rules).filter(|_| self.preset().is_none())
    }

    pub(crate) fn options(&self, depth: usize) -> Result<Options, Failure> {
        let rules = match self.preset() {
            Some(rules) => rules,
            None => self.read()?,
        };
        let rules = if self.collapse {
            rules.collapsing()
        } else {
            rules
        };
        Ok(Options { rules, depth })
    }

    fn preset(&self) -> Option<Rules> {
        preset(&self.rules)
    }

    fn read(&self) -> Result<Rules, Failure> {
        let source = &self.rules;
        let json = json(source, "--rules")?;
        Rules::from_json(json.clone()).map_err(|error| {
            let failure = Failure::coded(error.code(), format!("{source}: {error}"));
            match Rules::from_json_unchecked(json) {
                // It has the form of a rule set, so what is wrong is a circle.
                Ok(_) => failure.advising(format!(
                    "`deltamerge verify {source}` shows three actions that do"
                )),
                Err(_) => failure,
            }
        })
    }
}

/// The preset of that name, if it is one.
pub(crate) fn preset(source: &Source) -> Option<Rules> {
    source.name().and_then(Rules::preset)
}

/// What a file with a rule set holds; `taker` is the option or command that takes it.
pub(crate) fn json(source: &Source, taker: &str) -> Result<Value, Failure> {
    let presets = Rules::PRESETS.join(", ");
    source.data().map_err(|failure| {
        failure.advising(format!(
            "{taker} takes a preset ({presets}) or a file with a rule set as JSON"
        ))
    })
}
