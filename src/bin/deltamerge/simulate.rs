//! `deltamerge simulate`: clients and a master in a world of faults, made from a seed.

use crate::failure::Failure;
use crate::legible::legible;
use crate::output::{Page, write};
use clap::builder::RangedU64ValueParser;
use deltamerge::simulation::{Choices, Config, Faults, Outcome, shortest, simulate};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write, stderr};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

const EXAMPLES: &str = "\
EXAMPLES
  deltamerge simulate

  # five clients that a bad network carries
  deltamerge simulate --clients 5 --actions 60 --seed 7 --loss 0.3 --log 4

  # many seeds, on all cores; a line of JSON for each
  deltamerge simulate --seeds 20 --json

  # a sound network, where only crashes happen
  deltamerge simulate --loss 0 --duplicate 0 --reorder 0 --partition 0 --corrupt 0 --crash 0.1";

/// Lets clients change one document over a network that fails in every way
///
/// Messages are lost, doubled, delayed and overtake each other; clients are cut off, crash, and come back with or without their
/// memory; values in their memory flip; the master begins again from what it stored. Then the network heals, and everybody must come to the
/// same state, with each action applied exactly once. What happens depends on the seed alone.
///
/// Of a seed that fails, the shortest history that was found to fail is told. The exit code is then 1.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// How many clients there are
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000))]
    clients: usize,

    /// After how many actions the network heals
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    actions: usize,

    /// The seed, or the first of several
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// How many seeds are run
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,

    /// The probability of each message that it is lost
    #[arg(long, value_name = "P", default_value_t = 0.1, value_parser = probability)]
    loss: f64,

    /// The probability of each message that it arrives twice
    #[arg(long, value_name = "P", default_value_t = 0.1, value_parser = probability)]
    duplicate: f64,

    /// The probability of each message that later ones overtake it
    #[arg(long, value_name = "P", default_value_t = 0.1, value_parser = probability)]
    reorder: f64,

    /// The probability in each round that a client is cut off
    #[arg(long, value_name = "P", default_value_t = 0.03, value_parser = probability)]
    partition: f64,

    /// The probability in each round that a client or the master crashes
    #[arg(long, value_name = "P", default_value_t = 0.05, value_parser = probability)]
    crash: f64,

    /// The probability in each round that a value in a client's memory flips
    #[arg(long, value_name = "P", default_value_t = 0.03, value_parser = probability)]
    corrupt: f64,

    /// How many actions the master keeps [default: many or few, as the seed will]
    #[arg(long, value_name = "N")]
    log: Option<usize>,

    /// Prints a line of JSON for each seed
    #[arg(long)]
    json: bool,
}

fn probability(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "expected a probability from 0 to 1".to_owned())
}

/// How many runs the search for a shorter history may make.
const RUNS: usize = 10_000;

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let config = Config {
        clients: arguments.clients,
        actions: arguments.actions,
        log: arguments.log,
        faults: Faults {
            loss: arguments.loss,
            duplicate: arguments.duplicate,
            reorder: arguments.reorder,
            partition: arguments.partition,
            crash: arguments.crash,
            corrupt: arguments.corrupt,
        },
    };
    let last = arguments.seed.checked_add(arguments.seeds - 1);
    let last = last.ok_or_else(|| {
        let message = "expected seeds up to 2^64-1, found more".to_owned();
        Failure::new(message, "give a smaller --seed or fewer --seeds")
    })?;
    let mut total = Total::default();
    let bar = progress(arguments.seeds);
    let mut printed = Ok(());
    each_seed(&config, arguments.seed, last, |seed, outcome| {
        bar.inc(1);
        total.add(seed, &outcome);
        if arguments.json {
            let line = format!("{}\n", line(seed, &outcome));
            printed = bar.suspend(|| write(&[Page::text(line.as_bytes())]));
        }
        printed.is_ok()
    });
    bar.finish_and_clear();
    printed?;
    let told = total.told(&config);
    if !arguments.json {
        write(&[Page::text(told.as_bytes())])?;
    } else if !total.failed.is_empty() {
        // Where standard error is closed there is nobody to tell.
        let _ = anstream::stderr().write_all(told.as_bytes());
    }
    Ok(ExitCode::from(u8::from(!total.failed.is_empty())))
}

fn progress(seeds: u64) -> ProgressBar {
    let target = if stderr().is_terminal() && seeds > 1 {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(seeds), target);
    match ProgressStyle::with_template("{bar:40} {pos} of {len} seeds, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Runs the seeds on all cores, and gives the outcomes in the order of the seeds, until there are enough.
fn each_seed(config: &Config, first: u64, last: u64, mut take: impl FnMut(u64, Outcome) -> bool) {
    let next = AtomicU64::new(0);
    let work = |outcomes: Sender<(u64, Outcome)>| {
        while let Some(seed) = first.checked_add(next.fetch_add(1, Ordering::Relaxed)) {
            let is_over = seed > last;
            if is_over
                || outcomes
                    .send((seed, simulate(config, Choices::of_seed(seed))))
                    .is_err()
            {
                return;
            }
        }
    };
    thread::scope(|scope| {
        let (sender, receiver) = channel();
        let cores = thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..cores {
            let sender = sender.clone();
            scope.spawn(|| work(sender));
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut due = first;
        for (seed, outcome) in receiver {
            early.insert(seed, outcome);
            while let Some(outcome) = early.remove(&due) {
                if !take(due, outcome) {
                    return;
                }
                due = due.wrapping_add(1);
            }
        }
    });
}

fn line(seed: u64, outcome: &Outcome) -> Value {
    let mut line = Map::new();
    line.insert("seed".to_owned(), seed.into());
    if let Ok(Value::Object(fields)) = serde_json::to_value(outcome) {
        line.extend(fields);
    }
    line.into()
}

/// What all seeds came to.
#[derive(Default)]
struct Total {
    seeds: usize,
    outcome: Outcome,
    failed: Vec<(u64, String)>,
}

impl Total {
    fn add(&mut self, seed: u64, outcome: &Outcome) {
        self.seeds += 1;
        let total = &mut self.outcome;
        total.actions += outcome.actions;
        total.lost_actions += outcome.lost_actions;
        total.applied_twice += outcome.applied_twice;
        total.joins += outcome.joins;
        total.replays += outcome.replays;
        total.partial += outcome.partial;
        total.full_states += outcome.full_states;
        total.past_log += outcome.past_log;
        total.after_damage += outcome.after_damage;
        total.bytes += outcome.bytes;
        total.rounds += outcome.rounds;
        if !outcome.is_sound() {
            let violation = outcome.violation.clone();
            let why = violation.unwrap_or_else(|| "an action is lost, or there twice".to_owned());
            self.failed.push((seed, why));
        }
    }

    fn told(&self, config: &Config) -> String {
        let Outcome {
            actions,
            lost_actions,
            applied_twice,
            joins,
            replays,
            partial,
            full_states,
            past_log,
            after_damage,
            bytes,
            rounds,
            ..
        } = self.outcome;
        let (seeds, failed) = (self.seeds, self.failed.len());
        let sound = seeds - failed;
        let mut told = format!(
            "converged   {sound} of {seeds}, after {rounds} rounds and {bytes} bytes\n\
             actions     {actions}: {lost_actions} lost, {applied_twice} applied twice\n\
             joins       {joins}\n\
             healed      {replays} by replay, {partial} by comparison, {full_states} by the whole state\n\
             \x20           the last two: {past_log} past the log's end, {after_damage} after damage\n"
        );
        for (number, (seed, why)) in self.failed.iter().enumerate() {
            told += &format!("\nseed {seed} failed: {}\n", legible(why));
            // The first is enough to begin with.
            let failure = (number == 0).then(|| shortest(config, Choices::of_seed(*seed), RUNS));
            if let Some(failure) = failure.flatten() {
                told += "the shortest history that was found to fail:\n\n";
                for entry in &failure.transcript {
                    told += &format!("{}\n", legible(&entry.to_string()));
                }
            }
        }
        told
    }
}
