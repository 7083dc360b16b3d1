//! The resolution table (R1 to R27), and nothing else: who wins when two deltas meet.

use crate::{
    checksum::{Checksum, checksum},
    delta::DiffType,
    form::{Fields, FormError, deserialize_from_json},
    value::{Kind, describe},
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};
use std::{fmt, str::FromStr};

/// What two deltas are about when they meet: the third column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// A primitive of the base; or nothing, and values are added that are taken whole.
    Primitive,
    /// An array of the base, or one of its gaps.
    Array,
    /// An object of the base; or nothing, and two objects are added.
    Object,
}

impl DataType {
    /// All three, in the order of the table.
    pub const ALL: [DataType; 3] = [DataType::Primitive, DataType::Array, DataType::Object];

    /// The data type of a slot that holds `value` in the base. O(1).
    pub fn of(value: &Value) -> DataType {
        match Kind::of(value) {
            Kind::Null | Kind::Boolean | Kind::Number | Kind::String => DataType::Primitive,
            Kind::Array => DataType::Array,
            Kind::Object => DataType::Object,
        }
    }

    /// `primitive`, `array` or `object`.
    pub fn name(self) -> &'static str {
        match self {
            DataType::Primitive => "primitive",
            DataType::Array => "array",
            DataType::Object => "object",
        }
    }
}

/// What a cell of the table says of the two deltas that met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The first wins: the one with the smaller stamp.
    First,
    /// The second wins.
    Second,
    /// Neither loses anything.
    Both,
}

impl Verdict {
    /// All three.
    pub const ALL: [Verdict; 3] = [Verdict::First, Verdict::Second, Verdict::Both];

    /// `first`, `second` or `both`, as in the written form.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::First => "first",
            Verdict::Second => "second",
            Verdict::Both => "both",
        }
    }
}

/// The id of a cell of [the resolution table](crate::guide::table).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the table in spec/resolution.md has a row for each")]
#[rustfmt::skip]
pub enum RuleId {
    R1, R2, R3, R4, R5, R6, R7, R8, R9,
    R10, R11, R12, R13, R14, R15, R16, R17, R18,
    R19, R20, R21, R22, R23, R24, R25, R26, R27,
}

use DataType::{Array, Object, Primitive};
use DiffType::{Add, Change, Remove};
use RuleId::*;
use Verdict::{Both, First, Second};

/// A row of the table: its id, and the verdict of each preset.
struct Row {
    id: RuleId,
    movex: Verdict,
    remove_wins: Verdict,
    first_wins: Verdict,
}

/// The table. The one place that knows what happens when two deltas meet.
#[rustfmt::skip]
fn row(first: DiffType, second: DiffType, data: DataType) -> Row {
    let (id, [movex, remove_wins, first_wins]) = match (first, second, data) {
        (Add,    Add,    Primitive) => (R1,  [Second, Second, First]),
        (Add,    Change, Primitive) => (R2,  [Second, Second, First]),
        (Add,    Remove, Primitive) => (R3,  [First,  Second, First]),
        (Change, Add,    Primitive) => (R4,  [Second, Second, First]),
        (Change, Change, Primitive) => (R5,  [Second, Second, First]),
        (Change, Remove, Primitive) => (R6,  [First,  Second, First]),
        (Remove, Add,    Primitive) => (R7,  [Second, First,  First]),
        (Remove, Change, Primitive) => (R8,  [Second, First,  First]),
        (Remove, Remove, Primitive) => (R9,  [Both,   Both,   Both]),

        (Add,    Add,    Array)     => (R10, [Both,   Both,   Both]),
        (Add,    Change, Array)     => (R11, [Second, Second, First]),
        (Add,    Remove, Array)     => (R12, [First,  Second, First]),
        (Change, Add,    Array)     => (R13, [Second, Second, First]),
        (Change, Change, Array)     => (R14, [Second, Second, First]),
        (Change, Remove, Array)     => (R15, [First,  Second, First]),
        (Remove, Add,    Array)     => (R16, [Second, First,  First]),
        (Remove, Change, Array)     => (R17, [Second, First,  First]),
        (Remove, Remove, Array)     => (R18, [Both,   Both,   Both]),

        (Add,    Add,    Object)    => (R19, [Both,   Both,   Both]),
        (Add,    Change, Object)    => (R20, [Second, Second, First]),
        (Add,    Remove, Object)    => (R21, [First,  Second, First]),
        (Change, Add,    Object)    => (R22, [Second, Second, First]),
        (Change, Change, Object)    => (R23, [Second, Second, First]),
        (Change, Remove, Object)    => (R24, [First,  Second, First]),
        (Remove, Add,    Object)    => (R25, [Second, First,  First]),
        (Remove, Change, Object)    => (R26, [Second, First,  First]),
        (Remove, Remove, Object)    => (R27, [Both,   Both,   Both]),
    };
    Row { id, movex, remove_wins, first_wins }
}

impl RuleId {
    /// All ids, in the order of the table.
    #[rustfmt::skip]
    pub const ALL: [RuleId; 27] = [
        R1, R2, R3, R4, R5, R6, R7, R8, R9,
        R10, R11, R12, R13, R14, R15, R16, R17, R18,
        R19, R20, R21, R22, R23, R24, R25, R26, R27,
    ];

    /// The cell for two deltas that meet, the one with the smaller stamp first.
    ///
    /// ```
    /// use deltamerge::{DataType, DiffType, RuleId};
    /// let id = RuleId::of(DiffType::Remove, DiffType::Change, DataType::Object);
    /// assert_eq!(id.to_string(), "R26");
    /// ```
    pub fn of(first: DiffType, second: DiffType, data: DataType) -> RuleId {
        row(first, second, data).id
    }

    /// The verdicts that a rule set may give this cell (U2).
    pub fn choices(self) -> &'static [Verdict] {
        match self {
            R9 | R18 | R27 => &[Both],
            R10 | R19 => &[First, Second, Both],
            R1 | R2 | R3 | R4 | R5 | R6 | R7 | R8 | R11 | R12 | R13 | R14 | R15 | R16 | R17
            | R20 | R21 | R22 | R23 | R24 | R25 | R26 => &[First, Second],
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R{}", self.index() + 1)
    }
}

impl RuleId {
    /// Reads the id as JSON writes it, the string `"R1"` to `"R27"`.
    ///
    /// # Errors
    /// [`FormError`] where it is anything else (E4).
    pub fn from_json(json: Value) -> Result<RuleId, FormError> {
        let id = json.as_str().and_then(|name| {
            let mut ids = RuleId::ALL.into_iter();
            ids.find(|id| id.to_string() == name)
        });
        id.ok_or_else(|| FormError::new("bad-request", r#""R1" to "R27""#, describe(&json)))
    }
}

impl FromStr for RuleId {
    type Err = FormError;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(name: &str) -> Result<RuleId, FormError> {
        RuleId::from_json(name.into())
    }
}

impl Serialize for RuleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A rule set, as data (U1): a verdict for each cell of the resolution table, and whether equal runs stand once.
///
/// Every replica must resolve by the same rules; their [`hash`](Rules::hash) is what a handshake compares.
///
/// ```
/// use deltamerge::{RuleId, Rules, Verdict};
/// use serde_json::json;
/// let rules: Rules = serde_json::from_value(json!({"preset": "movex", "collapse": true}))?;
/// assert_eq!(rules, Rules::movex().collapsing());
/// assert_eq!(rules.verdict(RuleId::R8), Verdict::Second);
/// assert_ne!(rules.hash(), Rules::movex().hash());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    verdicts: [Verdict; 27],
    collapse: bool,
}

/// The default, [`Rules::movex`].
impl Default for Rules {
    fn default() -> Rules {
        Rules::movex()
    }
}

impl Rules {
    /// The names of the presets.
    pub const PRESETS: [&'static str; 3] = ["movex", "remove-wins", "first-wins"];

    fn of_column(column: fn(&Row) -> Verdict) -> Rules {
        let mut verdicts = [Both; 27];
        for first in DiffType::ALL {
            for second in DiffType::ALL {
                for data in DataType::ALL {
                    let row = row(first, second, data);
                    verdicts[row.id.index()] = column(&row);
                }
            }
        }
        Rules {
            verdicts,
            collapse: false,
        }
    }

    /// The default: of two writes the last wins, and a REMOVE loses against any write.
    pub fn movex() -> Rules {
        Rules::of_column(|row| row.movex)
    }

    /// Of two writes the last wins, and a REMOVE wins against any write.
    pub fn remove_wins() -> Rules {
        Rules::of_column(|row| row.remove_wins)
    }

    /// The first action wins, whatever it did.
    pub fn first_wins() -> Rules {
        Rules::of_column(|row| row.first_wins)
    }

    /// The preset of that name, if it is one.
    pub fn preset(name: &str) -> Option<Rules> {
        match name {
            "movex" => Some(Rules::movex()),
            "remove-wins" => Some(Rules::remove_wins()),
            "first-wins" => Some(Rules::first_wins()),
            _ => None,
        }
    }

    /// The same rules, but equal runs of several actions in one gap stand once (V6).
    pub fn collapsing(self) -> Rules {
        Rules {
            collapse: true,
            ..self
        }
    }

    /// Whether equal runs of several actions in one gap stand once.
    pub fn collapse(&self) -> bool {
        self.collapse
    }

    /// What the set says of a cell.
    pub fn verdict(&self, id: RuleId) -> Verdict {
        self.verdicts[id.index()]
    }

    /// Whether the second of two deltas that meet is the stronger (V3, V5). Where both stand, one of them stands for both
    /// against others: it must be the one that others find it harder to beat.
    pub(super) fn second_is_stronger(
        &self,
        first: DiffType,
        second: DiffType,
        data: DataType,
    ) -> bool {
        match (self.verdict(RuleId::of(first, second, data)), first) {
            (First, _) => false,
            (Second, _) => true,
            (Both, Add | Change) => self.verdict(RuleId::of(Add, Add, Primitive)) == Second,
            (Both, Remove) => self.removes_stand_by(data) == Second,
        }
    }

    /// Which of two REMOVEs stands for both: the one that would win as a CHANGE; but where of a REMOVE and an ADD inside a
    /// container it is their order that decides, the one that it favours.
    fn removes_stand_by(&self, data: DataType) -> Verdict {
        let remove_first = self.verdict(RuleId::of(Remove, Add, data));
        let remove_second = self.verdict(RuleId::of(Add, Remove, data));
        if data != Primitive && remove_first == remove_second {
            remove_first
        } else {
            self.verdict(RuleId::of(Change, Change, data))
        }
    }

    /// What becomes of two objects added at one member (V5).
    pub(super) fn added_objects(&self) -> Verdict {
        self.verdict(RuleId::of(Add, Add, Object))
    }

    /// What becomes of the runs in one gap (V6).
    pub(super) fn runs_in_a_gap(&self) -> Verdict {
        self.verdict(RuleId::of(Add, Add, Array))
    }

    /// A hash that is the same exactly for the same rules, on every machine.
    pub fn hash(&self) -> Checksum {
        checksum(&self.to_json())
    }

    /// The written-out form (U1).
    pub fn to_json(&self) -> Value {
        let verdicts = RuleId::ALL.map(|id| (id.to_string(), self.verdict(id).name().into()));
        let fields = [
            ("collapse".to_owned(), self.collapse.into()),
            (
                "verdicts".to_owned(),
                Value::Object(Map::from_iter(verdicts)),
            ),
        ];
        Value::Object(Map::from_iter(fields))
    }

    /// Reads a preset's name, or an object of `preset`, `verdicts` and `collapse` (U1). O(its size).
    ///
    /// # Errors
    /// [`FormError`] where it is neither, a verdict is not for its cell (U2), or the table goes in circles (U3).
    pub fn from_json(json: Value) -> Result<Rules, FormError> {
        let rules = Rules::from_json_unchecked(json)?;
        match rules.circle() {
            None => Ok(rules),
            Some(circle) => Err(FormError::new(
                CODE,
                "a table in which no three deltas beat each other in a circle",
                circle,
            )),
        }
    }

    /// [`Rules::from_json`], but the table may go in circles (U3): for a program that looks for the documents on which it does, such
    /// as `deltamerge verify`. Merging by such a table is still a function of the set of actions (L2); its decisions contradict it (L8).
    ///
    /// # Errors
    /// [`FormError`] where it is neither of the two forms, or a verdict is not for its cell (U2).
    ///
    /// ```
    /// use deltamerge::Rules;
    /// use serde_json::json;
    /// // change 1 beats remove 2, which beats change 3, which beats change 1
    /// let circle = json!({"verdicts": {"R5": "second", "R6": "first", "R8": "first"}});
    /// assert!(Rules::from_json(circle.clone()).is_err());
    /// assert!(Rules::from_json_unchecked(circle).is_ok());
    /// ```
    pub fn from_json_unchecked(json: Value) -> Result<Rules, FormError> {
        if json.is_string() {
            return preset(&json);
        }
        let mut fields = Fields::of(json, CODE, "a preset's name, or an object")?;
        let mut rules = match fields.optional("preset") {
            Some(name) => preset(&name).map_err(|error| error.inside("preset"))?,
            None => Rules::default(),
        };
        rules.collapse = fields.boolean("collapse")?;
        if let Some(verdicts) = fields.optional("verdicts") {
            let verdicts = rules.read_verdicts(verdicts);
            verdicts.map_err(|error| error.inside("verdicts"))?;
        }
        fields.finish()?;
        Ok(rules)
    }

    #[cfg(feature = "arbitrary")]
    pub(crate) fn set(&mut self, id: RuleId, verdict: Verdict) {
        self.verdicts[id.index()] = verdict;
    }

    #[cfg(feature = "arbitrary")]
    pub(crate) fn goes_in_circles(&self) -> bool {
        self.circle().is_some()
    }

    fn read_verdicts(&mut self, json: Value) -> Result<(), FormError> {
        let mut fields = Fields::of(json, CODE, "an object of verdicts by rule id")?;
        for id in RuleId::ALL {
            let name = id.to_string();
            let Some(given) = fields.optional(&name) else {
                continue;
            };
            let choices = id.choices();
            let chosen = choices.iter().find(|verdict| given == verdict.name());
            let Some(verdict) = chosen else {
                let names: Vec<_> = choices.iter().map(|verdict| verdict.name()).collect();
                let found = describe(&given);
                return Err(FormError::new(CODE, names.join(" or "), found).inside(name));
            };
            self.verdicts[id.index()] = *verdict;
        }
        fields.finish()
    }

    /// A circle in the table (U3), in words: three deltas each of which beats the next, the last the first. Where more go
    /// in a circle, three of them or three others do.
    fn circle(&self) -> Option<String> {
        if self.mixed_adds_go_around() {
            return Some(
                "R1 and R19, which choose one of two added values by different orders".to_owned(),
            );
        }
        // Every choice of diff types for three deltas in the order of their stamps.
        let types = (0..27).map(|n| [n / 9, n / 3 % 3, n % 3].map(|k: usize| DiffType::ALL[k]));
        DataType::ALL
            .into_iter()
            .find_map(|data| types.clone().find_map(|types| self.circle_of(types, data)))
    }

    fn circle_of(&self, types: [DiffType; 3], data: DataType) -> Option<String> {
        let beats = |a: usize, b: usize| self.beats(&types, a, b, data);
        let goes_around = |[a, b, c]: &[usize; 3]| beats(*a, *b) && beats(*b, *c) && beats(*c, *a);
        let ways = [[0, 1, 2], [0, 2, 1]];
        let [a, b, c] = ways.into_iter().find(goes_around)?;
        let delta = |k: usize| format!("{} {}", types[k], k + 1);
        let (first, data) = (delta(a), data.name());
        let others = format!("{} beats {}", delta(b), delta(c));
        Some(format!("{first} beats {others} beats {first}, for {data}"))
    }

    /// Whether delta `a` beats delta `b`, their numbers being their order in time. What cannot meet does not beat.
    fn beats(&self, types: &[DiffType; 3], a: usize, b: usize, data: DataType) -> bool {
        let never_meet = match (types[a], types[b], data) {
            // An ADD meets a CHANGE or a REMOVE only inside a container, and another ADD only in its own cell.
            (Add, _, Primitive) | (_, Add, Primitive) | (Add, Add, Array | Object) => true,
            (Add | Change | Remove, Change | Remove, Array | Object)
            | (Change | Remove, Add, Array | Object)
            | (Change | Remove, Change | Remove, Primitive) => false,
        };
        let (first, second) = (a.min(b), a.max(b));
        let verdict = self.verdict(RuleId::of(types[first], types[second], data));
        let winner = if a == first { First } else { Second };
        !never_meet && verdict == winner
    }

    /// Two objects added at one member are picked by R19, other values by R1; picking one of two by both goes around
    /// unless they agree.
    fn mixed_adds_go_around(&self) -> bool {
        let objects = self.added_objects();
        objects != Both && objects != self.verdict(R1)
    }
}

const CODE: &str = "bad-rules";

fn preset(name: &Value) -> Result<Rules, FormError> {
    let rules = name.as_str().and_then(Rules::preset);
    let expected = r#""movex", "remove-wins" or "first-wins""#;
    rules.ok_or_else(|| FormError::new(CODE, expected, describe(name)))
}

impl Serialize for Rules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rules = serializer.serialize_map(Some(2))?;
        rules.serialize_entry("collapse", &self.collapse)?;
        let verdicts: Vec<_> = RuleId::ALL
            .iter()
            .map(|id| (id, self.verdict(*id)))
            .collect();
        rules.serialize_entry("verdicts", &Verdicts(&verdicts))?;
        rules.end()
    }
}

struct Verdicts<'r>(&'r [(&'r RuleId, Verdict)]);

impl Serialize for Verdicts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(id, verdict)| (id, verdict.name())))
    }
}

deserialize_from_json!(RuleId, Rules);
