//! The laws of `spec/`, each a function of bytes: `Err` tells the case, and what differed.
//!
//! [`LAWS`] lists them by name, so that every engine can drive them all.

use super::generate::Case;
use super::model::merge::{Action as ModelAction, Rules as ModelRules};
use super::model::{self, Delta as ModelDelta, Fault};
use super::translate::{action, options, to_library, to_model};
use arbitrary::Unstructured;
use deltamerge::{
    Action, ApplyError, DeltaError, DeltaSet, MergeError, Merged, Path, TooDeep, diff, merge_with,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Display;
use std::sync::atomic::AtomicU64;

mod checked;
mod documents;
mod machines;
mod many_histories;
mod one_history;
mod refusing;
mod texts;

/// A law: of the bytes it makes a case, and tells how the law is broken.
pub type Law = fn(&mut Unstructured) -> Result<(), String>;

/// Every law, by name.
pub const LAWS: &[(&str, Law)] = &[
    ("equality", |u| settled(documents::equality(u))),
    ("paths", |u| settled(documents::paths(u))),
    ("reading", |u| settled(documents::reading(u))),
    ("wire", |u| settled(documents::wire(u))),
    ("wire_refusals", |u| settled(documents::wire_refusals(u))),
    ("diff_leads_there", |u| {
        settled(one_history::diff_leads_there(u))
    }),
    ("alignment", |u| settled(one_history::alignment(u))),
    ("diff_of_equals_is_empty", |u| {
        settled(one_history::diff_of_equals_is_empty(u))
    }),
    ("normalize", |u| settled(one_history::normalize(u))),
    ("strict_application", |u| {
        settled(one_history::strict_application(u))
    }),
    ("lenient_application", |u| {
        settled(one_history::lenient_application(u))
    }),
    ("merge_is_a_function_of_the_set", |u| {
        settled(many_histories::merge_is_a_function_of_the_set(u))
    }),
    ("grouping_into_joins", |u| {
        settled(many_histories::grouping_into_joins(u))
    }),
    ("merge_of_one_is_application", |u| {
        settled(of_case(u, many_histories::merge_of_one_is_application))
    }),
    ("rebase_meets_merge", |u| {
        settled(of_case(u, many_histories::rebase_meets_merge))
    }),
    ("compose_is_one_after_the_other", |u| {
        settled(one_history::compose_is_one_after_the_other(u))
    }),
    ("compose_is_associative", |u| {
        settled(one_history::compose_is_associative(u))
    }),
    ("invert_leads_back", |u| {
        settled(one_history::invert_leads_back(u))
    }),
    ("apply_and_invert_is_both", |u| {
        settled(one_history::apply_and_invert_is_both(u))
    }),
    ("checksum_is_equality", |u| {
        settled(documents::checksum_is_equality(u))
    }),
    ("checked_state_follows", |u| {
        settled(checked::state_follows(u))
    }),
    ("checked_elements_follow", |u| {
        settled(checked::elements_follow(u))
    }),
    ("checked_merge_follows", |u| {
        settled(of_case(u, checked::merge_follows))
    }),
    ("merged_deltas_and_decisions", |u| {
        settled(of_case(u, many_histories::merged_deltas_and_decisions))
    }),
    ("merge_agrees_with_the_model", |u| {
        settled(of_case(u, many_histories::merge_agrees_with_the_model))
    }),
    ("refusals", |u| settled(refusing::refusals(u))),
    ("joins_refuse", |u| settled(refusing::joins_refuse(u))),
    ("rules", |u| settled(documents::rules(u))),
    ("depth", |u| settled(refusing::depth(u))),
    ("door", |u| settled(refusing::door(u))),
    ("network", |u| settled(machines::network(u))),
    ("messages", |u| settled(machines::messages(u))),
    ("texts_are_read", |u| settled(texts::texts_are_read(u))),
    ("texts_are_edited", |u| settled(texts::texts_are_edited(u))),
    ("texts_are_merged", |u| settled(texts::texts_are_merged(u))),
];

/// A law of a whole case.
pub type LawOfCases = fn(&Case) -> Result<(), String>;

/// The laws of whole cases, by name, for engines that make cases themselves.
pub const LAWS_OF_CASES: &[(&str, LawOfCases)] = &[
    ("merge_of_one_is_application", |case| {
        settled(many_histories::merge_of_one_is_application(case))
    }),
    ("rebase_meets_merge", |case| {
        settled(many_histories::rebase_meets_merge(case))
    }),
    ("merged_deltas_and_decisions", |case| {
        settled(many_histories::merged_deltas_and_decisions(case))
    }),
    ("merge_agrees_with_the_model", |case| {
        settled(many_histories::merge_agrees_with_the_model(case))
    }),
    ("checked_merge_follows", |case| {
        settled(checked::merge_follows(case))
    }),
    ("every_order_and_grouping", |case| {
        settled(many_histories::every_order_and_grouping(case))
    }),
];

fn of_case(u: &mut Unstructured, law: fn(&Case) -> Checked) -> Checked {
    law(&Case::arbitrary(u)?)
}

/// How often each rule was the rule of a decision: R1 at 1, and so on.
pub static RULES_SEEN: [AtomicU64; 28] = [const { AtomicU64::new(0) }; 28];

/// Why a law stops early.
enum Stop {
    /// The bytes do not make a case.
    Spent,
    /// The law is broken.
    Broken(String),
}

type Checked = Result<(), Stop>;

impl From<arbitrary::Error> for Stop {
    fn from(_: arbitrary::Error) -> Stop {
        Stop::Spent
    }
}

fn settled(checked: Checked) -> Result<(), String> {
    match checked {
        Ok(()) | Err(Stop::Spent) => Ok(()),
        Err(Stop::Broken(what)) => Err(what),
    }
}

// --- between the library and the model -------------------------------------------------------------------------------

fn array_diff(before: &Value, after: &Value) -> Vec<ModelDelta> {
    to_model(&diff(before, after).expect("documents of little depth"))
}

fn written(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("everything can be written")
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("everything can be written")
}

// --- what a law asks -------------------------------------------------------------------------------------------------

/// What a case consists of, for the one who reads that a law is broken.
type Told<'a> = &'a dyn Fn() -> Value;

fn broken(told: Told, what: impl Display) -> Stop {
    Stop::Broken(format!("{what}\nin {:#}", told()))
}

fn ask(holds: bool, told: Told, what: impl Display) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(broken(told, what))
    }
}

/// Asks for one document, by the model's equality.
fn ask_equal(told: Told, what: &str, expected: &Value, got: &Value) -> Checked {
    if model::equal(expected, got) {
        return Ok(());
    }
    Err(broken(
        told,
        format!("{what}:\nexpected {expected}\ngot      {got}"),
    ))
}

/// Asks that something is not refused.
fn good<T, E: Display>(told: Told, what: &str, result: Result<T, E>) -> Result<T, Stop> {
    result.map_err(|error| broken(told, format!("{what} is refused: {error}")))
}

fn ask_canonical(told: Told, what: &str, base: &Value, deltas: &DeltaSet) -> Checked {
    let set = to_model(deltas);
    ask(
        model::is_canonical(base, &set),
        told,
        format_args!("{what} is not canonical for its base: {}", text(deltas)),
    )
}

/// Asks that the library refuses just what the model refuses, for a reason that the model knows.
fn ask_same_fate<T, E, M>(
    told: Told,
    what: &str,
    got: Result<T, E>,
    expected: &Result<M, Vec<Fault>>,
) -> Checked
where
    Refusal: From<E>,
{
    match (got.map_err(Refusal::from), expected) {
        (Ok(_), Ok(_)) => Ok(()),
        (Ok(_), Err(faults)) => Err(broken(
            told,
            format!("{what} is not refused, but: {faults:?}"),
        )),
        (Err(refusal), Ok(_)) => Err(broken(
            told,
            format!("{what} is refused without a reason: {refusal:?}"),
        )),
        (Err(refusal), Err(faults)) => {
            let known = faults.iter().any(|fault| {
                refusal.code == fault.code && (fault.path.is_none() || refusal.path == fault.path)
            });
            ask(
                known && !refusal.message.is_empty(),
                told,
                format_args!("{what}: {refusal:?}, but the reason is {faults:?}"),
            )
        }
    }
}

/// An error of the library.
#[derive(Debug)]
struct Refusal {
    code: &'static str,
    path: Option<String>,
    message: String,
}

impl Refusal {
    fn new(code: &'static str, path: Option<&Path>, error: &dyn Display) -> Refusal {
        Refusal {
            code,
            path: path.map(Path::to_string),
            message: error.to_string(),
        }
    }
}

impl From<DeltaError> for Refusal {
    fn from(error: DeltaError) -> Refusal {
        Refusal::new(error.code(), Some(&error.path), &error)
    }
}

impl From<ApplyError> for Refusal {
    fn from(error: ApplyError) -> Refusal {
        match error {
            ApplyError::Document(error) => error.into(),
            ApplyError::Delta(error) => error.into(),
            other => panic!("an error of a new kind: {other}"),
        }
    }
}

impl From<MergeError> for Refusal {
    fn from(error: MergeError) -> Refusal {
        Refusal::new(error.code(), error.path(), &error)
    }
}

impl From<TooDeep> for Refusal {
    fn from(error: TooDeep) -> Refusal {
        Refusal::new(error.code(), None, &error)
    }
}

fn told_case(case: &Case) -> Value {
    let actions: Value = case.actions.iter().map(ModelAction::wire).collect();
    let rules = [
        ("movex", ModelRules::movex()),
        ("remove-wins", ModelRules::remove_wins()),
        ("first-wins", ModelRules::first_wins()),
    ];
    let preset = rules
        .iter()
        .find(|(_, rules)| rules.verdicts == case.rules.verdicts);
    let rules = match preset {
        Some((name, _)) => json!({"preset": name, "collapse": case.rules.collapse}),
        None => case.rules.wire(),
    };
    json!({"base": case.base, "actions": actions, "rules": rules})
}

/// Merges a case as it stands.
fn merged(told: Told, case: &Case, actions: &[Action]) -> Result<Merged, Stop> {
    good(
        told,
        "merge",
        merge_with(&case.base, actions, &options(&case.rules)),
    )
}

/// Asks that two results of a merge are the same.
fn ask_same_merge(told: Told, what: &str, one: &Merged, other: &Merged) -> Checked {
    ask_equal(told, &format!("{what}: state"), &one.state, &other.state)?;
    ask_equal(
        told,
        &format!("{what}: deltas"),
        &written(&one.deltas),
        &written(&other.deltas),
    )?;
    ask_equal(
        told,
        &format!("{what}: decisions"),
        &written(&one.decisions),
        &written(&other.decisions),
    )
}

/// N5: where the map type keeps the order of members, those of the base stay where they are, and new ones follow.
fn ask_order_kept(told: Told, base: &Value, state: &Value) -> Checked {
    let keeps_order = json!({"b": 1, "a": 1}).to_string().starts_with("{\"b\"");
    let (Value::Object(before), Value::Object(after), true) = (base, state, keeps_order) else {
        return Ok(());
    };
    let old = before.keys().filter(|name| after.contains_key(*name));
    let new = after.keys().filter(|name| !before.contains_key(*name));
    ask(
        after.keys().eq(old.chain(new)),
        told,
        format_args!("members have moved: {base} became {state}"),
    )?;
    for (name, member) in before {
        if let Some(now) = after.get(name) {
            ask_order_kept(told, member, now)?;
        }
    }
    Ok(())
}
