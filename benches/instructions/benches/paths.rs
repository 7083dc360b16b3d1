//! The hot paths, each once, under Valgrind. What is taken in and given back is dropped outside the count.

#[path = "../../workloads/mod.rs"]
mod workloads;

use deltamerge::{CheckedState, Decision, DeltaSet, Options, Undo, checksum, diff, merge_in_place};
use gungraun::prelude::*;
use serde_json::Value;
use std::hint::black_box;
use workloads::{Workload, read};

/// What making a workload has freed, the allocator sorts at the next large request; that is no part of a path.
fn settled<T>(input: T) -> T {
    drop(black_box(Vec::<u8>::with_capacity(100_000)));
    input
}

fn notebook() -> Workload {
    workloads::documents::DOCUMENTS[0].workload()
}

#[library_benchmark]
#[bench::w1(settled(workloads::w1()))]
#[bench::w2(settled(workloads::w2()))]
#[bench::w4(settled(workloads::w4()))]
#[bench::notebook(settled(notebook()))]
fn diff_documents(work: Workload) -> (Workload, DeltaSet) {
    let found = diff(black_box(&work.base), black_box(&work.afters[0]));
    (work, found.expect("a shallow document"))
}

fn with_document(work: Workload) -> (Workload, Value) {
    let document = read(&work.text);
    settled((work, document))
}

#[library_benchmark]
#[bench::w2(with_document(workloads::w2()))]
fn apply((work, mut document): (Workload, Value)) -> (Workload, Value) {
    let deltas = &work.actions[0].deltas;
    deltas
        .apply(black_box(&mut document))
        .expect("a set that fits");
    (work, document)
}

#[library_benchmark]
#[bench::w2(with_document(workloads::w2()))]
#[bench::w4(with_document(workloads::w4()))]
fn apply_and_invert((mut work, mut document): (Workload, Value)) -> (Workload, Value) {
    let deltas = &mut work.actions[0].deltas;
    deltas
        .apply_and_invert(black_box(&mut document))
        .expect("a set that fits");
    (work, document)
}

fn with_checked(work: Workload) -> (Workload, CheckedState) {
    let state = CheckedState::new(read(&work.text));
    // The checksum of the base is worked out once, and then followed.
    state.checksum();
    settled((work, state))
}

#[library_benchmark]
#[bench::w2(with_checked(workloads::w2()))]
#[bench::w4(with_checked(workloads::w4()))]
fn apply_checked((work, mut state): (Workload, CheckedState)) -> (Workload, CheckedState) {
    state
        .apply(black_box(&work.actions[0].deltas))
        .expect("a set that fits");
    black_box(state.checksum());
    (work, state)
}

#[library_benchmark]
#[bench::w1(with_document(workloads::w1()))]
#[bench::w2(with_document(workloads::w2()))]
#[bench::w4(with_document(workloads::w4()))]
#[bench::w5(with_document(workloads::w5()))]
#[bench::notebook(with_document(notebook()))]
fn merge((work, mut document): (Workload, Value)) -> (Workload, Value, Vec<Decision>) {
    let options = Options::default();
    let resolution = merge_in_place(black_box(&mut document), &work.actions, &options);
    let decisions = resolution.expect("actions that fit").decisions;
    (work, document, decisions)
}

#[library_benchmark]
#[bench::w2(with_document(workloads::w2()))]
#[bench::w4(with_document(workloads::w4()))]
#[bench::w5(with_document(workloads::w5()))]
fn merge_and_invert((mut work, mut document): (Workload, Value)) -> (Workload, Value, Undo) {
    let options = Options::default();
    let undo = deltamerge::merge_and_invert(black_box(&mut document), &mut work.actions, &options);
    (work, document, undo.expect("actions that fit"))
}

#[library_benchmark]
#[bench::w2(settled(workloads::w2()))]
fn whole_checksum(work: Workload) -> Workload {
    black_box(checksum(black_box(&work.base)));
    work
}

library_benchmark_group!(
    name = paths,
    benchmarks = [
        diff_documents,
        apply,
        apply_and_invert,
        apply_checked,
        merge,
        merge_and_invert,
        whole_checksum
    ]
);
main!(library_benchmark_groups = paths);
