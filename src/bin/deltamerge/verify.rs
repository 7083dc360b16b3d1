//! `deltamerge verify`: a rule set, held against the laws in every small case.

use crate::failure::Failure;
use crate::input::Source;
use crate::output::{Page, write};
use crate::rules::{json, preset};
use clap::builder::RangedU64ValueParser;
use deltamerge::laws::{Concurrent, Counterexample, check_rules, small_world};
use deltamerge::{DeltaSet, RuleId, Rules};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};
use std::process::ExitCode;
use std::sync::{Mutex, atomic::AtomicUsize, atomic::Ordering};
use std::time::Instant;

const EXAMPLES: &str = "\
EXAMPLES
  # a first look, at documents of one value; without --size of two, which takes seconds
  deltamerge verify --size 1 movex

  # a rule set of your own: a later removal beats a change
  echo '{\"verdicts\":{\"R6\":\"second\"}}' | deltamerge verify --size 1 -

  # a table that goes in a circle: three people, each of whom beats the next
  echo '{\"verdicts\":{\"R8\":\"first\"}}' | deltamerge verify - || test $? = 1";

/// Holds a rule set against the laws in every small case
///
/// Goes through every document of up to N values, every one or two deltas on it as each of two concurrent actions, and every
/// one delta as each of three, in every order of their stamps. In each case: the same result in every order, grouping and
/// repetition; one action as it is applied; after one, what is left of the other; and every decision as its cell of the table
/// says (spec/delta.md, L1 to L8).
///
/// Says how many cases there were, and how often each rule decided. Where a law does not hold, it tells the smallest case as
/// a story and ends with exit code 1. A rule set that goes in circles is read here, and shown three actions that do.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A preset (movex, remove-wins or first-wins), or a file with a rule set as JSON; `deltamerge merge --help` shows one
    #[arg(value_name = "PRESET|FILE")]
    rules: Source,

    /// How many values a document has at most: 2 takes seconds, 3 minutes, 4 hours
    #[arg(
        long,
        value_name = "N",
        default_value_t = 2,
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=4)
    )]
    size: usize,

    /// Writes the result as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let rules = read(&arguments.rules)?;
    let started = Instant::now();
    let world = World::of(arguments.size);
    let progress = progress(world.cases());
    let verified = world.verify(&rules, &progress);
    progress.finish_and_clear();
    let name = &arguments.rules;
    match verified {
        Ok(decisions) => {
            let held = Held {
                world: &world,
                decisions,
                seconds: started.elapsed().as_secs_f64(),
            };
            if arguments.json {
                write(&[Page::json(None, &held.json(), false)])?;
            } else {
                let text = format!("{name}: {}", held.text());
                write(&[Page::text(text.as_bytes())])?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(story) => {
            if arguments.json {
                let result = json!({"holds": false, "counterexample": story});
                write(&[Page::json(None, &result, false)])?;
            } else {
                write(&[Page::text(format!("{name}: {story}\n").as_bytes())])?;
            }
            Ok(ExitCode::FAILURE)
        }
    }
}

fn read(source: &Source) -> Result<Rules, Failure> {
    match preset(source) {
        Some(rules) => Ok(rules),
        // A table that goes in circles is what this command is for.
        None => Rules::from_json_unchecked(json(source, "verify")?)
            .map_err(|error| Failure::coded(error.code(), format!("{source}: {error}"))),
    }
}

/// On a terminal; elsewhere there is nothing to see.
fn progress(cases: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {percent}% of {len} cases, {eta} left");
    let progress = ProgressBar::new(cases as u64);
    match style {
        Ok(style) => progress.with_style(style),
        Err(_) => progress,
    }
}

/// The small world: bases, and what can be done to each.
struct World {
    size: usize,
    bases: Vec<Scene>,
}

struct Scene {
    base: Value,
    /// Sets of one delta.
    one: Vec<DeltaSet>,
    /// Sets of one or two.
    two: Vec<DeltaSet>,
}

impl Scene {
    fn of(base: Value) -> Scene {
        let (one, two) = (
            small_world::delta_sets(&base, 1),
            small_world::delta_sets(&base, 2),
        );
        Scene { base, one, two }
    }

    fn pairs(&self) -> usize {
        self.two.len().pow(2)
    }

    fn triples(&self) -> usize {
        self.one.len().pow(3)
    }

    fn cases(&self) -> impl Iterator<Item = Concurrent> {
        let pairs = small_world::cases(&self.base, &self.two, 2);
        pairs.chain(small_world::cases(&self.base, &self.one, 3))
    }
}

/// How often each rule decided.
type Decisions = [u64; RuleId::ALL.len()];

impl World {
    fn of(size: usize) -> World {
        let bases = small_world::documents(size).into_iter();
        World {
            size,
            bases: bases.map(Scene::of).collect(),
        }
    }

    fn cases(&self) -> usize {
        let each = self.bases.iter();
        each.map(|scene| scene.pairs() + scene.triples()).sum()
    }

    /// Shares the bases out to the cores. Whatever these do, the counterexample is that of the first base that has one.
    fn verify(&self, rules: &Rules, progress: &ProgressBar) -> Result<Decisions, Counterexample> {
        let next = AtomicUsize::new(0);
        let first_broken = AtomicUsize::new(usize::MAX);
        let broken = Mutex::new(Vec::new());
        let decisions = Mutex::new([0; RuleId::ALL.len()]);
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(scene) = self.bases.get(number) else {
                    return;
                };
                if number > first_broken.load(Ordering::Relaxed) {
                    return;
                }
                match check(scene, rules, progress) {
                    Ok(found) => {
                        let mut sums = decisions.lock().unwrap_or_else(|held| held.into_inner());
                        sums.iter_mut()
                            .zip(found)
                            .for_each(|(sum, more)| *sum += more);
                    }
                    Err(story) => {
                        first_broken.fetch_min(number, Ordering::Relaxed);
                        let mut broken = broken.lock().unwrap_or_else(|held| held.into_inner());
                        broken.push((number, story));
                    }
                }
            }
        };
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        std::thread::scope(|scope| {
            for _ in 0..cores {
                scope.spawn(work);
            }
        });
        let broken = broken.into_inner().unwrap_or_else(|held| held.into_inner());
        match broken.into_iter().min_by_key(|(number, _)| *number) {
            None => Ok(decisions
                .into_inner()
                .unwrap_or_else(|held| held.into_inner())),
            Some((_, story)) => Err(smallest(story, rules)),
        }
    }
}

fn check(
    scene: &Scene,
    rules: &Rules,
    progress: &ProgressBar,
) -> Result<Decisions, Counterexample> {
    const STEP: usize = 256;
    let mut found = [0; RuleId::ALL.len()];
    let mut broken: Option<Counterexample> = None;
    for (number, case) in scene.cases().enumerate() {
        match check_rules(&case, rules) {
            Ok(merged) => merged
                .decisions
                .iter()
                .for_each(|decision| found[decision.rule as usize] += 1),
            // The first will do; but one that shows a circle says more.
            Err(story) if !story.circle.is_empty() => return Err(story),
            Err(story) => broken = broken.or(Some(story)),
        }
        if (number + 1) % STEP == 0 {
            progress.inc(STEP as u64);
        }
    }
    progress.inc(((scene.pairs() + scene.triples()) % STEP) as u64);
    broken.map_or(Ok(found), Err)
}

/// The smallest case on the way down that breaks the same law.
fn smallest(story: Counterexample, rules: &Rules) -> Counterexample {
    let is_alike = |other: &Counterexample| {
        other.law == story.law && other.circle.is_empty() == story.circle.is_empty()
    };
    let breaks = |case: &Concurrent| check_rules(case, rules).err().filter(is_alike);
    let case = story.case.clone().shrunk(|case| breaks(case).is_some());
    breaks(&case).unwrap_or(story)
}

/// That all laws hold.
struct Held<'w> {
    world: &'w World,
    decisions: Decisions,
    seconds: f64,
}

impl Held<'_> {
    fn text(&self) -> String {
        let World { size, bases } = self.world;
        let decided = RuleId::ALL.into_iter().zip(self.decisions);
        let (used, unused): (Vec<_>, Vec<_>) = decided.partition(|(_, number)| *number > 0);
        let mut text = format!(
            "L1 to L8 hold in all {} cases: {} documents of up to {size} {}, {} cases of two actions and {} of three ({:.1} s)\n",
            self.world.cases(),
            bases.len(),
            if *size == 1 { "value" } else { "values" },
            bases.iter().map(Scene::pairs).sum::<usize>(),
            bases.iter().map(Scene::triples).sum::<usize>(),
            self.seconds,
        );
        text += "\nHow often each rule decided:\n";
        for row in used.chunks(6) {
            let cells = row
                .iter()
                .map(|(rule, number)| format!("{:>5} {number:<8}", rule.to_string()));
            text += cells.collect::<String>().trim_end();
            text.push('\n');
        }
        let unused: Vec<_> = unused.iter().map(|(rule, _)| rule.to_string()).collect();
        text += &format!("  not reached: {}\n", unused.join(", "));
        text
    }

    fn json(&self) -> Value {
        let World { size, bases } = self.world;
        let decided = RuleId::ALL.into_iter().zip(self.decisions);
        let decided = decided.map(|(rule, number)| (rule.to_string(), number.into()));
        json!({
            "holds": true,
            "size": size,
            "documents": bases.len(),
            "cases": {
                "two actions": bases.iter().map(Scene::pairs).sum::<usize>(),
                "three actions": bases.iter().map(Scene::triples).sum::<usize>(),
            },
            "seconds": self.seconds,
            "decisions": decided.collect::<Map<String, Value>>(),
        })
    }
}
