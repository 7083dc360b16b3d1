//! The machines in a world of faults.
//!
//! `DELTAMERGE_SEEDS` says how many seeds:
//!
//!     DELTAMERGE_SEEDS=10000 cargo test --release --test resync -- --nocapture

use deltamerge::simulation::{Choices, Config, Faults, Outcome, shortest, shortest_that, simulate};
use proptest::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// How many runs the search for a shorter history may make.
const RUNS: usize = 5_000;

fn seeds() -> u64 {
    let text = std::env::var("DELTAMERGE_SEEDS").ok();
    let asked = text.map(|text| text.replace('_', "").parse().expect("a number of seeds"));
    asked.unwrap_or(if cfg!(debug_assertions) { 200 } else { 2_000 })
}

/// The outcomes of that many seeds; panics with the shortest history of one that fails.
fn run(config: &Config, seeds: u64) -> Vec<Outcome> {
    let next = AtomicU64::new(0);
    let one = || {
        let mut outcomes = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return outcomes;
            }
            let outcome = simulate(config, Choices::of_seed(seed));
            if !outcome.is_sound() {
                let failure = shortest(config, Choices::of_seed(seed), RUNS);
                panic!(
                    "seed {seed}: {outcome:?}\n{}",
                    failure.expect("it fails again")
                );
            }
            outcomes.push(outcome);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(one)).collect();
        let outcomes = threads.into_iter().map(|thread| thread.join());
        outcomes
            .flat_map(|outcomes| outcomes.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

fn sum(outcomes: &[Outcome], field: impl Fn(&Outcome) -> usize) -> usize {
    outcomes.iter().map(field).sum()
}

#[test]
fn every_seed_converges_with_all_faults_on() {
    let started = Instant::now();
    let outcomes = run(&Config::default(), seeds());
    let total = |field: fn(&Outcome) -> usize| sum(&outcomes, field);
    println!(
        "{} seeds in {:.1?}: {} actions, {} replays, {} comparisons, {} full states ({} past the log, {} after damage), \
         {} joins, {} bytes",
        outcomes.len(),
        started.elapsed(),
        total(|outcome| outcome.actions),
        total(|outcome| outcome.replays),
        total(|outcome| outcome.partial),
        total(|outcome| outcome.full_states),
        total(|outcome| outcome.past_log),
        total(|outcome| outcome.after_damage),
        total(|outcome| outcome.joins),
        total(|outcome| outcome.bytes),
    );
    // Every way of healing was gone.
    for field in [
        (|outcome| outcome.replays) as fn(&Outcome) -> usize,
        |outcome| outcome.partial,
        |outcome| outcome.full_states,
        |outcome| outcome.past_log,
        |outcome| outcome.after_damage,
    ] {
        assert!(total(field) > 0);
    }
}

#[test]
fn without_damage_and_within_the_log_replays_do() {
    let faults = Faults {
        corrupt: 0.0,
        ..Faults::default()
    };
    let config = Config {
        log: Some(10_000),
        faults,
        ..Config::default()
    };
    let outcomes = run(&config, seeds() / 3);
    let total = |field: fn(&Outcome) -> usize| sum(&outcomes, field);
    assert!(total(|outcome| outcome.replays) > 0);
    assert_eq!(total(|outcome| outcome.partial + outcome.full_states), 0);
}

#[test]
fn a_network_that_carries_nothing_is_over_too() {
    let faults = Faults {
        loss: 1.0,
        ..Faults::default()
    };
    for clients in [0, 2] {
        let config = Config {
            clients,
            actions: 5,
            faults: faults.clone(),
            ..Config::default()
        };
        let outcome = simulate(&config, Choices::of_seed(1));
        assert!(outcome.is_sound(), "{outcome:?}");
    }
}

/// The shortest history of the first seed that comes to something, as it is told.
fn told(config: &Config, is_it: impl Fn(&Outcome) -> bool) -> String {
    let mut seeds = (0..10_000).map(Choices::of_seed);
    let found = seeds
        .find_map(|choices| shortest_that(config, choices, 300, &is_it))
        .expect("one of so many seeds");
    assert!(is_it(&found.outcome));
    assert!(found.config.clients <= config.clients && found.config.actions <= config.actions);
    found.to_string()
}

#[test]
fn the_shortest_history_of_each_way_to_heal_tells_it() {
    let config = Config {
        log: Some(4),
        faults: Faults::default(),
        ..Config::default()
    };
    let whole = told(&config, |outcome| outcome.replays > 0);
    assert!(whole.contains("replay"), "{whole}");
    let whole = told(&config, |outcome| outcome.partial > 0);
    assert!(whole.contains("parts"), "{whole}");
    let whole = told(&config, |outcome| outcome.past_log > 0);
    assert!(whole.contains("state"), "{whole}");
    let whole = told(&config, |outcome| outcome.after_damage > 0);
    assert!(whole.contains("damage"), "{whole}");
    let whole = told(&config, |outcome| {
        outcome.replays > 1 && outcome.partial > 0 && outcome.full_states > 1
    });
    assert!(whole.lines().count() > 20, "{whole}");
}

/// Any number of anything, with faults of any probability.
fn configs() -> impl Strategy<Value = Config> {
    let probability = || prop_oneof![Just(0.0), 0.0..0.5];
    let of_messages = (probability(), probability(), probability());
    let of_rounds = (probability(), probability(), probability());
    let log = prop_oneof![Just(None), (0_usize..10).prop_map(Some)];
    (0_usize..8, 0_usize..60, log, of_messages, of_rounds).prop_map(
        |(clients, actions, log, (loss, duplicate, reorder), (partition, crash, corrupt))| Config {
            clients,
            actions,
            log,
            faults: Faults {
                loss,
                duplicate,
                reorder,
                partition,
                crash,
                corrupt,
            },
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_number_of_everything_converges(config in configs(), bytes in prop::collection::vec(any::<u8>(), 0..800)) {
        let outcome = simulate(&config, Choices::of_bytes(&bytes));
        prop_assert!(outcome.is_sound(), "{outcome:?}");
    }
}
