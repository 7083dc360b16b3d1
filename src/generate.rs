//! Generators, for applications that fuzz code which uses deltamerge. Behind the features `arbitrary`, `proptest` and `quickcheck`.
//!
//! What they draw meets often: few names, so that actions speak of the same slots, of ancestors and of what is inside them, and add
//! in one gap; changes of kind; equal values written differently; names that a pointer escapes or that look like indices; numbers at
//! the edges of the integers and of the doubles. All that they draw fits: a delta set its base, a rule set the laws.
//!
//! Everything is a function of [`Unstructured`], so that a fuzzer, proptest and quickcheck draw from the same. Fewer bytes give
//! smaller things. The generators ask for bytes in an order of their own, and a saved corpus depends on it: a release that changes
//! it says so in the changelog.
//!
//! | to draw | with `arbitrary` | with `proptest` (module `strategies`) | with `quickcheck` |
//! |---|---|---|---|
//! | a document | [`document`], [`base`], [`Document`] | `documents()` | [`Document`] |
//! | edits of a document | [`edited`], [`deltas()`], [`actions`] | `edits_of(base)` | |
//! | concurrent edits | [`concurrent`], [`concurrent_on`], [`Concurrent`] | `concurrent(sides)`, `concurrent_on(base, sides)` | [`Concurrent`] |
//! | rules | [`rules()`], [`Rules`](crate::Rules) | `rule_sets()` | [`Rules`](crate::Rules) |
//!
//! Each of the types implements `Arbitrary` of all three; so do [`Path`](crate::Path), [`Op`](crate::Op), [`Delta`](crate::Delta),
//! [`DeltaSet`](crate::DeltaSet), [`Stamp`](crate::Stamp) and [`Action`](crate::Action). With proptest and quickcheck they shrink by
//! structure: actions, deltas and members are left out, values made plainer, and what is left fits at every step ([`Shrink`]).
//!
//! With `arbitrary`, as in a target of cargo-fuzz:
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use deltamerge::{laws::Concurrent, merge};
//!
//! let input = [7_u8, 1, 250, 3, 9, 64, 31, 8, 4, 77, 15, 12];
//! let Concurrent { base, actions } = Concurrent::arbitrary(&mut Unstructured::new(&input))?;
//! let merged = merge(&base, &actions).expect("they fit");
//! assert_eq!(merged.state, merge(&base, actions.iter().rev()).expect("they fit").state);
//! # Ok::<(), arbitrary::Error>(())
//! ```

mod by_arbitrary;
#[cfg(feature = "quickcheck")]
mod by_quickcheck;
mod deltas;
mod documents;
mod rules;
mod shrinking;
#[cfg(feature = "proptest")]
pub mod strategies;

#[cfg(doc)]
use crate::laws::Concurrent;
#[cfg(doc)]
use arbitrary::Unstructured;

pub use by_arbitrary::Document;
pub use deltas::{actions, concurrent, concurrent_on, deltas, rewritten_deltas};
pub use documents::{
    base, document, edited, member_name, rewritten, scalar, shuffle, small_document, two_arrays,
    two_documents,
};
pub use rules::rules;
pub use shrinking::Shrink;
