//! Counts the instructions of the hot paths, and holds them to `limits.json`: see ../README.md.

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Whose version has to be the one that the bench is built with.
const RUNNER: &str = "cargo install gungraun-runner --version 0.20.0";

/// Counts the instructions of the hot paths, and holds them to limits.json
#[derive(Parser)]
struct Arguments {
    /// Writes what is counted as the new limits
    #[arg(long)]
    set: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("limits.json");
    let text =
        fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let mut limits: Value = serde_json::from_str(&text)?;
    let counted = count()?;
    ensure!(!counted.is_empty(), "nothing was counted");
    if arguments.set {
        limits["compiler"] = compiler()?.into();
        limits["instructions"] = Value::Object(counted);
        fs::write(&file, format!("{limits:#}\n"))?;
        println!(
            "{} has {} limits",
            file.display(),
            limits["instructions"].as_object().map_or(0, Map::len)
        );
        return Ok(());
    }
    if limits["compiler"] != json!(compiler()?) {
        eprintln!(
            "the limits were set with {}, and this is {}: counts may differ for that alone",
            limits["compiler"],
            compiler()?
        );
    }
    judge(&limits, &counted)
}

fn judge(limits: &Value, counted: &Map<String, Value>) -> Result<()> {
    let percent = limits["tolerance_percent"]
        .as_f64()
        .context("limits.json has no tolerance_percent")?;
    let known = limits["instructions"]
        .as_object()
        .context("limits.json has no instructions")?;
    let mut failed = Vec::new();
    for (path, count) in counted {
        let count = count.as_f64().context("a count")?;
        let Some(limit) = known.get(path).and_then(Value::as_f64) else {
            failed.push(format!("{path} has no limit"));
            continue;
        };
        let change = (count / limit - 1.0) * 100.0;
        println!("{path:28} {count:>12} of {limit:>12}  {change:+.1} %");
        if change > percent {
            failed.push(format!("{path} takes {change:.1} % more instructions"));
        } else if change < -10.0 {
            println!("{:28} much less than its limit: --set would keep it so", "");
        }
    }
    for path in known.keys().filter(|path| !counted.contains_key(*path)) {
        failed.push(format!("{path} has a limit, and was not counted"));
    }
    if !failed.is_empty() {
        bail!(
            "{}; where that is meant, set the limits anew with --set",
            failed.join("; ")
        );
    }
    Ok(())
}

fn compiler() -> Result<String> {
    let output = Command::new("rustc").arg("--version").output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// From a path's name to its instructions.
fn count() -> Result<Map<String, Value>> {
    for (program, install) in [
        ("valgrind", "your system's package valgrind"),
        ("gungraun-runner", RUNNER),
    ] {
        let is_there = Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok();
        ensure!(is_there, "there is no {program}: it comes with {install}");
    }
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(["bench", "--quiet", "--bench", "paths", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .args(["--", "--output-format=json"])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(
        output.status.success(),
        "the bench failed; where the versions differ, run `{RUNNER}`"
    );
    let mut counted = Map::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let line: Value = serde_json::from_str(line)?;
        let name = format!(
            "{} {}",
            line["function_name"]
                .as_str()
                .context("a function's name")?,
            line["id"].as_str().context("an id")?
        );
        let profiles = line["profiles"].as_array().context("profiles")?;
        let callgrind = profiles
            .iter()
            .find(|profile| profile["tool"] == "Callgrind")
            .context("a profile of Callgrind")?;
        // Without an earlier run there is only the new value; with one, a pair, the new one first.
        let values = &callgrind["data"]["total"]["metrics"]["Ir"]["values"];
        let new = match &values["new"] {
            Value::Null => &values["both"][0],
            new => new,
        };
        let count = new
            .as_u64()
            .with_context(|| format!("{name}: no count in {values}"))?;
        counted.insert(name, count.into());
    }
    Ok(counted)
}
