//! A folder to run the command in, and what came of it.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own for a test, with a copy of the examples; gone with the value.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("cli-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"),
            &folder.join("examples"),
        );
        Folder(folder)
    }

    /// With files of that content.
    pub(crate) fn with<const N: usize>(files: [(&str, &str); N]) -> Folder {
        let folder = Folder::new();
        for (name, content) in files {
            fs::write(folder.0.join(name), content).expect("a file is written");
        }
        folder
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).expect("a file is there")
    }

    pub(crate) fn names(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(&self.0).expect("the folder is there");
        entries
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.feed(arguments, b"")
    }

    pub(crate) fn feed(&self, arguments: &[&str], input: &[u8]) -> Ran {
        self.finish(command(arguments), input)
    }

    pub(crate) fn finish(&self, mut command: Command, input: &[u8]) -> Ran {
        command
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = input.to_owned();
        // The command may end before it has read everything.
        let feeding = std::thread::spawn(move || stdin.write_all(&input).is_ok());
        let output = child.wait_with_output().expect("the command ends");
        feeding.join().expect("the input is fed");
        Ran(output)
    }
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deltamerge"));
    command.args(arguments);
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that is left over does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder is made");
    for entry in fs::read_dir(from).expect("a folder is there") {
        let entry = entry.expect("an entry");
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).expect("a file is copied");
        }
    }
}

/// What a command came to.
pub(crate) struct Ran(Output);

impl Ran {
    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().expect("an exit code")
    }

    pub(crate) fn out(&self) -> &str {
        std::str::from_utf8(&self.0.stdout).expect("text")
    }

    pub(crate) fn err(&self) -> &str {
        std::str::from_utf8(&self.0.stderr).expect("text")
    }

    #[track_caller]
    pub(crate) fn ok(&self) -> &str {
        assert_eq!(self.code(), 0, "{}", self.err());
        self.out()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.ok()).expect("JSON on standard output")
    }

    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Value> {
        let lines = self.ok().lines();
        lines
            .map(|line| serde_json::from_str(line).expect("JSON on each line"))
            .collect()
    }

    /// It failed with exit code 2 and nothing on standard output; the message has all of these, and says what to do next.
    #[track_caller]
    pub(crate) fn refused(&self, parts: &[&str]) {
        assert_eq!((self.code(), self.out()), (2, ""), "{}", self.err());
        assert!(self.err().starts_with("error"), "{}", self.err());
        let next = ["next: ", "try '--help'"];
        assert!(
            next.iter().any(|next| self.err().contains(next)),
            "nothing to do next: {}",
            self.err()
        );
        for part in parts {
            assert!(self.err().contains(part), "no {part:?} in {}", self.err());
        }
    }
}

pub(crate) const BASE: &str = r#"{"hp":7,"log":["start"]}"#;
pub(crate) const ANN: &str = r#"{"hp":5,"log":["start","a"]}"#;
pub(crate) const BOB: &str = r#"{"hp":6,"log":["start","b"]}"#;
pub(crate) const TRIP: [&str; 5] = [
    "merge",
    "examples/trip/base.json",
    "examples/trip/ann.json",
    "examples/trip/bob.json",
    "examples/trip/chloe.json",
];

pub(crate) fn players() -> Folder {
    Folder::with([("base.json", BASE), ("ann.json", ANN), ("bob.json", BOB)])
}

impl Folder {
    /// Runs a script in which `deltamerge` is the command.
    #[cfg(unix)]
    pub(crate) fn shell(&self, script: &str) -> Ran {
        let bin = Path::new(env!("CARGO_BIN_EXE_deltamerge"))
            .parent()
            .expect("a folder");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("bash");
        command
            .arg("-c")
            .arg(script)
            .env("PATH", format!("{}:{path}", bin.display()));
        self.finish(command, b"")
    }
}
