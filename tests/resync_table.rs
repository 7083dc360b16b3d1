//! The tables of `spec/resync.md` against the machines, both ways: every situation does what the first row says whose condition
//! holds in it, and every row decides some situation in each of its states.

#[path = "resync_table/client.rs"]
mod client;
#[path = "resync_table/master.rs"]
mod master;

use deltamerge::resync::Revision;
use deltamerge::{Delta, DeltaSet, Path, checksum};
use serde_json::Value;
use std::collections::BTreeSet;

/// A row of a table, cell by cell.
struct Row {
    states: Vec<String>,
    inputs: Vec<String>,
    when: String,
    then: String,
    sends: String,
}

fn table(heading: &str) -> Vec<Row> {
    let text = include_str!("../spec/resync.md");
    let section = text.split(heading).nth(1).expect("a section of that name");
    let lines = section.lines().skip_while(|line| !line.starts_with("|---"));
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    let list = |cell: &str| cell.split(", ").map(str::to_owned).collect();
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [states, inputs, when, then, sends] = cells[..] else {
            panic!("expected five cells, found {line}");
        };
        Row {
            states: list(states),
            inputs: list(inputs),
            when: when.replace('`', ""),
            then: then.to_owned(),
            sends: sends.to_owned(),
        }
    };
    rows.map(row).collect()
}

/// A machine in some state, what comes in, and what holds then.
struct Situation<M> {
    machine: M,
    input: &'static str,
    run: Box<dyn FnOnce(&mut M)>,
    /// The conditions of the table that hold.
    facts: Vec<&'static str>,
}

/// Finds the row for each situation, lets `outcome` hold the two against each other, and sees that no row is idle.
fn hold<M>(
    rows: &[Row],
    situations: Vec<Situation<M>>,
    state_of: impl Fn(&M) -> String,
    outcome: impl Fn(Situation<M>, &Row, String),
) {
    let mut met = BTreeSet::new();
    for situation in situations {
        let state = state_of(&situation.machine);
        let fits = |row: &&Row| {
            let is_state = row
                .states
                .iter()
                .any(|other| *other == state || other == "any");
            let is_input = row.inputs.iter().any(|input| input == situation.input);
            let holds = row.when.is_empty() || situation.facts.contains(&row.when.as_str());
            is_state && is_input && holds
        };
        let what = format!("{state}, {}, {:?}", situation.input, situation.facts);
        let number = rows.iter().position(|row| fits(&row));
        let number = number.unwrap_or_else(|| panic!("no row for {what}"));
        for fact in &situation.facts {
            assert!(
                rows.iter().any(|row| row.when == *fact),
                "no row says {fact:?}"
            );
        }
        met.insert((number, state.clone(), situation.input));
        outcome(situation, &rows[number], what);
    }
    for (number, row) in rows.iter().enumerate() {
        for state in &row.states {
            for input in &row.inputs {
                let is_met = |(other, found, by): &(usize, String, &str)| {
                    *other == number && by == input && (found == state || state == "any")
                };
                assert!(
                    met.iter().any(is_met),
                    "nothing meets the row {state} | {input} | {}",
                    row.when
                );
            }
        }
    }
}

fn set(path: &str, value: Value) -> DeltaSet {
    DeltaSet::from_iter([Delta::change(Path::parse(path).expect("a path"), value)])
}

fn revision(sequence: u64, state: &Value) -> Revision {
    Revision {
        sequence,
        checksum: checksum(state),
    }
}
