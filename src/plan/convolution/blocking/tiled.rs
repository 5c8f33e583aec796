//! The block of the blocked multiply with whole tiles in a workgroup, so that transforms can be fused with it.

use super::{Block, ProductBlock, columns, first_that_fits, is_within, sizes};
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
    /// Slices of each staged operand in shared memory: two, of which the next one is filled while the present one is
    /// multiplied, or one where two do not fit.
    stages: u32,
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

/// The same, and channels per slice, at the 16 positions of F(2×2) where each invocation has one of them and the workgroup both
/// transforms its operands and exchanges its sums: measured on an NVIDIA H100 (docs/notebook.md, "Everything in one
/// dispatch"). The first leaves many workgroups too little room beside one another, but is quicker where each has a
/// multiprocessor for itself.
const ALL_SHARED: [([u32; 4], u32); 2] = [([16, 32, 4, 4], 8), ([16, 32, 4, 8], 4)];

/// Workgroups that have a multiprocessor of a large GPU for themselves.
const ALONE: u64 = 132;

/// Workgroups of `ALL_SHARED` below which the blocks of other placements are chosen: half a large GPU would have nothing to do.
const ENOUGH_OF_ALL_SHARED: u64 = 64;

/// Channels per slice.
const CHANNELS: [u32; 4] = [8, 4, 2, 1];

/// Sums per invocation beyond which they no longer stay in registers beside the operands.
const MAX_SUMS: u32 = 128;

/// Sums per invocation that has all positions: its operands may be held whole besides.
const MAX_SUMS_OF_ALL: u32 = 96;

/// Floats per invocation of an operand's next slice that may be on their way in registers.
const MAX_AHEAD: u32 = 36;

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
        if set.splits.is_some_and(|splits| splits != 1) {
            return Err(Unplannable(
                "a workgroup that owns whole tiles has all of their channels, so multiply.splits must be 1"
                    .into(),
            ));
        }
        let owns_tiles = buffers.contains(&Placement::Register);
        if owns_tiles && set.thread_positions.is_some_and(|own| own != positions) {
            return Err(Unplannable(format!(
                "a buffer in registers is whole in its invocation, so multiply.thread.positions must be {positions}"
            )));
        }
        let is_all_shared = buffers == [Placement::Shared; 3] && positions == 16 && sets_no_size(set);
        let all_shared = || Self::all_shared(set, limits, filters, tiles);
        if let Some(block) = is_all_shared.then(all_shared).flatten() {
            return Ok(block);
        }
        let choices: &[[u32; 4]] = if owns_tiles { &ALL_POSITIONS } else { &SOME_POSITIONS };
        let candidates: Vec<Self> = choices
            .iter()
            .flat_map(|&choice| CHANNELS.map(|channels| (choice, channels)))
            .filter_map(|(choice, channels)| {
                let product = ProductBlock::with(set, choice, channels);
                let mut block = Self { product, thread_positions: positions, positions, buffers, stages: 2 };
                block.thread_positions = block.positions_per_invocation(set, limits, owns_tiles)?;
                if block.shared_bytes() > limits.max_shared_bytes {
                    block.stages = 1;
                }
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

    /// The block of `ALL_SHARED` for a product that is large enough for one of them, on a device that has room for it.
    fn all_shared(set: &MultiplyBlocks, limits: &Limits, filters: u64, tiles: u64) -> Option<Self> {
        let [alone, among_others] = ALL_SHARED.map(|(choice, channels)| Self {
            product: ProductBlock::with(set, choice, channels),
            thread_positions: 1,
            positions: 16,
            buffers: [Placement::Shared; 3],
            stages: 2,
        });
        // Few filters fill no block, but it is quicker with four of them even so than blocks of eight.
        let workgroups = among_others.product.blocks_of(filters, tiles);
        if workgroups < ENOUGH_OF_ALL_SHARED {
            return None;
        }
        let alone = (workgroups <= ALONE).then_some(alone);
        let fits = |block: &Self| block.product.divides() && is_within(limits, block);
        alone.into_iter().chain([among_others]).find(fits)
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
        let flags = [
            ("GHAT_DIRECT", self.ghat_is_direct()),
            ("XHAT_AHEAD", self.xhat_ahead() > 0),
            ("GHAT_AHEAD", self.ghat_ahead() > 0),
        ];
        let flags = flags.into_iter().filter(|&(_, on)| on).map(|(flag, _)| (flag, String::new())).collect();
        let counts = sizes([
            ("THREAD_POSITIONS", self.thread_positions),
            ("STAGES", self.stages),
            ("MHAT_ROUND", self.round_filters()),
        ]);
        [self.product.macros(), counts, flags].concat()
    }

    /// Whether each element of a stored GHAT goes from device memory to the registers of the one invocation that multiplies
    /// it, or of the two that have half of the tiles each.
    fn ghat_is_direct(&self) -> bool {
        let [_, ghat, _] = self.buffers;
        ghat == Placement::Global
            && self.thread_positions == 1
            && 2 * self.product.thread_tiles >= self.product.tiles
    }

    /// Floats per invocation of the next slice of XHAT that are on their way in registers: the input under its tiles, where the
    /// slice is evaluated.
    fn xhat_ahead(&self) -> u32 {
        self.ahead(self.buffers[0], self.product.tiles, self.positions)
    }

    /// The same of GHAT: taps, where the slice is evaluated.
    fn ghat_ahead(&self) -> u32 {
        if self.ghat_is_direct() { 0 } else { self.ahead(self.buffers[1], self.product.filters, 9) }
    }

    /// What an invocation brings in of a slice of `extent` tiles or filters, each evaluated from `floats` floats unless it is
    /// stored; nothing is fetched ahead where that is too much.
    fn ahead(&self, placement: Placement, extent: u32, floats: u32) -> u32 {
        let elements = self.product.channels * extent;
        let each = |slots: u32| slots.div_ceil(self.invocations());
        let ahead = match placement {
            Placement::Register => 0,
            Placement::Shared => each(elements) * floats,
            // Floats alone are loaded each within its bounds: so many branches gain nothing.
            _ if self.product.vector == 1 => 0,
            _ => each(elements * self.positions / self.product.vector) * self.product.vector,
        };
        if ahead <= MAX_AHEAD { ahead } else { 0 }
    }

    /// The most filters per invocation whose sums are exchanged at once in the room that the slices leave, or one.
    fn round_filters(&self) -> u32 {
        let own = self.product.thread_filters;
        let fits = |&filters: &u32| {
            own.is_multiple_of(filters) && filters * self.exchanged_bytes() <= self.sliced_bytes()
        };
        (1..=own).rev().find(fits).unwrap_or(1)
    }

    /// Bytes of the slices.
    fn sliced_bytes(&self) -> u32 {
        let [xhat, ghat, _] = self.buffers;
        let slice = |placement, extent: u32| match placement {
            Placement::Register => 0,
            _ => self.product.channels * (extent + self.product.padding),
        };
        let slice_of_ghat = if self.ghat_is_direct() { 0 } else { slice(ghat, self.product.filters) };
        4 * self.stages * self.positions * (slice(xhat, self.product.tiles) + slice_of_ghat)
    }

    /// Bytes of one filter's sums of each invocation, where MHAT is exchanged.
    fn exchanged_bytes(&self) -> u32 {
        let threads = self.product.filters / self.product.thread_filters;
        match self.buffers {
            [_, _, Placement::Shared] => {
                4 * self.positions * threads * (self.product.tiles + self.product.vector)
            }
            _ => 0,
        }
    }

    /// The block as columns of the results.
    pub fn parameters(&self) -> Vec<(String, String)> {
        [self.product.parameters(), columns([("thread_positions", self.thread_positions)])].concat()
    }

    /// Sums, what is held of each operand and of the next slices, and the tile that is being consumed.
    pub fn registers(&self) -> u32 {
        let [xhat, ghat, mhat] = self.buffers;
        let held = |placement, extent: u32| match placement {
            Placement::Register => extent * self.positions,
            _ => extent,
        };
        let consumed = if mhat == Placement::Register { self.positions } else { 0 };
        // A tile is consumed when the operands are done with.
        let operands = held(xhat, self.product.thread_tiles)
            + held(ghat, self.product.thread_filters)
            + self.xhat_ahead()
            + self.ghat_ahead();
        self.thread_positions * self.product.thread_filters * self.product.thread_tiles
            + operands.max(consumed)
    }
}

/// Whether every size is free: the vector and the padding go with any, and turns and splits can only be one.
fn sets_no_size(set: &MultiplyBlocks) -> bool {
    let MultiplyBlocks { vector, padding, turns, splits, .. } = *set;
    MultiplyBlocks { vector, padding, turns, splits, ..MultiplyBlocks::default() } == *set
}

impl Block for TiledBlock {
    fn invocations(&self) -> u32 {
        self.product.invocations() * (self.positions / self.thread_positions)
    }

    /// Slices of the operands that are not in registers, in whose place MHAT is exchanged.
    fn shared_bytes(&self) -> u32 {
        self.sliced_bytes().max(self.round_filters() * self.exchanged_bytes())
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

    #[test]
    fn f2_with_every_buffer_shared_has_blocks_of_its_own() {
        let roomy = Limits { max_invocations: 1024, max_shared_bytes: 48 << 10 };
        let of = |set: &MultiplyBlocks, limits: &Limits, positions, filters, tiles| {
            let block = TiledBlock::choose(set, limits, [Shared; 3], positions, filters, tiles).unwrap();
            let ProductBlock { filters, tiles, channels, .. } = block.product;
            ([filters, tiles, channels], block.invocations(), block.stages)
        };
        let free = MultiplyBlocks::default();
        // One workgroup per multiprocessor, and more.
        assert_eq!(of(&free, &roomy, 16, 64, 1024), ([16, 32, 8], 512, 2));
        assert_eq!(of(&free, &roomy, 16, 64, 2048), ([16, 32, 4], 256, 2));
        assert_eq!(
            of(&free, &Limits::default(), 16, 64, 1024),
            ([16, 32, 4], 256, 2),
            "no room for the first"
        );
        let general = |set: &MultiplyBlocks, positions, filters, tiles| {
            let ([filters, tiles, _], ..) = of(set, &roomy, positions, filters, tiles);
            [filters, tiles] != [16, 32]
        };
        assert!(general(&free, 16, 16, 256), "few workgroups");
        assert_eq!(of(&free, &roomy, 16, 4, 8192), ([16, 32, 4], 256, 2), "few filters");
        assert!(general(&free, 36, 64, 2048), "more positions");
        let set = MultiplyBlocks { thread_filters: Some(8), ..free };
        assert!(general(&set, 16, 64, 2048), "a size that is set");
        let padded = MultiplyBlocks { padding: Some(4), turns: Some(1), splits: Some(1), ..free };
        assert_eq!(of(&padded, &roomy, 16, 64, 2048), ([16, 32, 4], 256, 2));
    }

    #[test]
    fn there_are_two_stages_where_they_fit() {
        let set =
            MultiplyBlocks { filters: Some(32), tiles: Some(16), channels: Some(4), ..Default::default() };
        let roomy = Limits { max_invocations: 1024, max_shared_bytes: 48 << 10 };
        let of = |positions, limits: &Limits| {
            TiledBlock::choose(&set, limits, [Shared; 3], positions, 256, 3136).unwrap()
        };
        // 16 positions × 4 channels × 48 floats are 12 KiB.
        let block = of(16, &roomy);
        assert_eq!((block.stages, block.sliced_bytes()), (2, 24 << 10));
        // 36 positions take 27 KiB.
        assert_eq!(of(36, &roomy).stages, 1);
        assert_eq!(of(16, &Limits { max_shared_bytes: 16 << 10, ..roomy }).stages, 1);
    }

    #[test]
    fn as_many_sums_are_exchanged_at_once_as_the_slices_have_room_for() {
        let set = MultiplyBlocks {
            filters: Some(32),
            tiles: Some(16),
            channels: Some(4),
            thread_filters: Some(8),
            thread_tiles: Some(4),
            ..Default::default()
        };
        let block = choose(&set, [Shared; 3], 16);
        // Each of the 4 invocations along the filters has one of its 8 in 16 positions × 20 floats: 5 KiB, in 24.
        assert_eq!((block.exchanged_bytes(), block.round_filters()), (5 << 10, 4));
        assert_eq!(block.shared_bytes(), 24 << 10);
        assert_eq!(choose(&set, [Shared, Shared, Global], 16).exchanged_bytes(), 0);
    }

    #[test]
    fn little_enough_is_fetched_ahead() {
        let set = |channels| MultiplyBlocks {
            filters: Some(32),
            tiles: Some(16),
            channels: Some(channels),
            thread_filters: Some(8),
            thread_tiles: Some(4),
            thread_positions: Some(1),
            ..Default::default()
        };
        // 256 invocations: one has a tile's input or a filter's taps at most.
        let block = choose(&set(4), [Shared; 3], 16);
        assert_eq!((block.xhat_ahead(), block.ghat_ahead()), (16, 9));
        // 64 positions × 4 channels × 32 filters in packs of four, for 1024 invocations: two packs each.
        let roomy = Limits { max_invocations: 1024, max_shared_bytes: 96 << 10 };
        let block = TiledBlock::choose(&set(4), &roomy, [Shared, Global, Shared], 64, 256, 3136).unwrap();
        assert_eq!((block.xhat_ahead(), block.ghat_ahead()), (0, 8));
        assert!(block.macros().iter().any(|(name, _)| *name == "GHAT_AHEAD"));
        assert!(!block.macros().iter().any(|(name, _)| *name == "XHAT_AHEAD"), "64 floats are too many");
        let scalar = MultiplyBlocks { vector: Some(1), ..set(4) };
        let block = TiledBlock::choose(&scalar, &roomy, [Global, Global, Shared], 16, 256, 3136).unwrap();
        assert_eq!((block.xhat_ahead(), block.ghat_ahead()), (0, 0));
    }
}
