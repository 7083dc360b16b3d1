//! What a merge came to, as data (spec/report.md): what changed, who changed it, which rule decided.

pub(crate) mod form;
mod slots;

use crate::account::Account;
use deltamerge::{Action, Decision, Delta, DiffType, Path, RuleId, Rules, Stamp};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A merge that is over.
pub(crate) struct Merge<'m> {
    /// Where the base came from, and the base.
    pub(crate) base: (String, &'m Value),
    /// Where each action came from, and the action.
    pub(crate) actions: Vec<(String, &'m Action)>,
    pub(crate) rules: &'m Rules,
    pub(crate) state: &'m Value,
    pub(crate) deltas: &'m [Delta],
    pub(crate) decisions: &'m [Decision],
}

/// A merge with the tree of its slots.
pub(crate) struct Report<'m> {
    pub(crate) merge: Merge<'m>,
    pub(crate) account: Account<'m>,
    pub(crate) root: Slot<'m>,
}

/// A member or an element that was spoken of, or that is on the way to one (T2).
pub(crate) struct Slot<'m> {
    pub(crate) step: Step,
    /// In the coordinates of the base; of an added element, the path of its gap.
    pub(crate) path: Path,
    /// Where it is in the merged document, if it is there.
    pub(crate) now: Option<Path>,
    pub(crate) base: Option<&'m Value>,
    pub(crate) state: Option<&'m Value>,
    pub(crate) changes: Vec<Change<'m>>,
    /// Which of the decisions were made about it.
    pub(crate) decisions: Vec<usize>,
    pub(crate) inside: Vec<Slot<'m>>,
}

/// How a slot's container leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Root,
    Member(String),
    /// The index in the base, and that in the merged document.
    Element(usize, Option<usize>),
    /// The gap, and the index in the merged document.
    Added(usize, Option<usize>),
}

/// What one action did in a slot (T5).
#[derive(Clone, Copy)]
pub(crate) struct Change<'m> {
    /// Its place among the actions.
    pub(crate) action: usize,
    pub(crate) diff_type: DiffType,
    /// None where the slots inside tell it.
    pub(crate) value: Option<&'m Value>,
    pub(crate) stands: bool,
}

impl<'m> Report<'m> {
    /// O(the deltas, and the members of each object on the way to one).
    pub(crate) fn new(mut merge: Merge<'m>) -> Report<'m> {
        merge.actions.sort_by_key(|(_, action)| &action.stamp);
        merge.actions.dedup_by_key(|(_, action)| &action.stamp);
        let actions: Vec<&Action> = merge.actions.iter().map(|(_, action)| *action).collect();
        let account = Account::new(&actions, merge.decisions, merge.rules);
        let root = slots::root(&merge, &Decided::new(&actions, merge.decisions));
        Report {
            merge,
            account,
            root,
        }
    }

    /// The slots, each before those inside it, with how deep they are.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (usize, &Slot<'m>)> {
        let mut open = vec![(0, &self.root)];
        std::iter::from_fn(move || {
            let (depth, slot) = open.pop()?;
            open.extend(slot.inside.iter().rev().map(|inside| (depth + 1, inside)));
            Some((depth, slot))
        })
    }

    pub(crate) fn conflicts(&self) -> usize {
        let decisions = self.merge.decisions.iter();
        decisions.filter(|decision| decision.conflict).count()
    }

    pub(crate) fn delta_count(&self) -> usize {
        let actions = self.merge.actions.iter();
        actions.map(|(_, action)| action.deltas.len()).sum()
    }
}

impl Slot<'_> {
    /// Whether it holds the same container as before, or one that several made, and the slots inside tell of it.
    pub(crate) fn is_told_inside(&self) -> bool {
        let kinds = (self.base, self.state);
        !self.inside.is_empty()
            && match kinds {
                (Some(Value::Array(_)), Some(Value::Array(_)))
                | (Some(Value::Object(_)) | None, Some(Value::Object(_))) => true,
                (None | Some(_), None | Some(_)) => false,
            }
    }
}

/// Whose delta, of which type, where.
type Said<'m> = (usize, DiffType, &'m str);

/// The decisions, by what they are about.
struct Decided<'m> {
    /// Those of slots, by path.
    slots: HashMap<&'m str, Vec<usize>>,
    /// Those of gaps, by the path of the gap and the action of the loser, in the order of its additions there.
    gaps: HashMap<(&'m str, usize), Vec<usize>>,
    /// The deltas that lost something.
    lost: HashSet<Said<'m>>,
}

impl<'m> Decided<'m> {
    fn new(actions: &[&Action], decisions: &'m [Decision]) -> Decided<'m> {
        let ranks: BTreeMap<&Stamp, usize> = actions.iter().map(|it| &it.stamp).zip(0..).collect();
        let mut decided = Decided {
            slots: HashMap::new(),
            gaps: HashMap::new(),
            lost: HashSet::new(),
        };
        for (index, decision) in decisions.iter().enumerate() {
            let Decision { path, loser, .. } = decision;
            // The stamps of decisions are those of the actions.
            let rank = ranks.get(&loser.stamp).copied().unwrap_or_default();
            if is_of_gap(decision) {
                let here = decided.gaps.entry((path.as_str(), rank)).or_default();
                here.push(index);
            } else {
                decided.slots.entry(path.as_str()).or_default().push(index);
            }
            if decision.conflict {
                let delta = &loser.delta;
                let said = (rank, delta.op.diff_type(), delta.path.as_str());
                decided.lost.insert(said);
            }
        }
        decided
    }

    fn stands(&self, action: usize, diff_type: DiffType, path: &Path) -> bool {
        !self.lost.contains(&(action, diff_type, path.as_str()))
    }
}

/// Two ADDs meet in an array only where both are in one gap.
fn is_of_gap(decision: &Decision) -> bool {
    decision.rule == RuleId::R10
}
