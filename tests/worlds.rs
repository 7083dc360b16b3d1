//! Small worlds, exhaustively: every document up to a size, every single delta on it and some pairs, every two and three of these as
//! concurrent actions in every order of stamps, under every preset.
//!
//! The everyday world is small. `DELTAMERGE_WORLD=3 cargo test --release --test worlds -- --nocapture` goes further, in minutes, and
//! says how many cases there were, and how often each rule decided.

mod common;

use common::generate::Case;
use common::laws::{LAWS_OF_CASES, RULES_SEEN};
use common::model::merge::{Action, Rules};
use common::model::{Delta, Op, wire};
use deltamerge::{DeltaSet, apply, compose, diff, equal, invert};
use serde_json::{Map, Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How large documents are, counted in values.
fn size() -> usize {
    let size = std::env::var("DELTAMERGE_WORLD").ok();
    size.map_or(2, |size| {
        size.parse().expect("DELTAMERGE_WORLD is a number")
    })
}

/// Every document of exactly `size` values, with the members a and b.
fn documents_of(size: usize) -> Vec<Value> {
    if size == 1 {
        return vec![json!(0), json!(1), json!([]), json!({})];
    }
    let mut documents = Vec::new();
    for parts in splits(size - 1) {
        let each: Vec<Vec<Value>> = parts.iter().map(|part| documents_of(*part)).collect();
        for items in choices(&each) {
            if let [item] = &items[..] {
                documents.push(json!({ "a": item }));
                documents.push(json!({ "b": item }));
            } else if let [a, b] = &items[..] {
                documents.push(json!({ "a": a, "b": b }));
            }
            documents.push(Value::Array(items));
        }
    }
    documents
}

fn documents(size: usize) -> Vec<Value> {
    (1..=size).flat_map(documents_of).collect()
}

/// The ways to split a number into one or more, in order.
fn splits(number: usize) -> Vec<Vec<usize>> {
    let further = |first: usize| {
        let rest = splits(number - first).into_iter();
        rest.map(move |rest| [vec![first], rest].concat())
    };
    let mut all: Vec<_> = (1..number).flat_map(further).collect();
    all.push(vec![number]);
    all
}

/// One of each, in every way.
fn choices(each: &[Vec<Value>]) -> Vec<Vec<Value>> {
    let Some((first, rest)) = each.split_first() else {
        return vec![Vec::new()];
    };
    let rest = choices(rest);
    let with = |one: &Value| {
        rest.iter()
            .map(|rest| [vec![one.clone()], rest.clone()].concat())
            .collect::<Vec<_>>()
    };
    first.iter().flat_map(with).collect()
}

/// Every single delta that fits, with a few values to write.
fn deltas(base: &Value) -> Vec<Delta> {
    fn walk(path: &mut Vec<String>, value: &Value, all: &mut Vec<Delta>) {
        let mut say = |path: &[String], op: Op| {
            all.push(Delta {
                path: path.to_vec(),
                op,
            })
        };
        for new in [json!(1), json!([1]), json!({"a": 1})] {
            say(path, Op::Change(new));
        }
        if !path.is_empty() {
            say(path, Op::Remove);
        }
        let parts: Vec<(String, &Value)> = match value {
            Value::Object(members) => members
                .iter()
                .map(|(name, member)| (name.clone(), member))
                .collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (index.to_string(), item))
                .collect(),
            _ => Vec::new(),
        };
        let gaps = match value {
            Value::Array(items) => (0..=items.len()).map(|gap| gap.to_string()).collect(),
            Value::Object(members) => ["a", "b"]
                .into_iter()
                .filter(|name| !members.contains_key(*name))
                .map(String::from)
                .collect(),
            _ => Vec::new(),
        };
        for gap in gaps {
            path.push(gap);
            for new in [json!(1), json!({"a": 1})] {
                all.push(Delta {
                    path: path.clone(),
                    op: Op::Add(new),
                });
            }
            path.pop();
        }
        for (token, part) in parts {
            path.push(token);
            walk(path, part, all);
            path.pop();
        }
    }
    let mut all = Vec::new();
    walk(&mut Vec::new(), base, &mut all);
    all
}

/// The sets of one delta, and of two that fit together.
fn sets(base: &Value, most: usize) -> Vec<Vec<Delta>> {
    let single = deltas(base);
    let mut sets: Vec<Vec<Delta>> = single.iter().map(|delta| vec![delta.clone()]).collect();
    if most > 1 {
        let pairs = single.iter().enumerate().flat_map(|(k, one)| {
            single[k..]
                .iter()
                .map(move |two| vec![one.clone(), two.clone()])
        });
        let library = |set: &Vec<Delta>| {
            serde_json::from_value::<DeltaSet>(wire(set)).expect("the model's sets can be read")
        };
        sets.extend(pairs.filter(|set| library(set).normalize(base).is_ok()));
    }
    sets
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

/// Every way to choose `count` sets as actions with the stamps 1, 2 …: the order of stamps is the order of choice.
fn every_case(
    base: &Value,
    sets: &[Vec<Delta>],
    count: u32,
    check: &(dyn Fn(&Case) + Sync),
) -> usize {
    let total = sets.len().pow(count);
    for rules in presets() {
        for number in 0..total {
            let chosen = (0..count).map(|k| &sets[number / sets.len().pow(k) % sets.len()]);
            let actions = (1..).zip(chosen).map(|(counter, set)| Action {
                stamp: (counter, "ann".to_owned()),
                deltas: set.clone(),
            });
            let actions = actions.collect();
            check(&Case {
                base: base.clone(),
                actions,
                rules: rules.clone(),
            });
        }
    }
    total * 3
}

/// Shares the bases out to the cores.
fn for_every_base(bases: &[Value], work: &(dyn Fn(&Value) -> usize + Sync)) -> usize {
    let next = AtomicUsize::new(0);
    let count = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(base) = bases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    count.fetch_add(work(base), Ordering::Relaxed);
                }
            });
        }
    });
    count.into_inner()
}

#[test]
fn every_two_and_three_actions_of_the_small_world_obey_the_laws() {
    let size = size();
    let pairs = for_every_base(&documents(size), &|base| {
        every_case(base, &sets(base, 1), 2, &hold)
    });
    let richer = for_every_base(&documents(size - 1), &|base| {
        every_case(base, &sets(base, 2), 2, &hold)
    });
    let triples = for_every_base(&documents(size - 1), &|base| {
        every_case(base, &sets(base, 1), 3, &hold)
    });
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
fn the_small_world_has_the_documents_that_it_should() {
    assert_eq!(documents_of(1).len(), 4);
    assert_eq!(documents_of(2).len(), 12);
    // [x,y] 16, [s2] 12, {a:s2} and {b:s2} 24, {a:x,b:y} 16
    assert_eq!(documents_of(3).len(), 68);
    assert_eq!(deltas(&json!({})).len(), 3 + 4);
    assert!(documents(2).contains(&Value::Object(Map::from_iter([("a".to_owned(), json!(0))]))));
}
