//! A process of Node that does what it is asked, line by line.

use crate::case::Load;
use anyhow::{Context, Result, bail};
use deltamerge::{Delta, DeltaSet};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub(crate) struct Node {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    loaded: &'static str,
}

impl Node {
    /// None, with a word about it, where Node or its packages are missing.
    pub(crate) fn start() -> Result<Option<Node>> {
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
        let mut child = Command::new("node")
            .args(["--max-old-space-size=4096", "contenders.mjs"])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("Node does not start")?;
        let input = child.stdin.take().context("a pipe")?;
        let output = BufReader::new(child.stdout.take().context("a pipe")?);
        Ok(Some(Node {
            child,
            input,
            output,
            loaded: "",
        }))
    }

    pub(crate) fn ask(&mut self, request: &Value) -> Result<Value> {
        writeln!(self.input, "{request}").context("Node does not listen")?;
        self.input.flush()?;
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("Node ended");
        }
        let reply: Value = serde_json::from_str(&line)?;
        match reply["error"].as_str() {
            Some(error) => bail!("Node: {error}"),
            None => Ok(reply),
        }
    }

    /// Gives it the documents, unless it has them.
    pub(crate) fn load(&mut self, load: &Load) -> Result<()> {
        if self.loaded == load.name() {
            return Ok(());
        }
        let request = match load {
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
        };
        self.ask(&request)?;
        self.loaded = load.name();
        Ok(())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It has nothing to finish.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
