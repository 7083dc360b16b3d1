//! What the README shows is what happens.
#![cfg(feature = "cli")]

use std::io::Write;
use std::process::{Command, Stdio};

const README: &str = include_str!("../README.md");

/// The first command of the README, in one line, and the output that it shows.
fn first_block() -> (String, &'static str) {
    let block = README.split("```console\n$ ").nth(1).expect("a block");
    let block = block.split("```").next().expect("its end");
    let end = block
        .find(" > merged.json\n")
        .expect("a file for the result");
    let words: Vec<_> = block[..end]
        .split_whitespace()
        .filter(|word| *word != "\\")
        .collect();
    let (_, shown) = block[end..].split_once('\n').expect("an output");
    (words.join(" "), shown)
}

#[test]
fn the_first_command_prints_what_the_readme_shows() {
    let (command, shown) = first_block();
    let arguments = command.strip_prefix("cargo run -q --features cli -- ");
    let arguments = arguments.expect("a command that runs the merge");
    let run = Command::new(env!("CARGO_BIN_EXE_deltamerge"))
        .args(arguments.split(' '))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("COLUMNS", "100")
        .output()
        .expect("it runs");
    assert!(run.status.success());
    assert_eq!(
        String::from_utf8_lossy(&run.stderr).trim_end(),
        shown.trim_end()
    );
    assert!(deltamerge::parse(&String::from_utf8_lossy(&run.stdout)).is_ok());
}

#[test]
fn the_story_of_a_circle_is_what_the_readme_shows() {
    let block = README.split("$ echo '").nth(1).expect("a block");
    let (rules, block) = block
        .split_once("' | deltamerge verify -\n")
        .expect("a command");
    let (shown, _) = block.split_once("```").expect("its end");
    let mut run = Command::new(env!("CARGO_BIN_EXE_deltamerge"))
        .args(["verify", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut input = run.stdin.take().expect("a pipe");
    input.write_all(rules.as_bytes()).expect("it reads");
    drop(input);
    let run = run.wait_with_output().expect("it ends");
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&run.stdout), shown);
}

#[test]
fn the_tree_is_what_the_readme_shows() {
    let block = README.split("$ deltamerge merge --explain ").nth(1);
    let (command, shown) = block
        .and_then(|it| it.split_once(" | head -n 12\n"))
        .expect("a block");
    let (shown, _) = shown.split_once("```").expect("its end");
    let files = command.split_whitespace().filter(|word| *word != "\\");
    let run = Command::new(env!("CARGO_BIN_EXE_deltamerge"))
        .args(["merge", "--explain"])
        .args(files)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("it runs");
    let drawn = String::from_utf8_lossy(&run.stdout);
    let first: String = drawn
        .lines()
        .take(12)
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(first, shown);
}
