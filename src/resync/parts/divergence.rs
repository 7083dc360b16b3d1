//! The whole exchange between two documents at hand.

use super::{Finding, Part, checksum_of, describe_part, take_over};
use crate::{
    delta::diff::diff_within,
    document::{TooDeep, check_depth},
    path::Path,
    resync::log::weight,
};
use serde_json::Value;

/// Where two documents differ, and what it took to find that out by their checksums.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence {
    /// The paths of what differs, in document order: the deltas that lead from the first to the second.
    pub paths: Vec<Path>,
    /// How many questions were asked.
    pub questions: usize,
    /// The bytes of the questions and the answers.
    pub bytes: usize,
}

/// Finds what differs between a copy and its original as a client and a master do over a network (M16): by the checksums of
/// parts, down the tree.
///
/// O(the documents) for each question; their number is about the depth of what differs, and more where containers are wide.
///
/// # Errors
/// [`TooDeep`] where a document is deeper than `depth`.
///
/// ```
/// use deltamerge::resync::divergence;
/// use serde_json::json;
/// let found = divergence(&json!({"hp": 7, "mp": 1}), &json!({"hp": 6, "mp": 1}), 128)?;
/// assert_eq!(found.paths[0].as_str(), "/hp");
/// # Ok::<(), deltamerge::TooDeep>(())
/// ```
pub fn divergence(copy: &Value, original: &Value, depth: usize) -> Result<Divergence, TooDeep> {
    check_depth(copy, depth)?;
    check_depth(original, depth)?;
    let mut working = copy.clone();
    let mut parts = vec![Part::whole()];
    let (mut questions, mut bytes) = (0, 0);
    if checksum_of(copy, &parts[0]) == checksum_of(original, &parts[0]) {
        parts.clear();
    }
    while !parts.is_empty() {
        questions += 1;
        bytes += parts.iter().map(weight).sum::<usize>();
        let findings: Vec<Finding> = parts
            .iter()
            .map(|part| describe_part(original, part))
            .collect();
        bytes += findings.iter().map(weight).sum::<usize>();
        parts = findings
            .into_iter()
            .flat_map(|finding| take_over(&mut working, finding))
            .collect();
    }
    let paths = diff_within(copy, &working, depth)?
        .into_iter()
        .map(|delta| delta.path)
        .collect();
    Ok(Divergence {
        paths,
        questions,
        bytes,
    })
}
