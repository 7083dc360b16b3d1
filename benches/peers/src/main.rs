//! deltamerge beside other libraries that do the same work: see ../README.md.

mod case;
mod contenders;
mod measure;
mod plot;
mod process;
mod report;
mod serve;
mod wire;

#[path = "../../figures/mod.rs"]
mod figures;
#[path = "../../workloads/patches.rs"]
mod patches;
#[path = "../../timing/mod.rs"]
mod timing;
#[path = "../../workloads/mod.rs"]
mod workloads;

use anyhow::{Context, Result, bail, ensure};
use case::{Load, Sides, Task};
use clap::Parser;
use contenders::Contender;
use figures::Figure;
use measure::Processes;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Runs contenders beside each other, on the same work, in turn
#[derive(Parser)]
#[command(after_help = "Figures are nanoseconds: the median and the least of the rounds.")]
struct Arguments {
    /// Only this workload: W1 to W6, notebook, manifest, lockfile, translation or game; may be repeated
    #[arg(long, value_name = "NAME")]
    workload: Vec<String>,
    /// Only this task; may be repeated
    #[arg(long)]
    task: Vec<Task>,
    /// Only this contender; may be repeated
    #[arg(long, value_name = "NAME")]
    contender: Vec<String>,
    /// How often each contender has its turn
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Seconds after which a contender has had enough turns at one task, though it has one
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    budget: f64,
    /// Writes the figures as JSON Lines; `-` writes them to standard output in place of the tables
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draws the ratios as an SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Takes the figures from a file of JSON Lines instead of measuring
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rounds", "budget"])]
    from: Option<PathBuf>,
    /// Measures again what was disturbed of a file of JSON Lines, and takes the rest from there; on the same machine
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "workload", "task", "contender"])]
    again: Option<PathBuf>,
    /// Keeps figures, sizes and plot in benches/figures, and writes the tables into the READMEs
    #[arg(long)]
    readme: bool,
    /// Compares the sizes of what is sent, and measures no time
    #[arg(long)]
    wire: bool,
    /// Lists workloads, tasks and contenders
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    let is_asked_to_serve = std::env::args()
        .nth(1)
        .is_some_and(|first| first == process::SERVE);
    let done = if is_asked_to_serve {
        serve::serve()
    } else {
        run(&Arguments::parse())
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let contenders = contenders::all();
    let names = workload_names();
    known("workload", &arguments.workload, &names)?;
    let contender_names: Vec<&str> = contenders.iter().map(|contender| contender.name).collect();
    known("contender", &arguments.contender, &contender_names)?;
    if arguments.list {
        let tasks: Vec<&str> = Task::ALL.iter().map(|task| task.name()).collect();
        println!("workloads   {}", names.join(" "));
        println!("tasks       {}", tasks.join(" "));
        for contender in &contenders {
            println!("contender   {:24} {}", contender.name, contender.what);
        }
        return Ok(());
    }
    let is_meant = |name: &str| {
        arguments.workload.is_empty() || arguments.workload.iter().any(|meant| meant == name)
    };
    if arguments.wire {
        print!("{}", figures::sizes_table(&wire::sizes(&is_meant)?));
        return Ok(());
    }
    let figures = match (&arguments.from, &arguments.again) {
        (Some(file), _) => read_figures(file)?,
        (None, Some(file)) => {
            let kept = read_figures(file)?;
            let rows = figures::disturbed(&kept);
            let is_row_meant = |workload: &str, task: Task| rows.contains(&(workload, task.name()));
            measure_all(arguments, &contenders, &kept, &is_row_meant)?
        }
        (None, None) => {
            let is_row_meant = |workload: &str, task: Task| {
                is_meant(workload) && (arguments.task.is_empty() || arguments.task.contains(&task))
            };
            measure_all(arguments, &contenders, &[], &is_row_meant)?
        }
    };
    if arguments.from.is_none() {
        for (workload, task) in figures::disturbed(&figures) {
            eprintln!("{workload}, {task}: disturbed; --again measures it again");
        }
    }
    ensure!(
        !figures.is_empty(),
        "no contender does this task on this workload; --list names them"
    );
    let lines = figures::lines(&figures);
    match &arguments.json {
        Some(file) if file.as_os_str() == "-" => print!("{lines}"),
        Some(file) => {
            write(file, &lines)?;
            print!("{}", figures::tables(&figures));
        }
        None => print!("{}", figures::tables(&figures)),
    }
    if let Some(file) = &arguments.plot {
        write(file, &plot::draw(&figures)?)?;
    }
    if arguments.readme {
        let sizes = wire::sizes(&|_| true)?;
        report::keep(&figures, &sizes, arguments.from.is_none())?;
    }
    Ok(())
}

fn workload_names() -> Vec<&'static str> {
    let sides = workloads::all().into_iter().map(|(name, _)| name);
    let mut names: Vec<&'static str> = sides.collect();
    names.insert(5, "W6");
    names
}

fn known(what: &str, meant: &[String], names: &[&str]) -> Result<()> {
    for name in meant {
        if !names.contains(&name.as_str()) {
            bail!(
                "there is no {what} {name:?}, but there are {}",
                names.join(", ")
            );
        }
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

fn read_figures(file: &Path) -> Result<Vec<Figure>> {
    let text =
        fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    figures::read(&text).map_err(|fault| anyhow::anyhow!("{}: {fault}", file.display()))
}

/// Every workload in turn, so that no two large ones are in memory at once. What is measured replaces what was kept.
fn measure_all(
    arguments: &Arguments,
    contenders: &[Contender],
    kept: &[Figure],
    is_row_meant: &dyn Fn(&str, Task) -> bool,
) -> Result<Vec<Figure>> {
    let contenders: Vec<&Contender> = contenders
        .iter()
        .filter(|contender| {
            arguments.contender.is_empty()
                || arguments
                    .contender
                    .iter()
                    .any(|name| name == contender.name)
        })
        .collect();
    let processes = Processes::of(&contenders)?;
    let mut figures = kept.to_vec();
    let mut run = |load: &Load, task: Task| -> Result<()> {
        let settings = measure::Settings {
            rounds: arguments.rounds,
            budget: arguments.budget,
        };
        let measured = measure::run(load, task, &contenders, &processes, &settings)?;
        figures = figures::replaced(&figures, &measured);
        // As it comes, so that what was measured is not lost with a run that is cut short.
        match &arguments.json {
            Some(file) if file.as_os_str() != "-" => write(file, &figures::lines(&figures)),
            _ => Ok(()),
        }
    };
    for (name, make) in workloads::all() {
        let mut load = None;
        for task in Task::of(name).iter().copied() {
            if is_row_meant(name, task) {
                let load = load.get_or_insert_with(|| Load::Sides(Box::new(Sides::new(make()))));
                run(load, task)?;
            }
        }
    }
    if is_row_meant("W6", Task::Stream) {
        run(&Load::Stream(Box::new(workloads::w6())), Task::Stream)?;
    }
    Ok(figures)
}
