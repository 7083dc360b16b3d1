//! Between the library's types and the model's.

use super::model::merge::{Action as ModelAction, Rules as ModelRules, Verdict as ModelVerdict};
use super::model::{self, Delta as ModelDelta, Op as ModelOp};
use deltamerge::{Action, Delta, DeltaSet, Op, Options, Path, RuleId, Rules, Verdict};
use std::cell::RefCell;

pub fn to_library(deltas: &[ModelDelta]) -> DeltaSet {
    let one = |delta: &ModelDelta| Delta {
        path: Path::parse(&model::path_text(&delta.path)).expect("the model writes pointers"),
        op: match &delta.op {
            ModelOp::Add(value) => Op::Add(value.clone()),
            ModelOp::Change(value) => Op::Change(value.clone()),
            ModelOp::Remove => Op::Remove,
        },
    };
    deltas.iter().map(one).collect()
}

pub fn to_model(deltas: &DeltaSet) -> Vec<ModelDelta> {
    let one = |delta: &Delta| ModelDelta {
        path: model::parse_path(delta.path.as_str()).expect("the library writes pointers"),
        op: match &delta.op {
            Op::Add(value) => ModelOp::Add(value.clone()),
            Op::Change(value) => ModelOp::Change(value.clone()),
            Op::Remove => ModelOp::Remove,
        },
    };
    deltas.iter().map(one).collect()
}

pub fn action(action: &ModelAction) -> Action {
    Action::new(
        (action.stamp.0, action.stamp.1.as_str()),
        to_library(&action.deltas),
    )
}

pub fn to_model_action(action: Action) -> ModelAction {
    ModelAction {
        stamp: (action.stamp.counter, action.stamp.actor.to_string()),
        deltas: to_model(&action.deltas),
    }
}

pub fn to_model_rules(rules: &Rules) -> ModelRules {
    ModelRules {
        verdicts: RuleId::ALL.map(|id| match rules.verdict(id) {
            Verdict::First => ModelVerdict::First,
            Verdict::Second => ModelVerdict::Second,
            Verdict::Both => ModelVerdict::Both,
        }),
        collapse: rules.collapse(),
    }
}

/// The options with these rules. Reading them goes over the whole table for circles, and a law asks for the same ones many times.
pub fn options(rules: &ModelRules) -> Options {
    thread_local! {
        static LAST: RefCell<Option<(ModelRules, Options)>> = const { RefCell::new(None) };
    }
    LAST.with_borrow_mut(|last| match last {
        Some((same, options)) if same == rules => options.clone(),
        _ => {
            let read = serde_json::from_value::<Rules>(rules.wire());
            let options = Options::from(read.expect("a rule set without circles"));
            *last = Some((rules.clone(), options.clone()));
            options
        }
    })
}
