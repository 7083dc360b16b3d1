//! How cost grows with what it may depend on, and that it does not with the rest: `cargo bench --bench growth`.
//!
//! The last part of a name is the size that grows.

mod measure;
mod workloads;

use criterion::{BenchmarkId, Criterion};
use deltamerge::{Action, Delta, Options, Path, diff, equal, invert, merge, merge_in_place};
use measure::in_place;
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Duration;
use workloads::{Random, action, change_of, records, reread, w4};

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400))
        .nresamples(1_000)
        .without_plots()
        .configure_from_args();
    merge_deltas(&mut criterion);
    merge_meetings(&mut criterion);
    diff_leaves(&mut criterion);
    diff_scattered(&mut criterion);
    diff_changed(&mut criterion);
    criterion.final_summary();
}

fn bench_merge(
    criterion: &mut Criterion,
    group: &str,
    id: BenchmarkId,
    documents: &mut [Value],
    actions: &[Action],
) {
    let merged = merge(&documents[0], actions).expect("actions that fit");
    let back = invert(&documents[0], &merged.deltas).expect("a set that fits");
    let options = Options::default();
    let mut group = criterion.benchmark_group(group);
    group.bench_function(id, |bencher| {
        in_place(
            bencher,
            documents,
            |document| merge_in_place(document, actions, &options),
            |document| back.apply(document).expect("a set that fits"),
        );
    });
    group.finish();
}

/// Deltas in all, on documents of several sizes: two sides that meet at one in fifty of their deltas.
fn merge_deltas(criterion: &mut Criterion) {
    for size in [1_000, 10_000, 100_000] {
        let mut documents = [reread(&records(size, 1))];
        for deltas in [10, 100, 1_000, 10_000, 100_000]
            .into_iter()
            .filter(|count| *count <= size)
        {
            let each = deltas / 2;
            let mut random = Random::new(deltas as u64);
            let mut places = random.pick(2 * each, size * workloads::SCALARS);
            for meeting in 0..each / 50 {
                places[each + meeting * 50] = places[meeting * 50];
            }
            let side = |side: usize| {
                let places = &places[(side - 1) * each..side * each];
                action(
                    side,
                    places.iter().map(|place| change_of(*place, size, side)),
                )
            };
            let id = BenchmarkId::new(format!("records-{size}"), deltas);
            bench_merge(
                criterion,
                "merge-deltas",
                id,
                &mut documents,
                &[side(1), side(2)],
            );
        }
        for count in [10, 100, 1_000]
            .into_iter()
            .filter(|count| count * 10 <= size)
        {
            let mut random = Random::new(count as u64);
            let actions: Vec<_> = (0..count)
                .map(|side| {
                    let places = random.pick(10, size);
                    action(
                        side,
                        places.into_iter().map(|place| change_of(place, size, side)),
                    )
                })
                .collect();
            let id = BenchmarkId::new(format!("records-{size}"), count);
            bench_merge(
                criterion,
                "merge-actions-of-10",
                id,
                &mut documents,
                &actions,
            );
        }
    }
}

/// Many actors at one place.
fn merge_meetings(criterion: &mut Criterion) {
    let path = |text: &str| Path::parse(text).expect("a path");
    let object = |side: usize| {
        let own = |part: &str| (format!("{part}{side}"), json!(side));
        Value::Object(
            [own("a"), own("b"), ("at".to_owned(), json!(side))]
                .into_iter()
                .collect(),
        )
    };
    type Acts<'a> = &'a dyn Fn(usize) -> Vec<Delta>;
    let cases: [(&str, Acts<'_>); 6] = [
        ("one-slot", &|side| {
            vec![Delta::change(path("/hp"), side + 100)]
        }),
        ("one-gap", &|side| {
            (0..4)
                .map(|nth| Delta::add(path("/log/1"), side * 10 + nth))
                .collect()
        }),
        ("one-gap-equal-runs", &|_| {
            (0..4).map(|nth| Delta::add(path("/log/1"), nth)).collect()
        }),
        ("one-new-value", &|side| {
            vec![Delta::add(path("/new"), side)]
        }),
        ("one-new-object", &|side| {
            vec![Delta::add(path("/new"), object(side))]
        }),
        ("one-removed-object", &|side| match side {
            0 => vec![Delta::remove(path("/players"))],
            side => vec![Delta::change(
                path(&format!("/players/{}", side % 64)),
                side + 100,
            )],
        }),
    ];
    let players: serde_json::Map<_, _> = (0..64).map(|id| (id.to_string(), json!(id))).collect();
    let base = json!({"hp": 7, "log": ["start", "end"], "players": players});
    for (name, acts) in cases {
        for writers in [64, 256, 1_024, 4_096] {
            let actions: Vec<_> = (0..writers).map(|side| action(side, acts(side))).collect();
            let merged = merge(&base, &actions).expect("actions that fit");
            // Decisions are as many as deltas, not as pairs of them; an object that is joined has those of its members, too.
            assert!(merged.decisions.len() <= 4 * writers);
            let mut documents = [reread(&base)];
            let id = BenchmarkId::new(name, writers);
            bench_merge(criterion, "merge-writers", id, &mut documents, &actions);
        }
    }
}

/// Ten changes in an object of ever more leaves.
fn diff_leaves(criterion: &mut Criterion) {
    for leaves in [1_000, 10_000, 100_000, 1_000_000] {
        let mut random = Random::new(leaves as u64);
        let before: Vec<Vec<usize>> = (0..leaves / 10)
            .map(|_| (0..10).map(|_| random.below(1_000)).collect())
            .collect();
        let named = |values: &[Vec<usize>]| {
            let name = |(index, leaves): (usize, &Vec<usize>)| {
                let leaves = leaves.iter().enumerate();
                let leaves = leaves.map(|(leaf, value)| (format!("leaf{leaf}"), json!(value)));
                (format!("group{index}"), Value::Object(leaves.collect()))
            };
            Value::Object(values.iter().enumerate().map(name).collect())
        };
        let mut after = before.clone();
        for group in random.pick(10, leaves / 10) {
            after[group][random.below(10)] += 1_000;
        }
        let (before, after) = (reread(&named(&before)), reread(&named(&after)));
        bench_diff(
            criterion,
            "diff-leaves",
            "objects",
            leaves,
            &before,
            &after,
            Some(10),
        );
    }
}

fn bench_diff(
    criterion: &mut Criterion,
    group: &str,
    name: &str,
    size: usize,
    before: &Value,
    after: &Value,
    edits: Option<usize>,
) {
    let deltas = diff(before, after).expect("a shallow document");
    let mut state = reread(before);
    deltas.apply(&mut state).expect("a set that fits");
    assert!(equal(&state, after));
    if let Some(edits) = edits {
        assert!(
            deltas.len().abs_diff(edits) * 10 <= edits,
            "{} deltas",
            deltas.len()
        );
    }
    let same = reread(before);
    let mut group = criterion.benchmark_group(group);
    group.bench_function(BenchmarkId::new(name, size), |bencher| {
        bencher.iter(|| diff(black_box(before), black_box(after)));
    });
    group.bench_function(
        BenchmarkId::new(format!("{name}-limit-compare"), size),
        |bencher| {
            bencher.iter(|| black_box(before) == black_box(&same));
        },
    );
    group.finish();
}

/// Edits all over an array.
fn diff_scattered(criterion: &mut Criterion) {
    let work = w4();
    let edits = Some(3 * workloads::W4_OF_EACH);
    let size = workloads::W4_ELEMENTS;
    bench_diff(
        criterion,
        "diff-scattered",
        "elements",
        size,
        &work.base,
        &work.afters[0],
        edits,
    );
    let scalars = |document: &Value| {
        let items = document.as_array().expect("an array");
        reread(&items.iter().map(Value::to_string).collect())
    };
    let (before, after) = (scalars(&work.base), scalars(&work.afters[0]));
    bench_diff(
        criterion,
        "diff-scattered",
        "strings",
        size,
        &before,
        &after,
        edits,
    );
}

/// Two arrays of some size.
type Makes = fn(&mut Random, usize) -> (Vec<Value>, Vec<Value>);

fn numbers(numbers: impl IntoIterator<Item = usize>) -> Vec<Value> {
    numbers.into_iter().map(Value::from).collect()
}

fn objects(ids: impl IntoIterator<Item = usize>, at: usize) -> Vec<Value> {
    let object = |id| json!({"id": id, "at": at, "kind": "thing"});
    ids.into_iter().map(object).collect()
}

fn without_ids(count: usize, at: usize) -> Vec<Value> {
    (0..count)
        .map(|_| json!({"at": at, "kind": "thing"}))
        .collect()
}

/// Arrays of which little or nothing stayed.
fn diff_changed(criterion: &mut Criterion) {
    let cases: [(&str, Makes); 8] = [
        ("all-new", |_, size| {
            (numbers(0..size), numbers(size..2 * size))
        }),
        ("few-values", |random, size| {
            let mut array = || numbers((0..size).map(|_| random.below(4)));
            (array(), array())
        }),
        ("few-objects", |random, size| {
            let mut array = || {
                (0..size)
                    .map(|_| json!({"kind": random.below(4), "on": true}))
                    .collect()
            };
            (array(), array())
        }),
        ("reversed", |_, size| {
            (numbers(0..size), numbers((0..size).rev()))
        }),
        ("shuffled", |random, size| {
            (numbers(0..size), numbers(random.pick(size, size)))
        }),
        ("each-edited", |_, size| {
            (objects(1..=size, 1), objects(1..=size, 2))
        }),
        ("each-edited-one-in-front", |_, size| {
            (objects(1..=size, 1), objects(0..=size, 2))
        }),
        ("each-edited-no-ids-one-in-front", |_, size| {
            (without_ids(size, 1), without_ids(size + 1, 2))
        }),
    ];
    for (name, make) in cases {
        for size in [1_000, 10_000, 100_000] {
            let (before, after) = make(&mut Random::new(size as u64), size);
            let (before, after) = (reread(&Value::Array(before)), reread(&Value::Array(after)));
            bench_diff(criterion, "diff-changed", name, size, &before, &after, None);
        }
    }
}
