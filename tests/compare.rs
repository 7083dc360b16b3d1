//! COMPARE.md: what it says of deltamerge is what happens, and each of its sources is used and is there.
//!
//! What it says of the others, `tests/peers` tries, with their libraries.

#[path = "compare/cases.rs"]
mod cases;
#[path = "compare/own.rs"]
mod own;

use cases::{Case, cell, said};
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../COMPARE.md");

#[test]
fn the_column_of_deltamerge_is_what_happens() {
    for case in Case::ALL {
        let said = said(PAGE, case);
        assert!(said.len() > 6, "no row for: {}", case.sentence());
        assert_eq!(cell(&own::outcomes(case)), said[0], "{}", case.sentence());
    }
}

#[test]
fn every_source_is_used_and_every_number_has_one() {
    let (text, sources) = PAGE.split_once("## Sources").expect("sources");
    let given: BTreeSet<&str> = sources
        .lines()
        .filter_map(|line| line.split_once(". "))
        .map(|(number, _)| number)
        .collect();
    let used: BTreeSet<&str> = text
        .split('[')
        .filter_map(|rest| rest.split_once(']'))
        .map(|(number, _)| number)
        .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    assert!(used.len() > 10, "{used:?}");
    assert_eq!(given, used);
}
