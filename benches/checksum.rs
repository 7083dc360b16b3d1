//! A checksum that follows its document, beside the same edit without one: `cargo bench --bench checksum`.
//!
//! A group is an edit of a document of some size, so that within a group times can be divided by each other, and the same
//! edit compared from size to size.

mod measure;
mod timing;
mod workloads;

use criterion::{BenchmarkId, Criterion};
use deltamerge::{
    CheckedState, Delta, DeltaSet, Options, Path, checksum, equal, invert, merge, merge_in_place,
};
use measure::in_place;
use serde_json::{Value, json};
use std::time::Duration;
use workloads::{Random, action, change_of, records, reread};

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .nresamples(1_000)
        .without_plots()
        .configure_from_args();
    // Some 100 bytes a record: from 100 KB to 10 MB.
    for size in [1_000, 10_000, 100_000] {
        let object = reread(&records(size, 1));
        let array = reread(&json!({"list": rows(size)}));
        bench_apply(&mut criterion, "members", size, &object, &members(size));
        bench_apply(&mut criterion, "deep-in-array", size, &array, &deep(size));
        bench_apply(&mut criterion, "append", size, &array, &append());
        bench_apply(&mut criterion, "shift", size, &array, &shift());
        bench_merge(&mut criterion, size, &object);
    }
    criterion.final_summary();
}

fn rows(count: usize) -> Value {
    let row = |id: usize| {
        json!({
            "id": id,
            "name": format!("name of {id:08}"),
            "at": {"pos": [id % 640, id % 480], "seen": {"day": id % 365, "by": "the guard"}},
            "up": id.is_multiple_of(2),
        })
    };
    (0..count).map(row).collect()
}

fn path(text: &str) -> Path {
    Path::parse(text).expect("a path")
}

fn places(size: usize) -> Vec<usize> {
    let mut places = Random::new(7).pick(10, size);
    places.sort_unstable();
    places
}

fn members(size: usize) -> DeltaSet {
    let changes = places(size).into_iter();
    changes.map(|place| change_of(place, size, 1)).collect()
}

fn deep(size: usize) -> DeltaSet {
    let change = |place| Delta::change(path(&format!("/list/{place}/at/seen/day")), 1000);
    places(size).into_iter().map(change).collect()
}

fn append() -> DeltaSet {
    DeltaSet::from_iter([Delta::add(path("/list/-"), json!({"id": 1, "name": "new"}))])
}

fn shift() -> DeltaSet {
    DeltaSet::from_iter([Delta::add(path("/list/0"), json!({"id": 1, "name": "new"}))])
}

fn bench_apply(criterion: &mut Criterion, name: &str, size: usize, base: &Value, set: &DeltaSet) {
    let set = set.normalize(base).expect("a set that fits");
    let back = invert(base, &set).expect("a set that fits");
    let mut group = criterion.benchmark_group(format!("apply-{name}/{size}"));
    let mut plain = [reread(base)];
    group.bench_function(BenchmarkId::from_parameter("alone"), |bencher| {
        in_place(
            bencher,
            &mut plain,
            |document| set.apply(document),
            |document| back.apply(document).expect("a set that fits"),
        );
    });
    let mut checked = [CheckedState::new(reread(base))];
    group.bench_function(BenchmarkId::from_parameter("checked"), |bencher| {
        in_place(
            bencher,
            &mut checked,
            |document| document.apply(&set),
            |document| document.apply(&back).expect("a set that fits"),
        );
    });
    group.finish();
    assert!(equal(&plain[0], base));
    assert!(checked[0].verify() && checked[0].checksum() == checksum(base));
}

fn bench_merge(criterion: &mut Criterion, size: usize, base: &Value) {
    let mut random = Random::new(9);
    let mut side = |side: usize| {
        let places = random.pick(10, size);
        action(
            side,
            places.into_iter().map(|place| change_of(place, size, side)),
        )
    };
    let actions = [side(1), side(2)];
    let merged = merge(base, &actions).expect("actions that fit");
    let back = invert(base, &merged.deltas).expect("a set that fits");
    let options = Options::default();
    let mut group = criterion.benchmark_group(format!("merge-members/{size}"));
    let mut plain = [reread(base)];
    group.bench_function(BenchmarkId::from_parameter("alone"), |bencher| {
        in_place(
            bencher,
            &mut plain,
            |document| merge_in_place(document, &actions, &options),
            |document| back.apply(document).expect("a set that fits"),
        );
    });
    let mut checked = [CheckedState::new(reread(base))];
    group.bench_function(BenchmarkId::from_parameter("checked"), |bencher| {
        in_place(
            bencher,
            &mut checked,
            |document| document.merge(&actions, &options),
            |document| document.apply(&back).expect("a set that fits"),
        );
    });
    group.finish();
}
