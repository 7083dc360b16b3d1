//! What is said when a command cannot do its work: which file, what was expected and found, what to do next.

use crate::legible::legible;
use anstyle::{AnsiColor, Style};
use deltamerge::Rules;
use std::{io::Write, process::ExitCode};

/// Bad input or usage, told in one message.
pub(crate) struct Failure {
    code: Option<&'static str>,
    message: String,
    excerpt: Option<String>,
    next: String,
}

impl Failure {
    /// A failure that the specification has no code for.
    pub(crate) fn new(message: String, next: impl Into<String>) -> Failure {
        Failure {
            code: None,
            message,
            excerpt: None,
            next: next.into(),
        }
    }

    /// A failure with one of the specification's codes (E1 to E11, X1 to X9).
    pub(crate) fn coded(code: &'static str, message: String) -> Failure {
        Failure {
            code: Some(code),
            ..Failure::new(message, next_step(code))
        }
    }

    /// With the place in a text, shown.
    pub(crate) fn showing(self, excerpt: String) -> Failure {
        Failure {
            excerpt: Some(excerpt),
            ..self
        }
    }

    /// With advice that fits better than the usual.
    pub(crate) fn advising(self, next: String) -> Failure {
        Failure { next, ..self }
    }
}

fn next_step(code: &str) -> String {
    match code {
        "bad-json" => "mend the text; comments and trailing commas are not JSON".to_owned(),
        "duplicate-member" => "name each member of an object once".to_owned(),
        "too-deep" => format!(
            "if the depth is meant, allow it with --depth N, at most {}",
            deltamerge::MAX_DEPTH
        ),
        "bad-request" => {
            r#"an action is {"stamp":[1,"ann"],"deltas":[…]}; `deltamerge diff --stamp 1:ann` writes one"#.to_owned()
        }
        "bad-delta" => {
            r#"a delta is {"op":"add" or "change","path":P,"value":V} or {"op":"remove","path":P}; `deltamerge diff` writes them"#.to_owned()
        }
        "bad-path" => "a path is a JSON Pointer such as /players/3/hp, with ~1 for / and ~0 for ~ in names".to_owned(),
        "same-slot" => "say in one delta what is to become of the slot".to_owned(),
        "inside-another" => "put what the inner delta says into the value of the outer one".to_owned(),
        "bad-rules" => format!(
            r#"a rule set is one of {} or {{"preset":NAME,"verdicts":{{"R6":"second"}},"collapse":true}} (spec/resolution.md, U1 to U3)"#,
            Rules::PRESETS.join(", ")
        ),
        "bad-patch" => "mend the patch".to_owned(),
        "too-large" => "copy less, or add the values themselves".to_owned(),
        "unsayable" => "give --as json-patch: it can say every change".to_owned(),
        "duplicate-stamp" => "give each action a stamp of its own".to_owned(),
        _ => "give the document that the deltas were made on: paths are in its coordinates".to_owned(),
    }
}

/// Says on standard error what failed; the exit code that goes with it.
pub(crate) fn report(failure: Failure) -> ExitCode {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let dim = Style::new().dimmed();
    let code = failure.code.map(|code| format!("[{code}]"));
    let code = code.unwrap_or_default();
    let mut text = format!("{red}error{code}:{red:#} {}\n", legible(&failure.message));
    for line in failure.excerpt.iter().flat_map(|excerpt| excerpt.lines()) {
        text += &format!("  {dim}{line}{dim:#}\n");
    }
    text += &format!("  {dim}next:{dim:#} {}\n", legible(&failure.next));
    // Where standard error is closed there is nobody to tell.
    let _ = anstream::stderr().write_all(text.as_bytes());
    ExitCode::from(2)
}
