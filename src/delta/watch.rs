//! Who watches a document while it is edited: every value that comes or goes is shown where it does.

use serde_json::Value;

/// Sees what an edit does, in time that depends on the edit.
///
/// Elements that come or go shift those behind them. That part of an edit is told from the first of them on, in order: the
/// elements that stay, come, go and change, one after the other, between [`Watch::shift`] and [`Watch::shifted`].
pub(crate) trait Watch: Sized {
    /// Where a value is, as far as the watch cares.
    type Place: Copy;
    /// What is known of an array while its elements shift.
    type Shift;

    fn member(&self, object: &Self::Place, name: &str) -> Self::Place;
    fn element(&mut self, array: &Self::Place, index: usize) -> Self::Place;

    /// A value leaves a place.
    fn goes(&mut self, place: &Self::Place, value: &Value);
    /// A value comes to a place.
    fn comes(&mut self, place: &Self::Place, value: &Value);
    /// A value comes to a place in the place of another.
    fn changes(&mut self, place: &Self::Place, before: &Value, after: &Value);

    /// An element comes to the end of an array.
    fn grows(&mut self, array: &Self::Place, index: usize, element: &Value);
    /// The last element of an array goes.
    fn shrinks(&mut self, array: &Self::Place, index: usize, element: &Value);

    /// Elements of an array of `length` come or go, from `first` on.
    fn shift(&mut self, array: &Self::Place, first: usize, length: usize) -> Self::Shift;
    fn stay(&mut self, shift: &mut Self::Shift, elements: &[Value]);
    fn comes_between(&mut self, shift: &mut Self::Shift, element: &Value);
    fn goes_between(&mut self, shift: &mut Self::Shift, element: &Value);
    /// An element is edited by `edit`, under the eyes of the same watch.
    fn changes_between(
        &mut self,
        shift: &mut Self::Shift,
        element: &mut Value,
        edit: impl FnOnce(&mut Value, &mut Self, &Self::Place),
    );
    fn shifted(&mut self, shift: Self::Shift);
}

/// Nobody watches, and that costs nothing.
pub(crate) struct Unwatched;

impl Watch for Unwatched {
    type Place = ();
    type Shift = ();

    fn member(&self, (): &(), _: &str) {}
    fn element(&mut self, (): &(), _: usize) {}
    fn goes(&mut self, (): &(), _: &Value) {}
    fn comes(&mut self, (): &(), _: &Value) {}
    fn changes(&mut self, (): &(), _: &Value, _: &Value) {}
    fn grows(&mut self, (): &(), _: usize, _: &Value) {}
    fn shrinks(&mut self, (): &(), _: usize, _: &Value) {}
    fn shift(&mut self, (): &(), _: usize, _: usize) {}
    fn stay(&mut self, (): &mut (), _: &[Value]) {}
    fn comes_between(&mut self, (): &mut (), _: &Value) {}
    fn goes_between(&mut self, (): &mut (), _: &Value) {}
    fn changes_between(
        &mut self,
        (): &mut (),
        element: &mut Value,
        edit: impl FnOnce(&mut Value, &mut Self, &()),
    ) {
        edit(element, self, &());
    }
    fn shifted(&mut self, (): ()) {}
}
