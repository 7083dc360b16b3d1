//! deltamerge merges concurrent changes to JSON.
//!
//! Several actors change one JSON document at the same time. Each action becomes a set of deltas, ADD, CHANGE or REMOVE at a
//! path; deltas made from a common base merge by one published resolution table, as a pure function, so that everybody
//! ends in the same state whatever the order, grouping or repetition. Plain [`serde_json::Value`] in and out: no document
//! type to adopt, no metadata in the data.
//!
//! ```
//! use deltamerge::{Action, diff, merge};
//! use serde_json::json;
//!
//! let base = json!({"players": {"3": {"name": "Cy", "hp": 7}}, "log": ["start"]});
//! // Ann removes player 3, while Bob hits them and logs it.
//! let anns = json!({"players": {}, "log": ["start"]});
//! let bobs = json!({"players": {"3": {"name": "Cy", "hp": 6}}, "log": ["start", "hit"]});
//!
//! let ann = Action::new((1, "ann"), diff(&base, &anns)?); // (counter, actor): a stamp
//! let bob = Action::new((2, "bob"), diff(&base, &bobs)?);
//! let merged = merge(&base, [&ann, &bob])?; // in any order the same
//!
//! assert_eq!(merged.state, bobs); // who removed did not know of the change
//! let conflicts: Vec<_> = merged.conflicts().map(ToString::to_string).collect();
//! assert_eq!(conflicts, ["/players/3: change /players/3/hp (2:bob) over remove (1:ann), rule R26"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The map
//!
//! [The guide](guide) has a chapter a task, from the first merge to fuzzing your own reducer; [side by side](guide::compare) are facts about
//! other libraries.
//!
//! | one history | | many histories | |
//! |---|---|---|---|
//! | [`diff()`] | two documents to a delta set | [`merge()`] | concurrent actions to a state, deltas, decisions |
//! | [`apply()`] | a document with a set | [`Join`] | the same in two steps: join now, resolve once |
//! | [`compose()`] | two sets after each other to one | [`rebase()`] | what is left for one action to do after another |
//! | [`invert()`], [`DeltaSet::apply_and_invert`], [`merge_and_invert`] | the undo of a set, of a merge | [`Rules`] | the resolution table as data |
//!
//! | beside them | |
//! |---|---|
//! | [`parse()`], [`equal()`] | text to document without dropping anything; what equal means |
//! | [`checksum()`], [`CheckedState`] | 128 bits that are the same for equal documents everywhere; a document whose checksum follows every change |
//! | `text` (feature `text`) | the text of JSON files, of which only the changed places are rewritten |
//! | [`interop`] | JSON Patch and JSON Merge Patch, in and out |
//! | [`resync`] | two machines that keep copies of one state together |
//! | [`batch`] | all of it as JSON Lines |
//! | [`laws`] | to hold a rule set or a reducer of your own against |
//!
//! What is read is [`Path`], [`Delta`], [`DeltaSet`], [`Stamp`] and [`Action`]; what comes out is [`Merged`] or [`Resolution`], with a [`Decision`] for each delta
//! that met others. All of them are written and read by serde. Each verb has a form with a bound on depth or [`Options`] of its own.
//!
//! Every decision names a row of [the resolution table](guide::table). The specification, with the table, the laws L1 to L8 and vectors for other languages, is the folder `spec/` of the
//! repository. The ids in this documentation (`R26`, `L4`, `D7` …) are its.
//!
//! # Invariants
//!
//! - No IO, clock, randomness or threads. No `unsafe`. No panic, whatever the input.
//! - Everything points down: simulation → resync → checked → merge → delta → path → value. A test holds the modules to it.
//! - One function, [`RuleId::of`] and the presets beside it, knows the resolution table.
//! - An `Err` is for malformed input; a conflict is data, a [`Decision`].
//! - Nothing depends on serde_json's features that another crate can switch on: `preserve_order` and `arbitrary_precision` change
//!   no result, but for the order of members in output. (With the second, serde_json reads an object whose one member is named
//!   `$serde_json::private::Number` as a number.)
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | none, the default | everything above but what follows; twelve crates are pulled in, serde's and serde_json's among them |
//! | `json-patch` | JSON Patch, through the types of the json-patch crate |
//! | `text` | the text of JSON files, of which only the changed places are rewritten; three texts merged, with conflict markers |
//! | `strong`, `movex` | a cryptographic form of the checksum, and Movex's own |
//! | `simulation` | a network that fails in every way, from a seed, to try [`resync`] in |
//! | `arbitrary`, `proptest`, `quickcheck` | generators of documents and concurrent edits (`generate`) |
//! | `cli` | the `deltamerge` command |
//!
//! The library needs the standard library. Of the twelve crates eleven do without it; imara-diff 0.2, which aligns long arrays, does not.
//!
//! # Scope
//!
//! deltamerge merges what was done on a *common base*. It keeps no history in the document and no tombstones, so it does not
//! merge states of unknown origin as a CRDT does. It does not move elements: a moved element is removed and added. It does
//! not merge inside strings.

// On docs.rs each item says which feature it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod batch;
pub(crate) mod checked;
pub(crate) mod checksum;
pub(crate) mod delta;
pub(crate) mod document;
pub(crate) mod form;
#[cfg(feature = "arbitrary")]
pub mod generate;
#[cfg(any(doc, doctest))]
pub mod guide;
pub mod interop;
pub mod laws;
pub(crate) mod merge;
pub(crate) mod path;
pub mod resync;
#[cfg(feature = "simulation")]
pub mod simulation;
#[cfg(feature = "text")]
pub mod text;
pub(crate) mod value;

pub use checked::CheckedState;
#[cfg(feature = "movex")]
pub use checksum::movex::movex_checksum;
#[cfg(feature = "strong")]
pub use checksum::strong::{StrongChecksum, strong_checksum};
pub use checksum::{Checksum, ChecksumError, checksum, checksum_at};
pub use delta::apply::{ApplyError, apply, apply_within};
pub use delta::compose::{compose, compose_within};
pub use delta::diff::{diff, diff_within};
pub use delta::invert::{invert, invert_within};
pub use delta::lenient::{Adjustment, Became};
pub use delta::normalize::{DeltaError, Fault};
pub use delta::{Action, Delta, DeltaSet, DiffType, Op, Stamp};
pub use document::{ReadError, TooDeep, parse, parse_within};
pub use form::FormError;
pub use merge::exchange::{Undo, merge_and_invert};
pub use merge::join::{Join, MergeError};
pub use merge::rebase::{rebase, rebase_with};
pub use merge::resolution::{DataType, RuleId, Rules, Verdict};
pub use merge::{Decision, Merged, Options, Party, Resolution, merge, merge_in_place, merge_with};
pub use path::{Path, PathError};
pub use value::{DEFAULT_DEPTH, Kind, MAX_DEPTH, equal};

/// The README's code is tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
