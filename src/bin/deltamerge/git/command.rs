//! Asking git.

use crate::failure::Failure;
use crate::input::reason;
use std::ffi::OsStr;
use std::process::{Command, Output};

/// Runs git, whatever it answers.
pub(super) fn ask<A: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = A>,
) -> Result<Output, Failure> {
    let mut command = Command::new("git");
    let output = command.args(arguments).output();
    output.map_err(|error| {
        Failure::new(
            format!("git cannot be run: {}", reason(&error)),
            "install git (https://git-scm.com), or put it on the PATH",
        )
    })
}

/// Runs git; where it answers, the text without the line's end.
pub(super) fn answer(arguments: &[&str]) -> Result<Option<String>, Failure> {
    let output = ask(arguments)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
    Ok(output.status.success().then_some(text))
}

/// Runs git, which must succeed.
pub(super) fn done(arguments: &[&str], next: &str) -> Result<(), Failure> {
    let output = ask(arguments)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let message = format!("git {} failed: {}", arguments.join(" "), said.trim());
    Err(Failure::new(message, next))
}
