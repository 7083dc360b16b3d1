//! What the laws draw their cases from: the library's generators, taken over to the model's types, and beside them what makes things
//! that fit nothing: those are nobody's business but the tests'.

use super::model::merge::{Action, Rules, Verdict};
use super::model::{Delta, Op, Path};
use super::translate::{to_library, to_model, to_model_action, to_model_rules};
use arbitrary::{Result, Unstructured};
use deltamerge::generate;
use serde_json::{Value, json};

pub use deltamerge::generate::{base, edited, rewritten, shuffle, two_arrays, two_documents};
use deltamerge::generate::{member_name as name, small_document as small};

/// Tokens that fit few places or none.
const STRANGE: [&str; 7] = ["zz", "-", "01", "7", "99999999999999999999999", "", "+1"];

fn chance(u: &mut Unstructured, of_sixteen: u8) -> Result<bool> {
    Ok(u.int_in_range(0..=15)? >= 16 - of_sixteen)
}

/// The text of a document as somebody else might write it: with spaces, escapes, and, when asked to, one member twice.
pub fn text(u: &mut Unstructured, value: &Value, twice: &mut bool) -> Result<String> {
    let space = if chance(u, 3)? { " \n" } else { "" };
    Ok(match value {
        Value::Object(members) => {
            let mut parts = vec![];
            for (name, member) in members {
                parts.push(format!(
                    "{}{space}:{}",
                    written_name(u, name)?,
                    text(u, member, twice)?
                ));
            }
            if *twice && !members.is_empty() && chance(u, 8)? {
                *twice = false;
                let name = members
                    .keys()
                    .nth(u.choose_index(members.len())?)
                    .expect("an index of the members");
                let again = small(u)?;
                let again = format!("{}:{}", written_name(u, name)?, text(u, &again, twice)?);
                parts.insert(u.int_in_range(0..=parts.len())?, again);
            }
            format!("{space}{{{}}}", parts.join(","))
        }
        Value::Array(elements) => {
            let mut parts = vec![];
            for element in elements {
                parts.push(text(u, element, twice)?);
            }
            format!("[{space}{}]", parts.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            format!("{value}{space}")
        }
    })
}

/// A member name in quotes, its first character perhaps as an escape.
fn written_name(u: &mut Unstructured, name: &str) -> Result<String> {
    let whole = json!(name).to_string();
    match name.encode_utf16().next() {
        Some(unit) if chance(u, 3)? && unit < 0xd800 => {
            let rest: String = name.chars().skip(1).collect();
            Ok(format!("\"\\u{unit:04x}{}", &json!(rest).to_string()[1..]))
        }
        _ => Ok(whole),
    }
}

// --- delta sets ------------------------------------------------------------------------------------------------------

fn step(path: &[String], token: impl ToString) -> Path {
    [path, &[token.to_string()]].concat()
}

/// A delta set that fits the base, in any order. Now and then it needs normalising.
pub fn deltas(u: &mut Unstructured, base: &Value) -> Result<Vec<Delta>> {
    Ok(to_model(&generate::deltas(u, base)?))
}

/// All paths that the document has.
pub fn paths(document: &Value) -> Vec<Path> {
    fn walk(value: &Value, path: Path, all: &mut Vec<Path>) {
        match value {
            Value::Object(members) => members
                .iter()
                .for_each(|(name, member)| walk(member, step(&path, name), all)),
            Value::Array(elements) => {
                elements
                    .iter()
                    .enumerate()
                    .for_each(|(index, element)| walk(element, step(&path, index), all));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        all.push(path);
    }
    let mut all = vec![];
    walk(document, vec![], &mut all);
    all.reverse();
    all
}

/// A path that the document has, or nearly has, or does not have.
pub fn path(u: &mut Unstructured, document: &Value) -> Result<Path> {
    let mut path = u.choose(&paths(document))?.clone();
    for _ in 0..u.int_in_range(0..=3)? {
        match u.int_in_range(0..=4)? {
            0 => drop(path.pop()),
            1 => path.push(name(u)?),
            2 => path.push((*u.choose(&STRANGE)?).to_owned()),
            3 => path.push(u.int_in_range(0..=6)?.to_string()),
            _ => {
                if let Some(last) = path.last_mut() {
                    *last = if chance(u, 8)? {
                        name(u)?
                    } else {
                        u.int_in_range(0..=6)?.to_string()
                    };
                }
            }
        }
    }
    Ok(path)
}

fn op(u: &mut Unstructured) -> Result<Op> {
    Ok(match u.int_in_range(0..=2)? {
        0 => Op::Remove,
        1 => Op::Change(small(u)?),
        _ => Op::Add(small(u)?),
    })
}

/// A delta set that may well not fit the base, or any document. What does not fit is often the only thing out of order.
pub fn loose_deltas(u: &mut Unstructured, base: &Value) -> Result<Vec<Delta>> {
    let mut set = deltas(u, base)?;
    for _ in 0..u.int_in_range(0..=2)? {
        if set.is_empty() || chance(u, 6)? {
            let delta = Delta {
                path: path(u, base)?,
                op: op(u)?,
            };
            set.insert(u.int_in_range(0..=set.len())?, delta);
            continue;
        }
        let which = u.choose_index(set.len())?;
        let mut again = set[which].clone();
        match u.int_in_range(0..=6)? {
            0 => set[which].op = op(u)?,
            1 => set[which].path = path(u, base)?,
            2 => drop(set[which].path.pop()),
            3 => {
                again.path.push(name(u)?);
                again.op = op(u)?;
                set.insert(which + 1, again);
            }
            4 => {
                again.op = op(u)?;
                set.insert(which + 1, again);
            }
            // The element behind, though there may be none.
            5 => {
                let index = again
                    .path
                    .last()
                    .and_then(|last| last.parse::<usize>().ok());
                let behind = index.and_then(|index| index.checked_add(1));
                if let (Some(behind), Some(last)) = (behind, again.path.last_mut()) {
                    *last = behind.to_string();
                }
                set.insert(which + 1, again);
            }
            _ => set.insert(which + 1, again),
        }
    }
    if chance(u, 6)? {
        shuffle(u, &mut set)?;
    }
    Ok(set)
}

// --- actions ---------------------------------------------------------------------------------------------------------

/// The same set, written differently.
pub fn rewritten_deltas(u: &mut Unstructured, deltas: &[Delta]) -> Result<Vec<Delta>> {
    Ok(to_model(&generate::rewritten_deltas(
        u,
        &to_library(deltas),
    )?))
}

/// Gives an object many members, and tells the CHANGEs of them: one that is edited so much is gone over, and its members are not looked
/// up. Nothing where the base is no object, or one of these deltas replaces it.
pub fn edits_all_over<'d>(
    base: &mut Value,
    deltas: impl IntoIterator<Item = &'d Delta>,
) -> Option<Vec<Delta>> {
    let mut deltas = deltas.into_iter();
    let members = base.as_object_mut()?;
    if deltas.any(|delta| delta.path.is_empty()) {
        return None;
    }
    let names = (0..20).map(|number| format!("member {number:02}"));
    let edits = names.map(|name| {
        members.insert(name.clone(), 0.into());
        let (path, op) = (vec![name], Op::Change(1.into()));
        Delta { path, op }
    });
    Some(edits.collect())
}

/// A base, and what several actors did to it at once.
#[derive(Clone, Debug)]
pub struct Case {
    pub base: Value,
    /// Distinct stamps, in any order; one action may be there twice.
    pub actions: Vec<Action>,
    pub rules: Rules,
}

impl Case {
    pub fn arbitrary(u: &mut Unstructured) -> Result<Case> {
        let rules = rules(u)?;
        let base = base(u)?;
        let actions = generate::actions(u, &base, 1..=4)?.into_iter();
        let mut actions: Vec<Action> = actions.map(to_model_action).collect();
        if chance(u, 3)? {
            let again = u.choose(&actions)?;
            let again = Action {
                stamp: again.stamp.clone(),
                deltas: rewritten_deltas(u, &again.deltas)?,
            };
            actions.push(again);
        }
        shuffle(u, &mut actions)?;
        Ok(Case {
            base,
            actions,
            rules,
        })
    }

    /// The same in an object of many members, most of which one action changes: such an object is gone over, and its members are not
    /// looked up. Nothing where the base is no object, or an action replaces it.
    fn edited_all_over(&self) -> Option<Case> {
        let mut case = self.clone();
        let deltas = self.actions.iter().flat_map(|action| &action.deltas);
        let edits = edits_all_over(&mut case.base, deltas)?;
        let stamp = self.actions.first()?.stamp.clone();
        for action in &mut case.actions {
            if action.stamp == stamp {
                action.deltas.extend_from_slice(&edits);
            }
        }
        Some(case)
    }

    /// The same where the names of the members of the document begin with one of two characters that share a byte: so all paths
    /// share what is no text. Nothing where the base is no object, or an action replaces it.
    fn sharing_half_a_character(&self) -> Option<Case> {
        let renamed = |name: &str| {
            let sum: u32 = name.bytes().map(u32::from).sum();
            let first = if sum.is_multiple_of(2) { 'è' } else { 'é' };
            format!("{first}{name}")
        };
        let members = self.base.as_object()?.iter();
        let members = members.map(|(name, member)| (renamed(name), member.clone()));
        let mut case = Case {
            base: members.collect(),
            ..self.clone()
        };
        for delta in case
            .actions
            .iter_mut()
            .flat_map(|action| &mut action.deltas)
        {
            let first = delta.path.first_mut()?;
            *first = renamed(first);
        }
        Some(case)
    }

    /// The same case in other forms, that take other ways through the library.
    pub fn other_forms(&self) -> impl Iterator<Item = Case> {
        let forms = [self.edited_all_over(), self.sharing_half_a_character()];
        forms.into_iter().flatten()
    }
}

// --- rules -----------------------------------------------------------------------------------------------------------

/// A rule set without circles: one of the presets, or any other.
pub fn rules(u: &mut Unstructured) -> Result<Rules> {
    Ok(to_model_rules(&generate::rules(u)?))
}

/// Any 27 verdicts, most of them coherent with the presets.
pub fn loose_rules(u: &mut Unstructured) -> Result<Rules> {
    let mut rules = rules(u)?;
    for _ in 0..u.int_in_range(0..=4)? {
        let cell = u.choose_index(27)?;
        rules.verdicts[cell] = *u.choose(&[Verdict::First, Verdict::Second, Verdict::Both])?;
    }
    Ok(rules)
}
