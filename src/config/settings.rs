//! The file's typed form: every key optional, every unknown key refused.
//!
//! The doc comments here are the descriptions in the JSON Schema. Settings that a file, a variant and an
//! override share are repeated in each by a macro: `serde(flatten)` would accept unknown keys and lose their
//! places.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use super::consumers::Consumers;
use super::factors::{
    AlgorithmKind, Arithmetic, Barriers, Cache, Clock, Coefficients, Defaults, DirectMethod, Dtype,
    Evaluation, FilterReuse, FirstTransform, Grid, Layout, Mapping, Placement, Points, Regions, StopAfter,
    Tile,
};
use super::layer::Layer;
use super::sweep::Sweep;
use super::values::{
    Extent, Multiple, Name, NotNegative, Padding, Passes, Positive, RowPadding, VectorWidth,
};

/// Declares a TOML table of optional keys.
macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($(#[$key_doc:meta])* $key:ident: $type:ty,)+ }) => {
        #[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$doc])*
        pub struct $name {
            $($(#[$key_doc])* pub $key: Option<$type>,)+
        }
    };
}

/// Declares a table that can be laid over another, key by key.
macro_rules! layered_table {
    ($(#[$doc:meta])* $name:ident { $($(#[$key_doc:meta])* $key:ident: $type:ty,)+ }) => {
        table! { $(#[$doc])* $name { $($(#[$key_doc])* $key: $type,)+ } }

        impl Layer for $name {
            fn lay(&mut self, upper: &Self) {
                $(self.$key.lay(&upper.$key);)+
            }
        }
    };
}

/// Declares a table that has the factors' tables besides its own keys. What may be set of `measure` differs, but for
/// the protocol, which layers like a factor.
macro_rules! table_with_factors {
    ($(#[$doc:meta])* $name:ident: $make:ident, $measure:ident { $($own:tt)* }) => {
        $make! {
            $(#[$doc])*
            $name {
                $($own)*
                /// What is convolved.
                problem: ProblemTable,
                /// What computes it.
                algorithm: AlgorithmTable,
                /// Which phases run, in which order, and what reads their result.
                schedule: ScheduleTable,
                /// Where each intermediate lives and how it is laid out.
                buffers: BuffersTable,
                /// How the three transforms are computed.
                transforms: TransformsTable,
                /// How the multiply-reduce is computed.
                multiply: MultiplyTable,
                /// How the direct baseline is computed.
                direct: DirectTable,
                /// How the filter is treated.
                filter: FilterTable,
                /// How experiments are measured.
                measure: $measure,
            }
        }

        impl $name {
            /// The factors and sizes alone.
            pub fn factors(&self) -> Factors {
                Factors {
                    problem: self.problem.clone(),
                    algorithm: self.algorithm.clone(),
                    schedule: self.schedule.clone(),
                    buffers: self.buffers.clone(),
                    transforms: self.transforms.clone(),
                    multiply: self.multiply.clone(),
                    direct: self.direct.clone(),
                    filter: self.filter.clone(),
                    measure: self.measure.as_ref().map(|table| ProtocolTable {
                        clock: table.clock,
                        cache: table.cache,
                    }),
                }
            }
        }
    };
}

table_with_factors! {
    #[schemars(title = "Winoscope configuration")]
    /// A Winoscope configuration: a base, the variants that change it and the axes they are crossed with.
    Settings: table, MeasureTable {
        /// Names the results. Default: the file's name without its ending.
        name: Name,
        /// Named sets of overrides of the base.
        variant: Vec<VariantTable>,
        /// Axes that variants are crossed with, each a dotted key in quotes and an array of its values, as in
        /// `"schedule.stop_after" = ["mhat", "output"]`; and which of their product is left (`where`) and compared
        /// (`together`).
        sweep: Sweep,
    }
}

table_with_factors! {
    /// A named set of overrides of the base.
    VariantTable: table, ProtocolTable {
        /// Names the variant in results.
        #[schemars(required)]
        name: Name,
        /// The sweep axes that the variant is crossed with. Default: all; `[]` is none.
        axes: Vec<String>,
    }
}

table! {
    /// A table of tuned choices: what was quickest on one device.
    TunedFile {
        /// The device's name, as `winoscope devices` lists it.
        device: String,
        /// One for each problem.
        choice: Vec<ChoiceTable>,
    }
}

table_with_factors! {
    /// What was quickest for one problem.
    ChoiceTable: table, ProtocolTable {
        /// The relative error of y that was measured with it.
        rel_error: NotNegative,
    }
}

table_with_factors! {
    /// What `--set` can set.
    OverrideTable: table, MeasureTable {
        /// Names the results.
        name: Name,
    }
}

table_with_factors! {
    /// What decides one experiment: sizes, and how they are computed.
    Factors: layered_table, ProtocolTable {}
}

layered_table! {
    /// One 3×3 convolution with stride 1.
    ProblemTable {
        /// B, images. Default: 1.
        batch: NonZeroU32,
        /// C, channels of the input. Required.
        in_channels: NonZeroU32,
        /// K, channels of the output. Required.
        out_channels: NonZeroU32,
        /// H, rows of the input. Required.
        height: NonZeroU32,
        /// W, columns of the input. Required.
        width: NonZeroU32,
        /// Zero rows and columns added on every side: 0 or 1. Default: 1.
        padding: Padding,
        /// The type of input, filter and output. Default: f32.
        dtype: Dtype,
    }
}

layered_table! {
    /// What computes the convolution.
    AlgorithmTable {
        /// Winograd in its four phases, or direct convolution, the baseline. Default: winograd.
        kind: AlgorithmKind,
        /// Where the values come from of what is left unset, here and in `buffers`, `transforms`, `multiply`, `direct` and
        /// `schedule`: fixed ones, or those tuned for the nearest problem on the device. Default: fixed.
        defaults: Defaults,
        /// m of F(m×m, 3×3): each tile makes m×m outputs. Default: 4.
        tile: Tile,
        /// The interpolation points that the transforms are constructed from. Default: integer.
        points: Points,
    }
}

layered_table! {
    /// Which phases run, in which order, and what reads their result.
    ScheduleTable {
        /// The last phase that runs. Default: output.
        stop_after: StopAfter,
        /// What reads the last buffer where the run stops before `output`: one value, or one for each phase
        /// to stop after, as in `{ xhat = "partial", mhat = "full" }`. Default: full.
        consume: Consumers,
        /// Which axis varies fastest over workgroups. Default: spatial_first.
        grid: Grid,
        /// How dispatches that depend on one another are ordered. Default: minimal.
        barriers: Barriers,
        /// Which transform is recorded first, where both are dispatches of the timed run. Default: chosen by what they move.
        first: FirstTransform,
        /// Invocations per workgroup of the kernels whose invocations do not cooperate, 1 to 1024. The direct baseline
        /// has none. Default: chosen by the problem and the device's limits.
        workgroup: Extent,
    }
}

layered_table! {
    /// Where each intermediate lives and how it is laid out.
    BuffersTable {
        /// XHAT, the transformed input.
        xhat: BufferTable,
        /// GHAT, the transformed filter.
        ghat: BufferTable,
        /// MHAT, the products summed over channels.
        mhat: BufferTable,
    }
}

layered_table! {
    /// One intermediate.
    BufferTable {
        /// Where it lives between its producer and its consumer. Default: global.
        placement: Placement,
        /// The order of its axes, where it is stored. Default: transform_major.
        layout: Layout,
    }
}

layered_table! {
    /// How the three transforms are computed.
    TransformsTable {
        /// Two 1-D passes, or one sum per element. Default: separable.
        evaluation: Evaluation,
        /// Constants in the code, or a selection at run time. Default: literal.
        coefficients: Coefficients,
        /// Floats per store of y by the output transform: 1, 2 or 4, which rows of y and of the tile must be multiples
        /// of. Default: a whole row of the tile; where that is no vector, y goes through shared memory.
        vector: VectorWidth,
        /// Tiles that a workgroup of the input transform shares among its invocations, a column each, 1 to 1024; with 1 each
        /// invocation has whole tiles of its own. Default: chosen by the problem and the device's limits.
        input_tiles: Extent,
        /// Passes of the filter transform before GHAT is stored, 1 or 2: after two it holds U = G g Gᵀ, after one G g, three elements
        /// for each α, of which the multiply makes U as it loads them; `separable`, and the `blocked` mapping with every buffer in
        /// device memory alone. Default: chosen by the problem.
        filter_passes: Passes,
    }
}

layered_table! {
    /// How the multiply-reduce is computed.
    MultiplyTable {
        /// Which part of MHAT one invocation computes. Default: blocked.
        mapping: Mapping,
        /// What it multiplies and adds with. Default: f32.
        arithmetic: Arithmetic,
        /// What one workgroup owns.
        block: MultiplyBlockTable,
        /// What one invocation owns; the `blocked` mapping alone.
        thread: MultiplyThreadTable,
        /// Floats per load and store, 1, 2 or 4; the `blocked` mapping alone. Default: chosen by the problem and the
        /// device's limits.
        vector: VectorWidth,
        /// Floats left free after each row of a slice in shared memory, against bank conflicts, 0 to 32; the `blocked`
        /// mapping alone. Default: chosen by the problem and the device's limits.
        padding: RowPadding,
        /// Blocks of tiles that a workgroup multiplies one after the other, the next one's operands on their way before
        /// the last one's product is stored, 1 to 1024; the `blocked` mapping with every buffer in device memory alone.
        /// Default: chosen by the problem and the device's limits.
        turns: Extent,
        /// Channels whose products are summed apart before their sum is added to the others', which rounds less: a multiple
        /// of the channels that are staged at a time, 1 to 1024; the `blocked` mapping with every buffer in device memory
        /// alone. Default: all channels.
        partial_sums: Extent,
        /// Workgroups among which the channels of a block are divided, each of which stores the sums of its own in device
        /// memory for the reader of MHAT to add, 1 to 1024; the `blocked` mapping with every buffer in device memory alone.
        /// Default: chosen by the problem and the device's limits.
        splits: Extent,
    }
}

layered_table! {
    /// What one workgroup of the multiply-reduce owns.
    MultiplyBlockTable {
        /// Filters per workgroup, 1 to 1024. Default: chosen by the problem and the device's limits.
        filters: Extent,
        /// Tiles per workgroup, 1 to 1024. Default: chosen by the problem and the device's limits.
        tiles: Extent,
        /// Channels that are staged at a time, 1 to 1024. Default: chosen by the problem and the device's limits.
        channels: Extent,
    }
}

layered_table! {
    /// What one invocation of the multiply-reduce owns.
    MultiplyThreadTable {
        /// Filters per invocation, 1 to 1024. Default: chosen by the problem and the device's limits.
        filters: Extent,
        /// Tiles per invocation, 1 to 1024. Default: chosen by the problem and the device's limits.
        tiles: Extent,
        /// Positions of the transformed tile per invocation, where a workgroup owns whole tiles, 1 to 1024. Default:
        /// chosen by the problem and the device's limits.
        positions: Extent,
    }
}

layered_table! {
    /// How the direct baseline is computed.
    DirectTable {
        /// Which outputs a workgroup owns. Default: chosen by the problem and the device's limits.
        method: DirectMethod,
        /// What one workgroup owns.
        block: DirectBlockTable,
        /// What one invocation owns.
        thread: DirectThreadTable,
        /// Teams of a workgroup's invocations among which the channels are divided, whose sums are added in shared memory at
        /// the end, 1 to 1024; the `implicit_gemm` method alone. Default: one where any size is set, else chosen by the problem
        /// and the device's limits.
        teams: Extent,
    }
}

layered_table! {
    /// What one workgroup of the direct baseline owns.
    DirectBlockTable {
        /// Filters per workgroup, 1 to 1024. Default: chosen by the problem and the device's limits.
        filters: Extent,
        /// Output rows per workgroup, 1 to 1024; the `patch` method alone. Default: chosen by the problem and the
        /// device's limits.
        rows: Extent,
        /// Output columns per workgroup, or its outputs in reading order, 1 to 1024. Default: chosen by the problem and the
        /// device's limits.
        columns: Extent,
        /// Channels that are staged at a time, 1 to 1024. Default: chosen by the problem and the device's limits.
        channels: Extent,
    }
}

layered_table! {
    /// What one invocation of the direct baseline owns.
    DirectThreadTable {
        /// Filters per invocation, 1 to 1024. Default: chosen by the problem and the device's limits.
        filters: Extent,
        /// Neighbouring output columns per invocation, 1 to 1024. Default: chosen by the problem and the device's
        /// limits.
        columns: Extent,
    }
}

layered_table! {
    /// How the filter is treated.
    FilterTable {
        /// Whether the filter transform is part of every timed run. Default: per_run.
        reuse: FilterReuse,
    }
}

layered_table! {
    /// How experiments are measured.
    MeasureTable {
        /// Sampling stops once half the confidence interval of the median is below this share of the median.
        /// Default: 0.01.
        target_rel_ci: Positive,
        /// Sampling of one experiment stops after this many seconds, whatever the interval. Default: 5.
        max_seconds: Positive,
        /// At least this many samples are taken, whatever the interval. Default: 20.
        min_samples: NonZeroU32,
        /// Sampling of an experiment ends early once the confidence interval of its total lies wholly above this
        /// multiple of the best total of the same work in the comparison. Default: never.
        give_up_at: Multiple,
        /// Before sampling, the device is kept busy until its times have not fallen by 2 % for this long, and at most
        /// ten times as long. Default: 1.
        warmup_seconds: NotNegative,
        /// A region shorter than this is repeated inside its timestamps until it is as long, and divided; 0 is never.
        /// With `cache = "cold"` nothing is repeated. Default: 1000.
        min_region_us: NotNegative,
        /// Which regions are sampled. Default: all.
        regions: Regions,
        /// Whose clock times an experiment. A variant or an axis may set it too. Default: device.
        clock: Clock,
        /// What the data caches hold when a region starts. A variant or an axis may set it too. Default: warm.
        cache: Cache,
        /// MiB that are filled to evict the caches, several times the largest; `cache = "cold"` alone. Default:
        /// 256.
        evict_mib: NonZeroU32,
    }
}

layered_table! {
    /// What may differ from experiment to experiment of how they are measured.
    ProtocolTable {
        /// Whose clock times an experiment. Default: device.
        clock: Clock,
        /// What the data caches hold when a region starts. Default: warm.
        cache: Cache,
    }
}
