//! deltamerge.

use crate::cases::{Case, Outcomes, base, shown};
use deltamerge::{Action, diff, merge};
use serde_json::{Value, json};

/// The documents that ann and bob make of the base.
pub(crate) fn edited(case: Case) -> [Value; 2] {
    let edit = |edit: &dyn Fn(&mut Value)| {
        let mut document = base();
        edit(&mut document);
        document
    };
    let remove = |name: &'static str| {
        move |document: &mut Value| {
            let members = document.as_object_mut().expect("an object");
            members.remove(name);
        }
    };
    match case {
        Case::AddAdd => [
            edit(&|document| document["new"] = json!({"a": 1})),
            edit(&|document| document["new"] = json!({"b": 2})),
        ],
        Case::ChangeChange => [
            edit(&|document| document["n"] = json!(2)),
            edit(&|document| document["n"] = json!(3)),
        ],
        Case::ChangeRemove => [
            edit(&|document| document["n"] = json!(2)),
            edit(&remove("n")),
        ],
        Case::EditInsideRemoved => [
            edit(&|document| document["o"]["x"] = json!(9)),
            edit(&remove("o")),
        ],
        Case::EditInsideReplaced => [
            edit(&|document| document["o"]["x"] = json!(9)),
            edit(&|document| document["o"] = json!(7)),
        ],
        Case::RunsInOneGap => [
            edit(&|document| document["l"] = json!([1, 3, 4, 2])),
            edit(&|document| document["l"] = json!([1, 5, 6, 2])),
        ],
        Case::OneElement => [
            edit(&|document| document["l"] = json!([1, 8])),
            edit(&|document| document["l"] = json!([1, 9])),
        ],
    }
}

pub(crate) fn outcomes(case: Case) -> Outcomes {
    let [ann, bob] = edited(case);
    [[1, 2], [2, 1]].map(|[first, second]| {
        let actions =
            [(first, "ann", &ann), (second, "bob", &bob)].map(|(counter, actor, after)| {
                Action::new((counter, actor), diff(&base(), after).expect("not deep"))
            });
        let merged = merge(&base(), &actions).expect("they fit");
        shown(case, &merged.state)
    })
}
