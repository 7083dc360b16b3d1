//! Walks the worlds of the protocol with stateright: every state that one master and two clients can come to within each world's bounds.
//!
//! `cargo run --release --manifest-path tests/stateright/Cargo.toml` walks them all; names after `--` choose some of them. `spec/resync.md` tells what was found.

#[path = "../../resync_model/world.rs"]
#[expect(
    dead_code,
    reason = "some of it only the explorer of the tests asks for"
)]
mod world;

use stateright::{Checker, Model, Property};
use std::{env, process::ExitCode, thread, time::Instant};
use world::{Bounds, Step, World};

/// Each once, of every kind of fault.
const ONCE: Bounds = Bounds {
    losses: 1,
    repetitions: 1,
    timeouts: 1,
    reconnections: 1,
    crashes: 1,
    restarts: 1,
    damages: 1,
    ..Bounds::CALM
};

const WORLDS: [(&str, Bounds); 9] = [
    (
        "overtaking",
        Bounds {
            overtaking: true,
            losses: 1,
            repetitions: 1,
            timeouts: 1,
            ..Bounds::CALM
        },
    ),
    ("two-faults", Bounds { faults: 2, ..ONCE }),
    (
        "short-log",
        Bounds {
            faults: 2,
            log_actions: 1,
            ..ONCE
        },
    ),
    (
        "comparison",
        Bounds {
            faults: 2,
            log_actions: 1,
            small_state: 0,
            ..ONCE
        },
    ),
    (
        "joining",
        Bounds {
            faults: 2,
            bob_is_new: true,
            ..ONCE
        },
    ),
    (
        // A replay holds no more than one action.
        "paged-replay",
        Bounds {
            actions: [2, 1],
            faults: 1,
            replay_bytes: 300,
            ..ONCE
        },
    ),
    (
        "three-actions",
        Bounds {
            actions: [2, 1],
            faults: 1,
            ..ONCE
        },
    ),
    (
        "returning",
        Bounds {
            actions: [2, 1],
            returning: true,
            faults: 1,
            ..ONCE
        },
    ),
    (
        "three-faults",
        Bounds {
            faults: 3,
            timeouts: 0,
            ..ONCE
        },
    ),
];

/// The world as stateright asks for it.
struct Walk(Bounds);

impl Model for Walk {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self.0)]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        *steps = world.steps();
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        Some(world.after(step))
    }

    fn properties(&self) -> Vec<Property<Walk>> {
        vec![
            Property::always("what never must happen does not", |_, world: &World| {
                world.fault().is_none()
            }),
            Property::always(
                "when the network heals, all agree and nothing is lost",
                |_, world: &World| !world.is_quiet() || world.fault_when_healed().is_none(),
            ),
        ]
    }
}

fn main() -> ExitCode {
    let chosen: Vec<String> = env::args().skip(1).collect();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut is_sound = true;
    for (name, bounds) in WORLDS {
        if !chosen.is_empty() && !chosen.iter().any(|other| other == name) {
            continue;
        }
        let start = Instant::now();
        let checker = Walk(bounds).checker().threads(threads).spawn_bfs().join();
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{name}: {} states, {} steps, depth {}, {seconds:.0} s",
            checker.unique_state_count(),
            checker.state_count(),
            checker.max_depth(),
        );
        for (property, path) in checker.discoveries() {
            is_sound = false;
            let world = path.last_state();
            let fault = world.fault().map(str::to_owned);
            let fault = fault.or_else(|| world.fault_when_healed());
            println!(
                "  not so: {property}: {fault:?}\n  after {:?}",
                path.into_actions()
            );
        }
    }
    if is_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
