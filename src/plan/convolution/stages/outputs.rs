//! How the output transform stores y: a row of a tile at once, or through shared memory in the order of y.

use crate::config::{Evaluation, Experiment, Placement};
use crate::plan::Limits;
use crate::plan::convolution::Unplannable;
use crate::winograd::FILTER;

/// How y is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// So many floats at once, by the invocation that made them.
    Direct(u32),
    /// By neighbouring invocations, through shared memory.
    Staged(StagedOutputs),
}

/// A workgroup of the output transform whose invocations share tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StagedOutputs {
    /// Its tiles.
    pub tiles: u32,
    /// One for each column of its tiles.
    pub invocations: u32,
    /// Its shared memory: Aᵀ over the columns of its tiles, and their outputs.
    pub shared_bytes: u32,
}

impl StagedOutputs {
    /// Tiles per workgroup: a subgroup's worth on most devices, which loads and stores neighbours, or half of that. With 64,
    /// two columns per invocation or twice the invocations, the transform took 1.3 to 1.6 times as long on an NVIDIA H200.
    const TILES: [u32; 2] = [32, 16];

    /// The workgroup for tiles of m×m outputs, if the device has room for one.
    fn new(m: u32, limits: &Limits) -> Option<Self> {
        let alpha = m + FILTER - 1;
        let of =
            |tiles| Self { tiles, invocations: alpha * tiles, shared_bytes: 4 * tiles * m * (alpha + m) };
        let fits = |staged: &Self| limits.have_room(staged.invocations, staged.shared_bytes);
        Self::TILES.map(of).into_iter().find(fits)
    }
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
                let staged = StagedOutputs::new(m, limits).filter(|_| is_of_tiles && widest < m);
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
    use super::*;
    use crate::config::Configuration;

    fn chosen(width: u32, set: &[&str], limits: &Limits) -> Result<Outputs, String> {
        let text = format!(
            "[problem]\nin_channels = 1\nout_channels = 1\nheight = 8\nwidth = {width}\n[transforms]\nevaluation = \
             \"separable\"\n"
        );
        let set: Vec<String> = set.iter().map(ToString::to_string).collect();
        let configuration = Configuration::parse(&text, "x.toml", &set).unwrap();
        Outputs::choose(&configuration.experiments[0], width, limits).map_err(|error| error.to_string())
    }

    #[test]
    fn whole_rows_of_a_tile_are_stored_at_once_and_others_are_staged() {
        let of = |width, tile: &str| chosen(width, &[tile], &Limits::default()).unwrap();
        let staged = |invocations, shared_bytes| {
            Outputs::Staged(StagedOutputs { tiles: 32, invocations, shared_bytes })
        };
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
        let half = StagedOutputs { tiles: 16, invocations: 8 * 16, shared_bytes: 4 * 16 * 6 * (8 + 6) };
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
