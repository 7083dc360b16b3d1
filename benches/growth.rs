//! How cost grows with what it may depend on, and that it does not with the rest: `cargo bench --bench growth [PART OF A NAME]`.
//!
//! Each series is measured at several sizes. Behind the times stands the order of growth: the exponent of the power of the size
//! that fits them best. 0 is no growth, 1 is linear. What grows by more than was promised is named, and fails the run.

mod timing;
mod workloads;

use deltamerge::{
    Action, CheckedState, Delta, DeltaSet, Options, Path, checksum, diff, equal, invert, merge,
    merge_in_place,
};
use serde_json::{Map, Value, json};
use std::convert::Infallible;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;
use workloads::{Random, SCALARS, action, change_of, records, reread, w4};

fn main() -> ExitCode {
    // Cargo's own flags, such as --bench, are none of ours.
    let part = std::env::args().skip(1).find(|part| !part.starts_with('-'));
    let mut growth = Growth {
        part,
        failed: Vec::new(),
    };
    let series: [fn(&mut Growth); 10] = [
        document_size,
        deltas,
        building,
        sides,
        writers,
        depth,
        array_length,
        diff_leaves,
        diff_scattered,
        diff_changed,
    ];
    for measure in series {
        measure(&mut growth);
    }
    for line in &growth.failed {
        eprintln!("grows by more than was promised: {line}");
    }
    ExitCode::from(u8::from(!growth.failed.is_empty()))
}

struct Growth {
    part: Option<String>,
    failed: Vec<String>,
}

/// Noise, caches that a larger document leaves, and logarithms stay below this; what is quadratic is above it.
const SLACK: f64 = 0.5;

impl Growth {
    fn is_meant(&self, name: &str) -> bool {
        self.part
            .as_ref()
            .is_none_or(|part| name.contains(part.as_str()))
    }

    /// One series: at each size, what does the work so many times and tells how long that took.
    fn series(
        &mut self,
        name: &str,
        promised: f64,
        sizes: &[usize],
        mut at: impl FnMut(usize) -> Box<dyn FnMut(u64) -> Duration>,
    ) {
        if !self.is_meant(name) {
            return;
        }
        let points: Vec<(f64, f64)> = sizes
            .iter()
            .map(|size| (*size as f64, measured(&mut at(*size))))
            .collect();
        let exponent = exponent(&points);
        let mut line = format!("{name:43}");
        for (size, ns) in &points {
            line.push_str(&format!(" {size:>8}: {:9}", shown(*ns)));
        }
        line.push_str(&format!("  grows by {exponent:.2}, promised {promised:.0}"));
        println!("{line}");
        if exponent > promised + SLACK {
            self.failed.push(line);
        }
    }
}

/// The least of nine samples, each of some milliseconds: what else the machine does only adds to a time.
fn measured(sample: &mut dyn FnMut(u64) -> Duration) -> f64 {
    let [least, enough] = [3, 500].map(Duration::from_millis);
    let Ok(count) = timing::repetitions(least, enough, |count| Ok::<_, Infallible>(sample(count)));
    (0..9)
        .map(|_| sample(count).as_nanos() as f64 / count as f64)
        .fold(f64::INFINITY, f64::min)
}

/// The slope of the line through the points, both axes logarithmic, of least squares.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let mean =
        |part: fn(&(f64, f64)) -> f64| logs.iter().map(part).sum::<f64>() / logs.len() as f64;
    let (x_mean, y_mean) = (mean(|log| log.0), mean(|log| log.1));
    let both: f64 = logs.iter().map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
    let squares: f64 = logs.iter().map(|(x, _)| (x - x_mean).powi(2)).sum();
    both / squares
}

fn shown(ns: f64) -> String {
    match ns {
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        ns => format!("{:.1} ms", ns / 1e6),
    }
}

fn path(text: &str) -> Path {
    Path::parse(text).expect("a path")
}

fn merging(document: Value, actions: Vec<Action>) -> Box<dyn FnMut(u64) -> Duration> {
    let merged = merge(&document, &actions).expect("actions that fit");
    // Decisions are as many as deltas, not as pairs of them; an object that is joined has those of its members, too.
    let deltas: usize = actions.iter().map(|action| action.deltas.len()).sum();
    assert!(merged.decisions.len() <= 4 * deltas);
    let back = invert(&document, &merged.deltas).expect("a set that fits");
    let options = Options::default();
    let mut documents = [reread(&document)];
    Box::new(move |count| {
        timing::in_place(
            count,
            &mut documents,
            |document| merge_in_place(document, &actions, &options),
            |document| back.apply(document).expect("a set that fits"),
        )
    })
}

/// Two sides that meet at one in fifty of their deltas.
fn two_sides(size: usize, deltas: usize) -> Vec<Action> {
    let each = deltas / 2;
    let mut random = Random::new(deltas as u64);
    let mut places = random.pick(2 * each, size * SCALARS);
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
    vec![side(1), side(2)]
}

/// The same number of deltas, in ever larger documents.
fn document_size(growth: &mut Growth) {
    let sizes = [1_000, 10_000, 100_000];
    growth.series("merge, by document size", 0.0, &sizes, |size| {
        merging(records(size, 1), two_sides(size, 100))
    });
    growth.series("checked merge, by document size", 0.0, &sizes, |size| {
        let actions = two_sides(size, 100);
        let state = CheckedState::new(reread(&records(size, 1)));
        let merged = merge(state.state(), &actions).expect("actions that fit");
        let back = invert(state.state(), &merged.deltas).expect("a set that fits");
        let options = Options::default();
        // The checksum of the base is worked out once, and then followed.
        state.checksum();
        let mut states = [state];
        Box::new(move |count| {
            timing::in_place(
                count,
                &mut states,
                |state| state.merge(&actions, &options),
                |state| state.apply(&back).expect("a set that fits"),
            )
        })
    });
    growth.series("checksum, by document size", 1.0, &sizes, |size| {
        let document = reread(&records(size, 1));
        Box::new(move |count| timing::making(count, 1, || checksum(black_box(&document))))
    });
}

fn deltas(growth: &mut Growth) {
    for size in [10_000, 100_000] {
        let name = format!("merge into {size} records, by deltas");
        let counts = [10, 100, 1_000, 10_000];
        growth.series(&name, 1.0, &counts, |deltas| {
            merging(records(size, 1), two_sides(size, deltas))
        });
    }
}

/// A set that is not made at once.
fn building(growth: &mut Growth) {
    let counts = [100, 1_000, 10_000];
    growth.series(
        "building a set delta by delta, by deltas",
        1.0,
        &counts,
        |count| {
            let deltas = two_sides(count, 2 * count).swap_remove(0).deltas;
            Box::new(move |repetitions| {
                timing::making(repetitions, 1, || {
                    let mut set = DeltaSet::new();
                    for delta in &deltas {
                        set.extend([delta.clone()]);
                    }
                    set
                })
            })
        },
    );
}

fn sides(growth: &mut Growth) {
    let size = 10_000;
    growth.series(
        "merge of 10 deltas each, by sides",
        1.0,
        &[10, 100, 1_000],
        |count| {
            let mut random = Random::new(count as u64);
            let side = |side| {
                let places = random.pick(10, size).into_iter();
                action(side, places.map(|place| change_of(place, size, side)))
            };
            merging(records(size, 1), (0..count).map(side).collect())
        },
    );
}

/// Many sides at one place.
fn writers(growth: &mut Growth) {
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
        ("one slot", &|side| {
            vec![Delta::change(path("/hp"), side + 100)]
        }),
        ("one gap", &|side| {
            (0..4)
                .map(|nth| Delta::add(path("/log/1"), side * 10 + nth))
                .collect()
        }),
        ("one gap, equal runs", &|_| {
            (0..4).map(|nth| Delta::add(path("/log/1"), nth)).collect()
        }),
        ("one new value", &|side| {
            vec![Delta::add(path("/new"), side)]
        }),
        ("one new object", &|side| {
            vec![Delta::add(path("/new"), object(side))]
        }),
        ("one removed object", &|side| match side {
            0 => vec![Delta::remove(path("/players"))],
            side => vec![Delta::change(
                path(&format!("/players/{}", side % 64)),
                side + 100,
            )],
        }),
    ];
    let players: Map<_, _> = (0..64).map(|id| (id.to_string(), json!(id))).collect();
    let base = json!({"hp": 7, "log": ["start", "end"], "players": players});
    for (name, acts) in cases {
        let name = format!("merge at {name}, by sides");
        growth.series(&name, 1.0, &[64, 256, 1_024, 4_096], |writers| {
            let actions = (0..writers).map(|side| action(side, acts(side))).collect();
            merging(base.clone(), actions)
        });
    }
}

/// Ten changes at the bottom of ever deeper objects.
fn depth(growth: &mut Growth) {
    let nested = |depth: usize, leaves: Value| {
        (1..depth).fold(leaves, |inner, _| json!({"a": inner, "b": 1}))
    };
    let leaves = |value: usize| -> Value {
        let leaves = (0..20).map(|leaf| (format!("leaf{leaf}"), json!(value)));
        Value::Object(leaves.collect())
    };
    let depths = [4, 16, 64, 120];
    growth.series("merge of 20 deltas, by depth", 1.0, &depths, |depth| {
        let side = |side: usize| {
            let place = |leaf| path(&format!("{}/leaf{leaf}", "/a".repeat(depth - 1)));
            let changes = (0..10).map(|nth| Delta::change(place(nth + 9 * side - 9), side));
            action(side, changes)
        };
        merging(nested(depth, leaves(0)), vec![side(1), side(2)])
    });
    growth.series("diff, by depth", 1.0, &depths, |depth| {
        diffing(
            &nested(depth, leaves(0)),
            &nested(depth, leaves(1)),
            Some(20),
        )
    });
}

/// One element in front of an array: all behind it move.
fn array_length(growth: &mut Growth) {
    let lengths = [1_000, 10_000, 100_000];
    growth.series(
        "merge of 2 in front, by array length",
        1.0,
        &lengths,
        |length| {
            let side = |side| action(side, [Delta::add(path("/0"), side)]);
            merging(Value::Array(numbers(0..length)), vec![side(1), side(2)])
        },
    );
    growth.series(
        "merge of 2 changes, by array length",
        0.0,
        &lengths,
        |length| {
            let side = |side| action(side, [Delta::change(path(&format!("/{side}")), 7 + side)]);
            merging(Value::Array(numbers(0..length)), vec![side(1), side(2)])
        },
    );
    growth.series(
        "diff of 1 in front, by array length",
        1.0,
        &lengths,
        |length| {
            let after = numbers(std::iter::once(length).chain(0..length));
            diffing(
                &Value::Array(numbers(0..length)),
                &Value::Array(after),
                Some(1),
            )
        },
    );
}

fn diffing(before: &Value, after: &Value, edits: Option<usize>) -> Box<dyn FnMut(u64) -> Duration> {
    let (before, after) = (reread(before), reread(after));
    let deltas = diff(&before, &after).expect("a shallow document");
    let mut state = before.clone();
    deltas.apply(&mut state).expect("a set that fits");
    assert!(equal(&state, &after));
    if let Some(edits) = edits {
        let found = deltas.len();
        assert!(found.abs_diff(edits) * 10 <= edits, "{found} deltas");
    }
    Box::new(move |count| timing::making(count, 1, || diff(black_box(&before), black_box(&after))))
}

/// Ten changes in an object of ever more leaves.
fn diff_leaves(growth: &mut Growth) {
    growth.series(
        "diff of 10 changes, by leaves",
        1.0,
        &[1_000, 10_000, 100_000, 1_000_000],
        |leaves| {
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
            diffing(&named(&before), &named(&after), Some(10))
        },
    );
}

/// Ever more of one array edited, all over it.
fn diff_scattered(growth: &mut Growth) {
    let work = w4();
    let items = |document: &Value| document.as_array().expect("an array").clone();
    let (before, after) = (items(&work.base), items(&work.afters[0]));
    let lengths = [1_250, 2_500, 5_000, 9_900];
    growth.series(
        "diff all over an array, by length",
        1.0,
        &lengths,
        |length| {
            diffing(
                &before[..length].to_vec().into(),
                &after[..length].to_vec().into(),
                None,
            )
        },
    );
    let texts = |items: &[Value]| -> Value { items.iter().map(Value::to_string).collect() };
    growth.series(
        "diff all over an array of strings",
        1.0,
        &lengths,
        |length| diffing(&texts(&before[..length]), &texts(&after[..length]), None),
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
fn diff_changed(growth: &mut Growth) {
    let cases: [(&str, Makes); 8] = [
        ("all new", |_, size| {
            (numbers(0..size), numbers(size..2 * size))
        }),
        ("few values", |random, size| {
            let mut array = || numbers((0..size).map(|_| random.below(4)));
            (array(), array())
        }),
        ("few objects", |random, size| {
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
        ("each edited", |_, size| {
            (objects(1..=size, 1), objects(1..=size, 2))
        }),
        ("each edited, one in front", |_, size| {
            (objects(1..=size, 1), objects(0..=size, 2))
        }),
        ("each edited, without ids", |_, size| {
            (without_ids(size, 1), without_ids(size + 1, 2))
        }),
    ];
    for (name, make) in cases {
        let name = format!("diff of an array, {name}");
        growth.series(&name, 1.0, &[1_000, 10_000, 100_000], |size| {
            let (before, after) = make(&mut Random::new(size as u64), size);
            diffing(&Value::Array(before), &Value::Array(after), None)
        });
    }
}
