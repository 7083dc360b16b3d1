//! How criterion takes the time of work on documents.

#![allow(dead_code, reason = "each bench uses its own part")]

use crate::timing;
use criterion::Bencher;
use serde_json::Value;

/// Times `act` on documents, each of which `undo` brings back.
pub(crate) fn in_place<D, R>(
    bencher: &mut Bencher<'_>,
    documents: &mut [D],
    mut act: impl FnMut(&mut D) -> R,
    mut undo: impl FnMut(&mut D),
) {
    bencher.iter_custom(|count| timing::in_place(count, documents, &mut act, &mut undo));
}

/// Times `make` without the dropping of what it gives, one result at a time, so that each is made from the memory of the
/// one before.
pub(crate) fn making<R>(bencher: &mut Bencher<'_>, mut make: impl FnMut() -> R) {
    bencher.iter_custom(|count| timing::making(count, 1, &mut make));
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
