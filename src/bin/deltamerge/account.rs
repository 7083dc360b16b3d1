//! The account of a merge: whose change met whose, what stands, and by which rule.

use crate::legible::{beginning, columns, end, legible, value};
use anstyle::{AnsiColor, Color, Style};
use deltamerge::{
    Action, Decision, Delta, DiffType, Op, Party, Path, RuleId, Rules, Stamp, Verdict,
};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write, stderr, stdout};

/// What is told of a merge.
pub(crate) struct Account<'m> {
    /// The deltas of each action, once.
    actions: BTreeMap<&'m Stamp, &'m [Delta]>,
    decisions: &'m [Decision],
    rules: &'m Rules,
    /// How many of the actions each actor has.
    actors: BTreeMap<&'m str, usize>,
    /// What each action adds at one path, where equal runs are to stand once.
    runs: BTreeMap<&'m str, BTreeMap<&'m Stamp, Vec<&'m Op>>>,
}

/// How a meeting came out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Conflict,
    BothStand,
    Same,
}

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Outcome::Conflict => "conflict",
            Outcome::BothStand => "both stand",
            Outcome::Same => "the same",
        }
    }

    /// Its name in a report (spec/report.md, T6).
    pub(crate) fn id(self) -> &'static str {
        match self {
            Outcome::Conflict => "conflict",
            Outcome::BothStand => "both-stand",
            Outcome::Same => "same",
        }
    }
}

const MARGIN: usize = 12;

impl<'m> Account<'m> {
    pub(crate) fn new(
        actions: &[&'m Action],
        decisions: &'m [Decision],
        rules: &'m Rules,
    ) -> Account<'m> {
        let actions = actions.iter();
        let actions = actions.map(|action| (&action.stamp, &*action.deltas));
        let actions: BTreeMap<&Stamp, &[Delta]> = actions.collect();
        let mut actors = BTreeMap::new();
        let mut runs: BTreeMap<_, BTreeMap<_, Vec<_>>> = BTreeMap::new();
        for (stamp, deltas) in &actions {
            *actors.entry(&*stamp.actor).or_default() += 1;
            let adds = deltas
                .iter()
                .filter(|delta| rules.collapse() && delta.op.diff_type() == DiffType::Add);
            for Delta { path, op } in adds {
                let here = runs.entry(path.as_str()).or_default();
                here.entry(*stamp).or_default().push(op);
            }
        }
        Account {
            actions,
            decisions,
            rules,
            actors,
            runs,
        }
    }

    /// Tells it on standard error, set off from a document that one terminal shows above it.
    pub(crate) fn tell(&self, document_above: bool) {
        let width = terminal_size::terminal_size_of(stderr())
            .map_or(100, |(width, _)| usize::from(width.0));
        let is_above = document_above && stdout().is_terminal() && stderr().is_terminal();
        let gap = if is_above { "\n" } else { "" };
        let text = format!("{gap}{}", self.text(width));
        // Where standard error is closed there is nobody to tell.
        let _ = anstream::stderr().write_all(text.as_bytes());
    }

    fn text(&self, width: usize) -> String {
        let room = width.saturating_sub(MARGIN).max(40);
        let mut text = self.headline();
        for decision in self.decisions {
            text += "\n";
            text += &self.block(decision, room);
        }
        text
    }

    pub(crate) fn headline(&self) -> String {
        let actions = self.actions.len();
        let deltas = self.actions.values().map(|deltas| deltas.len()).sum();
        let met = self.decisions.len();
        let conflicts = self.decisions.iter().filter(|decision| decision.conflict);
        let conflicts = conflicts.count();
        let mut who = String::new();
        if (2..=6).contains(&actions) {
            let names: Vec<_> = self.actions.keys().map(|stamp| self.name(stamp)).collect();
            who = format!(" ({})", names.join(", then "));
        }
        let style = if conflicts == 0 { CALM } else { ALARM };
        format!(
            "{}{who}, {}, {met} met another: {style}{}{style:#}\n",
            count(actions, "action"),
            count(deltas, "delta"),
            count(conflicts, "conflict")
        )
    }

    fn block(&self, decision: &Decision, room: usize) -> String {
        let outcome = self.outcome(decision);
        let (label, strong, plain) = match outcome {
            Outcome::Conflict => (ALARM, Style::new().bold(), Style::new()),
            Outcome::BothStand | Outcome::Same => (DIM, DIM, DIM),
        };
        let path = match decision.path.as_str() {
            "" => "the root".to_owned(),
            path => end(&legible(path), room),
        };
        let sentence = self.sentence(decision, outcome, room);
        let rule = format!("{}: {}", decision.rule, self.reason(decision.rule));
        let name = outcome.name();
        let gap = " ".repeat(MARGIN - columns(name));
        let mut block = format!("{label}{name}{label:#}{gap}{strong}{path}{strong:#}\n");
        let lines = sentence.into_iter().map(|line| (plain, line));
        let reason = wrapped(&rule, room).into_iter().map(|line| (DIM, line));
        for (style, line) in lines.chain(reason) {
            block += &format!("{}{style}{line}{style:#}\n", " ".repeat(MARGIN));
        }
        block
    }

    pub(crate) fn outcome(&self, decision: &Decision) -> Outcome {
        let Decision { winner, loser, .. } = decision;
        let wanted_the_same = match decision.rule {
            _ if loser.delta.op.diff_type() == DiffType::Remove => true,
            RuleId::R10 => self.stands_once(decision),
            _ => winner.delta.op == loser.delta.op,
        };
        match (decision.conflict, wanted_the_same) {
            (true, _) => Outcome::Conflict,
            (false, true) => Outcome::Same,
            (false, false) => Outcome::BothStand,
        }
    }

    /// Whether a run in a gap that lost nothing stands only by an equal one.
    fn stands_once(&self, decision: &Decision) -> bool {
        if self.rules.verdict(decision.rule) != Verdict::Both {
            return true;
        }
        let stamp = &decision.loser.stamp;
        let runs = self.runs.get(decision.path.as_str());
        runs.is_some_and(|runs| {
            let earlier = runs.iter().take_while(|(other, _)| **other < stamp);
            let own = runs.get(stamp);
            earlier.into_iter().any(|(_, run)| Some(run) == own)
        })
    }

    /// What the two wanted: in one line if there is room for all of it, otherwise each in a line of its own.
    pub(crate) fn sentence(
        &self,
        decision: &Decision,
        outcome: Outcome,
        room: usize,
    ) -> Vec<String> {
        let (winner, loser) = (&*decision.winner, &decision.loser);
        let (former, joint, latter) = match outcome {
            Outcome::Conflict => (winner, "wins over ", loser),
            Outcome::BothStand | Outcome::Same if loser.stamp < winner.stamp => {
                (loser, "and ", winner)
            }
            Outcome::BothStand | Outcome::Same => (winner, "and ", loser),
        };
        let side = |joint: &str, party: &Party| {
            let mut side = format!("{joint}{}", self.wish(party, &decision.path));
            if let Some(wanted) = party.delta.op.value() {
                let room = room.saturating_sub(columns(&side)).max(LEAST);
                side += &value(wanted, room);
            }
            side
        };
        let (former, latter) = (side("", former), side(joint, latter));
        if columns(&former) + 1 + columns(&latter) <= room {
            vec![format!("{former} {latter}")]
        } else {
            vec![former, latter]
        }
    }

    /// Up to the value: whose delta, of which type, and where, if inside the slot.
    fn wish(&self, party: &Party, slot: &Path) -> String {
        let name = self.name(&party.stamp);
        let inside = party.delta.path.as_str().strip_prefix(slot.as_str());
        let inside = inside.filter(|inside| !inside.is_empty());
        let inside = inside.map(|inside| end(&format!("…{}", legible(inside)), 40));
        match (party.delta.op.diff_type(), inside) {
            (DiffType::Add, None) => format!("{name}'s addition of "),
            (DiffType::Add, Some(inside)) => format!("{name}'s addition at {inside} of "),
            (DiffType::Change, None) => format!("{name}'s change to "),
            (DiffType::Change, Some(inside)) => format!("{name}'s change of {inside} to "),
            (DiffType::Remove, None) => format!("{name}'s removal"),
            (DiffType::Remove, Some(inside)) => format!("{name}'s removal of {inside}"),
        }
    }

    /// The actor, with the counter where an actor has several actions.
    pub(crate) fn name(&self, stamp: &Stamp) -> String {
        let is_shared = self
            .actors
            .get(&*stamp.actor)
            .is_none_or(|count| *count > 1);
        let name = if is_shared || stamp.actor.is_empty() {
            stamp.to_string()
        } else {
            stamp.actor.to_string()
        };
        beginning(&legible(&name), 24)
    }

    /// Why, in a few words: what the rule set says in this cell of the table.
    pub(crate) fn reason(&self, rule: RuleId) -> &'static str {
        use RuleId::*;
        match (rule, self.rules.verdict(rule)) {
            (R9 | R18 | R27, _) => "both wanted it gone",
            (R10, Verdict::Both) if self.rules.collapse() => {
                "what is added in one place all stands, and equal additions once"
            }
            (R10, Verdict::Both) => {
                "what is added in one place all stands, the later behind the earlier"
            }
            (R19, Verdict::Both) => {
                "two objects were added under one name, and merge member by member"
            }
            (R3 | R12 | R21, Verdict::First) | (R7 | R16 | R25, Verdict::Second) => {
                "an addition inside beats a removal: the remover did not know of it"
            }
            (R6 | R15 | R24, Verdict::First) | (R8 | R17 | R26, Verdict::Second) => {
                "a change beats a removal: the remover did not know of it"
            }
            (R3 | R6 | R12 | R15 | R21 | R24, Verdict::Second | Verdict::Both) => {
                "by this rule set a later removal wins"
            }
            (R7 | R8 | R16 | R17 | R25 | R26, Verdict::First | Verdict::Both) => {
                "by this rule set an earlier removal wins"
            }
            (
                R1 | R2 | R4 | R5 | R10 | R11 | R13 | R14 | R19 | R20 | R22 | R23,
                Verdict::Second | Verdict::Both,
            ) => "the last action wins",
            (R1 | R2 | R4 | R5 | R10 | R11 | R13 | R14 | R19 | R20 | R22 | R23, Verdict::First) => {
                "by this rule set the first action wins"
            }
        }
    }
}

/// The words of a text in lines of at most `room` columns.
pub(crate) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The least room for a value that is shown.
pub(crate) const LEAST: usize = 12;

pub(crate) const ALARM: Style = Style::new()
    .bold()
    .fg_color(Some(Color::Ansi(AnsiColor::Yellow)));
pub(crate) const CALM: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green)));
pub(crate) const DIM: Style = Style::new().dimmed();

pub(crate) fn count(number: usize, thing: &str) -> String {
    match number {
        0 => format!("no {thing}s"),
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}
