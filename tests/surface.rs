//! The library as the crates that link it see it: what its types can do, and that what is written can be read again.

use deltamerge::{generate::strategies::concurrent, resync, *};
use proptest::prop_assert_eq;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{json, to_value};
use std::cell::Cell;
use std::fmt::{Debug, Display};
use std::hash::Hash;

/// What every public type can do: be told in a test, copied, compared, sent to another thread, and kept.
fn is_value<T: Debug + Clone + PartialEq + Send + Sync + Unpin + 'static>() {}
fn is_error<T: std::error::Error + Clone + Eq + Send + Sync + Unpin + 'static>() {}
fn is_key<T: Hash + Eq + Ord>() {}
fn is_written_and_read<T: Serialize + DeserializeOwned>() {}
fn is_text<T: Display + std::str::FromStr>() {}

#[test]
fn every_type_can_do_what_its_kind_can() {
    is_value::<Action>();
    is_value::<Adjustment>();
    is_value::<Decision>();
    is_value::<Delta>();
    is_value::<DeltaSet>();
    is_value::<Join>();
    is_value::<Merged>();
    is_value::<Options>();
    is_value::<Party>();
    is_value::<Path>();
    is_value::<Resolution<'static>>();
    is_value::<Rules>();
    is_value::<laws::Concurrent>();
    is_value::<text::Markers>();
    is_value::<text::MergedText>();
    is_value::<text::Resolve>();
    is_value::<laws::Counterexample>();
    is_value::<resync::ClientMessage>();
    is_value::<resync::MasterMessage>();
    is_value::<resync::Revision>();
    is_value::<resync::Limits>();
    is_value::<resync::Event>();
    is_value::<resync::Output>();

    is_error::<ApplyError>();
    is_error::<ChecksumError>();
    is_error::<DeltaError>();
    is_error::<FormError>();
    is_error::<MergeError>();
    is_error::<PathError>();
    is_error::<ReadError>();
    is_error::<TooDeep>();
    is_error::<interop::Unsayable>();
    is_error::<text::EditError>();
    is_error::<text::MergeTextError>();
    is_error::<resync::DispatchError>();
    #[cfg(feature = "json-patch")]
    {
        is_error::<interop::PatchError>();
        is_error::<interop::MergePatchesError>();
    }

    is_key::<Checksum>();
    is_key::<DiffType>();
    is_key::<Path>();
    is_key::<RuleId>();
    is_key::<Stamp>();
    #[cfg(feature = "strong")]
    {
        is_key::<StrongChecksum>();
        is_written_and_read::<StrongChecksum>();
        is_text::<StrongChecksum>();
    }

    is_written_and_read::<Action>();
    is_written_and_read::<Adjustment>();
    is_written_and_read::<Checksum>();
    is_written_and_read::<Decision>();
    is_written_and_read::<Delta>();
    is_written_and_read::<DeltaSet>();
    is_written_and_read::<Join>();
    is_written_and_read::<Merged>();
    is_written_and_read::<Party>();
    is_written_and_read::<Path>();
    is_written_and_read::<RuleId>();
    is_written_and_read::<Rules>();
    is_written_and_read::<Stamp>();
    is_written_and_read::<resync::ClientMessage>();
    is_written_and_read::<resync::MasterMessage>();

    is_text::<Checksum>();
    is_text::<Path>();
    is_text::<RuleId>();
    is_text::<Stamp>();
}

/// The state machines and a checked document go from thread to thread.
#[test]
fn what_holds_a_document_can_be_sent() {
    fn is_sent<T: Send + Sync + Unpin + 'static>() {}
    is_sent::<CheckedState>();
    is_sent::<resync::Client>();
    is_sent::<resync::Master>();
}

#[cfg(feature = "strong")]
#[test]
fn a_strong_checksum_is_read_from_what_it_is_shown_as() {
    let sum = strong_checksum(&json!({"hp": 5}));
    assert_eq!(sum.to_string().parse(), Ok(sum));
    assert_eq!(StrongChecksum::from(*sum.as_bytes()), sum);
    for text in ["", "6e", &sum.to_string().to_uppercase(), &"é".repeat(32)] {
        let error = text.parse::<StrongChecksum>().unwrap_err();
        assert_eq!(error.code(), "bad-request");
        assert!(
            error.to_string().starts_with("expected 64 lower-case"),
            "{error}"
        );
    }
}

#[test]
fn a_stamp_is_read_from_what_it_is_shown_as() {
    for stamp in [
        Stamp::from((0, "")),
        Stamp::from((u64::MAX, "ann")),
        Stamp::from((3, "ann:x: y\n")),
    ] {
        assert_eq!(stamp.to_string().parse(), Ok(stamp));
    }
    for text in [
        "",
        ":",
        ":ann",
        "ann",
        "1",
        "+1:ann",
        "-1:ann",
        "1 :ann",
        "18446744073709551616:a",
    ] {
        let error = text.parse::<Stamp>().unwrap_err();
        assert_eq!(error.code(), "bad-request", "{text}");
        assert!(error.to_string().contains("a colon and a name"), "{error}");
    }
}

#[test]
fn a_rule_id_is_read_from_what_it_is_shown_as() {
    for id in RuleId::ALL {
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(RuleId::from_json(to_value(id).expect("JSON")), Ok(id));
    }
    for text in ["", "R", "R0", "R28", "r1", "R01"] {
        assert!(text.parse::<RuleId>().is_err(), "{text}");
    }
}

#[test]
fn what_a_merge_gives_is_read_again_as_it_was() {
    let decisions = Cell::new(0);
    let mut runner = TestRunner::new_with_rng(
        Config::with_cases(2_000),
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let held = runner.run(&concurrent(2..=3), |case| {
        let merged = merge(&case.base, &case.actions).expect("they fit");
        decisions.set(decisions.get() + merged.decisions.len());
        let text = serde_json::to_string(&merged).expect("JSON");
        let again: Merged = serde_json::from_str(&text).expect("what was written");
        prop_assert_eq!(&again, &merged);
        let mut document = case.base.clone();
        let resolution = merge_in_place(&mut document, &case.actions, &Options::default());
        let resolution = resolution.expect("they fit");
        let written = to_value(&resolution).expect("JSON");
        prop_assert_eq!(Resolution::from_json(written), Ok(resolution));
        Ok(())
    });
    held.expect("it holds");
    let decisions = decisions.get();
    assert!(decisions > 500, "only {decisions} decisions");
}

#[test]
fn a_decision_that_is_none_says_where() {
    let party = json!({"stamp": [1, "a"], "delta": {"op": "remove", "path": "/a"}});
    let good =
        json!({"path": "/a", "rule": "R9", "winner": party, "loser": party, "conflict": false});
    assert!(Decision::from_json(good.clone()).is_ok());
    for (field, bad, at, code) in [
        ("path", json!("a"), "/path", "bad-path"),
        ("rule", json!("R28"), "/rule", "bad-request"),
        (
            "winner",
            json!({"stamp": [1]}),
            "/winner/stamp",
            "bad-request",
        ),
        (
            "loser",
            json!({"stamp": [1, "a"], "delta": {"op": "no", "path": ""}}),
            "/loser/delta/op",
            "bad-delta",
        ),
        ("conflict", json!(1), "/conflict", "bad-request"),
        ("more", json!(1), "", "bad-request"),
    ] {
        let mut decision = good.clone();
        decision[field] = bad;
        let error = Decision::from_json(decision).unwrap_err();
        assert_eq!((error.at().as_str(), error.code()), (at, code), "{error}");
    }
}

#[test]
fn a_report_of_lenient_application_is_read_again_as_it_was() {
    let path = |text| Path::parse(text).expect("a path");
    let stale = DeltaSet::from(vec![
        Delta::change(path("/a"), 1),
        Delta::add(path("/b"), 1),
        Delta::remove(path("/c")),
        Delta::remove(path("/d/e")),
    ]);
    let mut document = json!({"b": 0});
    let adjusted = stale.apply_leniently(&mut document).expect("lenient");
    let became: Vec<_> = adjusted.iter().map(|one| one.became).collect();
    assert_eq!(became, Became::ALL);
    for adjustment in adjusted {
        let written = to_value(&adjustment).expect("JSON");
        assert_eq!(Adjustment::from_json(written.clone()), Ok(adjustment));
        for (field, bad) in [
            ("index", json!(-1)),
            ("became", json!("gone")),
            ("more", json!(1)),
        ] {
            let mut written = written.clone();
            written[field] = bad;
            assert!(Adjustment::from_json(written).is_err(), "{field}");
        }
    }
}

#[test]
fn a_set_is_built_as_collections_are() {
    let delta = |path: &str| Delta::remove(Path::try_from(path).expect("a path"));
    let mut set = DeltaSet::from(vec![delta("/a")]);
    set.extend([delta("/b")]);
    assert_eq!(set, [delta("/a"), delta("/b")].into_iter().collect());
    assert_eq!(AsRef::<str>::as_ref(&set[1].path), "/b");
}
