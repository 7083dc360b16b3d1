//! `deltamerge merge --explain`: the tree of what changed, drawn for a terminal or a pipe.

use crate::account::{ALARM, CALM, DIM, LEAST, Outcome, count, wrapped};
use crate::legible::{columns, end, legible, value};
use crate::report::{Report, Slot, Step};
use anstyle::{AnsiColor, Style};
use deltamerge::equal;
use std::io::stdout;

/// The tree, as wide as the terminal and coloured if that is wanted.
pub(crate) fn drawing(report: &Report<'_>) -> String {
    let width =
        terminal_size::terminal_size_of(stdout()).map_or(100, |(width, _)| usize::from(width.0));
    let text = Drawing::of(report, width.max(40));
    match anstream::AutoStream::choice(&stdout()) {
        anstream::ColorChoice::Never => anstream::adapter::strip_str(&text).to_string(),
        anstream::ColorChoice::Auto
        | anstream::ColorChoice::Always
        | anstream::ColorChoice::AlwaysAnsi => text,
    }
}

/// As many decisions are told of one slot, and as many names are said in one line.
const MOST: usize = 4;

struct Drawing<'r, 'm> {
    report: &'r Report<'m>,
    width: usize,
    text: String,
}

impl<'r, 'm> Drawing<'r, 'm> {
    fn of(report: &'r Report<'m>, width: usize) -> String {
        let text = report.account.headline();
        let mut drawing = Drawing {
            report,
            width,
            text,
        };
        let (file, _) = &report.merge.base;
        let root = &report.root;
        drawing.text += "\n";
        let bold = Style::new().bold();
        let file = end(&legible(file), width);
        drawing.text += &format!("{bold}{file}{bold:#}");
        if root.changes.is_empty() {
            drawing.text += "\n";
        } else {
            drawing.what(root, columns(&file));
            drawing.decisions(root, "");
        }
        drawing.inside(root, "");
        if root.changes.is_empty() && root.inside.is_empty() {
            drawing.text += "nothing changed\n";
        }
        drawing.text
    }

    fn inside(&mut self, slot: &Slot<'m>, margin: &str) {
        let last = slot.inside.len().saturating_sub(1);
        for (index, inside) in slot.inside.iter().enumerate() {
            let (branch, rail) = if index == last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            self.slot(
                inside,
                &format!("{margin}{branch}"),
                &format!("{margin}{rail}"),
            );
        }
    }

    fn slot(&mut self, slot: &Slot<'m>, branch: &str, margin: &str) {
        let mut slot = slot;
        let mut label = step(&slot.step);
        // A way without a fork is one line.
        while let ([], [only]) = (&*slot.changes, &*slot.inside) {
            slot = only;
            label = format!("{label}/{}", step(&slot.step));
        }
        let label = end(&legible(&label), (self.width / 3).max(LEAST));
        // Far down only the nearest rails are drawn.
        let branch = end(branch, self.width / 3);
        let (sign, style) = sign(slot);
        self.text += &format!("{DIM}{branch}{DIM:#}{style}{sign}{label}{style:#}");
        if slot.changes.is_empty() {
            self.text += "\n";
        } else {
            self.what(slot, columns(&branch) + columns(sign) + columns(&label));
            let rail = if slot.inside.is_empty() { "" } else { "│" };
            self.decisions(slot, &format!("{margin}{rail}"));
        }
        self.inside(slot, margin);
    }

    /// The rest of a slot's line, behind `taken` columns: the values, and who made it so.
    fn what(&mut self, slot: &Slot<'m>, taken: usize) {
        let who = self.who(slot);
        let taken = taken + columns(&who) + 4;
        let room = self.width.saturating_sub(taken).max(LEAST);
        let values = match (slot.base, slot.state) {
            _ if !slot.inside.is_empty() => String::new(),
            (Some(base), Some(state)) if !equal(base, state) => {
                let half = room.saturating_sub(3) / 2;
                let after = value(state, half.max(LEAST));
                let rest = room.saturating_sub(3 + columns(&after));
                let before = value(base, rest.max(LEAST));
                // What the one leaves, the other takes.
                let rest = room.saturating_sub(3 + columns(&before));
                format!("{before} → {}", value(state, rest.max(LEAST)))
            }
            (_, Some(shown)) | (Some(shown), None) => value(shown, room),
            (None, None) => {
                let change = slot.changes.first();
                let wanted = change.and_then(|change| change.value);
                wanted.map(|wanted| value(wanted, room)).unwrap_or_default()
            }
        };
        let colon = if values.is_empty() { "" } else { ": " };
        let gap = if who.is_empty() { "" } else { "  " };
        self.text += &format!("{colon}{values}{gap}{WHO}{who}{WHO:#}\n");
    }

    /// Those whose changes stand.
    fn who(&self, slot: &Slot<'m>) -> String {
        let changes = slot.changes.iter().filter(|change| change.stands);
        let stamps = changes.map(|change| &self.report.merge.actions[change.action].1.stamp);
        let mut names: Vec<_> = stamps
            .map(|stamp| self.report.account.name(stamp))
            .collect();
        let more = names.len().saturating_sub(MOST);
        if more > 0 {
            names.truncate(MOST);
            return format!("{} and {more} more", names.join(", "));
        }
        names.join(", ")
    }

    fn decisions(&mut self, slot: &Slot<'m>, margin: &str) {
        let decisions = self.report.merge.decisions;
        let account = &self.report.account;
        let margin = end(margin, self.width / 3);
        let room = self.width.saturating_sub(columns(&margin) + 2).max(LEAST);
        let mut lines: Vec<(Style, String)> = Vec::new();
        let told = &slot.decisions[..slot.decisions.len().min(MOST)];
        for (place, index) in told.iter().enumerate() {
            let decision = &decisions[*index];
            let outcome = account.outcome(decision);
            let label = format!("{}: ", outcome.name());
            let style = match outcome {
                Outcome::Conflict => ALARM,
                Outcome::BothStand | Outcome::Same => DIM,
            };
            let rest = room.saturating_sub(columns(&label)).max(LEAST);
            let sentence = account.sentence(decision, outcome, rest).into_iter();
            let indent = " ".repeat(columns(&label));
            lines.extend(sentence.enumerate().map(|(line, text)| match line {
                0 => (Style::new(), format!("{style}{label}{style:#}{text}")),
                _ => (Style::new(), format!("{indent}{text}")),
            }));
            let next = told.get(place + 1).map(|next| decisions[*next].rule);
            if next != Some(decision.rule) {
                let reason = format!("{}: {}", decision.rule, account.reason(decision.rule));
                lines.extend(wrapped(&reason, room).into_iter().map(|line| (DIM, line)));
            }
        }
        let more = &slot.decisions[told.len()..];
        if !more.is_empty() {
            let conflicts = more.iter().filter(|index| decisions[**index].conflict);
            let conflicts = count(conflicts.count(), "conflict");
            let line = format!("and {} more: {conflicts}", more.len());
            lines.push((DIM, line));
        }
        for (style, line) in lines {
            self.text += &format!("{DIM}{margin}{DIM:#}  {style}{line}{style:#}\n");
        }
    }
}

/// A step as in a path; an index is the merged document's, but for what is not there any more.
fn step(step: &Step) -> String {
    match step {
        Step::Root => String::new(),
        Step::Member(name) => name.replace('~', "~0").replace('/', "~1"),
        Step::Element(before, now) | Step::Added(before, now) => now.unwrap_or(*before).to_string(),
    }
}

fn sign(slot: &Slot<'_>) -> (&'static str, Style) {
    let stands = slot.changes.iter().any(|change| change.stands);
    match (slot.base, slot.state) {
        _ if slot.changes.is_empty() => ("", Style::new()),
        (None, Some(_)) => ("+ ", CALM),
        (Some(_), None) => ("- ", GONE),
        (Some(base), Some(state)) if !slot.is_told_inside() && !equal(base, state) => {
            ("~ ", CHANGED)
        }
        (Some(_), Some(_)) => ("", Style::new().bold()),
        // Left out, or told by an equal one that stands.
        (None, None) if stands => ("= ", DIM),
        (None, None) => ("× ", DIM),
    }
}

const CHANGED: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Blue)));
const GONE: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));
const WHO: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan)));
