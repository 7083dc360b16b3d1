//! Two arrays: which elements stayed, which were edited, which came and went (A3, A4).

use crate::value::{Deep, Numeric, equal, equal_within};
use imara_diff::{Algorithm, Diff, InternedInput, Token, TokenSource};
use serde_json::Value;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// One difference between two arrays. Equal elements are not spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The element `.0` of the first array became the element `.1` of the second.
    Pair(usize, usize),
    /// The element of the first array is not in the second.
    Remove(usize),
    /// The element `index` of the second array is new, in front of the element `gap` of the first.
    Add { gap: usize, index: usize },
}

/// Up to this many pairs of a replaced stretch are compared with each other, before it is cut.
const MOST_COMPARED: usize = 2_500;

/// From this length on, arrays of strings or containers are first gone over side by side.
const LONG: usize = 64;

/// Up to this many pairs of elements, the script is the shortest that there is; beyond, its search is bounded.
const MOST_SEARCHED: usize = 1 << 16;

/// So far ahead, going side by side, an element is looked for on the other side.
const REACH: usize = 8;

/// Adds the differences between two arrays to `steps`, in order, edited elements paired. Elements may be no deeper than `room`:
/// where one is, some steps may have been added.
// By a call, for what it needs of the stack is not to lie there while somebody goes down into what changed.
#[inline(never)]
pub(crate) fn align(
    before: &[Value],
    after: &[Value],
    room: usize,
    steps: &mut Vec<Step>,
) -> Result<(), Deep> {
    let sides = Sides {
        before,
        after,
        room,
    };
    sides.each_hunk(|(old, new)| {
        if old.is_empty() || new.is_empty() {
            leave(old, new, steps);
        } else {
            sides.pair(old, new, steps);
        }
    })
}

/// The differences between two arrays, in order, nothing paired.
pub(crate) fn align_unpaired(
    before: &[Value],
    after: &[Value],
    room: usize,
) -> Result<Vec<Step>, Deep> {
    let sides = Sides {
        before,
        after,
        room,
    };
    let mut steps = Vec::new();
    sides.each_hunk(|(old, new)| leave(old, new, &mut steps))?;
    Ok(steps)
}

/// A stretch of the first array, and what stands in its place in the second.
type Hunk = (Range<usize>, Range<usize>);

/// Two arrays that are being aligned.
struct Sides<'v> {
    before: &'v [Value],
    after: &'v [Value],
    room: usize,
}

/// An edit script over tokens: the shortest, as long as looking for it cannot take long.
fn script(before: &[Token], after: &[Token], kinds: u32) -> Vec<Hunk> {
    if before.len().saturating_mul(after.len()) <= MOST_SEARCHED {
        let script = similar::capture_diff_slices(similar::Algorithm::RawMyers, before, after);
        let differences = script
            .iter()
            .filter(|step| step.tag() != similar::DiffTag::Equal);
        return differences
            .map(|step| (step.old_range(), step.new_range()))
            .collect();
    }
    let mut diff = Diff::default();
    diff.compute_with(Algorithm::Myers, before, after, kinds);
    let wide = |range: Range<u32>| range.start as usize..range.end as usize;
    let hunks = diff.hunks();
    hunks
        .map(|hunk| (wide(hunk.before), wide(hunk.after)))
        .collect()
}

/// The parts of two sequences that are aligned with each other: as a rule all of both. Where long sequences consist of few
/// different elements, everything matches everywhere, and a shortest edit script means little and costs the square of the
/// length: then they are aligned window by window.
fn windows(old: usize, new: usize, kinds: usize) -> impl Iterator<Item = Hunk> {
    const WINDOW: usize = 1 << 12;
    const OFTEN: usize = 16;
    let length = old.max(new);
    let are_few = kinds.saturating_mul(OFTEN) < length;
    let count = if are_few { length.div_ceil(WINDOW) } else { 1 };
    let part = move |length: usize, k: usize| length * k / count..length * (k + 1) / count;
    (0..count).map(move |k| (part(old, k), part(new, k)))
}

impl Sides<'_> {
    /// The stretches in which two arrays differ, by a shortest edit script over equal elements.
    fn each_hunk(&self, mut found: impl FnMut(Hunk)) -> Result<(), Deep> {
        let Sides {
            before,
            after,
            room,
        } = *self;
        let start = self.same_at_start()?;
        let end = self.same_at_end(start)?;
        let (mut old, mut new) = (start..before.len() - end, start..after.len() - end);
        if old.len().min(new.len()) >= LONG && self.is_costly_to_hash(&old) {
            (old, new) = self.side_by_side(old, new, &mut found)?;
        }
        if old.is_empty() && new.is_empty() {
            return Ok(());
        }
        if old.is_empty() || new.is_empty() || (old.len() == 1 && new.len() == 1) {
            found((old, new));
            return Ok(());
        }
        let input = InternedInput::new(
            Tokens(&elements(&before[old.clone()], room)?),
            Tokens(&elements(&after[new.clone()], room)?),
        );
        let kinds = input.interner.num_tokens();
        for (a, b) in windows(old.len(), new.len(), kinds as usize) {
            let start = (old.start + a.start, new.start + b.start);
            let shift = |(a, b): Hunk| {
                let shifted = |range: Range<usize>, by| range.start + by..range.end + by;
                (shifted(a, start.0), shifted(b, start.1))
            };
            let script = script(&input.before[a], &input.after[b], kinds);
            script.into_iter().map(shift).for_each(&mut found);
        }
        Ok(())
    }

    // Most elements are equal scalars: a call for each would cost more than the comparison.
    #[inline(always)]
    fn same(&self, i: usize, j: usize) -> Result<bool, Deep> {
        equal_within(&self.before[i], &self.after[j], self.room)
    }

    /// How many elements are equal at the start.
    fn same_at_start(&self) -> Result<usize, Deep> {
        let most = self.before.len().min(self.after.len());
        for count in 0..most {
            if !self.same(count, count)? {
                return Ok(count);
            }
        }
        Ok(most)
    }

    /// How many elements are equal at the end, without those before `start`.
    fn same_at_end(&self, start: usize) -> Result<usize, Deep> {
        let most = self.before.len().min(self.after.len()) - start;
        for count in 0..most {
            if !self.same(self.before.len() - 1 - count, self.after.len() - 1 - count)? {
                return Ok(count);
            }
        }
        Ok(most)
    }

    fn is_costly_to_hash(&self, range: &Range<usize>) -> bool {
        let first = &self.before[range.start];
        matches!(first, Value::String(_) | Value::Array(_) | Value::Object(_))
    }

    /// Goes over both side by side. At a difference it looks a few elements ahead for where the two are equal again,
    /// the nearest first. Where it does not find that, it stops: what is left is the caller's to align.
    fn side_by_side(
        &self,
        old: Range<usize>,
        new: Range<usize>,
        found: &mut impl FnMut(Hunk),
    ) -> Result<Hunk, Deep> {
        let (mut i, mut j) = (old.start, new.start);
        while let Some((a, b)) = self.nearest(i..old.end, j..new.end)? {
            found((i..i + a, j..j + b));
            (i, j) = (i + a, j + b);
            while i < old.end && j < new.end && self.same(i, j)? {
                (i, j) = (i + 1, j + 1);
            }
        }
        Ok((i..old.end, j..new.end))
    }

    /// How far ahead, on each side, the two are equal again.
    fn nearest(
        &self,
        old: Range<usize>,
        new: Range<usize>,
    ) -> Result<Option<(usize, usize)>, Deep> {
        for distance in 1..=REACH {
            for a in 0..=distance {
                let b = distance - a;
                if self.same_again(old.start + a..old.end, new.start + b..new.end)? {
                    return Ok(Some((a, b)));
                }
            }
        }
        Ok(None)
    }

    /// Whether the two are equal for a few elements, so that it is not by chance.
    fn same_again(&self, old: Range<usize>, new: Range<usize>) -> Result<bool, Deep> {
        const ENOUGH: usize = 3;
        if old.len() < ENOUGH || new.len() < ENOUGH {
            return Ok(false);
        }
        for (i, j) in old.zip(new).take(ENOUGH) {
            if !self.same(i, j)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// An element with its hash, so that most unequal ones are told apart without being compared.
#[derive(Clone, Copy)]
struct Element<'v> {
    hash: u64,
    value: &'v Value,
}

fn elements(values: &[Value], room: usize) -> Result<Vec<Element<'_>>, Deep> {
    let element = |value| hash(value, room).map(|hash| Element { hash, value });
    values.iter().map(element).collect()
}

/// Elements as the aligning library takes them.
struct Tokens<'e, 'v>(&'e [Element<'v>]);

impl<'e, 'v> TokenSource for Tokens<'e, 'v> {
    type Token = Element<'v>;
    type Tokenizer = std::iter::Copied<std::slice::Iter<'e, Element<'v>>>;

    fn tokenize(&self) -> Self::Tokenizer {
        self.0.iter().copied()
    }

    fn estimate_tokens(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && equal(self.value, other.value)
    }
}

impl Eq for Element<'_> {}

impl Hash for Element<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// A hash that equal values share. It only sorts out candidates: equality is checked.
fn hash(value: &Value, room: usize) -> Result<u64, Deep> {
    let below = || room.checked_sub(1).ok_or(Deep);
    Ok(match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => hash_scalar(value),
        Value::Array(items) => {
            let room = below()?;
            hash_all(items, room)?
        }
        // A sum, for the order of members means nothing.
        Value::Object(members) => {
            let room = below()?;
            members.iter().try_fold(8, |sum: u64, (name, member)| {
                let member = xxh3_64_with_seed(name.as_bytes(), hash(member, room)?);
                Ok(sum.wrapping_add(member))
            })?
        }
    })
}

/// A hash that equal sequences share.
pub(crate) fn hash_all<'v>(
    values: impl IntoIterator<Item = &'v Value>,
    room: usize,
) -> Result<u64, Deep> {
    values.into_iter().try_fold(7, |sum: u64, value| {
        Ok(sum.rotate_left(5).wrapping_mul(SPREAD) ^ hash(value, room)?)
    })
}

/// An odd number with many bits, to spread a sum over all of them (2^64 divided by the golden ratio).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

fn hash_scalar(value: &Value) -> u64 {
    match value {
        Value::Bool(boolean) => u64::from(*boolean) + 1,
        Value::Number(number) => match Numeric::of(number) {
            Numeric::Natural(natural) => natural.wrapping_add(3).wrapping_mul(SPREAD),
            Numeric::Negative(negative) => xxh3_64_with_seed(&negative.to_le_bytes(), 3),
            Numeric::Double(double) => xxh3_64_with_seed(&double.to_bits().to_le_bytes(), 4),
            Numeric::Text(text) => xxh3_64_with_seed(text.as_bytes(), 5),
        },
        Value::String(text) => xxh3_64_with_seed(text.as_bytes(), 6),
        Value::Null | Value::Array(_) | Value::Object(_) => 0,
    }
}

fn leave(old: Range<usize>, new: Range<usize>, steps: &mut Vec<Step>) {
    let gap = old.end;
    steps.extend(old.map(Step::Remove));
    steps.extend(new.map(|index| Step::Add { gap, index }));
}

impl Sides<'_> {
    /// Pairs the elements of a replaced stretch.
    fn pair(&self, old: Range<usize>, new: Range<usize>, steps: &mut Vec<Step>) {
        if old.len().saturating_mul(new.len()) <= MOST_COMPARED {
            return self.pair_by_likeness(old, new, steps);
        }
        let (mut i, mut j) = (old.start, new.start);
        for (anchor_old, anchor_new) in anchors(self.before, self.after, old.clone(), new.clone()) {
            self.pair_between(i..anchor_old, j..anchor_new, steps);
            steps.push(Step::Pair(anchor_old, anchor_new));
            (i, j) = (anchor_old + 1, anchor_new + 1);
        }
        self.pair_between(i..old.end, j..new.end, steps);
    }

    fn pair_between(&self, old: Range<usize>, new: Range<usize>, steps: &mut Vec<Step>) {
        if old.len().saturating_mul(new.len()) <= MOST_COMPARED {
            return self.pair_by_likeness(old, new, steps);
        }
        let pairs = old.len().min(new.len());
        steps.extend((0..pairs).map(|k| Step::Pair(old.start + k, new.start + k)));
        leave(
            old.start + pairs..old.end,
            new.start + pairs..new.end,
            steps,
        );
    }

    /// Pairs two short stretches in order, so that the pairs together are as much alike as possible.
    fn pair_by_likeness(&self, old: Range<usize>, new: Range<usize>, steps: &mut Vec<Step>) {
        if old.len() == 1 && new.len() == 1 {
            return steps.push(Step::Pair(old.start, new.start));
        }
        let width = new.len() + 1;
        let cell = |i: usize, j: usize| i * width + j;
        // best[i, j]: the likeness to be had from the i-th and j-th elements on.
        let mut best = vec![0_u32; (old.len() + 1) * width];
        let mut alike = vec![0_u32; (old.len() + 1) * width];
        for i in (0..old.len()).rev() {
            for j in (0..new.len()).rev() {
                let likeness = likeness(&self.before[old.start + i], &self.after[new.start + j]);
                alike[cell(i, j)] = likeness;
                best[cell(i, j)] = (likeness + best[cell(i + 1, j + 1)])
                    .max(best[cell(i + 1, j)])
                    .max(best[cell(i, j + 1)]);
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < old.len() && j < new.len() {
            let here = best[cell(i, j)];
            if here == alike[cell(i, j)] + best[cell(i + 1, j + 1)] {
                steps.push(Step::Pair(old.start + i, new.start + j));
                (i, j) = (i + 1, j + 1);
            } else if here == best[cell(i + 1, j)] {
                steps.push(Step::Remove(old.start + i));
                i += 1;
            } else {
                let (gap, index) = (old.start + i, new.start + j);
                steps.push(Step::Add { gap, index });
                j += 1;
            }
        }
        leave(old.start + i..old.end, new.start + j..new.end, steps);
    }
}

/// How much two elements are alike, at least a little: 1 for two kinds, 2 for one, up to 102 for containers that share all.
fn likeness(before: &Value, after: &Value) -> u32 {
    /// No more parts than these are compared, so that a pair costs little however large it is.
    const MOST_PARTS: usize = 32;
    let share = |shared: usize, parts: usize| 2 + (shared * 50 / parts.clamp(1, MOST_PARTS)) as u32;
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let members = old.iter().take(MOST_PARTS);
            let shared = members.map(|(name, member)| {
                new.get(name)
                    .map_or(0, |other| part_likeness(member, other))
            });
            share(shared.sum(), old.len().max(new.len()))
        }
        (Value::Array(old), Value::Array(new)) => {
            let elements = old.iter().zip(new).take(MOST_PARTS);
            let shared = elements.map(|(element, other)| part_likeness(element, other));
            share(shared.sum(), old.len().max(new.len()))
        }
        (Value::Null, Value::Null)
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::String(_), Value::String(_)) => 2,
        _ => 1,
    }
}

/// 2 for equal scalars, 1 for two containers of one kind, which are not looked into.
fn part_likeness(before: &Value, after: &Value) -> usize {
    match (before, after) {
        (Value::Array(_), Value::Array(_)) | (Value::Object(_), Value::Object(_)) => 1,
        _ => usize::from(equal(before, after)) * 2,
    }
}

/// Pairs of a long stretch that need no comparing: elements that share a scalar member which occurs once on each side.
/// In order on both sides; of pairs that cross, as many as possible are kept.
fn anchors(
    before: &[Value],
    after: &[Value],
    old: Range<usize>,
    new: Range<usize>,
) -> Vec<(usize, usize)> {
    let new_features = features(after, new);
    let mut votes: HashMap<(usize, usize), usize> = HashMap::new();
    for (feature, i) in features(before, old) {
        if let (Some(i), Some(Some(j))) = (i, new_features.get(&feature)) {
            *votes.entry((i, *j)).or_default() += 1;
        }
    }
    let mut links: Vec<_> = votes.into_iter().collect();
    // For each element of the first array its strongest link; then the longest chain that rises in the second.
    links.sort_unstable_by_key(|&((i, j), votes)| (i, std::cmp::Reverse(votes), j));
    links.dedup_by_key(|&mut ((i, _), _)| i);
    rising(links.into_iter().map(|(link, _)| link).collect())
}

/// Each scalar member of the elements in `range`: the element that has it, or none where several have.
fn features(array: &[Value], range: Range<usize>) -> HashMap<u64, Option<usize>> {
    let mut features = HashMap::new();
    for index in range {
        let mut add = |seed: u64, part: &Value| {
            if !matches!(part, Value::Array(_) | Value::Object(_)) {
                let feature = hash_scalar(part) ^ seed;
                let seen = features.entry(feature).or_insert(Some(index));
                if *seen != Some(index) {
                    *seen = None;
                }
            }
        };
        match &array[index] {
            Value::Object(members) => members
                .iter()
                .for_each(|(name, member)| add(xxh3_64_with_seed(name.as_bytes(), 9), member)),
            Value::Array(items) => items.iter().for_each(|item| add(10, item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    features
}

/// The longest chain of links that rises on both sides; they come sorted by the first.
fn rising(links: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    // tails[k]: the link that ends the chain of length k + 1 with the smallest end. previous: the one before each.
    let mut tails: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = Vec::with_capacity(links.len());
    for (index, link) in links.iter().enumerate() {
        let length = tails.partition_point(|&tail| links[tail].1 < link.1);
        previous.push(length.checked_sub(1).map(|before| tails[before]));
        if length == tails.len() {
            tails.push(index);
        } else {
            tails[length] = index;
        }
    }
    let mut chain: Vec<_> = std::iter::successors(tails.last().copied(), |&last| previous[last])
        .map(|index| links[index])
        .collect();
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests;
