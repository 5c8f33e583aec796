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
    /// Workgroups among which the channels of a block are divided.
    pub splits: u32,
    all_channels: u32,
    has_second_pass: bool,
}

/// A block that is chosen from, and what it takes on an NVIDIA H100 or H200: `scripts/fit_blocks.py results/h100/blocks.csv
/// results/h200/blocks.csv` fits both figures to what was measured.
struct Choice {
    /// Filters, tiles and channels per workgroup, filters and tiles per invocation.
    sizes: [u32; 5],
    /// The time of its multiply-adds over that of the multiply-adds alone, at the rate of a multiprocessor.
    per_product: f64,
    /// Microseconds that it takes besides, whatever it multiplies.
    start: f64,
}

const fn choice(sizes: [u32; 5], per_product: f64, start: f64) -> Choice {
    Choice { sizes, per_product, start }
}

#[allow(clippy::approx_constant, reason = "a fitted time may lie near any constant")]
const CHOICES: [Choice; 12] = [
    choice([128, 64, 8, 8, 8], 1.50, 4.16),
    choice([96, 64, 8, 8, 4], 1.52, 4.00),
    choice([64, 128, 8, 8, 8], 1.46, 5.04),
    choice([64, 64, 16, 4, 4], 1.62, 3.04),
    choice([64, 64, 8, 8, 4], 1.54, 3.27),
    choice([64, 32, 16, 4, 4], 1.99, 2.52),
    choice([64, 32, 8, 8, 4], 1.87, 2.99),
    choice([48, 64, 16, 4, 4], 1.75, 3.12),
    choice([32, 64, 16, 4, 4], 1.99, 2.51),
    choice([32, 32, 16, 4, 4], 2.29, 2.50),
    choice([32, 16, 16, 4, 4], 2.96, 2.54),
    choice([16, 64, 16, 4, 4], 2.64, 3.14),
];

/// Workgroups among which the channels are divided where nothing is set.
const SPLITS: [u32; 4] = [1, 2, 4, 8];

/// Multiprocessors of a large GPU.
const MULTIPROCESSORS: u64 = 132;

/// Multiply-adds per microsecond and multiprocessor: 128 at a time at 1.86 GHz.
const PRODUCTS_PER_US: f64 = 128.0 * 1858.0;

/// Bytes per microsecond that operands and sums travel at least.
const BYTES_PER_US: f64 = 3.6e6;

/// Registers that sums, their totals and operands take at most where sums are partial and there is a choice: in an earlier loop
/// the multiply took 3 to 8 % longer with totals of 4×4 sums, 12 to 60 % with 8×4 and 48 to 60 % with 8×8 (rows of commits
/// 1d081eb and 64b23fa).
const ENOUGH_REGISTERS: u32 = 64;

/// Channels per workgroup, over all its turns, below which it waits for its first slices rather longer than it multiplies.
const ENOUGH_CHANNELS: u64 = 256;

/// Slices of channels from which on the multiply fetches two ahead: with four slices that took 1 to 4 % longer than one ahead,
/// with sixteen and more up to 15 % less.
const ENOUGH_SLICES: u32 = 6;

/// Slices of channels from which on their loads are held where they are written, and tiles of a block: on an NVIDIA H100 mostly 1 to
/// 7 % less, though at one shape 6 % more; with fewer of either and with partial sums up to 13 % more (docs/notebook.md, "Loads that
/// stay where they are written").
const WORTH_HOLDING: (u32, u32) = (32, 64);

/// Sums of an invocation that leave registers to spare: 8×4 do, 8×8 do not. Up to so many, loads are held where the second pass makes
/// filters of three loads each: with 8×8 a multiply of 216 µs took 274 µs with them held and 227 without, with 8×4 one of 64 took 69
/// and 70 (NVIDIA H100). Above, bounds checks may stay.
const FEW_SUMS: u32 = 32;

/// Tiles of a block below which it is quicker with bounds checks: one of 32×16 was by 4 %, one of 32×64 was slower by 2 %.
const FEW_TILES: u32 = 32;

/// Tiles of a block from which it is, where sums are partial and filters have their second pass: 64×64 by 24 and 26 %, 32×64 by 2 %,
/// where 64×32 was slower by 9 %.
const MANY_TILES: u32 = 64;

/// Workgroups that turns leave at least: fewer do not come out even over the multiprocessors of a large GPU.
const EVEN_WORKGROUPS: u64 = 4096;

/// What is multiplied: so many products of `filters`×`channels` by `channels`×`tiles`.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// Products, one for each position of a transformed tile.
    pub positions: u64,
    /// What each sum is over.
    pub channels: u64,
    /// Rows of each product.
    pub filters: u64,
    /// Columns of each product.
    pub tiles: u64,
    /// Whether the filters are transformed by their second pass as they are loaded.
    pub has_second_pass: bool,
}

/// So many `splits` of the channels, of which every one but the last has as many and the last has the rest.
fn check_splits(splits: u32, channels: u32) -> Result<u32, Unplannable> {
    let filled = channels.div_ceil(channels.div_ceil(splits));
    if filled == splits {
        return Ok(splits);
    }
    Err(Unplannable(format!(
        "multiply.splits = {splits} leaves a workgroup without any of the {channels} channels; the nearest that does not is \
         multiply.splits = {filled}"
    )))
}

impl GemmBlock {
    /// The block for a product: of those that the device has room for the one that would be quickest on a large GPU. Unless
    /// that is set, channels are divided only if they `may_split`.
    ///
    /// # Errors
    /// If the sizes that are set do not divide one another, or partial sums end inside what is staged at a time.
    pub fn choose(
        set: &MultiplyBlocks,
        limits: &Limits,
        product: &Product,
        may_split: bool,
    ) -> Result<Self, Unplannable> {
        let Product { positions, channels, filters, tiles, has_second_pass } = *product;
        let all_channels = channels as u32;
        let partial_sums = set.partial_sums.unwrap_or(all_channels).min(all_channels);
        let splits = match set.splits {
            Some(splits) => vec![check_splits(splits, all_channels)?],
            None if may_split && partial_sums == all_channels => {
                SPLITS.into_iter().filter(|&splits| check_splits(splits, all_channels).is_ok()).collect()
            }
            None => vec![1],
        };
        let mut candidates: Vec<(f64, Self)> = CHOICES
            .iter()
            .flat_map(|choice| splits.iter().map(move |&splits| (choice, splits)))
            .map(|(choice, splits)| {
                let block = Self {
                    partial_sums,
                    splits,
                    all_channels,
                    has_second_pass,
                    ..Self::with(set, choice.sizes)
                };
                (block.time(choice, product), block)
            })
            .filter(|(_, block)| block.product.divides())
            .collect();
        candidates.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        let quickest_first: Vec<Self> = candidates.into_iter().map(|(_, block)| block).collect();
        let is_lean = |block: &Self| !block.sums_partially() || block.registers_held() <= ENOUGH_REGISTERS;
        // What is set may leave no lean one: then registers decide nothing.
        let none_is_lean = !quickest_first.iter().any(is_lean);
        let block = first_that_fits(&quickest_first, limits, |block| none_is_lean || is_lean(block))
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

    /// Slices that are on their way while one is multiplied: the one that follows, in several blocks in turn be it the next
    /// block's, or of a block with many slices the two that follow.
    fn slices_ahead(&self) -> u32 {
        if self.turns == 1 && self.slices()[0] >= ENOUGH_SLICES { 2 } else { 1 }
    }

    /// Whether what is fetched two slices ahead is kept from being loaded later than it is written.
    fn holds_loads(&self) -> bool {
        let (slices, tiles) = WORTH_HOLDING;
        self.slices_ahead() == 2
            && self.slices()[0] >= slices
            && self.product.tiles >= tiles
            && !self.sums_partially()
            && !(self.has_second_pass && self.sums() > FEW_SUMS)
    }

    /// Whether the kernel is compiled with checks against the ends of buffers. Without, most are up to 14 % quicker on an NVIDIA
    /// H200. But of those that fetch two slices ahead three kinds are slower: of 8×8 sums, unless loads are held in a block of more
    /// filters than tiles, and blocks of few tiles, by 2 to 4 %; and of many tiles with partial sums and the filters' second pass, by
    /// 24 % (docs/notebook.md, "Fewer instructions for each access").
    pub fn bounds_checks(&self) -> bool {
        let ProductBlock { filters, tiles, .. } = self.product;
        let has_many_sums = self.sums() > FEW_SUMS && !(self.holds_loads() && filters > tiles);
        let has_both = self.sums_partially() && self.has_second_pass && tiles >= MANY_TILES;
        self.slices_ahead() == 2 && (has_many_sums || tiles < FEW_TILES || has_both)
    }

    /// Sums of an invocation.
    fn sums(&self) -> u32 {
        self.product.thread_filters * self.product.thread_tiles
    }

    /// Slices of the channels that a workgroup sums: of each split but the last, and of the last.
    fn slices(&self) -> [u32; 2] {
        let own = self.all_channels.div_ceil(self.splits);
        [own, self.all_channels - own * (self.splits - 1)]
            .map(|channels| channels.div_ceil(self.product.channels))
    }

    /// The block as the kernel's macros.
    pub fn macros(&self) -> Vec<(&'static str, String)> {
        let order = sizes([("TURNS", self.turns), ("SLICES_AHEAD", self.slices_ahead())]);
        let mut macros = [self.product.macros(), order].concat();
        if self.slices_ahead() == 2 && self.slices().iter().any(|slices| slices % 2 == 1) {
            macros.push(("ODD_SLICES", String::new()));
        }
        if self.holds_loads() {
            macros.push(("HOLD_LOADS", String::new()));
        }
        if self.sums_partially() {
            macros.extend(sizes([("PARTIAL_CHANNELS", self.partial_sums)]));
        }
        macros
    }

    /// The block as columns of the results.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let sums = [("turns", self.turns), ("partial_sums", self.partial_sums), ("splits", self.splits)];
        [self.product.parameters(), columns(sums)].concat()
    }

    /// Microseconds that the multiply would take, and the reader of MHAT more than where it is not divided.
    fn time(&self, choice: &Choice, product: &Product) -> f64 {
        let Product { positions, channels, filters, tiles, .. } = *product;
        let splits = u64::from(self.splits);
        let workgroups = positions * splits * self.product.blocks_of(filters, tiles);
        let own = channels.div_ceil(splits).next_multiple_of(self.product.channels.into());
        let products = workgroups.div_ceil(MULTIPROCESSORS)
            * own
            * u64::from(self.product.filters)
            * u64::from(self.product.tiles);
        let multiplying = products as f64 * choice.per_product / PRODUCTS_PER_US;
        let sums = filters * tiles;
        let moving = (4 * positions * (channels * (filters + tiles) + sums)) as f64 / BYTES_PER_US;
        // Further sums are stored and loaded.
        let adding = (8 * positions * (splits - 1) * sums) as f64 / BYTES_PER_US;
        choice.start + multiplying.max(moving) + adding
    }

    fn with(
        set: &MultiplyBlocks,
        [filters, tiles, channels, thread_filters, thread_tiles]: [u32; 5],
    ) -> Self {
        let product = ProductBlock::with(set, [filters, tiles, thread_filters, thread_tiles], channels);
        Self { product, turns: 1, partial_sums: 0, splits: 1, all_channels: 0, has_second_pass: false }
    }

    /// Those that are held, and the slices on their way.
    pub fn registers(&self) -> u32 {
        let loads = (self.product.channels * (self.product.filters + self.product.tiles))
            .div_ceil(Block::invocations(self));
        self.registers_held() + self.slices_ahead() * loads
    }

    /// Sums, their totals where they are partial, and two channels' operands.
    fn registers_held(&self) -> u32 {
        (if self.sums_partially() { 2 * self.sums() } else { self.sums() })
            + 2 * (self.product.thread_filters + self.product.thread_tiles)
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

    fn product(channels: u64, filters: u64, tiles: u64) -> Product {
        Product { positions: 36, channels, filters, tiles, has_second_pass: false }
    }

    /// Filters, tiles and channels per workgroup, filters and tiles per invocation that are set, and nothing else.
    fn sized(sizes: [u32; 5]) -> MultiplyBlocks {
        let [filters, tiles, channels, thread_filters, thread_tiles] = sizes.map(Some);
        MultiplyBlocks { filters, tiles, channels, thread_filters, thread_tiles, ..MultiplyBlocks::default() }
    }

    fn choose(set: &MultiplyBlocks, limits: &Limits, filters: u64, tiles: u64) -> GemmBlock {
        GemmBlock::choose(set, limits, &product(256, filters, tiles), true).unwrap()
    }

    #[test]
    fn large_products_get_large_blocks_and_small_ones_fill_the_device() {
        let sizes = |filters, tiles| {
            let block = choose(&MultiplyBlocks::default(), &Limits::default(), filters, tiles).product;
            (block.filters, block.tiles)
        };
        assert_eq!(sizes(256, 3136), (128, 64));
        assert_eq!(sizes(64, 3136), (64, 128));
        assert_eq!(sizes(64, 256), (64, 32));
        assert_eq!(sizes(4, 9000), (16, 64));
        assert_eq!(sizes(256, 16), (32, 16));
        // Blocks of 96 or 48 are less padding than those of 128 or 64.
        assert_eq!(sizes(87, 1260), (96, 64));
    }

    #[test]
    fn channels_are_divided_where_a_device_would_idle() {
        let splits = |tiles, may_split| {
            let free = MultiplyBlocks::default();
            GemmBlock::choose(&free, &Limits::default(), &product(512, 256, tiles), may_split).unwrap().splits
        };
        assert_eq!([splits(16, true), splits(16, false), splits(3136, true)], [4, 1, 1]);
        let set = MultiplyBlocks { splits: Some(3), ..Default::default() };
        assert_eq!(choose(&set, &Limits::default(), 256, 3136).splits, 3);
        let block = |channels| GemmBlock::choose(&set, &Limits::default(), &product(channels, 8, 8), true);
        assert_eq!(block(3).unwrap().splits, 3);
        let refused = block(4).unwrap_err().to_string();
        assert!(refused.contains("multiply.splits = 3 leaves a workgroup without any of the 4"), "{refused}");
        assert!(refused.ends_with("multiply.splits = 2"), "{refused}");
    }

    #[test]
    fn some_multiplies_two_slices_ahead_are_compiled_with_bounds_checks() {
        let checks = |channels, sizes: [u32; 5]| {
            let set = MultiplyBlocks { turns: Some(1), ..sized(sizes) };
            let product = product(channels, 256, 3136);
            GemmBlock::choose(&set, &Limits::default(), &product, false).unwrap().bounds_checks()
        };
        assert_eq!(
            [checks(256, [128, 64, 8, 8, 8]), checks(128, [128, 64, 8, 8, 8])],
            [false, true],
            "held, or not"
        );
        assert_eq!(
            [checks(256, [64, 128, 8, 8, 8]), checks(32, [64, 128, 8, 8, 8])],
            [true, false],
            "one ahead"
        );
        assert_eq!([checks(256, [64, 64, 8, 8, 4]), checks(256, [32, 16, 16, 4, 4])], [false, true]);
        let with_both = |tiles, has_second_pass| {
            let set = MultiplyBlocks {
                filters: Some(64),
                tiles: Some(tiles),
                partial_sums: Some(32),
                ..MultiplyBlocks::default()
            };
            let product = Product { has_second_pass, ..product(256, 256, 128) };
            GemmBlock::choose(&set, &Limits::default(), &product, false).unwrap().bounds_checks()
        };
        assert_eq!([with_both(64, true), with_both(32, true), with_both(64, false)], [true, false, false]);
    }

    #[test]
    fn what_is_set_is_kept_and_the_rest_follows() {
        let set = MultiplyBlocks { tiles: Some(96), thread_tiles: Some(6), ..MultiplyBlocks::default() };
        let block = choose(&set, &Limits::default(), 256, 3136);
        assert_eq!((block.product.tiles, block.product.thread_tiles, block.product.vector), (96, 6, 2));
        let set = MultiplyBlocks { filters: Some(10), thread_filters: Some(4), ..MultiplyBlocks::default() };
        let refused = GemmBlock::choose(&set, &Limits::default(), &product(256, 256, 3136), true)
            .unwrap_err()
            .to_string();
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
            let product = Product { positions: 64, ..product(channels, 64, tiles) };
            GemmBlock::choose(set, &Limits::default(), &product, true).unwrap().turns
        };
        let free = MultiplyBlocks::default();
        assert_eq!(
            [turns(&free, 64, 1 << 16), turns(&free, 128, 1 << 16), turns(&free, 512, 1 << 16)],
            [4, 2, 1]
        );
        assert_eq!(turns(&free, 64, 1 << 10), 1, "few workgroups");
        assert_eq!(turns(&MultiplyBlocks { turns: Some(3), ..free }, 64, 1 << 10), 3);
        let block = GemmBlock::choose(&free, &Limits::default(), &product(64, 64, 1 << 16), true).unwrap();
        assert_eq!([block.workgroups_along(1 << 16), block.workgroups_along((1 << 16) + 1)], [128, 129]);
    }

    #[test]
    fn many_slices_are_fetched_two_ahead() {
        let ahead = |set: &MultiplyBlocks, channels| {
            let set = MultiplyBlocks { channels: Some(8), ..*set };
            let product = Product { positions: 64, ..product(channels, 64, 1 << 10) };
            GemmBlock::choose(&set, &Limits::default(), &product, true).unwrap().slices_ahead()
        };
        let of = |splits, turns| MultiplyBlocks { splits, turns, ..Default::default() };
        let one = of(Some(1), Some(1));
        assert_eq!([ahead(&one, 40), ahead(&one, 41), ahead(&one, 256)], [1, 2, 2]);
        assert_eq!(ahead(&of(Some(2), Some(1)), 80), 1, "five slices each");
        assert_eq!(ahead(&of(Some(1), Some(2)), 256), 1, "in turn");
    }

    #[test]
    fn the_loads_of_many_slices_are_held() {
        let holds = |channels, set: MultiplyBlocks| {
            let set = MultiplyBlocks {
                filters: Some(64),
                tiles: set.tiles.or(Some(64)),
                channels: Some(8),
                turns: Some(1),
                splits: set.splits.or(Some(1)),
                ..set
            };
            let product = Product { positions: 64, ..product(channels, 64, 1 << 10) };
            let macros = GemmBlock::choose(&set, &Limits::default(), &product, true).unwrap().macros();
            macros.iter().any(|(name, _)| *name == "HOLD_LOADS")
        };
        let free = MultiplyBlocks::default();
        assert_eq!([holds(248, free), holds(249, free), holds(512, free)], [false, true, true]);
        let halves = MultiplyBlocks { splits: Some(2), ..free };
        assert_eq!([holds(512, halves), holds(256, halves)], [true, false], "of each split");
        assert!(!holds(512, MultiplyBlocks { tiles: Some(32), ..free }), "few tiles");
        assert!(!holds(512, MultiplyBlocks { partial_sums: Some(32), ..free }), "partial sums");
    }

    /// Three loads for each pack of filters, held, are too many registers beside 64 sums.
    #[test]
    fn the_loads_of_a_second_pass_are_held_beside_few_sums() {
        let holds = |thread_tiles, has_second_pass| {
            let set = MultiplyBlocks { splits: Some(1), ..sized([64, 64, 8, 8, thread_tiles]) };
            let product = Product { has_second_pass, ..product(512, 64, 64) };
            GemmBlock::choose(&set, &Limits::default(), &product, true).unwrap().holds_loads()
        };
        assert_eq!([holds(4, false), holds(8, false)], [true, true]);
        assert_eq!([holds(4, true), holds(8, true)], [true, false]);
    }

    /// The kernel has code for one slice more only where some workgroup needs it.
    #[test]
    fn an_odd_number_of_slices_is_known() {
        let is_odd = |splits, channels| {
            let set = MultiplyBlocks {
                channels: Some(8),
                splits: Some(splits),
                turns: Some(1),
                ..Default::default()
            };
            let block = GemmBlock::choose(&set, &Limits::default(), &product(channels, 64, 1 << 10), true);
            block.unwrap().macros().iter().any(|(name, _)| *name == "ODD_SLICES")
        };
        assert_eq!([is_odd(1, 64), is_odd(1, 56), is_odd(1, 57)], [false, true, false]);
        assert_eq!([is_odd(2, 128), is_odd(2, 112)], [false, true]);
        assert!(is_odd(2, 113), "eight slices and seven");
        assert!(!is_odd(1, 40), "so few are one ahead");
    }

    #[test]
    fn partial_sums_end_with_what_is_staged() {
        let choose = |partial_sums, channels| {
            let set = MultiplyBlocks { partial_sums: Some(partial_sums), ..MultiplyBlocks::default() };
            GemmBlock::choose(&set, &Limits::default(), &product(channels, 256, 3136), true)
        };
        let is_macro = |block: &GemmBlock| block.macros().iter().any(|(name, _)| *name == "PARTIAL_CHANNELS");
        let partial = choose(32, 256).unwrap();
        assert_eq!((partial.partial_sums, is_macro(&partial)), (32, true));
        assert_eq!((partial.product.thread_filters, partial.product.thread_tiles), (4, 4), "room for totals");
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
        let chosen = |limits| choose(&MultiplyBlocks::default(), &limits, 256, 3136).product;
        let small = Limits { max_invocations: 32, max_shared_bytes: 6 << 10 };
        assert_eq!((chosen(small).filters, chosen(small).tiles), (32, 16));
        let set = MultiplyBlocks { tiles: Some(256), ..MultiplyBlocks::default() };
        assert_eq!(choose(&set, &small, 256, 3136).product.tiles, 256);
    }
}
