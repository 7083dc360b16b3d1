//! x
pub mod batch;
pub(crate) mod checksum;
pub(crate) mod delta;
pub(crate) mod document;
pub(crate) mod form;
pub(crate) mod merge;
pub(crate) mod path;
pub(crate) mod value;

pub use checksum::{Checksum, ChecksumError, checksum};
pub use delta::apply::{ApplyError, apply, apply_within};
pub use delta::compose::{compose, compose_within};
pub use delta::diff::{diff, diff_within};
pub use delta::invert::{invert, invert_within};
pub use delta::normalize::{Adjustment, Became, DeltaError, Fault};
pub use delta::{Action, Delta, DeltaSet, DiffType, Op, Stamp};
pub use document::{ReadError, TooDeep, parse, parse_within};
pub use form::FormError;
pub use merge::join::{Join, MergeError};
pub use merge::rebase::{rebase, rebase_with};
pub use merge::resolution::{DataType, RuleId, Rules, Verdict};
pub use merge::{
    Decision, Merged, Options, Party, Resolution, merge, merge_in_place, merge_with,
};
pub use path::{Path, PathError};
pub use value::{DEFAULT_DEPTH, Kind, MAX_DEPTH, equal};
