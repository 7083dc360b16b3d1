//! Other formats: the vectors of `spec/patches`, and that in and out lead where the other format's own library leads.

mod common;

use arbitrary::Unstructured;
use common::{generate, model};
use deltamerge::interop::{from_merge_patch, to_merge_patch};
use deltamerge::{DeltaSet, apply, equal, parse_within};
use serde_json::Value;
use std::collections::BTreeSet;

fn cases(text: &str) -> Vec<Value> {
    let mut file = parse_within(text, usize::MAX).expect("JSON");
    match file["cases"].take() {
        Value::Array(cases) => cases,
        other => panic!("no cases: {other}"),
    }
}

fn check(case: &Value, found: Result<DeltaSet, &'static str>) {
    let description = &case["description"];
    match found {
        Err(code) => assert_eq!(case["error"], code, "{description}"),
        Ok(deltas) => {
            assert!(case.get("error").is_none(), "{description}: {deltas:?}");
            let base = &case["base"];
            let after = apply(base, &deltas).expect("it fits");
            assert!(equal(&after, &case["after"]), "{description}: {after}");
            assert_eq!(
                deltas.normalize(base).as_ref(),
                Ok(&deltas),
                "{description}"
            );
            if let Some(expected) = case.get("deltas") {
                let written = serde_json::to_value(&deltas).expect("a wire form");
                assert!(equal(&written, expected), "{description}: {written}");
            }
        }
    }
}

#[test]
fn every_merge_patch_vector_holds() {
    for case in cases(include_str!("../spec/patches/merge-patch.json")) {
        let deltas = from_merge_patch(&case["base"], &case["merge-patch"]);
        check(&case, deltas.map_err(|error| error.code()));
    }
}

#[test]
fn every_id_of_the_page_has_a_case_or_a_law() {
    let page = include_str!("../spec/interop.md");
    let defined = page
        .lines()
        .filter_map(|line| line.strip_prefix("- **")?.split("**").next());
    let defined: BTreeSet<String> = defined.map(str::to_owned).collect();
    let files = [
        include_str!("../spec/patches/json-patch.json"),
        include_str!("../spec/patches/merge-patch.json"),
    ];
    let shown = files.iter().flat_map(|file| cases(file)).flat_map(|case| {
        let rules = case["rules"].as_array().expect("ids").clone();
        rules
            .into_iter()
            .map(|id| id.as_str().expect("an id").to_owned())
    });
    let shown: BTreeSet<String> = shown.collect();
    // Out, and merging, have laws below, and examples in the documentation of the functions; the command has tests of its own.
    let by_law = ["X3", "X4", "X5", "X7", "X10"].map(str::to_owned);
    assert_eq!(defined, shown.union(&by_law.into()).cloned().collect());
}

/// Holds a law against many random bases with delta sets that fit.
fn for_many(cases: u32, mut law: impl FnMut(&Value, &DeltaSet, &mut Unstructured<'_>)) {
    let mut state: u64 = 1;
    for _ in 0..cases {
        let mut bytes = [0; 512];
        for byte in &mut bytes {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            *byte = (state >> 33) as u8;
        }
        let mut u = Unstructured::new(&bytes);
        let Ok(base) = generate::base(&mut u) else {
            continue;
        };
        let Ok(deltas) = generate::deltas(&mut u, &base) else {
            continue;
        };
        let deltas: DeltaSet = serde_json::from_value(model::wire(&deltas)).expect("a wire form");
        law(&base, &deltas, &mut u);
    }
}

/// RFC 7396, section 2, word for word.
fn merge_patched(target: &Value, patch: &Value) -> Value {
    let Value::Object(patches) = patch else {
        return patch.clone();
    };
    let mut members = target.as_object().cloned().unwrap_or_default();
    for (name, patch) in patches {
        if patch.is_null() {
            members.remove(name);
        } else {
            let member = members.get(name).unwrap_or(&Value::Null);
            members.insert(name.clone(), merge_patched(member, patch));
        }
    }
    members.into()
}

#[test]
fn a_merge_patch_out_leads_where_the_set_leads_and_in_again() {
    for_many(3_000, |base, deltas, _| {
        let Ok(patch) = to_merge_patch(base, deltas) else {
            return;
        };
        let after = apply(base, deltas).expect("it fits");
        assert!(
            equal(&merge_patched(base, &patch), &after),
            "{base} {patch}"
        );
        let again = from_merge_patch(base, &patch).expect("not deep");
        assert!(
            equal(&apply(base, &again).expect("it fits"), &after),
            "{base} {patch}"
        );
    });
}

#[cfg(feature = "json-patch")]
mod json_patches {
    use super::{cases, check, for_many};
    use arbitrary::Unstructured;
    use deltamerge::interop::{
        from_json_patch, merge_json_patches, read_json_patch, to_json_patch,
        to_json_patch_with_tests,
    };
    use deltamerge::{DeltaSet, DiffType, Options, Path, apply, equal};
    use json_patch::{Patch, PatchOperation};
    use serde_json::{Value, from_value, json};
    use std::collections::BTreeMap;

    fn patched(base: &Value, patch: &Patch) -> Value {
        let mut document = base.clone();
        json_patch::patch(&mut document, patch).expect("it fits");
        document
    }

    #[test]
    fn every_json_patch_vector_holds() {
        for case in cases(include_str!("../spec/patches/json-patch.json")) {
            let read = read_json_patch(case["json-patch"].clone());
            if let Ok(patch) = &read {
                // serde's own reading comes to the same.
                let theirs: Patch = from_value(case["json-patch"].clone()).expect("a patch");
                assert_eq!(*patch, theirs, "{}", case["description"]);
            }
            let deltas = read.map_err(|error| error.code()).and_then(|patch| {
                from_json_patch(&case["base"], &patch).map_err(|error| error.code())
            });
            check(&case, deltas);
        }
    }

    /// Any place in a document, now and then one that is not there.
    fn place(u: &mut Unstructured<'_>, document: &Value) -> arbitrary::Result<String> {
        let mut path = Path::root();
        let mut value = document;
        loop {
            if u.ratio(1, 6)? {
                break;
            }
            value = match value {
                Value::Object(members) if !members.is_empty() && !u.ratio(1, 6)? => {
                    let index = u.choose_index(members.len())?;
                    let (name, member) = members.iter().nth(index).expect("there");
                    path.push(name);
                    member
                }
                Value::Array(items) if !items.is_empty() && !u.ratio(1, 6)? => {
                    let index = u.choose_index(items.len())?;
                    path.push(&index.to_string());
                    &items[index]
                }
                Value::Object(_) => {
                    path.push(u.choose(&["new", "a/b", "~", ""])?);
                    break;
                }
                Value::Array(items) => {
                    let end = items.len().to_string();
                    path.push(u.choose(&[end.as_str(), "-", "01", "99", "x"])?);
                    break;
                }
                _ => break,
            };
        }
        Ok(path.to_string())
    }

    /// An operation on a document, most often one that fits.
    fn operation(u: &mut Unstructured<'_>, document: &Value) -> arbitrary::Result<Value> {
        let path = place(u, document)?;
        let value = if u.ratio(1, 2)? {
            json!(u.int_in_range(0..=3)?)
        } else {
            json!({"n": [u.int_in_range(0..=3)?]})
        };
        Ok(match u.int_in_range(0..=6)? {
            0 | 1 => json!({"op": "add", "path": path, "value": value}),
            2 => json!({"op": "remove", "path": path}),
            3 => json!({"op": "replace", "path": path, "value": value}),
            4 => json!({"op": "move", "from": place(u, document)?, "path": path}),
            5 => json!({"op": "copy", "from": place(u, document)?, "path": path}),
            _ => {
                let there = document.pointer(&path).cloned();
                let value = if u.ratio(1, 8)? { None } else { there };
                json!({"op": "test", "path": path, "value": value.unwrap_or(json!("x"))})
            }
        })
    }

    /// The json-patch crate does each operation on a document of its own, and so says what a patch comes to.
    #[test]
    fn a_patch_in_comes_to_what_the_other_library_makes_of_it() {
        let mut ops = BTreeMap::<&'static str, [u32; 2]>::new();
        for_many(6_000, |base, _, u| {
            let mut document = base.clone();
            let mut patch = Patch::default();
            // The last operation may not fit.
            let mut fits = true;
            while fits && patch.len() < 6 {
                let Ok(operation) = operation(u, &document) else {
                    break;
                };
                // The whole document to where it is: nothing to do here, refused there.
                if operation["op"] == "move" && operation["from"] == "" && operation["path"] == "" {
                    continue;
                }
                let one = read_json_patch(json!([operation])).expect("a patch");
                fits = json_patch::patch(&mut document, &one).is_ok();
                let counts = ops.entry(name(&one[0])).or_default();
                counts[usize::from(fits)] += 1;
                patch.0.extend(one.0);
            }
            match from_json_patch(base, &patch) {
                Ok(deltas) => {
                    assert!(fits, "{base} {patch}: it is refused elsewhere");
                    let found = apply(base, &deltas).expect("it fits");
                    assert!(equal(&found, &document), "{base} {patch}: {found}");
                    assert_eq!(deltas.normalize(base), Ok(deltas.clone()), "{base} {patch}");
                }
                Err(error) => {
                    assert!(!fits, "{base} {patch}: {error}");
                    assert_eq!(error.operation, patch.len() - 1, "{base} {patch}");
                }
            }
        });
        for (op, [refused, done]) in &ops {
            assert!(
                *refused > 20 && *done > 200,
                "{op}: {refused} refused, {done} done"
            );
        }
        assert_eq!(ops.len(), 6);
    }

    fn name(operation: &PatchOperation) -> &'static str {
        match operation {
            PatchOperation::Add(_) => "add",
            PatchOperation::Remove(_) => "remove",
            PatchOperation::Replace(_) => "replace",
            PatchOperation::Move(_) => "move",
            PatchOperation::Copy(_) => "copy",
            PatchOperation::Test(_) => "test",
        }
    }

    #[test]
    fn what_a_patch_may_copy_has_a_bound_and_is_not_copied_beyond_it() {
        let base = json!({"list": vec![0; 1000]});
        let copies = |count: usize| {
            let copy = json!({"op": "copy", "from": "/list", "path": "/list/-"});
            let patch = read_json_patch(json!([copy])).expect("a patch");
            let copy = patch.0.into_iter().next().expect("an operation");
            Patch(vec![copy; count])
        };
        // Each holds as much as the ones before it and the list: 1001, 2002, 4004 values; ten come to 1,024,023.
        assert!(from_json_patch(&base, &copies(10)).is_ok());
        let error = from_json_patch(&base, &copies(11)).unwrap_err();
        assert_eq!((error.code(), error.operation), ("too-large", 10));
        assert_eq!(
            error.to_string(),
            "operation 10 (\"/list/-\"): expected at most 24553 values that are still copied, found more"
        );
        // A large base may be copied four times.
        let base = json!({"list": vec![0; 600_000]});
        let copy = |to: &str| json!({"op": "copy", "from": "/list", "path": to});
        let to = |names: &[&str]| -> Patch {
            from_value(names.iter().map(|name| copy(name)).collect()).expect("a patch")
        };
        assert!(from_json_patch(&base, &to(&["/a", "/b", "/c"])).is_ok());
        let error = from_json_patch(&base, &to(&["/a", "/b", "/c", "/d", "/e"])).unwrap_err();
        assert_eq!((error.code(), error.operation), ("too-large", 4));
    }

    #[test]
    fn a_json_patch_out_leads_where_the_set_leads_and_in_again() {
        for_many(3_000, |base, deltas, _| {
            let after = apply(base, deltas).expect("it fits");
            for write in [to_json_patch, to_json_patch_with_tests] {
                let patch = write(base, deltas).expect("it fits");
                let found = patched(base, &patch);
                assert!(
                    equal(&found, &after),
                    "{base} {patch}: {found} and not {after}"
                );
                let again = from_json_patch(base, &patch).expect("it fits");
                let result = apply(base, &again).expect("it fits");
                assert!(
                    equal(&result, &after),
                    "{base} {patch}: {result} and not {after}"
                );
                // The same elements are removed and changed. In which of the gaps beside a removed one something was added, a
                // patch cannot say.
                let canonical = deltas.normalize(base).expect("it fits");
                let spoken_of = |deltas: &DeltaSet| {
                    let old = deltas
                        .iter()
                        .filter(|delta| delta.op.diff_type() != DiffType::Add);
                    old.cloned().collect::<DeltaSet>()
                };
                assert_eq!(spoken_of(&again), spoken_of(&canonical), "{base} {patch}");
            }
        });
    }

    #[test]
    fn two_json_patches_of_one_base_merge() {
        let base = json!({"players": {"3": {"hp": 7}}, "log": ["start"]});
        let ann: Patch =
            from_value(json!([{"op": "remove", "path": "/players/3"}])).expect("a patch");
        let bob: Patch = from_value(json!([
            {"op": "replace", "path": "/players/3/hp", "value": 6},
            {"op": "add", "path": "/log/-", "value": "hit"},
        ]))
        .expect("a patch");
        let patches = [((1, "ann").into(), &ann), ((2, "bob").into(), &bob)];
        let merged = merge_json_patches(&base, patches, &Options::default()).expect("they fit");
        assert_eq!(
            merged.state,
            json!({"players": {"3": {"hp": 6}}, "log": ["start", "hit"]})
        );
        assert_eq!(merged.conflicts().count(), 1);
        let twice = [((1, "ann").into(), &ann), ((1, "ann").into(), &bob)];
        let error = merge_json_patches(&base, twice, &Options::default()).unwrap_err();
        assert!(error.to_string().contains("1:ann"), "{error}");
        assert_eq!(error.code(), "duplicate-stamp");
        let twice = [((1, "ann").into(), &ann), ((2, "bob").into(), &bob)];
        let error = merge_json_patches(&json!({"log": []}), twice, &Options::default());
        let error = error.unwrap_err();
        assert_eq!(error.code(), "does-not-fit");
        assert!(
            error
                .to_string()
                .starts_with("the patch 1:ann: operation 0"),
            "{error}"
        );
    }
}
