//! How the output transform stores y: a row of a tile at once, or through shared memory in the order of y.

use super::staged::StagedTiles;
use crate::config::{Evaluation, Experiment, Placement};
use crate::plan::Limits;
use crate::plan::convolution::Unplannable;

/// How y is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// So many floats at once, by the invocation that made them.
    Direct(u32),
    /// By neighbouring invocations, through shared memory.
    Staged(StagedTiles),
}

impl Outputs {
    /// What is set. Else a row of a tile at once where rows of y allow, and otherwise through shared memory, if the
    /// device has room and the output transform is a dispatch of whole tiles of its own; if not, the longest vector.
    ///
    /// # Errors
    /// If a vector is set that would reach over a row's end, or of outputs that different invocations make.
    pub fn choose(experiment: &Experiment, out_width: u32, limits: &Limits) -> Result<Self, Unplannable> {
        let m = experiment.tile.m();
        let of_elements = is_of_elements(experiment);
        let divides = |vector: u32| {
            vector == 1 || (!of_elements && m.is_multiple_of(vector) && out_width.is_multiple_of(vector))
        };
        match experiment.blocks.output_vector {
            None => {
                let widest = [4, 2].into_iter().find(|&vector| divides(vector)).unwrap_or(1);
                let is_of_tiles = experiment.mhat.placement == Placement::Global && !of_elements;
                // Aᵀ over the columns of the tiles, and their outputs, lie in shared memory.
                let alpha = experiment.tile.alpha();
                let staged = StagedTiles::both(alpha, m * (alpha + m));
                let staged = staged.into_iter().find(|staged| staged.is_within(limits));
                let staged = staged.filter(|_| is_of_tiles && widest < m);
                Ok(staged.map_or(Self::Direct(widest), Self::Staged))
            }
            Some(vector) if divides(vector) => Ok(Self::Direct(vector)),
            Some(vector) if of_elements => Err(Unplannable(format!(
                "transforms.vector = {vector}, but each invocation stores one element of y, as with MHAT inline or `kron` \
                 of a stored MHAT"
            ))),
            Some(vector) => Err(Unplannable(format!(
                "transforms.vector = {vector} divides not both the tile's {m} and y's {out_width} columns: a vector would \
                 reach over their ends"
            ))),
        }
    }

    /// Floats per store, as the kernels' macro.
    pub fn vector_macro(self) -> (&'static str, String) {
        ("Y_VECTOR", self.vector().unwrap_or(1).to_string())
    }

    /// Floats per store, unless through shared memory.
    fn vector(self) -> Option<u32> {
        match self {
            Self::Direct(vector) => Some(vector),
            Self::Staged(_) => None,
        }
    }

    /// As columns of the results.
    pub fn parameters(self) -> Vec<(String, String)> {
        self.vector().map(|vector| ("output_vector".into(), vector.to_string())).into_iter().collect()
    }
}

/// Whether an invocation makes one element of y.
fn is_of_elements(experiment: &Experiment) -> bool {
    match experiment.mhat.placement {
        Placement::Global => experiment.evaluation == Evaluation::Kron,
        Placement::Inline => true,
        Placement::Shared | Placement::Register => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::only;
    use super::*;

    fn chosen(width: u32, set: &[&str], limits: &Limits) -> Result<Outputs, String> {
        Outputs::choose(&only([1, 1, 1, 8, width], set), width, limits).map_err(|error| error.to_string())
    }

    #[test]
    fn whole_rows_of_a_tile_are_stored_at_once_and_others_are_staged() {
        let of = |width, tile: &str| chosen(width, &[tile], &Limits::default()).unwrap();
        let staged =
            |invocations, shared_bytes| Outputs::Staged(StagedTiles { tiles: 32, invocations, shared_bytes });
        assert_eq!(of(56, "algorithm.tile=4"), Outputs::Direct(4));
        assert_eq!(of(14, "algorithm.tile=4"), staged(6 * 32, 4 * 32 * 4 * (6 + 4)));
        assert_eq!(of(56, "algorithm.tile=6"), staged(8 * 32, 4 * 32 * 6 * (8 + 6)));
        assert_eq!(of(56, "algorithm.tile=2"), Outputs::Direct(2));
        assert_eq!(chosen(14, &["transforms.vector=2"], &Limits::default()), Ok(Outputs::Direct(2)));
    }

    #[test]
    fn what_cannot_be_staged_is_stored_in_vectors() {
        let of = |max_invocations, max_shared_bytes| {
            let limits = Limits { max_invocations, max_shared_bytes };
            chosen(14, &["algorithm.tile=6"], &limits).unwrap()
        };
        let half = StagedTiles { tiles: 16, invocations: 8 * 16, shared_bytes: 4 * 16 * 6 * (8 + 6) };
        assert_eq!([of(128, 32 << 10), of(256, 8 << 10)], [Outputs::Staged(half); 2], "room for half");
        assert_eq!([of(64, 32 << 10), of(256, 4 << 10)], [Outputs::Direct(2); 2], "no room");
        let fused = chosen(14, &["buffers.mhat.placement=register"], &Limits::default());
        assert_eq!(fused, Ok(Outputs::Direct(2)), "fused");
    }

    #[test]
    fn one_element_at_a_time_has_no_vectors() {
        assert_eq!(chosen(56, &["transforms.evaluation=kron"], &Limits::default()), Ok(Outputs::Direct(1)));
        let refused = |width, set: &[&str]| chosen(width, set, &Limits::default()).unwrap_err();
        let kron = refused(56, &["transforms.evaluation=kron", "transforms.vector=4"]);
        assert!(kron.contains("stores one element of y"), "{kron}");
        let wide = refused(14, &["transforms.vector=4"]);
        assert!(wide.contains("the tile's 4 and y's 14 columns"), "{wide}");
    }
}
