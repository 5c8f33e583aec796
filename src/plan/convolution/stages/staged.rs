//! Workgroups of a transform whose invocations share tiles through shared memory: each has a column of one, then a row of what
//! that gave.

use crate::plan::Limits;

/// Such a workgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StagedTiles {
    /// Its tiles.
    pub tiles: u32,
    /// One for each column of its tiles.
    pub invocations: u32,
    /// Its shared memory.
    pub shared_bytes: u32,
}

impl StagedTiles {
    /// Tiles per workgroup: a subgroup's worth on most devices, which loads and stores neighbours, or half of that. With 64,
    /// two columns per invocation or twice the invocations, the output transform took 1.3 to 1.6 times as long on an NVIDIA H200.
    const TILES: [u32; 2] = [32, 16];

    /// A workgroup for so many tiles of α columns, with so many floats of shared memory for each.
    pub fn of(tiles: u32, alpha: u32, floats: u32) -> Self {
        Self { tiles, invocations: alpha * tiles, shared_bytes: 4 * tiles * floats }
    }

    /// The larger workgroup and the smaller one.
    pub fn both(alpha: u32, floats: u32) -> [Self; 2] {
        Self::TILES.map(|tiles| Self::of(tiles, alpha, floats))
    }

    /// Whether a device with these limits has room for it.
    pub fn is_within(&self, limits: &Limits) -> bool {
        limits.have_room(self.invocations, self.shared_bytes)
    }
}
