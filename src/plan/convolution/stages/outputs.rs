//! How the output transform stores y: a row of a tile at once, or through shared memory in the order of y.

use crate::config::{Evaluation, Experiment, Placement};
use crate::plan::Limits;
use crate::plan::convolution::Unplannable;

/// How y is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// So many floats at once, by the invocation that made them.
    Direct(u32),
    /// By neighbouring invocations, with so many bytes of shared memory per workgroup in between.
    Staged(u32),
}

impl Outputs {
    /// What is set. Else a row of a tile at once where rows of y allow, and otherwise through shared memory, if the
    /// device has room and the output transform is a dispatch of whole tiles of its own; if not, the longest vector.
    ///
    /// # Errors
    /// If a vector is set that would reach over a row's end, or of outputs that different invocations make.
    pub fn choose(
        experiment: &Experiment,
        out_width: u32,
        workgroup: u32,
        limits: &Limits,
    ) -> Result<Self, Unplannable> {
        let m = experiment.tile.m();
        let of_elements = is_of_elements(experiment);
        let divides = |vector: u32| {
            vector == 1 || (!of_elements && m.is_multiple_of(vector) && out_width.is_multiple_of(vector))
        };
        match experiment.blocks.output_vector {
            None => {
                let widest = [4, 2].into_iter().find(|&vector| divides(vector)).unwrap_or(1);
                let staged_bytes = 4 * m * m * workgroup;
                let may_stage = experiment.mhat.placement == Placement::Global
                    && !of_elements
                    && staged_bytes <= limits.max_shared_bytes;
                Ok(if widest < m && may_stage { Self::Staged(staged_bytes) } else { Self::Direct(widest) })
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
    use super::*;
    use crate::config::Configuration;

    fn chosen(width: u32, set: &[&str], workgroup: u32) -> Result<Outputs, String> {
        let text = format!(
            "[problem]\nin_channels = 1\nout_channels = 1\nheight = 8\nwidth = {width}\n[transforms]\nevaluation = \
             \"separable\"\n"
        );
        let set: Vec<String> = set.iter().map(ToString::to_string).collect();
        let configuration = Configuration::parse(&text, "x.toml", &set).unwrap();
        Outputs::choose(&configuration.experiments[0], width, workgroup, &Limits::default())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn whole_rows_of_a_tile_are_stored_at_once_and_others_are_staged() {
        let of = |width, tile: &str| chosen(width, &[tile], 64).unwrap();
        assert_eq!(of(56, "algorithm.tile=4"), Outputs::Direct(4));
        assert_eq!(of(14, "algorithm.tile=4"), Outputs::Staged(4 * 16 * 64));
        assert_eq!(of(56, "algorithm.tile=6"), Outputs::Staged(4 * 36 * 64));
        assert_eq!(of(56, "algorithm.tile=2"), Outputs::Direct(2));
        assert_eq!(chosen(14, &["transforms.vector=2"], 64), Ok(Outputs::Direct(2)));
    }

    #[test]
    fn what_cannot_be_staged_is_stored_in_vectors() {
        assert_eq!(chosen(14, &["algorithm.tile=6"], 1024), Ok(Outputs::Direct(2)), "no room");
        assert_eq!(chosen(14, &["buffers.mhat.placement=register"], 64), Ok(Outputs::Direct(2)), "fused");
    }

    #[test]
    fn one_element_at_a_time_has_no_vectors() {
        assert_eq!(chosen(56, &["transforms.evaluation=kron"], 64), Ok(Outputs::Direct(1)));
        let refused = chosen(56, &["transforms.evaluation=kron", "transforms.vector=4"], 64).unwrap_err();
        assert!(refused.contains("stores one element of y"), "{refused}");
        let refused = chosen(14, &["transforms.vector=4"], 64).unwrap_err();
        assert!(refused.contains("the tile's 4 and y's 14 columns"), "{refused}");
    }
}
