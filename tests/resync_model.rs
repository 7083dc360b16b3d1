//! Everything that can happen to one master and two clients, within small bounds: no action is lost, none is applied twice, and all agree when
//! the network heals. `model/` walks wider bounds with stateright.

#[path = "resync_model/world.rs"]
mod world;

use std::collections::{HashMap, VecDeque};
use world::{Bounds, Step, World};

/// Walks all that can happen, the shortest ways first; gives the number of states. A fault is told with the steps that lead to it.
fn explore(bounds: Bounds) -> usize {
    let first = World::new(bounds);
    // From each state where it was first met from, by which step.
    let mut met: HashMap<u64, Option<(u64, Step)>> = HashMap::from([(first.digest(), None)]);
    let mut open = VecDeque::from([first]);
    while let Some(world) = open.pop_front() {
        let here = world.digest();
        let fault = world.fault().map(str::to_owned);
        let fault = fault.or_else(|| world.is_quiet().then(|| world.fault_when_healed())?);
        if let Some(fault) = fault {
            let mut steps = Vec::new();
            let mut at = here;
            while let Some((from, step)) = met[&at] {
                steps.push(step);
                at = from;
            }
            steps.reverse();
            panic!("{fault}\nafter {steps:?}\nin {world:#?}");
        }
        for step in world.steps() {
            let next = world.after(step);
            met.entry(next.digest()).or_insert_with(|| {
                open.push_back(next);
                Some((here, step))
            });
        }
    }
    met.len()
}

#[test]
fn whatever_is_lost_or_repeated_all_agree_in_the_end() {
    let states = explore(Bounds {
        losses: 1,
        repetitions: 1,
        timeouts: 1,
        ..Bounds::CALM
    });
    println!("{states}");
}
