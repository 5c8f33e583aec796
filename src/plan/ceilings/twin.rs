//! What the probes must compute: the same numbers, one by one.

use crate::plan::{BufferId, Expected, Twin};

/// The contents of the buffers that are compared; `None` for one that the others prove.
pub struct Contents(pub Vec<Option<Vec<f64>>>);

impl Twin for Contents {
    fn input(&self, _: BufferId) -> Option<&[f32]> {
        None
    }

    fn expected(&self, buffer: BufferId) -> Option<Expected<'_>> {
        self.0[buffer].as_deref().map(Expected::of)
    }
}

/// Element `index` of the pattern that the kernels read, as `pattern.glsl` has it.
pub fn pattern(index: u64) -> f64 {
    f64::from((index as u32).wrapping_mul(2_654_435_761) >> 24)
}

/// The sum of the four elements of vec4 `quad` of the pattern.
pub fn pattern_quad(quad: u64) -> f64 {
    (4 * quad..4 * quad + 4).map(pattern).sum()
}
