//! What the command writes for shells and for `man`.

use super::folder::Folder;
use super::help::COMMANDS;
use std::collections::BTreeSet;

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

#[test]
fn every_shell_gets_every_command() {
    let folder = Folder::new();
    for shell in SHELLS {
        let script = folder.run(&["completions", shell]);
        for command in COMMANDS {
            assert!(script.ok().contains(command), "{command} for {shell}");
        }
        assert!(script.out().contains("explain"), "options for {shell}");
    }
    folder
        .run(&["completions", "tcl"])
        .refused(&["invalid value 'tcl'", "bash, elvish, fish, powershell, zsh"]);
}

/// The completions that bash offers at the end of a line.
#[cfg(unix)]
fn completed(folder: &Folder, line: &[&str]) -> BTreeSet<String> {
    let words = line.iter().map(|word| format!("'{word}'"));
    let words: Vec<String> = words.collect();
    let last = line.len() - 1;
    let script = format!(
        "source <(deltamerge completions bash)\n\
         COMP_WORDS=({}) COMP_CWORD={last}\n\
         _deltamerge deltamerge '{}' '{}'\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words.join(" "),
        line[last],
        line[last - 1]
    );
    let ran = folder.shell(&script);
    ran.ok().lines().map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_options_and_files() {
    let folder = Folder::with([("ann.json", "1"), ("bob.json", "2")]);
    let offered = |line: &[&str]| completed(&folder, &[&["deltamerge"], line].concat());
    let set = |words: &[&str]| {
        words
            .iter()
            .map(ToString::to_string)
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(offered(&["me"]), set(&["merge"]));
    assert_eq!(offered(&["merge", "--ex"]), set(&["--explain"]));
    assert_eq!(offered(&["merge", "--report", "an"]), set(&["ann.json"]));
    assert_eq!(offered(&["merge", "--actions", "bo"]), set(&["bob.json"]));
    assert_eq!(offered(&["completions", "z"]), set(&["zsh"]));
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let folder = Folder::new();
    folder.run(&["man", "some/where"]).ok();
    let pages = Folder(folder.0.join("some/where")).names();
    let expected = COMMANDS.map(|command| format!("deltamerge-{command}.1"));
    let expected = expected.into_iter().chain(["deltamerge.1".to_owned()]);
    assert_eq!(pages, expected.collect());
}

/// Roff as plain text, as far as these pages go.
fn plain(roff: &str) -> String {
    let lines = roff.lines().filter(|line| !line.starts_with('.'));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let text = text
        .replace("\\fB", "")
        .replace("\\fI", "")
        .replace("\\fR", "");
    text.replace("\\-", "-")
        .replace("\\*(Aq", "'")
        .replace("\\&", "")
        .replace("\\\\", "\\")
}

#[test]
fn a_manual_page_has_what_the_help_has() {
    let folder = Folder::new();
    folder.run(&["man", "pages"]).ok();
    for command in COMMANDS {
        let help = folder.run(&[command, "--help"]).ok().to_owned();
        let page = folder.read(&format!("pages/deltamerge-{command}.1"));
        let page = plain(&page);
        let options = help
            .split_whitespace()
            .filter(|word| word.starts_with("--"));
        for option in options {
            assert!(
                page.contains(option.trim_end_matches([',', '.', ';', '"'])),
                "{option} of {command}"
            );
        }
        let (_, examples) = help.split_once("EXAMPLES\n").expect("examples");
        for line in examples.lines() {
            let line = line.strip_prefix("  ").unwrap_or(line);
            assert!(
                page.lines().any(|other| other == line),
                "{line:?} of {command} in {page}"
            );
        }
    }
    let overview = folder.run(&["man"]);
    assert_eq!(overview.ok(), folder.read("pages/deltamerge.1"));
}

#[test]
fn pages_that_cannot_be_written_are_refused() {
    let folder = Folder::with([("taken", "")]);
    folder
        .run(&["man", "taken"])
        .refused(&["error: taken: cannot be made: ", "next: name a folder"]);
}
