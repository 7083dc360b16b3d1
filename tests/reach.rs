//! What the generators reach: how often a generated case has a decision by each rule, that is by each pair of diff types for each data
//! type. The laws are held against such cases, so what is rare here is tested little.
//!
//! The table of `spec/evidence.md` is what this prints:
//!
//!     DELTAMERGE_CASES=100000 cargo test --release --test reach -- --nocapture

use arbitrary::Unstructured;
use deltamerge::generate::{concurrent, rules};
use deltamerge::laws::Concurrent;
use deltamerge::{DataType, DiffType, Options, RuleId, merge_with};
use serde_json::json;

/// Cases when nobody says how many: enough to see one half of a percent.
const CASES: u64 = 10_000;

/// Cases of the table in the specification.
const PUBLISHED: u64 = 100_000;

const EVIDENCE: &str = include_str!("../spec/evidence.md");

/// The least part of the cases, in percent, that each rule must decide in.
const LEAST: f64 = 0.5;

/// The longest input. Longer ones do not make larger cases: the generators are bounded.
const BYTES: u64 = 1_024;

/// Numbers that are random enough (SplitMix64).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Short inputs as often as long ones.
fn input(state: &mut u64) -> Vec<u8> {
    let most = BYTES >> (random(state) % 6);
    let length = random(state) % most;
    (0..length).map(|_| random(state) as u8).collect()
}

/// Of a rule: in how many cases it decided, and how often.
#[derive(Clone, Copy, Default)]
struct Reached {
    cases: u64,
    decisions: u64,
}

/// Of a number of cases drawn one after the other: what each rule decided in, and how many decisions there were.
fn reached(cases: u64) -> ([Reached; 27], u64) {
    let mut reached = [Reached::default(); 27];
    let mut all = 0;
    let mut state = 1;
    for _ in 0..cases {
        let bytes = input(&mut state);
        let u = &mut Unstructured::new(&bytes);
        let options = Options::from(rules(u).expect("rules"));
        let Concurrent { base, actions } = concurrent(u).expect("a case");
        let merged = merge_with(&base, &actions, &options).expect("they fit");
        let mut here = [0; 27];
        for decision in &merged.decisions {
            here[decision.rule as usize] += 1;
            all += 1;
        }
        for (sum, here) in reached.iter_mut().zip(here) {
            sum.cases += u64::from(here > 0);
            sum.decisions += here;
        }
    }
    (reached, all)
}

/// The diff types and the data type of a rule.
fn cell(rule: RuleId) -> (DiffType, DiffType, DataType) {
    let types = DiffType::ALL.into_iter();
    let pairs = types.flat_map(|first| DiffType::ALL.map(|second| (first, second)));
    let mut cells =
        pairs.flat_map(|(first, second)| DataType::ALL.map(|data| (first, second, data)));
    let is_it = |(first, second, data): &(_, _, _)| RuleId::of(*first, *second, *data) == rule;
    cells.find(is_it).expect("a cell")
}

#[test]
fn every_cell_of_the_table_that_a_base_reaches_is_reached_often() {
    let cases = std::env::var("DELTAMERGE_CASES").ok();
    let cases = cases.map_or(CASES, |cases| cases.parse().expect("a number"));
    let (reached, decisions) = reached(cases);
    let percent = |part: u64, of: u64| 100.0 * part as f64 / of as f64;
    println!("{cases} cases, {decisions} decisions\n");
    println!("| rule | first | second | data | of the cases | of the decisions |");
    println!("|---|---|---|---|---:|---:|");
    // The page has the table for this many, drawn from maps that sort their members.
    let keeps_order = json!({"b": 1, "a": 1}).to_string().starts_with("{\"b\"");
    let is_published = cases == PUBLISHED && !keeps_order;
    let mut rare = vec![];
    for (rule, here) in RuleId::ALL.into_iter().zip(reached) {
        let (first, second, data) = cell(rule);
        // From one base these deltas do not meet.
        if ["R2", "R3", "R4", "R7"].contains(&&*rule.to_string()) {
            assert_eq!(here.decisions, 0, "{rule}");
            continue;
        }
        let (share, part) = (
            percent(here.cases, cases),
            percent(here.decisions, decisions),
        );
        let row = format!(
            "| {rule} | {first} | {second} | {} | {share:.2} % | {part:.2} % |",
            data.name()
        );
        println!("{row}");
        assert!(
            !is_published || EVIDENCE.contains(&row),
            "not in spec/evidence.md: {row}"
        );
        if share < LEAST {
            rare.push(format!("{rule}: {share:.2} %"));
        }
    }
    assert_eq!(rare, [""; 0], "of {cases} cases");
}
