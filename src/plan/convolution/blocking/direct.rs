//! The block of the direct convolution.

use super::{Block, columns, first_that_fits, indivisible, sizes};
use crate::config::DirectBlocks;
use crate::plan::Limits;
use crate::plan::convolution::Unplannable;

/// One workgroup's filters and patch of outputs.
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
    /// Filters per invocation: a multiple of 4.
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
    ///
    /// # Errors
    /// If the sizes that are set do not divide one another.
    pub fn choose(
        set: &DirectBlocks,
        limits: &Limits,
        images: u64,
        filters: u64,
        height: u64,
        width: u64,
    ) -> Result<Self, Unplannable> {
        let candidates: Vec<Self> =
            Self::ALL.iter().map(|block| block.with(set)).filter(Self::divides).collect();
        let fits = |block: &Self| {
            let workgroups = images * block.spatial(height, width) * filters.div_ceil(block.filters.into());
            2 * filters > block.filters.into()
                && 2 * width > block.columns.into()
                && workgroups >= Self::ENOUGH_WORKGROUPS
        };
        first_that_fits(&candidates, limits, fits).ok_or_else(|| {
            indivisible(
                "block of the direct convolution",
                &[
                    ("direct.block.filters", set.filters),
                    ("direct.block.columns", set.columns),
                    ("direct.thread.filters", set.thread_filters),
                    ("direct.thread.columns", set.thread_columns),
                ],
            )
        })
    }

    fn with(&self, set: &DirectBlocks) -> Self {
        Self {
            filters: set.filters.unwrap_or(self.filters),
            rows: set.rows.unwrap_or(self.rows),
            columns: set.columns.unwrap_or(self.columns),
            channels: set.channels.unwrap_or(self.channels),
            thread_filters: set.thread_filters.unwrap_or(self.thread_filters),
            thread_columns: set.thread_columns.unwrap_or(self.thread_columns),
        }
    }

    /// The kernel reads an invocation's filters four at a time.
    fn divides(&self) -> bool {
        self.filters.is_multiple_of(self.thread_filters)
            && self.thread_filters.is_multiple_of(4)
            && self.columns.is_multiple_of(self.thread_columns)
    }

    /// Blocks that cover one image.
    pub fn spatial(&self, height: u64, width: u64) -> u64 {
        height.div_ceil(self.rows.into()) * width.div_ceil(self.columns.into())
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

    /// The block as columns of the results.
    pub fn parameters(&self) -> Vec<(String, String)> {
        columns([
            ("block_filters", self.filters),
            ("block_rows", self.rows),
            ("block_columns", self.columns),
            ("block_channels", self.channels),
            ("thread_filters", self.thread_filters),
            ("thread_columns", self.thread_columns),
        ])
    }

    /// Sums, the inputs of a row, four filters' taps, and the next slices on their way.
    pub fn registers(&self) -> u32 {
        let loads = |floats: u32| (self.channels * floats).div_ceil(self.invocations());
        self.thread_filters * self.thread_columns
            + self.thread_columns
            + 2
            + 4
            + loads((self.rows + 2) * (self.columns + 2))
            + loads(9 * self.filters)
    }
}

impl Block for DirectBlock {
    fn invocations(&self) -> u32 {
        self.filters / self.thread_filters * self.rows * (self.columns / self.thread_columns)
    }

    /// The input patch with its rim in whole vec4, and the filters with one vec4 of padding per tap.
    fn shared_bytes(&self) -> u32 {
        let patch = (self.rows + 2) * (self.columns + 2).next_multiple_of(4);
        self.channels * (patch + 9 * (self.filters + 4)) * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_images_get_large_blocks_and_small_ones_fill_the_device() {
        let choose = |images, filters, height, width| {
            let set = DirectBlocks::default();
            DirectBlock::choose(&set, &Limits::default(), images, filters, height, width).unwrap()
        };
        assert_eq!(choose(16, 256, 56, 56).columns, 32);
        assert_eq!(choose(16, 256, 14, 14).columns, 16);
        assert_eq!(choose(1, 64, 64, 64).columns, 8);
        assert_eq!(choose(1, 16, 32, 32).filters, 16);
    }

    /// What the software drivers and every desktop driver allow.
    #[test]
    fn every_block_stays_within_256_invocations_and_32_kib() {
        for block in DirectBlock::ALL {
            assert!(block.invocations() <= 256 && block.shared_bytes() <= 32 << 10, "{block:?}");
        }
    }
}
