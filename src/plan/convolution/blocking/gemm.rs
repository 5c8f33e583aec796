//! The block of the blocked multiply with one position per workgroup: a batched GEMM.

use super::{Block, columns, first_that_fits, indivisible, sizes};
use crate::config::MultiplyBlocks;
use crate::plan::Limits;
use crate::plan::convolution::Unplannable;

/// One workgroup's share of one position's product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GemmBlock {
    /// Filters per workgroup.
    pub filters: u32,
    /// Tiles per workgroup.
    pub tiles: u32,
    /// Channels staged at a time.
    pub channels: u32,
    /// Filters per invocation.
    pub thread_filters: u32,
    /// Tiles per invocation.
    pub thread_tiles: u32,
    /// Floats per load and store.
    pub vector: u32,
    /// Floats between rows in shared memory.
    pub padding: u32,
}

/// Filters, tiles and channels per workgroup, sums per invocation along each axis: the quickest on an NVIDIA H200
/// where each still fills it (docs/performance.md).
const CHOICES: [(u32, u32, u32, u32); 3] = [(64, 128, 8, 8), (64, 64, 8, 4), (32, 32, 16, 4)];

/// Workgroups below which a smaller block is quicker: two per multiprocessor of a large GPU.
const ENOUGH_WORKGROUPS: u64 = 256;

impl GemmBlock {
    /// The block for `positions` products of `filters`×C by C×`tiles`.
    ///
    /// # Errors
    /// If the sizes that are set do not divide one another.
    pub fn choose(
        set: &MultiplyBlocks,
        limits: &Limits,
        positions: u64,
        filters: u64,
        tiles: u64,
    ) -> Result<Self, Unplannable> {
        let candidates: Vec<Self> =
            CHOICES.iter().map(|&choice| Self::with(set, choice)).filter(Self::divides).collect();
        // Half a block of padding along an axis costs as much as the smaller block does.
        let fits = |block: &Self| {
            let workgroups =
                positions * filters.div_ceil(block.filters.into()) * tiles.div_ceil(block.tiles.into());
            2 * filters > block.filters.into()
                && 2 * tiles > block.tiles.into()
                && workgroups >= ENOUGH_WORKGROUPS
        };
        first_that_fits(&candidates, limits, fits).ok_or_else(|| {
            indivisible(
                "block of the blocked multiply",
                &[
                    ("multiply.block.filters", set.filters),
                    ("multiply.block.tiles", set.tiles),
                    ("multiply.thread.filters", set.thread_filters),
                    ("multiply.thread.tiles", set.thread_tiles),
                    ("multiply.vector", set.vector),
                    ("multiply.padding", set.padding),
                ],
            )
        })
    }

    fn with(set: &MultiplyBlocks, (filters, tiles, channels, thread): (u32, u32, u32, u32)) -> Self {
        let thread_filters = set.thread_filters.unwrap_or(thread);
        let thread_tiles = set.thread_tiles.unwrap_or(thread);
        Self {
            filters: set.filters.unwrap_or(filters),
            tiles: set.tiles.unwrap_or(tiles),
            channels: set.channels.unwrap_or(channels),
            thread_filters,
            thread_tiles,
            vector: set.vector.unwrap_or_else(|| widest_vector(thread_filters, thread_tiles)),
            padding: set.padding.unwrap_or(0),
        }
    }

    fn divides(&self) -> bool {
        self.filters.is_multiple_of(self.thread_filters)
            && self.tiles.is_multiple_of(self.thread_tiles)
            && [self.thread_filters, self.thread_tiles, self.padding]
                .iter()
                .all(|size| size.is_multiple_of(self.vector))
    }

    /// The block as the kernel's macros.
    pub fn macros(&self) -> Vec<(&'static str, String)> {
        sizes([
            ("BLOCK_K", self.filters),
            ("BLOCK_P", self.tiles),
            ("BLOCK_C", self.channels),
            ("THREAD_K", self.thread_filters),
            ("THREAD_P", self.thread_tiles),
            ("VECTOR", self.vector),
            ("SLICE_PADDING", self.padding),
        ])
    }

    /// The block as columns of the results.
    pub fn parameters(&self) -> Vec<(String, String)> {
        columns([
            ("block_filters", self.filters),
            ("block_tiles", self.tiles),
            ("block_channels", self.channels),
            ("thread_filters", self.thread_filters),
            ("thread_tiles", self.thread_tiles),
            ("vector", self.vector),
            ("padding_floats", self.padding),
        ])
    }

    /// Sums, one channel's operands, and the next slices on their way.
    pub fn registers(&self) -> u32 {
        let loads = (self.channels * (self.filters + self.tiles)).div_ceil(Block::invocations(self));
        self.thread_filters * self.thread_tiles + self.thread_filters + self.thread_tiles + loads
    }
}

/// The widest vector that divides both of an invocation's extents.
pub(super) fn widest_vector(a: u32, b: u32) -> u32 {
    [4, 2].into_iter().find(|vector| a.is_multiple_of(*vector) && b.is_multiple_of(*vector)).unwrap_or(1)
}

impl Block for GemmBlock {
    fn invocations(&self) -> u32 {
        self.filters / self.thread_filters * (self.tiles / self.thread_tiles)
    }

    /// Two stages of both operands.
    fn shared_bytes(&self) -> u32 {
        2 * self.channels * (self.filters + self.tiles + 2 * self.padding) * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(set: &MultiplyBlocks, limits: &Limits, filters: u64, tiles: u64) -> GemmBlock {
        GemmBlock::choose(set, limits, 36, filters, tiles).unwrap()
    }

    #[test]
    fn large_products_get_large_blocks_and_small_ones_fill_the_device() {
        let tiles =
            |filters, tiles| choose(&MultiplyBlocks::default(), &Limits::default(), filters, tiles).tiles;
        assert_eq!([tiles(256, 3136), tiles(128, 256), tiles(64, 256), tiles(16, 64)], [128, 64, 32, 32]);
    }

    #[test]
    fn what_is_set_is_kept_and_the_rest_follows() {
        let set = MultiplyBlocks { tiles: Some(96), thread_tiles: Some(6), ..MultiplyBlocks::default() };
        let block = choose(&set, &Limits::default(), 256, 3136);
        assert_eq!((block.tiles, block.thread_tiles, block.vector), (96, 6, 2));
        let set = MultiplyBlocks { filters: Some(10), thread_filters: Some(4), ..MultiplyBlocks::default() };
        let refused = GemmBlock::choose(&set, &Limits::default(), 36, 256, 3136).unwrap_err().to_string();
        assert!(refused.contains("multiply.block.filters = 10, multiply.thread.filters = 4"), "{refused}");
    }

    /// The smallest block is small enough for any device; one that is set is kept, for the device to refuse.
    #[test]
    fn limits_choose_among_the_defaults_alone() {
        let small = Limits { max_invocations: 128, max_shared_bytes: 9 << 10 };
        assert_eq!(choose(&MultiplyBlocks::default(), &small, 256, 3136).tiles, 32);
        let set = MultiplyBlocks { tiles: Some(256), ..MultiplyBlocks::default() };
        assert_eq!(choose(&set, &small, 256, 3136).tiles, 256);
    }
}
