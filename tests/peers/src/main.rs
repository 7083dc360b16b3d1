//! What other libraries make of the cases in COMPARE.md: each case is tried, and its outcome held against what the page says.
//!
//!     cargo run --manifest-path tests/peers/Cargo.toml

#[path = "../../compare/cases.rs"]
mod cases;
mod crdts;
#[path = "../../compare/own.rs"]
mod own;
mod patches;

use cases::{Case, Outcomes, cell, said};

fn main() {
    let page = include_str!("../../../COMPARE.md");
    let mut wrong = 0;
    for case in Case::ALL {
        println!("{}", case.sentence());
        let said = said(page, case);
        // The column of json1 is for json1.js.
        let outcomes: [(usize, &str, Outcomes); 5] = [
            (0, "deltamerge", own::outcomes(case)),
            (1, "Automerge", crdts::automerge(case)),
            (2, "Loro", crdts::loro(case)),
            (3, "yrs", crdts::yrs(case)),
            (5, "json-patch", patches::outcomes(case)),
        ];
        for (column, peer, outcomes) in outcomes {
            let found = cell(&outcomes);
            println!("  {peer:<12}{found}");
            if said.get(column) != Some(&found.as_str()) {
                println!("    but COMPARE.md says {:?}", said.get(column));
                wrong += 1;
            }
        }
    }
    assert_eq!(wrong, 0, "cells of COMPARE.md that are not what happens");
}
