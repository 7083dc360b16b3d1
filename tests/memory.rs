//! What the verbs allocate, counted: `cargo test --release --test memory -- --nocapture` prints it.
//!
//! A merge takes memory in proportion to its deltas, whatever the size of the document, and all that is in memory at once is at
//! most a tenth more than the plain values are.

#[path = "../benches/workloads/mod.rs"]
mod workloads;

use allocation_counter::{AllocationInfo, measure};
use deltamerge::{Action, CheckedState, Options, checksum, diff, merge_and_invert, merge_in_place};
use serde_json::{Value, json};
use workloads::{Random, Workload, action, change_of, read, records};

/// The bytes of plain values.
fn heap(make: impl FnOnce() -> Vec<Value>) -> u64 {
    let mut made = Vec::new();
    let info = measure(|| made = make());
    drop(made);
    u64::try_from(info.bytes_current).expect("no less than nothing")
}

/// Two sides with so many changes each, at scalars of their own.
fn two_sides(size: usize, each: usize) -> (Value, [Action; 2]) {
    let mut random = Random::new(each as u64);
    let places = random.pick(2 * each, size * workloads::SCALARS);
    let side = |side: usize| {
        let places = &places[(side - 1) * each..side * each];
        action(
            side,
            places.iter().map(|place| change_of(*place, size, side)),
        )
    };
    (read(&records(size, 1).to_string()), [side(1), side(2)])
}

fn merging(size: usize, each: usize) -> AllocationInfo {
    let (mut base, actions) = two_sides(size, each);
    let options = Options::default();
    let mut resolution = None;
    let info = measure(|| {
        resolution = Some(merge_in_place(&mut base, &actions, &options).expect("actions that fit"));
    });
    println!(
        "merge of {:5} deltas into {size:6} records: {:8} allocations, {:9} bytes, {:9} at most at once",
        2 * each,
        info.count_total,
        info.bytes_total,
        info.bytes_max
    );
    info
}

#[test]
fn a_merge_allocates_in_proportion_to_its_deltas() {
    // From here on the paths of deltas are of equal length.
    let of_ten = merging(1_000, 10).bytes_total / 20;
    for each in [100, 1_000] {
        let of_each = merging(1_000, each).bytes_total / (2 * each as u64);
        assert!(
            of_each <= 2 * of_ten,
            "{of_each} bytes for each of {} deltas, {of_ten} for each of 20",
            2 * each
        );
    }
}

#[test]
fn a_merge_allocates_the_same_whatever_the_size_of_the_document() {
    let [small, large] = [1_000, 20_000].map(|size| merging(size, 50));
    // Growing a map's node by chance is all that may differ.
    for (small, large) in [
        (small.count_total, large.count_total),
        (small.bytes_total, large.bytes_total),
        (small.bytes_max, large.bytes_max),
    ] {
        assert!(large * 10 <= small * 12, "{large} in place of {small}");
    }
}

#[test]
fn changes_that_become_their_undo_allocate_nothing() {
    let (mut document, [action, _]) = two_sides(1_000, 100);
    let canonical = action.deltas.normalize(&document);
    let mut deltas = canonical.expect("a set that fits");
    for _ in 0..2 {
        let info = measure(|| {
            let applied = deltas.apply_and_invert(&mut document);
            applied.expect("a set that fits");
        });
        assert_eq!((info.count_total, info.bytes_total), (0, 0));
    }
    // Elsewhere what is copied are paths, where elements shift, and the names of members that come.
    for work in &workloads_here() {
        let mut document = read(&work.text);
        let mut deltas = work.actions[0].deltas.clone();
        let copied = measure(|| drop(deltas.clone())).bytes_total;
        let info = measure(|| {
            let applied = deltas.apply_and_invert(&mut document);
            applied.expect("a set that fits");
        });
        println!(
            "{:12} apply_and_invert allocates {:9} bytes; its deltas take {copied:9}",
            work.name, info.bytes_total
        );
    }
}

#[test]
fn a_merge_that_uses_up_its_actions_copies_no_value() {
    let large = |letter: &str| json!([letter.repeat(1_000_000)]);
    let base = json!({"a": large("a"), "b": large("b"), "l": [large("c"), large("d")]});
    let edited = [
        json!({"a": large("e"), "l": [large("f"), large("c"), large("d")]}),
        json!({"a": large("a"), "b": large("b"), "c": large("g"), "l": [large("c")]}),
    ];
    let sets = edited.map(|after| diff(&base, &after).expect("shallow documents"));
    let mut actions: Vec<_> = (1..)
        .zip(sets)
        .map(|(side, set)| Action::new((side, "side"), set))
        .collect();
    let mut document = base.clone();
    let options = Options::default();
    let mut undo = None;
    let info = measure(|| undo = Some(merge_and_invert(&mut document, &mut actions, &options)));
    let mut undo = undo.expect("it was merged").expect("actions that fit");
    let is_ordered = read(r#"{"b":1,"a":1}"#).to_string().starts_with(r#"{"b""#);
    println!(
        "merge_and_invert of 4 MB allocates {} bytes",
        info.bytes_total
    );
    assert!(is_ordered || info.bytes_total < 10_000, "{info:?}");
    undo.deltas
        .apply_and_invert(&mut document)
        .expect("it fits");
    assert_eq!(document, base);
}

/// W3 is left to an optimised build.
fn workloads_here() -> Vec<Workload> {
    let is_small = |name: &str| !cfg!(debug_assertions) || name != "W3";
    workloads::all()
        .into_iter()
        .filter(|(name, _)| is_small(name))
        .map(|(_, make)| make())
        .collect()
}

/// How many times the plain values all is that is in memory at once.
fn peak(work: &Workload, verb: &str, plain: u64, act: impl FnOnce()) {
    let more = measure(act).bytes_max;
    let times = (plain + more) as f64 / plain as f64;
    println!(
        "{:12} {verb:20} {plain:9} bytes of plain values, {more:7} more at most: {times:.3} x",
        work.name
    );
    // In an everyday document the deltas are large beside it, and what is told of each takes as much as the delta. A state that
    // is followed by its checksum keeps those of the elements of each array that is touched. And in a map that keeps the order
    // of its members a value takes twice the room, in deltas and decisions, too.
    let is_ordered = read(r#"{"b":1,"a":1}"#).to_string().starts_with(r#"{"b""#);
    let bound = match verb {
        _ if !work.name.starts_with('W') => 1.5,
        _ if is_ordered => 1.2,
        "CheckedState::merge" => 1.15,
        _ => 1.1,
    };
    assert!(times <= bound, "{}, {verb}: {times} x", work.name);
}

#[test]
fn what_is_in_memory_at_once_is_hardly_more_than_the_plain_values() {
    for work in &workloads_here() {
        let document = heap(|| work.copies(1));
        let both = document + heap(|| vec![work.afters[0].clone()]);
        let deltas = heap(|| {
            let deltas = work.actions.iter().flat_map(|action| action.deltas.iter());
            deltas
                .map(|delta| serde_json::to_value(delta).expect("JSON"))
                .collect()
        });
        let options = Options::default();
        peak(work, "diff", both, || {
            diff(&work.base, &work.afters[0]).expect("a shallow document");
        });
        peak(work, "checksum", document, || {
            let _ = checksum(&work.base);
        });
        let mut state = read(&work.text);
        peak(work, "merge_in_place", document + deltas, || {
            merge_in_place(&mut state, &work.actions, &options).expect("actions that fit");
        });
        let state = read(&work.text);
        peak(work, "CheckedState::merge", document + deltas, || {
            let mut checked = CheckedState::new(state);
            checked
                .merge(&work.actions, &options)
                .expect("actions that fit");
        });
    }
}
