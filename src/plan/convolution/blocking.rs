//! How much of a problem one workgroup owns: the first block, from large to small, that still fills a device.

/// The block of the blocked multiply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MultiplyBlock {
    /// Filters per workgroup.
    pub filters: u32,
    /// Tiles per workgroup.
    pub tiles: u32,
    /// Channels staged at a time.
    pub channels: u32,
    /// Sums per invocation along each axis: 4 or 8.
    pub thread: u32,
}

impl MultiplyBlock {
    /// The quickest on an NVIDIA H200 where each still fills it (docs/performance.md).
    const ALL: [Self; 3] = [
        Self { filters: 64, tiles: 128, channels: 8, thread: 8 },
        Self { filters: 64, tiles: 64, channels: 8, thread: 4 },
        Self { filters: 32, tiles: 32, channels: 16, thread: 4 },
    ];

    /// Workgroups below which a smaller block is quicker: two per multiprocessor of a large GPU.
    const ENOUGH_WORKGROUPS: u64 = 256;

    /// The block for `positions` products of `filters`×C by C×`tiles`.
    pub fn choose(positions: u64, filters: u64, tiles: u64) -> Self {
        let workgroups = |block: &Self| {
            positions * filters.div_ceil(block.filters.into()) * tiles.div_ceil(block.tiles.into())
        };
        // Half a block of padding along an axis costs as much as the smaller block does.
        let fits = |block: &Self| 2 * filters > block.filters.into() && 2 * tiles > block.tiles.into();
        let [.., smallest] = Self::ALL;
        Self::ALL
            .into_iter()
            .find(|block| fits(block) && workgroups(block) >= Self::ENOUGH_WORKGROUPS)
            .unwrap_or(smallest)
    }

    /// Invocations per workgroup.
    pub fn invocations(&self) -> u32 {
        self.filters / self.thread * (self.tiles / self.thread)
    }

    /// The block as the kernel's macros.
    pub fn macros(&self) -> Vec<(&'static str, String)> {
        let Self { filters, tiles, channels, thread } = *self;
        sizes([
            ("BLOCK_K", filters),
            ("BLOCK_P", tiles),
            ("BLOCK_C", channels),
            ("THREAD_K", thread),
            ("THREAD_P", thread),
        ])
    }

    /// Two stages of both operands.
    pub fn shared_bytes(&self) -> u32 {
        2 * self.channels * (self.filters + self.tiles) * 4
    }
}

/// The block of the direct convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectBlock {
    /// Filters per workgroup.
    pub filters: u32,
    /// Output rows per workgroup.
    pub rows: u32,
    /// Output columns per workgroup.
    pub columns: u32,
    /// Channels staged at a time.
    pub channels: u32,
    /// Filters per invocation: 4 or 8.
    pub thread_filters: u32,
    /// Neighbouring columns per invocation.
    pub thread_columns: u32,
}

impl DirectBlock {
    /// The quickest on an NVIDIA H200 where each still fills it (docs/performance.md).
    const ALL: [Self; 4] = [
        Self { filters: 32, rows: 8, columns: 32, channels: 4, thread_filters: 8, thread_columns: 8 },
        Self { filters: 64, rows: 8, columns: 16, channels: 4, thread_filters: 4, thread_columns: 8 },
        Self { filters: 32, rows: 8, columns: 8, channels: 8, thread_filters: 4, thread_columns: 2 },
        Self { filters: 16, rows: 4, columns: 8, channels: 16, thread_filters: 4, thread_columns: 1 },
    ];

    /// Workgroups below which a smaller block is quicker: one per multiprocessor of a large GPU.
    const ENOUGH_WORKGROUPS: u64 = 128;

    /// The block for `images` outputs of `filters`×`height`×`width`.
    pub fn choose(images: u64, filters: u64, height: u64, width: u64) -> Self {
        let fits = |block: &Self| 2 * filters > block.filters.into() && 2 * width > block.columns.into();
        let [.., smallest] = Self::ALL;
        Self::ALL
            .into_iter()
            .find(|block| {
                let workgroups =
                    images * block.spatial(height, width) * filters.div_ceil(block.filters.into());
                fits(block) && workgroups >= Self::ENOUGH_WORKGROUPS
            })
            .unwrap_or(smallest)
    }

    /// Blocks that cover one image.
    pub fn spatial(&self, height: u64, width: u64) -> u64 {
        height.div_ceil(self.rows.into()) * width.div_ceil(self.columns.into())
    }

    /// Invocations per workgroup.
    pub fn invocations(&self) -> u32 {
        self.filters / self.thread_filters * self.rows * (self.columns / self.thread_columns)
    }

    /// The block as the kernel's macros.
    pub fn macros(&self) -> Vec<(&'static str, String)> {
        let Self { filters, rows, columns, channels, thread_filters, thread_columns } = *self;
        sizes([
            ("BLOCK_K", filters),
            ("BLOCK_ROWS", rows),
            ("BLOCK_COLUMNS", columns),
            ("BLOCK_C", channels),
            ("THREAD_K", thread_filters),
            ("THREAD_P", thread_columns),
        ])
    }

    /// The input patch with its rim in whole vec4, and the filters with one vec4 of padding per tap.
    pub fn shared_bytes(&self) -> u32 {
        let patch = (self.rows + 2) * (self.columns + 2).next_multiple_of(4);
        self.channels * (patch + 9 * (self.filters + 4)) * 4
    }
}

fn sizes<const N: usize>(sizes: [(&'static str, u32); N]) -> Vec<(&'static str, String)> {
    sizes.map(|(name, size)| (name, size.to_string())).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_products_get_large_blocks_and_small_ones_fill_the_device() {
        assert_eq!(MultiplyBlock::choose(36, 256, 3136).tiles, 128);
        assert_eq!(MultiplyBlock::choose(36, 128, 256).tiles, 64);
        assert_eq!(MultiplyBlock::choose(36, 64, 256).tiles, 32);
        assert_eq!(MultiplyBlock::choose(36, 16, 64).tiles, 32);
        assert_eq!(DirectBlock::choose(16, 256, 56, 56).columns, 32);
        assert_eq!(DirectBlock::choose(16, 256, 14, 14).columns, 16);
        assert_eq!(DirectBlock::choose(1, 64, 64, 64).columns, 8);
        assert_eq!(DirectBlock::choose(1, 16, 32, 32).filters, 16);
    }

    /// What the software drivers and every desktop driver allow.
    #[test]
    fn every_block_stays_within_256_invocations_and_32_kib() {
        for block in MultiplyBlock::ALL {
            assert!(block.invocations() <= 256 && block.shared_bytes() <= 32 << 10, "{block:?}");
        }
        for block in DirectBlock::ALL {
            assert!(block.invocations() <= 256 && block.shared_bytes() <= 32 << 10, "{block:?}");
        }
    }
}
