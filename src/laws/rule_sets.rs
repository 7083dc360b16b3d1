//! L1 to L8, for a rule set.

use super::{
    Concurrent, Counterexample, Law, Observation,
    reducers::{Asks, check_fit, groupings, orders},
    story::names,
};
use crate::{
    checksum::checksum,
    delta::{Action, DeltaSet, Stamp, apply::apply, compose::compose, diff::diff, invert::invert},
    merge::{
        Decision, Merged, Options, Party,
        join::Join,
        merge_with,
        rebase::rebase_with,
        resolution::{DataType, RuleId, Rules, Verdict},
    },
    value::equal,
};
use serde_json::Value;

/// Holds a rule set against the laws L1 to L8 in one case, and gives what the case merges to.
///
/// Up to four actions are merged in every order and every grouping into two joins, and each is rebased over each other: O(n²) verbs
/// for n actions beyond that. A table that goes in circles (U3), which only [`Rules::from_json_unchecked`] reads, breaks L8 in some case.
///
/// # Errors
/// A [`Counterexample`], for the first of the laws that does not hold. Where three actions beat each other in a circle, it shows that.
///
/// ```
/// use deltamerge::{Action, Rules, diff, laws::{Concurrent, check_rules}};
/// use serde_json::json;
/// let base = json!({"hp": 7});
/// let act = |counter: u64, name: &str, after| Ok::<_, deltamerge::TooDeep>(Action::new((counter, name), diff(&base, &after)?));
/// let actions = vec![act(1, "ann", json!({"hp": 5}))?, act(2, "bob", json!({}))?, act(3, "cy", json!({"hp": 6}))?];
/// let case = Concurrent::new(base.clone(), actions);
/// assert_eq!(check_rules(&case, &Rules::movex())?.state, json!({"hp": 6}));
///
/// let circle = json!({"verdicts": {"R5": "second", "R6": "first", "R8": "first"}});
/// let circle = Rules::from_json_unchecked(circle)?;
/// let story = check_rules(&case, &circle).unwrap_err().to_string();
/// assert!(story.contains("1:ann beats 2:bob, 2:bob beats 3:cy, and 3:cy beats 1:ann"), "{story}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check_rules(case: &Concurrent, rules: &Rules) -> Result<Merged, Counterexample> {
    let options = Options::from(rules.clone());
    let merge = Merging {
        case,
        options: &options,
    };
    let merged = merge.of(&case.actions, Law::Fit)?;
    if !case.actions.is_sorted_by(|a, b| a.stamp < b.stamp) {
        check_fit(case)?;
    }
    merge.order_and_repetition(&merged)?;
    merge.grouping(&merged)?;
    merge.one_and_none()?;
    merge.rebasing()?;
    merge.one_history(&merged)?;
    merge.deltas_and_decisions(&merged)?;
    Ok(merged)
}

#[derive(Clone, Copy)]
struct Merging<'c> {
    case: &'c Concurrent,
    options: &'c Options,
}

fn named(actions: &[Action]) -> String {
    names(actions.iter().map(|action| &action.stamp))
}

const ONE_SET: &str = "These are one set of actions, and two results.";

impl<'c> Merging<'c> {
    fn asks(self, law: Law) -> Asks<'c> {
        Asks {
            case: self.case,
            law,
        }
    }

    fn of(self, actions: &[Action], law: Law) -> Result<Merged, Counterexample> {
        let merged = merge_with(&self.case.base, actions, self.options);
        merged.map_err(|error| self.asks(law).refused("the merge", error))
    }

    fn same(
        self,
        law: Law,
        (one, expected): (String, &Merged),
        (other, got): (String, Merged),
    ) -> Result<(), Counterexample> {
        let same = equal(&expected.state, &got.state)
            && expected.deltas == got.deltas
            && expected.decisions == got.decisions;
        if same {
            return Ok(());
        }
        let observations = vec![
            Observation::of_merge(one, expected.clone()),
            Observation::of_merge(other, got),
        ];
        Err(self.asks(law).broken(observations, ONE_SET))
    }

    fn order_and_repetition(self, merged: &Merged) -> Result<(), Counterexample> {
        let actions = &self.case.actions;
        let told = |actions: &[Action]| format!("In the order {} they give", named(actions));
        for order in orders(actions) {
            let other = self.of(&order, Law::Order)?;
            self.same(Law::Order, (told(actions), merged), (told(&order), other))?;
        }
        let twice = [&actions[..], &actions[..]].concat();
        let again = self.of(&twice, Law::Repetition)?;
        self.same(
            Law::Repetition,
            (told(actions), merged),
            (told(&twice), again),
        )
    }

    fn grouping(self, merged: &Merged) -> Result<(), Counterexample> {
        let base = &self.case.base;
        let asks = self.asks(Law::Grouping);
        let join = |actions: &[Action]| {
            let mut join = Join::new();
            for action in actions {
                join.add(base, action)
                    .map_err(|error| asks.refused("the join", error))?;
            }
            Ok(join)
        };
        for (left, right) in groupings(&self.case.actions) {
            let parts = [join(&left)?, join(&right)?];
            for [one, other] in [[0, 1], [1, 0]] {
                let mut both = parts[one].clone();
                let united = both.union(&parts[other]);
                united.map_err(|error| asks.refused("the union", error))?;
                let resolved = both.resolve(base, self.options);
                let resolved = resolved.map_err(|error| asks.refused("the resolution", error))?;
                let (deltas, decisions) = resolved.into_parts();
                let state = self.applied(Law::Grouping, base, &deltas)?;
                let got = Merged {
                    state,
                    deltas,
                    decisions,
                };
                let groups = [named(&left), named(&right)];
                let told = format!(
                    "A join of {} united with one of {} gives",
                    groups[one], groups[other]
                );
                self.same(
                    Law::Grouping,
                    ("All in one join give".to_owned(), merged),
                    (told, got),
                )?;
            }
        }
        Ok(())
    }

    fn one_and_none(self) -> Result<(), Counterexample> {
        let base = &self.case.base;
        for action in &self.case.actions {
            let applied = self.applied(Law::Application, base, &action.deltas)?;
            let merged = self.of(std::slice::from_ref(action), Law::Application)?;
            let name = &action.stamp;
            let got = (format!("{name} alone gives"), merged.state);
            let expected = (format!("The base with the deltas of {name} is"), applied);
            self.asks(Law::Application)
                .equal(got, expected, "One action meets no other.")?;
        }
        let nothing = self.of(&[], Law::Nothing)?.state;
        let got = ("Without an action the merge gives", nothing);
        let expected = ("The base is", base.clone());
        self.asks(Law::Nothing)
            .equal(got, expected, "Nobody did anything.")
    }

    fn applied(self, law: Law, base: &Value, deltas: &DeltaSet) -> Result<Value, Counterexample> {
        apply(base, deltas).map_err(|error| self.asks(law).refused("application", error))
    }

    /// L4 and, of what it gives, L5.
    fn rebasing(self) -> Result<(), Counterexample> {
        let Concurrent { base, actions } = self.case;
        let pairs = actions
            .iter()
            .flat_map(|first| actions.iter().map(move |then| (first, then)));
        for (first, then) in pairs.filter(|(first, then)| first.stamp != then.stamp) {
            let asks = self.asks(Law::Rebasing);
            let merged = self.of(&[first.clone(), then.clone()], Law::Rebasing)?;
            let over = self.applied(Law::Rebasing, base, &first.deltas)?;
            let rest = rebase_with(base, then, first, self.options);
            let rest = rest.map_err(|error| asks.refused("rebase", error))?;
            let got = self.applied(Law::Rebasing, &over, &rest)?;
            let (first_name, then_name) = (&first.stamp, &then.stamp);
            let whole = (
                format!("{first_name} and {then_name} merge to"),
                merged.state,
            );
            let told = format!("{first_name} applied, and then {then_name} rebased, give");
            let conclusion = "A replica that has one of the two already ends elsewhere.";
            asks.equal(whole.clone(), (told, got), conclusion)?;

            let asks = self.asks(Law::Composition);
            let both = compose(base, &first.deltas, &rest);
            let both = both.map_err(|error| asks.refused("compose", error))?;
            let got = self.applied(Law::Composition, base, &both)?;
            let told = format!("{first_name} composed with {then_name} rebased gives");
            asks.equal(
                whole,
                (told, got),
                "One after the other they give the former.",
            )?;
        }
        Ok(())
    }

    /// L1, L6 and L7, of the base and the merged state.
    fn one_history(self, merged: &Merged) -> Result<(), Counterexample> {
        let base = &self.case.base;
        let state = &merged.state;
        let asks = self.asks(Law::Difference);
        let there = diff(base, state).map_err(|error| asks.refused("diff", error))?;
        let got = self.applied(Law::Difference, base, &there)?;
        let expected = ("They merge to", state.clone());
        asks.equal(
            expected,
            ("The base with the difference is", got),
            "It leads elsewhere.",
        )?;
        let asks = self.asks(Law::Inversion);
        let undo = invert(base, &merged.deltas).map_err(|error| asks.refused("invert", error))?;
        let got = self.applied(Law::Inversion, state, &undo)?;
        let undone = ("Undone, the merge gives", got);
        asks.equal(("The base is", base.clone()), undone, "It leads elsewhere.")?;
        if (checksum(base) == checksum(state)) != equal(base, state) {
            let told = |document: &Value| Value::from(checksum(document).to_string());
            let observations = vec![
                Observation::new("The checksum of the base is", told(base)),
                Observation::new("The checksum of the merge is", told(state)),
            ];
            let conclusion = format!("The merge is {state}.");
            return Err(self.asks(Law::Checksum).broken(observations, conclusion));
        }
        Ok(())
    }

    /// L8.
    fn deltas_and_decisions(self, merged: &Merged) -> Result<(), Counterexample> {
        let base = &self.case.base;
        let asks = self.asks(Law::Decisions);
        let canonical = merged.deltas.normalize(base);
        let canonical = canonical.map_err(|error| asks.refused("the base", error))?;
        let got = self.applied(Law::Decisions, base, &merged.deltas)?;
        let expected = ("They merge to", merged.state.clone());
        let told = "The base with the merged deltas is";
        asks.equal(expected, (told, got), "The merged deltas lead elsewhere.")?;
        if canonical != merged.deltas {
            let whole = Observation::of_merge("All together they give", merged.clone());
            return Err(asks.broken(
                vec![whole],
                "The merged deltas are not canonical for the base.",
            ));
        }
        match merged
            .decisions
            .iter()
            .find(|decision| !self.agrees(decision))
        {
            None => Ok(()),
            Some(decision) => Err(self.contradiction(merged, decision)),
        }
    }

    fn agrees(self, decision: &Decision) -> bool {
        let (first, second) = in_order(decision);
        let [one, two] = [first, second].map(|party| party.delta.op.diff_type());
        let is_cell = |data: &DataType| RuleId::of(one, two, *data) == decision.rule;
        let verdict = self.options.rules.verdict(decision.rule);
        let is_said = match verdict {
            Verdict::First => decision.winner.stamp == first.stamp,
            Verdict::Second => decision.winner.stamp == second.stamp,
            Verdict::Both => false,
        };
        DataType::ALL.iter().any(is_cell) && (!decision.conflict || is_said)
    }

    /// The decision that contradicts its cell, and, where there is one, the circle that made it so.
    fn contradiction(self, merged: &Merged, decision: &Decision) -> Counterexample {
        let (first, second) = in_order(decision);
        let (rule, rules) = (decision.rule, &self.options.rules);
        let should = match rules.verdict(rule) {
            Verdict::First => format!(
                "the first wins, and of the two {} is the first",
                first.stamp
            ),
            Verdict::Second => format!(
                "the second wins, and of the two {} is the second",
                second.stamp
            ),
            Verdict::Both => "neither loses".to_owned(),
        };
        let all = names(self.case.actions.iter().map(|action| &action.stamp));
        let whole = Observation::of_merge(format!("{all} together give"), merged.clone());
        let why = format!(
            "{rule} says that {should}; but the merge of all lets {} win.",
            decision.winner.stamp
        );
        let Some(circle) = self.circle() else {
            return self.asks(Law::Decisions).broken(vec![whole], why);
        };
        let [one, two, three] = circle.each_ref().map(|(stamp, _)| stamp.clone());
        let conclusion = format!(
            "{one} beats {two}, {two} beats {three}, and {three} beats {one}: a circle (U3).\n\
             So whoever wins, a cell of the table is contradicted. Here {why}"
        );
        let pairs = circle.into_iter().map(|(_, observation)| observation);
        let observations = [whole].into_iter().chain(pairs).collect();
        Counterexample {
            circle: vec![one, two, three],
            ..self.asks(Law::Decisions).broken(observations, conclusion)
        }
    }

    /// Three actions, each of which beats the next when the two are alone.
    fn circle(self) -> Option<[(Stamp, Observation); 3]> {
        let actions = &self.case.actions;
        let beats = |one: &Action, other: &Action| {
            let merged = self
                .of(&[one.clone(), other.clone()], Law::Decisions)
                .ok()?;
            let won = merged.conflicts().any(|it| it.winner.stamp == one.stamp);
            let mut pair = [&one.stamp, &other.stamp];
            pair.sort();
            let pair = names(pair);
            won.then(|| Observation::of_merge(format!("{pair} alone give"), merged))
        };
        let all = || actions.iter();
        let triples = all().flat_map(|a| all().flat_map(move |b| all().map(move |c| (a, b, c))));
        let mut circles = triples.filter_map(|(a, b, c)| {
            let [first, second, third] = [beats(a, b)?, beats(b, c)?, beats(c, a)?];
            let stamps = [a, b, c].map(|action| action.stamp.clone());
            let [a, b, c] = stamps;
            Some([(a, first), (b, second), (c, third)])
        });
        circles.next()
    }
}

fn in_order(decision: &Decision) -> (&Party, &Party) {
    if decision.winner.stamp < decision.loser.stamp {
        (&decision.winner, &decision.loser)
    } else {
        (&decision.loser, &decision.winner)
    }
}
