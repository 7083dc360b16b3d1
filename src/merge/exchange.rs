//! Many histories: actions that are merged into a document, and become what undoes that (Y6). Nothing that stands is copied.

use super::join::{Joined, MergeError, in_order};
use super::ranked::{Ranked, joined};
use super::resolve::{Resolver, are_distinct, resolve};
use super::standing::Standing;
use super::{Decision, Options};
use crate::{
    delta::{
        Action, Delta, DeltaSet,
        exchange::{exchange_at_once, exchange_watched},
        slots::meetings,
        watch::{Unwatched, Watch},
    },
    value::maps_keep_order,
};
use serde_json::Value;
use std::mem;

/// What undoes a merge, and how that was decided (Y6): what [`merge_and_invert`] gives.
///
/// ```
/// use deltamerge::{Action, Options, diff, merge_and_invert};
/// use serde_json::json;
/// let mut state = json!({"hp": 7});
/// let action = |counter, hp: u32| diff(&state, &json!({"hp": hp})).map(|set| Action::new((counter, "ann"), set));
/// let mut actions = vec![action(1, 5)?, action(2, 6)?];
/// let undo = merge_and_invert(&mut state, &mut actions, &Options::default())?;
/// assert_eq!(undo.deltas, diff(&state, &json!({"hp": 7}))?);
/// assert_eq!(undo.decisions[0].to_string(), "/hp: change (2:ann) over change (1:ann), rule R5");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The set that leads back to the base, canonical for the merged state (L6).
    pub deltas: DeltaSet,
    /// What was made of each delta that met others (K1 to K4).
    pub decisions: Vec<Decision>,
}

impl Undo {
    /// The decisions in which somebody did not get what they wanted.
    pub fn conflicts(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|decision| decision.conflict)
    }
}

/// Merges concurrent actions into the document that they were made on, uses them up, and gives what undoes that (Y6).
///
/// What stands is handed over to the document, and what was there to the undo: of canonical sets no value is copied, however large,
/// unless maps keep the order of their members. So where values are large, or the undo is wanted, it takes less than
/// [`merge_in_place`](crate::merge_in_place()); where most deltas meet others, more. O(k log k) for k deltas in all, and what they
/// touch, whatever the size of the document; an ADD or REMOVE in an array moves the elements behind it.
///
/// # Errors
/// As [`merge`](crate::merge()); then the document and the actions are as they were.
///
/// ```
/// use deltamerge::{Action, Options, diff, merge_and_invert};
/// use serde_json::json;
/// let mut state = json!({"hp": 7, "mp": 1});
/// let mut actions = vec![
///     Action::new((1, "ann"), diff(&state, &json!({"hp": 5, "mp": 1}))?),
///     Action::new((2, "bob"), diff(&state, &json!({"hp": 6}))?),
/// ];
/// let mut undo = merge_and_invert(&mut state, &mut actions, &Options::default())?;
/// assert_eq!(state, json!({"hp": 6}));
/// assert!(actions.is_empty());
/// assert_eq!(undo.conflicts().count(), 1);
///
/// undo.deltas.apply_and_invert(&mut state)?;
/// assert_eq!(state, json!({"hp": 7, "mp": 1}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn merge_and_invert(
    document: &mut Value,
    actions: &mut Vec<Action>,
    options: &Options,
) -> Result<Undo, MergeError> {
    merge_exchanging(document, actions, options, &mut Unwatched, ())
}

/// [`merge_and_invert`] under the eyes of somebody; `root` is the place of the document.
pub(crate) fn merge_exchanging<W: Watch>(
    document: &mut Value,
    actions: &mut Vec<Action>,
    options: &Options,
    watch: &mut W,
    root: W::Place,
) -> Result<Undo, MergeError> {
    let undo = match exchange_merged(document, actions, options, watch, root) {
        Some(undo) => undo,
        None => {
            let resolved = resolve(document, &in_order(&*actions), options)?;
            let (mut deltas, decisions) = resolved.into_resolution().into_parts();
            exchange_watched(document, &mut deltas, options.depth, watch, root)
                .expect("what actions merge to fits");
            Undo { deltas, decisions }
        }
    };
    actions.clear();
    Ok(undo)
}

/// Resolves actions, takes from them what stands, and exchanges that with the document. Nothing is done where one is there twice or not
/// canonical, or where values would have to be copied.
fn exchange_merged<W: Watch>(
    document: &mut Value,
    actions: &mut [Action],
    options: &Options,
    watch: &mut W,
    root: W::Place,
) -> Option<Undo> {
    if maps_keep_order() {
        return None;
    }
    let mut actions: Vec<&mut Action> = actions.iter_mut().collect();
    actions.sort_by(|a, b| a.stamp.cmp(&b.stamp));
    let joined: Vec<_> = actions
        .iter()
        .map(|action| (&action.stamp, &action.deltas))
        .collect();
    let mut plan = Plan::of(document, &joined, options)?;
    let (mut standing, fallen) = plan.take(&mut actions);
    if exchange_at_once(document, &mut standing, options.depth, watch, root) {
        let deltas = DeltaSet::from_sorted(standing);
        let decisions = plan.decisions;
        return Some(Undo { deltas, decisions });
    }
    plan.give_back(&mut actions, standing, fallen);
    None
}

/// What a merge comes to.
struct Plan {
    /// Of each delta, in canonical order: the place of its action in the order of the stamps, and what becomes of it.
    fates: Vec<(usize, Fate)>,
    /// What is made of several, in the same order.
    made: Vec<Delta>,
    decisions: Vec<Decision>,
}

#[derive(Clone, Copy)]
enum Fate {
    Stands,
    Falls,
    /// What stands in its place is made of it and others.
    FallsForMade,
}

impl Plan {
    /// Only what meets others is looked up: whether the rest fits is seen when it is made. Nothing where an action is there twice, or is
    /// seen not to be canonical.
    fn of(base: &Value, actions: &[Joined<'_>], options: &Options) -> Option<Plan> {
        let are_sorted = actions.iter().all(|(_, deltas)| deltas.is_in_order());
        (are_sorted && are_distinct(actions)).then_some(())?;
        let joined = joined(actions);
        let mut fates = Vec::with_capacity(joined.len());
        let mut met: Vec<&Ranked<'_>> = Vec::new();
        for meeting in meetings(&joined) {
            if let [lone] = meeting {
                fates.push((lone.rank, Fate::Stands));
            } else {
                fates.extend(meeting.iter().map(|ranked| (ranked.rank, Fate::Falls)));
                met.extend(meeting);
            }
        }
        let resolved = Resolver::new(actions, options).canonical(base, &met, options.depth)?;
        let mut made = Vec::new();
        for merged in resolved.deltas {
            fates[merged.place].1 = match merged.delta {
                Standing::Given(_) => Fate::Stands,
                Standing::Made(delta) => {
                    made.push(*delta);
                    Fate::FallsForMade
                }
            };
        }
        let decisions = resolved.decisions;
        Some(Plan {
            fates,
            made,
            decisions,
        })
    }

    /// Takes the deltas out of the actions: what stands, and what falls.
    fn take(&mut self, actions: &mut [&mut Action]) -> (Vec<Delta>, Vec<Delta>) {
        let take = |action: &mut &mut Action| mem::take(&mut action.deltas).into_iter();
        let mut sets: Vec<_> = actions.iter_mut().map(take).collect();
        let mut made = mem::take(&mut self.made).into_iter();
        let (mut standing, mut fallen) = (Vec::with_capacity(self.fates.len()), Vec::new());
        for (rank, fate) in &self.fates {
            let delta = sets[*rank].next();
            match fate {
                Fate::Stands => standing.extend(delta),
                Fate::Falls => fallen.extend(delta),
                Fate::FallsForMade => {
                    standing.extend(made.next());
                    fallen.extend(delta);
                }
            }
        }
        (standing, fallen)
    }

    /// Gives back what was taken.
    fn give_back(self, actions: &mut [&mut Action], standing: Vec<Delta>, fallen: Vec<Delta>) {
        let (mut standing, mut fallen) = (standing.into_iter(), fallen.into_iter());
        let mut sets: Vec<Vec<Delta>> = actions.iter().map(|_| Vec::new()).collect();
        for (rank, fate) in self.fates {
            let delta = match fate {
                Fate::Stands => standing.next(),
                Fate::Falls => fallen.next(),
                Fate::FallsForMade => standing.next().and(fallen.next()),
            };
            sets[rank].extend(delta);
        }
        for (action, deltas) in actions.iter_mut().zip(sets) {
            action.deltas = DeltaSet::from_sorted(deltas);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::diff::diff;
    use serde_json::json;

    fn actions(base: &Value, afters: &[Value]) -> Vec<Action> {
        let set = |after| diff(base, after).expect("shallow documents");
        let sets = afters.iter().map(set).zip(1..);
        sets.map(|(set, counter)| Action::new((counter, "ann"), set))
            .collect()
    }

    fn at_once(document: &mut Value, actions: &mut [Action]) -> Option<Undo> {
        exchange_merged(document, actions, &Options::default(), &mut Unwatched, ())
    }

    #[test]
    fn actions_of_canonical_sets_are_exchanged_at_once() {
        let base = json!({"a": 1, "l": [1, 2, {"x": 3}], "o": {"x": 1, "y": {"z": 1}}});
        let afters = [
            json!({"a": 2, "l": [0, 1, {"x": 4}], "o": {"x": 2}, "n": {"p": 1}}),
            json!({"a": 3, "l": [1, 5, 2, {"x": 5}], "o": {"x": 1, "y": {"z": 2}}, "n": {"q": 2}}),
            json!({"l": [1, 2, {"x": 3}, 6], "o": 1, "n": 7}),
        ];
        for count in 1..=3 {
            let (mut document, mut given) = (base.clone(), actions(&base, &afters[..count]));
            given.reverse();
            let undo = at_once(&mut document, &mut given);
            assert_eq!(undo.is_some(), !maps_keep_order(), "{count} actions");
        }
    }

    #[test]
    fn what_was_taken_of_actions_is_given_back() {
        let base = json!({"a": 1, "l": [1, 2]});
        let afters = [
            json!({"a": 2, "l": [0, 1], "n": {"p": 1}}),
            json!({"a": 3, "l": [1, 5, 2], "n": {"q": 2}, "zz": 1}),
        ];
        let mut given = actions(&base, &afters);
        given.reverse();
        // The last delta does not fit, and it meets nothing.
        let mut document = json!({"a": 1, "l": [1, 2], "zz": 1});
        let (before, expected) = (document.clone(), given.clone());
        assert_eq!(at_once(&mut document, &mut given), None);
        assert_eq!((document, given), (before, expected));
    }
}
