//! One experiment: a problem and a value for every factor, with nothing left to default.

use serde::Serialize;

use super::factors::{
    AlgorithmKind, Arithmetic, Barriers, Cache, Clock, Coefficients, Consume, DirectMethod, Dtype,
    Evaluation, FilterReuse, FirstTransform, Grid, Layout, Mapping, Placement, Points, Regions, StopAfter,
    Tile,
};
use crate::winograd::Problem;

/// One buffer's factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct BufferFactors {
    /// Where the buffer lives.
    pub placement: Placement,
    /// The order of its axes, where it is stored.
    pub layout: Layout,
}

/// Everything that decides what one experiment computes and how.
///
/// The factors after `algorithm` are about Winograd alone; for [`AlgorithmKind::Direct`] only `grid`,
/// `blocks.direct`, `clock` and `cache` have a meaning, and results leave the others empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Experiment {
    /// Unique in its configuration: the variant, then each sweep axis that it is crossed with, as in
    /// `old/stop_after=mhat`.
    pub name: String,
    /// The variant's name, or the configuration's where it has no variants.
    pub variant: String,
    /// What is convolved.
    pub problem: Problem,
    /// The type of `x`, `w` and `y`.
    pub dtype: Dtype,
    /// What computes it.
    pub algorithm: AlgorithmKind,
    /// Which axis varies fastest over workgroups.
    pub grid: Grid,
    /// m of F(m×m, 3×3).
    pub tile: Tile,
    /// The interpolation points.
    pub points: Points,
    /// The last phase that runs.
    pub stop_after: StopAfter,
    /// What reads the last buffer of a prefix; always [`Consume::None`] after [`StopAfter::Output`].
    pub consume: Consume,
    /// How dependent dispatches are ordered.
    pub barriers: Barriers,
    /// Which transform is recorded first; the plan's choice unless set.
    pub first: Option<FirstTransform>,
    /// XHAT, the transformed input.
    pub xhat: BufferFactors,
    /// GHAT, the transformed filter.
    pub ghat: BufferFactors,
    /// MHAT, the products summed over channels.
    pub mhat: BufferFactors,
    /// How the transforms are evaluated.
    pub evaluation: Evaluation,
    /// How the transforms find their matrix elements.
    pub coefficients: Coefficients,
    /// How the multiply-reduce is mapped to invocations.
    pub mapping: Mapping,
    /// The arithmetic of the multiply-reduce.
    pub arithmetic: Arithmetic,
    /// Whether the filter transform is timed.
    pub filter_reuse: FilterReuse,
    /// How much one workgroup and one invocation own.
    pub blocks: Blocks,
    /// Whose clock times it: `measure.clock`, which variants and sweep axes may set like a factor.
    pub clock: Clock,
    /// What the caches hold when a region starts: `measure.cache`, likewise.
    pub cache: Cache,
    /// What the values that the configuration leaves open come from where it asks for tuned ones: the name of a tuned
    /// choice, or [`UNTUNED`] where the device has none that fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuned_from: Option<String>,
}

/// What an experiment that asks for tuned values has them from where there are none: the device's limits.
pub const UNTUNED: &str = "limits";

/// How much one workgroup and one invocation own. What is `None` the plan chooses by the problem and the device's
/// limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Blocks {
    /// Invocations per workgroup of the kernels whose invocations do not cooperate: `schedule.workgroup`.
    pub workgroup: Option<u32>,
    /// Floats per store of y by the output transform: `transforms.vector`.
    pub output_vector: Option<u32>,
    /// Tiles that a workgroup of the input transform shares among its invocations: `transforms.input_tiles`.
    pub input_tiles: Option<u32>,
    /// Passes of the filter transform before GHAT is stored: `transforms.filter_passes`.
    pub filter_passes: Option<u32>,
    /// Of the multiply-reduce: `multiply.block`, `multiply.thread`, `multiply.vector`, `multiply.padding`, `multiply.turns`,
    /// `multiply.partial_sums`, `multiply.splits`.
    pub multiply: MultiplyBlocks,
    /// Of the direct baseline: `direct.method`, `direct.block`, `direct.thread`, `direct.teams`.
    pub direct: DirectBlocks,
}

/// How the multiply-reduce is blocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct MultiplyBlocks {
    /// Filters per workgroup.
    pub filters: Option<u32>,
    /// Tiles per workgroup.
    pub tiles: Option<u32>,
    /// Channels that are staged at a time.
    pub channels: Option<u32>,
    /// Filters per invocation.
    pub thread_filters: Option<u32>,
    /// Tiles per invocation.
    pub thread_tiles: Option<u32>,
    /// Positions of the transformed tile per invocation, where a workgroup owns whole tiles.
    pub thread_positions: Option<u32>,
    /// Floats per load and store: 1, 2 or 4.
    pub vector: Option<u32>,
    /// Floats between one row of a slice in shared memory and the next, against bank conflicts.
    pub padding: Option<u32>,
    /// Blocks of tiles that a workgroup multiplies one after the other.
    pub turns: Option<u32>,
    /// Channels whose products are summed apart before their sum is added to the others'.
    pub partial_sums: Option<u32>,
    /// Workgroups among which the channels of a block are divided.
    pub splits: Option<u32>,
}

/// How the direct convolution is blocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct DirectBlocks {
    /// Which outputs a workgroup owns.
    pub method: Option<DirectMethod>,
    /// Filters per workgroup.
    pub filters: Option<u32>,
    /// Output rows per workgroup, where it owns a patch.
    pub rows: Option<u32>,
    /// Output columns per workgroup, or its outputs in reading order.
    pub columns: Option<u32>,
    /// Channels that are staged at a time.
    pub channels: Option<u32>,
    /// Filters per invocation.
    pub thread_filters: Option<u32>,
    /// Neighbouring output columns per invocation.
    pub thread_columns: Option<u32>,
    /// Teams of a workgroup's invocations among which the channels are divided.
    pub teams: Option<u32>,
}

/// How experiments are measured: the `[measure]` table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasureSettings {
    /// Sampling stops once half the confidence interval of the median is below this share of the median.
    pub target_rel_ci: f64,
    /// Sampling of one experiment stops after this many seconds, whatever the interval.
    pub max_seconds: f64,
    /// At least this many samples are taken, whatever the interval.
    pub min_samples: u32,
    /// Before sampling, the device is kept busy until its times have not fallen by 2 % for this long, and at most ten
    /// times as long.
    pub warmup_seconds: f64,
    /// A region shorter than this is repeated inside its timestamps until it is as long, and divided.
    pub min_region_us: f64,
    /// Which regions are sampled.
    pub regions: Regions,
    /// MiB that are filled to evict the caches before each cold sample.
    pub evict_mib: u32,
    /// Sampling of an experiment ends once its total is certainly above this multiple of the best; `None` is never.
    pub give_up_at: Option<f64>,
}

impl MeasureSettings {
    /// What holds where a configuration says nothing. 256 MiB are five times the L2 cache of an H200.
    pub const DEFAULT: Self = Self {
        target_rel_ci: 0.01,
        max_seconds: 5.0,
        min_samples: 20,
        warmup_seconds: 1.0,
        min_region_us: 1000.0,
        regions: Regions::All,
        evict_mib: 256,
        give_up_at: None,
    };
}
