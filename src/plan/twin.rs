//! The CPU twin of a plan: what every buffer must hold, computed in f64 without a device.

use super::recording::BufferId;

/// Inputs for a plan, and the f64 contents that they must lead to in every other buffer.
pub trait Twin {
    /// The contents of an input buffer, or `None` for a buffer that the plan itself writes.
    fn input(&self, buffer: BufferId) -> Option<&[f32]>;

    /// What `buffer` must hold, as (index of the element in the buffer, value), or `None` for an input. Elements
    /// not named are padding, whose contents mean nothing.
    fn expected(&self, buffer: BufferId) -> Option<Box<dyn Iterator<Item = (usize, f64)> + '_>>;
}
