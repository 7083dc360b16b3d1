//! Conflict markers: the lines in which two texts differ, both shown (F10).

use super::draft::{Edit, edited};
use std::ops::Range;

/// How a conflict is shown in a text: the markers that git writes, and that editors know.
///
/// ```
/// use deltamerge::text::Markers;
/// assert_eq!(Markers::default().size, 7);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markers {
    /// How many characters a marker has.
    pub size: usize,
    /// What the first side is called.
    pub ours: String,
    /// What the base is called, where its lines are shown too (`diff3`).
    pub base: Option<String>,
    /// What the second side is called.
    pub theirs: String,
}

impl Default for Markers {
    fn default() -> Markers {
        Markers {
            size: 7,
            ours: "ours".to_owned(),
            base: None,
            theirs: "theirs".to_owned(),
        }
    }
}

/// A text, behind its byte order mark, in which each group of lines that `theirs` (or `base`) edits stands once for each of them. Also how many groups there are.
pub(super) fn marked(
    mark: &str,
    ours: &str,
    theirs: &[Edit],
    base: Option<&[Edit]>,
    markers: &Markers,
    line_end: &str,
) -> (String, usize) {
    let mut out = String::with_capacity(ours.len());
    let mut count = 0;
    let mut at = 0;
    let regions = regions(ours, theirs.iter().chain(base.unwrap_or_default()));
    // A byte order mark begins the first line, also where that stands between conflict markers.
    let is_first_marked = regions.first().is_some_and(|region| region.start == 0);
    if !is_first_marked {
        out.push_str(mark);
    }
    for region in regions {
        let mark = if region.start == 0 { mark } else { "" };
        out.push_str(&ours[at..region.start]);
        at = region.end;
        let version = |edits: &[Edit]| {
            let is_inside =
                |edit: &&Edit| region.start <= edit.range.start && edit.range.end <= region.end;
            let inside: Vec<Edit> = edits.iter().filter(is_inside).cloned().collect();
            format!("{mark}{}", edited(ours, region.clone(), &inside))
        };
        let versions = Versions {
            ours: version(&[]),
            base: base.map(version),
            theirs: version(theirs),
        };
        count += usize::from(versions.write(&mut out, markers, line_end));
    }
    out.push_str(&ours[at..]);
    (out, count)
}

/// The whole lines that edits touch; groups of lines that touch each other are one.
fn regions<'e>(text: &str, edits: impl Iterator<Item = &'e Edit>) -> Vec<Range<usize>> {
    let start = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = |at: usize| {
        text[at..]
            .find('\n')
            .map_or(text.len(), |newline| at + newline + 1)
    };
    let mut ranges: Vec<&Range<usize>> = edits.map(|edit| &edit.range).collect();
    ranges.sort_by_key(|range| range.start);
    let mut regions: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match regions.last_mut() {
            // Lines are looked for once, however many edits they have.
            Some(last) if range.end < last.end => {}
            Some(last) if range.start <= last.end => last.end = end(range.end),
            _ => regions.push(start(range.start)..end(range.end)),
        }
    }
    regions
}

struct Versions {
    ours: String,
    base: Option<String>,
    theirs: String,
}

impl Versions {
    /// Writes them with markers, without the lines that all have at the start and at the end; whether there was a difference.
    fn write(&self, out: &mut String, markers: &Markers, line_end: &str) -> bool {
        if self.ours == self.theirs {
            out.push_str(&self.ours);
            return false;
        }
        let ours: Vec<&str> = self.ours.split_inclusive('\n').collect();
        let theirs: Vec<&str> = self.theirs.split_inclusive('\n').collect();
        let base: Option<Vec<&str>> = self
            .base
            .as_ref()
            .map(|base| base.split_inclusive('\n').collect());
        let others: Vec<&[&str]> = [Some(&theirs), base.as_ref()]
            .into_iter()
            .flatten()
            .map(Vec::as_slice)
            .collect();
        let shortest = others
            .iter()
            .map(|lines| lines.len())
            .chain([ours.len()])
            .min();
        let shortest = shortest.unwrap_or(0);
        let same_at = |k: usize| others.iter().all(|lines| lines[k] == ours[k]);
        let start = (0..shortest).take_while(|k| same_at(*k)).count();
        let same_from_end = |k: &usize| {
            let last = |lines: &[&str]| lines[lines.len() - 1 - *k].to_owned();
            others.iter().all(|lines| last(lines) == last(&ours))
        };
        let end = (0..shortest - start).take_while(same_from_end).count();
        let part = |lines: &[&str]| lines[start..lines.len() - end].concat();

        out.push_str(&ours[..start].concat());
        let marker = |out: &mut String, c: char, label: &str| {
            out.extend(std::iter::repeat_n(c, markers.size));
            if !label.is_empty() {
                out.push(' ');
                out.push_str(label);
            }
            out.push_str(line_end);
        };
        let lines = |out: &mut String, text: &str| {
            out.push_str(text);
            if !text.is_empty() && !text.ends_with('\n') {
                out.push_str(line_end);
            }
        };
        marker(out, '<', &markers.ours);
        lines(out, &part(&ours));
        if let (Some(base), Some(label)) = (&base, &markers.base) {
            marker(out, '|', label);
            lines(out, &part(base));
        }
        marker(out, '=', "");
        lines(out, &part(&theirs));
        marker(out, '>', &markers.theirs);
        out.push_str(&ours[ours.len() - end..].concat());
        true
    }
}
