//! The other side of [`crate::process`]: this program, asked line by line to prepare contenders and to time them.

use crate::case::{Load, Sides, Task};
use crate::contenders::{self, Asked, Entry, Home, Prepare};
use crate::measure::Sample;
use crate::workloads;
use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Lines, StdinLock, Write, stdin, stdout};

/// Requests, a line each.
struct Requests(Lines<StdinLock<'static>>);

impl Requests {
    fn next(&mut self) -> Result<Option<Value>> {
        let line = self.0.next().transpose()?;
        Ok(line.map(|line| serde_json::from_str(&line)).transpose()?)
    }
}

/// Does what it is asked until nobody is left who could ask.
///
///     {"do":"load","workload":W}
///     {"do":"prepare","contender":C,"task":T}          -> {"refused":"why"} where it cannot
///     {"do":"sample","contender":C,"task":T,"count":N} -> {"ns":...}, for all N
pub(crate) fn serve() -> Result<()> {
    let mut requests = Requests(stdin().lines());
    let mut request = requests.next()?;
    while let Some(asked) = request {
        let name = asked["workload"].as_str().context("a workload")?;
        let makes = workloads::all()
            .into_iter()
            .find(|(other, _)| *other == name);
        let (_, make) = makes.with_context(|| format!("no workload {name}"))?;
        let load = Load::Sides(Box::new(Sides::new(make())));
        reply(&json!({}))?;
        request = serve_load(&load, &mut requests)?;
    }
    Ok(())
}

/// Gives back the request for another workload.
fn serve_load(load: &Load, requests: &mut Requests) -> Result<Option<Value>> {
    let mut samples: BTreeMap<String, Sample<'_>> = BTreeMap::new();
    let mut at = None;
    while let Some(request) = requests.next()? {
        let field = |name: &str| request[name].as_str().unwrap_or_default();
        let (action, name) = (field("do"), field("contender"));
        if action == "load" {
            return Ok(Some(request));
        }
        let task = Task::from_str(field("task"), false).map_err(anyhow::Error::msg)?;
        if at != Some(task) {
            (samples, at) = (BTreeMap::new(), Some(task));
        }
        let done = match action {
            "prepare" => prepare(name, Asked { load, task }, &mut samples),
            "sample" => sample(&request, samples.get_mut(name)),
            _ => bail!("nobody can {action:?}"),
        };
        reply(&done.unwrap_or_else(|error| json!({"error": format!("{error:#}")})))?;
    }
    Ok(None)
}

fn prepare<'w>(
    name: &str,
    asked: Asked<'w>,
    samples: &mut BTreeMap<String, Sample<'w>>,
) -> Result<Value> {
    let prepare = prepare_of(name).with_context(|| format!("no contender {name} is here"))?;
    match prepare(asked)? {
        Entry::Timed(sample) => {
            samples.insert(name.to_owned(), sample);
            Ok(json!({}))
        }
        Entry::Refused(reason) => Ok(json!({"refused": reason})),
        Entry::Absent => bail!("{name} does not do that"),
    }
}

fn prepare_of(name: &str) -> Option<Prepare> {
    let contenders = contenders::all();
    let contender = contenders.iter().find(|contender| contender.name == name)?;
    match contender.home {
        Home::Own(prepare) => Some(prepare),
        Home::Here(_) | Home::Node => None,
    }
}

fn sample(request: &Value, sample: Option<&mut Sample<'_>>) -> Result<Value> {
    let sample = sample.context("nobody has prepared that")?;
    let spent = sample(request["count"].as_u64().context("a count")?)?;
    Ok(json!({"ns": spent.as_secs_f64() * 1e9}))
}

fn reply(reply: &Value) -> Result<()> {
    let mut output = stdout().lock();
    writeln!(output, "{reply}")?;
    Ok(output.flush()?)
}
