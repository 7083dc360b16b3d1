//! Keeps what was measured, and writes it into the READMEs.

use crate::figures::{self, Figure, Size};
use crate::plot;
use anyhow::{Context, Result, anyhow};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name)
}

/// The processor, how many of them, and the compiler.
fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .and_then(|rest| rest.split_once(':'))
        .map_or("a processor of unknown make", |(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let version = |program: &str| {
        let output = Command::new(program).arg("--version").output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let rust = version("rustc").unwrap_or_else(|| "an unknown rustc".to_owned());
    let rust = rust.split(" (").next().unwrap_or_default().to_owned();
    let node = version("node").map_or("no Node".to_owned(), |node| format!("Node {node}"));
    format!(
        "{model}, {cores} cores, {}; {rust}, {node}\n",
        std::env::consts::OS
    )
}

const MACHINE: &str = "benches/figures/machine.txt";

/// Figures that were not measured just now stay with the machine that was kept.
pub(crate) fn keep(figures: &[Figure], sizes: &[Size], is_fresh: bool) -> Result<()> {
    let write = |name: &str, text: &str| {
        let file = folder(name);
        fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))
    };
    let read = |name: &str| {
        let file = folder(name);
        fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))
    };
    let lines = figures::lines(figures);
    write("benches/figures/speed.jsonl", &lines)?;
    // The tables are those of the figures that are kept, which are rounded.
    let figures = &figures::read(&lines).map_err(|fault| anyhow!(fault))?;
    write("benches/figures/sizes.jsonl", &figures::size_lines(sizes))?;
    write("benches/figures/ratios.svg", &plot::draw(figures)?)?;
    if is_fresh || !folder(MACHINE).exists() {
        write(MACHINE, &machine())?;
    }
    let machine = read(MACHINE)?;
    for (file, name, content) in [
        ("README.md", "machine", machine.clone()),
        ("README.md", "speed", figures::short_table(figures)),
        ("benches/README.md", "machine", machine.clone()),
        ("benches/README.md", "figures", figures::tables(figures)),
        ("benches/README.md", "aims", figures::aims_table(figures)),
        ("benches/README.md", "sizes", figures::sizes_table(sizes)),
    ] {
        let text = figures::between(&read(file)?, name, &content)
            .map_err(|fault| anyhow!("{file}: {fault}"))?;
        write(file, &text)?;
    }
    Ok(())
}
