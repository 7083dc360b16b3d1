//! deltamerge itself, and the limits.

use super::sums::whole;
use super::{Asked, Entry};
use crate::case::{Load, Sides, Task, batch};
use crate::measure::{Sample, in_place, making, on_shared, on_shared_with};
use crate::workloads::limits::{bare_edits, exchange_bare, look_up, lookups, walk, write_bare};
use crate::workloads::{Stream, read};
use anyhow::{Context, Result, ensure};
use deltamerge::{
    Action, CheckedState, Decision, DeltaError, DeltaSet, Options, checksum, diff, equal, invert,
    merge, merge_and_invert, merge_in_place, movex_checksum, strong_checksum,
};
use serde_json::Value;
use std::hint::black_box;
use std::time::{Duration, Instant};

pub(crate) fn back(base: &Value, deltas: &DeltaSet) -> Result<impl Fn(&mut Value) + use<>> {
    let back = invert(base, deltas)?;
    Ok(move |document: &mut Value| back.apply(document).expect("a set that fits"))
}

/// Takes back what a set did that became its undo.
pub(crate) fn undo(document: &mut Value, deltas: &mut DeltaSet) {
    deltas.apply_and_invert(document).expect("an undo");
}

pub(crate) fn plain(asked: Asked<'_>) -> Result<Entry<'_>> {
    let Asked { load, task, .. } = asked;
    let sides = match load {
        Load::Sides(sides) => sides,
        Load::Stream(stream) => return checked_stream(stream),
    };
    let work = &sides.work;
    Ok(Entry::Timed(match task {
        Task::Diff => {
            let found = diff(sides.before(), sides.after())?;
            sides.check_after(&deltamerge::apply(sides.before(), &found)?)?;
            making(sides.batch(), || {
                diff(black_box(sides.before()), black_box(sides.after()))
            })
        }
        Task::Apply => {
            let deltas = &work.actions[0].deltas;
            let mut state = read(&work.text);
            deltas.clone().apply_and_invert(&mut state)?;
            sides.check_after(&state)?;
            on_shared_with(
                sides,
                deltas,
                |document, deltas| deltas.apply_and_invert(document),
                undo,
            )
        }
        Task::Merge => merge_given(sides)?,
        Task::Replicas => merge_lent(sides)?,
        Task::MergeState => {
            let mut state = read(&work.text);
            merge_states(&mut state, &work.afters)?;
            ensure!(equal(&state, &sides.merged.state), "another document");
            let undo = back(sides.before(), &sides.merged.deltas)?;
            on_shared(sides, |base| merge_states(base, &work.afters), undo)
        }
        Task::Checksum => {
            sides.check_sum(checksum)?;
            making(sides.batch(), || checksum(black_box(sides.before())))
        }
        Task::Stream => return Ok(Entry::Absent),
    }))
}

/// Actions that are used up.
fn merge_given(sides: &Sides) -> Result<Sample<'_>> {
    let (work, options) = (&sides.work, Options::default());
    let (mut state, mut actions) = (read(&work.text), work.actions.clone());
    merge_and_invert(&mut state, &mut actions, &options)?;
    ensure!(equal(&state, &sides.merged.state), "another document");
    let back = back(sides.before(), &sides.merged.deltas)?;
    Ok(on_shared_with(
        sides,
        &work.actions,
        move |document, actions| merge_and_invert(document, actions, &options),
        move |document, actions| {
            back(document);
            actions.extend_from_slice(&work.actions);
        },
    ))
}

/// Actions that stay as they are.
fn merge_lent(sides: &Sides) -> Result<Sample<'_>> {
    let (work, options) = (&sides.work, Options::default());
    let mut state = read(&work.text);
    merge_in_place(&mut state, &work.actions, &options)?;
    ensure!(equal(&state, &sides.merged.state), "another document");
    let undo = back(sides.before(), &sides.merged.deltas)?;
    let act = move |document: &mut Value| merge_in_place(document, &work.actions, &options);
    Ok(on_shared(sides, act, undo))
}

/// Where `deltamerge` is given the actions.
pub(crate) fn lent(asked: Asked<'_>) -> Result<Entry<'_>> {
    match (asked.load, asked.task) {
        (Load::Sides(sides), Task::Merge) => merge_lent(sides).map(Entry::Timed),
        _ => Ok(Entry::Absent),
    }
}

/// Where `deltamerge` is lent the actions.
pub(crate) fn given(asked: Asked<'_>) -> Result<Entry<'_>> {
    match (asked.load, asked.task) {
        (Load::Sides(sides), Task::Replicas) => merge_given(sides).map(Entry::Timed),
        _ => Ok(Entry::Absent),
    }
}

/// What a program does that has three documents, and goes on with the merged one.
fn merge_states(base: &mut Value, afters: &[Value]) -> Result<Vec<Decision>> {
    let actions = found_actions(base, afters)?;
    Ok(merge_in_place(base, &actions, &Options::default())?.decisions)
}

fn found_actions(base: &Value, afters: &[Value]) -> Result<[Action; 2]> {
    let action = |side: usize| -> Result<Action> {
        Ok(Action::new(
            (side as u64 + 1, "side"),
            diff(black_box(base), black_box(&afters[side]))?,
        ))
    };
    Ok([action(0)?, action(1)?])
}

pub(crate) fn keep(asked: Asked<'_>) -> Result<Entry<'_>> {
    let Asked { load, task, .. } = asked;
    let Load::Sides(sides) = load else {
        return Ok(Entry::Absent);
    };
    let (base, work) = (sides.before(), &sides.work);
    Ok(Entry::Timed(match task {
        Task::Apply => {
            let deltas = &work.actions[0].deltas;
            let mut state = read(&work.text);
            deltas.apply(&mut state)?;
            sides.check_after(&state)?;
            let undo = back(base, deltas)?;
            on_shared(sides, |document| deltas.apply(document), undo)
        }
        Task::Merge | Task::Replicas => {
            making(sides.batch(), || merge(black_box(base), &work.actions))
        }
        Task::MergeState => making(sides.batch(), || {
            merge(base, &found_actions(base, &work.afters)?).map_err(anyhow::Error::from)
        }),
        _ => return Ok(Entry::Absent),
    }))
}

pub(crate) fn checked(asked: Asked<'_>) -> Result<Entry<'_>> {
    let Asked { load, task, .. } = asked;
    let Load::Sides(sides) = load else {
        return Ok(Entry::Absent);
    };
    let work = &sides.work;
    let copies = || checked_copies(sides);
    Ok(Entry::Timed(match task {
        Task::Apply => {
            check_applied(sides, |state, deltas| {
                state.apply_and_invert(&mut deltas.clone())
            })?;
            let given = |state| (state, work.actions[0].deltas.clone());
            let states = copies().into_iter().map(given).collect();
            in_place(
                states,
                |(state, deltas)| state.apply_and_invert(deltas),
                |(state, deltas)| state.apply_and_invert(deltas).expect("an undo"),
            )
        }
        Task::Merge => {
            let options = Options::default();
            let mut state = CheckedState::new(read(&work.text));
            state.merge_and_invert(&mut work.actions.clone(), &options)?;
            check_merged(sides, &state)?;
            let back = back_checked(sides.before(), &sides.merged.deltas)?;
            let given = |state| (state, work.actions.clone());
            in_place(
                copies().into_iter().map(given).collect(),
                move |(state, actions)| state.merge_and_invert(actions, &options),
                move |(state, actions)| {
                    back(state);
                    actions.extend_from_slice(&work.actions);
                },
            )
        }
        Task::Replicas => {
            let options = Options::default();
            let mut state = CheckedState::new(read(&work.text));
            state.merge(&work.actions, &options)?;
            check_merged(sides, &state)?;
            let act = move |state: &mut CheckedState| state.merge(&work.actions, &options);
            let back = back_checked(sides.before(), &sides.merged.deltas)?;
            in_place(copies(), act, back)
        }
        _ => return Ok(Entry::Absent),
    }))
}

pub(crate) fn keep_checked(asked: Asked<'_>) -> Result<Entry<'_>> {
    let (Load::Sides(sides), Task::Apply) = (asked.load, asked.task) else {
        return Ok(Entry::Absent);
    };
    let deltas = &sides.work.actions[0].deltas;
    check_applied(sides, CheckedState::apply)?;
    Ok(Entry::Timed(in_place(
        checked_copies(sides),
        |state| state.apply(deltas),
        back_checked(sides.before(), deltas)?,
    )))
}

fn check_applied(
    sides: &Sides,
    apply: impl Fn(&mut CheckedState, &DeltaSet) -> Result<(), DeltaError>,
) -> Result<()> {
    let mut state = CheckedState::new(read(&sides.work.text));
    apply(&mut state, &sides.work.actions[0].deltas)?;
    sides.check_after(state.state())?;
    ensure!(
        state.checksum() == checksum(sides.after()),
        "a wrong checksum"
    );
    Ok(())
}

fn check_merged(sides: &Sides, state: &CheckedState) -> Result<()> {
    let expected = &sides.merged.state;
    ensure!(equal(state.state(), expected), "another document");
    ensure!(state.checksum() == checksum(expected), "a wrong checksum");
    Ok(())
}

fn checked_copies(sides: &Sides) -> Vec<CheckedState> {
    let copies = sides.work.copies(sides.batch()).into_iter();
    copies.map(CheckedState::new).collect()
}

fn back_checked(base: &Value, deltas: &DeltaSet) -> Result<impl Fn(&mut CheckedState) + use<>> {
    let back = invert(base, deltas)?;
    Ok(move |state: &mut CheckedState| state.apply(&back).expect("a set that fits"))
}

/// Steps through a stream, from its beginning again where it ends.
pub(crate) fn stepping<'w, S: 'w>(
    stream: &'w Stream,
    begin: impl Fn() -> S + 'w,
    mut step: impl FnMut(&mut S, usize) + 'w,
) -> Sample<'w> {
    let mut state = begin();
    let mut next = 0;
    Box::new(move |count| {
        let mut spent = Duration::ZERO;
        let mut left = usize::try_from(count)?;
        while left > 0 {
            if next == stream.sets.len() {
                (state, next) = (begin(), 0);
            }
            let until = stream.sets.len().min(next + left);
            left -= until - next;
            let start = Instant::now();
            for at in next..until {
                step(&mut state, at);
            }
            spent += start.elapsed();
            next = until;
        }
        Ok(spent)
    })
}

fn checked_stream(stream: &Stream) -> Result<Entry<'_>> {
    let mut state = CheckedState::new(read(&stream.text));
    for set in &stream.sets {
        state.apply(set)?;
        black_box(state.checksum());
    }
    ensure!(equal(state.state(), &stream.after), "another document");
    ensure!(
        state.checksum() == checksum(&stream.after),
        "a wrong checksum"
    );
    Ok(Entry::Timed(stepping(
        stream,
        || CheckedState::new(read(&stream.text)),
        |state, at| {
            state.apply(&stream.sets[at]).expect("a set that fits");
            black_box(state.checksum());
        },
    )))
}

pub(crate) fn unchecked(asked: Asked<'_>) -> Result<Entry<'_>> {
    let load = asked.load;
    let Load::Stream(stream) = load else {
        return Ok(Entry::Absent);
    };
    Ok(Entry::Timed(stepping(
        stream,
        || read(&stream.text),
        |state, at| stream.sets[at].apply(state).expect("a set that fits"),
    )))
}

pub(crate) fn strong(asked: Asked<'_>) -> Result<Entry<'_>> {
    whole(asked, strong_checksum)
}

pub(crate) fn movex(asked: Asked<'_>) -> Result<Entry<'_>> {
    whole(asked, movex_checksum)
}

pub(crate) fn limit(asked: Asked<'_>) -> Result<Entry<'_>> {
    let Asked { load, task, .. } = asked;
    let sides = match load {
        Load::Sides(sides) => sides,
        Load::Stream(stream) => return Ok(Entry::Timed(stream_limit(stream))),
    };
    Ok(Entry::Timed(match task {
        Task::Diff => compare(sides, 1),
        Task::MergeState => compare(sides, 2),
        Task::Apply => find(sides, 1),
        Task::Merge | Task::Replicas => find(sides, sides.work.actions.len()),
        Task::Checksum => making(sides.batch(), || walk(black_box(sides.before()))),
        Task::Stream => return Ok(Entry::Absent),
    }))
}

/// The work of a task with all that makes it one left out: what it costs is nobody's to save.
pub(crate) fn bare(asked: Asked<'_>) -> Result<Entry<'_>> {
    let Load::Sides(sides) = asked.load else {
        return Ok(Entry::Absent);
    };
    let base = sides.before();
    let deltas = match asked.task {
        Task::Diff => {
            let same = read(&sides.work.text);
            let deltas = &sides.work.actions[0].deltas;
            return Ok(Entry::Timed(making(sides.batch(), move || {
                (black_box(base) == black_box(&same), write_bare(deltas))
            })));
        }
        Task::Apply => &sides.work.actions[0].deltas,
        Task::Merge | Task::Replicas => &sides.merged.deltas,
        _ => return Ok(Entry::Absent),
    };
    let edits = bare_edits(base, deltas);
    let mut state = read(&sides.work.text);
    let exchanged = exchange_bare(&mut state, edits.clone().iter_mut());
    exchanged.context("an edit that does not fit")?;
    let sample = on_shared_with(
        sides,
        &edits,
        |document, edits| exchange_bare(document, edits.iter_mut()),
        |document, edits| exchange_bare(document, edits.iter_mut().rev()).expect("an undo"),
    );
    ensure!(
        equal(&state, &deltamerge::apply(base, deltas)?),
        "another document"
    );
    Ok(Entry::Timed(sample))
}

fn compare(sides: &Sides, times: usize) -> Sample<'_> {
    let same: Vec<Value> = (0..times).map(|_| read(&sides.work.text)).collect();
    making(batch(sides.work.text.len()), move || {
        same.iter()
            .filter(|same| black_box(sides.before()) == black_box(*same))
            .count()
    })
}

fn find(sides: &Sides, count: usize) -> Sample<'_> {
    let actions = sides.work.actions[..count].iter();
    let deltas = actions.flat_map(|action| action.deltas.iter());
    let places = lookups(sides.before(), deltas);
    making(sides.batch(), move || {
        look_up(black_box(sides.before()), &places)
    })
}

fn stream_limit(stream: &Stream) -> Sample<'_> {
    let places: Vec<_> = stream
        .sets
        .iter()
        .map(|set| lookups(&stream.base, set.iter()))
        .collect();
    stepping(
        stream,
        || (),
        move |(), at| {
            black_box(look_up(black_box(&stream.base), &places[at]));
        },
    )
}
