//! Three texts to one: what both sides changed, and where they contradict each other, both shown (F9 to F13).

use super::gaps::{Gaps, Stands, gap};
use super::marks::{Markers, marked};
use super::revise::Hints;
use super::{Dialect, Text, frame, plain_decisions};
use crate::{
    delta::{Action, Delta, DeltaSet, DiffType, Stamp, diff::diff_within},
    document::{ReadError, TooDeep},
    merge::{
        Decision, Merged, Options, Party,
        join::MergeError,
        merge_with,
        resolution::{DataType, RuleId, Rules, Verdict},
    },
    path::Path,
    value::MAX_DEPTH,
};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::{fmt, sync::Arc};

/// What becomes of a place that both sides changed in different ways (F9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolve {
    /// Both are shown, between conflict markers.
    Mark(Markers),
    /// Ours stands.
    Ours,
    /// Theirs stands.
    Theirs,
    /// The resolution table decides; theirs is the later action.
    Rules(Rules),
}

/// What a merge of texts gives.
#[derive(Clone, Debug, PartialEq)]
pub struct MergedText {
    /// The merged text.
    pub text: String,
    /// How many groups of lines stand between conflict markers.
    pub marked: usize,
    /// Each contradiction, as a decision of the merge of ours (stamp `1:ours`) and theirs (`2:theirs`); of [`Resolve::Mark`], as if
    /// ours won. Empty where the two do not contradict each other.
    pub conflicts: Vec<Decision>,
}

/// One of the three texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// What both started from.
    Base,
    /// The one side.
    Ours,
    /// The other side.
    Theirs,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Version::Base => "base",
            Version::Ours => "ours",
            Version::Theirs => "theirs",
        })
    }
}

/// Why three texts cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MergeTextError {
    /// One of them cannot be read.
    Read {
        /// Which.
        version: Version,
        /// Why.
        error: ReadError,
    },
    /// There is no base, and the two are no objects that could be merged by member.
    NoBase,
    /// A comment that one side wrote, and that would be lost.
    Comment {
        /// Whose.
        version: Version,
        /// The comment.
        comment: String,
    },
    /// The merged document is deeper than the bound.
    TooDeep(TooDeep),
}

impl MergeTextError {
    /// The error's code: `bad-json`, `duplicate-member` or `too-deep` (E1 to E3), `no-base` or `lost-comment` (F12).
    pub fn code(&self) -> &'static str {
        match self {
            MergeTextError::Read { error, .. } => error.code(),
            MergeTextError::NoBase => "no-base",
            MergeTextError::Comment { .. } => "lost-comment",
            MergeTextError::TooDeep(error) => error.code(),
        }
    }
}

impl fmt::Display for MergeTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MergeTextError::Read { version, error } => write!(f, "{version}, {error}"),
            MergeTextError::NoBase => {
                f.write_str("expected a base, or two objects to merge by member, found neither")
            }
            MergeTextError::Comment { version, comment } => write!(
                f,
                "expected every comment of {version} to have a place in the merged text, found none for {comment}"
            ),
            MergeTextError::TooDeep(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MergeTextError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            MergeTextError::Read { error, .. } => Some(error),
            MergeTextError::TooDeep(error) => Some(error),
            MergeTextError::NoBase | MergeTextError::Comment { .. } => None,
        }
    }
}

/// Merges two edited texts of one base: what only one side changed is taken from it, bytes and all; where the two contradict each other,
/// `resolve` says what happens (F9). A side that is the base's text, byte for byte, leaves the other as it is. Without a
/// base, two objects are merged by member. O(the texts) where little changed.
///
/// # Errors
/// [`MergeTextError`] where a text cannot be read, or the merge would lose something that is no part of a document.
///
/// ```
/// use deltamerge::text::{Dialect, Markers, Resolve, merge};
/// let base = "{\n  \"name\": \"a\",\n  \"version\": \"1.0\"\n}\n";
/// let ours = "{\n  \"name\": \"a\",\n  \"version\": \"1.1\",\n  \"main\": \"a.js\"\n}\n";
/// let theirs = "{\n  \"name\": \"b\",\n  \"version\": \"2.0\"\n}\n";
/// let merged = merge(Some(base), ours, theirs, Dialect::Json, &Resolve::Mark(Markers::default()))?;
/// assert_eq!(merged.marked, 1);
/// assert_eq!(merged.text, r#"{
///   "name": "b",
/// <<<<<<< ours
///   "version": "1.1",
/// =======
///   "version": "2.0",
/// >>>>>>> theirs
///   "main": "a.js"
/// }
/// "#);
/// # Ok::<(), deltamerge::text::MergeTextError>(())
/// ```
pub fn merge(
    base: Option<&str>,
    ours: &str,
    theirs: &str,
    dialect: Dialect,
    resolve: &Resolve,
) -> Result<MergedText, MergeTextError> {
    let clean = |text: &str| MergedText {
        text: text.to_owned(),
        marked: 0,
        conflicts: Vec::new(),
    };
    if ours == theirs || base == Some(theirs) {
        return Ok(clean(ours));
    }
    if base == Some(ours) {
        return Ok(clean(theirs));
    }
    let read = |text, version| {
        let read = Text::read(text, dialect);
        read.map_err(|error| MergeTextError::Read { version, error })
    };
    let texts = Texts {
        base: base.map(|base| read(base, Version::Base)).transpose()?,
        ours: read(ours, Version::Ours)?,
        theirs: read(theirs, Version::Theirs)?,
    };
    let merged = texts.merge(dialect, resolve)?;
    texts.check_comments(&merged.text)?;
    Ok(merged)
}

struct Texts<'t> {
    base: Option<Text<'t>>,
    ours: Text<'t>,
    theirs: Text<'t>,
}

impl Texts<'_> {
    fn merge(&self, dialect: Dialect, resolve: &Resolve) -> Result<MergedText, MergeTextError> {
        let base = match (&self.base, self.ours.document(), self.theirs.document()) {
            (Some(base), _, _) => base.document().clone(),
            (None, Value::Object(_), Value::Object(_)) => Value::Object(Map::new()),
            (None, _, _) => return Err(MergeTextError::NoBase),
        };
        let sides = Sides::of(&base, self.ours.document(), self.theirs.document());
        let (rules, stands) = match resolve {
            Resolve::Mark(_) | Resolve::Ours => (one_wins(Verdict::First), Stands::Ours),
            Resolve::Theirs => (one_wins(Verdict::Second), Stands::Theirs),
            Resolve::Rules(rules) => (rules.clone(), Stands::Both),
        };
        let merged = sides.merge(rules, stands)?;
        let text = self.write(&merged.state);
        let mut conflicts: Vec<Decision> = merged.conflicts().cloned().collect();
        conflicts.extend(sides.contradictions(stands));
        conflicts.sort_by(|first, second| first.path.cmp(&second.path));
        let unmarked = |text| MergedText {
            text,
            marked: 0,
            conflicts: plain_decisions(&conflicts),
        };
        let Resolve::Mark(markers) = resolve else {
            return Ok(unmarked(text));
        };
        if conflicts.is_empty() {
            return Ok(unmarked(text));
        }
        let theirs = sides
            .merge(one_wins(Verdict::Second), Stands::Theirs)?
            .state;
        let framed = Text::read(&text, dialect).map_err(|error| MergeTextError::Read {
            version: Version::Ours,
            error,
        })?;
        let others = [&self.theirs, &self.ours];
        let edits = framed.edits(&theirs, &hints(others.into_iter().chain(&self.base)));
        let before = markers.base.as_ref().map(|_| {
            let agreed = sides.without(&conflicts);
            let agreed = agreed.merge(one_wins(Verdict::First), Stands::Neither)?;
            let others = self.base.iter().chain(others);
            Ok(framed.edits(&agreed.state, &hints(others)))
        });
        let before = before.transpose()?;
        let line_end = framed.style.line_end;
        let (marked_text, marked) = marked(
            framed.mark,
            framed.text,
            &edits,
            before.as_deref(),
            markers,
            line_end,
        );
        Ok(MergedText {
            marked,
            ..unmarked(marked_text)
        })
    }

    fn write(&self, state: &Value) -> String {
        let Some(base) = &self.base else {
            return self.ours.with(state, None, &[&self.theirs]);
        };
        if frame(base, &[&self.ours, &self.theirs]) == 0 {
            self.ours.with(state, Some(base), &[&self.theirs])
        } else {
            self.theirs.with(state, Some(base), &[&self.ours])
        }
    }

    /// A comment is no part of a document, so no decision tells of it: none may be lost that a side wrote or kept.
    fn check_comments(&self, merged: &str) -> Result<(), MergeTextError> {
        let count = |text: Option<&Text<'_>>| {
            let mut counts: HashMap<String, usize> = HashMap::new();
            let Some(text) = text else {
                return counts;
            };
            for comment in &text.tree.comments {
                let words = text.text[comment.clone()].split_whitespace();
                let words: Vec<&str> = words.collect();
                *counts.entry(words.join(" ")).or_default() += 1;
            }
            counts
        };
        let before = count(self.base.as_ref());
        let sides = [(Version::Ours, &self.ours), (Version::Theirs, &self.theirs)];
        if sides.iter().all(|(_, text)| text.tree.comments.is_empty()) {
            return Ok(());
        }
        let merged: Vec<&str> = merged.split_whitespace().collect();
        let merged = merged.join(" ");
        let counts = sides.map(|(version, text)| (version, count(Some(text))));
        let was = |comment: &String| before.get(comment).copied().unwrap_or(0);
        for (index, (version, own)) in counts.iter().enumerate() {
            let (_, other) = &counts[1 - index];
            for (comment, count) in own {
                let others = other.get(comment).copied().unwrap_or(0);
                let is_new = *count > was(comment);
                let is_kept = others >= was(comment);
                if (is_new || is_kept) && merged.matches(comment.as_str()).count() < *count {
                    return Err(MergeTextError::Comment {
                        version: *version,
                        comment: comment.clone(),
                    });
                }
            }
        }
        Ok(())
    }
}

fn hints<'t>(texts: impl Iterator<Item = &'t Text<'t>>) -> Hints<'t> {
    Hints {
        base: None,
        others: texts.map(Text::root).collect(),
    }
}

/// One of the two stands wherever they contradict each other; of two objects that both added under one name, too.
fn one_wins(verdict: Verdict) -> Rules {
    let ids = RuleId::ALL.into_iter();
    let runs = RuleId::of(DiffType::Add, DiffType::Add, DataType::Array);
    let cells = ids.filter(|id| id.choices().contains(&verdict) && *id != runs);
    let verdicts = cells.map(|id| (id.to_string(), Value::from(verdict.name())));
    let verdicts: Map<String, Value> = verdicts.collect();
    let rules = Rules::from_json(json!({ "verdicts": verdicts }));
    rules.expect("that one side always wins goes in no circle")
}

/// What each side did.
struct Sides<'b> {
    base: &'b Value,
    ours: DeltaSet,
    theirs: DeltaSet,
}

const OURS: (u64, &str) = (1, "ours");
const THEIRS: (u64, &str) = (2, "theirs");

impl<'b> Sides<'b> {
    fn of(base: &'b Value, ours: &Value, theirs: &Value) -> Sides<'b> {
        let done = |after| {
            diff_within(base, after, MAX_DEPTH).expect("texts are read within the bound on depth")
        };
        let (ours, theirs) = (done(ours), done(theirs));
        Sides { base, ours, theirs }
    }

    fn gaps(&self) -> Gaps<'_> {
        Gaps::of(self.base, &self.ours, &self.theirs)
    }

    fn merge(&self, rules: Rules, stands: Stands) -> Result<Merged, MergeTextError> {
        let (ours, theirs) = self.gaps().settled(&self.ours, &self.theirs, stands);
        let actions = [Action::new(OURS, ours), Action::new(THEIRS, theirs)];
        let options = Options {
            rules: rules.collapsing(),
            depth: MAX_DEPTH,
        };
        merge_with(self.base, &actions, &options).map_err(|error| match error {
            MergeError::Base(error) => MergeTextError::TooDeep(error),
            MergeError::Delta { .. } | MergeError::DuplicateStamp { .. } => {
                unreachable!("canonical sets fit their base")
            }
        })
    }

    /// The elements of one identity that both added in one gap, as decisions.
    fn contradictions(&self, stands: Stands) -> Vec<Decision> {
        if stands == Stands::Both {
            return Vec::new();
        }
        let pairs = self.gaps().pairs().into_iter();
        let decisions = pairs.map(|pair| {
            let path = pair.ours.path.clone();
            let party = |(counter, actor): (u64, &str), delta| {
                let stamp = Stamp::from((counter, actor));
                Party { stamp, delta }
            };
            let (ours, theirs) = (party(OURS, pair.ours), party(THEIRS, pair.theirs));
            let (winner, loser) = match stands {
                Stands::Theirs => (theirs, ours),
                Stands::Ours | Stands::Neither | Stands::Both => (ours, theirs),
            };
            Decision {
                path,
                rule: RuleId::of(DiffType::Add, DiffType::Add, DataType::Array),
                winner: Arc::new(winner),
                loser,
                conflict: true,
            }
        });
        decisions.collect()
    }

    /// What the two did outside of the places that they contradict each other about.
    fn without(&self, conflicts: &[Decision]) -> Sides<'b> {
        let is_outside = |delta: &&Delta| {
            !conflicts.iter().any(|decision| {
                let at = &decision.path;
                // The gap in front of an element shares its path; what contradicts there is left out with the gaps.
                let is_beside = delta.path == *at && gap(self.base, delta).is_some();
                !is_beside && is_inside(at, &delta.path)
            })
        };
        let outside = |deltas: &DeltaSet| deltas.iter().filter(is_outside).cloned().collect();
        Sides {
            base: self.base,
            ours: outside(&self.ours),
            theirs: outside(&self.theirs),
        }
    }
}

fn is_inside(outer: &Path, path: &Path) -> bool {
    let rest = path.as_str().strip_prefix(outer.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
