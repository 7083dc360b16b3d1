//! The laws of the specification, held against random cases.
//!
//! `DELTAMERGE_CASES` says how many cases each law gets. A few thousand are drawn and shrunk by proptest; more, by a loop that is
//! faster and tells how far it is:
//!
//!     DELTAMERGE_CASES=1000000 cargo test --release --test laws -- --nocapture
//!
//! Every run draws the same cases; `DELTAMERGE_SEED` (a number) draws others. `DELTAMERGE_SHRINK=0` tells a case that breaks a law
//! as it was drawn: shrinking takes longer than finding does, and a run over many planted faults only asks what finds them.

mod common;

use arbitrary::Unstructured;
use common::laws::{LAWS, Law, RULES_SEEN};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::panic::{catch_unwind, resume_unwind};
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Cases of a law when nobody says how many: the whole file is to take less than a minute unoptimised.
const CASES: u64 = if cfg!(debug_assertions) { 1_000 } else { 4_000 };

/// From here on proptest would take longer than the laws do.
const MANY: u64 = 10_000;

/// Enough to meet the rarest rule.
const CASES_FOR_EVERY_RULE: u64 = 4_000;

/// The longest input. Longer ones do not make larger cases: the generators are bounded.
const BYTES: usize = 1_024;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.replace('_', "")
            .parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {text}")),
    )
}

fn shrinks() -> bool {
    number("DELTAMERGE_SHRINK") != Some(0)
}

fn seed(name: &str) -> u64 {
    name.bytes()
        .fold(number("DELTAMERGE_SEED").unwrap_or(1), |seed, byte| {
            seed.wrapping_mul(1_099_511_628_211) ^ u64::from(byte)
        })
}

fn law(name: &str) -> Law {
    LAWS.iter()
        .find(|(other, _)| *other == name)
        .unwrap_or_else(|| panic!("no law {name}"))
        .1
}

/// Holds a law against as many cases as were asked for.
fn hold(name: &str) {
    let cases = number("DELTAMERGE_CASES").unwrap_or(CASES);
    if cases < MANY {
        hold_and_shrink(name, cases)
    } else {
        hold_many(name, cases)
    }
}

fn hold_and_shrink(name: &str, cases: u64) {
    let config = Config {
        cases: u32::try_from(cases).expect("less than many"),
        failure_persistence: None,
        max_shrink_iters: if shrinks() { 100_000 } else { 0 },
        ..Config::default()
    };
    let mut seed_bytes = [0; 32];
    seed_bytes[..8].copy_from_slice(&seed(name).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(
        config,
        TestRng::from_seed(RngAlgorithm::ChaCha, &seed_bytes),
    );
    let result = runner.run(&vec(any::<u8>(), 0..BYTES), |bytes| {
        law(name)(&mut Unstructured::new(&bytes)).map_err(TestCaseError::fail)
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(what, bytes)) => panic!("{name}: {what}\nbytes {bytes:?}"),
        Err(TestError::Abort(why)) => panic!("{name}: {why}"),
    }
}

/// Numbers that are random enough (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Short inputs as often as long ones.
    fn bytes(&mut self) -> Vec<u8> {
        let most = BYTES >> (self.next() % 6);
        let length = (self.next() % most as u64) as usize;
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend(self.next().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}

fn hold_many(name: &str, cases: u64) {
    let law = law(name);
    let started = Instant::now();
    let mut random = Random(seed(name));
    for case in 0..cases {
        let bytes = random.bytes();
        let held = catch_unwind(|| law(&mut Unstructured::new(&bytes)));
        let held = held.unwrap_or_else(|panic| {
            eprintln!("{name}, case {case} panicked\nbytes {bytes:?}");
            resume_unwind(panic)
        });
        if let Err(what) = held {
            let (bytes, what) = if shrinks() {
                shrunk(law, bytes, what)
            } else {
                (bytes, what)
            };
            panic!("{name}, case {case}: {what}\nbytes {bytes:?}");
        }
        if (case + 1) % (cases / 10) == 0 {
            eprintln!(
                "{name}: {} cases in {:.1} s",
                case + 1,
                started.elapsed().as_secs_f64()
            );
        }
    }
}

/// A smaller input that breaks the law: pieces left out, bytes made less, as long as that helps.
fn shrunk(law: Law, mut bytes: Vec<u8>, mut what: String) -> (Vec<u8>, String) {
    loop {
        let before = bytes.clone();
        let mut piece = bytes.len();
        while piece > 0 {
            let mut at = 0;
            while at + piece <= bytes.len() {
                let less = [&bytes[..at], &bytes[at + piece..]].concat();
                match law(&mut Unstructured::new(&less)) {
                    Err(other) => (bytes, what) = (less, other),
                    Ok(()) => at += piece,
                }
            }
            piece /= 2;
        }
        for at in 0..bytes.len() {
            for smaller in [0, bytes[at] / 2, bytes[at].saturating_sub(1)] {
                let mut less = bytes.clone();
                less[at] = smaller;
                if smaller < bytes[at]
                    && let Err(other) = law(&mut Unstructured::new(&less))
                {
                    (bytes, what) = (less, other);
                    break;
                }
            }
        }
        if bytes == before {
            return (bytes, what);
        }
    }
}

macro_rules! laws {
    ($($sentence:ident: $name:literal,)*) => {
        $(
            #[test]
            fn $sentence() {
                hold($name);
            }
        )*

        #[test]
        fn every_law_has_its_test() {
            let tested = [$($name),*];
            let listed: Vec<&str> = LAWS.iter().map(|(name, _)| *name).collect();
            assert_eq!(tested.as_slice(), listed);
        }
    };
}

laws! {
    equality_is_that_of_the_mathematical_values: "equality",
    paths_are_json_pointers_in_document_order: "paths",
    a_text_is_read_as_its_document_or_refused: "reading",
    what_is_written_is_read_as_the_same: "wire",
    what_is_not_of_the_form_is_not_read: "wire_refusals",
    a_difference_leads_from_the_first_document_to_the_second: "diff_leads_there",
    arrays_are_aligned_by_a_shortest_edit_script: "alignment",
    the_difference_of_equal_documents_is_empty: "diff_of_equals_is_empty",
    normalising_gives_the_one_canonical_form: "normalize",
    strict_application_is_all_or_nothing: "strict_application",
    lenient_application_follows_the_table_and_reports: "lenient_application",
    merge_is_a_function_of_the_set_of_actions: "merge_is_a_function_of_the_set",
    any_grouping_into_joins_gives_one_result: "grouping_into_joins",
    the_merge_of_one_action_is_its_application: "merge_of_one_is_application",
    rebasing_either_way_round_is_merging: "rebase_meets_merge",
    a_composed_set_does_what_the_two_do: "compose_is_one_after_the_other",
    composing_is_associative_in_effect: "compose_is_associative",
    an_inverted_set_leads_back: "invert_leads_back",
    what_is_applied_becomes_its_undo: "apply_and_invert_is_both",
    checksums_agree_exactly_when_documents_are_equal: "checksum_is_equality",
    a_checked_state_follows_whatever_is_applied: "checked_state_follows",
    a_checked_state_follows_elements_that_come_and_go: "checked_elements_follow",
    a_checked_state_follows_what_is_merged: "checked_merge_follows",
    merged_deltas_lead_to_the_state_and_decisions_agree_with_their_cells: "merged_deltas_and_decisions",
    merge_agrees_with_the_model: "merge_agrees_with_the_model",
    every_verb_refuses_what_the_model_refuses: "refusals",
    a_join_that_refuses_stays_as_it_was: "joins_refuse",
    rules_that_go_in_a_circle_are_refused: "rules",
    what_is_too_deep_is_refused: "depth",
    the_door_says_what_the_verbs_say: "door",
    everybody_agrees_once_the_network_has_healed: "network",
    no_message_breaks_a_machine: "messages",
    texts_are_read_as_documents_are: "texts_are_read",
    an_edited_text_keeps_what_was_not_edited: "texts_are_edited",
    a_merged_text_shows_what_contradicts: "texts_are_merged",
}

#[test]
fn every_rule_but_those_that_no_base_reaches_decides_something() {
    hold_many(
        "merged_deltas_and_decisions",
        number("DELTAMERGE_CASES")
            .unwrap_or(0)
            .max(CASES_FOR_EVERY_RULE),
    );
    let seen = |rule: usize| RULES_SEEN[rule].load(Ordering::Relaxed);
    let counts: Vec<String> = (1..=27)
        .map(|rule| format!("R{rule} {}", seen(rule)))
        .collect();
    eprintln!("decisions by rule: {}", counts.join(", "));
    for rule in 1..=27 {
        let can_be_reached = ![2, 3, 4, 7].contains(&rule);
        assert_eq!(
            seen(rule) > 0,
            can_be_reached,
            "R{rule}: {} decisions",
            seen(rule)
        );
    }
}
