//! What is a step smaller than what was drawn, for engines that shrink by structure.

use super::Document;
use crate::{
    delta::{Action, Delta, DeltaSet, Op, Stamp},
    laws::{Concurrent, smaller_documents},
    merge::resolution::{RuleId, Rules},
    path::Path,
};

/// Something that can be made smaller.
///
/// Implemented for all that the generators draw. The candidates of the candidates and so on end.
///
/// ```
/// use deltamerge::generate::{Document, Shrink};
/// use serde_json::json;
/// assert!(Document(json!([7])).smaller().contains(&Document(json!([]))));
/// ```
pub trait Shrink: Sized {
    /// Candidates that are a step smaller, those that go furthest first. O(n²) for a value of size n, to write them all.
    fn smaller(&self) -> Vec<Self>;
}

impl Shrink for Document {
    fn smaller(&self) -> Vec<Document> {
        smaller_documents(&self.0).map(Document).collect()
    }
}

/// As [`Concurrent::smaller`].
impl Shrink for Concurrent {
    fn smaller(&self) -> Vec<Concurrent> {
        Concurrent::smaller(self).collect()
    }
}

/// With a token less.
impl Shrink for Path {
    fn smaller(&self) -> Vec<Path> {
        let tokens: Vec<_> = self.tokens().collect();
        let without = |left_out| {
            let mut path = Path::root();
            let others = tokens.iter().enumerate().filter(|(k, _)| *k != left_out);
            others.for_each(|(_, token)| path.push(token));
            path
        };
        (0..tokens.len()).map(without).collect()
    }
}

/// A REMOVE, or the same with a smaller value.
impl Shrink for Op {
    fn smaller(&self) -> Vec<Op> {
        let again: fn(_) -> Op = match self {
            Op::Add(_) => Op::Add,
            Op::Change(_) => Op::Change,
            Op::Remove => return vec![],
        };
        let values = self.value().into_iter().flat_map(smaller_documents);
        [Op::Remove].into_iter().chain(values.map(again)).collect()
    }
}

impl Shrink for Delta {
    fn smaller(&self) -> Vec<Delta> {
        let Delta { path, op } = self;
        let paths = path.smaller().into_iter().map(|path| {
            let op = op.clone();
            Delta { path, op }
        });
        let ops = op.smaller().into_iter().map(|op| {
            let path = path.clone();
            Delta { path, op }
        });
        paths.chain(ops).collect()
    }
}

/// With a delta less, or a smaller value in one.
impl Shrink for DeltaSet {
    fn smaller(&self) -> Vec<DeltaSet> {
        let replaced = |k: usize, by: Option<Delta>| {
            let others = (&self[..k], &self[k + 1..]);
            others
                .0
                .iter()
                .cloned()
                .chain(by)
                .chain(others.1.iter().cloned())
                .collect()
        };
        let fewer = (0..self.len()).map(|k| replaced(k, None));
        let smaller = (0..self.len()).flat_map(|k| {
            let ops = self[k].op.smaller().into_iter();
            // An ADD that becomes a REMOVE would fit no longer.
            let ops = ops.filter(move |op| op.diff_type() == self[k].op.diff_type());
            ops.map(move |op| {
                let path = self[k].path.clone();
                replaced(k, Some(Delta { path, op }))
            })
        });
        fewer.chain(smaller).collect()
    }
}

/// The first stamp of that actor, and the first of all.
impl Shrink for Stamp {
    fn smaller(&self) -> Vec<Stamp> {
        let plain = Stamp::from((1, "ann"));
        let first = Stamp::from((1, &*self.actor));
        let mut smaller = vec![];
        if *self != plain {
            smaller.push(plain.clone());
        }
        if *self != first && first != plain {
            smaller.push(first);
        }
        smaller
    }
}

impl Shrink for Action {
    fn smaller(&self) -> Vec<Action> {
        let Action { stamp, deltas } = self;
        let stamps = stamp.smaller().into_iter();
        let stamps = stamps.map(|stamp| Action::new(stamp, deltas.clone()));
        let sets = deltas.smaller().into_iter();
        let sets = sets.map(|deltas| Action::new(stamp.clone(), deltas));
        sets.chain(stamps).collect()
    }
}

/// The default, or the same with a cell less that differs from it: what is left are the cells that matter.
impl Shrink for Rules {
    fn smaller(&self) -> Vec<Rules> {
        let plain = Rules::movex();
        if *self == plain {
            return vec![];
        }
        let with = |cells: &dyn Fn(RuleId) -> bool| {
            let mut rules = plain.clone();
            let kept = RuleId::ALL.into_iter().filter(|id| cells(*id));
            kept.for_each(|id| rules.set(id, self.verdict(id)));
            rules
        };
        let mut smaller = vec![plain.clone()];
        if self.collapse() {
            smaller.push(with(&|_| true));
        }
        let differs = |id: &RuleId| self.verdict(*id) != plain.verdict(*id);
        for left_out in RuleId::ALL.into_iter().filter(differs) {
            let rules = with(&|id| id != left_out);
            let rules = if self.collapse() {
                rules.collapsing()
            } else {
                rules
            };
            smaller.push(rules);
        }
        smaller.retain(|rules| !rules.goes_in_circles());
        smaller
    }
}
