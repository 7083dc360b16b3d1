//! Strategies for proptest (feature `proptest`). What fails shrinks by structure, and fits at every step.
//!
//! ```
//! use deltamerge::{diff, generate::strategies::concurrent, merge};
//! use proptest::test_runner::{TestError, TestRunner};
//!
//! // In a test of your own: proptest! { #[test] fn nobody_loses(case in concurrent(2..=3)) { … } }
//! let failed = TestRunner::deterministic().run(&concurrent(2..=3), |case| {
//!     let merged = merge(&case.base, &case.actions).expect("they fit");
//!     assert_eq!(merged.conflicts().count(), 0);
//!     Ok(())
//! });
//! let Err(TestError::Fail(_, smallest)) = failed else { panic!("somebody loses") };
//! assert_eq!(smallest.actions.len(), 2);
//! assert!(smallest.actions.iter().all(|action| action.deltas.len() == 1));
//! ```

use super::{
    Document, Shrink,
    deltas::{actions, concurrent_on as draw_on, deltas},
    documents::{base, shuffle},
    rules::rules,
};
use crate::{
    delta::{Action, Delta, DeltaSet, Op, Stamp},
    laws::Concurrent,
    merge::resolution::Rules,
    path::Path,
};
use arbitrary::Unstructured;
use proptest::{
    arbitrary::Arbitrary,
    collection::vec,
    prelude::any,
    strategy::{NewTree, Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::Value;
use std::{fmt, ops::RangeInclusive, sync::Arc, vec::IntoIter};

/// The longest input that is drawn. Longer ones do not make larger cases: the generators are bounded.
const BYTES: usize = 1024;

type Draw<T> = dyn Fn(&mut Unstructured<'_>) -> arbitrary::Result<T> + Send + Sync;
type Keeps<T> = dyn Fn(&T) -> bool + Send + Sync;

/// A strategy that draws by a generator, and shrinks by [`Shrink`].
#[derive(Clone)]
pub struct Drawn<T> {
    draw: Arc<Draw<T>>,
    /// What a smaller candidate must keep to.
    keeps: Arc<Keeps<T>>,
}

impl<T> Drawn<T> {
    fn by(
        draw: impl Fn(&mut Unstructured<'_>) -> arbitrary::Result<T> + Send + Sync + 'static,
    ) -> Drawn<T> {
        Drawn {
            draw: Arc::new(draw),
            keeps: Arc::new(|_| true),
        }
    }

    fn keeping(self, keeps: impl Fn(&T) -> bool + Send + Sync + 'static) -> Drawn<T> {
        let keeps = Arc::new(keeps);
        Drawn { keeps, ..self }
    }
}

impl<T> fmt::Debug for Drawn<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drawn").finish_non_exhaustive()
    }
}

impl<T: Shrink + Clone + fmt::Debug + 'static> Strategy for Drawn<T> {
    type Tree = Shrinking<T>;
    type Value = T;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        // Short inputs as often as long ones: what is small is drawn small.
        let shorter = (0..6_u32).new_tree(runner)?.current();
        let bytes = vec(any::<u8>(), 0..BYTES >> shorter);
        let bytes = bytes.new_tree(runner)?.current();
        let drawn = (self.draw)(&mut Unstructured::new(&bytes));
        let current = drawn.map_err(|error| error.to_string())?;
        Ok(Shrinking {
            current,
            failed: None,
            keeps: Arc::clone(&self.keeps),
        })
    }
}

/// What was drawn, and, while it shrinks, the smaller candidates of the last that failed.
pub struct Shrinking<T> {
    current: T,
    /// The last that failed, and its candidates that were not tried yet.
    failed: Option<(T, IntoIter<T>)>,
    keeps: Arc<Keeps<T>>,
}

impl<T: fmt::Debug> fmt::Debug for Shrinking<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shrinking").field(&self.current).finish()
    }
}

impl<T: Clone> Shrinking<T> {
    /// Goes on to the next candidate; where there is none, back to what failed.
    fn advance(&mut self) -> bool {
        let Some((failed, candidates)) = &mut self.failed else {
            return false;
        };
        match candidates.find(|candidate| (self.keeps)(candidate)) {
            Some(candidate) => {
                self.current = candidate;
                true
            }
            None => {
                self.current = failed.clone();
                false
            }
        }
    }
}

impl<T: Shrink + Clone + fmt::Debug> ValueTree for Shrinking<T> {
    type Value = T;

    fn current(&self) -> T {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        let candidates = self.current.smaller().into_iter();
        self.failed = Some((self.current.clone(), candidates));
        self.advance()
    }

    fn complicate(&mut self) -> bool {
        self.advance()
    }
}

/// Documents to start from ([`base`]): mostly containers.
///
/// ```
/// use deltamerge::generate::strategies::documents;
/// use proptest::test_runner::TestRunner;
/// let held = TestRunner::deterministic().run(&documents(), |document| {
///     assert!(deltamerge::diff(&document, &document).expect("not deep").is_empty());
///     Ok(())
/// });
/// assert!(held.is_ok());
/// ```
pub fn documents() -> impl Strategy<Value = Value> {
    // The type that shrinks is a wrapper: Value is not ours.
    Drawn::by(|u| base(u).map(Document)).prop_map(|Document(document)| document)
}

/// Delta sets that fit this document ([`deltas`](super::deltas())).
///
/// ```
/// use deltamerge::{apply, generate::strategies::edits_of, invert};
/// use proptest::test_runner::TestRunner;
/// use serde_json::json;
/// let base = json!({"hp": 7, "log": ["start"]});
/// let held = TestRunner::deterministic().run(&edits_of(base.clone()), |deltas| {
///     let after = apply(&base, &deltas).expect("they fit");
///     let undo = invert(&base, &deltas).expect("they fit");
///     assert_eq!(apply(&after, &undo).expect("it fits"), base);
///     Ok(())
/// });
/// assert!(held.is_ok());
/// ```
pub fn edits_of(base: Value) -> Drawn<DeltaSet> {
    let drawn_for = base.clone();
    Drawn::by(move |u| deltas(u, &drawn_for)).keeping(move |set| set.normalize(&base).is_ok())
}

/// Concurrent edits of some document, as many as `sides` allows. While they shrink, document and edits do, and there may be fewer.
///
/// The example of [this module](self) uses it.
pub fn concurrent(sides: RangeInclusive<usize>) -> Drawn<Concurrent> {
    Drawn::by(move |u| {
        let base = base(u)?;
        let mut actions = actions(u, &base, sides.clone())?;
        shuffle(u, &mut actions)?;
        Ok(Concurrent { base, actions })
    })
}

/// So many concurrent edits of *this* document. While they shrink, the document stays, and so does their number.
///
/// ```
/// use deltamerge::{generate::strategies::concurrent_on, merge};
/// use proptest::test_runner::TestRunner;
/// use serde_json::json;
/// let base = json!({"hp": 7, "log": ["start"]});
/// let held = TestRunner::deterministic().run(&concurrent_on(base, 2), |case| {
///     let [ann, bob] = &case.actions[..] else { panic!("two edits") };
///     assert_eq!(merge(&case.base, [ann, bob]), merge(&case.base, [bob, ann]));
///     Ok(())
/// });
/// assert!(held.is_ok());
/// ```
pub fn concurrent_on(base: Value, sides: usize) -> Drawn<Concurrent> {
    let drawn_for = base.clone();
    Drawn::by(move |u| draw_on(u, drawn_for.clone(), sides))
        .keeping(move |case| case.base == base && case.actions.len() == sides)
}

/// Rule sets without circles: presets, and any other.
///
/// ```
/// use deltamerge::{Rules, generate::strategies::rule_sets};
/// use proptest::test_runner::TestRunner;
/// let held = TestRunner::deterministic().run(&rule_sets(), |rules| {
///     assert_eq!(Rules::from_json(rules.to_json()), Ok(rules));
///     Ok(())
/// });
/// assert!(held.is_ok());
/// ```
pub fn rule_sets() -> Drawn<Rules> {
    Drawn::by(rules)
}

/// Draws by `arbitrary::Arbitrary`.
macro_rules! arbitrary_by_drawing {
    ($($type:ty),+) => {$(
        impl Arbitrary for $type {
            type Parameters = ();
            type Strategy = Drawn<$type>;

            fn arbitrary_with((): ()) -> Drawn<$type> {
                Drawn::by(|u| arbitrary::Arbitrary::arbitrary(u))
            }
        }
    )+};
}

arbitrary_by_drawing!(
    Action, Concurrent, Delta, DeltaSet, Document, Op, Path, Rules, Stamp
);
