//! Generated merges, and the reports that the command gives of them.

use super::folder::Folder;
use arbitrary::Unstructured;
use deltamerge::{Action, Rules, generate, laws::Concurrent};
use serde_json::{Value, json};
use std::fs;

/// A merge, and its report.
pub(crate) struct Reported {
    pub(crate) base: Value,
    pub(crate) actions: Vec<Action>,
    pub(crate) rules: Rules,
    pub(crate) state: Value,
    pub(crate) report: Value,
}

/// Merges by every kind of rules; the same ones each time.
pub(crate) fn reported(count: u64) -> impl Iterator<Item = Reported> {
    let folder = Folder::new();
    (0..count).map(move |seed| {
        let bytes = bytes(seed);
        let mut u = Unstructured::new(&bytes);
        let rules = match seed % 4 {
            0 => Rules::movex(),
            1 => Rules::movex().collapsing(),
            _ => generate::rules(&mut u).expect("rules"),
        };
        let Concurrent { base, actions } = generate::concurrent(&mut u).expect("a case");
        reported_by(&folder, base, actions, rules)
    })
}

pub(crate) fn reported_by(
    folder: &Folder,
    base: Value,
    actions: Vec<Action>,
    rules: Rules,
) -> Reported {
    let put = |name: &str, value: &Value| {
        fs::write(folder.0.join(name), value.to_string()).expect("a file is written");
    };
    put("base", &base);
    put("actions", &json!(actions));
    put("rules", &rules.to_json());
    let merge = ["merge", "base", "--actions", "actions", "--rules", "rules"];
    // In one line, members are in the order of the state; in a text, where its own side has them.
    let told = [
        "--quiet",
        "--compact",
        "--output",
        "state",
        "--report",
        "report",
    ];
    folder.run(&[&merge[..], &told].concat()).ok();
    let read = |name: &str| serde_json::from_str(&folder.read(name)).expect("JSON");
    Reported {
        base,
        actions,
        rules,
        state: read("state"),
        report: read("report"),
    }
}

fn bytes(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..100).flat_map(|_| next()).collect()
}
