//! The guide: one chapter a task, each with an example that is tested.
//!
//! | chapter | |
//! |---|---|
//! | [First merge](first_merge) | two copies of a document become one, and what became of whose change |
//! | [Stamps and order](stamps) | who is later, and what that does |
//! | [Many sides](many_sides) | any number of actions, in any order, in parts |
//! | [Offline edits](offline) | several steps made elsewhere, brought over what happened meanwhile |
//! | [Undo](undo) | taking back one's own step amid the changes of others |
//! | [Rules](rules) | other verdicts than the default ones |
//! | [Checked states and resync](resync) | noticing that copies differ, and bringing them together |
//! | [JSON Patch](patches) | patches of other programs, in and out |
//! | [Fuzzing](fuzzing) | holding a reducer of your own against the laws of merging |
//!
//! [The resolution table](table) is what the ids of rules refer to. [Side by side](compare) has facts about other libraries, [Changes](changelog) what each version brought.
//!
//! All chapters use the same words as the specification; its glossary is in `spec/README.md` of the repository.

#[doc = include_str!("guide/first_merge.md")]
pub mod first_merge {}

#[doc = include_str!("guide/stamps.md")]
pub mod stamps {}

#[doc = include_str!("guide/many_sides.md")]
pub mod many_sides {}

#[doc = include_str!("guide/offline.md")]
pub mod offline {}

#[doc = include_str!("guide/undo.md")]
pub mod undo {}

#[doc = include_str!("guide/rules.md")]
pub mod rules {}

#[doc = include_str!("guide/resync.md")]
pub mod resync {}

#[doc = include_str!("guide/patches.md")]
pub mod patches {}

#[doc = include_str!("guide/fuzzing.md")]
pub mod fuzzing {}

#[doc = include_str!("guide/table.md")]
pub mod table {}

#[doc = include_str!("../COMPARE.md")]
pub mod compare {}

#[doc = include_str!("../CHANGELOG.md")]
pub mod changelog {}
