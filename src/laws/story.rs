//! A case, and a law that it breaks, told so that somebody can follow.

use super::{Concurrent, Counterexample, Observation};
use crate::{
    delta::{Action, Delta, Op, Stamp},
    path::Quoted,
};
use std::fmt;

impl fmt::Display for Concurrent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The base is {}.", self.base)?;
        let mut actions: Vec<&Action> = self.actions.iter().collect();
        actions.sort_by(|a, b| a.stamp.cmp(&b.stamp));
        for action in actions {
            let deeds: Vec<_> = action.deltas.iter().map(deed).collect();
            let deeds = match &deeds[..] {
                [] => "does nothing".to_owned(),
                deeds => deeds.join(", and "),
            };
            writeln!(f, "  {} {deeds}", action.stamp)?;
        }
        Ok(())
    }
}

fn deed(delta: &Delta) -> String {
    let path = Quoted(&delta.path);
    match &delta.op {
        Op::Add(value) => format!("adds {value} at {path}"),
        Op::Change(value) => format!("changes {path} to {value}"),
        Op::Remove => format!("removes {path}"),
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, sentence) = (self.law.id(), self.law.sentence());
        writeln!(f, "{id} does not hold: {sentence}.\n")?;
        writeln!(f, "{}", self.case)?;
        for observation in &self.observations {
            writeln!(f, "{observation}")?;
        }
        write!(f, "\n{}", self.conclusion)
    }
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.result)?;
        for decision in &self.decisions {
            write!(f, "\n  {decision}")?;
        }
        Ok(())
    }
}

/// Names in a sentence: `1:ann, 2:bob and 3:cy`.
pub(super) fn names<'s>(stamps: impl IntoIterator<Item = &'s Stamp>) -> String {
    let names: Vec<_> = stamps.into_iter().map(Stamp::to_string).collect();
    match &names[..] {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}
