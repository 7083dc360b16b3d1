//! Contenders in processes of their own. They do the work there, and it is timed there; here they are only asked.

use super::{Asked, Contender, Entry, crdt::do_task};
use crate::case::{Load, Task};
use crate::process::Process;
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// Those in JavaScript.
pub(crate) fn in_node<'w>(
    name: &str,
    asked: Asked<'w>,
    node: &Rc<RefCell<Process>>,
) -> Result<Entry<'w>> {
    let Asked { load, task } = asked;
    let does = match name {
        "fast-json-patch" => [Task::Diff, Task::Apply].contains(&task),
        "fast-json-patch-blind" => [Task::Merge, Task::Replicas].contains(&task),
        "jsondiffpatch" => [Task::Diff, Task::Apply].contains(&task),
        "ot-json1" => [Task::Apply, Task::Merge, Task::Replicas].contains(&task),
        "trimerge" => task == Task::MergeState,
        "movex" => [Task::Checksum, Task::Stream].contains(&task),
        _ => bail!("no script knows {name}"),
    };
    if !does {
        return Ok(Entry::Absent);
    }
    prepared(name, asked, node, |reply| {
        check(name, load, task, &reply["result"])
    })
}

/// Those with document types of their own: their heap would be the other contenders', too.
pub(crate) fn in_own_process<'w>(
    contender: &Contender,
    asked: Asked<'w>,
    own: &Rc<RefCell<Process>>,
) -> Result<Entry<'w>> {
    if !do_task(asked.task) {
        return Ok(Entry::Absent);
    }
    // It has checked itself.
    prepared(contender.name, asked, own, |_| Ok(()))
}

fn prepared<'w>(
    name: &str,
    asked: Asked<'w>,
    process: &Rc<RefCell<Process>>,
    check: impl FnOnce(&Value) -> Result<()>,
) -> Result<Entry<'w>> {
    let process = Rc::clone(process);
    let task = asked.task.name();
    process.borrow_mut().load(asked.load)?;
    let reply = process
        .borrow_mut()
        .ask(&json!({"do": "prepare", "contender": name, "task": task}))?;
    if let Some(reason) = reply["refused"].as_str() {
        return Ok(Entry::Refused(reason.to_owned()));
    }
    check(&reply)?;
    let name = name.to_owned();
    Ok(Entry::Timed(Box::new(move |count| {
        let asked = json!({"do": "sample", "contender": name, "task": task, "count": count});
        let reply = process.borrow_mut().ask(&asked)?;
        match reply["ns"].as_f64() {
            Some(ns) => Ok(Duration::from_secs_f64(ns / 1e9)),
            None => bail!("{name} told no time: {reply}"),
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
