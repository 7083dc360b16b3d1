//! The model of `spec/resolution.md`: which of the deltas of concurrent actions stand, and what is reported of the others.

use super::{
    ArrayDiff, Delta, Fault, Op, Path, apply, canonical, equal, equal_deltas, is_inside, join_path,
    path_text, token_order, value_at,
};
use serde_json::{Map, Value, json};

// --- the table -------------------------------------------------------------------------------------------------------

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Add,
    Change,
    Remove,
}

pub const KINDS: [Kind; 3] = [Kind::Add, Kind::Change, Kind::Remove];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    Primitive,
    Array,
    Object,
}

pub const DATA: [Data; 3] = [Data::Primitive, Data::Array, Data::Object];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    First,
    Second,
    Both,
}

/// The number of the rule for a meeting: the 3 in R3. The table counts through the second within the first within the data.
pub fn rule(first: Kind, second: Kind, data: Data) -> usize {
    1 + 9 * (data as usize) + 3 * (first as usize) + second as usize
}

#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    pub verdicts: [Verdict; 27],
    pub collapse: bool,
}

impl Rules {
    /// Builds a table from the verdicts on pairs of which one loses.
    fn preset(one_loses: impl Fn(Kind, Kind) -> Verdict) -> Rules {
        let mut verdicts = [Verdict::Both; 27];
        for data in DATA {
            for first in KINDS {
                for second in KINDS {
                    verdicts[rule(first, second, data) - 1] = match (first, second, data) {
                        (Kind::Remove, Kind::Remove, _) => Verdict::Both,
                        (Kind::Add, Kind::Add, Data::Array | Data::Object) => Verdict::Both,
                        _ => one_loses(first, second),
                    };
                }
            }
        }
        Rules {
            verdicts,
            collapse: false,
        }
    }

    /// A write beats a removal, and the last of two writes wins.
    pub fn movex() -> Rules {
        Rules::preset(|_, second| {
            if second == Kind::Remove {
                Verdict::First
            } else {
                Verdict::Second
            }
        })
    }

    /// A removal beats a write, and the last of two writes wins.
    pub fn remove_wins() -> Rules {
        Rules::preset(|first, _| {
            if first == Kind::Remove {
                Verdict::First
            } else {
                Verdict::Second
            }
        })
    }

    /// Whoever comes first wins.
    pub fn first_wins() -> Rules {
        Rules::preset(|_, _| Verdict::First)
    }

    pub fn verdict(&self, rule: usize) -> Verdict {
        self.verdicts[rule - 1]
    }

    /// The written form (U1).
    pub fn wire(&self) -> Value {
        let verdicts: Map<String, Value> = (1..=27)
            .map(|rule| {
                let word = match self.verdict(rule) {
                    Verdict::First => "first",
                    Verdict::Second => "second",
                    Verdict::Both => "both",
                };
                (format!("R{rule}"), word.into())
            })
            .collect();
        json!({"verdicts": verdicts, "collapse": self.collapse})
    }

    /// Whether each cell has a verdict that it may have (U2), and no deltas beat each other in a circle (U3).
    pub fn is_coherent(&self) -> bool {
        let allowed = (1..=27).all(|rule| match rule {
            9 | 18 | 27 => self.verdict(rule) == Verdict::Both,
            10 | 19 => true,
            _ => self.verdict(rule) != Verdict::Both,
        });
        allowed && self.circle().is_none()
    }

    /// A meeting of which no outcome agrees with all its cells (U3): the data type, and the contenders by stamp.
    pub fn circle(&self) -> Option<(Data, Vec<Contender>)> {
        for data in DATA {
            let contenders: &[Contender] = match data {
                Data::Primitive => &[Contender::At(Kind::Change), Contender::At(Kind::Remove)],
                Data::Array | Data::Object => &[
                    Contender::At(Kind::Change),
                    Contender::At(Kind::Remove),
                    Contender::Inside(Kind::Add),
                    Contender::Inside(Kind::Change),
                ],
            };
            let found = sequences(contenders, 4)
                .into_iter()
                .find(|meeting| !self.has_outcome(meeting, data));
            if let Some(meeting) = found {
                return Some((data, meeting));
            }
        }
        let additions = sequences(&[Contender::Object, Contender::NoObject], 4);
        let found = additions
            .into_iter()
            .find(|meeting| !self.has_outcome(meeting, Data::Primitive));
        found.map(|meeting| (Data::Primitive, meeting))
    }

    /// Whether there is a winner that none of those it meets beats.
    fn has_outcome(&self, meeting: &[Contender], data: Data) -> bool {
        if meeting
            .iter()
            .all(|contender| matches!(contender, Contender::Inside(_)))
        {
            return true;
        }
        (0..meeting.len()).any(|winner| {
            (0..meeting.len())
                .all(|other| other == winner || !self.is_beaten(meeting, winner, other, data))
        })
    }

    /// Whether the one is beaten by the other, their places in the list being their stamps.
    fn is_beaten(&self, meeting: &[Contender], one: usize, by: usize, data: Data) -> bool {
        let (first, second) = (meeting[one.min(by)], meeting[one.max(by)]);
        let rule = match (first, second) {
            (Contender::Inside(_), Contender::Inside(_)) => return false,
            (Contender::Object, Contender::Object) => rule(Kind::Add, Kind::Add, Data::Object),
            (first, second) => rule(first.kind(), second.kind(), data),
        };
        self.verdict(rule)
            == if one < by {
                Verdict::Second
            } else {
                Verdict::First
            }
    }
}

/// What may meet at a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Contender {
    /// A delta at a slot that the base has.
    At(Kind),
    /// A write inside the slot.
    Inside(Kind),
    /// The ADD of a member that the base lacks: of an object, or not.
    Object,
    NoObject,
}

impl Contender {
    fn kind(self) -> Kind {
        match self {
            Contender::At(kind) | Contender::Inside(kind) => kind,
            Contender::Object | Contender::NoObject => Kind::Add,
        }
    }
}

/// All sequences of up to so many of the things.
fn sequences(things: &[Contender], most: usize) -> Vec<Vec<Contender>> {
    let mut all = vec![vec![]];
    let mut start = 0;
    for _ in 0..most {
        let end = all.len();
        for i in start..end {
            for thing in things {
                all.push([all[i].as_slice(), &[*thing]].concat());
            }
        }
        start = end;
    }
    all
}

// --- actions and decisions -------------------------------------------------------------------------------------------

/// Rust orders tuples and strings as S1 does.
pub type Stamp = (u64, String);

#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    pub stamp: Stamp,
    pub deltas: Vec<Delta>,
}

impl Action {
    /// Reads the wire form (S2).
    pub fn parse(wire: &Value) -> Result<Action, &'static str> {
        let fields = wire.as_object().ok_or("bad-request")?;
        let stamp = fields
            .get("stamp")
            .and_then(Value::as_array)
            .filter(|parts| parts.len() == 2)
            .ok_or("bad-request")?;
        let counter = stamp[0].as_u64().ok_or("bad-request")?;
        let actor = stamp[1].as_str().ok_or("bad-request")?;
        let deltas = fields
            .get("deltas")
            .and_then(Value::as_array)
            .ok_or("bad-request")?;
        if fields.len() != 2 {
            return Err("bad-request");
        }
        let deltas = deltas.iter().map(Delta::parse).collect::<Result<_, _>>()?;
        Ok(Action {
            stamp: (counter, actor.to_owned()),
            deltas,
        })
    }

    pub fn wire(&self) -> Value {
        json!({"stamp": [self.stamp.0, self.stamp.1], "deltas": super::wire(&self.deltas)})
    }
}

/// A delta, and who said it.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub stamp: Stamp,
    pub delta: Delta,
}

impl Said {
    fn kind(&self) -> Kind {
        match self.delta.op {
            Op::Add(_) => Kind::Add,
            Op::Change(_) => Kind::Change,
            Op::Remove => Kind::Remove,
        }
    }

    fn is_write(&self) -> bool {
        self.kind() != Kind::Remove
    }

    fn value(&self) -> &Value {
        self.delta.value().expect("a write has a value")
    }

    fn wire(&self) -> Value {
        json!({"stamp": [self.stamp.0, self.stamp.1], "delta": self.delta.wire()})
    }
}

/// What was made of one delta that met others (K1).
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub path: Path,
    pub rule: usize,
    pub winner: Said,
    pub loser: Said,
    pub conflict: bool,
}

impl Decision {
    pub fn wire(&self) -> Value {
        json!({
            "path": path_text(&self.path),
            "rule": format!("R{}", self.rule),
            "winner": self.winner.wire(),
            "loser": self.loser.wire(),
            "conflict": self.conflict,
        })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    pub state: Value,
    pub deltas: Vec<Delta>,
    pub decisions: Vec<Decision>,
}

// --- resolution ------------------------------------------------------------------------------------------------------

/// The merge of concurrent actions; or all that is wrong with them.
pub fn merge(
    base: &Value,
    actions: &[Action],
    rules: &Rules,
    diff: ArrayDiff,
) -> Result<Merged, Vec<Fault>> {
    let mut faults = vec![];
    let mut joined: Vec<Action> = vec![];
    for action in actions {
        match canonical(base, &action.deltas, diff) {
            Err(more) => faults.extend(more),
            Ok(deltas) => match joined.iter().find(|other| other.stamp == action.stamp) {
                None => joined.push(Action {
                    stamp: action.stamp.clone(),
                    deltas,
                }),
                Some(other) if equal_deltas(&other.deltas, &deltas) => {}
                Some(_) => faults.push(Fault {
                    code: "duplicate-stamp",
                    path: None,
                }),
            },
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    joined.sort_by(|a, b| a.stamp.cmp(&b.stamp));
    let said: Vec<Said> = joined
        .iter()
        .flat_map(|action| {
            action.deltas.iter().map(|delta| Said {
                stamp: action.stamp.clone(),
                delta: delta.clone(),
            })
        })
        .collect();
    let mut resolution = Resolution {
        base,
        rules,
        deltas: vec![],
        decisions: vec![],
    };
    resolution.slot(&vec![], said);
    let Resolution {
        deltas, decisions, ..
    } = resolution;
    let state = apply(base, &deltas)?;
    Ok(Merged {
        state,
        deltas,
        decisions,
    })
}

struct Resolution<'a> {
    base: &'a Value,
    rules: &'a Rules,
    deltas: Vec<Delta>,
    decisions: Vec<Decision>,
}

impl Resolution<'_> {
    fn data(&self, path: &[String]) -> Data {
        match value_at(self.base, path) {
            Some(Value::Array(_)) => Data::Array,
            Some(Value::Object(_)) => Data::Object,
            _ => Data::Primitive,
        }
    }

    /// The rule for two that meet.
    fn rule(&self, one: &Said, other: &Said, data: Data) -> usize {
        assert_ne!(one.stamp, other.stamp, "deltas of one action do not meet");
        let (first, second) = if one.stamp < other.stamp {
            (one, other)
        } else {
            (other, one)
        };
        rule(first.kind(), second.kind(), data)
    }

    fn beats(&self, one: &Said, other: &Said, data: Data) -> bool {
        let verdict = if one.stamp < other.stamp {
            Verdict::First
        } else {
            Verdict::Second
        };
        self.rules.verdict(self.rule(one, other, data)) == verdict
    }

    fn decide(&mut self, path: &[String], data: Data, winner: &Said, loser: &Said, conflict: bool) {
        let rule = self.rule(winner, loser, data);
        let (winner, loser) = (winner.clone(), loser.clone());
        self.decisions.push(Decision {
            path: path.to_vec(),
            rule,
            winner,
            loser,
            conflict,
        });
    }

    /// A slot that the base has, and all that was said at it and inside it: in the order of stamps, of one stamp in the order
    /// of the set.
    fn slot(&mut self, path: &Path, said: Vec<Said>) {
        let data = self.data(path);
        let at: Vec<&Said> = said.iter().filter(|one| one.delta.path == *path).collect();
        let inside: Vec<&Said> = said
            .iter()
            .filter(|one| is_inside(&one.delta.path, path))
            .collect();
        if at.is_empty() {
            return self.container(path, said); // V1
        }
        // V3, and V2 as its simplest case.
        let strongest = self.strongest(&at, data);
        let saviours: Vec<&Said> = inside
            .iter()
            .filter(|write| write.is_write() && self.beats(write, strongest, data))
            .copied()
            .collect();
        if let Some(latest) = saviours.last() {
            // Of the writes of one action, the first.
            let saviour = saviours
                .iter()
                .find(|write| write.stamp == latest.stamp)
                .unwrap();
            for loser in &at {
                self.decide(path, data, saviour, loser, true);
            }
            return self.container(path, inside.into_iter().cloned().collect());
        }
        for loser in &said {
            if loser != strongest {
                let wanted_the_same = match (&strongest.delta.op, &loser.delta.op) {
                    (Op::Remove, Op::Remove) => true,
                    (Op::Change(_), Op::Remove) => loser.delta.path != *path, // V4
                    (Op::Change(one), Op::Change(other)) => {
                        loser.delta.path == *path && equal(one, other)
                    }
                    _ => false,
                };
                self.decide(path, data, strongest, loser, !wanted_the_same);
            }
        }
        self.deltas.push(strongest.delta.clone());
    }

    /// Of the deltas at a slot, the one that no other beats. REMOVEs do not beat each other; which of several stands for
    /// all, V3 says.
    fn strongest<'a>(&self, at: &[&'a Said], data: Data) -> &'a Said {
        let mut unbeaten: Vec<&Said> = at.to_vec();
        unbeaten.retain(|one| {
            !at.iter()
                .any(|other| other != one && self.beats(other, one, data))
        });
        let says = |first, second| self.rules.verdict(rule(first, second, data));
        let order = says(Kind::Remove, Kind::Add);
        let by_order = data != Data::Primitive && order == says(Kind::Add, Kind::Remove);
        let verdict = if by_order {
            order
        } else {
            says(Kind::Change, Kind::Change)
        };
        let stands = if verdict == Verdict::First {
            unbeaten.first()
        } else {
            unbeaten.last()
        };
        stands.expect("a table without circles")
    }

    /// A container that stays (V1): what was said inside it.
    fn container(&mut self, path: &Path, said: Vec<Said>) {
        let below = |token: &String| {
            let slot = join_path(path, token);
            let here = |one: &&Said| one.delta.path == slot || is_inside(&one.delta.path, &slot);
            (
                slot.clone(),
                said.iter().filter(here).cloned().collect::<Vec<Said>>(),
            )
        };
        let mut tokens: Vec<String> = said
            .iter()
            .map(|one| one.delta.path[path.len()].clone())
            .collect();
        tokens.sort_by(|a, b| token_order(a, b));
        tokens.dedup();
        for token in &tokens {
            let (slot, said) = below(token);
            if self.data(path) == Data::Array {
                let (gap, element) = said
                    .into_iter()
                    .partition(|one| one.delta.path == slot && one.kind() == Kind::Add);
                self.gap(&slot, gap);
                if value_at(self.base, &slot).is_some() {
                    self.slot(&slot, element);
                }
            } else if value_at(self.base, &slot).is_some() {
                self.slot(&slot, said);
            } else {
                let value = self.addition(&slot, said);
                self.deltas.push(Delta {
                    path: slot,
                    op: Op::Add(value),
                });
            }
        }
    }

    /// What is added at a member that the base lacks (V5).
    fn addition(&mut self, path: &Path, said: Vec<Said>) -> Value {
        let data = |one: &Said, other: &Said| {
            if one.value().is_object() && other.value().is_object() {
                Data::Object
            } else {
                Data::Primitive
            }
        };
        let mut unbeaten: Vec<&Said> = said.iter().collect();
        unbeaten.retain(|one| {
            !said
                .iter()
                .any(|other| other != *one && self.beats(other, one, data(one, other)))
        });
        if self.rules.verdict(1) == Verdict::Second {
            unbeaten.reverse();
        }
        let strongest = *unbeaten.first().expect("a table without circles");
        let both_stand = self.rules.verdict(19) == Verdict::Both;
        for loser in &said {
            if loser != strongest {
                let data = data(strongest, loser);
                let nothing_lost = data == Data::Object && both_stand;
                let conflict = !nothing_lost && !equal(strongest.value(), loser.value());
                self.decide(path, data, strongest, loser, conflict);
            }
        }
        if !(strongest.value().is_object() && both_stand) {
            return strongest.value().clone();
        }
        let mut names: Vec<String> = vec![];
        for one in &said {
            for name in one
                .value()
                .as_object()
                .into_iter()
                .flat_map(|members| members.keys())
            {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names.sort_by(|a, b| token_order(a, b));
        let mut object = Map::new();
        for name in names {
            let slot = join_path(path, &name);
            let members = said.iter().filter_map(|one| {
                let value = one.value().as_object()?.get(&name)?.clone();
                let delta = Delta {
                    path: slot.clone(),
                    op: Op::Add(value),
                };
                Some(Said {
                    stamp: one.stamp.clone(),
                    delta,
                })
            });
            let value = self.addition(&slot, members.collect());
            object.insert(name, value);
        }
        Value::Object(object)
    }

    /// The runs in a gap (V6).
    fn gap(&mut self, path: &Path, said: Vec<Said>) {
        let mut runs: Vec<Vec<Said>> = vec![];
        for one in said {
            match runs.last_mut() {
                Some(run) if run[0].stamp == one.stamp => run.push(one),
                _ => runs.push(vec![one]),
            }
        }
        if runs.is_empty() {
            return;
        }
        let same = |one: &[Said], other: &[Said]| {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| equal(one.value(), other.value()))
        };
        let both_stand = self.rules.verdict(10) == Verdict::Both;
        let mut standing: Vec<Vec<Said>> = vec![];
        for run in &runs {
            if !(self.rules.collapse && standing.iter().any(|other| same(other, run))) {
                standing.push(run.clone());
            }
        }
        match self.rules.verdict(10) {
            Verdict::Both => {}
            Verdict::First => standing = vec![runs[0].clone()],
            Verdict::Second => standing = vec![runs[runs.len() - 1].clone()],
        }
        let winner = &standing[standing.len() - 1];
        for run in &runs {
            if run[0].stamp != winner[0].stamp {
                for loser in run {
                    self.decide(
                        path,
                        Data::Array,
                        &winner[0],
                        loser,
                        !both_stand && !same(winner, run),
                    );
                }
            }
        }
        self.deltas
            .extend(standing.concat().into_iter().map(|one| one.delta));
    }
}
