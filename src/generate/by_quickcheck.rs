//! `quickcheck::Arbitrary` for the types of the library, with the structural shrinking of [`Shrink`].

use super::{Document, Shrink};
use crate::{
    delta::{Action, Delta, DeltaSet, Op, Stamp},
    laws::Concurrent,
    merge::resolution::Rules,
    path::Path,
};
use ::arbitrary::Unstructured;
use quickcheck::{Arbitrary, Gen};

/// A case takes some bytes for each value in it, so more than quickcheck's idea of size.
const BYTES: usize = 8;

fn drawn<T: for<'a> ::arbitrary::Arbitrary<'a>>(source: &mut Gen) -> T {
    let longest = source.size().saturating_mul(BYTES);
    // Short inputs as often as long ones: what is small is drawn small.
    let length = usize::arbitrary(source) % (longest >> (u8::arbitrary(source) % 6)).max(1);
    let bytes: Vec<u8> = (0..length).map(|_| u8::arbitrary(source)).collect();
    let drawn = T::arbitrary(&mut Unstructured::new(&bytes));
    // Spent bytes make plain things, so there is no other error to have.
    drawn.unwrap_or_else(|error| unreachable!("the generators need no bytes: {error}"))
}

macro_rules! arbitrary_by_drawing {
    ($($type:ty),+) => {$(
        impl Arbitrary for $type {
            fn arbitrary(source: &mut Gen) -> $type {
                drawn(source)
            }

            fn shrink(&self) -> Box<dyn Iterator<Item = $type>> {
                Box::new(Shrink::smaller(self).into_iter())
            }
        }
    )+};
}

arbitrary_by_drawing!(
    Action, Concurrent, Delta, DeltaSet, Document, Op, Path, Rules, Stamp
);
