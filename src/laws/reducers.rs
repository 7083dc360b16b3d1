//! L2 and L3, for whatever takes a base and concurrent actions to a state.

use super::{Concurrent, Counterexample, Law, Observation, story::names};
use crate::{
    delta::{Action, DeltaSet, Stamp, apply::apply},
    merge::merge,
    value::equal,
};
use serde_json::Value;

/// Up to this many actions are put into every order; of more, some orders are tried.
const ALL_ORDERS: usize = 4;

/// Holds a reducer of your own against L2 and L3: the same state whatever the order and the repetition of the actions, one action
/// as it is applied, and nothing of an empty one.
///
/// Up to four actions are tried in every order; of n more, in 2n. Each try is one call.
///
/// # Errors
/// A [`Counterexample`] that tells what the reducer gave, for the first of the laws that does not hold.
///
/// ```
/// use deltamerge::{Action, diff, laws::{Concurrent, check_reducer}, merge};
/// use serde_json::{Value, json};
///
/// let base = json!({"hp": 7});
/// let ann = Action::new((1, "ann"), diff(&base, &json!({"hp": 5}))?);
/// let bob = Action::new((2, "bob"), diff(&base, &json!({"hp": 6}))?);
/// let case = Concurrent::new(base, vec![ann, bob]);
///
/// // This one merges.
/// assert!(check_reducer(&case, |base, actions| merge(base, actions).expect("they fit").state).is_ok());
///
/// // This one takes them up as they come.
/// let last_comes_last = |base: &Value, actions: &[Action]| {
///     let mut state = base.clone();
///     for action in actions {
///         action.deltas.apply_leniently(&mut state).expect("the stale is taken differently");
///     }
///     state
/// };
/// let story = check_reducer(&case, last_comes_last).unwrap_err().to_string();
/// assert_eq!(story, r#"L2 does not hold: the order of the actions makes no difference.
///
/// The base is {"hp":7}.
///   1:ann changes /hp to 5
///   2:bob changes /hp to 6
///
/// In the order 1:ann and 2:bob they give {"hp":6}
/// In the order 2:bob and 1:ann they give {"hp":5}
///
/// These are one set of actions, and two states."#);
/// # Ok::<(), deltamerge::TooDeep>(())
/// ```
pub fn check_reducer(
    case: &Concurrent,
    reducer: impl Fn(&Value, &[Action]) -> Value,
) -> Result<(), Counterexample> {
    check_fit(case)?;
    let Concurrent { base, actions } = case;
    let asks = Asks {
        case,
        law: Law::Nothing,
    };
    let nothing = ("Without an action it gives", reducer(base, &[]));
    asks.equal(
        nothing,
        ("The base is", base.clone()),
        "Nobody did anything.",
    )?;
    for action in actions {
        let alone = std::slice::from_ref(action);
        let name = &action.stamp;
        let asks = Asks {
            case,
            law: Law::Application,
        };
        let got = (format!("{name} alone gives"), reducer(base, alone));
        let applied = apply(base, &action.deltas).unwrap_or_else(|_| base.clone());
        let expected = (format!("The base with the deltas of {name} is"), applied);
        asks.equal(got.clone(), expected, "One action meets no other.")?;
        let asks = Asks {
            case,
            law: Law::Repetition,
        };
        let twice = [action.clone(), action.clone()];
        let twice = (format!("{name} twice gives"), reducer(base, &twice));
        asks.equal(
            got,
            twice,
            "One stamp is one action, however often it comes.",
        )?;
    }
    let mut orders = orders(actions);
    let Some(sorted) = orders.next() else {
        return Ok(());
    };
    let told = |actions: &[Action]| {
        let names = names(actions.iter().map(|action| &action.stamp));
        (
            format!("In the order {names} they give"),
            reducer(base, actions),
        )
    };
    let expected = told(&sorted);
    for order in orders {
        let asks = Asks {
            case,
            law: Law::Order,
        };
        asks.equal(
            expected.clone(),
            told(&order),
            "These are one set of actions, and two states.",
        )?;
    }
    let asks = Asks {
        case,
        law: Law::Repetition,
    };
    let again = told(&[&sorted[..], &sorted[..]].concat());
    asks.equal(
        expected.clone(),
        again,
        "These are one set of actions, and two states.",
    )?;
    let asks = Asks {
        case,
        law: Law::Nothing,
    };
    let idle = Action::new(unused_stamp(actions), DeltaSet::new());
    let with_idle = told(&[&sorted[..], &[idle]].concat());
    asks.equal(
        expected,
        with_idle,
        "An action without deltas does nothing.",
    )
}

/// Holds a join of your own against L2: however the actions are grouped into joins, and the joins united, they resolve to the same.
///
/// `join` makes a join of some of the actions, `union` one of two, `resolve` takes one to the state. Up to four actions are grouped
/// in every way into two joins, united either way round, and one by one from both ends; of more, into the first ones and the others.
///
/// # Errors
/// A [`Counterexample`] that tells the groups, and what they gave.
///
/// ```
/// use deltamerge::{Action, Join, Options, apply, diff, laws::{Concurrent, check_join}};
/// use serde_json::json;
/// let base = json!({"hp": 7});
/// let ann = Action::new((1, "ann"), diff(&base, &json!({"hp": 5}))?);
/// let bob = Action::new((2, "bob"), diff(&base, &json!({}))?);
/// let case = Concurrent::new(base.clone(), vec![ann, bob]);
/// check_join(
///     &case,
///     |actions| {
///         let mut join = Join::new();
///         actions.iter().for_each(|action| join.add(&base, action).expect("it fits"));
///         join
///     },
///     |one, other| {
///         let mut both = one.clone();
///         both.union(other).expect("one action a stamp");
///         both
///     },
///     |base, join| {
///         let resolution = join.resolve(base, &Options::default()).expect("it fits");
///         apply(base, &resolution.into_deltas()).expect("it fits")
///     },
/// )?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check_join<J>(
    case: &Concurrent,
    join: impl Fn(&[Action]) -> J,
    union: impl Fn(&J, &J) -> J,
    resolve: impl Fn(&Value, &J) -> Value,
) -> Result<(), Counterexample> {
    check_fit(case)?;
    let Concurrent { base, actions } = case;
    let asks = Asks {
        case,
        law: Law::Grouping,
    };
    let state = |join: &J| resolve(base, join);
    let whole = ("One join of all gives", state(&join(actions)));
    let ask = |what: String, joined: &J| {
        asks.equal(
            whole.clone(),
            (what, state(joined)),
            "These are one set of actions, and two states.",
        )
    };
    let named = |actions: &[Action]| names(actions.iter().map(|action| &action.stamp));
    for (left, right) in groupings(actions) {
        let (here, there) = (join(&left), join(&right));
        let (ours, theirs) = (named(&left), named(&right));
        ask(
            format!("A join of {ours} united with one of {theirs} gives"),
            &union(&here, &there),
        )?;
        ask(
            format!("A join of {theirs} united with one of {ours} gives"),
            &union(&there, &here),
        )?;
        let again = union(&union(&here, &there), &there);
        ask(
            format!("A join of {ours} united with one of {theirs} twice gives"),
            &again,
        )?;
    }
    let single = || {
        actions
            .iter()
            .map(|action| join(std::slice::from_ref(action)))
    };
    if let Some(joined) = single().reduce(|one, other| union(&one, &other)) {
        ask(
            "Joins of one action each, united from the first to the last, give".to_owned(),
            &joined,
        )?;
    }
    if let Some(joined) = single().rev().reduce(|one, other| union(&other, &one)) {
        ask(
            "Joins of one action each, united from the last to the first, give".to_owned(),
            &joined,
        )?;
    }
    Ok(())
}

/// What a law asks of a case.
#[derive(Clone, Copy)]
pub(super) struct Asks<'c> {
    pub(super) case: &'c Concurrent,
    pub(super) law: Law,
}

impl Asks<'_> {
    pub(super) fn equal(
        self,
        (one, expected): (impl Into<String>, Value),
        (other, got): (impl Into<String>, Value),
        conclusion: &str,
    ) -> Result<(), Counterexample> {
        if equal(&expected, &got) {
            return Ok(());
        }
        let observations = vec![
            Observation::new(one, expected),
            Observation::new(other, got),
        ];
        Err(self.broken(observations, conclusion))
    }

    pub(super) fn broken(
        self,
        observations: Vec<Observation>,
        conclusion: impl Into<String>,
    ) -> Counterexample {
        Counterexample {
            law: self.law,
            case: Box::new(self.case.clone()),
            observations,
            circle: Vec::new(),
            conclusion: conclusion.into(),
        }
    }

    /// A verb refuses what should fit it.
    pub(super) fn refused(self, verb: &str, error: impl std::fmt::Display) -> Counterexample {
        self.broken(
            Vec::new(),
            format!("{verb} refuses what should fit: {error}."),
        )
    }
}

/// Without actions that fit, and stamps that tell them apart, there is nothing to check.
pub(super) fn check_fit(case: &Concurrent) -> Result<(), Counterexample> {
    let asks = Asks {
        case,
        law: Law::Fit,
    };
    if case.fits() {
        return Ok(());
    }
    Err(match merge(&case.base, &case.actions) {
        Err(error) => asks.broken(Vec::new(), format!("This is no case to check: {error}.")),
        Ok(_) => asks.broken(
            Vec::new(),
            "This is no case to check: an action is in it twice.",
        ),
    })
}

/// The actions in the order of their stamps, and then in other orders: in every one where there are few.
pub(super) fn orders(actions: &[Action]) -> impl Iterator<Item = Vec<Action>> {
    let mut sorted = actions.to_vec();
    sorted.sort_by(|a, b| a.stamp.cmp(&b.stamp));
    let count = sorted.len();
    let number = if count <= ALL_ORDERS {
        (1..=count).product()
    } else {
        2 * count
    };
    (0..number).map(move |number| {
        if count <= ALL_ORDERS {
            permuted(&sorted, number)
        } else {
            let mut order = sorted.clone();
            order.rotate_left(number / 2);
            if number % 2 == 1 {
                order.reverse();
            }
            order
        }
    })
}

/// The permutation of that number; the first leaves all in its place.
fn permuted(actions: &[Action], mut number: usize) -> Vec<Action> {
    let mut left = actions.to_vec();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        order.push(left.remove(number % left.len()));
        number /= left.len() + 1;
    }
    order
}

/// The ways to part the actions in two, neither empty: all of them where there are few.
pub(super) fn groupings(actions: &[Action]) -> impl Iterator<Item = (Vec<Action>, Vec<Action>)> {
    let count = actions.len();
    let number = match count {
        0 | 1 => 0,
        2..=ALL_ORDERS => (1 << (count - 1)) - 1,
        _ => count - 1,
    };
    (1..=number).map(move |number| {
        let is_right = |k: usize| match count {
            0..=ALL_ORDERS => number >> k & 1 == 1,
            _ => k >= number,
        };
        let part = |right: bool| {
            let part = (0..count).filter(|k| is_right(*k) == right);
            part.map(|k| actions[k].clone()).collect()
        };
        (part(false), part(true))
    })
}

fn unused_stamp(actions: &[Action]) -> Stamp {
    let mut stamp = Stamp::from((0, "nobody"));
    while actions.iter().any(|action| action.stamp == stamp) {
        stamp.counter += 1;
    }
    stamp
}
