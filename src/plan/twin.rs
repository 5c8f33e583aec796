//! The CPU twin of a plan: what every buffer must hold, computed in f64 without a device.

use super::recording::BufferId;

/// Inputs for a plan, and the f64 contents that they must lead to in every other buffer.
pub trait Twin: Send + Sync {
    /// The contents of an input buffer, or `None` for a buffer that the plan itself writes.
    fn input(&self, buffer: BufferId) -> Option<&[f32]>;

    /// What `buffer` must hold, or `None` for an input.
    fn expected(&self, buffer: BufferId) -> Option<Expected<'_>>;
}

/// What a buffer must hold, element by element in any order. What is not named is padding, whose contents mean nothing.
pub struct Expected<'a> {
    count: usize,
    element: Box<dyn Fn(usize) -> (usize, f64) + Sync + 'a>,
}

impl<'a> Expected<'a> {
    /// `count` elements; `element(i)` is the i-th's index in the buffer, and its value.
    pub fn new(count: usize, element: impl Fn(usize) -> (usize, f64) + Sync + 'a) -> Self {
        Self { count, element: Box::new(element) }
    }

    /// The first elements of a buffer, in its order.
    pub fn of(values: &'a [f64]) -> Self {
        Self::new(values.len(), |index| (index, values[index]))
    }

    /// Nothing that is known before.
    pub fn nothing() -> Self {
        Self::of(&[])
    }

    /// How many elements are named.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Those from `range`, of `0..count`, as (index in the buffer, value).
    pub fn elements(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = (usize, f64)> + '_ {
        range.map(|element| (self.element)(element))
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.elements(0..self.count)
    }
}
