//! Who takes part. Each does the work in the best form that it has; what that form does not do, `what` says.

pub(crate) mod apart;
mod automerge;
mod crdt;
mod digests;
mod json_patch;
mod loro;
mod own;
mod serde_json_diff;
mod sums;
mod text;
mod treediff;
mod yrs;

use crate::case::{Load, Task};
use crate::measure::Sample;
use anyhow::Result;

pub(crate) use automerge::Automerge;
pub(crate) use crdt::{Crdt, sent};
pub(crate) use loro::Loro;
pub(crate) use yrs::Yrs;

pub(crate) enum Entry<'w> {
    Timed(Sample<'w>),
    /// It does this task, but not here.
    Refused(String),
    /// It does not do this task.
    Absent,
}

/// What a contender is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'w> {
    pub(crate) load: &'w Load,
    pub(crate) task: Task,
}

/// Checks a contender on a task, and gives it ready to be measured.
pub(crate) type Prepare = for<'w> fn(Asked<'w>) -> Result<Entry<'w>>;

/// Where a contender works.
#[derive(Clone, Copy)]
pub(crate) enum Home {
    /// In this process, as all do who work on plain values.
    Here(Prepare),
    /// In this program once more.
    Own(Prepare),
    Node,
}

pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) home: Home,
}

const fn plain(name: &'static str, prepare: Prepare, what: &'static str) -> Contender {
    let home = Home::Here(prepare);
    Contender { name, what, home }
}

const fn document_type(name: &'static str, prepare: Prepare, what: &'static str) -> Contender {
    let home = Home::Own(prepare);
    Contender { name, what, home }
}

const fn javascript(name: &'static str, what: &'static str) -> Contender {
    let home = Home::Node;
    Contender { name, what, home }
}

pub(crate) fn all() -> Vec<Contender> {
    vec![
        plain(
            "limit",
            own::limit,
            "what nobody can do without: a comparison, a walk, the look-ups of all paths",
        ),
        plain(
            "bare",
            own::bare,
            "the edit that was found or decided, and nothing checked: its paths looked up once",
        ),
        plain(
            "digests",
            digests::prepare,
            "deltamerge, and beside it the hashes that a checksum needs to follow",
        ),
        plain(
            "deltamerge",
            own::plain,
            "in place, all or nothing, with every decision; what it applies or merges becomes the undo, but of 64 sides; the stream with its checksum",
        ),
        plain(
            "deltamerge-lent",
            own::lent,
            "merges actions that stay as they are",
        ),
        plain(
            "deltamerge-given",
            own::given,
            "merges the 64 sides' actions, which are used up",
        ),
        plain(
            "deltamerge-keep",
            own::keep,
            "applies a set that stays as it is; merges into a copy, and keeps the base",
        ),
        plain(
            "deltamerge-checked",
            own::checked,
            "in place, and the checksum of the result with it",
        ),
        plain(
            "deltamerge-keep-checked",
            own::keep_checked,
            "applies a set that stays as it is, and the checksum with it",
        ),
        plain(
            "deltamerge-unchecked",
            own::unchecked,
            "the stream without checksums",
        ),
        plain(
            "deltamerge-strong",
            own::strong,
            "the checksum for peers that lie",
        ),
        plain(
            "deltamerge-movex",
            own::movex,
            "the checksum of Movex's clients",
        ),
        plain(
            "json-patch",
            json_patch::plain,
            "patch_unsafe: positions in arrays; stops half-way at an error",
        ),
        plain(
            "json-patch-atomic",
            json_patch::atomic,
            "patch: as json-patch, but all or nothing",
        ),
        plain(
            "json-patch-blind",
            json_patch::blind,
            "no merge: one patch after the other, as if nobody else had done anything",
        ),
        plain(
            "treediff",
            treediff::prepare,
            "positions in arrays; borrows the values; cannot apply what it found",
        ),
        plain(
            "serde_json_diff",
            serde_json_diff::prepare,
            "positions in arrays; uses up both documents; cannot apply what it found",
        ),
        plain(
            "diffy",
            text::prepare,
            "lines of pretty-printed text, printing included; conflicts are left as marks in the text",
        ),
        document_type(
            "automerge",
            automerge::plain,
            "integrates decoded changes into its document type, which keeps all history",
        ),
        document_type(
            "automerge+json",
            automerge::json,
            "as automerge, then writes the document as a JSON value",
        ),
        document_type(
            "loro",
            loro::plain,
            "integrates updates, decoding included, into its document type, which keeps all history",
        ),
        document_type(
            "loro+json",
            loro::json,
            "as loro, then writes the document as a JSON value",
        ),
        document_type(
            "yrs",
            yrs::plain,
            "integrates decoded updates into its document type, which keeps tombstones",
        ),
        document_type(
            "yrs+json",
            yrs::json,
            "as yrs, then writes the document as a JSON value",
        ),
        plain(
            "text-xxh3",
            sums::xxh3,
            "the text's xxh3: equal only if the order of members is, too",
        ),
        plain(
            "text-md5",
            sums::md5,
            "the text's MD5: equal only if the order of members is, too",
        ),
        plain(
            "serde_jcs",
            sums::jcs,
            "SHA-256 of the canonical text (RFC 8785)",
        ),
        plain(
            "serde_json_canonicalizer",
            sums::canonicalizer,
            "SHA-256 of the canonical text (RFC 8785)",
        ),
        javascript(
            "fast-json-patch",
            "Node: positions in arrays; in place, stops half-way at an error",
        ),
        javascript(
            "fast-json-patch-blind",
            "Node: no merge: one patch after the other, as if nobody else had done anything",
        ),
        javascript(
            "jsondiffpatch",
            "Node: finds elements by id where they have one; in place",
        ),
        javascript(
            "ot-json1",
            "Node: transforms operations over each other; a new document that shares with the old",
        ),
        javascript(
            "trimerge",
            "Node: merges three documents; of a conflict takes the second side",
        ),
        javascript("movex", "Node: Movex's checksum, an MD5 of sorted text"),
    ]
}
