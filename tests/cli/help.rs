//! What the command says of itself, and that it is true.

use super::folder::Folder;

pub(crate) const COMMANDS: [&str; 14] = [
    "merge",
    "diff",
    "apply",
    "rebase",
    "compose",
    "invert",
    "checksum",
    "batch",
    "divergence",
    "simulate",
    "verify",
    "git",
    "completions",
    "man",
];

/// The examples of a help text: lines that are indented by two spaces, with those that go on.
fn examples(help: &str) -> Vec<String> {
    let (_, text) = help.split_once("EXAMPLES\n").expect("examples");
    let mut examples: Vec<String> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("  ") {
            Some(more) if more.starts_with("  ") => {
                let example = examples.last_mut().expect("an example that goes on");
                *example += "\n";
                *example += more;
            }
            Some(comment) if comment.starts_with('#') => {}
            Some(example) => examples.push(example.to_owned()),
            None => {}
        }
    }
    examples
}

#[cfg(unix)]
#[test]
fn the_examples_of_the_help_work() {
    let folder = Folder::new();
    let texts = COMMANDS.map(|command| folder.run(&[command, "--help"]).ok().to_owned());
    let all = texts
        .into_iter()
        .chain([folder.run(&["--help"]).ok().to_owned()]);
    for help in all {
        let examples = examples(&help);
        assert!(!examples.is_empty(), "{help}");
        for example in examples {
            assert!(example.contains("deltamerge "), "{example}");
            let ran = folder.shell(&format!("set -eo pipefail\n{example}"));
            assert_eq!(ran.code(), 0, "{example}\n{}", ran.err());
            assert!(
                !ran.out().is_empty() || !ran.err().is_empty(),
                "{example} says nothing"
            );
            assert!(!ran.err().contains("error"), "{example}\n{}", ran.err());
        }
    }
}

#[test]
fn every_command_says_what_it_is_for() {
    let folder = Folder::new();
    let overview = folder.run(&["-h"]);
    for command in COMMANDS {
        let line = overview
            .ok()
            .lines()
            .find(|line| line.trim_start().starts_with(command));
        assert!(line.is_some_and(|line| line.len() > 25), "{command}");
        let help = folder.run(&[command, "--help"]);
        assert!(help.ok().contains("Usage: deltamerge "), "{command}");
        assert!(
            help.ok().lines().all(|line| line.chars().count() <= 100),
            "{command}"
        );
    }
}

#[test]
fn the_example_files_are_what_the_command_writes() {
    let folder = Folder::new();
    let trip = |name: &str| format!("examples/trip/{name}.json");
    let (base, ann, bob) = (trip("base"), trip("ann"), trip("bob"));
    assert_eq!(
        folder.run(&["diff", &base, &ann]).ok(),
        folder.read(&trip("deltas/ann"))
    );
    for (stamp, file, action) in [("1:ann", ann, "actions/ann"), ("2:bob", bob, "actions/bob")] {
        let ran = folder.run(&["diff", "--stamp", stamp, &base, &file]);
        assert_eq!(ran.ok(), folder.read(&trip(action)));
    }
    for name in ["ann", "bob"] {
        let ran = folder.run(&["diff", "--as", "json-patch", &base, &trip(name)]);
        assert_eq!(ran.ok(), folder.read(&trip(&format!("patches/{name}"))));
    }
    for name in ["base", "ann", "bob", "chloe"].map(trip) {
        let same = folder.run(&["apply", &name, "-"]);
        same.refused(&["standard input"]);
        let same = folder.feed(&["apply", &name, "-"], b"[]");
        assert_eq!(
            same.ok(),
            folder.read(&name),
            "{name} is written as the command writes"
        );
    }
}

#[test]
fn the_rule_set_that_the_help_shows_is_one() {
    let folder = Folder::new();
    let help = folder.run(&["merge", "--help"]);
    let lines = help.ok().lines().map(str::trim);
    let shown: Vec<_> = lines
        .filter(|line| line.starts_with("{\"preset\""))
        .collect();
    assert_eq!(shown.len(), 1, "{}", help.out());
    let base = "examples/trip/base.json";
    let merge = ["merge", "--quiet", "--rules", "-", base, base];
    folder.feed(&merge, shown[0].as_bytes()).ok();
}
