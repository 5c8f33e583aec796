//! Lays settings over one another: defaults, then the base, a variant, a sweep point, overrides.

use std::num::NonZeroU32;

use super::factors::{
    AlgorithmKind, Arithmetic, Barriers, Cache, Clock, Coefficients, Consume, Defaults, DirectMethod, Dtype,
    Evaluation, FilterReuse, FirstTransform, Grid, Layout, Mapping, Placement, Points, Regions, StopAfter,
    Tile,
};
use super::values::{Extent, Multiple, NotNegative, Padding, Passes, Positive, RowPadding, VectorWidth};

/// Settings of which some are unset.
pub(super) trait Layer: Clone {
    /// Takes what `upper` sets and keeps the rest.
    fn lay(&mut self, upper: &Self);

    /// This, with `upper` laid over it.
    fn under(&self, upper: &Self) -> Self {
        let mut merged = self.clone();
        merged.lay(upper);
        merged
    }

    /// Whether the two set something differently, so that it matters which is laid over which.
    fn conflicts_with(&self, other: &Self) -> bool
    where
        Self: PartialEq,
    {
        self.under(other) != other.under(self)
    }
}

impl<T: Layer> Layer for Option<T> {
    fn lay(&mut self, upper: &Self) {
        match (self.as_mut(), upper) {
            (Some(lower), Some(upper)) => lower.lay(upper),
            (None, Some(_)) => self.clone_from(upper),
            (_, None) => {}
        }
    }
}

/// A single value replaces the one below it.
macro_rules! single_values {
    ($($type:ty)+) => { $(impl Layer for $type {
        fn lay(&mut self, upper: &Self) {
            *self = *upper;
        }
    })+ };
}

single_values! {
    AlgorithmKind Arithmetic Barriers Cache Clock Coefficients Consume Defaults DirectMethod Dtype Evaluation Extent FilterReuse
    FirstTransform Grid Layout Mapping Multiple NonZeroU32 NotNegative Padding Passes Placement Points Positive Regions RowPadding StopAfter Tile
    VectorWidth
}
