//! The documents and actions that the benches work on, the same in every run: made from seeds, then written as text and read
//! back, because how a document came to be moves what it costs to walk it.

#![allow(dead_code, reason = "each bench uses its own part")]

pub(crate) mod documents;
pub(crate) mod limits;

use deltamerge::{Action, Delta, DeltaSet, Path, diff};
use limits::{Lookup, lookups};
use serde_json::{Map, Value, json};

/// Splitmix64: a seed and nothing else decides.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// `count` different numbers below `bound`, in no order.
    pub(crate) fn pick(&mut self, count: usize, bound: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..bound).collect();
        for index in 0..count {
            let other = index + self.below(bound - index);
            all.swap(index, other);
        }
        all.truncate(count);
        all
    }

    fn word(&mut self, length: usize) -> String {
        let letter = |random: &mut Random| char::from(b'a' + random.below(26) as u8);
        (0..length).map(|_| letter(self)).collect()
    }
}

/// As a program would have it: from text.
pub(crate) fn reread(document: &Value) -> Value {
    read(&document.to_string())
}

pub(crate) fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// What several sides did to one document.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) text: String,
    pub(crate) base: Value,
    pub(crate) afters: Vec<Value>,
    pub(crate) actions: Vec<Action>,
}

impl Workload {
    fn new(name: &'static str, base: &Value, afters: &[Value]) -> Workload {
        let text = base.to_string();
        let base = read(&text);
        let afters: Vec<Value> = afters.iter().map(reread).collect();
        let actions = afters.iter().zip(1..).map(|(after, counter)| {
            let deltas = diff(&base, after).expect("a shallow document");
            Action::new((counter, format!("side{counter}")), deltas)
        });
        let actions = actions.collect();
        Workload {
            name,
            text,
            base,
            afters,
            actions,
        }
    }

    /// Copies of the base to work on, each read from text.
    pub(crate) fn copies(&self, count: usize) -> Vec<Value> {
        (0..count).map(|_| read(&self.text)).collect()
    }

    /// Where all sides' deltas go.
    pub(crate) fn lookups(&self) -> Vec<Lookup> {
        let deltas = self.actions.iter().flat_map(|action| action.deltas.iter());
        lookups(&self.base, deltas)
    }
}

/// A workload's name, and how it is made.
pub(crate) type Makes = (&'static str, Box<dyn Fn() -> Workload>);

/// Every workload of concurrent actions, in the order of the tables.
pub(crate) fn all() -> Vec<Makes> {
    let mut all: Vec<Makes> = vec![
        ("W1", Box::new(w1)),
        ("W2", Box::new(w2)),
        ("W3", Box::new(w3)),
        ("W4", Box::new(w4)),
        ("W5", Box::new(w5)),
    ];
    for document in &documents::DOCUMENTS {
        all.push((document.name, Box::new(|| document.workload())));
    }
    all
}

/// One record of some hundred bytes.
fn record(random: &mut Random, id: usize) -> Value {
    json!({
        "hp": random.below(100),
        "id": id,
        "name": random.word(10),
        "pos": [random.below(1000), random.below(1000)],
        "rank": (["scout", "guard", "smith"][random.below(3)]),
        "score": random.below(1000) as f64 / 8.0,
        "up": random.below(2) == 0,
    })
}

fn record_name(id: usize) -> String {
    format!("r{id:05}")
}

/// An object of records.
pub(crate) fn records(count: usize, seed: u64) -> Value {
    let mut random = Random::new(seed);
    let record = |id| (record_name(id), record(&mut random, id));
    Value::Object((0..count).map(record).collect())
}

/// A delta for the `index`-th scalar of a document of records; there are [`SCALARS`] times the records of them.
pub(crate) fn change_of(index: usize, records: usize, to: usize) -> Delta {
    const MEMBERS: [&str; SCALARS] = ["hp", "name", "rank", "score"];
    let (member, record) = (index / records, index % records);
    let path = format!("/{}/{}", record_name(record), MEMBERS[member]);
    Delta::change(Path::parse(&path).expect("a path"), to + 100_000)
}

/// How many different scalars of a record [`change_of`] knows.
pub(crate) const SCALARS: usize = 4;

/// What one side does to an object of records.
struct Edits {
    changes: usize,
    adds: usize,
    removes: usize,
}

fn edit_records(
    random: &mut Random,
    base: &Value,
    side: usize,
    picked: &[usize],
    edits: &Edits,
) -> Value {
    let mut after = base.clone();
    let members: &mut Map<String, Value> = after.as_object_mut().expect("an object");
    let (changed, others) = picked.split_at(edits.changes);
    for id in changed {
        members[&record_name(*id)]["hp"] = json!(1000 * side + 100 + random.below(100));
    }
    for id in &others[..edits.removes] {
        members.remove(&record_name(*id));
    }
    for _ in 0..edits.adds {
        let id = 90_000 + side * 1_000_000 + random.below(9_999);
        members.insert(record_name(id), record(random, id));
    }
    after
}

/// Two sides at an object of records. They meet twice: both change a member, and one changes what the other removes.
fn two_sides(name: &'static str, count: usize, edits: &Edits, seed: u64) -> Workload {
    let mut random = Random::new(seed);
    let base = records(count, seed + 1);
    let each = edits.changes + edits.removes;
    let mut picked = random.pick(2 * each, count);
    let (first, second) = picked.split_at_mut(each);
    second[0] = first[0];
    second[each - 1] = first[1];
    let afters = [(1, &*first), (2, &*second)]
        .map(|(side, picked)| edit_records(&mut random, &base, side, picked, edits));
    Workload::new(name, &base, &afters)
}

/// A small game state, five changes a side, of which two meet.
pub(crate) fn w1() -> Workload {
    let mut random = Random::new(1);
    let mut player = |id: usize| {
        json!({
            "name": random.word(8),
            "hp": 20 + id,
            "mp": random.below(50),
            "pos": {"x": random.below(64), "y": random.below(64)},
            "items": ([random.word(6), random.word(5), random.word(7)]),
            "ready": random.below(2) == 0,
        })
    };
    let players: Map<String, Value> = (1..=8).map(|id| (id.to_string(), player(id))).collect();
    let base = json!({
        "turn": 17,
        "phase": "combat",
        "players": players,
        "board": {"width": 64, "height": 64, "weather": "rain", "doors": [3, 9, 27, 41, 60]},
        "log": ["start", "ann moves", "bob moves", "cy waits", "rain"],
    });
    let mut ann = base.clone();
    ann["players"]["1"]["hp"] = json!(5);
    ann["players"]["2"]["pos"]["x"] = json!(100);
    ann["players"]["3"]["ready"] = json!("soon");
    ann["board"]["weather"] = json!("sun");
    ann["log"]
        .as_array_mut()
        .expect("a log")
        .push(json!("ann strikes"));
    let mut bob = base.clone();
    bob["players"]["1"]["hp"] = json!(6);
    bob["players"]["4"]["mp"] = json!(99);
    bob["players"]["5"]["items"][1] = json!("torch");
    bob["players"].as_object_mut().expect("players").remove("8");
    bob["turn"] = json!(18);
    Workload::new("W1", &base, &[ann, bob])
}

/// A thousand records, twelve edits a side.
pub(crate) fn w2() -> Workload {
    let edits = Edits {
        changes: 8,
        adds: 2,
        removes: 2,
    };
    two_sides("W2", 1_000, &edits, 2)
}

/// A hundred thousand records, some hundred edits a side.
pub(crate) fn w3() -> Workload {
    let edits = Edits {
        changes: 70,
        adds: 16,
        removes: 16,
    };
    two_sides("W3", 100_000, &edits, 3)
}

/// How many elements W4 has, and how many of them each side inserts, removes and changes.
pub(crate) const W4_ELEMENTS: usize = 10_000;
pub(crate) const W4_OF_EACH: usize = 50;

fn element(random: &mut Random, id: usize) -> Value {
    json!({"id": id, "name": random.word(12), "on": random.below(2) == 0, "qty": random.below(90)})
}

/// An array of objects with ids, edited all over.
pub(crate) fn w4() -> Workload {
    let mut random = Random::new(4);
    let base: Vec<Value> = (0..W4_ELEMENTS)
        .map(|id| element(&mut random, id))
        .collect();
    let picked = random.pick(6 * W4_OF_EACH, W4_ELEMENTS);
    let afters: Vec<Value> = picked
        .chunks(3 * W4_OF_EACH)
        .enumerate()
        .map(|(side, picked)| edit_elements(&mut random, &base, side, picked))
        .collect();
    Workload::new("W4", &Value::Array(base), &afters)
}

fn edit_elements(random: &mut Random, base: &[Value], side: usize, picked: &[usize]) -> Value {
    let kind: std::collections::HashMap<usize, usize> = picked
        .iter()
        .enumerate()
        .map(|(nth, index)| (*index, nth / W4_OF_EACH))
        .collect();
    let mut after = Vec::new();
    for (index, item) in base.iter().enumerate() {
        let mut item = item.clone();
        match kind.get(&index) {
            Some(0) => after.push(element(random, 1_000_000 * (side + 1) + index)),
            Some(1) => continue,
            Some(_) => item["qty"] = json!(100 + side),
            None => {}
        }
        after.push(item);
    }
    Value::Array(after)
}

/// The base of W2, 64 sides of ten changes.
pub(crate) fn w5() -> Workload {
    let mut random = Random::new(5);
    let base = w2().base;
    let edits = Edits {
        changes: 10,
        adds: 0,
        removes: 0,
    };
    let afters: Vec<Value> = (1..=64)
        .map(|side| {
            let picked = random.pick(10, 1_000);
            edit_records(&mut random, &base, side, &picked, &edits)
        })
        .collect();
    Workload::new("W5", &base, &afters)
}

/// Actions one after the other.
pub(crate) struct Stream {
    pub(crate) text: String,
    pub(crate) base: Value,
    pub(crate) sets: Vec<DeltaSet>,
    /// What they come to.
    pub(crate) after: Value,
}

/// How many records W6 has, and how many actions.
pub(crate) const W6_RECORDS: usize = 10_000;
pub(crate) const W6_ACTIONS: usize = 10_000;

/// A megabyte of records, ten thousand actions of one leaf each.
pub(crate) fn w6() -> Stream {
    let mut random = Random::new(6);
    let text = records(W6_RECORDS, 6).to_string();
    let set = |step| {
        let place = random.below(W6_RECORDS * SCALARS);
        DeltaSet::from_iter([change_of(place, W6_RECORDS, step)])
    };
    let sets: Vec<DeltaSet> = (0..W6_ACTIONS).map(set).collect();
    let base = read(&text);
    let mut after = read(&text);
    for set in &sets {
        set.apply(&mut after).expect("a set that fits");
    }
    Stream {
        text,
        base,
        sets,
        after,
    }
}

/// An action of the `side`-th of several actors.
pub(crate) fn action(side: usize, deltas: impl IntoIterator<Item = Delta>) -> Action {
    let stamp = (side as u64, format!("side{side}"));
    Action::new(stamp, DeltaSet::from_iter(deltas))
}
