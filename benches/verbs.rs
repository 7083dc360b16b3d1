//! Each verb beside its limit, what no implementation can do without, and beside json-patch: `cargo bench --bench verbs`.
//!
//! A group is a workload and a verb, so within a group times can be divided by each other.

mod measure;
#[path = "workloads/patches.rs"]
mod patches;
mod timing;
mod workloads;

use criterion::{BatchSize, BenchmarkGroup, Criterion, measurement::WallTime};
use deltamerge::{
    Action, DeltaSet, Options, Resolution, checksum, diff, equal, invert, merge, merge_and_invert,
    merge_in_place,
};
use json_patch::{PatchError, PatchOperation, patch_unsafe};
use md5::{Digest, Md5};
use measure::{in_place, making, settle};
use patches::{first_patch, patches};
use serde_json::Value;
use std::hint::black_box;
use std::time::Duration;
use workloads::limits::{look_up, lookups, walk};
use workloads::{Workload, read};
use xxhash_rust::xxh3::xxh3_128;

type Group<'c> = BenchmarkGroup<'c, WallTime>;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(150))
        .measurement_time(Duration::from_millis(600))
        .nresamples(1_000)
        .without_plots()
        .configure_from_args();
    for (_, make) in workloads::all() {
        let work = make();
        let mut group = |verb: &str, bench: fn(&mut Group<'_>, &Workload)| {
            let mut group = criterion.benchmark_group(format!("{}/{verb}", work.name));
            if work.text.len() > 1_000_000 {
                group.sample_size(10);
            }
            bench(&mut group, &work);
            group.finish();
        };
        if work.actions.len() == 2 {
            group("diff", bench_diff);
            group("apply", bench_apply);
            group("checksum", bench_checksum);
        }
        group("merge_in_place", bench_merge_in_place);
        group("merge_in_place-fresh", bench_merge_in_place_fresh);
        group("merge", bench_merge);
        if work.actions.len() == 2 {
            group("merge_state", bench_merge_state);
        }
    }
    criterion.final_summary();
}

/// So many copies are worked on in turn that reading the clock costs nothing beside it.
fn copies(work: &Workload) -> Vec<Value> {
    work.copies((200_000 / work.text.len()).clamp(1, 64))
}

fn bench_diff(group: &mut Group<'_>, work: &Workload) {
    let (before, after) = (&work.base, &work.afters[0]);
    let same = read(&work.text);
    if work.name == "W4" {
        let deltas = diff(before, after).expect("a shallow document").len();
        let edits = 3 * workloads::W4_OF_EACH;
        assert!(deltas.abs_diff(edits) * 10 <= edits, "{deltas} deltas");
    }
    group.bench_function("deltamerge", |bencher| {
        bencher.iter(|| diff(black_box(before), black_box(after)));
    });
    group.bench_function("limit-compare", |bencher| {
        bencher.iter(|| black_box(before) == black_box(&same));
    });
    group.bench_function("json-patch", |bencher| {
        bencher.iter(|| json_patch::diff(black_box(before), black_box(after)));
    });
}

fn bench_apply(group: &mut Group<'_>, work: &Workload) {
    let deltas = &work.actions[0].deltas;
    let back = invert(&work.base, deltas).expect("a set that fits");
    let patch = first_patch(work);
    let places = lookups(&work.base, deltas.iter());
    let mut documents = copies(work);
    let undo = |document: &mut Value| back.apply(document).expect("a set that fits");
    group.bench_function("deltamerge", |bencher| {
        let given = documents
            .iter_mut()
            .map(|document| (document, deltas.clone()));
        in_place(
            bencher,
            &mut given.collect::<Vec<_>>(),
            |(document, deltas)| deltas.apply_and_invert(document),
            |(document, deltas)| deltas.apply_and_invert(document).expect("an undo"),
        );
    });
    group.bench_function("deltamerge-keep", |bencher| {
        in_place(
            bencher,
            &mut documents,
            |document| deltas.apply(document),
            undo,
        );
    });
    group.bench_function("limit-lookups", |bencher| {
        bencher.iter(|| look_up(black_box(&work.base), &places));
    });
    group.bench_function("json-patch", |bencher| {
        in_place(
            bencher,
            &mut documents,
            |document| patch_unsafe(document, &patch),
            undo,
        );
    });
    assert!(equal(&documents[0], &work.base));
}

/// One patch after the other, as if nobody else had done anything.
fn apply_blindly(document: &mut Value, patches: &[Vec<PatchOperation>]) -> Result<(), PatchError> {
    patches
        .iter()
        .try_for_each(|patch| patch_unsafe(document, patch))
}

/// The patches, and what undoes them; nothing where the second does not happen to fit.
fn blind_patches(work: &Workload) -> Option<(Vec<Vec<PatchOperation>>, DeltaSet)> {
    let patches = patches(work);
    let mut patched = read(&work.text);
    apply_blindly(&mut patched, &patches).ok()?;
    let back = diff(&patched, &work.base).expect("a shallow document");
    Some((patches, back))
}

fn bench_merge_in_place(group: &mut Group<'_>, work: &Workload) {
    let options = Options::default();
    let merged = merge(&work.base, &work.actions).expect("actions that fit");
    let back = invert(&work.base, &merged.deltas).expect("a set that fits");
    let places = work.lookups();
    let mut documents = copies(work);
    group.bench_function("deltamerge", |bencher| {
        in_place(
            bencher,
            &mut documents,
            |document| merge_in_place(document, &work.actions, &options),
            |document| back.apply(document).expect("a set that fits"),
        );
    });
    group.bench_function("deltamerge-given", |bencher| {
        let given = documents
            .iter_mut()
            .map(|document| (document, work.actions.clone()));
        in_place(
            bencher,
            &mut given.collect::<Vec<_>>(),
            |(document, actions)| merge_and_invert(document, actions, &options),
            |(document, actions)| {
                back.apply(document).expect("a set that fits");
                actions.extend_from_slice(&work.actions);
            },
        );
    });
    group.bench_function("limit-lookups", |bencher| {
        bencher.iter(|| look_up(black_box(&work.base), &places));
    });
    if let Some((patches, back)) = blind_patches(work) {
        group.bench_function("json-patch-blind", |bencher| {
            in_place(
                bencher,
                &mut documents,
                |document| apply_blindly(document, &patches),
                |document| back.apply(document).expect("a set that fits"),
            );
        });
    }
    assert!(equal(&documents[0], &work.base));
}

/// As above on documents that were just copied, so that nothing about them is at hand.
fn bench_merge_in_place_fresh(group: &mut Group<'_>, work: &Workload) {
    let options = Options::default();
    let pins = settle(&work.base);
    let fresh = || work.base.clone();
    group.bench_function("deltamerge", |bencher| {
        bencher.iter_batched_ref(
            fresh,
            |document| merge_in_place(document, &work.actions, &options),
            BatchSize::PerIteration,
        );
    });
    if let Some((patches, _)) = blind_patches(work) {
        group.bench_function("json-patch-blind", |bencher| {
            bencher.iter_batched_ref(
                fresh,
                |document| apply_blindly(document, &patches),
                BatchSize::PerIteration,
            );
        });
    }
    drop(pins);
}

fn bench_merge(group: &mut Group<'_>, work: &Workload) {
    let pins = settle(&work.base);
    group.bench_function("deltamerge", |bencher| {
        making(bencher, || merge(black_box(&work.base), &work.actions));
    });
    group.bench_function("limit-clone", |bencher| {
        making(bencher, || black_box(&work.base).clone());
    });
    if let Some((patches, _)) = blind_patches(work) {
        group.bench_function("json-patch-blind", |bencher| {
            making(bencher, || {
                let mut document = black_box(&work.base).clone();
                apply_blindly(&mut document, &patches).map(|()| document)
            });
        });
    }
    drop(pins);
}

/// The merged document from three documents: two comparisons tell no less than where both sides changed something.
fn bench_merge_state(group: &mut Group<'_>, work: &Workload) {
    let options = Options::default();
    let merged = merge(&work.base, &work.actions).expect("actions that fit");
    let back = invert(&work.base, &merged.deltas).expect("a set that fits");
    let found = |base: &Value| {
        let action = |(after, counter): (&Value, u64)| {
            let deltas = diff(black_box(base), black_box(after)).expect("a shallow document");
            Action::new((counter, "side"), deltas)
        };
        [(&work.afters[0], 1), (&work.afters[1], 2)].map(action)
    };
    let mut documents = copies(work);
    group.bench_function("deltamerge", |bencher| {
        in_place(
            bencher,
            &mut documents,
            |base| merge_in_place(base, &found(base), &options).map(Resolution::into_parts),
            |base| back.apply(base).expect("a set that fits"),
        );
    });
    let pins = settle(&work.base);
    group.bench_function("deltamerge-keep", |bencher| {
        making(bencher, || merge(&work.base, &found(&work.base)));
    });
    drop(pins);
    let same = [read(&work.text), read(&work.text)];
    group.bench_function("limit-two-comparisons", |bencher| {
        bencher.iter(|| {
            same.iter()
                .filter(|same| black_box(&work.base) == black_box(*same))
                .count()
        });
    });
    assert!(equal(&documents[0], &work.base));
}

fn bench_checksum(group: &mut Group<'_>, work: &Workload) {
    let document = &work.base;
    group.bench_function("deltamerge", |bencher| {
        bencher.iter(|| checksum(black_box(document)));
    });
    group.bench_function("limit-walk", |bencher| {
        bencher.iter(|| walk(black_box(document)));
    });
    group.bench_function("text-xxh3", |bencher| {
        bencher.iter(|| {
            let text = serde_json::to_vec(black_box(document)).expect("JSON");
            xxh3_128(&text)
        });
    });
    group.bench_function("text-md5", |bencher| {
        bencher.iter(|| {
            let text = serde_json::to_vec(black_box(document)).expect("JSON");
            Md5::digest(&text)
        });
    });
}
