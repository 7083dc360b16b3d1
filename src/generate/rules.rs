//! Rule sets without circles (U3).

use super::documents::chance;
use crate::{
    delta::DiffType,
    merge::resolution::{DataType, RuleId, Rules, Verdict},
};
use arbitrary::{Result, Unstructured};
use std::sync::OnceLock;

/// Cells that hang together in a circle or not at all, and all the verdicts that they may have together.
struct Block {
    cells: Vec<RuleId>,
    fitting: Vec<Vec<Verdict>>,
}

impl Block {
    fn of(cells: Vec<RuleId>) -> Block {
        let mut fitting = vec![vec![]];
        // The last cell's verdict is the first to tell them apart.
        for cell in &cells {
            let longer = cell.choices().iter().flat_map(|verdict| {
                fitting
                    .iter()
                    .map(move |verdicts: &Vec<Verdict>| [&verdicts[..], &[*verdict]].concat())
            });
            fitting = longer.collect();
        }
        fitting.retain(|verdicts| {
            let mut rules = Rules::movex();
            set(&mut rules, &cells, verdicts);
            !rules.goes_in_circles()
        });
        Block { cells, fitting }
    }
}

fn set(rules: &mut Rules, cells: &[RuleId], verdicts: &[Verdict]) {
    for (cell, verdict) in cells.iter().zip(verdicts) {
        rules.set(*cell, *verdict);
    }
}

/// The cells in which a write meets a REMOVE or another write, of which one must lose.
fn contested(data: DataType) -> Vec<RuleId> {
    let pairs = DiffType::ALL
        .into_iter()
        .flat_map(|first| DiffType::ALL.map(|second| (first, second)));
    let is_contested = |(first, second): &(DiffType, DiffType)| {
        let is_added = *first == DiffType::Add || *second == DiffType::Add;
        (first != second || *first == DiffType::Change)
            && !(is_added && data == DataType::Primitive)
    };
    let cells = pairs.filter(is_contested);
    cells
        .map(|(first, second)| RuleId::of(first, second, data))
        .collect()
}

fn added(data: DataType) -> RuleId {
    RuleId::of(DiffType::Add, DiffType::Add, data)
}

fn blocks() -> &'static [Block; 4] {
    static BLOCKS: OnceLock<[Block; 4]> = OnceLock::new();
    BLOCKS.get_or_init(|| {
        let objects_and_others = vec![added(DataType::Primitive), added(DataType::Object)];
        let [primitive, array, object] = DataType::ALL.map(contested);
        [objects_and_others, primitive, array, object].map(Block::of)
    })
}

/// A rule set without circles: one of the presets, or any other (U1 to U3).
///
/// # Errors
/// None in practice: where the bytes are spent, the first of the choices is taken.
///
/// ```
/// use arbitrary::Unstructured;
/// use deltamerge::Rules;
/// let rules = deltamerge::generate::rules(&mut Unstructured::new(&[7, 100, 200, 50, 150, 1, 0]))?;
/// assert_eq!(Rules::from_json(rules.to_json()).as_ref(), Ok(&rules));
/// # Ok::<(), arbitrary::Error>(())
/// ```
pub fn rules(u: &mut Unstructured<'_>) -> Result<Rules> {
    let rules = match u.int_in_range(0..=7)? {
        0..=3 => Rules::movex(),
        4 => Rules::remove_wins(),
        5 => Rules::first_wins(),
        _ => {
            let mut rules = Rules::movex();
            for block in blocks() {
                set(&mut rules, &block.cells, u.choose(&block.fitting)?);
            }
            let runs = *u.choose(&[Verdict::Both, Verdict::First, Verdict::Second])?;
            rules.set(added(DataType::Array), runs);
            rules
        }
    };
    Ok(if chance(u, 4)? {
        rules.collapsing()
    } else {
        rules
    })
}
