//! The workgroup of the element mapping.

use super::{Block, columns, first_that_fits, sizes};
use crate::config::{Blocks, Placement};
use crate::plan::Limits;

/// What one invocation makes of its pair of filter and tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owned {
    /// One of the α² positions.
    Position,
    /// All of them, since a buffer lives in its registers.
    Tile,
    /// One of `0` elements of the consumer's result, since MHAT is inline.
    Place(u32),
}

/// One workgroup's filters and tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElementBlock {
    /// Filters per workgroup.
    pub filters: u32,
    /// Tiles per workgroup.
    pub tiles: u32,
    /// Channels staged at a time, where an operand is in shared memory.
    pub channels: u32,
    /// What an invocation makes.
    pub owned: Owned,
    /// Positions or places that the workgroup has of each pair; 1 where the grid counts them.
    pub owners: u32,
    positions: u32,
    sliced: [bool; 2],
    exchanged: bool,
    /// Whether an invocation goes through a tile's rows of positions at run time.
    rolled: bool,
}

/// Positions beyond which an invocation that owns all of them, and evaluates XHAT at each use, is not unrolled: compilers
/// take minutes for the 36 evaluations of F(4×4, 3×3), and a quarter of an hour for the 64 of F(6×6, 3×3).
const MOST_UNROLLED: u32 = 16;

/// Filters × tiles per workgroup, where its invocations cooperate.
const PAIRS: [[u32; 2]; 8] = [[8, 32], [4, 16], [4, 8], [4, 4], [2, 4], [2, 2], [1, 2], [1, 1]];

/// Channels per slice.
const CHANNELS: [u32; 5] = [16, 8, 4, 2, 1];

impl ElementBlock {
    /// The block with xhat, ghat and mhat in `buffers`, at `positions` positions, where MHAT's consumer makes `places`
    /// elements per tile.
    pub fn choose(
        set: &Blocks,
        limits: &Limits,
        buffers: [Placement; 3],
        positions: u32,
        places: u32,
    ) -> Self {
        let [xhat, ghat, mhat] = buffers;
        let owned = if mhat == Placement::Inline {
            Owned::Place(places)
        } else if buffers.contains(&Placement::Register) {
            Owned::Tile
        } else {
            Owned::Position
        };
        let sliced = [xhat, ghat].map(|placement| placement == Placement::Shared);
        let exchanged = mhat == Placement::Shared;
        let rolled =
            xhat == Placement::Inline && buffers.contains(&Placement::Register) && positions > MOST_UNROLLED;
        let owners = match owned {
            Owned::Position if exchanged => positions,
            // What the workgroup evaluates together serves all places.
            Owned::Place(places) if sliced.contains(&true) => places,
            _ => 1,
        };
        let make = |filters, tiles, channels| Self {
            filters: set.multiply.filters.unwrap_or(filters),
            tiles: set.multiply.tiles.unwrap_or(tiles),
            channels: set.multiply.channels.unwrap_or(channels),
            owned,
            owners,
            positions,
            sliced,
            exchanged,
            rolled,
        };
        if !exchanged && sliced == [false; 2] {
            return make(1, set.workgroup.unwrap_or(super::super::dispatch::INDEPENDENT), 1);
        }
        let candidates: Vec<Self> = PAIRS
            .iter()
            .flat_map(|&[filters, tiles]| CHANNELS.map(|channels| make(filters, tiles, channels)))
            .collect();
        let room = Limits { max_invocations: limits.max_invocations.min(256), ..*limits };
        first_that_fits(&candidates, &room, |_| true).expect("there are candidates")
    }

    /// Whether slices hold all positions of a tile.
    pub fn whole_tiles(&self) -> bool {
        self.owned != Owned::Position || self.exchanged
    }

    /// Whether the workgroup's invocations wait for one another.
    pub fn is_cooperative(&self) -> bool {
        self.exchanged || self.is_sliced()
    }

    /// Whether an operand has a slice in shared memory.
    pub fn is_sliced(&self) -> bool {
        self.sliced != [false; 2]
    }

    /// The block as the kernel's macros.
    pub fn macros(&self) -> Vec<(&'static str, String)> {
        let mut macros =
            sizes([("BLOCK_K", self.filters), ("BLOCK_P", self.tiles), ("BLOCK_C", self.channels)]);
        for (flag, on) in [
            ("OWNS_TILES", self.owned == Owned::Tile),
            ("WHOLE_TILES", self.whole_tiles()),
            ("SLICED", self.is_sliced()),
            ("COOPERATIVE", self.is_cooperative()),
            ("ROWS_AT_RUN_TIME", self.rolled),
        ] {
            if on {
                macros.push((flag, String::new()));
            }
        }
        macros
    }

    /// The block as columns of the results.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let mut parameters = columns([("block_filters", self.filters), ("block_tiles", self.tiles)]);
        if self.is_sliced() {
            parameters.extend(columns([("block_channels", self.channels)]));
        }
        parameters
    }

    /// Sums, and what is held of operands and MHAT.
    pub fn registers(&self, buffers: [Placement; 3]) -> u32 {
        let held = buffers.iter().filter(|placement| **placement == Placement::Register).count() as u32;
        match self.owned {
            Owned::Tile => (1 + held) * self.positions,
            Owned::Position | Owned::Place(_) => 1 + held * self.positions,
        }
    }
}

impl Block for ElementBlock {
    fn invocations(&self) -> u32 {
        self.filters * self.tiles * self.owners
    }

    fn shared_bytes(&self) -> u32 {
        let positions = if self.whole_tiles() { self.positions } else { 1 };
        let [xhat, ghat] = self.sliced.map(u32::from);
        let slices = positions * self.channels * (xhat * self.tiles + ghat * self.filters);
        let exchanged = u32::from(self.exchanged) * self.positions * self.filters * self.tiles;
        4 * (slices + exchanged)
    }
}
