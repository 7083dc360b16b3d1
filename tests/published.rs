//! What is published for applications that fuzz: the generators with their shrinking, and the laws that tell a story.

use arbitrary::{Arbitrary, Unstructured};
use deltamerge::generate::{Document, Shrink, strategies};
use deltamerge::laws::{
    Concurrent, Counterexample, Law, check_join, check_reducer, check_rules, small_world,
};
use deltamerge::{
    Action, DataType, Delta, DeltaSet, DiffType, Op, Path, RuleId, Rules, Stamp, apply, equal,
    merge,
};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRng, TestRunner};
use quickcheck::{Gen, QuickCheck, TestResult, Testable};
use serde_json::{Value, json};

/// Inputs that look random.
fn inputs(count: u64) -> impl Iterator<Item = Vec<u8>> {
    let mut state: u64 = 1;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as u8
    };
    (0..count).map(move |number| (0..number % 300).map(|_| next()).collect())
}

fn values(document: &Value) -> usize {
    1 + match document {
        Value::Array(items) => items.iter().map(values).sum(),
        Value::Object(members) => members.values().map(values).sum(),
        _ => 0,
    }
}

fn nobody_loses(case: &Concurrent) -> bool {
    let merged = merge(&case.base, &case.actions).expect("it fits");
    merged.conflicts().count() == 0
}

/// A base of one member, and two actions of one delta: nobody loses in less.
#[track_caller]
fn is_smallest_conflict(case: &Concurrent) {
    assert!(!nobody_loses(case) && case.fits());
    assert!(values(&case.base) <= 2, "{case}");
    let sizes: Vec<_> = case.actions.iter().map(|it| it.deltas.len()).collect();
    assert_eq!(sizes, [1, 1], "{case}");
    assert_eq!(case.actions[0].stamp, Stamp::from((1, "ann")), "{case}");
    assert!(case.to_string().len() < 120, "{case}");
}

#[test]
fn a_conflict_that_proptest_finds_shrinks_to_two_deltas_on_one_member() {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let failed =
        TestRunner::new_with_rng(config, rng).run(&strategies::concurrent(2..=4), |case| {
            if nobody_loses(&case) {
                Ok(())
            } else {
                Err(TestCaseError::fail(case.to_string()))
            }
        });
    let Err(TestError::Fail(told, case)) = failed else {
        panic!("nobody loses")
    };
    is_smallest_conflict(&case);
    assert_eq!(told.message(), case.to_string());
}

#[test]
fn a_conflict_that_quickcheck_finds_shrinks_to_two_deltas_on_one_member() {
    /// Keeps the last that failed: quickcheck only tells of it.
    struct Last(std::sync::Mutex<Option<Concurrent>>);
    impl Testable for &'static Last {
        fn result(&self, source: &mut Gen) -> TestResult {
            let mut case: Concurrent = quickcheck::Arbitrary::arbitrary(source);
            if nobody_loses(&case) {
                return TestResult::passed();
            }
            while let Some(smaller) =
                quickcheck::Arbitrary::shrink(&case).find(|smaller| !nobody_loses(smaller))
            {
                case = smaller;
            }
            *self.0.lock().expect("one thread") = Some(case);
            TestResult::failed()
        }
    }
    static LAST: Last = Last(std::sync::Mutex::new(None));
    let found = QuickCheck::new()
        .rng(Gen::from_size_and_seed(100, 1))
        .quicktest(&LAST);
    assert!(found.is_err());
    let case = LAST.0.lock().expect("one thread").take();
    is_smallest_conflict(&case.expect("a case that failed"));
}

#[test]
fn any_conflict_shrinks_to_one_that_can_be_read() {
    let mut conflicts = 0;
    for input in inputs(120) {
        let case = Concurrent::arbitrary(&mut Unstructured::new(&input)).expect("a case");
        if !nobody_loses(&case) {
            conflicts += 1;
            is_smallest_conflict(&case.shrunk(|case| !nobody_loses(case)));
        }
    }
    assert!(conflicts > 20, "{conflicts}");
}

#[test]
fn all_that_is_drawn_fits_and_so_does_all_that_is_smaller() {
    for input in inputs(60) {
        let u = || Unstructured::new(&input);
        let case = Concurrent::arbitrary(&mut u()).expect("a case");
        assert!(case.fits() && case.actions.len() >= 2, "{case}");
        for smaller in case.smaller() {
            assert!(smaller.fits(), "{smaller}");
            assert_ne!(format!("{smaller:?}"), format!("{case:?}"));
        }
        let set = DeltaSet::arbitrary(&mut u()).expect("a set");
        let text = serde_json::to_string(&set).expect("it can be written");
        assert_eq!(
            serde_json::from_str::<DeltaSet>(&text).expect("it can be read"),
            set
        );
        let rules = Rules::arbitrary(&mut u()).expect("rules");
        for rules in [rules.clone()].into_iter().chain(rules.smaller()) {
            assert_eq!(Rules::from_json(rules.to_json()), Ok(rules));
        }
    }
}

/// Goes down by the first and by the last candidate: whichever fail, there is an end.
fn ends<T: Shrink + for<'a> Arbitrary<'a>>() {
    for input in inputs(40) {
        for last in [false, true] {
            let mut it = T::arbitrary(&mut Unstructured::new(&input)).expect("one");
            let mut steps = 0;
            loop {
                let mut smaller = it.smaller();
                let next = if last {
                    smaller.pop()
                } else {
                    smaller.into_iter().next()
                };
                let Some(next) = next else { break };
                it = next;
                steps += 1;
                assert!(steps < 5_000, "no end");
            }
        }
    }
}

#[test]
fn shrinking_ends() {
    ends::<Path>();
    ends::<Op>();
    ends::<Delta>();
    ends::<DeltaSet>();
    ends::<Stamp>();
    ends::<Action>();
    ends::<Rules>();
    ends::<Document>();
    ends::<Concurrent>();
}

#[test]
fn edits_of_a_document_shrink_and_stay_edits_of_that_document() {
    let base = json!({"hp": 7, "log": ["start", {"by": "ann"}]});
    let mut runner = TestRunner::deterministic();
    for _ in 0..50 {
        let mut edits = strategies::edits_of(base.clone())
            .new_tree(&mut runner)
            .expect("a set");
        let mut case = strategies::concurrent_on(base.clone(), 2)
            .new_tree(&mut runner)
            .expect("a case");
        loop {
            assert!(edits.current().normalize(&base).is_ok());
            let Concurrent {
                base: same,
                actions,
            } = case.current();
            assert!(equal(&base, &same) && actions.len() == 2);
            let (less, smaller) = (edits.simplify(), case.simplify());
            if !less && !smaller {
                break;
            }
        }
        assert!(edits.current().is_empty());
        assert!(case.current().actions.iter().all(|it| it.deltas.is_empty()));
    }
}

#[test]
fn a_reducer_that_merges_obeys_the_laws_and_others_are_found_out() {
    type Reducer = fn(&Value, &[Action]) -> Value;
    let merging: Reducer = |base, actions| merge(base, actions).expect("they fit").state;
    let folding: Reducer = |base, actions| {
        actions.iter().fold(base.clone(), |mut state, action| {
            // What is stale is taken differently; what fits no more is left out.
            let _ = action.deltas.apply_leniently(&mut state);
            state
        })
    };
    let counting: Reducer = |base, actions| {
        let count = merge(base, actions).expect("they fit").state;
        if actions.len() > 1 {
            json!([count, actions.len()])
        } else {
            count
        }
    };
    let forgetting: Reducer = |base, _| base.clone();
    let restless: Reducer = |_, actions| json!(actions.len());
    let broken = |reducer: Reducer| -> Vec<Law> {
        let laws = inputs(150).filter_map(|input| {
            let case = Concurrent::arbitrary(&mut Unstructured::new(&input)).expect("a case");
            Some(check_reducer(&case, reducer).err()?.law)
        });
        laws.collect()
    };
    assert_eq!(broken(merging), []);
    assert!(broken(folding).contains(&Law::Order));
    assert!(broken(counting).contains(&Law::Repetition));
    assert!(broken(forgetting).contains(&Law::Application));
    assert!(broken(restless).contains(&Law::Nothing));
}

/// The first counterexample against a join that is kept in the order in which `union` puts two of them.
fn against_join(union: fn(&[Action], &[Action]) -> Vec<Action>) -> Option<Counterexample> {
    inputs(150).find_map(|input| {
        let case = Concurrent::arbitrary(&mut Unstructured::new(&input)).expect("a case");
        let join = |actions: &[Action]| union(actions, &[]);
        let resolve = |base: &Value, joined: &Vec<Action>| {
            joined.iter().fold(base.clone(), |mut state, action| {
                // What is stale is taken differently; what fits no more is left out.
                let _ = action.deltas.apply_leniently(&mut state);
                state
            })
        };
        check_join(&case, join, |one, other| union(one, other), resolve).err()
    })
}

#[test]
fn a_join_that_orders_obeys_the_laws_and_others_are_found_out() {
    let ordered = against_join(|one, other| {
        let mut both = [one, other].concat();
        both.sort_by(|a, b| a.stamp.cmp(&b.stamp));
        both.dedup_by(|a, b| a.stamp == b.stamp);
        both
    });
    assert_eq!(ordered, None);
    let appended = against_join(|one, other| [one, other].concat());
    let appended = appended.expect("the order of arrival decides");
    assert_eq!(appended.law, Law::Grouping);
    let story = appended.to_string();
    assert!(story.contains("L2 does not hold"), "{story}");
    let forgetful = against_join(|one, _| one.to_vec());
    assert_eq!(forgetful.expect("actions are lost").law, Law::Grouping);
}

#[test]
fn every_law_is_said() {
    let laws = [
        (Law::Fit, "D7"),
        (Law::Difference, "L1"),
        (Law::Order, "L2"),
        (Law::Grouping, "L2"),
        (Law::Repetition, "L2"),
        (Law::Application, "L3"),
        (Law::Nothing, "L3"),
        (Law::Rebasing, "L4"),
        (Law::Composition, "L5"),
        (Law::Inversion, "L6"),
        (Law::Checksum, "L7"),
        (Law::Decisions, "L8"),
    ];
    for (law, id) in laws {
        assert_eq!(law.id(), id);
        let others = laws.iter().filter(|(other, _)| *other != law);
        assert!(others.clone().count() == laws.len() - 1);
        assert!(
            others
                .into_iter()
                .all(|(other, _)| other.sentence() != law.sentence())
        );
    }
}

#[test]
fn a_case_that_is_none_is_told_as_such() {
    let action = |path: &str| {
        let path = Path::parse(path).expect("a path");
        Action::new((1, "ann"), DeltaSet::from_iter([Delta::remove(path)]))
    };
    let broken = |actions: &[Action]| {
        let case = Concurrent::new(json!({"a": 0, "b": 0}), actions.to_vec());
        assert!(!case.fits());
        let of_reducer = check_reducer(&case, |base, _| base.clone()).unwrap_err();
        let of_rules = check_rules(&case, &Rules::movex()).unwrap_err();
        assert_eq!([of_reducer.law, of_rules.law], [Law::Fit; 2]);
        of_reducer.conclusion
    };
    assert!(broken(&[action("/c")]).contains("remove /c"));
    assert!(broken(&[action("/a"), action("/b")]).contains("two different ones under 1:ann"));
    assert!(broken(&[action("/a"), action("/a")]).contains("twice"));
}

#[test]
fn the_laws_hold_for_drawn_rule_sets() {
    for input in inputs(150) {
        let u = &mut Unstructured::new(&input);
        let rules = Rules::arbitrary(u).expect("rules");
        let case = Concurrent::arbitrary(u).expect("a case");
        let merged = check_rules(&case, &rules).unwrap_or_else(|story| panic!("{story}"));
        assert!(equal(
            &merged.state,
            &apply(&case.base, &merged.deltas).expect("they fit")
        ));
    }
}

#[test]
fn beyond_the_presets_every_verdict_of_every_cell_is_drawn() {
    let presets = Rules::PRESETS.map(|name| Rules::preset(name).expect("a preset"));
    let verdicts = |rules: &Rules| RuleId::ALL.map(|id| rules.verdict(id));
    let mut missing: Vec<_> = RuleId::ALL
        .into_iter()
        // No base has these, so nothing depends on them.
        .filter(|id| !["R2", "R3", "R4", "R7"].contains(&id.to_string().as_str()))
        .flat_map(|id| id.choices().iter().map(move |verdict| (id, *verdict)))
        .filter(|(id, _)| id.choices().len() > 1)
        .collect();
    for input in inputs(2_000) {
        let rules = Rules::arbitrary(&mut Unstructured::new(&input)).expect("rules");
        let is_preset = |preset| verdicts(preset) == verdicts(&rules);
        if !presets.iter().any(is_preset) {
            missing.retain(|(id, verdict)| rules.verdict(*id) != *verdict);
        }
    }
    assert_eq!(missing, []);
}

/// A table that is the default but for these cells.
fn table(cells: &[RuleId], number: usize) -> Value {
    let verdicts = cells.iter().enumerate().map(|(k, cell)| {
        let verdict = if number >> k & 1 == 0 {
            "first"
        } else {
            "second"
        };
        (cell.to_string(), verdict.into())
    });
    json!({"verdicts": Value::Object(verdicts.collect())})
}

/// The first case of three actions on the base, with all of their deltas at `/a` or inside, that breaks a law.
fn broken_on(base: &Value, rules: &Rules) -> Option<Counterexample> {
    let mut sets = small_world::delta_sets(base, 1);
    sets.retain(|set| set[0].path.as_str().starts_with("/a"));
    // One value of each kind to write is enough, but for additions.
    sets.retain(|set| set[0].path.as_str() == "/a" || set[0].op.value() != Some(&json!({})));
    let mut cases = small_world::cases(base, &sets, 3);
    cases.find_map(|case| {
        check_rules(&case, rules)
            .err()
            .filter(|it| !it.circle.is_empty())
    })
}

#[test]
fn every_table_that_is_refused_goes_in_a_circle_that_can_be_shown() {
    let cells = |data: DataType| {
        let types = DiffType::ALL.into_iter();
        let pairs = types.flat_map(|first| DiffType::ALL.map(|second| (first, second)));
        let ids = pairs.map(move |(first, second)| RuleId::of(first, second, data));
        let free = |id: &RuleId| id.choices().len() == 2;
        ids.filter(free).collect::<Vec<_>>()
    };
    let mut refused = 0;
    let mut show = |base: &Value, table: Value| {
        if Rules::from_json(table.clone()).is_ok() {
            return;
        }
        refused += 1;
        let rules = Rules::from_json_unchecked(table.clone()).expect("a table");
        let story = broken_on(base, &rules).unwrap_or_else(|| panic!("no circle in {table}"));
        assert_eq!(
            (story.law, story.circle.len()),
            (Law::Decisions, 3),
            "{story}"
        );
    };
    for (data, base) in [
        (DataType::Primitive, json!({"a": 0})),
        (DataType::Array, json!({"a": []})),
        (DataType::Object, json!({"a": {}})),
    ] {
        let cells = cells(data);
        // Of a primitive only three cells are reached.
        let cells: Vec<_> = match data {
            DataType::Primitive => cells
                .into_iter()
                .filter(|id| ["R5", "R6", "R8"].contains(&&*id.to_string()))
                .collect(),
            _ => cells,
        };
        for number in 0..1 << cells.len() {
            show(&base, table(&cells, number));
        }
    }
    for (added, objects) in [("first", "second"), ("second", "first")] {
        show(
            &json!({}),
            json!({"verdicts": {"R1": added, "R19": objects}}),
        );
    }
    assert!(refused > 100, "{refused}");
}
