//! The fuzz targets: which laws each of them holds its input against.

use super::laws::LAWS;
use arbitrary::Unstructured;
use deltamerge::{batch, equal, parse_within};

/// A fuzz target.
pub struct Target {
    pub name: &'static str,
    /// The laws that it drives, by name; the first byte of the input chooses one.
    pub laws: &'static [&'static str],
}

/// Every target, each with its file in `fuzz/fuzz_targets`.
pub const TARGETS: &[Target] = &[
    target(
        "round_trip",
        &["diff_leads_there", "alignment", "diff_of_equals_is_empty"],
    ),
    target(
        "merge",
        &[
            "merge_agrees_with_the_model",
            "merge_is_a_function_of_the_set",
            "merge_of_one_is_application",
            "merged_deltas_and_decisions",
        ],
    ),
    target("joins", &["grouping_into_joins", "joins_refuse"]),
    target("rebase", &["rebase_meets_merge"]),
    target(
        "compose",
        &["compose_is_one_after_the_other", "compose_is_associative"],
    ),
    target("invert", &["invert_leads_back", "apply_and_invert_is_both"]),
    target(
        "checksum",
        &[
            "checksum_is_equality",
            "equality",
            "checked_state_follows",
            "checked_merge_follows",
            "checked_elements_follow",
        ],
    ),
    target(
        "apply",
        &["strict_application", "normalize", "refusals", "depth"],
    ),
    target("lenient", &["lenient_application"]),
    target(
        "wire",
        &["wire", "wire_refusals", "reading", "paths", "rules"],
    ),
    target("door", &["door"]),
    target("network", &["network"]),
    target("messages", &["messages"]),
    target(
        "text",
        &["texts_are_read", "texts_are_edited", "texts_are_merged"],
    ),
    target("line", &[]),
];

const fn target(name: &'static str, laws: &'static [&'static str]) -> Target {
    Target { name, laws }
}

/// Holds an input of a target against its laws; panics with the story of the one that is broken.
pub fn run(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    let laws = target.expect("a target of that name").laws;
    let broken = match (laws, input) {
        ([], _) => any_line(input),
        ([law], _) => law_named(law)(&mut Unstructured::new(input)),
        (_, []) => Ok(()),
        (_, [choice, rest @ ..]) => {
            let law = laws[usize::from(*choice) % laws.len()];
            law_named(law)(&mut Unstructured::new(rest))
        }
    };
    if let Err(story) = broken {
        panic!("{story}");
    }
}

fn law_named(name: &str) -> super::laws::Law {
    let law = LAWS.iter().find(|(other, _)| *other == name);
    law.expect("a law of that name").1
}

/// Whatever the line, the door answers it with one line that is either a result or an error with code and message, and
/// always the same.
fn any_line(input: &[u8]) -> Result<(), String> {
    let line = String::from_utf8_lossy(input);
    let reply = batch::reply(&line);
    let is_one_line = !reply.contains('\n');
    let read = parse_within(&reply, usize::MAX).map_err(|error| format!("{reply}: {error}"))?;
    let error = &read["error"];
    let is_error = error["code"].is_string() && error["message"].as_str() > Some("");
    let is_result = read["ok"].is_object();
    let again = parse_within(&batch::reply(&line), usize::MAX);
    let is_stable = again.is_ok_and(|again| equal(&again, &read));
    if is_one_line && is_error != is_result && is_stable {
        Ok(())
    } else {
        Err(format!("{line:?} is answered {reply}"))
    }
}
