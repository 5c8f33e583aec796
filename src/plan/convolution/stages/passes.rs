//! How much of the filter transform is done before GHAT is stored.

use super::multiply::is_gemm;
use crate::config::{Evaluation, Experiment, FilterReuse};
use crate::plan::Limits;
use crate::plan::convolution::Unplannable;
use crate::plan::convolution::blocking::GemmBlock;
use crate::plan::convolution::tensor::Geometry;

/// Passes of U = G g Gᵀ: G over the columns of g, then over the rows of what that gave.
const ALL: u32 = 2;

/// Where one pass is better: from this size of tile on, of whose U it leaves 3/8 and 1/3, where U has so many bytes, which take longer
/// than any dispatch's start, and up to so many blocks of tiles, for each of which the multiply makes the other pass once. On an NVIDIA
/// H100 2 to 23 % less for the whole convolution; elsewhere mostly more (docs/notebook.md, "Half a filter transform").
const LARGE_TILE: u32 = 6;
const LARGE_GHAT: u64 = 16 << 20;
const FEW_BLOCKS: u64 = 2;

/// How many passes of the filter transform are made before GHAT is stored: what is set, or one where that is better.
///
/// # Errors
/// If one is set where no multiply could make the other, or sizes of the multiply's block that are set contradict one another.
pub fn filter_passes(
    experiment: &Experiment,
    geometry: &Geometry,
    limits: &Limits,
) -> Result<u32, Unplannable> {
    match (experiment.blocks.filter_passes, reason_against_one(experiment)) {
        (Some(passes), Some(why)) if passes < ALL => {
            Err(Unplannable(format!("transforms.filter_passes = {passes}, but {why}: it must be {ALL}")))
        }
        (Some(passes), _) => Ok(passes),
        (None, None) if is_better_once(experiment, geometry, limits)? => Ok(1),
        (None, _) => Ok(ALL),
    }
}

/// Why no multiply could make the second pass.
fn reason_against_one(experiment: &Experiment) -> Option<&'static str> {
    if experiment.evaluation == Evaluation::Kron {
        Some("`kron` makes each element of GHAT at once")
    } else if !is_gemm(experiment) {
        Some("the `blocked` multiply alone makes the other one, with every buffer stored")
    } else {
        None
    }
}

/// Whether one pass saves more than the other costs the multiply. A prefix has the passes of the whole, and so asks for the whole's block.
fn is_better_once(
    experiment: &Experiment,
    geometry: &Geometry,
    limits: &Limits,
) -> Result<bool, Unplannable> {
    let product = geometry.product();
    // A GHAT that is made beforehand costs no time.
    let is_timed = experiment.filter_reuse == FilterReuse::PerRun;
    let bytes = 4 * product.positions * product.channels * product.filters;
    if !is_timed || geometry.tiling.m < LARGE_TILE || bytes < LARGE_GHAT {
        return Ok(false);
    }
    let block = GemmBlock::choose(&experiment.blocks.multiply, limits, &product, true)?;
    let [_, tile_blocks] = block.product.blocks_along(product.filters, product.tiles);
    Ok(tile_blocks <= FEW_BLOCKS)
}

#[cfg(test)]
mod tests {
    use super::super::tests::only;
    use crate::plan::Limits;
    use crate::plan::convolution::lower;

    /// The passes of a problem, of which are said batch, channels and filters, height and width, with these settings.
    fn passes([batch, channels, size]: [u32; 3], set: &[&str]) -> Result<u32, String> {
        let experiment = only([batch, channels, channels, size, size], set);
        let plan = lower(&experiment, &Limits::default()).map_err(|error| error.to_string())?;
        let told = plan.parameters.iter().find(|(name, _)| name == "filter_passes");
        Ok(told.map_or(0, |(_, passes)| passes.parse().unwrap()))
    }

    #[test]
    fn one_pass_is_stored_where_ghat_is_large_and_blocks_of_tiles_are_few() {
        let f7 = "algorithm.tile=7";
        assert_eq!(passes([16, 512, 14], &[f7]), Ok(1));
        assert_eq!(passes([16, 512, 28], &[f7]), Ok(1), "two blocks of 128 tiles");
        assert_eq!(passes([17, 512, 28], &[f7]), Ok(2), "a third");
        assert_eq!(passes([16, 512, 28], &[f7, "multiply.partial_sums=32"]), Ok(2), "four blocks of 64");
        assert_eq!(passes([16, 512, 14], &[f7, "multiply.block.tiles=16"]), Ok(2), "four blocks of 16");
        for prefix in ["schedule.stop_after=ghat", "schedule.stop_after=mhat"] {
            assert_eq!(passes([16, 512, 28], &[f7, prefix]), Ok(1), "{prefix}");
        }
        assert_eq!(passes([1, 256, 14], &["algorithm.tile=6"]), Ok(1), "16 MiB of it");
        assert_eq!(passes([1, 255, 14], &["algorithm.tile=6"]), Ok(2), "less of it");
        assert_eq!(passes([16, 512, 14], &["algorithm.tile=5"]), Ok(2), "half of it would be left");
    }

    #[test]
    fn what_costs_no_time_or_cannot_be_halved_is_stored_whole() {
        let of = |set: &str| passes([16, 512, 14], &["algorithm.tile=7", set]);
        assert_eq!(of("filter.reuse=cached"), Ok(2));
        assert_eq!(of("multiply.mapping=element"), Ok(2));
        assert_eq!(of("buffers.xhat.placement=shared"), Ok(2));
        assert_eq!(of("transforms.evaluation=kron"), Ok(0), "it has no passes");
        assert_eq!(of("buffers.ghat.placement=shared"), Ok(0), "nor is a GHAT stored");
        assert_eq!(of("algorithm.kind=direct"), Ok(0), "nor has it one");
    }

    #[test]
    fn what_is_set_is_kept_or_refused() {
        let of = |set: &[&str]| passes([1, 4, 8], set);
        assert_eq!(of(&["transforms.filter_passes=1"]), Ok(1));
        assert_eq!(of(&["transforms.filter_passes=1", "filter.reuse=cached"]), Ok(1));
        assert_eq!(passes([16, 512, 14], &["algorithm.tile=7", "transforms.filter_passes=2"]), Ok(2));
        for (set, why) in [
            ("transforms.evaluation=kron", "`kron` makes each element of GHAT at once"),
            ("multiply.mapping=element", "the `blocked` multiply alone"),
            ("buffers.mhat.placement=shared", "with every buffer stored: it must be 2"),
        ] {
            let refused = of(&["transforms.filter_passes=1", set]).unwrap_err();
            assert!(refused.starts_with("transforms.filter_passes = 1, but "), "{refused}");
            assert!(refused.contains(why), "{set}: {refused}");
            assert!(of(&["transforms.filter_passes=2", set]).is_ok(), "{set}");
        }
    }
}
