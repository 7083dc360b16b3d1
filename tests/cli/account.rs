//! What a merge tells people.

use super::folder::{Folder, TRIP, command, players};
use serde_json::json;

#[test]
fn the_document_goes_to_standard_output_and_the_account_to_standard_error() {
    let ran = Folder::new().run(&TRIP);
    let state = ran.json();
    assert_eq!(state["budget"]["perPerson"], 1000);
    assert_eq!(state["stays"]["coimbra"]["price"], 120);
    assert_eq!(state["days"][0]["plan"].as_array().map(Vec::len), Some(5));
    assert_eq!(state["contacts"].as_object().map(|it| it.len()), Some(3));
    let account = ran.err();
    let headline = "3 actions (ann, then bob, then chloe), 19 deltas, 6 met another: 3 conflicts\n";
    assert!(account.starts_with(headline), "{account}");
    for block in [
        "conflict    /budget/perPerson\n            bob's change to 1000 wins over ann's change to 950\n            \
         R5: the last action wins\n",
        "conflict    /stays/coimbra\n            bob's change of …/booked to true wins over ann's removal\n            \
         R26: a change beats a removal: the remover did not know of it\n",
        "both stand  /packing/4\n            ann's addition of \"sunscreen\" and bob's addition of \"pack of cards\"\n",
        "the same    /transport/rentalCar\n            bob's removal and chloe's removal\n",
    ] {
        assert!(account.contains(block), "no {block} in {account}");
    }
    let widest = account.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(100), "{widest:?}");
}

#[test]
fn the_account_is_quiet_where_that_is_asked_for() {
    let ran = players().run(&["merge", "--quiet", "base.json", "ann.json", "bob.json"]);
    assert_eq!((ran.code(), ran.err()), (0, ""));
}

#[test]
fn colour_is_for_those_who_want_it() {
    let folder = players();
    let is_coloured = |variables: &[&str]| {
        let mut command = command(&["merge", "base.json", "ann.json", "bob.json"]);
        command.envs(variables.iter().map(|name| (name, "1")));
        let ran = folder.finish(command, b"");
        assert!(!ran.ok().contains('\x1b'), "a document has no colour");
        ran.err().contains('\x1b')
    };
    assert!(!is_coloured(&[]), "a pipe gets no colour");
    assert!(is_coloured(&["CLICOLOR_FORCE"]));
    assert!(!is_coloured(&["CLICOLOR_FORCE", "NO_COLOR"]));
}

#[test]
fn what_a_document_says_moves_no_cursor() {
    let evil = "\x1b[2J\u{202e}";
    let name = serde_json::to_string(evil).expect("text");
    let folder = Folder::with([
        ("base", &*format!("{{{name}:1}}")),
        ("ann", &*format!("{{{name}:{name}}}")),
        ("bob", &*format!("{{{name}:3}}")),
        (
            "misfit",
            &*format!(r#"[{{"op":"remove","path":"/x{}"}}]"#, r"\u001b[2J"),
        ),
    ]);
    for run in [
        folder.run(&["merge", "base", "ann", "bob"]),
        folder.run(&["apply", "base", "misfit"]),
    ] {
        assert!(!run.err().contains(['\x1b', '\u{202e}']), "{:?}", run.err());
        assert!(run.err().contains(r"\u{1b}[2J"), "{}", run.err());
    }
}

#[test]
fn long_values_are_cut_and_short_ones_are_not() {
    let long = format!("\"{}\"", "long ".repeat(100_000));
    let folder = Folder::with([("base", "1"), ("ann", &*long), ("bob", "\"short\"")]);
    let account = folder.run(&["merge", "base", "ann", "bob"]);
    let account = account.err();
    assert!(account.contains("conflict    the root\n"), "{account}");
    let cut = account
        .lines()
        .find(|line| line.contains("wins over ann's change to \"long long"));
    assert!(cut.is_some_and(|line| line.ends_with("…\"")), "{account}");
    assert!(account.contains("bob's change to \"short\"\n"), "{account}");
    assert!(account.lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn an_actor_with_several_actions_is_named_with_the_counter() {
    let folder = Folder::with([("base", r#"{"a":1}"#)]);
    let action = |counter: u8| json!({"stamp": [counter, "ann"], "deltas": [{"op": "change", "path": "/a", "value": counter + 7}]});
    let actions = json!([action(1), action(2)]).to_string();
    let ran = folder.feed(&["merge", "base", "--actions", "-"], actions.as_bytes());
    assert!(
        ran.err()
            .contains("2:ann's change to 9 wins over 1:ann's change to 8"),
        "{}",
        ran.err()
    );
}
