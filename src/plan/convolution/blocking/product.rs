//! What both kernels of the blocked multiply are sized by.

use super::{columns, indivisible, sizes};
use crate::config::MultiplyBlocks;
use crate::plan::convolution::Unplannable;

/// One workgroup's and one invocation's share of a product, at one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductBlock {
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

impl ProductBlock {
    /// What is set, and for the rest a choice of filters and tiles per workgroup and per invocation, and of channels.
    pub fn with(
        set: &MultiplyBlocks,
        [filters, tiles, thread_filters, thread_tiles]: [u32; 4],
        channels: u32,
    ) -> Self {
        let thread_filters = set.thread_filters.unwrap_or(thread_filters);
        let thread_tiles = set.thread_tiles.unwrap_or(thread_tiles);
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

    /// Whether every size is a multiple of what it is divided into.
    pub fn divides(&self) -> bool {
        self.filters.is_multiple_of(self.thread_filters)
            && self.tiles.is_multiple_of(self.thread_tiles)
            && [self.thread_filters, self.thread_tiles, self.padding]
                .iter()
                .all(|size| size.is_multiple_of(self.vector))
    }

    /// Blocks that a product of `filters`×C by C×`tiles` is cut into along the filters and along the tiles.
    pub fn blocks_along(&self, filters: u64, tiles: u64) -> [u64; 2] {
        [filters.div_ceil(self.filters.into()), tiles.div_ceil(self.tiles.into())]
    }

    /// All of these blocks.
    pub fn blocks_of(&self, filters: u64, tiles: u64) -> u64 {
        self.blocks_along(filters, tiles).iter().product()
    }

    /// Whether more than half a block is used along either axis: half a block of padding costs as much as the smaller
    /// block does.
    pub fn is_filled_by(&self, filters: u64, tiles: u64) -> bool {
        2 * filters > self.filters.into() && 2 * tiles > self.tiles.into()
    }

    /// Invocations that make the block's products at one position.
    pub fn invocations(&self) -> u32 {
        self.filters / self.thread_filters * (self.tiles / self.thread_tiles)
    }

    /// The block as the kernels' macros.
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

    /// Why no `block` has the sizes that are set.
    pub fn refusal(block: &str, set: &MultiplyBlocks) -> Unplannable {
        indivisible(
            block,
            &[
                ("multiply.block.filters", set.filters),
                ("multiply.block.tiles", set.tiles),
                ("multiply.thread.filters", set.thread_filters),
                ("multiply.thread.tiles", set.thread_tiles),
                ("multiply.thread.positions", set.thread_positions),
                ("multiply.vector", set.vector),
                ("multiply.padding", set.padding),
            ],
        )
    }
}

/// The widest vector that divides both of an invocation's extents.
fn widest_vector(a: u32, b: u32) -> u32 {
    [4, 2].into_iter().find(|vector| a.is_multiple_of(*vector) && b.is_multiple_of(*vector)).unwrap_or(1)
}
