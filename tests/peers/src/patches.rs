//! json-patch: the difference of each side, and one applied after the other.

use crate::cases::{Case, Outcomes, base, shown};
use crate::own;
use serde_json::json;

pub(crate) fn outcomes(case: Case) -> Outcomes {
    let patches = own::edited(case).map(|after| json_patch::diff(&base(), &after));
    [[0, 1], [1, 0]].map(|[first, second]| {
        let mut state = base();
        json_patch::patch(&mut state, &patches[first]).expect("it fits its base");
        match json_patch::patch(&mut state, &patches[second]) {
            Ok(()) => shown(case, &state),
            Err(_) => json!("refused"),
        }
    })
}
