//! How time is taken: contenders in turn, round after round, each as often in a row as it needs to be seen by the clock.

use crate::case::{Load, Sides, Task};
use crate::contenders::{Asked, Contender, Entry, Home, apart};
use crate::figures::Figure;
use crate::process::Process;
use crate::timing;
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Does the work so many times, and tells how long that took; what is no part of the work is not in it.
pub(crate) type Sample<'w> = Box<dyn FnMut(u64) -> Result<Duration> + 'w>;

/// A sample's least length, beside which reading the clock is nothing.
const LEAST: Duration = Duration::from_millis(2);

/// Beside so long a repetition it is nothing what was in the caches when it began.
const LONG: Duration = Duration::from_millis(100);

pub(crate) struct Settings {
    pub(crate) rounds: u32,
    pub(crate) budget: f64,
}

/// The processes that have contenders who are not here.
pub(crate) struct Processes {
    node: Option<Rc<RefCell<Process>>>,
    own: Option<Rc<RefCell<Process>>>,
}

impl Processes {
    /// Those that these contenders need.
    pub(crate) fn of(contenders: &[&Contender]) -> Result<Processes> {
        let mut homes = contenders.iter().map(|contender| contender.home);
        let node = if homes.clone().any(|home| matches!(home, Home::Node)) {
            Process::node()?
        } else {
            None
        };
        let own = if homes.any(|home| matches!(home, Home::Own(_))) {
            Some(Process::own()?)
        } else {
            None
        };
        let shared = |process| Rc::new(RefCell::new(process));
        Ok(Processes {
            node: node.map(shared),
            own: own.map(shared),
        })
    }

    fn entry<'w>(&self, contender: &Contender, asked: Asked<'w>) -> Result<Entry<'w>> {
        match (contender.home, &self.node, &self.own) {
            (Home::Here(prepare), _, _) => prepare(asked),
            (Home::Own(_), _, Some(own)) => apart::in_own_process(contender, asked, own),
            (Home::Node, Some(node), _) => apart::in_node(contender.name, asked, node),
            (Home::Own(_) | Home::Node, _, _) => Ok(Entry::Absent),
        }
    }
}

/// Work that leaves its input alone.
pub(crate) fn making<'w, R>(batch: usize, mut make: impl FnMut() -> R + 'w) -> Sample<'w> {
    Box::new(move |count| Ok(timing::making(count, batch, &mut make)))
}

/// Work in place, which `undo` takes back.
pub(crate) fn in_place<'w, D: 'w, R>(
    mut documents: Vec<D>,
    mut act: impl FnMut(&mut D) -> R + 'w,
    mut undo: impl FnMut(&mut D) + 'w,
) -> Sample<'w> {
    Box::new(move |count| Ok(timing::in_place(count, &mut documents, &mut act, &mut undo)))
}

/// Work in place on the documents that all share: where one lies in memory can double what an edit of it costs.
pub(crate) fn on_shared<'w, R>(
    sides: &'w Sides,
    mut act: impl FnMut(&mut Value) -> R + 'w,
    mut undo: impl FnMut(&mut Value) + 'w,
) -> Sample<'w> {
    Box::new(move |count| {
        let documents = &mut sides.documents.borrow_mut();
        Ok(timing::in_place(count, documents, &mut act, &mut undo))
    })
}

/// Work in place on the same documents with something that goes with each of them, and which `undo` brings back, too.
pub(crate) fn on_shared_with<'w, S: Clone + 'w, R>(
    sides: &'w Sides,
    given: &S,
    mut act: impl FnMut(&mut Value, &mut S) -> R + 'w,
    mut undo: impl FnMut(&mut Value, &mut S) + 'w,
) -> Sample<'w> {
    let mut given = vec![given.clone(); sides.documents.borrow().len()];
    Box::new(move |count| {
        let documents = &mut sides.documents.borrow_mut();
        let mut pairs: Vec<_> = documents.iter_mut().zip(&mut given).collect();
        Ok(timing::in_place(
            count,
            &mut pairs,
            |(document, given)| act(document, given),
            |(document, given)| undo(document, given),
        ))
    })
}

/// Work that uses up its input.
pub(crate) fn on_fresh<'w, D, R>(
    batch: usize,
    mut prepare: impl FnMut() -> D + 'w,
    mut act: impl FnMut(D) -> R + 'w,
) -> Sample<'w> {
    Box::new(move |count| Ok(timing::on_fresh(count, batch, &mut prepare, &mut act)))
}

struct Turn<'w> {
    contender: &'static str,
    sample: Sample<'w>,
    count: u64,
    /// Whether a repetition is over so soon that it matters what was in the caches when it began.
    is_short: bool,
    wall: Duration,
    times: Vec<f64>,
}

impl Turn<'_> {
    fn take(&mut self) -> Result<()> {
        let wall = Instant::now();
        let failed = || format!("{} failed while it was measured", self.contender);
        if self.is_short {
            (self.sample)(1).with_context(failed)?;
        }
        let spent = (self.sample)(self.count).with_context(failed)?;
        self.times
            .push(spent.as_secs_f64() * 1e9 / self.count as f64);
        self.wall += wall.elapsed();
        Ok(())
    }

    /// How often the work is done in one turn; also the warming up.
    fn calibrate(&mut self, budget: f64) -> Result<()> {
        let enough = Duration::from_secs_f64(budget / 8.0);
        self.count = timing::repetitions(LEAST, enough, &mut self.sample)?;
        self.is_short = (self.sample)(1)? < LONG;
        Ok(())
    }
}

/// All contenders on one task and workload. Each is checked before it is measured; one that gives something else is an
/// error, and one that cannot do the work is named with its reason.
pub(crate) fn run(
    load: &Load,
    task: Task,
    contenders: &[&Contender],
    processes: &Processes,
    settings: &Settings,
) -> Result<Vec<Figure>> {
    let place = format!("{}, {}", load.name(), task.name());
    let bar = ProgressBar::new(u64::from(settings.rounds));
    bar.set_style(ProgressStyle::with_template(
        "{prefix:22} [{bar:30}] {pos}/{len} {msg}",
    )?);
    bar.set_prefix(place.clone());
    let mut turns = Vec::new();
    for contender in contenders {
        bar.set_message(format!("preparing {}", contender.name));
        bar.tick();
        let entry = processes
            .entry(contender, Asked { load, task })
            .with_context(|| format!("{place}: {}", contender.name))?;
        match entry {
            Entry::Absent => {}
            Entry::Refused(reason) => {
                bar.suspend(|| eprintln!("{place}: without {}: {reason}", contender.name));
            }
            Entry::Timed(sample) => {
                let mut turn = Turn {
                    contender: contender.name,
                    sample,
                    count: 1,
                    is_short: false,
                    wall: Duration::ZERO,
                    times: Vec::new(),
                };
                turn.calibrate(settings.budget)
                    .with_context(|| format!("{place}: {}", contender.name))?;
                turns.push(turn);
            }
        }
    }
    for round in 0..settings.rounds as usize {
        for offset in 0..turns.len() {
            let count = turns.len();
            // Another begins each round, so that nobody always comes after the same one.
            let turn = &mut turns[(round + offset) % count];
            if round >= 1 && turn.wall.as_secs_f64() > settings.budget {
                continue;
            }
            bar.set_message(turn.contender);
            turn.take()?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let figure = |mut turn: Turn<'_>| Figure {
        workload: load.name().to_owned(),
        task: task.name().to_owned(),
        contender: turn.contender.to_owned(),
        median_ns: timing::median(&mut turn.times),
        min_ns: turn.times.iter().copied().fold(f64::INFINITY, f64::min),
    };
    Ok(turns.into_iter().map(figure).collect())
}
