//! `arbitrary::Arbitrary` for the types of the library.

use super::{
    deltas::{concurrent, deltas, stamp},
    documents::{base, document, member_name, small_document},
    rules::rules,
};
use crate::{
    delta::{Action, Delta, DeltaSet, Op, Stamp},
    laws::Concurrent,
    merge::resolution::Rules,
    path::Path,
};
use arbitrary::{Arbitrary, Result, Unstructured};
use serde_json::Value;

/// Any document, for engines that draw types: [`serde_json::Value`] is not ours to implement their traits for.
///
/// ```
/// use arbitrary::{Arbitrary, Unstructured};
/// let deltamerge::generate::Document(document) = Arbitrary::arbitrary(&mut Unstructured::new(&[3, 0]))?;
/// assert_eq!(document, serde_json::json!({}));
/// # Ok::<(), arbitrary::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Document(pub Value);

impl<'a> Arbitrary<'a> for Document {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Document> {
        document(u).map(Document)
    }
}

/// [`concurrent`].
impl<'a> Arbitrary<'a> for Concurrent {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Concurrent> {
        concurrent(u)
    }
}

/// A path of up to four tokens, names and indices.
impl<'a> Arbitrary<'a> for Path {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Path> {
        let mut path = Path::root();
        for _ in 0..u.int_in_range(0..=4)? {
            path.push(&member_name(u)?);
        }
        Ok(path)
    }
}

/// A REMOVE, or a CHANGE or an ADD of a small document.
impl<'a> Arbitrary<'a> for Op {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Op> {
        Ok(match u.int_in_range(0..=2)? {
            0 => Op::Remove,
            1 => Op::Change(small_document(u)?),
            _ => Op::Add(small_document(u)?),
        })
    }
}

/// Any path, any operation: which document it fits is left open.
impl<'a> Arbitrary<'a> for Delta {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Delta> {
        let (path, op) = (Path::arbitrary(u)?, Op::arbitrary(u)?);
        Ok(Delta { path, op })
    }
}

/// A set that fits some document; [`deltas`](super::deltas()) draws one for a document that is given.
impl<'a> Arbitrary<'a> for DeltaSet {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<DeltaSet> {
        let base = base(u)?;
        deltas(u, &base)
    }
}

impl<'a> Arbitrary<'a> for Stamp {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Stamp> {
        stamp(u)
    }
}

/// An action that fits some document.
impl<'a> Arbitrary<'a> for Action {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Action> {
        let (stamp, deltas) = (stamp(u)?, DeltaSet::arbitrary(u)?);
        Ok(Action { stamp, deltas })
    }
}

/// A rule set without circles.
impl<'a> Arbitrary<'a> for Rules {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Rules> {
        rules(u)
    }
}
