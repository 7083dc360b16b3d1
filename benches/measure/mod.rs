//! How criterion takes the time of work on documents.

#![allow(dead_code, reason = "each bench uses its own part")]

use criterion::Bencher;
use serde_json::Value;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Times `act` on documents, each of which `undo` brings back, outside the time that is taken.
pub(crate) fn in_place<D, R>(
    bencher: &mut Bencher<'_>,
    documents: &mut [D],
    mut act: impl FnMut(&mut D) -> R,
    mut undo: impl FnMut(&mut D),
) {
    bencher.iter_custom(|iterations| {
        let mut spent = Duration::ZERO;
        let mut left = usize::try_from(iterations).expect("few iterations");
        while left > 0 {
            let batch = left.min(documents.len());
            let start = Instant::now();
            for document in &mut documents[..batch] {
                black_box(act(document));
            }
            spent += start.elapsed();
            documents[..batch].iter_mut().for_each(&mut undo);
            left -= batch;
        }
        spent
    });
}

/// Times `make` without the dropping of what it gives, one result at a time, so that each is made from the memory of the
/// one before.
pub(crate) fn making<R>(bencher: &mut Bencher<'_>, mut make: impl FnMut() -> R) {
    bencher.iter_custom(|iterations| {
        let mut spent = Duration::ZERO;
        for _ in 0..iterations {
            let start = Instant::now();
            let made = black_box(make());
            spent += start.elapsed();
            drop(made);
        }
        spent
    });
}

/// Memory for several copies of a document that stays with the allocator until what is returned is dropped. Without it,
/// whether memory comes from the system anew each time is up to what happens to lie at the end of the heap.
#[must_use]
pub(crate) fn settle(document: &Value) -> Vec<String> {
    let copies: Vec<Value> = (0..3).map(|_| document.clone()).collect();
    let pins = (0..64).map(|length| "x".repeat(16 + length * 16)).collect();
    drop(copies);
    pins
}
