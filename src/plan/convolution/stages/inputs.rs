//! How the input transform shares tiles among invocations: one each, or a column each, through shared memory.

use super::staged::StagedTiles;
use crate::config::{Evaluation, Experiment, Placement};
use crate::plan::Limits;
use crate::plan::convolution::Unplannable;

/// Half of the tiles where so much more of the larger workgroups would be past the last tile: a sixteenth.
const WASTE: u64 = 16;

/// The size of transformed tile from which half of the tiles are better, for an XHAT of so many bytes: on an NVIDIA H200 by 3 to 5 % at
/// 42 MB and more, where at 11 MB they are worse by 4 % and in between nothing was measured; on an H100 they are as good at 42 MB
/// (docs/notebook.md, "Taps before they are stored").
const LARGE: u32 = 8;
const STREAMED: u64 = 32 << 20;

/// The size of tile up to which an invocation's own is better: with sixteen loads each there is nothing to share.
const SMALL: u32 = 2;

/// The same from [`STREAMED`] on: on an NVIDIA H200 F(4×4) takes 2 to 5 % less with whole tiles at four of five layers of 58 MB and more,
/// and as long at the fifth; on an H100 2 % more at 116 MB. Between 32 and 58 MB nothing was measured.
const SMALL_STREAMED: u32 = 4;

/// The workgroup of the input transform for `tiles` tiles, or none where each invocation has whole ones, or single elements. Unless
/// that is set, tiles are shared where they are large and the device has room. Bᵀ over their columns lies in shared memory, in rows of
/// an odd number of floats against bank conflicts.
///
/// # Errors
/// If a number is set of what no dispatch transforms, or transforms element by element.
pub fn choose(
    experiment: &Experiment,
    tiles: u64,
    limits: &Limits,
) -> Result<Option<StagedTiles>, Unplannable> {
    let is_stored = experiment.xhat.placement == Placement::Global;
    let of_elements = experiment.evaluation == Evaluation::Kron;
    let alpha = experiment.tile.alpha();
    let floats = alpha * (alpha | 1);
    match experiment.blocks.input_tiles {
        Some(set) if !is_stored => Err(Unplannable(format!(
            "transforms.input_tiles = {set}, but XHAT is not stored: no dispatch has the input transform alone"
        ))),
        Some(set) if set > 1 && of_elements => Err(Unplannable(format!(
            "transforms.input_tiles = {set}, but with `kron` each invocation makes one element of XHAT: it must be 1"
        ))),
        Some(1) => Ok(None),
        Some(set) => Ok(Some(StagedTiles::of(set, alpha, floats))),
        None if !is_stored || of_elements => Ok(None),
        None => {
            let bytes = 4 * u64::from(alpha).pow(2) * u64::from(experiment.problem.in_channels) * tiles;
            let is_streamed = bytes >= STREAMED;
            let small = if is_streamed { SMALL_STREAMED } else { SMALL };
            if experiment.tile.m() <= small {
                return Ok(None);
            }
            let [whole, half] = StagedTiles::both(alpha, floats);
            let covered = |staged: &StagedTiles| tiles.next_multiple_of(staged.tiles.into());
            let is_wasteful = covered(&whole) - covered(&half) >= covered(&half).div_ceil(WASTE);
            let halves = is_wasteful || (alpha >= LARGE && is_streamed);
            let fits = |staged: &StagedTiles| staged.is_within(limits);
            Ok([whole, half].into_iter().filter(fits).find(|staged| *staged == half || !halves))
        }
    }
}

/// As columns of the results, of a stored XHAT that is not made element by element.
pub fn parameters(staged: Option<StagedTiles>, experiment: &Experiment) -> Vec<(String, String)> {
    if experiment.xhat.placement != Placement::Global || experiment.evaluation == Evaluation::Kron {
        return vec![];
    }
    vec![("input_tiles".into(), staged.map_or(1, |staged| staged.tiles).to_string())]
}

#[cfg(test)]
mod tests {
    use super::super::tests::only;
    use super::*;

    fn tried(tiles: u64, set: &[&str], limits: &Limits) -> Result<Option<StagedTiles>, String> {
        choose(&only([1, 1, 1, 8, 8], set), tiles, limits).map_err(|error| error.to_string())
    }

    fn chosen(tiles: u64, set: &[&str], limits: &Limits) -> Option<StagedTiles> {
        tried(tiles, set, limits).unwrap()
    }

    #[test]
    fn few_tiles_past_the_last_are_preferred() {
        let tiles_of = |tiles| chosen(tiles, &[], &Limits::default()).unwrap().tiles;
        assert_eq!([tiles_of(64), tiles_of(49), tiles_of(624), tiles_of(3136)], [32; 4]);
        assert_eq!([tiles_of(16), tiles_of(44), tiles_of(208), tiles_of(240)], [16; 4]);
        assert_eq!(tiles_of(272), 32, "a seventeenth more");
    }

    #[test]
    fn large_tiles_of_a_large_layer_are_shared_by_fewer_invocations() {
        let tiles_of = |channels, tiles, tile: &str| {
            let set = [tile, "algorithm.points=balanced"];
            let layer = only([1, channels, 1, 8, 8], &set);
            choose(&layer, tiles, &Limits { max_invocations: 1024, ..Limits::default() })
                .unwrap()
                .unwrap()
                .tiles
        };
        // ResNet's second and fourth layers in batches of 32: 42 and 11 MB of F(7×7)'s XHAT.
        assert_eq!(
            [tiles_of(64, 2048, "algorithm.tile=7"), tiles_of(256, 128, "algorithm.tile=7")],
            [16, 32]
        );
        assert_eq!(tiles_of(256, 1600, "algorithm.tile=6"), 16);
        assert_eq!(tiles_of(256, 3136, "algorithm.tile=5"), 32, "smaller tiles");
        // 2¹⁷ floats of XHAT at each of 64 positions, or fewer.
        assert_eq!(
            [tiles_of(128, 1024, "algorithm.tile=6"), tiles_of(128, 1023, "algorithm.tile=6")],
            [16, 32]
        );
    }

    #[test]
    fn the_device_must_have_room() {
        let of = |max_invocations, max_shared_bytes| {
            let limits = Limits { max_invocations, max_shared_bytes };
            chosen(64, &["algorithm.tile=6"], &limits)
        };
        let half = StagedTiles { tiles: 16, invocations: 8 * 16, shared_bytes: 4 * 16 * 8 * 9 };
        let whole = StagedTiles { tiles: 32, invocations: 8 * 32, shared_bytes: 4 * 32 * 8 * 9 };
        assert_eq!(of(256, 32 << 10), Some(whole));
        assert_eq!([of(128, 32 << 10), of(256, 8 << 10)], [Some(half); 2]);
        assert_eq!([of(64, 32 << 10), of(256, 4 << 10)], [None; 2]);
    }

    #[test]
    fn an_invocation_has_whole_tiles_where_they_are_small_or_it_is_set() {
        let of = |set: &[&str]| chosen(64, set, &Limits::default());
        assert!(of(&["algorithm.tile=4"]).is_some());
        // Fewer than 2²³ floats of XHAT at 36 positions of one channel, or as many.
        let of_many =
            |tiles| chosen(tiles, &["algorithm.tile=4"], &Limits::default()).map(|staged| staged.tiles);
        assert_eq!([of_many(233_016), of_many(233_017)], [Some(32), None]);
        for set in [
            "algorithm.tile=2",
            "transforms.evaluation=kron",
            "transforms.input_tiles=1",
            "buffers.xhat.placement=shared",
        ] {
            assert_eq!(of(&[set]), None, "{set}");
        }
    }

    #[test]
    fn what_is_set_is_kept_or_refused() {
        let limits = Limits { max_invocations: 1, max_shared_bytes: 1 };
        let of = |set: &[&str]| tried(64, set, &limits);
        let five = StagedTiles { tiles: 5, invocations: 4 * 5, shared_bytes: 4 * 5 * 4 * 5 };
        assert_eq!(of(&["algorithm.tile=2", "transforms.input_tiles=5"]), Ok(Some(five)));
        let kron = of(&["transforms.evaluation=kron", "transforms.input_tiles=5"]).unwrap_err();
        assert!(kron.contains("transforms.input_tiles = 5, but with `kron`"), "{kron}");
        let fused = of(&["buffers.xhat.placement=shared", "transforms.input_tiles=1"]).unwrap_err();
        assert!(fused.contains("XHAT is not stored"), "{fused}");
    }
}
