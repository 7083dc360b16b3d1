//! The same laws once more, driven by quickcheck: another way to draw and to shrink.

mod common;

use arbitrary::Unstructured;
use common::laws::LAWS;
use quickcheck::{Arbitrary, Gen, QuickCheck, TestResult, Testable};

/// Cases of each law: proptest, the fuzzers and the small worlds draw many more.
const CASES: u64 = 200;

#[test]
fn every_law_holds_for_what_quickcheck_draws() {
    for number in 0..LAWS.len() {
        let mut engine = QuickCheck::new()
            .tests(CASES)
            .rng(Gen::from_size_and_seed(512, 1));
        engine.quickcheck(Numbered(number));
    }
}

/// A law by its number.
#[derive(Clone, Copy)]
struct Numbered(usize);

impl Testable for Numbered {
    fn result(&self, source: &mut Gen) -> TestResult {
        let (_, law) = LAWS[self.0];
        let bytes: Vec<u8> = Arbitrary::arbitrary(source);
        let broken = |bytes: &Vec<u8>| law(&mut Unstructured::new(bytes)).err();
        let Some(mut story) = broken(&bytes) else {
            return TestResult::passed();
        };
        if std::env::var("DELTAMERGE_SHRINK").is_ok_and(|shrink| shrink == "0") {
            return TestResult::error(story);
        }
        // The smallest input that still breaks it, and its story.
        let mut smallest = bytes;
        while let Some((smaller, told)) = Arbitrary::shrink(&smallest)
            .find_map(|smaller| broken(&smaller).map(|told| (smaller, told)))
        {
            (smallest, story) = (smaller, told);
        }
        TestResult::error(story)
    }
}
