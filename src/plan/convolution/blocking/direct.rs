//! The block of the direct convolution.

use super::{Block, columns as columns_of, first_that_fits, indivisible, sizes};
use crate::config::{DirectBlocks, DirectMethod};
use crate::plan::Limits;
use crate::plan::convolution::Unplannable;

/// One workgroup's filters and outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectBlock {
    /// Filters per workgroup.
    pub filters: u32,
    /// Outputs per workgroup.
    pub outputs: Outputs,
    /// Channels staged at a time.
    pub channels: u32,
    /// Filters per invocation: a multiple of 4.
    pub thread_filters: u32,
    /// Neighbouring outputs per invocation.
    pub thread_columns: u32,
    /// Teams of invocations among which the channels are divided: one where the outputs are a patch.
    pub teams: u32,
}

/// The outputs that a workgroup owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// Rows and columns of one image.
    Patch { rows: u32, columns: u32 },
    /// So many in reading order, over rows and images: a column each of an implicit GEMM.
    InOrder(u32),
}
use Outputs::{InOrder, Patch};

impl DirectBlock {
    /// The quickest on an NVIDIA H200 where each still fills it, those of several teams on an H100 (docs/notebook.md), and with
    /// how many workgroups it does: one or two per multiprocessor of a large GPU, or most of one where teams hide latencies.
    const ALL: [(Self, u64); 9] = [
        (in_order([64, 128, 1, 8, 8], 1), 128),
        (in_order([64, 32, 2, 4, 4], 1), 256),
        (in_order([32, 64, 1, 8, 8], 4), 96),
        (in_order([32, 32, 1, 4, 8], 8), 80),
        (in_order([32, 16, 1, 4, 4], 8), 96),
        (patches([32, 8, 32, 4, 8, 8]), 128),
        (patches([64, 8, 16, 4, 4, 8]), 128),
        (patches([32, 8, 8, 8, 4, 2]), 128),
        (patches([16, 4, 8, 16, 4, 1]), 128),
    ];

    /// The same for so few filters that the others would leave most of a block idle: an image is then read once, and that
    /// takes longer than the products.
    const FEW_FILTERS: (Self, u64) = (patches([4, 8, 32, 8, 4, 4]), 256);

    /// How few they are: more fill half of the narrowest of the others.
    const FEW: u64 = 8;

    /// Workgroups above which one team each is enough: two per multiprocessor of a large GPU.
    const ENOUGH_OF_TEAMS: u64 = 264;

    /// Slices per team below which what it takes to add the teams' sums is not worth it.
    const SLICES_OF_TEAMS: u64 = 2;

    /// The block for `images` outputs of `filters`×`height`×`width`, sums over `channels`.
    ///
    /// # Errors
    /// If the sizes that are set do not divide one another.
    pub fn choose(
        set: &DirectBlocks,
        limits: &Limits,
        channels: u64,
        images: u64,
        filters: u64,
        height: u64,
        width: u64,
    ) -> Result<Self, Unplannable> {
        let few = (filters <= Self::FEW).then_some(&Self::FEW_FILTERS);
        let mut candidates: Vec<Candidate> = few
            .into_iter()
            .chain(&Self::ALL)
            .filter_map(|&(block, enough)| Some(Candidate { block: block.with(set)?, enough }))
            .filter(|candidate| candidate.block.divides())
            .collect();
        let workgroups =
            |block: &Self| block.spatial(images, height, width) * filters.div_ceil(block.filters.into());
        let fits = |Candidate { block, enough }: &Candidate| {
            let is_wide = match block.outputs {
                Patch { columns, .. } => 2 * width > columns.into(),
                InOrder(_) => true,
            };
            // No block is narrower than what an invocation owns at least.
            let is_filled = 2 * filters > block.filters.into() || block.filters == VECTOR;
            is_filled && is_wide && workgroups(block) >= *enough
        };
        let has_use_for_teams = |Candidate { block, .. }: &Candidate| {
            workgroups(block) <= Self::ENOUGH_OF_TEAMS
                && channels >= Self::SLICES_OF_TEAMS * u64::from(block.teams * block.channels)
        };
        // Several teams that nobody set are no last resort.
        candidates.retain(|candidate| {
            candidate.block.teams == 1
                || set.teams.is_some()
                || (fits(candidate) && has_use_for_teams(candidate))
        });
        first_that_fits(&candidates, limits, fits).map(|candidate| candidate.block).ok_or_else(|| {
            indivisible(
                "block of the direct convolution",
                &[
                    ("direct.block.filters", set.filters),
                    ("direct.block.columns", set.columns),
                    ("direct.thread.filters", set.thread_filters),
                    ("direct.thread.columns", set.thread_columns),
                    ("direct.teams", set.teams),
                ],
            )
        })
    }

    /// This one with what is set, unless that is of the other method, or this one has several teams, which nobody asked for, for
    /// sizes that are others now.
    fn with(&self, set: &DirectBlocks) -> Option<Self> {
        let is_free = DirectBlocks { method: set.method, ..Default::default() } == *set;
        let sets_several_teams = set.teams.is_some_and(|teams| teams > 1);
        if self.teams > 1 && !is_free && !sets_several_teams {
            return None;
        }
        let outputs = match self.outputs {
            Patch { rows, columns } => {
                Patch { rows: set.rows.unwrap_or(rows), columns: set.columns.unwrap_or(columns) }
            }
            InOrder(outputs) => InOrder(set.columns.unwrap_or(outputs)),
        };
        let method = match self.outputs {
            // Rows are of patches alone, and teams of an implicit GEMM.
            InOrder(_) if set.rows.is_some() => return None,
            Patch { .. } if sets_several_teams => return None,
            _ => self.method(),
        };
        (set.method.unwrap_or(method) == method).then_some(Self {
            filters: set.filters.unwrap_or(self.filters),
            outputs,
            channels: set.channels.unwrap_or(self.channels),
            thread_filters: set.thread_filters.unwrap_or(self.thread_filters),
            thread_columns: set.thread_columns.unwrap_or(self.thread_columns),
            teams: set.teams.unwrap_or(self.teams),
        })
    }

    /// The kernels read an invocation's filters four at a time, and an implicit GEMM its inputs too.
    fn divides(&self) -> bool {
        let divided = match self.outputs {
            Patch { columns, .. } => columns,
            InOrder(outputs) if self.thread_columns.is_multiple_of(VECTOR) => outputs,
            InOrder(_) => return false,
        };
        self.filters.is_multiple_of(self.thread_filters)
            && self.thread_filters.is_multiple_of(VECTOR)
            && divided.is_multiple_of(self.thread_columns)
    }

    /// Which outputs it owns.
    pub fn method(&self) -> DirectMethod {
        match self.outputs {
            Patch { .. } => DirectMethod::Patch,
            InOrder(_) => DirectMethod::ImplicitGemm,
        }
    }

    /// Blocks that cover `images` outputs.
    pub fn spatial(&self, images: u64, height: u64, width: u64) -> u64 {
        match self.outputs {
            Patch { rows, columns } => images * height.div_ceil(rows.into()) * width.div_ceil(columns.into()),
            InOrder(outputs) => (images * height * width).div_ceil(outputs.into()),
        }
    }

    /// The block as the kernel's macros.
    pub fn macros(&self) -> Vec<(&'static str, String)> {
        let outputs = match self.outputs {
            Patch { rows, columns } => sizes([("BLOCK_ROWS", rows), ("BLOCK_COLUMNS", columns)]),
            InOrder(outputs) => sizes([("BLOCK_P", outputs), ("VECTOR", VECTOR), ("TEAMS", self.teams)]),
        };
        let others = sizes([
            ("BLOCK_K", self.filters),
            ("BLOCK_C", self.channels),
            ("THREAD_K", self.thread_filters),
            ("THREAD_P", self.thread_columns),
        ]);
        [outputs, others].concat()
    }

    /// The block as columns of the results.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let outputs = match self.outputs {
            Patch { rows, columns } => columns_of([("block_rows", rows), ("block_columns", columns)]),
            InOrder(outputs) => columns_of([("block_columns", outputs), ("teams", self.teams)]),
        };
        let others = columns_of([
            ("block_filters", self.filters),
            ("block_channels", self.channels),
            ("thread_filters", self.thread_filters),
            ("thread_columns", self.thread_columns),
        ]);
        [vec![("direct_method".into(), self.method().to_string())], outputs, others].concat()
    }

    /// Invocations of a team.
    fn team(&self) -> u32 {
        let outputs = match self.outputs {
            Patch { rows, columns } => rows * (columns / self.thread_columns),
            InOrder(outputs) => outputs / self.thread_columns,
        };
        self.filters / self.thread_filters * outputs
    }

    /// Sums, the operands at hand, and the next slices on their way.
    pub fn registers(&self) -> u32 {
        let loads = |floats: u32| (self.channels * floats).div_ceil(self.team());
        let (operands, inputs) = match self.outputs {
            Patch { rows, columns } => (self.thread_columns + 2 + VECTOR, loads((rows + 2) * (columns + 2))),
            // Besides the nine inputs of each output, where they are and which lie inside their image.
            InOrder(outputs) => (self.thread_columns + self.thread_filters, (TAPS + 2) * loads(outputs)),
        };
        self.thread_filters * self.thread_columns + operands + inputs + loads(TAPS * self.filters)
    }
}

/// A block and the workgroups with which it fills a device.
#[derive(Clone, Copy)]
struct Candidate {
    block: DirectBlock,
    enough: u64,
}

impl Block for Candidate {
    fn invocations(&self) -> u32 {
        self.block.invocations()
    }

    fn shared_bytes(&self) -> u32 {
        self.block.shared_bytes()
    }
}

/// Floats per load from shared memory.
const VECTOR: u32 = 4;

/// Taps of a filter in one channel.
const TAPS: u32 = 9;

const fn patch(rows: u32, columns: u32) -> Outputs {
    Patch { rows, columns }
}

const fn in_order(
    [filters, outputs, channels, thread_filters, thread_columns]: [u32; 5],
    teams: u32,
) -> DirectBlock {
    DirectBlock { filters, outputs: InOrder(outputs), channels, thread_filters, thread_columns, teams }
}

const fn patches(
    [filters, rows, columns, channels, thread_filters, thread_columns]: [u32; 6],
) -> DirectBlock {
    DirectBlock { filters, outputs: patch(rows, columns), channels, thread_filters, thread_columns, teams: 1 }
}

impl Block for DirectBlock {
    fn invocations(&self) -> u32 {
        self.teams * self.team()
    }

    /// The filters with one vec4 of padding per tap, and the input patch with its rim in whole vec4; or both slices of an
    /// implicit GEMM twice, for the present and the next one, or in the end the sums of every second team.
    fn shared_bytes(&self) -> u32 {
        let filters = TAPS * (self.filters + VECTOR);
        let floats = match self.outputs {
            Patch { rows, columns } => {
                self.channels * (filters + (rows + 2) * (columns + 2).next_multiple_of(VECTOR))
            }
            InOrder(outputs) => {
                let slices = 2 * self.channels * (filters + TAPS * outputs);
                self.teams.saturating_mul(slices).max((self.teams / 2).saturating_mul(self.filters * outputs))
            }
        };
        floats.saturating_mul(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_images_get_large_blocks_and_small_ones_fill_the_device() {
        let of = |channels, images, filters, height, width| {
            let set = DirectBlocks::default();
            DirectBlock::choose(&set, &Limits::default(), channels, images, filters, height, width).unwrap()
        };
        let choose = |images, filters, height, width| of(64, images, filters, height, width);
        assert_eq!(choose(16, 256, 56, 56).outputs, InOrder(128));
        assert_eq!(choose(32, 512, 7, 7).outputs, InOrder(32));
        assert_eq!((choose(1, 64, 64, 64).outputs, choose(1, 64, 64, 64).teams), (InOrder(64), 4));
        assert_eq!((choose(1, 256, 14, 14).outputs, choose(1, 256, 14, 14).teams), (InOrder(16), 8));
        assert_eq!(of(7, 1, 64, 64, 64).outputs, patch(8, 8), "too few channels for four teams");
        assert_eq!(choose(16, 32, 112, 112).outputs, patch(8, 32), "workgroups enough of one team");
        assert_eq!(choose(1, 16, 32, 32).filters, 16);
        assert_eq!([4, 1, 9].map(|filters| choose(16, filters, 112, 112).filters), [4, 4, 16]);
        assert_eq!(choose(1, 4, 32, 32).filters, 16, "too few workgroups of the narrowest");
    }

    #[test]
    fn what_is_set_is_kept_and_rows_are_of_patches() {
        let choose = |set: &DirectBlocks| DirectBlock::choose(set, &Limits::default(), 256, 16, 256, 56, 56);
        let gemm = DirectMethod::ImplicitGemm;
        let of = |set: DirectBlocks| choose(&set).unwrap();
        let patches = of(DirectBlocks { method: Some(DirectMethod::Patch), ..Default::default() });
        assert_eq!(patches.outputs, patch(8, 32));
        assert_eq!(of(DirectBlocks { rows: Some(4), ..Default::default() }).outputs, patch(4, 32));
        let narrow = of(DirectBlocks { method: Some(gemm), columns: Some(64), ..Default::default() });
        assert_eq!((narrow.outputs, narrow.invocations()), (InOrder(64), 64));
        let columns = DirectBlocks { method: Some(gemm), thread_columns: Some(2), ..Default::default() };
        assert!(choose(&columns).unwrap_err().to_string().contains("direct.thread.columns = 2"));
    }

    /// What the software drivers and every desktop driver allow, but for one block whose problems have another there.
    #[test]
    fn every_block_stays_within_256_invocations_and_32_kib() {
        for (block, _) in DirectBlock::ALL.into_iter().chain([DirectBlock::FEW_FILTERS]) {
            let room = if block.outputs == InOrder(32) && block.teams == 8 { 48 << 10 } else { 32 << 10 };
            assert!(block.invocations() <= 256 && block.shared_bytes() <= room, "{block:?}");
        }
    }

    #[test]
    fn teams_are_of_implicit_gemms_and_have_slices_of_their_own() {
        let set =
            |teams, method| DirectBlocks { teams: Some(teams), method: Some(method), ..Default::default() };
        let roomy = Limits { max_invocations: 1024, max_shared_bytes: 48 << 10 };
        let choose = |set: &DirectBlocks, outputs| DirectBlock::choose(set, &roomy, 64, 1, 64, 8, outputs);
        let of = |teams| choose(&set(teams, DirectMethod::ImplicitGemm), 2048).unwrap();
        assert_eq!((of(1).invocations(), of(2).invocations()), (128, 256));
        // Slices of a team take 14,112 bytes; what one leaves the other to add takes more than two teams' slices.
        assert_eq!([1, 2, 3].map(|teams| of(teams).shared_bytes()), [14_112, 64 * 128 * 4, 3 * 14_112]);
        assert_eq!(choose(&set(1, DirectMethod::Patch), 64).unwrap().teams, 1);
        // One team, or sizes, that are set leave none of the blocks of several.
        let gemm = DirectBlocks { method: Some(DirectMethod::ImplicitGemm), ..Default::default() };
        let one = DirectBlocks { teams: Some(1), ..gemm };
        let sized = DirectBlocks { channels: Some(2), ..gemm };
        assert_eq!([gemm, one, sized].map(|set| choose(&set, 512).unwrap().teams), [4, 1, 1]);
        let refused = choose(&set(2, DirectMethod::Patch), 64).unwrap_err().to_string();
        assert!(refused.contains("direct.teams = 2"), "{refused}");
    }
}
