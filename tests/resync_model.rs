//! Everything that can happen to one master and two clients, within small bounds: no action is lost, none is applied twice, and all agree when
//! the network heals. `tests/stateright` walks wider bounds with stateright.

#[path = "resync_model/world.rs"]
mod world;

use std::collections::{HashMap, VecDeque};
use world::{Bounds, Step, World};

/// Walks all that can happen, the shortest ways first, and sees that messages of these names come up. A fault is told with the steps that
/// lead to it.
fn explore(bounds: Bounds, names: &[&str]) {
    let first = World::new(bounds);
    // From each state where it was first met from, by which step.
    let mut met: HashMap<u64, Option<(u64, Step)>> = HashMap::from([(first.digest(), None)]);
    let mut open = VecDeque::from([first]);
    let mut missing = names.to_vec();
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
        missing.retain(|name| !world.carries(name));
        for step in world.steps() {
            let next = world.after(step);
            met.entry(next.digest()).or_insert_with(|| {
                open.push_back(next);
                Some((here, step))
            });
        }
    }
    println!("{} states", met.len());
    assert_eq!(missing, [""; 0], "these never come up");
}

/// One fault of any kind.
const ONE_FAULT: Bounds = Bounds {
    faults: 1,
    losses: 1,
    repetitions: 1,
    reconnections: 1,
    crashes: 1,
    restarts: 1,
    damages: 1,
    ..Bounds::CALM
};

#[test]
fn messages_that_overtake_each_other() {
    let bounds = Bounds {
        overtaking: true,
        losses: 1,
        repetitions: 1,
        ..Bounds::CALM
    };
    explore(bounds, &["resync", "replay"]);
}

#[test]
fn any_one_fault() {
    let names = ["acknowledge", "forward", "replay", "refusal"];
    explore(ONE_FAULT, &names);
}

#[test]
fn a_client_that_does_not_wait() {
    let bounds = Bounds {
        losses: 1,
        timeouts: 2,
        ..Bounds::CALM
    };
    explore(bounds, &["resync", "replay"]);
}

#[test]
fn any_one_fault_with_three_actions() {
    let bounds = Bounds {
        actions: [2, 1],
        ..ONE_FAULT
    };
    explore(bounds, &["acknowledge", "forward", "replay"]);
}

#[test]
fn a_master_that_begins_again_with_a_short_log_and_a_lost_message() {
    let bounds = Bounds {
        losses: 1,
        restarts: 1,
        log_actions: 1,
        ..Bounds::CALM
    };
    explore(bounds, &["hello", "full-state"]);
}

#[test]
fn a_crash_with_damage_where_the_log_is_short_and_the_state_small() {
    let bounds = Bounds {
        faults: 2,
        crashes: 1,
        damages: 1,
        log_actions: 1,
        ..Bounds::CALM
    };
    explore(bounds, &["refusal", "state-request", "full-state"]);
}

#[test]
fn a_crash_with_damage_where_the_log_is_short_and_the_state_large() {
    let bounds = Bounds {
        faults: 2,
        crashes: 1,
        damages: 1,
        log_actions: 1,
        small_state: 0,
        ..Bounds::CALM
    };
    explore(bounds, &["refusal", "compare", "compared"]);
}

#[test]
fn states_that_come_again_and_any_one_fault() {
    let bounds = Bounds {
        actions: [2, 1],
        returning: true,
        ..ONE_FAULT
    };
    explore(bounds, &["forward", "replay"]);
}

#[test]
fn a_client_that_joins_amid_the_actions_of_another_and_a_fault() {
    let bounds = Bounds {
        bob_is_new: true,
        ..ONE_FAULT
    };
    explore(bounds, &["hello", "full-state"]);
}
