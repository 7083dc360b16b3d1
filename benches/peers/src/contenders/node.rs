//! The contenders in JavaScript. Node does the work and takes its time itself; here it is only asked.

use super::{Asked, Entry};
use crate::case::{Load, Task};
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

pub(crate) fn prepare(asked: Asked<'_>) -> Result<Entry<'_>> {
    let Asked {
        name,
        load,
        task,
        node,
    } = asked;
    let does = match name {
        "fast-json-patch" => [Task::Diff, Task::Apply].contains(&task),
        "fast-json-patch-blind" => [Task::Merge, Task::Replicas].contains(&task),
        "jsondiffpatch" => [Task::Diff, Task::Apply].contains(&task),
        "ot-json1" => [Task::Apply, Task::Merge, Task::Replicas].contains(&task),
        "trimerge" => task == Task::MergeState,
        "movex" => [Task::Checksum, Task::Stream].contains(&task),
        _ => bail!("no script knows {name}"),
    };
    let (Some(node), true) = (node, does) else {
        return Ok(Entry::Absent);
    };
    let node = Rc::clone(node);
    node.borrow_mut().load(load)?;
    let reply = node
        .borrow_mut()
        .ask(&json!({"do": "prepare", "contender": name, "task": task.name()}))?;
    if let Some(reason) = reply["refused"].as_str() {
        return Ok(Entry::Refused(reason.to_owned()));
    }
    check(name, load, task, &reply["result"])?;
    let name = name.to_owned();
    Ok(Entry::Timed(Box::new(move |count| {
        let asked = json!({"do": "sample", "contender": name, "task": task.name(), "count": count});
        let reply = node.borrow_mut().ask(&asked)?;
        match reply["ns"].as_f64() {
            Some(ns) => Ok(Duration::from_secs_f64(ns / 1e9)),
            None => bail!("Node told no time: {reply}"),
        }
    })))
}

fn check(name: &str, load: &Load, task: Task, result: &Value) -> Result<()> {
    match load {
        Load::Stream(_) => Ok(()),
        Load::Sides(sides) => match task {
            Task::Diff | Task::Apply => sides.check_after(result),
            // They do not merge, and are not held to it.
            Task::Merge | Task::Replicas if name == "fast-json-patch-blind" => Ok(()),
            Task::Merge | Task::Replicas | Task::MergeState => sides.check_merged(result),
            Task::Checksum => {
                let own = deltamerge::movex_checksum(sides.before());
                if result != &own {
                    bail!("its checksum is {result}, and by its own specification {own}");
                }
                Ok(())
            }
            Task::Stream => Ok(()),
        },
    }
}
