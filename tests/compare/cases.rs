//! The cases of COMPARE.md.

use serde_json::{Value, json};

/// Two actors, one base: what each does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    AddAdd,
    ChangeChange,
    ChangeRemove,
    EditInsideRemoved,
    EditInsideReplaced,
    RunsInOneGap,
    OneElement,
}

impl Case {
    pub(crate) const ALL: [Case; 7] = [
        Case::AddAdd,
        Case::ChangeChange,
        Case::ChangeRemove,
        Case::EditInsideRemoved,
        Case::EditInsideReplaced,
        Case::RunsInOneGap,
        Case::OneElement,
    ];

    /// As COMPARE.md says it.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Case::AddAdd => "both add an object under one name",
            Case::ChangeChange => "both change one member",
            Case::ChangeRemove => "one changes a member, the other removes it",
            Case::EditInsideRemoved => {
                "one changes a member of an object, the other removes the object"
            }
            Case::EditInsideReplaced => {
                "one changes a member of an object, the other replaces the object by a number"
            }
            Case::RunsInOneGap => "both add two elements in one place",
            Case::OneElement => "both replace one element of an array",
        }
    }
}

/// The base of every case.
pub(crate) fn base() -> Value {
    json!({"o": {"x": 1, "y": 2}, "n": 1, "l": [1, 2]})
}

/// The part of the document that the case is about, and its name.
pub(crate) fn shown(case: Case, state: &Value) -> Value {
    let name = match case {
        Case::AddAdd => "new",
        Case::ChangeChange | Case::ChangeRemove => "n",
        Case::EditInsideRemoved | Case::EditInsideReplaced => "o",
        Case::RunsInOneGap | Case::OneElement => "l",
    };
    state.get(name).cloned().unwrap_or_else(|| json!("gone"))
}

/// What came of a case, for each of the ways to order the two actors: ann's name before bob's, and after it.
pub(crate) type Outcomes = [Value; 2];

/// Outcomes as a cell of the page: a text says that there is no value.
pub(crate) fn cell([one, other]: &Outcomes) -> String {
    let said = |outcome: &Value| match outcome.as_str() {
        Some(word) => word.to_owned(),
        None => format!("`{outcome}`"),
    };
    if one == other {
        said(one)
    } else {
        format!("{} or {}", said(one), said(other))
    }
}

/// The cells of the row for a case on the page: deltamerge's, then the others'.
pub(crate) fn said(page: &str, case: Case) -> Vec<&str> {
    // The case is a line of the list above the table, and its number is the row's.
    let number = page
        .lines()
        .find_map(|line| line.strip_suffix(&format!(". {}", case.sentence())));
    let start = number.map(|number| format!("| {number} | "));
    let row = start.and_then(|start| page.lines().find_map(|line| line.strip_prefix(&start)));
    row.into_iter()
        .flat_map(|row| row.split('|'))
        .map(str::trim)
        .collect()
}
