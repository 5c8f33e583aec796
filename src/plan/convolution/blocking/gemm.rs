//! The block of the blocked multiply with one position per workgroup: a batched GEMM.

use super::{Block, ProductBlock, columns, first_that_fits, sizes};
use crate::config::MultiplyBlocks;
use crate::plan::Limits;
use crate::plan::convolution::Unplannable;

/// One workgroup's share of one position's product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GemmBlock {
    /// Its sizes.
    pub product: ProductBlock,
    /// Blocks of tiles that it makes one after the other.
    pub turns: u32,
    /// Channels whose products are summed apart before their sum is added to the others': all where one sum has all.
    pub partial_sums: u32,
    all_channels: u32,
}

/// Filters, tiles and channels per workgroup, sums per invocation along each axis: the quickest on an NVIDIA H200
/// where each still fills it (docs/performance.md).
const CHOICES: [(u32, u32, u32, u32); 4] =
    [(128, 64, 8, 8), (64, 128, 8, 8), (64, 64, 16, 4), (32, 32, 16, 4)];

/// Workgroups below which a smaller block is quicker: four per multiprocessor of a large GPU.
const ENOUGH_WORKGROUPS: u64 = 512;

/// Registers that sums and operands take at most where there is a choice: totals of 8×8 partial sums took more, left room for
/// two workgroups of 128 invocations per multiprocessor, and half as much time again.
const ENOUGH_REGISTERS: u32 = 128;

/// Channels per workgroup, over all its turns, below which it waits for its first slices rather longer than it multiplies.
const ENOUGH_CHANNELS: u64 = 256;

/// Workgroups that turns leave at least: fewer do not come out even over the multiprocessors of a large GPU.
const EVEN_WORKGROUPS: u64 = 4096;

impl GemmBlock {
    /// The block for `positions` products of `filters`×`channels` by `channels`×`tiles`.
    ///
    /// # Errors
    /// If the sizes that are set do not divide one another, or partial sums end inside what is staged at a time.
    pub fn choose(
        set: &MultiplyBlocks,
        limits: &Limits,
        positions: u64,
        channels: u64,
        [filters, tiles]: [u64; 2],
    ) -> Result<Self, Unplannable> {
        let all_channels = channels as u32;
        let partial_sums = set.partial_sums.unwrap_or(all_channels).min(all_channels);
        let candidates: Vec<Self> = CHOICES
            .iter()
            .map(|&choice| Self { partial_sums, all_channels, ..Self::with(set, choice) })
            .filter(|block| block.product.divides())
            .collect();
        let is_lean = |block: &Self| block.registers() <= ENOUGH_REGISTERS;
        // What is set may leave no lean one: then registers decide nothing.
        let none_is_lean = !candidates.iter().any(is_lean);
        let fits = |block: &Self| {
            block.product.is_filled_by(filters, tiles)
                && (none_is_lean || is_lean(block))
                && positions * block.product.blocks_of(filters, tiles) >= ENOUGH_WORKGROUPS
        };
        let block = first_that_fits(&candidates, limits, fits)
            .ok_or_else(|| ProductBlock::refusal("block of the blocked multiply", set))?;
        let workgroups = positions * block.product.blocks_of(filters, tiles);
        let turns = (ENOUGH_CHANNELS / channels.max(1)).min(workgroups / EVEN_WORKGROUPS).max(1);
        let staged = block.product.channels;
        if partial_sums < all_channels && !partial_sums.is_multiple_of(staged) {
            return Err(Unplannable(format!(
                "multiply.partial_sums = {partial_sums} is no multiple of the {staged} channels that are staged at a time"
            )));
        }
        Ok(Self { turns: set.turns.unwrap_or(turns as u32), ..block })
    }

    /// Whether there is more than one partial sum.
    fn sums_partially(&self) -> bool {
        self.partial_sums < self.all_channels
    }

    /// Workgroups along the tiles.
    pub fn workgroups_along(&self, tiles: u64) -> u64 {
        tiles.div_ceil(self.product.tiles.into()).div_ceil(self.turns.into())
    }

    /// The block as the kernel's macros.
    pub fn macros(&self) -> Vec<(&'static str, String)> {
        let mut macros = [self.product.macros(), sizes([("TURNS", self.turns)])].concat();
        if self.sums_partially() {
            macros.extend(sizes([("PARTIAL_CHANNELS", self.partial_sums)]));
        }
        macros
    }

    /// The block as columns of the results.
    pub fn parameters(&self) -> Vec<(String, String)> {
        [self.product.parameters(), columns([("turns", self.turns), ("partial_sums", self.partial_sums)])]
            .concat()
    }

    fn with(set: &MultiplyBlocks, (filters, tiles, channels, thread): (u32, u32, u32, u32)) -> Self {
        let product = ProductBlock::with(set, [filters, tiles, thread, thread], channels);
        Self { product, turns: 1, partial_sums: 0, all_channels: 0 }
    }

    /// Sums, their totals where they are partial, two channels' operands, and the next slices on their way.
    pub fn registers(&self) -> u32 {
        let loads = (self.product.channels * (self.product.filters + self.product.tiles))
            .div_ceil(Block::invocations(self));
        let sums = self.product.thread_filters * self.product.thread_tiles;
        (if self.sums_partially() { 2 * sums } else { sums })
            + 2 * (self.product.thread_filters + self.product.thread_tiles)
            + loads
    }
}

impl Block for GemmBlock {
    fn invocations(&self) -> u32 {
        self.product.invocations()
    }

    /// Two stages of both operands.
    fn shared_bytes(&self) -> u32 {
        2 * self.product.channels * (self.product.filters + self.product.tiles + 2 * self.product.padding) * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(set: &MultiplyBlocks, limits: &Limits, filters: u64, tiles: u64) -> GemmBlock {
        GemmBlock::choose(set, limits, 36, 256, [filters, tiles]).unwrap()
    }

    #[test]
    fn large_products_get_large_blocks_and_small_ones_fill_the_device() {
        let tiles = |filters, tiles| {
            choose(&MultiplyBlocks::default(), &Limits::default(), filters, tiles).product.tiles
        };
        assert_eq!(
            [tiles(256, 3136), tiles(64, 3136), tiles(256, 256), tiles(64, 256), tiles(16, 64)],
            [64, 128, 64, 32, 32]
        );
    }

    #[test]
    fn what_is_set_is_kept_and_the_rest_follows() {
        let set = MultiplyBlocks { tiles: Some(96), thread_tiles: Some(6), ..MultiplyBlocks::default() };
        let block = choose(&set, &Limits::default(), 256, 3136);
        assert_eq!((block.product.tiles, block.product.thread_tiles, block.product.vector), (96, 6, 2));
        let set = MultiplyBlocks { filters: Some(10), thread_filters: Some(4), ..MultiplyBlocks::default() };
        let refused =
            GemmBlock::choose(&set, &Limits::default(), 36, 256, [256, 3136]).unwrap_err().to_string();
        assert!(refused.contains("multiply.block.filters = 10, multiply.thread.filters = 4"), "{refused}");
    }

    /// An invocation's sums that are set, however many, leave the workgroup as large as the product fills.
    #[test]
    fn many_sums_that_are_set_choose_no_smaller_block() {
        let set = MultiplyBlocks { thread_filters: Some(8), thread_tiles: Some(16), ..Default::default() };
        let block = choose(&set, &Limits::default(), 256, 3136).product;
        assert_eq!((block.filters, block.tiles, block.thread_tiles), (128, 64, 16));
    }

    #[test]
    fn few_channels_take_turns_where_workgroups_are_many() {
        let turns = |set: &MultiplyBlocks, channels, tiles| {
            GemmBlock::choose(set, &Limits::default(), 64, channels, [64, tiles]).unwrap().turns
        };
        let free = MultiplyBlocks::default();
        assert_eq!(
            [turns(&free, 64, 1 << 16), turns(&free, 128, 1 << 16), turns(&free, 512, 1 << 16)],
            [4, 2, 1]
        );
        assert_eq!(turns(&free, 64, 1 << 10), 1, "few workgroups");
        assert_eq!(turns(&MultiplyBlocks { turns: Some(3), ..free }, 64, 1 << 10), 3);
        let block = GemmBlock::choose(&free, &Limits::default(), 64, 64, [64, 1 << 16]).unwrap();
        assert_eq!([block.workgroups_along(1 << 16), block.workgroups_along((1 << 16) + 1)], [128, 129]);
    }

    #[test]
    fn partial_sums_end_with_what_is_staged() {
        let choose = |partial_sums, channels| {
            let set = MultiplyBlocks { partial_sums: Some(partial_sums), ..MultiplyBlocks::default() };
            GemmBlock::choose(&set, &Limits::default(), 36, channels, [256, 3136])
        };
        let is_macro = |block: &GemmBlock| block.macros().iter().any(|(name, _)| *name == "PARTIAL_CHANNELS");
        let partial = choose(32, 256).unwrap();
        assert_eq!((partial.partial_sums, is_macro(&partial)), (32, true));
        assert_eq!((partial.product.filters, partial.product.thread_tiles), (64, 4), "room for totals");
        let sums = GemmBlock { partial_sums: 256, ..partial };
        assert_eq!(partial.registers(), sums.registers() + 16);
        let whole = choose(32, 32).unwrap();
        assert_eq!((whole.partial_sums, is_macro(&whole)), (32, false));
        let refused = choose(24, 256).unwrap_err().to_string();
        assert!(
            refused.contains("multiply.partial_sums = 24 is no multiple of the 16 channels"),
            "{refused}"
        );
    }

    /// The smallest block is small enough for any device; one that is set is kept, for the device to refuse.
    #[test]
    fn limits_choose_among_the_defaults_alone() {
        let small = Limits { max_invocations: 128, max_shared_bytes: 9 << 10 };
        assert_eq!(choose(&MultiplyBlocks::default(), &small, 256, 3136).product.tiles, 32);
        let set = MultiplyBlocks { tiles: Some(256), ..MultiplyBlocks::default() };
        assert_eq!(choose(&set, &small, 256, 3136).product.tiles, 256);
    }
}
