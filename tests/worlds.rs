//! Small worlds, exhaustively: every document up to a size, every single delta on it and some pairs, every two and three of these as
//! concurrent actions in every order of stamps, under every preset. The world is the one that `deltamerge verify` goes through; here the
//! slow model goes through it as well.
//!
//! The everyday world is small. `DELTAMERGE_WORLD=3 cargo test --release --test worlds -- --nocapture` goes further, in minutes, and
//! says how many cases there were, and how often each rule decided.

mod common;

use common::generate::Case;
use common::laws::{LAWS_OF_CASES, RULES_SEEN};
use common::model::merge::Rules;
use common::translate::to_model_action;
use deltamerge::laws::{Concurrent, small_world};
use deltamerge::{apply, compose, diff, equal, invert};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How large documents are, counted in values.
fn size() -> usize {
    let size = std::env::var("DELTAMERGE_WORLD").ok();
    size.map_or(2, |size| {
        size.parse().expect("DELTAMERGE_WORLD is a number")
    })
}

/// Every document of up to `size` values.
fn documents(size: usize) -> Vec<Value> {
    small_world::documents(size)
}

fn presets() -> [Rules; 3] {
    [Rules::movex(), Rules::remove_wins(), Rules::first_wins()]
}

fn hold(case: &Case) {
    for (name, law) in LAWS_OF_CASES {
        if let Err(story) = law(case) {
            panic!("{name}: {story}");
        }
    }
}

/// Every way to choose `count` sets as actions, under every preset.
fn every_case(base: &Value, most: usize, count: u32, check: &(dyn Fn(&Case) + Sync)) -> usize {
    let sets = small_world::delta_sets(base, most);
    let mut number = 0;
    for rules in presets() {
        for Concurrent { base, actions } in small_world::cases(base, &sets, count) {
            check(&Case {
                base,
                actions: actions.into_iter().map(to_model_action).collect(),
                rules: rules.clone(),
            });
            number += 1;
        }
    }
    number
}

/// Shares the bases out to the cores.
fn for_every_base(bases: &[Value], work: &(dyn Fn(&Value) -> usize + Sync)) -> usize {
    let next = AtomicUsize::new(0);
    let count = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let _others_stop = StopOnPanic(&next, bases.len());
                while let Some(base) = bases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    count.fetch_add(work(base), Ordering::Relaxed);
                }
            });
        }
    });
    count.into_inner()
}

/// A failure is told when all workers are done, so the one that fails leaves no work to the others.
struct StopOnPanic<'a>(&'a AtomicUsize, usize);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(self.1, Ordering::Relaxed);
        }
    }
}

#[test]
fn every_two_and_three_actions_of_the_small_world_obey_the_laws() {
    let size = size();
    let pairs = for_every_base(&documents(size), &|base| every_case(base, 1, 2, &hold));
    let richer = for_every_base(&documents(size - 1), &|base| every_case(base, 2, 2, &hold));
    let triples = for_every_base(&documents(size - 1), &|base| every_case(base, 1, 3, &hold));
    println!(
        "{} documents of up to {size} values, 3 presets",
        documents(size).len()
    );
    println!(
        "{pairs} cases of two actions of one delta, {richer} of up to two deltas, {triples} of three actions"
    );
    for (number, seen) in RULES_SEEN.iter().enumerate().skip(1) {
        let seen = seen.load(Ordering::Relaxed);
        println!("R{number}: {seen} decisions");
        let is_unreachable = [2, 3, 4, 7].contains(&number);
        assert_eq!(seen == 0, is_unreachable, "R{number}");
    }
}

#[test]
fn every_change_of_the_small_world_is_found_done_undone_and_composed() {
    let documents = documents(size());
    let set = |from: &Value, to: &Value| diff(from, to).expect("not deep");
    let count = for_every_base(&documents, &|base| {
        for after in &documents {
            let there = set(base, after);
            assert!(
                equal(&apply(base, &there).expect("it fits"), after),
                "{base} to {after}"
            );
            assert_eq!(there.is_empty(), equal(base, after), "{base} to {after}");
            assert_eq!(
                there.normalize(base).as_ref(),
                Ok(&there),
                "{base} to {after}"
            );
            let back = invert(base, &there).expect("it fits");
            assert!(
                equal(&apply(after, &back).expect("it fits"), base),
                "{after} back to {base}"
            );
            let (mut document, mut undo) = (base.clone(), there.clone());
            undo.apply_and_invert(&mut document).expect("it fits");
            assert!(
                equal(&document, after) && undo == back,
                "{base} to {after}, and {undo:?}"
            );
            for last in &documents {
                let both = compose(base, &there, &set(after, last)).expect("they fit");
                assert!(
                    equal(&apply(base, &both).expect("it fits"), last),
                    "{base} by {after} to {last}"
                );
                assert_eq!(
                    both.normalize(base).as_ref(),
                    Ok(&both),
                    "{base} by {after} to {last}"
                );
            }
        }
        documents.len().pow(2)
    });
    println!("{count} chains of three documents");
}

#[test]
fn the_small_world_has_what_it_should() {
    let number = |size| documents(size).len();
    assert_eq!(number(1), 4);
    assert_eq!(number(2) - number(1), 12);
    // [x,y] 16, [s2] 12, {a:s2} and {b:s2} 24, {a:x,b:y} 16
    assert_eq!(number(3) - number(2), 68);
    assert!(documents(2).contains(&json!({"a": 0})));
    assert_eq!(small_world::deltas(&json!({})).len(), 3 + 6);
    for base in documents(3) {
        for set in small_world::delta_sets(&base, 2) {
            assert!(set.normalize(&base).is_ok(), "{base}");
        }
    }
}
