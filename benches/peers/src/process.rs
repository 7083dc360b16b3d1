//! Processes that do what they are asked, line by line: Node, and this program once more.

use crate::case::Load;
use anyhow::{Context, Result, bail};
use deltamerge::{Delta, DeltaSet};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// How this program is asked to be such a process.
pub(crate) const SERVE: &str = "--serve";

pub(crate) struct Process {
    who: &'static str,
    request: fn(&Load) -> Value,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    loaded: &'static str,
}

impl Process {
    /// Node. None, with a word about it, where it or its packages are missing.
    pub(crate) fn node() -> Result<Option<Process>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        if Command::new("node").arg("--version").output().is_err() {
            eprintln!(
                "without the contenders in JavaScript: there is no Node (https://nodejs.org)"
            );
            return Ok(None);
        }
        if !folder.join("node_modules").is_dir() {
            eprintln!(
                "without the contenders in JavaScript: run `npm ci` in {}",
                folder.display()
            );
            return Ok(None);
        }
        let mut command = Command::new("node");
        command
            .args(["--max-old-space-size=4096", "contenders.mjs"])
            .current_dir(folder);
        Process::start("Node", command, documents).map(Some)
    }

    /// This program once more, with a heap of its own.
    pub(crate) fn own() -> Result<Process> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(SERVE);
        Process::start(
            "the process with the document types",
            command,
            |load| json!({"do": "load", "workload": load.name()}),
        )
    }

    fn start(
        who: &'static str,
        mut command: Command,
        request: fn(&Load) -> Value,
    ) -> Result<Process> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{who} does not start"))?;
        let input = child.stdin.take().context("a pipe")?;
        let output = BufReader::new(child.stdout.take().context("a pipe")?);
        Ok(Process {
            who,
            request,
            child,
            input,
            output,
            loaded: "",
        })
    }

    pub(crate) fn ask(&mut self, request: &Value) -> Result<Value> {
        let who = self.who;
        writeln!(self.input, "{request}").with_context(|| format!("{who} does not listen"))?;
        self.input.flush()?;
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("{who} ended");
        }
        let reply: Value = serde_json::from_str(&line)?;
        match reply["error"].as_str() {
            Some(error) => bail!("{who}: {error}"),
            None => Ok(reply),
        }
    }

    /// Gives it the workload, unless it has it.
    pub(crate) fn load(&mut self, load: &Load) -> Result<()> {
        if self.loaded != load.name() {
            let request = (self.request)(load);
            self.ask(&request)?;
            self.loaded = load.name();
        }
        Ok(())
    }
}

/// Node gets the documents themselves.
fn documents(load: &Load) -> Value {
    match load {
        Load::Sides(sides) => {
            let sets = sides.work.actions.iter().map(|action| &action.deltas);
            let sets: Vec<&DeltaSet> = sets.collect();
            json!({
                "do": "load",
                "base": sides.before(),
                "afters": if sides.work.actions.len() == 2 { &sides.work.afters[..] } else { &[] },
                "sets": sets,
            })
        }
        Load::Stream(stream) => {
            let actions: Vec<&Delta> = stream.sets.iter().flat_map(DeltaSet::iter).collect();
            json!({"do": "load", "base": &stream.base, "stream": actions})
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has nothing to finish.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
