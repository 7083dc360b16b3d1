//! Where new members go: behind the neighbour that they have in the text they come from, or where a sorted object has them (F6).

use super::tree::Item;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// What stands in a place of the new object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot<'t> {
    /// The item of that index of the old one.
    Kept(usize),
    /// A member of that name.
    New(&'t str),
}

/// The members of `target` in the order that they are to stand in.
pub(super) fn placed<'t>(
    frame: &'t [Item],
    target: &'t Map<String, Value>,
    hints: &[&'t [Item]],
) -> Vec<Slot<'t>> {
    let kept = |item: &&Item| target.contains_key(item.name());
    let mut row = Row::default();
    for item in frame.iter().filter(kept) {
        row.push(item.name());
    }
    let sorting = SORTINGS
        .iter()
        .find(|is_before| is_sorted(frame, **is_before));
    for hint in hints {
        let names: HashSet<&str> = hint.iter().map(Item::name).collect();
        let is_sorted = sorting.is_some_and(|is_before| is_sorted(hint, *is_before));
        let mut neighbour = None;
        for name in hint.iter().filter(kept).map(Item::name) {
            if !row.has(name) {
                match sorting {
                    Some(is_before) if is_sorted => row.insert_sorted(neighbour, name, *is_before),
                    _ => row.insert_behind(neighbour, name, &names),
                }
            }
            neighbour = Some(name);
        }
    }
    let mut last = None;
    for name in target.keys() {
        match sorting {
            _ if row.has(name) => continue,
            Some(is_before) => row.insert_sorted(last, name, *is_before),
            None => row.push(name),
        }
        last = Some(name.as_str());
    }
    let indexes: HashMap<&str, usize> = frame.iter().map(Item::name).zip(0..).collect();
    let slots = row.into_names().map(|name| match indexes.get(name) {
        Some(index) => Slot::Kept(*index),
        None => Slot::New(name),
    });
    slots.collect()
}

pub(super) type Sorting = fn(&str, &str) -> bool;

/// What comes before what: by code points, and by code points without regard to case.
pub(super) const SORTINGS: [Sorting; 2] = [
    |first, second| first < second,
    |first, second| first.to_lowercase() < second.to_lowercase(),
];

fn is_sorted(items: &[Item], is_before: Sorting) -> bool {
    items.len() > 1
        && items
            .windows(2)
            .all(|pair| is_before(pair[0].name(), pair[1].name()))
}

/// Names in a row, each with the one behind it. The first entry is no name: it stands in front of all.
struct Row<'t> {
    names: Vec<&'t str>,
    behind: Vec<Option<usize>>,
    places: HashMap<&'t str, usize>,
    last: usize,
}

impl Default for Row<'_> {
    fn default() -> Self {
        Row {
            names: vec![""],
            behind: vec![None],
            places: HashMap::new(),
            last: 0,
        }
    }
}

impl<'t> Row<'t> {
    fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    fn push(&mut self, name: &'t str) {
        self.insert(self.last, name);
    }

    fn insert(&mut self, place: usize, name: &'t str) {
        let new = self.names.len();
        self.names.push(name);
        let next = self.behind[place].replace(new);
        self.behind.push(next);
        self.places.insert(name, new);
        if place == self.last {
            self.last = new;
        }
    }

    /// Behind its neighbour, and behind what follows there that the text it comes from does not know.
    fn insert_behind(&mut self, neighbour: Option<&str>, name: &'t str, known: &HashSet<&str>) {
        let mut place = neighbour
            .and_then(|name| self.places.get(name))
            .map_or(0, |place| *place);
        while let Some(next) = self.behind[place].filter(|next| !known.contains(self.names[*next]))
        {
            place = next;
        }
        self.insert(place, name);
    }

    /// As a rule new names come in order: it looks behind the neighbour, unless the name belongs in front of that.
    fn insert_sorted(&mut self, neighbour: Option<&str>, name: &'t str, is_before: Sorting) {
        let neighbour = neighbour.filter(|neighbour| is_before(neighbour, name));
        let mut place = neighbour
            .and_then(|neighbour| self.places.get(neighbour))
            .map_or(0, |place| *place);
        if is_before(self.names[self.last], name) {
            place = self.last;
        }
        while let Some(next) = self.behind[place].filter(|next| is_before(self.names[*next], name))
        {
            place = next;
        }
        self.insert(place, name);
    }

    fn into_names(self) -> impl Iterator<Item = &'t str> {
        let mut at = 0;
        std::iter::from_fn(move || {
            at = self.behind[at]?;
            Some(self.names[at])
        })
    }
}
