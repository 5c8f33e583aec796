//! The block of the blocked multiply with whole tiles in a workgroup, so that transforms can be fused with it.

use super::{Block, ProductBlock, columns, first_that_fits, sizes};
use crate::config::{MultiplyBlocks, Placement};
use crate::plan::Limits;
use crate::plan::convolution::Unplannable;

/// One workgroup's filters and tiles, at all α² positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TiledBlock {
    /// Its sizes at one position.
    pub product: ProductBlock,
    /// Positions per invocation; all where a buffer lives in registers.
    pub thread_positions: u32,
    positions: u32,
    buffers: Buffers,
}

/// Where xhat, ghat and mhat live.
type Buffers = [Placement; 3];

/// Filters and tiles per workgroup and per invocation, where an invocation has some of the positions.
const SOME_POSITIONS: [[u32; 4]; 7] = [
    [64, 32, 8, 8],
    [32, 32, 8, 4],
    [32, 16, 4, 4],
    [16, 16, 4, 4],
    [16, 8, 4, 4],
    [8, 8, 4, 4],
    [8, 4, 4, 4],
];

/// The same where an invocation has all positions.
const ALL_POSITIONS: [[u32; 4]; 6] =
    [[32, 32, 2, 2], [32, 16, 2, 1], [16, 16, 1, 1], [16, 8, 1, 1], [8, 8, 1, 1], [4, 4, 1, 1]];

/// Channels per slice.
const CHANNELS: [u32; 4] = [8, 4, 2, 1];

/// Sums per invocation beyond which they no longer stay in registers beside the operands.
const MAX_SUMS: u32 = 128;

/// Sums per invocation that has all positions: its operands may be held whole besides.
const MAX_SUMS_OF_ALL: u32 = 96;

/// Workgroups below which a smaller block is quicker: one per multiprocessor of a large GPU.
const ENOUGH_WORKGROUPS: u64 = 128;

impl TiledBlock {
    /// The block for `filters` filters and `tiles` tiles at `positions` positions.
    ///
    /// # Errors
    /// If the sizes that are set do not divide one another, or leave an invocation some of the positions where it
    /// must have all.
    pub fn choose(
        set: &MultiplyBlocks,
        limits: &Limits,
        buffers: Buffers,
        positions: u32,
        filters: u64,
        tiles: u64,
    ) -> Result<Self, Unplannable> {
        if set.turns.is_some_and(|turns| turns != 1) {
            return Err(Unplannable(
                "a workgroup that owns whole tiles has one block of them, so multiply.turns must be 1".into(),
            ));
        }
        if let Some(channels) = set.partial_sums {
            return Err(Unplannable(format!(
                "multiply.partial_sums = {channels}, but a workgroup that owns whole tiles has one sum of all channels; every \
                 buffer must be global"
            )));
        }
        let owns_tiles = buffers.contains(&Placement::Register);
        if owns_tiles && set.thread_positions.is_some_and(|own| own != positions) {
            return Err(Unplannable(format!(
                "a buffer in registers is whole in its invocation, so multiply.thread.positions must be {positions}"
            )));
        }
        let choices: &[[u32; 4]] = if owns_tiles { &ALL_POSITIONS } else { &SOME_POSITIONS };
        let candidates: Vec<Self> = choices
            .iter()
            .flat_map(|&choice| CHANNELS.map(|channels| (choice, channels)))
            .filter_map(|(choice, channels)| {
                let product = ProductBlock::with(set, choice, channels);
                let mut block = Self { product, thread_positions: positions, positions, buffers };
                block.thread_positions = block.positions_per_invocation(set, limits, owns_tiles)?;
                product.divides().then_some(block)
            })
            .collect();
        let fits = |block: &Self| {
            block.product.is_filled_by(filters, tiles)
                && block.product.blocks_of(filters, tiles) >= ENOUGH_WORKGROUPS
        };
        first_that_fits(&candidates, limits, fits)
            .ok_or_else(|| ProductBlock::refusal("block of whole tiles", set))
    }

    /// The fewest positions per invocation, for the most parallelism, with which the workgroup is small enough.
    fn positions_per_invocation(
        &self,
        set: &MultiplyBlocks,
        limits: &Limits,
        owns_tiles: bool,
    ) -> Option<u32> {
        if let Some(own) = set.thread_positions {
            return self.positions.is_multiple_of(own).then_some(own);
        }
        let sums = self.product.thread_filters * self.product.thread_tiles;
        // Sizes that are set are kept, however many sums they make.
        let free = set.thread_filters.is_none() && set.thread_tiles.is_none();
        if owns_tiles {
            return (!free || sums * self.positions <= MAX_SUMS_OF_ALL).then_some(self.positions);
        }
        let per_position = self.product.invocations();
        let room = limits.max_invocations.min(Limits::default().max_invocations);
        (1..=self.positions)
            .filter(|own| self.positions.is_multiple_of(*own))
            .find(|own| per_position * (self.positions / own) <= room)
            .filter(|own| !free || sums * own <= MAX_SUMS)
    }

    /// The block as the kernel's macros.
    pub fn macros(&self) -> Vec<(&'static str, String)> {
        let flags = [("GHAT_DIRECT", self.ghat_is_direct()), ("XHAT_AHEAD", self.xhat_is_fetched_ahead())];
        let flags = flags.into_iter().filter(|&(_, on)| on).map(|(flag, _)| (flag, String::new())).collect();
        [self.product.macros(), sizes([("THREAD_POSITIONS", self.thread_positions)]), flags].concat()
    }

    /// Whether each element of a stored GHAT goes from device memory to the registers of the one invocation that multiplies
    /// it, or of the two that have half of the tiles each.
    fn ghat_is_direct(&self) -> bool {
        let [_, ghat, _] = self.buffers;
        ghat == Placement::Global
            && self.thread_positions == 1
            && 2 * self.product.thread_tiles >= self.product.tiles
    }

    /// Whether each invocation evaluates at most one tile of a slice of XHAT, whose input it then fetches early.
    fn xhat_is_fetched_ahead(&self) -> bool {
        let [xhat, ..] = self.buffers;
        xhat == Placement::Shared && self.product.channels * self.product.tiles <= self.invocations()
    }

    /// The block as columns of the results.
    pub fn parameters(&self) -> Vec<(String, String)> {
        [self.product.parameters(), columns([("thread_positions", self.thread_positions)])].concat()
    }

    /// Sums, what is held of each operand, and the tile that is being consumed.
    pub fn registers(&self) -> u32 {
        let [xhat, ghat, mhat] = self.buffers;
        let held = |placement, extent: u32| match placement {
            Placement::Register => extent * self.positions,
            _ => extent,
        };
        let consumed = if mhat == Placement::Register { self.positions } else { 0 };
        // A tile is consumed when the operands are done with.
        let operands = held(xhat, self.product.thread_tiles) + held(ghat, self.product.thread_filters);
        self.thread_positions * self.product.thread_filters * self.product.thread_tiles
            + operands.max(consumed)
    }
}

impl Block for TiledBlock {
    fn invocations(&self) -> u32 {
        self.product.invocations() * (self.positions / self.thread_positions)
    }

    /// Slices of the operands that are not in registers, and MHAT's where it is exchanged.
    fn shared_bytes(&self) -> u32 {
        let [xhat, ghat, mhat] = self.buffers;
        let slice = |placement, extent: u32| match placement {
            Placement::Register => 0,
            _ => self.product.channels * (extent + self.product.padding),
        };
        let exchanged = match mhat {
            Placement::Shared => {
                self.product.filters / self.product.thread_filters
                    * (self.product.tiles + self.product.vector)
            }
            _ => 0,
        };
        let slice_of_ghat = if self.ghat_is_direct() { 0 } else { slice(ghat, self.product.filters) };
        4 * self.positions * (slice(xhat, self.product.tiles) + slice_of_ghat + exchanged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Placement::{Global, Register, Shared};

    fn choose(set: &MultiplyBlocks, buffers: Buffers, positions: u32) -> TiledBlock {
        TiledBlock::choose(set, &Limits::default(), buffers, positions, 256, 3136).unwrap()
    }

    #[test]
    fn every_choice_stays_within_the_least_limits() {
        let stored = [Global, Shared, Register];
        for positions in [16, 36, 64] {
            for number in 0..27 {
                let [xhat, ghat, mhat] = [number / 9, number / 3 % 3, number % 3].map(|at: usize| stored[at]);
                for (filters, tiles) in [(256, 3136), (16, 64), (1, 1)] {
                    let set = MultiplyBlocks::default();
                    let limits = Limits::default();
                    let block =
                        TiledBlock::choose(&set, &limits, [xhat, ghat, mhat], positions, filters, tiles)
                            .unwrap();
                    assert!(block.invocations() <= 256 && block.shared_bytes() <= 32 << 10, "{block:?}");
                    assert!(block.registers() <= 255, "{block:?}: {}", block.registers());
                }
            }
        }
    }

    #[test]
    fn an_invocation_has_all_positions_where_a_buffer_is_in_registers() {
        let set = MultiplyBlocks::default();
        assert_eq!(choose(&set, [Shared, Global, Register], 36).thread_positions, 36);
        assert_eq!(choose(&set, [Shared, Global, Shared], 36).thread_positions, 6);
        let set = MultiplyBlocks { thread_positions: Some(6), ..set };
        let buffers = [Shared, Global, Register];
        let refused =
            TiledBlock::choose(&set, &Limits::default(), buffers, 36, 64, 64).unwrap_err().to_string();
        assert!(refused.ends_with("must be 36"), "{refused}");
    }
}
