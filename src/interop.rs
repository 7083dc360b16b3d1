//! Delta sets as other formats, and other formats as delta sets (`spec/interop.md`).
//!
//! | format | in | out | merged |
//! |---|---|---|---|
//! | JSON Patch, [RFC 6902](https://www.rfc-editor.org/rfc/rfc6902) (feature `json-patch`) | `read_json_patch`, `from_json_patch` | `to_json_patch`, `to_json_patch_with_tests` | `merge_json_patches` |
//! | JSON Merge Patch, [RFC 7396](https://www.rfc-editor.org/rfc/rfc7396) | [`from_merge_patch`] | [`to_merge_patch`] | as delta sets |
//!
//! Patches that were made on one base merge as their delta sets do:
//!
//! ```
//! use deltamerge::{Action, interop::from_merge_patch, merge};
//! use serde_json::json;
//! let base = json!({"name": "Cy", "hp": 7, "mp": 1});
//! let ann = Action::new((1, "ann"), from_merge_patch(&base, &json!({"hp": 5, "mp": null}))?);
//! let bob = Action::new((2, "bob"), from_merge_patch(&base, &json!({"hp": 6}))?);
//! assert_eq!(merge(&base, [&ann, &bob])?.state, json!({"name": "Cy", "hp": 6}));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "json-patch")]
mod json_patch;
mod merge_patch;

#[cfg(feature = "json-patch")]
pub use json_patch::{
    MergePatchesError, PatchError, from_json_patch, from_json_patch_within, merge_json_patches,
    read::read_json_patch, to_json_patch, to_json_patch_with_tests,
};
pub use merge_patch::{Unsayable, from_merge_patch, from_merge_patch_within, to_merge_patch};
