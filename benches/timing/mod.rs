//! How time is taken: of many repetitions at once, so that reading the clock is nothing beside them, and without what is no part
//! of the work.

#![allow(dead_code, reason = "each bench uses its own part")]

use std::hint::black_box;
use std::time::{Duration, Instant};

/// What was freed lies unsorted until the next large request, which pays for it all. It is made here, so that no work pays for
/// what was done before it.
pub(crate) fn settle() {
    drop(black_box(Vec::<u8>::with_capacity(100_000)));
}

/// So many in groups of at most `batch`, the rest in the last.
pub(crate) fn groups(count: u64, batch: usize) -> impl Iterator<Item = usize> {
    let mut left = usize::try_from(count).unwrap_or(usize::MAX);
    std::iter::from_fn(move || {
        let group = left.min(batch);
        left -= group;
        (group > 0).then_some(group)
    })
}

/// Work that leaves its input alone. Results are dropped outside the time, a group at a time.
pub(crate) fn making<R>(count: u64, batch: usize, mut make: impl FnMut() -> R) -> Duration {
    let mut made = Vec::with_capacity(batch);
    let mut spent = Duration::ZERO;
    for group in groups(count, batch) {
        settle();
        let start = Instant::now();
        for _ in 0..group {
            made.push(black_box(make()));
        }
        spent += start.elapsed();
        made.clear();
    }
    spent
}

/// Work in place on documents, each of which `undo` brings back outside the time.
pub(crate) fn in_place<D, R>(
    count: u64,
    documents: &mut [D],
    mut act: impl FnMut(&mut D) -> R,
    mut undo: impl FnMut(&mut D),
) -> Duration {
    let mut made = Vec::with_capacity(documents.len());
    let mut spent = Duration::ZERO;
    for group in groups(count, documents.len()) {
        settle();
        let start = Instant::now();
        for document in &mut documents[..group] {
            made.push(black_box(act(document)));
        }
        spent += start.elapsed();
        made.clear();
        documents[..group].iter_mut().for_each(&mut undo);
    }
    spent
}

/// Work that uses up its input, which `prepare` makes outside the time, and where what it gives is dropped, too.
pub(crate) fn on_fresh<D, R>(
    count: u64,
    batch: usize,
    mut prepare: impl FnMut() -> D,
    mut act: impl FnMut(D) -> R,
) -> Duration {
    let mut spent = Duration::ZERO;
    for group in groups(count, batch) {
        let fresh: Vec<D> = (0..group).map(|_| prepare()).collect();
        let mut made = Vec::with_capacity(group);
        settle();
        let start = Instant::now();
        for document in fresh {
            made.push(black_box(act(document)));
        }
        spent += start.elapsed();
    }
    spent
}

/// How many repetitions take `least`, by the shortest of three tries: one that was interrupted tells nothing. One try that takes
/// longer than `enough` in all is all that is made.
pub(crate) fn repetitions<E>(
    least: Duration,
    enough: Duration,
    mut sample: impl FnMut(u64) -> Result<Duration, E>,
) -> Result<u64, E> {
    let mut count = 1;
    loop {
        let mut shortest = Duration::MAX;
        for _ in 0..3 {
            let start = Instant::now();
            shortest = shortest.min(sample(count)?);
            if start.elapsed() > enough {
                return Ok(count);
            }
            if shortest < least {
                break;
            }
        }
        if shortest >= least || count >= 1 << 20 {
            return Ok(count);
        }
        count *= 2;
    }
}

/// The median.
pub(crate) fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    let middle = times.len() / 2;
    if times.len() % 2 == 1 {
        times[middle]
    } else {
        f64::midpoint(times[middle - 1], times[middle])
    }
}
